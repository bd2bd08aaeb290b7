//! Revisions of a workload, newest first, with what each changed.
//!
//! ```text
//! │   REV  AGE PODS CHANGED                                       │
//! │     8   4m    2 image checkout:1.8.1 → :1.8.2                 │
//! │     7   2d    1 env DB_URL removed                            │
//! ```

use ratatui::layout::Rect;

use crate::app::hit::PaneHit;
use crate::app::pane::Column as By;
use crate::app::row::Row;
use crate::app::state::State;
use crate::ui::canvas::{Canvas, Pen};
use crate::ui::theme::Role;
use crate::ui::widget::columns::Column;
use crate::ui::widget::table::{self, Look};
use crate::ui::{cut, format, words};

#[derive(Clone, Copy)]
enum C {
    Number,
    Age,
    Pods,
    Changed,
}

pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, look: Look<'_>, area: Rect) -> PaneHit {
    let number = table::widest(look, |r| r.revision().map_or(1, |l| words::number_width(l.revision.number)));
    let changed = table::widest(look, |r| r.revision().map_or(0, |l| l.changes.as_deref().map_or(0, cut::width)));
    let columns = [
        Column::fixed(C::Number, "REV", number.max(3)).right(),
        Column::fixed(C::Age, "AGE", 4).right().sorts(By::Age),
        Column::fixed(C::Pods, "PODS", 4).right().leaves(1),
        Column::between(C::Changed, "CHANGED", 16, changed).comfort(40).grows(),
    ];
    let several = look.list.rows().len() > 1;
    let cell = |row: &Row, column: C, pen: &mut Pen<'_>| {
        let Some(line) = row.revision() else { return };
        let r = &line.revision;
        match column {
            C::Number => pen.flush_right(&r.number.to_string(), Role::Text),
            C::Age => pen.flush_right(&format::age(r.created, state.now), Role::Dim),
            C::Pods => {
                let pods = state.service().and_then(|s| r.pods_of(s)).or(r.pods);
                let words = pods.map_or_else(|| format::UNKNOWN.to_owned(), |n| format::count(n.into()));
                pen.flush_right(&words, if pods.unwrap_or(0) > 0 { Role::Good } else { Role::Dim });
            }
            C::Changed => {
                match &line.changes {
                    Some(changes) => pen.sentence(changes, Role::Text),
                    None if several => pen.sentence("the oldest that is kept", Role::Dim),
                    None => {}
                }
                if let Some(why) = &r.why {
                    if several {
                        pen.put(" · ", Role::Dim);
                    }
                    pen.sentence(why, Role::Dim);
                }
            }
        }
    };
    table::draw(canvas, area, look, &columns, cell)
}
