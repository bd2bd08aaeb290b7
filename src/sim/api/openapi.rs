//! OpenAPI v3 (`/openapi/v3`, one document a group and version) and v2 (`/openapi/v2`, one of all): schemas made from
//! the table of types, with the words that Kubernetes publishes.
//!
//! What kubectl reads there: that the server checks fields itself (`fieldValidation`), the fields of a `List`, which
//! it checks by version 2, and what `kubectl explain` prints.
//! <https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-interface-definition>

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::sim::json::set;
use crate::sim::resource::Resource;
use crate::sim::types::{self, Shape, Type};
use crate::sim::words;

/// How schemas refer to one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// `#/definitions/NAME`, which stands alone.
    Two,
    /// `#/components/schemas/NAME`, with a description beside it.
    Three,
}

/// Types that are written to JSON in their own way, by their name in the table of words: what OpenAPI calls them, and
/// their schema.
const PLAIN: &[(&str, &str, &str)] = &[
    ("quantity", "api.resource.Quantity", r#"{"oneOf":[{"type":"string"},{"type":"number"}]}"#),
    (
        "intorstring",
        "util.intstr.IntOrString",
        r#"{"format":"int-or-string","oneOf":[{"type":"integer"},{"type":"string"}]}"#,
    ),
    ("time", "apis.meta.v1.Time", r#"{"type":"string","format":"date-time"}"#),
    ("microtime", "apis.meta.v1.MicroTime", r#"{"type":"string","format":"date-time"}"#),
    ("fieldsV1", "apis.meta.v1.FieldsV1", r#"{"type":"object"}"#),
    ("raw", "runtime.RawExtension", r#"{"type":"object"}"#),
];

/// The documents there are: path below `/openapi/v3` and where it is read.
pub(super) fn index<'a>(versions: impl Iterator<Item = (&'a str, &'a str)>) -> Value {
    let paths: Map<String, Value> = versions
        .map(|(group, version)| {
            let path = path(group, version);
            // The document depends on the program alone.
            let url = format!("/openapi/v3/{path}?hash={}", env!("CARGO_PKG_VERSION"));
            (path, json!({"serverRelativeURL": url}))
        })
        .collect();
    json!({"paths": paths})
}

fn path(group: &str, version: &str) -> String {
    if group.is_empty() { format!("api/{version}") } else { format!("apis/{group}/{version}") }
}

/// One document of version 3.
pub(super) fn document(group: &str, version: &str, kinds: &[&'static Resource]) -> Value {
    let mut paths = Map::new();
    for r in kinds {
        let named = json!({"group": group, "version": version, "kind": r.kind});
        let place = if r.namespaced { "namespaces/{namespace}/" } else { "" };
        let all = format!("/{}/{place}{}", path(group, version), r.plural);
        let check =
            json!([{"name": "fieldValidation", "in": "query", "schema": {"type": "string", "uniqueItems": true}}]);
        let action = |name: &str| {
            json!({
                "x-kubernetes-action": name, "x-kubernetes-group-version-kind": named, "parameters": check,
                "responses": {"200": {"description": "OK"}},
            })
        };
        paths.insert(format!("{all}/{{name}}"), json!({"put": action("put"), "patch": action("patch")}));
        paths.insert(all, json!({"post": action("post")}));
    }
    json!({
        "openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "v1.36.3"}, "paths": paths,
        "components": {"schemas": schemas(kinds, Version::Three)},
    })
}

/// The schemas of kinds, and of all that they are made of.
pub(super) fn schemas(kinds: &[&'static Resource], version: Version) -> Map<String, Value> {
    let mut maker = Maker { version, wanted: BTreeSet::new() };
    let mut all = Map::new();
    for r in kinds {
        let (group, kind) = (r.group, r.kind);
        let named = json!({"group": group, "kind": kind, "version": r.version});
        let (id, mut made) = match types::of(r) {
            Some(t) => (schema_name(t.id), maker.schema(t)),
            // Of what another API defines only the outside is known.
            None => (
                format!("{group}.{}.{kind}", r.version),
                json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true}),
            ),
        };
        set(&mut made, "x-kubernetes-group-version-kind", json!([named]));
        all.insert(id, made);
    }
    // What the types are made of, and so on.
    while let Some(id) = maker.wanted.pop_first() {
        let name = schema_name(id);
        if !all.contains_key(&name) {
            let made = types::named(id).map_or_else(|| plain(id), |t| maker.schema(t));
            all.insert(name, made);
        }
    }
    all
}

/// The schema of a type that is written in its own way.
fn plain(id: &str) -> Value {
    let found = PLAIN.iter().find(|(name, ..)| *name == id);
    let schema = found.and_then(|(.., schema)| serde_json::from_str(schema).ok());
    described(schema.unwrap_or_else(|| json!({})), words::of(id))
}

/// `io.k8s.api.apps.v1.Deployment` of `apps.v1.Deployment`, as the server names its schemas.
fn schema_name(id: &str) -> String {
    if let Some((_, name, _)) = PLAIN.iter().find(|(plain, ..)| *plain == id) {
        return format!("io.k8s.apimachinery.pkg.{name}");
    }
    match id.split_once('.') {
        Some(("meta", rest)) => format!("io.k8s.apimachinery.pkg.apis.meta.{rest}"),
        Some(("apiextensions", rest)) => format!("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.{rest}"),
        _ => format!("io.k8s.api.{id}"),
    }
}

fn described(mut schema: Value, description: &str) -> Value {
    if !description.is_empty() {
        set(&mut schema, "description", description);
    }
    schema
}

struct Maker {
    version: Version,
    /// Types that a schema named.
    wanted: BTreeSet<&'static str>,
}

impl Maker {
    fn schema(&mut self, t: &Type) -> Value {
        let mut properties = Map::new();
        // Templates have metadata and are no objects.
        let template = t.name.ends_with("TemplateSpec") || t.name == "PersistentVolumeClaimTemplate";
        let whole = t.fields.iter().any(|f| f.name == "metadata" && f.shape == Shape::Struct("meta.v1.ObjectMeta"));
        let whole = whole && !template;
        for name in ["apiVersion", "kind"].into_iter().filter(|_| whole) {
            properties.insert(name.to_owned(), described(json!({"type": "string"}), words::of_field(t.id, name)));
        }
        let mut required = BTreeSet::new();
        for f in &t.fields {
            if f.required {
                required.insert(f.name);
            }
            let said = words::of_field(t.id, f.name);
            let mut made = match &f.shape {
                Shape::Raw if f.name == "fieldsV1" => self.reference("fieldsV1"),
                shape => self.shape(shape),
            };
            let values = words::values(said);
            if !values.is_empty() {
                set(&mut made, "enum", values);
            }
            properties.insert(f.name.to_owned(), described(made, said));
        }
        let mut schema = json!({"type": "object", "properties": properties});
        if !required.is_empty() {
            set(&mut schema, "required", required.into_iter().collect::<Value>());
        }
        described(schema, words::of(t.id))
    }

    fn shape(&mut self, shape: &Shape) -> Value {
        match shape {
            Shape::Text => json!({"type": "string"}),
            Shape::Bool => json!({"type": "boolean"}),
            Shape::Int(size) => json!({"type": "integer", "format": size}),
            Shape::Bytes => json!({"type": "string", "format": "byte"}),
            Shape::Quantity => self.reference("quantity"),
            Shape::IntOrText => self.reference("intorstring"),
            Shape::Time => self.reference("time"),
            Shape::Micro => self.reference("microtime"),
            Shape::Raw => self.reference("raw"),
            Shape::Any => json!({"type": "object"}),
            Shape::Struct(name) => self.reference(name),
            Shape::List(item) => json!({"type": "array", "items": self.shape(item)}),
            Shape::Map(item) => json!({"type": "object", "additionalProperties": self.shape(item)}),
        }
    }

    fn reference(&mut self, id: &'static str) -> Value {
        self.wanted.insert(id);
        let name = schema_name(id);
        match self.version {
            Version::Two => json!({"$ref": format!("#/definitions/{name}")}),
            Version::Three => json!({"allOf": [{"$ref": format!("#/components/schemas/{name}")}]}),
        }
    }
}
