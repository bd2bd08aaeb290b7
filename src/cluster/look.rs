//! A closer look at what is not well: reads what root causes are found in, and says what it has found, without being
//! asked.
//!
//! The environment on screen is looked at when it has stayed there for a moment, and again when something has changed in
//! it. Of the others those that are not well are, one after the other and slowly. It is not: a report for a person, who
//! asks for it and gets what Secrets tell, too ([`super::Handle::evidence`]).

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::evidence::{self, Pace, Refused};
use super::feed::Context;
use super::owner;
use crate::domain::environment::Environment;
use crate::domain::issue::Severity;
use crate::domain::snapshot::Connection;
use crate::domain::{Kind, Snapshot, Text};
use crate::health::cause;
use crate::health::evidence::Evidence;

/// An environment is looked at when it has been on screen for that long: who only passes by asks for nothing.
const STAYS: Duration = Duration::from_secs(1);

/// What has changed is looked at again after so long: on screen, and elsewhere.
const AGAIN: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(30));

/// Where something is wrong that no change may tell the end of (a log, a ConfigMap) it is looked at so often; what is on
/// screen and well, so often.
const UNSEEN: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(300));

/// For that long what belongs to no namespace is not read again.
const CLUSTER: Duration = Duration::from_secs(60);

/// Least time between two looks at what there is to look at.
const PICK: Duration = Duration::from_secs(1);

/// Kinds without which nothing is said: what may not be read, or not just now, would look as if it were not there.
const NEEDED: [&str; 7] = ["Pod", "Service", "Event", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"];

/// What was seen of a namespace the last time.
#[derive(Clone, Copy, Debug)]
struct Looked {
    at: Instant,
    mark: u64,
    /// Something was found.
    open: bool,
}

/// What to look at.
#[derive(Debug, Default)]
struct Looks {
    looked: HashMap<Text, Looked>,
    on_screen: Option<(Text, Instant)>,
}

/// Looks for ever.
pub(super) async fn run(mut context: Context, mut pictures: watch::Receiver<Arc<Snapshot>>) {
    context.followed().await;
    let mut looks = Looks::default();
    let mut refused = Refused::default();
    let mut standing: Option<(Instant, Evidence)> = None;
    loop {
        context.up().await;
        looks.shows(context.on_screen());
        let picture = pictures.borrow_and_update().clone();
        let now = Instant::now();
        let (next, wake) = looks.next(&picture, now);
        let Some(namespace) = next else {
            let mut demand = context.demand.clone();
            let shown = looks.on_screen.as_ref().map(|(namespace, _)| namespace.clone());
            tokio::select! {
                changed = async {
                    let changed = pictures.changed().await;
                    // However often it changes, it is not gone through more often.
                    tokio::time::sleep_until(now + PICK).await;
                    changed
                } => if changed.is_err() { return },
                lives = super::feed::moved(&mut demand, shown.as_ref()) => if !lives { return },
                () = owner::sleep(wake) => {}
            }
            continue;
        };
        let Some(environment) = picture.namespace(namespace.clone()).cloned() else { continue };
        let shown = looks.on_screen.as_ref().map(|(namespace, _)| namespace.clone());
        let pace = if shown.as_ref() == Some(&namespace) { Pace::SOON } else { Pace::SLOW };
        let mut demand = context.demand.clone();
        let mut whole = standing.take().filter(|(at, _)| at.elapsed() < CLUSTER);
        let look = async {
            if whole.is_none() {
                let mut evidence = Evidence::default();
                evidence::cluster(&context.wire, &mut evidence, pace, &mut refused).await;
                whole = Some((Instant::now(), evidence));
            }
            let mut evidence = whole.as_ref().map(|(_, e)| e.clone()).unwrap_or_default();
            evidence.now = Some(context.wire.server_now());
            evidence::within(&context.wire, &mut evidence, &namespace, None, pace, &mut refused).await;
            if !NEEDED.iter().all(|kind| evidence.was_listed(kind, &namespace)) {
                return None;
            }
            tokio::task::spawn_blocking(move || cause::diagnose(&evidence)).await.ok()
        };
        let found = tokio::select! {
            found = look => found,
            // Somebody looks elsewhere: that comes first.
            lives = super::feed::moved(&mut demand, shown.as_ref()), if pace.is_slow() => {
                if !lives {
                    return;
                }
                continue;
            }
        };
        standing = whole;
        match found {
            Some(found) => {
                looks.looked(&namespace, &environment, found.iter().any(|d| d.severity < Severity::Low));
                context.feed.found(vec![(namespace, found)]).await;
            }
            // What was found before stands until it can be looked at again.
            None => looks.looked(&namespace, &environment, true),
        }
    }
}

impl Looks {
    /// This namespace is on screen now.
    fn shows(&mut self, namespace: Option<Text>) {
        if self.on_screen.as_ref().map(|(shown, _)| shown) != namespace.as_ref() {
            self.on_screen = namespace.map(|n| (n, Instant::now()));
        }
    }

    fn looked(&mut self, namespace: &Text, environment: &Environment, open: bool) {
        self.looked.insert(namespace.clone(), Looked { at: Instant::now(), mark: mark(environment), open });
    }

    /// The namespace to look at now; else when there will be one, if nothing changes before.
    fn next(&mut self, picture: &Snapshot, now: Instant) -> (Option<Text>, Option<Instant>) {
        const FIRST: [Kind; 3] = [Kind::Deployment, Kind::Pod, Kind::Event];
        if picture.connection != Connection::Live || FIRST.iter().any(|kind| picture.state(*kind).pending()) {
            return (None, None);
        }
        self.looked.retain(|namespace, _| picture.namespace(namespace.clone()).is_some());
        let shown = self.on_screen.as_ref();
        if let Some((namespace, since)) = shown
            && let Some(environment) = picture.namespace(namespace.clone())
        {
            let at = self.due(namespace, environment, true, now).max(*since + STAYS);
            if at <= now {
                return (Some(namespace.clone()), None);
            }
            let (other, wake) = self.next_of_others(picture, now);
            return (other, Some(wake.map_or(at, |w| w.min(at))));
        }
        self.next_of_others(picture, now)
    }

    /// Of what is not on screen: what was not looked at for the longest time first.
    fn next_of_others(&self, picture: &Snapshot, now: Instant) -> (Option<Text>, Option<Instant>) {
        let shown = self.on_screen.as_ref().map(|(namespace, _)| namespace);
        let ill = picture.environments.values().filter(|e| {
            let namespace = &e.id.namespace;
            Some(namespace) != shown
                && (e.issues.iter().any(|i| !i.is_hint()) || self.looked.get(namespace).is_some_and(|l| l.open))
        });
        let due = ill.map(|e| (self.due(&e.id.namespace, e, false, now), &e.id.namespace)).min();
        match due {
            Some((at, namespace)) if at <= now => (Some(namespace.clone()), None),
            due => (None, due.map(|(at, _)| at)),
        }
    }

    /// When it is to be looked at.
    fn due(&self, namespace: &Text, environment: &Environment, on_screen: bool, now: Instant) -> Instant {
        let Some(last) = self.looked.get(namespace) else { return now };
        let (again, unseen) = match on_screen {
            true => (AGAIN.0, if last.open { UNSEEN.0 } else { UNSEEN.1 }),
            false => (AGAIN.1, UNSEEN.1),
        };
        last.at + if last.mark == mark(environment) { unseen } else { again }
    }
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
    use crate::domain::data::DataState;
    use crate::domain::issue::{Category, Issue, IssueId, Severity};

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

    fn next(looks: &mut Looks, picture: &Snapshot) -> Option<String> {
        looks.next(picture, Instant::now()).0.map(|n| n.to_string())
    }

    fn look(looks: &mut Looks, picture: &Snapshot, namespace: &str, open: bool) {
        let environment = picture.namespace(namespace).unwrap();
        looks.looked(&namespace.into(), environment, open);
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
        let (none, wake) = looks.next(&p, Instant::now());
        assert_eq!((none, wake), (None, Some(Instant::now() + UNSEEN.1 - Duration::from_secs(1))), "nothing changes");
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
        look(&mut looks, &p, "open", true);
        later(60).await;
        assert_eq!(next(&mut looks, &p).as_deref(), Some("open"), "no change may tell the end of what was found");
        look(&mut looks, &p, "open", false);
        // Its own issues are gone from the picture; what was found there is not taken back yet.
        let well = picture(&[("open", false), ("ill", false)]);
        later(300).await;
        look(&mut looks, &well, "open", false);
        assert_eq!(next(&mut looks, &well).as_deref(), Some("ill"));
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
