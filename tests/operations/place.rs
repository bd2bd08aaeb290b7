//! A namespace with services in it, on a real API server or on the embedded one.

use std::collections::BTreeMap;
use std::time::Duration;

use http::Request;
use http_body_util::BodyExt;
use kennel::cluster::{self, Handle, InProcess, Options, RunOptions, Source};
use kennel::domain::{Kind, Text};
use kennel::plan::{Outcome, Plan, Progress, Scope, Wish};
use kube::client::Body;
use serde_json::{Value, json};
use tower::{BoxError, ServiceExt};

pub const PATIENCE: Duration = Duration::from_secs(60);

/// Kinds that a plan needs.
const KINDS: [Kind; 10] = [
    Kind::Namespace,
    Kind::Deployment,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::Pod,
    Kind::CronJob,
    Kind::Job,
    Kind::HorizontalPodAutoscaler,
    Kind::ScaledObject,
    Kind::ConfigMap,
];

/// One namespace.
pub struct Place {
    pub server: InProcess,
    pub namespace: Text,
}

/// The real API server that `KENNEL_TEST_KUBECONFIG` names, as a service.
pub async fn real() -> InProcess {
    let path = std::env::var_os("KENNEL_TEST_KUBECONFIG")
        .expect("there is no cluster to test on: start one with tests/cluster/up DIR and set KENNEL_TEST_KUBECONFIG");
    let kubeconfig = kube::config::Kubeconfig::read_from(path).unwrap();
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &Default::default()).await.unwrap();
    let client = kube::Client::try_from(config).unwrap();
    InProcess::new(tower::service_fn(move |request: Request<Body>| {
        let client = client.clone();
        async move {
            let answer = client.send(request).await?;
            Ok::<_, BoxError>(answer.map(|b| b.map_err(BoxError::from).boxed_unsync()))
        }
    }))
}

/// One request; the answer's status and JSON.
pub async fn send(server: &InProcess, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
    let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
    let body = body.map(Value::to_string).unwrap_or_default();
    let request = Request::builder().method(method).uri(path).header("content-type", kind);
    let answer = server.clone().oneshot(request.body(Body::from(body.into_bytes())).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

fn pods(name: &str, image: &str) -> Value {
    json!({
        "metadata": { "labels": { "app": name } },
        "spec": { "terminationGracePeriodSeconds": 1, "containers": [{ "name": "main", "image": image }] },
    })
}

pub fn workload(kind: &str, name: &str, replicas: u32, image: &str) -> (Kind, Value) {
    let kind_of = Kind::named(kind).unwrap();
    let mut object = json!({
        "apiVersion": "apps/v1", "kind": kind, "metadata": { "name": name },
        "spec": { "replicas": replicas, "selector": { "matchLabels": { "app": name } }, "template": pods(name, image) },
    });
    match kind {
        "StatefulSet" => object["spec"]["serviceName"] = name.into(),
        "DaemonSet" => {
            object["spec"].as_object_mut().unwrap().remove("replicas");
        }
        _ => {}
    }
    (kind_of, object)
}

pub fn cron_job(name: &str, suspend: bool) -> (Kind, Value) {
    let mut pods = pods(name, "busybox");
    pods["spec"]["restartPolicy"] = "Never".into();
    let object = json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": { "name": name },
        "spec": { "schedule": "0 3 29 2 *", "suspend": suspend, "jobTemplate": { "spec": { "template": pods } } },
    });
    (Kind::CronJob, object)
}

/// A bit of everything that a stop touches.
pub fn shop() -> Vec<(Kind, Value)> {
    vec![
        workload("Deployment", "web", 2, "acme/web:1"),
        workload("Deployment", "api", 3, "acme/api:1"),
        workload("Deployment", "off", 0, "acme/off:1"),
        workload("StatefulSet", "db", 1, "postgres:17"),
        cron_job("nightly", false),
        cron_job("paused", true),
    ]
}

/// What must come back: counts, `suspend`, node selectors, and kennel's own annotations.
pub type Counts = BTreeMap<String, Value>;

impl Place {
    /// A namespace of this name with these objects, all of them ready.
    pub async fn new(server: InProcess, name: &str, objects: &[(Kind, Value)]) -> Self {
        let namespace = format!("plan-{name}-{}", fastrand::u16(..));
        let object = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": namespace } });
        assert_eq!(send(&server, "POST", "/api/v1/namespaces", Some(&object)).await.0, 201);
        let place = Self { server, namespace: namespace.into() };
        for (kind, object) in objects {
            let (status, answer) = send(&place.server, "POST", &place.path(*kind), Some(object)).await;
            assert_eq!(status, 201, "{answer}");
        }
        place
    }

    pub fn path(&self, kind: Kind) -> String {
        kind.path(Some(&self.namespace))
    }

    pub async fn delete(self) {
        send(&self.server, "DELETE", &format!("/api/v1/namespaces/{}", self.namespace), None).await;
    }

    pub async fn get(&self, kind: Kind, name: &str) -> Value {
        send(&self.server, "GET", &format!("{}/{name}", self.path(kind)), None).await.1
    }

    pub async fn patch(&self, kind: Kind, name: &str, patch: Value) -> u16 {
        send(&self.server, "PATCH", &format!("{}/{name}", self.path(kind)), Some(&patch)).await.0
    }

    pub async fn counts(&self) -> Counts {
        let mut counts = Counts::new();
        for kind in [Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet, Kind::CronJob] {
            let list = send(&self.server, "GET", &self.path(kind), None).await.1;
            for object in list["items"].as_array().unwrap() {
                let annotations = object["metadata"]["annotations"].as_object().cloned().unwrap_or_default();
                let own: BTreeMap<_, _> =
                    annotations.into_iter().filter(|(k, _)| k.starts_with("kennel.dev/")).collect();
                let spec = &object["spec"];
                let name = format!("{kind} {}", object["metadata"]["name"].as_str().unwrap());
                let selector = spec.pointer("/template/spec/nodeSelector").filter(|s| **s != json!({}));
                counts.insert(name, json!([spec["replicas"], spec["suspend"], selector, own]));
            }
        }
        counts
    }

    /// Reads the whole cluster anew, as another process would, and waits until all is as `spec` says.
    pub async fn open(&self, server: InProcess) -> Handle {
        let handle = cluster::open(Source::InProcess { service: server, name: "test".into() }, Options::default());
        handle.look_at(Some(handle.snapshot().id(self.namespace.clone())));
        handle.settled(&KINDS, PATIENCE).await.unwrap();
        let mut snapshots = handle.snapshots();
        let ready = async {
            loop {
                let snapshot = snapshots.borrow_and_update().clone();
                if let Some(e) = snapshot.namespace(&*self.namespace)
                    && e.services.iter().all(|s| s.ready == s.desired && s.terminating == 0)
                {
                    return;
                }
                snapshots.changed().await.unwrap();
            }
        };
        let _ = tokio::time::timeout(PATIENCE, ready).await;
        handle
    }

    pub fn plan(&self, handle: &Handle, wish: Wish, scope: &Scope) -> Plan {
        let snapshot = handle.snapshot();
        let environment = snapshot.namespace(&*self.namespace).unwrap();
        wish.plan(environment, scope)
    }

    /// Plans and runs; the outcome, and all that was told meanwhile.
    pub async fn run(&self, handle: &Handle, wish: Wish, options: RunOptions) -> (Outcome, Vec<Progress>) {
        let plan = self.plan(handle, wish, &Scope::default());
        assert!(!plan.is_empty(), "{plan:?}");
        listen(|progress| handle.run(plan, options, progress)).await
    }

    pub async fn journal(&self) -> Value {
        let map = self.get(Kind::ConfigMap, "kennel-operation").await;
        map["data"]["journal"].as_str().map_or(Value::Null, |j| serde_json::from_str(j).unwrap())
    }
}

/// Runs something that tells its progress.
pub async fn listen<F: Future<Output = Outcome>>(
    run: impl FnOnce(tokio::sync::mpsc::Sender<Progress>) -> F,
) -> (Outcome, Vec<Progress>) {
    let (progress, mut told) = tokio::sync::mpsc::channel(16);
    let listening = async {
        let mut all = Vec::new();
        while let Some(one) = told.recv().await {
            all.push(one);
        }
        all
    };
    tokio::join!(run(progress), listening)
}
