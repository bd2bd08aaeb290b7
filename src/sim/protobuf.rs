//! Bodies in Kubernetes' protobuf, read by the table of types: generated clients (kubectl's `create` and `auth`
//! among them) send nothing else for built-in kinds and do not fall back (client-go rest/client.go). Answers
//! are JSON all the same: every client takes it.
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::json::{micro, stamp};
use super::types::{self, Field, Shape, Type};
use crate::domain::protobuf::{self, Fields, MAGIC, ProtoError, Wire, text};

/// Reads a body: `runtime.Unknown`, which names the type of the message that it holds.
///
/// # Errors
/// Says what cannot be read.
pub(crate) fn read(body: &[u8]) -> Result<Value, ProtoError> {
    let other = || ProtoError("provided data does not appear to be a protobuf message".to_owned());
    let envelope = body.strip_prefix(MAGIC).ok_or_else(other)?;
    let (mut api_version, mut kind, mut raw) = ("", "", <&[u8]>::default());
    for part in Fields(envelope) {
        match part? {
            (1, Wire::Bytes(meta)) => {
                for part in Fields(meta) {
                    match part? {
                        (1, Wire::Bytes(b)) => api_version = text(b)?,
                        (2, Wire::Bytes(b)) => kind = text(b)?,
                        _ => {}
                    }
                }
            }
            (2, Wire::Bytes(b)) => raw = b,
            _ => {}
        }
    }
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let known = types::of_kind(group, version, kind).or_else(|| types::named(&format!("meta.v1.{kind}")));
    let known =
        known.ok_or_else(|| ProtoError(format!("no kind \"{kind}\" is registered for version \"{api_version}\"")))?;
    let mut value = message(known, raw)?;
    value.insert("apiVersion".to_owned(), api_version.into());
    value.insert("kind".to_owned(), kind.into());
    Ok(Value::Object(value))
}

/// Inlined structs come out as part of the object, as in JSON.
fn message(kind: &Type, bytes: &[u8]) -> Result<Map<String, Value>, ProtoError> {
    let mut out = Map::new();
    for part in Fields(bytes) {
        let (number, wire) = part?;
        let Some(field) = kind.wire.iter().find(|f| f.number == number) else { continue };
        match (field.inline, &field.shape, wire) {
            (true, Shape::Struct(name), Wire::Bytes(b)) => {
                if let Some(inner) = types::named(name) {
                    out.extend(message(inner, b)?);
                }
            }
            _ => put(&mut out, field, wire)?,
        }
    }
    Ok(out)
}

fn put(out: &mut Map<String, Value>, field: &Field, wire: Wire<'_>) -> Result<(), ProtoError> {
    match (&field.shape, wire) {
        (Shape::List(inner), _) => {
            let item = value(inner, wire)?;
            if let Some(list) = out.entry(field.name).or_insert_with(|| json!([])).as_array_mut() {
                list.push(item);
            }
        }
        (Shape::Map(inner), Wire::Bytes(entry)) => {
            let (mut key, mut held) = ("", None);
            for part in Fields(entry) {
                match part? {
                    (1, Wire::Bytes(b)) => key = text(b)?,
                    (2, wire) => held = Some(entry_value(inner, wire)?),
                    _ => {}
                }
            }
            let map = out.entry(field.name).or_insert_with(|| json!({}));
            if let Some(map) = map.as_object_mut() {
                map.insert(key.to_owned(), held.unwrap_or_else(|| "".into()));
            }
        }
        _ => {
            let read = value(&field.shape, wire)?;
            // Generated code writes empty values too; they say nothing unless the field is a pointer.
            if field.pointer || !(field.omit && Field::is_empty(&read)) {
                out.insert(field.name.to_owned(), read);
            }
        }
    }
    Ok(())
}

/// A map's value; lists are messages of their own there (`ExtraValue`), with items at 1.
fn entry_value(shape: &Shape, wire: Wire<'_>) -> Result<Value, ProtoError> {
    match (shape, wire) {
        (Shape::List(inner), Wire::Bytes(b)) => {
            let items = Fields(b).filter_map(|p| p.ok().filter(|(n, _)| *n == 1)).map(|(_, w)| value(inner, w));
            items.collect::<Result<Vec<_>, _>>().map(Value::Array)
        }
        _ => value(shape, wire),
    }
}

fn value(shape: &Shape, wire: Wire<'_>) -> Result<Value, ProtoError> {
    Ok(match (shape, wire) {
        (Shape::Text, Wire::Bytes(b)) => text(b)?.into(),
        (Shape::Bytes, Wire::Bytes(b)) => STANDARD.encode(b).into(),
        (Shape::Bool, Wire::Number(n)) => (n != 0).into(),
        (Shape::Int(_), Wire::Number(n)) => n.cast_signed().into(),
        (Shape::Quantity, Wire::Bytes(b)) => first(b)?.into(),
        (Shape::IntOrText, Wire::Bytes(b)) => int_or_text(b)?,
        (Shape::Time | Shape::Micro, Wire::Bytes(b)) => time(shape, b)?,
        (Shape::Raw, Wire::Bytes(b)) => serde_json::from_str(first(b)?).unwrap_or(Value::Null),
        (Shape::Struct(name), Wire::Bytes(b)) => {
            let kind = types::named(name).ok_or_else(|| ProtoError("proto: a type that is not known".to_owned()))?;
            Value::Object(message(kind, b)?)
        }
        _ => return Err(ProtoError("proto: a field of another type than it should be".to_owned())),
    })
}

/// The text at field 1, as quantities and raw JSON hold it.
fn first(bytes: &[u8]) -> Result<&str, ProtoError> {
    for part in Fields(bytes) {
        if let (1, Wire::Bytes(b)) = part? {
            return text(b);
        }
    }
    Ok("")
}

fn int_or_text(bytes: &[u8]) -> Result<Value, ProtoError> {
    let (mut is_text, mut number, mut held) = (false, 0, "");
    for part in Fields(bytes) {
        match part? {
            (1, Wire::Number(n)) => is_text = n == 1,
            (2, Wire::Number(n)) => number = n.cast_signed(),
            (3, Wire::Bytes(b)) => held = text(b)?,
            _ => {}
        }
    }
    Ok(if is_text { held.into() } else { number.into() })
}

fn time(shape: &Shape, bytes: &[u8]) -> Result<Value, ProtoError> {
    let Some((seconds, nanos)) = protobuf::time(bytes)? else { return Ok(Value::Null) };
    let time = Timestamp::new(seconds, i32::try_from(nanos).unwrap_or(0)).map_err(|e| ProtoError(e.to_string()))?;
    Ok(if *shape == Shape::Micro { micro(time) } else { stamp(time) }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message from (number, content) pairs.
    fn wire(fields: &[(u8, &[u8])]) -> Vec<u8> {
        fields.iter().flat_map(|(n, b)| [&[n << 3 | 2, u8::try_from(b.len()).unwrap()], *b].concat()).collect()
    }

    fn body(api_version: &str, kind: &str, message: &[u8]) -> Vec<u8> {
        let meta = wire(&[(1, api_version.as_bytes()), (2, kind.as_bytes())]);
        [MAGIC, &wire(&[(1, &meta), (2, message)])].concat()
    }

    #[test]
    fn maps_lists_and_inlined_structs_read_as_in_json() {
        let entry = wire(&[(1, b"k"), (2, b"v")]);
        let meta = wire(&[(1, b"m"), (3, b""), (8, b"")]);
        let map = read(&body("v1", "ConfigMap", &wire(&[(1, &meta), (2, &entry)]))).unwrap();
        assert_eq!(
            map,
            json!({"metadata": {"name": "m"}, "data": {"k": "v"}, "apiVersion": "v1", "kind": "ConfigMap"})
        );
        // Volume{name: 1, volumeSource: 2 (inline) {emptyDir: 2}}; PodSpec{volumes: 1}.
        let volume = wire(&[(1, b"v"), (2, &wire(&[(2, b"")]))]);
        let pod = read(&body("v1", "Pod", &wire(&[(2, &wire(&[(1, &volume)]))]))).unwrap();
        assert_eq!(pod["spec"]["volumes"], json!([{"name": "v", "emptyDir": {}}]));
    }

    #[test]
    fn broken_bodies_are_refused_and_never_panic() {
        let whole = body("v1", "ConfigMap", &wire(&[(1, &wire(&[(1, b"m")]))]));
        for end in 0..whole.len() {
            let _ = read(&whole[..end]);
            let mut bent = whole.clone();
            bent[end] ^= 0xff;
            let _ = read(&bent);
        }
        assert!(read(b"{}").is_err());
        assert!(read(&body("v1", "Nope", b"")).unwrap_err().to_string().contains("no kind"));
    }
}
