//! Which project and environment a namespace is: by kennel's labels, else by the schemes users have already.

use super::Text;
use super::keys::{ENVIRONMENT, PROJECT};
use super::project::UNASSIGNED;
use super::row::Meta;

/// The schemes, each switchable, in the order in which they are asked.
#[derive(Clone, Debug, Default)]
pub struct Grouping {}

/// Which project and environment a namespace is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Project.
    pub project: Text,
    /// Environment.
    pub name: Text,
}

impl Grouping {
    /// Project and environment of a namespace.
    pub fn place(&self, meta: &Meta) -> Place {
        let name = meta.annotations.get(ENVIRONMENT).cloned().unwrap_or_else(|| meta.name.clone());
        let project = meta.labels.get(PROJECT).cloned().unwrap_or_else(|| UNASSIGNED.into());
        Place { project, name }
    }
}
