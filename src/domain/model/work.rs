//! Counts of the model's work.

/// How much work the model has done: for tests that hold "an update costs what it touches".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Changes taken.
    pub changes: u64,
    /// Rows looked at to find those that belong to a service, or depend on a node.
    pub rows: u64,
    /// Services assembled and judged.
    pub services: u64,
    /// Environments assembled.
    pub environments: u64,
    /// Projects assembled.
    pub projects: u64,
}
