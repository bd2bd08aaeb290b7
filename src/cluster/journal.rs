//! The journal as an object of the cluster: reading, creating (the lock), replacing with a precondition.

mod ledger;
mod size;

pub(crate) use ledger::Ledger;

use serde::Deserialize;
use serde_json::json;

use super::convert::JOURNAL_KEY;
use super::wire::{FIELD_MANAGER, MERGE_PATCH, Wire, WireError, parse};
use crate::domain::operation::{JOURNAL, Journal};
use crate::domain::{Kind, Text};

/// A journal as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    /// The journal, or why it can't be read.
    pub(crate) journal: Result<Journal, Text>,
    /// Version of the ConfigMap: the precondition of the next write.
    pub(crate) resource_version: Text,
}

#[derive(Deserialize)]
struct ConfigMap {
    metadata: Metadata,
    #[serde(default)]
    data: std::collections::BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    resource_version: Text,
}

fn collection(namespace: &str) -> String {
    Kind::ConfigMap.path(Some(namespace))
}

fn path(namespace: &str) -> String {
    format!("{}/{JOURNAL}", collection(namespace))
}

fn stored(body: &[u8]) -> Result<Stored, WireError> {
    let map: ConfigMap = parse(body)?;
    let journal = match map.data.get(JOURNAL_KEY) {
        None => Err(Text::from(format!("it has no key {JOURNAL_KEY}"))),
        Some(text) => serde_json::from_str(text).map_err(|e| Text::capped(&e.to_string(), 200)),
    };
    Ok(Stored { journal, resource_version: map.metadata.resource_version })
}

/// Reads the journal of a namespace; `None` where there is none.
pub(crate) async fn read(wire: &Wire, namespace: &str) -> Result<Option<Stored>, WireError> {
    match wire.get(&path(namespace)).await {
        Ok(body) => stored(&body).map(Some),
        Err(e) if e.code() == Some(404) => Ok(None),
        Err(e) => Err(e),
    }
}

/// Creates the journal; only one of several who try succeeds (409 for the others).
pub(crate) async fn create(wire: &Wire, namespace: &str, journal: &Journal) -> Result<Stored, WireError> {
    let mut object = content(journal)?;
    if let Some(o) = object.as_object_mut() {
        o.insert("apiVersion".to_owned(), "v1".into());
        o.insert("kind".to_owned(), "ConfigMap".into());
    }
    put(&mut object, "name", JOURNAL);
    put(&mut object, "namespace", namespace);
    let path = format!("{}?fieldManager={FIELD_MANAGER}", collection(namespace));
    stored(&wire.create(&path, object.to_string()).await?)
}

/// Replaces the journal that has this version; 409 where it has another by now.
pub(crate) async fn replace(
    wire: &Wire,
    namespace: &str,
    journal: &Journal,
    resource_version: &str,
) -> Result<Stored, WireError> {
    let mut object = content(journal)?;
    put(&mut object, "resourceVersion", resource_version);
    let path = format!("{}?fieldManager={FIELD_MANAGER}", path(namespace));
    stored(&wire.patch(&path, MERGE_PATCH, object.to_string()).await?)
}

fn content(journal: &Journal) -> Result<serde_json::Value, WireError> {
    let text =
        size::fitting(journal).map_err(|e| WireError::Garbage(format!("the journal can't be written: {e}").into()))?;
    Ok(json!({
        "metadata": { "labels": { "app.kubernetes.io/managed-by": "kennel" } },
        "data": { JOURNAL_KEY: text },
    }))
}

fn put(object: &mut serde_json::Value, key: &str, value: &str) {
    if let Some(metadata) = object.get_mut("metadata").and_then(|m| m.as_object_mut()) {
        metadata.insert(key.to_owned(), value.into());
    }
}
