//! ResourceQuota: what the objects of a namespace use of it, and the refusal of one more that would pass it.
//!
//! Pure: the API asks on create, the controllers before they make a pod, and the quota controller keeps
//! `status.used`. After `pkg/quota/v1/evaluator/core` and `apiserver/pkg/admission/plugin/resourcequota`.

use serde_json::{Value, json};

use super::json::{Json, set};
use super::quantity::{amount, binary, decimal};
use super::resource::{RESOURCES, Resource};
use super::selector::term_matches;
use super::view::{List, Object};

/// Resources that each container has to state where a quota limits them.
const STATED: &[&str] = &["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

/// Kinds that have a key of their own beside `count/…`.
const COUNTED: &[&str] = &[
    "pods",
    "services",
    "configmaps",
    "secrets",
    "persistentvolumeclaims",
    "resourcequotas",
    "replicationcontrollers",
];

/// How much of `key` the namespace uses of what a quota counts, in thousandths.
pub(crate) fn used(quota: &Value, key: &str, list: List) -> u128 {
    let kinds = RESOURCES.iter().filter(|r| r.namespaced && !r.is_read_only() && charges(r, key));
    let counted = kinds.flat_map(list).filter_map(|o| Some((Resource::of_object(&o)?, o)));
    counted.filter(|(r, o)| within(quota, r, o)).map(|(r, o)| charge(r, &o, key)).sum()
}

/// Whether an object lies within the scopes of a quota; those of today are scopes of pods.
/// <https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-scopes>
fn within(quota: &Value, r: &Resource, object: &Value) -> bool {
    let plain = quota.items("spec.scopes").iter().map(|s| (s.as_str().unwrap_or_default(), &Value::Null));
    let rules = quota.items("spec.scopeSelector.matchExpressions").iter().map(|e| (e.text("scopeName"), e));
    plain.chain(rules).all(|(scope, rule)| r.kind == "Pod" && in_scope(scope, rule, object))
}

fn in_scope(scope: &str, rule: &Value, pod: &Value) -> bool {
    let ends = pod.at("spec.activeDeadlineSeconds").as_i64().is_some_and(|s| s >= 0);
    let best_effort = || quality(pod.at("spec")) == "BestEffort";
    let class = pod.text("spec.priorityClassName");
    match scope {
        "Terminating" => ends,
        "NotTerminating" => !ends,
        "BestEffort" => best_effort(),
        "NotBestEffort" => !best_effort(),
        "PriorityClass" if matches!(rule.text("operator"), "" | "Exists") => !class.is_empty(),
        "PriorityClass" => {
            let labels = if class.is_empty() { json!({}) } else { json!({scope: class}) };
            let mut term = rule.clone();
            set(&mut term, "key", scope);
            term_matches(&term, &labels)
        }
        "CrossNamespacePodAffinity" => ["podAffinity", "podAntiAffinity"].iter().any(|kind| {
            let affinity = pod.at("spec.affinity").at(kind);
            let required = affinity.items("requiredDuringSchedulingIgnoredDuringExecution").iter();
            let preferred = affinity.items("preferredDuringSchedulingIgnoredDuringExecution").iter();
            let mut terms = required.chain(preferred.map(|t| t.at("podAffinityTerm")));
            terms.any(|t| !t.items("namespaces").is_empty() || t.has("namespaceSelector"))
        }),
        _ => false,
    }
}

/// Whether objects of the kind can use any of `key`.
fn charges(r: &Resource, key: &str) -> bool {
    let counts = key.strip_prefix("count/").unwrap_or(key);
    match counts.split_once(".storageclass.storage.k8s.io/") {
        Some(_) => r.kind == "PersistentVolumeClaim",
        None if counts == r.qualified() => key != counts || COUNTED.contains(&key),
        None => match key {
            "requests.storage" => r.kind == "PersistentVolumeClaim",
            k if k.starts_with("services.") => r.kind == "Service",
            k if k.starts_with("count/") || COUNTED.contains(&k) => false,
            _ => r.kind == "Pod",
        },
    }
}

/// How much of `key` one object uses, in thousandths.
fn charge(r: &Resource, object: &Value, key: &str) -> u128 {
    const ONE: u128 = 1000;
    let over = r.kind == "Pod" && matches!(object.text("status.phase"), "Succeeded" | "Failed");
    if !charges(r, key) || (over && !key.starts_with("count/")) {
        return 0;
    }
    let storage = || amount(object.at("spec.resources.requests.storage")).unwrap_or(0);
    match (r.kind, key) {
        _ if key.starts_with("count/") || COUNTED.contains(&key) => ONE,
        ("Service", "services.loadbalancers") => u128::from(object.text("spec.type") == "LoadBalancer") * ONE,
        ("Service", "services.nodeports") => {
            let ports = object.items("spec.ports").iter();
            let open = match object.text("spec.type") {
                "LoadBalancer" if *object.at("spec.allocateLoadBalancerNodePorts") == false => {
                    ports.filter(|p| p.int("nodePort") != 0).count()
                }
                "NodePort" | "LoadBalancer" => ports.count(),
                _ => 0,
            };
            open as u128 * ONE
        }
        ("PersistentVolumeClaim", "requests.storage") => storage(),
        ("PersistentVolumeClaim", _) => {
            let (class, what) = key.split_once(".storageclass.storage.k8s.io/").unwrap_or_default();
            match (object.text("spec.storageClassName") == class, what) {
                (true, "requests.storage") => storage(),
                (true, _) => ONE,
                _ => 0,
            }
        }
        ("Pod", _) => {
            let (part, resource) = part_of(key);
            total(object, part, resource).map_or(0, |(n, _)| n)
        }
        _ => 0,
    }
}

/// `requests` or `limits`, and the resource, of a quota's compute key (`cpu`, `requests.memory`, `limits.cpu`).
fn part_of(key: &str) -> (&str, &str) {
    key.split_once('.').filter(|(part, _)| matches!(*part, "requests" | "limits")).unwrap_or(("requests", key))
}

/// What a pod asks for as a whole of a resource, in thousandths and as it is written: all containers that run
/// together, or an init container that asks for more (`component-helpers/resource/helpers.go`).
pub(crate) fn total(pod: &Value, part: &str, resource: &str) -> Option<(u128, String)> {
    let of = |c: &Value| amount(c.key(&format!("resources.{part}"), resource));
    let mut sum: Option<u128> = None;
    let add = |sum: &mut Option<u128>, n: Option<u128>| *sum = n.map_or(*sum, |n| Some(sum.unwrap_or(0) + n));
    pod.items("spec.containers").iter().for_each(|c| add(&mut sum, of(c)));
    // Sidecars run on; others run beside the sidecars that were started before them.
    let (mut sidecars, mut most) = (None, None);
    for init in pod.items("spec.initContainers") {
        if init.text("restartPolicy") == "Always" {
            add(&mut sum, of(init));
            add(&mut sidecars, of(init));
            most = most.max(sidecars);
        } else if let Some(n) = of(init) {
            most = most.max(Some(n + sidecars.unwrap_or(0)));
        }
    }
    let mut all = sum.max(most)?;
    all += amount(pod.key("spec.overhead", resource)).unwrap_or(0);
    Some((all, written(all, resource)))
}

/// Guaranteed, Burstable or BestEffort (<https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/>).
pub(crate) fn quality(spec: &Value) -> &'static str {
    let containers: Vec<_> = spec.items("containers").iter().chain(spec.items("initContainers")).collect();
    const BOTH: [&str; 2] = ["cpu", "memory"];
    let any = |c: &Value| ["requests", "limits"].iter().any(|w| BOTH.iter().any(|n| c.at("resources").at(w).has(n)));
    let guaranteed = |c: &Value| {
        let (requests, limits) = (c.at("resources.requests"), c.at("resources.limits"));
        BOTH.iter().all(|n| limits.has(n) && (!requests.has(n) || requests.at(n) == limits.at(n)))
    };
    if !containers.iter().any(|c| any(c)) {
        "BestEffort"
    } else if containers.iter().all(|c| guaranteed(c)) {
        "Guaranteed"
    } else {
        "Burstable"
    }
}

/// A number of thousandths as `key` is written.
pub(crate) fn written(n: u128, key: &str) -> String {
    let n = i64::try_from(n).unwrap_or(i64::MAX);
    if key.ends_with("memory") || key.ends_with("storage") { binary(n) } else { decimal(n) }
}

/// Kinds whose changes admission counts: a Service may change its type, a claim its size.
const CHANGING: &[&str] = &["Service", "PersistentVolumeClaim"];

/// Why admission refuses the change of an object: what it would use more is not left.
pub(crate) fn refusal_of_change(r: &'static Resource, old: &Value, new: &Value, list: List) -> Option<String> {
    if CHANGING.contains(&r.kind) && r.group.is_empty() { refused(r, Some(old), new, 0, list) } else { None }
}

/// Why admission refuses a new object beside `before` more like it; in the API server's words, without those
/// that name the object.
pub(crate) fn refusal(r: &'static Resource, new: &Value, before: usize, list: List) -> Option<String> {
    refused(r, None, new, before, list)
}

fn refused(r: &'static Resource, old: Option<&Value>, new: &Value, before: usize, list: List) -> Option<String> {
    let mut quotas = Resource::of("v1", "ResourceQuota").map(list).unwrap_or_default();
    quotas.retain(|quota| within(quota, r, new));
    let keys = |quota: &'_ Value| {
        let mut keys: Vec<(String, Value)> =
            quota.entries("spec.hard").filter(|(k, _)| charges(r, k)).map(|(k, v)| (k.clone(), v.clone())).collect();
        keys.sort_by(|(a, _), (b, _)| a.cmp(b));
        keys
    };
    let silent = |quota: &Object| {
        let unstated: Vec<String> = keys(quota).iter().filter_map(|(key, _)| unstated(r, new, key)).collect();
        (!unstated.is_empty()).then(|| format!("failed quota: {}: must specify {}", quota.name(), unstated.join("; ")))
    };
    if let Some(why) = quotas.iter().find_map(silent) {
        return Some(why);
    }
    quotas.iter().find_map(|quota| {
        let (mut requested, mut has, mut limited) = (vec![], vec![], vec![]);
        for (key, hard) in &keys(quota) {
            let one = charge(r, new, key).saturating_sub(old.map_or(0, |old| charge(r, old, key)));
            let now = used(quota, key, list) + one * before as u128;
            if one > 0 && amount(hard).is_some_and(|most| now + one > most) {
                requested.push(format!("{key}={}", written(one, key)));
                has.push(format!("{key}={}", written(now, key)));
                limited.push(format!("{key}={}", hard.as_str().map_or_else(|| hard.to_string(), ToOwned::to_owned)));
            }
        }
        (!requested.is_empty()).then(|| {
            format!(
                "exceeded quota: {}, requested: {}, used: {}, limited: {}",
                quota.name(),
                requested.join(","),
                has.join(","),
                limited.join(",")
            )
        })
    })
}

/// Containers of a pod that don't state what the quota limits.
fn unstated(r: &Resource, pod: &Value, key: &str) -> Option<String> {
    if r.kind != "Pod" || !STATED.contains(&key) {
        return None;
    }
    let (part, resource) = part_of(key);
    let containers = pod.items("spec.containers").iter().chain(pod.items("spec.initContainers"));
    let unstated = |c: &&Value| c.key(&format!("resources.{part}"), resource).is_null();
    let mut silent: Vec<&str> = containers.filter(unstated).map(|c| c.text("name")).collect();
    silent.sort_unstable();
    (!silent.is_empty()).then(|| format!("{key} for: {}", silent.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn refused(hard: Value, there: &[Value], new: &Value) -> Option<String> {
        let quota =
            json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": hard}});
        let all: Vec<Object> = there.iter().chain([&quota]).cloned().map(Arc::new).collect();
        let list = |r: &'static Resource| all.iter().filter(|o| o.text("kind") == r.kind).cloned().collect::<Vec<_>>();
        refusal(Resource::of_object(new).unwrap(), new, 0, &list)
    }

    #[test]
    fn what_would_pass_a_quota_is_named_with_what_is_used_and_limited() {
        let map = |name: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
        let one = [map("a")];
        let why = refused(json!({"configmaps": "1", "pods": "0"}), &one, &map("b")).unwrap();
        assert_eq!(why, "exceeded quota: q, requested: configmaps=1, used: configmaps=1, limited: configmaps=1");
        assert_eq!(refused(json!({"count/configmaps": "2"}), &one, &map("b")), None);
        let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"},
            "spec": {"storageClassName": "fast", "resources": {"requests": {"storage": "3Gi"}}}});
        let why = refused(json!({"fast.storageclass.storage.k8s.io/requests.storage": "2Gi"}), &[], &claim).unwrap();
        assert!(
            why.contains("requests.storage=3Gi, used: fast.storageclass.storage.k8s.io/requests.storage=0,"),
            "{why}"
        );
    }

    #[test]
    fn containers_state_what_a_quota_limits() {
        let pod = |resources: Value| {
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
                "spec": {"containers": [{"name": "a", "resources": resources}, {"name": "b"}]}})
        };
        let why = refused(json!({"requests.cpu": "1"}), &[], &pod(json!({"requests": {"cpu": "1"}}))).unwrap();
        assert_eq!(why, "failed quota: q: must specify requests.cpu for: b");
        assert_eq!(refused(json!({"pods": "1"}), &[], &pod(json!({}))), None);
    }

    #[test]
    fn a_quota_counts_what_lies_within_its_scopes() {
        let pod = |name: &str, class: &str, deadline: Value| {
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
                "spec": {"priorityClassName": class, "activeDeadlineSeconds": deadline, "containers": [{"name": "c"}]}})
        };
        let quota =
            |spec: Value| json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": spec});
        let counts = |spec: Value, pod: &Value| within(&quota(spec), Resource::named("Pod").unwrap(), pod);
        let high = json!({"scopeSelector": {"matchExpressions": [
            {"scopeName": "PriorityClass", "operator": "In", "values": ["high"]}]}});
        assert!(counts(high.clone(), &pod("a", "high", Value::Null)));
        assert!(!counts(high, &pod("a", "low", Value::Null)));
        assert!(counts(json!({"scopes": ["Terminating", "BestEffort"]}), &pod("a", "", json!(5))));
        assert!(!counts(json!({"scopes": ["NotTerminating"]}), &pod("a", "", json!(5))));
        assert!(!within(&quota(json!({"scopes": ["BestEffort"]})), Resource::named("Secret").unwrap(), &json!({})));
    }

    #[test]
    fn an_init_container_counts_where_it_asks_for_more_than_the_rest() {
        let of = |name: &str, cpu: &str| json!({"name": name, "resources": {"requests": {"cpu": cpu}}});
        let mut sidecar = of("s", "300m");
        sidecar["restartPolicy"] = "Always".into();
        let pod = |init: &str| json!({"spec": {"containers": [of("a", "1"), of("b", "1")], "initContainers": [sidecar, of("i", init)]}});
        assert_eq!(total(&pod("1"), "requests", "cpu").unwrap(), (2300, "2300m".to_owned()));
        assert_eq!(total(&pod("3"), "requests", "cpu").unwrap(), (3300, "3300m".to_owned()));
        assert_eq!(total(&pod("3"), "limits", "cpu"), None);
    }

    #[test]
    fn a_change_is_counted_by_what_it_uses_more() {
        let service = |kind: &str| {
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"},
                "spec": {"type": kind, "ports": [{"port": 1}, {"port": 2}]}})
        };
        let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"},
            "spec": {"hard": {"services": "1", "services.nodeports": "1"}}});
        let changed = |old: Value, new: Value| {
            let all: Vec<Object> = [&old, &quota].into_iter().cloned().map(Arc::new).collect();
            let list = |r: &'static Resource| all.iter().filter(|o| o.text("kind") == r.kind).cloned().collect();
            refusal_of_change(Resource::of_object(&new).unwrap(), &old, &new, &list)
        };
        let why = changed(service("ClusterIP"), service("NodePort")).unwrap();
        let numbers = "requested: services.nodeports=2, used: services.nodeports=0, limited: services.nodeports=1";
        assert_eq!(why, format!("exceeded quota: q, {numbers}"));
        assert_eq!(changed(service("NodePort"), service("LoadBalancer")), None, "as many as before");
        assert_eq!(changed(service("NodePort"), service("ClusterIP")), None);
    }

    #[test]
    fn pods_that_have_ended_use_nothing() {
        let pod = |phase: &str| {
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "status": {"phase": phase},
                "spec": {"containers": [{"name": "a"}]}})
        };
        assert_eq!(refused(json!({"pods": "1"}), &[pod("Succeeded")], &pod("Pending")), None);
        assert!(refused(json!({"pods": "1"}), &[pod("Running")], &pod("Pending")).is_some());
    }
}
