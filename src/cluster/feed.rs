//! What readers share: the way to the model's owner, the state of the connection, warnings, back-off.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;

use super::wire::Wire;
use crate::domain::demand::Demand;
use crate::domain::model::Change;
use crate::domain::{Text, Time};
use crate::health::Looked;

/// Most warnings that are kept.
const MOST_WARNINGS: usize = 200;

/// Changes on their way to the model.
#[derive(Debug)]
pub(crate) struct Batch {
    /// In order.
    pub(crate) changes: Vec<Change>,
    /// What closer looks have come to.
    pub(crate) looked: Vec<Looked>,
    /// Show it at once, not with the next frame.
    pub(crate) now: bool,
}

/// How the connection stands, as the one who watches over it says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Link {
    /// Answers. The number counts up when old connections are not to be trusted any more.
    Up(u64),
    /// Does not answer, and why.
    Down(Text),
}

/// What every reader needs. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Context {
    /// Sends.
    pub(crate) wire: Wire,
    /// The model's owner.
    pub(crate) feed: Feed,
    /// State of the connection.
    pub(crate) link: watch::Receiver<Link>,
    /// Told when a request failed in a way that puts the connection in doubt.
    pub(crate) doubt: Arc<Notify>,
    /// Changes when the user asks to try again at once.
    pub(crate) nudge: watch::Receiver<u64>,
    /// What is to be read beyond what is read in any case, and what comes first.
    pub(crate) demand: Demands,
    /// Whether changes are followed after the first lists.
    pub(crate) follow: watch::Receiver<bool>,
    /// What could not be read.
    pub(crate) warnings: Warnings,
}

/// What is wanted, and each change of it.
pub(crate) type Demands = watch::Receiver<Demand>;

/// Waits until another namespace is on screen than this one. Whether anybody can still say so.
pub(crate) async fn moved(demand: &mut Demands, from: Option<&Text>) -> bool {
    demand.wait_for(|d| d.on_screen.as_ref() != from).await.is_ok()
}

impl Context {
    /// Waits `pause`, or until the user asks to try again.
    pub(crate) async fn pause(&mut self, pause: Duration) {
        self.nudge.mark_unchanged();
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            asked = self.nudge.changed() => if asked.is_err() {
                tokio::time::sleep(pause).await;
            },
        }
    }

    /// The namespace on screen.
    pub(crate) fn on_screen(&self) -> Option<Text> {
        self.demand.borrow().on_screen.clone()
    }

    /// Waits until changes are to be followed.
    pub(crate) async fn followed(&mut self) {
        if self.follow.wait_for(|wanted| *wanted).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Waits until the connection is there.
    pub(crate) async fn up(&mut self) {
        let _ = self.link.wait_for(|l| matches!(l, Link::Up(_))).await;
        self.link.mark_unchanged();
    }

    /// When bytes last arrived, by the server's clock.
    pub(crate) fn last_heard(&self) -> Time {
        let now = self.wire.server_now();
        let silence = self.wire.silence().unwrap_or_default();
        let silence = jiff::SignedDuration::try_from(silence).unwrap_or_default();
        now.checked_sub(silence).unwrap_or(now)
    }

    /// The server's time at a moment that is past.
    pub(crate) fn at(&self, moment: Instant) -> Time {
        let now = self.wire.server_now();
        let ago = jiff::SignedDuration::try_from(moment.elapsed()).unwrap_or_default();
        now.checked_sub(ago).unwrap_or(now)
    }

    /// The server's time after `pause`.
    pub(crate) fn after(&self, pause: Duration) -> Option<Time> {
        let pause = jiff::SignedDuration::try_from(pause).ok()?;
        self.wire.server_now().checked_add(pause).ok()
    }
}

/// The way to the model's owner. It is bounded: who lists faster than the model takes waits.
#[derive(Clone, Debug)]
pub(crate) struct Feed(pub(crate) mpsc::Sender<Batch>);

impl Feed {
    /// Hands over changes; they show with the next frame.
    pub(crate) async fn send(&self, changes: Vec<Change>) {
        if !changes.is_empty() {
            let _ = self.0.send(Batch { changes, looked: Vec::new(), now: false }).await;
        }
    }

    /// Hands over changes that show at once.
    pub(crate) async fn show(&self, changes: Vec<Change>) {
        self.first(changes, Vec::new()).await;
    }

    /// Hands over changes with what closer looks at the same have come to; they show at once.
    pub(crate) async fn first(&self, changes: Vec<Change>, looked: Vec<Looked>) {
        let _ = self.0.send(Batch { changes, looked, now: true }).await;
    }

    /// Hands over what a closer look has come to.
    pub(crate) async fn looked(&self, looked: Looked) {
        let _ = self.0.send(Batch { changes: Vec::new(), looked: vec![looked], now: false }).await;
    }
}

/// What could not be read, each thing once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Warnings(Arc<Mutex<Vec<Text>>>);

impl Warnings {
    /// Adds one, unless it is known.
    pub(crate) fn add(&self, warning: impl Into<Text>) {
        let warning = warning.into();
        if let Ok(mut all) = self.0.lock()
            && all.len() < MOST_WARNINGS
            && !all.contains(&warning)
        {
            tracing::warn!("{warning}");
            all.push(warning);
        }
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<Text> {
        self.0.lock().map(|w| w.clone()).unwrap_or_default()
    }
}

/// Pauses between tries: 1 s, 2 s, then 3 s, each a little off, so that a crowd does not come at once.
/// Never less than a second: a route that fails gets at most one request a second.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Backoff {
    tries: u32,
}

/// Longest pause while reconnecting.
const LONGEST: Duration = Duration::from_secs(3);

/// Longest pause that a server may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(30);

impl Backoff {
    /// The next pause; `asked` is the server's Retry-After.
    pub(crate) fn next(&mut self, asked: Option<Duration>) -> Duration {
        self.tries = self.tries.saturating_add(1);
        let own = (Duration::from_secs(1) * self.tries.min(3)).mul_f64(1.0 + 0.15 * fastrand::f64()).min(LONGEST);
        asked.map_or(own, |a| a.min(LONGEST_ASKED).max(own))
    }

    /// It works again.
    pub(crate) fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_3_s_and_the_servers_wish_counts_up_to_30() {
        let mut b = Backoff::default();
        let all: Vec<f64> = (0..6).map(|_| b.next(None).as_secs_f64()).collect();
        assert!(all.iter().all(|s| (1.0..=3.0).contains(s)), "{all:?}");
        assert!(all.iter().skip(2).all(|s| *s == 3.0), "{all:?}");
        assert_eq!(b.next(Some(Duration::from_secs(12))), Duration::from_secs(12));
        assert_eq!(b.next(Some(Duration::from_secs(9999))), LONGEST_ASKED);
        b.reset();
        assert!(b.next(Some(Duration::ZERO)) >= Duration::from_secs(1), "never more than one a second");
    }

    #[test]
    fn a_warning_is_kept_once_and_not_without_end() {
        let w = Warnings::default();
        (0..3).for_each(|_| w.add("same"));
        assert_eq!(w.all().len(), 1);
        (0..1000).for_each(|n| w.add(n.to_string()));
        assert_eq!(w.all().len(), MOST_WARNINGS);
    }
}
