//! The question before a change: what would happen, in order, in numbers; and what is not allowed.
//!
//! Cancel has the focus. Tab and the arrows move it, Enter presses; no letter acts, but `c` copies.

use super::input::Input;
use super::question::Ticket;
use crate::domain::environment::Operation;
use crate::domain::operation::Verb;
use crate::domain::{EnvironmentId, Text};
use crate::plan::{Permission, Plan, Proposal, Subject, Wish};

/// A dialog.
#[derive(Clone, Debug)]
pub struct Dialog {
    /// `Stop shop/staging`, `Start or stop 3 services of shop/staging`.
    pub title: String,
    /// Context and environment, at the right of the title: `eu-1 · staging`.
    pub place: String,
    /// Some of it is production: the dialog has another colour.
    pub production: bool,
    /// What can be done, each with a button. Never empty.
    pub choices: Vec<Choice>,
    /// The choice whose plan is shown: the focused one, or the one focused last.
    pub shown: usize,
    /// What has the focus.
    pub focus: Focus,
    /// What has to be typed first for choices that ask for it.
    pub typed: Option<Typed>,
    /// Rows scrolled down.
    pub scroll: u32,
    /// What to tell: `The cluster has changed since: this is the plan as of now.`
    pub notice: Option<Text>,
    /// The operation that it is about (resume, undo), with the result of each of its steps.
    pub operation: Option<Operation>,
    /// What is wanted, to make the plans anew.
    pub(crate) wishes: Vec<Wish>,
    /// What it is about, for the same.
    pub(crate) subject: Vec<Subject>,
}

/// What has the focus of a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// The button that changes nothing.
    Cancel,
    /// The input for the environment's name.
    Name,
    /// The button of a choice, by its index.
    Choice(usize),
}

/// What has to be typed before a choice can be pressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// The word: the environment's name (the project's, where several environments are production), or what takes
    /// an operation over from somebody who is at work on it.
    pub wanted: Text,
    /// Why it is asked for: `production`, `jonas is at work on it`.
    pub why: Text,
    /// What is typed so far.
    pub input: Input,
}

/// One thing that can be done.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What pressing it does.
    pub act: Act,
    /// On its button: `Stop 8 services`.
    pub label: String,
    /// First line of its text: `8 services stop, 22 pods end, 2 cron jobs pause. Start brings every count back.`
    pub headline: String,
    /// What it would do; none for the choices about an operation.
    pub proposal: Option<Proposal>,
    /// What it needs, and whether that is allowed; `None` while the cluster is asked.
    pub permissions: Option<Vec<Permission>>,
    /// Of the question for them; `None` where nothing was asked.
    pub(crate) review: Option<Ticket>,
    /// Whether it needs the name, where one has to be typed.
    pub needs_name: bool,
    /// Why it can't be pressed whatever is allowed and typed.
    pub greyed: Option<Text>,
}

impl Choice {
    /// Its plans, one per environment; none for the choices about an operation.
    pub fn plans(&self) -> &[Plan] {
        self.proposal.as_ref().map(|p| p.plans.as_slice()).unwrap_or_default()
    }
}

/// What pressing a button does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Runs the plans.
    Run(Verb),
    /// Goes on with an operation.
    Resume {
        /// Its environment.
        environment: EnvironmentId,
        /// Its ID.
        id: Text,
        /// From a holder who lives.
        take_over: bool,
    },
    /// Undoes an operation.
    Undo {
        /// Its environment.
        environment: EnvironmentId,
        /// Its ID.
        id: Text,
        /// From a holder who lives.
        take_over: bool,
    },
    /// Opens the environment of this namespace.
    Open(EnvironmentId),
}

impl Dialog {
    /// The choice whose plan is shown.
    pub fn choice(&self) -> Option<&Choice> {
        self.choices.get(self.shown)
    }

    /// Why a choice can't be pressed now; `None` when Enter on it acts.
    pub fn blocked(&self, choice: &Choice) -> Option<Text> {
        if let Some(why) = &choice.greyed {
            return Some(why.clone());
        }
        if choice.permissions.is_none() {
            return Some("the cluster is still being asked what is allowed".into());
        }
        self.typed
            .as_ref()
            .filter(|_| self.lacks_name(choice))
            .map(|t| format!("{}: type {} first", t.why, t.wanted).into())
    }

    /// Whether nothing but the typed name is missing to press it.
    pub(crate) fn lacks_name(&self, choice: &Choice) -> bool {
        let open = choice.greyed.is_none() && choice.permissions.is_some() && choice.needs_name;
        self.typed.as_ref().is_some_and(|t| open && t.input.text() != t.wanted.as_str())
    }

    /// The stops of Tab, in order.
    pub(crate) fn stops(&self) -> Vec<Focus> {
        let name = self.typed.as_ref().map(|_| Focus::Name);
        let choices = (0..self.choices.len()).map(Focus::Choice);
        [Focus::Cancel].into_iter().chain(name).chain(choices).collect()
    }

    /// Every kubectl command of the choice that is shown, a line each.
    pub(crate) fn commands(&self) -> String {
        let plans = self.choice().map(Choice::plans).unwrap_or_default();
        plans.iter().flat_map(|p| &p.steps).map(crate::plan::command).collect::<Vec<_>>().join("\n")
    }
}
