//! Namespaces, nodes, claims, quotas, Helm releases, journals.

use serde::Deserialize;

use super::field::{List, Pairs, Str, alone, cpu, memory, sentence, text};
use super::meta::{RawCondition, RawMeta, conditions, meta};
use super::{Made, Object, each};
use crate::domain::Time;
use crate::domain::interner::Interner;
use crate::domain::operation::{JOURNAL, form, parts};
use crate::domain::row::{AnyRow, ClaimRow, JournalRow, NamespaceRow, NodeRow, PartRow, QuotaRow, ReleaseRow, Taint};

/// Labels by which the providers mark spot capacity.
const SPOT: &[(&str, &str)] = &[
    ("karpenter.sh/capacity-type", "spot"),
    ("eks.amazonaws.com/capacityType", "SPOT"),
    ("cloud.google.com/gke-spot", "true"),
    ("cloud.google.com/gke-preemptible", "true"),
    ("kubernetes.azure.com/scalesetpriority", "spot"),
    ("node.kubernetes.io/lifecycle", "spot"),
];

#[derive(Deserialize, Default)]
#[serde(default)]
struct Raw<'a> {
    #[serde(borrow)]
    metadata: RawMeta<'a>,
    #[serde(borrow)]
    spec: Option<Spec<'a>>,
    #[serde(borrow)]
    status: Option<Status<'a>>,
    #[serde(borrow)]
    data: Pairs<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Spec<'a> {
    unschedulable: Option<bool>,
    #[serde(borrow)]
    taints: List<RawTaint<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawTaint<'a> {
    #[serde(borrow)]
    key: Option<Str<'a>>,
    #[serde(borrow)]
    value: Option<Str<'a>>,
    #[serde(borrow)]
    effect: Option<Str<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Status<'a> {
    #[serde(borrow)]
    phase: Option<Str<'a>>,
    #[serde(borrow)]
    conditions: List<RawCondition<'a>>,
    #[serde(borrow)]
    capacity: Pairs<'a>,
    #[serde(borrow)]
    allocatable: Pairs<'a>,
    #[serde(borrow)]
    hard: Pairs<'a>,
    #[serde(borrow)]
    used: Pairs<'a>,
}

pub(super) fn namespace(object: Object<'_>, i: &mut Interner) -> Made {
    let raw: Raw<'_> = object.read()?;
    let status = raw.status.unwrap_or_default();
    Ok(Some(AnyRow::Namespace(Box::new(NamespaceRow {
        meta: meta(&raw.metadata, i),
        terminating: status.phase.as_deref() == Some("Terminating"),
        conditions: conditions(status.conditions, i),
    }))))
}

pub(super) fn node(object: Object<'_>, i: &mut Interner) -> Made {
    let raw: Raw<'_> = object.read()?;
    let (spec, status) = (raw.spec.unwrap_or_default(), raw.status.unwrap_or_default());
    let ready = status.conditions.iter().flatten().find(|c| c.is("Ready"));
    Ok(Some(AnyRow::Node(Box::new(NodeRow {
        name: text(raw.metadata.name.as_ref(), i),
        ready: ready.and_then(RawCondition::holds) == Some(true),
        why: ready.filter(|c| c.holds() != Some(true)).and_then(|c| sentence(c.message.as_ref())),
        cordoned: spec.unschedulable.unwrap_or_default(),
        created: raw.metadata.creation_timestamp.0,
        taints: each(spec.taints)
            .map(|t| Taint {
                key: text(t.key.as_ref(), i),
                value: text(t.value.as_ref(), i),
                effect: text(t.effect.as_ref(), i),
            })
            .collect(),
        cpu: cpu(status.allocatable.get("cpu").into_iter()),
        memory: memory(status.allocatable.get("memory").into_iter()),
        spot: SPOT.iter().any(|(k, v)| raw.metadata.labels.get(k) == Some(v)),
        labels: raw.metadata.labels.labels(i),
    }))))
}

pub(super) fn claim(object: Object<'_>, i: &mut Interner) -> Made {
    let raw: Raw<'_> = object.read()?;
    let status = raw.status.unwrap_or_default();
    Ok(Some(AnyRow::Claim(Box::new(ClaimRow {
        name: text(raw.metadata.name.as_ref(), i),
        namespace: text(raw.metadata.namespace.as_ref(), i),
        phase: text(status.phase.as_ref(), i),
        capacity: memory(status.capacity.get("storage").into_iter()),
    }))))
}

pub(super) fn quota(object: Object<'_>, i: &mut Interner) -> Made {
    let raw: Raw<'_> = object.read()?;
    let status = raw.status.unwrap_or_default();
    let used = |key: &str| status.used.get(key).unwrap_or("0").to_owned();
    Ok(Some(AnyRow::Quota(Box::new(QuotaRow {
        name: text(raw.metadata.name.as_ref(), i),
        namespace: text(raw.metadata.namespace.as_ref(), i),
        used: status.hard.0.iter().map(|(k, hard)| (i.text(k), i.text(&used(k)), i.text(hard))).collect(),
    }))))
}

/// The release of a Helm Secret, by its labels; `None` for any other Secret.
/// <https://github.com/helm/helm/blob/main/pkg/storage/driver/secrets.go>
pub(super) fn release(object: Object<'_>, i: &mut Interner) -> Made {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct MetaOnly<'a> {
        #[serde(borrow)]
        metadata: RawMeta<'a>,
    }
    let raw: MetaOnly<'_> = object.read()?;
    let label = |key| raw.metadata.labels.get(key);
    let (Some("helm"), Some(name)) = (label("owner"), label("name")) else { return Ok(None) };
    let modified = label("modifiedAt").and_then(|s| s.parse().ok()).and_then(|s| Time::from_second(s).ok());
    Ok(Some(AnyRow::Release(Box::new(ReleaseRow {
        namespace: text(raw.metadata.namespace.as_ref(), i),
        object: text(raw.metadata.name.as_ref(), i),
        name: i.text(name),
        status: i.text(label("status").unwrap_or_default()),
        version: label("version").and_then(|v| v.parse().ok()).unwrap_or_default(),
        at: modified.or(raw.metadata.creation_timestamp.0),
    }))))
}

/// The journal of a ConfigMap `kennel-operation`, the steps of a `kennel-operation-2` …; `None` for any other ConfigMap.
pub(super) fn journal(object: Object<'_>, i: &mut Interner) -> Made {
    let number = match super::name_of(object.body) {
        Some((_, name)) if name != JOURNAL => match parts::number(&name) {
            Some(number) => Some(number),
            None => return Ok(None),
        },
        _ => None,
    };
    let raw: Raw<'_> = object.read()?;
    let (namespace, name) = (text(raw.metadata.namespace.as_ref(), i), text(raw.metadata.name.as_ref(), i));
    let written = raw.data.get(form::KEY);
    if let Some(number) = number {
        let part = form::read_part(written, &namespace);
        return Ok(Some(AnyRow::Part(Box::new(PartRow { namespace, name, number, part }))));
    }
    Ok(Some(AnyRow::Journal(Box::new(JournalRow {
        journal: form::read(written, &namespace),
        namespace,
        name,
        uid: alone(raw.metadata.uid.as_ref()),
        resource_version: alone(raw.metadata.resource_version.as_ref()),
    }))))
}
