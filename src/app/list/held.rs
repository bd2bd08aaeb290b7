//! The order that holds still while the cursor is in a pane.

use std::collections::HashMap;

use crate::app::fold;
use crate::app::row::{Row, RowKey};

/// The first place behind all others: of a fold, and of what it holds.
const BEHIND: usize = usize::MAX / 2;

/// Where rows stand while the order is held.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    /// Identity → place; also of rows that are gone: they come back to where they were.
    places: HashMap<RowKey, usize>,
    /// Places of the rows that are there, in their order.
    pub(crate) taken: Vec<usize>,
    /// The place of the next row that has none; and of the next one of a fold.
    next: [usize; 2],
    /// Whether a fold stands in the list.
    folds: bool,
    /// Rows that there were when the order began to be held.
    began: usize,
}

impl Held {
    /// `rows` as they stand.
    pub(crate) fn of(rows: &[Row]) -> Self {
        let folds = fold::any(rows);
        let place = |(at, r): (usize, &Row)| if folds && fold::rank(r) > 0 { BEHIND + at } else { at };
        let taken: Vec<usize> = rows.iter().enumerate().map(place).collect();
        let places = rows.iter().map(Row::key).zip(taken.iter().copied()).collect();
        Self { places, taken, next: [rows.len(), BEHIND + rows.len()], folds, began: rows.len() }
    }

    /// The place of a row, if it ever had one on its side of the fold: what a fold held and holds no more is not looked
    /// for behind it.
    pub(crate) fn place(&self, row: &Row) -> Option<usize> {
        let behind = self.is_behind(row);
        self.places.get(&row.key()).copied().filter(|place| (*place >= BEHIND) == behind)
    }

    /// Whether a row stands behind all that no fold holds.
    fn is_behind(&self, row: &Row) -> bool {
        self.folds && fold::rank(row) > 0
    }

    /// Whether a row came after the order began to be held.
    pub(crate) fn is_new(&self, row: &Row) -> bool {
        self.place(row).is_none_or(|place| (self.began..BEHIND).contains(&place))
    }

    /// Where the row of that place stands; `Err`: where it would.
    pub(crate) fn index(&self, place: usize) -> Result<usize, usize> {
        self.taken.binary_search(&place)
    }

    /// Gives a row that has no place the next one, at the end; before a fold, unless that holds it.
    pub(crate) fn give(&mut self, row: &Row) -> usize {
        if let Some(place) = self.place(row) {
            return place;
        }
        let is_behind = self.is_behind(row);
        let [next, behind] = &mut self.next;
        let next = if is_behind { behind } else { next };
        let place = *next;
        *next += 1;
        self.places.insert(row.key(), place);
        place
    }

    /// Puts `sorted` rows into their places; those that have none go to the end and get one.
    /// Returns them with the index that each would have if it were sorted now.
    pub(crate) fn keep(&mut self, sorted: Vec<Row>) -> Vec<(usize, Row)> {
        self.folds |= fold::any(&sorted);
        let mut placed: Vec<(usize, usize, Row)> =
            sorted.into_iter().enumerate().map(|(natural, row)| (self.give(&row), natural, row)).collect();
        placed.sort_by_key(|(place, ..)| *place);
        self.taken = placed.iter().map(|(place, ..)| *place).collect();
        placed.into_iter().map(|(_, natural, row)| (natural, row)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::app::row::Fold;
    use crate::domain::environment::Environment;
    use crate::domain::issue::{Category, Issue, IssueId, Severity};

    fn issue(name: &str, severity: Severity) -> Row {
        let id = IssueId {
            object: crate::domain::ObjectId { name: name.into(), ..Default::default() },
            ..IssueId::default()
        };
        let issues = [Issue::new(id, severity, Category::Resource, name)].into();
        Row::Issue(Arc::new(Environment { issues, ..Environment::default() }), 0)
    }

    fn names(kept: &[(usize, Row)]) -> Vec<&str> {
        kept.iter().map(|(_, r)| r.issue().map_or("fold", |i| &*i.title)).collect()
    }

    #[test]
    fn what_was_in_an_open_fold_and_is_no_hint_any_more_stands_before_it_though_the_order_is_held() {
        let fold = || Row::Fold(Arc::new(Fold { hints: 1, ..Fold::default() }));
        let high = || issue("high", Severity::High);
        let mut held = Held::of(&[high(), fold(), issue("a", Severity::Low), issue("b", Severity::Low)]);
        let critical = issue("a", Severity::Critical);
        assert!(held.is_new(&critical));
        let kept = held.keep(vec![critical, high(), fold(), issue("b", Severity::Low)]);
        assert_eq!(names(&kept), ["high", "a", "fold", "b"]);
    }

    #[test]
    fn hints_that_stood_among_others_go_behind_a_fold_that_comes() {
        let high = || issue("high", Severity::High);
        let hint = || issue("hint", Severity::Low);
        let mut held = Held::of(&[high(), hint()]);
        let fold = Row::Fold(Arc::new(Fold { hints: 1, ..Fold::default() }));
        let kept = held.keep(vec![issue("new", Severity::Critical), high(), fold, hint()]);
        assert_eq!(names(&kept), ["high", "new", "fold", "hint"]);
    }
}
