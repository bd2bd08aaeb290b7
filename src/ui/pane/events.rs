//! Events, newest first.
//!
//! ```text
//! │   AGE   OBJECT                  REASON            MESSAGE                    │
//! │   12s ! pod/checkout-7d…-x2abc  BackOff           restarting container   ×14 │
//! ```
//!
//! In a narrow pane the reason stands before the message in one column: both would be stumps. What would be cut is
//! said in the fewest words, if need be without the reason, which these say too.

use ratatui::layout::Rect;

use super::several_environments;
use crate::app::hit::PaneHit;
use crate::app::list::List;
use crate::app::pane::{Column as By, Scope};
use crate::app::row::Row;
use crate::app::state::State;

use crate::ui::canvas::{Canvas, Pen};
use crate::ui::theme::Role;
use crate::ui::widget::columns::Column;
use crate::ui::widget::table::{self, Look};
use crate::ui::{cut, format, glyph, words};

#[derive(Clone, Copy)]
enum C {
    Age,
    Mark,
    Object,
    Where,
    Reason,
    Message,
    Both,
}

/// Columns from which on reason and message have a column each.
const ROOMY: u16 = 84;

/// Columns under which an object is cut for the sake of what happened to it.
const NARROW: u16 = 64;

pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, look: Look<'_>, area: Rect) -> PaneHit {
    let places = several_environments(&look);
    let paths = super::several_projects(&look);
    let widest = |of: &dyn Fn(&Row) -> usize| table::widest(look, of);
    let object = widest(&|r| match r {
        Row::Event(_, e) => cut::width(&e.object.short()),
        _ => 0,
    });
    let reason = widest(&|r| match r {
        Row::Event(_, e) => cut::width(&e.reason),
        _ => 0,
    });
    let place = widest(&|r| r.environment().map_or(0, |e| words::environment_width(e, paths)));
    let narrow = area.width < NARROW;
    let mut columns = vec![Column::fixed(C::Age, "AGE", 4).right().sorts(By::Age), Column::fixed(C::Mark, "", 1)];
    if !of_one_object(look.list) {
        let least = if narrow { 18 } else { 24 };
        columns.push(Column::between(C::Object, "OBJECT", 18, object.min(34)).comfort(least).sorts(By::Object));
    }
    if places {
        columns.push(Column::between(C::Where, "WHERE", 8, place.min(24)).yields(1).sorts(By::Where));
    }
    if area.width < ROOMY {
        let what = widest(&|r| match r {
            Row::Event(_, e) => words::said_width(e) + if e.count > 1 { 6 } else { 0 },
            _ => 0,
        });
        columns.push(Column::between(C::Both, "WHAT", 12, 60).comfort(what.min(48)).grows().sorts(By::Reason));
    } else {
        columns.push(Column::between(C::Reason, "REASON", 8, reason.min(20)).sorts(By::Reason));
        columns.push(Column::between(C::Message, "MESSAGE", 12, 60).comfort(30).grows().sorts(By::Message));
    }
    let cell = |row: &Row, column: C, pen: &mut Pen<'_>| {
        let Row::Event(environment, e) = row else { return };
        match column {
            C::Age => pen.flush_right(&format::age(e.time, state.now), Role::Dim),
            C::Mark if e.warning => {
                pen.put(glyph::EVENT_WARNING, Role::Warn);
            }
            C::Mark => {
                pen.put(glyph::WAITING, Role::Dim);
            }
            C::Object => pen.name(&e.object.short(), Role::Text),
            C::Where => pen.name(&words::environment(environment, paths), Role::Dim),
            C::Reason => {
                pen.sentence(&e.reason, if e.warning { Role::Warn } else { Role::Dim });
            }
            C::Message | C::Both => {
                if e.count > 1 {
                    pen.right(&format!("×{}", format::count(e.count.into())), Role::Dim);
                }
                let (reason, message) = words::said(e, pen.room(), matches!(column, C::Both));
                if let Some(reason) = reason {
                    pen.put(reason, if e.warning { Role::Warn } else { Role::Dim }).space(1);
                }
                pen.sentence(&message, Role::Text);
            }
        }
    };
    table::draw(canvas, area, look, &columns, cell)
}

/// Whether all events of a service are of one object: a column that says the same in each row says nothing.
fn of_one_object(list: &List) -> bool {
    let object = |r: &Row| match r {
        Row::Event(_, e) => Some(e.object.clone()),
        _ => None,
    };
    let first = list.rows().first().and_then(object);
    matches!(list.scope, Scope::Service(..)) && list.rows().iter().all(|r| object(r) == first)
}
