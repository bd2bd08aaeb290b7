//! A choice of one of several: the palette, what to copy.
//!
//! ```text
//! ┏━ Find a command, project, environment or service ━━━━━━━━━━━ 12 of 4,180 ━┓
//! ┃ > stag                                                                    ┃
//! ┃▶ shop/staging                                                 environment ┃
//! ```

use ratatui::layout::Rect;

use super::{Title, open, scrolls};
use crate::app::overlay::{CopyMenu, Palette};
use crate::ui::canvas::Canvas;
use crate::ui::chrome::bottom;
use crate::ui::theme::Role;
use crate::ui::widget::sheet::Shown;
use crate::ui::widget::table;
use crate::ui::{cut, format, glyph};

/// Columns of a choice.
const WIDTH: u16 = 84;

/// Rows of the palette: fixed, so that it does not jump while one types.
const ROWS: u16 = 18;

/// Cells of a key, and the blanks behind it.
const KEYS: usize = 8;

pub(super) fn palette(canvas: &mut Canvas<'_>, palette: &Palette, over: Rect) -> Shown {
    let count = match palette.total {
        n if n > palette.matches.len() => {
            format!("{} of {}", palette.matches.len(), format::count(n as u64))
        }
        n => format::count(n as u64),
    };
    let title = Title { words: "Find a command, project, environment or service", right: &count, production: false };
    let (area, inner) = open(canvas, over, (WIDTH, ROWS), &title);
    let mut pen = canvas.row(inner, 0);
    pen.put("> ", Role::Accent);
    bottom::input(&mut pen, &palette.input);
    let body = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    if palette.matches.is_empty() {
        canvas.row(body, 0).space(2).put("Nothing matches. Backspace takes a letter back.", Role::Dim);
    }
    list(canvas, area, body, palette.at, palette.matches.len(), |at, pen| {
        let Some(entry) = palette.matches.get(at) else { return };
        pen.right(&entry.hint, Role::Dim);
        // Keys stand in front, all in one column.
        let key = glyph::keys(&entry.key, pen.only_ascii());
        pen.put(&key, Role::Accent).space(KEYS.saturating_sub(cut::width(&key)));
        match &entry.greyed {
            None => pen.name(&entry.label, Role::Text),
            Some(why) => pen.put(&entry.label, Role::Dim).sentence(&format!(" ({why})"), Role::Dim),
        };
    })
}

pub(super) fn copy(canvas: &mut Canvas<'_>, menu: &CopyMenu, over: Rect) -> Shown {
    let rows = u16::try_from(menu.choices.len()).unwrap_or(u16::MAX).saturating_add(2);
    let what = menu.choices.iter().map(|(w, _)| cut::width(w)).max().unwrap_or(0);
    let wide = menu.choices.iter().map(|(_, t)| cut::width(t)).max().unwrap_or(0) + what + 10;
    let width = u16::try_from(wide).unwrap_or(u16::MAX).clamp(40, 120);
    let title = Title {
        words: "Copy",
        right: &glyph::keys("⏎ copies, Esc closes", canvas.theme().only_ascii()),
        production: false,
    };
    let (area, inner) = open(canvas, over, (width, rows), &title);
    list(canvas, area, inner, menu.at, menu.choices.len(), |at, pen| {
        let Some((name, text)) = menu.choices.get(at) else { return };
        pen.put(name, Role::Dim).space(what.saturating_sub(cut::width(name)) + 2);
        pen.name(text, Role::Text);
    })
}

/// Draws `n` lines with the one at `at` selected.
fn list(
    canvas: &mut Canvas<'_>,
    area: Rect,
    body: Rect,
    at: usize,
    n: usize,
    mut line: impl FnMut(usize, &mut crate::ui::canvas::Pen<'_>),
) -> Shown {
    let height = usize::from(body.height);
    let from = table::top(at.saturating_sub(height / 2), at, height, n);
    for (index, y) in (from..n).zip(body.top()..body.bottom()) {
        let place = Rect { y, height: 1, ..body };
        let mut pen = canvas.row(place, 0);
        pen.put(if index == at { glyph::CURSOR } else { " " }, Role::Accent).space(1);
        line(index, &mut pen);
        if index == at {
            canvas.lay(place, Role::Selection);
        }
    }
    let shown = Shown { page: body.height, most: 0, above: from, below: n.saturating_sub(from + height) };
    scrolls(canvas, area, shown);
    shown
}
