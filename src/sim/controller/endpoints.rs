//! Service → EndpointSlice: one slice per Service with the pods that its selector finds.
//!
//! After `pkg/controller/endpointslice`. One slice holds all; the real one splits at 100 endpoints.

use serde_json::{Value, json};

use crate::sim::json::{Json, set, stamp};
use crate::sim::seed::suffix;
use crate::sim::view::{Object, View};
use crate::sim::write::{Writes, owner_reference};

/// Whether a Service's selector finds a pod.
pub(super) fn selects(pod: &Value, service: &Value) -> bool {
    let labels = pod.at("metadata.labels");
    let mut terms = service.entries("spec.selector").peekable();
    terms.peek().is_some() && terms.all(|(k, v)| labels.get(k.as_str()) == Some(v))
}

/// Reconciles the slice of one Service.
pub(super) fn sync(view: &View, service: &Object, w: &mut Writes) {
    if service.is_going() || service.entries("spec.selector").next().is_none() {
        return;
    }
    let mut endpoints: Vec<Value> = vec![];
    let mut first = None;
    for pod in view.list("Pod") {
        let over = || matches!(pod.text("status.phase"), "Succeeded" | "Failed");
        if selects(pod, service) && !over() && pod.has("status.podIP") {
            first.get_or_insert(pod);
            endpoints.push(endpoint(service, pod));
        }
    }
    let ports: Vec<Value> = service
        .items("spec.ports")
        .iter()
        .map(|p| {
            json!({"name": p.text("name"), "port": target_port(p, first.map(|f| &**f)),
                "protocol": if p.has("protocol") { p.text("protocol") } else { "TCP" }})
        })
        .collect();
    // Ports of a Service without endpoints are unknown, as named ports are found in pods.
    let ports = if endpoints.is_empty() { Value::Null } else { ports.into() };
    let endpoints = if endpoints.is_empty() { Value::Null } else { endpoints.into() };
    let slices = view.controlled("EndpointSlice", service.uid());
    let Some(slice) = slices.first() else {
        let mut labels = service.at("metadata.labels").clone();
        let map = crate::sim::json::dig(&mut labels, "");
        map.insert("endpointslice.kubernetes.io/managed-by".into(), "endpointslice-controller.k8s.io".into());
        map.insert("kubernetes.io/service-name".into(), service.name().into());
        if service.text("spec.clusterIP") == "None" {
            map.insert("service.kubernetes.io/headless".into(), "".into());
        }
        return w.create(json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": {
                "name": format!("{}-{}", service.name(), suffix(view.world.seed, &[service.uid(), "slice"], 5)),
                "generateName": format!("{}-", service.name()), "namespace": view.namespace, "labels": labels,
                "annotations": {"endpoints.kubernetes.io/last-change-trigger-time": stamp(view.now)},
                "ownerReferences": owner_reference(service),
            },
            "addressType": "IPv4", "endpoints": endpoints, "ports": ports,
        }));
    };
    if *slice.at("endpoints") != endpoints || (!endpoints.is_null() && *slice.at("ports") != ports) {
        // RFC 7396 drops what is null, so an emptied slice is written as an empty list.
        let list = if endpoints.is_null() { json!([]) } else { endpoints };
        if list != json!([]) || !slice.items("endpoints").is_empty() {
            let mut patch = json!({"endpoints": list, "ports": ports});
            let moment = json!({"endpoints.kubernetes.io/last-change-trigger-time": stamp(view.now)});
            set(&mut patch, "metadata.annotations", moment);
            w.patch(slice, patch);
        }
    }
}

fn endpoint(service: &Value, pod: &Value) -> Value {
    let ready = pod.holds("Ready");
    let going = pod.is_going();
    let mut endpoint = json!({
        "addresses": [pod.text("status.podIP")],
        "conditions": {
            "ready": (ready || service.is("spec.publishNotReadyAddresses")) && !going,
            "serving": ready,
            "terminating": going,
        },
        "nodeName": pod.text("spec.nodeName"),
        "targetRef": {
            "kind": "Pod", "name": pod.name(), "namespace": pod.text("metadata.namespace"), "uid": pod.uid(),
        },
    });
    if pod.has("spec.hostname") && service.text("spec.clusterIP") == "None" {
        set(&mut endpoint, "hostname", pod.text("spec.hostname"));
    }
    endpoint
}

/// The number of a Service's port in the pod.
fn target_port(port: &Value, pod: Option<&Value>) -> i64 {
    match port.at("targetPort") {
        Value::Number(n) => n.as_i64().unwrap_or(0),
        Value::String(name) => pod
            .into_iter()
            .flat_map(|p| p.items("spec.containers"))
            .flat_map(|c| c.items("ports"))
            .find(|p| p.text("name") == name)
            .map_or(0, |p| p.int("containerPort")),
        _ => port.int("port"),
    }
}
