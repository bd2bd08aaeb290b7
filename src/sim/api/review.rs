//! Questions about oneself: SelfSubjectAccessReview, SelfSubjectRulesReview, SelfSubjectReview.
//! <https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access>

use serde_json::{Map, Value, json};

use super::request::{Request, Target, Verb};
use super::respond;
use super::{Api, Response, Status};
use crate::sim::apply::{self, Schema};
use crate::sim::authz::{Attributes, Rule};
use crate::sim::managers::{Managers, Who};
use crate::sim::status::Cause;
use crate::sim::store::{metadata, seconds, text};
use crate::sim::{bindings, decode, types};

/// Paths that everybody may read, as discovery roles list them.
const OPEN: &[&str] = &[
    "/api",
    "/api/*",
    "/apis",
    "/apis/*",
    "/healthz",
    "/livez",
    "/openapi",
    "/openapi/*",
    "/readyz",
    "/version",
    "/version/",
];

/// Paths that even those may read who have not said who they are.
const PUBLIC: &[&str] = &["/healthz", "/livez", "/readyz", "/version", "/version/"];

/// Paths that service accounts may read.
const ISSUER: &[&str] =
    &["/.well-known/openid-configuration", "/.well-known/openid-configuration/", "/openid/v1/jwks", "/openid/v1/jwks/"];

/// The answer, if `target` is such a question.
pub(super) fn answer(api: &Api, request: &Request, target: &Target) -> Option<Result<Response, Status>> {
    let ask = match (target.group.as_str(), target.plural.as_str()) {
        ("authorization.k8s.io", "selfsubjectaccessreviews") => access,
        ("authorization.k8s.io", "selfsubjectrulesreviews") => rules,
        ("authentication.k8s.io", "selfsubjectreviews") => whoami,
        _ => return None,
    };
    if target.version != "v1" {
        return Some(Err(Status::no_such_resource()));
    }
    if request.verb != Verb::Create {
        return Some(Err(Status::method_not_allowed()));
    }
    let body = match request.json("") {
        Ok(body) => body,
        Err(status) => return Some(Err(status)),
    };
    Some(ask(api, request, &body).map(|v| respond::value(201, &v)))
}

/// Whether everybody may read a path that is no resource.
pub(super) fn is_open(path: &str) -> bool {
    OPEN.iter().any(|p| p.strip_suffix('*').map_or(*p == path, |start| path.starts_with(start)))
}

fn access(api: &Api, request: &Request, body: &Value) -> Result<Value, Status> {
    let spec = body.get("spec").cloned().unwrap_or_else(|| json!({}));
    let (resource, path) = (spec.get("resourceAttributes"), spec.get("nonResourceAttributes"));
    let reason = match (resource, path) {
        (Some(resource), None) => {
            let sub = text(resource, "/subresource");
            let plural = text(resource, "/resource");
            let asked = Attributes {
                verb: text(resource, "/verb"),
                group: text(resource, "/group"),
                resource: if sub.is_empty() { plural } else { format!("{plural}/{sub}") },
                namespace: text(resource, "/namespace"),
                name: text(resource, "/name"),
            };
            api.allows(&request.user, &asked)
        }
        (None, Some(path)) => {
            let path = text(path, "/path");
            (is_open(&path) || request.user.is_master()).then(String::new)
        }
        _ => {
            let mut status = Map::new();
            status.insert("group".to_owned(), "authorization.k8s.io".into());
            let why = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
            let cause = Cause::invalid("spec.resourceAttributes", &Value::Null, why);
            return Err(Status::invalid_because(".authorization.k8s.io \"\"", status, &[cause]));
        }
    };
    let mut status = json!({"allowed": reason.is_some()});
    if let (Some(reason), Some(map)) = (reason.filter(|r| !r.is_empty()), status.as_object_mut()) {
        map.insert("reason".to_owned(), reason.into());
    }
    let mut answer = json!({
        "kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1",
        "metadata": {}, "spec": spec, "status": status,
    });
    // A review is an object like any other: who sent it manages its spec.
    if let Some(kind) = types::of_kind("authorization.k8s.io", "v1", "SelfSubjectAccessReview") {
        let who = Who {
            name: request.manager(),
            applies: false,
            api_version: "authorization.k8s.io/v1".to_owned(),
            subresource: "",
            time: seconds(api.store.clock().now()),
            has_status: true,
        };
        let managers = apply::track(Schema::Object(kind), &decode::zero(kind), &answer, Managers::default(), &who);
        metadata(&mut answer).extend(managers.write().map(|list| ("managedFields".to_owned(), list)));
    }
    Ok(answer)
}

fn rules(api: &Api, request: &Request, body: &Value) -> Result<Value, Status> {
    let namespace = text(body, "/spec/namespace");
    if namespace.is_empty() {
        return Err(Status::bad_request("no namespace on request"));
    }
    let rule = |r: &Rule| {
        let mut one = json!({"verbs": r.verbs, "apiGroups": r.groups, "resources": r.resources});
        if let Some(map) = one.as_object_mut()
            && !r.names.is_empty()
        {
            map.insert("resourceNames".to_owned(), json!(r.names));
        }
        one
    };
    let user = &request.user;
    let granted = api.rbac(|r| r.rules(user, &namespace));
    let stored = api.store.with(|s| bindings::rbac(s, user, &namespace)).granted(user, &namespace);
    let resource_rules: Vec<_> = granted.iter().chain(&stored).map(rule).collect();
    let mut paths =
        vec![json!({"verbs": ["get"], "nonResourceURLs": OPEN}), json!({"verbs": ["get"], "nonResourceURLs": PUBLIC})];
    // system:service-account-issuer-discovery.
    if user.groups.iter().any(|g| g == "system:serviceaccounts") {
        paths.push(json!({"verbs": ["get"], "nonResourceURLs": ISSUER}));
    }
    if user.is_master() {
        paths.push(json!({"verbs": ["*"], "nonResourceURLs": ["*"]}));
    }
    Ok(json!({
        "kind": "SelfSubjectRulesReview", "apiVersion": "authorization.k8s.io/v1", "metadata": {}, "spec": {},
        "status": {"resourceRules": resource_rules, "nonResourceRules": paths, "incomplete": false},
    }))
}

fn whoami(api: &Api, request: &Request, _: &Value) -> Result<Value, Status> {
    Ok(json!({
        "kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"creationTimestamp": seconds(api.store.clock().now())},
        "status": {"userInfo": {"username": request.user.name, "groups": request.user.groups}},
    }))
}
