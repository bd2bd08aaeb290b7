//! The rules of stop and start (operations.md), one test each, on real objects with their real controllers.

use std::time::Duration;

use kennel::cluster::{Handle, RunOptions};
use kennel::domain::Kind;
use kennel::domain::keys::MARKERS;
use kennel::domain::operation::StepResult;
use kennel::plan::{End, Happened, Outcome, Plan, Progress, Scope, Wish};
use serde_json::{Value, json};

use super::place::{PATIENCE, Place, cron_job, listen, real, send, shop, workload};

fn annotated(mut object: (Kind, Value), key: &str, value: &str) -> (Kind, Value) {
    object.1["metadata"]["annotations"][key] = value.into();
    object
}

fn named(names: &[&str]) -> Scope {
    Scope { services: names.iter().map(|n| (*n).into()).collect(), daemonsets: false, partly: false }
}

/// A plan made on what a new kennel sees.
async fn planned(place: &Place, wish: Wish, scope: &Scope) -> (Handle, Plan) {
    let handle = place.open(place.server.clone()).await;
    let plan = place.plan(&handle, wish, scope);
    (handle, plan)
}

/// Plans and runs to the end.
#[track_caller]
fn done(outcome: &Outcome) {
    assert_eq!(outcome.end, End::Done, "{outcome:?}");
}

async fn all(place: &Place, wish: Wish, scope: &Scope) -> (Plan, Vec<Progress>) {
    let (handle, plan) = planned(place, wish, scope).await;
    let (outcome, told) = listen(|p| handle.run(plan.clone(), RunOptions::default(), p)).await;
    done(&outcome);
    (plan, told)
}

fn why(plan: &Plan, name: &str) -> String {
    plan.left_alone.iter().find(|l| l.object.name == name).map(|l| l.why.to_string()).unwrap_or_default()
}

fn note(plan: &Plan, name: &str) -> String {
    let step = plan.steps.iter().find(|s| s.object.name == name);
    step.and_then(|s| s.note.as_ref()).map(ToString::to_string).unwrap_or_default()
}

/// Names of the plan's objects, in the order in which they were sent.
fn sent(plan: &Plan, told: &[Progress]) -> Vec<String> {
    let of = |p: &Progress| match &p.happened {
        Happened::Step { id, result: StepResult::Sent } => Some(*id),
        _ => None,
    };
    let name = |id: u32| plan.steps.iter().find(|s| s.id == id).unwrap().object.name.to_string();
    told.iter().filter_map(of).map(name).collect()
}

/// Where in what was told something stands.
fn at(told: &[Progress], found: impl Fn(&Happened) -> bool) -> usize {
    told.iter().position(|p| found(&p.happened)).unwrap()
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never {what}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn each_tier_ends_before_the_next_begins_and_depends_on_orders_applications() {
    let mut objects = shop();
    objects.push(annotated(workload("Deployment", "front", 1, "acme/front:1"), "kennel.dev/depends-on", "web, api"));
    let place = Place::new(real().await, "order", &objects).await;
    let (plan, told) = all(&place, Wish::Stop, &Scope::default()).await;
    let order = sent(&plan, &told);
    assert_eq!(order[..2], ["nightly", "front"], "CronJobs, then who needs others");
    assert_eq!(order[4], "db", "datasources last: {order:?}");
    let id = |name: &str| plan.steps.iter().find(|s| s.object.name == name).unwrap().id;
    let (front, web) = (id("front"), id("web"));
    let waited = at(&told, |h| matches!(h, Happened::Waiting { tier: 1, .. }));
    let sent_web = at(&told, |h| *h == Happened::Step { id: web, result: StepResult::Sent });
    assert!(at(&told, |h| *h == Happened::Step { id: front, result: StepResult::Done }) < waited && waited < sent_web);
    let (plan, told) = all(&place, Wish::Start, &Scope::default()).await;
    let order = sent(&plan, &told);
    assert_eq!((order[0].as_str(), &order[3..]), ("db", &["front".to_owned(), "nightly".to_owned()][..]));
    assert_eq!(note(&plan, "nightly"), "fires at once if a run was missed (no deadline)");
    place.delete().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn an_hpa_is_left_and_a_start_clamps_to_what_it_wants_by_then() {
    let hpa = json!({ "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": { "name": "web" },
        "spec": { "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" },
                  "minReplicas": 2, "maxReplicas": 6 } });
    let objects = [workload("Deployment", "web", 5, "acme/web:1"), (Kind::HorizontalPodAutoscaler, hpa)];
    let place = Place::new(real().await, "hpa", &objects).await;
    let (plan, _) = all(&place, Wish::Stop, &Scope::default()).await;
    assert_eq!(plan.steps.len(), 1, "the HPA is no step");
    assert_eq!(note(&plan, "web"), "HPA stays; start clamps to 2–6");
    assert_eq!(place.get(Kind::HorizontalPodAutoscaler, "web").await["spec"]["minReplicas"], 2);
    place.patch(Kind::HorizontalPodAutoscaler, "web", json!({ "spec": { "maxReplicas": 3 } })).await;
    let (plan, _) = all(&place, Wish::Start, &Scope::default()).await;
    assert_eq!(note(&plan, "web"), "5 before, HPA wants 2–3");
    assert_eq!(place.get(Kind::Deployment, "web").await["spec"]["replicas"], 3);
    // Where the server lets an HPA go to zero, the plan says what that means.
    if place.patch(Kind::HorizontalPodAutoscaler, "web", json!({ "spec": { "minReplicas": 0 } })).await == 200 {
        let (_, plan) = planned(&place, Wish::Stop, &Scope::default()).await;
        assert!(plan.warnings.iter().any(|w| w.contains("minReplicas 0")), "{:?}", plan.warnings);
    }
    place.delete().await;
}

/// KEDA's own group, version and names, with the fields that are used here.
/// <https://github.com/kedacore/keda/blob/main/config/crd/bases/keda.sh_scaledobjects.yaml>
async fn keda(place: &Place) {
    let any = json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
    let target = json!({ "type": "object", "required": ["name"], "properties": {
        "apiVersion": { "type": "string" }, "kind": { "type": "string" }, "name": { "type": "string" } } });
    let spec = json!({ "type": "object", "required": ["scaleTargetRef", "triggers"], "properties": {
        "scaleTargetRef": target, "minReplicaCount": { "type": "integer", "format": "int32" },
        "maxReplicaCount": { "type": "integer", "format": "int32" }, "triggers": { "type": "array", "items": any } } });
    let crd = json!({ "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": { "name": "scaledobjects.keda.sh" },
        "spec": { "group": "keda.sh", "scope": "Namespaced",
            "names": { "kind": "ScaledObject", "listKind": "ScaledObjectList", "plural": "scaledobjects", "singular": "scaledobject", "shortNames": ["so"] },
            "versions": [{ "name": "v1alpha1", "served": true, "storage": true, "subresources": { "status": {} },
                "schema": { "openAPIV3Schema": { "type": "object", "required": ["spec"], "properties": { "spec": spec, "status": any } } } }] } });
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    let status = send(&place.server, "POST", path, Some(&crd)).await.0;
    assert!([201, 409].contains(&status), "{status}");
    until("served", async || send(&place.server, "GET", &place.path(Kind::ScaledObject), None).await.0 == 200).await;
}

fn scaled_object(name: &str, paused: Option<&str>) -> Value {
    let mut object = json!({ "apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": { "name": name },
        "spec": { "scaleTargetRef": { "name": name }, "triggers": [{ "type": "cron", "metadata": {} }] } });
    if let Some(n) = paused {
        object["metadata"]["annotations"] = json!({ "autoscaling.keda.sh/paused-replicas": n });
    }
    object
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn keda_is_told_to_hold_zero_and_its_earlier_word_comes_back() {
    let objects = [workload("Deployment", "web", 2, "acme/web:1"), workload("Deployment", "api", 1, "acme/api:1")];
    let place = Place::new(real().await, "keda", &objects).await;
    keda(&place).await;
    for (name, paused) in [("web", Some("2")), ("api", None)] {
        let path = place.path(Kind::ScaledObject);
        assert_eq!(send(&place.server, "POST", &path, Some(&scaled_object(name, paused))).await.0, 201);
    }
    let marks = async |name: &str| place.get(Kind::ScaledObject, name).await["metadata"]["annotations"].clone();
    let before = (marks("web").await, marks("api").await);
    let (handle, plan) = planned(&place, Wish::Stop, &Scope::default()).await;
    assert!(plan.steps.iter().all(|s| s.object.is(Kind::ScaledObject)), "its target is not scaled: {plan:?}");
    // KEDA's part, which is not here: the target follows its word.
    let operator = async {
        for name in ["web", "api"] {
            until("told", async || marks(name).await["autoscaling.keda.sh/paused-replicas"] == "0").await;
            assert_eq!(place.get(Kind::Deployment, name).await["spec"]["replicas"], if name == "web" { 2 } else { 1 });
            place.patch(Kind::Deployment, name, json!({ "spec": { "replicas": 0 } })).await;
        }
    };
    let ((outcome, _), ()) = tokio::join!(listen(|p| handle.run(plan, RunOptions::default(), p)), operator);
    done(&outcome);
    assert_eq!(marks("web").await["kennel.dev/paused-replicas"], "2");
    let (handle, plan) = planned(&place, Wish::Start, &Scope::default()).await;
    let snapshot = handle.snapshot();
    let environment = snapshot.namespace(&*place.namespace).unwrap();
    assert_eq!((environment.phase.word(), environment.total), ("Unavailable", 2), "stopped, not idle");
    let (outcome, _) = listen(|p| handle.run(plan, RunOptions::default(), p)).await;
    done(&outcome);
    assert_eq!((marks("web").await, marks("api").await), before);
    place.delete().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn daemon_sets_run_on_unless_asked_for_and_get_their_nodes_back() {
    let mut agent = workload("DaemonSet", "agent", 0, "acme/agent:1");
    agent.1["spec"]["template"]["spec"]["nodeSelector"] = json!({ "kubernetes.io/os": "linux" });
    let place = Place::new(real().await, "daemon", &[agent, workload("Deployment", "web", 1, "acme/web:1")]).await;
    let selector = async || place.counts().await["DaemonSet agent"].clone();
    let before = selector().await;
    let (plan, _) = all(&place, Wish::Stop, &Scope::default()).await;
    assert_eq!(why(&plan, "agent"), "runs on every node; --daemonsets stops it too");
    assert_eq!(selector().await, before);
    let handle = place.open(place.server.clone()).await;
    let snapshot = handle.snapshot();
    let environment = snapshot.namespace(&*place.namespace).unwrap();
    assert_eq!(environment.phase.word(), "Unavailable");
    assert!(environment.reason.as_deref().unwrap().ends_with(", agent left running"), "{:?}", environment.reason);

    let asked = Scope { daemonsets: true, ..Scope::default() };
    all(&place, Wish::Stop, &asked).await;
    let pods = send(&place.server, "GET", &place.path(Kind::Pod), None).await.1;
    assert_eq!(pods["items"], json!([]), "a stop is done when the pods are gone, on every node");
    let stopped = selector().await;
    assert_eq!(stopped[2]["kennel.dev/stopped"], "true");
    assert_eq!(stopped[3]["kennel.dev/node-selector"], r#"{"kubernetes.io/os":"linux"}"#);
    all(&place, Wish::Start, &asked).await;
    assert_eq!(selector().await, before);
    let nodes = place.get(Kind::DaemonSet, "agent").await["status"]["numberReady"].as_u64().unwrap();
    assert!(nodes >= 1, "a start is done when one is ready on every node");
    place.delete().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn what_must_not_be_stopped_is_left_alone_with_its_reason() {
    let mut doomed = workload("StatefulSet", "doomed", 1, "postgres:17");
    doomed.1["spec"]["persistentVolumeClaimRetentionPolicy"] =
        json!({ "whenScaled": "Delete", "whenDeleted": "Retain" });
    let bare = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "bare" },
        "spec": { "containers": [{ "name": "main", "image": "acme/bare:1" }] } });
    let objects = [
        doomed,
        (Kind::Pod, bare),
        annotated(workload("Deployment", "vpn", 1, "acme/vpn:1"), "kennel.dev/stop", "never"),
        annotated(cron_job("backup", false), "kennel.dev/stop", "never"),
        workload("Deployment", "off", 0, "acme/off:1"),
        workload("Deployment", "web", 1, "acme/web:1"),
    ];
    let place = Place::new(real().await, "never", &objects).await;
    let before = place.counts().await;
    let (plan, _) = all(&place, Wish::Stop, &Scope::default()).await;
    assert_eq!(plan.steps.len(), 1, "{plan:?}");
    assert!(why(&plan, "doomed").contains("whenScaled: Delete"), "{plan:?}");
    assert_eq!(
        (why(&plan, "vpn"), why(&plan, "backup")),
        ("kennel.dev/stop=never".into(), "kennel.dev/stop=never".into())
    );
    assert_eq!(why(&plan, "bare"), "is a bare pod: nothing would bring it back");
    assert_eq!(why(&plan, "off"), "is at 0 already, and not by a stop");
    let mut after = place.counts().await;
    assert_eq!(after.remove("Deployment web").unwrap()[0], 0);
    let left: Vec<_> = before.iter().filter(|(name, _)| *name != "Deployment web").collect();
    assert_eq!(after.iter().collect::<Vec<_>>(), left);
    assert!(place.get(Kind::Pod, "bare").await["metadata"]["deletionTimestamp"].is_null());
    let (handle, plan) = planned(&place, Wish::Stop, &named(&["doomed"])).await;
    let (outcome, _) = listen(|p| handle.run(plan, RunOptions::default(), p)).await;
    assert!(matches!(&outcome.end, End::Refused(why) if why.contains("would delete its volume claims")), "{outcome:?}");
    assert_eq!(place.get(Kind::StatefulSet, "doomed").await["spec"]["replicas"], 1);
    let (_, plan) = planned(&place, Wish::Start, &named(&["off"])).await;
    assert!(plan.is_empty(), "what was off before is never started");
    place.delete().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn what_each_other_tool_has_stopped_is_named_and_started() {
    let json = |key: &str| if key.ends_with("state-before-sleeping") { r#"{"Replicas":3}"# } else { "3" };
    let of = |(n, (key, _)): (usize, &(&str, &str))| {
        annotated(workload("Deployment", &format!("tool{n}"), 0, "acme/web:1"), key, json(key))
    };
    let objects: Vec<_> = MARKERS.iter().enumerate().map(of).collect();
    assert!(objects.len() >= 6);
    let place = Place::new(real().await, "markers", &objects).await;
    let (handle, plan) = planned(&place, Wish::Start, &Scope::default()).await;
    let snapshot = handle.snapshot();
    let environment = snapshot.namespace(&*place.namespace).unwrap();
    assert_eq!(environment.phase.word(), "Unavailable");
    for (n, (_, tool)) in MARKERS.iter().enumerate() {
        let service = environment.services.iter().find(|s| *s.object.name == format!("tool{n}")).unwrap();
        assert_eq!(service.reason.as_deref(), Some(format!("stopped by {tool}").as_str()));
        assert_eq!(note(&plan, &format!("tool{n}")), format!("was stopped by {tool}"));
    }
    let (outcome, _) = listen(|p| handle.run(plan, RunOptions::default(), p)).await;
    done(&outcome);
    for (n, (key, _)) in MARKERS.iter().enumerate() {
        let object = place.get(Kind::Deployment, &format!("tool{n}")).await;
        assert_eq!(object["spec"]["replicas"], 3, "{key}");
        assert!(object["metadata"]["annotations"].get(key).is_none(), "{key} would stop it again");
    }
    place.delete().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn what_somebody_scaled_since_its_stop_keeps_its_count() {
    let place = Place::new(real().await, "scaled", &shop()).await;
    all(&place, Wish::Stop, &Scope::default()).await;
    place.patch(Kind::Deployment, "web", json!({ "spec": { "replicas": 4 } })).await;
    all(&place, Wish::Stop, &Scope::default()).await;
    let web = async || place.counts().await["Deployment web"].clone();
    assert_eq!(web().await[3]["kennel.dev/replicas"], "4", "a stop records anew");
    place.patch(Kind::Deployment, "web", json!({ "spec": { "replicas": 1 } })).await;
    all(&place, Wish::Start, &Scope::default()).await;
    assert_eq!(web().await, json!([1, null, null, {}]), "a start keeps the count and drops the memory");
    assert_eq!(place.counts().await["Deployment api"][0], 3);
    place.delete().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn a_selection_of_services_is_all_that_is_touched() {
    let place = Place::new(real().await, "some", &shop()).await;
    let before = place.counts().await;
    let some = named(&["web", "sts/db"]);
    all(&place, Wish::Stop, &some).await;
    let after = place.counts().await;
    let touched: Vec<_> = before.keys().filter(|k| before[*k] != after[*k]).map(String::as_str).collect();
    assert_eq!(touched, ["Deployment web", "StatefulSet db"]);
    all(&place, Wish::Start, &some).await;
    assert_eq!(place.counts().await, before);
    place.delete().await;
}
