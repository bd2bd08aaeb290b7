//! A project: the environments that belong together.

use std::sync::Arc;

use super::environment::{Environment, EnvironmentId};
use super::issue::IssueCounts;
use super::{Text, Time};

/// One project. It exists as long as one of its environments does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Project {
    /// Its name; `(unassigned)` for namespaces that no scheme groups.
    pub name: Text,
    /// ID, where kennel made one (`kennel.dev/project-id`).
    pub id: Option<Text>,
    /// Display name.
    pub display_name: Option<Text>,
    /// Its environments: default first, production next, then by name.
    pub environments: Box<[EnvironmentId]>,
    /// The cluster itself runs in all of them: it is no project of the users.
    pub system: bool,
    /// Open issues.
    pub issues: IssueCounts,
    /// When its oldest environment was created.
    pub created: Option<Time>,
}

/// What a project shows of one of its environments: [`of`] reads nothing else.
pub(crate) fn shown_of(e: &Environment) -> impl PartialEq + use<'_> {
    (
        (&e.id, &e.project, &e.name, &e.project_id, &e.project_display_name),
        (e.default, e.production, e.system, e.created, e.issue_counts()),
    )
}

/// In which order environments stand in their project: the default first, production next, then by name.
pub fn order(e: &Environment) -> impl Ord + use<'_> {
    (!e.default, !e.production, &e.name, &e.id)
}

/// The project of these environments, given in order of their IDs.
pub(crate) fn of(name: &Text, environments: &[&Arc<Environment>]) -> Project {
    let mut sorted = environments.to_vec();
    sorted.sort_by(|a, b| order(a).cmp(&order(b)));
    let mut issues = IssueCounts::default();
    environments.iter().for_each(|e| issues.merge(&e.issue_counts()));
    Project {
        name: name.clone(),
        id: environments.iter().find_map(|e| e.project_id.clone()),
        display_name: environments.iter().find_map(|e| e.project_display_name.clone()),
        environments: sorted.iter().map(|e| e.id.clone()).collect(),
        system: environments.iter().all(|e| e.system),
        issues,
        created: environments.iter().filter_map(|e| e.created).min(),
    }
}
