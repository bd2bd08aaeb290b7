//! What is listed together and kept together: the objects of an API, all of them or those with a label.
//!
//! Rows and lists in progress are told apart by it: who reads the ConfigMaps that are journals says nothing of others.
//! To keep objects of a selection by themselves: a line here, and where their rows lie in `model::space`.

use std::fmt;

use super::{Api, Kind, keys};

/// Objects that are listed together and kept together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Collection {
    /// All objects of a kind that has rows of its own.
    All(Kind),
    /// ConfigMaps that hold the journals of operations.
    Journals,
    /// Secrets in which Helm keeps its releases.
    Releases,
    /// All objects of any API, kept as what any kind has: whatever else is read of it.
    Any(Api),
}

impl Collection {
    /// The kind by which it is spoken of; `None` of a kind that has no rows of its own.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Self::All(kind) => Some(*kind),
            Self::Journals => Some(Kind::ConfigMap),
            Self::Releases => Some(Kind::Secret),
            Self::Any(_) => None,
        }
    }

    /// What the API calls its objects.
    pub fn api(&self) -> Api {
        match self {
            Self::Any(api) => api.clone(),
            of => of.kind().map(Api::from).unwrap_or_default(),
        }
    }

    /// The label, with its value, that its objects have, where these are not all of the API's.
    pub fn label(&self) -> Option<(&'static str, &'static str)> {
        match self {
            // A journal may go on in several: by a name only one is found.
            Self::Journals => Some((keys::MANAGED_BY, "kennel")),
            Self::Releases => Some(("owner", "helm")),
            Self::All(_) | Self::Any(_) => None,
        }
    }
}

impl From<Kind> for Collection {
    /// What is read of a kind of every environment.
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::ConfigMap => Self::Journals,
            Kind::Secret => Self::Releases,
            kind => Self::All(kind),
        }
    }
}

impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.api().fmt(f)
    }
}
