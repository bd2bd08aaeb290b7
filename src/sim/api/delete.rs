//! delete and deletecollection.
//! <https://kubernetes.io/docs/concepts/architecture/garbage-collection/>

use std::sync::LazyLock;

use serde_json::Value;

use super::request::Request;
use super::respond::{self, Warn};
use super::{Call, Response, Status, list, options};
use crate::sim::json::Json;
use crate::sim::object::Object;
use crate::sim::resource::Resource;
use crate::sim::status::Cause;
use crate::sim::store::Deleted;
use crate::sim::{decode, types};

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

/// What who deletes a Job is told that says nothing of its pods.
static KEPT_PODS: LazyLock<String> = LazyLock::new(|| {
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set \
     propagationPolicy=Orphan to suppress this warning"
        .to_owned()
});

/// What a deletion asks for.
pub(super) struct Options {
    /// Grace period in seconds.
    pub(super) grace: Option<i64>,
    uid: String,
    rv: String,
    /// Propagation policy.
    pub(super) policy: String,
    /// Everything but the deletion is done.
    pub(super) dry_run: bool,
}

impl Options {
    /// From the body (`DeleteOptions`), else from the query.
    fn read(request: &Request) -> Result<Self, Status> {
        let body = if request.body.is_empty() { Value::Null } else { request.json("")? };
        let kind = body.text("kind");
        if !matches!(kind, "" | "DeleteOptions") {
            let version = if body.has("apiVersion") { body.text("apiVersion") } else { "meta.k8s.io/v1" };
            return Err(Status::bad_request(&format!(
                "no kind \"{kind}\" is registered for version \"{version}\" in scheme \"pkg/runtime/scheme.go:111\""
            )));
        }
        Self::of(request, &body)
    }

    /// From such a body, else from the query.
    pub(super) fn of(request: &Request, body: &Value) -> Result<Self, Status> {
        if let Some(Err(why)) = types::named("meta.v1.DeleteOptions").map(|t| decode::object(t, body)) {
            return Err(Status::bad_request(&why));
        }
        let policy = match body.text("propagationPolicy") {
            "" => request.query("propagationPolicy"),
            given => given,
        };
        let mut causes = Vec::new();
        let orphan = body.at("orphanDependents").as_bool();
        if orphan.is_some() && !policy.is_empty() {
            let why = "orphanDependents and deletionPropagation cannot be both set";
            causes.push(Cause::invalid("propagationPolicy", &policy.into(), why));
        }
        if !["", "Foreground", "Background", "Orphan"].contains(&policy) {
            let known = ["Foreground", "Background", "Orphan", "nil"];
            causes.push(Cause::unsupported("propagationPolicy", policy, &known));
        }
        let rehearsed = body.items("dryRun");
        let mut dry_run = options::dry_run(request, &mut causes);
        if rehearsed.iter().any(|v| *v != "All") {
            let all: Vec<_> = rehearsed.iter().filter_map(|v| v.as_str()).collect();
            causes.push(Cause::unsupported_list("dryRun", &all, &["All"]));
        }
        dry_run |= !rehearsed.is_empty();
        if !causes.is_empty() {
            return Err(Status::invalid_options("DeleteOptions", &causes));
        }
        let policy = match (policy, orphan) {
            ("", Some(true)) => "Orphan",
            ("", Some(false)) => "Background",
            _ => policy,
        };
        let grace = body.at("gracePeriodSeconds").as_i64();
        Ok(Self {
            grace: grace.map_or_else(|| request.number("gracePeriodSeconds"), |g| Ok(Some(g)))?,
            uid: body.text("preconditions.uid").to_owned(),
            rv: body.text("preconditions.resourceVersion").to_owned(),
            policy: policy.to_owned(),
            dry_run,
        })
    }

    /// Lets dependents stay where nothing is said and they do by default: those of Jobs, as of old
    /// (registry/batch/job/strategy.go). Whether it did.
    fn keep_by_default(&mut self, resource: &Resource) -> bool {
        let keeps = self.policy.is_empty() && resource.group == "batch" && resource.plural == "jobs";
        if keeps {
            self.policy = "Orphan".to_owned();
        }
        keeps
    }

    /// Whether the object is the one that is meant.
    pub(super) fn check(&self, resource: &Resource, found: &Object) -> Result<(), Status> {
        let value = found.value();
        let uid = value.uid();
        if !self.uid.is_empty() && self.uid != uid {
            let why = format!(
                "the UID in the precondition ({}) does not match the UID in record ({uid}). The object might have been deleted and then recreated",
                self.uid
            );
            return Err(Status::precondition(resource, found.name(), &why));
        }
        if !self.rv.is_empty() && self.rv != found.rv.to_string() {
            let why = format!(
                "the ResourceVersion in the precondition ({}) does not match the ResourceVersion in record ({}). The object might have been modified",
                self.rv, found.rv
            );
            return Err(Status::precondition(resource, found.name(), &why));
        }
        Ok(())
    }
}

/// Deletes one object. Dependents are the garbage collector's.
pub(super) fn delete(call: Call<'_>) -> Result<Response, Status> {
    let Call { store, request, resource, target, .. } = call;
    let mut options = Options::read(request)?;
    let keeps = options.keep_by_default(resource);
    let warnings: &[String] = if keeps { std::slice::from_ref(&*KEPT_PODS) } else { &[] };
    let (namespace, name) = (target.namespace(), target.name());
    let answer = store.with(|s| {
        let found = call.found(s)?;
        options.check(resource, &found)?;
        Ok(s.rehearse(options.dry_run, |s| s.delete_by(resource, namespace, name, options.grace, &options.policy)))
    });
    let view = call.view();
    let answer = answer.and_then(|done| match done {
        Deleted::Absent => Err(Status::not_found(resource, name)),
        Deleted::Going(object) => Ok(respond::object(200, view, &object)),
        Deleted::Gone(object) if RETURNED.contains(&resource.plural) => Ok(respond::object(200, view, &object)),
        Deleted::Gone(object) => Ok(respond::value(200, &Status::deleted(resource, name, object.value().uid()))),
    });
    Ok(answer.unwrap_or_else(|status| respond::status(&status)).warn(warnings))
}

/// Deletes what a list would show, and answers with that list.
pub(super) fn collection(call: Call<'_>) -> Result<Response, Status> {
    let Call { store, request, resource, .. } = call;
    if resource.plural == "namespaces" {
        return Err(Status::method_not_allowed());
    }
    let mut options = Options::read(request)?;
    options.keep_by_default(resource);
    let filter = list::filter(call)?;
    let (rv, items) = store.with(|s| {
        let all: Vec<_> = match &filter.namespace {
            Some(ns) => s.list_in(resource, ns).filter(|o| filter.matches(o)).cloned().collect(),
            None => s.list(resource).filter(|o| filter.matches(o)).cloned().collect(),
        };
        for object in &all {
            let (namespace, name) = (object.namespace(), object.name());
            s.rehearse(options.dry_run, |s| s.delete_by(resource, namespace, name, options.grace, &options.policy));
        }
        (s.rv(), all)
    });
    let metadata = serde_json::json!({"resourceVersion": rv.to_string()});
    Ok(respond::list(call.view(), &metadata, items))
}
