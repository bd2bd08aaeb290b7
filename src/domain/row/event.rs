//! Events as the API gives them, before folding.

use crate::domain::{ObjectId, Text, Time};

/// Reason of an event: a pod could not be made.
pub(crate) const NOT_MADE: &str = "FailedCreate";

/// Reason of an event: the kubelet waits before it starts a container again.
pub(crate) const BACK_OFF: &str = "BackOff";

/// Reason of an event: a container could not be started, or its image not be pulled.
pub(crate) const FAILED: &str = "Failed";

/// Reasons of events: the kubelet can't make what a pod stands on, its sandbox or its volumes.
pub(crate) const NOT_SET_UP: [&str; 3] = ["FailedCreatePodSandBox", "FailedMount", "FailedAttachVolume"];

/// Reason of an event: a probe failed.
pub(crate) const UNHEALTHY: &str = "Unhealthy";

/// Reasons of events by which a volume claim says how it stands while it has no volume.
/// <https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/volume/events/event.go>
const CLAIMS: [&str; 6] = [
    "FailedBinding",
    "ProvisioningFailed",
    "VolumeMismatch",
    "ExternalProvisioning",
    "WaitForFirstConsumer",
    "WaitForPodScheduled",
];

/// Reason of an event: a pod had to go for one of a higher priority.
pub(crate) const PREEMPTED: &str = "Preempted";

/// An Event of `events.k8s.io/v1`.
/// <https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventRow {
    /// Name of the Event.
    pub name: Text,
    /// Namespace of the Event.
    pub namespace: Text,
    /// What it is about (`regarding`).
    pub object: ObjectId,
    /// Whether `type` is `Warning`.
    pub warning: bool,
    /// Machine-readable reason.
    pub reason: Text,
    /// Human-readable note.
    pub message: Text,
    /// How often it was seen: `series.count` or `deprecatedCount`, at least 1.
    pub count: u32,
    /// When first seen.
    pub first: Option<Time>,
    /// When last seen: the newest of series, deprecated and event times.
    pub last: Option<Time>,
    /// Who reports it (`reportingController`).
    pub source: Text,
}

impl EventRow {
    /// Whether it changes what is said of the service of its object, too.
    pub(crate) fn tells_of_its_service(&self) -> bool {
        let reason = self.reason.as_str();
        matches!(reason, NOT_MADE | BACK_OFF | UNHEALTHY | FAILED | PREEMPTED)
            || NOT_SET_UP.contains(&reason)
            || CLAIMS.contains(&reason)
    }
}
