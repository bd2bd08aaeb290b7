//! Nodes, as far as services are judged by them.

use crate::domain::{Text, Time};

/// A node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeRow {
    /// Name.
    pub name: Text,
    /// Condition Ready.
    pub ready: bool,
    /// `spec.unschedulable`: cordoned.
    pub cordoned: bool,
    /// When it was created.
    pub created: Option<Time>,
    /// Whether one of the providers' labels says that it is spot capacity.
    pub spot: bool,
}
