//! The plan of a redeployment: new pods in the place of all of a service, one after the other (a rollout restart).

use super::draft::Draft;
use super::{Plan, Scope, services};
use crate::domain::environment::Environment;
use crate::domain::operation::{Action, Restart, Verb};
use crate::domain::row::WorkloadRow;
use crate::domain::service::Service;
use crate::domain::{Text, Time};

/// What a redeployment of services of `environment` would do, asked for at `at`.
pub(super) fn redeploy(environment: &Environment, scope: &Scope, at: Time) -> Plan {
    let mut draft = Draft::new(Verb::Redeploy, environment, scope);
    for (service, workload) in services::picked(&mut draft, environment, scope) {
        one(&mut draft, service, workload, at);
    }
    draft.finish(environment)
}

fn one(draft: &mut Draft, service: &Service, workload: &WorkloadRow, at: Time) {
    let object = &service.object;
    if workload.desired == 0 {
        return draft.leave(object, "is at 0: there are no pods to put others in the place of");
    }
    if workload.paused {
        return draft.leave(object, services::PAUSED);
    }
    services::rollout(draft, service, workload);
    let mut notes = Vec::new();
    if service.datasource {
        notes.push("datasource".to_owned());
    }
    let action = Restart { from: workload.template.restarted.clone(), to: Text::from(at.to_string()) };
    draft.service(service, workload, (object, &workload.meta), Action::Restart(action), &notes);
}
