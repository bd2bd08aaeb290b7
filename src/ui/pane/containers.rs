//! Containers of a service's pods: those that are not well first.
//!
//! ```text
//! │   CONTAINER POD              STATUS           RESTARTS LAST EXIT    SINCE IMAGE            │
//! │   app       checkout-…-x2abc CrashLoopBackOff       14 1 error (12s)   4m acme/checkout:1  │
//! ```

use ratatui::layout::Rect;

use super::pods::exit;
use crate::app::hit::PaneHit;
use crate::app::pane::Column as By;
use crate::app::row::Row;
use crate::app::state::State;
use crate::app::words::container_word;
use crate::domain::row::{ContainerRow, ContainerState, PodRow, Termination};
use crate::ui::canvas::{Canvas, Pen};
use crate::ui::theme::Role;
use crate::ui::widget::columns::Column;
use crate::ui::widget::table::{self, Look};
use crate::ui::words::Images;
use crate::ui::{cut, format, words};

#[derive(Clone, Copy)]
enum C {
    Name,
    Pod,
    Status,
    Restarts,
    Exit,
    Since,
    Image,
}

/// Cells of a status: `CrashLoopBackOff`, `Running, not ready`.
const STATUS: usize = 18;

pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, look: Look<'_>, area: Rect) -> PaneHit {
    let widest = |of: &dyn Fn(&ContainerRow) -> usize| table::widest(look, |r| r.container().map_or(0, of));
    let pod = table::widest(look, |r| pod_of(r).map_or(0, |p| cut::width(&p.name)));
    let last = widest(&|c| ended(c).map_or(0, |t| cut::width(&exit(t, state.now))));
    let meaning = widest(&|c| ended(c).map_or(0, |t| cut::width(&words::exit(t))));
    let image = Images::of(table::sample(look).iter().filter_map(Row::container).map(|c| c.image.as_str()));
    let word = widest(&|c| status(c).len());
    let mut columns = vec![
        Column::between(C::Name, "CONTAINER", 9, widest(&|c| name(c).len()).min(24)).sorts(By::Name),
        Column::between(C::Pod, "POD", 10, pod).comfort(18).leaves(4).sorts(By::Where),
        Column::between(C::Status, "STATUS", word.min(STATUS), word.min(26)).sorts(By::Status),
        Column::fixed(C::Restarts, "RESTARTS", 8).right().leaves(3).sorts(By::Restarts),
    ];
    if last > 0 {
        columns.push(Column::between(C::Exit, "LAST EXIT", 12, last.min(34)).comfort(meaning.min(34)).leaves(5));
    }
    columns.push(Column::fixed(C::Since, "SINCE", 5).right().leaves(2));
    columns.push(Column::between(C::Image, "IMAGE", 12, image.whole().min(60)).comfort(24).yields(1).sorts(By::Image));
    let cell = |row: &Row, column: C, pen: &mut Pen<'_>| {
        let (Some(c), Some(p)) = (row.container(), pod_of(row)) else { return };
        match column {
            C::Name => pen.name(&name(c), Role::Text),
            C::Pod => pen.name(&p.name, Role::Dim),
            C::Status => pen.sentence(&status(c), role(c)),
            C::Restarts => {
                pen.flush_right(&format::count(c.restarts.into()), if c.restarts > 0 { Role::Warn } else { Role::Dim });
            }
            C::Exit => {
                if let Some(t) = ended(c) {
                    let whole = exit(t, state.now);
                    let words = if cut::width(&whole) > pen.room() { words::exit(t) } else { whole };
                    pen.sentence(&words, Role::Text);
                }
            }
            C::Since => pen.flush_right(&format::age(since(c), state.now), Role::Dim),
            C::Image => pen.name(&image.said(&c.image, pen.room()), Role::Dim),
        }
    };
    table::draw(canvas, area, look, &columns, cell)
}

fn pod_of(row: &Row) -> Option<&PodRow> {
    match row {
        Row::Container(.., p, _) => Some(p),
        _ => None,
    }
}

/// Its name; what runs before the others says so.
fn name(c: &ContainerRow) -> String {
    if c.init { format!("{} (init)", c.name) } else { c.name.to_string() }
}

/// What it does; that it runs is not that it is ready.
fn status(c: &ContainerRow) -> String {
    let word = container_word(c);
    if matches!(c.state, ContainerState::Running(_)) && !c.ready && !c.init {
        format!("{word}, not ready")
    } else {
        word.to_owned()
    }
}

fn role(c: &ContainerRow) -> Role {
    match &c.state {
        ContainerState::Running(_) if c.ready => Role::Good,
        ContainerState::Running(_) if c.init => Role::Busy,
        ContainerState::Running(_) => Role::Warn,
        ContainerState::Terminated(t) if t.code == 0 => Role::Off,
        ContainerState::Terminated(_) => Role::Bad,
        ContainerState::Waiting { reason, .. } if matches!(&**reason, "" | "ContainerCreating" | "PodInitializing") => {
            Role::Busy
        }
        ContainerState::Waiting { .. } => Role::Bad,
        ContainerState::None => Role::Dim,
    }
}

/// How it ended: now, or the last time.
fn ended(c: &ContainerRow) -> Option<&Termination> {
    match &c.state {
        ContainerState::Terminated(t) => Some(t),
        _ => c.last.as_deref(),
    }
}

/// Since when it runs, or is over.
fn since(c: &ContainerRow) -> Option<crate::domain::Time> {
    match &c.state {
        ContainerState::Running(at) => *at,
        ContainerState::Terminated(t) => t.finished,
        _ => None,
    }
}
