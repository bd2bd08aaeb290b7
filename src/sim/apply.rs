//! Server-side apply and the managers of fields: pure, objects in, object and `managedFields` out.
//! After sigs.k8s.io/structured-merge-diff (merge, typed) and apimachinery/pkg/util/managedfields.
//! <https://kubernetes.io/docs/reference/using-api/server-side-apply/>

use serde_json::{Map, Value};

use super::fields::{self, Element, Path, Scalar, Set};
use super::managers::{Managers, Who};
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

    /// The step of the path that leads to an item of a list.
    fn element(self, item: &Value, keys: &[&str]) -> Element {
        if keys.is_empty() {
            return Element::Value(Scalar::from(item));
        }
        let default = |key: &str| match self {
            Self::Field(Shape::Struct(id), _) => types::named(id).and_then(|t| t.field(key)?.default).map(Value::from),
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

/// Another manager owns a field that would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Conflict {
    /// Who, as messages say it.
    pub(crate) manager: String,
    /// Where.
    pub(crate) path: String,
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
    let last = managers.take(who);
    let own = who.may_own(set_of(schema, config));
    managers.set(who, own);
    if let Some(last) = last.filter(|s| !s.is_empty()) {
        merged = prune(schema, &merged, &last, &managers);
    }
    let difference = Difference::between(schema, live, &merged);
    managers.give_way(&difference, who, force)?;
    Ok((merged, managers))
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
