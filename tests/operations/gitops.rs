//! What Argo CD and Flux say of services, and the phases of environments, on a real API server.

use kennel::domain::Kind;
use serde_json::{Value, json};

use super::commands::{adopt, kennel};
use super::place::{PATIENCE, Place, real, send, shop, workload};

/// A custom resource of that name, with whatever fields.
async fn define(place: &Place, kind: Kind) {
    let info = kind.info();
    let any = json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
    let crd = json!({ "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": { "name": format!("{}.{}", info.resource, info.group) },
        "spec": { "group": info.group, "scope": "Namespaced",
            "names": { "kind": info.name, "plural": info.resource, "singular": info.name.to_lowercase() },
            "versions": [{ "name": info.version, "served": true, "storage": true,
                "schema": { "openAPIV3Schema": { "type": "object", "properties": { "spec": any, "status": any } } } }] } });
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    let status = send(&place.server, "POST", path, Some(&crd)).await.0;
    assert!([201, 409].contains(&status), "{status}");
    let served = async { while send(&place.server, "GET", &kind.path(Some("default")), None).await.0 != 200 {} };
    tokio::time::timeout(PATIENCE, served).await.unwrap();
}

async fn create(place: &Place, kind: Kind, mut object: Value) {
    object["apiVersion"] = kind.api_version().into();
    object["kind"] = kind.info().name.into();
    let (status, answer) = send(&place.server, "POST", &place.path(kind), Some(&object)).await;
    assert_eq!(status, 201, "{answer}");
}

fn service(place: &Place, name: &str) -> Option<Value> {
    let list = kennel(&["get", "services", "-n", &place.namespace, "-o", "json"]).ends(0).json();
    list.as_array().unwrap().iter().find(|s| s["name"] == name).cloned()
}

fn environment(place: &Place) -> Value {
    kennel(&["get", "environments", "-n", &place.namespace, "-o", "json"]).ends(0).json()[0].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn what_an_inventory_declares_and_is_not_there_is_missing() {
    let server = real().await;
    // It lies in one namespace and speaks of another.
    let argocd = Place::new(server.clone(), "argocd", &[]).await;
    let place = Place::new(server, "declared", &[workload("Deployment", "api", 1, "acme/api:1")]).await;
    define(&argocd, Kind::Application).await;
    place.open(place.server.clone()).await;
    let resource = |name: &str| {
        json!({ "group": "apps", "version": "v1", "kind": "Deployment", "name": name,
        "namespace": &*place.namespace, "status": "OutOfSync", "health": { "status": "Missing" } })
    };
    let application = json!({ "metadata": { "name": "shop" },
        "spec": { "destination": { "server": "https://kubernetes.default.svc" }, "source": { "repoURL": "https://git.example.com/shop" } },
        "status": { "resources": [resource("web"), resource("api")] } });
    create(&argocd, Kind::Application, application).await;
    let web = service(&place, "web").unwrap();
    assert_eq!(web["status"], "Missing");
    assert_eq!(web["reason"], "Argo CD application shop declares it, but it is not there");
    let api = service(&place, "api").unwrap();
    assert_eq!(
        (&api["deployedBy"], &api["repository"]),
        (&json!("Argo CD shop"), &json!("https://git.example.com/shop"))
    );
    let e = environment(&place);
    assert_eq!((&e["status"], &e["reason"]), (&json!("Error"), &json!("web is missing")));
    assert_eq!(e["managedBy"], "Argo CD application shop");
    let plan = kennel(&["stop", "-n", &place.namespace, "--dry-run", "-o", "json"]).ends(0).json();
    assert_eq!(plan[0]["warnings"][0], "Argo CD application shop manages this environment: it will undo a stop.");
    assert!(plan[0]["leftAlone"].as_array().unwrap().iter().any(|l| l["object"]["name"] == "web"), "{plan:#}");
    // Somebody who may read neither is told nothing wrong.
    super::bind(&place, "plan-vic", "view").await;
    let seen = kennel(&["get", "services", "-n", &place.namespace, "--as", "plan-vic", "-o", "json"]).ends(0).json();
    assert_eq!(seen.as_array().unwrap().len(), 1, "{seen:#}");
    let (kind, object) = workload("Deployment", "web", 1, "acme/web:1");
    create(&place, kind, object).await;
    place.open(place.server.clone()).await;
    assert_eq!(environment(&place)["status"], "Active");
    place.delete().await;
    argocd.delete().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn a_release_that_flux_could_not_upgrade_is_failed_where_not_all_of_it_serves() {
    let server = real().await;
    let place = Place::new(server, "flux", &[]).await;
    define(&place, Kind::HelmRelease).await;
    let mut web = workload("Deployment", "web", 2, "acme/web:1").1;
    web["metadata"]["labels"] =
        json!({ "helm.toolkit.fluxcd.io/name": "shop", "helm.toolkit.fluxcd.io/namespace": &*place.namespace });
    create(&place, Kind::Deployment, web).await;
    let failed = json!({ "type": "Ready", "status": "False", "reason": "UpgradeFailed", "message": "timed out", "lastTransitionTime": "2026-01-01T00:00:00Z" });
    create(
        &place,
        Kind::HelmRelease,
        json!({ "metadata": { "name": "shop" }, "spec": {}, "status": { "conditions": [failed] } }),
    )
    .await;
    place.open(place.server.clone()).await;
    let s = service(&place, "web").unwrap();
    assert_eq!(s["status"], "Running", "all of it serves, unproven");
    assert!(s["secondary"].as_str().unwrap().starts_with("release shop failed "), "{s:#}");
    let e = environment(&place);
    assert_eq!((&e["status"], &e["reason"]), (&json!("Error"), &json!("release shop failed, all 1 serve")));
    // One of two that finds no node: not all of it serves.
    let nowhere = json!({ "spec": { "template": { "spec": { "nodeSelector": { "disk": "none" } } } } });
    place.patch(Kind::Deployment, "web", nowhere).await;
    let becomes = async {
        while service(&place, "web").unwrap()["status"] != "Release Failed" {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(PATIENCE, becomes).await.unwrap();
    assert_eq!(environment(&place)["reason"], "release shop failed");
    place.delete().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a cluster"]
async fn five_phases_of_real_environments() {
    let server = real().await;
    let project = format!("ph{}", fastrand::u16(..));
    let mut places = Vec::new();
    for name in ["active", "error", "stopped", "updating", "partial"] {
        let place = Place::new(server.clone(), name, &shop()).await;
        adopt(&place, &project, name).await;
        places.push(place);
    }
    for place in &places {
        place.open(place.server.clone()).await;
    }
    let [_, error, _, updating, _] = places.as_slice() else { unreachable!() };
    // No pod more is allowed: the next one can't be made, and the controller says so.
    let quota = json!({ "metadata": { "name": "pods" }, "spec": { "hard": { "pods": "6" } } });
    create(error, Kind::ResourceQuota, quota).await;
    let counted = async { while error.get(Kind::ResourceQuota, "pods").await["status"]["used"]["pods"] != "6" {} };
    tokio::time::timeout(PATIENCE, counted).await.unwrap();
    error.patch(Kind::Deployment, "web", json!({ "spec": { "replicas": 4 } })).await;
    // A rollout that somebody holds.
    let change = json!({ "spec": { "paused": true, "template": { "metadata": { "labels": { "v": "2" } } } } });
    updating.patch(Kind::Deployment, "web", change).await;
    kennel(&["stop", &format!("{project}/stopped"), "--yes"]).ends(0);
    kennel(&["stop", &format!("{project}/partial"), "api", "nightly", "--yes"]).ends(0);
    let phases = || -> Vec<(String, String)> {
        let list = kennel(&["get", "environments", &project, "-o", "json"]).ends(0).json();
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        list.as_array().unwrap().iter().map(|e| (text(&e["status"]), text(&e["reason"]))).collect()
    };
    let of = |word: &str, reason: &str| (word.to_owned(), reason.to_owned());
    // What their controllers have still to say.
    let settled = async {
        let said = |p: &[(String, String)]| p[1].0 == "Error" && p[4].1 == "web paused, 0 of 2 new";
        while !said(&phases()) {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        }
    };
    tokio::time::timeout(PATIENCE, settled).await.unwrap_or_else(|_| panic!("{:?}", phases()));
    let seen = phases();
    assert_eq!(seen[0], of("Active", ""));
    assert_eq!(seen[1].1, "quota pods: pods 6/6 · web");
    assert_eq!(seen[2], of("Partially Stopped", "1 of 3 stopped"));
    assert_eq!(seen[3].0, "Unavailable");
    assert!(seen[3].1.starts_with("stopped ") && seen[3].1.ends_with(" by admin"), "{seen:?}");
    assert_eq!(seen[4], of("Updating", "web paused, 0 of 2 new"));
    for place in places {
        place.delete().await;
    }
}
