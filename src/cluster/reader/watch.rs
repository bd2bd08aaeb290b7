//! One watch: from where, what its lines say, how it ends.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::lines::Lines;
use super::{Reader, changed};
use crate::cluster::convert::{self, Body};
use crate::cluster::wire::{self, Form, WireError, escaped};
use crate::domain::model::Change;

/// Longest time that a watch is asked to run; the shortest is three quarters of it, so that they don't end together.
/// With [`GRACE`] and the pause before the next try it stays under the 45 s in which a watch is renewed.
const WATCH: u64 = 38;

/// A watch that says nothing for this long after its end was due is dead.
const GRACE: Duration = Duration::from_secs(5);

/// A watch that has failed is sound once it has stood for so long, or brought something.
const STEADY: Duration = Duration::from_secs(5);

/// After a change a watch is left alone for so long: of hundreds a second each would wake the process, and what they
/// change is shown at most 20 times a second.
const GATHER: Duration = Duration::from_millis(20);

/// Where a watch is in the history of its collection.
pub(super) struct Position {
    version: String,
    /// The newest object since: its version is looked for when it is asked for, and not for each of hundreds a second.
    newest: String,
}

impl Position {
    pub(super) fn new(version: String) -> Self {
        Self { version, newest: String::new() }
    }

    /// The watch has brought `object`, as JSON.
    fn moves(&mut self, object: &str) {
        object.clone_into(&mut self.newest);
    }

    /// The version to go on from: that of the newest object which has one.
    fn version(&mut self) -> &str {
        let newest = std::mem::take(&mut self.newest);
        if let Ok(Versioned { metadata }) = serde_json::from_str(&newest)
            && !metadata.resource_version.is_empty()
        {
            self.version = metadata.resource_version;
        }
        &self.version
    }
}

/// Why a watch has ended.
pub(super) enum Ended {
    /// Its time was over.
    InTime,
    /// The version is too old: list again.
    Gone,
    /// The connection is lost, or not to be trusted.
    Link,
    Failed(WireError),
}

impl Reader {
    /// Watches from the known version until the watch ends.
    pub(super) async fn watch(&mut self) -> Ended {
        let seconds = fastrand::u64(WATCH * 3 / 4..=WATCH);
        let version = escaped(self.place.as_mut().map(Position::version).unwrap_or_default());
        let path = self
            .route
            .path(&format!("watch=true&allowWatchBookmarks=true&resourceVersion={version}&timeoutSeconds={seconds}"));
        let limit = Duration::from_secs(seconds) + GRACE;
        let wire = self.context.wire.clone();
        let opened = tokio::select! {
            s = wire.watch(&path, self.route.watch_as()) => s,
            () = changed(&mut self.context.link) => return Ended::Link,
        };
        let mut stream = match opened {
            Ok(s) => s,
            Err(e) if e.code() == Some(410) => return Ended::Gone,
            Err(e) => return Ended::Failed(e),
        };
        // One that has failed before is not believed at once.
        let mut steady = Instant::now() + if self.failures == 0 { Duration::ZERO } else { STEADY };
        let mut sound = false;
        let mut lines = Lines::default();
        loop {
            let bytes = tokio::select! {
                biased;
                () = tokio::time::sleep_until(steady), if !sound => {
                    sound = true;
                    self.sound().await;
                    continue;
                }
                () = changed(&mut self.context.link) => return Ended::Link,
                b = stream.next(limit) => b,
            };
            let bytes = match bytes {
                Ok(Some(b)) => b,
                Ok(None) => return lines.rest().map_or(Ended::InTime, Ended::Failed),
                Err(e) => return Ended::Failed(e),
            };
            lines.push(&bytes);
            let mut changes = Vec::new();
            let mut ended = None;
            while let Some(line) = lines.next() {
                match self.line(line, &mut changes) {
                    Ok(()) => (steady, sound) = (Instant::now(), false),
                    Err(e) => {
                        ended = Some(e);
                        break;
                    }
                }
            }
            if std::mem::take(&mut lines.dropped) {
                changes.extend(self.nameless("it has become longer than 16 MiB"));
            }
            let gather = !changes.is_empty();
            self.context.feed.send(changes).await;
            self.sweep(false);
            if let Some(ended) = ended {
                return ended;
            }
            if gather {
                tokio::time::sleep(GATHER).await;
            }
        }
    }

    /// One line of a watch.
    fn line(&mut self, line: &[u8], changes: &mut Vec<Change>) -> Result<(), Ended> {
        let garbage = |e: String| Ended::Failed(WireError::Garbage(wire::not_kubernetes(line, &e)));
        let text = std::str::from_utf8(line).map_err(|e| garbage(e.to_string()))?;
        let event: Event<'_> = serde_json::from_str(text).map_err(|e| garbage(e.to_string()))?;
        let object = event.object.get();
        match event.kind {
            "ADDED" | "MODIFIED" => changes.extend(self.row(Form::Json, object.as_bytes())),
            "DELETED" => {
                if let Some((namespace, name)) = convert::name_of(Body::Json(object)) {
                    changes.push(self.route.gone(namespace, name));
                }
            }
            "BOOKMARK" => {}
            "ERROR" => return Err(error_of(object)),
            _ => return Ok(()),
        }
        if let Some(place) = &mut self.place {
            place.moves(object);
        }
        Ok(())
    }
}

/// An `ERROR` line: a `Status`.
fn error_of(object: &str) -> Ended {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Said {
        code: u16,
        reason: String,
        message: String,
    }
    let said: Said = serde_json::from_str(object).unwrap_or_default();
    if said.code == 410 || said.reason == "Expired" || said.reason == "Gone" {
        return Ended::Gone;
    }
    Ended::Failed(WireError::Status {
        code: said.code,
        reason: said.reason.into(),
        message: said.message.into(),
        retry_after: None,
    })
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(borrow)]
    object: &'a RawValue,
}

#[derive(Deserialize)]
struct Versioned {
    metadata: Version,
}

#[derive(Deserialize)]
struct Version {
    #[serde(rename = "resourceVersion", default)]
    resource_version: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::feed::Backoff;

    #[test]
    fn a_watch_goes_on_from_the_newest_object_that_says_its_version() {
        let mut place = Position::new("5".into());
        assert_eq!(place.version(), "5");
        for version in ["9", "11"] {
            place.moves(&format!(r#"{{"kind": "Pod", "metadata": {{"name": "a", "resourceVersion": "{version}"}}}}"#));
        }
        assert_eq!(place.version(), "11");
        place.moves(r#"{"metadata": {"name": "a"}}"#);
        assert_eq!(place.version(), "11", "of an object without one nothing is learnt");
    }

    #[test]
    fn a_watch_that_says_nothing_is_renewed_within_45_s() {
        let mut backoff = Backoff::default();
        let pause = (0..100).map(|_| std::mem::take(&mut backoff).next(None)).max().unwrap();
        assert!(Duration::from_secs(WATCH) + GRACE + pause <= Duration::from_secs(45));
        assert!(Duration::from_secs(WATCH) <= Duration::from_secs(40), "no server is asked for more");
    }
}
