//! The embedded API server, held to the API's documentation and to what kube-apiserver 1.36.3 answered to
//! the same requests. Each test names the page its rule is from.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use http_body_util::BodyExt;
use jiff::SignedDuration;
use kennel::sim::api::{Api, Body};
use kennel::sim::authz::{Rbac, Rule, Subject};
use kennel::sim::clock::Clock;
use kennel::sim::fault::{Fault, Trouble};
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
