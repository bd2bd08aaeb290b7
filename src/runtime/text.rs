//! A frame as text: for `kennel snapshot`, and for a stdout that is no terminal.

use crossterm::queue;
use crossterm::style::{Attribute, Color, Colors, SetAttribute, SetColors};
use ratatui::backend::IntoCrossterm as _;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Modifier;
use unicode_width::UnicodeWidthStr as _;

/// Modifiers with the attributes that show them.
const ATTRIBUTES: [(Modifier, Attribute); 7] = [
    (Modifier::BOLD, Attribute::Bold),
    (Modifier::DIM, Attribute::Dim),
    (Modifier::ITALIC, Attribute::Italic),
    (Modifier::UNDERLINED, Attribute::Underlined),
    (Modifier::REVERSED, Attribute::Reverse),
    (Modifier::HIDDEN, Attribute::Hidden),
    (Modifier::CROSSED_OUT, Attribute::CrossedOut),
];

/// The lines of `buffer`. Plain ones end without blanks; with `ansi` they carry colours, blanks included.
pub fn lines(buffer: &Buffer, ansi: bool) -> String {
    let mut text = String::new();
    for y in buffer.area.top()..buffer.area.bottom() {
        let mut line = String::new();
        let mut look: Option<&Cell> = None;
        let mut skip = 0;
        for x in buffer.area.left()..buffer.area.right() {
            let Some(cell) = buffer.cell((x, y)) else { continue };
            // Cells behind a wide character are covered by it.
            if skip > 0 {
                skip -= 1;
                continue;
            }
            skip = cell.symbol().width().saturating_sub(1);
            let differs = |c: &Cell| (c.fg, c.bg, c.modifier) != (cell.fg, cell.bg, cell.modifier);
            if ansi && look.is_none_or(differs) {
                line.push_str(&sgr(cell));
                look = Some(cell);
            }
            line.push_str(cell.symbol());
        }
        if ansi {
            text.push_str(&line);
            text.push_str("\x1b[0m");
        } else {
            text.push_str(line.trim_end());
        }
        text.push('\n');
    }
    text
}

fn sgr(cell: &Cell) -> String {
    let mut bytes = Vec::new();
    let colour = |c: ratatui::style::Color| -> Color { c.into_crossterm() };
    // Writing into a Vec does not fail.
    let _ = queue!(bytes, SetAttribute(Attribute::Reset));
    // Before the attributes, and not where there are none: with NO_COLOR these sequences come out empty, as a reset.
    if (cell.fg, cell.bg) != (ratatui::style::Color::Reset, ratatui::style::Color::Reset) {
        let _ = queue!(bytes, SetColors(Colors::new(colour(cell.fg), colour(cell.bg))));
    }
    for (modifier, attribute) in ATTRIBUTES {
        if cell.modifier.contains(modifier) {
            let _ = queue!(bytes, SetAttribute(attribute));
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Style};

    use super::*;

    #[test]
    fn lines_end_without_blanks_and_wide_characters_take_their_two_columns() {
        let mut b = Buffer::empty(Rect::new(0, 0, 8, 2));
        b.set_string(0, 0, "漢a", Style::new());
        assert_eq!(lines(&b, false), "漢a\n\n");
    }

    #[test]
    fn colours_are_sequences_that_end_with_the_line() {
        let mut b = Buffer::empty(Rect::new(0, 0, 2, 1));
        b.set_string(0, 0, "x", Style::new().fg(Color::Red));
        let text = lines(&b, true);
        assert!(text.contains("\x1b[38;5;1"), "{text:?}");
        assert!(text.ends_with(" \x1b[0m\n"), "{text:?}");
    }

    #[test]
    fn attributes_come_last_and_alone_where_there_is_no_colour() {
        let mut b = Buffer::empty(Rect::new(0, 0, 1, 1));
        b.set_string(0, 0, "x", Style::new().bold().reversed());
        assert_eq!(lines(&b, true), "\x1b[0m\x1b[1m\x1b[7mx\x1b[0m\n");
        b.set_string(0, 0, "x", Style::new().bold().fg(Color::Red));
        let text = lines(&b, true);
        assert!(text.find("38;5;1") < text.find("\x1b[1m"), "{text:?}");
    }
}
