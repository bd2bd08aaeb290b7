//! How the data of a pane that has rows stands: still arriving, old, or only a part of it.

use crate::app::pane::Pane;
use crate::app::state::State;
use crate::app::view::scope_environment;
use crate::domain::data::DataState;
use crate::domain::inspection::Inspection;
use crate::domain::snapshot::Connection;
use crate::domain::{EnvironmentId, Kind, Time};
use crate::ui::format;
use crate::ui::theme::Role;

/// How it stands.
pub(super) struct Standing {
    /// In words for the bottom border; shorter ones for narrower panes follow.
    pub(super) words: Vec<String>,
    pub(super) role: Role,
    /// The rows are no longer known to be true: they are dimmed.
    pub(super) old: bool,
}

/// `last data 34s old · trying again in 2s`, `34s old · trying again`.
fn stale(since: Time, retry: Option<Time>, now: Time) -> [String; 2] {
    let again = match retry {
        Some(at) if at > now => format!("trying again {}", format::until(at, now)),
        _ => "trying again".to_owned(),
    };
    let age = format::age(Some(since), now);
    [format!("last data {age} old · {again}"), format!("{age} old · trying again")]
}

/// How the data of `pane` stands; `None` when all of it is there and true.
pub(super) fn of(state: &State, pane: Pane) -> Option<Standing> {
    let snapshot = &state.snapshot;
    if let Connection::Lost { since, retry, .. } = &snapshot.connection {
        return Some(Standing { words: stale(*since, *retry, state.now).into(), role: Role::Warn, old: true });
    }
    let inside = scope_environment(&state.list(pane).scope);
    let info = pane.info();
    // Most important first.
    let kinds = info.kinds.iter().chain(info.awaited).chain(info.details);
    let states: Vec<(Kind, &DataState)> = kinds.map(|k| (*k, snapshot.state_in(*k, inside))).collect();
    let old = states.iter().find_map(|(k, d)| match d {
        DataState::Stale { since, why, retry } => Some((k, *since, why, *retry)),
        _ => None,
    });
    if let Some((kind, since, why, retry)) = old {
        let [long, short] = stale(since, retry, state.now);
        let kinds = kind.plural();
        // Of one kind the header does not tell why.
        let words = vec![
            format!("{kinds}: {why} · {long}"),
            format!("{kinds}: {why} · {short}"),
            format!("{kinds}: {long}"),
            format!("{kinds}: {short}"),
            short,
        ];
        // Rows of the pane's own kind are old as a whole; of another one only their details are.
        return Some(Standing { words, role: Role::Warn, old: info.kinds.contains(kind) });
    }
    let says = |(kind, data): &(Kind, &DataState)| {
        let kind = kind.plural();
        Some(match data {
            DataState::Polled { forbidden: false, why } => (0, Role::Warn, vec![format!("{kind}: {why}")]),
            DataState::Failed { why, .. } => (1, Role::Bad, vec![format!("{kind}: {why}")]),
            DataState::Loading { got, of } => {
                (2, Role::Busy, vec![loading(kind, *got, *of), format!("loading {kind}")])
            }
            _ => return None,
        })
    };
    if let Some((_, role, words)) = states.iter().filter_map(says).min_by_key(|(rank, ..)| *rank) {
        return Some(Standing { words, role, old: false });
    }
    let denied: Vec<&str> =
        states.iter().filter(|(_, d)| matches!(d, DataState::Forbidden { .. })).map(|(k, _)| k.plural()).collect();
    if denied.is_empty() {
        return (pane == Pane::Health).then(|| inspected(state, inside?)).flatten();
    }
    let some = match denied.as_slice() {
        [one] => format!("no access: {one}"),
        many => format!("no access: {} kinds", many.len()),
    };
    Some(Standing { words: vec![format!("no access: {}", denied.join(", ")), some], role: Role::Warn, old: false })
}

/// What a closer look could not read: `not read: nodes, pods of kube-system`, `8 kinds not read`.
fn inspected(state: &State, inside: &EnvironmentId) -> Option<Standing> {
    let words = match &state.snapshot.environment(inside)?.inspection {
        Inspection::Never => return None,
        Inspection::Done(kinds) if kinds.is_empty() => return None,
        Inspection::Done(kinds) => {
            let few = format!("{} not read", format::plural(kinds.len(), "kind", "kinds"));
            vec![format!("not read: {}", kinds.join(", ")), few]
        }
        Inspection::Refused(kinds) => {
            vec![format!("no closer look: you may not list {}", kinds.join(", ")), "no closer look".to_owned()]
        }
    };
    Some(Standing { words, role: Role::Dim, old: false })
}

/// `loading pods, 12,500 of 20,000`.
pub(super) fn loading(what: &str, got: u64, of: Option<u64>) -> String {
    match (got, of) {
        (0, _) => format!("loading {what}"),
        (got, Some(of)) => format!("loading {what}, {} of {}", format::count(got), format::count(of)),
        (got, None) => format!("loading {what}, {} so far", format::count(got)),
    }
}
