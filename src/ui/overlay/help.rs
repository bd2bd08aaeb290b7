//! Help and explanations: lines by group, in two columns where there is room, searched and scrolled.
//!
//! ```text
//! ┏━ Help ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ Esc closes ━┓
//! ┃ Change                              Find                                 ┃
//! ┃   S         start or stop a service   /       filter the pane            ┃
//! ```

use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::{Title, open, scrolls};
use crate::app::overlay::{HelpLine, TextView};
use crate::ui::canvas::Canvas;
use crate::ui::cut;
use crate::ui::theme::Role;
use crate::ui::widget::sheet::Shown;

/// Columns from which on two columns stand beside each other.
const TWO: u16 = 110;

pub(super) fn draw(canvas: &mut Canvas<'_>, text: &TextView, title: &str, over: Rect) -> Shown {
    let two = over.width >= TWO && text.lines.len() > 12;
    let keys = text.lines.iter().map(keys_width).max().unwrap_or(0).clamp(6, 34);
    let split = if two { split(&text.lines) } else { text.lines.len() };
    let (left, right) = text.lines.split_at(split.min(text.lines.len()));
    let rows = left.len().max(right.len());
    let height = u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(2);
    let width = if two { 168 } else { 92 };
    let words = match &text.search {
        Some(search) => format!("{title} · /{search}"),
        None => title.to_owned(),
    };
    let title = Title { words: &words, right: "Esc closes, / searches", production: false };
    let (area, inner) = open(canvas, over, (width.min(over.width), height.min(over.height)), &title);
    let most = rows.saturating_sub(usize::from(inner.height));
    let from = usize::from(text.scroll).min(most);
    let columns = if two { 2 } else { 1 };
    let each = inner.width / columns;
    for (column, lines) in [left, right].into_iter().enumerate().take(usize::from(columns)) {
        let x = inner.x + each * u16::try_from(column).unwrap_or(0);
        for (line, at) in lines.iter().enumerate().skip(from).zip(0..inner.height) {
            let place = Rect { x, y: inner.y + at, width: each.saturating_sub(u16::from(two)), height: 1 };
            put(canvas, place, line.1, keys);
            if text.found == Some(line.0 + if column == 0 { 0 } else { split }) {
                canvas.lay(place, Role::Selection);
            }
        }
    }
    let shown = Shown {
        page: inner.height,
        most: u16::try_from(most).unwrap_or(u16::MAX),
        above: from,
        below: rows.saturating_sub(from + usize::from(inner.height)),
    };
    scrolls(canvas, area, shown);
    shown
}

/// Where the second column begins: at the heading nearest to the middle.
fn split(lines: &[HelpLine]) -> usize {
    let half = lines.len() / 2;
    let headings = lines.iter().enumerate().filter(|(_, l)| matches!(l, HelpLine::Heading(_))).map(|(at, _)| at);
    headings.filter(|at| *at > 0).min_by_key(|at| at.abs_diff(half)).unwrap_or(lines.len())
}

fn keys_width(line: &HelpLine) -> usize {
    match line {
        HelpLine::Entry { keys, .. } => cut::width(keys),
        _ => 0,
    }
}

fn put(canvas: &mut Canvas<'_>, place: Rect, line: &HelpLine, keys_width: usize) {
    let heading = canvas.theme().style(Role::Accent).add_modifier(Modifier::BOLD);
    let mut pen = canvas.row(place, 0);
    match line {
        HelpLine::Heading(words) => {
            pen.styled(words, heading);
        }
        HelpLine::Plain(words) => {
            pen.sentence(words, Role::Text);
        }
        HelpLine::Entry { keys, help, greyed } => {
            let (key, word) = if greyed.is_some() { (Role::Dim, Role::Dim) } else { (Role::Accent, Role::Text) };
            let shown = cut::end(keys, keys_width);
            let gap = keys_width.saturating_sub(cut::width(&shown)) + 2;
            pen.space(2).put(&shown, key).space(gap);
            match greyed {
                None => pen.sentence(help, word),
                // Why it can't be done is what one looks for.
                Some(why) => pen.sentence(&format!("{help} ({why})"), word),
            };
        }
    }
}
