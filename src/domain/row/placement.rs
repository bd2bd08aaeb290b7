//! What a pod template says of nodes, and what nodes say of pods, as the scheduler reads both.

use super::meta::SelectorTerm;
use crate::domain::Text;

/// What a pod template asks of nodes beside its node selector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// `tolerations`.
    pub tolerations: Box<[Toleration]>,
    /// Required node affinity: of these terms one must hold, of a term every requirement. A field (`metadata.name`) is
    /// a requirement like a label.
    pub affinity: Box<[Box<[SelectorTerm]>]>,
}

/// A toleration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Toleration {
    /// `key`; empty tolerates every key.
    pub key: Text,
    /// `value`; `None` tolerates every value (`operator: Exists`).
    pub value: Option<Text>,
    /// `effect`; empty tolerates every effect.
    pub effect: Text,
}

/// A taint of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taint {
    /// `key`.
    pub key: Text,
    /// `value`.
    pub value: Text,
    /// `NoSchedule`, `PreferNoSchedule`, `NoExecute`.
    pub effect: Text,
}

impl Taint {
    /// Whether it keeps pods off that do not tolerate it.
    pub(crate) fn keeps_off(&self) -> bool {
        matches!(self.effect.as_str(), "NoSchedule" | "NoExecute")
    }

    /// `dedicated=gpu`, `dedicated`.
    pub(crate) fn words(&self) -> String {
        if self.value.is_empty() { self.key.to_string() } else { format!("{}={}", self.key, self.value) }
    }
}

impl Toleration {
    /// Whether pods that have it may go where the taint is.
    /// <https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/api/core/v1/toleration.go>
    pub(crate) fn tolerates(&self, taint: &Taint) -> bool {
        (self.effect.is_empty() || self.effect == taint.effect)
            && (self.key.is_empty() || self.key == taint.key)
            && self.value.as_ref().is_none_or(|v| *v == taint.value)
    }
}
