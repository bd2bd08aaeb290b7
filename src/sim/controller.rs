//! The controllers: each a function from a [`View`] of one namespace to the writes it wants.
//!
//! They hold no state and no clock. The run loop asks those whose kinds changed, and those whose
//! wake time has come. To add one: a file with `run(&View, &mut Writes)` and a row in [`ALL`].

mod claim;
mod cronjob;
mod daemonset;
mod deployment;
mod endpoints;
mod garbage;
mod job;
mod namespace;
mod nodes;
pub(crate) mod pods;
mod quota;
mod replicaset;
mod scheduler;
mod statefulset;

use super::kubelet;
use super::view::View;
use super::write::Writes;

/// Among the kinds that changed: an object that goes, or is gone.
pub(crate) const GOING: &str = "(going)";

/// One controller.
pub(crate) struct Controller {
    /// Stands for its own wish to be woken, among the kinds that changed.
    pub(crate) wake_mark: &'static str,
    /// Kinds whose changes it answers; [`GOING`] stands for whatever goes or is gone.
    pub(crate) watches: &'static [&'static str],
    /// What it does.
    pub(crate) run: fn(&View, &mut Writes),
}

/// Every controller, in the order in which a change flows through them.
pub(crate) const ALL: &[Controller] = &[
    Controller { wake_mark: "wake namespace", watches: &["Namespace", GOING], run: namespace::run },
    Controller { wake_mark: "wake garbage", watches: &[GOING], run: garbage::run },
    Controller { wake_mark: "wake cronjob", watches: &["CronJob", "Job"], run: cronjob::run },
    Controller { wake_mark: "wake job", watches: &["Job", "Pod", "ResourceQuota"], run: job::run },
    Controller { wake_mark: "wake deployment", watches: &["Deployment", "ReplicaSet"], run: deployment::run },
    Controller { wake_mark: "wake replicaset", watches: &["ReplicaSet", "Pod", "ResourceQuota"], run: replicaset::run },
    Controller {
        wake_mark: "wake statefulset",
        watches: &["StatefulSet", "Pod", "ControllerRevision", "PersistentVolumeClaim", "ResourceQuota"],
        run: statefulset::run,
    },
    Controller {
        wake_mark: "wake daemonset",
        watches: &["DaemonSet", "Pod", "ControllerRevision", "Node"],
        run: daemonset::run,
    },
    Controller { wake_mark: "wake claim", watches: &["PersistentVolumeClaim", "Pod"], run: claim::run },
    Controller { wake_mark: "wake nodes", watches: &["Pod", "Node"], run: nodes::run },
    Controller { wake_mark: "wake scheduler", watches: &["Pod", "Node", "PersistentVolumeClaim"], run: scheduler::run },
    Controller { wake_mark: "wake kubelet", watches: &["Pod", "ConfigMap", "Secret", "Node"], run: kubelet::run },
    Controller { wake_mark: "wake endpoints", watches: &["Service", "Pod", "EndpointSlice"], run: endpoints::run },
    Controller {
        wake_mark: "wake quota",
        watches: &["ResourceQuota", "Pod", "PersistentVolumeClaim", "Service"],
        run: quota::run,
    },
];
