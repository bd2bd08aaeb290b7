//! A service: a workload with its pods, addresses and status, as a card shows it.

use std::sync::Arc;

use super::row::{ConfigRef, ContainerRow, ContainerState, PodRow, WorkloadRow};
use super::status::{Clause, Status};
use super::{ObjectId, Text, Time};

/// One service (or task) of an environment, assembled from rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// The workload (or the topmost owner of pods that no workload explains).
    pub object: ObjectId,
    /// UID of that object, empty where only pods tell of it.
    pub uid: Text,
    /// Health status.
    pub status: Status,
    /// Whether a kind that its status needs has not arrived yet (shown as `…`).
    pub provisional: bool,
    /// The one line that says why: `rev 8 crash-loops, rev 7 serves 3/3`.
    pub reason: Option<Text>,
    /// It is a Kubernetes Service, and there are no pods that its selector selects.
    pub selects_nothing: bool,
    /// That line says no more than the numbers beside it: `2/3`, or that it is idle.
    pub bare: bool,
    /// The same after the service's name, in the fewest words: `crash-loops`.
    pub brief: Option<Text>,
    /// How these go with its name.
    pub clause: Clause,
    /// Since when it has this status, where the cluster tells.
    pub since: Option<Time>,
    /// A second remark that does not change the status: `release failed 41d`.
    pub secondary: Option<Text>,
    /// What is wrong with its Helm release: `release shop failed`. Also while all of it serves.
    pub release: Option<Text>,
    /// What is wrong with its autoscaler.
    pub unscaled: Option<Unscaled>,
    /// Deliberately at zero: without kennel's memory or another tool's marker, or held by an autoscaler.
    pub idle: bool,
    /// Counted in `services{healthy,total}` and by the phase (N/A, idle and tasks are not).
    pub counted: bool,
    /// Whether it is at its work: all that it wants is available.
    pub available: bool,
    /// Where the count was put away when it was stopped, and by which tool.
    pub memory: Option<Memory>,
    /// Ready pods.
    pub ready: u32,
    /// Wanted pods.
    pub desired: u32,
    /// Pods that it controls, terminating ones apart.
    pub running: u32,
    /// Pods that are going.
    pub terminating: u32,
    /// Restarts of its pods' containers.
    pub restarts: u32,
    /// Images: of the container that it is about, then in the order of the template.
    pub images: Box<[Text]>,
    /// `name.namespace.svc:port` of what leads to it, first of what a person opens, then node ports and balancers.
    pub addresses: Box<[Text]>,
    /// URLs that lead to it.
    pub urls: Box<[Text]>,
    /// Who deployed it.
    pub deployed_by: Option<Text>,
    /// When its spec was last changed.
    pub deployed_at: Option<Time>,
    /// Where its source is.
    pub repository: Option<Text>,
    /// `KIND/name` of an operator's object that owns it.
    pub managed_by: Option<Text>,
    /// A pod of it is on spot capacity.
    pub spot: bool,
    /// It keeps data: StatefulSet with claims, or a database's image.
    pub datasource: bool,
    /// When it was created.
    pub created: Option<Time>,
    /// CPU in milli-CPU and memory in bytes, where the metrics API answers.
    pub usage: Option<(u64, u64)>,
    /// The workload itself, where it is one of the three kinds.
    pub workload: Option<Arc<WorkloadRow>>,
    /// Its pods, by name.
    pub pods: Box<[Arc<PodRow>]>,
}

impl Service {
    /// Whether a container of it says that it waits for an object that is not there.
    pub fn says_is_missing(&self, config: &ConfigRef) -> bool {
        let said = format!("{} \"{}\" not found", config.kind().to_lowercase(), config.name);
        let waits =
            |c: &ContainerRow| matches!(&c.state, ContainerState::Waiting { message: Some(m), .. } if **m == *said);
        self.pods.iter().any(|p| p.deleted.is_none() && p.containers.iter().any(waits))
    }

    /// Rank among the services of an environment, 0 is worst. A deliberate zero is nobody's fault: it stands behind
    /// what serves.
    pub fn rank(&self) -> usize {
        self.status.rank() + if self.idle { Status::ALL.len() } else { 0 }
    }
}

/// What is wrong with the autoscaler of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unscaled {
    /// Its name.
    pub autoscaler: Text,
    /// Why it can't scale: `no metrics`.
    pub why: Text,
    /// Since when.
    pub since: Option<Time>,
    /// Nobody answers for the metrics API: that is the cluster's fault, whatever it is that is scaled.
    pub no_api: bool,
}

/// A count that a stop put away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    /// The count to come back to; `None` when the marker can't be read as one (a DaemonSet has none).
    pub replicas: Option<u32>,
    /// The tool that wrote it: `kennel`, `downscaler`, `sleepinfo`, …
    pub tool: Text,
    /// The annotation's key.
    pub key: Text,
}

/// A Job, CronJob, Helm hook or completed bare pod: shown beside services, out of the counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Task {
    /// The object.
    pub object: ObjectId,
    /// UID.
    pub uid: Text,
    /// Version, for a precondition.
    pub resource_version: Text,
    /// Status by the rules of the kind.
    pub status: Status,
    /// Why, in a few words.
    pub reason: Option<Text>,
    /// The same after the task's name, in the fewest words: `failed after 3 tries`.
    pub brief: Option<Text>,
    /// Since when, where the cluster tells.
    pub since: Option<Time>,
    /// The last run failed.
    pub failed: bool,
    /// `spec.suspend` of a CronJob or Job.
    pub suspended: bool,
    /// Whether kennel's memory of `suspend` is there, and its value.
    pub memory: Option<bool>,
    /// CronJob: a missed run fires at once on resume (no `startingDeadlineSeconds`).
    pub fires_on_resume: bool,
    /// Annotation `kennel.dev/stop=never` keeps it out of every stop.
    pub never_stopped: bool,
    /// When it last ran (CronJob: last schedule; Job: start).
    pub last_run: Option<Time>,
    /// When it runs next (CronJob).
    pub next_run: Option<Time>,
    /// Active pods or Jobs.
    pub active: u32,
    /// When it was created.
    pub created: Option<Time>,
    /// Images.
    pub images: Box<[Text]>,
}

impl Task {
    /// What is wrong with it, in words that stand after its name: `failed after 3 tries`. Of one that is suspended
    /// nothing: nobody waits for its next run.
    pub(crate) fn trouble(&self) -> Option<&str> {
        let wrong = !self.suspended && (self.failed || self.status == Status::Degraded);
        wrong.then(|| self.brief.as_deref().unwrap_or(if self.failed { "failed" } else { "fails" }))
    }
}
