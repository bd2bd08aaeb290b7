//! The order that holds still while the cursor is in a pane.

use std::collections::HashMap;

use crate::app::pane::Pane;
use crate::app::row::{Row, RowKey};

/// Whether the order of a pane can be held. Events only ever grow at the top: there the cursor holds still by
/// its identity, and projects, tasks and conditions have an order that does not change.
pub(super) fn holds(pane: Pane) -> bool {
    matches!(
        pane,
        Pane::Environments | Pane::Services | Pane::Health | Pane::Pods | Pane::Containers | Pane::Operations
    )
}

/// The places of `rows` as they stand.
pub(super) fn places(rows: &[Row]) -> HashMap<RowKey, usize> {
    rows.iter().enumerate().map(|(at, r)| (r.key(), at)).collect()
}

/// Puts `sorted` rows into their held places; rows that have none go to the end and get one.
/// Returns them with the index that each would have if it were sorted now.
pub(super) fn keep(sorted: Vec<Row>, places: &mut HashMap<RowKey, usize>) -> Vec<(usize, Row)> {
    let mut next = places.values().max().map_or(0, |m| m + 1);
    let mut placed: Vec<(usize, usize, Row)> = sorted
        .into_iter()
        .enumerate()
        .map(|(natural, row)| {
            let place = *places.entry(row.key()).or_insert_with(|| {
                next += 1;
                next - 1
            });
            (place, natural, row)
        })
        .collect();
    placed.sort_by_key(|(place, ..)| *place);
    placed.into_iter().map(|(_, natural, row)| (natural, row)).collect()
}

/// How many rows below the row at `at` a sort would put above it.
pub(super) fn news(rows: &[(usize, Row)], at: usize) -> usize {
    let Some((here, _)) = rows.get(at) else { return 0 };
    rows.iter().skip(at + 1).filter(|(natural, _)| natural < here).count()
}
