//! kennel against a real API server with real controllers.
//!
//! ```text
//! export KENNEL_TEST_KUBECONFIG=$(tests/cluster/up /tmp/kennel-cluster)     # or any cluster's kubeconfig
//! cargo test --test real_cluster -- --ignored
//! tests/cluster/down /tmp/kennel-cluster
//! ```
//!
//! Each test has a namespace of its own and deletes it. Those of `away` stop the API server, so they run on a
//! cluster that nothing else uses: the one in `KENNEL_TEST_CLUSTER_DIR`, which `tests/cluster/up` has filled.
//!
//! ```text
//! export KENNEL_TEST_CLUSTER_DIR=/tmp/kennel-away
//! KENNEL_APISERVER_FLAGS=--etcd-compaction-interval=5s tests/cluster/up $KENNEL_TEST_CLUSTER_DIR
//! cargo test --test real_cluster -- --ignored --test-threads=1 away
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "real_cluster/away.rs"]
mod away;
#[path = "real_cluster/custom.rs"]
mod custom;
#[path = "real_cluster/dashboard.rs"]
mod dashboard;
#[path = "real_cluster/faults.rs"]
mod faults;
#[path = "real_cluster/noted.rs"]
mod noted;
#[path = "journeys/pty.rs"]
#[allow(dead_code, unreachable_pub, reason = "a terminal with all that journeys do")]
mod pty;
#[path = "real_cluster/reasons.rs"]
mod reasons;
#[path = "real_cluster/refusals.rs"]
mod refusals;
#[path = "real_cluster/rights.rs"]
mod rights;
#[path = "real_cluster/watching.rs"]
mod watching;

use std::cell::RefCell;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use kennel::cluster::{self, Handle, Options, Source};
use kennel::domain::Snapshot;
use kennel::domain::environment::Environment;

use kube::api::{Api, DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use kube::discovery::ApiResource;
use kube::{Client, Config};
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(60);

/// A namespace of one test.
struct Place {
    runtime: tokio::runtime::Runtime,
    client: Client,
    kubeconfig: String,
    namespace: String,
    /// Objects of the whole cluster that go with the test.
    beside: RefCell<Vec<(String, String, String)>>,
}

/// What a run of kennel gave.
struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    #[track_caller]
    fn json(&self) -> Vec<Value> {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|e| panic!("{e}\nstdout: {}\nstderr: {}", self.stdout, self.stderr))
    }

    #[track_caller]
    fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }
}

fn resource(api_version: &str, kind: &str) -> ApiResource {
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    let plural = match kind {
        "Ingress" => "ingresses".to_owned(),
        "NetworkPolicy" => "networkpolicies".to_owned(),
        "ValidatingAdmissionPolicy" => "validatingadmissionpolicies".to_owned(),
        _ => format!("{}s", kind.to_lowercase()),
    };
    ApiResource {
        group: group.to_owned(),
        version: version.to_owned(),
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        plural,
    }
}

/// Kinds whose objects are in no namespace.
const OF_THE_CLUSTER: &[&str] = &[
    "Namespace",
    "Node",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
];

impl Place {
    /// A new environment `test/NAME`.
    fn new(name: &str) -> Self {
        let kubeconfig = std::env::var("KENNEL_TEST_KUBECONFIG").unwrap_or_else(|_| {
            panic!("there is no cluster to test on: start one with tests/cluster/up DIR and set KENNEL_TEST_KUBECONFIG to the path that it prints")
        });
        Self::on(kubeconfig, name)
    }

    /// The same on the cluster of that kubeconfig.
    fn on(kubeconfig: String, name: &str) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let namespace = format!("kennel-{name}-{}", std::process::id());
        let client = runtime.block_on(async {
            let text = kube::config::Kubeconfig::read_from(&kubeconfig).unwrap();
            let config = Config::from_custom_kubeconfig(text, &Default::default()).await.unwrap();
            Client::try_from(config).unwrap()
        });
        let place = Self { runtime, client, kubeconfig, namespace: namespace.clone(), beside: RefCell::default() };
        place.create(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace,
            "labels": {"kennel.dev/project": "test"}, "annotations": {"kennel.dev/environment": name}}}));
        place
    }

    fn api(&self, api_version: &str, kind: &str) -> Api<DynamicObject> {
        let resource = resource(api_version, kind);
        if OF_THE_CLUSTER.contains(&kind) {
            return Api::all_with(self.client.clone(), &resource);
        }
        Api::namespaced_with(self.client.clone(), &self.namespace, &resource)
    }

    #[track_caller]
    fn create(&self, object: Value) {
        let text = |at: &str| object.pointer(at).unwrap().as_str().unwrap().to_owned();
        let (api_version, kind, name) = (text("/apiVersion"), text("/kind"), text("/metadata/name"));
        let api = self.api(&api_version, &kind);
        if OF_THE_CLUSTER.contains(&&*kind) {
            self.beside.borrow_mut().push((api_version, kind, name));
        }
        let object: DynamicObject = serde_json::from_value(object).unwrap();
        self.runtime.block_on(api.create(&PostParams::default(), &object)).unwrap();
    }

    fn delete(&self, api_version: &str, kind: &str, name: &str) {
        let api = self.api(api_version, kind);
        self.runtime.block_on(api.delete(name, &DeleteParams::default())).unwrap();
    }

    /// Options of a session on this cluster.
    fn options(&self) -> Options {
        Options { kubeconfig: Some(PathBuf::from(&self.kubeconfig)), ..Options::default() }
    }

    /// A session on this cluster.
    fn open(&self, options: Options) -> Handle {
        let _inside = self.runtime.enter();
        cluster::open(Source::Kubeconfig, options)
    }

    /// The picture as soon as it is as wanted.
    #[track_caller]
    fn shows(&self, handle: &Handle, what: &str, wanted: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
        let mut all = handle.snapshots();
        let found = self.runtime.block_on(async {
            tokio::time::timeout(PATIENCE, all.wait_for(|s| wanted(s))).await.ok()?.ok().map(|s| s.clone())
        });
        found.unwrap_or_else(|| {
            let s = handle.snapshot();
            let e = s.namespace(&*self.namespace);
            panic!("{what} did not come: {:?}, {:?}\n{e:#?}", s.connection, s.data)
        })
    }

    /// This environment in a picture.
    fn of<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a Arc<Environment>> {
        snapshot.namespace(&*self.namespace)
    }

    /// Names of the services, sorted.
    fn services(&self, snapshot: &Snapshot) -> Vec<String> {
        let services = self.of(snapshot).map(|e| e.services.iter().map(|s| s.object.name.to_string()));
        let mut all: Vec<String> = services.into_iter().flatten().collect();
        all.sort();
        all
    }

    fn get(&self, api_version: &str, kind: &str, name: &str) -> Value {
        let api = self.api(api_version, kind);
        serde_json::to_value(self.runtime.block_on(api.get(name)).unwrap()).unwrap()
    }

    fn patch(&self, api_version: &str, kind: &str, name: &str, patch: &Value) {
        let api = self.api(api_version, kind);
        self.runtime.block_on(api.patch(name, &PatchParams::default(), &Patch::Merge(patch))).unwrap();
    }

    fn count(&self, api_version: &str, kind: &str) -> usize {
        let api = self.api(api_version, kind);
        self.runtime.block_on(api.list(&Default::default())).unwrap().items.len()
    }

    fn deployment(&self, name: &str, replicas: u32) {
        self.create(workload("Deployment", name, replicas));
    }

    fn replicas(&self, kind: &str, name: &str) -> u64 {
        self.get("apps/v1", kind, name)["spec"]["replicas"].as_u64().unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kennel"));
        command.arg("--kubeconfig").arg(&self.kubeconfig).args(arguments);
        // What this machine's user has set, or has seen before, has no say here.
        let home = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(&self.namespace);
        command
            .env_clear()
            .env("LANG", "C.UTF-8")
            .env("HOME", &home)
            .env("XDG_STATE_HOME", home.join("state"))
            .env("XDG_CONFIG_HOME", home.join("config"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn kennel(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }

    fn environment(&self) -> Value {
        let list = self.kennel(&["get", "environments", "-n", &self.namespace, "-o", "json"]).ends(0).json();
        list.into_iter().find(|e| e["id"] == *self.namespace).expect("the environment")
    }

    #[track_caller]
    fn phase_becomes(&self, phase: &str) {
        let until = Instant::now() + PATIENCE;
        let mut last = Value::Null;
        while Instant::now() < until {
            last = self.environment();
            if last["status"] == phase {
                return;
            }
            std::thread::sleep(Duration::from_millis(300));
        }
        panic!("never {phase}: {last:#}");
    }

    #[track_caller]
    fn until(&self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !holds(self) {
            assert!(Instant::now() < until, "never {what}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn bind(&self, user: &str, role: &str) {
        self.bind_to(user, "ClusterRole", role);
    }

    fn bind_to(&self, user: &str, kind: &str, role: &str) {
        self.create(json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": {"name": format!("{user}-{role}"), "namespace": self.namespace},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}]}));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        for (api_version, kind, name) in self.beside.borrow().iter().rev() {
            let api = self.api(api_version, kind);
            let _ = self.runtime.block_on(api.delete(name, &DeleteParams::default()));
        }
        let _ = std::fs::remove_dir_all(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(&self.namespace));
    }
}

fn workload(kind: &str, name: &str, replicas: u32) -> Value {
    let mut object = json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}},
                "spec": {"terminationGracePeriodSeconds": 1, "containers": [{"name": name, "image": format!("acme/{name}:1.0"),
                    "readinessProbe": {"httpGet": {"path": "/", "port": 80}}}]}}}});
    if kind == "StatefulSet" {
        object["spec"]["serviceName"] = name.into();
    }
    object
}

fn shop(name: &str) -> Place {
    let place = Place::new(name);
    place.deployment("web", 3);
    place.deployment("worker", 2);
    place.deployment("mailer", 0);
    place.create(workload("StatefulSet", "orders-db", 1));
    place.create(json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "report"},
        "spec": {"schedule": "0 3 29 2 *", "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "Never",
            "containers": [{"name": "report", "image": "acme/report:1.0"}]}}}}}}));
    place.phase_becomes("Active");
    place
}

#[test]
#[ignore = "needs a cluster"]
fn a_stop_ends_every_pod_and_a_start_brings_every_count_back() {
    let place = shop("roundtrip");
    place.kennel(&["stop", "test/roundtrip", "--yes", "-o", "json"]).ends(0);
    assert_eq!(place.count("v1", "Pod"), 0, "a stop is done when the pods are gone");
    assert_eq!(place.replicas("Deployment", "web"), 0);
    assert_eq!(place.get("batch/v1", "CronJob", "report")["spec"]["suspend"], true);
    let web = place.get("apps/v1", "Deployment", "web");
    assert_eq!(web["metadata"]["annotations"]["kennel.dev/replicas"], "3", "the memory is written with the zero");
    place.phase_becomes("Unavailable");

    place.kennel(&["start", "test/roundtrip", "--yes", "-o", "json"]).ends(0);
    for (kind, name, replicas) in
        [("Deployment", "web", 3), ("Deployment", "worker", 2), ("StatefulSet", "orders-db", 1)]
    {
        assert_eq!(place.replicas(kind, name), replicas, "{name}");
    }
    assert_eq!(place.replicas("Deployment", "mailer"), 0, "what was off before is never started");
    assert_ne!(place.get("batch/v1", "CronJob", "report")["spec"]["suspend"], true);
    place.phase_becomes("Active");
}

#[test]
#[ignore = "needs a cluster"]
fn a_dry_run_prints_the_plan_and_changes_nothing() {
    let place = shop("dryrun");
    let before = place.get("apps/v1", "Deployment", "web")["metadata"]["resourceVersion"].clone();
    let plans = place.kennel(&["stop", "test/dryrun", "--dry-run", "-o", "json"]).ends(0).json();
    assert_eq!(plans.len(), 1);
    assert_eq!(plans[0]["operation"], "stop");
    assert_eq!(plans[0]["steps"].as_array().unwrap().len(), 4, "{:#}", plans[0]);
    assert_eq!(place.get("apps/v1", "Deployment", "web")["metadata"]["resourceVersion"], before);
}

#[test]
#[ignore = "needs a cluster"]
fn one_service_is_stopped_alone() {
    let place = shop("single");
    place.kennel(&["stop", "test/single", "worker", "--yes"]).ends(0);
    assert_eq!(place.replicas("Deployment", "worker"), 0);
    assert_eq!(place.replicas("Deployment", "web"), 3);
    let environment = place.environment();
    assert!(
        ["Partially Stopped", "Partially Active"].contains(&environment["status"].as_str().unwrap()),
        "{environment:#}"
    );
}

#[test]
#[ignore = "needs a cluster"]
fn a_user_of_the_edit_role_in_one_namespace_can_stop_and_start_it() {
    let place = shop("edit");
    place.bind("ed", "edit");
    let ns = place.namespace.clone();
    place.kennel(&["--as", "ed", "-n", &ns, "stop", "--yes"]).ends(0);
    assert_eq!(place.replicas("Deployment", "web"), 0);
    place.kennel(&["--as", "ed", "-n", &ns, "start", "--yes"]).ends(0);
    assert_eq!(place.replicas("Deployment", "web"), 3);
}

#[test]
#[ignore = "needs a cluster"]
fn a_user_of_the_view_role_is_refused_with_the_reason_and_nothing_changes() {
    let place = shop("view");
    place.bind("vi", "view");
    let ns = place.namespace.clone();
    let before = place.count("v1", "ConfigMap");
    let look = place.kennel(&["--as", "vi", "-n", &ns, "stop", "--dry-run"]).ends(4).stdout;
    assert!(look.contains("Deployment web") && look.contains("refused: ") && look.contains("patch"), "{look}");
    let ran = place.kennel(&["--as", "vi", "-n", &ns, "stop", "--yes"]).ends(4);
    assert!(ran.stderr.contains("patch"), "{}", ran.stderr);
    assert_eq!(place.replicas("Deployment", "web"), 3);
    assert_eq!(place.count("v1", "ConfigMap"), before, "no journal is left");
    let services = place.kennel(&["--as", "vi", "-n", &ns, "get", "services", "-o", "json"]).ends(0).json();
    assert!(services.iter().any(|s| s["name"] == "web"), "what one may read is still shown");
}

#[test]
#[ignore = "needs a cluster"]
fn read_only_changes_nothing_even_when_asked() {
    let place = shop("readonly");
    place.kennel(&["--readonly", "stop", "test/readonly", "--yes"]).ends(4);
    assert_eq!(place.replicas("Deployment", "web"), 3);
}

/// Enough services that a stop takes a while.
fn crowd(name: &str) -> Place {
    let place = Place::new(name);
    for n in 0..30 {
        place.deployment(&format!("s{n:02}"), 1 + n % 3);
    }
    place.phase_becomes("Active");
    place
}

fn killed_in_the_middle_of_a_stop(place: &Place, name: &str) -> String {
    let mut child = place.spawn(&["stop", &format!("test/{name}"), "--yes"]);
    let stopped = |p: &Place| (0..30).filter(|n| p.replicas("Deployment", &format!("s{n:02}")) == 0).count();
    place.until("a service stopped", |p| stopped(p) > 0);
    child.kill().unwrap();
    child.wait().unwrap();
    let operations = place.kennel(&["operations", &format!("test/{name}"), "-o", "json"]).ends(0).json();
    let operation = operations.iter().find(|o| o["namespace"] == *place.namespace).expect("a journal");
    assert_eq!(operation["status"], "interrupted", "{operation:#}");
    operation["id"].as_str().unwrap().to_owned()
}

#[test]
#[ignore = "needs a cluster"]
fn after_kill_9_in_the_middle_of_a_stop_a_resume_ends_it_and_no_count_is_lost() {
    let place = crowd("resume");
    let id = killed_in_the_middle_of_a_stop(&place, "resume");
    place.kennel(&["operations", "test/resume", "--resume", &id, "--yes"]).ends(0);
    assert!((0..30).all(|n| place.replicas("Deployment", &format!("s{n:02}")) == 0));
    place.kennel(&["start", "test/resume", "--yes"]).ends(0);
    for n in 0..30 {
        assert_eq!(place.replicas("Deployment", &format!("s{n:02}")), 1 + n % 3, "s{n:02}");
    }
}

#[test]
#[ignore = "needs a cluster"]
fn after_kill_9_in_the_middle_of_a_stop_an_undo_brings_every_count_back() {
    let place = crowd("undo");
    let id = killed_in_the_middle_of_a_stop(&place, "undo");
    place.kennel(&["operations", "test/undo", "--undo", &id, "--yes"]).ends(0);
    for n in 0..30 {
        let object = place.get("apps/v1", "Deployment", &format!("s{n:02}"));
        assert_eq!(object["spec"]["replicas"], 1 + n % 3, "s{n:02}");
        assert!(object["metadata"]["annotations"]["kennel.dev/replicas"].is_null(), "no memory is left behind");
    }
}

#[test]
#[ignore = "needs a cluster"]
fn a_namespace_that_a_finalizer_holds_is_shown_as_destroying_with_what_holds_it() {
    let place = Place::new("stuck");
    place.create(json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "held", "finalizers": ["example.com/held"]}}));
    let namespaces = place.api("v1", "Namespace");
    place.runtime.block_on(namespaces.delete(&place.namespace, &DeleteParams::default())).unwrap();
    place.phase_becomes("Destroying");
    place.until("the reason names the finalizer", |p| p.environment().to_string().contains("example.com/held"));
    place.patch("v1", "ConfigMap", "held", &json!({"metadata": {"finalizers": null}}));
}

#[test]
#[ignore = "needs a cluster"]
fn a_kind_that_may_not_be_read_is_named_and_never_shown_as_none() {
    let place = shop("partial");
    place.create(json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "some"},
        "rules": [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list", "watch"]},
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}]}));
    place.bind_to("pat", "Role", "some");
    let ns = place.namespace.clone();
    let list = place.kennel(&["--as", "pat", "get", "environments", "-n", &ns, "-o", "json"]).ends(0).json();
    let environment = list.iter().find(|e| e["id"] == *ns).expect("the environment");
    let reason = environment["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("no access") && reason.contains("daemonsets"), "{environment:#}");
    let services = place.kennel(&["--as", "pat", "get", "services", "-n", &ns]).ends(0);
    assert!(services.stdout.contains("web"), "what may be read is shown: {}", services.stdout);
    let line = format!("no access: pat may not list statefulsets, daemonsets, jobs, cronjobs in {ns}\n");
    assert_eq!(services.stderr, line, "the verb, the kinds and the user");
}
