//! A ratatui backend that writes into memory: a frame leaves in one piece, or not at all.
//!
//! It is not: anything that touches a terminal. [`super::tty`] does that, in a thread of its own.

use std::io;

use ratatui::Terminal;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// Room for a whole frame at 250×70.
const ROOM: usize = 64 * 1024;

/// Begin and end of a synchronized update (CSI 2026): terminals that know it show a frame at once.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// The backend. What it would write stands in a buffer until [`Pen::take`].
#[derive(Debug)]
pub struct Pen {
    bytes: Vec<u8>,
    size: Size,
    cursor: Position,
    /// Whether the cursor shows; `None` where that is not known.
    shown: Option<bool>,
}

impl Pen {
    /// A pen for a terminal of this size.
    pub fn new(size: Size) -> Self {
        Self { bytes: Vec::with_capacity(ROOM), size, cursor: Position::ORIGIN, shown: None }
    }

    /// Forgets what the terminal shows of the cursor: somebody else has used it.
    pub fn forget(&mut self) {
        self.shown = None;
    }

    /// The bytes of one frame, as one synchronized update; `None` where nothing has changed.
    pub fn take(&mut self) -> Option<Vec<u8>> {
        if self.bytes.is_empty() {
            return None;
        }
        self.bytes.splice(0..0, BEGIN.iter().copied());
        self.bytes.extend_from_slice(END);
        Some(std::mem::replace(&mut self.bytes, Vec::with_capacity(ROOM)))
    }

    fn ink(&mut self) -> CrosstermBackend<&mut Vec<u8>> {
        CrosstermBackend::new(&mut self.bytes)
    }
}

/// The terminal has been resized: everything has to be drawn again, even where it is as large as at the last
/// frame. Sizes come in bunches and the one in between is never drawn, but it has cut off what the terminal showed.
///
/// # Errors
/// Never: a pen writes into memory.
pub fn resized(terminal: &mut Terminal<Pen>, size: Size) -> io::Result<()> {
    terminal.backend_mut().size = size;
    terminal.clear()
}

impl Backend for Pen {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        // Crossterm's backend resets colours even where no cell follows: an unchanged frame is 0 bytes here.
        if content.peek().is_none() { Ok(()) } else { self.ink().draw(content) }
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.shown != Some(false) {
            self.ink().hide_cursor()?;
            self.shown = Some(false);
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.shown != Some(true) {
            self.ink().show_cursor()?;
            self.shown = Some(true);
        }
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        // Asking the terminal would wait for an answer among the keys.
        Ok(self.cursor)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.cursor = position.into();
        let at = self.cursor;
        self.ink().set_cursor_position(at)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.ink().clear()
    }

    fn clear_region(&mut self, clear: ClearType) -> io::Result<()> {
        self.ink().clear_region(clear)
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn scroll_region_up(&mut self, region: std::ops::Range<u16>, lines: u16) -> io::Result<()> {
        self.ink().scroll_region_up(region, lines)
    }

    fn scroll_region_down(&mut self, region: std::ops::Range<u16>, lines: u16) -> io::Result<()> {
        self.ink().scroll_region_down(region, lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(t: &mut Terminal<Pen>, text: &str) -> Option<Vec<u8>> {
        t.draw(|f| f.render_widget(text, f.area())).unwrap();
        t.backend_mut().take()
    }

    #[test]
    fn an_unchanged_frame_is_no_bytes_and_a_changed_one_is_one_synchronized_update() {
        let mut t = Terminal::new(Pen::new(Size::new(20, 3))).unwrap();
        let first = frame(&mut t, "hello").unwrap();
        assert!(first.starts_with(BEGIN) && first.ends_with(END));
        assert_eq!(frame(&mut t, "hello"), None);
        let one_cell = frame(&mut t, "hallo").unwrap();
        assert!(one_cell.len() <= 100, "{} bytes for one cell", one_cell.len());
    }

    #[test]
    fn a_size_that_came_and_went_between_two_frames_is_followed_by_a_whole_frame() {
        let mut t = Terminal::new(Pen::new(Size::new(20, 3))).unwrap();
        frame(&mut t, "hello").unwrap();
        resized(&mut t, Size::new(1, 1)).unwrap();
        resized(&mut t, Size::new(20, 3)).unwrap();
        let again = String::from_utf8(frame(&mut t, "hello").unwrap()).unwrap();
        assert!(again.contains("hello"), "{again:?}");
    }
}
