//! The built-in API types as data: fields, their numbers in protobuf, and how lists and maps are merged.
//!
//! One table (`assets/api/types.txt`, written from the Go types and the server's OpenAPI by `tests/parity/types`)
//! serves decoding, field validation, strategic merge patches and server-side apply. It is read when the first
//! write comes. Custom resources have no types here.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::resource::Resource;

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("../../assets/api/types.txt")));

/// One API type.
#[derive(Debug, Default)]
pub(crate) struct Type {
    /// Its name in the table, for [`Shape::Struct`].
    pub(crate) id: &'static str,
    /// Go's name without the package (`DeploymentSpec`), as errors say it.
    pub(crate) name: &'static str,
    /// Whether apply takes the whole as one value.
    pub(crate) atomic: bool,
    /// The fields as they stand in JSON, those of inlined structs among them.
    pub(crate) fields: Vec<Field>,
    by_name: HashMap<&'static str, usize>,
    /// The fields as they stand in protobuf, where an inlined struct is one.
    pub(crate) wire: Vec<Field>,
}

/// A field of a type.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// Name in JSON.
    pub(crate) name: &'static str,
    /// Number in protobuf.
    pub(crate) number: u32,
    /// What it holds.
    pub(crate) shape: Shape,
    /// An empty value is as if it were not there.
    pub(crate) omit: bool,
    /// Go holds a pointer: only null is as if it were not there.
    pub(crate) pointer: bool,
    /// Its own fields stand in the object that holds it.
    pub(crate) inline: bool,
    /// How apply merges it.
    pub(crate) merge: Merge,
    /// How a strategic merge patch does.
    pub(crate) patch: Patch,
    /// What a key of a list is where it is left out.
    pub(crate) default: Option<&'static str>,
    /// Whether an object must have it.
    pub(crate) required: bool,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Text.
    Text,
    /// A truth value.
    Bool,
    /// A whole number, by Go's name of its size.
    Int(&'static str),
    /// Bytes, base64 in JSON.
    Bytes,
    /// A quantity: text in JSON, though a number is read too.
    Quantity,
    /// A number or text.
    IntOrText,
    /// A time in seconds.
    Time,
    /// A time in microseconds.
    Micro,
    /// JSON of any kind, held as such in protobuf.
    Raw,
    /// JSON of any kind, not held in protobuf.
    Any,
    /// An object of a type: its name in the table.
    Struct(&'static str),
    /// A list.
    List(Box<Shape>),
    /// A map with keys of text.
    Map(Box<Shape>),
}

/// How server-side apply merges a list or a map.
/// <https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Merge {
    /// By the shape: lists are one value, maps and objects merge field by field.
    #[default]
    Plain,
    /// One value.
    Atomic,
    /// A list whose items are themselves the keys.
    Set,
    /// A list of objects with keys.
    Keys(Vec<&'static str>),
}

/// How a strategic merge patch treats a list or an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Patch {
    /// Lists are merged rather than replaced.
    pub(crate) merge: bool,
    /// By this key, where the items are objects.
    pub(crate) key: Option<&'static str>,
}

/// The type of a kind's objects; none of a custom resource.
pub(crate) fn of(resource: &Resource) -> Option<&'static Type> {
    if resource.is_custom() || resource.is_read_only() {
        return None;
    }
    of_kind(resource.group, resource.version, resource.kind)
}

/// The type of a kind.
pub(crate) fn of_kind(group: &str, version: &str, kind: &str) -> Option<&'static Type> {
    // Packages are named after the first part of the group.
    let package = if group.is_empty() { "core" } else { group.split('.').next().unwrap_or_default() };
    named(&format!("{package}.{version}.{kind}"))
}

/// The type of that name in the table.
pub(crate) fn named(name: &str) -> Option<&'static Type> {
    TABLE.types.get(name)
}

impl Type {
    /// A field by its name in JSON.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.by_name.get(name).and_then(|at| self.fields.get(*at))
    }
}

impl Field {
    /// Whether `value` is what Go's zero value of this field would be.
    pub(crate) fn is_empty(value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Bool(b) => !b,
            Value::Number(n) => n.as_f64() == Some(0.0),
            Value::String(s) => s.is_empty(),
            Value::Array(a) => a.is_empty(),
            Value::Object(o) => o.is_empty(),
        }
    }
}

struct Table {
    types: HashMap<&'static str, Type>,
}

impl Table {
    fn read(text: &'static str) -> Self {
        let mut types: HashMap<&'static str, Type> = HashMap::new();
        let mut current = "";
        for line in text.lines().filter(|l| !l.starts_with('#')) {
            let mut words = line.split_whitespace();
            let Some(first) = words.next() else { continue };
            if line.starts_with(' ') {
                if let Some(t) = types.get_mut(current) {
                    t.wire.push(field(first, &mut words));
                }
            } else {
                current = first;
                let name = first.rsplit('.').next().unwrap_or_default();
                types.insert(
                    current,
                    Type { id: current, name, atomic: words.any(|w| w == "atomic"), ..Type::default() },
                );
            }
        }
        let flat: Vec<_> = types.iter().map(|(name, t)| (*name, flatten(&types, t))).collect();
        for (name, fields) in flat {
            if let Some(t) = types.get_mut(name) {
                t.by_name = fields.iter().enumerate().map(|(at, f)| (f.name, at)).collect();
                t.fields = fields;
            }
        }
        Self { types }
    }
}

/// The fields of a type as JSON shows them.
fn flatten(types: &HashMap<&'static str, Type>, t: &Type) -> Vec<Field> {
    let inner = |f: &Field| match (&f.shape, f.inline) {
        (Shape::Struct(name), true) => types.get(name).map(|t| flatten(types, t)),
        _ => None,
    };
    t.wire.iter().flat_map(|f| inner(f).unwrap_or_else(|| vec![f.clone()])).collect()
}

fn field(name: &'static str, words: &mut impl Iterator<Item = &'static str>) -> Field {
    let number = words.next().and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut field = Field {
        name,
        number,
        shape: words.next().map_or(Shape::Any, shape),
        omit: false,
        pointer: false,
        inline: false,
        merge: Merge::Plain,
        patch: Patch::default(),
        default: None,
        required: false,
    };
    for word in words {
        match word.split_once('=').unwrap_or((word, "")) {
            ("omit", _) => field.omit = true,
            ("pointer", _) => field.pointer = true,
            ("inline", _) => field.inline = true,
            ("required", _) => field.required = true,
            ("atomic", _) => field.merge = Merge::Atomic,
            ("set", _) => field.merge = Merge::Set,
            ("keys", keys) => field.merge = Merge::Keys(keys.split(',').collect()),
            ("merge", key) => field.patch = Patch { merge: true, key: Some(key).filter(|k| !k.is_empty()) },
            ("default", value) => field.default = Some(value),
            _ => {}
        }
    }
    field
}

fn shape(text: &'static str) -> Shape {
    if let Some(inner) = text.strip_prefix("[]") {
        return Shape::List(Box::new(shape(inner)));
    }
    if let Some(inner) = text.strip_prefix("{}") {
        return Shape::Map(Box::new(shape(inner)));
    }
    match text {
        "string" => Shape::Text,
        "bool" => Shape::Bool,
        "int32" | "int64" => Shape::Int(text),
        "bytes" => Shape::Bytes,
        "quantity" => Shape::Quantity,
        "intorstring" => Shape::IntOrText,
        "time" => Shape::Time,
        "microtime" => Shape::Micro,
        "raw" => Shape::Raw,
        "any" => Shape::Any,
        name => Shape::Struct(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::resource::RESOURCES;

    #[test]
    fn every_built_in_kind_has_a_type_and_every_type_named_is_there() {
        for r in RESOURCES.iter().filter(|r| !r.is_custom() && !r.is_read_only()) {
            assert!(of(r).is_some_and(|t| t.field("metadata").is_some()), "{}", r.kind);
        }
        fn inner(shape: &Shape) -> Option<&'static str> {
            match shape {
                Shape::Struct(name) => Some(name),
                Shape::List(s) | Shape::Map(s) => inner(s),
                _ => None,
            }
        }
        for t in TABLE.types.values() {
            for f in t.fields.iter().chain(&t.wire) {
                assert!(inner(&f.shape).is_none_or(|n| named(n).is_some()), "{} {}", t.name, f.name);
            }
        }
    }

    // https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
    #[test]
    fn lists_are_merged_by_the_keys_that_the_api_says() {
        let container = named("core.v1.Container").unwrap();
        let ports = container.field("ports").unwrap();
        assert_eq!(ports.merge, Merge::Keys(vec!["containerPort", "protocol"]));
        assert_eq!(ports.patch.key, Some("containerPort"));
        assert_eq!(named("core.v1.ContainerPort").unwrap().field("protocol").unwrap().default, Some("TCP"));
        assert!(named("meta.v1.LabelSelector").unwrap().atomic);
        assert_eq!(named("meta.v1.ObjectMeta").unwrap().field("finalizers").unwrap().merge, Merge::Set);
        let volume = named("core.v1.Volume").unwrap();
        assert!(volume.field("emptyDir").is_some() && volume.field("volumeSource").is_none(), "inlined");
        assert_eq!(volume.wire.len(), 2);
    }
}
