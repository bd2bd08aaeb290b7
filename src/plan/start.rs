//! The plan of a start: what a stop put away comes back, and nothing else.

use std::collections::BTreeSet;

use super::draft::Draft;
use super::scaler;
use super::{Plan, Scope};
use crate::domain::environment::Environment;
use crate::domain::keys;
use crate::domain::operation::{Action, NodeSelector, Pause, Scale, StepResult, Suspend, Verb};
use crate::domain::row::{ScaledObjectRow, WorkloadKind, WorkloadRow};
use crate::domain::service::{Memory, Service, Task};
use crate::domain::{ObjectId, Raw, Text};

/// What a start of `environment`, limited to `scope`, would do.
pub(super) fn start(environment: &Environment, scope: &Scope) -> Plan {
    let mut draft = Draft::new(Verb::Start, environment, scope);
    let picked = super::scope::pick(environment, scope);
    draft.plan.refused.extend(picked.refused);
    for task in picked.tasks {
        resume(&mut draft, task);
    }
    let mut held = BTreeSet::new();
    for service in picked.services {
        one(&mut draft, environment, service, &mut held);
    }
    gone(&mut draft, environment, scope);
    draft.finish(environment)
}

/// What the last stop brought down and is not there any more: it will not come back, whoever expects it.
fn gone(draft: &mut Draft, environment: &Environment, scope: &Scope) {
    let stop = environment.operation.as_ref().map(|o| &o.journal).filter(|j| j.direction() == Verb::Stop);
    let there = |o: &ObjectId| {
        let scaler = || environment.scaled_objects.iter().any(|s| s.reference() == *o);
        environment.service(o).is_some() || environment.tasks.iter().any(|t| t.object == *o) || scaler()
    };
    let read =
        |o: &ObjectId| o.api.known().is_some_and(|k| environment.gap(k).is_none() && !environment.unread.contains(&k));
    let meant = |o: &ObjectId| scope.services.is_empty() || scope.services.contains(&o.name);
    let steps = stop.iter().flat_map(|j| &j.steps).filter(|s| s.result == StepResult::Done).map(|s| &s.object);
    for object in steps.filter(|o| meant(o) && read(o) && !there(o)) {
        draft.leave(object, "is not there any more: it was deleted since its stop");
    }
}

fn resume(draft: &mut Draft, task: &Task) {
    let (action, note) = match (task.suspended, task.memory) {
        (true, None) => return draft.leave(&task.object, "was suspended before, and not by a stop"),
        (false, None) => return draft.leave(&task.object, "is on already"),
        // Somebody resumed it meanwhile: only the memory goes.
        (false, Some(_)) => (Action::Suspend(Suspend { from: false, to: false, remember: false }), None),
        (true, Some(before)) => (
            Action::Suspend(Suspend { from: true, to: before, remember: false }),
            (task.fires_on_resume && !before).then_some("fires at once if a run was missed (no deadline)"),
        ),
    };
    let notes: Vec<String> = note.map(str::to_owned).into_iter().collect();
    draft.task(task, action, &notes);
}

fn one(draft: &mut Draft, environment: &Environment, service: &Service, held: &mut BTreeSet<Text>) {
    let object = &service.object;
    let Some(workload) = &service.workload else {
        let why = match object.kind() {
            "Deployment" | "StatefulSet" | "DaemonSet" if !service.pods.is_empty() => "can't be read",
            _ => "is nothing that kennel can start yet",
        };
        return draft.leave(object, why);
    };
    if workload.meta.deleted.is_some() {
        return draft.leave(object, "is being deleted");
    }
    if workload.kind == WorkloadKind::DaemonSet {
        return daemon_set(draft, service, workload);
    }
    if let Some(keda) = scaler::scaled_object(environment, object) {
        let paused = scaler::paused(keda);
        match (paused.before.clone(), paused.holds_at_zero()) {
            (Some(before), true) => {
                if held.insert(keda.meta.name.clone()) {
                    scaled_object(draft, service, workload, keda, paused.at, before);
                }
                return;
            }
            (Some(_), false) => {
                let now = paused.at.map_or_else(|| "runs".to_owned(), |n| format!("is held at {}", n.shown()));
                return draft.leave(&keda.reference(), format!("{now} since its stop, by somebody else"));
            }
            (None, true) => return draft.leave(&keda.reference(), "is held at 0, and not by a stop"),
            (None, false) => {}
        }
    }
    match &service.memory {
        None if workload.desired == 0 => draft.leave(object, "was at 0 before, and not by a stop"),
        None => draft.leave(object, "runs already"),
        Some(memory) => remembered(draft, environment, service, workload, memory),
    }
}

fn remembered(
    draft: &mut Draft,
    environment: &Environment,
    service: &Service,
    workload: &WorkloadRow,
    memory: &Memory,
) {
    let object = &service.object;
    let marks = marks(workload, memory);
    if workload.desired > 0 {
        // Somebody scaled it meanwhile: the present count stays. Another tool's marker is that tool's to clear.
        if memory.tool != "kennel" {
            return draft.leave(object, "runs already");
        }
        let n = workload.desired;
        let note = format!("was scaled to {n} since its stop: that count stays");
        let action = Action::Scale(Scale { from: n, to: n, remember: false, forget: marks });
        return draft.service(service, workload, (object, &workload.meta), action, &[note]);
    }
    let count = match memory.replicas {
        Some(0) => return draft.leave(object, format!("was at 0 before {} stopped it", memory.tool)),
        Some(n) => n,
        None => {
            draft.warn(format!("{object}: what {} says is no count; scale it by hand.", memory.key));
            return draft.leave(object, format!("its count can't be read from {}", memory.key));
        }
    };
    let mut notes = Vec::new();
    if memory.tool != "kennel" {
        notes.push(format!("was stopped by {}", memory.tool));
    }
    if service.datasource {
        notes.push("datasource, first".to_owned());
    }
    let mut to = count;
    if let Some(hpa) = scaler::autoscaler(environment, object) {
        to = scaler::clamp(count, hpa);
        if to != count {
            notes.push(format!("{count} before, HPA wants {}–{}", hpa.min, hpa.max));
        }
    }
    draft.service(
        service,
        workload,
        (object, &workload.meta),
        Action::Scale(Scale { from: 0, to, remember: false, forget: marks }),
        &notes,
    );
}

/// The markers that go with the start: the one that is honoured, and kennel's own.
fn marks(workload: &WorkloadRow, memory: &Memory) -> Vec<(Text, Raw)> {
    let keys: BTreeSet<&str> = [keys::REPLICAS, memory.key.as_str()].into();
    keys.into_iter().filter_map(|k| workload.meta.written(k).map(|v| (k.into(), v))).collect()
}

fn daemon_set(draft: &mut Draft, service: &Service, workload: &WorkloadRow) {
    let put_away = workload.meta.written(keys::NODE_SELECTOR);
    match put_away.map(|selector| NodeSelector { stop: false, selector }) {
        Some(back) if back.pairs().is_some() => {
            let action = Action::NodeSelector(back);
            draft.service(service, workload, (&service.object, &workload.meta), action, &[]);
        }
        Some(_) => {
            draft.warn(format!("{}: {} is no node selector.", service.object, keys::NODE_SELECTOR));
            draft.leave(&service.object, "its node selector can't be read back");
        }
        None => draft.leave(&service.object, "runs already"),
    }
}

fn scaled_object(
    draft: &mut Draft,
    service: &Service,
    workload: &WorkloadRow,
    keda: &ScaledObjectRow,
    at: Option<Raw>,
    before: Option<Raw>,
) {
    let note = match &before {
        Some(n) => format!("KEDA holds {} at {} again, as before", service.object, n.shown()),
        None => format!("KEDA scales {} again", service.object),
    };
    let action = Action::Pause(Pause { from: at, to: before, remember: false });
    draft.service(service, workload, (&keda.reference(), &keda.meta), action, &[note]);
}
