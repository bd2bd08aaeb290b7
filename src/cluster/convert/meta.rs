//! Metadata, conditions and selectors.

use serde::Deserialize;

use super::each;
use super::field::{Annotations, List, Pairs, Stamp, Str, alone, api, some, text};
use crate::domain::interner::Interner;
use crate::domain::row::{Condition, Meta, Owner, Selector, SelectorTerm, SpecChange};
use crate::domain::{Raw, Text, Time, keys};

/// Managers that are the machinery of Kubernetes: what they write is no person's and no deployer's change.
/// (Flux's and Argo CD's controllers are deployers.)
const MACHINERY: &[&str] = &[
    "kube-controller-manager",
    "kube-scheduler",
    "kube-apiserver",
    "kubelet",
    "kubelite",
    "cloud-controller-manager",
    "k3s",
    "rke2",
    "cluster-autoscaler",
    "keda",
    "keda-operator",
    "vpa-recommender",
    "vpa-updater",
    "kennel",
];

/// `metadata`.
#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawMeta<'a> {
    #[serde(borrow)]
    pub(super) name: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) namespace: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) uid: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) resource_version: Option<Str<'a>>,
    pub(super) generation: Option<i64>,
    pub(super) creation_timestamp: Stamp,
    pub(super) deletion_timestamp: Stamp,
    #[serde(borrow)]
    pub(super) finalizers: List<Str<'a>>,
    #[serde(borrow)]
    pub(super) labels: Pairs<'a>,
    #[serde(borrow)]
    pub(super) annotations: Annotations<'a>,
    #[serde(borrow)]
    pub(super) owner_references: List<RawOwner<'a>>,
    #[serde(borrow)]
    pub(super) managed_fields: List<RawManaged<'a>>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawOwner<'a> {
    #[serde(borrow)]
    api_version: Option<Str<'a>>,
    #[serde(borrow)]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    name: Option<Str<'a>>,
    #[serde(borrow)]
    uid: Option<Str<'a>>,
    controller: Option<bool>,
}

/// An entry of `managedFields`; its fields are skipped unread.
#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawManaged<'a> {
    #[serde(borrow)]
    manager: Option<Str<'a>>,
    time: Stamp,
    #[serde(borrow)]
    subresource: Option<Str<'a>>,
}

/// The metadata of a row that keeps it.
pub(super) fn meta(raw: &RawMeta<'_>, i: &mut Interner) -> Meta {
    let annotations = raw.annotations.0.labels(i);
    let changed_to_be_shown = |(key, value): &&(Str<'_>, Str<'_>)| {
        keys::is_put_away(key) && annotations.get(key).is_some_and(|shown| shown.as_str() != &**value)
    };
    Meta {
        name: text(raw.name.as_ref(), i),
        namespace: text(raw.namespace.as_ref(), i),
        uid: alone(raw.uid.as_ref()),
        resource_version: alone(raw.resource_version.as_ref()),
        generation: raw.generation.unwrap_or_default(),
        created: raw.creation_timestamp.0,
        deleted: raw.deletion_timestamp.0,
        finalizers: raw.finalizers.iter().flatten().map(|f| i.text(f)).collect(),
        labels: raw.labels.labels(i),
        raw: raw
            .annotations
            .0
            .0
            .iter()
            .filter(changed_to_be_shown)
            .map(|(k, v)| (i.text(k), Raw::from(&**v)))
            .collect(),
        annotations,
        owner: owner(raw, i),
        changed: changed(raw, i),
        creator: creator(raw, i),
    }
}

/// The controlling owner.
pub(super) fn owner(raw: &RawMeta<'_>, i: &mut Interner) -> Option<Owner> {
    let o = raw.owner_references.iter().flatten().find(|o| o.controller == Some(true))?;
    Some(Owner {
        api: api(o.api_version.as_ref(), o.kind.as_ref(), i),
        name: text(o.name.as_ref(), i),
        uid: text(o.uid.as_ref(), i),
    })
}

/// The newest change of the spec by a person or a deployer.
fn changed(raw: &RawMeta<'_>, i: &mut Interner) -> Option<SpecChange> {
    let all = raw.managed_fields.iter().flatten();
    let mut newest: Option<(&Str<'_>, Option<Time>)> = None;
    for m in all.filter(|m| m.subresource.as_ref().is_none_or(|s| s.is_empty())) {
        let Some(manager) = m.manager.as_ref().filter(|m| !MACHINERY.contains(&&***m)) else { continue };
        if newest.is_none_or(|(_, at)| m.time.0 > at) {
            newest = Some((manager, m.time.0));
        }
    }
    newest.map(|(manager, at)| SpecChange { manager: i.text(manager), at })
}

/// The manager of the oldest entry. (A status written in the same second is no creation.)
fn creator(raw: &RawMeta<'_>, i: &mut Interner) -> Option<Text> {
    let all = raw.managed_fields.iter().flatten();
    let whole = all.filter(|m| m.subresource.as_ref().is_none_or(|s| s.is_empty()));
    let oldest = whole.min_by_key(|m| (m.time.0.is_none(), m.time.0))?;
    some(oldest.manager.as_ref(), i)
}

/// An entry of `status.conditions`.
#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawCondition<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) status: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) reason: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) message: Option<Str<'a>>,
    pub(super) last_transition_time: Stamp,
}

impl RawCondition<'_> {
    pub(super) fn is(&self, kind: &str) -> bool {
        self.kind.as_deref() == Some(kind)
    }

    /// True, False, or neither.
    pub(super) fn holds(&self) -> Option<bool> {
        match self.status.as_deref() {
            Some("True") => Some(true),
            Some("False") => Some(false),
            _ => None,
        }
    }
}

pub(super) fn conditions(raw: List<RawCondition<'_>>, i: &mut Interner) -> Box<[Condition]> {
    each(raw)
        .map(|c| Condition {
            kind: text(c.kind.as_ref(), i),
            status: c.holds(),
            reason: text(c.reason.as_ref(), i),
            message: i.text(&crate::domain::text::sanitise(c.message.as_deref().unwrap_or_default(), 1024)),
            since: c.last_transition_time.0,
        })
        .collect()
}

/// A LabelSelector.
#[derive(Deserialize, Default, Debug)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawSelector<'a> {
    #[serde(borrow)]
    match_labels: Pairs<'a>,
    #[serde(borrow)]
    match_expressions: List<RawTerm<'a>>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default)]
pub(super) struct RawTerm<'a> {
    #[serde(borrow)]
    key: Option<Str<'a>>,
    #[serde(borrow)]
    operator: Option<Str<'a>>,
    #[serde(borrow)]
    values: List<Str<'a>>,
}

/// One requirement; `None` where its operator is not known.
pub(super) fn term(t: &RawTerm<'_>, i: &mut Interner) -> Option<SelectorTerm> {
    let key = text(t.key.as_ref(), i);
    let values: Box<[Text]> = t.values.iter().flatten().map(|v| i.text(v)).collect();
    Some(match t.operator.as_deref() {
        Some("NotIn") => SelectorTerm::NotIn(key, values),
        Some("Exists") => SelectorTerm::Exists(key),
        Some("DoesNotExist") => SelectorTerm::DoesNotExist(key),
        Some("In") => SelectorTerm::In(key, values),
        _ => return None,
    })
}

pub(super) fn selector(raw: Option<RawSelector<'_>>, i: &mut Interner) -> Selector {
    let raw = raw.unwrap_or_default();
    let labels = raw.match_labels.labels(i);
    let terms = each(raw.match_expressions)
        // An operator of the future must not select more than it would.
        .map(|t| term(&t, i).unwrap_or_else(|| SelectorTerm::In(text(t.key.as_ref(), i), Box::new([]))))
        .collect();
    Selector { labels, terms }
}
