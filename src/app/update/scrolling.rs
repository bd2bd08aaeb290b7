//! Where moves lead in what lies on top of a screen.

use crate::app::command::Id;

/// Where a move scrolls a text to; `None` for what is no move.
pub(super) fn scrolled(from: u32, id: Id, page: u16) -> Option<u32> {
    let page = u32::from(page);
    Some(match id {
        Id::Down => from.saturating_add(1),
        Id::Up => from.saturating_sub(1),
        Id::First => 0,
        Id::Last => u32::MAX,
        Id::PageDown => from.saturating_add(page),
        Id::PageUp => from.saturating_sub(page),
        Id::HalfDown => from.saturating_add((page / 2).max(1)),
        Id::HalfUp => from.saturating_sub((page / 2).max(1)),
        _ => return None,
    })
}

/// Where a move takes the cursor of a short list on top.
pub(super) fn nth(at: usize, count: usize, id: Id) -> usize {
    let last = count.saturating_sub(1);
    match id {
        Id::Down | Id::NextPane | Id::Right => (at + 1).min(last),
        Id::Up | Id::PreviousPane | Id::Left => at.saturating_sub(1),
        Id::First => 0,
        Id::Last => last,
        Id::PageDown => (at + 10).min(last),
        Id::PageUp => at.saturating_sub(10),
        Id::HalfDown => (at + 5).min(last),
        Id::HalfUp => at.saturating_sub(5),
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_of_a_short_list_moves_as_in_a_pane_and_stays_inside() {
        for (id, from, to) in [
            (Id::Down, 3, 4),
            (Id::Down, 19, 19),
            (Id::NextPane, 3, 4),
            (Id::Right, 3, 4),
            (Id::Up, 3, 2),
            (Id::Up, 0, 0),
            (Id::PreviousPane, 3, 2),
            (Id::Left, 3, 2),
            (Id::First, 3, 0),
            (Id::Last, 3, 19),
            (Id::PageDown, 3, 13),
            (Id::PageDown, 15, 19),
            (Id::PageUp, 13, 3),
            (Id::PageUp, 3, 0),
            (Id::HalfDown, 3, 8),
            (Id::HalfUp, 13, 8),
            (Id::Copy, 3, 3),
        ] {
            assert_eq!(nth(from, 20, id), to, "{id:?} from {from}");
        }
        assert_eq!(nth(0, 0, Id::Down), 0);
    }
}
