//! What the dashboard asks a cluster beside its watches: how often, how long, and for whom. The embedded cluster
//! answers, behind a gate that counts requests and can hold them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Request;
use jiff::SignedDuration;
use kennel::app::view::existence;
use kennel::app::{Message, Pane, Settings, State, key};
use kennel::cluster::{self, InProcess, Options as Session, Source};
use kennel::domain::Time;
use kennel::domain::existence::Existence;
use kennel::domain::snapshot::Access;
use kennel::runtime::core::{Core, News};
use kennel::sim::{Clock, Options, Sim};
use kube::client::Body;
use serde_json::{Value, json};
use tokio::sync::watch;
use tower::ServiceExt;

/// A deadline of the test, not a promise of the program.
const PATIENCE: Duration = Duration::from_secs(60);

/// What stands between the dashboard and the cluster.
#[derive(Clone)]
struct Gate {
    /// Requests as they come: method, URI, what is accepted.
    log: Arc<Mutex<Vec<String>>>,
    /// Those that hold this word wait.
    shut: watch::Sender<&'static str>,
    /// How many wait now.
    waiting: watch::Sender<usize>,
}

/// Counted as one that waits until it is dropped.
struct Waits(watch::Sender<usize>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.send_modify(|n| *n -= 1);
    }
}

impl Gate {
    fn before(&self, server: InProcess) -> InProcess {
        let gate = self.clone();
        InProcess::new(tower::service_fn(move |request: Request<Body>| {
            let (gate, server) = (gate.clone(), server.clone());
            async move {
                let accept = request.headers().get("accept").and_then(|v| v.to_str().ok()).unwrap_or_default();
                let line = format!("{} {} {accept}", request.method(), request.uri());
                gate.log.lock().unwrap().push(line.clone());
                let passes = |word: &&str| word.is_empty() || !line.contains(*word);
                if !passes(&gate.shut.borrow()) {
                    gate.waiting.send_modify(|n| *n += 1);
                    let _waits = Waits(gate.waiting.clone());
                    gate.shut.subscribe().wait_for(passes).await.unwrap();
                }
                server.oneshot(request).await
            }
        }))
    }

    /// Requests that hold all of these words.
    fn asked(&self, words: &[&str]) -> usize {
        self.log.lock().unwrap().iter().filter(|line| words.iter().all(|w| line.contains(w))).count()
    }

    async fn wait(&self, what: &str, there: impl Fn(&usize) -> bool) -> usize {
        let mut waiting = self.waiting.subscribe();
        let found = tokio::time::timeout(PATIENCE, waiting.wait_for(there)).await;
        *found.unwrap_or_else(|_| panic!("never: {what}")).unwrap()
    }
}

/// A dashboard without a terminal in front of an embedded cluster with one service, `web` of `shop`.
struct Desk {
    core: Core,
    server: InProcess,
    gate: Gate,
    _sim: Sim,
}

impl Desk {
    async fn new() -> Self {
        let mut scenario = tempfile::NamedTempFile::new().unwrap();
        scenario.write_all(b"nodes: {node-1: {}, node-2: {}}\n").unwrap();
        let clock = Clock::manual("2026-11-20T12:00:00Z".parse().unwrap());
        let path = scenario.path().to_str().unwrap().to_owned();
        let sim = Sim::start(Options { scenario: Some(path), clock: clock.clone(), ..Options::default() }).unwrap();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(20)).await;
                clock.advance(SignedDuration::from_millis(500));
            }
        });
        let server = InProcess::new(sim.api());
        let gate = Gate { log: Arc::default(), shut: watch::Sender::new(""), waiting: watch::Sender::new(0) };
        let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "shop" } });
        send(&server, "POST", "/api/v1/namespaces", &namespace).await;
        send(&server, "POST", "/apis/apps/v1/namespaces/shop/deployments", &web()).await;
        let handle = cluster::open(
            Source::InProcess { service: gate.before(server.clone()), name: "embedded".into() },
            Session::default(),
        );
        let mut core = Core::new(State::new(Settings::default(), Time::now(), (160, 48)));
        core.connect(handle, false);
        let mut desk = Self { core, server, gate, _sim: sim };
        let ready = |s: &State| s.snapshot.namespace("shop").is_some_and(|e| e.services.iter().any(|s| s.ready == 6));
        desk.until("six ready pods", ready).await;
        desk
    }

    fn press(&mut self, keys: &str) {
        for k in key::parse(keys).unwrap() {
            self.core.feed(Message::Key(k));
        }
    }

    /// Takes what comes until it is as wanted.
    async fn until(&mut self, what: &str, there: impl Fn(&State) -> bool) {
        let turns = async {
            while !there(&self.core.state) {
                let news = match self.core.next().await {
                    News::Answers(all) => all,
                    News::Picture => self.core.picture().into_iter().collect(),
                };
                news.into_iter().for_each(|message| drop(self.core.feed(message)));
            }
        };
        tokio::time::timeout(PATIENCE, turns).await.unwrap_or_else(|_| panic!("never: {what}"));
    }
}

fn web() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web" },
        "spec": { "replicas": 6, "selector": { "matchLabels": { "app": "web" } }, "template": {
            "metadata": { "labels": { "app": "web" } },
            "spec": { "containers": [{ "name": "main", "image": "acme/web:1" }] },
        }},
    })
}

async fn send(server: &InProcess, method: &str, path: &str, body: &Value) {
    let kind = if method == "PATCH" { "application/strategic-merge-patch+json" } else { "application/json" };
    let request = Request::builder().method(method).uri(path).header("content-type", kind);
    let answer = server.clone().oneshot(request.body(Body::from(body.to_string().into_bytes())).unwrap()).await;
    assert!(answer.unwrap().status().is_success(), "{method} {path}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollout_of_many_status_changes_lists_the_revisions_of_its_workload_once() {
    let mut desk = Desk::new().await;
    desk.press(":env shop<Enter>3/web<Enter><Enter>");
    let rows = |s: &State| s.list(Pane::Revisions).rows().len();
    desk.until("its first revision", |s| rows(s) == 1).await;
    let patch =
        json!({ "spec": { "template": { "spec": { "containers": [{ "name": "main", "image": "acme/web:2" }] }}}});
    send(&desk.server, "PATCH", "/apis/apps/v1/namespaces/shop/deployments/web", &patch).await;
    let seen = Mutex::new(Vec::new());
    desk.until("all of the new revision", |s| {
        let w = s.service().and_then(|s| s.workload.clone()).unwrap();
        let mut seen = seen.lock().unwrap();
        if seen.last() != Some(&w.counts) {
            seen.push(w.counts);
        }
        w.observed_generation == 2 && w.counts.updated == 6 && w.counts.available == 6 && w.counts.replicas == 6
    })
    .await;
    desk.until("its second revision", |s| rows(s) == 2).await;
    let changes = seen.into_inner().unwrap().len();
    assert!(changes > 2, "else this proves nothing: {changes}");
    let lists =
        |words: &[&str]| desk.gate.asked(&[&["GET /apis/apps/v1/namespaces/shop/replicasets?"], words].concat());
    assert_eq!(lists(&["labelSelector=app%3Dweb"]), 2, "one for each generation, of {changes} states");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_is_given_up_as_soon_as_nobody_listens() {
    let mut desk = Desk::new().await;
    desk.until("what one may do", |s| s.snapshot.cluster.access == Access::MayChange).await;
    desk.press(":env shop<Enter>");
    // Of a dialog that is closed, of a service that is left.
    for (word, keys) in [("selfsubjectaccessreviews", "S"), ("replicasets?labelSelector", "3/web<Enter><Enter>")] {
        desk.gate.shut.send_replace(word);
        desk.press(keys);
        let asked = desk.gate.wait("the question", |waiting| *waiting > 0).await;
        assert!(asked > 0 && desk.core.waits(), "{word}");
        desk.press("<Esc>");
        desk.gate.wait("nobody waits for an answer", |waiting| *waiting == 0).await;
        assert!(!desk.core.waits(), "{word}");
        let before = desk.gate.asked(&[word]);
        desk.gate.shut.send_replace("");
        assert_eq!(desk.gate.asked(&[word]), before, "{word}: nothing more is asked");
    }
    desk.press("<Enter>");
    desk.until("who looks again is answered", |s| s.list(Pane::Revisions).rows().len() == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_what_a_service_takes_only_metadata_is_asked_for() {
    let mut desk = Desk::new().await;
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "db" }, "stringData": { "url": "canary" },
    });
    send(&desk.server, "POST", "/api/v1/namespaces/shop/secrets", &secret).await;
    let container = json!({ "name": "main", "image": "acme/web:1", "envFrom": [
        { "secretRef": { "name": "db" } }, { "secretRef": { "name": "a/b?c" } }, { "configMapRef": { "name": "flags" } },
    ]});
    let patch = json!({ "spec": { "template": { "spec": { "containers": [container] }}}});
    send(&desk.server, "PATCH", "/apis/apps/v1/namespaces/shop/deployments/web", &patch).await;
    desk.press(":env shop<Enter>3/web<Enter><Enter>");
    let said = |s: &State| -> Vec<Option<Existence>> {
        let workload = s.service().and_then(|s| s.workload.clone());
        workload.iter().flat_map(|w| w.template.config.iter()).map(|c| existence(s, c)).collect()
    };
    let wanted = [Existence::There, Existence::Missing, Existence::Missing].map(Some);
    desk.until("what is there and what is not", |s| said(s) == wanted).await;
    assert!(desk.gate.asked(&["GET /api/v1/namespaces/shop/secrets/a%2Fb%3Fc"]) > 0, "it can be no other object");
    let log = desk.gate.log.lock().unwrap();
    let asked: Vec<_> =
        log.iter().filter(|l| l.contains("/shop/secrets/") || l.contains("/shop/configmaps/")).collect();
    assert!(asked.iter().all(|l| l.ends_with("as=PartialObjectMetadata;g=meta.k8s.io;v=v1")), "{asked:?}");
}
