//! What the API refuses to store: names and metadata of all kinds here, fields by the rows of [`table`], changes
//! by [`change`].
//! Texts after apimachinery/pkg/util/validation/validation.go and kubernetes/pkg/apis/*/validation.

mod change;
pub(crate) mod form;
mod kinds;
mod pod;
mod rule;
mod table;

use serde_json::Value;

use super::json::Json;
use super::resource::Resource;
use super::status::Cause;
use super::types;

/// Kinds whose name is a single DNS label.
const LABEL_NAMES: &[&str] = &["namespaces", "services"];
/// Kinds whose names are free path segments.
const FREE_NAMES: &[&str] = &["roles", "rolebindings", "clusterroles", "clusterrolebindings"];

/// Kinds whose names must leave room for what is put behind them.
const SHORT_NAMES: &[(&str, usize)] = &[("cronjobs", 52)];

fn form_of_names(resource: &Resource) -> form::Form {
    let plural = &resource.plural;
    if LABEL_NAMES.contains(plural) {
        form::label
    } else if FREE_NAMES.contains(plural) {
        form::segment
    } else {
        form::subdomain
    }
}

fn name(resource: &Resource, name: &str) -> Vec<Cause> {
    let plural = &resource.plural;
    let value = Value::from(name);
    let form = form_of_names(resource);
    if name.is_empty() {
        return vec![Cause::required("metadata.name", "name or generateName is required")];
    }
    let mut causes: Vec<_> = form(name).iter().map(|why| Cause::invalid("metadata.name", &value, why)).collect();
    if let Some((_, longest)) = SHORT_NAMES.iter().find(|(p, longest)| p == plural && name.len() > *longest) {
        causes.push(Cause::invalid("metadata.name", &value, &format!("must be no more than {longest} characters")));
    }
    causes
}

/// Finalizers that need no prefix.
const FINALIZERS: &[&str] = &["kubernetes", "orphan", "foregroundDeletion"];

/// What is wrong with an object that would replace `old` (or is new).
pub(crate) fn object(resource: &Resource, old: Option<&Value>, new: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    if old.is_none() {
        let prefix = new.text("metadata.generateName");
        if !prefix.is_empty() {
            // What comes behind it may come behind a dash (apimachinery/pkg/api/validation, maskTrailingDash).
            let whole = prefix.strip_suffix('-').map_or_else(|| prefix.to_owned(), |p| format!("{p}a"));
            let wrong = form_of_names(resource)(&whole);
            let value = Value::from(prefix);
            causes.extend(wrong.iter().map(|why| Cause::invalid("metadata.generateName", &value, why)));
        }
        causes.extend(name(resource, new.name()));
    }
    let scope = rule::Scope { rows: table::ROWS, pod: &Value::Null, object: new };
    rule::check("meta.v1.ObjectMeta", new.at("metadata"), "metadata", scope, &mut causes);
    owners(new, &mut causes);
    for (at, finalizer) in new.items("metadata.finalizers").iter().enumerate() {
        let own = finalizer.as_str().unwrap_or_default();
        causes.extend(form::qualified(own).iter().map(|why| Cause::invalid("metadata.finalizers", finalizer, why)));
        if !own.contains('/') && !FINALIZERS.contains(&own) {
            let why = "name is neither a standard finalizer name nor is it fully qualified";
            causes.push(Cause::invalid(&format!("metadata.finalizers[{at}]"), finalizer, why));
        }
    }
    if let Some(old) = old {
        finalizers(old, new, &mut causes);
        immutable(resource, old, new, &mut causes);
    }
    // What an object was made with is not asked for again.
    let same = |old: &Value| {
        let rest = |key: &str| !matches!(key, "metadata" | "status");
        let mut keys = [old, new].into_iter().filter_map(Value::as_object).flat_map(|o| o.keys());
        keys.all(|key| !rest(key) || old.get(key) == new.get(key))
    };
    if let Some(kind) = types::of(resource).filter(|_| !old.is_some_and(same)) {
        // Whether the change of a DaemonSet is right is said first.
        let first = resource.plural == "daemonsets";
        if let Some(old) = old.filter(|_| first) {
            change::check(resource, old, new, &mut causes);
        }
        rule::check(kind.id, new, "", scope, &mut causes);
        if let Some(old) = old.filter(|_| !first) {
            change::check(resource, old, new, &mut causes);
        }
    }
    causes
}

/// Owners are named in full, and one of them controls.
fn owners(new: &Value, causes: &mut Vec<Cause>) {
    let all = new.items("metadata.ownerReferences");
    for owner in all {
        for field in ["apiVersion", "kind", "name", "uid"] {
            if owner.text(field).is_empty() {
                let field = format!("metadata.ownerReferences.{field}");
                causes.push(Cause::invalid(&field, &Value::from(""), "must not be empty"));
            }
        }
    }
    let mut controllers = all.iter().filter(|o| o.is("controller"));
    if let (Some(one), Some(other)) = (controllers.next(), controllers.next()) {
        let named = |o: &Value| format!("{}/{}", o.text("kind"), o.text("name"));
        let why = format!(
            "Only one reference can have Controller set to true. Found \"true\" in references for {} and {}",
            named(one),
            named(other)
        );
        causes.push(Cause::invalid("metadata.ownerReferences", new.at("metadata.ownerReferences"), &why));
    }
}

/// An object that goes gets no more finalizers (apimachinery/pkg/api/validation/objectmeta.go, which looks twice).
fn finalizers(old: &Value, new: &Value, causes: &mut Vec<Cause>) {
    let (before, after) = (old.items("metadata.finalizers"), new.items("metadata.finalizers"));
    let fresh: Vec<_> = after.iter().filter(|f| !before.contains(f)).map(Value::to_string).collect();
    if !fresh.is_empty() && old.is_going() {
        let why = format!(
            "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
            fresh.join(", ")
        );
        causes.extend(std::iter::repeat_n(Cause::forbidden("metadata.finalizers", &why), 2));
    }
}

/// ConfigMaps and Secrets that say so stay as they are.
/// <https://kubernetes.io/docs/concepts/configuration/configmap/#configmap-immutable>
fn immutable(resource: &Resource, old: &Value, new: &Value, causes: &mut Vec<Cause>) {
    let holds = |v: &Value| v.get("immutable").is_some_and(|i| *i == true);
    if !["configmaps", "secrets"].contains(&resource.plural) || !holds(old) {
        return;
    }
    let mut changed = vec![("immutable", !holds(new))];
    changed.extend(["data", "binaryData"].map(|k| (k, old.get(k) != new.get(k))));
    for (field, _) in changed.iter().filter(|(_, changed)| *changed) {
        causes.push(Cause::forbidden(field, "field is immutable when `immutable` is set"));
    }
}
