//! The rows of a pane before filter and sort: what its scope holds.

use std::sync::Arc;

use crate::app::operation::Operation;
use crate::app::pane::{Pane, Scope};
use crate::app::revisions::Line;
use crate::app::row::Row;
use crate::domain::environment::Environment;
use crate::domain::row::PodRow;
use crate::domain::service::Service;
use crate::domain::{ObjectRef, Snapshot, Time};

/// What rows come from beside the snapshot.
#[derive(Clone, Copy)]
pub(super) struct Own<'a> {
    /// Operations of this kennel.
    pub(super) operations: &'a [Arc<Operation>],
    /// Revisions of the service on screen.
    pub(super) revisions: Option<&'a Arc<[Line]>>,
}

/// Rows of `pane` in `scope`. `since` leaves older events out; `own` is what only the state knows.
pub(super) fn rows(pane: Pane, scope: &Scope, snapshot: &Snapshot, since: Option<Time>, own: Own<'_>) -> Vec<Row> {
    let environments = environments(scope, snapshot);
    let only = match scope {
        Scope::Service(object) => Some(object),
        _ => None,
    };
    let mut rows = Vec::new();
    match pane {
        Pane::Projects => {
            rows.push(Row::All);
            rows.extend(snapshot.projects.values().cloned().map(Row::Project));
        }
        Pane::Environments => rows.extend(environments.into_iter().map(Row::Environment)),
        Pane::Services => {
            for e in &environments {
                rows.extend(e.services.iter().map(|s| Row::Service(e.clone(), s.clone())));
            }
        }
        Pane::Tasks => {
            for e in &environments {
                rows.extend(e.tasks.iter().map(|t| Row::Task(e.clone(), t.clone())));
            }
        }
        Pane::Events => {
            for e in &environments {
                let recent = e.events.iter().filter(|v| since.is_none_or(|s| v.time.is_none_or(|t| t >= s)));
                let wanted = recent.filter(|v| {
                    only.is_none_or(|o| v.object == *o || v.service.as_ref().is_some_and(|s| *s == o.name))
                });
                rows.extend(wanted.map(|v| Row::Event(e.clone(), v.clone())));
            }
        }
        Pane::Health => {
            for e in &environments {
                let wanted = e.issues.iter().enumerate().filter(|(_, i)| only.is_none_or(|o| i.object == *o));
                rows.extend(wanted.map(|(at, _)| Row::Issue(e.clone(), at)));
            }
        }
        Pane::Pods => {
            for s in services(&environments, only) {
                rows.extend(s.pods.iter().map(|p| Row::Pod(s.clone(), p.clone())));
            }
        }
        Pane::Containers => {
            for s in services(&environments, only) {
                let of = |p: &Arc<PodRow>| {
                    (0..p.containers.len()).map(|at| Row::Container(s.clone(), p.clone(), at)).collect::<Vec<_>>()
                };
                rows.extend(s.pods.iter().flat_map(of));
            }
        }
        Pane::Revisions => {
            rows.extend(own.revisions.iter().flat_map(|all| (0..all.len()).map(|at| Row::Revision((*all).clone(), at))))
        }
        Pane::Config => {
            for w in services(&environments, only).filter_map(|s| s.workload.as_ref()) {
                rows.extend((0..w.template.config.len()).map(|at| Row::Config(w.clone(), at)));
            }
        }
        Pane::Conditions => {
            for w in services(&environments, only).filter_map(|s| s.workload.as_ref()) {
                rows.extend((0..w.conditions.len()).map(|at| Row::Condition(w.clone(), at)));
            }
        }
        Pane::Operations => {
            let journaled = |o: &&Arc<Operation>| {
                let journal = snapshot.environment(&o.namespace).and_then(|e| e.operation.as_ref());
                journal.is_some_and(|j| o.id.as_ref() == Some(&j.journal.id))
            };
            rows.extend(own.operations.iter().filter(|o| !journaled(o)).cloned().map(Row::Ran));
            rows.extend(environments.into_iter().filter(|e| e.operation.is_some()).map(Row::Operation));
        }
    }
    rows
}

fn environments(scope: &Scope, snapshot: &Snapshot) -> Vec<Arc<Environment>> {
    match scope {
        Scope::All => snapshot.environments.values().cloned().collect(),
        Scope::Project(name) => {
            let names = snapshot.projects.get(name).map(|p| p.environments.to_vec()).unwrap_or_default();
            names.iter().filter_map(|n| snapshot.environment(n)).cloned().collect()
        }
        Scope::Environment(namespace) => snapshot.environment(namespace).cloned().into_iter().collect(),
        Scope::Service(object) => snapshot.environment(&object.namespace).cloned().into_iter().collect(),
    }
}

fn services<'a>(
    environments: &'a [Arc<Environment>],
    only: Option<&'a ObjectRef>,
) -> impl Iterator<Item = &'a Arc<Service>> {
    environments.iter().flat_map(|e| e.services.iter()).filter(move |s| only.is_none_or(|o| s.object == *o))
}
