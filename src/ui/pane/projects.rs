//! Projects.
//!
//! ```text
//! │   PROJECT      ENVS  ISSUES│
//! │▸  all            14   ▲2 △3│
//! │   shop            6   ▲2 △3│
//! ```

use ratatui::layout::Rect;

use crate::app::hit::PaneHit;
use crate::app::pane::Column as By;
use crate::app::pane::Pane;
use crate::app::row::Row;
use crate::app::state::State;
use crate::app::view::{self, Emptiness};
use crate::domain::issue::IssueCounts;
use crate::ui::canvas::{Canvas, Pen};
use crate::ui::theme::Role;
use crate::ui::widget::columns::Column;
use crate::ui::widget::table::{self, Look};
use crate::ui::{cut, format, words};

#[derive(Clone, Copy)]
enum C {
    Name,
    Environments,
    Issues,
}

pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, look: Look<'_>, area: Rect) -> PaneHit {
    let totals = &state.snapshot.totals;
    // What has not come or may not be seen is unknown, not nothing.
    let known = matches!(
        view::emptiness(state, Pane::Projects),
        None | Some(Emptiness::Nothing(_) | Emptiness::Filtered { .. })
    );
    let mut all = totals.production;
    all.merge(&totals.other);
    let name = table::widest(look, |r| match r {
        Row::Project(p) => cut::width(&p.name),
        _ => 3,
    });
    let count = |r: &Row| match r {
        Row::Project(p) => u32::try_from(p.environments.len()).unwrap_or(u32::MAX),
        _ => totals.environments,
    };
    let issues = |r: &Row| -> IssueCounts {
        match r {
            Row::Project(p) => p.issues,
            _ => all,
        }
    };
    let columns = [
        Column::between(C::Name, "PROJECT", 6, name).comfort(12).sorts(By::Name).grows(),
        Column::fixed(C::Environments, "ENVS", 4.max(words::number_width(totals.environments)))
            .right()
            .yields(1)
            .sorts(By::Environments),
        Column::fixed(C::Issues, "ISSUES", 6.max(table::widest(look, |r| words::issues_width(&issues(r)))))
            .right()
            .leaves(2)
            .sorts(By::Issues),
    ];
    let cell = |row: &Row, column: C, pen: &mut Pen<'_>| match (row, column) {
        (Row::Project(p), C::Name) => table::name(pen, look, &p.name, Role::Text, |row| match row {
            Row::Project(p) => Some(p.name.as_str().into()),
            _ => None,
        }),
        (_, C::Name) => {
            pen.put("all", Role::Text);
        }
        (Row::All, C::Environments) if !known => pen.flush_right(format::UNKNOWN, Role::Dim),
        (row, C::Environments) => pen.flush_right(&format::count(count(row).into()), Role::Text),
        (row, C::Issues) => {
            let counts = issues(row);
            let gap = pen.room().saturating_sub(words::issues_width(&counts));
            pen.space(gap);
            words::put_issues(pen, &counts);
        }
    };
    table::draw(canvas, area, look, &columns, cell)
}
