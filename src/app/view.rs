//! Which rows a pane shows, in which order: derived from the snapshot, pure, and remade only when
//! something that decides them has changed ([`Basis`]). A key press that moves the cursor sorts nothing.

mod collect;
mod held;
mod order;
mod refresh;
#[cfg(test)]
mod tests;
mod titles;
mod words;

use std::sync::Arc;

pub use order::{Column, columns};
pub(crate) use refresh::{hold, hold_order, refresh, release};
pub use titles::{Emptiness, emptiness, kinds, note, scope_namespace, scope_words};
pub use words::{container_word, pod_word, state_word};

use super::filter::Filter;
use super::list::Sort;
use super::pane::Scope;
use crate::domain::Time;

/// All that decides the rows of a pane.
#[derive(Clone, Debug, PartialEq)]
pub struct Basis {
    /// Serial of the snapshot.
    pub(crate) serial: u64,
    /// What the pane is about.
    pub(crate) scope: Scope,
    /// The filter.
    pub(crate) filter: Option<Arc<Filter>>,
    /// The sort.
    pub(crate) sort: Option<Sort>,
    /// Whether the order is held still.
    pub(crate) held: bool,
    /// Events before this are left out (`:since`).
    pub(crate) since: Option<Time>,
    /// Changes of what only the state knows: operations of this kennel, revisions that were read.
    pub(crate) own: u64,
}

/// How much work views were: for tests that hold "a key press does not re-sort".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Lists that were remade.
    pub lists: u64,
    /// Rows that were collected for them.
    pub rows: u64,
}
