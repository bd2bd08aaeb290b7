//! From a key to its command, from a command to its keys: the table's, or the user's own in their place.
//!
//! In the config (`[keys]`) a command is called by its verb, with dashes: `start-stop = "<F2>"`. In dialogs and
//! choices the table's keys stay, whatever the config says: there no letter may act.

use std::collections::{BTreeMap, HashMap};

use super::command::{Command, Id, TABLE, Where};
use super::key::{self, Code, Key};
use super::prompt::nearest;
use crate::config::Keys;

/// Which key does what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    commands: HashMap<(Where, Key), Id>,
    keys: HashMap<(Where, Id), Vec<Key>>,
}

/// What is wrong with the user's own keys: one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("keys.{name}: {what}")]
pub struct KeyError {
    /// The command as the config calls it.
    pub name: String,
    /// What is wrong, and what would be right.
    pub what: String,
}

/// Two commands on one key.
struct Clash(Key, Id, Id);

impl Default for Keymap {
    /// The table's: every command has its keys, whatever else is wrong. That no two of them share one is a test's.
    fn default() -> Self {
        Self::of(&BTreeMap::new()).0
    }
}

impl Keymap {
    /// The table's, with the user's own in their place.
    ///
    /// # Errors
    ///
    /// The first that is wrong: no such command, no key, or a key of another command too.
    pub fn with(own: &BTreeMap<String, Keys>) -> Result<Self, KeyError> {
        let mut keys: BTreeMap<Id, Vec<Key>> = BTreeMap::new();
        for (name, wanted) in own {
            let wrong = |what: String| KeyError { name: name.clone(), what };
            let command = called(name).ok_or_else(|| wrong(unknown(name)))?;
            if command.keys.is_empty() {
                return Err(wrong(format!("it has no key, it is typed: :{}", command.names.first().unwrap_or(&""))));
            }
            let one = |text: &str| match key::parse(text).as_deref() {
                Ok([key]) => Ok(*key),
                Ok(several) => Err(wrong(format!(
                    "`{text}` is {} keys; a command wants one, or a list of them: [\"g\", \"<Home>\"]",
                    several.len()
                ))),
                Err(why) => Err(wrong(format!("`{text}` names no key: {why}"))),
            };
            keys.insert(command.id, wanted.each().map(one).collect::<Result<_, _>>()?);
        }
        let (map, clash) = Self::of(&keys);
        let Some(Clash(key, a, b)) = clash else { return Ok(map) };
        // The one that the config changed is the one to change.
        let (changed, other) = if keys.contains_key(&b) { (b, a) } else { (a, b) };
        let own_name = own.keys().find(|n| called(n).is_some_and(|c| c.id == changed));
        let what = format!("{key} would be both {} and {}: give one of them another key", verb(changed), verb(other));
        Err(KeyError { name: own_name.cloned().unwrap_or_default(), what })
    }

    /// The map, and the first clash in it: there the command keeps the key that stands first in the table.
    fn of(own: &BTreeMap<Id, Vec<Key>>) -> (Self, Option<Clash>) {
        let mut map = Self { commands: HashMap::new(), keys: HashMap::new() };
        let mut clash = None;
        for command in TABLE.iter() {
            for place in command.places {
                let fixed = matches!(place, Where::Choice | Where::Dialog);
                let mut keys: Vec<Key> = match own.get(&command.id) {
                    Some(keys) if !fixed => keys.clone(),
                    _ => table(command).collect(),
                };
                // The way out is always there.
                if command.id == Id::QuitAll {
                    let more: Vec<Key> = table(command).filter(|k| !keys.contains(k)).collect();
                    keys.extend(more);
                }
                for key in &keys {
                    let first = *map.commands.entry((*place, *key)).or_insert(command.id);
                    if first != command.id {
                        clash.get_or_insert(Clash(*key, first, command.id));
                    }
                }
                map.keys.insert((*place, command.id), keys);
            }
        }
        (map, clash)
    }

    /// The command of a key in a place; `None` when it is unbound there.
    pub fn lookup(&self, key: Key, place: Where) -> Option<Id> {
        self.commands.get(&(place, key)).copied()
    }

    /// Keys of a command in a place.
    pub fn keys(&self, id: Id, place: Where) -> &[Key] {
        self.keys.get(&(place, id)).map_or(&[], Vec::as_slice)
    }

    /// The first key of a command on a screen, as people read it; its `:` name where it has none.
    pub fn first(&self, id: Id) -> String {
        match self.keys(id, Where::Panes).first() {
            Some(key) => name(*key),
            None => format!(":{}", verb(id)),
        }
    }
}

/// Keys that the table gives a command.
pub(super) fn table(command: &Command) -> impl Iterator<Item = Key> {
    command.keys.iter().filter_map(|k| key::parse(k).ok()?.first().copied())
}

/// What the config calls a command: its verb with dashes, or its name where it is only typed.
pub(super) fn config_name(command: &Command) -> String {
    let verb = if command.verb.is_empty() { command.names.first().copied().unwrap_or_default() } else { command.verb };
    let dashed: String = verb.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    dashed.to_ascii_lowercase()
}

fn called(wanted: &str) -> Option<&'static Command> {
    TABLE.iter().find(|c| config_name(c) == wanted || c.names.contains(&wanted))
}

fn unknown(wanted: &str) -> String {
    let names: Vec<String> = TABLE.iter().filter(|c| !c.keys.is_empty()).map(config_name).collect();
    let near = nearest(wanted, names.iter().map(String::as_str)).unwrap_or_default();
    format!("there is no command of that name; the nearest is {near}")
}

fn verb(id: Id) -> &'static str {
    super::command::get(id).map_or("", |c| if c.verb.is_empty() { c.help } else { c.verb })
}

/// A key as people read it on a screen: `⏎`, `Tab`, `Ctrl-f`, `Shift-←`, `S`.
pub fn name(key: Key) -> String {
    let base = match key.code {
        Code::Enter => "⏎".to_owned(),
        Code::Char(' ') => "Space".to_owned(),
        // Only the grammar writes it `<lt>`.
        Code::Char('<') => "<".to_owned(),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn own(pairs: &[(&str, &[&str])]) -> Result<Keymap, KeyError> {
        let keys = |k: &&[&str]| Keys::Several(k.iter().map(|k| (*k).to_owned()).collect());
        Keymap::with(&pairs.iter().map(|(name, k)| ((*name).to_owned(), keys(k))).collect())
    }

    fn of(text: &str) -> Key {
        *key::parse(text).unwrap().first().unwrap()
    }

    #[test]
    fn own_keys_stand_in_place_of_the_tables() {
        let map = own(&[("zoom", &["Z", "<F5>"]), ("start-stop", &["<F2>"]), ("reconnect", &["<F9>"])]).unwrap();
        let on = |k: &str| map.lookup(of(k), Where::Panes);
        assert_eq!((on("Z"), on("<F5>"), on("z")), (Some(Id::Zoom), Some(Id::Zoom), None));
        assert_eq!((on("<F2>"), on("S"), on("<F9>")), (Some(Id::StartStop), None, Some(Id::Reconnect)));
        assert_eq!((map.first(Id::Zoom), map.first(Id::StartStop)), ("Z".to_owned(), "F2".to_owned()));
        assert_eq!(own(&[("zoom", &[])]).unwrap().lookup(of("z"), Where::Panes), None, "none at all");
        assert_eq!(own(&[]).unwrap(), Keymap::default());
    }

    #[test]
    fn the_way_out_keeps_its_key_whatever_else_is_chosen_for_it() {
        let map = own(&[("quit-kennel", &["<F10>", "<C-c>"])]).unwrap();
        assert_eq!(map.keys(Id::QuitAll, Where::Panes), [of("<F10>"), of("<C-c>")], "each once");
        let map = own(&[("quit-kennel", &["<F10>"])]).unwrap();
        assert_eq!(map.lookup(of("<C-c>"), Where::Panes), Some(Id::QuitAll));
        assert_eq!(map.lookup(of("<F10>"), Where::Panes), Some(Id::QuitAll));
    }

    #[test]
    fn keys_are_called_as_people_read_them() {
        let of = |text: &str| name(of(text));
        let keys = ["<Enter>", "<Space>", "<Up>", "<Down>", "<Left>", "<Right>", "<Tab>", "<F1>", "<C-f>", "<lt>", "S"];
        assert_eq!(keys.map(of), ["⏎", "Space", "↑", "↓", "←", "→", "Tab", "F1", "Ctrl-f", "<", "S"]);
        assert_eq!(["<S-Left>", "<S-Tab>", "<C-Space>"].map(of), ["Shift-←", "Shift-Tab", "Ctrl-Space"]);
    }

    #[test]
    fn two_commands_can_change_their_keys_for_each_others() {
        let map = own(&[("zoom", &["m"]), ("cards-or-rows", &["z"])]).unwrap();
        assert_eq!(map.lookup(of("m"), Where::Panes), Some(Id::Zoom));
        assert_eq!(map.lookup(of("z"), Where::Panes), Some(Id::Cards));
    }

    #[test]
    fn a_key_of_two_commands_is_refused_and_both_are_named() {
        let why = |pairs: &[(&str, &[&str])]| own(pairs).unwrap_err().to_string();
        assert_eq!(why(&[("zoom", &["j"])]), "keys.zoom: j would be both zoom and down: give one of them another key");
        assert_eq!(why(&[("down", &["z"])]), "keys.down: z would be both down and zoom: give one of them another key");
        let both = why(&[("help", &["<F1>"]), ("palette", &["<F1>"])]);
        assert_eq!(both, "keys.palette: <F1> would be both palette and help: give one of them another key");
        assert!(why(&[("zoom", &["<C-c>"])]).contains("both zoom and quit kennel"), "the way out can't be taken");
    }

    #[test]
    fn what_is_no_key_or_no_command_is_refused_with_what_would_be_right() {
        let why = |name: &str, key: &str| own(&[(name, &[key])]).unwrap_err().to_string();
        assert_eq!(why("zom", "Z"), "keys.zom: there is no command of that name; the nearest is zoom");
        assert_eq!(
            why("zoom", "gg"),
            "keys.zoom: `gg` is 2 keys; a command wants one, or a list of them: [\"g\", \"<Home>\"]"
        );
        assert!(why("zoom", "<Foo>").starts_with("keys.zoom: `<Foo>` names no key: <Foo> is no key; try <Enter>"));
        assert_eq!(why("theme", "t"), "keys.theme: it has no key, it is typed: :theme");
    }

    #[test]
    fn a_clash_takes_no_other_command_its_key() {
        let (map, clash) = Keymap::of(&BTreeMap::from([(Id::Zoom, vec![of("j")])]));
        assert!(clash.is_some());
        assert_eq!(map.lookup(of("j"), Where::Panes), Some(Id::Down), "the first of the table keeps it");
        assert_eq!(map.lookup(of("<C-c>"), Where::Panes), Some(Id::QuitAll));
        let bound = TABLE.iter().flat_map(|c| c.places.iter().map(move |p| (c, *p)));
        bound.for_each(|(c, place)| assert_eq!(Keymap::default().keys(c.id, place).is_empty(), c.keys.is_empty()));
    }

    #[test]
    fn in_dialogs_and_choices_the_tables_keys_stay() {
        let map = own(&[("open", &["o"]), ("back", &["h"]), ("next-pane", &["t"])]).unwrap();
        for place in [Where::Dialog, Where::Choice] {
            assert_eq!(map.lookup(of("<Enter>"), place), Some(Id::Enter), "{place:?}");
            assert_eq!(map.lookup(of("<Esc>"), place), Some(Id::Back), "{place:?}");
            assert_eq!(map.lookup(of("o"), place), None, "no letter acts in {place:?}");
        }
        assert_eq!(map.lookup(of("o"), Where::Panes), Some(Id::Enter));
        assert_eq!(map.lookup(of("<C-c>"), Where::Panes), Some(Id::QuitAll));
    }

    #[test]
    fn the_config_has_one_name_for_each_command() {
        let mut names: Vec<String> = TABLE.iter().map(config_name).collect();
        names.sort();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
        assert!(names.iter().all(|n| called(n).is_some_and(|c| config_name(c) == *n)));
    }
}
