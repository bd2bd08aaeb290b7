//! Revisions of the service that is looked at.

use std::sync::Arc;

use super::question::Ticket;
use crate::domain::Text;
use crate::domain::revision::Revision;

/// A revision with what it changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The revision.
    pub revision: Revision,
    /// What changed from the one before, in words; `None` of the oldest that is known.
    pub changes: Option<Text>,
}

/// What is known of the revisions of one workload.
#[derive(Clone, Debug, Default)]
pub struct Revisions {
    /// UID of the workload.
    pub(crate) uid: Text,
    /// The generation of it that they were asked for last: another one is another question. (What the controller has
    /// seen of it, that is: before, it has made no revision. What else changes of a status changes none.)
    pub(crate) asked: Option<i64>,
    /// Of the question whose answer is under way: one at a time.
    pub(crate) awaited: Option<Ticket>,
    /// The answer, newest first; `None` while the first one is awaited.
    pub found: Option<Result<Arc<[Line]>, Text>>,
    /// Counts answers: a list of them is remade when it has changed.
    pub(crate) answers: u64,
}

impl Revisions {
    /// Those of the workload of this UID.
    pub fn of(&self, uid: &str) -> Option<&Result<Arc<[Line]>, Text>> {
        self.found.as_ref().filter(|_| self.uid == uid)
    }

    /// What is known stays until there is another answer; that is asked for again.
    pub(crate) fn doubt(&mut self) {
        self.asked = None;
    }
}
