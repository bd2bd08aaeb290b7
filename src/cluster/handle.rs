//! What the rest of kennel holds of a cluster: pictures come out, wishes go in.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::dump;
use super::feed::{Feed, Warnings};
use super::owner::{self, Clock};
use super::running::Operations;
use super::session::{self, Ends};
use super::source::{Options, Source};
use super::wire::Wire;
use crate::domain::collection::Collection;
use crate::domain::data::DataState;
use crate::domain::demand::Demand;
use crate::domain::snapshot::Connection;
use crate::domain::{EnvironmentId, Kind, Snapshot, Text, Time, listed};
use crate::health::Picture;
use crate::health::evidence::Evidence;

/// A kind that fails by itself is waited for so long: a single failure is not the last word.
const FAILING: Duration = Duration::from_secs(5);

/// Why the cluster gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClusterError {
    /// There is nothing to connect to, or not with these credentials: what is wrong and what would be right.
    #[error("{0}")]
    Refused(Text),
    /// The server does not answer, or not to these credentials.
    #[error("no connection to {context}: {why}")]
    Unreachable {
        /// Name of the context.
        context: Text,
        /// What went wrong.
        why: Text,
    },
    /// It answers, but not all of what was waited for has come.
    #[error("{} did not arrive in time{}", listed(.missing.iter().map(|k| k.plural()), 4), why_of(.why))]
    TimedOut {
        /// Kinds that have not come.
        missing: Vec<Kind>,
        /// What went wrong with one of them.
        why: Option<Text>,
    },
}

fn why_of(why: &Option<Text>) -> String {
    why.as_ref().map(|w| format!(": {w}")).unwrap_or_default()
}

/// A cluster that is being read. Cheap to clone; the last one dropped ends the reading.
#[derive(Clone, Debug)]
pub struct Handle {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    snapshots: watch::Receiver<Arc<Snapshot>>,
    wire: watch::Receiver<Option<Wire>>,
    demand: watch::Sender<Demand>,
    follow: watch::Sender<bool>,
    nudge: watch::Sender<u64>,
    warnings: Warnings,
    operations: Operations,
    /// Of a dump: all of it.
    whole: Option<dump::Whole>,
    /// To the picture's owner; none where that takes no more.
    feed: Option<Feed>,
    _end: DropGuard,
}

/// Begins to read `source`. Returns at once; connects in the background of the current tokio runtime.
pub fn open(source: Source, mut options: Options) -> Handle {
    let mut picture = Picture::new(options.rules.clone());
    picture.remembers(std::mem::take(&mut options.resolved));
    let (snapshots, seen) = watch::channel(picture.publish(Time::now()));
    let (changes, batches) = mpsc::channel(64);
    let feed = Feed(changes);
    let (wire, wired) = watch::channel(None);
    let (demand, demanded) = watch::channel(Demand::default());
    let (follow, followed) = watch::channel(options.follow);
    let (nudge, nudged) = watch::channel(0);
    let warnings = Warnings::default();
    let end = CancellationToken::new();
    let whole = matches!(source, Source::Dump { .. }).then(dump::Whole::default);
    let tell = whole.is_none().then(|| feed.clone());
    if let Source::Dump { path, now } = source {
        let warnings = warnings.clone();
        let (whole, closely) = (whole.clone().unwrap_or_default(), options.closely);
        let ends = dump::Ends { feed, snapshots, warnings, whole, closely };
        let task = dump::run(path, now, picture, batches, ends);
        tokio::spawn(end.clone().run_until_cancelled_owned(task));
    } else {
        let clock = Clock::Server(wired.clone());
        let own = owner::own(picture, batches, snapshots, clock, demand.clone());
        tokio::spawn(end.clone().run_until_cancelled_owned(own));
        let (warnings, pictures) = (warnings.clone(), seen.clone());
        let ends = Ends { feed, wire, nudge: nudged, demand: demanded, follow: followed, warnings, pictures };
        tokio::spawn(end.clone().run_until_cancelled_owned(session::run(source, options, ends)));
    }
    let shared = Shared {
        snapshots: seen,
        wire: wired,
        demand,
        follow,
        nudge,
        warnings,
        operations: Operations::default(),
        whole,
        feed: tell,
        _end: end.drop_guard(),
    };
    Handle { shared: Arc::new(shared) }
}

impl Handle {
    /// Each new picture.
    pub fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.shared.snapshots.clone()
    }

    /// The newest picture.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.shared.snapshots.borrow().clone()
    }

    /// Says which environment is on screen: its pods and metrics are read first.
    pub fn look_at(&self, environment: Option<EnvironmentId>) {
        let namespace = environment.map(|e| e.namespace);
        self.shared.demand.send_if_modified(|demand| {
            let new = demand.on_screen != namespace;
            demand.on_screen = namespace;
            new
        });
    }

    /// Follows changes from now on, where that was not wanted at first.
    pub fn follow(&self) {
        self.shared.follow.send_if_modified(|wanted| !std::mem::replace(wanted, true));
    }

    /// Tries again at once, with new connections and fresh credentials.
    pub fn reconnect(&self) {
        self.shared.nudge.send_modify(|n| *n += 1);
    }

    /// What could not be read: one sentence each.
    pub fn warnings(&self) -> Vec<Text> {
        self.shared.warnings.all()
    }

    /// The wire, once the connection has been made out (not: answered); `None` for a dump, or while it is refused.
    pub fn wire(&self) -> Option<Wire> {
        self.shared.wire.borrow().clone()
    }

    /// Of a dump: all of it.
    pub(super) fn whole(&self) -> Option<Arc<Evidence>> {
        self.shared.whole.as_ref().map(|w| w.get().cloned().unwrap_or_default())
    }

    /// The way to the picture's owner.
    pub(super) fn feed(&self) -> Option<&Feed> {
        self.shared.feed.as_ref()
    }

    /// What this kennel operates.
    pub(super) fn operations(&self) -> &Operations {
        &self.shared.operations
    }

    /// Whether a kind has arrived or will not come. ReplicaSets and metrics are read for the namespace on screen
    /// alone: while none is there is nothing to wait for.
    fn settles(&self, snapshot: &Snapshot, kind: Kind) -> bool {
        let on_screen_only = matches!(kind, Kind::ReplicaSet | Kind::PodMetrics);
        let on_screen = &self.shared.demand.borrow().on_screen;
        // What has arrived may still be of the namespace that was on screen before. (A dump has all of them.)
        let here = || self.wire().is_none() || snapshot.shown.get(&Collection::from(kind)) == on_screen.as_ref();
        match on_screen_only {
            true => on_screen.is_none() || (settled(snapshot.state(kind)) && here()),
            false => settled(snapshot.state(kind)),
        }
    }

    /// Waits until each of `kinds` has arrived, or is known to be forbidden or absent.
    ///
    /// # Errors
    /// `Refused` and `Unreachable` as soon as it is known, `TimedOut` when it takes longer than `limit`.
    pub async fn settled(&self, kinds: &[Kind], limit: Duration) -> Result<Arc<Snapshot>, ClusterError> {
        let mut snapshots = self.snapshots();
        let waiting = async {
            let mut failing = None;
            loop {
                let snapshot = snapshots.borrow_and_update().clone();
                let open: Vec<Kind> = kinds.iter().copied().filter(|k| !self.settles(&snapshot, *k)).collect();
                if open.is_empty() && customs_settled(&snapshot, kinds) {
                    return Ok(snapshot);
                }
                let only_fail = !open.is_empty() && open.iter().all(|k| fails_alone(&snapshot, *k));
                let since = *failing.get_or_insert_with(Instant::now);
                if !only_fail {
                    failing = None;
                } else if since.elapsed() >= FAILING {
                    return Ok(snapshot);
                }
                match &snapshot.connection {
                    Connection::Refused(why) => return Err(ClusterError::Refused(why.clone())),
                    // It never answered: a script needs no minute to learn that.
                    Connection::Lost { why, .. } if kinds.iter().all(|k| !snapshot.state(*k).shown()) => {
                        let context = snapshot.cluster.context.clone();
                        // A server that was named by its address needs it once.
                        let why = why.strip_prefix(&format!("{context}: ")).map_or_else(|| why.clone(), Text::from);
                        return Err(ClusterError::Unreachable { context, why });
                    }
                    _ => {}
                }
                tokio::select! {
                    changed = snapshots.changed() => if changed.is_err() {
                        return Ok(snapshot);
                    },
                    () = tokio::time::sleep_until(since + FAILING), if failing.is_some() => {}
                }
            }
        };
        match tokio::time::timeout(limit, waiting).await {
            Ok(end) => end,
            Err(_) => Err(late(&self.snapshot(), kinds)),
        }
    }
}

/// Pods bring the kinds of their owners with them. One that fails is not waited for: its pods tell without it.
fn customs_settled(snapshot: &Snapshot, kinds: &[Kind]) -> bool {
    let open = |state: &DataState| matches!(state, DataState::Idle | DataState::Loading { .. });
    let mut customs = snapshot.data.iter().filter(|(of, _)| of.kind().is_none()).map(|(_, state)| state);
    !kinds.contains(&Kind::Pod) || !customs.any(open)
}

/// A kind that only some clusters have and that fails: its server, or the webhook that converts its objects, is
/// down. The rest of the cluster can be judged without it.
fn fails_alone(snapshot: &Snapshot, kind: Kind) -> bool {
    kind.is_custom() && matches!(snapshot.state(kind), DataState::Failed { .. })
}

fn settled(state: &DataState) -> bool {
    state.arrived() || matches!(state, DataState::Forbidden { .. })
}

fn late(snapshot: &Snapshot, kinds: &[Kind]) -> ClusterError {
    let missing: Vec<Kind> = kinds.iter().copied().filter(|k| !settled(snapshot.state(*k))).collect();
    let why = missing.iter().find_map(|k| match snapshot.state(*k) {
        DataState::Failed { why, .. } => Some(why.clone()),
        _ => None,
    });
    ClusterError::TimedOut { missing, why }
}
