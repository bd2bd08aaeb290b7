//! Tabs of the panes where only one of them is seen.
//!
//! ```text
//!  1 Projects  2 Environments  3 Services  4 Events  5 Health 5
//! ```

use ratatui::layout::Rect;

use crate::app::pane::Pane;
use crate::app::state::State;
use crate::ui::canvas::Canvas;
use crate::ui::format;
use crate::ui::layout::inset;
use crate::ui::theme::Role;

/// Draws the tabs; the focused one stands out.
pub(crate) fn draw(canvas: &mut Canvas<'_>, state: &State, area: Rect) {
    if area.height == 0 {
        return;
    }
    let mut pen = canvas.row(inset(area, 1), 0);
    for pane in state.screen().panes() {
        let role = if *pane == state.focus() { Role::Accent } else { Role::Dim };
        let mark = if *pane == state.focus() { "▸" } else { "" };
        // A digit stands for the same pane on every screen; some have none.
        let number = pane.number().map(|n| format!("{n} ")).unwrap_or_default();
        pen.put(&format!("{mark}{number}{}", pane.title()), role);
        let issues = state.list(*pane).rows().len();
        if *pane == Pane::Health && issues > 0 {
            pen.space(1).put(&format::count(issues as u64), Role::Bad);
        }
        pen.space(2);
    }
}
