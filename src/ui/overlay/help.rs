//! Help and explanations: lines by group, in two columns where there is room, searched and scrolled.
//!
//! ```text
//! ┏━ Help ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ Esc closes, / searches ━┓
//! ┃ Change                              Find                               ┃
//! ┃   S   start or stop a service,        /   filter the pane              ┃
//! ┃       marked ones, an environment     ?   what can be done here        ┃
//! ```

use ratatui::layout::Rect;

use super::{Title, open, scrolls};
use crate::app::overlay::{HelpLine, TextView};
use crate::domain::Time;
use crate::domain::timeline::Lane;
use crate::ui::canvas::Canvas;
use crate::ui::head::fact;
use crate::ui::pane::timeline;
use crate::ui::theme::{Role, Theme};
use crate::ui::widget::sheet::{self, Line, Shown, line, paragraph};
use crate::ui::{cut, glyph};

/// Columns from which on two columns stand beside each other.
const TWO: u16 = 110;

/// Lines from which on two columns are worth it.
const LONG: usize = 12;

/// A help: in two columns where there is room.
pub(super) fn draw(canvas: &mut Canvas<'_>, text: &TextView, title: &str, over: Rect) -> Shown {
    // Without a heading to break at there is nothing for a second column.
    let two = over.width >= TWO && text.lines.len() > LONG && split(&text.lines) < text.lines.len();
    columns(canvas, text, title, over, (if two { 168 } else { 92 }, two))
}

/// A report: read from its beginning to its end, in lines that an eye can follow.
pub(super) fn report(canvas: &mut Canvas<'_>, text: &TextView, title: &str, over: Rect) -> Shown {
    columns(canvas, text, title, over, (110, false))
}

fn columns(canvas: &mut Canvas<'_>, text: &TextView, title: &str, over: Rect, (widest, two): (u16, bool)) -> Shown {
    let at = split(&text.lines);
    let width = over.width.min(widest);
    let each = (width.saturating_sub(4) / if two { 2 } else { 1 }).saturating_sub(u16::from(two));
    let split = if two { at } else { text.lines.len() };
    let (left, right) = text.lines.split_at(split.min(text.lines.len()));
    let found = |first: usize| text.found.and_then(|at| at.checked_sub(first));
    let theme = canvas.theme();
    let columns = [rows(left, usize::from(each), found(0), theme), rows(right, usize::from(each), found(split), theme)];
    let tallest = columns.iter().map(|c| c.lines.len()).max().unwrap_or(0);
    let words = match &text.search {
        Some(search) => format!("{title} · /{search}"),
        None => title.to_owned(),
    };
    let title = Title { words: &words, right: "Esc closes, / searches", production: false };
    let height = u16::try_from(tallest + 2).unwrap_or(u16::MAX);
    let (area, inner) = open(canvas, over, (width, height), &title);
    let mut shown = Shown { page: inner.height, ..Shown::default() };
    let most = tallest.saturating_sub(usize::from(inner.height));
    let from = usize::try_from(text.scroll).unwrap_or(most).min(most);
    let mut x = inner.x;
    for column in &columns {
        let place = Rect { x, width: each, ..inner }.intersection(inner);
        let drawn = sheet::draw(canvas, place, column.lines.get(from..).unwrap_or_default(), 0);
        if let Some(row) = column.found.and_then(|row| row.checked_sub(from))
            && row < usize::from(place.height)
        {
            let y = place.y + u16::try_from(row).unwrap_or(0);
            canvas.lay(Rect { y, height: 1, ..place }, Role::Selection);
        }
        shown.below = shown.below.max(drawn.below);
        shown.above = from;
        x = x.saturating_add(each + 2);
    }
    shown.most = u32::try_from(most).unwrap_or(u32::MAX);
    scrolls(canvas, area, shown);
    shown
}

/// Where the second column begins: at the heading nearest to the middle.
fn split(lines: &[HelpLine]) -> usize {
    let half = lines.len() / 2;
    let headings = lines.iter().enumerate().filter(|(_, l)| matches!(l, HelpLine::Heading(_))).map(|(at, _)| at);
    headings.filter(|at| *at > 0).min_by_key(|at| at.abs_diff(half)).unwrap_or(lines.len())
}

/// A column: its rows, and which of them begins the line that was found.
struct Column {
    lines: Vec<Line>,
    found: Option<usize>,
}

/// Wraps lines to a width; nothing of a help is cut. Keys are aligned within their group.
fn rows(lines: &[HelpLine], width: usize, found: Option<usize>, theme: &Theme) -> Column {
    let ascii = theme.only_ascii();
    let mut column = Column { lines: Vec::new(), found: None };
    let mut offset = None;
    let mut keys_width = keys_of_group(lines, ascii);
    for (at, one) in lines.iter().enumerate() {
        if Some(at) == found {
            column.found = Some(column.lines.len());
        }
        match one {
            HelpLine::Heading(words) => {
                keys_width = keys_of_group(lines.get(at + 1..).unwrap_or_default(), ascii);
                column.lines.push(line(*words, Role::Accent));
            }
            HelpLine::Plain(words) if words.is_empty() => column.lines.push(Line::default()),
            HelpLine::Plain(words) => {
                // What is wrapped stays as far in as it begins.
                let said = words.trim_start();
                let head = vec![(" ".repeat(words.len() - said.len()), Role::Text)];
                paragraph(&mut column.lines, head, said, Role::Text, width);
            }
            HelpLine::Fact(name, words) => fact(&mut column.lines, name, words, width),
            HelpLine::At(name, at) => fact(&mut column.lines, name, &theme.time(*at, &mut offset), width),
            HelpLine::Moment(at, text) => {
                let head = vec![(format!("  {}  ", theme.moment(*at)), Role::Dim)];
                paragraph(&mut column.lines, head, text, Role::Text, width);
            }
            HelpLine::Lane(lane, from, to) => column.lines.push(lane_line(lane, *from, *to, width)),
            HelpLine::Entry { keys, help, greyed } => {
                let (key, role) = if greyed.is_some() { (Role::Dim, Role::Dim) } else { (Role::Accent, Role::Text) };
                let keys = glyph::keys(keys, ascii);
                let gap = keys_width.saturating_sub(cut::width(&keys)) + 2;
                let head = vec![(format!("  {keys}{}", " ".repeat(gap)), key)];
                let words = match greyed {
                    None => help.clone(),
                    Some(why) => format!("{help} ({why})"),
                };
                paragraph(&mut column.lines, head, &words, role, width);
            }
        }
    }
    column
}

/// A lane of a report: its name, the axis, what happened.
fn lane_line(lane: &Lane, from: Time, to: Time, width: usize) -> Line {
    const NAME: usize = 16;
    let axis = (width / 2).saturating_sub(NAME);
    let name = cut::middle(&lane.name, NAME);
    let gap = " ".repeat(NAME + 1 - cut::width(&name));
    let mut line = vec![(format!("  {name}{gap}"), Role::Text)];
    let symbol = |mark| timeline::symbol(mark);
    line.extend(lane.cells(from, to, axis).into_iter().map(symbol).map(|(glyph, role)| (glyph.to_owned(), role)));
    let room = width.saturating_sub(axis + NAME + 4);
    line.push((format!(" {}", cut::end(&lane.words, room)), Role::Text));
    line
}

/// Cells of the keys of the lines up to the next heading.
fn keys_of_group(lines: &[HelpLine], ascii: bool) -> usize {
    let of_group = lines.iter().take_while(|l| !matches!(l, HelpLine::Heading(_)));
    let wide = of_group.map(|l| match l {
        HelpLine::Entry { keys, .. } => cut::width(&glyph::keys(keys, ascii)),
        _ => 0,
    });
    wide.max().unwrap_or(0)
}
