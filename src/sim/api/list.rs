//! get and list: pages are consistent with the first one, however much was written in between.
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks>

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::request::Request;
use super::{Call, Response, Status, respond};
use crate::sim::json::{Json, set};
use crate::sim::object::Object;
use crate::sim::patch;
use crate::sim::resource::Resource;
use crate::sim::selector::Filter;
use crate::sim::status::Cause;
use crate::sim::store::Store;

/// One object.
pub(super) fn get(call: Call<'_>) -> Result<Response, Status> {
    let object = call.store.with(|s| call.found(s))?;
    Ok(respond::object(200, call.view(), &object))
}

/// The selectors of a request.
pub(super) fn filter(call: Call<'_>) -> Result<Filter, Status> {
    let Call { request, resource, target, .. } = call;
    request.number("timeoutSeconds")?;
    let (labels, fields) = (request.query("labelSelector"), request.query("fieldSelector"));
    let filter = Filter::new(resource, target.namespace.as_deref(), labels, fields)?;
    Ok(match &target.name {
        Some(name) => filter.name(name),
        None => filter,
    })
}

/// Which resourceVersion a list is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// The newest.
    Newest,
    /// Anything at hand, which is the newest too, but `limit` does not count.
    Any,
    /// This one or a newer one.
    NotOlderThan(u64),
    /// This one.
    Exact(u64),
    /// The newest, after a page of an older list.
    Inconsistent,
}

/// A list.
pub(super) fn list(call: Call<'_>) -> Result<Response, Status> {
    let Call { store, request, resource, .. } = call;
    if !request.query("sendInitialEvents").is_empty() {
        let why = "sendInitialEvents is forbidden for list";
        return Err(Status::invalid_options("ListOptions", &[Cause::forbidden("sendInitialEvents", why)]));
    }
    let filter = filter(call)?;
    let limit = usize::try_from(request.number("limit")?.unwrap_or(0)).unwrap_or(0);
    let (at, start) = position(request)?;
    let limit = if at == At::Any || limit == 0 { usize::MAX } else { limit };
    let (rv, all) = store.with(|s| gather(s, resource, &filter, at, &start))?;
    let page = page(rv, all, &filter, limit);
    let mut metadata = json!({"resourceVersion": page.rv.to_string()});
    if let Some(next) = &page.next {
        set(&mut metadata, "continue", token(Some(page.rv), next));
        if !filter.is_narrow() {
            set(&mut metadata, "remainingItemCount", page.remaining);
        }
    }
    Ok(respond::list(call.view(), &metadata, page.items))
}

/// Reads `continue`, `resourceVersion` and `resourceVersionMatch`: which list, and after which key.
fn position(request: &Request) -> Result<(At, String), Status> {
    let (rv, rule) = (request.query("resourceVersion"), request.query("resourceVersionMatch"));
    let forbidden =
        |why: &str| Err(Status::invalid_options("ListOptions", &[Cause::forbidden("resourceVersionMatch", why)]));
    let next = request.query("continue");
    if !next.is_empty() {
        if !rule.is_empty() {
            return forbidden("resourceVersionMatch is forbidden when continue is provided");
        }
        if !rv.is_empty() && rv != "0" {
            return Err(Status::bad_request("specifying resource version is not allowed when using continue"));
        }
        let (rv, start) = read_token(next)
            .map_err(|why| Status::bad_request(&format!("invalid continue token: continue key is not valid: {why}")))?;
        return Ok((rv.map_or(At::Inconsistent, At::Exact), start));
    }
    let number = || {
        rv.parse::<u64>().map_err(|_| {
            Status::bad_request(&format!(
                "invalid resource version: resourceVersion: Invalid value: \"{rv}\": strconv.ParseUint: parsing \"{rv}\": invalid syntax"
            ))
        })
    };
    let at = match (rule, rv) {
        ("", "") => At::Newest,
        (_, "") => return forbidden("resourceVersionMatch is forbidden unless resourceVersion is provided"),
        ("Exact", "0") => return forbidden("resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""),
        ("" | "NotOlderThan", "0") => At::Any,
        ("Exact", _) => At::Exact(number()?),
        // With a limit and no rule the list is of exactly that version, for continuity with old clients.
        ("", _) if request.number("limit")?.is_some_and(|n| n > 0) => At::Exact(number()?),
        ("" | "NotOlderThan", _) => At::NotOlderThan(number()?),
        (other, _) => {
            let cause = Cause::unsupported("resourceVersionMatch", other, &["Exact", "NotOlderThan", ""]);
            return Err(Status::invalid_options("ListOptions", &[cause]));
        }
    };
    Ok((at, String::new()))
}

struct Page {
    items: Vec<Arc<Object>>,
    rv: u64,
    /// Key of the last item, where more follow.
    next: Option<String>,
    remaining: usize,
}

/// What selectors then choose from: the objects of the namespace after `start`, and their resourceVersion.
fn gather(
    store: &Store,
    resource: &'static Resource,
    filter: &Filter,
    at: At,
    start: &str,
) -> Result<(u64, Vec<Arc<Object>>), Status> {
    let newest = store.rv();
    if let At::NotOlderThan(rv) | At::Exact(rv) = at
        && rv > newest
    {
        return Err(Status::too_large(rv, newest));
    }
    let rv = if let At::Exact(rv) = at { rv } else { newest };
    let past = store.undone(resource, rv).map_err(|_| expired(start))?;
    let mut all: Vec<Arc<Object>> = match &filter.namespace {
        Some(ns) => store.list_in(resource, ns).cloned().collect(),
        None => store.list(resource).cloned().collect(),
    };
    if !past.is_empty() {
        let mut then: BTreeMap<Arc<str>, Arc<Object>> = all.into_iter().map(|o| (o.key().clone(), o)).collect();
        for (key, object) in past {
            match object {
                Some(o) => drop(then.insert(key, o)),
                None => drop(then.remove(&*key)),
            }
        }
        all = then.into_values().collect();
    }
    if !start.is_empty() {
        all.drain(..all.partition_point(|o| **o.key() <= *start));
    }
    Ok((rv, all))
}

/// Selectors read every object, so this happens outside the store's lock.
fn page(rv: u64, mut all: Vec<Arc<Object>>, filter: &Filter, limit: usize) -> Page {
    if filter.is_narrow() || filter.namespace.is_some() {
        all.retain(|o| filter.matches(o));
    }
    let remaining = all.len().saturating_sub(limit);
    all.truncate(limit);
    let next = if remaining > 0 { all.last().map(|o| o.key().to_string()) } else { None };
    Page { items: all, rv, next, remaining }
}

/// 410; where a page was asked for, with a token that goes on from there in the newest list.
fn expired(start: &str) -> Status {
    if start.is_empty() {
        return Status::expired("The resourceVersion for the provided list is too old.");
    }
    let mut status = Status::expired(
        "The provided continue parameter is too old to display a consistent list result. You can start a new list \
         without the continue parameter, or use the continue token in this response to retrieve the remainder of the \
         results. Continuing with the provided token results in an inconsistent list - objects that were created, \
         modified, or deleted between the time the first chunk was returned and now may show up in the list.",
    );
    set(&mut status.body, "metadata.continue", token(None, start));
    status
}

/// A continue token: opaque to clients; `None` stands for the newest list, whatever it is by then.
fn token(rv: Option<u64>, key: &str) -> String {
    let rv = rv.map_or_else(|| json!(-1), |rv| json!(rv));
    URL_SAFE_NO_PAD.encode(json!({"v": "meta.k8s.io/v1", "rv": rv, "start": format!("{key}\u{0}")}).to_string())
}

fn read_token(token: &str) -> Result<(Option<u64>, String), String> {
    let bytes =
        URL_SAFE_NO_PAD.decode(token.trim_end_matches('=')).map_err(|_| "illegal base64 data at input byte 0")?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|e| patch::go_error(&e, &bytes))?;
    if value.text("v") != "meta.k8s.io/v1" {
        return Err("server does not recognize this encoded version".to_owned());
    }
    let start = value.text("start").trim_end_matches('\u{0}').to_owned();
    let rv = value.at("rv").as_i64().filter(|rv| *rv != 0 && !start.is_empty());
    rv.map(|rv| (u64::try_from(rv).ok(), start)).ok_or_else(|| "incorrect encoded start resourceVersion".to_owned())
}
