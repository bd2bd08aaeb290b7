//! Conditions of a workload, as its controller reports them.
//!
//! ```text
//! │   CONDITION      STATUS REASON                    SINCE MESSAGE                          │
//! │   Progressing    no     ProgressDeadlineExceeded    12m ReplicaSet has timed out progre… │
//! ```

use ratatui::layout::Rect;

use crate::app::hit::PaneHit;
use crate::app::pane::Column as By;
use crate::app::row::Row;
use crate::app::state::State;
use crate::domain::row::Condition;
use crate::ui::canvas::{Canvas, Pen};
use crate::ui::theme::Role;
use crate::ui::widget::columns::Column;
use crate::ui::widget::table::{self, Look};
use crate::ui::{cut, format};

#[derive(Clone, Copy)]
enum C {
    Name,
    Status,
    Reason,
    Since,
    Message,
}

pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, look: Look<'_>, area: Rect) -> PaneHit {
    let widest = |of: &dyn Fn(&Condition) -> usize| table::widest(look, |r| r.condition().map_or(0, of));
    // What it is about; the message says it once more, at length.
    let reason = widest(&|c| cut::width(&c.reason)).min(28);
    let columns = [
        Column::between(C::Name, "CONDITION", 11, widest(&|c| cut::width(&c.kind))).sorts(By::Name),
        Column::fixed(C::Status, "STATUS", 7).sorts(By::Status),
        Column::between(C::Reason, "REASON", reason, reason).sorts(By::Reason),
        Column::fixed(C::Since, "SINCE", 5).right().leaves(2).sorts(By::Since),
        Column::between(C::Message, "MESSAGE", 16, 60).comfort(30).leaves(1).grows(),
    ];
    let cell = |row: &Row, column: C, pen: &mut Pen<'_>| {
        let Some(c) = row.condition() else { return };
        match column {
            C::Name => pen.name(&c.kind, Role::Text),
            C::Status => {
                let (word, role) = word(c);
                pen.put(word, role);
            }
            C::Reason => pen.sentence(&c.reason, Role::Text),
            C::Since => pen.flush_right(&format::age(c.since, state.now), Role::Dim),
            C::Message => pen.sentence(&c.message, Role::Dim),
        }
    };
    table::draw(canvas, area, look, &columns, cell)
}

/// The status in a word; of conditions that say trouble (`ReplicaFailure`) true is what is bad.
fn word(c: &Condition) -> (&'static str, Role) {
    let trouble = c.kind.contains("Failure") || c.kind.contains("Pressure") || c.kind.contains("Unavailable");
    match c.status {
        None => ("unknown", Role::Warn),
        Some(yes) => (if yes { "true" } else { "false" }, if yes == trouble { Role::Bad } else { Role::Good }),
    }
}
