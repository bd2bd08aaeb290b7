//! Revisions of the service that is looked at: read when one opens it, and again when its template may have changed.

use crate::app::message::Effect;
use crate::app::question::Question;
use crate::app::revisions::Line;
use crate::app::state::State;
use crate::domain::Text;
use crate::domain::revision::{Revision, changes};

/// Asks for the revisions of the service on screen, where they have not been asked for yet.
pub(super) fn look(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(workload) = state.service().and_then(|s| s.workload.clone()) else { return state.revisions.leave() };
    if state.revisions.due(&workload.meta.uid, workload.observed_generation) {
        state.revisions.awaited = Some(state.ask(Question::Revisions(workload), effects));
    }
}

/// An answer.
pub(super) fn found(state: &mut State, question: u64, found: Result<Vec<Revision>, Text>) {
    let lines = |all: Vec<Revision>| {
        let words = |at: usize| {
            let (after, before) = (all.get(at)?, all.get(at + 1)?);
            let changes = changes(before, after);
            let words: Vec<&str> = changes.iter().map(Text::as_str).collect();
            Some(Text::from(if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }))
        };
        all.iter().enumerate().map(|(at, r)| Line { revision: r.clone(), changes: words(at) }).collect()
    };
    state.revisions.take(question, || found.map(lines));
}
