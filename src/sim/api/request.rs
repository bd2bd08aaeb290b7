//! What a request asks: its path read as group, resource, namespace, name and subresource, and the verb that
//! follows. After apiserver/pkg/endpoints/request/requestinfo.go.

use bytes::Bytes;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::domain::protobuf::MEDIA_TYPE;
use crate::sim::authz::{Attributes, User};
use crate::sim::status::Status;
use crate::sim::table::Include;
use crate::sim::{patch, protobuf};

/// The API's verbs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// GET of one object.
    Get,
    /// GET of a collection.
    List,
    /// GET with `watch=true`.
    Watch,
    /// POST.
    Create,
    /// PUT.
    Update,
    /// PATCH.
    Patch,
    /// DELETE of one object.
    Delete,
    /// DELETE of a collection.
    DeleteCollection,
    /// A method that no verb has.
    Other,
}

impl Verb {
    /// The verb's name in rules and reviews.
    pub(crate) fn rbac(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::DeleteCollection => "deletecollection",
            Self::Other => "",
        }
    }
}

/// What a path below `/api` or `/apis` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// API group.
    pub(crate) group: String,
    /// Version.
    pub(crate) version: String,
    /// Resource.
    pub(crate) plural: String,
    /// Namespace.
    pub(crate) namespace: Option<String>,
    /// Name.
    pub(crate) name: Option<String>,
    /// Subresource.
    pub(crate) subresource: Option<String>,
}

impl Target {
    /// What authorization is asked.
    pub(crate) fn attributes(&self, verb: Verb) -> Attributes {
        let resource = match &self.subresource {
            Some(sub) => format!("{}/{sub}", self.plural),
            None => self.plural.clone(),
        };
        Attributes {
            verb: verb.rbac().to_owned(),
            group: self.group.clone(),
            resource,
            // A namespace lies in itself, so that a RoleBinding in it lets one read it.
            namespace: self
                .namespace
                .clone()
                .or_else(|| self.name.clone().filter(|_| self.plural == "namespaces" && self.group.is_empty()))
                .unwrap_or_default(),
            name: self.name.clone().unwrap_or_default(),
        }
    }

    /// The name, where the path has one.
    pub(crate) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// The namespace, where the path has one.
    pub(crate) fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }
}

/// A request, read.
#[derive(Debug)]
pub(crate) struct Request {
    /// Who asks.
    pub(crate) user: User,
    /// HTTP method.
    pub(crate) method: http::Method,
    /// Path.
    pub(crate) path: String,
    /// What the path names; `None` for paths that are no resource.
    pub(crate) target: Option<Target>,
    /// What is to be done to it.
    pub(crate) verb: Verb,
    /// The body.
    pub(crate) body: Bytes,
    /// When it came, by the cluster's clock.
    pub(crate) now: Timestamp,
    query: Vec<(String, String)>,
    accept: String,
    content_type: String,
    user_agent: String,
}

impl Request {
    /// Reads a request.
    pub(crate) fn new(head: &http::request::Parts, user: User, body: Bytes, now: Timestamp) -> Self {
        let header = |name| {
            let all = head.headers.get_all(name);
            all.iter().filter_map(|v: &http::HeaderValue| v.to_str().ok()).collect::<Vec<_>>().join(",")
        };
        let query = pairs(head.uri.query().unwrap_or_default());
        let (mut target, verb) = classify(head.method.as_str(), &head.uri);
        // A list or watch that names one object reads as one of that name.
        if matches!(verb, Verb::List | Verb::Watch)
            && let Some(target) = &mut target
            && target.name.is_none()
            && let Some(name) =
                query.iter().find(|(k, _)| k == "fieldSelector").and_then(|(_, v)| v.strip_prefix("metadata.name="))
            && !name.contains(',')
        {
            target.name = Some(name.to_owned());
        }
        Self {
            user,
            method: head.method.clone(),
            path: head.uri.path().to_owned(),
            target,
            verb,
            body,
            now,
            query,
            accept: header(http::header::ACCEPT),
            content_type: header(http::header::CONTENT_TYPE),
            user_agent: header(http::header::USER_AGENT),
        }
    }

    /// A query parameter, empty where there is none.
    pub(crate) fn query(&self, key: &str) -> &str {
        self.query.iter().find(|(k, _)| k == key).map_or("", |(_, v)| v)
    }

    /// Every value of a query parameter.
    pub(crate) fn all(&self, key: &str) -> Vec<&str> {
        self.query.iter().filter(|(k, _)| k == key).map(|(_, v)| v.as_str()).collect()
    }

    /// Whether a query parameter says yes.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.query.iter().find(|(k, _)| k == key).is_some_and(|(_, v)| says_yes(v))
    }

    /// A numeric query parameter.
    pub(crate) fn number(&self, key: &str) -> Result<Option<i64>, Status> {
        let text = self.query(key);
        if text.is_empty() {
            return Ok(None);
        }
        let message = || Status::bad_request(&format!("strconv.ParseInt: parsing \"{text}\": invalid syntax"));
        text.parse().map(Some).map_err(|_| message())
    }

    /// Media type of the body.
    pub(crate) fn content_type(&self) -> &str {
        self.content_type.split(';').next().unwrap_or_default().trim()
    }

    /// Who writes, for managedFields: `fieldManager`, else the first part of the User-Agent.
    pub(crate) fn manager(&self) -> &str {
        match self.query("fieldManager") {
            "" => self.user_agent.split('/').next().filter(|s| !s.is_empty()).unwrap_or("unknown"),
            given => given,
        }
    }

    /// 406 unless JSON will do.
    pub(crate) fn negotiate(&self) -> Result<(), Status> {
        let mut ranges = self.accept.split(',').map(|r| r.split(';').next().unwrap_or_default().trim());
        let json = |r: &str| matches!(r, "application/json" | "*/*" | "application/*");
        if self.accept.trim().is_empty() || ranges.any(json) { Ok(()) } else { Err(Status::not_acceptable()) }
    }

    /// Whether metadata alone is wanted (`as=PartialObjectMetadata…` before any plain JSON).
    pub(crate) fn wants_metadata(&self) -> bool {
        let first = self.accept.split(',').find(|r| {
            let r = r.replace(' ', "");
            r.contains("as=PartialObjectMetadata") || (r.starts_with("application/json") && !r.contains(";as="))
        });
        first.is_some_and(|r| r.contains("as=PartialObjectMetadata"))
    }

    /// Whether the first form that is wanted and known is a Table, and what its rows show of their objects.
    pub(crate) fn wants_table(&self) -> Option<Include> {
        let known =
            |r: &str| ["as=Table;v=v1;", "as=PartialObjectMetadata"].iter().any(|w| format!("{r};").contains(w));
        let mut ranges = self.accept.split(',').map(|r| r.replace(' ', ""));
        let first = ranges.find(|r| r.starts_with("application/json") && (known(r) || !r.contains(";as=")))?;
        first.contains("as=Table").then(|| match self.query("includeObject") {
            "None" => Include::None,
            "Object" => Include::Object,
            _ => Include::Metadata,
        })
    }

    /// Whether a form is wanted whose media type holds `part`.
    pub(crate) fn wants(&self, part: &str) -> bool {
        self.accept.contains(part)
    }

    /// Whether the aggregated form of discovery is wanted.
    pub(crate) fn wants_aggregated_discovery(&self) -> bool {
        self.accept.contains("as=APIGroupDiscoveryList") && self.accept.contains("v=v2")
    }

    /// The body as JSON, whether it came so, as YAML or as protobuf.
    pub(crate) fn json(&self, kind: &str) -> Result<Value, Status> {
        match self.content_type() {
            "" | "application/json" => serde_json::from_slice(&self.body).map_err(|e| {
                let got = summary(&self.body);
                let why = patch::go_error(&e, &self.body);
                let problem = format!("couldn't get version/kind; json parse error: {why}");
                // Options are read by another door.
                Status::bad_request(&match kind {
                    "" => problem,
                    _ => format!("the object provided is unrecognized (must be of type {kind}): {problem} ({got})"),
                })
            }),
            "application/yaml" => std::str::from_utf8(&self.body)
                .ok()
                .and_then(|text| serde_yaml::from_str(text).ok())
                .ok_or_else(|| Status::bad_request("error converting YAML to JSON")),
            MEDIA_TYPE => protobuf::read(&self.body).map_err(|why| Status::bad_request(&why.to_string())),
            _ => Err(Status::unknown_format()),
        }
    }
}

/// What a request is about, and its verb.
pub(crate) fn classify(method: &str, uri: &http::Uri) -> (Option<Target>, Verb) {
    let (target, prefixed) = target(uri.path());
    let query = pairs(uri.query().unwrap_or_default());
    let said = query.iter().any(|(k, v)| k == "watch" && says_yes(v));
    let watchable = target.as_ref().is_some_and(|t| t.subresource.is_none());
    let collection = target.as_ref().is_some_and(|t| t.name.is_none());
    let verb = match (method, collection) {
        // `watch=true` on the path of one object is ignored, as the real server ignores it.
        ("GET", _) if prefixed && watchable => Verb::Watch,
        ("GET", true) if said => Verb::Watch,
        ("GET", true) => Verb::List,
        ("GET", false) => Verb::Get,
        ("POST", true) => Verb::Create,
        ("POST", false) if !watchable => Verb::Create,
        ("PUT", false) => Verb::Update,
        ("PATCH", false) => Verb::Patch,
        ("DELETE", true) => Verb::DeleteCollection,
        ("DELETE", false) => Verb::Delete,
        _ => Verb::Other,
    };
    (target, verb)
}

/// Whether the value of a query parameter says yes (apimachinery/pkg/runtime/converter.go).
fn says_yes(value: &str) -> bool {
    !matches!(value.to_ascii_lowercase().as_str(), "0" | "false")
}

/// A body as errors show it: JSON as it is, other bytes in hex (apimachinery/pkg/runtime/serializer).
pub(crate) fn summary(body: &[u8]) -> String {
    const LONGEST: usize = 1024;
    let (shown, rest) = body.split_at(body.len().min(LONGEST));
    let more = if rest.is_empty() { "" } else { " ..." };
    match shown.first() {
        None => "<empty>".to_owned(),
        Some(b'{') => format!("{}{more}", String::from_utf8_lossy(shown)),
        Some(_) => shown.iter().map(|b| format!("{b:02x}")).chain([more.to_owned()]).collect(),
    }
}

/// Reads a path. The second value says whether it went through the old `/watch/` prefix.
fn target(path: &str) -> (Option<Target>, bool) {
    let mut parts: Vec<String> = path.trim_matches('/').split('/').map(decode).collect();
    let (group, version, skip) = match parts.as_slice() {
        [api, version, _, ..] if api == "api" => (String::new(), version.clone(), 2),
        [apis, group, version, _, ..] if apis == "apis" => (group.clone(), version.clone(), 3),
        _ => return (None, false),
    };
    parts.drain(..skip);
    let watched = parts.first().is_some_and(|p| p == "watch") && parts.len() > 1;
    if watched {
        parts.remove(0);
    }
    // A namespace's own subresources look like resources in it.
    let own = parts.get(2).is_some_and(|p| p == "status" || p == "finalize");
    let mut namespace = None;
    if parts.first().is_some_and(|p| p == "namespaces") && parts.len() > 2 && !own {
        namespace = parts.get(1).cloned();
        parts.drain(..2);
    }
    let mut parts = parts.into_iter();
    let Some(plural) = parts.next() else { return (None, false) };
    let name = parts.next();
    let rest: Vec<_> = parts.collect();
    let subresource = (!rest.is_empty()).then(|| rest.join("/"));
    (Some(Target { group, version, plural, namespace, name, subresource }), watched)
}

/// Reads `a=b&c=d`.
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    let plain = |s: &str| decode(&s.replace('+', " "));
    query
        .split('&')
        .filter(|p| !p.is_empty())
        .map(|p| p.split_once('=').map_or_else(|| (plain(p), String::new()), |(k, v)| (plain(k), plain(v))))
        .collect()
}

/// Undoes percent-encoding; what is no valid escape stays.
fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> Option<(String, String, String, String, String)> {
        let t = target(path).0?;
        Some((
            t.group,
            t.plural,
            t.namespace.unwrap_or_default(),
            t.name.unwrap_or_default(),
            t.subresource.unwrap_or_default(),
        ))
    }

    #[test]
    fn paths_read_as_the_server_reads_them() {
        let all = [
            ("/api/v1/pods", ("", "pods", "", "", "")),
            ("/api/v1/namespaces", ("", "namespaces", "", "", "")),
            ("/api/v1/namespaces/a", ("", "namespaces", "", "a", "")),
            ("/api/v1/namespaces/a/status", ("", "namespaces", "", "a", "status")),
            ("/api/v1/namespaces/a/pods", ("", "pods", "a", "", "")),
            ("/api/v1/namespaces/a/pods/b/log", ("", "pods", "a", "b", "log")),
            ("/apis/apps/v1/namespaces/a/deployments/b/scale", ("apps", "deployments", "a", "b", "scale")),
            ("/api/v1/watch/namespaces/a/pods", ("", "pods", "a", "", "")),
            (
                "/apis/rbac.authorization.k8s.io/v1/clusterroles/a%3Ab",
                ("rbac.authorization.k8s.io", "clusterroles", "", "a:b", ""),
            ),
        ];
        for (path, (group, plural, ns, name, sub)) in all {
            let wanted = [group, plural, ns, name, sub].map(str::to_owned);
            let (a, b, c, d, e) = read(path).unwrap();
            assert_eq!([a, b, c, d, e], wanted, "{path}");
        }
        assert_eq!(read("/version"), None);
        assert_eq!(read("/apis/apps/v1"), None);
    }

    #[test]
    fn queries_are_decoded_and_broken_escapes_stay() {
        assert_eq!(
            pairs("a=b%3Dc&d=e+f&g"),
            [("a".into(), "b=c".into()), ("d".into(), "e f".into()), ("g".into(), String::new())]
        );
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz%4"), "%zz%4");
    }
}
