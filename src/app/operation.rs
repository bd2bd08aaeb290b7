//! Operations that this kennel runs: how far they are, how they ended.

use crate::domain::environment::Environment;
use crate::domain::operation::{Journal, OperationState, StepResult, Verb};
use crate::domain::{EnvironmentId, Text, Time};
use crate::plan::{Direction, Outcome, Plan};

/// An operation that this kennel runs, or has run since it was started.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Number among those of this kennel, from 1.
    pub number: u64,
    /// Its environment.
    pub environment: EnvironmentId,
    /// `PROJECT/ENVIRONMENT`, for titles.
    pub place: Text,
    /// What it does.
    pub verb: Verb,
    /// Its ID, known from the first progress on.
    pub id: Option<Text>,
    /// It takes an operation back.
    pub undo: bool,
    /// Its journal lies in the cluster: somebody else can go on with it. Else it is one change of one object.
    pub journaled: bool,
    /// When it was started here.
    pub started: Time,
    /// One line per object.
    pub steps: Vec<StepLine>,
    /// Pods that the current tier still waits for, and when kennel gives up on it.
    pub waiting: Option<(u32, Option<Time>)>,
    /// The latest remark: `answer did not arrive; checking`.
    pub note: Option<Text>,
    /// How it ended; `None` while it runs.
    pub outcome: Option<Outcome>,
    /// When it ended.
    pub ended: Option<Time>,
}

/// One object of an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct StepLine {
    /// Number of the step.
    pub id: u32,
    /// `Deployment web`.
    pub what: Text,
    /// `4 → 0`.
    pub change: Text,
    /// How it stands.
    pub result: StepResult,
}

impl Run {
    /// Begins to follow a plan.
    pub(crate) fn of(number: u64, plan: &Plan, now: Time) -> Self {
        let steps = plan.steps.iter().map(|s| StepLine {
            id: s.id,
            what: s.object.to_string().into(),
            change: crate::plan::detail(s).into(),
            result: StepResult::Pending,
        });
        Self {
            number,
            environment: plan.environment.id.clone(),
            place: plan.environment.path().into(),
            verb: plan.operation,
            id: None,
            undo: false,
            journaled: plan.needs_journal(),
            started: now,
            steps: steps.collect(),
            waiting: None,
            note: None,
            outcome: None,
            ended: None,
        }
    }

    /// Begins to follow the resuming or the undoing of an operation by its journal.
    pub(crate) fn again(number: u64, environment: &Environment, journal: &Journal, undo: bool, now: Time) -> Self {
        let direction = if undo { Direction::Back } else { Direction::of(journal) };
        let steps = journal.steps.iter().map(|s| StepLine {
            id: s.id,
            what: s.object.to_string().into(),
            change: crate::plan::change(&s.action, direction).into(),
            result: if undo { StepResult::Pending } else { s.result.clone() },
        });
        Self {
            number,
            environment: environment.id.clone(),
            place: environment.path().into(),
            verb: journal.verb,
            id: Some(journal.id.clone()),
            undo,
            journaled: true,
            started: now,
            steps: steps.collect(),
            waiting: None,
            note: None,
            outcome: None,
            ended: None,
        }
    }

    /// How it stands, in the five words of the contract.
    pub fn state(&self) -> OperationState {
        self.outcome.as_ref().map_or(OperationState::Running, |o| o.end.state())
    }

    /// What it does, in a word: `stop`, `undo of stop`.
    pub fn words(&self) -> String {
        if self.undo { format!("undo of {}", self.verb.word()) } else { self.verb.word().to_owned() }
    }

    /// Whether it still runs.
    pub fn runs(&self) -> bool {
        self.outcome.is_none()
    }

    /// Whether something of it is still to be done: of one change that was sent only the pods are waited for.
    pub fn holds(&self) -> bool {
        self.runs() && (self.journaled || self.steps.iter().any(|s| s.result == StepResult::Pending))
    }

    /// Steps that have ended, and all: the bar.
    pub fn progress(&self) -> (usize, usize) {
        let open = |s: &&StepLine| matches!(s.result, StepResult::Pending | StepResult::Sent);
        (self.steps.len() - self.steps.iter().filter(open).count(), self.steps.len())
    }

    /// Objects that failed, with the server's words.
    pub fn failed(&self) -> impl Iterator<Item = (&StepLine, &Text)> {
        self.steps.iter().filter_map(|s| match &s.result {
            StepResult::Failed(why) => Some((s, why)),
            _ => None,
        })
    }
}
