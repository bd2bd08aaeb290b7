//! The mouse: a click focuses and selects, a double click enters, the wheel moves. It never presses a button: what
//! changes a cluster is pressed by keys.

use super::{commands, moves};
use crate::app::command::Id;
use crate::app::hit::Rect;
use crate::app::message::Effect;
use crate::app::mouse::{Act, Mouse};
use crate::app::pane::Pane;
use crate::app::state::State;

/// Rows that one turn of the wheel moves.
const TURN: usize = 3;

/// Does what the mouse asks for.
pub(super) fn did(state: &mut State, mouse: Mouse, effects: &mut Vec<Effect>) {
    if state.prompt.is_some() {
        return;
    }
    if state.overlay.is_some() {
        if let Act::Wheel { down } = mouse.act {
            turn(state, down, effects);
        }
        return;
    }
    let Some((pane, row)) = under(state, mouse.x, mouse.y) else { return };
    moves::focus(state, pane);
    match (mouse.act, row) {
        (Act::Wheel { down }, _) => turn(state, down, effects),
        (_, None) => {}
        (act, Some(at)) => {
            moves::go(state, pane, at);
            if act == Act::Double {
                commands::run(state, Id::Enter, effects);
            }
        }
    }
}

/// The pane under a cell, and the row of it, if one is there.
fn under(state: &State, x: u16, y: u16) -> Option<(Pane, Option<usize>)> {
    let inside = |r: &Rect| (r.x..r.x + r.width).contains(&x) && (r.y..r.y + r.height).contains(&y);
    let (pane, hit) = state.hits.panes.iter().find(|(_, hit)| inside(&hit.area))?;
    let count = state.list(*pane).rows().len();
    let row = hit.items.iter().find(|(at, r)| *at < count && inside(r));
    Some((*pane, row.map(|(at, _)| *at)))
}

fn turn(state: &mut State, down: bool, effects: &mut Vec<Effect>) {
    let pane = state.focus();
    if state.overlay.is_none() {
        // By index: cards beside each other are passed one by one.
        let last = state.list(pane).rows().len().saturating_sub(1);
        let at = state.list(pane).at();
        let to = if down { (at + TURN).min(last) } else { at.saturating_sub(TURN) };
        return moves::go(state, pane, to);
    }
    // What lies on top scrolls; in choices the cursor moves.
    for _ in 0..TURN {
        super::act(state, state.place(), if down { Id::Down } else { Id::Up }, effects);
    }
}
