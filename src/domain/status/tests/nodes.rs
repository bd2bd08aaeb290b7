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
    assert_eq!(s.status("web", 0), "Running · down 20s, n1 is not ready");
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

#[test]
fn a_pod_that_never_ran_on_a_node_that_is_down_says_so_and_starts_nothing() {
    let down = NodeRow { why: Some("container runtime is down".into()), ..node("n1", false) };
    let waits = PodRow { node: Some("n1".into()), ..unready("web", "a", "1", -30) };
    let mut s = Scene::new().with(deployment("web", 1, 0)).with(waits);
    assert_eq!(s.phase(0), "Initializing · web 0 of 1 ready");
    s.put(down);
    assert_eq!(s.status("web", 0), "Degraded · n1 is not ready: container runtime is down");
    assert_eq!(s.phase(0), "Error · web: its node is not ready");
    s.put(NodeRow { why: Some("Kubelet stopped posting node status.".into()), ..node("n1", false) });
    assert_eq!(s.status("web", 0), "Degraded · n1 is not ready: Kubelet stopped posting node status");
}

fn labelled(name: &str, zone: &str) -> NodeRow {
    NodeRow { labels: labels(&[("zone", zone)]), cpu: Some(4000), memory: Some(8 << 30), ..node(name, true) }
}

/// A Deployment with one pod that has found no node for a minute, as the scheduler counts it.
fn unplaced(template: Template, reasons: &str, nodes: &[NodeRow]) -> Scene {
    let pod = PodRow {
        node: None,
        unschedulable: Some(at(-60)),
        unschedulable_message: Some(
            format!("0/{} nodes are available: {reasons}. preemption: none", nodes.len()).into(),
        ),
        resources: Resources { cpu_request: Some(500), ..Resources::default() }.into(),
        ..unready("web", "a", "1", -60)
    };
    let row = deployment("web", 1, 0);
    let template = Template { labels: row.template.labels.clone(), ..template };
    let mut s = Scene::new().with(WorkloadRow { template, ..row }).with(pod);
    nodes.iter().for_each(|n| s.put(n.clone()));
    s
}

fn selects(zone: &str) -> Template {
    Template { node_selector: labels(&[("zone", zone)]), ..Template::default() }
}

const UNLIKE: &str = "3 node(s) didn't match Pod's node affinity/selector";

#[test]
fn a_selector_or_an_affinity_that_no_node_fits_is_named_and_whichever_node_has_it_but_takes_nothing() {
    let three = || vec![labelled("n1", "a"), labelled("n2", "a"), labelled("n3", "a")];
    assert_eq!(unplaced(selects("b"), UNLIKE, &three()).status("web", 0), "Starting · selector zone=b matches no node");
    assert_eq!(unplaced(selects("b"), UNLIKE, &three()).phase(0), "Initializing · web: no node has zone=b");

    let term: Box<[SelectorTerm]> = Box::new([SelectorTerm::In("zone".into(), Box::new(["b".into()]))]);
    let placement = Placement { affinity: Box::new([term]), ..Placement::default() };
    let affinity = Template { placement: Some(Box::new(placement)), ..Template::default() };
    let mut s = unplaced(affinity, UNLIKE, &three());
    assert_eq!(s.status("web", 0), "Starting · affinity zone in (b) matches no node");

    let both = &format!("1 node(s) were unschedulable, {UNLIKE}");
    let cordoned = |zone: &str| NodeRow { cordoned: true, ..labelled("n4", zone) };
    let with = |node: NodeRow| three().into_iter().chain([node]).collect::<Vec<_>>();
    let mut s = unplaced(selects("b"), both, &with(cordoned("b")));
    assert_eq!(s.status("web", 0), "Starting · selector zone=b matches only n4 (cordoned)");
    assert_eq!(s.phase(0), "Initializing · web: its node is cordoned");
    let mut s = unplaced(selects("b"), both, &with(cordoned("a")));
    assert_eq!(s.status("web", 0), "Starting · selector zone=b matches no node", "its cordon is not why");
    s.put(labelled("n4", "b"));
    assert_eq!(s.status("web", 0), "Starting · no node fits its selector", "the scheduler has not looked at it yet");

    let mut s = unplaced(selects("b"), both, &[]).data(Kind::Node, denied());
    assert_eq!(s.status("web", 0), "Starting · no node fits selector zone=b", "nodes may not be read");

    let taint = Taint { key: "dedicated".into(), value: "gpu".into(), effect: "NoSchedule".into() };
    let tainted = NodeRow { taints: Box::new([taint]), ..labelled("n4", "b") };
    let both = &format!("1 node(s) had untolerated taint {{dedicated: gpu}}, {UNLIKE}");
    let mut s = unplaced(selects("b"), both, &with(tainted));
    assert_eq!(s.status("web", 0), "Starting · selector zone=b matches only n4 (taint dedicated=gpu)");
}

#[test]
fn taints_and_cordons_are_named_and_what_is_tolerated_is_not() {
    let tainted = |name: &str, key: &str| NodeRow {
        taints: Box::new([Taint { key: key.into(), value: "true".into(), effect: "NoSchedule".into() }]),
        ..labelled(name, "a")
    };
    let cordoned = |name: &str| NodeRow { cordoned: true, ..labelled(name, "a") };
    let plain = Template::default;
    let mut s = unplaced(plain(), "2 node(s) were unschedulable", &[cordoned("n1"), cordoned("n2")]);
    assert_eq!(s.status("web", 0), "Starting · every node is cordoned");
    let nodes = [cordoned("master"), tainted("n1", "critical"), tainted("n2", "critical")];
    let counted = "1 node(s) were unschedulable, 2 node(s) had untolerated taint(s)";
    let mut s = unplaced(plain(), counted, &nodes);
    assert_eq!(s.status("web", 0), "Starting · taint critical=true keeps it off, master cordoned");
    assert_eq!(s.phase(0), "Initializing · web: taints keep it off");
    let tolerations =
        Box::new([Toleration { key: "critical".into(), value: Some("no".into()), ..Toleration::default() }]);
    let placement = Some(Box::new(Placement { tolerations, ..Placement::default() }));
    let mut s = unplaced(Template { placement, ..plain() }, counted, &nodes);
    assert_eq!(s.status("web", 0), "Starting · taint critical=true keeps it off, master cordoned", "not that value");
    let tolerations = Box::new([Toleration { key: "critical".into(), value: None, ..Toleration::default() }]);
    let placement = Some(Box::new(Placement { tolerations, ..Placement::default() }));
    let mut s = unplaced(Template { placement, ..plain() }, counted, &nodes);
    assert_eq!(s.status("web", 0), "Starting · taints keep it off", "by the nodes as they are now it would fit");
}

#[test]
fn what_no_node_is_large_enough_for_says_how_large_the_largest_is() {
    let nodes = [labelled("n1", "a"), NodeRow { cpu: Some(2500), ..labelled("n2", "a") }];
    let mut s = unplaced(Template::default(), "2 Insufficient cpu", &nodes);
    assert_eq!(s.status("web", 0), "Starting · no node has the cpu", "they are full");
    let mut s =
        unplaced(Template::default(), "2 Insufficient cpu", &[NodeRow { cpu: Some(250), ..labelled("n1", "a") }]);
    assert_eq!(s.status("web", 0), "Starting · asks for cpu 500m, the largest node has 250m");
}
