//! Objects of kinds that kennel has no rows of, read for a few fields: topmost owners of pods (Rollout, Cluster,
//! Kafka, …), and the sources that Flux's objects refer to.

use std::fmt;

use super::meta::{Condition, Owner};
use crate::domain::{Kind, Text};

/// API group of Flux's sources.
const SOURCES: &str = "source.toolkit.fluxcd.io";

/// A kind by its names in the API. The version is left out: an owner may be named by an older one than is served.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomKind {
    /// API group; empty for the core group.
    pub group: Text,
    /// `kind:`.
    pub kind: Text,
}

impl CustomKind {
    /// The kind of an `apiVersion` and `kind`; `None` where it is one that kennel has rows of.
    pub fn of(api_version: &str, kind: &str) -> Option<Self> {
        let group = api_version.split_once('/').map(|(g, _)| g).unwrap_or_default();
        let known = Kind::named(kind).is_some_and(|k| k.info().group == group);
        (!known && !kind.is_empty()).then(|| Self { group: group.into(), kind: kind.into() })
    }

    /// Argo's Rollout. Its pods say that they are of one, not which version of it.
    pub(crate) fn rollout() -> Self {
        Self { group: "argoproj.io".into(), kind: "Rollout".into() }
    }

    /// The kind of a source that a Kustomization or HelmRelease refers to by this `kind`; `None` for one that has
    /// no URL of its own.
    /// <https://fluxcd.io/flux/components/source/>
    pub fn source(kind: &str) -> Option<Self> {
        let known = matches!(kind, "GitRepository" | "OCIRepository" | "HelmRepository" | "Bucket");
        known.then(|| Self { group: SOURCES.into(), kind: kind.into() })
    }

    /// Whether its objects are Flux's sources.
    pub(crate) fn is_source(&self) -> bool {
        self.group == SOURCES
    }
}

impl fmt::Display for CustomKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.kind)
    }
}

/// An object of such a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomRow {
    /// Its kind.
    pub kind: CustomKind,
    /// Namespace; empty for objects of the cluster.
    pub namespace: Text,
    /// Name.
    pub name: Text,
    /// The controlling owner: then that one is further up.
    pub owner: Option<Owner>,
    /// Whether its deletion was asked for.
    pub deleted: bool,
    /// Its controller has not taken up the newest spec yet (`status.observedGeneration`, where that is a number).
    pub behind: bool,
    /// `status.conditions`, where these are what the API's conventions say.
    pub conditions: Box<[Condition]>,
    /// Of a source: its URL.
    pub url: Option<Text>,
}
