//! The one task that holds the picture: takes batches of changes, publishes pictures, sleeps in between.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::feed::Batch;
use super::holder;
use super::places::MOST_ASKED;
use super::wire::Wire;
use crate::domain::collection::Collection;
use crate::domain::demand::Demand;
use crate::domain::model::{Change, DeadHolder};
use crate::domain::operation::{JOURNAL, Journal, OperationState};
use crate::domain::row::AnyRow;
use crate::domain::{Snapshot, Text, Time};
use crate::health::Picture;

/// At most 20 pictures a second: each is looked at and drawn whole however little has changed, and where hundreds of
/// changes arrive a second that is most of the work.
const FRAME: Duration = Duration::from_millis(50);

/// A publish may take a fifth of the time at most, however large the cluster is.
const SHARE: u32 = 4;

/// How often a process of this host that holds an operation is looked for.
const LOOK: Duration = Duration::from_secs(5);

/// Whose clock the pictures carry.
pub(crate) enum Clock {
    /// The server's, as soon as there is one.
    Server(watch::Receiver<Option<Wire>>),
    /// A fixed time: that of a dump.
    Fixed(Time),
}

impl Clock {
    fn now(&self) -> Time {
        match self {
            Clock::Fixed(time) => *time,
            Clock::Server(wire) => wire.borrow().as_ref().map_or_else(Time::now, Wire::server_now),
        }
    }
}

/// Owns `picture` until nobody sends any more.
pub(crate) async fn own(
    mut picture: Picture,
    mut batches: mpsc::Receiver<Batch>,
    snapshots: watch::Sender<Arc<Snapshot>>,
    clock: Clock,
    demand: watch::Sender<Demand>,
) {
    let mut held = Held::default();
    let mut dirty = false;
    let mut next_frame = Instant::now();
    let mut next_look: Option<Instant> = None;
    loop {
        let wake = [dirty.then_some(next_frame), picture.next_deadline().map(|at| instant(at, clock.now())), next_look];
        let wake = wake.into_iter().flatten().min();
        tokio::select! {
            batch = batches.recv() => match batch {
                Some(batch) => {
                    for change in batch.changes {
                        held.watch(&change);
                        picture.apply(change);
                    }
                    batch.looked.iter().for_each(|looked| picture.looked(looked));
                    if !held.0.is_empty() && next_look.is_none() {
                        next_look = Some(Instant::now());
                    }
                    dirty = true;
                    if !batch.now {
                        continue;
                    }
                }
                None => {
                    snapshots.send_replace(picture.publish(clock.now()));
                    return;
                }
            },
            () = sleep(wake) => {}
        }
        if next_look.is_some_and(|at| at <= Instant::now()) {
            for dead in held.dead() {
                picture.apply(dead);
            }
            next_look = (!held.0.is_empty()).then(|| Instant::now() + LOOK);
        }
        let began = Instant::now();
        snapshots.send_replace(picture.publish(clock.now()));
        demand.send_if_modified(|demand| picture.demand(demand, MOST_ASKED));
        dirty = false;
        next_frame = Instant::now() + FRAME.max(began.elapsed() * SHARE);
    }
}

/// Sleeps until then; for ever where there is nothing to wake for.
pub(super) async fn sleep(until: Option<Instant>) {
    match until {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// When the server's clock shows `at`.
fn instant(at: Time, now: Time) -> Instant {
    let left = u64::try_from(at.as_millisecond() - now.as_millisecond()).unwrap_or(0);
    // A little later, so that the deadline has passed when it is looked at; never a busy loop.
    Instant::now() + Duration::from_millis(left + 20)
}

/// Running operations whose holder is a process of this host, by namespace: what to tell when it is dead.
#[derive(Default)]
struct Held(HashMap<Text, DeadHolder>);

impl Held {
    fn watch(&mut self, change: &Change) {
        match change {
            Change::Put(AnyRow::Journal(row)) => match &row.journal {
                Ok(j) if is_ours(j) => {
                    let holder = DeadHolder { id: j.id.clone(), process: j.process, process_start: j.process_start };
                    self.0.insert(row.namespace.clone(), holder);
                }
                _ => {
                    self.0.remove(&row.namespace);
                }
            },
            Change::Gone { of: Collection::Journals, namespace, name } if name == JOURNAL => {
                self.0.remove(namespace);
            }
            _ => {}
        }
    }

    /// Those whose process is gone, each told once.
    fn dead(&mut self) -> Vec<Change> {
        let mut dead = Vec::new();
        self.0.retain(|namespace, held| {
            let lives = holder::lives(held.process, held.process_start);
            if !lives {
                dead.push(Change::HolderDead { namespace: namespace.clone(), holder: held.clone() });
            }
            lives
        });
        dead
    }
}

fn is_ours(journal: &Journal) -> bool {
    journal.state == OperationState::Running && journal.host == holder::host()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Kind;
    use crate::domain::fixture;
    use crate::domain::row::JournalRow;

    fn journal(host: Text, process: u32, start: Option<u64>) -> Change {
        let journal = Journal { host, process, process_start: start, ..fixture::journal(Time::now()) };
        Change::Put(AnyRow::Journal(Box::new(JournalRow {
            namespace: "shop".into(),
            name: "kennel-operation".into(),
            uid: "u".into(),
            resource_version: "1".into(),
            journal: Ok(journal),
        })))
    }

    #[test]
    fn only_a_dead_process_of_this_host_is_a_dead_holder() {
        let me = std::process::id();
        let start = holder::process_start(me);
        let dead = |change| {
            let mut held = Held::default();
            held.watch(&change);
            !held.dead().is_empty()
        };
        assert!(!dead(journal(holder::host(), me, start)), "this process lives");
        assert!(!dead(journal("elsewhere".into(), 1 << 30, None)), "what is elsewhere can't be known");
        assert!(dead(journal(holder::host(), 1 << 30, None)), "no such process");
        let gone = |name: &str| {
            let mut held = Held::default();
            held.watch(&journal(holder::host(), 1 << 30, None));
            held.watch(&Change::Gone { of: Collection::Journals, namespace: "shop".into(), name: name.into() });
            held.dead().is_empty()
        };
        assert!(gone("kennel-operation") && !gone("kennel-operation-2"), "the first alone says who holds it");
        assert!(dead(journal(holder::host(), me, start.map(|s| s + 1))), "the number was given to another process");
    }

    #[tokio::test]
    async fn nothing_is_published_while_nothing_happens_and_a_burst_is_few_pictures() {
        let (feed, batches) = mpsc::channel(64);
        let (snapshots, seen) = watch::channel(Arc::new(Snapshot::default()));
        let (clock, demand) = (Clock::Fixed(Time::UNIX_EPOCH), watch::Sender::default());
        let owner = tokio::spawn(own(Picture::default(), batches, snapshots, clock, demand));
        tokio::time::sleep(FRAME * 3).await;
        assert_eq!(seen.borrow().serial, 0);
        let began = Instant::now();
        for _ in 0..2000 {
            let change = Change::data(Kind::Pod, crate::domain::data::DataState::Live);
            feed.send(Batch { changes: vec![change], looked: Vec::new(), now: false }).await.unwrap();
        }
        drop(feed);
        owner.await.unwrap();
        let most = 2 + began.elapsed().as_millis() / FRAME.as_millis();
        let pictures = seen.borrow().serial;
        assert!(pictures >= 1 && u128::from(pictures) <= most, "{pictures} pictures, {most} would be one a frame");
    }
}
