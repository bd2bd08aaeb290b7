//! Frames as their reader sees them: every pane in every state, the whole screen at four sizes, one per theme.
//!
//! A frame is accepted by reading it, not by running `cargo insta accept`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "frames/world.rs"]
mod world;

use std::sync::Arc;

use kennel::app::state::Settings;
use kennel::app::{Message, State, key, update};
use kennel::domain::Snapshot;
use kennel::ui::{self, Theme};
use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::Rect;

/// A dashboard of that size on that cluster, after these keys. Every key is drawn, as it is in the terminal.
fn at(size: (u16, u16), snapshot: Snapshot, keys: &str) -> State {
    let mut state = State::new(Settings::default(), world::now(), size);
    update(&mut state, Message::Snapshot(Arc::new(snapshot)));
    press(&mut state, keys);
    state
}

fn press(state: &mut State, keys: &str) {
    for k in key::parse(keys).unwrap() {
        draw(state);
        update(state, Message::Key(k));
    }
}

/// Draws, and tells the state where things are, as the runtime does.
fn draw(state: &mut State) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, state.size.0, state.size.1));
    let hits = ui::draw(&mut buffer, state, &Theme::default());
    update(state, Message::Drawn(hits));
    buffer
}

fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += symbol.cell_width().max(1);
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn frame(size: (u16, u16), snapshot: Snapshot, keys: &str) -> String {
    text(&draw(&mut at(size, snapshot, keys)))
}

#[test]
fn whole_screens() {
    for (w, h) in [(80, 24), (120, 40), (160, 46), (200, 60)] {
        insta::assert_snapshot!(format!("dashboard-{w}x{h}"), frame((w, h), world::shop(), ""));
    }
}

#[test]
fn drill_downs() {
    let size = (160, 46);
    insta::assert_snapshot!("environment-160x46", frame(size, world::shop(), "j<Enter>"));
    insta::assert_snapshot!("service-160x46", frame(size, world::shop(), "j3<Enter>"));
    insta::assert_snapshot!("environment-80x24", frame((80, 24), world::shop(), "j<Enter>"));
    insta::assert_snapshot!("service-80x24", frame((80, 24), world::shop(), "j3<Enter>"));
    insta::assert_snapshot!("operations-120x40", frame((120, 40), world::shop(), ":ops<Enter>"));
}

#[test]
fn what_lies_on_top() {
    let size = (160, 46);
    insta::assert_snapshot!("help-160x46", frame(size, world::shop(), "?"));
    insta::assert_snapshot!("help-80x24", frame((80, 24), world::shop(), "?"));
    insta::assert_snapshot!("palette-120x40", frame((120, 40), world::shop(), "<C-p>stag"));
    insta::assert_snapshot!("quit-120x40", frame((120, 40), world::shop(), "q"));
    insta::assert_snapshot!("copy-120x40", frame((120, 40), world::shop(), "j3c"));
    insta::assert_snapshot!("dialog-120x40", frame((120, 40), world::shop(), "jS"));
    insta::assert_snapshot!("dialog-80x24", frame((80, 24), world::shop(), "jS"));
    insta::assert_snapshot!("dialog-prod-160x46", frame(size, world::shop(), "jjS"));
    insta::assert_snapshot!("explain-120x40", frame((120, 40), world::shop(), "x"));
    insta::assert_snapshot!("prompt-120x40", frame((120, 40), world::shop(), ":s<Tab>"));
    insta::assert_snapshot!("filter-120x40", frame((120, 40), world::shop(), "/prod"));
}
