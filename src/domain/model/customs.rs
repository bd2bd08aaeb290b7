//! Kinds that kennel has no rows of: which of them matter, how their data stands, lists in progress.
//!
//! A kind matters while pods of it (or of what it owns) are there, or while a delivery refers to a source of it.
//! The picture names these kinds; whoever reads the cluster reads them then, and no others.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::Model;
use super::relist::Relists;
use super::space::Stale;
use crate::domain::assemble::Arrival;
use crate::domain::data::DataState;
use crate::domain::row::{CustomRow, is_source};
use crate::domain::snapshot::Custom;
use crate::domain::{Api, Snapshot, Text};

/// A change of what is known of one such kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CustomChange {
    /// An object is so now.
    Put(Box<CustomRow>),
    /// An object is gone.
    Gone {
        /// Its namespace; empty for objects of the cluster.
        namespace: Text,
        /// Its name.
        name: Text,
    },
    /// A list begins, of one namespace or of everything (`None`).
    Begin(Option<Text>),
    /// A list has ended: what it did not hold is gone.
    End(Option<Text>),
    /// How the data stands, in the whole cluster.
    Data(DataState),
    /// How the data stands in one namespace, where that is read by itself; `None`: it is not any more.
    DataIn(Text, Option<DataState>),
}

/// What is known of such kinds.
#[derive(Debug, Default)]
pub(crate) struct Customs {
    /// Which matter, and in which namespaces. One that has mattered once stays: its pods may be back in a moment.
    wanted: BTreeMap<Api, BTreeSet<Text>>,
    data: BTreeMap<Api, DataState>,
    data_in: HashMap<(Api, Text), DataState>,
    relists: Relists<Api>,
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
        let mut news = false;
        for kind in kinds {
            news |= self.wanted.entry(kind).or_default().insert(namespace.clone());
        }
        news
    }

    /// Into the picture.
    pub(crate) fn publish(&self, snapshot: &mut Snapshot) {
        let of = |(kind, namespaces): (&Api, &BTreeSet<Text>)| {
            let state = self.data.get(kind).cloned().unwrap_or_default();
            (kind.clone(), Custom { state, namespaces: Arc::new(namespaces.clone()) })
        };
        snapshot.customs = self.wanted.iter().map(of).collect();
    }
}

impl Model {
    /// Takes a change of a kind that has no rows.
    pub(super) fn custom(&mut self, kind: Api, change: CustomChange) {
        match change {
            CustomChange::Put(row) => {
                self.customs.relists.saw(&kind, &row.namespace, &row.name);
                if is_source(&kind) {
                    let touched = self.deliveries.source(&row);
                    return touched.iter().for_each(|namespace| self.touch(namespace, Stale::All));
                }
                let namespace = row.namespace.clone();
                if namespace.is_empty() {
                    return;
                }
                let stale = self.places.entry(namespace.clone()).or_default().space.put_custom(*row);
                self.touch(&namespace, stale);
            }
            CustomChange::Gone { namespace, name } => self.custom_gone(&kind, &namespace, &name),
            CustomChange::Begin(namespace) => self.customs.relists.begin(kind, namespace),
            CustomChange::End(namespace) => {
                let Some(seen) = self.customs.relists.end(&kind, &namespace) else { return };
                let listed = |ns: &Text| namespace.as_ref().is_none_or(|n| n == ns);
                let mut known = self.deliveries.sources(&kind);
                for (ns, place) in &self.places {
                    known.extend(place.space.custom_names(&kind).into_iter().map(|name| (ns.clone(), name)));
                }
                known.retain(|key| listed(&key.0) && !seen.contains(key));
                for (namespace, name) in known {
                    self.custom_gone(&kind, &namespace, &name);
                }
            }
            CustomChange::Data(state) => {
                let old = self.customs.data.insert(kind.clone(), state);
                if old.as_ref() != self.customs.data.get(&kind) {
                    let namespaces = self.customs.wanted.get(&kind).cloned().unwrap_or_default();
                    namespaces.iter().for_each(|namespace| self.touch(namespace, Stale::All));
                    self.customs.publish(&mut self.snapshot);
                }
            }
            CustomChange::DataIn(namespace, state) => {
                let key = (kind, namespace.clone());
                let old = match state {
                    Some(state) => self.customs.data_in.insert(key.clone(), state),
                    None => self.customs.data_in.remove(&key),
                };
                if old.as_ref() != self.customs.data_in.get(&key) {
                    self.touch(&namespace, Stale::All);
                }
            }
        }
    }

    fn custom_gone(&mut self, kind: &Api, namespace: &Text, name: &Text) {
        let touched = self.deliveries.source_gone(kind, namespace, name);
        touched.iter().for_each(|namespace| self.touch(namespace, Stale::All));
        if let Some(place) = self.places.get_mut(namespace) {
            let stale = place.space.remove_custom(kind, name);
            self.touch(namespace, stale);
        }
    }

    /// The sources that deliveries refer to matter, where these lie.
    pub(super) fn want_sources(&mut self) {
        let mut news = false;
        for (kind, namespace) in self.deliveries.referred() {
            news |= self.customs.want(&namespace, BTreeSet::from([kind]));
        }
        if news {
            self.customs.publish(&mut self.snapshot);
        }
    }
}
