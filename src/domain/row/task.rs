//! Jobs and CronJobs.

use super::meta::{Condition, Meta};
use crate::domain::{Text, Time};

/// A Job. <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobRow {
    /// Metadata; owned by a CronJob where that made it.
    pub meta: Meta,
    /// `spec.suspend`.
    pub suspended: bool,
    /// `spec.completions`.
    pub completions: Option<u32>,
    /// `status.active`.
    pub active: u32,
    /// `status.ready`.
    pub ready: u32,
    /// `status.succeeded`.
    pub succeeded: u32,
    /// `status.failed`.
    pub failed: u32,
    /// `status.startTime`.
    pub started: Option<Time>,
    /// `status.completionTime`.
    pub completed: Option<Time>,
    /// `status.conditions`.
    pub conditions: Box<[Condition]>,
    /// Images of its containers.
    pub images: Box<[Text]>,
}

/// A CronJob.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CronJobRow {
    /// Metadata.
    pub meta: Meta,
    /// `spec.schedule`, as written.
    pub schedule: Text,
    /// `spec.timeZone`.
    pub time_zone: Option<Text>,
    /// `spec.suspend`.
    pub suspended: bool,
    /// `spec.startingDeadlineSeconds`, in seconds; without it a missed run fires at once on resume.
    pub starting_deadline: Option<u64>,
    /// How many Jobs of it are active.
    pub active: u32,
    /// `status.lastScheduleTime`.
    pub last_schedule: Option<Time>,
    /// `status.lastSuccessfulTime`.
    pub last_success: Option<Time>,
    /// Images of its containers.
    pub images: Box<[Text]>,
}
