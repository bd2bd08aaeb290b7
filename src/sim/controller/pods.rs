//! What every controller of pods needs: making one from a template, and telling how one does.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::sim::clock::plus;
use crate::sim::events::{EventDraft, Times};
use crate::sim::json::{Json, set, unset};
use crate::sim::resource::Resource;
use crate::sim::seed::{safe_hash, suffix};
use crate::sim::view::{Object, View};
use crate::sim::write::{Writes, owner_reference};
use crate::sim::{admission, defaults};

/// Not ended and not going: what a ReplicaSet counts (`IsPodActive`).
pub(crate) fn is_active(pod: &Value) -> bool {
    !matches!(pod.text("status.phase"), "Succeeded" | "Failed") && !pod.is_going()
}

/// Condition Ready holds.
pub(crate) fn is_ready(pod: &Value) -> bool {
    pod.holds("Ready")
}

/// When the pod is available: ready for `min_ready` seconds. `None`: not ready.
pub(crate) fn available_at(pod: &Value, min_ready: i64) -> Option<Timestamp> {
    let ready = pod.condition("Ready").filter(|c| c.text("status") == "True")?;
    ready.time("lastTransitionTime").map(|t| plus(t, min_ready))
}

/// Whether the pod is available now.
pub(crate) fn is_available(pod: &Value, min_ready: i64, now: Timestamp) -> bool {
    available_at(pod, min_ready).is_some_and(|t| t <= now)
}

/// A pod of `template`, controlled by `owner`.
pub(crate) fn from_template(owner: &Value, template: &Value, name: &str, generate: &str) -> Value {
    let mut meta = Map::new();
    meta.insert("name".into(), name.into());
    if !generate.is_empty() {
        meta.insert("generateName".into(), generate.into());
    }
    meta.insert("namespace".into(), owner.at("metadata.namespace").clone());
    for field in ["labels", "annotations", "finalizers"] {
        if template.has(&format!("metadata.{field}")) {
            meta.insert(field.into(), template.at(&format!("metadata.{field}")).clone());
        }
    }
    meta.insert("ownerReferences".into(), owner_reference(owner));
    let spec = template.at("spec");
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec})
}

/// The hash of a template as it stands in names: FNV-1a, 32 bits, over its JSON with sorted keys.
pub(crate) fn template_hash(template: &Value) -> String {
    let mut h = 0x811c_9dc5_u32;
    for b in sorted(template).to_string().bytes() {
        h = (h ^ u32::from(b)).wrapping_mul(0x0100_0193);
    }
    safe_hash(h)
}

/// The value with the keys of every object sorted, so that equal objects have one text.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.iter().collect();
            keys.sort_by_key(|(k, _)| k.as_str());
            Value::Object(keys.into_iter().map(|(k, v)| (k.clone(), sorted(v))).collect())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// The pods to delete first when there are too many (`ActivePodsWithRanks`): those that serve least.
pub(crate) fn worst_first(mut pods: Vec<&Object>) -> Vec<&Object> {
    pods.sort_by_cached_key(|p| {
        let phase = match p.text("status.phase") {
            "Pending" => 0,
            "Unknown" => 1,
            _ => 2,
        };
        let cost = p.annotation("controller.kubernetes.io/pod-deletion-cost").parse::<i64>().unwrap_or(0);
        let restarts: i64 = p.items("status.containerStatuses").iter().map(|c| c.int("restartCount")).sum();
        let created = p.time("metadata.creationTimestamp").map_or(0, Timestamp::as_second);
        (p.has("spec.nodeName"), phase, is_ready(p), cost, -restarts, -created, p.name().to_owned())
    });
    pods
}

/// An absolute number or a percentage of `of`, rounded up or down.
pub(crate) fn scaled(value: &Value, of: i64, default: &str, up: bool) -> i64 {
    let text = match value {
        Value::Number(n) => return n.as_i64().unwrap_or(0),
        Value::String(s) => s.as_str(),
        _ => default,
    };
    let percent = text.trim_end_matches('%').parse::<i64>().unwrap_or(0);
    if !text.ends_with('%') {
        return percent;
    }
    if up { (of * percent + 99) / 100 } else { of * percent / 100 }
}

/// Counts of a status, which Go leaves out where they are 0.
pub(crate) fn counts(status: &mut Value, counts: &[(&str, i64)]) {
    for (key, n) in counts {
        match n {
            1.. => set(status, key, *n),
            _ => unset(status, key),
        }
    }
}

/// So many.
pub(crate) fn number(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// `count` names for new pods: `prefix` and five letters, that no pod has (though one of this very moment might).
pub(crate) fn new_names(view: &View, owner: &Value, prefix: &str, count: usize) -> Vec<String> {
    let moment = view.now.as_millisecond().to_string();
    let made =
        (0..).map(|n: u32| format!("{prefix}{}", suffix(view.world.seed, &[owner.uid(), &moment, &n.to_string()], 5)));
    made.filter(|name| view.get("Pod", name).is_none()).take(count).collect()
}

/// Why the API refuses a pod after `before` more of its like, in its words.
pub(crate) fn refused(view: &View, pod: &Value, before: usize) -> Option<String> {
    let asks = ["ResourceQuota", "LimitRange"].iter().any(|kind| view.list(kind).next().is_some());
    if !asks && pod.text("spec.priorityClassName").is_empty() {
        return None;
    }
    let resource = Resource::of("v1", "Pod")?;
    let list = |r: &'static Resource| super::quota::of(view, r);
    let mut pod = pod.clone();
    defaults::fill(resource, &mut pod);
    let completed = admission::complete(resource, &mut pod, &list);
    let why = completed.err().or_else(|| admission::refusal(resource, &pod, before, &list))?;
    Some(format!("pods \"{}\" is forbidden: {why}", pod.name()))
}

/// Says on the owner of a pod that it could not be made, and comes back to it in a while.
pub(crate) fn failed_to_create(view: &View, owner: &Object, component: &'static str, said: String, w: &mut Writes) {
    w.event(EventDraft::new(owner, component, "FailedCreate", said).warning().times(Times::Every(30)));
    // The real one backs off up to 16 min; a freed quota is seen at once through its own change.
    w.wake(view.later(120));
}

/// Creates a pod and says so on its owner.
///
/// # Errors
/// What the API said against it, which the owner's events say too; to be tried again in a while.
pub(crate) fn create(
    view: &View,
    owner: &Object,
    component: &'static str,
    pod: Value,
    before: usize,
    w: &mut Writes,
) -> Result<(), String> {
    if let Some(why) = refused(view, &pod, before) {
        failed_to_create(view, owner, component, format!("Error creating: {why}"), w);
        return Err(why);
    }
    let message = format!("Created pod: {}", pod.name());
    w.create(pod);
    w.normal(owner, component, "SuccessfulCreate", message);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_round_up_for_surge_and_down_for_unavailable() {
        assert_eq!(scaled(&json!("25%"), 3, "25%", true), 1);
        assert_eq!(scaled(&json!("25%"), 3, "25%", false), 0);
        assert_eq!(scaled(&Value::Null, 10, "25%", true), 3);
        assert_eq!(scaled(&json!(2), 10, "25%", true), 2);
    }

    #[test]
    fn a_templates_hash_does_not_depend_on_the_order_of_keys() {
        let a = json!({"spec": {"a": 1, "b": [{"x": 1, "y": 2}]}});
        let b = json!({"spec": {"b": [{"y": 2, "x": 1}], "a": 1}});
        assert_eq!(template_hash(&a), template_hash(&b));
        assert_ne!(template_hash(&a), template_hash(&json!({"spec": {"a": 2}})));
    }
}
