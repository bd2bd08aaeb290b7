//! What a pod's conditions and reasons say of it: turned away by the kubelet, resized in vain, held by a gate.

use serde_json::Value;

use super::spread;
use crate::domain::issue::Severity;
use crate::health::evidence::value::Look as _;
use crate::health::finding::{Finding, Tier};
use crate::health::world::{Owner, World, words};

/// Reasons with which a kubelet turns a pod away, or ends one.
const REJECTS: &[&str] = &["NodeAffinity", "UnexpectedAdmissionError", "OutOf", "NodeShutdown", "Shutdown", "NodeLost"];

/// Seconds that a gate may take to open.
const GATE: i64 = 300;

/// POD-09 by its gates, POD-18, POD-19.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    for owner in world.owners.values() {
        let found = rejected(owner).into_iter().chain(owner.alive().find_map(|p| resized(owner, p)));
        let found = found.chain(owner.alive().find_map(|p| gated(world, owner, p)));
        out.extend(found.map(|f| spread(world, owner, f)).collect::<Vec<_>>());
    }
}

/// Turned away, and nobody has taken its place.
fn rejected(owner: &Owner<'_>) -> Option<Finding> {
    let is = |p: &&&Value| {
        p.text("status/phase") == "Failed" && REJECTS.iter().any(|r| p.text("status/reason").starts_with(r))
    };
    let pod = owner.pods.iter().filter(is).max_by_key(|p| p.time("metadata/creationTimestamp"))?;
    let (reason, message) = (pod.text("status/reason"), words::short(pod.text("status/message")));
    let alone = matches!(owner.id.kind.as_str(), "Job" | "CronJob") || owner.wanted() == 0;
    (!owner.is_well() && !alone).then(|| {
        Finding::new("POD-18", &owner.id, format!("{}: kubelet rejects its pods: {reason}", owner.id.name))
            .because(format!(
                "the kubelet of {} turned pod {} of {} away ({reason}): {message}",
                pod.text("spec/nodeName"),
                pod.name(),
                owner.id.words()
            ))
            .tier(Tier::Typed)
            .severity(if owner.ready() == 0 { Severity::High } else { Severity::Warning })
            .since(pod.time("metadata/creationTimestamp"))
            .cite(format!("pod {}", pod.name()), format!("{reason}: {message}"))
    })
}

fn resized(owner: &Owner<'_>, pod: &Value) -> Option<Finding> {
    let waits = pod.condition("PodResizePending").filter(|c| c.text("status") == "True");
    let fails = || pod.condition("PodResizeInProgress").filter(|c| c.text("reason") == "Error");
    let c = waits.or_else(fails)?;
    let (reason, message) = (c.text("reason"), words::short(c.text("message")));
    Some(
        Finding::new("POD-19", &owner.id, format!("{}: in-place resize {reason}", owner.id.name))
            .because(format!(
                "the resize of pod {} of {} is {reason}: {message}: it runs on as it was",
                pod.name(),
                owner.id.words()
            ))
            .tier(Tier::Proved)
            .since(c.time("lastTransitionTime"))
            .cite(format!("pod {}, condition {}", pod.name(), c.text("type")), message),
    )
}

/// All its containers are ready, and a gate of it is not open.
fn gated(world: &World<'_>, owner: &Owner<'_>, pod: &Value) -> Option<Finding> {
    let is = |kind: &str| pod.condition(kind).is_some_and(|c| c.text("status") == "True");
    let c = pod.condition("Ready").filter(|c| c.text("status") == "False" && is("ContainersReady"))?;
    let gate = pod.list("spec/readinessGates").iter().map(|g| g.text("conditionType")).find(|g| !is(g))?;
    world.age(c.time("lastTransitionTime")).is_none_or(|age| age > GATE).then(|| {
        Finding::new("POD-09", &owner.id, format!("{}: readiness gate {gate} is not open", owner.id.name))
            .because(format!(
                "all containers of {} are ready, and its readiness gate {gate} is not True: whoever opens it has not",
                owner.id.words()
            ))
            .tier(Tier::Proved)
            .since(c.time("lastTransitionTime"))
            .cite(format!("pod {}, condition Ready", pod.name()), words::short(c.text("message")))
    })
}
