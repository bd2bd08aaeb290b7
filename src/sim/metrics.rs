//! What running pods and their nodes use, as metrics.k8s.io says it.
//!
//! A stored PodMetrics or NodeMetrics (put by a scenario) is the truth where there is one. Otherwise a running
//! container uses a part of what it requests, which follows from its name and the time and moves slowly.
//! <https://kubernetes.io/docs/tasks/debug/debug-cluster/resource-metrics-pipeline/>

use jiff::Timestamp;
use serde_json::{Value, json};

use super::json::{Json, stamp};
use super::kubelet::behaviour;
use super::kubelet::behaviour::World;
use crate::domain::quantity;

/// What is known of what a pod uses, given the PodMetrics that are stored for it.
pub(crate) fn of_pod(world: &World, pod: &Value, stored: Option<&Value>, now: Timestamp) -> Option<Value> {
    stored.cloned().or_else(|| pod_metrics(world, pod, now))
}

/// What a pod uses; `None` where it does not run.
fn pod_metrics(world: &World, pod: &Value, now: Timestamp) -> Option<Value> {
    if pod.text("status.phase") != "Running" {
        return None;
    }
    let sidecars = pod.items("spec.initContainers").iter().filter(|c| c.text("restartPolicy") == "Always");
    let containers: Vec<_> = pod
        .items("spec.containers")
        .iter()
        .chain(sidecars)
        .map(|c| {
            let (cpu, memory) = usage(world, pod, c, now);
            json!({"name": c.text("name"), "usage": {"cpu": format!("{}n", cpu * 1_000_000), "memory": format!("{memory}Ki")}})
        })
        .collect();
    Some(json!({
        "apiVersion": "metrics.k8s.io/v1beta1", "kind": "PodMetrics",
        "metadata": {
            "name": pod.name(), "namespace": pod.text("metadata.namespace"),
            "creationTimestamp": stamp(now), "labels": pod.at("metadata.labels"),
        },
        "timestamp": stamp(now), "window": "15s", "containers": containers,
    }))
}

/// CPU in thousandths and memory in KiB: 30 to 80 % of the request, drifting with a period of ten minutes, unless
/// the container's behaviour says what it uses.
pub(crate) fn usage(world: &World, pod: &Value, container: &Value, now: Timestamp) -> (u64, u64) {
    let name = format!("{}/{}", pod.name(), container.text("name"));
    let request = |what: &str| quantity::milli(container.at("resources.requests").text(what));
    let cpu = request("cpu").unwrap_or(20);
    let memory = request("memory").map_or(64 << 10, |m| m / 1000 / 1024);
    let seed =
        name.bytes().fold(14_695_981_039_346_656_037_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(1_099_511_628_211));
    let step = u64::try_from(now.as_second()).unwrap_or(0) / 15;
    // A triangle wave of 40 steps, begun where the name says.
    let at = step.wrapping_add(seed) % 40;
    let drift = 30 + (seed >> 8) % 30 + if at < 20 { at } else { 40 - at };
    let percent = behaviour::of(world, pod, container).load.map_or(drift, u64::from);
    (cpu * percent / 100, memory * (50 + (seed >> 16) % 30) / 100)
}
