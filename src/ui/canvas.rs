//! The sheet that panes draw on: a buffer with a theme, and a pen that stays inside its row.
//!
//! Nothing here can write outside the area it was given, whatever the text; that is what keeps
//! borders intact for any name.

use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::cut;
use super::theme::{Role, Theme};

/// A buffer and how things look.
pub(crate) struct Canvas<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
}

impl<'a> Canvas<'a> {
    /// A canvas over a whole buffer, all of it in the theme's ground.
    pub(crate) fn new(buffer: &'a mut Buffer, theme: &'a Theme) -> Self {
        buffer.set_style(buffer.area, theme.ground());
        Self { buffer, theme }
    }

    /// All of it.
    pub(crate) fn area(&self) -> Rect {
        self.buffer.area
    }

    /// How things look.
    pub(crate) fn theme(&self) -> &'a Theme {
        self.theme
    }

    /// A pen for `width` cells from `x` on in row `y`; outside the buffer it has no room.
    pub(crate) fn pen(&mut self, x: u16, y: u16, width: u16) -> Pen<'_> {
        let row = Rect { x, y, width, height: 1 }.intersection(self.buffer.area);
        let (x, end) = if row.is_empty() { (0, 0) } else { (row.x, row.right()) };
        Pen { buffer: self.buffer, theme: self.theme, x, end, y, inverted: false }
    }

    /// A pen for row `at` (from 0) of an area.
    pub(crate) fn row(&mut self, area: Rect, at: u16) -> Pen<'_> {
        let width = if at < area.height { area.width } else { 0 };
        self.pen(area.x, area.y.saturating_add(at), width)
    }

    /// Lays a role over what is drawn: the selection, the dimness of old data.
    pub(crate) fn lay(&mut self, area: Rect, role: Role) {
        self.buffer.set_style(area, self.theme.style(role));
    }

    /// Blanks an area for something on top. A wide character that would reach into it is taken away,
    /// or the terminal would draw it over the first column.
    pub(crate) fn blank(&mut self, area: Rect) {
        let area = area.intersection(self.buffer.area);
        let ground = self.theme.ground();
        for y in area.top()..area.bottom() {
            if let Some(left) = area.x.checked_sub(1)
                && let Some(cell) = self.buffer.cell_mut((left, y))
                && cell.symbol().cell_width() > 1
            {
                cell.set_symbol(" ");
            }
            for x in area.left()..area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                    cell.set_style(ground);
                }
            }
        }
    }

    /// Puts one symbol of one cell.
    pub(crate) fn symbol(&mut self, x: u16, y: u16, symbol: &str, style: Style) {
        if let Some(cell) = self.buffer.cell_mut((x, y)) {
            cell.set_symbol(symbol).set_style(style);
        }
    }

    /// Fills a row of cells with one symbol.
    pub(crate) fn line(&mut self, x: u16, y: u16, width: u16, symbol: &str, style: Style) {
        for x in x..x.saturating_add(width) {
            self.symbol(x, y, symbol, style);
        }
    }
}

/// Writes from left to right in one row, and stops at its end.
pub(crate) struct Pen<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
    x: u16,
    y: u16,
    end: u16,
    inverted: bool,
}

impl Pen<'_> {
    /// Cells left.
    pub(crate) fn room(&self) -> usize {
        usize::from(self.end.saturating_sub(self.x))
    }

    /// Inverts what is written from now on, or no more.
    pub(crate) fn invert(&mut self, inverted: bool) -> &mut Self {
        self.inverted = inverted;
        self
    }

    /// Writes `text`; what does not fit is left away (cut it before, where it matters).
    pub(crate) fn put(&mut self, text: &str, role: Role) -> &mut Self {
        let style = self.theme.style(role);
        self.styled(text, if self.inverted { style.add_modifier(Modifier::REVERSED) } else { style })
    }

    /// Writes `text` in a style.
    pub(crate) fn styled(&mut self, text: &str, style: Style) -> &mut Self {
        let room = self.room();
        if room > 0 && !text.is_empty() {
            self.x = self.write(self.x, text, room, style);
        }
        self
    }

    /// Writes at most `room` cells of `text` from `x` on; the column after them. Almost all text is printable ASCII:
    /// that needs no search for grapheme clusters.
    fn write(&mut self, x: u16, text: &str, room: usize, style: Style) -> u16 {
        if !text.bytes().all(|b| matches!(b, b' '..=b'~')) {
            return self.buffer.set_stringn(x, self.y, text, room, style).0;
        }
        let mut at = x;
        for c in text.chars().take(room) {
            let Some(cell) = self.buffer.cell_mut((at, self.y)) else { break };
            cell.set_char(c).set_style(style);
            at += 1;
        }
        at
    }

    /// Writes a sentence, cut where it does not fit ([`cut::sentence`]).
    pub(crate) fn sentence(&mut self, text: &str, role: Role) {
        let cut = cut::sentence(text, self.room());
        self.put(&cut, role);
    }

    /// Writes a name, cut in its middle where it does not fit.
    pub(crate) fn name(&mut self, text: &str, role: Role) {
        let cut = cut::middle(text, self.room());
        self.put(&cut, role);
    }

    /// Leaves `cells` blank.
    pub(crate) fn space(&mut self, cells: usize) -> &mut Self {
        self.x = self.x.saturating_add(u16::try_from(cells).unwrap_or(u16::MAX)).min(self.end);
        self
    }

    /// Writes `text` at the right end; what comes after has the room up to one cell before it.
    /// Where it does not fit, nothing is written.
    pub(crate) fn right(&mut self, text: &str, role: Role) -> &mut Self {
        let width = cut::width(text);
        if width == 0 || width > self.room() {
            return self;
        }
        let style = self.theme.style(role);
        let from = self.end - u16::try_from(width).unwrap_or(0);
        self.write(from, text, width, style);
        self.end = from.saturating_sub(1).max(self.x);
        self
    }

    /// Whether the terminal shows only ASCII.
    pub(crate) fn only_ascii(&self) -> bool {
        self.theme.only_ascii()
    }

    /// The style of a role.
    pub(crate) fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// A pen of its own for the last `cells`; this one keeps what is before them, but for one cell.
    pub(crate) fn split_right(&mut self, cells: usize) -> Pen<'_> {
        let from = self.end.saturating_sub(u16::try_from(cells).unwrap_or(u16::MAX)).max(self.x);
        let end = std::mem::replace(&mut self.end, from.saturating_sub(1).max(self.x));
        Pen { buffer: self.buffer, theme: self.theme, x: from, y: self.y, end, inverted: self.inverted }
    }

    /// Writes `text` so that it ends where the room ends; too long, it is cut at its end.
    pub(crate) fn flush_right(&mut self, text: &str, role: Role) {
        let cut = cut::end(text, self.room());
        let gap = self.room().saturating_sub(cut::width(&cut));
        self.space(gap).put(&cut, role);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(width: u16, draw: impl FnOnce(&mut Canvas<'_>)) -> String {
        let theme = Theme::default();
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
        draw(&mut Canvas::new(&mut buffer, &theme));
        buffer.content.iter().map(|c| c.symbol()).collect()
    }

    #[test]
    fn a_pen_stays_inside_its_row() {
        let line = drawn(10, |c| {
            c.pen(2, 0, 4).put("abcdefgh", Role::Text).put("i", Role::Text);
            c.pen(200, 0, 4).put("x", Role::Text);
            c.pen(0, 9, 4).put("x", Role::Text);
            c.pen(8, 0, 400).put("yyyyy", Role::Text);
        });
        assert_eq!(line, "  abcd  yy");
    }

    #[test]
    fn what_stands_at_the_right_is_not_run_into() {
        let line = drawn(12, |c| {
            c.pen(0, 0, 12).right("8/11", Role::Text).sentence("checkout crash-loops", Role::Text);
        });
        assert_eq!(line, "checko… 8/11");
    }

    #[test]
    fn a_wide_character_does_not_reach_into_what_lies_on_top() {
        let line = drawn(6, |c| {
            c.pen(0, 0, 6).put("漢漢漢", Role::Text);
            c.blank(Rect::new(3, 0, 3, 1));
            c.symbol(3, 0, "│", Style::new());
        });
        assert_eq!(line, "漢  │  ");
    }
}
