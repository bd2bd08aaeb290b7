//! Journeys: the real binary in a terminal of its own, as a person would use it.
//!
//! They wait for what is on the screen, never for time; a deadline ends only what hangs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

#[path = "journeys/pty.rs"]
#[allow(dead_code, reason = "a terminal with all that a journey may do")]
mod pty;

use portable_pty::CommandBuilder;
use pty::{Terminal, kennel};

/// The five panes are there.
fn dashboard(args: &[&str], columns: u16, rows: u16) -> Terminal {
    let t = Terminal::start(kennel(args), columns, rows);
    t.wait_for("Environments");
    t
}

/// Quits by keys, as a person would: `q`, and once more where it is asked.
fn quit(t: &mut Terminal) {
    t.press("q");
    t.press("q");
}

#[test]
fn the_terminal_is_given_back_after_q() {
    let mut t = dashboard(&["demo"], 120, 40);
    quit(&mut t);
    assert_eq!(t.ended().exit_code(), 0);
    t.assert_restored();
}

/// Not a test of its own: the one below starts it in a terminal, where it panics on another thread.
#[test]
#[ignore = "started by a_panic_on_any_thread_gives_the_terminal_back"]
fn panics_in_a_terminal() {
    let tty = kennel::runtime::tty::Tty::open().unwrap();
    kennel::runtime::panic::restore_first(tty.clone());
    tty.write(b"drawn before the panic".to_vec());
    std::thread::spawn(|| panic!("on purpose")).join().unwrap();
}

#[test]
fn a_panic_on_any_thread_gives_the_terminal_back() {
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "panics_in_a_terminal", "--nocapture"]);
    command.env("TERM", "xterm-256color");
    let mut t = Terminal::start(command, 80, 24);
    assert_eq!(t.ended().exit_code(), 1);
    t.assert_restored();
    let raw = String::from_utf8_lossy(&t.raw()).into_owned();
    assert!(raw.contains("\x1b[?1049h"), "it had taken the terminal: {raw:?}");
    let (_, after) = raw.rsplit_once("\x1b[?1049l").expect("it left the alternate screen");
    assert!(after.contains("on purpose"), "the report comes after the terminal is back: {raw:?}");
}

#[test]
fn a_dropped_connection_ends_it() {
    let mut t = dashboard(&["demo"], 120, 40);
    t.hang_up();
    t.ended();
}

#[test]
fn a_dropped_connection_ends_it_even_where_the_hang_up_is_ignored() {
    // As nohup does it.
    let mut command = CommandBuilder::new("/bin/sh");
    let inner = kennel(&[]);
    for (name, value) in inner.iter_full_env_as_str() {
        command.env(name, value);
    }
    command.args(["-c", &format!("trap '' HUP; exec {} demo", env!("CARGO_BIN_EXE_kennel"))]);
    let mut t = Terminal::start(command, 120, 40);
    t.wait_for("Environments");
    t.hang_up();
    t.ended();
}

#[test]
fn a_terminal_that_does_not_read_keeps_nobody_from_leaving() {
    let mut t = dashboard(&["demo", "--churn", "200"], 120, 40);
    t.stop_reading();
    // Enough frames to fill the pty.
    for n in 0..200 {
        t.resize(100 + n % 40, 30 + n % 20);
    }
    t.signal("TERM");
    assert_eq!(t.ended().exit_code(), 0);
}

#[test]
fn it_starts_in_a_terminal_of_one_cell() {
    let mut t = Terminal::start(kennel(&["demo"]), 1, 1);
    t.wait("its first frame", |_| true);
    t.wait_raw("\x1b[?2026l");
    t.signal("TERM");
    assert_eq!(t.ended().exit_code(), 0);
    t.assert_restored();
}

#[test]
fn a_dumb_terminal_is_refused_in_a_sentence_and_left_alone() {
    let mut command = kennel(&["demo"]);
    command.env("TERM", "dumb");
    let mut t = Terminal::start(command, 80, 24);
    assert_eq!(t.ended().exit_code(), 1);
    t.assert_restored();
    let raw = String::from_utf8_lossy(&t.raw()).into_owned();
    assert!(raw.contains("TERM=dumb") && raw.contains("kennel get"), "{raw}");
    assert!(!raw.contains('\x1b'), "{raw:?}");
}

#[test]
fn without_utf_8_every_byte_is_ascii_and_without_colours_no_colour_is_set() {
    let mut command = kennel(&["demo"]);
    command.env("LANG", "C");
    command.env("NO_COLOR", "1");
    let mut t = Terminal::start(command, 120, 40);
    t.wait_for("Environments");
    t.press("\t\t");
    quit(&mut t);
    t.ended();
    let raw = t.raw();
    assert!(raw.is_ascii(), "{:?}", raw.iter().filter(|b| !b.is_ascii()).collect::<Vec<_>>());
    let raw = String::from_utf8(raw).unwrap();
    for (at, _) in raw.match_indices("\x1b[") {
        let sequence: String = raw[at + 2..].chars().take_while(|c| !c.is_ascii_alphabetic()).collect();
        let last = raw[at + 2 + sequence.len()..].chars().next();
        let colour = last == Some('m') && (sequence.starts_with("38;") || sequence.starts_with("48;"));
        assert!(!colour, "a colour: {sequence:?}");
    }
}
