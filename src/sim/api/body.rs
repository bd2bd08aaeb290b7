//! The body of a write as an object of its kind.
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation>

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::Status;
use super::options::Validation;
use super::request::{Request, summary};
use crate::sim::json::{Json, set};
use crate::sim::resource::Resource;
use crate::sim::status::Cause;
use crate::sim::{decode, patch, types};

/// An object, and what the client is warned of.
#[derive(Debug)]
pub(super) struct Body {
    /// The object, with its kind and version.
    pub(super) value: Value,
    /// Texts for the header `Warning`.
    pub(super) warnings: Vec<String>,
    /// Whether it asks for nobody to manage anything: an empty list, or one empty entry.
    pub(super) resets: bool,
}

fn resets_managers(value: &Value) -> bool {
    value.at("metadata.managedFields").as_array().is_some_and(|l| l.is_empty() || *l == [serde_json::json!({})])
}

/// The object of a create or an update; its `kind` and `apiVersion` may be left out.
pub(super) fn object(request: &Request, resource: &Resource, validation: Validation) -> Result<Body, Status> {
    let value = named(request.json(resource.kind)?, &request.body, resource)?;
    let resets = resets_managers(&value);
    let cannot = |why: &str| Status::bad_request(&unhandled(resource, why));
    let mut problems = match validation {
        Validation::Ignore => Vec::new(),
        _ => duplicates(&request.body),
    };
    let Some(kind) = types::of(resource) else {
        return Ok(Body { value, warnings: problems, resets });
    };
    let read = decode::object(kind, &value).map_err(|e| cannot(&e))?;
    problems.extend(unknown(&read.unknown));
    match validation {
        Validation::Strict if !problems.is_empty() => {
            Err(cannot(&format!("strict decoding error: {}", problems.join(", "))))
        }
        Validation::Ignore => Ok(Body { value: read.value, warnings: Vec::new(), resets }),
        _ => Ok(Body { value: read.value, warnings: problems, resets }),
    }
}

/// What a patch made of an object.
pub(super) fn patched(resource: &Resource, value: Value, validation: Validation) -> Result<Body, Status> {
    let resets = resets_managers(&value);
    let Some(kind) = types::of(resource) else { return Ok(Body { value, warnings: Vec::new(), resets }) };
    let refuse = |why: &str| {
        let cause = Cause::invalid("patch", &value.to_string().into(), why);
        Status::invalid_because(" \"\"", Map::new(), &[cause])
    };
    let read = decode::object(kind, &value).map_err(|e| refuse(&e))?;
    let problems: Vec<_> = unknown(&read.unknown).collect();
    match validation {
        Validation::Strict if !problems.is_empty() => {
            Err(refuse(&format!("strict decoding error: {}", problems.join(", "))))
        }
        Validation::Warn => Ok(Body { value: read.value, warnings: problems, resets }),
        _ => Ok(Body { value: read.value, warnings: Vec::new(), resets }),
    }
}

/// `Deployment in version "v1" cannot be handled as a Deployment: …`.
fn unhandled(resource: &Resource, why: &str) -> String {
    let kind = resource.kind;
    format!("{kind} in version \"{}\" cannot be handled as a {kind}: {why}", resource.version)
}

fn unknown(paths: &[String]) -> impl Iterator<Item = String> {
    paths.iter().map(|p| format!("unknown field \"{p}\""))
}

/// The body with `apiVersion` and `kind`, which may not be those of another kind.
fn named(mut value: Value, body: &[u8], resource: &Resource) -> Result<Value, Status> {
    let own = resource.kind;
    if !value.is_object() {
        let shown = summary(body);
        return Err(Status::bad_request(&format!(
            "the object provided is unrecognized (must be of type {own}): couldn't get version/kind; json parse error: \
             json: cannot unmarshal {} into Go value of type struct {{ APIVersion string \
             \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }} ({shown})",
            patch::what(&value)
        )));
    }
    let (said, api_version) = (value.text("kind"), value.text("apiVersion"));
    let kind = if said.is_empty() { own } else { said };
    let other = !api_version.is_empty() && api_version != resource.api_version();
    if kind != own || other {
        let why = if kind != own && Resource::of(api_version, kind).is_some() {
            format!("converting (v1.{kind}) to (core.{own}): unknown conversion")
        } else {
            format!(
                "no kind \"{kind}\" is registered for version \"{api_version}\" in scheme \"pkg/runtime/scheme.go:111\""
            )
        };
        let version = api_version.rsplit('/').next().unwrap_or_default();
        return Err(Status::bad_request(&format!(
            "{kind} in version \"{version}\" cannot be handled as a {own}: {why}"
        )));
    }
    set(&mut value, "apiVersion", resource.api_version());
    set(&mut value, "kind", own);
    Ok(value)
}

/// Fields that a JSON body has twice, as texts.
fn duplicates(body: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    // A body that is no JSON was refused before, or is YAML.
    let _ =
        Twice { path: String::new(), found: &mut found }.deserialize(&mut serde_json::Deserializer::from_slice(body));
    found
}

/// Walks JSON and notes the keys that an object has twice, which a [`Value`] would not show.
struct Twice<'a> {
    path: String,
    found: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Twice<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Twice<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            let path = if self.path.is_empty() { key.clone() } else { format!("{}.{key}", self.path) };
            if !seen.insert(key) {
                self.found.push(format!("duplicate field \"{path}\""));
            }
            map.next_value_seed(Twice { path, found: self.found })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut at = 0;
        while items.next_element_seed(Twice { path: format!("{}[{at}]", self.path), found: self.found })?.is_some() {
            at += 1;
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_stand_twice_are_named_with_their_path() {
        let body = br#"{"a": {"b": 1, "b": 2}, "c": [{"d": 1}, {"d": 1, "d": null}], "a": true}"#;
        let found = ["duplicate field \"a.b\"", "duplicate field \"c[1].d\"", "duplicate field \"a\""];
        assert_eq!(duplicates(body), found);
        assert!(duplicates(b"no json").is_empty());
    }
}
