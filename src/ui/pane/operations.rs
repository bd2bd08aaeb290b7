//! Operations of all environments: what runs and what was interrupted first, then the newest.
//!
//! ```text
//! ┃   STARTED OPERATION WHERE          STATUS                              BY          STEPS┃
//! ┃▶     3m   stop      shop/staging   ⚠ interrupted · silent for 2m, …    maria@host  4/11 ┃
//! ```

use ratatui::layout::Rect;

use crate::app::hit::PaneHit;
use crate::app::row::Row;
use crate::app::state::State;
use crate::app::view::{Column as By, state_word};
use crate::domain::environment::{Environment, Operation};
use crate::domain::operation::{State as Standing, StepResult};
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

pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, look: Look<'_>, area: Rect) -> PaneHit {
    let widest =
        |of: &dyn Fn(&Environment) -> usize| table::widest(look.list, |r| r.environment().map_or(0, |e| of(e)));
    let place = widest(&|e| words::environment_width(e, true));
    let by = widest(&|e| e.operation.as_ref().map_or(0, |o| cut::width(&holder(o))));
    let columns = [
        Column::fixed(C::Started, "STARTED", 8).right().sorts(By::Started),
        Column::fixed(C::Verb, "OPERATION", 9).sorts(By::Operation),
        Column::between(C::Where, "WHERE", 12, place).sorts(By::Where),
        Column::between(C::Status, "STATUS", 13, 52).comfort(52).grows().sorts(By::Status),
        Column::between(C::By, "BY", 8, by.min(32)).comfort(16).leaves(2).sorts(By::By),
        Column::fixed(C::Bar, "", BAR).yields(1),
        Column::fixed(C::Steps, "STEPS", 7).right(),
    ];
    let cell = |row: &Row, column: C, pen: &mut Pen<'_>| {
        let (Some(e), Some(o)) = (row.environment(), row.operation()) else { return };
        let (done, all) = o.journal.progress();
        match column {
            C::Started => {
                pen.flush_right(&format::ago(Some(o.journal.started_at), state.now), Role::Dim);
            }
            C::Verb => {
                pen.put(o.journal.verb.word(), Role::Text);
            }
            C::Where => {
                pen.name(&e.path(), Role::Text);
            }
            C::Status => put_status(pen, state, o),
            C::By => {
                pen.name(&holder(o), Role::Dim);
            }
            C::Bar => bar::draw(pen, done as u64, all as u64, BAR, words::operation(o.state).1),
            C::Steps => {
                pen.flush_right(&format!("{done}/{all}"), Role::Text);
            }
        }
    };
    table::draw(canvas, area, look, &columns, |_, _| None, cell)
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
pub(crate) fn put_status(pen: &mut Pen<'_>, state: &State, o: &Operation) {
    let (glyph, role) = words::operation(o.state);
    pen.put(glyph, role).space(1).put(state_word(o.state), role);
    if let Some(more) = more(state, o)
        && pen.room() > 5
    {
        pen.put(" · ", Role::Dim).sentence(&more, Role::Text);
    }
}

fn more(state: &State, o: &Operation) -> Option<String> {
    let failed = || o.journal.steps.iter().filter(|s| matches!(s.result, StepResult::Failed(_)));
    match o.state {
        Standing::Interrupted => {
            Some(format!("silent for {}, Enter: resume or undo", format::age(Some(o.journal.heartbeat), state.now)))
        }
        Standing::Failed => {
            let first = failed().next()?;
            let StepResult::Failed(why) = &first.result else { return None };
            let others = failed().count() - 1;
            let rest = if others > 0 { format!(" (and {others} more)") } else { String::new() };
            Some(format!("{}: {why}{rest}", first.object))
        }
        Standing::Done | Standing::Undone => o.journal.ended_at.map(|t| format::ago(Some(t), state.now)),
        Standing::Running => None,
    }
}
