//! Into what is selected.

use super::{asking, moves, navigate};
use crate::app::pane::{Pane, Screen};
use crate::app::row::{Row, RowKey};
use crate::app::state::State;
use crate::domain::EnvironmentId;
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
        Row::Ran(o) => navigate::open(state, Screen::Environment(o.environment.clone())),
        Row::Service(e, s) | Row::Pod(e, s, _) | Row::Ended(e, s, ..) => navigate::open_service(state, &e.id, &s),
        Row::Event(e, event) => {
            let service = e.service(&event.object).or_else(|| {
                e.services.iter().find(|s| event.service.as_ref().is_some_and(|name| *name == s.object.name))
            });
            match service {
                Some(s) => navigate::open_service(state, &e.id, &s.clone()),
                None => open_unless_there(state, &e.id),
            }
        }
        Row::Issue(e, at) => {
            let object = e.issues.get(at).map(|i| &i.id.object);
            match object.and_then(|object| e.service(object)) {
                Some(s) => navigate::open_service(state, &e.id, &s.clone()),
                None => open_unless_there(state, &e.id),
            }
        }
        Row::ClusterIssue(_)
        | Row::Task(..)
        | Row::Container(..)
        | Row::Config(..)
        | Row::Revision(..)
        | Row::Condition(..) => {}
    }
}

fn open_unless_there(state: &mut State, environment: &EnvironmentId) {
    if *state.screen() != Screen::Environment(environment.clone()) {
        navigate::open(state, Screen::Environment(environment.clone()));
    }
}
