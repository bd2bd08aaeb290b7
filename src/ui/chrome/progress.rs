//! What this kennel runs, a row each, above the hints.
//!
//! ```text
//!  ◌ stop shop/staging   ███████░░░░░  7 of 11 · 6 pods to go, until 12:04:11
//! ```

use ratatui::layout::Rect;

use crate::app::operation::Run;
use crate::app::state::State;
use crate::ui::canvas::{Canvas, Pen};
use crate::ui::layout::inset;
use crate::ui::theme::Role;
use crate::ui::widget::bar;
use crate::ui::{format, glyph};

/// Cells of the bar.
const BAR: usize = 12;

/// Draws a row for each, the newest first; the last row counts what has none.
pub(crate) fn draw(canvas: &mut Canvas<'_>, state: &State, area: Rect) {
    let all: Vec<&Run> = state.under_way().collect();
    let rows = usize::from(area.height);
    for (at, o) in all.iter().rev().take(rows).enumerate() {
        let mut pen = canvas.row(inset(area, 1), u16::try_from(at).unwrap_or(u16::MAX));
        if at + 1 == rows && all.len() > rows {
            pen.right(&format!("+ {} more", all.len() - rows), Role::Dim);
        }
        row(&mut pen, o, state);
    }
}

/// One operation in a row.
pub(crate) fn row(pen: &mut Pen<'_>, o: &Run, state: &State) {
    let (done, all) = o.progress();
    pen.put(o.verb.info().glyph, Role::Busy).space(1).put(o.verb.word(), Role::Text).space(1);
    let name = crate::ui::cut::middle(&o.place, pen.room() / 3).into_owned();
    pen.put(&name, Role::Text).space(2);
    bar::draw(pen, done as u64, all as u64, BAR.min(pen.room() / 3), Role::Busy);
    let failed = o.failed().count();
    pen.space(2).put(&format!("{done} of {all}"), Role::Text);
    if failed > 0 {
        pen.put(&format!(" · {} {failed} failed", glyph::FAILED), Role::Bad);
    }
    if let Some((pods @ 1.., until)) = o.waiting {
        pen.put(&format!(" · {} to go", format::plural(pods as usize, "pod", "pods")), Role::Text);
        let until = until.map(|at| format!(", gives up {}", format::until(at, state.now)));
        if let Some(until) = until.filter(|words| crate::ui::cut::width(words) <= pen.room()) {
            pen.put(&until, Role::Dim);
        }
    }
    if let Some(note) = &o.note {
        pen.put(" · ", Role::Dim).sentence(note, Role::Dim);
    }
}
