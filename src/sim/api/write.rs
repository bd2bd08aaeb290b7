//! create, update and patch, on objects and on their `status` and `scale`.
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions>

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::body::{self, Body};
use super::options::{Options, Validation};
use super::request::{Request, Target, Verb};
use super::respond::{self, Warn};
use super::{Call, Response, Status};
use crate::sim::apply;
use crate::sim::json::{Json, metadata, set, stamp, unset};
use crate::sim::managers::{self, Managers, Who};
use crate::sim::object::Object;
use crate::sim::resource::Resource;
use crate::sim::status::Cause;
use crate::sim::store::{Refused, Store};
use crate::sim::written::{empty, schema, set_managers};
use crate::sim::{admission, decode, defaults, event_view, patch, types, validate};

/// What of `metadata` belongs to the server: an update keeps it as it is.
const KEPT: &[&str] = &["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"];

/// Creates an object.
pub(super) fn create(call: Call<'_>) -> Result<Response, Status> {
    let Call { api, request, resource, target, .. } = call;
    let options = Options::read(request)?;
    let body = body::object(request, resource, options.validation)?;
    let mut value = body.value;
    if !value.text("metadata.resourceVersion").is_empty() {
        return Err(Status::failure(500, "", "resourceVersion should not be set on objects to be created", None));
    }
    place(&mut value, target)?;
    let object = api.store.with(|s| {
        namespace_takes(s, resource, target.namespace(), value.name())?;
        name(s, &mut value);
        KEPT.iter().for_each(|key| drop(metadata(&mut value).shift_remove(*key)));
        defaults::fill(resource, &mut value);
        let managers = Managers::read(value.at("metadata.managedFields"));
        let who = who(s, request, resource, &options);
        let managers = apply::track(schema(resource), &empty(resource), &value, managers.unwrap_or_default(), &who);
        set_managers(&mut value, managers);
        make(s, &options, resource, value)
    })?;
    Ok(respond::object(201, call.view(), &object).warn(&body.warnings))
}

/// Puts a new object into the store, with what the server adds.
fn make(
    store: &mut Store,
    options: &Options,
    resource: &'static Resource,
    mut value: Value,
) -> Result<Arc<Object>, Status> {
    let meta = metadata(&mut value);
    for key in KEPT {
        meta.shift_remove(*key);
    }
    if resource.has_status() {
        let zero = types::of(resource).map(decode::zero).unwrap_or_default();
        value = with_field(value, "status", zero.at("status").clone());
    }
    let (uid, number) = (store.uid(), store.number());
    let (name, namespace) = (value.name().to_owned(), value.text("metadata.namespace").to_owned());
    let forbidden = |why: String| Status::forbidden(resource.group, resource.plural, &name, &why);
    admission::complete(resource, &mut value, &|r| store.beside(r, &namespace)).map_err(forbidden)?;
    defaults::admit(resource, &uid, number, &mut value);
    let causes = validate::object(resource, None, &value);
    if !causes.is_empty() {
        return Err(Status::invalid(resource, &name, &causes));
    }
    let refused_by = |r: &'static Resource| store.beside(r, &namespace);
    if let Some(why) = admission::refusal(resource, &value, 0, &refused_by).filter(|_| resource.namespaced) {
        return Err(forbidden(why));
    }
    if store.get(resource, &namespace, &name).is_some() {
        return Err(Status::already_exists(resource, &name));
    }
    store.rehearse(options.dry_run, |s| s.put(value)).map_err(|r| refused(&r))
}

/// Updates or patches an object, its status or its scale.
pub(super) fn change(call: Call<'_>) -> Result<Response, Status> {
    let Call { api, request, resource, target, .. } = call;
    if request.verb == Verb::Patch {
        patch::check(request.content_type(), resource.is_custom())?;
    }
    let options = Options::read(request)?;
    if options.applies {
        return applied(call, &options);
    }
    let subresource = target.subresource.as_deref();
    let scale = subresource == Some("scale");
    let plain = |value| Body { value, warnings: Vec::new(), resets: false };
    let sent = match (request.verb, scale) {
        (Verb::Update, true) => Some(plain(request.json("Scale")?)),
        (Verb::Update, false) => Some(body::object(request, resource, options.validation)?),
        _ => None,
    };
    if let Some(sent) = &sent {
        named_as(target, &sent.value)?;
    }
    let (object, warnings) = api.store.with(|s| {
        let found = call.found(s)?;
        let old = live(resource, &found);
        let body = match sent {
            Some(sent) => sent,
            None => {
                let seen = if scale { scale_of(&old) } else { old.clone() };
                let kind = if scale { types::of_kind("autoscaling", "v1", "Scale") } else { types::of(resource) };
                let new = patch::apply(request.content_type(), &request.body, kind, &seen)?;
                if scale { plain(new) } else { body::patched(resource, new, options.validation)? }
            }
        };
        let Body { value: new, warnings, resets } = body;
        preconditions(request, resource, target, &old, &new)?;
        let managers = managers(subresource, &old, &new).filter(|_| !resets);
        let mut next = match subresource {
            Some("status") => with_status(resource, &old, new),
            Some("scale") => rescaled(&old, &new, target.name())?,
            _ => replaced(resource, &old, new),
        };
        defaults::keep(resource, &old, &mut next);
        defaults::fill(resource, &mut next);
        if subresource.is_none() {
            defaults::count(resource, &old, &mut next);
        }
        if let Some(managers) = managers {
            let who = who(s, request, resource, &options);
            // A Scale leaves a zero out: who writes it removes the field, and does not own it.
            let seen = |v: &Value| if scale { without_zero(v) } else { v.clone() };
            let managers = apply::track(schema(resource), &seen(&old), &seen(&next), managers, &who);
            set_managers(&mut next, managers);
        } else {
            metadata(&mut next).shift_remove("managedFields");
        }
        Ok((replace(s, &options, resource, &found, &old, next)?, warnings))
    })?;
    if subresource == Some("scale") {
        return Ok(respond::value(200, &scale_of(&object.value())));
    }
    Ok(respond::object(200, call.view(), &object).warn(&warnings))
}

/// Puts a changed object into the store, unless nothing changed.
fn replace(
    store: &mut Store,
    options: &Options,
    resource: &'static Resource,
    found: &Arc<Object>,
    old: &Value,
    next: Value,
) -> Result<Arc<Object>, Status> {
    let causes = validate::object(resource, Some(old), &next);
    if !causes.is_empty() {
        return Err(Status::invalid(resource, found.name(), &causes));
    }
    if *old == next {
        return Ok(found.clone());
    }
    let list = |r: &'static Resource| store.beside(r, found.namespace());
    if let Some(why) = admission::refusal_of_change(resource, old, &next, &list) {
        return Err(Status::forbidden(resource.group, resource.plural, found.name(), &why));
    }
    store.rehearse(options.dry_run, |s| s.put(next)).map_err(|r| refused(&r))
}

/// Server-side apply; creates the object where it is not there.
/// <https://kubernetes.io/docs/reference/using-api/server-side-apply/>
fn applied(call: Call<'_>, options: &Options) -> Result<Response, Status> {
    let Call { api, request, resource, target, .. } = call;
    let subresource = target.subresource.as_deref().unwrap_or_default();
    let config = configuration(request, resource, target)?;
    let may_create = api.authorize(&request.user, &target.attributes(Verb::Create));
    let (code, object) = api.store.with(|s| {
        let found = s.get(resource, target.namespace(), target.name());
        if found.is_none() {
            if !subresource.is_empty() {
                return Err(Status::not_found(resource, target.name()));
            }
            may_create?;
            named_as(target, &config)?;
            namespace_takes(s, resource, target.namespace(), target.name())?;
            let uid = config.text("metadata.uid");
            if !uid.is_empty() {
                let why =
                    format!("uid mismatch: the provided object specified uid {uid}, and no existing object was found");
                return Err(Status::conflict(resource, target.name(), &why));
            }
        }
        let old = found.as_ref().map_or_else(|| empty(resource), |f| live(resource, f));
        if found.is_some() {
            preconditions(request, resource, target, &old, &config)?;
        }
        let who = who(s, request, resource, options);
        let before = Managers::read(old.at("metadata.managedFields")).unwrap_or_default();
        let mut managers = before.clone();
        if before.is_empty() && found.is_some() {
            let all = Who { name: managers::BEFORE, applies: false, subresource: "", ..who.clone() };
            managers = apply::track(schema(resource), &empty(resource), &old, managers, &all);
        }
        let mut bare = old.clone();
        metadata(&mut bare).shift_remove("managedFields");
        let (new, managers) = apply::apply(schema(resource), &bare, &config, managers, &who, options.force)
            .map_err(|conflicts| Status::apply_conflict(&conflicts))?;
        let new = body::patched(resource, new, Validation::Ignore)?.value;
        let Some(found) = found else {
            let mut new = new;
            place(&mut new, target)?;
            defaults::fill(resource, &mut new);
            set_managers(&mut new, managers);
            return Ok((201, make(s, options, resource, new)?));
        };
        let mut next = match subresource {
            "status" => with_status(resource, &old, new),
            "scale" => rescaled(&old, &new, target.name())?,
            _ => replaced(resource, &old, new),
        };
        defaults::keep(resource, &old, &mut next);
        defaults::fill(resource, &mut next);
        if subresource.is_empty() {
            defaults::count(resource, &old, &mut next);
        }
        // Times alone are no change.
        set_managers(&mut next, if managers.agrees(&before) { before.clone() } else { managers.clone() });
        if next != old {
            set_managers(&mut next, managers);
        }
        Ok((200, replace(s, options, resource, &found, &old, next)?))
    })?;
    if subresource == "scale" {
        return Ok(respond::value(code, &scale_of(&object.value())));
    }
    Ok(respond::object(code, call.view(), &object))
}

/// What is applied: of the right kind, and through the door of a subresource only what is behind it.
fn configuration(request: &Request, resource: &'static Resource, target: &Target) -> Result<Value, Status> {
    let body = std::str::from_utf8(&request.body).unwrap_or_default();
    let unreadable = |why: &str| Status::bad_request(&format!("error decoding YAML: {why}"));
    let mut config: Value = serde_yaml::from_str(body).map_err(|e| unreadable(&e.to_string()))?;
    if !config.is_object() {
        return Err(unreadable(&format!(
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
            patch::what(&config)
        )));
    }
    let scale = target.subresource.as_deref() == Some("scale");
    let (version, kind) =
        if scale { ("autoscaling/v1".to_owned(), "Scale") } else { (resource.api_version(), resource.kind) };
    let said = config.text("apiVersion");
    let slash = if said.contains('/') { "" } else { "/" };
    let subject = format!("{slash}{said}, Kind={}", config.text("kind"));
    if said != version || config.text("kind") != kind {
        return Err(Status::bad_request(&format!("invalid object type: {subject}")));
    }
    if config.has("metadata.managedFields") {
        return Err(Status::bad_request("metadata.managedFields must be nil"));
    }
    if let Some(why) = apply::misfit(schema(resource), &config).filter(|_| !scale) {
        let place = format!("{}/{}; {subject}", config.text("metadata.namespace"), config.name());
        return Err(Status::failure(500, "", &format!("failed to create typed patch object ({place}): {why}"), None));
    }
    let name = metadata(&mut config).entry("name").or_insert_with(|| target.name().into()).clone();
    match target.subresource.as_deref() {
        Some(part @ ("status" | "scale")) => {
            let field = if part == "scale" { "spec" } else { "status" };
            let version = resource.api_version();
            Ok(
                json!({"apiVersion": version, "kind": resource.kind, "metadata": {"name": name}, field: config.get(field)}),
            )
        }
        _ if resource.has_status() => Ok(with_field(config, "status", Value::Null)),
        _ => Ok(config),
    }
}

fn who<'a>(store: &Store, request: &'a Request, resource: &Resource, options: &Options) -> Who<'a> {
    let subresource = request.target.as_ref().and_then(|t| t.subresource.as_deref()).unwrap_or_default();
    Who {
        name: request.manager(),
        applies: options.applies,
        api_version: resource.api_version(),
        subresource,
        time: stamp(store.clock().now()),
        has_status: resource.has_status(),
    }
}

/// The managers that an update begins with: those it sends along, else those of the object; `None` where nobody
/// manages the object, for then nobody begins to but by apply (managedfields/internal/skipnonapplied.go).
fn managers(subresource: Option<&str>, old: &Value, new: &Value) -> Option<Managers> {
    let of = |v: &Value| Managers::read(v.at("metadata.managedFields")).filter(|m| !m.is_empty());
    let sent = if subresource.is_none() { of(new) } else { None };
    sent.or_else(|| of(old))
}

/// The scale of an object.
pub(super) fn scale(call: Call<'_>) -> Result<Response, Status> {
    let object = call.store.with(|s| call.found(s))?;
    Ok(respond::value(200, &scale_of(&object.value())))
}

/// The object in the form of the group that was asked, as Go would read it: what a controller left out has its
/// default, which is no change of who writes next.
fn live(resource: &'static Resource, object: &Object) -> Value {
    let value = Value::clone(&*object.value());
    let value = if std::ptr::eq(resource, object.resource) { value } else { event_view::core(value) };
    let mut value = decode::stored(types::of(resource), &value);
    defaults::fill(resource, &mut value);
    value
}

/// The namespace of the path, which the object may only repeat.
fn place(object: &mut Value, target: &Target) -> Result<(), Status> {
    let own = object.text("metadata.namespace");
    if !own.is_empty() && own != target.namespace() {
        let message = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Status::bad_request(message));
    }
    match &target.namespace {
        Some(namespace) => set(object, "metadata.namespace", namespace.as_str()),
        None => unset(object, "metadata.namespace"),
    }
    Ok(())
}

/// Admission's NamespaceLifecycle: nothing new in a namespace that is not there or is going.
fn namespace_takes(store: &Store, resource: &'static Resource, namespace: &str, name: &str) -> Result<(), Status> {
    let Some(namespaces) = Resource::at("", "v1", "namespaces").filter(|_| resource.namespaced) else { return Ok(()) };
    let found = store.get(namespaces, "", namespace).ok_or_else(|| Status::not_found(namespaces, namespace))?;
    if found.value().is_going() {
        return Err(Status::terminating(resource, name, namespace));
    }
    Ok(())
}

/// A name from `generateName`, where there is none.
fn name(store: &mut Store, value: &mut Value) {
    let prefix = value.text("metadata.generateName");
    // Without either it is refused with whatever else is wrong.
    if !value.name().is_empty() || prefix.is_empty() {
        return;
    }
    // The real server cuts the prefix so that the name fits into a label (storage/names/generate.go).
    let short: String = prefix.chars().take(58).collect();
    set(value, "metadata.name", format!("{short}{}", store.suffix()));
}

/// Name and namespace must be those of the path.
fn named_as(target: &Target, new: &Value) -> Result<(), Status> {
    let (name, given) = (target.name(), new.name());
    if given.is_empty() {
        return Err(Status::bad_request(&format!(
            "the name of the object ({name} based on URL) was undeterminable: name must be provided"
        )));
    }
    if given != name {
        let why = format!("the name of the object ({given}) does not match the name on the URL ({name})");
        return Err(Status::bad_request(&why));
    }
    let namespace = new.text("metadata.namespace");
    if !namespace.is_empty() && namespace != target.namespace() {
        let why = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Status::bad_request(why));
    }
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
    let same = |path: &str| {
        let given = new.text(path);
        (given.is_empty() || given == old.text(path)).then_some(()).ok_or(given)
    };
    named_as(target, new)?;
    let version = || same("metadata.resourceVersion").map_err(|_| Status::modified(resource, name));
    // A patch meets the version first: what was made anew meanwhile is a conflict, not an invalid UID.
    if request.verb == Verb::Patch {
        version()?;
    }
    same("metadata.uid").map_err(|given| {
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
                old.uid()
            ),
        )
    })?;
    if request.verb == Verb::Update && resource.is_custom() && new.text("metadata.resourceVersion").is_empty() {
        let cause = Cause::invalid("metadata.resourceVersion", &0.into(), "must be specified for an update");
        return Err(Status::invalid(resource, name, &[cause]));
    }
    version()
}

/// The object after an update: everything new, but what belongs to the server, and `status` where that is a
/// subresource.
fn replaced(resource: &Resource, old: &Value, mut new: Value) -> Value {
    let meta = metadata(&mut new);
    for key in KEPT.iter().chain(&["name", "namespace", "resourceVersion", "generateName"]) {
        match old.at("metadata").at(key) {
            Value::Null => drop(meta.shift_remove(*key)),
            kept => drop(meta.insert((*key).to_owned(), kept.clone())),
        }
    }
    if resource.has_status() {
        return with_field(new, "status", old.at("status").clone());
    }
    new
}

/// The object after an update of its status: metadata may change with it, but not that of a custom resource, nor
/// the labels of a Deployment (registry/apps/deployment/strategy.go).
fn with_status(resource: &Resource, old: &Value, new: Value) -> Value {
    let status = new.at("status").clone();
    let mut next = if resource.is_custom() { old.clone() } else { replaced(resource, old, new) };
    for (key, value) in old.as_object().into_iter().flatten().filter(|(k, _)| *k != "metadata") {
        next = with_field(next, key, value.clone());
    }
    if resource.plural == "deployments" {
        next = with_field(next, "metadata.labels", old.at("metadata.labels").clone());
    }
    with_field(next, "status", status)
}

/// The object with that at the path; null takes it away.
fn with_field(mut object: Value, path: &str, field: Value) -> Value {
    match field {
        Value::Null => unset(&mut object, path),
        field => set(&mut object, path, field),
    }
    object
}

fn without_zero(object: &Value) -> Value {
    let mut object = object.clone();
    if *object.at("spec.replicas") == 0 {
        unset(&mut object, "spec.replicas");
    }
    object
}

fn rescaled(old: &Value, scale: &Value, name: &str) -> Result<Value, Status> {
    let replicas = scale.int("spec.replicas");
    if replicas < 0 {
        let cause = Cause::invalid("spec.replicas", &replicas.into(), "must be greater than or equal to 0");
        let details = [("name", name), ("group", "autoscaling"), ("kind", "Scale")];
        let details = details.iter().map(|(k, v)| ((*k).to_owned(), (*v).into())).collect();
        return Err(Status::invalid_because(&format!("Scale.autoscaling \"{name}\""), details, &[cause]));
    }
    Ok(with_field(old.clone(), "spec.replicas", replicas.into()))
}

/// `autoscaling/v1` Scale of an object.
fn scale_of(object: &Value) -> Value {
    let meta: Map<String, Value> = ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"]
        .iter()
        .map(|k| ((*k).to_owned(), object.at("metadata").at(k).clone()))
        .filter(|(_, v)| !v.is_null())
        .collect();
    let mut pairs: Vec<_> = object
        .entries("spec.selector.matchLabels")
        .map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or_default()))
        .collect();
    pairs.sort_unstable();
    let spec = match object.int("spec.replicas") {
        0 => json!({}),
        n => json!({"replicas": n}),
    };
    json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": meta, "spec": spec,
        "status": {"replicas": object.int("status.replicas"), "selector": pairs.join(",")},
    })
}

fn refused(refused: &Refused) -> Status {
    let message = match refused {
        Refused::UnknownKind(kind) => format!("no kind \"{kind}\" is registered"),
        Refused::Nameless => "name is required".to_owned(),
    };
    Status::bad_request(&message)
}
