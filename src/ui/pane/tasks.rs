//! Jobs and cron jobs.
//!
//! ```text
//! │   TASK             KIND     STATUS              LAST RUN  NEXT RUN  AGE│
//! │   nightly-report   CronJob  ● Healthy            9h ago    in 15h   41d│
//! ```

use ratatui::layout::Rect;

use super::{several_environments, several_projects};
use crate::app::hit::PaneHit;
use crate::app::pane::Column as By;
use crate::app::row::Row;
use crate::app::state::State;
use crate::domain::Time;
use crate::domain::service::Task;
use crate::ui::canvas::{Canvas, Pen};
use crate::ui::theme::Role;
use crate::ui::widget::columns::Column;
use crate::ui::widget::table::{self, Look};
use crate::ui::{cut, format, glyph, words};

#[derive(Clone, Copy)]
enum C {
    Name,
    Where,
    Kind,
    Status,
    Last,
    Next,
    Age,
}

pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, look: Look<'_>, area: Rect) -> PaneHit {
    let widest = |of: &dyn Fn(&Task) -> usize| {
        table::widest(look, |r| match r {
            Row::Task(_, t) => of(t),
            _ => 0,
        })
    };
    let paths = several_projects(&look);
    let mut columns =
        vec![Column::between(C::Name, "TASK", 12, widest(&|t| cut::width(&t.object.name))).sorts(By::Name)];
    if several_environments(&look) {
        let place = table::widest(look, |r| r.environment().map_or(0, |e| words::environment_width(e, paths)));
        columns.push(Column::between(C::Where, "WHERE", 8, place.min(28)).comfort(18).sorts(By::Where));
    }
    columns.extend([
        Column::between(C::Kind, "KIND", 7, widest(&|t| t.object.kind().len()).min(12)).leaves(1),
        Column::between(
            C::Status,
            "STATUS",
            13,
            13 + widest(&|t| t.reason.as_deref().map_or(0, |r| cut::width(r) + 3)),
        )
        .grows()
        .sorts(By::Status),
        Column::fixed(C::Last, "LAST RUN", 8).right().leaves(3).sorts(By::LastRun),
        Column::fixed(C::Next, "NEXT RUN", 8).right().sorts(By::NextRun),
        Column::fixed(C::Age, "AGE", 4).right().leaves(2).sorts(By::Age),
    ]);
    let cell = |row: &Row, column: C, pen: &mut Pen<'_>| {
        let Row::Task(e, t) = row else { return };
        match column {
            C::Where => pen.name(&words::environment(e, paths), Role::Dim),
            C::Name => table::name(pen, look, &t.object.name, Role::Text, |row| match row {
                Row::Task(_, t) => Some(t.object.name.as_str().into()),
                _ => None,
            }),
            C::Kind => pen.sentence(t.object.kind(), Role::Dim),
            C::Status => put_status(pen, t),
            C::Last => pen.flush_right(&format::ago(t.last_run, state.now), Role::Dim),
            C::Next => pen.flush_right(&next(t, state.now), Role::Text),
            C::Age => pen.flush_right(&format::age(t.created, state.now), Role::Dim),
        }
    };
    table::draw(canvas, area, look, &columns, cell)
}

fn put_status(pen: &mut Pen<'_>, t: &Task) {
    let (glyph, role) = look(t);
    let word = match (t.suspended, t.failed) {
        (true, _) => "Paused",
        (false, true) => "Failed",
        (false, false) => t.status.word(),
    };
    pen.put(glyph, role).space(1).put(word, role);
    let room = pen.room().saturating_sub(3);
    // Paused says it already, and so does Failed.
    let failed =
        |why| if t.failed { str::trim_start_matches(why, "failed").trim_start_matches([',', ':', ' ']) } else { why };
    let whole = t.reason.as_deref().filter(|r| *r != "suspended").map_or("", failed);
    let why = if cut::width(whole) <= room { whole } else { t.brief.as_deref().map_or("", failed) };
    // A part of what went well says nothing.
    if !why.is_empty() && room > 2 && (t.failed || cut::width(why) <= room) {
        pen.put(" · ", Role::Dim).sentence(why, Role::Text);
    }
}

/// Glyph and role: a failed last run shows, whatever the status.
fn look(t: &Task) -> (&'static str, Role) {
    if t.failed && !t.suspended { (glyph::FAILED, Role::Bad) } else { glyph::status(t.status, false) }
}

fn next(t: &Task, now: Time) -> String {
    match t.next_run {
        _ if t.suspended => "paused".to_owned(),
        Some(at) => format::until(at, now),
        None => format::UNKNOWN.to_owned(),
    }
}

/// The tasks of an environment in one line below its services; what does not fit is counted.
///
/// ```text
///   tasks  nightly-report ✓ 9h ago, next in 15h   cleanup ✖ failed 2h ago   + 3 more
/// ```
pub(super) fn line(pen: &mut Pen<'_>, tasks: &[std::sync::Arc<Task>], now: Time) {
    pen.put("tasks", Role::Dim);
    // Failed ones are what the eye wants.
    let mut sorted: Vec<&Task> = tasks.iter().map(|t| &**t).collect();
    sorted.sort_by_key(|t| !t.failed);
    for (at, t) in sorted.iter().enumerate() {
        let (glyph, role) = look(t);
        let ran = t.last_run.map(|l| format::ago(Some(l), now));
        let how = match (&ran, t.failed) {
            _ if t.suspended => "paused".to_owned(),
            (Some(ago), true) => format!("failed {ago}"),
            (None, true) => "failed".to_owned(),
            (Some(ago), false) => ago.clone(),
            (None, false) => "not run yet".to_owned(),
        };
        let next = t
            .next_run
            .filter(|_| !t.suspended)
            .map_or_else(String::new, |n| format!(", next {}", format::until(n, now)));
        let more = format!("  + {} more", sorted.len() - at);
        let cells = 2 + cut::width(&t.object.name) + 3 + how.len() + next.len();
        let rest = if at + 1 < sorted.len() { cut::width(&more) } else { 0 };
        if cells + rest > pen.room() {
            pen.put(&more, Role::Dim);
            return;
        }
        pen.space(2).put(&t.object.name, Role::Text).space(1).put(glyph, role).space(1);
        pen.put(&how, Role::Dim).put(&next, Role::Dim);
    }
}
