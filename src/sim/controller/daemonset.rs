//! DaemonSet → one Pod on each node that it may run on. After `pkg/controller/daemon`.

use serde_json::{Value, json};

use super::{pods, scheduler, statefulset};
use crate::sim::json::{Json, dig, set};
use crate::sim::seed::suffix;
use crate::sim::view::{Object, View};
use crate::sim::write::Writes;

const NAME: &str = "daemonset-controller";
const REVISION: &str = "controller-revision-hash";

/// Taints that pods of a DaemonSet tolerate on their own (`AddOrUpdateDaemonPodTolerations`).
const TOLERATED: [(&str, &str); 6] = [
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
];

/// The pod that would run on the node of that name.
fn pod_for(ds: &Value, node: &str, name: &str, revision: &str) -> Value {
    let mut pod = pods::from_template(ds, ds.at("spec.template"), name, &format!("{}-", ds.name()));
    let labels = dig(&mut pod, "metadata.labels");
    labels.insert(REVISION.into(), revision.into());
    labels.insert("pod-template-generation".into(), ds.int_or("metadata.generation", 1).to_string().into());
    let mut tolerations = ds.items("spec.template.spec.tolerations").to_vec();
    for (key, effect) in TOLERATED {
        tolerations.push(json!({"effect": effect, "key": key, "operator": "Exists"}));
    }
    set(&mut pod, "spec.tolerations", tolerations);
    let term = json!({"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]});
    set(
        &mut pod,
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution",
        json!({"nodeSelectorTerms": [term]}),
    );
    pod
}

/// The node that a pod of a DaemonSet is on, or is meant for.
fn node_of(pod: &Value) -> &str {
    match pod.text("spec.nodeName") {
        "" => pod
            .items("spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms")
            .iter()
            .flat_map(|t| t.items("matchFields"))
            .flat_map(|f| f.items("values"))
            .find_map(Value::as_str)
            .unwrap_or_default(),
        node => node,
    }
}

/// Reconciles one DaemonSet.
pub(super) fn sync(view: &View, ds: &Object, w: &mut Writes) {
    if ds.is_going() {
        return;
    }
    let revision = statefulset::revision(view, ds, REVISION, w);
    let hash = revision.rsplit('-').next().unwrap_or_default().to_owned();
    let all = view.controlled("Pod", ds.uid());
    let (mut desired, mut current, mut ready, mut available, mut updated, mut misplaced) = (0, 0, 0, 0, 0, 0);
    let min_ready = ds.int("spec.minReadySeconds");
    let mut outdated = vec![];
    let (mut down, mut made) = (0, 0);
    for node in view.list("Node") {
        let here: Vec<_> = all.iter().copied().filter(|p| node_of(p) == node.name()).collect();
        let alive: Vec<_> = here.iter().copied().filter(|p| pods::is_active(p)).collect();
        let wanted = pod_for(ds, node.name(), "", &hash);
        if !scheduler::may_run(&wanted, node) {
            misplaced += i64::from(!alive.is_empty());
            // On a node that it would not be put on any more a pod stays, unless it is driven away.
            if !scheduler::may_stay(&wanted, node) {
                alive.into_iter().for_each(|pod| delete(ds, pod, w));
            }
            continue;
        }
        desired += 1;
        for pod in here.iter().filter(|p| p.text("status.phase") == "Failed" && !p.is_going()) {
            w.delete(pod);
            let message = format!(
                "Found failed daemon pod {}/{} on node {}, will try to kill it",
                view.namespace,
                pod.name(),
                node.name()
            );
            w.warning(ds, NAME, "FailedDaemonPod", message);
        }
        let Some(pod) = alive.first() else {
            down += 1;
            if here.is_empty() {
                let moment = view.now.as_millisecond().to_string();
                let name = format!("{}-{}", ds.name(), suffix(view.world.seed, &[ds.uid(), node.name(), &moment], 5));
                made +=
                    usize::from(pods::create(view, ds, NAME, pod_for(ds, node.name(), &name, &hash), made, w).is_ok());
            }
            continue;
        };
        current += 1;
        ready += i64::from(pods::is_ready(pod));
        let is_available = pods::is_available(pod, min_ready, view.now);
        available += i64::from(is_available);
        down += i64::from(!is_available);
        if let Some(t) = pods::available_at(pod, min_ready).filter(|t| *t > view.now) {
            w.wake(t);
        }
        if pod.label(REVISION) == hash {
            updated += 1;
        } else {
            outdated.push((is_available, *pod));
        }
    }
    if ds.text("spec.updateStrategy.type") != "OnDelete" {
        let most = pods::scaled(ds.at("spec.updateStrategy.rollingUpdate.maxUnavailable"), desired, "1", true).max(1);
        // Those that don't serve go first and cost nothing.
        outdated.sort_by_key(|(is_available, p)| (*is_available, p.name().to_owned()));
        let mut room = most - down;
        for (is_available, pod) in outdated {
            if !is_available || room > 0 {
                room -= i64::from(is_available);
                delete(ds, pod, w);
            }
        }
    }
    let mut status = json!({
        "currentNumberScheduled": current, "numberMisscheduled": misplaced, "desiredNumberScheduled": desired,
        "numberReady": ready, "observedGeneration": ds.int("metadata.generation"),
    });
    let (up, away) = (("updatedNumberScheduled", updated), ("numberUnavailable", desired - available));
    pods::counts(&mut status, &[up, ("numberAvailable", available), away]);
    w.status(ds, status);
}

fn delete(ds: &Object, pod: &Object, w: &mut Writes) {
    w.delete(pod);
    w.normal(ds, NAME, "SuccessfulDelete", format!("Deleted pod: {}", pod.name()));
}
