//! What a workload's own status says of it: changes that nobody takes up, a rollout that was left half way, names for its
//! peers, nodes for its daemons.

use super::spread;
use crate::domain::issue::Severity;
use crate::health::evidence::Id;
use crate::health::evidence::value::Look as _;
use crate::health::finding::{Finding, Tier};
use crate::health::world::{Owner, World};

/// Seconds for which a pause is on purpose.
const PAUSE: i64 = 30 * 60;

/// Seconds of a pause under which nothing runs at all.
const NOTHING: i64 = 30;

/// Seconds after which a lease that should be renewed every two is stale.
const LEASE: i64 = 60;

/// WL-05, WL-06, WL-10, WL-11, WL-13.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    unseen(world, out);
    for owner in world.owners.values() {
        let found = match owner.id.kind.as_str() {
            "Deployment" => paused(world, owner),
            "StatefulSet" => peers(world, owner).or_else(|| by_hand(owner)),
            "DaemonSet" => nowhere(world, owner).or_else(|| by_hand(owner)),
            _ => None,
        };
        out.extend(found.map(|f| spread(world, owner, f)));
    }
}

/// Changes that no controller has seen, where the manager of the controllers does not renew its lease.
fn unseen(world: &World<'_>, out: &mut Vec<Finding>) {
    let name = "kube-controller-manager";
    let Some(lease) = world.evidence.get("Lease", "kube-system", name) else { return };
    let Some(age) = world.age(lease.time("spec/renewTime")) else { return };
    // Others' leases tell how old the picture is.
    let others = world.evidence.within("Lease", "kube-system").chain(world.evidence.within("Lease", "kube-node-lease"));
    let newest = others.filter_map(|l| world.age(l.time("spec/renewTime"))).min().unwrap_or(age);
    let waits = world.owners.values().filter(|o| {
        o.object.is_some_and(|w| {
            w.int("metadata/generation") > w.int("status/observedGeneration")
                && w.int("status/observedGeneration").is_some()
        })
    });
    let waits: Vec<Id> = waits.map(|o| o.id.clone()).collect();
    if age - newest < LEASE || waits.is_empty() {
        return;
    }
    let id = Id::of(lease);
    out.push(
        Finding::new("WL-05", &id, format!("{name} is down: {} changes not taken up", waits.len()))
            .because(format!("{} workloads have changes that no controller has seen (generation above observedGeneration), and {name} renewed its lease {age} s ago, while others do so at once: it does not run", waits.len()))
            .tier(Tier::Computed)
            .severity(Severity::Critical)
            .since(lease.time("spec/renewTime"))
            .cite(id.words(), format!("spec.renewTime {}", lease.text("spec/renewTime")))
            .breaks(waits)
            .act("look at it", format!("kubectl -n kube-system get pods,lease | grep {name}")),
    );
}

fn paused(world: &World<'_>, owner: &Owner<'_>) -> Option<Finding> {
    let object = owner.object.filter(|o| o.on("spec/paused"))?;
    let updated = object.int("status/updatedReplicas").unwrap_or(0);
    let since = object.condition("Progressing").and_then(|c| c.time("lastTransitionTime"));
    // Nothing has ever run of one that was made so: who applied it waits for pods that do not come.
    let counted = world.evidence.is_whole("Pod", &owner.id.namespace);
    let nothing = counted && owner.wanted() > 0 && owner.alive().count() == 0;
    let due = if nothing { NOTHING } else { PAUSE };
    (updated < owner.wanted() && world.age(since).is_some_and(|age| age > due)).then(|| {
        Finding::new("WL-06", &owner.id, format!("{} paused at {updated}/{}", owner.id.name, owner.wanted()))
            .because(format!(
                "the rollout of {} is paused (spec.paused) with {updated} of {} pods updated",
                owner.id.words(),
                owner.wanted()
            ))
            .tier(Tier::Computed)
            .severity(if nothing { Severity::High } else { Severity::Low })
            .since(since)
            .act("let it go on", format!("kubectl -n {} rollout resume {}", owner.id.namespace, owner.id.argument()))
    })
}

/// The headless Service that gives a StatefulSet's pods their names is not there.
fn peers(world: &World<'_>, owner: &Owner<'_>) -> Option<Finding> {
    let name = owner.object?.text("spec/serviceName");
    let service = Id::new("Service", &owner.id.namespace, name);
    // Of one pod nobody asks for a peer; and what is ready has missed none.
    let (several, unwell) = (owner.wanted() > 1, !owner.is_well());
    // A pod that is on no node, or whose containers wait, has missed nothing yet.
    let waits = owner.alive().any(|p| p.text("status/phase") == "Pending");
    (!name.is_empty() && owner.wanted() > 0 && !waits && world.evidence.is_absent(&service)).then(|| {
        Finding::new("WL-10", &owner.id, format!("{}: headless Service {name} missing", owner.id.name))
            .because(format!("{} takes the names of its pods from Service {name} (spec.serviceName), which does not exist: they can't find each other by name", owner.id.words()))
            .tier(Tier::Proved)
            .severity(if several || unwell { Severity::Medium } else { Severity::Low })
            .cite(service.words(), "absent")
            .act("make it", format!("kubectl -n {} create service clusterip {name} --clusterip=None", owner.id.namespace))
    })
}

fn by_hand(owner: &Owner<'_>) -> Option<Finding> {
    let object = owner.object.filter(|o| o.text("spec/updateStrategy/type") == "OnDelete")?;
    let updated = object.int("status/updatedReplicas").or(object.int("status/updatedNumberScheduled"))?;
    (updated < owner.wanted()).then(|| {
        let old = owner.wanted() - updated;
        Finding::new("WL-11", &owner.id, format!("{}: {old} pods on the old revision", owner.id.name))
            .because(format!("{} is updated by hand (updateStrategy OnDelete): {old} of {} pods are of the old revision until they are deleted", owner.id.words(), owner.wanted()))
            .tier(Tier::Computed)
    })
}

/// A DaemonSet that no node is meant for.
fn nowhere(world: &World<'_>, owner: &Owner<'_>) -> Option<Finding> {
    let object =
        owner.object.filter(|o| o.int("status/desiredNumberScheduled") == Some(0) && owner.alive().count() == 0)?;
    let spec = object.at("spec/template/spec");
    let wanted = spec.texts("nodeSelector");
    let nodes = || world.evidence.all("Node");
    let lacks = |(k, v): &&(&str, &str)| nodes().all(|n| n.label(k) != Some(v));
    let (key, value) = wanted.iter().find(lacks)?;
    // A stop is remembered, and asks for a label of its own.
    let stopped = key.starts_with("kennel.dev/");
    (nodes().next().is_some() && !stopped && world.evidence.is_whole("Node", "")).then(|| {
        // Some wait for nodes that come and go: of a kind of machine that exists elsewhere.
        let known = nodes().any(|n| n.label(key).is_some());
        Finding::new("WL-13", &owner.id, format!("{} matches no node: {key}={value}", owner.id.name))
            .because(format!(
                "{} wants nodes with {key}={value} (nodeSelector), and no node has that: it runs nowhere",
                owner.id.words()
            ))
            .tier(Tier::Computed)
            .severity(if known { Severity::Medium } else { Severity::Low })
            .cite(owner.id.words(), format!("nodeSelector {key}={value}"))
            .act("look at the nodes' labels", "kubectl get nodes --show-labels".to_owned())
    })
}
