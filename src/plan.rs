//! Floor 1: operations as data. What a start or a stop would do, in order, before anything is done.
//!
//! It is not: anything that sends. `cluster::execute` runs a plan; the dialog and `--dry-run` print it.
//!
//! ```text
//! Wish + Environment + Scope ─▶ start | stop | … ─▶ Draft ─▶ order ─▶ Plan ─▶ render (words, kubectl)
//!                                                                      └──▶ action (judge, request) ─▶ cluster::execute
//! ```
//!
//! To add an operation: a [`Wish`], and a file here that makes a [`Plan`] of it and a snapshot's values. To add something that a
//! step can do: a file in [`action`].

mod action;
mod draft;
mod edited;
mod name;
mod numbers;
mod order;
mod outcome;
mod proposal;
mod redeploy;
mod render;
mod rollback;
mod scale;
mod scaler;
mod scope;
mod services;
mod standing;
mod start;
mod stop;
mod subject;
#[cfg(test)]
mod tests;
mod wish;

pub use action::{Act, Direction, Fit, Goal, Request, Weight, Whose, act};
pub use edited::Edited;
pub use name::Name;
pub use numbers::count;
pub use outcome::{End, Happened, Outcome, Permission, Progress, Written};
pub use proposal::{Again, Proposal};
pub use render::{change, command, detail, kubectl};
pub use rollback::back;
pub use scope::{Scope, means, unread};
pub use standing::{done_unnoted, ended};
pub use subject::Subject;
pub use wish::Wish;

use crate::domain::environment::Environment;
use crate::domain::grouping;
use crate::domain::operation::{Action, Verb};
use crate::domain::production::Guard;
use crate::domain::{Api, EnvironmentId, Kind, ObjectId, Text};

/// Whether the environment's name has to be typed before `verb` is done, or taken back, by these actions.
pub fn asks_name<'a>(
    verb: Verb,
    guard: Option<Guard>,
    actions: impl IntoIterator<Item = (&'a ObjectId, &'a Action)>,
    direction: Direction,
) -> bool {
    let ends = |(object, action): (&ObjectId, &Action)| {
        act(action).awaits(direction, object).is_some_and(|(goal, _)| goal == Goal::Gone)
    };
    let verb = verb.turned(direction == Direction::Back);
    verb.asks_name(guard, actions.into_iter().any(ends))
}

/// The warning of a plan that is made before all that it needs is there.
const PROVISIONAL: &str = "Not everything has arrived yet: this plan may lack something.";

/// The ordered steps of an operation on one environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What is done.
    pub operation: Verb,
    /// Where.
    pub environment: EnvironmentRef,
    /// Services it is limited to; empty means the whole environment.
    pub only: Vec<Text>,
    /// Steps, by tier, then in the order they are sent.
    pub steps: Vec<Step>,
    /// What is not touched, and why.
    pub left_alone: Vec<LeftAlone>,
    /// What could surprise: one sentence each.
    pub warnings: Vec<Text>,
    /// It was made before all that it needs had arrived: something may be missing.
    pub provisional: bool,
    /// Why it can't be done (at all): one sentence each. A plan with one of these is never run.
    pub refused: Vec<Text>,
}

/// The environment a plan is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentRef {
    /// Which.
    pub id: EnvironmentId,
    /// Project.
    pub project: Text,
    /// Its name.
    pub name: Text,
    /// Why it is handled with care, where it is: stopping it asks for its name.
    pub guard: Option<Guard>,
}

/// One step: one action on one object, which may be absent.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Number, from 1.
    pub id: u32,
    /// All steps of a lower tier are done (pods gone, or ready) before those of a higher one are sent.
    pub tier: u32,
    /// The object.
    pub object: ObjectId,
    /// Its UID; an object of another UID is another object. `None` where it is not there.
    pub uid: Option<Text>,
    /// Its version: the precondition of what is sent.
    pub resource_version: Option<Text>,
    /// What is done to it.
    pub action: Action,
    /// Pods that it has now.
    pub pods: u32,
    /// Longest time in seconds that its pods have to end.
    pub grace: u32,
    /// It keeps data.
    pub datasource: bool,
    /// What is special about it: `fires at once on start (no deadline)`.
    pub note: Option<Text>,
}

/// An object that the operation does not touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftAlone {
    /// The object.
    pub object: ObjectId,
    /// Why: `is stopped already`.
    pub why: Text,
}

impl From<&Environment> for EnvironmentRef {
    fn from(e: &Environment) -> Self {
        Self { id: e.id.clone(), project: e.project.clone(), name: e.name.clone(), guard: e.guard() }
    }
}

impl EnvironmentRef {
    /// What it is called by: `PROJECT/ENVIRONMENT`.
    pub fn path(&self) -> String {
        grouping::path(&self.project, &self.name)
    }
}

impl Step {
    /// A step that does `action` to `object`; the rest is empty.
    fn of(object: &ObjectId, action: Action) -> Self {
        Self {
            id: 0,
            tier: 0,
            object: object.clone(),
            uid: None,
            resource_version: None,
            action,
            pods: 0,
            grace: 0,
            datasource: false,
            note: None,
        }
    }
}

impl Plan {
    /// `Stop shop/staging`, `Redeploy web of shop/staging`.
    pub fn title(&self) -> String {
        let (word, path) = (self.operation.info().title, self.environment.path());
        match self.only.as_slice() {
            [] => format!("{word} {path}"),
            [one] => format!("{word} {one} of {path}"),
            several => format!("{word} {} of {path}", count(several.len(), "service")),
        }
    }

    /// Whether the environment's name has to be typed before.
    pub fn asks_name(&self) -> bool {
        asks_name(
            self.operation,
            self.environment.guard,
            self.steps.iter().map(|s| (&s.object, &s.action)),
            Direction::Forward,
        )
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether it would be run: there is something to do, and nothing in its way.
    pub fn runs(&self) -> bool {
        self.refused.is_empty() && !self.is_empty()
    }

    /// Refuses it for each permission that it needs and that is not there. What another environment lacks is not its
    /// concern: of several plans each stands for itself.
    pub fn deny(&mut self, permissions: &[Permission]) {
        let needs = self.needs();
        let lacks = |p: &&Permission| {
            p.allowed == Some(false)
                && p.environment.namespace == self.environment.id.namespace
                && needs.iter().any(|(verb, api)| p.verb == *verb && p.api == *api)
        };
        let why: Vec<Text> = permissions.iter().filter(lacks).map(Permission::denied).collect();
        self.refused.extend(why);
    }

    /// Verbs and kinds that it needs permission for, each once: what its actions need, and what the journal
    /// needs where there is one.
    pub fn needs(&self) -> Vec<(&'static str, Api)> {
        let mut needs: Vec<(&'static str, Api)> = Vec::new();
        for step in &self.steps {
            for verb in act(&step.action).needs() {
                let need = (*verb, step.object.api.clone());
                if !needs.contains(&need) {
                    needs.push(need);
                }
            }
        }
        if self.needs_journal() {
            needs.extend(["create", "patch"].map(|verb| (verb, Kind::ConfigMap.into())));
        }
        needs
    }

    /// Whether it needs a journal: a plan of one patch does not, the object itself holds the truth.
    pub fn needs_journal(&self) -> bool {
        self.steps.len() > 1
    }
}
