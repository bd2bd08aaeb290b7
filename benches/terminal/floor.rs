//! The yardstick's own length: a program that answers each key with one marked row, and does nothing else.
//!
//! What it takes from key to frame is what the pty, the reader and the scheduler take; no program can be faster.

use std::io::{Read, Write};

/// Argument by which this very program is started as that one.
pub(crate) const FLAG: &str = "--floor";

/// Answers keys until its terminal goes: the marked row moves.
pub(crate) fn run() {
    crossterm::terminal::enable_raw_mode().expect("a terminal");
    let (mut keys, mut out) = (std::io::stdin().lock(), std::io::stdout().lock());
    let mut key = [0; 1];
    let mut at = 1;
    let _ = write!(out, "floor").and_then(|()| out.flush());
    while keys.read(&mut key).is_ok_and(|n| n == 1) {
        let next = if at == 1 { 2 } else { 1 };
        let marked = format!("\x1b[{at};1H\x1b[0m{0}\x1b[{next};1H\x1b[7m{0}\x1b[0m", " ".repeat(100));
        at = next;
        let _ = out.write_all(marked.as_bytes()).and_then(|()| out.flush());
    }
}
