//! Kinds that kennel has no rows of, on a real API server: a custom resource that owns pods.

use kennel::domain::Kind;

use super::noted::Noted;
use super::*;

const GROUP: &str = "watch.kennel.example.com";

/// A kind `Engine`, which nobody else defines, and one of it that owns a pod.
fn engine(name: &str) -> Place {
    let place = Place::new(name);
    let any = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let group = format!("{name}.{GROUP}");
    place.create(json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("engines.{group}")},
        "spec": {"group": group, "scope": "Namespaced", "names": {"plural": "engines", "singular": "engine", "kind": "Engine"},
            "versions": [{"name": "v1beta1", "served": true, "storage": true, "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": any, "status": any}}}}]}}));
    let version = format!("{group}/v1beta1");
    let engines = place.api(&version, "Engine");
    place.until("the kind is served", |p| p.runtime.block_on(engines.list(&Default::default())).is_ok());
    place.create(json!({"apiVersion": version, "kind": "Engine", "metadata": {"name": "diesel"}}));
    let uid = place.get(&version, "Engine", "diesel")["metadata"]["uid"].clone();
    place.create(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "diesel-0", "labels": {"app": "diesel"},
            "ownerReferences": [{"apiVersion": version, "kind": "Engine", "name": "diesel", "uid": uid, "controller": true}]},
        "spec": {"containers": [{"name": "main", "image": "acme/diesel:1"}]}}));
    place
}

impl Place {
    fn says(&self, name: &str, status: &str, since: &str) {
        let engines = self.api(&format!("{name}.{GROUP}/v1beta1"), "Engine");
        let condition = json!({"type": "Ready", "status": status, "reason": "Said", "lastTransitionTime": since});
        let (how, patch) = (PatchParams::default(), Patch::Merge(json!({"status": {"conditions": [condition]}})));
        self.runtime.block_on(engines.patch_subresource("status", "diesel", &how, &patch)).unwrap();
    }

    fn line(&self, s: &Snapshot) -> String {
        let services = self.of(s).map(|e| e.services.iter());
        let lines = services.into_iter().flatten().map(|s| {
            let more = [&s.reason, &s.secondary].into_iter().flatten().map(|m| format!(" · {m}")).collect::<String>();
            format!("{} {}{more}", s.object.short(), s.status.word())
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

#[test]
#[ignore = "needs a cluster"]
fn an_unknown_kind_is_judged_by_its_own_condition_kept_fresh_by_one_watch() {
    let place = engine("unknown");
    let noted = Noted::new(place.client.clone());
    let handle = {
        let _inside = place.runtime.enter();
        cluster::open(noted.source(), Options::default())
    };
    place.shows(&handle, "its pod alone", |s| place.line(s) == "engine/diesel Running");
    place.says("unknown", "False", "2026-01-01T00:00:00Z");
    place.shows(&handle, "that it is not ready", |s| {
        place.line(s).starts_with("engine/diesel Degraded · not ready for ")
    });
    // Who asks once is told the same.
    let said = place.kennel(&["get", "services", "-n", &place.namespace]).ends(0).stdout;
    assert!(said.contains("Degraded") && said.contains("not ready for"), "{said}");
    assert_eq!(place.environment()["status"], "Error");
    place.says("unknown", "True", "2026-01-02T00:00:00Z");
    place.shows(&handle, "that it is ready", |s| place.line(s) == "engine/diesel Healthy");
    let engines = format!("/apis/unknown.{GROUP}/v1beta1/engines");
    assert_eq!(noted.lists(&engines), [200], "listed once, then watched");
    assert_eq!(noted.statuses(|p| p.starts_with(&format!("GET {engines}?watch=true"))).len(), 1);
    assert_eq!(noted.statuses(|p| p == format!("GET /apis/unknown.{GROUP}")), [200], "found once");
}

#[test]
#[ignore = "needs a cluster"]
fn an_unknown_kind_that_may_not_be_read_is_judged_by_its_pods_and_that_is_said() {
    let place = engine("hidden");
    place.says("hidden", "False", "2026-01-01T00:00:00Z");
    // The built-in role reads pods, and no custom resources.
    place.bind("hilde", "view");
    let read = || {
        let ran = place.kennel(&["--as", "hilde", "-n", &place.namespace, "get", "services", "-o", "json"]).ends(0);
        let service = ran.json().remove(0);
        (service["status"].clone(), service["secondary"].clone())
    };
    assert_eq!(read(), (json!("Running"), json!("judged by its pods alone: no access to Engine objects")));
    let options = Options {
        as_user: Some("hilde".to_owned()),
        namespaces: vec![place.namespace.as_str().into()],
        ..place.options()
    };
    let handle = place.open(options);
    place.shows(&handle, "its pods alone", |s| place.line(s).contains("no access to Engine objects"));
    // A right that is given shows within a minute, by itself.
    let group = format!("hidden.{GROUP}");
    place.create(json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
        "metadata": {"name": "engines", "namespace": place.namespace},
        "rules": [{"apiGroups": [group], "resources": ["engines"], "verbs": ["get", "list", "watch"]}]}));
    place.bind_to("hilde", "Role", "engines");
    place.shows(&handle, "its own word", |s| place.line(s).starts_with("engine/diesel Degraded · not ready for "));
    assert_eq!(read(), (json!("Degraded"), Value::Null));
    let s = handle.snapshot();
    assert_eq!(*s.state_in(Kind::Pod, Some(&s.id(&*place.namespace))), kennel::domain::data::DataState::Live);
}
