//! How the program ends: the exit codes of the contract, and errors that know theirs.

use std::fmt;
use std::process::ExitCode;

use crate::cluster::ClusterError;

/// The exit codes, as scripts see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// All done.
    Done = 0,
    /// Failed as a whole.
    Failed = 1,
    /// The command line makes no sense (clap's own errors too).
    Usage = 2,
    /// Some objects failed, the others are done.
    Partly = 3,
    /// Permission, protection, read-only, or no confirmation.
    Refused = 4,
    /// Not done in time.
    TimedOut = 5,
    /// No cluster, or none that answers.
    Unreachable = 6,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// An end that is no success. Expected ones are one clear line; a bug keeps its report.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// One sentence for people, or a report.
    pub why: Why,
}

/// Why it failed.
#[derive(Debug)]
pub enum Why {
    /// A sentence (several lines where it lists something).
    Said(String),
    /// Said already, nothing more to print.
    Silent,
    /// Not expected: with its causes.
    Report(color_eyre::eyre::Report),
}

/// Result of everything in `cli`.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// An end with `exit` that says `why`.
    pub fn new(exit: Exit, why: impl Into<String>) -> Self {
        Self { exit, why: Why::Said(why.into()) }
    }

    /// An end with `exit` whose reason stands on the screen already.
    pub fn silent(exit: Exit) -> Self {
        Self { exit, why: Why::Silent }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            Why::Said(text) => f.write_str(text),
            Why::Silent => Ok(()),
            Why::Report(report) => write!(f, "{report:?}"),
        }
    }
}

impl From<color_eyre::eyre::Report> for Failure {
    fn from(report: color_eyre::eyre::Report) -> Self {
        Self { exit: Exit::Failed, why: Why::Report(report) }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        // A reader that has seen enough (`kennel get pods | head`) is no failure.
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::silent(Exit::Done);
        }
        Self::new(Exit::Failed, error.to_string())
    }
}

impl From<ClusterError> for Failure {
    fn from(error: ClusterError) -> Self {
        match error {
            ClusterError::TimedOut { .. } => Self::new(Exit::TimedOut, error.to_string()),
            ClusterError::Refused(_) | ClusterError::Unreachable { .. } => {
                Self::new(Exit::Unreachable, format!("{error}; `kennel demo` needs no cluster"))
            }
        }
    }
}
