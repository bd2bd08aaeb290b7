//! Which columns of a table fit, and how wide each is.
//!
//! Columns leave in a stated order as the width shrinks: some as soon as a more important one could not
//! be read in comfort, some only when the rest would make no sense. What stays gets its least width,
//! then what it would like, then the growing ones share the rest.

use crate::app::pane::Column as Sorted;

/// One column of a table. `C` says which.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column<C> {
    /// Which one.
    pub(crate) id: C,
    /// Heading, in capitals.
    pub(crate) title: &'static str,
    /// Cells without which it makes no sense.
    pub(crate) least: usize,
    /// Cells for the sake of which columns that yield leave.
    pub(crate) comfort: usize,
    /// Cells in which everything would be seen whole.
    pub(crate) ideal: usize,
    /// Takes a share of what is left over.
    pub(crate) grows: bool,
    /// Numbers stand at the right.
    pub(crate) right: bool,
    /// Leaves when room is short, lowest first; `None` never leaves.
    pub(crate) leaves: Option<u8>,
    /// Leaves already for the comfort of others.
    pub(crate) yields: bool,
    /// What rows are sorted by when they are sorted by it.
    pub(crate) sorts: Option<Sorted>,
}

impl<C> Column<C> {
    /// A column of exactly `cells`, that never leaves.
    pub(crate) fn fixed(id: C, title: &'static str, cells: usize) -> Self {
        Self {
            id,
            title,
            least: cells,
            comfort: cells,
            ideal: cells,
            grows: false,
            right: false,
            leaves: None,
            yields: false,
            sorts: None,
        }
    }

    /// A column of `least` to `ideal` cells.
    pub(crate) fn between(id: C, title: &'static str, least: usize, ideal: usize) -> Self {
        let ideal = ideal.max(title.len());
        let least = least.min(ideal);
        Self { least, comfort: least, ideal, ..Self::fixed(id, title, 0) }
    }

    /// Is read in comfort from that many cells on (or in all that it would like).
    pub(crate) fn comfort(self, cells: usize) -> Self {
        Self { comfort: cells.min(self.ideal).max(self.least), ..self }
    }

    /// Leaves `rank`-th, already for the comfort of others.
    pub(crate) fn yields(self, rank: u8) -> Self {
        Self { leaves: Some(rank), yields: true, ..self }
    }

    /// Rows can be sorted by it.
    pub(crate) fn sorts(self, by: Sorted) -> Self {
        Self { sorts: Some(by), ..self }
    }

    /// With its words at the right.
    pub(crate) fn right(self) -> Self {
        Self { right: true, ..self }
    }

    /// Takes a share of what is left over.
    pub(crate) fn grows(self) -> Self {
        Self { grows: true, ..self }
    }

    /// Leaves `rank`-th when room is short.
    pub(crate) fn leaves(self, rank: u8) -> Self {
        Self { leaves: Some(rank), ..self }
    }
}

/// A column with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placed<C> {
    /// Which one.
    pub(crate) id: C,
    /// Heading.
    pub(crate) title: &'static str,
    /// First cell, from the left edge of the table.
    pub(crate) x: u16,
    /// Cells.
    pub(crate) width: u16,
    /// Numbers stand at the right.
    pub(crate) right: bool,
    /// What rows are sorted by when they are sorted by it.
    pub(crate) sorts: Option<Sorted>,
}

/// Blank cells between two columns.
const GAP: usize = 1;

/// Places columns in `width` cells.
pub(crate) fn place<C: Copy>(columns: &[Column<C>], width: usize) -> Vec<Placed<C>> {
    let mut kept: Vec<Column<C>> = columns.to_vec();
    let comfort = |kept: &[Column<C>]| kept.iter().map(|c| c.comfort + GAP).sum::<usize>().saturating_sub(GAP);
    while comfort(&kept) > width {
        let Some(rank) = kept.iter().filter(|c| c.yields).filter_map(|c| c.leaves).min() else { break };
        kept.retain(|c| c.leaves != Some(rank));
    }
    let least = |kept: &[Column<C>]| kept.iter().map(|c| c.least + GAP).sum::<usize>().saturating_sub(GAP);
    while least(&kept) > width {
        let Some(rank) = kept.iter().filter_map(|c| c.leaves).min() else { break };
        kept.retain(|c| c.leaves != Some(rank));
    }
    let mut spare = width.saturating_sub(least(&kept));
    let mut widths: Vec<usize> = kept.iter().map(|c| c.least).collect();
    for upto in [|c: &Column<C>| c.comfort, |c: &Column<C>| c.ideal] {
        for (w, c) in widths.iter_mut().zip(&kept) {
            let more = upto(c).saturating_sub(*w).min(spare);
            *w += more;
            spare -= more;
        }
    }
    let growing = kept.iter().filter(|c| c.grows).count();
    if let Some(share) = spare.checked_div(growing) {
        for (w, _) in widths.iter_mut().zip(&kept).filter(|(_, c)| c.grows) {
            *w += share;
        }
    }
    let mut x = 0;
    let mut placed = Vec::with_capacity(kept.len());
    for (c, w) in kept.iter().zip(widths) {
        let w = w.min(width.saturating_sub(x));
        placed.push(Placed { id: c.id, title: c.title, x: cells(x), width: cells(w), right: c.right, sorts: c.sorts });
        x = (x + w + GAP).min(width);
    }
    placed
}

fn cells(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Vec<Column<char>> {
        vec![
            Column::between('n', "NAME", 6, 10),
            Column::between('s', "STATUS", 12, 30).grows(),
            Column::fixed('b', "BAR", 12).leaves(2),
            Column::fixed('c', "BY", 8).leaves(1),
            Column::fixed('a', "AGE", 4).right(),
        ]
    }

    fn widths(width: usize) -> String {
        place(&table(), width).iter().map(|p| format!("{}{} ", p.id, p.width)).collect()
    }

    #[test]
    fn columns_leave_in_their_order_and_the_rest_is_shared() {
        assert_eq!(widths(80), "n10 s42 b12 c8 a4 ");
        assert_eq!(widths(60), "n10 s22 b12 c8 a4 ");
        assert_eq!(widths(46), "n6 s12 b12 c8 a4 ");
        assert_eq!(widths(45), "n10 s16 b12 a4 ");
        assert_eq!(widths(36), "n10 s20 a4 ");
        assert_eq!(widths(24), "n6 s12 a4 ");
    }

    #[test]
    fn nothing_is_placed_outside_the_table() {
        for width in 0..90 {
            for p in place(&table(), width) {
                assert!(usize::from(p.x) + usize::from(p.width) <= width.max(usize::from(p.x)), "{width}");
            }
        }
    }
}
