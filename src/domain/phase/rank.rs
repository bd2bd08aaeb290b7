//! Worst first: the order of environments, the same wherever they are listed.

use super::Phase;
use crate::domain::environment::Environment;
use crate::domain::issue::Severity;
use crate::domain::operation::OperationState;
use crate::domain::status::Status;

/// Rank of an environment, 0 is worst.
pub fn rank(e: &Environment) -> u8 {
    let interrupted = e.operation.as_ref().is_some_and(|o| o.state == OperationState::Interrupted);
    let failing = |s: Status| matches!(s, Status::Degraded | Status::Missing | Status::ReleaseFailed);
    match e.phase {
        Phase::DestroyFailed => 0,
        _ if interrupted => 0,
        // A failed release or task while all serve ranks below what fails now.
        Phase::Error if e.services.iter().any(|s| failing(s.status)) => 0,
        Phase::Error => 1,
        Phase::Active if e.issues.iter().any(|i| i.severity == Severity::Critical) => 2,
        Phase::Destroying | Phase::Decommissioning | Phase::Provisioning | Phase::Updating | Phase::Initializing => 3,
        Phase::PartiallyActive | Phase::PartiallyStopped => 4,
        Phase::Unknown => 5,
        Phase::Active => 6,
        Phase::Unavailable => 7,
        Phase::ServiceUnavailable => 8,
        Phase::Destroyed => 9,
    }
}

/// What environments are sorted by: the cluster's own last; worst first; within a rank production, then the smallest share of services
/// that is available, then by name.
pub fn order(e: &Environment) -> impl Ord + use<'_> {
    // An environment without services lacks none.
    let share = (u64::from(e.available) << 32).checked_div(u64::from(e.total)).unwrap_or(1 << 32);
    (e.system, rank(e), !e.production, share, &e.name, &e.id)
}
