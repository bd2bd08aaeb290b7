//! Reads one collection for ever: list, then watch from there; what goes wrong is shown and tried again.
//!
//! kube's own watcher is not used: it keeps whole objects or fails a list by one of them, hides its retries,
//! and never relists after an HTTP 410. What may be listed and not watched is listed again and again. What ends a
//! reader is only "may not be listed" and "no such API": these are for the caller to decide on.

mod lines;
mod list;
mod watch;

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use watch::{Ended, Position};

use super::convert::{self, Body, ConvertError};
use super::feed::{Backoff, Context, Link};
use super::route::Route;
use super::wire::{self, Form, WireError};
use crate::domain::Text;
use crate::domain::data::{DataState, POLL};
use crate::domain::interner::Interner;
use crate::domain::model::Change;

/// How often it is tried whether what can't be watched can be by then: a right that is given shows within a minute.
const WATCH_AGAIN: Duration = Duration::from_secs(45);

/// A watch that fails so often in a row, and brings nothing in between, is given up for a while.
const FAILS: u32 = 3;

/// Why a reader has ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Stop {
    /// It may not be listed, in the server's words.
    Forbidden(Text),
    /// The API has no such collection.
    Absent,
}

/// Whom a reader tells how its data stands.
pub(crate) enum Voice {
    /// Everybody: it is all that is read of the kind.
    Kind,
    /// Who reads the kind namespace by namespace, and makes one of it.
    Namespace(mpsc::UnboundedSender<(Text, DataState)>),
    /// Nobody: the same is read as a whole, too.
    Silent,
}

/// Reads one route. Keeps what it has learnt, so that it can go on where it was.
pub(crate) struct Reader {
    context: Context,
    route: Route,
    interner: Interner,
    /// Texts held when unused ones were last forgotten.
    swept: usize,
    /// Where to watch from; `None`: list first.
    place: Option<Position>,
    /// When the last whole list had come.
    listed: Instant,
    /// When something last arrived, by a list or a watch: it is as old as that where neither works.
    heard: Instant,
    /// Times in a row that the watch failed, over the same connections.
    failures: u32,
    link: Link,
    /// It can't be watched.
    unwatched: Option<Unwatched>,
    /// The route was refused at its other path.
    turned: bool,
    backoff: Backoff,
    voice: Voice,
    state: DataState,
    /// Rows have been handed over.
    held: bool,
    /// Objects without a name since the last list began.
    nameless: u32,
    /// Told when the first list has ended, well or not.
    first: Option<oneshot::Sender<()>>,
}

/// Why something is not watched.
struct Unwatched {
    forbidden: bool,
    why: Text,
    /// When it is tried again.
    again: Instant,
}

impl Reader {
    /// A reader of `route`; `first` is told when its first list has ended, well or not.
    pub(crate) fn new(context: Context, route: Route, voice: Voice, first: oneshot::Sender<()>) -> Self {
        Self {
            context,
            route,
            interner: Interner::default(),
            swept: 0,
            place: None,
            listed: Instant::now(),
            heard: Instant::now(),
            failures: 0,
            link: Link::Up(0),
            unwatched: None,
            turned: false,
            backoff: Backoff::default(),
            voice,
            state: DataState::Idle,
            held: false,
            nameless: 0,
            first: Some(first),
        }
    }

    /// Reads until that may not be listed, or is not there.
    pub(crate) async fn follow(&mut self) -> Stop {
        loop {
            self.context.up().await;
            let link = self.context.link.borrow().clone();
            if link != self.link {
                // What broke with the connection says nothing of the watch.
                (self.link, self.failures) = (link, 0);
            }
            if self.place.is_none() {
                let mut link = self.context.link.clone();
                let listed = tokio::select! {
                    listed = self.list() => listed,
                    () = changed(&mut link) => continue,
                };
                match listed {
                    Ok(version) => {
                        self.place = Some(Position::new(version));
                        (self.listed, self.heard) = (Instant::now(), Instant::now());
                        self.turned = false;
                        self.backoff.reset();
                        self.report(self.whole()).await;
                        self.settle();
                    }
                    Err(error) => {
                        if let Some(stop) = self.failed(error).await {
                            return stop;
                        }
                        continue;
                    }
                }
            }
            if self.unwatched.as_ref().is_some_and(|u| Instant::now() < u.again) {
                self.polled().await;
                continue;
            }
            self.context.followed().await;
            let opened = Instant::now();
            match self.watch().await {
                Ended::InTime => {
                    if opened.elapsed() < Duration::from_secs(1) {
                        self.fails(false, "it ends as soon as it is opened".into());
                        let pause = self.backoff.next(None);
                        self.context.pause(pause).await;
                    }
                }
                Ended::Gone => {
                    self.place = None;
                    if opened.elapsed() < Duration::from_secs(1) {
                        self.context.pause(Duration::from_secs(1)).await;
                    }
                }
                Ended::Link => self.lost().await,
                // Without the right, or where the API has no watch of it at all (405), lists tell what changes.
                Ended::Failed(error) if matches!(error.code(), Some(403 | 405)) => {
                    self.fails(true, error.to_string().into());
                    self.report(self.whole()).await;
                }
                Ended::Failed(error) => {
                    // What can't be read now can't be read the next time either: a list passes it by.
                    if matches!(error, WireError::Garbage(_)) {
                        self.place = None;
                    }
                    // (Who asks for patience would get less of it by lists.)
                    if error.retry_after().is_none() && self.fails(false, error.to_string().into()) {
                        self.doubt(&error);
                        continue;
                    }
                    if let Some(stop) = self.failed(error).await {
                        return stop;
                    }
                }
            }
        }
    }

    /// How the data stands once all of it has come.
    fn whole(&self) -> DataState {
        match &self.unwatched {
            Some(u) => DataState::Polled { forbidden: u.forbidden, why: u.why.clone() },
            None => DataState::Live,
        }
    }

    /// A watch was refused, or has failed. Whether it is given up for a while, and lists tell what changes.
    fn fails(&mut self, forbidden: bool, why: Text) -> bool {
        self.failures += 1;
        let ends = forbidden || self.failures >= FAILS;
        if ends {
            self.unwatched = Some(Unwatched { forbidden, why, again: Instant::now() + WATCH_AGAIN });
        }
        ends
    }

    /// The watch works.
    async fn sound(&mut self) {
        (self.heard, self.failures, self.unwatched) = (Instant::now(), 0, None);
        self.backoff.reset();
        self.report(self.whole()).await;
    }

    /// What went wrong may be more than this route's own.
    fn doubt(&self, error: &WireError) {
        if error.doubts_connection() {
            self.context.doubt.notify_one();
        }
    }

    /// Waits until it is time for the next list of what can't be watched.
    async fn polled(&mut self) {
        let due = (self.listed + POLL).saturating_duration_since(Instant::now());
        let mut link = self.context.link.clone();
        tokio::select! {
            () = self.context.pause(due) => {}
            () = changed(&mut link) => self.lost().await,
        }
        self.place = None;
    }

    /// The rows of the route are not to be had any more: what was there goes, and a later success lists anew.
    pub(crate) async fn forget(&mut self) {
        self.state = DataState::Idle;
        (self.place, self.unwatched, self.turned) = (None, None, false);
        if std::mem::take(&mut self.held) {
            self.context.feed.send(self.route.emptied()).await;
        }
    }

    /// One object as a change; what is malformed is one, too.
    fn row(&mut self, form: Form, bytes: &[u8]) -> Option<Change> {
        let body = match form {
            Form::Proto => Body::Proto(bytes),
            Form::Json => match std::str::from_utf8(bytes) {
                Ok(json) => Body::Json(json),
                Err(_) => return self.nameless("it is no UTF-8"),
            },
        };
        match convert::row(&self.route.of, body, &mut self.interner) {
            Ok(row) => {
                if let Some(at) = row.stamped() {
                    self.context.wire.stamped(at);
                }
                Some(Change::Put(row))
            }
            Err(ConvertError::NotRead(_)) => None,
            Err(ConvertError::Malformed { object, why }) if object.name.is_empty() => self.nameless(&why),
            Err(error) => {
                let why = Text::from(error.to_string());
                let ConvertError::Malformed { object, .. } = error else { return None };
                self.unread(object.namespace, object.name, why, 1)
            }
        }
    }

    /// An object that can't even be named: these are counted, and said in one sentence.
    fn nameless(&mut self, why: &str) -> Option<Change> {
        self.nameless += 1;
        let said = match self.nameless {
            1 => format!("1 {} without a name can't be read: {why}", self.route),
            n => format!("{n} {} objects without a name can't be read, the last of them: {why}", self.route),
        };
        let namespace = self.route.namespace.clone().unwrap_or_default();
        self.unread(namespace, Text::default(), said.into(), self.nameless)
    }

    /// An object that is there and can't be read.
    fn unread(&self, namespace: Text, name: Text, why: Text, count: u32) -> Option<Change> {
        tracing::warn!("{why}");
        let of = self.route.of.clone();
        if of.kind().is_none() {
            // Nothing is shown of these themselves: what they own is judged without them.
            self.context.warnings.add(why);
            return None;
        }
        Some(Change::Unread { of, namespace, name, why, count })
    }

    /// Shows what went wrong, waits, and says whether to end.
    async fn failed(&mut self, error: WireError) -> Option<Stop> {
        if matches!(error.code(), Some(403 | 404))
            && !self.turned
            && let Some(other) = self.route.turned()
        {
            (self.route, self.turned, self.place) = (other, true, None);
            return None;
        }
        match error.code() {
            Some(403) => {
                if self.state.shown() {
                    self.context.wire.denied();
                }
                return Some(Stop::Forbidden(Text::from(error.to_string())));
            }
            Some(404) if !self.route.is_always_there() => return Some(Stop::Absent),
            // (A 410 needs nothing here: a watch has ended by it, and a list that failed begins anew by itself.)
            _ => {}
        }
        self.doubt(&error);
        let pause = self.backoff.next(error.retry_after());
        let retry = self.context.after(pause);
        let why = match error.code() {
            Some(404) => wire::no_api(&self.route.path("")),
            _ => Text::from(error.to_string()),
        };
        tracing::debug!(kind = %self.route, %why, ?pause, "reading failed");
        let state = match self.state {
            DataState::Live | DataState::Polled { .. } => {
                DataState::Stale { since: self.context.at(self.heard), why, retry }
            }
            DataState::Stale { since, .. } => DataState::Stale { since, why, retry },
            _ => DataState::Failed { why, retry },
        };
        self.report(state).await;
        self.settle();
        self.context.pause(pause).await;
        None
    }

    /// The connection is lost: what is shown is old until it is back.
    async fn lost(&mut self) {
        let down = match &*self.context.link.borrow() {
            Link::Down(why) => Some(why.clone()),
            Link::Up(_) => None,
        };
        if let (Some(why), DataState::Live | DataState::Polled { .. }) = (down, &self.state) {
            let since = self.context.last_heard();
            self.report(DataState::Stale { since, why, retry: None }).await;
        }
    }

    /// Says how the data of the kind stands, if that is news and this reader's to say.
    pub(crate) async fn report(&mut self, state: DataState) {
        if self.state == state {
            return;
        }
        self.state = state.clone();
        match (&self.voice, &self.route.namespace) {
            (Voice::Kind, _) => self.context.feed.send(vec![self.route.data(state)]).await,
            (Voice::Namespace(say), Some(namespace)) => {
                let _ = say.send((namespace.clone(), state));
            }
            (Voice::Namespace(_), None) | (Voice::Silent, _) => {}
        }
    }

    /// The first list has ended, well or not.
    pub(crate) fn settle(&mut self) {
        if let Some(first) = self.first.take() {
            let _ = first.send(());
        }
    }

    /// Forgets texts that nobody holds any more: after a list, and when twice as many are held as then.
    fn sweep(&mut self, listed: bool) {
        if listed || self.interner.len() > 2 * self.swept + 1024 {
            self.interner.sweep();
            self.swept = self.interner.len();
        }
    }
}

/// Waits for a change of the link; for ever when nobody can change it any more.
async fn changed(link: &mut tokio::sync::watch::Receiver<Link>) {
    if link.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}
