//! Annotations and labels that plans read and write. What other tools write is in the domain's table of markers.

/// Workload: the count to come back to, written in the same patch as `replicas: 0`.
pub(crate) const REPLICAS: &str = "kennel.dev/replicas";
/// CronJob: its `suspend` before the stop.
pub(crate) const SUSPEND: &str = "kennel.dev/suspend";
/// DaemonSet: its node selector before the stop, as a JSON object.
pub(crate) const NODE_SELECTOR: &str = "kennel.dev/node-selector";
/// DaemonSet: the node selector that matches no node.
pub(crate) const NO_NODE: &str = "kennel.dev/stopped";
/// Workload: `never` keeps it out of every stop.
pub(crate) const STOP: &str = "kennel.dev/stop";
/// Workload: names of services, with commas between, that it needs: these start before it and stop after it.
pub(crate) const DEPENDS_ON: &str = "kennel.dev/depends-on";
/// ScaledObject: the count that KEDA holds its target at.
/// <https://keda.sh/docs/latest/concepts/scaling-deployments/#pausing-autoscaling>
pub(crate) const PAUSED: &str = "autoscaling.keda.sh/paused-replicas";
/// ScaledObject: its `paused-replicas` before the stop; empty where it had none.
pub(crate) const PAUSED_BEFORE: &str = "kennel.dev/paused-replicas";
