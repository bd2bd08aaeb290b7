//! Keys in the prompt: editing, history, completion, and what Enter does.

use std::sync::Arc;

use super::{jumping, texts};
use crate::app::command::{Id, TABLE};
use crate::app::filter::{FIELDS, Filter};
use crate::app::key::{Code, Key};
use crate::app::message::Effect;
use crate::app::prompt::{self, Kind, Prompt};
use crate::app::state::State;

/// How many typed commands are remembered, and how many completions are shown.
const MOST: usize = 200;

/// What `:set` takes.
pub(super) const OPTIONS: [&str; 6] = ["cards", "rows", "zoom", "nozoom", "mouse", "nomouse"];

/// Text is pasted into the prompt.
pub(super) fn pasted(state: &mut State, text: &str) {
    if let Some(prompt) = &mut state.prompt {
        prompt.input.insert(text);
    }
    edited(state);
}

/// Opens the prompt with a command begun, and what it could be completed to.
pub(super) fn offer(state: &mut State, text: &str) {
    state.prompt = Some(Prompt::new(Kind::Command, text));
    edited(state);
}

/// A key in the prompt.
pub(super) fn pressed(state: &mut State, key: Key, effects: &mut Vec<Effect>) {
    let Some(prompt) = &mut state.prompt else { return };
    match (key.code, key.ctrl) {
        (Code::Esc, _) | (Code::Char('c'), true) => cancel(state),
        (Code::Enter, _) => enter(state, effects),
        (Code::Tab, _) => complete(prompt, !key.shift),
        (Code::Up, false) | (Code::Char('p'), true) => recall(state, true),
        (Code::Down, false) | (Code::Char('n'), true) => recall(state, false),
        // Nothing left to take away: the prompt goes, as in vim.
        (Code::Backspace, false) if prompt.input.text().is_empty() => cancel(state),
        _ => {
            if prompt.input.key(key) {
                edited(state);
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

/// The line has changed: a filter takes hold, completions are looked up.
fn edited(state: &mut State) {
    let Some(mut prompt) = state.prompt.take() else { return };
    prompt.error = None;
    prompt.completed = None;
    prompt.recalled = None;
    match prompt.kind {
        Kind::Filter => match Filter::parse(prompt.input.text()) {
            Ok(filter) => {
                let pane = state.focus();
                state.list_mut(pane).filter = filter.map(Arc::new);
            }
            Err(why) => prompt.error = Some(why.to_string().into()),
        },
        Kind::Command | Kind::Search => {}
    }
    let (stem, completions) = completions(state, &prompt);
    prompt.stem = stem;
    prompt.completions = completions;
    state.prompt = Some(prompt);
}

/// What stands before the last word (the name of a place is one, whatever blanks it holds), and what that word could
/// become.
fn completions(state: &State, prompt: &Prompt) -> (String, Vec<String>) {
    let text = prompt.input.text();
    // Where the name of a place ends is the grammar's to say: at a filter or a context.
    let place = || {
        let (name, rest) = text.split_once(' ').filter(|_| prompt.kind == Kind::Command)?;
        let line = prompt::parse(text).ok()??;
        let takes_it = TABLE.iter().any(|c| c.id == line.id && c.takes_a_place());
        let ended = line.filter.is_some() || line.context.is_some() || rest.starts_with([' ', '/']);
        (takes_it && !ended).then_some(name.len() + 1)
    };
    let at = place().or_else(|| text.rfind(' ').map(|at| at + 1)).unwrap_or_default();
    let (stem, word) = text.split_at_checked(at).unwrap_or(("", text));
    let begins = |name: &&str| !word.is_empty() && name.starts_with(word) && *name != word;
    let found: Vec<String> = match prompt.kind {
        Kind::Search => Vec::new(),
        Kind::Filter => FIELDS.iter().map(|f| format!("{f}:")).filter(|f| begins(&f.as_str())).collect(),
        Kind::Command if stem.trim().is_empty() => {
            TABLE.iter().filter_map(|c| c.names.iter().copied().find(begins)).map(str::to_owned).collect()
        }
        Kind::Command => {
            let line = prompt::parse(stem).ok().flatten();
            arguments(state, line.map(|l| l.id)).into_iter().filter(|a| a.starts_with(word) && a != word).collect()
        }
    };
    (stem.to_owned(), found.into_iter().take(MOST).collect())
}

fn arguments(state: &State, id: Option<Id>) -> Vec<String> {
    match id {
        Some(Id::Context) => {
            let others = state.settings.contexts.iter().filter(|c| **c != state.snapshot.cluster.context);
            others.map(|c| c.to_string()).collect()
        }
        Some(Id::Theme) => state.settings.themes.iter().map(|t| t.to_string()).collect(),
        Some(Id::Set) => OPTIONS.iter().map(|o| (*o).to_owned()).collect(),
        Some(Id::Since) => ["5m", "15m", "1h", "1d", "all"].iter().map(|s| (*s).to_owned()).collect(),
        Some(id) if TABLE.iter().any(|c| c.id == id && c.takes_a_place()) => {
            let projects = state.snapshot.projects.keys().map(|p| p.to_string());
            projects.chain(state.snapshot.environments.values().map(|e| e.path())).collect()
        }
        _ => Vec::new(),
    }
}

/// Tab: the next completion in place of the last word.
fn complete(prompt: &mut Prompt, forward: bool) {
    let count = prompt.completions.len();
    if count == 0 {
        return;
    }
    let next = match prompt.completed {
        None if forward => 0,
        None => count - 1,
        Some(at) if forward => (at + 1) % count,
        Some(at) => (at + count - 1) % count,
    };
    if let Some(word) = prompt.completions.get(next) {
        prompt.input = crate::app::input::Input::new(format!("{}{word}", prompt.stem));
        prompt.completed = Some(next);
        prompt.error = None;
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
    prompt.input = crate::app::input::Input::new(text);
    prompt.recalled = at;
    prompt.completions.clear();
    prompt.error = None;
}
