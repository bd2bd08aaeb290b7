//! Admission: what is put into a new object by what else there is (PriorityClass, LimitRange), and why it is refused
//! (LimitRange, ResourceQuota).
//!
//! Pure: the API asks before it stores an object, a controller before it makes a pod.
//! <https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/>

use serde_json::{Value, json};

use super::json::{Json, set};
use super::resource::Resource;
use super::view::{List, Object};
use super::{limits, quota};

/// Classes that every cluster has (`pkg/apis/scheduling/types.go`).
const SYSTEM_CLASSES: [(&str, i64); 2] =
    [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)];

fn all(kind: &str, list: List) -> Vec<Object> {
    Resource::named(kind).map(list).unwrap_or_default()
}

/// Puts into a new object what admission puts there.
///
/// # Errors
/// Why it is refused at once, in the API server's words, without those that name the object.
pub(crate) fn complete(resource: &Resource, object: &mut Value, list: List) -> Result<(), String> {
    if resource.kind != "Pod" {
        return Ok(());
    }
    prioritize(object, list)?;
    all("LimitRange", list).iter().for_each(|range| limits::complete(range, object));
    Ok(())
}

/// Why a new object is refused beside `before` more like it.
pub(crate) fn refusal(r: &'static Resource, object: &Value, before: usize, list: List) -> Option<String> {
    limited(r, object, list).or_else(|| quota::refusal(r, object, before, list))
}

/// Why the change of an object is refused.
pub(crate) fn refusal_of_change(r: &'static Resource, old: &Value, new: &Value, list: List) -> Option<String> {
    let claim = || (r.kind == "PersistentVolumeClaim" && !old.is_going()).then(|| limited(r, new, list)).flatten();
    claim().or_else(|| quota::refusal_of_change(r, old, new, list))
}

fn limited(r: &Resource, object: &Value, list: List) -> Option<String> {
    if !matches!(r.kind, "Pod" | "PersistentVolumeClaim") {
        return None;
    }
    all("LimitRange", list).iter().find_map(|range| limits::refusal(range, r.kind, object))
}

/// The priority of a pod follows from its class (`plugin/pkg/admission/priority/admission.go`).
fn prioritize(pod: &mut Value, list: List) -> Result<(), String> {
    let given = pod.text("spec.priorityClassName").to_owned();
    let system = SYSTEM_CLASSES.iter().find(|(name, _)| *name == given);
    let class = match (given.as_str(), system) {
        (name, Some((_, value))) => json!({"metadata": {"name": name}, "value": value}),
        ("", _) => {
            let classes = all("PriorityClass", list);
            let default = classes.iter().filter(|c| c.is("globalDefault")).min_by_key(|c| c.int("value"));
            default.map_or_else(|| json!({}), |c| Value::clone(c))
        }
        (name, _) => {
            let found = all("PriorityClass", list).into_iter().find(|c| c.name() == name);
            Value::clone(&*found.ok_or_else(|| format!("no PriorityClass with name {name} was found"))?)
        }
    };
    let priority = class.int("value");
    if let Some(own) = pod.at("spec.priority").as_i64().filter(|own| *own != priority) {
        return Err(format!(
            "the integer value of priority ({own}) must not be provided in pod spec; priority admission controller \
             computed {priority} from the given PriorityClass name"
        ));
    }
    let policy = Some(class.text("preemptionPolicy")).filter(|p| !p.is_empty()).unwrap_or("PreemptLowerPriority");
    let own = pod.text("spec.preemptionPolicy");
    if !own.is_empty() && own != policy {
        return Err(format!(
            "the string value of PreemptionPolicy ({own}) must not be provided in pod spec; priority admission \
             controller computed {policy} from the given PriorityClass name"
        ));
    }
    if !class.name().is_empty() {
        set(pod, "spec.priorityClassName", class.name());
    }
    set(pod, "spec.priority", priority);
    set(pod, "spec.preemptionPolicy", policy);
    Ok(())
}
