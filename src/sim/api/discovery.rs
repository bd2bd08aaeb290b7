//! Discovery (`/api`, `/apis`, their groups and versions, plain and aggregated), `/version`, `/healthz`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::openapi;
use super::request::Request;
use super::respond;
use super::review;
use super::swagger;
use super::{Response, Status};
use crate::sim::json::{Json, set};
use crate::sim::resource::{RESOURCES, Resource};
use crate::sim::store::SharedStore;

/// Kinds that are asked and answered, never stored: group, kind, resource, whether in a namespace.
const REVIEWS: &[(&str, &str, &str, bool)] = &[
    ("authorization.k8s.io", "LocalSubjectAccessReview", "localsubjectaccessreviews", true),
    ("authorization.k8s.io", "SelfSubjectAccessReview", "selfsubjectaccessreviews", false),
    ("authorization.k8s.io", "SelfSubjectRulesReview", "selfsubjectrulesreviews", false),
    ("authorization.k8s.io", "SubjectAccessReview", "subjectaccessreviews", false),
    ("authentication.k8s.io", "SelfSubjectReview", "selfsubjectreviews", false),
];

/// Paths that name no resource.
pub(super) fn plain(store: &SharedStore, request: &Request) -> Result<Response, Status> {
    let path = request.path.trim_matches('/');
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        return Err(Status::method_not_allowed());
    }
    if !review::is_open(&request.path) && !request.user.is_master() {
        let why = format!("forbidden: User \"{}\" cannot get path \"{}\"", request.user.name, request.path);
        return Err(Status::failure(403, "Forbidden", &why, Some(Map::new())));
    }
    let parts: Vec<_> = path.split('/').collect();
    let aggregated = request.wants_aggregated_discovery();
    let found = match parts.as_slice() {
        ["healthz" | "livez" | "readyz"] | ["healthz" | "livez" | "readyz", "ping"] => {
            return Ok(respond::text(200, "ok"));
        }
        ["version"] => Some(version()),
        ["api"] if aggregated => return Ok(aggregate(store, true)),
        ["apis"] if aggregated => return Ok(aggregate(store, false)),
        ["api"] => Some(json!({
            "kind": "APIVersions",
            "versions": ["v1"],
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": ""}],
        })),
        ["apis"] => {
            let groups: Vec<_> = groups(store).iter().filter_map(|(g, _)| group(store, g)).collect();
            Some(json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
        }
        ["apis", name] => group(store, name).map(|mut group| {
            set(&mut group, "kind", "APIGroup");
            set(&mut group, "apiVersion", "v1");
            group
        }),
        ["openapi", "v2"] => {
            let all: Vec<_> = versions(store).into_iter().flat_map(|(g, v)| kinds(store, g, v)).collect();
            return Ok(swagger::answer(request, &all));
        }
        ["openapi", "v3"] => Some(openapi::index(versions(store).into_iter())),
        ["openapi", "v3", "api", "v1"] => Some(openapi::document("", "v1", &kinds(store, "", "v1"))),
        ["openapi", "v3", "apis", group, version] => {
            let kinds = kinds(store, group, version);
            (!kinds.is_empty()).then(|| openapi::document(group, version, &kinds))
        }
        ["api", "v1"] => resources(store, "", "v1"),
        ["apis", group, version] => resources(store, group, version),
        _ => None,
    };
    match (found, parts.as_slice()) {
        (Some(found), _) => Ok(respond::value(200, &found)),
        (None, ["apis", name, ..]) if groups(store).iter().any(|(g, _)| g == name) => Err(Status::no_such_resource()),
        (None, _) => Ok(respond::text(404, "404 page not found\n")),
    }
}

fn version() -> Value {
    json!({
        "major": "1", "minor": "36", "emulationMajor": "1", "emulationMinor": "36", "minCompatibilityMajor": "1",
        "minCompatibilityMinor": "35", "gitVersion": "v1.36.3", "gitCommit": "kennel", "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z", "goVersion": "go1.26", "compiler": "gc", "platform": "linux/amd64",
    })
}

/// Groups in the order in which the real server names them: clients look for a kind in that order, and print kinds
/// in it (kubernetes/pkg/controlplane/apiserver/apiserver.go, DefaultGenericAPIServicePriorities). What is no part of
/// Kubernetes comes after, by name.
const ORDER: &[&str] = &[
    "apps",
    "events.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "apiextensions.k8s.io",
    "scheduling.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
];

/// Served groups (but the core group) with their versions, in order.
fn groups(store: &SharedStore) -> Vec<(&'static str, Vec<&'static str>)> {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let stored = RESOURCES.iter().filter(|r| store.with(|s| s.is_served(r))).map(|r| (r.group, r.version));
    for (group, version) in stored.chain(REVIEWS.iter().map(|(g, ..)| (*g, "v1"))).filter(|(g, _)| !g.is_empty()) {
        let versions = groups.entry(group).or_default();
        if !versions.contains(&version) {
            versions.push(version);
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(name, _)| ORDER.iter().position(|o| o == name).unwrap_or(ORDER.len()));
    groups
}

/// Groups and versions, the core group first.
fn versions(store: &SharedStore) -> Vec<(&'static str, &'static str)> {
    let named = groups(store).into_iter().flat_map(|(g, versions)| versions.into_iter().map(move |v| (g, v)));
    [("", "v1")].into_iter().chain(named).collect()
}

fn group(store: &SharedStore, name: &str) -> Option<Value> {
    let (_, versions) = groups(store).into_iter().find(|(g, _)| *g == name)?;
    let versions: Vec<_> =
        versions.iter().map(|v| json!({"groupVersion": format!("{name}/{v}"), "version": v})).collect();
    let preferred = versions.first().cloned();
    Some(json!({"name": name, "versions": versions, "preferredVersion": preferred}))
}

fn kinds(store: &SharedStore, group: &str, version: &str) -> Vec<&'static Resource> {
    let in_version = RESOURCES.iter().filter(|r| r.group == group && r.version == version);
    let mut served: Vec<_> = in_version.filter(|r| store.with(|s| s.is_served(r))).collect();
    served.sort_by_key(|r| r.plural);
    served
}

/// One resource, or a subresource of one, as both forms of discovery describe it.
struct Described {
    /// `pods`, `pods/log`.
    name: String,
    kind: &'static str,
    /// Group and version of the kind, where these are not those around it.
    of: Option<(&'static str, &'static str)>,
    namespaced: bool,
    verbs: &'static [&'static str],
    short: &'static [&'static str],
    category: Option<&'static str>,
}

const CHANGE: &[&str] = &["get", "patch", "update"];

/// The resources of a version, each followed by its subresources.
fn described(store: &SharedStore, group: &str, version: &str) -> Vec<Described> {
    let mut all = Vec::new();
    for r in kinds(store, group, version) {
        let plain = |name: String, kind, of, verbs| Described {
            name,
            kind,
            of,
            namespaced: r.namespaced,
            verbs,
            short: &[],
            category: None,
        };
        let whole = plain(r.plural.to_owned(), r.kind, None, r.verbs());
        all.push(Described { short: &r.short, category: r.category(), ..whole });
        let mut sub = |name: &str, kind, of, verbs| all.push(plain(format!("{}/{name}", r.plural), kind, of, verbs));
        if r.plural == "pods" && r.group.is_empty() {
            sub("eviction", "Eviction", Some(("policy", "v1")), &["create"]);
            sub("log", "Pod", None, &["get"]);
        }
        if r.has_scale() {
            sub("scale", "Scale", Some(("autoscaling", "v1")), CHANGE);
        }
        if r.has_status() {
            sub("status", r.kind, None, CHANGE);
        }
    }
    let reviews = REVIEWS.iter().filter(|(g, ..)| *g == group && version == "v1");
    all.extend(reviews.map(|&(_, kind, plural, namespaced)| Described {
        name: plural.to_owned(),
        kind,
        of: None,
        namespaced,
        verbs: &["create"],
        short: &[],
        category: None,
    }));
    all
}

/// Short names and categories.
fn decorate(one: &mut Value, d: &Described) {
    if !d.short.is_empty() {
        set(one, "shortNames", d.short);
    }
    if let Some(category) = d.category {
        set(one, "categories", json!([category]));
    }
}

fn resources(store: &SharedStore, group: &str, version: &str) -> Option<Value> {
    let one = |d: Described| {
        let singular = if d.name.contains('/') { String::new() } else { d.kind.to_lowercase() };
        let mut one = json!({"name": d.name, "singularName": singular, "namespaced": d.namespaced});
        if let Some((group, version)) = d.of {
            set(&mut one, "group", group);
            set(&mut one, "version", version);
        }
        set(&mut one, "kind", d.kind);
        set(&mut one, "verbs", d.verbs);
        decorate(&mut one, &d);
        one
    };
    let all: Vec<_> = described(store, group, version).into_iter().map(one).collect();
    let name = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    (!all.is_empty())
        .then(|| json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": all}))
}

/// Everything in one answer, as newer clients ask (KEP-3352).
fn aggregate(store: &SharedStore, core: bool) -> Response {
    let groups = if core { vec![("", vec!["v1"])] } else { groups(store) };
    let items: Vec<_> = groups
        .iter()
        .map(|(group, versions)| {
            let versions: Vec<_> = versions
                .iter()
                .map(|v| json!({"version": v, "resources": aggregate_version(store, group, v), "freshness": "Current"}))
                .collect();
            let metadata = if group.is_empty() { json!({}) } else { json!({"name": group}) };
            json!({"metadata": metadata, "versions": versions})
        })
        .collect();
    let list = json!({
        "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items,
    });
    let mut answer = respond::value(200, &list);
    let content_type = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    answer.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(content_type));
    answer
}

fn aggregate_version(store: &SharedStore, group: &str, version: &str) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for d in described(store, group, version) {
        let (group, version) = d.of.unwrap_or_default();
        let kind = json!({"group": group, "version": version, "kind": d.kind});
        if let (Some((_, name)), Some(whole)) = (d.name.split_once('/'), all.last_mut()) {
            let mut subs = whole.items("subresources").to_vec();
            subs.push(json!({"subresource": name, "responseKind": kind, "verbs": d.verbs}));
            set(whole, "subresources", subs);
            continue;
        }
        let scope = if d.namespaced { "Namespaced" } else { "Cluster" };
        let mut one = json!({
            "resource": d.name, "responseKind": kind, "scope": scope, "singularResource": d.kind.to_lowercase(),
            "verbs": d.verbs,
        });
        decorate(&mut one, &d);
        all.push(one);
    }
    all
}
