//! Floor 4: what happens between the pure parts and the world: the terminal, the event loop, effects, logs.
//!
//! It is not: a place for rules. `app::update` decides, `ui::render` draws, `cluster` sends; here the
//! bytes, signals, tasks and deadlines are.

pub mod clipboard;
pub mod core;
pub mod dashboard;
pub mod headless;
pub mod input;
pub mod log;
pub mod look;
mod pace;
pub mod panic;
pub mod pen;
pub mod process;
mod questions;
pub mod signals;
pub mod text;
pub mod tty;
