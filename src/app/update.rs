//! The one function that changes the state, a file per thing that is done.

mod asking;
mod causes;
mod commands;
mod completing;
mod copying;
mod cramped;
mod entering;
mod jumping;
mod marking;
mod moves;
mod navigate;
mod operating;
mod palette;
mod pointing;
mod reading;
mod revisions;
mod scrolling;
mod taken;
mod texts;
mod typing;

use super::command::{self, Id, Where};
use super::dialog::Focus;
use super::key::{Code, Key};
use super::message::{Effect, Message};
use super::overlay::Overlay;
use super::question::Answer;
use super::state::State;
use super::view;
use crate::domain::Time;

/// A picture may be that many seconds older than the last tick.
const LATE: i64 = 5;

/// Takes a message; returns what is to be done. Pure: the time comes in messages.
pub fn update(state: &mut State, message: Message) -> Vec<Effect> {
    let mut effects = Vec::new();
    match message {
        Message::Drawn(hits) => {
            drawn(state, hits);
            return effects;
        }
        Message::Key(key) if suspends(state, key) => effects.push(Effect::Suspend),
        Message::Key(key) if state.cramped() => cramped::pressed(state, key, &mut effects),
        Message::Mouse(_) | Message::Paste(_) if state.cramped() => {}
        Message::Key(key) => match behind_esc(state, key) {
            Some(key) => {
                pressed(state, Key::plain(Code::Esc), &mut effects);
                // What Esc took away (a filter, a screen) is gone when the key acts.
                view::refresh(state);
                pressed(state, key, &mut effects);
            }
            None => pressed(state, key, &mut effects),
        },
        Message::Mouse(mouse) => pointing::did(state, mouse, &mut effects),
        Message::Paste(text) => pasted(state, &text),
        Message::Resize { width, height } => {
            state.size = (width, height);
            if state.cramped() {
                cramped::shrunk(state);
            }
        }
        Message::Tick(now) => passed(state, now),
        Message::Snapshot(snapshot) => {
            // The cluster's clock is the clock: a dump's is years ago. A picture made a moment before the last
            // tick does not turn it back.
            let late = state.now.as_second() - snapshot.now.as_second();
            let now = if (0..LATE).contains(&late) { state.now } else { snapshot.now };
            let before = std::mem::replace(&mut state.snapshot, snapshot);
            passed(state, now);
            if state.settings.flash {
                state.flashes.note(&before, &state.snapshot, now);
            }
            asking::follow(state, &mut effects);
            if let Some(line) = state.settings.first.take_if(|line| jumping::is_known(&state.snapshot, line)) {
                view::refresh(state);
                jumping::run(state, &line, &mut effects);
            }
        }
        Message::Answer { question, answer: Answer::Review(permissions) } => {
            asking::reviewed(state, question, permissions);
        }
        Message::Answer { question, answer: Answer::Back(read) } => asking::read(state, question, read, &mut effects),
        Message::Answer { question, answer: Answer::Revisions(found) } => revisions::found(state, question, found),
        Message::Answer { question, answer: Answer::Cause(found, gaps) } => {
            causes::found(state, question, &found, &gaps)
        }
        Message::Answer { question, answer: Answer::Taken(found) } => state.taken.take(question, || found),
        Message::Progress(progress) => operating::progress(state, progress),
        Message::Finished(outcome) => operating::finished(state, outcome),
        Message::Notice(text) => state.notice(text, false),
        Message::Failed(text) => state.notice(text, true),
    }
    view::refresh(state);
    look(state, &mut effects);
    revisions::look(state, &mut effects);
    taken::look(state, &mut effects);
    effects
}

fn passed(state: &mut State, now: Time) {
    let jump = now.as_second() - state.now.as_second();
    state.now = now;
    if jump < 0 {
        // The clock was set back (the first picture of a dump): nothing stays longer for it.
        state.notices.clear();
        state.flashes = Default::default();
    }
    state.notices.retain(|n| n.until > now);
    state.flashes.pass(now);
}

fn drawn(state: &mut State, hits: super::hit::HitMap) {
    for (pane, hit) in &hits.panes {
        state.list_mut(*pane).top = hit.top;
    }
    if let Some(text) = state.overlay.as_mut().and_then(Overlay::text_mut) {
        text.scroll = text.scroll.min(hits.overlay_scroll);
    }
    if let Some(Overlay::Dialog(dialog)) = &mut state.overlay {
        dialog.scroll = dialog.scroll.min(hits.overlay_scroll);
    }
    state.hits = hits;
}

/// Says whose pods are on screen, when that has changed.
fn look(state: &mut State, effects: &mut Vec<Effect>) {
    let now = state.environment().map(|e| e.id.clone());
    if now != state.looked_at {
        state.looked_at.clone_from(&now);
        effects.push(Effect::LookAt(now));
    }
}

/// A paste goes into an input, or nowhere: it never presses keys.
fn pasted(state: &mut State, text: &str) {
    if state.prompt.is_some() {
        typing::pasted(state, text);
        return;
    }
    match &mut state.overlay {
        Some(Overlay::Palette(p)) => {
            p.input.insert(text);
            palette::search(state);
        }
        Some(Overlay::Dialog(d)) if d.focus == Focus::Name => {
            if let Some(typed) = &mut d.typed {
                typed.input.insert(text);
            }
        }
        _ => {}
    }
}

/// The key that came right behind an Esc. Terminals send Alt and a character as Esc and that character; over a slow
/// line Esc and the next key arrive as one, too. Who has bound the one to something means it; else it is the other,
/// as in vim.
fn behind_esc(state: &State, key: Key) -> Option<Key> {
    // Backspace with Alt takes a word away in inputs, and does nothing elsewhere.
    let one_byte = matches!(key.code, Code::Char(_) | Code::Enter | Code::Tab);
    let bound = || state.settings.keymap.lookup(key, state.place()).is_some();
    (key.alt && one_byte && !bound()).then_some(Key { alt: false, ..key })
}

/// Whether a key suspends: whatever is typed or asked meanwhile, as in any other program.
fn suspends(state: &State, key: Key) -> bool {
    key.typed().is_none() && state.settings.keymap.lookup(key, state.place()) == Some(Id::Suspend)
}

/// Inputs take a key first; what they leave goes by the table of the place.
fn pressed(state: &mut State, key: Key, effects: &mut Vec<Effect>) {
    state.notices.retain(|n| !n.answer);
    state.reading = None;
    if state.prompt.is_some() {
        typing::pressed(state, key, effects);
        return;
    }
    let place = state.place();
    if let Some(Overlay::Quit) = state.overlay {
        if matches!(key.code, Code::Enter | Code::Char('q')) || key == Key::ctrl('c') {
            effects.push(Effect::Quit);
        } else {
            state.overlay = None;
        }
        return;
    }
    if typed(state, key) {
        return;
    }
    match state.settings.keymap.lookup(key, place) {
        Some(id) => act(state, place, id, effects),
        None => {
            let verb = if place == Where::Panes { command::later(key) } else { None };
            if let Some(verb) = verb {
                state.answer(format!("{verb}: comes in a later version; ? shows what can be done here"), false);
            }
        }
    }
}

/// Does a command in a place.
fn act(state: &mut State, place: Where, id: Id, effects: &mut Vec<Effect>) {
    match place {
        _ if id == Id::QuitAll => navigate::ask_to_quit(state, effects),
        _ if id == Id::Suspend => effects.push(Effect::Suspend),
        Where::Panes => commands::run(state, id, effects),
        Where::Text => texts::run(state, id, effects),
        Where::Choice => match &state.overlay {
            Some(Overlay::Copy(_)) => copying::run(state, id, effects),
            _ => palette::run(state, id, effects),
        },
        Where::Dialog => asking::run(state, id, effects),
    }
}

/// An input on top takes a key, if it has one; whether it did.
fn typed(state: &mut State, key: Key) -> bool {
    match &mut state.overlay {
        Some(Overlay::Palette(p)) => {
            let edits = p.input.key(key);
            if edits {
                palette::search(state);
            }
            edits
        }
        Some(Overlay::Dialog(d)) if d.focus == Focus::Name => {
            let edits = d.typed.as_mut().is_some_and(|t| t.input.key(key));
            if edits {
                d.notice = None;
            }
            edits
        }
        _ => false,
    }
}

/// Tells why a command can't be done now; whether it can't.
fn refused(state: &mut State, id: Id) -> bool {
    let Some(why) = command::why_not(id, state) else { return false };
    let verb = command::get(id).map_or("", |c| c.verb);
    state.answer(format!("{verb}: {why}"), false);
    true
}
