//! Why a pod finds no node: the scheduler's message in words that can be read aloud after the service's name.
//!
//! The message counts nodes by reason; the reason of most nodes is the one that is said. To add one: a line in
//! [`REASONS`] with the scheduler's words as its source has them.
//! <https://github.com/kubernetes/kubernetes/tree/master/pkg/scheduler/framework/plugins>

use super::Words;
use crate::domain::row::PodRow;

/// How the scheduler's reason begins, and what it means.
const REASONS: &[(&str, &str)] = &[
    ("Insufficient cpu", "no node has the cpu"),
    ("Insufficient memory", "no node has the memory"),
    ("Insufficient ephemeral-storage", "no node has the disk"),
    ("Too many pods", "nodes are full"),
    ("node(s) had untolerated taint", "taints keep it off"),
    ("node(s) didn't match Pod's node affinity", "no node fits its selector"),
    ("node(s) didn't match pod anti-affinity", "anti-affinity forbids it"),
    ("node(s) didn't satisfy existing pods anti-affinity", "anti-affinity forbids it"),
    ("node(s) didn't match pod affinity", "affinity forbids it"),
    ("node(s) didn't match pod topology spread", "its spread forbids it"),
    ("node(s) didn't have free ports", "its port is taken"),
    ("node(s) were unschedulable", "every node is cordoned"),
    ("node(s) had volume node affinity conflict", "its volume is elsewhere"),
    ("node(s) didn't find available persistent volumes", "no volume fits its claim"),
    ("node(s) exceed max volume count", "nodes are full of volumes"),
    ("pod has unbound immediate PersistentVolumeClaims", "its claim is not bound"),
];

/// Why a pod finds no node. A reason that is not known stands whole, in the scheduler's words.
pub(crate) fn why_no_node(message: &str) -> Words {
    let Some(reason) = most_said(message) else { return Words::plain("finds no node") };
    if let Some((_, words)) = REASONS.iter().find(|(begins, _)| reason.starts_with(begins)) {
        return Words::plain(*words);
    }
    // Devices: `Insufficient nvidia.com/gpu`.
    if let Some(device) = reason.strip_prefix("Insufficient ") {
        return Words::plain(format!("no node has the {}", device.rsplit('/').next().unwrap_or(device)));
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

/// The reason that holds for most nodes: `Insufficient cpu` of
/// `0/6 nodes are available: 1 node(s) had untolerated taint {a: b}, 5 Insufficient cpu. preemption: …`.
fn most_said(message: &str) -> Option<&str> {
    let (_, reasons) = message.split_once(" nodes are available: ")?;
    let reasons = reasons.split(". ").next()?.trim_end_matches('.');
    let counted = split_outside_braces(reasons).into_iter().map(|part| {
        let words = part.trim_start_matches(|c: char| c.is_ascii_digit());
        let nodes: u32 = part.get(..part.len() - words.len()).and_then(|n| n.parse().ok()).unwrap_or(0);
        (nodes, words.trim())
    });
    // Of equal ones the first: the scheduler sorts them.
    let most = counted.filter(|(_, words)| !words.is_empty()).reduce(|a, b| if b.0 > a.0 { b } else { a })?;
    Some(most.1)
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
    fn the_reason_of_most_nodes_is_said_in_words() {
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
        assert_eq!(one("6 Insufficient nvidia.com/gpu"), "no node has the gpu");
        assert_eq!(one("pod has unbound immediate PersistentVolumeClaims"), "its claim is not bound");
        assert_eq!(one("persistentvolumeclaim \"data\" not found"), "lacks volume claim data");
    }

    #[test]
    fn each_reason_fits_a_column() {
        let long: Vec<_> = REASONS.iter().filter(|(_, words)| words.len() > super::super::BRIEF).collect();
        assert!(long.is_empty(), "{long:?}");
    }

    #[test]
    fn a_reason_that_is_not_known_stands_in_the_schedulers_words() {
        let (whole, brief) = said("6 node(s) were on fire");
        assert_eq!((whole.as_str(), brief.as_str()), ("finds no node: node(s) were on fire", "finds no node"));
        assert_eq!(why_no_node("").whole, "finds no node");
    }
}
