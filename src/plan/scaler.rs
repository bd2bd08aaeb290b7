//! What else changes a service's count: HorizontalPodAutoscalers and KEDA's ScaledObjects.

use std::sync::Arc;

use crate::domain::environment::Environment;
use crate::domain::keys;
use crate::domain::row::{AutoscalerRow, ScaledObjectRow};
use crate::domain::{ObjectId, Raw};

/// The HPA that scales an object.
pub(super) fn autoscaler<'a>(environment: &'a Environment, object: &ObjectId) -> Option<&'a Arc<AutoscalerRow>> {
    environment.autoscalers.iter().find(|a| a.target == *object)
}

/// The ScaledObject that scales an object.
pub(super) fn scaled_object<'a>(environment: &'a Environment, object: &ObjectId) -> Option<&'a Arc<ScaledObjectRow>> {
    environment.scaled_objects.iter().find(|s| s.scales(object))
}

/// The count within the bounds of an HPA. It never becomes 0: that would be no start.
pub(super) fn clamp(count: u32, hpa: &AutoscalerRow) -> u32 {
    let least = hpa.min.max(1);
    count.clamp(least, hpa.max.max(least))
}

/// How a ScaledObject stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Paused {
    /// The count that KEDA holds its target at.
    pub(super) at: Option<Raw>,
    /// What kennel put away when it stopped it: the count before, or none.
    pub(super) before: Option<Option<Raw>>,
}

impl Paused {
    /// Whether KEDA holds its target at zero.
    pub(super) fn holds_at_zero(&self) -> bool {
        self.at.as_ref().is_some_and(|n| n.as_str() == "0")
    }
}

/// How a ScaledObject stands.
pub(super) fn paused(row: &ScaledObjectRow) -> Paused {
    let before = row.meta.written(keys::PAUSED_BEFORE).map(|v| Some(v).filter(|v| !v.as_str().is_empty()));
    Paused { at: row.meta.written(keys::PAUSED), before }
}
