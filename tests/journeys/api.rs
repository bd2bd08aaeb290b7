//! The embedded cluster's API as another client uses it: to change what a test needs changed, and to hold pods.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

/// One request to the server of that URL, and its answer. The body of a PATCH is a merge patch.
pub fn ask(url: &str, method: &str, path: &str, body: &str) -> Value {
    let address = url.strip_prefix("http://").unwrap();
    let mut server = TcpStream::connect(address).unwrap();
    let form = if method == "PATCH" { "merge-patch+json" } else { "json" };
    write!(
        server,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/{form}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    server.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap_or_else(|e| panic!("{e}: {answer}"))
}

/// Changes an object.
pub fn patch(url: &str, path: &str, patch: &Value) {
    ask(url, "PATCH", path, &patch.to_string());
}

/// Holds every pod of a service on its way out, or lets it go: a stop waits until then, however slow the machine is.
pub fn hold(url: &str, namespace: &str, service: &str, held: bool) {
    let pods = format!("/api/v1/namespaces/{namespace}/pods");
    let list = ask(url, "GET", &pods, "");
    let names = list["items"].as_array().unwrap().iter().map(|p| p["metadata"]["name"].as_str().unwrap());
    let finalizers = if held { json!(["kennel.dev/test"]) } else { Value::Null };
    let mut count = 0;
    for name in names.filter(|n| n.starts_with(&format!("{service}-"))) {
        patch(url, &format!("{pods}/{name}"), &json!({ "metadata": { "finalizers": finalizers } }));
        count += 1;
    }
    assert!(count > 0, "no pod of {service} in {namespace}");
}
