//! Who delivers into which namespace: rows of one namespace that speak of others.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::domain::collection::Collection;
use crate::domain::row::{CustomRow, DeliveryRow, is_source};
use crate::domain::{Api, Kind, ObjectId, Text};

/// Kind, namespace and name of a delivery.
type Key = (Kind, Text, Text);

/// All deliveries, by themselves and by the namespaces that they deliver into.
#[derive(Debug, Default)]
pub(crate) struct Deliveries {
    rows: BTreeMap<Key, Arc<DeliveryRow>>,
    /// URLs of Flux's sources that have been read.
    sources: BTreeMap<(Api, Text, Text), Text>,
    by_target: HashMap<Text, BTreeMap<Key, Arc<DeliveryRow>>>,
}

impl Deliveries {
    /// Takes a row; the namespaces of which it says something else now.
    pub(crate) fn put(&mut self, mut row: DeliveryRow) -> BTreeSet<Text> {
        if let Some(url) = row.refers.as_ref().and_then(|r| self.sources.get(&source_key(r)?)) {
            row.source = Some(url.clone());
        }
        row.declares.sort();
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

    /// Forgets a delivery or a source; the namespaces of which it said something.
    pub(crate) fn gone(&mut self, of: &Collection, namespace: &Text, name: &Text) -> BTreeSet<Text> {
        match of {
            Collection::All(kind) if kind.is_delivery() => self.remove(&(*kind, namespace.clone(), name.clone())),
            Collection::Any(api) if is_source(api) => {
                let key = (api.clone(), namespace.clone(), name.clone());
                if self.sources.remove(&key).is_some() { self.refer(&key) } else { BTreeSet::new() }
            }
            _ => BTreeSet::new(),
        }
    }

    fn remove(&mut self, key: &Key) -> BTreeSet<Text> {
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

    /// Takes a source; the namespaces of which it says something.
    pub(crate) fn source(&mut self, row: &CustomRow) -> BTreeSet<Text> {
        let key = (row.api.clone(), row.namespace.clone(), row.name.clone());
        let known = self.sources.get(&key) == row.url.as_ref();
        match &row.url {
            _ if known => return BTreeSet::new(),
            Some(url) => self.sources.insert(key.clone(), url.clone()),
            None => self.sources.remove(&key),
        };
        self.refer(&key)
    }

    /// Kinds of sources that are referred to, and where these lie.
    pub(crate) fn referred(&self) -> BTreeSet<(Api, Text)> {
        let all = self.rows.values().filter_map(|r| source_key(r.refers.as_ref()?));
        all.map(|(kind, namespace, _)| (kind, namespace)).collect()
    }

    /// Those that refer to a source take its URL, or give it back.
    fn refer(&mut self, key: &(Api, Text, Text)) -> BTreeSet<Text> {
        let refers = |r: &&Arc<DeliveryRow>| r.refers.as_ref().and_then(source_key).as_ref() == Some(key);
        let rows: Vec<DeliveryRow> = self.rows.values().filter(refers).map(|r| (**r).clone()).collect();
        let mut touched = BTreeSet::new();
        for row in rows {
            let source = row.refers.as_ref().map(|r| Text::from(format!("{}/{}", r.kind(), r.name)));
            touched.extend(self.put(DeliveryRow { source, ..row }));
        }
        touched
    }

    /// Namespace and name of each delivery or source of a collection.
    pub(crate) fn keys(&self, of: &Collection) -> Vec<(Text, Text)> {
        let deliveries = self.rows.keys().filter(|k| *of == Collection::All(k.0)).map(|k| (&k.1, &k.2));
        let sources = self.sources.keys().filter(|k| matches!(of, Collection::Any(api) if *api == k.0));
        deliveries.chain(sources.map(|k| (&k.1, &k.2))).map(|(ns, name)| (ns.clone(), name.clone())).collect()
    }

    /// Those that deliver into a namespace.
    pub(crate) fn of(&self, namespace: &Text) -> Vec<&DeliveryRow> {
        self.by_target.get(namespace).into_iter().flat_map(BTreeMap::values).map(Arc::as_ref).collect()
    }
}

/// The source that a reference names.
fn source_key(refers: &ObjectId) -> Option<(Api, Text, Text)> {
    is_source(&refers.api).then(|| (refers.api.clone(), refers.namespace.clone(), refers.name.clone()))
}
