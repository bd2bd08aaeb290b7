//! A terminal that is too small to be drawn on: nothing acts but the way out. And what suspends, always.

use super::operating::answers;
use super::world::World;
use crate::app::command::{Id, TABLE, Where};
use crate::app::key::{self, Code, Key};
use crate::app::keymap::Keymap;
use crate::app::mouse::{Act, Mouse};
use crate::app::pane::Pane;
use crate::app::question::{Answer, Question};
use crate::app::state::SMALLEST;
use crate::app::{Effect, Message, Overlay, State, update};
use crate::config::Keys;

/// What can be under way when a terminal shrinks: the keys that lead there. The first two are one Enter from a stop.
const UNDER_WAY: [&str; 8] = ["S<Tab>", "jS<Tab>prod<Tab>", "", ":quit", "/web", "<C-p>", "?", "c"];

const TOO_SMALL: [(u16, u16); 3] = [(SMALLEST.0 - 1, 24), (80, SMALLEST.1 - 1), (1, 1)];

fn resize(state: &mut State, (width, height): (u16, u16)) {
    // A filter that is no longer typed shows another environment.
    assert!(update(state, Message::Resize { width, height }).iter().all(|e| matches!(e, Effect::LookAt(_))));
}

/// A dashboard after these keys, on a cluster that allows everything.
fn under_way(keys: &str) -> State {
    let mut state = World::shop().state;
    for k in key::parse(keys).unwrap() {
        for effect in update(&mut state, Message::Key(k)) {
            if let Effect::Ask(asker, Question::Review(plans)) = effect {
                update(&mut state, Message::answer(&asker, Answer::Review(answers(&plans, true))));
            }
        }
    }
    state
}

fn pressed(state: &mut State, keys: &str) -> Vec<Effect> {
    key::parse(keys).unwrap().into_iter().flat_map(|k| update(state, Message::Key(k))).collect()
}

/// Every key of the table, every character, and every key that an input takes.
fn all_keys() -> impl Iterator<Item = Key> {
    let table = TABLE.iter().flat_map(|c| c.keys.iter().flat_map(|k| key::parse(k).unwrap()));
    let codes = [Code::Enter, Code::Esc, Code::Tab, Code::Backspace, Code::Delete].map(Key::plain);
    let characters = (' '..='~').flat_map(|c| [Key::char(c), Key { alt: true, ..Key::char(c) }]);
    table.chain(codes).chain(characters)
}

#[test]
fn in_a_terminal_too_small_to_be_drawn_on_no_key_does_anything_but_leave() {
    let quits = |k: Key| matches!(Keymap::default().lookup(k, Where::Panes), Some(Id::Quit | Id::QuitAll));
    assert!(all_keys().filter(|k| quits(*k)).count() > 1, "q and Ctrl-c are among them");
    for (keys, small) in UNDER_WAY.into_iter().flat_map(|k| TOO_SMALL.map(|s| (k, s))) {
        let mut state = under_way(keys);
        resize(&mut state, small);
        for k in all_keys() {
            let mut state = state.clone();
            let expected = match k {
                k if quits(k) => vec![Effect::Quit],
                k if k == Key::ctrl('z') => vec![Effect::Suspend],
                _ => vec![],
            };
            assert_eq!(update(&mut state, Message::Key(k)), expected, "{k} at {small:?} after {keys}");
            assert!(state.overlay.is_none() && state.prompt.is_none(), "{k} opened something after {keys}");
        }
        assert_eq!(pressed(&mut state, "S<Tab><Enter>jS<Tab>prod<Tab><Enter>"), [], "{keys}");
    }
}

#[test]
fn what_lies_on_top_closes_when_the_terminal_becomes_too_small_and_nothing_typed_is_done_later() {
    for keys in UNDER_WAY {
        let mut state = under_way(keys);
        let filter = under_way("").list(Pane::Environments).filter.clone();
        resize(&mut state, (39, 24));
        resize(&mut state, (160, 48));
        assert!(state.overlay.is_none() && state.prompt.is_none(), "{keys}");
        assert_eq!(state.list(state.focus()).filter.is_some(), filter.is_some(), "a filter half-typed after {keys}");
        let effects = pressed(&mut state, "<Tab><Tab>");
        assert!(!effects.iter().any(|e| matches!(e, Effect::Run(_) | Effect::Quit)), "{keys}: {effects:?}");
    }
    let mut state = under_way("S<Tab>");
    assert!(matches!(pressed(&mut state, "<Enter>").as_slice(), [Effect::Run(_)]), "else this proves nothing");
}

#[test]
fn in_a_terminal_too_small_to_be_drawn_on_paste_and_mouse_do_nothing() {
    let mut state = under_way("");
    resize(&mut state, (39, 24));
    let before = format!("{state:?}");
    for message in [
        Message::Paste("S\t\r:quit\r".into()),
        Message::Mouse(Mouse { act: Act::Double, x: 5, y: 5 }),
        Message::Mouse(Mouse { act: Act::Wheel { down: true }, x: 5, y: 5 }),
    ] {
        assert_eq!(update(&mut state, message), []);
        assert_eq!(format!("{state:?}"), before);
    }
}

#[test]
fn where_something_runs_a_terminal_too_small_asks_before_it_leaves() {
    let mut state = under_way("S<Tab>");
    let effects = pressed(&mut state, "<Enter>");
    assert!(matches!(effects.as_slice(), [Effect::Run(_)]));
    resize(&mut state, (39, 24));
    assert_eq!(pressed(&mut state, "q"), []);
    assert!(matches!(state.overlay, Some(Overlay::Quit)));
    assert_eq!(pressed(&mut state, "j"), [], "any other key stays");
    assert!(state.overlay.is_none());
    assert_eq!(pressed(&mut state, "qq"), [Effect::Quit]);
    assert_eq!(state.under_way().count(), 1, "it is the runtime's to hand it over");
}

#[test]
fn the_way_out_of_a_terminal_too_small_is_every_key_that_quits_and_q() {
    let own = [("quit".to_owned(), Keys::One("Q".into())), ("zoom".to_owned(), Keys::One("q".into()))];
    let mut settings = under_way("").settings.clone();
    settings.keymap = Keymap::with(&own.into()).unwrap().into();
    for (key, leaves) in [("Q", true), ("q", true), ("<C-c>", true), ("z", false)] {
        let mut state = State::new(settings.clone(), super::world::at(0), (39, 24));
        assert_eq!(pressed(&mut state, key) == [Effect::Quit], leaves, "{key}");
    }
}

#[test]
fn ctrl_z_suspends_whatever_is_typed_or_asked_and_nothing_else_comes_of_it() {
    for keys in UNDER_WAY.into_iter().chain(["jS<Tab>", "q", "?/web"]) {
        let mut state = under_way(keys);
        let shows = |s: &State| format!("{:?} {:?} {:?}", s.overlay, s.prompt, s.view());
        let before = shows(&state);
        assert_eq!(pressed(&mut state, "<C-z>"), [Effect::Suspend], "{keys}");
        assert_eq!(shows(&state), before, "{keys}");
    }
    let own = [("suspend".to_owned(), Keys::Several(vec!["Z".into(), "<F12>".into()]))];
    let mut state = under_way("");
    state.settings.keymap = Keymap::with(&own.into()).unwrap().into();
    assert_eq!(pressed(&mut state, "Z?Z"), [Effect::Suspend, Effect::Suspend], "keys of one's own");
    assert_eq!(pressed(&mut state, "<Esc>:Z<F12>"), [Effect::Suspend], "but a letter is typed");
    assert_eq!(state.prompt.map(|p| p.input.text().to_owned()), Some("Z".to_owned()));
    let mut state = under_way("<C-p>suspend");
    assert_eq!(pressed(&mut state, "<Enter>"), [Effect::Suspend], "from the palette");
}
