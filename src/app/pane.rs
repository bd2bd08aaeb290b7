//! Screens, the panes they are made of, and what a pane is about.

use crate::domain::{EnvironmentId, ObjectId, Text};

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
    /// Operations of all environments, newest first.
    Operations,
}

impl Pane {
    /// All of them.
    pub const ALL: [Pane; 12] = [
        Pane::Projects,
        Pane::Environments,
        Pane::Services,
        Pane::Tasks,
        Pane::Events,
        Pane::Health,
        Pane::Pods,
        Pane::Containers,
        Pane::Revisions,
        Pane::Conditions,
        Pane::Config,
        Pane::Operations,
    ];

    /// The pane of a digit: the same one on every screen.
    pub fn numbered(digit: usize) -> Option<Pane> {
        const BY_DIGIT: [Pane; 9] = [
            Pane::Projects,
            Pane::Environments,
            Pane::Services,
            Pane::Events,
            Pane::Health,
            Pane::Tasks,
            Pane::Pods,
            Pane::Containers,
            Pane::Conditions,
        ];
        BY_DIGIT.get(digit.checked_sub(1)?).copied()
    }

    /// Its digit, for its title; some have none and are reached by Tab or by their name.
    pub fn number(self) -> Option<usize> {
        (1..=9).find(|n| Self::numbered(*n) == Some(self))
    }

    /// What it is called in its title.
    pub fn title(self) -> &'static str {
        match self {
            Pane::Projects => "Projects",
            Pane::Environments => "Environments",
            Pane::Services => "Services",
            Pane::Tasks => "Tasks",
            Pane::Events => "Events",
            Pane::Health => "Health",
            Pane::Pods => "Pods",
            Pane::Containers => "Containers",
            Pane::Revisions => "Revisions",
            Pane::Conditions => "Conditions",
            Pane::Config => "Config",
            Pane::Operations => "Operations",
        }
    }

    /// What one of its rows is called, and several: `service`, `services`.
    pub fn noun(self) -> (&'static str, &'static str) {
        match self {
            Pane::Projects => ("project", "projects"),
            Pane::Environments => ("environment", "environments"),
            Pane::Services => ("service", "services"),
            Pane::Tasks => ("task", "tasks"),
            Pane::Events => ("event", "events"),
            Pane::Health => ("issue", "issues"),
            Pane::Pods => ("pod", "pods"),
            Pane::Containers => ("container", "containers"),
            Pane::Revisions => ("revision", "revisions"),
            Pane::Conditions => ("condition", "conditions"),
            Pane::Config => ("config", "configs"),
            Pane::Operations => ("operation", "operations"),
        }
    }
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
    /// Operations of all environments (`:ops`).
    Operations,
}

impl Screen {
    /// Its panes, in the order of Tab.
    pub fn panes(&self) -> &'static [Pane] {
        match self {
            Screen::Dashboard => &[Pane::Projects, Pane::Environments, Pane::Services, Pane::Events, Pane::Health],
            Screen::Environment(_) => &[Pane::Services, Pane::Tasks, Pane::Health, Pane::Events, Pane::Pods],
            Screen::Service { .. } => &[
                Pane::Pods,
                Pane::Containers,
                Pane::Revisions,
                Pane::Conditions,
                Pane::Config,
                Pane::Health,
                Pane::Events,
            ],
            Screen::Operations => &[Pane::Operations],
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
            Screen::Operations => Pane::Operations,
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
