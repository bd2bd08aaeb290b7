//! An environment, put together from its namespace and what is in it.

use std::sync::Arc;

use super::World;
use crate::domain::environment::Environment;
use crate::domain::event::Event;
use crate::domain::model::space::Space;
use crate::domain::phase::Phase;
use crate::domain::service::{Service, Task};
use crate::domain::{Text, Time};

/// The environment of `namespace` and when it changes by time alone; `None` where it must not be shown.
pub(crate) fn environment(
    space: &Space,
    name: &Text,
    mut services: Vec<Arc<Service>>,
    tasks: Vec<Arc<Task>>,
    events: Arc<[Arc<Event>]>,
    world: &World<'_>,
) -> (Option<Environment>, Option<Time>) {
    let Some(namespace) = &space.namespace else { return (None, None) };
    let place = world.rules.grouping.place(&namespace.meta);
    services.sort_by(|a, b| a.status.rank().cmp(&b.status.rank()).then_with(|| a.object.name.cmp(&b.object.name)));
    let counted = || services.iter().filter(|s| s.counted);
    let total = counted().count();
    let available = counted().filter(|s| s.available).count();
    let phase = match (total, available) {
        (0, _) => Phase::ServiceUnavailable,
        (_, 0) => Phase::Unavailable,
        (t, a) if a < t => Phase::PartiallyActive,
        _ => Phase::Active,
    };
    let production = world.rules.production.is(name, &place.name, &namespace.meta.labels, world.production);
    let environment = Environment {
        namespace: name.clone(),
        uid: namespace.meta.uid.clone(),
        project: place.project,
        name: place.name,
        phase,
        reason: None,
        provisional: true,
        available: u32::try_from(available).unwrap_or(u32::MAX),
        total: u32::try_from(total).unwrap_or(u32::MAX),
        services: services.into(),
        tasks: tasks.into(),
        events,
        autoscalers: space.autoscalers.values().cloned().collect(),
        scaled_objects: space.scaled_objects.values().cloned().collect(),
        quotas: space.quotas.values().cloned().collect(),
        issues: Box::default(),
        created_by: None,
        created: namespace.meta.created,
        updated: None,
        default: false,
        protected: false,
        production,
        color: None,
        managed_by: None,
        operation: None,
        blocked_by: None,
    };
    (Some(environment), None)
}
