//! From a key to its command, from a command to its keys: both read from the table.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::command::{self, Command, Group, Id, TABLE, Where};
use super::key::{self, Code, Key};
use super::overlay::{HelpLine, Overlay};
use super::state::State;
use crate::domain::Text;

/// The command of a key in a place; `None` when it is unbound there.
pub fn lookup(key: Key, place: Where) -> Option<Id> {
    static MAP: OnceLock<HashMap<(Where, Key), Id>> = OnceLock::new();
    let map = MAP.get_or_init(|| {
        TABLE.iter().flat_map(|c| c.places.iter().flat_map(|p| keys(c).map(|k| ((*p, k), c.id)))).collect()
    });
    map.get(&(place, key)).copied()
}

/// Keys of a command.
pub fn keys(command: &Command) -> impl Iterator<Item = Key> {
    command.keys.iter().filter_map(|k| key::parse(k).ok()?.first().copied())
}

/// Where keys go now, when no input takes them.
pub fn place(state: &State) -> Where {
    match &state.overlay {
        None => Where::Panes,
        Some(Overlay::Help(_) | Overlay::Explain(_) | Overlay::Quit) => Where::Text,
        Some(Overlay::Palette(_) | Overlay::Copy(_)) => Where::Choice,
        Some(Overlay::Dialog(_)) => Where::Dialog,
    }
}

/// A key as people read it on a screen: `⏎`, `Tab`, `Ctrl-f`, `Shift-←`, `S`.
pub fn name(key: Key) -> String {
    let base = match key.code {
        Code::Enter => "⏎".to_owned(),
        Code::Char(' ') => "Space".to_owned(),
        Code::Up => "↑".to_owned(),
        Code::Down => "↓".to_owned(),
        Code::Left => "←".to_owned(),
        Code::Right => "→".to_owned(),
        _ => {
            let plain = Key { ctrl: false, shift: false, alt: false, ..key }.to_string();
            if plain.len() > 2 { plain.trim_matches(['<', '>']).to_owned() } else { plain }
        }
    };
    let (c, s, a) = (key.ctrl, key.shift, key.alt);
    format!("{}{}{}{base}", if c { "Ctrl-" } else { "" }, if s { "Shift-" } else { "" }, if a { "Alt-" } else { "" })
}

/// One hint at the bottom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Its key as people read it.
    pub key: String,
    /// Its verb.
    pub verb: &'static str,
    /// Why it can't be done now; shown dimmed.
    pub greyed: Option<Text>,
    /// Stands at the right end of the line.
    pub right: bool,
}

/// Hints for what lies on top, where a verb has a narrower word than in the table.
const ON_TOP: &[(Where, &[(Id, &str)])] = &[
    (
        Where::Text,
        &[(Id::Filter, "search"), (Id::NextMatch, "next match"), (Id::PageDown, "a page down"), (Id::Back, "close")],
    ),
    (Where::Choice, &[(Id::Enter, "take it"), (Id::Down, "next"), (Id::Up, "previous"), (Id::Back, "close")]),
    (
        Where::Dialog,
        &[(Id::NextPane, "next button"), (Id::Enter, "press it"), (Id::Copy, "copy commands"), (Id::Back, "cancel")],
    ),
];

/// The hints for what is focused, looking first, then changing.
pub fn hints(state: &State) -> Vec<Hint> {
    let here = place(state);
    if let Some((_, words)) = ON_TOP.iter().find(|(place, _)| *place == here) {
        let hint = |(id, verb): &(Id, &'static str)| {
            let key = keys(command::get(*id)?).last()?;
            Some(Hint { key: name(key), verb, greyed: None, right: false })
        };
        return words.iter().filter_map(hint).collect();
    }
    let mut found: Vec<(u8, Hint)> = TABLE
        .iter()
        .filter(|c| c.places.contains(&here))
        .filter_map(|c| {
            let at = c.hint?;
            let key = keys(c).next()?;
            let greyed = command::why_not(c.id, state);
            Some((at, Hint { key: name(key), verb: c.verb, greyed, right: at >= 90 }))
        })
        .collect();
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, h)| h).collect()
}

/// The help of a place: every command that applies, by group, then what can be typed.
pub fn help(state: &State) -> Vec<HelpLine> {
    let here = place(state);
    let mut lines = Vec::new();
    for group in Group::ALL {
        let of_group = TABLE.iter().filter(|c| c.group == group && (c.places.contains(&here) || c.places.is_empty()));
        // Why there is no place to go back to is no help; `x` tells of all that is greyed.
        let mut entries = of_group.map(|c| entry(c, c.changes.then_some(state))).peekable();
        if entries.peek().is_some() {
            lines.push(HelpLine::Heading(group.heading()));
            lines.extend(entries);
        }
    }
    lines
}

/// What is greyed here, and why.
pub fn greyed(state: &State) -> Vec<HelpLine> {
    let here = place(state);
    let all = TABLE.iter().filter(|c| c.places.contains(&here)).map(|c| entry(c, Some(state)));
    let mut lines: Vec<HelpLine> = all.filter(|l| matches!(l, HelpLine::Entry { greyed: Some(_), .. })).collect();
    if lines.is_empty() {
        lines.push(HelpLine::Plain("Everything that exists here can be done.".to_owned()));
    }
    lines
}

/// A line of help; with a state, also why it can't be done now.
fn entry(command: &Command, state: Option<&State>) -> HelpLine {
    let keys: Vec<String> = keys(command).map(name).collect();
    let typed = command.names.first().map(|n| format!(":{n} {}", command.takes).trim_end().to_owned());
    let keys = keys.into_iter().chain(typed).collect::<Vec<_>>().join(" ");
    let greyed = state.and_then(|s| command::why_not(command.id, s));
    HelpLine::Entry { keys, help: command.help.to_owned(), greyed }
}
