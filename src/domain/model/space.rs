//! The rows of one namespace, and what a changed row makes stale.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::holder::{Holder, HolderKind};
use super::named::Named;
use crate::domain::assemble::{credit, told};
use crate::domain::environment::Tombstone;
use crate::domain::operation::{JOURNAL, Journal};
use crate::domain::row::{
    AutoscalerRow, ClaimRow, CronJobRow, CustomRow, EventRow, IngressRow, JobRow, KubeServiceRow, NamespaceRow, PodRow,
    QuotaRow, ReleaseRow, ReplicaSetRow, Row, ScaledObjectRow, SliceRow, WorkloadKind, WorkloadRow,
};
use crate::domain::{Api, Kind, Text};

/// Most events of a namespace that are kept, the newest: a few hundred lines of them are shown, and a namespace whose
/// pods fail all night has tens of thousands. Older ones are in the cluster.
const MOST_EVENTS: usize = 1000;

/// Rows of one namespace. Each map is keyed by the object's name, sorted, so that what is made of
/// it does not depend on the order in which rows came.
#[derive(Debug, Default)]
pub(crate) struct Space {
    pub(crate) namespace: Option<Arc<NamespaceRow>>,
    pub(crate) workloads: BTreeMap<(WorkloadKind, Text), Arc<WorkloadRow>>,
    pub(crate) pods: Named<PodRow>,
    /// Names of the pods of each holder, as the pods themselves name it.
    pub(crate) members: BTreeMap<Holder, BTreeSet<Text>>,
    pub(crate) jobs: BTreeMap<Text, Arc<JobRow>>,
    pub(crate) cron_jobs: BTreeMap<Text, Arc<CronJobRow>>,
    pub(crate) autoscalers: BTreeMap<Text, Arc<AutoscalerRow>>,
    pub(crate) scaled_objects: BTreeMap<Text, Arc<ScaledObjectRow>>,
    pub(crate) kube_services: BTreeMap<Text, Arc<KubeServiceRow>>,
    pub(crate) slices: BTreeMap<Text, Arc<SliceRow>>,
    pub(crate) ingresses: BTreeMap<(Kind, Text), Arc<IngressRow>>,
    pub(crate) claims: BTreeMap<Text, Arc<ClaimRow>>,
    pub(crate) releases: BTreeMap<Text, Arc<ReleaseRow>>,
    pub(crate) replica_sets: BTreeMap<Text, Arc<ReplicaSetRow>>,
    pub(crate) journal: Option<Stored>,
    begun: Option<Begun>,
    pub(crate) quotas: BTreeMap<Text, Arc<QuotaRow>>,
    pub(crate) events: Named<EventRow>,
    /// Events that came and were not kept, since the last list of them.
    pub(crate) events_dropped: u32,
    pub(crate) metrics: BTreeMap<Text, (u64, u64)>,
    /// Objects of kinds that have no rows of their own.
    pub(crate) customs: BTreeMap<(Api, Text), Arc<CustomRow>>,
    /// What is left of an environment that was destroyed here.
    pub(crate) tombstone: Option<Tombstone>,
}

/// The journal of the namespace's latest operation. It may be long: it is shared, never copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) uid: Text,
    pub(crate) resource_version: Text,
    pub(crate) journal: Result<Arc<Journal>, Text>,
}

/// An operation that this kennel has begun and whose journal has not come yet.
#[derive(Clone, Debug, PartialEq)]
struct Begun {
    stored: Stored,
    /// Version of the journal that was there before: while it is there, the new one is not.
    over: Option<Text>,
}

/// What of a namespace must be made anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stale {
    /// Nothing: the row is as it was.
    Nothing,
    /// The environment's own fields and its phase.
    Head,
    /// One service (and tasks, where it is one of these).
    Holder(Holder),
    /// As [`Stale::Holder`], and who belongs to whom may have changed, so events move too.
    Members(Holder),
    /// The services that this Kubernetes Service leads to.
    Behind(Text),
    /// All tasks.
    Tasks,
    /// The folded events.
    Events,
    /// Everything.
    All,
}

/// Puts `new` at `key`; the old one where they differ, `Err` where nothing changes.
fn swap<K: Ord, T: PartialEq>(map: &mut BTreeMap<K, Arc<T>>, key: K, new: T) -> Result<Option<Arc<T>>, ()> {
    if map.get(&key).is_some_and(|old| **old == new) {
        return Err(());
    }
    Ok(map.insert(key, Arc::new(new)))
}

/// `stale`, unless nothing changed.
fn changed<T>(swapped: Result<Option<Arc<T>>, ()>, stale: Stale) -> Stale {
    if swapped.is_ok() { stale } else { Stale::Nothing }
}

/// `stale`, if there was something to remove.
fn removed<T>(old: Option<T>, stale: Stale) -> Stale {
    if old.is_some() { stale } else { Stale::Nothing }
}

impl Space {
    /// Takes a row of this namespace.
    pub(crate) fn put(&mut self, row: Row) -> Stale {
        match row {
            Row::Namespace(r) => {
                if self.namespace.as_deref() == Some(&*r) {
                    return Stale::Nothing;
                }
                // One of another UID is another environment than the one that was destroyed.
                self.tombstone.take_if(|t| t.uid != r.meta.uid);
                // What is delivered into it may have been read before it.
                if self.namespace.replace(Arc::new(*r)).is_some() { Stale::Head } else { Stale::All }
            }
            Row::Workload(r) => self.put_workload(*r),
            Row::Pod(r) => self.put_pod(*r),
            Row::Job(r) => {
                // A Job of a Helm release tells whether the release is still busy.
                let new = credit::helm(&r.meta).is_some();
                match swap(&mut self.jobs, r.meta.name.clone(), *r) {
                    Err(()) => Stale::Nothing,
                    Ok(old) if new || old.as_ref().is_some_and(|j| credit::helm(&j.meta).is_some()) => Stale::All,
                    Ok(_) => Stale::Tasks,
                }
            }
            Row::CronJob(r) => changed(swap(&mut self.cron_jobs, r.meta.name.clone(), *r), Stale::Tasks),
            Row::Autoscaler(r) => changed(swap(&mut self.autoscalers, r.meta.name.clone(), *r), Stale::All),
            Row::ScaledObject(r) => changed(swap(&mut self.scaled_objects, r.meta.name.clone(), *r), Stale::All),
            Row::KubeService(r) => changed(swap(&mut self.kube_services, r.meta.name.clone(), *r), Stale::All),
            Row::Slice(r) => self.put_slice(*r),
            Row::Ingress(r) => changed(swap(&mut self.ingresses, (r.kind, r.meta.name.clone()), *r), Stale::All),
            Row::Claim(r) => changed(swap(&mut self.claims, r.name.clone(), *r), Stale::All),
            Row::Release(r) => changed(swap(&mut self.releases, r.object.clone(), *r), Stale::All),
            Row::Journal(r) if r.name == JOURNAL => {
                let (uid, resource_version) = (r.uid, r.resource_version);
                let new = Stored { uid, resource_version, journal: r.journal.map(Arc::new) };
                if self.journal.as_ref() == Some(&new) {
                    return Stale::Nothing;
                }
                self.journal = Some(new);
                Stale::All
            }
            Row::Journal(_) => Stale::Nothing,
            Row::ReplicaSet(r) => changed(swap(&mut self.replica_sets, r.name.clone(), *r), Stale::All),
            Row::Quota(r) => changed(swap(&mut self.quotas, r.name.clone(), *r), Stale::Head),
            Row::Event(mut r) => {
                if let Some(pod) = self.pods.get(&r.object.name) {
                    r.object.name = pod.name.clone();
                }
                let tells = self.told_of(&r);
                let stale = changed(self.events.put(*r), tells);
                if self.events.len() > MOST_EVENTS + MOST_EVENTS / 4 {
                    let before = self.events.len();
                    self.events.keep(MOST_EVENTS, |e| (e.last, e.name.clone()));
                    let dropped = before.saturating_sub(self.events.len());
                    self.events_dropped =
                        self.events_dropped.saturating_add(u32::try_from(dropped).unwrap_or(u32::MAX));
                }
                stale
            }
            Row::Metrics(r) => {
                let used = (r.cpu, r.memory);
                if self.metrics.insert(r.name.clone(), used) == Some(used) {
                    return Stale::Nothing;
                }
                self.holder_of(&r.name)
            }
            Row::Node(_) | Row::Delivery(_) => Stale::Nothing,
        }
    }

    /// The journal that counts: of what this kennel has begun, until that is written.
    pub(crate) fn operation(&self) -> Option<&Stored> {
        let before = self.journal.as_ref().map(|j| &j.resource_version);
        let begun = self.begun.as_ref().filter(|b| b.over.as_ref() == before);
        begun.map(|b| &b.stored).or(self.journal.as_ref())
    }

    /// This kennel begins an operation.
    pub(crate) fn begins(&mut self, journal: Journal) {
        let (uid, resource_version) = (Text::default(), Text::default());
        let over = self.journal.as_ref().map(|j| j.resource_version.clone());
        self.begun = Some(Begun { stored: Stored { uid, resource_version, journal: Ok(Arc::new(journal)) }, over });
    }

    /// It has ended, or was not begun after all.
    pub(crate) fn ended(&mut self, id: &str) {
        self.begun.take_if(|b| b.stored.journal.as_ref().is_ok_and(|j| j.id == id));
    }

    fn put_workload(&mut self, row: WorkloadRow) -> Stale {
        let key = (row.kind, row.meta.name.clone());
        let owner = row.meta.owner.clone();
        let holder = Holder::workload(row.kind, row.meta.name.clone());
        match swap(&mut self.workloads, key, row) {
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

    /// What an event that came or went makes stale: the list of them, and what is said of a service by some.
    fn told_of(&self, event: &EventRow) -> Stale {
        if !told::matters(event) {
            return Stale::Events;
        }
        match self.pods.get(&event.object.name).filter(|_| event.object.is(Kind::Pod)) {
            Some(pod) => Stale::Members(Holder::of_pod(pod)),
            None => match Holder::of_object(&event.object) {
                holder if matches!(holder.kind, HolderKind::Workload(_)) => Stale::Members(holder),
                _ => Stale::Events,
            },
        }
    }

    fn put_slice(&mut self, row: SliceRow) -> Stale {
        let service = row.service.clone();
        match swap(&mut self.slices, row.name.clone(), row) {
            Err(()) => Stale::Nothing,
            Ok(Some(old)) if old.service != service => Stale::All,
            Ok(_) => Stale::Behind(service),
        }
    }

    /// Pods came or went. Where no workload explains them, but a ReplicaSet that was looked up may, they
    /// may be somebody else's now.
    fn members_changed(&self, holder: Holder) -> Stale {
        let explained = match &holder.kind {
            HolderKind::Workload(kind) => self.workloads.contains_key(&(*kind, holder.name.clone())),
            _ => false,
        };
        let nobody_above = self.replica_sets.is_empty() && self.customs.is_empty();
        if explained || nobody_above { Stale::Members(holder) } else { Stale::All }
    }

    /// Takes a row of a kind that has no rows of its own.
    pub(crate) fn put_custom(&mut self, row: CustomRow) -> Stale {
        let holder = Holder { kind: HolderKind::Other(row.api.clone()), name: row.name.clone() };
        let owner = row.owner.clone();
        match swap(&mut self.customs, (row.api.clone(), row.name.clone()), row) {
            Err(()) => Stale::Nothing,
            Ok(Some(old)) if old.owner == owner => Stale::Holder(holder),
            // Somebody further up may own its pods.
            Ok(_) => Stale::All,
        }
    }

    /// Removes such an object.
    pub(crate) fn remove_custom(&mut self, kind: &Api, name: &Text) -> Stale {
        removed(self.customs.remove(&(kind.clone(), name.clone())), Stale::All)
    }

    /// Names of all objects of such a kind.
    pub(crate) fn custom_names(&self, kind: &Api) -> impl Iterator<Item = Text> {
        self.customs.keys().filter(move |(k, _)| k == kind).map(|(_, name)| name.clone())
    }

    /// What was read of a holder that has no rows.
    pub(crate) fn custom(&self, holder: &Holder) -> Option<&Arc<CustomRow>> {
        if self.customs.is_empty() {
            return None;
        }
        self.customs.get(&(holder.custom()?.clone(), holder.name.clone()))
    }

    /// All kinds without rows that hold pods here, or own those that do.
    pub(crate) fn custom_kinds(&self) -> BTreeSet<Api> {
        let owners = self.customs.values().filter_map(|c| c.owner.as_ref());
        let owners = owners.chain(self.replica_sets.values().filter_map(|r| r.owner.as_ref()));
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

    fn holder_of(&self, pod: &str) -> Stale {
        self.pods.get(pod).map_or(Stale::Nothing, |p| Stale::Holder(Holder::of_pod(p)))
    }

    /// Removes an object.
    pub(crate) fn remove(&mut self, kind: Kind, name: &Text) -> Stale {
        match kind {
            Kind::Namespace => removed(self.namespace.take(), Stale::All),
            Kind::Deployment => removed(self.workloads.remove(&(WorkloadKind::Deployment, name.clone())), Stale::All),
            Kind::StatefulSet => removed(self.workloads.remove(&(WorkloadKind::StatefulSet, name.clone())), Stale::All),
            Kind::DaemonSet => removed(self.workloads.remove(&(WorkloadKind::DaemonSet, name.clone())), Stale::All),
            Kind::Pod => {
                let Some(old) = self.pods.remove(name) else { return Stale::Nothing };
                let holder = Holder::of_pod(&old);
                self.leave(&holder, name);
                self.members_changed(holder)
            }
            Kind::Job => removed(self.jobs.remove(name), Stale::All),
            Kind::CronJob => removed(self.cron_jobs.remove(name), Stale::All),
            Kind::HorizontalPodAutoscaler => removed(self.autoscalers.remove(name), Stale::All),
            Kind::ScaledObject => removed(self.scaled_objects.remove(name), Stale::All),
            Kind::Service => removed(self.kube_services.remove(name), Stale::All),
            Kind::EndpointSlice => {
                self.slices.remove(name).map_or(Stale::Nothing, |s| Stale::Behind(s.service.clone()))
            }
            Kind::Ingress | Kind::HTTPRoute => removed(self.ingresses.remove(&(kind, name.clone())), Stale::All),
            Kind::PersistentVolumeClaim => removed(self.claims.remove(name), Stale::All),
            Kind::Secret => removed(self.releases.remove(name), Stale::All),
            Kind::ConfigMap if *name == JOURNAL => removed(self.journal.take(), Stale::All),
            Kind::ReplicaSet => removed(self.replica_sets.remove(name), Stale::All),
            Kind::ResourceQuota => removed(self.quotas.remove(name), Stale::Head),
            Kind::Event => {
                let old = self.events.remove(name);
                old.map_or(Stale::Nothing, |e| self.told_of(&e))
            }
            Kind::PodMetrics => {
                let old = self.metrics.remove(name);
                if old.is_some() { self.holder_of(name) } else { Stale::Nothing }
            }
            Kind::ConfigMap | Kind::Node | Kind::Application | Kind::Kustomization | Kind::HelmRelease => {
                Stale::Nothing
            }
        }
    }

    /// The name of an object as its row holds it, of the kinds of which there are most.
    pub(crate) fn kept_name(&self, kind: Kind, name: &str) -> Option<&Text> {
        match kind {
            Kind::Pod => self.pods.get(name).map(|p| &p.name),
            Kind::Event => self.events.get(name).map(|e| &e.name),
            _ => None,
        }
    }

    /// Names of all objects of a kind.
    pub(crate) fn names(&self, kind: Kind) -> Vec<Text> {
        let workloads = |kind| self.workloads.keys().filter(|(k, _)| *k == kind).map(|(_, n)| n.clone()).collect();
        match kind {
            Kind::Namespace => self.namespace.iter().map(|n| n.meta.name.clone()).collect(),
            Kind::Deployment => workloads(WorkloadKind::Deployment),
            Kind::StatefulSet => workloads(WorkloadKind::StatefulSet),
            Kind::DaemonSet => workloads(WorkloadKind::DaemonSet),
            Kind::Pod => self.pods.names(),
            Kind::Job => self.jobs.keys().cloned().collect(),
            Kind::CronJob => self.cron_jobs.keys().cloned().collect(),
            Kind::HorizontalPodAutoscaler => self.autoscalers.keys().cloned().collect(),
            Kind::ScaledObject => self.scaled_objects.keys().cloned().collect(),
            Kind::Service => self.kube_services.keys().cloned().collect(),
            Kind::EndpointSlice => self.slices.keys().cloned().collect(),
            Kind::Ingress | Kind::HTTPRoute => {
                self.ingresses.keys().filter(|(k, _)| *k == kind).map(|(_, n)| n.clone()).collect()
            }
            Kind::PersistentVolumeClaim => self.claims.keys().cloned().collect(),
            Kind::Secret => self.releases.keys().cloned().collect(),
            Kind::ConfigMap => self.journal.iter().map(|_| JOURNAL.into()).collect(),
            Kind::ReplicaSet => self.replica_sets.keys().cloned().collect(),
            Kind::ResourceQuota => self.quotas.keys().cloned().collect(),
            Kind::Event => self.events.names(),
            Kind::PodMetrics => self.metrics.keys().cloned().collect(),
            Kind::Node | Kind::Application | Kind::Kustomization | Kind::HelmRelease => Vec::new(),
        }
    }

    /// What depends on a node: services with a pod on it, and DaemonSets, which may miss a pod there.
    pub(crate) fn on_node(&self, node: &str) -> Vec<Stale> {
        let here = self.pods.values().filter(|p| p.node.as_deref() == Some(node));
        let agents = self.workloads.keys().filter(|(kind, _)| *kind == WorkloadKind::DaemonSet);
        let agents = agents.map(|(kind, name)| Holder::workload(*kind, name.clone()));
        let holders: BTreeSet<Holder> = here.map(|p| Holder::of_pod(p)).chain(agents).collect();
        holders.into_iter().map(Stale::Holder).collect()
    }

    /// Whether nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.namespace.is_none()
            && self.workloads.is_empty()
            && self.pods.is_empty()
            && self.jobs.is_empty()
            && self.cron_jobs.is_empty()
            && self.autoscalers.is_empty()
            && self.scaled_objects.is_empty()
            && self.kube_services.is_empty()
            && self.slices.is_empty()
            && self.ingresses.is_empty()
            && self.claims.is_empty()
            && self.releases.is_empty()
            && self.replica_sets.is_empty()
            && self.journal.is_none()
            && self.quotas.is_empty()
            && self.events.is_empty()
            && self.metrics.is_empty()
            && self.customs.is_empty()
            && self.tombstone.is_none()
    }
}
