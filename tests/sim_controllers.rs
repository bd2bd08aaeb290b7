//! The embedded cluster's controllers, driven by a manual clock: each rule by the name of what it guards.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "sim_controllers/autoscaler.rs"]
mod autoscaler;
#[path = "sim_controllers/budgets.rs"]
mod budgets;

use std::sync::Arc;

use kennel::domain::Time;
use kennel::sim::{Clock, Options, Sim, Stage};
use serde_json::{Value, json};

const NS: &str = "n";

fn opening() -> jiff::Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

/// Three nodes, a storage class and an empty namespace.
fn stage() -> Stage {
    let mut stage = Stage::new(3, opening(), 7);
    stage.apply(json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "csi.demo", "reclaimPolicy": "Delete",
        "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "volumeBindingMode": "WaitForFirstConsumer",
    }));
    stage.apply(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NS}}));
    stage
}

fn workload(kind: &str, name: &str, image: &str, spec: Value) -> Value {
    let mut whole = json!({
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{
            "name": name, "image": image, "readinessProbe": {"httpGet": {"path": "/", "port": 80}},
        }]}},
    });
    merge(&mut whole, &spec);
    json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": NS}, "spec": whole})
}

fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(a), Value::Object(b)) => {
            b.iter().for_each(|(k, v)| merge(a.entry(k.clone()).or_insert(Value::Null), v));
        }
        (a, b) => *a = b.clone(),
    }
}

fn status(stage: &Stage, kind: &str, name: &str) -> Value {
    stage.get(kind, NS, name).unwrap()["status"].clone()
}

fn condition(stage: &Stage, kind: &str, name: &str, which: &str) -> (String, String) {
    let status = status(stage, kind, name);
    let found = status["conditions"].as_array().unwrap().iter().find(|c| c["type"] == which).cloned().unwrap();
    (found["status"].as_str().unwrap().to_owned(), found["reason"].as_str().unwrap_or_default().to_owned())
}

fn pods(stage: &Stage, app: &str) -> Vec<Arc<Value>> {
    let all = stage.list("Pod", NS);
    all.into_iter().filter(|p| p["metadata"]["labels"]["app"] == app).collect()
}

fn is_ready(pod: &Value) -> bool {
    pod["status"]["conditions"]
        .as_array()
        .is_some_and(|c| c.iter().any(|c| c["type"] == "Ready" && c["status"] == "True"))
}

/// Reason and message of the events about an object, with their counts.
fn events(stage: &Stage, about: &str) -> Vec<(String, String, i64)> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    stage
        .list("Event", NS)
        .iter()
        .filter(|e| e["regarding"]["name"].as_str().is_some_and(|n| n.starts_with(about)))
        .map(|e| (text(&e["reason"]), text(&e["note"]), e["deprecatedCount"].as_i64().unwrap_or(1)))
        .collect()
}

fn set_image(stage: &mut Stage, kind: &str, name: &str, image: &str) {
    let mut spec = stage.get(kind, NS, name).unwrap()["spec"]["template"]["spec"].clone();
    spec["containers"][0]["image"] = image.into();
    stage.patch(kind, NS, name, &json!({"spec": {"template": {"spec": spec}}}));
}

#[test]
fn a_deployment_comes_up_and_says_so_as_the_real_controller_does() {
    let mut s = stage();
    s.apply(workload("Deployment", "web", "web:1", json!({"replicas": 3})));
    assert_eq!(condition(&s, "Deployment", "web", "Progressing").1, "ReplicaSetUpdated");
    assert_eq!(condition(&s, "Deployment", "web", "Available"), ("False".into(), "MinimumReplicasUnavailable".into()));
    s.advance(60);
    assert_eq!(condition(&s, "Deployment", "web", "Progressing"), ("True".into(), "NewReplicaSetAvailable".into()));
    assert_eq!(condition(&s, "Deployment", "web", "Available"), ("True".into(), "MinimumReplicasAvailable".into()));
    let d = s.get("Deployment", NS, "web").unwrap();
    assert_eq!(d["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "1");
    let counts = ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"].map(|k| d["status"][k].as_i64());
    assert_eq!(counts, [Some(3); 4]);
    let reasons: Vec<_> = events(&s, "web").into_iter().map(|e| e.0).collect();
    for reason in ["ScalingReplicaSet", "SuccessfulCreate", "Scheduled", "Pulling", "Pulled", "Created", "Started"] {
        assert!(reasons.iter().any(|r| r == reason), "{reason} in {reasons:?}");
    }
}

#[test]
fn a_rolling_update_never_passes_surge_nor_falls_below_what_must_be_available() {
    let mut s = stage();
    s.apply(workload("Deployment", "web", "web:1", json!({"replicas": 8})));
    s.advance(60);
    set_image(&mut s, "Deployment", "web", "web:2");
    let mut mixed = false;
    for _ in 0..300 {
        let alive: Vec<_> =
            pods(&s, "web").into_iter().filter(|p| p["metadata"]["deletionTimestamp"].is_null()).collect();
        let ready = alive.iter().filter(|p| is_ready(p)).count();
        assert!(alive.len() <= 10, "{} pods with maxSurge 25 % of 8", alive.len());
        assert!(ready >= 6, "{ready} ready with maxUnavailable 25 % of 8");
        let images: Vec<_> = alive.iter().map(|p| p["spec"]["containers"][0]["image"].clone()).collect();
        mixed |= images.contains(&json!("web:1")) && images.contains(&json!("web:2"));
        s.advance(1);
    }
    assert!(mixed, "both versions served for a while");
    assert_eq!(status(&s, "Deployment", "web")["updatedReplicas"], 8);
    assert_eq!(s.list("ReplicaSet", NS).len(), 2);
}

#[test]
fn a_stop_leaves_terminating_pods_then_none_and_counts_that_leave_these_out() {
    let mut s = stage();
    s.apply(workload("Deployment", "web", "web:1", json!({"replicas": 2})));
    s.advance(60);
    s.patch("Deployment", NS, "web", &json!({"spec": {"replicas": 0}}));
    let going = pods(&s, "web");
    assert!(going.len() == 2 && going.iter().all(|p| p["metadata"]["deletionTimestamp"].is_string()));
    assert!(status(&s, "Deployment", "web")["replicas"].is_null());
    assert_eq!(status(&s, "Deployment", "web")["terminatingReplicas"], 2);
    s.advance(1);
    assert_eq!(pods(&s, "web").len(), 2, "a stop takes a moment");
    s.advance(30);
    assert!(pods(&s, "web").is_empty());
    assert_eq!(status(&s, "Deployment", "web")["terminatingReplicas"], 0);
}

#[tokio::test]
async fn a_sim_answers_with_what_its_scenario_holds() {
    let sim =
        Sim::start(Options { scale: Some((3, 24)), clock: Clock::manual(opening()), ..Options::default() }).unwrap();
    let client = kube::Client::new(sim.api(), "default");
    let pods: kube::Api<k8s_openapi::api::core::v1::Pod> = kube::Api::all(client);
    assert_eq!(pods.list(&kube::api::ListParams::default()).await.unwrap().items.len(), 24);
}

#[tokio::test]
async fn what_this_cluster_made_itself_can_be_changed_like_what_was_sent_to_it() {
    use kube::api::{Api, DynamicObject, ListParams, Patch, PatchParams};
    use kube::discovery::ApiResource;
    for scale in [Some((3, 24)), None] {
        let sim = Sim::start(Options { scale, clock: Clock::manual(opening()), ..Options::default() }).unwrap();
        let client = kube::Client::new(sim.api(), "default");
        for (group, version, kind, plural) in [
            ("", "v1", "Namespace", "namespaces"),
            ("", "v1", "Pod", "pods"),
            ("", "v1", "Service", "services"),
            ("apps", "v1", "Deployment", "deployments"),
            ("apps", "v1", "ReplicaSet", "replicasets"),
            ("apps", "v1", "StatefulSet", "statefulsets"),
            ("apps", "v1", "DaemonSet", "daemonsets"),
            ("batch", "v1", "Job", "jobs"),
            ("batch", "v1", "CronJob", "cronjobs"),
        ] {
            let gvk = kube::api::GroupVersionKind::gvk(group, version, kind);
            let resource = ApiResource::from_gvk_with_plural(&gvk, plural);
            let all = Api::<DynamicObject>::all_with(client.clone(), &resource);
            for object in all.list(&ListParams::default()).await.unwrap().items {
                let name = object.metadata.name.unwrap();
                let one: Api<DynamicObject> = match &object.metadata.namespace {
                    Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
                    None => Api::all_with(client.clone(), &resource),
                };
                let label = Patch::Merge(json!({"metadata": {"labels": {"touched": "yes"}}}));
                one.patch(&name, &PatchParams::default(), &label)
                    .await
                    .unwrap_or_else(|e| panic!("{kind}/{name}: {e}"));
                let status = Patch::Merge(json!({"status": {}}));
                one.patch_status(&name, &PatchParams::default(), &status)
                    .await
                    .unwrap_or_else(|e| panic!("{kind}/{name}/status: {e}"));
            }
        }
    }
}

#[test]
fn a_rollout_that_does_not_move_passes_its_deadline_while_the_old_revision_serves() {
    let mut s = stage();
    s.behave("web:2", "unready http=503").unwrap();
    s.apply(workload("Deployment", "web", "web:1", json!({"replicas": 2, "progressDeadlineSeconds": 120})));
    s.advance(60);
    set_image(&mut s, "Deployment", "web", "web:2");
    s.advance(100);
    assert_eq!(condition(&s, "Deployment", "web", "Progressing").1, "ReplicaSetUpdated");
    s.advance(60);
    assert_eq!(condition(&s, "Deployment", "web", "Progressing"), ("False".into(), "ProgressDeadlineExceeded".into()));
    assert_eq!(condition(&s, "Deployment", "web", "Available").0, "True");
    assert_eq!(status(&s, "Deployment", "web")["availableReplicas"], 2);
    // Put right again, it says so.
    set_image(&mut s, "Deployment", "web", "web:1");
    s.advance(60);
    assert_eq!(condition(&s, "Deployment", "web", "Progressing").1, "NewReplicaSetAvailable");
    let revision = s.get("Deployment", NS, "web").unwrap();
    assert_eq!(
        revision["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "3",
        "a rollback is a new one"
    );
    assert_eq!(s.list("ReplicaSet", NS).len(), 2);
}

#[test]
fn a_crash_loop_waits_nothing_then_ten_seconds_doubling_to_five_minutes() {
    let mut s = stage();
    s.behave("bad:1", "crash after=2s exit=3").unwrap();
    s.apply(workload("Deployment", "bad", "bad:1", json!({"replicas": 1})));
    let mut starts: Vec<i64> = vec![];
    let mut waits = vec![];
    for _ in 0..1500 {
        let pod = &pods(&s, "bad")[0];
        let c = pod["status"]["containerStatuses"][0].clone();
        if let Some(t) = c["state"]["running"]["startedAt"].as_str() {
            let t = t.parse::<Time>().unwrap().as_second();
            if starts.last() != Some(&t) {
                starts.push(t);
            }
        }
        if c["state"]["waiting"]["reason"] == "CrashLoopBackOff" {
            let words = c["state"]["waiting"]["message"].as_str().unwrap();
            let wait = words.split(' ').nth(1).unwrap().to_owned();
            if waits.last() != Some(&wait) {
                waits.push(wait);
            }
            assert_eq!(c["lastState"]["terminated"]["exitCode"], 3);
        }
        s.advance(1);
    }
    assert_eq!(waits, ["10s", "20s", "40s", "1m20s", "2m40s", "5m0s"]);
    let gaps: Vec<_> = starts.windows(2).map(|w| w[1] - w[0]).collect();
    for (gap, least) in gaps.iter().zip([0, 10, 20, 40, 80, 160, 300, 300]) {
        assert!((least..least + 8).contains(gap), "{gap} s where the back-off is {least} s: {gaps:?}");
    }
    let count = events(&s, "bad-").into_iter().find(|e| e.0 == "BackOff").unwrap().2;
    assert!(count > 20, "one event that counts: {count}");
    assert_eq!(events(&s, "bad-").iter().filter(|e| e.0 == "BackOff").count(), 1);
}

#[test]
fn a_missing_image_alternates_between_its_two_reasons_and_starts_once_it_is_there() {
    let mut s = stage();
    s.behave("gone:1", "missing").unwrap();
    s.apply(workload("Deployment", "gone", "gone:1", json!({"replicas": 1})));
    let mut reasons: Vec<String> = vec![];
    for _ in 0..40 {
        let c = pods(&s, "gone")[0]["status"]["containerStatuses"][0]["state"]["waiting"]["reason"].clone();
        if let Some(r) = c.as_str().filter(|r| reasons.last().is_none_or(|l| l != r)) {
            reasons.push(r.to_owned());
        }
        s.advance(1);
    }
    assert_eq!(
        reasons,
        [
            "ContainerCreating",
            "ErrImagePull",
            "ImagePullBackOff",
            "ErrImagePull",
            "ImagePullBackOff",
            "ErrImagePull",
            "ImagePullBackOff"
        ]
    );
    s.behave("gone:1", "serve").unwrap();
    s.advance(320);
    assert!(is_ready(&pods(&s, "gone")[0]));
}

#[test]
fn what_a_pod_needs_and_is_not_there_keeps_it_from_starting_until_it_is() {
    let mut s = stage();
    let mut web = workload("Deployment", "web", "web:1", json!({"replicas": 1}));
    web["spec"]["template"]["spec"]["volumes"] = json!([{"name": "conf", "configMap": {"name": "settings"}}]);
    web["spec"]["template"]["spec"]["containers"][0]["env"] =
        json!([{"name": "DB", "valueFrom": {"secretKeyRef": {"name": "db", "key": "url"}}}]);
    s.apply(web);
    s.advance(30);
    let wait = |s: &Stage| {
        pods(s, "web")[0]["status"]["containerStatuses"][0]["state"]["waiting"]["reason"]
            .as_str()
            .map(ToOwned::to_owned)
    };
    assert_eq!(wait(&s).as_deref(), Some("ContainerCreating"));
    let mount = events(&s, "web-").into_iter().find(|e| e.0 == "FailedMount").unwrap();
    assert_eq!(mount.1, "MountVolume.SetUp failed for volume \"conf\" : configmap \"settings\" not found");
    assert!(mount.2 > 3, "a series: {}", mount.2);
    s.apply(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": NS}}));
    s.advance(30);
    assert_eq!(wait(&s).as_deref(), Some("CreateContainerConfigError"));
    s.apply(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": NS}, "data": {"url": "eA=="}}));
    s.advance(60);
    assert!(is_ready(&pods(&s, "web")[0]));
}

#[test]
fn a_request_larger_than_any_node_stays_pending_and_says_why() {
    let mut s = stage();
    let mut big = workload("Deployment", "big", "big:1", json!({"replicas": 1}));
    big["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({"requests": {"memory": "900Gi"}});
    s.apply(big);
    let (held, reason) = (
        &pods(&s, "big")[0]["status"]["conditions"][0]["status"],
        &pods(&s, "big")[0]["status"]["conditions"][0]["reason"],
    );
    assert_eq!((held.as_str(), reason.as_str()), (Some("False"), Some("Unschedulable")));
    let why = events(&s, "big-").into_iter().find(|e| e.0 == "FailedScheduling").unwrap().1;
    assert!(why.starts_with("0/3 nodes are available: 3 Insufficient memory."), "{why}");
}

#[test]
fn a_statefulset_goes_up_and_down_in_the_order_of_its_ordinals_and_keeps_its_claims() {
    let mut s = stage();
    let claim = json!({"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
    s.apply(workload(
        "StatefulSet",
        "db",
        "postgres:17",
        json!({"replicas": 3, "serviceName": "db", "volumeClaimTemplates": [claim]}),
    ));
    let mut most = 0;
    for _ in 0..90 {
        let all = pods(&s, "db");
        let unready = all.iter().filter(|p| !is_ready(p)).count();
        assert!(unready <= 1, "the next one waits until the one before is ready");
        most = most.max(all.len());
        s.advance(1);
    }
    assert_eq!((most, status(&s, "StatefulSet", "db")["availableReplicas"].as_i64()), (3, Some(3)));
    assert!(s.list("PersistentVolumeClaim", NS).iter().all(|c| c["status"]["phase"] == "Bound"));
    // A new revision goes from the largest ordinal down, one at a time.
    set_image(&mut s, "StatefulSet", "db", "postgres:18");
    let st = status(&s, "StatefulSet", "db");
    assert_ne!(st["currentRevision"], st["updateRevision"]);
    assert!(pods(&s, "db")[2]["metadata"]["deletionTimestamp"].is_string());
    s.advance(120);
    let st = status(&s, "StatefulSet", "db");
    assert_eq!(st["currentRevision"], st["updateRevision"]);
    s.patch("StatefulSet", NS, "db", &json!({"spec": {"replicas": 0}}));
    let going = |s: &Stage| -> Vec<bool> {
        pods(s, "db").iter().map(|p| p["metadata"]["deletionTimestamp"].is_string()).collect()
    };
    assert_eq!(going(&s), [false, false, true]);
    s.advance(60);
    assert!(pods(&s, "db").is_empty());
    assert_eq!(s.list("PersistentVolumeClaim", NS).len(), 3);
}

#[test]
fn a_daemonset_runs_once_on_each_node_that_its_selector_takes() {
    let mut s = stage();
    s.apply(workload("DaemonSet", "agent", "agent:1", json!({})));
    s.advance(60);
    let st = status(&s, "DaemonSet", "agent");
    assert_eq!((st["desiredNumberScheduled"].as_i64(), st["numberAvailable"].as_i64()), (Some(3), Some(3)));
    let nowhere = json!({"spec": {"template": {"spec": {"nodeSelector": {"kennel.dev/stopped": "true"}}}}});
    s.patch("DaemonSet", NS, "agent", &nowhere);
    s.advance(60);
    assert_eq!(status(&s, "DaemonSet", "agent")["desiredNumberScheduled"], 0);
    assert!(pods(&s, "agent").is_empty());
}

fn job(name: &str, image: &str, limit: i64) -> Value {
    let template = json!({"metadata": {"labels": {"app": name}}, "spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": image}]}});
    json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "namespace": NS}, "spec": {"backoffLimit": limit, "template": template}})
}

#[test]
fn a_job_completes_or_fails_after_as_many_tries_as_its_limit_allows() {
    let mut s = stage();
    s.behave("bad:1", "crash after=2s exit=1").unwrap();
    s.apply(job("good", "good:1", 2));
    s.apply(job("bad", "bad:1", 2));
    s.advance(300);
    assert_eq!(condition(&s, "Job", "good", "Complete").0, "True");
    assert_eq!(condition(&s, "Job", "bad", "Failed"), ("True".into(), "BackoffLimitExceeded".into()));
    assert_eq!(status(&s, "Job", "bad")["failed"], 3);
    let created: Vec<_> = pods(&s, "bad")
        .iter()
        .map(|p| p["metadata"]["creationTimestamp"].as_str().unwrap().parse::<Time>().unwrap().as_second())
        .collect();
    let mut created = created;
    created.sort_unstable();
    assert!(created[1] - created[0] >= 10 && created[2] - created[1] >= 20, "back-off doubles: {created:?}");
}

#[test]
fn a_cronjob_keeps_its_schedule_and_a_run_missed_while_suspended_fires_once_on_resume() {
    let mut s = stage();
    let spec = json!({"schedule": "*/10 * * * *", "jobTemplate": {"spec": job("x", "good:1", 1)["spec"].clone()}});
    s.apply(json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "tick", "namespace": NS}, "spec": spec}));
    s.advance(601);
    assert_eq!(status(&s, "CronJob", "tick")["lastScheduleTime"], "2026-11-20T12:10:00Z");
    assert_eq!(s.list("Job", NS).len(), 1);
    s.patch("CronJob", NS, "tick", &json!({"spec": {"suspend": true}}));
    s.advance(3600);
    assert_eq!(s.list("Job", NS).len(), 1, "suspended");
    s.patch("CronJob", NS, "tick", &json!({"spec": {"suspend": false}}));
    assert_eq!(s.list("Job", NS).len(), 2, "one of the six that were missed, at once");
    assert_eq!(status(&s, "CronJob", "tick")["lastScheduleTime"], "2026-11-20T13:10:00Z");
    // With a short deadline a missed run is let go.
    s.patch("CronJob", NS, "tick", &json!({"spec": {"suspend": true, "startingDeadlineSeconds": 60}}));
    s.advance(1900);
    s.patch("CronJob", NS, "tick", &json!({"spec": {"suspend": false}}));
    assert_eq!(s.list("Job", NS).len(), 2);
    s.advance(3600);
    let done = s.list("Job", NS);
    assert!(done.len() <= 4, "three that completed are kept: {}", done.len());
}

#[test]
fn what_no_owner_is_left_of_is_collected() {
    let mut s = stage();
    s.apply(workload("Deployment", "web", "web:1", json!({"replicas": 2})));
    s.advance(60);
    s.delete("Deployment", NS, "web");
    s.advance(30);
    assert!(s.list("ReplicaSet", NS).is_empty());
    assert!(pods(&s, "web").is_empty());
    // An owner of a kind that nobody serves can't be looked for: what it owns stays.
    let mut operated = workload("Deployment", "operated", "web:1", json!({"replicas": 1}));
    operated["metadata"]["ownerReferences"] =
        json!([{"apiVersion": "example.org/v1", "kind": "Widget", "name": "w", "uid": "1", "controller": true}]);
    s.apply(operated);
    s.advance(10);
    s.delete("ConfigMap", NS, "kube-root-ca.crt");
    assert!(s.get("Deployment", NS, "operated").is_some());
}

#[test]
fn a_namespace_goes_when_its_contents_have_gone_and_says_what_holds_it() {
    let mut s = stage();
    s.apply(workload("Deployment", "web", "web:1", json!({"replicas": 2})));
    s.apply(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "namespace": NS, "finalizers": ["acme.dev/dns"]}}));
    s.advance(60);
    s.delete("Namespace", "", NS);
    s.advance(120);
    let ns = s.get("Namespace", "", NS).expect("a finalizer holds it");
    assert_eq!(ns["status"]["phase"], "Terminating");
    let conditions = ns["status"]["conditions"].to_string();
    assert!(conditions.contains("acme.dev/dns in 1 resource instances"), "{conditions}");
    assert!(pods(&s, "web").is_empty());
    s.patch("ConfigMap", NS, "held", &json!({"metadata": {"finalizers": []}}));
    s.advance(30);
    assert!(s.get("Namespace", "", NS).is_none());
}

#[test]
fn endpoints_say_which_pods_are_ready_and_which_are_going() {
    let mut s = stage();
    s.behave("web:1", "serve stop=10s").unwrap();
    s.apply(workload("Deployment", "web", "web:1", json!({"replicas": 2})));
    s.apply(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": NS}, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}}));
    s.advance(60);
    let ends = |s: &Stage| s.list("EndpointSlice", NS)[0]["endpoints"].as_array().cloned().unwrap_or_default();
    assert!(ends(&s).iter().all(|e| e["conditions"]["ready"] == true) && ends(&s).len() == 2);
    s.patch("Deployment", NS, "web", &json!({"spec": {"replicas": 1}}));
    let going: Vec<_> = ends(&s).into_iter().filter(|e| e["conditions"]["terminating"] == true).collect();
    assert_eq!(going.len(), 1);
    assert_eq!((&going[0]["conditions"]["ready"], &going[0]["conditions"]["serving"]), (&json!(false), &json!(true)));
    s.advance(30);
    assert_eq!(ends(&s).len(), 1);
}

#[test]
fn a_quota_refuses_pods_and_the_replicaset_says_so() {
    let mut s = stage();
    s.apply(json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "small", "namespace": NS}, "spec": {"hard": {"pods": "2"}}}));
    s.apply(workload("Deployment", "web", "web:1", json!({"replicas": 3})));
    s.advance(60);
    assert_eq!(pods(&s, "web").len(), 2);
    assert_eq!(condition(&s, "Deployment", "web", "ReplicaFailure"), ("True".into(), "FailedCreate".into()));
    let why = events(&s, "web-").into_iter().find(|e| e.0 == "FailedCreate").unwrap().1;
    assert!(why.ends_with("exceeded quota: small, requested: pods=1, used: pods=2, limited: pods=2"), "{why}");
    assert_eq!(status(&s, "ResourceQuota", "small")["used"]["pods"], "2");
}

#[test]
fn a_settled_cluster_costs_nothing_until_something_changes() {
    let mut s = stage();
    s.apply(workload("Deployment", "web", "web:1", json!({"replicas": 3})));
    s.advance(700);
    let before = s.runs();
    assert!(before > 3, "{before}: three pods were made, and more");
    s.advance(600);
    assert_eq!(s.runs(), before, "nothing was asked while nothing happened");
    s.apply(workload("Deployment", "web", "web:1", json!({"replicas": 4})));
    s.advance(60);
    assert!(s.runs() > before, "something has changed");
}

/// Everything in the store as text.
fn picture(s: &Stage) -> String {
    kennel::sim::resource::RESOURCES
        .iter()
        .flat_map(|r| s.store.list(r))
        .map(|o| o.value().to_string() + "\n")
        .collect()
}

#[test]
fn the_demo_opens_with_the_makings_of_its_five_phases_and_one_seed_gives_one_run() {
    let demo = || kennel::sim::stage(None, opening().into(), 1).unwrap_or_else(|e| panic!("{e}"));
    let mut s = demo();
    let endpoints = s.list("EndpointSlice", "shop-prod");
    let served = endpoints.iter().filter(|e| e["endpoints"].as_array().is_some_and(|e| !e.is_empty())).count();
    assert!(served > 8, "Services find their pods: {served} of {}", endpoints.len());
    let of = |s: &Stage, ns: &str, name: &str| s.get("Deployment", ns, name).unwrap()["status"].clone();
    // Error: a new revision crashes while the old one serves.
    let checkout = of(&s, "shop-staging", "checkout");
    assert!(checkout["unavailableReplicas"].as_i64() > Some(0) && checkout["availableReplicas"].as_i64() > Some(0));
    let crashing = s.list("Pod", "shop-staging").iter().any(|p| {
        p["metadata"]["labels"]["app"] == "checkout"
            && p["status"]["containerStatuses"][0]["restartCount"].as_i64() > Some(3)
    });
    assert!(crashing, "checkout crash-loops");
    // Updating: a rollout under way.
    assert_eq!(of(&s, "shop-qa", "catalog")["updatedReplicas"], 1);
    // Unavailable and Partially Stopped: kennel's memory on all, or on some.
    let stopped = |s: &Stage, ns: &str| {
        let all = s.list("Deployment", ns);
        let n = all.iter().filter(|d| d["metadata"]["annotations"]["kennel.dev/replicas"].is_string()).count();
        assert!(s.get("ConfigMap", ns, "kennel-operation").is_some());
        (n, all.len())
    };
    let (n, all) = stopped(&s, "shop-load");
    assert_eq!(n, all);
    assert!(s.list("Pod", "shop-load").iter().all(|p| p["status"]["phase"] == "Succeeded"));
    let (n, all) = stopped(&s, "shop-preview-42");
    assert!(0 < n && n < all);
    // Active: all there.
    for d in s.list("Deployment", "billing-prod") {
        assert_eq!(d["status"]["availableReplicas"], d["spec"]["replicas"], "{}", d["metadata"]["name"]);
    }
    // Updating lasts long enough to be seen.
    s.advance(90);
    assert_eq!(of(&s, "shop-qa", "catalog")["updatedReplicas"], 1);
    let mut again = demo();
    again.advance(90);
    assert!(picture(&s) == picture(&again), "the same seed gives the same run");
}

#[tokio::test]
async fn from_its_first_second_the_demo_shows_five_phases() {
    use kennel::cluster::{self, InProcess, Source};
    use kennel::domain::phase::Phase;
    let sim = Sim::start(Options::default()).unwrap();
    let source = Source::InProcess { service: InProcess::new(sim.api()), name: "demo".into() };
    let handle = cluster::open(source, cluster::Options::default());
    // Those that are always watched: what a phase is made of.
    let kinds =
        ["Namespace", "Deployment", "StatefulSet", "DaemonSet", "Pod", "Job", "CronJob", "ConfigMap", "Service"]
            .map(|k| kennel::domain::Kind::named(k).unwrap());
    let snapshot = handle.settled(&kinds, std::time::Duration::from_secs(60)).await.unwrap();
    let all: Vec<_> = snapshot.environments.values().cloned().collect();
    for e in &all {
        println!("{:24} {:20} {:?} {}", e.path(), e.phase.word(), e.reason, e.id.namespace);
        for s in e.services.iter().filter(|s| s.status != kennel::domain::status::Status::Healthy) {
            println!("      {:20} {:12} {:?} {}/{}", s.object.name, s.status.word(), s.reason, s.ready, s.desired);
        }
        for t in e.tasks.iter() {
            println!("      task {:20} {:12} {:?}", t.object.name, t.status.word(), t.reason);
        }
    }
    for phase in [Phase::Active, Phase::Error, Phase::Unavailable, Phase::Updating, Phase::PartiallyStopped] {
        assert!(all.iter().any(|e| e.phase == phase), "{}", phase.word());
    }
}

/// Reason and note of the events about what begins so, in a namespace.
fn said(s: &Stage, ns: &str, about: &str) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let of = |e: &&Arc<Value>| e["regarding"]["name"].as_str().is_some_and(|n| n.starts_with(about));
    s.list("Event", ns).iter().filter(of).map(|e| (text(&e["reason"]), text(&e["note"]))).collect()
}

#[test]
fn the_demos_later_faults_and_its_rush_come_as_on_a_real_cluster_and_go_again() {
    let mut s = kennel::sim::stage(None, opening().into(), 1).unwrap_or_else(|e| panic!("{e}"));
    let start = s.now();
    let at = |s: &mut Stage, second: i64| s.advance(second - (s.now().as_second() - start.as_second()));
    let of = |s: &Stage, ns: &str, app: &str| {
        let all = s.list("Pod", ns);
        all.into_iter().filter(|p| p["metadata"]["labels"]["app"] == app).collect::<Vec<_>>()
    };
    let whole = |s: &Stage, ns: &str, app: &str| {
        let d = s.get("Deployment", ns, app).unwrap();
        d["status"]["availableReplicas"] == d["spec"]["replicas"]
    };
    let heard = |s: &Stage, ns: &str, about: &str, reason: &str, part: &str| {
        let all = said(s, ns, about);
        assert!(all.iter().any(|(r, note)| r == reason && note.contains(part)), "{reason} {part}: {all:?}");
    };
    assert_eq!(s.get("Deployment", "shop-prod", "web").unwrap()["spec"]["replicas"], 6);
    // From the beginning: an image that is not there, a Job that fails.
    let pricing = &of(&s, "billing-dev", "pricing")[0];
    assert_eq!(pricing["status"]["containerStatuses"][0]["state"]["waiting"]["reason"], "ImagePullBackOff");
    heard(&s, "billing-dev", "pricing-", "Failed", "Error: ImagePullBackOff");
    heard(&s, "shop-staging", "cleanup-", "BackoffLimitExceeded", "Job has reached the specified backoff limit");

    at(&mut s, 115);
    assert!(of(&s, "shop-prod", "search").iter().all(|p| !is_ready(p)), "its readiness probe fails");
    heard(&s, "shop-prod", "search-", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503");
    at(&mut s, 200);
    assert!(whole(&s, "shop-prod", "search"), "and passes again");

    let pdf = of(&s, "billing-staging", "pdf");
    let ends = pdf.iter().map(|p| &p["status"]["containerStatuses"][0]);
    let killed = ends.clone().find(|c| c["restartCount"].as_i64() > Some(0)).expect("restarted");
    let last = &killed["lastState"]["terminated"];
    assert_eq!((&last["reason"], &last["exitCode"]), (&"OOMKilled".into(), &137.into()));
    heard(&s, "billing-staging", "pdf-", "BackOff", "Back-off restarting failed container pdf in pod");

    let fresh = of(&s, "billing-dev", "ledger").into_iter().find(|p| p["status"]["phase"] == "Pending").unwrap();
    assert_eq!(fresh["status"]["containerStatuses"][0]["state"]["waiting"]["reason"], "ContainerCreating");
    heard(&s, "billing-dev", "ledger-", "FailedMount", "configmap \"ledger-settings\" not found");

    at(&mut s, 243);
    let evicted = of(&s, "shop-prod", "worker").into_iter().filter(|p| p["status"]["reason"] == "Evicted").count();
    assert!(evicted > 0);
    heard(&s, "shop-prod", "worker-", "Evicted", "The node was low on resource: ephemeral-storage.");
    at(&mut s, 300);
    assert!(whole(&s, "shop-prod", "worker"), "others took their place");

    at(&mut s, 412);
    assert!(whole(&s, "billing-dev", "ledger"), "the ConfigMap is back");
    at(&mut s, 440);
    let there = |s: &Stage| {
        let all = s.list("Pod", "shop-prod");
        all.into_iter()
            .filter(|p| p["spec"]["nodeName"] == "node-5" && p["status"]["phase"] == "Running")
            .collect::<Vec<_>>()
    };
    let ready = |s: &Stage| {
        let all = there(s).into_iter().filter(|p| is_ready(p));
        all.map(|p| p["metadata"]["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(!there(&s).is_empty(), "the node has pods");
    assert_eq!(ready(&s), Vec::<String>::new(), "nobody hears of a node that is down");
    heard(&s, "shop-prod", "", "NodeNotReady", "Node is not ready");
    heard(&s, "default", "node-5", "NodeNotReady", "Node node-5 status is now: NodeNotReady");
    let web = |s: &Stage| s.get("Deployment", "shop-prod", "web").unwrap()["spec"]["replicas"].as_i64();
    at(&mut s, 540);
    assert_eq!(web(&s), Some(12), "the rush is answered");
    at(&mut s, 600);
    assert!(!ready(&s).is_empty(), "it is back");
    heard(&s, "default", "node-5", "NodeReady", "status is now: NodeReady");
    assert!(whole(&s, "billing-staging", "pdf"), "memory suffices again");
    at(&mut s, 1020);
    assert_eq!(web(&s), Some(6), "the pods that came with it have gone");
}
