//! What the API server fills in: what `assets/api/defaults.txt` says, and here what follows from other fields, addresses
//! among it.

use std::collections::HashMap;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::map::Entry;
use serde_json::{Map, Value, json};

use super::json::{Json, dig, items_mut, metadata, set};
use super::quota;
use super::resource::Resource;
use super::seed::hash;
use super::types::{self, Shape};

/// What one field has by default: a line of `assets/api/defaults.txt`, which says what its words mean.
struct Default {
    path: &'static str,
    value: Value,
    when: Option<(&'static str, &'static str)>,
    /// Of new objects alone.
    new: bool,
}

impl Default {
    fn read(line: &'static str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let (path, value) = (words.next()?, serde_json::from_str(words.next()?).ok()?);
        let word = words.next().unwrap_or_default();
        Some(Self { path, value, when: word.split_once('='), new: word == "new" })
    }

    fn put(&self, object: &mut Value) {
        if self.when.is_none_or(|(field, some)| some.split(',').any(|v| v == object.text(field))) {
            put(object, self.path, self.value.clone());
        }
    }
}

static DEFAULTS: LazyLock<HashMap<&str, Vec<Default>>> = LazyLock::new(|| {
    let mut all: HashMap<_, Vec<_>> = HashMap::new();
    let mut of = "";
    for line in include_str!("../../assets/api/defaults.txt").lines().filter(|l| !l.starts_with('#')) {
        match line.strip_prefix("  ") {
            Some(field) => all.entry(of).or_default().extend(Default::read(field)),
            None => of = line,
        }
    }
    all
});

/// The defaults of a type: those of any object, or those of new ones.
fn defaults(of: &str, new: bool) -> impl Iterator<Item = &'static Default> {
    DEFAULTS.get(of).into_iter().flatten().filter(move |d| d.new == new)
}

/// How long a pod stays on a node that is not ready or cannot be reached (admission DefaultTolerationSeconds).
const TOLERATED: &[&str] = &["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

/// Fills in what the types inside of `value` have by default.
fn fill_type(shape: &Shape, value: &mut Value) {
    match (shape, value) {
        (Shape::List(inner), Value::Array(items)) => items.iter_mut().for_each(|v| fill_type(inner, v)),
        (Shape::Map(inner), Value::Object(map)) => map.values_mut().for_each(|v| fill_type(inner, v)),
        (Shape::Struct(id), value @ Value::Object(_)) => {
            defaults(id, false).for_each(|d| d.put(value));
            by_content(id, value);
            let Some(kind) = types::named(id) else { return };
            for field in &kind.fields {
                if let Some(inner) = value.get_mut(field.name) {
                    fill_type(&field.shape, inner);
                }
            }
        }
        _ => {}
    }
}

/// Defaults that follow from other fields.
fn by_content(id: &str, value: &mut Value) {
    match id {
        "core.v1.Container" => {
            let image = value.text("image");
            let name = image.rsplit('/').next().unwrap_or_default();
            let latest = !name.contains('@') && (!name.contains(':') || name.ends_with(":latest"));
            put(value, "imagePullPolicy", if latest { "Always" } else { "IfNotPresent" });
        }
        "core.v1.Volume" if value.as_object().is_some_and(|v| v.len() == 1) => put(value, "emptyDir", json!({})),
        // The old name and the new one.
        "core.v1.PodSpec" => {
            let account = value.at("serviceAccountName").clone();
            put(value, "serviceAccount", account);
        }
        "core.v1.ServicePort" => {
            let same = value.at("port").clone();
            put(value, "targetPort", same);
        }
        "core.v1.LimitRangeItem" if value.text("type") == "Container" => {
            for (from, to) in [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")] {
                for (name, limit) in value.at(from).as_object().cloned().unwrap_or_default() {
                    dig(value, to).entry(name).or_insert(limit);
                }
            }
        }
        "networking.v1.NetworkPolicySpec" => {
            let both = !value.items("egress").is_empty();
            put(value, "policyTypes", if both { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) });
        }
        _ => {}
    }
}

/// Puts `default` at `path` unless there is something; null is no default.
fn put(value: &mut Value, path: &str, default: impl Into<Value>) {
    let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
    let holder = dig(value, parent);
    let unset = holder.get(key).is_none_or(|v| v.is_null() || v == "" || v.as_object().is_some_and(Map::is_empty));
    let default = default.into();
    if unset && !default.is_null() {
        holder.insert(key.to_owned(), default);
    }
}

/// Fills in what decoding fills in, in a new object as in a changed one.
pub(crate) fn fill(resource: &Resource, value: &mut Value) {
    if resource.is_custom() {
        return;
    }
    if let Some(kind) = types::of(resource) {
        fill_type(&Shape::Struct(kind.id), value);
    }
    match resource.plural {
        "namespaces" => {
            let name = value.name().to_owned();
            dig(value, "metadata.labels").insert("kubernetes.io/metadata.name".to_owned(), name.into());
        }
        "pods" => requests(value),
        "jobs" => {
            let labels = value.at("spec.template.metadata.labels").clone();
            let none = value.entries("metadata.labels").next().is_none();
            if none && labels.as_object().is_some_and(|l| !l.is_empty()) {
                set(value, "metadata.labels", labels);
            }
        }
        "statefulsets" => {
            for claim in items_mut(value, "spec.volumeClaimTemplates") {
                put(claim, "kind", "PersistentVolumeClaim");
                put(claim, "apiVersion", "v1");
                put(claim, "status.phase", "Pending");
            }
        }
        "secrets" => encode(value),
        "daemonsets" => {
            let annotations = dig(value, "metadata.annotations");
            annotations.entry("deprecated.daemonset.template.generation").or_insert_with(|| "1".into());
        }
        _ => {}
    }
}

/// Puts into a new object what strategies and admission put there. `uid` and `number` are fresh ones, for what it
/// needs of its own.
pub(crate) fn admit(resource: &Resource, uid: &str, number: u32, value: &mut Value) {
    if resource.is_custom() {
        return;
    }
    if let Some(kind) = types::of(resource) {
        defaults(kind.id, true).for_each(|d| d.put(value));
    }
    match resource.plural {
        "services" => {
            service(value, number);
            node_ports(&Value::Null, value);
        }
        "jobs" => job(value, uid),
        "pods" => {
            let class = quota::quality(value.at("spec"));
            set(value, "status.qosClass", class);
            tolerate(dig(value, "spec"));
        }
        _ => {}
    }
}

/// What an update that leaves it out does not take away: addresses (registry/core/service, patchAllocatedValues).
pub(crate) fn keep(resource: &Resource, old: &Value, value: &mut Value) {
    if resource.plural == "pods" && resource.group.is_empty() {
        for key in ["priority", "preemptionPolicy"] {
            put(value, &format!("spec.{key}"), old.at("spec").at(key).clone());
        }
        tolerate(dig(value, "spec"));
    }
    if resource.plural != "services" || !resource.group.is_empty() {
        return;
    }
    // Who changes the one means the other too.
    let (before, after) = (old.text("spec.clusterIP"), value.text("spec.clusterIP").to_owned());
    if !after.is_empty() && before != after && old.at("spec.clusterIPs") == value.at("spec.clusterIPs") {
        set(value, "spec.clusterIPs", json!([after]));
    }
    for key in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        put(value, &format!("spec.{key}"), old.at("spec").at(key).clone());
    }
    node_ports(old, value);
}

/// Annotations of a Deployment count as its spec does (registry/apps/deployment/strategy.go).
pub(crate) fn count(resource: &Resource, old: &Value, value: &mut Value) {
    let same = |at: &str| old.at(at) == value.at(at);
    if resource.plural == "deployments" && same("spec") && !same("metadata.annotations") {
        set(value, "metadata.generation", old.int("metadata.generation") + 1);
    }
}

fn tolerate(spec: &mut Map<String, Value>) {
    let slot = spec.entry("tolerations").or_insert_with(|| json!([]));
    let Some(all) = slot.as_array_mut() else { return };
    for key in TOLERATED {
        let known = |t: &Value| {
            let effect = t.text("effect");
            (t.text("key") == *key || t.text("key").is_empty()) && (effect == "NoExecute" || effect.is_empty())
        };
        if !all.iter().any(known) {
            all.push(json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}));
        }
    }
}

/// Text given for a Secret becomes data.
fn encode(value: &mut Value) {
    let Some(Value::Object(texts)) = value.as_object_mut().and_then(|o| o.shift_remove("stringData")) else { return };
    for (key, text) in texts {
        dig(value, "data").insert(key, STANDARD.encode(text.as_str().unwrap_or_default()).into());
    }
}

/// What a pod's container may use it requests too, unless it says otherwise.
fn requests(value: &mut Value) {
    for list in ["containers", "initContainers"] {
        for container in items_mut(value, &format!("spec.{list}")) {
            for (name, limit) in container.at("resources.limits").as_object().cloned().unwrap_or_default() {
                dig(container, "resources.requests").entry(name).or_insert(limit);
            }
        }
    }
}

/// Ports that the nodes of a cluster have for Services (`--service-node-port-range`).
const NODE_PORTS: std::ops::Range<u32> = 30_000..32_768;

/// Ports on the nodes for a Service that has them: those of before, else new ones.
fn node_ports(old: &Value, value: &mut Value) {
    let balancer = value.text("spec.type") == "LoadBalancer";
    if !(balancer && value.at("spec.allocateLoadBalancerNodePorts") != false) && value.text("spec.type") != "NodePort" {
        return;
    }
    // What tells this Service from others; its address is its own.
    let seed = format!("{}{}", value.text("metadata.name"), value.text("spec.clusterIP"));
    for port in items_mut(value, "spec.ports") {
        let same = |p: &&Value| p.int("port") == port.int("port") && p.text("protocol") == port.text("protocol");
        let kept = old.items("spec.ports").iter().find(same).map(|p| p.int("nodePort"));
        let size = u64::from(NODE_PORTS.end - NODE_PORTS.start);
        let new = i64::from(NODE_PORTS.start)
            + i64::try_from(hash(0, &[&seed, &port.int("port").to_string(), port.text("protocol")]) % size)
                .unwrap_or(0);
        put(port, "nodePort", kept.filter(|n| *n > 0).unwrap_or(new));
    }
}

/// An address of its own, unless the Service is headless or only a name.
fn service(value: &mut Value, number: u32) {
    if value.text("spec.type") == "ExternalName" {
        return;
    }
    if value.text("spec.clusterIP").is_empty() {
        let [_, a, b, c] = number.to_be_bytes();
        set(value, "spec.clusterIP", format!("10.{}.{b}.{}", 96 + a % 16, c.max(1)));
    }
    set(value, "spec.clusterIPs", json!([value.at("spec.clusterIP")]));
    // Whose addresses are not ours to know may have both families.
    let bare = value.text("spec.clusterIP") == "None" && value.entries("spec.selector").next().is_none();
    let (families, policy) =
        if bare { (json!(["IPv4", "IPv6"]), "RequireDualStack") } else { (json!(["IPv4"]), "SingleStack") };
    let spec = dig(value, "spec");
    spec.entry("ipFamilies").or_insert(families);
    spec.entry("ipFamilyPolicy").or_insert_with(|| policy.into());
}

/// A Job selects its pods by its own UID.
fn job(value: &mut Value, uid: &str) {
    let name = value.name().to_owned();
    set(value, "metadata.uid", uid);
    let same = value.at("metadata.labels") == value.at("spec.template.metadata.labels");
    if value.is("spec.manualSelector") {
        return;
    }
    // One that was given beside it is refused later on.
    dig(value, "spec.selector.matchLabels").insert("batch.kubernetes.io/controller-uid".to_owned(), uid.into());
    let labels = dig(value, "spec.template.metadata.labels");
    for (key, label) in [("controller-uid", uid), ("job-name", name.as_str())] {
        labels.insert(format!("batch.kubernetes.io/{key}"), label.into());
        labels.insert(key.to_owned(), label.into());
    }
    let labels = Value::Object(labels.clone());
    match metadata(value).entry("labels") {
        // Those of the template are the very same map there.
        Entry::Occupied(mut own) if same => drop(own.insert(labels)),
        own => drop(own.or_insert(labels)),
    }
}
