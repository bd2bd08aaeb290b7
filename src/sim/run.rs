//! The run loop: which controllers run when, and what becomes of their writes.
//!
//! It follows the store's changes, asks the controllers about the objects that a change reaches (and about
//! those whose wake time has come), and writes what they want; until nothing is left to ask.
//! A thousand quiet namespaces cost nothing, and neither do the quiet objects of a busy one. It has no clock: [`Engine::step`] is given the store, whose
//! clock tells the time, so that a test can drive a day in a moment.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::churn::Churn;
use super::clock::Clock;
use super::clock::plus;
use super::controller::nodes;
use super::controller::{ALL, ANY, Change, Controller, Past, Reach, Run};
use super::create::{create, create_by, put};
use super::events::{self, MANAGER, Recorded, Recorder};
use super::json::{Json, set};
use super::kubelet::behaviour::World;
use super::resource::Resource;
use super::scenario::Scenario;
use super::store::{SharedStore, Store};
use super::view::{Objects, View};
use super::write::{Target, Via, Write, Writes};
use super::written;

/// More rounds than this without rest are two controllers that fight: the rest waits a second.
const MOST_ROUNDS: usize = 200;
/// So many namespaces are kept parsed.
const KEPT_VIEWS: usize = 64;

/// Namespace, place of the controller in [`ALL`], name of its object (empty: the namespace as a whole).
type Key = (String, usize, String);

/// What happened in a namespace that its controllers have not been asked about.
#[derive(Debug, Default)]
struct Dirty {
    changes: Vec<Change>,
    /// Kinds all of whose objects may have to be seen in another light.
    kinds: BTreeSet<&'static str>,
    /// Controllers and objects whose time has come.
    woken: BTreeSet<(usize, String)>,
}

/// The controllers with what they need to know between two steps.
#[derive(Debug)]
pub(crate) struct Engine {
    recorder: Recorder,
    /// Changes up to this resourceVersion have been seen.
    seen: u64,
    /// Namespace → what happened in it.
    dirty: BTreeMap<String, Dirty>,
    /// (time, controller and object) that asked to be woken.
    wakes: BTreeSet<(Timestamp, Key)>,
    wake_of: HashMap<Key, Timestamp>,
    /// What controllers remember of objects.
    pasts: HashMap<Key, Past>,
    views: HashMap<String, Arc<Objects>>,
    cluster: Arc<Objects>,
    /// Nodes that changed.
    nodes: BTreeSet<String>,
    /// Events from before then are not recorded: they would be gone when anybody looks.
    pub(crate) events_from: Timestamp,
    /// Who wrote what is noted from then on: it costs more than most writes, and what a scenario's past has made nobody
    /// manages.
    pub(crate) notes_from: Timestamp,
    /// Controllers that look again and again begin then: nothing of what they did before would be left.
    pub(crate) looks_from: Timestamp,
    /// (time of its end, namespace, name) of each Event.
    expiries: BTreeSet<(Timestamp, String, String)>,
    scenario: Scenario,
    churn: Option<Churn>,
    /// How often a controller ran: what tests count.
    pub(crate) runs: u64,
}

impl Engine {
    /// Controllers for an empty store.
    pub(crate) fn new(scenario: Scenario) -> Self {
        Self {
            recorder: Recorder::default(),
            seen: 0,
            dirty: BTreeMap::new(),
            wakes: BTreeSet::new(),
            wake_of: HashMap::new(),
            pasts: HashMap::new(),
            views: HashMap::new(),
            cluster: Arc::default(),
            nodes: BTreeSet::new(),
            events_from: Timestamp::MIN,
            notes_from: Timestamp::MIN,
            looks_from: Timestamp::MIN,
            expiries: BTreeSet::new(),
            scenario,
            churn: None,
            runs: 0,
        }
    }

    /// Takes everything in the store as it is: nothing is dirty, only Events get their end.
    pub(crate) fn accept(&mut self, store: &Store) {
        self.seen = store.rv();
        self.refresh_cluster(store);
        if let Some(resource) = Resource::named("Event") {
            for e in store.list(resource) {
                let last = events::last_time(&e.value()).unwrap_or(store.clock().now());
                self.expiries.insert((plus(last, events::TTL), e.namespace().to_owned(), e.name().to_owned()));
            }
        }
    }

    /// Updates pods beside everything else.
    pub(crate) fn set_churn(&mut self, churn: Option<Churn>) {
        self.churn = churn;
    }

    /// When the scenario's next entry is.
    pub(crate) fn next_happening(&self) -> Option<Timestamp> {
        self.scenario.next_at()
    }

    /// Does everything that is due; when the next thing is.
    pub(crate) fn step(&mut self, store: &mut Store) -> Option<Timestamp> {
        let now = store.clock().now();
        let mut rounds = 0;
        loop {
            while let Some(due) = self.scenario.next(now) {
                let mut world = World::clone(store.world());
                let events = due.perform(store, &mut world);
                store.set_world(Arc::new(world));
                events.into_iter().for_each(|e| self.apply(store, Write::Event(e), MANAGER, now));
                // What a fault does shows when the pods of the place are looked at again.
                for namespace in due.namespaces() {
                    self.dirty.entry(namespace).or_default().kinds.insert("Pod");
                }
            }
            self.follow(store);
            self.taint(store, now);
            self.wake_up(now);
            let Some((namespace, dirty)) = self.dirty.pop_first() else { break };
            rounds += 1;
            if rounds > MOST_ROUNDS.max(self.dirty.len() * 20) {
                tracing::warn!(%namespace, "controllers do not come to rest");
                self.wakes.insert((plus(now, 1), (namespace.clone(), 0, String::new())));
                self.dirty.insert(namespace, dirty);
                break;
            }
            self.run(store, &namespace, &dirty, now);
        }
        self.expire(store, now);
        self.follow(store);
        let churn = self.stir(store, now);
        [churn, self.wakes.first().map(|w| w.0), self.scenario.next_at(), self.expiries.first().map(|e| plus(e.0, 30))]
            .into_iter()
            .flatten()
            .min()
    }

    /// A burst of churn, which the controllers don't answer; when the next one is.
    fn stir(&mut self, store: &mut Store, now: Timestamp) -> Option<Timestamp> {
        let churn = self.churn.as_mut()?;
        if churn.next_at() <= now {
            for namespace in churn.burst(store, now) {
                self.views.remove(&namespace);
            }
            self.seen = store.rv();
        }
        Some(churn.next_at())
    }

    /// Marks what changed in the store since the last look.
    fn follow(&mut self, store: &Store) {
        if store.rv() == self.seen {
            return;
        }
        let Ok(changes) = store.changed_since(self.seen) else {
            // Too much at once: look at everything afresh.
            self.views.clear();
            self.refresh_cluster(store);
            for ns in Resource::named("Namespace").into_iter().flat_map(|r| store.list(r)) {
                self.dirty.entry(ns.name().to_owned()).or_default().kinds.insert(ANY);
            }
            self.seen = store.rv();
            return;
        };
        self.seen = store.rv();
        let mut cluster_changed = false;
        for change in changes {
            let (kind, namespace) = (change.object.resource.kind, change.object.namespace());
            match kind {
                "Event" => {
                    if change.old.is_none() {
                        let end = plus(store.clock().now(), events::TTL);
                        self.expiries.insert((end, namespace.to_owned(), change.object.name().to_owned()));
                    }
                }
                "Namespace" => {
                    cluster_changed = true;
                    self.dirty.entry(change.object.name().to_owned()).or_default().kinds.insert(kind);
                    if change.deleted {
                        self.forget(change.object.name());
                    }
                }
                "Node" => {
                    cluster_changed = true;
                    self.nodes.insert(change.object.name().to_owned());
                    for ns in Resource::named("Namespace").into_iter().flat_map(|r| store.list(r)) {
                        self.dirty.entry(ns.name().to_owned()).or_default().kinds.insert(kind);
                    }
                }
                _ if namespace.is_empty() => cluster_changed |= kind == "StorageClass" || kind == "PersistentVolume",
                _ => {
                    let object = change.object.value();
                    let mut old = None;
                    if let Some(view) = self.views.get_mut(namespace) {
                        let view = Arc::make_mut(view);
                        if change.deleted {
                            view.remove(kind, change.object.name());
                        } else {
                            old = view.insert(kind, object.clone());
                        }
                    }
                    let change = Change { kind, object, old, deleted: change.deleted };
                    self.dirty.entry(namespace.to_owned()).or_default().changes.push(change);
                }
            }
        }
        if cluster_changed {
            self.refresh_cluster(store);
        }
    }

    fn forget(&mut self, namespace: &str) {
        self.views.remove(namespace);
        self.wakes.retain(|(_, key)| key.0 != namespace);
        self.wake_of.retain(|key, _| key.0 != namespace);
        self.pasts.retain(|key, _| key.0 != namespace);
    }

    fn refresh_cluster(&mut self, store: &Store) {
        let mut cluster = Objects::default();
        for kind in ["Namespace", "Node", "StorageClass", "PersistentVolume"] {
            let objects = Resource::named(kind).into_iter().flat_map(|r| store.list(r));
            for o in objects {
                cluster.insert(kind, o.value());
            }
        }
        self.cluster = Arc::new(cluster);
    }

    /// Taints the nodes that were cordoned, and frees those that are not any more.
    fn taint(&mut self, store: &mut Store, now: Timestamp) {
        for name in std::mem::take(&mut self.nodes) {
            let node = Resource::named("Node").and_then(|r| store.get(r, "", &name)).map(|o| o.value());
            let Some((node, taints)) = node.and_then(|n| nodes::taints(&n, now).map(|t| (n, t))) else { continue };
            let patch = json!({"spec": {"taints": taints}});
            self.apply(store, Write::Patch { target: Target::of(&node), patch, via: Via::Object }, MANAGER, now);
            self.follow(store);
        }
    }

    /// Makes dirty what asked to be woken by now.
    fn wake_up(&mut self, now: Timestamp) {
        while self.wakes.first().is_some_and(|w| w.0 <= now) {
            let Some((_, key)) = self.wakes.pop_first() else { break };
            self.wake_of.remove(&key);
            let (namespace, controller, name) = key;
            self.dirty.entry(namespace).or_default().woken.insert((controller, name));
        }
    }

    fn run(&mut self, store: &mut Store, namespace: &str, dirty: &Dirty, now: Timestamp) {
        let measured = Resource::named("PodMetrics").is_some_and(|r| store.is_served(r));
        for (at, controller) in ALL.iter().enumerate() {
            let objects = self.objects(store, namespace);
            let view = View::new(now, namespace, objects, self.cluster.clone(), store.world().clone(), measured);
            let mut list = Vec::new();
            for name in due(at, controller, dirty, &view) {
                let mut writes = Writes::default();
                self.runs += 1;
                let key = (namespace.to_owned(), at, name);
                let of = |kind: &str| view.get(kind, &key.2);
                match controller.run {
                    Run::Whole(run) => run(&view, &mut writes),
                    Run::Each(kind, run) => of(kind).into_iter().for_each(|o| run(&view, o, &mut writes)),
                    Run::Remembering(..) if now < self.looks_from => writes.wake(self.looks_from),
                    Run::Remembering(kind, run) => {
                        let past = self.pasts.remove(&key).unwrap_or_default();
                        if let Some(object) = of(kind) {
                            self.pasts.insert(key.clone(), run(&view, object, past, &mut writes));
                        }
                    }
                }
                self.set_wake(key, writes.wake);
                list.append(&mut writes.list);
            }
            drop(view);
            if !list.is_empty() {
                for write in list {
                    self.apply(store, write, controller.manager, now);
                }
                self.follow(store);
            }
        }
    }

    fn set_wake(&mut self, key: Key, wake: Option<Timestamp>) {
        if let Some(old) = self.wake_of.remove(&key) {
            self.wakes.remove(&(old, key.clone()));
        }
        if let Some(time) = wake {
            self.wakes.insert((time, key.clone()));
            self.wake_of.insert(key, time);
        }
    }

    /// The namespace's objects, kept from the last time where they can be.
    fn objects(&mut self, store: &Store, namespace: &str) -> Arc<Objects> {
        if let Some(kept) = self.views.get(namespace) {
            return kept.clone();
        }
        let mut objects = Objects::default();
        for o in store.all_in(namespace).filter(|o| o.resource.kind != "Event") {
            objects.insert(o.resource.kind, o.value());
        }
        if self.views.len() >= KEPT_VIEWS {
            self.views.clear();
        }
        let objects = Arc::new(objects);
        self.views.insert(namespace.to_owned(), objects.clone());
        objects
    }

    fn apply(&mut self, store: &mut Store, write: Write, manager: &'static str, now: Timestamp) {
        // What a controller changes is noted as its own.
        let notes = now >= self.notes_from;
        let edit = |store: &mut Store, target: &Target, via: Via, change: &dyn Fn(&mut Value)| {
            with_target(store, target, |store, r| {
                store.edit(r, &target.namespace, &target.name, |v| {
                    let before = notes.then(|| v.clone());
                    change(v);
                    if let Some(before) = before {
                        written::record(r, Some(&before), v, manager, via, now);
                    }
                });
            });
        };
        match write {
            Write::Create(object) => {
                let known = Resource::of_object(&object)
                    .is_none_or(|r| store.get(r, object.text("metadata.namespace"), object.name()).is_some());
                if !known {
                    create_by(store, object, notes.then_some((manager, now)));
                }
            }
            Write::Patch { target, patch, via } => {
                edit(store, &target, via, &|v| json_patch::merge(v, &patch));
            }
            Write::Status { target, status } => {
                edit(store, &target, Via::Status, &|v| set(v, "status", status.clone()));
            }
            Write::Delete { target, grace } => {
                with_target(store, &target, |store, r| {
                    store.delete(r, &target.namespace, &target.name, grace);
                });
            }
            Write::DropEvents(namespace) => {
                let Some(r) = Resource::named("Event") else { return };
                let names: Vec<_> = store.list_in(r, &namespace).map(|e| e.name().to_owned()).collect();
                for name in names {
                    store.remove(r, &namespace, &name);
                }
            }
            Write::Event(_) if now < self.events_from => {}
            Write::Event(draft) => match self.recorder.record(&draft, now) {
                Recorded::Known => {}
                Recorded::New(event) => create_by(store, event, notes.then_some((draft.manager(), now))),
                Recorded::Again { name, count, message } => {
                    let Some(r) = Resource::named("Event") else { return };
                    let stamp = super::json::stamp(now);
                    // Kept in the form of events.k8s.io/v1, as the store keeps every Event.
                    let bumped = store.edit(r, draft.namespace(), &name, |e| {
                        set(e, "deprecatedCount", count);
                        set(e, "deprecatedLastTimestamp", stamp);
                        if let Some(message) = message {
                            set(e, "note", message);
                        }
                    });
                    if bumped.is_some() {
                        let namespace = draft.namespace().to_owned();
                        self.expiries.retain(|e| e.2 != name || e.1 != namespace);
                        self.expiries.insert((plus(now, events::TTL), namespace, name));
                    }
                }
            },
        }
    }

    /// Drops Events whose hour is over.
    fn expire(&mut self, store: &mut Store, now: Timestamp) {
        let Some(r) = Resource::named("Event") else { return };
        while self.expiries.first().is_some_and(|e| e.0 <= now) {
            let Some((_, namespace, name)) = self.expiries.pop_first() else { break };
            store.remove(r, &namespace, &name);
        }
        self.recorder.forget_old(now);
    }
}

/// Names of the objects that a controller is to look at, in order.
fn due(at: usize, controller: &Controller, dirty: &Dirty, view: &View) -> BTreeSet<String> {
    let mut names: BTreeSet<String> =
        dirty.woken.iter().filter(|(c, _)| *c == at).map(|(_, name)| name.clone()).collect();
    let mut all = dirty.kinds.iter().any(|k| *k == ANY || controller.watches.iter().any(|(of, _)| k == of));
    let candidates = |kind| view.list(kind).map(|o| o.name().to_owned());
    for change in &dirty.changes {
        for (_, reach) in controller.watches.iter().filter(|(of, _)| *of == ANY || *of == change.kind) {
            match (reach, controller.run.kind()) {
                (Reach::Itself, _) => drop(names.insert(change.object.name().to_owned())),
                (Reach::Owner, Some(kind)) => {
                    let owner = change.object.controller().filter(|o| o.text("kind") == kind);
                    names.extend(owner.map(|o| o.text("name").to_owned()));
                }
                (Reach::Names(of), _) => names.extend(of(&change.object).into_iter().map(ToOwned::to_owned)),
                (Reach::Those(reaches), Some(kind)) => {
                    let before =
                        change.old.as_ref().filter(|o| o.at("metadata.labels") != change.object.at("metadata.labels"));
                    let objects = || before.into_iter().chain([&change.object]);
                    let reached = view.list(kind).filter(|c| objects().any(|o| reaches(o, c)));
                    names.extend(reached.map(|c| c.name().to_owned()));
                }
                (Reach::AllIf(matters), _) => all |= matters(change),
                (Reach::All | Reach::Owner | Reach::Those(_), _) => all = true,
            }
        }
    }
    match controller.run.kind() {
        Some(kind) if all => names.extend(candidates(kind)),
        None if all => drop(names.insert(String::new())),
        _ => {}
    }
    names
}

fn with_target(store: &mut Store, target: &Target, work: impl FnOnce(&mut Store, &'static Resource)) {
    let Some(r) = Resource::of(&target.api_version, &target.kind) else { return };
    let same = store.get(r, &target.namespace, &target.name).is_some_and(|o| o.value().uid() == target.uid);
    if same {
        work(store, r);
    }
}

/// A store with its controllers, stepped by hand: what tests and the settling of a scenario drive.
#[derive(Debug)]
pub struct Stage {
    /// The storage.
    pub store: Store,
    pub(crate) engine: Engine,
}

impl Stage {
    /// An empty cluster (no nodes) at `start`, whose images behave as `scenario` says.
    pub(crate) fn with(scenario: Scenario, start: Timestamp, seed: u64) -> Self {
        let mut store = Store::new(Clock::manual(start), seed);
        store.set_world(Arc::new(scenario.world(seed)));
        Self { store, engine: Engine::new(scenario) }
    }

    /// A cluster of `nodes` nodes at `start` with nothing on it, for tests.
    pub fn new(nodes: u32, start: Timestamp, seed: u64) -> Self {
        let mut stage = Self::with(Scenario::default(), start, seed);
        for n in 1..=nodes {
            put(&mut stage.store, super::expand::node(&format!("node-{n}"), &serde_json::json!({}), start));
        }
        stage.step();
        stage
    }

    /// The time on the stage.
    pub fn now(&self) -> Timestamp {
        self.store.clock().now()
    }

    /// Writes an object as a scenario would (defaults filled in) and lets the controllers answer.
    pub fn apply(&mut self, object: Value) {
        create(&mut self.store, object);
        self.step();
    }

    /// Lets the controllers do what is due now.
    pub fn step(&mut self) -> Option<Timestamp> {
        self.engine.step(&mut self.store)
    }

    /// Moves the time forward, stopping wherever something is due.
    pub fn advance(&mut self, seconds: i64) {
        let end = plus(self.now(), seconds);
        self.advance_to(end);
    }

    /// Moves the time forward to `end`, stopping wherever something is due.
    pub(crate) fn advance_to(&mut self, end: Timestamp) {
        let mut next = self.step();
        while let Some(at) = next.filter(|t| *t <= end) {
            // Something that is due now and stays so must not stop the clock.
            let at = if at <= self.now() { self.now() + SignedDuration::from_millis(100) } else { at };
            self.store.clock().set(at.min(end));
            next = self.step();
            if at >= end {
                break;
            }
        }
        if self.now() < end {
            self.store.clock().set(end);
            self.step();
        }
    }

    /// Jumps to `time` without stopping on the way: what was due happens late, once.
    pub(crate) fn jump(&mut self, time: Timestamp) {
        if time > self.now() {
            self.store.clock().set(time);
        }
        self.step();
    }

    /// The object of that kind, namespace and name.
    pub fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<Arc<Value>> {
        Some(self.store.get(Resource::named(kind)?, namespace, name)?.value())
    }

    /// Objects of a kind in a namespace, by name.
    pub fn list(&self, kind: &str, namespace: &str) -> Vec<Arc<Value>> {
        Resource::named(kind).into_iter().flat_map(|r| self.store.list_in(r, namespace)).map(|o| o.value()).collect()
    }

    /// Merge patch on an object, as a user would send it; then the controllers answer.
    pub fn patch(&mut self, kind: &str, namespace: &str, name: &str, patch: &Value) {
        if let Some(r) = Resource::named(kind) {
            self.store.edit(r, namespace, name, |v| json_patch::merge(v, patch));
        }
        self.step();
    }

    /// Deletes an object as a user would; then the controllers answer.
    pub fn delete(&mut self, kind: &str, namespace: &str, name: &str) {
        if let Some(r) = Resource::named(kind) {
            self.store.delete(r, namespace, name, None);
        }
        self.step();
    }

    /// How often any controller ran so far.
    pub fn runs(&self) -> u64 {
        self.engine.runs
    }

    /// How images of that name behave from now on, as a scenario's table says it.
    ///
    /// # Errors
    /// Says what is not understood in `line`.
    pub fn behave(&mut self, image: &str, line: &str) -> Result<(), String> {
        let behaviour = super::kubelet::behaviour::Behaviour::parse(line)?;
        let mut world = World::clone(self.store.world());
        world.images.insert(image.to_owned(), behaviour);
        self.store.set_world(Arc::new(world));
        Ok(())
    }
}

/// Runs the controllers for as long as the store lives, asleep whenever nothing is due.
pub(crate) async fn drive(store: SharedStore, mut engine: Engine) {
    let mut newest = store.newest();
    loop {
        let next = store.with(|s| {
            let next = engine.step(s);
            newest.borrow_and_update();
            next
        });
        let changed = async { newest.changed().await };
        match next {
            Some(at) => {
                tokio::select! {
                    gone = changed => if gone.is_err() { return },
                    () = store.clock().sleep_until(at) => {}
                }
            }
            None => {
                if changed.await.is_err() {
                    return;
                }
            }
        }
    }
}
