//! Events as evidence: what happened to an object, when first and last, and how often.

use serde_json::Value;

use super::Id;
use super::value::Look;
use crate::domain::Time;

/// One event; those that say the same of the same object are one.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) object: Id,
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) warning: bool,
    pub(crate) count: u64,
    pub(crate) first: Option<Time>,
    pub(crate) last: Option<Time>,
}

impl Event {
    /// Of either group's form: `regarding` and `note`, or `involvedObject` and `message`.
    pub(super) fn read(value: &Value) -> Self {
        let (about, words) = match value.at("regarding").is_null() {
            true => ("involvedObject", "message"),
            false => ("regarding", "note"),
        };
        let about = value.at(about);
        let times = |paths: &[&str]| paths.iter().find_map(|p| value.time(p));
        let first = times(&["firstTimestamp", "deprecatedFirstTimestamp", "eventTime", "metadata/creationTimestamp"]);
        let last = times(&["series/lastObservedTime", "lastTimestamp", "deprecatedLastTimestamp", "eventTime"]);
        let count = ["series/count", "count", "deprecatedCount"].iter().find_map(|p| value.at(p).as_u64());
        Self {
            object: Id::new(about.text("kind"), about.text("namespace"), about.text("name")),
            reason: value.text("reason").to_owned(),
            message: value.text(words).trim().to_owned(),
            warning: value.text("type") == "Warning",
            count: count.unwrap_or(1).max(1),
            first,
            last: last.or(first),
        }
    }

    /// The same once more.
    pub(super) fn again(&mut self, other: &Self) {
        self.count += other.count;
        self.first = self.first.min(other.first).or(self.first).or(other.first);
        self.last = self.last.max(other.last);
        self.warning |= other.warning;
    }
}
