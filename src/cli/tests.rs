//! Snapshots made by hand, and what the lists print of them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::args::{Get, Output, What};
use super::print::Style;
use crate::domain::environment::{Environment, Operation};
use crate::domain::event::Event;
use crate::domain::fixture;
use crate::domain::issue::{Category, Issue, IssueCounts, IssueId, Severity};
use crate::domain::operation::{Action, Journal, JournalStep, OperationState, Scale, StepResult, Suspend};
use crate::domain::phase::Phase;
use crate::domain::project::Project;
use crate::domain::row::{ContainerRow, ContainerState, PodPhase, PodRow};
use crate::domain::service::{Memory, Service, Task};
use crate::domain::status::Status;
use crate::domain::{EnvironmentId, Kind, ObjectId, Snapshot, Text, Time};
use crate::plan::Direction;

/// The moment that the tests' snapshots show.
pub(crate) fn now() -> Time {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// An empty environment.
pub(crate) fn place(project: &str, name: &str, namespace: &str) -> Environment {
    Environment {
        id: EnvironmentId::new("", namespace),
        project: project.into(),
        name: name.into(),
        phase: Phase::ServiceUnavailable,
        ..Environment::default()
    }
}

/// A snapshot of these environments and their projects.
pub(crate) fn snapshot(places: impl IntoIterator<Item = Environment>) -> Snapshot {
    let mut s = Snapshot { now: now(), ..Snapshot::default() };
    for e in places {
        let of = |o: &&Arc<Environment>| o.project == e.project;
        let mut ids: Vec<EnvironmentId> = s.environments.values().filter(of).map(|o| o.id.clone()).collect();
        ids.push(e.id.clone());
        let project = Project {
            name: e.project.clone(),
            id: None,
            display_name: None,
            environments: ids.into(),
            system: false,
            issues: IssueCounts::default(),
            created: None,
        };
        s.projects.insert(e.project.clone(), Arc::new(project));
        s.environments.insert(e.id.clone(), Arc::new(e));
    }
    s
}

/// A Deployment without anything but its name.
pub(crate) fn card(namespace: &str, name: &str) -> Service {
    Service {
        object: ObjectId::new(Kind::Deployment, namespace, name),
        status: Status::Healthy,
        counted: true,
        available: true,
        ready: 1,
        desired: 1,
        running: 1,
        ..Service::default()
    }
}

/// Everything that is optional is there.
fn event() -> Event {
    Event {
        time: Some(now()),
        first: None,
        warning: true,
        reason: "BackOff".into(),
        message: "restarting container".into(),
        count: 14,
        object: ObjectId::new(Kind::Pod, "shop-prod", "web-1"),
        service: Some("web".into()),
        source: "kubelet".into(),
    }
}

fn full() -> Snapshot {
    let object = ObjectId::new(Kind::Deployment, "shop-prod", "web");
    let created = now().checked_sub(jiff::SignedDuration::from_hours(48)).unwrap();
    let pod = PodRow {
        name: "web-1".into(),
        namespace: "shop-prod".into(),
        created: Some(now()),
        node: Some("node-1".into()),
        phase: PodPhase::Running,
        containers: Box::new([
            ContainerRow { name: "init".into(), init: true, ..ContainerRow::default() },
            ContainerRow {
                name: "web".into(),
                restarts: 4,
                state: ContainerState::Waiting { reason: "CrashLoopBackOff".into(), message: None },
                ..ContainerRow::default()
            },
        ]),
        ..PodRow::default()
    };
    let web = Service {
        status: Status::Degraded,
        reason: Some("rev 8 crash-loops".into()),
        memory: Some(Memory { replicas: Some(3), tool: "kennel".into(), key: "kennel.dev/replicas".into() }),
        images: Box::new(["acme/web:1".into()]),
        addresses: Box::new(["web.shop-prod.svc:80".into()]),
        urls: Box::new(["https://shop.dev".into()]),
        deployed_by: Some("ci-bot".into()),
        created: Some(created),
        pods: Box::new([Arc::new(pod)]),
        ..card("shop-prod", "web")
    };
    let nightly = Task {
        object: ObjectId::new(Kind::CronJob, "shop-prod", "nightly"),
        uid: Text::default(),
        resource_version: Text::default(),
        status: Status::Healthy,
        reason: None,
        brief: None,
        since: None,
        failed: false,
        suspended: false,
        memory: None,
        fires_on_resume: true,
        never_stopped: false,
        last_run: None,
        next_run: Some(now()),
        active: 0,
        created: None,
        images: Box::default(),
    };
    let journal = Journal {
        id: "op-1".into(),
        host: "laptop".into(),
        process: 7,
        started_at: created,
        steps: vec![JournalStep {
            id: 1,
            tier: 0,
            object: object.clone(),
            uid: None,
            action: Action::Scale(Scale { from: 3, to: 0, remember: true, forget: vec![] }),
            result: StepResult::Failed("no".into()),
        }],
        ..fixture::journal(now())
    };
    let mut e = Environment {
        phase: Phase::Decommissioning,
        services: Box::new([Arc::new(web)]),
        tasks: Box::new([Arc::new(nightly)]),
        events: Arc::new([Arc::new(event())]),
        available: 0,
        total: 1,
        issues: Arc::new([Issue::new(
            IssueId { object, ..IssueId::default() },
            Severity::Critical,
            Category::Reliability,
            "web",
        )]),
        created: Some(created),
        production: true,
        ..place("shop", "prod", "shop-prod")
    };
    e.operation = Some(Operation {
        journal: Arc::new(journal),
        uid: Text::default(),
        resource_version: Text::default(),
        state: OperationState::Interrupted,
    });
    snapshot([e, place("lab", "x", "lab-x")])
}

fn printed(s: &Snapshot, what: What, target: Option<&str>, output: Output) -> String {
    let get = Get { what, target: target.map(str::to_owned) };
    let mut out = vec![];
    super::get::list(s, &get, &[], Style { output, colour: false }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn json(s: &Snapshot, what: What, target: Option<&str>) -> Value {
    serde_json::from_str(&printed(s, what, target, Output::Json)).unwrap()
}

const NO_ISSUES: fn() -> Value = || json!({"critical": 0, "high": 0, "medium": 0, "warning": 0, "low": 0, "info": 0});

#[test]
fn a_bare_environment_has_names_ids_statuses_and_counters_and_nothing_else() {
    assert_eq!(
        json(&full(), What::Environments, Some("lab/x")),
        json!([{
            "name": "x", "id": "lab-x", "project": "lab", "status": "Service Unavailable",
            "services": {"healthy": 0, "total": 0}, "issues": NO_ISSUES(),
            "default": false, "protected": false, "production": false, "system": false,
        }])
    );
    assert_eq!(
        json(&full(), What::Projects, Some("lab")),
        json!([{"name": "lab", "id": "lab", "environments": 1, "issues": NO_ISSUES()}])
    );
}

#[test]
fn an_environment_says_the_seeds_words_and_rfc_3339_times_in_utc() {
    let one = &json(&full(), What::Environments, Some("shop/prod"))[0];
    assert_eq!(one["status"], "Decommissioning Resources");
    assert_eq!(one["createdAt"], "2026-02-27T12:00:00Z");
    assert_eq!(one["issues"]["critical"], 1);
    assert_eq!(
        one["operation"],
        json!({"id": "op-1", "verb": "stop", "status": "interrupted", "holder": "maria",
               "startedAt": "2026-02-27T12:00:00Z", "heartbeat": "2026-03-01T12:00:00Z"})
    );
}

#[test]
fn services_are_listed_with_tasks_told_by_kind() {
    let all = json(&full(), What::Services, None);
    assert_eq!(
        all[0],
        json!({
            "name": "web", "kind": "Deployment", "group": "apps", "namespace": "shop-prod", "environment": "prod", "project": "shop",
            "status": "Degraded", "reason": "rev 8 crash-loops", "ready": 1, "desired": 1, "remembered": 3,
            "images": ["acme/web:1"], "addresses": ["web.shop-prod.svc:80"], "urls": ["https://shop.dev"],
            "deployedBy": "ci-bot", "spot": false, "datasource": false,
            "issues": {"critical": 1, "high": 0, "medium": 0, "warning": 0, "low": 0, "info": 0},
            "createdAt": "2026-02-27T12:00:00Z",
        })
    );
    assert_eq!((&all[1]["kind"], &all[1]["nextRun"]), (&json!("CronJob"), &json!("2026-03-01T12:00:00Z")));
    assert_eq!(all[1]["issues"], NO_ISSUES(), "each has its own");
    assert_eq!(printed(&full(), What::Services, None, Output::Name), "deploy/web\ncj/nightly\n");
}

#[test]
fn events_and_pods_name_their_object_service_environment_and_project() {
    assert_eq!(
        json(&full(), What::Events, None),
        json!([{
            "time": "2026-03-01T12:00:00Z", "type": "Warning", "reason": "BackOff", "message": "restarting container",
            "count": 14, "object": {"kind": "Pod", "namespace": "shop-prod", "name": "web-1"},
            "service": "web", "environment": "prod", "project": "shop",
        }])
    );
    assert_eq!(
        json(&full(), What::Pods, Some("shop"))[0],
        json!({
            "name": "web-1", "namespace": "shop-prod", "environment": "prod", "project": "shop", "service": "web",
            "status": "CrashLoopBackOff", "ready": 0, "containers": 1, "restarts": 4, "node": "node-1",
            "createdAt": "2026-03-01T12:00:00Z",
        })
    );
}

#[test]
fn an_operation_is_its_journal_with_a_word_per_step() {
    let s = full();
    let e = s.namespace("shop-prod").unwrap();
    let shape = serde_json::to_value(super::shape::operation(e, e.operation.as_ref().unwrap())).unwrap();
    assert_eq!(
        shape,
        json!({
            "id": "op-1", "verb": "stop", "environment": "shop/prod", "namespace": "shop-prod",
            "status": "interrupted", "holder": "maria", "host": "laptop",
            "startedAt": "2026-02-27T12:00:00Z", "heartbeat": "2026-03-01T12:00:00Z",
            "steps": [{"id": 1, "verb": "scale", "object": {"kind": "Deployment", "group": "apps", "namespace": "shop-prod", "name": "web"},
                       "result": "failed", "why": "no"}],
        })
    );
}

#[test]
fn a_step_that_its_object_shows_to_be_done_is_done_and_it_is_said_that_the_journal_lacks_it() {
    use crate::domain::fixture::{Scene, at, deployment, journal, labels, noted, step, to_zero};
    use crate::domain::row::WorkloadRow;
    let of = |replicas| {
        let mut row = WorkloadRow { desired: replicas, ..deployment("web", 0, 0) };
        row.meta.annotations = labels(&[("kennel.dev/replicas", "1")]);
        let mut noted_step = step("Deployment", "web", to_zero(), StepResult::Sent);
        noted_step.uid = Some(row.meta.uid.clone());
        let e =
            Scene::new().with(row).with(noted(Journal { steps: vec![noted_step], ..journal(at(-120)) })).environment(0);
        let shape = serde_json::to_value(super::shape::operation(&e, e.operation.as_ref().unwrap())).unwrap();
        assert_eq!(shape["status"], "interrupted");
        (shape["steps"][0]["result"].clone(), shape["steps"][0].get("why").cloned())
    };
    assert_eq!(of(0), (json!("done"), Some(json!("not noted in the journal"))));
    assert_eq!(of(1), (json!("sent"), None));
}

#[test]
fn what_a_resume_or_an_undo_would_do_is_a_plan_in_its_order() {
    let s = full();
    let e = s.namespace("shop-prod").unwrap();
    let o = e.operation.as_ref().unwrap();
    let web = o.journal.steps[0].clone();
    let pauses = Action::Suspend(Suspend { from: false, to: true, remember: true });
    let nightly = JournalStep {
        id: 2,
        tier: 1,
        object: ObjectId::new(Kind::CronJob, "shop-prod", "nightly"),
        action: pauses,
        ..web.clone()
    };
    let of = |direction| serde_json::to_value(super::shape::again(e, o, &[&web, &nightly], direction)).unwrap();
    let undo = of(Direction::Back);
    let object = |kind: Kind, name: &str| json!({"kind": kind.info().name, "group": kind.info().group, "namespace": "shop-prod", "name": name});
    assert_eq!(
        undo,
        json!({
            "id": "op-1", "operation": "stop", "environment": "shop/prod", "namespace": "shop-prod",
            "leftAlone": [], "warnings": [], "refused": [],
            "steps": [
                {"id": 2, "verb": "resume", "object": object(Kind::CronJob, "nightly"), "detail": "paused → on",
                 "command": undo["steps"][0]["command"]},
                {"id": 1, "verb": "scale", "object": object(Kind::Deployment, "web"), "detail": "0 → 3",
                 "command": undo["steps"][1]["command"]},
            ],
        })
    );
    assert!(undo["steps"][1]["command"].as_str().unwrap().contains("\"replicas\":3"), "{undo}");
    let resume = of(Direction::Forward);
    assert_eq!((&resume["steps"][0]["detail"], &resume["steps"][1]["verb"]), (&json!("3 → 0"), &json!("suspend")));
}

#[test]
fn yaml_is_the_same_array_as_json() {
    let yaml = printed(&full(), What::Services, None, Output::Yaml);
    let back: Value = serde_yaml::from_str(&yaml).unwrap();
    assert_eq!(back, json(&full(), What::Services, None));
}

#[test]
fn tables_show_words_and_a_dash_for_what_is_unknown() {
    let text = printed(&full(), What::Environments, None, Output::Table);
    assert!(text.contains("shop/prod    Decommissioning Resources  0/1       ▲1"), "{text}");
    assert!(text.contains("lab/x        Service Unavailable        0/0       –       –"), "{text}");
}

#[test]
fn clap_finds_no_fault_in_the_arguments() {
    use clap::CommandFactory;
    super::args::Cli::command().debug_assert();
}

#[test]
fn events_of_several_environments_come_newest_first() {
    let at = |second: i64, reason: &str| {
        let time = Some(Time::from_second(second).unwrap());
        Arc::new(Event { time, reason: reason.into(), ..event() })
    };
    let with = |e: Environment, events: Vec<Arc<Event>>| Environment { events: events.into(), ..e };
    let s = snapshot([
        with(place("lab", "x", "lab-x"), vec![at(30, "c"), at(10, "a")]),
        with(place("shop", "prod", "shop-prod"), vec![at(40, "d"), at(20, "b")]),
    ]);
    let all = json(&s, What::Events, None);
    let reasons: Vec<&str> = all.as_array().unwrap().iter().map(|e| e["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["d", "c", "b", "a"]);
}

#[test]
fn wide_tables_have_more_columns_and_counts_of_issues_say_how_bad_they_are() {
    let titles = |output| printed(&full(), What::Environments, None, output).lines().next().unwrap().to_owned();
    let (table, wide) = (titles(Output::Table), titles(Output::Wide));
    assert!(wide.starts_with(table.trim_end()) && wide.len() > table.len(), "{table}\n{wide}");
    let object = || ObjectId::new(Kind::Deployment, "n", "web");
    let id = || IssueId { object: object(), ..IssueId::default() };
    let issue = |severity| Issue::new(id(), severity, Category::Reliability, "x");
    let of = |all: Vec<Severity>| {
        let issues = all.into_iter().map(issue).collect();
        let s = snapshot([Environment { issues, ..place("shop", "prod", "shop-prod") }]);
        printed(&s, What::Environments, None, Output::Table)
    };
    use Severity::{Critical, High, Medium, Warning};
    assert!(of(vec![High, High, Medium, Medium, Warning]).contains(" △2 ▫3 "));
    assert!(of(vec![Critical, Warning]).contains(" ▲1 ▫1 "));
    assert!(of(vec![Medium]).contains(" ▫1 "));
}

#[test]
fn a_pods_status_is_kubectls_word() {
    let word = |init: ContainerState, main: ContainerState| {
        let of =
            |name: &str, init, state| ContainerRow { init, state, ..fixture::container(name, fixture::waiting("")) };
        let containers = Box::new([of("migrate", true, init), of("web", false, main)]);
        super::shape::pod_status(&PodRow { phase: PodPhase::Pending, containers, ..PodRow::default() })
    };
    let wait = fixture::waiting;
    assert_eq!(word(wait("CrashLoopBackOff"), wait("PodInitializing")), "Init:CrashLoopBackOff");
    assert_eq!(word(wait("PodInitializing"), wait("")), "Pending");
    assert_eq!(word(ContainerState::Running(None), wait("PodInitializing")), "PodInitializing");
    assert_eq!(word(ContainerState::Running(None), wait("ImagePullBackOff")), "ImagePullBackOff");
}
