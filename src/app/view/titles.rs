//! What titles say of a pane, and what stands in one that has no rows.

use super::collect;
use crate::app::command::Id;
use crate::app::pane::{Facts, Order, Pane, Scope, Screen, Since, Source};
use crate::app::row::Row;
use crate::app::state::State;
use crate::domain::data::{DataState, POLL};
use crate::domain::snapshot::Connection;
use crate::domain::{EnvironmentId, Kind, Snapshot, Text, Time, age};

/// A scope in words: `all`, `shop`, `shop/staging`, `shop/staging checkout`.
pub fn scope_words(scope: &Scope, snapshot: &Snapshot) -> String {
    let path = |id| snapshot.environment(id).map_or_else(|| id.to_string(), |e| e.path());
    match scope {
        Scope::All => "all".to_owned(),
        Scope::Project(name) => name.to_string(),
        Scope::Environment(id) => path(id),
        Scope::Service(id, object) => format!("{} {}", path(id), object.name),
    }
}

/// The right of a title: how many, what hides some, what order: `6 of 9 · /check · worst first`, `1 new above · = re-sorts`.
pub fn notes(state: &State, pane: Pane) -> Vec<String> {
    let list = state.list(pane);
    let info = pane.info();
    let (shown, total) = match info.source {
        // As the header counts: `all` is none, and what the cluster itself runs in is nobody's.
        Source::Projects => {
            let counts = |row: &&Row| matches!(row, Row::Project(p) if !p.system);
            (list.rows().iter().filter(counts).count(), state.snapshot.totals.projects as usize)
        }
        _ if list.filter.is_none() => (list.total, list.total),
        _ => (list.rows().len(), list.total),
    };
    let mut parts = Vec::new();
    if let (n @ 1.., hidden) = list.marks() {
        parts.push(if hidden == 0 { format!("{n} marked") } else { format!("{n} marked, {hidden} hidden") });
    }
    parts.push(if shown == total { shown.to_string() } else { format!("{shown} of {total}") });
    if let Some(filter) = &list.filter {
        parts.push(format!("/{}", filter.text()));
    }
    if list.shows_past() {
        parts.push("resolved".to_owned());
    } else if pane == Pane::Health {
        let past = collect::resolved(&list.scope, &state.snapshot).count();
        let key = state.settings.keymap.first(Id::Cards);
        parts.extend((past > 0).then(|| format!("{key} shows {past} resolved")));
    }
    let newest = info.order == Order::Newest;
    if let Some(since) = state.since_of(pane) {
        parts.push(match since {
            Since::Last(seconds) => format!("last {}", age::seconds(seconds)),
            Since::From(at) => format!("new since {}", age::ago(at, state.now)),
        });
    }
    let environment = scope_environment(&list.scope).and_then(|id| state.snapshot.environment(id));
    if let Some(e) = environment.filter(|e| newest && e.older_events > 0) {
        parts.push(format!("{} older not kept", e.older_events));
    }
    parts.extend(polled(state, pane));
    for (count, words) in [(list.fresh, "new above"), (list.news.saturating_sub(list.fresh), "moved up")] {
        if count > 0 {
            parts.push(format!("{count} {words}"));
        }
    }
    parts.push(match (list.news, list.sort, info.order) {
        (1.., ..) => format!("{} re-sorts", state.settings.keymap.first(Id::Resort)),
        (_, Some(sort), _) => {
            format!("{} {}", if sort.descending { "↓" } else { "↑" }, sort.column.words())
        }
        (_, None, Order::Ranked(words)) if list.total > 0 => words.to_owned(),
        _ => String::new(),
    });
    parts.retain(|p| !p.is_empty());
    parts
}

/// What of a pane can't be watched, and what is done instead: `asked every 5 s`, `may not watch deployments`.
fn polled(state: &State, pane: Pane) -> Vec<String> {
    let inside = scope_environment(&state.list(pane).scope);
    let (mut refused, mut broken) = (Vec::new(), Vec::new());
    for kind in pane.info().kinds.iter().chain(pane.info().awaited) {
        match state.snapshot.state_in(*kind, inside) {
            DataState::Polled { forbidden: true, .. } => refused.push(kind.plural()),
            DataState::Polled { .. } => broken.push(kind.plural()),
            _ => {}
        }
    }
    let any = !refused.is_empty() || !broken.is_empty();
    let asked = any.then(|| format!("asked every {} s", POLL.as_secs()));
    let refused = (!refused.is_empty()).then(|| format!("may not watch {}", refused.join(", ")));
    let broken = (!broken.is_empty()).then(|| format!("the watch of {} breaks", broken.join(", ")));
    [asked, refused, broken].into_iter().flatten().collect()
}

/// Why a pane has no rows, and what would change that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Emptiness {
    /// Rows are on their way: what is loaded, how many have come, of how many.
    Loading {
        /// What is loaded, in the plural: `deployments`.
        what: &'static str,
        /// Objects so far.
        got: u64,
        /// Objects in all, where the server says so.
        of: Option<u64>,
        /// What comes before it, how far that is, where its own turn has not come: `pods`.
        after: Option<(&'static str, u64, Option<u64>)>,
    },
    /// There is nothing: one sentence with the key or word that changes it.
    Nothing(String),
    /// The filter hides all: it and how many there are; Esc clears it.
    Filtered {
        /// The filter as typed.
        filter: String,
        /// Rows without it.
        total: usize,
    },
    /// Not allowed: verb, kind and for whom.
    Forbidden(String),
    /// It went wrong: one sentence, and when it is tried again (Ctrl-r tries now).
    Failed {
        /// What went wrong.
        why: Text,
        /// When it is tried again.
        retry: Option<Time>,
    },
}

/// What is under way while a kind waits for its turn.
fn under_way(snapshot: &Snapshot) -> Option<(&'static str, u64, Option<u64>)> {
    let loading = |(k, d): (Kind, &DataState)| match d {
        DataState::Loading { got, of } => Some((k.plural(), *got, *of)),
        _ => None,
    };
    snapshot.kinds().filter_map(loading).max_by_key(|(_, got, _)| *got)
}

/// Why a pane shows nothing; `None` when it has rows.
pub fn emptiness(state: &State, pane: Pane) -> Option<Emptiness> {
    let list = state.list(pane);
    if list.rows().iter().any(|r| !matches!(r, crate::app::row::Row::All)) {
        return None;
    }
    if let (Some(filter), 1..) = (&list.filter, list.total) {
        return Some(Emptiness::Filtered { filter: filter.text().to_owned(), total: list.total });
    }
    let snapshot = &state.snapshot;
    if let Connection::Refused(why) = &snapshot.connection {
        return Some(Emptiness::Failed { why: why.clone(), retry: None });
    }
    let inside = scope_environment(&list.scope);
    let info = pane.info();
    if info.source == Source::Revisions
        && let Some(why) = revisions(state)
    {
        return Some(why);
    }
    let of = |kinds: &[Kind]| -> Vec<(Kind, &DataState)> {
        let state = |kind| match &list.scope {
            Scope::Project(name) => snapshot.state_among(kind, |e| e.project == *name),
            Scope::All => snapshot.state_among(kind, |_| true),
            _ => snapshot.state_in(kind, inside),
        };
        kinds.iter().map(|k| (*k, state(*k))).collect()
    };
    let (states, rest) = (of(info.kinds), of(info.awaited));
    let awaited = || states.iter().chain(&rest);
    for (kind, data) in awaited() {
        if let DataState::Failed { why, retry } = data {
            return Some(Emptiness::Failed { why: format!("{}: {why}", kind.plural()).into(), retry: *retry });
        }
    }
    if let Some((kind, data)) = awaited().find(|(_, d)| d.pending()) {
        if let (Connection::Lost { why, retry, .. }, DataState::Idle) = (&snapshot.connection, data) {
            return Some(Emptiness::Failed { why: why.clone(), retry: *retry });
        }
        let (got, of) = match data {
            DataState::Loading { got, of } => (*got, *of),
            _ => (0, None),
        };
        let after = if matches!(data, DataState::Idle) { under_way(snapshot) } else { None };
        return Some(Emptiness::Loading { what: kind.plural(), got, of, after });
    }
    if states.iter().all(|(_, d)| matches!(d, DataState::Forbidden { .. })) {
        let what = states.iter().map(|(k, _)| k.plural()).collect::<Vec<_>>().join(", ");
        let who = snapshot.cluster.user.as_ref().map_or_else(|| "you".to_owned(), |u| u.to_string());
        return Some(Emptiness::Forbidden(format!("No access: {who} may not list {what}.")));
    }
    let facts = Facts {
        snapshot,
        now: state.now,
        since: state.since_of(pane),
        past: list.shows_past(),
        environment: state.environment().map(|e| &**e),
        service: state.service().map(|s| &**s),
        inside: matches!(state.screen(), Screen::Environment(_) | Screen::Service { .. }),
        key: &|id| state.settings.keymap.first(id),
    };
    Some(Emptiness::Nothing((info.empty)(&facts)))
}

/// The environment that a scope is, or lies in.
pub fn scope_environment(scope: &Scope) -> Option<&EnvironmentId> {
    match scope {
        Scope::Environment(id) | Scope::Service(id, _) => Some(id),
        Scope::All | Scope::Project(_) => None,
    }
}

/// Why there are no revisions: they are read when one looks at a service.
fn revisions(state: &State) -> Option<Emptiness> {
    let service = state.service()?;
    let workload = service.workload.as_ref()?;
    match state.revisions.of(&workload.meta.uid) {
        None => Some(Emptiness::Loading { what: "revisions", got: 0, of: None, after: None }),
        Some(Err(why)) => Some(Emptiness::Failed { why: why.clone(), retry: None }),
        Some(Ok(_)) => None,
    }
}
