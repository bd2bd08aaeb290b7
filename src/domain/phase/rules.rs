//! The rules of an environment's phase (operations.md), first match wins.

use std::collections::HashSet;
use std::sync::Arc;

use super::Phase;
use crate::domain::data::Arrival;
use crate::domain::environment::{BadRelease, Operation, Tombstone};
use crate::domain::keys::STOP;
use crate::domain::operation::{JournalStep, OperationState, Pods, StepResult, Verb};
use crate::domain::row::{Condition, NamespaceRow, ScaledObjectRow};
use crate::domain::service::{Service, Task};
use crate::domain::status::notes::Notes;
use crate::domain::status::{Clause, Status, count};
use crate::domain::{Kind, ObjectId, Text};

/// Seconds after which a deletion that has not ended has failed.
const DESTROY_DEADLINE: i64 = 600;

/// What the rules look at.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) notes: &'a Notes,
    pub(crate) namespace: Option<&'a NamespaceRow>,
    pub(crate) operation: Option<&'a Operation>,
    /// Helm releases that failed or hang.
    pub(crate) releases: &'a [BadRelease],
    /// Worst first.
    pub(crate) services: &'a [Arc<Service>],
    pub(crate) tasks: &'a [Arc<Task>],
    pub(crate) scaled_objects: &'a [Arc<ScaledObjectRow>],
    /// The namespace is gone, and it is remembered how.
    pub(crate) tombstone: Option<&'a Tombstone>,
    /// Whether each of the three kinds of workloads can be judged by.
    pub(crate) workloads: [(Kind, Arrival); 3],
}

/// A phase with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Judged {
    pub(crate) phase: Phase,
    pub(crate) reason: Option<String>,
}

fn judged(phase: Phase, reason: impl Into<Option<String>>) -> Judged {
    Judged { phase, reason: reason.into() }
}

type Rule = fn(&View<'_>) -> Option<Judged>;

/// Number of the rule on the page, and the rule.
const RULES: &[(u8, Rule)] = &[
    (1, destroyed),
    (2, destroying),
    (3, unknown),
    (4, without_services),
    (5, stopping_or_starting),
    (6, unavailable),
    (7, failing),
    (8, changing),
    (9, partly),
];

/// The phase of an environment and why. The reason ends with what may be wrong about it.
pub(crate) fn phase(v: &View<'_>) -> Judged {
    let Judged { phase, reason } = RULES.iter().find_map(|(_, rule)| rule(v)).unwrap_or_else(|| active(v));
    let interrupted = v.operation.filter(|o| o.state == OperationState::Interrupted).map(|o| {
        let undo = if o.journal.undoing { "undo of " } else { "" };
        format!("{undo}{} interrupted, {}", o.journal.verb.word(), how_far(v, o))
    });
    let mut reason = match (interrupted, reason) {
        // What was interrupted is what a person must decide about.
        (Some(words), _) => Some(words),
        (None, reason) => reason,
    };
    let denied = names(v, Arrival::Denied);
    if phase != Phase::Unknown && !denied.is_empty() {
        let words = format!("? no access: {}", denied.join(", "));
        reason = Some(reason.map_or(words.clone(), |r| format!("{r} {words}")));
    }
    Judged { phase, reason }
}

fn names(v: &View<'_>, arrival: Arrival) -> Vec<&'static str> {
    v.workloads.iter().filter(|(_, a)| *a == arrival).map(|(kind, _)| kind.plural()).collect()
}

fn live(v: &View<'_>, verbs: &[Verb]) -> bool {
    v.operation.is_some_and(|o| o.state == OperationState::Running && verbs.contains(&o.journal.verb))
}

/// Rule 1.
fn destroyed(v: &View<'_>) -> Option<Judged> {
    let tombstone = v.tombstone?;
    let by = tombstone.who.as_ref().map(|who| format!(" by {who}")).unwrap_or_default();
    Some(judged(Phase::Destroyed, format!("destroyed {}{by}", v.notes.back(tombstone.at))))
}

/// Rule 2.
fn destroying(v: &View<'_>) -> Option<Judged> {
    let destroy = v.operation.filter(|o| o.journal.verb == Verb::Destroy);
    let failed = destroy.is_some_and(|o| o.state == OperationState::Failed);
    let deleted = v.namespace.and_then(|n| n.meta.deleted);
    let terminating = deleted.is_some() || v.namespace.is_some_and(|n| n.terminating);
    let running = destroy.is_some_and(|o| matches!(o.state, OperationState::Running | OperationState::Interrupted));
    if !(failed || terminating || running) {
        return None;
    }
    let blocked = v.namespace.and_then(blocked_by_brief);
    let late = deleted.is_some_and(|at| v.notes.older(at, DESTROY_DEADLINE));
    let left = u32::try_from(v.services.len()).unwrap_or(u32::MAX);
    if failed || late {
        let why = blocked.or_else(|| deleted.map(|at| format!("still there after {}", v.notes.ago(at))));
        return Some(judged(Phase::DestroyFailed, why.or_else(|| Some("the destroy failed".to_owned()))));
    }
    let why = blocked.or_else(|| (left > 0).then(|| format!("{} left", count(left, "service"))));
    Some(judged(Phase::Destroying, why))
}

/// Conditions of a namespace that say what holds its deletion up, worst first, each in the fewest words.
/// <https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/namespace/deletion/status_condition_utils.go>
const HELD_UP: [(&str, &str); 5] = [
    ("NamespaceFinalizersRemaining", "finalizers remain"),
    ("NamespaceDeletionContentFailure", "something cannot be deleted"),
    ("NamespaceDeletionDiscoveryFailure", "an API does not answer"),
    ("NamespaceDeletionGroupVersionParsingFailure", "an API has no version"),
    ("NamespaceContentRemaining", "objects remain"),
];

/// The condition that holds a namespace's deletion up, with its fewest words.
fn held_up(namespace: &NamespaceRow) -> Option<(&Condition, &'static str)> {
    HELD_UP.iter().find_map(|(kind, words)| {
        let condition = namespace.conditions.iter().find(|c| c.kind == *kind && c.status == Some(true))?;
        Some((condition, *words))
    })
}

/// What holds a namespace's deletion up, in the API's own words: conditions first, then finalizers.
pub(crate) fn blocked_by(namespace: &NamespaceRow) -> Option<String> {
    held_up(namespace).map(|(condition, _)| condition.message.to_string()).or_else(|| finalizers(namespace))
}

/// The same in the fewest words, for a column: `finalizers remain: x.io/f`.
fn blocked_by_brief(namespace: &NamespaceRow) -> Option<String> {
    let Some((condition, words)) = held_up(namespace) else { return finalizers(namespace) };
    // `Some content in the namespace has finalizers remaining: x.io/f in 1 resource instances`
    let named = condition.message.split_once(" remaining: ").map(|(_, names)| names);
    let name = named.and_then(|names| names.split_once(" in ")).map(|(name, _)| name);
    Some(name.map_or_else(|| words.to_owned(), |name| format!("{words}: {name}")))
}

/// Finalizers of a namespace that is going.
fn finalizers(namespace: &NamespaceRow) -> Option<String> {
    let finalizers = &namespace.meta.finalizers;
    (namespace.meta.deleted.is_some() && !finalizers.is_empty())
        .then(|| format!("finalizer {}", finalizers.iter().map(Text::as_str).collect::<Vec<_>>().join(", ")))
}

/// Whether a kind of workloads can't be judged by and is none that an environment can be judged without: DaemonSets
/// are there beside what makes it, the others are what makes it.
pub(crate) fn decides((kind, arrival): &(Kind, Arrival)) -> bool {
    *kind != Kind::DaemonSet && *arrival != Arrival::Here
}

/// Rule 3. By the database alone an environment is not Unavailable, nor Active. Where nothing has come yet, what is
/// still to come decides whether there is nothing: to say so before would call every environment empty while its
/// DaemonSets are on the wire.
fn unknown(v: &View<'_>) -> Option<Judged> {
    let nothing = v.services.is_empty() && v.tasks.is_empty();
    let waits = nothing && v.workloads.iter().any(|(_, a)| *a == Arrival::Pending);
    if !waits && !v.workloads.iter().any(decides) {
        return None;
    }
    let pending = names(v, Arrival::Pending);
    let why = if pending.is_empty() {
        format!("no access: {}", all_or(names(v, Arrival::Denied)))
    } else {
        v.notes.skipped();
        format!("waiting for {}", all_or(pending))
    };
    Some(judged(Phase::Unknown, why))
}

/// Kinds of workloads; all of them in one word.
fn all_or(kinds: Vec<&str>) -> String {
    if kinds.len() == 3 { "workloads".to_owned() } else { kinds.join(", ") }
}

/// Rule 4.
fn without_services(v: &View<'_>) -> Option<Judged> {
    if !v.services.is_empty() {
        return None;
    }
    let n = u32::try_from(v.tasks.len()).unwrap_or(u32::MAX);
    let release = v.releases.first().map(|r| r.words.to_string());
    Some(match release.or_else(|| failed_task(v)) {
        Some(words) => judged(Phase::Error, words),
        None if n > 0 => judged(Phase::Active, count(n, "task")),
        None => judged(Phase::ServiceUnavailable, None),
    })
}

/// The first task with which something is wrong, and how many more there are.
fn failed_task(v: &View<'_>) -> Option<String> {
    let mut wrong = v.tasks.iter().filter_map(|t| t.trouble().map(|why| format!("{} {why}", t.object.name)));
    let words = wrong.next()?;
    let more = wrong.count();
    Some(if more > 0 { format!("{words}, {more} more") } else { words })
}

/// Rule 5.
fn stopping_or_starting(v: &View<'_>) -> Option<Judged> {
    let operation = v.operation.filter(|o| o.state == OperationState::Running)?;
    let phase = match pods(operation) {
        Pods::End => Phase::Decommissioning,
        Pods::Come => Phase::Provisioning,
        Pods::Follow => return None,
    };
    Some(judged(phase, how_far(v, operation)))
}

/// What becomes of the pods by what an operation does, or did in the end.
fn pods(operation: &Operation) -> Pods {
    operation.journal.direction().info().pods
}

/// How many of the services that an operation touches are where it wants them. The services themselves say it: a
/// journal is a second behind, and one whose kennel was killed stays so.
fn how_far(v: &View<'_>, operation: &Operation) -> String {
    let steps: HashSet<&ObjectId> = operation.journal.steps.iter().map(|step| &step.object).collect();
    let held = |s: &Service| {
        let mut scalers = v.scaled_objects.iter().filter(|k| k.scales(&s.object));
        scalers.any(|k| steps.contains(&k.reference()))
    };
    let touched: Vec<_> = v.services.iter().filter(|s| steps.contains(&s.object) || held(s)).collect();
    let of = |there: fn(&Service) -> bool, word: &str| {
        format!("{} of {} {word}", touched.iter().filter(|s| there(s)).count(), touched.len())
    };
    match pods(operation) {
        Pods::End if !touched.is_empty() => of(|s| s.status == Status::Stopped, "down"),
        Pods::Come if !touched.is_empty() => of(|s| s.available, "up"),
        // A journal that lacks these, one of CronJobs alone, or an operation that neither stops nor starts.
        _ => {
            let (done, all) = operation.journal.progress();
            format!("{done} of {all} steps")
        }
    }
}

/// Services that a stop leaves alone.
fn left_alone(service: &Service) -> bool {
    let never = |w: &Arc<crate::domain::row::WorkloadRow>| w.meta.annotations.get(STOP).is_some_and(|v| v == "never");
    service.object.is(Kind::DaemonSet) || service.workload.as_ref().is_some_and(never)
}

/// Rule 6.
fn unavailable(v: &View<'_>) -> Option<Judged> {
    let mut counted = v.services.iter().filter(|s| s.counted).peekable();
    if counted.peek().is_none() {
        let idle = v.services.iter().any(|s| s.idle);
        return Some(if idle {
            judged(Phase::Unavailable, "idle".to_owned())
        } else {
            // Nothing but N/A: there is nothing to judge by.
            let why = v.services.first().and_then(|s| s.reason.as_deref().map(|r| format!("{} {r}", s.object.name)));
            judged(Phase::Unknown, why)
        });
    }
    let (touched, others): (Vec<_>, Vec<_>) = counted.partition(|s| s.status == Status::Stopped || !left_alone(s));
    if touched.is_empty() || touched.iter().any(|s| s.status != Status::Stopped) {
        return None;
    }
    let by_kennel = v.operation.filter(|o| pods(o) == Pods::End);
    let why = match by_kennel {
        Some(o) => {
            let at = o.journal.ended_at.unwrap_or(o.journal.heartbeat);
            format!("stopped {} by {}", v.notes.back(at), o.journal.holder)
        }
        None => match touched.iter().find_map(|s| s.memory.as_ref()) {
            Some(memory) => format!("stopped by {}", memory.tool),
            None => "all stopped".to_owned(),
        },
    };
    let others = match others.as_slice() {
        [] => String::new(),
        [one] => format!(", {} left running", one.object.name),
        several => format!(", {} left running", several.len()),
    };
    Some(judged(Phase::Unavailable, format!("{why}{others}")))
}

/// Rule 7. A service that fails outranks one that is off or rolling out.
fn failing(v: &View<'_>) -> Option<Judged> {
    let bad = |s: &&Arc<Service>| matches!(s.status, Status::Degraded | Status::Missing | Status::ReleaseFailed);
    let mut failing = v.services.iter().filter(bad);
    if let Some(worst) = failing.next() {
        let words = match (worst.status, &worst.brief) {
            (Status::ReleaseFailed, Some(brief)) => brief.to_string(),
            (_, Some(_)) => return Some(judged(Phase::Error, of_several(worst, failing))),
            (status, None) => format!("{} is {}", worst.object.name, status.word().to_lowercase()),
        };
        return Some(judged(Phase::Error, and_more(words, failing.count())));
    }
    let own = v.services.iter().find_map(|s| s.release.as_ref());
    let release = own.or_else(|| v.releases.first().map(|r| &r.words)).map(Text::to_string);
    let words = release.or_else(|| failed_task(v))?;
    let serving = v.services.iter().filter(|s| s.counted && s.available).count();
    let all = v.services.iter().filter(|s| s.counted).count();
    let serve = if serving == all { format!("all {all} serve") } else { format!("{serving} of {all} serve") };
    Some(judged(Phase::Error, format!("{words}, {serve}")))
}

/// What changes services of an environment while it runs.
const CHANGES: [Verb; 6] = [Verb::Deploy, Verb::Redeploy, Verb::Scale, Verb::Rollback, Verb::Update, Verb::Delete];

/// Rule 8.
fn changing(v: &View<'_>) -> Option<Judged> {
    let busy = |s: &&Arc<Service>| matches!(s.status, Status::Starting | Status::Progressing | Status::Stopping);
    let changing: Vec<_> = v.services.iter().filter(busy).collect();
    let Some(first) = changing.first() else {
        let deployed = live(v, &CHANGES);
        return match (deployed, live(v, &[Verb::Clone]), v.operation) {
            (true, _, Some(o)) => Some(judged(Phase::Updating, steps(o))),
            (_, true, Some(o)) => Some(judged(Phase::Initializing, steps(o))),
            _ => None,
        };
    };
    let all_new = changing.iter().all(|s| s.status == Status::Starting);
    let words = of_several(first, changing.iter().copied().skip(1));
    Some(judged(if all_new { Phase::Initializing } else { Phase::Updating }, words))
}

/// What is with the first of several services, and how many more there are: `web crash-loops, 2 more`. What others need,
/// too, is said once, with those that need it: `quota team: pods 14/14 · 3 services, 1 more`.
fn of_several<'s>(first: &Service, more: impl Iterator<Item = &'s Arc<Service>>) -> String {
    let name = &first.object.name;
    let Some(words) = first.brief.as_ref().or(first.reason.as_ref()) else {
        return and_more(name.to_string(), more.count());
    };
    let (alike, others): (Vec<_>, Vec<_>) =
        more.partition(|s| first.clause == Clause::Shared && s.brief.as_ref() == Some(words));
    let words = match (first.clause, alike.len()) {
        (Clause::Predicate, _) => format!("{name} {words}"),
        (Clause::Sentence, _) => format!("{name}: {words}"),
        (Clause::Shared, 0) => format!("{words} · {name}"),
        (Clause::Shared, alike) => format!("{words} · {} services", alike + 1),
    };
    and_more(words, others.len())
}

fn and_more(words: String, more: usize) -> String {
    if more > 0 { format!("{words}, {more} more") } else { words }
}

fn steps(operation: &Operation) -> String {
    let (done, all) = operation.journal.progress();
    format!("{}: {done} of {all} steps", operation.journal.verb.word())
}

/// Rule 9.
fn partly(v: &View<'_>) -> Option<Judged> {
    let counted = || v.services.iter().filter(|s| s.counted);
    let stopped: Vec<_> = counted().filter(|s| s.status == Status::Stopped).collect();
    if stopped.is_empty() {
        return None;
    }
    // The stop of one service writes no journal: the service's memory tells of it. Where a journal is of a start, that
    // has brought the service back before.
    let later = |s: &Arc<Service>| {
        s.memory.as_ref().is_some_and(|m| m.tool == "kennel")
            && v.operation.is_none_or(|o| {
                let brought = |j: &JournalStep| j.object == s.object && j.result == StepResult::Done;
                pods(o) == Pods::Come && o.journal.steps.iter().any(brought)
            })
    };
    let by_a_stop = v.operation.is_some_and(|o| pods(o) == Pods::End) || stopped.iter().any(|s| later(s));
    let (stopped, all) = (stopped.len(), counted().count());
    let phase = if by_a_stop { Phase::PartiallyStopped } else { Phase::PartiallyActive };
    Some(judged(phase, format!("{stopped} of {all} stopped")))
}

/// Rule 10.
fn active(v: &View<'_>) -> Judged {
    // Alive, and not all of it there (yet).
    let short: Vec<_> = v.services.iter().filter(|s| s.counted && !s.available).collect();
    judged(Phase::Active, short.first().map(|first| of_several(first, short.iter().copied().skip(1))))
}
