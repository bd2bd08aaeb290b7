//! Health issues, worst first.
//!
//! ```text
//! │   SEVERITY  ISSUE                                       WHERE        SINCE   │
//! │   ▲critical checkout cannot start: DB_URL is not set    staging         4m   │
//! ```

use ratatui::layout::Rect;

use super::{several_environments, several_projects};
use crate::app::hit::PaneHit;
use crate::app::pane::Column as By;
use crate::app::row::Row;
use crate::app::state::State;
use crate::ui::canvas::{Canvas, Pen};
use crate::ui::theme::Role;
use crate::ui::widget::columns::Column;
use crate::ui::widget::table::{self, Look};
use crate::ui::{cut, format, glyph, words};

#[derive(Clone, Copy)]
enum C {
    Severity,
    Issue,
    Where,
    Since,
}

/// Where a fault is that lies in no environment.
const THE_CLUSTER: &str = "the cluster";

/// Cells in which an issue's fewest words fit with its object's name, for most: they come before the whole of a place.
const WHOLE: usize = 32;

/// Cells of an issue up to which its words matter more than the word of its severity.
const WORDS: usize = 56;

pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, look: Look<'_>, area: Rect) -> PaneHit {
    let paths = several_projects(&look);
    let place = table::widest(look, |r| match r.environment() {
        Some(e) => words::environment_width(e, paths),
        None => cut::width(nowhere(r)),
    });
    let title = table::widest(look, |r| r.issue().map_or(0, |i| cut::width(&i.title)));
    // Gutter and gaps, the severity's word, since when.
    let beside = usize::from(table::GUTTER) + 5 + 10 + 5 + if several_environments(&look) { place.min(28) } else { 0 };
    let narrow = usize::from(area.width) < title.min(WORDS) + beside;
    let mut columns = vec![
        // The glyph tells the severity too: in a narrow pane the words of the issue need the cells.
        Column::fixed(C::Severity, if narrow { "" } else { "SEVERITY" }, if narrow { 1 } else { 10 })
            .sorts(By::Severity),
        Column::between(C::Issue, "ISSUE", 16, title).comfort(WHOLE).grows().sorts(By::Issue),
    ];
    if several_environments(&look) {
        columns.push(Column::between(C::Where, "WHERE", 11, place.min(28)).comfort(18).sorts(By::Where));
    }
    columns.push(
        Column::fixed(C::Since, if look.list.shows_past() { "ENDED" } else { "SINCE" }, 5)
            .right()
            .leaves(1)
            .sorts(By::Since),
    );
    let cell = |row: &Row, column: C, pen: &mut Pen<'_>| {
        let Some(issue) = row.issue() else { return };
        match column {
            C::Severity => {
                let (glyph, role, word) = glyph::severity(issue.severity);
                pen.put(glyph, role).space(1);
                if !narrow {
                    pen.put(word, role);
                }
            }
            C::Issue => pen.sentence(&words::issue(issue, pen.room()), Role::Text),
            C::Where => match row.environment() {
                Some(e) => pen.name(&words::environment(e, paths), Role::Text),
                None => pen.name(nowhere(row), Role::Text),
            },
            // Of what is no more: since it is not.
            C::Since => match row {
                Row::Resolved(r) => pen.flush_right(&format::age(Some(r.at), state.now), Role::Dim),
                _ => pen.flush_right(&format::age(issue.since, state.now), Role::Dim),
            },
        }
    };
    table::draw(canvas, area, look, &columns, cell)
}

/// Where an issue is whose environment is not at hand.
fn nowhere(row: &Row) -> &str {
    match row {
        Row::Resolved(r) => &r.place,
        _ => THE_CLUSTER,
    }
}
