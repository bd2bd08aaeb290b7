//! Floor 3: draws the state. `render(frame, &State, &Theme) -> HitMap`: pure, and the only way in.
//!
//! It is not: a place for decisions. What is shown, in which order, what a key does, is `app`'s.
//!
//! ```text
//! chrome::header    where, which cluster, how bad, how true
//! chrome::tabs      (small screens)
//! head::*           (an environment, a service)
//! pane::*           one file per pane, stacked by layout
//! chrome::progress  what runs
//! chrome::bottom    prompt, notice or hints
//! overlay::*        on top: dialog, help, palette, …
//! ```
//!
//! - [`theme`]: roles to colours. [`glyph`]: marks, and their stand-ins on ASCII terminals.
//! - [`canvas`]: the sheet and the pen that stay inside their area, whatever is written.
//! - [`cut`], [`mod@format`], [`words`]: text in cells, numbers, words of things.
//!
//! To add a pane: see [`pane`]. To add something on top: a file in `overlay/`.

mod canvas;
mod chrome;
mod cut;
mod format;
mod glyph;
mod head;
mod layout;
mod overlay;
mod pane;
mod theme;
mod widget;
mod words;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::Overlay;
use crate::app::hit::HitMap;
use crate::app::state::{SMALLEST, State, is_cramped};
use canvas::Canvas;
use layout::Shape;
pub use theme::{Depth, Role, Theme, ThemeError};

/// Draws the state, and says where things are.
pub fn render(frame: &mut Frame<'_>, state: &State, theme: &Theme) -> HitMap {
    draw(frame.buffer_mut(), state, theme)
}

/// Draws the state into a buffer: [`render`] without a terminal.
pub fn draw(buffer: &mut Buffer, state: &State, theme: &Theme) -> HitMap {
    let mut canvas = Canvas::new(buffer, theme);
    let area = canvas.area();
    let (hits, seconds) = format::ticking(|| {
        if state.cramped() || is_cramped((area.width, area.height)) {
            refuse(&mut canvas, state, area);
            return HitMap::default();
        }
        screen(&mut canvas, state, layout::shape(area))
    });
    if theme.only_ascii() {
        glyph::to_ascii(buffer);
    }
    HitMap { seconds, ..hits }
}

/// The whole screen.
fn screen(canvas: &mut Canvas<'_>, state: &State, shape: Shape) -> HitMap {
    let area = canvas.area();
    let regions = layout::regions(area, shape, state.under_way().count());
    chrome::header::draw(canvas, state, regions.header);
    chrome::tabs::draw(canvas, state, regions.tabs);
    let view = state.view();
    let head = if view.zoom { Vec::new() } else { head::lines(state, canvas.theme(), area.width) };
    // Where one pane is seen at a time, what a short one leaves is the head's.
    let left = match shape {
        Shape::Tabs => {
            regions.body.height.saturating_sub(pane::need(state, view.focus, area.width, regions.body.height).max(8))
        }
        _ => 0,
    };
    let rows = head::rows(&head, regions.body, left);
    head::draw(canvas, Rect { height: rows, ..regions.body }, &head);
    let body = Rect { y: regions.body.y + rows, height: regions.body.height - rows, ..regions.body };
    let need = |p, width, height| pane::need(state, p, width, height);
    let placed = layout::panes(&view.screen, view.focus, view.zoom, shape, body, need);
    let mut hits = HitMap::default();
    for (pane, area) in placed {
        hits.panes.push((pane, pane::draw(canvas, state, pane, area)));
    }
    chrome::progress::draw(canvas, state, regions.progress);
    // What lies on top leaves the header in view: one always sees where one is.
    let over = Rect { y: regions.header.bottom(), height: regions.bottom.y - regions.header.bottom(), ..area };
    overlay::draw(canvas, state, over, &mut hits);
    chrome::bottom::draw(canvas, state, regions.bottom);
    hits
}

/// Too small to be of use: says so, and what acts, as far as even that fits.
fn refuse(canvas: &mut Canvas<'_>, state: &State, area: Rect) {
    let words = match state.overlay {
        Some(Overlay::Quit) => format!("q quits · Esc stays · {}", overlay::quit::fate(state)),
        _ => format!("kennel needs {}×{} · q quits", SMALLEST.0, SMALLEST.1),
    };
    for (at, line) in (0..area.height).zip(cut::wrap(&words, usize::from(area.width))) {
        canvas.row(area, at).put(line, Role::Text);
    }
}
