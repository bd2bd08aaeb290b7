//! Floor 3: draws the state; `render(frame, &State, &Theme) -> HitMap`, and nothing else.

mod canvas;
mod cut;
mod format;
mod glyph;
mod theme;
mod widget;

pub use theme::{Depth, Role, Theme, ThemeError};
