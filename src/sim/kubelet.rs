//! The kubelet: runs the pods that are bound to a node, in time that only the clock tells.
//!
//! It has no memory of its own: what happens next follows from the pod's status, its behaviour and
//! the time, as the real one could start anew at any moment. Rules: `pkg/kubelet` of Kubernetes.

pub(crate) mod behaviour;
mod container;
pub(crate) mod logs;
mod mounts;
mod pod;

use super::json::Json;
use super::view::{Object, View};
use super::write::Writes;

/// Steps one pod, where it is bound.
pub(crate) fn sync(view: &View, pod: &Object, writes: &mut Writes) {
    if !pod.has("spec.nodeName") {
        return;
    }
    // The kubelet of a node that is down says nothing; the node life cycle speaks for it.
    if view.get("Node", pod.text("spec.nodeName")).is_none_or(|n| !n.has("status") || n.holds("Ready")) {
        pod::step(view, pod, writes);
    }
}
