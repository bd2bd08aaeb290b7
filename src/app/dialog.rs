//! The question before a change: what would happen, in order, in numbers; and what is not allowed.
//!
//! Cancel has the focus. Tab and the arrows move it, Enter presses; no letter acts, but `c` copies.

use super::input::Input;
use super::row::RowKey;
use crate::domain::operation::Verb;
use crate::domain::{Text, Time};
use crate::plan::{Permission, Plan};

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
    pub scroll: u16,
    /// What to tell: `The cluster has changed since: this is the plan as of now.`
    pub notice: Option<Text>,
    /// What it is about, to make the plans anew.
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
    /// The word: the environment's name (the project's, where several environments are production).
    pub wanted: Text,
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
    /// Its plans, one per environment; empty for the choices about an operation.
    pub plans: Vec<Plan>,
    /// What it needs, and whether that is allowed; `None` while the cluster is asked.
    pub permissions: Option<Vec<Permission>>,
    /// Number of the review that was asked for, to know its answer.
    pub(crate) review: u64,
    /// Whether the typed name is needed.
    pub needs_name: bool,
    /// Why it can't be pressed, all but the missing name and the pending permission.
    pub greyed: Option<Text>,
}

/// What pressing a button does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Runs the plans.
    Run(Verb),
    /// Goes on with an operation.
    Resume {
        /// Its namespace.
        namespace: Text,
        /// Its ID.
        id: Text,
    },
    /// Undoes an operation.
    Undo {
        /// Its namespace.
        namespace: Text,
        /// Its ID.
        id: Text,
    },
    /// Opens the environment of this namespace.
    Open(Text),
}

/// Part of what a dialog is about: an environment with UID, and services of it with theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    /// Namespace.
    pub(crate) namespace: Text,
    /// UID of the namespace.
    pub(crate) uid: Text,
    /// Services; empty means all.
    pub(crate) services: Vec<RowKey>,
}

/// Age of a heartbeat in words, for dialogs about operations of others.
pub(crate) fn heartbeat(at: Time, now: Time) -> String {
    format!("last sign of life {} ago", crate::domain::age::age(at, now))
}
