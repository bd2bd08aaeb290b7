//! Keeps `status.used` of ResourceQuotas.

use serde_json::json;

use crate::sim::json::{Json, dig};
use crate::sim::quota;
use crate::sim::resource::Resource;
use crate::sim::view::{Object, View};
use crate::sim::write::Writes;

/// Writes `status.used` of one quota.
pub(super) fn sync(view: &View, object: &Object, w: &mut Writes) {
    let list = |r: &'static Resource| of(view, r);
    let mut used = json!({});
    for (key, _) in object.entries("spec.hard") {
        dig(&mut used, "").insert(key.clone(), quota::written(quota::used(object, key, &list), key).into());
    }
    w.status(object, json!({"hard": object.at("spec.hard"), "used": used}));
}

/// Objects of a kind, those of other groups' kinds of that name left out.
pub(super) fn of(view: &View, r: &'static Resource) -> Vec<Object> {
    let same = |o: &&Object| Resource::of_object(o).is_some_and(|own| std::ptr::eq(own, r));
    view.list(r.kind).filter(same).cloned().collect()
}
