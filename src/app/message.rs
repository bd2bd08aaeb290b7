//! What happens to the dashboard, and what it wants done.

use std::sync::Arc;

use super::hit::HitMap;
use super::key::Key;
use super::mouse::Mouse;
use crate::domain::revision::Revision;
use crate::domain::row::WorkloadRow;
use crate::domain::{Snapshot, Text, Time};
use crate::plan::{Outcome, Permission, Plan, Progress};

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Message {
    /// A key was pressed.
    Key(Key),
    /// The mouse did something.
    Mouse(Mouse),
    /// Text was pasted (bracketed paste). It goes into an input, or nowhere.
    Paste(String),
    /// The terminal has this many columns and rows.
    Resize {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// The time is this. Send it once a second while an age on screen shows seconds, and with each timer.
    Tick(Time),
    /// A new picture of the cluster. Its `now` is the time too.
    Snapshot(Arc<Snapshot>),
    /// A frame was drawn; things are there. Never a reason to draw again.
    Drawn(HitMap),
    /// The answer to [`Effect::Review`] of that number.
    Reviewed {
        /// Number of the review.
        review: u64,
        /// The permissions that its plans need.
        permissions: Vec<Permission>,
    },
    /// The answer to [`Effect::Revisions`] about the workload of that UID: newest first, or why there is none.
    Revisions {
        /// UID of the workload.
        uid: Text,
        /// What was found.
        found: Result<Vec<Revision>, Text>,
    },
    /// An operation goes on.
    Progress(Progress),
    /// An operation has ended.
    Finished(Outcome),
    /// Something to tell in a few words, for some seconds: `copied 3 lines`, `theme night is not there`.
    Notice(Text),
    /// Something went wrong outside (a thread, the disk): one sentence.
    Failed(Text),
}

/// Something to be done by `runtime`.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask what these plans need (`Handle::review`), and answer with [`Message::Reviewed`].
    Review {
        /// Number to answer with.
        review: u64,
        /// The plans, one per environment.
        plans: Vec<Plan>,
    },
    /// Take the mouse from the terminal, or give it back.
    Mouse(bool),
    /// Run a plan; its [`Message::Progress`] and [`Message::Finished`] carry its namespace.
    Run(Plan),
    /// Go on with the operation of this ID: what is not done is tried again.
    Resume {
        /// Namespace of its environment.
        namespace: Text,
        /// ID of the operation.
        id: Text,
        /// Also from a holder who lives: the user said so with a word.
        take_over: bool,
    },
    /// Undo the operation of this ID.
    Undo {
        /// Namespace of its environment.
        namespace: Text,
        /// ID of the operation.
        id: Text,
        /// Also from a holder who lives: the user said so with a word.
        take_over: bool,
    },
    /// Put this into the clipboard (OSC 52), then say so with [`Message::Notice`].
    Copy(String),
    /// The pods of this namespace first (`Handle::look_at`); `None`: no one in particular.
    LookAt(Option<Text>),
    /// Read the revisions of a workload, and answer with [`Message::Revisions`].
    Revisions {
        /// The workload.
        workload: Arc<WorkloadRow>,
    },
    /// Ask the cluster again, now.
    Reconnect,
    /// Open another context of the kubeconfig in place of this one, and do a line there.
    Context {
        /// Its name.
        name: Text,
        /// The command that is done there, without its colon; empty: none.
        then: String,
    },
    /// Give the terminal back and stop until the shell's `fg`, where there is a shell that has one.
    Suspend,
    /// Draw with this theme from now on; [`super::State::theme`] has it already.
    Theme(Text),
    /// Leave. What becomes of operations that still run is the runtime's business.
    Quit,
}
