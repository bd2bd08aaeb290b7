//! The engine: takes the picture before and after with what changed, and what was found when somebody looked closely,
//! and says what is open now.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Looked;
use super::cause::Diagnosis;
use super::detect;
use super::detect::autoscaler::{self, Standing};
use crate::domain::environment::Environment;
use crate::domain::inspection::Inspection;
use crate::domain::issue::{ClusterIssue, Issue, IssueId};
use crate::domain::resolved::Resolved;
use crate::domain::{Snapshot, Text, Time};

/// Runs the detectors over what has changed.
#[derive(Debug, Default)]
pub struct Engine {
    looked_at: u64,
    /// Autoscalers that stand still for want of a metrics API, by namespace.
    standing: BTreeMap<Text, Standing>,
    /// What a closer look has found and how far it went, by the namespace that it was about.
    found: BTreeMap<Text, (Vec<Issue>, Inspection)>,
    /// Namespaces of which this has changed.
    closely: BTreeSet<Text>,
    /// What is no more, the latest first.
    resolved: Arc<[Arc<Resolved>]>,
}

/// So many are remembered.
const REMEMBERED: usize = 200;

/// Seconds within which one that comes back was never gone.
const AGAIN: i64 = 15 * 60;

/// Seconds that one lasted to be worth a word when it is gone.
const WORTH: i64 = 10;

/// What is open in an environment now.
#[derive(Debug)]
pub struct Judged {
    /// Its namespace.
    pub namespace: Text,
    /// All issues, worst first.
    pub issues: Arc<[Issue]>,
    /// How closely it was looked at for these.
    pub inspection: Inspection,
}

impl Engine {
    /// Takes all that a closer look at a namespace finds now, in place of what the one before found.
    pub fn looked(&mut self, looked: &Looked) {
        let Looked { namespace, inspection, found } = looked;
        let mut issues: Vec<Issue> = found.iter().map(Diagnosis::issue).collect();
        let before = self.found.get(namespace);
        let known = before.map(|(issues, _)| issues.as_slice()).unwrap_or_default();
        // Each retry says it anew; it began with the first.
        for issue in &mut issues {
            let first = known.iter().find(|k| k.id == issue.id).and_then(|k| k.since);
            issue.since = [issue.since, first].into_iter().flatten().min();
        }
        let now = (issues, inspection.clone());
        if before != Some(&now) {
            self.closely.insert(namespace.clone());
            self.found.insert(namespace.clone(), now);
        }
    }

    /// The environments among `changed` of which other issues are open `after` than were `before`, or that were looked
    /// at otherwise. It costs what changed.
    pub fn look(&mut self, before: &Snapshot, after: &Snapshot, changed: &BTreeSet<Text>) -> Vec<Judged> {
        let mut others = Vec::new();
        let closely = std::mem::take(&mut self.closely);
        for namespace in changed.union(&closely) {
            let environment = after.namespace(namespace.clone());
            match environment.and_then(|e| autoscaler::standing(e)) {
                Some(standing) => self.standing.insert(namespace.clone(), standing),
                None => self.standing.remove(namespace),
            };
            // What is found when it is gone tells of what was.
            if environment.is_none() {
                self.found.remove(namespace);
            }
        }
        for environment in changed.union(&closely).filter_map(|namespace| after.namespace(namespace.clone())) {
            self.looked_at += 1;
            let namespace = environment.id.namespace.clone();
            let open = self.open(environment);
            let inspection = self.found.get(&namespace).map(|(_, inspection)| inspection.clone()).unwrap_or_default();
            let before = before.environment(&environment.id);
            let known = before.map(|e| &*e.issues).unwrap_or_default();
            let inspected = before.map(|e| &e.inspection);
            if *known == *open {
                if inspected.is_some_and(|i| *i != inspection) {
                    others.push(Judged { namespace, issues: open.into(), inspection });
                }
                continue;
            }
            // What can't be looked at any more is not resolved by that.
            let refused = |i: &Inspection| matches!(i, Inspection::Refused(_));
            let lost = refused(&inspection) && !inspected.is_some_and(refused);
            let issues = match lost {
                true => open,
                false => self.compare(environment, known, open, after.now),
            };
            others.push(Judged { namespace, issues: issues.into(), inspection });
        }
        others
    }

    /// Remembers what of `known` is not open any more, and forgets what is open again: that was there all the time.
    fn compare(&mut self, e: &Environment, known: &[Issue], mut open: Vec<Issue>, now: Time) -> Vec<Issue> {
        let mut resolved: Vec<Arc<Resolved>> = self.resolved.to_vec();
        for issue in &mut open {
            let same = |r: &Arc<Resolved>| r.environment == e.id && r.issue.id == issue.id;
            if let Some(at) = resolved.iter().position(same) {
                let before = resolved.remove(at);
                if now.as_second() - before.at.as_second() < AGAIN {
                    issue.since = [issue.since, before.issue.since].into_iter().flatten().min();
                }
            }
        }
        // What a closer look gives another name is the same fault.
        let gone =
            known.iter().filter(|k| !k.is_hint() && !open.iter().any(|o| o.id == k.id || o.concerns(&k.id.object)));
        let gone = gone.filter(|k| k.since.is_none_or(|since| now.as_second() - since.as_second() >= WORTH));
        let place = Text::from(e.path());
        let gone = gone.map(|issue| {
            let (issue, environment, place) = (issue.clone(), e.id.clone(), place.clone());
            Arc::new(Resolved { issue, environment, place, at: now })
        });
        let all: Vec<Arc<Resolved>> = gone.chain(resolved).take(REMEMBERED).collect();
        if *all != *self.resolved {
            self.resolved = all.into();
        }
        open
    }

    /// Takes what earlier sessions saw end, the latest first.
    pub fn remembers(&mut self, resolved: Vec<Resolved>) {
        self.resolved = resolved.into_iter().take(REMEMBERED).map(Arc::new).collect();
    }

    /// What is no more, the latest first.
    pub fn resolved(&self) -> Arc<[Arc<Resolved>]> {
        self.resolved.clone()
    }

    /// What is open in an environment: what a closer look has found there, and what the picture shows beyond that.
    fn open(&self, environment: &Environment) -> Vec<Issue> {
        let namespace = &environment.id.namespace;
        let found = self.found.get(namespace).map(|(issues, _)| issues.as_slice()).unwrap_or_default();
        let mut open: Vec<Issue> = found.iter().filter(|i| shows(namespace, i)).cloned().collect();
        open.iter_mut().for_each(|i| i.outside = i.id.object.namespace != *namespace);
        let mut shown: Vec<Issue> = detect::ALL.iter().flat_map(|detector| (detector.find)(environment)).collect();
        // What the picture shows of a thing is the same fault, with less known of it: of how bad it is, it knows more.
        shown.retain(|shown| {
            let mut same = open.iter_mut().filter(|i| !i.is_hint() && i.concerns(&shown.id.object)).peekable();
            let alone = same.peek().is_none();
            same.for_each(|i| i.severity = i.severity.min(shown.severity));
            alone
        });
        open.extend(shown);
        // Worst first; within a severity as the services stand, so that it holds still.
        open.sort_by_key(|issue| issue.severity);
        open
    }

    /// The issues of the cluster itself that are open, by what was looked at last, worst first.
    pub fn of_cluster(&self, after: &Snapshot) -> Vec<Arc<ClusterIssue>> {
        let mut all: BTreeMap<IssueId, ClusterIssue> = BTreeMap::new();
        all.extend(autoscaler::of_cluster(&self.standing).map(|i| (i.issue.id.clone(), i)));
        for (namespace, (found, _)) in &self.found {
            let Some(environment) = after.namespace(namespace.clone()) else { continue };
            for issue in found.iter().filter(|i| !i.is_hint() && i.id.object.namespace != *namespace) {
                let shows = shows(namespace, issue);
                // What is wrong in another namespace is that one's, unless it does harm here.
                if !shows && !issue.id.object.namespace.is_empty() {
                    continue;
                }
                let one = all.entry(issue.id.clone()).or_insert_with(|| ClusterIssue {
                    issue: issue.clone(),
                    namespaces: BTreeSet::new(),
                    production: false,
                });
                one.issue.severity = one.issue.severity.min(issue.severity);
                if shows {
                    one.namespaces.insert(namespace.clone());
                    one.production |= environment.production;
                }
            }
        }
        let mut all: Vec<Arc<ClusterIssue>> = all.into_values().map(Arc::new).collect();
        all.sort_by_key(|i| i.issue.severity);
        all
    }

    /// How many environments it has looked at, each time that it did: for tests that count work.
    pub fn looked_at(&self) -> u64 {
        self.looked_at
    }
}

/// Whether an issue lies in a namespace, or does harm there.
fn shows(namespace: &Text, issue: &Issue) -> bool {
    std::iter::once(&issue.id.object).chain(&issue.affected).any(|o| o.namespace == *namespace)
}
