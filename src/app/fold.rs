//! Rows that fold into one line until Enter opens it: environments that nobody looks for, pods that have ended alike.
//!
//! A filter unfolds all: what it finds is seen. What a fold hides has no row, so no mark on it acts.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::row::{Fold, Row, RowKey};
use crate::domain::environment::Environment;
use crate::domain::issue::{Issue, Severity};
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
        row if row.issue().is_some_and(Issue::is_hint) => 2,
        _ => 0,
    }
}

/// Whether a list has a fold.
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

/// Folds what only hints at something.
pub(crate) fn hints(rows: &mut Vec<Row>, open: &BTreeSet<RowKey>) {
    let hints = rows.iter().filter(|r| rank(r) == 2).count();
    if hints == 0 {
        return;
    }
    if !open.contains(&RowKey::Fold) {
        rows.retain(|r| rank(r) == 0);
    }
    let hints = u32::try_from(hints).unwrap_or(u32::MAX);
    rows.push(Row::Fold(Arc::new(Fold { hints, ..Fold::default() })));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::issue::{Category, IssueId};

    #[test]
    fn hints_among_issues_are_one_line_behind_the_others_until_it_is_opened() {
        let issue = |severity| Issue::new(IssueId::default(), severity, Category::Resource, "x");
        let issues = [Severity::High, Severity::Low, Severity::Info].map(issue).into();
        let e = Arc::new(Environment { issues, ..Environment::default() });
        let rows = || (0..3).map(|at| Row::Issue(e.clone(), at)).collect::<Vec<_>>();
        let (mut closed, mut open) = (rows(), rows());
        hints(&mut closed, &BTreeSet::new());
        assert_eq!(closed.iter().map(rank).collect::<Vec<_>>(), [0, 1]);
        hints(&mut open, &BTreeSet::from([RowKey::Fold]));
        open.sort_by_key(rank);
        assert_eq!(open.iter().map(rank).collect::<Vec<_>>(), [0, 1, 2, 2]);
        assert_eq!(things(&closed, Some(&BTreeSet::new())), 3, "all are counted");
        let mut none = vec![Row::Issue(e.clone(), 0)];
        hints(&mut none, &BTreeSet::new());
        assert_eq!(none.len(), 1);
    }
}
