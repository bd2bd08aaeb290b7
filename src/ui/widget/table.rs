//! A pane's rows as a table: only the rows that are seen are looked at.
//!
//! ```text
//!    ENVIRONMENT   STATUS              SERVICES
//! ▶▌✓staging       ✖ Error · …             8/11
//! ```
//!
//! Three cells come first: the cursor, the environment's colour, the mark.

use std::borrow::Cow;

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::columns::{self, Column};
use crate::app::hit::PaneHit;
use crate::app::list::List;
use crate::app::pane::Pane;
use crate::app::row::{Fold, Row};
use crate::ui::canvas::{Canvas, Pen};
use crate::ui::layout::to_hit;
use crate::ui::theme::Role;
use crate::ui::{cut, glyph, words};

/// Cells before the first column.
pub(crate) const GUTTER: u16 = 3;

/// Rows that decide about widths: all, or of a long list a block of them around what is seen, so that
/// the cost is bounded and widths do not change with every row scrolled.
const BLOCK: usize = 192;

/// How a list is drawn.
#[derive(Clone, Copy)]
pub(crate) struct Look<'a> {
    /// The pane.
    pub(crate) pane: Pane,
    /// The list.
    pub(crate) list: &'a List,
    /// Its pane has the focus.
    pub(crate) focused: bool,
    /// The selection is seen even without the focus: it decides what other panes show.
    pub(crate) leads: bool,
    /// Index of the first row of the table; those before it are drawn elsewhere.
    pub(crate) from: usize,
}

/// Rows that decide about column widths.
pub(crate) fn sample<'a>(look: Look<'a>) -> &'a [Row] {
    let rows = look.list.rows();
    if rows.len() <= BLOCK {
        return rows.get(look.from..).unwrap_or_default();
    }
    let from = (look.list.top / (BLOCK / 2)) * (BLOCK / 2);
    rows.get(from.max(look.from)..rows.len().min(from + BLOCK)).unwrap_or(rows)
}

/// The widest of the sample.
pub(crate) fn widest(look: Look<'_>, of: impl Fn(&Row) -> usize) -> usize {
    sample(look).iter().map(of).max().unwrap_or(0)
}

/// Writes a name, cut so that no two of its column read the same; `of` says that of another row.
pub(crate) fn name<'a>(
    pen: &mut Pen<'_>,
    look: Look<'a>,
    name: &str,
    role: Role,
    of: impl Fn(&'a Row) -> Option<Cow<'a, str>>,
) {
    let cut = cut::apart(name, pen.room(), sample(look).iter().filter_map(of));
    pen.put(&cut, role);
}

/// First row to draw so that the cursor is seen in `height` rows, scrolled as little as possible.
pub(crate) fn top(top: usize, at: usize, height: usize, len: usize) -> usize {
    let height = height.max(1);
    let last = len.saturating_sub(height);
    let lowest = (at + 1).saturating_sub(height);
    top.clamp(lowest.min(at), at.max(lowest)).min(last)
}

/// Draws the headings and the rows that are seen. `cell` writes one column of one row.
pub(crate) fn draw<C: Copy>(
    canvas: &mut Canvas<'_>,
    area: Rect,
    look: Look<'_>,
    columns: &[Column<C>],
    mut cell: impl FnMut(&Row, C, &mut Pen<'_>),
) -> PaneHit {
    // A blank cell at the right, so that words do not lean on the border.
    let placed = columns::place(columns, usize::from(area.width.saturating_sub(GUTTER + 1)));
    let heading = u16::from(area.height > 1 && placed.iter().any(|p| !p.title.is_empty()));
    if heading == 1 {
        headings(canvas, area, look, &placed);
    }
    let body = Rect { y: area.y + heading, height: area.height.saturating_sub(heading), ..area };
    let height = usize::from(body.height);
    let list = look.list;
    let rows = list.rows().get(look.from..).unwrap_or_default();
    let top = match list.at().checked_sub(look.from) {
        Some(at) => top(list.top.saturating_sub(look.from), at, height, rows.len()),
        // The cursor is elsewhere: the rows stay where they are.
        None => list.top.saturating_sub(look.from).min(rows.len().saturating_sub(height)),
    };
    let mut items = Vec::with_capacity(height);
    for (row, y) in rows.iter().skip(top).zip(body.top()..body.bottom()) {
        let at = look.from + top + items.len();
        let line = Rect { y, height: 1, ..body };
        gutter(canvas, line, look, at, row, colour(row, canvas));
        let mut whole = canvas.pen(body.x + GUTTER, y, body.width.saturating_sub(GUTTER + 1));
        match row {
            Row::Fold(f) => fold(&mut whole, look.list.is_open(row), f),
            _ => {
                for p in &placed {
                    cell(row, p.id, &mut canvas.pen(body.x + GUTTER + p.x, y, p.width));
                }
            }
        }
        if look.focused && at == list.at() {
            canvas.lay(line, Role::Selection);
        }
        items.push((at, to_hit(line)));
    }
    let top = look.from + top;
    PaneHit { area: to_hit(area), page: body.height.max(1), top, items }
}

fn headings<C: Copy>(canvas: &mut Canvas<'_>, area: Rect, look: Look<'_>, placed: &[columns::Placed<C>]) {
    let list = look.list;
    let picked = list.picked.and_then(|at| look.pane.info().columns.get(at).copied());
    for p in placed {
        let sorted = list.sort.filter(|s| Some(s.column) == p.sorts);
        let arrow = sorted.map_or("", |s| if s.descending { "↓" } else { "↑" });
        // The arrow is seen, if need be in place of the last letter.
        let room = usize::from(p.width).saturating_sub(cut::width(arrow));
        let title = format!("{}{arrow}", cut::head(p.title, room));
        let style = canvas.theme().style(if sorted.is_some() { Role::Accent } else { Role::Dim });
        let picked = picked.is_some() && p.sorts == picked;
        let style = if picked { style.add_modifier(Modifier::REVERSED) } else { style };
        let mut pen = canvas.pen(area.x + GUTTER + p.x, area.y, p.width);
        if p.right {
            let gap = pen.room().saturating_sub(cut::width(&title));
            pen.space(gap);
        }
        pen.styled(&title, style);
    }
}

/// A fold has one line for all its columns.
fn fold(pen: &mut Pen<'_>, open: bool, fold: &Fold) {
    let words = format!("{} {}", if open { glyph::OPEN } else { glyph::CLOSED }, words::fold(fold));
    pen.put(&crate::ui::cut::end(&words, pen.room()), Role::Dim).space(2);
    words::put_issues(pen, &fold.issues);
}

/// The three cells before a row.
pub(crate) fn gutter(canvas: &mut Canvas<'_>, line: Rect, look: Look<'_>, at: usize, row: &Row, colour: Option<Style>) {
    let selected = at == look.list.at();
    if selected && look.focused {
        canvas.pen(line.x, line.y, 1).put(glyph::CURSOR, Role::Accent);
    } else if selected && (look.leads || look.list.is_pinned()) {
        canvas.pen(line.x, line.y, 1).put(glyph::LEADS, Role::Dim);
    }
    if let Some(style) = colour {
        canvas.pen(line.x + 1, line.y, 1).styled(glyph::COLOUR, style);
    }
    if look.list.is_marked(row) {
        canvas.pen(line.x + 2, line.y, 1).put(glyph::MARK, Role::Accent);
    }
}

/// The colour of an environment's row.
fn colour(row: &Row, canvas: &Canvas<'_>) -> Option<Style> {
    let Row::Environment(e) = row else { return None };
    e.color.as_deref().map(|c| canvas.theme().environment(c).map_or_else(Style::new, |c| Style::new().fg(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_scrolls_as_little_as_it_must() {
        assert_eq!(top(0, 0, 5, 3), 0);
        assert_eq!(top(0, 4, 5, 100), 0);
        assert_eq!(top(0, 5, 5, 100), 1);
        assert_eq!(top(50, 52, 5, 100), 50);
        assert_eq!(top(50, 40, 5, 100), 40);
        assert_eq!(top(98, 99, 5, 100), 95);
        assert_eq!(top(7, 0, 0, 0), 0);
    }

    #[test]
    fn only_the_rows_that_are_seen_are_looked_at() {
        let rows = std::sync::Arc::new(vec![Row::All; 20_000]);
        let list = List { rows, at: 9_000, ..List::default() };
        let look = Look { pane: Pane::Projects, list: &list, focused: true, leads: true, from: 0 };
        let theme = crate::ui::Theme::default();
        let area = Rect::new(0, 0, 40, 20);
        let mut buffer = ratatui::buffer::Buffer::empty(area);
        let mut cells = 0;
        let columns = [Column::fixed('a', "A", 4), Column::fixed('b', "B", 4)];
        let mut canvas = Canvas::new(&mut buffer, &theme);
        let hit = draw(&mut canvas, area, look, &columns, |_, _, _| cells += 1);
        assert_eq!((hit.items.len(), cells, sample(look).len()), (19, 38, BLOCK));
        assert!(hit.items.iter().any(|(at, _)| *at == 9_000));
    }
}
