//! What a line that is typed could be completed to; a filter takes hold while one types.

use std::sync::Arc;

use crate::app::command::{Id, TABLE};
use crate::app::filter::{FIELDS, Filter};
use crate::app::input::Input;
use crate::app::prompt::{self, Kind, Prompt};
use crate::app::state::State;

/// How many completions are shown.
const MOST: usize = 200;

/// What `:set` takes.
pub(super) const OPTIONS: [&str; 6] = ["cards", "rows", "zoom", "nozoom", "mouse", "nomouse"];

/// Opens the prompt with a command begun, and what it could be completed to.
pub(super) fn offer(state: &mut State, text: &str) {
    state.prompt = Some(Prompt::new(Kind::Command, text));
    edited(state);
}

/// The line has changed: a filter takes hold, completions are looked up.
pub(super) fn edited(state: &mut State) {
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
pub(super) fn complete(prompt: &mut Prompt, forward: bool) {
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
        prompt.input = Input::new(format!("{}{word}", prompt.stem));
        prompt.completed = Some(next);
        prompt.error = None;
    }
}
