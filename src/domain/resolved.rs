//! What was wrong and is no more.

use super::issue::Issue;
use super::{EnvironmentId, Text, Time};

/// An issue that is no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// As it was last.
    pub issue: Issue,
    /// The environment that it was in.
    pub environment: EnvironmentId,
    /// Its `PROJECT/ENVIRONMENT`.
    pub place: Text,
    /// When it was gone.
    pub at: Time,
}
