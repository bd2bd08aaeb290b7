//! Kinds that kennel has no rows of: the last paragraph of health/status-rules.md, and where Flux's sources lie.

use super::*;
use crate::domain::Api;
use crate::domain::collection::Collection;
use crate::domain::demand::Demand;
use crate::domain::row::{Condition, EventRow, source};

fn of_cluster(tail: &str, row: PodRow) -> PodRow {
    let owner = Owner { api: Api::referred("postgresql.cnpg.io/v1", "Cluster"), ..owner("Cluster", "pg") };
    PodRow { owner: Some(owner.into()), name: tail.into(), ..row }
}

#[test]
fn an_unknown_kind_is_judged_by_its_pods_b_c_and_d() {
    let mut s = Scene::new().with(of_cluster("pg-1", pod("pg", "a", "1")));
    s.put(of_cluster("pg-2", pod("pg", "a", "2")));
    assert_eq!(s.status("pg", 0), "Running");
    assert_eq!(s.service("pg", 0).object, ObjectId::new(Api::referred("postgresql.cnpg.io/v1", "Cluster"), NS, "pg"));
    s.put(of_cluster("pg-2", crashing("pg", "a", "2", -60)));
    assert_eq!(s.status("pg", 0), "Degraded · crash-loops (1 of 2 pods)");
    s.put(of_cluster("pg-2", unready("pg", "a", "2", -601)));
    assert_eq!(s.status("pg", 0), "Degraded · 1/2 ready for 10m");
    let lost = PodRow { ready: false, ready_since: Some(at(-40)), ..pod("pg", "a", "1") };
    s.put(of_cluster("pg-1", lost.clone()));
    s.put(of_cluster("pg-2", lost));
    assert_eq!(s.status("pg", 0), "Running · down 40s");
    let lost = PodRow { ready: false, ready_since: Some(at(-61)), ..pod("pg", "a", "1") };
    s.put(of_cluster("pg-1", lost.clone()));
    s.put(of_cluster("pg-2", lost));
    assert_eq!(s.status("pg", 0), "Degraded · down 60s");
    s.put(of_cluster("pg-2", PodRow { deleted: Some(at(9)), ..pod("pg", "a", "2") }));
    s.put(of_cluster("pg-1", PodRow { deleted: Some(at(9)), ..pod("pg", "a", "1") }));
    assert_eq!(s.status("pg", 0), "Stopping · 2 pods left");
}

#[test]
fn an_unknown_kind_is_judged_by_its_own_ready_available_or_healthy_condition_too() {
    let mut s = Scene::new().with(of_cluster("pg-1", pod("pg", "a", "1")));
    assert!(s.service("pg", 0).provisional, "nobody has read it yet");
    s.custom(cluster("pg", Box::new([condition("Ready", true, "ClusterIsReady", -60)])));
    assert_eq!(s.status("pg", 0), "Healthy", "it says so itself");
    assert!(!s.service("pg", 0).provisional);
    for kind in ["Ready", "Available", "Healthy"] {
        let bad = Box::new([condition("Other", true, "", -60), condition(kind, false, "Broken", -600)]);
        let mut s = Scene::new().with(of_cluster("pg-1", pod("pg", "a", "1")));
        s.custom(cluster("pg", bad));
        let word = kind.to_lowercase();
        assert_eq!(s.status("pg", 0), format!("Progressing · not {word}: Broken"), "a rollout says that too");
        assert_eq!(s.status("pg", 1), format!("Degraded · not {word} for 10m: Broken"));
    }
    // What it says of something else is neither good nor bad.
    s.custom(cluster("pg", Box::new([condition("Archiving", false, "", -900), condition("Backup", true, "", -60)])));
    assert_eq!(s.status("pg", 1), "Running");
    s.put(kube_service("pg", "pg"));
    assert_eq!(s.status("pg", 1), "Healthy", "a Service calls it");
    s.0.apply(Change::Gone { of: Kind::Service.into(), namespace: NS.into(), name: "pg".into() });
    // Strimzi says it the other way round.
    s.custom(cluster("pg", Box::new([condition("NotReady", true, "NoBrokers", -700)])));
    assert_eq!(s.status("pg", 1), "Degraded · not ready for 11m: NoBrokers");
    // A good condition outweighs no bad one, whatever their order.
    let both = [condition("Available", true, "", -60), condition("Healthy", false, "", -700)];
    s.custom(cluster("pg", Box::new(both)));
    assert_eq!(s.status("pg", 1), "Degraded · not healthy for 11m");
    // Somebody holds a canary.
    let paused = [condition("Paused", true, "CanaryPauseStep", -7200), condition("Healthy", false, "Paused", -7200)];
    s.custom(cluster("pg", Box::new(paused)));
    assert_eq!(s.status("pg", 1), "Progressing · paused, not healthy: Paused");
    s.custom(CustomRow { behind: true, ..cluster("pg", Box::default()) });
    assert_eq!(s.status("pg", 1), "Progressing · change not taken up yet");
    s.custom(CustomRow { deleted: true, ..cluster("pg", Box::default()) });
    assert_eq!(s.status("pg", 1), "Stopping · is being deleted");
    // What its pods say outranks it.
    s.custom(cluster("pg", Box::new([condition("Ready", true, "", -60)])));
    s.put(of_cluster("pg-1", crashing("pg", "a", "1", -60)));
    assert_eq!(s.status("pg", 1), "Degraded · crash-loops");
    // Nothing has been ready yet: it starts, whatever it says of itself.
    s.custom(cluster("pg", Box::new([condition("Ready", false, "Setup", -20)])));
    s.put(of_cluster("pg-1", unready("pg", "a", "1", -20)));
    assert_eq!(s.status("pg", 1), "Starting · 0 of 1 ready");
}

#[test]
fn an_unknown_kind_that_may_not_be_read_is_judged_by_its_pods_and_says_so() {
    let mut s = Scene::new().with(of_cluster("pg-1", pod("pg", "a", "1")));
    let kind = cluster("pg", Box::default()).api;
    let data = |state| Change::data(Collection::Any(kind.clone()), state);
    let here = |state| Change::Data { of: Collection::Any(kind.clone()), namespace: Some(NS.into()), state };
    s.0.apply(data(denied()));
    let pg = s.service("pg", 0);
    assert_eq!((pg.status.word(), pg.provisional), ("Running", false));
    assert_eq!(pg.secondary.as_deref(), Some("judged by its pods alone: no access to Cluster objects"));
    // This namespace may be read by itself.
    s.0.apply(here(Some(DataState::Live)));
    assert_eq!(s.service("pg", 0).secondary, None);
    s.0.apply(here(None));
    s.0.apply(data(DataState::Failed { why: "503 Service Unavailable".into(), retry: None }));
    let pg = s.service("pg", 0);
    assert_eq!(pg.secondary.as_deref(), Some("judged by its pods alone: 503 Service Unavailable"));
    assert!(!pg.provisional, "an API that is broken holds nothing up");
    s.0.apply(data(DataState::Absent));
    assert_eq!(s.service("pg", 0).secondary, None, "there is nothing to read");
}

#[test]
fn an_unknown_kind_is_the_topmost_owners() {
    // Strimzi's: pods of a StrimziPodSet, which a Kafka owns.
    let kafka = Owner { api: Api::referred("kafka.strimzi.io/v1", "Kafka"), ..owner("Kafka", "bus") };
    let set =
        Owner { api: Api::referred("core.strimzi.io/v1", "StrimziPodSet"), ..owner("StrimziPodSet", "bus-kafka") };
    let broker = |tail: &str| PodRow { owner: Some(set.clone().into()), name: tail.into(), ..pod("bus", "a", tail) };
    let mut s = Scene::new().with(broker("1"));
    assert_eq!(s.service("bus-kafka", 0).object.kind(), "StrimziPodSet");
    let row = |kind: &Owner, owner| CustomRow { api: kind.api.clone(), owner, ..cluster(&kind.name, Box::default()) };
    s.custom(row(&set, Some(kafka.clone())));
    let e = s.environment(0);
    assert_eq!(e.services.len(), 1);
    assert_eq!((e.services[0].object.kind(), e.services[0].object.name.as_str()), ("Kafka", "bus"));
    let wanted: Vec<String> =
        s.0.picture(at(0)).data.keys().filter(|of| of.kind().is_none()).map(ToString::to_string).collect();
    assert_eq!(wanted, ["Kafka", "StrimziPodSet"], "both are read");
    s.custom(CustomRow { conditions: Box::new([condition("Ready", true, "", -9)]), ..row(&kafka, None) });
    s.put(broker("2"));
    let bus = s.service("bus", 0);
    assert_eq!((bus.status.word(), bus.pods.len()), ("Healthy", 2));
    s.0.apply(Change::Gone { of: Kind::Pod.into(), namespace: NS.into(), name: "2".into() });
    assert_eq!(s.service("bus", 0).pods.len(), 1);
    s.0.apply(Change::Gone { of: Kind::Pod.into(), namespace: NS.into(), name: "1".into() });
    assert!(s.environment(0).services.is_empty());
}

#[test]
fn an_unknown_kind_that_a_list_does_not_hold_any_more_is_gone() {
    let mut s = Scene::new().with(of_cluster("pg-1", pod("pg", "a", "1")));
    s.custom(cluster("pg", Box::new([condition("Ready", false, "", -7200)])));
    assert!(s.status("pg", 0).starts_with("Degraded"));
    let kind = cluster("pg", Box::default()).api;
    s.0.apply(Change::Begin { of: Collection::Any(kind.clone()), namespace: None });
    assert!(s.status("pg", 0).starts_with("Degraded"), "until the end of the list");
    s.0.apply(Change::End { of: Collection::Any(kind.clone()), namespace: None });
    assert_eq!(s.status("pg", 0), "Running");
    s.custom(cluster("pg", Box::new([condition("Ready", false, "", -7200)])));
    s.0.apply(Change::Gone { of: Collection::Any(kind), namespace: NS.into(), name: "pg".into() });
    assert_eq!(s.status("pg", 0), "Running");
}

#[test]
fn a_repository_is_the_url_of_the_flux_source_once_that_is_read() {
    let refers = Some(ObjectId::new(source("GitRepository").unwrap(), "gitops", "shop"));
    let row = DeliveryRow {
        refers,
        source: Some("GitRepository/shop".into()),
        ..delivery(Kind::Kustomization, &["web"], false)
    };
    let mut s = Scene::new().with(deployment("web", 1, 1)).with(row.clone());
    assert_eq!(s.service("web", 0).repository.as_deref(), Some("GitRepository/shop"));
    let mut demand = Demand::default();
    s.0.demand(&mut demand, 0);
    let (kind, namespaces) = demand.customs.iter().next().unwrap();
    assert_eq!((kind.kind(), namespaces.first().unwrap().as_str()), ("GitRepository", "gitops"));
    let git = CustomRow {
        api: kind.clone(),
        namespace: "gitops".into(),
        url: Some("https://git.example.com/shop".into()),
        ..cluster("shop", Box::default())
    };
    s.custom(git);
    assert_eq!(s.service("web", 0).repository.as_deref(), Some("https://git.example.com/shop"));
    s.put(DeliveryRow { declares: Box::default(), ..row.clone() });
    s.put(row);
    assert_eq!(s.service("web", 0).repository.as_deref(), Some("https://git.example.com/shop"), "in any order");
    s.0.apply(Change::Gone { of: Collection::Any(kind.clone()), namespace: "gitops".into(), name: "shop".into() });
    assert_eq!(s.service("web", 0).repository.as_deref(), Some("GitRepository/shop"));
    assert!(
        Scene::new()
            .with(delivery(Kind::Application, &["web"], false))
            .0
            .picture(at(0))
            .data
            .keys()
            .all(|of| of.kind().is_some())
    );
}

#[test]
fn a_stateful_set_of_another_group_is_a_service_beside_the_built_in_one_of_its_name() {
    let kruise = Owner { api: Api::referred("apps.kruise.io/v1beta1", "StatefulSet"), ..owner("StatefulSet", "web") };
    let of_kruise =
        |tail: &str| PodRow { owner: Some(kruise.clone().into()), name: tail.into(), ..pod("web", "a", tail) };
    let mut s = Scene::new().with(WorkloadRow { kind: WorkloadKind::StatefulSet, ..deployment("web", 1, 1) });
    s.put(of_kruise("web-0"));
    let target = ObjectId::new(kruise.api.clone(), NS, "web");
    s.put(AutoscalerRow { target, ..autoscaler("web") });
    let environment = s.environment(0);
    let services: Vec<_> = environment.services.iter().map(|s| (s.object.api.group(), s.pods.len())).collect();
    assert_eq!(services, [("apps.kruise.io", 1), ("apps", 0)]);
    let job = Owner { api: Api::referred("batch.volcano.sh/v1alpha1", "Job"), ..owner("Job", "train") };
    s.put(PodRow { owner: Some(job.into()), name: "train-0".into(), ..pod("train", "a", "0") });
    assert_eq!(s.service("train", 0).object.kind(), "Job", "Volcano's Job is no task of the built-in kind");
}

#[test]
fn pods_of_an_unknown_kind_say_why_they_are_not_ready_as_a_workloads_do() {
    let waits = || of_cluster("pg-1", PodRow { node: Some("n1".into()), ..unready("pg", "a", "1", -60) });
    let failed = EventRow {
        name: "pg-1.x".into(),
        namespace: NS.into(),
        object: ObjectId::new(Kind::Pod, NS, "pg-1"),
        reason: "Unhealthy".into(),
        message: "Startup probe failed: HTTP probe failed with statuscode: 500".into(),
        count: 12,
        last: Some(at(-5)),
        ..EventRow::default()
    };
    let mut s = Scene::new().with(waits());
    assert_eq!(s.status("pg", 0), "Starting · 0 of 1 ready");
    s.put(failed);
    assert_eq!(s.status("pg", 0), "Starting · startup fails ×12: HTTP 500");
    assert_eq!(s.status("pg", 560), "Degraded · 0/1 ready for 10m, startup fails ×12: HTTP 500");
    s.put(NodeRow { name: "n1".into(), why: Some("container runtime is down".into()), ..NodeRow::default() });
    assert_eq!(s.status("pg", 0), "Degraded · n1 is not ready: container runtime is down");
    let message = "0/3 nodes are available: 3 Insufficient cpu.";
    let unplaced =
        PodRow { unschedulable: Some(at(-60)), unschedulable_message: Some(message.into()), node: None, ..waits() };
    assert_eq!(Scene::new().with(unplaced).status("pg", 0), "Starting · no node has the cpu");
}

#[test]
fn an_unknown_kind_is_judged_by_its_own_words() {
    let mut s = Scene::new().with(of_cluster("pg-1", pod("pg", "a", "1")));
    let says = |phase: &str, message: Option<&str>, conditions| CustomRow {
        phase: Some(phase.into()),
        message: message.map(Text::from),
        ..cluster("pg", conditions)
    };
    // Argo's Rollout, whose condition has been so for a minute only.
    let message = "ProgressDeadlineExceeded: ReplicaSet \"pg-b\" has timed out progressing.";
    let unhealthy = Box::new([condition("Healthy", false, "RolloutHealthy", -60)]);
    s.custom(says("Degraded", Some(message), unhealthy));
    assert_eq!(s.status("pg", 0), format!("Degraded · {message}"));
    assert_eq!(s.phase(0), "Error · pg is degraded");
    assert_eq!(s.service("pg", 0).since, Some(at(-60)));
    s.custom(says("Failed", None, Box::default()));
    assert_eq!(s.status("pg", 0), "Degraded · is failed");
    // Other words are the kind's own affair.
    s.custom(says("Cluster in healthy state", None, Box::new([condition("Ready", true, "", -60)])));
    assert_eq!(s.status("pg", 0), "Healthy");
    let brokers =
        Condition { message: "2 of 3 brokers are down".into(), ..condition("Ready", false, "BrokersDown", -700) };
    s.custom(cluster("pg", Box::new([brokers])));
    assert_eq!(s.status("pg", 0), "Degraded · not ready for 11m: BrokersDown: 2 of 3 brokers are down");
}
