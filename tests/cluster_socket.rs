//! Real sockets: a server that stops talking without closing, credentials that end, plugins, proxies.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "journeys/pty.rs"]
#[allow(dead_code, unreachable_pub, reason = "a terminal with all that journeys do")]
mod pty;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::StreamExt;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use kennel::cluster::{self, Options, Source};
use kennel::domain::data::DataState;
use kennel::domain::snapshot::Connection;
use kennel::domain::{Kind, Snapshot};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const LIMIT: Duration = Duration::from_secs(40);

type Body = UnsyncBoxBody<Bytes, std::convert::Infallible>;

/// Path of a request, its `Authorization`, and whom it asks to be taken for.
type Seen = (String, Option<String>, Vec<String>);

/// An API server with one namespace; watches stay open. It notes the `Authorization` of each request.
#[derive(Clone, Default)]
struct Server {
    seen: Arc<Mutex<Vec<Seen>>>,
    /// The only token that is taken, if any.
    token: Arc<Mutex<Option<String>>>,
    /// Paths with this in them are answered with a body that never comes.
    hangs: Arc<Mutex<Option<&'static str>>>,
    /// What the list of all pods is.
    pods: Arc<Mutex<String>>,
    /// What the watch of namespaces says. Who takes gzip gets each line as a member of its own.
    changes: Arc<Mutex<Vec<&'static str>>>,
}

/// One whole gzip stream.
fn member(text: &str) -> Bytes {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, text.as_bytes()).unwrap();
    encoder.finish().unwrap().into()
}

impl Server {
    async fn start(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                let service = hyper::service::service_fn(move |r| {
                    let server = server.clone();
                    async move { Ok::<_, std::convert::Infallible>(server.answer(&r)) }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        address
    }

    fn answer(&self, request: &Request<Incoming>) -> Response<Body> {
        let authorization = request.headers().get("authorization").map(|h| h.to_str().unwrap().to_owned());
        let who = ["impersonate-user", "impersonate-group"].iter().flat_map(|h| request.headers().get_all(*h));
        let who = who.map(|v| v.to_str().unwrap().to_owned()).collect();
        let path = request.uri().to_string();
        self.seen.lock().unwrap().push((path, authorization.clone(), who));
        let full = |code: u16, text: &str| {
            let body = Full::new(Bytes::from(text.to_owned())).boxed_unsync();
            Response::builder().status(code).body(body).unwrap()
        };
        if let Some(token) = &*self.token.lock().unwrap()
            && authorization != Some(format!("Bearer {token}"))
        {
            return full(401, r#"{"kind":"Status","code":401,"reason":"Unauthorized","message":"Unauthorized"}"#);
        }
        let query = request.uri().query().unwrap_or_default();
        match request.uri().path() {
            "/api/v1/namespaces" if query.contains("watch=true") => {
                let taken = request.headers().get("accept-encoding").map(|h| h.to_str().unwrap().to_owned());
                let gzip = taken.is_some_and(|t| t.contains("gzip"));
                let piece = |line| if gzip { member(line) } else { Bytes::from_static(line.as_bytes()) };
                let said: Vec<Bytes> = self.changes.lock().unwrap().iter().copied().map(piece).collect();
                let body = futures::stream::iter(said).chain(futures::stream::pending());
                let body = StreamBody::new(body.map(|b| Ok(http_body::Frame::data(b)))).boxed_unsync();
                let form = if gzip { "gzip" } else { "identity" };
                Response::builder().header("content-encoding", form).body(body).unwrap()
            }
            _ if query.contains("watch=true") => {
                let silent = futures::stream::pending().map(|b: Bytes| Ok(http_body::Frame::data(b)));
                Response::new(StreamBody::new(silent).boxed_unsync())
            }
            p if self.hangs.lock().unwrap().is_some_and(|h| p.contains(h)) => {
                let silent = futures::stream::pending().map(|b: Bytes| Ok(http_body::Frame::data(b)));
                Response::new(StreamBody::new(silent).boxed_unsync())
            }
            "/version" => full(200, r#"{"gitVersion":"v1.socket"}"#),
            "/api/v1/namespaces" => {
                full(200, r#"{"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"shop","uid":"u"}}]}"#)
            }
            "/api/v1/pods" if !self.pods.lock().unwrap().is_empty() => full(200, &self.pods.lock().unwrap()),
            "/api/v1/namespaces/shop" => full(200, r#"{"metadata":{"name":"shop","uid":"u","resourceVersion":"1"}}"#),
            p if p.contains("selfsubject") => {
                full(201, r#"{"status":{"allowed":true,"userInfo":{"username":"maria"}}}"#)
            }
            _ => full(200, r#"{"metadata":{"resourceVersion":"1"},"items":[]}"#),
        }
    }

    fn asked(&self, what: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|(p, ..)| p.starts_with(what)).count()
    }
}

/// A TCP proxy that can fall silent: nothing is closed, nothing passes.
async fn proxy(to: SocketAddr, silent: Arc<AtomicBool>) -> SocketAddr {
    async fn pipe(
        mut from: tokio::net::tcp::OwnedReadHalf,
        mut to: tokio::net::tcp::OwnedWriteHalf,
        silent: Arc<AtomicBool>,
    ) {
        let mut buffer = vec![0; 65_536];
        let born_silent = silent.load(Ordering::SeqCst);
        while let Ok(n) = from.read(&mut buffer).await {
            // A connection that met the silence once stays dead: its peer is gone.
            if born_silent || silent.load(Ordering::SeqCst) {
                std::future::pending::<()>().await;
            }
            if n == 0 || to.write_all(&buffer[..n]).await.is_err() {
                break;
            }
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let far = TcpStream::connect(to).await.unwrap();
            let ((nr, nw), (fr, fw)) = (near.into_split(), far.into_split());
            tokio::spawn(pipe(nr, fw, silent.clone()));
            tokio::spawn(pipe(fr, nw, silent.clone()));
        }
    });
    address
}

/// A TCP proxy as slow as a bad line: what the server says waits for `latency`, and comes in `rate` bytes a second on
/// each connection. It counts what has passed.
async fn slow_line(to: SocketAddr, latency: Duration, rate: usize, passed: Arc<AtomicUsize>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let far = TcpStream::connect(to).await.unwrap();
            let ((mut nr, mut nw), (mut fr, mut fw)) = (near.into_split(), far.into_split());
            tokio::spawn(async move { tokio::io::copy(&mut nr, &mut fw).await });
            let passed = passed.clone();
            tokio::spawn(async move {
                let mut buffer = vec![0; rate / 10];
                while let Ok(n @ 1..) = fr.read(&mut buffer).await {
                    // A burst after a silence has come the whole way.
                    let pause = if n < buffer.len() { latency } else { Duration::from_millis(100) };
                    tokio::time::sleep(pause).await;
                    if nw.write_all(&buffer[..n]).await.is_err() {
                        return;
                    }
                    passed.fetch_add(n, Ordering::SeqCst);
                }
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_slow_line_keys_are_answered_at_once_and_what_is_waited_for_is_seen() {
    let server = Server::default();
    let pod = |n: usize| {
        format!(
            r#"{{"metadata":{{"name":"web-{n:04}","namespace":"shop","uid":"u{n}","annotations":{{"pad":"{}"}}}},"status":{{"phase":"Running"}}}}"#,
            "x".repeat(400)
        )
    };
    let pods: Vec<String> = (0..2000).map(pod).collect();
    let whole =
        format!(r#"{{"metadata":{{"resourceVersion":"1","remainingItemCount":1000}},"items":[{}]}}"#, pods.join(","));
    let size = whole.len();
    *server.pods.lock().unwrap() = whole;
    let passed = Arc::new(AtomicUsize::new(0));
    let address = slow_line(server.start().await, Duration::from_millis(500), 1024, passed.clone()).await;
    let url = format!("http://{address}");
    let came = passed.clone();
    let ended = tokio::task::spawn_blocking(move || {
        let mut t = pty::Terminal::start(pty::kennel(&["--server", &url, "--timeout", "600s"]), 140, 45);
        // Nothing has come yet, and the help is there.
        t.wait_for("? help");
        t.press("?");
        t.wait_for("Help");
        t.press("\x1b");
        t.wait("the help's end", |s| !s.contains("Help"));
        t.wait("the environment", |s| s.contains("shop"));
        // The pods take a quarter of an hour; what comes of them is seen, and no key waits for it.
        t.wait("how far it is", |s| s.contains("loading pods"));
        let begun = came.load(Ordering::SeqCst);
        let until = Instant::now() + LIMIT;
        while came.load(Ordering::SeqCst) < begun + 1024 {
            assert!(Instant::now() < until, "the line is slow, not dead");
            std::thread::sleep(Duration::from_millis(50));
        }
        for _ in 0..5 {
            t.press("?");
            t.wait_for("Help");
            t.press("\x1b");
            t.wait("the pane again", |s| !s.contains("Help") && s.contains("loading pods"));
        }
        t.press(":quit\r");
        t.wait_for("Quit kennel?");
        t.press("q");
        t.ended().exit_code()
    });
    assert_eq!(ended.await.unwrap(), 0);
    let passed = passed.load(Ordering::SeqCst);
    assert!(passed < size / 4, "{passed} of {size} bytes had come");
}

async fn until(handle: &cluster::Handle, what: &str, wanted: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
    let mut all = handle.snapshots();
    match tokio::time::timeout(LIMIT, all.wait_for(|s| wanted(s))).await {
        Ok(Ok(s)) => s.clone(),
        _ => panic!("{what} did not come: {:?}", handle.snapshot()),
    }
}

#[tokio::test]
async fn a_watch_that_a_server_would_compress_in_several_members_is_read_whole() {
    let server = Server::default();
    *server.changes.lock().unwrap() = vec![
        "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"bank\",\"uid\":\"b\",\"resourceVersion\":\"2\"}}}\n",
        "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"dock\",\"uid\":\"d\",\"resourceVersion\":\"3\"}}}\n",
    ];
    let address = server.start().await;
    let handle = cluster::open(Source::Server(format!("http://{address}")), Options::default());
    until(&handle, "both", |s| ["bank", "dock"].iter().all(|n| s.namespace(*n).is_some())).await;
    assert_eq!(server.asked("/api/v1/namespaces?watch=true"), 1, "it did not end after the first");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_open_connection_is_noticed_and_replaced() {
    let server = Server::default();
    let silent = Arc::new(AtomicBool::new(false));
    let address = proxy(server.start().await, silent.clone()).await;
    let handle = cluster::open(Source::Server(address.to_string()), Options::default());
    handle.settled(&[Kind::Namespace, Kind::Event, Kind::ScaledObject], LIMIT).await.unwrap();
    until(&handle, "live", |s| s.connection == Connection::Live).await;

    silent.store(true, Ordering::SeqCst);
    let s = until(&handle, "stale", |s| matches!(s.state(Kind::Namespace), DataState::Stale { .. })).await;
    let Connection::Lost { since, .. } = &s.connection else { panic!("{:?}", s.connection) };
    let age = s.now.as_second() - since.as_second();
    assert!((4..=15).contains(&age), "stale is said when the data is {age} s old");
    assert!(s.namespace("shop").is_some(), "the data stays");

    let lists = server.asked("/api/v1/namespaces?resourceVersion=0");
    silent.store(false, Ordering::SeqCst);
    until(&handle, "the return", |s| s.connection == Connection::Live && *s.state(Kind::Namespace) == DataState::Live)
        .await;
    assert_eq!(server.asked("/api/v1/namespaces?resourceVersion=0"), lists, "watched on, not listed again");
}

/// A kubeconfig whose user has a plugin: a script that counts its runs and gives token number N.
fn kubeconfig(dir: &std::path::Path, address: SocketAddr, script: &str) -> PathBuf {
    let script = script.replace("RUNS", &dir.join("runs").display().to_string());
    let config = serde_json::json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": format!("http://{address}")}}],
        "users": [{"name": "u", "user": {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh",
            "args": ["-c", script], "interactiveMode": "IfAvailable"}}}],
    });
    let path = dir.join("config");
    std::fs::write(&path, config.to_string()).unwrap();
    path
}

const COUNTING: &str = r#"echo run >> RUNS; n=$(wc -l < RUNS); echo noise >&2
echo "{\"kind\":\"ExecCredential\",\"status\":{\"token\":\"canary-$n\",\"expirationTimestamp\":\"2999-01-01T00:00:00Z\"}}""#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_runs_once_for_a_dozen_readers_and_again_when_the_server_refuses_its_token() {
    let server = Server::default();
    *server.token.lock().unwrap() = Some("canary-1".to_owned());
    let address = server.start().await;
    let dir = tempfile::tempdir().unwrap();
    let options = Options { kubeconfig: Some(kubeconfig(dir.path(), address, COUNTING)), ..Options::default() };
    let before = std::fs::read(dir.path().join("config")).unwrap();
    let handle = cluster::open(Source::Kubeconfig, options);
    handle.settled(&[Kind::Namespace, Kind::Pod, Kind::Event], LIMIT).await.unwrap();
    let runs = || std::fs::read_to_string(dir.path().join("runs")).unwrap().lines().count();
    assert_eq!(runs(), 1);

    // The token ends: the next request is answered 401, and sent again with a new one. Nobody sees it.
    *server.token.lock().unwrap() = Some("canary-2".to_owned());
    let wire = handle.wire().unwrap();
    wire.get("/api/v1/namespaces").await.unwrap();
    wire.create("/api/v1/namespaces/shop/configmaps", "{}").await.unwrap();
    assert_eq!(runs(), 2);
    assert_eq!(server.asked("/api/v1/namespaces/shop/configmaps"), 1);
    assert_eq!(std::fs::read(dir.path().join("config")).unwrap(), before, "the kubeconfig is never written");
    assert!(!format!("{:?} {:?}", handle, handle.snapshot()).contains("canary"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_that_takes_longer_than_a_server_may_is_waited_for_and_run_once() {
    let server = Server::default();
    let tokens = |n: u32| Some(format!("canary-{n}"));
    *server.token.lock().unwrap() = tokens(1);
    let address = server.start().await;
    let dir = tempfile::tempdir().unwrap();
    // It answers once somebody has logged in: once there is a file of the number of its run.
    let script = COUNTING.replace("echo noise", r#"until [ -e "RUNS.$n" ]; do sleep 0.1; done; echo noise"#);
    let options = Options { kubeconfig: Some(kubeconfig(dir.path(), address, &script)), ..Options::default() };
    let log_in = |n: u32| std::fs::write(dir.path().join(format!("runs.{n}")), "").unwrap();
    let runs = || std::fs::read_to_string(dir.path().join("runs")).unwrap_or_default().lines().count();
    let handle = cluster::open(Source::Kubeconfig, options);
    // Longer than a server may take to answer.
    tokio::time::sleep(Duration::from_secs(7)).await;
    assert_eq!((&handle.snapshot().connection, runs()), (&Connection::Starting, 1), "nothing has failed yet");
    log_in(1);
    handle.settled(&[Kind::Namespace, Kind::Pod], LIMIT).await.unwrap();
    assert_eq!(runs(), 1);

    // Later its answer is missed: what is shown grows old, and that is said.
    *server.token.lock().unwrap() = tokens(2);
    let wire = handle.wire().unwrap();
    let asking = tokio::spawn(async move { wire.get("/api/v1/namespaces").await });
    let s = until(&handle, "the loss", |s| matches!(s.connection, Connection::Lost { .. })).await;
    let Connection::Lost { why, brief, .. } = &s.connection else { panic!() };
    assert_eq!((why.as_str(), brief.as_str()), ("the credential plugin has not answered yet", "no credentials"));
    log_in(2);
    until(&handle, "the return", |s| s.connection == Connection::Live).await;
    asking.await.unwrap().unwrap();
    assert_eq!(runs(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_time_of_a_plugin_is_not_the_servers() {
    let server = Server::default();
    *server.token.lock().unwrap() = Some("canary-1".to_owned());
    let address = server.start().await;
    let dir = tempfile::tempdir().unwrap();
    let script = COUNTING.replace("echo noise", "sleep 2; echo noise");
    let kubeconfig = Some(kubeconfig(dir.path(), address, &script));
    let options = Options { kubeconfig, timeout: Duration::from_secs(1), ..Options::default() };
    let handle = cluster::open(Source::Kubeconfig, options);
    let s = until(&handle, "a word of the namespaces", |s| {
        !matches!(s.state(Kind::Namespace), DataState::Idle | DataState::Loading { .. })
    });
    let s = s.await;
    assert_eq!(*s.state(Kind::Namespace), DataState::Live, "no request failed before its credentials were there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_that_fails_is_named_without_its_secrets_and_not_run_again_at_once() {
    let server = Server::default();
    let address = server.start().await;
    let dir = tempfile::tempdir().unwrap();
    let script = "echo run >> RUNS; echo canary-stdout; echo 'session expired: run corp login' >&2; exit 1";
    let options = Options { kubeconfig: Some(kubeconfig(dir.path(), address, script)), ..Options::default() };
    let handle = cluster::open(Source::Kubeconfig, options);
    let s = until(&handle, "the loss", |s| matches!(s.connection, Connection::Lost { .. })).await;
    let Connection::Lost { why, brief, .. } = &s.connection else { panic!() };
    assert!(why.contains("the credential plugin sh failed") && why.contains("run corp login"), "{why}");
    assert_eq!(*brief, "no credentials");
    assert!(!format!("{s:?}").contains("canary"));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(std::fs::read_to_string(dir.path().join("runs")).unwrap().lines().count(), 1);
    assert_eq!(server.seen.lock().unwrap().len(), 0, "nothing is sent without credentials");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_that_are_refused_are_said_in_words_and_not_hammered() {
    let server = Server::default();
    *server.token.lock().unwrap() = Some("another".to_owned());
    let address = server.start().await;
    let handle = cluster::open(Source::Server(address.to_string()), Options::default());
    let s = until(&handle, "the loss", |s| matches!(s.connection, Connection::Lost { .. })).await;
    let Connection::Lost { why, retry, since, .. } = &s.connection else { panic!() };
    assert!(why.contains("does not accept these credentials"), "{why}");
    assert!(retry.unwrap().as_second() - since.as_second() >= 20);
    *server.token.lock().unwrap() = None;
    handle.reconnect();
    until(&handle, "live after the user asked", |s| s.namespace("shop").is_some()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_of_the_kubeconfig_is_used() {
    // What an HTTP proxy is asked for first: CONNECT for an https server.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = listener.local_addr().unwrap();
    let connects = Arc::new(AtomicUsize::new(0));
    let counted = connects.clone();
    tokio::spawn(async move {
        while let Ok((mut s, _)) = listener.accept().await {
            let mut start = [0; 64];
            let n = s.read(&mut start).await.unwrap();
            if start[..n].starts_with(b"CONNECT kubernetes.invalid:443") {
                counted.fetch_add(1, Ordering::SeqCst);
            }
            let _ = s.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").await;
        }
    });
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts:\n- {{name: c, context: {{cluster: c}}}}\nclusters:\n- {{name: c, cluster: {{server: 'https://kubernetes.invalid', proxy-url: 'http://{proxy}', insecure-skip-tls-verify: true}}}}\n"
    );
    std::fs::write(&path, text).unwrap();
    let options = Options { kubeconfig: Some(path), as_user: Some("jane".into()), ..Options::default() };
    let handle = cluster::open(Source::Kubeconfig, options);
    let s = until(&handle, "the loss", |s| matches!(s.connection, Connection::Lost { .. })).await;
    assert!(connects.load(Ordering::SeqCst) > 0, "{:?}", s.connection);
    let Connection::Lost { why, .. } = &s.connection else { panic!("{:?}", s.connection) };
    assert!(why.starts_with(&format!("through the proxy {proxy}: ")), "{why}");
    let badges: Vec<&str> = s.cluster.badges.iter().map(|b| b.as_str()).collect();
    assert_eq!(badges, ["TLS not verified", "acting as jane"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_of_the_environment_is_not_asked_for_this_machine() {
    let server = Server::default();
    let address = server.start().await;
    let home = tempfile::tempdir().unwrap();
    let file = two_contexts(home.path(), address, address);
    // Nobody listens there.
    for variable in ["HTTPS_PROXY", "https_proxy"] {
        let arguments = ["--kubeconfig", &file, "get", "environments", "-o", "name"];
        let (code, out, err) = kennel(home.path(), &[(variable, "http://127.0.0.1:1")], &arguments).await;
        assert_eq!((code, out.as_str()), (0, "shop\n"), "{err}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_does_not_answer_is_named_and_its_password_is_not() {
    let home = tempfile::tempdir().unwrap();
    let gone = ("HTTPS_PROXY", "http://jane:canary@127.0.0.1:1");
    let (code, _, err) =
        kennel(home.path(), &[gone], &["--server", "https://kubernetes.invalid", "get", "projects"]).await;
    assert_eq!(code, 6, "{err}");
    assert!(err.contains("through the proxy 127.0.0.1:1: ") && !err.contains("canary"), "{err}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn variables_of_proxies_are_taken_as_people_write_them_and_named_where_they_are_wrong() {
    let server = Server::default();
    let address = server.start().await;
    let home = tempfile::tempdir().unwrap();
    let file = two_contexts(home.path(), address, address);
    for except in ["a,", "a,,b", "a b"] {
        for proxy in ["http://127.0.0.1:1", "127.0.0.1:1", "http://a b"] {
            let variables = [("NO_PROXY", except), ("HTTPS_PROXY", proxy), ("HTTP_PROXY", proxy)];
            let arguments = ["--kubeconfig", &file, "get", "environments", "-o", "name"];
            let (code, out, err) = kennel(home.path(), &variables, &arguments).await;
            assert_eq!((code, out.as_str()), (0, "shop\n"), "{except} {proxy}: {err}");
        }
    }
    let elsewhere = ["--server", "https://kubernetes.invalid", "get", "projects"];
    let (code, _, err) = kennel(home.path(), &[("HTTPS_PROXY", "http://a b")], &elsewhere).await;
    assert!(code == 6 && err.contains("HTTPS_PROXY is no URL of a proxy") && !err.contains("kubeconfig"), "{err}");
    // Without a scheme it is an HTTP proxy, and the last @ ends the password.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("u:p@ss@{}", listener.local_addr().unwrap());
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = vec![0; 4096];
        let n = stream.read(&mut head).await.unwrap();
        let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").await;
        String::from_utf8(head[..n].to_vec()).unwrap()
    });
    let (_, _, err) = kennel(home.path(), &[("HTTPS_PROXY", &proxy)], &elsewhere).await;
    let asked = asked.await.unwrap();
    assert!(asked.starts_with("CONNECT kubernetes.invalid:443 "), "{asked} {err}");
    assert!(asked.to_lowercase().contains("proxy-authorization: basic dtpwqhnz"), "u:p@ss: {asked}");
    assert!(!err.contains("p@ss"), "{err}");
}

/// kennel as a process, with nothing of this machine's user; code, stdout, stderr.
async fn kennel(home: &std::path::Path, variables: &[(&str, &str)], arguments: &[&str]) -> (i32, String, String) {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_kennel"));
    command.args(arguments).stdin(std::process::Stdio::null()).env_clear();
    // A credential plugin is found by it.
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("LANG", "C.UTF-8");
    command.env("HOME", home).env("XDG_STATE_HOME", home.join("state")).env("XDG_CONFIG_HOME", home.join("settings"));
    command.envs(variables.iter().copied());
    let output = tokio::time::timeout(LIMIT, command.output()).await.expect("it ends").unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A kubeconfig with the contexts `here` (current) and `there`.
fn two_contexts(dir: &std::path::Path, here: SocketAddr, there: SocketAddr) -> String {
    let cluster =
        |name: &str, at: SocketAddr| serde_json::json!({"name": name, "cluster": {"server": format!("http://{at}")}});
    let context = |name: &str| serde_json::json!({"name": name, "context": {"cluster": name, "user": "u"}});
    let config = serde_json::json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "here", "contexts": [context("here"), context("there")],
        "clusters": [cluster("here", here), cluster("there", there)], "users": [{"name": "u", "user": {"token": "canary-fixed"}}],
    });
    let path = dir.join("config.yaml");
    std::fs::write(&path, config.to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flags_that_say_where_and_as_whom_reach_the_server() {
    let (here, there) = (Server::default(), Server::default());
    let (at, other) = (here.start().await, there.start().await);
    let home = tempfile::tempdir().unwrap();
    let file = two_contexts(home.path(), at, other);
    let run = async |arguments: &[&str]| {
        let (code, out, err) = kennel(home.path(), &[], arguments).await;
        assert_eq!(code, 0, "{arguments:?}: {err}");
        out
    };
    let get = ["get", "environments", "-o", "name"];
    assert_eq!(run(&[&["--kubeconfig", &file], &get[..]].concat()).await, "shop\n");
    assert!(here.asked("/api/v1/namespaces") > 0 && there.asked("") == 0, "the current context");
    let before = here.asked("");
    run(&[&["--kubeconfig", &file, "--context", "there"], &get[..]].concat()).await;
    assert!(there.asked("/api/v1/namespaces") > 0 && here.asked("") == before, "the one that is named");
    assert!(here.seen.lock().unwrap().iter().all(|(_, a, _)| a.as_deref() == Some("Bearer canary-fixed")));

    let address = at.to_string();
    let acting = ["--as", "jane", "--as-group", "ops", "--as-group", "dev"];
    for to in [["--server", &address], ["--kubeconfig", &file]] {
        here.seen.lock().unwrap().clear();
        run(&[&to[..], &acting, &get].concat()).await;
        assert!(here.seen.lock().unwrap().iter().all(|(_, _, who)| *who == ["jane", "ops", "dev"]), "{to:?}");
        let frame = run(&[&to[..], &acting, &["snapshot", "--size", "160x40"]].concat()).await;
        assert!(frame.contains("acting as jane, ops, dev"), "{frame}");
    }

    here.seen.lock().unwrap().clear();
    run(&["--server", &address, "-n", "shop", "get", "services"]).await;
    let seen = here.seen.lock().unwrap().clone();
    // Nodes are in no namespace; who delivers into one is seldom in it.
    let outside =
        ["/api/v1/namespaces/shop", "/version", "/api/v1/nodes", "/apis/authorization", "/apis/authentication"];
    let deliver = Kind::ALL.iter().filter(|k| k.kind.is_delivery()).map(|k| k.kind.path(None));
    let outside: Vec<String> = outside.map(str::to_owned).into_iter().chain(deliver).collect();
    let beyond = |p: &str| !outside.iter().any(|o| p.starts_with(o)) && !p.contains("/namespaces/shop/");
    let beyond: Vec<&String> = seen.iter().map(|(p, ..)| p).filter(|p| beyond(p)).collect();
    assert!(beyond.is_empty(), "only that namespace is read: {beyond:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timeout_bounds_the_wait_and_each_answer() {
    let server = Server::default();
    let address = server.start().await.to_string();
    let home = tempfile::tempdir().unwrap();
    *server.hangs.lock().unwrap() = Some("/pods");
    let (code, _, err) =
        kennel(home.path(), &[], &["--server", &address, "--timeout", "2s", "get", "environments"]).await;
    assert_eq!(code, 5, "{err}");
    assert!(err.contains("pods") && err.contains("did not arrive in time"), "{err}");
    // A whole answer that hangs is given up after that, too: else the user's name would be waited for for 30 s.
    *server.hangs.lock().unwrap() = Some("/selfsubjectreviews");
    let arguments = ["--server", &address, "--timeout", "1s", "get", "environments", "-o", "name"];
    let (code, out, err) = kennel(home.path(), &[], &arguments).await;
    assert_eq!((code, out.as_str()), (0, "shop\n"), "{err}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_canary_is_in_no_log_no_output_and_no_frame_and_the_badges_of_debugging_variables_are() {
    let server = Server::default();
    *server.token.lock().unwrap() = Some("canary-1".to_owned());
    let address = server.start().await;
    let home = tempfile::tempdir().unwrap();
    let file = kubeconfig(home.path(), address, COUNTING).to_str().unwrap().to_owned();
    let log = home.path().join("log").to_str().unwrap().to_owned();
    let variables =
        [("KUBE_RS_DEBUG_OVERRIDE_URL", "http://127.0.0.1:1"), ("KUBE_RS_DEBUG_IMPERSONATE_USER", "mallory")];
    let arguments = ["--kubeconfig", &file, "--log-file", &log, "-vv", "snapshot", "--size", "200x40"];
    let (code, frame, err) = kennel(home.path(), &variables, &arguments).await;
    assert_eq!(code, 0, "{err}");
    assert!(frame.contains("shop"), "another URL is not obeyed: {frame}");
    for (name, _) in variables {
        assert!(frame.contains(name), "who set it sees that: {frame}");
    }
    assert!(server.seen.lock().unwrap().iter().all(|(_, _, who)| who.is_empty()), "nor is another user");
    let loud = std::fs::read_to_string(&log).unwrap();
    for (what, text) in [("log", &loud), ("frame", &frame), ("stderr", &err)] {
        assert!(!text.contains("canary"), "{what}: {text}");
    }
    std::fs::remove_file(&log).unwrap();
    kennel(home.path(), &[], &["--kubeconfig", &file, "--log-file", &log, "get", "environments"]).await;
    let quiet = std::fs::read_to_string(&log).unwrap();
    assert!(!quiet.is_empty() && quiet.lines().count() < loud.lines().count(), "-v says more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_stays_with_the_kubeconfig_it_began_with() {
    let (here, there) = (Server::default(), Server::default());
    let (at, other) = (here.start().await, there.start().await);
    let home = tempfile::tempdir().unwrap();
    let file = PathBuf::from(two_contexts(home.path(), at, other));
    let handle = cluster::open(Source::Kubeconfig, Options { kubeconfig: Some(file.clone()), ..Options::default() });
    handle.settled(&[Kind::Namespace], LIMIT).await.unwrap();
    // Somebody logs in elsewhere: the file's current context is another one now; then the file is gone.
    for now in [Some(std::fs::read_to_string(&file).unwrap().replace(&at.to_string(), &other.to_string())), None] {
        match now {
            Some(text) => std::fs::write(&file, text).unwrap(),
            None => std::fs::remove_file(&file).unwrap(),
        }
        let before = here.asked("/version");
        handle.reconnect();
        // What is shown stays as it is: no picture comes by which one could wait.
        let answer = async {
            while here.asked("/version") == before {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(LIMIT, answer).await.expect("another answer");
        assert_eq!(handle.snapshot().cluster.context, "here");
        assert!(handle.wire().unwrap().get("/api/v1/namespaces").await.is_ok());
    }
    assert_eq!(there.asked(""), 0);
    assert!(!file.exists(), "it is never written");
}
