//! Runs a plan: journal first, tier by tier, 8 at a time, each object's result kept.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// How an operation is run.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Wait for the pods of the last tier too (`--no-wait` skips only this wait).
    pub wait: bool,
    /// Longest wait for the pods of one tier.
    pub tier_limit: Duration,
    /// Take the journal from its holder, even one that lives; the user said so with a word.
    pub take_over: bool,
    /// Cancelled when kennel is asked to end (SIGINT, SIGTERM, quit): nothing more is sent, answers that are
    /// under way are waited for, and the journal is let go of, so that anybody goes on at once.
    pub stop: CancellationToken,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self { wait: true, tier_limit: Duration::from_secs(600), take_over: false, stop: CancellationToken::new() }
    }
}
