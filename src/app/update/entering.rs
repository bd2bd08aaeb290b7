//! Into what is selected; what is folded opens.

use super::{asking, moves, navigate, reading};
use crate::app::pane::{Pane, Screen};
use crate::app::row::{Row, RowKey};
use crate::app::state::State;
use crate::app::view;
use crate::domain::operation::OperationState;

/// Into what is selected.
pub(super) fn enter(state: &mut State) {
    let Some(row) = state.selected().cloned() else { return };
    match row {
        Row::All => moves::focus(state, Pane::Environments),
        Row::Project(p) => {
            let first = p.environments.first().and_then(|n| state.snapshot.environment(n)).cloned();
            moves::focus(state, Pane::Environments);
            // The default environment is opened first.
            if let Some(e) = first.filter(|e| e.default) {
                state.point(Pane::Environments, RowKey::Environment { id: e.id.clone(), uid: e.uid.clone() });
            }
        }
        Row::Environment(e) => match &e.operation {
            Some(o) if o.state == OperationState::Interrupted => asking::again(state, &e),
            _ => navigate::open(state, Screen::Environment(e.id.clone())),
        },
        Row::Operation(e) => match &e.operation {
            Some(o) if matches!(o.state, OperationState::Interrupted | OperationState::Failed) => {
                asking::again(state, &e)
            }
            // Somebody else's: it can be taken over.
            Some(o) if o.state == OperationState::Running && state.running(&e.id).is_none() => asking::again(state, &e),
            _ => navigate::open(state, Screen::Environment(e.id.clone())),
        },
        Row::Fold(_) => {
            let pane = state.focus();
            let hidden = |state: &State| state.list(pane).marks().1;
            let before = hidden(state);
            state.list_mut(pane).toggle(row.key());
            view::refresh(state);
            // Marks that one does not see any more do nothing any more.
            if let n @ 1.. = hidden(state).saturating_sub(before) {
                let marks = if n == 1 {
                    "1 mark is hidden in it and does".to_owned()
                } else {
                    format!("{n} marks are hidden in it and do")
                };
                state.answer(format!("{marks} not act until it is open again"), false);
            }
        }
        Row::Ended(..) => {
            let list = state.list_mut(Pane::Pods);
            list.toggle(row.key());
            // What it holds stands behind it, however the order was held before.
            view::release(list);
        }
        Row::Ran(o) => navigate::open(state, Screen::Environment(o.environment.clone())),
        Row::Service(e, s) => navigate::open_service(state, &e.id, &s),
        row => {
            let here = state.screen().clone();
            lead(state, &row);
            if *state.screen() == here {
                reading::open(state);
            }
        }
    }
}

/// To the service that a row is about, else to its environment; nowhere, where one is there or the row is of neither.
fn lead(state: &mut State, row: &Row) {
    let Some(e) = row.environment() else { return };
    let service = match row {
        Row::Pod(_, s, _) => Some(s),
        Row::Event(_, event) => e
            .service(&event.object)
            .or_else(|| e.services.iter().find(|s| event.service.as_ref().is_some_and(|name| *name == s.object.name))),
        Row::Issue(..) => row.issue().and_then(|issue| e.service(&issue.id.object)),
        _ => return,
    };
    match service {
        Some(s) => navigate::open_service(state, &e.id, s),
        // A service lies above its environment: what is of no service is read there.
        None if matches!(state.screen(), Screen::Service { .. }) => {}
        None => navigate::open(state, Screen::Environment(e.id.clone())),
    }
}
