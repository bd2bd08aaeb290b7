//! The rows of one namespace, and what a changed row makes stale.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::holder::{Holder, HolderKind};
use super::shelf::Shelf;
use super::stale::{self, Stale, gone, swap};
use crate::domain::collection::Collection;
use crate::domain::environment::Tombstone;
use crate::domain::indexed::Indexed;
use crate::domain::operation::parts::{self, Part};
use crate::domain::operation::{JOURNAL, Journal, JournalStep};
use crate::domain::row::{
    AnyRow, AutoscalerRow, ClaimRow, CronJobRow, CustomRow, EventRow, IngressRow, JobRow, KubeServiceRow, MetricsRow,
    NamespaceRow, PodRow, QuotaRow, ReleaseRow, ReplicaSetRow, ScaledObjectRow, SliceRow, WorkloadKind, WorkloadRow,
};
use crate::domain::rows::Rows;
use crate::domain::{Api, Kind, ObjectId, Text};

/// Most events of a namespace that are kept, the newest: a few hundred lines of them are shown, and a namespace whose
/// pods fail all night has tens of thousands. Older ones are in the cluster.
const MOST_EVENTS: usize = 1000;

/// Rows of one namespace, each kind's sorted by name, so that what is made of them does not depend on the order in
/// which they came.
#[derive(Debug, Default)]
pub(crate) struct Space {
    pub(crate) namespace: Option<Arc<NamespaceRow>>,
    pub(crate) deployments: Rows<WorkloadRow>,
    pub(crate) stateful_sets: Rows<WorkloadRow>,
    pub(crate) daemon_sets: Rows<WorkloadRow>,
    pub(crate) pods: Rows<PodRow>,
    /// Names of the pods of each holder, as the pods themselves name it.
    pub(crate) members: BTreeMap<Holder, BTreeSet<Text>>,
    pub(crate) jobs: Indexed<JobRow>,
    pub(crate) cron_jobs: Rows<CronJobRow>,
    pub(crate) autoscalers: Indexed<AutoscalerRow>,
    pub(crate) scaled_objects: Indexed<ScaledObjectRow>,
    pub(crate) kube_services: Indexed<KubeServiceRow>,
    pub(crate) slices: Indexed<SliceRow>,
    pub(crate) ingresses: Indexed<IngressRow>,
    pub(crate) http_routes: Indexed<IngressRow>,
    pub(crate) claims: Rows<ClaimRow>,
    pub(crate) releases: Indexed<ReleaseRow>,
    pub(crate) replica_sets: Indexed<ReplicaSetRow>,
    /// The first ConfigMap of the latest operation's journal.
    pub(crate) journal: Option<Stored>,
    /// The further ones, by their numbers, those that an earlier operation has left too.
    parts: BTreeMap<u32, Result<Part, Text>>,
    /// The journal with all its steps, where it has further ConfigMaps.
    joined: Option<Stored>,
    begun: Option<Begun>,
    pub(crate) quotas: Rows<QuotaRow>,
    pub(crate) events: Indexed<EventRow>,
    /// Events that came and were not kept, since the last list of them.
    pub(crate) events_dropped: u32,
    pub(crate) metrics: Rows<MetricsRow>,
    /// Objects of kinds that have no rows of their own.
    pub(crate) customs: BTreeMap<Api, Rows<CustomRow>>,
    /// What is left of an environment that was destroyed here.
    pub(crate) tombstone: Option<Tombstone>,
}

/// The journal of the namespace's latest operation. It may be long: it is shared, never copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) uid: Text,
    pub(crate) resource_version: Text,
    pub(crate) journal: Result<Arc<Journal>, Text>,
    /// What of it is lacking.
    pub(crate) lacking: Option<Text>,
    /// Where in the journal the step about an object is: there may be thousands, and each service asks for its own.
    steps: HashMap<ObjectId, usize>,
}

impl Stored {
    fn new(uid: Text, resource_version: Text, journal: Result<Journal, Text>) -> Self {
        let all = journal.as_ref().map(|j| j.steps.as_slice()).unwrap_or_default();
        let steps = all.iter().enumerate().map(|(at, step)| (step.object.clone(), at)).collect();
        Self { uid, resource_version, journal: journal.map(Arc::new), lacking: None, steps }
    }

    /// The step about an object.
    pub(crate) fn step(&self, object: &ObjectId) -> Option<&JournalStep> {
        self.journal.as_ref().ok()?.steps.get(*self.steps.get(object)?)
    }
}

/// An operation that this kennel has begun and whose journal has not come yet.
#[derive(Clone, Debug, PartialEq)]
struct Begun {
    stored: Stored,
    /// Version of the journal that was there before: while it is there, the new one is not.
    over: Option<Text>,
}

/// The one table of collections and where their rows lie, for a reference of either sort.
macro_rules! shelf {
    ($space:expr, $of:expr, $($borrow:tt)+) => {
        match $of {
            Collection::All(Kind::Deployment) => Some($($borrow)+ $space.deployments),
            Collection::All(Kind::StatefulSet) => Some($($borrow)+ $space.stateful_sets),
            Collection::All(Kind::DaemonSet) => Some($($borrow)+ $space.daemon_sets),
            Collection::All(Kind::Pod) => Some($($borrow)+ $space.pods),
            Collection::All(Kind::Job) => Some($($borrow)+ $space.jobs),
            Collection::All(Kind::CronJob) => Some($($borrow)+ $space.cron_jobs),
            Collection::All(Kind::HorizontalPodAutoscaler) => Some($($borrow)+ $space.autoscalers),
            Collection::All(Kind::ScaledObject) => Some($($borrow)+ $space.scaled_objects),
            Collection::All(Kind::Service) => Some($($borrow)+ $space.kube_services),
            Collection::All(Kind::EndpointSlice) => Some($($borrow)+ $space.slices),
            Collection::All(Kind::Ingress) => Some($($borrow)+ $space.ingresses),
            Collection::All(Kind::HTTPRoute) => Some($($borrow)+ $space.http_routes),
            Collection::All(Kind::PersistentVolumeClaim) => Some($($borrow)+ $space.claims),
            Collection::Releases => Some($($borrow)+ $space.releases),
            Collection::All(Kind::ReplicaSet) => Some($($borrow)+ $space.replica_sets),
            Collection::All(Kind::ResourceQuota) => Some($($borrow)+ $space.quotas),
            Collection::All(Kind::Event) => Some($($borrow)+ $space.events),
            Collection::All(Kind::PodMetrics) => Some($($borrow)+ $space.metrics),
            // One of each namespace, or none in any.
            Collection::All(
                Kind::Namespace | Kind::ConfigMap | Kind::Secret | Kind::Node | Kind::Application
                | Kind::Kustomization | Kind::HelmRelease,
            ) | Collection::Journals | Collection::Any(_) => None,
        }
    };
}

impl Space {
    /// Takes a row of this namespace.
    pub(crate) fn put(&mut self, row: AnyRow) -> Stale {
        match row {
            AnyRow::Namespace(r) => {
                if self.namespace.as_deref() == Some(&*r) {
                    return Stale::Nothing;
                }
                // One of another UID is another environment than the one that was destroyed.
                self.tombstone.take_if(|t| t.uid != r.meta.uid);
                // What is delivered into it may have been read before it.
                if self.namespace.replace(Arc::new(*r)).is_some() { Stale::Head } else { Stale::All }
            }
            AnyRow::Workload(r) => self.put_workload(*r),
            AnyRow::Pod(r) => self.put_pod(*r),
            AnyRow::Job(r) => swap(*r, stale::of_job, |r| self.jobs.put(r)),
            AnyRow::CronJob(r) => swap(*r, |_| Stale::Tasks, |r| self.cron_jobs.put(r)),
            AnyRow::Autoscaler(r) => {
                let known = self.autoscalers.named(&r.meta.name).is_some_and(|old| old.target == r.target);
                swap(*r, |a| stale::of_target(&a.target, known), |r| self.autoscalers.put(r))
            }
            AnyRow::ScaledObject(r) => {
                let known = self.scaled_objects.named(&r.meta.name).is_some_and(|old| old.target == r.target);
                swap(*r, |s| stale::of_target(&s.target, known), |r| self.scaled_objects.put(r))
            }
            AnyRow::KubeService(r) => {
                let known = self.kube_services.named(&r.meta.name).is_some_and(|old| old.selector == r.selector);
                let stale = if known { Stale::Behind(r.meta.name.clone()) } else { Stale::All };
                swap(*r, |_| stale.clone(), |r| self.kube_services.put(r))
            }
            AnyRow::Slice(r) => swap(*r, stale::of_slice, |r| self.slices.put(r)),
            AnyRow::Ingress(r) => {
                let routes = if r.kind == Kind::HTTPRoute { &mut self.http_routes } else { &mut self.ingresses };
                swap(*r, stale::of_route, |r| routes.put(r))
            }
            AnyRow::Claim(r) => swap(*r, stale::of_claim, |r| self.claims.put(r)),
            AnyRow::Release(r) => swap(*r, stale::of_release, |r| self.releases.put(r)),
            AnyRow::Journal(r) if r.name == JOURNAL => {
                let new = Stored::new(r.uid, r.resource_version, r.journal);
                if self.journal.as_ref() == Some(&new) {
                    return Stale::Nothing;
                }
                self.journal = Some(new);
                self.join();
                Stale::All
            }
            AnyRow::Part(r) => match self.parts.insert(r.number, r.part) {
                Some(old) if self.parts.get(&r.number) == Some(&old) => Stale::Nothing,
                _ => self.part_changed(),
            },
            AnyRow::Journal(_) => Stale::Nothing,
            AnyRow::ReplicaSet(r) => {
                let known = self.replica_sets.named(&r.name).is_some_and(|old| old.owner == r.owner);
                // One that comes may say whose pods are that were somebody else's.
                let owner = r.owner.as_ref().filter(|_| known).map(|o| Stale::Holder(Holder::of_owner(o)));
                let stale = owner.unwrap_or(Stale::All);
                swap(*r, |_| stale.clone(), |r| self.replica_sets.put(r))
            }
            AnyRow::Quota(r) => swap(*r, |_| Stale::Head, |r| self.quotas.put(r)),
            AnyRow::Event(r) => self.put_event(*r),
            AnyRow::Metrics(r) => {
                let stale = self.holder_of(&r.name);
                swap(*r, |_| stale.clone(), |r| self.metrics.put(r))
            }
            AnyRow::Custom(r) => self.put_custom(*r),
            AnyRow::Node(_) | AnyRow::Delivery(_) => Stale::Nothing,
        }
    }

    /// The journal that counts: of what this kennel has begun, until that is written.
    pub(crate) fn operation(&self) -> Option<&Stored> {
        let before = self.journal.as_ref().map(|j| &j.resource_version);
        let begun = self.begun.as_ref().filter(|b| b.over.as_ref() == before);
        begun.map(|b| &b.stored).or(self.joined.as_ref()).or(self.journal.as_ref())
    }

    /// Takes the steps of a journal's further ConfigMaps into it.
    fn join(&mut self) {
        let first = self.journal.as_ref().and_then(|s| Some((s, s.journal.as_ref().ok()?)));
        self.joined = first.filter(|(_, j)| !j.parts.is_empty()).map(|(stored, journal)| {
            let mut journal = Journal::clone(journal);
            let mut lacking = None;
            for (number, count) in parts::numbered(&journal.parts.clone()) {
                let joined = journal.join(number, count, self.parts.get(&number));
                lacking = lacking.or(joined.err());
            }
            // They are still being written.
            let lacking = lacking.filter(|_| !journal.preparing);
            Stored { lacking, ..Stored::new(stored.uid.clone(), stored.resource_version.clone(), Ok(journal)) }
        });
    }

    /// A further ConfigMap came, changed or went.
    fn part_changed(&mut self) -> Stale {
        let before = self.joined.take();
        self.join();
        if self.joined == before { Stale::Nothing } else { Stale::All }
    }

    /// This kennel begins an operation.
    pub(crate) fn begins(&mut self, journal: Journal) {
        let over = self.journal.as_ref().map(|j| j.resource_version.clone());
        self.begun = Some(Begun { stored: Stored::new(Text::default(), Text::default(), Ok(journal)), over });
    }

    /// It has ended, or was not begun after all.
    pub(crate) fn ended(&mut self, id: &str) {
        self.begun.take_if(|b| b.stored.journal.as_ref().is_ok_and(|j| j.id == id));
    }

    fn put_workload(&mut self, row: WorkloadRow) -> Stale {
        let owner = row.meta.owner.clone();
        let holder = Holder::workload(row.kind, row.meta.name.clone());
        let rows = match row.kind {
            WorkloadKind::Deployment => &mut self.deployments,
            WorkloadKind::StatefulSet => &mut self.stateful_sets,
            WorkloadKind::DaemonSet => &mut self.daemon_sets,
        };
        match rows.put(row) {
            Err(()) => Stale::Nothing,
            Ok(Some(old)) if old.meta.owner == owner => Stale::Holder(holder),
            // A new one may own others, or explain pods that were somebody else's.
            Ok(_) => Stale::All,
        }
    }

    fn put_pod(&mut self, row: PodRow) -> Stale {
        let (name, holder, owner) = (row.name.clone(), Holder::of_pod(&row), row.owner.clone());
        match self.pods.put(row) {
            Err(()) => Stale::Nothing,
            Ok(Some(old)) => {
                let before = Holder::of_pod(&old);
                if before == holder {
                    let same = old.owner == owner || self.replica_sets.is_empty();
                    return if same { Stale::Holder(holder) } else { Stale::All };
                }
                self.leave(&before, &name);
                self.members.entry(holder).or_default().insert(name);
                Stale::All
            }
            Ok(None) => {
                self.members.entry(holder.clone()).or_default().insert(name);
                self.members_changed(holder)
            }
        }
    }

    fn put_event(&mut self, mut row: EventRow) -> Stale {
        if let Some(pod) = self.pods.named(&row.object.name) {
            row.object.name = pod.name.clone();
        }
        let stale = self.told_of(&row);
        if self.events.put(row).is_err() {
            return Stale::Nothing;
        }
        if self.events.len() > MOST_EVENTS + MOST_EVENTS / 4 {
            let dropped = self.events.keep(MOST_EVENTS, |e| (e.last, e.name.clone()));
            let dropped = u32::try_from(dropped).unwrap_or(u32::MAX);
            self.events_dropped = self.events_dropped.saturating_add(dropped);
        }
        stale
    }

    /// What an event that came or went makes stale: the list of them, and what is said of a service by some.
    fn told_of(&self, event: &EventRow) -> Stale {
        if !event.tells_of_its_service() {
            return Stale::Events;
        }
        match self.pods.named(&event.object.name).filter(|_| event.object.is(Kind::Pod)) {
            Some(pod) => Stale::Members(Holder::of_pod(pod)),
            None if event.object.is(Kind::PersistentVolumeClaim) => {
                Stale::Each(vec![Stale::Claim(event.object.name.clone()), Stale::Events])
            }
            None => match Holder::of_object(&event.object) {
                holder if matches!(holder.kind, HolderKind::Workload(_)) => Stale::Members(holder),
                _ => Stale::Events,
            },
        }
    }

    /// Pods came or went. Where no workload explains them, but a ReplicaSet that was looked up may, they
    /// may be somebody else's now.
    fn members_changed(&self, holder: Holder) -> Stale {
        let explained = match &holder.kind {
            HolderKind::Workload(kind) => self.workload(*kind, &holder.name).is_some(),
            // Nobody above these is asked for.
            HolderKind::Job | HolderKind::CronJob | HolderKind::Pod => true,
            HolderKind::Other(_) => false,
        };
        let nobody_above = self.replica_sets.is_empty() && self.customs.is_empty();
        if explained || nobody_above { Stale::Members(holder) } else { Stale::All }
    }

    fn put_custom(&mut self, row: CustomRow) -> Stale {
        let holder = Holder { kind: HolderKind::Other(row.api.clone()), name: row.name.clone() };
        let owner = row.owner.clone();
        match self.customs.entry(row.api.clone()).or_default().put(row) {
            Err(()) => Stale::Nothing,
            Ok(Some(old)) if old.owner == owner => Stale::Holder(holder),
            // Somebody further up may own its pods.
            Ok(_) => Stale::All,
        }
    }

    fn remove_custom(&mut self, kind: &Api, name: &Text) -> Stale {
        let Some(rows) = self.customs.get_mut(kind) else { return Stale::Nothing };
        let gone = rows.remove(name);
        if rows.is_empty() {
            self.customs.remove(kind);
        }
        stale::removed(gone, Stale::All)
    }

    /// What was read of a holder that has no rows.
    pub(crate) fn custom(&self, holder: &Holder) -> Option<&Arc<CustomRow>> {
        self.customs.get(holder.custom()?)?.named(&holder.name)
    }

    /// A workload.
    pub(crate) fn workload(&self, kind: WorkloadKind, name: &str) -> Option<&Arc<WorkloadRow>> {
        match kind {
            WorkloadKind::Deployment => self.deployments.named(name),
            WorkloadKind::StatefulSet => self.stateful_sets.named(name),
            WorkloadKind::DaemonSet => self.daemon_sets.named(name),
        }
    }

    /// All workloads, by kind and name.
    pub(crate) fn workloads(&self) -> impl Iterator<Item = &Arc<WorkloadRow>> {
        self.deployments.iter().chain(&self.stateful_sets).chain(&self.daemon_sets)
    }

    /// All kinds without rows that hold pods here, or own those that do.
    pub(crate) fn custom_kinds(&self) -> BTreeSet<Api> {
        let owners = self.customs.values().flat_map(|rows| rows.iter()).filter_map(|c| c.owner.as_ref());
        let owners = owners.chain(self.replica_sets.iter().filter_map(|r| r.owner.as_ref()));
        let above = owners.map(|o| &o.api).filter(|api| api.known().is_none());
        self.members.keys().filter_map(Holder::custom).chain(above).cloned().collect()
    }

    fn leave(&mut self, holder: &Holder, pod: &str) {
        if let Some(names) = self.members.get_mut(holder) {
            names.remove(pod);
            if names.is_empty() {
                self.members.remove(holder);
            }
        }
    }

    /// The service or task of a pod.
    pub(super) fn holder_of(&self, pod: &str) -> Stale {
        self.pods.named(pod).map_or(Stale::Nothing, |p| Stale::Holder(Holder::of_pod(p)))
    }

    /// Removes an object.
    pub(crate) fn remove(&mut self, of: &Collection, name: &Text) -> Stale {
        match of {
            Collection::All(Kind::Namespace) => stale::removed(self.namespace.take(), Stale::All),
            Collection::All(Kind::Pod) => {
                let Some(old) = self.pods.remove(name) else { return Stale::Nothing };
                let holder = Holder::of_pod(&old);
                self.leave(&holder, name);
                self.members_changed(holder)
            }
            Collection::All(Kind::EndpointSlice) => gone(self.slices.remove(name), stale::of_slice),
            Collection::All(Kind::Ingress) => gone(self.ingresses.remove(name), stale::of_route),
            Collection::All(Kind::HTTPRoute) => gone(self.http_routes.remove(name), stale::of_route),
            Collection::All(Kind::Job) => gone(self.jobs.remove(name), stale::of_job),
            Collection::All(Kind::PersistentVolumeClaim) => gone(self.claims.remove(name), stale::of_claim),
            Collection::Releases => gone(self.releases.remove(name), stale::of_release),
            Collection::All(Kind::HorizontalPodAutoscaler) => {
                gone(self.autoscalers.remove(name), |a| stale::of_target(&a.target, false))
            }
            Collection::All(Kind::ScaledObject) => {
                gone(self.scaled_objects.remove(name), |s| stale::of_target(&s.target, false))
            }
            Collection::Journals if *name == JOURNAL => {
                self.joined = None;
                stale::removed(self.journal.take(), Stale::All)
            }
            Collection::Journals => match parts::number(name).and_then(|n| self.parts.remove(&n)) {
                Some(_) => self.part_changed(),
                None => Stale::Nothing,
            },
            Collection::All(Kind::Event) => {
                let Some(old) = self.events.remove(name) else { return Stale::Nothing };
                self.told_of(&old)
            }
            Collection::Any(api) => self.remove_custom(api, name),
            of => {
                let stale = match of {
                    Collection::All(Kind::ResourceQuota) => Stale::Head,
                    Collection::All(Kind::CronJob) => Stale::Tasks,
                    Collection::All(Kind::PodMetrics) => self.holder_of(name),
                    _ => Stale::All,
                };
                if self.shelf_mut(of).is_some_and(|rows| rows.take(name)) { stale } else { Stale::Nothing }
            }
        }
    }

    fn shelf(&self, of: &Collection) -> Option<&dyn Shelf> {
        match of {
            Collection::Any(api) => self.customs.get(api).map(|rows| rows as &dyn Shelf),
            of => shelf!(self, of, &),
        }
    }

    fn shelf_mut(&mut self, of: &Collection) -> Option<&mut dyn Shelf> {
        shelf!(self, of, &mut)
    }

    /// The name of an object as its row holds it.
    pub(crate) fn kept_name(&self, of: &Collection, name: &str) -> Option<&Text> {
        self.shelf(of)?.kept(name)
    }

    /// Names of all objects of a collection.
    pub(crate) fn names(&self, of: &Collection) -> Vec<Text> {
        match of {
            Collection::All(Kind::Namespace) => self.namespace.iter().map(|n| n.meta.name.clone()).collect(),
            Collection::Journals => {
                let parts = self.parts.keys().map(|n| Text::from(parts::name(*n)));
                self.journal.iter().map(|_| JOURNAL.into()).chain(parts).collect()
            }
            of => self.shelf(of).map(Shelf::names).unwrap_or_default(),
        }
    }

    /// Whether nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.namespace.is_none()
            && self.journal.is_none()
            && self.parts.is_empty()
            && self.tombstone.is_none()
            && self.customs.is_empty()
            && Kind::ALL.iter().filter_map(|i| self.shelf(&i.kind.into())).all(|rows| rows.is_empty())
    }
}
