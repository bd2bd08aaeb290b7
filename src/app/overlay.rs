//! What can lie on top of a screen: one thing at a time.

use std::sync::Arc;

use super::command::Id;
use super::dialog::Dialog;
use super::input::Input;
use super::question::Ticket;
use crate::domain::timeline::Lane;
use crate::domain::{EnvironmentId, ObjectId, Text, Time};

/// The thing on top. The prompt is not one of these: it is a line at the bottom.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// Help for this place, printed from the command table (`help::help`).
    Help(TextView),
    /// Which commands of this place are greyed, and why (`help::greyed`).
    Explain(TextView),
    /// A root cause: what is wrong, why, who suffers, what to do.
    Cause(Box<CauseView>),
    /// The whole text of a row.
    Reading(Box<Reading>),
    /// The palette: fuzzy over commands, projects, environments, services.
    Palette(Palette),
    /// A choice of what to copy.
    Copy(CopyMenu),
    /// A question before a change of the cluster.
    Dialog(Box<Dialog>),
    /// `Quit kennel?`, with what happens to operations that run. `q`, Enter or Ctrl-c quits, Esc stays.
    Quit,
}

/// A text that scrolls and can be searched.
#[derive(Clone, Debug, Default)]
pub struct TextView {
    /// Its lines, made when it was opened.
    pub lines: Vec<HelpLine>,
    /// Rows scrolled down.
    pub scroll: u32,
    /// What is searched (`/` in it), in lower case.
    pub search: Option<String>,
    /// Index of the line that was found.
    pub found: Option<usize>,
}

/// A root cause on screen.
#[derive(Clone, Debug)]
pub struct CauseView {
    /// What was asked about: `shop/staging checkout`.
    pub title: String,
    /// Its environment.
    pub environment: EnvironmentId,
    /// What is asked about, of its environment; `None`: all that is wrong there.
    pub object: Option<ObjectId>,
    /// Held while the answer is awaited.
    pub(crate) ticket: Option<Ticket>,
    /// The report.
    pub text: TextView,
}

/// The whole text of a row on screen.
#[derive(Clone, Debug)]
pub struct Reading {
    /// What is read: `Event · BackOff`.
    pub title: String,
    /// All that is known of it.
    pub text: TextView,
}

impl Overlay {
    /// The text that it is, if it is one.
    pub(crate) fn text_mut(&mut self) -> Option<&mut TextView> {
        match self {
            Overlay::Help(text) | Overlay::Explain(text) => Some(text),
            Overlay::Cause(cause) => Some(&mut cause.text),
            Overlay::Reading(reading) => Some(&mut reading.text),
            _ => None,
        }
    }
}

/// A line of help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HelpLine {
    /// Heading of a group of commands.
    Heading(&'static str),
    /// A command: keys or `:` name, what it does, and why it can't be done now.
    Entry {
        /// Keys as people read them: `Ctrl-f PgDn`, or `:theme NAME`.
        keys: String,
        /// What it does.
        help: String,
        /// Why it is greyed; `None` when it can be done.
        greyed: Option<Text>,
    },
    /// A plain line.
    Plain(String),
    /// A fact with its name: `node  node-4`.
    Fact(&'static str, String),
    /// A time with its name; it is written as the terminal's zone has it.
    At(&'static str, Time),
    /// What happened at a time.
    Moment(Time, Text),
    /// What happened to one thing between two times.
    Lane(Arc<Lane>, Time, Time),
}

/// The palette.
#[derive(Clone, Debug, Default)]
pub struct Palette {
    /// What is typed.
    pub input: Input,
    /// The best matches, best first.
    pub matches: Vec<PaletteEntry>,
    /// Index of the one that Enter takes.
    pub at: usize,
    /// How many match in all.
    pub total: usize,
}

/// One line of the palette.
#[derive(Clone, Debug, PartialEq)]
pub struct PaletteEntry {
    /// What stands there: `start/stop`, `shop`, `shop/staging`, `shop/staging checkout`.
    pub label: String,
    /// Its key, of a command.
    pub key: String,
    /// What it does, or what it is: `project`, `environment`, `Deployment`.
    pub hint: String,
    /// Why it can't be done now, for commands.
    pub greyed: Option<Text>,
    /// Where it leads.
    pub target: Target,
}

/// Where a line of the palette leads.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A command.
    Command(Id),
    /// A project.
    Project(Text),
    /// An environment, by namespace.
    Environment(EnvironmentId),
    /// A service with its UID.
    Service(EnvironmentId, ObjectId, Text),
}

/// A choice of what to copy.
#[derive(Clone, Debug, Default)]
pub struct CopyMenu {
    /// What it is, and the text: `address`, `checkout.shop.svc:8080`.
    pub choices: Vec<(&'static str, String)>,
    /// Index of the one that Enter takes.
    pub at: usize,
}
