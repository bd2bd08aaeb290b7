//! When a frame is due: for a key at once, for all else at most 30 times a second, for nothing new never.

use std::time::Duration;

use tokio::time::Instant;

/// Shortest time between two frames that no key asks for.
const FRAME: Duration = Duration::from_millis(33);

/// What has changed since the last frame.
#[derive(Debug)]
pub(super) struct Pace {
    changed: bool,
    urgent: bool,
    drawn: Instant,
}

impl Pace {
    /// Nothing has been drawn yet.
    pub(super) fn new(now: Instant) -> Self {
        Self { changed: true, urgent: true, drawn: now }
    }

    /// Something is otherwise than drawn: however much it is until the next frame, it is one frame.
    pub(super) fn change(&mut self) {
        self.changed = true;
    }

    /// A person waits to see it.
    pub(super) fn hurry(&mut self) {
        (self.changed, self.urgent) = (true, true);
    }

    /// When the next frame is due; `None` where the last one shows all.
    pub(super) fn next(&self) -> Option<Instant> {
        self.changed.then(|| if self.urgent { self.drawn } else { self.drawn + FRAME })
    }

    /// A frame has been drawn.
    pub(super) fn draw(&mut self, now: Instant) {
        *self = Self { changed: false, urgent: false, drawn: now };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames by the time that the last of `changes` (milliseconds, and whether it hurries) has been drawn.
    fn frames(changes: &[(u64, bool)]) -> Vec<u64> {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        pace.draw(start);
        let mut frames = Vec::new();
        let until = changes.iter().map(|(at, _)| at + 100).max().unwrap_or_default();
        for ms in 0..until {
            for (_, hurries) in changes.iter().filter(|(at, _)| *at == ms) {
                if *hurries { pace.hurry() } else { pace.change() }
            }
            let now = start + Duration::from_millis(ms);
            if pace.next().is_some_and(|due| due <= now) {
                frames.push(ms);
                pace.draw(now);
            }
        }
        frames
    }

    #[test]
    fn what_comes_in_a_burst_is_one_frame_and_a_key_waits_for_none() {
        let burst: Vec<(u64, bool)> = (50..70).flat_map(|ms| [(ms, false); 20]).collect();
        assert_eq!(frames(&burst), [50, 83], "400 answers: at once the first, then all");
        let soon: Vec<(u64, bool)> = (1..30).map(|ms| (ms, false)).collect();
        assert_eq!(frames(&soon), [33], "one, where a frame has just been drawn");
        assert_eq!(frames(&[(5, true), (6, true), (7, false)]), [5, 6, 39], "keys at once");
        assert_eq!(frames(&[]), Vec::<u64>::new(), "nothing new, no frame");
    }
}
