//! A Helm release that failed or hangs, whatever serves beside it.

use crate::domain::Text;
use crate::domain::environment::Environment;
use crate::domain::issue::{Category, Issue, IssueId, Severity};
use crate::domain::phase::Phase;
use crate::domain::status::Status;

/// One issue per release, but for those that are their services' own already, and those of what is off.
pub(super) fn find(environment: &Environment) -> Vec<Issue> {
    let said = |words: &Text| {
        let mut failed = environment.services.iter().filter(|s| s.status == Status::ReleaseFailed);
        failed.any(|s| s.release.as_ref() == Some(words))
    };
    let bad = environment.releases.iter().filter(|r| environment.phase != Phase::Unavailable && !said(&r.words));
    let issue = |title: &Text, object, since| {
        let id = IssueId { detector: "release", object, key: Text::default() };
        Issue { since, ..Issue::new(id, Severity::High, Category::Deployment, title.clone()) }
    };
    bad.map(|r| issue(&r.words, r.object.clone(), r.since)).collect()
}
