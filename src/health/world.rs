//! Evidence, indexed: who owns which pods, what leads to them, what they refer to, and who calls whom.

pub(crate) mod host;
pub(crate) mod labels;
pub(crate) mod refers;
pub(crate) mod words;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::evidence::value::Look as _;
use super::evidence::{Evidence, Id, Log};
use crate::domain::Time;

/// Kinds that are the topmost owners of pods, with the path of their pods' template.
pub(crate) const WORKLOADS: &[(&str, &str)] = &[
    ("Deployment", "spec/template"),
    ("StatefulSet", "spec/template"),
    ("DaemonSet", "spec/template"),
    ("Job", "spec/template"),
    ("CronJob", "spec/jobTemplate/spec/template"),
    ("ReplicaSet", "spec/template"),
];

/// A workload, or a pod that nobody owns.
#[derive(Debug)]
pub(crate) struct Owner<'a> {
    pub(crate) id: Id,
    /// Its object, where that is known.
    pub(crate) object: Option<&'a Value>,
    /// Its pods, those that have ended too.
    pub(crate) pods: Vec<&'a Value>,
}

/// Labels, as objects have them.
pub(crate) type Pairs<'a> = Vec<(&'a str, &'a str)>;

/// Evidence with its indexes.
#[derive(Debug)]
pub(crate) struct World<'a> {
    pub(crate) evidence: &'a Evidence,
    pub(crate) now: Time,
    pub(crate) owners: BTreeMap<Id, Owner<'a>>,
    /// The owner of each pod.
    of_pod: BTreeMap<Id, Id>,
    /// Owners by namespace.
    inside: BTreeMap<String, Vec<Id>>,
    /// The labels of each owner's pods: as they are made, and as somebody has labelled one of them since.
    labelled: BTreeMap<Id, BTreeSet<Pairs<'a>>>,
    /// Owners by a namespace and a label that one of their pods has, in order.
    by_label: HashMap<(&'a str, &'a str, &'a str), BTreeSet<Id>>,
    /// Services by the owners whose pods they mean, in order.
    leading: BTreeMap<Id, Vec<&'a Value>>,
    /// What the pods of each node ask for, by resource: found out once, when first somebody asks.
    pub(crate) asked: OnceCell<BTreeMap<String, BTreeMap<String, f64>>>,
    /// Who says that he calls a Service.
    callers: BTreeMap<Id, BTreeSet<Id>>,
    /// Who calls which Service, and how it says so.
    /// In the order of who calls.
    pub(crate) calls: Vec<host::Call>,
}

impl<'a> World<'a> {
    pub(crate) fn new(evidence: &'a Evidence) -> Self {
        let now = evidence.now.unwrap_or(Time::UNIX_EPOCH);
        let (owners, of_pod) = (BTreeMap::new(), BTreeMap::new());
        let (inside, callers, calls) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        let (labelled, by_label, leading) = (BTreeMap::new(), HashMap::new(), BTreeMap::new());
        let asked = OnceCell::new();
        let mut world =
            Self { evidence, now, owners, of_pod, inside, labelled, by_label, leading, asked, callers, calls };
        for (kind, _) in WORKLOADS {
            for object in evidence.all(kind) {
                let id = Id::of(object);
                if world.above(object).is_none() {
                    world.owners.insert(id.clone(), Owner { id, object: Some(object), pods: Vec::new() });
                }
            }
        }
        for pod in evidence.all("Pod") {
            let id = Id::of(pod);
            let owner = world.topmost(pod);
            world.of_pod.insert(id, owner.clone());
            let object = evidence.object(&owner);
            let entry = world.owners.entry(owner.clone());
            entry.or_insert(Owner { id: owner, object, pods: Vec::new() }).pods.push(pod);
        }
        for id in world.owners.keys() {
            world.inside.entry(id.namespace.clone()).or_default().push(id.clone());
        }
        world.label();
        world.lead();
        world.calls = host::calls(&world);
        for call in &world.calls {
            if let Some(service) = &call.service {
                world.callers.entry(service.clone()).or_default().insert(call.owner.clone());
            }
        }
        world
    }

    /// Owners by the labels of their pods.
    fn label(&mut self) {
        for (id, owner) in &self.owners {
            let of_pods = owner.alive().map(|p| p.texts("metadata/labels"));
            let all: BTreeSet<Pairs<'a>> = std::iter::once(self.labels(owner)).chain(of_pods).collect();
            let place = owner.object.or(owner.pods.first().copied()).map(|o| o.namespace()).unwrap_or_default();
            for (key, value) in all.iter().flatten() {
                self.by_label.entry((place, key, value)).or_default().insert(id.clone());
            }
            self.labelled.insert(id.clone(), all);
        }
    }

    /// Services by what is behind them.
    fn lead(&mut self) {
        let mut leading: BTreeMap<Id, Vec<&'a Value>> = BTreeMap::new();
        for service in self.evidence.all("Service") {
            for owner in self.selected(service.namespace(), &service.texts("spec/selector")) {
                leading.entry(owner.id.clone()).or_default().push(service);
            }
        }
        self.leading = leading;
    }

    /// The controlling owner of an object, be it there or not.
    fn above(&self, object: &Value) -> Option<Id> {
        let all = object.list("metadata/ownerReferences");
        let owner = all.iter().find(|o| o.on("controller")).or(all.first())?;
        let known = WORKLOADS.iter().any(|(kind, _)| *kind == owner.text("kind"));
        known.then(|| Id::new(owner.text("kind"), object.namespace(), owner.text("name")))
    }

    /// Who is above all of a pod's owners. A ReplicaSet that is not known has its Deployment's name before its hash.
    fn topmost(&self, pod: &Value) -> Id {
        let mut at = pod;
        let mut id = Id::of(pod);
        for _ in 0..DEEPEST {
            let Some(above) = self.above(at) else { break };
            id = above;
            match self.evidence.object(&id) {
                Some(object) => at = object,
                None => break,
            }
        }
        if id.kind == "ReplicaSet"
            && let Some(stem) =
                pod.label("pod-template-hash").and_then(|hash| id.name.strip_suffix(hash)?.strip_suffix('-'))
        {
            let deployment = Id::new("Deployment", &id.namespace, stem);
            if self.evidence.object(&deployment).is_some() || self.evidence.object(&id).is_none() {
                return deployment;
            }
        }
        id
    }

    /// The owner of a pod.
    pub(crate) fn owner_of(&self, pod: &Value) -> Id {
        self.of_pod.get(&Id::of(pod)).cloned().unwrap_or_else(|| Id::of(pod))
    }

    /// The owner of what an event is about: of a pod (be it gone), a ReplicaSet, a Job.
    pub(crate) fn owner_named(&self, id: &Id) -> Id {
        if let Some(owner) = self.of_pod.get(id) {
            return owner.clone();
        }
        let mut id = id.clone();
        for _ in 0..DEEPEST {
            let Some(above) = self.evidence.object(&id).and_then(|o| self.above(o)) else { break };
            id = above;
        }
        id
    }

    /// The template of an owner's pods, as a spec of one; of a lone pod its own.
    pub(crate) fn spec(&self, owner: &Owner<'a>) -> Option<&'a Value> {
        match WORKLOADS.iter().find(|(kind, _)| *kind == owner.id.kind) {
            Some((_, path)) => Some(owner.object?.at(path).at("spec")),
            None => owner.pods.first().map(|p| p.at("spec")),
        }
    }

    /// The labels of an owner's pods.
    pub(crate) fn labels(&self, owner: &Owner<'a>) -> Vec<(&'a str, &'a str)> {
        match WORKLOADS.iter().find(|(kind, _)| *kind == owner.id.kind) {
            Some((_, path)) => owner.object.map(|o| o.at(path).texts("metadata/labels")).unwrap_or_default(),
            None => owner.pods.first().map(|p| p.texts("metadata/labels")).unwrap_or_default(),
        }
    }

    /// Whether a selector means an owner's pods: as they are made, or as somebody has labelled one of them since.
    pub(crate) fn means(&self, selector: &[(&str, &str)], owner: &Owner<'a>) -> bool {
        let all = |labels: &Pairs<'_>| selector.iter().all(|pair| labels.contains(pair));
        !selector.is_empty() && self.labelled.get(&owner.id).is_some_and(|labelled| labelled.iter().any(all))
    }

    /// Owners whose pods a selector means, in a namespace.
    pub(crate) fn selected<'w: 's, 's>(
        &'w self,
        namespace: &'s str,
        selector: &'s [(&'s str, &'s str)],
    ) -> impl Iterator<Item = &'w Owner<'a>> {
        let first = selector.first().and_then(|(key, value)| self.by_label.get(&(namespace, *key, *value)));
        let like = first.into_iter().flatten().filter_map(|id| self.owners.get(id));
        like.filter(move |o| self.means(selector, o))
    }

    /// Owners in a namespace.
    pub(crate) fn within<'w>(&'w self, namespace: &'w str) -> impl Iterator<Item = &'w Owner<'a>> {
        self.inside.get(namespace).into_iter().flatten().filter_map(|id| self.owners.get(id))
    }

    /// Services whose selector means an owner's pods.
    pub(crate) fn services(&self, owner: &Owner<'a>) -> Vec<&'a Value> {
        self.leading.get(&owner.id).cloned().unwrap_or_default()
    }

    /// Owners whose pods a Service leads to; none of one that is not there.
    pub(crate) fn behind(&self, service: &Id) -> Vec<&Owner<'a>> {
        let selector = self.evidence.object(service).map(|s| s.texts("spec/selector")).unwrap_or_default();
        self.selected(&service.namespace, &selector).collect()
    }

    /// What an owner says that it calls.
    pub(crate) fn calls_of(&self, owner: &Id) -> &[host::Call] {
        // They were read owner by owner, in the order of these.
        let from = self.calls.partition_point(|c| c.owner < *owner);
        let rest = self.calls.get(from..).unwrap_or_default();
        rest.get(..rest.partition_point(|c| c.owner == *owner)).unwrap_or_default()
    }

    /// Who says that he calls a Service, and how.
    pub(crate) fn calls_to(&self, service: &Id) -> impl Iterator<Item = &host::Call> {
        let callers = self.callers.get(service).into_iter().flatten();
        callers.flat_map(|c| self.calls_of(c)).filter(move |c| c.service.as_ref() == Some(service))
    }

    /// Owners that say that they call a Service.
    pub(crate) fn callers(&self, service: &Id) -> BTreeSet<Id> {
        self.callers.get(service).cloned().unwrap_or_default()
    }

    /// What is broken where an owner is: its Services, and who calls these.
    pub(crate) fn downstream(&self, owner: &Owner<'a>) -> Vec<Id> {
        let services: Vec<Id> = self.services(owner).into_iter().map(Id::of).collect();
        let callers: BTreeSet<Id> = services.iter().flat_map(|s| self.callers(s)).filter(|c| *c != owner.id).collect();
        services.into_iter().chain(callers).collect()
    }

    /// What an owner depends on by its settings: Services, and behind them workloads of which no pod is ready, with what
    /// these depend on in turn.
    pub(crate) fn upstream(&self, owner: &Id) -> BTreeSet<Id> {
        let mut all = BTreeSet::new();
        let mut next = vec![owner.clone()];
        while let Some(at) = next.pop() {
            let called: BTreeSet<&Id> = self.calls_of(&at).iter().filter_map(|c| c.service.as_ref()).collect();
            for service in called.into_iter().filter(|s| !all.contains(*s)).cloned().collect::<Vec<_>>() {
                let down = self.behind(&service).into_iter().filter(|o| o.ready() == 0 && o.id != *owner);
                let down: Vec<Id> = down.map(|o| o.id.clone()).filter(|id| !all.contains(id)).collect();
                all.extend(down.iter().cloned());
                next.extend(down);
                all.insert(service);
            }
        }
        all
    }

    /// Logs of an owner's pods; those of instances that crashed first.
    pub(crate) fn logs(&self, owner: &Owner<'a>) -> Vec<&'a Log> {
        let mut logs: Vec<&Log> = owner.pods.iter().flat_map(|p| self.evidence.logs(p.namespace(), p.name())).collect();
        logs.sort_by_key(|l| !l.previous);
        logs
    }

    /// Seconds since a time; none where it is unknown.
    pub(crate) fn age(&self, since: Option<Time>) -> Option<i64> {
        since.map(|t| self.now.as_second() - t.as_second())
    }
}

impl<'a> Owner<'a> {
    /// Pods that have not ended and are not going.
    pub(crate) fn alive(&self) -> impl Iterator<Item = &'a Value> {
        self.pods.iter().copied().filter(|p| {
            !matches!(p.text("status/phase"), "Succeeded" | "Failed") && p.at("metadata/deletionTimestamp").is_null()
        })
    }

    /// How many pods it wants.
    pub(crate) fn wanted(&self) -> i64 {
        let object = self.object;
        match self.id.kind.as_str() {
            "Deployment" | "StatefulSet" | "ReplicaSet" => object.and_then(|o| o.int("spec/replicas")).unwrap_or(1),
            "DaemonSet" => object.and_then(|o| o.int("status/desiredNumberScheduled")).unwrap_or(0),
            _ => 1,
        }
    }

    /// Pods that are ready.
    pub(crate) fn ready(&self) -> i64 {
        let ready = self.alive().filter(|p| is_ready(p)).count();
        i64::try_from(ready).unwrap_or(i64::MAX)
    }

    /// Whether it has what it wants.
    pub(crate) fn is_well(&self) -> bool {
        match self.id.kind.as_str() {
            "Job" | "CronJob" => true,
            _ => self.ready() >= self.wanted(),
        }
    }
}

/// Whether a pod is ready.
pub(crate) fn is_ready(pod: &Value) -> bool {
    pod.condition("Ready").is_some_and(|c| c.text("status") == "True")
}

/// Statuses of a pod's containers, those that run before the others too.
pub(crate) fn statuses(pod: &Value) -> impl Iterator<Item = &Value> {
    pod.list("status/initContainerStatuses").iter().chain(pod.list("status/containerStatuses"))
}

/// Containers of a pod's spec, those that run before the others too.
pub(crate) fn containers(spec: &Value) -> impl Iterator<Item = &Value> {
    spec.list("initContainers").iter().chain(spec.list("containers"))
}

/// The container of a name.
pub(crate) fn container<'v>(spec: &'v Value, name: &str) -> Option<&'v Value> {
    containers(spec).find(|c| c.text("name") == name)
}

/// How far owners are followed: owners in a circle must not hold anybody up.
const DEEPEST: usize = 6;
