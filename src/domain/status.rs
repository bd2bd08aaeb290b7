//! The 10 health statuses of a service and the rules that give them.
//!
//! Words are the seeds'; what each means on Kubernetes is one function per kind of workload.

use serde::{Deserialize, Serialize};

/// Health status of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the ten words")]
pub enum Status {
    Degraded,
    #[serde(rename = "Release Failed")]
    ReleaseFailed,
    Missing,
    Stopping,
    Progressing,
    Starting,
    Stopped,
    Running,
    Healthy,
    #[serde(rename = "N/A")]
    NotAvailable,
}

impl Status {
    /// All, worst first.
    pub const ALL: [Status; 10] = [
        Status::Degraded,
        Status::ReleaseFailed,
        Status::Missing,
        Status::Stopping,
        Status::Progressing,
        Status::Starting,
        Status::Stopped,
        Status::Running,
        Status::Healthy,
        Status::NotAvailable,
    ];

    /// The seeds' exact word.
    pub fn word(self) -> &'static str {
        match self {
            Status::Degraded => "Degraded",
            Status::ReleaseFailed => "Release Failed",
            Status::Missing => "Missing",
            Status::Stopping => "Stopping",
            Status::Progressing => "Progressing",
            Status::Starting => "Starting",
            Status::Stopped => "Stopped",
            Status::Running => "Running",
            Status::Healthy => "Healthy",
            Status::NotAvailable => "N/A",
        }
    }

    /// Rank, 0 is worst.
    pub fn rank(self) -> usize {
        Self::ALL.iter().position(|s| *s == self).unwrap_or(Self::ALL.len())
    }
}
