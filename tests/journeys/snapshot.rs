//! The dashboard where there is no terminal: a frame as text.

use std::process::Output;
use std::time::{Duration, Instant};

use unicode_width::UnicodeWidthStr as _;

use crate::api;
use crate::inn::inn;
use crate::pty::{PATIENCE, kennel, plain};

fn run(words: &[&str]) -> Output {
    let command = kennel(&[&["--server", &inn().url], words].concat());
    let output = plain(&command).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn frame(words: &[&str]) -> String {
    String::from_utf8(run(words).stdout).unwrap()
}

#[test]
fn without_a_terminal_it_prints_a_settled_frame_and_ends() {
    let output = run(&[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!((text.lines().count(), text.contains('\x1b')), (40, false), "{text}");
    assert!(text.contains("● live") && text.contains("inn/walk") && text.contains("? help"), "{text}");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn a_snapshot_has_the_size_that_is_asked_for() {
    for (columns, rows) in [(80, 24), (160, 48), (1, 1)] {
        let text = frame(&["snapshot", "--size", &format!("{columns}x{rows}")]);
        assert_eq!(text.lines().count(), rows, "{text}");
        assert!(text.lines().all(|l| l.width() <= columns), "{text}");
    }
    assert!(frame(&["snapshot", "--size", "80x24"]).contains("1 Projects  ▸2 Environments  3 Services"), "tabs");
}

#[test]
fn a_snapshot_presses_the_keys_one_after_the_other() {
    let text = frame(&["snapshot", "--size", "140x45", "--keys", "/inn.walk$<Enter><Enter>3/web<Enter><Enter>"]);
    assert!(text.contains("inn ▸ walk ▸ web") && text.contains("acme/web:1.0.0"), "{text}");
    let text = frame(&["snapshot", "--keys", "?"]);
    assert!(text.contains("Help"), "{text}");
    let text = frame(&["snapshot", "--keys", "<lt>"]);
    assert!(text.contains("inn/walk"), "{text}");
}

#[test]
fn the_keys_of_a_snapshot_change_no_cluster_that_is_not_its_own() {
    let text = frame(&["snapshot", "--keys", "/attic.dev<Enter>S<Tab><Enter>", "--wait", "300ms"]);
    assert!(text.contains("read-only"), "{text}");
    assert!(!text.contains("has begun"), "{text}");
}

#[test]
fn the_keys_of_a_snapshot_too_small_to_be_drawn_change_not_even_its_own_cluster() {
    let home = tempfile::tempdir().unwrap();
    let patches = |size: &str| {
        let log = home.path().join(size);
        let words = ["snapshot", "--size", size, "--keys", "2S<Tab><Enter>", "--wait", "300ms"];
        let command = kennel(&[&["--demo", "-v", "--log-file", log.to_str().unwrap()], &words[..]].concat());
        let output = plain(&command).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let patches = std::fs::read_to_string(log).unwrap().matches("method=PATCH").count();
        (String::from_utf8(output.stdout).unwrap().trim_end().to_owned(), patches)
    };
    assert!(patches("80x24").1 > 0, "else this proves nothing");
    assert_eq!(patches("39x24"), ("kennel needs 40×8 · q quits".to_owned(), 0));
}

#[test]
fn a_snapshot_waits_and_shows_what_came_meanwhile() {
    let home = tempfile::tempdir().unwrap();
    let log = home.path().join("log");
    let words = ["--log-file", log.to_str().unwrap(), "-v", "snapshot", "--wait", "8s"];
    let command = kennel(&[&["--server", &inn().url], &words[..]].concat());
    let child = plain(&command).stdout(std::process::Stdio::piped()).spawn().unwrap();
    // It has read the namespaces, and a while later it only waits: now one gets another name.
    let watches = || std::fs::read_to_string(&log).is_ok_and(|text| text.contains("/api/v1/namespaces?watch=true"));
    let end = Instant::now() + PATIENCE;
    while !watches() {
        assert!(Instant::now() < end, "it never watched them");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_secs(2));
    let renamed = serde_json::json!({ "metadata": { "annotations": { "kennel.dev/environment": "renamed" } } });
    api::patch(&inn().url, "/api/v1/namespaces/attic-late", &renamed);
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("attic/renamed") && !text.contains("attic/late"), "{text}");
}

#[test]
fn colours_come_only_when_asked_for() {
    let ansi = |change: fn(&mut portable_pty::CommandBuilder)| {
        let mut command = kennel(&["--server", &inn().url, "snapshot", "--ansi"]);
        change(&mut command);
        String::from_utf8(plain(&command).output().unwrap().stdout).unwrap()
    };
    let text = ansi(|_| {});
    assert!(text.contains("\x1b[38;5;") && text.lines().all(|l| l.ends_with("\x1b[0m")), "{text:?}");
    let text = ansi(|c| c.env("TERM", "dumb"));
    assert!(text.contains("\x1b[38;5;"), "a picture is looked at elsewhere: {text:?}");
    let text = ansi(|c| c.env("NO_COLOR", "1"));
    assert!(!text.contains("38;5;") && text.contains("\x1b[0m"), "{text:?}");
}
