//! Reads one collection for ever: list, then watch from there; what goes wrong is shown and tried again.
//!
//! kube's own watcher is not used: it keeps whole objects or fails a list by one of them, hides its retries,
//! and never relists after an HTTP 410. What ends a reader is only "not allowed" and "no such API": these are
//! for the caller to decide on.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use super::convert::{self, Body, ConvertError};
use super::feed::{Backoff, Context, Link};
use super::proto;
use super::route::{Of, Route};
use super::split::{Broken, Piece, Splitter};
use super::wire::{self, Form, WireError};
use crate::domain::Text;
use crate::domain::data::DataState;
use crate::domain::interner::Interner;
use crate::domain::model::{Change, CustomChange};

/// Objects a page.
const PAGE: u32 = 500;

/// Rows handed over at a time while listing.
const BATCH: usize = 250;

/// On a slow line rows don't wait longer than this for others.
const HANDED: Duration = Duration::from_millis(250);

/// A piece of a list that does not come for this long: the list is given up.
const SILENCE: Duration = Duration::from_secs(20);

/// Longest time that a watch is asked to run; the shortest is three quarters of it, so that they don't end together.
/// With [`GRACE`] and the pause before the next try it stays under the 45 s in which a watch is renewed.
const WATCH: u64 = 38;

/// A watch that says nothing for this long after its end was due is dead.
const GRACE: Duration = Duration::from_secs(5);

/// After a change a watch is left alone for so long: of hundreds a second each would wake the process, and what they
/// change is shown at most 20 times a second.
const GATHER: Duration = Duration::from_millis(20);

/// Longest line of a watch that is kept, in bytes.
const LONGEST_LINE: usize = 16 << 20;

/// Why a reader has ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Stop {
    /// Not allowed, in the server's words.
    Forbidden(Text),
    /// The API has no such collection.
    Absent,
}

/// Whom a reader tells how its data stands.
pub(crate) enum Voice {
    /// Everybody: it is all that is read of the kind.
    Kind,
    /// Who reads the kind namespace by namespace, and makes one of it.
    Place(mpsc::UnboundedSender<(Text, DataState)>),
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
    place: Option<Place>,
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

/// Where a watch is in the history of its collection.
struct Place {
    version: String,
    /// The newest object since: its version is looked for when it is asked for, and not for each of hundreds a second.
    newest: String,
}

impl Place {
    fn new(version: String) -> Self {
        Self { version, newest: String::new() }
    }

    /// The watch has brought `object`, as JSON.
    fn moves(&mut self, object: &str) {
        object.clone_into(&mut self.newest);
    }

    /// The version to go on from: that of the newest object which has one.
    fn version(&mut self) -> &str {
        let newest = std::mem::take(&mut self.newest);
        if let Ok(Versioned { metadata }) = serde_json::from_str(&newest)
            && !metadata.resource_version.is_empty()
        {
            self.version = metadata.resource_version;
        }
        &self.version
    }
}

/// Why a watch has ended.
enum Ended {
    /// Its time was over.
    InTime,
    /// The version is too old: list again.
    Gone,
    /// The connection is lost, or not to be trusted.
    Link,
    Failed(WireError),
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
            backoff: Backoff::default(),
            voice,
            state: DataState::Idle,
            held: false,
            nameless: 0,
            first: Some(first),
        }
    }

    /// Reads until that is not allowed, or not there.
    pub(crate) async fn follow(&mut self) -> Stop {
        loop {
            self.context.up().await;
            if self.place.is_none() {
                let mut link = self.context.link.clone();
                let listed = tokio::select! {
                    listed = self.list() => listed,
                    () = changed(&mut link) => continue,
                };
                match listed {
                    Ok(version) => {
                        self.place = Some(Place::new(version));
                        self.backoff.reset();
                        self.say(DataState::Live).await;
                        self.told();
                    }
                    Err(error) => {
                        if let Some(stop) = self.failed(error).await {
                            return stop;
                        }
                        continue;
                    }
                }
            }
            let opened = Instant::now();
            match self.watch().await {
                Ended::InTime => {
                    if opened.elapsed() < Duration::from_secs(1) {
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
                Ended::Failed(error) => {
                    // What can't be read now can't be read the next time either: a list passes it by.
                    if matches!(error, WireError::Garbage(_)) {
                        self.place = None;
                    }
                    if let Some(stop) = self.failed(error).await {
                        return stop;
                    }
                }
            }
        }
    }

    /// The rows of the route are not to be had any more: what was there goes, and a later success lists anew.
    pub(crate) async fn forget(&mut self) {
        self.state = DataState::Idle;
        self.place = None;
        if std::mem::take(&mut self.held) {
            self.context.feed.send(self.route.emptied()).await;
        }
    }

    /// One whole list. Its rows are handed over as they come.
    async fn list(&mut self) -> Result<String, WireError> {
        let accept = self.route.list_as();
        let mut batch = vec![self.route.begin()];
        self.nameless = 0;
        let (mut got, mut of) = (0u64, None);
        let shows_loading = !matches!(self.state, DataState::Live | DataState::Stale { .. });
        let counts = shows_loading && matches!(self.voice, Voice::Kind);
        if counts && !self.was_refused() {
            self.held = true;
            self.hand_over(&mut batch, Some((got, of))).await;
        }
        let mut handed = Instant::now();
        let first = if self.route.paged() { format!("limit={PAGE}") } else { "resourceVersion=0".to_owned() };
        let mut page = self.page(&first, accept);
        let version = loop {
            let mut stream = page.await.map_err(|e| WireError::Broken(e.to_string().into()))??;
            self.held = true;
            if counts && self.was_refused() {
                self.hand_over(&mut batch, Some((got, of))).await;
            }
            let form = stream.form();
            let mut splitter = Splitter::new(form);
            let mut meta = ListMeta::default();
            let mut next = None;
            loop {
                let bytes = tokio::select! {
                    bytes = stream.next(SILENCE) => bytes?,
                    () = tokio::time::sleep_until(handed + HANDED), if !batch.is_empty() => {
                        handed = Instant::now();
                        self.hand_over(&mut batch, counts.then_some((got, of))).await;
                        continue;
                    }
                };
                let Some(bytes) = bytes else { break };
                splitter.push(&bytes);
                while let Some(piece) = splitter.next().map_err(no_list)? {
                    match piece {
                        Piece::Meta(bytes) => {
                            meta = ListMeta::read(form, bytes)?;
                            // It stands before the items: the server makes the next page while this one is read.
                            if let Some(token) = meta.next.as_deref().filter(|t| !t.is_empty()) {
                                let query = format!("limit={PAGE}&continue={}", escaped(token));
                                next = Some(self.page(&query, accept));
                            }
                        }
                        Piece::Item(bytes) => {
                            got += 1;
                            if let Some(row) = self.row(form, bytes) {
                                batch.push(row);
                            }
                        }
                        Piece::TooLong => {
                            got += 1;
                            batch.extend(self.nameless("it is longer than 16 MiB"));
                        }
                        Piece::NoObject => {
                            got += 1;
                            batch.extend(self.nameless("it is no JSON object"));
                        }
                    }
                }
                if batch.len() >= BATCH {
                    handed = Instant::now();
                    self.hand_over(&mut batch, counts.then_some((got, of))).await;
                }
            }
            splitter.finish().map_err(no_list)?;
            if let Some(left) = meta.remaining_item_count {
                of = Some(got + left);
            }
            match next {
                Some(next) => page = next,
                None => break meta.resource_version.unwrap_or_default(),
            }
        };
        batch.push(self.route.end());
        self.context.feed.send(batch).await;
        self.sweep(true);
        Ok(version)
    }

    /// The last list was not allowed, of nothing that is served, or failed. Asking again is no news until the answer is
    /// another: every status of the cluster would be provisional for as long, and "no access" would come and go.
    fn was_refused(&self) -> bool {
        matches!(self.state, DataState::Forbidden { .. } | DataState::Absent | DataState::Failed { .. })
    }

    /// Hands over the rows of a list so far; `far`: how far it is, where that is shown.
    async fn hand_over(&mut self, batch: &mut Vec<Change>, far: Option<(u64, Option<u64>)>) {
        if let Some((got, of)) = far {
            self.state = DataState::Loading { got, of };
            batch.push(self.route.data(self.state.clone()));
        }
        self.context.feed.send(std::mem::take(batch)).await;
    }

    /// Asks for one page; it is not waited for, and given up when nobody wants it any more.
    fn page(&self, query: &str, accept: &'static str) -> AbortOnDropHandle<Result<wire::Stream, WireError>> {
        let (wire, path) = (self.context.wire.clone(), self.route.path(query));
        AbortOnDropHandle::new(tokio::spawn(async move { wire.stream(&path, accept).await }))
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
        let made = match (&self.route.of, body) {
            (Of::Kind(kind), body) => convert::row(*kind, body, &mut self.interner).map(Change::Put),
            (Of::Custom(api), Body::Json(json)) => convert::custom(api, json, &mut self.interner)
                .map(|row| Change::Custom(api.clone(), CustomChange::Put(Box::new(row)))),
            (Of::Custom(_), Body::Proto(_)) => return self.nameless("it is no JSON"),
        };
        match made {
            Ok(change) => Some(change),
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
        match self.route.of {
            Of::Kind(kind) => Some(Change::Unread { kind, namespace, name, why, count }),
            // Nothing is shown of these themselves: what they own is judged without them.
            Of::Custom(_) => {
                self.context.warnings.add(why);
                None
            }
        }
    }

    /// Watches from the known version until the watch ends.
    async fn watch(&mut self) -> Ended {
        let seconds = fastrand::u64(WATCH * 3 / 4..=WATCH);
        let version = escaped(self.place.as_mut().map(Place::version).unwrap_or_default());
        let path = self
            .route
            .path(&format!("watch=true&allowWatchBookmarks=true&resourceVersion={version}&timeoutSeconds={seconds}"));
        let limit = Duration::from_secs(seconds) + GRACE;
        let wire = self.context.wire.clone();
        let opened = tokio::select! {
            s = wire.stream(&path, self.route.watch_as()) => s,
            () = changed(&mut self.context.link) => return Ended::Link,
        };
        let mut stream = match opened {
            Ok(s) => s,
            Err(e) if e.code() == Some(410) => return Ended::Gone,
            Err(e) => return Ended::Failed(e),
        };
        self.say(DataState::Live).await;
        let mut lines = Lines::default();
        loop {
            let bytes = tokio::select! {
                b = stream.next(limit) => b,
                () = changed(&mut self.context.link) => return Ended::Link,
            };
            let bytes = match bytes {
                Ok(Some(b)) => b,
                Ok(None) => return lines.rest().map_or(Ended::InTime, Ended::Failed),
                Err(e) => return Ended::Failed(e),
            };
            self.backoff.reset();
            lines.push(&bytes);
            let mut changes = Vec::new();
            let mut ended = None;
            while let Some(line) = lines.next() {
                match self.line(line, &mut changes) {
                    Ok(()) => {}
                    Err(e) => {
                        ended = Some(e);
                        break;
                    }
                }
            }
            if std::mem::take(&mut lines.dropped) {
                changes.extend(self.nameless("it has become longer than 16 MiB"));
            }
            let gather = !changes.is_empty();
            self.context.feed.send(changes).await;
            self.sweep(false);
            if let Some(ended) = ended {
                return ended;
            }
            if gather {
                tokio::time::sleep(GATHER).await;
            }
        }
    }

    /// One line of a watch.
    fn line(&mut self, line: &[u8], changes: &mut Vec<Change>) -> Result<(), Ended> {
        let garbage = |e: String| Ended::Failed(WireError::Garbage(wire::not_kubernetes(line, &e)));
        let text = std::str::from_utf8(line).map_err(|e| garbage(e.to_string()))?;
        let event: Event<'_> = serde_json::from_str(text).map_err(|e| garbage(e.to_string()))?;
        let object = event.object.get();
        match event.kind {
            "ADDED" | "MODIFIED" => changes.extend(self.row(Form::Json, object.as_bytes())),
            "DELETED" => {
                if let Some((namespace, name)) = convert::name_of(Body::Json(object)) {
                    changes.push(self.route.gone(namespace, name));
                }
            }
            "BOOKMARK" => {}
            "ERROR" => return Err(told(object)),
            _ => return Ok(()),
        }
        if let Some(place) = &mut self.place {
            place.moves(object);
        }
        Ok(())
    }

    /// Shows what went wrong, waits, and says whether to end.
    async fn failed(&mut self, error: WireError) -> Option<Stop> {
        match error.code() {
            Some(403) => {
                if matches!(self.state, DataState::Live | DataState::Stale { .. }) {
                    self.context.wire.denied();
                }
                return Some(Stop::Forbidden(Text::from(error.to_string())));
            }
            Some(404) if !self.route.is_always_there() => return Some(Stop::Absent),
            // (A 410 needs nothing here: a watch has ended by it, and a list that failed begins anew by itself.)
            _ => {}
        }
        if error.doubts_connection() {
            self.context.doubt.notify_one();
        }
        let pause = self.backoff.next(error.retry_after());
        let retry = self.context.after(pause);
        let why = match error.code() {
            Some(404) => wire::no_api(&self.route.path("")),
            _ => Text::from(error.to_string()),
        };
        tracing::debug!(kind = %self.route, %why, ?pause, "reading failed");
        let state = match self.state {
            DataState::Live => DataState::Stale { since: self.context.last_heard(), why, retry },
            DataState::Stale { since, .. } => DataState::Stale { since, why, retry },
            _ => DataState::Failed { why, retry },
        };
        self.say(state).await;
        self.told();
        self.context.pause(pause).await;
        None
    }

    /// The connection is lost: what is shown is old until it is back.
    async fn lost(&mut self) {
        let down = match &*self.context.link.borrow() {
            Link::Down(why) => Some(why.clone()),
            Link::Up(_) => None,
        };
        if let (Some(why), DataState::Live) = (down, &self.state) {
            let since = self.context.last_heard();
            self.say(DataState::Stale { since, why, retry: None }).await;
        }
    }

    /// Says how the data of the kind stands, if that is news and this reader's to say.
    pub(crate) async fn say(&mut self, state: DataState) {
        if self.state == state {
            return;
        }
        self.state = state.clone();
        match (&self.voice, &self.route.namespace) {
            (Voice::Kind, _) => self.context.feed.send(vec![self.route.data(state)]).await,
            (Voice::Place(say), Some(namespace)) => {
                let _ = say.send((namespace.clone(), state));
            }
            (Voice::Place(_), None) | (Voice::Silent, _) => {}
        }
    }

    /// The first list has ended, well or not.
    pub(crate) fn told(&mut self) {
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

/// An `ERROR` line: a `Status`.
fn told(object: &str) -> Ended {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Said {
        code: u16,
        reason: String,
        message: String,
    }
    let said: Said = serde_json::from_str(object).unwrap_or_default();
    if said.code == 410 || said.reason == "Expired" || said.reason == "Gone" {
        return Ended::Gone;
    }
    Ended::Failed(WireError::Status {
        code: said.code,
        reason: said.reason.into(),
        message: said.message.into(),
        retry_after: None,
    })
}

/// Names an answer that is no list.
fn no_list(broken: Broken) -> WireError {
    WireError::Garbage(match broken {
        Broken::NoObject(start) => wire::not_kubernetes(&start, "it is no object"),
        Broken::Truncated => "the answer ended in the middle of the list".into(),
        Broken::NoItems => "the answer is no list".into(),
        Broken::Garbled(why) => format!("the answer can't be read: {why}").into(),
    })
}

/// Escapes what may not stand in a query.
fn escaped(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for b in raw.bytes() {
        if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
    }
    out
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ListMeta {
    resource_version: Option<String>,
    #[serde(rename = "continue")]
    next: Option<String>,
    remaining_item_count: Option<u64>,
}

impl ListMeta {
    fn read(form: Form, bytes: &[u8]) -> Result<Self, WireError> {
        match form {
            Form::Json => wire::parse(bytes),
            Form::Proto => proto::read(bytes, &proto::table::LIST).map_err(|e| no_list(Broken::Garbled(e.to_string()))),
        }
    }
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(borrow)]
    object: &'a RawValue,
}

#[derive(Deserialize)]
struct Versioned {
    metadata: Version,
}

#[derive(Deserialize)]
struct Version {
    #[serde(rename = "resourceVersion", default)]
    resource_version: String,
}

/// Cuts a watch into lines; one that is too long is dropped, not kept.
#[derive(Default)]
struct Lines {
    buffer: Vec<u8>,
    /// Where the next line begins.
    at: usize,
    /// Up to where no line end has been found.
    searched: usize,
    /// The rest of a line that is too long is being skipped.
    skipping: bool,
    /// A line was dropped since this was last looked at.
    dropped: bool,
}

impl Lines {
    fn push(&mut self, bytes: &[u8]) {
        if self.at > 0 {
            self.buffer.drain(..self.at);
            self.searched -= self.at;
            self.at = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// At the end: what is wrong where a line has begun and not ended.
    fn rest(&self) -> Option<WireError> {
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let said = rest.iter().any(|b| !b.is_ascii_whitespace());
        said.then(|| WireError::Garbage(wire::not_kubernetes(rest, "it ended in the middle of a line")))
    }

    /// The next whole line that says something.
    fn next(&mut self) -> Option<&[u8]> {
        loop {
            let found = self.buffer.get(self.searched..)?.iter().position(|b| *b == b'\n');
            let Some(offset) = found else {
                self.searched = self.buffer.len();
                if self.searched - self.at > LONGEST_LINE {
                    self.skipping = true;
                    self.buffer.clear();
                    (self.at, self.searched) = (0, 0);
                }
                return None;
            };
            let (start, end) = (self.at, self.searched + offset);
            self.at = end + 1;
            self.searched = self.at;
            if std::mem::take(&mut self.skipping) {
                self.dropped = true;
                continue;
            }
            if self.buffer.get(start..end).is_some_and(|l| l.iter().any(|b| !b.is_ascii_whitespace())) {
                return self.buffer.get(start..end);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&str]) -> (Vec<String>, bool) {
        let mut l = Lines::default();
        let mut all = Vec::new();
        for c in chunks {
            l.push(c.as_bytes());
            while let Some(line) = l.next() {
                all.push(String::from_utf8(line.to_vec()).unwrap());
            }
        }
        (all, l.dropped)
    }

    #[test]
    fn lines_come_out_whole_and_empty_ones_not_at_all() {
        assert_eq!(lines(&["a\nb", "c\n\n", "\r\n", "d", "\n", "rest"]).0, ["a", "bc", "d"]);
    }

    #[test]
    fn a_line_that_is_too_long_is_dropped_and_the_next_is_read() {
        let huge = "x".repeat(LONGEST_LINE + 1);
        let (all, dropped) = lines(&["a\n", &huge, "more", "\nb\n"]);
        assert_eq!((all, dropped), (vec!["a".to_owned(), "b".to_owned()], true));
    }

    #[test]
    fn a_watch_goes_on_from_the_newest_object_that_says_its_version() {
        let mut place = Place::new("5".into());
        assert_eq!(place.version(), "5");
        for version in ["9", "11"] {
            place.moves(&format!(r#"{{"kind": "Pod", "metadata": {{"name": "a", "resourceVersion": "{version}"}}}}"#));
        }
        assert_eq!(place.version(), "11");
        place.moves(r#"{"metadata": {"name": "a"}}"#);
        assert_eq!(place.version(), "11", "of an object without one nothing is learnt");
    }

    #[test]
    fn a_watch_that_says_nothing_is_renewed_within_45_s() {
        let mut backoff = Backoff::default();
        let pause = (0..100).map(|_| std::mem::take(&mut backoff).next(None)).max().unwrap();
        assert!(Duration::from_secs(WATCH) + GRACE + pause <= Duration::from_secs(45));
        assert!(Duration::from_secs(WATCH) <= Duration::from_secs(40), "no server is asked for more");
    }
}
