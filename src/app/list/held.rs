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

    /// The place of a row, if it ever had one.
    pub(crate) fn place(&self, row: &Row) -> Option<usize> {
        self.places.get(&row.key()).copied()
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
        let [next, behind] = &mut self.next;
        let next = if self.folds && fold::rank(row) > 0 { behind } else { next };
        *self.places.entry(row.key()).or_insert_with(|| {
            *next += 1;
            *next - 1
        })
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
