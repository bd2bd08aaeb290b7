//! Projects and totals, kept up to date by what each environment adds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::environment::Environment;
use crate::domain::project::{self, Project};
use crate::domain::{Snapshot, Text};

/// Which environments each project has, and which projects must be made anew.
#[derive(Debug, Default)]
pub(crate) struct Projects {
    members: BTreeMap<Text, BTreeSet<Text>>,
    dirty: BTreeSet<Text>,
}

impl Projects {
    /// Takes what has become of an environment into the snapshot; whether it is another now.
    pub(crate) fn environment(
        &mut self,
        snapshot: &mut Snapshot,
        namespace: &Text,
        before: Option<Arc<Environment>>,
        after: Option<Environment>,
        pods: i64,
    ) -> bool {
        let totals = &mut snapshot.totals;
        totals.pods = totals.pods.saturating_add_signed(i32::try_from(pods).unwrap_or(0));
        if before.as_deref() == after.as_ref() {
            return false;
        }
        // A project can have a thousand environments: it is made anew only where it shows the change.
        let shown = before.as_deref().map(project::shown_of) != after.as_ref().map(project::shown_of);
        if let Some(old) = &before {
            totals.remove(old);
            if shown {
                self.dirty.insert(old.project.clone());
            }
            if after.as_ref().is_none_or(|new| new.project != old.project)
                && let Some(names) = self.members.get_mut(&old.project)
            {
                names.remove(namespace);
            }
        }
        match after {
            Some(new) => {
                totals.add(&new);
                if shown {
                    self.dirty.insert(new.project.clone());
                }
                self.members.entry(new.project.clone()).or_default().insert(namespace.clone());
                snapshot.environments.insert(new.id.clone(), Arc::new(new));
            }
            None => {
                snapshot.environments.remove(&snapshot.id(namespace.clone()));
            }
        }
        true
    }

    /// Makes the dirty projects anew; how many these were.
    pub(crate) fn refresh(&mut self, snapshot: &mut Snapshot) -> u64 {
        let mut work = 0;
        for name in std::mem::take(&mut self.dirty) {
            let Some(names) = self.members.get(&name).filter(|n| !n.is_empty()) else {
                self.members.remove(&name);
                snapshot.projects.remove(&name);
                continue;
            };
            work += 1;
            let environments: Vec<_> = names.iter().filter_map(|n| snapshot.namespace(n.clone())).collect();
            let new = project::of(&name, &environments);
            if snapshot.projects.get(&name).is_none_or(|old: &Arc<Project>| **old != new) {
                snapshot.projects.insert(name, Arc::new(new));
            }
        }
        let users = snapshot.projects.values().filter(|p| !p.system).count();
        snapshot.totals.projects = u32::try_from(users).unwrap_or(u32::MAX);
        work
    }
}
