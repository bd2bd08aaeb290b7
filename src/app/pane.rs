//! Screens, the panes they are made of, and what a pane is about.
//!
//! To add a pane: its variant and its entry in [`table`], where all that is said of it stands; an arm in
//! `view::collect::inside`, which makes its rows; a file with its cells in `ui::pane`, and its arm in `ui::pane::inside`;
//! its place on a screen ([`Screen::panes`], `ui::layout`). Its digit, its command, its line in the help, its sort
//! columns and what it says without rows come from the entry.

mod column;
mod empty;
mod table;

pub use column::Column;
pub(crate) use empty::Facts;
pub use table::{Order, PaneInfo, Reach, Source};

use crate::domain::{EnvironmentId, ObjectId, Text, Time};

/// A list on a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pane {
    /// Projects, `all` first.
    Projects,
    /// Environments, worst first.
    Environments,
    /// Services, worst first.
    Services,
    /// Jobs and CronJobs (environment overview).
    Tasks,
    /// Events, newest first.
    Events,
    /// Health issues, worst first.
    Health,
    /// Pods (environment overview, service detail).
    Pods,
    /// Containers of a service's pods (service detail).
    Containers,
    /// Revisions of a workload, newest first (service detail).
    Revisions,
    /// Conditions of a workload (service detail).
    Conditions,
    /// ConfigMaps and Secrets that a workload takes (service detail).
    Config,
    /// What happened in an environment, on one axis (environment overview).
    Timeline,
    /// Operations of all environments, newest first.
    Operations,
}

/// What fills the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screen {
    /// The five panes.
    Dashboard,
    /// One environment: a head, then its sections.
    Environment(EnvironmentId),
    /// One service: a head, then pods, containers, revisions, conditions, config, issues, events.
    Service {
        /// Its environment.
        environment: EnvironmentId,
        /// Its object.
        object: ObjectId,
        /// UID of that object; empty where only pods tell of it.
        uid: Text,
    },
    /// One list of one project or of all (`:ops`, `:pods`).
    Alone {
        /// The list.
        pane: Pane,
        /// What it is of.
        scope: Scope,
    },
}

impl Screen {
    /// Its panes, in the order of Tab, and in which they stand.
    pub fn panes(&self) -> &'static [Pane] {
        match self {
            Screen::Dashboard => &[Pane::Projects, Pane::Environments, Pane::Services, Pane::Events, Pane::Health],
            Screen::Environment(_) => {
                &[Pane::Services, Pane::Timeline, Pane::Events, Pane::Health, Pane::Tasks, Pane::Pods]
            }
            Screen::Service { .. } => &[
                Pane::Pods,
                Pane::Containers,
                Pane::Revisions,
                Pane::Conditions,
                Pane::Config,
                Pane::Events,
                Pane::Health,
            ],
            Screen::Alone { pane, .. } => std::slice::from_ref(&pane.info().pane),
        }
    }

    /// Whether a pane is on it.
    pub fn has(&self, pane: Pane) -> bool {
        self.panes().contains(&pane)
    }

    /// Where the focus begins.
    pub fn first_focus(&self) -> Pane {
        match self {
            Screen::Dashboard => Pane::Environments,
            Screen::Environment(_) => Pane::Services,
            Screen::Service { .. } => Pane::Pods,
            Screen::Alone { pane, .. } => *pane,
        }
    }
}

/// What a pane is about; its title names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// The whole cluster.
    #[default]
    All,
    /// One project.
    Project(Text),
    /// One environment.
    Environment(EnvironmentId),
    /// One service of an environment.
    Service(EnvironmentId, ObjectId),
}

/// Which events are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// Those of the last so many seconds.
    Last(i64),
    /// Those from a moment on.
    From(Time),
}
