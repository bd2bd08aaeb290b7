//! A text of styled lines that scrolls: bodies of dialogs, help, heads of screens.

use ratatui::layout::Rect;

use crate::ui::canvas::Canvas;
use crate::ui::cut;
use crate::ui::theme::Role;

/// A line: pieces with their roles.
pub(crate) type Line = Vec<(String, Role)>;

/// What a sheet showed, for scrolling on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Rows that fit at once.
    pub(crate) page: u16,
    /// How far it can be scrolled at most.
    pub(crate) most: u32,
    /// Rows above what is shown.
    pub(crate) above: usize,
    /// Rows below what is shown.
    pub(crate) below: usize,
}

/// A line of one piece.
pub(crate) fn line(text: impl Into<String>, role: Role) -> Line {
    vec![(text.into(), role)]
}

/// Adds `text`, wrapped to `width` with the later lines indented as far as the first one's `head` is wide.
pub(crate) fn paragraph(lines: &mut Vec<Line>, head: Line, text: &str, role: Role, width: usize) {
    let indent: usize = head.iter().map(|(t, _)| cut::width(t)).sum();
    let room = width.saturating_sub(indent).max(8);
    let mut head = Some(head);
    for part in cut::wrap(text, room) {
        let mut line = head.take().unwrap_or_else(|| vec![(" ".repeat(indent), Role::Text)]);
        line.push((part.to_owned(), role));
        lines.push(line);
    }
    lines.extend(head.filter(|h| !h.is_empty()));
}

/// Draws the lines that are seen from row `scroll` on.
pub(crate) fn draw(canvas: &mut Canvas<'_>, area: Rect, lines: &[Line], scroll: u32) -> Shown {
    let most = lines.len().saturating_sub(usize::from(area.height));
    let from = usize::try_from(scroll).unwrap_or(most).min(most);
    for (line, at) in lines.iter().skip(from).zip(0..area.height) {
        let mut pen = canvas.row(area, at);
        for (text, role) in line {
            let cut = cut::width(text) > pen.room();
            pen.sentence(text, *role);
            // What is cut ends the line: behind it nothing makes sense.
            if cut {
                break;
            }
        }
    }
    let below = lines.len().saturating_sub(from + usize::from(area.height));
    Shown { page: area.height, most: u32::try_from(most).unwrap_or(u32::MAX), above: from, below }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_where_it_is_cut() {
        let theme = crate::ui::Theme::default();
        let mut buffer = ratatui::buffer::Buffer::empty(Rect::new(0, 0, 12, 1));
        let line = vec![("one, two three".to_owned(), Role::Text), ("four".to_owned(), Role::Dim)];
        draw(&mut Canvas::new(&mut buffer, &theme), Rect::new(0, 0, 12, 1), &[line], 0);
        let drawn: String = buffer.content.iter().map(|c| c.symbol()).collect();
        assert_eq!(drawn, "one, two th…");
        let mut buffer = ratatui::buffer::Buffer::empty(Rect::new(0, 0, 12, 1));
        let line = vec![("one, two , three".to_owned(), Role::Text), ("four".to_owned(), Role::Dim)];
        draw(&mut Canvas::new(&mut buffer, &theme), Rect::new(0, 0, 12, 1), &[line], 0);
        let drawn: String = buffer.content.iter().map(|c| c.symbol()).collect();
        assert_eq!(drawn, "one, two ,… ", "one sign for all that is left out");
    }

    #[test]
    fn a_paragraph_is_indented_under_its_head() {
        let mut lines = Vec::new();
        paragraph(&mut lines, line("⚠ ", Role::Warn), "one two three", Role::Text, 10);
        let text: Vec<String> = lines.iter().map(|l| l.iter().map(|(t, _)| t.as_str()).collect()).collect();
        assert_eq!(text, ["⚠ one two", "  three"]);
    }
}
