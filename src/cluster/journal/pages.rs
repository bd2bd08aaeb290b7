//! The further ConfigMaps of a journal that does not fit into one: written before its first step, read by who goes on
//! with it, cleared away by the next operation.
//!
//! What is in them is judged by the first alone: they are of its operation, or nobody's. So they may be written, and
//! taken away, one by one, and a crash in between leaves nothing that could be mistaken.

use std::ops::Range;

use super::{Stored, create, delete, read, replace};
use crate::cluster::wire::{Wire, WireError};
use crate::domain::Text;
use crate::domain::operation::parts::{self, MOST_PARTS, Part};
use crate::domain::operation::{Journal, form};

/// One of them.
#[derive(Debug)]
pub(super) struct Page {
    number: u32,
    /// Which of the journal's steps it holds.
    pub(super) steps: Range<usize>,
    /// Its version; `None` where it is not there yet.
    pub(super) version: Option<Text>,
    /// Something in it has changed since it was written.
    pub(super) dirty: bool,
}

impl Page {
    /// Those of a journal that has not been written yet.
    pub(super) fn new(journal: &Journal) -> Vec<Self> {
        let mut from = 0;
        let page = |(number, count)| {
            let steps = from..from + count as usize;
            from = steps.end;
            Page { number, steps, version: None, dirty: true }
        };
        parts::numbered(&journal.parts).map(page).collect()
    }

    /// What is to be written into it.
    pub(super) fn text(&self, journal: &Journal) -> Result<String, serde_json::Error> {
        let steps = journal.steps.get(self.steps.clone()).unwrap_or_default().to_vec();
        form::write_part(&Part { id: journal.id.clone(), undoing: journal.undoing, steps })
    }

    /// Writes it, if nobody else has.
    pub(super) fn put(&self, text: String) -> Put {
        Put { name: parts::name(self.number), version: self.version.clone(), text }
    }
}

/// A write of one, with what it needs.
pub(super) struct Put {
    name: String,
    version: Option<Text>,
    text: String,
}

impl Put {
    pub(super) async fn send(&self, wire: &Wire, namespace: &str) -> Result<Text, WireError> {
        match &self.version {
            Some(version) => replace(wire, namespace, &self.name, Some(&self.text), version).await,
            None => create(wire, namespace, &self.name, &self.text).await,
        }
    }

    /// Its version as it stands.
    pub(super) async fn look(&self, wire: &Wire, namespace: &str) -> Result<Option<Text>, WireError> {
        Ok(read(wire, namespace, &self.name).await?.map(|s| s.resource_version))
    }
}

/// Takes the steps of the further ConfigMaps into `journal`; what is lacking, in words.
pub(super) async fn join(
    wire: &Wire,
    namespace: &str,
    journal: &mut Journal,
) -> Result<(Vec<Page>, Vec<Text>), WireError> {
    let (mut pages, mut lacking) = (Vec::new(), Vec::new());
    for (number, count) in parts::numbered(&journal.parts.clone()) {
        let found = read(wire, namespace, &parts::name(number)).await?;
        let part = found.as_ref().map(|s| form::read_part(s.text.as_deref(), namespace));
        let from = journal.steps.len();
        match journal.join(number, count, part.as_ref()) {
            Ok(()) => {
                let version = found.map(|s| s.resource_version);
                pages.push(Page { number, steps: from..journal.steps.len(), version, dirty: false });
            }
            Err(why) => lacking.push(why),
        }
    }
    Ok((pages, lacking))
}

/// Takes away what an earlier, longer operation has left behind, from its end, so that what is left of it is always
/// found from its beginning. Who may not delete empties it. What does not succeed harms nobody, and is tried again by
/// the next operation.
pub(super) async fn clear(wire: &Wire, namespace: &str, journal: &Journal) {
    let mut left: Vec<(String, Stored)> = Vec::new();
    for name in (2..).map(parts::name).skip(journal.parts.len()).take(MOST_PARTS) {
        let Ok(Some(found)) = read(wire, namespace, &name).await else { break };
        left.push((name, found));
    }
    for (name, found) in left.into_iter().rev().filter(|(_, found)| found.ours) {
        let version = &found.resource_version;
        if delete(wire, namespace, &name, version).await.is_err() && found.text.is_some() {
            let emptied = replace(wire, namespace, &name, None, version).await;
            tracing::debug!(%namespace, %name, ?emptied, "what an earlier operation left can't be deleted");
        }
    }
}
