//! One whole list: page after page, its rows handed over as they come.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

use super::{Reader, Voice};
use crate::cluster::proto;
use crate::cluster::split::{Broken, Piece, Splitter};
use crate::cluster::wire::{self, Form, WireError, escaped};
use crate::domain::data::DataState;
use crate::domain::model::Change;

/// Objects a page.
const PAGE: u32 = 500;

/// Rows handed over at a time while listing.
const BATCH: usize = 250;

/// On a slow line rows don't wait longer than this for others.
const HANDED: Duration = Duration::from_millis(250);

/// A piece of a list that does not come for this long: the list is given up.
const SILENCE: Duration = Duration::from_secs(20);

impl Reader {
    /// One whole list. Its rows are handed over as they come.
    pub(super) async fn list(&mut self) -> Result<String, WireError> {
        let accept = self.route.list_as();
        let mut batch = vec![self.route.begin()];
        self.nameless = 0;
        let (mut got, mut of) = (0u64, None);
        let shows_loading = !self.state.shown();
        let counts = shows_loading && matches!(self.voice, Voice::Kind);
        if counts && !self.was_refused() {
            self.held = true;
            self.hand_over(&mut batch, Some((got, of))).await;
        }
        let mut handed = Instant::now();
        let first = if self.route.paged() { format!("limit={PAGE}") } else { "resourceVersion=0".to_owned() };
        let mut page = self.page(&first, accept);
        let version = loop {
            let mut stream = page.await.map_err(|e| WireError::Broken(e.to_string().into()))??;
            self.held = true;
            if counts && self.was_refused() {
                self.hand_over(&mut batch, Some((got, of))).await;
            }
            let form = stream.form();
            let mut splitter = Splitter::new(form);
            let mut meta = ListMeta::default();
            let mut next = None;
            loop {
                let bytes = tokio::select! {
                    bytes = stream.next(SILENCE) => bytes?,
                    () = tokio::time::sleep_until(handed + HANDED), if !batch.is_empty() => {
                        handed = Instant::now();
                        self.hand_over(&mut batch, counts.then_some((got, of))).await;
                        continue;
                    }
                };
                let Some(bytes) = bytes else { break };
                splitter.push(&bytes);
                while let Some(piece) = splitter.next().map_err(no_list)? {
                    match piece {
                        Piece::Meta(bytes) => {
                            meta = ListMeta::read(form, bytes)?;
                            // It stands before the items: the server makes the next page while this one is read.
                            if let Some(token) = meta.next.as_deref().filter(|t| !t.is_empty()) {
                                let query = format!("limit={PAGE}&continue={}", escaped(token));
                                next = Some(self.page(&query, accept));
                            }
                        }
                        Piece::Item(bytes) => {
                            got += 1;
                            if let Some(row) = self.row(form, bytes) {
                                batch.push(row);
                            }
                        }
                        Piece::TooLong => {
                            got += 1;
                            batch.extend(self.nameless("it is longer than 16 MiB"));
                        }
                        Piece::NoObject => {
                            got += 1;
                            batch.extend(self.nameless("it is no JSON object"));
                        }
                    }
                }
                if batch.len() >= BATCH {
                    handed = Instant::now();
                    self.hand_over(&mut batch, counts.then_some((got, of))).await;
                }
            }
            splitter.finish().map_err(no_list)?;
            if let Some(left) = meta.remaining_item_count {
                of = Some(got + left);
            }
            match next {
                Some(next) => page = next,
                None => break meta.resource_version.unwrap_or_default(),
            }
        };
        batch.push(self.route.end());
        self.context.feed.send(batch).await;
        self.sweep(true);
        Ok(version)
    }

    /// The last list was not allowed, of nothing that is served, or failed. Asking again is no news until the answer is
    /// another: every status of the cluster would be provisional for as long, and "no access" would come and go.
    fn was_refused(&self) -> bool {
        matches!(self.state, DataState::Forbidden { .. } | DataState::Absent | DataState::Failed { .. })
    }

    /// Hands over the rows of a list so far; `far`: how far it is, where that is shown.
    async fn hand_over(&mut self, batch: &mut Vec<Change>, far: Option<(u64, Option<u64>)>) {
        if let Some((got, of)) = far {
            self.state = DataState::Loading { got, of };
            batch.push(self.route.data(self.state.clone()));
        }
        self.context.feed.send(std::mem::take(batch)).await;
    }

    /// Asks for one page; it is not waited for, and given up when nobody wants it any more.
    fn page(&self, query: &str, accept: &'static str) -> AbortOnDropHandle<Result<wire::Stream, WireError>> {
        let (wire, path) = (self.context.wire.clone(), self.route.path(query));
        AbortOnDropHandle::new(tokio::spawn(async move { wire.stream(&path, accept).await }))
    }
}

/// Names an answer that is no list.
fn no_list(broken: Broken) -> WireError {
    WireError::Garbage(match broken {
        Broken::NoObject(start) => wire::not_kubernetes(&start, "it is no object"),
        Broken::Truncated => "the answer ended in the middle of the list".into(),
        Broken::NoItems => "the answer is no list".into(),
        Broken::Garbled(why) => format!("the answer can't be read: {why}").into(),
    })
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct ListMeta {
    resource_version: Option<String>,
    #[serde(rename = "continue")]
    next: Option<String>,
    remaining_item_count: Option<u64>,
}

impl ListMeta {
    fn read(form: Form, bytes: &[u8]) -> Result<Self, WireError> {
        match form {
            Form::Json => wire::parse(bytes),
            Form::Proto => proto::read(bytes, &proto::table::LIST).map_err(|e| no_list(Broken::Garbled(e.to_string()))),
        }
    }
}
