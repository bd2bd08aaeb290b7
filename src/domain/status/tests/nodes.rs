//! What nodes that are not ready do to services.

use super::*;

fn node(name: &str, ready: bool) -> NodeRow {
    NodeRow { name: name.into(), ready, created: Some(at(-86_400)), ..NodeRow::default() }
}

/// A pod on a node that has lost its readiness so many seconds ago.
fn lost(n: &str, node: &str, seconds: i64) -> PodRow {
    PodRow { ready: false, ready_since: Some(at(-seconds)), node: Some(node.into()), ..pod("web", "a", n) }
}

#[test]
fn where_every_pod_that_is_not_ready_is_on_a_node_that_is_not_ready_that_is_said() {
    let mut s = Scene::new().with(deployment("web", 2, 0));
    s.put(lost("1", "n1", 300));
    s.put(lost("2", "n1", 300));
    s.put(node("n1", false));
    assert_eq!(s.status("web", 0), "Degraded · down 5m, n1 is not ready");
    s.put(lost("2", "n2", 300));
    s.put(node("n2", false));
    assert_eq!(s.status("web", 0), "Degraded · down 5m, its 2 nodes are not ready");
    s.put(node("n2", true));
    assert_eq!(s.status("web", 0), "Degraded · down 5m", "one of them has another reason");
    s.put(PodRow { node: None, ..lost("2", "n2", 300) });
    assert_eq!(s.status("web", 0), "Degraded · down 5m", "nor has one that is on no node");
}

#[test]
fn a_node_is_named_as_soon_as_its_pods_are_missed() {
    let mut s = Scene::new().with(deployment("web", 2, 1)).with(pod("web", "a", "1")).with(node("n1", false));
    s.put(lost("2", "n1", 20));
    assert_eq!(s.status("web", 0), "Running · 1/2, n1 is not ready");
    s.put(deployment("web", 2, 0));
    s.put(lost("1", "n1", 20));
    assert_eq!(s.status("web", 0), "Progressing · 0 of 2 ready, n1 is not ready");
}

#[test]
fn pods_that_go_or_have_ended_blame_no_node() {
    let mut s = Scene::new().with(deployment("web", 2, 1)).with(pod("web", "a", "1")).with(node("n1", false));
    s.put(lost("2", "n2", 20));
    s.put(node("n2", true));
    s.put(PodRow { deleted: Some(at(-5)), ..lost("3", "n1", 20) });
    s.put(PodRow { phase: PodPhase::Failed, ..lost("4", "n1", 20) });
    assert!(!s.status("web", 0).contains("not ready"), "{}", s.status("web", 0));
}
