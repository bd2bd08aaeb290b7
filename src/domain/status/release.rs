//! Rule 4: the newest Helm release failed, or hangs.

use super::facts::{Facts, Release};
use super::{Status, Verdict};
use crate::domain::Time;

/// Seconds for which a release may be pending.
const PENDING: i64 = 600;

/// What is wrong with the release.
fn trouble(f: &Facts<'_>, release: &Release) -> Option<&'static str> {
    let status = release.row.status.as_str();
    if status == "failed" {
        return Some("failed");
    }
    let hangs = status.starts_with("pending-")
        && !release.busy
        && !f.rolling_out()
        && release.row.at.is_some_and(|at| f.notes.older(at, PENDING));
    hangs.then_some("hangs")
}

/// Rule 4: and the workload is not fully available.
pub(super) fn failed(f: &Facts<'_>) -> Option<Verdict> {
    let release = (*f.release.get(f.notes)?)?;
    let trouble = trouble(f, release)?;
    if f.fully_available() {
        return None;
    }
    let words = format!("release {} {trouble}", release.row.name);
    Some(Verdict::new(Status::ReleaseFailed).because(words.clone()).brief(words))
}

/// What is wrong with the release, and since when.
pub(crate) fn remark(f: &Facts<'_>) -> Option<(String, Option<Time>)> {
    let release = (*f.release.get(f.notes)?)?;
    let trouble = trouble(f, release)?;
    Some((format!("release {} {trouble}", release.row.name), release.row.at))
}
