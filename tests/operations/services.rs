//! Single services: redeployed, scaled. Each rule on the embedded cluster and on the real one.

use std::collections::BTreeSet;

use kennel::cluster::{InProcess, RunOptions};
use kennel::domain::operation::StepResult;
use kennel::domain::{Kind, Time};
use kennel::plan::{End, Outcome, Scope, Wish};
use serde_json::{Value, json};

use super::embedded::World;
use super::place::{Place, listen, real, send, workload};

fn of(names: &[&str]) -> Scope {
    Scope { services: names.iter().map(|n| (*n).into()).collect(), ..Scope::default() }
}

fn redeploy() -> Wish {
    Wish::Redeploy("2026-12-01T00:00:00Z".parse::<Time>().unwrap())
}

async fn done(place: &Place, wish: Wish, names: &[&str]) -> Outcome {
    let handle = place.open(place.server.clone()).await;
    let plan = place.plan(&handle, wish, &of(names));
    assert!(plan.runs(), "{plan:?}");
    listen(|p| handle.run(plan, RunOptions::default(), p)).await.0
}

/// UIDs of the pods of a service, terminating ones left out.
async fn pods(place: &Place, name: &str) -> BTreeSet<String> {
    let path = format!("{}?labelSelector=app%3D{name}", place.path(Kind::Pod));
    let list = send(&place.server, "GET", &path, None).await.1;
    let stays = |p: &&Value| p["metadata"]["deletionTimestamp"].is_null();
    list["items"].as_array().unwrap().iter().filter(stays).map(|p| p["metadata"]["uid"].to_string()).collect()
}

async fn redeployed(server: InProcess) {
    let objects = [workload("Deployment", "web", 2, "acme/web:1"), workload("StatefulSet", "db", 1, "postgres:17")];
    let place = Place::new(server, "redeploy", &objects).await;
    place.open(place.server.clone()).await;
    let before = pods(&place, "web").await;
    assert_eq!(before.len(), 2);
    assert_eq!(done(&place, redeploy(), &["web"]).await.end, End::Done);
    let after = pods(&place, "web").await;
    assert_eq!((after.len(), before.intersection(&after).count()), (2, 0), "done means that all pods are new");
    assert_eq!(place.journal().await, Value::Null, "one patch of one object needs no journal");
    // Several have one, and it takes them back.
    let outcome = done(&place, Wish::Redeploy("2026-12-01T00:00:09Z".parse().unwrap()), &["web", "db"]).await;
    assert_eq!(outcome.end, End::Done, "{outcome:?}");
    let handle = place.open(place.server.clone()).await;
    let (at, id) = (handle.snapshot().id(place.namespace.clone()), outcome.id);
    let (undone, _) = listen(|p| handle.undo(at, id, RunOptions::default(), p)).await;
    assert_eq!(undone.end, End::Undone, "{undone:?}");
    let mark = |o: Value| o["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"].clone();
    assert_eq!(mark(place.get(Kind::Deployment, "web").await), "2026-12-01T00:00:00Z");
    assert_eq!(mark(place.get(Kind::StatefulSet, "db").await), Value::Null);
    place.delete().await;
}

async fn scaled(server: InProcess) {
    let place = Place::new(server, "scale", &[workload("Deployment", "web", 1, "acme/web:1")]).await;
    place.open(place.server.clone()).await;
    assert_eq!(done(&place, Wish::Scale(3), &["web"]).await.end, End::Done);
    assert_eq!(pods(&place, "web").await.len(), 3);
    // A stop's memory would be a lie afterwards.
    assert_eq!(done(&place, Wish::Stop, &["web"]).await.end, End::Done);
    assert_eq!(place.counts().await["Deployment web"][3]["kennel.dev/replicas"], "3");
    assert_eq!(done(&place, Wish::Scale(2), &["web"]).await.end, End::Done);
    assert_eq!(place.counts().await["Deployment web"], json!([2, null, null, {}]));
    assert_eq!(done(&place, Wish::Scale(0), &["web"]).await.end, End::Done);
    assert_eq!(pods(&place, "web").await.len(), 0, "done means that they are gone");
    place.delete().await;
}

/// What changes between the plan and its sending: what is done to it then.
async fn disturbed(server: InProcess) {
    let objects = ["status", "count", "anew"].map(|name| workload("Deployment", name, 1, "acme/web:1"));
    let place = Place::new(server, "disturbed", &objects).await;
    let handle = place.open(place.server.clone()).await;
    let plan = |name| place.plan(&handle, Wish::Scale(2), &of(&[name]));
    let plans = [plan("status"), plan("count"), plan("anew")];
    place.patch(Kind::Deployment, "status", json!({ "metadata": { "labels": { "other": "stays" } } })).await;
    place.patch(Kind::Deployment, "count", json!({ "spec": { "replicas": 5 } })).await;
    let path = format!("{}/anew", place.path(Kind::Deployment));
    let background = json!({ "propagationPolicy": "Background" });
    send(&place.server, "DELETE", &path, Some(&background)).await;
    let (_, mut again) = workload("Deployment", "anew", 1, "acme/web:2");
    again["metadata"]["labels"] = json!({ "again": "yes" });
    assert_eq!(send(&place.server, "POST", &place.path(Kind::Deployment), Some(&again)).await.0, 201);
    let mut results = Vec::new();
    for plan in plans {
        let (outcome, _) = listen(|p| handle.run(plan, RunOptions::default(), p)).await;
        results.push(outcome.results[0].1.clone());
    }
    assert_eq!(results[0], StepResult::Done, "an ordinary conflict: it is read again, and is as planned");
    assert!(matches!(&results[1], StepResult::Failed(why) if why.contains("replicas 5")), "{results:?}");
    assert!(matches!(&results[2], StepResult::Skipped(why) if why.contains("another object")), "{results:?}");
    let counts = place.counts().await;
    assert_eq!([&counts["Deployment status"][0], &counts["Deployment count"][0]], [2, 5]);
    assert_eq!(counts["Deployment anew"][0], 1, "nothing of another is touched");
    place.delete().await;
}

async fn image(place: &Place, kind: Kind, name: &str) -> Value {
    place.get(kind, name).await["spec"]["template"]["spec"]["containers"][0]["image"].clone()
}

/// Reads the way back and goes it.
async fn back(place: &Place, name: &str, to: Option<u32>) -> Result<Outcome, String> {
    let handle = place.open(place.server.clone()).await;
    let snapshot = handle.snapshot();
    let services = &snapshot.namespace(&*place.namespace).unwrap().services;
    let service = services.iter().find(|s| s.object.name == *name).unwrap();
    let change = handle.back(service.workload.as_ref().unwrap(), to).await.map_err(|why| why.to_string())?;
    let plan = place.plan(&handle, Wish::Edit(change.into()), &of(&[name]));
    if !plan.runs() {
        return Err(format!("{plan:?}"));
    }
    Ok(listen(|p| handle.run(plan, RunOptions::default(), p)).await.0)
}

async fn rolled_back(server: InProcess) {
    let agent = workload("DaemonSet", "agent", 1, "acme/agent:1");
    let objects =
        [workload("Deployment", "web", 2, "acme/web:1"), workload("StatefulSet", "db", 1, "postgres:16"), agent];
    let place = Place::new(server, "rollback", &objects).await;
    let all = [(Kind::Deployment, "web"), (Kind::StatefulSet, "db"), (Kind::DaemonSet, "agent")];
    let first = ["acme/web:1", "postgres:16", "acme/agent:1"];
    place.open(place.server.clone()).await;
    for (kind, name) in all {
        let env = json!([{ "name": "NEW", "value": "canary" }]);
        let container = json!({ "name": "main", "image": "acme/new:2", "env": env });
        let spec = json!({ "template": { "spec": { "containers": [container], "nodeSelector": null } } });
        assert_eq!(place.patch(kind, name, json!({ "spec": spec })).await, 200);
    }
    place.open(place.server.clone()).await;
    for ((kind, name), image_before) in all.into_iter().zip(first) {
        let why = back(&place, name, Some(99)).await.unwrap_err();
        assert!(why.ends_with("has no revision 99; there is 2 (now), 1"), "{why}");
        let outcome = back(&place, name, None).await.unwrap();
        assert_eq!(outcome.end, End::Done, "{name}: {outcome:?}");
        assert_eq!(image(&place, kind, name).await, image_before, "{name}");
        let template = place.get(kind, name).await["spec"]["template"].clone();
        assert!(!template.to_string().contains("canary"), "what the revision lacked is gone: {template}");
        assert!(template["metadata"]["labels"]["pod-template-hash"].is_null(), "{template}");
    }
    // It is the newest by now: what is so already is nothing to do.
    let newest = back(&place, "web", Some(3)).await.unwrap_err();
    assert!(newest.contains("is as revision 3 has it already"), "{newest}");
    assert_eq!(place.journal().await, Value::Null);
    place.delete().await;
}

async fn changed_since_read(server: InProcess) {
    let place = Place::new(server, "stale", &[workload("Deployment", "web", 1, "acme/web:1")]).await;
    place.open(place.server.clone()).await;
    let spec = |image: &str| json!({ "spec": { "template": { "spec": { "containers": [{ "name": "main", "image": image }] } } } });
    place.patch(Kind::Deployment, "web", spec("acme/web:2")).await;
    let handle = place.open(place.server.clone()).await;
    let snapshot = handle.snapshot();
    let service = snapshot.namespace(&*place.namespace).unwrap().services[0].clone();
    let change = handle.back(service.workload.as_ref().unwrap(), None).await.unwrap();
    let plan = place.plan(&handle, Wish::Edit(change.into()), &of(&["web"]));
    // Between the dialog and Enter somebody deploys.
    place.patch(Kind::Deployment, "web", spec("acme/web:3")).await;
    let (outcome, _) = listen(|p| handle.run(plan.clone(), RunOptions::default(), p)).await;
    assert!(matches!(&outcome.results[0].1, StepResult::Failed(why) if why.contains("ask again")), "{outcome:?}");
    assert_eq!(image(&place, Kind::Deployment, "web").await, "acme/web:3");
    // What does not touch it is no matter: a status, a label, a count.
    let change = handle.back(service.workload.as_ref().unwrap(), Some(1)).await.unwrap();
    let fresh = place.open(place.server.clone()).await;
    let plan = place.plan(&fresh, Wish::Edit(change.into()), &of(&["web"]));
    place.patch(Kind::Deployment, "web", json!({ "spec": { "replicas": 2 } })).await;
    let (outcome, _) = listen(|p| fresh.run(plan, RunOptions::default(), p)).await;
    assert_eq!(outcome.end, End::Done, "{outcome:?}");
    let web = place.get(Kind::Deployment, "web").await;
    assert_eq!(
        (image(&place, Kind::Deployment, "web").await, &web["spec"]["replicas"]),
        (json!("acme/web:1"), &json!(2))
    );
    place.delete().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_roll_back_brings_the_whole_template_of_a_revision_back_whatever_the_kind() {
    rolled_back(World::new().server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn a_roll_back_brings_the_whole_template_of_a_revision_back_whatever_the_kind_on_a_real_server() {
    rolled_back(real().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_what_was_read_is_not_overwritten_and_one_beside_it_stays() {
    changed_since_read(World::new().server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn a_change_of_what_was_read_is_not_overwritten_and_one_beside_it_stays_on_a_real_server() {
    changed_since_read(real().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redeployment_is_done_when_all_pods_are_new() {
    redeployed(World::new().server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn a_redeployment_is_done_when_all_pods_are_new_on_a_real_server() {
    redeployed(real().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scaling_is_done_when_so_many_pods_are_ready_and_forgets_a_stop() {
    scaled(World::new().server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn a_scaling_is_done_when_so_many_pods_are_ready_and_forgets_a_stop_on_a_real_server() {
    scaled(real().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_changed_or_made_anew_meanwhile_is_not_overwritten() {
    disturbed(World::new().server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn what_somebody_changed_or_made_anew_meanwhile_is_not_overwritten_on_a_real_server() {
    disturbed(real().await).await;
}
