//! Why a pod finds no node: the scheduler's message in words that can be read aloud after the service's name.
//!
//! The message counts nodes by the test that each has failed, and the scheduler makes its tests in an order: the nodes
//! that came furthest say why. (One control plane's taint does not, nor do nodes that a selector leaves out.) To add one:
//! a line in [`REASONS`] with the scheduler's words as its source has them.
//! <https://github.com/kubernetes/kubernetes/tree/master/pkg/scheduler/framework/plugins>,
//! <https://github.com/kubernetes/kubernetes/blob/master/pkg/scheduler/apis/config/v1/default_plugins.go>

use super::Words;
use crate::domain::row::PodRow;

/// The tests that are told apart, in the scheduler's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Unschedulable,
    Taints,
    Affinity,
    Ports,
    Resources,
    Volumes,
    Spread,
    OtherPods,
    /// Of a plugin that is not known.
    Other,
}

/// The test, how the scheduler's reason begins, and what it means.
const REASONS: &[(Stage, &str, &str)] = &[
    (Stage::Unschedulable, "node(s) were unschedulable", "every node is cordoned"),
    (Stage::Taints, "node(s) had untolerated taint", "taints keep it off"),
    (Stage::Affinity, "node(s) didn't match Pod's node affinity", "no node fits its selector"),
    (Stage::Affinity, "node(s) didn't satisfy plugin(s) [NodeAffinity]", "no node fits its affinity"),
    (Stage::Ports, "node(s) didn't have free ports", "its port is taken"),
    (Stage::Resources, "Insufficient cpu", "no node has the cpu"),
    (Stage::Resources, "Insufficient memory", "no node has the memory"),
    (Stage::Resources, "Insufficient ephemeral-storage", "no node has the disk"),
    (Stage::Resources, "Too many pods", "nodes are full"),
    (Stage::Volumes, "node(s) exceed max volume count", "nodes are full of volumes"),
    (Stage::Volumes, "node(s) had volume node affinity conflict", "its volume is elsewhere"),
    (Stage::Volumes, "node(s) didn't find available persistent volumes", "no volume fits its claim"),
    (Stage::Volumes, "pod has unbound immediate PersistentVolumeClaims", "its claim is pending"),
    (Stage::Spread, "node(s) didn't match pod topology spread", "its spread forbids it"),
    (Stage::OtherPods, "node(s) didn't match pod anti-affinity", "anti-affinity forbids it"),
    (Stage::OtherPods, "node(s) didn't satisfy existing pods anti-affinity", "anti-affinity forbids it"),
    (Stage::OtherPods, "node(s) didn't match pod affinity", "affinity forbids it"),
];

/// Taints of nodes that have no kubelet or runtime to speak of.
/// <https://kubernetes.io/docs/reference/labels-annotations-taints/#node-kubernetes-io-not-ready>
pub(super) const NOT_READY: [&str; 2] = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

/// Why a pod finds no node. A reason that is not known stands whole, in the scheduler's words.
pub(crate) fn why_no_node(message: &str) -> Words {
    let Some((stage, reason)) = furthest(message) else { return Words::plain("finds no node") };
    if let Some(taint) = taint(reason).filter(|_| stage == Stage::Taints) {
        return match NOT_READY.contains(&taint.as_str()) {
            true => Words::plain("nodes are not ready").sentence(),
            false => Words::new(format!("taint {taint} keeps it off"), "taints keep it off").sentence(),
        };
    }
    if let Some((.., words)) = REASONS.iter().find(|(_, begins, _)| reason.starts_with(begins)) {
        return Words::plain(*words).sentence();
    }
    // Devices: `Insufficient nvidia.com/gpu`.
    if let Some(device) = reason.strip_prefix("Insufficient ") {
        let device = device.rsplit('/').next().unwrap_or(device);
        return Words::plain(format!("no node has the {device}")).sentence();
    }
    if let Some(claim) = reason.strip_prefix("persistentvolumeclaim \"").and_then(|r| r.strip_suffix("\" not found")) {
        return Words::plain(format!("lacks volume claim {claim}"));
    }
    Words::new(format!("finds no node: {reason}"), "finds no node")
}

/// Why a pod finds no node, by the scheduler alone.
pub(crate) fn by_scheduler(pod: &PodRow) -> Words {
    why_no_node(pod.unschedulable_message.as_deref().unwrap_or_default())
}

/// `dedicated=gpu` of `node(s) had untolerated taint {dedicated: gpu}`; newer schedulers leave it out.
fn taint(reason: &str) -> Option<String> {
    let (key, value) = reason.split_once('{')?.1.strip_suffix('}')?.split_once(':')?;
    let value = value.trim();
    Some(if value.is_empty() { key.to_owned() } else { format!("{key}={value}") })
}

/// The test that the nodes failed which came furthest, and its reason: `Insufficient cpu` of
/// `0/6 nodes are available: 1 node(s) had untolerated taint {a: b}, 5 Insufficient cpu. preemption: …`.
pub(super) fn furthest(message: &str) -> Option<(Stage, &str)> {
    let (_, reasons) = message.split_once(" nodes are available: ")?;
    let reasons = reasons.split(". ").next()?.trim_end_matches('.');
    let counted = split_outside_braces(reasons).into_iter().map(|part| {
        let words = part.trim_start_matches(|c: char| c.is_ascii_digit());
        let nodes: u32 = part.get(..part.len() - words.len()).and_then(|n| n.parse().ok()).unwrap_or(0);
        (stage(words.trim()), nodes, words.trim())
    });
    // Of equal ones that of most nodes, then the first: the scheduler sorts them.
    let last =
        counted.filter(|(.., words)| !words.is_empty()).reduce(|a, b| if (b.0, b.1) > (a.0, a.1) { b } else { a })?;
    Some((last.0, last.2))
}

fn stage(reason: &str) -> Stage {
    match REASONS.iter().find(|(_, begins, _)| reason.starts_with(begins)) {
        Some((stage, ..)) => *stage,
        None if reason.starts_with("Insufficient ") => Stage::Resources,
        None => Stage::Other,
    }
}

/// Parts between commas; a taint's braces hold commas of their own.
fn split_outside_braces(text: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    text.split(|c| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .map(str::trim)
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(reasons: &str) -> (String, String) {
        let words =
            why_no_node(&format!("0/6 nodes are available: {reasons}. preemption: 0/6 nodes are available: none."));
        (words.whole, words.brief)
    }

    #[test]
    fn the_reason_of_the_nodes_that_came_furthest_is_said_in_words() {
        let one = |reasons: &str| {
            let (whole, brief) = said(reasons);
            assert_eq!(whole, brief);
            whole
        };
        assert_eq!(one("6 Insufficient cpu"), "no node has the cpu");
        assert_eq!(
            one("1 node(s) had untolerated taint {a: b, c}, 5 Insufficient memory"),
            "no node has the memory",
            "one control plane's taint is not why"
        );
        let taint = "2 node(s) had untolerated taint {gpu: a,9b: c}, 3 Insufficient cpu";
        assert_eq!(one(taint), "no node has the cpu", "a comma within a taint ends nothing");
        assert_eq!(one("6 node(s) had untolerated taint(s)"), "taints keep it off");
        assert_eq!(
            one("3 node(s) didn't match Pod's node affinity/selector, 1 Insufficient cpu"),
            "no node has the cpu",
            "the others were never to take it"
        );
        assert_eq!(
            one("1 node(s) were unschedulable, 3 node(s) didn't match pod anti-affinity rules"),
            "anti-affinity forbids it"
        );
        let named = said("1 node(s) were unschedulable, 3 node(s) had untolerated taint {dedicated: gpu}");
        assert_eq!((&*named.0, &*named.1), ("taint dedicated=gpu keeps it off", "taints keep it off"));
        assert_eq!(one("2 node(s) had untolerated taint {node.kubernetes.io/unreachable: }"), "nodes are not ready");
        assert_eq!(one("6 Insufficient nvidia.com/gpu"), "no node has the gpu");
        assert_eq!(one("pod has unbound immediate PersistentVolumeClaims"), "its claim is pending");
        assert_eq!(one("persistentvolumeclaim \"data\" not found"), "lacks volume claim data");
    }

    #[test]
    fn each_reason_fits_a_column() {
        let long: Vec<_> = REASONS.iter().filter(|(.., words)| words.len() > super::super::BRIEF).collect();
        assert!(long.is_empty(), "{long:?}");
    }

    #[test]
    fn a_reason_that_is_not_known_stands_in_the_schedulers_words() {
        let (whole, brief) = said("6 node(s) were on fire");
        assert_eq!((whole.as_str(), brief.as_str()), ("finds no node: node(s) were on fire", "finds no node"));
        assert_eq!(why_no_node("").whole, "finds no node");
    }
}
