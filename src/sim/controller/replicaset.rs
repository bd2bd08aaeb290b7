//! ReplicaSet → Pods: as many as wanted, the least useful deleted first.

use serde_json::{Value, json};

use super::pods;
use crate::sim::json::{Json, set, stamp};
use crate::sim::view::{Object, View};
use crate::sim::write::Writes;

const NAME: &str = "replicaset-controller";

/// Reconciles one ReplicaSet.
pub(super) fn sync(view: &View, rs: &Object, w: &mut Writes) {
    if rs.is_going() {
        return;
    }
    let all = view.controlled("Pod", rs.uid());
    let active: Vec<_> = all.iter().copied().filter(|p| pods::is_active(p)).collect();
    let wanted = usize::try_from(rs.int_or("spec.replicas", 1)).unwrap_or(0);
    let mut failure = None;
    if active.len() < wanted {
        failure = create(view, rs, wanted - active.len(), w);
    } else {
        let extra = active.len() - wanted;
        for pod in pods::worst_first(active.clone()).into_iter().take(extra) {
            w.delete(pod);
            w.normal(rs, NAME, "SuccessfulDelete", format!("Deleted pod: {}", pod.name()));
        }
    }
    let min_ready = rs.int("spec.minReadySeconds");
    let ready = active.iter().filter(|p| pods::is_ready(p)).count();
    let available = active.iter().filter(|p| pods::is_available(p, min_ready, view.now)).count();
    if available < ready
        && let Some(next) =
            active.iter().filter_map(|p| pods::available_at(p, min_ready)).filter(|t| *t > view.now).min()
    {
        w.wake(next);
    }
    let mut status = json!({
        "observedGeneration": rs.int("metadata.generation"), "replicas": active.len(),
    });
    let [labeled, ready, available] = [active.len(), ready, available].map(pods::number);
    let all_of = [("fullyLabeledReplicas", labeled), ("readyReplicas", ready), ("availableReplicas", available)];
    pods::counts(&mut status, &all_of);
    set(&mut status, "terminatingReplicas", all.iter().filter(|p| p.is_going()).count());
    if let Some(why) = failure {
        let since = match rs.condition("ReplicaFailure") {
            Some(c) => c.at("lastTransitionTime").clone(),
            None => stamp(view.now).into(),
        };
        set(
            &mut status,
            "conditions",
            json!([{
                "type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": why,
                "lastTransitionTime": since,
            }]),
        );
    }
    w.status(rs, status);
}

/// Creates missing pods; says why where a quota refuses.
fn create(view: &View, rs: &Object, missing: usize, w: &mut Writes) -> Option<String> {
    let prefix = format!("{}-", rs.name());
    let template: &Value = rs.at("spec.template");
    for (n, name) in pods::new_names(view, rs, &prefix, missing).iter().enumerate() {
        // A quota sees the pods of this round too.
        let pod = pods::from_template(rs, template, name, &prefix);
        if let Err(why) = pods::create(view, rs, NAME, pod, n, w) {
            return Some(why);
        }
    }
    None
}
