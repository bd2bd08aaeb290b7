//! Tabs of the panes where only one of them is seen.
//!
//! ```text
//!  1 Projects  2 Environments  3 Services  4 Events  5 Health ▲3
//! ```

use ratatui::layout::Rect;

use crate::app::pane::Pane;
use crate::app::row::Row;
use crate::app::state::State;
use crate::domain::issue::IssueCounts;
use crate::ui::canvas::Canvas;
use crate::ui::layout::inset;
use crate::ui::theme::Role;
use crate::ui::{cut, format, glyph, words};

/// Letters of a title where whole ones do not fit, and where these do not either.
const SHORTER: [usize; 3] = [usize::MAX, 4, 0];

/// Draws the tabs; the focused one stands out and keeps its title, the others shorten theirs as far as it takes.
pub(crate) fn draw(canvas: &mut Canvas<'_>, state: &State, area: Rect) {
    if area.height == 0 {
        return;
    }
    let mut pen = canvas.row(inset(area, 1), 0);
    let room = pen.room() + GAP;
    let tabs =
        |letters: usize| -> Vec<Tab> { state.screen().panes().iter().map(|pane| tab(state, *pane, letters)).collect() };
    let wide =
        |tabs: &[Tab]| tabs.iter().map(|t| t.iter().map(|(w, _)| cut::width(w)).sum::<usize>() + GAP).sum::<usize>();
    let [whole, short, least] = SHORTER.map(tabs);
    let shown = if wide(&whole) <= room {
        whole
    } else if wide(&short) <= room {
        short
    } else {
        least
    };
    for tab in shown {
        tab.iter().for_each(|(words, role)| _ = pen.put(words, *role));
        pen.space(GAP);
    }
}

/// The mark of the focus, its key, its title, and the worst of its issues.
type Tab = [(String, Role); 4];

/// Cells between two tabs.
const GAP: usize = 2;

fn tab(state: &State, pane: Pane, letters: usize) -> Tab {
    let focused = pane == state.focus();
    let (mark, role) = if focused { (glyph::LEADS, Role::Accent) } else { ("", Role::Text) };
    // The count is of something.
    let letters = if pane == Pane::Health { letters.max(4) } else { letters };
    let whole = pane.info().title;
    let title = if focused { whole } else { cut::head(whole, letters) };
    // A digit stands for the same pane on every screen; some have none, and keep some letters.
    let (key, title) = match pane.info().digit {
        Some(n) if title.is_empty() => (n.to_string(), title),
        Some(n) => (format!("{n} "), title),
        None if title.is_empty() => (String::new(), cut::head(whole, 3)),
        None => (String::new(), title),
    };
    let mut counts = IssueCounts::default();
    if pane == Pane::Health {
        state.list(pane).rows().iter().filter_map(Row::issue).for_each(|i| counts.add(i.severity));
    }
    let worst = words::issues(&counts).into_iter().find(|(n, ..)| *n > 0);
    let (issues, of) =
        worst.map_or((String::new(), role), |(n, glyph, role)| (format!(" {glyph}{}", format::count(n.into())), role));
    [(mark.to_owned(), role), (key, Role::Dim), (title.trim_end().to_owned(), role), (issues, of)]
}
