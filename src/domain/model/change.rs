//! What is told to the model: one change of what is known.

use crate::domain::Text;
use crate::domain::collection::Collection;
use crate::domain::data::DataState;
use crate::domain::environment::Tombstone;
use crate::domain::operation::Journal;
use crate::domain::row::AnyRow;
use crate::domain::snapshot::{ClusterFacts, Connection};

/// One change of what is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// An object is so now.
    Put(AnyRow),
    /// An object is gone.
    Gone {
        /// The collection that it was in.
        of: Collection,
        /// Its namespace; empty for objects of the cluster.
        namespace: Text,
        /// Its name.
        name: Text,
    },
    /// A list begins, of one namespace or of everything: what is not put before its end is gone.
    Begin {
        /// What is listed.
        of: Collection,
        /// Namespace that is listed, `None` for all.
        namespace: Option<Text>,
    },
    /// A list has ended.
    End {
        /// What was listed.
        of: Collection,
        /// Namespace that was listed, `None` for all.
        namespace: Option<Text>,
    },
    /// An environment was destroyed: it is shown until it is dismissed, or its namespace is there again.
    Destroyed(Tombstone),
    /// The tombstone of a namespace is not wanted any more.
    Dismissed(Text),
    /// How the data of a collection stands.
    Data {
        /// What is read.
        of: Collection,
        /// Namespace that is read by itself; `None`: the whole cluster.
        namespace: Option<Text>,
        /// How it stands; `None`: it is not read (by itself) any more.
        state: Option<DataState>,
    },
    /// A collection is read for the namespace on screen alone: which that is now.
    Shown(Collection, Option<Text>),
    /// An object is there and can't be read. What was last read of it stays.
    Unread {
        /// The collection that it is in.
        of: Collection,
        /// Its namespace, empty where it has none or does not say.
        namespace: Text,
        /// Its name, empty where it does not say.
        name: Text,
        /// What is wrong, in one sentence that names it.
        why: Text,
        /// How many objects that is: several where they have no names.
        count: u32,
    },
    /// How the connection stands.
    Connection(Connection),
    /// What is wrong with the server's clock, if anything is.
    Clock(Option<Text>),
    /// What is known of the cluster.
    Facts(ClusterFacts),
    /// This kennel begins an operation: it shows at once, until its journal is written.
    Begins {
        /// Its namespace.
        namespace: Text,
        /// The journal that will be written.
        journal: Box<Journal>,
    },
    /// It has ended, or was not begun after all.
    Ended {
        /// Its namespace.
        namespace: Text,
        /// ID of the operation.
        id: Text,
    },
    /// The process that holds this operation is known to be dead.
    HolderDead {
        /// Namespace of the operation.
        namespace: Text,
        /// Which process, of which operation.
        holder: DeadHolder,
    },
}

impl Change {
    /// How the data of a collection stands in the whole cluster.
    pub fn data(of: impl Into<Collection>, state: DataState) -> Self {
        Self::Data { of: of.into(), namespace: None, state: Some(state) }
    }
}

/// A process that held an operation and is known to be dead. Another that takes the operation over is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadHolder {
    /// ID of the operation.
    pub id: Text,
    /// The process.
    pub process: u32,
    /// When it started, where the system tells.
    pub process_start: Option<u64>,
}

impl DeadHolder {
    /// Whether it is the one that holds this journal.
    pub(crate) fn holds(&self, journal: &Journal) -> bool {
        (&self.id, self.process, self.process_start) == (&journal.id, journal.process, journal.process_start)
    }
}
