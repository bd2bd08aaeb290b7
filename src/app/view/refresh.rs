//! Brings the lists of the screen up to date with what has changed, and keeps each cursor on its object.

use std::cmp::Ordering;
use std::sync::Arc;

use super::mend::{self, Touched};
use super::{collect, order, scope_environment};
use crate::app::fold;
use crate::app::list::{Basis, Held, List, Made};
use crate::app::pane::{Order, Pane, Screen, Source};
use crate::app::row::Row;
use crate::app::state::State;
use crate::domain::{Snapshot, Time};

/// Brings every list of the current screen up to date. Later panes narrow by earlier ones, so order matters.
pub(crate) fn refresh(state: &mut State) {
    let panes = state.screen().panes();
    for pane in panes.iter().copied() {
        one(state, pane);
    }
}

fn one(state: &mut State, pane: Pane) {
    let scope = state.scope(pane);
    let info = pane.info();
    let since = state.since_time(pane);
    let own = match info.source {
        Source::Operations => state.ran,
        Source::Revisions => state.revisions.answers,
        Source::Projects | Source::Environments => 0,
    };
    let snapshot = state.snapshot.clone();
    let operations = if info.source == Source::Operations { state.operations.clone() } else { Vec::new() };
    let revisions = match (info.source, state.screen()) {
        (Source::Revisions, Screen::Service { uid, .. }) => {
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
        scope,
        filter: list.filter.clone(),
        open: list.open.clone(),
        sort: list.sort,
        held: list.held.is_some(),
        own,
    };
    if let Some(made) = list.made.take_if(|made| made.basis == basis)
        && let Some(work) = kept(list, pane, made, &snapshot, since)
    {
        state.work.mended += u64::from(work > 0);
        state.work.rows += u64::try_from(work).unwrap_or(u64::MAX);
        return;
    }
    let mut rows = collect::rows(
        pane,
        &basis.scope,
        &snapshot,
        since,
        collect::Own {
            operations: &operations,
            revisions: revisions.as_ref(),
            open: basis.open(),
            past: list.shows_past(),
        },
    );
    let collected = rows.len();
    list.total = fold::things(&rows, basis.open());
    let folds = fold::any(&rows);
    if let Some(filter) = &basis.filter {
        rows = filter.apply(rows);
    }
    order::sort(info.order, &mut rows, basis.sort);
    let at = list.at;
    match &mut list.held {
        None => {
            list.rows = Arc::new(rows);
            (list.news, list.fresh) = (0, 0);
            find_cursor(list, at);
        }
        Some(held) => {
            let kept = Arc::make_mut(held).keep(rows);
            list.rows = Arc::new(kept.iter().map(|(_, r)| r.clone()).collect());
            find_cursor(list, at);
            (list.news, list.fresh) = news(list, &kept, |(_, row)| row, |(a, _), (b, _)| a.cmp(b));
        }
    }
    list.made = Some(Made { basis, snapshot, since, folds, at: list.at });
    state.work.lists += 1;
    state.work.rows += u64::try_from(collected).unwrap_or(u64::MAX);
}

/// Keeps a list, but for the rows of what has changed since it was `made`: how many rows were collected.
/// `None` where it has to be made from nothing.
fn kept(list: &mut List, pane: Pane, made: Made, snapshot: &Arc<Snapshot>, since: Option<Time>) -> Option<usize> {
    if Arc::ptr_eq(&made.snapshot, snapshot) && made.since == since {
        list.made = Some(made);
        return Some(0);
    }
    let (at, collected) = match mend::touched(pane, &made, snapshot, since) {
        Touched::All => return None,
        Touched::Nothing => (list.at, 0),
        Touched::These(pairs) => mend::mend(list, pane, &made, pairs)?,
    };
    find_cursor(list, at);
    if list.held.is_some() && (collected > 0 || list.at != made.at) {
        if scope_environment(&list.scope).is_some() {
            return None;
        }
        (list.news, list.fresh) = news(list, &list.rows, |row| row, |a, b| mend::natural(&made, a, b));
    }
    list.made = Some(Made { snapshot: snapshot.clone(), since, at: list.at, ..made });
    Some(collected)
}

/// Puts the cursor back on its object, which is looked for at `here` first. One that is gone leaves it where it was:
/// on the object that is there now.
fn find_cursor(list: &mut List, here: usize) {
    let last = list.rows.len().saturating_sub(1);
    let Some(cursor) = &list.cursor else {
        list.at = 0;
        return;
    };
    let is_here = list.rows.get(here).is_some_and(|r| r.is(cursor));
    let found = if is_here { Some(here) } else { list.rows.iter().position(|r| r.is(cursor)) };
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

/// How many rows below the cursor a sort would put above it, and how many of them are new since the order is held.
fn news<T>(list: &List, rows: &[T], row: fn(&T) -> &Row, order: impl Fn(&T, &T) -> Ordering) -> (usize, usize) {
    let Some(here) = rows.get(list.at) else { return (0, 0) };
    let above = rows.iter().skip(list.at + 1).filter(|r| order(r, here) == Ordering::Less);
    let is_new = |r: &T| list.held.as_ref().is_some_and(|held| held.is_new(row(r)));
    above.fold((0, 0), |(all, new), r| (all + 1, new + usize::from(is_new(r))))
}

/// Pins the cursor to its row and holds the order still, as long as the cursor is in the pane.
pub(crate) fn hold(list: &mut List, pane: Pane) {
    list.cursor = list.rows.get(list.at).map(|r| r.key()).or(list.cursor.take());
    hold_order(list, pane);
}

/// Holds the order still; the cursor stays free to be on the first row.
pub(crate) fn hold_order(list: &mut List, pane: Pane) {
    if matches!(pane.info().order, Order::Ranked(_)) && list.held.is_none() && !list.rows.is_empty() {
        list.held = Some(Arc::new(Held::of(&list.rows)));
        if let Some(made) = &mut list.made {
            // The rows stand as they will be held: nothing to remake.
            made.basis.held = true;
        }
    }
}

/// Lets the order go its own way again; the cursor stays on its object.
pub(crate) fn release(list: &mut List) {
    list.held = None;
}
