//! Which rows a pane shows, in which order: derived from the snapshot, pure, and remade only when
//! something that decides them has changed ([`super::list`]). A key press that moves the cursor sorts nothing, and of a
//! new picture only the environments that differ are looked at ([`mend`]).

mod collect;
mod existence;
mod mend;
mod order;
mod refresh;
#[cfg(test)]
mod tests;
mod titles;

pub use existence::existence;
pub(crate) use refresh::{hold, hold_order, refresh, release};
pub use titles::{Emptiness, emptiness, notes, scope_environment, scope_words};
