//! ConfigMaps and Secrets that a workload's pods take, and how; never what is in them.
//!
//! ```text
//! │   CONFIG           KIND       TAKEN AS                          │
//! │   checkout-env     ConfigMap  all keys as variables             │
//! │   checkout-db      Secret     variables DB_URL, DB_USER  missing │
//! ```

use std::borrow::Cow;

use ratatui::layout::Rect;

use crate::app::hit::PaneHit;
use crate::app::pane::Column as By;
use crate::app::row::Row;
use crate::app::state::State;
use crate::app::view;
use crate::domain::existence::Existence;
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

pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, look: Look<'_>, area: Rect) -> PaneHit {
    let widest = |of: &dyn Fn(&ConfigRef) -> usize| table::widest(look, |r| r.config().map_or(0, of));
    let columns = [
        Column::between(C::Name, "CONFIG", 12, widest(&|c| cut::width(&c.name))).comfort(20).sorts(By::Name),
        Column::fixed(C::Kind, "KIND", 9).leaves(1),
        Column::between(
            C::Place,
            "TAKEN AS",
            16,
            widest(&|c| cut::width(&c.place) + cut::width(&standing(state, c).0) + 3),
        )
        .comfort(28)
        .grows(),
    ];
    let cell = |row: &Row, column: C, pen: &mut Pen<'_>| {
        let Some(c) = row.config() else { return };
        match column {
            C::Name => pen.name(&c.name, Role::Text),
            C::Kind => {
                pen.put(c.kind(), Role::Dim);
            }
            C::Place => {
                let (words, role) = standing(state, c);
                pen.right(&words, role);
                pen.sentence(&c.place, Role::Text);
            }
        }
    };
    table::draw(canvas, area, look, &columns, cell)
}

/// What is to be said of it beside how it is taken: nothing of what is there, and no alarm of what pods start without.
fn standing(state: &State, config: &ConfigRef) -> (Cow<'static, str>, Role) {
    match view::existence(state, config) {
        _ if config.optional => ("optional".into(), Role::Dim),
        Some(Existence::Missing) => ("missing".into(), Role::Bad),
        Some(Existence::Unknown(why)) => (format!("? {why}").into(), Role::Dim),
        Some(Existence::There) | None => ("".into(), Role::Dim),
    }
}
