//! What is known beyond the rows of one namespace: time, nodes, which data can be judged by.

use std::cell::{Cell, OnceCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::domain::collection::Collection;
use crate::domain::data::{Arrival, DataState};
use crate::domain::grouping::{Rules, Turned};
use crate::domain::model::change::DeadHolder;
use crate::domain::model::holder::Holder;
use crate::domain::model::preemptors::Preemptors;
use crate::domain::row::{DeliveryRow, NodeRow};
use crate::domain::snapshot::ClusterFacts;
use crate::domain::{Kind, Text, Time};

/// What assembling needs beside the rows of a namespace.
#[derive(Debug)]
pub(crate) struct World<'a> {
    pub(crate) now: Time,
    pub(crate) nodes: &'a imbl::OrdMap<Text, Arc<NodeRow>>,
    /// Who delivers into the namespace.
    pub(crate) deliveries: Vec<&'a DeliveryRow>,
    pub(crate) data: &'a imbl::OrdMap<Collection, DataState>,
    pub(crate) listed: &'a HashSet<(Collection, Text)>,
    pub(crate) data_in: &'a HashMap<(Collection, Text), DataState>,
    pub(crate) rules: &'a Rules,
    /// Names that are read the other way.
    pub(crate) turned: &'a Turned,
    /// The cluster.
    pub(crate) cluster: &'a ClusterFacts,
    /// Pods that preempted others.
    pub(crate) preemptors: &'a Preemptors,
    /// The holder of the namespace's operation that is known to be dead.
    pub(crate) dead: Option<&'a DeadHolder>,
    /// Rows looked at to find those that belong to a service.
    pub(crate) looked_at: Cell<u64>,
    /// Holders that are part of others, by these: found out once, when first somebody asks.
    pub(crate) parts: OnceCell<BTreeMap<Holder, Vec<Holder>>>,
}

/// Whether what of a kind may be in a namespace will not be known.
fn is_denied(of: &Collection, state: &DataState) -> bool {
    Arrival::of(of, state) == Arrival::Denied
}

impl World<'_> {
    /// These rows, and that they were looked at.
    pub(crate) fn look<T>(&self, rows: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        rows.inspect(|_| self.looked_at.set(self.looked_at.get() + 1))
    }

    /// Whether the rows of a collection in a namespace can be judged by.
    pub(crate) fn arrival(&self, of: impl Into<Collection>, namespace: &Text) -> Arrival {
        let key = (of.into(), namespace.clone());
        if let Some(own) = self.data_in.get(&key) {
            return Arrival::of(&key.0, own);
        }
        if self.listed.contains(&key) {
            return Arrival::Here;
        }
        self.data.get(&key.0).map_or(Arrival::Pending, |state| Arrival::of(&key.0, state))
    }

    /// How the data of a collection stands in a namespace.
    pub(crate) fn state(&self, of: &Collection, namespace: &Text) -> Option<&DataState> {
        self.data_in.get(&(of.clone(), namespace.clone())).or_else(|| self.data.get(of))
    }

    /// What of a namespace is not known to be all there, though that of others may be.
    pub(crate) fn gaps(&self, namespace: &Text) -> Box<[(Kind, DataState)]> {
        if self.data_in.is_empty() && !self.data.iter().any(|(of, state)| is_denied(of, state)) {
            return Box::default();
        }
        let of = |kind: Kind| {
            let key = (kind.into(), namespace.clone());
            let state = match self.data_in.get(&key) {
                Some(DataState::Live | DataState::Absent) => return None,
                Some(own) => own,
                None if self.listed.contains(&key) => return None,
                None => self.data.get(&key.0).filter(|s| is_denied(&key.0, s))?,
            };
            Some((kind, state.clone()))
        };
        Kind::ALL.iter().filter(|i| i.namespaced).filter_map(|i| of(i.kind)).collect()
    }
}
