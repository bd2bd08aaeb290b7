//! Pods and their containers.

use std::sync::Arc;

use super::meta::Owner;
use crate::domain::{Labels, Text, Time, Uid};

/// `status.phase` of a pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the phases of the API, by their names")]
pub enum PodPhase {
    #[default]
    Pending,
    Running,
    Succeeded,
    Failed,
    Unknown,
}

/// A pod. There are tens of thousands of these: keep it small.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodRow {
    /// Name.
    pub name: Text,
    /// Namespace.
    pub namespace: Text,
    /// UID.
    pub uid: Uid,
    /// Labels (shared between pods of one template).
    pub labels: Labels,
    /// The controlling owner (shared between the pods that it owns).
    pub owner: Option<Arc<Owner>>,
    /// When it was created.
    pub created: Option<Time>,
    /// When it will be killed at the latest (`deletionTimestamp`); set means it is terminating.
    pub deleted: Option<Time>,
    /// Whether it is a Helm hook (annotation `helm.sh/hook`).
    pub hook: bool,
    /// Node it is on.
    pub node: Option<Text>,
    /// IP address.
    pub ip: Option<Text>,
    /// Phase.
    pub phase: PodPhase,
    /// `status.reason` (`Evicted`, `NodeLost`, …).
    pub reason: Option<Text>,
    /// `status.message`.
    pub message: Option<Text>,
    /// When the kubelet took it up.
    pub started: Option<Time>,
    /// Condition Ready: its status and when that last changed.
    pub ready: bool,
    /// When condition Ready last changed.
    pub ready_since: Option<Time>,
    /// Reason of condition Ready while it is false.
    pub ready_reason: Option<Text>,
    /// Condition PodScheduled is False with reason Unschedulable: since when.
    pub unschedulable: Option<Time>,
    /// The scheduler's message while unschedulable.
    pub unschedulable_message: Option<Text>,
    /// Containers; init containers first.
    pub containers: Box<[ContainerRow]>,
    /// What its containers ask for (shared between pods that ask for the same).
    pub resources: Arc<Resources>,
}

/// What the containers of a pod that run together ask for, and may have at most.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Resources {
    /// CPU requests, in milli-CPU.
    pub cpu_request: Option<u64>,
    /// Memory requests, in bytes.
    pub memory_request: Option<u64>,
    /// CPU limits, in milli-CPU.
    pub cpu_limit: Option<u64>,
    /// Memory limits, in bytes.
    pub memory_limit: Option<u64>,
}

impl PodRow {
    /// Restarts of all its containers.
    pub fn restarts(&self) -> u32 {
        self.containers.iter().map(|c| c.restarts).fold(0, u32::saturating_add)
    }

    /// Whether it has ended and will not run again.
    pub fn ended(&self) -> bool {
        matches!(self.phase, PodPhase::Succeeded | PodPhase::Failed)
    }
}

/// One container of a pod: its spec's name and image with its status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerRow {
    /// Name.
    pub name: Text,
    /// Image as asked for.
    pub image: Text,
    /// Whether it is an init container (sidecars, that restart always, are not counted as such).
    pub init: bool,
    /// Whether it is ready.
    pub ready: bool,
    /// How often it was restarted.
    pub restarts: u32,
    /// What it does now.
    pub state: ContainerState,
    /// How it ended the last time.
    pub last: Option<Box<Termination>>,
}

/// State of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ContainerState {
    /// No status yet.
    #[default]
    None,
    /// Waits, with reason (`CrashLoopBackOff`, `ContainerCreating`, …) and message.
    Waiting {
        /// Machine-readable reason.
        reason: Text,
        /// Human-readable message.
        message: Option<Text>,
    },
    /// Runs since then.
    Running(Option<Time>),
    /// Has ended.
    Terminated(Box<Termination>),
}

/// How a container ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Termination {
    /// `OOMKilled`, `Error`, `Completed`, …
    pub reason: Text,
    /// Exit code.
    pub code: i32,
    /// Message of the termination log.
    pub message: Option<Text>,
    /// When it had started.
    pub started: Option<Time>,
    /// When it ended.
    pub finished: Option<Time>,
}

/// Usage of a pod as metrics.k8s.io tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetricsRow {
    /// Name of the pod.
    pub name: Text,
    /// Namespace of the pod.
    pub namespace: Text,
    /// CPU, in milli-CPU.
    pub cpu: u64,
    /// Memory (working set), in bytes.
    pub memory: u64,
}
