//! What plans for single services share: which can be changed at all, and what holds a rollout up.

use super::Scope;
use super::draft::Draft;
use crate::domain::environment::Environment;
use crate::domain::row::WorkloadRow;
use crate::domain::service::Service;

/// The services that a scope picks, each with its workload; what can't be changed is left alone, and that is said.
pub(super) fn picked<'e>(
    draft: &mut Draft,
    environment: &'e Environment,
    scope: &Scope,
) -> Vec<(&'e Service, &'e WorkloadRow)> {
    let picked = super::scope::pick(environment, scope);
    draft.plan.refused.extend(picked.refused);
    // What is asked for by its name is not left alone: it can't be done.
    for task in picked.tasks.iter().filter(|_| picked.named) {
        let word = draft.plan.operation.word();
        draft.plan.refused.push(format!("{} is a task: there is nothing to {word}", task.object).into());
    }
    let mut all = Vec::new();
    for service in picked.services {
        match (untouched(service), &service.workload) {
            (Some(why), _) if picked.named => {
                draft.plan.refused.push(format!("{} {why}", service.object).into());
            }
            (Some(why), _) => draft.leave(&service.object, why),
            (None, Some(workload)) => {
                if let Some(owner) = &service.managed_by {
                    draft.warn(format!("{} is managed by {owner}: that may take this back.", service.object));
                }
                all.push((service.as_ref(), workload.as_ref()));
            }
            (None, None) => {}
        }
    }
    all
}

/// Why nothing of a service can be changed.
fn untouched(service: &Service) -> Option<String> {
    match &service.workload {
        Some(workload) if workload.meta.deleted.is_some() => Some("is being deleted".to_owned()),
        Some(_) => None,
        None => Some(match (service.object.kind(), service.pods.is_empty()) {
            ("Pod", _) => "is a bare pod: nothing would bring another one".to_owned(),
            (_, true) => "is not there".to_owned(),
            ("Deployment" | "StatefulSet" | "DaemonSet", _) => "can't be read".to_owned(),
            (kind, _) => format!("belongs to a {kind}, which kennel can't change yet"),
        }),
    }
}

/// Why no rollout of what is paused is begun.
pub(super) const PAUSED: &str = "is paused (spec.paused): nothing would come of it; resume it first";

/// Warns of what keeps a changed template from reaching its pods.
pub(super) fn rollout(draft: &mut Draft, service: &Service, workload: &WorkloadRow) {
    let object = &service.object;
    if workload.on_delete {
        draft.warn(format!("{object} has the update strategy OnDelete: each pod stays until somebody deletes it."));
    }
    if workload.partition > 0 {
        draft.warn(format!(
            "{object} has a partition of {}: pods below that number stay as they are.",
            workload.partition
        ));
    }
}
