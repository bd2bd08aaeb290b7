//! metrics.k8s.io: what running pods and their nodes use.
//!
//! A stored PodMetrics or NodeMetrics (put by a scenario) is the truth where there is one. Otherwise a running
//! container uses a part of what it requests, which follows from its name and the time and moves slowly.
//! <https://kubernetes.io/docs/tasks/debug/debug-cluster/resource-metrics-pipeline/>

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::api::request::Verb;
use super::api::{Call, Response, respond};
use super::json::{Json, stamp};
use super::kubelet::behaviour;
use super::object::Object;
use super::resource::Resource;
use super::selector::Filter;
use super::status::Status;
use super::store::{SharedStore, Store};
use super::view::World;
use crate::domain::quantity;

/// Answers get and list.
pub(crate) fn answer(call: Call<'_>) -> Result<Response, Status> {
    let Call { store, request, resource, target, .. } = call;
    if !matches!(request.verb, Verb::Get | Verb::List) || target.subresource.is_some() {
        return Err(Status::method_not_allowed());
    }
    let mut filter = Filter::new(resource, target.namespace.as_deref(), request.query("labelSelector"), "")?;
    if let Some(name) = &target.name {
        filter = filter.name(name);
    }
    let all = if resource.namespaced { pods(store, resource, &filter) } else { nodes(store, resource) };
    let mut found: Vec<_> = all.into_iter().filter(|o| filter.matches(o)).collect();
    let view = call.view();
    if request.verb == Verb::List {
        return Ok(respond::list(view, &json!({}), found));
    }
    let one = found.pop().ok_or_else(|| Status::not_found(resource, target.name()))?;
    Ok(respond::object(200, view, &one))
}

/// Objects of a kind, each with the metrics that are stored for it; the rest happens outside the lock.
fn gathered(
    store: &Store,
    kind: &'static Resource,
    metrics: &'static Resource,
    namespace: Option<&str>,
) -> Vec<(Arc<Object>, Option<Arc<Object>>)> {
    let all: Vec<_> = match namespace {
        Some(ns) => store.list_in(kind, ns).collect(),
        None => store.list(kind).collect(),
    };
    all.into_iter().map(|o| (o.clone(), store.get(metrics, o.namespace(), o.name()))).collect()
}

fn pods(store: &SharedStore, resource: &'static Resource, filter: &Filter) -> Vec<Arc<Object>> {
    let Some(kind) = Resource::of("v1", "Pod") else { return Vec::new() };
    let now = store.clock().now();
    let (world, all) = store.with(|s| (s.world().clone(), gathered(s, kind, resource, filter.namespace.as_deref())));
    all.into_iter()
        .filter_map(|(pod, stored)| {
            stored.or_else(|| {
                let value = pod_metrics(&world, &pod.value(), now)?;
                Some(Arc::new(Object::new(resource, pod.key().clone(), pod.rv, value)))
            })
        })
        .collect()
}

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
fn usage(world: &World, pod: &Value, container: &Value, now: Timestamp) -> (u64, u64) {
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

fn nodes(store: &SharedStore, resource: &'static Resource) -> Vec<Arc<Object>> {
    let (Some(node), Some(pod)) = (Resource::of("v1", "Node"), Resource::of("v1", "Pod")) else { return Vec::new() };
    let now = store.clock().now();
    let mut used: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let (world, running) = store.with(|s| (s.world().clone(), s.list(pod).cloned().collect::<Vec<_>>()));
    for pod in running {
        let pod = pod.value();
        if pod.text("status.phase") != "Running" {
            continue;
        }
        for c in pod.items("spec.containers") {
            let (cpu, memory) = usage(&world, &pod, c, now);
            let sum = used.entry(pod.text("spec.nodeName").to_owned()).or_default();
            *sum = (sum.0 + cpu, sum.1 + memory);
        }
    }
    store
        .with(|s| gathered(s, node, resource, None))
        .into_iter()
        .map(|(node, stored)| {
            stored.unwrap_or_else(|| {
                let (cpu, memory) = used.get(node.name()).copied().unwrap_or_default();
                let value = json!({
                    "apiVersion": "metrics.k8s.io/v1beta1", "kind": "NodeMetrics",
                    "metadata": {"name": node.name(), "creationTimestamp": stamp(now)},
                    "timestamp": stamp(now), "window": "20s",
                    "usage": {"cpu": format!("{}n", (cpu + 80) * 1_000_000), "memory": format!("{}Ki", memory + (512 << 10))},
                });
                Arc::new(Object::new(resource, node.key().clone(), node.rv, value))
            })
        })
        .collect()
}
