//! OpenAPI v2 (`/openapi/v2`): one document of all schemas, as JSON, and in protobuf as kubectl asks for it.
//! Numbers after github.com/google/gnostic-models/openapiv2/OpenAPIv2.proto.

use serde_json::{Value, json};

use super::openapi::{self, Version};
use super::request::Request;
use super::{Response, respond};
use crate::sim::json::Json;
use crate::sim::resource::Resource;

/// The media type in `Content-Type`; clients write it with an `@` in `Accept`.
const PROTOBUF: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/// The document, in the form that is asked for.
pub(super) fn answer(request: &Request, kinds: &[&'static Resource]) -> Response {
    let document = json!({
        "swagger": "2.0", "info": {"title": "Kubernetes", "version": "v1.36.3"}, "paths": {},
        "definitions": openapi::schemas(kinds, Version::Two).into_iter().map(two).collect::<serde_json::Map<_, _>>(),
    });
    if request.wants("proto-openapi.spec.v2") {
        return respond::bytes(200, PROTOBUF, written(&document));
    }
    respond::value(200, &document)
}

/// Version 2 knows no `oneOf`: a number or text is a string there, with a format.
fn two((name, mut schema): (String, Value)) -> (String, Value) {
    if let Some(map) = schema.as_object_mut()
        && map.shift_remove("oneOf").is_some()
    {
        map.insert("type".to_owned(), "string".into());
    }
    (name, schema)
}

/// The document in protobuf.
fn written(document: &Value) -> Vec<u8> {
    let mut out = Message::default();
    out.text(1, document.at("swagger"));
    out.message(2, |info| {
        info.text(1, document.at("info.title"));
        info.text(2, document.at("info.version"));
    });
    out.message(8, |_| {});
    out.message(9, |definitions| definitions.named(1, document.at("definitions")));
    out.0
}

/// A message as it is written.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut n: u64) {
        while n >= 0x80 {
            self.0.push((n & 0x7f) as u8 | 0x80);
            n >>= 7;
        }
        self.0.push(n as u8);
    }

    fn bytes(&mut self, number: u64, bytes: &[u8]) {
        self.varint(number << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn text(&mut self, number: u64, text: &Value) {
        if let Some(text) = text.as_str() {
            self.bytes(number, text.as_bytes());
        }
    }

    fn message(&mut self, number: u64, fill: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        fill(&mut inner);
        self.bytes(number, &inner.0);
    }

    /// `NamedSchema`, one for each entry.
    fn named(&mut self, number: u64, schemas: &Value) {
        for (name, schema) in schemas.as_object().into_iter().flatten() {
            self.message(number, |named| {
                named.bytes(1, name.as_bytes());
                named.message(2, |value| value.schema(schema));
            });
        }
    }

    fn schema(&mut self, schema: &Value) {
        for (key, value) in schema.as_object().into_iter().flatten() {
            match key.as_str() {
                "$ref" => self.text(1, value),
                "format" => self.text(2, value),
                "description" => self.text(4, value),
                "required" => value.as_array().into_iter().flatten().for_each(|name| self.text(19, name)),
                "additionalProperties" => self.message(21, |item| item.message(1, |inner| inner.schema(value))),
                "type" => self.message(22, |item| item.text(1, value)),
                "items" => self.message(23, |item| item.message(1, |inner| inner.schema(value))),
                "properties" => self.message(25, |all| all.named(1, value)),
                // Extensions are YAML, of which JSON is a part.
                extension if extension.starts_with("x-") => self.message(31, |named| {
                    named.bytes(1, extension.as_bytes());
                    named.message(2, |any| any.bytes(2, value.to_string().as_bytes()));
                }),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_written_by_the_numbers_of_its_message() {
        let mut out = Message::default();
        out.schema(&json!({"type": "object", "description": "a", "properties": {"b": {"$ref": "#/c"}}}));
        // A field's key is its number times 8, and 2: in two bytes from number 16 on.
        let expected = [
            &[0xb2, 1, 8, 10, 6][..],
            b"object",
            &[34, 1, b'a'],
            &[0xca, 1, 12, 10, 10, 10, 1, b'b', 18, 5, 10, 3],
            b"#/c",
        ];
        assert_eq!(out.0, expected.concat());
    }
}
