//! What a screen shows, as far as it is measured: which row is marked, and how many cells differ.

use vt100::{Cell, Color, Screen};

/// Cells of a row that must stand out for the row to be marked.
const MARKED: usize = 20;

/// The rows that are marked as a whole: by a background of their own, or reversed. A key that moves a cursor moves
/// such a row; data that changes beside it does not.
pub(crate) fn marked(screen: &Screen) -> Vec<(u16, usize)> {
    let (rows, columns) = screen.size();
    let stands_out = |c: &Cell| c.inverse() || c.bgcolor() != Color::Default;
    let count = |row| (0..columns.get()).filter(|x| screen.cell(row, *x).is_some_and(stands_out)).count();
    (0..rows.get()).map(|row| (row, count(row))).filter(|(_, cells)| *cells >= MARKED).collect()
}

/// How many cells differ.
pub(crate) fn changed(before: &Screen, after: &Screen) -> usize {
    let (rows, columns) = after.size();
    let differs = |(row, x): &(u16, u16)| before.cell(*row, *x) != after.cell(*row, *x);
    (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |x| (row, x))).filter(differs).count()
}
