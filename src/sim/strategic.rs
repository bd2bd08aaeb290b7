//! Strategic merge patches: JSON merge patches that know how lists of the built-in kinds merge, with directives.
//! After apimachinery/pkg/util/strategicpatch.
//! <https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/>
//! <https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md>

use serde_json::{Map, Value};

use super::types::{self, Patch, Shape, Type};

const DIRECTIVE: &str = "$patch";
const RETAIN: &str = "$retainKeys";
const DELETE_FROM: &str = "$deleteFromPrimitiveList/";
const ORDER: &str = "$setElementOrder/";

/// Why a patch cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Error {
    /// The patch itself is not well formed.
    Format(&'static str),
    /// It does not fit.
    Other(String),
}

/// `object` after the patch.
///
/// # Errors
/// Says what is wrong with the patch.
pub(crate) fn apply(kind: &Type, object: &Value, patch: &Map<String, Value>) -> Result<Value, Error> {
    let original = object.as_object().cloned().unwrap_or_default();
    merge(original, patch.clone(), Some(&Shape::Struct(kind.id))).map(Value::Object)
}

/// What a field holds and how it is patched; nothing is known inside of free JSON.
fn look_up<'a>(holder: Option<&'a Shape>, key: &str) -> (Option<&'a Shape>, Patch) {
    match holder {
        Some(Shape::Struct(name)) => match types::named(name).and_then(|t| t.field(key)) {
            Some(field) => (Some(&field.shape), field.patch.clone()),
            None => (None, Patch::default()),
        },
        Some(Shape::Map(inner)) => (Some(inner), Patch::default()),
        _ => (None, Patch::default()),
    }
}

fn merge(
    mut original: Map<String, Value>,
    mut patch: Map<String, Value>,
    shape: Option<&Shape>,
) -> Result<Map<String, Value>, Error> {
    match patch.shift_remove(DIRECTIVE) {
        None => {}
        Some(Value::String(d)) if d == "replace" => return Ok(patch),
        Some(Value::String(d)) if d == "delete" => return Ok(Map::new()),
        Some(other) => return Err(bad_directive(&other, &patch)),
    }
    if let Some(keys) = patch.shift_remove(RETAIN) {
        retain(&mut original, &patch, &keys)?;
    }
    order_lists(&mut original, &mut patch, shape)?;
    for (key, value) in patch {
        if let Some(list) = key.strip_prefix(DELETE_FROM) {
            let (Some(Value::Array(kept)), Value::Array(gone)) = (original.get_mut(list), &value) else { continue };
            kept.retain(|v| !gone.contains(v));
            continue;
        }
        if value.is_null() {
            original.shift_remove(&key);
            continue;
        }
        let (inner, how) = look_up(shape, &key);
        let merged = match (original.get_mut(&key).map(Value::take), value) {
            (Some(Value::Object(old)), Value::Object(new)) => Some(Value::Object(merge(old, new, inner)?)),
            (Some(Value::Array(old)), Value::Array(new)) => Some(Value::Array(merge_list(old, new, inner, &how)?)),
            (_, new) => without_directives(without_nulls(new)),
        };
        match merged {
            Some(merged) => drop(original.insert(key, merged)),
            None => drop(original.shift_remove(&key)),
        }
    }
    Ok(original)
}

/// `$retainKeys`: what it does not name goes; what the patch sets it must name.
fn retain(original: &mut Map<String, Value>, patch: &Map<String, Value>, keys: &Value) -> Result<(), Error> {
    let wrong = Error::Format("invalid patch format of retainKeys");
    let keys = keys.as_array().ok_or_else(|| wrong.clone())?;
    let named = |key: &String| keys.iter().any(|k| k == key);
    let directive = |key: &String| key.starts_with(DELETE_FROM) || key.starts_with(ORDER);
    if !patch.iter().all(|(k, v)| v.is_null() || directive(k) || named(k)) {
        return Err(wrong);
    }
    original.retain(|k, _| named(k));
    Ok(())
}

/// `$setElementOrder/KEY`: merges that list at once, and orders it.
fn order_lists(
    original: &mut Map<String, Value>,
    patch: &mut Map<String, Value>,
    shape: Option<&Shape>,
) -> Result<(), Error> {
    let directives: Vec<_> = patch.keys().filter(|k| k.starts_with(ORDER)).cloned().collect();
    for directive in directives {
        let order = patch.shift_remove(&directive);
        let key = directive.trim_start_matches(ORDER);
        let wrong = Error::Format("invalid patch format of setElementOrder list");
        let Some(Value::Array(order)) = order else { return Err(wrong) };
        let (inner, how) = look_up(shape, key);
        let old = original.get(key).and_then(Value::as_array).cloned();
        let merged = match (old.clone(), patch.shift_remove(key)) {
            (Some(old), None) => old,
            (None, Some(new)) => match without_directives(new) {
                Some(Value::Array(new)) => new,
                _ => return Err(wrong),
            },
            (Some(old), Some(Value::Array(new))) => merge_list(old, new, inner, &how)?,
            (Some(_), Some(_)) => return Err(wrong),
            (None, None) => continue,
        };
        let old = old.unwrap_or_default();
        original.insert(key.to_owned(), Value::Array(ordered(merged, &order, &old, how.key)));
    }
    Ok(())
}

fn merge_list(old: Vec<Value>, new: Vec<Value>, shape: Option<&Shape>, how: &Patch) -> Result<Vec<Value>, Error> {
    if !how.merge {
        return Ok(new);
    }
    let inner = match shape {
        Some(Shape::List(inner)) => Some(&**inner),
        _ => None,
    };
    let Some(key) = how.key else {
        let mut merged = old.clone();
        for item in &new {
            if !merged.contains(item) {
                merged.push(item.clone());
            }
        }
        return Ok(ordered(merged, &new, &old, None));
    };
    let mut merged = old.clone();
    let mut items = Vec::new();
    let mut replace = false;
    for item in new {
        let Value::Object(item) = item else {
            return Err(Error::Other("expected a map[string]interface {}".to_owned()));
        };
        match item.get(DIRECTIVE).and_then(Value::as_str) {
            None => items.push(item),
            Some("replace") => replace = true,
            Some("delete") => {
                let named = item.get(key).ok_or_else(|| keyless(&item, key))?;
                merged.retain(|v| v.get(key) != Some(named));
            }
            Some("merge") => {
                return Err(Error::Other("merging lists cannot yet be specified in the patch".to_owned()));
            }
            Some(other) => return Err(bad_directive(&other.into(), &item)),
        }
    }
    if replace {
        return Ok(items.into_iter().map(Value::Object).collect());
    }
    let order: Vec<_> = items.iter().cloned().map(Value::Object).collect();
    for item in items {
        let named = item.get(key).ok_or_else(|| keyless(&item, key))?;
        match merged.iter_mut().find(|v| v.get(key) == Some(named)) {
            Some(found) => {
                let Value::Object(before) = found.take() else { continue };
                *found = Value::Object(merge(before, item, inner)?);
            }
            None => merged.extend(without_directives(without_nulls(Value::Object(item)))),
        }
    }
    Ok(ordered(merged, &order, &old, Some(key)))
}

/// Items in `order` come in that order, the others in the order of `old`; between the two lists the order of
/// `old` decides where it knows both, else the ordered ones come first.
fn ordered(items: Vec<Value>, order: &[Value], old: &[Value], key: Option<&str>) -> Vec<Value> {
    let same = |a: &Value, b: &Value| match key {
        Some(key) => a.get(key) == b.get(key),
        None => a == b,
    };
    let at = |list: &[Value], item: &Value| list.iter().position(|v| same(v, item));
    let (mut first, mut rest): (Vec<_>, Vec<_>) = items.into_iter().partition(|v| at(order, v).is_some());
    first.sort_by_key(|v| at(order, v));
    rest.sort_by_key(|v| at(old, v));
    let (mut first, mut rest) = (first.into_iter().peekable(), rest.into_iter().peekable());
    let mut out = Vec::new();
    loop {
        let next = match (rest.peek(), first.peek()) {
            (Some(left), Some(right)) => match (at(old, left), at(old, right)) {
                (Some(l), Some(r)) if l < r => rest.next(),
                _ => first.next(),
            },
            (Some(_), None) => rest.next(),
            (None, _) => first.next(),
        };
        match next {
            Some(item) => out.push(item),
            None => return out,
        }
    }
}

fn without_nulls(mut value: Value) -> Value {
    match &mut value {
        Value::Object(map) => {
            map.retain(|_, v| !v.is_null());
            map.values_mut().for_each(|v| *v = without_nulls(v.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|v| *v = without_nulls(v.take())),
        _ => {}
    }
    value
}

/// `None`: the value is a directive itself.
fn without_directives(value: Value) -> Option<Value> {
    Some(match value {
        Value::Object(map) if map.contains_key(DIRECTIVE) => return None,
        Value::Object(map) => {
            Value::Object(map.into_iter().filter_map(|(k, v)| Some((k, without_directives(v)?))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().filter_map(without_directives).collect()),
        other => other,
    })
}

fn bad_directive(directive: &Value, map: &Map<String, Value>) -> Error {
    let text = directive.as_str().map_or_else(|| directive.to_string(), str::to_owned);
    let mut all = map.clone();
    all.insert(DIRECTIVE.to_owned(), directive.clone());
    Error::Other(format!("unknown patch type: {text} in map: {}", go_map(&all)))
}

fn keyless(item: &Map<String, Value>, key: &str) -> Error {
    Error::Other(format!("map: {} does not contain declared merge key: {key}", go_map(item)))
}

/// A map as Go prints it (`map[a:1 b:x]`).
fn go_map(map: &Map<String, Value>) -> String {
    let mut all: Vec<_> = map.iter().collect();
    all.sort_by_key(|(k, _)| *k);
    let show = |v: &Value| match v {
        Value::String(s) => s.clone(),
        Value::Object(m) => go_map(m),
        other => other.to_string(),
    };
    format!("map[{}]", all.iter().map(|(k, v)| format!("{k}:{}", show(v))).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn patched(kind: &str, object: Value, patch: Value) -> Result<Value, Error> {
        apply(types::named(kind).unwrap(), &object, patch.as_object().unwrap())
    }

    fn spec(object: Value, patch: Value) -> Value {
        let whole = patched("core.v1.Pod", json!({"spec": object}), json!({"spec": patch})).unwrap();
        whole["spec"].clone()
    }

    // …/update-api-object-kubectl-patch/#use-a-strategic-merge-patch-to-update-a-deployment
    #[test]
    fn containers_merge_by_name_and_tolerations_are_replaced() {
        let before = json!({
            "containers": [{"name": "patch-demo-ctr", "image": "nginx", "env": [{"name": "A", "value": "1"}]}],
            "tolerations": [{"effect": "NoSchedule", "key": "dedicated", "value": "test-team"}],
        });
        let patch = json!({
            "containers": [{"name": "patch-demo-ctr-2", "image": "redis"}, {"name": "patch-demo-ctr", "env": [{"name": "B", "value": "2"}]}],
            "tolerations": [{"effect": "NoSchedule", "key": "disktype", "value": "ssd"}],
        });
        let after = spec(before, patch.clone());
        let names: Vec<_> =
            after["containers"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["patch-demo-ctr-2", "patch-demo-ctr"], "in the order of the patch");
        assert_eq!(after["containers"][1]["image"], "nginx", "what the patch does not name stays");
        assert_eq!(after["containers"][1]["env"].as_array().unwrap().len(), 2);
        assert_eq!(after["tolerations"], patch["tolerations"]);
    }

    // …/update-api-object-kubectl-patch/#use-strategic-merge-patch-to-update-a-deployment-using-the-retainkeys-strategy
    #[test]
    fn retain_keys_drops_what_it_does_not_name() {
        let deployment = json!({"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "30%"}}}});
        let patch = json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}});
        let after = patched("apps.v1.Deployment", deployment.clone(), patch).unwrap();
        assert_eq!(after["spec"]["strategy"], json!({"type": "Recreate"}));
        let wrong = json!({"spec": {"strategy": {"$retainKeys": ["other"], "type": "Recreate"}}});
        assert!(matches!(patched("apps.v1.Deployment", deployment, wrong), Err(Error::Format(_))));
    }

    // strategic-merge-patch.md, "Basic patch format": replace, delete, delete from a list of plain values.
    #[test]
    fn directives_replace_and_delete() {
        let two = json!({"containers": [{"name": "nginx", "image": "a"}, {"name": "log", "image": "b"}]});
        let replace = json!({"containers": [{"name": "x", "image": "y"}, {"$patch": "replace"}]});
        assert_eq!(spec(two.clone(), replace)["containers"], json!([{"name": "x", "image": "y"}]));
        let delete = json!({"containers": [{"$patch": "delete", "name": "log"}]});
        assert_eq!(spec(two.clone(), delete)["containers"], json!([{"name": "nginx", "image": "a"}]));
        let map = json!({"metadata": {"labels": {"$patch": "replace", "only": "this"}, "finalizers": ["a", "b", "c"]}});
        let labels = json!({"metadata": {"labels": {"old": "1"}, "finalizers": ["a", "b"]}});
        let after = patched("core.v1.Pod", labels.clone(), map).unwrap();
        assert_eq!(after["metadata"]["labels"], json!({"only": "this"}));
        assert_eq!(after["metadata"]["finalizers"].as_array().unwrap().len(), 3, "sets merge");
        let gone = json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"], "labels": {"$patch": "delete"}}});
        let after = patched("core.v1.Pod", labels, gone).unwrap();
        assert_eq!(after["metadata"], json!({"labels": {}, "finalizers": ["b"]}));
    }

    // strategic-merge-patch.md, "$setElementOrder".
    #[test]
    fn set_element_order_orders_and_what_it_does_not_know_keeps_its_place() {
        let before = json!({"containers": [{"name": "a"}, {"name": "b"}, {"name": "server-only"}, {"name": "c"}]});
        let patch = json!({
            "$setElementOrder/containers": [{"name": "c"}, {"name": "a"}, {"name": "new"}],
            "containers": [{"name": "new"}, {"name": "b", "$patch": "delete"}],
        });
        let after = spec(before, patch);
        let names: Vec<_> =
            after["containers"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["server-only", "c", "a", "new"]);
    }

    #[test]
    fn nulls_delete_and_never_arrive() {
        assert_eq!(spec(json!({"nodeName": "n"}), json!({"nodeName": null, "priority": null})), json!({}));
        let fresh = spec(json!({}), json!({"securityContext": {"runAsUser": 1, "runAsGroup": null}}));
        assert_eq!(fresh, json!({"securityContext": {"runAsUser": 1}}));
    }

    #[test]
    fn an_item_without_its_key_is_refused() {
        let object = json!({"spec": {"containers": [{"name": "a"}]}});
        let refused = patched("core.v1.Pod", object, json!({"spec": {"containers": [{"image": "x"}]}}));
        let words = "map: map[image:x] does not contain declared merge key: name";
        assert_eq!(refused, Err(Error::Other(words.to_owned())));
    }
}
