//! The API server: requests in, answers out, over one [`SharedStore`].
//!
//! [`Api`] is a tower service, so that `kube::Client` drives it as it drives a real one; [`super::serve()`] puts
//! it on a socket. A request goes: fault layer → who asks → what it asks ([`request`]) → may they ([`super::authz`])
//! → one file per verb. Nothing here knows a controller, and no lock is held across an await.

mod body;
mod delete;
mod discovery;
mod evict;
pub mod fault;
mod list;
mod log;
mod metrics;
mod openapi;
mod options;
pub(crate) mod request;
pub(crate) mod respond;
mod review;
mod swagger;
mod watch;
mod write;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use tower::BoxError;

use super::authz::{Attributes, Grants, User};
use super::object::Object;
use super::resource::Resource;
use super::status::Status;
use super::store::{SharedStore, Store};
use fault::Faults;
use request::{Request, Target, Verb};
use respond::{View, Warn};

/// Body of an answer: streamed where the answer is a list or a watch.
pub type Body = UnsyncBoxBody<Bytes, BoxError>;
/// An answer.
pub type Response = http::Response<Body>;

/// Largest body that is read (the real server's limit is 3 MiB).
const LARGEST: usize = 3 << 20;

/// The embedded API server. Clones share everything.
#[derive(Clone, Debug)]
pub struct Api {
    store: SharedStore,
    faults: Faults,
}

/// One request on a resource, as the files of the verbs are given it.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    api: &'a Api,
    pub(crate) store: &'a SharedStore,
    pub(crate) request: &'a Request,
    pub(crate) resource: &'static Resource,
    pub(crate) target: &'a Target,
}

impl Call<'_> {
    /// The object that is named.
    fn found(&self, store: &Store) -> Result<Arc<Object>, Status> {
        let found = store.get(self.resource, self.target.namespace(), self.target.name());
        found.ok_or_else(|| Status::not_found(self.resource, self.target.name()))
    }

    /// How objects are shown to who asks.
    pub(crate) fn view(&self) -> View {
        View::new(self.request, self.resource)
    }
}

impl Api {
    /// An API server over `store`.
    pub fn new(store: SharedStore) -> Self {
        Self { store, faults: Faults::default() }
    }

    /// The storage behind it.
    pub fn store(&self) -> &SharedStore {
        &self.store
    }

    /// The faults that requests meet.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Answers one request; failures of the cluster are answers too. An error is a broken connection.
    async fn answer<B>(&self, request: http::Request<B>) -> Result<Response, BoxError>
    where
        B: http_body::Body<Data = Bytes> + Send,
        B::Error: Into<BoxError>,
    {
        let fault = self.faults.meet(request.method().as_str(), request.uri());
        if let Some(fault) = &fault
            && let Some(instead) = fault.before(self.store.clock()).await?
        {
            return Ok(self.dated(instead));
        }
        let answer = match self.read(request).await {
            Ok(request) => self.route(&request).unwrap_or_else(|status| respond::status(&status)),
            Err(status) => respond::status(&status),
        };
        let answer = match fault {
            Some(fault) => fault.after(answer),
            None => answer,
        };
        Ok(self.dated(answer))
    }

    /// Every answer says what time the server has.
    fn dated(&self, mut answer: Response) -> Response {
        let date = self.store.clock().now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        if let Ok(date) = http::HeaderValue::from_str(&date) {
            answer.headers_mut().insert(http::header::DATE, date);
        }
        answer
    }

    async fn read<B>(&self, request: http::Request<B>) -> Result<Request, Status>
    where
        B: http_body::Body<Data = Bytes> + Send,
        B::Error: Into<BoxError>,
    {
        let (head, body) = request.into_parts();
        let user = self.user(&head.headers)?;
        let body = http_body_util::Limited::new(body, LARGEST).collect().await.map_err(|_| {
            Status::failure(413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728", None)
        })?;
        Ok(Request::new(&head, user, body.to_bytes(), self.store.clock().now()))
    }

    /// Who asks: the administrator, or whom it impersonates.
    fn user(&self, headers: &http::HeaderMap) -> Result<User, Status> {
        let text = |v: &http::HeaderValue| v.to_str().unwrap_or_default().to_owned();
        let real = User::admin();
        let given: Vec<_> = headers.get_all("impersonate-group").iter().map(text).collect();
        let Some(name) = headers.get("impersonate-user").map(text) else {
            if given.is_empty() {
                return Ok(real);
            }
            let message = format!(
                "requested &user.DefaultInfo{{Name:\"\", UID:\"\", Groups:[]string{{{}}}, Extra:map[string][]string(nil)}} without impersonating a user name",
                given.iter().map(|g| format!("\"{g}\"")).collect::<Vec<_>>().join(", ")
            );
            return Err(Status::bad_request(&message));
        };
        let ask = |resource: &str, name: &str| Attributes {
            verb: "impersonate".to_owned(),
            resource: resource.to_owned(),
            name: name.to_owned(),
            ..Attributes::default()
        };
        self.authorize(&real, &ask("users", &name))?;
        for group in &given {
            self.authorize(&real, &ask("groups", group))?;
        }
        // A service account is in its groups unless others are named (apiserver/pkg/endpoints/filters/impersonation.go).
        let own =
            name.strip_prefix("system:serviceaccount:").and_then(|n| n.split_once(':')).filter(|_| given.is_empty());
        let of_account = own.map(|(namespace, _)| format!("system:serviceaccounts:{namespace}"));
        let groups = of_account.iter().flat_map(|own| ["system:serviceaccounts", own]);
        let groups: Vec<_> = groups.chain(given.iter().map(String::as_str)).collect();
        Ok(User::new(&name, &groups))
    }

    /// Whether the user may, and why.
    fn allows(&self, user: &User, asked: &Attributes) -> Option<String> {
        self.store.with(|s| Grants::of(s, user, &asked.namespace)).allows(asked)
    }

    /// 403 unless the user may.
    fn authorize(&self, user: &User, asked: &Attributes) -> Result<(), Status> {
        if self.allows(user, asked).is_some() {
            return Ok(());
        }
        let place = if asked.namespace.is_empty() {
            "at the cluster scope".to_owned()
        } else {
            format!("in the namespace \"{}\"", asked.namespace)
        };
        let why = format!(
            "User \"{}\" cannot {} resource \"{}\" in API group \"{}\" {place}",
            user.name, asked.verb, asked.resource, asked.group
        );
        let plural = asked.resource.split('/').next().unwrap_or_default();
        Err(Status::forbidden(&asked.group, plural, &asked.name, &why))
    }

    fn route(&self, request: &Request) -> Result<Response, Status> {
        let Some(target) = &request.target else {
            return discovery::plain(&self.store, request);
        };
        self.authorize(&request.user, &target.attributes(request.verb))?;
        if let Some(answer) = review::answer(self, request, target) {
            return answer;
        }
        let resource = Resource::at(&target.group, &target.version, &target.plural)
            .filter(|r| self.store.with(|s| s.is_served(r)))
            .ok_or_else(Status::no_such_resource)?;
        let collection = matches!(request.verb, Verb::List | Verb::Watch);
        let astray = match (resource.namespaced, &target.namespace) {
            (true, None) => target.name.is_some() && !collection,
            (false, Some(_)) => true,
            _ => false,
        };
        if astray {
            return Err(Status::no_such_resource());
        }
        let call = Call { api: self, store: &self.store, request, resource, target };
        let subresource = target.subresource.as_deref();
        // Logs are text.
        if subresource != Some("log") {
            request.negotiate()?;
        }
        if resource.is_read_only() {
            return metrics::answer(call);
        }
        let known = match subresource {
            None => true,
            Some("status") => resource.has_status(),
            Some("scale") => resource.has_scale(),
            Some("log" | "eviction") => resource.plural == "pods",
            Some(_) => false,
        };
        if !known {
            return Err(Status::no_such_resource());
        }
        if resource.namespaced && target.namespace.is_none() && !collection {
            return Err(Status::method_not_allowed());
        }
        let answer = match (request.verb, subresource) {
            (Verb::Get, Some("log")) => log::log(call),
            (Verb::Get, Some("scale")) => write::scale(call),
            (Verb::Get, _) => list::get(call),
            (Verb::List, None) => list::list(call),
            (Verb::Watch, None) => watch::watch(call),
            (Verb::Create, Some("eviction")) => evict::evict(call),
            (Verb::Create, None) => write::create(call),
            (Verb::Update | Verb::Patch, _) => write::change(call),
            (Verb::Delete, None) => delete::delete(call),
            (Verb::DeleteCollection, None) => delete::collection(call),
            _ => Err(Status::method_not_allowed()),
        };
        Ok(answer.unwrap_or_else(|status| respond::status(&status)).warn(deprecations(resource)))
    }
}

/// What a client is told that asks for a kind of yesterday.
fn deprecations(resource: &Resource) -> &'static [String] {
    static ENDPOINTS: LazyLock<[String; 1]> =
        LazyLock::new(|| ["v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice".to_owned()]);
    if resource.plural == "endpoints" { &*ENDPOINTS } else { &[] }
}

impl<B> tower::Service<http::Request<B>> for Api
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let api = self.clone();
        Box::pin(async move { api.answer(request).await })
    }
}
