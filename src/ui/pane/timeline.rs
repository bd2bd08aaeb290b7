//! What happened, on one axis: a lane for each thing that was not quiet, the worst first.
//!
//! ```text
//! │   checkout  ────────────────────◆──✖✖─✖──✖────✖────✖   rev 7 by ci-bot, 14 restarts │
//! │   web       ─────────────────────────!!!!!!!!!!!!!!!   readiness: HTTP 503          │
//! │             11:00          11:15          11:30  now                                │
//! ```

use ratatui::layout::Rect;

use crate::app::hit::PaneHit;
use crate::app::pane::{Column as By, Since};
use crate::app::row::Row;
use crate::app::state::State;
use crate::domain::Time;
use crate::domain::timeline::{Lane, Mark};
use crate::ui::canvas::{Canvas, Pen};
use crate::ui::theme::{Role, Theme};
use crate::ui::widget::columns::Column;
use crate::ui::widget::table::{self, Look};
use crate::ui::{cut, glyph};

#[derive(Clone, Copy)]
enum C {
    Name,
    Axis,
    Words,
}

/// Cells of the axis, at most two thirds of the pane.
const AXIS: (usize, usize) = (24, 120);

/// Cells of a lane's words: they say what the marks mean.
const WORDS: usize = 44;

/// Cells between two times under the axis.
const BETWEEN: usize = 15;

pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, look: Look<'_>, area: Rect) -> PaneHit {
    let lane = |row: &Row| match row {
        Row::Lane(_, lane) => Some(lane.clone()),
        _ => None,
    };
    let widest = |of: &dyn Fn(&Lane) -> usize| table::widest(look, |r| lane(r).map_or(0, |l| of(&l)));
    let name = widest(&|l| cut::width(&l.name)).min(24);
    let words = widest(&|l| cut::width(&l.words));
    let room = usize::from(area.width.saturating_sub(table::GUTTER + 1)).saturating_sub(name + 2);
    let axis = room.saturating_sub(words.min(WORDS)).clamp(AXIS.0, AXIS.1).min(room * 2 / 3);
    let columns = [
        Column::between(C::Name, "", name.min(8), name).sorts(By::Name),
        Column::fixed(C::Axis, "", axis),
        Column::between(C::Words, "", 10, words).grows().leaves(1),
    ];
    let (from, to) = span(state, look);
    let cell = |row: &Row, column: C, pen: &mut Pen<'_>| {
        let Some(lane) = lane(row) else { return };
        match column {
            C::Name => table::name(pen, look, &lane.name, Role::Text, |row| match row {
                Row::Lane(_, l) => Some(l.name.as_str().into()),
                _ => None,
            }),
            C::Axis => lane.cells(from, to, pen.room()).into_iter().for_each(|mark| {
                let (symbol, role) = symbol(mark);
                pen.put(symbol, role);
            }),
            C::Words => pen.sentence(&lane.words, Role::Text),
        }
    };
    // The last row is the axis's own.
    let lanes = Rect { height: area.height.saturating_sub(1), ..area };
    let hit = table::draw(canvas, lanes, look, &columns, cell);
    let y = area.y + u16::try_from(hit.items.len()).unwrap_or(0);
    if y < area.bottom() {
        let x = area.x + table::GUTTER + u16::try_from(name + 1).unwrap_or(0);
        let theme = canvas.theme();
        times(&mut canvas.pen(x, y, u16::try_from(axis).unwrap_or(0)), theme, from, to, axis);
    }
    hit
}

/// The time that the axis is about.
fn span(state: &State, look: Look<'_>) -> (Time, Time) {
    let to = state.now;
    let from = match state.since_of(look.pane) {
        Some(Since::Last(seconds)) => Time::from_second(to.as_second().saturating_sub(seconds)).unwrap_or(to),
        Some(Since::From(at)) => at,
        None => to,
    };
    (from, to)
}

/// Times under the axis, and `now` at its end.
fn times(pen: &mut Pen<'_>, theme: &Theme, from: Time, to: Time, cells: usize) {
    let span = to.as_second() - from.as_second();
    let mut at = 0;
    while at + BETWEEN < cells {
        let second =
            from.as_second() + span * i64::try_from(at).unwrap_or(0) / i64::try_from(cells).unwrap_or(1).max(1);
        let time = Time::from_second(second).unwrap_or(from);
        let words = theme.clock(time, span);
        pen.put(&words, Role::Dim).space(BETWEEN.saturating_sub(cut::width(&words)));
        at += BETWEEN;
    }
    pen.right("now", Role::Dim);
}

/// Glyph and role of what is seen in a cell of an axis.
pub(crate) fn symbol(mark: Option<Mark>) -> (&'static str, Role) {
    match mark {
        None => (glyph::QUIET, Role::Border),
        Some(Mark::Rollout) => (glyph::ROLLOUT, Role::Accent),
        Some(Mark::Restart) => (glyph::FAILED, Role::Bad),
        Some(Mark::Warning | Mark::Probe) => (glyph::EVENT_WARNING, Role::Warn),
        Some(Mark::Node) => (glyph::LIVE, Role::Mixed),
        Some(Mark::Scaled) => (glyph::SCALED, Role::Busy),
        Some(Mark::Operation) => (glyph::OPERATION, Role::Busy),
    }
}
