//! Counts that a stop put away: kennel's, and the markers of other tools.

use crate::domain::keys::{MARKERS, NODE_SELECTOR, PAUSED, PAUSED_BEFORE, REPLICAS, SUSPEND};
use crate::domain::row::{Meta, ScaledObjectRow};
use crate::domain::service::Memory;
use crate::domain::{Labels, Text};

/// What was put away of a workload, and by whom: on itself, or on the ScaledObject that scales it, where kennel
/// told KEDA to hold it at zero.
pub(crate) fn of(meta: &Meta, scaled_object: Option<&ScaledObjectRow>) -> Option<Memory> {
    let held = || {
        let annotations = &scaled_object?.meta.annotations;
        let stopped = annotations.get(PAUSED).is_some_and(|n| n == "0") && annotations.get(PAUSED_BEFORE).is_some();
        stopped.then(|| Memory { replicas: None, tool: "kennel".into(), key: PAUSED_BEFORE.into() })
    };
    memory(meta).or_else(held)
}

/// The count that was put away, and by whom; kennel's own first.
fn memory(meta: &Meta) -> Option<Memory> {
    let of = |key: &str, tool: &str| {
        let value = meta.annotations.get(key)?;
        Some(Memory { replicas: replicas(value), tool: tool.into(), key: key.into() })
    };
    of(REPLICAS, "kennel")
        .or_else(|| of(NODE_SELECTOR, "kennel").map(|m| Memory { replicas: None, ..m }))
        .or_else(|| MARKERS.iter().find_map(|(key, tool)| of(key, tool)))
}

/// A plain number, or the field `replicas` (or `Replicas`) of a JSON object.
fn replicas(value: &Text) -> Option<u32> {
    if let Ok(n) = value.trim().parse() {
        return Some(n);
    }
    let json: serde_json::Value = serde_json::from_str(value).ok()?;
    let n = json.get("replicas").or_else(|| json.get("Replicas"))?.as_u64()?;
    u32::try_from(n).ok()
}

/// kennel's memory of a CronJob's `suspend`.
pub(crate) fn suspend(annotations: &Labels) -> Option<bool> {
    annotations.get(SUSPEND)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(key: &str, value: &str) -> Meta {
        Meta { annotations: Labels::new([(key.into(), value.into())]), ..Meta::default() }
    }

    #[test]
    fn markers_of_other_tools_are_recognised_and_named() {
        let of = |key, value| memory(&meta(key, value)).map(|m| (m.tool.to_string(), m.replicas));
        assert_eq!(of(REPLICAS, "3"), Some(("kennel".into(), Some(3))));
        assert_eq!(of("downscaler/original-replicas", "2"), Some(("downscaler".into(), Some(2))));
        assert_eq!(of("dev.okteto.com/state-before-sleeping", r#"{"replicas":4}"#), Some(("okteto".into(), Some(4))));
        assert_eq!(of(REPLICAS, "many"), Some(("kennel".into(), None)), "what can't be read is never 0");
        assert_eq!(of("example.com/replicas", "2"), None);
    }
}
