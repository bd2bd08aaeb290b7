//! Typed failures of pods (rule 5b): what the kubelet and the scheduler say by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Words;
use super::notes::Notes;
use crate::domain::Time;
use crate::domain::row::{ContainerRow, ContainerState, PodPhase, PodRow};

/// The fewest words of an image that cannot be pulled.
pub(super) const NO_IMAGE: &str = "cannot pull its image";

/// What a runtime says where the registry's host is what is wrong, and what it means. (What the registry itself answers,
/// `not found` or `unauthorized`, is about the image.)
const UNREACHABLE: [(&str, &str); 9] = [
    ("no such host", "unknown host"),
    ("server misbehaving", "unknown host"),
    ("x509: ", "TLS fails"),
    ("tls: ", "TLS fails"),
    ("server gave HTTP response to HTTPS client", "it speaks no TLS"),
    ("connection refused", "refused"),
    ("no route to host", "no route"),
    ("i/o timeout", "no answer"),
    ("Client.Timeout", "no answer"),
];

/// Seconds for which a pod may find no node before that is a fault.
const UNSCHEDULABLE: i64 = 300;

/// Seconds within which two restarts are a fault.
const RESTARTS_WITHIN: i64 = 600;

/// What is wrong with a pod: `crash-loops`. `None` where no failure has a name. `unplaced` says why it finds no node.
pub(crate) fn of_pod(pod: &PodRow, notes: &Notes, unplaced: impl Fn(&PodRow) -> Words) -> Option<Words> {
    if pod.ended() {
        return None;
    }
    let several = pod.containers.iter().filter(|c| !c.init).count() > 1;
    let container = pod.containers.iter().find_map(|c| of_container(c, several, notes));
    container.or_else(|| {
        let since = pod.unschedulable.filter(|_| pod.node.is_none())?;
        notes.older(since, UNSCHEDULABLE).then(|| unplaced(pod))
    })
}

/// What is wrong with a pod that has failed for good: `evicted: low on memory`.
pub(crate) fn of_ended(pod: &PodRow) -> Option<Words> {
    if pod.phase != PodPhase::Failed || pod.deleted.is_some() {
        return None;
    }
    Some(match pod.reason.as_deref() {
        Some("Evicted") => match pod.message.as_deref().and_then(why_evicted) {
            Some(why) => Words::new(format!("evicted: {why}"), "evicted"),
            None => Words::plain("evicted"),
        },
        Some(reason) if !reason.is_empty() => Words::plain(format!("failed: {reason}")),
        _ => match pod.containers.iter().find_map(|c| exit_code(&c.state)) {
            Some(code) => Words::plain(format!("failed, exit {code}")),
            None => Words::plain("failed"),
        },
    })
}

/// Pods that have failed for good, by what is wrong with them, the most first: `500 evicted: low on memory`.
pub(crate) fn ended(pods: &[Arc<PodRow>]) -> Option<String> {
    let mut alike: BTreeMap<String, usize> = BTreeMap::new();
    pods.iter().filter_map(|p| of_ended(p)).for_each(|words| *alike.entry(words.whole).or_default() += 1);
    let (words, count) = alike.into_iter().max_by_key(|(_, count)| *count)?;
    Some(format!("{count} {words}"))
}

/// Why the kubelet evicted a pod: `low on memory` of `The node was low on resource: memory. Threshold quantity: …`.
/// <https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/eviction/helpers.go>
fn why_evicted(message: &str) -> Option<String> {
    if let Some(resource) = message.strip_prefix("The node was low on resource: ") {
        let end = resource.find(['.', ' ']).unwrap_or(resource.len());
        return resource.get(..end).map(|resource| format!("low on {resource}"));
    }
    if let Some(condition) = message.strip_prefix("The node had condition: [") {
        return condition.split(']').next().map(|condition| format!("its node had {condition}"));
    }
    let clause = first_clause(message);
    (!clause.is_empty()).then_some(clause)
}

fn exit_code(state: &ContainerState) -> Option<i32> {
    match state {
        ContainerState::Terminated(t) if t.code != 0 => Some(t.code),
        _ => None,
    }
}

/// What is wrong with a container, which is named where the pod has `several`: a sidecar's fault is not the service's.
fn of_container(container: &ContainerRow, several: bool, notes: &Notes) -> Option<Words> {
    let words = match &container.state {
        ContainerState::Waiting { reason, message } if is_failure(reason) => {
            waiting(container, reason, message.as_deref())
        }
        _ if restarts_often(container, notes) => with_memory(container, "keeps restarting"),
        _ => return None,
    };
    Some(if container.init {
        Words::new(format!("init {}: {}", container.name, words.whole), &format!("init {}", words.brief))
    } else if several && !words.whole.contains(&*short_image(&container.image)) {
        let named = format!("{} {}", container.name, words.brief);
        let brief = if named.len() <= super::BRIEF { named } else { words.brief };
        Words::new(format!("container {} {}", container.name, words.whole), &brief)
    } else {
        words
    })
}

/// Argo CD's rule: such a reason is an error, whatever comes.
/// <https://github.com/argoproj/argo-cd/blob/master/gitops-engine/pkg/health/health_pod.go>
fn is_failure(reason: &str) -> bool {
    reason.starts_with("Err") || reason.ends_with("Error") || reason.ends_with("BackOff")
}

fn waiting(container: &ContainerRow, reason: &str, message: Option<&str>) -> Words {
    match reason {
        "CrashLoopBackOff" => with_memory(container, "crash-loops"),
        "ImagePullBackOff" | "ErrImagePull" | "ErrImageNeverPull" | "ImageInspectError" => {
            let host = || from_registry(&container.image, message?);
            host().unwrap_or_else(|| Words::new(format!("cannot pull {}", short_image(&container.image)), NO_IMAGE))
        }
        _ if message.is_some_and(is_out_of_memory) => out_of_memory(),
        _ => match message.map(first_clause).filter(|m| !m.is_empty()) {
            Some(message) => {
                let brief = lacks(&message).unwrap_or_else(|| "cannot start".to_owned());
                Words::new(format!("cannot start: {message}"), &brief)
            }
            None => Words::new(format!("cannot start: {reason}"), "cannot start"),
        },
    }
}

/// `cannot pull acme/web:1 from registry.example.com: unknown host`, where the message says so.
fn from_registry(image: &str, message: &str) -> Option<Words> {
    let (_, why) = UNREACHABLE.iter().find(|(said, _)| message.contains(said))?;
    let host = image.split_once('/').map_or("", |(host, _)| host);
    let host = if host.contains(['.', ':']) || host == "localhost" { host } else { "docker.io" };
    Some(Words::new(format!("cannot pull {} from {host}: {why}", short_image(image)), "cannot reach its registry"))
}

/// The same of an event: `Failed to pull image "registry.example.com/acme/web:1": …`.
pub(super) fn unreachable(message: &str) -> Option<Words> {
    from_registry(message.split('"').nth(1)?, message)
}

/// Whether the kernel ended a container before its first instruction: its limit is less than the runtime itself needs.
/// <https://github.com/opencontainers/runc/blob/main/libcontainer/process_linux.go>
pub(crate) fn is_out_of_memory(message: &str) -> bool {
    message.contains("OOM-killed") || message.contains("memory.max") || message.contains("memory.limit_in_bytes")
}

/// What that means.
pub(crate) fn out_of_memory() -> Words {
    Words::new("out of memory at its start: the limit is too low", "OOM-killed at its start")
}

/// What a container needs and has not got: `lacks secret db` of `secret "db" not found`, `lacks key url of secret db`
/// of `couldn't find key url in Secret shop/db`.
/// <https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kubelet_pods.go> (`makeEnvironmentVariables`)
pub(crate) fn lacks(message: &str) -> Option<String> {
    if let Some((key, object)) = message.strip_prefix("couldn't find key ").and_then(|m| m.split_once(" in ")) {
        let (kind, path) = object.split_once(' ')?;
        let name = path.rsplit('/').next().unwrap_or(path);
        return Some(format!("lacks key {key} of {} {name}", kind.to_lowercase()));
    }
    let (kind, name) = message.strip_suffix(" not found")?.split_once(' ')?;
    matches!(kind, "secret" | "configmap").then(|| format!("lacks {kind} {}", name.trim_matches('"')))
}

fn with_memory(container: &ContainerRow, words: &str) -> Words {
    if container.last.as_ref().is_some_and(|t| t.reason == "OOMKilled") {
        Words::new(format!("{words}, out of memory"), "runs out of memory")
    } else {
        Words::plain(words)
    }
}

/// Restarted twice or more within ten minutes: the run before this one began as a restart (so there
/// were two), and not long ago.
fn restarts_often(container: &ContainerRow, notes: &Notes) -> bool {
    if container.restarts < 2 {
        return false;
    }
    let before = container.last.as_ref().and_then(|t| t.started);
    before.is_some_and(|at| !notes.older(at, RESTARTS_WITHIN))
}

/// Since when a pod is known to restart: the run before this one began as a restart.
pub(crate) fn restarting_since(pod: &PodRow) -> Option<Time> {
    let restarted = pod.containers.iter().filter(|c| c.restarts >= 2);
    restarted.filter_map(|c| c.last.as_ref()?.started).min()
}

/// `acme/web:1.2` of `registry.example.com/acme/web:1.2`; a digest is cut to what tells it apart.
pub(crate) fn short_image(image: &str) -> String {
    let image = match image.split_once('@') {
        Some((name, digest)) if name.rsplit('/').next().is_some_and(|last| last.contains(':')) || digest.is_empty() => {
            name.to_owned()
        }
        Some((name, digest)) => {
            let hex: String = digest.trim_start_matches("sha256:").chars().take(8).collect();
            format!("{name}@{hex}")
        }
        None => image.to_owned(),
    };
    match image.split_once('/') {
        Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => rest.to_owned(),
        _ => image,
    }
}

/// The first clause of a message, so that it fits a line.
fn first_clause(message: &str) -> String {
    let end = message.find(". ").unwrap_or(message.len());
    let clause = message.get(..end).unwrap_or(message).trim_end_matches('.');
    match clause.char_indices().nth(80) {
        Some((at, _)) => format!("{}…", clause.get(..at).unwrap_or(clause)),
        None => clause.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_lose_their_registry_and_keep_what_tells_them_apart() {
        assert_eq!(short_image("ghcr.io/acme/web:1.2"), "acme/web:1.2");
        assert_eq!(short_image("localhost:5000/web"), "web");
        assert_eq!(short_image("postgres:17"), "postgres:17");
        assert_eq!(short_image("acme/web@sha256:0123456789abcdef"), "acme/web@01234567");
        assert_eq!(short_image("acme/web:2@sha256:0123456789abcdef"), "acme/web:2");
    }

    #[test]
    fn what_a_container_lacks_is_named() {
        let secret = "couldn't find key url in Secret shop-qa/checkout-db";
        assert_eq!(lacks(secret).as_deref(), Some("lacks key url of secret checkout-db"));
        assert_eq!(lacks("configmap \"web-env\" not found").as_deref(), Some("lacks configmap web-env"));
        assert_eq!(lacks("failed to create containerd task: exec: \"/run.sh\": not found"), None);
    }
}
