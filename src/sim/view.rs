//! What a controller sees: the objects of one namespace (and those of the cluster) at one moment.
//!
//! A view is built before each controller runs and is never changed: a controller is a function
//! from a view to [`super::write::Writes`].

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::json::Json;
use super::kubelet::behaviour::Behaviour;

/// One stored object.
pub(crate) type Object = Arc<Value>;

/// What the scenario says about the world outside the objects: how images behave, which faults are on now.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    /// Seeds every choice that is not determined by the objects.
    pub(crate) seed: u64,
    /// Nothing that a kubelet or a provisioner does takes time, unless a behaviour says so.
    pub(crate) quick: bool,
    /// How containers of an image behave.
    pub(crate) images: BTreeMap<String, Behaviour>,
    /// Faults that are on now: namespace and first part of the pod's name → behaviour.
    pub(crate) faults: BTreeMap<(String, String), Behaviour>,
}

impl World {
    /// Seconds that something takes: from `low` to `high`, chosen by the parts.
    pub(crate) fn takes(&self, parts: &[&str], low: i64, high: i64) -> i64 {
        if self.quick { 0 } else { pick(self.seed, parts, low, high) }
    }
}

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

/// A time plus seconds; the time itself where that leaves the calendar.
pub(crate) fn plus(time: Timestamp, seconds: i64) -> Timestamp {
    time.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(time)
}

/// FNV-1a over the parts: a stable number for choices that must be the same in every run of a seed.
pub(crate) fn hash(seed: u64, parts: &[&str]) -> u64 {
    let mut h = 0xcbf2_9ce4_8422_2325_u64 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for part in parts {
        for b in part.bytes().chain([0]) {
            h = (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    h ^ (h >> 29)
}

/// A number from `low` to `high`, both included, chosen by the hash of the parts.
pub(crate) fn pick(seed: u64, parts: &[&str], low: i64, high: i64) -> i64 {
    let span = u64::try_from(high - low + 1).unwrap_or(1).max(1);
    low + i64::try_from(hash(seed, parts) % span).unwrap_or(0)
}

/// Letters and digits that Kubernetes puts into made names (no vowels, nothing that looks alike):
/// `k8s.io/apimachinery/pkg/util/rand`.
const SAFE: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// `length` characters for the end of a made name.
pub(crate) fn suffix(seed: u64, parts: &[&str], length: usize) -> String {
    let mut h = hash(seed, parts);
    (0..length)
        .map(|_| {
            let at = usize::try_from(h % SAFE.len() as u64).unwrap_or(0);
            h = (h / SAFE.len() as u64) ^ h.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 7;
            SAFE.get(at).map_or('x', |b| char::from(*b))
        })
        .collect()
}

/// A number as Kubernetes encodes hashes into names: each decimal digit through the safe alphabet.
pub(crate) fn safe_hash(h: u32) -> String {
    h.to_string().bytes().filter_map(|b| SAFE.get(usize::from(b) % SAFE.len()).map(|c| char::from(*c))).collect()
}
