//! Kinds that kennel has no rows of: found once, read like any other, judged without where they may not be read.

use kennel::domain::service::Service;

use super::*;

const GROUP: &str = "/apis/postgresql.cnpg.io";
const CLUSTERS: &str = "/apis/postgresql.cnpg.io/v1/clusters";
const OF_SHOP: &str = "/apis/postgresql.cnpg.io/v1/namespaces/shop/clusters";

fn pod_of(api_version: &str, kind: &str, owner: &str) -> Value {
    json!({"metadata": {"name": format!("{owner}-1"), "namespace": "shop", "uid": "p", "resourceVersion": "5",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "ownerReferences": [{"apiVersion": api_version, "kind": kind, "name": owner, "uid": "o", "controller": true}]},
        "spec": {"nodeName": "n", "containers": [{"name": "c", "image": "postgres:17"}]},
        "status": {"phase": "Running", "startTime": "2026-01-01T00:00:00Z",
            "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:10Z"}],
            "containerStatuses": [{"name": "c", "ready": true, "restartCount": 0, "state": {"running": {}}}]}})
}

fn cluster_object(ready: &str) -> Value {
    json!({"metadata": {"name": "pg", "namespace": "shop", "uid": "o", "resourceVersion": "7", "generation": 1},
        "status": {"conditions": [{"type": "Ready", "status": ready, "reason": "Said", "lastTransitionTime": "2026-01-01T00:01:00Z"}]}})
}

/// A server with one pod of a CloudNativePG Cluster, that serves the kind.
fn postgres() -> Fake {
    let fake = shop();
    fake.on(DEPLOYMENTS, [Answer::Json(200, list(vec![]))]);
    fake.on("/api/v1/pods", [Answer::Json(200, list(vec![pod_of("postgresql.cnpg.io/v1", "Cluster", "pg")]))]);
    fake.on(
        GROUP,
        [Answer::Json(200, json!({"versions": [{"version": "v1"}], "preferredVersion": {"version": "v1"}}))],
    );
    let parts = json!([{"name": "clusters/status", "kind": "Cluster", "namespaced": true},
        {"name": "clusters", "kind": "Cluster", "namespaced": true}, {"name": "backups", "kind": "Backup", "namespaced": true}]);
    fake.on(&format!("{GROUP}/v1"), [Answer::Json(200, json!({"resources": parts}))]);
    fake.on(CLUSTERS, [Answer::Json(200, list(vec![cluster_object("False")]))]);
    fake
}

fn pg(s: &Snapshot) -> Option<Arc<Service>> {
    s.namespace("shop")?.services.iter().find(|s| s.object.name == "pg").cloned()
}

fn line(s: &Snapshot) -> String {
    pg(s).map(|s| format!("{} · {}", s.status.word(), s.reason.as_deref().unwrap_or_default())).unwrap_or_default()
}

#[tokio::test]
async fn an_unknown_kind_is_found_once_listed_once_and_watched() {
    let fake = postgres();
    let good = Answer::Lines(vec![event("MODIFIED", &cluster_object("True"))]);
    fake.on(
        &format!("watch {CLUSTERS}"),
        [Answer::LinesEnd(vec![event("BOOKMARK", &json!({"metadata": {"resourceVersion": "9"}}))]), good],
    );
    let handle = fake.open();
    // Who asks once gets the same answer as who watches.
    let s = handle.settled(&[Kind::Namespace, Kind::Deployment, Kind::Pod], LIMIT).await.unwrap();
    assert!(line(&s).starts_with("Degraded · not ready for "), "{}", line(&s));
    assert!(line(&s).ends_with(": Said"), "{}", line(&s));
    until(&handle, "what it says now", |s| line(s) == "Healthy · ").await;
    assert_eq!(fake.asked(&format!("GET {GROUP}?")), 1);
    assert_eq!(fake.asked(&format!("GET {GROUP}/v1?")), 1);
    assert_eq!(fake.asked(&format!("{CLUSTERS}?limit")), 1);
    assert_eq!(fake.asked(&format!("{CLUSTERS}?watch=true")), 2);
    assert_eq!(fake.asked("resourceVersion=9&timeoutSeconds"), 1, "it went on from the bookmark");
    assert!(handle.warnings().is_empty());
}

#[tokio::test]
async fn an_unknown_kind_that_may_be_read_in_a_namespace_only_is_read_there() {
    let fake = postgres();
    fake.on(CLUSTERS, [status(403, "Forbidden", "clusters is forbidden")]);
    fake.on("/apis/apps/v1/statefulsets", [status(403, "Forbidden", "statefulsets is forbidden")]);
    fake.on(OF_SHOP, [Answer::Json(200, list(vec![cluster_object("True")]))]);
    let handle = fake.open();
    until(&handle, "its own word", |s| line(s) == "Healthy · ").await;
    assert_eq!(pg(&handle.snapshot()).unwrap().secondary, None);
    assert_eq!(fake.asked(&format!("{OF_SHOP}?limit")), 1);
}

#[tokio::test]
async fn an_unknown_kind_that_may_not_be_read_is_judged_by_its_pods_and_says_so() {
    let fake = postgres();
    fake.on(CLUSTERS, [status(403, "Forbidden", "clusters is forbidden")]);
    fake.on(OF_SHOP, [status(403, "Forbidden", "clusters is forbidden")]);
    let handle = fake.open();
    let s = handle.settled(&[Kind::Pod], LIMIT).await.unwrap();
    let pg = pg(&s).unwrap();
    assert_eq!((pg.status.word(), pg.provisional), ("Running", false));
    assert_eq!(pg.secondary.as_deref(), Some("judged by its pods alone: no access to Cluster objects"));
    assert_eq!(fake.asked(&format!("GET {CLUSTERS}")), 1, "it is not asked for again and again");
}

#[tokio::test]
async fn an_api_of_an_unknown_kind_that_is_broken_or_gone_holds_nothing_up() {
    let fake = postgres();
    fake.on(GROUP, [status(503, "ServiceUnavailable", "the server is currently unable to handle the request")]);
    let handle = fake.open();
    let s = handle.settled(&[Kind::Pod], LIMIT).await.unwrap();
    assert_eq!(line(&s), "Running · ");
    let said = pg(&s).unwrap().secondary.clone().unwrap();
    assert!(said.starts_with("judged by its pods alone: the server is currently unable"), "{said}");
    let fake = postgres();
    fake.on(GROUP, [Answer::Text(404, "text/plain", "404 page not found".into())]);
    let s = fake.open().settled(&[Kind::Pod], LIMIT).await.unwrap();
    assert_eq!((line(&s).as_str(), pg(&s).unwrap().secondary.clone()), ("Running · ", None));
}

#[tokio::test]
async fn of_very_many_unknown_kinds_a_dozen_are_read_and_the_others_are_judged_by_their_pods() {
    let fake = shop();
    fake.on(DEPLOYMENTS, [Answer::Json(200, list(vec![]))]);
    let pods = (0..15).map(|n| pod_of(&format!("g{n:02}.example.com/v1"), "Thing", &format!("t{n:02}")));
    fake.on("/api/v1/pods", [Answer::Json(200, list(pods.collect()))]);
    let handle = fake.open();
    let s = handle.settled(&[Kind::Pod], LIMIT).await.unwrap();
    let all = &s.namespace("shop").unwrap().services;
    let told = all.iter().filter(|s| s.secondary.as_deref().is_some_and(|w| w.contains("reads 12 such kinds at most")));
    assert_eq!((all.len(), told.count()), (15, 3));
    assert_eq!(fake.asked("example.com?"), 12);
}

#[tokio::test]
async fn a_repository_is_the_url_of_the_flux_source_and_sources_are_read_only_where_one_is_referred_to() {
    let fake = shop();
    let inventory = json!({"entries": [{"id": "shop_web_apps_Deployment", "v": "v1"}]});
    let row = json!({"metadata": {"name": "apps", "namespace": "flux-system"},
        "spec": {"sourceRef": {"kind": "GitRepository", "name": "shop"}}, "status": {"inventory": inventory}});
    fake.on("/apis/kustomize.toolkit.fluxcd.io/v1/kustomizations", [Answer::Json(200, list(vec![row]))]);
    let group = "/apis/source.toolkit.fluxcd.io";
    fake.on(group, [Answer::Json(200, json!({"versions": [{"version": "v1"}, {"version": "v1beta2"}]}))]);
    let served = json!([{"name": "gitrepositories", "kind": "GitRepository", "namespaced": true}]);
    fake.on(&format!("{group}/v1"), [Answer::Json(200, json!({"resources": served}))]);
    let git = json!({"metadata": {"name": "shop", "namespace": "flux-system"}, "spec": {"url": "https://git.example.com/shop"}});
    fake.on(&format!("{group}/v1/gitrepositories"), [Answer::Json(200, list(vec![git]))]);
    let handle = fake.open();
    let of = |s: &Snapshot| {
        let web = s.namespace("shop")?.services.iter().find(|s| s.object.name == "web").cloned()?;
        web.repository.as_ref().map(ToString::to_string)
    };
    until(&handle, "the URL", |s| of(s).as_deref() == Some("https://git.example.com/shop")).await;
    assert_eq!(fake.asked("ocirepositories") + fake.asked("helmrepositories"), 0);
}

#[tokio::test]
async fn an_unknown_kind_of_the_embedded_cluster_is_judged_by_what_its_operator_writes() {
    let api = embedded();
    let mut object = cluster_object("False");
    object["apiVersion"] = json!("postgresql.cnpg.io/v1");
    object["kind"] = json!("Cluster");
    object["metadata"] = json!({"name": "pg", "namespace": "shop"});
    api.store().with(|s| s.put(object).map(drop).unwrap());
    let mut pod = pod_of("postgresql.cnpg.io/v1", "Cluster", "pg");
    pod["apiVersion"] = json!("v1");
    pod["kind"] = json!("Pod");
    pod["metadata"].as_object_mut().unwrap().retain(|key, _| !["uid", "resourceVersion"].contains(&key.as_str()));
    api.store().with(|s| s.put(pod).map(drop).unwrap());
    let handle = open_embedded(&api);
    let s = handle.settled(&[Kind::Namespace, Kind::Pod], LIMIT).await.unwrap();
    assert!(line(&s).starts_with("Degraded · not ready for "), "{}", line(&s));
    let wire = handle.wire().unwrap();
    let good = json!({"status": {"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-02T00:00:00Z"}]}});
    wire.patch(&format!("{OF_SHOP}/pg/status"), cluster::wire::MERGE_PATCH, good.to_string()).await.unwrap();
    until(&handle, "the operator's word", |s| line(s) == "Healthy · ").await;
    wire.delete(&format!("{OF_SHOP}/pg"), "").await.unwrap();
    until(&handle, "its pods alone", |s| line(s) == "Running · " || line(s).is_empty()).await;
}
