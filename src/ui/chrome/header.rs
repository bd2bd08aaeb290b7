//! Where I am, on which cluster and as whom, what I may do, how bad it is, whether the data is live.
//!
//! ```text
//!  kennel  shop ▸ staging                              prod ▲1 △1   other ▲1 △2   ● live
//!  eu-1 · maria@acme · v1.33.4 · read-write       4 projects · 14 environments · 96 services
//! ```
//!
//! A production context changes its colour. In one row the second line's badges come first.

use ratatui::layout::Rect;

use crate::app::pane::{Pane, Scope, Screen};
use crate::app::state::State;
use crate::domain::data::DataState;
use crate::domain::environment::Environment;
use crate::domain::grouping::UNASSIGNED;
use crate::domain::issue::IssueCounts;
use crate::domain::phase::Phase;
use crate::domain::snapshot::{Access, Connection};
use crate::domain::{Kind, Snapshot, Text, Time};
use crate::ui::canvas::{Canvas, Pen};
use crate::ui::layout::inset;
use crate::ui::theme::{Role, Theme};
use crate::ui::{cut, format, glyph, words};

/// Cells for where one is and for the badges, before the countdown of a lost connection.
const PLACE: usize = 60;

/// Cells that the context may take in a header of one row.
const CONTEXT: usize = 18;

/// Cells for who one is and what may be done, beside why one sees only some namespaces.
const BESIDE: usize = 40;

/// Cells that the breadcrumb keeps beside it.
const PATH: usize = 12;

/// What the breadcrumb calls the whole.
const ALL: &str = "all projects";

/// Draws the header in one or two rows.
pub(crate) fn draw(canvas: &mut Canvas<'_>, state: &State, area: Rect) {
    let inner = inset(area, 1);
    let one_row = area.height < 2;
    {
        let (glyph, words, role) = standing(state, canvas.theme(), usize::from(inner.width));
        let mut pen = canvas.row(inner, 0);
        pen.right(&format!("{glyph} {words}"), role);
        put_badges(&mut pen, state);
        pen.put("kennel", Role::Accent).space(2);
        if one_row {
            for badge in state.snapshot.badges() {
                pen.put(badge, Role::Warn).space(2);
            }
        }
        let path = breadcrumb(state);
        // In one row the context stands behind the breadcrumb: that it is another cluster must never be missed.
        let context = if one_row { cut::middle(&state.snapshot.cluster.context, CONTEXT) } else { "".into() };
        let behind = if context.is_empty() { 0 } else { cut::width(&context) + 3 };
        let room = pen.room().saturating_sub(behind);
        let path =
            if cut::width(&path) > room { path.strip_prefix(&format!("{ALL} ▸ ")).unwrap_or(&path) } else { &path };
        if behind > 0 && room >= PATH {
            pen.put(&cut::middle(path, room), Role::Text).put(" · ", Role::Dim).put(&context, Role::Dim);
        } else {
            pen.name(path, Role::Text);
        }
    }
    if !one_row {
        second(&mut canvas.row(inner, 1), state);
    }
    if state.snapshot.cluster.production {
        canvas.lay(area, Role::Production);
    }
}

/// `shop ▸ staging ▸ checkout`.
fn breadcrumb(state: &State) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let lower = state.focus().info().title.to_lowercase();
    match state.screen() {
        Screen::Alone { pane, scope } => {
            parts.extend(match scope {
                Scope::Project(name) => Some(name.as_str()),
                // Operations are those of all.
                _ if *pane == Pane::Operations => None,
                _ => Some(ALL),
            });
            parts.push(&lower);
        }
        Screen::Dashboard => {
            parts.push(state.project().map_or(ALL, |p| p.as_str()));
            let chosen = state.list(Pane::Environments).is_pinned();
            if let Some(e) = state.environment().filter(|_| chosen) {
                if state.project().is_none() && e.project != UNASSIGNED {
                    parts.push(&e.project);
                }
                parts.push(&e.name);
            }
        }
        Screen::Environment(id) => match state.environment() {
            Some(e) => parts.extend(place(e)),
            None => parts.push(&id.namespace),
        },
        Screen::Service { object, .. } => {
            match state.environment() {
                Some(e) => parts.extend(place(e)),
                None => parts.push(&object.namespace),
            }
            parts.push(&object.name);
        }
    }
    parts.join(" ▸ ")
}

/// Project and environment; the project of namespaces that no scheme groups says nothing.
fn place(e: &Environment) -> impl Iterator<Item = &str> {
    let project = (e.project != UNASSIGNED).then_some(e.project.as_str());
    project.into_iter().chain([e.name.as_str()])
}

/// Issues of production and of the rest, always of the whole context: of production also that there are none.
fn put_badges(pen: &mut Pen<'_>, state: &State) {
    let totals = &state.snapshot.totals;
    let mut groups: Vec<(&str, &IssueCounts)> = Vec::new();
    for (name, counts) in [("prod", &totals.production), ("other", &totals.other)] {
        if words::issues_width(counts) > 0 {
            groups.push((name, counts));
        }
    }
    // Whoever looks wants to know of production first, and that all is well there is an answer; that it is not known, too.
    let mut production = state.snapshot.environments.values().filter(|e| e.production).peekable();
    let quiet = words::issues_width(&totals.production) == 0
        && production.peek().is_some()
        && state.snapshot.connection == Connection::Live;
    let known = production.all(|e| e.phase != Phase::Unknown);
    let well = format!("prod {}  ", if known { glyph::DONE } else { glyph::phase(Phase::Unknown).0 });
    let well_cells = if quiet { cut::width(&well) } else { 0 };
    let cells: usize = well_cells + groups.iter().map(|(n, c)| n.len() + 1 + words::issues_width(c) + 2).sum::<usize>();
    if cells == 0 || cells + 8 > pen.room() {
        return;
    }
    let mut badges = pen.split_right(cells);
    if quiet {
        badges.put(&well, Role::Dim);
    }
    for (name, counts) in groups {
        badges.put(name, Role::Dim).space(1);
        words::put_issues(&mut badges, counts);
        badges.space(2);
    }
}

/// Whether what is seen is true: live, connecting, old, lost. An age only where it is not live.
fn standing(state: &State, theme: &Theme, room: usize) -> (&'static str, String, Role) {
    let retry = |at: &Option<Time>| match at {
        Some(t) if *t > state.now => format!(", next try {}", format::until(*t, state.now)),
        _ => ", trying".to_owned(),
    };
    match &state.snapshot.connection {
        Connection::Starting => (glyph::BUSY, "connecting".to_owned(), Role::Busy),
        Connection::Lost { since, brief, retry: at, .. } => {
            let words = format!("lost {}: {brief}", format::age(Some(*since), state.now));
            let whole = format!("{words}{}", retry(at));
            // The panes count down, too: where one is, and how bad it is, goes first.
            let words = if cut::width(&whole) + PLACE <= room { whole } else { words };
            (glyph::FAILED, words, Role::Bad)
        }
        Connection::Refused(_) => (glyph::FAILED, "no connection".to_owned(), Role::Bad),
        Connection::Live if state.snapshot.cluster.dump => {
            let whole = format!("dump as of {}", theme.time(state.now, &mut None));
            (glyph::OLD, if cut::width(&whole) + PLACE <= room { whole } else { "dump".to_owned() }, Role::Dim)
        }
        Connection::Live => {
            let stale = state.snapshot.kinds().filter_map(|(kind, d)| match d {
                DataState::Stale { since, .. } => Some((*since, kind.plural())),
                _ => None,
            });
            let (since, kinds): (Vec<Time>, Vec<&str>) = stale.unzip();
            match since.into_iter().min() {
                Some(since) => {
                    let words = format!("stale {}", format::age(Some(since), state.now));
                    // Where the rest is live, which it is.
                    let whole = format!("{words}: {}", kinds.join(", "));
                    let named = kinds.len() <= 2 && cut::width(&whole) + PLACE <= room;
                    (glyph::OLD, if named { whole } else { words }, Role::Warn)
                }
                None if loading(state) => (glyph::BUSY, "loading".to_owned(), Role::Busy),
                None => (glyph::LIVE, "live".to_owned(), Role::Good),
            }
        }
    }
}

/// Whether more comes: a list is under way, or what the panes show has not been asked for yet (the
/// data comes in waves; between two of them nothing is under way).
fn loading(state: &State) -> bool {
    let under_way = |d: &DataState| matches!(d, DataState::Loading { .. });
    let shown = [Kind::Namespace, Kind::Deployment, Kind::Pod, Kind::Event];
    state.snapshot.kinds().any(|(_, data)| under_way(data))
        || shown.iter().any(|k| matches!(state.snapshot.state(*k), DataState::Idle))
}

/// `jobs`, `applications, httproutes`, `jobs and 3 more`.
fn few(names: &[&str]) -> String {
    match names {
        [first, _, _, ..] => format!("{first} and {} more", names.len() - 1),
        few => few.join(", "),
    }
}

/// `nodes 5/6 · pods 320 · `: nodes that are ready of all; nothing of what is not known.
fn machines(snapshot: &Snapshot) -> String {
    let ready = snapshot.nodes.values().filter(|n| n.ready).count();
    let nodes = (!snapshot.nodes.is_empty()).then(|| format!("nodes {ready}/{} · ", snapshot.nodes.len()));
    let pods = (snapshot.totals.pods > 0).then(|| format!("pods {} · ", format::count(snapshot.totals.pods.into())));
    format!("{}{}", nodes.unwrap_or_default(), pods.unwrap_or_default())
}

/// The cluster at the left, totals at the right.
fn second(pen: &mut Pen<'_>, state: &State) {
    let snapshot = &state.snapshot;
    let totals = &snapshot.totals;
    let counts = [
        format::plural(totals.projects as usize, "project", "projects"),
        format::plural(totals.environments as usize, "environment", "environments"),
        format::plural(totals.services as usize, "service", "services"),
    ]
    .join(" · ");
    let cluster = &snapshot.cluster;
    let nodes = snapshot.nodes_that_lack();
    let badges: usize = snapshot.badges().map(|b| &**b).chain(nodes.as_deref()).map(|b| cut::width(b) + 3).sum();
    // What is all there is to see goes before how many of each there are; why, where there is room.
    let only = snapshot.only().map(
        |(whole, brief)| {
            if cut::width(&whole) + badges + BESIDE < pen.room() { whole } else { brief }
        },
    );
    let badges = badges + only.as_ref().map_or(0, |words| cut::width(words) + 3);
    // The cluster itself, where there is room for it beside who one is and what may be done.
    let whole = format!("{}{counts}", machines(snapshot));
    let fits = |words: &str, beside: usize| cut::width(words) + badges + beside < pen.room();
    let counts = if fits(&whole, 60) { whole } else { counts };
    if totals.environments > 0 && fits(&counts, 40) {
        pen.right(&counts, Role::Dim);
    }
    let (access, role) = match &cluster.access {
        Access::Unknown => ("", Role::Dim),
        Access::MayChange => ("read-write", Role::Dim),
        Access::MayNot(words) => (words.as_str(), Role::Dim),
        Access::ReadOnly(_) => ("read-only", Role::Warn),
    };
    // What may be done is said whole; a long name (a cloud's has a hundred characters) gives way, and who one is, and
    // what the server is.
    let mut parts: Vec<&str> = [&cluster.user, &cluster.version].into_iter().flatten().map(Text::as_str).collect();
    let beside = |parts: &[&str]| -> usize {
        parts.iter().chain([&access]).filter(|p| !p.is_empty()).map(|p| cut::width(p) + 3).sum::<usize>() + badges
    };
    while !parts.is_empty() && beside(&parts) + CONTEXT.min(cut::width(&cluster.context)) > pen.room() {
        parts.pop();
    }
    let room = pen.room().saturating_sub(beside(&parts)).max(CONTEXT);
    pen.put(&cut::middle(&cluster.context, room), Role::Text);
    for part in parts {
        pen.put(" · ", Role::Dim).put(part, Role::Dim);
    }
    if !access.is_empty() {
        pen.put(" · ", Role::Dim).put(access, role);
        if let Access::ReadOnly(why) = &cluster.access
            && !why.is_empty()
            && cut::width(why) + badges + 4 < pen.room()
        {
            pen.put(&format!(" ({why})"), Role::Dim);
        }
    }
    if let Some(only) = &only {
        pen.put(" · ", Role::Dim).put(only, Role::Dim);
    }
    for badge in snapshot.badges() {
        pen.put(" · ", Role::Dim).sentence(badge, Role::Warn);
    }
    if let Some(nodes) = &nodes {
        pen.put(" · ", Role::Dim).sentence(nodes, Role::Warn);
    }
    // What can't be read is missing in the panes, and must not be missed. (What is lost with the connection is said
    // above; metrics are an extra.)
    let fails = |(kind, data): (Kind, &DataState)| {
        matches!(data, DataState::Failed { .. }).then(|| kind.plural()).filter(|_| kind != Kind::PodMetrics)
    };
    let failing: Vec<&str> = snapshot.kinds().filter_map(fails).collect();
    if !failing.is_empty() && snapshot.connection == Connection::Live {
        pen.put(" · ", Role::Dim).put(&format!("{} unreadable", few(&failing)), Role::Warn);
    }
    if !snapshot.unread.is_empty() {
        let count = format::plural(snapshot.unreadable(), "object unreadable", "objects unreadable");
        pen.put(" · ", Role::Dim).put(&count, Role::Warn);
    }
}
