//! What is known before, while and after a plan runs: permissions, progress, outcome.

use serde::Serialize;

use crate::domain::operation::{OperationState, StepResult};
use crate::domain::{Api, EnvironmentId, ObjectId, Text, Time};

/// The answer to "may I", for one verb and kind of a plan in its namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// Verb: `patch`.
    pub verb: &'static str,
    /// Kind of objects, as [`super::Plan::needs`] gave it.
    pub api: Api,
    /// The plan's environment.
    pub environment: EnvironmentId,
    /// Whether it is allowed; `None` where the answer could not be had.
    pub allowed: Option<bool>,
    /// The server's or kennel's reason, where there is one.
    pub why: Option<Text>,
}

impl Permission {
    /// That it is not there, in words: `no patch on deployments: …`.
    pub fn denied(&self) -> Text {
        let kind = self.api.plural();
        match &self.why {
            Some(why) if !why.is_empty() => format!("no {} on {kind}: {why}", self.verb).into(),
            _ => format!("no {} on {kind}", self.verb).into(),
        }
    }
}

/// How far an operation is.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// What it runs on.
    pub environment: EnvironmentId,
    /// ID of the operation.
    pub id: Text,
    /// What happened.
    pub happened: Happened,
}

/// One thing that happened while a plan runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Happened {
    /// The journal is asked for. Nothing is written yet.
    Claiming,
    /// The journal is written; the first step follows.
    Begun,
    /// A step was sent or has ended.
    Step {
        /// Its number.
        id: u32,
        /// Its result so far.
        result: StepResult,
    },
    /// All of a tier are sent; this many pods are still to go, or to get ready.
    Waiting {
        /// The tier.
        tier: u32,
        /// Pods left.
        pods: u32,
        /// When kennel gives up waiting.
        until: Option<Time>,
    },
    /// Something to tell, that is no step: `answer did not arrive; checking`.
    Note(Text),
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What it ran on.
    pub environment: EnvironmentId,
    /// ID of the operation.
    pub id: Text,
    /// How it ended.
    pub end: End,
    /// Result of each step, by number.
    pub results: Vec<(u32, StepResult)>,
}

/// The ways an operation can end.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// All is as planned.
    Done,
    /// Undone: everything is as before.
    Undone,
    /// Some objects failed; the rest is done.
    Partly,
    /// Not begun, and why: another holder, read-only, no permission.
    Refused(Text),
    /// Begun, and left before its end, and why: let go of, or taken over by somebody. Its journal holds the rest.
    Left(Text),
    /// Pods did not end or get ready in time; the journal is kept.
    TimedOut(Text),
    /// Failed as a whole.
    Failed(Text),
}

impl End {
    /// The state that the journal gets.
    pub fn state(&self) -> OperationState {
        match self {
            End::Done => OperationState::Done,
            End::Undone => OperationState::Undone,
            End::Partly | End::Failed(_) | End::Refused(_) | End::TimedOut(_) => OperationState::Failed,
            End::Left(_) => OperationState::Interrupted,
        }
    }
}

/// One object that an operation has written to, for the audit log. No values.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Written {
    /// When, by the server's clock.
    pub time: Time,
    /// Who, as the cluster knows him.
    pub who: Text,
    /// Context of the kubeconfig.
    pub context: Text,
    /// `stop`, `undo stop`.
    pub verb: Text,
    /// The object.
    pub object: ObjectId,
    /// Its UID, where it was there.
    pub uid: Option<Text>,
    /// What became of it.
    pub result: StepResult,
}
