//! What the newest revision of a workload changed, where it is the newest that fails: the field is named, and the way
//! back.

use serde_json::Value;

use crate::health::evidence::Id;
use crate::health::evidence::value::{Look as _, written};
use crate::health::finding::{Finding, Tier};
use crate::health::world::{Owner, World, container, is_ready};

/// A revision that differs from the one before it.
pub(crate) struct Step<'a> {
    new: Option<i64>,
    old: Option<i64>,
    /// When the newest was made.
    at: &'a str,
    /// Field by field: what it was, what it is.
    changes: Vec<String>,
    /// Environment variables that the newest has not any more, each with where it came from.
    dropped: Vec<(String, String)>,
    /// The one before still serves.
    serves: bool,
}

/// The newest revision of a Deployment with what it changed.
pub(crate) fn step<'a>(world: &World<'a>, owner: &Owner<'a>) -> Option<Step<'a>> {
    let number = |s: &Value| {
        s.at("metadata/annotations").get("deployment.kubernetes.io/revision")?.as_str()?.parse::<i64>().ok()
    };
    let of = |s: &&Value| world.owner_named(&Id::of(s)) == owner.id;
    let mut sets: Vec<&'a Value> = world.evidence.within("ReplicaSet", &owner.id.namespace).filter(of).collect();
    sets.sort_by_key(|s| std::cmp::Reverse(number(s)));
    let [new, old, ..] = sets.as_slice() else { return None };
    let (before, after) = (old.at("spec/template/spec"), new.at("spec/template/spec"));
    let (mut changes, mut dropped) = (Vec::new(), Vec::new());
    for c in after.list("containers") {
        let name = c.text("name");
        match container(before, name) {
            Some(was) => compare(name, was, c, &mut changes, &mut dropped),
            None => changes.push(format!("+ container {name}")),
        }
    }
    let gone = before.list("containers").iter().filter(|c| container(after, c.text("name")).is_none());
    changes.extend(gone.map(|c| format!("- container {}", c.text("name"))));
    for field in ["nodeSelector", "serviceAccountName", "dnsPolicy", "priorityClassName", "hostNetwork"] {
        if before.at(field) != after.at(field) {
            changes.push(format!("{field} {} → {}", show(before.at(field)), show(after.at(field))));
        }
    }
    if before.at("volumes") != after.at("volumes") {
        changes.push("volumes changed".to_owned());
    }
    let hash = old.label("pod-template-hash");
    let serves = owner.alive().any(|p| p.label("pod-template-hash") == hash && is_ready(p));
    let (new_number, old_number) = (number(new), number(old));
    Some(Step {
        new: new_number,
        old: old_number,
        at: new.text("metadata/creationTimestamp"),
        changes,
        dropped,
        serves,
    })
}

/// What a container was and is.
fn compare(name: &str, was: &Value, is: &Value, changes: &mut Vec<String>, dropped: &mut Vec<(String, String)>) {
    for field in [
        "image",
        "command",
        "args",
        "resources",
        "livenessProbe",
        "readinessProbe",
        "startupProbe",
        "ports",
        "envFrom",
        "volumeMounts",
        "securityContext",
    ] {
        if was.at(field) != is.at(field) {
            changes.push(format!("{name}: {field} {} → {}", show(was.at(field)), show(is.at(field))));
        }
    }
    let named = |c: &Value, n: &str| c.list("env").iter().any(|e| e.text("name") == n);
    for e in was.list("env").iter().filter(|e| !named(is, e.text("name"))) {
        let from = source(e);
        changes.push(format!("- env {} ← {from}", e.text("name")));
        dropped.push((e.text("name").to_owned(), from));
    }
    for e in is.list("env") {
        match was.list("env").iter().find(|o| o.text("name") == e.text("name")) {
            None => changes.push(format!("+ env {}", e.text("name"))),
            Some(o) if o != e => changes.push(format!("env {}: {} → {}", e.text("name"), source(o), source(e))),
            Some(_) => {}
        }
    }
}

/// Where a variable comes from: its value may be a secret, and is not told.
fn source(e: &Value) -> String {
    let from = e.at("valueFrom");
    for (path, word) in [("secretKeyRef", "secret"), ("configMapKeyRef", "config map")] {
        if !from.at(path).is_null() {
            return format!("{word} {}/{}", from.at(path).text("name"), from.at(path).text("key"));
        }
    }
    if from.is_null() { "a value".to_owned() } else { "its pod".to_owned() }
}

fn show(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        value => crate::health::world::words::short(&written(value)),
    }
}

/// A fault of an owner with what its newest revision changed, where that is what fails.
pub(crate) fn told(world: &World<'_>, finding: Finding) -> Finding {
    let Some(owner) = world.owners.get(&finding.root).filter(|o| o.id.kind == "Deployment" && !o.is_well()) else {
        return finding;
    };
    let Some(step) = step(world, owner).filter(|s| !s.changes.is_empty()) else { return finding };
    let (Some(new), Some(old)) = (step.new, step.old) else { return finding };
    // What was changed long before it began is no change of its.
    let made = step.at.parse().ok();
    let near = match (finding.since, made) {
        (Some(since), Some(made)) => {
            crate::domain::Time::as_second(since) - crate::domain::Time::as_second(made) < 15 * 60
        }
        _ => true,
    };
    if !near {
        return finding;
    }
    let said = |name: &str| finding.cites.iter().any(|c| c.text.contains(name));
    let missed = step.dropped.iter().find(|(name, _)| said(name)).cloned();
    let serves = if step.serves { format!("; revision {old} still serves") } else { String::new() };
    let finding = match missed {
        Some((name, from)) => finding.clone().because(format!(
            "environment variable {name} is read at the start and set nowhere: revision {new} ({}) dropped it; revision {old} took it from {from}{serves}. {}",
            step.at, finding.cause
        )).tier(Tier::Proved),
        None => finding.clone().because(format!("{}. Revision {new} ({}) changed: {}{serves}", finding.cause, step.at, step.changes.first().map_or("", String::as_str))),
    };
    let mut finding =
        step.changes.iter().take(6).fold(finding, |f, c| f.cite(format!("revision {old} → {new}"), c.clone()));
    let command = format!("kubectl -n {} rollout undo {} --to-revision={old}", owner.id.namespace, owner.id.argument());
    finding.actions.insert(
        0,
        crate::health::finding::Action { text: format!("roll back to revision {old}"), command: Some(command) },
    );
    finding
}
