//! Operations of all environments: what runs and what was interrupted first, then the newest.
//!
//! ```text
//! ┃   STARTED OPERATION WHERE          STATUS                              BY          STEPS┃
//! ┃▶     3m   stop      shop/staging   ⚠ interrupted · silent for 2m, …    maria@host  4/11 ┃
//! ```

use ratatui::layout::Rect;

use crate::app::hit::PaneHit;
use crate::app::pane::Column as By;
use crate::app::row::Row;
use crate::app::state::State;
use crate::app::words::state_word;
use crate::domain::environment::Operation;
use crate::domain::operation::{OperationState, StepResult};
use crate::domain::{Text, Time};
use crate::plan;
use crate::ui::canvas::{Canvas, Pen};
use crate::ui::theme::Role;
use crate::ui::widget::bar;
use crate::ui::widget::columns::Column;
use crate::ui::widget::table::{self, Look};
use crate::ui::{cut, format, words};

#[derive(Clone, Copy)]
enum C {
    Started,
    Verb,
    Where,
    Status,
    By,
    Bar,
    Steps,
}

/// Cells of the bar.
const BAR: usize = 12;

/// What a row says: of a journal, or of an operation of this kennel that has none (any more).
struct Line<'a> {
    started: Time,
    words: String,
    place: String,
    state: OperationState,
    by: String,
    /// Steps that have ended, and all.
    progress: (usize, usize),
    /// Objects that failed, each with why.
    failed: Vec<(&'a str, &'a Text)>,
    heartbeat: Option<Time>,
    ended: Option<Time>,
}

fn line(row: &Row) -> Option<Line<'_>> {
    if let Row::Ran(o) = row {
        return Some(Line {
            started: o.started,
            words: o.words(),
            place: o.place.to_string(),
            state: o.state(),
            by: "you".to_owned(),
            progress: o.progress(),
            failed: o.failed().map(|(step, why)| (step.what.as_str(), why)).collect(),
            heartbeat: None,
            ended: o.ended,
        });
    }
    let (e, o) = (row.environment()?, row.operation()?);
    Some(Line {
        started: o.journal.started_at,
        words: if o.journal.undoing {
            format!("undo of {}", o.journal.verb.word())
        } else {
            o.journal.verb.word().to_owned()
        },
        place: words::environment(e, true).into_owned(),
        state: o.state,
        by: holder(o),
        progress: plan::ended(e, &o.journal),
        failed: o
            .journal
            .steps
            .iter()
            .filter_map(|s| match &s.result {
                StepResult::Failed(why) => Some((s.object.name.as_str(), why)),
                _ => None,
            })
            .collect(),
        heartbeat: Some(o.journal.heartbeat),
        ended: o.journal.ended_at,
    })
}

pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, look: Look<'_>, area: Rect) -> PaneHit {
    let widest = |of: &dyn Fn(&Line<'_>) -> usize| table::widest(look, |r| line(r).map_or(0, |t| of(&t)));
    let place = widest(&|t| cut::width(&t.place));
    let by = widest(&|t| cut::width(&t.by));
    let verb = widest(&|t| t.words.len());
    let status = widest(&|t| 2 + cut::width(state_word(t.state)) + more(state, t).map_or(0, |m| 3 + cut::width(&m)));
    let columns = [
        Column::fixed(C::Started, "STARTED", 8).right().sorts(By::Started),
        Column::fixed(C::Verb, "OPERATION", verb.max(9)).sorts(By::Operation),
        Column::between(C::Where, "WHERE", 12, place).sorts(By::Where),
        Column::between(C::Status, "STATUS", 13, status.min(52)).comfort(52).grows().sorts(By::Status),
        Column::between(C::By, "BY", 8, by.min(32)).comfort(16).leaves(2).sorts(By::By),
        Column::fixed(C::Bar, "", BAR).yields(1),
        Column::fixed(C::Steps, "STEPS", 7).right(),
    ];
    let cell = |row: &Row, column: C, pen: &mut Pen<'_>| {
        let Some(t) = line(row) else { return };
        let (done, all) = t.progress;
        match column {
            C::Started => pen.flush_right(&format::ago(Some(t.started), state.now), Role::Dim),
            C::Verb => {
                pen.put(&t.words, Role::Text);
            }
            C::Where => pen.name(&t.place, Role::Text),
            C::Status => put_status(pen, state, &t),
            C::By => pen.name(&t.by, Role::Dim),
            C::Bar => bar::draw(pen, done as u64, all as u64, BAR, words::operation(t.state).1),
            C::Steps => pen.flush_right(&format!("{done}/{all}"), Role::Text),
        }
    };
    table::draw(canvas, area, look, &columns, cell)
}

/// Who runs it and where: `maria@laptop`, without the host where the name has one.
fn holder(o: &Operation) -> String {
    if o.journal.holder.contains('@') {
        o.journal.holder.to_string()
    } else {
        format!("{}@{}", o.journal.holder, o.journal.host)
    }
}

/// `⚠ interrupted · silent for 2m, Enter: resume or undo`, `✖ failed · Deployment web: …`.
fn put_status(pen: &mut Pen<'_>, state: &State, t: &Line<'_>) {
    let (glyph, role) = words::operation(t.state);
    pen.put(glyph, role).space(1).put(state_word(t.state), role);
    if let Some(more) = more(state, t)
        && pen.room() > 5
    {
        pen.put(" · ", Role::Dim).sentence(&more, Role::Text);
    }
}

fn more(state: &State, t: &Line<'_>) -> Option<String> {
    match t.state {
        OperationState::Interrupted => {
            Some(format!("silent for {}, Enter: resume or undo", format::age(t.heartbeat, state.now)))
        }
        OperationState::Failed => {
            let (what, why) = t.failed.first()?;
            let rest = match t.failed.len() - 1 {
                0 => String::new(),
                n => format!(" (and {n} more)"),
            };
            Some(format!("{what}: {why}{rest}"))
        }
        OperationState::Done | OperationState::Undone => t.ended.map(|at| format::ago(Some(at), state.now)),
        OperationState::Running => None,
    }
}
