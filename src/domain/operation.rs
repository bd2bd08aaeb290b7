//! The journal of an operation: what is written into the environment's ConfigMap `kennel-operation`.
//!
//! The journal is the lock (create is atomic) and the memory: whoever finds it can resume or undo. Steps that do not
//! fit into one ConfigMap stand in further ones ([`parts`]).

mod action;
pub mod form;
pub mod parts;
mod verb;

pub use action::{Action, Edit, NodeSelector, Pause, Restart, Scale, Suspend};
pub use verb::{Consent, Pods, Verb, VerbInfo};

use serde::{Deserialize, Serialize};

use super::{ObjectId, Text, Time};

/// Name of the ConfigMap.
pub const JOURNAL: &str = "kennel-operation";

/// A heartbeat older than this many seconds is dead: its operation is interrupted.
pub const DEAD_AFTER: i64 = 60;

/// How an operation stands. `Interrupted` is never written: it is what a dead `Running` is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the five words of the contract")]
pub enum OperationState {
    Running,
    Interrupted,
    Done,
    Failed,
    Undone,
}

/// How one step ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "state", content = "why")]
pub enum StepResult {
    /// Not sent yet.
    Pending,
    /// Sent; the answer has not arrived.
    Sent,
    /// Done.
    Done,
    /// Nothing to do: it was so already, or the object is gone.
    Skipped(Text),
    /// Refused or failed, with the server's words.
    Failed(Text),
}

/// One step as the journal keeps it: enough to resume and to undo without the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalStep {
    /// Number in the plan, from 1.
    pub id: u32,
    /// Steps of a lower tier end before those of a higher one begin.
    pub tier: u32,
    /// The object.
    pub object: ObjectId,
    /// Its UID when the plan was made: a later object of the same name is left alone. `None` where it was not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<Text>,
    /// What is done to it.
    pub action: Action,
    /// Result so far.
    pub result: StepResult,
}

/// The journal of one operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Journal {
    /// Unique ID.
    pub id: Text,
    /// Verb.
    pub verb: Verb,
    /// Services it was limited to; empty means the whole environment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<Text>,
    /// Who runs it (user name at the cluster, else of the host).
    pub holder: Text,
    /// Host that it runs on.
    pub host: Text,
    /// Process on that host; 0 where the holder let go, so that anybody goes on at once.
    pub process: u32,
    /// When that process started, so that a reused process number is told apart (clock ticks since boot).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process_start: Option<u64>,
    /// When it started, by the server's clock.
    pub started_at: Time,
    /// When it last said that it lives, by the server's clock.
    pub heartbeat: Time,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
    /// State as last written.
    pub state: OperationState,
    /// It is being undone, or was: from then on it only goes back, never forward.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undoing: bool,
    /// Steps in order. The ConfigMap of a journal that goes on in further ones has none of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<JournalStep>,
    /// Of a journal that goes on in further ConfigMaps: how many steps stand in each of these, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<u32>,
    /// Its further ConfigMaps are being written: nothing has been sent yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub preparing: bool,
    /// How many steps an earlier kennel has left out: it cut what did not fit.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub shortened: u32,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl Journal {
    /// The state at `now`: a `Running` whose heartbeat is dead, or whose process is known to be dead, is interrupted.
    /// One that had sent nothing by then has changed nothing: there is nothing to go on with.
    pub fn state_at(&self, now: Time, holder_is_dead: bool) -> OperationState {
        let silent = now.as_second() - self.heartbeat.as_second();
        match self.state {
            OperationState::Running if holder_is_dead || self.process == 0 || silent > DEAD_AFTER => {
                match self.preparing {
                    true => OperationState::Undone,
                    false => OperationState::Interrupted,
                }
            }
            s => s,
        }
    }

    /// What it comes to, or came to in the end: a stop that is undone starts, and the other way round.
    pub fn direction(&self) -> Verb {
        self.verb.turned(self.undoing || self.state == OperationState::Undone)
    }

    /// Steps that ended, and all, those that are not known too.
    pub fn progress(&self) -> (usize, usize) {
        let ended = self.steps.iter().filter(|s| !matches!(s.result, StepResult::Pending | StepResult::Sent)).count();
        (ended, self.steps.len() + self.absent())
    }

    /// How many of its steps are not known: left out by an earlier kennel, or in a ConfigMap that is not there.
    pub fn absent(&self) -> usize {
        let elsewhere = self.parts.iter().fold(0u32, |sum, n| sum.saturating_add(*n)) as usize;
        // Those that are there have been taken in.
        let missing = elsewhere.saturating_sub(if self.parts.is_empty() { 0 } else { self.steps.len() });
        missing + self.shortened as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixture::journal;

    #[test]
    fn a_journal_is_interrupted_60_s_after_its_last_heartbeat_or_when_its_process_died() {
        let at = |s| Time::from_second(s).unwrap();
        let j = journal(at(1000));
        assert_eq!(j.state_at(at(1060), false), OperationState::Running);
        assert_eq!(j.state_at(at(1061), false), OperationState::Interrupted);
        assert_eq!(j.state_at(at(1001), true), OperationState::Interrupted);
        assert_eq!(
            Journal { process: 0, ..j.clone() }.state_at(at(1001), false),
            OperationState::Interrupted,
            "let go"
        );
        let ended = Journal { state: OperationState::Done, ..j };
        assert_eq!(ended.state_at(at(9999), true), OperationState::Done);
    }
}
