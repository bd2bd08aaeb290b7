//! A terminal that is too small to be drawn on ([`State::cramped`]): nobody sees what a key would do, so none does
//! anything but leave.

use super::{navigate, typing};
use crate::app::command::{Id, Where};
use crate::app::key::Key;
use crate::app::message::Effect;
use crate::app::state::State;

/// It has become too small: what lies on top closes, so that nothing half-typed or half-asked is done later.
pub(super) fn shrunk(state: &mut State) {
    typing::cancel(state);
    state.overlay = None;
}

/// A key: the way out, or nothing. `q` stands on the screen, so that it leaves whatever else it is bound to.
pub(super) fn pressed(state: &mut State, key: Key, effects: &mut Vec<Effect>) {
    let bound = state.settings.keymap.lookup(key, Where::Panes);
    match key == Key::char('q') || matches!(bound, Some(Id::Quit | Id::QuitAll)) {
        // What becomes of what runs is said first, as on a bigger screen.
        true if state.under_way().next().is_some() => navigate::ask_to_quit(state, effects),
        true => effects.push(Effect::Quit),
        false => state.overlay = None,
    }
}
