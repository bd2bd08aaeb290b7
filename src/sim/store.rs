//! The embedded cluster's storage: objects by kind and key, one resourceVersion counter, and a bounded
//! history that watches and paged lists read.
//!
//! Plain data with one owner: nothing here waits, checks permission, or validates. [`SharedStore`] is the rim:
//! a lock that cannot be held across an await, and the newest resourceVersion as something to wait for.
//! Controllers write here directly ([`Store::put`], [`Store::edit`], [`Store::delete`]).

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Bound;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};
use tokio::sync::watch;

use super::clock::Clock;
use super::clock::plus;
use super::event_view;
use super::json::{Json, metadata, set, stamp};
use super::kubelet::behaviour::World;
use super::object::Object;
use super::resource::{RESOURCES, Resource};

/// How many changes of one kind can be watched from the past.
const HISTORY: usize = 8192;

/// The first resourceVersion. Like that of a cluster that has lived a little: small ones are too old, and 0 and 1
/// mean something else.
const BORN: u64 = 1000;

/// One change of one object.
#[derive(Clone, Debug)]
pub struct Change {
    /// resourceVersion that the change made.
    pub rv: u64,
    /// The object after it; of a deletion its last state, with the deletion's resourceVersion.
    pub object: Arc<Object>,
    /// The object before it; `None`: it is new.
    pub old: Option<Arc<Object>>,
    /// Whether the object is gone.
    pub deleted: bool,
}

/// What is asked for lies further back than the history reaches; `oldest` is how far that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compacted {
    /// Oldest resourceVersion that can still be asked for.
    pub oldest: u64,
}

/// Why a write to the store was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No entry in the discovery table has this `apiVersion` and `kind`.
    UnknownKind(String),
    /// The object has no name, or none of its namespace.
    Nameless,
}

/// What a deletion did.
#[derive(Clone, Debug)]
pub enum Deleted {
    /// The object is gone; this was its last state.
    Gone(Arc<Object>),
    /// It stays for its grace period or its finalizers, marked with `deletionTimestamp`.
    Going(Arc<Object>),
    /// There was none.
    Absent,
}

#[derive(Debug, Default)]
struct Table {
    objects: BTreeMap<Arc<str>, Arc<Object>>,
    history: VecDeque<Change>,
    /// Everything up to this resourceVersion has left the history.
    forgotten: u64,
}

/// The storage. See the module's words.
#[derive(Debug)]
pub struct Store {
    tables: Vec<Table>,
    rv: u64,
    clock: Clock,
    random: fastrand::Rng,
    newest: watch::Sender<u64>,
    /// What the kubelets know beside the objects: the API asks them for logs.
    world: Arc<World>,
    /// Groups that are not served now (an aggregated API that is away, a CRD not yet installed).
    hidden: Vec<String>,
    /// Writes make objects and change nothing.
    rehearsing: bool,
}

impl Store {
    /// An empty store whose UIDs and generated names follow from `seed`.
    pub fn new(clock: Clock, seed: u64) -> Self {
        Self {
            tables: RESOURCES.iter().map(|_| Table { forgotten: BORN, ..Table::default() }).collect(),
            rv: BORN,
            clock,
            random: fastrand::Rng::with_seed(seed),
            newest: watch::Sender::new(BORN),
            world: Arc::default(),
            hidden: Vec::new(),
            rehearsing: false,
        }
    }

    /// The newest resourceVersion.
    pub fn rv(&self) -> u64 {
        self.rv
    }

    /// The clock that stamps objects.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Goes on by another clock: a scenario is settled on a fast one before it opens on the system's.
    pub(crate) fn set_clock(&mut self, clock: Clock) {
        self.clock = clock;
    }

    /// How images behave, and which faults are on.
    pub(crate) fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Replaces that.
    pub(crate) fn set_world(&mut self, world: Arc<World>) {
        self.world = world;
    }

    /// Whether the API serves this kind now.
    pub fn is_served(&self, resource: &Resource) -> bool {
        !self.hidden.iter().any(|g| g == resource.group)
    }

    /// Stops serving an API group, or serves it again; its objects stay.
    pub fn serve_group(&mut self, group: &str, served: bool) {
        self.hidden.retain(|g| g != group);
        if !served {
            self.hidden.push(group.to_owned());
        }
    }

    fn table(&self, resource: &'static Resource) -> Option<&Table> {
        self.tables.get(resource.storage().index())
    }

    /// The object of that name; `namespace` is ignored for kinds of the cluster.
    pub fn get(&self, resource: &'static Resource, namespace: &str, name: &str) -> Option<Arc<Object>> {
        self.table(resource)?.objects.get(resource.key(namespace, name).as_str()).cloned()
    }

    /// All objects of a kind, ordered by `namespace/name`.
    pub fn list(&self, resource: &'static Resource) -> impl Iterator<Item = &Arc<Object>> {
        self.table(resource).into_iter().flat_map(|t| t.objects.values())
    }

    /// The objects of a kind in one namespace, by name; costs what is in there.
    pub fn list_in(&self, resource: &'static Resource, namespace: &str) -> impl Iterator<Item = &Arc<Object>> {
        let (from, to) = (format!("{namespace}/"), format!("{namespace}0"));
        self.table(resource)
            .into_iter()
            .flat_map(move |t| t.objects.range::<str, _>((Bound::Included(&*from), Bound::Excluded(&*to))))
            .map(|(_, o)| o)
    }

    /// What admission sees of a kind beside an object in `namespace`: its neighbours, or the cluster's own.
    pub(crate) fn beside(&self, resource: &'static Resource, namespace: &str) -> Vec<Arc<Value>> {
        if resource.namespaced {
            return self.list_in(resource, namespace).map(|o| o.value()).collect();
        }
        self.list(resource).map(|o| o.value()).collect()
    }

    /// Every object in a namespace, of every kind.
    pub fn all_in(&self, namespace: &str) -> impl Iterator<Item = &Arc<Object>> {
        RESOURCES
            .iter()
            .filter(|r| r.namespaced && std::ptr::eq(r.storage(), *r))
            .flat_map(move |r| self.list_in(r, namespace))
    }

    /// Changes of one kind after `rv`, oldest first.
    ///
    /// # Errors
    /// [`Compacted`] where the history does not reach back that far.
    pub fn changes(&self, resource: &'static Resource, rv: u64) -> Result<impl Iterator<Item = &Change>, Compacted> {
        let Some(table) = self.table(resource) else { return Err(Compacted { oldest: self.rv }) };
        if rv < table.forgotten {
            return Err(Compacted { oldest: table.forgotten });
        }
        let from = table.history.partition_point(|c| c.rv <= rv);
        Ok(table.history.range(from..))
    }

    /// Changes of every kind after `rv`, oldest first: what controllers follow.
    ///
    /// # Errors
    /// [`Compacted`] where some kind's history does not reach back that far: look at everything afresh.
    pub fn changed_since(&self, rv: u64) -> Result<Vec<Change>, Compacted> {
        let mut all = Vec::new();
        for resource in RESOURCES.iter().filter(|r| std::ptr::eq(r.storage(), *r)) {
            all.extend(self.changes(resource, rv)?.cloned());
        }
        all.sort_unstable_by_key(|c| c.rv);
        Ok(all)
    }

    /// The objects of a kind as they were at `rv`: what differs from now, by key; `None`: there was none.
    ///
    /// # Errors
    /// [`Compacted`] where the history does not reach back that far.
    pub(crate) fn undone(
        &self,
        resource: &'static Resource,
        rv: u64,
    ) -> Result<HashMap<Arc<str>, Option<Arc<Object>>>, Compacted> {
        let mut past = HashMap::new();
        for change in self.changes(resource, rv)? {
            past.entry(change.object.key().clone()).or_insert_with(|| change.old.clone());
        }
        Ok(past)
    }

    /// Forgets all history up to now, as etcd's compaction does: watches and pages from before get 410.
    pub fn compact(&mut self) {
        for table in &mut self.tables {
            table.history.clear();
            table.forgotten = self.rv;
        }
    }

    /// Creates or replaces an object, whole. No admission, no permission, no precondition.
    ///
    /// UID and creationTimestamp stay those of the object that was there, else what is given, else new ones;
    /// `metadata.generation` counts changes of the spec; what would change nothing makes no resourceVersion.
    /// An object whose deletion waited only for its finalizers goes when the last of them goes.
    ///
    /// # Errors
    /// [`Refused`] where the object has no known kind or no name.
    pub fn put(&mut self, object: Value) -> Result<Arc<Object>, Refused> {
        let said = || Refused::UnknownKind(format!("{}/{}", object.text("apiVersion"), object.text("kind")));
        let served = Resource::of_object(&object).ok_or_else(said)?;
        let resource = served.storage();
        let mut value = if std::ptr::eq(served, resource) { object } else { event_view::stored(object) };
        let (namespace, name) = (value.text("metadata.namespace"), value.name());
        if name.is_empty() || (resource.namespaced && namespace.is_empty()) {
            return Err(Refused::Nameless);
        }
        let key = resource.key(namespace, name);
        let old = self.table(resource).and_then(|t| t.objects.get(key.as_str()).cloned());
        let before = old.as_ref().map(|o| o.value());
        self.stamp(resource, before.as_deref(), &mut value);
        if let (Some(old), Some(before)) = (&old, &before)
            && same(before, &value)
        {
            return Ok(old.clone());
        }
        if let Some(old) = old.as_ref().filter(|_| has_ended(&value)) {
            // Watchers see how it was; who wrote sees what was written.
            let rv = self.forget(old, Value::clone(&old.value())).rv;
            set(&mut value, "metadata.resourceVersion", rv.to_string());
            return Ok(Arc::new(Object::new(resource, key.into(), rv, value)));
        }
        Ok(self.commit(resource, key.into(), value, old, false))
    }

    /// Fills in what the server owns in `metadata`.
    fn stamp(&mut self, resource: &Resource, before: Option<&Value>, value: &mut Value) {
        for field in ["uid", "creationTimestamp"] {
            let kept = before.map_or("", |b| b.at("metadata").text(field));
            let fresh = match field {
                _ if !kept.is_empty() => kept.to_owned(),
                _ if value.at("metadata").has(field) => continue,
                "uid" => self.uid(),
                _ => stamp(self.clock.now()),
            };
            metadata(value).insert(field.to_owned(), fresh.into());
        }
        if resource.has_generation() {
            let was = before.map_or(1, |b| b.int_or("metadata.generation", 1));
            // What a strategy has counted beside the spec is in the object already.
            let given = value.int_or("metadata.generation", was);
            let changed = before.is_some_and(|b| !same_spec(b, value) && !binds(b, value));
            let counted = if before.is_some() { given.max(was + i64::from(changed)) } else { given };
            set(value, "metadata.generation", counted);
        }
    }

    /// Changes an object in place; `None` where there is no such object.
    pub fn edit(
        &mut self,
        resource: &'static Resource,
        namespace: &str,
        name: &str,
        change: impl FnOnce(&mut Value),
    ) -> Option<Arc<Object>> {
        let mut value = Value::clone(&*self.get(resource, namespace, name)?.value());
        change(&mut value);
        self.put(value).ok()
    }

    /// Deletes as the API does: a pod gets its grace period (`grace` seconds, else its own), finalizers hold,
    /// what is left is marked; deleting again only shortens the wait.
    pub fn delete(&mut self, resource: &'static Resource, namespace: &str, name: &str, grace: Option<i64>) -> Deleted {
        self.delete_by(resource, namespace, name, grace, "")
    }

    /// Deletes with a propagation policy: `Foreground` and `Orphan` leave a finalizer to the garbage collector,
    /// `Background` drops these, no policy leaves them as they are.
    pub(crate) fn delete_by(
        &mut self,
        resource: &'static Resource,
        namespace: &str,
        name: &str,
        grace: Option<i64>,
        policy: &str,
    ) -> Deleted {
        let Some(old) = self.get(resource, namespace, name) else { return Deleted::Absent };
        let was = old.value();
        let value = Arc::new(with_policy(&was, policy));
        let changed = was != value;
        let wait = grace_period(old.resource, &value, grace);
        let held = has_finalizers(&value);
        let marked = value.is_going();
        let graceful = old.resource.plural == "pods" && old.resource.group.is_empty();
        if wait == 0 && !held {
            let mut last = Value::clone(&value);
            // Kinds that know a grace period are marked even where it is 0, and watchers see that.
            let old = if graceful {
                self.mark(old.resource, &mut last, 0, marked);
                self.commit(old.resource, old.key().clone(), last.clone(), Some(old), false)
            } else {
                old
            };
            return Deleted::Gone(self.forget(&old, last));
        }
        let left = value.int("metadata.deletionGracePeriodSeconds");
        if marked && wait >= left {
            if changed {
                let key = old.key().clone();
                return Deleted::Going(self.commit(old.resource, key, Value::clone(&value), Some(old), false));
            }
            return Deleted::Going(old);
        }
        let mut value = Value::clone(&value);
        let resource = old.resource;
        self.mark(resource, &mut value, wait, marked);
        Deleted::Going(self.commit(resource, old.key().clone(), value, Some(old), false))
    }

    /// Marks an object as going in `wait` seconds.
    fn mark(&self, resource: &Resource, value: &mut Value, wait: i64, again: bool) {
        let now = self.clock.now();
        set(value, "metadata.deletionTimestamp", stamp(plus(now, wait)));
        // Namespaces have finalizers and no grace period (registry/core/namespace/storage).
        if resource.plural == "namespaces" {
            return set(value, "status.phase", "Terminating");
        }
        set(value, "metadata.deletionGracePeriodSeconds", wait);
        // The first mark counts as a change of the spec (registry/rest/delete.go, BeforeDelete).
        if !again && let Some(n) = value.at("metadata.generation").as_i64() {
            set(value, "metadata.generation", n + 1);
        }
    }

    /// Removes an object at once, whatever holds it.
    pub fn remove(&mut self, resource: &'static Resource, namespace: &str, name: &str) -> Option<Arc<Object>> {
        let old = self.get(resource, namespace, name)?;
        let value = Value::clone(&*old.value());
        Some(self.forget(&old, value))
    }

    fn forget(&mut self, old: &Arc<Object>, value: Value) -> Arc<Object> {
        self.commit(old.resource, old.key().clone(), value, Some(old.clone()), true)
    }

    /// Does the work, or (`dry`) everything of it but the writing: objects come out as they would be.
    pub(crate) fn rehearse<R>(&mut self, dry: bool, work: impl FnOnce(&mut Self) -> R) -> R {
        self.rehearsing = dry;
        let result = work(self);
        self.rehearsing = false;
        result
    }

    /// The only place that changes a table: counts, remembers, wakes.
    fn commit(
        &mut self,
        resource: &'static Resource,
        key: Arc<str>,
        mut value: Value,
        old: Option<Arc<Object>>,
        deleted: bool,
    ) -> Arc<Object> {
        if self.rehearsing {
            return Arc::new(Object::new(resource, key, old.map_or(0, |o| o.rv), value));
        }
        self.rv += 1;
        set(&mut value, "metadata.resourceVersion", self.rv.to_string());
        let object = Arc::new(Object::new(resource, key.clone(), self.rv, value));
        if let Some(table) = self.tables.get_mut(resource.index()) {
            if deleted {
                table.objects.remove(&*key);
            } else {
                table.objects.insert(key, object.clone());
            }
            table.history.push_back(Change { rv: self.rv, object: object.clone(), old, deleted });
            if table.history.len() > HISTORY
                && let Some(first) = table.history.pop_front()
            {
                table.forgotten = first.rv;
            }
        }
        self.newest.send_replace(self.rv);
        object
    }

    /// A UID (version 4) from the store's own random numbers: the same seed gives the same ones.
    pub fn uid(&mut self) -> String {
        uuid::Builder::from_random_bytes(self.random.u128(..).to_be_bytes()).into_uuid().to_string()
    }

    /// A number nobody has had, in all likelihood: for addresses.
    pub(crate) fn number(&mut self) -> u32 {
        self.random.u32(..)
    }

    /// Five letters as `generateName` appends them (apiserver/pkg/storage/names: no vowels, no 0, 1, 3).
    pub fn suffix(&mut self) -> String {
        const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
        (0..5).filter_map(|_| self.random.choice(LETTERS.iter()).map(|b| char::from(*b))).collect()
    }
}

/// A store that the API and the controllers share.
#[derive(Clone, Debug)]
pub struct SharedStore {
    store: Arc<Mutex<Store>>,
    newest: watch::Receiver<u64>,
    clock: Clock,
}

impl SharedStore {
    /// Shares a store.
    pub fn new(store: Store) -> Self {
        let (newest, clock) = (store.newest.subscribe(), store.clock.clone());
        Self { store: Arc::new(Mutex::new(store)), newest, clock }
    }

    /// Works on the store. The closure cannot await, so the lock is never held across one.
    pub fn with<R>(&self, work: impl FnOnce(&mut Store) -> R) -> R {
        work(&mut self.store.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The newest resourceVersion, as something to wait on. A slow reader misses nothing: it reads the
    /// history from where it stands, or learns that it was compacted.
    pub fn newest(&self) -> watch::Receiver<u64> {
        self.newest.clone()
    }

    /// The store's clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
}

/// Whether two objects differ in their resourceVersion alone.
fn same(a: &Value, b: &Value) -> bool {
    let (Some(a), Some(b)) = (a.as_object(), b.as_object()) else { return a == b };
    let counts = |m: &Map<String, Value>| m.len() - usize::from(m.contains_key("resourceVersion"));
    let same_metadata = |a: &Map<String, Value>, b: &Map<String, Value>| {
        counts(a) == counts(b) && a.iter().all(|(k, v)| k == "resourceVersion" || b.get(k) == Some(v))
    };
    a.len() == b.len()
        && a.iter().all(|(k, v)| match (v, b.get(k)) {
            (Value::Object(v), Some(Value::Object(w))) if k == "metadata" => same_metadata(v, w),
            (v, w) => w == Some(v),
        })
}

/// Whether two objects are equal but for metadata and status.
fn same_spec(a: &Value, b: &Value) -> bool {
    let (Some(a), Some(b)) = (a.as_object(), b.as_object()) else { return a == b };
    let counts = |k: &str| !matches!(k, "metadata" | "status" | "apiVersion" | "kind");
    let covered = |x: &Map<String, Value>, y: &Map<String, Value>| {
        x.iter().filter(|(k, _)| counts(k)).all(|(k, v)| y.get(k) == Some(v))
    };
    covered(a, b) && covered(b, a)
}

/// Whether a pod is bound to a node, which is no change of its spec (registry/core/pod/storage, assignPod).
fn binds(before: &Value, after: &Value) -> bool {
    let node = |v: &Value| !v.text("spec.nodeName").is_empty();
    after.text("kind") == "Pod" && !node(before) && node(after)
}

/// The object with the finalizer that a deletion of this policy needs (registry/generic/registry/store.go,
/// deletionFinalizersForGarbageCollection).
fn with_policy(value: &Value, policy: &str) -> Value {
    let finalizer = match policy {
        "Foreground" => Some("foregroundDeletion"),
        "Orphan" => Some("orphan"),
        "Background" => None,
        _ => return value.clone(),
    };
    let mut value = value.clone();
    let meta = metadata(&mut value);
    let mut all = meta.get("finalizers").and_then(Value::as_array).cloned().unwrap_or_default();
    all.retain(|f| f != "foregroundDeletion" && f != "orphan");
    all.extend(finalizer.map(Value::from));
    if all.is_empty() {
        meta.shift_remove("finalizers");
    } else {
        meta.insert("finalizers".to_owned(), all.into());
    }
    value
}

fn has_finalizers(value: &Value) -> bool {
    let some = |path| !value.items(path).is_empty();
    some("metadata.finalizers") || (value.text("kind") == "Namespace" && some("spec.finalizers"))
}

/// Whether an object is marked for deletion and nothing holds it any more.
fn has_ended(value: &Value) -> bool {
    value.is_going() && !has_finalizers(value) && value.int("metadata.deletionGracePeriodSeconds") == 0
}

/// Seconds that a deletion waits: only pods that run on a node wait (registry/core/pod/strategy.go).
fn grace_period(resource: &Resource, value: &Value, asked: Option<i64>) -> i64 {
    if resource.plural != "pods" || !resource.group.is_empty() {
        return 0;
    }
    if value.text("spec.nodeName").is_empty() || matches!(value.text("status.phase"), "Succeeded" | "Failed") {
        return 0;
    }
    match asked.unwrap_or_else(|| value.int_or("spec.terminationGracePeriodSeconds", 30)) {
        ..0 => 1,
        s => s,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn store() -> Store {
        Store::new(Clock::manual("2026-01-01T00:00:00Z".parse().unwrap()), 7)
    }

    fn of(kind: &str) -> &'static Resource {
        Resource::named(kind).unwrap()
    }

    fn pod(name: &str, node: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "n"}, "spec": {"nodeName": node}})
    }

    #[test]
    fn a_write_that_changes_nothing_makes_no_resource_version() {
        let mut s = store();
        let first = s.put(pod("a", "")).unwrap();
        let again = s.put(Value::clone(&*first.value())).unwrap();
        assert_eq!((first.rv, s.rv()), (again.rv, first.rv));
    }

    #[test]
    fn generation_counts_changes_of_the_spec_alone() {
        let mut s = store();
        s.put(pod("a", "")).unwrap();
        let pods = of("Pod");
        let generation = |o: Arc<Object>| o.value().at("metadata.generation").as_i64();
        assert_eq!(generation(s.edit(pods, "n", "a", |v| set(v, "status.phase", "Running")).unwrap()), Some(1));
        assert_eq!(
            generation(s.edit(pods, "n", "a", |v| set(v, "metadata.labels", json!({"x": "y"}))).unwrap()),
            Some(1)
        );
        assert_eq!(generation(s.edit(pods, "n", "a", |v| set(v, "spec.priority", 1)).unwrap()), Some(2));
    }

    #[test]
    fn a_namespace_lists_its_own_objects_though_another_ones_name_begins_the_same() {
        let mut s = store();
        for ns in ["a", "a-b", "a0", "ab"] {
            let mut p = pod("x", "");
            p["metadata"]["namespace"] = ns.into();
            s.put(p).unwrap();
        }
        let found: Vec<_> = s.list_in(of("Pod"), "a").map(|o| o.namespace().to_owned()).collect();
        assert_eq!(found, ["a"]);
        let all: Vec<_> = s.list(of("Pod")).map(|o| o.namespace().to_owned()).collect();
        assert_eq!(all, ["a-b", "a", "a0", "ab"], "etcd's order: '-' stands before '/'");
    }

    #[test]
    fn a_running_pod_waits_for_its_grace_period_and_others_do_not() {
        let mut s = store();
        let pods = of("Pod");
        s.put(pod("waiting", "")).unwrap();
        s.put(pod("running", "node-1")).unwrap();
        assert!(matches!(s.delete(pods, "n", "waiting", None), Deleted::Gone(_)));
        let Deleted::Going(going) = s.delete(pods, "n", "running", None) else { panic!("gone at once") };
        assert_eq!(going.value().text("metadata.deletionTimestamp"), "2026-01-01T00:00:30Z");
        let Deleted::Going(again) = s.delete(pods, "n", "running", Some(60)) else { panic!("gone") };
        assert_eq!(again.rv, going.rv, "a longer grace period changes nothing");
        assert!(matches!(s.delete(pods, "n", "running", Some(0)), Deleted::Gone(_)));
        assert!(matches!(s.delete(pods, "n", "running", Some(0)), Deleted::Absent));
    }

    #[test]
    fn an_object_goes_with_its_last_finalizer() {
        let mut s = store();
        let claims = of("PersistentVolumeClaim");
        s.put(json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": "c", "namespace": "n", "finalizers": ["kubernetes.io/pvc-protection"]}}))
            .unwrap();
        assert!(matches!(s.delete(claims, "n", "c", None), Deleted::Going(_)));
        assert!(s.get(claims, "n", "c").is_some());
        s.edit(claims, "n", "c", |v| set(v, "metadata.finalizers", json!([]))).unwrap();
        assert!(s.get(claims, "n", "c").is_none());
        assert!(s.changed_since(1000).unwrap().last().unwrap().deleted);
    }

    #[test]
    fn history_beyond_its_bound_is_gone_and_says_so() {
        let mut s = store();
        let pods = of("Pod");
        for i in 0..HISTORY + 10 {
            s.put(pod("a", &i.to_string())).unwrap();
        }
        let Err(compacted) = s.changes(pods, 1000).map(Iterator::count) else { panic!("kept for ever") };
        assert_eq!(s.changes(pods, compacted.oldest).unwrap().count(), HISTORY);
        assert!(s.changes(of("Secret"), 1000).is_ok(), "another kind's history is its own");
        s.compact();
        assert!(s.changes(pods, s.rv() - 1).is_err());
        assert_eq!(s.changes(pods, s.rv()).unwrap().count(), 0);
    }

    #[test]
    fn the_past_of_a_list_is_its_present_with_the_changes_undone() {
        let mut s = store();
        s.put(pod("a", "")).unwrap();
        let kept = s.put(pod("b", "")).unwrap();
        let then = s.rv();
        s.put(pod("b", "node-1")).unwrap();
        s.put(pod("b", "node-2")).unwrap();
        s.put(pod("c", "")).unwrap();
        let past = s.undone(of("Pod"), then).unwrap();
        assert_eq!(past.len(), 2);
        assert_eq!(past["n/b"].as_ref().unwrap().rv, kept.rv);
        assert!(past["n/c"].is_none());
    }

    #[test]
    fn events_of_both_groups_are_one_storage() {
        let mut s = store();
        s.put(
            json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e", "namespace": "n"}, "message": "m"}),
        )
        .unwrap();
        let core = Resource::of("v1", "Event").unwrap();
        assert_eq!(s.get(core, "n", "e").unwrap().value()["note"], "m");
        assert_eq!(s.list(Resource::of("events.k8s.io/v1", "Event").unwrap()).count(), 1);
    }
}
