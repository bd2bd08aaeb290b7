//! The embedded cluster's controllers, driven by a manual clock: each rule by the name of what it guards.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::sync::Arc;

use kennel::domain::Time;
use kennel::sim::{Clock, Options, Sim, Stage};
use serde_json::{Value, json};

const NS: &str = "n";

fn opening() -> Time {
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
