//! What holds pods back while no rule calls it a fault yet: words beside a status, never a status.
//!
//! A Deployment says in a condition why its pods can't be made. StatefulSets and DaemonSets have none: they say so in
//! their events alone, and again with every try.
//! <https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/statefulset/stateful_pod_control.go>

use super::claim::is_why_no_node;
use super::facts::Facts;
use super::{Words, refusal};

/// What it waits for, then the probe that keeps its pods from being ready.
pub(super) fn back(f: &Facts<'_>) -> Option<Words> {
    let probe = || f.probe.as_ref().filter(|_| f.unready_nodes().is_none());
    waits(f).or_else(|| probe().cloned())
}

/// Why no pod may be made, then what a pod that is there waits for: its volume, a node, its kubelet; a rollout that somebody holds.
pub(super) fn waits(f: &Facts<'_>) -> Option<Words> {
    refused(f).or_else(|| claim(f)).or_else(|| no_node(f)).or_else(|| stuck(f)).or_else(|| paused(f))
}

/// What admission says to a pod of a StatefulSet or DaemonSet.
pub(super) fn refused(f: &Facts<'_>) -> Option<Words> {
    f.refused.map(refusal::refused)
}

/// The claim that a pod waits for, unless the scheduler says that something else keeps it off the nodes.
pub(super) fn claim(f: &Facts<'_>) -> Option<Words> {
    let [claim, ..] = f.pending_claims.get(f.notes)? else { return None };
    let other = f.unplaced().and_then(|p| p.unschedulable_message.as_deref()).is_some_and(|m| !is_why_no_node(m));
    (!other).then(|| claim.words())
}

fn paused(f: &Facts<'_>) -> Option<Words> {
    let w = f.workload;
    (w.paused && w.counts.updated < w.desired).then(|| Words::plain("paused"))
}

/// What keeps the kubelet from starting a pod, unless its node is why.
fn stuck(f: &Facts<'_>) -> Option<Words> {
    f.stuck.clone().filter(|_| f.unready_nodes().is_none())
}

fn no_node(f: &Facts<'_>) -> Option<Words> {
    f.unplaced().map(|p| f.why_no_node(p))
}
