//! A believable cluster, by hand: the shop of the design's screens, with three more projects.

use std::sync::Arc;

use kennel::domain::data::DataState;
use kennel::domain::environment::{Environment, Operation};
use kennel::domain::event::Event;
use kennel::domain::inspection::Inspection;
use kennel::domain::issue::{Category, Issue, IssueId, Severity};
use kennel::domain::operation::{Action, Journal, JournalStep, OperationState, Scale, StepResult, Verb};
use kennel::domain::phase::Phase;
use kennel::domain::project::Project;
use kennel::domain::revision::{Container, Revision, Setting};
use kennel::domain::row::{
    Condition, ConfigRef, ContainerRow, ContainerState, Counts, Meta, PodPhase, PodRow, QuotaRow, Selector, Template,
    Termination, WorkloadKind, WorkloadRow,
};
use kennel::domain::rows::Rows;
use kennel::domain::service::{Memory, Service, Task};
use kennel::domain::snapshot::{Access, ClusterFacts, Connection, Snapshot, Totals};
use kennel::domain::status::Status;
use kennel::domain::{Api, EnvironmentId, Kind, Labels, ObjectId, Text, Time};

/// 2026-03-14 12:00:00 UTC.
pub const NOW: i64 = 1_773_489_600;

pub const M: i64 = 60;
pub const H: i64 = 3600;
pub const D: i64 = 86_400;

/// That many seconds ago.
pub fn ago(seconds: i64) -> Time {
    Time::from_second(NOW - seconds).unwrap()
}

pub fn now() -> Time {
    ago(0)
}

/// Revisions of checkout; mailer has one, the others have none.
pub fn revisions(name: &str) -> Vec<Revision> {
    if name == "mailer" {
        return vec![Revision {
            number: 1,
            object: "mailer-1".into(),
            created: Some(ago(2 * D)),
            ..Revision::default()
        }];
    }
    if name != "checkout" {
        return Vec::new();
    }
    let of = |number, age, pods, image: &str, variables: &[&str], why: Option<&str>| {
        let from = |v: &&str| (Text::from(*v), Setting::From("secret/checkout-db:url".into()));
        let container =
            Container { image: image.into(), env: variables.iter().map(from).collect(), ..Container::default() };
        Revision {
            number,
            object: format!("checkout-{number}").into(),
            created: Some(ago(age)),
            why: why.map(Text::from),
            pods: Some(pods),
            containers: [("app".into(), container)].into(),
            ..Revision::default()
        }
    };
    vec![
        of(8, 4 * M, 2, "acme/checkout:1.8.2", &[], Some("release 1.8.2")),
        of(7, 2 * D, 1, "acme/checkout:1.8.1", &["DB_URL"], None),
        of(6, 9 * D, 0, "acme/checkout:1.8.0", &["DB_URL"], None),
    ]
}

/// A service: `name`, kind, status, ready, desired.
pub fn service(ns: &str, name: &str, kind: &str, status: Status, ready: u32, desired: u32) -> Service {
    Service {
        object: ObjectId::new(Api::referred("", kind), ns, name),
        uid: format!("uid-{ns}-{name}").into(),
        status,
        counted: true,
        available: ready == desired && desired > 0,
        ready,
        desired,
        running: ready,
        images: Box::new([format!("acme/{name}:1.0.0").into()]),
        deployed_by: Some("ci-bot".into()),
        deployed_at: Some(ago(2 * D)),
        created: Some(ago(91 * D)),
        workload: Some(Arc::new(workload(ns, name, kind, desired))),
        ..Service::default()
    }
}

fn with(mut s: Service, change: impl FnOnce(&mut Service)) -> Service {
    change(&mut s);
    s
}

fn texts<const N: usize>(all: [&str; N]) -> Box<[Text]> {
    all.map(Text::from).into()
}

fn pod(ns: &str, name: &str, ready: bool, age: i64, node: &str) -> PodRow {
    PodRow {
        name: name.into(),
        namespace: ns.into(),
        uid: format!("uid-{name}").into(),
        created: Some(ago(age)),
        node: Some(node.into()),
        phase: PodPhase::Running,
        ready,
        ready_since: Some(ago(age - 10)),
        containers: Box::new([ContainerRow {
            name: "app".into(),
            image: "acme/app:1".into(),
            ready,
            state: ContainerState::Running(Some(ago(age - 5))),
            ..ContainerRow::default()
        }]),
        ..PodRow::default()
    }
}

fn crashing(ns: &str, name: &str, restarts: u32) -> PodRow {
    let mut p = pod(ns, name, false, 4 * M, "node-4");
    p.containers = Box::new([
        ContainerRow {
            name: "app".into(),
            image: "acme/checkout:1.8.2".into(),
            restarts,
            state: ContainerState::Waiting { reason: "CrashLoopBackOff".into(), message: None },
            last: Some(Box::new(Termination {
                reason: "Error".into(),
                code: 1,
                message: Some("panic: DB_URL is not set".into()),
                started: Some(ago(40)),
                finished: Some(ago(38)),
            })),
            ..ContainerRow::default()
        },
        ContainerRow {
            name: "proxy".into(),
            image: "envoyproxy/envoy:1.33".into(),
            ready: true,
            state: ContainerState::Running(Some(ago(4 * M))),
            ..ContainerRow::default()
        },
    ]);
    p
}

fn condition(kind: &str, status: bool, reason: &str, message: &str, since: i64) -> Condition {
    Condition {
        kind: kind.into(),
        status: Some(status),
        reason: reason.into(),
        message: message.into(),
        since: Some(ago(since)),
    }
}

fn conditions() -> Box<[Condition]> {
    Box::new([
        condition(
            "Available",
            false,
            "MinimumReplicasUnavailable",
            "Deployment does not have minimum availability.",
            4 * M,
        ),
        condition("Progressing", true, "ReplicaSetUpdated", "ReplicaSet \"checkout-7d9f5b\" is progressing.", 4 * M),
    ])
}

fn config(name: &str) -> Box<[ConfigRef]> {
    let of = |secret, name: String, place: &str, optional| ConfigRef {
        secret,
        name: name.into(),
        place: place.into(),
        optional,
    };
    if name != "checkout" {
        return Box::new([]);
    }
    Box::new([
        of(false, format!("{name}-env"), "all keys as variables", false),
        of(true, format!("{name}-db"), "variables DB_URL, DB_USER, DB_PASSWORD and 1 more", false),
        of(true, "shop-tls".to_owned(), "files in /etc/tls", true),
    ])
}

fn workload(ns: &str, name: &str, kind: &str, desired: u32) -> WorkloadRow {
    WorkloadRow {
        kind: match kind {
            "DaemonSet" => WorkloadKind::DaemonSet,
            "StatefulSet" => WorkloadKind::StatefulSet,
            _ => WorkloadKind::Deployment,
        },
        meta: Meta {
            name: name.into(),
            namespace: ns.into(),
            uid: format!("uid-{ns}-{name}").into(),
            ..Meta::default()
        },
        desired,
        selector: Selector::default(),
        template: Template { grace: Some(60), config: config(name), ..Template::default() },
        counts: Counts { replicas: desired, updated: desired, ready: desired, available: desired, ..Counts::default() },
        observed_generation: 8,
        conditions: Box::new([]),
        paused: false,
        progress_deadline: Some(600),
        on_delete: false,
        partition: 0,
        revisions: None,
        revision: Some(8),
        volume_claims: if kind == "StatefulSet" { Box::new(["data".into()]) } else { Box::new([]) },
        claims_die_when_scaled: false,
    }
}

fn event(
    ns: &str,
    object: (&str, &str),
    age: i64,
    warning: bool,
    reason: &str,
    message: &str,
    count: u32,
) -> Arc<Event> {
    Arc::new(Event {
        time: Some(ago(age)),
        first: Some(ago(age + 60)),
        warning,
        reason: reason.into(),
        message: message.into(),
        count,
        object: ObjectId::new(Api::referred("", object.0), ns, object.1),
        service: Some(object.1.split('-').next().unwrap().into()),
        source: "kubelet".into(),
    })
}

fn task(ns: &str, kind: &str, name: &str, change: impl FnOnce(&mut Task)) -> Arc<Task> {
    let mut t = Task {
        object: ObjectId::new(Api::referred("", kind), ns, name),
        uid: format!("uid-{ns}-{name}").into(),
        resource_version: "1".into(),
        status: Status::Healthy,
        reason: None,
        brief: None,
        since: None,
        failed: false,
        suspended: false,
        memory: None,
        fires_on_resume: false,
        never_stopped: false,
        last_run: Some(ago(9 * H)),
        next_run: None,
        active: 0,
        created: Some(ago(41 * D)),
        images: Box::new([]),
    };
    change(&mut t);
    Arc::new(t)
}

/// An environment without anything in it.
pub fn environment(project: &str, name: &str, phase: Phase) -> Environment {
    let namespace = format!("{project}-{name}");
    Environment {
        twins: Box::default(),
        uid: format!("uid-{namespace}").into(),
        id: EnvironmentId::new("eu-1", namespace),
        system: false,
        project: project.into(),
        name: name.into(),
        project_id: None,
        project_display_name: None,
        labels: Labels::default(),
        phase,
        reason: None,
        provisional: false,
        services: Box::new([]),
        tasks: Box::new([]),
        events: Arc::new([]),
        older_events: 0,
        autoscalers: Rows::default(),
        scaled_objects: Rows::default(),
        releases: Box::default(),
        quotas: Rows::default(),
        available: 0,
        total: 0,
        issues: Arc::new([]),
        inspection: Inspection::Done(Box::default()),
        created_by: Some("maria".into()),
        created: Some(ago(91 * D)),
        updated: Some(ago(2 * D)),
        default: false,
        protected: false,
        production: name == "prod",
        color: None,
        managed_by: None,
        operation: None,
        blocked_by: None,
        gaps: Box::default(),
        unread: Box::default(),
    }
}

fn issue(ns: &str, severity: Severity, kind: &str, name: &str, title: &str, since: i64) -> Issue {
    let object = ObjectId::new(Api::referred("", kind), ns, name);
    let id = IssueId { detector: "degraded", object, key: title.into() };
    Issue { since: Some(ago(since)), ..Issue::new(id, severity, Category::Reliability, title) }
}

fn staging() -> Environment {
    let ns = "shop-staging";
    let of = |name: &str, status, ready, desired| service(ns, name, "Deployment", status, ready, desired);
    let services = vec![
        with(of("checkout", Status::Degraded, 1, 3), |s| {
            s.reason = Some("rev 8 crash-loops, rev 7 serves 1/3".into());
            s.images = texts(["acme/checkout:1.8.2", "envoyproxy/envoy:1.33"]);
            s.addresses = texts(["checkout.shop-staging.svc:8080"]);
            s.urls = texts(["https://pay.shop.dev/"]);
            s.deployed_at = Some(ago(4 * M));
            s.restarts = 14;
            s.workload =
                Some(Arc::new(WorkloadRow { conditions: conditions(), ..workload(ns, "checkout", "Deployment", 3) }));
            s.repository = Some("https://git.acme.dev/shop/checkout".into());
            s.pods = vec![
                Arc::new(pod(ns, "checkout-5c4d8f-k9p2m", true, 2 * D, "node-2")),
                Arc::new(crashing(ns, "checkout-7d9f5b-x2abc", 14)),
                Arc::new(crashing(ns, "checkout-7d9f5b-q8zzt", 13)),
            ]
            .into();
        }),
        with(of("search", Status::Progressing, 1, 2), |s| {
            s.reason = Some("1 of 2 new, 40 s of 600 s".into());
            s.images = texts(["acme/search:0.9.4"]);
            s.addresses = texts(["search.shop-staging.svc:9200"]);
            s.deployed_at = Some(ago(1));
        }),
        with(of("mailer", Status::Stopped, 0, 0), |s| {
            s.reason = Some("stopped 3h ago by jonas".into());
            s.memory = Some(Memory { replicas: Some(2), tool: "kennel".into(), key: "kennel.dev/replicas".into() });
            s.images = texts(["acme/mailer:1.1.0"]);
            s.addresses = texts(["mailer.shop-staging.svc:8025"]);
            s.deployed_at = Some(ago(3 * H));
            s.deployed_by = Some("jonas".into());
        }),
        with(of("worker", Status::Running, 5, 6), |s| {
            (s.reason, s.bare) = (Some("5/6".into()), true);
            s.usage = Some((410, 1_990 << 20));
            s.spot = true;
        }),
        with(service(ns, "orders-db", "StatefulSet", Status::Running, 1, 1), |s| {
            s.datasource = true;
            s.images = texts(["postgres:17.2"]);
            s.addresses = texts(["orders-db.shop-staging.svc:5432"]);
            s.usage = Some((40, 512 << 20));
            s.deployed_by = Some("maria".into());
            s.deployed_at = Some(ago(91 * D));
        }),
        with(of("auth", Status::Healthy, 2, 2), |s| {
            s.usage = Some((25, 130 << 20));
            s.addresses = texts(["auth.shop-staging.svc:8080"]);
        }),
        with(of("billing", Status::Healthy, 2, 2), |s| s.usage = Some((60, 240 << 20))),
        with(of("catalog", Status::Healthy, 3, 3), |s| {
            s.usage = Some((120, 210 << 20));
            s.addresses = texts(["catalog.shop-staging.svc:8080"]);
            s.urls = texts(["https://shop.dev/catalog"]);
        }),
        with(service(ns, "gateway", "DaemonSet", Status::Healthy, 6, 6), |s| {
            s.images = texts(["envoyproxy/envoy:1.33"]);
            s.usage = Some((80, 96 << 20));
            s.addresses = texts(["gateway.shop-staging.svc:443"]);
            s.deployed_by = Some("maria".into());
            s.deployed_at = Some(ago(30 * D));
        }),
        with(of("media", Status::Healthy, 1, 1), |s| {
            s.usage = Some((10, 88 << 20));
            s.urls = texts(["https://media.shop.dev"]);
        }),
        with(of("web", Status::Healthy, 4, 4), |s| {
            s.usage = Some((1310, 480 << 20));
            s.addresses = texts(["web.shop-staging.svc:80"]);
            s.urls = texts(["https://shop.dev"]);
            s.images = texts(["registry.acme.dev/shop/web@sha256:4f5e6d7c8b9a0f1e2d3c"]);
        }),
    ];
    let pod = |name: &'static str| ("Pod", name);
    let events = [
        event(ns, pod("checkout-7d9f5b-x2abc"), 12, true, "BackOff", "restarting failed container app", 14),
        event(
            ns,
            ("Deployment", "search"),
            40,
            false,
            "ScalingReplicaSet",
            "scaled up replica set search-66c8d9 to 1",
            1,
        ),
        event(
            ns,
            pod("search-66c8d9-p8xyz"),
            41,
            false,
            "Scheduled",
            "assigned shop-staging/search-66c8d9-p8xyz to node-4",
            1,
        ),
        event(ns, pod("worker-5b8f7c-k2q7d"), 2 * M, false, "Killing", "stopping container app: node-2 is draining", 1),
        event(ns, pod("checkout-7d9f5b-x2abc"), 4 * M, true, "Unhealthy", "readiness probe failed: HTTP 503", 22),
        event(
            ns,
            ("Deployment", "checkout"),
            6 * M,
            false,
            "ScalingReplicaSet",
            "scaled up replica set checkout-7d9f5b to 3",
            1,
        ),
        event(
            ns,
            ("Job", "cleanup-2934"),
            2 * H,
            true,
            "BackoffLimitExceeded",
            "Job has reached the specified backoff limit",
            1,
        ),
        event(
            ns,
            ("Deployment", "mailer"),
            3 * H,
            false,
            "ScalingReplicaSet",
            "scaled down replica set mailer-6f to 0 from 2",
            1,
        ),
    ];
    Environment {
        reason: Some("checkout crash-loops".into()),
        services: services.into_iter().map(Arc::new).collect(),
        tasks: Box::new([
            task(ns, "CronJob", "cleanup", |t| {
                t.failed = true;
                t.brief = Some("failed after 3 tries".into());
                t.last_run = Some(ago(2 * H));
                t.next_run = Some(ago(-22 * H));
                t.reason = Some("failed after 3 tries".into());
            }),
            task(ns, "Job", "db-migrate", |t| t.last_run = Some(ago(2 * D))),
            task(ns, "CronJob", "nightly-report", |t| t.next_run = Some(ago(-15 * H))),
        ]),
        events: events.into(),
        quotas: Rows::from_iter([QuotaRow {
            name: "default".into(),
            namespace: ns.into(),
            used: Box::new([
                ("pods".into(), "26".into(), "40".into()),
                ("requests.cpu".into(), "3100m".into(), "8".into()),
                ("requests.memory".into(), "5Gi".into(), "16Gi".into()),
            ]),
        }]),
        available: 8,
        total: 11,
        issues: Arc::new([
            issue(ns, Severity::Critical, "Deployment", "checkout", "checkout cannot start: DB_URL is not set", 4 * M),
            issue(ns, Severity::High, "StatefulSet", "orders-db", "orders-db volume 91 % full", D),
        ]),
        updated: Some(ago(4 * M)),
        color: Some("orange".into()),
        default: true,
        ..environment("shop", "staging", Phase::Error)
    }
}

fn journal(verb: Verb, state: OperationState, done: usize, all: usize) -> Journal {
    let step = |at: usize| JournalStep {
        id: at as u32 + 1,
        tier: 0,
        object: ObjectId::new(Kind::Deployment, "shop-demo", format!("service-{at}").as_str()),
        uid: Some("u".into()),
        action: Action::Scale(Scale { from: 2, to: 0, remember: true, forget: vec![] }),
        result: if at < done { StepResult::Done } else { StepResult::Pending },
    };
    Journal {
        id: "op-1".into(),
        verb,
        only: vec![],
        holder: "maria".into(),
        host: "laptop".into(),
        process: 4711,
        process_start: None,
        started_at: ago(3 * M),
        heartbeat: ago(2 * M),
        ended_at: None,
        state,
        steps: (0..all).map(step).collect(),
        parts: vec![],
        preparing: false,
        shortened: 0,
        undoing: false,
    }
}

pub fn operation(verb: Verb, state: OperationState, done: usize, all: usize) -> Operation {
    Operation {
        journal: Arc::new(journal(
            verb,
            if state == OperationState::Interrupted { OperationState::Running } else { state },
            done,
            all,
        )),
        uid: "u".into(),
        resource_version: "1".into(),
        state,
    }
}

fn plain(ns: &str, healthy: usize, stopped: usize) -> Box<[Arc<Service>]> {
    let names =
        ["api", "auth", "billing", "cart", "catalog", "checkout", "gateway", "mailer", "media", "search", "web"];
    let mut all = Vec::new();
    for (at, name) in names.iter().take(healthy + stopped).enumerate() {
        all.push(Arc::new(if at < stopped {
            service(ns, name, "Deployment", Status::Stopped, 0, 0)
        } else {
            service(ns, name, "Deployment", Status::Healthy, 2, 2)
        }));
    }
    all.into()
}

/// All environments.
pub fn environments() -> Vec<Environment> {
    let of = |project: &str, name: &str, phase, available: u32, total: u32| {
        let e = environment(project, name, phase);
        let services = plain(&e.id.namespace, available as usize, (total - available) as usize);
        Environment { available, total, services, ..e }
    };
    let mut prod = of("shop", "prod", Phase::Active, 11, 11);
    prod.issues = Arc::new([
        issue("shop-prod", Severity::Critical, "Deployment", "web", "node-2 disk full: 4 pods evicted", 11 * M),
        issue("shop-prod", Severity::High, "Deployment", "gateway", "web-tls expires in 3 days", 2 * H),
    ]);
    let mut qa = of("shop", "qa", Phase::Updating, 10, 11);
    qa.reason = Some("catalog 1 of 3 new".into());
    qa.updated = Some(ago(1));
    qa.created_by = Some("ci-bot".into());
    qa.color = Some("blue".into());
    let mut demo = of("shop", "demo", Phase::Decommissioning, 7, 11);
    demo.reason = Some("4 of 11 down".into());
    demo.updated = Some(ago(0));
    demo.color = Some("teal".into());
    let mut preview = of("shop", "preview-42", Phase::PartiallyStopped, 5, 11);
    preview.reason = Some("6 of 11 stopped".into());
    preview.updated = Some(ago(60 * M + 60 * 65));
    preview.created_by = Some("ci-bot".into());
    preview.color = Some("purple".into());
    preview.issues = Arc::new([issue(
        "shop-preview-42",
        Severity::High,
        "Deployment",
        "cart",
        "preview-42 quota: 2 pods refused",
        H + 65 * M,
    )]);
    let mut load = of("shop", "load", Phase::Unavailable, 0, 11);
    load.reason = Some("stopped 3h ago by jonas".into());
    load.created_by = Some("jonas".into());
    load.updated = Some(ago(3 * H));
    load.color = Some("yellow".into());
    let mut lab = of("lab", "dev", Phase::PartiallyActive, 2, 5);
    lab.operation = Some(operation(Verb::Start, OperationState::Interrupted, 2, 5));
    lab.reason = Some("start interrupted, 2 of 5 up".into());
    let mut gone = of("lab", "pr-7", Phase::Destroying, 0, 3);
    gone.reason = Some("waits for finalizer kubernetes.io/pvc".into());
    vec![
        staging(),
        prod,
        qa,
        demo,
        preview,
        load,
        of("billing", "prod", Phase::Active, 3, 3),
        of("billing", "staging", Phase::Active, 3, 3),
        of("billing", "test", Phase::ServiceUnavailable, 0, 0),
        lab,
        of("lab", "e2e", Phase::Initializing, 1, 4),
        gone,
        of("lab", "scratch", Phase::Provisioning, 1, 2),
        Environment { created_by: None, system: true, ..of("system", "kube-system", Phase::Unknown, 4, 4) },
    ]
}

/// A snapshot of these environments, with everything else live.
pub fn snapshot(environments: Vec<Environment>) -> Snapshot {
    let mut s = Snapshot {
        serial: 1,
        now: now(),
        cluster: Arc::new(ClusterFacts {
            context: "eu-1".into(),
            user: Some("maria@acme".into()),
            version: Some("v1.33.4".into()),
            access: Access::MayChange,
            ..ClusterFacts::default()
        }),
        connection: Connection::Live,
        ..Snapshot::default()
    };
    for kind in Kind::ALL {
        s.data.insert(kind.kind.into(), DataState::Live);
    }
    let mut totals = Totals::default();
    for e in environments {
        totals.environments += 1;
        totals.services += e.total;
        let counts = e.issue_counts();
        if e.production {
            totals.production.merge(&counts)
        } else {
            totals.other.merge(&counts)
        }
        let mut project = s.projects.get(&e.project).map_or_else(
            || Project {
                name: e.project.clone(),
                id: None,
                display_name: None,
                environments: Box::new([]),
                system: e.system,
                issues: Default::default(),
                created: None,
            },
            |p| (**p).clone(),
        );
        project.environments = project.environments.iter().cloned().chain([e.id.clone()]).collect();
        project.issues.merge(&counts);
        s.projects.insert(e.project.clone(), Arc::new(project));
        s.environments.insert(e.id.clone(), Arc::new(e));
    }
    totals.projects = s.projects.values().filter(|p| !p.system).count() as u32;
    s.totals = totals;
    s
}

/// The cluster of the frames.
pub fn shop() -> Snapshot {
    snapshot(environments())
}

/// An environment with one service that has nothing: no pods, no conditions.
pub fn bare() -> Environment {
    let e = environment("shop", "staging", Phase::Active);
    Environment {
        services: Box::new([Arc::new(service("shop-staging", "web", "Deployment", Status::Healthy, 1, 1))]),
        available: 1,
        total: 1,
        ..e
    }
}
