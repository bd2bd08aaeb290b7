//! Nodes, as far as services are judged by them.

use super::placement::Taint;
use crate::domain::{Labels, Text, Time};

/// A node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeRow {
    /// Name.
    pub name: Text,
    /// Condition Ready.
    pub ready: bool,
    /// What condition Ready says while it does not hold: `Kubelet stopped posting node status.`
    pub why: Option<Text>,
    /// `spec.unschedulable`: cordoned.
    pub cordoned: bool,
    /// When it was created.
    pub created: Option<Time>,
    /// Labels.
    pub labels: Labels,
    /// Taints.
    pub taints: Box<[Taint]>,
    /// CPU that its pods may ask for in all, in milli-CPU.
    pub cpu: Option<u64>,
    /// Memory that its pods may ask for in all, in bytes.
    pub memory: Option<u64>,
    /// Whether one of the providers' labels says that it is spot capacity.
    pub spot: bool,
}

impl NodeRow {
    /// What [`NodeRow::wrong`] says, worst first.
    pub(crate) const WRONG: [&'static str; 2] = ["not ready", "cordoned"];

    /// Why it takes no pods, where it takes none.
    pub fn wrong(&self) -> Option<&'static str> {
        let [not_ready, cordoned] = Self::WRONG;
        match (self.ready, self.cordoned) {
            (false, _) => Some(not_ready),
            (true, true) => Some(cordoned),
            (true, false) => None,
        }
    }
}
