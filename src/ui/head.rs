//! Heads: what stands above the panes of an environment and of a service, most important first.
//!
//! Short of rows, a head loses its last lines; zoomed, it is not drawn.

mod environment;
mod service;

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::cut;
use super::layout::inset;
use super::theme::{Role, Theme};
use super::widget::sheet::{self, Line};
use crate::app::pane::Screen;
use crate::app::state::State;
use crate::domain::Time;

/// Cells from which on times stand beside ages.
const ROOMY: usize = 96;

/// Cells of the names of facts.
const LABEL: usize = 11;

/// The head of the screen, for a width; empty where it has none.
pub(crate) fn lines(state: &State, theme: &Theme, width: u16) -> Vec<Line> {
    let width = usize::from(width).saturating_sub(2);
    match state.screen() {
        Screen::Dashboard | Screen::Alone { .. } => Vec::new(),
        Screen::Environment(id) => environment::lines(state, theme, id, width),
        Screen::Service { object, .. } => service::lines(state, theme, object, width),
    }
}

/// Rows that the head gets of a body: a third of it at most, or what panes leave.
pub(crate) fn rows(lines: &[Line], body: Rect, left: u16) -> u16 {
    u16::try_from(lines.len()).unwrap_or(u16::MAX).min((body.height / 3).max(left))
}

/// Draws a head.
pub(crate) fn draw(canvas: &mut Canvas<'_>, area: Rect, lines: &[Line]) {
    sheet::draw(canvas, inset(area, 1), lines, 0);
}

/// A fact with its name: `image      acme/checkout:1.8.2`. Wraps under itself.
pub(crate) fn fact(lines: &mut Vec<Line>, name: &str, words: &str, width: usize) {
    if !words.is_empty() {
        sheet::paragraph(lines, label(name), words, Role::Text, width);
    }
}

/// The name of a fact, dimmed, with the blanks behind it.
fn label(name: &str) -> Line {
    sheet::line(format!("{name}{}", " ".repeat(LABEL.saturating_sub(cut::width(name)))), Role::Dim)
}

/// Writes times of one head: the offset stands with the first, and where it changes.
struct When<'a> {
    state: &'a State,
    theme: &'a Theme,
    /// The times themselves only where there is room for them.
    roomy: bool,
    offset: Option<jiff::tz::Offset>,
}

impl<'a> When<'a> {
    fn new(state: &'a State, theme: &'a Theme, width: usize) -> Self {
        Self { state, theme, roomy: width >= ROOMY, offset: None }
    }

    /// `4m ago (2026-03-14 11:56 +01:00)`, then `2d ago (2026-03-12 09:00)`.
    fn words(&mut self, at: Option<Time>) -> Option<String> {
        let at = at?;
        let ago = super::format::ago(Some(at), self.state.now);
        Some(if self.roomy { format!("{ago} ({})", self.theme.time(at, &mut self.offset)) } else { ago })
    }
}
