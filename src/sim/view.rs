//! What a controller sees: the objects of one namespace (and those of the cluster) at one moment.
//!
//! A view is built before each controller runs and is never changed: a controller is a function
//! from a view to [`super::write::Writes`].

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::clock::plus;
use super::json::Json;
use super::kubelet::behaviour::World;
use super::resource::Resource;

/// One stored object.
pub(crate) type Object = Arc<Value>;

/// Reads the objects of a kind, in the namespace of the object in question where they are in one.
pub(crate) type List<'a> = &'a dyn Fn(&'static Resource) -> Vec<Object>;

/// Objects by kind, then by name; and which of them an object controls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Objects {
    kinds: HashMap<&'static str, BTreeMap<String, Object>>,
    /// UID of a controlling owner → kind and name of what it controls.
    owned: HashMap<String, BTreeSet<(&'static str, String)>>,
}

impl Objects {
    /// Adds an object, or replaces the one of its kind and name, which is returned.
    pub(crate) fn insert(&mut self, kind: &'static str, object: Object) -> Option<Object> {
        let owner = object.controller().map(|o| o.text("uid").to_owned());
        let old = self.kinds.get(kind).and_then(|k| k.get(object.name())).cloned();
        let before = old.as_ref().and_then(|o| o.controller()).map(|o| o.text("uid").to_owned());
        if before != owner {
            if let Some(uid) = before {
                self.disown(&uid, kind, object.name());
            }
            if let Some(uid) = owner {
                self.owned.entry(uid).or_default().insert((kind, object.name().to_owned()));
            }
        }
        self.kinds.entry(kind).or_default().insert(object.name().to_owned(), object);
        old
    }

    /// Drops an object.
    pub(crate) fn remove(&mut self, kind: &'static str, name: &str) {
        let Some(old) = self.kinds.get_mut(kind).and_then(|k| k.remove(name)) else { return };
        if let Some(owner) = old.controller() {
            self.disown(owner.text("uid"), kind, name);
        }
    }

    fn disown(&mut self, uid: &str, kind: &'static str, name: &str) {
        if let Some(all) = self.owned.get_mut(uid) {
            all.remove(&(kind, name.to_owned()));
            if all.is_empty() {
                self.owned.remove(uid);
            }
        }
    }

    fn of(&self, kind: &str) -> Option<&BTreeMap<String, Object>> {
        self.kinds.get(kind)
    }
}

/// The objects of one namespace at one moment.
#[derive(Clone)]
pub(crate) struct View {
    /// The moment.
    pub(crate) now: Timestamp,
    /// The namespace's name.
    pub(crate) namespace: String,
    /// Images and faults.
    pub(crate) world: Arc<World>,
    /// Whether metrics.k8s.io is served.
    pub(crate) measured: bool,
    objects: Arc<Objects>,
    cluster: Arc<Objects>,
}

impl View {
    /// A view of `objects` of `namespace`, beside the cluster's own.
    pub(crate) fn new(
        now: Timestamp,
        namespace: &str,
        objects: Arc<Objects>,
        cluster: Arc<Objects>,
        world: Arc<World>,
        measured: bool,
    ) -> Self {
        Self { now, namespace: namespace.to_owned(), world, measured, objects, cluster }
    }

    /// The Namespace itself.
    pub(crate) fn namespace_object(&self) -> Option<&Object> {
        self.cluster.of("Namespace")?.get(&self.namespace)
    }

    /// Objects of a kind, by name. Kinds of the cluster (Node, PersistentVolume, …) are found too.
    pub(crate) fn list(&self, kind: &str) -> impl Iterator<Item = &Object> {
        self.objects.of(kind).or_else(|| self.cluster.of(kind)).into_iter().flat_map(BTreeMap::values)
    }

    /// The object of that kind and name.
    pub(crate) fn get(&self, kind: &str, name: &str) -> Option<&Object> {
        self.objects.of(kind).or_else(|| self.cluster.of(kind))?.get(name)
    }

    /// Objects of a kind that the object of that UID controls.
    pub(crate) fn controlled(&self, kind: &str, uid: &str) -> Vec<&Object> {
        let names = self.objects.owned.get(uid).into_iter().flatten().filter(|(k, _)| *k == kind);
        names.filter_map(|(_, name)| self.objects.of(kind)?.get(name)).collect()
    }

    /// Every object of the namespace but Events.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Object> {
        self.objects.kinds.values().flat_map(BTreeMap::values)
    }

    /// `now` plus seconds.
    pub(crate) fn later(&self, seconds: i64) -> Timestamp {
        plus(self.now, seconds)
    }
}
