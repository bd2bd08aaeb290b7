//! What crossterm reports → what the app knows.

use std::time::{Duration, Instant};

use crossterm::event::{
    Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use futures::StreamExt as _;
use tokio::sync::mpsc;

use crate::app::mouse::{Act, Mouse};
use crate::app::{Code, Key, Message};

/// Longest paste that is taken, in bytes: what an input could hold, with room.
const LONGEST_PASTE: usize = 64 * 1024;

/// Events that wait to be taken: a paste that the terminal did not bracket, or type-ahead.
const WAITING: usize = 1024;

/// Two clicks at one place within this time are a double click.
const DOUBLE: Duration = Duration::from_millis(400);

/// Events of the terminal as they come, through a channel whose end is the terminal's end.
///
/// The task runs on this thread, beside the loop that takes the events: a key waits for no work of the cluster's.
///
/// One task polls crossterm's stream and nobody else: the stream keeps the first waker that it was
/// given until an event comes, so that a second place that polls it, even once, loses the wake-up
/// and a key is seen only when something else happens.
pub(super) fn events() -> mpsc::Receiver<std::io::Result<Event>> {
    let (send, receive) = mpsc::channel(WAITING);
    tokio::task::spawn_local(async move {
        let mut stream = EventStream::new();
        loop {
            // Ends with the dashboard that listens: the next one's events are not this one's to take.
            let event = tokio::select! {
                event = stream.next() => event,
                () = send.closed() => None,
            };
            let Some(event) = event else { break };
            if send.send(event).await.is_err() {
                break;
            }
        }
    });
    receive
}

/// The message of an event, if it is one to kennel.
pub fn message(event: Event) -> Option<Message> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => self::key(key).map(Message::Key),
        Event::Paste(mut text) => {
            let mut end = text.len().min(LONGEST_PASTE);
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
            Some(Message::Paste(text))
        }
        // A size comes by its signal (`super::signals`): the size that crossterm tells of may be one of before.
        _ => None,
    }
}

/// The last click, by which a double click is told.
#[derive(Debug, Default)]
pub(super) struct Clicks {
    last: Option<(Instant, u16, u16)>,
}

impl Clicks {
    /// What the mouse did, if it is anything to kennel. Selecting text is the terminal's (with Shift).
    pub(super) fn message(&mut self, event: MouseEvent, now: Instant) -> Option<Message> {
        let (x, y) = (event.column, event.row);
        let act = match event.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                let again = |(at, lx, ly): &(Instant, u16, u16)| now - *at <= DOUBLE && (*lx, *ly) == (x, y);
                if self.last.take().as_ref().is_some_and(again) {
                    Act::Double
                } else {
                    self.last = Some((now, x, y));
                    Act::Click
                }
            }
            MouseEventKind::ScrollDown => Act::Wheel { down: true },
            MouseEventKind::ScrollUp => Act::Wheel { down: false },
            _ => return None,
        };
        Some(Message::Mouse(Mouse { act, x, y }))
    }
}

fn key(event: KeyEvent) -> Option<Key> {
    let has = |m| event.modifiers.contains(m);
    let code = match event.code {
        KeyCode::Char(c) => Code::Char(c),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab | KeyCode::BackTab => Code::Tab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        KeyCode::F(n) => Code::F(n),
        _ => return None,
    };
    let shift = has(KeyModifiers::SHIFT) || event.code == KeyCode::BackTab;
    Some(Key::reported(code, has(KeyModifiers::CONTROL), shift, has(KeyModifiers::ALT)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_what_its_name_in_the_grammar_says_and_releases_are_none() {
        let of = |code, modifiers| match message(Event::Key(KeyEvent::new(code, modifiers))) {
            Some(Message::Key(k)) => k.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(of(KeyCode::BackTab, KeyModifiers::SHIFT), "<S-Tab>");
        assert_eq!(of(KeyCode::Char('p'), KeyModifiers::CONTROL), "<C-p>");
        assert_eq!(of(KeyCode::Char('S'), KeyModifiers::SHIFT), "S");
        assert_eq!(of(KeyCode::Left, KeyModifiers::SHIFT), "<S-Left>");
        let release = KeyEvent::new_with_kind(KeyCode::Enter, KeyModifiers::NONE, KeyEventKind::Release);
        assert!(message(Event::Key(release)).is_none());
    }

    #[test]
    fn two_clicks_at_one_place_soon_after_each_other_are_one_double_click() {
        let mut clicks = Clicks::default();
        let start = Instant::now();
        let mut click = |ms: u64, column: u16| {
            let kind = MouseEventKind::Down(MouseButton::Left);
            let event = MouseEvent { kind, column, row: 3, modifiers: KeyModifiers::NONE };
            match clicks.message(event, start + Duration::from_millis(ms)) {
                Some(Message::Mouse(m)) => m.act,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!((click(0, 7), click(300, 7)), (Act::Click, Act::Double));
        assert_eq!(click(400, 7), Act::Click, "a third one begins anew");
        assert_eq!(click(600, 8), Act::Click, "elsewhere");
        assert_eq!(click(1200, 8), Act::Click, "too late");
    }

    #[test]
    fn a_paste_is_capped_at_a_character() {
        let Some(Message::Paste(text)) = message(Event::Paste("ä".repeat(LONGEST_PASTE))) else { panic!() };
        assert_eq!(text.len(), LONGEST_PASTE);
    }
}
