//! Everything that the rules of a workload look at, gathered once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::claim::{Pending, is_why_no_node};
use super::notes::{Known, Notes};
use super::{Words, clip, count, failure, unfit};
use crate::domain::model::holder::TEMPLATE_HASH;
use crate::domain::placement::Wants;
use crate::domain::row::{
    AutoscalerRow, DeliveryRow, NodeRow, PodRow, ReleaseRow, ScaledObjectRow, WorkloadKind, WorkloadRow,
};
use crate::domain::service::Memory;
use crate::domain::{Text, Time};

/// Label of the pods of a StatefulSet or DaemonSet: their revision.
pub(crate) const CONTROLLER_HASH: &str = "controller-revision-hash";

/// A readiness that ends sooner than this many seconds after the start was never there.
const EVER_READY: i64 = 10;

/// Deadline in seconds where a workload has none of its own.
pub(crate) const DEADLINE: i64 = 600;

/// A Kubernetes Service that selects the workload.
#[derive(Clone, Debug)]
pub(crate) struct Leading {
    pub(crate) name: Text,
    /// When it was made.
    pub(crate) created: Option<Time>,
    /// Ready endpoints and all; `None` where it has no slices.
    pub(crate) endpoints: Option<(u32, u32)>,
}

/// The newest Helm release that the workload is part of.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    pub(crate) row: Arc<ReleaseRow>,
    /// A Job of it is active.
    pub(crate) busy: bool,
}

/// What an operation of kennel says about the service.
#[derive(Clone, Debug, Default)]
pub(crate) struct Operated {
    /// A live start covers it.
    pub(crate) starting: bool,
    /// The latest operation stopped it: when, and who.
    pub(crate) stopped: Option<(Time, Text)>,
}

/// What the rules of a workload look at.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) notes: &'a Notes,
    pub(crate) workload: &'a WorkloadRow,
    pub(crate) pods: Known<&'a [Arc<PodRow>]>,
    pub(crate) autoscaler: Known<Option<&'a AutoscalerRow>>,
    pub(crate) scaled_object: Known<Option<&'a ScaledObjectRow>>,
    pub(crate) services: Known<&'a [Leading]>,
    pub(crate) slices: Known<()>,
    pub(crate) release: Known<Option<&'a Release>>,
    /// Who delivers it, and failed to the last time.
    pub(crate) failed_deliveries: Known<&'a [&'a DeliveryRow]>,
    /// Names of its volume claims that are Lost.
    pub(crate) lost_claims: Known<&'a [Text]>,
    /// Those that are Pending while a pod that is on no node yet waits for them.
    pub(crate) pending_claims: Known<&'a [Pending]>,
    pub(crate) nodes: Known<&'a imbl::OrdMap<Text, Arc<NodeRow>>>,
    /// Revision numbers by template hash, of the ReplicaSets that were looked up.
    pub(crate) revisions: &'a BTreeMap<Text, u32>,
    pub(crate) memory: Option<&'a Memory>,
    /// Why a pod of it was not made the last time, by its events: of kinds that have no condition for it.
    pub(crate) refused: Option<&'a str>,
    /// Since when the kubelet holds back restarts of its pods, by their events.
    pub(crate) looping: Option<Time>,
    /// Why the kubelet does not start a pod, by their events.
    pub(crate) stuck: Option<Words>,
    /// What the runtime said last when it could not pull an image, by their events.
    pub(crate) pull: Option<&'a str>,
    /// Which probe keeps pods from being ready, by their events.
    pub(crate) probe: Option<Words>,
    /// Which probe their containers are restarted for, by their events.
    pub(crate) killer: Option<Words>,
    /// By whom a pod of it was preempted that waits for a node now, by the scheduler's event.
    pub(crate) preempted: Option<String>,
    pub(crate) operated: &'a Operated,
}

impl<'a> Facts<'a> {
    /// Its pods, where they can be judged by.
    pub(crate) fn pods(&self) -> Option<&'a [Arc<PodRow>]> {
        self.pods.get(self.notes).copied()
    }

    /// Wanted, without what a DaemonSet misses only because of its nodes.
    pub(crate) fn wanted(&self) -> u32 {
        self.workload.desired - self.excused().min(self.workload.desired)
    }

    /// Available ones.
    pub(crate) fn available(&self) -> u32 {
        self.workload.counts.available
    }

    /// Whether all that is wanted is available and of the current revision.
    pub(crate) fn fully_available(&self) -> bool {
        let w = self.workload;
        self.wanted() > 0
            && self.available() >= self.wanted()
            && w.meta.generation <= w.observed_generation
            && self.unfinished_words().is_none()
    }

    /// Pods of a DaemonSet that are missing only because their node is not ready, cordoned or new.
    fn excused(&self) -> u32 {
        let w = self.workload;
        if w.kind != WorkloadKind::DaemonSet {
            return 0;
        }
        let (Some(nodes), Some(pods)) = (self.nodes.get(self.notes), self.pods()) else { return 0 };
        let excused = nodes.values().filter(|node| {
            let unfit = !node.ready || node.cordoned || node.created.is_some_and(|at| !self.notes.older(at, 600));
            if !unfit {
                return false;
            }
            let mut here = pods.iter().filter(|p| p.node.as_ref() == Some(&node.name)).peekable();
            // Without a pod there, only a DaemonSet of all nodes is known to want one.
            if here.peek().is_none() { w.template.node_selector.is_empty() } else { here.all(|p| !p.ready) }
        });
        u32::try_from(excused.count()).unwrap_or(u32::MAX).min(w.desired.saturating_sub(w.counts.available))
    }

    /// What pods lack that is not theirs: every one that is not ready is on a node that is not ready either.
    pub(crate) fn unready_nodes(&self) -> Option<String> {
        unready_nodes(self.pods()?, self.nodes.so_far()?)
    }

    /// Why a pod finds no node: by the scheduler, and by a claim of which that says that it is why; and who took its place,
    /// where one did.
    pub(crate) fn why_no_node(&self, pod: &PodRow) -> Words {
        let claim = || self.pending_claims.get(self.notes)?.first().map(Pending::words);
        let waits = pod.unschedulable_message.as_deref().is_some_and(is_why_no_node);
        let words = waits.then(claim).flatten().unwrap_or_else(|| self.why_unfit(pod));
        match &self.preempted {
            Some(by) => Words { whole: format!("{}, {by}", words.whole), ..words },
            None => words,
        }
    }

    /// Why its nodes do not take a pod. (What a DaemonSet's pods ask of nodes, its controller adds to.)
    fn why_unfit(&self, pod: &PodRow) -> Words {
        let template = &self.workload.template;
        let nodes = self.nodes.so_far().filter(|_| self.workload.kind != WorkloadKind::DaemonSet);
        let (selector, placement) = (&template.node_selector, template.placement.as_deref());
        let wants = Wants { selector, placement, resources: &pod.resources };
        let message = pod.unschedulable_message.as_deref().unwrap_or_default();
        unfit::why(message, &wants, nodes.into_iter().flat_map(|all| all.values().map(Arc::as_ref)))
    }

    /// Of an image that cannot be pulled: its registry, where that is why.
    pub(crate) fn with_registry(&self, words: &Words) -> Words {
        let pulls = self.pull.filter(|_| words.brief == failure::NO_IMAGE);
        pulls.and_then(failure::unreachable).unwrap_or_else(|| words.clone())
    }

    /// A pod that finds no node.
    pub(crate) fn unplaced(&self) -> Option<&'a PodRow> {
        let mut pods = self.pods()?.iter().map(Arc::as_ref);
        pods.find(|p| p.unschedulable.is_some() && p.node.is_none() && p.deleted.is_none())
    }

    /// Words of how short it is, and why, where its nodes or a probe tell.
    pub(crate) fn with_cause(&self, words: String) -> String {
        match self.unready_nodes().or_else(|| self.probe.as_ref().map(|p| p.whole.clone())) {
            Some(cause) => format!("{words}, {cause}"),
            None => words,
        }
    }

    /// Why a rollout is not finished, in words; `None` where it is. The order is kubectl's.
    /// <https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go>
    pub(crate) fn unfinished_words(&self) -> Option<String> {
        let w = self.workload;
        let (c, wanted) = (&w.counts, self.wanted());
        let new = |n: u32| format!("{n} of {wanted} new");
        match w.kind {
            WorkloadKind::Deployment => {
                if c.updated < w.desired {
                    Some(new(c.updated))
                } else if c.replicas > c.updated {
                    Some(format!("{} left", count(c.replicas - c.updated, "old pod")))
                } else if c.available < c.updated && self.rolling_out() {
                    Some(new(c.available))
                } else {
                    None
                }
            }
            WorkloadKind::StatefulSet => {
                let rolls =
                    w.revisions.as_ref().is_some_and(|(current, update)| current != update && !update.is_empty());
                let to_update = w.desired.saturating_sub(w.partition);
                if rolls && !w.on_delete && c.updated < to_update {
                    Some(format!("{} of {to_update} new", c.updated))
                } else if c.replicas > w.desired {
                    Some(format!("{} → {}", c.replicas, w.desired))
                } else {
                    None
                }
            }
            WorkloadKind::DaemonSet => (!w.on_delete && c.updated < wanted).then(|| new(c.updated)),
        }
    }

    /// Seconds that it may be short before that is a fault.
    pub(crate) fn deadline(&self) -> i64 {
        // The API writes "none" as the largest number.
        let own = self.workload.progress_deadline.map(i64::from);
        own.filter(|s| *s < i64::from(i32::MAX)).unwrap_or(DEADLINE)
    }

    /// Since when it has fewer available than wanted: see "Time" in the rules.
    pub(crate) fn short_since(&self) -> Option<Time> {
        let pods = self.pods().map(short_since).unwrap_or_default();
        pods.or_else(|| self.condition("Available").filter(|(status, _)| *status == Some(false)).and_then(|(_, at)| at))
    }

    /// Whether it was available before: a pod lost its readiness later than it got it, or, without
    /// pods, the controller says that it stopped being available some time after its creation.
    pub(crate) fn was_available(&self) -> bool {
        match self.pods() {
            Some(pods) if !pods.is_empty() => pods.iter().any(|p| ever_ready(p)),
            _ => {
                let since = self.condition("Available").filter(|(s, _)| *s == Some(false)).and_then(|(_, at)| at);
                since.zip(self.workload.meta.created).is_some_and(|(at, created)| span(created, at) > EVER_READY)
            }
        }
    }

    /// That none is available and some were, in words: `down 40s`.
    pub(crate) fn down(&self) -> Option<String> {
        let down = self.available() == 0 && self.wanted() > 0 && self.was_available();
        down.then(|| self.short_since().map_or("down".to_owned(), |at| format!("down {}", self.notes.ago(at))))
    }

    /// Status and transition of a condition.
    pub(crate) fn condition(&self, kind: &str) -> Option<(Option<bool>, Option<Time>)> {
        self.workload.conditions.iter().find(|c| c.kind == kind).map(|c| (c.status, c.since))
    }

    /// Pods of the current revision and of earlier ones, without those that are going.
    pub(crate) fn by_revision(&self) -> Option<(Vec<&'a PodRow>, Vec<&'a PodRow>)> {
        let staying = self.pods()?.iter().map(Arc::as_ref).filter(|p| p.deleted.is_none());
        let current = self.current_hash();
        Some(staying.partition(|p| current.is_none() || hash(self.workload, p) == current))
    }

    /// The template's hash of the current revision. A StatefulSet names it. Else, of the revisions whose
    /// pods have the template's images, it is the one whose first pod came last: a rollout makes new
    /// pods, and a roll-back makes them anew.
    pub(crate) fn current_hash(&self) -> Option<&'a Text> {
        if let Some((_, update)) = &self.workload.revisions
            && !update.is_empty()
        {
            return Some(update);
        }
        let mut first: BTreeMap<&Text, (bool, Option<Time>)> = BTreeMap::new();
        for pod in self.pods()?.iter().filter(|p| p.deleted.is_none()) {
            let Some(hash) = hash(self.workload, pod) else { continue };
            let mut wanted = self.workload.template.images.iter();
            let fits = wanted.all(|image| pod.containers.iter().any(|c| c.image == *image));
            let entry = first.entry(hash).or_insert((fits, pod.created));
            entry.1 = entry.1.min(pod.created);
        }
        first.into_iter().max_by_key(|(_, rank)| *rank).map(|(hash, _)| hash)
    }

    /// Whether the deployment controller is in the middle of a rollout.
    pub(crate) fn rolling_out(&self) -> bool {
        let progressing = self.workload.conditions.iter().find(|c| c.kind == "Progressing");
        progressing.is_some_and(|c| c.status == Some(true) && c.reason != "NewReplicaSetAvailable")
    }
}

/// The mark of a pod's revision.
fn hash<'p>(workload: &WorkloadRow, pod: &'p PodRow) -> Option<&'p Text> {
    let label = if workload.kind == WorkloadKind::Deployment { TEMPLATE_HASH } else { CONTROLLER_HASH };
    pod.labels.get(label)
}

/// The nodes of pods that are not ready, where none of these is ready either.
pub(crate) fn unready_nodes(pods: &[Arc<PodRow>], nodes: &imbl::OrdMap<Text, Arc<NodeRow>>) -> Option<String> {
    let mut theirs = BTreeSet::new();
    for pod in pods.iter().filter(|p| !p.ready && p.deleted.is_none() && !p.ended()) {
        let node = nodes.get(pod.node.as_ref()?)?;
        if node.ready {
            return None;
        }
        theirs.insert(&node.name);
    }
    match theirs.len() {
        0 => None,
        1 => theirs.first().map(|name| match nodes.get(*name).and_then(|n| n.why.as_deref()) {
            Some(why) => format!("{name} is not ready: {}", clip(why.trim_end_matches('.'))),
            None => format!("{name} is not ready"),
        }),
        n => Some(format!("its {n} nodes are not ready")),
    }
}

/// The newest moment at which one of the unready pods came or lost its readiness.
pub(crate) fn short_since(pods: &[Arc<PodRow>]) -> Option<Time> {
    let unready = pods.iter().filter(|p| !p.ready && p.deleted.is_none());
    unready.filter_map(|p| p.created.max(p.ready_since)).max()
}

/// Whether a pod is ready, or was for a while.
pub(crate) fn ever_ready(pod: &PodRow) -> bool {
    let began = pod.started.or(pod.created);
    pod.ready || began.zip(pod.ready_since).is_some_and(|(began, lost)| span(began, lost) > EVER_READY)
}

/// Seconds from one time to a later one.
fn span(from: Time, to: Time) -> i64 {
    to.as_second() - from.as_second()
}
