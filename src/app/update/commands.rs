//! What the commands of a screen do.

use super::{asking, causes, copying, entering, marking, moves, navigate, palette, refused, texts};
use crate::app::command::{self, Id};
use crate::app::message::Effect;
use crate::app::overlay::Overlay;
use crate::app::pane::Pane;
use crate::app::prompt::{Kind, Prompt};
use crate::app::row::RowKey;
use crate::app::state::State;
use crate::app::view;
use crate::domain::Text;
use crate::plan::Wish;

/// Does a command, or tells why not.
pub(super) fn run(state: &mut State, id: Id, effects: &mut Vec<Effect>) {
    if refused(state, id) || moves::run(state, id) {
        return;
    }
    match id {
        Id::Everything => navigate::everything(state),
        Id::Focus(pane) => navigate::show(state, pane),
        Id::Enter => entering::enter(state),
        Id::Back => navigate::back(state),
        Id::Quit => match state.stack.above.is_empty() {
            true => navigate::ask_to_quit(state, effects),
            false => navigate::leave(state),
        },
        Id::HistoryBack => navigate::history_back(state),
        Id::HistoryForward => navigate::history_forward(state),
        Id::LastPlace => navigate::last_place(state),
        Id::Zoom => {
            let view = state.view_mut();
            view.zoom = !view.zoom;
        }
        Id::Cards if state.focus() == Pane::Health => {
            let list = state.list_mut(Pane::Health);
            list.toggle(RowKey::Past);
            view::release(list);
        }
        Id::Cards => {
            let view = state.view_mut();
            view.rows_only = !view.rows_only;
        }
        Id::Prompt => state.prompt = Some(Prompt::new(Kind::Command, "")),
        Id::Filter => {
            let text = state.list(state.focus()).filter.as_ref().map(|f| f.text().to_owned()).unwrap_or_default();
            state.prompt = Some(Prompt::new(Kind::Filter, &text));
        }
        Id::Help => state.overlay = Some(Overlay::Help(texts::help(state))),
        Id::Explain => state.overlay = Some(Overlay::Explain(texts::explain(state))),
        Id::Cause => causes::open(state, effects),
        Id::Palette => palette::open(state),
        Id::NextMatch | Id::PreviousMatch => next_match(state, id == Id::NextMatch),
        Id::Mark => marking::mark(state),
        Id::MarkRange => marking::range(state),
        Id::ClearMarks => marking::clear(state),
        Id::SortLeft => marking::pick(state, false),
        Id::SortRight => marking::pick(state, true),
        Id::SortBy => marking::sort(state),
        Id::Resort => marking::resort(state),
        Id::StartStop => ask(state, id, vec![Wish::Stop, Wish::Start], effects),
        Id::Redeploy => ask(state, id, vec![Wish::Redeploy(state.now)], effects),
        Id::Rollback => {
            let asked = asking::back(state, verb(id), effects);
            told(state, id, asked);
        }
        // How many is typed.
        Id::Scale => state.prompt = Some(Prompt::new(Kind::Command, "scale ")),
        Id::Copy => copying::open(state, effects),
        Id::Reconnect => {
            effects.push(Effect::Reconnect);
            state.revisions.doubt();
            state.taken.doubt();
            state.answer("asking the cluster again", false);
        }
        // Moves, and what is only typed.
        _ => {}
    }
}

/// Asks about what is selected, or tells why not.
fn ask(state: &mut State, id: Id, wishes: Vec<Wish>, effects: &mut Vec<Effect>) {
    let asked = asking::ask(state, wishes, effects);
    told(state, id, asked);
}

fn verb(id: Id) -> &'static str {
    command::get(id).map_or("", |c| c.verb)
}

/// Tells why a command was not done.
fn told(state: &mut State, id: Id, done: Result<(), Text>) {
    if let Err(why) = done {
        state.answer(format!("{}: {why}", verb(id)), false);
    }
}

/// All rows that a filter leaves are matches: the next one, and round at the end.
fn next_match(state: &mut State, forward: bool) {
    let pane: Pane = state.focus();
    let rows = state.list(pane).rows().len();
    let at = state.list(pane).at();
    if rows > 0 {
        let to = if forward { (at + 1) % rows } else { (at + rows - 1) % rows };
        moves::go(state, pane, to);
    }
    view::refresh(state);
}
