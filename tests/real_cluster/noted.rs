//! The real API server as a service in this process: each request is noted with the status of its answer, and one
//! may be held back.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Request;
use http_body_util::BodyExt;
use kennel::cluster::{InProcess, Source};
use kube::Client;
use kube::client::Body;
use tower::BoxError;

/// Requests so far: method and path with its query, status.
#[derive(Clone)]
pub(crate) struct Noted {
    client: Client,
    log: Arc<Mutex<Vec<(String, u16)>>>,
    /// The first request whose path holds this waits that long before it leaves.
    held: Arc<Mutex<Option<(&'static str, Duration)>>>,
}

impl Noted {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, log: Arc::default(), held: Arc::default() }
    }

    pub(crate) fn holding(self, part: &'static str, time: Duration) -> Self {
        *self.held.lock().unwrap() = Some((part, time));
        self
    }

    pub(crate) fn source(&self) -> Source {
        let noted = self.clone();
        let service = InProcess::new(tower::service_fn(move |request: Request<Body>| {
            let noted = noted.clone();
            async move {
                let name = format!("{} {}", request.method(), request.uri());
                let held = noted.held.lock().unwrap().take_if(|(part, _)| name.contains(*part));
                if let Some((_, time)) = held {
                    tokio::time::sleep(time).await;
                }
                let answer = noted.client.send(request).await?;
                noted.log.lock().unwrap().push((name, answer.status().as_u16()));
                Ok::<_, BoxError>(answer.map(|b| b.map_err(BoxError::from).boxed_unsync()))
            }
        }));
        Source::InProcess { service, name: "noted".into() }
    }

    /// Statuses of the lists of a collection, in order (watches are none).
    pub(crate) fn lists(&self, path: &str) -> Vec<u16> {
        self.statuses(|p| p.starts_with(&format!("GET {path}?")) && !p.contains("watch=true"))
    }

    /// Statuses of requests.
    pub(crate) fn statuses(&self, which: impl Fn(&str) -> bool) -> Vec<u16> {
        self.log.lock().unwrap().iter().filter(|(p, _)| which(p)).map(|(_, s)| *s).collect()
    }
}
