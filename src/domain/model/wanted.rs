//! Kinds that kennel has no rows of: which of them matter, and how their data stands.
//!
//! A kind matters while pods of it (or of what it owns) are there, or while a delivery refers to a source of it.
//! They are stated as wanted; whoever reads the cluster reads them then, and no others.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::domain::data::{Arrival, DataState};
use crate::domain::{Api, Snapshot, Text};

/// What is known of such kinds.
#[derive(Debug, Default)]
pub(crate) struct Customs {
    /// Which matter, and in which namespaces. One that has mattered once stays: its pods may be back in a moment.
    wanted: Arc<BTreeMap<Api, BTreeSet<Text>>>,
    pub(super) data: BTreeMap<Api, DataState>,
    pub(super) data_in: HashMap<(Api, Text), DataState>,
}

impl Customs {
    /// Whether the rows of a kind in a namespace can be judged by. One that fails does not hold a verdict up.
    pub(crate) fn arrival(&self, kind: &Api, namespace: &Text) -> Arrival {
        match self.state(kind, namespace) {
            Some(state) => Arrival::of_custom(state),
            None => Arrival::Pending,
        }
    }

    /// How the data of a kind stands in a namespace.
    pub(crate) fn state(&self, kind: &Api, namespace: &Text) -> Option<&DataState> {
        self.data_in.get(&(kind.clone(), namespace.clone())).or_else(|| self.data.get(kind))
    }

    /// These kinds matter in a namespace; whether that is news.
    pub(crate) fn want(&mut self, namespace: &Text, kinds: BTreeSet<Api>) -> bool {
        let known = |kind: &Api| self.wanted.get(kind).is_some_and(|n| n.contains(namespace));
        let new: Vec<Api> = kinds.into_iter().filter(|kind| !known(kind)).collect();
        let news = !new.is_empty();
        for kind in new {
            Arc::make_mut(&mut self.wanted).entry(kind).or_default().insert(namespace.clone());
        }
        news
    }

    /// Which matter, and in which namespaces.
    pub(super) fn wanted(&self) -> &Arc<BTreeMap<Api, BTreeSet<Text>>> {
        &self.wanted
    }

    /// Into the picture.
    pub(crate) fn publish(&self, snapshot: &mut Snapshot) {
        let of = |kind: &Api| (kind.clone(), self.data.get(kind).cloned().unwrap_or_default());
        snapshot.customs = self.wanted.keys().map(of).collect();
    }
}
