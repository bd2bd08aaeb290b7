//! The embedded API server, held to the API's documentation and to what kube-apiserver 1.36.3 answered to
//! the same requests. Each test names the page its rule is from.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use http_body_util::BodyExt;
use jiff::SignedDuration;
use kennel::sim::api::fault::{Fault, Trouble};
use kennel::sim::api::{Api, Body};
use kennel::sim::clock::Clock;
use kennel::sim::store::{SharedStore, Store};
use serde_json::{Value, json};
use tower::ServiceExt;

const MERGE: &str = "application/merge-patch+json";
const JSON_PATCH: &str = "application/json-patch+json";

fn api() -> Api {
    let clock = Clock::manual("2026-11-21T10:00:00Z".parse().unwrap());
    let api = Api::new(SharedStore::new(Store::new(clock, 1)));
    api.store().with(|s| {
        s.put(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}})).unwrap();
    });
    api
}

struct Answer {
    code: u16,
    headers: http::HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    fn lines(&self) -> Vec<Value> {
        self.text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
    }
}

async fn send(api: &Api, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> http::Response<Body> {
    let mut request = http::Request::builder().method(method).uri(path).header("user-agent", "probe/1");
    for (k, v) in headers {
        request = request.header(*k, *v);
    }
    let body = http_body_util::Full::new(bytes::Bytes::from(body.to_owned()));
    api.clone().oneshot(request.body(body).unwrap()).await.unwrap()
}

async fn ask(api: &Api, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let (head, body) = send(api, method, path, headers, body).await.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer { code: head.status.as_u16(), headers: head.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
}

async fn get(api: &Api, path: &str) -> Answer {
    ask(api, "GET", path, &[], "").await
}

async fn post(api: &Api, path: &str, body: &Value) -> Answer {
    ask(api, "POST", path, &[("content-type", "application/json")], &body.to_string()).await
}

async fn put(api: &Api, path: &str, body: &Value) -> Answer {
    ask(api, "PUT", path, &[("content-type", "application/json")], &body.to_string()).await
}

async fn patch(api: &Api, path: &str, content_type: &str, body: &Value) -> Answer {
    ask(api, "PATCH", path, &[("content-type", content_type)], &body.to_string()).await
}

async fn delete(api: &Api, path: &str, body: &str) -> Answer {
    ask(api, "DELETE", path, &[("content-type", "application/json")], body).await
}

const MAPS: &str = "/api/v1/namespaces/a/configmaps";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/a/deployments";

async fn maps(api: &Api, names: &[&str]) {
    for name in names {
        let made = post(api, MAPS, &json!({"metadata": {"name": name, "labels": {"n": name}}})).await;
        assert_eq!(made.code, 201, "{}", made.text);
    }
}

fn deployment(name: &str) -> Value {
    json!({"metadata": {"name": name}, "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {
        "metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}}})
}

fn names(list: &Value) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(|i| i["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

// https://kubernetes.io/docs/reference/using-api/api-concepts/#standard-api-terminology
#[tokio::test]
async fn an_object_is_created_read_changed_and_deleted() {
    let api = api();
    let made = post(&api, DEPLOYMENTS, &deployment("d")).await.json();
    assert_eq!((made["kind"].as_str(), made["apiVersion"].as_str()), (Some("Deployment"), Some("apps/v1")));
    assert_eq!(made["spec"]["replicas"], 1);
    assert_eq!(made["metadata"]["generation"], 1);
    assert_eq!(made["metadata"]["creationTimestamp"], "2026-11-21T10:00:00Z");
    let path = format!("{DEPLOYMENTS}/d");
    assert_eq!(get(&api, &path).await.json(), made);
    let changed = patch(&api, &path, MERGE, &json!({"spec": {"replicas": 3}})).await.json();
    assert_eq!((&changed["spec"]["replicas"], &changed["metadata"]["generation"]), (&json!(3), &json!(2)));
    let gone = delete(&api, &path, "").await;
    assert_eq!(
        gone.json(),
        json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": {
            "name": "d", "group": "apps", "kind": "deployments", "uid": made["metadata"]["uid"]}})
    );
    let missing = get(&api, &path).await;
    assert_eq!((missing.code, missing.json()["message"].as_str()), (404, Some("deployments.apps \"d\" not found")));
}

// https://kubernetes.io/docs/reference/using-api/api-concepts/#generated-values
#[tokio::test]
async fn a_generated_name_begins_with_its_prefix_and_is_free() {
    let api = api();
    let first = post(&api, MAPS, &json!({"metadata": {"generateName": "b-"}})).await.json();
    let second = post(&api, MAPS, &json!({"metadata": {"generateName": "b-"}})).await.json();
    let name = first["metadata"]["name"].as_str().unwrap();
    assert!(name.starts_with("b-") && name.len() == 7, "{name}");
    assert_ne!(first["metadata"]["name"], second["metadata"]["name"]);
}

// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
#[tokio::test]
async fn a_name_that_is_no_rfc_1123_subdomain_is_refused_with_the_rule() {
    let api = api();
    let refused = post(&api, MAPS, &json!({"metadata": {"name": "A_"}})).await;
    let body = refused.json();
    assert_eq!((refused.code, body["reason"].as_str()), (422, Some("Invalid")));
    assert!(body["message"].as_str().unwrap().starts_with(
        "ConfigMap \"A_\" is invalid: metadata.name: Invalid value: \"A_\": a lowercase RFC 1123 subdomain must consist of"
    ));
    assert_eq!(body["details"]["causes"][0]["field"], "metadata.name");
    let nameless = post(&api, MAPS, &json!({"metadata": {}})).await.json();
    assert_eq!(
        nameless["message"],
        "ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required"
    );
}

// https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#selector
#[tokio::test]
async fn a_selector_is_required_matches_the_template_and_is_immutable() {
    let api = api();
    let bare = post(&api, DEPLOYMENTS, &json!({"metadata": {"name": "d"}})).await.json();
    assert_eq!(
        bare["message"],
        "Deployment.apps \"d\" is invalid: [spec.selector: Required value, spec.template.metadata.labels: Invalid \
         value: null: `selector` does not match template `labels`, spec.template.spec.containers: Required value]"
    );
    assert_eq!(post(&api, DEPLOYMENTS, &deployment("d")).await.code, 201);
    let other =
        json!({"spec": {"selector": {"matchLabels": {"a": "y"}}, "template": {"metadata": {"labels": {"a": "y"}}}}});
    let changed = patch(&api, &format!("{DEPLOYMENTS}/d"), MERGE, &other).await;
    assert_eq!(
        (changed.code, changed.json()["message"].as_str()),
        (
            422,
            Some(
                "Deployment.apps \"d\" is invalid: spec.selector: Invalid value: {\"matchLabels\":{\"a\":\"y\"}}: field is immutable"
            )
        )
    );
}

// https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
#[tokio::test]
async fn a_write_with_an_old_resource_version_is_a_conflict_and_changes_nothing() {
    let api = api();
    let first = post(&api, DEPLOYMENTS, &deployment("d")).await.json();
    let path = format!("{DEPLOYMENTS}/d");
    let current = patch(&api, &path, MERGE, &json!({"spec": {"replicas": 2}})).await.json();
    let old = first["metadata"]["resourceVersion"].clone();
    let message = "Operation cannot be fulfilled on deployments.apps \"d\": the object has been modified; please apply your changes to the latest version and try again";
    let mut whole = first.clone();
    whole["spec"]["replicas"] = json!(9);
    let tries = [
        put(&api, &path, &whole).await,
        patch(&api, &path, MERGE, &json!({"metadata": {"resourceVersion": old}, "spec": {"replicas": 9}})).await,
        put(
            &api,
            &format!("{path}/scale"),
            &json!({"metadata": {"name": "d", "resourceVersion": old}, "spec": {"replicas": 9}}),
        )
        .await,
    ];
    for refused in tries {
        assert_eq!((refused.code, refused.json()["message"].as_str()), (409, Some(message)));
        assert_eq!(refused.json()["details"], json!({"name": "d", "group": "apps", "kind": "deployments"}));
    }
    assert_eq!(get(&api, &path).await.json(), current);
    let mut fresh = current.clone();
    fresh["spec"]["replicas"] = json!(4);
    assert_eq!(put(&api, &path, &fresh).await.json()["spec"]["replicas"], 4);
}

// https://datatracker.ietf.org/doc/html/rfc6902#section-4.6
#[tokio::test]
async fn a_json_patch_whose_test_fails_changes_nothing() {
    let api = api();
    post(&api, DEPLOYMENTS, &deployment("d")).await;
    let path = format!("{DEPLOYMENTS}/d");
    let wrong = json!([{"op": "test", "path": "/spec/replicas", "value": 9}, {"op": "replace", "path": "/spec/replicas", "value": 0}]);
    let refused = patch(&api, &path, JSON_PATCH, &wrong).await;
    assert_eq!((refused.code, refused.json()["reason"].as_str()), (422, Some("Invalid")));
    assert_eq!(get(&api, &path).await.json()["spec"]["replicas"], 1);
    let right = json!([{"op": "test", "path": "/spec/replicas", "value": 1}, {"op": "replace", "path": "/spec/replicas", "value": 0}]);
    assert_eq!(patch(&api, &path, JSON_PATCH, &right).await.json()["spec"]["replicas"], 0);
    assert_eq!(patch(&api, &path, "application/json", &json!({})).await.code, 415);
}

// https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
#[tokio::test]
async fn pages_are_of_the_first_pages_moment_whatever_is_written_in_between() {
    let api = api();
    maps(&api, &["a", "b", "c", "d", "e"]).await;
    let first = get(&api, &format!("{MAPS}?limit=2")).await.json();
    assert_eq!((names(&first), &first["metadata"]["remainingItemCount"]), (vec!["a".into(), "b".into()], &json!(3)));
    delete(&api, &format!("{MAPS}/c"), "").await;
    maps(&api, &["bb", "f"]).await;
    patch(&api, &format!("{MAPS}/d"), MERGE, &json!({"data": {"new": "1"}})).await;
    let token = first["metadata"]["continue"].as_str().unwrap();
    let second = get(&api, &format!("{MAPS}?limit=2&continue={token}")).await.json();
    assert_eq!(names(&second), ["c", "d"]);
    assert_eq!(second["items"][1]["data"], Value::Null, "as it was");
    assert_eq!(second["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
    let token = second["metadata"]["continue"].as_str().unwrap();
    let last = get(&api, &format!("{MAPS}?limit=2&continue={token}")).await.json();
    assert_eq!((names(&last), &last["metadata"]["continue"]), (vec!["e".to_owned()], &Value::Null));
    let narrow = get(&api, &format!("{MAPS}?limit=2&labelSelector=n")).await.json();
    assert_eq!(narrow["metadata"]["remainingItemCount"], Value::Null, "unknown where a selector narrows");
}

// https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions-in-metadata (410 Gone)
#[tokio::test]
async fn a_page_that_is_compacted_away_is_410_with_a_token_that_goes_on() {
    let api = api();
    maps(&api, &["a", "b", "c"]).await;
    let first = get(&api, &format!("{MAPS}?limit=1")).await.json();
    let token = first["metadata"]["continue"].as_str().unwrap();
    delete(&api, &format!("{MAPS}/b"), "").await;
    api.store().with(Store::compact);
    let expired = get(&api, &format!("{MAPS}?limit=1&continue={token}")).await;
    assert_eq!((expired.code, expired.json()["reason"].as_str()), (410, Some("Expired")));
    let token = expired.json()["metadata"]["continue"].as_str().unwrap().to_owned();
    let rest = get(&api, &format!("{MAPS}?continue={token}")).await.json();
    assert_eq!(names(&rest), ["c"], "what is left now, after the same key");
    let exact = get(&api, &format!("{MAPS}?resourceVersion=1&resourceVersionMatch=Exact")).await;
    assert_eq!(exact.json()["message"], "The resourceVersion for the provided list is too old.");
    assert_eq!(get(&api, &format!("{MAPS}?continue=abc")).await.code, 400);
    let future = get(&api, &format!("{MAPS}?resourceVersion=99999999")).await;
    assert_eq!((future.code, &future.json()["details"]["retryAfterSeconds"]), (504, &json!(1)));
}

// https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/
#[tokio::test]
async fn field_selectors_select_and_unknown_ones_are_refused() {
    let api = api();
    api.store().with(|s| {
        for (name, node, phase) in [("a", "n1", "Running"), ("b", "n2", "Running"), ("c", "n1", "Failed")] {
            s.put(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "a"},
                "spec": {"nodeName": node}, "status": {"phase": phase}}))
                .unwrap();
        }
    });
    let pods = async |selector: &str| names(&get(&api, &format!("/api/v1/pods?fieldSelector={selector}")).await.json());
    assert_eq!(pods("spec.nodeName%3Dn1").await, ["a", "c"]);
    assert_eq!(pods("spec.nodeName%3Dn1,status.phase!%3DRunning").await, ["c"]);
    assert_eq!(pods("metadata.name%3Db").await, ["b"]);
    assert_eq!(pods("metadata.namespace%3Dz").await, Vec::<String>::new());
    let message = async |path: &str| get(&api, path).await.json()["message"].as_str().unwrap().to_owned();
    assert_eq!(message("/api/v1/pods?fieldSelector=spec.foo%3D1").await, "field label not supported: spec.foo");
    assert_eq!(
        message("/api/v1/configmaps?fieldSelector=data.x%3D1").await,
        "\"data.x\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
    );
}

// https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
#[tokio::test]
async fn an_event_is_one_object_in_both_groups() {
    let api = api();
    let core = json!({"metadata": {"name": "e"}, "involvedObject": {"kind": "Pod", "name": "p", "namespace": "a"},
        "reason": "BackOff", "message": "Back-off", "type": "Warning", "count": 2, "source": {"component": "kubelet"}});
    assert_eq!(post(&api, "/api/v1/namespaces/a/events", &core).await.code, 201);
    let new = get(&api, "/apis/events.k8s.io/v1/events?fieldSelector=regarding.name%3Dp").await.json();
    assert_eq!((&new["kind"], &new["apiVersion"]), (&json!("EventList"), &json!("events.k8s.io/v1")));
    assert_eq!(new["items"][0]["note"], "Back-off");
    assert_eq!(new["items"][0]["deprecatedCount"], 2);
    let old = get(&api, "/api/v1/events?fieldSelector=involvedObject.name%3Dp,source%3Dkubelet").await.json();
    assert_eq!((&old["items"][0]["message"], &old["items"][0]["count"]), (&json!("Back-off"), &json!(2)));
    assert_eq!(old["items"][0]["metadata"]["uid"], new["items"][0]["metadata"]["uid"]);
}

/// Reads a watch until it ends; the clock is moved past its timeout first.
async fn watched(api: &Api, query: &str, work: impl AsyncFnOnce()) -> Vec<Value> {
    let path = format!("{MAPS}?watch=true&timeoutSeconds=60&{query}");
    let answer = send(api, "GET", &path, &[], "").await;
    assert_eq!(answer.status(), 200);
    work().await;
    let reader = tokio::spawn(answer.into_body().collect());
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    api.store().clock().advance(SignedDuration::from_secs(61));
    let bytes = reader.await.unwrap().unwrap().to_bytes();
    let answer =
        Answer { code: 200, headers: http::HeaderMap::new(), text: String::from_utf8(bytes.to_vec()).unwrap() };
    answer.lines()
}

fn told(events: &[Value]) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    events.iter().map(|e| (text(&e["type"]), text(&e["object"]["metadata"]["name"]))).collect()
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

// https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
#[tokio::test]
async fn a_watch_tells_what_comes_into_its_selector_and_what_leaves_it() {
    let api = api();
    let rv = get(&api, MAPS).await.json()["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    let events = watched(&api, &format!("resourceVersion={rv}&labelSelector=k%3D1"), async || {
        maps(&api, &["w"]).await;
        let path = format!("{MAPS}/w");
        patch(&api, &path, MERGE, &json!({"metadata": {"labels": {"k": "1"}}})).await;
        patch(&api, &path, MERGE, &json!({"data": {"x": "1"}})).await;
        patch(&api, &path, MERGE, &json!({"data": {"x": "1"}})).await;
        patch(&api, &path, MERGE, &json!({"metadata": {"labels": {"k": "2"}}})).await;
        delete(&api, &path, "").await;
    })
    .await;
    assert_eq!(told(&events), pairs(&[("ADDED", "w"), ("MODIFIED", "w"), ("DELETED", "w")]));
    assert_eq!(events[2]["object"]["metadata"]["labels"]["k"], "1", "what left is shown as it was");
    let versions: Vec<u64> =
        events.iter().map(|e| e["object"]["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap()).collect();
    assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");
}

// https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists
#[tokio::test]
async fn initial_events_end_with_a_bookmark_that_says_so() {
    let api = api();
    maps(&api, &["a", "b"]).await;
    let query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    let events = watched(&api, query, async || maps(&api, &["c"]).await).await;
    assert_eq!(told(&events)[..4], pairs(&[("ADDED", "a"), ("ADDED", "b"), ("BOOKMARK", ""), ("ADDED", "c")]));
    assert_eq!(events[2]["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"], "true");
    let refused = get(&api, &format!("{MAPS}?watch=1&sendInitialEvents=true")).await;
    assert_eq!(refused.code, 422);
}

// https://kubernetes.io/docs/reference/using-api/api-concepts/#watch-bookmarks
#[tokio::test]
async fn a_quiet_watch_hears_how_far_the_cluster_is() {
    let api = api();
    let rv = get(&api, MAPS).await.json()["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    let answer =
        send(&api, "GET", &format!("{MAPS}?watch=1&allowWatchBookmarks=true&resourceVersion={rv}"), &[], "").await;
    let mut body = answer.into_body();
    post(&api, "/api/v1/namespaces/a/secrets", &json!({"metadata": {"name": "s"}})).await;
    let clock = api.store().clock().clone();
    let reader = tokio::spawn(async move { body.frame().await.unwrap().unwrap().into_data().unwrap() });
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    clock.advance(SignedDuration::from_secs(60));
    let line: Value = serde_json::from_slice(&reader.await.unwrap()).unwrap();
    assert_eq!(line["type"], "BOOKMARK");
    let heard: u64 = line["object"]["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap();
    assert_eq!(heard, api.store().with(|s| s.rv()), "changes of other kinds are in it");
}

// https://kubernetes.io/docs/reference/using-api/api-concepts/#410-gone-responses
#[tokio::test]
async fn a_watch_from_too_far_back_gets_an_error_event_in_an_answer_of_200() {
    let api = api();
    maps(&api, &["a"]).await;
    api.store().with(Store::compact);
    let answer = get(&api, &format!("{MAPS}?watch=1&resourceVersion=1001")).await;
    assert_eq!(answer.code, 200);
    let events = answer.lines();
    assert_eq!(events.len(), 1);
    let status = &events[0]["object"];
    assert_eq!(
        (&events[0]["type"], &status["code"], &status["reason"]),
        (&json!("ERROR"), &json!(410), &json!("Expired"))
    );
    assert!(status["message"].as_str().unwrap().starts_with("too old resource version: 1001 ("));
}

// A watcher that does not read for a while loses nothing and holds nobody up.
#[tokio::test]
async fn a_slow_watcher_reads_the_history_from_where_it_stands() {
    let api = api();
    let rv = api.store().with(|s| s.rv());
    let answer = send(&api, "GET", &format!("{MAPS}?watch=1&timeoutSeconds=9&resourceVersion={rv}"), &[], "").await;
    maps(&api, &["w"]).await;
    for i in 0..500 {
        patch(&api, &format!("{MAPS}/w"), MERGE, &json!({"data": {"i": i.to_string()}})).await;
    }
    let reader = tokio::spawn(answer.into_body().collect());
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    api.store().clock().advance(SignedDuration::from_secs(10));
    let text = String::from_utf8(reader.await.unwrap().unwrap().to_bytes().to_vec()).unwrap();
    assert_eq!(text.lines().count(), 501);
}

// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/
#[tokio::test]
async fn preconditions_of_a_deletion_hold_it() {
    let api = api();
    maps(&api, &["a"]).await;
    let path = format!("{MAPS}/a");
    let uid = get(&api, &path).await.json()["metadata"]["uid"].clone();
    let refused = delete(&api, &path, r#"{"preconditions": {"uid": "x"}}"#).await;
    assert_eq!(refused.code, 409);
    assert!(refused.json()["message"].as_str().unwrap().starts_with(
        "Operation cannot be fulfilled on ConfigMap \"a\": the UID in the precondition (x) does not match the UID in record"
    ));
    assert_eq!(delete(&api, &path, r#"{"preconditions": {"resourceVersion": "1"}}"#).await.code, 409);
    assert_eq!(get(&api, &path).await.code, 200);
    assert_eq!(delete(&api, &path, &json!({"preconditions": {"uid": uid}}).to_string()).await.code, 200);
    assert_eq!(get(&api, &path).await.code, 404);
}

// https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
#[tokio::test]
async fn finalizers_hold_an_object_until_the_last_is_gone() {
    let api = api();
    post(&api, MAPS, &json!({"metadata": {"name": "f", "finalizers": ["k.dev/x"]}})).await;
    let path = format!("{MAPS}/f");
    let going = delete(&api, &path, "").await.json();
    assert_eq!((&going["kind"], &going["metadata"]["deletionGracePeriodSeconds"]), (&json!("ConfigMap"), &json!(0)));
    assert_eq!(get(&api, &path).await.json()["metadata"]["deletionTimestamp"], "2026-11-21T10:00:00Z");
    assert_eq!(patch(&api, &path, MERGE, &json!({"metadata": {"finalizers": null}})).await.code, 200);
    assert_eq!(get(&api, &path).await.code, 404);
}

// https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
#[tokio::test]
async fn a_running_pod_stays_for_its_grace_period_and_force_ends_it() {
    let api = api();
    let pods = "/api/v1/namespaces/a/pods";
    let pod =
        json!({"metadata": {"name": "p"}, "spec": {"nodeName": "n", "containers": [{"name": "c", "image": "i"}]}});
    post(&api, pods, &pod).await;
    let going = delete(&api, &format!("{pods}/p"), "").await.json();
    assert_eq!(going["metadata"]["deletionTimestamp"], "2026-11-21T10:00:30Z");
    assert_eq!(going["metadata"]["generation"], 2);
    assert_eq!(delete(&api, &format!("{pods}/p?gracePeriodSeconds=0"), "").await.code, 200);
    assert_eq!(get(&api, &format!("{pods}/p")).await.code, 404);
}

// https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#namespacelifecycle
#[tokio::test]
async fn nothing_new_enters_a_namespace_that_is_missing_or_going() {
    let api = api();
    let missing = post(&api, "/api/v1/namespaces/none/configmaps", &json!({"metadata": {"name": "c"}})).await;
    assert_eq!((missing.code, missing.json()["message"].as_str()), (404, Some("namespaces \"none\" not found")));
    post(&api, "/api/v1/namespaces", &json!({"metadata": {"name": "b"}})).await;
    let going = delete(&api, "/api/v1/namespaces/b", "").await.json();
    assert_eq!(
        (&going["status"]["phase"], &going["spec"]["finalizers"][0]),
        (&json!("Terminating"), &json!("kubernetes"))
    );
    let late = post(&api, "/api/v1/namespaces/b/configmaps", &json!({"metadata": {"name": "c"}})).await;
    assert_eq!(late.code, 403);
    assert_eq!(
        late.json()["message"],
        "configmaps \"c\" is forbidden: unable to create new content in namespace b because it is being terminated"
    );
    assert_eq!(late.json()["details"]["causes"][0]["reason"], "NamespaceTerminating");
}

// https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/ (…/status, …/scale)
#[tokio::test]
async fn status_and_scale_are_written_through_their_own_doors_alone() {
    let api = api();
    post(&api, DEPLOYMENTS, &deployment("d")).await;
    let path = format!("{DEPLOYMENTS}/d");
    let main = patch(&api, &path, MERGE, &json!({"status": {"replicas": 7}, "spec": {"replicas": 2}})).await.json();
    assert_eq!((&main["status"]["replicas"], &main["spec"]["replicas"]), (&Value::Null, &json!(2)));
    let body = json!({"status": {"replicas": 7}, "spec": {"replicas": 5}});
    let status = patch(&api, &format!("{path}/status"), MERGE, &body).await.json();
    assert_eq!((&status["status"]["replicas"], &status["spec"]["replicas"]), (&json!(7), &json!(2)));
    assert_eq!(status["metadata"]["generation"], main["metadata"]["generation"]);
    let scale = patch(&api, &format!("{path}/scale"), MERGE, &json!({"spec": {"replicas": 0}})).await.json();
    assert_eq!(
        (&scale["kind"], &scale["spec"], &scale["status"]),
        (&json!("Scale"), &json!({}), &json!({"replicas": 7, "selector": "a=b"}))
    );
    let after = get(&api, &path).await.json();
    assert_eq!(after["spec"]["replicas"], 0);
    let writers: Vec<_> =
        after["metadata"]["managedFields"].as_array().unwrap().iter().map(|m| m["subresource"].as_str()).collect();
    assert_eq!(writers, [None, Some("status")], "a Scale leaves a zero out: nobody owns it");
}

// https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers
#[tokio::test]
async fn managed_fields_name_the_field_manager_else_the_user_agent() {
    let api = api();
    let made = post(&api, DEPLOYMENTS, &deployment("d")).await.json();
    assert_eq!(made["metadata"]["managedFields"][0]["manager"], "probe");
    api.store().clock().advance(SignedDuration::from_secs(5));
    let path = format!("{DEPLOYMENTS}/d?fieldManager=kennel");
    let changed = patch(&api, &path, MERGE, &json!({"spec": {"replicas": 2}})).await.json();
    let entry = &changed["metadata"]["managedFields"][1];
    assert_eq!((&entry["manager"], &entry["time"]), (&json!("kennel"), &json!("2026-11-21T10:00:05Z")));
    api.store().clock().advance(SignedDuration::from_secs(5));
    let same = patch(&api, &path, MERGE, &json!({"spec": {"replicas": 2}})).await.json();
    assert_eq!(same, changed, "what changes nothing leaves no trace");
}

// https://kubernetes.io/docs/concepts/configuration/configmap/#configmap-immutable
#[tokio::test]
async fn what_says_that_it_is_immutable_stays_as_it_is() {
    let api = api();
    post(&api, MAPS, &json!({"metadata": {"name": "m"}, "data": {"a": "1"}, "immutable": true})).await;
    let refused = patch(&api, &format!("{MAPS}/m"), MERGE, &json!({"data": {"a": "2"}})).await;
    let words = "ConfigMap \"m\" is invalid: data: Forbidden: field is immutable when `immutable` is set";
    assert_eq!((refused.code, refused.json()["message"].as_str()), (422, Some(words)));
    assert_eq!(patch(&api, &format!("{MAPS}/m"), MERGE, &json!({"immutable": null})).await.code, 422);
    let labelled = patch(&api, &format!("{MAPS}/m"), MERGE, &json!({"metadata": {"labels": {"x": "1"}}})).await;
    assert_eq!(labelled.code, 200);
}

// https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
#[tokio::test]
async fn an_object_that_goes_gets_no_more_finalizers() {
    let api = api();
    post(&api, MAPS, &json!({"metadata": {"name": "m", "finalizers": ["k.dev/x"]}})).await;
    delete(&api, &format!("{MAPS}/m"), "").await;
    let refused = patch(&api, &format!("{MAPS}/m"), MERGE, &json!({"metadata": {"finalizers": ["k.dev/y"]}})).await;
    assert_eq!(refused.code, 422);
    assert!(refused.text.contains("no new finalizers can be added if the object is being deleted"), "{}", refused.text);
}

// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/ (generation)
#[tokio::test]
async fn annotations_of_a_deployment_count_as_a_change_unless_its_status_brings_them() {
    let api = api();
    post(&api, DEPLOYMENTS, &deployment("d")).await;
    let path = format!("{DEPLOYMENTS}/d");
    let note = |k: &str| json!({"metadata": {"annotations": {k: "1"}}});
    assert_eq!(patch(&api, &path, MERGE, &note("a")).await.json()["metadata"]["generation"], 2);
    let status = patch(&api, &format!("{path}/status"), MERGE, &note("b")).await.json();
    assert_eq!((&status["metadata"]["generation"], &status["metadata"]["annotations"]["b"]), (&json!(2), &json!("1")));
    let labelled = patch(&api, &path, MERGE, &json!({"metadata": {"labels": {"l": "1"}}})).await.json();
    assert_eq!(labelled["metadata"]["generation"], 2);
}

const APPLY: &str = "application/apply-patch+yaml";
const STRATEGIC: &str = "application/strategic-merge-patch+json";

async fn apply(api: &Api, path: &str, manager: &str, body: &str) -> Answer {
    let path = format!("{path}{}fieldManager={manager}", if path.contains('?') { '&' } else { '?' });
    ask(api, "PATCH", &path, &[("content-type", APPLY)], body).await
}

// https://kubernetes.io/docs/reference/using-api/server-side-apply/
#[tokio::test]
async fn apply_creates_merges_and_names_the_conflict() {
    let api = api();
    let path = format!("{MAPS}/shared");
    let config = |data: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: shared}}\ndata: {data}\n");
    let made = apply(&api, &path, "one", &config("{a: '1', b: '1'}")).await;
    assert_eq!((made.code, &made.json()["data"]), (201, &json!({"a": "1", "b": "1"})));
    let entry = &made.json()["metadata"]["managedFields"][0];
    assert_eq!(
        (&entry["operation"], &entry["fieldsV1"]),
        (&json!("Apply"), &json!({"f:data": {"f:a": {}, "f:b": {}}}))
    );
    let again = apply(&api, &path, "one", &config("{a: '1', b: '1'}")).await;
    assert_eq!((again.code, again.json()), (200, made.json()), "nothing changed, nothing is written");
    let refused = apply(&api, &path, "two", &config("{a: '2'}")).await;
    assert_eq!((refused.code, refused.json()["reason"].as_str()), (409, Some("Conflict")));
    assert_eq!(refused.json()["message"], "Apply failed with 1 conflict: conflict with \"one\": .data.a");
    let cause = json!({"reason": "FieldManagerConflict", "message": "conflict with \"one\"", "field": ".data.a"});
    assert_eq!(refused.json()["details"]["causes"], json!([cause]));
    let forced = apply(&api, &format!("{path}?force=true"), "two", &config("{a: '2'}")).await.json();
    assert_eq!(forced["data"], json!({"a": "2", "b": "1"}));
    let left = apply(&api, &path, "one", &config("{}")).await.json();
    assert_eq!(left["data"], json!({"a": "2"}), "b is applied by nobody");
    let nameless = ask(&api, "PATCH", &path, &[("content-type", APPLY)], "{}").await.json();
    assert_eq!(
        nameless["message"],
        "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch"
    );
    let other = apply(&api, &path, "one", "apiVersion: v2\nkind: ConfigMap\nmetadata: {name: shared}").await;
    assert_eq!(other.code, 400);
}

// https://kubernetes.io/docs/reference/using-api/server-side-apply/#api-implementation (scale)
#[tokio::test]
async fn a_scale_takes_the_replicas_from_who_applied_them() {
    let api = api();
    let path = format!("{DEPLOYMENTS}/d");
    let mut whole = deployment("d");
    whole["apiVersion"] = "apps/v1".into();
    whole["kind"] = "Deployment".into();
    whole["spec"]["replicas"] = 1.into();
    assert_eq!(apply(&api, &path, "user", &whole.to_string()).await.code, 201);
    patch(&api, &format!("{path}/scale?fieldManager=hpa"), MERGE, &json!({"spec": {"replicas": 4}})).await;
    let refused = apply(&api, &path, "user", &whole.to_string()).await.json();
    let words =
        "Apply failed with 1 conflict: conflict with \"hpa\" with subresource \"scale\" using apps/v1: .spec.replicas";
    assert_eq!(refused["message"], words);
    whole["spec"].as_object_mut().unwrap().remove("replicas");
    let left = apply(&api, &path, "user", &whole.to_string()).await.json();
    assert_eq!(left["spec"]["replicas"], 4, "left to whom it belongs now");
}

// https://kubernetes.io/docs/reference/using-api/api-concepts/#patch-and-apply
#[tokio::test]
async fn built_in_kinds_merge_strategically_and_custom_resources_do_not() {
    let api = api();
    post(&api, DEPLOYMENTS, &deployment("d")).await;
    let side = json!({"spec": {"template": {"spec": {"containers": [{"name": "side", "image": "redis"}]}}}});
    let changed = patch(&api, &format!("{DEPLOYMENTS}/d"), STRATEGIC, &side).await.json();
    assert_eq!(changed["spec"]["template"]["spec"]["containers"].as_array().unwrap().len(), 2);
    let rollouts = "/apis/argoproj.io/v1alpha1/namespaces/a/rollouts";
    assert_eq!(post(&api, rollouts, &json!({"metadata": {"name": "r"}, "spec": {"replicas": 1}})).await.code, 201);
    let refused = patch(&api, &format!("{rollouts}/r"), STRATEGIC, &json!({"spec": {"replicas": 2}})).await;
    assert_eq!((refused.code, refused.json()["reason"].as_str()), (415, Some("UnsupportedMediaType")));
    assert_eq!(patch(&api, &format!("{rollouts}/r"), MERGE, &json!({"spec": {"replicas": 2}})).await.code, 200);
}

// https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
#[tokio::test]
async fn a_rehearsal_answers_as_the_write_would_and_writes_nothing() {
    let api = api();
    maps(&api, &["there"]).await;
    let before = api.store().with(|s| s.rv());
    let there = get(&api, &format!("{MAPS}/there")).await.json();
    let made = post(&api, &format!("{MAPS}?dryRun=All"), &json!({"metadata": {"name": "new"}})).await;
    assert_eq!((made.code, made.json()["metadata"]["resourceVersion"].as_str()), (201, None));
    assert_eq!(post(&api, &format!("{MAPS}?dryRun=All"), &json!({"metadata": {"name": "there"}})).await.code, 409);
    let path = format!("{MAPS}/there?dryRun=All");
    let mut whole = there.clone();
    whole["data"] = json!({"x": "1"});
    assert_eq!(put(&api, &path, &whole).await.json()["data"], json!({"x": "1"}));
    assert_eq!(patch(&api, &path, MERGE, &json!({"data": {"x": "2"}})).await.json()["data"], json!({"x": "2"}));
    let applied =
        apply(&api, &path, "m", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: there}\ndata: {x: '3'}").await;
    assert_eq!(applied.json()["data"], json!({"x": "3"}));
    assert_eq!(delete(&api, &path, "").await.code, 200);
    assert_eq!(delete(&api, &format!("{MAPS}/there"), r#"{"dryRun": ["All"]}"#).await.code, 200);
    assert_eq!(delete(&api, &format!("{MAPS}?dryRun=All"), "").await.code, 200);
    assert_eq!(get(&api, &format!("{MAPS}/there")).await.json(), there);
    assert_eq!(get(&api, &format!("{MAPS}/new")).await.code, 404);
    assert_eq!(api.store().with(|s| s.rv()), before);
    let unknown = delete(&api, &format!("{MAPS}/there?dryRun=Some"), "").await.json();
    assert_eq!(
        unknown["message"],
        "DeleteOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: [\"Some\"]: supported values: \"All\""
    );
}

// https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation
#[tokio::test]
async fn fields_that_nobody_knows_are_warned_of_refused_or_ignored() {
    let api = api();
    let body = json!({"metadata": {"name": "m"}, "dta": {"x": "1"}});
    let strict = post(&api, &format!("{MAPS}?fieldValidation=Strict"), &body).await;
    let words =
        "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: unknown field \"dta\"";
    assert_eq!((strict.code, strict.json()["message"].as_str()), (400, Some(words)));
    let warned = post(&api, MAPS, &body).await;
    assert_eq!((warned.code, warned.json().get("dta")), (201, None));
    assert_eq!(warned.headers["warning"], "299 - \"unknown field \\\"dta\\\"\"");
    let ignored = put(&api, &format!("{MAPS}/m?fieldValidation=Ignore"), &body).await;
    assert_eq!((ignored.code, ignored.headers.get("warning")), (200, None));
    let twice = r#"{"metadata": {"name": "t"}, "data": {"x": "1", "x": "2"}}"#;
    let json = [("content-type", "application/json")];
    let strict = ask(&api, "POST", &format!("{MAPS}?fieldValidation=Strict"), &json, twice).await;
    assert!(strict.text.contains("strict decoding error: duplicate field \\\"data.x\\\""), "{}", strict.text);
    let wrong = post(&api, DEPLOYMENTS, &json!({"metadata": {"name": "d"}, "spec": {"replicas": "1"}})).await;
    assert_eq!(
        wrong.json()["message"],
        "Deployment in version \"v1\" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct \
         field DeploymentSpec.spec.replicas of type int32"
    );
}

// https://kubernetes.io/docs/concepts/architecture/garbage-collection/#cascading-deletion
#[tokio::test]
async fn foreground_and_orphan_deletion_leave_a_finalizer_to_the_garbage_collector() {
    let api = api();
    for (name, policy, finalizer) in [("f", "Foreground", "foregroundDeletion"), ("o", "Orphan", "orphan")] {
        post(&api, DEPLOYMENTS, &deployment(name)).await;
        let path = format!("{DEPLOYMENTS}/{name}");
        let going = delete(&api, &format!("{path}?propagationPolicy={policy}"), "").await.json();
        assert_eq!(going["metadata"]["finalizers"], json!([finalizer]));
        assert!(going["metadata"]["deletionTimestamp"].is_string());
        assert_eq!(delete(&api, &path, r#"{"propagationPolicy": "Background"}"#).await.code, 200);
        assert_eq!(get(&api, &path).await.code, 404, "another word takes the finalizer back");
    }
    post(&api, DEPLOYMENTS, &deployment("b")).await;
    delete(&api, &format!("{DEPLOYMENTS}/b"), "").await;
    assert_eq!(get(&api, &format!("{DEPLOYMENTS}/b")).await.code, 404, "in the background: at once");
}

// https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
#[tokio::test]
async fn bodies_in_protobuf_are_read_and_answered_in_json() {
    let api = api();
    // runtime.Unknown{typeMeta: {v1, ConfigMap}, raw: ConfigMap{metadata: {name: "p"}, data: {k: "v"}}}.
    let body = b"k8s\0\x0a\x0f\x0a\x02v1\x12\x09ConfigMap\x12\x0d\x0a\x03\x0a\x01p\x12\x06\x0a\x01k\x12\x01v";
    let request = http::Request::post(MAPS)
        .header("content-type", "application/vnd.kubernetes.protobuf")
        .header("accept", "application/vnd.kubernetes.protobuf,application/json")
        .body(http_body_util::Full::new(bytes::Bytes::from_static(body)))
        .unwrap();
    let (head, answer) = api.clone().oneshot(request).await.unwrap().into_parts();
    assert_eq!(
        (head.status, &head.headers["content-type"]),
        (http::StatusCode::CREATED, &"application/json".parse().unwrap())
    );
    let made: Value = serde_json::from_slice(&answer.collect().await.unwrap().to_bytes()).unwrap();
    assert_eq!((&made["metadata"]["name"], &made["data"]), (&json!("p"), &json!({"k": "v"})));
}

fn grants(api: &Api) {
    let rbac = |kind: &str, name: &str, rest: Value| {
        let place = if kind == "RoleBinding" { json!("a") } else { Value::Null };
        let mut object = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"name": name, "namespace": place}});
        object.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        api.store().with(|s| s.put(object)).unwrap();
    };
    let bound = |role: &str, kind: &str, name: &str| json!({"roleRef": {"kind": "ClusterRole", "name": role}, "subjects": [{"kind": kind, "name": name}]});
    rbac("RoleBinding", "view", bound("view", "User", "vera"));
    rbac("RoleBinding", "edit", bound("edit", "Group", "devs"));
    rbac(
        "ClusterRole",
        "names",
        json!({"rules": [{"verbs": ["list"], "apiGroups": [""], "resources": ["namespaces"]}]}),
    );
    rbac("ClusterRoleBinding", "names", bound("names", "User", "nina"));
}

// https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles
#[tokio::test]
async fn who_is_not_granted_something_is_told_what() {
    let api = api();
    grants(&api);
    let as_vera = [("impersonate-user", "vera")];
    let as_dev = [("impersonate-user", "dan"), ("impersonate-group", "devs")];
    let code = async |who: &[(&str, &str)], method: &str, path: &str| ask(&api, method, path, who, "").await.code;
    assert_eq!(code(&as_vera, "GET", MAPS).await, 200);
    assert_eq!(code(&as_vera, "GET", "/api/v1/namespaces/a").await, 200, "one's own namespace");
    assert_eq!(code(&as_vera, "GET", "/api/v1/namespaces/a/secrets").await, 403);
    assert_eq!(code(&as_dev, "GET", "/api/v1/namespaces/a/secrets").await, 200);
    let words = async |who: &[(&str, &str)], method: &str, path: &str| {
        ask(&api, method, path, who, "").await.json()["message"].as_str().unwrap().to_owned()
    };
    let applied = format!("{MAPS}/new?fieldManager=vera");
    let apply = [("impersonate-user", "vera"), ("content-type", "application/apply-patch+yaml")];
    let body = "{apiVersion: v1, kind: ConfigMap, metadata: {name: new}}";
    assert_eq!(ask(&api, "PATCH", &applied, &apply, body).await.code, 403, "neither to change it nor to make it");
    assert_eq!(
        words(&as_vera, "GET", "/api/v1/pods").await,
        "pods is forbidden: User \"vera\" cannot list resource \"pods\" in API group \"\" at the cluster scope"
    );
    assert_eq!(
        words(&as_vera, "PATCH", "/apis/apps/v1/namespaces/a/deployments/d/scale").await,
        "deployments.apps \"d\" is forbidden: User \"vera\" cannot patch resource \"deployments/scale\" in API group \"apps\" in the namespace \"a\""
    );
    assert_eq!(
        words(&as_dev, "PATCH", "/api/v1/namespaces/a").await,
        "namespaces \"a\" is forbidden: User \"dan\" cannot patch resource \"namespaces\" in API group \"\" in the namespace \"a\""
    );
}

// https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
#[tokio::test]
async fn reviews_answer_as_requests_would_be_answered() {
    let api = api();
    grants(&api);
    let review = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let may = async |user: &str, verb: &str, group: &str, resource: &str, namespace: &str| {
        let body = json!({"spec": {"resourceAttributes": {"verb": verb, "group": group, "resource": resource, "namespace": namespace}}});
        let headers = [("impersonate-user", user), ("impersonate-group", "devs"), ("content-type", "application/json")];
        ask(&api, "POST", review, &headers, &body.to_string()).await.json()["status"].clone()
    };
    let yes = may("dan", "patch", "apps", "deployments", "a").await;
    assert_eq!(yes["allowed"], true);
    assert_eq!(yes["reason"], "RBAC: allowed by RoleBinding \"edit/a\" of ClusterRole \"edit\" to Group \"devs\"");
    assert_eq!(may("dan", "patch", "apps", "deployments", "b").await, json!({"allowed": false}));
    assert_eq!(may("dan", "patch", "", "namespaces", "a").await["allowed"], false);
    let headers = [("impersonate-user", "nina"), ("content-type", "application/json")];
    let body = json!({"spec": {"namespace": "a"}}).to_string();
    let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
    let rules = ask(&api, "POST", path, &headers, &body).await.json();
    assert!(
        rules["status"]["resourceRules"]
            .as_array()
            .unwrap()
            .contains(&json!({"verbs": ["list"], "apiGroups": [""], "resources": ["namespaces"]}))
    );
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let me = ask(&api, "POST", path, &headers, "{}").await.json();
    assert_eq!(me["status"]["userInfo"], json!({"username": "nina", "groups": ["system:authenticated"]}));
}

// https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
#[tokio::test]
async fn discovery_names_every_kind_and_forgets_a_group_that_is_away() {
    let api = api();
    let core = get(&api, "/api/v1").await.json();
    let pods = core["resources"].as_array().unwrap().iter().find(|r| r["name"] == "pods").unwrap().clone();
    assert_eq!(
        (&pods["kind"], &pods["shortNames"], &pods["namespaced"]),
        (&json!("Pod"), &json!(["po"]), &json!(true))
    );
    let has = async |group: &str| get(&api, "/apis").await.text.contains(&format!("\"{group}\""));
    assert!(has("metrics.k8s.io").await);
    api.store().with(|s| s.serve_group("metrics.k8s.io", false));
    assert!(!has("metrics.k8s.io").await);
    assert_eq!(get(&api, "/apis/metrics.k8s.io/v1beta1/pods").await.code, 404);
    api.store().with(|s| s.serve_group("metrics.k8s.io", true));
    assert_eq!(get(&api, "/apis/metrics.k8s.io/v1beta1/pods").await.code, 200);
    let accept = [("accept", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")];
    let all = ask(&api, "GET", "/apis", &accept, "").await;
    assert_eq!(all.json()["kind"], "APIGroupDiscoveryList");
    assert_eq!(all.headers["content-type"], accept[0].1);
}

// https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches
#[tokio::test]
async fn metadata_alone_is_answered_where_it_is_asked_for() {
    let api = api();
    post(&api, "/api/v1/namespaces/a/secrets", &json!({"metadata": {"name": "s"}, "data": {"k": "aGlkZGVu"}})).await;
    let accept = [("accept", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")];
    let list = ask(&api, "GET", "/api/v1/secrets", &accept, "").await;
    assert_eq!(list.json()["kind"], "PartialObjectMetadataList");
    assert_eq!(
        (&list.json()["items"][0]["kind"], names(&list.json())),
        (&json!("PartialObjectMetadata"), vec!["s".to_owned()])
    );
    assert!(!list.text.contains("aGlkZGVu"));
}

// https://kubernetes.io/docs/tasks/debug/debug-cluster/resource-metrics-pipeline/
#[tokio::test]
async fn metrics_are_of_running_pods_and_within_what_they_request() {
    let api = api();
    api.store().with(|s| {
        for (name, phase) in [("run", "Running"), ("wait", "Pending")] {
            s.put(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "a"},
                "spec": {"nodeName": "n", "containers": [{"name": "c", "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}}]},
                "status": {"phase": phase}}))
                .unwrap();
        }
    });
    let list = get(&api, "/apis/metrics.k8s.io/v1beta1/namespaces/a/pods").await.json();
    assert_eq!(names(&list), ["run"]);
    let usage = &list["items"][0]["containers"][0]["usage"];
    let nano: u64 = usage["cpu"].as_str().unwrap().trim_end_matches('n').parse().unwrap();
    assert!((30_000_000..=80_000_000).contains(&nano), "{nano}");
    assert_eq!(get(&api, "/apis/metrics.k8s.io/v1beta1/namespaces/a/pods/wait").await.code, 404);
}

// https://datatracker.ietf.org/doc/html/rfc9110#section-6.6.1
#[tokio::test]
async fn every_answer_carries_the_servers_time() {
    let api = api();
    for path in ["/version", MAPS, "/api/v1/namespaces/none", "/nope"] {
        assert_eq!(get(&api, path).await.headers["date"], "Sat, 21 Nov 2026 10:00:00 GMT", "{path}");
    }
}

#[tokio::test]
async fn faults_meet_the_requests_they_are_for() {
    let api = api();
    maps(&api, &["a", "b"]).await;
    let faults = api.faults();
    faults.add(Fault::on("*/configmaps", Trouble::Status { code: 429, retry_after: Some(7) }).verb("list").times(1));
    assert_eq!(get(&api, &format!("{MAPS}/a")).await.code, 200, "another verb, and another path");
    let refused = get(&api, MAPS).await;
    assert_eq!((refused.code, refused.headers["retry-after"].to_str().unwrap()), (429, "7"));
    assert_eq!(refused.json()["reason"], "TooManyRequests");
    assert_eq!((get(&api, MAPS).await.code, faults.met()), (200, 1));
    faults.add(Fault::on("*/configmaps", Trouble::Truncate(40)).times(1));
    assert_eq!(get(&api, MAPS).await.text.len(), 40);
    faults.add(Fault::on("*/configmaps", Trouble::Expired).times(2));
    assert_eq!(get(&api, MAPS).await.code, 410);
    assert_eq!(get(&api, &format!("{MAPS}?watch=1")).await.lines()[0]["object"]["code"], 410);
    faults.add(Fault::on("*", Trouble::Html).times(1));
    assert!(get(&api, MAPS).await.text.starts_with("<!doctype html>"));
    faults.add(Fault::on("*", Trouble::Reset(10)).times(1));
    let broken = send(&api, "GET", MAPS, &[], "").await.into_body().collect().await;
    assert_eq!(broken.unwrap_err().downcast::<std::io::Error>().unwrap().kind(), std::io::ErrorKind::ConnectionReset);
    faults.add(Fault::on("*", Trouble::Hang).times(1));
    let hung = tokio::time::timeout(std::time::Duration::from_millis(30), send(&api, "GET", MAPS, &[], "")).await;
    assert!(hung.is_err());
}

// A write whose answer is lost was done all the same (reliability: "unknown, checking").
#[tokio::test]
async fn a_write_is_done_though_the_connection_breaks_before_its_answer() {
    let api = api();
    api.faults().add(Fault::on("*/configmaps", Trouble::Reset(0)).verb("create").times(1));
    let body = json!({"metadata": {"name": "a"}}).to_string();
    let answer = send(&api, "POST", MAPS, &[("content-type", "application/json")], &body).await;
    assert!(answer.into_body().collect().await.is_err());
    assert_eq!(get(&api, &format!("{MAPS}/a")).await.code, 200);
}

/// A kube client for the cluster's ConfigMaps.
fn client(api: &Api) -> kube::Client {
    kube::Client::new(api.clone(), "a")
}

#[tokio::test]
async fn kube_clients_list_and_watch_as_on_a_real_cluster() {
    use futures::TryStreamExt;
    use k8s_openapi::api::core::v1::ConfigMap;
    use kube::api::{ListParams, WatchEvent, WatchParams};

    let api = api();
    maps(&api, &["a", "b"]).await;
    let objects: kube::Api<ConfigMap> = kube::Api::namespaced(client(&api), "a");
    let page = objects.list(&ListParams::default().limit(1)).await.unwrap();
    assert_eq!((page.items.len(), page.metadata.remaining_item_count), (1, Some(1)));
    let next = ListParams::default().limit(1).continue_token(&page.metadata.continue_.unwrap());
    assert_eq!(objects.list(&next).await.unwrap().items[0].metadata.name.as_deref(), Some("b"));
    let kube::Error::Api(status) = objects.get("none").await.unwrap_err() else { panic!("no Status") };
    assert_eq!((status.code, status.message.as_str()), (404, "configmaps \"none\" not found"));
    let mut stream = Box::pin(objects.watch(&WatchParams::default().initial_events(), "0").await.unwrap());
    let mut seen = Vec::new();
    for at in 0..6 {
        match at {
            3 => maps(&api, &["late"]).await,
            4 => drop(patch(&api, &format!("{MAPS}/late"), MERGE, &json!({"data": {"x": "1"}})).await),
            5 => drop(delete(&api, &format!("{MAPS}/late"), "").await),
            _ => {}
        }
        seen.push(match stream.try_next().await.unwrap().unwrap() {
            WatchEvent::Added(o) => format!("+{}", o.metadata.name.unwrap()),
            WatchEvent::Modified(o) => format!("~{}", o.metadata.name.unwrap()),
            WatchEvent::Deleted(o) => format!("-{}", o.metadata.name.unwrap()),
            WatchEvent::Bookmark(b) => format!("={}", b.metadata.annotations.contains_key("k8s.io/initial-events-end")),
            WatchEvent::Error(e) => panic!("{e:?}"),
        });
    }
    assert_eq!(seen, ["+a", "+b", "=true", "+late", "~late", "-late"]);
}

#[tokio::test]
async fn the_same_api_answers_over_a_socket() {
    let api = api();
    maps(&api, &["a"]).await;
    let (address, task) = kennel::sim::serve::serve(api.clone(), "127.0.0.1:0".parse().unwrap()).await.unwrap();
    let config = kube::Config::new(format!("http://{address}").parse().unwrap());
    let remote = kube::Client::try_from(config).unwrap();
    let objects: kube::Api<k8s_openapi::api::core::v1::ConfigMap> = kube::Api::namespaced(remote.clone(), "a");
    assert_eq!(objects.list(&Default::default()).await.unwrap().items.len(), 1);
    assert_eq!(remote.apiserver_version().await.unwrap().minor, "36");
    task.abort();
}

// A list of many objects is streamed in pieces, and is one valid JSON document.
#[tokio::test]
async fn a_long_list_is_sent_in_pieces_and_packed_objects_read_as_they_were() {
    let api = api();
    api.store().with(|s| {
        for i in 0..200 {
            s.put(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("m{i:03}"), "namespace": "a",
                "labels": {"even": (i % 2 == 0).to_string()}}, "data": {"x": "y".repeat(8000)}}))
                .unwrap();
        }
    });
    let mut body = send(&api, "GET", MAPS, &[], "").await.into_body();
    let mut pieces = Vec::new();
    while let Some(frame) = body.frame().await {
        pieces.push(frame.unwrap().into_data().unwrap());
    }
    assert!(pieces.len() > 5, "{}", pieces.len());
    let list: Value = serde_json::from_slice(&pieces.concat()).unwrap();
    assert_eq!(list["items"].as_array().unwrap().len(), 200);
    assert_eq!(list["items"][7]["data"]["x"].as_str().unwrap().len(), 8000);
    assert_eq!(
        get(&api, &format!("{MAPS}?labelSelector=even%3Dtrue")).await.json()["items"].as_array().unwrap().len(),
        100
    );
}

/// A pod of two containers that run since 09:00, the first after a crash at 08:59.
fn running(name: &str) -> Value {
    let crashed = json!({"startedAt": "2026-11-21T08:50:00Z", "finishedAt": "2026-11-21T08:59:00Z", "exitCode": 1});
    let status = |name: &str, last: Value| json!({"name": name, "ready": true, "lastState": last, "state": {"running": {"startedAt": "2026-11-21T09:00:00Z"}}});
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "a", "labels": {"app": name}},
        "spec": {
            "nodeName": "n", "containers": [{"name": "web", "image": "acme/web"}, {"name": "side", "image": "redis"}],
        },
        "status": {
            "phase": "Running", "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [status("web", json!({"terminated": crashed})), status("side", json!({}))],
        },
    })
}

// https://kubernetes.io/docs/reference/generated/kubectl/kubectl-commands#logs
#[tokio::test]
async fn logs_are_of_one_container_and_as_much_of_it_as_is_asked_for() {
    let api = api();
    api.store().with(|s| s.put(running("web")).unwrap());
    let log = async |query: &str| get(&api, &format!("/api/v1/namespaces/a/pods/web/log?{query}")).await;
    let which = log("").await;
    assert_eq!(which.code, 400);
    assert!(which.json()["message"].as_str().unwrap().ends_with("choose one of: [web side]"), "{}", which.text);
    assert_eq!(log("container=nosuch").await.code, 400);

    let all = log("container=web").await.text;
    assert_ne!(all, log("container=side").await.text);
    let lines: Vec<_> = all.lines().collect();
    assert!(lines.len() > 100, "{}", lines.len());
    assert_eq!(log("container=web&tailLines=3").await.text.lines().collect::<Vec<_>>(), lines[lines.len() - 3..]);
    assert_eq!(log("container=web&tailLines=0").await.text, "");
    assert_eq!(log("container=web&limitBytes=10").await.text, all[..10]);

    let dated = log("container=web&timestamps=true").await.text;
    let times: Vec<_> = dated.lines().map(|l| l.split_once(' ').unwrap()).collect();
    assert_eq!(times.iter().map(|(_, l)| *l).collect::<Vec<_>>(), lines);
    assert!(times.is_sorted_by_key(|(t, _)| *t) && times[0].0 == "2026-11-21T09:00:00.000000000Z");
    let newest = times.iter().filter(|(t, _)| *t >= "2026-11-21T09:59:00").count();
    assert!(newest > 0 && newest < lines.len());
    assert_eq!(log("container=web&sinceSeconds=60").await.text.lines().count(), newest);
    assert_eq!(log("container=web&sinceTime=2026-11-21T09:59:00Z").await.text.lines().count(), newest);

    let before = log("container=web&previous=true&timestamps=true").await.text;
    assert!(before.lines().all(|l| l < "2026-11-21T08:59:01"), "{before}");
    let none = log("container=side&previous=true").await;
    assert_eq!(none.code, 400);
    assert!(none.text.contains("previous terminated container \\\"side\\\" in pod \\\"web\\\" not found"));
}

#[tokio::test]
async fn a_followed_log_goes_on_with_what_is_written_and_ends_with_its_container() {
    let api = api();
    api.store().with(|s| s.put(running("web")).unwrap());
    let path = "/api/v1/namespaces/a/pods/web/log?container=web&follow=true&tailLines=1";
    let mut body = send(&api, "GET", path, &[], "").await.into_body();
    let mut frame =
        async || body.frame().await.map(|f| String::from_utf8(f.unwrap().into_data().unwrap().to_vec()).unwrap());
    let first = frame().await.unwrap();
    assert_eq!(first.lines().count(), 1);
    let clock = api.store().clock().clone();
    // Time goes on while it is followed.
    let ticking = tokio::spawn(async move {
        for _ in 0..60 {
            tokio::task::yield_now().await;
            clock.advance(SignedDuration::from_secs(1));
        }
    });
    let second = frame().await.unwrap();
    assert!(!second.is_empty() && second != first);
    ticking.await.unwrap();
    let ended = json!({"terminated": {"startedAt": "2026-11-21T09:00:00Z", "finishedAt": "2026-11-21T10:00:30Z", "exitCode": 0}});
    api.store().with(|s| {
        let pods = kennel::sim::resource::Resource::of("v1", "Pod").unwrap();
        s.edit(pods, "a", "web", |p| p["status"]["containerStatuses"][0]["state"] = ended).unwrap();
    });
    let clock = api.store().clock().clone();
    let ticking = tokio::spawn(async move {
        loop {
            tokio::task::yield_now().await;
            clock.advance(SignedDuration::from_secs(1));
        }
    });
    let mut frames = 0;
    while frame().await.is_some() {
        frames += 1;
        assert!(frames < 100, "it goes on after its end");
    }
    ticking.abort();
}

fn budget(name: &str, app: &str, allowed: i64) -> Value {
    json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name, "namespace": "a", "generation": 1},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": app}}},
        "status": {
            "observedGeneration": 1, "disruptionsAllowed": allowed, "currentHealthy": 1, "desiredHealthy": 1,
            "expectedPods": 1,
        },
    })
}

// https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
#[tokio::test]
async fn an_eviction_asks_the_pods_budget_and_takes_from_it() {
    let api = api();
    let evict = async |pod: &str, options: Value| {
        let body = json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": "a"}, "deleteOptions": options});
        post(&api, &format!("/api/v1/namespaces/a/pods/{pod}/eviction"), &body).await
    };
    let put = |object: Value| api.store().with(|s| drop(s.put(object).unwrap()));
    let pod = async |name: &str| get(&api, &format!("/api/v1/namespaces/a/pods/{name}")).await.json();
    for name in ["none", "spare", "free", "two", "unready"] {
        put(running(name));
    }
    put(budget("none", "none", 0));
    put(budget("spare", "spare", 1));
    for name in ["two-a", "two-b"] {
        put(budget(name, "two", 1));
    }

    let refused = evict("none", json!({})).await;
    assert_eq!(refused.code, 429, "{}", refused.text);
    assert_eq!(refused.json()["message"], "Cannot evict pod as it would violate the pod's disruption budget.");
    let why = "The disruption budget none needs 1 healthy pods and has 1 currently";
    assert_eq!(refused.json()["details"]["causes"], json!([{"reason": "DisruptionBudget", "message": why}]));
    assert!(pod("none").await["metadata"]["deletionTimestamp"].is_null());

    assert_eq!(evict("spare", json!({"dryRun": ["All"]})).await.code, 201);
    assert!(pod("spare").await["metadata"]["deletionTimestamp"].is_null());
    assert_eq!(evict("spare", json!({"gracePeriodSeconds": 5})).await.code, 201);
    let going = pod("spare").await;
    assert_eq!(going["metadata"]["deletionGracePeriodSeconds"], 5);
    let disrupted = going["status"]["conditions"].as_array().unwrap().iter().find(|c| c["type"] == "DisruptionTarget");
    assert_eq!(disrupted.unwrap()["reason"], "EvictionByEvictionAPI");
    let spare = get(&api, "/apis/policy/v1/namespaces/a/poddisruptionbudgets/spare").await.json();
    assert_eq!(spare["status"]["disruptionsAllowed"], 0);
    assert!(spare["status"]["disruptedPods"]["spare"].is_string());

    assert_eq!(evict("free", json!({})).await.code, 201, "no budget selects it");
    assert_eq!(evict("two", json!({})).await.code, 500, "nor may two");
    let mut other = running("unready");
    other["status"]["conditions"][0]["status"] = "False".into();
    put(other);
    put(budget("unready", "unready", 0));
    assert_eq!(evict("unready", json!({})).await.code, 201, "it serves nobody, and enough others do");
    assert_eq!(evict("nosuch", json!({})).await.code, 404);
    let mut changed = budget("none", "none", 5);
    changed["metadata"]["generation"] = 2.into();
    put(changed);
    let early = evict("none", json!({})).await;
    assert_eq!(
        (early.code, early.headers["retry-after"].to_str().unwrap()),
        (429, "10"),
        "not seen by its controller yet"
    );
}
