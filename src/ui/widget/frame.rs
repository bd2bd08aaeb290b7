//! The border of a pane: number, title, scope at the left, counts at the right, scrolling below.
//!
//! ```text
//! ┏━ 2 Environments · shop ━━━━━━━━━━━━━━━━━━━━━ 6 of 6 · worst first ━┓
//! ┃                                                                    ┃
//! ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ ↑3 ↓76 ━┛
//! ```
//!
//! Focus is the border's weight, and its colour.

use ratatui::layout::Rect;

use crate::ui::canvas::Canvas;
use crate::ui::cut;
use crate::ui::format::count;
use crate::ui::theme::Role;

/// What stands in a border.
#[derive(Debug, Default)]
pub(crate) struct Frame<'a> {
    /// `2 Environments`.
    pub(crate) title: &'a str,
    /// What it is about: `shop/staging`. Cut in its middle where room is short.
    pub(crate) scope: &'a str,
    /// At the right, most important first; what does not fit is left out from the end.
    pub(crate) right: &'a [String],
    /// Has the focus.
    pub(crate) focused: bool,
    /// Another role than that of borders.
    pub(crate) role: Option<Role>,
}

/// Corners and edges: top left, top right, bottom left, bottom right, horizontal, vertical.
const LIGHT: [&str; 6] = ["┌", "┐", "└", "┘", "─", "│"];
const HEAVY: [&str; 6] = ["┏", "┓", "┗", "┛", "━", "┃"];

impl Frame<'_> {
    /// Draws the border and returns what is inside.
    pub(crate) fn draw(&self, canvas: &mut Canvas<'_>, area: Rect) -> Rect {
        let area = area.intersection(canvas.area());
        if area.width < 2 || area.height < 2 {
            return Rect { width: 0, height: 0, ..area };
        }
        let role = self.role.unwrap_or(if self.focused { Role::BorderFocused } else { Role::Border });
        let style = canvas.theme().style(role);
        let [top_left, top_right, bottom_left, bottom_right, across, down] = if self.focused { HEAVY } else { LIGHT };
        let (left, right, top, bottom) = (area.x, area.right() - 1, area.y, area.bottom() - 1);
        canvas.line(left + 1, top, area.width - 2, across, style);
        canvas.line(left + 1, bottom, area.width - 2, across, style);
        for y in top + 1..bottom {
            canvas.symbol(left, y, down, style);
            canvas.symbol(right, y, down, style);
        }
        let corners = [
            (left, top, top_left),
            (right, top, top_right),
            (left, bottom, bottom_left),
            (right, bottom, bottom_right),
        ];
        for (x, y, symbol) in corners {
            canvas.symbol(x, y, symbol, style);
        }
        self.titles(canvas, area);
        Rect { x: left + 1, y: top + 1, width: area.width - 2, height: area.height - 2 }
    }

    /// The top line alone: a pane that has nothing to show.
    pub(crate) fn line(&self, canvas: &mut Canvas<'_>, area: Rect) {
        let area = Rect { height: 1, ..area }.intersection(canvas.area());
        let role = if self.focused { Role::BorderFocused } else { Role::Border };
        let style = canvas.theme().style(role);
        let [.., across, _] = if self.focused { HEAVY } else { LIGHT };
        canvas.line(area.x, area.y, area.width, across, style);
        self.titles(canvas, area);
    }

    /// Cells that its top line takes with all that it says.
    pub(crate) fn whole(&self) -> usize {
        let scope = if self.scope.is_empty() { 0 } else { 3 + cut::width(self.scope) };
        6 + cut::width(self.title) + scope + 3 + cut::width(&self.right.join(" · "))
    }

    /// The top line: title and scope from the left, as much of the right as fits beside them.
    fn titles(&self, canvas: &mut Canvas<'_>, area: Rect) {
        // One edge cell and one blank on each side of a text.
        let room = usize::from(area.width).saturating_sub(6);
        if room == 0 || self.title.is_empty() {
            return;
        }
        let wanted = cut::width(self.title) + if self.scope.is_empty() { 0 } else { 3 + cut::width(self.scope) };
        // The scope gives way first (down to 8 cells), then the right from its end.
        let least = cut::width(self.title) + if self.scope.is_empty() { 0 } else { 3 + cut::width(self.scope).min(8) };
        let mut shown = self.right.len();
        let mut right = String::new();
        while shown > 0 {
            right = self.right.get(..shown).unwrap_or_default().join(" · ");
            if least + cut::width(&right) + 3 <= room {
                break;
            }
            shown -= 1;
            right.clear();
        }
        let taken = if right.is_empty() { 0 } else { cut::width(&right) + 3 };
        let left = wanted.min(room.saturating_sub(taken));
        let width = u16::try_from(left).unwrap_or(u16::MAX).saturating_add(2).min(area.width - 2);
        let role = if self.focused { Role::Accent } else { Role::Text };
        let mut pen = canvas.pen(area.x + 2, area.y, width.min(area.width.saturating_sub(3)));
        let title = cut::end(self.title, left);
        // The key that leads there is no part of what it is called.
        let key = title.find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
        let (key, title) = title.split_at_checked(key).unwrap_or(("", &title));
        pen.put(" ", role).put(key, Role::Dim).put(title, role);
        if !self.scope.is_empty() && pen.room() > 4 {
            let room = pen.room() - 1;
            pen.put(" · ", Role::Dim).put(&cut::middle(self.scope, room - 3), role);
        }
        pen.put(" ", role);
        if !right.is_empty() {
            let cells = u16::try_from(cut::width(&right)).unwrap_or(u16::MAX).saturating_add(2);
            let x = area.right().saturating_sub(cells.saturating_add(2)).max(area.x + 1);
            canvas.pen(x, area.y, cells).put(" ", Role::Dim).put(&right, Role::Dim).put(" ", Role::Dim);
        }
    }
}

/// Writes into the bottom border, at its left: how the data stands. `taken` cells of it are [`hidden`]'s; of the
/// words, longest first, those are written that fit beside it.
pub(crate) fn bottom(canvas: &mut Canvas<'_>, area: Rect, words: &[String], role: Role, taken: u16) {
    let room = area.width.saturating_sub(6).saturating_sub(taken);
    if area.height < 2 || room < 8 {
        return;
    }
    let fits = |w: &&String| cut::width(w) <= usize::from(room) - 2;
    let Some(words) = words.iter().find(fits).or(words.last()) else { return };
    let words = cut::end(words, usize::from(room) - 2);
    canvas.pen(area.x + 2, area.bottom() - 1, room).put(" ", role).put(&words, role).put(" ", role);
}

/// Writes into the bottom border, at its right: how many rows are out of sight. Returns the cells that it took.
pub(crate) fn hidden(canvas: &mut Canvas<'_>, area: Rect, above: usize, below: usize) -> u16 {
    let of = |arrow: &str, n: usize| if n == 0 { String::new() } else { format!("{arrow}{} ", count(n as u64)) };
    let words = format!(" {}{}", of("↑", above), of("↓", below));
    let cells = u16::try_from(cut::width(&words)).unwrap_or(u16::MAX);
    if area.height >= 2 && cells > 1 && cells.saturating_add(4) <= area.width {
        canvas.pen(area.right() - cells - 2, area.bottom() - 1, cells).put(&words, Role::Dim);
        return cells;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::Theme;
    use ratatui::buffer::Buffer;

    fn top(width: u16, frame: &Frame<'_>) -> String {
        let theme = Theme::default();
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, 3));
        frame.draw(&mut Canvas::new(&mut buffer, &theme), Rect::new(0, 0, width, 3));
        buffer.content.iter().take(usize::from(width)).map(|c| c.symbol()).collect()
    }

    #[test]
    fn the_scope_gives_way_before_the_counts_and_these_from_their_end() {
        let right = ["6 of 6".to_owned(), "worst first".to_owned()];
        let frame = Frame { title: "2 Envs", scope: "shop/long-name", right: &right, ..Frame::default() };
        assert_eq!(top(56, &frame), "┌─ 2 Envs · shop/long-name ───── 6 of 6 · worst first ─┐");
        assert_eq!(top(46, &frame), "┌─ 2 Envs · shop/…me ─ 6 of 6 · worst first ─┐");
        assert_eq!(top(33, &frame), "┌─ 2 Envs · shop/…ame ─ 6 of 6 ─┐");
        assert_eq!(top(30, &frame), "┌─ 2 Envs · shop/long-name ──┐");
        assert_eq!(top(20, &frame), "┌─ 2 Envs · sho…e ─┐");
        assert_eq!(top(10, &frame), "┌─ 2 E… ─┐");
        assert_eq!(top(3, &frame), "┌─┐");
    }
}
