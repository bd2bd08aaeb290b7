//! What the rows of a list were made of.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Sort;
use crate::app::filter::Filter;
use crate::app::fold::Open;
use crate::app::pane::Scope;
use crate::app::row::RowKey;
use crate::domain::{Snapshot, Time};

/// All that decides the rows of a pane, but for the picture and the time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Basis {
    /// What the pane is about.
    pub(crate) scope: Scope,
    /// The filter.
    pub(crate) filter: Option<Arc<Filter>>,
    /// Folds that are open.
    pub(crate) open: Arc<BTreeSet<RowKey>>,
    /// The sort.
    pub(crate) sort: Option<Sort>,
    /// Whether the order is held still.
    pub(crate) held: bool,
    /// Changes of what only the state knows: operations of this kennel, revisions that were read.
    pub(crate) own: u64,
}

impl Basis {
    /// Which folds are open: with a filter nothing folds.
    pub(crate) fn open(&self) -> Open<'_> {
        self.filter.is_none().then_some(&*self.open)
    }
}

/// What a list was made of.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    /// What decided it.
    pub(crate) basis: Basis,
    /// The picture that it shows.
    pub(crate) snapshot: Arc<Snapshot>,
    /// Events before this are left out (`:since`).
    pub(crate) since: Option<Time>,
    /// Whether a fold of environments stands in it.
    pub(crate) folds: bool,
    /// The row under the cursor, for which was counted what is new above.
    pub(crate) at: usize,
}
