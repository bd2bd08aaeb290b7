//! Environments, worst first.
//!
//! ```text
//! ┃   ENVIRONMENT        STATUS                                      SERVICES ISSUES  UPDATED CREATED BY┃
//! ┃▶▌ staging            ✖ Error · checkout crash-loops  ✖✖◐■■■■■■■■     8/11 ▲1 △1        4m maria     ┃
//! ┃   prod          PROD ● Active                        ■■■■■■■■■■■    11/11              2d maria     ┃
//! ```
//!
//! As the width shrinks leave: created by, the strip (the numbers stay), updated. Phases are never cut.

use std::borrow::Cow;

use ratatui::layout::Rect;

use super::several_projects;
use crate::app::flash::Cell;
use crate::app::hit::PaneHit;
use crate::app::pane::Column as By;
use crate::app::row::Row;
use crate::app::state::State;
use crate::domain::environment::Environment;
use crate::domain::operation::OperationState;
use crate::domain::people::who;
use crate::ui::canvas::{Canvas, Pen};
use crate::ui::theme::Role;
use crate::ui::widget::columns::Column;
use crate::ui::widget::strip;
use crate::ui::widget::table::{self, Look};
use crate::ui::{cut, format, glyph, words};

#[derive(Clone, Copy)]
enum C {
    Name,
    Status,
    Strip,
    Services,
    Issues,
    Updated,
    CreatedBy,
}

/// Most cells of the strip of services.
const STRIP: usize = 12;

/// The mark of production, at the end of its name: it is never left out.
const PROD: &str = "PROD";

/// Cells up to which a phase with its reason is seen whole before anything that the other columns tell, too.
const WHY: usize = 56;

/// Columns from which on the time of the last change stays, however long a reason is.
const ROOMY: u16 = 84;

/// Columns under which a name gives way for the sake of the status.
const NARROW: u16 = 70;

pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, look: Look<'_>, area: Rect) -> PaneHit {
    let paths = several_projects(&look);
    let widest = |of: &dyn Fn(&Environment) -> usize| table::widest(look, |r| r.environment().map_or(0, |e| of(e)));
    let marked = |e: &Environment| if e.production { PROD.len() + 1 } else { 0 };
    let name = widest(&|e| words::environment_width(e, paths) + marked(e));
    let phase = widest(&|e| 2 + e.phase.screen_word().len());
    let status = widest(&|e| 2 + e.phase.screen_word().len() + 3 + reason(state, e).map_or(0, |r| cut::width(&r)));
    let services = widest(&|e| words::number_width(e.available) + 1 + words::number_width(e.total));
    let issues = widest(&|e| words::issues_width(&e.issue_counts()));
    let by = widest(&|e| who(e.created_by.as_ref()).map_or(0, cut::width));
    let updated = Column::fixed(C::Updated, "UPDATED", 7).right().sorts(By::Updated);
    let strip = widest(&|e| e.total as usize).min(STRIP);
    let mut columns = vec![
        Column::between(C::Name, "ENVIRONMENT", 10, name)
            .comfort(if area.width < NARROW { 16 } else { 18 })
            .sorts(By::Name),
    ];
    columns.extend([
        Column::between(C::Status, "STATUS", phase.max(20), status).comfort(WHY).sorts(By::Status).grows(),
        Column::fixed(C::Strip, "", strip).yields(2),
        Column::fixed(C::Services, "SERVICES", services.max(8)).right().leaves(5).sorts(By::Services),
        Column::fixed(C::Issues, "ISSUES", issues.max(6)).leaves(4).sorts(By::Issues),
        if area.width < ROOMY { updated.yields(3) } else { updated.leaves(3) },
        Column::between(C::CreatedBy, "CREATED BY", 10, by.min(18)).yields(1).sorts(By::CreatedBy),
    ]);
    let cell = |row: &Row, column: C, pen: &mut Pen<'_>| {
        let Some(e) = row.environment() else { return };
        match column {
            C::Name => {
                if e.production {
                    pen.right(PROD, Role::Warn);
                }
                table::name(pen, look, &words::environment(e, paths), Role::Text, |row| {
                    Some(words::environment(row.environment()?, paths))
                });
            }
            C::Status => put_status(pen, state, e),
            C::Strip => strip::draw(pen, e, STRIP),
            C::Services if e.total == 0 => pen.flush_right(format::UNKNOWN, Role::Dim),
            C::Services => pen
                .invert(state.flashes.is(&e.id, None, Cell::Count))
                .flush_right(&format!("{}/{}", e.available, e.total), Role::Text),
            C::Issues => words::put_issues(pen, &e.issue_counts()),
            C::Updated => pen.flush_right(&format::age(e.updated, state.now), Role::Dim),
            C::CreatedBy => pen.name(who(e.created_by.as_ref()).unwrap_or_default(), Role::Dim),
        }
    };
    table::draw(canvas, area, look, &columns, cell)
}

/// Glyph, phase, and why: `◌ Decommissioning · 4 of 11 done`. The phase is never cut, the reason may be.
pub(crate) fn put_status(pen: &mut Pen<'_>, state: &State, e: &Environment) {
    let (glyph, role) = glyph::phase(e.phase);
    let flashes = state.flashes.is(&e.id, None, Cell::State);
    pen.put(glyph, role).space(1).invert(flashes).put(e.phase.screen_word(), role).invert(false);
    if e.provisional {
        pen.put("…", Role::Dim);
    }
    if let Some(why) = reason(state, e)
        && pen.room() > 5
    {
        let loud = e.operation.as_ref().is_some_and(|o| o.state == OperationState::Interrupted);
        pen.put(" · ", Role::Dim);
        let why = words::reason_in(e, &why, pen.room());
        pen.sentence(&why, if loud { Role::Bad } else { Role::Text });
    }
}

/// Why the phase is what it is: the progress of what this kennel does here, else the model's words.
pub(crate) fn reason<'a>(state: &State, e: &'a Environment) -> Option<Cow<'a, str>> {
    if let Some(own) = state.running(&e.id) {
        let (done, all) = own.progress();
        let words = match own.waiting {
            Some((pods @ 1.., _)) => {
                format!("{done} of {all} sent, {} to go", format::plural(pods as usize, "pod", "pods"))
            }
            _ => format!("{done} of {all} done"),
        };
        return Some(Cow::Owned(words));
    }
    e.full_reason()
}
