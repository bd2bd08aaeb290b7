//! The table holds what keys.md promises.

use std::collections::BTreeMap;

use super::*;
use crate::app::key;
use crate::app::keymap;

/// What each key does, as keys.md has it, for what exists yet.
const PROMISED: &[(&str, &str)] = &[
    ("j<Down>", "down"),
    ("k<Up>", "up"),
    ("<Left>", "left"),
    ("<Right>", "right"),
    ("g<Home>", "first"),
    ("G<End>", "last"),
    ("<C-f><PgDn>", "page down"),
    ("<C-b><PgUp>", "page up"),
    ("<C-d>", "half a page down"),
    ("<C-u>", "half a page up"),
    ("<Tab>", "next pane"),
    ("<S-Tab>", "previous pane"),
    ("1", "pane 1"),
    ("5", "pane 5"),
    ("6", "pane 6"),
    ("9", "pane 9"),
    ("0", "everything"),
    ("<Enter>", "open"),
    ("<Esc>", "back"),
    ("z", "zoom"),
    ("m", "cards or rows"),
    (":", "command"),
    ("/", "filter"),
    ("?", "help"),
    ("<C-p>", "palette"),
    ("n", "next match"),
    ("N", "previous match"),
    ("[", "history back"),
    ("]", "history forward"),
    ("-", "last place"),
    ("<Space>", "mark"),
    ("<C-Space>", "mark a range"),
    ("<C-\\>", "clear marks"),
    ("S", "start/stop"),
    ("r", "restart"),
    ("b", "back to a revision"),
    ("+", "scale"),
    ("i", "root cause"),
    ("c", "copy"),
    ("x", "explain"),
    ("<S-Left>", "column left"),
    ("<S-Right>", "column right"),
    ("O", "sort"),
    ("=", "re-sort"),
    ("<C-r>", "ask again"),
    ("q", "quit"),
    ("<C-c>", "quit kennel"),
    ("<C-z>", "suspend"),
];

/// The table's keys: a table with a clash is refused.
fn tables() -> keymap::Keymap {
    keymap::Keymap::with(&BTreeMap::new()).unwrap()
}

/// Keys of commands that come later: bound to nothing, so that a finger's habit harms nothing.
const LATER: &str = "CRDauTeydlsfo!AvEXThHpwt";

/// Of these what only a log will have, and what is no key at all.
const SILENT: &str = "hHpwt";

#[test]
fn every_key_that_is_promised_does_what_is_promised() {
    let map = tables();
    for (keys, verb) in PROMISED {
        for k in key::parse(keys).unwrap() {
            let id = map.lookup(k, Where::Panes).unwrap_or_else(|| panic!("{k} is unbound"));
            assert_eq!(get(id).unwrap().verb, *verb, "{k}");
        }
    }
    let bound: usize = TABLE.iter().filter(|c| c.places.contains(&Where::Panes)).map(|c| c.keys.len()).sum();
    let promised: usize = PROMISED.iter().map(|(k, _)| key::parse(k).unwrap().len()).sum();
    assert_eq!(bound, promised + 5, "a key that nobody promised (2, 3 and 4, 7 and 8 stand between)");
}

#[test]
fn no_two_commands_share_a_key_in_one_place() {
    let mut seen: BTreeMap<(Where, key::Key), Id> = BTreeMap::new();
    for c in TABLE.iter() {
        for k in keymap::table(c) {
            for place in c.places {
                if let Some(other) = seen.insert((*place, k), c.id) {
                    panic!("{k} is {other:?} and {:?} in {place:?}", c.id);
                }
            }
        }
    }
}

#[test]
fn one_key_never_means_two_verbs_in_two_places() {
    let mut seen: BTreeMap<key::Key, &str> = BTreeMap::new();
    for c in TABLE.iter() {
        for k in keymap::table(c) {
            let verb = seen.entry(k).or_insert(c.verb);
            assert_eq!(*verb, c.verb, "{k}");
        }
    }
}

#[test]
fn every_line_of_the_table_is_whole_and_every_key_is_one_key() {
    for c in TABLE.iter() {
        assert!(!c.help.is_empty(), "{:?}", c.id);
        assert!(!c.keys.is_empty() || !c.names.is_empty(), "{:?} can't be reached", c.id);
        assert_eq!(c.keys.is_empty(), c.places.is_empty(), "{:?}", c.id);
        for k in c.keys {
            assert_eq!(key::parse(k).unwrap().len(), 1, "{k}");
        }
        assert_eq!(TABLE.iter().filter(|o| o.id == c.id).count(), 1);
        for n in c.names {
            assert_eq!(TABLE.iter().filter(|o| o.names.contains(n)).count(), 1, ":{n}");
        }
    }
}

#[test]
fn keys_of_later_commands_are_bound_to_nothing() {
    let map = tables();
    for c in LATER.chars() {
        for place in [Where::Panes, Where::Text, Where::Choice, Where::Dialog] {
            assert_eq!(map.lookup(key::Key::char(c), place), None, "{c} in {place:?}");
        }
    }
}

#[test]
fn a_key_of_a_later_command_says_so_where_it_will_act_and_no_other_does() {
    for c in ' '..='~' {
        let told = later(key::Key::char(c)).is_some();
        assert_eq!(told, LATER.contains(c) && !SILENT.contains(c), "{c}");
    }
    let offered = |verb: &str| TABLE.iter().any(|c| c.verb == verb || c.help == verb);
    assert!(later::LATER.iter().all(|(_, verb)| !offered(verb)));
}

#[test]
fn in_a_dialog_no_letter_acts_but_c_copies_and_moves_scroll() {
    let map = tables();
    let acts: Vec<(char, Id)> =
        (' '..='~').filter_map(|c| Some((c, map.lookup(key::Key::char(c), Where::Dialog)?))).collect();
    let harmless = [('G', Id::Last), ('c', Id::Copy), ('g', Id::First), ('j', Id::Down), ('k', Id::Up)];
    assert_eq!(acts, harmless);
}

#[test]
fn what_changes_the_world_is_on_no_key_with_ctrl_and_on_none_that_moves() {
    for c in TABLE.iter().filter(|c| c.changes) {
        assert!(keymap::table(c).all(|k| k.typed().is_some_and(|typed| "Sbr+".contains(typed))), "{:?}", c.id);
    }
}
