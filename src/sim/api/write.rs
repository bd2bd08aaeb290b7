//! create, update and patch, on objects and on their `status` and `scale`.
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions>

use serde_json::{Map, Value, json};

use super::request::{Request, Target, Verb};
use super::respond::{self, View};
use super::{Response, Status};
use crate::sim::object::Object;
use crate::sim::resource::Resource;
use crate::sim::status::Cause;
use crate::sim::store::{Refused, SharedStore, Store, child, metadata, seconds, text};
use crate::sim::{defaults, event_view, patch, validate};

/// What of `metadata` belongs to the server: an update keeps it as it is.
const KEPT: &[&str] =
    &["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "managedFields"];

/// Creates an object.
pub(super) fn create(
    store: &SharedStore,
    request: &Request,
    resource: &'static Resource,
    target: &Target,
) -> Result<Response, Status> {
    no_dry_run(request)?;
    let mut value = typed(request.json(resource.kind)?, resource)?;
    let meta = metadata(&mut value);
    if meta.get("resourceVersion").and_then(Value::as_str).is_some_and(|rv| !rv.is_empty()) {
        return Err(Status::failure(500, "", "resourceVersion should not be set on objects to be created", None));
    }
    place(meta, target)?;
    for key in KEPT {
        meta.shift_remove(*key);
    }
    if resource.has_status()
        && let Some(map) = value.as_object_mut()
    {
        map.shift_remove("status");
    }
    let object = store.with(|s| {
        namespace_takes(s, resource, target.namespace(), &text(&value, "/metadata/name"))?;
        name(s, resource, &mut value)?;
        let name = text(&value, "/metadata/name");
        if s.get(resource, target.namespace(), &name).is_some() {
            return Err(Status::already_exists(resource, &name));
        }
        let (uid, number) = (s.uid(), s.number());
        defaults::apply(resource, true, &uid, number, &mut value);
        let causes = validate::object(resource, None, &value);
        if !causes.is_empty() {
            return Err(Status::invalid(resource, &name, &causes));
        }
        manage(s, request, resource, None, &mut value);
        s.put(value).map_err(|r| refused(&r))
    })?;
    Ok(respond::object(201, View::new(request, resource), &object))
}

/// Updates or patches an object, its status or its scale.
pub(super) fn change(
    store: &SharedStore,
    request: &Request,
    resource: &'static Resource,
    target: &Target,
) -> Result<Response, Status> {
    no_dry_run(request)?;
    let subresource = target.subresource.as_deref();
    let sent = match request.verb {
        Verb::Update => Some(request.json(resource.kind)?),
        _ => None,
    };
    let object = store.with(|s| {
        let old = s.get(resource, target.namespace(), target.name());
        let old = shown(resource, &*old.ok_or_else(|| Status::not_found(resource, target.name()))?);
        let seen = if subresource == Some("scale") { scale_of(&old) } else { old.clone() };
        let new = match sent {
            Some(sent) if subresource == Some("scale") => sent,
            Some(sent) => typed(sent, resource)?,
            None => patch::apply(request.content_type(), &request.body, &seen)?,
        };
        preconditions(request, resource, target, &old, &new)?;
        let mut next = match subresource {
            Some("status") => with_field(&old, "status", new.get("status").cloned()),
            Some("scale") => rescaled(&old, &new, target.name())?,
            _ => replaced(resource, &old, new),
        };
        defaults::apply(resource, false, "", 0, &mut next);
        let causes = validate::object(resource, Some(&old), &next);
        if !causes.is_empty() {
            return Err(Status::invalid(resource, target.name(), &causes));
        }
        manage(s, request, resource, Some(&old), &mut next);
        s.put(next).map_err(|r| refused(&r))
    })?;
    if subresource == Some("scale") {
        return Ok(respond::value(200, &scale_of(&object.value())));
    }
    Ok(respond::object(200, View::new(request, resource), &object))
}

/// The scale of an object.
pub(super) fn scale(
    store: &SharedStore,
    _: &Request,
    resource: &'static Resource,
    target: &Target,
) -> Result<Response, Status> {
    let found = store.with(|s| s.get(resource, target.namespace(), target.name()));
    let object = found.ok_or_else(|| Status::not_found(resource, target.name()))?;
    Ok(respond::value(200, &scale_of(&object.value())))
}

/// Writing where a rehearsal was asked for would be worse than refusing.
pub(super) fn no_dry_run(request: &Request) -> Result<(), Status> {
    if request.query("dryRun").is_empty() {
        return Ok(());
    }
    Err(Status::bad_request("the embedded cluster does not serve dryRun"))
}

/// The object in the form of the group that was asked.
fn shown(resource: &'static Resource, object: &Object) -> Value {
    let value = Value::clone(&*object.value());
    if std::ptr::eq(resource, object.resource) { value } else { event_view::core(value) }
}

/// A body that is an object of `resource`; its `kind` and `apiVersion` may be left out.
fn typed(mut value: Value, resource: &Resource) -> Result<Value, Status> {
    let Some(map) = value.as_object_mut() else {
        return Err(Status::bad_request(&format!(
            "the object provided is unrecognized (must be of type {}): couldn't get version/kind",
            resource.kind
        )));
    };
    let said = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (kind, api_version) = (said("kind"), said("apiVersion"));
    if !kind.is_empty() && kind != resource.kind {
        return Err(Status::bad_request(&format!(
            "{kind} in version \"{}\" cannot be handled as a {}: converting (v1.{kind}) to (core.{}): unknown conversion",
            api_version.rsplit('/').next().unwrap_or_default(),
            resource.kind,
            resource.kind
        )));
    }
    if !api_version.is_empty() && api_version != resource.api_version() {
        let (kind, version) = (resource.kind, api_version.rsplit('/').next().unwrap_or_default());
        return Err(Status::bad_request(&format!(
            "{kind} in version \"{version}\" cannot be handled as a {kind}: no kind \"{kind}\" is registered for \
             version \"{api_version}\" in scheme \"pkg/runtime/scheme.go:111\""
        )));
    }
    map.insert("apiVersion".to_owned(), resource.api_version().into());
    map.insert("kind".to_owned(), resource.kind.into());
    if map.get("metadata").is_some_and(|m| !m.is_object() && !m.is_null()) {
        return Err(Status::bad_request(&format!(
            "{} in version \"{}\" cannot be handled as a {}: json: cannot unmarshal into Go struct field .metadata of type v1.ObjectMeta",
            resource.kind, resource.version, resource.kind
        )));
    }
    Ok(value)
}

/// The namespace of the path, which the object may only repeat.
fn place(meta: &mut Map<String, Value>, target: &Target) -> Result<(), Status> {
    let own = meta.get("namespace").and_then(Value::as_str).unwrap_or_default();
    if !own.is_empty() && own != target.namespace() {
        let message = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Status::bad_request(message));
    }
    match &target.namespace {
        Some(namespace) => drop(meta.insert("namespace".to_owned(), namespace.as_str().into())),
        None => drop(meta.shift_remove("namespace")),
    }
    Ok(())
}

/// Admission's NamespaceLifecycle: nothing new in a namespace that is not there or is going.
fn namespace_takes(store: &Store, resource: &'static Resource, namespace: &str, name: &str) -> Result<(), Status> {
    let Some(namespaces) = Resource::at("", "v1", "namespaces").filter(|_| resource.namespaced) else { return Ok(()) };
    let found = store.get(namespaces, "", namespace).ok_or_else(|| Status::not_found(namespaces, namespace))?;
    if found.value().pointer("/metadata/deletionTimestamp").is_some() {
        return Err(Status::terminating(resource, name, namespace));
    }
    Ok(())
}

/// A name from `generateName`, where there is none.
fn name(store: &mut Store, resource: &Resource, value: &mut Value) -> Result<(), Status> {
    let (name, prefix) = (text(value, "/metadata/name"), text(value, "/metadata/generateName"));
    if !name.is_empty() {
        return Ok(());
    }
    if prefix.is_empty() {
        let cause = Cause::required("metadata.name", "name or generateName is required");
        return Err(Status::invalid(resource, "", &[cause]));
    }
    // The real server cuts the prefix so that the name fits into a label (storage/names/generate.go).
    let short: String = prefix.chars().take(58).collect();
    metadata(value).insert("name".to_owned(), format!("{short}{}", store.suffix()).into());
    Ok(())
}

/// Name, namespace, UID and resourceVersion must be those of the object that is there.
fn preconditions(
    request: &Request,
    resource: &'static Resource,
    target: &Target,
    old: &Value,
    new: &Value,
) -> Result<(), Status> {
    let name = target.name();
    let same = |pointer: &str| {
        let given = text(new, pointer);
        (given.is_empty() || given == text(old, pointer)).then_some(()).ok_or(given)
    };
    if text(new, "/metadata/name").is_empty() {
        return Err(Status::bad_request(&format!(
            "the name of the object ({name} based on URL) was undeterminable: name must be provided"
        )));
    }
    same("/metadata/name").map_err(|given| {
        Status::bad_request(&format!("the name of the object ({given}) does not match the name on the URL ({name})"))
    })?;
    same("/metadata/namespace").map_err(|_| {
        Status::bad_request("the namespace of the provided object does not match the namespace sent on the request")
    })?;
    same("/metadata/uid").map_err(|given| {
        if request.verb == Verb::Patch {
            let cause = Cause::invalid("metadata.uid", &given.into(), "field is immutable");
            return Status::invalid(resource, name, &[cause]);
        }
        let (plural, key) = (resource.plural, resource.key(target.namespace(), name));
        Status::conflict(
            resource,
            name,
            &format!(
                "StorageError: invalid object, Code: 4, Key: /registry/{plural}/{key}, ResourceVersion: 0, \
                 AdditionalErrorMsg: Precondition failed: UID in precondition: {given}, UID in object meta: {}",
                text(old, "/metadata/uid")
            ),
        )
    })?;
    if request.verb == Verb::Update && resource.is_custom() && text(new, "/metadata/resourceVersion").is_empty() {
        let cause = Cause::invalid("metadata.resourceVersion", &0.into(), "must be specified for an update");
        return Err(Status::invalid(resource, name, &[cause]));
    }
    same("/metadata/resourceVersion").map_err(|_| Status::modified(resource, name))
}

/// The object after an update: everything new, but what belongs to the server, and `status` where that is a
/// subresource.
fn replaced(resource: &Resource, old: &Value, mut new: Value) -> Value {
    let meta = metadata(&mut new);
    for key in KEPT.iter().chain(&["name", "namespace", "resourceVersion", "generateName"]) {
        match old.pointer(&format!("/metadata/{key}")) {
            Some(kept) => drop(meta.insert((*key).to_owned(), kept.clone())),
            None => drop(meta.shift_remove(*key)),
        }
    }
    if resource.has_status() {
        return with_field(&new, "status", old.get("status").cloned());
    }
    new
}

fn with_field(object: &Value, key: &str, field: Option<Value>) -> Value {
    let mut object = object.clone();
    if let Some(map) = object.as_object_mut() {
        match field {
            Some(field) => drop(map.insert(key.to_owned(), field)),
            None => drop(map.shift_remove(key)),
        }
    }
    object
}

fn rescaled(old: &Value, scale: &Value, name: &str) -> Result<Value, Status> {
    let replicas = scale.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(0);
    if replicas < 0 {
        let cause = Cause::invalid("spec.replicas", &replicas.into(), "must be greater than or equal to 0");
        let details = [("name", name), ("group", "autoscaling"), ("kind", "Scale")];
        let details = details.iter().map(|(k, v)| ((*k).to_owned(), (*v).into())).collect();
        return Err(Status::invalid_because(&format!("Scale.autoscaling \"{name}\""), details, &[cause]));
    }
    let mut next = old.clone();
    child(&mut next, "spec").insert("replicas".to_owned(), replicas.into());
    Ok(next)
}

/// `autoscaling/v1` Scale of an object.
fn scale_of(object: &Value) -> Value {
    let meta: Map<String, Value> = ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"]
        .iter()
        .filter_map(|k| Some(((*k).to_owned(), object.pointer(&format!("/metadata/{k}"))?.clone())))
        .collect();
    let labels = object.pointer("/spec/selector/matchLabels").and_then(Value::as_object);
    let mut pairs: Vec<_> =
        labels.into_iter().flatten().map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or_default())).collect();
    pairs.sort_unstable();
    let count = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64).unwrap_or(0);
    let spec = match count("/spec/replicas") {
        0 => json!({}),
        n => json!({"replicas": n}),
    };
    json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": meta, "spec": spec,
        "status": {"replicas": count("/status/replicas"), "selector": pairs.join(",")},
    })
}

/// Remembers who wrote and when, without the fields.
/// <https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management>
fn manage(store: &Store, request: &Request, resource: &Resource, old: Option<&Value>, new: &mut Value) {
    let bare = |v: &Value| {
        let mut v = v.clone();
        let meta = metadata(&mut v);
        meta.shift_remove("managedFields");
        meta.shift_remove("resourceVersion");
        v
    };
    if old.is_some_and(|o| bare(o) == bare(new)) {
        return;
    }
    let subresource = request.target.as_ref().and_then(|t| t.subresource.clone()).unwrap_or_default();
    let (manager, version) = (request.manager(), resource.api_version());
    let mut entry = json!({
        "manager": manager, "operation": "Update", "apiVersion": version,
        "time": seconds(store.clock().now()), "fieldsType": "FieldsV1", "fieldsV1": {},
    });
    if let Some(map) = entry.as_object_mut()
        && !subresource.is_empty()
    {
        map.insert("subresource".to_owned(), subresource.as_str().into());
    }
    let slot = metadata(new).entry("managedFields").or_insert_with(|| json!([]));
    if !slot.is_array() {
        *slot = json!([]);
    }
    let Some(entries) = slot.as_array_mut() else { return };
    let mine = |e: &Value| {
        text(e, "/manager") == manager
            && text(e, "/operation") == "Update"
            && text(e, "/apiVersion") == version
            && text(e, "/subresource") == subresource
    };
    entries.retain(|e| !mine(e));
    entries.push(entry);
}

fn refused(refused: &Refused) -> Status {
    let message = match refused {
        Refused::UnknownKind(kind) => format!("no kind \"{kind}\" is registered"),
        Refused::Nameless => "name is required".to_owned(),
    };
    Status::bad_request(&message)
}
