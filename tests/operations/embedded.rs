//! Operations on the embedded cluster, whose clock the test drives: what would take minutes is seen to pass.

use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::SignedDuration;
use kennel::cluster::{self, Handle, InProcess, Options as Session, RunOptions, Source};
use kennel::domain::operation::OperationState;
use kennel::domain::phase::Phase;
use kennel::domain::{Kind, Snapshot};
use kennel::plan::{End, Happened, Plan, Scope, Wish};
use kennel::sim::{Clock, Options, Sim};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::gate::Gate;
use super::place::{PATIENCE, Place, listen, workload};

/// One step of the clock.
const TICK: Duration = Duration::from_millis(50);

/// An empty cluster, and how many times as fast as the real one its clock goes.
pub struct World {
    sim: Sim,
    pub server: InProcess,
    clock: Clock,
    speed: Arc<AtomicU32>,
}

impl World {
    pub fn new() -> Self {
        let mut scenario = tempfile::NamedTempFile::new().unwrap();
        scenario.write_all(b"nodes: {node-1: {}, node-2: {}}\n").unwrap();
        let clock = Clock::manual("2026-11-20T12:00:00Z".parse().unwrap());
        let path = scenario.path().to_str().unwrap().to_owned();
        let sim = Sim::start(Options { scenario: Some(path), clock: clock.clone(), ..Options::default() }).unwrap();
        let speed = Arc::new(AtomicU32::new(20));
        let (driven, factor) = (clock.clone(), speed.clone());
        tokio::spawn(async move {
            loop {
                sleep(TICK).await;
                driven.advance(SignedDuration::try_from(TICK * factor.load(Ordering::SeqCst)).unwrap());
            }
        });
        let server = InProcess::new(sim.api());
        Self { sim, server, clock, speed }
    }
}

/// `web` needs nobody by name, and yet comes after the database `db`.
async fn shop(world: &World) -> Place {
    let objects = [workload("Deployment", "web", 2, "acme/web:1"), workload("StatefulSet", "db", 1, "postgres:17")];
    Place::new(world.server.clone(), "embedded", &objects).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn datasources_are_ready_before_applications_start() {
    let world = World::new();
    let place = shop(&world).await;
    let handle = place.open(place.server.clone()).await;
    let (outcome, _) = place.run(&handle, Wish::Stop, RunOptions::default()).await;
    assert_eq!(outcome.end, End::Done, "{outcome:?}");
    // At the moment at which web is patched, how many of db are ready?
    let ready: Arc<Mutex<Vec<Value>>> = Arc::default();
    let (store, seen, namespace) = (world.sim.api(), ready.clone(), place.namespace.to_string());
    let look = move |method: &str, path: &str| {
        if method == "PATCH" && path.ends_with("/deployments/web") {
            let sets = kennel::sim::resource::Resource::of("apps/v1", "StatefulSet").unwrap();
            let db = store.store().with(|s| s.get(sets, &namespace, "db").unwrap());
            seen.lock().unwrap().push(db.value()["status"]["readyReplicas"].clone());
        }
        None
    };
    let gate = Gate::meddling(place.server.clone(), Arc::new(look));
    let handle = place.open(gate.service()).await;
    let (outcome, told) = place.run(&handle, Wish::Start, RunOptions::default()).await;
    assert_eq!(outcome.end, End::Done, "{outcome:?}");
    assert_eq!(*ready.lock().unwrap(), [json!(1)], "once, and not before");
    assert!(told.iter().any(|p| matches!(p.happened, Happened::Waiting { tier: 0, pods: 1, .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tier_that_does_not_get_ready_in_time_ends_the_start_with_the_journal_kept() {
    let world = World::new();
    let place = shop(&world).await;
    let handle = place.open(place.server.clone()).await;
    place.run(&handle, Wish::Stop, RunOptions::default()).await;
    let nowhere = json!({ "spec": { "template": { "spec": { "nodeSelector": { "disk": "none" } } } } });
    assert_eq!(place.patch(Kind::StatefulSet, "db", nowhere).await, 200);
    let handle = place.open(place.server.clone()).await;
    assert_eq!(RunOptions::default().tier_limit, Duration::from_secs(600));
    let options = RunOptions { tier_limit: Duration::from_secs(3), ..RunOptions::default() };
    let (outcome, _) = place.run(&handle, Wish::Start, options).await;
    let End::TimedOut(why) = &outcome.end else { panic!("{outcome:?}") };
    assert_eq!(why.as_str(), "after 3s: 1 pod of sts/db not ready");
    let counts = place.counts().await;
    assert_eq!(counts["Deployment web"], json!([0, null, null, { "kennel.dev/replicas": "2" }]), "it was not its turn");
    let journal = place.journal().await;
    assert_eq!((&journal["state"], &journal["steps"][1]["result"]["state"]), (&json!("failed"), &json!("pending")));
    // What was in the way is gone: the journal goes on where it ended.
    place.patch(Kind::StatefulSet, "db", json!({ "spec": { "template": { "spec": { "nodeSelector": null } } } })).await;
    let pod = format!("{}/db-0", place.path(Kind::Pod));
    super::send(&place.server, "DELETE", &pod, None).await;
    let (at, id) = (place.namespace.clone(), outcome.id);
    let (done, _) = listen(|p| handle.resume(handle.snapshot().id(at), id, RunOptions::default(), p)).await;
    assert_eq!(done.end, End::Done, "{done:?}");
    assert_eq!(place.counts().await["Deployment web"], json!([2, null, null, {}]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_that_can_not_be_written_is_tried_no_longer_than_a_tier() {
    let world = World::new();
    // The pod that is held is all that the first tier waits for: how fast others go is no matter.
    let objects = [workload("Deployment", "web", 1, "acme/web:1"), workload("StatefulSet", "db", 1, "postgres:17")];
    let place = Place::new(world.server.clone(), "embedded", &objects).await;
    place.open(place.server.clone()).await;
    hold(&place).await;
    // The journal is begun, and nothing more can be written into it.
    let deaf = |method: &str, path: &str| {
        (method == "PATCH" && path.contains("/configmaps/")).then_some(super::gate::Trouble::Instead(503, "away"))
    };
    let gate = Gate::meddling(place.server.clone(), Arc::new(deaf));
    let handle = place.open(gate.service()).await;
    let options = RunOptions { tier_limit: Duration::from_secs(2), ..RunOptions::default() };
    // The usual patience is a minute.
    let ended = timeout(Duration::from_secs(40), place.run(&handle, Wish::Stop, options)).await;
    let (outcome, told) = ended.expect("it ends long before the minute that an end is tried for usually");
    assert!(
        matches!(&outcome.end, End::TimedOut(why) if why.starts_with("after 2s: 1 pod of deploy/web")),
        "{outcome:?}"
    );
    assert!(told.iter().any(|p| matches!(&p.happened, Happened::Note(why) if why.contains("the journal"))), "{told:?}");
    assert_eq!(place.journal().await["state"], "running", "whoever comes next finds it interrupted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_asked_for_is_suspended_until_its_pods_are_gone_and_runs_anew() {
    let world = World::new();
    let place = shop(&world).await;
    let object = json!({ "apiVersion": "batch/v1", "kind": "Job", "metadata": { "name": "import" },
        "spec": { "template": {
            // It would have ended by itself, on a machine that is slow enough.
            "metadata": { "labels": { "app": "import" }, "annotations": { "sim.kennel.dev/behaviour": "serve" } },
            "spec": { "restartPolicy": "Never", "containers": [{ "name": "main", "image": "acme/import:1" }] } } } });
    assert_eq!(super::send(&place.server, "POST", &place.path(Kind::Job), Some(&object)).await.0, 201);
    let pods = async || {
        let list = super::send(&place.server, "GET", &place.path(Kind::Pod), None).await.1;
        list["items"].as_array().unwrap().iter().filter(|p| p["metadata"]["labels"]["app"] == "import").count()
    };
    let runs = async {
        while pods().await == 0 {
            sleep(TICK).await
        }
    };
    timeout(PATIENCE, runs).await.unwrap();
    let asked = Scope { services: vec!["import".into()], daemonsets: false, partly: false };
    for wish in [Wish::Stop, Wish::Start] {
        let handle = place.open(place.server.clone()).await;
        let plan = place.plan(&handle, wish.clone(), &asked);
        let (outcome, _) = listen(|p| handle.run(plan, RunOptions::default(), p)).await;
        assert_eq!(outcome.end, End::Done, "{outcome:?}");
        let job = place.get(Kind::Job, "import").await;
        assert_eq!(job["spec"]["suspend"], wish == Wish::Stop);
        if wish == Wish::Stop {
            assert_eq!(pods().await, 0, "done means that they are gone");
            assert_eq!(job["metadata"]["annotations"]["kennel.dev/suspend"], "false");
        }
    }
    let runs = async {
        while pods().await == 0 {
            sleep(TICK).await
        }
    };
    timeout(PATIENCE, runs).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_asked_of_one_cluster_is_never_done_on_another() {
    let world = World::new();
    let place = shop(&world).await;
    let handle = place.open(place.server.clone()).await;
    let before = place.counts().await;
    let mut plan: Plan = place.plan(&handle, Wish::Stop, &Scope::default());
    plan.environment.id.cluster = "another".into();
    let asked = plan.environment.id.clone();
    let (ran, _) = listen(|p| handle.run(plan, RunOptions::default(), p)).await;
    let (resumed, _) = listen(|p| handle.resume(asked.clone(), "op-1".into(), RunOptions::default(), p)).await;
    let (undone, _) = listen(|p| handle.undo(asked, "op-1".into(), RunOptions::default(), p)).await;
    let why = format!("{} is an environment of another, and this is test", place.namespace);
    for outcome in [ran, resumed, undone] {
        assert_eq!(outcome.end, End::Refused(why.as_str().into()));
    }
    assert_eq!((place.counts().await, place.journal().await), (before, Value::Null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_heartbeat_keeps_an_operation_alive_and_60_s_without_one_interrupt_it() {
    let world = World::new();
    let place = shop(&world).await;
    let handle = place.open(place.server.clone()).await;
    let pods = super::send(&place.server, "GET", &place.path(Kind::Pod), None).await.1;
    let mut names = pods["items"].as_array().unwrap().iter().map(|p| p["metadata"]["name"].as_str().unwrap());
    let web = names.find(|n| n.starts_with("web-")).unwrap().to_owned();
    place.patch(Kind::Pod, &web, json!({ "metadata": { "finalizers": ["example.com/held"] } })).await;
    let watching = place.open(place.server.clone()).await;
    let state = || watching.snapshot().namespace(&*place.namespace).unwrap().operation.as_ref().map(|o| o.state);
    let becomes = async |wanted: OperationState| {
        let mut snapshots = watching.snapshots();
        let waiting = async {
            while state() != Some(wanted) {
                snapshots.changed().await.unwrap()
            }
        };
        timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never {wanted:?}: {:?}", state()));
    };
    let plan = place.plan(&handle, Wish::Stop, &Scope::default());
    let begun = world.clock.now();
    world.speed.store(4, Ordering::SeqCst);
    {
        let (progress, mut told) = tokio::sync::mpsc::channel(16);
        let run = handle.run(plan, RunOptions::default(), progress);
        tokio::pin!(run);
        // Heartbeats come every ten real seconds: at this speed none may fail in the first 64.
        while world.clock.now().duration_since(begun) < SignedDuration::from_secs(66) {
            tokio::select! {
                outcome = &mut run => panic!("{outcome:?}"),
                Some(_) = told.recv() => {}
                () = sleep(TICK) => {}
            }
            assert_ne!(state(), Some(OperationState::Interrupted), "its heartbeats say that it lives");
        }
    }
    assert_eq!(state(), Some(OperationState::Running), "nobody drives it any more, but it may only be slow");
    world.clock.advance(SignedDuration::from_secs(61));
    becomes(OperationState::Interrupted).await;
    let snapshot = watching.snapshot();
    let reason = snapshot.namespace(&*place.namespace).unwrap().reason.clone().unwrap();
    assert_eq!(reason.as_str(), "stop interrupted, 0 of 2 down");
    place.patch(Kind::Pod, &web, json!({ "metadata": { "finalizers": null } })).await;
    let (at, id) = (place.namespace.clone(), snapshot.namespace(&*place.namespace).unwrap().operation.clone().unwrap());
    let (undone, _) =
        listen(|p| watching.undo(watching.snapshot().id(at), id.journal.id.clone(), RunOptions::default(), p)).await;
    assert_eq!(undone.end, End::Undone, "{undone:?}");
    assert_eq!(place.counts().await["Deployment web"][0], 2);
}

/// A kennel of somebody who may do everything.
async fn kennel_of(place: &Place, user: &str) -> Handle {
    let groups = vec!["system:masters".to_owned()];
    let options = Session { as_user: Some(user.to_owned()), as_groups: groups, ..Session::default() };
    let handle = cluster::open(Source::InProcess { service: place.server.clone(), name: "test".into() }, options);
    let mut snapshots = handle.snapshots();
    let known = |s: &Snapshot| s.cluster.user.is_some() && s.namespace(&*place.namespace).is_some_and(|e| e.total == 2);
    timeout(PATIENCE, snapshots.wait_for(|s| known(s))).await.unwrap().unwrap();
    handle
}

/// `web`'s pod that does not go: a stop waits for it.
async fn hold(place: &Place) -> String {
    let pods = super::send(&place.server, "GET", &place.path(Kind::Pod), None).await.1;
    let mut names = pods["items"].as_array().unwrap().iter().map(|p| p["metadata"]["name"].as_str().unwrap());
    let web = names.find(|n| n.starts_with("web-")).unwrap().to_owned();
    place.patch(Kind::Pod, &web, json!({ "metadata": { "finalizers": ["example.com/held"] } })).await;
    web
}

/// Without its last words, which are an age.
fn ageless(why: &str) -> &str {
    let (told, age) = why.split_once("last sign of life ").unwrap_or_else(|| panic!("{why}"));
    assert!(age == "just now" || age.ends_with("s ago"), "{why}");
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_takeover_tells_the_loser_and_the_winner_word_for_word() {
    for undo in [false, true] {
        let world = World::new();
        let place = shop(&world).await;
        place.open(place.server.clone()).await;
        let before = place.counts().await;
        let pod = hold(&place).await;
        let (ann, bob) = (kennel_of(&place, "ann").await, kennel_of(&place, "bob").await);
        // Heartbeats come every ten real seconds: none may look dead.
        world.speed.store(1, Ordering::SeqCst);
        let here = format!("on {} (process {})", kennel::cluster::holder::host(), std::process::id());
        let of_ann = format!("ann {here} is running a stop here; ");
        let plan = place.plan(&bob, Wish::Stop, &Scope::default());
        let at = place.namespace.clone();
        let taking = async {
            while place.counts().await["Deployment web"][0] != 0 {
                sleep(TICK).await;
            }
            let id: kennel::domain::Text = place.journal().await["id"].as_str().unwrap().into();
            // A stop of his own, and going on with hers, without a word.
            let (own, _) = listen(|p| bob.run(plan, RunOptions::default(), p)).await;
            let (going_on, _) =
                listen(|p| bob.resume(bob.snapshot().id(at.clone()), id.clone(), RunOptions::default(), p)).await;
            for refused in [own, going_on] {
                let End::Refused(why) = refused.end else { panic!("{refused:?}") };
                assert_eq!(ageless(&why), of_ann);
            }
            let shows = |s: &Snapshot| {
                s.namespace(&*at).is_some_and(|e| e.operation.as_ref().is_some_and(|o| o.journal.id == id))
            };
            timeout(PATIENCE, bob.snapshots().wait_for(|s| shows(s))).await.unwrap().unwrap();
            let word = RunOptions { take_over: true, ..RunOptions::default() };
            let freeing = async {
                while place.journal().await["holder"] != "bob" {
                    sleep(TICK).await;
                }
                place.patch(Kind::Pod, &pod, json!({ "metadata": { "finalizers": null } })).await;
            };
            let taken = async {
                match undo {
                    true => listen(|p| bob.undo(bob.snapshot().id(at.clone()), id.clone(), word, p)).await,
                    false => listen(|p| bob.resume(bob.snapshot().id(at.clone()), id.clone(), word, p)).await,
                }
            };
            tokio::join!(taken, freeing).0
        };
        let ((lost, _), (won, told)) = tokio::join!(place.run(&ann, Wish::Stop, RunOptions::default()), taking);
        let does = if undo { "undoing" } else { "running" };
        let End::Left(why) = &lost.end else { panic!("{lost:?}") };
        assert_eq!(ageless(why), format!("taken over: bob {here} is {does} a stop here; "));
        assert_eq!(won.end, if undo { End::Undone } else { End::Done }, "{won:?}");
        let first: Vec<&Happened> = told.iter().take(2).map(|p| &p.happened).collect();
        assert_eq!(first, [&Happened::Claiming, &Happened::Begun]);
        let journal = place.journal().await;
        assert_eq!(
            (&journal["holder"], &journal["state"]),
            (&json!("bob"), &json!(if undo { "undone" } else { "done" }))
        );
        if undo {
            assert_eq!(place.counts().await, before, "no count is lost between the two");
        } else {
            assert_eq!(place.counts().await["StatefulSet db"][0], 0, "the winner did the rest");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_this_kennel_begins_shows_before_its_journal_is_written() {
    let world = World::new();
    let place = shop(&world).await;
    // The journal is asked for and never answered.
    let gate = Gate::new(place.server.clone(), super::gate::Kill::Before(1));
    let handle = place.open(InProcess::new(gate)).await;
    let plan = place.plan(&handle, Wish::Stop, &Scope::default());
    let phase = |handle: &Handle| handle.snapshot().namespace(&*place.namespace).unwrap().phase;
    {
        let (progress, _told) = tokio::sync::mpsc::channel(16);
        let run = handle.run(plan, RunOptions::default(), progress);
        tokio::pin!(run);
        let mut snapshots = handle.snapshots();
        let shown = async {
            while phase(&handle) != Phase::Decommissioning {
                snapshots.changed().await.unwrap();
            }
        };
        tokio::select! {
            outcome = &mut run => panic!("{outcome:?}"),
            shown = timeout(PATIENCE, shown) => shown.unwrap(),
        }
        assert_eq!(place.journal().await, Value::Null);
    }
    // It was dropped: nothing was begun.
    let mut snapshots = handle.snapshots();
    let back = async {
        while phase(&handle) == Phase::Decommissioning {
            snapshots.changed().await.unwrap();
        }
    };
    timeout(PATIENCE, back).await.unwrap();
}
