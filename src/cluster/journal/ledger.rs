//! The journal of a running operation: results go in, and are written at most once a second; a heartbeat goes
//! out every 10 s; losing it to somebody else is noticed before the next step.
//!
//! Steps that do not fit into the first ConfigMap have pages of their own ([`super::pages`]); the heartbeat goes into the
//! first alone, and only who has that writes the others.
//!
//! Whoever holds a ledger polls [`Ledger::keep`] beside the work: nothing here runs by itself, so that dropping
//! the operation drops all of it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

use super::pages::{self, Page};
use super::{Stored, create, read, replace};
use crate::cluster::takeover::{self, Holder};
use crate::cluster::wire::{Wire, WireError};
use crate::domain::Text;
use crate::domain::operation::{JOURNAL, Journal, OperationState, StepResult, form};

/// Between two heartbeats.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Results are written no more often than this.
const GATHER: Duration = Duration::from_secs(1);

/// Before a step is sent the journal must have been ours this recently: a write with its version proves it.
const PROVEN: Duration = Duration::from_secs(2);

/// Whoever takes a journal from a live holder waits this long: by then that one has noticed.
const GRACE: Duration = Duration::from_secs(4);

/// How long the last write is tried, and how long steps wait for a heartbeat to arrive.
const PATIENCE: Duration = Duration::from_secs(60);

/// A journal that this process holds.
#[derive(Debug)]
pub(crate) struct Ledger {
    wire: Wire,
    namespace: Text,
    me: Holder,
    inner: Mutex<Inner>,
    changed: Notify,
    /// One write at a time.
    writing: tokio::sync::Mutex<()>,
    /// What of the journal is lacking.
    lacking: Vec<Text>,
}

#[derive(Debug)]
struct Inner {
    journal: Journal,
    /// `None`: a single patch needs no journal in the cluster, the object itself holds the truth.
    resource_version: Option<Text>,
    /// Where its steps stand that are not in the first ConfigMap.
    pages: Vec<Page>,
    written: Instant,
    lost: Option<Text>,
}

impl Ledger {
    /// A journal that stays in this process.
    pub(crate) fn private(wire: Wire, namespace: Text, me: Holder, journal: Journal) -> Self {
        Self::new(wire, namespace, me, journal, None)
    }

    /// Whether it stays in this process.
    pub(crate) fn is_private(&self) -> bool {
        self.inner.lock().is_ok_and(|inner| inner.resource_version.is_none())
    }

    fn new(wire: Wire, namespace: Text, me: Holder, journal: Journal, resource_version: Option<Text>) -> Self {
        let pages = Page::new(&journal);
        let inner = Inner { journal, resource_version, pages, written: Instant::now(), lost: None };
        Self {
            wire,
            namespace,
            me,
            inner: Mutex::new(inner),
            changed: Notify::new(),
            writing: tokio::sync::Mutex::default(),
            lacking: Vec::new(),
        }
    }

    /// Creates the journal, or replaces one that has ended. All of it is written when this returns.
    ///
    /// # Errors
    /// One sentence: who holds it, what was interrupted, what the server said.
    pub(crate) async fn begin(
        wire: Wire,
        namespace: Text,
        me: Holder,
        mut journal: Journal,
        claim: takeover::Claim,
    ) -> Result<Self, Text> {
        journal.parts = form::divided(&journal).map_err(|e| unwritable(&namespace, &e))?;
        journal.preparing = !journal.parts.is_empty();
        let version = claimed(&wire, &namespace, &me, &journal, claim).await?;
        let ledger = Self::new(wire, namespace, me, journal, Some(version));
        if let Err(why) = ledger.prepare().await {
            // Nothing was sent, and nobody has to wait for a heartbeat to learn that.
            ledger.inner().journal.process = 0;
            let _ = ledger.write_first().await;
            return Err(why);
        }
        Ok(ledger)
    }

    /// Writes what the claim has left out.
    async fn prepare(&self) -> Result<(), Text> {
        let _one = self.writing.lock().await;
        if self.inner().journal.preparing {
            self.write_pages().await?;
            self.inner().journal.preparing = false;
            if let Err(why) = self.write_first().await {
                self.inner().journal.preparing = true;
                return Err(why);
            }
        }
        let journal = self.journal();
        pages::clear(&self.wire, &self.namespace, &journal).await;
        Ok(())
    }

    /// Takes the journal `id` that somebody left, after `prepare` has changed it for what comes.
    ///
    /// # Errors
    /// One sentence: there is no such journal, who holds it, what the server said.
    pub(crate) async fn take(
        wire: Wire,
        namespace: Text,
        me: Holder,
        id: &str,
        claim: takeover::Claim,
        prepare: impl Fn(&mut Journal) -> Result<(), Text>,
    ) -> Result<Self, Text> {
        let mut watched = None;
        for _ in 0..8 {
            let Some(present) = look(&wire, &namespace).await? else {
                return Err(format!("there is no operation {id} in {namespace}").into());
            };
            let mut journal = match form::read(present.text.as_deref(), &namespace) {
                Ok(j) if j.id == id => j,
                Ok(j) => {
                    return Err(format!("there is no operation {id} in {namespace}; the latest is {}", j.id).into());
                }
                Err(why) => return Err(unreadable(&namespace, &why)),
            };
            let now = wire.server_now();
            match watched {
                Some(heartbeat) if heartbeat != journal.heartbeat => return Err(takeover::beats(&journal).into()),
                _ => takeover::may_take(&journal, &me, now, claim)?,
            }
            if watched.is_none() && takeover::by_its_stamp(&journal, &me, claim) {
                watched = Some(journal.heartbeat);
                sleep(takeover::WATCHED).await;
                continue;
            }
            if journal.preparing {
                let verb = journal.verb.word();
                return Err(
                    format!("{verb} {id} ended before its first step: nothing was changed; {verb} again").into()
                );
            }
            let lived = takeover::lives(&journal, &me, now);
            let joined = pages::join(&wire, &namespace, &mut journal).await;
            let (pages, lacking) = joined.map_err(|e| refused(&namespace, "read", &e))?;
            prepare(&mut journal)?;
            me.sign(&mut journal);
            journal.state = OperationState::Running;
            journal.heartbeat = now;
            journal.ended_at = None;
            let text = form::write(&journal).map_err(|e| unwritable(&namespace, &e))?;
            let version = match replace(&wire, &namespace, JOURNAL, Some(&text), &present.resource_version).await {
                Ok(version) => version,
                // After an answer that did not arrive the journal may be ours: then it says so.
                Err(e) if e.may_be_done() => match look(&wire, &namespace).await? {
                    Some(p) if p.text.as_deref() == Some(&text) => p.resource_version,
                    _ => continue,
                },
                Err(e) if e.code() == Some(409) => continue,
                Err(e) => return Err(refused(&namespace, "write", &e)),
            };
            if lived {
                sleep(GRACE).await;
            }
            let mut ledger = Self::new(wire, namespace, me, journal, Some(version));
            ledger.inner().pages = pages;
            ledger.lacking = lacking;
            return Ok(ledger);
        }
        Err(restless(&namespace))
    }

    /// What of the journal is lacking, and why: one sentence each.
    pub(crate) fn lacking(&self) -> &[Text] {
        &self.lacking
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The journal as it stands.
    pub(crate) fn journal(&self) -> Journal {
        self.inner().journal.clone()
    }

    /// Notes how a step stands. It is written within a second.
    pub(crate) fn record(&self, id: u32, result: StepResult) {
        let mut inner = self.inner();
        let Inner { journal, pages, .. } = &mut *inner;
        for (index, step) in journal.steps.iter_mut().enumerate().filter(|(_, s)| s.id == id) {
            step.result = result.clone();
            pages.iter_mut().filter(|p| p.steps.contains(&index)).for_each(|p| p.dirty = true);
        }
        drop(inner);
        self.changed.notify_one();
    }

    /// Why it is no longer ours.
    pub(crate) fn lost(&self) -> Option<Text> {
        self.inner().lost.clone()
    }

    /// Proves that the journal is still ours, before a step is sent.
    ///
    /// # Errors
    /// Why not: it was taken, or can't be written for too long.
    pub(crate) async fn ready(&self) -> Result<(), Text> {
        let until = Instant::now() + PATIENCE;
        loop {
            {
                let inner = self.inner();
                match &inner.lost {
                    Some(why) => return Err(why.clone()),
                    None if inner.resource_version.is_none() || inner.written.elapsed() < PROVEN => return Ok(()),
                    None => {}
                }
            }
            match self.write(PROVEN).await {
                Err(why) if self.lost().is_some() || Instant::now() > until => return Err(why),
                Err(_) => sleep(GATHER).await,
                Ok(()) => {}
            }
        }
    }

    /// Writes results and heartbeats for ever; poll it beside the work.
    pub(crate) async fn keep(&self) {
        loop {
            let (written, kept) = {
                let inner = self.inner();
                (inner.written, inner.resource_version.is_some() && inner.lost.is_none())
            };
            if !kept {
                return std::future::pending().await;
            }
            tokio::select! {
                () = sleep_until(written + HEARTBEAT) => {}
                () = self.changed.notified() => sleep_until(written + GATHER).await,
            }
            if self.write(Duration::ZERO).await.is_err() {
                sleep(GATHER).await;
            }
        }
    }

    /// Writes the end: its state, or that it is let go of so that anybody goes on at once. It is tried for no longer
    /// than a tier gets: who wants an answer soon wants it of a server that does not answer, too.
    pub(crate) async fn end(&self, state: Option<OperationState>, tier: Duration) -> Result<(), Text> {
        {
            let now = self.wire.server_now();
            let mut inner = self.inner();
            match state {
                Some(state) => {
                    inner.journal.state = state;
                    inner.journal.ended_at = Some(now);
                }
                None => inner.journal.process = 0,
            }
        }
        let until = Instant::now() + PATIENCE.min(tier);
        loop {
            match self.write_end().await {
                Ok(()) => return Ok(()),
                Err(why) if self.lost().is_some() || Instant::now() > until => return Err(why),
                Err(_) => sleep(GATHER).await,
            }
        }
    }

    /// One write, with a fresh heartbeat; none where somebody has just made one, `recent` ago or less.
    async fn write(&self, recent: Duration) -> Result<(), Text> {
        let _one = self.writing.lock().await;
        if self.inner().written.elapsed() < recent {
            return Ok(());
        }
        self.write_first().await?;
        self.write_pages().await
    }

    /// The last write. That it has ended is said when all that it has done is said.
    async fn write_end(&self) -> Result<(), Text> {
        let _one = self.writing.lock().await;
        self.write_pages().await?;
        self.write_first().await
    }

    /// Writes the first ConfigMap.
    async fn write_first(&self) -> Result<(), Text> {
        for _ in 0..4 {
            let (text, version) = {
                let mut inner = self.inner();
                if let Some(why) = &inner.lost {
                    return Err(why.clone());
                }
                inner.journal.heartbeat = self.wire.server_now();
                // One that is kept nowhere may hold what no journal does.
                let Some(version) = inner.resource_version.clone() else { return Ok(()) };
                (form::write(&inner.journal), version)
            };
            let text = text.map_err(|e| unwritable(&self.namespace, &e))?;
            let failed = match replace(&self.wire, &self.namespace, JOURNAL, Some(&text), &version).await {
                Ok(version) => {
                    let mut inner = self.inner();
                    inner.resource_version = Some(version);
                    inner.written = Instant::now();
                    return Ok(());
                }
                Err(e) => e,
            };
            if failed.code() == Some(404) {
                // Somebody deleted the ConfigMap: it is the lock, so it is made again.
                if let Ok(version) = create(&self.wire, &self.namespace, JOURNAL, &text).await {
                    self.inner().resource_version = Some(version);
                    continue;
                }
            }
            if !in_doubt(&failed) {
                return Err(refused(&self.namespace, "write", &failed));
            }
            self.look_again().await?;
        }
        Err(restless(&self.namespace))
    }

    /// Writes each further ConfigMap in which something has changed.
    async fn write_pages(&self) -> Result<(), Text> {
        let pages = self.inner().pages.len();
        for index in 0..pages {
            self.write_page(index).await?;
        }
        Ok(())
    }

    async fn write_page(&self, index: usize) -> Result<(), Text> {
        for _ in 0..4 {
            let put = {
                let mut inner = self.inner();
                let Inner { journal, pages, .. } = &mut *inner;
                let Some(page) = pages.get_mut(index).filter(|p| p.dirty) else { return Ok(()) };
                let text = page.text(journal).map_err(|e| unwritable(&self.namespace, &e))?;
                page.dirty = false;
                page.put(text)
            };
            let failed = match put.send(&self.wire, &self.namespace).await {
                Ok(version) => {
                    self.page(index, |page| page.version = Some(version));
                    return Ok(());
                }
                Err(e) => e,
            };
            self.page(index, |page| page.dirty = true);
            if !in_doubt(&failed) {
                return Err(refused(&self.namespace, "write", &failed));
            }
            // It is ours to write as long as the first is.
            self.look_again().await?;
            let stands = put.look(&self.wire, &self.namespace).await;
            let version = stands.map_err(|e| refused(&self.namespace, "read", &e))?;
            self.page(index, |page| page.version = version);
        }
        Err(restless(&self.namespace))
    }

    fn page(&self, index: usize, with: impl FnOnce(&mut Page)) {
        self.inner().pages.get_mut(index).map(with);
    }

    /// Whose the journal is now: ours with another version, or somebody else's.
    async fn look_again(&self) -> Result<(), Text> {
        let present = look(&self.wire, &self.namespace).await?;
        let mut inner = self.inner();
        match present {
            Some(p) => match &form::read(p.text.as_deref(), &self.namespace) {
                Ok(j) if j.id == inner.journal.id && (self.me.holds(j) || let_go(j, &inner.journal)) => {
                    inner.resource_version = Some(p.resource_version);
                    Ok(())
                }
                Ok(j) => Err(lose(&mut inner, format!("taken over: {}", takeover::held_by(j, self.wire.server_now())))),
                Err(_) => Err(lose(&mut inner, "the journal was overwritten by something else".to_owned())),
            },
            None => Ok(()),
        }
    }
}

/// Whether what is stored is what we wrote when we let go of it (its answer did not arrive).
fn let_go(stored: &Journal, ours: &Journal) -> bool {
    (ours.process, stored.process) == (0, 0) && (&stored.holder, &stored.host) == (&ours.holder, &ours.host)
}

fn lose(inner: &mut Inner, why: String) -> Text {
    let why = Text::from(why);
    inner.lost = Some(why.clone());
    why
}

/// The first ConfigMap.
async fn look(wire: &Wire, namespace: &Text) -> Result<Option<Stored>, Text> {
    read(wire, namespace, JOURNAL).await.map_err(|e| refused(namespace, "read", &e))
}

/// Makes the first ConfigMap that of `journal`; returns its version.
async fn claimed(
    wire: &Wire,
    namespace: &Text,
    me: &Holder,
    journal: &Journal,
    claim: takeover::Claim,
) -> Result<Text, Text> {
    let text = form::write(journal).map_err(|e| unwritable(namespace, &e))?;
    // Each round either ends or has met a change by somebody else.
    for _ in 0..8 {
        let present = match create(wire, namespace, JOURNAL, &text).await {
            Ok(version) => return Ok(version),
            Err(e) if e.code() == Some(409) || e.may_be_done() => look(wire, namespace).await?,
            Err(e) => return Err(refused(namespace, "create", &e)),
        };
        let Some(present) = present else { continue };
        match form::read(present.text.as_deref(), namespace) {
            Ok(j) if j.id == journal.id => return Ok(present.resource_version),
            Ok(j) => replaceable(&j, me, wire, claim)?,
            Err(why) if !claim.with_a_word => return Err(unreadable(namespace, &why)),
            Err(_) => {}
        }
        match replace(wire, namespace, JOURNAL, Some(&text), &present.resource_version).await {
            Ok(version) => return Ok(version),
            Err(e) if in_doubt(&e) => {}
            Err(e) => return Err(refused(namespace, "write", &e)),
        }
    }
    Err(restless(namespace))
}

/// Whether a look tells more: something else stands there by now, or the write may have been done.
fn in_doubt(error: &WireError) -> bool {
    matches!(error.code(), Some(404 | 409)) || error.may_be_done()
}

/// Whether a journal may be replaced by that of a new operation.
fn replaceable(j: &Journal, me: &Holder, wire: &Wire, claim: takeover::Claim) -> Result<(), Text> {
    let now = wire.server_now();
    match j.state_at(now, takeover::holder_is_dead(j)) {
        OperationState::Done | OperationState::Failed | OperationState::Undone => Ok(()),
        OperationState::Running => takeover::may_take(j, me, now, claim),
        OperationState::Interrupted if claim.with_a_word => Ok(()),
        OperationState::Interrupted => Err(format!(
            "{} of {} on {} was interrupted here: resume or undo it first (kennel operations --resume {id} or --undo {id})",
            j.verb.one(),
            j.holder,
            j.host,
            id = j.id
        )
        .into()),
    }
}

fn unreadable(namespace: &Text, why: &Text) -> Text {
    format!("the journal in {namespace} (ConfigMap {JOURNAL}) can't be read: {why}").into()
}

fn unwritable(namespace: &Text, error: &serde_json::Error) -> Text {
    format!("the journal in {namespace} can't be written: {error}").into()
}

fn restless(namespace: &Text) -> Text {
    format!("the journal in {namespace} changes all the time").into()
}

fn refused(namespace: &Text, verb: &str, error: &WireError) -> Text {
    format!("can't {verb} the journal in {namespace}: {}", super::super::execute::words(error)).into()
}
