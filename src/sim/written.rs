//! Who wrote what of the objects that controllers make and change: `managedFields` as the API server would have
//! noted them, had the write come through its door.
//! <https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management>

use jiff::Timestamp;
use serde_json::{Value, json};

use super::apply::{self, Schema};
use super::decode;
use super::json::{Json, metadata, set, stamp};
use super::managers::{Managers, Who};
use super::resource::Resource;
use super::types;
use super::write::Via;

/// What is known of a kind's fields.
pub(crate) fn schema(resource: &Resource) -> Schema<'static> {
    types::of(resource).map_or(Schema::Custom, Schema::Object)
}

/// An object of the kind in which nothing is set.
pub(crate) fn empty(resource: &Resource) -> Value {
    let mut value = types::of(resource).map_or_else(|| json!({}), decode::zero);
    set(&mut value, "apiVersion", resource.api_version());
    set(&mut value, "kind", resource.kind);
    value
}

/// Puts managers into an object; none where nobody manages anything.
pub(crate) fn set_managers(value: &mut Value, managers: Managers) {
    let meta = metadata(value);
    match managers.write() {
        Some(list) => drop(meta.insert("managedFields".to_owned(), list)),
        None => drop(meta.shift_remove("managedFields")),
    }
}

/// Notes in `after` that `manager` made it of `before` (`None`: of nothing) at `time`. An object that nobody manages
/// stays so, but a new one (managedfields/internal/skipnonapplied.go).
pub(crate) fn record(
    resource: &'static Resource,
    before: Option<&Value>,
    after: &mut Value,
    manager: &str,
    via: Via,
    time: Timestamp,
) {
    let managers = |v: &Value| Managers::read(v.at("metadata.managedFields"));
    let mut all = managers(before.unwrap_or(after)).unwrap_or_default();
    if via == Via::Binding || (before.is_some() && all.is_empty()) {
        return;
    }
    let nothing;
    let before = match before {
        Some(before) => before,
        None => {
            nothing = empty(resource);
            &nothing
        }
    };
    let has_status = resource.has_status();
    let who = |subresource| Who {
        name: manager,
        applies: false,
        api_version: resource.api_version(),
        subresource,
        time: stamp(time),
        has_status,
    };
    // Without what cannot have changed, as most writes are of a status: the rest is not looked at.
    let bare = |value: &Value| {
        let kept = |key: &str| !(key == "spec" && via == Via::Status);
        let part = |(key, inner): (&String, &Value)| match inner {
            Value::Object(meta) if key == "metadata" => {
                let rest = meta.iter().filter(|(k, _)| *k != "managedFields");
                (key.clone(), rest.map(|(k, v)| (k.clone(), v.clone())).collect())
            }
            other => (key.clone(), other.clone()),
        };
        let object = value.as_object().into_iter().flatten().filter(|(k, _)| kept(k)).map(part);
        decode::stored(types::of(resource), &Value::Object(object.collect()))
    };
    let (before, last) = (bare(before), bare(after));
    if before == last {
        return;
    }
    // The real one writes the object and its status by two requests.
    if via == Via::Object {
        let mut first = last.clone();
        if let Some(map) = first.as_object_mut().filter(|_| has_status) {
            map.shift_remove("status");
            map.extend(before.get("status").map(|s| ("status".to_owned(), s.clone())));
        }
        all = apply::track(schema(resource), &before, &first, all, &who(""));
        all = apply::track(schema(resource), &first, &last, all, &who("status"));
    } else {
        let subresource = if via == Via::Scale { "scale" } else { "status" };
        all = apply::track(schema(resource), &before, &last, all, &who(subresource));
    }
    set_managers(after, all);
}

/// Says who changed an object last, as the API server notes it.
pub(crate) fn managed(object: &mut Value, by: &str, operation: &str, now: Timestamp) {
    let mut all = object.items("metadata.managedFields").to_vec();
    all.retain(|m| m.text("manager") != by);
    all.push(json!({
        "manager": by, "operation": operation, "apiVersion": object.text("apiVersion"), "time": stamp(now),
        "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {}},
    }));
    set(object, "metadata.managedFields", all);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment() -> &'static Resource {
        Resource::of("apps/v1", "Deployment").unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn entries(object: &Value) -> Vec<(&str, &str, bool)> {
        let all = object["metadata"]["managedFields"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut out: Vec<_> = all
            .iter()
            .map(|e| {
                (
                    e["manager"].as_str().unwrap(),
                    e["subresource"].as_str().unwrap_or(""),
                    e["fieldsV1"]["f:status"].is_object(),
                )
            })
            .collect();
        out.sort_unstable();
        out
    }

    #[test]
    fn the_status_that_a_controller_writes_is_its_own_entry() {
        let made =
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {"replicas": 1}});
        let mut object = made.clone();
        record(deployment(), None, &mut object, "kubectl-create", Via::Object, at(0));
        assert_eq!(entries(&object), [("kubectl-create", "", false)]);
        let before = object.clone();
        object["status"] = json!({"replicas": 1});
        object["metadata"]["annotations"] = json!({"deployment.kubernetes.io/revision": "1"});
        record(deployment(), Some(&before), &mut object, "kube-controller-manager", Via::Status, at(1));
        assert_eq!(entries(&object), [("kube-controller-manager", "status", true), ("kubectl-create", "", false)]);
    }

    #[test]
    fn an_object_that_nobody_manages_stays_so_and_a_binding_is_nobodys() {
        let made =
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {"replicas": 1}});
        let mut object = made.clone();
        object["spec"]["replicas"] = 2.into();
        record(deployment(), Some(&made), &mut object, "kube-controller-manager", Via::Object, at(1));
        assert_eq!(entries(&object), []);
        record(deployment(), None, &mut object, "kube-scheduler", Via::Binding, at(1));
        assert_eq!(entries(&object), []);
    }
}
