//! Annotations and labels that plans read and write beside those that the domain reads.

pub(crate) use crate::domain::keys::{NODE_SELECTOR, REPLICAS, STOP, SUSPEND};

/// Label of a node selector that matches no node: what stops a DaemonSet.
pub(crate) const NO_NODE: &str = "kennel.dev/stopped";
/// Annotation of a workload: names of services, with commas between, that it needs; these start before it and
/// stop after it.
pub(crate) const DEPENDS_ON: &str = "kennel.dev/depends-on";
/// Annotation of a ScaledObject: the count that KEDA holds its target at.
/// <https://keda.sh/docs/latest/concepts/scaling-deployments/#pausing-autoscaling>
pub(crate) const PAUSED: &str = "autoscaling.keda.sh/paused-replicas";
/// Annotation of a ScaledObject: its `paused-replicas` before the stop; empty where it had none.
pub(crate) const PAUSED_BEFORE: &str = "kennel.dev/paused-replicas";
