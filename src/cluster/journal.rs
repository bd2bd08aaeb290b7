//! The journal as objects of the cluster: reading, creating (the lock), replacing with a precondition.

mod ledger;
mod pages;

pub(crate) use ledger::Ledger;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::wire::{FIELD_MANAGER, MERGE_PATCH, Wire, WireError, parse};
use crate::domain::operation::form;
use crate::domain::{Kind, Text, keys};

/// A ConfigMap of a journal.
#[derive(Clone, Debug)]
struct Stored {
    /// The text in it.
    text: Option<String>,
    /// kennel has made it.
    ours: bool,
    /// Its version: the precondition of the next write.
    resource_version: Text,
}

#[derive(Deserialize)]
struct ConfigMap {
    metadata: Metadata,
    #[serde(default)]
    data: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    labels: BTreeMap<String, String>,
    resource_version: Text,
}

fn path(namespace: &str, name: &str) -> String {
    format!("{}/{name}", Kind::ConfigMap.path(Some(namespace)))
}

fn stored(body: &[u8]) -> Result<Stored, WireError> {
    let mut map: ConfigMap = parse(body)?;
    Ok(Stored {
        text: map.data.remove(form::KEY),
        ours: map.metadata.labels.get(keys::MANAGED_BY).is_some_and(|v| v == "kennel"),
        resource_version: map.metadata.resource_version,
    })
}

/// Reads a ConfigMap; `None` where there is none.
async fn read(wire: &Wire, namespace: &str, name: &str) -> Result<Option<Stored>, WireError> {
    match wire.get(&path(namespace, name)).await {
        Ok(body) => stored(&body).map(Some),
        Err(e) if e.code() == Some(404) => Ok(None),
        Err(e) => Err(e),
    }
}

/// Creates a ConfigMap; only one of several who try succeeds (409 for the others). Returns its version.
async fn create(wire: &Wire, namespace: &str, name: &str, text: &str) -> Result<Text, WireError> {
    let object = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": name, "namespace": namespace, "labels": labels() },
        "data": { form::KEY: text },
    });
    let path = format!("{}?fieldManager={FIELD_MANAGER}", Kind::ConfigMap.path(Some(namespace)));
    Ok(stored(&wire.create(&path, object.to_string()).await?)?.resource_version)
}

/// Replaces the text of the ConfigMap that has this version (none: empties it); 409 where it has another by now.
/// Returns its new version.
async fn replace(
    wire: &Wire,
    namespace: &str,
    name: &str,
    text: Option<&str>,
    resource_version: &str,
) -> Result<Text, WireError> {
    let object = json!({
        "metadata": { "labels": labels(), "resourceVersion": resource_version },
        "data": { form::KEY: text },
    });
    let path = format!("{}?fieldManager={FIELD_MANAGER}", path(namespace, name));
    Ok(stored(&wire.patch(&path, MERGE_PATCH, object.to_string()).await?)?.resource_version)
}

/// Deletes the ConfigMap that has this version.
async fn delete(wire: &Wire, namespace: &str, name: &str, resource_version: &str) -> Result<(), WireError> {
    let options = json!({ "preconditions": { "resourceVersion": resource_version } });
    wire.delete(&path(namespace, name), options.to_string()).await.map(drop)
}

/// What journals are found by.
fn labels() -> serde_json::Value {
    json!({ keys::MANAGED_BY: "kennel" })
}
