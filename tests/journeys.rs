//! Journeys: the real binary in a terminal of its own, as a person would use it.
//!
//! They wait for what is on the screen, never for time; a deadline ends only what hangs. All look at one small
//! cluster (`journeys/scenario.yaml`), where each journey that changes something has an environment of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

#[path = "journeys/api.rs"]
mod api;
#[path = "journeys/inn.rs"]
mod inn;
#[path = "journeys/operating.rs"]
mod operating;
#[path = "journeys/pty.rs"]
mod pty;
#[path = "journeys/snapshot.rs"]
mod snapshot;
#[path = "journeys/terminal.rs"]
mod terminal;
#[path = "journeys/wishes.rs"]
mod wishes;

/// Quits by keys, as a person would: `q`, and once more where it is asked.
fn quit(t: &mut pty::Terminal) {
    t.press("q");
    t.press("q");
}
