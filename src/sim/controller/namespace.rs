//! Namespace life cycle: what every namespace gets, and how one goes: contents, then the finalizer.

use serde_json::{Value, json};

use crate::sim::json::{Json, set, stamp};
use crate::sim::view::View;
use crate::sim::write::{Write, Writes};

/// Reconciles the namespace.
pub(super) fn run(view: &View, w: &mut Writes) {
    let Some(namespace) = view.namespace_object() else { return };
    if !namespace.is_going() {
        if namespace.text("status.phase") != "Active" {
            w.status(namespace, json!({"phase": "Active"}));
        }
        return furnish(view, w);
    }
    let mut left = 0;
    let mut held: Vec<String> = vec![];
    for o in view.all() {
        left += 1;
        if !o.is_going() {
            w.delete(o);
        }
        held.extend(o.items("metadata.finalizers").iter().filter_map(Value::as_str).map(ToOwned::to_owned));
    }
    if left == 0 {
        // Events go with the namespace; they hold nothing up.
        w.list.push(Write::DropEvents(view.namespace.clone()));
        return w.patch(namespace, json!({"spec": {"finalizers": []}}));
    }
    let mut status = json!({"phase": "Terminating"});
    set(&mut status, "conditions", conditions(view, namespace, &held));
    w.status(namespace, status);
}

/// The five conditions of a namespace that goes (`namespaceConditionUpdater`).
fn conditions(view: &View, namespace: &Value, held: &[String]) -> Vec<Value> {
    let mut kinds: Vec<(String, usize)> = vec![];
    for o in view.all() {
        let name = crate::sim::resource::Resource::of_object(o).map_or_else(
            || o.text("kind").to_lowercase(),
            |r| if r.group.is_empty() { format!("{}.", r.plural) } else { r.qualified() },
        );
        match kinds.iter_mut().find(|(k, _)| *k == name) {
            Some((_, n)) => *n += 1,
            None => kinds.push((name, 1)),
        }
    }
    let remaining: Vec<_> = kinds.iter().map(|(k, n)| format!("{k} has {n} resource instances")).collect();
    let mut finalizers: Vec<(String, usize)> = vec![];
    for f in held {
        match finalizers.iter_mut().find(|(k, _)| k == f) {
            Some((_, n)) => *n += 1,
            None => finalizers.push((f.clone(), 1)),
        }
    }
    let finalizing: Vec<_> = finalizers.iter().map(|(f, n)| format!("{f} in {n} resource instances")).collect();
    let rows = [
        (
            "NamespaceDeletionDiscoveryFailure",
            false,
            "ResourcesDiscovered",
            "All resources successfully discovered".to_owned(),
        ),
        (
            "NamespaceDeletionGroupVersionParsingFailure",
            false,
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed".to_owned(),
        ),
        (
            "NamespaceDeletionContentFailure",
            false,
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization".to_owned(),
        ),
        (
            "NamespaceContentRemaining",
            !remaining.is_empty(),
            if remaining.is_empty() { "ContentRemoved" } else { "SomeResourcesRemain" },
            if remaining.is_empty() {
                "All content successfully removed".to_owned()
            } else {
                format!("Some resources are remaining: {}", remaining.join(", "))
            },
        ),
        (
            "NamespaceFinalizersRemaining",
            !finalizing.is_empty(),
            if finalizing.is_empty() { "ContentHasNoFinalizers" } else { "SomeFinalizersRemain" },
            if finalizing.is_empty() {
                "All content-preserving finalizers finished".to_owned()
            } else {
                format!("Some content in the namespace has finalizers remaining: {}", finalizing.join(", "))
            },
        ),
    ];
    rows.into_iter()
        .map(|(kind, holds, reason, message)| {
            let word = if holds { "True" } else { "False" };
            let since = match namespace.condition(kind) {
                Some(c) if c.text("status") == word => c.at("lastTransitionTime").clone(),
                _ => stamp(view.now).into(),
            };
            json!({"type": kind, "status": word, "reason": reason, "message": message, "lastTransitionTime": since})
        })
        .collect()
}

/// The ServiceAccount `default` and the cluster's certificate, as every namespace has them.
fn furnish(view: &View, w: &mut Writes) {
    let meta = |name: &str| json!({"name": name, "namespace": view.namespace});
    if view.get("ServiceAccount", "default").is_none() {
        w.create(json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta("default")}));
    }
    if view.get("ConfigMap", "kube-root-ca.crt").is_none() {
        let certificate = "-----BEGIN CERTIFICATE-----\nZGVtbw==\n-----END CERTIFICATE-----\n";
        w.create(json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("kube-root-ca.crt"),
            "data": {"ca.crt": certificate},
        }));
    }
}
