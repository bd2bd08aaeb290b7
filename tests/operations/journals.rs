//! Journals that do not fit into one ConfigMap, and journals that earlier kennels wrote. On the embedded API alone,
//! without controllers: what counts is what was written, and three thousand objects are there at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kennel::cluster::{self, Handle, InProcess, Options, RunOptions, Source};
use kennel::domain::operation::{OperationState, StepResult};
use kennel::domain::{Kind, Snapshot, Text};
use kennel::plan::{End, Happened, Outcome, Progress, Scope, Wish};
use kennel::sim::api::Api;
use kennel::sim::api::fault::{Fault, Trouble};
use kennel::sim::clock::Clock;
use kennel::sim::store::{SharedStore, Store};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::gate::{self, Gate, Kill};
use super::place::{PATIENCE, Place, cron_job, listen, send, workload};

/// A namespace of an API server without controllers, whose clock stands still.
struct Shelf {
    place: Place,
    clock: Clock,
    api: Api,
}

const NS: &str = "old";

impl Shelf {
    fn new(objects: impl IntoIterator<Item = Value>) -> Self {
        let clock = Clock::manual("2026-11-21T13:10:00Z".parse().unwrap());
        let mut store = Store::new(clock.clone(), 1);
        store.put(json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": NS } })).unwrap();
        for mut object in objects {
            object["metadata"]["namespace"] = NS.into();
            store.put(object).unwrap();
        }
        let api = Api::new(SharedStore::new(store));
        let server = InProcess::new(api.clone());
        Self { place: Place { server, namespace: NS.into() }, clock, api }
    }

    /// So many Deployments of 1 to 3 replicas. `long`: of each the stop has to remember so much that a few hundred
    /// fill a ConfigMap.
    fn of(deployments: u32, long: bool) -> Self {
        Self::new((0..deployments).map(|n| {
            let (_, mut object) = workload("Deployment", &format!("web-{n:04}"), n % 3 + 1, "acme/web:1");
            if long {
                object["metadata"]["annotations"] = json!({ "kennel.dev/replicas": "x".repeat(4000) });
            }
            object
        }))
    }

    async fn open(&self, server: InProcess) -> Handle {
        let handle = cluster::open(Source::InProcess { service: server, name: "test".into() }, Options::default());
        handle.settled(&[Kind::Namespace, Kind::Deployment, Kind::CronJob, Kind::ConfigMap], PATIENCE).await.unwrap();
        let mut snapshots = handle.snapshots();
        timeout(PATIENCE, snapshots.wait_for(|s| s.namespace(NS).is_some())).await.unwrap().unwrap();
        handle
    }

    async fn kennel(&self) -> Handle {
        self.open(self.place.server.clone()).await
    }

    /// Its holder's heart has stopped.
    fn minutes_later(&self) {
        self.clock.advance(jiff::SignedDuration::from_secs(600));
    }

    /// Replicas of each Deployment, and what it remembers.
    async fn counts(&self) -> BTreeMap<String, (u64, Option<String>)> {
        let list = send(&self.place.server, "GET", &self.place.path(Kind::Deployment), None).await.1;
        let of = |o: &Value| {
            let memory = o["metadata"]["annotations"]["kennel.dev/replicas"].as_str().map(String::from);
            (o["metadata"]["name"].as_str().unwrap().to_owned(), (o["spec"]["replicas"].as_u64().unwrap(), memory))
        };
        list["items"].as_array().unwrap().iter().map(of).collect()
    }

    async fn run(&self, handle: &Handle, wish: Wish) -> (Outcome, Vec<Progress>) {
        let plan = self.place.plan(handle, wish, &Scope::default());
        listen(|p| handle.run(plan, options(), p)).await
    }

    async fn resume(&self, id: &str) -> (Outcome, Vec<Progress>) {
        let handle = self.kennel().await;
        listen(|p| handle.resume(handle.snapshot().id(NS), id.into(), options(), p)).await
    }

    async fn undo(&self, id: &str) -> (Outcome, Vec<Progress>) {
        let handle = self.kennel().await;
        listen(|p| handle.undo(handle.snapshot().id(NS), id.into(), options(), p)).await
    }

    async fn part(&self, number: u32) -> Value {
        let map = self.place.get(Kind::ConfigMap, &format!("kennel-operation-{number}")).await;
        map["data"]["journal"].as_str().map_or(Value::Null, |j| serde_json::from_str(j).unwrap())
    }

    /// Puts what an earlier kennel wrote, about the objects that are there now.
    async fn journal(&self, text: &str) -> String {
        let mut journal: Value = serde_json::from_str(text).unwrap();
        for step in journal["steps"].as_array_mut().unwrap() {
            let kind = Kind::named(step["object"]["kind"].as_str().unwrap()).unwrap();
            let object = self.place.get(kind, step["object"]["name"].as_str().unwrap()).await;
            if let Some(uid) = object["metadata"]["uid"].as_str() {
                step["uid"] = uid.into();
            }
        }
        let map = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": {
            "name": "kennel-operation", "labels": { "app.kubernetes.io/managed-by": "kennel" } },
            "data": { "journal": journal.to_string() } });
        assert_eq!(send(&self.place.server, "POST", &self.place.path(Kind::ConfigMap), Some(&map)).await.0, 201);
        journal["id"].as_str().unwrap().to_owned()
    }
}

/// Nothing makes pods here.
fn options() -> RunOptions {
    RunOptions { wait: false, ..RunOptions::default() }
}

fn stopped(before: &BTreeMap<String, (u64, Option<String>)>) -> BTreeMap<String, (u64, Option<String>)> {
    before.iter().map(|(name, (n, _))| (name.clone(), (0, Some(n.to_string())))).collect()
}

fn replicas(counts: &BTreeMap<String, (u64, Option<String>)>) -> Vec<u64> {
    counts.values().map(|(n, _)| *n).collect()
}

fn refusal(outcome: &Outcome) -> &str {
    let End::Refused(why) = &outcome.end else { panic!("{:?}", outcome.end) };
    why
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_of_3000_that_is_killed_at_935_is_resumed_to_the_last_one_and_started_again() {
    let shelf = Shelf::of(3000, false);
    // Each kennel lists what there is and sees no change: judging 3,000 services after each write is no part of this.
    shelf.api.faults().add(Fault::on("*", Trouble::Hang).verb("watch"));
    let before = shelf.counts().await;
    let handle = shelf.kennel().await;
    let plan = shelf.place.plan(&handle, Wish::Stop, &Scope::default());
    assert_eq!(plan.steps.len(), 3000);
    let id = {
        let (progress, mut told) = tokio::sync::mpsc::channel(16);
        let run = handle.run(plan, options(), progress);
        tokio::pin!(run);
        let (mut done, mut id) = (0, Text::default());
        while done < 935 {
            tokio::select! {
                outcome = &mut run => panic!("{outcome:?}"),
                Some(p) = told.recv() => {
                    id = p.id;
                    done += usize::from(matches!(p.happened, Happened::Step { result: StepResult::Done, .. }));
                }
            }
        }
        id
    };
    drop(handle);
    let left = replicas(&shelf.counts().await).iter().filter(|n| **n > 0).count();
    assert!((2000..2066).contains(&left), "it was killed on its way: {left} are left");
    assert_eq!((shelf.part(2).await["id"].as_str(), shelf.part(3).await["id"].as_str()), (Some(&*id), Some(&*id)));

    shelf.minutes_later();
    let other = shelf.kennel().await;
    let operation = other.snapshot().namespace(NS).unwrap().operation.clone().unwrap();
    assert_eq!(
        (operation.state, operation.journal.progress().1),
        (OperationState::Interrupted, 3000),
        "everybody sees all of it"
    );
    assert_eq!(operation.journal.steps.len(), 3000);
    let (outcome, told) = shelf.resume(&id).await;
    assert_eq!((&outcome.end, outcome.results.len()), (&End::Done, 3000));
    assert!(!told.iter().any(|p| matches!(p.happened, Happened::Note(_))), "nothing is lacking");
    assert_eq!(shelf.counts().await, stopped(&before), "every one, with its own count");
    assert_eq!(shelf.place.journal().await["state"], "done");

    let (outcome, _) = shelf.run(&shelf.kennel().await, Wish::Start).await;
    assert_eq!(outcome.end, End::Done);
    assert_eq!(shelf.counts().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_write_of_a_journal_in_parts_it_is_whole_or_has_changed_nothing() {
    for kill in (1..=5).flat_map(|n| [Kill::Before(n), Kill::After(n)]) {
        let shelf = Shelf::of(130, true);
        let before = shelf.counts().await;
        let gate = Gate::new(shelf.place.server.clone(), kill);
        let handle = shelf.open(gate.service()).await;
        tokio::select! {
            biased;
            () = gate.dead.cancelled() => {}
            ended = shelf.run(&handle, Wish::Stop) => panic!("{kill:?}: {:?}", ended.0),
        }
        drop(handle);
        shelf.minutes_later();
        let journal = shelf.place.journal().await;
        let whole = !journal.is_null() && journal["preparing"] != true;
        if !whole {
            assert_eq!(shelf.counts().await, before, "{kill:?}: nothing is sent before all of the journal is there");
        }
        if let Some(id) = journal["id"].as_str() {
            let (outcome, _) = shelf.resume(id).await;
            if whole {
                assert_eq!(outcome.end, End::Done, "{kill:?}");
                assert_eq!(shelf.counts().await, stopped(&before), "{kill:?}");
                let (undone, _) = shelf.undo(id).await;
                assert_eq!(undone.end, End::Undone, "{kill:?}");
            } else {
                let why = format!("stop {id} ended before its first step: nothing was changed; stop again");
                assert_eq!(refusal(&outcome), why, "{kill:?}");
                assert_eq!(refusal(&shelf.undo(id).await.0), why, "{kill:?}");
            }
            assert_eq!(shelf.counts().await, before, "{kill:?}");
        }
        // Whatever was left, the next one is whole.
        let (outcome, _) = shelf.run(&shelf.kennel().await, Wish::Stop).await;
        assert_eq!(outcome.end, End::Done, "{kill:?}");
        assert_eq!(shelf.counts().await, stopped(&before), "{kill:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_it_is_turned_back_the_rest_is_undone_by_the_next() {
    for kill in [Kill::After(1), Kill::Before(2), Kill::After(40)] {
        let shelf = Shelf::of(130, true);
        let before = shelf.counts().await;
        let (outcome, _) = shelf.run(&shelf.kennel().await, Wish::Stop).await;
        assert_eq!(outcome.end, End::Done);
        let gate = Gate::new(shelf.place.server.clone(), kill);
        let handle = shelf.open(gate.service()).await;
        tokio::select! {
            biased;
            () = gate.dead.cancelled() => {}
            ended = listen(|p| handle.undo(handle.snapshot().id(NS), outcome.id.clone(), options(), p)) => panic!("{:?}", ended.0),
        }
        drop(handle);
        shelf.minutes_later();
        assert_eq!(shelf.part(2).await["steps"][100]["result"]["state"], "done", "{kill:?}: of the stop");
        let (undone, _) = shelf.resume(&outcome.id).await;
        assert_eq!(undone.end, End::Undone, "{kill:?}");
        assert_eq!(shelf.counts().await, before, "{kill:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_that_is_lacking_is_said_and_never_taken_for_done() {
    let patch = |data: Value| json!({ "data": { "journal": data } });
    let another = json!({ "id": "another", "steps": [] }).to_string();
    for (damage, why) in [
        (None, "kennel-operation-2 is not there: "),
        (Some(patch(Value::Null)), "kennel-operation-2 can't be read (it has no key journal): "),
        (Some(patch(another.into())), "kennel-operation-2 is of another operation: "),
    ] {
        let shelf = Shelf::of(130, true);
        let before = shelf.counts().await;
        let gate = Gate::new(shelf.place.server.clone(), Kill::Before(20));
        let handle = shelf.open(gate.service()).await;
        tokio::select! {
            () = gate.dead.cancelled() => {}
            ended = shelf.run(&handle, Wish::Stop) => panic!("{:?}", ended.0),
        }
        drop(handle);
        shelf.minutes_later();
        let lost = shelf.part(2).await["steps"].as_array().unwrap().len();
        let two = format!("{}/kennel-operation-2", shelf.place.path(Kind::ConfigMap));
        let (method, body) = if damage.is_some() { ("PATCH", damage.as_ref()) } else { ("DELETE", None) };
        assert_eq!(send(&shelf.place.server, method, &two, body).await.0, 200);

        let handle = shelf.kennel().await;
        let reason = handle.snapshot().namespace(NS).unwrap().reason.clone().unwrap();
        assert!(reason.ends_with(&format!("? journal: {why}{lost} of its steps are not known")), "{reason}");
        let id = shelf.place.journal().await["id"].as_str().unwrap().to_owned();
        let (outcome, told) = shelf.resume(&id).await;
        let end = format!("{lost} more of its objects are not in the journal: stop again for these");
        assert_eq!(outcome.end, End::Failed(end.as_str().into()));
        assert!(told.iter().any(|p| matches!(&p.happened, Happened::Note(n) if n.starts_with(why))), "{told:?}");
        assert_eq!(shelf.place.journal().await["state"], "failed");
        // As it says.
        let (outcome, _) = shelf.run(&shelf.kennel().await, Wish::Stop).await;
        assert_eq!((outcome.end, shelf.counts().await), (End::Done, stopped(&before)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_longer_operation_left_is_deleted_by_the_next_or_emptied_by_who_may_not_delete() {
    for may_delete in [true, false] {
        let shelf = Shelf::of(130, true);
        let (outcome, _) = shelf.run(&shelf.kennel().await, Wish::Stop).await;
        assert_eq!(outcome.end, End::Done);
        assert!(!shelf.part(3).await.is_null());
        let deletes = Arc::new(AtomicUsize::new(0));
        let count = deletes.clone();
        let meddle = move |method: &str, _: &str| {
            let denied = method == "DELETE" && !may_delete;
            count.fetch_add(usize::from(method == "DELETE"), Ordering::SeqCst);
            denied.then_some(gate::Trouble::Instead(403, "configmaps is forbidden"))
        };
        let gate = Gate::meddling(shelf.place.server.clone(), Arc::new(meddle));
        // A start remembers next to nothing.
        let (outcome, _) = shelf.run(&shelf.open(gate.service()).await, Wish::Start).await;
        assert_eq!(outcome.end, End::Done);
        assert_eq!(shelf.place.journal().await["steps"].as_array().unwrap().len(), 130, "all in the first");
        assert!(deletes.load(Ordering::SeqCst) >= 2);
        for number in [2, 3] {
            let map = shelf.place.get(Kind::ConfigMap, &format!("kennel-operation-{number}")).await;
            assert_eq!(map["kind"], if may_delete { "Status" } else { "ConfigMap" }, "{number}");
            assert!(map.get("data").is_none_or(|d| d.get("journal").is_none()), "{number}: {map}");
        }
        let handle = shelf.kennel().await;
        let shows =
            |s: &Snapshot| s.namespace(NS).unwrap().operation.as_ref().is_some_and(|o| o.state == OperationState::Done);
        assert!(shows(&handle.snapshot()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_that_can_not_be_written_whole_begins_nothing_and_stands_in_nobodys_way() {
    let shelf = Shelf::of(130, true);
    let before = shelf.counts().await;
    let meddle = |method: &str, path: &str| {
        let second = method == "POST" && path.ends_with("/configmaps");
        static CREATED: AtomicUsize = AtomicUsize::new(0);
        (second && CREATED.fetch_add(1, Ordering::SeqCst) == 1)
            .then_some(gate::Trouble::Instead(403, "exceeded quota: count/configmaps"))
    };
    let gate = Gate::meddling(shelf.place.server.clone(), Arc::new(meddle));
    let (outcome, _) = shelf.run(&shelf.open(gate.service()).await, Wish::Stop).await;
    assert_eq!(refusal(&outcome), "can't write the journal in old: no permission: exceeded quota: count/configmaps");
    assert_eq!(shelf.counts().await, before);
    // At once: nobody has to wait until its heartbeat is old.
    let (outcome, _) = shelf.run(&shelf.kennel().await, Wish::Stop).await;
    assert_eq!(outcome.end, End::Done);
}

/// What the journals of earlier kennels are about.
fn earlier() -> Shelf {
    let named = |(kind, mut object): (Kind, Value)| {
        object["kind"] = kind.info().name.into();
        object
    };
    let mut agent = named(workload("DaemonSet", "agent", 1, "acme/agent:1"));
    agent["spec"]["template"]["spec"]["nodeSelector"] = json!({ "disk": "ssd" });
    let mut web = named(workload("Deployment", "web", 2, "acme/web:1"));
    web["metadata"]["annotations"] = json!({ "kennel.dev/replicas": "5" });
    let mut nightly = named(cron_job("nightly", true));
    nightly["metadata"]["annotations"] = json!({ "kennel.dev/suspend": "false" });
    let worker = json!({ "apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": { "name": "worker" },
        "spec": { "scaleTargetRef": { "name": "web" } } });
    Shelf::new([nightly, agent, named(workload("Deployment", "api", 3, "acme/api:1")), web, worker])
}

#[tokio::test(start_paused = true)]
async fn a_journal_of_an_earlier_kennel_is_read_resumed_and_undone() {
    let text = include_str!("../fixtures/journals/interrupted.json");
    let shelf = earlier();
    let before = shelf.place.counts().await;
    let id = shelf.journal(text).await;
    let handle = shelf.kennel().await;
    let operation = handle.snapshot().namespace(NS).unwrap().operation.clone().unwrap();
    assert_eq!((operation.state, operation.journal.progress()), (OperationState::Interrupted, (3, 6)));
    let (outcome, _) = shelf.resume(&id).await;
    assert_eq!(outcome.end, End::Done, "{outcome:?}");
    let counts = shelf.place.counts().await;
    assert_eq!(counts["Deployment api"], json!([0, null, null, { "kennel.dev/replicas": "3" }]));
    assert_eq!(counts["Deployment web"], json!([0, null, null, { "kennel.dev/replicas": "2" }]));
    assert_eq!(counts["DaemonSet agent"][2], json!({ "kennel.dev/stopped": "true" }));
    let worker = shelf.place.get(Kind::ScaledObject, "worker").await;
    assert_eq!(worker["metadata"]["annotations"]["autoscaling.keda.sh/paused-replicas"], "0");
    let (outcome, _) = shelf.undo(&id).await;
    assert_eq!(outcome.end, End::Undone, "{outcome:?}");
    let mut undone = shelf.place.counts().await;
    // That one was stopped before the journal was found.
    let nightly = undone.insert("CronJob nightly".into(), before["CronJob nightly"].clone());
    assert_eq!((nightly.unwrap()[1].clone(), undone), (json!(false), before));
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_an_earlier_kennel_cut_never_ends_as_done() {
    let text = include_str!("../fixtures/journals/shortened.json");
    for undo in [false, true] {
        let shelf = earlier();
        let id = shelf.journal(text).await;
        let (outcome, _) = if undo { shelf.undo(&id).await } else { shelf.resume(&id).await };
        let again = if undo { "start" } else { "stop again" };
        let end = format!("637 more of its objects are not in the journal: {again} for these");
        assert_eq!(outcome.end, End::Failed(end.as_str().into()));
        assert_eq!(shelf.counts().await["api"].0, if undo { 3 } else { 0 }, "what it knows of is done");
        let journal = shelf.place.journal().await;
        assert_eq!((&journal["state"], &journal["shortened"]), (&json!("failed"), &json!(637)));
    }
    let ended = text.replace(r#""state":"running""#, r#""state":"done""#);
    let shelf = earlier();
    let id = shelf.journal(&ended).await;
    let (outcome, _) = shelf.resume(&id).await;
    let end = format!("stop {id} is done, but 637 more of its objects are not in the journal: stop again for these");
    assert_eq!(refusal(&outcome), end);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_with_an_action_that_this_kennel_does_not_know_is_left_alone_and_that_is_said() {
    let text = include_str!("../fixtures/journals/interrupted.json").replace(r#""do":"pause""#, r#""do":"create""#);
    let shelf = earlier();
    let id = shelf.journal(&text).await;
    let before = (shelf.place.counts().await, shelf.place.journal().await);
    let handle = shelf.kennel().await;
    let environment = handle.snapshot().namespace(NS).unwrap().clone();
    let reason = environment.reason.clone().unwrap();
    assert!(reason.contains("? journal: unknown variant `create`"), "{reason}");
    assert_eq!(environment.operation, None);
    let unreadable = "the journal in old (ConfigMap kennel-operation) can't be read: unknown variant `create`";
    for (outcome, _) in [shelf.resume(&id).await, shelf.undo(&id).await, shelf.run(&handle, Wish::Stop).await] {
        assert!(refusal(&outcome).starts_with(unreadable), "{outcome:?}");
    }
    assert_eq!((shelf.place.counts().await, shelf.place.journal().await), before);
}

#[tokio::test(start_paused = true)]
async fn what_a_journal_says_and_no_plan_makes_is_not_done() {
    let text = include_str!("../fixtures/journals/shortened.json");
    let scale = r#""do":"scale","from":3,"to":0,"remember":true"#;
    for (said, why) in [
        (
            r#""do":"scale","from":3,"to":0,"remember":true,"forget":[["example.com/owner","me"]]"#,
            "not done: example.com/owner is no memory of a stop",
        ),
        (r#""do":"suspend","from":false,"to":true,"remember":true"#, "not done: a deployment is not suspended"),
        (
            r#""do":"nodeSelector","stop":false,"selector":"{\"disk\":\"ssd\"}""#,
            "not done: a deployment is not kept from its nodes",
        ),
        (r#""do":"pause","from":null,"to":"0","remember":true"#, "not done: a deployment is not paused"),
    ] {
        assert!(text.contains(scale));
        let shelf = earlier();
        let before = shelf.place.get(Kind::Deployment, "api").await;
        let id = shelf.journal(&text.replace(scale, said)).await;
        let (outcome, _) = shelf.resume(&id).await;
        assert_eq!(outcome.results, [(3, StepResult::Failed(why.into()))]);
        assert_eq!(shelf.place.get(Kind::Deployment, "api").await, before);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_put_away_comes_back_byte_for_byte() {
    // A marker that no terminal should see, and a node selector longer than any text that is shown.
    let marker = "{\"replicas\":2,\"by\":\"a\u{200b}\u{1b}[2Jb\"}".replace('\u{1b}', "\\u001b");
    let selector: BTreeMap<String, String> =
        (0..200).map(|n| (format!("example.com/n{n:03}"), "x".repeat(20))).collect();
    let selector = serde_json::to_string(&selector).unwrap().replace("\",\"", "\", \"");
    let (_, mut asleep) = workload("Deployment", "asleep", 0, "acme/web:1");
    asleep["metadata"]["annotations"] = json!({ "dev.okteto.com/state-before-sleeping": marker });
    let (_, mut agent) = workload("DaemonSet", "agent", 1, "acme/agent:1");
    agent["metadata"]["annotations"] = json!({ "kennel.dev/node-selector": selector });
    agent["spec"]["template"]["spec"]["nodeSelector"] = json!({ "kennel.dev/stopped": "true" });
    let shelf = Shelf::new([asleep, agent]);
    let (outcome, _) = shelf.run(&shelf.kennel().await, Wish::Start).await;
    assert_eq!(outcome.end, End::Done, "{outcome:?}");
    let noted =
        async |kind, name: &str, key: &str| shelf.place.get(kind, name).await["metadata"]["annotations"][key].clone();
    let agent = shelf.place.get(Kind::DaemonSet, "agent").await;
    assert_eq!(agent["spec"]["template"]["spec"]["nodeSelector"].as_object().unwrap().len(), 200, "all of it is back");
    assert_eq!(noted(Kind::Deployment, "asleep", "dev.okteto.com/state-before-sleeping").await, Value::Null);
    // By another kennel, which has nothing but the journal.
    let (outcome, _) = shelf.undo(&outcome.id).await;
    assert_eq!(outcome.end, End::Undone, "{outcome:?}");
    assert_eq!(noted(Kind::Deployment, "asleep", "dev.okteto.com/state-before-sleeping").await, json!(marker));
    assert_eq!(noted(Kind::DaemonSet, "agent", "kennel.dev/node-selector").await, json!(selector));
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_restarts_under_an_operation_gets_the_steps_in_flight_again() {
    const CLOSED: &str =
        "peer closed connection without sending TLS close_notify: https://docs.rs/rustls/latest/rustls/manual";
    for trouble in [gate::Trouble::Instead(503, "apiserver is shutting down"), gate::Trouble::Broken(CLOSED)] {
        let shelf = Shelf::of(12, false);
        let before = shelf.counts().await;
        let patches = Arc::new(AtomicUsize::new(0));
        let count = patches.clone();
        // The eight in flight meet it, and two of them once more.
        let meddle = move |method: &str, path: &str| {
            let patch = method == "PATCH" && path.contains("/deployments/");
            (patch && count.fetch_add(1, Ordering::SeqCst) < 10).then_some(trouble)
        };
        let gate = Gate::meddling(shelf.place.server.clone(), Arc::new(meddle));
        let (outcome, told) = shelf.run(&shelf.open(gate.service()).await, Wish::Stop).await;
        assert_eq!(outcome.end, End::Done, "{trouble:?}: {outcome:?}");
        assert_eq!((patches.load(Ordering::SeqCst), shelf.counts().await), (22, stopped(&before)));
        let notes: Vec<_> =
            told.iter().filter_map(|p| if let Happened::Note(n) = &p.happened { Some(n) } else { None }).collect();
        assert!(notes.iter().any(|n| n.ends_with("it was not done; trying again")), "{notes:?}");
        assert!(notes.iter().all(|n| !n.contains("https://")), "{notes:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_takes_a_step_is_tried_for_a_minute_and_a_step_that_it_fails_once() {
    for (code, least, why) in [(503, 10, "away; it was not done"), (500, 1, "away; it was not done")] {
        let shelf = Shelf::of(2, false);
        let patches = Arc::new(AtomicUsize::new(0));
        let count = patches.clone();
        let meddle = move |method: &str, path: &str| {
            let patch = method == "PATCH" && path.ends_with("/deployments/web-0000");
            count.fetch_add(usize::from(patch), Ordering::SeqCst);
            patch.then_some(gate::Trouble::Instead(code, "away"))
        };
        let gate = Gate::meddling(shelf.place.server.clone(), Arc::new(meddle));
        let begun = tokio::time::Instant::now();
        let (outcome, _) = shelf.run(&shelf.open(gate.service()).await, Wish::Stop).await;
        assert_eq!((&outcome.end, &outcome.results[0].1), (&End::Partly, &StepResult::Failed(why.into())));
        let sent = patches.load(Ordering::SeqCst);
        assert!(if least == 1 { sent == 1 } else { sent >= least }, "{code}: {sent}");
        assert!(begun.elapsed() < std::time::Duration::from_secs(90));
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_is_taken_only_where_its_heart_stood_still_while_we_watched() {
    let text = include_str!("../fixtures/journals/interrupted.json");
    for beats in [true, false] {
        let shelf = earlier();
        // By our clock it has been silent for hours.
        (0..36).for_each(|_| shelf.minutes_later());
        let id = shelf.journal(text).await;
        let handle = shelf.kennel().await;
        let (progress, mut told) = tokio::sync::mpsc::channel(64);
        let run = handle.resume(handle.snapshot().id(NS), id.as_str().into(), options(), progress);
        let watched = async {
            let first = told.recv().await.unwrap().happened;
            let note = "watching for 25s whether admin on laptop still works on it";
            assert_eq!(first, Happened::Note(note.into()));
            if beats {
                // Its holder's clock, as little as ours agrees with it.
                let text = text.replace("2026-11-21T13:07:04.169519Z", "2026-11-21T13:07:14.169519Z");
                let data = json!({ "data": { "journal": text } });
                shelf.place.patch(Kind::ConfigMap, "kennel-operation", data).await;
            }
            while told.recv().await.is_some() {}
        };
        let (outcome, ()) = tokio::join!(run, watched);
        match beats {
            true => assert_eq!(
                refusal(&outcome),
                "admin on laptop (process 20374) is running a stop here: its heart beat while this kennel watched"
            ),
            false => assert_eq!(outcome.end, End::Done, "{outcome:?}"),
        }
    }
}
