//! Keeps the status of PodDisruptionBudgets: how many pods are healthy, and how many of them may go.
//!
//! After `pkg/controller/disruption/disruption.go`. An eviction deletes its pod at once here, so that no pod is
//! ever expected to be gone.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::pods;
use crate::sim::condition;
use crate::sim::json::{Json, set, stamp};
use crate::sim::resource::Resource;
use crate::sim::selector;
use crate::sim::view::{Object, View};
use crate::sim::write::Writes;

const NAME: &str = "controllermanager";

/// Whether a budget is about a pod.
pub(super) fn selects(pod: &Value, budget: &Value) -> bool {
    budget.has("spec.selector") && selector::selects(budget.at("spec.selector"), pod.at("metadata.labels"))
}

/// Writes the status of one budget.
pub(super) fn sync(view: &View, budget: &Object, w: &mut Writes) {
    if budget.is_going() {
        return;
    }
    let all: Vec<_> = view.list("Pod").filter(|p| selects(p, budget)).collect();
    if all.is_empty() {
        w.normal(budget, NAME, "NoPods", "No matching pods found".to_owned());
    }
    let condition = |allowed: bool, reason: &str, message: String, generation: i64| {
        let mut new = json!({"type": "DisruptionAllowed", "status": if allowed { "True" } else { "False" }});
        if generation > 0 {
            set(&mut new, "observedGeneration", generation);
        }
        set(&mut new, "lastTransitionTime", stamp(view.now));
        set(&mut new, "reason", reason);
        set(&mut new, "message", message);
        let mut conditions = budget.items("status.conditions").to_vec();
        condition::set_in_place(&mut conditions, new);
        conditions
    };
    let expected = match expected(view, budget, &all) {
        Ok(expected) => expected,
        Err(why) => {
            let message = format!("Failed to calculate the number of expected pods: {why}");
            w.warning(budget, NAME, "CalculateExpectedPodCountFailed", message);
            let mut status = budget.at("status").clone();
            for count in ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] {
                let kept = if count == "disruptionsAllowed" { 0 } else { status.int(count) };
                set(&mut status, count, kept);
            }
            let seen = status.int("observedGeneration");
            set(&mut status, "conditions", condition(false, "SyncFailed", why, seen));
            return w.status(budget, status);
        }
    };
    if expected.unmanaged {
        let selector = selector::printed(budget.at("spec.selector"));
        let message = format!(
            "Pods selected by this PodDisruptionBudget (selector: {selector}) were found to be unmanaged. As a result, \
             the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account \
             for these pods please set \".spec.minAvailable\" field of the PDB to an integer value."
        );
        w.warning(budget, NAME, "UnmanagedPods", message);
    }
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let healthy = count(all.iter().filter(|p| !p.is_going() && pods::is_ready(p)).count());
    // With none expected there may soon be some.
    let allowed = if expected.pods > 0 { (healthy - expected.healthy).max(0) } else { 0 };
    let generation = budget.int("metadata.generation");
    let reason = if allowed > 0 { "SufficientPods" } else { "InsufficientPods" };
    w.status(
        budget,
        json!({
            "observedGeneration": generation, "disruptionsAllowed": allowed, "currentHealthy": healthy,
            "desiredHealthy": expected.healthy, "expectedPods": expected.pods,
            "conditions": condition(allowed > 0, reason, String::new(), generation),
        }),
    );
}

/// What a budget counts on.
struct Expected {
    /// So many pods.
    pods: i64,
    /// So many of them healthy.
    healthy: i64,
    /// Pods among them that nobody controls, though those of controllers are counted.
    unmanaged: bool,
}

fn expected(view: &View, budget: &Value, all: &[&Object]) -> Result<Expected, String> {
    let (most, least) = (budget.at("spec.maxUnavailable"), budget.at("spec.minAvailable"));
    if most.is_null() && !least.is_string() {
        let pods = if least.is_null() { 0 } else { i64::try_from(all.len()).unwrap_or(i64::MAX) };
        return Ok(Expected { pods, healthy: least.as_i64().unwrap_or(0), unmanaged: false });
    }
    // A part of what their controllers want, each counted once.
    let mut scales: BTreeMap<&str, i64> = BTreeMap::new();
    let mut unmanaged = false;
    for pod in all {
        let Some(owner) = pod.controller() else {
            unmanaged = true;
            continue;
        };
        let (uid, replicas) = scale(view, pod, owner)?;
        scales.insert(uid, replicas);
    }
    let pods: i64 = scales.values().sum();
    let healthy = if most.is_null() {
        pods::scaled(least, pods, "", true)
    } else {
        (pods - pods::scaled(most, pods, "", true)).max(0)
    };
    Ok(Expected { pods, healthy, unmanaged })
}

/// What controls a pod in the end, and how many it wants.
fn scale<'a>(view: &'a View, pod: &Value, owner: &'a Value) -> Result<(&'a str, i64), String> {
    let find = |owner: &Value| {
        let (version, kind) = (owner.text("apiVersion"), owner.text("kind"));
        let resource = Resource::of(version, kind)
            .ok_or_else(|| format!("no matches for kind \"{kind}\" in version \"{version}\""))?;
        if !resource.has_scale() {
            return Err(format!("{} does not implement the scale subresource", resource.qualified()));
        }
        let found = view.get(kind, owner.text("name")).filter(|o| o.uid() == owner.text("uid"));
        found.ok_or_else(|| format!("found no controllers for pod \"{}\"", pod.name()))
    };
    let mut holder = find(owner)?;
    if let Some(above) = holder.controller().filter(|above| above.text("kind") == "Deployment") {
        holder = find(above)?;
    }
    Ok((holder.uid(), holder.int_or("spec.replicas", 1)))
}
