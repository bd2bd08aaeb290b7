//! Operations from plan to end, killed at every request, disturbed by every fault, on the real API server
//! that `KENNEL_TEST_KUBECONFIG` names (see tests/real_cluster.rs for how to start one).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

#[path = "operations/commands.rs"]
mod commands;
#[path = "operations/embedded.rs"]
mod embedded;
#[path = "operations/gate.rs"]
mod gate;
#[path = "operations/gitops.rs"]
mod gitops;
#[path = "operations/journals.rs"]
mod journals;
#[path = "operations/place.rs"]
mod place;
#[path = "operations/rules.rs"]
mod rules;
#[path = "operations/services.rs"]
mod services;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use gate::{Gate, Kill, Trouble};
use kennel::cluster::{self, Handle, InProcess, Options, RunOptions, Source};
use kennel::domain::Kind;
use kennel::domain::operation::StepResult;
use kennel::plan::{End, Happened, Outcome, Progress, Scope, Wish};
use place::{Counts, Place, listen, real, send, shop};
use serde_json::json;

/// Runs a stop that dies at `kill`; whether it died.
async fn stop_dying(place: &Place, kill: Kill) -> bool {
    let gate = Gate::new(place.server.clone(), kill);
    let handle = place.open(gate.service()).await;
    tokio::select! {
        biased;
        () = gate.dead.cancelled() => true,
        (outcome, _) = place.run(&handle, Wish::Stop, RunOptions::default()) => {
            assert_eq!(outcome.end, End::Done, "{outcome:?}");
            false
        }
    }
}

async fn id(place: &Place) -> Option<kennel::domain::Text> {
    place.journal().await["id"].as_str().map(Into::into)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn a_stop_puts_every_count_away_and_a_start_brings_it_back() {
    let server = real().await;
    let place = Place::new(server, "basic", &shop()).await;
    let before = place.counts().await;
    let handle = place.open(place.server.clone()).await;
    let (outcome, told) = place.run(&handle, Wish::Stop, RunOptions::default()).await;
    assert_eq!(outcome.end, End::Done, "{outcome:?}");
    assert_eq!(outcome.results.len(), 4);
    assert!(told.iter().any(|p| p.happened == Happened::Begun));
    let stopped = place.counts().await;
    assert_eq!(stopped["Deployment api"][0], 0);
    assert_eq!(stopped["Deployment api"][3]["kennel.dev/replicas"], "3");
    assert_eq!(stopped["Deployment off"], before["Deployment off"], "was off before");
    assert_eq!(stopped["CronJob paused"], before["CronJob paused"], "was suspended before");
    let journal = place.journal().await;
    assert_eq!(journal["state"], "done");
    assert_eq!(journal["steps"].as_array().unwrap().iter().filter(|s| s["result"]["state"] == "done").count(), 4);
    let handle = place.open(place.server.clone()).await;
    let (outcome, _) = place.run(&handle, Wish::Start, RunOptions::default()).await;
    assert_eq!(outcome.end, End::Done, "{outcome:?}");
    assert_eq!(place.counts().await, before);
    place.delete().await;
}

/// A stop dies at each point between two requests, and is undone; dies there again, and is resumed.
async fn sweep(server: InProcess, kill_at: fn(usize) -> Kill) {
    let place = Place::new(server, "kill", &shop()).await;
    let before = place.counts().await;
    let mut begun = 0;
    for n in 1.. {
        let kill = kill_at(n);
        let mut died = true;
        for forward in [false, true] {
            let earlier = id(&place).await;
            died = stop_dying(&place, kill).await;
            let latest = id(&place).await;
            let handle = place.open(place.server.clone()).await;
            let ended = place.journal().await["state"] == "done";
            if let Some(id) = latest.clone().filter(|_| died && latest != earlier && !(forward && ended)) {
                begun += 1;
                let (at, options) = (place.namespace.clone(), RunOptions::default());
                if forward {
                    let (done, _) = listen(|p| handle.resume(handle.snapshot().id(at), id, options, p)).await;
                    assert_eq!(done.end, End::Done, "resume after {kill:?}: {done:?}");
                    assert_stopped(&before, &place.counts().await);
                } else {
                    let (undone, _) = listen(|p| handle.undo(handle.snapshot().id(at), id, options, p)).await;
                    assert_eq!(undone.end, End::Undone, "undo after {kill:?}: {undone:?}");
                }
            }
            if place.counts().await != before {
                let handle = place.open(place.server.clone()).await;
                place.run(&handle, Wish::Start, RunOptions::default()).await;
            }
            assert_eq!(place.counts().await, before, "{kill:?}, forward: {forward}");
        }
        if !died {
            break;
        }
    }
    // Journal, four steps, the end: and twice each.
    assert!(begun >= 10, "{begun}");
    place.delete().await;
}

fn assert_stopped(before: &Counts, stopped: &Counts) {
    for (name, was) in before {
        let now = &stopped[name];
        if was[0].as_u64().is_some_and(|n| n > 0) {
            assert_eq!(
                (&now[0], now[3]["kennel.dev/replicas"].as_str()),
                (&0.into(), Some(was[0].to_string().as_str()))
            );
        }
        if was[1] == false {
            assert_eq!((&now[1], &now[3]["kennel.dev/suspend"]), (&true.into(), &"false".into()));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn killed_before_any_request_it_is_undone_or_resumed_with_every_count() {
    let server = real().await;
    sweep(server, Kill::Before).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn killed_before_any_answer_it_is_undone_or_resumed_with_every_count() {
    let server = real().await;
    sweep(server, Kill::After).await;
}

/// A namespace of these objects whose Deployment `api` has a pod that does not go: every stop waits there.
async fn held(server: InProcess, name: &str, objects: &[(Kind, serde_json::Value)]) -> (Place, String) {
    let place = Place::new(server, name, objects).await;
    place.open(place.server.clone()).await;
    let pods = send(&place.server, "GET", &place.path(Kind::Pod), None).await.1;
    let names = pods["items"].as_array().unwrap().iter().map(|p| p["metadata"]["name"].as_str().unwrap().to_owned());
    let pod =
        names.clone().find(|n| n.starts_with("api-")).unwrap_or_else(|| panic!("{:?}", names.collect::<Vec<_>>()));
    let finalizers = json!({ "metadata": { "finalizers": ["example.com/held"] } });
    assert_eq!(place.patch(Kind::Pod, &pod, finalizers).await, 200);
    (place, pod)
}

async fn release(place: &Place, pod: &str) {
    place.patch(Kind::Pod, pod, json!({ "metadata": { "finalizers": null } })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn a_pod_that_does_not_go_times_out_with_the_journal_kept_and_a_resume_goes_on() {
    let server = real().await;
    // Of all pods that a stop waits for, the one that is held is the only one: how fast others go is no matter.
    let objects =
        [place::workload("Deployment", "api", 1, "acme/api:1"), place::workload("StatefulSet", "db", 1, "postgres:17")];
    let (place, pod) = held(server, "late", &objects).await;
    let before = place.counts().await;
    let handle = place.open(place.server.clone()).await;
    let options = RunOptions { tier_limit: Duration::from_secs(2), ..RunOptions::default() };
    let (outcome, told) = place.run(&handle, Wish::Stop, options).await;
    let End::TimedOut(why) = &outcome.end else { panic!("{outcome:?}") };
    assert_eq!(why.as_str(), "after 2s: 1 pod of deploy/api still there", "terminating ones count");
    assert!(told.iter().any(|p| matches!(p.happened, Happened::Waiting { pods: 1, .. })));
    assert_eq!(place.counts().await["StatefulSet db"], before["StatefulSet db"], "datasources wait for applications");
    assert_eq!(place.journal().await["state"], "failed");
    release(&place, &pod).await;
    let (at, id) = (place.namespace.clone(), outcome.id);
    let (done, _) = listen(|p| handle.resume(handle.snapshot().id(at), id, RunOptions::default(), p)).await;
    assert_eq!(done.end, End::Done);
    assert_stopped(&before, &place.counts().await);
    place.delete().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn what_is_let_go_of_is_gone_on_with_at_once() {
    let server = real().await;
    let (place, pod) = held(server, "detach", &shop()).await;
    let before = place.counts().await;
    let handle = place.open(place.server.clone()).await;
    let leaving = async {
        let waiting = async {
            while handle.operating().is_empty() || place.counts().await["Deployment api"][0] != 0 {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        waiting.await;
        let (at, id) = handle.operating().remove(0);
        assert!(handle.detach(&at, &id).await);
        assert!(!handle.detach(&at, &id).await, "it runs no more");
        id
    };
    let ((outcome, _), id) = tokio::join!(place.run(&handle, Wish::Stop, RunOptions::default()), leaving);
    assert!(matches!(outcome.end, End::Left(_)), "{outcome:?}");
    let journal = place.journal().await;
    assert_eq!((&journal["process"], &journal["state"]), (&0.into(), &"running".into()));
    release(&place, &pod).await;
    let other = place.open(place.server.clone()).await;
    let at = place.namespace.clone();
    let (done, _) = listen(|p| other.resume(other.snapshot().id(at), id, RunOptions::default(), p)).await;
    assert_eq!(done.end, End::Done);
    assert_stopped(&before, &place.counts().await);
    place.delete().await;
}

/// Runs a stop through a gate that meddles with writes; outcome, told, and how many writes met the trouble.
async fn meddled(place: &Place, path: &'static str, trouble: Trouble, times: usize) -> (Outcome, Vec<Progress>, usize) {
    let met = Arc::new(AtomicUsize::new(0));
    let count = met.clone();
    let meddle = move |method: &str, at: &str| {
        let fits = method == "PATCH" && at.ends_with(path);
        (fits && count.fetch_add(1, Ordering::SeqCst) < times).then_some(trouble)
    };
    let gate = Gate::meddling(place.server.clone(), Arc::new(meddle));
    let handle = place.open(gate.service()).await;
    let (outcome, told) = place.run(&handle, Wish::Stop, RunOptions::default()).await;
    (outcome, told, met.load(Ordering::SeqCst))
}

fn failed(outcome: &Outcome) -> Vec<String> {
    let why = |r: &StepResult| match r {
        StepResult::Failed(why) => Some(why.to_string()),
        _ => None,
    };
    outcome.results.iter().filter_map(|(_, r)| why(r)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn a_write_whose_answer_is_lost_is_sent_once_and_looked_up() {
    let server = real().await;
    let place = Place::new(server, "unknown", &shop()).await;
    let before = place.counts().await;
    let (outcome, told, met) = meddled(&place, "/web", Trouble::Afterwards(503, "overloaded"), 9).await;
    assert_eq!((&outcome.end, met), (&End::Done, 1), "{outcome:?}");
    assert!(told.iter().any(|p| matches!(&p.happened, Happened::Note(n) if n.contains("checking"))));
    assert_stopped(&before, &place.counts().await);
    let handle = place.open(place.server.clone()).await;
    place.run(&handle, Wish::Start, RunOptions::default()).await;

    let (outcome, _, met) = meddled(&place, "/web", Trouble::Instead(503, "overloaded"), 2).await;
    assert_eq!((&outcome.end, met), (&End::Done, 3), "once it is known that it was not done it is sent again");
    assert_stopped(&before, &place.counts().await);
    let handle = place.open(place.server.clone()).await;
    place.run(&handle, Wish::Start, RunOptions::default()).await;

    let (outcome, _, met) = meddled(&place, "/web", Trouble::Instead(500, "broken"), 9).await;
    assert_eq!((&outcome.end, met), (&End::Partly, 1), "{outcome:?}");
    assert_eq!(failed(&outcome), ["broken; it was not done"]);
    let handle = place.open(place.server.clone()).await;
    let (at, id) = (place.namespace.clone(), outcome.id);
    let (done, _) = listen(|p| handle.resume(handle.snapshot().id(at), id, RunOptions::default(), p)).await;
    assert_eq!(done.end, End::Done, "only what failed is tried again");
    assert_stopped(&before, &place.counts().await);
    place.delete().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn refusals_are_told_apart_and_one_does_not_end_the_rest() {
    let server = real().await;
    let place = Place::new(server, "refused", &shop()).await;
    for (code, said, means) in [
        (403, "deployments.apps \"web\" is forbidden", "no permission: "),
        (400, "admission webhook \"w.example.com\" denied the request: no", "refused by admission: "),
        (500, "failed calling webhook \"w.example.com\": deadline", "an admission webhook did not answer: "),
    ] {
        let (outcome, _, met) = meddled(&place, "/web", Trouble::Instead(code, said), 9).await;
        assert_eq!((&outcome.end, met), (&End::Partly, 1));
        assert!(failed(&outcome)[0].starts_with(means), "{outcome:?}");
        assert_eq!(place.counts().await["StatefulSet db"][0], 0, "the rest went on");
        let handle = place.open(place.server.clone()).await;
        let (at, id) = (place.namespace.clone(), outcome.id);
        let (undone, _) = listen(|p| handle.undo(handle.snapshot().id(at), id, RunOptions::default(), p)).await;
        assert_eq!(undone.end, End::Undone);
    }
    let (outcome, _, met) = meddled(&place, "/web", Trouble::Instead(429, "slow down"), 2).await;
    assert_eq!((&outcome.end, met), (&End::Done, 3), "what was not looked at is sent again");
    place.delete().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn what_changed_between_plan_and_patch_is_never_blindly_overwritten() {
    let server = real().await;
    let place = Place::new(server, "changed", &shop()).await;
    let handle = place.open(place.server.clone()).await;
    let plan = place.plan(&handle, Wish::Stop, &Scope::default());
    // web: another version, all as planned. api: another count. db: another object of its name.
    place.patch(Kind::Deployment, "web", json!({ "metadata": { "labels": { "touched": "yes" } } })).await;
    place.patch(Kind::Deployment, "api", json!({ "spec": { "replicas": 5 } })).await;
    send(&place.server, "DELETE", &format!("{}/db", place.path(Kind::StatefulSet)), None).await;
    let (kind, object) = place::workload("StatefulSet", "db", 1, "postgres:17");
    while send(&place.server, "POST", &place.path(kind), Some(&object)).await.0 != 201 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (outcome, _) = listen(|p| handle.run(plan.clone(), RunOptions::default(), p)).await;
    assert_eq!(outcome.end, End::Partly);
    let result = |name: &str| {
        let step = plan.steps.iter().find(|s| s.object.name == name).unwrap();
        outcome.results.iter().find(|(id, _)| *id == step.id).unwrap().1.clone()
    };
    assert_eq!(result("web"), StepResult::Done);
    assert_eq!(result("api"), StepResult::Failed("changed meanwhile: replicas 5 (planned from 3)".into()));
    assert_eq!(result("db"), StepResult::Skipped("is another object of that name now".into()));
    let counts = place.counts().await;
    assert_eq!((&counts["Deployment api"][0], &counts["StatefulSet db"][0]), (&5.into(), &1.into()));
    place.delete().await;
}

/// Gives a user one of the built-in roles in a namespace.
async fn bind(place: &Place, user: &str, role: &str) {
    let binding = json!({ "metadata": { "name": user },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role },
        "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user }] });
    let path = format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings", place.namespace);
    assert_eq!(send(&place.server, "POST", &path, Some(&binding)).await.0, 201);
}

/// A handle on the real server as somebody else.
async fn open_as(place: &Place, user: &str, groups: &[&str]) -> Handle {
    let options = Options {
        kubeconfig: std::env::var_os("KENNEL_TEST_KUBECONFIG").map(Into::into),
        as_user: Some(user.to_owned()),
        as_groups: groups.iter().map(|g| (*g).to_owned()).collect(),
        namespaces: vec![place.namespace.clone()],
        ..Options::default()
    };
    let handle = cluster::open(Source::Kubeconfig, options);
    let _ = handle.settled(&[Kind::Deployment, Kind::StatefulSet, Kind::CronJob, Kind::Pod], place::PATIENCE).await;
    for _ in 0..200 {
        if handle.snapshot().namespace(&*place.namespace).is_some_and(|e| e.services.len() >= 4 && e.tasks.len() >= 2) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    handle
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn a_user_of_the_built_in_edit_role_stops_and_starts_and_one_of_view_is_told() {
    let server = real().await;
    let place = Place::new(server, "edit", &shop()).await;
    bind(&place, "plan-edna", "edit").await;
    bind(&place, "plan-vera", "view").await;
    let before = place.counts().await;
    let edna = open_as(&place, "plan-edna", &[]).await;
    let plan = place.plan(&edna, Wish::Stop, &Scope::default());
    let permissions = edna.review(std::slice::from_ref(&plan)).await;
    assert_eq!(permissions.len(), 5, "three kinds, and the journal");
    assert!(permissions.iter().all(|p| p.allowed == Some(true)), "{permissions:?}");
    let (outcome, _) = listen(|p| edna.run(plan, RunOptions::default(), p)).await;
    assert_eq!(outcome.end, End::Done, "{outcome:?}");
    assert_stopped(&before, &place.counts().await);
    assert_eq!(place.journal().await["holder"], "plan-edna");
    let vera = open_as(&place, "plan-vera", &[]).await;
    let start = place.plan(&vera, Wish::Start, &Scope::default());
    assert!(vera.review(std::slice::from_ref(&start)).await.iter().all(|p| p.allowed == Some(false)));
    let (outcome, _) = listen(|p| vera.run(start, RunOptions::default(), p)).await;
    let End::Refused(why) = outcome.end else { panic!("{outcome:?}") };
    assert!(why.contains("can't create the journal") && why.contains("no permission"), "{why}");
    let edna = open_as(&place, "plan-edna", &[]).await;
    let (outcome, _) = place.run(&edna, Wish::Start, RunOptions::default()).await;
    assert_eq!((outcome.end, place.counts().await), (End::Done, before));
    place.delete().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn of_two_operators_the_holder_is_named_and_taking_over_needs_a_word() {
    let server = real().await;
    let (place, pod) = held(server, "two", &shop()).await;
    let before = place.counts().await;
    let first = open_as(&place, "plan-ann", &["system:masters"]).await;
    let second = open_as(&place, "plan-bob", &["system:masters"]).await;
    let plan = place.plan(&second, Wish::Stop, &Scope::default());
    let taking = async {
        while place.counts().await["Deployment api"][0] != 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let (outcome, _) = listen(|p| second.run(plan, RunOptions::default(), p)).await;
        let End::Refused(why) = outcome.end else { panic!("{outcome:?}") };
        assert!(why.starts_with("plan-ann on ") && why.contains("is running a stop here; last sign of life"), "{why}");
        let (at, id) = (place.namespace.clone(), id(&place).await.unwrap());
        let (outcome, _) =
            listen(|p| second.resume(second.snapshot().id(at.clone()), id.clone(), RunOptions::default(), p)).await;
        assert!(matches!(outcome.end, End::Refused(_)), "{outcome:?}");
        let word = RunOptions { take_over: true, ..RunOptions::default() };
        let freeing = async {
            while place.journal().await["holder"] != "plan-bob" {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            release(&place, &pod).await;
        };
        tokio::join!(listen(|p| second.undo(second.snapshot().id(at), id, word, p)), freeing).0.0
    };
    let ((lost, _), won) = tokio::join!(place.run(&first, Wish::Stop, RunOptions::default()), taking);
    assert_eq!(won.end, End::Undone, "{won:?}");
    assert_eq!(place.counts().await, before);
    match lost.end {
        End::Left(why) => assert!(why.contains("taken over: plan-bob"), "{why}"),
        other => panic!("{other:?}"),
    }
    place.delete().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn a_kennel_that_is_killed_is_known_dead_at_once_and_its_stop_is_resumed_by_another_process() {
    let server = real().await;
    let (place, pod) = held(server, "sigkill", &shop()).await;
    let before = place.counts().await;
    let home = tempfile::tempdir().unwrap();
    let kennel = |args: &[&str]| {
        let mut command = commands::command(home.path(), args);
        command.args(["-n", &place.namespace, "--kubeconfig"]);
        command.arg(std::env::var_os("KENNEL_TEST_KUBECONFIG").unwrap());
        command
    };
    let mut child = kennel(&["stop", "--yes"]).spawn().unwrap();
    while place.counts().await["Deployment api"][0] != 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(place.journal().await["state"], "running");
    release(&place, &pod).await;
    let id = id(&place).await.unwrap();
    let output = kennel(&["operations", "--resume", &id, "--yes", "-o", "json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_stopped(&before, &place.counts().await);
    let output = kennel(&["operations", "--undo", &id, "--yes"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(place.counts().await, before);
    let log = std::fs::read_to_string(home.path().join("state/kennel/audit.jsonl")).unwrap();
    assert!(log.lines().filter(|l| l.contains(r#""verb":"stop""#)).count() >= 4, "{log}");
    assert!(log.lines().filter(|l| l.contains(r#""verb":"undo stop""#)).count() == 4, "{log}");
    place.delete().await;
}
