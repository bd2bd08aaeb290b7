//! Namespaces that one may read when one may not list everything: candidates, each confirmed by the server.
//!
//! Candidates are the namespaces of `-n`, of the kubeconfig's contexts, of the config, those seen before, those
//! that may be listed, and those looked at. They are asked for only when a list of the whole cluster was forbidden.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::access;
use super::convert;
use super::feed::{Backoff, Context};
use super::wire::WireError;
use crate::domain::data::DataState;
use crate::domain::demand::Demand;
use crate::domain::interner::Interner;
use crate::domain::model::Change;
use crate::domain::row::{AnyRow, Meta, NamespaceRow};
use crate::domain::{Kind, Text};

/// Most namespaces that are read one by one: each costs a connection for each kind.
pub(crate) const MOST: usize = 25;

/// Most candidates that are asked for beside those looked at.
pub(crate) const MOST_ASKED: usize = 200;

/// Questions that are asked at once.
const AT_ONCE: usize = 8;

/// How often it is asked again for what was refused nearby: a right that is given shows within a minute.
pub(crate) const AGAIN: Duration = Duration::from_secs(45);

/// Candidates that are nearby, beside the one looked at: the first ones are those that the user named.
const NEAR: usize = 16;

/// So many of the others that were refused are asked for again with them, in turn: one question a second in all.
const FAR: usize = AGAIN.as_secs() as usize - NEAR - 1;

/// Between two times at which everything is asked for anew, since a right turned out not to be there.
const DENIED_AGAIN: Duration = Duration::from_secs(5);

/// How often a namespace is read that may not be watched: a Role of one namespace allows no watch of it.
const EVERY: Duration = Duration::from_secs(30);

/// A namespace that may be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Readable {
    /// Its name.
    pub(crate) name: Text,
    /// What may be listed there; `None`: nobody has asked.
    pub(crate) lists: Option<Vec<Kind>>,
}

impl Readable {
    /// Whether it is worth asking for a kind there.
    pub(crate) fn has(&self, kind: Kind) -> bool {
        kind == Kind::Namespace || self.lists.as_ref().is_none_or(|l| l.contains(&kind))
    }
}

/// Confirmed namespaces, the most wanted first.
pub(crate) type Confirmed = watch::Receiver<Arc<Vec<Readable>>>;

/// What the readers of whole kinds have met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Met {
    /// Some kind may not be listed: namespaces have to be confirmed.
    pub(crate) forbidden: bool,
    /// Namespaces themselves may not be listed: those that are candidates by themselves are all there are.
    pub(crate) unlisted: bool,
}

/// Asks for the candidates, and for each namespace that is looked at later, as soon as something is forbidden.
pub(crate) async fn confirm(
    mut context: Context,
    candidates: Vec<Text>,
    mut met: watch::Receiver<Met>,
    confirmed: watch::Sender<Arc<Vec<Readable>>>,
) {
    if met.wait_for(|m| m.forbidden).await.is_err() {
        return;
    }
    // Whether namespaces may be listed is known in a moment; they are candidates then.
    tokio::select! {
        _ = met.wait_for(|m| m.unlisted) => {}
        _ = context.demand.wait_for(|d| d.namespaces.is_some()) => {}
    }
    let (mut asked, mut known, mut told): (Vec<Text>, Vec<Readable>, Option<Vec<Readable>>) = Default::default();
    let mut backoff = Backoff::default();
    let mut again = Instant::now() + AGAIN;
    let (mut denials, mut renewed) = (context.wire.denials(), Vec::new());
    loop {
        context.up().await;
        let Demand { on_screen: look, namespaces, .. } = context.demand.borrow().clone();
        let listed = namespaces.iter().flat_map(|n| n.iter());
        let mut next = next(look.as_ref(), candidates.iter().chain(listed), &asked, known.len());
        next.append(&mut renewed);
        if next.is_empty() {
            // Told even without any: who waits may go on.
            if told.as_ref() != Some(&known) {
                confirmed.send_replace(Arc::new(known.clone()));
                told = Some(known.clone());
            }
            let same = |d: &Demand| d.on_screen == look && d.namespaces == namespaces;
            tokio::select! {
                lives = async { context.demand.wait_for(|d| !same(d)).await.is_ok() } => if !lives { return },
                denied = denials.changed() => {
                    if denied.is_err() { return }
                    // Several are denied at once, as a rule.
                    tokio::time::sleep(DENIED_AGAIN).await;
                    denials.mark_unchanged();
                    renewed = known.iter().map(|k| k.name.clone()).collect();
                }
                () = tokio::time::sleep_until(again) => {
                    again = Instant::now() + AGAIN;
                    let near = |n: &Text| look.as_ref() == Some(n) || candidates.iter().take(NEAR).any(|c| c == n);
                    forget(&mut asked, |n| known.iter().any(|k| k.name == *n), near);
                }
            }
            continue;
        }
        let reviews = futures::future::join_all(next.iter().map(|n| access::rules(&context.wire, n))).await;
        let mut failed = false;
        for (candidate, review) in next.into_iter().zip(reviews) {
            match review {
                Ok(rules) => {
                    take(&mut known, &candidate, rules);
                    if !asked.contains(&candidate) {
                        asked.push(candidate);
                    }
                }
                Err(error) if error.code().is_some_and(|c| c < 500 && c != 429) => {
                    known.retain(|k| k.name != candidate);
                    asked.push(candidate);
                }
                Err(error) => {
                    tracing::debug!(%candidate, %error, "rules review failed");
                    asked.retain(|a| *a != candidate);
                    failed = true;
                }
            }
        }
        if failed {
            let pause = backoff.next(None);
            context.pause(pause).await;
        }
    }
}

/// What may be read of a namespace is this now.
fn take(known: &mut Vec<Readable>, name: &Text, rules: access::Rules) {
    let reads = rules.reads();
    let new = Readable { name: name.clone(), lists: Some(rules.lists) };
    match known.iter_mut().find(|k| k.name == *name) {
        Some(old) if reads => *old = new,
        None if reads => known.push(new),
        _ => known.retain(|k| k.name != *name),
    }
}

/// Who is asked for next: the one looked at in any case, the rest as long as there is room.
fn next<'a>(
    look: Option<&'a Text>,
    candidates: impl Iterator<Item = &'a Text>,
    asked: &[Text],
    known: usize,
) -> Vec<Text> {
    let room = if asked.len() < MOST_ASKED { MOST.saturating_sub(known).min(AT_ONCE) } else { 0 };
    let new = |n: &&Text| !asked.contains(n);
    let mut all: Vec<Text> = Vec::new();
    for one in look.into_iter().filter(new).chain(candidates.filter(new).take(room)) {
        if !all.contains(one) {
            all.push(one.clone());
        }
    }
    all
}

/// Forgets who was refused and is to be asked for again: those nearby, and those of the others that were asked for
/// longest ago (who is asked for again stands at the end).
fn forget(asked: &mut Vec<Text>, known: impl Fn(&Text) -> bool, near: impl Fn(&Text) -> bool) {
    let mut far = 0;
    asked.retain(|a| {
        let again = !known(a) && (near(a) || far < FAR);
        far += usize::from(again && !near(a));
        !again
    });
}

/// Keeps the row of one namespace for ever, and tells how it stands.
pub(crate) async fn keep(mut context: Context, name: Text, say: mpsc::UnboundedSender<(Text, DataState)>) {
    let mut backoff = Backoff::default();
    let mut read = None;
    loop {
        context.up().await;
        let (state, pause) = match namespace(&context, &name).await {
            Ok(change) => {
                context.feed.send(vec![change]).await;
                backoff.reset();
                read = Some(Instant::now());
                (DataState::Live, EVERY)
            }
            Err(error) => {
                if error.doubts_connection() {
                    context.doubt.notify_one();
                }
                let pause = backoff.next(error.retry_after());
                let (why, retry) = (Text::from(error.to_string()), context.after(pause));
                let state = match read {
                    Some(at) => DataState::Stale { since: context.at(at), why, retry },
                    None => DataState::Failed { why, retry },
                };
                (state, pause)
            }
        };
        let _ = say.send((name.clone(), state));
        context.pause(pause).await;
    }
}

/// Whether there is something in a namespace. (A list of one that is not there is as empty as that of one that is.)
async fn is_inhabited(context: &Context, name: &Text) -> bool {
    #[derive(Deserialize)]
    struct List {
        items: Vec<serde::de::IgnoredAny>,
    }
    for kind in [Kind::Pod, Kind::Deployment, Kind::StatefulSet] {
        let list = context.wire.get_json::<List>(&format!("{}?limit=1", kind.path(Some(name)))).await;
        if list.is_ok_and(|l| !l.items.is_empty()) {
            return true;
        }
    }
    false
}

/// The row of a namespace that may not be listed: read by name where that is allowed, else its name alone. Of one that
/// is said not to be there and holds objects (by a proxy or a virtual cluster) there is no more either.
async fn namespace(context: &Context, name: &Text) -> Result<Change, WireError> {
    let path = format!("{}/{name}", Kind::Namespace.path(None));
    let json = match context.wire.get(&path).await {
        Ok(json) => json,
        Err(e) if e.code() == Some(404) && !is_inhabited(context, name).await => {
            return Ok(Change::Gone { of: Kind::Namespace.into(), namespace: name.clone(), name: name.clone() });
        }
        Err(e) if matches!(e.code(), Some(403 | 404)) => {
            let meta = Meta { name: name.clone(), ..Meta::default() };
            return Ok(Change::Put(AnyRow::Namespace(Box::new(NamespaceRow { meta, ..NamespaceRow::default() }))));
        }
        Err(e) => return Err(e),
    };
    let text = std::str::from_utf8(&json).map_err(|_| WireError::Garbage("the answer is no UTF-8".into()))?;
    let row = convert::row(&Kind::Namespace.into(), text, &mut Interner::default());
    row.map(Change::Put).map_err(|e| WireError::Garbage(e.to_string().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_that_was_taken_takes_its_namespace_with_it() {
        let mut known = Vec::new();
        let of = |lists: &[Kind]| access::Rules { lists: lists.to_vec(), changes: false };
        take(&mut known, &"a".into(), of(&[Kind::Pod]));
        take(&mut known, &"b".into(), of(&[Kind::Deployment]));
        take(&mut known, &"a".into(), of(&[Kind::Pod, Kind::Event]));
        assert_eq!(known[0], Readable { name: "a".into(), lists: Some(vec![Kind::Pod, Kind::Event]) }, "in its place");
        take(&mut known, &"a".into(), of(&[Kind::Event]));
        assert_eq!(known.iter().map(|k| k.name.as_str()).collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn who_was_refused_is_asked_for_again_in_turn_one_a_second() {
        let all: Vec<Text> = (0..150).map(|n| Text::from(format!("n{n}"))).collect();
        let near = |n: &Text| all[..NEAR].contains(n);
        let known = |n: &Text| *n == "n60";
        let mut asked = all.clone();
        let mut times: std::collections::BTreeMap<Text, usize> = Default::default();
        // The others fit into five times.
        for _ in 0..5 {
            let before = asked.clone();
            forget(&mut asked, known, near);
            let again: Vec<Text> = before.into_iter().filter(|n| !asked.contains(n)).collect();
            assert!(again.len() < AGAIN.as_secs() as usize, "{}", again.len());
            again.iter().for_each(|n| *times.entry(n.clone()).or_default() += 1);
            asked.extend(again);
        }
        assert!(all.iter().all(|n| times.contains_key(n) != known(n)), "{times:?}");
        assert!(times.iter().all(|(n, times)| *times == 5 || !near(n)), "{times:?}");
    }

    #[test]
    fn who_is_looked_at_is_asked_for_first_and_in_any_case() {
        let all: Vec<Text> = (0..40).map(|n| Text::from(format!("n{n}"))).collect();
        let look = Text::from("n30");
        let asked = next(Some(&look), all.iter(), &all[..2], 0);
        assert_eq!((asked.len(), asked[0].as_str(), asked[1].as_str()), (1 + AT_ONCE, "n30", "n2"));
        assert_eq!(next(Some(&look), all.iter(), &[], MOST), std::slice::from_ref(&look), "no room for others");
        assert!(next(Some(&look), all.iter(), &all, 0).is_empty(), "each is asked for once");
    }
}
