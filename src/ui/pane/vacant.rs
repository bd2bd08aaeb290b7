//! A pane without rows: what it waits for, or why there is nothing, and the key that changes it.

use ratatui::layout::Rect;

use super::standing;
use crate::app::command::{Id, why_not};
use crate::app::state::State;
use crate::app::view::Emptiness;
use crate::ui::canvas::Canvas;
use crate::ui::theme::Role;
use crate::ui::widget::bar;
use crate::ui::{cut, format, glyph};

/// Cells of the bar of what has arrived.
const BAR: usize = 24;

/// What stands in an empty pane: glyph and role, the sentence, and what to do about it.
struct Words {
    glyph: &'static str,
    role: Role,
    sentence: String,
    more: String,
}

/// Cells beside the words of a pane that is so wide without its border.
const BESIDE: u16 = 2 * INSET + 2;

/// Cells between border and words.
const INSET: u16 = 2;

/// Rows that it takes to say why, in a pane that is so wide without its border.
pub(super) fn need(state: &State, why: &Emptiness, width: u16) -> usize {
    let words = words(state, why, true);
    let text = usize::from(width.saturating_sub(BESIDE));
    let bar = matches!(why, Emptiness::Loading { of: Some(_), .. });
    cut::wrap(&words.sentence, text).len() + cut::wrap(&words.more, text).len() + usize::from(bar)
}

/// Draws why there are no rows.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, why: &Emptiness, focused: bool) {
    let area = crate::ui::layout::inset(area, INSET);
    let Words { glyph, role, sentence, more } = words(state, why, focused);
    let text = usize::from(area.width).saturating_sub(2);
    let mut y = 0;
    for (at, line) in cut::wrap(&sentence, text).into_iter().enumerate() {
        let mut pen = canvas.row(area, y);
        pen.put(if at == 0 { glyph } else { " " }, role).space(1);
        pen.put(line, if role == Role::Bad { Role::Text } else { role });
        y += 1;
    }
    for line in cut::wrap(&more, text) {
        canvas.row(area, y).space(2).put(line, Role::Dim);
        y += 1;
    }
    if let Emptiness::Loading { got, of: Some(of), .. } = why {
        let mut pen = canvas.row(area, y);
        pen.space(2);
        bar::draw(&mut pen, *got, *of, BAR.min(text), Role::Busy);
    }
}

fn words(state: &State, why: &Emptiness, focused: bool) -> Words {
    let key = |id| state.settings.keymap.first(id);
    let (glyph, role, sentence, more) = match why {
        Emptiness::Loading { what, after: Some((first, got, of)), .. } => (
            glyph::BUSY,
            Role::Busy,
            format!("{} come next: {}…", upper(what), standing::loading(first, *got, *of)),
            String::new(),
        ),
        Emptiness::Loading { what, got, of, .. } => {
            (glyph::BUSY, Role::Busy, format!("{}…", upper(&standing::loading(what, *got, *of))), String::new())
        }
        Emptiness::Nothing(sentence) => (glyph::WAITING, Role::Dim, sentence.clone(), String::new()),
        Emptiness::Filtered { filter, total } => {
            let rows = match total {
                1 => "the only row".to_owned(),
                n => format!("all {} rows", format::count(*n as u64)),
            };
            (
                glyph::WAITING,
                Role::Text,
                format!("/{filter} hides {rows}."),
                format!("{}{} clears the filter.", key(Id::Back), if focused { "" } else { " in this pane" }),
            )
        }
        Emptiness::Forbidden(sentence) => (glyph::FORBIDDEN, Role::Warn, sentence.clone(), String::new()),
        Emptiness::Failed { why, retry } => {
            let next = match retry {
                _ if why_not(Id::Reconnect, state).is_some() => String::new(),
                Some(at) if *at > state.now => {
                    format!("Next try {}. {} tries now.", format::until(*at, state.now), key(Id::Reconnect))
                }
                Some(_) => "Trying again now.".to_owned(),
                None => format!("{} tries again.", key(Id::Reconnect)),
            };
            (glyph::FAILED, Role::Bad, why.to_string(), next)
        }
    };
    Words { glyph, role, sentence, more }
}

fn upper(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}
