//! In which order rows stand: each pane's own, or by a column.

use std::cmp::{Ordering, Reverse};

use crate::app::filter::severity_word;
use crate::app::list::Sort;
use crate::app::pane::{Pane, Scope};
use crate::app::row::Row;
use crate::domain::issue::{IssueCounts, Severity};
use crate::domain::operation::State;
use crate::domain::row::{ContainerRow, ContainerState, PodRow};
use crate::domain::{phase, project};

/// A column that rows can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the column with the title of its name")]
pub enum Column {
    Name,
    Environments,
    Status,
    Services,
    Issues,
    Updated,
    CreatedBy,
    Ready,
    Cpu,
    Memory,
    Image,
    Age,
    By,
    Object,
    Reason,
    Message,
    Count,
    Severity,
    Issue,
    Where,
    Since,
    Restarts,
    Node,
    LastRun,
    NextRun,
    Operation,
    Started,
}

impl Column {
    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Column::Name => "NAME",
            Column::Environments => "ENVIRONMENTS",
            Column::Status => "STATUS",
            Column::Services => "SERVICES",
            Column::Issues => "ISSUES",
            Column::Updated => "UPDATED",
            Column::CreatedBy => "CREATED BY",
            Column::Ready => "READY",
            Column::Cpu => "CPU",
            Column::Memory => "MEMORY",
            Column::Image => "IMAGE",
            Column::Age => "AGE",
            Column::By => "BY",
            Column::Object => "OBJECT",
            Column::Reason => "REASON",
            Column::Message => "MESSAGE",
            Column::Count => "COUNT",
            Column::Severity => "SEVERITY",
            Column::Issue => "ISSUE",
            Column::Where => "WHERE",
            Column::Since => "SINCE",
            Column::Restarts => "RESTARTS",
            Column::Node => "NODE",
            Column::LastRun => "LAST RUN",
            Column::NextRun => "NEXT RUN",
            Column::Operation => "OPERATION",
            Column::Started => "STARTED",
        }
    }

    /// Whether the first press sorts largest or newest first: numbers do, words don't.
    pub(crate) fn descends_first(self) -> bool {
        matches!(
            self,
            Column::Environments
                | Column::Issues
                | Column::Updated
                | Column::Cpu
                | Column::Memory
                | Column::Count
                | Column::Restarts
                | Column::LastRun
                | Column::Started
        )
    }
}

/// The columns of a pane that rows can be sorted by, from left to right.
pub fn columns(pane: Pane) -> &'static [Column] {
    use Column as C;
    match pane {
        Pane::Projects => &[C::Name, C::Environments, C::Issues],
        Pane::Environments => &[C::Name, C::Status, C::Services, C::Issues, C::Updated, C::CreatedBy],
        Pane::Services => &[C::Name, C::Status, C::Ready, C::Cpu, C::Memory, C::Image, C::Age, C::By],
        Pane::Tasks => &[C::Name, C::Status, C::LastRun, C::NextRun, C::Age],
        Pane::Events => &[C::Age, C::Object, C::Reason, C::Message, C::Count],
        Pane::Health => &[C::Severity, C::Issue, C::Where, C::Since],
        Pane::Pods => &[C::Name, C::Ready, C::Status, C::Restarts, C::Node, C::Age],
        Pane::Containers => &[C::Name, C::Where, C::Status, C::Restarts, C::Image],
        Pane::Config => &[C::Name],
        Pane::Revisions => &[C::Age],
        Pane::Conditions => &[C::Name, C::Status, C::Reason, C::Since],
        Pane::Operations => &[C::Started, C::Operation, C::Where, C::Status, C::By],
    }
}

/// Sorts `rows` of `pane`, which come environment by environment. Those that compare equal stay as they came.
pub(super) fn sort(pane: Pane, rows: &mut [Row], by: Option<Sort>) {
    match by {
        None if comes_sorted(pane) => {}
        by => rows.sort_by(|a, b| compare(pane, by, a, b)),
    }
}

/// How two rows of different environments (or projects) stand to one another after [`sort`]: those that compare equal
/// come in the order of their environments in `scope`. Equal are only rows of the same one.
pub(super) fn place(pane: Pane, scope: &Scope, by: Option<Sort>, a: &Row, b: &Row) -> Ordering {
    let environments = || match (a.environment(), b.environment()) {
        (Some(a), Some(b)) if matches!(scope, Scope::Project(_)) => project::order(a).cmp(&project::order(b)),
        (Some(a), Some(b)) => a.id.cmp(&b.id),
        _ => Ordering::Equal,
    };
    match (a, b) {
        (Row::Project(p), Row::Project(q)) => {
            p.system.cmp(&q.system).then_with(|| compare(pane, by, a, b)).then_with(|| p.name.cmp(&q.name))
        }
        _ => all_first(a, b).unwrap_or_else(|| compare(pane, by, a, b).then_with(environments)),
    }
}

/// How two rows compare by a column, or by the pane's own order.
fn compare(pane: Pane, by: Option<Sort>, a: &Row, b: &Row) -> Ordering {
    match by {
        None => own(pane, a, b),
        Some(Sort { column, descending }) => all_first(a, b).unwrap_or_else(|| {
            let (a, b) = (cell(a, column), cell(b, column));
            match (&a, &b) {
                // What is unknown stands last, whichever way it is sorted.
                (Cell::Unknown, Cell::Unknown) => Ordering::Equal,
                (Cell::Unknown, _) => Ordering::Greater,
                (_, Cell::Unknown) => Ordering::Less,
                _ if descending => b.cmp(&a),
                _ => a.cmp(&b),
            }
        }),
    }
}

fn all_first(a: &Row, b: &Row) -> Option<Ordering> {
    match (a, b) {
        (Row::All, Row::All) => Some(Ordering::Equal),
        (Row::All, _) => Some(Ordering::Less),
        (_, Row::All) => Some(Ordering::Greater),
        _ => None,
    }
}

/// Projects come by name, tasks by name, revisions newest first, conditions and config as the API has them.
fn comes_sorted(pane: Pane) -> bool {
    matches!(pane, Pane::Projects | Pane::Tasks | Pane::Conditions | Pane::Config | Pane::Revisions)
}

/// A pane's own order.
fn own(pane: Pane, a: &Row, b: &Row) -> Ordering {
    match (a, b) {
        (Row::Environment(a), Row::Environment(b)) => phase::order(a).cmp(&phase::order(b)),
        // Services come worst first and by name from each environment.
        (Row::Service(_, a), Row::Service(_, b)) => a.rank().cmp(&b.rank()),
        (Row::Event(_, a), Row::Event(_, b)) => b.time.cmp(&a.time),
        (Row::Issue(..), Row::Issue(..)) => issue(a).cmp(&issue(b)),
        (Row::Pod(.., a), Row::Pod(.., b)) => pod(a).cmp(&pod(b)),
        (Row::Container(..), Row::Container(..)) => container(a).cmp(&container(b)),
        _ if pane == Pane::Operations => operation(a).cmp(&operation(b)),
        _ => Ordering::Equal,
    }
}

fn issue(row: &Row) -> impl Ord + use<> {
    match (row, row.issue()) {
        (Row::Issue(e, _), Some(i)) => (i.severity, !e.production, Reverse(i.since)),
        _ => (Severity::Info, true, Reverse(None)),
    }
}

fn pod(p: &PodRow) -> impl Ord + use<> {
    (p.ready || p.ended(), Reverse(p.restarts()))
}

fn container(row: &Row) -> impl Ord + use<> {
    row.container().map(|c| (container_is_well(c), Reverse(c.restarts)))
}

fn operation(row: &Row) -> impl Ord + use<> {
    let (stands, started) = match row {
        Row::Ran(o) => (Some(o.state()), Some(o.started)),
        r => (r.operation().map(|o| o.state), r.operation().map(|o| o.journal.started_at)),
    };
    let open = matches!(stands, Some(State::Interrupted | State::Running));
    (!open, Reverse(started))
}

/// Ready, or an init container that has done its work.
fn container_is_well(c: &ContainerRow) -> bool {
    c.ready || matches!(&c.state, ContainerState::Terminated(t) if c.init && t.code == 0)
}

fn words(w: Option<&str>) -> Cell<'_> {
    w.filter(|w| !w.is_empty()).map_or(Cell::Unknown, Cell::Words)
}

/// What a row has in a column, to be compared.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Cell<'a> {
    Number(i64),
    Words(&'a str),
    Unknown,
}

fn cell(row: &Row, column: Column) -> Cell<'_> {
    let number = |n: Option<i64>| n.map_or(Cell::Unknown, Cell::Number);
    // Younger first is what AGE and SINCE ascending mean: the newest has the least age.
    let age = |t: Option<crate::domain::Time>| number(t.map(|t| -t.as_second()));
    let time = |t: Option<crate::domain::Time>| number(t.map(|t| t.as_second()));
    match (row, column) {
        (Row::Project(p), Column::Name) => words(Some(&p.name)),
        (Row::Project(p), Column::Environments) => number(i64::try_from(p.environments.len()).ok()),
        (Row::Project(p), Column::Issues) => Cell::Number(weight(&p.issues)),
        (Row::Environment(e), Column::Name) => words(Some(&e.name)),
        (Row::Environment(e), Column::Status) => Cell::Number(phase::rank(e).into()),
        (Row::Environment(e), Column::Services) => {
            let (available, total) = (i64::from(e.available), i64::from(e.total));
            number((available * 1000).checked_div(total))
        }
        (Row::Environment(e), Column::Issues) => Cell::Number(weight(&e.issue_counts())),
        (Row::Environment(e), Column::Updated) => time(e.updated),
        (Row::Environment(e), Column::CreatedBy) => words(e.created_by.as_deref()),
        (Row::Service(_, s), Column::Name) => words(Some(&s.object.name)),
        (Row::Service(_, s), Column::Status) => number(i64::try_from(s.rank()).ok()),
        (Row::Service(_, s), Column::Ready) => {
            number(i64::from(s.ready).saturating_mul(1000).checked_div(s.desired.into()))
        }
        (Row::Service(_, s), Column::Cpu) => number(s.usage.and_then(|u| i64::try_from(u.0).ok())),
        (Row::Service(_, s), Column::Memory) => number(s.usage.and_then(|u| i64::try_from(u.1).ok())),
        (Row::Service(_, s), Column::Image) => words(s.images.first().map(|i| i.as_str())),
        (Row::Service(_, s), Column::Age) => age(s.deployed_at.or(s.created)),
        (Row::Service(_, s), Column::By) => words(s.deployed_by.as_deref()),
        (Row::Task(_, t), Column::Name) => words(Some(&t.object.name)),
        (Row::Task(_, t), Column::Status) => number(i64::try_from(t.status.rank()).ok()),
        (Row::Task(_, t), Column::LastRun) => time(t.last_run),
        (Row::Task(_, t), Column::NextRun) => time(t.next_run),
        (Row::Task(_, t), Column::Age) => age(t.created),
        (Row::Event(_, e), Column::Age) => age(e.time),
        (Row::Event(_, e), Column::Object) => words(Some(&e.object.name)),
        (Row::Event(_, e), Column::Reason) => words(Some(&e.reason)),
        (Row::Event(_, e), Column::Message) => words(Some(&e.message)),
        (Row::Event(_, e), Column::Count) => Cell::Number(e.count.into()),
        (Row::Issue(..), Column::Severity) => number(row.issue().map(|i| severity_number(i.severity))),
        (Row::Issue(..), Column::Issue) => words(row.issue().map(|i| i.title.as_str())),
        (Row::Issue(e, _), Column::Where) => words(Some(&e.name)),
        (Row::Issue(..), Column::Since) => age(row.issue().and_then(|i| i.since)),
        (Row::Pod(.., p), Column::Name) => words(Some(&p.name)),
        (Row::Pod(.., p), Column::Ready) => Cell::Number(p.ready.into()),
        (Row::Pod(.., p), Column::Status) => words(Some(super::pod_word(p))),
        (Row::Pod(.., p), Column::Restarts) => Cell::Number(p.restarts().into()),
        (Row::Pod(.., p), Column::Node) => words(p.node.as_deref()),
        (Row::Pod(.., p), Column::Age) => age(p.created),
        (Row::Container(.., p, _), column) => match (row.container(), column) {
            (Some(c), Column::Name) => words(Some(&c.name)),
            (Some(_), Column::Where) => words(Some(&p.name)),
            (Some(c), Column::Status) => words(Some(super::container_word(c))),
            (Some(c), Column::Restarts) => Cell::Number(c.restarts.into()),
            (Some(c), Column::Image) => words(Some(&c.image)),
            _ => Cell::Unknown,
        },
        (Row::Config(..), Column::Name) => words(row.config().map(|c| c.name.as_str())),
        (Row::Revision(..), Column::Age) => age(row.revision().and_then(|l| l.revision.created)),
        (Row::Condition(..), column) => match (row.condition(), column) {
            (Some(c), Column::Name) => words(Some(&c.kind)),
            (Some(c), Column::Status) => number(c.status.map(i64::from)),
            (Some(c), Column::Reason) => words(Some(&c.reason)),
            (Some(c), Column::Since) => age(c.since),
            _ => Cell::Unknown,
        },
        (Row::Ran(o), Column::Started) => time(Some(o.started)),
        (Row::Ran(o), Column::Operation) => words(Some(o.verb.word())),
        (Row::Ran(o), Column::Where) => words(Some(&o.place)),
        (Row::Ran(o), Column::Status) => words(Some(super::state_word(o.state()))),
        (Row::Operation(e), column) => match (&e.operation, column) {
            (Some(o), Column::Started) => time(Some(o.journal.started_at)),
            (Some(o), Column::Operation) => words(Some(o.journal.verb.word())),
            (Some(_), Column::Where) => words(Some(&e.name)),
            (Some(o), Column::Status) => words(Some(super::state_word(o.state))),
            (Some(o), Column::By) => words(Some(&o.journal.holder)),
            _ => Cell::Unknown,
        },
        _ => Cell::Unknown,
    }
}

fn severity_number(severity: Severity) -> i64 {
    // The enum is declared worst first; its words keep that order in one place.
    ["critical", "high", "medium", "warning", "low", "info"]
        .iter()
        .position(|w| *w == severity_word(severity))
        .and_then(|n| i64::try_from(n).ok())
        .unwrap_or(i64::MAX)
}

/// Issues as one number: any critical one outweighs all high ones, and so on. Hints count for nothing.
fn weight(c: &IssueCounts) -> i64 {
    [c.critical, c.high, c.medium, c.warning].iter().fold(0, |sum, n| sum * 10_000 + i64::from((*n).min(9_999)))
}
