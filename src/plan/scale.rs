//! The plan of a scaling: so many pods of a service, whatever it has now.

use super::draft::Draft;
use super::{Plan, Scope, scaler, services};
use crate::domain::environment::Environment;
use crate::domain::operation::{Action, Scale, Verb};
use crate::domain::row::{WorkloadKind, WorkloadRow};
use crate::domain::service::Service;
use crate::domain::{Raw, Text, keys};

/// What a scaling of services of `environment` to `to` would do.
pub(super) fn scale(environment: &Environment, scope: &Scope, to: u32) -> Plan {
    let mut draft = Draft::new(Verb::Scale, environment, scope);
    for (service, workload) in services::picked(&mut draft, environment, scope) {
        one(&mut draft, environment, service, workload, to);
    }
    if !draft.is_empty()
        && let Some(owner) = &environment.managed_by
    {
        draft.warn(format!("{owner} manages this environment: it will undo this where it sets replicas."));
    }
    draft.finish(environment)
}

fn one(draft: &mut Draft, environment: &Environment, service: &Service, workload: &WorkloadRow, to: u32) {
    let object = &service.object;
    if workload.kind == WorkloadKind::DaemonSet {
        return draft.plan.refused.push(format!("{object} has no count: it runs on every node").into());
    }
    if let Some(keda) = scaler::scaled_object(environment, object) {
        let why = format!("{object} is scaled by KEDA (ScaledObject {}): change that instead", keda.meta.name);
        return draft.plan.refused.push(why.into());
    }
    let from = workload.desired;
    if from == to {
        let stopped = service.memory.as_ref().filter(|_| to == 0).map(|m| format!(", stopped by {}", m.tool));
        return draft.leave(object, format!("is at {to} already{}", stopped.unwrap_or_default()));
    }
    if to < from && workload.claims_die_when_scaled {
        let why = "that would delete volume claims (persistentVolumeClaimRetentionPolicy.whenScaled: Delete)";
        return draft.plan.refused.push(format!("{object}: {why}").into());
    }
    let mut notes = Vec::new();
    if let Some(hpa) = scaler::autoscaler(environment, object) {
        let name = &hpa.meta.name;
        match to {
            0 => draft
                .warn(format!("HPA {name} leaves {object} alone at 0: it scales nothing until there is a pod again.")),
            _ => draft.warn(format!(
                "HPA {name} sets this count between {} and {}: it will change it again.",
                hpa.min, hpa.max
            )),
        }
    }
    if to == 0 {
        notes.push("no start brings it back: nothing remembers its count".to_owned());
    }
    let forget = marks(workload, service);
    if !forget.is_empty() {
        notes.push("its stop is forgotten".to_owned());
    }
    let action = Action::Scale(Scale { from, to, remember: false, forget });
    draft.service(service, workload, (object, &workload.meta), action, &notes);
}

/// What a stop has put away: it would be a lie from now on.
fn marks(workload: &WorkloadRow, service: &Service) -> Vec<(Text, Raw)> {
    let stopped = service.memory.as_ref().map(|m| m.key.as_str()).filter(|k| *k != keys::REPLICAS);
    let keys = [Some(keys::REPLICAS), stopped].into_iter().flatten();
    keys.filter_map(|k| Some((k.into(), workload.meta.written(k)?))).collect()
}
