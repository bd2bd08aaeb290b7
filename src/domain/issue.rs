//! Health issues as values: what names one, how bad it is, how many there are.
//!
//! It is not: what finds them (that is `health`, a floor up).

use std::collections::BTreeSet;
use std::fmt;

use super::{ObjectId, Text, Time};

/// Severity of an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the six words")]
pub enum Severity {
    Critical,
    High,
    Medium,
    Warning,
    Low,
    Info,
}

impl Severity {
    /// All of them, the worst first.
    pub const ALL: [Self; 6] = [Self::Critical, Self::High, Self::Medium, Self::Warning, Self::Low, Self::Info];

    /// Its word in the contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Warning => "warning",
            Self::Low => "low",
            Self::Info => "info",
        }
    }
}

/// What kind of fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the nine words of the contract")]
pub enum Category {
    Performance,
    Memory,
    Network,
    Storage,
    Security,
    Reliability,
    Deployment,
    Resource,
    Configuration,
}

impl Category {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Performance,
        Self::Memory,
        Self::Network,
        Self::Storage,
        Self::Security,
        Self::Reliability,
        Self::Deployment,
        Self::Resource,
        Self::Configuration,
    ];

    /// Its word in the contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Performance => "performance",
            Self::Memory => "memory",
            Self::Network => "network",
            Self::Storage => "storage",
            Self::Security => "security",
            Self::Reliability => "reliability",
            Self::Deployment => "deployment",
            Self::Resource => "resource",
            Self::Configuration => "configuration",
        }
    }
}

/// What names an issue for as long as it is open, whatever becomes of its words, its severity and its neighbours.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssueId {
    /// The detector that found it.
    pub detector: &'static str,
    /// The object that it is about: a topmost owner, never one of its pods.
    pub object: ObjectId,
    /// What of the object, where the detector may find several: a container, a key.
    pub key: Text,
}

impl fmt::Display for IssueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { detector, object, key } = self;
        write!(f, "{detector}:{}/{}/{}", object.kind(), object.namespace, object.name)?;
        if key.is_empty() { Ok(()) } else { write!(f, "/{key}") }
    }
}

/// One detected fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// What names it.
    pub id: IssueId,
    /// How bad.
    pub severity: Severity,
    /// One line: `checkout: rev 8 crash-loops`.
    pub title: Text,
    /// The same in the fewest words, where there are any: `checkout: crash-loops`.
    pub brief: Option<Text>,
    /// Since when, where the cluster tells.
    pub since: Option<Time>,
    /// What kind of fault.
    pub category: Category,
    /// What else is broken by it.
    pub affected: Box<[ObjectId]>,
    /// It lies outside of the environment that it shows in: in a node, in another namespace. In totals it counts once,
    /// as the cluster's.
    pub outside: bool,
}

impl Issue {
    /// One of which no more is known.
    pub fn new(id: IssueId, severity: Severity, category: Category, title: impl Into<Text>) -> Self {
        let (title, affected) = (title.into(), Box::default());
        Self { id, severity, title, brief: None, since: None, category, affected, outside: false }
    }

    /// Whether nothing is broken by it: low, info.
    pub fn is_hint(&self) -> bool {
        self.severity >= Severity::Low
    }

    /// Whether an object is at fault, or broken by it.
    pub fn concerns(&self, object: &ObjectId) -> bool {
        self.id.object == *object || self.affected.contains(object)
    }
}

/// A fault of the cluster itself: one issue, however much of it shows in environments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterIssue {
    /// The issue.
    pub issue: Issue,
    /// Namespaces that it touches.
    pub namespaces: BTreeSet<Text>,
    /// One of these is production.
    pub production: bool,
}

/// Issues by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[allow(missing_docs, reason = "counts of the severities of these names")]
pub struct IssueCounts {
    pub critical: u32,
    pub high: u32,
    pub medium: u32,
    pub warning: u32,
    pub low: u32,
    pub info: u32,
}

impl IssueCounts {
    /// The counts of one issue.
    pub(crate) fn one(severity: Severity) -> Self {
        let mut counts = Self::default();
        counts.add(severity);
        counts
    }

    /// Adds one issue.
    pub fn add(&mut self, severity: Severity) {
        let slot = match severity {
            Severity::Critical => &mut self.critical,
            Severity::High => &mut self.high,
            Severity::Medium => &mut self.medium,
            Severity::Warning => &mut self.warning,
            Severity::Low => &mut self.low,
            Severity::Info => &mut self.info,
        };
        *slot += 1;
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &IssueCounts) {
        self.each(other, u32::saturating_add);
    }

    /// Takes all of `other` away again.
    pub(crate) fn take(&mut self, other: &IssueCounts) {
        self.each(other, u32::saturating_sub);
    }

    fn each(&mut self, other: &IssueCounts, of: fn(u32, u32) -> u32) {
        self.critical = of(self.critical, other.critical);
        self.high = of(self.high, other.high);
        self.medium = of(self.medium, other.medium);
        self.warning = of(self.warning, other.warning);
        self.low = of(self.low, other.low);
        self.info = of(self.info, other.info);
    }
}
