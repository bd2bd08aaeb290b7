//! ReplicaSets and ControllerRevisions → revisions of a pod template. Read on demand, one workload at a time.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use crate::domain::Text;
use crate::domain::keys::RESTARTED;
use crate::domain::revision::{Container, Revision, Setting};

/// Parts of a container that have words of their own.
const OF_CONTAINER: [&str; 5] = ["name", "image", "env", "envFrom", "resources"];

/// The revisions of the workload of this UID among ReplicaSets or ControllerRevisions, newest first.
pub fn revisions<'v>(sets: impl IntoIterator<Item = &'v Value>, owner: &str) -> Vec<Revision> {
    let mut all: Vec<Revision> = sets.into_iter().filter(|o| is_of(o, owner)).filter_map(revision).collect();
    all.sort_by_key(|r| std::cmp::Reverse((r.number, r.created)));
    all
}

fn is_of(object: &Value, owner: &str) -> bool {
    let owners = object.pointer("/metadata/ownerReferences").and_then(Value::as_array).into_iter().flatten();
    let mut controllers = owners.filter(|o| o.get("controller") == Some(&Value::Bool(true)));
    controllers.any(|o| text(o, "/uid") == Some(owner))
}

fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer).and_then(Value::as_str)
}

/// The pod template that a revision's object holds, without what the controllers have added to it.
pub fn template_of(set: &Value) -> Option<Value> {
    let held = set.pointer("/spec/template").or_else(|| set.pointer("/data/spec/template"));
    let mut template = held?.clone();
    if let Some(map) = template.as_object_mut() {
        map.remove("$patch");
    }
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove("pod-template-hash");
    }
    Some(template)
}

/// A ReplicaSet has its number in an annotation and the template in its spec; a ControllerRevision has the number
/// by itself and the template as a patch in its data.
/// <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/controller-revision-v1/>
fn revision(object: &Value) -> Option<Revision> {
    let annotation = |key: &str| object.pointer("/metadata/annotations")?.get(key)?.as_str();
    let by_annotation = || annotation("deployment.kubernetes.io/revision")?.parse().ok();
    let own = || object.get("revision")?.as_u64().and_then(|n| u32::try_from(n).ok());
    let mut rest = template_of(object)?;
    let restarted = rest.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut);
    let restarted = restarted.and_then(|a| a.remove(RESTARTED));
    if let Some(meta) = rest.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.retain(|_, v| v.as_object().is_none_or(|o| !o.is_empty()));
    }
    let mut containers = std::collections::BTreeMap::new();
    for list in ["containers", "initContainers"] {
        let taken = rest.get_mut("spec").and_then(Value::as_object_mut).and_then(|spec| spec.remove(list));
        for one in taken.as_ref().and_then(Value::as_array).into_iter().flatten() {
            containers.insert(Text::new(text(one, "/name").unwrap_or_default()), container(one));
        }
    }
    Some(Revision {
        number: by_annotation().or_else(own)?,
        object: Text::new(text(object, "/metadata/name")?),
        created: text(object, "/metadata/creationTimestamp").and_then(|t| t.parse().ok()),
        why: annotation("kubernetes.io/change-cause").map(Text::new),
        pods: object.pointer("/status/replicas").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()),
        containers,
        restarted: restarted.as_ref().and_then(Value::as_str).map(Text::new),
        rest: fingerprint(&rest),
    })
}

fn container(raw: &Value) -> Container {
    let list = |key: &str| raw.get(key).and_then(Value::as_array).into_iter().flatten();
    let name = |v: &Value| Text::new(text(v, "/name").unwrap_or_default());
    let mut rest = raw.clone();
    if let Some(map) = rest.as_object_mut() {
        map.retain(|key, _| !OF_CONTAINER.contains(&key.as_str()));
    }
    let mut resources = std::collections::BTreeMap::new();
    for (group, word) in [("requests", "request"), ("limits", "limit")] {
        let all = raw.pointer(&format!("/resources/{group}")).and_then(Value::as_object).into_iter().flatten();
        resources.extend(all.filter_map(|(k, v)| Some((Text::new(&format!("{k} {word}")), Text::new(v.as_str()?)))));
    }
    Container {
        image: Text::new(text(raw, "/image").unwrap_or_default()),
        env: list("env").map(|v| (name(v), setting(v))).collect(),
        env_from: list("envFrom").filter_map(source).collect(),
        resources,
        rest: fingerprint(&rest),
    }
}

/// Where a variable has its value from.
fn setting(raw: &Value) -> Setting {
    let of = |pointer: &str| text(raw, pointer);
    let key = |kind: &str, at: &str| {
        let (name, key) = (of(&format!("{at}/name"))?, of(&format!("{at}/key"))?);
        Some(format!("{kind}/{name}:{key}"))
    };
    let place = key("secret", "/valueFrom/secretKeyRef")
        .or_else(|| key("configmap", "/valueFrom/configMapKeyRef"))
        .or_else(|| of("/valueFrom/fieldRef/fieldPath").map(str::to_owned))
        .or_else(|| of("/valueFrom/resourceFieldRef/resource").map(str::to_owned));
    match place {
        Some(place) => Setting::From(Text::new(&place)),
        None => Setting::Value(fingerprint(raw)),
    }
}

fn source(raw: &Value) -> Option<Text> {
    let of = |kind: &str, at: &str| text(raw, at).map(|name| Text::new(&format!("{kind}/{name}")));
    of("secret", "/secretRef/name").or_else(|| of("configmap", "/configMapRef/name"))
}

/// Tells whether two values of one process are the same; neither can be read back from it.
fn fingerprint(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.to_string().hash(&mut hasher);
    hasher.finish()
}
