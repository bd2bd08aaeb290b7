//! What a server, a network or a right can do wrong, and what kennel shows then: against a server of this
//! process whose answers are scripted per path.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "cluster_faults/custom.rs"]
mod custom;
#[path = "cluster_faults/protobuf.rs"]
mod protobuf;
#[path = "cluster_faults/unwatched.rs"]
mod unwatched;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use kennel::cluster::{self, ClusterError, Handle, InProcess, Options, Source, WireError};
use kennel::domain::data::DataState;
use kennel::domain::snapshot::{Access, Connection};
use kennel::domain::{Kind, Snapshot};
use kennel::sim;
use serde_json::{Value, json};
use tower::BoxError;

const LIMIT: Duration = Duration::from_secs(20);

/// One answer.
#[derive(Clone, Debug)]
enum Answer {
    Json(u16, Value),
    Text(u16, &'static str, String),
    /// In protobuf to whom takes that, like a real server, else in JSON.
    Both(u16, Vec<u8>, String),
    /// Status 429 or 503 with Retry-After.
    Later(u16, u64),
    /// These bytes, then the connection breaks.
    Cut(String),
    /// Breaks before an answer comes.
    Reset,
    /// Never answers.
    Hang,
    /// Lines of a watch, that then stays open.
    Lines(Vec<Value>),
    /// Lines of a watch, that then ends.
    LinesEnd(Vec<Value>),
}

/// A server with scripted answers; by default each list is empty and each watch stays silent.
#[derive(Clone, Default)]
struct Fake(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// Path without query (watches: `watch PATH`) → answers, the last of which stays.
    answers: HashMap<String, VecDeque<Answer>>,
    log: Vec<(String, String)>,
    dead: bool,
    date: Option<String>,
    /// Namespaces whose rules allow all; `None`: every one.
    allowed: Option<Vec<String>>,
}

impl Fake {
    fn allow(&self, namespaces: &[&str]) {
        self.0.lock().unwrap().allowed = Some(namespaces.iter().map(|n| (*n).to_owned()).collect());
    }

    fn on(&self, path: &str, answers: impl IntoIterator<Item = Answer>) -> &Self {
        self.0.lock().unwrap().answers.insert(path.to_owned(), answers.into_iter().collect());
        self
    }

    fn kill(&self, dead: bool) {
        self.0.lock().unwrap().dead = dead;
    }

    fn asked(&self, what: &str) -> usize {
        self.0.lock().unwrap().log.iter().filter(|(m, p)| format!("{m} {p}").contains(what)).count()
    }

    fn open(&self) -> Handle {
        self.open_with(Options::default())
    }

    fn open_with(&self, options: Options) -> Handle {
        cluster::open(Source::InProcess { service: self.service(), name: "fake".into() }, options)
    }

    fn service(&self) -> InProcess {
        let fake = self.clone();
        InProcess::new(tower::service_fn(move |r| fake.clone().answer(r)))
    }

    async fn answer(
        self,
        request: Request<kube::client::Body>,
    ) -> Result<Response<UnsyncBoxBody<Bytes, BoxError>>, BoxError> {
        let agent = request.headers().get("user-agent").and_then(|a| a.to_str().ok()).unwrap_or_default();
        assert!(agent.starts_with("kennel/"), "{agent}");
        let accept = request.headers().get("accept").and_then(|a| a.to_str().ok()).unwrap_or_default();
        let takes_proto = accept.starts_with(PROTOBUF);
        let method = request.method().to_string();
        let path = request.uri().path().to_owned();
        let query = request.uri().query().unwrap_or_default().to_owned();
        let watch = query.contains("watch=true");
        let body = request.into_body().collect_bytes().await?;
        let sent: Value = serde_json::from_slice(&body).unwrap_or_default();
        let place = sent["spec"]["namespace"].as_str().or(sent["spec"]["resourceAttributes"]["namespace"].as_str());
        let (answer, dead, date, may) = {
            let mut state = self.0.lock().unwrap();
            state.log.push((method.clone(), format!("{path}?{query}")));
            let key = if watch { format!("watch {path}") } else { path.clone() };
            let answer =
                state.answers.get_mut(&key).and_then(|q| if q.len() > 1 { q.pop_front() } else { q.front().cloned() });
            let may = state.allowed.as_ref().is_none_or(|a| a.iter().any(|n| Some(n.as_str()) == place));
            (answer, state.dead, state.date.clone(), may)
        };
        if dead {
            return Err("connection refused".into());
        }
        let answer = answer.unwrap_or_else(|| match (&*method, &*path, watch) {
            (_, _, true) => Answer::Lines(vec![]),
            (_, "/version", _) => Answer::Json(200, json!({"gitVersion": "v1.fake"})),
            ("POST", p, _) if p.ends_with("selfsubjectaccessreviews") => {
                Answer::Json(201, json!({"status": {"allowed": may}}))
            }
            ("POST", p, _) if p.ends_with("selfsubjectreviews") => {
                Answer::Json(201, json!({"status": {"userInfo": {"username": "maria"}}}))
            }
            ("POST", p, _) if p.ends_with("selfsubjectrulesreviews") => {
                let verbs = if may { vec!["*"] } else { vec![] };
                Answer::Json(
                    201,
                    json!({"status": {"resourceRules": [{"verbs": verbs, "apiGroups": ["*"], "resources": ["*"]}]}}),
                )
            }
            _ => Answer::Json(200, list(vec![])),
        });
        let mut response = Response::builder();
        if let Some(date) = date {
            response = response.header("date", date);
        }
        let full = |s: Vec<u8>| Full::new(Bytes::from(s)).map_err(|e| match e {}).boxed_unsync();
        let bytes = |v: Vec<Value>| {
            let all: Vec<Result<Bytes, BoxError>> = v.into_iter().map(|l| Ok(Bytes::from(format!("{l}\n")))).collect();
            futures::stream::iter(all)
        };
        Ok(match answer {
            Answer::Hang => std::future::pending().await,
            Answer::Reset => return Err("connection reset by peer".into()),
            Answer::Json(code, value) => response.status(code).body(full(value.to_string().into()))?,
            Answer::Text(code, kind, text) => {
                response.status(code).header("content-type", kind).body(full(text.into()))?
            }
            Answer::Both(code, proto, _) if takes_proto => {
                response.status(code).header("content-type", PROTOBUF).body(full(proto))?
            }
            Answer::Both(code, _, json) => {
                response.status(code).header("content-type", "application/json").body(full(json.into()))?
            }
            Answer::Later(code, seconds) => {
                response.status(code).header("retry-after", seconds).body(full(Vec::new()))?
            }
            Answer::Cut(start) => {
                let parts: [Result<Bytes, BoxError>; 2] =
                    [Ok(Bytes::from(start)), Err("connection reset by peer".into())];
                let body = StreamBody::new(futures::stream::iter(parts).map(|p| p.map(http_body::Frame::data)));
                response.body(BodyExt::boxed_unsync(body))?
            }
            Answer::Lines(lines) => {
                let body = bytes(lines).chain(futures::stream::pending()).map(|p| p.map(http_body::Frame::data));
                response.body(BodyExt::boxed_unsync(StreamBody::new(body)))?
            }
            Answer::LinesEnd(lines) => response
                .body(BodyExt::boxed_unsync(StreamBody::new(bytes(lines).map(|p| p.map(http_body::Frame::data)))))?,
        })
    }
}

fn list(items: Vec<Value>) -> Value {
    json!({"kind": "List", "metadata": {"resourceVersion": "10"}, "items": items})
}

fn namespace(name: &str) -> Value {
    json!({"metadata": {"name": name, "uid": name, "resourceVersion": "5"}, "status": {"phase": "Active"}})
}

fn deployment(name: &str, replicas: u32) -> Value {
    json!({"metadata": {"name": name, "namespace": "shop", "uid": name, "resourceVersion": "6"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": {"metadata": {"labels": {"app": name}},
            "spec": {"containers": [{"name": "c", "image": "i"}]}}},
        "status": {"replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas, "updatedReplicas": replicas}})
}

fn status(code: u16, reason: &str, message: &str) -> Answer {
    Answer::Json(code, json!({"kind": "Status", "code": code, "reason": reason, "message": message}))
}

fn event(kind: &str, object: &Value) -> Value {
    json!({"type": kind, "object": object})
}

const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";
const NS: &str = "/api/v1/namespaces";
const DEPLOYMENTS: &str = "/apis/apps/v1/deployments";
const WATCH_DEPLOYMENTS: &str = "watch /apis/apps/v1/deployments";

fn shop() -> Fake {
    let fake = Fake::default();
    fake.on(NS, [Answer::Json(200, list(vec![namespace("shop")]))]);
    fake.on(DEPLOYMENTS, [Answer::Json(200, list(vec![deployment("web", 2), deployment("api", 1)]))]);
    fake
}

/// The picture as soon as it is as wanted.
async fn until(handle: &Handle, what: &str, wanted: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
    let mut all = handle.snapshots();
    let found = tokio::time::timeout(LIMIT, all.wait_for(|s| wanted(s))).await.map(|r| r.map(|s| s.clone()));
    match found {
        Ok(Ok(s)) => s,
        _ => {
            let s = handle.snapshot();
            panic!("{what} did not come: {:?} {:?} {:?}", s.connection, s.data, services(&s))
        }
    }
}

fn services(s: &Snapshot) -> Vec<String> {
    let mut all: Vec<String> =
        s.namespace("shop").map(|e| e.services.iter().map(|s| s.object.name.to_string()).collect()).unwrap_or_default();
    all.sort();
    all
}

fn live(s: &Snapshot) -> bool {
    *s.state(Kind::Deployment) == DataState::Live
}

#[tokio::test]
async fn lists_and_then_follows_changes() {
    let fake = shop();
    let (web, api) = (deployment("web", 5), deployment("api", 1));
    fake.on(
        WATCH_DEPLOYMENTS,
        [Answer::Lines(vec![
            event("MODIFIED", &web),
            event("DELETED", &api),
            event("BOOKMARK", &json!({"metadata": {"resourceVersion": "99"}})),
            event("ADDED", &deployment("new", 1)),
        ])],
    );
    let handle = fake.open();
    let s = until(&handle, "the changes", |s| services(s) == ["new", "web"]).await;
    assert_eq!(s.namespace("shop").unwrap().services.iter().find(|s| s.object.name == "web").unwrap().desired, 5);
    let s = until(&handle, "the user", |s| s.cluster.access == Access::MayChange).await;
    assert_eq!(s.cluster.user.as_deref(), Some("maria"));
    assert_eq!(s.cluster.version.as_deref(), Some("v1.fake"));
    assert_eq!(s.connection, Connection::Live);
}

#[tokio::test]
async fn a_410_lists_again_without_a_blank_and_without_duplicates() {
    for gone in [
        status(410, "Expired", "too old"),
        Answer::Lines(vec![event("ERROR", &json!({"code": 410, "reason": "Expired"}))]),
    ] {
        let fake = shop();
        fake.on(
            DEPLOYMENTS,
            [
                Answer::Json(200, list(vec![deployment("web", 2), deployment("api", 1)])),
                Answer::Json(200, list(vec![deployment("web", 2), deployment("late", 1)])),
            ],
        );
        fake.on(WATCH_DEPLOYMENTS, [gone, Answer::Lines(vec![])]);
        let handle = fake.open();
        handle.settled(&[Kind::Deployment], LIMIT).await.unwrap();
        let mut all = handle.snapshots();
        let seen = tokio::time::timeout(LIMIT, async {
            loop {
                all.changed().await.unwrap();
                let s = all.borrow_and_update().clone();
                assert!(services(&s).len() == 2, "a blank: {:?}", services(&s));
                assert!(live(&s), "{:?}", s.state(Kind::Deployment));
                if services(&s) == ["late", "web"] {
                    return;
                }
            }
        });
        seen.await.expect("the second list");
    }
}

#[tokio::test]
async fn a_watch_goes_on_from_the_last_version_and_a_bookmark_counts() {
    let fake = shop();
    fake.on(
        WATCH_DEPLOYMENTS,
        [
            Answer::LinesEnd(vec![event("BOOKMARK", &json!({"metadata": {"resourceVersion": "4711"}}))]),
            Answer::Lines(vec![]),
        ],
    );
    let handle = fake.open();
    handle.settled(&[Kind::Deployment], LIMIT).await.unwrap();
    tokio::time::timeout(LIMIT, async {
        while fake.asked("deployments?watch=true&allowWatchBookmarks=true&resourceVersion=4711") == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap();
    assert_eq!(fake.asked("deployments?resourceVersion=0"), 1, "it was not listed again");
}

#[tokio::test]
async fn what_fails_is_named_tried_again_and_comes_back() {
    let html = || Answer::Text(200, "text/html", "<html>login</html>".into());
    let cut = || Answer::Text(200, "application/json", r#"{"metadata":{},"items":[{"metadata":{"name":"web","#.into());
    let cases: [(&str, Answer, &str); 6] = [
        ("500", status(500, "InternalError", "etcd is on fire"), "etcd is on fire"),
        ("bare 502", Answer::Text(502, "text/html", "<html>".into()), "502 Bad Gateway"),
        ("HTML", html(), "HTML"),
        ("half", cut(), "ended in the middle"),
        ("reset", Answer::Reset, "reset"),
        ("cut", Answer::Cut(r#"{"items":[{"#.into()), "reset"),
    ];
    let runs = cases.map(|(name, answer, words)| async move {
        let fake = shop();
        let good = Answer::Json(200, list(vec![deployment("web", 2)]));
        fake.on(DEPLOYMENTS, [answer, good]);
        let handle = fake.open();
        let s = until(&handle, name, |s| matches!(s.state(Kind::Deployment), DataState::Failed { .. })).await;
        let DataState::Failed { why, retry } = s.state(Kind::Deployment) else { panic!() };
        assert!(why.contains(words), "{name}: {why}");
        assert!(retry.is_some_and(|r| r > s.now), "{name}: the next try is shown");
        until(&handle, "back", |s| live(s) && services(s) == ["web"]).await;
        assert_eq!(fake.asked("deployments?resourceVersion=0"), 2, "{name}");
    });
    futures::future::join_all(runs).await;
}

#[tokio::test]
async fn a_retry_after_is_kept_and_the_user_can_cut_it_short() {
    let fake = shop();
    fake.on(DEPLOYMENTS, [Answer::Later(429, 25), Answer::Json(200, list(vec![deployment("web", 2)]))]);
    let handle = fake.open();
    let s = until(&handle, "429", |s| matches!(s.state(Kind::Deployment), DataState::Failed { .. })).await;
    let DataState::Failed { retry: Some(retry), .. } = s.state(Kind::Deployment) else { panic!() };
    let wait = retry.as_second() - s.now.as_second();
    assert!((20..=30).contains(&wait), "{wait}");
    handle.reconnect();
    until(&handle, "the list, before its time", live).await;
}

#[tokio::test]
async fn one_malformed_object_is_one_warning_and_the_list_stays() {
    let fake = shop();
    let mut bad = deployment("bad", 1);
    bad["spec"]["replicas"] = json!("many");
    fake.on(
        DEPLOYMENTS,
        [Answer::Json(200, list(vec![deployment("web", 2), bad.clone(), json!(7), deployment("api", 1)]))],
    );
    fake.on(WATCH_DEPLOYMENTS, [Answer::Lines(vec![event("MODIFIED", &bad), event("ADDED", &deployment("next", 1))])]);
    let handle = fake.open();
    until(&handle, "the others", |s| services(s) == ["api", "next", "web"]).await;
    let unread = |s: &Snapshot| s.unread.iter().map(|((_, ns, n), why)| format!("{ns}/{n}: {why}")).collect::<Vec<_>>();
    let s = handle.snapshot();
    assert_eq!(s.unread.len(), 2, "{:?}", unread(&s));
    let nameless = "1 Deployment without a name can't be read: it is no JSON object";
    assert!(unread(&s).iter().any(|u| u == &format!("/: {nameless}")), "{:?}", unread(&s));
    assert!(unread(&s).iter().any(|u| u.starts_with("shop/bad: Deployment bad is malformed")), "{:?}", unread(&s));
    assert!(handle.warnings().is_empty(), "said in one place: {:?}", handle.warnings());
}

#[tokio::test]
async fn objects_that_are_garbage_are_counted_and_said_in_one_sentence_until_a_list_has_none() {
    let fake = shop();
    let listed = list(vec![json!(7), deployment("web", 2), json!("x"), json!(null), json!([1]), json!({"spec": {}})]);
    fake.on(DEPLOYMENTS, [Answer::Json(200, listed), Answer::Json(200, list(vec![deployment("web", 2)]))]);
    let more = vec![
        json!({"type": "ADDED", "object": "x"}),
        json!({"type": "MODIFIED", "object": {"metadata": []}}),
        json!({"type": "DELETED", "object": 5}),
        event("ADDED", &deployment("next", 1)),
    ];
    let gone = event("ERROR", &json!({"code": 410, "reason": "Expired"}));
    fake.on(WATCH_DEPLOYMENTS, [Answer::LinesEnd(more), Answer::Lines(vec![gone]), Answer::Lines(vec![])]);
    let handle = fake.open();
    let said = |s: &Snapshot| s.unread.values().map(ToString::to_string).collect::<Vec<_>>();
    let s = until(&handle, "what came after the garbage", |s| services(s).contains(&"next".to_owned())).await;
    assert_eq!(said(&s).len(), 1, "{:?}", said(&s));
    assert!(
        said(&s)[0].starts_with("7 Deployment objects without a name can't be read, the last of them: "),
        "{:?}",
        said(&s)
    );
    assert_eq!(s.unreadable(), 7, "as the header counts them");
    let s = until(&handle, "the next list", |s| s.unread.is_empty()).await;
    assert_eq!((services(&s), s.unreadable()), (vec!["web".to_owned()], 0));
    assert!(
        fake.asked(&format!("GET {DEPLOYMENTS}?resourceVersion")) == 2,
        "listed once before, and once after the 410"
    );
}

#[tokio::test]
async fn a_watch_that_sends_the_same_garbage_each_time_is_passed_by_with_a_list() {
    let fake = shop();
    fake.on(
        DEPLOYMENTS,
        [
            Answer::Json(200, list(vec![deployment("web", 2)])),
            Answer::Json(200, list(vec![deployment("web", 2), deployment("late", 1)])),
        ],
    );
    fake.on(WATCH_DEPLOYMENTS, [Answer::Text(200, "application/json", "{\"type\":7}\n".into()), Answer::Lines(vec![])]);
    let handle = fake.open();
    let s = until(&handle, "what the watch would not tell", |s| services(s) == ["late", "web"] && live(s)).await;
    assert!(s.unread.is_empty());
}

#[tokio::test]
async fn a_right_that_is_taken_is_asked_for_as_soon_as_a_request_meets_it() {
    let fake = shop();
    let handle = fake.open();
    until(&handle, "access", |s| s.cluster.access == Access::MayChange).await;
    let questions = || fake.asked("selfsubjectaccessreviews");
    let before = questions();
    fake.allow(&[]);
    fake.on(&format!("{DEPLOYMENTS}/web"), [status(403, "Forbidden", "no")]);
    let wire = handle.wire().unwrap();
    for _ in 0..20 {
        wire.patch(&format!("{DEPLOYMENTS}/web"), cluster::wire::MERGE_PATCH, "{}").await.unwrap_err();
    }
    until(&handle, "that workloads may not be", |s| matches!(s.cluster.access, Access::MayNot(_))).await;
    assert!(questions() - before <= 3, "twenty refusals are one question, or two: {}", questions() - before);
}

#[tokio::test]
async fn what_is_waited_for_on_screen_is_of_the_namespace_that_is_on_screen_now() {
    let fake = shop();
    fake.on(NS, [Answer::Json(200, list(vec![namespace("shop"), namespace("bank")]))]);
    fake.on("/apis/apps/v1/namespaces/bank/replicasets", [Answer::Hang]);
    let handle = fake.open();
    handle.look_at(Some(handle.snapshot().id("shop")));
    handle.settled(&[Kind::ReplicaSet, Kind::PodMetrics], LIMIT).await.unwrap();
    handle.look_at(Some(handle.snapshot().id("bank")));
    let late = handle.settled(&[Kind::ReplicaSet], Duration::from_secs(2)).await;
    assert!(late.is_err(), "those of bank have not come: {:?}", late.map(|s| s.state(Kind::ReplicaSet).clone()));
    handle.look_at(Some(handle.snapshot().id("shop")));
    handle.settled(&[Kind::ReplicaSet, Kind::PodMetrics], LIMIT).await.unwrap();
}

#[tokio::test]
async fn an_object_that_is_mended_or_deleted_is_unreadable_no_more() {
    let fake = shop();
    let broken = |name: &str| {
        let mut bad = deployment(name, 1);
        bad["spec"]["replicas"] = json!("many");
        bad
    };
    let listed = list(vec![broken("mended"), broken("deleted"), broken("gone")]);
    fake.on(DEPLOYMENTS, [Answer::Json(200, listed), Answer::Json(200, list(vec![deployment("mended", 3)]))]);
    let steps = vec![event("MODIFIED", &deployment("mended", 3)), event("DELETED", &broken("deleted"))];
    let gone = event("ERROR", &json!({"code": 410, "reason": "Expired"}));
    let later = status(500, "InternalError", "not yet");
    fake.on(WATCH_DEPLOYMENTS, [later, Answer::LinesEnd(steps), Answer::Lines(vec![gone]), Answer::Lines(vec![])]);
    let handle = fake.open();
    let unread = |s: &Snapshot| s.unread.keys().map(|(_, _, name)| name.to_string()).collect::<Vec<_>>();
    until(&handle, "all of them", |s| unread(s) == ["deleted", "gone", "mended"]).await;
    until(&handle, "the watch", |s| unread(s) == ["gone"]).await;
    until(&handle, "the next list", |s| unread(s).is_empty()).await;
    assert_eq!(services(&handle.snapshot()), ["mended"]);
}

#[tokio::test]
async fn a_missing_group_is_absent_and_the_rest_works() {
    let fake = shop();
    fake.on(
        "/apis/gateway.networking.k8s.io/v1/httproutes",
        [Answer::Text(404, "text/plain", "404 page not found".into())],
    );
    let handle = fake.open();
    let s = handle.settled(&[Kind::HTTPRoute, Kind::Pod], LIMIT).await.unwrap();
    assert_eq!(*s.state(Kind::HTTPRoute), DataState::Absent);
    assert!(live(&s));
}

#[tokio::test]
async fn one_api_that_answers_503_holds_nothing_up_is_said_and_is_there_once_it_works() {
    let fake = shop();
    let down = Answer::Text(503, "text/plain", "service unavailable\n".into());
    let routes = "/apis/gateway.networking.k8s.io/v1/httproutes";
    for path in [routes, "/apis/argoproj.io/v1alpha1/applications"] {
        fake.on(path, [down.clone()]);
    }
    let handle = fake.open();
    let kinds = [Kind::Namespace, Kind::Deployment, Kind::Pod, Kind::Service, Kind::HTTPRoute, Kind::Application];
    let s = handle.settled(&kinds, LIMIT).await.unwrap();
    let says = |k| matches!(s.state(k), DataState::Failed { why, .. } if why.contains("503"));
    assert!(says(Kind::HTTPRoute) && says(Kind::Application), "{:?}", s.data);
    let environment = s.namespace("shop").unwrap();
    assert!(!environment.provisional, "it may be away for good");
    let plan = kennel::plan::Wish::Stop.plan(environment, &Default::default());
    let warned: Vec<&str> = plan.warnings.iter().map(|w| w.as_str()).collect();
    assert_eq!(
        warned,
        [
            "applications can't be read (503 Service Unavailable: service unavailable): what they say of this environment is not in this plan."
        ]
    );
    fake.on(routes, [Answer::Json(200, list(vec![]))]);
    until(&handle, "the API once it works", |s| *s.state(Kind::HTTPRoute) == DataState::Live).await;
}

#[tokio::test]
async fn a_404_of_a_kind_that_every_server_has_is_a_fault_and_no_absence() {
    let fake = shop();
    fake.on(DEPLOYMENTS, [Answer::Text(404, "text/plain", "404 page not found".into())]);
    let handle = fake.open();
    let told = |s: &Snapshot| !matches!(s.state(Kind::Deployment), DataState::Idle | DataState::Loading { .. });
    let s = until(&handle, "a word of the Deployments", told).await;
    let DataState::Failed { why, retry: Some(_) } = s.state(Kind::Deployment) else {
        panic!("{:?}", s.state(Kind::Deployment))
    };
    assert!(why.contains("404 for /apis/apps/v1/deployments"), "{why}");
}

#[tokio::test]
async fn a_server_that_has_no_kubernetes_api_is_said_so_and_is_no_empty_cluster() {
    let fake = Fake::default();
    let nothing = Answer::Text(404, "text/plain", "404 page not found".into());
    for path in Kind::ALL.iter().map(|i| i.kind.path(None)).chain(["/version".into(), "/api".into()]) {
        fake.on(&path, [nothing.clone()]);
    }
    let handle = fake.open();
    let error = handle.settled(&[Kind::Namespace, Kind::Deployment, Kind::HTTPRoute], LIMIT).await.unwrap_err();
    assert!(error.to_string().contains("there is no Kubernetes API at this URL"), "{error}");
    let s = until(&handle, "the loss", |s| matches!(s.connection, Connection::Lost { .. })).await;
    assert!(
        matches!(&s.connection, Connection::Lost { brief, .. } if *brief == "not Kubernetes"),
        "{:?}",
        s.connection
    );
    // One path that a proxy hides is no proof.
    let fake = shop();
    fake.on("/version", [nothing]);
    let handle = fake.open();
    handle.settled(&[Kind::Namespace], LIMIT).await.unwrap();
    until(&handle, "the connection", |s| s.connection == Connection::Live).await;
}

#[tokio::test]
async fn a_kind_that_is_absent_stays_so_while_it_is_asked_for_again() {
    let fake = shop();
    let absent = Answer::Text(404, "text/plain", "404 page not found".into());
    fake.on("/apis/gateway.networking.k8s.io/v1/httproutes", [absent, Answer::Hang]);
    let handle = fake.open();
    handle.settled(&[Kind::HTTPRoute, Kind::Pod], LIMIT).await.unwrap();
    handle.reconnect();
    let again = async {
        while fake.asked("GET /apis/gateway.networking.k8s.io/v1/httproutes") < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // Whatever is said before a question goes out is in the picture some frames later.
        tokio::time::sleep(Duration::from_millis(300)).await;
    };
    tokio::time::timeout(LIMIT, again).await.unwrap();
    assert_eq!(
        *handle.snapshot().state(Kind::HTTPRoute),
        DataState::Absent,
        "else every status is provisional every 45 s, and all of them are judged anew twice"
    );
}

/// Who may list nothing in the whole cluster, and may read everything in `allowed`.
fn limited(allowed: &[&str]) -> Fake {
    let fake = Fake::default();
    for info in Kind::ALL {
        let words = format!("{} is forbidden: User \"maria\" cannot list resource", info.resource);
        fake.on(&info.kind.path(None), [status(403, "Forbidden", &words)]);
    }
    fake.allow(allowed);
    for name in allowed {
        fake.on(&format!("{NS}/{name}"), [Answer::Json(200, namespace(name))]);
        let mut web = deployment("web", 2);
        web["metadata"]["namespace"] = json!(name);
        fake.on(&Kind::Deployment.path(Some(name)), [Answer::Json(200, list(vec![web]))]);
    }
    fake
}

const REVIEWS: &str = "POST /apis/authorization.k8s.io/v1/selfsubjectrulesreviews";

#[tokio::test]
async fn what_is_forbidden_in_the_whole_is_read_where_it_is_allowed() {
    let fake = limited(&["shop"]);
    let handle = fake.open_with(Options {
        namespaces: vec!["shop".into(), "elsewhere".into()],
        seen: vec!["shop".into(), "old".into()],
        ..Options::default()
    });
    let s = handle.settled(&[Kind::Namespace, Kind::Deployment], LIMIT).await.unwrap();
    assert!(matches!(s.state(Kind::Deployment), DataState::Forbidden { why } if why.contains("is forbidden")));
    assert_eq!(services(&s), ["web"], "it is there when the wait is over");
    let names: Vec<&str> = s.environments.keys().map(|id| id.namespace.as_str()).collect();
    assert_eq!(names, ["shop"], "a candidate that is not confirmed is not shown");
    assert_eq!(*s.state_in(Kind::Deployment, Some(&s.id("shop"))), DataState::Live);
    // Who is asked about access asks for the rules, too.
    assert!(fake.asked(REVIEWS) <= 6, "each candidate once, and once for what may be changed: {}", fake.asked(REVIEWS));
    assert_eq!(fake.asked("GET /apis/apps/v1/namespaces/elsewhere"), 0);
}

#[tokio::test]
async fn a_namespace_that_is_read_alone_is_listed_once_and_watched() {
    let fake = limited(&["shop"]);
    fake.on(
        "watch /apis/apps/v1/namespaces/shop/deployments",
        [
            Answer::LinesEnd(vec![event("ADDED", &deployment("new", 1))]),
            Answer::Lines(vec![event("DELETED", &deployment("web", 2))]),
        ],
    );
    let handle = fake.open_with(Options { namespaces: vec!["shop".into()], ..Options::default() });
    until(&handle, "the changes", |s| services(s) == ["new"]).await;
    assert_eq!(fake.asked("namespaces/shop/deployments?resourceVersion=0"), 1, "listed once");
    assert_eq!(fake.asked("GET /apis/apps/v1/deployments"), 1, "the whole is not asked for again and again");
}

#[tokio::test]
async fn a_namespace_that_is_looked_at_is_confirmed_then_and_comes_before_the_cap() {
    let many: Vec<String> = (0..30).map(|n| format!("n{n:02}")).collect();
    let names: Vec<&str> = many.iter().map(String::as_str).chain(["shop"]).collect();
    let fake = limited(&names);
    let handle =
        fake.open_with(Options { namespaces: many.iter().map(|n| n.as_str().into()).collect(), ..Options::default() });
    let kinds = [Kind::Namespace, Kind::Deployment, Kind::Service];
    let s = handle.settled(&kinds, LIMIT).await.unwrap();
    assert_eq!(s.environments.len(), 25, "each costs a connection for each kind");
    assert_eq!(*s.state_in(Kind::Deployment, Some(&s.id("n20"))), DataState::Live);
    assert_eq!(*s.state_in(Kind::Service, Some(&s.id("n00"))), DataState::Live);
    assert_eq!(*s.state_in(Kind::Service, Some(&s.id("n20"))), DataState::Idle, "not yet known, and not forbidden");
    handle.look_at(Some(handle.snapshot().id("shop")));
    let there =
        |s: &Snapshot| services(s) == ["web"] && *s.state_in(Kind::Service, Some(&s.id("shop"))) == DataState::Live;
    let s = until(&handle, "the one looked at", there).await;
    assert!(s.environments.len() <= 26);
    handle.look_at(Some(handle.snapshot().id("n20")));
    until(&handle, "its services", |s| *s.state_in(Kind::Service, Some(&s.id("n20"))) == DataState::Live).await;
}

#[tokio::test]
async fn namespaces_that_may_be_listed_are_candidates_for_what_is_in_them() {
    let fake = limited(&["shop"]);
    fake.on(NS, [Answer::Json(200, list(vec![namespace("shop"), namespace("bank")]))]);
    let handle = fake.open();
    let s = handle.settled(&[Kind::Namespace, Kind::Deployment], LIMIT).await.unwrap();
    assert_eq!(services(&s), ["web"], "nobody named it");
    assert!(matches!(s.state_in(Kind::Deployment, Some(&s.id("bank"))), DataState::Forbidden { .. }));
    let bank = s.namespace("bank").unwrap();
    assert!(bank.reason.as_deref().is_some_and(|r| r.contains("no access")), "{:?}", bank.reason);
}

#[tokio::test]
async fn an_authorizer_that_cant_list_its_rules_is_asked_singly() {
    let fake = limited(&["shop"]);
    let unknown = json!({"status": {"resourceRules": [], "incomplete": true}});
    fake.on("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", [Answer::Json(201, unknown)]);
    let handle = fake.open_with(Options { namespaces: vec!["shop".into()], ..Options::default() });
    let s = handle.settled(&[Kind::Namespace, Kind::Deployment], LIMIT).await.unwrap();
    assert_eq!(services(&s), ["web"]);
}

/// Nobody is told what he may do: `system:basic-user` is not bound.
fn untold(fake: &Fake) {
    for review in [
        "authorization.k8s.io/v1/selfsubjectrulesreviews",
        "authorization.k8s.io/v1/selfsubjectaccessreviews",
        "authentication.k8s.io/v1/selfsubjectreviews",
    ] {
        fake.on(&format!("/apis/{review}"), [status(403, "Forbidden", "reviews are forbidden")]);
    }
}

#[tokio::test(start_paused = true)]
async fn where_reviews_of_rights_are_forbidden_what_is_named_is_tried() {
    let fake = limited(&["shop"]);
    untold(&fake);
    for kind in [Kind::Deployment, Kind::Pod] {
        fake.on(&kind.path(Some("elsewhere")), [status(403, "Forbidden", "no")]);
    }
    let namespaces = vec!["elsewhere".into(), "shop".into()];
    let handle = fake.open_with(Options { namespaces, ..Options::default() });
    let s = handle.settled(&[Kind::Namespace, Kind::Deployment], LIMIT).await.unwrap();
    assert_eq!(services(&s), ["web"]);
    assert_eq!(s.environments.keys().map(|id| id.namespace.as_str()).collect::<Vec<_>>(), ["shop"]);
    assert_eq!(*s.state_in(Kind::Deployment, Some(&s.id("shop"))), DataState::Live);
    assert_eq!(s.cluster.access, Access::Unknown, "what may be changed nobody says");
    let before = fake.asked(REVIEWS);
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(fake.asked(REVIEWS), before, "a question that is refused is no right that was lost");
}

#[tokio::test]
async fn a_namespace_that_is_said_not_to_be_there_and_holds_objects_is_there() {
    for only in [false, true] {
        let fake = limited(&["shop"]);
        fake.on(&format!("{NS}/shop"), [status(404, "NotFound", "namespaces \"shop\" not found")]);
        let handle = fake.open_with(Options { namespaces: vec!["shop".into()], only, ..Options::default() });
        let s = handle.settled(&[Kind::Namespace, Kind::Deployment], LIMIT).await.unwrap();
        assert_eq!(services(&s), ["web"], "only: {only}");
    }
}

const CORE_EVENTS: &str = "/api/v1/events";

fn event_of(message: &str, core: bool) -> Value {
    let (message_is, object_is) = if core { ("message", "involvedObject") } else { ("note", "regarding") };
    json!({"metadata": {"name": format!("e-{message}"), "namespace": "shop", "resourceVersion": "7"}, "type": "Normal", "reason": "Told",
        message_is: message, object_is: {"kind": "Deployment", "namespace": "shop", "name": "web"}})
}

fn messages(s: &Snapshot) -> Vec<&str> {
    s.namespace("shop").map(|e| e.events.iter().map(|e| e.message.as_str()).collect()).unwrap_or_default()
}

#[tokio::test]
async fn events_that_one_group_refuses_are_read_from_the_other_whichever_that_is() {
    let newer = Kind::Event.path(None);
    let no = || status(403, "Forbidden", "events is forbidden: cannot list resource");
    let absent = || Answer::Text(404, "text/plain", "404 page not found".into());
    let core = || Answer::Json(200, list(vec![event_of("core", true)]));
    for refusal in [no(), absent()] {
        let fake = shop();
        fake.on(&newer, [refusal]).on(CORE_EVENTS, [core()]);
        let late = event("ADDED", &event_of("late", true));
        fake.on(&format!("watch {CORE_EVENTS}"), [Answer::Lines(vec![late])]);
        let handle = fake.open();
        until(&handle, "what is listed and watched", |s| {
            *s.state(Kind::Event) == DataState::Live && messages(s).contains(&"core") && messages(s).contains(&"late")
        })
        .await;
        assert_eq!(fake.asked(&format!("GET {newer}?")), 1, "it is not asked again and again");
        // And back, where that is taken and the other given.
        fake.on(&newer, [Answer::Json(200, list(vec![event_of("newer", false)]))]);
        fake.on(CORE_EVENTS, [no()]);
        fake.on(&format!("watch {CORE_EVENTS}"), [Answer::Lines(vec![event("ERROR", &json!({"code": 410}))])]);
        handle.reconnect();
        until(&handle, "the other group's", |s| *s.state(Kind::Event) == DataState::Live && messages(s) == ["newer"])
            .await;
    }
    let fake = shop();
    fake.on(&newer, [no()]).on(CORE_EVENTS, [no()]);
    let handle = fake.open();
    until(&handle, "that neither is allowed", |s| matches!(s.state(Kind::Event), DataState::Forbidden { .. })).await;
}

#[tokio::test]
async fn rights_that_are_given_or_taken_meanwhile_show_without_a_blank() {
    let fake = limited(&["shop"]);
    let handle = fake.open_with(Options { namespaces: vec!["shop".into()], ..Options::default() });
    handle.settled(&[Kind::Namespace, Kind::Deployment], LIMIT).await.unwrap();
    let whole = vec![deployment("web", 2), deployment("late", 1)];
    fake.on(DEPLOYMENTS, [Answer::Json(200, list(whole))]);
    let mut all = handle.snapshots();
    // Within a minute it is asked by itself; here the user asks.
    handle.reconnect();
    tokio::time::timeout(LIMIT, async {
        while services(&all.borrow_and_update()) != ["late", "web"] {
            all.changed().await.unwrap();
            assert!(services(&all.borrow()).contains(&"web".to_owned()), "a blank");
        }
    })
    .await
    .expect("what may be read in the whole by now");
    until(&handle, "live", live).await;
    fake.on("/apis/apps/v1/statefulsets", [Answer::Json(200, list(vec![]))]);
    handle.reconnect();
    until(&handle, "at once when the user asks", |s| *s.state(Kind::StatefulSet) == DataState::Live).await;
    // And taken again: what may not be seen any more goes.
    fake.on(DEPLOYMENTS, [status(403, "Forbidden", "no")]);
    fake.on(WATCH_DEPLOYMENTS, [status(403, "Forbidden", "no")]);
    fake.on("/apis/apps/v1/namespaces/shop/deployments", [status(403, "Forbidden", "no")]);
    handle.reconnect();
    let s = until(&handle, "forbidden", |s| {
        matches!(s.state_in(Kind::Deployment, Some(&s.id("shop"))), DataState::Forbidden { .. })
    })
    .await;
    assert!(services(&s).is_empty());
}

#[tokio::test]
async fn where_one_namespace_is_asked_for_no_other_is_read() {
    let fake = shop();
    fake.on(&format!("{NS}/shop"), [Answer::Json(200, namespace("shop"))]);
    fake.on(&Kind::Deployment.path(Some("shop")), [Answer::Json(200, list(vec![deployment("web", 2)]))]);
    let handle = fake.open_with(Options { namespaces: vec!["shop".into()], only: true, ..Options::default() });
    let kinds: Vec<Kind> = Kind::ALL.iter().map(|k| k.kind).collect();
    let s = handle.settled(&kinds, LIMIT).await.unwrap();
    assert_eq!(services(&s), ["web"]);
    assert!(live(&s), "{:?}", s.data);
    let log = fake.0.lock().unwrap().log.clone();
    // Nodes are in no namespace; who delivers into one is seldom in it.
    let deliver = Kind::ALL.iter().filter(|k| k.kind.is_delivery()).map(|k| k.kind.path(None));
    let outside: Vec<String> = ["/version".to_owned(), "/api/v1/nodes".to_owned()].into_iter().chain(deliver).collect();
    let beyond: Vec<_> = log
        .iter()
        .filter(|(m, p)| m == "GET" && !p.contains("/namespaces/shop"))
        .filter(|(_, p)| !outside.iter().any(|o| p.starts_with(o)))
        .collect();
    assert!(beyond.is_empty(), "{beyond:#?}");
}

#[tokio::test]
async fn of_one_namespace_what_fails_is_named_and_what_is_forbidden_is_so() {
    let fake = Fake::default();
    fake.on(&format!("{NS}/shop"), [Answer::Json(200, namespace("shop"))]);
    fake.on(&Kind::Deployment.path(Some("shop")), [status(500, "InternalError", "etcd is on fire")]);
    fake.on(&Kind::DaemonSet.path(Some("shop")), [status(403, "Forbidden", "daemonsets.apps is forbidden")]);
    let handle = fake.open_with(Options { namespaces: vec!["shop".into()], only: true, ..Options::default() });
    let late = handle.settled(&[Kind::DaemonSet, Kind::Deployment], Duration::from_secs(3)).await.unwrap_err();
    assert!(
        matches!(&late, ClusterError::TimedOut { missing, why: Some(why) } if *missing == [Kind::Deployment] && why.contains("on fire")),
        "{late:?}"
    );
    let s = handle.snapshot();
    assert!(matches!(s.state_in(Kind::DaemonSet, Some(&s.id("shop"))), DataState::Forbidden { .. }));
    assert!(matches!(s.state_in(Kind::Deployment, Some(&s.id("shop"))), DataState::Failed { .. }));
    // A namespace that is not there is none.
    let nowhere = Fake::default();
    nowhere.on(&format!("{NS}/nope"), [status(404, "NotFound", "namespaces \"nope\" not found")]);
    let handle = nowhere.open_with(Options { namespaces: vec!["nope".into()], only: true, ..Options::default() });
    let s = handle.settled(&[Kind::Namespace, Kind::Deployment], LIMIT).await.unwrap();
    assert!(s.environments.is_empty());
}

#[tokio::test]
async fn nobodys_candidates_leave_an_empty_picture_and_no_wait() {
    let fake = limited(&[]);
    let handle = fake.open();
    let s = handle.settled(&[Kind::Namespace, Kind::Deployment], LIMIT).await.unwrap();
    assert!(s.environments.is_empty() && matches!(s.state(Kind::Namespace), DataState::Forbidden { .. }));
}

#[tokio::test]
async fn an_api_that_comes_later_is_read_then() {
    let fake = shop();
    let routes = "/apis/gateway.networking.k8s.io/v1/httproutes";
    fake.on(routes, [Answer::Text(404, "text/plain", "404 page not found".into())]);
    let handle = fake.open();
    handle.settled(&[Kind::HTTPRoute], LIMIT).await.unwrap();
    fake.on(routes, [Answer::Json(200, list(vec![]))]);
    // Within a minute by itself (the tests on a real cluster wait for that); here the user asks.
    handle.reconnect();
    until(&handle, "the new API", |s| *s.state(Kind::HTTPRoute) == DataState::Live).await;
}

#[tokio::test]
async fn what_is_read_on_screen_alone_is_waited_for_only_while_something_is_there() {
    let fake = shop();
    let handle = fake.open();
    let both = [Kind::ReplicaSet, Kind::PodMetrics];
    handle.settled(&both, LIMIT).await.expect("nothing is on screen: there is nothing to wait for");
    handle.look_at(Some(handle.snapshot().id("shop")));
    let s = handle.settled(&both, LIMIT).await.unwrap();
    assert!(both.iter().all(|k| s.state(*k).arrived()), "{:?}", s.data);
    assert_eq!(fake.asked("GET /apis/apps/v1/namespaces/shop/replicasets?resourceVersion=0"), 1);
}

#[tokio::test]
async fn a_server_that_goes_and_comes_back_leaves_old_data_with_its_age() {
    let fake = shop();
    fake.on(
        WATCH_DEPLOYMENTS,
        [Answer::Cut(String::new()), Answer::Lines(vec![event("ADDED", &deployment("new", 1))])],
    );
    let handle = fake.open();
    handle.settled(&[Kind::Deployment], LIMIT).await.unwrap();
    fake.kill(true);
    let s = until(&handle, "the loss", |s| matches!(s.connection, Connection::Lost { .. })).await;
    let Connection::Lost { why, brief, retry, .. } = &s.connection else { panic!() };
    assert!(why.contains("refused") && *brief == "refused" && retry.is_some(), "{why} {brief}");
    assert_eq!(services(&s), ["api", "web"], "the data stays");
    until(&handle, "stale data", |s| matches!(s.state(Kind::Deployment), DataState::Stale { .. })).await;
    let (before, began) = (fake.asked(""), std::time::Instant::now());
    tokio::time::sleep(Duration::from_secs(3)).await;
    let (more, seconds) = (fake.asked("") - before, began.elapsed().as_secs());
    assert!(more as u64 <= 1 + seconds, "{more} requests in {seconds} s to a server that is away");
    fake.kill(false);
    let s = until(&handle, "the return", |s| s.connection == Connection::Live && live(s)).await;
    assert_eq!(services(&s), ["api", "new", "web"]);
    assert_eq!(fake.asked("deployments?resourceVersion=0"), 1, "watched on, not listed again");
}

#[tokio::test]
async fn no_server_at_all_is_said_at_once_to_who_waits() {
    let fake = Fake::default();
    fake.kill(true);
    let error = fake.open().settled(&[Kind::Namespace], LIMIT).await.unwrap_err();
    assert!(matches!(&error, ClusterError::Unreachable { why, .. } if why.contains("refused")), "{error:?}");
    let options = Options { kubeconfig: Some("/nowhere/config".into()), ..Options::default() };
    let error = cluster::open(Source::Kubeconfig, options).settled(&[Kind::Namespace], LIMIT).await.unwrap_err();
    assert_eq!(error, ClusterError::Refused("there is no kubeconfig /nowhere/config".into()));
    let error = cluster::open(Source::Server("127.0.0.1:1".into()), Options::default());
    let error = error.settled(&[Kind::Namespace], LIMIT).await.unwrap_err();
    assert!(error.to_string().contains("no connection to 127.0.0.1:1: "), "{error}");
}

#[tokio::test]
async fn ages_come_from_the_servers_clock() {
    let fake = shop();
    fake.0.lock().unwrap().date = Some("Wed, 21 Oct 2015 07:28:00 GMT".into());
    let handle = fake.open();
    let s = handle.settled(&[Kind::Deployment], LIMIT).await.unwrap();
    assert!(s.now.to_string().starts_with("2015-10-21T07:28"), "{}", s.now);
}

#[tokio::test]
async fn no_age_is_negative_however_wrong_this_machines_clock_is() {
    use kennel::domain::age;
    for hours in [6, -6] {
        let fake = shop();
        // The server's clock, seen from here, is six hours off; what it says was made a minute ago.
        let there = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(hours);
        let made = there - jiff::SignedDuration::from_secs(60);
        fake.0.lock().unwrap().date = Some(there.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
        let mut one = namespace("shop");
        one["metadata"]["creationTimestamp"] = json!(made.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        fake.on(NS, [Answer::Json(200, list(vec![one]))]);
        let handle = fake.open();
        let s = handle.settled(&[Kind::Namespace, Kind::Deployment], LIMIT).await.unwrap();
        let created = s.namespace("shop").unwrap().created.unwrap();
        let seconds = s.now.as_second() - created.as_second();
        assert!((58..=75).contains(&seconds), "{hours} h: {seconds} s, shown as {}", age::age(created, s.now));
    }
}

#[tokio::test]
async fn a_date_that_the_newest_objects_and_this_machines_clock_contradict_is_not_believed_and_said() {
    // (That date stands still: a minute is left to the test.)
    for (minutes, words) in [(361, "6h ahead"), (-361, "6h behind")] {
        let fake = shop();
        let now = jiff::Timestamp::now();
        let date = now + jiff::SignedDuration::from_mins(minutes);
        fake.0.lock().unwrap().date = Some(date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
        let mut one = namespace("shop");
        let made = now - jiff::SignedDuration::from_secs(60);
        one["metadata"]["creationTimestamp"] = json!(made.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        fake.on(NS, [Answer::Json(200, list(vec![one]))]);
        let handle = fake.open();
        let s = until(&handle, words, |s| s.clock.as_ref().is_some_and(|c| c.contains(words)) && live(s)).await;
        let seconds = s.now.as_second() - s.namespace("shop").unwrap().created.unwrap().as_second();
        assert!((58..=75).contains(&seconds), "{words}: {seconds} s");
    }
}

#[tokio::test]
async fn a_route_that_always_fails_is_asked_at_most_once_a_second() {
    let answers = [
        status(500, "InternalError", "etcd is on fire"),
        Answer::Text(200, "text/html", "<html>login</html>".into()),
        Answer::Text(200, "application/json", r#"{"metadata":{},"items":[{"#.into()),
        Answer::Reset,
        Answer::Later(429, 0),
        Answer::LinesEnd(vec![]),
    ];
    let runs = answers.map(|answer| async move {
        let fake = shop();
        // The last one opens and ends at once: a watch that does so is a route that fails, too.
        let ends = matches!(answer, Answer::LinesEnd(_));
        fake.on(if ends { WATCH_DEPLOYMENTS } else { DEPLOYMENTS }, [answer.clone()]);
        let began = std::time::Instant::now();
        let _handle = fake.open();
        tokio::time::sleep(Duration::from_secs(5)).await;
        let asked = fake.asked(if ends { "deployments?watch=true" } else { "deployments?resourceVersion=0" });
        let seconds = began.elapsed().as_secs();
        assert!((2..=1 + seconds).contains(&(asked as u64)), "{answer:?}: {asked} requests in {seconds} s");
    });
    futures::future::join_all(runs).await;
}

#[tokio::test]
async fn a_write_is_sent_once_and_a_lost_answer_is_unknown() {
    let fake = shop();
    let path = "/apis/apps/v1/namespaces/shop/deployments/web";
    let options = Options { timeout: Duration::from_millis(300), ..Options::default() };
    let handle = fake.open_with(options);
    handle.settled(&[Kind::Deployment], LIMIT).await.unwrap();
    let wire = handle.wire().unwrap();
    for (answer, unknown) in [
        (Answer::Reset, true),
        (Answer::Hang, true),
        (Answer::Cut("{\"meta".into()), true),
        (Answer::Later(503, 1), false),
        (status(409, "Conflict", "changed meanwhile"), false),
    ] {
        fake.on(path, [answer.clone()]);
        let before = fake.asked("PATCH");
        let error = wire.patch(path, cluster::wire::MERGE_PATCH, "{}").await.unwrap_err();
        assert_eq!(fake.asked("PATCH"), before + 1, "{answer:?} is sent once");
        assert_eq!(matches!(error, WireError::Unknown(_)), unknown, "{answer:?}: {error:?}");
        assert_eq!(error.may_be_done(), unknown || error.code() == Some(503), "{error:?}");
    }
}

#[tokio::test]
async fn read_only_lets_nothing_out_that_changes_anything() {
    let fake = shop();
    let handle = fake.open_with(Options { readonly: Some("--readonly".into()), ..Options::default() });
    let s = handle.settled(&[Kind::Deployment, Kind::Event], LIMIT).await.unwrap();
    assert_eq!(s.cluster.access, Access::ReadOnly("--readonly".into()));
    let wire = handle.wire().unwrap();
    let path = "/apis/apps/v1/namespaces/shop/deployments/web";
    let refused = [
        wire.patch(path, cluster::wire::MERGE_PATCH, "{}").await,
        wire.create("/api/v1/namespaces/shop/configmaps", "{}").await,
        wire.replace(path, "{}").await,
        wire.delete(path, "").await,
        wire.get("/api/v1/namespaces/shop/pods/web/exec?command=sh").await,
    ];
    assert!(refused.iter().all(|r| matches!(r, Err(WireError::ReadOnly(_)))), "{refused:?}");
    let log = fake.0.lock().unwrap().log.clone();
    let writes: Vec<_> = log.iter().filter(|(m, p)| m != "GET" && !p.contains("selfsubject")).collect();
    assert!(writes.is_empty(), "{writes:?}");
}

#[tokio::test]
async fn every_request_names_kennel_and_nothing_is_asked_twice_while_all_is_well() {
    let fake = shop();
    let handle = fake.open();
    let kinds: Vec<Kind> =
        Kind::ALL.iter().map(|k| k.kind).filter(|k| !matches!(k, Kind::ReplicaSet | Kind::PodMetrics)).collect();
    handle.settled(&kinds, LIMIT).await.unwrap();
    until(&handle, "access", |s| s.cluster.access == Access::MayChange).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let log = fake.0.lock().unwrap().log.clone();
    let mut paths: Vec<&String> = log.iter().map(|(_, p)| p).filter(|p| !p.starts_with("/version")).collect();
    let all = paths.len();
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), all, "each path once: {log:#?}");
    assert!(!log.iter().any(|(_, p)| p.contains("replicasets")));
}

#[tokio::test]
async fn replica_sets_and_metrics_are_read_for_the_namespace_on_screen_alone() {
    let fake = shop();
    let metrics = json!({"metadata": {"name": "p", "namespace": "shop"}, "containers": [{"usage": {"cpu": "250m", "memory": "64Mi"}}]});
    fake.on("/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods", [Answer::Json(200, list(vec![metrics]))]);
    let handle = fake.open();
    handle.look_at(Some(handle.snapshot().id("shop")));
    let s = until(&handle, "metrics", |s| *s.state(Kind::PodMetrics) == DataState::Live).await;
    assert!(s.namespace("shop").is_some());
    let sets = "/apis/apps/v1/namespaces/shop/replicasets";
    tokio::time::timeout(LIMIT, async {
        while fake.asked(&format!("{sets}?watch=true")) == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap();
    assert_eq!((fake.asked("replicasets"), fake.asked("metrics.k8s.io")), (2, 1));
    handle.look_at(Some(handle.snapshot().id("bank")));
    until(&handle, "metrics of bank", |_| fake.asked("metrics.k8s.io/v1beta1/namespaces/bank") == 1).await;
}

#[tokio::test]
async fn the_pods_on_screen_come_before_all_pods() {
    let fake = shop();
    let handle = fake.open();
    handle.look_at(Some(handle.snapshot().id("shop")));
    handle.settled(&[Kind::Pod], LIMIT).await.unwrap();
    let log = fake.0.lock().unwrap().log.clone();
    let at =
        |what: &str| log.iter().position(|(_, p)| p.starts_with(what)).unwrap_or_else(|| panic!("{what}: {log:#?}"));
    assert!(at(DEPLOYMENTS) < at("/api/v1/namespaces/shop/pods?limit"));
    assert!(at("/api/v1/namespaces/shop/pods?limit") < at("/api/v1/pods?limit"));
    assert!(at("/api/v1/pods?limit") < at("/apis/events.k8s.io/v1/events"));
}

#[tokio::test]
async fn pages_are_followed_and_an_expired_one_begins_again() {
    let fake = shop();
    let pod = |name: &str| json!({"metadata": {"name": name, "namespace": "shop", "labels": {"app": "web"}}, "status": {"phase": "Running"}});
    let page = |name: &str, next: &str, left: u64| {
        let meta = json!({"resourceVersion": "10", "continue": next, "remainingItemCount": left});
        Answer::Json(200, json!({"metadata": meta, "items": [pod(name)]}))
    };
    fake.on(
        "/api/v1/pods",
        [
            page("a", "next 1&", 2),
            status(410, "Expired", "the continue token is too old"),
            page("a", "next 2", 2),
            page("b", "next 3", 1),
            Answer::Json(200, json!({"metadata": {"resourceVersion": "11"}, "items": [pod("c")]})),
        ],
    );
    let handle = fake.open();
    let s = handle.settled(&[Kind::Pod], LIMIT).await.unwrap();
    assert_eq!(s.totals.pods, 3);
    assert_eq!(fake.asked("continue=next%201%26"), 1, "a token is escaped");
    assert_eq!(fake.asked("/api/v1/pods?limit=500"), 5);
}

#[tokio::test]
async fn a_balancer_that_answers_503_for_everything_is_a_lost_connection_and_a_single_503_is_not() {
    let fake = shop();
    let down = || Answer::Text(503, "text/html", "<html>no backend".into());
    fake.on("/apis/batch/v1/jobs", [down(), down(), Answer::Json(200, list(vec![]))]);
    let handle = fake.open();
    handle.settled(&[Kind::Job], LIMIT).await.unwrap();
    assert_eq!(handle.snapshot().connection, Connection::Live);

    let fake = shop();
    for path in ["/version", NS, DEPLOYMENTS] {
        fake.on(path, [down()]);
    }
    let handle = fake.open();
    let s = until(&handle, "the loss", |s| matches!(s.connection, Connection::Lost { .. })).await;
    let Connection::Lost { why, brief, .. } = &s.connection else { panic!() };
    assert!(why.contains("503") && *brief == "answers 503", "{why} {brief}");
}

#[tokio::test]
async fn credentials_that_end_in_the_middle_of_a_session_are_a_lost_connection() {
    let fake = shop();
    fake.on(WATCH_DEPLOYMENTS, [Answer::LinesEnd(vec![]), status(401, "Unauthorized", "Unauthorized")]);
    let handle = fake.open();
    handle.settled(&[Kind::Deployment], LIMIT).await.unwrap();
    fake.on("/version", [status(401, "Unauthorized", "Unauthorized")]);
    let s = until(&handle, "the loss", |s| matches!(s.connection, Connection::Lost { .. })).await;
    let Connection::Lost { why, brief, .. } = &s.connection else { panic!() };
    assert!(why.contains("log in again") && *brief == "401, log in again", "{why} {brief}");
    assert_eq!(services(&s), ["api", "web"]);
}

/// The embedded API server with one deployment.
fn embedded() -> sim::api::Api {
    let mut store = sim::store::Store::new(sim::clock::Clock::system(), 1);
    store.put(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})).unwrap();
    let mut web = deployment("web", 2);
    web["apiVersion"] = json!("apps/v1");
    web["kind"] = json!("Deployment");
    web["metadata"] = json!({"name": "web", "namespace": "shop"});
    store.put(web).unwrap();
    sim::api::Api::new(sim::store::SharedStore::new(store))
}

fn open_embedded(api: &sim::api::Api) -> Handle {
    cluster::open(Source::InProcess { service: InProcess::new(api.clone()), name: "demo".into() }, Options::default())
}

#[tokio::test]
async fn the_embedded_cluster_is_read_and_written_like_a_real_one() {
    let api = embedded();
    let handle = open_embedded(&api);
    let kinds: Vec<Kind> =
        Kind::ALL.iter().map(|k| k.kind).filter(|k| !matches!(k, Kind::ReplicaSet | Kind::PodMetrics)).collect();
    let s = handle.settled(&kinds, LIMIT).await.unwrap();
    assert_eq!(services(&s), ["web"]);
    let wire = handle.wire().unwrap();
    let path = "/apis/apps/v1/namespaces/shop/deployments/web";
    wire.patch(path, cluster::wire::MERGE_PATCH, r#"{"spec":{"replicas":7}}"#).await.unwrap();
    until(&handle, "the patch", |s| s.namespace("shop").is_some_and(|e| e.services.iter().any(|s| s.desired == 7)))
        .await;
    let copy = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"api"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}"#;
    wire.create("/apis/apps/v1/namespaces/shop/deployments", copy).await.unwrap();
    until(&handle, "the new one", |s| services(s) == ["api", "web"]).await;
    wire.delete(path, "").await.unwrap();
    until(&handle, "the end of the old one", |s| services(s) == ["api"]).await;
    assert!(handle.warnings().is_empty(), "{:?}", handle.warnings());
}

#[tokio::test]
async fn what_is_asked_for_shows_as_loading_at_once_and_its_rows_before_its_end() {
    use sim::api::fault::{Fault, Trouble};
    let api = embedded();
    let whole = open_embedded(&api);
    until(&whole, "the wire", |s| s.connection == Connection::Live).await;
    let length = whole.wire().unwrap().get(&format!("{DEPLOYMENTS}?resourceVersion=0")).await.unwrap().len();
    for (bytes, wanted) in [(0, 0), (length - 2, 1)] {
        let api = embedded();
        api.faults().add(Fault::on(DEPLOYMENTS, Trouble::Stall(bytes)).verb("list"));
        let handle = open_embedded(&api);
        let loading = |s: &Snapshot| matches!(s.state(Kind::Deployment), DataState::Loading { .. });
        let s = until(&handle, "loading", |s| loading(s) && services(s).len() == wanted).await;
        assert!(s.namespace("shop").is_none_or(|e| e.provisional), "it is not known to be all");
    }
}

#[tokio::test]
async fn whatever_trouble_a_request_meets_the_picture_is_right_in_the_end() {
    use sim::api::fault::{Fault, Trouble};
    let troubles = [
        Trouble::Status { code: 500, retry_after: None },
        Trouble::Status { code: 429, retry_after: Some(1) },
        Trouble::Status { code: 504, retry_after: None },
        Trouble::Truncate(40),
        Trouble::Reset(0),
        Trouble::Reset(40),
        Trouble::Slow(2000),
        Trouble::Expired,
        Trouble::Garbage,
        Trouble::Html,
        Trouble::Delay(300),
    ];
    let runs = troubles.into_iter().flat_map(|t| ["list", "watch"].map(|verb| (t.clone(), verb))).map(
        |(trouble, verb)| async move {
            let name = format!("{verb} {trouble:?}");
            let api = embedded();
            api.faults().add(Fault::on("*/deployments", trouble).verb(verb).times(2));
            let handle = open_embedded(&api);
            tokio::time::timeout(LIMIT, handle.settled(&[Kind::Deployment], LIMIT)).await.expect(&name).expect(&name);
            until(&handle, &name, |s| services(s) == ["web"] && live(s)).await;
            assert!(api.faults().met() > 0, "{name}");
            api.store()
                .with(|s| s.remove(sim::resource::Resource::of("apps/v1", "Deployment").unwrap(), "shop", "web"));
            until(&handle, &format!("{name}: the end"), |s| services(s).is_empty()).await;
        },
    );
    futures::future::join_all(runs).await;
}

#[tokio::test]
async fn a_watch_that_is_no_watch_is_named_and_opened_again() {
    for (answer, words) in
        [("<html>login", "HTML"), (r#"{"type":"ADDED","obj"#, "middle of a line"), ("{}\n", "can't be read")]
    {
        let fake = shop();
        let good = Answer::Lines(vec![event("ADDED", &deployment("new", 1))]);
        fake.on(WATCH_DEPLOYMENTS, [Answer::Text(200, "text/html", answer.into()), good]);
        let handle = fake.open();
        let stale =
            |s: &Snapshot| matches!(s.state(Kind::Deployment), DataState::Stale { why, .. } if why.contains(words));
        let s = until(&handle, words, stale).await;
        assert_eq!(services(&s), ["api", "web"], "the data stays");
        until(&handle, "the next watch", |s| live(s) && services(s) == ["api", "new", "web"]).await;
    }
}
