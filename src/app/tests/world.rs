//! A small cluster made of rows, and a dashboard in front of it.

use crate::app::question::Question;
use crate::app::{Effect, Message, Pane, Settings, State, key, update};
use crate::domain::data::DataState;
use crate::domain::model::Change;
use crate::domain::operation::{Action, Journal, JournalStep, OperationState, Scale, StepResult, Verb};
use crate::domain::row::{
    AnyRow, ContainerRow, ContainerState, Counts, EventRow, JournalRow, Meta, NamespaceRow, Owner, PodPhase, PodRow,
    WorkloadKind, WorkloadRow,
};
use crate::domain::snapshot::{Access, ClusterFacts, Connection};
use crate::domain::{Kind, Labels, ObjectId, Text, Time};
use crate::health::Picture;

/// The time, so many seconds after the beginning.
pub(crate) fn at(second: i64) -> Time {
    Time::from_second(1_800_000_000 + second).unwrap()
}

pub(crate) struct World {
    pub(crate) model: Picture,
    pub(crate) state: State,
    pub(crate) second: i64,
    /// ID of the next journal.
    pub(crate) operation: &'static str,
    /// Whether the next journal is one of an operation that is being undone.
    pub(crate) undoing: bool,
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    Labels::new(pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())))
}

fn meta(namespace: &str, name: &str) -> Meta {
    Meta {
        name: name.into(),
        namespace: namespace.into(),
        uid: format!("{namespace}/{name}").into(),
        resource_version: "1".into(),
        created: Some(at(-86_400)),
        ..Meta::default()
    }
}

impl World {
    /// An empty cluster that answers and may be changed.
    pub(crate) fn empty() -> Self {
        let mut model = Picture::default();
        for info in Kind::ALL {
            model.apply(Change::data(info.kind, DataState::Live));
        }
        model.apply(Change::Connection(Connection::Live));
        model.apply(Change::Facts(ClusterFacts {
            context: "eu-1".into(),
            user: Some("maria".into()),
            access: Access::MayChange,
            ..ClusterFacts::default()
        }));
        let settings = Settings { themes: vec!["dark".into(), "light".into()], ..Settings::default() };
        Self { model, state: State::new(settings, at(0), (160, 48)), second: 0, operation: "op-1", undoing: false }
    }

    /// shop: staging (checkout down, web, orders-db), prod (web, api), load (all stopped); lab: dev (web).
    pub(crate) fn shop() -> Self {
        let mut w = Self::empty();
        for (namespace, project, name) in [
            ("shop-staging", "shop", "staging"),
            ("shop-prod", "shop", "prod"),
            ("shop-load", "shop", "load"),
            ("lab-dev", "lab", "dev"),
        ] {
            w.namespace(namespace, project, name);
        }
        w.service("shop-staging", "checkout", 3, 1);
        w.service("shop-staging", "web", 4, 4);
        w.service("shop-staging", "worker", 2, 2);
        w.service("shop-prod", "web", 2, 2);
        w.service("shop-prod", "api", 2, 2);
        w.stopped("shop-load", "web", 3);
        w.service("lab-dev", "web", 1, 1);
        w.event("shop-staging", "checkout-1", "BackOff", "restarting", 10);
        w.event("shop-staging", "web-1", "Scheduled", "to node-1", 20);
        w.event("lab-dev", "web-1", "Pulled", "image", 5);
        w.show();
        w
    }

    pub(crate) fn namespace(&mut self, namespace: &str, project: &str, name: &str) {
        let meta = Meta {
            labels: labels(&[("kennel.dev/project", project)]),
            annotations: labels(&[("kennel.dev/environment", name)]),
            ..meta("", namespace)
        };
        let row = NamespaceRow { meta, ..NamespaceRow::default() };
        self.model.apply(Change::Put(AnyRow::Namespace(Box::new(row))));
    }

    pub(crate) fn workload(namespace: &str, name: &str, wanted: u32, available: u32) -> WorkloadRow {
        WorkloadRow {
            kind: WorkloadKind::Deployment,
            meta: Meta { labels: labels(&[("app", name)]), ..meta(namespace, name) },
            desired: wanted,
            counts: Counts { replicas: wanted, updated: wanted, ready: available, available, ..Counts::default() },
            ..WorkloadRow::default()
        }
    }

    /// A service with its pods; those that are not available crash.
    pub(crate) fn service(&mut self, namespace: &str, name: &str, wanted: u32, available: u32) {
        let row = Self::workload(namespace, name, wanted, available);
        self.model.apply(Change::Put(AnyRow::Workload(Box::new(row))));
        for n in 1..=wanted {
            self.pod(namespace, name, n, n <= available);
        }
    }

    pub(crate) fn recreated(&mut self, namespace: &str, name: &str, wanted: u32) {
        let mut row = Self::workload(namespace, name, wanted, wanted);
        row.meta.uid = format!("{namespace}/{name} again").into();
        self.model.apply(Change::Put(AnyRow::Workload(Box::new(row))));
    }

    /// A service that kennel stopped, and how many it had.
    pub(crate) fn stopped(&mut self, namespace: &str, name: &str, had: u32) {
        let mut row = Self::workload(namespace, name, 0, 0);
        row.meta.annotations = labels(&[("kennel.dev/replicas", &had.to_string())]);
        self.model.apply(Change::Put(AnyRow::Workload(Box::new(row))));
    }

    /// A pod that nobody looks after.
    pub(crate) fn alone(&mut self, namespace: &str, name: &str) {
        let row = PodRow {
            name: name.into(),
            namespace: namespace.into(),
            uid: format!("{namespace}/{name}").into(),
            created: Some(at(-3600)),
            phase: PodPhase::Running,
            ready: true,
            ..PodRow::default()
        };
        self.model.apply(Change::Put(AnyRow::Pod(Box::new(row))));
    }

    fn pod(&mut self, namespace: &str, service: &str, n: u32, ready: bool) {
        let row = Self::pod_row(namespace, service, n, ready);
        self.model.apply(Change::Put(AnyRow::Pod(Box::new(row))));
    }

    /// A pod of a service, as the cluster has it.
    pub(crate) fn pod_row(namespace: &str, service: &str, n: u32, ready: bool) -> PodRow {
        let state = if ready {
            ContainerState::Running(Some(at(-3600)))
        } else {
            ContainerState::Waiting { reason: "CrashLoopBackOff".into(), message: None }
        };
        let owner = Owner {
            api: Kind::ReplicaSet.into(),
            name: format!("{service}-7d9f").into(),
            uid: format!("{namespace}/{service}-7d9f").into(),
        };
        PodRow {
            name: format!("{service}-{n}").into(),
            namespace: namespace.into(),
            uid: format!("{namespace}/{service}-{n}").into(),
            labels: labels(&[("app", service), ("pod-template-hash", "7d9f")]),
            owner: Some(owner.into()),
            created: Some(at(-3600)),
            phase: PodPhase::Running,
            started: Some(at(-3600)),
            ready,
            ready_since: Some(at(-3000)),
            containers: Box::new([ContainerRow { name: "main".into(), ready, state, ..ContainerRow::default() }]),
            ..PodRow::default()
        }
    }

    /// A pod that nothing controls.
    pub(crate) fn bare_pod(&mut self, namespace: &str, name: &str) {
        let row = PodRow {
            name: name.into(),
            namespace: namespace.into(),
            uid: format!("{namespace}/{name}").into(),
            phase: PodPhase::Running,
            ready: true,
            ..PodRow::default()
        };
        self.model.apply(Change::Put(AnyRow::Pod(Box::new(row))));
    }

    pub(crate) fn event(&mut self, namespace: &str, pod: &str, reason: &str, message: &str, ago: i64) {
        let row = EventRow {
            name: format!("{pod}.{reason}").into(),
            namespace: namespace.into(),
            object: ObjectId::new(Kind::Pod, namespace, pod),
            reason: reason.into(),
            message: message.into(),
            count: 1,
            first: Some(at(self.second - ago)),
            last: Some(at(self.second - ago)),
            ..EventRow::default()
        };
        self.model.apply(Change::Put(AnyRow::Event(Box::new(row))));
    }

    pub(crate) fn gone(&mut self, kind: Kind, namespace: &str, name: &str) {
        let (namespace, name) = (Text::from(namespace), Text::from(name));
        self.model.apply(Change::Gone { of: kind.into(), namespace, name });
    }

    /// The journal of a stop: of each object what became of it.
    pub(crate) fn journal(&mut self, namespace: &str, stands: OperationState, results: &[(&str, StepResult)]) {
        let steps = results.iter().zip(1..).map(|((name, result), id)| JournalStep {
            id,
            tier: 1,
            object: ObjectId::new(Kind::Deployment, namespace, *name),
            uid: Some(format!("{namespace}/{name}").into()),
            action: Action::Scale(Scale { from: 3, to: 0, remember: true, forget: vec![] }),
            result: result.clone(),
        });
        let said = if stands == OperationState::Interrupted { at(self.second - 240) } else { at(self.second) };
        let steps: Vec<JournalStep> = steps.collect();
        let state = if stands == OperationState::Interrupted { OperationState::Running } else { stands };
        // By its JSON: fields that are added to the journal later need no change here.
        let journal: Journal = serde_json::from_value(serde_json::json!({
            "id": self.operation, "verb": Verb::Stop, "holder": "jonas", "host": "laptop", "process": 7,
            "startedAt": at(self.second - 300), "heartbeat": said, "state": state, "steps": steps, "undoing": self.undoing,
        }))
        .unwrap();
        let row = JournalRow {
            namespace: namespace.into(),
            name: "kennel-operation".into(),
            uid: "cm".into(),
            resource_version: "1".into(),
            journal: Ok(journal),
        };
        self.model.apply(Change::Put(AnyRow::Journal(Box::new(row))));
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, seconds: i64) {
        self.second += seconds;
    }

    /// Publishes what has changed to the dashboard.
    pub(crate) fn show(&mut self) -> Vec<Effect> {
        let snapshot = self.model.publish(at(self.second));
        update(&mut self.state, Message::Snapshot(snapshot))
    }

    /// Presses keys, in the grammar of `--keys`.
    pub(crate) fn keys(&mut self, keys: &str) -> Vec<Effect> {
        let pressed = key::parse(keys).unwrap().into_iter();
        pressed.flat_map(|k| update(&mut self.state, Message::Key(k))).collect()
    }

    /// The effects of keys but for those that only look.
    pub(crate) fn done(&mut self, keys: &str) -> Vec<Effect> {
        let looks =
            |e: &Effect| matches!(e, Effect::LookAt(_) | Effect::Ask(_, Question::Revisions(_) | Question::Taken(_)));
        self.keys(keys).into_iter().filter(|e| !looks(e)).collect()
    }

    /// The rows of a pane by their names.
    pub(crate) fn rows(&self, pane: Pane) -> Vec<String> {
        self.state.list(pane).rows().iter().map(name).collect()
    }

    /// The row under the cursor of a pane by its name.
    pub(crate) fn selected(&self, pane: Pane) -> String {
        self.state.list(pane).selected().map(name).unwrap_or_default()
    }

    /// The words of the newest notice.
    pub(crate) fn notices(&self) -> String {
        self.state.notices.back().map(|n| n.text.to_string()).unwrap_or_default()
    }

    /// The dialog on top.
    pub(crate) fn dialog(&self) -> &crate::app::dialog::Dialog {
        match &self.state.overlay {
            Some(crate::app::Overlay::Dialog(d)) => d,
            other => panic!("no dialog but {other:?}; told: {}", self.notices()),
        }
    }
}

fn name(row: &crate::app::Row) -> String {
    use crate::app::Row as R;
    match row {
        R::All => "all".to_owned(),
        R::Project(p) => p.name.to_string(),
        R::Environment(e) => e.path(),
        R::Fold(f) => format!("{} and {}", f.empty, f.system),
        R::Service(_, s) => s.object.name.to_string(),
        R::Task(_, t) => t.object.name.to_string(),
        R::Event(_, e) => format!("{} {}", e.object.name, e.reason),
        R::Issue(..) | R::ClusterIssue(_) | R::Resolved(_) => {
            row.issue().map(|i| i.id.object.name.to_string()).unwrap_or_default()
        }
        R::Pod(.., p) => p.name.to_string(),
        R::Ended(.., p, n) => format!("{n} {}", crate::app::words::ended(p)),
        R::Container(.., p, _) => format!("{} {}", p.name, row.container().map_or("", |c| c.name.as_str())),
        R::Lane(_, l) => l.name.to_string(),
        R::Config(..) => row.config().map(|c| c.name.to_string()).unwrap_or_default(),
        R::Revision(..) => row.revision().map(|l| l.revision.number.to_string()).unwrap_or_default(),
        R::Condition(..) => row.condition().map(|c| c.kind.to_string()).unwrap_or_default(),
        R::Operation(e) => e.path(),
        R::Ran(o) => format!("{} {}", o.words(), o.place),
    }
}

/// Shared, so that a test can publish what it likes.
pub(crate) fn tick(w: &mut World, second: i64) {
    w.second = second;
    update(&mut w.state, Message::Tick(at(second)));
}
