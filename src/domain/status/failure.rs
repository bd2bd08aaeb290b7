//! Typed failures of pods (rule 5b): what the kubelet and the scheduler say by name.

use super::notes::Notes;
use crate::domain::row::{ContainerRow, ContainerState, PodPhase, PodRow};

/// Seconds for which a pod may find no node before that is a fault.
const UNSCHEDULABLE: i64 = 300;

/// Seconds within which two restarts are a fault.
const RESTARTS_WITHIN: i64 = 600;

/// What is wrong with a pod, in the fewest words: `crash-loops`. `None` where no failure has a name.
pub(crate) fn of_pod(pod: &PodRow, notes: &Notes) -> Option<String> {
    if pod.ended() {
        return None;
    }
    let container = pod.containers.iter().find_map(|c| of_container(c, notes));
    container.or_else(|| {
        let since = pod.unschedulable.filter(|_| pod.node.is_none())?;
        notes.older(since, UNSCHEDULABLE).then(|| match pod.unschedulable_message.as_deref().and_then(why_no_node) {
            Some(why) => format!("finds no node: {why}"),
            None => "finds no node".to_owned(),
        })
    })
}

/// What is wrong with a pod that has failed for good: `evicted`.
pub(crate) fn of_ended(pod: &PodRow) -> Option<String> {
    if pod.phase != PodPhase::Failed || pod.deleted.is_some() {
        return None;
    }
    Some(match pod.reason.as_deref() {
        Some("Evicted") => "evicted".to_owned(),
        Some(reason) if !reason.is_empty() => format!("failed: {reason}"),
        _ => match pod.containers.iter().find_map(|c| exit_code(&c.state)) {
            Some(code) => format!("failed, exit {code}"),
            None => "failed".to_owned(),
        },
    })
}

fn exit_code(state: &ContainerState) -> Option<i32> {
    match state {
        ContainerState::Terminated(t) if t.code != 0 => Some(t.code),
        _ => None,
    }
}

fn of_container(container: &ContainerRow, notes: &Notes) -> Option<String> {
    let words = match &container.state {
        ContainerState::Waiting { reason, message } if is_failure(reason) => {
            waiting(container, reason, message.as_deref())
        }
        _ if restarts_often(container, notes) => with_memory(container, "restarts again and again"),
        _ => return None,
    };
    Some(if container.init { format!("init {}: {words}", container.name) } else { words })
}

/// Argo CD's rule: such a reason is an error, whatever comes.
/// <https://github.com/argoproj/argo-cd/blob/master/gitops-engine/pkg/health/health_pod.go>
fn is_failure(reason: &str) -> bool {
    reason.starts_with("Err") || reason.ends_with("Error") || reason.ends_with("BackOff")
}

fn waiting(container: &ContainerRow, reason: &str, message: Option<&str>) -> String {
    match reason {
        "CrashLoopBackOff" => with_memory(container, "crash-loops"),
        "ImagePullBackOff" | "ErrImagePull" | "ErrImageNeverPull" | "ImageInspectError" => {
            format!("cannot pull {}", short_image(&container.image))
        }
        _ => match message.map(first_clause).filter(|m| !m.is_empty()) {
            Some(message) => format!("cannot start: {message}"),
            None => format!("cannot start: {reason}"),
        },
    }
}

fn with_memory(container: &ContainerRow, words: &str) -> String {
    let out_of_memory = container.last.as_ref().is_some_and(|t| t.reason == "OOMKilled");
    if out_of_memory { format!("{words}, out of memory") } else { words.to_owned() }
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

/// The scheduler's first reason: `Insufficient cpu` of `0/3 nodes are available: 3 Insufficient cpu. …`
fn why_no_node(message: &str) -> Option<String> {
    let reasons = message.split_once(": ")?.1;
    let first = reasons.split([',', '.']).next()?;
    let words = first.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').trim();
    (!words.is_empty()).then(|| first_clause(words))
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
    fn the_schedulers_message_is_cut_to_its_first_reason() {
        let why = "0/20 nodes are available: 20 Insufficient cpu, 1 node(s) had taints. preemption: none";
        assert_eq!(why_no_node(why).as_deref(), Some("Insufficient cpu"));
        assert_eq!(why_no_node("no nodes"), None);
    }
}
