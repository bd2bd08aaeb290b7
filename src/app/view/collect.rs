//! The rows of a pane before filter and sort: what its scope holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::app::fold::{self, Open};
use crate::app::operation::Run;
use crate::app::pane::{Pane, Scope, Source};
use crate::app::revisions::Line;
use crate::app::row::Row;
use crate::app::words;
use crate::domain::environment::Environment;
use crate::domain::issue::{ClusterIssue, Issue};
use crate::domain::resolved::Resolved;
use crate::domain::row::PodRow;
use crate::domain::service::Service;
use crate::domain::{ObjectId, Snapshot, Text, Time, timeline};

/// Most pods that have ended alike and have a row each.
const UNFOLDED: usize = 3;

/// What rows come from beside the snapshot.
#[derive(Clone, Copy)]
pub(super) struct Own<'a> {
    /// Operations of this kennel.
    pub(super) operations: &'a [Arc<Run>],
    /// Revisions of the service on screen.
    pub(super) revisions: Option<&'a Arc<[Line]>>,
    /// Folds that are open.
    pub(super) open: Open<'a>,
    /// Issues that are no more are wanted in place of those that are open.
    pub(super) past: bool,
}

/// Rows of `pane` in `scope`. `since` leaves older events out; `own` is what only the state knows.
pub(super) fn rows(pane: Pane, scope: &Scope, snapshot: &Snapshot, since: Option<Time>, own: Own<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    match pane.info().source {
        Source::Projects => {
            rows.push(Row::All);
            // The cluster's own stands at the end.
            let of = |system| snapshot.projects.values().filter(move |p| p.system == system);
            rows.extend(of(false).chain(of(true)).cloned().map(Row::Project));
            return rows;
        }
        Source::Revisions => {
            let all = |all: &Arc<[Line]>| (0..all.len()).map(|at| Row::Revision(all.clone(), at)).collect();
            return own.revisions.map(all).unwrap_or_default();
        }
        Source::Operations => {
            let journaled = |o: &&Arc<Run>| {
                let journal = snapshot.environment(&o.environment).and_then(|e| e.operation.as_ref());
                journal.is_some_and(|j| o.id.as_ref() == Some(&j.journal.id))
            };
            rows.extend(own.operations.iter().filter(|o| !journaled(o)).cloned().map(Row::Ran));
        }
        Source::Environments => {}
    }
    if pane == Pane::Health && own.past {
        rows.extend(resolved(scope, snapshot).cloned().map(Row::Resolved));
        return rows;
    }
    if pane == Pane::Health {
        rows.extend(of_cluster(scope, snapshot).map(Row::ClusterIssue));
    }
    let only = match scope {
        Scope::Service(_, object) => Some(object),
        _ => None,
    };
    if pane == Pane::Timeline {
        let (Scope::Environment(id) | Scope::Service(id, _)) = scope else { return rows };
        let Some(e) = snapshot.environment(id) else { return rows };
        let lanes = timeline::of(snapshot, e, since.unwrap_or(Time::UNIX_EPOCH));
        rows.extend(lanes.into_iter().map(|lane| Row::Lane(e.clone(), lane.into())));
        return rows;
    }
    match scope {
        Scope::All => snapshot.environments.values().for_each(|e| inside(pane, e, only, since, own.open, &mut rows)),
        Scope::Project(name) => {
            let names = snapshot.projects.get(name).into_iter().flat_map(|p| p.environments.iter());
            names
                .filter_map(|n| snapshot.environment(n))
                .for_each(|e| inside(pane, e, only, since, own.open, &mut rows));
        }
        Scope::Environment(id) | Scope::Service(id, _) => {
            snapshot.environment(id).into_iter().for_each(|e| inside(pane, e, only, since, own.open, &mut rows));
        }
    }
    match (pane, own.open) {
        (Pane::Environments, Some(open)) => fold::environments(&mut rows, open),
        (Pane::Health, Some(open)) => fold::hints(&mut rows, open),
        _ => {}
    }
    rows
}

/// Issues of the cluster itself that touch what is in `scope`. Of a service its own remark says it.
fn of_cluster(scope: &Scope, snapshot: &Snapshot) -> impl Iterator<Item = Arc<ClusterIssue>> {
    let touches = |issue: &&Arc<ClusterIssue>| match scope {
        Scope::All => true,
        Scope::Project(name) => {
            let mut all = snapshot.projects.get(name).into_iter().flat_map(|p| p.environments.iter());
            all.any(|id| issue.namespaces.contains(&id.namespace))
        }
        Scope::Environment(id) => issue.namespaces.contains(&id.namespace),
        Scope::Service(..) => false,
    };
    snapshot.issues.iter().filter(touches).cloned()
}

/// The rows of `pane` that one environment has; with `only` those of this service.
pub(super) fn inside(
    pane: Pane,
    e: &Arc<Environment>,
    only: Option<&ObjectId>,
    since: Option<Time>,
    open: Open<'_>,
    rows: &mut Vec<Row>,
) {
    let services = || e.services.iter().filter(|s| only.is_none_or(|o| s.object == *o));
    let workloads = || services().filter_map(|s| s.workload.as_ref());
    match pane {
        Pane::Projects | Pane::Revisions | Pane::Timeline => {}
        Pane::Environments => rows.push(Row::Environment(e.clone())),
        Pane::Services => rows.extend(e.services.iter().map(|s| Row::Service(e.clone(), s.clone()))),
        Pane::Tasks => rows.extend(e.tasks.iter().map(|t| Row::Task(e.clone(), t.clone()))),
        Pane::Events => {
            let recent = e.events.iter().filter(|v| since.is_none_or(|s| v.time.is_none_or(|t| t >= s)));
            let wanted = recent
                .filter(|v| only.is_none_or(|o| v.object == *o || v.service.as_ref().is_some_and(|s| *s == o.name)));
            rows.extend(wanted.map(|v| Row::Event(e.clone(), v.clone())));
        }
        Pane::Health => {
            // What lies outside is the cluster's, and stands there once.
            let wanted = |i: &Issue| only.map_or(!i.outside, |o| i.concerns(o));
            let wanted = e.issues.iter().enumerate().filter(|(_, i)| wanted(i));
            rows.extend(wanted.map(|(at, _)| Row::Issue(e.clone(), at)));
        }
        Pane::Pods => services().for_each(|s| pods(e, s, open, rows)),
        Pane::Containers => {
            for s in services() {
                let of = |p: &Arc<PodRow>| {
                    (0..p.containers.len())
                        .map(|at| Row::Container(e.clone(), s.clone(), p.clone(), at))
                        .collect::<Vec<_>>()
                };
                rows.extend(s.pods.iter().flat_map(of));
            }
        }
        Pane::Config => {
            workloads().for_each(|w| rows.extend((0..w.template.config.len()).map(|at| Row::Config(w.clone(), at))))
        }
        Pane::Conditions => {
            workloads().for_each(|w| rows.extend((0..w.conditions.len()).map(|at| Row::Condition(w.clone(), at))))
        }
        Pane::Operations => rows.extend(e.operation.is_some().then(|| Row::Operation(e.clone()))),
    }
}

/// The pods of a service; of those that have ended alike more than a few are one row, or stand behind it.
fn pods(e: &Arc<Environment>, s: &Arc<Service>, open: Open<'_>, rows: &mut Vec<Row>) {
    let mut alike: BTreeMap<Text, Vec<&Arc<PodRow>>> = BTreeMap::new();
    let (ended, alive): (Vec<_>, Vec<_>) = s.pods.iter().partition(|p| p.ended() && p.deleted.is_none());
    ended.into_iter().for_each(|p| alike.entry(words::ended(p)).or_default().push(p));
    let row = |p: &Arc<PodRow>| Row::Pod(e.clone(), s.clone(), p.clone());
    rows.extend(alive.into_iter().map(row));
    for pods in alike.into_values() {
        let newest = pods.iter().max_by_key(|p| p.created).filter(|_| pods.len() > UNFOLDED);
        let shown = match (newest, open) {
            (Some(newest), Some(open)) => {
                let count = u32::try_from(pods.len()).unwrap_or(u32::MAX);
                let fold = Row::Ended(e.clone(), s.clone(), Arc::clone(newest), count);
                let shown = open.contains(&fold.key());
                rows.push(fold);
                shown
            }
            _ => true,
        };
        if shown {
            rows.extend(pods.into_iter().map(row));
        }
    }
}

/// Issues of a scope that are no more, the latest first.
pub(super) fn resolved<'s>(scope: &'s Scope, snapshot: &'s Snapshot) -> impl Iterator<Item = &'s Arc<Resolved>> {
    snapshot.resolved.iter().filter(move |r| match scope {
        Scope::All => true,
        Scope::Project(name) => snapshot.projects.get(name).is_some_and(|p| p.environments.contains(&r.environment)),
        Scope::Environment(id) => r.environment == *id,
        Scope::Service(id, object) => r.environment == *id && r.issue.concerns(object),
    })
}
