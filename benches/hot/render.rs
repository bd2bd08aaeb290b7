//! One frame: what a key press costs before bytes leave for the terminal.

#[path = "../../tests/frames/world.rs"]
#[allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used, clippy::indexing_slicing)]
mod world;

use std::sync::Arc;

use divan::{Bencher, black_box};
use kennel::app::state::Settings;
use kennel::app::{Message, State, update};
use kennel::domain::Text;
use kennel::ui::{self, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// A dashboard on so many environments, all drawn from the believable ones.
fn state(environments: usize, size: (u16, u16)) -> State {
    let all = world::environments();
    let many = all.iter().cycle().take(environments).enumerate().map(|(at, e)| {
        let mut e = e.clone();
        e.id.namespace = Text::from(format!("{}-{at}", e.id.namespace));
        e.project = Text::from(format!("{}-{}", e.project, at % 120));
        e
    });
    let mut state = State::new(Settings::default(), world::now(), size);
    update(&mut state, Message::Snapshot(Arc::new(world::snapshot(many.collect()))));
    state
}

/// A whole frame at the size of the budgets, at so many environments: the cost must not grow with them.
#[divan::bench(args = [14, 1000, 10_000])]
fn render(bencher: Bencher<'_, '_>, environments: usize) {
    frame(bencher, environments, (200, 60));
}

/// A whole frame of the smallest usual terminal.
#[divan::bench]
fn render_80x24(bencher: Bencher<'_, '_>) {
    frame(bencher, 1000, (80, 24));
}

fn frame(bencher: Bencher<'_, '_>, environments: usize, size: (u16, u16)) {
    let state = state(environments, size);
    let theme = Theme::default();
    bencher
        .with_inputs(|| Buffer::empty(Rect::new(0, 0, size.0, size.1)))
        .bench_local_values(|mut buffer| black_box(ui::draw(&mut buffer, black_box(&state), &theme)));
}
