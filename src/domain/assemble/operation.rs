//! The latest operation of kennel on a namespace, and what it says about its services.

use super::World;
use crate::domain::environment::Operation;
use crate::domain::model::space::Space;
use crate::domain::operation::{DEAD_AFTER, State, StepResult, Verb};
use crate::domain::status::facts::Operated;
use crate::domain::status::notes::Notes;
use crate::domain::{Kind, ObjectId, Text};

/// The operation of a namespace with its state now; `Err` with the reason where its journal can't be read.
pub(crate) fn operation(space: &Space, world: &World<'_>, notes: &Notes) -> Option<Result<Operation, Text>> {
    let stored = space.operation()?;
    let journal = match &stored.journal {
        Ok(journal) => journal,
        Err(why) => return Some(Err(why.clone())),
    };
    let dead = world.dead.is_some_and(|d| d.holds(journal));
    if journal.state == State::Running && !dead {
        // For its note of when the heartbeat turns dead.
        notes.older(journal.heartbeat, DEAD_AFTER);
    }
    Some(Ok(Operation {
        state: journal.state_at(world.now, dead),
        journal: journal.clone(),
        uid: stored.uid.clone(),
        resource_version: stored.resource_version.clone(),
    }))
}

/// What the operation says about one service.
pub(crate) fn operated(space: &Space, object: &ObjectId, world: &World<'_>, notes: &Notes) -> Operated {
    let Some(Ok(journal)) = space.operation().map(|s| &s.journal) else { return Operated::default() };
    let scaled = |s: &ObjectId| {
        s.is(Kind::ScaledObject) && space.scaled_objects.named(&s.name).is_some_and(|row| row.scales(object))
    };
    let is = |s: &ObjectId| s == object || scaled(s);
    let Some(step) = journal.steps.iter().find(|s| is(&s.object)) else {
        return Operated::default();
    };
    let dead = world.dead.is_some_and(|d| d.holds(journal));
    let running = journal.state_at(world.now, dead) == State::Running;
    if running {
        notes.older(journal.heartbeat, DEAD_AFTER);
    }
    let done = matches!(step.result, StepResult::Done);
    Operated {
        starting: journal.direction() == Verb::Start && running,
        stopped: (journal.direction() == Verb::Stop && done)
            .then(|| (journal.ended_at.unwrap_or(journal.heartbeat), journal.holder.clone())),
    }
}
