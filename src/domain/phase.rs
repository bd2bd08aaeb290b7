//! The 14 phases of an environment and the rule that gives them: first match wins.

mod rank;
mod rules;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use rank::{order, rank};
pub(crate) use rules::{View, blocked_by, decides, phase};

/// Phase of an environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fourteen words")]
pub enum Phase {
    Initializing,
    Active,
    Updating,
    Error,
    Destroying,
    Destroyed,
    #[serde(rename = "Decommissioning Resources")]
    Decommissioning,
    Unavailable,
    #[serde(rename = "Provisioning Resources")]
    Provisioning,
    #[serde(rename = "Destroy Failed")]
    DestroyFailed,
    #[serde(rename = "Service Unavailable")]
    ServiceUnavailable,
    #[default]
    Unknown,
    #[serde(rename = "Partially Active")]
    PartiallyActive,
    #[serde(rename = "Partially Stopped")]
    PartiallyStopped,
}

impl Phase {
    /// The seeds' exact word, as JSON has it.
    pub fn word(self) -> &'static str {
        match self {
            Phase::Initializing => "Initializing",
            Phase::Active => "Active",
            Phase::Updating => "Updating",
            Phase::Error => "Error",
            Phase::Destroying => "Destroying",
            Phase::Destroyed => "Destroyed",
            Phase::Decommissioning => "Decommissioning Resources",
            Phase::Unavailable => "Unavailable",
            Phase::Provisioning => "Provisioning Resources",
            Phase::DestroyFailed => "Destroy Failed",
            Phase::ServiceUnavailable => "Service Unavailable",
            Phase::Unknown => "Unknown",
            Phase::PartiallyActive => "Partially Active",
            Phase::PartiallyStopped => "Partially Stopped",
        }
    }

    /// The word on screens, which drop "Resources".
    pub fn screen_word(self) -> &'static str {
        self.word().trim_end_matches(" Resources")
    }
}
