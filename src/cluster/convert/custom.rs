//! Objects of kinds that kennel has no rows of: metadata, and the few fields that such kinds may share.
//!
//! Their specs and statuses may be anything: what is not of the expected shape is absent, and no error.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::field::{List, Str, text};
use super::meta::{RawCondition, RawMeta, conditions, owner};
use super::{Body, ConvertError};
use crate::domain::interner::Interner;
use crate::domain::row::{CustomRow, is_source};
use crate::domain::{Api, ObjectId, Text};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Raw<'a> {
    #[serde(borrow)]
    metadata: RawMeta<'a>,
    #[serde(borrow)]
    spec: Option<&'a RawValue>,
    #[serde(borrow)]
    status: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Spec<'a> {
    #[serde(borrow)]
    url: Option<Str<'a>>,
    #[serde(borrow)]
    endpoint: Option<Str<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Conditions<'a> {
    #[serde(borrow)]
    conditions: List<RawCondition<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Phase<'a> {
    #[serde(borrow)]
    phase: Option<Str<'a>>,
    #[serde(borrow)]
    message: Option<Str<'a>>,
    #[serde(borrow)]
    phase_reason: Option<Str<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Observed {
    observed_generation: Option<i64>,
}

fn lenient<'a, T: Deserialize<'a> + Default>(raw: Option<&'a RawValue>) -> T {
    raw.and_then(|r| serde_json::from_str(r.get()).ok()).unwrap_or_default()
}

/// The row of an object of that kind, from its JSON text.
///
/// # Errors
/// [`ConvertError::Malformed`] where it is no object, or its metadata is none.
pub(super) fn custom(api: &Api, json: &str, i: &mut Interner) -> Result<CustomRow, ConvertError> {
    let malformed = |why: &str| {
        let (namespace, name) = super::name_of(Body::Json(json)).unwrap_or_default();
        let object = ObjectId::new(api.clone(), namespace, name);
        ConvertError::Malformed { object, why: Text::capped(why, 200) }
    };
    let raw: Raw<'_> = serde_json::from_str(json).map_err(|e| malformed(&e.to_string()))?;
    let name = text(raw.metadata.name.as_ref(), i);
    if name.is_empty() {
        return Err(malformed("it has no name"));
    }
    let (spec, said): (Spec<'_>, Conditions<'_>) = (lenient(raw.spec), lenient(raw.status));
    let observed = lenient::<Observed>(raw.status).observed_generation;
    let own: Phase<'_> = lenient(raw.status);
    let words = |said: Option<Str<'_>>| said.filter(|w| !w.is_empty()).map(|w| Text::capped(&w, 1024));
    let url = spec.url.or(spec.endpoint).filter(|u| is_source(api) && !u.is_empty());
    Ok(CustomRow {
        api: api.clone(),
        namespace: text(raw.metadata.namespace.as_ref(), i),
        name,
        owner: owner(&raw.metadata, i),
        deleted: raw.metadata.deletion_timestamp.0.is_some(),
        behind: observed.zip(raw.metadata.generation).is_some_and(|(seen, now)| seen < now),
        phase: words(own.phase),
        message: words(own.message).or_else(|| words(own.phase_reason)),
        conditions: conditions(said.conditions, i),
        url: url.map(|u| Text::capped(&u, 1024)),
    })
}
