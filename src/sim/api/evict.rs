//! Eviction: a deletion of a pod that asks its disruption budget first, as `kubectl drain` sends it.
//! After kubernetes/pkg/registry/core/pod/storage/eviction.go.
//! <https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/>

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::delete::Options;
use super::{Call, Response, Status, respond};
use crate::sim::condition::disrupted;
use crate::sim::json::{Json, dig, set, stamp};
use crate::sim::object::Object;
use crate::sim::resource::Resource;
use crate::sim::selector::selects;
use crate::sim::store::Store;

/// What a budget answers that has nothing to give.
const REFUSED: &str = "Cannot evict pod as it would violate the pod's disruption budget.";

/// Answers `POST …/pods/NAME/eviction`.
pub(super) fn evict(call: Call<'_>) -> Result<Response, Status> {
    let Call { store, request, resource: pods, target, .. } = call;
    let eviction = request.json("Eviction")?;
    let (namespace, name) = (target.namespace(), target.name());
    if !["", name].contains(&eviction.name()) {
        return Err(Status::bad_request("name in URL does not match name in Eviction object"));
    }
    let options = Options::of(request, eviction.at("deleteOptions"))?;
    store.with(|s| {
        let pod = call.found(s)?;
        options.check(pods, &pod)?;
        s.rehearse(options.dry_run, |s| {
            if !is_free(&pod.value()) {
                ask(s, &pod)?;
                let now = s.clock().now();
                s.edit(pods, namespace, name, |pod| {
                    let all = disrupted(pod, "EvictionByEvictionAPI", "Eviction API: evicting", now);
                    set(pod, "status.conditions", all);
                });
            }
            s.delete_by(pods, namespace, name, options.grace, &options.policy);
            Ok(())
        })
    })?;
    let done = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
    Ok(respond::value(201, &done))
}

/// Whether no budget is asked: it has ended, has not begun, or goes anyway.
fn is_free(pod: &Value) -> bool {
    matches!(pod.text("status.phase"), "Succeeded" | "Failed" | "Pending") || pod.is_going()
}

/// Asks the pod's budget, and takes one disruption from it.
fn ask(store: &mut Store, pod: &Arc<Object>) -> Result<(), Status> {
    let Some(budgets) = Resource::of("policy/v1", "PodDisruptionBudget") else { return Ok(()) };
    let value = pod.value();
    let labels = value.at("metadata.labels");
    let meant = |b: &Value| b.has("spec.selector") && selects(b.at("spec.selector"), labels);
    let mut all = store.list_in(budgets, pod.namespace()).filter(|b| meant(&b.value()));
    let Some(budget) = all.next().cloned() else { return Ok(()) };
    if all.next().is_some() {
        let why = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
        return Err(Status::failure(500, "InternalError", &format!("Internal error occurred: {why}"), None));
    }
    drop(all);
    let budget_value = budget.value();
    if !value.holds("Ready") {
        let (healthy, wanted) = (budget_value.int("status.currentHealthy"), budget_value.int("status.desiredHealthy"));
        // What is not ready serves nobody: it may go where enough others do, or where the budget says so.
        match budget_value.text("spec.unhealthyPodEvictionPolicy") {
            "AlwaysAllow" => return Ok(()),
            _ if healthy >= wanted && wanted > 0 => return Ok(()),
            _ => {}
        }
    }
    let status = budget_value.at("status");
    let left = status.int("disruptionsAllowed");
    if status.int("observedGeneration") < budget_value.int("metadata.generation") {
        let why = format!("The disruption budget {} is still being processed by the server.", budget.name());
        return Err(too_many(&why, 10));
    }
    if left < 1 {
        let why = format!(
            "The disruption budget {} needs {} healthy pods and has {} currently",
            budget.name(),
            status.int("desiredHealthy"),
            status.int("currentHealthy")
        );
        return Err(too_many(&why, 0));
    }
    let now = stamp(store.clock().now());
    store.edit(budgets, budget.namespace(), budget.name(), |b| {
        set(b, "status.disruptionsAllowed", left - 1);
        dig(b, "status.disruptedPods").insert(pod.name().to_owned(), now.into());
    });
    Ok(())
}

fn too_many(why: &str, wait: i64) -> Status {
    let mut details = Map::new();
    details.insert("causes".to_owned(), json!([{"reason": "DisruptionBudget", "message": why}]));
    if wait > 0 {
        details.insert("retryAfterSeconds".to_owned(), wait.into());
    }
    Status::failure(429, "TooManyRequests", REFUSED, Some(details))
}
