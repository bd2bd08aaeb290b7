//! One object of the wire → one row of the domain: total functions, that invent nothing.
//!
//! Only the fields that a row has are read; the rest of an object is skipped unparsed. What is absent is
//! `None` or empty; a time that is no time is absent. An object of the wrong shape is an error that names
//! it, and is no reason to refuse its neighbours.
//!
//! To read one more kind: a file with the shape (`Raw…`) and the function, an arm in [`row`], and a test with
//! the YAML of a real object under `tests/fixtures`.

mod custom;
mod delivery;
mod event;
mod field;
mod meta;
mod network;
mod place;
mod pod;
mod revision;
mod taken;
mod task;
#[cfg(test)]
mod tests;
mod workload;

pub(crate) use custom::custom;
pub use place::JOURNAL_KEY;
pub use revision::revisions;

use crate::domain::row::Row;
use crate::domain::text::Interner;
use crate::domain::{Kind, ObjectRef, Text};
use field::{List, Str};

/// Why an object gave no row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    /// kennel has no rows of such objects.
    #[error("{0} is not read")]
    NotRead(Text),
    /// The object is not of the shape that its API promises.
    #[error("{object} is malformed: {why}")]
    Malformed {
        /// The object, as far as it says.
        object: ObjectRef,
        /// What is wrong.
        why: Text,
    },
}

/// The row of one object, whatever its kind.
///
/// # Errors
/// [`ConvertError`]: a kind that has no rows, or a malformed object.
pub fn object(value: &serde_json::Value) -> Result<Row, ConvertError> {
    let named = value.get("kind").and_then(|k| k.as_str()).unwrap_or_default();
    let api = value.get("apiVersion").and_then(|k| k.as_str()).unwrap_or_default();
    let kind = kind_of(api, named).ok_or_else(|| ConvertError::NotRead(Text::new(named)))?;
    row(kind, &value.to_string(), &mut Interner::default())
}

/// The kind of an `apiVersion` and `kind`. The version may be another one than kennel asks for, the group may not
/// (but Events come from two groups, and an empty `apiVersion` is taken for the right one).
pub fn kind_of(api_version: &str, name: &str) -> Option<Kind> {
    let kind = Kind::named(name)?;
    let group = api_version.split_once('/').map(|(g, _)| g).unwrap_or_default();
    let known = kind.info().group;
    (group == known || api_version.is_empty() || (kind == Kind::Event && group.is_empty())).then_some(kind)
}

/// The row of one object of a kind, from its JSON text.
///
/// # Errors
/// As [`object`].
pub fn row(kind: Kind, json: &str, interner: &mut Interner) -> Result<Row, ConvertError> {
    let made = match kind {
        Kind::Namespace => place::namespace(json, interner),
        Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet => workload::workload(kind, json, interner),
        Kind::Pod => pod::pod(json, interner),
        Kind::PodMetrics => pod::metrics(json, interner),
        Kind::Job => task::job(json, interner),
        Kind::CronJob => task::cron_job(json, interner),
        Kind::HorizontalPodAutoscaler => workload::autoscaler(json, interner),
        Kind::ScaledObject => workload::scaled_object(json, interner),
        Kind::Service => network::service(json, interner),
        Kind::EndpointSlice => network::slice(json, interner),
        Kind::Ingress => network::ingress(json, interner),
        Kind::HTTPRoute => network::route(json, interner),
        Kind::PersistentVolumeClaim => place::claim(json, interner),
        Kind::ResourceQuota => place::quota(json, interner),
        Kind::Node => place::node(json, interner),
        Kind::Event => event::event(json, interner),
        Kind::ConfigMap => place::journal(json, interner),
        Kind::Secret => place::release(json, interner),
        Kind::ReplicaSet => workload::replica_set(json, interner),
        Kind::Application => delivery::application(json, interner),
        Kind::Kustomization => delivery::kustomization(json, interner),
        Kind::HelmRelease => delivery::helm_release(json, interner),
    };
    match made {
        Ok(Some(row)) if !row.key().1.is_empty() => Ok(row),
        Ok(Some(_)) => Err(malformed(kind, json, "it has no name")),
        Ok(None) => Err(ConvertError::NotRead(kind.info().name.into())),
        Err(e) => Err(malformed(kind, json, &e.to_string())),
    }
}

type Made = Result<Option<Row>, serde_json::Error>;

/// Names a malformed object as far as it can be read.
fn malformed(kind: Kind, json: &str, why: &str) -> ConvertError {
    let (namespace, name) = name_of(json).unwrap_or_default();
    ConvertError::Malformed { object: ObjectRef::new(kind.info().name, namespace, name), why: Text::capped(why, 200) }
}

/// Namespace and name of an object, if these at least can be read.
pub(crate) fn name_of(json: &str) -> Option<(Text, Text)> {
    #[derive(serde::Deserialize)]
    struct Named<'a> {
        #[serde(borrow)]
        metadata: Meta<'a>,
    }
    #[derive(serde::Deserialize)]
    struct Meta<'a> {
        #[serde(borrow)]
        name: Str<'a>,
        #[serde(borrow, default)]
        namespace: Option<Str<'a>>,
    }
    let named: Named<'_> = serde_json::from_str(json).ok()?;
    let namespace = named.metadata.namespace.map(|n| Text::new(&n)).unwrap_or_default();
    Some((namespace, Text::new(&named.metadata.name)))
}

/// Each of a list that may be absent or null.
fn each<T>(list: List<T>) -> impl Iterator<Item = T> {
    list.into_iter().flatten()
}
