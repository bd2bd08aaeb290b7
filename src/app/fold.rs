//! Rows that fold into one line until Enter opens it: environments that nobody looks for, pods that have ended alike.
//!
//! A filter unfolds all: what it finds is seen. What a fold hides has no row, so no mark on it acts.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::row::{Fold, Row, RowKey};
use crate::domain::environment::Environment;
use crate::domain::issue::Severity;
use crate::domain::operation::OperationState;
use crate::domain::phase::Phase;

/// Keys of the folds that are open; `None` where nothing folds.
pub(crate) type Open<'a> = Option<&'a BTreeSet<RowKey>>;

/// Why nobody looks for an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Nothing runs in it.
    Empty,
    /// The cluster itself runs in it.
    System,
}

/// Why an environment folds; `None` of one that somebody may look for: what is in trouble, in production or changing
/// never folds.
pub(crate) fn class(e: &Environment) -> Option<Class> {
    let open = |o: OperationState| matches!(o, OperationState::Running | OperationState::Interrupted);
    let told = e.operation.as_ref().is_some_and(|o| open(o.state))
        || e.issues.iter().any(|i| i.severity == Severity::Critical);
    match e.phase {
        _ if told => None,
        Phase::Active | Phase::Unknown | Phase::ServiceUnavailable if e.system => Some(Class::System),
        Phase::ServiceUnavailable if e.services.is_empty() && !e.production => Some(Class::Empty),
        _ => None,
    }
}

/// Where a row stands in a list that has a fold, whatever the rest is sorted by: the fold after all that it does not
/// hold, and what it holds behind it.
pub(crate) fn rank(row: &Row) -> u8 {
    match row {
        Row::Fold(_) => 1,
        Row::Environment(e) if class(e).is_some() => 2,
        _ => 0,
    }
}

/// Whether a list has a fold of environments.
pub(crate) fn any(rows: &[Row]) -> bool {
    rows.iter().any(|r| matches!(r, Row::Fold(_)))
}

/// Folds environments, where that takes lines away and leaves some.
pub(crate) fn environments(rows: &mut Vec<Row>, open: &BTreeSet<RowKey>) {
    let mut fold = Fold::default();
    for e in rows.iter().filter_map(Row::environment) {
        match class(e) {
            None => continue,
            Some(Class::Empty) => fold.empty += 1,
            Some(Class::System) => fold.system += 1,
        }
        fold.issues.merge(&e.issue_counts());
    }
    let folded = fold.count();
    if folded < 2 || folded == rows.len() {
        return;
    }
    if !open.contains(&RowKey::Fold) {
        rows.retain(|r| rank(r) == 0);
    }
    rows.push(Row::Fold(Arc::new(fold)));
}

/// How many things rows are of: with those that a fold hides, without the folds themselves.
pub(crate) fn things(rows: &[Row], open: Open<'_>) -> usize {
    let hides = |row: &Row| open.is_none_or(|open| !open.contains(&row.key()));
    let of = |row: &Row| match row {
        Row::All => 0,
        Row::Fold(f) => {
            if hides(row) {
                f.count()
            } else {
                0
            }
        }
        Row::Ended(.., count) => {
            if hides(row) {
                *count as usize
            } else {
                0
            }
        }
        _ => 1,
    };
    rows.iter().map(of).sum()
}
