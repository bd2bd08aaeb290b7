//! The only place that sends: each request has a deadline, a User-Agent and the read-only guard;
//! no write is ever sent twice; every answer tells the server's time.
//!
//! It is not: a list or a watch (those read [`Wire::stream`]), nor retries (those are the reader's, and visible).

mod clock;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, DATE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderName, Method, Request, StatusCode};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use kube::client::Body;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, ServiceExt};

use clock::Clock;
pub use clock::Skew;

use super::proxy::Way;
use super::{guard, proto};
use crate::domain::{Text, Time};

/// How kennel names itself. It must not begin like curl's or wget's: these get indented JSON.
pub const AGENT: &str = concat!("kennel/", env!("CARGO_PKG_VERSION"));

/// The field manager that kennel writes with.
pub const FIELD_MANAGER: &str = "kennel";

/// Merge patch (RFC 7396).
pub const MERGE_PATCH: &str = "application/merge-patch+json";

/// Largest body of a single answer that is collected, in bytes. (Lists and watches are streamed.)
const LARGEST: usize = 64 << 20;

/// What may stand in the value of a query as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A value as it stands in a query.
pub(crate) fn escaped(value: &str) -> PercentEncode<'_> {
    utf8_percent_encode(value, PLAIN)
}

/// The body of an answer.
pub type AnswerBody = UnsyncBoxBody<Bytes, BoxError>;

/// Whatever takes a request to an API server: a connection pool, or a function in this process.
pub type Transport = BoxCloneSyncService<Request<Body>, http::Response<AnswerBody>, BoxError>;

/// Why there is no good answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The server answered that it will not, or can not.
    #[error("{message}")]
    Status {
        /// HTTP status.
        code: u16,
        /// Machine-readable reason (`Forbidden`, `Conflict`, …), empty where the answer had none.
        reason: Text,
        /// The server's words.
        message: Text,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// A write was sent and its answer did not arrive: it may have been done, or not.
    #[error("the answer did not arrive: {0}")]
    Unknown(Text),
    /// Not sent: kennel is in read-only mode.
    #[error("not sent: {0}")]
    ReadOnly(Text),
    /// A read took longer than its deadline.
    #[error("no answer within {} s", .0.as_secs())]
    Timeout(Duration),
    /// The server could not be reached; nothing was sent.
    #[error("{0}")]
    Unreachable(Text),
    /// The connection broke while an answer was read.
    #[error("the connection broke: {0}")]
    Broken(Text),
    /// An answer came that Kubernetes would not give: HTML, half a document, something else.
    #[error("{0}")]
    Garbage(Text),
    /// The credentials could not be had.
    #[error("{0}")]
    Credential(Text),
}

impl WireError {
    /// HTTP status, where the server answered.
    pub fn code(&self) -> Option<u16> {
        match self {
            WireError::Status { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// Whether a write that ended so may have been done all the same: it has to be looked up.
    /// (A 5xx may come from a proxy or a time-out behind which the write went on.)
    pub fn may_be_done(&self) -> bool {
        match self {
            WireError::Unknown(_) => true,
            WireError::Status { code, .. } => *code >= 500,
            _ => false,
        }
    }

    /// How long the server asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            WireError::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// What went wrong in a word or two, for a header: `refused`, `no answer`, `503`.
    pub(crate) fn brief(&self) -> Text {
        /// Words of what could not be reached, in the operating system's, the resolver's and rustls' own.
        const UNREACHED: &[(&str, &str)] = &[
            ("refused", "refused"),
            ("lookup", "unknown host"),
            ("certificate", "TLS fails"),
            ("tls", "TLS fails"),
            ("handshake", "TLS fails"),
            ("corrupt message", "TLS fails"),
            ("proxy", "the proxy refuses"),
            ("tunnel", "the proxy refuses"),
            ("timed out", "no answer"),
            ("deadline", "no answer"),
            ("unreachable", "no route"),
            ("no route", "no route"),
        ];
        let named = |why: &Text| {
            let why = why.to_lowercase();
            UNREACHED.iter().find(|(said, _)| why.contains(said)).map(|(_, words)| *words)
        };
        match self {
            WireError::Status { code: 401, .. } => "401, log in again".into(),
            WireError::Status { code, .. } => format!("answers {code}").into(),
            WireError::Timeout(_) => "no answer".into(),
            WireError::Unreachable(why) => named(why).unwrap_or("unreachable").into(),
            WireError::Unknown(why) | WireError::Broken(why) => named(why).unwrap_or("connection broke").into(),
            WireError::Garbage(_) => "not Kubernetes".into(),
            WireError::Credential(_) => "no credentials".into(),
            WireError::ReadOnly(_) => "read-only".into(),
        }
    }

    /// Whether the connection as a whole is in doubt, rather than this one request: nothing came, the server
    /// (or what stands before it) is broken, or it does not know us any more.
    pub fn doubts_connection(&self) -> bool {
        match self {
            WireError::Unreachable(_)
            | WireError::Timeout(_)
            | WireError::Broken(_)
            | WireError::Unknown(_)
            | WireError::Credential(_) => true,
            WireError::Status { code, .. } => *code >= 500 || *code == 401,
            WireError::ReadOnly(_) | WireError::Garbage(_) => false,
        }
    }
}

/// Gives the `Authorization` of requests, where kennel itself keeps it (exec plugins).
#[derive(Clone, Default)]
pub(crate) struct Bearer(pub(crate) Option<super::credential::Credential>);

/// Sends requests to one API server. Cheap to clone.
#[derive(Clone)]
pub struct Wire {
    shared: Arc<Shared>,
}

struct Shared {
    transport: RwLock<Transport>,
    bearer: Bearer,
    readonly: Option<Text>,
    limit: Duration,
    clock: Clock,
    /// Milliseconds after `born` at which bytes last arrived; 0 = never.
    arrived: AtomicU64,
    born: tokio::time::Instant,
    sent: AtomicU64,
    /// Counts up with each right that was there a moment ago, or was thought to be, and is not.
    denials: watch::Sender<u64>,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire").field("readonly", &self.shared.readonly).finish_non_exhaustive()
    }
}

impl Wire {
    /// A wire over `transport`. `readonly`: the reason why nothing may be changed. `limit`: the deadline of a write
    /// as a whole, and of a read for each piece of its answer.
    pub(crate) fn new(transport: Transport, bearer: Bearer, readonly: Option<Text>, limit: Duration) -> Self {
        Self {
            shared: Arc::new(Shared {
                transport: RwLock::new(transport),
                bearer,
                readonly,
                limit,
                clock: Clock::default(),
                arrived: AtomicU64::new(0),
                born: tokio::time::Instant::now(),
                sent: AtomicU64::new(0),
                denials: watch::Sender::new(0),
            }),
        }
    }

    /// Reads `path` (with its query).
    ///
    /// # Errors
    /// See [`WireError`]; never `Unknown`.
    pub async fn get(&self, path: &str) -> Result<Bytes, WireError> {
        self.get_as(path, JSON).await
    }

    /// Reads `path` in the form that `accept` asks for.
    pub(crate) async fn get_as(&self, path: &str, accept: &'static str) -> Result<Bytes, WireError> {
        self.collect(self.stream(path, accept).await?).await
    }

    /// Reads `path` and parses the JSON.
    ///
    /// # Errors
    /// As [`Wire::get`]; `Garbage` where the answer is no such JSON.
    pub async fn get_json<T: DeserializeOwned>(&self, path: &str) -> Result<T, WireError> {
        parse(&self.get(path).await?)
    }

    /// Patches `path`; `content_type` says which kind of patch ([`MERGE_PATCH`], …). Returns the object.
    ///
    /// # Errors
    /// See [`WireError`]; `Unknown` where it was sent and the answer did not arrive.
    pub async fn patch(
        &self,
        path: &str,
        content_type: &'static str,
        body: impl Into<Bytes>,
    ) -> Result<Bytes, WireError> {
        self.write(Method::PATCH, path, content_type, body.into()).await
    }

    /// Creates (POST) the JSON object `body` in the collection `path`. Returns the object.
    ///
    /// # Errors
    /// See [`WireError`]; `Unknown` where it was sent and the answer did not arrive.
    pub async fn create(&self, path: &str, body: impl Into<Bytes>) -> Result<Bytes, WireError> {
        self.write(Method::POST, path, JSON, body.into()).await
    }

    /// Replaces (PUT) the object at `path`. Returns the object.
    ///
    /// # Errors
    /// See [`WireError`]; `Unknown` where it was sent and the answer did not arrive.
    pub async fn replace(&self, path: &str, body: impl Into<Bytes>) -> Result<Bytes, WireError> {
        self.write(Method::PUT, path, JSON, body.into()).await
    }

    /// Deletes the object at `path`; `options` is a JSON `DeleteOptions` (preconditions), or empty.
    ///
    /// # Errors
    /// See [`WireError`]; `Unknown` where it was sent and the answer did not arrive.
    pub async fn delete(&self, path: &str, options: impl Into<Bytes>) -> Result<Bytes, WireError> {
        self.write(Method::DELETE, path, JSON, options.into()).await
    }

    /// The server's time: this machine's, put right by the `Date` of its answers where that is believed.
    pub fn server_now(&self) -> Time {
        self.shared.clock.now()
    }

    /// How the server's `Date` and this machine's clock differ, and each change of that.
    pub fn skew(&self) -> watch::Receiver<Skew> {
        self.shared.clock.skew()
    }

    /// An object has come that was stamped at that time: made, written, told of.
    pub(crate) fn stamped(&self, at: Time) {
        self.shared.clock.stamped(at);
    }

    /// How long ago bytes last arrived; `None` where none ever did.
    pub fn silence(&self) -> Option<Duration> {
        match self.shared.arrived.load(Ordering::Relaxed) {
            0 => None,
            at => Some(self.shared.born.elapsed().saturating_sub(Duration::from_millis(at))),
        }
    }

    /// Why nothing may be changed, where that is so.
    pub fn readonly(&self) -> Option<&Text> {
        self.shared.readonly.as_ref()
    }

    /// How many requests have left.
    pub fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::Relaxed)
    }

    /// Changes when a right turns out not to be there: what may be done has to be asked for anew.
    pub(crate) fn denials(&self) -> watch::Receiver<u64> {
        self.shared.denials.subscribe()
    }

    /// A right that was counted on is not there.
    pub(crate) fn denied(&self) {
        self.shared.denials.send_modify(|n| *n += 1);
    }

    /// Waits until there are credentials to send: a plugin may take a while, and has a limit of its own.
    ///
    /// # Errors
    /// `Credential`, where there are none.
    pub(crate) async fn authorized(&self) -> Result<(), WireError> {
        match &self.shared.bearer.0 {
            Some(c) => c.header().await.map(drop).map_err(WireError::Credential),
            None => Ok(()),
        }
    }

    /// Sends through `transport` from now on: a new pool, where old connections are in doubt.
    pub(crate) fn renew(&self, transport: Transport) {
        if let Ok(mut t) = self.shared.transport.write() {
            *t = transport;
        }
    }

    /// Starts to read `path`; the answer's headers have arrived, its body is read piece by piece.
    pub(crate) async fn stream(&self, path: &str, accept: &'static str) -> Result<Stream, WireError> {
        self.open(path, &[(ACCEPT, accept)]).await
    }

    /// Starts to watch `path`. It comes as it is: what is compressed piece by piece may be a gzip stream for each piece,
    /// and decoders end with the first (RFC 1952 allows several, and few have met them).
    pub(crate) async fn watch(&self, path: &str, accept: &'static str) -> Result<Stream, WireError> {
        self.open(path, &[(ACCEPT, accept), (ACCEPT_ENCODING, "identity")]).await
    }

    async fn open(&self, path: &str, headers: &[Header]) -> Result<Stream, WireError> {
        // A plugin that hangs is named: it would be a server that does not answer, where both may take 30 s.
        self.authorized().await?;
        let limit = self.shared.limit;
        match tokio::time::timeout(limit, self.send(Method::GET, path, headers, Bytes::new())).await {
            Err(_) => Err(WireError::Timeout(limit)),
            Ok(Err(Failed { error, .. })) => Err(error),
            Ok(Ok(stream)) => self.checked(stream).await,
        }
    }

    async fn collect(&self, mut stream: Stream) -> Result<Bytes, WireError> {
        let mut whole = Vec::new();
        while let Some(piece) = stream.next(self.shared.limit).await? {
            if whole.len() + piece.len() > LARGEST {
                return Err(WireError::Garbage("the answer is larger than 64 MiB".into()));
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole.into())
    }

    /// A write: sent once, and what is not known to have failed is unknown.
    async fn write(
        &self,
        method: Method,
        path: &str,
        content_type: &'static str,
        body: Bytes,
    ) -> Result<Bytes, WireError> {
        self.authorized().await?;
        let limit = self.shared.limit;
        // Who may not ask for his rights has lost none.
        let changes = !guard::reads_only(&method, path);
        let whole = async {
            let headers = [(ACCEPT, JSON), (CONTENT_TYPE, content_type)];
            let stream = match self.send(method, path, &headers, body).await {
                Ok(s) => s,
                Err(Failed { error, sent: true }) if error.code().is_none() => {
                    return Err(WireError::Unknown(error.to_string().into()));
                }
                Err(f) => return Err(f.error),
            };
            let stream = self.checked(stream).await?;
            // The status says that it was done; without the body nobody knows what the object is now.
            self.collect(stream).await.map_err(|e| WireError::Unknown(e.to_string().into()))
        };
        match tokio::time::timeout(limit, whole).await {
            Ok(answer) => {
                if changes && answer.as_ref().is_err_and(|e| e.code() == Some(403)) {
                    self.denied();
                }
                answer
            }
            Err(_) => Err(WireError::Unknown(format!("nothing came within {} s", limit.as_secs()).into())),
        }
    }

    /// Turns an answer that is an error into one.
    async fn checked(&self, stream: Stream) -> Result<Stream, WireError> {
        if stream.status.is_success() {
            return Ok(stream);
        }
        let (status, headers) = (stream.status, stream.headers.clone());
        let body = self.collect(stream).await.unwrap_or_default();
        Err(refusal(status, &headers, &body))
    }

    /// Sends one request. A 401 gets fresh credentials and one more try: the server did not act on it.
    async fn send(&self, method: Method, path: &str, headers: &[Header], body: Bytes) -> Result<Stream, Failed> {
        if let Some(why) = &self.shared.readonly
            && !guard::reads_only(&method, path)
        {
            return Err(Failed { error: WireError::ReadOnly(why.clone()), sent: false });
        }
        let mut renewed = false;
        loop {
            let authorization = match &self.shared.bearer.0 {
                Some(c) => c.header().await.map_err(|e| Failed { error: WireError::Credential(e), sent: false })?,
                None => None,
            };
            let mut request = Request::builder().method(method.clone()).uri(path).header(USER_AGENT, AGENT);
            for (name, value) in headers {
                request = request.header(name, *value);
            }
            if let Some(a) = authorization.clone() {
                request = request.header(AUTHORIZATION, a);
            }
            let request = request.body(Body::from(body.clone())).map_err(|e| Failed {
                error: WireError::Garbage(format!("{path} is no path: {e}").into()),
                sent: false,
            })?;
            let transport = self.transport();
            self.shared.sent.fetch_add(1, Ordering::Relaxed);
            let began = tokio::time::Instant::now();
            let answer = transport.oneshot(request).await.map_err(|e| failed(&*e));
            let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            // Neither bodies nor headers: they hold values and credentials.
            match &answer {
                Ok(response) => tracing::debug!(%method, path, status = response.status().as_u16(), ms, "answered"),
                Err(Failed { error, .. }) => tracing::debug!(%method, path, %error, ms, "not answered"),
            }
            let response = answer?;
            self.arrived(response.headers());
            if response.status() == StatusCode::UNAUTHORIZED
                && !renewed
                && let Some(c) = &self.shared.bearer.0
            {
                renewed = true;
                c.expire(authorization.as_ref()).await;
                continue;
            }
            let (parts, body) = response.into_parts();
            return Ok(Stream { status: parts.status, headers: parts.headers, body, shared: self.shared.clone() });
        }
    }

    fn transport(&self) -> Transport {
        match self.shared.transport.read() {
            Ok(t) => t.clone(),
            Err(poisoned) => poisoned.into_inner().clone(),
        }
    }

    /// Notes the server's clock.
    fn arrived(&self, headers: &HeaderMap) {
        self.shared.touch();
        if let Some(date) = headers.get(DATE).and_then(|d| d.to_str().ok()).and_then(http_date) {
            self.shared.clock.dated(date);
        }
    }
}

impl Shared {
    fn touch(&self) {
        let ms = u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.arrived.store(ms.max(1), Ordering::Relaxed);
    }
}

const JSON: &str = "application/json";

/// One header of a request.
type Header = (HeaderName, &'static str);

struct Failed {
    error: WireError,
    /// Whether the request may have reached the server.
    sent: bool,
}

/// In which form an answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    /// Kubernetes' protobuf.
    Proto,
}

impl Form {
    /// What the headers say; whatever is not named is to be JSON.
    fn of(headers: &HeaderMap) -> Self {
        let said = headers.get(CONTENT_TYPE).and_then(|t| t.to_str().ok()).unwrap_or_default();
        if said.starts_with(proto::MEDIA_TYPE) { Self::Proto } else { Self::Json }
    }
}

/// An answer whose body is being read.
pub(crate) struct Stream {
    status: StatusCode,
    headers: HeaderMap,
    body: AnswerBody,
    shared: Arc<Shared>,
}

impl Stream {
    /// In which form it comes.
    pub(crate) fn form(&self) -> Form {
        Form::of(&self.headers)
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// `Timeout` where no piece comes within `limit`, `Broken` where the connection breaks.
    pub(crate) async fn next(&mut self, limit: Duration) -> Result<Option<Bytes>, WireError> {
        loop {
            match tokio::time::timeout(limit, self.body.frame()).await {
                Err(_) => return Err(WireError::Timeout(limit)),
                Ok(None) => return Ok(None),
                Ok(Some(Err(e))) => return Err(WireError::Broken(innermost(&*e))),
                Ok(Some(Ok(frame))) => {
                    self.shared.touch();
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
            }
        }
    }
}

/// `Date` of HTTP (RFC 9110): `Sat, 21 Nov 2026 09:44:30 GMT`.
fn http_date(text: &str) -> Option<Time> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok().map(Time::from)
}

/// An error of the transport: whether anything was sent, and its innermost words.
fn failed(error: &(dyn std::error::Error + 'static)) -> Failed {
    let mut at = Some(error);
    while let Some(e) = at {
        if e.downcast_ref::<hyper_util::client::legacy::Error>().is_some_and(|e| e.is_connect()) {
            return Failed { error: WireError::Unreachable(innermost(error)), sent: false };
        }
        at = e.source();
    }
    Failed { error: WireError::Broken(innermost(error)), sent: true }
}

/// The innermost error says what happened: `Connection refused (os error 111)`. Of which host, or through
/// which proxy, is said with it.
fn innermost(error: &(dyn std::error::Error + 'static)) -> Text {
    let (mut at, mut way) = (error, None);
    loop {
        way = way.or_else(|| at.downcast_ref::<Way>());
        let Some(e) = at.source() else { break };
        at = e;
    }
    let said = at.to_string();
    let words = SAID.iter().find(|(begins, _)| said.starts_with(begins)).map_or(said.as_str(), |(_, words)| words);
    match way {
        Some(way) => format!("{way}: {words}").into(),
        None => words.into(),
    }
}

/// What libraries say for those who program with them, and what it means.
const SAID: &[(&str, &str)] = &[
    // rustls, with an address of its manual behind it.
    ("peer closed connection without sending TLS close_notify", "the server closed it without a word"),
];

/// The `Status` object of an error answer.
/// <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/>
#[derive(Deserialize, Default)]
#[serde(default)]
struct Status {
    message: String,
    reason: String,
    details: Option<Details>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Details {
    retry_after_seconds: Option<u64>,
}

fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> WireError {
    let said: Option<Status> = match Form::of(headers) {
        Form::Json => serde_json::from_slice(body).ok(),
        Form::Proto => proto::body(body, &proto::table::STATUS).ok(),
    };
    let header = headers.get(RETRY_AFTER).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    let details = said.as_ref().and_then(|s| s.details.as_ref()).and_then(|d| d.retry_after_seconds);
    let message = match &said {
        Some(s) if !s.message.is_empty() => Text::new(sentence(&s.message)),
        _ => named(status, body),
    };
    WireError::Status {
        code: status.as_u16(),
        reason: said.map(|s| Text::new(&s.reason)).unwrap_or_default(),
        message,
        retry_after: header.or(details).map(Duration::from_secs),
    }
}

/// Longest message that is taken whole.
const LONG: usize = 600;

/// What a server says, without the object that some repeat: its values are nobody's who reads of an error.
fn sentence(message: &str) -> &str {
    let ends = if message.len() > LONG { message.find(['{', '|']).unwrap_or(message.len()) } else { message.len() };
    let cut = message.get(..ends.min(2 * LONG)).unwrap_or_else(|| message.get(..ends).unwrap_or_default());
    cut.trim_end_matches([' ', ':', ',', '.'])
}

/// Names an error whose answer is no `Status`: its code, and the first words of a text.
fn named(status: StatusCode, body: &[u8]) -> Text {
    let words = String::from_utf8_lossy(body.get(..200.min(body.len())).unwrap_or_default());
    let words = words.trim();
    if words.is_empty() || words.starts_with(['<', '{']) {
        Text::new(&status.to_string())
    } else {
        Text::new(&format!("{status}: {}", words.lines().next().unwrap_or_default()))
    }
}

/// Parses an answer, and names what is not JSON.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, WireError> {
    serde_json::from_slice(body).map_err(|e| WireError::Garbage(not_kubernetes(body, &e.to_string())))
}

/// Says that there is something at the URL, and no Kubernetes.
pub(crate) fn no_api(path: &str) -> Text {
    let path = path.trim_end_matches('?');
    format!("there is no Kubernetes API at this URL (404 for {path}): is its path right?").into()
}

/// Says what an answer is that is not what Kubernetes would say.
pub(crate) fn not_kubernetes(body: &[u8], why: &str) -> Text {
    let start = body.iter().find(|b| !b.is_ascii_whitespace());
    match start {
        Some(b'<') => "the answer is HTML, not Kubernetes: is a proxy or a login page in between?".into(),
        None => "the answer is empty".into(),
        Some(_) => format!("the answer can't be read: {why}").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_that_a_server_repeats_in_its_refusal_is_not_told_with_it() {
        assert_eq!(sentence("deployments.apps \"web\" not found"), "deployments.apps \"web\" not found");
        let object = "x".repeat(2 * LONG);
        let said = format!("Deployment in version \"v1\" cannot be handled: bigger context ...|{object}, PASSWORD|");
        assert_eq!(sentence(&said), "Deployment in version \"v1\" cannot be handled: bigger context");
    }
}
