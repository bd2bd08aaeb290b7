//! The one function that changes the state, a file per thing that is done.

mod moves;

use super::command::{Id, Where};
use super::key::Key;
use super::message::{Effect, Message};
use super::state::State;
use super::{keymap, view};

/// Takes a message; returns what is to be done. Pure: the time comes in messages.
pub fn update(state: &mut State, message: Message) -> Vec<Effect> {
    let mut effects = Vec::new();
    match message {
        Message::Key(key) => pressed(state, key, &mut effects),
        Message::Resize { width, height } => state.size = (width, height),
        Message::Tick(now) => passed(state, now),
        Message::Snapshot(snapshot) => {
            let now = snapshot.now.max(state.now);
            state.snapshot = snapshot;
            passed(state, now);
        }
        Message::Drawn(hits) => {
            drawn(state, hits);
            return effects;
        }
        Message::Notice(text) => state.tell(text, false),
        Message::Failed(text) => state.tell(text, true),
        Message::Paste(_) | Message::Reviewed { .. } | Message::Progress(_) | Message::Finished(_) => {}
    }
    view::refresh(state);
    effects
}

fn passed(state: &mut State, now: crate::domain::Time) {
    state.now = now;
    state.notices.retain(|n| n.until > now);
}

fn drawn(state: &mut State, hits: super::hit::HitMap) {
    for (pane, hit) in &hits.panes {
        state.list_mut(*pane).top = hit.top;
    }
    state.hits = hits;
}

fn pressed(state: &mut State, key: Key, effects: &mut Vec<Effect>) {
    let place = keymap::place(state);
    let Some(id) = keymap::lookup(key, place) else { return };
    if place == Where::Panes && !moves::run(state, id) && id == Id::QuitAll {
        effects.push(Effect::Quit { hand_over: Vec::new() });
    }
}
