//! THE table of panes. Titles, digits, commands, help, columns, orders and empty words are read from here.

use super::column::Column as C;
use super::empty::{self, Facts};
use super::{Column, Pane};
use crate::domain::Kind;

/// What a pane is, but for its rows and its cells.
#[derive(Debug)]
pub struct PaneInfo {
    pub(super) pane: Pane,
    /// What it is called in its title.
    pub title: &'static str,
    /// Its digit: the same one on every screen. What has none is reached by Tab or by its name.
    pub digit: Option<usize>,
    /// The command that leads to it: its names after `:` (none: no command), what it takes, what the help says.
    pub(crate) typed: (&'static [&'static str], &'static str, &'static str),
    /// Where its rows come from.
    pub(crate) source: Source,
    /// What it is about on the dashboard.
    pub reach: Reach,
    /// The kinds that its rows come from.
    pub kinds: &'static [Kind],
    /// Kinds without which it is not known that it has no rows: pods may belong to no workload, and tell what is wrong.
    pub awaited: &'static [Kind],
    /// Kinds that tell more of its rows.
    pub details: &'static [Kind],
    /// The columns that rows can be sorted by, from left to right.
    pub columns: &'static [Column],
    /// In which order its rows stand while nobody sorts them.
    pub(crate) order: Order,
    /// What is older than an hour is left out, unless `:since` says otherwise.
    pub(crate) an_hour: bool,
    /// Its selection decides what other panes show.
    pub leads: bool,
    /// Its rows can be marked: `S` acts on several of them.
    pub(crate) marks: bool,
    /// One sentence for where it is rightly empty, with the key or word that changes it.
    pub(crate) empty: fn(&Facts<'_>) -> String,
}

/// Where rows come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Projects, `all` first.
    Projects,
    /// What is in environments.
    Environments,
    /// Environments' journals, and what this kennel runs.
    Operations,
    /// The answer about the service on screen.
    Revisions,
}

/// What a pane of the dashboard is about: what is selected, as far down as this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the scope of its name")]
pub enum Reach {
    All,
    Project,
    Environment,
    Service,
}

/// The order that a pane has of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As rows come: by name, newest first, or as the API has them.
    Given,
    /// Newest first, and `:since` leaves old ones out: it only ever grows at the top, where the cursor holds still by
    /// its identity.
    Newest,
    /// By what they are (`view::order`); it holds still while the cursor is in the pane. In words for the title.
    Ranked(&'static str),
}

const WORKLOADS: &[Kind] = &[Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet];
const AND_PODS: &[Kind] = &[Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet, Kind::Pod];

const BELOW_PROJECTS: &str = "[PROJECT[/ENV]] [/FILTER]";

/// What most have in common.
const fn plain(pane: Pane, title: &'static str, digit: Option<usize>) -> PaneInfo {
    PaneInfo {
        pane,
        title,
        digit,
        typed: (&[], "", ""),
        source: Source::Environments,
        reach: Reach::Environment,
        kinds: WORKLOADS,
        awaited: &[],
        details: &[],
        columns: &[C::Name],
        order: Order::Given,
        an_hour: false,
        leads: false,
        marks: false,
        empty: |_| String::new(),
    }
}

/// Every pane, once; in the order of their commands in the help.
static TABLE: &[PaneInfo] = &[
    PaneInfo {
        typed: (&["projects", "project", "proj"], "[/FILTER]", "projects"),
        source: Source::Projects,
        reach: Reach::All,
        kinds: &[Kind::Namespace],
        details: AND_PODS,
        columns: &[C::Name, C::Environments, C::Issues],
        leads: true,
        empty: |_| "No projects.".to_owned(),
        ..plain(Pane::Projects, "Projects", Some(1))
    },
    PaneInfo {
        typed: (
            &["env", "environments", "environment", "envs", "namespaces", "namespace", "ns"],
            BELOW_PROJECTS,
            "environments, or one of them",
        ),
        reach: Reach::Project,
        kinds: &[Kind::Namespace],
        details: AND_PODS,
        columns: &[C::Name, C::Status, C::Services, C::Issues, C::Updated, C::CreatedBy],
        order: Order::Ranked("worst first"),
        leads: true,
        marks: true,
        empty: empty::environments,
        ..plain(Pane::Environments, "Environments", Some(2))
    },
    PaneInfo {
        typed: (
            &["svc", "services", "service", "deployments", "deploy", "dp", "sts", "statefulsets", "ds", "daemonsets"],
            BELOW_PROJECTS,
            "services of a project or an environment",
        ),
        awaited: &[Kind::Pod],
        columns: &[C::Name, C::Status, C::Ready, C::Cpu, C::Memory, C::Image, C::Age, C::By],
        order: Order::Ranked("worst first"),
        marks: true,
        empty: empty::services,
        ..plain(Pane::Services, "Services", Some(3))
    },
    PaneInfo {
        typed: (&["events", "event", "ev"], BELOW_PROJECTS, "events"),
        reach: Reach::Service,
        kinds: &[Kind::Event],
        columns: &[C::Age, C::Object, C::Reason, C::Message, C::Count],
        order: Order::Newest,
        empty: empty::events,
        ..plain(Pane::Events, "Events", Some(4))
    },
    PaneInfo {
        typed: (&["issues", "issue", "health"], BELOW_PROJECTS, "health issues"),
        reach: Reach::Project,
        awaited: &[Kind::Pod],
        columns: &[C::Severity, C::Issue, C::Where, C::Since],
        order: Order::Ranked(""),
        empty: empty::health,
        ..plain(Pane::Health, "Health", Some(5))
    },
    PaneInfo {
        typed: (&["pods", "pod", "po"], BELOW_PROJECTS, "pods"),
        kinds: &[Kind::Pod],
        columns: &[C::Name, C::Where, C::Ready, C::Status, C::Restarts, C::Node, C::Age],
        order: Order::Ranked(""),
        empty: empty::pods,
        ..plain(Pane::Pods, "Pods", Some(7))
    },
    PaneInfo {
        typed: (&["tasks", "task", "cronjobs", "cronjob", "cj", "jobs", "job"], BELOW_PROJECTS, "jobs and cron jobs"),
        kinds: &[Kind::CronJob, Kind::Job],
        columns: &[C::Name, C::Where, C::Status, C::LastRun, C::NextRun, C::Age],
        empty: |_| "No jobs or cron jobs.".to_owned(),
        ..plain(Pane::Tasks, "Tasks", Some(6))
    },
    PaneInfo {
        kinds: &[Kind::Pod],
        columns: &[C::Name, C::Where, C::Status, C::Restarts, C::Image],
        order: Order::Ranked(""),
        empty: |_| "No containers: there are no pods.".to_owned(),
        ..plain(Pane::Containers, "Containers", Some(8))
    },
    PaneInfo {
        columns: &[C::Name, C::Status, C::Reason, C::Since],
        empty: empty::conditions,
        ..plain(Pane::Conditions, "Conditions", None)
    },
    PaneInfo {
        kinds: &[Kind::Event],
        details: AND_PODS,
        an_hour: true,
        empty: empty::timeline,
        ..plain(Pane::Timeline, "Timeline", Some(9))
    },
    PaneInfo {
        source: Source::Revisions,
        columns: &[C::Age],
        empty: empty::revisions,
        ..plain(Pane::Revisions, "Revisions", None)
    },
    PaneInfo { empty: empty::config, ..plain(Pane::Config, "Config", None) },
    PaneInfo {
        typed: (&["ops", "operations", "operation"], "[/FILTER]", "operations: what ran, what was interrupted"),
        source: Source::Operations,
        reach: Reach::All,
        kinds: &[Kind::ConfigMap],
        columns: &[C::Started, C::Operation, C::Where, C::Status, C::By],
        order: Order::Ranked(""),
        empty: empty::operations,
        ..plain(Pane::Operations, "Operations", None)
    },
];

impl Pane {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Pane> {
        TABLE.iter().map(|i| i.pane)
    }

    /// Its entry.
    pub fn info(self) -> &'static PaneInfo {
        TABLE.iter().find(|i| i.pane == self).unwrap_or(const { &plain(Pane::Projects, "", None) })
    }

    /// The pane of a digit.
    pub(crate) fn numbered(digit: usize) -> Option<Pane> {
        Self::all().find(|p| p.info().digit == Some(digit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::pane::Screen;
    use crate::domain::{EnvironmentId, ObjectId, Text};

    #[test]
    fn every_pane_is_on_a_screen_by_its_own_title_and_digit_and_is_reached() {
        let environment = EnvironmentId::default();
        let service = (environment.clone(), ObjectId::default(), Text::default());
        let service = Screen::Service { environment: service.0, object: service.1, uid: service.2 };
        let screens = [Screen::Dashboard, Screen::Environment(environment), service];
        for pane in Pane::all() {
            let info = pane.info();
            let alone = Screen::Alone { pane, scope: crate::app::pane::Scope::All };
            assert_eq!((alone.panes(), alone.first_focus()), (&[pane][..], pane));
            assert!(screens.iter().any(|s| s.has(pane)) || pane == Pane::Operations, "{pane:?}");
            let same = |i: &&PaneInfo| i.title == info.title || i.digit.is_some() && i.digit == info.digit;
            assert_eq!(TABLE.iter().filter(same).count(), 1, "{pane:?}");
            assert!(!info.columns.is_empty() && !info.kinds.is_empty(), "{pane:?}");
        }
        assert!((1..=9).all(|digit| Pane::numbered(digit).is_some()));
    }
}
