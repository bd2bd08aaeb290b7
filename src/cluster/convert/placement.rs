//! What a pod template asks of nodes.

use serde::Deserialize;

use super::each;
use super::field::{List, Str, text};
use super::meta::{RawTerm, term};
use crate::domain::interner::Interner;
use crate::domain::row::{Placement, Toleration};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RawToleration<'a> {
    #[serde(borrow)]
    key: Option<Str<'a>>,
    #[serde(borrow)]
    operator: Option<Str<'a>>,
    #[serde(borrow)]
    value: Option<Str<'a>>,
    #[serde(borrow)]
    effect: Option<Str<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawAffinity<'a> {
    #[serde(borrow)]
    node_affinity: Option<NodeAffinity<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct NodeAffinity<'a> {
    #[serde(borrow, rename = "requiredDuringSchedulingIgnoredDuringExecution")]
    required: Option<Required<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Required<'a> {
    #[serde(borrow)]
    node_selector_terms: List<Term<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Term<'a> {
    #[serde(borrow)]
    match_expressions: List<RawTerm<'a>>,
    #[serde(borrow)]
    match_fields: List<RawTerm<'a>>,
}

/// What is asked; `None` where nothing is. A requirement of an operator that is not known (`Gt`, `Lt`) is taken to hold:
/// nothing is said of nodes that they may not lack.
pub(super) fn placement(
    tolerations: List<RawToleration<'_>>,
    affinity: Option<RawAffinity<'_>>,
    i: &mut Interner,
) -> Option<Box<Placement>> {
    let tolerations: Box<_> = each(tolerations)
        .map(|t| Toleration {
            key: text(t.key.as_ref(), i),
            value: (t.operator.as_deref() != Some("Exists")).then(|| text(t.value.as_ref(), i)),
            effect: text(t.effect.as_ref(), i),
        })
        .collect();
    let terms = affinity.and_then(|a| a.node_affinity).and_then(|a| a.required).and_then(|r| r.node_selector_terms);
    let affinity: Box<_> = each(terms)
        .map(|t| each(t.match_expressions).chain(each(t.match_fields)).filter_map(|t| term(&t, i)).collect::<Box<_>>())
        .collect();
    let asks = !tolerations.is_empty() || !affinity.is_empty();
    asks.then(|| Box::new(Placement { tolerations, affinity }))
}
