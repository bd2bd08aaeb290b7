//! What a person has chosen: colours or none, keys of one's own.

use std::path::Path;

use crate::inn::inn;
use crate::pty::{Terminal, kennel, plain};
use crate::quit;

/// Sequences that set a colour, of all that the program wrote.
pub fn colours(raw: &str) -> Vec<String> {
    let sequences = raw.match_indices("\x1b[").map(|(at, _)| {
        let numbers: String = raw[at + 2..].chars().take_while(|c| !c.is_ascii_alphabetic()).collect();
        let last = raw[at + 2 + numbers.len()..].chars().next();
        (numbers, last)
    });
    let sets = |n: &str| n.parse().is_ok_and(|n: u8| matches!(n, 30..=38 | 40..=48 | 90..=107));
    let coloured = sequences.filter(|(numbers, last)| *last == Some('m') && numbers.split(';').any(sets));
    coloured.map(|(numbers, _)| numbers).collect()
}

/// Walks over some of the screens, and gives back all that was written.
fn walk(t: &mut Terminal) -> String {
    t.press("3");
    t.wait_for("━ 3 Services");
    t.press("?");
    t.wait_for("━ Help ━");
    t.press("\x1b");
    t.wait("the help is gone", |s| !s.contains("━ Help ━"));
    quit(t);
    assert_eq!(t.ended().exit_code(), 0);
    t.all()
}

#[test]
fn colours_are_there_unless_the_flag_or_the_environment_says_no() {
    let with = walk(&mut inn().dashboard());
    assert!(!colours(&with).is_empty(), "else the others prove nothing");
    let flag = walk(&mut inn().dashboard_with(&["--no-color"], |_| {}));
    assert_eq!(colours(&flag), Vec::<String>::new(), "--no-color");
    let variable = walk(&mut inn().dashboard_with(&[], |c| c.env("NO_COLOR", "1")));
    assert_eq!(colours(&variable), Vec::<String>::new(), "NO_COLOR");
    let empty = walk(&mut inn().dashboard_with(&[], |c| c.env("NO_COLOR", "")));
    assert!(!colours(&empty).is_empty(), "an empty NO_COLOR says nothing (no-color.org)");
}

#[test]
fn without_colours_what_is_focused_and_selected_is_still_seen() {
    let t = inn().dashboard_with(&["--no-color"], |_| {});
    let screen = t.wait("the focus", |s| s.contains("┏━ 2 Environments"));
    assert!(screen.contains("┌─ 1 Projects"), "the focus is the heavy border:\n{screen}");
    let row = screen.lines().find(|l| l.contains("┃▶")).expect("the cursor's row");
    assert!(row.contains("attic/") || row.contains("inn/"), "{row}");
}

fn config(home: &Path, text: &str) {
    std::fs::create_dir_all(home.join("kennel")).unwrap();
    std::fs::write(home.join("kennel/config.toml"), text).unwrap();
}

#[test]
fn keys_of_ones_own_act_and_are_named_in_hints_and_help_and_the_tables_do_nothing() {
    let home = tempfile::tempdir().unwrap();
    config(home.path(), "[keys]\nstart-stop = \"<F2>\"\nzoom = [\"Z\", \"<F5>\"]\nhelp = \"<F1>\"\n");
    let mut t = inn().dashboard_with(&[], |c| c.env("XDG_CONFIG_HOME", home.path()));
    t.wait("the hints", |s| s.contains("F2 start/stop") && s.contains("F1 help"));
    // None of these does anything; the help that follows would not open over a dialog, nor zoomed out of sight.
    t.press("S?z");
    t.press("\x1bOP");
    let help = t.wait_for("━ Help ━");
    assert!(help.contains("F2"), "{help}");
    t.press("\x1b");
    t.wait("the help is gone, and z had not zoomed", |s| !s.contains("━ Help ━") && s.contains("1 Projects"));
    t.press("Z");
    t.wait("zoomed", |s| !s.contains("1 Projects") && s.contains("2 Environments"));
    t.press("\x1b[15~");
    t.wait("and back by its other key", |s| s.contains("1 Projects"));
    t.press("/attic/keys$\r");
    t.wait("one row", |s| s.contains("/attic/keys$"));
    t.press("\x1bOQ");
    t.wait_for("Stop attic/keys");
    t.press("\x1b");
    t.wait("nothing is stopped", |s| !s.contains("Stop attic/keys"));
    quit(&mut t);
    assert_eq!(t.ended().exit_code(), 0);
}

#[test]
fn keys_that_clash_are_refused_in_a_sentence_before_the_terminal_is_taken() {
    let home = tempfile::tempdir().unwrap();
    config(home.path(), "theme = \"dark\"\n[keys]\nzoom = \"j\"\n");
    let mut command = kennel(&["--server", &inn().url]);
    command.env("XDG_CONFIG_HOME", home.path());
    let mut t = Terminal::start(command.clone(), 100, 30);
    assert_eq!(t.ended().exit_code(), 2);
    t.assert_restored();
    let said = t.all();
    assert!(!said.contains('\x1b'), "{said:?}");
    let words: String = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("line 3") && words.contains("both zoom and down"), "{words}");
    // A script hears the same.
    let output = plain(&command).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("both zoom and down"));
}

#[test]
fn esc_and_the_next_key_in_one_packet_are_both() {
    let mut t = inn().dashboard();
    t.press("/walk$\r");
    t.wait("one row", |s| s.contains("1 of "));
    // As a slow line delivers them: at once.
    t.press("\x1b?");
    let help = t.wait_for("━ Help ━");
    assert!(!help.contains("/walk$"), "Esc took the filter away first:\n{help}");
    quit(&mut t);
    quit(&mut t);
    assert_eq!(t.ended().exit_code(), 0);
}

#[test]
fn the_mouse_is_taken_only_where_one_wants_it_and_given_back() {
    let mut t = inn().dashboard();
    t.wait_for("┏━ 2 Environments");
    t.press(":set mouse\r");
    t.wait_raw("\x1b[?1000h");
    // The left button on the second row of the projects, in SGR coordinates from 1.
    t.press("\x1b[<0;6;5M\x1b[<0;6;5m");
    t.wait_for("┏━ 1 Projects");
    t.press(":set nomouse\r");
    t.wait_raw("\x1b[?1000l");
    quit(&mut t);
    assert_eq!(t.ended().exit_code(), 0);
    t.assert_restored();

    let home = tempfile::tempdir().unwrap();
    config(home.path(), "mouse = true\n");
    let mut t = inn().dashboard_with(&[], |c| c.env("XDG_CONFIG_HOME", home.path()));
    t.wait_raw("\x1b[?1000h");
    // A stop from the terminal gives it back, and takes it again.
    t.signal("TSTP");
    t.wait_stopped();
    t.assert_restored();
    t.signal("CONT");
    t.wait_for("┏━ 2 Environments");
    t.press("\x1b[<0;6;5M\x1b[<0;6;5m");
    t.wait_for("┏━ 1 Projects");
    quit(&mut t);
    t.ended();
    t.assert_restored();
    let taken = t.all().matches("\x1b[?1000h").count();
    assert!(taken >= 2, "taken at the start, and again after the stop: {taken}");
}
