//! An environment: one namespace with everything kennel knows of it.

use std::borrow::Cow;
use std::sync::Arc;

use super::data::DataState;
use super::event::Event;
use super::grouping;
use super::inspection::Inspection;
use super::issue::{Issue, IssueCounts, Severity};
use super::operation::Journal;
use super::phase::Phase;
use super::production::Guard;
use super::row::{AutoscalerRow, QuotaRow, ScaledObjectRow};
use super::rows::Rows;
use super::service::{Service, Task};
use super::{Kind, Labels, ObjectId, Text, Time};

/// Names one environment, among those of all clusters.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvironmentId {
    /// Its cluster: the context's name, as [`super::snapshot::ClusterFacts::context`] has it.
    pub cluster: Text,
    /// Its namespace there.
    pub namespace: Text,
}

impl EnvironmentId {
    /// The environment that `namespace` is in `cluster`.
    pub fn new(cluster: impl Into<Text>, namespace: impl Into<Text>) -> Self {
        Self { cluster: cluster.into(), namespace: namespace.into() }
    }
}

impl std::fmt::Display for EnvironmentId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.namespace)
    }
}

/// One environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Its cluster and namespace.
    pub id: EnvironmentId,
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
    /// Why, in a few words: `checkout crash-loops`. What is said after the phase is [`Environment::full_reason`].
    pub reason: Option<Text>,
    /// Something has not arrived yet without which the phase may change.
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
    pub autoscalers: Rows<AutoscalerRow>,
    /// KEDA ScaledObjects, for plans.
    pub scaled_objects: Rows<ScaledObjectRow>,
    /// Helm releases that failed or hang, whatever they are of.
    pub releases: Box<[BadRelease]>,
    /// Quotas.
    pub quotas: Rows<QuotaRow>,
    /// Counted services that are available.
    pub available: u32,
    /// Counted services.
    pub total: u32,
    /// Open issues, worst first, as `health` found them.
    pub issues: Arc<[Issue]>,
    /// How closely it was looked at for these.
    pub inspection: Inspection,
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
    /// The cluster itself runs in it.
    pub system: bool,
    /// Colour indicator (annotation), by name or `#rrggbb`.
    pub color: Option<Text>,
    /// Who manages it from outside and would undo a stop: `Argo CD application shop-staging`.
    pub managed_by: Option<Text>,
    /// The journal of its latest operation, and whether that is live.
    pub operation: Option<Operation>,
    /// The namespace is going: finalizers and conditions that hold it.
    pub blocked_by: Option<Text>,
    /// Kinds of which not all is known to be here: they may not be read, or where this namespace is read by itself,
    /// that is under way or fails; or which may not be watched there.
    pub gaps: Box<[(Kind, DataState)]>,
    /// Deployments, StatefulSets, where these have not arrived or will not: without them nothing can be said of all
    /// of it. (Why they will not, the gap says.)
    pub unread: Box<[Kind]>,
    /// Names that several of its services have, of different kinds.
    pub twins: Box<[Text]>,
}

/// A Helm release of an environment that failed or hangs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRelease {
    /// The Secret that says so.
    pub object: ObjectId,
    /// `release shop failed`.
    pub words: Text,
    /// Since when.
    pub since: Option<Time>,
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
    pub state: super::operation::OperationState,
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

impl Environment {
    /// Why it is handled with care, where it is.
    pub fn guard(&self) -> Option<Guard> {
        match (self.production, self.system) {
            (_, true) => Some(Guard::System),
            (true, false) => Some(Guard::Production),
            (false, false) => None,
        }
    }

    /// The service that an object is.
    pub fn service(&self, object: &ObjectId) -> Option<&Arc<Service>> {
        self.services.iter().find(|s| s.object == *object)
    }

    /// What one of its services is called among them: by its name, and where others have it by its kind too.
    pub fn called<'a>(&self, service: &'a Service) -> Cow<'a, str> {
        match self.twins.contains(&service.object.name) {
            true => Cow::Owned(service.object.short()),
            false => Cow::Borrowed(&service.object.name),
        }
    }

    /// Why not all of a kind is known to be here, where that is so for this namespace in particular.
    pub fn gap(&self, kind: Kind) -> Option<&DataState> {
        self.gaps.iter().find(|(k, _)| *k == kind).map(|(_, state)| state)
    }

    /// Why it is in its phase, and what open issues add to that: an Active one with a critical issue says so.
    pub fn full_reason(&self) -> Option<Cow<'_, str>> {
        let critical = self.issues.iter().filter(|i| i.severity == Severity::Critical).count();
        match &self.reason {
            own if self.phase != Phase::Active || critical == 0 => own.as_deref().map(Cow::Borrowed),
            None => Some(format!("{critical} critical").into()),
            Some(own) => Some(format!("{critical} critical, {own}").into()),
        }
    }

    /// Issues by severity.
    pub fn issue_counts(&self) -> IssueCounts {
        let mut counts = IssueCounts::default();
        self.issues.iter().for_each(|i| counts.add(i.severity));
        counts
    }

    /// Those that lie in it, by severity.
    pub(crate) fn own_issue_counts(&self) -> IssueCounts {
        let mut counts = IssueCounts::default();
        self.issues.iter().filter(|i| !i.outside).for_each(|i| counts.add(i.severity));
        counts
    }

    /// The worst that concerns an object, hints apart.
    pub fn worst_of(&self, object: &ObjectId) -> Option<&Issue> {
        self.issues.iter().filter(|i| !i.is_hint() && i.concerns(object)).min_by_key(|i| i.severity)
    }

    /// Where a service of it stands among others, worst first: of those that stand alike the one of which more is wrong.
    pub(crate) fn standing(&self, service: &Service) -> (usize, Severity) {
        (service.rank(), self.worst_of(&service.object).map_or(Severity::Info, |i| i.severity))
    }

    /// Those that concern an object, by severity.
    pub fn issues_of(&self, object: &ObjectId) -> IssueCounts {
        let mut counts = IssueCounts::default();
        self.issues.iter().filter(|i| i.concerns(object)).for_each(|i| counts.add(i.severity));
        counts
    }

    /// `PROJECT/ENVIRONMENT`, as the command line takes it; of a namespace that no scheme groups its name alone.
    pub fn path(&self) -> String {
        grouping::path(&self.project, &self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::issue::{Category, IssueId};

    #[test]
    fn an_active_environment_with_an_open_critical_issue_says_so_before_all_else() {
        let issue = |severity| Issue::new(IssueId::default(), severity, Category::Reliability, "x");
        let of = |phase, reason: Option<&str>, issues: &[Severity]| {
            let issues = issues.iter().map(|s| issue(*s)).collect();
            let e = Environment { phase, reason: reason.map(Text::from), issues, ..Environment::default() };
            e.full_reason().map(Cow::into_owned)
        };
        let some = |words: &str| Some(words.to_owned());
        assert_eq!(of(Phase::Active, None, &[Severity::Critical, Severity::High]), some("1 critical"));
        assert_eq!(of(Phase::Active, Some("web 2/3"), &[Severity::Critical]), some("1 critical, web 2/3"));
        assert_eq!(of(Phase::Active, Some("web 2/3"), &[Severity::High]), some("web 2/3"));
        assert_eq!(of(Phase::Error, Some("web is down"), &[Severity::Critical]), some("web is down"));
    }
}
