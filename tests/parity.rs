//! The embedded cluster answers as a real one does: the same requests go to both, and the answers are compared,
//! whole but for what cannot be the same (UIDs, times, resourceVersions, addresses).
//!
//! The requests stand in `tests/parity/*.yaml`, a file a subject. To add one, add a line:
//! `{METHOD: PATH, BODY-KIND: BODY}`; the body's kind is its media type (see [`MEDIA`]); `as` and `groups`
//! impersonate, `accept` asks for a form. `{NS}`, `{CM}`, … in paths are the places in [`PLACES`]. `until: CODE`
//! repeats a request until both answer so, `items: N` until both lists are so long, `until-has: POINTER` (or
//! `POINTER=VALUE`) until both have something (or that) there; as controllers take more than one step, and each in its
//! own time, all three ask on until both say the same. `status: true` compares what controllers wrote too, `each:
//! [fields]` only these fields of a list's items, once each, in whatever order. `watch: PATH` with `during: [requests]`
//! compares the events. A request whose answer differs on purpose says why in `differs`: then only the code is compared.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::LazyLock;
use std::time::Duration;

use futures::future::join;
use http_body_util::BodyExt;
use kennel::sim::{Options, Sim};
use kube::client::Body;
use kube::{Client, Config};
use regex::Regex;
use serde_json::{Map, Value, json};

const MEDIA: &[(&str, &str)] = &[
    ("json", "application/json"),
    ("merge", "application/merge-patch+json"),
    ("strategic", "application/strategic-merge-patch+json"),
    ("patch", "application/json-patch+json"),
    ("apply", "application/apply-patch+yaml"),
    ("yaml", "application/yaml"),
    ("text", "text/plain"),
];

const PLACES: &[(&str, &str)] = &[
    ("{CM}", "/api/v1/namespaces/{NS}/configmaps"),
    ("{PODS}", "/api/v1/namespaces/{NS}/pods"),
    ("{SVC}", "/api/v1/namespaces/{NS}/services"),
    ("{DEPLOY}", "/apis/apps/v1/namespaces/{NS}/deployments"),
    ("{CORE}", "/api/v1/namespaces/{NS}"),
    ("{APPS}", "/apis/apps/v1/namespaces/{NS}"),
    ("{BATCH}", "/apis/batch/v1/namespaces/{NS}"),
    ("{EVENTS}", "/apis/events.k8s.io/v1/namespaces/{NS}/events"),
    ("{HPA}", "/apis/autoscaling/v2/namespaces/{NS}/horizontalpodautoscalers"),
    ("{PDB}", "/apis/policy/v1/namespaces/{NS}/poddisruptionbudgets"),
    ("{RBAC}", "/apis/rbac.authorization.k8s.io/v1/namespaces/{NS}"),
    ("{NET}", "/apis/networking.k8s.io/v1/namespaces/{NS}"),
    ("{AUTH}", "/apis/authorization.k8s.io/v1"),
];

/// Kinds whose status their controllers write whenever they get to it.
const CONTROLLED: &[&str] = &[
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "Job",
    "CronJob",
    "HorizontalPodAutoscaler",
    "PodDisruptionBudget",
    "ResourceQuota",
    "PersistentVolumeClaim",
    "Scale",
];

/// Managers that belong to the cluster and write in their own time.
const SERVERS: &[&str] = &["kube-controller-manager", "kube-apiserver", "kwok"];

#[derive(Clone, Debug)]
struct Case {
    /// As it stands in the file.
    line: Value,
    method: String,
    path: String,
    body: Option<(&'static str, String)>,
    headers: Vec<(&'static str, String)>,
}

impl Case {
    fn read(line: &Value, namespace: &str) -> Self {
        let map = line.as_object().unwrap();
        let place = |text: &str| {
            let text = PLACES.iter().fold(text.to_owned(), |t, (name, path)| t.replace(name, path));
            text.replace("{NS}", namespace)
        };
        let (method, path) = map
            .iter()
            .find(|(k, _)| k.chars().all(|c| c.is_ascii_uppercase()))
            .map(|(k, v)| (k.clone(), v.as_str().unwrap()))
            .or_else(|| Some(("WATCH".to_owned(), map.get("watch")?.as_str()?)))
            .unwrap_or_else(|| panic!("no method in {line}"));
        let body = MEDIA.iter().find_map(|(name, media)| {
            let body = map.get(*name)?;
            let text = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
            Some((*media, place(&text)))
        });
        let mut headers = Vec::new();
        for (key, header) in [("as", "impersonate-user"), ("groups", "impersonate-group"), ("accept", "accept")] {
            if let Some(value) = map.get(key) {
                headers.push((header, place(value.as_str().unwrap())));
            }
        }
        Self { line: line.clone(), method, path: place(path), body, headers }
    }

    /// The fields of a list's items that are compared, once each.
    fn picked(&self, body: Value) -> Value {
        let Some(fields) = self.line["each"].as_array() else { return body };
        let items = body["items"].as_array().cloned().unwrap_or_default();
        let pick = |item: &Value| -> Value {
            let field = |f: &Value| f.as_str().map(|f| (f.to_owned(), item.pointer(f).cloned().unwrap_or_default()));
            Value::Object(fields.iter().filter_map(field).collect())
        };
        items.iter().map(pick).map(|v| (v.to_string(), v)).collect::<BTreeMap<_, _>>().into_values().collect()
    }

    fn steps(&self, namespace: &str) -> Vec<Self> {
        self.line["during"].as_array().unwrap().iter().map(|l| Self::read(l, namespace)).collect()
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Answer {
    code: u16,
    media: String,
    warnings: Vec<String>,
    body: Value,
}

async fn send(client: &Client, case: &Case) -> http::Response<Body> {
    let method = if case.method == "WATCH" { "GET" } else { &case.method };
    let mut request = http::Request::builder().method(method).uri(&case.path).header("user-agent", "probe/1");
    for (name, value) in &case.headers {
        request = request.header(*name, value);
    }
    let body = match &case.body {
        Some((media, text)) => {
            request = request.header("content-type", *media);
            text.clone().into_bytes()
        }
        None => Vec::new(),
    };
    client.send(request.body(Body::from(body)).unwrap()).await.unwrap_or_else(|e| panic!("{e:?} at {}", case.line))
}

async fn ask(client: &Client, case: &Case) -> Answer {
    read(send(client, case).await, case).await
}

/// An answer to its end.
async fn read(response: http::Response<Body>, case: &Case) -> Answer {
    let (head, body) = response.into_parts();
    let text = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&text).into_owned();
    let header = |v: &http::HeaderValue| v.to_str().unwrap_or_default().to_owned();
    let media = head.headers.get("content-type").map(header).unwrap_or_default();
    let body = serde_json::from_str(&text).unwrap_or_else(|_| {
        let lines: Result<Vec<Value>, _> = text.lines().map(serde_json::from_str).collect();
        lines.map_or_else(|_| text.clone().into(), Value::Array)
    });
    Answer {
        code: head.status.as_u16(),
        media: media.split(';').next().unwrap_or_default().to_owned(),
        warnings: head.headers.get_all("warning").iter().map(header).collect(),
        body: case.picked(plain(body, "", case.line["status"] == true)),
    }
}

/// What the two clusters cannot have in common is made the same.
fn plain(value: Value, key: &str, status: bool) -> Value {
    let plain = |value, key: &str| plain(value, key, status);
    match value {
        Value::Object(map) => {
            let kind = map.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
            let controlled = !status && CONTROLLED.contains(&kind.as_str());
            // Conditions beside a phase, too, come in a controller's own time.
            let phased = map.contains_key("phase");
            let keep = |k: &str| !((controlled && k == "status") || (phased && k == "conditions"));
            let mut map: Map<_, _> = map
                .into_iter()
                .filter(|(k, _)| keep(k))
                .map(|(k, v)| {
                    let v = plain(v, &k);
                    (k, v)
                })
                .collect();
            // Who made the map: a controller that notes something there may have come first.
            if key == "f:annotations" {
                map.remove(".");
            }
            // What a controller of the real cluster adds in its own time.
            if map.get("managedFields").is_some_and(|m| m.as_array().is_some_and(Vec::is_empty)) {
                map.remove("managedFields");
            }
            if let Some(notes) = map.get_mut("annotations").and_then(Value::as_object_mut) {
                notes.retain(|k, _| !k.starts_with("deployment.kubernetes.io/") && k != "kubernetes.io/description");
                if notes.is_empty() {
                    map.remove("annotations");
                }
            }
            Value::Object(map)
        }
        Value::Array(items) if key == "managedFields" => {
            let own = |v: &Value| !SERVERS.contains(&v["manager"].as_str().unwrap_or_default());
            let mut items: Vec<_> = items.into_iter().filter(own).collect();
            // Their first order is by time, in seconds: what falls into one on a cluster may not on the other.
            items.sort_by_key(|v| {
                ["operation", "manager", "apiVersion", "subresource"]
                    .map(|k| v[k].as_str().unwrap_or_default().to_owned())
            });
            items.into_iter().map(|v| plain(v, "")).collect()
        }
        // In the order in which the real one's authorizers come to hand.
        Value::Array(mut rules) if key.ends_with("Rules") => {
            rules.sort_by_key(Value::to_string);
            rules.into()
        }
        // The real one goes through the managers in the order of a Go map.
        Value::Array(mut causes) if key == "causes" && causes.iter().all(|c| c["reason"] == "FieldManagerConflict") => {
            causes.sort_by_key(Value::to_string);
            causes.into_iter().map(|v| plain(v, "")).collect()
        }
        Value::Array(items) if key == "clusterIPs" && items[0] != "None" => json!(["<ip>"]),
        Value::Array(items) => items.into_iter().map(|v| plain(v, "")).collect(),
        Value::String(text) => match key {
            "resourceVersion" | "continue" | "creationTimestamp" | "deletionTimestamp" | "time" => format!("<{key}>"),
            "clusterIP" if text != "None" => "<ip>".to_owned(),
            "ca.crt" => "<ca>".to_owned(),
            "name" if text.starts_with("made-") => "made-*".to_owned(),
            _ => words(&text),
        }
        .into(),
        other => other,
    }
}

/// What texts have instead of UIDs, resourceVersions and times.
static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let all = [
        ("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<uid>"),
        (r"in record \(\d+\)", "in record (RV)"),
        (r"current: \d+", "current: RV"),
        (r"(too old resource version: \d+) \(\d+\)", "$1 (RV)"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "<time>"),
        // Objects inside of messages, whose order of keys is Go's.
        (r#"Invalid value: "(\{|map\[).*?: (strict|json|unable)"#, "Invalid value: …: $2"),
        // The same as Go holds them, and what differs between two of them.
        (r#"Invalid value: \{"(Volumes|Capabilities)".*\}: (field|cannot)"#, "Invalid value: {…}: $2"),
        (r#"Invalid value: \{"(containers|volumes)".*\}: (field)"#, "Invalid value: {…}: $2"),
        (r"(?s)\n@@ .*", ""),
        ("made-[a-z0-9]{5}", "made-*"),
        // In the order of a Go map.
        (r"(multiple HPAs): \[[^\]]*\]", "$1: […]"),
    ];
    all.iter().map(|(p, to)| (Regex::new(p).unwrap(), *to)).collect()
});

fn words(text: &str) -> String {
    PATTERNS.iter().fold(text.to_owned(), |t, (p, to)| p.replace_all(&t, *to).into_owned())
}

/// The two clusters, and a namespace of the same name on both.
struct Pair {
    real: Client,
    own: Client,
    _sim: Sim,
    namespace: String,
}

impl Pair {
    async fn open(subject: &str) -> Self {
        let kubeconfig = std::env::var("KENNEL_TEST_KUBECONFIG").unwrap_or_else(|_| {
            panic!("there is no cluster to compare with: start one with tests/cluster/up DIR and set KENNEL_TEST_KUBECONFIG to the path that it prints")
        });
        let text = kube::config::Kubeconfig::read_from(&kubeconfig).unwrap();
        let mut config = Config::from_custom_kubeconfig(text, &Default::default()).await.unwrap();
        config.read_timeout = Some(Duration::from_secs(30));
        let real = Client::try_from(config).unwrap();
        let sim = Sim::start(Options { scale: Some((0, 0)), ..Options::default() }).unwrap();
        // Nobody measures the pods of the real one.
        sim.api().store().with(|s| s.serve_group("metrics.k8s.io", false));
        let own = Client::new(sim.api(), "default");
        let pair = Self { real, own, _sim: sim, namespace: format!("kennel-parity-{subject}-{}", std::process::id()) };
        let made =
            Case::read(&json!({"POST": "/api/v1/namespaces", "json": {"metadata": {"name": "{NS}"}}}), &pair.namespace);
        let (a, b) = pair.both(&made).await;
        assert_eq!((a.code, b.code), (201, 201), "{a:?}");
        // What controllers put into every namespace.
        let given = Case::read(&json!({"GET": "{CM}/kube-root-ca.crt"}), &pair.namespace);
        let (a, b) = pair.until(&given, |a| a.code == 200).await;
        assert_eq!((a.code, b.code), (200, 200), "{a:?}");
        pair
    }

    async fn both(&self, case: &Case) -> (Answer, Answer) {
        join(ask(&self.real, case), ask(&self.own, case)).await
    }

    /// Asks both until both answer so, and the same, for what controllers do.
    async fn until(&self, case: &Case, so: impl Fn(&Answer) -> bool) -> (Answer, Answer) {
        let mut last = self.both(case).await;
        let same = |(real, own): &(Answer, Answer)| case.line.get("differs").is_some() || real == own;
        for _ in 0..250 {
            if so(&last.0) && so(&last.1) && same(&last) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
            last = self.both(case).await;
        }
        last
    }

    /// The events that a watch of each cluster sees while both go through the same steps.
    async fn watched(&self, case: &Case) -> (Answer, Answer) {
        let see = async |client: &Client| {
            // A server that has answered watches from then on.
            let response = send(client, case).await;
            let events = read(response, case);
            let work = async {
                for step in case.steps(&self.namespace) {
                    ask(client, &step).await;
                }
            };
            join(events, work).await.0
        };
        join(see(&self.real), see(&self.own)).await
    }

    async fn compare(&self, case: &Case) -> (Answer, Answer) {
        let number = |key: &str| case.line[key].as_u64();
        if let Some(pointer) = case.line["until-has"].as_str() {
            let (pointer, wanted) = pointer.split_once('=').map_or((pointer, None), |(p, v)| (p, Some(v)));
            let so =
                |v: &Value| wanted.is_none_or(|w| v == w || serde_json::from_str::<Value>(w).is_ok_and(|w| *v == w));
            return self.until(case, |a| a.body.pointer(pointer).is_some_and(so)).await;
        }
        match (case.method.as_str(), number("until"), number("items")) {
            ("WATCH", ..) => self.watched(case).await,
            (_, Some(code), _) => self.until(case, |a| u64::from(a.code) == code).await,
            (_, _, Some(n)) => {
                self.until(case, |a| a.body["items"].as_array().is_some_and(|i| i.len() as u64 == n)).await
            }
            _ => self.both(case).await,
        }
    }

    async fn close(self) {
        let path = format!("/api/v1/namespaces/{}", self.namespace);
        let _ = ask(&self.real, &Case::read(&json!({"DELETE": path}), "")).await;
    }
}

/// Where two values differ.
fn differences(path: &str, real: &Value, own: &Value, out: &mut String) {
    match (real, own) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
                let none = Value::from("<none>");
                let (a, b) = (a.get(key).unwrap_or(&none), b.get(key).unwrap_or(&none));
                if a != b {
                    differences(&format!("{path}.{key}"), a, b, out);
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b).enumerate().filter(|(_, (a, b))| a != b) {
                differences(&format!("{path}[{at}]"), a, b, out);
            }
        }
        _ => writeln!(out, "  {path}\n    real     {real}\n    embedded {own}").unwrap(),
    }
}

fn subject(name: &str) {
    let path = format!("{}/tests/parity/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    let lines: Vec<Value> = serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (mut report, mut wrong) = (String::new(), 0);
    runtime.block_on(async {
        let pair = Pair::open(name).await;
        for line in &lines {
            let case = Case::read(line, &pair.namespace);
            let (real, own) = pair.compare(&case).await;
            let mut found = String::new();
            if line.get("differs").is_some() {
                if real.code != own.code {
                    write!(found, "  code: real {}, embedded {}", real.code, own.code).unwrap();
                }
            } else if real != own {
                let value =
                    |a: &Answer| json!({"code": a.code, "media": a.media, "warnings": a.warnings, "body": a.body});
                differences("", &value(&real), &value(&own), &mut found);
            }
            if !found.is_empty() {
                wrong += 1;
                writeln!(report, "## {line}\n{found}").unwrap();
            }
        }
        pair.close().await;
    });
    assert!(wrong == 0, "{wrong} of {} answers differ\n{report}", lines.len());
}

macro_rules! subjects {
    ($($test:ident: $file:literal,)*) => {
        $(#[test]
        #[ignore = "needs a cluster"]
        fn $test() {
            subject($file);
        })*

        const SUBJECTS: &[&str] = &[$($file),*];
    };
}

subjects! {
    objects_are_created_read_changed_and_deleted: "objects",
    lists_and_selectors: "lists",
    watches: "watches",
    kinds_and_their_defaults: "kinds",
    events_in_both_forms: "events",
    patches_of_every_kind: "patches",
    server_side_apply: "apply",
    options_of_writes: "options",
    deletion_and_its_dependents: "deletion",
    who_may_do_what: "access",
    autoscalers_and_what_they_say: "autoscalers",
    budgets_and_what_they_allow: "budgets",
    quotas_and_what_is_used_of_them: "quotas",
    quantities_in_their_shortest_form: "quantities",
    limits_and_the_scopes_of_quotas: "limits",
    pods_and_what_of_them_may_change: "pods",
    kinds_and_what_they_must_be: "validation",
    requests_that_are_not_right: "requests",
}

#[test]
fn every_file_of_requests_is_compared_and_each_line_is_a_request() {
    let folder = format!("{}/tests/parity", env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path());
    let mut requests = 0;
    for file in files.filter(|f| f.extension().is_some_and(|e| e == "yaml")) {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(SUBJECTS.contains(&&*name), "{name} is compared by no test");
        let lines: Vec<Value> = serde_yaml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        for line in &lines {
            let case = Case::read(line, "ns");
            requests += 1 + line.get("during").map_or(0, |_| case.steps("ns").len());
        }
    }
    assert!(requests >= 250, "{requests}");
}
