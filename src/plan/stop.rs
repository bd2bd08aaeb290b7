//! The plan of a stop: what goes to zero with its count put away, what is left alone and why.

use std::collections::BTreeSet;

use super::draft::Draft;
use super::scaler;
use super::{Plan, Scope};
use crate::domain::environment::Environment;
use crate::domain::keys;
use crate::domain::operation::{Action, NodeSelector, Pause, Scale, Suspend, Verb};
use crate::domain::row::{WorkloadKind, WorkloadRow};
use crate::domain::service::{Service, Task};
use crate::domain::status::Status;
use crate::domain::{Kind, Text};

/// What a stop of `environment`, limited to `scope`, would do.
pub(super) fn stop(environment: &Environment, scope: &Scope) -> Plan {
    let mut draft = Draft::new(Verb::Stop, environment, scope);
    if let Some(owner) = &environment.managed_by {
        draft.warn(format!("{owner} manages this environment: it will undo a stop."));
    }
    if environment.protected {
        draft.warn("This environment is protected (kennel.dev/protected).");
    }
    if environment.system {
        draft.warn("The cluster itself runs in this namespace: what depends on it fails until it is started again.");
    }
    let picked = super::scope::pick(environment, scope);
    draft.plan.refused.extend(picked.refused);
    for task in picked.tasks {
        suspend(&mut draft, task);
    }
    let mut held = BTreeSet::new();
    for service in picked.services {
        one(&mut draft, environment, service, picked.named, picked.named || scope.daemonsets, &mut held);
    }
    draft.finish(environment)
}

fn suspend(draft: &mut Draft, task: &Task) {
    if task.suspended {
        let why = if task.memory.is_some() { "is stopped already" } else { "is suspended already" };
        return draft.leave(&task.object, why);
    }
    if task.never_stopped {
        return draft.leave(&task.object, "kennel.dev/stop=never");
    }
    if task.object.is(Kind::Job) {
        if task.failed || task.status == Status::Healthy {
            return draft.leave(&task.object, "has ended");
        }
        let note = "its pods end; a start runs it anew".to_owned();
        return draft.task(task, Action::Suspend(Suspend { from: false, to: true, remember: true }), &[note]);
    }
    let fires = task.fires_on_resume.then(|| "fires at once on start (no deadline)".to_owned());
    let runs = match task.active {
        0 => None,
        1 => Some("its job runs to the end".to_owned()),
        n => Some(format!("its {n} jobs run to their end")),
    };
    let notes: Vec<String> = fires.into_iter().chain(runs).collect();
    draft.task(task, Action::Suspend(Suspend { from: false, to: true, remember: true }), &notes);
}

/// Why a service of any kind is left alone.
fn untouched(service: &Service, named: bool) -> Option<Text> {
    let Some(workload) = &service.workload else {
        return Some(match (service.object.kind(), service.pods.is_empty()) {
            ("Pod", _) => "is a bare pod: nothing would bring it back".into(),
            (_, true) => "is not there".into(),
            ("Deployment" | "StatefulSet" | "DaemonSet", _) => "can't be read".into(),
            (kind, _) => format!("belongs to a {kind}, which kennel can't stop yet").into(),
        });
    };
    if workload.meta.deleted.is_some() {
        return Some("is being deleted".into());
    }
    if workload.meta.annotations.get(keys::STOP).is_some_and(|v| v == "never") {
        return Some("kennel.dev/stop=never".into());
    }
    match &service.managed_by {
        Some(owner) if !named => Some(format!("is managed by {owner}, which would start it again").into()),
        _ => None,
    }
}

fn one(
    draft: &mut Draft,
    environment: &Environment,
    service: &Service,
    named: bool,
    daemonsets: bool,
    held: &mut BTreeSet<Text>,
) {
    let object = &service.object;
    if let Some(why) = untouched(service, named) {
        return draft.leave(object, why);
    }
    let Some(workload) = &service.workload else { return };
    if let Some(owner) = &service.managed_by {
        draft.warn(format!("{object} is managed by {owner}: that may start it again."));
    }
    if workload.kind == WorkloadKind::DaemonSet {
        return daemon_set(draft, service, workload, daemonsets);
    }
    if workload.claims_die_when_scaled && workload.desired > 0 {
        let why = "a stop would delete its volume claims (persistentVolumeClaimRetentionPolicy.whenScaled: Delete)";
        match named {
            true => draft.plan.refused.push(format!("{object}: {why}").into()),
            false => {
                draft.warn(format!("{object} is not stopped: {why}."));
                draft.leave(object, format!("refused: {why}"));
            }
        }
        return;
    }
    if let Some(keda) = scaler::scaled_object(environment, object) {
        // One ScaledObject has one target, but a target may be named twice by mistake.
        if held.insert(keda.meta.name.clone()) {
            scaled_object(draft, service, workload, keda);
        }
        return;
    }
    if workload.desired == 0 {
        return draft.leave(object, at_zero(service));
    }
    let mut notes = Vec::new();
    if service.datasource {
        if workload.volume_claims.is_empty() && !workload.template.durable {
            draft.warn(format!("{object} keeps its data in no volume that stays: it dies with its pods."));
        }
        notes.push(match workload.volume_claims.len() + workload.template.claims.len() {
            0 => "datasource, last".to_owned(),
            1 => "datasource, last; its volume stays".to_owned(),
            _ => "datasource, last; its volumes stay".to_owned(),
        });
    }
    if let Some(hpa) = scaler::autoscaler(environment, object) {
        notes.push(format!("HPA stays; start clamps to {}–{}", hpa.min, hpa.max));
        if hpa.min == 0 {
            draft.warn(format!(
                "HPA {} has minReplicas 0: at zero it stays in force, and will scale {object} up again.",
                hpa.meta.name
            ));
        }
    }
    let forget = workload.meta.written(keys::REPLICAS).map(|v| (Text::from(keys::REPLICAS), v));
    let action =
        Action::Scale(Scale { from: workload.desired, to: 0, remember: true, forget: forget.into_iter().collect() });
    draft.service(service, workload, (object, &workload.meta), action, &notes);
}

fn at_zero(service: &Service) -> String {
    match &service.memory {
        None => "is at 0 already, and not by a stop".to_owned(),
        Some(m) if m.tool == "kennel" => "is stopped already".to_owned(),
        Some(m) => format!("is stopped already, by {}", m.tool),
    }
}

fn daemon_set(draft: &mut Draft, service: &Service, workload: &WorkloadRow, asked: bool) {
    if workload.meta.annotations.get(keys::NODE_SELECTOR).is_some() {
        return draft.leave(&service.object, "is stopped already");
    }
    if !asked {
        return draft.leave(&service.object, "runs on every node; --daemonsets stops it too");
    }
    let selector: serde_json::Map<String, serde_json::Value> =
        workload.template.node_selector.iter().map(|(k, v)| (k.to_string(), v.as_str().into())).collect();
    let selector = serde_json::Value::Object(selector).to_string();
    let action = Action::NodeSelector(NodeSelector { stop: true, selector: selector.into() });
    draft.service(
        service,
        workload,
        (&service.object, &workload.meta),
        action,
        &["by a node selector that matches no node".to_owned()],
    );
}

fn scaled_object(
    draft: &mut Draft,
    service: &Service,
    workload: &WorkloadRow,
    keda: &crate::domain::row::ScaledObjectRow,
) {
    let reference = keda.reference();
    let paused = scaler::paused(keda);
    if paused.holds_at_zero() {
        let why =
            if paused.before.is_some() { "is stopped already" } else { "is held at 0 already, and not by a stop" };
        return draft.leave(&reference, why);
    }
    let note = format!("KEDA takes {} to 0 and holds it there", service.object);
    let action = Action::Pause(Pause { from: paused.at, to: Some("0".into()), remember: true });
    draft.service(service, workload, (&reference, &keda.meta), action, &[note]);
}
