//! Operations that run: they are begun, they go on, they end.

use std::sync::Arc;

use crate::app::operation::Run;
use crate::app::state::State;
use crate::domain::EnvironmentId;
use crate::domain::environment::Environment;
use crate::plan::{End, Happened, Outcome, Plan, Progress};

/// How many ended operations are kept in the list.
const KEPT: usize = 100;

/// Follows a plan from now on.
pub(super) fn begin(state: &mut State, plan: &Plan) {
    state.ran += 1;
    let operation = Run::of(state.ran, plan, state.now);
    add(state, operation);
}

/// Follows the resuming or undoing of an environment's operation from now on.
pub(super) fn begin_again(state: &mut State, environment: &Environment, undo: bool) {
    let Some(journaled) = &environment.operation else { return };
    state.ran += 1;
    let operation = Run::again(state.ran, environment, &journaled.journal, undo, state.now);
    add(state, operation);
}

fn add(state: &mut State, operation: Run) {
    let (words, place) = (operation.words(), operation.place.clone());
    state.operations.push(Arc::new(operation));
    if let Some(oldest) = state.operations.iter().position(|o| !o.runs())
        && state.operations.len() > KEPT
    {
        state.operations.remove(oldest);
    }
    state.notice(format!("{words} of {place} has begun"), false);
}

fn running<'a>(state: &'a mut State, environment: &EnvironmentId, id: &str) -> Option<&'a mut Run> {
    state.ran += 1;
    let mut all = state.operations.iter_mut().rev();
    let found =
        all.find(|o| o.runs() && o.environment == *environment && o.id.as_ref().is_none_or(|known| *known == id))?;
    let operation = Arc::make_mut(found);
    if !id.is_empty() {
        operation.id = Some(id.into());
    }
    Some(operation)
}

/// An operation goes on.
pub(super) fn progress(state: &mut State, progress: Progress) {
    let Some(operation) = running(state, &progress.environment, &progress.id) else { return };
    match progress.happened {
        Happened::Claiming | Happened::Begun => {}
        Happened::Step { id, result } => {
            if let Some(step) = operation.steps.iter_mut().find(|s| s.id == id) {
                step.result = result;
            }
        }
        Happened::Waiting { pods, until, .. } => operation.waiting = Some((pods, until)),
        Happened::Note(text) => operation.note = Some(text),
    }
}

/// An operation has ended; how, is told.
pub(super) fn finished(state: &mut State, outcome: Outcome) {
    let now = state.now;
    let Some(operation) = running(state, &outcome.environment, &outcome.id) else { return };
    for (id, result) in &outcome.results {
        if let Some(step) = operation.steps.iter_mut().find(|s| s.id == *id) {
            step.result = result.clone();
        }
    }
    operation.waiting = None;
    operation.ended = Some(now);
    let what = format!("{} of {}", operation.words(), operation.place);
    let (_, all) = operation.progress();
    let first = operation.failed().next().map(|(s, why)| format!("{}: {why}", s.what));
    let failed = operation.failed().count();
    let (text, bad) = match &outcome.end {
        End::Done | End::Undone => (format!("{what} is done"), false),
        End::Partly => {
            let first = first.unwrap_or_default();
            (format!("{what}: {failed} of {all} failed; :ops offers to retry only those ({first})"), true)
        }
        End::Refused(why) => (format!("{what} was not done: {why}"), true),
        End::Left(why) => (format!("{what} goes on without this kennel: {why}"), true),
        End::TimedOut(why) => (format!("{what} took too long: {why}; :ops offers to go on"), true),
        End::Failed(why) => (format!("{what} failed: {why}"), true),
    };
    operation.outcome = Some(outcome);
    state.notice(text, bad);
}
