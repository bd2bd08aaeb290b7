//! Objects of kinds that kennel has no rows of, read for a few fields: topmost owners of pods (Rollout, Cluster,
//! Kafka, …), and the sources that Flux's objects refer to.

use super::meta::{Condition, Owner};
use crate::domain::{Api, Text};

/// API group of Flux's sources.
const SOURCES: &str = "source.toolkit.fluxcd.io";

/// Argo's Rollout. Its pods say that they are of one, not which version of it.
pub(crate) fn rollout() -> Api {
    Api::new("argoproj.io", "", "Rollout", "", true)
}

/// The kind of a source that a Kustomization or HelmRelease refers to by this `kind`; `None` for one that has no URL
/// of its own.
/// <https://fluxcd.io/flux/components/source/>
pub fn source(kind: &str) -> Option<Api> {
    let known = matches!(kind, "GitRepository" | "OCIRepository" | "HelmRepository" | "Bucket");
    known.then(|| Api::new(SOURCES, "", kind, "", true))
}

/// Whether the objects of a kind are Flux's sources.
pub(crate) fn is_source(api: &Api) -> bool {
    api.group() == SOURCES
}

/// An object of a kind that kennel has no rows of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomRow {
    /// Its kind.
    pub api: Api,
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
    /// `status.phase`, where that is a word: `Degraded`.
    pub phase: Option<Text>,
    /// What it says of that (`status.message`, `status.phaseReason`).
    pub message: Option<Text>,
    /// `status.conditions`, where these are what the API's conventions say.
    pub conditions: Box<[Condition]>,
    /// Of a source: its URL.
    pub url: Option<Text>,
}
