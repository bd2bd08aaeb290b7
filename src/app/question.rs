//! Questions that only a cluster answers. Who asks holds a [`Ticket`]; as long as he does, somebody listens.
//!
//! A question may have many answers, one after the other. It ends with its last one, or as soon as nobody listens: the
//! dialog is closed, the screen is left, another question stands in its place. Nobody has to say so.
//!
//! To add one: a variant of [`Question`] and of [`Answer`], an arm in `runtime::questions`, and who holds the ticket.

use std::sync::{Arc, Weak};

use crate::domain::existence::Existence;
use crate::domain::revision::Revision;
use crate::domain::row::{ConfigRef, WorkloadRow};
use crate::domain::{EnvironmentId, Text};
use crate::health::cause::Diagnosis;
use crate::plan::{Edited, Permission, Plan};

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// What these plans need, and whether that is allowed.
    Review(Vec<Plan>),
    /// The revisions of a workload.
    Revisions(Arc<WorkloadRow>),
    /// What takes a workload back to this revision, or to the one before the newest.
    Back(Arc<WorkloadRow>, Option<u32>),
    /// Whether what a workload's pods take is there.
    Taken(Arc<WorkloadRow>),
    /// What is wrong in an environment, and why.
    Cause(EnvironmentId),
}

/// What is answered to the [`Question`] of the same name.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The permissions that the plans need.
    Review(Vec<Permission>),
    /// Newest first, or why there are none.
    Revisions(Result<Vec<Revision>, Text>),
    /// The change, or why there is none.
    Back(Result<Edited, Text>),
    /// Each, and whether it is there.
    Taken(Vec<(ConfigRef, Existence)>),
    /// The worst first, and what could not be read.
    Cause(Vec<Diagnosis>, Vec<Text>),
}

/// Kept where an answer is awaited.
#[derive(Clone, Debug)]
pub struct Ticket(Arc<u64>);

/// Who has asked, as whoever answers sees him.
#[derive(Clone, Debug)]
pub struct Asker {
    number: u64,
    ticket: Weak<u64>,
}

impl Ticket {
    /// The ticket of this number; each question has its own.
    pub(crate) fn new(number: u64) -> Self {
        Self(Arc::new(number))
    }

    /// Whether an answer of that number is to this question.
    pub(crate) fn is(&self, number: u64) -> bool {
        *self.0 == number
    }

    pub(crate) fn asker(&self) -> Asker {
        Asker { number: *self.0, ticket: Arc::downgrade(&self.0) }
    }
}

impl Asker {
    /// The number of his question: his answers carry it.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Whether he still listens.
    pub fn listens(&self) -> bool {
        self.ticket.strong_count() > 0
    }
}

impl PartialEq for Asker {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}
