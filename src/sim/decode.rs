//! Objects as they come out of the real server's Go types: what has another type is refused, what no type knows
//! is dropped and named, what is empty is left out where Go leaves it out and shown where Go shows it.
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation>

use serde_json::{Map, Number, Value, json};

use super::quantity;
use super::types::{self, Field, Shape, Type};

/// An object read by its type.
#[derive(Debug)]
pub(crate) struct Decoded {
    /// The object.
    pub(crate) value: Value,
    /// Paths of fields that the type does not have.
    pub(crate) unknown: Vec<String>,
}

/// Reads an object.
///
/// # Errors
/// What Go says of a value of the wrong type.
pub(crate) fn object(kind: &Type, value: &Value) -> Result<Decoded, String> {
    let mut reader = Reader { unknown: Vec::new(), path: String::new(), names: Vec::new() };
    let read = reader.fields(kind, value.as_object().unwrap_or(&Map::new()))?;
    Ok(Decoded { value: Value::Object(read), unknown: reader.unknown })
}

/// The object as it would be stored; itself where it cannot be read.
pub(crate) fn stored(kind: Option<&Type>, value: &Value) -> Value {
    kind.and_then(|kind| object(kind, value).ok()).map_or_else(|| value.clone(), |d| d.value)
}

/// Go's zero value of a type, as JSON shows it.
pub(crate) fn zero(kind: &Type) -> Value {
    let mut empty = Map::new();
    show_empty(kind, &mut empty);
    Value::Object(empty)
}

struct Reader {
    unknown: Vec<String>,
    /// Where we are, with indices: `spec.containers[0].`.
    path: String,
    /// Names of the struct fields on the way, as Go's errors have them.
    names: Vec<&'static str>,
}

impl Reader {
    fn fields(&mut self, kind: &Type, map: &Map<String, Value>) -> Result<Map<String, Value>, String> {
        let mut out = Map::new();
        // A claim inside of a StatefulSet says its kind too.
        let whole = self.names.is_empty() || kind.name == "PersistentVolumeClaim";
        let mut named = Map::new();
        for (key, given) in map {
            let Some(field) = kind.field(key) else {
                if whole && (key == "kind" || key == "apiVersion") {
                    named.insert(key.clone(), given.clone());
                } else {
                    self.unknown.push(format!("{}{key}", self.path));
                }
                continue;
            };
            if given.is_null() {
                continue;
            }
            let length = self.path.len();
            self.path.push_str(field.name);
            self.names.push(field.name);
            let read = self.value(kind.name, &field.shape, given)?;
            self.names.pop();
            self.path.truncate(length);
            if !(field.omit && Field::is_empty(&read)) {
                out.insert(field.name.to_owned(), read);
            }
        }
        show_empty(kind, &mut out);
        // In the order of the type, as Go writes them.
        Ok(named.into_iter().chain(kind.fields.iter().filter_map(|f| out.swap_remove_entry(f.name))).collect())
    }

    fn value(&mut self, holder: &str, shape: &Shape, given: &Value) -> Result<Value, String> {
        match (shape, given) {
            (Shape::Struct(name), Value::Object(map)) => {
                let Some(kind) = types::named(name) else { return Ok(given.clone()) };
                let length = self.path.len();
                self.path.push('.');
                let read = self.fields(kind, map)?;
                self.path.truncate(length);
                Ok(Value::Object(read))
            }
            (Shape::List(inner), Value::Array(items)) => {
                let mut out = Vec::with_capacity(items.len());
                for (at, item) in items.iter().enumerate() {
                    let length = self.path.len();
                    self.path.push_str(&format!("[{at}]"));
                    out.push(self.item(holder, inner, item)?);
                    self.path.truncate(length);
                }
                Ok(Value::Array(out))
            }
            (Shape::Map(inner), Value::Object(map)) => {
                let mut out = Map::new();
                let mut entries: Vec<_> = map.iter().collect();
                entries.sort_by_key(|(k, _)| *k);
                for (key, item) in entries {
                    let length = self.path.len();
                    self.path.push_str(&format!(".{key}"));
                    let item = match self.item(holder, inner, item)? {
                        // Every map of quantities is a list of resources.
                        Value::String(amount) if **inner == Shape::Quantity => quantity::of_resource(&amount)?.into(),
                        other => other,
                    };
                    out.insert(key.clone(), item);
                    self.path.truncate(length);
                }
                Ok(Value::Object(out))
            }
            (Shape::Text | Shape::Bytes, Value::String(_)) | (Shape::Bool, Value::Bool(_)) => Ok(given.clone()),
            (Shape::Int(_), Value::Number(n)) if fits(shape, n) => Ok(given.clone()),
            (Shape::IntOrText, Value::String(_)) => Ok(given.clone()),
            (Shape::IntOrText, Value::Number(n)) if n.is_i64() => Ok(given.clone()),
            (Shape::Quantity, Value::String(text)) => Ok(quantity::canonical(text.trim())?.into()),
            (Shape::Quantity, other) => Ok(quantity::canonical(&other.to_string())?.into()),
            (Shape::Time | Shape::Micro, Value::String(text)) => match text.parse::<jiff::Timestamp>() {
                Ok(_) => Ok(given.clone()),
                Err(_) => Err(format!(
                    "parsing time \"{text}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"{text}\" as \"2006\""
                )),
            },
            (Shape::Raw | Shape::Any, _) => Ok(given.clone()),
            _ => Err(self.mismatch(holder, shape, given)),
        }
    }

    /// An item of a list or a map, where null is the empty value.
    fn item(&mut self, holder: &str, shape: &Shape, given: &Value) -> Result<Value, String> {
        if !given.is_null() {
            return self.value(holder, shape, given);
        }
        Ok(match shape {
            Shape::Struct(name) => types::named(name).map_or(Value::Null, zero),
            Shape::Text => "".into(),
            Shape::Bool => false.into(),
            Shape::Int(_) => 0.into(),
            Shape::Quantity => "0".into(),
            _ => Value::Null,
        })
    }

    fn mismatch(&self, holder: &str, shape: &Shape, given: &Value) -> String {
        let what = match given {
            Value::Null => "null".to_owned(),
            Value::Bool(_) => "bool".to_owned(),
            Value::Number(n) if matches!(shape, Shape::Int(_)) => format!("number {n}"),
            Value::Number(_) => "number".to_owned(),
            Value::String(_) => "string".to_owned(),
            Value::Array(_) => "array".to_owned(),
            Value::Object(_) => "object".to_owned(),
        };
        let place = self.names.join(".");
        format!("json: cannot unmarshal {what} into Go struct field {holder}.{place} of type {}", go(shape))
    }
}

/// Puts in what Go writes though it is empty.
fn show_empty(kind: &Type, out: &mut Map<String, Value>) {
    for field in kind.fields.iter().filter(|f| !f.omit && !f.pointer) {
        if out.contains_key(field.name) {
            continue;
        }
        let empty = match &field.shape {
            Shape::Struct(name) => types::named(name).map(zero),
            Shape::Text => Some("".into()),
            Shape::Int(_) => Some(json!(0)),
            Shape::Bool => Some(false.into()),
            Shape::List(_) | Shape::Map(_) => Some(Value::Null),
            _ => None,
        };
        if let Some(empty) = empty {
            out.insert(field.name.to_owned(), empty);
        }
    }
}

fn fits(shape: &Shape, n: &Number) -> bool {
    match shape {
        Shape::Int("int32") => n.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
        _ => n.is_i64(),
    }
}

/// What Go calls a shape.
fn go(shape: &Shape) -> String {
    match shape {
        Shape::Text => "string".to_owned(),
        Shape::Bool => "bool".to_owned(),
        Shape::Int(name) => (*name).to_owned(),
        Shape::Bytes => "[]uint8".to_owned(),
        Shape::Quantity => "resource.Quantity".to_owned(),
        Shape::IntOrText => "int32".to_owned(),
        Shape::Time => "string".to_owned(),
        Shape::Micro => "string".to_owned(),
        Shape::Raw | Shape::Any => "interface {}".to_owned(),
        Shape::Struct(name) => name.split_once('.').map_or(*name, |(_, rest)| rest).to_owned(),
        Shape::List(inner) => format!("[]{}", go(inner)),
        Shape::Map(inner) => format!("map[string]{}", go(inner)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, value: Value) -> Result<Decoded, String> {
        object(types::named(name).unwrap(), &value)
    }

    // https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation
    #[test]
    fn what_no_type_knows_is_dropped_and_named_with_its_path() {
        let spec = json!({"containers": [{"name": "c", "imagee": "x"}], "nope": 1});
        let read =
            read("core.v1.Pod", json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}, "spec": spec}));
        let read = read.unwrap();
        assert_eq!(read.unknown, ["spec.containers[0].imagee", "spec.nope"], "as they stand in the body");
        assert_eq!(read.value["spec"], json!({"containers": [{"name": "c", "resources": {}}]}));
    }

    #[test]
    fn a_value_of_the_wrong_type_is_refused_in_gos_words() {
        let wrong = |value| read("apps.v1.Deployment", value).unwrap_err();
        assert_eq!(
            wrong(json!({"spec": {"replicas": "3"}})),
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"
        );
        assert_eq!(
            wrong(json!({"spec": {"template": {"spec": {"containers": {}}}}})),
            "json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container"
        );
        assert_eq!(
            wrong(json!({"metadata": []})),
            "json: cannot unmarshal array into Go struct field Deployment.metadata of type v1.ObjectMeta"
        );
    }

    // https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
    #[test]
    fn quantities_come_out_canonical_wherever_a_type_has_them() {
        let resources = json!({"requests": {"cpu": 0.1, "memory": "1024Mi"}, "limits": {"cpu": "0.00001"}});
        let pod = read("core.v1.Pod", json!({"spec": {"containers": [{"name": "c", "resources": resources}]}}));
        let read_back = pod.unwrap().value["spec"]["containers"][0]["resources"].clone();
        assert_eq!(read_back["requests"], json!({"cpu": "100m", "memory": "1Gi"}));
        assert_eq!(read_back["limits"], json!({"cpu": "1m"}));
        let target = json!({"spec": {"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "d"}, "metrics": [
            {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "AverageValue", "averageValue": "0.00001"}}},
        ]}});
        let autoscaler = read("autoscaling.v2.HorizontalPodAutoscaler", target).unwrap().value;
        assert_eq!(
            autoscaler["spec"]["metrics"][0]["resource"]["target"]["averageValue"], "10u",
            "no list of resources"
        );
        assert!(read("core.v1.Pod", json!({"spec": {"overhead": {"cpu": "lots"}}})).is_err());
    }

    #[test]
    fn what_is_empty_is_left_out_or_shown_as_go_does() {
        let claim =
            read("apps.v1.StatefulSet", json!({"spec": {"replicas": 0, "template": {"metadata": {"labels": {}}}}}));
        let value = claim.unwrap().value;
        assert_eq!(value["spec"]["replicas"], 0, "a pointer");
        assert_eq!(value["spec"]["template"], json!({"metadata": {}, "spec": {"containers": null}}));
        assert_eq!(value["status"], json!({"replicas": 0, "availableReplicas": 0}));
        assert_eq!(value["spec"].get("minReadySeconds"), None);
    }
}
