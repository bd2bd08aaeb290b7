//! The controllers: each a function from a [`View`] of one namespace to the writes it wants.
//!
//! They hold no state and no clock: what one remembers is given to it and taken back. The run loop asks them about the objects that a change reaches, and about
//! those whose wake time has come. To add one: a file with a function of [`Run`] and a row in [`ALL`].

mod autoscaler;
mod claim;
mod cronjob;
mod daemonset;
mod deployment;
mod disruption;
mod endpoints;
mod garbage;
mod job;
mod namespace;
pub(crate) mod nodes;
pub(crate) mod pods;
mod quota;
mod replicaset;
mod scheduler;
mod statefulset;

use serde_json::Value;

pub(crate) use autoscaler::Past;

use super::events::MANAGER;
use super::json::Json;
use super::kubelet;
use super::view::{Object, View};
use super::write::Writes;

/// One controller.
pub(crate) struct Controller {
    /// The program that it is part of, as `managedFields` name it.
    pub(crate) manager: &'static str,
    /// What it does.
    pub(crate) run: Run,
    /// Kinds whose changes it answers, and which of its objects such a change reaches.
    pub(crate) watches: &'static [(&'static str, Reach)],
}

/// What a controller looks at in one run.
pub(crate) enum Run {
    /// One object of that kind.
    Each(&'static str, fn(&View, &Object, &mut Writes)),
    /// The same, with what it remembers of that object from one run to the next.
    Remembering(&'static str, fn(&View, &Object, Past, &mut Writes) -> Past),
    /// The namespace as a whole.
    Whole(fn(&View, &mut Writes)),
}

impl Run {
    /// The kind of its objects.
    pub(crate) fn kind(&self) -> Option<&'static str> {
        match self {
            Run::Each(kind, _) | Run::Remembering(kind, _) => Some(kind),
            Run::Whole(_) => None,
        }
    }
}

/// Which of a controller's objects a change reaches.
pub(crate) enum Reach {
    /// The object itself.
    Itself,
    /// The one that controls it, where that is of the controller's kind.
    Owner,
    /// All of them.
    All,
    /// Those of the names that it gives.
    Names(for<'a> fn(&'a Value) -> Vec<&'a str>),
    /// Those that it holds for, given the object that changed (and once more that before the change).
    Those(fn(changed: &Value, candidate: &Value) -> bool),
    /// All of them, where it holds for what changed.
    AllIf(fn(&Change) -> bool),
}

/// A change as controllers hear of it.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// Kind of the object.
    pub(crate) kind: &'static str,
    /// The object; of one that is gone its last state.
    pub(crate) object: Object,
    /// The object before, where it was at hand.
    pub(crate) old: Option<Object>,
    /// Whether it is gone.
    pub(crate) deleted: bool,
}

impl Change {
    /// Whether the object goes, or is gone.
    pub(crate) fn is_going(&self) -> bool {
        self.deleted || self.object.is_going()
    }
}

/// Stands for every kind of a namespace's objects.
pub(crate) const ANY: &str = "*";

const GOING: (&str, Reach) = (ANY, Reach::AllIf(Change::is_going));

/// Every controller, in the order in which a change flows through them.
pub(crate) const ALL: &[Controller] = &[
    Controller { manager: MANAGER, run: Run::Whole(namespace::run), watches: &[("Namespace", Reach::All), GOING] },
    Controller { manager: MANAGER, run: Run::Whole(garbage::run), watches: &[(ANY, Reach::AllIf(garbage::matters))] },
    Controller {
        manager: MANAGER,
        run: Run::Remembering("HorizontalPodAutoscaler", autoscaler::sync),
        watches: &[("HorizontalPodAutoscaler", Reach::Itself)],
    },
    Controller {
        manager: MANAGER,
        run: Run::Each("CronJob", cronjob::sync),
        watches: &[("CronJob", Reach::Itself), ("Job", Reach::Owner)],
    },
    Controller {
        manager: MANAGER,
        run: Run::Each("Job", job::sync),
        watches: &[("Job", Reach::Itself), ("Pod", Reach::Owner), ("ResourceQuota", Reach::All)],
    },
    Controller {
        manager: MANAGER,
        run: Run::Each("Deployment", deployment::sync),
        watches: &[("Deployment", Reach::Itself), ("ReplicaSet", Reach::Owner)],
    },
    Controller {
        manager: MANAGER,
        run: Run::Each("ReplicaSet", replicaset::sync),
        watches: &[("ReplicaSet", Reach::Itself), ("Pod", Reach::Owner), ("ResourceQuota", Reach::All)],
    },
    Controller {
        manager: MANAGER,
        run: Run::Each("StatefulSet", statefulset::sync),
        watches: &[
            ("StatefulSet", Reach::Itself),
            ("Pod", Reach::Owner),
            ("ControllerRevision", Reach::Owner),
            ("PersistentVolumeClaim", Reach::All),
            ("ResourceQuota", Reach::All),
        ],
    },
    Controller {
        manager: MANAGER,
        run: Run::Each("DaemonSet", daemonset::sync),
        watches: &[
            ("DaemonSet", Reach::Itself),
            ("Pod", Reach::Owner),
            ("ControllerRevision", Reach::Owner),
            ("Node", Reach::All),
            ("ResourceQuota", Reach::All),
        ],
    },
    Controller {
        manager: MANAGER,
        run: Run::Each("PersistentVolumeClaim", claim::sync),
        watches: &[("PersistentVolumeClaim", Reach::Itself), ("Pod", Reach::Names(claim::mounted))],
    },
    Controller {
        manager: MANAGER,
        run: Run::Each("Pod", nodes::sync),
        watches: &[("Pod", Reach::Itself), ("Node", Reach::All)],
    },
    Controller {
        manager: "kube-scheduler",
        run: Run::Whole(scheduler::run),
        watches: &[
            ("Pod", Reach::AllIf(scheduler::matters)),
            ("Node", Reach::All),
            ("PersistentVolumeClaim", Reach::All),
        ],
    },
    Controller {
        manager: "kubelet",
        run: Run::Each("Pod", kubelet::sync),
        watches: &[("Pod", Reach::Itself), ("ConfigMap", Reach::All), ("Secret", Reach::All), ("Node", Reach::All)],
    },
    Controller {
        manager: MANAGER,
        run: Run::Each("Service", endpoints::sync),
        watches: &[
            ("Service", Reach::Itself),
            ("EndpointSlice", Reach::Owner),
            ("Pod", Reach::Those(endpoints::selects)),
        ],
    },
    Controller {
        manager: MANAGER,
        run: Run::Each("PodDisruptionBudget", disruption::sync),
        watches: &[("PodDisruptionBudget", Reach::Itself), ("Pod", Reach::Those(disruption::selects))],
    },
    Controller {
        manager: MANAGER,
        run: Run::Each("ResourceQuota", quota::sync),
        watches: &[("ResourceQuota", Reach::Itself), (ANY, Reach::All)],
    },
];
