//! Reading and writing JSON objects by dotted path, without ever panicking: an absent field is null, `""`, 0.

use jiff::Timestamp;
use serde_json::{Map, Value};

static NULL: Value = Value::Null;

/// Reads of a JSON object by path (`spec.template.metadata`); keys with dots are read by [`Json::key`].
pub(crate) trait Json {
    /// The value at the path, null where there is none; itself where the path is empty.
    fn at(&self, path: &str) -> &Value;
    /// The value of one key, which may hold dots (labels, annotations).
    fn key(&self, path: &str, key: &str) -> &Value;
    /// Text at the path, else `""`.
    fn text(&self, path: &str) -> &str {
        self.at(path).as_str().unwrap_or_default()
    }
    /// Number at the path, else `default`.
    fn int_or(&self, path: &str, default: i64) -> i64 {
        self.at(path).as_i64().unwrap_or(default)
    }
    /// Number at the path, else 0.
    fn int(&self, path: &str) -> i64 {
        self.int_or(path, 0)
    }
    /// Whether the path holds `true`.
    fn is(&self, path: &str) -> bool {
        self.at(path).as_bool().unwrap_or_default()
    }
    /// Whether the path holds anything but null.
    fn has(&self, path: &str) -> bool {
        !self.at(path).is_null()
    }
    /// Items of the array at the path.
    fn items(&self, path: &str) -> &[Value] {
        self.at(path).as_array().map(Vec::as_slice).unwrap_or_default()
    }
    /// Keys and values of the object at the path.
    fn entries(&self, path: &str) -> impl Iterator<Item = (&String, &Value)> {
        self.at(path).as_object().into_iter().flatten()
    }
    /// Time at the path.
    fn time(&self, path: &str) -> Option<Timestamp> {
        self.at(path).as_str()?.parse().ok()
    }
    /// `metadata.name`.
    fn name(&self) -> &str {
        self.text("metadata.name")
    }
    /// `metadata.uid`.
    fn uid(&self) -> &str {
        self.text("metadata.uid")
    }
    /// An annotation, else `""`.
    fn annotation(&self, key: &str) -> &str {
        self.key("metadata.annotations", key).as_str().unwrap_or_default()
    }
    /// A label, else `""`.
    fn label(&self, key: &str) -> &str {
        self.key("metadata.labels", key).as_str().unwrap_or_default()
    }
    /// Whether the object is being deleted.
    fn is_going(&self) -> bool {
        self.has("metadata.deletionTimestamp")
    }
    /// The owner that controls the object.
    fn controller(&self) -> Option<&Value> {
        self.items("metadata.ownerReferences").iter().find(|o| o.is("controller"))
    }
    /// The condition of that type.
    fn condition(&self, kind: &str) -> Option<&Value> {
        self.items("status.conditions").iter().find(|c| c.text("type") == kind)
    }
    /// Whether the condition of that type is `True`.
    fn holds(&self, kind: &str) -> bool {
        self.condition(kind).is_some_and(|c| c.text("status") == "True")
    }
}

impl Json for Value {
    fn at(&self, path: &str) -> &Value {
        let mut here = self;
        for key in path.split('.').filter(|k| !k.is_empty()) {
            match here.get(key) {
                Some(v) => here = v,
                None => return &NULL,
            }
        }
        here
    }

    fn key(&self, path: &str, key: &str) -> &Value {
        self.at(path).get(key).unwrap_or(&NULL)
    }
}

/// The object in `value`, made one where it is something else.
#[allow(clippy::panic, reason = "the branch cannot be reached: the value was made an object")]
fn object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(map) => map,
        _ => unreachable!("made an object above"),
    }
}

/// The object at `path`, made where there is none.
pub(crate) fn dig<'a>(value: &'a mut Value, path: &str) -> &'a mut Map<String, Value> {
    let mut here = value;
    for key in path.split('.').filter(|k| !k.is_empty()) {
        here = object(here).entry(key).or_insert(Value::Null);
    }
    object(here)
}

/// `metadata` of an object, made where there is none.
pub(crate) fn metadata(value: &mut Value) -> &mut Map<String, Value> {
    dig(value, "metadata")
}

/// The items of the array at `path`; none where there is no array.
pub(crate) fn items_mut<'a>(value: &'a mut Value, path: &str) -> impl Iterator<Item = &'a mut Value> {
    let found = path.split('.').try_fold(value, |here, key| here.get_mut(key));
    found.and_then(Value::as_array_mut).into_iter().flatten()
}

/// Writes `new` at `path`, making objects on the way.
pub(crate) fn set(value: &mut Value, path: &str, new: impl Into<Value>) {
    let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
    dig(value, parent).insert(key.to_owned(), new.into());
}

/// Drops the field at `path`.
pub(crate) fn unset(value: &mut Value, path: &str) {
    let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
    dig(value, parent).shift_remove(key);
}

/// A time as objects hold it: whole seconds.
pub(crate) fn stamp(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A time as `eventTime` holds it: microseconds.
pub(crate) fn micro(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn absent_paths_read_as_nothing_and_are_made_when_written() {
        let mut v = json!({"a": {"b": 1}});
        assert_eq!((v.int("a.b"), v.int("a.c"), v.text("x.y")), (1, 0, ""));
        set(&mut v, "x.y.z", "q");
        assert_eq!(v.text("x.y.z"), "q");
        unset(&mut v, "a.b");
        assert_eq!(v, json!({"a": {}, "x": {"y": {"z": "q"}}}));
    }
}
