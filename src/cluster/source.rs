//! What is to be read, and what is known of it before.

use std::path::PathBuf;
use std::time::Duration;

use super::connect::Wanted;
use crate::domain::grouping::Rules;
use crate::domain::resolved::Resolved;
use crate::domain::{Text, Time};

/// An API server in this process: a tower service.
pub type InProcess = super::wire::Transport;

/// Where the objects come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// The kubeconfig's context, else the cluster around this process.
    Kubeconfig,
    /// A plain API server, without a kubeconfig.
    Server(String),
    /// An API server in this process.
    InProcess {
        /// Takes its requests.
        service: InProcess,
        /// What it is called on screen.
        name: Text,
    },
    /// Files. Nothing can be changed.
    Dump {
        /// A file, or a folder that is read recursively.
        path: PathBuf,
        /// The time it shows; by default the newest time in it.
        now: Option<Time>,
    },
}

/// How to connect, and what to know before.
#[derive(Clone, Debug)]
pub struct Options {
    /// `--kubeconfig`: this file alone.
    pub kubeconfig: Option<PathBuf>,
    /// `--context`.
    pub context: Option<String>,
    /// Namespaces of `-n` and of the config: asked for first where one may not list all.
    pub namespaces: Vec<Text>,
    /// Nothing but [`Options::namespaces`] is read, even where all may be (and objects of no namespace).
    pub only: bool,
    /// Changes are followed after the first lists. Without: when the handle is told to; who only looks needs no right
    /// to watch.
    pub follow: bool,
    /// What is not well is looked into without being asked: objects, events and logs beyond what a picture needs.
    pub closely: bool,
    /// Namespaces seen in earlier sessions.
    pub seen: Vec<Text>,
    /// Issues that earlier sessions saw end, the latest first.
    pub resolved: Vec<Resolved>,
    /// `--as`.
    pub as_user: Option<String>,
    /// `--as-group`.
    pub as_groups: Vec<String>,
    /// Nothing that changes anything leaves, and who says so: `--readonly`.
    pub readonly: Option<Text>,
    /// Deadline of a write as a whole, and of a read for each piece of its answer.
    pub timeout: Duration,
    /// How namespaces are grouped, and what counts as production.
    pub rules: Rules,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            kubeconfig: None,
            context: None,
            namespaces: Vec::new(),
            only: false,
            follow: true,
            closely: false,
            seen: Vec::new(),
            resolved: Vec::new(),
            as_user: None,
            as_groups: Vec::new(),
            readonly: None,
            timeout: Duration::from_secs(30),
            rules: Rules::default(),
        }
    }
}

impl Options {
    pub(super) fn wanted(&self) -> Wanted {
        Wanted {
            kubeconfig: self.kubeconfig.clone(),
            context: self.context.clone(),
            as_user: self.as_user.clone(),
            as_groups: self.as_groups.clone(),
        }
    }
}
