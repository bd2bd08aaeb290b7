//! Annotations and labels that plans read and write beside those that the domain reads.

pub(crate) use crate::domain::keys::{NODE_SELECTOR, PAUSED, PAUSED_BEFORE, REPLICAS, STOP, SUSPEND};

/// Label of a node selector that matches no node: what stops a DaemonSet.
pub(crate) const NO_NODE: &str = "kennel.dev/stopped";
/// Annotation of a workload: names of services, with commas between, that it needs; these start before it and
/// stop after it.
pub(crate) const DEPENDS_ON: &str = "kennel.dev/depends-on";
