//! OpenAPI v3 (`/openapi/v3`, one document a group and version): schemas made from the table of types.
//!
//! What kubectl reads there: that the server checks fields itself (`fieldValidation`), and the fields that
//! `kubectl explain` prints. Descriptions are in no table, so there are none.
//! <https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-interface-definition>

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::sim::resource::Resource;
use crate::sim::types::{self, Shape, Type};

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

/// One document.
pub(super) fn document(group: &str, version: &str, kinds: &[&'static Resource]) -> Value {
    let mut paths = Map::new();
    let mut schemas = Map::new();
    let mut wanted = BTreeSet::new();
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
        let id = match types::of(r) {
            Some(t) => {
                wanted.insert(t.id);
                schema_name(t.id)
            }
            None => format!("{group}.{version}.{}", r.kind),
        };
        if types::of(r).is_none() {
            let object = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
            schemas.insert(id.clone(), object);
        }
        if let Some(Value::Object(schema)) = Some(schemas.entry(id).or_insert_with(|| json!({}))) {
            schema.insert("x-kubernetes-group-version-kind".to_owned(), json!([named]));
        }
    }
    // What the types are made of, and so on.
    let mut done = BTreeSet::new();
    while let Some(id) = wanted.pop_first() {
        let Some(t) = types::named(id).filter(|_| done.insert(id)) else { continue };
        let made = schema(t, &mut wanted);
        if let (Value::Object(made), Some(Value::Object(slot))) =
            (made, Some(schemas.entry(schema_name(id)).or_insert_with(|| json!({}))))
        {
            slot.extend(made);
        }
    }
    json!({
        "openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "v1.36.3"}, "paths": paths,
        "components": {"schemas": schemas},
    })
}

/// `io.k8s.api.apps.v1.Deployment` of `apps.v1.Deployment`, as the server names its schemas.
fn schema_name(id: &str) -> String {
    match id.split_once('.') {
        Some(("meta", rest)) => format!("io.k8s.apimachinery.pkg.apis.meta.{rest}"),
        _ => format!("io.k8s.api.{id}"),
    }
}

/// Schema of a type; `wanted` gets the types that it names.
fn schema(t: &Type, wanted: &mut BTreeSet<&'static str>) -> Value {
    let mut properties = Map::new();
    let whole = t.fields.iter().any(|f| f.name == "metadata" && f.shape == Shape::Struct("meta.v1.ObjectMeta"));
    if whole {
        for name in ["apiVersion", "kind"] {
            properties.insert(name.to_owned(), json!({"type": "string"}));
        }
    }
    for f in &t.fields {
        properties.insert(f.name.to_owned(), shape(&f.shape, wanted));
    }
    json!({"type": "object", "properties": properties})
}

fn shape(shape_of: &Shape, wanted: &mut BTreeSet<&'static str>) -> Value {
    match shape_of {
        Shape::Text => json!({"type": "string"}),
        Shape::Bool => json!({"type": "boolean"}),
        Shape::Int(size) => json!({"type": "integer", "format": size}),
        Shape::Bytes => json!({"type": "string", "format": "byte"}),
        Shape::Quantity => json!({"oneOf": [{"type": "string"}, {"type": "number"}]}),
        Shape::IntOrText => json!({"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]}),
        Shape::Time | Shape::Micro => json!({"type": "string", "format": "date-time"}),
        Shape::Raw | Shape::Any => json!({"type": "object"}),
        Shape::Struct(name) => {
            wanted.insert(name);
            json!({"allOf": [{"$ref": format!("#/components/schemas/{}", schema_name(name))}], "default": {}})
        }
        Shape::List(item) => json!({"type": "array", "items": shape(item, wanted)}),
        Shape::Map(item) => json!({"type": "object", "additionalProperties": shape(item, wanted)}),
    }
}
