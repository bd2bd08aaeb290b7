//! Quit kennel? With what happens to what runs.
//!
//! ```text
//! ┏━ Quit kennel? ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
//! ┃ ◌ stop shop/staging   ███████░░░░░  7 of 11                   ┃
//! ┃ A kennel in the background goes on with it.                   ┃
//! ┃                                          q quits   Esc stays  ┃
//! ```

use ratatui::layout::Rect;

use super::{Title, open};
use crate::app::state::State;
use crate::ui::canvas::Canvas;
use crate::ui::chrome::progress;
use crate::ui::cut;
use crate::ui::theme::Role;
use crate::ui::widget::sheet::Shown;

/// Columns of the question.
const WIDTH: u16 = 68;

/// What becomes of what runs.
pub(crate) fn fate(state: &State) -> &'static str {
    match (state.held().count(), state.settings.hand_over) {
        (0, _) => "Nothing runs. What was started in the cluster stays as it is.",
        (1, true) => "A kennel in the background goes on with it; this terminal may go.",
        (_, true) => "A kennel in the background goes on with them; this terminal may go.",
        (1, false) => "It stops where it is. Any kennel can resume or undo it (:ops).",
        (_, false) => "They stop where they are. Any kennel can resume or undo them (:ops).",
    }
}

pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, over: Rect) -> Shown {
    let running: Vec<_> = state.held().collect();
    let lines = cut::wrap(fate(state), usize::from(WIDTH.min(over.width)).saturating_sub(4));
    let rows = running.len() + lines.len() + 4;
    let size = (WIDTH, u16::try_from(rows).unwrap_or(u16::MAX));
    let title = Title { words: "Quit kennel?", right: &state.snapshot.cluster.context, production: false };
    let (_, inner) = open(canvas, over, size, &title);
    let mut y = 0;
    for o in &running {
        progress::row(&mut canvas.row(inner, y), o, state);
        y += 1;
    }
    for line in lines {
        canvas.row(inner, y).put(line, Role::Text);
        y += 1;
    }
    let mut pen = canvas.row(inner, inner.height.saturating_sub(1));
    let gap = pen.room().saturating_sub("q quits   Esc stays".len());
    pen.space(gap)
        .put("q", Role::Accent)
        .put(" quits   ", Role::Text)
        .put("Esc", Role::Accent)
        .put(" stays", Role::Text);
    Shown::default()
}
