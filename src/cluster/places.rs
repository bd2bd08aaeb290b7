//! Namespaces that one may read when one may not list them: candidates, each confirmed by the server.
//!
//! Candidates are the namespaces of `-n`, of the kubeconfig's contexts, of the config, those seen before and
//! those looked at. They are asked for only when a list of the whole cluster was forbidden.

use std::sync::Arc;

use tokio::sync::watch;

use super::access;
use super::convert;
use super::feed::Context;
use crate::domain::model::Change;
use crate::domain::row::{Meta, NamespaceRow, Row};
use crate::domain::text::Interner;
use crate::domain::{Kind, Text};

/// Most namespaces that are read one by one: each costs a connection for each kind.
pub(crate) const MOST: usize = 25;

/// Questions that are asked at once.
const AT_ONCE: usize = 8;

/// Confirmed namespaces, the most wanted first.
pub(crate) type Confirmed = watch::Receiver<Arc<Vec<Text>>>;

/// Asks for the candidates, and for each namespace that is looked at later, as long as `wanted` is so.
pub(crate) async fn confirm(
    mut context: Context,
    candidates: Vec<Text>,
    mut wanted: watch::Receiver<bool>,
    confirmed: watch::Sender<Arc<Vec<Text>>>,
) {
    if wanted.wait_for(|w| *w).await.is_err() {
        return;
    }
    let mut asked: Vec<Text> = Vec::new();
    let mut known: Vec<Text> = Vec::new();
    let mut next = candidates;
    loop {
        next.extend(context.look.borrow_and_update().clone());
        next.retain(|n| !asked.contains(n));
        next.truncate(MOST.saturating_sub(known.len()));
        context.up().await;
        let mut reviews = Vec::new();
        for some in next.chunks(AT_ONCE) {
            reviews.extend(futures::future::join_all(some.iter().map(|n| access::rules(&context.wire, n))).await);
        }
        for (candidate, review) in std::mem::take(&mut next).into_iter().zip(reviews) {
            match review {
                Ok(rules) => {
                    asked.push(candidate.clone());
                    if rules.reads {
                        known.push(candidate);
                    }
                }
                Err(error) => tracing::debug!(%candidate, %error, "rules review failed"),
            }
        }
        // Told even without any: who waits may go on.
        confirmed.send_replace(Arc::new(known.clone()));
        if context.look.changed().await.is_err() {
            return;
        }
    }
}

/// The row of a namespace that may not be listed: read by name where that is allowed, else its name alone.
pub(crate) async fn namespace(context: &Context, name: &Text) -> Change {
    let path = format!("{}/{name}", Kind::Namespace.path(None));
    let read = context.wire.get(&path).await.ok();
    let row = read
        .and_then(|json| String::from_utf8(json.to_vec()).ok())
        .and_then(|json| convert::row(Kind::Namespace, &json, &mut Interner::default()).ok());
    Change::Put(row.unwrap_or_else(|| {
        let meta = Meta { name: name.clone(), ..Meta::default() };
        Row::Namespace(Box::new(NamespaceRow { meta, ..NamespaceRow::default() }))
    }))
}
