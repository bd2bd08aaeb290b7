//! Volume claims that a service waits for.

use crate::domain::fixture::*;
use crate::domain::row::{ClaimRow, EventRow, PodPhase, PodRow, Template, WorkloadKind, WorkloadRow};
use crate::domain::{Kind, ObjectId};

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

fn says(claim: &str, reason: &str, message: &str, last: i64) -> EventRow {
    EventRow {
        name: format!("{claim}.{reason}").into(),
        namespace: NS.into(),
        object: ObjectId::new(Kind::PersistentVolumeClaim, NS, claim),
        reason: reason.into(),
        message: message.into(),
        last: Some(at(last)),
        ..EventRow::default()
    }
}

/// A Deployment whose one pod waits for the claim `uploads`, and why that is as the scheduler has it.
fn waits(message: Option<&str>) -> Scene {
    let template = Template { claims: Box::new(["uploads".into()]), ..deployment("web", 1, 0).template };
    let claim = ClaimRow { name: "uploads".into(), namespace: NS.into(), phase: "Pending".into(), capacity: None };
    Scene::new().with(WorkloadRow { template, ..deployment("web", 1, 0) }).with(claim).with(PodRow {
        node: None,
        phase: PodPhase::Pending,
        unschedulable: message.map(|_| at(-400)),
        unschedulable_message: message.map(Into::into),
        ..unready("web", "a", "1", -400)
    })
}

#[test]
fn where_a_pod_waits_for_a_claim_the_claims_own_events_say_why() {
    const UNBOUND: &str = "0/4 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: none";
    let cases = [
        ("ProvisioningFailed", "storageclass.storage.k8s.io \"fast\" not found", "no StorageClass fast"),
        (
            "FailedBinding",
            "no persistent volumes available for this claim and no storage class is set",
            "no volume fits, and no StorageClass",
        ),
        (
            "ProvisioningFailed",
            "failed to provision volume with StorageClass \"fast\": quota exceeded",
            "failed to provision volume with StorageClass \"fast\": quota exceeded",
        ),
        (
            "ExternalProvisioning",
            "Waiting for a volume to be created either by the external provisioner 'disk.example.com' or manually",
            "disk.example.com has made no volume yet",
        ),
        (
            "VolumeMismatch",
            "Cannot bind to requested volume \"pv-1\": requested PV is too small",
            "Cannot bind to requested volume \"pv-1\": requested PV is too small",
        ),
    ];
    for (reason, message, why) in cases {
        let mut s = waits(Some(UNBOUND));
        assert_eq!(s.status("web", 0), "Degraded · waits for volume claim uploads");
        s.put(says("uploads", reason, message, -10));
        assert_eq!(s.status("web", 0), format!("Degraded · waits for volume claim uploads: {why}"));
        assert_eq!(s.phase(0), format!("Error · web: uploads pending, {why}"));
        let events = &s.environment(0).events;
        assert_eq!(events[0].service.as_deref(), Some("web"), "a claim's events are its pod's service's");
    }
}

#[test]
fn a_claim_that_waits_for_its_first_consumer_is_not_what_its_pod_waits_for() {
    let late =
        || says("uploads", "WaitForFirstConsumer", "waiting for first consumer to be created before binding", -9);
    assert_eq!(waits(None).with(late()).status("web", 0), "Starting · 0 of 1 ready");
    let cpu = "0/4 nodes are available: 4 Insufficient cpu.";
    assert_eq!(waits(Some(cpu)).with(late()).status("web", 0), "Degraded · no node has the cpu");
    assert_eq!(waits(Some(cpu)).status("web", 0), "Degraded · no node has the cpu", "the scheduler says so without it");
}

#[test]
fn a_services_own_events_are_those_of_the_workload_that_it_leads_to() {
    let failed = EventRow {
        object: ObjectId::new(Kind::Service, NS, "front"),
        ..says("front", "SyncLoadBalancerFailed", "Error syncing load balancer: no quota", -10)
    };
    let mut s = Scene::new().with(deployment("web", 1, 1)).with(pod("web", "a", "1")).with(failed);
    assert_eq!(s.environment(0).events[0].service, None);
    s.put(kube_service("front", "web"));
    assert_eq!(s.environment(0).events[0].service.as_deref(), Some("web"), "also where it comes after its events");
}
