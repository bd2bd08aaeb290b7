//! What of a namespace a changed row makes stale: that is what is made anew, and nothing else.

use std::sync::Arc;

use super::holder::Holder;
use crate::domain::assemble::credit;
use crate::domain::row::{ClaimRow, IngressRow, JobRow, ReleaseRow, SliceRow};
use crate::domain::{ObjectId, Text};

/// What of a namespace a change makes stale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stale {
    /// Nothing: the row is as it was.
    Nothing,
    /// The environment's own fields and its phase.
    Head,
    /// One service (and tasks, where it is one of these).
    Holder(Holder),
    /// As [`Stale::Holder`], and who belongs to whom may have changed, so events move too.
    Members(Holder),
    /// The services that this Kubernetes Service leads to.
    Behind(Text),
    /// The services of this Helm release.
    Release(Text),
    /// The services that take this claim.
    Claim(Text),
    /// All tasks.
    Tasks,
    /// The folded events.
    Events,
    /// Everything.
    All,
    /// Each of these.
    Each(Vec<Stale>),
}

/// What a row makes stale, as it was and as it is; nothing where it is as it was.
pub(super) fn swap<T>(row: T, of: impl Fn(&T) -> Stale, put: impl FnOnce(T) -> Result<Option<Arc<T>>, ()>) -> Stale {
    let now = of(&row);
    match put(row) {
        Err(()) => Stale::Nothing,
        Ok(None) => now,
        Ok(Some(old)) => Stale::Each(vec![of(&old), now]),
    }
}

/// What a row that is gone makes stale.
pub(super) fn gone<T>(old: Option<Arc<T>>, of: impl Fn(&T) -> Stale) -> Stale {
    old.map_or(Stale::Nothing, |old| of(&old))
}

/// A Job of a Helm release tells whether the release is still busy.
pub(super) fn of_job(row: &JobRow) -> Stale {
    let release = credit::helm(&row.meta).cloned().map(Stale::Release);
    Stale::Each(release.into_iter().chain([Stale::Tasks]).collect())
}

pub(super) fn of_route(row: &IngressRow) -> Stale {
    Stale::Each(row.rules.iter().map(|(_, _, service, _)| Stale::Behind(service.clone())).collect())
}

pub(super) fn of_slice(row: &SliceRow) -> Stale {
    Stale::Behind(row.service.clone())
}

pub(super) fn of_claim(row: &ClaimRow) -> Stale {
    Stale::Claim(row.name.clone())
}

pub(super) fn of_release(row: &ReleaseRow) -> Stale {
    Stale::Release(row.name.clone())
}

/// What it scales is declared; its own events name that.
pub(super) fn of_target(target: &ObjectId, known: bool) -> Stale {
    let holder = Holder::of_object(target);
    if known { Stale::Holder(holder) } else { Stale::Members(holder) }
}

/// `stale`, if there was something to remove.
pub(super) fn removed<T>(old: Option<T>, stale: Stale) -> Stale {
    if old.is_some() { stale } else { Stale::Nothing }
}
