//! The latest operation of kennel on a namespace, and what it says about its services.

use super::World;
use crate::domain::environment::Operation;
use crate::domain::model::space::Space;
use crate::domain::operation::{DEAD_AFTER, OperationState, Pods, StepResult};
use crate::domain::status::facts::Operated;
use crate::domain::status::notes::Notes;
use crate::domain::{ObjectId, Text};

/// The operation of a namespace with its state now, and what can't be read of its journal.
pub(crate) fn operation(space: &Space, world: &World<'_>, notes: &Notes) -> (Option<Operation>, Option<Text>) {
    let Some(stored) = space.operation() else { return (None, None) };
    let journal = match &stored.journal {
        Ok(journal) => journal,
        Err(why) => return (None, Some(why.clone())),
    };
    let dead = world.dead.is_some_and(|d| d.holds(journal));
    if journal.state == OperationState::Running && !dead {
        // For its note of when the heartbeat turns dead.
        notes.older(journal.heartbeat, DEAD_AFTER);
    }
    let operation = Operation {
        state: journal.state_at(world.now, dead),
        journal: journal.clone(),
        uid: stored.uid.clone(),
        resource_version: stored.resource_version.clone(),
    };
    (Some(operation), stored.lacking.clone())
}

/// What the operation says about one service.
pub(crate) fn operated(space: &Space, object: &ObjectId, world: &World<'_>, notes: &Notes) -> Operated {
    let Some(stored) = space.operation() else { return Operated::default() };
    let by_scaler = || {
        let mut scalers = world.look(space.scaled_objects.by(&object.name)).filter(|row| row.scales(object));
        scalers.find_map(|row| stored.step(&row.reference()))
    };
    let (Ok(journal), Some(step)) = (&stored.journal, stored.step(object).or_else(by_scaler)) else {
        return Operated::default();
    };
    let dead = world.dead.is_some_and(|d| d.holds(journal));
    let running = journal.state_at(world.now, dead) == OperationState::Running;
    if running {
        notes.older(journal.heartbeat, DEAD_AFTER);
    }
    let done = matches!(step.result, StepResult::Done);
    let pods = journal.direction().info().pods;
    Operated {
        starting: pods == Pods::Come && running,
        stopped: (pods == Pods::End && done)
            .then(|| (journal.ended_at.unwrap_or(journal.heartbeat), journal.holder.clone())),
    }
}
