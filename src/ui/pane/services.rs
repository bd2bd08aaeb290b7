//! Services, worst first: all as cards where they fit; else cards for what is not good, a row for each of the rest, a
//! line of tasks. None is a card and a row.
//!
//! ```text
//! ││▌ checkout ─── Deployment  ▌ search ───── Deployment  ▌ mailer ───── Deployment   ││
//! ││▌ ✖ Degraded   1/3 ready   ▌ ◐ Progressing  1/2 ready ▌ ○ Stopped   0/2           ││
//! │   SERVICE        STATUS         READY    CPU   MEMORY IMAGE              AGE BY     │
//! │▶  catalog        ● Healthy        3/3   120m  210 MiB acme/catalog:2.0.1  2d ci-bot │
//! │   tasks  nightly-report ✓ 9h ago, next in 15h   cleanup ✖ failed 2h ago             │
//! ```

use std::sync::Arc;

use ratatui::layout::Rect;

use super::{card, several_environments, several_projects, tasks};
use crate::app::flash::Cell;
use crate::app::hit::PaneHit;
use crate::app::list::List;
use crate::app::pane::Column as By;
use crate::app::pane::{Pane, Scope, Screen};
use crate::app::row::Row;
use crate::app::state::State;
use crate::domain::Text;
use crate::domain::people::who;
use crate::domain::service::{Service, Task};
use crate::domain::status::Status;
use crate::ui::canvas::{Canvas, Pen};
use crate::ui::layout::to_hit;
use crate::ui::theme::Role;
use crate::ui::widget::columns::Column;
use crate::ui::widget::table::{self, Look};
use crate::ui::words::Images;
use crate::ui::{cut, format, glyph, words};

/// Most rows of cards with which all services are cards: more is a wall.
const WALL: usize = 5;

/// Cells of an image in a row, where there is room for more than the status.
const IMAGE: usize = 22;

/// How services are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Arrangement {
    /// Cards beside each other; 0: rows only.
    across: usize,
    /// How many of the first services are cards.
    cards: usize,
    /// Rows of cards.
    bands: usize,
    /// A line of tasks.
    tasks: bool,
}

impl Arrangement {
    /// Rows that it takes, of `n` services.
    fn height(&self, n: usize) -> usize {
        let rows = n.saturating_sub(self.cards);
        let heading = usize::from(rows > 0);
        self.bands * usize::from(card::HEIGHT) + heading + rows + usize::from(self.tasks)
    }
}

/// Whether a service should catch the eye: what is not good. A deliberate zero is nobody's fault.
fn stands_out(s: &Service) -> bool {
    !matches!(s.status, Status::Healthy | Status::Running | Status::NotAvailable) && !s.idle
}

/// Lays `list` out in `width` columns and at most `height` rows.
fn arrange(state: &State, list: &List, width: u16, height: u16) -> Arrangement {
    let n = list.rows().len();
    let tasks = !line_of_tasks(state, list).is_empty();
    let rows_only = Arrangement { across: 0, cards: 0, bands: 0, tasks };
    let across = usize::from(width / card::LEAST);
    let height = usize::from(height).saturating_sub(usize::from(tasks));
    let card_height = usize::from(card::HEIGHT);
    if state.view().rows_only || across == 0 || n == 0 {
        return rows_only;
    }
    let all = n.div_ceil(across);
    if all <= WALL && all * card_height <= height {
        return Arrangement { across, cards: n, bands: all, tasks };
    }
    // Sorted by a person, the first ones are not the worst: cards would only be larger rows.
    if list.sort.is_some() || across < 3 {
        return rows_only;
    }
    let out = list.rows().iter().take(across * 4).filter(|r| matches!(r, Row::Service(_, s) if stands_out(s))).count();
    // Rows keep at least half of the height.
    let most = height / 2 / card_height;
    let bands = out.div_ceil(across).min(3).min(most);
    if bands == 0 || out == 0 {
        return rows_only;
    }
    Arrangement { across, cards: (bands * across).min(n), bands, tasks }
}

/// Rows that services need in `width` columns and at most `height` rows, without the border.
pub(super) fn need(state: &State, width: u16, height: u16) -> usize {
    let list = state.list(Pane::Services);
    arrange(state, list, width, height).height(list.rows().len().min(super::ENOUGH))
}

/// Tasks that stand below the services: of the one environment that the dashboard is at.
fn line_of_tasks<'a>(state: &'a State, list: &List) -> &'a [Arc<Task>] {
    match (&list.scope, state.screen()) {
        (Scope::Environment(id), Screen::Dashboard) => state.snapshot.environment(id).map_or(&[], |e| &e.tasks),
        _ => &[],
    }
}

/// Fewer and wider cards, where all services are cards and rows are left: what matters is cut less.
fn widen(how: Arrangement, n: usize, width: u16, height: u16) -> Arrangement {
    let height = usize::from(height).saturating_sub(usize::from(how.tasks));
    let fits = |across: &usize| {
        let bands = n.div_ceil(*across);
        // Two cards that are wider than they need beside each other rather than one above the other.
        let wide = usize::from(width) / across > usize::from(card::MOST) && n > *across;
        bands <= WALL && bands * usize::from(card::HEIGHT) <= height && !wide
    };
    match (1..how.across).find(fits) {
        Some(across) if how.cards == n => Arrangement { across, bands: n.div_ceil(across), ..how },
        _ => how,
    }
}

pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, look: Look<'_>, area: Rect) -> PaneHit {
    let how = arrange(state, look.list, area.width, area.height);
    let how = widen(how, look.list.rows().len(), area.width, area.height);
    let mut area = area;
    if how.tasks && area.height > 3 {
        // Right below the services, wherever these end.
        let services = Arrangement { tasks: false, ..how }.height(look.list.rows().len());
        area.height = (area.height - 1).min(u16::try_from(services).unwrap_or(u16::MAX));
        let mut pen = canvas.pen(area.x + table::GUTTER, area.bottom(), area.width.saturating_sub(table::GUTTER));
        tasks::line(&mut pen, line_of_tasks(state, look.list), state.now);
    }
    let mut items = cards(canvas, state, look, how, area);
    let above = u16::try_from(how.bands).unwrap_or(0).saturating_mul(card::HEIGHT).min(area.height);
    let body = Rect { y: area.y + above, height: area.height - above, ..area };
    if how.cards >= look.list.rows().len() && how.bands > 0 {
        return PaneHit { area: to_hit(area), page: u16::try_from(how.bands).unwrap_or(1).max(1), top: 0, items };
    }
    let rows = rows(canvas, state, Look { from: how.cards, ..look }, body);
    items.extend(rows.items);
    PaneHit { items, ..rows }
}

/// Draws the cards; returns where they are.
fn cards(
    canvas: &mut Canvas<'_>,
    state: &State,
    look: Look<'_>,
    how: Arrangement,
    area: Rect,
) -> Vec<(usize, crate::app::hit::Rect)> {
    let mut items = Vec::new();
    if how.across == 0 {
        return items;
    }
    let list = look.list;
    let width = (area.width / u16::try_from(how.across).unwrap_or(1)).min(card::MOST);
    let place = |slot: usize| -> Rect {
        let (band, at) = (slot / how.across, slot % how.across);
        let x = area.x + width * u16::try_from(at).unwrap_or(0);
        let y = area.y + card::HEIGHT * u16::try_from(band).unwrap_or(0);
        Rect { x, y, width, height: card::HEIGHT }.intersection(area)
    };
    // All images of the pane in the same way: where rows follow, as short as these may need them.
    let images = images(Look { from: 0, ..look });
    let cards = list.rows().iter().take(how.cards).filter_map(|r| match r {
        Row::Service(_, s) => s.images.first().map(|i| (i.as_str(), card::image_room(state, s, width))),
        _ => None,
    });
    let room = images.room(cards);
    let room = if how.cards >= list.rows().len() { room } else { room.min(beside_cards(images)) };
    let mut one = |at: usize, selected: bool| {
        let Some(row @ Row::Service(e, s)) = list.rows().get(at) else { return };
        let standing = card::Standing {
            selected: selected && look.focused,
            pinned: selected && !look.focused && list.is_pinned(),
            marked: list.is_marked(row),
            images: (images, room),
            with_place: several_environments(&look),
            with_project: several_projects(&look),
        };
        card::draw(canvas, state, e, s, place(at), standing);
    };
    for at in 0..how.cards {
        one(at, at == list.at());
        items.push((at, to_hit(place(at))));
    }
    items
}

/// Cells of an image in rows that stand below cards, at the least; these say theirs alike.
fn beside_cards(images: Images) -> usize {
    if images.path() <= IMAGE { images.path() } else { 0 }
}

/// How images are said in this pane.
fn images(look: Look<'_>) -> Images {
    Images::of(table::sample(look).iter().filter_map(|r| match r {
        Row::Service(_, s) => s.images.first().map(Text::as_str),
        _ => None,
    }))
}

#[derive(Clone, Copy)]
enum C {
    Name,
    Where,
    Status,
    Ready,
    Cpu,
    Memory,
    Image,
    Age,
    By,
    Address,
    Url,
}

fn rows(canvas: &mut Canvas<'_>, state: &State, look: Look<'_>, area: Rect) -> PaneHit {
    // What is a card decides about no column.
    let widest = |of: &dyn Fn(&Service) -> usize| {
        table::widest(look, |r| match r {
            Row::Service(_, s) => of(s),
            _ => 0,
        })
    };
    let paths = several_projects(&look);
    let status = table::widest(look, |r| match r {
        Row::Service(e, s) => {
            let why = words::matter(e, s).map_or(0, |m| cut::width(unrepeated(s, m)) + 3);
            2 + card::word(s).len() + usize::from(s.provisional) + why
        }
        _ => 0,
    });
    let url = widest(&|s| s.urls.first().map_or(0, |u| cut::width(words::url(u)) + 2));
    let address = widest(&|s| s.addresses.first().map_or(0, |a| cut::width(&words::address(a, &s.object.namespace))));
    let by = widest(&|s| who(s.deployed_by.as_ref()).map_or(0, cut::width));
    let image = images(look);
    let metrics = widest(&|s| usize::from(s.usage.is_some())) > 0;
    let name = table::widest(look, |r| match r {
        Row::Service(e, s) => cut::width(&e.called(s)),
        _ => 0,
    });
    let mut columns = vec![Column::between(C::Name, "SERVICE", 10, name).comfort(20).sorts(By::Name)];
    if several_environments(&look) {
        let place = table::widest(look, |r| r.environment().map_or(0, |e| words::environment_width(e, paths)));
        columns.push(Column::between(C::Where, "WHERE", 8, place.min(28)).comfort(18).sorts(By::Where));
    }
    columns.push(Column::between(C::Status, "STATUS", 16, status.min(76)).comfort(52).grows().sorts(By::Status));
    columns.push(Column::fixed(C::Ready, "READY", widest(&|s| card::ready(s).len()).max(7)).right().sorts(By::Ready));
    if metrics {
        columns.push(Column::fixed(C::Cpu, "CPU", 6).right().yields(4).sorts(By::Cpu));
        columns.push(Column::fixed(C::Memory, "MEMORY", 8).right().yields(4).sorts(By::Memory));
    }
    columns.push(
        Column::between(C::Image, "IMAGE", 16, image.whole().min(44))
            .comfort(image.last().clamp(IMAGE, 30))
            .yields(5)
            .sorts(By::Image),
    );
    columns.push(Column::fixed(C::Age, "AGE", 4).right().leaves(6).sorts(By::Age));
    if by > 0 {
        columns.push(Column::between(C::By, "BY", by.min(8), by.min(16)).yields(3).sorts(By::By));
    }
    if address > 0 {
        columns.push(Column::between(C::Address, "ADDRESS", 10, address.min(30)).comfort(18).yields(2));
    }
    if url > 0 {
        columns.push(Column::between(C::Url, "URL", 12, url.min(40)).comfort(22).yields(1));
    }
    let cell = |row: &Row, column: C, pen: &mut Pen<'_>| {
        let Row::Service(e, s) = row else { return };
        match column {
            C::Name => table::name(pen, look, &e.called(s), Role::Text, |row| match row {
                Row::Service(e, s) => Some(e.called(s)),
                _ => None,
            }),
            C::Where => pen.name(&words::environment(e, paths), Role::Dim),
            C::Status => {
                card::put_word(pen, state, e, s);
                let why = words::matter_in(e, s, pen.room().saturating_sub(3));
                if let Some(why) = why.map(|why| unrepeated(s, why))
                    && pen.room() > 5
                {
                    pen.put(" · ", Role::Dim).sentence(why, Role::Text);
                }
            }
            C::Ready => pen
                .invert(state.flashes.is(&e.id, Some(&s.object), Cell::Count))
                .flush_right(&card::ready(s), Role::Text),
            C::Cpu => pen.flush_right(&usage(s.usage.map(|u| format::cpu(u.0))), Role::Text),
            C::Memory => pen.flush_right(&usage(s.usage.map(|u| format::memory(u.1))), Role::Text),
            C::Image => {
                if let Some(i) = s.images.first() {
                    let most = if look.from == 0 { usize::MAX } else { beside_cards(image) };
                    let room = pen.room().min(most);
                    pen.name(&image.said(i, room), Role::Dim);
                }
            }
            C::Age => pen.flush_right(&format::age(s.deployed_at.or(s.created), state.now), Role::Dim),
            C::By => pen.name(who(s.deployed_by.as_ref()).unwrap_or_default(), Role::Dim),
            C::Address => {
                if let Some(a) = s.addresses.first() {
                    pen.name(&words::address(a, &s.object.namespace), Role::Dim);
                }
            }
            C::Url => {
                if let Some(u) = s.urls.first() {
                    pen.put(glyph::URL, Role::Accent).space(1).name(words::url(u), Role::Accent);
                }
            }
        }
    };
    table::draw(canvas, area, look, &columns, cell)
}

/// A reason behind the status' word, without that word: `○ Stopped · 2h ago by jonas`.
fn unrepeated<'a>(s: &Service, why: &'a str) -> &'a str {
    if s.status == Status::Stopped { why.strip_prefix("stopped ").unwrap_or(why) } else { why }
}

fn usage(known: Option<String>) -> String {
    known.unwrap_or_else(|| format::UNKNOWN.to_owned())
}
