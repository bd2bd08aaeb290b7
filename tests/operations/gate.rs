//! A service in front of an API server that counts writes, and can kill whoever sends them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use http::{Method, Request};
use http_body_util::BodyExt;
use kennel::cluster::InProcess;
use kube::client::Body;
use tokio_util::sync::CancellationToken;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Service, ServiceExt};

/// What a service in this process answers.
pub type Answer = http::Response<http_body_util::combinators::UnsyncBoxBody<bytes::Bytes, BoxError>>;

/// When the sender dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kill {
    Never,
    /// Just before its nth write leaves.
    Before(usize),
    /// Just after its nth write was done, before it hears of that.
    After(usize),
}

/// What a write meets, told by its method and path.
pub type Meddle = Arc<dyn Fn(&str, &str) -> Option<Trouble> + Send + Sync>;

/// An answer that is not the server's own.
#[derive(Clone, Copy, Debug)]
pub enum Trouble {
    /// The server never sees the write.
    Instead(u16, &'static str),
    /// The server has done it.
    Afterwards(u16, &'static str),
    /// The connection breaks, with these words of a library; the server never sees the write.
    Broken(&'static str),
}

fn answer(code: u16, message: &str) -> Answer {
    let status = serde_json::json!({ "kind": "Status", "apiVersion": "v1", "message": message, "code": code });
    let body = http_body_util::Full::new(bytes::Bytes::from(status.to_string())).map_err(|e| match e {});
    http::Response::builder().status(code).header("retry-after", "1").body(body.boxed_unsync()).unwrap()
}

#[derive(Clone)]
pub struct Gate {
    inner: InProcess,
    kill: Kill,
    meddle: Option<Meddle>,
    pub writes: Arc<AtomicUsize>,
    pub dead: CancellationToken,
}

impl Gate {
    pub fn new(inner: InProcess, kill: Kill) -> Self {
        Self { inner, kill, meddle: None, writes: Arc::default(), dead: CancellationToken::new() }
    }

    /// Answers some writes in the server's place.
    pub fn meddling(inner: InProcess, meddle: Meddle) -> Self {
        Self { meddle: Some(meddle), ..Self::new(inner, Kill::Never) }
    }

    pub fn service(&self) -> InProcess {
        BoxCloneSyncService::new(self.clone())
    }
}

impl Service<Request<Body>> for Gate {
    type Response = Answer;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Answer, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (gate, inner) = (self.clone(), self.inner.clone());
        Box::pin(async move {
            if *request.method() == Method::GET || request.uri().path().contains("selfsubject") {
                return inner.oneshot(request).await;
            }
            if gate.dead.is_cancelled() {
                return std::future::pending().await;
            }
            let n = gate.writes.fetch_add(1, Ordering::SeqCst) + 1;
            if gate.kill == Kill::Before(n) {
                gate.dead.cancel();
                return std::future::pending().await;
            }
            let trouble = gate.meddle.as_ref().and_then(|m| m(request.method().as_str(), request.uri().path()));
            match trouble {
                Some(Trouble::Instead(code, message)) => return Ok(answer(code, message)),
                Some(Trouble::Broken(words)) => return Err(words.into()),
                _ => {}
            }
            let mut own = inner.oneshot(request).await;
            if let Some(Trouble::Afterwards(code, message)) = trouble {
                own = Ok(answer(code, message));
            }
            if gate.kill == Kill::After(n) {
                gate.dead.cancel();
                return std::future::pending().await;
            }
            own
        })
    }
}
