//! Brings a list up to date where only some environments have changed: their rows are put in the place of what
//! they were, the rest is not looked at.
//!
//! What can't be done so says so, and the list is made anew: too much has changed, or the rows of the pane hang on
//! more than their environments.

use std::sync::Arc;

use imbl::OrdMap;
use imbl::ordmap::DiffItem;

use super::{collect, order};
use crate::app::fold;
use crate::app::list::{Held, List, Made};
use crate::app::pane::{Pane, Scope, Source};
use crate::app::row::{Row, RowKey};
use crate::domain::environment::Environment;
use crate::domain::project::Project;
use crate::domain::{EnvironmentId, Snapshot, Time};

/// What has changed since a list was made.
pub(super) enum Touched {
    /// Nothing that it shows.
    Nothing,
    /// The rows of these environments, or projects.
    These(Vec<Pair>),
    /// Too much, or what can't be told.
    All,
}

/// The rows of one environment (or the row of one project), unfiltered, as they were and as they are.
#[derive(Default)]
pub(super) struct Pair {
    before: Vec<Row>,
    after: Vec<Row>,
}

/// What of a list's rows differs between what it was made of and now.
pub(super) fn touched(pane: Pane, made: &Made, now: &Snapshot, since: Option<Time>) -> Touched {
    let before = &made.snapshot;
    let nothing_else = |same: bool| if same { Touched::Nothing } else { Touched::All };
    if pane == Pane::Health {
        if made.basis.open.contains(&RowKey::Past) {
            return nothing_else(Arc::ptr_eq(&before.resolved, &now.resolved));
        }
        if before.issues != now.issues {
            return Touched::All;
        }
    }
    match (pane.info().source, &made.basis.scope) {
        (Source::Projects, _) => {
            let row = |p: Option<&Arc<Project>>| p.cloned().map(Row::Project).into_iter().collect();
            let pairs = differences(&before.projects, &now.projects);
            let pairs = pairs.map(|(old, new)| Pair { before: row(old), after: row(new) });
            enough(pairs.collect(), now.projects.len())
        }
        // They are the state's own; that they have changed is said in the basis.
        (Source::Revisions, _) => Touched::Nothing,
        // What leaves the axis is more than its events.
        (_, Scope::Environment(id)) if pane.info().an_hour => {
            nothing_else(made.since == since && untouched(before, now, id, since, since))
        }
        (_, Scope::Environment(id) | Scope::Service(id, _)) => {
            nothing_else(untouched(before, now, id, made.since, since))
        }
        (_, Scope::Project(name)) => match (before.projects.get(name), now.projects.get(name)) {
            (Some(a), Some(b)) if a.environments == b.environments => many(pane, made, now, since),
            _ => Touched::All,
        },
        (_, Scope::All) => many(pane, made, now, since),
    }
}

/// Whether a list of one environment would be made of the same.
fn untouched(before: &Snapshot, now: &Snapshot, id: &EnvironmentId, from: Option<Time>, to: Option<Time>) -> bool {
    match (before.environment(id), now.environment(id)) {
        (Some(a), Some(b)) => a == b && (from == to || advances(from, to) && !leaves(a, from, to)),
        (None, None) => true,
        _ => false,
    }
}

/// Whether the time from which events are shown only goes on.
fn advances(from: Option<Time>, to: Option<Time>) -> bool {
    matches!((from, to), (Some(from), Some(to)) if from <= to)
}

/// Whether an event of `e` was shown from `from` on and is not from `to` on. They come newest first.
fn leaves(e: &Environment, from: Option<Time>, to: Option<Time>) -> bool {
    let stays = e.events.partition_point(|v| v.time.is_none_or(|t| Some(t) >= to));
    e.events.get(stays).is_some_and(|v| v.time >= from)
}

fn many(pane: Pane, made: &Made, now: &Snapshot, since: Option<Time>) -> Touched {
    if made.since != since && !advances(made.since, since) {
        return Touched::All;
    }
    let inside = |e: &Arc<Environment>| match &made.basis.scope {
        Scope::Project(name) => e.project == *name,
        _ => true,
    };
    let changed = differences(&made.snapshot.environments, &now.environments);
    let mut changed: Vec<_> = changed.filter(|(old, new)| old.iter().chain(new).any(|e| inside(e))).collect();
    if pane.info().source == Source::Operations {
        // What ran here is left out while its journal says the same.
        let journaled = changed.iter().flat_map(|(old, new)| old.iter().chain(new)).any(|e| e.operation.is_some());
        return if journaled { Touched::All } else { Touched::Nothing };
    }
    if pane == Pane::Environments && made.basis.open().is_some() {
        // What a fold says of what it holds is said anew; what is in one that is closed has no row.
        let said = |e: &Arc<Environment>| fold::class(e).map(|class| (class, e.issue_counts()));
        if changed.iter().any(|(old, new)| old.map(said) != new.map(said)) {
            return Touched::All;
        }
        let closed = made.folds && !made.basis.open.contains(&RowKey::Fold);
        changed.retain(|(old, _)| !closed || old.is_some_and(|e| fold::class(e).is_none()));
    }
    let hints = |e: &Arc<Environment>| e.issues.iter().filter(|i| i.is_hint()).count();
    let folding = made.basis.open();
    // What the fold says of them is said anew, open or not.
    if pane == Pane::Health && folding.is_some() && changed.iter().any(|(old, new)| old.map(hints) != new.map(hints)) {
        return Touched::All;
    }
    let closed = folding.is_some_and(|open| !open.contains(&RowKey::Fold));
    let rows = |e: Option<&Arc<Environment>>, since| {
        let mut rows = Vec::new();
        e.into_iter().for_each(|e| collect::inside(pane, e, None, since, made.basis.open(), &mut rows));
        rows.retain(|row| pane != Pane::Health || !closed || fold::rank(row) == 0);
        rows
    };
    let pair = |old, new| Pair { before: rows(old, made.since), after: rows(new, since) };
    let mut pairs: Vec<Pair> = changed.into_iter().map(|(old, new)| pair(old, new)).collect();
    if made.since != since {
        let same = now.environments.values().filter(|e| inside(e) && leaves(e, made.since, since));
        let same = same.filter(|e| made.snapshot.environment(&e.id) == Some(e));
        pairs.extend(same.map(|e| pair(Some(e), Some(e))));
    }
    pairs.retain(|p| !p.before.is_empty() || !p.after.is_empty());
    enough(pairs, now.environments.len())
}

/// `pairs` of `all`, unless these are too many: putting a row in its place costs more than making it.
fn enough(pairs: Vec<Pair>, all: usize) -> Touched {
    match pairs.len() {
        0 => Touched::Nothing,
        n if n > all / 2 => Touched::All,
        _ => Touched::These(pairs),
    }
}

/// What differs between two maps of pictures: what was there, and what is. What they share is not looked at.
fn differences<'a, K: Ord, T: PartialEq>(
    before: &'a OrdMap<K, Arc<T>>,
    now: &'a OrdMap<K, Arc<T>>,
) -> impl Iterator<Item = (Option<&'a Arc<T>>, Option<&'a Arc<T>>)> {
    before.diff(now).map(|change| match change {
        DiffItem::Add(_, new) => (None, Some(new)),
        DiffItem::Update { old: (_, old), new: (_, new) } => (Some(old), Some(new)),
        DiffItem::Remove(_, old) => (Some(old), None),
    })
}

/// Rows that leave and rows that come.
#[derive(Default)]
struct Edit {
    /// Where rows leave.
    out: Vec<usize>,
    /// Rows that come, and before which row.
    new: Vec<(usize, Row)>,
}

/// Puts the rows of `pairs` into the list in place of what they were. Returns where the row of the cursor is to be
/// looked for, and how many rows were collected; `None` where the list is not what it was said to be made of.
pub(super) fn mend(list: &mut List, pane: Pane, made: &Made, pairs: Vec<Pair>) -> Option<(usize, usize)> {
    let (mut collected, mut total) = (0, list.total);
    let (mut edit, mut fresh) = (Edit::default(), Vec::new());
    let all = Arc::make_mut(&mut list.rows);
    let shown = |rows: Vec<Row>| {
        let mut rows = match &made.basis.filter {
            Some(filter) => filter.apply(rows),
            None => rows,
        };
        order::sort(pane.info().order, &mut rows, made.basis.sort);
        rows
    };
    for Pair { before, after } in pairs {
        collected += before.len() + after.len();
        let things = |rows: &[Row]| fold::things(rows, made.basis.open());
        total = (total + things(&after)).checked_sub(things(&before))?;
        let (before, after) = (shown(before), shown(after));
        match &list.held {
            None => sorted(made, all, before, after, &mut edit)?,
            Some(held) => in_place(held, all, &before, after, &mut edit, &mut fresh)?,
        }
    }
    list.total = total;
    edit.out.sort_unstable();
    let at = list.at + edit.new.iter().filter(|(to, _)| *to <= list.at).count();
    let at = at.saturating_sub(edit.out.iter().filter(|out| **out < list.at).count());
    let place = |a: &Row, b: &Row| order::place(made, a, b);
    match &mut list.held {
        None => edit.new.sort_by(|(to, a), (or, b)| to.cmp(or).then_with(|| place(a, b))),
        Some(held) => {
            let held = Arc::make_mut(held);
            // The new ones in their natural order, at the end.
            fresh.sort_by(place);
            let mut places: Vec<(usize, usize)> = edit.new.iter().map(|(to, r)| (*to, held.give(r))).collect();
            places.extend(fresh.iter().map(|r| (all.len(), held.give(r))));
            places.sort_unstable();
            edit.new.extend(fresh.into_iter().map(|r| (all.len(), r)));
            edit.new.sort_by_key(|(_, row)| held.place(row));
            splice(&mut held.taken, &edit.out, places);
        }
    }
    splice(all, &edit.out, edit.new);
    Some((at, collected))
}

/// Where the order is the rows' own: each is found, and stays where it is if nothing that it is sorted by has changed.
fn sorted(made: &Made, all: &mut [Row], before: Vec<Row>, after: Vec<Row>, edit: &mut Edit) -> Option<()> {
    use std::cmp::Ordering::{Equal, Less};
    let place = |a: &Row, b: &Row| order::place(made, a, b);
    let mut places: Vec<usize> = Vec::with_capacity(before.len());
    let mut last: Option<&Row> = None;
    for row in &before {
        let at = match (last, places.last()) {
            (Some(last), Some(at)) if place(last, row) == Equal => at + 1,
            _ => all.partition_point(|r| place(r, row) == Less),
        };
        if !all.get(at).is_some_and(|r| belong_together(r, row)) {
            return None;
        }
        places.push(at);
        last = Some(row);
    }
    if before.len() == after.len() && before.iter().zip(&after).all(|(a, b)| place(a, b) == Equal) {
        for (at, row) in places.into_iter().zip(after) {
            *all.get_mut(at)? = row;
        }
        return Some(());
    }
    edit.out.extend(places);
    edit.new.extend(after.into_iter().map(|row| (all.partition_point(|r| place(r, &row) == Less), row)));
    Some(())
}

/// Where the order is held: each row stays at its place; those that have none are `fresh`.
fn in_place(
    held: &Held,
    all: &mut [Row],
    before: &[Row],
    after: Vec<Row>,
    edit: &mut Edit,
    fresh: &mut Vec<Row>,
) -> Option<()> {
    let mut leaving = Vec::with_capacity(before.len());
    for row in before {
        let at = held.index(held.place(row)?).ok()?;
        if !all.get(at).is_some_and(|r| belong_together(r, row)) {
            return None;
        }
        leaving.push(at);
    }
    leaving.sort_unstable();
    if leaving.windows(2).any(|two| matches!(two, [a, b] if a == b)) {
        return None;
    }
    for row in after {
        match held.place(&row).map(|place| held.index(place)) {
            None => fresh.push(row),
            Some(Err(to)) => edit.new.push((to, row)),
            Some(Ok(at)) => {
                // Its own place, or it is somebody else's.
                leaving.remove(leaving.binary_search(&at).ok()?);
                *all.get_mut(at)? = row;
            }
        }
    }
    edit.out.extend(leaving);
    Some(())
}

/// Whether both are of one environment, or one project.
fn belong_together(a: &Row, b: &Row) -> bool {
    match (a, b) {
        (Row::Project(a), Row::Project(b)) => a.name == b.name,
        _ => a.environment().zip(b.environment()).is_some_and(|(a, b)| a.id == b.id),
    }
}

/// Takes what stands at `out` away and puts `new` before what stands at theirs; both in order.
fn splice<T>(all: &mut Vec<T>, out: &[usize], new: Vec<(usize, T)>) {
    if out.is_empty() && new.is_empty() {
        return;
    }
    let mut spliced = Vec::with_capacity((all.len() + new.len()).saturating_sub(out.len()));
    let (mut out, mut new) = (out.iter().peekable(), new.into_iter().peekable());
    for (at, item) in std::mem::take(all).into_iter().enumerate() {
        while let Some((_, come)) = new.next_if(|(to, _)| *to <= at) {
            spliced.push(come);
        }
        if out.next_if(|gone| **gone == at).is_none() {
            spliced.push(item);
        }
    }
    spliced.extend(new.map(|(_, come)| come));
    *all = spliced;
}

/// How two rows stand to one another, those of one environment too.
pub(super) fn natural(made: &Made, a: &Row, b: &Row) -> std::cmp::Ordering {
    let within = || match (a, b) {
        (Row::Service(e, a), Row::Service(_, b)) => {
            let at = |s| e.services.iter().position(|o| Arc::ptr_eq(o, s));
            at(a).cmp(&at(b))
        }
        (Row::Issue(_, a), Row::Issue(_, b)) => a.cmp(b),
        _ => std::cmp::Ordering::Equal,
    };
    order::place(made, a, b).then_with(within)
}

#[cfg(test)]
mod tests {
    use super::splice;

    #[test]
    fn what_leaves_and_what_comes_at_one_place_do_not_disturb_each_other() {
        let of = |out: &[usize], new: &[(usize, char)]| {
            let mut all = vec!['a', 'b', 'c', 'd'];
            splice(&mut all, out, new.to_vec());
            all.into_iter().collect::<String>()
        };
        assert_eq!(of(&[], &[]), "abcd");
        assert_eq!(of(&[1, 3], &[]), "ac");
        assert_eq!(of(&[], &[(0, 'x'), (2, 'y'), (4, 'z')]), "xabycdz");
        assert_eq!(of(&[0, 1, 2, 3], &[(2, 'x'), (2, 'y')]), "xy");
        assert_eq!(of(&[2], &[(2, 'x'), (3, 'y'), (4, 'z')]), "abxydz");
    }
}
