//! The table of detectors: what each finds in one environment. Pure functions over the picture.

mod service;

use crate::domain::environment::Environment;
use crate::domain::issue::Issue;

/// One detector.
pub(crate) struct Detector {
    /// All that it finds.
    pub(crate) find: fn(&Environment) -> Vec<Issue>,
}

/// All of them.
pub(crate) const ALL: &[Detector] = &[Detector { find: service::find }];
