//! Errors as the API server words them: `Status` bodies with reason, details and code.
//! Texts are those of kube-apiserver 1.36 (apimachinery/pkg/api/errors/errors.go), compared on a real one.

use serde_json::{Map, Value, json};

use super::managers::Conflict;
use super::resource::Resource;

/// An answer that says what went wrong.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Status {
    /// HTTP status.
    pub(crate) code: u16,
    /// The `Status` object.
    pub(crate) body: Value,
}

/// One field that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cause {
    reason: &'static str,
    message: String,
    field: String,
}

impl Cause {
    /// A field that must be there.
    pub(crate) fn required(field: &str, detail: &str) -> Self {
        let message = if detail.is_empty() { "Required value".to_owned() } else { format!("Required value: {detail}") };
        Self { reason: "FieldValueRequired", message, field: field.to_owned() }
    }

    /// A field whose value will not do.
    pub(crate) fn invalid(field: &str, value: &Value, detail: &str) -> Self {
        Self {
            reason: "FieldValueInvalid",
            message: match detail {
                "" => format!("Invalid value: {value}"),
                _ => format!("Invalid value: {value}: {detail}"),
            },
            field: field.to_owned(),
        }
    }

    /// A field whose value is none of a list.
    pub(crate) fn unsupported(field: &str, value: &str, supported: &[&str]) -> Self {
        let list = supported.iter().map(|s| format!("\"{s}\"")).collect::<Vec<_>>().join(", ");
        Self {
            reason: "FieldValueNotSupported",
            message: format!("Unsupported value: \"{value}\": supported values: {list}"),
            field: field.to_owned(),
        }
    }

    /// The same of a value that is no text.
    pub(crate) fn unsupported_value(field: &str, value: &Value, supported: &[&str]) -> Self {
        let one = Self::unsupported(field, "", supported);
        let message = one.message.replacen("\"\"", &value.to_string(), 1);
        Self { message, ..one }
    }

    /// A value that another item has already.
    pub(crate) fn duplicate(field: &str, value: &Value) -> Self {
        Self { reason: "FieldValueDuplicate", message: format!("Duplicate value: {value}"), field: field.to_owned() }
    }

    /// A name of something that is not there.
    pub(crate) fn not_found(field: &str, value: &Value) -> Self {
        Self { reason: "FieldValueNotFound", message: format!("Not found: {value}"), field: field.to_owned() }
    }

    /// A list with values that are none of those known.
    pub(crate) fn unsupported_list(field: &str, values: &[&str], supported: &[&str]) -> Self {
        Self::unsupported_value(field, &Value::from(values.to_vec()), supported)
    }

    /// Text that is too long.
    pub(crate) fn too_long(field: &str, longest: usize) -> Self {
        let message = format!("Too long: may not be more than {longest} bytes");
        Self { reason: "FieldValueTooLong", message, field: field.to_owned() }
    }

    /// A field that may not be set here.
    pub(crate) fn forbidden(field: &str, detail: &str) -> Self {
        Self { reason: "FieldValueForbidden", message: format!("Forbidden: {detail}"), field: field.to_owned() }
    }

    fn json(&self) -> Value {
        json!({"reason": self.reason, "message": self.message, "field": self.field})
    }
}

/// `details` that name an object of a resource.
fn details(resource: &Resource, name: &str) -> Map<String, Value> {
    named(name, resource.group, resource.plural)
}

fn named(name: &str, group: &str, kind: &str) -> Map<String, Value> {
    [("name", name), ("group", group), ("kind", kind)]
        .into_iter()
        .filter(|(_, v)| !v.is_empty())
        .map(|(k, v)| (k.to_owned(), v.into()))
        .collect()
}

impl Status {
    /// A failure. An empty `reason` is left out, as the real server leaves out the unknown one.
    pub(crate) fn failure(code: u16, reason: &str, message: &str, details: Option<Map<String, Value>>) -> Self {
        let mut body = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
        });
        if let Some(map) = body.as_object_mut() {
            if !reason.is_empty() {
                map.insert("reason".to_owned(), reason.into());
            }
            if let Some(details) = details {
                map.insert("details".to_owned(), Value::Object(details));
            }
            map.insert("code".to_owned(), code.into());
        }
        Self { code, body }
    }

    /// 404 for an object.
    pub(crate) fn not_found(resource: &Resource, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", resource.qualified());
        Self::failure(404, "NotFound", &message, Some(details(resource, name)))
    }

    /// 404 for a resource that no group serves.
    pub(crate) fn no_such_resource() -> Self {
        Self::failure(404, "NotFound", "the server could not find the requested resource", Some(Map::new()))
    }

    /// 405.
    pub(crate) fn method_not_allowed() -> Self {
        let message = "the server does not allow this method on the requested resource";
        Self::failure(405, "MethodNotAllowed", message, Some(Map::new()))
    }

    /// 406.
    pub(crate) fn not_acceptable() -> Self {
        let message = "406: Not Acceptable\n\nAvailable representations: application/json";
        Self::failure(406, "NotAcceptable", message, Some(Map::new()))
    }

    /// 415 of a patch: built-in kinds are turned away at the door, custom resources where they are handled.
    pub(crate) fn unsupported_patch(custom: bool) -> Self {
        if !custom {
            return Self::failure(415, "UnsupportedMediaType", "415: Unsupported Media Type", Some(Map::new()));
        }
        let message = "the body of the request was in an unknown format - accepted media types include: \
                       application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";
        Self::failure(415, "UnsupportedMediaType", message, None)
    }

    /// 415 of a body that is to be an object.
    pub(crate) fn unknown_format() -> Self {
        let message = "the body of the request was in an unknown format - accepted media types include: \
                       application/json, application/yaml, application/vnd.kubernetes.protobuf";
        Self::failure(415, "UnsupportedMediaType", message, None)
    }

    /// 400.
    pub(crate) fn bad_request(message: &str) -> Self {
        Self::failure(400, "BadRequest", message, None)
    }

    /// 409: the name is taken.
    pub(crate) fn already_exists(resource: &Resource, name: &str) -> Self {
        let message = format!("{} \"{name}\" already exists", resource.qualified());
        Self::failure(409, "AlreadyExists", &message, Some(details(resource, name)))
    }

    /// 409: the object was changed in between.
    pub(crate) fn modified(resource: &Resource, name: &str) -> Self {
        Self::conflict(
            resource,
            name,
            "the object has been modified; please apply your changes to the latest version and try again",
        )
    }

    /// 409 with a reason of its own.
    pub(crate) fn conflict(resource: &Resource, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", resource.qualified());
        Self::failure(409, "Conflict", &message, Some(details(resource, name)))
    }

    /// 409 of a deletion's precondition, which names the kind where other conflicts name the resource.
    pub(crate) fn precondition(resource: &Resource, name: &str, why: &str) -> Self {
        let qualified = qualified_kind(resource);
        let message = format!("Operation cannot be fulfilled on {qualified} \"{name}\": {why}");
        Self::failure(409, "Conflict", &message, Some(named(name, resource.group, resource.kind)))
    }

    /// 409 of an apply: others own what it would change.
    pub(crate) fn apply_conflict(conflicts: &[Conflict]) -> Self {
        let cause = |c: &Conflict| json!({"reason": "FieldManagerConflict", "message": format!("conflict with {}", c.manager), "field": c.path});
        let details = json!({"causes": conflicts.iter().map(cause).collect::<Vec<_>>()});
        let message = match conflicts {
            [one] => format!("Apply failed with 1 conflict: conflict with {}: {}", one.manager, one.path),
            all => {
                let mut lines: Vec<String> = Vec::new();
                let mut manager = "";
                for conflict in all {
                    if conflict.manager != manager {
                        manager = &conflict.manager;
                        lines.push(format!("conflicts with {manager}:"));
                    }
                    lines.push(format!("- {}", conflict.path));
                }
                format!("Apply failed with {} conflicts: {}", all.len(), lines.join("\n"))
            }
        };
        Self::failure(409, "Conflict", &message, details.as_object().cloned())
    }

    /// 422 for an object.
    pub(crate) fn invalid(resource: &Resource, name: &str, causes: &[Cause]) -> Self {
        let subject = format!("{} \"{name}\"", qualified_kind(resource));
        Self::invalid_because(&subject, named(name, resource.group, resource.kind), causes)
    }

    /// 422 for options of a request (`ListOptions`, `DeleteOptions`).
    pub(crate) fn invalid_options(kind: &str, causes: &[Cause]) -> Self {
        Self::invalid_because(&format!("{kind}.meta.k8s.io \"\""), named("", "meta.k8s.io", kind), causes)
    }

    /// 422 for a subject of any kind.
    pub(crate) fn invalid_because(subject: &str, mut details: Map<String, Value>, causes: &[Cause]) -> Self {
        let mut each: Vec<_> = causes.iter().map(|c| format!("{}: {}", c.field, c.message)).collect();
        // Said once, though it may have been found twice.
        each.dedup();
        let list = each.join(", ");
        let message = if each.len() == 1 {
            format!("{subject} is invalid: {list}")
        } else {
            format!("{subject} is invalid: [{list}]")
        };
        details.insert("causes".to_owned(), causes.iter().map(Cause::json).collect());
        Self::failure(422, "Invalid", &message, Some(details))
    }

    /// 422 of a JSON patch that does not fit the object.
    pub(crate) fn patch_failed() -> Self {
        let message = "the server rejected our request due to an error in our request";
        Self::failure(422, "Invalid", message, Some(Map::new()))
    }

    /// 403 from admission: the namespace is going.
    pub(crate) fn terminating(resource: &Resource, name: &str, namespace: &str) -> Self {
        let message = format!(
            "{} \"{name}\" is forbidden: unable to create new content in namespace {namespace} because it is being terminated",
            resource.qualified()
        );
        let mut details = details(resource, name);
        details.insert(
            "causes".to_owned(),
            json!([{
                "reason": "NamespaceTerminating",
                "message": format!("namespace {namespace} is being terminated"),
                "field": "metadata.namespace",
            }]),
        );
        Self::failure(403, "Forbidden", &message, Some(details))
    }

    /// 403 from authorization, in the words of `responsewriters.Forbidden`.
    pub(crate) fn forbidden(group: &str, plural: &str, name: &str, why: &str) -> Self {
        let qualified = if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") };
        let subject = if name.is_empty() { qualified } else { format!("{qualified} \"{name}\"") };
        Self::failure(403, "Forbidden", &format!("{subject} is forbidden: {why}"), Some(named(name, group, plural)))
    }

    /// 410 with the given words.
    pub(crate) fn expired(message: &str) -> Self {
        Self::failure(410, "Expired", message, None)
    }

    /// 504: a resourceVersion from the future.
    pub(crate) fn too_large(asked: u64, newest: u64) -> Self {
        let details = json!({
            "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
            "retryAfterSeconds": 1,
        });
        let message = format!("Timeout: Too large resource version: {asked}, current: {newest}");
        Self::failure(504, "Timeout", &message, details.as_object().cloned())
    }

    /// 200 of a deletion that is done.
    pub(crate) fn deleted(resource: &Resource, name: &str, uid: &str) -> Value {
        let mut details = details(resource, name);
        details.insert("uid".to_owned(), uid.into());
        json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})
    }
}

/// `Deployment.apps`, `ConfigMap`.
fn qualified_kind(resource: &Resource) -> String {
    if resource.group.is_empty() { resource.kind.to_owned() } else { format!("{}.{}", resource.kind, resource.group) }
}
