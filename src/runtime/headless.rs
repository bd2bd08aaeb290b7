//! The dashboard without a terminal: settle, press keys, draw one frame into memory.

use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tokio::time::{Instant, timeout_at};

use super::core::{Core, Local, News};
use super::look::Look;
use super::text;
use crate::app::{Key, Message, Settings, State};
use crate::cluster::{ClusterError, Handle};
use crate::domain::{Kind, Time};
use crate::ui;

/// Longest wait for the answers that a key asks for (a review of permissions).
const ANSWER: Duration = Duration::from_secs(10);

/// What is drawn, and after what.
#[derive(Debug, Clone)]
pub struct Shot {
    /// Columns and rows.
    pub size: (u16, u16),
    /// Keys that are pressed first.
    pub keys: Vec<Key>,
    /// Time that passes after them.
    pub wait: Duration,
    /// Longest wait for the cluster's data.
    pub settle: Duration,
    /// With colours, as escape sequences.
    pub ansi: bool,
    /// Colours and glyphs.
    pub look: Look,
}

/// The frame of `shot` on the cluster of `handle`, as text. With `still` its time stands still.
///
/// # Errors
/// The cluster can't be reached.
pub async fn frame(
    handle: Handle,
    still: bool,
    kinds: &[Kind],
    settings: Settings,
    shot: &Shot,
) -> Result<String, ClusterError> {
    handle.settled(kinds, shot.settle).await?;
    let mut page = Page {
        look: shot.look,
        theme: shot.look.theme(&settings.theme),
        core: Core::new(State::new(settings, Time::now(), shot.size)),
        terminal: Terminal::new(TestBackend::new(shot.size.0, shot.size.1)).unwrap_or_else(|e| match e {}),
        left: false,
    };
    page.core.connect(handle, still);
    page.show();
    for key in &shot.keys {
        page.update(Message::Key(*key));
        page.show();
        page.answers(Instant::now() + ANSWER, true).await;
        if page.left {
            break;
        }
    }
    page.answers(Instant::now() + shot.wait, false).await;
    page.show();
    Ok(text::lines(page.terminal.backend().buffer(), shot.ansi))
}

struct Page {
    core: Core,
    terminal: Terminal<TestBackend>,
    theme: ui::Theme,
    look: Look,
    /// A key has asked to leave.
    left: bool,
}

impl Page {
    fn update(&mut self, message: Message) {
        for local in self.core.feed(message) {
            match local {
                Local::Copy(_) | Local::Mouse(_) | Local::Suspend => {}
                Local::Theme(name) => self.theme = self.look.theme(&name),
                // A picture is of one context.
                Local::Context { .. } => {}
                Local::Quit => self.left = true,
            }
        }
    }

    /// Draws with the newest data, so that pages have their size before the next key.
    fn show(&mut self) {
        if let Some(picture) = self.core.picture() {
            self.update(picture);
        }
        let (state, theme) = (&self.core.state, &self.theme);
        let mut hits = None;
        let drawn = self.terminal.draw(|frame| hits = Some(ui::render(frame, state, theme)));
        if let (Ok(_), Some(hits)) = (drawn, hits) {
            self.update(Message::Drawn(hits));
        }
    }

    /// Takes what arrives until `end`; with `asked` no longer than until everything asked for is answered
    /// (operations run on: they are waited for by time).
    async fn answers(&mut self, end: Instant, asked: bool) {
        while !asked || (self.core.waits() && !self.core.operates()) {
            match timeout_at(end, self.core.next()).await {
                Ok(News::Answers(all)) => all.into_iter().for_each(|message| self.update(message)),
                Ok(News::Picture) => self.show(),
                Err(_) => return,
            }
        }
    }
}
