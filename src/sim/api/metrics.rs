//! metrics.k8s.io: get and list of what is stored, else of what [`crate::sim::metrics`] makes up.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::request::Verb;
use super::{Call, Response, Status, respond};
use crate::sim::json::{Json, stamp};
use crate::sim::metrics::{of_pod, usage};
use crate::sim::object::Object;
use crate::sim::resource::Resource;
use crate::sim::selector::Filter;
use crate::sim::store::{SharedStore, Store};

/// Answers get and list.
pub(super) fn answer(call: Call<'_>) -> Result<Response, Status> {
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
                let value = of_pod(&world, &pod.value(), None, now)?;
                Some(Arc::new(Object::new(resource, pod.key().clone(), pod.rv, value)))
            })
        })
        .collect()
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
