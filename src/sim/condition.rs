//! Conditions of a status, set as those do whose conditions they are.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::json::{Json, set, stamp};

/// Sets a condition of a workload, as `SetDeploymentCondition` does: the transition time moves with the status only.
pub(crate) fn set_changed(all: &mut Vec<Value>, new: Value) {
    let mut new = new;
    if let Some(old) = all.iter().find(|c| c.text("type") == new.text("type")) {
        if old.text("status") == new.text("status") && old.text("reason") == new.text("reason") {
            return;
        }
        if old.text("status") == new.text("status") {
            set(&mut new, "lastTransitionTime", old.at("lastTransitionTime").clone());
        }
    }
    all.retain(|c| c.text("type") != new.text("type"));
    all.push(new);
}

/// Sets a condition in its place, as `meta.SetStatusCondition` does: what it says is always the newest.
pub(crate) fn set_in_place(all: &mut Vec<Value>, mut new: Value) {
    let Some(old) = all.iter_mut().find(|c| c.text("type") == new.text("type")) else { return all.push(new) };
    if old.text("status") == new.text("status") {
        set(&mut new, "lastTransitionTime", old.at("lastTransitionTime").clone());
    }
    *old = new;
}

/// Sets a condition; its transition time moves only with its status. The reason stands only where it doesn't hold,
/// or where the pod is complete.
pub(crate) fn of_pod(status: &mut Value, kind: &str, holds: bool, why: (&str, String), now: Timestamp) {
    let word = if holds { "True" } else { "False" };
    let mut new = json!({"type": kind, "status": word, "lastProbeTime": null, "lastTransitionTime": stamp(now)});
    let (reason, message) = why;
    if !reason.is_empty() && (!holds || reason == "PodCompleted") {
        set(&mut new, "reason", reason);
        if !message.is_empty() {
            set(&mut new, "message", message);
        }
    }
    let mut all = status.items("conditions").to_vec();
    set_in_place(&mut all, new);
    set(status, "conditions", all);
}

/// Says on a pod that something else than itself ends it.
pub(crate) fn disrupted(pod: &Value, reason: &str, message: &str, now: Timestamp) -> Vec<Value> {
    let mut all = pod.items("status.conditions").to_vec();
    all.retain(|c| c.text("type") != "DisruptionTarget");
    all.push(json!({
        "type": "DisruptionTarget", "status": "True", "reason": reason, "message": message, "lastProbeTime": null,
        "lastTransitionTime": stamp(now),
    }));
    all
}
