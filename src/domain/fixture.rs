//! Rows for tests: small, plausible, and changed by struct update.

use std::sync::Arc;

use super::collection::Collection;
use super::data::DataState;
use super::environment::Environment;
use super::model::{Change, Model};
use super::operation::{Action, JOURNAL, Journal, JournalStep, OperationState, Scale, StepResult, Verb};
use super::row::{
    AnyRow, Condition, ContainerRow, ContainerState, Counts, CustomRow, JournalRow, KubeServiceRow, Meta, NamespaceRow,
    Owner, PodPhase, PodRow, Probe, Selector, SliceRow, Template, Termination, WorkloadKind, WorkloadRow,
};
use super::service::Service;
use super::{Api, Kind, Labels, ObjectId, Snapshot, Text, Time};

/// Namespace of all rows here.
pub(crate) const NS: &str = "shop-qa";

/// A time, in seconds from the moment at which tests begin.
pub(crate) fn at(second: i64) -> Time {
    Time::from_second(1_800_000_000 + second).unwrap()
}

pub(crate) fn labels(pairs: &[(&str, &str)]) -> Labels {
    Labels::new(pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())))
}

pub(crate) fn meta(name: &str) -> Meta {
    Meta {
        name: name.into(),
        namespace: NS.into(),
        uid: format!("uid-{name}").into(),
        generation: 1,
        created: Some(at(-86_400)),
        ..Meta::default()
    }
}

pub(crate) fn namespace() -> NamespaceRow {
    let meta = Meta { labels: labels(&[("kennel.dev/project", "shop")]), namespace: Text::default(), ..meta(NS) };
    NamespaceRow { meta, ..NamespaceRow::default() }
}

/// A stop that maria began, and last gave a sign of life, at `time`.
pub(crate) fn journal(time: Time) -> Journal {
    Journal {
        id: "1".into(),
        verb: Verb::Stop,
        only: vec![],
        holder: "maria".into(),
        host: "h".into(),
        process: 1,
        process_start: None,
        started_at: time,
        heartbeat: time,
        ended_at: None,
        state: OperationState::Running,
        undoing: false,
        steps: vec![],
        parts: vec![],
        preparing: false,
        shortened: 0,
    }
}

/// The ConfigMap in which an operation on the environment keeps its journal.
pub(crate) fn noted(journal: Journal) -> JournalRow {
    JournalRow {
        namespace: NS.into(),
        name: JOURNAL.into(),
        uid: "u".into(),
        resource_version: "1".into(),
        journal: Ok(journal),
    }
}

/// A first step, on an object of the environment.
pub(crate) fn step(kind: &str, name: &str, action: Action, result: StepResult) -> JournalStep {
    JournalStep {
        id: 1,
        tier: 0,
        object: ObjectId::new(Api::referred("", kind), NS, name),
        uid: Some("u".into()),
        action,
        result,
    }
}

/// A stop's action on a workload of one replica.
pub(crate) fn to_zero() -> Action {
    Action::Scale(Scale { from: 1, to: 0, remember: true, forget: vec![] })
}

/// A workload that has taken its spec up and has `available` of `wanted`, all of one revision, with a readiness probe.
pub(crate) fn workload(kind: WorkloadKind, name: &str, wanted: u32, available: u32) -> WorkloadRow {
    let counts = Counts {
        replicas: wanted,
        updated: wanted,
        ready: available,
        available,
        unavailable: wanted - available,
        ..Counts::default()
    };
    WorkloadRow {
        kind,
        meta: meta(name),
        desired: wanted,
        selector: Selector { labels: labels(&[("app", name)]), ..Selector::default() },
        template: Template {
            labels: labels(&[("app", name)]),
            images: Box::new([format!("acme/{name}:1").into()]),
            probes: Arc::new([probe("readiness", "GET :8080/ready")]),
            ..Template::default()
        },
        counts,
        observed_generation: 1,
        conditions: match kind {
            WorkloadKind::Deployment => Box::new([condition("Progressing", true, "NewReplicaSetAvailable", -80_000)]),
            _ => Box::default(),
        },
        ..WorkloadRow::default()
    }
}

pub(crate) fn probe(name: &str, asks: &str) -> Probe {
    Probe { name: name.into(), container: "main".into(), asks: asks.into(), port: "8080".into() }
}

pub(crate) fn deployment(name: &str, wanted: u32, available: u32) -> WorkloadRow {
    workload(WorkloadKind::Deployment, name, wanted, available)
}

pub(crate) fn condition(kind: &str, status: bool, reason: &str, since: i64) -> Condition {
    Condition {
        kind: kind.into(),
        status: Some(status),
        reason: reason.into(),
        message: Text::default(),
        since: Some(at(since)),
    }
}

/// A ready pod of a Deployment's revision `hash`, a day old.
pub(crate) fn pod(deployment: &str, hash: &str, tail: &str) -> PodRow {
    PodRow {
        name: format!("{deployment}-{hash}-{tail}").into(),
        namespace: NS.into(),
        uid: format!("uid-{tail}").into(),
        labels: labels(&[("app", deployment), ("pod-template-hash", hash)]),
        owner: Some(owner("ReplicaSet", &format!("{deployment}-{hash}")).into()),
        created: Some(at(-86_400)),
        node: Some("node-1".into()),
        phase: PodPhase::Running,
        started: Some(at(-86_400)),
        ready: true,
        ready_since: Some(at(-86_390)),
        containers: Box::new([container(deployment, ContainerState::Running(Some(at(-86_399))))]),
        ..PodRow::default()
    }
}

/// The same, made `created` seconds from now and never ready.
pub(crate) fn unready(deployment: &str, hash: &str, tail: &str, created: i64) -> PodRow {
    let t = Some(at(created));
    PodRow { created: t, started: t, ready: false, ready_since: t, ..pod(deployment, hash, tail) }
}

pub(crate) fn owner(kind: &str, name: &str) -> Owner {
    Owner { api: Api::referred("", kind), name: name.into(), uid: format!("uid-{name}").into() }
}

pub(crate) fn container(name: &str, state: ContainerState) -> ContainerRow {
    ContainerRow {
        name: name.into(),
        image: format!("acme/{name}:1").into(),
        ready: matches!(state, ContainerState::Running(_)),
        state,
        ..ContainerRow::default()
    }
}

pub(crate) fn waiting(reason: &str) -> ContainerState {
    ContainerState::Waiting { reason: reason.into(), message: None }
}

/// A pod in a crash loop, made `created` seconds from now.
pub(crate) fn crashing(deployment: &str, hash: &str, tail: &str, created: i64) -> PodRow {
    let last = Termination { reason: "Error".into(), code: 1, ..Termination::default() };
    let state = waiting("CrashLoopBackOff");
    let container = ContainerRow { restarts: 5, last: Some(Box::new(last)), ..container(deployment, state) };
    PodRow { containers: Box::new([container]), ..unready(deployment, hash, tail, created) }
}

pub(crate) fn kube_service(name: &str, app: &str) -> KubeServiceRow {
    KubeServiceRow {
        meta: meta(name),
        selector: Selector { labels: labels(&[("app", app)]), ..Selector::default() },
        ..KubeServiceRow::default()
    }
}

pub(crate) fn slice(service: &str, ready: u32, total: u32) -> SliceRow {
    SliceRow { name: format!("{service}-x").into(), namespace: NS.into(), service: service.into(), ready, total }
}

/// A CloudNativePG Cluster.
pub(crate) fn cluster(name: &str, conditions: Box<[Condition]>) -> CustomRow {
    CustomRow {
        api: Api::referred("postgresql.cnpg.io/v1", "Cluster"),
        namespace: NS.into(),
        name: name.into(),
        owner: None,
        deleted: false,
        behind: false,
        phase: None,
        message: None,
        conditions,
        url: None,
    }
}

/// Makes a row of what tests write.
pub(crate) trait IntoRow {
    fn row(self) -> AnyRow;
}

macro_rules! into_row {
    ($($row:ident $variant:ident),*) => {
        $(impl IntoRow for crate::domain::row::$row { fn row(self) -> AnyRow { AnyRow::$variant(Box::new(self)) } })*
    };
}

into_row!(
    NamespaceRow Namespace, WorkloadRow Workload, PodRow Pod, ReplicaSetRow ReplicaSet, JobRow Job,
    CronJobRow CronJob, AutoscalerRow Autoscaler, ScaledObjectRow ScaledObject, KubeServiceRow KubeService,
    SliceRow Slice, IngressRow Ingress, ClaimRow Claim, ReleaseRow Release, JournalRow Journal, QuotaRow Quota,
    NodeRow Node, PartRow Part, DeliveryRow Delivery, EventRow Event, MetricsRow Metrics
);

/// A model in which all kinds have arrived, and the namespace is there.
pub(crate) fn live() -> Model {
    let mut model = Model::default();
    for info in Kind::ALL {
        model.apply(Change::data(info.kind, DataState::Live));
    }
    model.apply(Change::Put(namespace().row()));
    model
}

impl Model {
    /// The picture at `now`, as the model alone makes it: nothing in it is judged by detectors.
    pub(crate) fn picture(&mut self, now: Time) -> Arc<Snapshot> {
        self.refresh(now);
        self.publish()
    }
}

/// A model with rows put into it, and what it shows.
pub(crate) struct Scene(pub(crate) Model);

impl Scene {
    pub(crate) fn new() -> Self {
        Scene(live())
    }

    pub(crate) fn with(mut self, row: impl IntoRow) -> Self {
        self.put(row);
        self
    }

    pub(crate) fn put(&mut self, row: impl IntoRow) {
        self.0.apply(Change::Put(row.row()));
    }

    /// A row of a kind that has none of its own, of which all is here.
    pub(crate) fn custom(&mut self, row: CustomRow) {
        let api = row.api.clone();
        self.0.apply(Change::Put(AnyRow::Custom(Box::new(row))));
        self.0.apply(Change::data(Collection::Any(api), DataState::Live));
    }

    pub(crate) fn data(mut self, kind: Kind, state: DataState) -> Self {
        self.0.apply(Change::data(kind, state));
        self
    }

    pub(crate) fn environment(&mut self, now: i64) -> Arc<Environment> {
        self.0.picture(at(now)).namespace(NS).unwrap().clone()
    }

    /// The service of that name.
    pub(crate) fn service(&mut self, name: &str, now: i64) -> Arc<Service> {
        let environment = self.environment(now);
        environment.services.iter().find(|s| s.object.name == name).unwrap().clone()
    }

    /// Its status and reason as one line: `Running · 2/3`.
    pub(crate) fn status(&mut self, name: &str, now: i64) -> String {
        let service = self.service(name, now);
        line(service.status.word(), service.reason.as_deref())
    }

    /// The phase and reason as one line.
    pub(crate) fn phase(&mut self, now: i64) -> String {
        let environment = self.environment(now);
        line(environment.phase.word(), environment.reason.as_deref())
    }
}

fn line(word: &str, reason: Option<&str>) -> String {
    reason.map_or_else(|| word.to_owned(), |r| format!("{word} · {r}"))
}
