//! From screen to screen: to one, back, the history of places, and out.

use super::moves;
use crate::app::message::Effect;
use crate::app::overlay::Overlay;
use crate::app::pane::{Pane, Screen};
use crate::app::row::RowKey;
use crate::app::state::{Stack, State, View};
use crate::app::view;
use crate::domain::EnvironmentId;
use crate::domain::service::Service;

/// How many places are remembered.
const PLACES: usize = 50;

/// Opens a service.
pub(super) fn open_service(state: &mut State, environment: &EnvironmentId, service: &Service) {
    if let (Pane::Services, Some(row)) = (state.focus(), state.selected()) {
        // Coming back, the cursor is where it was.
        let key = row.key();
        state.point(Pane::Services, key);
    }
    open(
        state,
        Screen::Service { environment: environment.clone(), object: service.object.clone(), uid: service.uid.clone() },
    );
}

/// Gives a pane the focus; where it is not on this screen, on the nearest one below that has it.
pub(super) fn show(state: &mut State, pane: Pane) {
    if !state.screen().has(pane) {
        remember(state);
        while !state.screen().has(pane) && state.stack.above.pop().is_some() {}
        view::refresh(state);
    }
    moves::focus(state, pane);
}

/// Opens a screen on top of this one.
pub(super) fn open(state: &mut State, screen: Screen) {
    if *state.screen() == screen {
        return;
    }
    remember(state);
    let rows_only = state.view().rows_only;
    moves::leave(state);
    let mut view = View::new(screen);
    view.rows_only = rows_only;
    state.stack.top_mut().forget_rows();
    state.stack.above.push(view);
    view::refresh(state);
}

/// Remembers this place: what comes next can be undone by `[`.
pub(super) fn remember(state: &mut State) {
    let here = place(&state.stack);
    state.history.back.push(here);
    if state.history.back.len() > PLACES {
        state.history.back.remove(0);
    }
    state.history.forward.clear();
}

/// A place to come back to: its rows are not kept, the order of its lists is not held.
fn place(stack: &Stack) -> Stack {
    let mut place = stack.clone();
    place.above.iter_mut().chain([&mut place.base]).for_each(View::forget_rows);
    place
}

/// One place back.
pub(super) fn history_back(state: &mut State) {
    if let Some(before) = state.history.back.pop() {
        let here = std::mem::replace(&mut state.stack, before);
        state.history.forward.push(place(&here));
    }
}

/// One place forward.
pub(super) fn history_forward(state: &mut State) {
    if let Some(next) = state.history.forward.pop() {
        let here = std::mem::replace(&mut state.stack, next);
        state.history.back.push(place(&here));
    }
}

/// The last place; once more leads back here.
pub(super) fn last_place(state: &mut State) {
    if let Some(before) = state.history.back.pop() {
        let here = std::mem::replace(&mut state.stack, before);
        state.history.back.push(place(&here));
    }
}

/// One layer less: filter, marks, zoom, screen, what a command widened, a chosen service.
pub(super) fn back(state: &mut State) {
    let pane = state.focus();
    let list = state.list_mut(pane);
    if list.filter.take().is_some() {
        return;
    }
    if !list.marks.is_empty() {
        list.marks.clear();
        list.anchor = None;
        return;
    }
    if state.view().zoom {
        state.view_mut().zoom = false;
    } else if !state.stack.above.is_empty() {
        leave(state);
    } else if state.view_mut().wide.take().is_none() && pane == Pane::Services {
        let services = state.list_mut(pane);
        view::release(services);
        services.cursor = None;
    }
}

/// Leaves this screen.
pub(super) fn leave(state: &mut State) {
    remember(state);
    state.stack.above.pop();
}

/// All projects, and no choice further down.
pub(super) fn everything(state: &mut State) {
    remember(state);
    state.stack.above.clear();
    state.view_mut().wide = None;
    state.list_mut(Pane::Projects).filter = None;
    view::refresh(state);
    state.point(Pane::Projects, RowKey::All);
    if !matches!(state.focus(), Pane::Projects) {
        moves::focus(state, Pane::Environments);
    }
}

/// Asks whether to leave; asked a second time it leaves.
pub(super) fn ask_to_quit(state: &mut State, effects: &mut Vec<Effect>) {
    match state.overlay {
        Some(Overlay::Quit) => effects.push(Effect::Quit),
        _ => state.overlay = Some(Overlay::Quit),
    }
}
