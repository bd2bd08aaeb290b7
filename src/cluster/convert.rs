//! One object of the wire → one row of the domain: total functions, that invent nothing.
//!
//! Only the fields that a row has are read; the rest of an object is skipped unparsed. What is absent is
//! `None` or empty; a time that is no time is absent. An object of the wrong shape is an error that names
//! it, and is no reason to refuse its neighbours.
//!
//! To read one more kind: a file with the shape (`Raw…`) and the function, an arm in [`row`], and a test with
//! the YAML of a real object under `tests/fixtures`. To read it in protobuf, too: its message in `proto::table`, and an
//! object of it in `tests/fixtures/protobuf`.

mod custom;
mod delivery;
mod event;
mod field;
mod meta;
mod network;
mod place;
mod placement;
mod pod;
mod probe;
mod revision;
mod taken;
mod task;
#[cfg(test)]
mod tests;
mod workload;

pub use revision::{revisions, template_of};

use super::proto::{self, ProtoError, table};
use crate::domain::collection::Collection;
use crate::domain::interner::Interner;
use crate::domain::row::AnyRow;
use crate::domain::{Kind, ObjectId, Text};
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
        object: ObjectId,
        /// What is wrong.
        why: Text,
    },
}

/// One object as it came.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    /// Its JSON text.
    Json(&'a str),
    /// Its message in Kubernetes' protobuf, without the envelope.
    Proto(&'a [u8]),
}

impl<'a> From<&'a str> for Body<'a> {
    fn from(json: &'a str) -> Self {
        Self::Json(json)
    }
}

/// One object of a kind.
#[derive(Clone, Copy)]
struct Object<'a> {
    kind: Kind,
    body: Body<'a>,
}

impl<'a> Object<'a> {
    /// The fields that a shape has, of what only comes in JSON: custom resources, and metrics.
    fn read_json<T: serde::Deserialize<'a>>(self) -> Result<T, Unread> {
        match self.body {
            Body::Json(json) => Ok(serde_json::from_str(json)?),
            Body::Proto(_) => Err(Unread::OnlyJson),
        }
    }

    /// The fields that a shape has.
    fn read<T: serde::Deserialize<'a>>(self) -> Result<T, Unread> {
        match self.body {
            Body::Json(_) => self.read_json(),
            Body::Proto(bytes) => Ok(proto::read(bytes, table::of(self.kind).ok_or(Unread::OnlyJson)?)?),
        }
    }
}

/// Why an object is not of its shape.
#[derive(Debug, thiserror::Error)]
enum Unread {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Proto(#[from] ProtoError),
    #[error("there is no protobuf of its kind")]
    OnlyJson,
}

/// The row of one object, whatever its kind.
///
/// # Errors
/// [`ConvertError`]: a kind that has no rows, or a malformed object.
pub fn object(value: &serde_json::Value) -> Result<AnyRow, ConvertError> {
    let named = value.get("kind").and_then(|k| k.as_str()).unwrap_or_default();
    let api = value.get("apiVersion").and_then(|k| k.as_str()).unwrap_or_default();
    let kind = kind_of(api, named).ok_or_else(|| ConvertError::NotRead(Text::new(named)))?;
    row(&kind.into(), value.to_string().as_str(), &mut Interner::default())
}

/// The kind of an `apiVersion` and `kind`. The version may be another one than kennel asks for, the group may not
/// (but Events come from two groups, and an empty `apiVersion` is taken for the right one).
pub fn kind_of(api_version: &str, name: &str) -> Option<Kind> {
    let kind = Kind::named(name)?;
    let group = api_version.split_once('/').map(|(g, _)| g).unwrap_or_default();
    let known = kind.info().group;
    (group == known || api_version.is_empty() || (kind == Kind::Event && group.is_empty())).then_some(kind)
}

/// The row of one object of a collection.
///
/// # Errors
/// As [`object`].
pub fn row<'a>(of: &Collection, body: impl Into<Body<'a>>, interner: &mut Interner) -> Result<AnyRow, ConvertError> {
    let (kind, body) = match (of, body.into()) {
        (Collection::Any(api), Body::Json(json)) => {
            return custom::custom(api, json, interner).map(|row| AnyRow::Custom(Box::new(row)));
        }
        (of, body) => (of.kind().ok_or_else(|| ConvertError::NotRead(of.to_string().into()))?, body),
    };
    let object = Object { kind, body };
    let made = match kind {
        Kind::Namespace => place::namespace(object, interner),
        Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet => workload::workload(object, interner),
        Kind::Pod => pod::pod(object, interner),
        Kind::PodMetrics => pod::metrics(object, interner),
        Kind::Job => task::job(object, interner),
        Kind::CronJob => task::cron_job(object, interner),
        Kind::HorizontalPodAutoscaler => workload::autoscaler(object, interner),
        Kind::ScaledObject => workload::scaled_object(object, interner),
        Kind::Service => network::service(object, interner),
        Kind::EndpointSlice => network::slice(object, interner),
        Kind::Ingress => network::ingress(object, interner),
        Kind::HTTPRoute => network::route(object, interner),
        Kind::PersistentVolumeClaim => place::claim(object, interner),
        Kind::ResourceQuota => place::quota(object, interner),
        Kind::Node => place::node(object, interner),
        Kind::Event => event::event(object, interner),
        Kind::ConfigMap if *of == Collection::Journals => place::journal(object, interner),
        Kind::Secret if *of == Collection::Releases => place::release(object, interner),
        Kind::ConfigMap | Kind::Secret => Ok(None),
        Kind::ReplicaSet => workload::replica_set(object, interner),
        Kind::Application => delivery::application(object, interner),
        Kind::Kustomization => delivery::kustomization(object, interner),
        Kind::HelmRelease => delivery::helm_release(object, interner),
    };
    match made {
        Ok(Some(row)) if !row.key().1.is_empty() => Ok(row),
        Ok(Some(_)) => Err(malformed(object, "it has no name")),
        Ok(None) => Err(ConvertError::NotRead(kind.info().name.into())),
        Err(e) => Err(malformed(object, &e.to_string())),
    }
}

type Made = Result<Option<AnyRow>, Unread>;

/// Names a malformed object as far as it can be read.
fn malformed(object: Object<'_>, why: &str) -> ConvertError {
    let (namespace, name) = name_of(object.body).unwrap_or_default();
    ConvertError::Malformed { object: ObjectId::new(object.kind, namespace, name), why: Text::capped(why, 200) }
}

/// Namespace and name of an object, if these at least can be read.
pub(crate) fn name_of(body: Body<'_>) -> Option<(Text, Text)> {
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
    let named: Named<'_> = match body {
        Body::Json(json) => serde_json::from_str(json).ok()?,
        Body::Proto(bytes) => proto::read(bytes, &table::META_ONLY).ok()?,
    };
    let namespace = named.metadata.namespace.map(|n| Text::new(&n)).unwrap_or_default();
    Some((namespace, Text::new(&named.metadata.name)))
}

/// Each of a list that may be absent or null.
fn each<T>(list: List<T>) -> impl Iterator<Item = T> {
    list.into_iter().flatten()
}
