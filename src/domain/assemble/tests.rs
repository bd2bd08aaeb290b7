//! Services, tasks and events as they are put together: design.md §1 and operations.md, "What is shown".

use crate::domain::fixture::*;
use crate::domain::row::{
    ContainerState, CronJobRow, EventRow, IngressRow, JobRow, KubeServiceRow, Meta, MetricsRow, NodeRow, PodPhase,
    PodRow, ReplicaSetRow, ServicePort, SpecChange, WorkloadKind, WorkloadRow,
};
use crate::domain::{Kind, ObjectRef};

fn owned(kind: &str, name: &str, row: PodRow) -> PodRow {
    PodRow { owner: Some(owner(kind, name)), ..row }
}

fn names(s: &mut Scene) -> (Vec<String>, Vec<String>) {
    let e = s.environment(0);
    (e.services.iter().map(|s| s.object.to_string()).collect(), e.tasks.iter().map(|t| t.object.to_string()).collect())
}

#[test]
fn every_pod_belongs_to_one_service_or_task() {
    let mut s = Scene::new().with(deployment("web", 1, 1)).with(pod("web", "a", "1"));
    s.put(workload(WorkloadKind::StatefulSet, "db", 1, 1));
    s.put(owned("StatefulSet", "db", pod("db", "", "0")));
    s.put(owned("Cluster", "pg", PodRow { name: "pg-1".into(), ..pod("pg", "", "1") }));
    s.put(PodRow { owner: None, name: "bare".into(), ..pod("bare", "", "1") });
    s.put(owned("Node", "node-1", PodRow { name: "static".into(), ..pod("x", "", "1") }));
    s.put(PodRow { owner: None, name: "done".into(), phase: PodPhase::Succeeded, ..pod("x", "", "1") });
    s.put(PodRow { owner: None, name: "hook".into(), hook: true, ..pod("x", "", "1") });
    s.put(JobRow { meta: meta("import"), ..JobRow::default() });
    s.put(owned("Job", "import", PodRow { name: "import-abcde".into(), ..pod("x", "", "1") }));
    s.put(CronJobRow { meta: meta("nightly"), ..CronJobRow::default() });
    let run = Meta { owner: Some(owner("CronJob", "nightly")), ..meta("nightly-1") };
    s.put(JobRow { meta: run, ..JobRow::default() });
    let (mut services, tasks) = names(&mut s);
    services.sort();
    assert_eq!(services, ["Cluster pg", "Deployment web", "Pod bare", "Pod static", "StatefulSet db"]);
    assert_eq!(tasks, ["Pod done", "Pod hook", "Job import", "CronJob nightly"]);
    let e = s.environment(0);
    assert_eq!(e.total, 5, "tasks are in no count");
}

#[test]
fn a_bare_pod_that_ends_becomes_a_task_and_what_a_workflow_leaves_behind_is_one() {
    let bare = |phase| PodRow { owner: None, name: "bare".into(), phase, ..pod("bare", "", "1") };
    let mut s = Scene::new().with(bare(PodPhase::Running));
    assert_eq!(names(&mut s), (vec!["Pod bare".into()], vec![]));
    s.put(bare(PodPhase::Succeeded));
    assert_eq!(names(&mut s), (vec![], vec!["Pod bare".into()]));
    let step = PodRow { phase: PodPhase::Succeeded, ready: false, ..pod("ci", "", "1") };
    s.put(owned("Workflow", "ci", step));
    assert_eq!(names(&mut s).1, ["Pod bare", "Workflow ci"]);
    s.0.apply(crate::domain::model::Change::Gone { kind: Kind::Pod, namespace: NS.into(), name: "bare".into() });
    assert_eq!(names(&mut s), (vec![], vec!["Workflow ci".into()]));
}

#[test]
fn a_workload_that_a_service_owns_is_part_of_it_and_one_of_an_operators_is_marked() {
    let child = Meta { owner: Some(owner("Deployment", "web")), ..meta("web-canary") };
    let mut s = Scene::new().with(deployment("web", 1, 1)).with(pod("web", "a", "1"));
    s.put(WorkloadRow { meta: child, ..deployment("web-canary", 1, 1) });
    s.put(pod("web-canary", "b", "2"));
    assert_eq!(names(&mut s).0, ["Deployment web"]);
    assert_eq!(s.service("web", 0).pods.len(), 2);
    let of_operator = Meta { owner: Some(owner("Keycloak", "sso")), ..meta("sso") };
    s.put(WorkloadRow { meta: of_operator, ..workload(WorkloadKind::StatefulSet, "sso", 1, 1) });
    assert_eq!(s.service("sso", 0).managed_by.as_deref(), Some("Keycloak/sso"));
}

#[test]
fn a_replicaset_that_is_no_deployments_is_explained_where_it_was_looked_up() {
    let mut s = Scene::new().with(pod("web", "a", "1"));
    assert_eq!(names(&mut s).0, ["ReplicaSet web-a"]);
    s.put(ReplicaSetRow {
        name: "web-a".into(),
        namespace: NS.into(),
        owner: Some(owner("Rollout", "web")),
        ..ReplicaSetRow::default()
    });
    assert_eq!(names(&mut s).0, ["Rollout web"]);
}

#[test]
fn a_card_shows_addresses_urls_and_who_deployed_it_from_where() {
    let annotations = labels(&[("kennel.dev/repository", "https://g.it/web"), ("kennel.dev/deployed-by", "maria")]);
    let changed = Some(SpecChange { manager: "helm".into(), at: Some(at(-240)) });
    let mut s = Scene::new()
        .with(WorkloadRow { meta: Meta { annotations, changed, ..meta("web") }, ..deployment("web", 2, 2) });
    s.put(pod("web", "a", "1"));
    s.put(pod("web", "a", "2"));
    let port = |port, node_port| ServicePort { port, node_port, ..ServicePort::default() };
    s.put(KubeServiceRow {
        ports: Box::new([port(80, Some(30080)), port(9090, None)]),
        balancers: Box::new(["lb.example.com".into()]),
        ..kube_service("web", "web")
    });
    s.put(kube_service("other", "other"));
    let rule = |host: &str, path: &str, service: &str, tls| (host.into(), path.into(), service.into(), tls);
    let rules = Box::new([
        rule("shop.dev", "/", "web", true),
        rule("shop.dev", "/api", "web", false),
        rule("x.dev", "/", "other", true),
        rule("", "/", "web", false),
    ]);
    s.put(IngressRow { kind: Kind::Ingress, meta: meta("web"), rules });
    let web = s.service("web", 0);
    let addresses: Vec<_> = web.addresses.iter().map(|a| a.as_str()).collect();
    assert_eq!(
        addresses,
        ["web.shop-qa.svc:80", "web.shop-qa.svc:9090", "node:30080", "lb.example.com:80", "lb.example.com:9090"]
    );
    assert_eq!(web.urls.iter().map(|u| u.as_str()).collect::<Vec<_>>(), ["https://shop.dev", "http://shop.dev/api"]);
    assert_eq!((web.deployed_by.as_deref(), web.deployed_at), (Some("maria"), Some(at(-240))));
    assert_eq!(web.repository.as_deref(), Some("https://g.it/web"));
}

#[test]
fn numbers_of_a_card_come_from_the_pods_that_it_controls_terminating_ones_apart() {
    let mut s = Scene::new().with(deployment("web", 3, 2));
    s.put(pod("web", "a", "1"));
    s.put(PodRow {
        containers: Box::new([crate::domain::row::ContainerRow {
            restarts: 4,
            ..container("web", ContainerState::Running(None))
        }]),
        ..pod("web", "a", "2")
    });
    s.put(unready("web", "a", "3", -5));
    s.put(PodRow { deleted: Some(at(20)), ..pod("web", "old", "4") });
    s.put(PodRow { phase: PodPhase::Failed, ready: false, ..pod("web", "a", "5") });
    s.put(MetricsRow { name: "web-a-1".into(), namespace: NS.into(), cpu: 100, memory: 10 });
    s.put(MetricsRow { name: "web-a-2".into(), namespace: NS.into(), cpu: 20, memory: 5 });
    let web = s.service("web", 0);
    assert_eq!((web.ready, web.desired, web.running, web.terminating), (2, 3, 3, 1));
    assert_eq!(web.restarts, 4);
    assert_eq!(web.usage, Some((120, 15)));
    assert_eq!(Scene::new().with(deployment("web", 1, 1)).service("web", 0).usage, None, "unknown is not 0");
}

#[test]
fn spot_is_a_pod_on_spot_capacity_and_a_datasource_is_known_by_claims_or_image() {
    let mut s = Scene::new().with(deployment("web", 1, 1)).with(pod("web", "a", "1"));
    assert!(!s.service("web", 0).spot);
    s.put(NodeRow { name: "node-1".into(), ready: true, spot: true, ..NodeRow::default() });
    assert!(s.service("web", 0).spot);
    let claims =
        WorkloadRow { volume_claims: Box::new(["data".into()]), ..workload(WorkloadKind::StatefulSet, "queue", 1, 1) };
    assert!(s.with(claims).service("queue", 0).datasource);
    let mut postgres = deployment("pg", 1, 1);
    postgres.template.images = Box::new(["bitnami/postgresql:16".into()]);
    assert!(Scene::new().with(postgres).service("pg", 0).datasource);
    assert!(!Scene::new().with(deployment("web", 1, 1)).service("web", 0).datasource);
}

fn event(name: &str, object: ObjectRef, reason: &str, message: &str, count: u32, last: i64) -> EventRow {
    EventRow {
        name: name.into(),
        namespace: NS.into(),
        object,
        reason: reason.into(),
        message: message.into(),
        count,
        first: Some(at(last - 10)),
        last: Some(at(last)),
        ..EventRow::default()
    }
}

#[test]
fn events_of_one_object_reason_and_message_are_one_line_with_their_counts_summed() {
    let of = |name| ObjectRef::new("Pod", NS, name);
    let mut s = Scene::new();
    s.put(event("1", of("p"), "BackOff", "back-off 10s restarting failed container", 3, -100));
    s.put(event("2", of("p"), "BackOff", "back-off 5m0s restarting failed container", 2, -50));
    s.put(event("3", of("q"), "BackOff", "back-off 10s restarting failed container", 1, -70));
    let deploy = || ObjectRef::new("Deployment", NS, "web");
    s.put(event("4", deploy(), "ScalingReplicaSet", "scaled up to 1", 0, -20));
    s.put(event("5", deploy(), "ScalingReplicaSet", "scaled up to 3", 1, -10));
    let e = s.environment(0);
    let lines: Vec<_> = e.events.iter().map(|e| format!("{} ×{} {}", e.object.short(), e.count, e.message)).collect();
    assert_eq!(
        lines,
        [
            "deploy/web ×1 scaled up to 3",
            "deploy/web ×1 scaled up to 1",
            "pod/p ×5 back-off 5m0s restarting failed container",
            "pod/q ×1 back-off 10s restarting failed container",
        ],
        "newest first, the newest message of a line"
    );
    assert_eq!((e.events[2].first, e.events[2].time), (Some(at(-110)), Some(at(-50))));
}

#[test]
fn events_know_their_service_even_when_their_pod_is_gone() {
    let mut s = Scene::new().with(deployment("web", 1, 1)).with(deployment("web-api", 1, 1));
    s.put(workload(WorkloadKind::StatefulSet, "db", 1, 1));
    s.put(pod("web", "a", "1"));
    for (at_event, (kind, name)) in [
        ("Pod", "web-a-1"),
        ("Pod", "web-7d9f8b-x2abc"),
        ("Pod", "web-api-7d9f8b-x2abc"),
        ("Pod", "db-0"),
        ("Pod", "db-x"),
        ("ReplicaSet", "web-7d9f8b"),
        ("Deployment", "web-api"),
        ("Node", "node-1"),
    ]
    .into_iter()
    .enumerate()
    {
        let object = ObjectRef::new(kind, NS, name);
        s.put(event(&at_event.to_string(), object, "R", "m", 1, -i64::try_from(at_event).unwrap()));
    }
    let e = s.environment(0);
    let services: Vec<_> = e.events.iter().map(|e| e.service.as_deref().unwrap_or("-")).collect();
    assert_eq!(services, ["web", "web", "web-api", "db", "-", "web", "web-api", "-"]);
}

#[test]
fn an_environment_keeps_so_many_lines_of_events_and_the_newest_of_them() {
    let mut s = Scene::new();
    for n in 0..1000i64 {
        let object = ObjectRef::new("Pod", NS, format!("p{n}"));
        s.put(event(&n.to_string(), object, "R", "m", 1, -n));
    }
    let e = s.environment(0);
    assert_eq!(e.events.len(), super::events::MOST);
    assert_eq!(e.events[0].object.name, "p0");
}

#[test]
fn projects_keep_their_order_name_and_issues() {
    use crate::domain::row::NamespaceRow;
    let namespace = |name: &str, annotations: &[(&str, &str)]| {
        let of = Meta {
            name: name.into(),
            labels: labels(&[("kennel.dev/project", "shop")]),
            annotations: labels(annotations),
            ..meta(name)
        };
        NamespaceRow { meta: of, ..NamespaceRow::default() }
    };
    let mut s = Scene::new();
    s.put(namespace("shop-b", &[("kennel.dev/project-display-name", "The Shop")]));
    s.put(namespace("shop-prod", &[]));
    s.put(namespace("shop-z", &[("kennel.dev/default", "true")]));
    s.put(deployment("web", 1, 0));
    s.put(crashing("web", "a", "1", -60));
    let snapshot = s.0.publish(at(0));
    let shop = &snapshot.projects["shop"];
    let order: Vec<_> = shop.environments.iter().map(|n| n.as_str()).collect();
    assert_eq!(order, ["shop-z", "shop-prod", "shop-b", "shop-qa"], "default, production, then by name");
    assert_eq!(shop.display_name.as_deref(), Some("The Shop"));
    assert_eq!((shop.issues.critical, snapshot.totals.other.critical), (1, 1));
    assert_eq!(snapshot.totals.production.critical, 0, "production is counted apart");
}
