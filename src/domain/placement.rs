//! Which of the scheduler's tests a node fails for a pod, in the order in which the scheduler makes them.
//!
//! Only what the rows know: whether the node is cordoned, taints, the node selector, required node affinity, and whether
//! the node is large enough at all. How much of it is taken, ports, volumes, spread and other pods are left to the
//! scheduler's own message.
//! <https://github.com/kubernetes/kubernetes/blob/master/pkg/scheduler/apis/config/v1/default_plugins.go>

use super::Labels;
use super::row::{NodeRow, Placement, Resources, Selector, SelectorTerm, Taint};

/// The field by which node affinity names a node.
const NAME: &str = "metadata.name";

/// The taint of a cordoned node, which the test before has seen.
const CORDONED: &str = "node.kubernetes.io/unschedulable";

/// What a pod asks of its node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wants<'a> {
    pub(crate) selector: &'a Labels,
    pub(crate) placement: Option<&'a Placement>,
    pub(crate) resources: &'a Resources,
}

/// A test that a node fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle<'n> {
    /// It is cordoned.
    Cordoned,
    /// It has a taint that is not tolerated.
    Taint(&'n Taint),
    /// It lacks a label of the node selector.
    Selector,
    /// It does not fit the required node affinity.
    Affinity,
    /// All of it is less than what is asked for.
    TooSmall,
}

/// All tests that a node fails, in order.
pub(crate) fn obstacles<'n>(wants: &Wants<'_>, node: &'n NodeRow) -> Vec<Obstacle<'n>> {
    let mut all = Vec::new();
    if node.cordoned {
        all.push(Obstacle::Cordoned);
    }
    let tolerated = |taint: &Taint| wants.placement.is_some_and(|p| p.tolerations.iter().any(|t| t.tolerates(taint)));
    let taints = node.taints.iter().filter(|t| t.keeps_off() && t.key != *CORDONED);
    all.extend(taints.filter(|t| !tolerated(t)).map(Obstacle::Taint));
    if !node.labels.has_all(wants.selector) {
        all.push(Obstacle::Selector);
    }
    if !wants.placement.is_none_or(|p| p.affinity.is_empty() || p.affinity.iter().any(|term| holds(term, node))) {
        all.push(Obstacle::Affinity);
    }
    let more = |asked: Option<u64>, has: Option<u64>| asked.zip(has).is_some_and(|(asked, has)| asked > has);
    if more(wants.resources.cpu_request, node.cpu) || more(wants.resources.memory_request, node.memory) {
        all.push(Obstacle::TooSmall);
    }
    all
}

/// Whether a node fits one term of a node affinity. An empty one fits none.
fn holds(term: &[SelectorTerm], node: &NodeRow) -> bool {
    let value =
        |key: &str| if key == NAME { Some(node.name.as_str()) } else { node.labels.get(key).map(|v| v.as_str()) };
    !term.is_empty() && term.iter().all(|t| t.holds(value(t.key())))
}

/// What is demanded of a node's labels: `selector disk=ssd`, `affinity zone in (b)`.
pub(crate) fn demand(wants: &Wants<'_>) -> Option<(&'static str, String)> {
    let selector = Selector { labels: wants.selector.clone(), terms: Box::default() }.to_string();
    if !selector.is_empty() {
        return Some(("selector", selector));
    }
    let terms = wants.placement?.affinity.iter();
    let terms = terms.map(|term| Selector { labels: Labels::default(), terms: term.clone() }.to_string());
    let words = terms.filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" or ");
    (!words.is_empty()).then_some(("affinity", words))
}
