//! Questions about who may do what: SubjectAccessReview of oneself, of others, and in a namespace;
//! SelfSubjectRulesReview, SelfSubjectReview. Nobody comes with a token here, so none is made or reviewed.
//! <https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access>

use serde_json::{Map, Value, json};

use super::request::{Request, Target, Verb};
use super::respond;
use super::{Api, Response, Status};
use crate::sim::apply::{self, Schema};
use crate::sim::authz::{Attributes, Grants, User};
use crate::sim::json::{Json, metadata, set, stamp};
use crate::sim::managers::{Managers, Who};
use crate::sim::status::Cause;
use crate::sim::{decode, types};

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

/// Answers one kind of question.
type Ask = fn(&Api, &Request, &Value) -> Result<Value, Status>;

/// The answer, if `target` is such a question.
pub(super) fn answer(api: &Api, request: &Request, target: &Target) -> Option<Result<Response, Status>> {
    let (ask, kind): (Ask, &str) = match (target.group.as_str(), target.plural.as_str()) {
        ("authorization.k8s.io", "selfsubjectaccessreviews") => (access, "SelfSubjectAccessReview"),
        ("authorization.k8s.io", "subjectaccessreviews") => (access_of, "SubjectAccessReview"),
        ("authorization.k8s.io", "localsubjectaccessreviews") if target.namespace.is_some() => {
            (access_of, "LocalSubjectAccessReview")
        }
        ("authorization.k8s.io", "selfsubjectrulesreviews") => (rules, "SelfSubjectRulesReview"),
        ("authentication.k8s.io", "selfsubjectreviews") => (whoami, "SelfSubjectReview"),
        _ => return None,
    };
    if target.version != "v1" {
        return Some(Err(Status::no_such_resource()));
    }
    if request.verb != Verb::Create {
        return Some(Err(Status::method_not_allowed()));
    }
    let body = match request.json(kind) {
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
    answered(api, request, body, "SelfSubjectAccessReview", &request.user, Vec::new())
}

/// What another may do, who is asked for by name or by groups.
fn access_of(api: &Api, request: &Request, body: &Value) -> Result<Value, Status> {
    let place = request.target.as_ref().and_then(|t| t.namespace.as_deref());
    let kind = if place.is_some() { "LocalSubjectAccessReview" } else { "SubjectAccessReview" };
    let groups = body.items("spec.groups").iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect();
    let user = User { name: body.text("spec.user").to_owned(), groups };
    let mut causes = Vec::new();
    if user.name.is_empty() && user.groups.is_empty() {
        let why = "at least one of user or group must be specified";
        causes.push(Cause::invalid("spec.user", &"".into(), why));
    }
    let asked = body.at("spec.resourceAttributes");
    if let Some(place) = place.filter(|place| asked.is_object() && asked.text("namespace") != *place) {
        let why = if asked.text("namespace").is_empty() { place } else { asked.text("namespace") };
        let field = "spec.resourceAttributes.namespace";
        causes.push(Cause::invalid(field, &why.into(), "must match metadata.namespace"));
    }
    let mut answer = answered(api, request, body, kind, &user, causes)?;
    if let Some(place) = place {
        metadata(&mut answer).insert("namespace".to_owned(), place.into());
    }
    Ok(answer)
}

/// The answer to a review of a kind, unless something else is wrong with it.
fn answered(
    api: &Api,
    request: &Request,
    body: &Value,
    kind: &str,
    user: &User,
    wrong: Vec<Cause>,
) -> Result<Value, Status> {
    let refused = |causes: Vec<Cause>| {
        let group = Map::from_iter([("group".to_owned(), "authorization.k8s.io".into())]);
        Status::invalid_because(".authorization.k8s.io \"\"", group, &causes)
    };
    let kind_type = types::of_kind("authorization.k8s.io", "v1", kind);
    let read = decode::stored(kind_type, body);
    let spec = if read.has("spec") { read.at("spec").clone() } else { json!({}) };
    let (resource, path) = (spec.get("resourceAttributes"), spec.get("nonResourceAttributes"));
    let reason = match (resource, path) {
        _ if !wrong.is_empty() && (resource.is_some() != path.is_some()) => return Err(refused(wrong)),
        (Some(resource), None) => {
            let text = |field: &str| resource.text(field).to_owned();
            let sub = resource.text("subresource");
            let asked = Attributes {
                verb: text("verb"),
                group: text("group"),
                resource: if sub.is_empty() { text("resource") } else { format!("{}/{sub}", text("resource")) },
                namespace: text("namespace"),
                name: text("name"),
            };
            api.allows(user, &asked)
        }
        (None, Some(path)) => {
            let known = user.groups.iter().any(|g| g == "system:authenticated");
            ((known && is_open(path.text("path"))) || user.is_master()).then(String::new)
        }
        _ => {
            let why = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
            let cause = Cause::invalid("spec.resourceAttributes", &Value::Null, why);
            return Err(refused([cause].into_iter().chain(wrong).collect()));
        }
    };
    let mut status = json!({"allowed": reason.is_some()});
    if let Some(reason) = reason.filter(|r| !r.is_empty()) {
        set(&mut status, "reason", reason);
    }
    let mut answer = json!({
        "kind": kind, "apiVersion": "authorization.k8s.io/v1",
        "metadata": {}, "spec": spec, "status": status,
    });
    // A review is an object like any other: who sent it manages its spec.
    if let Some(kind) = kind_type {
        let who = Who {
            name: request.manager(),
            applies: false,
            api_version: "authorization.k8s.io/v1".to_owned(),
            subresource: "",
            time: stamp(api.store.clock().now()),
            has_status: true,
        };
        let managers = apply::track(Schema::Object(kind), &decode::zero(kind), &answer, Managers::default(), &who);
        metadata(&mut answer).extend(managers.write().map(|list| ("managedFields".to_owned(), list)));
    }
    Ok(answer)
}

fn rules(api: &Api, request: &Request, body: &Value) -> Result<Value, Status> {
    let namespace = body.text("spec.namespace");
    if namespace.is_empty() {
        return Err(Status::bad_request("no namespace on request"));
    }
    let user = &request.user;
    let rules = api.store.with(|s| Grants::of(s, user, namespace)).rules();
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
        "status": {"resourceRules": rules, "nonResourceRules": paths, "incomplete": false},
    }))
}

fn whoami(api: &Api, request: &Request, _: &Value) -> Result<Value, Status> {
    Ok(json!({
        "kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"creationTimestamp": stamp(api.store.clock().now())},
        "status": {"userInfo": {"username": request.user.name, "groups": request.user.groups}},
    }))
}
