//! watch: each watcher reads the history from the resourceVersion where it stands, at its own pace.
//! A slow one costs no memory; one that falls behind the history is told so.
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes>

use std::sync::Arc;

use bytes::Bytes;
use futures::stream;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::watch::Receiver;

use super::list;
use super::respond::{self, View};
use super::{Call, Response, Status};
use crate::sim::json::set;
use crate::sim::object::{self, Object};
use crate::sim::selector::Filter;
use crate::sim::status::Cause;
use crate::sim::store::{Change, SharedStore};

/// How long a watch lives that does not say (the real server takes 30 to 60 minutes).
const LIFE: SignedDuration = SignedDuration::from_mins(40);
/// How long before its end a watch hears once more.
const LAST: SignedDuration = SignedDuration::from_secs(2);
/// How often a quiet watch hears how far the cluster is.
const BOOKMARK: SignedDuration = SignedDuration::from_mins(1);

/// Starts a watch.
pub(super) fn watch(call: Call<'_>) -> Result<Response, Status> {
    let Call { store, request, resource, .. } = call;
    let filter = list::filter(call)?;
    let (send_initial, rule) = (request.flag("sendInitialEvents"), request.query("resourceVersionMatch"));
    let refuse = |field: &str, why: &str| Err(Status::invalid_options("ListOptions", &[Cause::forbidden(field, why)]));
    if !request.query("sendInitialEvents").is_empty() {
        if rule != "NotOlderThan" {
            return refuse(
                "resourceVersionMatch",
                "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
            );
        }
    } else if !rule.is_empty() {
        let field = "resourceVersionMatch";
        let why = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
        let mut causes = vec![Cause::forbidden(field, why)];
        if rule != "NotOlderThan" {
            causes.push(Cause::unsupported(field, rule, &["NotOlderThan"]));
        }
        return Err(Status::invalid_options("ListOptions", &causes));
    }
    let text = request.query("resourceVersion");
    let from = match text {
        "" => 0,
        _ => text.parse::<u64>().map_err(|_| {
            let message = format!(
                "resourceVersion: Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax"
            );
            Status::failure(500, "", &message, None)
        })?,
    };
    let clock = store.clock();
    let life = request.number("timeoutSeconds")?.filter(|s| *s > 0).map_or(LIFE, SignedDuration::from_secs);
    let end = later(clock.now(), life);
    let bookmarks = request.flag("allowWatchBookmarks");
    let mut watcher = Watcher {
        newest: store.newest(),
        store: store.clone(),
        view: call.view(),
        filter,
        rv: from,
        initial: Vec::new().into_iter(),
        first: true,
        initial_end: bookmarks,
        bookmark: None,
        bookmarks,
        end,
        ended: false,
    };
    watcher.bookmark = watcher.next_bookmark();
    // No resourceVersion, 0, or initial events asked for: the watch begins with what there is.
    if send_initial || (from == 0 && request.query("sendInitialEvents").is_empty()) {
        let (rv, items) = store.with(|s| {
            let all: Vec<_> = match &watcher.filter.namespace {
                Some(ns) => s.list_in(resource, ns).cloned().collect(),
                None => s.list(resource).cloned().collect(),
            };
            (s.rv(), all)
        });
        watcher.rv = rv;
        watcher.initial = items.into_iter();
    } else {
        watcher.initial_end = false;
        if from == 0 {
            watcher.rv = store.with(|s| s.rv());
        }
    }
    let frames = stream::unfold(watcher, |mut watcher| async move {
        let chunk = watcher.next().await?;
        Some((Ok(Frame::data(chunk)), watcher))
    });
    Ok(respond::build(200, "application/json", StreamBody::new(frames).boxed_unsync()))
}

struct Watcher {
    store: SharedStore,
    newest: Receiver<u64>,
    view: View,
    filter: Filter,
    /// Everything up to here was looked at.
    rv: u64,
    initial: std::vec::IntoIter<Arc<Object>>,
    /// The first object is still to be sent: the columns of a Table stand there.
    first: bool,
    /// The bookmark that ends the initial events is still to be sent.
    initial_end: bool,
    bookmarks: bool,
    /// When the next bookmark is due.
    bookmark: Option<Timestamp>,
    end: Timestamp,
    ended: bool,
}

impl Watcher {
    /// The next lines; `None` once the watch is over.
    async fn next(&mut self) -> Option<Bytes> {
        if self.ended {
            return None;
        }
        if let Some(lines) = self.initial_lines() {
            return Some(lines);
        }
        loop {
            // Marked as seen before the look, so that a change during the look wakes.
            self.newest.borrow_and_update();
            if let Some(lines) = self.changed_lines() {
                return Some(lines);
            }
            let clock = self.store.clock().clone();
            let due = self.bookmark.map_or(self.end, |b| b.min(self.end));
            tokio::select! {
                changed = self.newest.changed() => changed.ok()?,
                () = clock.sleep_until(due) => {
                    if clock.now() >= self.end {
                        return None;
                    }
                    self.bookmark = self.next_bookmark();
                    return Some(self.bookmark_line(false).into());
                }
            }
        }
    }

    /// Once a minute, and shortly before the end, so that the next watch begins where this one ended.
    fn next_bookmark(&self) -> Option<Timestamp> {
        let now = self.store.clock().now();
        let last = self.end.saturating_sub(LAST).unwrap_or(self.end);
        let next = later(now, BOOKMARK);
        self.bookmarks.then(|| if last > now { next.min(last) } else { next })
    }

    fn initial_lines(&mut self) -> Option<Bytes> {
        let mut out = Vec::new();
        while out.len() < respond::CHUNK
            && let Some(object) = self.initial.next()
        {
            if self.filter.matches(&object) {
                self.object(&mut out, "ADDED", &object);
            }
        }
        if self.initial.len() == 0 && self.initial_end {
            self.initial_end = false;
            out.extend(self.bookmark_line(true));
        }
        // Nothing matched so far, but there is more to look at.
        if out.is_empty() && self.initial.len() > 0 {
            return self.initial_lines();
        }
        (!out.is_empty()).then(|| out.into())
    }

    /// Lines for what changed since the last look.
    fn changed_lines(&mut self) -> Option<Bytes> {
        const AT_ONCE: usize = 64;
        let seen = self.store.with(|s| {
            let changes = s.changes(self.view.resource, self.rv).map(|c| c.take(AT_ONCE).cloned().collect::<Vec<_>>());
            changes.map(|c| (s.rv(), c)).map_err(|c| (self.rv, c.oldest))
        });
        let (newest, changes) = match seen {
            Ok(seen) => seen,
            Err((rv, oldest)) => {
                self.ended = true;
                let status = Status::expired(&format!("too old resource version: {rv} ({oldest})"));
                let mut out = Vec::new();
                line(&mut out, "ERROR", status.body.to_string().as_bytes());
                return Some(out.into());
            }
        };
        let all = changes.len() < AT_ONCE;
        // A watch from the future waits for it.
        self.rv = match changes.last() {
            Some(last) if !all => last.rv,
            _ => self.rv.max(newest),
        };
        let mut out = Vec::new();
        for change in &changes {
            self.change_line(&mut out, change);
        }
        match (out.is_empty(), all) {
            (false, _) => Some(out.into()),
            (true, true) => None,
            (true, false) => self.changed_lines(),
        }
    }

    /// What a change is to this watcher: with a selector, an object may come into sight or leave it.
    fn change_line(&mut self, out: &mut Vec<u8>, change: &Change) {
        let is = !change.deleted && self.filter.matches(&change.object);
        let was = change.old.as_ref().is_some_and(|o| self.filter.matches(o));
        match (was, is) {
            (false, true) => self.object(out, "ADDED", &change.object),
            (true, true) => self.object(out, "MODIFIED", &change.object),
            (true, false) if change.deleted => self.object(out, "DELETED", &change.object),
            // It left the selector: what is shown is how it was, with the resourceVersion of the change.
            (true, false) => {
                if let Some(old) = &change.old {
                    let mut value = Value::clone(&*old.value());
                    set(&mut value, "metadata.resourceVersion", change.rv.to_string());
                    let left = Arc::new(Object::new(old.resource, old.key().clone(), change.rv, value));
                    self.object(out, "DELETED", &left);
                }
            }
            (false, false) => {}
        }
    }

    fn object(&mut self, out: &mut Vec<u8>, kind: &str, object: &Arc<Object>) {
        let view = self.view.at(self.store.clock().now());
        line(out, kind, &view.event(object, std::mem::take(&mut self.first)));
    }

    fn bookmark_line(&self, initial_end: bool) -> Vec<u8> {
        let (kind, api_version) = self.view.names();
        let mut metadata = json!({"resourceVersion": self.rv.to_string()});
        if initial_end {
            set(&mut metadata, "annotations", json!({"k8s.io/initial-events-end": "true"}));
        }
        let body = object::typed(kind, &api_version, json!({"metadata": metadata}).to_string().as_bytes());
        let mut out = Vec::new();
        line(&mut out, "BOOKMARK", &body);
        out
    }
}

fn line(out: &mut Vec<u8>, kind: &str, object: &[u8]) {
    out.extend_from_slice(format!(r#"{{"type":"{kind}","object":"#).as_bytes());
    out.extend_from_slice(object);
    out.extend_from_slice(b"}\n");
}

fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.saturating_add(by).unwrap_or(time)
}
