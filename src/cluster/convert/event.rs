//! Events, of `events.k8s.io/v1` and of the core group: the same objects under two sets of names.

use serde::Deserialize;

use super::field::{Stamp, Str, alone, api, count, text};
use super::meta::RawMeta;
use super::{Made, Object};
use crate::domain::ObjectId;
use crate::domain::interner::Interner;
use crate::domain::row::{AnyRow, EventRow};

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Raw<'a> {
    #[serde(borrow)]
    metadata: RawMeta<'a>,
    #[serde(borrow, alias = "involvedObject")]
    regarding: Regarding<'a>,
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    reason: Option<Str<'a>>,
    #[serde(borrow, alias = "message")]
    note: Option<Str<'a>>,
    #[serde(alias = "count")]
    deprecated_count: Option<i64>,
    #[serde(alias = "firstTimestamp")]
    deprecated_first_timestamp: Stamp,
    #[serde(alias = "lastTimestamp")]
    deprecated_last_timestamp: Stamp,
    event_time: Stamp,
    series: Option<Series>,
    #[serde(borrow, alias = "reportingComponent")]
    reporting_controller: Option<Str<'a>>,
    #[serde(borrow, alias = "source")]
    deprecated_source: Option<Source<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Regarding<'a> {
    #[serde(borrow)]
    api_version: Option<Str<'a>>,
    #[serde(borrow)]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    namespace: Option<Str<'a>>,
    #[serde(borrow)]
    name: Option<Str<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Series {
    count: Option<i64>,
    last_observed_time: Stamp,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Source<'a> {
    #[serde(borrow)]
    component: Option<Str<'a>>,
}

pub(super) fn event(object: Object<'_>, i: &mut Interner) -> Made {
    let raw: Raw<'_> = object.read()?;
    let series = raw.series.unwrap_or_default();
    let times = [series.last_observed_time.0, raw.deprecated_last_timestamp.0, raw.event_time.0];
    let created = raw.metadata.creation_timestamp.0;
    let of = &raw.regarding;
    let component = raw.deprecated_source.and_then(|s| s.component);
    let source = raw.reporting_controller.filter(|s| !s.is_empty()).or(component);
    let seen = series.count.max(raw.deprecated_count);
    Ok(Some(AnyRow::Event(Box::new(EventRow {
        name: alone(raw.metadata.name.as_ref()),
        namespace: text(raw.metadata.namespace.as_ref(), i),
        object: ObjectId {
            api: api(of.api_version.as_ref(), of.kind.as_ref(), i),
            namespace: text(of.namespace.as_ref(), i),
            name: text(of.name.as_ref(), i),
        },
        warning: raw.kind.as_deref() == Some("Warning"),
        reason: text(raw.reason.as_ref(), i),
        message: text(raw.note.as_ref(), i),
        count: count(seen).max(1),
        first: raw.deprecated_first_timestamp.0.or(raw.event_time.0).or(created),
        last: times.into_iter().flatten().max().or(created),
        source: text(source.as_ref(), i),
    }))))
}
