//! One service as a card.
//!
//! ```text
//! ▌ checkout ─────────────── Deployment     the edge has the colour of its state
//! ▌ ✖ Degraded   1/3 ready   ▲1             status, ready of wanted, issues
//! ▌ rev 8 crash-loops, rev 7 serves 1/3     the one line that matters now: trouble, use, else what it asks for
//! ▌ acme/checkout:1.8.2       4m ci-bot     image, age, who deployed it
//! ▌ checkout:8080        ↗ pay.shop.dev     address, URL, spot
//! ```

use std::collections::BTreeSet;

use ratatui::layout::Rect;

use crate::app::flash::Cell;
use crate::app::state::State;
use crate::domain::environment::Environment;
use crate::domain::people::who;
use crate::domain::row::PodRow;
use crate::domain::service::Service;
use crate::domain::status::Status;
use crate::ui::canvas::{Canvas, Pen};
use crate::ui::theme::Role;
use crate::ui::words::Images;
use crate::ui::{cut, format, glyph, words};

/// Rows of a card.
pub(super) const HEIGHT: u16 = 5;

/// Columns of a card that are not for words: its edge, and a blank one on each side of them.
const BESIDE: u16 = 3;

/// Columns under which a card says too little.
pub(super) const LEAST: u16 = 35;

/// Columns past which a card only gets emptier.
pub(super) const MOST: u16 = 56;

/// How a card stands among the others.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Standing {
    /// Under the cursor of the focused pane.
    pub(super) selected: bool,
    /// Under the cursor of a pane that has not the focus, where somebody put it.
    pub(super) pinned: bool,
    /// Marked.
    pub(super) marked: bool,
    /// Cards of several environments stand together.
    pub(super) with_place: bool,
    /// How the images of the pane are said, and the cells that each has.
    pub(super) images: (Images, usize),
    /// Cards of several projects stand together.
    pub(super) with_project: bool,
}

/// Draws a card.
pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, e: &Environment, s: &Service, area: Rect, how: Standing) {
    let inner = Rect { x: area.x.saturating_add(2), width: area.width.saturating_sub(BESIDE), ..area };
    edge(canvas, s, area, how);
    put_title(&mut canvas.row(inner, 0), e, s, how);
    put_status(&mut canvas.row(inner, 1), state, e, s);
    put_matter(&mut canvas.row(inner, 2), state, e, s);
    put_image(&mut canvas.row(inner, 3), state, s, how.images);
    put_address(&mut canvas.row(inner, 4), s);
    if how.selected {
        canvas.lay(Rect { width: area.width.saturating_sub(1), ..area }, Role::Selection);
    }
}

/// Its left edge: in the colour of what it is in, quiet where that is well; with the cursor where that is here.
fn edge(canvas: &mut Canvas<'_>, s: &Service, area: Rect, how: Standing) {
    let role = match glyph::status(s.status, s.idle).1 {
        Role::Good => Role::Border,
        role => role,
    };
    for y in area.top()..area.bottom() {
        canvas.pen(area.x, y, 1).put(glyph::COLOUR, role);
    }
    if how.selected {
        canvas.pen(area.x, area.y, 1).put(glyph::CURSOR, Role::Accent);
    } else if how.pinned {
        canvas.pen(area.x, area.y, 1).put(glyph::LEADS, Role::Dim);
    }
}

/// Its name, a rule, and at the right where it is and of which kind, as far as there is room.
fn put_title(pen: &mut Pen<'_>, e: &Environment, s: &Service, how: Standing) {
    let mut right = Vec::new();
    if how.with_place {
        right.push(words::environment(e, how.with_project).into_owned());
    }
    right.push(s.object.kind().to_string());
    right.extend(s.datasource.then(|| "datasource".to_owned()));
    let name = e.called(s);
    while right.len() > 1 && cut::width(&right.join(" · ")) + cut::width(&name).min(20) + 4 > pen.room() {
        right.pop();
    }
    pen.right(&right.join(" · "), Role::Dim);
    if how.marked {
        pen.put(glyph::MARK, Role::Accent).space(1);
    }
    pen.put(&cut::middle(&name, pen.room()), if how.selected { Role::Accent } else { Role::Text });
    if pen.room() > 2 {
        let rule = pen.space(1).room();
        pen.put(&glyph::QUIET.repeat(rule), Role::Border);
    }
}

/// The status in a word; a deliberate zero is idle, not stopped.
pub(crate) fn word(s: &Service) -> &'static str {
    if s.idle && s.status == Status::Stopped { "Idle" } else { s.status.word() }
}

/// Glyph and status, with `…` while a kind that it needs has not arrived.
pub(crate) fn put_word(pen: &mut Pen<'_>, state: &State, e: &Environment, s: &Service) {
    let (glyph, role) = glyph::status(s.status, s.idle);
    let flashes = state.flashes.is(&e.id, Some(&s.object), Cell::State);
    pen.put(glyph, role).space(1).invert(flashes).put(word(s), role).invert(false);
    if s.provisional {
        pen.put("…", Role::Dim);
    }
}

fn put_status(pen: &mut Pen<'_>, state: &State, e: &Environment, s: &Service) {
    put_word(pen, state, e, s);
    let flashes = state.flashes.is(&e.id, Some(&s.object), Cell::Count);
    pen.space(3).invert(flashes).put(&ready(s), Role::Text).invert(false);
    if s.desired > 0 && s.status != Status::NotAvailable {
        pen.put(" ready", Role::Text);
    }
    pen.space(3);
    words::put_issues(pen, &e.issues_of(&s.object));
}

/// `1/3`; of a stopped service the count that a start brings back: `0/2`; `–` where nothing is known.
pub(crate) fn ready(s: &Service) -> String {
    let wanted = match &s.memory {
        Some(memory) if s.desired == 0 => memory.replicas.unwrap_or(0),
        _ => s.desired,
    };
    if matches!(s.status, Status::NotAvailable | Status::Missing) && wanted == 0 {
        format::UNKNOWN.to_owned()
    } else {
        format!("{}/{wanted}", s.ready)
    }
}

fn put_matter(pen: &mut Pen<'_>, state: &State, e: &Environment, s: &Service) {
    if let Some(why) = words::matter_in(e, s, pen.room()) {
        pen.sentence(why, Role::Text);
        return;
    }
    let mut parts = Vec::new();
    if let Some((cpu, memory)) = s.usage {
        parts.push(format!("cpu {}", format::cpu(cpu)));
        parts.push(format!("memory {}", format::memory(memory)));
    }
    if s.restarts > 0 {
        parts.push(format::plural(s.restarts as usize, "restart", "restarts"));
    }
    if let Some(owner) = &s.managed_by {
        parts.push(format!("managed by {owner}"));
    }
    if parts.is_empty() {
        parts.extend(s.idle.then(|| "at zero on purpose".to_owned()));
        parts.extend(asked(s));
        parts.extend(nodes(state, s));
    }
    // Whole parts only: the first ones say most.
    while parts.len() > 1 && cut::width(&parts.join("  ")) > pen.room() {
        parts.pop();
    }
    pen.sentence(&parts.join("  "), Role::Dim);
}

/// What it asks for, where nothing tells what it uses: `asks cpu 400m, 1.0 GiB`.
fn asked(s: &Service) -> Option<String> {
    let pods = s.pods.iter().filter(|p| !p.ended());
    let sum = |of: fn(&PodRow) -> Option<u64>| pods.clone().filter_map(|p| of(p)).sum::<u64>();
    let cpu = sum(|p| p.resources.cpu_request);
    let memory = sum(|p| p.resources.memory_request);
    let parts = [(cpu > 0).then(|| format!("cpu {}", format::cpu(cpu))), (memory > 0).then(|| format::memory(memory))];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("asks {}", parts.join(", ")))
}

/// Where its pods are: `on node-3`, `on 4 nodes, 1 cordoned`.
fn nodes(state: &State, s: &Service) -> Option<String> {
    let nodes: BTreeSet<&str> = s.pods.iter().filter_map(|p| p.node.as_deref()).collect();
    let first = nodes.first()?;
    let cordoned = nodes.iter().filter(|n| state.snapshot.nodes.get(**n).is_some_and(|n| n.cordoned)).count();
    Some(match (nodes.len(), cordoned) {
        (1, 0) => format!("on {first}"),
        (1, _) => format!("on {first}, cordoned"),
        (all, 0) => format!("on {all} nodes"),
        (all, some) => format!("on {all} nodes, {some} cordoned"),
    })
}

/// Cells of the image of `s` on a card that is `width` wide.
pub(super) fn image_room(state: &State, s: &Service, width: u16) -> usize {
    let room = usize::from(width.saturating_sub(BESIDE));
    let more = if s.images.len() > 1 {
        words::number_width(u32::try_from(s.images.len() - 1).unwrap_or(u32::MAX)) + 2
    } else {
        0
    };
    room.saturating_sub(cut::width(&deployed(state, s, room)) + 1 + more)
}

/// `2d ci-bot`: who deployed it may take a third of the line.
fn deployed(state: &State, s: &Service, room: usize) -> String {
    let age = format::age(s.deployed_at.or(s.created), state.now);
    let by = cut::middle(who(s.deployed_by.as_ref()).unwrap_or_default(), room / 3);
    if by.is_empty() { age } else { format!("{age} {by}") }
}

fn put_image(pen: &mut Pen<'_>, state: &State, s: &Service, (images, room): (Images, usize)) {
    pen.right(&deployed(state, s, pen.room()), Role::Dim);
    let more = s.images.len().saturating_sub(1);
    if let Some(first) = s.images.first() {
        if more > 0 {
            pen.right(&format!("+{more}"), Role::Dim);
        }
        pen.name(&images.said(first, room), Role::Text);
    }
}

fn put_address(pen: &mut Pen<'_>, s: &Service) {
    if s.spot {
        pen.right("spot", Role::Dim);
    }
    let address = s.addresses.first().map(|a| words::address(a, &s.object.namespace));
    let url = s.urls.first().map(|u| words::url(u));
    match (address, url) {
        (Some(address), Some(url)) => {
            // Both, each with at least half of the line where both are long.
            let room = pen.room().saturating_sub(4);
            let for_url = (cut::width(url)).min(room.saturating_sub(cut::width(&address).min(room / 2)));
            let url = cut::middle(url, for_url);
            pen.right(&format!("{} {url}", glyph::URL), Role::Accent);
            pen.name(&address, Role::Text);
        }
        (Some(address), None) => pen.name(&address, Role::Text),
        (None, Some(url)) => {
            pen.put(glyph::URL, Role::Accent).space(1).name(url, Role::Accent);
        }
        (None, None) => {}
    }
}
