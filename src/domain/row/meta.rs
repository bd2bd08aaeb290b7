//! What all objects have: names, versions, labels, who owns and who changed them.

use std::fmt;

use crate::domain::{Api, Labels, Raw, Text, Time};

/// The parts of `metadata` that kennel keeps of workloads, namespaces and the like.
/// <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// Name.
    pub name: Text,
    /// Namespace; empty for objects of the cluster.
    pub namespace: Text,
    /// UID: tells an object from a later one of the same name.
    pub uid: Text,
    /// Opaque version, for preconditions of writes.
    pub resource_version: Text,
    /// Counts changes of the spec.
    pub generation: i64,
    /// When it was created.
    pub created: Option<Time>,
    /// When its deletion was asked for.
    pub deleted: Option<Time>,
    /// Finalizers that hold its deletion.
    pub finalizers: Box<[Text]>,
    /// Labels.
    pub labels: Labels,
    /// Annotations that kennel reads (`cluster::convert` keeps a list of key prefixes, never all).
    pub annotations: Labels,
    /// Of these the values that are written back some day, where they are not what can be shown.
    pub raw: Box<[(Text, Raw)]>,
    /// The controlling owner.
    pub owner: Option<Owner>,
    /// The newest change of the spec by a person or a deployer: the newest `managedFields` entry
    /// without a subresource whose manager is no controller and not kennel.
    pub changed: Option<Change>,
    /// The manager of the oldest `managedFields` entry: who created it.
    pub creator: Option<Text>,
}

impl Meta {
    /// The value of an annotation, byte for byte: to be put away, or written back.
    pub fn written(&self, key: &str) -> Option<Raw> {
        let exact = self.raw.iter().find(|(k, _)| k == key).map(|(_, value)| value.clone());
        exact.or_else(|| self.annotations.get(key).map(Raw::from))
    }
}

/// An entry of `managedFields`, without the fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Field manager (`kubectl-client-side-apply`, `helm`, …).
    pub manager: Text,
    /// When it last wrote.
    pub at: Option<Time>,
}

/// A controlling owner reference.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Owner {
    /// What the owner is.
    pub api: Api,
    /// Name of the owner.
    pub name: Text,
    /// UID of the owner.
    pub uid: Text,
}

/// One entry of `status.conditions`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// `type`.
    pub kind: Text,
    /// `status`: `Some(true)` for True, `Some(false)` for False, `None` for Unknown or anything else.
    pub status: Option<bool>,
    /// Machine-readable reason.
    pub reason: Text,
    /// Human-readable message.
    pub message: Text,
    /// When the status last changed.
    pub since: Option<Time>,
}

/// A label selector. An empty one selects nothing here: kennel never wants "everything".
/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// Pairs that must be there (`matchLabels`, or a Service's `selector`).
    pub labels: Labels,
    /// `matchExpressions`.
    pub terms: Box<[SelectorTerm]>,
}

/// One of `matchExpressions`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the operators of the API, by their names")]
pub enum SelectorTerm {
    In(Text, Box<[Text]>),
    NotIn(Text, Box<[Text]>),
    Exists(Text),
    DoesNotExist(Text),
}

impl Selector {
    /// Whether an object with these labels is selected. An empty selector selects nothing.
    pub fn selects(&self, labels: &Labels) -> bool {
        if self.labels.is_empty() && self.terms.is_empty() {
            return false;
        }
        labels.has_all(&self.labels) && self.terms.iter().all(|t| t.holds(labels.get(t.key()).map(Text::as_str)))
    }
}

impl SelectorTerm {
    /// The label that it is about.
    pub fn key(&self) -> &Text {
        match self {
            Self::In(key, _) | Self::NotIn(key, _) | Self::Exists(key) | Self::DoesNotExist(key) => key,
        }
    }

    /// Whether it holds for an object whose label has this value, or is not there.
    pub fn holds(&self, value: Option<&str>) -> bool {
        let listed = |values: &[Text]| value.is_some_and(|v| values.iter().any(|own| own.as_str() == v));
        match self {
            Self::In(_, values) => listed(values),
            Self::NotIn(_, values) => !listed(values),
            Self::Exists(_) => value.is_some(),
            Self::DoesNotExist(_) => value.is_none(),
        }
    }
}

impl fmt::Display for Selector {
    /// As a query and `kubectl -l` take it: `app=web,tier in (a,b),!canary`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels = self.labels.iter().map(|(key, value)| format!("{key}={value}"));
        let terms = self.terms.iter().map(|term| match term {
            SelectorTerm::In(key, values) => format!("{key} in ({})", values.join(",")),
            SelectorTerm::NotIn(key, values) => format!("{key} notin ({})", values.join(",")),
            SelectorTerm::Exists(key) => key.to_string(),
            SelectorTerm::DoesNotExist(key) => format!("!{key}"),
        });
        f.write_str(&labels.chain(terms).collect::<Vec<_>>().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_selector_selects_nothing_and_terms_read_as_the_api_says() {
        let labels = Labels::new([("app".into(), "web".into())]);
        assert!(!Selector::default().selects(&labels));
        let of = |t| Selector { labels: Labels::default(), terms: Box::new([t]) };
        assert!(of(SelectorTerm::In("app".into(), Box::new(["web".into()]))).selects(&labels));
        assert!(of(SelectorTerm::NotIn("tier".into(), Box::new(["db".into()]))).selects(&labels));
        assert!(!of(SelectorTerm::DoesNotExist("app".into())).selects(&labels));
    }

    #[test]
    fn a_selector_reads_as_a_query_takes_it() {
        let selector = Selector {
            labels: Labels::new([("app".into(), "web".into()), ("example.com/tier".into(), "front".into())]),
            terms: Box::new([
                SelectorTerm::In("track".into(), Box::new(["a".into(), "b".into()])),
                SelectorTerm::NotIn("zone".into(), Box::new(["x".into()])),
                SelectorTerm::Exists("team".into()),
                SelectorTerm::DoesNotExist("canary".into()),
            ]),
        };
        let words = "app=web,example.com/tier=front,track in (a,b),zone notin (x),team,!canary";
        assert_eq!(selector.to_string(), words);
        assert_eq!(Selector::default().to_string(), "");
    }
}
