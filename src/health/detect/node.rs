//! Nodes: kubelet, runtime, network, pressure, told apart by conditions, leases, taints and events.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::event_of;
use crate::domain::issue::Severity;
use crate::health::evidence::Id;
use crate::health::evidence::event::Event;
use crate::health::evidence::value::Look as _;
use crate::health::finding::{Finding, Tier};
use crate::health::world::{World, words};

const PRESSURES: &[(&str, &str)] =
    &[("MemoryPressure", "memory"), ("DiskPressure", "disk"), ("PIDPressure", "process IDs")];

/// NOD-01 to NOD-03, NOD-05, NOD-06, NOD-08.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    let mut on: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for pod in world.evidence.all("Pod") {
        on.entry(pod.text("spec/nodeName")).or_default().push(pod);
    }
    for node in world.evidence.all("Node") {
        let id = Id::of(node);
        let here = on.get(node.name()).map(Vec::as_slice).unwrap_or_default();
        let hit: Vec<Id> = here.iter().map(|p| world.owner_of(p)).collect::<BTreeSet<_>>().into_iter().collect();
        let ready = node.condition("Ready");
        if let Some(c) = ready.filter(|c| c.text("status") != "True") {
            out.push(down(world, node, c, &hit));
        } else if let Some(f) = heartbeat(world, node) {
            out.push(f);
        } else {
            out.extend(restless(world, &id, &hit));
        }
        for (kind, what) in PRESSURES {
            if let Some(c) = node.condition(kind).filter(|c| c.text("status") == "True") {
                out.push(
                    Finding::new("NOD-02", &id, format!("node {}: {kind}", id.name))
                        .because(format!("node {} is short of {what}: {}", id.name, c.text("message")))
                        .tier(Tier::Typed)
                        .key(kind)
                        .since(c.time("lastTransitionTime"))
                        .breaks(hit.clone()),
                );
            }
        }
        out.extend(sandboxes(world, &id, here).filter(|_| ready.is_none_or(|c| c.text("status") == "True")));
        if node.condition("NetworkUnavailable").is_some_and(|c| c.text("status") == "True") {
            out.push(
                Finding::new("NOD-03", &id, format!("node {}: CNI not ready", id.name))
                    .because(format!("the network of node {} is not set up (NetworkUnavailable)", id.name))
                    .tier(Tier::Typed)
                    .breaks(hit.clone()),
            );
        }
    }
}

/// Seconds back in which a node that comes and goes is spoken of.
const LATELY: i64 = 15 * 60;

/// Most times that a node may be lost in that while.
const LOST: u64 = 2;

/// Reasons with which a node tells of trouble of its own.
const TROUBLE: &[&str] = &["SystemOOM", "OOMKilling", "ImageGCFailed", "FreeDiskSpaceFailed"];

/// NOD-05, NOD-08: what a node that is ready tells of itself.
fn restless(world: &World<'_>, id: &Id, hit: &[Id]) -> Option<Finding> {
    let events = world.evidence.events(id);
    let lost =
        events.iter().filter(|e| e.reason == "NodeNotReady" && world.age(e.first).is_some_and(|age| age < LATELY));
    let times: u64 = lost.clone().map(|e| e.count).sum();
    if let Some(e) = lost.last().filter(|_| times > LOST) {
        return Some(
            Finding::new("NOD-05", id, format!("node {}: flaps, NotReady ×{times}", id.name))
                .because(format!("node {} comes and goes: NotReady ×{times} within 15 min, ready by now", id.name))
                .tier(Tier::Typed)
                .since(e.first)
                .cite(format!("event of node {}", id.name), format!("{} ×{times}: {}", e.reason, e.message))
                .breaks(hit.to_vec())
                .act("look at the node", format!("kubectl describe node {}", id.name)),
        );
    }
    let late = |e: &&&&Event| world.age(e.last).is_some_and(|age| age < LATELY) && e.count > LOST;
    let e = events.iter().rev().filter(|e| TROUBLE.contains(&e.reason.as_str())).find(|e| late(&e))?;
    Some(
        Finding::new("NOD-08", id, format!("node {}: {} ×{}", id.name, e.reason, e.count))
            .because(format!(
                "node {} tells of trouble of its own: {} ×{}: {}",
                id.name,
                e.reason,
                e.count,
                words::short(&e.message)
            ))
            .tier(Tier::Typed)
            .since(e.first)
            .cite(format!("event of node {}", id.name), words::short(&e.message)),
    )
}

/// NOD-03 by the words of its sandboxes: pods of several owners get no network here.
fn sandboxes(world: &World<'_>, id: &Id, here: &[&Value]) -> Option<Finding> {
    const SAYS: [&str; 4] = ["failed to setup network", "failed to set up sandbox", "plugin type=", "networkplugin"];
    let network = |e: &&Event| {
        let lower = e.message.to_lowercase();
        e.reason == "FailedCreatePodSandBox" && SAYS.iter().any(|w| lower.contains(w))
    };
    let waits = here.iter().filter(|p| p.text("status/phase") == "Pending");
    let failing: Vec<(Id, &Event)> =
        waits.filter_map(|p| Some((world.owner_of(p), event_of(world, p, network)?))).collect();
    let owners: BTreeSet<Id> = failing.iter().map(|(owner, _)| owner.clone()).collect();
    let (_, event) = failing.first()?;
    // One alone may ask for something that there is not.
    (owners.len() > 1).then(|| {
        Finding::new("NOD-03", id, format!("node {}: no network for new pods", id.name))
            .because(format!("pods of {} workloads get no network on node {}: its network plugin (CNI) fails to set up their sandboxes: {}", owners.len(), id.name, words::short(&event.message)))
            .tier(Tier::Typed)
            .since(failing.iter().filter_map(|(_, e)| e.first).min())
            .cite(format!("event of {}", event.object.words()), words::short(&event.message))
            .breaks(owners)
            .act("look at its network plugin's pod", format!("kubectl get pods -A --field-selector spec.nodeName={}", id.name))
    })
}

fn down(world: &World<'_>, node: &Value, condition: &Value, hit: &[Id]) -> Finding {
    let id = Id::of(node);
    let message = condition.text("message");
    let lease = world.evidence.get("Lease", "kube-node-lease", node.name()).and_then(|l| l.time("spec/renewTime"));
    let stale = world.age(lease);
    let events = world.evidence.events(&id);
    let since = condition.time("lastTransitionTime");
    // What ended before it began is history.
    let recent = |e: &&&Event| e.last >= since || world.age(e.last).is_some_and(|age| age < 600);
    let runtime_event = events.iter().rev().filter(recent).find(|e| {
        e.message.contains("containerd.sock") || e.message.contains("crio.sock") || e.message.contains("dockershim")
    });
    let lower = message.to_lowercase();
    let runtime = lower.contains("runtime") || lower.contains("pleg") || runtime_event.is_some();
    let network = lower.contains("networkpluginnotready") || lower.contains("cni");
    let (title, cause, detector) = if condition.text("status") == "Unknown" {
        let lease = stale.map(|age| format!(", its lease is {age} s old")).unwrap_or_default();
        (
            "kubelet does not report",
            format!(
                "node {} has not reported since {}: the kubelet stopped posting status (NodeStatusUnknown){lease}: kubelet, machine or its network is down",
                id.name,
                words::short(condition.text("lastHeartbeatTime"))
            ),
            "NOD-01",
        )
    } else if network && !lower.contains("container runtime is down") {
        ("network not ready", format!("the network plugin (CNI) of node {} is not ready: {message}", id.name), "NOD-01")
    } else if runtime {
        (
            "container runtime down",
            format!("the container runtime (containerd, CRI) of node {} is down: {message}", id.name),
            "NOD-01",
        )
    } else {
        ("not ready", format!("node {} is not ready: {message}", id.name), "NOD-01")
    };
    let f = Finding::new(detector, &id, {
        let workloads = if hit.len() == 1 { "workload" } else { "workloads" };
        format!("node {}: {title}, {} {workloads} affected", id.name, hit.len())
    })
    .because(cause)
    .tier(Tier::Typed)
    .since(since)
    .cite(format!("node {}, condition Ready", id.name), format!("{}: {message}", condition.text("status")))
    .breaks(hit.to_vec())
    .act("look at the node", format!("kubectl describe node {}", id.name));
    match runtime_event {
        Some(e) => f.cite(
            format!("event of node {}", id.name),
            format!("{} ×{}: {}", e.reason, e.count, words::short(&e.message)),
        ),
        None => f,
    }
}

/// Ready by its condition, and silent: the condition is about to change.
fn heartbeat(world: &World<'_>, node: &Value) -> Option<Finding> {
    let lease = world.evidence.get("Lease", "kube-node-lease", node.name())?;
    let age = world.age(lease.time("spec/renewTime"))?;
    // Others' leases tell how old the picture is.
    let newest =
        world.evidence.within("Lease", "kube-node-lease").filter_map(|l| world.age(l.time("spec/renewTime"))).min()?;
    let id = Id::of(node);
    (age - newest > 40).then(|| {
        Finding::new("NOD-06", &id, format!("node {}: heartbeat late", id.name))
            .because(format!(
                "node {} renewed its lease {age} s ago while others do so every 10 s: its kubelet does not report",
                id.name
            ))
            .tier(Tier::Computed)
            .severity(Severity::Warning)
    })
}
