//! A scenario: what the embedded cluster holds when it opens, how its images behave, and what happens when.
//!
//! Read from YAML (`assets/demo/*.yaml`). Everything that happens is an [`Entry`] with a time relative to
//! the opening: what lies before it is history, lived through on a fast clock by [`super::settle`]; what lies
//! after it comes while one watches, once or with a period. To add a kind of happening: an arm of
//! [`Action`] and of [`Due::perform`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::clock::plus;
use super::create::create;
use super::events::EventDraft;
use super::expand::Environment;
use super::json::{Json, dig, set, stamp, unset};
use super::kubelet::behaviour::World;
use super::kubelet::behaviour::{Behaviour, seconds};
use super::resource::Resource;
use super::seed::pick;
use super::store::Store;
use super::written::managed;

/// A scenario file as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct File {
    /// Name → labels, taints, size.
    pub(crate) nodes: BTreeMap<String, Value>,
    /// Pulling, starting, getting ready, stopping: all at once, unless a behaviour says otherwise.
    pub(crate) quick: bool,
    /// Image → behaviour.
    pub(crate) images: BTreeMap<String, String>,
    /// Objects of the cluster, as they are.
    pub(crate) cluster: Vec<Value>,
    /// Lists of services by name, which environments take over.
    pub(crate) templates: BTreeMap<String, BTreeMap<String, Value>>,
    /// The environments, read one by one so that an error says which.
    pub(crate) environments: Vec<Value>,
    /// What happens when, likewise.
    pub(crate) timeline: Vec<Value>,
}

/// One happening as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntryFile {
    at: String,
    #[serde(default)]
    every: Option<String>,
    #[serde(default)]
    jitter: Option<String>,
    #[serde(rename = "do")]
    actions: Vec<Action>,
}

/// What can happen.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Action {
    /// Sets a new image (and environment variables: null removes one) on a workload.
    Deploy(Deploy),
    /// Sets the count of a workload.
    Scale {
        /// `namespace/name`.
        target: String,
        /// Count.
        replicas: i64,
    },
    /// Switches a fault on: pods whose name begins so behave like this.
    Fault {
        /// `namespace/first part of the pod's name`.
        target: String,
        /// Behaviour.
        behaviour: String,
    },
    /// Switches it off.
    Heal {
        /// As the fault's.
        target: String,
    },
    /// Merge patch on an object.
    Patch {
        /// Kind.
        kind: String,
        /// `namespace/name`.
        target: String,
        /// The patch.
        patch: Value,
    },
    /// Creates objects.
    Create {
        /// Whole objects.
        objects: Vec<Value>,
    },
    /// Deletes an object.
    Delete {
        /// Kind.
        kind: String,
        /// `namespace/name`.
        target: String,
    },
    /// Stops workloads and CronJobs as kennel does, with its memory.
    Stop {
        /// Namespace.
        namespace: String,
        /// Who.
        by: String,
        /// Only these; all where empty.
        #[serde(default)]
        only: Vec<String>,
    },
    /// A node goes down (or comes back).
    Node {
        /// Its name.
        name: String,
        /// Whether it is ready.
        ready: bool,
    },
    /// Drives the pods of a target from their node.
    Evict {
        /// `namespace/first part of the pod's name`.
        target: String,
        /// The kubelet's reason.
        message: String,
    },
}

/// A deployment of something new.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deploy {
    /// `namespace/name`.
    target: String,
    /// Image; `{n}` is how often this has happened.
    #[serde(default)]
    image: String,
    /// Who.
    by: String,
    /// `kubernetes.io/change-cause`.
    #[serde(default)]
    cause: String,
    /// Environment variables of the first container: value or null.
    #[serde(default)]
    env: BTreeMap<String, Option<String>>,
}

/// One happening with its times in seconds, relative to the opening.
#[derive(Clone, Debug)]
struct Entry {
    at: i64,
    every: Option<i64>,
    jitter: i64,
    actions: Vec<Action>,
}

/// What is due now: taken from the queue.
#[derive(Debug)]
pub(crate) struct Due {
    round: i64,
    actions: Vec<Action>,
}

/// A scenario, ready to run.
#[derive(Debug, Default)]
pub(crate) struct Scenario {
    pub(crate) quick: bool,
    pub(crate) images: BTreeMap<String, Behaviour>,
    pub(crate) nodes: BTreeMap<String, Value>,
    pub(crate) cluster: Vec<Value>,
    pub(crate) environments: Vec<Environment>,
    entries: Vec<Entry>,
    /// (time, entry, round)
    queue: BTreeSet<(Timestamp, usize, i64)>,
    opening: Timestamp,
    seed: u64,
}

impl Scenario {
    /// Reads a scenario file.
    ///
    /// # Errors
    /// Says what is not understood.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        // Through a JSON value first: untagged and nested forms then read alike.
        let value: Value = serde_yaml::from_str(text).map_err(|e| e.to_string())?;
        let file: File = serde_json::from_value(value).map_err(|e| e.to_string())?;
        let images = file
            .images
            .iter()
            .map(|(image, line)| Ok((image.clone(), Behaviour::parse(line)?)))
            .collect::<Result<_, String>>()?;
        let mut environments = vec![];
        for (at, written) in file.environments.into_iter().enumerate() {
            let place = match written.text("namespace") {
                "" => format!("environments[{at}]"),
                name => format!("environments[{at}] ({name})"),
            };
            let read = serde_json::from_value::<Environment>(written).map_err(|e| e.to_string()).and_then(|mut e| {
                e.take_template(&file.templates)?;
                e.check()?;
                Ok(e)
            });
            environments.push(read.map_err(|why| format!("{place}: {why}"))?);
        }
        let mut entries = vec![];
        for (at, written) in file.timeline.into_iter().enumerate() {
            let entry = serde_json::from_value::<EntryFile>(written).map_err(|e| e.to_string());
            let entry = entry.and_then(|e| Entry::read(&e));
            entries.push(entry.map_err(|why| format!("timeline[{at}]: {why}"))?);
        }
        Ok(Self {
            quick: file.quick,
            images,
            nodes: file.nodes,
            cluster: file.cluster,
            environments,
            entries,
            ..Self::default()
        })
    }

    /// What the kubelets know at the beginning.
    pub(crate) fn world(&self, seed: u64) -> World {
        World { seed, quick: self.quick, images: self.images.clone(), ..World::default() }
    }

    /// Sets the moment of opening: from here on every entry has its time.
    pub(crate) fn schedule(&mut self, opening: Timestamp, seed: u64) {
        (self.opening, self.seed) = (opening, seed);
        self.queue = (0..self.entries.len()).filter_map(|i| Some((self.time_of(i, 0)?, i, 0))).collect();
    }

    fn time_of(&self, entry: usize, round: i64) -> Option<Timestamp> {
        let e = self.entries.get(entry)?;
        let jitter = pick(self.seed, &["jitter", &entry.to_string(), &round.to_string()], 0, e.jitter);
        Some(plus(self.opening, e.at + round * e.every.unwrap_or(0) + jitter))
    }

    /// When the next thing happens.
    pub(crate) fn next_at(&self) -> Option<Timestamp> {
        self.queue.first().map(|q| q.0)
    }

    /// What has to happen by `now`, one after the other.
    pub(crate) fn next(&mut self, now: Timestamp) -> Option<Due> {
        let first = self.queue.first().copied().filter(|q| q.0 <= now)?;
        self.queue.remove(&first);
        let (_, entry, round) = first;
        let (actions, every) = self.entries.get(entry).map(|e| (e.actions.clone(), e.every))?;
        if every.is_some()
            && let Some(t) = self.time_of(entry, round + 1)
        {
            self.queue.insert((t, entry, round + 1));
        }
        Some(Due { round: round + 1, actions })
    }
}

impl Entry {
    fn read(file: &EntryFile) -> Result<Self, String> {
        let time = |t: &String| seconds(t).ok_or_else(|| format!("{t:?} is no time"));
        for action in &file.actions {
            if let Action::Fault { behaviour, .. } = action {
                Behaviour::parse(behaviour)?;
            }
        }
        let every = file.every.as_ref().map(time).transpose()?.filter(|s| *s > 0);
        let jitter = file.jitter.as_ref().map(time).transpose()?.unwrap_or(0);
        Ok(Self { at: time(&file.at)?, every, jitter, actions: file.actions.clone() })
    }
}

impl Due {
    /// Namespaces that it touches.
    pub(crate) fn namespaces(&self) -> BTreeSet<String> {
        self.actions
            .iter()
            .filter_map(|a| match a {
                Action::Fault { target, .. } | Action::Heal { target } => Some(split(target).0.to_owned()),
                _ => None,
            })
            .collect()
    }

    /// Does it; the events that components record of it.
    pub(crate) fn perform(&self, store: &mut Store, world: &mut World) -> Vec<EventDraft> {
        let mut events = vec![];
        for action in &self.actions {
            match action {
                Action::Deploy(d) => deploy(store, d, self.round),
                Action::Scale { target, replicas } => {
                    edit_workload(store, target, |o| set(o, "spec.replicas", *replicas));
                }
                Action::Fault { target, behaviour } => {
                    let (namespace, part) = split(target);
                    if let Ok(b) = Behaviour::parse(behaviour) {
                        world.faults.insert((namespace.to_owned(), part.to_owned()), b);
                    }
                }
                Action::Heal { target } => {
                    let (namespace, part) = split(target);
                    world.faults.remove(&(namespace.to_owned(), part.to_owned()));
                }
                Action::Patch { kind, target, patch } => {
                    let (namespace, name) = split(target);
                    if let Some(r) = Resource::named(kind) {
                        store.edit(r, namespace, name, |o| json_patch::merge(o, patch));
                    }
                }
                Action::Create { objects } => objects.iter().for_each(|o| create(store, o.clone())),
                Action::Delete { kind, target } => {
                    let (namespace, name) = split(target);
                    if let Some(r) = Resource::named(kind) {
                        store.delete(r, namespace, name, None);
                    }
                }
                Action::Stop { namespace, by, only } => super::stopped::stop(store, namespace, by, only),
                Action::Node { name, ready } => events.extend(set_node(store, name, *ready)),
                Action::Evict { target, message } => events.extend(evict(store, target, message)),
            }
        }
        events
    }
}

/// `namespace/name`; without a slash it is a name of the cluster.
fn split(target: &str) -> (&str, &str) {
    target.split_once('/').unwrap_or(("", target))
}

/// Changes the Deployment, StatefulSet or DaemonSet of that name.
pub(crate) fn edit_workload(store: &mut Store, target: &str, change: impl FnOnce(&mut Value)) {
    let (namespace, name) = split(target);
    let kinds = ["Deployment", "StatefulSet", "DaemonSet"];
    let found = kinds.iter().filter_map(|k| Resource::named(k)).find(|r| store.get(r, namespace, name).is_some());
    if let Some(r) = found {
        store.edit(r, namespace, name, change);
    }
}

fn deploy(store: &mut Store, d: &Deploy, round: i64) {
    let now = store.clock().now();
    edit_workload(store, &d.target, |o| {
        let mut containers = o.items("spec.template.spec.containers").to_vec();
        if let Some(first) = containers.first_mut() {
            if !d.image.is_empty() {
                set(first, "image", d.image.replace("{n}", &round.to_string()));
            }
            let mut env = first.items("env").to_vec();
            for (name, value) in &d.env {
                env.retain(|e| e.text("name") != name);
                if let Some(v) = value {
                    env.push(json!({"name": name, "value": v}));
                }
            }
            if env.is_empty() {
                unset(first, "env");
            } else {
                set(first, "env", env);
            }
        }
        set(o, "spec.template.spec.containers", containers);
        if !d.cause.is_empty() {
            dig(o, "metadata.annotations").insert("kubernetes.io/change-cause".into(), d.cause.as_str().into());
        }
        managed(o, &d.by, "Apply", now);
    });
}

fn set_node(store: &mut Store, name: &str, ready: bool) -> Option<EventDraft> {
    let r = Resource::named("Node")?;
    let now = stamp(store.clock().now());
    let node = store.edit(r, "", name, |node| {
        let mut conditions = node.items("status.conditions").to_vec();
        for c in conditions.iter_mut().filter(|c| c.text("type") == "Ready") {
            let (status, reason, message) = if ready {
                ("True", "KubeletReady", "kubelet is posting ready status")
            } else {
                ("Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.")
            };
            let new: [(&str, &str); 4] =
                [("status", status), ("reason", reason), ("message", message), ("lastTransitionTime", &now)];
            new.iter().for_each(|(k, v)| set(c, k, *v));
        }
        set(node, "status.conditions", conditions);
        let mut taints = node.items("spec.taints").to_vec();
        taints.retain(|t| t.text("key") != "node.kubernetes.io/unreachable");
        if !ready {
            for effect in ["NoSchedule", "NoExecute"] {
                let key = "node.kubernetes.io/unreachable";
                taints.push(json!({"key": key, "effect": effect, "timeAdded": now}));
            }
        }
        set(node, "spec.taints", taints);
    })?;
    // The node controller says that a node went, its kubelet that it is back.
    let (component, reason) = if ready { ("kubelet", "NodeReady") } else { ("node-controller", "NodeNotReady") };
    let message = format!("Node {name} status is now: {reason}");
    Some(EventDraft::new(&node.value(), component, reason, message))
}

/// What the kubelet does to pods when its node runs short (`pkg/kubelet/eviction`).
fn evict(store: &mut Store, target: &str, message: &str) -> Vec<EventDraft> {
    let (namespace, part) = split(target);
    let Some(r) = Resource::named("Pod") else { return vec![] };
    let mut events = vec![];
    let names: Vec<String> =
        store.list_in(r, namespace).filter(|p| p.name().starts_with(part)).map(|p| p.name().to_owned()).collect();
    for name in names {
        let Some(pod) = store.get(r, namespace, &name).map(|o| o.value()) else { continue };
        let kubelet = |reason, message| EventDraft::of_kubelet(&pod, None, reason, message);
        events.push(kubelet("Evicted", message.to_owned()).warning());
        for c in pod.items("status.containerStatuses").iter().filter(|c| c.has("state.running")) {
            events.push(kubelet("Killing", format!("Stopping container {}", c.text("name"))));
        }
        store.edit(r, namespace, &name, |pod| {
            let mut status = json!({"phase": "Failed", "reason": "Evicted", "message": message});
            for keep in ["startTime", "hostIP", "podIP", "qosClass"].iter().filter(|k| pod.at("status").has(k)) {
                set(&mut status, keep, pod.at("status").at(keep).clone());
            }
            set(pod, "status", status);
        });
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_scenario_says_what_is_wrong_and_where() {
        let service = |words: &str| format!("environments: [{{namespace: a, services: {{web: {{{words}}}}}}}]");
        for (text, said) in [
            (
                "environments: [{namespace: a}, {namespace: b, colour: red}]".to_owned(),
                "environments[1] (b): unknown field `colour`",
            ),
            ("environments: [{namespace: a, template: t}]".to_owned(), "environments[0] (a): no template \"t\""),
            ("environments: [{namespace: a, age: old}]".to_owned(), "environments[0] (a): age: \"old\" is no time"),
            (service("replicas: two"), "services.web.replicas: \"two\" is no number"),
            (service("imagee: a"), "services.web.imagee: no such word"),
            (service("kind: Deploymen"), "services.web.kind: \"Deploymen\" is none of"),
            (service("behaviour: explode"), "services.web.behaviour: behaviour \"explode\""),
            ("timeline: [{at: soon, do: []}]".to_owned(), "timeline[0]: \"soon\" is no time"),
            ("timeline: [{at: 1s, do: [{delet: {}}]}]".to_owned(), "timeline[0]: unknown variant `delet`"),
            ("images: {a: explode}".to_owned(), "no such word \"explode\""),
            ("environments: [a".to_owned(), "line 1"),
        ] {
            let why = Scenario::parse(&text).unwrap_err();
            assert!(why.contains(said), "{text}: {why}");
        }
    }
}
