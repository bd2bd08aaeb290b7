//! Moves of the cursor and of the focus.

use crate::app::command::Id;
use crate::app::hit::Rect;
use crate::app::pane::Pane;
use crate::app::state::State;
use crate::app::view;

/// Moves; whether the command was a move.
pub(super) fn run(state: &mut State, id: Id) -> bool {
    let pane = state.focus();
    let page = state.hits.pane(pane).map_or(10, |h| usize::from(h.page.max(1)));
    let at = state.list(pane).at();
    let last = state.list(pane).rows().len().saturating_sub(1);
    let to = match id {
        Id::Down => beside(state, pane, id).unwrap_or(at + 1),
        Id::Up => beside(state, pane, id).unwrap_or(at.saturating_sub(1)),
        Id::Left | Id::Right => match beside(state, pane, id) {
            Some(to) => to,
            None => return true,
        },
        Id::First => 0,
        Id::Last => last,
        Id::PageDown => at + page,
        Id::PageUp => at.saturating_sub(page),
        Id::HalfDown => at + (page / 2).max(1),
        Id::HalfUp => at.saturating_sub((page / 2).max(1)),
        Id::NextPane | Id::PreviousPane => {
            let panes = state.screen().panes();
            let here = panes.iter().position(|p| *p == pane).unwrap_or(0);
            let step = if id == Id::NextPane { 1 } else { panes.len() - 1 };
            if let Some(next) = panes.get((here + step) % panes.len()) {
                focus(state, *next);
            }
            return true;
        }
        _ => return false,
    };
    go(state, pane, to.min(last));
    true
}

/// Puts the cursor of a pane on a row, and holds the order still.
pub(super) fn go(state: &mut State, pane: Pane, to: usize) {
    let list = state.list_mut(pane);
    list.at = to;
    list.cursor = None;
    view::hold(list, pane);
    narrow(state, pane);
}

/// Gives a pane the focus. The pane that is left may sort again; the one that is entered holds still.
pub(super) fn focus(state: &mut State, pane: Pane) {
    let before = state.focus();
    if before == pane {
        return;
    }
    leave(state);
    state.view_mut().focus = pane;
    view::hold_order(state.list_mut(pane), pane);
}

/// The cursor leaves its pane: the order goes its own way again. What narrows the panes after it stays chosen,
/// also where nobody moved: it would be another environment as soon as the order changes.
pub(super) fn leave(state: &mut State) {
    let pane = state.focus();
    let list = state.list_mut(pane);
    if pane.info().leads {
        list.cursor = list.selected().map(|r| r.key()).or(list.cursor.take());
    }
    view::release(list);
}

/// A choice further up ends what a command had widened.
fn narrow(state: &mut State, pane: Pane) {
    if pane.info().leads {
        state.view_mut().wide = None;
    }
}

/// The row beside the cursor's, by where rows and cards were drawn; `None` where the next index is meant.
fn beside(state: &State, pane: Pane, id: Id) -> Option<usize> {
    let hit = state.hits.pane(pane)?;
    let (_, here) = hit.items.iter().find(|(at, _)| *at == state.list(pane).at())?;
    let middle = |r: &Rect| (i32::from(r.x) + i32::from(r.width) / 2, i32::from(r.y) + i32::from(r.height) / 2);
    let (x, y) = middle(here);
    let count = state.list(pane).rows().len();
    hit.items
        .iter()
        .filter(|(at, _)| *at < count)
        .filter_map(|(at, r)| {
            let (rx, ry) = middle(r);
            let (along, across) = match id {
                Id::Down => (i32::from(r.y) - i32::from(here.y + here.height) + 1, (rx - x).abs()),
                Id::Up => (i32::from(here.y) - i32::from(r.y + r.height) + 1, (rx - x).abs()),
                Id::Right if ry == y => (i32::from(r.x) - i32::from(here.x + here.width) + 1, 0),
                Id::Left if ry == y => (i32::from(here.x) - i32::from(r.x + r.width) + 1, 0),
                _ => return None,
            };
            (along > 0).then_some((along, across, *at))
        })
        .min()
        .map(|(.., at)| at)
}
