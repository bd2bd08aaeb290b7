//! LimitRange: what it puts into the containers of a new pod, and why it refuses a pod or a claim.
//! Texts after `plugin/pkg/admission/limitranger/admission.go`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::json::{Json, dig};
use super::quantity::amount;
use super::quota::total;

/// Where a pod says what was put into it.
const NOTE: &str = "kubernetes.io/limit-ranger";

/// A list of a pod's containers, and what the note calls one of them.
const CONTAINERS: [(&str, &str); 2] = [("containers", "container"), ("initContainers", "init container")];

/// Fills in what the containers of a pod leave out.
pub(super) fn complete(range: &Value, pod: &mut Value) {
    let defaults: Vec<&Value> =
        range.items("spec.limits").iter().filter(|limit| limit.text("type") == "Container").collect();
    let mut notes = Vec::new();
    for (list, called) in CONTAINERS {
        let containers = pod.pointer_mut(&format!("/spec/{list}")).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten() {
            for (from, to) in [("defaultRequest", "request"), ("default", "limit")] {
                let mut filled = BTreeSet::new();
                for (name, value) in defaults.iter().flat_map(|limit| limit.entries(from)) {
                    let path = format!("resources.{to}s");
                    if container.key(&path, name).is_null() {
                        dig(container, &path).insert(name.clone(), value.clone());
                        filled.insert(name.as_str());
                    }
                }
                if !filled.is_empty() {
                    let names = filled.into_iter().collect::<Vec<_>>().join(", ");
                    notes.push(format!("{names} {to} for {called} {}", container.text("name")));
                }
            }
        }
    }
    if !notes.is_empty() {
        dig(pod, "metadata.annotations")
            .insert(NOTE.to_owned(), format!("LimitRanger plugin set: {}", notes.join("; ")).into());
    }
}

/// Why a range refuses an object.
pub(super) fn refusal(range: &Value, kind: &str, object: &Value) -> Option<String> {
    let mut why = Vec::new();
    for limit in range.items("spec.limits") {
        match (kind, limit.text("type")) {
            ("Pod", "Container") => {
                for (list, _) in CONTAINERS {
                    for container in object.items(&format!("spec.{list}")) {
                        why.extend(broken(limit, container.at("resources"), true));
                    }
                }
            }
            ("Pod", "Pod") => why.extend(broken(limit, &whole(limit, object), true)),
            ("PersistentVolumeClaim", "PersistentVolumeClaim") => {
                why.extend(broken(limit, object.at("spec.resources"), false));
            }
            _ => {}
        }
    }
    let mut seen = BTreeSet::new();
    why.retain(|w| seen.insert(w.clone()));
    match why.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        all => Some(format!("[{}]", all.join(", "))),
    }
}

/// What a pod asks for as a whole of the resources that a limit names.
fn whole(limit: &Value, pod: &Value) -> Value {
    let mut resources = Value::Null;
    for part in ["requests", "limits"] {
        let named = ["min", "max", "maxLimitRequestRatio"].iter().flat_map(|rule| limit.entries(rule));
        for (name, _) in named {
            if let Some((_, written)) = total(pod, part, name) {
                dig(&mut resources, part).insert(name.clone(), written.into());
            }
        }
    }
    resources
}

/// The rules of a limit that resources break. A claim has requests alone.
fn broken(limit: &Value, resources: &Value, with_limits: bool) -> Vec<String> {
    let per = limit.text("type");
    let asked = |part: &str, name: &str| {
        let value = resources.key(part, name);
        amount(value).map(|n| (n, written(value)))
    };
    let mut why = Vec::new();
    for (name, value) in limit.entries("min") {
        let (least, said) =
            (amount(value).unwrap_or(0), format!("minimum {name} usage per {per} is {}", written(value)));
        match (asked("requests", name), asked("limits", name)) {
            (None, _) => why.push(format!("{said}.  No request is specified")),
            (Some((n, given)), _) if n < least => why.push(format!("{said}, but request is {given}")),
            (_, Some((n, given))) if with_limits && n < least => why.push(format!("{said}, but limit is {given}")),
            _ => {}
        }
    }
    for (name, value) in limit.entries("max") {
        let (most, said) =
            (amount(value).unwrap_or(0), format!("maximum {name} usage per {per} is {}", written(value)));
        match (asked("limits", name), asked("requests", name)) {
            (None, _) if with_limits => why.push(format!("{said}.  No limit is specified")),
            (_, None) if !with_limits => why.push(format!("{said}.  No request is specified")),
            (Some((n, given)), _) if with_limits && n > most => why.push(format!("{said}, but limit is {given}")),
            (_, Some((n, given))) if n > most => why.push(format!("{said}, but request is {given}")),
            _ => {}
        }
    }
    for (name, value) in limit.entries("maxLimitRequestRatio") {
        let said = format!("{name} max limit to request ratio per {per} is {}, but", written(value));
        let positive = |part: &str| asked(part, name).map(|(n, _)| n).filter(|n| *n > 0);
        match (positive("requests"), positive("limits")) {
            (None, _) => why.push(format!("{said} no request is specified or request is 0")),
            (_, None) => why.push(format!("{said} no limit is specified or limit is 0")),
            (Some(request), Some(most)) if most * 1000 > amount(value).unwrap_or(0) * request => {
                why.push(format!("{said} provided ratio is {:.6}", most as f64 / request as f64));
            }
            _ => {}
        }
    }
    why
}

fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::json::set;
    use serde_json::json;

    fn range(limit: Value) -> Value {
        json!({"spec": {"limits": [limit]}})
    }

    fn pod(resources: Value) -> Value {
        json!({"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "resources": resources}]}})
    }

    #[test]
    fn what_a_container_leaves_out_is_filled_in_and_noted() {
        let range = range(
            json!({"type": "Container", "default": {"cpu": "2", "memory": "1Gi"}, "defaultRequest": {"cpu": "1"}}),
        );
        let mut pod = pod(json!({"limits": {"memory": "2Gi"}}));
        set(&mut pod, "spec.initContainers", json!([{"name": "i"}]));
        complete(&range, &mut pod);
        let resources = &pod["spec"]["containers"][0]["resources"];
        assert_eq!(*resources, json!({"limits": {"memory": "2Gi", "cpu": "2"}, "requests": {"cpu": "1"}}));
        assert_eq!(
            pod["metadata"]["annotations"][NOTE],
            "LimitRanger plugin set: cpu request for container c; cpu limit for container c; \
             cpu request for init container i; cpu, memory limit for init container i"
        );
    }

    #[test]
    fn each_rule_that_is_broken_is_named() {
        let why = |limit, resources| refusal(&range(limit), "Pod", &pod(resources));
        let most = json!({"type": "Container", "max": {"cpu": "1"}});
        assert_eq!(
            why(most.clone(), json!({"limits": {"cpu": "2"}, "requests": {"cpu": "1"}})).unwrap(),
            "maximum cpu usage per Container is 1, but limit is 2"
        );
        assert_eq!(
            why(most.clone(), json!({})).unwrap(),
            "maximum cpu usage per Container is 1.  No limit is specified"
        );
        assert_eq!(why(most, json!({"limits": {"cpu": "1"}, "requests": {"cpu": "1"}})), None);
        let both = json!({"type": "Pod", "min": {"memory": "1Gi"}, "maxLimitRequestRatio": {"memory": "2"}});
        assert_eq!(
            why(both, json!({"limits": {"memory": "1536Mi"}, "requests": {"memory": "512Mi"}})).unwrap(),
            "[minimum memory usage per Pod is 1Gi, but request is 512Mi, \
             memory max limit to request ratio per Pod is 2, but provided ratio is 3.000000]"
        );
    }
}
