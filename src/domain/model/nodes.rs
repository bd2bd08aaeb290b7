//! Nodes, and what depends on each: the pods on it, and the DaemonSets that may miss one there.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::domain::Text;
use crate::domain::row::NodeRow;

/// All nodes, and where their pods are.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    pub(super) rows: imbl::OrdMap<Text, Arc<NodeRow>>,
    /// Namespace and name of each pod on a node, be that one known or not; those that find none, by no name.
    pods: HashMap<Text, BTreeSet<(Text, Text)>>,
    /// Namespaces with DaemonSets.
    agents: BTreeSet<Text>,
}

impl Nodes {
    /// A pod that was on one node is on another now.
    pub(super) fn moved(&mut self, pod: (&Text, &Text), from: Option<Text>, to: Option<Text>) {
        if from == to {
            return;
        }
        let pod = (pod.0.clone(), pod.1.clone());
        if let Some(from) = from
            && let Some(pods) = self.pods.get_mut(&from)
        {
            pods.remove(&pod);
            if pods.is_empty() {
                self.pods.remove(&from);
            }
        }
        if let Some(to) = to {
            self.pods.entry(to).or_default().insert(pod);
        }
    }

    /// Whether a namespace has DaemonSets.
    pub(super) fn agents(&mut self, namespace: &Text, has: bool) {
        if has {
            self.agents.insert(namespace.clone());
        } else {
            self.agents.remove(namespace);
        }
    }

    /// Namespace and name of each pod on a node or on none, and the namespaces whose DaemonSets may miss one there.
    pub(super) fn depend_on(&self, node: &str) -> (impl Iterator<Item = &(Text, Text)>, impl Iterator<Item = &Text>) {
        let of = |node: &str| self.pods.get(node).into_iter().flatten();
        (of(node).chain(of("")), self.agents.iter())
    }
}
