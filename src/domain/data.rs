//! How the data of one kind stands: loading, live, polled, stale, forbidden, failed.

use std::time::Duration;

use super::collection::Collection;
use super::{Kind, Text, Time};

/// What may not be watched is listed again this long after its last list.
pub const POLL: Duration = Duration::from_secs(5);

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
    /// Watched (or listed, where nobody follows what changes).
    Live,
    /// Listed again every [`POLL`], since it can be listed and not watched: as true as the last list.
    Polled {
        /// It may not be watched; else the watch breaks whenever it is opened.
        forbidden: bool,
        /// The server's words about the watch, or how it broke.
        why: Text,
    },
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
        self.shown() || matches!(self, DataState::Absent)
    }

    /// Whether its rows are shown whole, be they old.
    pub fn shown(&self) -> bool {
        matches!(self, DataState::Live | DataState::Polled { .. } | DataState::Stale { .. })
    }

    /// Whether waiting longer may bring more.
    pub fn pending(&self) -> bool {
        matches!(self, DataState::Idle | DataState::Loading { .. } | DataState::Failed { .. })
    }
}

/// Whether rows of a kind can be judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// They are all here (or the API has no such kind).
    Here,
    /// They may still come: rules that need them are skipped, and what is said is provisional.
    Pending,
    /// They will not come: rules that need them are skipped for good.
    Denied,
}

impl Arrival {
    /// How the rows of a collection stand. One that only some clusters have and that fails holds no verdict up: its server,
    /// or the webhook that converts its objects, may be away for good.
    pub(crate) fn of(of: &Collection, state: &DataState) -> Self {
        match state {
            DataState::Failed { .. } if of.kind().is_none_or(Kind::is_custom) => Arrival::Denied,
            DataState::Live | DataState::Polled { .. } | DataState::Stale { .. } | DataState::Absent => Arrival::Here,
            DataState::Idle | DataState::Loading { .. } | DataState::Failed { .. } => Arrival::Pending,
            DataState::Forbidden { .. } => Arrival::Denied,
        }
    }
}
