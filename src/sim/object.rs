//! One stored object: its JSON, kept as a value while it is small and as bytes when it is not.
//!
//! A pod of 9 KB is some 50 KB as a tree of values; twenty thousand of them would be a gigabyte.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use super::resource::Resource;

/// Past this many bytes an object is kept as bytes only and read when it is asked for.
const PACK: usize = 4096;

/// One object at one resourceVersion; never changed, only replaced.
#[derive(Debug)]
pub struct Object {
    /// Its kind (that of the storage: Events are those of `events.k8s.io`).
    pub resource: &'static Resource,
    /// `namespace/name`, or the name of a cluster's object.
    key: Arc<str>,
    /// `metadata.resourceVersion` as a number.
    pub rv: u64,
    form: Form,
}

#[derive(Debug)]
enum Form {
    Value(Arc<Value>, OnceLock<Bytes>),
    Packed(Bytes),
}

impl Object {
    pub(crate) fn new(resource: &'static Resource, key: Arc<str>, rv: u64, value: Value) -> Self {
        let form = if weight(&value) > PACK {
            Form::Packed(serialize(&value))
        } else {
            Form::Value(Arc::new(value), OnceLock::new())
        };
        Self { resource, key, rv, form }
    }

    /// The whole object, with `apiVersion` and `kind`.
    pub fn value(&self) -> Arc<Value> {
        match &self.form {
            Form::Value(v, _) => v.clone(),
            Form::Packed(bytes) => {
                let mut value = serde_json::Map::new();
                value.insert("apiVersion".to_owned(), self.resource.api_version().into());
                value.insert("kind".to_owned(), self.resource.kind.into());
                // The bytes were written from a value, so they read as one.
                if let Ok(Value::Object(rest)) = serde_json::from_slice(bytes) {
                    value.extend(rest);
                }
                Arc::new(Value::Object(value))
            }
        }
    }

    /// The object's JSON without `apiVersion` and `kind`, as it stands in lists of built-in kinds.
    pub fn bytes(&self) -> Bytes {
        match &self.form {
            Form::Value(v, bytes) => bytes.get_or_init(|| serialize(v)).clone(),
            Form::Packed(bytes) => bytes.clone(),
        }
    }

    /// `namespace/name`, or the name of a cluster's object.
    pub(crate) fn key(&self) -> &Arc<str> {
        &self.key
    }

    /// Namespace; empty for objects of the cluster.
    pub fn namespace(&self) -> &str {
        self.key.split_once('/').map_or("", |(ns, _)| ns)
    }

    /// Name.
    pub fn name(&self) -> &str {
        self.key.split_once('/').map_or(&*self.key, |(_, name)| name)
    }
}

/// Everything of an object but `apiVersion` and `kind`.
struct Untyped<'a>(&'a Value);

impl Serialize for Untyped<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (k, v) in self.0.as_object().into_iter().flatten() {
            if k != "apiVersion" && k != "kind" {
                map.serialize_entry(k, v)?;
            }
        }
        map.end()
    }
}

/// About how many bytes a value is as JSON: most objects are replaced before anybody asks for their bytes.
fn weight(value: &Value) -> usize {
    match value {
        Value::String(s) => s.len() + 3,
        Value::Array(items) => items.iter().map(weight).sum::<usize>() + 2,
        Value::Object(map) => map.iter().map(|(k, v)| k.len() + 3 + weight(v)).sum::<usize>() + 2,
        _ => 5,
    }
}

/// JSON of an object without `apiVersion` and `kind`.
pub(crate) fn serialize(value: &Value) -> Bytes {
    // Values have string keys and finite numbers: writing them cannot fail.
    serde_json::to_vec(&Untyped(value)).unwrap_or_default().into()
}

/// `{"kind":…,"apiVersion":…,` and the rest of `bytes`: the object as a single answer.
pub(crate) fn typed(kind: &str, api_version: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = format!(r#"{{"kind":"{kind}","apiVersion":"{api_version}""#).into_bytes();
    let rest = bytes.strip_prefix(b"{").unwrap_or(bytes);
    if rest != b"}" {
        out.push(b',');
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_big_object_reads_back_as_it_was_written() {
        let pod = Resource::of("v1", "Pod").unwrap();
        for size in [10, PACK + 1] {
            let value = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "x": "y".repeat(size)});
            let object = Object::new(pod, "ns/a".into(), 1, value.clone());
            assert_eq!(matches!(object.form, Form::Packed(_)), size > PACK);
            assert_eq!(*object.value(), value);
            let whole: Value = serde_json::from_slice(&typed("Pod", "v1", &object.bytes())).unwrap();
            assert_eq!(whole, value);
            assert_eq!((object.namespace(), object.name()), ("ns", "a"));
        }
    }
}
