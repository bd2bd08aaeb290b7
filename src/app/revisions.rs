//! Revisions of the service that is looked at.

use std::sync::Arc;

use super::inquiry::Inquiry;
use crate::domain::Text;
use crate::domain::revision::Revision;

/// A revision with what it changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The revision.
    pub revision: Revision,
    /// What changed from the one before, in words; `None` of the oldest that is known.
    pub changes: Option<Text>,
}

/// What is known of the revisions of one workload, newest first. They are asked for by the generation that its controller
/// has seen: before, it has made no revision. What else changes of a status changes none.
pub type Revisions = Inquiry<i64, Result<Arc<[Line]>, Text>>;
