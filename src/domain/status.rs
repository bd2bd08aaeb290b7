//! The 10 health statuses of a service and the rules that give them.
//!
//! Words are the seeds'. The rules are those of `health/status-rules.md`, one function each, asked in
//! the order of the tables in `workload` (and, for what only its pods tell of, `pods` and `task`).
//! To add a rule: a function from the facts to a verdict, a line in the table, a test of its name.

pub(crate) mod claim;
mod degraded;
mod ending;
pub(crate) mod facts;
pub(crate) mod failure;
mod held;
pub(crate) mod notes;
pub(crate) mod pods;
pub(crate) mod probe;
pub(crate) mod refusal;
pub(crate) mod release;
mod rollout;
mod running;
pub(crate) mod scaling;
pub(crate) mod task;
#[cfg(test)]
mod tests;
mod unfit;
pub(crate) mod unplaced;
pub(crate) mod workload;

use serde::{Deserialize, Serialize};

use super::Time;

/// Health status of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    #[default]
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

/// Most characters of the fewest words: a column of an environment's status holds them at 80 columns, with the
/// service's name before them.
const BRIEF: usize = 25;

/// What is wrong, in words that stand after a service's name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Words {
    /// All of it: `cannot pull acme/pricing:2.3.0-rc1`.
    pub(crate) whole: String,
    /// The fewest words, for a column: `cannot pull its image`.
    pub(crate) brief: String,
    /// How the fewest words go with the service's name.
    pub(crate) clause: Clause,
}

/// How the fewest words of what is wrong go with the name of what it is wrong with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clause {
    /// They say it of that thing: `checkout crash-loops`.
    #[default]
    Predicate,
    /// They have a subject of their own: `web: no node has the cpu`.
    Sentence,
    /// They are about something that others need, too, and stand alone: `webhook policy.acme.dev does not answer`.
    Shared,
}

impl Words {
    fn new(whole: impl Into<String>, brief: &str) -> Self {
        Self { whole: whole.into(), brief: brief.to_owned(), clause: Clause::Predicate }
    }

    /// With a subject of their own.
    fn sentence(self) -> Self {
        Self { clause: Clause::Sentence, ..self }
    }

    /// Short as they are.
    pub(crate) fn plain(words: impl Into<String>) -> Self {
        let whole = words.into();
        Self { brief: whole.clone(), whole, clause: Clause::Predicate }
    }
}

/// What a rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) status: Status,
    /// The whole line: `rev 8 crash-loops, rev 7 serves 3/3`.
    pub(crate) reason: Option<String>,
    /// The same after the service's name, in the fewest words: `crash-loops`.
    pub(crate) brief: Option<String>,
    /// How these go with the name.
    pub(crate) clause: Clause,
    /// Since when, where the cluster tells.
    pub(crate) since: Option<Time>,
    /// A deliberate zero.
    pub(crate) idle: bool,
    /// The reason says no more than the numbers beside it: `2/3`, `idle`.
    pub(crate) bare: bool,
}

impl Verdict {
    fn new(status: Status) -> Self {
        Self { status, reason: None, brief: None, clause: Clause::Predicate, since: None, idle: false, bare: false }
    }

    fn because(self, words: impl Into<String>) -> Self {
        Self { reason: Some(words.into()), ..self }
    }

    fn brief(self, words: impl Into<String>) -> Self {
        Self { brief: Some(words.into()), ..self }
    }

    /// In the fewest words of these.
    fn briefly(self, words: &Words) -> Self {
        Self { brief: Some(words.brief.clone()), clause: words.clause, ..self }
    }

    fn worded(self, words: Words) -> Self {
        self.briefly(&words).because(words.whole)
    }

    fn since(self, at: Option<Time>) -> Self {
        Self { since: at, ..self }
    }

    /// `2/3`, and what else there is to say of it.
    fn counting(self, ready: impl std::fmt::Display, all: impl std::fmt::Display, more: &str) -> Self {
        Self { bare: more.is_empty(), ..self.because(format!("{ready}/{all}{more}")) }
    }

    fn idle(self) -> Self {
        Self { idle: true, ..self }
    }
}

/// A message's first words, so that it fits a line.
fn clip(message: &str) -> String {
    let clipped: String = message.chars().take(80).collect();
    if clipped.len() < message.len() { format!("{clipped}…") } else { clipped }
}

/// `1 pod`, `2 pods`.
pub(crate) fn count(n: u32, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}
