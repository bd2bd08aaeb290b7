//! Revisions of the service that is looked at: read when one opens it, and again when it has changed.

use std::sync::Arc;

use super::message::Effect;
use super::pane::Screen;
use super::state::State;
use crate::domain::Text;
use crate::domain::revision::{Revision, changes};
use crate::domain::row::{Counts, WorkloadRow};

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
    /// What they were asked for: another state of the workload is another question.
    asked: Option<Asked>,
    /// The answer, newest first; `None` while it is awaited.
    pub found: Option<Result<Arc<[Line]>, Text>>,
    /// Counts answers: a list of them is remade when it has changed.
    pub(crate) answers: u64,
}

#[derive(Clone, Debug, PartialEq)]
struct Asked {
    uid: Text,
    generation: i64,
    counts: Counts,
}

impl Asked {
    fn of(w: &WorkloadRow) -> Self {
        Self { uid: w.meta.uid.clone(), generation: w.meta.generation, counts: w.counts }
    }
}

impl Revisions {
    /// Those of the workload of this UID.
    pub fn of(&self, uid: &str) -> Option<&Result<Arc<[Line]>, Text>> {
        self.found.as_ref().filter(|_| self.asked.as_ref().is_some_and(|a| a.uid == uid))
    }
}

/// Asks for the revisions of the service on screen, where they have not been asked for yet.
pub(crate) fn look(state: &mut State, effects: &mut Vec<Effect>) {
    let Screen::Service { object, .. } = state.screen() else { return };
    let Some(workload) = state.service().and_then(|s| s.workload.clone()) else { return };
    let now = Asked::of(&workload);
    if state.revisions.asked.as_ref() == Some(&now) {
        return;
    }
    let object = object.clone();
    if state.revisions.asked.as_ref().is_none_or(|a| a.uid != now.uid) {
        // Another service: what is known is about the one before.
        state.revisions.found = None;
    }
    effects.push(Effect::Revisions { object, uid: now.uid.clone() });
    state.revisions.asked = Some(now);
}

/// An answer, if it is about what is looked at.
pub(crate) fn found(state: &mut State, uid: &Text, found: Result<Vec<Revision>, Text>) {
    if state.revisions.asked.as_ref().is_none_or(|a| a.uid != *uid) {
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
