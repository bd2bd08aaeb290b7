//! A closer look at what is not well: reads what root causes are found in, and says what it has found, without being
//! asked.
//!
//! The environment on screen is looked at when it has stayed there for a moment, and again when something has changed in
//! it. Of the others those that are not well are, one after the other and slowly. It is not: a report for a person, who
//! asks for it and gets what Secrets tell, too ([`super::Handle::evidence`]).

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::evidence::{self, Pace, Refused};
use super::feed::Context;
use super::owner;
use crate::domain::data::DataState;
use crate::domain::environment::Environment;
use crate::domain::inspection::Inspection;
use crate::domain::issue::Severity;
use crate::domain::phase::Phase;
use crate::domain::snapshot::Connection;
use crate::domain::{Kind, Snapshot, Text};
use crate::health::evidence::{Evidence, Unread};
use crate::health::{Looked, cause};

/// An environment is looked at when it has been on screen for that long: who only passes by asks for nothing.
const STAYS: Duration = Duration::from_secs(1);

/// What has changed is looked at again after so long: on screen, and elsewhere.
const AGAIN: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(30));

/// What has not changed is looked at again after so long.
const UNSEEN: Duration = Duration::from_secs(300);

/// So often, on screen, where something is wrong that no change may tell the end of (a log, a ConfigMap).
const OPEN: Duration = Duration::from_secs(60);

/// So often, on screen, where time alone makes a fault of what is under way, at first and later on; and the latter where
/// something could not be read just now.
const SOON: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(15));

/// So many looks are the first ones.
const FIRST: u32 = 24;

/// After a change so many looks at what does not change any more are made as often as the later ones of these.
const STILL: u32 = 6;

/// For that long what belongs to no namespace is not read again.
const CLUSTER: Duration = Duration::from_secs(60);

/// Least time between two looks at what there is to look at.
const PICK: Duration = Duration::from_secs(1);

/// Kinds without which nothing is said: what may not be read, or not just now, would look as if it were not there.
const NEEDED: [&str; 7] = ["pods", "services", "events", "deployments", "replicasets", "statefulsets", "daemonsets"];

/// What was seen of a namespace the last time.
#[derive(Clone, Copy, Debug)]
struct Past {
    at: Instant,
    mark: u64,
    /// How long until it is looked at again, if nothing changes.
    then: Duration,
    /// Something was found.
    open: bool,
    /// How many looks in a row have seen it under way.
    under_way: u32,
    /// How many have seen it as it is.
    still: u32,
}

/// What two eyes share: one is on what is on screen, one goes round the others.
#[derive(Debug, Default)]
struct Shared {
    looks: Mutex<Looks>,
    refused: Refused,
    /// What belongs to no namespace, as it was read last.
    standing: Mutex<Option<(Instant, Evidence)>>,
}

/// What to look at.
#[derive(Debug, Default)]
struct Looks {
    past: HashMap<Text, Past>,
    on_screen: Option<(Text, Instant)>,
    /// The user's wish to try again that was heeded last.
    nudged: u64,
    /// What may not be read, as the picture says.
    denied: u64,
}

/// Looks for ever.
pub(super) async fn run(mut context: Context, pictures: watch::Receiver<Arc<Snapshot>>) {
    context.followed().await;
    let shared = Shared::default();
    tokio::join!(
        eye(context.clone(), pictures.clone(), Pace::SOON, &shared),
        eye(context, pictures, Pace::SLOW, &shared)
    );
}

/// One of the two, until nobody can say any more what there is to see.
async fn eye(mut context: Context, mut pictures: watch::Receiver<Arc<Snapshot>>, pace: Pace, shared: &Shared) {
    let mut demand = context.demand.clone();
    loop {
        context.up().await;
        let picture = pictures.borrow_and_update().clone();
        let now = Instant::now();
        let nudged = *context.nudge.borrow_and_update();
        let shown = context.on_screen();
        let (next, wake) = {
            let mut looks = lock(&shared.looks);
            looks.shows(shown.clone());
            if looks.anew(nudged, denied(&picture)) {
                shared.refused.forget();
            }
            if pace.is_slow() { looks.next_of_others(&picture, now) } else { looks.next_on_screen(&picture, now) }
        };
        let Some(namespace) = next else {
            tokio::select! {
                changed = async {
                    let changed = pictures.changed().await;
                    // However often it changes, it is not gone through more often.
                    tokio::time::sleep_until(now + PICK).await;
                    changed
                } => if changed.is_err() { return },
                lives = super::feed::moved(&mut demand, shown.as_ref()) => if !lives { return },
                asked = context.nudge.changed() => if asked.is_err() { return },
                () = owner::sleep(wake) => {}
            }
            continue;
        };
        let Some(environment) = picture.namespace(namespace.clone()).cloned() else { continue };
        let look = shared.look(&context, &namespace, pace);
        let looked = tokio::select! {
            looked = look => looked,
            // Nobody needs it any more.
            lives = super::feed::moved(&mut demand, shown.as_ref()), if !pace.is_slow() => {
                if !lives {
                    return;
                }
                continue;
            }
        };
        lock(&shared.looks).looked(&namespace, &environment, looked.as_ref());
        if let Some(looked) = looked {
            context.feed.looked(looked).await;
        }
    }
}

/// Whoever held it and is gone left it whole.
fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Reads what there is of a namespace and looks at it. `None`: not just now; what was found before stands.
    async fn look(&self, context: &Context, namespace: &Text, pace: Pace) -> Option<Looked> {
        let known = lock(&self.standing).as_ref().filter(|(at, _)| at.elapsed() < CLUSTER).map(|(_, e)| e.clone());
        let mut evidence = match known {
            Some(evidence) => evidence,
            None => {
                let mut evidence = Evidence::default();
                evidence::cluster(&context.wire, &mut evidence, pace, &self.refused).await;
                // What failed is tried again with the next look.
                let whole = !evidence.failed();
                *lock(&self.standing) = whole.then(|| (Instant::now(), evidence.clone()));
                evidence
            }
        };
        evidence.now = Some(context.wire.server_now());
        evidence::within(&context.wire, &mut evidence, namespace, None, pace, &self.refused).await;
        let unread = |why: fn(&Unread) -> bool| {
            let of = NEEDED.iter().filter(|kind| evidence.unread(kind, namespace).is_some_and(why));
            of.map(|kind| Text::from(*kind)).collect::<Box<[Text]>>()
        };
        let denied = unread(|why| *why == Unread::Forbidden);
        let namespace = namespace.clone();
        if !denied.is_empty() {
            return Some(Looked { namespace, inspection: Inspection::Refused(denied), found: Vec::new() });
        }
        if !unread(|why| matches!(why, Unread::Failed(_))).is_empty() {
            return None;
        }
        let inspection = Inspection::Done(evidence.unseen(&namespace).collect());
        let found = tokio::task::spawn_blocking(move || cause::diagnose(&evidence)).await.ok()?;
        Some(Looked { namespace, inspection, found })
    }
}

impl Looks {
    /// This namespace is on screen now.
    fn shows(&mut self, namespace: Option<Text>) {
        if self.on_screen.as_ref().map(|(shown, _)| shown) != namespace.as_ref() {
            self.on_screen = namespace.map(|n| (n, Instant::now()));
        }
    }

    /// Whether all is to be asked anew: the user wishes it, or rights have changed.
    fn anew(&mut self, nudged: u64, denied: u64) -> bool {
        let anew = nudged > self.nudged || denied != self.denied;
        if anew {
            self.past.values_mut().for_each(|past| past.then = Duration::ZERO);
        }
        (self.nudged, self.denied) = (nudged.max(self.nudged), denied);
        anew
    }

    fn looked(&mut self, namespace: &Text, environment: &Environment, looked: Option<&Looked>) {
        let open = looked.map_or_else(
            || self.past.get(namespace).is_some_and(|past| past.open),
            |looked| looked.found.iter().any(|d| d.severity < Severity::Low),
        );
        let moves = matches!(environment.phase, Phase::Initializing | Phase::Updating | Phase::Provisioning);
        let (before, mark) = (self.past.get(namespace), mark(environment));
        let under_way = if moves { before.map_or(0, |past| past.under_way).saturating_add(1) } else { 0 };
        // What it was before it is looked at for the first time is not known to be new.
        let still = match before {
            Some(past) if past.mark != mark => 0,
            before => before.map_or(STILL, |past| past.still.saturating_add(1)),
        };
        let then = match looked {
            None => SOON.1,
            Some(looked) if matches!(looked.inspection, Inspection::Refused(_)) => UNSEEN,
            Some(_) if (1..=FIRST).contains(&under_way) => SOON.0,
            Some(_) if moves || still < STILL => SOON.1,
            Some(_) if open => OPEN,
            Some(_) => UNSEEN,
        };
        let past = Past { at: Instant::now(), mark, then, open, under_way, still };
        self.past.insert(namespace.clone(), past);
    }

    /// Whether enough is there to choose by.
    fn ready(&mut self, picture: &Snapshot) -> bool {
        const NEEDS: [Kind; 3] = [Kind::Deployment, Kind::Pod, Kind::Event];
        self.past.retain(|namespace, _| picture.namespace(namespace.clone()).is_some());
        picture.connection == Connection::Live && !NEEDS.iter().any(|kind| picture.state(*kind).pending())
    }

    /// The namespace on screen, where it is to be looked at now; else when, if nothing changes before.
    fn next_on_screen(&mut self, picture: &Snapshot, now: Instant) -> (Option<Text>, Option<Instant>) {
        if !self.ready(picture) {
            return (None, None);
        }
        let Some((namespace, since)) = &self.on_screen else { return (None, None) };
        let Some(environment) = picture.namespace(namespace.clone()) else { return (None, None) };
        let at = self.due(environment, true, now).max(*since + STAYS);
        if at <= now { (Some(namespace.clone()), None) } else { (None, Some(at)) }
    }

    /// Of what is not on screen and not well: what was not looked at for the longest time, where it is to be now.
    fn next_of_others(&mut self, picture: &Snapshot, now: Instant) -> (Option<Text>, Option<Instant>) {
        if !self.ready(picture) {
            return (None, None);
        }
        let shown = self.on_screen.as_ref().map(|(namespace, _)| namespace);
        let ill = picture.environments.values().filter(|e| {
            let namespace = &e.id.namespace;
            Some(namespace) != shown
                && (e.issues.iter().any(|i| !i.is_hint())
                    || e.services.iter().any(|s| s.selects_nothing)
                    || self.past.get(namespace).is_some_and(|past| past.open))
        });
        let due = ill.map(|e| (self.due(e, false, now), &e.id.namespace)).min();
        match due {
            Some((at, namespace)) if at <= now => (Some(namespace.clone()), None),
            due => (None, due.map(|(at, _)| at)),
        }
    }

    /// When it is to be looked at.
    fn due(&self, environment: &Environment, on_screen: bool, now: Instant) -> Instant {
        let Some(last) = self.past.get(&environment.id.namespace) else { return now };
        let (again, unseen) = if on_screen { (AGAIN.0, last.then) } else { (AGAIN.1, last.then.max(UNSEEN)) };
        // What is to be asked anew is due at once, wherever it is.
        let unseen = if last.then.is_zero() { last.then } else { unseen };
        last.at + if last.mark == mark(environment) { unseen } else { again.min(unseen) }
    }
}

/// Changes when what may be read does.
fn denied(picture: &Snapshot) -> u64 {
    let mut hasher = DefaultHasher::new();
    let is = |state: &DataState| matches!(state, DataState::Forbidden { .. });
    picture.data.iter().filter(|(_, state)| is(state)).for_each(|(of, _)| of.hash(&mut hasher));
    for e in picture.environments.values() {
        let denied = e.gaps.iter().filter(|(_, state)| is(state));
        denied.for_each(|(kind, _)| (&e.id.namespace, kind).hash(&mut hasher));
    }
    hasher.finish()
}

/// Changes when something has happened in an environment that is worth another look.
fn mark(e: &Environment) -> u64 {
    let mut hasher = DefaultHasher::new();
    e.phase.word().hash(&mut hasher);
    for s in &e.services {
        (&s.object.name, s.status.word(), s.ready, s.desired, s.running, s.restarts).hash(&mut hasher);
        s.workload.as_ref().map(|w| (w.meta.generation, w.revision)).hash(&mut hasher);
    }
    for t in &e.tasks {
        (&t.object.name, t.trouble().is_some()).hash(&mut hasher);
    }
    e.events.iter().filter(|e| e.warning).count().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::EnvironmentId;
    use crate::domain::issue::{Category, Issue, IssueId, Severity};
    use crate::health::cause::Diagnosis;

    fn picture(of: &[(&str, bool)]) -> Snapshot {
        let mut s = Snapshot { connection: Connection::Live, ..Snapshot::default() };
        for kind in [Kind::Deployment, Kind::Pod, Kind::Event] {
            s.data.insert(kind.into(), DataState::Live);
        }
        for (name, ill) in of {
            let issue = Issue::new(IssueId::default(), Severity::High, Category::Reliability, "x");
            let issues = ill.then_some(issue).into_iter().collect();
            let id = EnvironmentId::new("", *name);
            s.environments.insert(id.clone(), Arc::new(Environment { id, issues, ..Environment::default() }));
        }
        s
    }

    /// What is on screen, else what is not, where it is to be looked at now.
    fn next(looks: &mut Looks, picture: &Snapshot) -> Option<String> {
        let now = Instant::now();
        let next = looks.next_on_screen(picture, now).0.or_else(|| looks.next_of_others(picture, now).0);
        next.map(|n| n.to_string())
    }

    fn look(looks: &mut Looks, picture: &Snapshot, namespace: &str, open: bool) {
        let (namespace, inspection) = (Text::from(namespace), Inspection::Done(Box::default()));
        let environment = picture.namespace(namespace.clone()).unwrap();
        let found = open.then(|| fault(&namespace)).into_iter().collect();
        looks.looked(&namespace.clone(), environment, Some(&Looked { namespace, inspection, found }));
    }

    fn fault(namespace: &str) -> Diagnosis {
        let pending = serde_json::json!({
            "kind": "PersistentVolumeClaim", "apiVersion": "v1", "metadata": {"name": "a", "namespace": namespace},
            "spec": {"storageClassName": "fast"}, "status": {"phase": "Lost"},
        });
        let mut evidence = Evidence::default();
        evidence.add(pending);
        cause::diagnose(&evidence).remove(0)
    }

    async fn later(seconds: u64) {
        tokio::time::advance(Duration::from_secs(seconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_on_screen_is_looked_at_when_it_has_stayed_there_and_of_the_others_what_is_not_well() {
        let p = picture(&[("calm", false), ("ill", true), ("open", false)]);
        let mut looks = Looks::default();
        looks.shows(Some("open".into()));
        assert_eq!(next(&mut looks, &p).as_deref(), Some("ill"), "who only passes by asks for nothing");
        look(&mut looks, &p, "ill", true);
        assert_eq!(next(&mut looks, &p), None);
        later(1).await;
        assert_eq!(next(&mut looks, &p).as_deref(), Some("open"));
        look(&mut looks, &p, "open", false);
        let nothing_changes = (None, Some(Instant::now() + UNSEEN - Duration::from_secs(1)));
        assert_eq!(looks.next_of_others(&p, Instant::now()), nothing_changes);
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_changed_is_looked_at_again_after_a_while_and_what_was_found_until_it_is_gone() {
        let mut p = picture(&[("open", false), ("ill", true)]);
        let mut looks = Looks::default();
        looks.shows(Some("open".into()));
        look(&mut looks, &p, "open", false);
        look(&mut looks, &p, "ill", true);
        let id = EnvironmentId::new("", "open");
        let task = crate::domain::service::Task { failed: true, ..Default::default() };
        let changed = Environment { id: id.clone(), tasks: Box::new([Arc::new(task)]), ..Environment::default() };
        p.environments.insert(id, Arc::new(changed));
        later(4).await;
        assert_eq!(next(&mut looks, &p), None);
        later(1).await;
        assert_eq!(next(&mut looks, &p).as_deref(), Some("open"));
        for _ in 0..STILL {
            look(&mut looks, &p, "open", true);
            later(15).await;
            assert_eq!(next(&mut looks, &p).as_deref(), Some("open"), "time alone may make a fault of a change");
        }
        look(&mut looks, &p, "open", true);
        later(59).await;
        assert_eq!(next(&mut looks, &p), None);
        later(1).await;
        assert_eq!(next(&mut looks, &p).as_deref(), Some("open"), "no change may tell the end of what was found");
        look(&mut looks, &p, "open", false);
        // Its own issues are gone from the picture; what was found there is not taken back yet.
        let well = picture(&[("open", false), ("ill", false)]);
        later(300).await;
        look(&mut looks, &well, "open", false);
        assert_eq!(next(&mut looks, &well).as_deref(), Some("ill"));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_under_way_or_could_not_be_read_is_looked_at_again_soon() {
        let mut p = picture(&[("open", false)]);
        let mut looks = Looks::default();
        looks.shows(Some("open".into()));
        looks.looked(&"open".into(), p.namespace("open").unwrap(), None);
        later(15).await;
        assert_eq!(next(&mut looks, &p).as_deref(), Some("open"), "it failed");
        let id = EnvironmentId::new("", "open");
        let under_way = Environment { id: id.clone(), phase: Phase::Initializing, ..Environment::default() };
        p.environments.insert(id, Arc::new(under_way));
        for _ in 0..FIRST {
            look(&mut looks, &p, "open", true);
            later(4).await;
            assert_eq!(next(&mut looks, &p), None);
            later(1).await;
            assert_eq!(next(&mut looks, &p).as_deref(), Some("open"), "what detectors let pass is a fault by now");
        }
        look(&mut looks, &p, "open", true);
        later(14).await;
        assert_eq!(next(&mut looks, &p), None, "it takes its time");
        later(1).await;
        assert_eq!(next(&mut looks, &p).as_deref(), Some("open"));
    }

    #[tokio::test(start_paused = true)]
    async fn where_a_service_leads_nowhere_is_looked_at_though_nothing_is_red() {
        let mut p = picture(&[("calm", false)]);
        let id = EnvironmentId::new("", "calm");
        let service = crate::domain::service::Service { selects_nothing: true, ..Default::default() };
        let calm = Environment { id: id.clone(), services: Box::new([Arc::new(service)]), ..Environment::default() };
        p.environments.insert(id, Arc::new(calm));
        assert_eq!(next(&mut Looks::default(), &p).as_deref(), Some("calm"));
    }

    #[tokio::test(start_paused = true)]
    async fn all_is_asked_anew_when_the_user_wishes_it_or_rights_have_changed() {
        let mut p = picture(&[("open", false), ("ill", true)]);
        let mut looks = Looks::default();
        looks.shows(Some("open".into()));
        later(1).await;
        looks.anew(0, denied(&p));
        for namespace in ["open", "ill"] {
            look(&mut looks, &p, namespace, false);
        }
        assert!(!looks.anew(0, denied(&p)));
        assert_eq!(next(&mut looks, &p), None);
        assert!(looks.anew(1, denied(&p)) && !looks.anew(1, denied(&p)), "once");
        for namespace in ["open", "ill"] {
            assert_eq!(next(&mut looks, &p).as_deref(), Some(namespace));
            look(&mut looks, &p, namespace, false);
        }
        p.data.insert(Kind::Service.into(), DataState::Forbidden { why: "no".into() });
        assert!(looks.anew(1, denied(&p)));
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_looked_at_before_all_is_there_or_without_a_connection() {
        let mut p = picture(&[("ill", true)]);
        p.data.insert(Kind::Event.into(), DataState::Loading { got: 1, of: None });
        let mut looks = Looks::default();
        assert_eq!(next(&mut looks, &p), None);
        p = picture(&[("ill", true)]);
        p.connection = Connection::Starting;
        assert_eq!(next(&mut looks, &p), None);
    }
}
