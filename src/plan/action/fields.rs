//! Actions that patch fields of an object that is there. Both directions come from one list of fields, so what is
//! undone is what was done.

use serde_json::{Map, Value, json};

use super::{Direction, Fit, Request};
use crate::domain::row::Meta;

/// A field with the value it gets; `None` removes it.
pub(super) type Field = (Vec<String>, Option<Value>);

pub(super) fn annotation(key: &str, value: Option<&str>) -> Field {
    (["metadata", "annotations", key].map(String::from).to_vec(), value.map(Value::from))
}

pub(super) fn spec(name: &str, value: impl Into<Value>) -> Field {
    (["spec", name].map(String::from).to_vec(), Some(value.into()))
}

/// `4 → 0`, for people; where both are the same only the memory of a stop goes, or comes back.
pub(super) fn change(from: &str, to: &str, direction: Direction) -> String {
    match (from == to, direction) {
        (true, Direction::Forward) => format!("{to}, forgets the stop"),
        (true, Direction::Back) => format!("{to}, remembers the stop"),
        (false, _) => format!("{from} → {to}"),
    }
}

/// The patch that leaves these fields behind, without a precondition.
pub(super) fn request(fields: Vec<Field>) -> Request {
    let mut root = Value::Object(Map::new());
    for (path, value) in fields {
        put(&mut root, &path, value.unwrap_or(Value::Null));
    }
    Request::Patch(root)
}

pub(super) fn put<P: AsRef<str>>(into: &mut Value, path: &[P], value: Value) {
    let Some((key, rest)) = path.split_first() else {
        *into = value;
        return;
    };
    if !into.is_object() {
        *into = Value::Object(Map::new());
    }
    if let Some(map) = into.as_object_mut() {
        put(map.entry(key.as_ref()).or_insert(Value::Null), rest, value);
    }
}

/// How an object stands to an action whose fields are these; `elsewise` says it of one that is neither as before it nor
/// as after it.
pub(super) fn judge(
    fields: impl Fn(Direction) -> Vec<Field>,
    direction: Direction,
    uid: Option<&str>,
    object: Option<&Value>,
    elsewise: impl FnOnce(&Value) -> Fit,
) -> Fit {
    stands(uid, object, |object| {
        let as_left = |direction| fields(direction).iter().all(|(path, wanted)| read(object, path) == *wanted);
        if as_left(direction) {
            return Fit::After;
        }
        if as_left(direction.opposite()) {
            return Fit::Before;
        }
        elsewise(object)
    })
}

/// How an object stands to an action on one that is there; `otherwise`: of the same one that the plan saw.
pub(super) fn stands(uid: Option<&str>, object: Option<&Value>, otherwise: impl FnOnce(&Value) -> Fit) -> Fit {
    let Some(object) = object else { return Fit::Already("is gone".into()) };
    match object.pointer("/metadata/uid").and_then(Value::as_str) == uid {
        true => otherwise(object),
        false => Fit::Already("is another object of that name now".into()),
    }
}

/// A field of an object; what the API leaves out has its default.
pub(super) fn read<P: AsRef<str>>(object: &Value, path: &[P]) -> Option<Value> {
    let found = path.iter().try_fold(object, |at, key| at.get(key.as_ref())).filter(|v| !v.is_null()).cloned();
    found.or_else(|| match path.last().map(AsRef::as_ref) {
        Some("replicas") => Some(1.into()),
        Some("suspend") => Some(false.into()),
        _ => None,
    })
}

/// An annotation of an object.
pub(super) fn noted(object: &Value, key: &str) -> Option<String> {
    read(object, &["metadata", "annotations", key])?.as_str().map(String::from)
}

/// The metadata of a row in the API's form, as far as actions look at it.
pub(super) fn metadata(meta: &Meta) -> Value {
    let written = |key: &str| meta.written(key).map(|v| Value::from(v.as_str()));
    let annotations: Map<String, Value> =
        meta.annotations.iter().filter_map(|(key, _)| Some((key.to_string(), written(key)?))).collect();
    json!({ "uid": meta.uid.as_str(), "annotations": annotations })
}
