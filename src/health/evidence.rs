//! What a root cause is found in: objects as the API gives them, events and the ends of logs. A dump has all of it; of a
//! cluster it is read when somebody asks.
//!
//! Values of Secrets are never kept: of each key a mark by which two can be told apart.

pub(crate) mod event;
pub(crate) mod value;

use std::collections::btree_map::{BTreeMap, Entry};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use serde_json::Value;

use crate::domain::{Api, ObjectId, Text, Time};
use event::Event;
use value::Look as _;

/// Most bytes that are kept of the end of a log.
pub const LOG: usize = 256 << 10;

/// Which object: by its kind, as an event and a reference name one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id {
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl Id {
    pub(crate) fn new(kind: &str, namespace: &str, name: &str) -> Self {
        Self { kind: kind.to_owned(), namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// Of an object.
    pub(crate) fn of(object: &Value) -> Self {
        Self::new(object.text("kind"), object.namespace(), object.name())
    }

    /// `Deployment web`.
    pub(crate) fn words(&self) -> String {
        format!("{} {}", self.kind, self.name)
    }

    /// `deployment/web`, as kubectl takes it.
    pub(crate) fn argument(&self) -> String {
        format!("{}/{}", self.kind.to_lowercase(), self.name)
    }
}

/// The end of a container's log.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    pub(crate) pod: String,
    pub(crate) container: String,
    /// Of the instance before.
    pub(crate) previous: bool,
    pub(crate) lines: Vec<String>,
}

/// What a list is of: a kind in the plural, in a namespace or in none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    plural: String,
    namespace: String,
}

/// Why something was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It may not be.
    Forbidden,
    /// Not just now.
    Failed(Text),
    /// Only so many objects were.
    Rest(usize),
}

/// All that is known, at one time.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The time of the cluster.
    pub now: Option<Time>,
    /// Shared: what belongs to no namespace is in the evidence of each.
    objects: BTreeMap<Id, Arc<Value>>,
    apis: BTreeMap<String, Api>,
    /// By what they are about, and what they say of it.
    events: BTreeMap<Id, BTreeMap<(String, String), Event>>,
    /// By namespace and pod; of these by container, that of the instance before last.
    logs: BTreeMap<(String, String), BTreeMap<(bool, String), Log>>,
    /// Where which kinds were listed, be there objects of them or not: namespace (none of what belongs to none) and kind;
    /// and whether all of them came. Empty where nobody lists, as of a dump, which has all there is.
    listed: BTreeMap<(String, String), bool>,
    /// What could not be read, or not all of it: nothing is said of it.
    gaps: BTreeMap<Part, Unread>,
}

impl Evidence {
    /// An object, or an event.
    pub fn add(&mut self, mut object: Value) {
        let kind = object.text("kind").to_owned();
        if kind == "Event" {
            return self.event(Event::read(&object));
        }
        if kind == "Secret" {
            mark(&mut object);
        }
        if let Some(fields) = object.at("metadata").get("managedFields").and_then(Value::as_array)
            && fields.len() > MOST_MANAGERS
        {
            // Who changed what is asked of the newest ones only.
            object.as_object_mut().and_then(|o| o.get_mut("metadata")?.as_object_mut()?.remove("managedFields"));
        }
        let api = Api::referred(object.text("apiVersion"), &kind);
        let known = self.apis.entry(kind.clone()).or_insert_with(|| api.clone());
        // Another group's kind of the same name (Knative's Service) is not taken for it, whichever comes first.
        if known.group() != api.group() {
            let usual = Api::referred(group(&kind), &kind);
            if known.group() == usual.group() || api.group() != usual.group() && known.group() < api.group() {
                return;
            }
            *known = api;
            self.objects.retain(|id, _| id.kind != kind);
        }
        self.objects.insert(Id::of(&object), Arc::new(object));
    }

    fn event(&mut self, event: Event) {
        let about = self.events.entry(event.object.clone()).or_default();
        match about.entry((event.reason.clone(), event.message.clone())) {
            Entry::Occupied(mut known) => known.get_mut().again(&event),
            Entry::Vacant(new) => _ = new.insert(event),
        }
    }

    /// The end of a log.
    pub fn log(&mut self, namespace: &str, pod: &str, container: &str, previous: bool, text: &str) {
        let from = text.len().saturating_sub(LOG);
        let end = text.get((from..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())..);
        let lines = end.unwrap_or_default().lines().map(|l| Text::new(l).to_string()).collect();
        let (pod, container) = (pod.to_owned(), container.to_owned());
        let of = self.logs.entry((namespace.to_owned(), pod.clone())).or_default();
        of.insert((previous, container.clone()), Log { pod, container, previous, lines });
    }

    /// The mark that a value has in a Secret: so it can be told whether that is what somebody says.
    pub(crate) fn mark(value: &str) -> String {
        use base64::Engine as _;
        hash(&base64::engine::general_purpose::STANDARD.encode(value))
    }

    /// An object.
    pub(crate) fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<&Value> {
        self.object(&Id::new(kind, namespace, name))
    }

    /// An object by what names it.
    pub(crate) fn object(&self, id: &Id) -> Option<&Value> {
        self.objects.get(id).map(Arc::as_ref)
    }

    /// All objects of a kind.
    pub(crate) fn all<'e, 'k>(&'e self, kind: &'k str) -> impl Iterator<Item = &'e Value> + use<'e, 'k> {
        let from = Id::new(kind, "", "");
        self.objects.range(from..).take_while(move |(id, _)| id.kind == kind).map(|(_, object)| &**object)
    }

    /// All objects of a kind in a namespace.
    pub(crate) fn within<'a>(&'a self, kind: &str, namespace: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
        let from = Id::new(kind, namespace, "");
        let like = from.clone();
        let here = move |(id, _): &(&Id, &Arc<Value>)| id.kind == like.kind && id.namespace == like.namespace;
        self.objects.range(from..).take_while(here).map(|(_, object)| &**object)
    }

    /// All objects.
    pub(crate) fn everything(&self) -> impl Iterator<Item = (&Id, &Value)> {
        self.objects.iter().map(|(id, object)| (id, &**object))
    }

    /// Whether all objects of a kind in a namespace are here, be there any or not: of what was read in part, or elsewhere
    /// only, nothing is missing.
    pub(crate) fn is_whole(&self, kind: &str, namespace: &str) -> bool {
        let plural = || Api::referred(group(kind), kind).plural();
        let place = (namespace.to_owned(), kind.to_owned());
        self.listed.get(&place).copied().unwrap_or_else(|| {
            let plural = plural();
            self.listed.is_empty() && !self.gaps.keys().any(|part| part.plural == plural)
        })
    }

    /// Whether that is so of a kind that is there at all: a dump without a single Secret was made without them.
    pub(crate) fn knows(&self, kind: &str, namespace: &str) -> bool {
        self.is_whole(kind, namespace) && (!self.listed.is_empty() || self.apis.contains_key(kind))
    }

    /// Whether an object is known not to be there.
    pub(crate) fn is_absent(&self, id: &Id) -> bool {
        self.knows(&id.kind, &id.namespace) && self.object(id).is_none()
    }

    /// Objects of a kind (`pods`) could not be read in a namespace (none: those that are in none), or not all of them.
    pub fn has_not_read(&mut self, plural: &str, namespace: &str, why: Unread) {
        self.gaps.insert(Part { plural: plural.to_owned(), namespace: namespace.to_owned() }, why);
    }

    /// Why that is so of a kind, where it is.
    pub(crate) fn unread(&self, plural: &str, namespace: &str) -> Option<&Unread> {
        self.gaps.get(&Part { plural: plural.to_owned(), namespace: namespace.to_owned() })
    }

    /// Whether something could not be read just now.
    pub(crate) fn failed(&self) -> bool {
        self.gaps.values().any(|why| matches!(why, Unread::Failed(_)))
    }

    /// What could not be read at all: `nodes`, `pods of kube-system`; of `namespace` the kinds alone.
    pub(crate) fn unseen(&self, namespace: &str) -> impl Iterator<Item = Text> {
        let here = namespace.to_owned();
        self.gaps.iter().filter(|(_, why)| !matches!(why, Unread::Rest(_))).map(move |(part, _)| {
            match part.namespace.is_empty() || part.namespace == here {
                true => part.plural.as_str().into(),
                false => format!("{} of {}", part.plural, part.namespace).into(),
            }
        })
    }

    /// What could not be read, in sentences: what may not be, one for each namespace.
    pub fn gaps(&self) -> Vec<Text> {
        let mut denied: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut others = Vec::new();
        for (Part { plural, namespace }, why) in &self.gaps {
            let place = if namespace.is_empty() { String::new() } else { format!(" in {namespace}") };
            match why {
                Unread::Forbidden => denied.entry(namespace).or_default().push(plural),
                Unread::Failed(why) => others.push(format!("{plural}{place} can't be read: {why}").into()),
                Unread::Rest(first) => {
                    others.push(format!("of the {plural}{place} the first {first} are looked at").into())
                }
            }
        }
        let denied = denied.into_iter().map(|(namespace, plurals)| {
            let place = if namespace.is_empty() { "of the cluster" } else { namespace };
            let place = if namespace.is_empty() { place.to_owned() } else { format!("in {place}") };
            format!("you may not list {} {place}", plurals.join(", ")).into()
        });
        denied.chain(others).collect()
    }

    /// Objects of a kind were listed in a namespace, and whether all of them came: then what is not there is absent.
    pub(crate) fn has_listed(&mut self, kind: &str, namespace: &str, whole: bool) {
        *self.listed.entry((namespace.to_owned(), kind.to_owned())).or_default() |= whole;
    }

    /// Events about an object, oldest first.
    pub(crate) fn events(&self, id: &Id) -> Vec<&Event> {
        let mut about: Vec<&Event> = self.events.get(id).into_iter().flat_map(BTreeMap::values).collect();
        about.sort_by_key(|e| e.last);
        about
    }

    /// Containers whose logs tell something: namespace, pod, container, and whether of the instance before. Those that
    /// are not well first.
    pub fn talkative<'a>(&self, namespaces: impl Iterator<Item = &'a str>) -> Vec<(String, String, String, bool)> {
        let (mut first, mut then) = (Vec::new(), Vec::new());
        for ns in namespaces {
            for pod in self.objects.iter().filter(|(id, _)| id.kind == "Pod" && id.namespace == ns).map(|(_, pod)| pod)
            {
                let statuses =
                    pod.list("status/initContainerStatuses").iter().chain(pod.list("status/containerStatuses"));
                for s in statuses {
                    let of = |previous| (ns.to_owned(), pod.name().to_owned(), s.text("name").to_owned(), previous);
                    let began = !s.at("state/running").is_null() || !s.at("state/terminated").is_null();
                    if s.int("restartCount").unwrap_or(0) > 0 {
                        first.push(of(true));
                    }
                    match (began, s.on("ready") || s.int("state/terminated/exitCode") == Some(0)) {
                        (true, true) => then.push(of(false)),
                        (true, false) => first.push(of(false)),
                        _ => {}
                    }
                }
            }
        }
        first.extend(then);
        first
    }

    /// Logs of a pod's containers, those of instances before last.
    pub(crate) fn logs<'a>(&'a self, namespace: &str, pod: &str) -> impl Iterator<Item = &'a Log> + use<'a> {
        self.logs.get(&(namespace.to_owned(), pod.to_owned())).into_iter().flat_map(BTreeMap::values)
    }

    /// The same as the rest of kennel names an object.
    pub(crate) fn id(&self, id: &Id) -> ObjectId {
        let api = self.apis.get(&id.kind).cloned().unwrap_or_else(|| Api::referred(group(&id.kind), &id.kind));
        ObjectId::new(api, Text::new(&id.namespace), Text::new(&id.name))
    }
}

/// So many managers of fields are kept of an object.
const MOST_MANAGERS: usize = 12;

/// The group of a kind that is only spoken of.
fn group(kind: &str) -> &'static str {
    match kind {
        "StorageClass" => "storage.k8s.io/v1",
        "NetworkPolicy" | "Ingress" | "IngressClass" => "networking.k8s.io/v1",
        "PriorityClass" => "scheduling.k8s.io/v1",
        "RuntimeClass" => "node.k8s.io/v1",
        "Lease" => "coordination.k8s.io/v1",
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" => "apps/v1",
        "Job" | "CronJob" => "batch/v1",
        "Role" | "RoleBinding" | "ClusterRole" | "ClusterRoleBinding" => "rbac.authorization.k8s.io/v1",
        _ => "v1",
    }
}

fn hash(value: &str) -> String {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Puts a mark in place of each value of a Secret: which are the same can be told, what they are cannot.
fn mark(secret: &mut Value) {
    for field in ["data", "stringData"] {
        let Some(values) = secret.get_mut(field).and_then(Value::as_object_mut) else { continue };
        for value in values.values_mut() {
            *value = Value::String(hash(value.as_str().unwrap_or_default()));
        }
    }
    if let Some(notes) =
        secret.get_mut("metadata").and_then(|m| m.get_mut("annotations")).and_then(Value::as_object_mut)
    {
        notes.remove("kubectl.kubernetes.io/last-applied-configuration");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_of_what_was_read_whole_and_in_its_own_place_something_is_missing() {
        let of = |kind, namespace, name| Id::new(kind, namespace, name);
        let mut dump = Evidence::default();
        assert!(!dump.is_absent(&of("Secret", "shop", "db")), "a dump without a Secret was made without them");
        dump.add(json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "namespace": "blog", "name": "other" } }));
        assert!(dump.is_absent(&of("Secret", "shop", "db")), "a dump has all there is");

        let mut read = Evidence::default();
        read.has_not_read("services", "", Unread::Forbidden);
        assert!(!read.is_whole("Service", "shop"), "nothing could be read at all");
        read.has_listed("Service", "shop", true);
        read.has_listed("ConfigMap", "shop", false);
        assert!(read.is_absent(&of("Service", "shop", "db")), "a refusal elsewhere does not blind");
        assert!(!read.is_absent(&of("Service", "data", "db")), "another namespace was never read");
        assert!(!read.is_absent(&of("ConfigMap", "shop", "settings")), "the first ones prove nothing of the rest");
        read.has_listed("ConfigMap", "shop", true);
        read.has_listed("ConfigMap", "shop", false);
        assert!(read.is_absent(&of("ConfigMap", "shop", "settings")), "once all of them have come");
    }

    #[test]
    fn what_may_not_be_read_is_said_once_a_place_and_what_failed_each_with_its_reason() {
        let mut e = Evidence::default();
        for (plural, namespace) in [("nodes", ""), ("leases", ""), ("pods", "kube-system"), ("roles", "shop")] {
            e.has_not_read(plural, namespace, Unread::Forbidden);
        }
        e.has_not_read("events", "shop", Unread::Failed("timeout".into()));
        e.has_not_read("pods", "shop", Unread::Rest(500));
        assert_eq!(
            e.gaps(),
            [
                "you may not list leases, nodes of the cluster",
                "you may not list pods in kube-system",
                "you may not list roles in shop",
                "events in shop can't be read: timeout",
                "of the pods in shop the first 500 are looked at",
            ]
        );
        let unseen: Vec<_> = e.unseen("shop").collect();
        assert_eq!(unseen, ["events", "leases", "nodes", "pods of kube-system", "roles"]);
        assert!(e.failed());
    }
}
