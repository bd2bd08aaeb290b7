//! Answers: one object, a list that is streamed, a Status.

use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use futures::stream;
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::request::Request;
use super::{Body, Response};
use crate::sim::event_view;
use crate::sim::json::Json;
use crate::sim::object::{self, Object};
use crate::sim::resource::Resource;
use crate::sim::status::Status;
use crate::sim::table::{self, Include};

/// A frame of a streamed answer grows to about this many bytes.
pub(crate) const CHUNK: usize = 128 << 10;

/// How objects of a kind are shown to one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    /// The kind that was asked for (an Event may be stored as another one).
    pub(crate) resource: &'static Resource,
    /// Metadata alone.
    metadata: bool,
    /// Rows of a Table, as of that moment.
    table: Option<(Include, Timestamp)>,
}

impl View {
    /// The view that a request asks for.
    pub(crate) fn new(request: &Request, resource: &'static Resource) -> Self {
        let table = request.wants_table().map(|include| (include, request.now));
        Self { resource, metadata: request.wants_metadata(), table }
    }

    /// The same view at another moment: what a row of a Table says of times depends on it.
    pub(crate) fn at(mut self, now: Timestamp) -> Self {
        if let Some((_, at)) = &mut self.table {
            *at = now;
        }
        self
    }

    /// `kind` and `apiVersion` of one object.
    pub(crate) fn names(self) -> (&'static str, String) {
        if self.table.is_some() {
            ("Table", "meta.k8s.io/v1".to_owned())
        } else if self.metadata {
            ("PartialObjectMetadata", "meta.k8s.io/v1".to_owned())
        } else {
            (self.resource.kind, self.resource.api_version())
        }
    }

    fn untyped(self, object: &Object) -> Bytes {
        if self.metadata {
            let value = object.value();
            object::serialize(&json!({"metadata": value.get("metadata")}))
        } else if std::ptr::eq(self.resource, object.resource) {
            object.bytes()
        } else {
            object::serialize(&event_view::core(Value::clone(&*object.value())))
        }
    }

    /// A Table of some objects; its columns stand in the first one of a watch only.
    fn rows(self, metadata: &Value, items: &[Arc<Object>], columns: bool) -> Option<Vec<u8>> {
        let (include, now) = self.table?;
        let rows: Vec<_> = items.iter().map(|o| table::row(self.resource, o, include, now)).collect();
        let columns = if columns { table::columns(self.resource) } else { json!([]) };
        let table = json!({
            "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": columns,
            "rows": rows,
        });
        Some(table.to_string().into())
    }

    /// As [`View::whole`], of an event of a watch.
    pub(crate) fn event(self, object: &Arc<Object>, first: bool) -> Vec<u8> {
        let metadata = json!({"resourceVersion": object.rv.to_string()});
        self.rows(&metadata, std::slice::from_ref(object), first).unwrap_or_else(|| self.whole(object))
    }

    /// The object with `kind` and `apiVersion`.
    pub(crate) fn whole(self, object: &Object) -> Vec<u8> {
        let (kind, api_version) = self.names();
        object::typed(kind, &api_version, &self.untyped(object))
    }

    /// The object as it stands in a list: built-in kinds leave `kind` and `apiVersion` out.
    fn item(self, object: &Object) -> Bytes {
        if self.metadata || self.resource.is_custom() { self.whole(object).into() } else { self.untyped(object) }
    }
}

/// An answer of JSON.
pub(crate) fn json(code: u16, body: impl Into<Bytes>) -> Response {
    build(code, "application/json", Full::new(body.into()).map_err(|never| match never {}).boxed_unsync())
}

/// An answer of plain text.
pub(crate) fn text(code: u16, body: &'static str) -> Response {
    let body = Full::new(Bytes::from_static(body.as_bytes())).map_err(|never| match never {}).boxed_unsync();
    build(code, "text/plain; charset=utf-8", body)
}

/// An answer of bytes.
pub(crate) fn bytes(code: u16, content_type: &'static str, body: Vec<u8>) -> Response {
    build(code, content_type, Full::new(body.into()).map_err(|never| match never {}).boxed_unsync())
}

/// An answer with any body.
pub(crate) fn build(code: u16, content_type: &'static str, body: Body) -> Response {
    let mut response = http::Response::new(body);
    *response.status_mut() = http::StatusCode::from_u16(code).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(content_type));
    headers.insert(http::header::CACHE_CONTROL, http::HeaderValue::from_static("no-cache, private"));
    response
}

/// An answer that holds a value.
pub(crate) fn value(code: u16, value: &Value) -> Response {
    json(code, value.to_string())
}

/// A failure.
pub(crate) fn status(status: &Status) -> Response {
    let mut response = value(status.code, &status.body);
    let wait = status.body.at("details.retryAfterSeconds").as_i64();
    if let Some(wait) = wait {
        response.headers_mut().insert(http::header::RETRY_AFTER, wait.into());
    }
    response
}

/// Puts warnings on an answer.
pub(crate) trait Warn {
    /// One header a warning (RFC 9111 once, now the API's own).
    fn warn(self, warnings: &[String]) -> Self;
}

impl Warn for Response {
    fn warn(mut self, warnings: &[String]) -> Self {
        for warning in warnings {
            let text = warning.replace('\\', "\\\\").replace('"', "\\\"");
            if let Ok(value) = http::HeaderValue::from_str(&format!("299 - \"{text}\"")) {
                self.headers_mut().append(http::header::WARNING, value);
            }
        }
        self
    }
}

/// One object.
pub(crate) fn object(code: u16, view: View, object: &Arc<Object>) -> Response {
    json(code, view.event(object, true))
}

/// A list, written while it is sent.
pub(crate) fn list(view: View, metadata: &Value, items: Vec<Arc<Object>>) -> Response {
    if let Some(table) = view.rows(metadata, &items, true) {
        return json(200, table);
    }
    let (kind, api_version) = view.names();
    let head = format!(r#"{{"kind":"{kind}List","apiVersion":"{api_version}","metadata":{metadata},"items":["#);
    if view.metadata && items.is_empty() {
        // An empty list of metadata is a nil one in Go.
        return json(200, format!("{}null}}", head.trim_end_matches('[')));
    }
    let small = items.len() < 16;
    let chunks = Chunks { view, items: items.into_iter(), head: Some(head), first: true, done: false };
    if small {
        // One frame and a Content-Length, as small lists have on the real server.
        return json(200, chunks.flatten().collect::<Vec<u8>>());
    }
    let frames = stream::iter(chunks.map(|c| Ok(Frame::data(c))));
    build(200, "application/json", StreamBody::new(frames).boxed_unsync())
}

struct Chunks {
    view: View,
    items: std::vec::IntoIter<Arc<Object>>,
    head: Option<String>,
    first: bool,
    done: bool,
}

impl Iterator for Chunks {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        if self.done {
            return None;
        }
        let mut out = BytesMut::with_capacity(if self.items.len() < 16 { 4096 } else { CHUNK + (CHUNK >> 3) });
        if let Some(head) = self.head.take() {
            out.put_slice(head.as_bytes());
        }
        while out.len() < CHUNK {
            let Some(object) = self.items.next() else {
                out.put_slice(b"]}");
                self.done = true;
                break;
            };
            if !self.first {
                out.put_u8(b',');
            }
            self.first = false;
            out.put_slice(&self.view.item(&object));
        }
        Some(out.freeze())
    }
}
