//! A bar of so many of so many: `█████████░░░`.

use crate::ui::canvas::Pen;
use crate::ui::glyph;
use crate::ui::theme::Role;

/// Full cells of a bar of `cells`. Something is never drawn as nothing, nor almost all as all.
pub(crate) fn full(part: u64, of: u64, cells: u64) -> u64 {
    if of == 0 || part == 0 {
        return 0;
    }
    if part >= of {
        return cells;
    }
    (u128::from(part) * u128::from(cells) / u128::from(of)).clamp(1, u128::from(cells.saturating_sub(1).max(1))) as u64
}

/// Draws a bar of `cells`.
pub(crate) fn draw(pen: &mut Pen<'_>, part: u64, of: u64, cells: usize, role: Role) {
    let full = usize::try_from(full(part, of, cells as u64)).unwrap_or(0);
    pen.put(&glyph::FULL.repeat(full), role);
    pen.put(&glyph::EMPTY.repeat(cells.saturating_sub(full)), Role::Dim);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_is_never_drawn_as_nothing_nor_almost_all_as_all() {
        assert_eq!(
            [(0, 11), (1, 1000), (5, 11), (999, 1000), (11, 11), (3, 0)].map(|(p, n)| full(p, n, 12)),
            [0, 1, 5, 11, 12, 0]
        );
        assert_eq!(full(1, 2, 1), 1);
    }
}
