//! What happens to the dashboard, and what it wants done.

use std::sync::Arc;

use super::hit::HitMap;
use super::key::Key;
use super::mouse::Mouse;
use super::question::{Answer, Asker, Question};
use crate::domain::{EnvironmentId, Snapshot, Text, Time};
use crate::plan::{Outcome, Plan, Progress};

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
    /// An answer to an [`Effect::Ask`].
    Answer {
        /// Number of the question ([`Asker::number`]).
        question: u64,
        /// What is answered.
        answer: Answer,
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

impl Message {
    /// An answer to the question of `asker`.
    pub fn answer(asker: &Asker, answer: Answer) -> Self {
        Self::Answer { question: asker.number(), answer }
    }
}

/// Something to be done by `runtime`.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask the cluster, as long as the asker listens; answer with [`Message::Answer`].
    Ask(Asker, Question),
    /// Take the mouse from the terminal, or give it back.
    Mouse(bool),
    /// Run a plan; its [`Message::Progress`] and [`Message::Finished`] carry its environment.
    Run(Plan),
    /// Go on with the operation of this ID: what is not done is tried again.
    Resume {
        /// Its environment.
        environment: EnvironmentId,
        /// ID of the operation.
        id: Text,
        /// Also from a holder who lives: the user said so with a word.
        take_over: bool,
    },
    /// Undo the operation of this ID.
    Undo {
        /// Its environment.
        environment: EnvironmentId,
        /// ID of the operation.
        id: Text,
        /// Also from a holder who lives: the user said so with a word.
        take_over: bool,
    },
    /// Put this into the clipboard (OSC 52), then say so with [`Message::Notice`].
    Copy(String),
    /// The pods of this environment first (`Handle::look_at`); `None`: of none in particular.
    LookAt(Option<EnvironmentId>),
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
