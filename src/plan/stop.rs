//! The plan of a stop.

use super::{Place, Plan, Scope};
use crate::domain::environment::Environment;
use crate::domain::operation::Verb;

/// What a stop of `environment`, limited to `scope`, would do.
pub fn stop(environment: &Environment, scope: &Scope) -> Plan {
    Plan {
        operation: Verb::Stop,
        place: Place {
            namespace: environment.namespace.clone(),
            project: environment.project.clone(),
            environment: environment.name.clone(),
            production: environment.production,
        },
        only: scope.services.clone(),
        steps: Vec::new(),
        left_alone: Vec::new(),
        warnings: Vec::new(),
        refused: Vec::new(),
    }
}
