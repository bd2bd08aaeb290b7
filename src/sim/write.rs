//! What a controller wants done: a list of writes and the time it wants to be asked again.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::events::EventDraft;
use super::json::Json;

/// One write to the store.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Write {
    /// Creates the object (whole, with `kind` and `metadata`); an object of that name that is there already stays.
    Create(Value),
    /// Merge patch on an object, if it is still the one of that UID. May hold `status`.
    Patch {
        /// Which.
        target: Target,
        /// RFC 7396.
        patch: Value,
        /// By which request.
        via: Via,
    },
    /// Replaces `status`.
    Status {
        /// Which.
        target: Target,
        /// The whole new status.
        status: Value,
    },
    /// Deletes: finalizers hold it, a pod gets `grace` seconds (its own by default).
    Delete {
        /// Which.
        target: Target,
        /// Grace period in seconds.
        grace: Option<i64>,
    },
    /// Drops the Events of a namespace.
    DropEvents(String),
    /// Records an Event.
    Event(EventDraft),
}

/// By which of the API's doors a controller would send a change: what `managedFields` say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    /// The object itself, and its status by a request of its own.
    Object,
    /// Its status, metadata along with it.
    Status,
    /// Its scale.
    Scale,
    /// The binding of a pod, which nobody manages.
    Binding,
}

/// Names the object of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// `apiVersion`.
    pub(crate) api_version: String,
    /// `kind`.
    pub(crate) kind: String,
    /// Namespace, empty for objects of the cluster.
    pub(crate) namespace: String,
    /// Name.
    pub(crate) name: String,
    /// UID: another object of the same name is left alone.
    pub(crate) uid: String,
}

impl Target {
    /// The target that `object` is.
    pub(crate) fn of(object: &Value) -> Self {
        Self {
            api_version: object.text("apiVersion").to_owned(),
            kind: object.text("kind").to_owned(),
            namespace: object.text("metadata.namespace").to_owned(),
            name: object.name().to_owned(),
            uid: object.uid().to_owned(),
        }
    }
}

/// Writes of one run of a controller, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writes {
    /// The writes.
    pub(crate) list: Vec<Write>,
    /// When the controller wants to run again though nothing changed.
    pub(crate) wake: Option<Timestamp>,
}

impl Writes {
    /// Asks to be run again at `time`; the earliest wish wins.
    pub(crate) fn wake(&mut self, time: Timestamp) {
        self.wake = Some(self.wake.map_or(time, |t| t.min(time)));
    }

    /// Creates an object.
    pub(crate) fn create(&mut self, object: Value) {
        self.list.push(Write::Create(object));
    }

    /// Patches an object.
    pub(crate) fn patch(&mut self, object: &Value, patch: Value) {
        self.patch_via(Via::Object, object, patch);
    }

    /// Patches an object through another door.
    pub(crate) fn patch_via(&mut self, via: Via, object: &Value, patch: Value) {
        self.list.push(Write::Patch { target: Target::of(object), patch, via });
    }

    /// Replaces the object's status where it is not that already.
    pub(crate) fn status(&mut self, object: &Value, status: Value) {
        if *object.at("status") != status {
            self.list.push(Write::Status { target: Target::of(object), status });
        }
    }

    /// Deletes an object.
    pub(crate) fn delete(&mut self, object: &Value) {
        self.list.push(Write::Delete { target: Target::of(object), grace: None });
    }

    /// Removes a pod that has ended: the kubelet's last word.
    pub(crate) fn remove(&mut self, object: &Value) {
        self.list.push(Write::Delete { target: Target::of(object), grace: Some(0) });
    }

    /// Records an event.
    pub(crate) fn event(&mut self, draft: EventDraft) {
        self.list.push(Write::Event(draft));
    }

    /// Records an ordinary event on `object`.
    pub(crate) fn normal(&mut self, object: &Value, component: &'static str, reason: &'static str, message: String) {
        self.event(EventDraft::new(object, component, reason, message));
    }

    /// Records a warning on `object`.
    pub(crate) fn warning(&mut self, object: &Value, component: &'static str, reason: &'static str, message: String) {
        self.event(EventDraft::new(object, component, reason, message).warning());
    }
}

/// An owner reference that makes `owner` the controller.
pub(crate) fn owner_reference(owner: &Value) -> Value {
    json!([{
        "apiVersion": owner.text("apiVersion"),
        "kind": owner.text("kind"),
        "name": owner.name(),
        "uid": owner.uid(),
        "controller": true,
        "blockOwnerDeletion": true,
    }])
}
