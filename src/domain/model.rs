//! The model: takes changes, recomputes what they touch, publishes immutable snapshots.
//!
//! It has one owner (the task that reads the watches). An update costs what it touches: the rows of
//! one namespace, never all of them.

pub(crate) mod change;
mod data;
mod deadlines;
mod deliveries;
pub(crate) mod holder;
mod names;
mod namespace;
mod nodes;
pub(crate) mod preemptors;
mod projects;
#[cfg(test)]
mod property;
mod relist;
mod shelf;
pub(crate) mod space;
mod stale;
#[cfg(test)]
mod tests;
pub(crate) mod wanted;
mod work;

use std::cell::{Cell, OnceCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::assemble::World;
use super::collection::Collection;
use super::data::DataState;
use super::demand::Demand;
use super::environment::Environment;
use super::grouping::Rules;
use super::inspection::Inspection;
use super::issue::{ClusterIssue, Issue};
use super::resolved::Resolved;
use super::row::{AnyRow, is_source};
use super::{EnvironmentId, Kind, Snapshot, Text, Time};
pub use change::{Change, DeadHolder};
use deadlines::Deadlines;
use deliveries::Deliveries;
use holder::Holder;
use names::Names;
use namespace::NamespaceModel;
use nodes::Nodes;
use preemptors::Preemptors;
use projects::Projects;
use relist::Relists;
use space::Space;
use stale::Stale;
use wanted::Wanted;
pub use work::Work;

/// Most objects that can't be read and are named; more would say no more.
const MOST_UNREAD: usize = 200;

/// Seconds by which a clock may go back without having been set: answers' dates overtake each other.
const CLOCK_SET: i64 = 60;

/// The incremental model.
#[derive(Debug, Default)]
pub struct Model {
    snapshot: Snapshot,
    work: Work,
    rules: Rules,
    places: BTreeMap<Text, NamespaceModel>,
    nodes: Nodes,
    deliveries: Deliveries,
    relists: Relists,
    wanted: Wanted,
    /// Lists of one namespace that have ended: these rows can be judged by, whatever the whole kind's state.
    listed: HashSet<(Collection, Text)>,
    /// How the data stands of namespaces that are read one by one.
    data_in: HashMap<(Collection, Text), DataState>,
    /// Holders of operations that are known to be dead, by namespace.
    dead: HashMap<Text, DeadHolder>,
    dirty: BTreeSet<Text>,
    deadlines: Deadlines,
    projects: Projects,
    names: Names,
    preemptors: Preemptors,
}

impl Model {
    /// A model that groups and judges namespaces by `rules`.
    pub fn new(rules: Rules) -> Self {
        Self { rules, ..Self::default() }
    }

    /// Takes a change. Nothing is recomputed before the next [`Model::refresh`].
    pub fn apply(&mut self, change: Change) {
        self.work.changes += 1;
        match change {
            Change::Put(row) => self.put(row),
            Change::Gone { of, namespace, name } => {
                let namespace = if of == Collection::All(Kind::Namespace) { name.clone() } else { namespace };
                self.remove(&of, &namespace, &name);
            }
            Change::Begin { of, namespace } => self.begin(of, namespace),
            Change::End { of, namespace } => self.end(&of, namespace),
            Change::Destroyed(tombstone) => {
                let namespace = tombstone.namespace.clone();
                self.places.entry(namespace.clone()).or_default().space.tombstone = Some(tombstone);
                self.touch(&namespace, Stale::All);
            }
            Change::Dismissed(namespace) => {
                if let Some(place) = self.places.get_mut(&namespace) {
                    place.space.tombstone = None;
                }
                self.touch(&namespace, Stale::All);
            }
            Change::Data { of, namespace: None, state } => self.data(of, state.unwrap_or_default()),
            Change::Data { of, namespace: Some(namespace), state } => self.data_in(of, namespace, state),
            Change::Shown(of, Some(namespace)) => {
                self.snapshot.shown.insert(of, namespace);
            }
            Change::Shown(of, None) => {
                self.snapshot.shown.remove(&of);
            }
            Change::Unread { of, namespace, name, why, count } => {
                let namespace = if of == Collection::All(Kind::Namespace) { name.clone() } else { namespace };
                self.relists.saw(&of, &namespace, &name);
                if count > 1 {
                    self.snapshot.unnamed.insert((of.clone(), namespace.clone()), count - 1);
                }
                let key = (of, namespace, name);
                if self.snapshot.unread.len() < MOST_UNREAD || self.snapshot.unread.contains_key(&key) {
                    self.snapshot.unread.insert(key, why);
                }
            }
            Change::Connection(c) => self.snapshot.connection = c,
            Change::Clock(wrong) => self.snapshot.clock = wrong,
            Change::Facts(facts) => {
                let known = self.snapshot.cluster.clone();
                if (facts.production, &facts.context) != (known.production, &known.context) {
                    self.touch_all();
                }
                if facts.context != known.context {
                    let named = |e: Arc<Environment>| (EnvironmentId::new(&*facts.context, &*e.id.namespace), e);
                    let old = std::mem::take(&mut self.snapshot.environments);
                    self.snapshot.environments = old.into_iter().map(|(_, e)| named(e)).collect();
                }
                if facts != *known {
                    self.snapshot.cluster = Arc::new(facts);
                }
            }
            Change::Begins { namespace, journal } => {
                if let Some(place) = self.places.get_mut(&namespace) {
                    place.space.begins(*journal);
                }
                self.touch(&namespace, Stale::All);
            }
            Change::Ended { namespace, id } => {
                if let Some(place) = self.places.get_mut(&namespace) {
                    place.space.ended(&id);
                }
                self.touch(&namespace, Stale::All);
            }
            Change::HolderDead { namespace, holder } => {
                self.dead.insert(namespace.clone(), holder);
                self.touch(&namespace, Stale::All);
            }
        }
    }

    fn put(&mut self, row: AnyRow) {
        let (of, (namespace, name)) = (row.of(), row.key());
        self.readable(&of, &namespace, &name);
        let preempted = self.preempted(&row);
        self.touch_each(&preempted, &Stale::All);
        let touched = match row {
            AnyRow::Node(node) => {
                if self.nodes.rows.get(&name).is_none_or(|old| **old != *node) {
                    self.nodes.rows.insert(name.clone(), Arc::new(*node));
                    self.node_changed(&name);
                }
                BTreeSet::new()
            }
            AnyRow::Delivery(row) => {
                let touched = self.deliveries.put(*row);
                self.want_sources();
                touched
            }
            AnyRow::Custom(row) if is_source(&row.api) => self.deliveries.source(&row),
            // Of the cluster: no pod's owner is.
            AnyRow::Custom(_) if namespace.is_empty() => return,
            row => {
                let space = &mut self.places.entry(namespace.clone()).or_default().space;
                let seat = seat(space, &of, &name);
                let stale = space.put(row);
                if of == Collection::All(Kind::Namespace) && stale != Stale::Nothing {
                    self.names.changed();
                }
                self.nodes.moved((&namespace, &name), seat, self::seat(space, &of, &name));
                if of == Collection::All(Kind::DaemonSet) {
                    self.nodes.agents(&namespace, true);
                }
                // By the name that is kept: a relist of what is there already keeps no names of its own.
                self.relists.saw(&of, &namespace, space.kept_name(&of, &name).unwrap_or(&name));
                return self.touch(&namespace, stale);
            }
        };
        self.relists.saw(&of, &namespace, &name);
        self.touch_each(&touched, &Stale::All);
    }

    /// Namespaces of whose pods a row tells who preempted them.
    fn preempted(&mut self, row: &AnyRow) -> BTreeSet<Text> {
        match row {
            AnyRow::Pod(pod) => self.preemptors.came(pod),
            AnyRow::Event(event) => {
                let Some(uid) = self.preemptors.named(event) else { return BTreeSet::new() };
                let mut pods = self.places.values().flat_map(|place| place.space.pods.iter());
                pods.find(|p| p.uid == uid).map(|pod| self.preemptors.came(pod)).unwrap_or_default()
            }
            _ => BTreeSet::new(),
        }
    }

    /// An object could be read, or is gone.
    fn readable(&mut self, of: &Collection, namespace: &Text, name: &Text) {
        if !self.snapshot.unread.is_empty() {
            self.snapshot.unread.remove(&(of.clone(), namespace.clone(), name.clone()));
        }
    }

    fn remove(&mut self, of: &Collection, namespace: &Text, name: &Text) {
        self.readable(of, namespace, name);
        if *of == Collection::All(Kind::Node) {
            if self.nodes.rows.remove(name).is_some() {
                self.node_changed(name);
            }
            return;
        }
        let delivered = self.deliveries.gone(of, namespace, name);
        self.touch_each(&delivered, &Stale::All);
        if let Some(place) = self.places.get_mut(namespace) {
            let seat = seat(&place.space, of, name);
            let stale = place.space.remove(of, name);
            if *of == Collection::All(Kind::Namespace) {
                self.names.changed();
            }
            self.nodes.moved((namespace, name), seat, None);
            if *of == Collection::All(Kind::DaemonSet) {
                self.nodes.agents(namespace, !place.space.daemon_sets.is_empty());
            }
            self.touch(namespace, stale);
        }
    }

    fn begin(&mut self, of: Collection, namespace: Option<Text>) {
        if of == Collection::All(Kind::Event) {
            // What was dropped comes again, and is counted again.
            let listed = self.places.iter_mut().filter(|(ns, _)| namespace.as_ref().is_none_or(|n| n == *ns));
            listed.for_each(|(_, place)| place.space.events_dropped = 0);
        }
        self.relists.begin(of, namespace);
    }

    /// At the end of a list what it did not hold is gone.
    fn end(&mut self, of: &Collection, namespace: Option<Text>) {
        let Some(seen) = self.relists.end(of, &namespace) else { return };
        let listed = |ns: &Text| namespace.as_ref().is_none_or(|n| n == ns);
        let missed = |key: &(Text, Text)| listed(&key.0) && !seen.contains(key);
        let nodes = self.nodes.rows.keys().filter(|_| *of == Collection::All(Kind::Node));
        let mut gone: Vec<_> = nodes.map(|name| (Text::default(), name.clone())).filter(missed).collect();
        gone.extend(self.deliveries.keys(of).into_iter().filter(missed));
        let one = namespace.as_ref().and_then(|n| self.places.get_key_value(n));
        let all = self.places.iter().filter(|_| namespace.is_none());
        for (ns, place) in one.into_iter().chain(all) {
            gone.extend(place.space.names(of).into_iter().map(|name| (ns.clone(), name)).filter(missed));
        }
        for (namespace, name) in gone {
            self.remove(of, &namespace, &name);
        }
        let unread = self.snapshot.unread.keys().filter(|(o, ns, name)| o == of && missed(&(ns.clone(), name.clone())));
        for key in unread.cloned().collect::<Vec<_>>() {
            self.snapshot.unread.remove(&key);
            if key.2.is_empty() {
                self.snapshot.unnamed.remove(&(key.0, key.1));
            }
        }
        if let Some(namespace) = namespace
            && self.listed.insert((of.clone(), namespace.clone()))
        {
            self.touch(&namespace, Stale::All);
        }
    }

    fn touch_each(&mut self, namespaces: &BTreeSet<Text>, stale: &Stale) {
        namespaces.iter().for_each(|namespace| self.touch(namespace, stale.clone()));
    }

    fn touch(&mut self, namespace: &Text, stale: Stale) {
        if stale == Stale::Nothing {
            return;
        }
        if let Some(place) = self.places.get_mut(namespace) {
            place.dirt.add(stale);
            self.dirty.insert(namespace.clone());
        }
    }

    fn touch_all(&mut self) {
        for (namespace, place) in &mut self.places {
            place.dirt.add(Stale::All);
            self.dirty.insert(namespace.clone());
        }
    }

    /// A node decides about spot, about why its pods are not ready, and about DaemonSet pods that are missing only
    /// because of it.
    fn node_changed(&mut self, node: &str) {
        let (pods, agents) = self.nodes.depend_on(node);
        for (namespace, pod) in pods {
            let Some(place) = self.places.get_mut(namespace) else { continue };
            place.dirt.add(place.space.holder_of(pod));
            self.dirty.insert(namespace.clone());
            self.work.rows += 1;
        }
        for namespace in agents {
            let Some(place) = self.places.get_mut(namespace) else { continue };
            for row in &place.space.daemon_sets {
                place.dirt.add(Stale::Holder(Holder::workload(row.kind, row.meta.name.clone())));
                self.work.rows += 1;
            }
            self.dirty.insert(namespace.clone());
        }
    }

    /// Recomputes what has changed, and what time has changed, for the picture at `now`: the environments that are
    /// others now, or gone. A clock that goes back a little stands still; one that is set back makes all anew.
    pub fn refresh(&mut self, now: Time) -> BTreeSet<Text> {
        let back = self.snapshot.now.as_second() - now.as_second();
        if back > CLOCK_SET {
            self.touch_all();
        }
        let now = if (0..=CLOCK_SET).contains(&back) { self.snapshot.now } else { now };
        self.dirty.extend(self.deadlines.due(now));
        for namespace in self.names.read(&self.rules.grouping, &self.places) {
            self.touch(&namespace, Stale::All);
        }
        let mut changed = std::mem::take(&mut self.dirty);
        changed.retain(|namespace| self.make(namespace, now));
        self.snapshot.now = now;
        changed
    }

    /// What [`Model::refresh`] made, before anything was published of it.
    pub fn made(&self) -> &Snapshot {
        &self.snapshot
    }

    /// These issues are open in an environment now, as far as it was looked at.
    pub fn judge(&mut self, namespace: &Text, issues: Arc<[Issue]>, inspection: Inspection) {
        if let Some(before) = self.snapshot.namespace(namespace.clone()).cloned() {
            let after = Environment { issues, inspection, ..(*before).clone() };
            self.projects.environment(&mut self.snapshot, namespace, Some(before), Some(after), 0);
        }
    }

    /// These issues of the cluster itself are open now.
    pub fn judge_cluster(&mut self, issues: Vec<Arc<ClusterIssue>>) {
        if *self.snapshot.issues != *issues {
            self.snapshot.totals.exchange(&self.snapshot.issues, &issues);
            self.snapshot.issues = issues.into();
        }
    }

    /// These issues are no more.
    pub fn resolved(&mut self, resolved: Arc<[Arc<Resolved>]>) {
        self.snapshot.resolved = resolved;
    }

    /// The picture of what was made.
    pub fn publish(&mut self) -> Arc<Snapshot> {
        self.work.projects += self.projects.refresh(&mut self.snapshot);
        self.snapshot.nodes.clone_from(&self.nodes.rows);
        self.snapshot.serial += 1;
        Arc::new(self.snapshot.clone())
    }

    /// Makes one namespace anew, as far as it is dirty; whether its environment is another now.
    fn make(&mut self, namespace: &Text, now: Time) -> bool {
        let Some(place) = self.places.get_mut(namespace) else { return false };
        let world = World {
            now,
            nodes: &self.nodes.rows,
            deliveries: self.deliveries.of(namespace),
            data: &self.snapshot.data,
            listed: &self.listed,
            data_in: &self.data_in,
            rules: &self.rules,
            turned: &self.names.turned,
            cluster: &self.snapshot.cluster,
            preemptors: &self.preemptors,
            dead: self.dead.get(namespace),
            looked_at: Cell::default(),
            parts: OnceCell::new(),
        };
        let before = self.snapshot.namespace(namespace.clone()).cloned();
        // Its issues stay open until it is judged anew.
        let (issues, inspection) =
            before.as_ref().map(|e| (e.issues.clone(), e.inspection.clone())).unwrap_or_default();
        let after = place.refresh(namespace, &world, &mut self.work).map(|e| Environment { issues, inspection, ..e });
        self.deadlines.set(namespace, place.deadline());
        let pods = place.pods_changed();
        self.wanted.want(namespace, place.space.custom_kinds(), &mut self.snapshot);
        if place.space.is_empty() {
            self.places.remove(namespace);
        }
        self.projects.environment(&mut self.snapshot, namespace, before, after, pods)
    }

    /// States what has to be read for what is known to be judged; whether that is news. A thousand namespaces are asked
    /// for by nobody: the first `most` are named.
    pub fn demand(&self, demand: &mut Demand, most: usize) -> bool {
        let known = match self.snapshot.state(Kind::Namespace) {
            DataState::Idle | DataState::Loading { .. } => None,
            state => Some(if state.shown() { most } else { 0 }),
        };
        let names = |most| self.snapshot.environments.keys().take(most).map(|id| &id.namespace);
        let same = match (&demand.namespaces, known) {
            (Some(old), Some(most)) => old.iter().eq(names(most)),
            (old, new) => old.is_none() && new.is_none(),
        };
        if !same {
            demand.namespaces = known.map(|most| names(most).cloned().collect());
        }
        let wanted = self.wanted.all();
        let settled = Arc::ptr_eq(&demand.customs, wanted) || demand.customs.len() + wanted.len() == 0;
        if !settled {
            demand.customs.clone_from(wanted);
        }
        !(same && settled)
    }

    /// When a status will change by time alone (a deadline passes), if no change comes before.
    pub fn next_deadline(&self) -> Option<Time> {
        self.deadlines.first()
    }

    /// Work done so far.
    pub fn work(&self) -> Work {
        self.work
    }
}

/// The node that a pod is on; nameless for one that finds none, which depends on all of them.
fn seat(space: &Space, of: &Collection, pod: &str) -> Option<Text> {
    let pod = if *of == Collection::All(Kind::Pod) { space.pods.named(pod)? } else { return None };
    pod.node.clone().or_else(|| pod.unschedulable.map(|_| Text::default()))
}
