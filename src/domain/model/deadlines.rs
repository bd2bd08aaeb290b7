//! When time alone changes what is shown: at most one deadline per namespace.

use std::collections::{BTreeSet, HashMap};

use crate::domain::{Text, Time};

/// Deadlines by time and by namespace.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    by_time: BTreeSet<(Time, Text)>,
    by_namespace: HashMap<Text, Time>,
}

impl Deadlines {
    /// The deadline of a namespace is this now.
    pub(crate) fn set(&mut self, namespace: &Text, at: Option<Time>) {
        if let Some(old) = self.by_namespace.remove(namespace) {
            self.by_time.remove(&(old, namespace.clone()));
        }
        if let Some(at) = at {
            self.by_namespace.insert(namespace.clone(), at);
            self.by_time.insert((at, namespace.clone()));
        }
    }

    /// The next one.
    pub(crate) fn first(&self) -> Option<Time> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Namespaces whose deadline has come. It stays until it is set anew.
    pub(crate) fn due(&self, now: Time) -> Vec<Text> {
        self.by_time.iter().take_while(|(at, _)| *at <= now).map(|(_, namespace)| namespace.clone()).collect()
    }
}
