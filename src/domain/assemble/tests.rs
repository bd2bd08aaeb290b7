//! Services, tasks and events as they are put together: design.md §1 and operations.md, "What is shown".

use crate::domain::data::DataState;
use crate::domain::fixture::*;
use crate::domain::operation::{Action, Journal, OperationState, StepResult};
use crate::domain::row::{
    ContainerRow, ContainerState, CronJobRow, EventRow, IngressRow, JobRow, KubeServiceRow, Meta, MetricsRow, NodeRow,
    PodPhase, PodRow, ReplicaSetRow, ServicePort, SpecChange, WorkloadKind, WorkloadRow,
};
use crate::domain::row::{JournalRow, NamespaceRow, ScaledObjectRow};
use crate::domain::{Api, Kind, ObjectId};

fn owned(kind: &str, name: &str, row: PodRow) -> PodRow {
    PodRow { owner: Some(owner(kind, name).into()), ..row }
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
fn pods_are_found_by_what_is_left_of_a_long_name() {
    let name = "w".repeat(252);
    let row = PodRow {
        owner: Some(owner("ReplicaSet", &format!("{}-5bbdcd47f9", &name[..242])).into()),
        ..pod("web", "5bbdcd47f9", "1")
    };
    let mut s = Scene::new().with(deployment(&name, 1, 1)).with(row);
    assert_eq!(names(&mut s).0, [format!("Deployment {name}")]);
    assert_eq!(s.environment(0).services[0].pods.len(), 1);
}

#[test]
fn services_of_one_name_are_called_by_their_kinds_too() {
    let mut s = Scene::new().with(deployment("web", 1, 1)).with(deployment("api", 1, 1));
    s.put(workload(WorkloadKind::StatefulSet, "web", 1, 1));
    let e = s.environment(0);
    let mut called: Vec<_> = e.services.iter().map(|s| e.called(s)).collect();
    called.sort();
    assert_eq!(called, ["api", "deploy/web", "sts/web"]);
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
    s.0.apply(crate::domain::model::Change::Gone { of: Kind::Pod.into(), namespace: NS.into(), name: "bare".into() });
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

fn event(name: &str, object: ObjectId, reason: &str, message: &str, count: u32, last: i64) -> EventRow {
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
    let of = |name| ObjectId::new(Kind::Pod, NS, name);
    let mut s = Scene::new();
    s.put(event("1", of("p"), "BackOff", "back-off 10s restarting failed container", 3, -100));
    s.put(event("2", of("p"), "BackOff", "back-off 5m0s restarting failed container", 2, -50));
    s.put(event("3", of("q"), "BackOff", "back-off 10s restarting failed container", 1, -70));
    let deploy = || ObjectId::new(Kind::Deployment, NS, "web");
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
        let object = ObjectId::new(Api::referred("", kind), NS, name);
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
        let object = ObjectId::new(Kind::Pod, NS, format!("p{n}"));
        s.put(event(&n.to_string(), object, "R", "m", 1, -n));
    }
    let e = s.environment(0);
    assert_eq!(e.events.len(), super::events::MOST);
    assert_eq!(e.events[0].object.name, "p0");
}

#[test]
fn projects_keep_their_order_and_name() {
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
    let snapshot = s.0.picture(at(0));
    let shop = &snapshot.projects["shop"];
    let order: Vec<_> = shop.environments.iter().map(|id| id.namespace.as_str()).collect();
    assert_eq!(order, ["shop-z", "shop-prod", "shop-b", "shop-qa"], "default, production, then by name");
    assert_eq!(shop.display_name.as_deref(), Some("The Shop"));
}

#[test]
fn services_that_fail_stand_before_those_that_do_not() {
    let mut s = Scene::new().with(deployment("a-well", 1, 1)).with(pod("a-well", "a", "1"));
    s.put(deployment("z-ill", 1, 0));
    s.put(crashing("z-ill", "a", "2", -600));
    assert_eq!(names(&mut s).0, ["Deployment z-ill", "Deployment a-well"]);
}

#[test]
fn a_deliberate_zero_stands_behind_what_serves_and_a_stopped_one_before_it() {
    let mut s = Scene::new().with(deployment("b-well", 1, 1)).with(pod("b-well", "a", "1"));
    s.put(deployment("a-idle", 0, 0));
    let mut stopped = deployment("c-stopped", 0, 0);
    stopped.meta.annotations = labels(&[("kennel.dev/replicas", "2")]);
    s.put(stopped);
    assert_eq!(names(&mut s).0, ["Deployment c-stopped", "Deployment b-well", "Deployment a-idle"]);
}

#[test]
fn an_environment_of_argo_cd_or_flux_says_so_where_nobody_is_named() {
    let made_by = |annotations: &[(&str, &str)], own: &[(&str, &str)]| {
        let own = labels(&[own, &[("kennel.dev/project", "shop")]].concat());
        let meta = Meta { annotations: labels(annotations), labels: own, ..namespace().meta };
        Scene::new().with(NamespaceRow { meta, ..namespace() }).environment(0).created_by.clone()
    };
    let argo = ("argocd.argoproj.io/tracking-id", "shop:/Namespace:/shop-qa");
    let flux = ("kustomize.toolkit.fluxcd.io/name", "tenants");
    assert_eq!(made_by(&[argo], &[]).as_deref(), Some("Argo CD shop"));
    assert_eq!(made_by(&[], &[flux]).as_deref(), Some("Flux tenants"));
    assert_eq!(made_by(&[argo], &[flux]).as_deref(), Some("Argo CD shop"));
    assert_eq!(made_by(&[argo, ("kennel.dev/created-by", "maria")], &[]).as_deref(), Some("maria"));
    assert_eq!(made_by(&[], &[]), None);
}

#[test]
fn lines_of_events_are_the_same_in_whatever_order_their_rows_come() {
    let of = || ObjectId::new(Kind::Pod, NS, "p");
    let older = event("", of(), "BackOff", "back-off 10s restarting", 3, -100);
    let newer = EventRow { warning: true, ..event("", of(), "BackOff", "back-off 5m0s restarting", 2, -50) };
    let line = |names: [&str; 2]| {
        let mut s = Scene::new();
        s.put(EventRow { name: names[0].into(), ..older.clone() });
        s.put(EventRow { name: names[1].into(), ..newer.clone() });
        let e = s.environment(0);
        assert_eq!(e.events.len(), 1);
        let line = &e.events[0];
        (line.count, line.warning, line.first, line.time, line.message.to_string())
    };
    let one = line(["1", "2"]);
    assert_eq!(one, (5, true, Some(at(-110)), Some(at(-50)), "back-off 5m0s restarting".to_owned()));
    assert_eq!(line(["2", "1"]), one);
}

#[test]
fn a_cron_job_has_failed_when_the_last_of_its_runs_that_ended_has() {
    let run = |name: &str, created: i64, failed: bool, active| {
        let of = Meta { owner: Some(owner("CronJob", "nightly")), created: Some(at(created)), ..meta(name) };
        let ended = if failed { "Failed" } else { "Complete" };
        let conditions: Box<[_]> = if active > 0 { Box::default() } else { Box::new([condition(ended, true, "", -5)]) };
        JobRow { meta: of, active, conditions, ..JobRow::default() }
    };
    let cron = || CronJobRow { meta: meta("nightly"), schedule: "0 3 * * *".into(), ..CronJobRow::default() };
    let failed = |runs: &[JobRow]| {
        let mut s = Scene::new().with(cron());
        runs.iter().for_each(|r| s.put(r.clone()));
        s.environment(0).tasks[0].failed
    };
    // By name the order is the other one.
    let (first, second) = (run("b", -200, true, 0), run("a", -100, false, 0));
    assert!(failed(std::slice::from_ref(&first)));
    assert!(!failed(&[first.clone(), second]));
    assert!(failed(&[run("b", -200, false, 0), run("a", -100, true, 0)]));
    assert!(failed(&[first, run("a", -100, false, 1)]), "while it runs again the last that ended counts");
    let mut well = Scene::new().with(cron()).with(run("a", -100, false, 0));
    assert_eq!(well.environment(0).tasks[0].status.word(), "Healthy");
}

#[test]
fn a_cron_job_that_is_suspended_runs_next_at_no_time() {
    let next = |suspended| {
        let row =
            CronJobRow { meta: meta("nightly"), schedule: "0 3 * * *".into(), suspended, ..CronJobRow::default() };
        Scene::new().with(row).environment(0).tasks[0].next_run
    };
    assert!(next(false).is_some_and(|t| t > at(0)));
    assert_eq!(next(true), None);
}

#[test]
fn a_job_that_can_not_be_read_counts_the_pods_that_run_and_shows_the_images_of_its_newest() {
    let init = ContainerRow { init: true, ..container("setup", ContainerState::Running(None)) };
    let run = |name: &str, phase, created| {
        let containers = Box::new([init.clone(), container(name, ContainerState::Running(None))]);
        let row = PodRow { name: name.into(), phase, created: Some(at(created)), containers, ..pod("ci", "", name) };
        owned("Job", "ci", row)
    };
    let mut s = Scene::new();
    s.put(run("old", PodPhase::Failed, -200));
    s.put(run("new", PodPhase::Succeeded, -100));
    let task = s.environment(0).tasks[0].clone();
    assert_eq!((task.object.to_string(), task.active, task.failed), ("Job ci".into(), 0, false));
    assert_eq!(task.images.iter().map(|i| i.as_str()).collect::<Vec<_>>(), ["acme/new:1"]);
    s.put(run("last", PodPhase::Failed, -50));
    assert!(s.environment(0).tasks[0].failed);
    s.put(run("now", PodPhase::Running, -20));
    assert_eq!((s.environment(0).tasks[0].active, s.environment(0).tasks[0].failed), (1, false));
}

#[test]
fn what_may_not_be_read_is_a_gap_and_what_could_be_read_here_is_none() {
    let forbidden = || DataState::Forbidden { why: "no".into() };
    let gaps = |s: &mut Scene| -> Vec<Kind> { s.environment(0).gaps.iter().map(|(kind, _)| *kind).collect() };
    assert_eq!(gaps(&mut Scene::new()), []);
    let mut s = Scene::new().data(Kind::Secret, forbidden()).data(Kind::Node, forbidden());
    assert_eq!(gaps(&mut s), [Kind::Secret], "nodes are in no namespace");
    s.0.apply(crate::domain::model::Change::Data {
        of: Kind::Secret.into(),
        namespace: Some(NS.into()),
        state: Some(DataState::Live),
    });
    assert_eq!(gaps(&mut s), []);
    s.0.apply(crate::domain::model::Change::Data {
        of: Kind::Pod.into(),
        namespace: Some(NS.into()),
        state: Some(forbidden()),
    });
    assert_eq!(gaps(&mut s), [Kind::Pod]);
    assert!(s.environment(0).gap(Kind::Pod).is_some_and(|state| *state == forbidden()));
}

#[test]
fn a_uid_is_the_pods_own_or_that_of_whom_its_pods_name() {
    let mut s = Scene::new().with(PodRow { owner: None, name: "bare".into(), ..pod("bare", "", "1") });
    s.put(owned("Cluster", "pg", PodRow { name: "pg-1".into(), ..pod("pg", "", "2") }));
    assert_eq!(s.service("bare", 0).uid, "uid-1");
    assert_eq!(s.service("pg", 0).uid, "uid-pg");
}

#[test]
fn pods_whose_deployment_is_gone_are_its_last_when_all_of_them_go() {
    let going = |tail: &str| PodRow { deleted: Some(at(20)), ..pod("web", "a", tail) };
    let mut s = Scene::new().with(going("1")).with(pod("web", "a", "2"));
    assert_eq!(names(&mut s).0, ["ReplicaSet web-a"]);
    s.put(going("2"));
    assert_eq!(names(&mut s).0, ["Deployment web"]);
}

#[test]
fn without_pods_the_workloads_own_counts_are_shown() {
    let mut row = deployment("web", 3, 2);
    row.counts.replicas = 4;
    let mut s = Scene::new().with(row).with(pod("web", "a", "1"));
    let numbers = |s: &mut Scene| {
        let web = s.service("web", 0);
        (web.ready, web.desired, web.running)
    };
    assert_eq!(numbers(&mut s), (1, 3, 1));
    let mut s = s.data(Kind::Pod, DataState::Forbidden { why: "no".into() });
    assert_eq!(numbers(&mut s), (2, 3, 4));
}

#[test]
fn pods_alone_are_available_when_each_that_lives_is_ready() {
    let bare = |tail: &str, ready| owned("Cluster", "pg", PodRow { ready, ..pod("pg", "x", tail) });
    let init = ContainerRow { init: true, ..container("setup", ContainerState::Running(None)) };
    let mut s = Scene::new().with(bare("1", true));
    assert!(s.service("pg", 0).available);
    s.put(PodRow { containers: Box::new([init, container("pg", ContainerState::Running(None))]), ..bare("2", false) });
    let pg = s.service("pg", 0);
    assert!(!pg.available);
    assert_eq!(pg.images.iter().map(|i| i.as_str()).collect::<Vec<_>>(), ["acme/pg:1"], "no image that only set it up");
    assert!(!Scene::new().with(deployment("off", 0, 0)).service("off", 0).available, "nothing is wanted of it");
}

#[test]
fn a_node_that_is_no_spot_makes_no_spot_and_a_stateful_set_without_claims_no_datasource() {
    let mut s = Scene::new().with(deployment("web", 1, 1)).with(pod("web", "a", "1"));
    s.put(NodeRow { name: "node-1".into(), ready: true, ..NodeRow::default() });
    s.put(workload(WorkloadKind::StatefulSet, "queue", 1, 1));
    assert!(!s.service("web", 0).spot);
    assert!(!s.service("queue", 0).datasource);
}

#[test]
fn a_kubernetes_service_without_ports_is_an_address_without_one() {
    let mut s = Scene::new().with(deployment("web", 1, 1)).with(pod("web", "a", "1")).with(kube_service("web", "web"));
    let addresses: Vec<_> = s.service("web", 0).addresses.iter().map(|a| a.to_string()).collect();
    assert_eq!(addresses, ["web.shop-qa.svc"]);
}

/// What kennel did to one object, and has ended.
fn done_to(kind: &str, name: &str, action: Action) -> JournalRow {
    let steps = vec![step(kind, name, action, StepResult::Done)];
    noted(Journal { state: OperationState::Done, ended_at: Some(at(-60)), steps, ..journal(at(-100)) })
}

#[test]
fn a_stop_is_credited_to_what_it_stopped_and_to_what_keda_held_for_it_and_to_nothing_else() {
    let credited = |journal: JournalRow| {
        let mut s = Scene::new();
        for row in [deployment("web", 0, 0), workload(WorkloadKind::StatefulSet, "web", 0, 0), deployment("api", 0, 0)]
        {
            let annotations = labels(&[("kennel.dev/replicas", "1")]);
            s.put(WorkloadRow { meta: Meta { annotations, ..row.meta.clone() }, ..row });
        }
        let target = ObjectId::new(Kind::Deployment, NS, "api");
        s.put(ScaledObjectRow { meta: meta("api-so"), target, ..ScaledObjectRow::default() });
        s.put(journal);
        let e = s.environment(0);
        let by = |s: &&std::sync::Arc<crate::domain::service::Service>| {
            s.reason.as_deref().is_some_and(|r| r.contains("maria"))
        };
        let mut found: Vec<String> = e.services.iter().filter(by).map(|s| s.object.to_string()).collect();
        found.sort();
        found
    };
    assert_eq!(credited(done_to("Deployment", "web", to_zero())), ["Deployment web"]);
    assert_eq!(credited(done_to("StatefulSet", "web", to_zero())), ["StatefulSet web"]);
    assert_eq!(credited(done_to("ScaledObject", "api-so", to_zero())), ["Deployment api"]);
    assert_eq!(credited(done_to("Deployment", "api-so", to_zero())), <[&str; 0]>::default());
}

#[test]
fn a_kubernetes_service_without_a_workload_is_shown_and_neither_judged_nor_counted() {
    let bare = |name: &str, external: Option<&str>| {
        let row = kube_service(name, name);
        KubeServiceRow { selector: Default::default(), external: external.map(Into::into), ..row }
    };
    let mut s = Scene::new().with(bare("mail", Some("mail.example.org"))).with(bare("pay", None));
    s.put(slice("pay", 1, 2));
    s.put(kube_service("ghost", "ghost"));
    let said = |s: &mut Scene| -> Vec<String> {
        let e = s.environment(0);
        assert_eq!((e.phase.word(), e.total), ("Service Unavailable", 0), "there is nothing that could serve");
        let line = |s: &std::sync::Arc<crate::domain::service::Service>| {
            format!("{} {}: {}", s.object, s.status.word(), s.reason.as_deref().unwrap())
        };
        e.services.iter().map(line).collect()
    };
    assert_eq!(
        said(&mut s),
        [
            "Service ghost N/A: selects no pods of any service",
            "Service mail N/A: leads to mail.example.org, outside the cluster",
            "Service pay N/A: selects no pods, 1 of 2 endpoints of its own ready",
        ]
    );
    // One that leads to a workload is part of that, and stands after it no more.
    s.put(deployment("ghost", 1, 1));
    let e = s.environment(0);
    let names: Vec<_> = e.services.iter().map(|s| s.object.to_string()).collect();
    assert_eq!((names, e.total), (vec!["Deployment ghost".into(), "Service mail".into(), "Service pay".into()], 1));
    assert_eq!(e.services[1].addresses.first().map(|a| a.as_str()), Some("mail.shop-qa.svc"));
    // Nothing is known of that before the workloads are.
    let mut early = Scene::new().with(bare("mail", None)).data(Kind::Deployment, DataState::Idle);
    assert!(early.environment(0).services.is_empty());
}
