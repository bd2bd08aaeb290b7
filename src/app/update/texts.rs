//! Texts on top of a screen: help, and what is greyed. They scroll and can be searched.

use super::{palette, scrolling};
use crate::app::command::Id;
use crate::app::help as printed;
use crate::app::message::Effect;
use crate::app::overlay::{HelpLine, Overlay, TextView};
use crate::app::prompt::{Kind, Prompt};
use crate::app::state::State;

/// The help of the place that one is at.
pub(super) fn help(state: &State) -> TextView {
    TextView { lines: printed::help(state), ..TextView::default() }
}

/// What is greyed here, and why.
pub(super) fn explain(state: &State) -> TextView {
    TextView { lines: printed::greyed(state), ..TextView::default() }
}

/// Does a command in a text.
pub(super) fn run(state: &mut State, id: Id, effects: &mut Vec<Effect>) {
    let page = state.hits.overlay_page.max(1);
    let most = state.hits.overlay_scroll;
    let Some(text) = state.overlay.as_mut().and_then(Overlay::text_mut) else { return };
    match id {
        Id::Back | Id::Quit | Id::Help | Id::Enter => state.overlay = None,
        Id::Prompt => {
            state.overlay = None;
            state.prompt = Some(Prompt::new(Kind::Command, ""));
        }
        Id::Palette => palette::open(state),
        Id::Filter => {
            let before = text.search.clone().unwrap_or_default();
            state.prompt = Some(Prompt::new(Kind::Search, &before));
        }
        Id::Copy => effects.push(Effect::Copy(text.lines.iter().map(line).collect::<Vec<_>>().join("\n"))),
        Id::NextMatch => find(text, true),
        Id::PreviousMatch => find(text, false),
        _ => {
            if let Some(to) = scrolling::scrolled(text.scroll, id, page) {
                text.scroll = to.min(most);
            }
        }
    }
}

/// Searches a text on top for what was typed.
pub(super) fn search(state: &mut State, wanted: &str) {
    let Some(text) = state.overlay.as_mut().and_then(Overlay::text_mut) else { return };
    text.search = (!wanted.is_empty()).then(|| wanted.to_lowercase());
    text.found = None;
    let nothing = text.search.is_some() && {
        find(text, true);
        text.found.is_none()
    };
    if nothing {
        state.answer(format!("`{wanted}` is not in this text"), false);
    }
}

/// The next line that has what is searched, round at the end.
fn find(text: &mut TextView, forward: bool) {
    let Some(wanted) = &text.search else { return };
    let count = text.lines.len();
    let start = match (text.found, forward) {
        (None, _) => 0,
        (Some(at), true) => at + 1,
        (Some(at), false) => at + count.saturating_sub(1),
    };
    let order = (0..count).map(|n| if forward { start + n } else { start + count - n } % count.max(1));
    let hit = order
        .into_iter()
        .find(|at| text.lines.get(*at).is_some_and(|l| line(l).to_lowercase().contains(wanted.as_str())));
    if let Some(at) = hit {
        text.found = Some(at);
        text.scroll = u32::try_from(at).unwrap_or(u32::MAX);
    }
}

/// A line in words.
fn line(line: &HelpLine) -> String {
    match line {
        HelpLine::Heading(h) => (*h).to_owned(),
        HelpLine::Plain(p) => p.clone(),
        HelpLine::Fact(name, words) => format!("{name}  {words}"),
        HelpLine::At(name, at) => format!("{name}  {at}"),
        HelpLine::Moment(at, text) => format!("{at}  {text}"),
        HelpLine::Lane(lane, ..) => format!("{}  {}", lane.name, lane.words),
        HelpLine::Entry { keys, help, greyed } => format!("{keys} {help} {}", greyed.as_deref().unwrap_or_default()),
    }
}
