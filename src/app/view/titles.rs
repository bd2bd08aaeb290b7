//! What titles say of a pane, and what stands in one that has no rows.

use crate::app::command::Id;
use crate::app::pane::{Pane, Scope, Screen};
use crate::app::state::{Since, State};
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
pub fn note(state: &State, pane: Pane) -> String {
    let list = state.list(pane);
    let all = matches!(list.rows().first(), Some(crate::app::row::Row::All));
    let shown = list.rows().len() - usize::from(all);
    let mut parts = Vec::new();
    if let (n @ 1.., hidden) = list.marks() {
        parts.push(if hidden == 0 { format!("{n} marked") } else { format!("{n} marked, {hidden} hidden") });
    }
    parts.push(if shown == list.total { shown.to_string() } else { format!("{shown} of {}", list.total) });
    if let Some(filter) = &list.filter {
        parts.push(format!("/{}", filter.text()));
    }
    if let (Pane::Events, Some(since)) = (pane, state.since) {
        parts.push(match since {
            Since::Last(seconds) => format!("last {}", age::seconds(seconds)),
            Since::From(at) => format!("new since {}", age::ago(at, state.now)),
        });
    }
    let older = match pane {
        Pane::Events => {
            scope_environment(&list.scope).and_then(|n| state.snapshot.environment(n)).map_or(0, |e| e.older_events)
        }
        _ => 0,
    };
    if older > 0 {
        parts.push(format!("{older} older not kept"));
    }
    parts.extend(polled(state, pane));
    parts.push(match (list.news, list.sort, pane) {
        (n @ 1.., ..) => format!("{n} new above · {} re-sorts", state.settings.keymap.first(Id::Resort)),
        (_, Some(sort), _) => {
            format!("{} {}", if sort.descending { "↓" } else { "↑" }, sort.column.title().to_lowercase())
        }
        (_, None, Pane::Environments | Pane::Services) => "worst first".to_owned(),
        _ => String::new(),
    });
    parts.retain(|p| !p.is_empty());
    parts.join(" · ")
}

/// What of a pane can't be watched, and what is done instead: `asked every 5 s`, `may not watch deployments`.
fn polled(state: &State, pane: Pane) -> Vec<String> {
    let inside = scope_environment(&state.list(pane).scope);
    let (mut refused, mut broken) = (Vec::new(), Vec::new());
    for kind in kinds(pane).iter().chain(rest(pane)) {
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
        /// Why it can find nothing, whatever there is.
        remark: Option<&'static str>,
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

/// The kinds that a pane's rows come from.
pub fn kinds(pane: Pane) -> &'static [Kind] {
    match pane {
        Pane::Projects | Pane::Environments => &[Kind::Namespace],
        Pane::Services | Pane::Health | Pane::Conditions | Pane::Config | Pane::Revisions => {
            &[Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet]
        }
        Pane::Tasks => &[Kind::CronJob, Kind::Job],
        Pane::Events => &[Kind::Event],
        Pane::Pods | Pane::Containers => &[Kind::Pod],
        Pane::Operations => &[Kind::ConfigMap],
    }
}

/// Kinds without which it is not known that a pane has no rows: pods may belong to no workload, and tell what is wrong.
fn rest(pane: Pane) -> &'static [Kind] {
    match pane {
        Pane::Services | Pane::Health => &[Kind::Pod],
        _ => &[],
    }
}

/// What is under way while a kind waits for its turn.
fn under_way(snapshot: &Snapshot) -> Option<(&'static str, u64, Option<u64>)> {
    let loading = |(k, d): (&Kind, &DataState)| match d {
        DataState::Loading { got, of } => Some((k.plural(), *got, *of)),
        _ => None,
    };
    snapshot.data.iter().filter_map(loading).max_by_key(|(_, got, _)| *got)
}

/// Why a pane shows nothing; `None` when it has rows.
pub fn emptiness(state: &State, pane: Pane) -> Option<Emptiness> {
    let list = state.list(pane);
    if list.rows().iter().any(|r| !matches!(r, crate::app::row::Row::All)) {
        return None;
    }
    if let (Some(filter), 1..) = (&list.filter, list.total) {
        let (text, remark) = (filter.text().to_owned(), filter.remark());
        return Some(Emptiness::Filtered { filter: text, total: list.total, remark });
    }
    let snapshot = &state.snapshot;
    if let Connection::Refused(why) = &snapshot.connection {
        return Some(Emptiness::Failed { why: why.clone(), retry: None });
    }
    let inside = scope_environment(&list.scope);
    if pane == Pane::Revisions
        && let Some(why) = revisions(state)
    {
        return Some(why);
    }
    let of = |kinds: &[Kind]| -> Vec<(Kind, &DataState)> {
        kinds.iter().map(|k| (*k, snapshot.state_in(*k, inside))).collect()
    };
    let (states, rest) = (of(kinds(pane)), of(rest(pane)));
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
    Some(Emptiness::Nothing(nothing(state, pane)))
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

/// Why there are no pods, of a service or of an environment.
fn no_pods(state: &State) -> &'static str {
    let of_service = state.service().map(std::slice::from_ref);
    let services = of_service.or_else(|| state.environment().map(|e| &*e.services)).unwrap_or_default();
    match services {
        [] => "nothing has been deployed here",
        [one] if one.desired == 0 => "it is at zero",
        all if all.iter().all(|s| s.desired == 0) => "all of it is at zero",
        _ => "none could be made; see the events",
    }
}

/// One sentence for a pane that is rightly empty.
fn nothing(state: &State, pane: Pane) -> String {
    let inside = matches!(state.screen(), Screen::Environment(_) | Screen::Service { .. });
    let key = |id| state.settings.keymap.first(id);
    match pane {
        Pane::Projects => "No projects.".to_owned(),
        // Of what is not there no key shows more.
        Pane::Environments if state.snapshot.environments.is_empty() && state.snapshot.cluster.dump => {
            "No environments: the dump holds no objects.".to_owned()
        }
        Pane::Environments if state.snapshot.environments.is_empty() => {
            "No environments: the cluster has no namespaces that you may see.".to_owned()
        }
        Pane::Environments => format!("No environments here. {} shows those of all projects.", key(Id::Everything)),
        Pane::Services if state.snapshot.environments.is_empty() => "No services.".to_owned(),
        Pane::Services if inside => "No services: nothing has been deployed here.".to_owned(),
        Pane::Services => {
            format!("No services here. {} and {} choose another environment.", key(Id::Focus(2)), key(Id::Down))
        }
        Pane::Tasks => "No jobs or cron jobs.".to_owned(),
        Pane::Events => match state.since {
            Some(Since::Last(s)) => format!("No events in the last {}. :since all shows older ones.", age::seconds(s)),
            Some(Since::From(at)) => {
                format!("No events since {}. :since all shows older ones.", age::ago(at, state.now))
            }
            None if state.snapshot.cluster.dump => "No events: none were written down.".to_owned(),
            None => "No events: clusters keep them for an hour or so.".to_owned(),
        },
        Pane::Health => "No open issues.".to_owned(),
        Pane::Pods => format!("No pods: {}.", no_pods(state)),
        Pane::Containers => "No containers: there are no pods.".to_owned(),
        Pane::Revisions => match state.service().map(|s| s.workload.is_some()) {
            Some(false) => "No revisions: only Deployments, StatefulSets and DaemonSets have them.".to_owned(),
            _ => "No revisions are kept.".to_owned(),
        },
        Pane::Conditions | Pane::Config if state.service().is_some_and(|s| s.workload.is_none()) => {
            let what = if pane == Pane::Config { "what is taken is" } else { "conditions are" };
            format!("Not known: of other kinds than Deployments, StatefulSets and DaemonSets {what} not read.")
        }
        Pane::Conditions => match state.service().map(|s| s.object.kind()) {
            Some(kind @ ("StatefulSet" | "DaemonSet")) => format!("No conditions: a {kind} has none."),
            _ => "No conditions: the controller has not reported yet.".to_owned(),
        },
        Pane::Config => "It takes no config maps and no secrets.".to_owned(),
        Pane::Operations => {
            format!("No operations yet. {} on an environment or a service starts or stops it.", key(Id::StartStop))
        }
    }
}
