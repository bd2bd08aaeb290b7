//! Where things were drawn: what `ui::render` hands back, so that moves know pages and neighbours.

use super::pane::Pane;

/// A rectangle of cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rect {
    /// Column of its left edge, from 0.
    pub x: u16,
    /// Row of its top edge, from 0.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// Where one pane was drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaneHit {
    /// The pane with its border.
    pub area: Rect,
    /// Rows (or cards) that a page move passes over; at least 1.
    pub page: u16,
    /// Index of the first row that was drawn. `update` keeps it as [`super::List::top`].
    pub top: usize,
    /// Index and place of each row and card that was drawn. Moves between cards go by these.
    pub items: Vec<(usize, Rect)>,
}

/// Where things were drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HitMap {
    /// Panes that were drawn, each once.
    pub panes: Vec<(Pane, PaneHit)>,
    /// Rows of the text of the overlay (dialog, help, palette, explanation) that fit at once.
    pub overlay_page: u16,
    /// How far the overlay's text can be scrolled at most: rows in all less the rows that fit.
    pub overlay_scroll: u32,
    /// An age in seconds was drawn: a second changes the picture.
    pub seconds: bool,
}

impl HitMap {
    /// Where a pane was drawn, if it was.
    pub fn pane(&self, pane: Pane) -> Option<&PaneHit> {
        self.panes.iter().find(|(p, _)| *p == pane).map(|(_, hit)| hit)
    }
}
