//! What a change may not change. After the `Validate…Update` functions of kubernetes/pkg/apis/*/validation.

use serde_json::{Map, Value, json};

use crate::sim::json::Json;
use crate::sim::resource::Resource;
use crate::sim::status::Cause;

type Out<'a> = &'a mut Vec<Cause>;

const IMMUTABLE: &str = "field is immutable";
const STATEFUL: &str = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
const POD: &str = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
const CLAIM: &str =
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";

/// Resource, path of a field that stays as it was.
const FIXED: &[(&str, &str)] = &[
    ("deployments", "spec.selector"),
    ("replicasets", "spec.selector"),
    ("daemonsets", "spec.selector"),
    ("jobs", "spec.selector"),
    ("jobs", "spec.completions"),
    ("jobs", "spec.completionMode"),
    ("jobs", "spec.podFailurePolicy"),
    ("secrets", "type"),
    ("storageclasses", "parameters"),
    ("storageclasses", "provisioner"),
    ("storageclasses", "volumeBindingMode"),
    ("resourcequotas", "spec.scopes"),
];

/// Fields of a StatefulSet that may change.
const LOOSE: &[&str] = &[
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
];

/// Says what a change changes that it may not.
pub(super) fn check(resource: &Resource, old: &Value, new: &Value, out: Out) {
    let plural = resource.plural;
    for (_, path) in FIXED.iter().filter(|(p, path)| *p == plural && old.at(path) != new.at(path)) {
        let both_none = !super::rule::is_set(old.at(path)) && !super::rule::is_set(new.at(path));
        if !both_none {
            out.push(Cause::invalid(path, new.at(path), IMMUTABLE));
        }
    }
    match plural {
        "pods" => pod(old, new, out),
        "statefulsets" if without(old.at("spec"), LOOSE) != without(new.at("spec"), LOOSE) => {
            out.push(Cause::forbidden("spec", STATEFUL));
        }
        "jobs" if template(old) != template(new) && !(suspended(old) && only_scheduling(old, new)) => {
            let path = if old.at("spec.template.spec") == new.at("spec.template.spec") {
                "spec.template"
            } else {
                "spec.template.spec"
            };
            out.push(Cause::invalid(path, new.at(path), IMMUTABLE));
        }
        "services" => service(old, new, out),
        "persistentvolumeclaims" => claim(old, new, out),
        "rolebindings" | "clusterrolebindings" if old.at("roleRef") != new.at("roleRef") => {
            let role = new.at("roleRef");
            let shown =
                json!({"APIGroup": role.text("apiGroup"), "Kind": role.text("kind"), "Name": role.text("name")});
            out.push(Cause::invalid("roleRef", &shown, "cannot change roleRef"));
        }
        _ => {}
    }
}

fn without(value: &Value, fields: &[&str]) -> Map<String, Value> {
    let kept = value.as_object().into_iter().flatten().filter(|(k, _)| !fields.contains(&k.as_str()));
    kept.map(|(k, v)| (k.clone(), v.clone())).collect()
}

fn template(job: &Value) -> &Value {
    job.at("spec.template")
}

fn suspended(job: &Value) -> bool {
    job.is("spec.suspend") && !job.has("status.startTime")
}

/// What decides where the pods of a Job run may change until it has begun.
const SCHEDULING: &[&str] = &["nodeSelector", "tolerations", "affinity", "schedulingGates"];

fn only_scheduling(old: &Value, new: &Value) -> bool {
    let spec = |job: &Value| without(job.at("spec.template.spec"), SCHEDULING);
    spec(old) == spec(new)
}

fn pod(old: &Value, new: &Value, out: Out) {
    for list in ["containers", "initContainers"] {
        let path = format!("spec.{list}");
        if old.items(&path).len() != new.items(&path).len() {
            return out.push(Cause::forbidden(&path, "pod updates may not add or remove containers"));
        }
        // The real one looks at images twice.
        for (at, _) in new.items(&path).iter().enumerate().filter(|(_, c)| c.text("image").is_empty()) {
            out.push(Cause::required(&format!("{path}[{at}].image"), ""));
        }
    }
    let deadline = "spec.activeDeadlineSeconds";
    match (old.at(deadline).as_i64(), new.at(deadline).as_i64()) {
        (Some(before), Some(after)) if after > before => {
            let why = "must be less than or equal to previous value";
            return out.push(Cause::invalid(deadline, &after.into(), why));
        }
        (Some(_), None) => {
            let why = "must not update from a positive integer to nil value";
            out.push(Cause::invalid(deadline, &Value::Null, why));
        }
        _ => {}
    }
    let seconds = |t: &Value| without(t, &["tolerationSeconds"]);
    let stays = |t: &Value| new.items("spec.tolerations").iter().any(|n| seconds(n) == seconds(t));
    if !old.items("spec.tolerations").iter().all(stays) {
        let why = "existing toleration can not be modified except its tolerationSeconds";
        out.push(Cause::forbidden("spec.tolerations", why));
    }
    let rest = |pod: &Value| {
        let mut spec = without(pod.at("spec"), &["activeDeadlineSeconds", "tolerations", "schedulingGates"]);
        for list in ["containers", "initContainers"] {
            for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                if let Some(map) = container.as_object_mut() {
                    map.shift_remove("image");
                }
            }
        }
        spec
    };
    if rest(old) != rest(new) {
        out.push(Cause::forbidden("spec", POD));
    }
}

fn service(old: &Value, new: &Value, out: Out) {
    let external = |s: &Value| s.text("spec.type") == "ExternalName";
    let before = old.at("spec.clusterIPs").get(0);
    let after = new.at("spec.clusterIPs").get(0);
    if !external(old) && !external(new) && before.is_some() && before != after {
        out.push(Cause::invalid("spec.clusterIPs[0]", new.at("spec.clusterIPs"), "may not change once set"));
    }
}

fn claim(old: &Value, new: &Value, out: Out) {
    const OPEN: &[&str] = &["volumeAttributesClassName", "volumeName"];
    let bound = old.text("status.phase") == "Bound";
    let rest = |claim: &Value| {
        let mut spec = without(claim.at("spec"), OPEN);
        if bound && let Some(resources) = spec.get_mut("resources").and_then(Value::as_object_mut) {
            resources.shift_remove("requests");
        }
        spec
    };
    let renamed = !old.text("spec.volumeName").is_empty() && old.at("spec.volumeName") != new.at("spec.volumeName");
    if rest(old) != rest(new) || renamed {
        out.push(Cause::forbidden("spec", CLAIM));
    }
    let size = |claim: &Value| crate::sim::quantity::amount(claim.at("spec.resources.requests.storage"));
    if bound && size(new) < size(old) {
        let why = "field can not be less than status.capacity";
        out.push(Cause::forbidden("spec.resources.requests.storage", why));
    }
}
