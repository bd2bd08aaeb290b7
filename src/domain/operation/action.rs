//! What a step does to its object, with what was there before: pure data, so that it can be undone.
//!
//! What it means on the object is `plan::action`'s, a file for each. To add one: a variant here, a file there.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::{Raw, Text};

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "do")]
pub enum Action {
    /// To a Deployment or StatefulSet.
    Scale(Scale),
    /// To a CronJob or Job.
    Suspend(Suspend),
    /// To a DaemonSet.
    NodeSelector(NodeSelector),
    /// To a ScaledObject of KEDA.
    Pause(Pause),
    /// To a Deployment, StatefulSet or DaemonSet.
    Restart(Restart),
    /// To an object as it was read a moment ago. It stands in no journal: who may write one could ask for anything, and
    /// it holds values.
    #[serde(skip)]
    Edit(Edit),
}

/// `replicas` from → to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scale {
    /// Replicas that the plan saw.
    pub from: u32,
    /// Replicas to write.
    pub to: u32,
    /// Whether `from` is written into `kennel.dev/replicas` in the same patch; else that is dropped.
    pub remember: bool,
    /// The annotations that held a memory before (kennel's, another tool's), with their values: they are removed, and
    /// put back on undo.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forget: Vec<(Text, Raw)>,
}

/// `suspend` from → to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspend {
    /// `suspend` that the plan saw.
    pub from: bool,
    /// `suspend` to write.
    pub to: bool,
    /// Whether `from` is written into `kennel.dev/suspend` in the same patch; else that is dropped.
    pub remember: bool,
}

/// The node selector is put away, or comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeSelector {
    /// Stop (true) or start (false).
    pub stop: bool,
    /// The node selector of the spec when it is started, as JSON object text.
    pub selector: Raw,
}

/// `autoscaling.keda.sh/paused-replicas` from → to (`None`: not set).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Value that the plan saw.
    pub from: Option<Raw>,
    /// Value to write; `None` removes it.
    pub to: Option<Raw>,
    /// Whether `from` is put away in the same patch (a stop), else what was put away is dropped (a start).
    pub remember: bool,
}

/// `kubectl.kubernetes.io/restartedAt` of the pod template from → to (`None`: not set): new pods take the place of all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restart {
    /// Value that the plan saw.
    pub from: Option<Text>,
    /// Value to write.
    pub to: Text,
}

/// Fields of an object from → to.
#[derive(Clone, PartialEq, Eq)]
pub struct Edit {
    /// JSON merge patch (RFC 7396) of what changes.
    pub patch: Raw,
    /// The one that takes it back.
    pub back: Raw,
    /// What it does, for people, without values that may be secret: `revision 8 → 7`.
    pub what: Text,
    /// Words for kubectl that do the same, behind its name and the namespace.
    pub command: Box<[Text]>,
}

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Edit").field(&self.what).finish()
    }
}
