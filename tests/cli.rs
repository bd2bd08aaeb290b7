//! The command line's contract: exit codes, what goes to stdout and what to stderr, and the README's promises.
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
#[path = "cli/contract.rs"]
mod contract;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

/// The binary, with nothing of what the developer's shell brings along.
fn kennel(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kennel"));
    command.args(args).stdin(Stdio::null()).env_clear();
    let home = concat!(env!("CARGO_TARGET_TMPDIR"), "/nobody");
    command.env("HOME", home).env("XDG_CONFIG_HOME", format!("{home}/config")).env("LANG", "C.UTF-8");
    command
}

struct Said {
    code: i32,
    out: String,
    err: String,
}

fn said(output: Output) -> Said {
    Said {
        code: output.status.code().expect("it ended by itself"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn run(args: &[&str]) -> Said {
    said(kennel(args).output().unwrap())
}

/// A cluster whose pods start and stop at once, for what is not about waiting.
const QUICK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/quick.yaml");

/// A demo that several commands talk to.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(scenario: &str) -> Self {
        let args = ["demo", "--serve", "127.0.0.1:0", "--headless", "--scenario", scenario];
        let mut child = kennel(&args).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("serving ").expect(&line).to_owned();
        Self { child, url }
    }

    fn run(&self, args: &[&str]) -> Said {
        run(&[&["--server", &self.url], args].concat())
    }

    fn json(&self, args: &[&str]) -> Value {
        let s = self.run(&[args, &["-o", "json"]].concat());
        assert_eq!(s.code, 0, "{args:?}: {}", s.err);
        serde_json::from_str(&s.out).unwrap_or_else(|e| panic!("{args:?}: {e}\n{}", s.out))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_wrong_command_line_is_2_and_help_is_0() {
    for wrong in [
        &["problems"][..],
        &["get"],
        &["get", "nonsense"],
        &["snapshot", "--size", "big", "--demo"],
        &["--demo", "--context", "x"],
        &["operations", "--resume", "a", "--undo", "b"],
        &["stop", "--demo"],
        &["start", "--server", "http://127.0.0.1:1"],
        &["--demo", "snapshot", "--keys", "<Nope>"],
    ] {
        let s = run(wrong);
        assert_eq!(s.code, 2, "{wrong:?}: {}", s.err);
        assert!(!s.err.is_empty() && s.out.is_empty(), "{wrong:?}");
    }
    for fine in [&["--help"][..], &["--version"], &["stop", "--help"], &["completions", "zsh"], &["man"]] {
        let s = run(fine);
        assert_eq!((s.code, s.err.as_str()), (0, ""), "{fine:?}");
        assert!(!s.out.is_empty());
    }
}

#[test]
fn no_cluster_is_6_and_one_line_that_names_the_demo() {
    for nowhere in [&["get", "environments"][..], &["--server", "http://127.0.0.1:1", "get", "env"], &[]] {
        let s = run(nowhere);
        assert_eq!(s.code, 6, "{nowhere:?}: {}", s.err);
        assert_eq!(s.err.lines().count(), 1, "{}", s.err);
        assert!(s.err.contains("kennel demo"), "{}", s.err);
        assert_eq!(s.out, "");
    }
    let s = run(&["doctor"]);
    assert_eq!(s.code, 6);
    assert!(s.out.contains("bad") && s.out.contains("kennel demo"), "{}", s.out);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let mut child = kennel(&["man"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let s = said(child.wait_with_output().unwrap());
    assert_eq!((s.code, s.err.as_str()), (0, ""));
}

#[track_caller]
fn holds(list: &Value, fields: contract::Fields, what: &str) {
    let faults = contract::faults(list, fields);
    assert!(faults.is_empty(), "{what}: {faults:#?}");
}

/// The lists of `get` and their shapes.
const LISTS: [(&str, contract::Fields); 5] = [
    ("projects", contract::PROJECT),
    ("environments", contract::ENVIRONMENT),
    ("services", contract::SERVICE),
    ("events", contract::EVENT),
    ("pods", contract::POD),
];

#[test]
fn lists_are_arrays_of_objects_with_the_contracts_names_and_forms_and_no_others() {
    let server = Server::start("shop");
    for (what, fields) in LISTS {
        let list = server.json(&["get", what]);
        assert!(list.as_array().is_some_and(|l| !l.is_empty()), "{what}");
        holds(&list, fields, what);
        let yaml = server.run(&["get", what, "-o", "yaml"]);
        let back: Value = serde_yaml::from_str(&yaml.out).unwrap();
        holds(&back, fields, what);
        for form in ["name", "wide", "table"] {
            let said = server.run(&["get", what, "-o", form]);
            assert_eq!(said.code, 0, "{what} {form}");
            assert!(said.out.lines().count() >= list.as_array().unwrap().len(), "{what} {form}: {}", said.out);
        }
    }
    let phases: Vec<Value> =
        server.json(&["get", "environments"]).as_array().unwrap().iter().map(|e| e["status"].clone()).collect();
    for phase in ["Active", "Error", "Unavailable", "Updating", "Partially Stopped"] {
        assert!(phases.contains(&phase.into()), "{phase} of {phases:?}");
    }
    holds(&server.json(&["operations"]), contract::OPERATION, "operations");
    holds(&server.json(&["stop", "shop", "--dry-run"]), contract::PLAN, "plans, one per environment");
    holds(&server.json(&["stop", "shop/qa", "web", "--yes"]), contract::RESULT, "the result of one step");
    holds(&server.json(&["start", "shop/qa", "--yes"]), contract::RESULT, "a result");
}

#[test]
fn what_is_listed_of_a_dump_keeps_the_contract_too() {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    let objects: Value =
        serde_json::from_str(&std::fs::read_to_string(format!("{fixtures}/objects.json")).unwrap()).unwrap();
    let items: Vec<&Value> = objects.as_object().unwrap().values().collect();
    let folder = tempfile::tempdir().unwrap();
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": items });
    std::fs::write(folder.path().join("objects.json"), list.to_string()).unwrap();
    for path in [folder.path().to_str().unwrap(), &format!("{fixtures}/status-oracle")] {
        for (what, fields) in LISTS {
            let s = run(&["--from", path, "get", what, "-o", "json"]);
            assert_eq!(s.code, 0, "{}", s.err);
            let list: Value = serde_json::from_str(&s.out).unwrap();
            holds(&list, fields, what);
            let some = !path.ends_with("oracle") || ["projects", "environments", "services"].contains(&what);
            assert!(!some || list.as_array().is_some_and(|l| !l.is_empty()), "{what} of {path}");
        }
    }
}

#[test]
fn the_clock_of_a_dump_is_its_newest_time_or_the_one_that_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let pod = |name: &str, ready: &str, at: &str| {
        format!(
            "---\n{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, namespace: shop-qa, creationTimestamp: '{at}', labels: {{pod-template-hash: a}}, \
             ownerReferences: [{{apiVersion: apps/v1, kind: ReplicaSet, name: web-a, uid: u, controller: true}}]}}, spec: {{containers: [{{name: web, image: web}}]}}, \
             status: {{phase: Running, conditions: [{{type: Ready, status: '{ready}', lastTransitionTime: '{at}'}}]}}}}\n"
        )
    };
    let web = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop-qa, generation: 1, creationTimestamp: '2026-01-01T00:00:00Z'}, \
               spec: {replicas: 2}, status: {observedGeneration: 1, replicas: 2, updatedReplicas: 2, readyReplicas: 1, availableReplicas: 1}}\n";
    let all = [
        web.to_owned(),
        pod("web-a-1", "True", "2026-01-01T00:00:00Z"),
        pod("web-a-2", "False", "2026-01-01T01:00:00Z"),
    ];
    std::fs::write(folder.path().join("shop.yaml"), all.concat()).unwrap();
    let of = |more: &[&str]| {
        let from = ["--from", folder.path().to_str().unwrap()];
        let s = run(&[&from, more, &["get", "services", "-o", "json"]].concat());
        assert_eq!(s.code, 0, "{}", s.err);
        let list: Value = serde_json::from_str(&s.out).unwrap();
        (list[0]["status"].as_str().unwrap().to_owned(), list[0]["reason"].as_str().unwrap().to_owned())
    };
    assert_eq!(of(&[]), ("Running".into(), "1/2".into()));
    assert_eq!(of(&["--now", "2026-01-01T01:11:00Z"]), ("Degraded".into(), "1/2 available for 11m".into()));
    let bad = run(&["--from", folder.path().to_str().unwrap(), "--now", "yesterday", "get", "services"]);
    assert_eq!(bad.code, 2, "{}", bad.err);
}

#[test]
fn doctor_gives_a_verdict_a_line_and_says_of_each_namespace_whether_it_is_production() {
    let server = Server::start(QUICK);
    let lines = server.json(&["doctor"]);
    let lines = lines.as_array().unwrap();
    let text = |l: &Value, key: &str| l[key].as_str().unwrap().to_owned();
    assert!(lines.iter().all(|l| ["ok", "info", "warn", "bad"].contains(&text(l, "verdict").as_str())), "{lines:#?}");
    for check in ["version", "config", "context", "server", "user", "may read", "environment", "terminal"] {
        assert!(lines.iter().any(|l| l["check"] == check && !text(l, "detail").is_empty()), "no line on {check}");
    }
    let places: Vec<String> = lines.iter().filter(|l| l["check"] == "environment").map(|l| text(l, "detail")).collect();
    let known = server.json(&["get", "environments"]);
    let known = known.as_array().unwrap();
    assert_eq!(places.len(), known.len());
    for e in known {
        let name = format!(
            "{}/{} ({}): ",
            e["project"].as_str().unwrap(),
            e["name"].as_str().unwrap(),
            e["id"].as_str().unwrap()
        );
        let said =
            places.iter().find_map(|p| p.strip_prefix(&name)).unwrap_or_else(|| panic!("no {name} in {places:#?}"));
        let word = if e["production"] == true { "production: a stop asks for its name" } else { "not production" };
        assert!(said.starts_with(word), "{name}{said}");
    }
    assert!(places.iter().any(|p| p.starts_with("billing/prod (") && p.contains("): production")), "{places:#?}");
    let table = server.run(&["doctor"]);
    assert_eq!((table.code, table.out.lines().count()), (0, lines.len() + 1), "a line each, and a title");
}

/// Name → ready and desired, of all services of an environment.
fn counts(server: &Server, environment: &str) -> Vec<(String, u64)> {
    let list = server.json(&["get", "services", environment]);
    let of = |s: &Value| (s["name"].as_str().unwrap().to_owned(), s["desired"].as_u64().unwrap());
    let tasks = ["Job", "CronJob"];
    list.as_array().unwrap().iter().filter(|s| !tasks.contains(&s["kind"].as_str().unwrap())).map(of).collect()
}

fn status(server: &Server, environment: &str) -> String {
    server.json(&["get", "environments", environment])[0]["status"].as_str().unwrap().to_owned()
}

#[test]
fn stop_then_start_brings_every_count_back_and_refusals_change_nothing() {
    let server = Server::start(QUICK);
    let before = counts(&server, "billing/staging");

    let s = server.run(&["stop", "billing/staging", "--dry-run"]);
    assert_eq!(s.code, 0, "{}", s.err);
    let s = server.run(&["stop", "billing/staging"]);
    assert_eq!(s.code, 4, "nobody to ask: {}", s.err);
    let s = server.run(&["--readonly", "stop", "billing/staging", "--yes"]);
    assert_eq!(s.code, 4, "{}", s.err);
    let s = server.run(&["stop", "billing/prod", "--yes"]);
    assert_eq!(s.code, 4, "production wants its name: {}", s.err);
    assert!(s.err.contains("--confirm prod"), "{}", s.err);
    let s = server.run(&["stop", "billing/stagin", "--yes"]);
    assert_eq!(s.code, 1);
    assert!(s.err.contains("billing/staging"), "{}", s.err);
    let s = server.run(&["stop", "billing/staging", "no-such-service", "--yes"]);
    assert_eq!(s.code, 1, "{}", s.err);
    let s = server.run(&["stop", "billing/staging", "--yes", "--confirm", "prod"]);
    assert_eq!(s.code, 4, "another name is meant: {}", s.err);
    assert_eq!(counts(&server, "billing/staging"), before, "nothing was changed");
    assert_eq!(status(&server, "billing/prod"), "Active");

    let result = server.json(&["stop", "billing/staging", "--yes"]);
    assert_eq!(result[0]["operation"], "stop");
    let steps = result[0]["steps"].as_array().unwrap();
    assert!(steps.iter().all(|s| s["result"] == "done" && s["command"].is_string()), "{result}");
    assert_eq!(status(&server, "billing/staging"), "Unavailable");
    assert_eq!(server.json(&["get", "pods", "billing/staging"]), Value::Array(vec![]));
    let operation = &server.json(&["operations", "billing/staging"])[0];
    assert_eq!((&operation["verb"], &operation["status"]), (&"stop".into(), &"done".into()));

    let again = server.json(&["stop", "billing/staging", "--yes"]);
    assert_eq!((&again[0]["status"], &again[0]["steps"]), (&"done".into(), &Value::Array(vec![])), "no failure");
    let s = server.run(&["start", "billing/staging", "--dry-run", "-o", "name"]);
    let names: Vec<&str> = s.out.lines().collect();
    assert_eq!(names.len(), steps.len(), "{}", s.out);
    assert!(names.iter().all(|n| n.split_once('/').is_some_and(|(kind, _)| ["deploy", "sts", "cj"].contains(&kind))));
    let s = server.run(&["start", "billing/staging", "--yes"]);
    assert_eq!(s.code, 0, "{}", s.err);
    assert_eq!(counts(&server, "billing/staging"), before);
    assert_eq!(status(&server, "billing/staging"), "Active");
}

/// Lets `user` do what `rules` (those of a ClusterRole) allow, everywhere.
fn allow(server: &Server, user: &str, rules: &Value) {
    let (path, group) = ("/apis/rbac.authorization.k8s.io/v1", "rbac.authorization.k8s.io");
    let object = |kind: &str, more: Value| {
        let mut object = json!({"apiVersion": format!("{group}/v1"), "kind": kind, "metadata": {"name": user}});
        object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        object.to_string()
    };
    api::ask(&server.url, "POST", &format!("{path}/clusterroles"), &object("ClusterRole", json!({"rules": rules})));
    let bound = json!({"roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": user},
        "subjects": [{"apiGroup": group, "kind": "User", "name": user}]});
    api::ask(&server.url, "POST", &format!("{path}/clusterrolebindings"), &object("ClusterRoleBinding", bound));
}

#[test]
fn who_may_list_and_not_watch_gets_stops_and_starts_like_anybody_and_is_told_that_it_is_asked_again_and_again() {
    let server = Server::start(QUICK);
    let verbs = ["get", "list", "create", "patch"];
    let all = json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": verbs}]);
    allow(&server, "lea", &all);
    let before = counts(&server, "billing/staging");
    let lea = |args: &[&str]| server.run(&[&["--as", "lea"], args].concat());
    let s = lea(&["get", "environments", "billing/staging"]);
    assert!(s.out.contains("Active") && s.err.is_empty(), "{}{}", s.out, s.err);
    let s = lea(&["stop", "billing/staging", "--yes"]);
    assert_eq!(s.code, 0, "{}", s.err);
    assert_eq!(status(&server, "billing/staging"), "Unavailable");
    assert!(counts(&server, "billing/staging").iter().all(|(_, n)| *n == 0));
    let s = lea(&["start", "billing/staging", "--yes"]);
    assert_eq!((s.code, counts(&server, "billing/staging")), (0, before), "{}", s.err);
    let s = lea(&["doctor"]);
    assert!(s.out.contains("deployments: asked every 5 s, since you may not watch them ("), "{}", s.out);
    let s = lea(&["snapshot", "--size", "160x40", "--keys", "3z", "--wait", "2s"]);
    assert!(s.out.contains("asked every 5 s · may not watch deployments"), "{}", s.out);
}

#[test]
fn who_may_not_list_deployments_is_refused_a_stop_of_all_and_may_stop_the_rest_partly() {
    let server = Server::start(QUICK);
    let of = |group: &str, resources: &[&str]| json!({"apiGroups": [group], "resources": resources, "verbs": ["*"]});
    let but = [of("", &["*"]), of("apps", &["statefulsets", "daemonsets", "replicasets"]), of("batch", &["*"])];
    let rest = ["autoscaling", "discovery.k8s.io", "networking.k8s.io", "events.k8s.io", "authorization.k8s.io"];
    let rules: Vec<Value> = but.into_iter().chain(rest.map(|group| of(group, &["*"]))).collect();
    allow(&server, "dan", &rules.into());
    let before = counts(&server, "billing/staging");
    let dan = |args: &[&str]| server.run(&[&["--as", "dan"], args].concat());
    let s = dan(&["get", "environments", "billing/staging", "-o", "json"]);
    let list: Value = serde_json::from_str(&s.out).unwrap();
    assert_eq!((&list[0]["status"], &list[0]["reason"]), (&"Unknown".into(), &"no access: deployments".into()));
    let why = "you may not list deployments: a stop would leave out what there is of them (--partly does the rest)";
    for more in [&["--yes"][..], &["--dry-run"]] {
        let s = dan(&[&["stop", "billing/staging"], more].concat());
        assert_eq!(s.code, 4, "{}", s.err);
        assert!(format!("{}{}", s.out, s.err).contains(why), "{}{}", s.out, s.err);
    }
    assert_eq!(counts(&server, "billing/staging"), before, "nothing was changed");
    let s = dan(&["stop", "billing/staging", "ledger", "--yes"]);
    assert_eq!(s.code, 4, "{}", s.err);
    assert!(s.err.contains("you may not list deployments"), "{}", s.err);
    let s = dan(&["stop", "billing/staging", "--partly", "--yes"]);
    assert_eq!(s.code, 0, "{}", s.err);
    assert!(s.err.contains("you may not list deployments: what there is of them stays as it is."), "{}", s.err);
    let stopped: Vec<String> =
        counts(&server, "billing/staging").into_iter().filter(|(_, n)| *n == 0).map(|(name, _)| name).collect();
    assert_eq!(stopped, ["ledger-db"]);
}

/// A stop of shop/demo that waits for its pods until [`let_go`], and what else it says.
fn waiting(server: &Server) -> (Child, impl Iterator<Item = String>) {
    api::hold(&server.url, "shop-demo", "worker", true);
    let mut stop = kennel(&["--server", &server.url, "stop", "shop/demo", "--yes"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(stop.stderr.take().unwrap()).lines().map(Result::unwrap);
    lines.find(|l| l.contains("waiting for")).expect("it waits for pods");
    (stop, lines)
}

/// The pods that [`waiting`] holds may go.
fn let_go(server: &Server) {
    api::hold(&server.url, "shop-demo", "worker", false);
}

#[test]
fn what_was_stopped_before_is_done_when_its_pods_are_gone() {
    let server = Server::start(QUICK);
    assert_eq!(server.run(&["stop", "shop/demo", "--yes", "--no-wait"]).code, 0);
    let again = server.json(&["stop", "shop/demo", "--yes"]);
    assert_eq!((&again[0]["status"], &again[0]["steps"]), (&"done".into(), &Value::Array(vec![])));
    assert_eq!(server.json(&["get", "pods", "shop/demo"]), Value::Array(vec![]));
}

#[test]
fn an_operation_that_is_asked_to_end_says_how_to_go_on_and_goes_on() {
    let server = Server::start(QUICK);
    let before = counts(&server, "shop/demo");
    let (mut stop, lines) = waiting(&server);
    let term = Command::new("kill").args(["-TERM", &stop.id().to_string()]).status().unwrap();
    assert!(term.success());
    let rest: Vec<String> = lines.collect();
    let code = stop.wait().unwrap().code();
    assert_eq!(code, Some(1), "neither done nor refused: {rest:?}");
    let rest = rest.join("\n");
    assert!(rest.contains("operations --resume"), "{rest}");

    let operation = server.json(&["operations", "shop/demo"])[0].clone();
    assert_eq!(operation["status"], "interrupted", "{operation}");
    let id = operation["id"].as_str().unwrap();
    let whole = server.run(&["stop", "shop/demo", "--yes"]);
    assert_eq!(whole.code, 4, "what was interrupted is gone on with, not begun anew: {}", whole.err);
    let whole = server.run(&["stop", "shop/demo", "--yes", "-o", "json"]);
    let plans: Value = serde_json::from_str(&whole.out).unwrap();
    assert!(plans[0]["refused"][0].as_str().unwrap().contains("was interrupted"), "{plans}");
    let stepped = |word: &str| server.json(&["operations", word, id, "--dry-run"])[0]["steps"].clone();
    let (on, back) = (stepped("--resume"), stepped("--undo"));
    assert!(on.as_array().unwrap().len() < back.as_array().unwrap().len(), "{on} {back}");
    assert!(back.as_array().unwrap().iter().all(|s| s["command"].is_string() && s["detail"].is_string()), "{back}");
    assert_eq!(server.json(&["operations", "shop/demo"])[0]["status"], "interrupted", "looked at only");
    let_go(&server);
    let s = server.run(&["operations", "--resume", id, "--yes"]);
    assert_eq!(s.code, 0, "{}", s.err);
    assert!(!s.err.contains("step 1"), "objects are named: {}", s.err);
    assert_eq!(status(&server, "shop/demo"), "Unavailable");
    assert_eq!(server.run(&["start", "shop/demo", "--yes"]).code, 0);
    assert_eq!(counts(&server, "shop/demo"), before);
}

#[test]
fn an_operation_whose_terminal_hangs_up_is_gone_on_with_without_one() {
    let server = Server::start(QUICK);
    let (mut stop, lines) = waiting(&server);
    // The terminal sends it, and a shell passes it on.
    for _ in 0..2 {
        assert!(Command::new("kill").args(["-HUP", &stop.id().to_string()]).status().unwrap().success());
    }
    let rest: Vec<String> = lines.collect();
    assert_eq!(stop.wait().unwrap().code(), Some(1), "{rest:?}");
    assert!(rest.iter().any(|l| l.contains("goes on in the background")), "{rest:?}");
    let_go(&server);
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(120);
    while server.json(&["operations", "shop/demo"])[0]["status"] != "done" {
        assert!(std::time::Instant::now() < patience, "{}", server.json(&["operations", "shop/demo"]));
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    assert_eq!(status(&server, "shop/demo"), "Unavailable");
}

#[test]
fn a_second_signal_ends_at_once_what_waits_for_a_server_that_does_not_answer() {
    let server = Server::start(QUICK);
    let signal = |name: &str, process: u32| {
        assert!(Command::new("kill").args([name, &process.to_string()]).status().unwrap().success());
    };
    let (mut stop, mut lines) = waiting(&server);
    signal("-STOP", server.child.id());
    signal("-INT", stop.id());
    lines.find(|l| l.contains("once more ends at once")).expect("it has heard");
    signal("-INT", stop.id());
    lines.find(|l| l.contains("ended at once")).expect("it has heard again");
    assert_eq!(stop.wait().unwrap().code(), Some(1));
    signal("-CONT", server.child.id());
    assert_eq!(server.json(&["operations", "shop/demo"])[0]["status"], "interrupted");
}

#[test]
fn without_a_terminal_the_dashboard_is_one_frame_of_text() {
    let s = run(&["demo", "--scenario", QUICK]);
    assert_eq!((s.code, s.err.as_str()), (0, ""));
    assert_eq!(s.out.lines().count(), 40);
    assert!(!s.out.contains('\x1b'));
    let oracle = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/status-oracle");
    let s = run(&["--from", oracle, "snapshot", "--size", "100x20", "--keys", "?"]);
    assert_eq!(s.code, 0, "{}", s.err);
    assert_eq!(s.out.lines().count(), 20);
    assert!(s.out.lines().all(|l| l.chars().count() <= 100));
    assert!(s.out.contains("Help"), "the key was pressed: {}", s.out);
}

#[test]
fn what_cannot_be_parsed_in_a_dump_is_named_and_the_rest_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop-qa}\n";
    std::fs::write(folder.path().join("good.yaml"), namespace).unwrap();
    let mut bad = std::fs::File::create(folder.path().join("bad.yaml")).unwrap();
    bad.write_all(b"kind: [unclosed\n").unwrap();
    let path = folder.path().to_str().unwrap();
    let s = run(&["--from", path, "get", "environments", "-o", "name"]);
    assert_eq!((s.code, s.out.as_str()), (0, "shop/qa\n"), "{}", s.err);
    assert!(s.err.contains("bad.yaml"), "{}", s.err);
    let s = run(&["--from", path, "stop", "shop/qa", "--yes"]);
    assert_eq!(s.code, 4, "a dump can't be changed: {}", s.err);
    let bad = folder.path().join("bad.yaml");
    let s = run(&["--from", bad.to_str().unwrap(), "get", "environments"]);
    assert_eq!((s.code, s.out.as_str()), (6, ""));
    assert!(s.err.contains("bad.yaml, document 1: "), "what is wrong with all that there is: {}", s.err);
}

#[test]
fn events_that_are_not_kept_are_counted_on_stderr() {
    let folder = tempfile::tempdir().unwrap();
    let event = |n: u32| {
        json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": format!("e{n}"), "namespace": "shop-qa"},
            "reason": format!("R{n}"), "involvedObject": {"kind": "Pod", "name": "p", "namespace": "shop-qa"},
            "lastTimestamp": format!("2026-01-01T00:{:02}:{:02}Z", n / 60, n % 60)})
    };
    let list = |n: u32| json!({"apiVersion": "v1", "kind": "List", "items": (0..n).map(event).collect::<Vec<_>>()});
    let of = |n: u32| {
        let file = folder.path().join("events.json");
        std::fs::write(&file, list(n).to_string()).unwrap();
        let s = run(&["--from", file.to_str().unwrap(), "get", "events", "-o", "json"]);
        (serde_json::from_str::<Value>(&s.out).unwrap().as_array().unwrap().len(), s.err)
    };
    assert_eq!(of(300), (300, String::new()));
    assert_eq!(of(320), (300, "shop/qa: 20 older events are not kept\n".to_owned()));
}

/// Fenced blocks of the README, with their language.
fn blocks(readme: &str) -> Vec<(String, String)> {
    let mut blocks = vec![];
    let mut lines = readme.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let body: Vec<&str> = lines.by_ref().take_while(|l| *l != "```").collect();
            blocks.push((language.to_owned(), body.join("\n")));
        }
    }
    blocks
}

#[test]
fn every_command_of_the_readme_exists() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let shell: Vec<String> = blocks(&readme).into_iter().filter(|(l, _)| l == "sh").map(|(_, b)| b).collect();
    let lines: Vec<&str> = shell.iter().flat_map(|b| b.lines()).collect();
    assert!(lines.iter().any(|l| l.starts_with("cargo run --release -- demo")));
    assert!(lines.iter().any(|l| l.starts_with("cargo test")));
    let mut seen = 0;
    for line in lines.iter().filter_map(|l| l.strip_prefix("kennel")) {
        let words = line.split('#').next().unwrap().split_whitespace();
        // clap checks everything before it prints help.
        let args: Vec<&str> = words.chain(["--help"]).collect();
        let s = run(&args);
        assert_eq!(s.code, 0, "kennel{line}: {}", s.err);
        seen += 1;
    }
    assert!(seen >= 8, "{seen} commands");
}

#[test]
fn the_readmes_picture_has_the_panes_of_a_real_frame() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let picture = blocks(&readme).into_iter().find(|(l, _)| l == "text").expect("a picture").1;
    let frame = run(&["--demo", "snapshot", "--size", "120x36"]).out;
    let panes = |text: &str| -> Vec<&str> {
        let titles = ["1 Projects", "2 Environments", "3 Services", "4 Events", "5 Health"];
        titles.into_iter().filter(|t| text.contains(*t)).collect()
    };
    assert_eq!(panes(&frame).len(), 5, "{frame}");
    assert_eq!(panes(&picture), panes(&frame));
    assert_eq!(picture.lines().count(), frame.trim_end().lines().count());
    for project in ["billing", "lab", "shop", "wiki"] {
        assert!(picture.contains(project) && frame.contains(project), "{project}");
    }
}
