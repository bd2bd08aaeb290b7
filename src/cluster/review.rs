//! "May I?" for each verb and kind of a plan, before the dialog: SelfSubjectAccessReviews.
//! <https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/>

use futures::{StreamExt, stream};
use serde::Deserialize;
use serde_json::json;

use super::wire::{Wire, parse};
use crate::domain::{Api, EnvironmentId, Text};
use crate::plan::{Permission, Plan};

/// So many questions are asked at a time.
const AT_ONCE: usize = 8;

#[derive(Deserialize)]
struct Review {
    #[serde(default)]
    status: Status,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    allowed: bool,
    reason: Text,
    evaluation_error: Text,
}

/// Asks for every verb × kind × namespace of the plans, each once.
pub(crate) async fn review(wire: &Wire, plans: &[Plan]) -> Vec<Permission> {
    let mut questions: Vec<(&'static str, Api, EnvironmentId)> = Vec::new();
    for plan in plans {
        for (verb, api) in plan.needs() {
            let question = (verb, api, plan.environment.id.clone());
            if !questions.contains(&question) {
                questions.push(question);
            }
        }
    }
    // Collected: held across an await, the closure's lifetimes keep a task from moving between threads.
    let asked: Vec<_> = questions.into_iter().map(|q| ask(wire, q)).collect();
    stream::iter(asked).buffered(AT_ONCE).collect().await
}

async fn ask(wire: &Wire, (verb, api, environment): (&'static str, Api, EnvironmentId)) -> Permission {
    let answer = |allowed, why: Option<Text>| Permission {
        verb,
        api: api.clone(),
        environment: environment.clone(),
        allowed,
        why,
    };
    if let Some(why) = wire.readonly() {
        return answer(Some(false), Some(why.clone()));
    }
    let question = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": { "resourceAttributes": {
            "namespace": environment.namespace.as_str(), "verb": verb, "group": api.group(), "resource": api.plural(),
        }},
    });
    let sent = wire.create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", question.to_string()).await;
    match sent.and_then(|body| parse::<Review>(&body)) {
        Ok(Review { status: Status { allowed: true, .. } }) => answer(Some(true), None),
        Ok(Review { status }) => {
            let reason = if status.reason.is_empty() { status.evaluation_error } else { status.reason };
            answer(Some(false), Some(reason).filter(|r| !r.is_empty()))
        }
        Err(e) => answer(None, Some(e.to_string().into())),
    }
}
