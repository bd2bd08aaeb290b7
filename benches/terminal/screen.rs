//! What a screen shows, as far as it is measured: which row is marked, and how many cells differ.

use std::collections::HashMap;

use vt100::{Cell, Color, Screen};

/// Cells of a row that must stand out for the row to be marked.
const MARKED: usize = 20;

fn cells(screen: &Screen, row: u16) -> impl Iterator<Item = &Cell> {
    (0..screen.size().1.get()).filter_map(move |x| screen.cell(row, x))
}

/// Background and whether it is reversed, as one number.
fn ground(cell: &Cell) -> u32 {
    let colour = match cell.bgcolor() {
        Color::Default => 0,
        Color::Idx(at) => (1 << 24) | u32::from(at),
        Color::Rgb(r, g, b) => (2 << 24) | u32::from_be_bytes([0, r, g, b]),
    };
    (colour << 1) | u32::from(cell.inverse())
}

/// The rows that are marked as a whole: on another ground than most of the screen. A key that moves a cursor moves
/// such a row; data that changes beside it does not.
pub(crate) fn marked(screen: &Screen) -> Vec<(u16, usize)> {
    let rows = || 0..screen.size().0.get();
    let mut grounds: HashMap<u32, usize> = HashMap::new();
    for cell in rows().flat_map(|row| cells(screen, row)) {
        *grounds.entry(ground(cell)).or_default() += 1;
    }
    let most = grounds.into_iter().max_by_key(|(_, n)| *n).map(|(ground, _)| ground).unwrap_or_default();
    let count = |row| cells(screen, row).filter(|c| ground(c) != most).count();
    rows().map(|row| (row, count(row))).filter(|(_, cells)| *cells >= MARKED).collect()
}

/// How many cells differ.
pub(crate) fn changed(before: &Screen, after: &Screen) -> usize {
    let (rows, columns) = after.size();
    let differs = |(row, x): &(u16, u16)| before.cell(*row, *x) != after.cell(*row, *x);
    (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |x| (row, x))).filter(differs).count()
}
