//! Faults for tests and scenarios: rules that say which requests meet what trouble.
//!
//! They act on the answer of [`super::api::Api`], so that they are the same in-process and over a socket.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tower::BoxError;

use super::api::request::{self, Verb};
use super::api::{Response, respond};
use super::clock::Clock;
use super::status::Status;

/// Which requests meet which trouble. Empty fields do not narrow.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// HTTP method.
    #[serde(default)]
    pub method: Option<String>,
    /// Verb as RBAC has it (`list`, `watch`, `patch`).
    #[serde(default)]
    pub verb: Option<String>,
    /// Path, `*` standing for anything (`*/pods`).
    #[serde(default)]
    pub path: Option<String>,
    /// Ends after so many requests.
    #[serde(default)]
    pub times: Option<u32>,
    /// Part of the requests that meet it, 0 to 1.
    #[serde(default)]
    pub probability: Option<f64>,
    /// Seconds on the clock after the rule was made when it begins.
    #[serde(default)]
    pub after: Option<i64>,
    /// Seconds on the clock that it lasts.
    #[serde(default)]
    pub lasts: Option<i64>,
    /// What happens.
    pub trouble: Trouble,
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Trouble {
    /// A `Status` of that code instead of the answer.
    Status {
        /// HTTP status.
        code: u16,
        /// `Retry-After` in seconds.
        #[serde(default)]
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

/// Names a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id(u64);

#[derive(Debug)]
struct Rule {
    id: Id,
    fault: Fault,
    made: Timestamp,
    met: u32,
}

#[derive(Debug)]
struct State {
    rules: Vec<Rule>,
    made: u64,
    random: fastrand::Rng,
}

/// The rules in force; clones share them. The first that fits is the one that is met.
#[derive(Clone, Debug)]
pub struct Faults {
    clock: Clock,
    state: Arc<Mutex<State>>,
}

impl Fault {
    /// Trouble for every request whose path fits.
    pub fn on(path: &str, trouble: Trouble) -> Self {
        Self {
            method: None,
            verb: None,
            path: Some(path.to_owned()),
            times: None,
            probability: None,
            after: None,
            lasts: None,
            trouble,
        }
    }

    /// Only for a verb.
    #[must_use]
    pub fn verb(mut self, verb: &str) -> Self {
        self.verb = Some(verb.to_owned());
        self
    }

    /// Only so many times.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }
}

impl Faults {
    /// No faults.
    pub(crate) fn new(clock: Clock) -> Self {
        let state = State { rules: Vec::new(), made: 0, random: fastrand::Rng::with_seed(1) };
        Self { clock, state: Arc::new(Mutex::new(state)) }
    }

    fn with<R>(&self, work: impl FnOnce(&mut State) -> R) -> R {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts a rule in force.
    pub fn add(&self, fault: Fault) -> Id {
        let made = self.clock.now();
        self.with(|s| {
            s.made += 1;
            let id = Id(s.made);
            s.rules.push(Rule { id, fault, made, met: 0 });
            id
        })
    }

    /// Ends a rule.
    pub fn remove(&self, id: Id) {
        self.with(|s| s.rules.retain(|r| r.id != id));
    }

    /// Ends all rules.
    pub fn clear(&self) {
        self.with(|s| s.rules.clear());
    }

    /// How many requests have met a rule.
    pub fn met(&self, id: Id) -> u32 {
        self.with(|s| s.rules.iter().find(|r| r.id == id).map_or(0, |r| r.met))
    }

    /// The trouble that a request meets now.
    pub(crate) fn meet(&self, method: &str, uri: &http::Uri) -> Option<Met> {
        let now = self.clock.now();
        self.with(|s| {
            if s.rules.is_empty() {
                return None;
            }
            let (_, verb) = request::classify(method, uri);
            let State { rules, random, .. } = s;
            let rule = rules.iter_mut().find(|r| r.fits(now, method, verb, uri.path(), random))?;
            rule.met += 1;
            Some(Met { trouble: rule.fault.trouble.clone(), watch: verb == Verb::Watch })
        })
    }
}

impl Rule {
    fn fits(&self, now: Timestamp, method: &str, verb: Verb, path: &str, random: &mut fastrand::Rng) -> bool {
        let f = &self.fault;
        let age = now.duration_since(self.made).as_secs();
        let begins = f.after.unwrap_or(0);
        f.method.as_deref().is_none_or(|m| m.eq_ignore_ascii_case(method))
            && f.verb.as_deref().is_none_or(|v| v == verb.rbac())
            && f.path.as_deref().is_none_or(|p| glob(p, path))
            && f.times.is_none_or(|n| self.met < n)
            && age >= begins
            && f.lasts.is_none_or(|l| age < begins + l)
            && f.probability.is_none_or(|p| random.f64() < p)
    }
}

/// Whether `text` fits `pattern`, in which `*` stands for anything.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(head) else { return false };
    rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| rest.get(at..).is_some_and(|r| glob(tail, r)))
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
async fn next(body: &mut super::api::Body) -> Option<Bytes> {
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

/// The reason that goes with a code.
fn reason(code: u16) -> &'static str {
    match code {
        400 => "BadRequest",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "NotFound",
        409 => "Conflict",
        410 => "Expired",
        429 => "TooManyRequests",
        500 => "InternalError",
        503 => "ServiceUnavailable",
        504 => "Timeout",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        assert!(glob("*/pods", "/api/v1/namespaces/a/pods"));
        assert!(!glob("*/pods", "/api/v1/namespaces/a/pods/b"));
        assert!(glob("/api/v1/*/a/*", "/api/v1/namespaces/a/pods"));
        assert!(glob("*", ""));
        assert!(!glob("/api", "/api/v1"));
    }

    #[test]
    fn a_rule_ends_after_its_times_and_outside_its_window() {
        let clock = Clock::manual("2026-01-01T00:00:00Z".parse().unwrap());
        let faults = Faults::new(clock.clone());
        let pods: http::Uri = "/api/v1/pods".parse().unwrap();
        let once = faults.add(Fault::on("*", Trouble::Hang).times(1));
        assert!(faults.meet("GET", &pods).is_some());
        assert!(faults.meet("GET", &pods).is_none());
        assert_eq!(faults.met(once), 1);
        faults.add(Fault { after: Some(10), lasts: Some(5), ..Fault::on("*", Trouble::Hang).verb("watch") });
        let watch: http::Uri = "/api/v1/pods?watch=true".parse().unwrap();
        assert!(faults.meet("GET", &watch).is_none(), "too early");
        clock.advance(SignedDuration::from_secs(10));
        assert!(faults.meet("GET", &pods).is_none(), "another verb");
        assert!(faults.meet("GET", &watch).is_some());
        clock.advance(SignedDuration::from_secs(5));
        assert!(faults.meet("GET", &watch).is_none(), "too late");
    }

    #[test]
    fn rules_are_read_from_a_scenario() {
        let fault: Fault = serde_yaml::from_str(
            "{method: GET, verb: list, path: '*/events', times: 3, probability: 0.5, after: 60, lasts: 5, \
             trouble: {status: {code: 429, retryAfter: 2}}}",
        )
        .unwrap();
        let read = Fault {
            method: Some("GET".into()),
            verb: Some("list".into()),
            path: Some("*/events".into()),
            times: Some(3),
            probability: Some(0.5),
            after: Some(60),
            lasts: Some(5),
            trouble: Trouble::Status { code: 429, retry_after: Some(2) },
        };
        assert_eq!(fault, read);
        assert!(serde_yaml::from_str::<Fault>("{verbs: list, trouble: hang}").is_err(), "no rule by a slip of the pen");
    }
}
