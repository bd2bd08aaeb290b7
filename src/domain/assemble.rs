//! Rows of a namespace → services, tasks, events, and the environment that they make.
//!
//! All pure: rows and a [`World`] in, values and the time of their next change out. One file per
//! part; [`service`] is where a card is put together.

mod environment;
mod service;
mod world;

use std::collections::BTreeSet;
use std::sync::Arc;

pub(crate) use environment::environment;
pub(crate) use service::service;
pub(crate) use world::{Arrival, World};

use super::event::Event;
use super::model::holder::{Holder, HolderKind};
use super::model::space::Space;
use super::service::{Service, Task};
use super::{Text, Time};

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
                let task = space.pods.get(&holder.name).is_some_and(|p| p.hook || p.ended());
                return if task { Resolved::Task } else { Resolved::Service(holder) };
            }
            HolderKind::Workload(kind) => {
                let row = space.workloads.get(&(*kind, holder.name.clone()));
                let Some(owner) = row.and_then(|w| w.meta.owner.as_ref()) else { break };
                let owner = Holder::of_owner(owner);
                if !exists(space, &owner) {
                    break;
                }
                holder = owner;
            }
            HolderKind::Other(_) => {
                // Runs of a workflow engine and the like: nothing is left to judge.
                let pods = space.members.get(&holder).into_iter().flatten();
                let mut pods = pods.filter_map(|p| space.pods.get(p)).peekable();
                let all_ended = pods.peek().is_some() && pods.all(|p| p.phase == super::row::PodPhase::Succeeded);
                return if all_ended { Resolved::Task } else { Resolved::Service(holder) };
            }
        }
    }
    Resolved::Service(holder)
}

/// Whether a holder is a service or task by its own row.
fn exists(space: &Space, holder: &Holder) -> bool {
    match &holder.kind {
        HolderKind::Workload(kind) => space.workloads.contains_key(&(*kind, holder.name.clone())),
        HolderKind::Job => space.jobs.contains_key(&holder.name),
        HolderKind::CronJob => space.cron_jobs.contains_key(&holder.name),
        HolderKind::Pod | HolderKind::Other(_) => false,
    }
}

/// All services of a namespace.
pub(crate) fn services(space: &Space) -> BTreeSet<Holder> {
    let workloads = space.workloads.keys().map(|(kind, name)| Holder::workload(*kind, name.clone()));
    let holders = space.members.keys().cloned();
    workloads
        .chain(holders)
        .filter_map(|h| match resolve(space, &h) {
            Resolved::Service(h) => Some(h),
            Resolved::Task => None,
        })
        .collect()
}

/// Tasks of a namespace, by name.
pub(crate) fn tasks(_space: &Space, _namespace: &Text, _world: &World<'_>) -> Vec<MadeTask> {
    Vec::new()
}

/// Events of a namespace, folded, newest first.
pub(crate) fn events(_space: &Space) -> Arc<[Arc<Event>]> {
    Arc::new([])
}
