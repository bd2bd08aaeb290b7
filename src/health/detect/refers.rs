//! What a container waits for before it starts: config maps, secrets and their keys, mounts, a sandbox.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::{crash, event_of, near, onset_of, spread};
use crate::domain::issue::Severity;
use crate::health::evidence::event::Event;
use crate::health::evidence::value::Look as _;
use crate::health::evidence::{Evidence, Id};
use crate::health::finding::{Finding, Tier};
use crate::health::world::{Owner, World, containers, refers, statuses, words};

/// `configmap "x" not found`, in the words of the kubelet and of the scheduler.
static MISSING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)(configmap|secret|persistentvolumeclaim|serviceaccount)s? \\?"([^"\\]+)\\?" not found"#).ok()
});

/// `couldn't find key k in ConfigMap ns/x`, `references non-existent config key: k`.
static KEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)couldn't find key (\S+) in (ConfigMap|Secret) [^/\s]+/(\S+)|references non-existent (?:config|secret) key: (\S+)").ok()
});

fn kind(word: &str) -> &'static str {
    match word.to_lowercase().as_str() {
        "configmap" => "ConfigMap",
        "secret" => "Secret",
        "serviceaccount" => "ServiceAccount",
        _ => "PersistentVolumeClaim",
    }
}

/// POD-05, POD-13, POD-14, NET-15.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    for owner in world.owners.values() {
        for pod in owner.alive() {
            let waits = statuses(pod).find(|s| s.text("state/waiting/reason") == "CreateContainerConfigError");
            let found = match waits {
                Some(status) => Some(unset(world, owner, pod, status)),
                None => stuck(world, owner, pod),
            };
            if let Some(found) = found {
                out.push(spread(world, owner, found));
                break;
            }
        }
    }
    absent(world, out);
}

/// CFG-01: what is named and is not there, while the pods still run.
fn absent(world: &World<'_>, out: &mut Vec<Finding>) {
    for owner in world.owners.values().filter(|o| o.wanted() > 0 && o.is_well() && o.id.kind != "Job") {
        let Some(spec) = world.spec(owner) else { continue };
        for r in refers::refers(&owner.id.namespace, spec) {
            let (evidence, to) = (world.evidence, &r.to);
            let gone = evidence.is_absent(to);
            let usual = matches!(to.name.as_str(), "default" | "system-node-critical" | "system-cluster-critical");
            let keyless = r.key.as_deref().filter(|key| !gone && lacks(evidence, to, key));
            if r.optional || !gone && keyless.is_none() || usual || to.kind == "Secret" && r.from == "imagePullSecrets"
            {
                continue;
            }
            let (what, mend) = match keyless {
                Some(key) => (format!("key {key} of {}", to.words()), format!("add key {key} to {}", to.words())),
                None => (to.words(), format!("create {} again", to.words())),
            };
            let finding = Finding::new("CFG-01", to, format!("{} will not restart: {what} missing", owner.id.name))
                .because(format!(
                    "{} names {what} in {}, which does not exist: its pods run, and no new one would start",
                    owner.id.words(),
                    r.from
                ))
                .tier(Tier::Proved)
                .key(keyless.unwrap_or_default())
                .cite(owner.id.words(), format!("{}: {}", r.from, to.name))
                .breaks([owner.id.clone()])
                .advise(format!("{mend}, or take the reference out"));
            out.push(finding);
        }
    }
}

/// Whether a config map or a secret, as it was read, has not that key.
fn lacks(evidence: &Evidence, of: &Id, key: &str) -> bool {
    const PARTS: [&str; 3] = ["data", "binaryData", "stringData"];
    let Some(object) = evidence.object(of) else { return false };
    // Who writes Secrets down may have left out what is in them.
    let read = of.kind == "ConfigMap" || of.kind == "Secret" && PARTS.iter().any(|part| object.get(*part).is_some());
    read && PARTS.iter().all(|part| object.at(part).get(key).is_none())
}

/// The object, or the key of it, that a message says is missing.
pub(super) fn missing(namespace: &str, message: &str) -> Option<(Id, Option<String>)> {
    if let Some(found) = MISSING.as_ref().and_then(|r| r.captures(message)) {
        return Some((Id::new(kind(found.get(1)?.as_str()), namespace, found.get(2)?.as_str()), None));
    }
    let found = KEY.as_ref().and_then(|r| r.captures(message))?;
    let key = found.get(1).or(found.get(4))?.as_str().to_owned();
    match (found.get(2), found.get(3)) {
        (Some(of), Some(name)) => Some((Id::new(kind(of.as_str()), namespace, name.as_str()), Some(key))),
        _ => Some((Id::new("", namespace, ""), Some(key))),
    }
}

fn unset(world: &World<'_>, owner: &Owner<'_>, pod: &Value, status: &Value) -> Finding {
    let said = status.text("state/waiting/message");
    let fails = |e: &&Event| e.reason == "Failed" && e.warning;
    let event = event_of(world, pod, fails);
    let message = if said.is_empty() { event.map_or("", |e| e.message.as_str()) } else { said };
    let since = onset_of(world, pod, fails).or(pod.time("metadata/creationTimestamp"));
    let finding = match missing(&owner.id.namespace, message) {
        Some((to, key)) => reference(world, owner, &to, key.as_deref(), "POD-05"),
        None => Finding::new(
            "POD-05",
            &owner.id,
            format!("{}: container {} can't be configured", owner.id.name, status.text("name")),
        )
        .because(format!("container {} can't be configured: {}", status.text("name"), words::short(message))),
    };
    finding.since(since).cite(
        format!("pod {}, container {}", pod.name(), status.text("name")),
        format!("CreateContainerConfigError: {}", words::short(message)),
    )
}

/// A reference to what is not there, or has no such key.
pub(super) fn reference(
    world: &World<'_>,
    owner: &Owner<'_>,
    to: &Id,
    key: Option<&str>,
    detector: &'static str,
) -> Finding {
    let ns = &owner.id.namespace;
    let spec = world.spec(owner);
    let of = spec.map(|s| refers::refers(ns, s)).unwrap_or_default();
    let to = match (to.name.is_empty(), key) {
        // Only the key is named: the one whose item it is.
        (true, Some(key)) => of.iter().find(|r| r.key.as_deref() == Some(key)).map_or(to.clone(), |r| r.to.clone()),
        _ => to.clone(),
    };
    let from = of.iter().find(|r| r.to == to).map_or_else(String::new, |r| format!(" in {}", r.from));
    let there = world.evidence.object(&to);
    let similar: Vec<&str> = world.evidence.within(&to.kind, ns).map(|o| o.name()).collect();
    let nearest = near(&to.name, similar.iter().copied());
    let finding = match (key, there) {
        (Some(key), _) => {
            let keys: Vec<&str> =
                there.map(|t| t.pairs("data").into_iter().map(|(k, _)| k).collect()).unwrap_or_default();
            let near = near(key, keys.iter().copied()).map(|n| format!("; the nearest key is {n}")).unwrap_or_default();
            Finding::new(detector, &owner.id, format!("{}: key {key} of {} missing", owner.id.name, to.words()))
                .because(format!(
                    "{} takes key {key} of {}{from}, which has no such key: not found (it has {}){near}",
                    owner.id.words(),
                    to.words(),
                    keys.join(", ")
                ))
                .tier(Tier::Proved)
        }
        (None, None) => {
            let other = if to.kind == "Secret" { "ConfigMap" } else { "Secret" };
            let near = match world.evidence.get(other, ns, &to.name) {
                Some(_) => format!("; there is a {other} of that name"),
                None => nearest.map(|n| format!("; the nearest name is {n}")).unwrap_or_default(),
            };
            Finding::new(detector, &to, format!("{}: {} missing", owner.id.name, to.words()))
                .because(format!(
                    "{} names {}{from}, which does not exist in {ns}: not found{near}",
                    owner.id.words(),
                    to.words()
                ))
                .tier(Tier::Proved)
                .cite(to.words(), "absent")
                .breaks([owner.id.clone()])
        }
        (None, Some(made)) => {
            Finding::new(detector, &owner.id, format!("{}: {} was missing", owner.id.name, to.words()))
                .because(format!(
                    "{} waited for {}{from}, which is there since {}",
                    owner.id.words(),
                    to.words(),
                    made.text("metadata/creationTimestamp")
                ))
                .tier(Tier::Typed)
                .severity(Severity::Warning)
        }
    };
    let finding = match (nearest, key) {
        (Some(near), None) => finding.advise(format!("name {near} in {}, or create {}", owner.id.words(), to.name)),
        _ => finding.advise(format!(
            "create {}{}",
            to.words(),
            key.map(|k| format!(" with key {k}")).unwrap_or_default()
        )),
    };
    finding.act("look at what it takes", format!("kubectl -n {ns} get {} -o yaml", owner.id.argument()))
}

/// Seconds in which a pod is made as a rule.
const GRACE: i64 = 45;

/// A pod on a node whose containers don't begin.
fn stuck(world: &World<'_>, owner: &Owner<'_>, pod: &Value) -> Option<Finding> {
    let node = pod.text("spec/nodeName");
    let creating =
        statuses(pod).any(|s| matches!(s.text("state/waiting/reason"), "ContainerCreating" | "PodInitializing"));
    let begun = statuses(pod).any(|s| !s.at("state/running").is_null() || !s.at("state/terminated").is_null());
    if node.is_empty() || !creating || begun || pod.text("status/phase") != "Pending" {
        return None;
    }
    let telling = ["FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox", "NetworkNotReady", "FailedMapVolume"];
    let event = event_of(world, pod, |e| telling.contains(&e.reason.as_str()));
    let started = pod.time("status/startTime").or(pod.time("metadata/creationTimestamp"));
    let Some(event) = event else {
        let late = world.age(started).is_some_and(|age| age > 2 * GRACE);
        return late.then(|| {
            Finding::new("POD-13", &owner.id, format!("{}: pod stuck creating", owner.id.name))
                .because(format!("pod {} is on {node} and its containers are not created; no event says why: look at the kubelet of {node}", pod.name()))
                .tier(Tier::Symptom)
                .since(started)
                .waits_for([Id::new("Node", "", node)])
        });
    };
    let message = event.message.as_str();
    let lower = message.to_lowercase();
    let cite = |f: Finding| {
        f.since(onset_of(world, pod, |e| e.reason == event.reason)).cite(
            format!("event of pod {}", pod.name()),
            format!("{} ×{}: {}", event.reason, event.count, words::short(message)),
        )
    };
    if let Some((to, key)) = missing(&owner.id.namespace, message) {
        return Some(cite(reference(world, owner, &to, key.as_deref(), "POD-13")));
    }
    let at = Id::new("Node", "", node);
    let new = |detector, title: String| Finding::new(detector, &owner.id, title);
    Some(cite(if lower.contains("containerd.sock") || lower.contains("crio.sock") || lower.contains("docker.sock") {
        new("POD-13", format!("{}: the container runtime of {node} does not answer", owner.id.name))
            .because(format!("the container runtime of node {node} does not answer"))
            .waits_for([at])
    } else if lower.contains("oom")
        || lower.contains("memory limit too low")
        || lower.contains("cannot allocate memory")
        || lower.contains("signal: killed")
    {
        let limit = crash::limits(pod);
        new("POD-02", format!("{}: out of memory while its sandbox starts, limit {limit}", owner.id.name))
            .because(format!("out of memory (OOM) before its first container runs: the memory limit {limit} is too low for the container runtime to start"))
            .tier(Tier::Proved)
            .act("give it more memory", format!("kubectl -n {} set resources {} --limits=memory=128Mi", owner.id.namespace, owner.id.argument()))
    } else if [
        "no more free",
        "failed to allocate",
        "assigned 0 out of",
        "no available ip",
        "no ip addresses available",
    ]
    .iter()
    .any(|s| lower.contains(s))
    {
        new("NET-15", format!("pod IPs exhausted on {node}"))
            .because(format!("no pod IP is left to assign on {node}: {}", words::short(message)))
            .tier(Tier::Typed)
    } else if lower.contains("multi-attach") {
        new("POD-14", format!("{}: its volume is still attached elsewhere", owner.id.name))
            .because(format!("the volume is still attached to another node (Multi-Attach): {}", words::short(message)))
            .tier(Tier::Typed)
    } else if event.reason == "NetworkNotReady"
        || ["cni", "failed to setup network", "plugin type="].iter().any(|w| lower.contains(w))
    {
        new("POD-13", format!("{}: the network of {node} is not ready", owner.id.name))
            .because(format!("the network plugin (CNI) of node {node} fails: {}", words::short(message)))
            .waits_for([at])
    } else {
        new("POD-13", format!("{}: pod stuck creating: {}", owner.id.name, event.reason))
            .because(format!("pod {} is not created: {}: {}", pod.name(), event.reason, words::short(message)))
            .tier(Tier::Typed)
    }))
}

/// POD-11: a container that runs before the others and does not end.
pub(super) fn endless(world: &World<'_>, out: &mut Vec<Finding>) {
    for owner in world.owners.values() {
        let found = owner.alive().find_map(|pod| {
            let is_init = |s: &&Value| {
                let spec = containers(pod.at("spec")).find(|c| c.text("name") == s.text("name"));
                spec.is_some_and(|c| c.text("restartPolicy") != "Always") && !s.at("state/running").is_null()
            };
            let status = pod.list("status/initContainerStatuses").iter().find(is_init)?;
            let started = status.time("state/running/startedAt");
            if world.age(started).is_none_or(|age| age < 300) {
                return None;
            }
            let name = status.text("name");
            let (lines, last) = crash::last(world, pod, name);
            let source = format!("log of pod {}, container {name}", pod.name());
            let f =
                Finding::new("POD-11", &owner.id, format!("{}: init container {name} has not finished", owner.id.name))
                    .since(started)
                    .key(name)
                    .cite(
                        format!("pod {}, init container {name}", pod.name()),
                        format!("running since {}", status.text("state/running/startedAt")),
                    );
            Some(match lines.first() {
                Some(line) => {
                    crash::says(world, owner, f, line, "it has not finished", name).cite(source, line.text.clone())
                }
                None => {
                    let waits = last.map(|l| format!("; its last words: {l}")).unwrap_or_default();
                    f.because(format!(
                        "init container {name} runs and does not end: the containers of {} wait for it{waits}",
                        owner.id.words()
                    ))
                    .tier(Tier::Symptom)
                }
            })
        });
        out.extend(found.map(|f| spread(world, owner, f)));
    }
}
