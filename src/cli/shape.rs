//! The shapes of JSON and YAML output, as the contract has them.
//!
//! Absent is absent, never `""`; times are RFC 3339 UTC; statuses are the seeds' exact words. Fields
//! may be added here, never renamed.

pub(crate) mod health;

use std::borrow::Cow;

use serde::Serialize;

use crate::domain::environment::{Environment, Operation};
use crate::domain::event::Event as Folded;
use crate::domain::issue::IssueCounts;
use crate::domain::operation::{JournalStep as Noted, OperationState, StepResult};
use crate::domain::project::Project as Group;
use crate::domain::row::{ContainerState, PodPhase, PodRow};
use crate::domain::service::{Service as Card, Task};
use crate::domain::{ObjectId, Time};
use crate::plan::{self, Direction, act};

/// A project.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Project<'a> {
    name: &'a str,
    id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    cluster: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<&'a str>,
    environments: usize,
    issues: IssueCounts,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Time>,
}

/// An environment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnvironmentShape<'a> {
    name: &'a str,
    /// The namespace: the environment's ID.
    id: &'a str,
    project: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    cluster: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Cow<'a, str>>,
    services: Services,
    issues: IssueCounts,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_updated: Option<Time>,
    default: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    color: Option<&'a str>,
    protected: bool,
    production: bool,
    system: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    managed_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<OperationHead<'a>>,
}

#[derive(Debug, Serialize)]
struct Services {
    healthy: u32,
    total: u32,
}

/// The latest operation, without its steps, inside an environment.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OperationHead<'a> {
    id: &'a str,
    verb: &'static str,
    status: OperationState,
    holder: &'a str,
    started_at: Time,
    heartbeat: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Time>,
}

/// A service, or a task told by `kind`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Service<'a> {
    name: &'a str,
    kind: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    group: &'a str,
    namespace: &'a str,
    environment: &'a str,
    project: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    cluster: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secondary: Option<&'a str>,
    ready: u32,
    desired: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    remembered: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    managed_by: Option<&'a str>,
    images: Vec<&'a str>,
    addresses: Vec<&'a str>,
    urls: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deployed_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deployed_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<&'a str>,
    spot: bool,
    datasource: bool,
    issues: IssueCounts,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_run: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_run: Option<Time>,
}

/// An event.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<Time>,
    #[serde(rename = "type")]
    sort: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    message: &'a str,
    count: u32,
    object: Object<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    cluster: &'a str,
}

/// A pod of a service.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pod<'a> {
    name: &'a str,
    namespace: &'a str,
    environment: &'a str,
    project: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    cluster: &'a str,
    service: &'a str,
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    ready: usize,
    containers: usize,
    restarts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Time>,
}

/// A reference to an object; objects of the cluster have no namespace.
#[derive(Debug, Serialize)]
pub(crate) struct Object<'a> {
    kind: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    group: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    namespace: &'a str,
    name: &'a str,
}

/// The journal of an operation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperationShape<'a> {
    id: &'a str,
    verb: &'static str,
    environment: String,
    namespace: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    cluster: &'a str,
    status: OperationState,
    #[serde(skip_serializing_if = "str::is_empty")]
    holder: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    host: &'a str,
    started_at: Time,
    heartbeat: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Time>,
    steps: Vec<JournalStep<'a>>,
}

#[derive(Debug, Serialize)]
struct JournalStep<'a> {
    id: u32,
    verb: &'static str,
    object: Object<'a>,
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
}

/// A plan; with `result` per step once it has run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Plan<'a> {
    /// ID of the operation, once it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    operation: &'static str,
    environment: String,
    namespace: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    cluster: &'a str,
    /// How it ended, once it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    /// Why it ended so.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    steps: Vec<Step<'a>>,
    left_alone: Vec<LeftAlone<'a>>,
    warnings: Vec<&'a str>,
    refused: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct Step<'a> {
    id: u32,
    verb: &'static str,
    object: Object<'a>,
    detail: String,
    command: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct LeftAlone<'a> {
    object: Object<'a>,
    why: &'a str,
}

impl<'a> From<&'a ObjectId> for Object<'a> {
    fn from(o: &'a ObjectId) -> Self {
        Self { kind: o.kind(), group: o.api.group(), namespace: &o.namespace, name: &o.name }
    }
}

fn texts(texts: &[crate::domain::Text]) -> Vec<&str> {
    texts.iter().map(|t| t.as_str()).collect()
}

/// An optional text; an empty one counts as absent.
fn some(text: &Option<crate::domain::Text>) -> Option<&str> {
    text.as_deref().filter(|t| !t.is_empty())
}

/// The shape of a project.
pub(crate) fn project(p: &Group) -> Project<'_> {
    Project {
        name: &p.name,
        id: some(&p.id).unwrap_or(&p.name),
        cluster: p.environments.first().map_or("", |id| &id.cluster),
        display_name: some(&p.display_name),
        environments: p.environments.len(),
        issues: p.issues,
        created_at: p.created,
    }
}

/// The shape of an environment.
pub(crate) fn environment(e: &Environment) -> EnvironmentShape<'_> {
    EnvironmentShape {
        name: &e.name,
        id: &e.id.namespace,
        project: &e.project,
        cluster: &e.id.cluster,
        status: e.phase.word(),
        reason: e.full_reason(),
        services: Services { healthy: e.available, total: e.total },
        issues: e.issue_counts(),
        created_by: some(&e.created_by),
        created_at: e.created,
        last_updated: e.updated,
        default: e.default,
        color: some(&e.color),
        protected: e.protected,
        production: e.production,
        system: e.system,
        managed_by: some(&e.managed_by),
        operation: e.operation.as_ref().map(head),
    }
}

fn head(o: &Operation) -> OperationHead<'_> {
    OperationHead {
        id: &o.journal.id,
        verb: o.journal.verb.word(),
        status: o.state,
        holder: &o.journal.holder,
        started_at: o.journal.started_at,
        heartbeat: o.journal.heartbeat,
        ended_at: o.journal.ended_at,
    }
}

/// The shape of a service of `e`.
pub(crate) fn service<'a>(e: &'a Environment, s: &'a Card) -> Service<'a> {
    Service {
        name: &s.object.name,
        kind: s.object.kind(),
        group: s.object.api.group(),
        namespace: &e.id.namespace,
        environment: &e.name,
        project: &e.project,
        cluster: &e.id.cluster,
        status: s.status.word(),
        reason: some(&s.reason),
        secondary: some(&s.secondary),
        ready: s.ready,
        desired: s.desired,
        remembered: s.memory.as_ref().and_then(|m| m.replicas),
        managed_by: some(&s.managed_by),
        images: texts(&s.images),
        addresses: texts(&s.addresses),
        urls: texts(&s.urls),
        deployed_by: some(&s.deployed_by),
        deployed_at: s.deployed_at,
        repository: some(&s.repository),
        spot: s.spot,
        datasource: s.datasource,
        issues: e.issues_of(&s.object),
        created_at: s.created,
        last_run: None,
        next_run: None,
    }
}

/// The shape of a task of `e`: its counts are those of its active pods or Jobs.
pub(crate) fn task<'a>(e: &'a Environment, t: &'a Task) -> Service<'a> {
    Service {
        name: &t.object.name,
        kind: t.object.kind(),
        group: t.object.api.group(),
        namespace: &e.id.namespace,
        environment: &e.name,
        project: &e.project,
        cluster: &e.id.cluster,
        status: t.status.word(),
        reason: some(&t.reason),
        secondary: None,
        ready: t.active,
        desired: t.active,
        remembered: None,
        managed_by: None,
        images: texts(&t.images),
        addresses: vec![],
        urls: vec![],
        deployed_by: None,
        deployed_at: None,
        repository: None,
        spot: false,
        datasource: false,
        issues: e.issues_of(&t.object),
        created_at: t.created,
        last_run: t.last_run,
        next_run: t.next_run,
    }
}

/// The shape of an event in `e`.
pub(crate) fn event<'a>(e: &'a Environment, v: &'a Folded) -> Event<'a> {
    Event {
        time: v.time.or(v.first),
        sort: if v.warning { "Warning" } else { "Normal" },
        reason: &v.reason,
        message: &v.message,
        count: v.count,
        object: (&v.object).into(),
        service: some(&v.service),
        environment: Some(&e.name),
        project: Some(&e.project),
        cluster: &e.id.cluster,
    }
}

/// The shape of a pod of service `s` of `e`.
pub(crate) fn pod<'a>(e: &'a Environment, s: &'a Card, p: &'a PodRow) -> Pod<'a> {
    let main = || p.containers.iter().filter(|c| !c.init);
    Pod {
        name: &p.name,
        namespace: &e.id.namespace,
        environment: &e.name,
        project: &e.project,
        cluster: &e.id.cluster,
        service: &s.object.name,
        status: pod_status(p),
        reason: some(&p.message).or(some(&p.unschedulable_message)),
        ready: main().filter(|c| c.ready).count(),
        containers: main().count(),
        restarts: p.restarts(),
        node: some(&p.node),
        ip: some(&p.ip),
        created_at: p.created,
    }
}

/// The STATUS column of `kubectl get pods`: what its printer makes of phase, reason and containers.
/// <https://github.com/kubernetes/kubernetes/blob/master/pkg/printers/internalversion/printers.go>
pub(crate) fn pod_status(p: &PodRow) -> String {
    if p.deleted.is_some() {
        return "Terminating".to_owned();
    }
    if let Some(reason) = some(&p.reason) {
        return reason.to_owned();
    }
    let word = |state: &ContainerState| match state {
        ContainerState::Waiting { reason, .. } if !reason.is_empty() => Some(reason.to_string()),
        ContainerState::Terminated(t) if t.code != 0 => {
            Some(if t.reason.is_empty() { format!("ExitCode:{}", t.code) } else { t.reason.to_string() })
        }
        _ => None,
    };
    for c in p.containers.iter().filter(|c| c.init) {
        if let Some(w) = word(&c.state).filter(|w| w != "PodInitializing") {
            return format!("Init:{w}");
        }
    }
    if let Some(w) = p.containers.iter().filter(|c| !c.init).find_map(|c| word(&c.state)) {
        return w;
    }
    match p.phase {
        PodPhase::Pending => "Pending",
        PodPhase::Running => "Running",
        PodPhase::Succeeded => "Completed",
        PodPhase::Failed => "Failed",
        PodPhase::Unknown => "Unknown",
    }
    .to_owned()
}

/// The shape of the latest operation on `e`.
pub(crate) fn operation<'a>(e: &'a Environment, o: &'a Operation) -> OperationShape<'a> {
    let j = &o.journal;
    let steps = j.steps.iter().map(|s| {
        let (result, why) = match plan::done_unnoted(e, j, s) {
            true => ("done", Some("not noted in the journal")),
            false => result(&s.result),
        };
        JournalStep { id: s.id, verb: act(&s.action).word(Direction::Forward), object: (&s.object).into(), result, why }
    });
    OperationShape {
        id: &j.id,
        verb: j.verb.word(),
        environment: e.path(),
        namespace: &e.id.namespace,
        cluster: &e.id.cluster,
        status: o.state,
        holder: &j.holder,
        host: &j.host,
        started_at: j.started_at,
        heartbeat: j.heartbeat,
        ended_at: j.ended_at,
        steps: steps.collect(),
    }
}

/// The shape of a plan, and of its outcome once it has run.
pub(crate) fn plan<'a>(p: &'a plan::Plan, outcome: Option<&'a plan::Outcome>) -> Plan<'a> {
    let steps = p.steps.iter().map(|s| {
        let ended = outcome.and_then(|o| o.results.iter().find(|(id, _)| *id == s.id)).map(|(_, r)| result(r));
        Step {
            id: s.id,
            verb: act(&s.action).word(Direction::Forward),
            object: (&s.object).into(),
            detail: plan::detail(s),
            command: plan::command(s),
            note: some(&s.note),
            result: ended.map(|(word, _)| word),
            why: ended.and_then(|(_, why)| why),
        }
    });
    let end = outcome.map(|o| end(&o.end));
    Plan {
        id: outcome.map(|o| o.id.as_str()).filter(|id| !id.is_empty()),
        operation: p.operation.word(),
        environment: p.environment.path(),
        namespace: &p.environment.id.namespace,
        cluster: &p.environment.id.cluster,
        status: end.map(|(word, _)| word),
        why: end.and_then(|(_, why)| why),
        steps: steps.collect(),
        left_alone: p.left_alone.iter().map(|l| LeftAlone { object: (&l.object).into(), why: &l.why }).collect(),
        warnings: texts(&p.warnings),
        refused: texts(&p.refused),
    }
}

/// Steps of a journal in the order in which they are gone on with, or taken back.
pub(crate) fn in_order<'a>(steps: &[&'a Noted], direction: Direction) -> Vec<&'a Noted> {
    let mut steps = steps.to_vec();
    if direction == Direction::Back {
        steps.sort_by_key(|s| (std::cmp::Reverse(s.tier), s.id));
    }
    steps
}

/// The shape of what is left of an operation, as a plan.
pub(crate) fn again<'a>(e: &'a Environment, o: &'a Operation, open: &[&'a Noted], direction: Direction) -> Plan<'a> {
    let steps = in_order(open, direction).into_iter().map(|s| Step {
        id: s.id,
        verb: act(&s.action).word(direction),
        object: (&s.object).into(),
        detail: plan::change(&s.action, direction),
        command: plan::kubectl(&s.object, &s.action, direction),
        note: None,
        result: None,
        why: None,
    });
    Plan {
        id: Some(&o.journal.id),
        operation: o.journal.verb.word(),
        environment: e.path(),
        namespace: &e.id.namespace,
        cluster: &e.id.cluster,
        status: None,
        why: None,
        steps: steps.collect(),
        left_alone: vec![],
        warnings: vec![],
        refused: vec![],
    }
}

/// One word for the result of a step, and why it is so.
pub(crate) fn result(result: &StepResult) -> (&'static str, Option<&str>) {
    match result {
        StepResult::Pending => ("pending", None),
        StepResult::Sent => ("sent", None),
        StepResult::Done => ("done", None),
        StepResult::Skipped(why) => ("skipped", Some(why)),
        StepResult::Failed(why) => ("failed", Some(why)),
    }
}

/// One word for the end of an operation, and why it is so.
pub(crate) fn end(end: &plan::End) -> (&'static str, Option<&str>) {
    match end {
        plan::End::Done => ("done", None),
        plan::End::Undone => ("undone", None),
        plan::End::Partly => ("partly", None),
        plan::End::Refused(why) => ("refused", Some(why)),
        plan::End::Left(why) => ("interrupted", Some(why)),
        plan::End::TimedOut(why) => ("timed out", Some(why)),
        plan::End::Failed(why) => ("failed", Some(why)),
    }
}

/// The shape of an operation that was gone on with or undone: its journal with the results as they are now.
pub(crate) fn resumed<'a>(e: &'a Environment, o: &'a Operation, outcome: &'a plan::Outcome) -> OperationShape<'a> {
    let mut shape = operation(e, o);
    shape.status = outcome.end.state();
    for step in &mut shape.steps {
        if let Some((_, r)) = outcome.results.iter().find(|(id, _)| *id == step.id) {
            (step.result, step.why) = result(r);
        }
    }
    shape
}
