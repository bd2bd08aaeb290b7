//! Remakes the lists of the screen whose basis has changed, and keeps each cursor on its object.

use std::sync::Arc;

use super::{Basis, collect, held, order};
use crate::app::list::List;
use crate::app::pane::{Pane, Screen};
use crate::app::state::State;

/// Brings every list of the current screen up to date. Later panes narrow by earlier ones, so order matters.
pub(crate) fn refresh(state: &mut State) {
    let panes = state.screen().panes();
    for pane in panes.iter().copied() {
        one(state, pane);
    }
}

fn one(state: &mut State, pane: Pane) {
    let scope = state.scope(pane);
    let since = if pane == Pane::Events { state.since_time() } else { None };
    let own = match pane {
        Pane::Operations => state.ran,
        Pane::Revisions => state.revisions.answers,
        _ => 0,
    };
    let snapshot = state.snapshot.clone();
    let operations = if pane == Pane::Operations { state.operations.clone() } else { Vec::new() };
    let revisions = match (pane, state.screen()) {
        (Pane::Revisions, Screen::Service { uid, .. }) => {
            state.revisions.of(uid).and_then(|r| r.as_ref().ok()).cloned()
        }
        _ => None,
    };
    let list = state.list_mut(pane);
    if list.scope != scope {
        list.scope = scope.clone();
        list.cursor = None;
        list.anchor = None;
        list.held = None;
        list.at = 0;
        list.top = 0;
    }
    let basis = Basis {
        serial: snapshot.serial,
        scope,
        filter: list.filter.clone(),
        sort: list.sort,
        held: list.held.is_some(),
        since,
        own,
    };
    if list.basis.as_ref() == Some(&basis) {
        return;
    }
    let mut rows = collect::rows(
        pane,
        &basis.scope,
        &snapshot,
        since,
        collect::Own { operations: &operations, revisions: revisions.as_ref() },
    );
    let collected = rows.len();
    list.total = collected - usize::from(pane == Pane::Projects);
    if let Some(filter) = &basis.filter {
        rows = filter.apply(rows);
    }
    order::sort(pane, &mut rows, basis.sort);
    list.basis = Some(basis);
    match &mut list.held {
        None => {
            list.rows = Arc::new(rows);
            list.news = 0;
            find_cursor(list);
        }
        Some(places) => {
            let kept = held::keep(rows, Arc::make_mut(places));
            list.rows = Arc::new(kept.iter().map(|(_, r)| r.clone()).collect());
            find_cursor(list);
            list.news = held::news(&kept, list.at);
        }
    }
    state.work.lists += 1;
    state.work.rows += u64::try_from(collected).unwrap_or(u64::MAX);
}

/// Puts the cursor back on its object. One that is gone leaves it where it was: on the object that is there now.
fn find_cursor(list: &mut List) {
    let last = list.rows.len().saturating_sub(1);
    let Some(cursor) = &list.cursor else {
        list.at = 0;
        return;
    };
    let here = list.rows.get(list.at).is_some_and(|r| r.is(cursor));
    let found = if here { Some(list.at) } else { list.rows.iter().position(|r| r.is(cursor)) };
    let found = found.or_else(|| list.rows.iter().position(|r| r.key().same_name(cursor)));
    let before = list.at;
    list.at = found.unwrap_or_else(|| list.at.min(last));
    // What came or went above the cursor scrolls with it: the row stays where the eye is.
    list.top =
        if list.at >= before { list.top + (list.at - before) } else { list.top.saturating_sub(before - list.at) };
    list.top = list.top.min(last);
    if let Some(row) = list.rows.get(list.at) {
        list.cursor = Some(row.key());
    }
}

/// Pins the cursor to its row and holds the order still, as long as the cursor is in the pane.
pub(crate) fn hold(list: &mut List, pane: Pane) {
    list.cursor = list.rows.get(list.at).map(|r| r.key()).or(list.cursor.take());
    hold_order(list, pane);
}

/// Holds the order still; the cursor stays free to be on the first row.
pub(crate) fn hold_order(list: &mut List, pane: Pane) {
    if held::holds(pane) && list.held.is_none() && !list.rows.is_empty() {
        list.held = Some(Arc::new(held::places(&list.rows)));
        if let Some(basis) = &mut list.basis {
            // The rows stand as they will be held: nothing to remake.
            basis.held = true;
        }
    }
}

/// Lets the order go its own way again; the cursor stays on its object.
pub(crate) fn release(list: &mut List) {
    list.held = None;
}
