//! Volume claims that a service waits for.

use crate::domain::fixture::*;
use crate::domain::row::{ClaimRow, PodPhase, PodRow, Template, WorkloadKind, WorkloadRow};

#[test]
fn rule_7_a_claim_is_waited_for_while_a_pod_needs_it_and_not_before_its_first_consumer() {
    let claim =
        |name: &str| ClaimRow { name: name.into(), namespace: NS.into(), phase: "Pending".into(), capacity: None };
    let db =
        WorkloadRow { volume_claims: Box::new(["data".into()]), ..workload(WorkloadKind::StatefulSet, "db", 2, 1) };
    let of_db = |n: u32| PodRow {
        name: format!("db-{n}").into(),
        owner: Some(owner("StatefulSet", "db").into()),
        node: None,
        phase: PodPhase::Pending,
        ..unready("db", "a", &n.to_string(), -60)
    };
    let serving = PodRow { node: Some("node-1".into()), ready: true, ready_since: Some(at(-900)), ..of_db(0) };
    let mut s = Scene::new().with(db).with(serving).with(claim("data-db-1")).with(claim("data-db-2"));
    assert_eq!(s.status("db", 0), "Running · 1/2", "nobody has asked for it yet");
    s.put(of_db(1));
    assert_eq!(s.status("db", 0), "Progressing · waits for volume claim data-db-1");
    s.put(PodRow { node: Some("node-1".into()), ..of_db(1) });
    assert_eq!(s.status("db", 0), "Running · 1/2", "on its node it has its volume");

    let template = Template { claims: Box::new(["uploads".into()]), ..deployment("web", 2, 1).template };
    let mut s = Scene::new().with(WorkloadRow { template, ..deployment("web", 2, 1) }).with(claim("uploads"));
    s.put(pod("web", "a", "1"));
    assert_eq!(s.status("web", 0), "Running · 1/2");
    s.put(PodRow { node: None, phase: PodPhase::Pending, ..unready("web", "a", "2", -60) });
    assert_eq!(s.status("web", 0), "Progressing · waits for volume claim uploads");
}
