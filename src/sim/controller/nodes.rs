//! Node life cycle as pods feel it: a node that is not ready makes its pods unready, and after their
//! toleration (5 minutes) drives them away.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::scheduler;
use crate::sim::clock::plus;
use crate::sim::condition::disrupted;
use crate::sim::events::{EventDraft, Times};
use crate::sim::json::{Json, set, stamp};
use crate::sim::view::{Object, View};
use crate::sim::write::Writes;

const NAME: &str = "node-controller";

/// Taint of a node that is cordoned.
const CORDONED: &str = "node.kubernetes.io/unschedulable";

/// The taints that a node is to have where it has others: one that is cordoned says so in a taint too
/// (pkg/controller/nodelifecycle, doNoScheduleTaintingPass).
pub(crate) fn taints(node: &Value, now: Timestamp) -> Option<Value> {
    let all = node.items("spec.taints");
    let cordoned = node.is("spec.unschedulable");
    if all.iter().any(|t| t.text("key") == CORDONED) == cordoned {
        return None;
    }
    let mut new: Vec<_> = all.iter().filter(|t| t.text("key") != CORDONED).cloned().collect();
    if cordoned {
        new.push(json!({"effect": "NoSchedule", "key": CORDONED, "timeAdded": stamp(now)}));
    }
    Some(if new.is_empty() { Value::Null } else { new.into() })
}

/// Looks after one pod on a node that is in trouble.
pub(super) fn sync(view: &View, pod: &Object, w: &mut Writes) {
    let Some(node) = view.get("Node", pod.text("spec.nodeName")).filter(|_| !pod.is_going()) else { return };
    let ready = node.condition("Ready");
    let down = ready.is_some_and(|c| c.text("status") != "True");
    let tainted = node.items("spec.taints").iter().any(|t| t.text("effect") == "NoExecute");
    if !down && !tainted {
        return;
    }
    if down && pod.holds("Ready") {
        let mut status = pod.at("status").clone();
        let mut conditions = status.items("conditions").to_vec();
        for c in conditions.iter_mut().filter(|c| c.text("type") == "Ready") {
            set(c, "status", "False");
            set(c, "lastTransitionTime", stamp(view.now));
        }
        set(&mut status, "conditions", conditions);
        w.status(pod, status);
        let draft = EventDraft::new(pod, NAME, "NodeNotReady", "Node is not ready".into());
        w.event(draft.warning().times(Times::Every(300)));
    }
    let daemon = pod.controller().is_some_and(|o| o.text("kind") == "DaemonSet");
    if daemon || !(down || scheduler::taint(pod, node, true).is_some()) {
        return;
    }
    let since = ready.and_then(|c| c.time("lastTransitionTime")).unwrap_or(view.now);
    let due = plus(since, 300);
    if down && view.now < due {
        return w.wake(due);
    }
    let message = format!("Marking for deletion Pod {}/{}", view.namespace, pod.name());
    w.normal(pod, "taint-eviction-controller", "TaintManagerEviction", message);
    let why = "Taint manager: deleting due to NoExecute taint";
    let marked = disrupted(pod, "DeletionByTaintManager", why, view.now);
    w.patch(pod, json!({"status": {"conditions": marked}}));
    w.delete(pod);
}
