//! Garbage collection: what all owners of are gone goes too; foreground deletion waits for its dependents.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::Change;
use crate::sim::json::Json;
use crate::sim::view::View;
use crate::sim::write::Writes;

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

/// Whether a change may leave something without an owner: a deletion, or a new object that names an owner which
/// did not make it.
pub(super) fn matters(change: &Change) -> bool {
    let loose = |r: &Value| !r.is("controller");
    change.is_going() || (change.old.is_none() && change.object.items("metadata.ownerReferences").iter().any(loose))
}

/// Collects the namespace's garbage.
pub(super) fn run(view: &View, w: &mut Writes) {
    let alive: HashSet<&str> = view.all().map(|o| o.uid()).collect();
    let cluster_owner = |o: &Value| {
        // Owners of kinds that are not served here can't be looked for; those of the cluster are found by name.
        crate::sim::resource::Resource::of(o.text("apiVersion"), o.text("kind")).is_none()
            || view.get(o.text("kind"), o.text("name")).is_some_and(|found| found.uid() == o.text("uid"))
    };
    let blocked: HashSet<&str> = view
        .all()
        .flat_map(|o| o.items("metadata.ownerReferences"))
        .filter(|r| r.is("blockOwnerDeletion"))
        .map(|r| r.text("uid"))
        .collect();
    let finalizes = |o: &Value, which: &str| o.is_going() && o.items("metadata.finalizers").iter().any(|f| f == which);
    let foreground: HashSet<&str> = view.all().filter(|o| finalizes(o, FOREGROUND)).map(|o| o.uid()).collect();
    let orphaning: HashSet<&str> = view.all().filter(|o| finalizes(o, ORPHAN)).map(|o| o.uid()).collect();
    for o in view.all() {
        let owners = o.items("metadata.ownerReferences");
        if !orphaning.is_empty() && owners.iter().any(|r| orphaning.contains(r.text("uid"))) {
            let kept: Vec<_> = owners.iter().filter(|r| !orphaning.contains(r.text("uid"))).cloned().collect();
            let kept = if kept.is_empty() { Value::Null } else { kept.into() };
            w.patch(o, json!({"metadata": {"ownerReferences": kept}}));
            // The owner's finalizer goes when the last dependent is loose.
            w.wake(view.now);
            continue;
        }
        let gone = |r: &Value| !alive.contains(r.text("uid")) && !cluster_owner(r);
        let solid = owners.iter().any(|r| !gone(r) && !foreground.contains(r.text("uid")));
        if !owners.is_empty() && !solid && !o.is_going() {
            w.delete(o);
        }
    }
    for o in view.all().filter(|o| o.is_going()) {
        let freed = |f: &Value| match f.as_str() {
            Some(FOREGROUND) => !blocked.contains(o.uid()),
            Some(ORPHAN) => {
                !view.all().any(|d| d.items("metadata.ownerReferences").iter().any(|r| r.text("uid") == o.uid()))
            }
            _ => false,
        };
        let finalizers = o.items("metadata.finalizers");
        if finalizers.iter().any(freed) {
            let kept: Vec<_> = finalizers.iter().filter(|f| !freed(f)).cloned().collect();
            w.patch(o, json!({"metadata": {"finalizers": kept}}));
        }
    }
}
