//! What a detector finds: a fault with its cause, what it was decided by, what it breaks, and what to do.

use super::detect::table;
use super::evidence::Id;
use crate::domain::Time;
use crate::domain::issue::{Category, Severity};

/// How sure a mechanism is of itself, before anything else speaks for it or against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// A message names the object, and a look at what there is proves it.
    Proved,
    /// A contradiction between two specs, computed.
    Computed,
    /// A typed reason alone.
    Typed,
    /// A line of a log.
    Logged,
    /// The symptom alone.
    Symptom,
}

impl Tier {
    /// Its score of itself.
    pub(crate) fn score(self) -> f64 {
        match self {
            Tier::Proved => 0.95,
            Tier::Computed => 0.88,
            Tier::Typed => 0.80,
            Tier::Logged => 0.65,
            Tier::Symptom => 0.25,
        }
    }
}

/// What a statement was decided by: where it stands, and what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cite {
    pub(crate) source: String,
    pub(crate) text: String,
}

/// What somebody can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Action {
    pub(crate) text: String,
    pub(crate) command: Option<String>,
}

/// A fault with its cause.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) detector: &'static str,
    pub(crate) category: Category,
    pub(crate) severity: Severity,
    /// Where the cause lies.
    pub(crate) root: Id,
    /// What of it, where it may have several faults: a container, a key.
    pub(crate) key: String,
    /// In a line.
    pub(crate) title: String,
    /// The cause in a sentence, with both values that disagree.
    pub(crate) cause: String,
    pub(crate) tier: Tier,
    pub(crate) since: Option<Time>,
    /// What is broken by it, as far as the detector sees.
    pub(crate) broken: Vec<Id>,
    pub(crate) cites: Vec<Cite>,
    pub(crate) actions: Vec<Action>,
    pub(crate) ruled_out: Vec<String>,
    /// What it depends on itself: where a fault of that is found, this is its effect.
    pub(crate) waits_for: Vec<Id>,
    pub(crate) minutes: (u32, u32),
}

impl Finding {
    /// Something that `detector` found at `root`.
    pub(crate) fn new(detector: &'static str, root: &Id, title: impl Into<String>) -> Self {
        let (category, severity, minutes) = table::of(detector);
        let title = title.into();
        Self {
            detector,
            category,
            severity,
            root: root.clone(),
            key: String::new(),
            cause: title.clone(),
            title,
            tier: Tier::Typed,
            since: None,
            broken: Vec::new(),
            cites: Vec::new(),
            actions: Vec::new(),
            ruled_out: Vec::new(),
            waits_for: Vec::new(),
            minutes,
        }
    }

    pub(crate) fn because(self, cause: impl Into<String>) -> Self {
        Self { cause: cause.into(), ..self }
    }

    pub(crate) fn tier(self, tier: Tier) -> Self {
        Self { tier, ..self }
    }

    pub(crate) fn severity(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    pub(crate) fn category(self, category: Category) -> Self {
        Self { category, ..self }
    }

    pub(crate) fn key(self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self }
    }

    pub(crate) fn since(self, since: Option<Time>) -> Self {
        Self { since: self.since.or(since), ..self }
    }

    pub(crate) fn breaks(mut self, what: impl IntoIterator<Item = Id>) -> Self {
        self.broken.extend(what);
        self
    }

    pub(crate) fn waits_for(mut self, what: impl IntoIterator<Item = Id>) -> Self {
        self.waits_for.extend(what);
        self
    }

    pub(crate) fn cite(mut self, source: impl Into<String>, text: impl Into<String>) -> Self {
        self.cites.push(Cite { source: source.into(), text: text.into() });
        self
    }

    pub(crate) fn act(mut self, text: impl Into<String>, command: impl Into<String>) -> Self {
        self.actions.push(Action { text: text.into(), command: Some(command.into()) });
        self
    }

    pub(crate) fn advise(mut self, text: impl Into<String>) -> Self {
        self.actions.push(Action { text: text.into(), command: None });
        self
    }
}
