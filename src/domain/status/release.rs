//! Rule 4: the newest release failed, or hangs: Helm's own word for it, Flux's, or Argo CD's.

use super::facts::Facts;
use super::notes::Notes;
use super::{Status, Verdict};
use crate::domain::Time;
use crate::domain::kind::Kind;
use crate::domain::row::ReleaseRow;

/// Seconds for which a release may be pending.
const PENDING: i64 = 600;

/// What is wrong with a Helm release, of which nothing is `busy` where it hangs.
pub(crate) fn trouble(row: &ReleaseRow, busy: impl FnOnce() -> bool, notes: &Notes) -> Option<&'static str> {
    if row.status == "failed" {
        return Some("failed");
    }
    let hangs = row.status.starts_with("pending-") && !busy() && row.at.is_some_and(|at| notes.older(at, PENDING));
    hangs.then_some("hangs")
}

/// Rule 4: and the workload is not fully available.
pub(super) fn failed(f: &Facts<'_>) -> Option<Verdict> {
    let (words, at) = remark(f)?;
    (!f.fully_available()).then(|| Verdict::new(Status::ReleaseFailed).because(words.clone()).brief(words).since(at))
}

/// What is wrong with the release, and since when.
pub(crate) fn remark(f: &Facts<'_>) -> Option<(String, Option<Time>)> {
    let helm = || {
        let release = (*f.release.get(f.notes)?)?;
        Some((
            format!(
                "release {} {}",
                release.row.name,
                trouble(&release.row, || release.busy || f.rolling_out(), f.notes)?
            ),
            release.row.at,
        ))
    };
    let delivered = || {
        let first = f.failed_deliveries.get(f.notes)?.first()?;
        let words = match first.kind {
            Kind::Application => format!("sync of {} failed", first.name),
            _ => format!("release {} failed", first.name),
        };
        Some((words, first.failed.as_ref().and_then(|f| f.since)))
    };
    helm().or_else(delivered)
}
