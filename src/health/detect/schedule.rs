//! Pods that fit no node: the scheduler's filters run over today's nodes, in its order, so that it can be said which of
//! them keeps the pod out of each.
//! <https://github.com/kubernetes/kubernetes/blob/master/pkg/scheduler/apis/config/v1/default_plugins.go>

use std::collections::BTreeMap;

use serde_json::Value;

use super::quota::amount;
use super::{event_of, onset_of, refers, spread, storage};
use crate::domain::issue::{Category, Severity};
use crate::domain::listed;
use crate::health::evidence::Id;
use crate::health::evidence::event::Event;
use crate::health::evidence::value::{Look as _, written};
use crate::health::finding::{Finding, Tier};
use crate::health::world::labels::{expression, meets, selects};
use crate::health::world::{Owner, World, words};

/// Seconds in which a pod is looked at by the scheduler.
const GRACE: i64 = 15;

/// What keeps a pod out of a node; in the scheduler's order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Out {
    Cordoned,
    Taint(String),
    Selector(String),
    Affinity(String),
    Port(i64),
    Room(String),
    AntiAffinity(String),
}

/// SCH-00 to SCH-09.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    let pending = |p: &&Value| p.text("status/phase") == "Pending" && p.text("spec/nodeName").is_empty();
    let mut unseen: Vec<(Id, String)> = Vec::new();
    for owner in world.owners.values() {
        let Some(pod) = owner.alive().find(pending) else { continue };
        let created = pod.time("metadata/creationTimestamp");
        if world.age(created).is_some_and(|age| age < GRACE) {
            continue;
        }
        let condition = pod.condition("PodScheduled");
        if condition.is_some_and(|c| c.text("reason") == "SchedulingGated") {
            let gates: Vec<&str> = pod.list("spec/schedulingGates").iter().map(|g| g.text("name")).collect();
            let late = world.age(created).is_some_and(|age| age > 600);
            out.push(
                Finding::new("SCH-09", &owner.id, format!("{} gated by {}", owner.id.name, gates.join(", ")))
                    .severity(if late { Severity::Warning } else { Severity::Info })
                    .tier(Tier::Proved)
                    .since(created),
            );
            continue;
        }
        let unfit = |e: &&Event| e.reason == "FailedScheduling";
        let event = event_of(world, pod, unfit);
        let said = condition.map(|c| c.text("message")).filter(|m| !m.is_empty());
        let message = said.or(event.map(|e| e.message.as_str())).unwrap_or_default().to_owned();
        if message.is_empty() && condition.is_none() {
            unseen.push((owner.id.clone(), pod.name().to_owned()));
            continue;
        }
        let since = condition.and_then(|c| c.time("lastTransitionTime")).or(onset_of(world, pod, unfit)).or(created);
        let found = judge(world, owner, pod, &message)
            .since(since)
            .cite(format!("pod {}, condition PodScheduled", pod.name()), words::short(&message));
        let late = world.age(since).is_none_or(|age| age > 300);
        let found = if late || owner.ready() == 0 { found } else { found.severity(Severity::Warning) };
        out.push(spread(world, owner, found));
    }
    out.extend(scheduler(world, unseen));
}

/// Pods that nobody has looked at: the scheduler does not run.
fn scheduler(world: &World<'_>, unseen: Vec<(Id, String)>) -> Option<Finding> {
    let (owner, pod) = unseen.first()?;
    let by = world.evidence.object(&Id::new("Pod", &owner.namespace, pod)).map_or("", |p| p.text("spec/schedulerName"));
    let lease = world.evidence.get("Lease", "kube-system", "kube-scheduler");
    let renewed = lease.and_then(|l| l.time("spec/renewTime"));
    let own = world.evidence.within("Pod", "kube-system").find(|p| p.name().starts_with("kube-scheduler"));
    let (root, name) = match by {
        "" | "default-scheduler" => {
            (own.map_or_else(|| Id::new("Lease", "kube-system", "kube-scheduler"), Id::of), "kube-scheduler")
        }
        other => (owner.clone(), other),
    };
    let lease = match (renewed, world.age(renewed)) {
        (Some(at), Some(age)) => format!("its lease was renewed last at {at}, {age} s ago"),
        _ => "its lease is not known".to_owned(),
    };
    let names: Vec<&str> = unseen.iter().map(|(id, _)| id.name.as_str()).collect();
    Some(
        Finding::new("SCH-00", &root, format!("the scheduler is down: {} not looked at", names.join(", ")))
            .because(format!("pod {pod} is pending and the scheduler ({name}) has not looked at it: no condition PodScheduled, no event, no verdict: {name} is not running or not scheduling; {lease}"))
            .tier(Tier::Computed)
            .severity(Severity::Critical)
            .category(Category::Reliability)
            .cite(format!("pod {pod}"), "no PodScheduled condition, no event FailedScheduling")
            .breaks(unseen.iter().map(|(id, _)| id.clone()))
            .act("look at the scheduler", "kubectl -n kube-system get pods,lease | grep kube-scheduler"),
    )
}

fn judge(world: &World<'_>, owner: &Owner<'_>, pod: &Value, message: &str) -> Finding {
    let lower = message.to_lowercase();
    if lower.contains("persistentvolumeclaim")
        || lower.contains("persistentvolume")
        || lower.contains("volume node affinity conflict")
    {
        if let Some((to, None)) = refers::missing(&owner.id.namespace, message) {
            return claim(world, owner, &to);
        }
        if let Some(found) = storage::of_pod(world, owner, pod) {
            return found;
        }
    }
    let nodes: Vec<&Value> = world.evidence.all("Node").collect();
    let outs: Vec<(&Value, Vec<Out>)> = nodes.iter().map(|n| (*n, keeps_out(world, pod, n))).collect();
    let mut finding = because(world, owner, pod, &outs, &lower);
    if finding.tier == Tier::Symptom {
        finding =
            finding.because(format!("pod {} fits no node: {}", pod.name(), words::short(message))).tier(Tier::Typed);
    }
    for (node, out) in outs.iter().filter(|(_, o)| !o.is_empty()).take(8) {
        let all: Vec<String> = out.iter().map(say).collect();
        finding = finding.cite(format!("node {}", node.name()), all.join(", "));
    }
    finding.act("look at what it asks for", format!("kubectl -n {} describe pod {}", owner.id.namespace, pod.name()))
}

/// A claim that is named and is not there.
fn claim(world: &World<'_>, owner: &Owner<'_>, to: &Id) -> Finding {
    // A volume that was reserved for it says how large it would be.
    let reserved = world
        .evidence
        .all("PersistentVolume")
        .find(|v| v.text("spec/claimRef/name") == to.name && v.text("spec/claimRef/namespace") == to.namespace);
    // Else the smallest that is free: the claim was to have it.
    let free = world.evidence.all("PersistentVolume").filter(|v| v.text("status/phase") == "Available");
    let reserved = reserved.or_else(|| free.min_by_key(|v| amount(v.text("spec/capacity/storage")).map(|a| a as u64)));
    let size = reserved.and_then(|v| amount(v.text("spec/capacity/storage")));
    let quota = super::quota::blocks(world, &to.namespace, "requests.storage", Some(size.unwrap_or(1.0)))
        .or_else(|| super::quota::blocks(world, &to.namespace, "persistentvolumeclaims", None));
    let base = match quota {
        Some((id, words)) => {
            let wanted = reserved
                .map(|v| format!(" (the volume for it has {})", v.text("spec/capacity/storage")))
                .unwrap_or_default();
            Finding::new("QUO-01", &id, format!("quota {} keeps claim {} from being made", id.name, to.name))
                .because(format!("{} waits for PersistentVolumeClaim {}, which does not exist; storage quota {words}{wanted}: a claim that exceeds it is refused", owner.id.words(), to.name))
                .tier(Tier::Computed)
                .severity(Severity::High)
                .breaks([to.clone()])
        }
        None => refers::reference(world, owner, to, None, "SCH-07").category(Category::Storage),
    };
    base.breaks([owner.id.clone()])
}

fn say(out: &Out) -> String {
    match out {
        Out::Cordoned => "cordoned (spec.unschedulable)".to_owned(),
        Out::Taint(t) => format!("taint {t} is not tolerated"),
        Out::Selector(s) => format!("has no label {s} (node selector)"),
        Out::Affinity(a) => format!("does not match node affinity {a}"),
        Out::Port(p) => format!("host port {p} is taken"),
        Out::Room(r) => r.clone(),
        Out::AntiAffinity(a) => format!("pod anti-affinity {a}"),
    }
}

/// The one filter that, of all nodes, says most.
fn because(world: &World<'_>, owner: &Owner<'_>, pod: &Value, outs: &[(&Value, Vec<Out>)], message: &str) -> Finding {
    let id = &owner.id;
    let all = |is: &dyn Fn(&Out) -> bool| !outs.is_empty() && outs.iter().all(|(_, o)| o.iter().any(is));
    let some = |is: &dyn Fn(&Out) -> bool| {
        outs.iter().filter(|(_, o)| o.iter().any(is)).map(|(n, _)| n.name()).collect::<Vec<_>>()
    };
    let new = |d, title: String| Finding::new(d, id, title).tier(Tier::Computed);
    let terms = |is: &dyn Fn(&Out) -> Option<String>| {
        let mut all: Vec<String> = outs.iter().flat_map(|(_, o)| o.iter().filter_map(is)).collect();
        all.sort();
        all.dedup();
        all.join(", ")
    };
    // Only what the pod itself asks keeps it out everywhere: labels that no node has.
    if all(&|o| matches!(o, Out::Selector(_))) {
        let wanted = terms(&|o| if let Out::Selector(s) = o { Some(s.clone()) } else { None });
        let near = nearly(outs, &|o| matches!(o, Out::Selector(_)));
        return new("SCH-03", format!("{}: no node has {wanted}", id.name))
            .because(format!(
                "{} wants nodes with {wanted} (nodeSelector, node selector), and no node has it{near}",
                id.words()
            ))
            .advise(format!("label a node {wanted}, or change the selector"));
    }
    if all(&|o| matches!(o, Out::Affinity(_))) {
        let wanted = terms(&|o| if let Out::Affinity(s) = o { Some(s.clone()) } else { None });
        return new("SCH-03", format!("{}: no node matches its affinity", id.name))
            .because(format!("{} requires node affinity {wanted}, and no node matches it", id.words()))
            .advise("label a node so, or change the affinity");
    }
    // Nodes that would do, but for what stands in their way.
    let fitting: Vec<&(&Value, Vec<Out>)> =
        outs.iter().filter(|(_, o)| !o.iter().any(|o| matches!(o, Out::Selector(_) | Out::Affinity(_)))).collect();
    let blocked = |is: &dyn Fn(&Out) -> bool| !fitting.is_empty() && fitting.iter().all(|(_, o)| o.iter().any(is));
    let narrow = fitting.len() < outs.len();
    let of = || fitting.iter().map(|(n, _)| n.name()).collect::<Vec<_>>().join(", ");
    let own = |o: &Out| matches!(o, Out::Taint(t) if !t.starts_with("node-role.kubernetes.io/") && !t.starts_with("node.kubernetes.io/"));
    let not_ready = |o: &Out| matches!(o, Out::Taint(t) if t.starts_with("node.kubernetes.io/"));
    // What changed nodes is said before what they never were for.
    let workers: Vec<&&(&Value, Vec<Out>)> = fitting
        .iter()
        .filter(|(_, o)| !o.iter().any(|o| matches!(o, Out::Taint(t) if t.starts_with("node-role.kubernetes.io/"))))
        .collect();
    let worker = |is: &dyn Fn(&Out) -> bool| !workers.is_empty() && workers.iter().all(|(_, o)| o.iter().any(is));
    let names = |is: &dyn Fn(&Out) -> bool| {
        workers.iter().filter(|(_, o)| o.iter().any(is)).map(|(n, _)| n.name()).collect::<Vec<_>>().join(", ")
    };
    if worker(&|o| matches!(o, Out::Cordoned)) {
        let which = names(&|o| matches!(o, Out::Cordoned));
        let only =
            if narrow { format!("the nodes that it may run on ({}) are", of()) } else { format!("nodes {which} are") };
        return new("SCH-08", format!("{}: the nodes that fit are cordoned", id.name))
            .because(format!("{only} cordoned (spec.unschedulable, scheduling disabled): {} fits no other", id.words()))
            .act(
                "let pods on the node again",
                format!("kubectl uncordon {}", which.split(", ").next().unwrap_or_default()),
            );
    }
    let taints = |is: &dyn Fn(&Out) -> bool| {
        terms(&|o| if let Out::Taint(t) = o { Some(t.clone()).filter(|_| is(o)) } else { None })
    };
    if worker(&|o| own(o) || matches!(o, Out::Cordoned)) && workers.iter().any(|(_, o)| o.iter().any(own)) {
        let which = taints(&own);
        return new("SCH-04", format!("{}: taint {which} not tolerated", id.name))
            .because(format!("nodes {} have the taint {which}, which {} does not tolerate", names(&own), id.words()))
            .advise(format!(
                "tolerate {which}, or take the taint off: kubectl taint node NODE {}-",
                which.split('=').next().unwrap_or(&which)
            ));
    }
    if worker(&|o| not_ready(o) || own(o) || matches!(o, Out::Cordoned))
        && workers.iter().any(|(_, o)| o.iter().any(not_ready))
    {
        let which: Vec<Id> = some(&not_ready).into_iter().map(|n| Id::new("Node", "", n)).collect();
        return new("SCH-04", format!("{}: the nodes that fit are not ready", id.name))
            .because(format!("the nodes that {} fits are not ready ({})", id.words(), taints(&not_ready)))
            .waits_for(which);
    }
    let anti = |o: &Out| matches!(o, Out::AntiAffinity(_));
    if message.contains("anti-affinity") && outs.iter().any(|(_, o)| o.iter().any(anti))
        || blocked(&|o| anti(o) || matches!(o, Out::Cordoned) || own(o))
    {
        let term = terms(&|o| if let Out::AntiAffinity(s) = o { Some(s.clone()) } else { None });
        let wanted = owner.wanted();
        return new("SCH-05", format!("{}: pod anti-affinity leaves no node", id.name))
            .because(format!("{} must not share a node (pod anti-affinity {term}) with pods that run on every node that fits: {wanted} replicas wanted, {} ready", id.words(), owner.ready()))
            .category(Category::Configuration)
            .advise("fewer replicas, more nodes, or preferred instead of required anti-affinity");
    }
    if message.contains("topology spread") {
        return new("SCH-05", format!("{}: topology spread leaves no node", id.name))
            .because(format!("no node satisfies the topology spread constraints of {}", id.words()));
    }
    let room = |o: &Out| matches!(o, Out::Room(_));
    if message.contains("insufficient") || message.contains("too many pods") || blocked(&room) {
        return capacity(world, owner, pod, outs, message);
    }
    let port = |o: &Out| matches!(o, Out::Port(_));
    if message.contains("free ports") || blocked(&port) {
        let ports = terms(&|o| if let Out::Port(p) = o { Some(p.to_string()) } else { None });
        return new("SCH-08", format!("{}: host port {ports} is taken", id.name))
            .because(format!("{} wants host port {ports}, which another pod has on every node that fits", id.words()));
    }
    if message.contains("were unschedulable") {
        let which = some(&|o| matches!(o, Out::Cordoned));
        return new("SCH-08", format!("{}: nodes are cordoned", id.name)).because(format!(
            "nodes {} are cordoned (spec.unschedulable), and the others don't fit",
            which.join(", ")
        ));
    }
    new("SCH-00", format!("{}: pod fits no node", id.name)).tier(Tier::Symptom)
}

/// The node that only the pod's own wish keeps it out of: as near as one gets.
fn nearly(outs: &[(&Value, Vec<Out>)], is: &dyn Fn(&Out) -> bool) -> String {
    let alone: Vec<&str> = outs.iter().filter(|(_, o)| o.iter().all(is)).map(|(n, _)| n.name()).collect();
    match alone.as_slice() {
        [] => String::new(),
        some => format!("; {} would fit but for that", listed(some, 3)),
    }
}

fn capacity(world: &World<'_>, owner: &Owner<'_>, pod: &Value, outs: &[(&Value, Vec<Out>)], message: &str) -> Finding {
    let id = &owner.id;
    let asked = requests(pod);
    for (resource, wanted) in &asked {
        let short = message.contains(&format!("insufficient {resource}"));
        let best = |of: &dyn Fn(&Value) -> Option<f64>| outs.iter().filter_map(|(n, _)| of(n)).fold(0.0_f64, f64::max);
        let largest = best(&|n| amount(&written(n.at("status/allocatable").get(resource)?)));
        let free = best(&|n| {
            Some(amount(&written(n.at("status/allocatable").get(resource)?))? - used(world, n.name(), resource))
        });
        if !(short || *wanted > free) || *wanted <= 0.0 {
            continue;
        }
        let (wanted_words, largest_words, free_words) =
            (quantity(resource, *wanted), quantity(resource, largest), quantity(resource, free.max(0.0)));
        let extended = resource.contains('/');
        let (detector, why) = match () {
            () if extended && largest <= 0.0 => ("SCH-02", format!("no node offers {resource}: insufficient")),
            () if *wanted > largest => (
                "SCH-01",
                format!(
                    "more than any node has: the largest offers {largest_words} (allocatable), insufficient {resource}"
                ),
            ),
            () => (
                "SCH-01",
                format!(
                    "not enough is free: insufficient {resource}, at most {free_words} on one node (of {largest_words})"
                ),
            ),
        };
        return Finding::new(detector, id, format!("{}: no node has {resource} {wanted_words}", id.name))
            .because(format!("{} requests {resource} {wanted_words}, {why}", id.words()))
            .tier(Tier::Computed)
            .act(
                "ask for less",
                format!("kubectl -n {} set resources {} --requests={resource}=…", id.namespace, id.argument()),
            )
            .advise("or give the cluster more room");
    }
    let slots = message.contains("too many pods");
    let detector = if slots { "SCH-08" } else { "SCH-01" };
    Finding::new(detector, id, format!("{}: no room on any node", id.name))
        .because(format!("no node has room for {}: {}", id.words(), words::short(message)))
        .tier(Tier::Typed)
}

fn quantity(resource: &str, value: f64) -> String {
    match resource {
        "cpu" if value < 1.0 => format!("{}m", (value * 1000.0).round()),
        "memory" | "ephemeral-storage" => format!("{:.0}Mi", value / 1048576.0),
        _ => format!("{}", (value * 100.0).round() / 100.0),
    }
}

/// What a pod asks for: containers together, or the largest that runs before them.
fn requests(pod: &Value) -> BTreeMap<String, f64> {
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    let of = |c: &Value| -> Vec<(String, f64)> {
        let mut all: BTreeMap<String, f64> = BTreeMap::new();
        // A limit alone stands for a request.
        for path in ["resources/limits", "resources/requests"] {
            all.extend(c.pairs(path).into_iter().filter_map(|(k, v)| Some((k.to_owned(), amount(&written(v))?))));
        }
        all.into_iter().collect()
    };
    for (k, v) in pod.list("spec/containers").iter().flat_map(of) {
        *sums.entry(k).or_default() += v;
    }
    for (k, v) in pod.list("spec/initContainers").iter().flat_map(of) {
        let sum = sums.entry(k).or_default();
        *sum = sum.max(v);
    }
    for (k, v) in pod.pairs("spec/overhead") {
        *sums.entry(k.to_owned()).or_default() += amount(&written(v)).unwrap_or(0.0);
    }
    sums
}

/// What pods on a node have asked for.
fn used(world: &World<'_>, node: &str, resource: &str) -> f64 {
    let asked = world.asked.get_or_init(|| {
        let mut sums: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
        let alive = |p: &&Value| !matches!(p.text("status/phase"), "Succeeded" | "Failed");
        for pod in world.evidence.all("Pod").filter(alive).filter(|p| !p.text("spec/nodeName").is_empty()) {
            let of_node = sums.entry(pod.text("spec/nodeName").to_owned()).or_default();
            for (resource, amount) in requests(pod) {
                *of_node.entry(resource).or_default() += amount;
            }
        }
        sums
    });
    asked.get(node).and_then(|n| n.get(resource)).copied().unwrap_or(0.0)
}

fn keeps_out(world: &World<'_>, pod: &Value, node: &Value) -> Vec<Out> {
    let spec = pod.at("spec");
    let mut out = Vec::new();
    if node.on("spec/unschedulable") && !tolerates(spec, "node.kubernetes.io/unschedulable", "", "NoSchedule") {
        out.push(Out::Cordoned);
    }
    let labels = node.texts("metadata/labels");
    for t in node.list("spec/taints") {
        let (key, value, effect) = (t.text("key"), t.text("value"), t.text("effect"));
        if effect != "PreferNoSchedule"
            && key != "node.kubernetes.io/unschedulable"
            && !tolerates(spec, key, value, effect)
        {
            let value = if value.is_empty() { String::new() } else { format!("={value}") };
            out.push(Out::Taint(format!("{key}{value}:{effect}")));
        }
    }
    for (k, v) in spec.texts("nodeSelector") {
        if !labels.contains(&(k, v)) {
            out.push(Out::Selector(format!("{k}={v}")));
        }
    }
    let terms = spec.list("affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms");
    let fits = |t: &Value| {
        t.list("matchExpressions").iter().all(|e| meets(&labels, e))
            && t.list("matchFields").iter().all(|f| f.list("values").iter().any(|v| v.as_str() == Some(node.name())))
    };
    if !terms.is_empty() && !terms.iter().any(fits) {
        let words: Vec<String> = terms.iter().flat_map(|t| t.list("matchExpressions")).map(expression).collect();
        out.push(Out::Affinity(words.join(" and ")));
    }
    let asked: Vec<i64> = spec
        .list("containers")
        .iter()
        .flat_map(|c| c.list("ports"))
        .filter_map(|p| p.int("hostPort"))
        .filter(|p| *p > 0)
        .collect();
    for other in world.evidence.all("Pod").filter(|p| !asked.is_empty() && p.text("spec/nodeName") == node.name()) {
        let taken =
            other.list("spec/containers").iter().flat_map(|c| c.list("ports")).filter_map(|p| p.int("hostPort"));
        out.extend(taken.filter(|p| asked.contains(p)).map(Out::Port));
    }
    for (resource, wanted) in requests(pod) {
        let has = node.at("status/allocatable").get(&resource).map(written).and_then(|q| amount(&q)).unwrap_or(0.0);
        let free = has - used(world, node.name(), &resource);
        if wanted > free {
            out.push(Out::Room(format!(
                "{resource}: {} free of {}, {} wanted",
                quantity(&resource, free.max(0.0)),
                quantity(&resource, has),
                quantity(&resource, wanted)
            )));
        }
    }
    for term in spec.list("affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution") {
        let key = term.text("topologyKey");
        let domain = node.label(key);
        let selector = term.at("labelSelector");
        let near = world
            .evidence
            .within("Pod", pod.namespace())
            .filter(|p| p.name() != pod.name() && !p.text("spec/nodeName").is_empty());
        let mut near = near.filter(|p| selects(selector, &p.texts("metadata/labels")));
        let same = |p: &Value| {
            world.evidence.get("Node", "", p.text("spec/nodeName")).and_then(|n| n.label(key)) == domain
                || p.text("spec/nodeName") == node.name()
        };
        if let Some(p) = near.find(|p| same(p)) {
            out.push(Out::AntiAffinity(format!("on {key} (with {})", world.owner_of(p).name)));
        }
    }
    out
}

fn tolerates(spec: &Value, key: &str, value: &str, effect: &str) -> bool {
    spec.list("tolerations").iter().any(|t| {
        let same_key = t.text("key") == key || t.text("key").is_empty() && t.text("operator") == "Exists";
        let same_value = t.text("operator") == "Exists" || t.text("value") == value;
        same_key && same_value && (t.text("effect").is_empty() || t.text("effect") == effect)
    })
}
