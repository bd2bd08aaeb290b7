//! The engine: takes the picture before and after with what changed, and says what is open now.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::detect;
use super::detect::autoscaler::{self, Standing};
use crate::domain::issue::{ClusterIssue, Issue};
use crate::domain::{Snapshot, Text};

/// Runs the detectors over what has changed.
#[derive(Debug, Default)]
pub struct Engine {
    looked_at: u64,
    /// Autoscalers that stand still for want of a metrics API, by namespace.
    standing: BTreeMap<Text, Standing>,
}

impl Engine {
    /// The environments among `changed` of which other issues are open `after` than were `before`, each with all of
    /// its issues, worst first. It costs what changed.
    pub fn look(&mut self, before: &Snapshot, after: &Snapshot, changed: &BTreeSet<Text>) -> Vec<(Text, Arc<[Issue]>)> {
        let mut others = Vec::new();
        for namespace in changed {
            let environment = after.namespace(namespace.clone());
            match environment.and_then(|e| autoscaler::standing(e)) {
                Some(standing) => self.standing.insert(namespace.clone(), standing),
                None => self.standing.remove(namespace),
            };
        }
        for environment in changed.iter().filter_map(|namespace| after.namespace(namespace.clone())) {
            self.looked_at += 1;
            let mut open: Vec<Issue> = detect::ALL.iter().flat_map(|detector| (detector.find)(environment)).collect();
            // Worst first; within a severity as the services stand, so that it holds still.
            open.sort_by_key(|issue| issue.severity);
            let known = before.environment(&environment.id).map(|e| &*e.issues).unwrap_or_default();
            if *known != *open {
                others.push((environment.id.namespace.clone(), open.into()));
            }
        }
        others
    }

    /// The issues of the cluster itself that are open, by what was looked at last, worst first.
    pub fn of_cluster(&self) -> Vec<Arc<ClusterIssue>> {
        autoscaler::of_cluster(&self.standing).into_iter().map(Arc::new).collect()
    }

    /// How many environments it has looked at, each time that it did: for tests that count work.
    pub fn looked_at(&self) -> u64 {
        self.looked_at
    }
}
