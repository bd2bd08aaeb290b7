//! Server-side apply and the managers of fields: pure, objects in, object and `managedFields` out.
//! After sigs.k8s.io/structured-merge-diff (merge, typed) and apimachinery/pkg/util/managedfields.
//! <https://kubernetes.io/docs/reference/using-api/server-side-apply/>

use serde_json::{Map, Value};

use super::fields::{self, Difference, Element, Path, Scalar, Set};
use super::managers::{Conflict, Managers, Who};
use super::types::{self, Merge, Shape, Type};

/// What is known about the value at a place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Schema<'a> {
    /// A whole object of a built-in kind.
    Object(&'a Type),
    /// A whole custom resource: its metadata has a type.
    Custom,
    /// Nothing: objects merge, lists are one value.
    Free,
    /// A field.
    Field(&'a Shape, &'a Merge),
}

/// How a value takes part in a merge.
enum Form<'a> {
    /// As one value.
    Leaf,
    /// Field by field; whether these are a type's own.
    Fields(bool),
    /// Item by item; by keys, or as a set where there are none.
    Items(Schema<'a>, &'a [&'static str]),
}

static PLAIN: Merge = Merge::Plain;

impl<'a> Schema<'a> {
    fn form(self, value: &Value) -> Form<'a> {
        match self {
            Self::Object(_) | Self::Custom => Form::Fields(true),
            Self::Free if value.is_object() => Form::Fields(true),
            Self::Free | Self::Field(_, Merge::Atomic) => Form::Leaf,
            Self::Field(Shape::Struct(name), _) if types::named(name).is_some_and(|t| !t.atomic) => Form::Fields(true),
            Self::Field(Shape::Map(_), _) => Form::Fields(false),
            Self::Field(Shape::List(inner), Merge::Set) => Form::Items(Self::Field(inner, &PLAIN), &[]),
            Self::Field(Shape::List(inner), Merge::Keys(keys)) => Form::Items(Self::Field(inner, &PLAIN), keys),
            Self::Field(..) => Form::Leaf,
        }
    }

    fn child(self, name: &str) -> Self {
        let of = |t: Option<&'static Type>| {
            t.and_then(|t| t.field(name)).map_or(Self::Free, |f| Self::Field(&f.shape, &f.merge))
        };
        match self {
            Self::Object(t) => t.field(name).map_or(Self::Free, |f| Self::Field(&f.shape, &f.merge)),
            Self::Custom if name == "metadata" => {
                static META: Shape = Shape::Struct("meta.v1.ObjectMeta");
                Self::Field(&META, &PLAIN)
            }
            Self::Field(Shape::Struct(id), _) => of(types::named(id)),
            Self::Field(Shape::Map(inner), _) => Self::Field(inner, &PLAIN),
            _ => Self::Free,
        }
    }

    /// Whether an object here may have the field.
    fn knows(self, name: &str) -> bool {
        match self {
            Self::Object(t) => t.field(name).is_some(),
            Self::Field(Shape::Struct(id), _) => types::named(id).is_none_or(|t| t.field(name).is_some()),
            _ => true,
        }
    }

    /// The step of the path that leads to an item of a list.
    fn element(self, item: &Value, keys: &[&str]) -> Element {
        if keys.is_empty() {
            return Element::Value(Scalar::from(item));
        }
        // Text that is a key is empty by default, as the API's schema has it.
        let default = |key: &str| match self {
            Self::Field(Shape::Struct(id), _) => types::named(id).and_then(|t| {
                let field = t.field(key)?;
                (field.shape == Shape::Text).then(|| field.default.unwrap_or_default().into())
            }),
            _ => None,
        };
        let value = |key: &str| item.get(key).cloned().or_else(|| default(key)).unwrap_or(Value::Null);
        let mut all: Vec<_> = keys.iter().map(|k| ((*k).to_owned(), Scalar::from(&value(k)))).collect();
        all.sort();
        Element::Key(all)
    }
}

fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn entries(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

impl Difference {
    /// Compares two objects.
    pub(crate) fn between(schema: Schema<'_>, before: &Value, after: &Value) -> Self {
        let mut difference = Self::default();
        difference.compare(schema, Some(before), Some(after), &mut Vec::new());
        difference
    }

    fn compare(&mut self, schema: Schema<'_>, l: Option<&Value>, r: Option<&Value>, path: &mut Path) {
        let hint = r.filter(|v| !v.is_null()).or(l).unwrap_or(&Value::Null);
        match schema.form(hint) {
            Form::Leaf => return self.leaf(l, r, path),
            Form::Fields(_) => {
                if entries(l).next().is_none() && entries(r).next().is_none() {
                    return self.leaf(l, r, path);
                }
                let only_after = entries(r).filter(|(k, _)| l.and_then(|l| l.get(k.as_str())).is_none());
                for (key, value) in entries(l) {
                    let other = r.and_then(|r| r.get(key));
                    self.below(schema.child(key), Element::field(key), Some(value), other, path);
                }
                for (key, value) in only_after {
                    self.below(schema.child(key), Element::field(key), None, Some(value), path);
                }
            }
            Form::Items(inner, keys) => {
                let (left, right) = (items(l), items(r));
                if left.is_empty() && right.is_empty() {
                    return self.leaf(l, r, path);
                }
                let find = |list: &'_ [Value], e: &Element| list.iter().position(|i| inner.element(i, keys) == *e);
                for item in left {
                    let element = inner.element(item, keys);
                    let other = find(right, &element).and_then(|at| right.get(at));
                    self.below(inner, element, Some(item), other, path);
                }
                for item in right {
                    let element = inner.element(item, keys);
                    if find(left, &element).is_none() {
                        self.below(inner, element, None, Some(item), path);
                    }
                }
            }
        }
        if l.is_none() {
            self.added.insert(path.clone());
        } else if r.is_none() {
            self.removed.insert(path.clone());
        }
    }

    fn below(&mut self, schema: Schema<'_>, element: Element, l: Option<&Value>, r: Option<&Value>, path: &mut Path) {
        path.push(element);
        self.compare(schema, l, r, path);
        path.pop();
    }

    fn leaf(&mut self, l: Option<&Value>, r: Option<&Value>, path: &Path) {
        let set = match (l, r) {
            (None, _) => &mut self.added,
            (_, None) => &mut self.removed,
            (Some(l), Some(r)) if l != r => &mut self.modified,
            _ => return,
        };
        set.insert(path.clone());
    }
}

/// The fields that a configuration names.
pub(crate) fn set_of(schema: Schema<'_>, value: &Value) -> Set {
    let mut set = Set::new();
    collect(schema, value, &mut Vec::new(), &mut set);
    set
}

fn collect(schema: Schema<'_>, value: &Value, path: &mut Path, set: &mut Set) {
    match schema.form(value) {
        Form::Leaf => drop(set.insert(path.clone())),
        Form::Fields(named) => {
            for (key, inner) in entries(Some(value)) {
                path.push(Element::field(key));
                collect(schema.child(key), inner, path, set);
                if inner.is_null() || inner.as_object().is_some_and(Map::is_empty) || !named {
                    set.insert(path.clone());
                }
                path.pop();
            }
        }
        Form::Items(inner, keys) => {
            for item in items(Some(value)) {
                path.push(inner.element(item, keys));
                collect(inner, item, path, set);
                set.insert(path.clone());
                path.pop();
            }
        }
    }
}

/// `live` with everything that `config` says.
fn merge(schema: Schema<'_>, live: Option<&Value>, config: Option<&Value>) -> Option<Value> {
    let hint = config.filter(|v| !v.is_null()).or(live).unwrap_or(&Value::Null);
    match schema.form(hint) {
        Form::Leaf => config.or(live).cloned(),
        Form::Fields(_) => {
            if entries(live).next().is_none() && entries(config).next().is_none() {
                return config.or(live).cloned();
            }
            let mut out = Map::new();
            let fresh = entries(config).map(|(k, _)| k).filter(|k| live.and_then(|l| l.get(k.as_str())).is_none());
            for key in entries(live).map(|(k, _)| k).chain(fresh) {
                let (l, r) = (live.and_then(|v| v.get(key)), config.and_then(|v| v.get(key)));
                if let Some(merged) = merge(schema.child(key), l, r) {
                    out.insert(key.clone(), merged);
                }
            }
            Some(Value::Object(out))
        }
        Form::Items(inner, keys) => {
            if items(live).is_empty() && items(config).is_empty() {
                return config.or(live).cloned();
            }
            Some(Value::Array(merge_items(inner, keys, items(live), items(config))))
        }
    }
}

/// Items of the configuration come in its order; the others of the list keep their places between them.
fn merge_items(schema: Schema<'_>, keys: &[&str], live: &[Value], config: &[Value]) -> Vec<Value> {
    let with = |list: &[Value]| list.iter().map(|i| (schema.element(i, keys), i.clone())).collect::<Vec<_>>();
    let (left, right) = (with(live), with(config));
    let find = |list: &[(Element, Value)], e: &Element| list.iter().find(|(o, _)| o == e).map(|(_, v)| v.clone());
    let mut shared = right.iter().map(|(e, _)| e).filter(|e| find(&left, e).is_some()).peekable();
    let mut done: Vec<&Element> = Vec::new();
    let mut out = Vec::new();
    let (mut l, mut r) = (left.iter().peekable(), right.iter().peekable());
    while l.peek().is_some() || r.peek().is_some() {
        if let Some((element, value)) = l.peek() {
            let ours = find(&right, element);
            let next = shared.peek().copied();
            if ours.is_some() && (done.contains(&element) || (r.peek().is_some() && next.is_some_and(|n| n != element)))
            {
                // It comes where the configuration has it.
                l.next();
                continue;
            }
            if ours.is_none() {
                out.extend(merge(schema, Some(value), None));
                l.next();
                continue;
            }
            if r.peek().is_some_and(|(e, _)| e == element) {
                l.next();
            }
        }
        if let Some((element, value)) = r.next() {
            out.extend(merge(schema, find(&left, element).as_ref(), Some(value)));
            done.push(element);
            shared.next_if(|n| *n == element);
        } else {
            l.next();
        }
    }
    out
}

/// `value` without the places in `set`; what becomes empty by that goes too.
fn without(schema: Schema<'_>, value: &Value, set: &Set, path: &mut Path) -> Option<Value> {
    match schema.form(value) {
        Form::Leaf => Some(value.clone()),
        Form::Fields(_) => {
            if entries(Some(value)).next().is_none() {
                return Some(value.clone());
            }
            let mut out = Map::new();
            for (key, inner) in entries(Some(value)) {
                path.push(Element::field(key));
                if let Some(kept) = kept(schema.child(key), inner, set, path) {
                    out.insert(key.clone(), kept);
                }
                path.pop();
            }
            (!out.is_empty()).then_some(Value::Object(out))
        }
        Form::Items(inner, keys) => {
            if items(Some(value)).is_empty() {
                return Some(value.clone());
            }
            let mut out = Vec::new();
            for item in items(Some(value)) {
                path.push(inner.element(item, keys));
                out.extend(kept(inner, item, set, path));
                path.pop();
            }
            (!out.is_empty()).then_some(Value::Array(out))
        }
    }
}

fn kept(schema: Schema<'_>, value: &Value, set: &Set, path: &mut Path) -> Option<Value> {
    if set.contains(path) {
        return None;
    }
    if !fields::reaches_into(set, path) {
        return Some(value.clone());
    }
    without(schema, value, set, path)
}

/// The set with the fields of types that lie above its members.
fn with_parents(schema: Schema<'_>, set: &Set, sample: &Value) -> Set {
    let mut out = set.clone();
    for path in set {
        let (mut here, mut value) = (schema, Some(sample));
        for (at, element) in path.iter().enumerate() {
            let form = here.form(value.unwrap_or(&Value::Null));
            match (element, form) {
                (Element::Field(name), form) => {
                    // Without a value, free JSON is taken for an object: the path goes on below it.
                    if !matches!(form, Form::Fields(false)) {
                        out.extend(path.get(..=at).map(<[_]>::to_vec));
                    }
                    here = here.child(name);
                    value = value.and_then(|v| v.get(name));
                }
                (element, Form::Items(inner, keys)) => {
                    here = inner;
                    value = items(value).iter().find(|i| inner.element(i, keys) == *element);
                }
                _ => break,
            }
        }
    }
    out
}

/// Applies `config` on `live`: the new object (without `managedFields`), and who manages what from now on.
///
/// # Errors
/// The conflicts, unless `force`.
pub(crate) fn apply(
    schema: Schema<'_>,
    live: &Value,
    config: &Value,
    mut managers: Managers,
    who: &Who<'_>,
    force: bool,
) -> Result<(Value, Managers), Vec<Conflict>> {
    let mut merged = merge(schema, Some(live), Some(config)).unwrap_or_else(|| live.clone());
    let since = managers.time(who);
    let last = managers.take(who);
    let own = who.may_own(set_of(schema, config));
    managers.set(who, own);
    if let Some(last) = last.filter(|s| !s.is_empty()) {
        merged = prune(schema, &merged, &last, &managers);
    }
    let difference = Difference::between(schema, live, &merged);
    managers.give_way(&difference, who, force)?;
    if merged == *live {
        // Who changed nothing has the time of its last change, or none.
        managers.set_time(who, &since);
    }
    Ok((merged, managers))
}

/// Why a configuration is none of its kind, as the real server says it; `None` where it is.
pub(crate) fn misfit(schema: Schema<'_>, value: &Value) -> Option<String> {
    misfit_below(schema, value, &mut Vec::new())
}

fn misfit_below(schema: Schema<'_>, value: &Value, path: &mut Path) -> Option<String> {
    let place = |path: &Path| fields::shown(path);
    let wants = |what: &str, got: &str, path: &Path| Some(format!("{}: expected {what}, got {got}", place(path)));
    let got = || match value {
        Value::String(_) => "string".to_owned(),
        other => format!("&value.valueUnstructured{{Value:{other}}}"),
    };
    if value.is_null() {
        return None;
    }
    match (schema, value) {
        (Schema::Field(Shape::Text, _), v) if !v.is_string() => return wants("string", &got(), path),
        (Schema::Field(Shape::Int(_), _), v) if !v.is_number() => {
            return wants("numeric (int or float)", &got(), path);
        }
        (Schema::Field(Shape::Bool, _), v) if !v.is_boolean() => return wants("boolean", &got(), path),
        (Schema::Field(Shape::List(_), _), v) if !v.is_array() => return wants("list", &got(), path),
        (Schema::Field(Shape::Map(_) | Shape::Struct(_), _), v) if !v.is_object() => return wants("map", &got(), path),
        _ => {}
    }
    if let Schema::Field(Shape::List(inner), Merge::Plain | Merge::Atomic) = schema {
        return items(Some(value)).iter().find_map(|i| misfit_below(Schema::Field(inner, &PLAIN), i, path));
    }
    if let Form::Items(inner, keys) = schema.form(value) {
        let mut seen = Vec::new();
        for item in items(Some(value)) {
            let element = inner.element(item, keys);
            if seen.contains(&element) {
                let key = fields::shown(&[element]);
                return Some(format!("{}: duplicate entries for key {key}", place(path)));
            }
            path.push(element.clone());
            let found = misfit_below(inner, item, path);
            path.pop();
            if found.is_some() {
                return found;
            }
            seen.push(element);
        }
        return None;
    }
    for (key, inner) in entries(Some(value)) {
        path.push(Element::field(key));
        let typed = path.len() == 1 && (key == "apiVersion" || key == "kind");
        let found = if schema.knows(key) || typed {
            misfit_below(schema.child(key), inner, path)
        } else {
            Some(format!("{}: field not declared in schema", place(path)))
        };
        path.pop();
        if found.is_some() {
            return found;
        }
    }
    None
}

/// Removes what was applied last time, is not any more, and nobody else manages.
fn prune(schema: Schema<'_>, merged: &Value, last: &Set, managers: &Managers) -> Value {
    let parents = |set: &Set| with_parents(schema, set, merged);
    let remove = |set: &Set| without(schema, merged, set, &mut Vec::new()).unwrap_or_else(|| Value::Object(Map::new()));
    let all = parents(&set_of(schema, merged));
    let last = parents(last);
    let pruned = parents(&set_of(schema, &remove(&last)));
    let managed = parents(&managers.union());
    // What somebody manages comes back, and so does what was never ours.
    let gone: Set = all.difference(&pruned.union(&managed).cloned().collect()).cloned().collect();
    let left = parents(&set_of(schema, &remove(&gone)));
    let ours: Set = all.difference(&left).filter(|p| last.contains(*p)).cloned().collect();
    remove(&ours)
}

/// Notes who changed what by an update, which takes fields without asking.
pub(crate) fn track(
    schema: Schema<'_>,
    before: &Value,
    after: &Value,
    mut managers: Managers,
    who: &Who<'_>,
) -> Managers {
    let difference = Difference::between(schema, before, after);
    // An update asks nobody: there is no conflict to report.
    let _ = managers.give_way(&difference, who, true);
    let taken: Set = difference.modified.union(&difference.added).cloned().collect();
    managers.add(who, who.may_own(taken), &difference.removed);
    managers
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn who(name: &str, applies: bool) -> Who<'_> {
        let (api_version, time) = ("apps/v1".to_owned(), "2026-01-01T00:00:00Z".to_owned());
        Who { name, applies, api_version, subresource: "", time, has_status: true }
    }

    fn schema() -> Schema<'static> {
        Schema::Object(types::named("apps.v1.Deployment").unwrap())
    }

    /// An object that several apply, and its managers.
    struct Shared(Value, Managers);

    impl Shared {
        fn new() -> Self {
            Self(json!({}), Managers::default())
        }

        fn apply(&mut self, name: &str, config: Value, force: bool) -> Result<(), Vec<String>> {
            let done = apply(schema(), &self.0, &config, self.1.clone(), &who(name, true), force);
            let (object, managers) =
                done.map_err(|c| c.into_iter().map(|c| format!("{} {}", c.manager, c.path)).collect::<Vec<_>>())?;
            (self.0, self.1) = (object, managers);
            Ok(())
        }

        fn update(&mut self, name: &str, after: Value) {
            self.1 = track(schema(), &self.0, &after, self.1.clone(), &who(name, false));
            self.0 = after;
        }

        fn fields(&self, name: &str) -> Value {
            let all = self.1.clone().write().unwrap_or_else(|| json!([]));
            let found = all.as_array().unwrap().iter().find(|e| e["manager"] == name);
            found.map_or(Value::Null, |e| e["fieldsV1"].clone())
        }
    }

    fn replicas(n: i64) -> Value {
        json!({"spec": {"replicas": n}})
    }

    fn containers(list: Value) -> Value {
        json!({"spec": {"template": {"spec": {"containers": list}}}})
    }

    // …/server-side-apply/#field-management: managedFields of an applied object.
    #[test]
    fn an_applier_owns_what_it_names_and_no_more() {
        let mut d = Shared::new();
        let config = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "labels": {"app": "d"}},
            "spec": {"selector": {"matchLabels": {"app": "d"}}, "template": {"spec": {"containers": [
                {"name": "c", "image": "nginx", "ports": [{"containerPort": 80}], "args": ["a"]}]}}}});
        d.apply("kubectl", config, false).unwrap();
        let fields = json!({
            "f:metadata": {"f:labels": {"f:app": {}}},
            "f:spec": {"f:selector": {}, "f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"c\"}": {
                ".": {}, "f:args": {}, "f:image": {}, "f:name": {},
                "f:ports": {"k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}},
            }}}}},
        });
        assert_eq!(d.fields("kubectl"), fields);
    }

    // …/server-side-apply/#conflicts: overwrite, give up, share.
    #[test]
    fn a_conflict_names_who_owns_what_and_force_takes_it() {
        let mut d = Shared::new();
        d.apply("one", replicas(1), false).unwrap();
        assert_eq!(d.apply("two", replicas(2), false), Err(vec!["\"one\" .spec.replicas".to_owned()]));
        d.apply("two", replicas(1), false).unwrap();
        assert_eq!(d.fields("one"), d.fields("two"), "the same value is shared");
        d.apply("two", replicas(2), true).unwrap();
        assert_eq!((&d.0, d.fields("one")), (&replicas(2), Value::Null));
        let mut seen = replicas(2);
        seen["spec"]["paused"] = true.into();
        d.update("hand", seen);
        let mine = json!({"spec": {"replicas": 3, "paused": false}});
        let words = ["\"hand\" using apps/v1 .spec.paused".to_owned(), "\"two\" .spec.replicas".to_owned()];
        assert_eq!(d.apply("three", mine, false), Err(words.to_vec()));
    }

    // …/server-side-apply/#transferring-ownership: "the HPA" takes replicas, then the user stops applying it.
    #[test]
    fn what_is_no_longer_applied_goes_unless_somebody_else_has_it() {
        let mut d = Shared::new();
        d.apply("user", json!({"spec": {"replicas": 3, "minReadySeconds": 5}}), false).unwrap();
        d.apply("hpa", replicas(3), false).unwrap();
        d.apply("user", json!({"spec": {"minReadySeconds": 5}}), false).unwrap();
        assert_eq!(d.0, json!({"spec": {"replicas": 3, "minReadySeconds": 5}}), "another applier has it");
        d.apply("user", json!({}), false).unwrap();
        assert_eq!(d.0, json!({"spec": {"replicas": 3}}), "nobody else had it");
        d.apply("hpa", json!({}), false).unwrap();
        assert_eq!(d.0["spec"].get("replicas"), None);
        assert!(d.1.is_empty());
    }

    // …/server-side-apply/#merge-strategy: lists by keys, sets, atomic ones.
    #[test]
    fn lists_merge_by_their_keys() {
        let mut d = Shared::new();
        d.apply("app", containers(json!([{"name": "a", "image": "1", "env": [{"name": "X", "value": "1"}]}])), false)
            .unwrap();
        d.apply("mesh", containers(json!([{"name": "proxy", "image": "p"}])), false).unwrap();
        d.apply("app", containers(json!([{"name": "b", "image": "2"}, {"name": "a", "image": "1"}])), false).unwrap();
        let list = d.0.pointer("/spec/template/spec/containers").unwrap();
        let names: Vec<_> = list.as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["b", "a", "proxy"]);
        assert_eq!(list[1].get("env"), None, "no longer applied");
        d.apply("mesh", json!({}), false).unwrap();
        assert_eq!(d.0.pointer("/spec/template/spec/containers").unwrap().as_array().unwrap().len(), 2);
        let finalizers = |list: Value| json!({"metadata": {"finalizers": list}});
        d.apply("one", finalizers(json!(["a"])), false).unwrap();
        d.apply("two", finalizers(json!(["b"])), false).unwrap();
        assert_eq!(d.0["metadata"]["finalizers"], json!(["a", "b"]));
        assert_eq!(d.fields("two"), json!({"f:metadata": {"f:finalizers": {"v:\"b\"": {}}}}));
        let arguments = |list: Value| containers(json!([{"name": "a", "args": list}]));
        d.apply("one", arguments(json!(["x"])), false).unwrap();
        assert!(d.apply("two", arguments(json!(["x", "y"])), false).is_err(), "a plain list is one value");
    }

    // …/server-side-apply/#comparison-with-client-side-apply, managers of updates.
    #[test]
    fn an_update_takes_what_it_changes_and_leaves_what_it_removes() {
        let mut d = Shared::new();
        d.apply("kubectl", json!({"metadata": {"labels": {"a": "1", "b": "1"}}, "spec": {"replicas": 1}}), false)
            .unwrap();
        d.update("scaler", json!({"metadata": {"labels": {"a": "1"}}, "spec": {"replicas": 5}}));
        assert_eq!(d.fields("kubectl"), json!({"f:metadata": {"f:labels": {"f:a": {}}}}));
        assert_eq!(d.fields("scaler"), json!({"f:spec": {"f:replicas": {}}}));
        let before = d.1.clone();
        let same = d.0.clone();
        d.update("nobody", same);
        assert_eq!(d.1, before, "who changes nothing owns nothing");
    }

    #[test]
    fn a_custom_resource_merges_objects_and_takes_lists_whole() {
        let custom = |config: Value, managers, name| {
            apply(
                Schema::Custom,
                &json!({"spec": {"list": [1], "map": {"a": 1}}}),
                &config,
                managers,
                &who(name, true),
                false,
            )
        };
        let (object, managers) = custom(json!({"spec": {"map": {"b": 2}}}), Managers::default(), "one").unwrap();
        assert_eq!(object, json!({"spec": {"list": [1], "map": {"a": 1, "b": 2}}}));
        let fields = managers.write().unwrap()[0]["fieldsV1"].clone();
        assert_eq!(fields, json!({"f:spec": {"f:map": {"f:b": {}}}}));
    }

    #[test]
    fn the_oldest_updaters_become_one_beyond_ten() {
        let mut d = Shared::new();
        for n in 0..12 {
            let mut next = d.0.clone();
            next["metadata"]["labels"][format!("l{n:02}")] = "1".into();
            d.update(&format!("m{n:02}"), next);
        }
        let all = d.1.write().unwrap();
        let names: Vec<_> = all.as_array().unwrap().iter().map(|e| e["manager"].as_str().unwrap()).collect();
        assert_eq!((names.len(), names[0]), (10, "ancient-changes"));
    }
}
