//! Sets of fields, as `metadata.managedFields` writes them down (`FieldsV1`).
//! After sigs.k8s.io/structured-merge-diff/fieldpath.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::{Map, Value, json};

/// A place in an object.
pub(crate) type Path = Vec<Element>;
/// Places in an object, a parent before its children.
pub(crate) type Set = BTreeSet<Path>;

/// One step of a path, in the order in which sets are written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Element {
    /// A field of an object, or a key of a map.
    Field(String),
    /// An item of a list, by the values of its keys.
    Key(Vec<(String, Scalar)>),
    /// An item of a set.
    Value(Scalar),
}

/// A value that can be a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scalar {
    /// A number.
    Int(i64),
    /// Text.
    Text(String),
    /// A truth value.
    Bool(bool),
    /// Anything else, as JSON.
    Other(String),
}

impl From<&Value> for Scalar {
    fn from(value: &Value) -> Self {
        match value {
            Value::String(s) => Self::Text(s.clone()),
            Value::Bool(b) => Self::Bool(*b),
            other => other.as_i64().map_or_else(|| Self::Other(other.to_string()), Self::Int),
        }
    }
}

impl Scalar {
    fn json(&self) -> Value {
        match self {
            Self::Int(n) => (*n).into(),
            Self::Text(s) => s.as_str().into(),
            Self::Bool(b) => (*b).into(),
            Self::Other(s) => serde_json::from_str(s).unwrap_or(Value::Null),
        }
    }
}

impl Element {
    /// A field.
    pub(crate) fn field(name: &str) -> Self {
        Self::Field(name.to_owned())
    }

    fn write(&self) -> String {
        match self {
            Self::Field(name) => format!("f:{name}"),
            Self::Key(keys) => {
                let map: Map<_, _> = keys.iter().map(|(k, v)| (k.clone(), v.json())).collect();
                format!("k:{}", Value::Object(map))
            }
            Self::Value(value) => format!("v:{}", value.json()),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        Some(match kind {
            "f" => Self::field(rest),
            "k" => {
                let map: Map<String, Value> = serde_json::from_str(rest).ok()?;
                let mut keys: Vec<_> = map.iter().map(|(k, v)| (k.clone(), Scalar::from(v))).collect();
                keys.sort();
                Self::Key(keys)
            }
            "v" => Self::Value(Scalar::from(&serde_json::from_str::<Value>(rest).ok()?)),
            _ => return None,
        })
    }
}

/// What differs between two objects.
#[derive(Debug, Default)]
pub(crate) struct Difference {
    /// Only after.
    pub(crate) added: Set,
    /// Only before.
    pub(crate) removed: Set,
    /// In both, not equal.
    pub(crate) modified: Set,
}

/// A path as conflicts name it: `.spec.containers[name="c"].image`.
pub(crate) fn shown(path: &[Element]) -> String {
    let mut out = String::new();
    for element in path {
        // Writing to a String cannot fail.
        let _ = match element {
            Element::Field(name) => write!(out, ".{name}"),
            Element::Key(keys) => {
                let all: Vec<_> = keys.iter().map(|(k, v)| format!("{k}={}", v.json())).collect();
                write!(out, "[{}]", all.join(","))
            }
            Element::Value(value) => write!(out, "[={}]", value.json()),
        };
    }
    out
}

/// Whether the set has anything below `path`.
pub(crate) fn reaches_into(set: &Set, path: &[Element]) -> bool {
    set.range(path.to_vec()..).find(|p| p.as_slice() != path).is_some_and(|p| p.starts_with(path))
}

#[derive(Default)]
struct Node<'a> {
    member: bool,
    children: BTreeMap<&'a Element, Node<'a>>,
}

impl Node<'_> {
    fn json(&self) -> Value {
        let own = (self.member && !self.children.is_empty()).then(|| (".".to_owned(), json!({})));
        own.into_iter().chain(self.children.iter().map(|(e, n)| (e.write(), n.json()))).collect::<Map<_, _>>().into()
    }
}

/// The set as `fieldsV1`.
pub(crate) fn write(set: &Set) -> Value {
    let mut root = Node::default();
    for path in set {
        let mut node = &mut root;
        for element in path {
            node = node.children.entry(element).or_default();
        }
        node.member = true;
    }
    root.json()
}

/// Reads `fieldsV1`; what cannot be read is left out.
pub(crate) fn read(fields: &Value) -> Set {
    let mut set = Set::new();
    read_below(fields, &mut Vec::new(), &mut set);
    set
}

fn read_below(fields: &Value, path: &mut Path, set: &mut Set) {
    for (key, inner) in fields.as_object().into_iter().flatten() {
        if key == "." {
            set.insert(path.clone());
        } else if let Some(element) = Element::read(key) {
            path.push(element);
            if inner.as_object().is_none_or(Map::is_empty) {
                set.insert(path.clone());
            }
            read_below(inner, path, set);
            path.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/ (FieldsV1)
    #[test]
    fn a_set_reads_back_as_it_was_written() {
        let fields = json!({
            "f:metadata": {"f:labels": {".": {}, "f:app": {}}, "f:finalizers": {".": {}, "v:\"a/b\"": {}}},
            "f:spec": {"f:containers": {"k:{\"name\":\"c\"}": {".": {}, "f:ports": {
                "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}}}}},
        });
        let set = read(&fields);
        assert_eq!(write(&set), fields);
        let shown: Vec<_> = set.iter().map(|p| shown(p)).collect();
        assert!(shown.contains(
            &".spec.containers[name=\"c\"].ports[containerPort=80,protocol=\"TCP\"].containerPort".to_owned()
        ));
        assert!(shown.contains(&".metadata.finalizers[=\"a/b\"]".to_owned()));
        assert!(reaches_into(&set, &[Element::field("spec")]));
        assert!(!reaches_into(&set, &[Element::field("status")]));
    }
}
