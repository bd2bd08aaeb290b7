//! The rules of stop and start, one test each.

use super::*;

/// A step on Deployment `name` of `shop-staging`.
pub(super) fn step(name: &str, action: Action) -> Step {
    Step::of(&ObjectRef::new("Deployment", "shop-staging", name), action)
}
