//! `kennel stop` and `kennel start` on a real cluster: exit codes, confirmation, whole projects, what fails in part.

use std::path::Path;
use std::process::Command;

use kennel::domain::Kind;
use serde_json::{Value, json};

use super::place::{Place, real, send, shop, workload};

/// What a run of kennel gave.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap()
    }
}

/// kennel on the real cluster, with nothing of what the developer's shell brings along; what it keeps is in `home`.
pub fn command(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kennel"));
    command.args(args).stdin(std::process::Stdio::null()).env_clear().env("LANG", "C.UTF-8");
    for (name, folder) in [("HOME", "home"), ("XDG_STATE_HOME", "state"), ("XDG_CONFIG_HOME", "config")] {
        command.env(name, home.join(folder));
    }
    command
}

pub fn kennel(args: &[&str]) -> Ran {
    let home = tempfile::tempdir().unwrap();
    let mut command = command(home.path(), args);
    let output = command.arg("--kubeconfig").arg(std::env::var_os("KENNEL_TEST_KUBECONFIG").unwrap()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// Makes a namespace an environment of a project.
pub async fn adopt(place: &Place, project: &str, name: &str) {
    let path = format!("/api/v1/namespaces/{}", place.namespace);
    let patch = json!({ "metadata": { "labels": { "kennel.dev/project": project }, "annotations": { "kennel.dev/environment": name } } });
    assert_eq!(send(&place.server, "PATCH", &path, Some(&patch)).await.0, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn three_of_ten_that_admission_refuses_are_3_and_only_these_are_tried_again() {
    let names: Vec<String> = (0..10).map(|n| format!("app{n}")).collect();
    let objects: Vec<_> = names.iter().map(|n| workload("Deployment", n, 1, "acme/app:1")).collect();
    let place = Place::new(real().await, "policy", &objects).await;
    let ns: &str = &place.namespace;
    place.open(place.server.clone()).await;
    let group = "/apis/admissionregistration.k8s.io/v1";
    let policy = json!({ "metadata": { "name": ns }, "spec": {
        "matchConstraints": { "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": ns } },
            "resourceRules": [{ "apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["deployments"] }] },
        "validations": [{ "expression": "!(object.metadata.name in ['app2', 'app5', 'app7']) || object.spec.replicas > 0",
            "message": "it must not go to zero" }] } });
    let binding = json!({ "metadata": { "name": ns }, "spec": { "policyName": ns, "validationActions": ["Deny"] } });
    for (plural, object) in [("validatingadmissionpolicies", &policy), ("validatingadmissionpolicybindings", &binding)]
    {
        assert_eq!(send(&place.server, "POST", &format!("{group}/{plural}"), Some(object)).await.0, 201);
    }
    // The server takes a policy up a moment after it was made.
    let refused = async || {
        let path = format!("{}/app5?dryRun=All", place.path(Kind::Deployment));
        send(&place.server, "PATCH", &path, Some(&json!({ "spec": { "replicas": 0 } }))).await.0 == 422
    };
    while !refused().await {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let ran = kennel(&["stop", "-n", ns, "--yes", "-o", "json"]).ends(3);
    let result = &ran.json()[0];
    assert_eq!(result["status"], "partly", "{result:#}");
    let of = |word: &str| -> Vec<String> {
        let steps = result["steps"].as_array().unwrap().iter().filter(|s| s["result"] == word);
        steps.map(|s| s["object"]["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((of("failed"), of("done").len()), (vec!["app2".into(), "app5".into(), "app7".into()], 7));
    let why = result["steps"].as_array().unwrap().iter().find_map(|s| s["why"].as_str()).unwrap();
    assert!(why.contains("it must not go to zero"), "{why}");

    for plural in ["validatingadmissionpolicybindings", "validatingadmissionpolicies"] {
        send(&place.server, "DELETE", &format!("{group}/{plural}/{ns}"), None).await;
    }
    while refused().await {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let version = async |name: &str| place.get(Kind::Deployment, name).await["metadata"]["generation"].clone();
    let before = version("app0").await;
    let id = result["id"].as_str().unwrap();
    let ran = kennel(&["operations", "-n", ns, "--resume", id, "--yes", "-o", "json"]).ends(0);
    assert_eq!(ran.json()[0]["status"], "done");
    assert_eq!(version("app0").await, before, "what was done is not done again");
    for name in ["app2", "app5", "app7"] {
        let counts = &place.counts().await[&format!("Deployment {name}")];
        assert_eq!((&counts[0], &counts[3]["kennel.dev/replicas"]), (&json!(0), &json!("1")));
    }
    place.delete().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn a_whole_project_is_stopped_and_production_wants_its_name() {
    let server = real().await;
    let project = format!("proj{}", fastrand::u16(..));
    let qa = Place::new(server.clone(), "qa", &[workload("Deployment", "web", 2, "acme/web:1")]).await;
    let live = Place::new(server, "two", &[workload("Deployment", "web", 3, "acme/web:1")]).await;
    adopt(&qa, &project, "qa").await;
    adopt(&live, &project, "prod").await;
    let counts = async || {
        let of = async |p: &Place| p.counts().await["Deployment web"][0].as_u64().unwrap();
        (of(&qa).await, of(&live).await)
    };
    let said = kennel(&["stop", &project, "--yes"]).ends(4).err;
    assert!(said.contains("--confirm prod"), "{said}");
    kennel(&["stop", &project, "--yes", "--confirm", "qa"]).ends(4);
    assert_eq!(counts().await, (2, 3), "a refusal changes nothing, not even elsewhere");
    let ran = kennel(&["stop", &project, "--confirm", "prod", "-o", "json"]).ends(0);
    assert_eq!(ran.json().as_array().unwrap().len(), 2, "one result per environment");
    assert_eq!(counts().await, (0, 0));
    let listed = kennel(&["get", "environments", &project, "-o", "json"]).ends(0).json();
    assert!(listed.as_array().unwrap().iter().all(|e| e["status"] == "Unavailable"), "{listed:#}");
    kennel(&["start", &project, "--yes"]).ends(0);
    assert_eq!(counts().await, (2, 3), "a start asks for no name");
    qa.delete().await;
    live.delete().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn exit_codes_are_the_contracts() {
    let place = Place::new(real().await, "codes", &shop()).await;
    place.open(place.server.clone()).await;
    let ns: &str = &place.namespace;
    kennel(&["get", "services", "-n", ns]).ends(0);
    kennel(&["stop", "-n", ns, "--dry-run"]).ends(0);
    let said = kennel(&["stop", "-n", ns, "wbe", "--yes"]).ends(1).err;
    assert!(said.contains("web"), "the nearest names are named: {said}");
    kennel(&["stop", "-n", ns, "--yess"]).ends(2);
    kennel(&["stop", "-n", ns]).ends(4);
    kennel(&["--readonly", "stop", "-n", ns, "--yes"]).ends(4);
    let pods = send(&place.server, "GET", &place.path(Kind::Pod), None).await.1;
    let held = pods["items"][0]["metadata"]["name"].as_str().unwrap().to_owned();
    place.patch(Kind::Pod, &held, json!({ "metadata": { "finalizers": ["example.com/held"] } })).await;
    let ran = kennel(&["stop", "-n", ns, "--yes", "--timeout", "3s", "-o", "json"]).ends(5);
    assert_eq!(ran.json()[0]["status"], "timed out");
    let journal = kennel(&["operations", "-n", ns, "-o", "json"]).ends(0).json();
    assert_eq!((&journal[0]["status"], &journal[0]["verb"]), (&json!("failed"), &json!("stop")), "the journal is kept");
    place.patch(Kind::Pod, &held, json!({ "metadata": { "finalizers": null } })).await;
    let id = journal[0]["id"].as_str().unwrap();
    kennel(&["operations", "-n", ns, "--resume", id, "--yes"]).ends(0);
    let home = tempfile::tempdir().unwrap();
    let output = command(home.path(), &["--server", "http://127.0.0.1:1", "get", "projects"]).output().unwrap();
    assert_eq!(output.status.code(), Some(6));
    place.delete().await;
}
