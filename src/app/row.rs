//! Rows of panes: what is drawn, and by what it is known.

use std::sync::Arc;

use super::revisions::Line;
use super::words;
use crate::domain::environment::{Environment, Operation};
use crate::domain::event::Event;
use crate::domain::issue::{ClusterIssue, Issue, IssueCounts, IssueId};
use crate::domain::project::Project;
use crate::domain::resolved::Resolved;
use crate::domain::row::{Condition, ConfigRef, ContainerRow, PodRow, WorkloadRow};
use crate::domain::service::{Service, Task};
use crate::domain::timeline::Lane;
use crate::domain::{EnvironmentId, Kind, ObjectId, Text};

/// The identity of a row. Selection, marks and actions go by it: lists re-sort, objects are recreated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowKey {
    /// The first row of the projects: all of them.
    All,
    /// A project.
    Project(Text),
    /// An environment.
    Environment {
        /// Which.
        id: EnvironmentId,
        /// UID of the namespace.
        uid: Text,
    },
    /// A service, task or pod.
    Object {
        /// The object.
        object: ObjectId,
        /// Its UID; empty where only pods tell of it.
        uid: Text,
    },
    /// A folded event.
    Event {
        /// What it is about.
        object: ObjectId,
        /// Its reason.
        reason: Text,
        /// Its message.
        message: Text,
    },
    /// An issue.
    Issue(IssueId),
    /// Environments, or hints among issues, that are folded into one line.
    Fold,
    /// Issues that are no more, in place of those that are open.
    Past,
    /// One of these.
    Resolved(EnvironmentId, IssueId),
    /// Pods of a service that have ended alike.
    Ended {
        /// The service.
        service: ObjectId,
        /// What became of them.
        how: Text,
    },
    /// What happened to one thing of an environment.
    Lane(Text),
    /// A container of a pod.
    Container {
        /// UID of the pod.
        pod: Text,
        /// Its name.
        name: Text,
    },
    /// A revision, by its number.
    Revision(u32),
    /// A condition, by its type.
    Condition(Text),
    /// A ConfigMap or Secret that is taken.
    Config {
        /// It is a Secret.
        secret: bool,
        /// Its name.
        name: Text,
    },
    /// The latest operation of an environment.
    Operation {
        /// Which.
        environment: EnvironmentId,
        /// ID of the operation.
        id: Text,
    },
}

impl RowKey {
    /// Whether both name the same thing, UIDs aside: an object that was recreated.
    pub fn same_name(&self, other: &RowKey) -> bool {
        match (self, other) {
            (RowKey::Environment { id: a, .. }, RowKey::Environment { id: b, .. }) => a == b,
            (RowKey::Object { object: a, .. }, RowKey::Object { object: b, .. }) => a == b,
            _ => self == other,
        }
    }
}

/// One row, with all that a pane draws of it.
#[derive(Clone, Debug)]
pub enum Row {
    /// `all` projects.
    All,
    /// A project.
    Project(Arc<Project>),
    /// An environment.
    Environment(Arc<Environment>),
    /// Environments that nobody looks for, in one line.
    Fold(Arc<Fold>),
    /// A service and its environment.
    Service(Arc<Environment>, Arc<Service>),
    /// A task and its environment.
    Task(Arc<Environment>, Arc<Task>),
    /// An event and its environment.
    Event(Arc<Environment>, Arc<Event>),
    /// An issue, by its index in its environment.
    Issue(Arc<Environment>, usize),
    /// An issue of the cluster itself.
    ClusterIssue(Arc<ClusterIssue>),
    /// An issue that is no more.
    Resolved(Arc<Resolved>),
    /// A pod with the service it belongs to, and their environment.
    Pod(Arc<Environment>, Arc<Service>, Arc<PodRow>),
    /// Pods of a service that have ended alike, in one line: how many, what became of them, and the newest of them.
    Ended(Arc<Environment>, Arc<Service>, Arc<PodRow>, u32),
    /// A container, by its index in its pod, with the service it belongs to, and their environment.
    Container(Arc<Environment>, Arc<Service>, Arc<PodRow>, usize),
    /// What happened to one thing of an environment.
    Lane(Arc<Environment>, Arc<Lane>),
    /// A ConfigMap or Secret that is taken, by its index in its workload's template.
    Config(Arc<WorkloadRow>, usize),
    /// A revision, by its index among those of its workload.
    Revision(Arc<[Line]>, usize),
    /// A condition, by its index in its workload.
    Condition(Arc<WorkloadRow>, usize),
    /// The latest operation of an environment, by its journal.
    Operation(Arc<Environment>),
    /// An operation that this kennel runs or ran and that has no journal (any more).
    Ran(Arc<super::operation::Run>),
}

/// Environments in one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fold {
    /// Those in which nothing runs.
    pub empty: u32,
    /// Those that the cluster itself runs in.
    pub system: u32,
    /// Issues that only hint at something (low, info).
    pub hints: u32,
    /// Open issues of all of the environments.
    pub issues: IssueCounts,
}

impl Fold {
    /// How many rows it holds.
    pub fn count(&self) -> usize {
        (self.empty + self.system + self.hints) as usize
    }
}

impl Row {
    /// Its identity.
    pub fn key(&self) -> RowKey {
        match self {
            Row::All => RowKey::All,
            Row::Project(p) => RowKey::Project(p.name.clone()),
            Row::Environment(e) => RowKey::Environment { id: e.id.clone(), uid: e.uid.clone() },
            Row::Fold(_) => RowKey::Fold,
            Row::Service(_, s) => RowKey::Object { object: s.object.clone(), uid: s.uid.clone() },
            Row::Task(_, t) => RowKey::Object { object: t.object.clone(), uid: t.uid.clone() },
            Row::Event(_, e) => {
                RowKey::Event { object: e.object.clone(), reason: e.reason.clone(), message: e.message.clone() }
            }
            Row::Issue(..) | Row::ClusterIssue(_) => {
                RowKey::Issue(self.issue().map(|i| i.id.clone()).unwrap_or_default())
            }
            Row::Resolved(r) => RowKey::Resolved(r.environment.clone(), r.issue.id.clone()),
            Row::Pod(.., p) => RowKey::Object {
                object: ObjectId::new(Kind::Pod, p.namespace.clone(), p.name.clone()),
                uid: p.uid.text(),
            },
            Row::Ended(_, s, p, _) => RowKey::Ended { service: s.object.clone(), how: words::ended(p) },
            Row::Container(.., p, _) => RowKey::Container {
                pod: p.uid.text(),
                name: self.container().map(|c| c.name.clone()).unwrap_or_default(),
            },
            Row::Lane(_, l) => RowKey::Lane(l.name.clone()),
            Row::Config(..) => {
                let (secret, name) = self.config().map(|c| (c.secret, c.name.clone())).unwrap_or_default();
                RowKey::Config { secret, name }
            }
            Row::Revision(..) => RowKey::Revision(self.revision().map_or(0, |l| l.revision.number)),
            Row::Condition(..) => RowKey::Condition(self.condition().map(|c| c.kind.clone()).unwrap_or_default()),
            Row::Operation(e) => RowKey::Operation {
                environment: e.id.clone(),
                id: e.operation.as_ref().map(|o| o.journal.id.clone()).unwrap_or_default(),
            },
            Row::Ran(o) => {
                RowKey::Operation { environment: o.environment.clone(), id: format!("here {}", o.number).into() }
            }
        }
    }

    /// Whether this is the row of `key`, without making a key.
    pub fn is(&self, key: &RowKey) -> bool {
        match (self, key) {
            (Row::All, RowKey::All) | (Row::Fold(_), RowKey::Fold) => true,
            (Row::Project(p), RowKey::Project(name)) => p.name == *name,
            (Row::Environment(e), RowKey::Environment { id, uid }) => e.id == *id && e.uid == *uid,
            (Row::Service(_, s), RowKey::Object { object, uid }) => s.uid == *uid && s.object == *object,
            (Row::Task(_, t), RowKey::Object { object, uid }) => t.uid == *uid && t.object == *object,
            (Row::Event(_, e), RowKey::Event { object, reason, message }) => {
                e.message == *message && e.reason == *reason && e.object == *object
            }
            (Row::Pod(.., p), RowKey::Object { object, uid }) => {
                p.uid == *uid && p.name == object.name && p.namespace == object.namespace && object.is(Kind::Pod)
            }
            (Row::Issue(..) | Row::ClusterIssue(_), RowKey::Issue(_))
            | (Row::Condition(..), RowKey::Condition(_))
            | (Row::Resolved(_), RowKey::Resolved(..))
            | (Row::Ended(..), RowKey::Ended { .. })
            | (Row::Container(..), RowKey::Container { .. })
            | (Row::Lane(..), RowKey::Lane(_))
            | (Row::Config(..), RowKey::Config { .. })
            | (Row::Revision(..), RowKey::Revision(_))
            | (Row::Operation(_) | Row::Ran(_), RowKey::Operation { .. }) => self.key() == *key,
            _ => false,
        }
    }

    /// The issue of an issue's row.
    pub fn issue(&self) -> Option<&Issue> {
        match self {
            Row::Issue(e, at) => e.issues.get(*at),
            Row::ClusterIssue(c) => Some(&c.issue),
            Row::Resolved(r) => Some(&r.issue),
            _ => None,
        }
    }

    /// The condition of a condition's row.
    pub fn condition(&self) -> Option<&Condition> {
        match self {
            Row::Condition(w, at) => w.conditions.get(*at),
            _ => None,
        }
    }

    /// The container of a container's row.
    pub fn container(&self) -> Option<&ContainerRow> {
        match self {
            Row::Container(.., p, at) => p.containers.get(*at),
            _ => None,
        }
    }

    /// The reference of a config's row.
    pub fn config(&self) -> Option<&ConfigRef> {
        match self {
            Row::Config(w, at) => w.template.config.get(*at),
            _ => None,
        }
    }

    /// The revision of a revision's row, with what it changed.
    pub fn revision(&self) -> Option<&Line> {
        match self {
            Row::Revision(all, at) => all.get(*at),
            _ => None,
        }
    }

    /// The operation of an operation's row, or of an environment's.
    pub fn operation(&self) -> Option<&Operation> {
        match self {
            Row::Operation(e) | Row::Environment(e) => e.operation.as_ref(),
            _ => None,
        }
    }

    /// The environment that the row is, or lies in.
    pub fn environment(&self) -> Option<&Arc<Environment>> {
        match self {
            Row::Environment(e)
            | Row::Service(e, _)
            | Row::Task(e, _)
            | Row::Event(e, _)
            | Row::Issue(e, _)
            | Row::Pod(e, ..)
            | Row::Ended(e, ..)
            | Row::Container(e, ..)
            | Row::Lane(e, _)
            | Row::Operation(e) => Some(e),
            Row::All
            | Row::Project(_)
            | Row::Fold(_)
            | Row::ClusterIssue(_)
            | Row::Resolved(_)
            | Row::Config(..)
            | Row::Revision(..)
            | Row::Condition(..)
            | Row::Ran(_) => None,
        }
    }
}
