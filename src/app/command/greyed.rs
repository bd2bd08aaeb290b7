//! Why a command can't be done now: it is greyed with this reason, never hidden.

use super::Id;
use crate::app::pane::Pane;
use crate::app::row::Row;
use crate::app::state::State;
use crate::domain::Text;
use crate::domain::operation::State as Stands;
use crate::domain::phase::Phase;
use crate::domain::snapshot::{Access, Connection};

/// Why a command can't be done in this state; `None` when it can.
pub fn why_not(id: Id, state: &State) -> Option<Text> {
    match id {
        Id::StartStop => changes(state).or_else(|| start_stop(state)),
        Id::Cards if !state.screen().panes().contains(&Pane::Services) => Some("there are no services here".into()),
        Id::Mark | Id::MarkRange if !markable(state.focus()) => {
            Some("only services, environments and projects can be marked".into())
        }
        Id::Enter | Id::Copy | Id::Mark | Id::MarkRange if state.selected().is_none() => {
            Some("nothing is selected".into())
        }
        Id::HistoryBack | Id::LastPlace if state.history.back.is_empty() => Some("there is no place before".into()),
        Id::HistoryForward if state.history.forward.is_empty() => Some("there is no place to go forward to".into()),
        Id::ClearMarks if state.list(state.focus()).marks().0 == 0 => Some("nothing is marked here".into()),
        _ => None,
    }
}

/// Whether rows of a pane can be marked: those that `S` can act on.
pub(crate) fn markable(pane: Pane) -> bool {
    matches!(pane, Pane::Services | Pane::Environments)
}

/// Why nothing can be changed at all.
pub(crate) fn changes(state: &State) -> Option<Text> {
    match &state.snapshot.connection {
        Connection::Starting => return Some("not connected yet".into()),
        Connection::Lost { .. } => return Some("the cluster does not answer: what is shown may be out of date".into()),
        Connection::Refused(why) => return Some(why.clone()),
        Connection::Live => {}
    }
    match &state.snapshot.cluster.access {
        Access::ReadOnly(why) => Some(format!("read-only: {why}").into()),
        Access::Unknown => Some("not known yet what you may do here".into()),
        Access::MayChange => None,
    }
}

/// Why what is selected can't be started or stopped.
fn start_stop(state: &State) -> Option<Text> {
    let rows = state.acting(state.focus());
    let Some(first) = rows.first() else {
        return Some("nothing is selected".into());
    };
    match first {
        Row::Project(_) | Row::Environment(_) | Row::Service(..) | Row::All | Row::Operation(_) => {}
        Row::Pod(..) | Row::Condition(..) if state.service().is_some() => {}
        Row::Event(..) | Row::Issue(..) if state.service().is_some() => {}
        Row::Task(..) => return Some("tasks can't be started or stopped by themselves: choose the environment".into()),
        _ => return Some("choose a service, an environment or a project".into()),
    }
    if matches!(first, Row::All) {
        return Some("choose one project: all of them at once is too much".into());
    }
    let busy = |e: &crate::domain::environment::Environment| -> Option<Text> {
        if let Some(o) = state.running(&e.namespace) {
            return Some(format!("{} of {} runs already", o.verb.word(), o.place).into());
        }
        match &e.operation {
            Some(o) if o.state == Stands::Running => {
                return Some(format!("{} runs a {} of {}", o.journal.holder, o.journal.verb.word(), e.path()).into());
            }
            _ => {}
        }
        match e.phase {
            Phase::Destroying | Phase::Destroyed | Phase::DestroyFailed => {
                Some(format!("{} is being destroyed", e.path()).into())
            }
            _ => None,
        }
    };
    if let (Row::Project(_), _) = (first, ()) {
        return None;
    }
    let environments = rows.iter().filter_map(|r| r.environment());
    let environment = if first.environment().is_none() { state.environment() } else { None };
    environments.chain(environment).find_map(|e| busy(e))
}
