//! Stop and start in the dashboard: to the end, killed half-way, left, and hung up on.

use std::path::Path;

use serde_json::json;

use crate::api::hold;
use crate::inn::{Inn, inn};
use crate::pty::{Terminal, kennel, plain};
use crate::quit;

/// Narrows the environments to one: it is the row under the cursor from then on.
fn narrow(t: &mut Terminal, name: &str) {
    t.press(&format!("2/{name}$\r"));
    t.wait(&format!("{name} alone"), |s| s.contains("━ 1 of ") && s.contains(&format!("/{name}")));
}

/// Whether the card of a service is there, with the focus or without.
fn card(screen: &str, name: &str) -> bool {
    screen.contains(&format!(" {name} ─"))
}

/// `S`, then the action, as soon as the dialog lets it be pressed.
fn confirm(t: &mut Terminal, title: &str) {
    t.press("S");
    t.wait_for(title);
    t.wait_for("patch statefulsets ✓");
    t.press("\t\r");
}

/// A dashboard that has begun to stop an environment: its applications are on their way out, and its datasource waits
/// until [`let_go`].
fn stopping(inn: &Inn, name: &str) -> Terminal {
    stopping_in(inn, inn.dashboard(), name)
}

fn stopping_in(inn: &Inn, mut t: Terminal, name: &str) -> Terminal {
    hold(&inn.url, &format!("inn-{name}"), "api", true);
    narrow(&mut t, name);
    confirm(&mut t, &format!("Stop inn/{name}"));
    t.wait_row(&format!("inn/{name}"), "4 of 5 sent");
    t
}

/// The applications of an environment that [`stopping`] holds may go.
fn let_go(inn: &Inn, name: &str) {
    hold(&inn.url, &format!("inn-{name}"), "api", false);
}

/// Starts an environment in the dashboard, and compares what it then has with what it had.
fn start_again(inn: &Inn, t: &mut Terminal, name: &str, before: &[(String, u64)]) {
    confirm(t, &format!("Start inn/{name}"));
    t.wait_row(&format!("inn/{name}"), "Active");
    let environment = format!("inn/{name}");
    inn.wait(&environment, |e| e["status"] == "Active" && e["operation"]["status"] == "done");
    assert_eq!(inn.counts(&environment), before);
}

#[test]
fn an_environment_is_looked_into_stopped_and_started_again() {
    let inn = inn();
    let before = inn.counts("inn/walk");
    let mut t = inn.dashboard();
    // Into it: project, environment, service; and back.
    t.press("1G");
    t.wait_for(" kennel  inn ");
    t.press("\r/walk\r\r");
    t.wait("the environment", |s| s.contains("namespace  inn-walk") && card(s, "mailer"));
    t.press("3/web\r\r");
    t.wait("the service", |s| {
        s.contains("inn ▸ walk ▸ web") && s.contains("acme/web:1.0.0") && s.contains("3/3 ready")
    });
    t.press("\x1b");
    t.wait("back in the environment", |s| s.contains("namespace  inn-walk") && !card(s, "mailer"));
    t.press("\x1b");
    t.wait("the filter went first", |s| s.contains("namespace  inn-walk") && card(s, "mailer"));
    t.press("\x1b");
    t.wait("back among the environments", |s| s.contains("2 Environments · inn") && s.contains("/walk"));

    confirm(&mut t, "Stop inn/walk");
    t.wait_row("walk", "Decommissioning");
    t.wait_row("walk", "Unavailable");
    t.wait_for("stop of inn/walk is done");
    assert_eq!(inn.environment("inn/walk")["status"], "Unavailable");
    inn.assert_no_pods("inn/walk");

    confirm(&mut t, "Start inn/walk");
    t.wait_row("walk", "Active");
    inn.wait("inn/walk", |e| e["status"] == "Active" && e["operation"]["status"] == "done");
    assert_eq!(inn.counts("inn/walk"), before);
    quit(&mut t);
    assert_eq!(t.ended().exit_code(), 0);
    t.assert_restored();
}

/// A dashboard that found the stop of a killed one, with the dialog about it open.
fn found_killed(inn: &Inn, name: &str) -> Terminal {
    let mut t = stopping(inn, name);
    t.signal("KILL");
    t.ended();
    let environment = format!("inn/{name}");
    assert_eq!(inn.environment(&environment)["operation"]["status"], "interrupted");
    let mut t = inn.dashboard();
    t.wait_row(&environment, "stop interrupted");
    narrow(&mut t, name);
    t.press("\r");
    t.wait_for(&format!("Interrupted: stop of {environment}"));
    t.wait("what can be done", |s| s.contains("Resume") && s.contains("Undo") && s.contains("· StatefulSet db"));
    t
}

#[test]
fn a_stop_whose_kennel_was_killed_is_resumed_in_the_dashboard_and_no_count_is_lost() {
    let inn = inn();
    let before = inn.counts("inn/kill");
    let mut t = found_killed(inn, "kill");
    t.press("\t\r");
    // It is nobody's interrupted operation any more: it runs, here.
    t.wait_row("inn/kill", "Decommissioning");
    let_go(inn, "kill");
    t.wait_row("inn/kill", "Unavailable");
    inn.assert_no_pods("inn/kill");
    start_again(inn, &mut t, "kill", &before);
    t.signal("TERM");
    t.ended();
}

#[test]
fn a_stop_whose_kennel_was_killed_is_undone_in_the_dashboard() {
    let inn = inn();
    let before = inn.counts("inn/undo");
    let mut t = found_killed(inn, "undo");
    let_go(inn, "undo");
    t.press("\t\t\r");
    t.wait_row("inn/undo", "Active");
    let e = inn.wait("inn/undo", |e| e["operation"]["status"] == "undone");
    assert_eq!(e["status"], "Active");
    assert_eq!(inn.counts("inn/undo"), before);
    t.signal("TERM");
    t.ended();
}

/// The log that the last line on the terminal names.
fn log_named_at_the_end(t: &mut Terminal) -> String {
    let words = t.last_words();
    let line: String = words.lines().filter(|l| l.contains("goes on in the background")).collect();
    let (_, path) = line.split_once("its log: ").unwrap_or_else(|| panic!("no log is named: {words:?}"));
    path.trim().to_owned()
}

#[test]
fn a_stop_that_runs_while_one_quits_is_finished_in_the_background_and_its_log_says_so() {
    let inn = inn();
    let before = inn.counts("inn/leave");
    let mut t = stopping(inn, "leave");
    // Also where all that fits is a line.
    t.resize(39, 24);
    t.wait_for("kennel needs 40×8 · q quits");
    t.press("q");
    t.wait_for("q quits · Esc stays · A kennel in the");
    t.press("\x1b");
    t.wait_for("kennel needs 40×8 · q quits");
    t.press("q");
    t.wait_for("A kennel in the");
    t.press("q");
    assert_eq!(t.ended().exit_code(), 0);
    t.assert_restored();
    let log = log_named_at_the_end(&mut t);
    let_go(inn, "leave");
    let e = inn.wait("inn/leave", |e| e["operation"]["status"] == "done");
    assert_eq!(e["status"], "Unavailable", "{e:#}");
    inn.assert_no_pods("inn/leave");
    // Its last words come a moment after the journal's.
    let end = std::time::Instant::now() + crate::pty::PATIENCE;
    let said = || std::fs::read_to_string(&log).unwrap();
    while !said().contains("stop inn/leave: done") {
        assert!(std::time::Instant::now() < end, "{log}: {}", said());
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    inn.json(&["start", "inn/leave", "--yes"]);
    assert_eq!(inn.counts("inn/leave"), before);
}

#[test]
fn a_stop_that_runs_when_the_connection_drops_is_finished_in_the_background() {
    let inn = inn();
    let mut t = stopping(inn, "drop");
    // Stopped meanwhile by somebody else, who is told what that means.
    t.signal("TSTP");
    t.wait_for("kennel: stop of inn/drop stands still until fg");
    t.wait_stopped();
    t.signal("CONT");
    t.wait_for("? help");
    t.hang_up();
    t.ended();
    let_go(inn, "drop");
    let e = inn.wait("inn/drop", |e| e["operation"]["status"] == "done");
    assert_eq!(e["status"], "Unavailable", "{e:#}");
    inn.assert_no_pods("inn/drop");
}

#[test]
fn with_on_exit_stop_what_runs_waits_for_the_next_kennel() {
    let inn = inn();
    let home = tempfile::tempdir().unwrap();
    write(&home.path().join("kennel/config.toml"), "on_exit = \"stop\"\n");
    let t = inn.dashboard_with(&[], |c| c.env("XDG_CONFIG_HOME", home.path()));
    let mut t = stopping_in(inn, t, "stay");
    t.press("q");
    t.wait_for("It stops where it is");
    t.press("q");
    assert_eq!(t.ended().exit_code(), 0);
    let words = t.last_words();
    let e = inn.environment("inn/stay");
    assert_eq!(e["operation"]["status"], "interrupted", "let go of at once: {e:#}");
    let id = e["operation"]["id"].as_str().unwrap();
    assert!(words.contains(&format!("--resume {id}")), "what to do is said: {words:?}");
    let db = inn.counts("inn/stay").into_iter().find(|(name, _)| name == "db");
    assert_eq!(db, Some(("db".into(), 2)), "the datasource was never touched");
    let_go(inn, "stay");
    inn.json(&["operations", "--resume", id, "--yes"]);
    assert_eq!(inn.environment("inn/stay")["status"], "Unavailable");
    inn.assert_no_pods("inn/stay");
}

#[test]
fn a_terminal_that_does_not_read_stops_no_operation() {
    let inn = inn();
    let mut t = stopping(inn, "deaf");
    t.stop_reading();
    // Enough frames to fill the pty.
    for n in 0..100 {
        t.resize(100 + n % 40, 30 + n % 20);
    }
    let_go(inn, "deaf");
    let e = inn.wait("inn/deaf", |e| e["operation"]["status"] == "done");
    assert_eq!(e["status"], "Unavailable", "{e:#}");
    t.signal("TERM");
    assert_eq!(t.ended().exit_code(), 0);
}

#[test]
fn a_second_kennel_takes_a_stop_over_with_the_word_that_it_asks_for() {
    let inn = inn();
    let (mut first, mut second) = (inn.dashboard(), inn.dashboard());
    hold(&inn.url, "attic-hand", "clock", true);
    narrow(&mut first, "hand");
    first.press("S");
    first.wait_for("Stop attic/hand");
    first.wait_for("patch statefulsets ✓");
    first.press("\t\r");
    first.wait_row("attic/hand", "1 of 2 sent");

    // Who is at work is named; without the word the buttons do nothing.
    second.press(":ops\r");
    second.wait_row("attic/hand", "running");
    second.press("/hand$\r");
    second.wait_for("/hand$ ━");
    second.press("\r");
    second.wait_for("Running: stop of attic/hand");
    second.wait_for("Type \"take over\"");
    second.press("\t\t\r");
    second.wait("it asks again", |s| s.contains("is at work on it"));
    assert_eq!(inn.environment("attic/hand")["operation"]["status"], "running");
    let holder = || inn.environment("attic/hand")["operation"]["holder"].clone();
    let before = inn.json(&["operations", "attic/hand"])[0].clone();
    // Back to the line, the word, and the button.
    second.press("\x1b");
    second.wait("the question is gone", |s| !s.contains("Running: stop of"));
    second.press("\r");
    second.wait_for("Type \"take over\"");
    second.press("\ttake over\t\r");
    second.wait("it runs here", |s| s.contains("stop attic/hand") && !s.contains("Type \"take over\""));
    // The first one lets go of it, and says who has it.
    first.wait("it says so", |s| s.contains("taken over") || s.contains("goes on with it"));
    hold(&inn.url, "attic-hand", "clock", false);
    second.wait_for("stop of attic/hand is done");
    let e = inn.wait("attic/hand", |e| e["operation"]["status"] == "done");
    assert_eq!((e["status"].as_str(), holder()), (Some("Unavailable"), before["holder"].clone()), "{e:#}");
    inn.assert_no_pods("attic/hand");
    let after = inn.json(&["operations", "attic/hand"])[0].clone();
    assert_eq!(after["id"], before["id"], "one operation, two kennels");
    for t in [&mut first, &mut second] {
        t.signal("TERM");
        t.ended();
    }
    inn.json(&["start", "attic/hand", "--yes"]);
    assert_eq!(inn.environment("attic/hand")["status"], "Active");
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A kubeconfig with one context, `inn`, and a user with this token.
fn kubeconfig(server: &str, token: &str) -> String {
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "inn",
        "contexts": [{"name": "inn", "context": {"cluster": "inn", "user": "maria"}}],
        "clusters": [{"name": "inn", "cluster": {"server": server}}],
        "users": [{"name": "maria", "user": {"token": token}}],
    });
    config.to_string()
}

#[test]
fn a_kubeconfig_that_changes_or_goes_meanwhile_changes_nothing_and_is_never_written() {
    let inn = inn();
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("kubeconfig");
    write(&file, &kubeconfig(&inn.url, "s3cr3t-canary"));
    let mut t = Terminal::start(kennel(&["--kubeconfig", file.to_str().unwrap()]), 140, 45);
    t.wait_row("attic/pin", "Active");
    let elsewhere = kubeconfig("http://127.0.0.1:1", "other");
    write(&file, &elsewhere);
    // Ctrl-r: ask the cluster again. It is the one that was opened.
    t.press("\x12");
    inn.json(&["stop", "attic/pin", "--yes"]);
    t.wait_row("attic/pin", "Unavailable");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), elsewhere);
    std::fs::remove_file(&file).unwrap();
    t.press("\x12");
    inn.json(&["start", "attic/pin", "--yes"]);
    t.wait_row("attic/pin", "Active");
    assert!(!file.exists());
    quit(&mut t);
    assert_eq!(t.ended().exit_code(), 0);
    assert!(!t.all().contains("canary"), "the token is in no frame");
}

#[test]
fn the_log_file_says_what_was_done_and_holds_no_credential() {
    let inn = inn();
    let home = tempfile::tempdir().unwrap();
    let log = home.path().join("kennel.log");
    let canary = "s3cr3t-canary-0123456789";
    let file = home.path().join("kubeconfig");
    write(&file, &kubeconfig(&inn.url, canary));
    let (file, path) = (file.to_str().unwrap(), log.to_str().unwrap());
    let run = |flags: &[&str], words: &[&str]| {
        let command = kennel(&[&["--kubeconfig", file, "--log-file", path], flags, words].concat());
        let output = plain(&command).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
        let said = String::from_utf8(said).unwrap();
        let text = std::fs::read_to_string(&log).unwrap();
        std::fs::remove_file(&log).unwrap();
        for said in [&said, &text] {
            assert!(!said.contains("canary"), "{said}");
        }
        text
    };
    let text = run(&[], &["stop", "attic/dev", "--yes"]);
    assert!(text.contains("operation ended namespace=attic-dev"), "what was changed is in every log: {text}");
    assert!(!text.contains("answered"), "{text}");
    let text = run(&["-v"], &["start", "attic/dev", "--yes"]);
    let patch = "answered method=PATCH path=\"/apis/apps/v1/namespaces/attic-dev/deployments/lamp";
    assert!(text.contains(patch) && text.contains("status=200"), "each request with -v: {text}");
    let text = run(&["-vv"], &["get", "environments"]);
    assert!(text.contains("TRACE"), "everything with -vv");
    assert!(text.contains("path=\"/api/v1/namespaces"), "{text}");
}
