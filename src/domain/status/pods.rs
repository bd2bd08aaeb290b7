//! What only its pods tell of: kinds that kennel does not know, and bare pods. Rules 2, 5b, 5c, 5d, 6–9.

use std::sync::Arc;

use super::facts::{DEADLINE, ever_ready, short_since};
use super::notes::{Known, Notes};
use super::{Status, Verdict, Words, count, failure};
use crate::domain::row::PodRow;

/// Seconds for which none may be ready.
const DOWN: i64 = 60;

/// The verdict on pods that belong together. `called`: a Service selects them.
pub(crate) fn judge(pods: &[Arc<PodRow>], called: &Known<bool>, notes: &Notes) -> Verdict {
    let (staying, going): (Vec<_>, Vec<_>) = pods.iter().partition(|p| p.deleted.is_none());
    let alive: Vec<_> = staying.iter().filter(|p| !p.ended()).collect();
    let ready = alive.iter().filter(|p| p.ready).count();
    let all = alive.len();
    if staying.is_empty() {
        let left = u32::try_from(going.len()).unwrap_or(u32::MAX);
        return Verdict::new(Status::Stopping).because(format!("{} left", count(left, "pod")));
    }
    let degraded = |words: String| Verdict::new(Status::Degraded).because(words.clone()).brief(words);
    let failures: Vec<Words> = alive.iter().filter_map(|p| failure::of_pod(p, notes)).collect();
    if let Some(first) = failures.first() {
        let failing = failures.iter().filter(|w| *w == first).count();
        let whole = &first.whole;
        let words = if all > 1 { format!("{whole} ({failing} of {all} pods)") } else { whole.clone() };
        return Verdict::new(Status::Degraded).because(words).brief(first.brief.clone()).since(short_since(pods));
    }
    if all == 0 {
        return match staying.iter().find_map(|p| failure::of_ended(p)) {
            Some(words) => degraded(words),
            None => Verdict::new(Status::Healthy).because("done"),
        };
    }
    if ready < all
        && let Some(since) = short_since(pods)
    {
        if ready == 0 && alive.iter().any(|p| ever_ready(p)) && notes.older(since, DOWN) {
            return degraded(format!("down {}", notes.ago(since))).since(Some(since));
        }
        if notes.older(since, DEADLINE) {
            let ago = notes.ago(since);
            let words = format!("{ready}/{all} ready for {ago}");
            return degraded(words).brief(format!("{ready}/{all} for {ago}")).since(Some(since));
        }
    }
    if ready == 0 {
        let status = if alive.iter().any(|p| ever_ready(p)) { Status::Progressing } else { Status::Starting };
        return Verdict::new(status).because(format!("0 of {all} ready"));
    }
    if ready < all {
        return Verdict::new(Status::Running).because(format!("{ready}/{all}"));
    }
    let called = called.get(notes).copied().unwrap_or(false);
    Verdict::new(if called { Status::Healthy } else { Status::Running })
}
