//! An environment, put together from its namespace and what is in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::operation::operation;
use super::{World, credit};
use crate::domain::data::Arrival;
use crate::domain::environment::{BadRelease, Environment};
use crate::domain::event::Event;
use crate::domain::grouping::Grouped;
use crate::domain::inspection::Inspection;
use crate::domain::model::space::Space;
use crate::domain::phase::{self, View};
use crate::domain::production::says_system;
use crate::domain::row::{Meta, NamespaceRow, ReleaseRow};
use crate::domain::rows::Rows;
use crate::domain::service::{Service, Task};
use crate::domain::status::notes::Notes;
use crate::domain::status::{Status, release};
use crate::domain::{EnvironmentId, Kind, ObjectId, Text, Time, keys};

/// The environment of `namespace` and when it changes by time alone; `None` where it must not be shown.
pub(crate) fn environment(
    space: &Space,
    name: &Text,
    mut services: Vec<Arc<Service>>,
    lone: &[Arc<Service>],
    tasks: Vec<Arc<Task>>,
    events: Arc<[Arc<Event>]>,
    world: &World<'_>,
) -> (Option<Environment>, Option<Time>) {
    let namespaces = world.arrival(Kind::Namespace, name);
    let tombstone = space.tombstone.as_ref().filter(|_| space.namespace.is_none() && namespaces == Arrival::Here);
    // Namespaces can't be read, but what is in this one can.
    let unread = !space.is_empty() && namespaces == Arrival::Denied;
    let nameless = || {
        let uid = tombstone.map(|t| t.uid.clone()).unwrap_or_default();
        let meta = Meta { name: name.clone(), uid, ..Meta::default() };
        Arc::new(NamespaceRow { meta, ..NamespaceRow::default() })
    };
    let known = space.namespace.clone().or_else(|| (tombstone.is_some() || unread).then(nameless));
    let Some(namespace) = known.as_deref() else { return (None, None) };
    let meta = &namespace.meta;
    let notes = Notes::new(world.now);
    services.sort_by(|a, b| {
        a.rank().cmp(&b.rank()).then_with(|| a.object.name.cmp(&b.object.name)).then_with(|| a.object.cmp(&b.object))
    });
    let (operation, unread) = operation(space, world, &notes);
    let workloads =
        [Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet].map(|kind| (kind, world.arrival(kind, name)));
    let releases = releases(space, name, &services, &notes);
    let judged = phase::phase(&View {
        releases: &releases,
        notes: &notes,
        namespace: Some(namespace),
        operation: operation.as_ref(),
        services: &services,
        tasks: &tasks,
        scaled_objects: &space.scaled_objects,
        tombstone,
        workloads,
    });
    let reason = match (judged.reason, unread) {
        (Some(reason), Some(why)) => Some(format!("{reason} ? journal: {why}")),
        (None, Some(why)) => Some(format!("? journal: {why}")),
        (reason, None) => reason,
    };
    let critical = || services.iter().any(|s| s.workload.as_ref().is_some_and(|w| w.template.critical));
    let system = says_system(name) || critical();
    let place = match tombstone {
        Some(t) => Grouped { project: t.project.clone(), name: t.name.clone() },
        None => world.rules.grouping.place(meta, world.turned, system),
    };
    let production = world.rules.production.is(name, &place.name, &meta.labels, world.cluster.production);
    let counted = || services.iter().filter(|s| s.counted);
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let waits = workloads.iter().any(|(_, arrival)| *arrival == Arrival::Pending);
    let annotation = |key: &str| meta.annotations.get(key).filter(|v| !v.is_empty()).cloned();
    let is = |key: &str| meta.annotations.get(key).is_some_and(|v| v == "true");
    // Nothing is said of those that lead to none: they stand last.
    let all = services.iter().chain(lone).cloned().collect();
    let environment = Environment {
        id: EnvironmentId::new(world.cluster.context.clone(), name.clone()),
        uid: meta.uid.clone(),
        project: place.project,
        name: place.name,
        project_id: annotation(keys::PROJECT_ID),
        project_display_name: annotation(keys::PROJECT_DISPLAY_NAME),
        labels: meta.labels.clone(),
        phase: judged.phase,
        reason: reason.map(Text::from),
        provisional: waits || notes.provisional() || services.iter().any(|s| s.provisional),
        available: number(counted().filter(|s| s.available).count()),
        total: number(counted().count()),
        issues: Arc::default(),
        inspection: Inspection::default(),
        created_by: created_by(meta),
        created: meta.created,
        updated: updated(meta, &services, operation.as_ref().and_then(|o| o.journal.ended_at)),
        default: is(keys::DEFAULT),
        protected: is(keys::PROTECTED),
        production,
        system,
        color: annotation(keys::COLOR),
        managed_by: managed_by(meta, &services, world),
        operation,
        blocked_by: phase::blocked_by(namespace).map(Text::from),
        gaps: world.gaps(name),
        unread: workloads.into_iter().filter(phase::decides).map(|(kind, _)| kind).collect(),
        twins: twins(&services),
        services: all,
        tasks: tasks.into(),
        events,
        older_events: 0,
        autoscalers: Rows::clone(&space.autoscalers),
        scaled_objects: Rows::clone(&space.scaled_objects),
        releases: releases.into(),
        quotas: space.quotas.clone(),
    };
    (Some(environment), notes.next())
}

/// Names that several have.
fn twins(services: &[Arc<Service>]) -> Box<[Text]> {
    let (mut seen, mut twins) = (BTreeSet::new(), BTreeSet::new());
    services.iter().map(|s| &s.object.name).filter(|name| !seen.insert(*name)).for_each(|name| _ = twins.insert(name));
    twins.into_iter().cloned().collect()
}

fn metas(services: &[Arc<Service>]) -> impl Iterator<Item = &Meta> {
    services.iter().filter_map(|s| s.workload.as_ref()).map(|w| &w.meta)
}

fn created_by(meta: &Meta) -> Option<Text> {
    const KEYS: [&str; 3] = [keys::CREATED_BY, "openshift.io/requester", "field.cattle.io/creatorId"];
    let named = KEYS.iter().find_map(|k| meta.annotations.get(k)).filter(|v| !v.is_empty()).cloned();
    named.or_else(|| owner(meta)).or_else(|| meta.creator.as_ref().map(credit::manager))
}

/// The Argo CD application or Flux object that a namespace is of, in short: `Argo CD shop`.
fn owner(meta: &Meta) -> Option<Text> {
    let argo = credit::argo(meta).map(|app| Text::new(&format!("Argo CD {app}")));
    argo.or_else(|| credit::flux(&meta.labels).map(|(_, name)| Text::new(&format!("Flux {name}"))))
}

/// The newest of: the end of an operation, a change of a workload's spec, its creation.
fn updated(meta: &Meta, services: &[Arc<Service>], ended: Option<Time>) -> Option<Time> {
    let changes = metas(services).flat_map(|m| [m.created, m.changed.as_ref().and_then(|c| c.at)]);
    changes.chain([ended, meta.created]).max().flatten()
}

/// Who would undo a stop: by the namespace, else by its workloads, the first name of those most tracked.
fn managed_by(meta: &Meta, services: &[Arc<Service>], world: &World<'_>) -> Option<Text> {
    let argo = |m: &Meta| credit::argo(m).map(|app| format!("Argo CD application {app}"));
    let flux = |m: &Meta| credit::flux(&m.labels).map(|(kind, name)| format!("Flux {kind} {name}"));
    let of = |m: &Meta| argo(m).or_else(|| flux(m));
    let first = of(meta).or_else(|| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let listed = |s: &Service| world.deliveries.iter().find(|d| d.declares(&s.object)).map(|d| d.words());
        let owners =
            services.iter().filter_map(|s| s.workload.as_ref().and_then(|w| of(&w.meta).or_else(|| listed(s))));
        owners.for_each(|owner| *counts.entry(owner).or_default() += 1);
        counts.into_iter().rev().max_by_key(|(_, n)| *n).map(|(owner, _)| owner)
    });
    first.map(Text::from)
}

/// Of each Helm release the newest, where that failed or hangs: for ten minutes pending, while no Job of it runs and
/// nothing of it rolls out.
fn releases(space: &Space, namespace: &Text, services: &[Arc<Service>], notes: &Notes) -> Vec<BadRelease> {
    let mut newest: BTreeMap<&Text, &ReleaseRow> = BTreeMap::new();
    for row in space.releases.iter() {
        let known = newest.entry(&row.name).or_insert(row);
        *known = if row.version > known.version { row } else { known };
    }
    let changes = |s: &&Arc<Service>| matches!(s.status, Status::Starting | Status::Progressing);
    let of = |row: &ReleaseRow| {
        let mut its = services.iter().filter(changes).filter_map(|s| s.workload.as_ref());
        let busy =
            || space.jobs.by(&row.name).any(|j| j.active > 0) || its.any(|w| credit::helm(&w.meta) == Some(&row.name));
        let how = release::trouble(row, busy, notes)?;
        let object = ObjectId::new(Kind::Secret, namespace.clone(), row.object.clone());
        Some(BadRelease { object, words: Text::from(format!("release {} {how}", row.name)), since: row.at })
    };
    newest.into_values().filter_map(of).collect()
}
