//! Pods: those that are not ready first.
//!
//! ```text
//! │   POD                    READY STATUS            RESTARTS LAST EXIT           NODE      AGE│
//! │   checkout-7d…-x2abc       0/1 CrashLoopBackOff        14 1 error (12s)       node-4     4m│
//! ```

use ratatui::layout::Rect;

use super::{several_environments, several_projects};
use crate::app::hit::PaneHit;
use crate::app::pane::Column as By;
use crate::app::pane::Scope;
use crate::app::row::Row;
use crate::app::state::State;
use crate::app::words::{ended, pod_word};
use crate::domain::Time;
use crate::domain::row::{PodPhase, PodRow};
use crate::ui::canvas::{Canvas, Pen};
use crate::ui::theme::Role;
use crate::ui::widget::columns::Column;
use crate::ui::widget::table::{self, Look};
use crate::ui::{cut, format, glyph, words};

#[derive(Clone, Copy)]
enum C {
    Name,
    Service,
    Where,
    Ready,
    Status,
    Restarts,
    Exit,
    Node,
    Age,
}

pub(super) fn draw(canvas: &mut Canvas<'_>, state: &State, look: Look<'_>, area: Rect) -> PaneHit {
    let paths = several_projects(&look);
    let widest = |of: &dyn Fn(&PodRow) -> usize| {
        table::widest(look, |r| match r {
            Row::Pod(.., p) => of(p),
            _ => 0,
        })
    };
    let fold = table::widest(look, |r| match r {
        Row::Ended(_, _, p, count) => cut::width(&folded(p, *count)) + 2,
        _ => 0,
    });
    let name = widest(&|p| cut::width(&p.name)).max(fold);
    let status = widest(&|p| cut::width(pod_word(p)));
    let wrong = |p: &PodRow| p.node.as_ref().and_then(|n| state.snapshot.nodes.get(n)).and_then(|n| n.wrong());
    let node = widest(&|p| p.node.as_deref().map_or(1, cut::width) + wrong(p).map_or(0, |w| cut::width(w) + 1));
    let last = widest(&|p| words::last_exit(p).map_or(0, |t| cut::width(&exit(t, state.now))));
    let service = table::widest(look, |r| match r {
        Row::Pod(e, s, _) => cut::width(&e.called(s)),
        _ => 0,
    });
    let meaning = widest(&|p| words::last_exit(p).map_or(0, |t| cut::width(&words::exit(t))));
    // A name is told from its neighbours by its end: it may be cut for the sake of what an exit means.
    let comfort = if meaning > 0 && fold == 0 { 18 } else { fold.max(24) };
    let mut columns = vec![Column::between(C::Name, "POD", 16, name).comfort(comfort).sorts(By::Name)];
    if !matches!(look.list.scope, Scope::Service(..)) {
        columns.push(Column::between(C::Service, "SERVICE", 8, service.min(24)).yields(1));
    }
    if several_environments(&look) {
        let place = table::widest(look, |r| r.environment().map_or(0, |e| words::environment_width(e, paths)));
        columns.push(Column::between(C::Where, "WHERE", 8, place.min(28)).comfort(18).sorts(By::Where));
    }
    columns.push(Column::fixed(C::Ready, "READY", 5).right().sorts(By::Ready));
    columns.push(Column::between(C::Status, "STATUS", status.clamp(9, 26), status).sorts(By::Status));
    columns.push(Column::fixed(C::Restarts, "RESTARTS", 8).right().leaves(4).sorts(By::Restarts));
    if last > 0 {
        columns.push(Column::between(C::Exit, "LAST EXIT", 12, last.min(34)).comfort(meaning.min(34)).leaves(3));
    }
    // What is wrong with a node outweighs the end of its name.
    let marked = widest(&|p| wrong(p).map_or(0, |w| cut::width(w) + 8));
    columns.push(Column::between(C::Node, "NODE", marked.max(6), node.min(34)).yields(2).sorts(By::Node));
    columns.push(Column::fixed(C::Age, "AGE", 4).right().sorts(By::Age));
    let cell = |row: &Row, column: C, pen: &mut Pen<'_>| {
        if let Row::Ended(e, s, p, count) = row {
            match column {
                C::Name => {
                    let glyph = if look.list.is_open(row) { glyph::OPEN } else { glyph::CLOSED };
                    pen.put(glyph, Role::Dim).space(1).sentence(&folded(p, *count), Role::Dim);
                }
                C::Service => pen.name(&s.object.name, Role::Dim),
                C::Where => pen.name(&words::environment(e, paths), Role::Dim),
                C::Status => pen.sentence(pod_word(p), role(p)),
                C::Age => pen.flush_right(&format::age(p.created, state.now), Role::Dim),
                C::Ready | C::Restarts | C::Exit | C::Node => {}
            }
            return;
        }
        let Row::Pod(e, s, p) = row else { return };
        match column {
            C::Name => table::name(pen, look, &p.name, Role::Text, |row| match row {
                Row::Pod(_, _, p) => Some(p.name.as_str().into()),
                _ => None,
            }),
            C::Service => pen.name(&e.called(s), Role::Dim),
            C::Where => pen.name(&words::environment(e, paths), Role::Dim),
            C::Ready => {
                let (ready, all) = ready(p);
                pen.flush_right(&format!("{ready}/{all}"), Role::Text);
            }
            C::Status => pen.sentence(pod_word(p), role(p)),
            C::Restarts => {
                let n = p.restarts();
                pen.flush_right(&format::count(n.into()), if n > 0 { Role::Warn } else { Role::Dim });
            }
            C::Exit => {
                if let Some(t) = words::last_exit(p) {
                    // What it means matters more than when it was.
                    let whole = exit(t, state.now);
                    let words = if cut::width(&whole) > pen.room() { words::exit(t) } else { whole };
                    pen.sentence(&words, Role::Text);
                }
            }
            C::Node => {
                pen.right(wrong(p).unwrap_or_default(), Role::Warn);
                pen.name(p.node.as_deref().unwrap_or(format::UNKNOWN), Role::Dim);
            }
            C::Age => pen.flush_right(&format::age(p.created, state.now), Role::Dim),
        }
    };
    table::draw(canvas, area, look, &columns, cell)
}

/// `500 evicted: low on ephemeral-storage`.
fn folded(p: &PodRow, count: u32) -> String {
    format!("{} {}", format::count(count.into()), ended(p))
}

/// Containers that are ready, and all; init containers aside.
fn ready(p: &PodRow) -> (usize, usize) {
    let own = p.containers.iter().filter(|c| !c.init);
    (own.clone().filter(|c| c.ready).count(), own.count())
}

/// `137 out of memory (12s)`: the age of the exit.
pub(super) fn exit(t: &crate::domain::row::Termination, now: Time) -> String {
    match t.finished {
        Some(_) => format!("{} ({})", words::exit(t), format::age(t.finished, now)),
        None => words::exit(t),
    }
}

fn role(p: &PodRow) -> Role {
    match p.phase {
        _ if p.deleted.is_some() => Role::Busy,
        PodPhase::Succeeded => Role::Off,
        PodPhase::Failed => Role::Bad,
        _ if p.ready => Role::Good,
        PodPhase::Pending if matches!(pod_word(p), "Pending" | "ContainerCreating" | "PodInitializing") => Role::Busy,
        PodPhase::Running if pod_word(p) == "Running" => Role::Warn,
        _ => Role::Bad,
    }
}
