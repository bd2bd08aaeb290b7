//! One immutable picture of everything kennel knows at one moment.

use std::sync::Arc;

use super::collection::Collection;
use super::data::DataState;
use super::environment::{Environment, EnvironmentId};
use super::issue::{ClusterIssue, IssueCounts};
use super::project::Project;
use super::resolved::Resolved;
use super::row::NodeRow;
use super::{Kind, Text, Time};

/// The picture that is drawn. Cloning it, and making the next one, costs only what changed.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Counts up with each one published.
    pub serial: u64,
    /// The cluster's time when it was made.
    pub now: Time,
    /// The cluster, the user, what is allowed.
    pub cluster: Arc<ClusterFacts>,
    /// Environments.
    pub environments: imbl::OrdMap<EnvironmentId, Arc<Environment>>,
    /// Projects by name.
    pub projects: imbl::OrdMap<Text, Arc<Project>>,
    /// State of the data in the whole cluster, of all that is read or wanted.
    pub data: imbl::OrdMap<Collection, DataState>,
    /// Of which namespace the data is, where it is read for the one on screen alone.
    pub shown: imbl::OrdMap<Collection, Text>,
    /// How the connection stands.
    pub connection: Connection,
    /// What is wrong with the server's clock, so that ages are not by it: `the server's Date is 6h ahead`.
    pub clock: Option<Text>,
    /// Nodes by name, as far as they may be read.
    pub nodes: imbl::OrdMap<Text, Arc<NodeRow>>,
    /// Totals of the whole cluster.
    pub totals: Totals,
    /// Open issues of the cluster itself, worst first, as `health` found them.
    pub issues: Arc<[Arc<ClusterIssue>]>,
    /// Issues that were open while somebody looked and are no more, the latest first.
    pub resolved: Arc<[Arc<Resolved>]>,
    /// Objects that are there and can't be read, by collection, namespace and name: a sentence each.
    pub unread: imbl::OrdMap<(Collection, Text, Text), Text>,
    /// How many more objects a sentence of [`Snapshot::unread`] speaks of, where these have no names: by collection and
    /// namespace.
    pub unnamed: imbl::OrdMap<(Collection, Text), u32>,
}

/// Totals of the whole cluster, production apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Projects.
    pub projects: u32,
    /// Environments.
    pub environments: u32,
    /// Counted services.
    pub services: u32,
    /// Pods.
    pub pods: u32,
    /// Issues in production.
    pub production: IssueCounts,
    /// Issues elsewhere.
    pub other: IssueCounts,
}

/// What is known of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterFacts {
    /// Name of the context (or the server's address, or `demo`).
    pub context: Text,
    /// Who the API server takes us for.
    pub user: Option<Text>,
    /// `gitVersion` of the server.
    pub version: Option<Text>,
    /// May it be changed.
    pub access: Access,
    /// The context's name says production.
    pub production: bool,
    /// Nothing lives here: it was written down once, and its time stands still.
    pub dump: bool,
    /// What must stay in view: `TLS not verified`, `acting as jane`, `KUBE_RS_DEBUG_… is set`.
    pub badges: Vec<Text>,
}

/// What may be done at the cluster. What a plan may do is asked for each by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Not known yet.
    #[default]
    Unknown,
    /// Workloads may be patched, at least in some namespaces.
    MayChange,
    /// Workloads may not be patched, in words. Something else may be changed all the same.
    MayNot(Text),
    /// Nothing leaves this kennel that changes anything, with the reason: `--readonly`, a dump.
    ReadOnly(Text),
}

/// How the connection stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Connection {
    /// Not there yet: what is being done.
    #[default]
    Starting,
    /// Answers.
    Live,
    /// Does not answer since then; the next try.
    Lost {
        /// When the last answer came.
        since: Time,
        /// What went wrong.
        why: Text,
        /// The same in a word or two, for the header: `refused`, `no answer`, `503`.
        brief: Text,
        /// When it is tried again.
        retry: Option<Time>,
    },
    /// Can't be opened at all (kubeconfig, credentials): what is wrong and what would be right.
    Refused(Text),
}

impl Totals {
    /// Counts an environment in.
    pub(crate) fn add(&mut self, environment: &Environment) {
        self.environments += 1;
        self.services = self.services.saturating_add(environment.total);
        self.issues_of(environment.production).merge(&environment.own_issue_counts());
    }

    /// Takes an environment out of the count.
    pub(crate) fn remove(&mut self, environment: &Environment) {
        self.environments = self.environments.saturating_sub(1);
        self.services = self.services.saturating_sub(environment.total);
        self.issues_of(environment.production).take(&environment.own_issue_counts());
    }

    /// Counts issues of the cluster in place of others: each once, as production's where it touches that.
    pub(crate) fn exchange(&mut self, before: &[Arc<ClusterIssue>], after: &[Arc<ClusterIssue>]) {
        for old in before {
            self.issues_of(old.production).take(&IssueCounts::one(old.issue.severity));
        }
        for new in after {
            self.issues_of(new.production).merge(&IssueCounts::one(new.issue.severity));
        }
    }

    fn issues_of(&mut self, production: bool) -> &mut IssueCounts {
        if production { &mut self.production } else { &mut self.other }
    }
}

impl Snapshot {
    /// An environment.
    pub fn environment(&self, id: &EnvironmentId) -> Option<&Arc<Environment>> {
        self.environments.get(id)
    }

    /// What the environment that a namespace of this cluster is would be called.
    pub fn id(&self, namespace: impl Into<Text>) -> EnvironmentId {
        EnvironmentId::new(self.cluster.context.clone(), namespace)
    }

    /// The environment that a namespace of this cluster is.
    pub fn namespace(&self, name: impl Into<Text>) -> Option<&Arc<Environment>> {
        self.environments.get(&self.id(name))
    }

    /// State of the data of a kind.
    pub fn state(&self, kind: Kind) -> &DataState {
        const IDLE: &DataState = &DataState::Idle;
        self.data.get(&Collection::from(kind)).unwrap_or(IDLE)
    }

    /// State of the data of each kind that has rows of its own.
    pub fn kinds(&self) -> impl Iterator<Item = (Kind, &DataState)> {
        self.data.iter().filter_map(|(of, state)| Some((of.kind()?, state)))
    }

    /// State of the data of a kind in an environment, or in all that are known. It differs from [`Snapshot::state`]
    /// where namespaces are read one by one, since the whole cluster may not be: what is forbidden there may be
    /// all there here.
    pub fn state_in(&self, kind: Kind, environment: Option<&EnvironmentId>) -> &DataState {
        const LIVE: &DataState = &DataState::Live;
        let whole = self.state(kind);
        if !kind.info().namespaced {
            return whole;
        }
        let one = environment.and_then(|id| self.environment(id));
        match (one, whole) {
            (Some(e), DataState::Forbidden { .. }) => e.gap(kind).unwrap_or(LIVE),
            (Some(e), _) => e.gap(kind).unwrap_or(whole),
            // Where something is refused in one of them, not all is seen.
            (None, DataState::Forbidden { .. }) if !self.environments.is_empty() => {
                self.environments.values().find_map(|e| e.gap(kind)).unwrap_or(LIVE)
            }
            (None, _) => whole,
        }
    }

    /// State of the data of a kind in the environments that are `among` those asked for: forbidden is what may be read
    /// in none of them.
    pub fn state_among(&self, kind: Kind, among: impl Fn(&Environment) -> bool) -> &DataState {
        const LIVE: &DataState = &DataState::Live;
        let whole = self.state(kind);
        let refused = |state: &DataState| matches!(state, DataState::Forbidden { .. });
        if !kind.info().namespaced || !refused(whole) {
            return whole;
        }
        let states = || self.environments.values().filter(|e| among(e)).map(|e| e.gap(kind).unwrap_or(LIVE));
        // What is under way or fails in one of them is said before what is well in another.
        let told = |state: &&DataState| !refused(state) && **state != DataState::Live;
        states().find(told).or_else(|| states().find(|s| !refused(s))).or_else(|| states().next()).unwrap_or(whole)
    }

    /// The environments there are for who may not list namespaces, and has rights in some: `only shop-dev (no right to
    /// list namespaces)`, and the same in fewer words.
    pub fn only(&self) -> Option<(String, String)> {
        if !matches!(self.state(Kind::Namespace), DataState::Forbidden { .. }) {
            return None;
        }
        let names: Vec<&str> = self.environments.keys().map(|id| id.namespace.as_str()).collect();
        let brief = match names.as_slice() {
            [] => return None,
            few @ ([_] | [_, _]) => format!("only {}", few.join(", ")),
            many => format!("only {} namespaces", many.len()),
        };
        Some((format!("{brief} (no right to list namespaces)"), brief))
    }

    /// What is the matter with nodes: `1 of 4 nodes cordoned`, `2 of 4 nodes not ready, 1 cordoned`.
    pub fn nodes_that_lack(&self) -> Option<String> {
        let mut parts: Vec<String> = Vec::new();
        for wrong in NodeRow::WRONG {
            let n = self.nodes.values().filter(|node| node.wrong() == Some(wrong)).count();
            if n > 0 {
                let of = if parts.is_empty() { format!(" of {} nodes", self.nodes.len()) } else { String::new() };
                parts.push(format!("{n}{of} {wrong}"));
            }
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// What must stay in view of the connection and the server.
    pub fn badges(&self) -> impl Iterator<Item = &Text> {
        self.cluster.badges.iter().chain(&self.clock)
    }

    /// How many objects are there and can't be read.
    pub fn unreadable(&self) -> usize {
        self.unread.len() + self.unnamed.values().map(|n| *n as usize).sum::<usize>()
    }
}
