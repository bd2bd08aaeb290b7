//! Argo CD's own test objects, judged by kennel: each gets one of the statuses that the rules allow.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::path::Path;

use kennel::cluster::convert;
use kennel::domain::data::DataState;
use kennel::domain::model::Change;
use kennel::domain::row::{AnyRow, Meta, NamespaceRow};
use kennel::domain::{Kind, Time};
use kennel::health::Picture;
use serde_json::Value;

fn yaml(path: &Path) -> Value {
    // One of the objects has a key twice; the API server takes the later one.
    let options = serde_yaml::options! { duplicate_keys: serde_yaml::options::DuplicateKeyPolicy::LastWins };
    serde_yaml::from_str_with_options(&std::fs::read_to_string(path).unwrap(), options).unwrap()
}

/// What kennel says of the one object, an hour after the newest time in it, with all data here.
fn judge(object: &Value, namespace: &str, name: &str) -> String {
    let mut model = Picture::default();
    for info in Kind::ALL {
        model.apply(Change::data(info.kind, DataState::Live));
    }
    let meta = Meta { name: namespace.into(), ..Meta::default() };
    model.apply(Change::Put(AnyRow::Namespace(Box::new(NamespaceRow { meta, ..NamespaceRow::default() }))));
    model.apply(Change::Put(convert::object(object).unwrap()));
    let now: Time = newest(object).unwrap_or_else(|| "2026-01-01T00:00:00Z".parse().unwrap());
    let snapshot = model.publish(now.checked_add(jiff::SignedDuration::from_hours(1)).unwrap());
    let environment = snapshot.namespace(namespace).unwrap();
    let service = environment.services.iter().find(|s| s.object.name == name).map(|s| s.status);
    let task = environment.tasks.iter().find(|t| t.object.name == name).map(|t| t.status);
    service.or(task).unwrap().word().to_owned()
}

/// The newest text in an object that is a time.
fn newest(value: &Value) -> Option<Time> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Array(all) => all.iter().filter_map(newest).max(),
        Value::Object(all) => all.values().filter_map(newest).max(),
        _ => None,
    }
}

#[test]
fn every_object_of_the_oracle_gets_an_allowed_status() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/status-oracle");
    let mut cases = 0;
    let mut wrong = Vec::new();
    for folder in std::fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()) {
        let expected = yaml(&folder.join("expected.yaml"));
        let object = yaml(&folder.join("objects.yaml"));
        let said = judge(&object, expected["namespace"].as_str().unwrap(), expected["name"].as_str().unwrap());
        let allowed: Vec<&str> = expected["status"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
        cases += 1;
        if !allowed.contains(&said.as_str()) {
            wrong.push(format!("{}: {said}, allowed {allowed:?}", folder.file_name().unwrap().display()));
        }
    }
    assert!(cases >= 17, "only {cases} cases were found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
