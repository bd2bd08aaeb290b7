//! delete and deletecollection.
//! <https://kubernetes.io/docs/concepts/architecture/garbage-collection/>

use serde_json::Value;

use super::list;
use super::request::{Request, Target};
use super::respond::{self, View};
use super::write::no_dry_run;
use super::{Response, Status};
use crate::sim::object::Object;
use crate::sim::resource::Resource;
use crate::sim::status::Cause;
use crate::sim::store::{Deleted, SharedStore, Store, metadata, text};

/// Kinds whose deletion answers with the object (`ReturnDeletedObject` in their strategies).
const RETURNED: &[&str] = &[
    "pods",
    "services",
    "serviceaccounts",
    "resourcequotas",
    "persistentvolumes",
    "persistentvolumeclaims",
    "storageclasses",
];

struct Options {
    grace: Option<i64>,
    uid: String,
    rv: String,
    orphan: bool,
}

impl Options {
    /// From the body (`DeleteOptions`), else from the query.
    fn read(request: &Request) -> Result<Self, Status> {
        let body = if request.body.is_empty() { Value::Null } else { request.json("DeleteOptions")? };
        let policy = match text(&body, "/propagationPolicy") {
            p if p.is_empty() => request.query("propagationPolicy").to_owned(),
            p => p,
        };
        if !["", "Foreground", "Background", "Orphan"].contains(&policy.as_str()) {
            let cause =
                Cause::unsupported("propagationPolicy", &policy, &["Foreground", "Background", "Orphan", "nil"]);
            return Err(Status::invalid_options("DeleteOptions", &[cause]));
        }
        if !request.query("dryRun").is_empty()
            || body.get("dryRun").is_some_and(|d| d.as_array().is_none_or(|a| !a.is_empty()))
        {
            return Err(Status::bad_request("the embedded cluster does not serve dryRun"));
        }
        let grace = body.get("gracePeriodSeconds").and_then(Value::as_i64);
        Ok(Self {
            grace: grace.map_or_else(|| request.number("gracePeriodSeconds"), |g| Ok(Some(g)))?,
            uid: text(&body, "/preconditions/uid"),
            rv: text(&body, "/preconditions/resourceVersion"),
            orphan: policy == "Orphan",
        })
    }
}

/// Deletes one object. Dependents are the garbage collector's; `Orphan` cuts them loose first.
pub(super) fn delete(
    store: &SharedStore,
    request: &Request,
    resource: &'static Resource,
    target: &Target,
) -> Result<Response, Status> {
    let options = Options::read(request)?;
    let (namespace, name) = (target.namespace(), target.name());
    let done = store.with(|s| {
        let found = s.get(resource, namespace, name).ok_or_else(|| Status::not_found(resource, name))?;
        preconditions(resource, &found, &options)?;
        if options.orphan {
            orphan(s, namespace, &text(&found.value(), "/metadata/uid"));
        }
        Ok(s.delete(resource, namespace, name, options.grace))
    })?;
    let view = View::new(request, resource);
    match done {
        Deleted::Absent => Err(Status::not_found(resource, name)),
        Deleted::Going(object) => Ok(respond::object(200, view, &object)),
        Deleted::Gone(object) if RETURNED.contains(&resource.plural) => Ok(respond::object(200, view, &object)),
        Deleted::Gone(object) => {
            let uid = text(&object.value(), "/metadata/uid");
            Ok(respond::value(200, &Status::deleted(resource, name, &uid)))
        }
    }
}

/// Deletes what a list would show, and answers with that list.
pub(super) fn collection(
    store: &SharedStore,
    request: &Request,
    resource: &'static Resource,
    target: &Target,
) -> Result<Response, Status> {
    no_dry_run(request)?;
    if resource.plural == "namespaces" {
        return Err(Status::method_not_allowed());
    }
    let options = Options::read(request)?;
    let filter = list::filter(request, resource, target)?;
    let (rv, items) = store.with(|s| {
        let all: Vec<_> = match &filter.namespace {
            Some(ns) => s.list_in(resource, ns).filter(|o| filter.matches(o)).cloned().collect(),
            None => s.list(resource).filter(|o| filter.matches(o)).cloned().collect(),
        };
        for object in &all {
            s.delete(resource, object.namespace(), object.name(), options.grace);
        }
        (s.rv(), all)
    });
    let metadata = serde_json::json!({"resourceVersion": rv.to_string()});
    Ok(respond::list(View::new(request, resource), &metadata, items))
}

fn preconditions(resource: &Resource, found: &Object, options: &Options) -> Result<(), Status> {
    let uid = text(&found.value(), "/metadata/uid");
    if !options.uid.is_empty() && options.uid != uid {
        let why = format!(
            "the UID in the precondition ({}) does not match the UID in record ({uid}). The object might have been deleted and then recreated",
            options.uid
        );
        return Err(Status::precondition(resource, found.name(), &why));
    }
    if !options.rv.is_empty() && options.rv != found.rv.to_string() {
        let why = format!(
            "the ResourceVersion in the precondition ({}) does not match the ResourceVersion in record ({}). The object might have been modified",
            options.rv, found.rv
        );
        return Err(Status::precondition(resource, found.name(), &why));
    }
    Ok(())
}

/// Drops the owner reference of that UID from everything in the namespace.
fn orphan(store: &mut Store, namespace: &str, uid: &str) {
    let owned = |v: &Value| v.get("uid").is_some_and(|u| u == uid);
    let dependents: Vec<_> = store
        .all_in(namespace)
        .filter(|o| {
            let value = o.value();
            value.pointer("/metadata/ownerReferences").and_then(Value::as_array).is_some_and(|a| a.iter().any(owned))
        })
        .cloned()
        .collect();
    for o in dependents {
        store.edit(o.resource, namespace, o.name(), |v| {
            if let Some(list) = metadata(v).get_mut("ownerReferences").and_then(Value::as_array_mut) {
                list.retain(|r| !owned(r));
            }
        });
    }
}
