//! Pods and their usage.

use serde::Deserialize;

use super::field::{List, Pairs, Stamp, Str, alone, count, cpu, memory, sentence, some, text};
use super::meta::{RawCondition, RawMeta, owner};
use super::{Made, Object, each};
use crate::domain::Uid;
use crate::domain::interner::Interner;
use crate::domain::row::{AnyRow, ContainerRow, ContainerState, MetricsRow, PodPhase, PodRow, Resources, Termination};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Raw<'a> {
    #[serde(borrow)]
    metadata: RawMeta<'a>,
    #[serde(borrow)]
    spec: Spec<'a>,
    #[serde(borrow)]
    status: Option<Status<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Spec<'a> {
    #[serde(borrow)]
    node_name: Option<Str<'a>>,
    #[serde(borrow)]
    containers: List<Container<'a>>,
    #[serde(borrow)]
    init_containers: List<Container<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Container<'a> {
    #[serde(borrow)]
    name: Option<Str<'a>>,
    #[serde(borrow)]
    image: Option<Str<'a>>,
    #[serde(borrow)]
    restart_policy: Option<Str<'a>>,
    #[serde(borrow)]
    resources: Option<Asked<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked<'a> {
    #[serde(borrow)]
    requests: Pairs<'a>,
    #[serde(borrow)]
    limits: Pairs<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Status<'a> {
    #[serde(borrow)]
    phase: Option<Str<'a>>,
    #[serde(borrow)]
    reason: Option<Str<'a>>,
    #[serde(borrow)]
    message: Option<Str<'a>>,
    #[serde(borrow, rename = "podIP")]
    pod_ip: Option<Str<'a>>,
    start_time: Stamp,
    #[serde(borrow)]
    conditions: List<RawCondition<'a>>,
    #[serde(borrow)]
    container_statuses: List<ContainerStatus<'a>>,
    #[serde(borrow)]
    init_container_statuses: List<ContainerStatus<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ContainerStatus<'a> {
    #[serde(borrow)]
    name: Option<Str<'a>>,
    ready: Option<bool>,
    restart_count: Option<i64>,
    #[serde(borrow)]
    state: Option<RawState<'a>>,
    #[serde(borrow)]
    last_state: Option<RawState<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawState<'a> {
    #[serde(borrow)]
    waiting: Option<Waiting<'a>>,
    running: Option<Running>,
    #[serde(borrow)]
    terminated: Option<Terminated<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Waiting<'a> {
    #[serde(borrow)]
    reason: Option<Str<'a>>,
    #[serde(borrow)]
    message: Option<Str<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Running {
    started_at: Stamp,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Terminated<'a> {
    #[serde(borrow)]
    reason: Option<Str<'a>>,
    #[serde(borrow)]
    message: Option<Str<'a>>,
    exit_code: Option<i64>,
    started_at: Stamp,
    finished_at: Stamp,
}

fn termination(t: &Terminated<'_>, i: &mut Interner) -> Box<Termination> {
    Box::new(Termination {
        reason: text(t.reason.as_ref(), i),
        code: i32::try_from(t.exit_code.unwrap_or_default()).unwrap_or(i32::MAX),
        message: sentence(t.message.as_ref()),
        started: t.started_at.0,
        finished: t.finished_at.0,
    })
}

fn state(s: Option<&RawState<'_>>, i: &mut Interner) -> ContainerState {
    let Some(s) = s else { return ContainerState::None };
    if let Some(t) = &s.terminated {
        ContainerState::Terminated(termination(t, i))
    } else if let Some(r) = &s.running {
        ContainerState::Running(r.started_at.0)
    } else if let Some(w) = &s.waiting {
        ContainerState::Waiting { reason: text(w.reason.as_ref(), i), message: sentence(w.message.as_ref()) }
    } else {
        ContainerState::None
    }
}

fn container(c: &Container<'_>, init: bool, statuses: &[ContainerStatus<'_>], i: &mut Interner) -> ContainerRow {
    let status = statuses.iter().find(|s| s.name == c.name);
    ContainerRow {
        name: text(c.name.as_ref(), i),
        image: text(c.image.as_ref(), i),
        init,
        ready: status.and_then(|s| s.ready).unwrap_or_default(),
        restarts: count(status.and_then(|s| s.restart_count)),
        state: state(status.and_then(|s| s.state.as_ref()), i),
        last: status.and_then(|s| s.last_state.as_ref()).and_then(|s| s.terminated.as_ref()).map(|t| termination(t, i)),
    }
}

pub(super) fn pod(object: Object<'_>, i: &mut Interner) -> Made {
    let raw: Raw<'_> = object.read()?;
    let status = raw.status.unwrap_or_default();
    let conditions = status.conditions.unwrap_or_default();
    let ready = conditions.iter().find(|c| c.is("Ready"));
    let unschedulable = conditions
        .iter()
        .find(|c| c.is("PodScheduled") && c.holds() == Some(false) && c.reason.as_deref() == Some("Unschedulable"));

    let init_containers = raw.spec.init_containers.unwrap_or_default();
    let containers = raw.spec.containers.unwrap_or_default();
    let is_sidecar = |c: &&Container<'_>| c.restart_policy.as_deref() == Some("Always");
    let statuses = status.container_statuses.unwrap_or_default();
    let init_statuses = status.init_container_statuses.unwrap_or_default();
    let mut rows = Vec::with_capacity(init_containers.len() + containers.len());
    rows.extend(init_containers.iter().map(|c| container(c, !is_sidecar(&c), &init_statuses, i)));
    rows.extend(containers.iter().map(|c| container(c, false, &statuses, i)));

    // Init containers have ended when the others run, so only what runs beside is summed up.
    let running = || containers.iter().chain(init_containers.iter().filter(is_sidecar));
    let requests =
        |key: &'static str| running().filter_map(move |c| c.resources.as_ref().and_then(|r| r.requests.get(key)));
    let limits =
        |key: &'static str| running().filter_map(move |c| c.resources.as_ref().and_then(|r| r.limits.get(key)));

    Ok(Some(AnyRow::Pod(Box::new(PodRow {
        name: alone(raw.metadata.name.as_ref()),
        namespace: text(raw.metadata.namespace.as_ref(), i),
        uid: Uid::new(raw.metadata.uid.as_deref().unwrap_or_default()),
        labels: raw.metadata.labels.labels(i),
        owner: owner(&raw.metadata, i).map(|o| i.owner(o)),
        created: raw.metadata.creation_timestamp.0,
        deleted: raw.metadata.deletion_timestamp.0,
        hook: raw.metadata.annotations.0.get("helm.sh/hook").is_some(),
        node: some(raw.spec.node_name.as_ref(), i),
        ip: status.pod_ip.as_ref().filter(|s| !s.is_empty()).map(|s| alone(Some(s))),
        phase: match status.phase.as_deref() {
            Some("Running") => PodPhase::Running,
            Some("Succeeded") => PodPhase::Succeeded,
            Some("Failed") => PodPhase::Failed,
            Some("Unknown") => PodPhase::Unknown,
            _ => PodPhase::Pending,
        },
        reason: some(status.reason.as_ref(), i),
        message: sentence(status.message.as_ref()),
        started: status.start_time.0,
        ready: ready.is_some_and(|c| c.holds() == Some(true)),
        ready_since: ready.and_then(|c| c.last_transition_time.0),
        ready_reason: ready.filter(|c| c.holds() != Some(true)).and_then(|c| some(c.reason.as_ref(), i)),
        unschedulable: unschedulable.and_then(|c| c.last_transition_time.0),
        unschedulable_message: unschedulable.and_then(|c| sentence(c.message.as_ref())),
        containers: rows.into_boxed_slice(),
        resources: i.resources(Resources {
            cpu_request: cpu(requests("cpu")),
            memory_request: memory(requests("memory")),
            cpu_limit: cpu(limits("cpu")),
            memory_limit: memory(limits("memory")),
        }),
    }))))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawMetrics<'a> {
    #[serde(borrow)]
    metadata: RawMeta<'a>,
    #[serde(borrow)]
    containers: List<Usage<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Usage<'a> {
    #[serde(borrow)]
    usage: Pairs<'a>,
}

pub(super) fn metrics(object: Object<'_>, i: &mut Interner) -> Made {
    let raw: RawMetrics<'_> = object.read_json()?;
    let all: Vec<_> = each(raw.containers).collect();
    Ok(Some(AnyRow::Metrics(Box::new(MetricsRow {
        name: alone(raw.metadata.name.as_ref()),
        namespace: text(raw.metadata.namespace.as_ref(), i),
        cpu: cpu(all.iter().filter_map(|c| c.usage.get("cpu"))).unwrap_or_default(),
        memory: memory(all.iter().filter_map(|c| c.usage.get("memory"))).unwrap_or_default(),
    }))))
}
