//! Runs a plan: journal first, then tier by tier, 8 objects at a time; resumes and undoes from the journal alone.
//!
//! ```text
//! run ─▶ Ledger::begin ─┐            ┌─▶ send (8 at a time) ─▶ wait ─▶ next tier ─▶ …
//! resume, undo ─▶ take ─┴─▶ drive ───┤
//!                                    └─▶ Ledger::keep: results, heartbeat
//! ```
//!
//! Nothing is spawned: whoever drops the future has stopped the operation as dead as a `kill -9` would, and what
//! is in the cluster then (journal, and memory on each object) is enough to go on or back.

mod send;
mod wait;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, stream};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

pub(crate) use send::{read, words};
use wait::Awaited;

use super::feed::Feed;
use super::journal::Ledger;
use super::takeover::{self, Claim, Holder};
use super::wire::Wire;
use crate::domain::model::Change;
use crate::domain::operation::{Journal, JournalStep, OperationState, StepResult, Verb};
use crate::domain::{EnvironmentId, Snapshot, Text, age};
use crate::plan::{Direction, End, Goal, Happened, Outcome, Plan, Progress, Written};

/// So many objects are patched at a time.
const AT_ONCE: usize = 8;

/// Where the snapshot can't tell, the server is asked this often.
const ASK: Duration = Duration::from_secs(2);

/// Where the snapshot says that there is something to wait for, the server is asked this often all the same: a
/// watch that is silently broken must not hold an operation up.
const DOUBT: Duration = Duration::from_secs(10);

/// When an operation is let go of, what was sent has this long to be answered.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// How an operation is run.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Wait for the pods of the last tier too (`--no-wait` skips only this wait).
    pub wait: bool,
    /// Longest wait for the pods of one tier.
    pub tier_limit: Duration,
    /// Take the journal from its holder, even one that lives; the user said so with a word.
    pub take_over: bool,
    /// Cancelled when kennel is asked to end (SIGINT, SIGTERM, quit): nothing more is sent, answers that are
    /// under way are waited for, and the journal is let go of, so that anybody goes on at once.
    pub stop: CancellationToken,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self { wait: true, tier_limit: Duration::from_secs(600), take_over: false, stop: CancellationToken::new() }
    }
}

/// Told of each object that was written to, before the next one is.
pub type Audit = Arc<dyn Fn(&Written) + Send + Sync>;

/// Runs one operation.
pub(crate) struct Runner {
    pub(crate) wire: Wire,
    pub(crate) snapshots: watch::Receiver<Arc<Snapshot>>,
    pub(crate) me: Holder,
    pub(crate) options: RunOptions,
    pub(crate) progress: mpsc::Sender<Progress>,
    pub(crate) audit: Option<Audit>,
    /// The operation runs in this kennel already.
    pub(crate) runs_here: bool,
    /// To the model of this kennel: what it begins shows before its journal comes.
    pub(crate) feed: Option<Feed>,
}

/// Shows an operation as begun until it is dropped.
struct Shown<'a> {
    feed: Option<&'a Feed>,
    namespace: Text,
    id: Text,
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        // Nothing can be waited for here; without a runtime nobody looks any more.
        if let (Some(feed), Ok(runtime)) = (self.feed.cloned(), tokio::runtime::Handle::try_current()) {
            let ended = Change::Ended { namespace: self.namespace.clone(), id: self.id.clone() };
            runtime.spawn(async move { feed.show(vec![ended]).await });
        }
    }
}

/// Why the work ended before its end.
enum Broken {
    /// Somebody else has the journal.
    Lost(Text),
    /// It is to be handed over.
    LetGo,
    TimedOut(Text),
    Failed(Text),
}

/// What is being driven.
struct Course<'a> {
    ledger: &'a Ledger,
    environment: EnvironmentId,
    id: Text,
    verb: Verb,
    direction: Direction,
    /// Versions that the plan read, by step.
    versions: HashMap<u32, Text>,
}

impl Runner {
    /// Runs a plan as the operation `id`.
    pub(crate) async fn run(&self, plan: &Plan, id: Text) -> Outcome {
        let environment = &plan.environment.id;
        let namespace = &environment.namespace;
        let nothing = |end| Outcome { environment: environment.clone(), id: id.clone(), end, results: Vec::new() };
        if let Some(why) = plan.refused.first().or(self.wire.readonly()) {
            return nothing(End::Refused(why.clone()));
        }
        if plan.is_empty() {
            return nothing(End::Done);
        }
        let journal = self.journal(plan, id.clone());
        let (wire, me) = (self.wire.clone(), self.me.clone());
        // One patch of one object shows as soon as it is done, here and everywhere. What is not let begin shows nothing.
        let known = self.snapshots.borrow().environment(environment).and_then(|e| e.operation.clone());
        let free = known.is_none_or(|o| !matches!(o.state, OperationState::Running | OperationState::Interrupted));
        let _shown = match free && plan.needs_journal() {
            true => Some(self.begins(environment, journal.clone()).await),
            false => None,
        };
        let ledger = match plan.needs_journal() {
            true => Ledger::begin(wire, namespace.clone(), me, journal, self.claim()).await,
            false => Ok(Ledger::private(wire, namespace.clone(), me, journal)),
        };
        match ledger {
            Ok(ledger) => {
                let versions = plan.steps.iter().filter_map(|s| Some((s.id, s.resource_version.clone()?))).collect();
                self.drive(&ledger, environment, Direction::Forward, versions).await
            }
            Err(why) => nothing(End::Refused(why)),
        }
    }

    /// Goes on with the operation `id`, forward or back as it was going. What failed is tried again.
    pub(crate) async fn resume(&self, environment: EnvironmentId, id: Text) -> Outcome {
        let again = |journal: &mut Journal| {
            if matches!(journal.state, OperationState::Done | OperationState::Undone) {
                return Err(ended(journal));
            }
            for step in &mut journal.steps {
                if matches!(step.result, StepResult::Failed(_) | StepResult::Sent) {
                    step.result = StepResult::Pending;
                }
            }
            Ok(())
        };
        self.go_on(environment, id, again).await
    }

    /// Puts back what the operation `id` has changed.
    pub(crate) async fn undo(&self, environment: EnvironmentId, id: Text) -> Outcome {
        let turn = |journal: &mut Journal| {
            if journal.state == OperationState::Undone {
                return Err(ended(journal));
            }
            for step in &mut journal.steps {
                if !(journal.undoing && matches!(step.result, StepResult::Done)) {
                    step.result = Journal::turned(&step.result);
                }
            }
            journal.undoing = true;
            Ok(())
        };
        self.go_on(environment, id, turn).await
    }

    async fn go_on(
        &self,
        environment: EnvironmentId,
        id: Text,
        prepare: impl Fn(&mut Journal) -> Result<(), Text>,
    ) -> Outcome {
        let namespace = &environment.namespace;
        let known = self.snapshots.borrow().environment(&environment).and_then(|e| e.operation.clone());
        let mut shown = None;
        if let Some(operation) = known.filter(|o| o.journal.id == id && self.wire.readonly().is_none()) {
            let now = self.wire.server_now();
            let mut journal = (*operation.journal).clone();
            let free = takeover::may_take(&journal, &self.me, now, self.claim()).is_ok();
            if free && takeover::by_its_stamp(&journal, &self.me, self.claim()) {
                let (who, seconds) = (format!("{} on {}", journal.holder, journal.host), takeover::WATCHED.as_secs());
                let note = format!("watching for {seconds}s whether {who} still works on it");
                let (environment, id) = (environment.clone(), id.clone());
                let watching = Progress { environment, id, happened: Happened::Note(note.into()) };
                let _ = self.progress.send(watching).await;
            } else if free && prepare(&mut journal).is_ok() {
                self.me.sign(&mut journal);
                (journal.state, journal.heartbeat, journal.ended_at) = (OperationState::Running, now, None);
                shown = Some(self.begins(&environment, journal).await);
            }
        }
        let _shown = shown;
        let ledger = match self.wire.readonly() {
            Some(why) => Err(why.clone()),
            None => {
                Ledger::take(self.wire.clone(), namespace.clone(), self.me.clone(), &id, self.claim(), prepare).await
            }
        };
        match ledger {
            Ok(ledger) => {
                let direction = Direction::of(&ledger.journal());
                self.drive(&ledger, &environment, direction, HashMap::new()).await
            }
            Err(why) => Outcome { environment, id, end: End::Refused(why), results: Vec::new() },
        }
    }

    /// Shows an operation as begun, in this kennel, before its journal is there.
    async fn begins(&self, environment: &EnvironmentId, journal: Journal) -> Shown<'_> {
        let (id, namespace) = (journal.id.clone(), environment.namespace.clone());
        let claiming = Progress { environment: environment.clone(), id: id.clone(), happened: Happened::Claiming };
        let _ = self.progress.send(claiming).await;
        if let Some(feed) = &self.feed {
            feed.show(vec![Change::Begins { namespace: namespace.clone(), journal: Box::new(journal) }]).await;
        }
        Shown { feed: self.feed.as_ref(), namespace, id }
    }

    fn claim(&self) -> Claim {
        Claim { with_a_word: self.options.take_over, runs_here: self.runs_here }
    }

    fn journal(&self, plan: &Plan, id: Text) -> Journal {
        let now = self.wire.server_now();
        let steps = plan.steps.iter().map(|s| JournalStep {
            id: s.id,
            tier: s.tier,
            object: s.object.clone(),
            uid: s.uid.clone(),
            action: s.action.clone(),
            result: StepResult::Pending,
        });
        let mut journal = Journal {
            id,
            verb: plan.operation,
            only: plan.only.clone(),
            holder: Text::default(),
            host: Text::default(),
            process: 0,
            process_start: None,
            started_at: now,
            heartbeat: now,
            ended_at: None,
            state: OperationState::Running,
            undoing: false,
            steps: steps.collect(),
            parts: vec![],
            preparing: false,
            shortened: 0,
        };
        self.me.sign(&mut journal);
        journal
    }

    /// Works through the journal, keeps it meanwhile, and writes its end.
    async fn drive(
        &self,
        ledger: &Ledger,
        environment: &EnvironmentId,
        direction: Direction,
        versions: HashMap<u32, Text>,
    ) -> Outcome {
        let journal = ledger.journal();
        let (id, absent) = (journal.id.clone(), journal.absent());
        let course = Course { ledger, environment: environment.clone(), id, verb: journal.verb, direction, versions };
        self.report(&course, Happened::Begun).await;
        for step in journal.steps.iter().filter(|s| s.result != StepResult::Pending) {
            self.report(&course, Happened::Step { id: step.id, result: step.result.clone() }).await;
        }
        for why in ledger.lacking() {
            self.report(&course, Happened::Note(why.clone())).await;
        }
        let worked = tokio::select! {
            biased;
            worked = self.work(&course, &journal.steps) => worked,
            () = ledger.keep() => Ok(()),
        };
        let results: Vec<(u32, StepResult)> = ledger.journal().steps.into_iter().map(|s| (s.id, s.result)).collect();
        let end = match worked {
            Ok(()) => verdict(&results, absent, course.verb, direction),
            Err(Broken::TimedOut(why)) => End::TimedOut(why),
            Err(Broken::Failed(why)) => End::Failed(why),
            Err(Broken::Lost(why)) => End::Left(why),
            Err(Broken::LetGo) if ledger.is_private() => {
                End::Left("its change was sent; only the wait for its pods has ended".into())
            }
            Err(Broken::LetGo) => End::Left("let go of: its journal holds the rest".into()),
        };
        let written = match worked_state(&end, ledger) {
            Some(state) => ledger.end(state, self.options.tier_limit).await,
            None => Ok(()),
        };
        let end = match (written, ledger.lost()) {
            (_, Some(why)) => End::Left(why),
            (Ok(()), None) => end,
            (Err(why), None) => {
                self.report(&course, Happened::Note(why)).await;
                end
            }
        };
        Outcome { environment: course.environment, id: course.id, end, results }
    }

    async fn work(&self, course: &Course<'_>, steps: &[JournalStep]) -> Result<(), Broken> {
        let mut tiers: BTreeMap<u32, Vec<&JournalStep>> = BTreeMap::new();
        for step in steps {
            tiers.entry(step.tier).or_default().push(step);
        }
        let mut tiers: Vec<(u32, Vec<&JournalStep>)> = tiers.into_iter().collect();
        if course.direction == Direction::Back {
            tiers.reverse();
        }
        let last = tiers.len().saturating_sub(1);
        let mut late = None;
        for (index, (tier, steps)) in tiers.into_iter().enumerate() {
            let awaited = self.send_all(course, steps).await?;
            if self.options.stop.is_cancelled() {
                return Err(Broken::LetGo);
            }
            if late.is_some() || (index == last && !self.options.wait) {
                continue;
            }
            match self.wait(course, tier, awaited).await {
                // On the way back every count returns, whatever its pods do.
                Err(Broken::TimedOut(why)) if course.direction == Direction::Back => late = Some(why),
                other => other?,
            }
        }
        late.map_or(Ok(()), |why| Err(Broken::TimedOut(why)))
    }

    /// Sends the steps of a tier; returns what is to be waited for.
    async fn send_all(&self, course: &Course<'_>, steps: Vec<&JournalStep>) -> Result<Vec<Awaited>, Broken> {
        let mut answers = stream::iter(steps).map(|step| self.send_one(course, step)).buffer_unordered(AT_ONCE);
        let (mut awaited, mut broken) = (Vec::new(), None);
        // What was sent is waited for, whatever happened to the others.
        while let Some(answer) = answers.next().await {
            match answer {
                Ok(one) => awaited.extend(one),
                Err(why) => broken = broken.or(Some(why)),
            }
        }
        match (broken, course.ledger.lost()) {
            (Some(_), Some(why)) => Err(Broken::Lost(why)),
            (Some(why), None) => Err(Broken::Failed(why)),
            (None, _) => Ok(awaited),
        }
    }

    async fn send_one(&self, course: &Course<'_>, step: &JournalStep) -> Result<Option<Awaited>, Text> {
        match step.result {
            StepResult::Done => return Ok(Awaited::of(step, course.direction, None)),
            StepResult::Skipped(_) => return Ok(None),
            StepResult::Pending | StepResult::Sent | StepResult::Failed(_) => {}
        }
        if self.options.stop.is_cancelled() {
            return Ok(None);
        }
        course.ledger.ready().await?;
        if self.options.stop.is_cancelled() {
            return Ok(None);
        }
        self.record(course, step.id, StepResult::Sent).await;
        let version = course.versions.get(&step.id).cloned();
        let say = async |text| self.report(course, Happened::Note(text)).await;
        let let_go = async {
            self.options.stop.cancelled().await;
            sleep(LAST_ANSWERS).await;
        };
        let sent = tokio::select! {
            biased;
            sent = send::perform(&self.wire, step, course.direction, version, say) => sent,
            // It stays `Sent`: whoever goes on looks at the object.
            () = let_go => return Ok(None),
        };
        if sent.sent {
            self.write_down(course, step, &sent.result);
        }
        let done = sent.result == StepResult::Done;
        self.record(course, step.id, sent.result).await;
        Ok(Awaited::of(step, course.direction, sent.generation).filter(|_| done))
    }

    /// Waits until all of a tier's pods are gone, or ready.
    async fn wait(&self, course: &Course<'_>, tier: u32, awaited: Vec<Awaited>) -> Result<(), Broken> {
        let limit = self.options.tier_limit;
        let until = Instant::now() + limit;
        let by = self.wire.server_now().checked_add(jiff::SignedDuration::try_from(limit).unwrap_or_default()).ok();
        let mut snapshots = Some(self.snapshots.clone());
        // Nobody has been asked yet: at least one pod each.
        let mut open: Vec<(Awaited, u32)> = awaited.into_iter().map(|a| (a, 1)).collect();
        let (mut said, mut asked) = (None, Instant::now());
        loop {
            let snapshot = snapshots.as_mut().map(|s| s.borrow_and_update().clone());
            let mut unseen = Vec::new();
            let doubted = asked.elapsed() >= DOUBT;
            for (one, left) in &mut open {
                match snapshot.as_ref().and_then(|s| one.by_snapshot(s)) {
                    Some(n) if n == 0 || !doubted => *left = n,
                    _ => unseen.push((one.clone(), left)),
                }
            }
            if !unseen.is_empty() && (asked.elapsed() >= ASK || said.is_none()) {
                let wire = &self.wire;
                let answers = unseen.into_iter().map(|(one, left)| async move {
                    if let Some(n) = one.by_asking(wire).await {
                        *left = n;
                    }
                });
                stream::iter(answers).buffer_unordered(AT_ONCE).collect::<()>().await;
                asked = Instant::now();
            }
            open.retain(|(_, left)| *left > 0);
            let pods = open.iter().map(|(_, left)| *left).fold(0, u32::saturating_add);
            if said != Some(pods) && (pods > 0 || said.is_some()) {
                said = Some(pods);
                self.report(course, Happened::Waiting { tier, pods, until: by }).await;
            }
            if open.is_empty() {
                return Ok(());
            }
            if let Some(why) = course.ledger.lost() {
                return Err(Broken::Lost(why));
            }
            if Instant::now() >= until {
                return Err(Broken::TimedOut(late(&open, limit)));
            }
            let changed = async {
                match &mut snapshots {
                    Some(s) => s.changed().await.is_ok(),
                    None => std::future::pending().await,
                }
            };
            let nap = ASK.min(until.saturating_duration_since(Instant::now()));
            match timeout(nap, async {
                tokio::select! { c = changed => Some(c), () = self.options.stop.cancelled() => None }
            })
            .await
            {
                Ok(None) => return Err(Broken::LetGo),
                // Nobody publishes snapshots any more.
                Ok(Some(false)) => snapshots = None,
                Ok(Some(true)) | Err(_) => {}
            }
        }
    }

    async fn record(&self, course: &Course<'_>, id: u32, result: StepResult) {
        course.ledger.record(id, result.clone());
        self.report(course, Happened::Step { id, result }).await;
    }

    async fn report(&self, course: &Course<'_>, happened: Happened) {
        let progress = Progress { environment: course.environment.clone(), id: course.id.clone(), happened };
        // Nobody listens any more: the operation goes on all the same.
        let _ = self.progress.send(progress).await;
    }

    fn write_down(&self, course: &Course<'_>, step: &JournalStep, result: &StepResult) {
        let Some(audit) = &self.audit else { return };
        let verb = course.verb.word();
        audit(&Written {
            time: self.wire.server_now(),
            who: self.me.name.clone(),
            context: self.snapshots.borrow().cluster.context.clone(),
            verb: if course.direction == Direction::Back { format!("undo {verb}").into() } else { verb.into() },
            object: step.object.clone(),
            uid: step.uid.clone(),
            result: result.clone(),
        });
    }
}

fn ended(journal: &Journal) -> Text {
    let how = if journal.state == OperationState::Undone { "has been undone" } else { "is done" };
    let but = match journal.absent() {
        0 => String::new(),
        n => format!(", but {}", unknown(n, journal.verb, Direction::of(journal))),
    };
    format!("{} {} {how}{but}", journal.verb.word(), journal.id).into()
}

/// What is to be done about objects that the journal does not know of. What was put away for them stands on themselves.
fn unknown(objects: usize, verb: Verb, direction: Direction) -> String {
    let again = match direction {
        Direction::Forward => format!("{} again", verb.word()),
        Direction::Back => verb.turned(true).word().to_owned(),
    };
    format!("{objects} more of its objects are not in the journal: {again} for these")
}

/// What is written at the end: `Some(None)` lets go, `None` leaves the journal to whoever has it.
fn worked_state(end: &End, ledger: &Ledger) -> Option<Option<OperationState>> {
    match end {
        _ if ledger.lost().is_some() => None,
        End::Left(_) => Some(None),
        other => Some(Some(other.state())),
    }
}

/// How it ended, by the results of its steps. What is not known is never done.
fn verdict(results: &[(u32, StepResult)], absent: usize, verb: Verb, direction: Direction) -> End {
    let failed: Vec<&Text> = results
        .iter()
        .filter_map(|(_, r)| match r {
            StepResult::Failed(why) => Some(why),
            _ => None,
        })
        .collect();
    match failed.first() {
        _ if absent > 0 => {
            let these = if failed.is_empty() { String::new() } else { format!("{} failed, and ", failed.len()) };
            End::Failed(format!("{these}{}", unknown(absent, verb, direction)).into())
        }
        None if direction == Direction::Back => End::Undone,
        None => End::Done,
        Some(why) if failed.len() == results.len() => End::Failed((*why).clone()),
        Some(_) => End::Partly,
    }
}

/// `after 10m: 2 pods of deploy/web still there, 1 pod of sts/db not ready`.
fn late(open: &[(Awaited, u32)], limit: Duration) -> Text {
    const NAMED: usize = 5;
    let mut words: Vec<String> = open
        .iter()
        .take(NAMED)
        .map(|(one, left)| {
            let state = match one.goal {
                Goal::Gone => "still there",
                Goal::Rolled => "not replaced",
                Goal::Ready(_) | Goal::Everywhere => "not ready",
            };
            format!("{left} {} of {} {state}", if *left == 1 { "pod" } else { "pods" }, one.object.short())
        })
        .collect();
    if open.len() > NAMED {
        words.push(format!("{} more", open.len() - NAMED));
    }
    let after = age::seconds(i64::try_from(limit.as_secs()).unwrap_or(i64::MAX));
    format!("after {after}: {}", words.join(", ")).into()
}
