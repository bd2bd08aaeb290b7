//! How the data of one kind stands: loading, live, stale, forbidden, failed.

use super::{Text, Time};

/// State of the data of one kind (in all namespaces, or in those that may be read).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DataState {
    /// Not asked for yet.
    #[default]
    Idle,
    /// Being listed: objects so far, and how many there will be where the server says so.
    Loading {
        /// Objects that have arrived.
        got: u64,
        /// Objects that there will be.
        of: Option<u64>,
    },
    /// Watched.
    Live,
    /// The last data, that old, while kennel tries again.
    Stale {
        /// When the data was last known to be true.
        since: Time,
        /// What went wrong.
        why: Text,
        /// When it is tried again.
        retry: Option<Time>,
    },
    /// Not allowed: the verb and the server's words. Namespaces that may be read are still there.
    Forbidden {
        /// The server's words.
        why: Text,
    },
    /// The API has no such kind.
    Absent,
    /// Never worked: what went wrong, and when it is tried again.
    Failed {
        /// What went wrong.
        why: Text,
        /// When it is tried again.
        retry: Option<Time>,
    },
}

impl DataState {
    /// Whether rows of this kind can be judged by: they have all arrived once.
    pub fn arrived(&self) -> bool {
        matches!(self, DataState::Live | DataState::Stale { .. } | DataState::Absent)
    }

    /// Whether waiting longer may bring more.
    pub fn pending(&self) -> bool {
        matches!(self, DataState::Idle | DataState::Loading { .. } | DataState::Failed { .. })
    }
}
