//! The model: takes changes, recomputes what they touch, publishes immutable snapshots.
//!
//! It has one owner (the task that reads the watches). An update costs what it touches: the rows of
//! one namespace, never all of them.

use std::sync::Arc;

use super::data::DataState;
use super::row::Row;
use super::snapshot::{ClusterFacts, Connection};
use super::{Kind, Snapshot, Text, Time};

/// One change of what is known.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// An object is so now.
    Put(Row),
    /// An object is gone.
    Gone {
        /// Its kind.
        kind: Kind,
        /// Its namespace; empty for objects of the cluster.
        namespace: Text,
        /// Its name.
        name: Text,
    },
    /// A list begins, of one namespace or of everything: what is not put before its end is gone.
    Begin {
        /// Kind that is listed.
        kind: Kind,
        /// Namespace that is listed, `None` for all.
        namespace: Option<Text>,
    },
    /// A list has ended.
    End {
        /// Kind that was listed.
        kind: Kind,
        /// Namespace that was listed, `None` for all.
        namespace: Option<Text>,
    },
    /// How the data of a kind stands.
    Data(Kind, DataState),
    /// How the connection stands.
    Connection(Connection),
    /// What is known of the cluster.
    Facts(ClusterFacts),
    /// The process that holds this operation is known to be dead.
    HolderDead {
        /// Namespace of the operation.
        namespace: Text,
        /// ID of the operation.
        id: Text,
    },
}

/// How much work the model has done: for tests that hold "an update costs what it touches".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Changes taken.
    pub changes: u64,
    /// Services assembled and judged.
    pub services: u64,
    /// Environments assembled.
    pub environments: u64,
    /// Projects assembled.
    pub projects: u64,
}

/// The incremental model.
#[derive(Debug, Default)]
pub struct Model {
    snapshot: Snapshot,
    work: Work,
}

impl Model {
    /// Takes a change. Nothing is recomputed before the next [`Model::publish`].
    pub fn apply(&mut self, change: Change) {
        self.work.changes += 1;
        match change {
            Change::Data(kind, state) => {
                self.snapshot.data.insert(kind, state);
            }
            Change::Connection(c) => self.snapshot.connection = c,
            Change::Facts(f) => self.snapshot.cluster = Arc::new(f),
            Change::Put(_)
            | Change::Gone { .. }
            | Change::Begin { .. }
            | Change::End { .. }
            | Change::HolderDead { .. } => {}
        }
    }

    /// Recomputes what has changed, and what time has changed, and returns the picture at `now`.
    pub fn publish(&mut self, now: Time) -> Arc<Snapshot> {
        self.snapshot.now = now;
        self.snapshot.serial += 1;
        Arc::new(self.snapshot.clone())
    }

    /// When a status will change by time alone (a deadline passes), if no change comes before.
    pub fn next_deadline(&self) -> Option<Time> {
        None
    }

    /// Work done so far.
    pub fn work(&self) -> Work {
        self.work
    }
}
