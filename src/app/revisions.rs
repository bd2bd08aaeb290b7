//! Revisions of the service that is looked at: read when one opens it, and again when its template may have changed.

use std::sync::Arc;

use super::message::Effect;
use super::question::{Question, Ticket};
use super::state::State;
use crate::domain::Text;
use crate::domain::revision::{Revision, changes};

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
    uid: Text,
    /// The generation of it that they were asked for last: another one is another question. (What the controller has
    /// seen of it, that is: before, it has made no revision. What else changes of a status changes none.)
    asked: Option<i64>,
    /// Of the question whose answer is under way: one at a time.
    awaited: Option<Ticket>,
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

/// Asks for the revisions of the service on screen, where they have not been asked for yet.
pub(crate) fn look(state: &mut State, effects: &mut Vec<Effect>) {
    let workload = state.service().and_then(|s| s.workload.clone());
    let known = &mut state.revisions;
    let Some(workload) = workload else {
        // Nobody looks any more: what was asked for is asked again when somebody does.
        if known.awaited.take().is_some() {
            known.doubt();
        }
        return;
    };
    if known.uid != workload.meta.uid {
        // What is known is about another one.
        *known = Revisions { uid: workload.meta.uid.clone(), answers: known.answers, ..Revisions::default() };
    }
    let now = Some(workload.observed_generation);
    if known.awaited.is_none() && known.asked != now {
        let ticket = state.ask(Question::Revisions(workload), effects);
        let known = &mut state.revisions;
        (known.awaited, known.asked) = (Some(ticket), now);
    }
}

/// An answer, if it is the one that is awaited.
pub(crate) fn found(state: &mut State, question: u64, found: Result<Vec<Revision>, Text>) {
    if state.revisions.awaited.take_if(|t| t.is(question)).is_none() {
        return;
    }
    state.revisions.answers += 1;
    state.revisions.found = Some(found.map(|all| {
        let words = |at: usize| {
            let (after, before) = (all.get(at)?, all.get(at + 1)?);
            let changes = changes(before, after);
            let words: Vec<&str> = changes.iter().map(Text::as_str).collect();
            Some(Text::from(if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }))
        };
        all.iter().enumerate().map(|(at, r)| Line { revision: r.clone(), changes: words(at) }).collect()
    }));
}
