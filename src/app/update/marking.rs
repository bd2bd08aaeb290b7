//! Marks and sorts.

use crate::app::list::Sort;
use crate::app::row::Row;
use crate::app::state::State;
use crate::app::view;

/// Marks the row under the cursor, or takes its mark away.
pub(super) fn mark(state: &mut State) {
    let pane = state.focus();
    let list = state.list_mut(pane);
    let Some(key) = list.selected().map(|r| r.key()) else { return };
    if !list.marks.remove(&key) {
        list.marks.insert(key.clone());
    }
    list.anchor = Some(key);
    view::hold(list, pane);
}

/// Marks everything from the last mark to the cursor.
pub(super) fn range(state: &mut State) {
    let pane = state.focus();
    let list = state.list_mut(pane);
    let anchor = list.anchor.as_ref().and_then(|a| list.rows.iter().position(|r| r.is(a)));
    let from = anchor.unwrap_or(list.at);
    let (first, last) = (from.min(list.at), from.max(list.at));
    let rows = list.rows.iter().take(last + 1).skip(first);
    let keys: Vec<_> = rows.filter(|r| !matches!(r, Row::Fold(_))).map(|r| r.key()).collect();
    list.marks.extend(keys);
    list.anchor = list.selected().map(|r| r.key());
    view::hold(list, pane);
}

/// Takes all marks of the pane away, hidden ones too.
pub(super) fn clear(state: &mut State) {
    let pane = state.focus();
    let list = state.list_mut(pane);
    list.marks.clear();
    list.anchor = None;
}

/// Picks the column beside the picked one.
pub(super) fn pick(state: &mut State, right: bool) {
    let pane = state.focus();
    let columns = pane.info().columns.len();
    let list = state.list_mut(pane);
    list.picked = Some(match list.picked {
        None => 0,
        Some(at) if right => (at + 1) % columns.max(1),
        Some(at) => (at + columns.max(1) - 1) % columns.max(1),
    });
}

/// Sorts by the picked column; again the other way; a third time by the pane's own order.
pub(super) fn sort(state: &mut State) {
    let pane = state.focus();
    let list = state.list_mut(pane);
    let picked = *list.picked.get_or_insert(0);
    let Some(column) = pane.info().columns.get(picked).copied() else { return };
    let first = column.descends_first();
    list.sort = match list.sort {
        Some(s) if s.column == column && s.descending == first => Some(Sort { column, descending: !first }),
        Some(s) if s.column == column => None,
        _ => Some(Sort { column, descending: first }),
    };
    resort(state);
}

/// Sorts now; from then on the order holds still again.
pub(super) fn resort(state: &mut State) {
    let pane = state.focus();
    view::release(state.list_mut(pane));
    view::refresh(state);
    let list = state.list_mut(pane);
    // What came up is what one asked for: the list is seen from its beginning, as far as the cursor lets it.
    list.top = 0;
    if list.is_pinned() {
        view::hold(list, pane);
    }
}
