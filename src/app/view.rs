//! Which rows a pane shows, in which order: derived from the snapshot, pure, and remade only when
//! something that decides them has changed ([`Basis`]). A key press that moves the cursor sorts nothing, and of a
//! new picture only the environments that differ are looked at ([`mend`]).

mod collect;
mod held;
mod mend;
mod order;
mod refresh;
#[cfg(test)]
mod tests;
mod titles;
mod words;

use std::sync::Arc;

pub(crate) use held::Held;
pub(crate) use refresh::{hold, hold_order, refresh, release};
pub use titles::{Emptiness, emptiness, note, scope_environment, scope_words};
pub use words::{container_word, pod_word, state_word};

use super::filter::Filter;
use super::list::Sort;
use super::pane::Scope;
use crate::domain::{Snapshot, Time};

/// All that decides the rows of a pane, but for the picture and the time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Basis {
    /// What the pane is about.
    pub(crate) scope: Scope,
    /// The filter.
    pub(crate) filter: Option<Arc<Filter>>,
    /// The sort.
    pub(crate) sort: Option<Sort>,
    /// Whether the order is held still.
    pub(crate) held: bool,
    /// Changes of what only the state knows: operations of this kennel, revisions that were read.
    pub(crate) own: u64,
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
    /// The row under the cursor, for which was counted what is new above.
    pub(crate) at: usize,
}

/// How much work views were: for tests that hold "a key press does not re-sort" and "a change costs what it touches".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Lists that were made from nothing.
    pub lists: u64,
    /// Lists of which some rows were replaced.
    pub mended: u64,
    /// Rows that were collected for both.
    pub rows: u64,
}
