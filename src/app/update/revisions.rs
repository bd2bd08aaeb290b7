//! Revisions of the service that is looked at: read when one opens it, and again when its template may have changed.

use crate::app::message::Effect;
use crate::app::question::Question;
use crate::app::revisions::{Line, Revisions};
use crate::app::state::State;
use crate::domain::Text;
use crate::domain::revision::{Revision, changes};

/// Asks for the revisions of the service on screen, where they have not been asked for yet.
pub(super) fn look(state: &mut State, effects: &mut Vec<Effect>) {
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
pub(super) fn found(state: &mut State, question: u64, found: Result<Vec<Revision>, Text>) {
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
