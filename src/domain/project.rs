//! A project: the environments that belong together.

use super::environment::IssueCounts;
use super::{Text, Time};

/// One project. It exists as long as one of its environments does.
#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    /// Its name; `(unassigned)` for namespaces that no scheme groups.
    pub name: Text,
    /// ID, where kennel made one (`kennel.dev/project-id`).
    pub id: Option<Text>,
    /// Display name.
    pub display_name: Option<Text>,
    /// Namespaces of its environments: default first, production next, then by name.
    pub environments: Box<[Text]>,
    /// Open issues.
    pub issues: IssueCounts,
    /// When its oldest environment was created.
    pub created: Option<Time>,
}

/// Name of the project of namespaces that no scheme groups.
pub const UNASSIGNED: &str = "(unassigned)";
