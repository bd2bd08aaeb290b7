//! What is printed from the table of commands: hints at the bottom, help, what is greyed and why.

use super::command::{self, Command, Group, Id, TABLE, Where};
use super::dialog::Focus;
use super::key::{Code, Key};
use super::keymap::name;
use super::overlay::{HelpLine, Overlay};
use super::state::State;
use crate::domain::Text;

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
        &[
            (Id::Filter, "search"),
            (Id::NextMatch, "next match"),
            (Id::PageDown, "a page down"),
            (Id::Copy, "copy"),
            (Id::Back, "close"),
        ],
    ),
    (Where::Choice, &[(Id::Enter, "take it"), (Id::Down, "next"), (Id::Up, "previous"), (Id::Back, "close")]),
    (
        Where::Dialog,
        &[(Id::NextPane, "next button"), (Id::Enter, "press it"), (Id::Copy, "copy commands"), (Id::Back, "cancel")],
    ),
];

/// Hints of the question whether to quit: these keys are its own, whatever the config says.
const QUITTING: [(Code, &str); 2] = [(Code::Char('q'), "quit"), (Code::Esc, "stay")];

/// The hints for what is focused, looking first, then changing; of what lies on top, where something does.
pub fn hints(state: &State) -> Vec<Hint> {
    if let Some(Overlay::Quit) = state.overlay {
        let hint = |(code, verb)| Hint { key: name(Key::plain(code)), verb, greyed: None, right: false };
        return QUITTING.map(hint).into();
    }
    let here = state.place();
    if let Some((_, words)) = ON_TOP.iter().find(|(place, _)| *place == here) {
        let hint = |(id, verb): &(Id, &'static str)| {
            let key = state.settings.keymap.keys(*id, here).last()?;
            Some(Hint { key: name(*key), verb, greyed: None, right: false })
        };
        // What is typed into a name is a letter of it.
        let typing = matches!(&state.overlay, Some(Overlay::Dialog(d)) if d.focus == Focus::Name);
        return words.iter().filter(|(id, _)| !(typing && *id == Id::Copy)).filter_map(hint).collect();
    }
    let mut found: Vec<(u8, Hint)> = TABLE
        .iter()
        .filter(|c| c.places.contains(&here))
        .filter_map(|c| {
            let at = c.hint?;
            let key = state.settings.keymap.keys(c.id, here).first()?;
            let greyed = command::why_not(c.id, state);
            Some((at, Hint { key: name(*key), verb: c.verb, greyed, right: at >= 90 }))
        })
        .collect();
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, h)| h).collect()
}

/// The help of a place: every command that applies, by group, then what can be typed.
pub fn help(state: &State) -> Vec<HelpLine> {
    let here = state.place();
    let mut lines = Vec::new();
    for group in Group::ALL {
        let of_group = TABLE.iter().filter(|c| c.group == group && (c.places.contains(&here) || c.places.is_empty()));
        // Why there is no place to go back to is no help; `x` tells of all that is greyed.
        let lasts = |c: &Command| c.changes || c.id == Id::Reconnect;
        let mut entries = of_group.map(|c| entry(c, state, here, lasts(c))).peekable();
        if entries.peek().is_some() {
            lines.push(HelpLine::Heading(group.heading()));
            lines.extend(entries);
        }
    }
    lines
}

/// What is greyed here, and why.
pub fn greyed(state: &State) -> Vec<HelpLine> {
    let here = state.place();
    let mut commands: Vec<&Command> = TABLE.iter().filter(|c| c.places.contains(&here)).collect();
    // What one most likely asks about first; moves last.
    commands.sort_by_key(|c| Group::ALL.iter().position(|g| *g == c.group));
    let all = commands.into_iter().map(|c| entry(c, state, here, true));
    let mut lines: Vec<HelpLine> = all.filter(|l| matches!(l, HelpLine::Entry { greyed: Some(_), .. })).collect();
    if lines.is_empty() {
        lines.push(HelpLine::Plain("Everything that exists here can be done.".to_owned()));
    }
    lines
}

/// A line of help; with `why`, also why it can't be done now.
fn entry(command: &Command, state: &State, here: Where, why: bool) -> HelpLine {
    let keys = state.settings.keymap.keys(command.id, here).iter().map(|k| name(*k));
    let typed = command.names.first().map(|n| format!(":{n} {}", command.takes).trim_end().to_owned());
    let keys = keys.chain(typed).collect::<Vec<_>>().join(" ");
    let greyed = if why { command::why_not(command.id, state) } else { None };
    HelpLine::Entry { keys, help: command.help.to_owned(), greyed }
}
