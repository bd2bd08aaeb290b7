//! In which order rows stand: each pane's own, or by a column.

use std::cmp::{Ordering, Reverse};

use crate::app::fold;
use crate::app::list::{Made, Sort};
use crate::app::pane::{Column, Order, Scope};
use crate::app::row::Row;
use crate::app::words::{container_word, pod_word, state_word};
use crate::domain::environment::Environment;
use crate::domain::grouping::UNASSIGNED;
use crate::domain::issue::{IssueCounts, Severity};
use crate::domain::operation::OperationState;
use crate::domain::people::who;
use crate::domain::row::{ContainerRow, ContainerState, PodRow};
use crate::domain::{phase, project};

/// Sorts rows, which come environment by environment. Those that compare equal stay as they came.
pub(super) fn sort(own: Order, rows: &mut [Row], by: Option<Sort>) {
    if by.is_some() || own != Order::Given {
        let folds = fold::any(rows);
        rows.sort_by(|a, b| behind(folds, a, b).then_with(|| compare(by, a, b)));
    }
}

/// How two rows of different environments (or projects) stand to one another after [`sort`]: those that compare equal
/// come in the order of their environments in its scope. Equal are only rows of the same one.
pub(super) fn place(made: &Made, a: &Row, b: &Row) -> Ordering {
    let (scope, by) = (&made.basis.scope, made.basis.sort);
    let environments = || match (a.environment(), b.environment()) {
        (Some(a), Some(b)) if matches!(scope, Scope::Project(_)) => project::order(a).cmp(&project::order(b)),
        (Some(a), Some(b)) => a.id.cmp(&b.id),
        // What is of no environment stands before what is.
        (a, b) => a.is_some().cmp(&b.is_some()),
    };
    match (a, b) {
        (Row::Project(p), Row::Project(q)) => {
            p.system.cmp(&q.system).then_with(|| compare(by, a, b)).then_with(|| p.name.cmp(&q.name))
        }
        _ => all_first(a, b)
            .unwrap_or_else(|| behind(made.folds, a, b).then_with(|| compare(by, a, b)).then_with(environments)),
    }
}

/// A fold stands behind all others, what it holds behind it.
fn behind(folds: bool, a: &Row, b: &Row) -> Ordering {
    if folds { fold::rank(a).cmp(&fold::rank(b)) } else { Ordering::Equal }
}

/// How two rows compare by a column, or by the pane's own order.
fn compare(by: Option<Sort>, a: &Row, b: &Row) -> Ordering {
    match by {
        None => own(a, b),
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

/// The order that rows have of themselves.
fn own(a: &Row, b: &Row) -> Ordering {
    match (a, b) {
        (Row::Environment(a), Row::Environment(b)) => phase::order(a).cmp(&phase::order(b)),
        // Services come worst first and by name from each environment.
        (Row::Service(e, a), Row::Service(f, b)) => e.standing(a).cmp(&f.standing(b)),
        (Row::Event(_, a), Row::Event(_, b)) => b.time.cmp(&a.time),
        (Row::Resolved(a), Row::Resolved(b)) => b.at.cmp(&a.at),
        (Row::Issue(..) | Row::ClusterIssue(_), Row::Issue(..) | Row::ClusterIssue(_)) => issue(a).cmp(&issue(b)),
        (Row::Pod(.., a) | Row::Ended(_, _, a, _), Row::Pod(.., b) | Row::Ended(_, _, b, _)) => pod(a).cmp(&pod(b)),
        (Row::Container(..), Row::Container(..)) => container(a).cmp(&container(b)),
        (Row::Operation(_) | Row::Ran(_), Row::Operation(_) | Row::Ran(_)) => operation(a).cmp(&operation(b)),
        _ => Ordering::Equal,
    }
}

/// A fault of the cluster leads: it is behind others.
fn issue(row: &Row) -> impl Ord + use<> {
    match (row, row.issue()) {
        (Row::Issue(e, _), Some(i)) => (i.severity, true, !e.production, Reverse(i.since)),
        (Row::ClusterIssue(c), Some(i)) => (i.severity, false, !c.production, Reverse(i.since)),
        _ => (Severity::Info, true, true, Reverse(None)),
    }
}

/// Those that have ended stand as they come: behind their fold.
fn pod(p: &PodRow) -> impl Ord + use<> {
    (p.ended(), p.ready, Reverse(if p.ended() { 0 } else { p.restarts() }))
}

fn container(row: &Row) -> impl Ord + use<> {
    let ended = matches!(row, Row::Container(.., p, _) if p.ended());
    row.container().map(|c| (ended, container_is_well(c), Reverse(c.restarts)))
}

fn operation(row: &Row) -> impl Ord + use<> {
    let (stands, started) = match row {
        Row::Ran(o) => (Some(o.state()), Some(o.started)),
        r => (r.operation().map(|o| o.state), r.operation().map(|o| o.journal.started_at)),
    };
    let open = matches!(stands, Some(OperationState::Interrupted | OperationState::Running));
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
    /// `PROJECT/ENVIRONMENT`, as it is shown.
    Path(&'a str, &'a str),
    Unknown,
}

/// Which environment, as it stands in the column: of namespaces that no scheme groups the name alone.
fn path(e: &Environment) -> Cell<'_> {
    if e.project == UNASSIGNED { Cell::Path(&e.name, "") } else { Cell::Path(&e.project, &e.name) }
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
        (Row::Environment(e), Column::Name)
        | (
            Row::Service(e, _)
            | Row::Task(e, _)
            | Row::Event(e, _)
            | Row::Issue(e, _)
            | Row::Pod(e, ..)
            | Row::Ended(e, ..)
            | Row::Operation(e),
            Column::Where,
        ) => path(e),
        (Row::Environment(e), Column::Status) => Cell::Number(phase::rank(e).into()),
        (Row::Environment(e), Column::Services) => {
            let (available, total) = (i64::from(e.available), i64::from(e.total));
            number((available * 1000).checked_div(total))
        }
        (Row::Environment(e), Column::Issues) => Cell::Number(weight(&e.issue_counts())),
        (Row::Environment(e), Column::Updated) => time(e.updated),
        (Row::Environment(e), Column::CreatedBy) => words(who(e.created_by.as_ref())),
        (Row::Service(_, s), Column::Name) => words(Some(&s.object.name)),
        (Row::Service(_, s), Column::Status) => number(i64::try_from(s.rank()).ok()),
        (Row::Service(_, s), Column::Ready) => {
            number(i64::from(s.ready).saturating_mul(1000).checked_div(s.desired.into()))
        }
        (Row::Service(_, s), Column::Cpu) => number(s.usage.and_then(|u| i64::try_from(u.0).ok())),
        (Row::Service(_, s), Column::Memory) => number(s.usage.and_then(|u| i64::try_from(u.1).ok())),
        (Row::Service(_, s), Column::Image) => words(s.images.first().map(|i| i.as_str())),
        (Row::Service(_, s), Column::Age) => age(s.deployed_at.or(s.created)),
        (Row::Service(_, s), Column::By) => words(who(s.deployed_by.as_ref())),
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
        (Row::Issue(..) | Row::ClusterIssue(_), Column::Severity) => number(row.issue().map(|i| i.severity as i64)),
        (Row::Issue(..) | Row::ClusterIssue(_), Column::Issue) => words(row.issue().map(|i| i.title.as_str())),
        (Row::ClusterIssue(_), Column::Where) => words(Some("the cluster")),
        (Row::Issue(..) | Row::ClusterIssue(_), Column::Since) => age(row.issue().and_then(|i| i.since)),
        (Row::Pod(.., p), Column::Name) => words(Some(&p.name)),
        (Row::Pod(.., p), Column::Ready) => Cell::Number(p.ready.into()),
        (Row::Pod(.., p), Column::Status) => words(Some(pod_word(p))),
        (Row::Pod(.., p), Column::Restarts) => Cell::Number(p.restarts().into()),
        (Row::Pod(.., p), Column::Node) => words(p.node.as_deref()),
        (Row::Pod(.., p) | Row::Ended(_, _, p, _), Column::Age) => age(p.created),
        (Row::Container(.., p, _), column) => match (row.container(), column) {
            (Some(c), Column::Name) => words(Some(&c.name)),
            (Some(_), Column::Where) => words(Some(&p.name)),
            (Some(c), Column::Status) => words(Some(container_word(c))),
            (Some(c), Column::Restarts) => Cell::Number(c.restarts.into()),
            (Some(c), Column::Image) => words(Some(&c.image)),
            _ => Cell::Unknown,
        },
        (Row::Lane(_, l), Column::Name) => words(Some(&l.name)),
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
        (Row::Ran(o), Column::Status) => words(Some(state_word(o.state()))),
        (Row::Operation(e), column) => match (&e.operation, column) {
            (Some(o), Column::Started) => time(Some(o.journal.started_at)),
            (Some(o), Column::Operation) => words(Some(o.journal.verb.word())),
            (Some(o), Column::Status) => words(Some(state_word(o.state))),
            (Some(o), Column::By) => words(Some(&o.journal.holder)),
            _ => Cell::Unknown,
        },
        _ => Cell::Unknown,
    }
}

/// Issues as one number: any critical one outweighs all high ones, and so on. Hints count for nothing.
fn weight(c: &IssueCounts) -> i64 {
    [c.critical, c.high, c.medium, c.warning].iter().fold(0, |sum, n| sum * 10_000 + i64::from((*n).min(9_999)))
}
