//! Objects of any kind: those that are held while they go, routes that a gateway refuses, faults that somebody makes on
//! purpose.

use serde_json::Value;

use super::spread;
use crate::health::evidence::Id;
use crate::health::evidence::value::Look as _;
use crate::health::finding::{Finding, Tier};
use crate::health::world::{World, words};

/// Seconds after which what goes should have gone.
const GOING: i64 = 300;

/// Groups whose objects make faults.
const CHAOS: &[&str] = &["chaos-mesh.org", "litmuschaos.io"];

/// OBJ-01, POD-17, NET-09, SEC-04, CHA-01.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    for (id, object) in world.evidence.everything() {
        out.extend(held(world, id, object));
        let group = object.text("apiVersion").split('/').next().unwrap_or_default();
        if group == "gateway.networking.k8s.io" {
            out.extend(refused(id, object));
        } else if group == "cert-manager.io" && id.kind == "Certificate" {
            out.extend(expired(world, id, object));
        } else if CHAOS.contains(&group) && id.kind.contains("Chaos") {
            out.extend(chaos(world, id, object));
        }
    }
}

fn held(world: &World<'_>, id: &Id, object: &Value) -> Option<Finding> {
    let since = object.time("metadata/deletionTimestamp");
    if id.kind == "Namespace" || world.age(since).is_none_or(|age| age < GOING) {
        return None;
    }
    let holds: Vec<&str> = object.list("metadata/finalizers").iter().filter_map(Value::as_str).collect();
    let (detector, why) = match (holds.as_slice(), id.kind.as_str()) {
        ([], "Pod") => ("POD-17", "its node does not end it".to_owned()),
        ([], _) => return None,
        (some, _) => {
            ("OBJ-01", format!("finalizer {} is not taken off: whoever sets it does not let go", some.join(", ")))
        }
    };
    let node = Some(object.text("spec/nodeName")).filter(|n| !n.is_empty()).map(|n| Id::new("Node", "", n));
    Some(
        Finding::new(detector, id, format!("{} {} is held while it goes", id.kind, id.name))
            .because(format!("{} was deleted and is still there: {why}", id.words()))
            .since(since)
            .cite(id.words(), format!("metadata.deletionTimestamp {}", object.text("metadata/deletionTimestamp")))
            .waits_for(node)
            .advise("look at the controller that should let go of it"),
    )
}

/// What a gateway, or a route of one, says of itself.
fn refused(id: &Id, object: &Value) -> Option<Finding> {
    let parents = object.list("status/parents").iter().flat_map(|p| p.list("conditions"));
    let mut all = object.list("status/conditions").iter().chain(parents);
    let is = |c: &&Value| {
        matches!(c.text("type"), "Accepted" | "ResolvedRefs" | "Programmed") && c.text("status") == "False"
    };
    let c = all.find(is)?;
    Some(
        Finding::new("NET-09", id, format!("{} {}: {}", id.kind, id.name, c.text("reason")))
            .because(format!(
                "{} is refused ({}, {}): {}",
                id.words(),
                c.text("type"),
                c.text("reason"),
                words::short(c.text("message"))
            ))
            .since(c.time("lastTransitionTime"))
            .cite(id.words(), format!("{} False: {}", c.text("type"), c.text("message"))),
    )
}

/// A certificate whose time is over, as its manager says.
fn expired(world: &World<'_>, id: &Id, object: &Value) -> Option<Finding> {
    let end = object.time("status/notAfter");
    let age = world.age(end).filter(|age| *age >= 0)?;
    let secret = Id::new("Secret", &id.namespace, object.text("spec/secretName"));
    let why = object.condition("Ready").filter(|c| c.text("status") == "False").map_or("", |c| c.text("message"));
    Some(
        Finding::new("SEC-04", id, format!("certificate {} expired {} h ago", id.name, age / 3600))
            .because(format!(
                "certificate {} in {} expired at {}: {}",
                id.name,
                secret.words(),
                object.text("status/notAfter"),
                words::short(why)
            ))
            .tier(Tier::Proved)
            .severity(crate::domain::issue::Severity::High)
            .since(end)
            .cite(id.words(), format!("status.notAfter {}", object.text("status/notAfter")))
            .breaks([secret])
            .act("see why it was not renewed", format!("kubectl -n {} describe certificate {}", id.namespace, id.name)),
    )
}

fn chaos(world: &World<'_>, id: &Id, object: &Value) -> Option<Finding> {
    let is = |kind: &str| object.condition(kind).is_some_and(|c| c.text("status") == "True");
    if is("AllRecovered") || is("Paused") {
        return None;
    }
    let selector = object.texts("spec/selector/labelSelectors");
    let listed: Vec<&str> = object.list("spec/selector/namespaces").iter().filter_map(Value::as_str).collect();
    let spaces = if listed.is_empty() { vec![id.namespace.as_str()] } else { listed };
    let meant: Vec<_> = world
        .owners
        .values()
        .filter(|o| spaces.contains(&o.id.namespace.as_str()))
        .filter(|o| world.means(&selector, o))
        .collect();
    let names: Vec<&str> = meant.iter().map(|o| o.id.name.as_str()).collect();
    let what = object.text("spec/action");
    let f = Finding::new("CHA-01", id, format!("{} {} makes faults: {what}", id.kind, id.name))
        .because(format!(
            "{} makes faults on purpose ({what}) in {}",
            id.words(),
            if names.is_empty() { spaces.join(", ") } else { names.join(", ") }
        ))
        .tier(Tier::Computed)
        .cite(id.words(), format!("spec.action {what}"))
        .act("end it", format!("kubectl -n {} delete {}", id.namespace, id.argument()));
    Some(meant.into_iter().fold(f, |f, o| spread(world, o, f)))
}
