//! Floor 2: the state machine. `update(&mut State, Message) -> Vec<Effect>`, and nothing else moves.
//!
//! It is not: anything that draws, sends, waits or asks a clock. `ui` draws a [`State`]; `runtime` turns
//! keys, snapshots and answers into [`Message`]s and runs the [`Effect`]s.
//!
//! - [`state`]: what is on screen and why; one screen stack, one overlay at a time on top.
//! - [`pane`]: THE table of panes. [`list`], [`row`]: they are lists of rows; a row is known by its identity, never by
//!   its index.
//! - [`view`]: which rows a pane shows, in which order; remade only when something that decides it changed.
//! - [`command`]: THE table of commands. [`keymap`], [`help`], hints and palette are read from it.
//! - [`words`]: of what stands in rows, as filters look for them and screens write them.
//! - [`filter`], [`prompt`], [`input`]: what a person types. [`dialog`]: what is asked before a change.
//! - [`question`]: what a cluster is asked, for as long as somebody listens.
//! - [`operation`]: what runs, how far it is, how it ended. [`revisions`]: of the service that is looked at.
//!
//! To add a command: a line in [`command`], an arm in `update`. To add a pane: see [`pane`]. The tests of the tables say
//! what else.

pub mod command;
pub mod dialog;
pub mod filter;
pub mod flash;
pub(crate) mod fold;
pub mod help;
pub mod hit;
pub mod input;
pub mod inquiry;
pub mod key;
pub mod keymap;
pub mod list;
pub mod message;
pub mod mouse;
pub mod operation;
pub mod overlay;
pub mod pane;
pub mod prompt;
pub mod question;
pub mod revisions;
pub mod row;
mod start;
pub mod state;
mod subject;
pub mod taken;
#[cfg(test)]
mod tests;
mod update;
pub mod view;
pub mod words;

pub use hit::{HitMap, PaneHit, Rect};
pub use key::{Code, Key};
pub use list::List;
pub use message::{Effect, Message};
pub use mouse::Mouse;
pub use overlay::Overlay;
pub use pane::{Pane, Scope, Screen};
pub use row::{Row, RowKey};
pub use state::{Settings, State};
pub use update::update;
