//! Binds pods to nodes, or says in the scheduler's words why none will do.
//!
//! It filters by node selector, affinity, taints, readiness and size, then takes the node with the
//! fewest pods of the namespace. It knows no preemption, and it adds up what the namespace's pods ask for
//! on a node only: enough for a stage.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Change;
use crate::sim::condition;
use crate::sim::events::{EventDraft, Times};
use crate::sim::json::{Json, set};
use crate::sim::quantity::amount;
use crate::sim::seed::hash;
use crate::sim::selector::term_matches;
use crate::sim::view::View;
use crate::sim::write::{Via, Writes};

const NAME: &str = "default-scheduler";
/// The scheduler looks again at what it could not place after so many seconds (`podMaxInUnschedulablePodsDuration`).
const AGAIN: i64 = 300;

/// Whether a change of a pod can change what is placed where: a pod to place, or room that one leaves.
pub(super) fn matters(change: &Change) -> bool {
    let pod = &change.object;
    !pod.has("spec.nodeName") || change.deleted || matches!(pod.text("status.phase"), "Succeeded" | "Failed")
}

/// Schedules every unbound pod of the namespace.
pub(super) fn run(view: &View, w: &mut Writes) {
    let mut load: BTreeMap<String, u64> = BTreeMap::new();
    for p in view.list("Pod").filter(|p| p.has("spec.nodeName")) {
        *load.entry(p.text("spec.nodeName").to_owned()).or_default() += 1;
    }
    // Another scheduler's pods are not ours.
    let ours = |p: &Value| ["", NAME].contains(&p.text("spec.schedulerName"));
    for pod in view.list("Pod").filter(|p| !p.has("spec.nodeName") && !p.is_going() && ours(p)) {
        let found = unbound_claim(view, pod).map_or_else(|| place(view, pod, &load), Err);
        match found {
            Ok(node) => {
                *load.entry(node.clone()).or_default() += 1;
                bind(view, pod, &node, w);
            }
            Err(why) => refuse(view, pod, &why, w),
        }
    }
}

fn bind(view: &View, pod: &Value, node: &str, w: &mut Writes) {
    let mut status = pod.at("status").clone();
    condition::of_pod(&mut status, "PodScheduled", true, ("", String::new()), view.now);
    w.patch_via(Via::Binding, pod, json!({"spec": {"nodeName": node}, "status": status}));
    let message = format!("Successfully assigned {}/{} to {node}", view.namespace, pod.name());
    w.normal(pod, NAME, "Scheduled", message);
}

fn refuse(view: &View, pod: &Value, why: &str, w: &mut Writes) {
    let mut status = pod.at("status").clone();
    set(&mut status, "phase", "Pending");
    condition::of_pod(&mut status, "PodScheduled", false, ("Unschedulable", why.to_owned()), view.now);
    w.status(pod, status);
    w.event(EventDraft::new(pod, NAME, "FailedScheduling", why.to_owned()).warning().times(Times::Every(AGAIN)));
    w.wake(view.later(AGAIN));
}

/// Why a claim of the pod keeps it from any node.
fn unbound_claim(view: &View, pod: &Value) -> Option<String> {
    let nodes = view.list("Node").count();
    pod.items("spec.volumes").iter().find_map(|v| {
        let name = v.text("persistentVolumeClaim.claimName");
        if name.is_empty() {
            return None;
        }
        match view.get("PersistentVolumeClaim", name) {
            None => Some(format!("0/{nodes} nodes are available: persistentvolumeclaim \"{name}\" not found. preemption: 0/{nodes} nodes are available: {nodes} Preemption is not helpful for scheduling.")),
            Some(c) if c.text("status.phase") == "Bound" => None,
            Some(_) => Some(format!("0/{nodes} nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/{nodes} nodes are available: {nodes} Preemption is not helpful for scheduling.")),
        }
    })
}

/// The best node, or why there is none: `0/5 nodes are available: 2 Insufficient memory, …`.
fn place(view: &View, pod: &Value, load: &BTreeMap<String, u64>) -> Result<String, String> {
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let mut fits: Vec<&str> = vec![];
    let mut all = 0;
    for node in view.list("Node") {
        all += 1;
        match obstacle(view, pod, node) {
            None => fits.push(node.name()),
            Some(why) => *reasons.entry(why).or_default() += 1,
        }
    }
    let best =
        fits.into_iter().min_by_key(|n| (load.get(*n).copied().unwrap_or(0), hash(view.world.seed, &[pod.name(), n])));
    best.map(ToOwned::to_owned).ok_or_else(|| {
        let list: Vec<_> = reasons.iter().map(|(why, n)| format!("{n} {why}")).collect();
        let helps = reasons.keys().any(|r| r.starts_with("Insufficient"));
        let preemption = if helps {
            format!("{all} No preemption victims found for incoming pod")
        } else {
            format!("{all} Preemption is not helpful for scheduling")
        };
        format!(
            "0/{all} nodes are available: {}. preemption: 0/{all} nodes are available: {preemption}.",
            list.join(", ")
        )
    })
}

/// Whether node selector, affinity and taints let a pod run on a node (what a DaemonSet asks).
pub(super) fn may_run(pod: &Value, node: &Value) -> bool {
    selected(pod, node) && taint(pod, node, false).is_none()
}

/// Whether a pod that is on a node may stay: no taint drives it away.
pub(super) fn may_stay(pod: &Value, node: &Value) -> bool {
    selected(pod, node) && taint(pod, node, true).is_none()
}

fn selected(pod: &Value, node: &Value) -> bool {
    let labels = node.at("metadata.labels");
    let plain = pod.entries("spec.nodeSelector").all(|(k, v)| labels.get(k.as_str()) == Some(v));
    let terms =
        pod.items("spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms");
    let fields = json!({"metadata.name": node.name()});
    plain
        && (terms.is_empty()
            || terms.iter().any(|t| {
                t.items("matchExpressions").iter().all(|e| term_matches(e, labels))
                    && t.items("matchFields").iter().all(|e| term_matches(e, &fields))
            }))
}

/// The first taint that the pod does not tolerate; `execute`: those that drive pods away only.
pub(super) fn taint(pod: &Value, node: &Value, execute: bool) -> Option<String> {
    let tolerations = pod.items("spec.tolerations");
    let blocking = node.items("spec.taints").iter().filter(|t| match t.text("effect") {
        "NoExecute" => true,
        "NoSchedule" => !execute,
        _ => false,
    });
    let tolerated = |taint: &Value| {
        tolerations.iter().any(|t| {
            let key = t.text("key").is_empty() || t.text("key") == taint.text("key");
            let effect = t.text("effect").is_empty() || t.text("effect") == taint.text("effect");
            let value = t.text("operator") == "Exists" || t.text("value") == taint.text("value");
            // A short toleration is for those that run there already.
            key && effect && value && (execute || !t.has("tolerationSeconds"))
        })
    };
    blocking.into_iter().find(|t| !tolerated(t)).map(|t| format!("{{{}: {}}}", t.text("key"), t.text("value")))
}

fn obstacle(view: &View, pod: &Value, node: &Value) -> Option<String> {
    let terms = daemon_node(pod);
    if terms.is_some_and(|n| n != node.name()) || !selected(pod, node) {
        return Some("node(s) didn't match Pod's node affinity/selector".into());
    }
    if node.is("spec.unschedulable") && terms.is_none() {
        return Some("node(s) were unschedulable".into());
    }
    if let Some(taint) = taint(pod, node, false) {
        return Some(format!("node(s) had untolerated taint {taint}"));
    }
    ["cpu", "memory"].into_iter().find_map(|r| {
        let has = amount(node.key("status.allocatable", r))?;
        let here = view.list("Pod").filter(|p| {
            p.text("spec.nodeName") == node.name() && !matches!(p.text("status.phase"), "Succeeded" | "Failed")
        });
        let used: u128 = here.map(|p| request(p, r)).sum();
        let asked = request(pod, r);
        (asked > 0 && used + asked > has).then(|| format!("Insufficient {r}"))
    })
}

fn daemon_node(pod: &Value) -> Option<&str> {
    pod.items("spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms")
        .iter()
        .flat_map(|t| t.items("matchFields"))
        .flat_map(|f| f.items("values"))
        .find_map(Value::as_str)
}

/// What the pod's containers ask for, in thousandths.
pub(super) fn request(pod: &Value, resource: &str) -> u128 {
    pod.items("spec.containers").iter().filter_map(|c| amount(c.key("resources.requests", resource))).sum()
}
