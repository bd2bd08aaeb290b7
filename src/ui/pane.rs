//! Panes: a border with its title, and what stands in it: rows, or why there are none.
//!
//! One file per pane. Each says how its list becomes columns (`columns`) and writes one cell
//! (`cell`); the window, the cursor and the marks are `widget::table`'s. To add a pane: see
//! [`crate::app::pane`].

pub(crate) mod card;
mod conditions;
mod config;
mod containers;
pub(crate) mod environments;
mod events;
mod health;
mod operations;
mod pods;
mod projects;
mod revisions;
mod services;
mod standing;
mod tasks;
pub(crate) mod timeline;
mod vacant;

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::format;
use super::layout::{LINE, to_hit};
use super::theme::Role;
use super::widget::frame::{self, Frame};
use super::widget::table::Look;
use crate::app::hit::PaneHit;
use crate::app::pane::{Pane, Reach, Since};
use crate::app::state::State;
use crate::app::view::{self, Emptiness};

/// Most rows that are counted for what a pane needs: more than any screen has.
const ENOUGH: usize = 400;

/// Rows of `all`, where it stands alone among the projects: heading, row, and a blank one.
const ALONE: usize = 3;

/// Rows that a pane needs at a width and at most a height, border and heading with them.
pub(crate) fn need(state: &State, pane: Pane, width: u16, height: u16) -> u16 {
    let list = state.list(pane);
    if in_a_line(state, pane, width).is_some() {
        return LINE;
    }
    let why = || view::emptiness(state, pane).map_or(0, |why| vacant::need(state, &why, width.saturating_sub(2)));
    let rows = match pane {
        _ if list.rows().is_empty() => why().max(2),
        // `all` stands alone, and below it the reason.
        Pane::Projects if list.rows().len() == 1 => ALONE + why().max(2),
        Pane::Services => services::need(state, width.saturating_sub(2), height.saturating_sub(2)),
        // The axis has a row, where others have their headings.
        _ => list.rows().len().min(ENOUGH) + 1,
    };
    u16::try_from(rows + 2).unwrap_or(u16::MAX)
}

/// `5 Health`.
fn title(state: &State, pane: Pane) -> String {
    let info = pane.info();
    match info.digit {
        Some(n) if state.screen().panes().len() > 1 => format!("{n} {}", info.title),
        _ => info.title.to_owned(),
    }
}

/// What a pane is about.
fn scope(state: &State, pane: Pane) -> String {
    match pane.info().reach {
        Reach::All => String::new(),
        _ => view::scope_words(&state.list(pane).scope, &state.snapshot),
    }
}

/// What a pane says that is rightly empty, where that is all and fits into its title's line. Those that others hang on
/// keep their place.
fn in_a_line(state: &State, pane: Pane, width: u16) -> Option<String> {
    let why = view::emptiness(state, pane).filter(|_| !pane.info().leads);
    let Some(Emptiness::Nothing(sentence)) = why else { return None };
    let (title, scope, right) = (title(state, pane), scope(state, pane), [sentence]);
    let frame = Frame { title: &title, scope: &scope, right: &right, ..Frame::default() };
    let fits = frame.whole() <= usize::from(width);
    let [sentence] = right;
    fits.then_some(sentence)
}

/// Draws a pane.
pub(crate) fn draw(canvas: &mut Canvas<'_>, state: &State, pane: Pane, area: Rect) -> PaneHit {
    let list = state.list(pane);
    let focused = state.overlay.is_none() && state.focus() == pane;
    let info = pane.info();
    let (title, scope) = (title(state, pane), scope(state, pane));
    if area.height == LINE {
        let notes = view::notes(state, pane).into_iter().skip(1);
        let right: Vec<String> = in_a_line(state, pane, area.width).into_iter().chain(notes).collect();
        Frame { title: &title, scope: &scope, right: &right, focused, role: None }.line(canvas, area);
        return PaneHit { area: to_hit(area), page: LINE, top: 0, items: Vec::new() };
    }
    let empty = view::emptiness(state, pane);
    // Of what has not come or may not be seen there is no count: 0 would be a lie.
    let unknown = matches!(empty, Some(Emptiness::Loading { .. } | Emptiness::Forbidden(_) | Emptiness::Failed { .. }));
    let right = if unknown { Vec::new() } else { view::notes(state, pane) };
    if let Some(Since::From(at)) = state.since {
        format::written(at, state.now);
    }
    let frame = Frame { title: &title, scope: &scope, right: &right, focused, role: None };
    let inner = frame.draw(canvas, area);
    let standing = if unknown { None } else { standing::of(state, pane) };
    let look = Look { pane, list, focused, leads: info.leads, from: 0 };
    let hit = match &empty {
        Some(why) if list.rows().is_empty() => {
            vacant::draw(canvas, inner, state, why, focused);
            PaneHit { area: to_hit(inner), page: inner.height.max(1), top: 0, items: Vec::new() }
        }
        _ => inside(canvas, state, look, inner),
    };
    if let Some(why) = &empty
        && !list.rows().is_empty()
    {
        let below = u16::try_from(ALONE).unwrap_or(0).min(inner.height);
        let rest = Rect { y: inner.y + below, height: inner.height - below, ..inner };
        vacant::draw(canvas, rest, state, why, focused);
    }
    // Cards stand above the rows and never scroll away: hidden above is what no item shows.
    let last = hit.items.iter().map(|(at, _)| at + 1).max().unwrap_or(0);
    let below = list.rows().len().saturating_sub(last);
    let taken = frame::hidden(canvas, area, last - hit.items.len().min(last), below);
    if let Some(standing) = &standing {
        if standing.old {
            canvas.lay(inner, Role::Dim);
        }
        frame::bottom(canvas, area, &standing.words, standing.role, taken);
    }
    PaneHit { area: to_hit(area), ..hit }
}

/// Draws the rows of a pane.
fn inside(canvas: &mut Canvas<'_>, state: &State, look: Look<'_>, area: Rect) -> PaneHit {
    match look.pane {
        Pane::Projects => projects::draw(canvas, state, look, area),
        Pane::Environments => environments::draw(canvas, state, look, area),
        Pane::Services => services::draw(canvas, state, look, area),
        Pane::Tasks => tasks::draw(canvas, state, look, area),
        Pane::Events => events::draw(canvas, state, look, area),
        Pane::Health => health::draw(canvas, state, look, area),
        Pane::Pods => pods::draw(canvas, state, look, area),
        Pane::Containers => containers::draw(canvas, state, look, area),
        Pane::Revisions => revisions::draw(canvas, state, look, area),
        Pane::Config => config::draw(canvas, state, look, area),
        Pane::Conditions => conditions::draw(canvas, state, look, area),
        Pane::Timeline => timeline::draw(canvas, state, look, area),
        Pane::Operations => operations::draw(canvas, state, look, area),
    }
}

/// Whether rows of several projects stand together, so that names need theirs.
fn several_projects(look: &Look<'_>) -> bool {
    matches!(look.list.scope, crate::app::pane::Scope::All)
}

/// Whether rows of several environments stand together.
fn several_environments(look: &Look<'_>) -> bool {
    use crate::app::pane::Scope;
    matches!(look.list.scope, Scope::All | Scope::Project(_))
}
