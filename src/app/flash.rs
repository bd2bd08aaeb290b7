//! What has just changed: cells that are inverted for a moment, where the settings ask for it (`flash = true`).
//!
//! A cell that only arrived has not changed. Nothing is kept, and nothing waits, when nothing flashes.

use std::collections::BTreeMap;

use imbl::ordmap::DiffItem;
use jiff::SignedDuration;

use crate::domain::environment::Environment;
use crate::domain::{EnvironmentId, ObjectId, Snapshot, Time};

/// How long a cell is inverted.
const MOMENT: SignedDuration = SignedDuration::from_millis(400);

/// Which cell of an environment or a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// Its phase or status.
    State,
    /// How many are there of how many.
    Count,
}

/// Cells that changed a moment ago, and when they are as the others again.
#[derive(Clone, Debug, Default)]
pub struct Flashes(BTreeMap<(EnvironmentId, Option<ObjectId>, Cell), Time>);

impl Flashes {
    /// Whether a cell of a service (`None`: of the environment itself) changed a moment ago.
    pub fn is(&self, environment: &EnvironmentId, service: Option<&ObjectId>, cell: Cell) -> bool {
        !self.0.is_empty() && self.0.contains_key(&(environment.clone(), service.cloned(), cell))
    }

    /// Notes what differs between two pictures.
    pub(super) fn note(&mut self, before: &Snapshot, after: &Snapshot, now: Time) {
        let until = now.checked_add(MOMENT).unwrap_or(now);
        for change in before.environments.diff(&after.environments) {
            if let DiffItem::Update { old: (_, old), new: (_, new) } = change
                && !old.provisional
                && !new.provisional
            {
                self.0.extend(changed(old, new).map(|(service, cell)| ((new.id.clone(), service, cell), until)));
            }
        }
    }

    /// Forgets what changed longer ago.
    pub(super) fn pass(&mut self, now: Time) {
        self.0.retain(|_, until| *until > now);
    }

    /// When the next cell is as the others again.
    pub(super) fn next(&self) -> Option<Time> {
        self.0.values().min().copied()
    }
}

/// The cells of an environment and of its services that read otherwise than before.
fn changed<'a>(old: &'a Environment, new: &'a Environment) -> impl Iterator<Item = (Option<ObjectId>, Cell)> + 'a {
    let whole = cells(old.phase == new.phase, (old.available, old.total) == (new.available, new.total));
    let services = new.services.iter().flat_map(|s| {
        let was = old.services.iter().find(|o| o.object == s.object && !o.provisional && !s.provisional);
        let cells =
            was.map(|o| cells((o.status, o.idle) == (s.status, s.idle), (o.ready, o.desired) == (s.ready, s.desired)));
        cells.into_iter().flatten().map(|cell| (Some(s.object.clone()), cell))
    });
    whole.map(|cell| (None, cell)).chain(services)
}

fn cells(state: bool, count: bool) -> impl Iterator<Item = Cell> {
    [(!state).then_some(Cell::State), (!count).then_some(Cell::Count)].into_iter().flatten()
}
