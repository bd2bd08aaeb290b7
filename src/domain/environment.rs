//! An environment: one namespace with everything kennel knows of it.

use std::sync::Arc;

use super::data::DataState;
use super::event::Event;
use super::operation::Journal;
use super::phase::Phase;
use super::row::{AutoscalerRow, QuotaRow, ScaledObjectRow};
use super::service::{Service, Task};
use super::{Kind, Labels, ObjectId, Text, Time};

/// One environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// The namespace: the environment's ID.
    pub namespace: Text,
    /// UID of the namespace.
    pub uid: Text,
    /// Project that it belongs to.
    pub project: Text,
    /// Its name (annotation, or what the grouping made of the namespace).
    pub name: Text,
    /// The project's ID, where the namespace carries it.
    pub project_id: Option<Text>,
    /// The project's display name, where the namespace carries it.
    pub project_display_name: Option<Text>,
    /// Labels of the namespace.
    pub labels: Labels,
    /// Phase.
    pub phase: Phase,
    /// Why, in a few words: `checkout crash-loops`.
    pub reason: Option<Text>,
    /// Kinds that have not arrived yet and without which the phase may change.
    pub provisional: bool,
    /// Services, worst first, then by name.
    pub services: Box<[Arc<Service>]>,
    /// Tasks by name.
    pub tasks: Box<[Arc<Task>]>,
    /// Events, newest first, folded.
    pub events: Arc<[Arc<Event>]>,
    /// How many events came that are older than these and were not kept.
    pub older_events: u32,
    /// Autoscalers, for plans.
    pub autoscalers: Box<[Arc<AutoscalerRow>]>,
    /// KEDA ScaledObjects, for plans.
    pub scaled_objects: Box<[Arc<ScaledObjectRow>]>,
    /// Quotas.
    pub quotas: Box<[Arc<QuotaRow>]>,
    /// Counted services that are available, and all counted ones.
    pub available: u32,
    /// Counted services.
    pub total: u32,
    /// Open issues (until detectors come: one per service that is Degraded, Missing or Release Failed).
    pub issues: Box<[Issue]>,
    /// Who created it.
    pub created_by: Option<Text>,
    /// When it was created.
    pub created: Option<Time>,
    /// When it was last updated.
    pub updated: Option<Time>,
    /// The project's default environment.
    pub default: bool,
    /// `kennel.dev/protected`.
    pub protected: bool,
    /// Counts as production.
    pub production: bool,
    /// Colour indicator (annotation), by name or `#rrggbb`.
    pub color: Option<Text>,
    /// Who manages it from outside and would undo a stop: `Argo CD application shop-staging`.
    pub managed_by: Option<Text>,
    /// The journal of its latest operation, and whether that is live.
    pub operation: Option<Operation>,
    /// The namespace is going: finalizers and conditions that hold it.
    pub blocked_by: Option<Text>,
    /// Kinds of which not all is known to be here: they may not be read, or where this namespace is read by itself,
    /// that is under way or fails.
    pub gaps: Box<[(Kind, DataState)]>,
}

/// The latest operation on an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The journal as written.
    pub journal: Arc<Journal>,
    /// UID of the ConfigMap.
    pub uid: Text,
    /// Version of the ConfigMap.
    pub resource_version: Text,
    /// Its state now, judged by heartbeat and holder.
    pub state: super::operation::State,
}

/// What is left of an environment that was destroyed: shown until it is dismissed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// Its namespace.
    pub namespace: Text,
    /// UID of that namespace: a later one of the same name is another environment.
    pub uid: Text,
    /// Project that it belonged to.
    pub project: Text,
    /// Its name.
    pub name: Text,
    /// Who destroyed it, where that is known.
    pub who: Option<Text>,
    /// When.
    pub at: Time,
}

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

/// What the health pane shows until the detectors come: a service's bad status with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// How bad.
    pub severity: Severity,
    /// One line: `checkout: rev 8 crash-loops`.
    pub title: Text,
    /// The same in the fewest words, where there are any: `checkout: crash-loops`.
    pub brief: Option<Text>,
    /// The service.
    pub object: ObjectId,
    /// Since when, where the cluster tells.
    pub since: Option<Time>,
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

impl Environment {
    /// Why not all of a kind is known to be here, where that is so for this namespace in particular.
    pub fn gap(&self, kind: Kind) -> Option<&DataState> {
        self.gaps.iter().find(|(k, _)| *k == kind).map(|(_, state)| state)
    }

    /// Issues by severity.
    pub fn issue_counts(&self) -> IssueCounts {
        let mut counts = IssueCounts::default();
        self.issues.iter().for_each(|i| counts.add(i.severity));
        counts
    }

    /// `PROJECT/ENVIRONMENT`, as the command line takes it.
    pub fn path(&self) -> String {
        format!("{}/{}", self.project, self.name)
    }
}
