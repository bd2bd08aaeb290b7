//! Keys in the prompt: editing, history, and what Enter does.

use std::sync::Arc;

use super::{completing, jumping, texts};
use crate::app::filter::Filter;
use crate::app::input::Input;
use crate::app::key::{Code, Key};
use crate::app::message::Effect;
use crate::app::prompt::Kind;
use crate::app::state::State;

/// How many typed commands are remembered.
const MOST: usize = 200;

/// Text is pasted into the prompt.
pub(super) fn pasted(state: &mut State, text: &str) {
    if let Some(prompt) = &mut state.prompt {
        prompt.input.insert(text);
    }
    completing::edited(state);
}

/// A key in the prompt.
pub(super) fn pressed(state: &mut State, key: Key, effects: &mut Vec<Effect>) {
    let Some(prompt) = &mut state.prompt else { return };
    match (key.code, key.ctrl) {
        (Code::Esc, _) | (Code::Char('c'), true) => cancel(state),
        (Code::Enter, _) => enter(state, effects),
        (Code::Tab, _) => completing::complete(prompt, !key.shift),
        (Code::Up, false) | (Code::Char('p'), true) => recall(state, true),
        (Code::Down, false) | (Code::Char('n'), true) => recall(state, false),
        // Nothing left to take away: the prompt goes, as in vim.
        (Code::Backspace, false) if prompt.input.text().is_empty() => cancel(state),
        _ => {
            if prompt.input.key(key) {
                completing::edited(state);
            }
        }
    }
}

/// Closes the prompt; a filter that was being typed is as it was before.
pub(super) fn cancel(state: &mut State) {
    let Some(prompt) = state.prompt.take() else { return };
    if prompt.kind == Kind::Filter {
        let before = Filter::parse(&prompt.draft).ok().flatten().map(Arc::new);
        let pane = state.focus();
        state.list_mut(pane).filter = before;
    }
}

fn enter(state: &mut State, effects: &mut Vec<Effect>) {
    let Some(prompt) = &state.prompt else { return };
    let (kind, text) = (prompt.kind, prompt.input.text().to_owned());
    match kind {
        Kind::Command => match jumping::check(state, &text) {
            Err(why) => {
                if let Some(prompt) = &mut state.prompt {
                    prompt.error = Some(why);
                }
            }
            Ok(()) => {
                state.prompt = None;
                let line = text.trim().to_owned();
                if !line.is_empty() && state.commands.last() != Some(&line) {
                    state.commands.push(line);
                    if state.commands.len() > MOST {
                        state.commands.remove(0);
                    }
                }
                jumping::run(state, &text, effects);
            }
        },
        Kind::Filter => {
            if let Some(why) = state.prompt.take().and_then(|p| p.error) {
                state.answer(format!("{why}; the last good filter stays"), true);
            }
        }
        Kind::Search => {
            state.prompt = None;
            texts::search(state, &text);
        }
    }
}

/// Up and Down: commands that were typed before.
fn recall(state: &mut State, older: bool) {
    let Some(prompt) = state.prompt.as_mut().filter(|p| p.kind == Kind::Command) else { return };
    let count = state.commands.len();
    if prompt.recalled.is_none() {
        prompt.draft = prompt.input.text().to_owned();
    }
    let at = match (prompt.recalled, older) {
        (None, true) => count.checked_sub(1),
        (None, false) => None,
        (Some(at), true) => Some(at.saturating_sub(1)),
        (Some(at), false) => Some(at + 1).filter(|at| *at < count),
    };
    let text = at.and_then(|at| state.commands.get(at)).cloned().unwrap_or_else(|| prompt.draft.clone());
    prompt.input = Input::new(text);
    prompt.recalled = at;
    prompt.completions.clear();
    prompt.error = None;
}
