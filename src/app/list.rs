//! One pane's list: which rows it shows, where the cursor is, what is marked, filtered and sorted.

mod held;
mod made;

use std::collections::BTreeSet;
use std::sync::Arc;

pub(crate) use held::Held;
pub(crate) use made::{Basis, Made};

use super::filter::Filter;
use super::pane::{Column, Scope};
use super::row::{Row, RowKey};

/// A pane's list. `ui` reads; only `update` and `view` write.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// Rows in order, after the filter. Shared, so that remembering a place costs nothing.
    pub(crate) rows: Arc<Vec<Row>>,
    /// What [`Self::rows`] were made of: what differs from it is made anew.
    pub(crate) made: Option<Made>,
    /// What the rows are about.
    pub scope: Scope,
    /// How many rows there are before the filter (`all` of the projects apart).
    pub total: usize,
    /// The row under the cursor by identity; `None` while nobody has moved: then the first row is.
    pub(crate) cursor: Option<RowKey>,
    /// Index of the row under the cursor; always a valid one, or 0 in an empty list.
    pub(crate) at: usize,
    /// Index of the first row drawn the last time: where scrolling goes on from.
    pub top: usize,
    /// The filter in force.
    pub filter: Option<Arc<Filter>>,
    /// Folds that are open; with [`RowKey::Past`], what is no more is shown in place of what is.
    pub(crate) open: Arc<BTreeSet<RowKey>>,
    /// What is sorted by; `None` is the pane's own order.
    pub sort: Option<Sort>,
    /// The column that Shift-← and Shift-→ point at, by index in its pane's columns.
    pub picked: Option<usize>,
    /// Rows that are marked, hidden ones too. Only marks that are visible act.
    pub(crate) marks: BTreeSet<RowKey>,
    /// Where the next range of marks begins.
    pub(crate) anchor: Option<RowKey>,
    /// The order that is held still while the cursor is in the pane.
    pub(crate) held: Option<Arc<Held>>,
    /// Rows that a re-sort would put above the cursor though they are below it or new: `1 moved up · = re-sorts`.
    pub news: usize,
    /// Those of them that were not there when the order began to hold still: `1 new above`.
    pub fresh: usize,
}

/// A sort that a person chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By which column.
    pub column: Column,
    /// Largest, newest or last first.
    pub descending: bool,
}

impl List {
    /// Its rows, in order, after the filter.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Index of the row under the cursor (0 in an empty list).
    pub fn at(&self) -> usize {
        self.at
    }

    /// The row under the cursor.
    pub fn selected(&self) -> Option<&Row> {
        self.rows.get(self.at)
    }

    /// Whether a row is marked.
    pub fn is_marked(&self, row: &Row) -> bool {
        !self.marks.is_empty() && self.marks.contains(&row.key())
    }

    /// Marked rows that are visible: those that act.
    pub fn marked(&self) -> Vec<&Row> {
        if self.marks.is_empty() { Vec::new() } else { self.rows.iter().filter(|r| self.is_marked(r)).collect() }
    }

    /// Marks in all, and those of them that the filter or the scope hides (these never act).
    pub fn marks(&self) -> (usize, usize) {
        (self.marks.len(), self.marks.len() - self.marked().len())
    }

    /// Whether a row is a fold that is open.
    pub fn is_open(&self, row: &Row) -> bool {
        self.open.contains(&row.key())
    }

    /// Whether it shows what is no more in place of what is.
    pub(crate) fn shows_past(&self) -> bool {
        self.open.contains(&RowKey::Past)
    }

    /// Opens a fold, or closes it.
    pub(crate) fn toggle(&mut self, fold: RowKey) {
        let open = Arc::make_mut(&mut self.open);
        if !open.remove(&fold) {
            open.insert(fold);
        }
    }

    /// Opens a fold, if it is not.
    pub(crate) fn unfold(&mut self, fold: RowKey) {
        Arc::make_mut(&mut self.open).insert(fold);
    }

    /// Whether somebody chose the row under the cursor, rather than the list's order.
    pub fn is_pinned(&self) -> bool {
        self.cursor.is_some()
    }
}
