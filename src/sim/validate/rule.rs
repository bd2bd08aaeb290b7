//! How the rows of [`super::table`] are read: which rules hold for which field of which type, in the order in which
//! the API server says what is wrong.

use serde_json::Value;

use super::form::{self, Form};
use crate::sim::json::Json;
use crate::sim::status::Cause;
use crate::sim::types::{self, Shape};

/// What a field must be.
pub(super) enum Rule {
    /// Something; the text says why, where the API does.
    Required(&'static str),
    /// Text of a form, where it is there.
    Form(Form),
    /// One of these, where it is there.
    OneOf(&'static [&'static str]),
    /// A number from here to there, where it is there.
    Between(i64, i64),
    /// A number of at least this, where it is there.
    AtLeast(i64),
    /// A number of 0 or more, or a percentage.
    Share,
    /// A map of labels.
    Labels,
    /// Each key of a map of that form; the name of the map stands before it.
    Keys(Form),
    /// A selector of labels.
    Selector,
    /// Items that differ in this key.
    Distinct(&'static str),
    /// Of the type that it is: its own rows.
    Inside,
    /// What no other rule says: the object that holds the field, and the field with its path.
    Also(fn(&Scope, &Value, &Value, &str, &mut Vec<Cause>)),
}

/// Type, field (empty: the object itself), rules.
pub(super) type Forms = (&'static str, &'static str, &'static [Rule]);

/// What is around a field.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    /// Every row there is.
    pub(super) rows: &'static [Forms],
    /// The spec of the pod that it lies in, null outside of one.
    pub(super) pod: &'a Value,
    /// The whole object.
    pub(super) object: &'a Value,
}

const NULL: Value = Value::Null;

/// Says what is wrong with an object of the type.
pub(super) fn check(id: &str, value: &Value, path: &str, scope: Scope, out: &mut Vec<Cause>) {
    let Some(kind) = types::named(id) else { return };
    let scope = if id == "core.v1.PodSpec" { Scope { pod: value, ..scope } } else { scope };
    for (_, name, rules) in scope.rows.iter().filter(|(of, ..)| *of == id) {
        let (field, path) = match (*name, path) {
            ("", _) => (value, path.to_owned()),
            (name, "") => (value.get(name).unwrap_or(&NULL), name.to_owned()),
            (name, _) => (value.get(name).unwrap_or(&NULL), format!("{path}.{name}")),
        };
        for rule in *rules {
            match rule {
                Rule::Inside => {
                    if let Some(field_type) = kind.field(name) {
                        inside(&field_type.shape, field, &path, scope, out);
                    }
                }
                Rule::Also(asks) => asks(&scope, value, field, &path, out),
                plain => plain.plain(field, &path, out),
            }
        }
    }
}

fn inside(shape: &Shape, value: &Value, path: &str, scope: Scope, out: &mut Vec<Cause>) {
    match (shape, value) {
        (Shape::Struct(id), Value::Object(_)) => check(id, value, path, scope, out),
        (Shape::List(shape), Value::Array(items)) => {
            for (at, item) in items.iter().enumerate() {
                inside(shape, item, &format!("{path}[{at}]"), scope, out);
            }
        }
        _ => {}
    }
}

/// Whether there is anything.
pub(super) fn is_set(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(s) => !s.is_empty(),
        Value::Array(a) => !a.is_empty(),
        Value::Object(o) => !o.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

impl Rule {
    /// What is wrong with one value by a rule that needs nothing around it.
    pub(super) fn plain(&self, value: &Value, path: &str, out: &mut Vec<Cause>) {
        let text = value.as_str().unwrap_or_default();
        match self {
            Rule::Required(why) if !is_set(value) => out.push(Cause::required(path, why)),
            Rule::Form(form) if !text.is_empty() => {
                out.extend(form(text).iter().map(|why| Cause::invalid(path, value, why)));
            }
            Rule::OneOf(all) if !text.is_empty() && !all.contains(&text) => {
                out.push(Cause::unsupported(path, text, all));
            }
            Rule::Between(from, to) if value.as_i64().is_some_and(|n| n < *from || n > *to) => {
                out.push(Cause::invalid(path, value, &format!("must be between {from} and {to}, inclusive")));
            }
            Rule::AtLeast(least) if value.as_i64().is_some_and(|n| n < *least) => {
                out.push(Cause::invalid(path, value, &format!("must be greater than or equal to {least}")));
            }
            Rule::Share => out.extend(form::share(value).map(|why| Cause::invalid(path, value, why))),
            Rule::Labels => labels(value, path, out),
            Rule::Keys(form) => {
                for (key, _) in value.as_object().into_iter().flatten() {
                    let place = format!("{path}[{key}]");
                    out.extend(form(key).iter().map(|why| Cause::invalid(&place, &key.as_str().into(), why)));
                }
            }
            Rule::Selector => selector(value, path, out),
            Rule::Distinct(key) => {
                let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
                for (at, item) in items.iter().enumerate() {
                    let own = item.text(key);
                    if !own.is_empty() && items.iter().take(at).any(|other| other.text(key) == own) {
                        out.push(Cause::duplicate(&format!("{path}[{at}].{key}"), &own.into()));
                    }
                }
            }
            _ => {}
        }
    }
}

/// Keys and values of labels.
pub(super) fn labels(value: &Value, path: &str, out: &mut Vec<Cause>) {
    for (key, value) in value.as_object().into_iter().flatten() {
        if let Err(why) = form::label_key(key) {
            out.push(Cause::invalid(path, &key.as_str().into(), &why));
        }
        if let Err(why) = form::label_value(value.as_str().unwrap_or_default()) {
            out.push(Cause::invalid(path, value, &why));
        }
    }
}

/// A selector of labels (apimachinery/pkg/apis/meta/v1/validation).
fn selector(value: &Value, path: &str, out: &mut Vec<Cause>) {
    labels(value.at("matchLabels"), &format!("{path}.matchLabels"), out);
    for (at, term) in value.items("matchExpressions").iter().enumerate() {
        let path = format!("{path}.matchExpressions[{at}]");
        let values = !term.items("values").is_empty();
        match term.text("operator") {
            "In" | "NotIn" if !values => {
                let why = "must be specified when `operator` is 'In' or 'NotIn'";
                out.push(Cause::required(&format!("{path}.values"), why));
            }
            "Exists" | "DoesNotExist" if values => {
                let why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                out.push(Cause::forbidden(&format!("{path}.values"), why));
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            _ => {
                let why = "not a valid selector operator";
                out.push(Cause::invalid(&format!("{path}.operator"), term.at("operator"), why));
            }
        }
        if let Err(why) = form::label_key(term.text("key")) {
            out.push(Cause::invalid(&format!("{path}.key"), term.at("key"), &why));
        }
    }
}
