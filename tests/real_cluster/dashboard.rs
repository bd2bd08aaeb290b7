//! The dashboard on a real API server, in a terminal, by its keys.

use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use crate::pty::{Terminal, kennel};
use crate::{Place, workload};

/// Three Deployments, a StatefulSet and a CronJob, all of them up.
fn village(name: &str) -> Place {
    let place = Place::new(name);
    for (name, replicas) in [("web", 3), ("api", 2), ("worker", 1)] {
        place.deployment(name, replicas);
    }
    let mut datasource = workload("StatefulSet", "orders-db", 2);
    datasource["spec"]["template"]["spec"]["containers"][0]["image"] = "postgres:17.2".into();
    place.create(datasource);
    place.create(json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "report"},
        "spec": {"schedule": "0 3 29 2 *", "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "Never",
            "containers": [{"name": "report", "image": "acme/report:1.0"}]}}}}}}));
    place.phase_becomes("Active");
    place
}

/// What must come back.
fn counts(place: &Place) -> Vec<Value> {
    let spec = |kind: &str, name: &str| place.get("apps/v1", kind, name)["spec"]["replicas"].clone();
    vec![
        spec("Deployment", "web"),
        spec("Deployment", "api"),
        spec("Deployment", "worker"),
        spec("StatefulSet", "orders-db"),
        place.get("batch/v1", "CronJob", "report")["spec"]["suspend"].clone(),
    ]
}

/// A dashboard on the whole cluster, with the cursor on the environment.
fn dashboard(place: &Place, name: &str) -> Terminal {
    let mut t = Terminal::start(kennel(&["--kubeconfig", &place.kubeconfig]), 160, 46);
    t.wait_for("● live");
    t.press(&format!("2/^test.{name}$\r"));
    t.wait_row(&format!("test/{name}"), "");
    t
}

fn confirm(t: &mut Terminal, title: &str) {
    t.press("S");
    t.wait_for(title);
    t.wait_for("patch statefulsets ✓");
    t.wait("everything in the dialog", |s| !s.contains("Not everything has arrived"));
    t.press("\t\r");
}

/// Holds every pod of a service on its way out, or lets it go.
fn hold(place: &Place, app: &str, held: bool) {
    let pods = place.api("v1", "Pod");
    let finalizers = if held { json!(["kennel.dev/test"]) } else { Value::Null };
    let patch = Patch::Merge(json!({"metadata": {"finalizers": finalizers}}));
    let list =
        place.runtime.block_on(pods.list(&kube::api::ListParams::default().labels(&format!("app={app}")))).unwrap();
    for pod in list.items {
        place.runtime.block_on(pods.patch(&pod.metadata.name.unwrap(), &PatchParams::default(), &patch)).unwrap();
    }
}

#[test]
#[ignore = "needs a cluster"]
fn an_environment_is_stopped_and_started_by_the_keys() {
    let place = village("keys");
    let before = counts(&place);
    let mut t = dashboard(&place, "keys");
    t.wait_row("test/keys", "Active");
    confirm(&mut t, "Stop test/keys");
    t.wait_row("test/keys", "Unavailable");
    assert_eq!(place.count("v1", "Pod"), 0, "gone, terminating ones too");
    assert_eq!(place.environment()["status"], "Unavailable");
    confirm(&mut t, "Start test/keys");
    t.wait_row("test/keys", "Active");
    place.phase_becomes("Active");
    assert_eq!(counts(&place), before);
    t.press("q");
    t.wait_for("Quit kennel?");
    t.press("q");
    assert_eq!(t.ended().exit_code(), 0);
    t.assert_restored();
}

#[test]
#[ignore = "needs a cluster"]
fn a_stop_killed_in_the_dashboard_is_resumed_in_the_next_one() {
    let place = village("nine");
    let before = counts(&place);
    hold(&place, "web", true);
    let mut t = dashboard(&place, "nine");
    t.wait_row("test/nine", "Active");
    confirm(&mut t, "Stop test/nine");
    // The applications are sent, and the datasource waits for pods that are held.
    t.wait_row("test/nine", "4 of 5 sent");
    t.signal("KILL");
    t.ended();
    hold(&place, "web", false);
    assert_eq!(place.environment()["operation"]["status"], "interrupted");
    assert_eq!(place.replicas("StatefulSet", "orders-db"), 2, "not touched yet");

    let mut t = dashboard(&place, "nine");
    t.wait_row("test/nine", "stop interrupted");
    t.press("\r");
    t.wait_for("Interrupted: stop of test/nine");
    t.press("\t\r");
    t.wait_row("test/nine", "Unavailable");
    assert_eq!(place.count("v1", "Pod"), 0);
    confirm(&mut t, "Start test/nine");
    t.wait_row("test/nine", "Active");
    assert_eq!(counts(&place), before);
    t.signal("TERM");
    assert_eq!(t.ended().exit_code(), 0);
    t.assert_restored();
}
