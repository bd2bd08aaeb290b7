//! What happens to the terminal: given back on every way out, any size, no Unicode, no colours.

use portable_pty::CommandBuilder;

use crate::inn::{SCENARIO, inn};
use crate::pty::{Terminal, kennel};
use crate::quit;

#[test]
fn the_terminal_is_given_back_after_q() {
    let mut t = Terminal::start(kennel(&["demo", "--scenario", SCENARIO]), 120, 40);
    t.wait("the demo", |s| s.contains("inn/walk") && s.contains("● live"));
    quit(&mut t);
    assert_eq!(t.ended().exit_code(), 0);
    t.assert_restored();
}

#[test]
fn the_terminal_is_given_back_after_signals() {
    for name in ["TERM", "INT", "HUP", "QUIT"] {
        let mut t = inn().dashboard();
        t.signal(name);
        assert_eq!(t.ended().exit_code(), 0, "{name}");
        t.assert_restored();
    }
}

#[test]
fn a_stopped_kennel_gives_the_terminal_back_and_takes_it_again_as_often_as_it_likes() {
    let mut t = inn().dashboard();
    for _ in 0..3 {
        t.signal("TSTP");
        t.wait_stopped();
        t.assert_restored();
        t.signal("CONT");
        t.wait("drawn anew", |s| s.contains("inn/walk") && s.contains("? help"));
    }
    t.press("?");
    t.wait_for("Help");
    t.press("\x1b");
    t.wait("the help is gone", |s| !s.contains("Help"));
    quit(&mut t);
    assert_eq!(t.ended().exit_code(), 0);
    t.assert_restored();
    let raw = t.all();
    let count = |sequence| raw.matches(sequence).count();
    assert_eq!(count("\x1b[22;0t"), count("\x1b[23;0t"), "the title is put aside as often as it is brought back");
}

#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_and_fg_brings_all_of_it_back() {
    let mut command = CommandBuilder::new("/bin/sh");
    command.env_clear();
    for (name, value) in kennel(&[]).iter_full_env_as_str() {
        command.env(name, value);
    }
    let run = format!("{} --server {}", env!("CARGO_BIN_EXE_kennel"), inn().url);
    // With job control, and kennel under a script of its own: both stop, or the shell would wait for ever.
    command.args(["-mc", &format!("sh -c '{run}; :'; echo in the shell; read -r line; echo $line; fg; echo the end")]);
    let mut t = Terminal::start(command, 140, 45);
    t.wait("all of it", |s| s.contains("inn/walk") && s.contains("● live"));
    t.press(":half");
    t.wait_for(":half");
    t.press("\x1a");
    t.wait_for("in the shell");
    t.assert_restored();
    t.resize(120, 40);
    t.press("echoed\r");
    t.wait("all of it, of the new size", |s| s.contains("inn/walk") && s.contains(":half") && !s.contains("echoed"));
    t.press("\x1b");
    t.wait_for("? help");
    quit(&mut t);
    assert_eq!(t.ended().exit_code(), 0);
    t.assert_restored();
    assert!(t.last_words().contains("the end"));
}

#[test]
fn ctrl_z_where_no_shell_could_bring_it_back_says_so_and_goes_on() {
    let mut t = inn().dashboard();
    t.press("\x1a");
    t.wait_for("not suspended: no shell started kennel");
    t.press("?");
    t.wait_for("Help");
    quit(&mut t);
    quit(&mut t);
    assert_eq!(t.ended().exit_code(), 0);
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
    command.args(["--ignored", "--exact", "terminal::panics_in_a_terminal", "--nocapture"]);
    command.env("TERM", "xterm-256color");
    let mut t = Terminal::start(command, 80, 24);
    assert_eq!(t.ended().exit_code(), 1);
    t.assert_restored();
    let raw = t.all();
    assert!(raw.contains("\x1b[?1049h"), "it had taken the terminal: {raw:?}");
    let (_, after) = raw.rsplit_once("\x1b[?1049l").expect("it left the alternate screen");
    assert!(after.contains("on purpose"), "the report comes after the terminal is back: {raw:?}");
}

#[test]
fn a_dropped_connection_ends_it() {
    let mut t = inn().dashboard();
    t.hang_up();
    t.ended();
}

#[test]
fn a_dropped_connection_ends_it_even_where_the_hang_up_is_ignored() {
    // As nohup does it.
    let mut command = CommandBuilder::new("/bin/sh");
    command.env_clear();
    for (name, value) in kennel(&[]).iter_full_env_as_str() {
        command.env(name, value);
    }
    let server = &inn().url;
    command.args(["-c", &format!("trap '' HUP; exec {} --server {server}", env!("CARGO_BIN_EXE_kennel"))]);
    let mut t = Terminal::start(command, 120, 40);
    t.wait_for("inn/walk");
    t.hang_up();
    t.ended();
}

#[test]
fn a_terminal_that_does_not_read_keeps_nobody_from_leaving() {
    let mut t = inn().dashboard();
    t.stop_reading();
    // Enough frames to fill the pty.
    for n in 0..200 {
        t.resize(100 + n % 40, 30 + n % 20);
    }
    t.signal("TERM");
    assert_eq!(t.ended().exit_code(), 0);
}

#[test]
fn any_size_is_survived_and_the_last_one_is_drawn() {
    let mut t = inn().dashboard();
    for (columns, rows) in [(1, 1), (20, 5), (2, 80), (300, 1), (80, 24), (250, 70), (1, 1), (99, 29), (139, 40)] {
        t.resize(columns, rows);
    }
    for n in 0..100 {
        t.resize(1 + (n * 37) % 200, 1 + (n * 17) % 60);
    }
    t.resize(140, 45);
    t.wait("the last size", |s| s.contains("Environments") && s.contains("inn/walk") && s.contains("? help"));
    quit(&mut t);
    assert_eq!(t.ended().exit_code(), 0);
    t.assert_restored();
}

#[test]
fn a_size_that_comes_and_goes_at_once_leaves_a_whole_frame() {
    let mut t = inn().dashboard();
    for n in 0..30 {
        t.resize(1, 1);
        t.resize(140, 45);
        t.wait(&format!("all of it after round {n}"), |s| s.contains("inn/walk") && s.contains("? help"));
    }
    t.signal("TERM");
    t.ended();
}

#[test]
fn no_key_and_no_size_is_lost_when_both_come_at_once() {
    let mut t = inn().dashboard();
    t.press("/");
    t.wait_for("1 Projects");
    let mut typed = String::new();
    for n in 0..60 {
        let letter = char::from(b'a' + u8::try_from(n % 26).unwrap());
        typed.push(letter);
        let size = (120 + n % 20, 40 + n % 5);
        t.resize(size.0, size.1);
        t.press(&letter.to_string());
        let last = &typed[typed.len().saturating_sub(20)..];
        t.wait(&format!("{last} on {size:?}"), |s| s.contains(last));
    }
    t.signal("TERM");
    t.ended();
}

#[test]
fn in_a_terminal_too_small_to_be_drawn_on_nothing_is_stopped_and_q_leaves() {
    let inn = inn();
    let mut t = inn.dashboard();
    t.press("2/attic.pin$\r");
    t.wait("one row", |s| s.contains("━ 1 of "));
    // The dialog is open, its button has the focus.
    t.press("S");
    t.wait_for("patch deployments ✓");
    t.press("\t");
    t.resize(39, 24);
    t.wait("it says what it needs", |s| s.starts_with("kennel needs 40×8 · q quits"));
    t.resize(140, 45);
    t.wait("the dialog is gone", |s| s.contains("attic/pin") && s.contains("? help") && !s.contains("Stop attic/pin"));
    t.resize(39, 24);
    t.wait_for("q quits");
    // In one order: what the first ones began the last would have to ask about.
    t.press("\rS\t\r:quit\x1b[200~S\t\r\x1b[201~\rq");
    assert_eq!(t.ended().exit_code(), 0);
    t.assert_restored();
    assert_eq!(inn.counts("attic/pin"), [("lamp".to_owned(), 1)]);
}

#[test]
fn it_starts_in_a_terminal_of_one_cell() {
    let mut t = Terminal::start(kennel(&["--server", &inn().url]), 1, 1);
    t.wait_raw("\x1b[?2026l");
    t.signal("TERM");
    assert_eq!(t.ended().exit_code(), 0);
    t.assert_restored();
}

#[test]
fn a_dumb_terminal_is_refused_in_a_sentence_and_left_alone() {
    let mut command = kennel(&["--server", &inn().url]);
    command.env("TERM", "dumb");
    let mut t = Terminal::start(command, 80, 24);
    assert_eq!(t.ended().exit_code(), 1);
    t.assert_restored();
    let raw = t.all();
    assert!(raw.contains("TERM=dumb") && raw.contains("kennel get"), "{raw}");
    assert!(!raw.contains('\x1b'), "{raw:?}");
}

#[test]
fn without_utf_8_every_byte_is_ascii() {
    let mut command = kennel(&["--server", &inn().url]);
    command.env("LANG", "C");
    command.env("NO_COLOR", "1");
    let mut t = Terminal::start(command, 120, 40);
    t.wait_for("inn/walk");
    t.press("\t\t");
    t.press("?");
    t.wait_for("Help");
    t.press("\x1b");
    t.wait("the help is gone", |s| !s.contains("Help"));
    quit(&mut t);
    t.ended();
    let raw = t.all();
    assert!(raw.is_ascii(), "{:?}", raw.chars().filter(|c| !c.is_ascii()).collect::<Vec<_>>());
    assert_eq!(crate::wishes::colours(&raw), Vec::<String>::new());
}

#[test]
fn keys_answer_while_the_server_does_not() {
    // It takes every connection and says nothing.
    let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = mute.local_addr().unwrap();
    let held = std::thread::spawn(move || mute.incoming().take(50).flatten().collect::<Vec<_>>());
    let mut t = Terminal::start(kennel(&["--server", &format!("http://{address}")]), 120, 40);
    t.wait_for("Environments");
    for _ in 0..5 {
        t.press("?");
        t.wait_for("Help");
        t.press("\x1b");
        t.wait("the help is gone", |s| !s.contains("Help"));
    }
    assert!(!held.is_finished());
    quit(&mut t);
    assert_eq!(t.ended().exit_code(), 0);
    t.assert_restored();
}

#[test]
fn what_is_pasted_is_no_command() {
    let mut t = inn().dashboard();
    t.press("\x1b[200~S\t\rqq:q\r\x03\x1b[201~");
    t.press("/");
    t.press("\x1b[200~wa\x1b]0;x\x07l\nk\x1b[201~");
    t.press("\r");
    t.wait_for("/wa<U+001B>]0;x<U+0007>l k hides all");
    let raw = String::from_utf8_lossy(&t.raw()).into_owned();
    assert!(!raw.contains("Stop ") && !raw.contains("Quit kennel?"), "nothing else was asked or done");
    assert!(!raw.contains("\x1b]0;x"), "no sequence comes back");
    quit(&mut t);
    assert_eq!(t.ended().exit_code(), 0);
}

#[test]
fn what_is_copied_goes_to_the_terminals_clipboard_and_through_tmux() {
    use base64::Engine as _;
    let address = base64::engine::general_purpose::STANDARD.encode("web");
    let plain = format!("\x1b]52;c;{address}\x07");
    let wrapped = format!("\x1bPtmux;\x1b\x1b]52;c;{address}\x07\x1b\\");
    for (tmux, sequence) in [(false, &plain), (true, &wrapped)] {
        let mut t = inn().dashboard_with(&[], |c| {
            if tmux {
                c.env("TMUX", "/tmp/tmux-0/default,1,0");
            }
        });
        t.press("/inn.walk\r3/web\r");
        t.wait("the service", |s| s.contains("web ─") && !s.contains("api ─"));
        t.press("c");
        t.wait_for("Copy");
        t.press("\r");
        t.wait_raw(sequence);
        t.wait_for("copied");
        t.signal("TERM");
        t.ended();
    }
}

#[test]
fn keys_come_from_the_terminal_where_stdin_is_something_else() {
    let mut command = CommandBuilder::new("/bin/sh");
    command.env_clear();
    for (name, value) in kennel(&[]).iter_full_env_as_str() {
        command.env(name, value);
    }
    let server = &inn().url;
    command.args(["-c", &format!("exec {} --server {server} </dev/null", env!("CARGO_BIN_EXE_kennel"))]);
    let mut t = Terminal::start(command, 120, 40);
    t.wait_for("inn/walk");
    // A frame as text, and the end, would hold the name too.
    t.press("?");
    t.wait_for("Help");
    t.press("\x1b");
    quit(&mut t);
    assert_eq!(t.ended().exit_code(), 0);
    t.assert_restored();
}
