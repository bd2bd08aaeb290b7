//! Whether what the service takes that is looked at is there: asked when one opens it, and again when it may be.

use crate::app::message::Effect;
use crate::app::question::Question;
use crate::app::state::State;

/// Asks, where that has not been asked yet.
pub(super) fn look(state: &mut State, effects: &mut Vec<Effect>) {
    let service = state.service().map(|s| (s.workload.clone(), s.reason.clone()));
    let Some((Some(workload), reason)) = service else { return state.taken.leave() };
    let takes = !workload.template.config.is_empty();
    if takes && state.taken.due(&workload.meta.uid, (workload.meta.generation, reason)) {
        state.taken.awaited = Some(state.ask(Question::Taken(workload), effects));
    }
}
