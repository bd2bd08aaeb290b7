//! Printers of configuration, storage and quotas.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::words::{age, texts};
use crate::sim::json::Json;

const UNSET: &str = "<unset>";

fn or_unset(text: &str) -> Value {
    if text.is_empty() { UNSET.into() } else { text.into() }
}

pub(super) fn config_map(c: &Value, now: Timestamp) -> Vec<Value> {
    let data = c.entries("data").count() + c.entries("binaryData").count();
    vec![c.name().into(), json!(data), age(c, now)]
}

pub(super) fn secret(s: &Value, now: Timestamp) -> Vec<Value> {
    vec![s.name().into(), s.text("type").into(), json!(s.entries("data").count()), age(s, now)]
}

/// `RWO,ROX,RWX,RWOP`, each once, in that order (`GetAccessModesAsString`).
fn modes(list: &Value) -> String {
    let has = texts(list);
    let all =
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];
    all.into_iter().filter(|(long, _)| has.contains(long)).map(|(_, short)| short).collect::<Vec<_>>().join(",")
}

fn phase(object: &Value) -> &str {
    if object.is_going() { "Terminating" } else { object.text("status.phase") }
}

pub(super) fn volume(v: &Value, now: Timestamp) -> Vec<Value> {
    let claim = match v.text("spec.claimRef.name") {
        "" => String::new(),
        name => format!("{}/{name}", v.text("spec.claimRef.namespace")),
    };
    vec![
        v.name().into(),
        v.text("spec.capacity.storage").into(),
        modes(v.at("spec.accessModes")).into(),
        v.text("spec.persistentVolumeReclaimPolicy").into(),
        phase(v).into(),
        claim.into(),
        v.text("spec.storageClassName").into(),
        or_unset(v.text("spec.volumeAttributesClassName")),
        v.text("status.reason").into(),
        age(v, now),
        or_unset(v.text("spec.volumeMode")),
    ]
}

pub(super) fn claim(c: &Value, now: Timestamp) -> Vec<Value> {
    let volume = c.text("spec.volumeName");
    let (capacity, access) = match volume {
        "" => (String::new(), String::new()),
        _ => (c.text("status.capacity.storage").to_owned(), modes(c.at("status.accessModes"))),
    };
    vec![
        c.name().into(),
        phase(c).into(),
        volume.into(),
        capacity.into(),
        access.into(),
        c.text("spec.storageClassName").into(),
        or_unset(c.text("spec.volumeAttributesClassName")),
        age(c, now),
        or_unset(c.text("spec.volumeMode")),
    ]
}

/// `cpu: 1/2, pods: 3/10`: what is used of what is allowed, limits apart.
pub(super) fn quota(q: &Value, now: Timestamp) -> Vec<Value> {
    let text =
        |v: &Value| v.as_str().map_or_else(|| if v.is_null() { "0".into() } else { v.to_string() }, ToOwned::to_owned);
    let mut all: Vec<(&String, &Value)> = q.entries("status.hard").collect();
    all.sort_by_key(|(k, _)| k.as_str());
    let of = |limits: bool| {
        let some = all.iter().filter(|(k, _)| k.contains("limits") == limits);
        let words = some.map(|(k, hard)| format!("{k}: {}/{}", text(q.key("status.used", k)), text(hard)));
        words.collect::<Vec<_>>().join(", ")
    };
    vec![q.name().into(), of(false).into(), of(true).into(), age(q, now)]
}

pub(super) fn class(c: &Value, now: Timestamp) -> Vec<Value> {
    let is_default = c.annotation("storageclass.kubernetes.io/is-default-class") == "true";
    let name = if is_default { format!("{} (default)", c.name()) } else { c.name().to_owned() };
    let text = |field: &str, default: &str| match c.text(field) {
        "" => default.to_owned(),
        text => text.to_owned(),
    };
    vec![
        name.into(),
        c.text("provisioner").into(),
        text("reclaimPolicy", "Delete").into(),
        text("volumeBindingMode", "Immediate").into(),
        json!(c.is("allowVolumeExpansion")),
        age(c, now),
    ]
}
