//! Runs a plan: journal first, tier by tier, 8 at a time, each object's result kept.

use std::time::Duration;

/// How an operation is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunOptions {
    /// Wait for the pods of the last tier too (`--no-wait` skips only this wait).
    pub wait: bool,
    /// Longest wait for the pods of one tier.
    pub tier_limit: Duration,
    /// Take the journal from its holder, even one that lives; the user said so with a word.
    pub take_over: bool,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self { wait: true, tier_limit: Duration::from_secs(600), take_over: false }
    }
}
