//! Faults for tests: rules that say which requests meet what trouble.
//!
//! They act on the answer of [`super::Api`], so that they are the same in-process and over a socket.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use jiff::SignedDuration;
use tower::BoxError;

use super::request::{self, Verb};
use super::{Response, respond};
use crate::sim::clock::Clock;
use crate::sim::status::Status;

/// Which requests meet which trouble.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The whole path; of `*/pods` its end.
    path: String,
    /// Verb as RBAC has it (`list`, `watch`, `patch`); `None`: any.
    verb: Option<String>,
    /// How many more requests meet it; `None`: all.
    left: Option<u32>,
    trouble: Trouble,
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// A `Status` of that code instead of the answer.
    Status {
        /// HTTP status.
        code: u16,
        /// `Retry-After` in seconds.
        retry_after: Option<u32>,
    },
    /// The answer comes so many milliseconds later (on the clock).
    Delay(i64),
    /// The body ends after so many bytes, as if that were all.
    Truncate(usize),
    /// Never answered.
    Hang,
    /// The body stops after so many bytes, and never ends.
    Stall(usize),
    /// The connection breaks after so many bytes of the body; what was asked for was done.
    Reset(usize),
    /// The body arrives at so many bytes per second.
    Slow(usize),
    /// A watch gets an ERROR event with 410, any other request the answer 410.
    Expired,
    /// 200 with bytes that are no JSON.
    Garbage,
    /// 200 with a web page, as proxies answer.
    Html,
}

impl Fault {
    /// Trouble for every request whose path fits.
    pub fn on(path: &str, trouble: Trouble) -> Self {
        Self { path: path.to_owned(), verb: None, left: None, trouble }
    }

    /// Only for a verb.
    #[must_use]
    pub fn verb(self, verb: &str) -> Self {
        Self { verb: Some(verb.to_owned()), ..self }
    }

    /// Only so many times.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { left: Some(times), ..self }
    }

    fn fits(&self, verb: Verb, path: &str) -> bool {
        self.left != Some(0)
            && self.verb.as_deref().is_none_or(|v| v == verb.rbac())
            && self.path.strip_prefix('*').map_or(path == self.path, |end| path.ends_with(end))
    }
}

/// The rules in force; clones share them. The first that fits is the one that is met.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<(Vec<Fault>, u32)>>);

impl Faults {
    fn with<R>(&self, work: impl FnOnce(&mut Vec<Fault>, &mut u32) -> R) -> R {
        let (faults, met) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        work(faults, met)
    }

    /// Puts a rule in force.
    pub fn add(&self, fault: Fault) {
        self.with(|faults, _| faults.push(fault));
    }

    /// How many requests have met trouble.
    pub fn met(&self) -> u32 {
        self.with(|_, met| *met)
    }

    /// The trouble that a request meets now.
    pub(crate) fn meet(&self, method: &str, uri: &http::Uri) -> Option<Met> {
        self.with(|faults, met| {
            let (_, verb) = request::classify(method, uri);
            let fault = faults.iter_mut().find(|f| f.fits(verb, uri.path()))?;
            fault.left = fault.left.map(|n| n - 1);
            *met += 1;
            Some(Met { trouble: fault.trouble.clone(), watch: verb == Verb::Watch })
        })
    }
}

/// A trouble that one request has met.
#[derive(Debug)]
pub(crate) struct Met {
    trouble: Trouble,
    watch: bool,
}

impl Met {
    /// What happens before the request is looked at: an answer instead, a wait, or a broken connection.
    pub(crate) async fn before(&self, clock: &Clock) -> Result<Option<Response>, BoxError> {
        match &self.trouble {
            Trouble::Status { code, retry_after } => {
                let mut response = respond::status(&Status::failure(*code, reason(*code), "injected fault", None));
                if let Some(seconds) = retry_after {
                    response.headers_mut().insert(http::header::RETRY_AFTER, (*seconds).into());
                }
                Ok(Some(response))
            }
            Trouble::Delay(ms) => {
                clock.sleep(SignedDuration::from_millis(*ms)).await;
                Ok(None)
            }
            Trouble::Hang => std::future::pending().await,
            Trouble::Expired => {
                let status = Status::expired("too old resource version: 1 (2)");
                Ok(Some(if self.watch {
                    respond::json(200, format!("{{\"type\":\"ERROR\",\"object\":{}}}\n", status.body))
                } else {
                    respond::status(&status)
                }))
            }
            Trouble::Garbage => Ok(Some(respond::json(200, &b"\x00\xff\xfe{]not json"[..]))),
            Trouble::Html => {
                let mut page =
                    respond::text(200, "<!doctype html><html><title>Sign in</title><body>Sign in</body></html>");
                page.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("text/html"));
                Ok(Some(page))
            }
            Trouble::Truncate(_) | Trouble::Stall(_) | Trouble::Reset(_) | Trouble::Slow(_) => Ok(None),
        }
    }

    /// What happens to the answer on its way.
    pub(crate) fn after(self, answer: Response) -> Response {
        let end = match self.trouble {
            Trouble::Truncate(n) => (n, End::Done),
            Trouble::Stall(n) => (n, End::Stall),
            Trouble::Reset(n) => (n, End::Reset),
            Trouble::Slow(rate) => return slowed(answer, rate.max(1)),
            _ => return answer,
        };
        let (head, body) = answer.into_parts();
        let frames = stream::unfold((body, end.0, end.1), |(mut body, left, end)| async move {
            if left == 0 {
                return match end {
                    End::Over | End::Done => None,
                    End::Stall => std::future::pending().await,
                    End::Reset => {
                        let broken: BoxError = io::Error::from(io::ErrorKind::ConnectionReset).into();
                        Some((Err(broken), (body, 0, End::Over)))
                    }
                };
            }
            let mut data = next(&mut body).await?;
            data.truncate(left);
            let left = left - data.len();
            Some((Ok(Frame::data(data)), (body, left, end)))
        });
        http::Response::from_parts(head, StreamBody::new(frames).boxed_unsync())
    }
}

#[derive(Clone, Copy)]
enum End {
    Done,
    Stall,
    Reset,
    Over,
}

/// The next data of a body; `None` at its end.
async fn next(body: &mut super::Body) -> Option<Bytes> {
    loop {
        let frame = body.frame().await?.ok()?;
        if let Ok(data) = frame.into_data() {
            return Some(data);
        }
    }
}

/// Ten pieces a second of real time: what is slow here is the line, not the cluster.
fn slowed(answer: Response, rate: usize) -> Response {
    let (head, body) = answer.into_parts();
    let piece = rate.div_ceil(10);
    let frames = stream::unfold((body, Bytes::new()), move |(mut body, mut left)| async move {
        if left.is_empty() {
            left = next(&mut body).await?;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now = left.split_to(piece.min(left.len()));
        Some((Ok(Frame::data(now)), (body, left)))
    });
    http::Response::from_parts(head, StreamBody::new(frames).boxed_unsync())
}

/// The reason that goes with a code that tests give.
fn reason(code: u16) -> &'static str {
    match code {
        429 => "TooManyRequests",
        500 => "InternalError",
        504 => "Timeout",
        _ => "",
    }
}
