//! ResourceQuota: what is used, and the refusal of a pod that would pass it.

use serde_json::{Value, json};

use super::scheduler::amount;
use crate::sim::json::{Json, dig};
use crate::sim::view::{Object, View};
use crate::sim::write::Writes;

/// Writes `status.used` of one quota.
pub(super) fn sync(view: &View, quota: &Object, w: &mut Writes) {
    let mut used = json!({});
    for (key, hard) in quota.entries("spec.hard") {
        let n = usage(view, key);
        dig(&mut used, "").insert(key.clone(), written(n, key, hard).into());
    }
    w.status(quota, json!({"hard": quota.at("spec.hard"), "used": used}));
}

/// Pods that count: those that have not ended.
fn counted(view: &View) -> impl Iterator<Item = &Object> {
    view.list("Pod").filter(|p| !matches!(p.text("status.phase"), "Succeeded" | "Failed"))
}

/// How much of `key` the namespace uses, in thousandths.
fn usage(view: &View, key: &str) -> u128 {
    let count = |kind: &str| view.list(kind).count() as u128 * 1000;
    match key {
        "pods" | "count/pods" => counted(view).count() as u128 * 1000,
        "services" => count("Service"),
        "configmaps" => count("ConfigMap"),
        "secrets" => count("Secret"),
        "persistentvolumeclaims" => count("PersistentVolumeClaim"),
        "count/deployments.apps" => count("Deployment"),
        "requests.storage" => {
            view.list("PersistentVolumeClaim").filter_map(|c| amount(c.at("spec.resources.requests.storage"))).sum()
        }
        _ => counted(view).map(|p| asked(p.items("spec.containers"), key)).sum(),
    }
}

/// What containers ask for of a quota's compute key (`cpu`, `requests.memory`, `limits.cpu`).
fn asked(containers: &[Value], key: &str) -> u128 {
    let (list, resource) = key.split_once('.').unwrap_or(("requests", key));
    containers.iter().filter_map(|c| amount(c.key(&format!("resources.{list}"), resource))).sum()
}

/// A number of thousandths in the unit that fits the key.
fn written(n: u128, key: &str, hard: &Value) -> String {
    if key.ends_with("memory") || key.ends_with("storage") {
        let mib = n / 1000 / (1 << 20);
        let text = hard.as_str().unwrap_or_default();
        return if text.ends_with("Gi") && mib.is_multiple_of(1024) {
            format!("{}Gi", mib / 1024)
        } else {
            format!("{mib}Mi")
        };
    }
    if n.is_multiple_of(1000) { (n / 1000).to_string() } else { format!("{n}m") }
}

/// Why the API server's admission would refuse a pod of `template` beside `before` more like it.
pub(super) fn refusal(view: &View, name: &str, template: &Value, before: usize) -> Option<String> {
    let containers = template.items("spec.containers");
    for quota in view.list("ResourceQuota") {
        let (mut requested, mut used, mut limited) = (vec![], vec![], vec![]);
        for (key, hard) in quota.entries("spec.hard") {
            let one = match key.as_str() {
                "pods" | "count/pods" => 1000,
                "cpu" | "memory" => asked(containers, key),
                k if k.starts_with("requests.") && k != "requests.storage" => asked(containers, k),
                k if k.starts_with("limits.") => asked(containers, k),
                _ => continue,
            };
            let has = usage(view, key) + one * before as u128;
            if amount(hard).is_some_and(|most| has + one > most) {
                requested.push(format!("{key}={}", written(one, key, hard)));
                used.push(format!("{key}={}", written(has, key, hard)));
                limited.push(format!("{key}={}", hard.as_str().map_or_else(|| hard.to_string(), ToOwned::to_owned)));
            }
        }
        if !requested.is_empty() {
            return Some(format!(
                "pods \"{name}\" is forbidden: exceeded quota: {}, requested: {}, used: {}, limited: {}",
                quota.name(),
                requested.join(","),
                used.join(","),
                limited.join(",")
            ));
        }
    }
    None
}
