//! Tabs of the panes where only one of them is seen.
//!
//! ```text
//!  1 Projects  2 Environments  3 Services  4 Events  5 Health 5
//! ```

use ratatui::layout::Rect;

use crate::app::pane::Pane;
use crate::app::state::State;
use crate::ui::canvas::Canvas;
use crate::ui::layout::inset;
use crate::ui::theme::Role;
use crate::ui::{cut, format};

/// Letters of a title where whole ones do not fit, and where these do not either.
const SHORTER: [usize; 3] = [usize::MAX, 4, 0];

/// Draws the tabs; the focused one stands out and keeps its title, the others shorten theirs as far as it takes.
pub(crate) fn draw(canvas: &mut Canvas<'_>, state: &State, area: Rect) {
    if area.height == 0 {
        return;
    }
    let mut pen = canvas.row(inset(area, 1), 0);
    let room = pen.room() + GAP;
    let tabs = |letters: usize| -> Vec<(String, String, Role)> {
        state.screen().panes().iter().map(|pane| tab(state, *pane, letters)).collect()
    };
    let wide =
        |tabs: &[(String, String, Role)]| tabs.iter().map(|(t, n, _)| cut::width(t) + n.len() + GAP).sum::<usize>();
    let [whole, short, least] = SHORTER.map(tabs);
    let shown = if wide(&whole) <= room {
        whole
    } else if wide(&short) <= room {
        short
    } else {
        least
    };
    for (title, issues, role) in shown {
        pen.put(&title, role).put(&issues, Role::Bad).space(GAP);
    }
}

/// Cells between two tabs.
const GAP: usize = 2;

/// A tab: its title, how many issues it counts, its role.
fn tab(state: &State, pane: Pane, letters: usize) -> (String, String, Role) {
    let focused = pane == state.focus();
    let (mark, role) = if focused { ("▸", Role::Accent) } else { ("", Role::Dim) };
    // The count is of something.
    let letters = if pane == Pane::Health { letters.max(4) } else { letters };
    let whole = pane.info().title;
    let title = if focused { whole } else { cut::head(whole, letters) };
    // A digit stands for the same pane on every screen; some have none, and keep some letters.
    let words = match pane.info().digit {
        Some(n) => format!("{n} {title}"),
        None if title.is_empty() => cut::head(whole, 3).to_owned(),
        None => title.to_owned(),
    };
    let issues = state.list(pane).rows().len();
    let issues = match pane {
        Pane::Health if issues > 0 => format!(" {}", format::count(issues as u64)),
        _ => String::new(),
    };
    (format!("{mark}{}", words.trim_end()), issues, role)
}
