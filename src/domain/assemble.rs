//! Rows of a namespace → services, tasks, events, and the environment that they make.
//!
//! All pure: rows and a [`World`] in, values and the time of their next change out. One file per
//! part; `service.rs` is where a card is put together.

pub(crate) mod credit;
mod datasource;
mod environment;
mod events;
mod front;
mod memory;
mod network;
mod operation;
mod service;
mod tasks;
#[cfg(test)]
mod tests;
mod told;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(crate) use environment::environment;
pub(crate) use events::events;
pub(crate) use network::lone;
pub(crate) use service::{service, takes};
pub(crate) use tasks::tasks;
pub(crate) use world::World;

use super::model::holder::{Holder, HolderKind};
use super::model::space::Space;
use super::row::{WorkloadKind, WorkloadRow};
use super::service::{Service, Task};
use super::{Kind, Text, Time};

/// A service as made, with when it changes by time alone and which Kubernetes Services lead to it.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) service: Arc<Service>,
    pub(crate) deadline: Option<Time>,
    pub(crate) behind: Box<[Text]>,
}

/// A task as made.
#[derive(Clone, Debug)]
pub(crate) struct MadeTask {
    pub(crate) task: Arc<Task>,
    pub(crate) deadline: Option<Time>,
}

/// What a holder of pods is shown as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resolved {
    /// A service: itself, or the one that owns it.
    Service(Holder),
    /// A task.
    Task,
}

/// What a holder is shown as: a service, part of another service, or a task.
pub(crate) fn resolve(space: &Space, holder: &Holder) -> Resolved {
    // Owners of owners: three levels are more than anybody has; a loop of owners must end.
    let mut holder = holder.clone();
    for _ in 0..4 {
        match &holder.kind {
            HolderKind::Job | HolderKind::CronJob => return Resolved::Task,
            HolderKind::Pod => {
                let task = space.pods.named(&holder.name).is_some_and(|p| p.hook || p.ended());
                return if task { Resolved::Task } else { Resolved::Service(holder) };
            }
            HolderKind::Workload(kind) => {
                let row = space.workload(*kind, &holder.name);
                let owner = match row {
                    Some(row) => row.meta.owner.as_ref().map(Holder::of_owner).filter(|o| exists(space, o)),
                    None => replica_set_owner(space, &holder).filter(|o| *o != holder),
                };
                let Some(owner) = owner else { break };
                holder = owner;
            }
            HolderKind::Other(_) => {
                let above = || space.custom(&holder)?.owner.as_ref().map(Holder::of_owner);
                if let Some(owner) = replica_set_owner(space, &holder).or_else(above) {
                    holder = owner;
                    continue;
                }
                // Runs of a workflow engine and the like: nothing is left to judge.
                let pods = space.members.get(&holder).into_iter().flatten();
                let mut pods = pods.filter_map(|p| space.pods.named(p)).peekable();
                let all_ended = pods.peek().is_some() && pods.all(|p| p.phase == super::row::PodPhase::Succeeded);
                return if all_ended { Resolved::Task } else { Resolved::Service(holder) };
            }
        }
    }
    Resolved::Service(holder)
}

/// Holders whose pods are shown with those of another, by that other: workloads that are owned, and what ReplicaSets or
/// rows of other kinds that were looked up say of holders that have no row.
fn parts(space: &Space) -> BTreeMap<Holder, Vec<Holder>> {
    let owned = space.workloads().filter(|w| w.meta.owner.is_some());
    let owned = owned.map(|w| Holder::workload(w.kind, w.meta.name.clone()));
    let above = !space.replica_sets.is_empty() || !space.customs.is_empty();
    let looked_up = space.members.keys().filter(|h| (above || h.may_be_cut()) && !exists(space, h)).cloned();
    let mut parts: BTreeMap<Holder, Vec<Holder>> = BTreeMap::new();
    for holder in owned.chain(looked_up) {
        if let Resolved::Service(whole) = resolve(space, &holder)
            && whole != holder
        {
            parts.entry(whole).or_default().push(holder);
        }
    }
    parts
}

/// The owner of the ReplicaSet that holds these pods, where it was looked up, or where a long name is found by its
/// beginning.
fn replica_set_owner(space: &Space, holder: &Holder) -> Option<Holder> {
    if space.replica_sets.is_empty() && !holder.may_be_cut() {
        return None;
    }
    let pod = space.members.get(holder)?.iter().find_map(|p| space.pods.named(p))?;
    let owner = pod.owner.as_ref().filter(|o| o.api.known() == Some(Kind::ReplicaSet))?;
    if let Some(row) = space.replica_sets.named(&owner.name) {
        return row.owner.as_ref().map(Holder::of_owner);
    }
    let begins = |w: &&Arc<WorkloadRow>| holder.may_be_cut() && w.meta.name.starts_with(&*holder.name);
    let whole = space.deployments.iter().find(begins)?;
    Some(Holder::workload(WorkloadKind::Deployment, whole.meta.name.clone()))
}

/// Whether a holder is a service or task by its own row.
fn exists(space: &Space, holder: &Holder) -> bool {
    match &holder.kind {
        HolderKind::Workload(kind) => space.workload(*kind, &holder.name).is_some(),
        HolderKind::Job => space.jobs.named(&holder.name).is_some(),
        HolderKind::CronJob => space.cron_jobs.named(&holder.name).is_some(),
        HolderKind::Pod | HolderKind::Other(_) => false,
    }
}

/// All services of a namespace.
pub(crate) fn services(space: &Space, namespace: &Text, world: &World<'_>) -> BTreeSet<Holder> {
    let workloads = space.workloads().map(|w| Holder::workload(w.kind, w.meta.name.clone()));
    let holders = space.members.keys().cloned();
    // What an autoscaler scales, or a delivery lists, is declared: it shows as Missing where it is not there.
    let scaled = space.autoscalers.iter().map(|a| &a.target).chain(space.scaled_objects.iter().map(|s| &s.target));
    let listed = world.deliveries.iter().flat_map(|d| &d.declares).filter(|o| o.namespace == *namespace);
    let declared = scaled.chain(listed).map(Holder::of_object).filter(|h| matches!(h.kind, HolderKind::Workload(_)));
    workloads
        .chain(holders)
        .chain(declared)
        .filter_map(|h| match resolve(space, &h) {
            Resolved::Service(h) => Some(h),
            Resolved::Task => None,
        })
        .collect()
}
