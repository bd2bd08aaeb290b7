//! Who delivers into which namespace: rows of one namespace that speak of others.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::domain::row::DeliveryRow;
use crate::domain::{Kind, Text};

/// Kind, namespace and name of a delivery.
type Key = (Kind, Text, Text);

/// All deliveries, by themselves and by the namespaces that they deliver into.
#[derive(Debug, Default)]
pub(crate) struct Deliveries {
    rows: BTreeMap<Key, Arc<DeliveryRow>>,
    by_target: HashMap<Text, BTreeMap<Key, Arc<DeliveryRow>>>,
}

impl Deliveries {
    /// Takes a row; the namespaces of which it says something else now.
    pub(crate) fn put(&mut self, row: DeliveryRow) -> BTreeSet<Text> {
        let key = (row.kind, row.namespace.clone(), row.name.clone());
        if self.rows.get(&key).is_some_and(|old| **old == row) {
            return BTreeSet::new();
        }
        let mut touched = self.remove(&key);
        let row = Arc::new(row);
        for target in row.targets() {
            self.by_target.entry(target.clone()).or_default().insert(key.clone(), row.clone());
            touched.insert(target.clone());
        }
        self.rows.insert(key, row);
        touched
    }

    /// Forgets a row; the namespaces of which it said something.
    pub(crate) fn remove(&mut self, key: &Key) -> BTreeSet<Text> {
        let Some(old) = self.rows.remove(key) else { return BTreeSet::new() };
        let touched: BTreeSet<Text> = old.targets().cloned().collect();
        for target in &touched {
            if let Some(rows) = self.by_target.get_mut(target) {
                rows.remove(key);
                if rows.is_empty() {
                    self.by_target.remove(target);
                }
            }
        }
        touched
    }

    /// Namespace and name of each of a kind, of one namespace or of all.
    pub(crate) fn keys(&self, kind: Kind, namespace: Option<&Text>) -> Vec<(Text, Text)> {
        let of = |key: &&Key| key.0 == kind && namespace.is_none_or(|n| key.1 == *n);
        self.rows.keys().filter(of).map(|(_, namespace, name)| (namespace.clone(), name.clone())).collect()
    }

    /// Those that deliver into a namespace.
    pub(crate) fn of(&self, namespace: &Text) -> Vec<&DeliveryRow> {
        self.by_target.get(namespace).into_iter().flat_map(BTreeMap::values).map(Arc::as_ref).collect()
    }
}
