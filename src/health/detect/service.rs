//! A service whose own status is bad: its reason is the issue.

use std::sync::Arc;

use crate::domain::Text;
use crate::domain::environment::Environment;
use crate::domain::issue::{Category, Issue, IssueId, Severity};
use crate::domain::service::Service;
use crate::domain::status::Status;

/// One issue per service that fails.
pub(super) fn find(environment: &Environment) -> Vec<Issue> {
    environment.services.iter().filter_map(of).collect()
}

fn of(service: &Arc<Service>) -> Option<Issue> {
    let detector = match service.status {
        Status::Degraded => "degraded",
        Status::Missing => "missing",
        Status::ReleaseFailed => "release-failed",
        _ => return None,
    };
    // As severe as what is left of it is little.
    let severity = match service.status {
        _ if service.ready == 0 => Severity::Critical,
        Status::Degraded if service.ready * 2 < service.desired => Severity::Critical,
        _ => Severity::High,
    };
    let what = service.reason.as_deref().unwrap_or_else(|| service.status.word());
    let titled = |what: &str| Text::new(&format!("{}: {what}", service.object.name));
    let brief = service.brief.as_deref().filter(|brief| *brief != what).map(titled);
    let id = IssueId { detector, object: service.object.clone(), key: Text::default() };
    Some(Issue { brief, since: service.since, ..Issue::new(id, severity, Category::Reliability, titled(what)) })
}
