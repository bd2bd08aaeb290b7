//! Why a command can't be done now: it is greyed with this reason, never hidden.

use super::Id;
use crate::app::pane::{Pane, Screen};
use crate::app::row::Row;
use crate::app::state::State;
use crate::app::subject::{services, subject};
use crate::domain::environment::Environment;
use crate::domain::operation::OperationState;
use crate::domain::phase::Phase;
use crate::domain::snapshot::{Access, Connection};
use crate::domain::{EnvironmentId, Text};
use crate::plan::Subject;

/// Why a command can't be done in this state; `None` when it can.
pub fn why_not(id: Id, state: &State) -> Option<Text> {
    let nothing = || state.selected().is_none().then(|| Text::from("nothing is selected"));
    match id {
        Id::StartStop => locked(state).or_else(|| takes(state, subject(state))),
        Id::Redeploy | Id::Scale | Id::Rollback => locked(state).or_else(|| takes(state, services(state))),
        Id::Focus(pane) => no_pane(state, pane),
        Id::Reconnect if state.snapshot.cluster.dump => Some("a dump stays as it is: there is nobody to ask".into()),
        Id::Cards if !state.screen().has(Pane::Services) && state.focus() != Pane::Health => {
            Some("there are no services here".into())
        }
        Id::Mark | Id::MarkRange if !state.focus().info().marks || matches!(state.selected(), Some(Row::Fold(_))) => {
            Some("only services and environments can be marked".into())
        }
        Id::Cause if state.environment().is_none() => Some("choose an environment first".into()),
        Id::Enter | Id::Copy | Id::Mark | Id::MarkRange => nothing(),
        Id::HistoryBack | Id::LastPlace if state.history.back.is_empty() => Some("there is no place before".into()),
        Id::HistoryForward if state.history.forward.is_empty() => Some("there is no place to go forward to".into()),
        Id::ClearMarks if state.list(state.focus()).marks().0 == 0 => Some("nothing is marked here".into()),
        Id::NextMatch | Id::PreviousMatch if state.overlay.is_none() && state.list(state.focus()).filter.is_none() => {
            Some("nothing is searched for: / filters".into())
        }
        _ => None,
    }
}

/// Why there is no such pane here: neither this screen has it nor one below.
fn no_pane(state: &State, pane: Pane) -> Option<Text> {
    let panes = pane.info().title.to_lowercase();
    match state.stack.has(pane) {
        true => None,
        false if Screen::Environment(EnvironmentId::default()).has(pane) => {
            Some(format!("{panes} are seen in an environment: open one").into())
        }
        false => Some(format!("{panes} are seen in a service: open one").into()),
    }
}

/// Why nothing can be changed at all.
pub(crate) fn locked(state: &State) -> Option<Text> {
    match &state.snapshot.connection {
        Connection::Starting => return Some("not connected yet".into()),
        Connection::Lost { .. } => return Some("the cluster does not answer: what is shown may be out of date".into()),
        Connection::Refused(why) => return Some(why.clone()),
        Connection::Live => {}
    }
    match &state.snapshot.cluster.access {
        Access::ReadOnly(why) => Some(format!("read-only: {why}").into()),
        // What is needed differs by plan, and is asked with it.
        Access::Unknown | Access::MayChange | Access::MayNot(_) => None,
    }
}

/// Why what is selected takes no change.
fn takes(state: &State, subject: Result<Vec<Subject>, Text>) -> Option<Text> {
    match subject {
        Err(why) => Some(why),
        // Of a project those environments that can be are started or stopped; the dialog names the others.
        Ok(subjects) if subjects.len() > 1 => None,
        Ok(subjects) => subjects.iter().filter_map(|s| s.environment(&state.snapshot)).find_map(|e| busy(state, e)),
    }
}

/// Why an environment takes no operation now.
pub(crate) fn busy(state: &State, e: &Environment) -> Option<Text> {
    if let Some(o) = state.running(&e.id) {
        return Some(format!("{} of {} runs already", o.verb.word(), o.place).into());
    }
    match &e.operation {
        Some(o) if o.state == OperationState::Running => {
            let (holder, one) = (&o.journal.holder, o.journal.verb.one());
            return Some(format!("{holder} runs {one} of {}: Enter on it in :ops can take it over", e.path()).into());
        }
        Some(o) if o.state == OperationState::Interrupted => {
            let one = o.journal.verb.one();
            return Some(format!("{one} of {} was interrupted: Enter on it offers resume and undo", e.path()).into());
        }
        _ => {}
    }
    match e.phase {
        Phase::Destroying | Phase::Destroyed | Phase::DestroyFailed => {
            Some(format!("{} is being destroyed", e.path()).into())
        }
        _ => None,
    }
}
