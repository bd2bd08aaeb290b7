//! The journal of a running operation: results go in, and are written at most once a second; a heartbeat goes
//! out every 10 s; losing it to somebody else is noticed before the next step.
//!
//! Whoever holds a ledger polls [`Ledger::keep`] beside the work: nothing here runs by itself, so that dropping
//! the operation drops all of it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

use super::{Stored, create, read, replace};
use crate::cluster::takeover::{self, Holder};
use crate::cluster::wire::{Wire, WireError};
use crate::domain::Text;
use crate::domain::operation::{Journal, State, StepResult};

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
}

#[derive(Debug)]
struct Inner {
    journal: Journal,
    /// `None`: a single patch needs no journal in the cluster, the object itself holds the truth.
    resource_version: Option<Text>,
    dirty: bool,
    written: Instant,
    lost: Option<Text>,
}

impl Ledger {
    /// A journal that stays in this process.
    pub(crate) fn private(wire: Wire, namespace: Text, me: Holder, journal: Journal) -> Self {
        Self::new(wire, namespace, me, journal, None)
    }

    fn new(wire: Wire, namespace: Text, me: Holder, journal: Journal, resource_version: Option<Text>) -> Self {
        let inner = Inner { journal, resource_version, dirty: false, written: Instant::now(), lost: None };
        Self {
            wire,
            namespace,
            me,
            inner: Mutex::new(inner),
            changed: Notify::new(),
            writing: tokio::sync::Mutex::default(),
        }
    }

    /// Creates the journal, or replaces one that has ended.
    ///
    /// # Errors
    /// One sentence: who holds it, what was interrupted, what the server said.
    pub(crate) async fn begin(
        wire: Wire,
        namespace: Text,
        me: Holder,
        journal: Journal,
        claim: takeover::Claim,
    ) -> Result<Self, Text> {
        // Each round either ends or has met a change by somebody else.
        for _ in 0..8 {
            let answer = create(&wire, &namespace, &journal).await;
            let present = match answer {
                Ok(stored) => return Ok(Self::new(wire, namespace, me, journal, Some(stored.resource_version))),
                Err(e) if e.code() == Some(409) || e.may_be_done() => look(&wire, &namespace).await?,
                Err(e) => return Err(refused(&namespace, "create", &e)),
            };
            let Some(present) = present else { continue };
            match &present.journal {
                Ok(j) if j.id == journal.id => {
                    return Ok(Self::new(wire, namespace, me, journal, Some(present.resource_version)));
                }
                Ok(j) => replaceable(j, &me, &wire, claim)?,
                Err(why) if !claim.with_a_word => return Err(unreadable(&namespace, why)),
                Err(_) => {}
            }
            match replace(&wire, &namespace, &journal, &present.resource_version).await {
                Ok(stored) => return Ok(Self::new(wire, namespace, me, journal, Some(stored.resource_version))),
                Err(e) if e.code() == Some(409) || e.code() == Some(404) || e.may_be_done() => {}
                Err(e) => return Err(refused(&namespace, "write", &e)),
            }
        }
        Err(format!("the journal in {namespace} changes all the time").into())
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
        for _ in 0..8 {
            let Some(present) = look(&wire, &namespace).await? else {
                return Err(format!("there is no operation {id} in {namespace}").into());
            };
            let mut journal = match present.journal {
                Ok(j) if j.id == id => j,
                Ok(j) => {
                    return Err(format!("there is no operation {id} in {namespace}; the latest is {}", j.id).into());
                }
                Err(why) => return Err(unreadable(&namespace, &why)),
            };
            let now = wire.server_now();
            takeover::may_take(&journal, &me, now, claim)?;
            let lived = takeover::lives(&journal, &me, now);
            prepare(&mut journal)?;
            me.sign(&mut journal);
            journal.state = State::Running;
            journal.heartbeat = now;
            journal.ended_at = None;
            match replace(&wire, &namespace, &journal, &present.resource_version).await {
                Ok(stored) => {
                    let ledger = Self::new(wire, namespace, me, journal, Some(stored.resource_version));
                    if lived {
                        sleep(GRACE).await;
                    }
                    return Ok(ledger);
                }
                // After an answer that did not arrive the journal may be ours: then it says so.
                Err(e) if e.may_be_done() => {
                    if let Some(p) = look(&wire, &namespace).await?
                        && p.journal.as_ref().is_ok_and(|j| j.id == id && me.holds(j) && j.heartbeat == now)
                    {
                        return Ok(Self::new(wire, namespace, me, journal, Some(p.resource_version)));
                    }
                }
                Err(e) if e.code() == Some(409) => {}
                Err(e) => return Err(refused(&namespace, "write", &e)),
            }
        }
        Err(format!("the journal in {namespace} changes all the time").into())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The journal as it stands.
    pub(crate) fn journal(&self) -> Journal {
        self.inner().journal.clone()
    }

    /// Notes how a step stands. It is written within a second.
    pub(crate) fn note(&self, id: u32, result: StepResult) {
        let mut inner = self.inner();
        if let Some(step) = inner.journal.steps.iter_mut().find(|s| s.id == id) {
            step.result = result;
            inner.dirty = true;
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
    pub(crate) async fn end(&self, state: Option<State>, tier: Duration) -> Result<(), Text> {
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
            inner.dirty = true;
        }
        let until = Instant::now() + PATIENCE.min(tier);
        loop {
            match self.write(Duration::ZERO).await {
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
        for _ in 0..4 {
            let (journal, version) = {
                let mut inner = self.inner();
                if let Some(why) = &inner.lost {
                    return Err(why.clone());
                }
                inner.journal.heartbeat = self.wire.server_now();
                inner.dirty = false;
                (inner.journal.clone(), inner.resource_version.clone())
            };
            let Some(version) = version else { return Ok(()) };
            let failed = match replace(&self.wire, &self.namespace, &journal, &version).await {
                Ok(stored) => {
                    let mut inner = self.inner();
                    inner.resource_version = Some(stored.resource_version);
                    inner.written = Instant::now();
                    return Ok(());
                }
                Err(e) => e,
            };
            self.inner().dirty = true;
            if failed.code() == Some(404) {
                // Somebody deleted the ConfigMap: it is the lock, so it is made again.
                if let Ok(stored) = create(&self.wire, &self.namespace, &journal).await {
                    self.inner().resource_version = Some(stored.resource_version);
                    continue;
                }
            }
            if failed.code() != Some(409) && failed.code() != Some(404) && !failed.may_be_done() {
                return Err(refused(&self.namespace, "write", &failed));
            }
            self.look_again().await?;
        }
        Err(format!("the journal in {} changes all the time", self.namespace).into())
    }

    /// Whose the journal is now: ours with another version, or somebody else's.
    async fn look_again(&self) -> Result<(), Text> {
        let present = look(&self.wire, &self.namespace).await?;
        let mut inner = self.inner();
        match present {
            Some(p) => match &p.journal {
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

async fn look(wire: &Wire, namespace: &Text) -> Result<Option<Stored>, Text> {
    read(wire, namespace).await.map_err(|e| refused(namespace, "read", &e))
}

/// Whether a journal may be replaced by that of a new operation.
fn replaceable(j: &Journal, me: &Holder, wire: &Wire, claim: takeover::Claim) -> Result<(), Text> {
    let now = wire.server_now();
    match j.state_at(now, takeover::holder_is_dead(j)) {
        State::Done | State::Failed | State::Undone => Ok(()),
        State::Running => takeover::may_take(j, me, now, claim),
        State::Interrupted if claim.with_a_word => Ok(()),
        State::Interrupted => Err(format!(
            "a {} of {} on {} was interrupted here: resume or undo it first (kennel operations --resume {id} or --undo {id})",
            j.verb.word(),
            j.holder,
            j.host,
            id = j.id
        )
        .into()),
    }
}

fn unreadable(namespace: &Text, why: &Text) -> Text {
    format!("the journal in {namespace} (ConfigMap {}) can't be read: {why}", crate::domain::operation::JOURNAL).into()
}

fn refused(namespace: &Text, verb: &str, error: &WireError) -> Text {
    format!("can't {verb} the journal in {namespace}: {}", super::super::execute::words(error)).into()
}
