//! Events, folded: one line per object, reason and message, however often it came.

pub(crate) mod brief;

use super::{ObjectId, Text, Time};

/// How the API's clients begin a message that stands for many: its count says so.
/// <https://github.com/kubernetes/client-go/blob/master/tools/record/events_cache.go>
pub(crate) const COMBINED: &str = "(combined from similar events): ";

/// A folded event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When it was last seen.
    pub time: Option<Time>,
    /// When it was first seen.
    pub first: Option<Time>,
    /// Whether it is a warning.
    pub warning: bool,
    /// Machine-readable reason.
    pub reason: Text,
    /// Message.
    pub message: Text,
    /// How often it came.
    pub count: u32,
    /// What it is about.
    pub object: ObjectId,
    /// The service that this object belongs to, by name.
    pub service: Option<Text>,
    /// Who reports it.
    pub source: Text,
}

impl Event {
    /// What it says in the fewest words, without its reason: `readiness: HTTP 503`. `None` where nothing is shorter
    /// than its message.
    pub(crate) fn brief(&self) -> Option<String> {
        brief::of(&self.reason, &self.message)
    }
}
