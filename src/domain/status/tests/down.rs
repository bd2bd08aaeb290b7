//! What served and is at nothing: rule 5c, and the minute before it, of rule 8.

use super::*;

#[test]
fn rule_5c_down_for_a_minute_where_it_was_available_before() {
    let lost = PodRow { ready: false, ready_since: Some(at(-60)), ..pod("web", "a", "1") };
    let mut s = Scene::new().with(deployment("web", 1, 0)).with(lost);
    assert_eq!(s.status("web", 0), "Running · down 60s");
    assert_eq!(s.status("web", 1), "Degraded · down 60s");
    // Never ready: it is still starting.
    let mut s = Scene::new().with(deployment("web", 1, 0)).with(unready("web", "a", "1", -300));
    assert_eq!(s.status("web", 0), "Starting · 0 of 1 ready");
    // Ready for less than ten seconds is never ready.
    let flickered = PodRow { started: Some(at(-300)), ready_since: Some(at(-290)), ..unready("web", "a", "1", -300) };
    assert_eq!(Scene::new().with(deployment("web", 1, 0)).with(flickered).status("web", 0), "Starting · 0 of 1 ready");
    // Without pods the controller's condition tells.
    let progressing = condition("Progressing", true, "NewReplicaSetAvailable", -80_000);
    let conditions = Box::new([progressing, condition("Available", false, "MinimumReplicasUnavailable", -120)]);
    let mut s = Scene::new().with(WorkloadRow { conditions, ..deployment("web", 1, 0) });
    assert_eq!(s.status("web", 0), "Degraded · down 2m");
}

#[test]
fn rule_8_what_served_and_is_at_nothing_is_down_and_no_update() {
    let lost = |since: i64| PodRow { ready: false, ready_since: Some(at(since)), ..pod("web", "a", "1") };
    let row = || WorkloadRow { revision: Some(3), ..deployment("web", 1, 0) };
    let mut s = Scene::new().with(row()).with(lost(-40));
    assert_eq!(s.status("web", 0), "Running · down 40s");
    assert_eq!(s.phase(0), "Active · web down 40s");
    // What came in its place waits for a node while the old one still goes.
    s.put(PodRow { deleted: Some(at(20)), ..lost(-40) });
    let message = Some("0/1 nodes are available: 1 Insufficient cpu.".into());
    let waits =
        PodRow { node: None, unschedulable: Some(at(-20)), unschedulable_message: message, ..pod("web", "a", "2") };
    s.put(PodRow { ready: false, created: Some(at(-20)), ready_since: None, started: None, ..waits });
    assert_eq!(s.status("web", 0), "Running · down 20s, no node has the cpu");
    // A rollout that keeps serving is an update, and one that does not says so.
    let rolling = |available| WorkloadRow {
        counts: Counts { replicas: 2, updated: 1, ready: available, available, ..Counts::default() },
        conditions: Box::new([condition("Progressing", true, "ReplicaSetUpdated", -40)]),
        ..row()
    };
    let mut s = Scene::new().with(rolling(1)).with(pod("web", "a", "1")).with(unready("web", "b", "2", -30));
    assert_eq!(s.phase(0), "Updating · web 1 old pod left");
    s.put(rolling(0));
    s.put(lost(-10));
    assert_eq!(s.phase(0), "Updating · web 1 old pod left, down 10s");
}
