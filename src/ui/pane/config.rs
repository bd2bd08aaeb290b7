//! ConfigMaps and Secrets that a workload's pods take, and how; never what is in them.
//!
//! ```text
//! │   CONFIG           KIND       TAKEN AS                          │
//! │   checkout-env     ConfigMap  all keys as variables             │
//! │   checkout-db      Secret     variables DB_URL, DB_USER         │
//! ```

use ratatui::layout::Rect;

use crate::app::hit::PaneHit;
use crate::app::pane::Column as By;
use crate::app::row::Row;
use crate::domain::row::ConfigRef;
use crate::ui::canvas::{Canvas, Pen};
use crate::ui::cut;
use crate::ui::theme::Role;
use crate::ui::widget::columns::Column;
use crate::ui::widget::table::{self, Look};

#[derive(Clone, Copy)]
enum C {
    Name,
    Kind,
    Place,
}

pub(super) fn draw(canvas: &mut Canvas<'_>, look: Look<'_>, area: Rect) -> PaneHit {
    let widest = |of: &dyn Fn(&ConfigRef) -> usize| table::widest(look, |r| r.config().map_or(0, of));
    let columns = [
        Column::between(C::Name, "CONFIG", 12, widest(&|c| cut::width(&c.name))).comfort(20).sorts(By::Name),
        Column::fixed(C::Kind, "KIND", 9).leaves(1),
        Column::between(C::Place, "TAKEN AS", 16, widest(&|c| cut::width(&c.place) + 11)).comfort(28).grows(),
    ];
    let cell = |row: &Row, column: C, pen: &mut Pen<'_>| {
        let Some(c) = row.config() else { return };
        match column {
            C::Name => pen.name(&c.name, Role::Text),
            C::Kind => {
                pen.put(c.kind(), Role::Dim);
            }
            C::Place => {
                if c.optional {
                    pen.right("optional", Role::Dim);
                }
                pen.sentence(&c.place, Role::Text);
            }
        }
    };
    table::draw(canvas, area, look, &columns, cell)
}
