//! Floor 1: what is wrong, judged from the picture that the model made.
//!
//! It is not: the status of a service or the phase of an environment (these are `domain`'s, and need no issues).
//!
//! ```text
//! Change ─▶ Model::refresh ─▶ Engine::look(before, after, changed) ─▶ Model::judge ─▶ Arc<Snapshot>
//! ```
//!
//! Two looks at it: the engine looks at the picture, always and at everything; [`cause::diagnose`] looks at
//! [`evidence::Evidence`] (a dump, or what is read of a cluster when somebody asks, and of what is not well without
//! being asked) and says what is the root of what. What it finds takes the place of what the picture shows of the same.
//!
//! ```text
//! objects, events, logs ─▶ Evidence ─▶ world (indexed) ─▶ detect: findings ─▶ cause: roots ─▶ Diagnosis
//! ```
//!
//! To add a detector: a function in the file of its family, its family in a table of `detect`, and what is known of it
//! (category, severity, minutes) in `detect/table.rs`.

pub mod cause;
mod detect;
mod engine;
pub mod evidence;
mod finding;
#[cfg(test)]
mod tests;
mod world;

use std::sync::Arc;

pub use detect::detector;
pub use engine::Engine;

use crate::domain::demand::Demand;
use crate::domain::grouping::Rules;
use crate::domain::inspection::Inspection;
use crate::domain::model::{Change, Model, Work};
use crate::domain::resolved::Resolved;
use crate::domain::{Snapshot, Text, Time};
use cause::Diagnosis;

/// What a closer look at a namespace has come to.
#[derive(Debug)]
pub struct Looked {
    /// The namespace.
    pub namespace: Text,
    /// How far it went.
    pub inspection: Inspection,
    /// All that it has found.
    pub found: Vec<Diagnosis>,
}

/// The picture of a cluster, judged: the model and the engine that looks at what it made.
#[derive(Debug, Default)]
pub struct Picture {
    model: Model,
    engine: Engine,
    /// As it was published last.
    published: Arc<Snapshot>,
}

impl Picture {
    /// One whose namespaces are grouped and judged by `rules`.
    pub fn new(rules: Rules) -> Self {
        Model::new(rules).into()
    }

    /// Takes a change. Nothing is recomputed before the next [`Picture::publish`].
    pub fn apply(&mut self, change: Change) {
        self.model.apply(change);
    }

    /// Takes what earlier sessions saw end.
    pub fn remembers(&mut self, resolved: Vec<Resolved>) {
        self.engine.remembers(resolved);
    }

    /// Takes what a closer look has come to.
    pub fn looked(&mut self, looked: &Looked) {
        self.engine.looked(looked);
    }

    /// Recomputes what has changed, and what time has changed, and returns the picture at `now`.
    pub fn publish(&mut self, now: Time) -> Arc<Snapshot> {
        let changed = self.model.refresh(now);
        for judged in self.engine.look(&self.published, self.model.made(), &changed) {
            self.model.judge(&judged.namespace, judged.issues, judged.inspection);
        }
        self.model.judge_cluster(self.engine.of_cluster(self.model.made()));
        self.model.resolved(self.engine.resolved());
        self.published = self.model.publish();
        self.published.clone()
    }

    /// States what has to be read for all of it to be judged, naming `most` namespaces; whether that is news.
    pub fn demand(&self, demand: &mut Demand, most: usize) -> bool {
        self.model.demand(demand, most)
    }

    /// When something will change by time alone, if no change comes before.
    pub fn next_deadline(&self) -> Option<Time> {
        self.model.next_deadline()
    }

    /// Work done so far.
    pub fn work(&self) -> Work {
        self.model.work()
    }
}

impl From<Model> for Picture {
    fn from(model: Model) -> Self {
        Self { model, ..Self::default() }
    }
}
