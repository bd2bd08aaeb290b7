//! Cuts the protobuf of a list into its items, without reading them: each says how long it is.
//!
//! ```text
//! k8s\0 ┬ 1 type of the list
//!       └ 2 the list ┬ 1 its metadata
//!                    └ 2 an item, as often as there are
//! ```

use super::{Broken, LONGEST, Piece};
use crate::cluster::proto::{self, Head, MAGIC, table};

/// Takes pieces of the answer, gives pieces of the list.
#[derive(Debug, Default)]
pub(crate) struct Splitter {
    buffer: Vec<u8>,
    /// Bytes of the buffer that are done with.
    at: usize,
    place: Within,
    /// Bytes of the list that are still to come.
    left: u64,
    /// Bytes that are still to be passed by.
    skip: u64,
    /// What is passed by is an item.
    too_long: bool,
    listed: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Within {
    /// Before the envelope.
    #[default]
    Start,
    /// Between the fields of the envelope.
    Envelope,
    /// Between the fields of the list.
    List,
}

impl Splitter {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.at);
        self.at = 0;
        self.buffer.extend_from_slice(bytes);
    }

    pub(crate) fn next(&mut self) -> Result<Option<Piece<'_>>, Broken> {
        loop {
            if !self.skipped() {
                return Ok(None);
            }
            if std::mem::take(&mut self.too_long) {
                return Ok(Some(Piece::TooLong));
            }
            if self.place == Within::Start {
                let start = self.ahead();
                if !MAGIC.starts_with(start.get(..MAGIC.len()).unwrap_or(start)) {
                    return Err(Broken::NoObject(start.iter().take(200).copied().collect()));
                }
                if start.len() < MAGIC.len() {
                    return Ok(None);
                }
                self.at += MAGIC.len();
                self.place = Within::Envelope;
            }
            if self.place == Within::List && self.left == 0 {
                self.place = Within::Envelope;
            }
            let Some(head) = proto::head(self.ahead()).map_err(|e| Broken::Garbled(e.to_string()))? else {
                return Ok(None);
            };
            let before = self.at;
            match (self.place, head.number) {
                (Within::Envelope, table::RAW) => {
                    self.at += head.length;
                    self.place = Within::List;
                    self.left = head.content;
                    self.listed = true;
                }
                (Within::Envelope, table::TYPE) => match self.whole(head) {
                    Some(range) => self.is_list(range)?,
                    None => return Ok(None),
                },
                (Within::List, number @ (table::LIST_META | table::LIST_ITEM)) if !is_too_long(head) => {
                    let Some(range) = self.whole(head) else { return Ok(None) };
                    self.passed(before)?;
                    let bytes = self.buffer.get(range).unwrap_or_default();
                    return Ok(Some(if number == table::LIST_META { Piece::Meta(bytes) } else { Piece::Item(bytes) }));
                }
                (place, number) => {
                    self.at += head.length;
                    self.too_long = place == Within::List && number == table::LIST_ITEM;
                    if place == Within::List {
                        self.passed(before)?;
                        self.left = self.left.checked_sub(head.content).ok_or_else(longer)?;
                    }
                    self.skip = head.content;
                }
            }
        }
    }

    pub(crate) fn finish(&self) -> Result<(), Broken> {
        let ended = self.ahead().is_empty() && self.skip == 0 && self.left == 0;
        match self.place {
            Within::Start if self.ahead().is_empty() => Err(Broken::NoObject(Vec::new())),
            _ if ended && self.listed => Ok(()),
            _ => Err(Broken::Truncated),
        }
    }

    fn ahead(&self) -> &[u8] {
        self.buffer.get(self.at..).unwrap_or_default()
    }

    /// Passes by what is not wanted; whether all of it has come.
    fn skipped(&mut self) -> bool {
        let here = usize::try_from(self.skip).unwrap_or(usize::MAX).min(self.ahead().len());
        self.at += here;
        self.skip -= here as u64;
        self.skip == 0
    }

    /// Takes the content of a field, where all of it has come.
    fn whole(&mut self, head: Head) -> Option<std::ops::Range<usize>> {
        let start = self.at + head.length;
        let end = start.checked_add(usize::try_from(head.content).ok()?)?;
        (end <= self.buffer.len()).then(|| {
            self.at = end;
            start..end
        })
    }

    /// The list has moved on from `before`.
    fn passed(&mut self, before: usize) -> Result<(), Broken> {
        self.left = self.left.checked_sub((self.at - before) as u64).ok_or_else(longer)?;
        Ok(())
    }

    /// Whether the envelope says that it holds a list.
    fn is_list(&self, range: std::ops::Range<usize>) -> Result<(), Broken> {
        #[derive(serde::Deserialize, Default)]
        #[serde(default)]
        struct Named {
            kind: String,
        }
        let bytes = self.buffer.get(range).unwrap_or_default();
        let named: Named = proto::read(bytes, &table::TYPE_META).map_err(|e| Broken::Garbled(e.to_string()))?;
        if named.kind.ends_with("List") { Ok(()) } else { Err(Broken::NoItems) }
    }
}

fn is_too_long(head: Head) -> bool {
    head.content > LONGEST as u64
}

fn longer() -> Broken {
    Broken::Garbled("an item is longer than its list".to_owned())
}
