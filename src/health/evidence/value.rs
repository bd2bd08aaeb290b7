//! Looks into an object as the API gives it: what is not there is empty, and never an error.

use serde_json::Value;

use crate::domain::Time;

const NULL: &Value = &Value::Null;

/// Reads fields by their path, as in `spec/template/spec/containers`.
pub(crate) trait Look {
    /// What stands at a path; null where nothing does.
    fn at(&self, path: &str) -> &Value;

    /// A text; empty where there is none.
    fn text(&self, path: &str) -> &str {
        self.at(path).as_str().unwrap_or_default()
    }

    /// A list; empty where there is none.
    fn list(&self, path: &str) -> &[Value] {
        self.at(path).as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// A number.
    fn int(&self, path: &str) -> Option<i64> {
        self.at(path).as_i64()
    }

    /// A switch that is on.
    fn on(&self, path: &str) -> bool {
        self.at(path).as_bool().unwrap_or_default()
    }

    /// A time.
    fn time(&self, path: &str) -> Option<Time> {
        self.text(path).parse().ok()
    }

    /// The pairs of a map; none where there is no map.
    fn pairs(&self, path: &str) -> Vec<(&str, &Value)> {
        self.at(path).as_object().map(|m| m.iter().map(|(k, v)| (k.as_str(), v)).collect()).unwrap_or_default()
    }

    /// The pairs of a map of texts.
    fn texts(&self, path: &str) -> Vec<(&str, &str)> {
        self.pairs(path).into_iter().filter_map(|(k, v)| Some((k, v.as_str()?))).collect()
    }

    /// The value of a label.
    fn label(&self, key: &str) -> Option<&str> {
        self.at("metadata/labels").get(key)?.as_str()
    }

    /// Its condition of a type.
    fn condition(&self, kind: &str) -> Option<&Value> {
        self.list("status/conditions").iter().find(|c| c.text("type") == kind)
    }

    /// Name.
    fn name(&self) -> &str {
        self.text("metadata/name")
    }

    /// Namespace; empty for objects of the cluster.
    fn namespace(&self) -> &str {
        self.text("metadata/namespace")
    }
}

impl Look for Value {
    fn at(&self, path: &str) -> &Value {
        path.split('/').try_fold(self, |at, key| at.get(key)).unwrap_or(NULL)
    }
}

/// A number or a text, as it is written.
pub(crate) fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
