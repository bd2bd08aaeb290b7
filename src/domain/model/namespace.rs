//! One namespace in the model: its rows, what was made of them, and what of that is stale.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::holder::{Holder, HolderKind};
use super::space::Space;
use super::stale::Stale;
use super::work::Work;
use crate::domain::assemble::{self, Made, MadeTask, Resolved, World, credit, takes};
use crate::domain::environment::Environment;
use crate::domain::event::Event;
use crate::domain::service::Service;
use crate::domain::{Text, Time};

/// One namespace.
#[derive(Debug, Default)]
pub(crate) struct NamespaceModel {
    pub(crate) space: Space,
    pub(crate) dirt: Dirt,
    services: BTreeMap<Holder, Made>,
    /// Kubernetes Services that lead to none of these.
    lone: Vec<Arc<Service>>,
    tasks: Vec<MadeTask>,
    events: Arc<[Arc<Event>]>,
    /// Lines of events that were left out.
    older_events: u32,
    head_deadline: Option<Time>,
    /// Pods that the totals know of.
    pods_counted: usize,
}

/// What must be made anew.
#[derive(Debug, Default)]
pub(crate) struct Dirt {
    all: bool,
    holders: BTreeSet<Holder>,
    behind: BTreeSet<Text>,
    releases: BTreeSet<Text>,
    claims: BTreeSet<Text>,
    tasks: bool,
    events: bool,
}

impl Dirt {
    /// This is stale, too.
    pub(crate) fn add(&mut self, stale: Stale) {
        match stale {
            // The head is made anew whenever anything is.
            Stale::Nothing | Stale::Head => {}
            Stale::Holder(holder) => _ = self.holders.insert(holder),
            Stale::Members(holder) => {
                self.holders.insert(holder);
                self.events = true;
            }
            Stale::Behind(service) => _ = self.behind.insert(service),
            Stale::Release(name) => _ = self.releases.insert(name),
            Stale::Claim(name) => _ = self.claims.insert(name),
            Stale::Tasks => {
                self.tasks = true;
                self.events = true;
            }
            Stale::Events => self.events = true,
            Stale::All => self.all = true,
            Stale::Each(all) => all.into_iter().for_each(|stale| self.add(stale)),
        }
    }

    /// Whether a service was made of something that is stale.
    fn concerns(&self, made: &Made) -> bool {
        let of = |all: &BTreeSet<Text>, name: &Text| !all.is_empty() && all.contains(name);
        made.behind.iter().any(|service| of(&self.behind, service))
            || made.service.workload.as_ref().is_some_and(|w| {
                credit::helm(&w.meta).is_some_and(|name| of(&self.releases, name))
                    || self.claims.iter().any(|claim| takes(w, claim))
            })
    }
}

impl NamespaceModel {
    /// Makes anew what is stale or due; the environment, unless it should not be shown.
    pub(crate) fn refresh(&mut self, name: &Text, world: &World<'_>, work: &mut Work) -> Option<Environment> {
        let dirt = std::mem::take(&mut self.dirt);
        let now = world.now;
        let mut tasks = dirt.tasks || dirt.all;
        let mut stale: BTreeSet<Holder> = BTreeSet::new();
        if dirt.all {
            stale = assemble::services(&self.space, name, world);
            self.services.retain(|holder, _| stale.contains(holder));
        } else {
            for holder in &dirt.holders {
                // A task's holder may have been a service before this very row: it is asked for, too.
                let resolved = match assemble::resolve(&self.space, holder) {
                    Resolved::Service(holder) => holder,
                    Resolved::Task => {
                        tasks = true;
                        holder.clone()
                    }
                };
                // And the other way round: a pod of a task that is gone resolves as a service.
                tasks |= matches!(holder.kind, HolderKind::Pod | HolderKind::Other(_));
                stale.insert(resolved);
            }
            let due = |m: &Made| m.deadline.is_some_and(|at| at <= now);
            stale.extend(self.services.iter().filter(|(_, m)| due(m) || dirt.concerns(m)).map(|(h, _)| h.clone()));
        }
        let mut events = dirt.events || dirt.all;
        for holder in stale {
            work.services += 1;
            let known = self.services.contains_key(&holder);
            let made = assemble::service(&self.space, name, &holder, world);
            // Events name the service that their object belongs to, or leads to.
            let behind = |m: &Made| self.services.get(&holder).is_some_and(|old| old.behind == m.behind);
            events |= known != made.is_some() || made.as_ref().is_some_and(|m| !behind(m));
            match made {
                Some(made) => self.keep(holder, made),
                None => {
                    self.services.remove(&holder);
                }
            }
        }
        tasks |= self.tasks.iter().any(|t| t.deadline.is_some_and(|at| at <= now));
        if tasks {
            self.tasks = assemble::tasks(&self.space, name, world);
        }
        if events {
            (self.events, self.older_events) = assemble::events(&self.space, name, world, &self.services);
        }
        work.environments += 1;
        let led = self.services.values().flat_map(|m| &m.behind).collect();
        let lone = assemble::lone(&self.space, name, &led, world);
        if self.lone != lone {
            self.lone = lone;
        }
        let services = self.services.values().map(|m| m.service.clone());
        let tasks = self.tasks.iter().map(|t| t.task.clone());
        let (environment, deadline) = assemble::environment(
            &self.space,
            name,
            services.collect(),
            &self.lone,
            tasks.collect(),
            self.events.clone(),
            world,
        );
        self.head_deadline = deadline;
        work.rows += world.looked_at.get();
        let older_events = self.older_events.saturating_add(self.space.events_dropped);
        environment.map(|e| Environment { older_events, ..e })
    }

    /// An unchanged service keeps its allocation, so that readers can compare pointers.
    fn keep(&mut self, holder: Holder, made: Made) {
        match self.services.get_mut(&holder) {
            Some(old) if *old.service == *made.service => {
                old.deadline = made.deadline;
                old.behind = made.behind;
            }
            _ => {
                self.services.insert(holder, made);
            }
        }
    }

    /// The earliest time at which something of this namespace changes by itself.
    pub(crate) fn deadline(&self) -> Option<Time> {
        let services = self.services.values().filter_map(|m| m.deadline);
        let tasks = self.tasks.iter().filter_map(|t| t.deadline);
        services.chain(tasks).chain(self.head_deadline).min()
    }

    /// By how much the number of pods has changed since it was last asked for.
    pub(crate) fn pods_changed(&mut self) -> i64 {
        let (before, after) = (self.pods_counted, self.space.pods.len());
        self.pods_counted = after;
        i64::try_from(after).unwrap_or(0) - i64::try_from(before).unwrap_or(0)
    }
}
