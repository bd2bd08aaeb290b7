//! What lies on top of a screen: one thing at a time, in a border as heavy as the focus.
//!
//! To add one: a file here, an arm in [`draw`].

mod choice;
mod dialog;
mod help;
pub(crate) mod quit;

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::theme::Role;
use super::widget::frame::{self, Frame};
use super::widget::sheet::Shown;
use crate::app::hit::HitMap;
use crate::app::overlay::Overlay;
use crate::app::state::State;

/// Draws what lies on top, if anything, and says how far it scrolls.
pub(crate) fn draw(canvas: &mut Canvas<'_>, state: &State, over: Rect, hits: &mut HitMap) {
    let shown = match &state.overlay {
        None => return,
        Some(Overlay::Help(text)) => help::draw(canvas, text, "Help", over),
        Some(Overlay::Explain(text)) => help::draw(canvas, text, "What can't be done here, and why", over),
        Some(Overlay::Cause(cause)) => {
            help::report(canvas, &cause.text, &format!("Root cause · {}", cause.title), over)
        }
        Some(Overlay::Reading(reading)) => help::report(canvas, &reading.text, &reading.title, over),
        Some(Overlay::Palette(palette)) => choice::palette(canvas, palette, over),
        Some(Overlay::Copy(menu)) => choice::copy(canvas, menu, over),
        Some(Overlay::Dialog(dialog)) => dialog::draw(canvas, state, dialog, over),
        Some(Overlay::Quit) => quit::draw(canvas, state, over),
    };
    hits.overlay_page = shown.page;
    hits.overlay_scroll = shown.most;
}

/// Opens a box of at most `width` × `height` in the middle of `over`; returns what is inside it.
fn open(canvas: &mut Canvas<'_>, over: Rect, (width, height): (u16, u16), title: &Title<'_>) -> (Rect, Rect) {
    let width = width.min(over.width);
    let height = height.min(over.height);
    let area = Rect {
        x: over.x + (over.width - width) / 2,
        // A little above the middle, where the eye is.
        y: over.y + (over.height - height) / 3,
        width,
        height,
    };
    canvas.blank(area);
    let right: Vec<String> = if title.right.is_empty() { Vec::new() } else { vec![title.right.to_owned()] };
    let role = if title.production { Role::Production } else { Role::BorderFocused };
    let frame = Frame { title: title.words, right: &right, focused: true, role: Some(role), ..Frame::default() };
    let inner = frame.draw(canvas, area);
    if title.production {
        canvas.lay(Rect { height: 1, ..area }, Role::Production);
    }
    // One blank cell at each side.
    (area, super::layout::inset(inner, 1))
}

/// What stands in the border of a box.
struct Title<'a> {
    words: &'a str,
    right: &'a str,
    production: bool,
}

/// Marks in a box's border how much is out of sight.
fn scrolls(canvas: &mut Canvas<'_>, area: Rect, shown: Shown) {
    frame::hidden(canvas, area, shown.above, shown.below);
}
