//! Namespaces, claims, quotas, Helm releases, journals.

use super::meta::{Condition, Meta};
use crate::domain::operation::Journal;
use crate::domain::operation::parts::Part;
use crate::domain::{Text, Time};

/// A namespace: an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamespaceRow {
    /// Metadata.
    pub meta: Meta,
    /// `status.phase` is `Terminating`.
    pub terminating: bool,
    /// `status.conditions`: what holds its deletion up.
    pub conditions: Box<[Condition]>,
}

/// A PersistentVolumeClaim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimRow {
    /// Name.
    pub name: Text,
    /// Namespace.
    pub namespace: Text,
    /// `Pending`, `Bound`, `Lost`.
    pub phase: Text,
    /// Bytes that it has.
    pub capacity: Option<u64>,
}

/// A ResourceQuota.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuotaRow {
    /// Name.
    pub name: Text,
    /// Namespace.
    pub namespace: Text,
    /// Resource, used, hard, as the API writes them.
    pub used: Box<[(Text, Text, Text)]>,
}

/// A Helm release, read from its Secret's labels alone (`owner=helm,name,status,version`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReleaseRow {
    /// Namespace.
    pub namespace: Text,
    /// Name of the Secret.
    pub object: Text,
    /// Name of the release.
    pub name: Text,
    /// `deployed`, `failed`, `pending-upgrade`, …
    pub status: Text,
    /// Revision.
    pub version: u32,
    /// When its status was last written (label `modifiedAt`), else when it was created.
    pub at: Option<Time>,
}

/// The ConfigMap `kennel-operation`: the journal of an environment's operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRow {
    /// Namespace.
    pub namespace: Text,
    /// Name of the ConfigMap.
    pub name: Text,
    /// UID of the ConfigMap.
    pub uid: Text,
    /// Version, for taking it over.
    pub resource_version: Text,
    /// The journal, or why it can't be read.
    pub journal: Result<Journal, Text>,
}

/// A ConfigMap `kennel-operation-2` …: steps of a journal that does not fit into one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartRow {
    /// Namespace.
    pub namespace: Text,
    /// Name of the ConfigMap.
    pub name: Text,
    /// Its number, from 2.
    pub number: u32,
    /// What it holds, or why it can't be read.
    pub part: Result<Part, Text>,
}
