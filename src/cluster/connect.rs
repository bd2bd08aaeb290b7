//! From a source to a transport: kubeconfig or in-cluster configuration, TLS, proxy, impersonation, badges.
//!
//! kube's own client stack is not used as it is: it repeats POST and DELETE by itself, has no keepalive, and
//! runs credential plugins in its own way (see `credential`). Its layers are.

use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::BodyExt;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kube::client::{Body, ClientBuilder, ConfigExt};
use kube::config::{AuthInfo, Config};
use tower::{BoxError, ServiceBuilder, ServiceExt};

use super::credential::{Credential, Identity};
use super::wire::{AnswerBody, Bearer, Transport};
use super::{kubeconfig, proxy};
use crate::domain::Text;

/// A connection that is not there after this long is tried anew.
const CONNECT: Duration = Duration::from_secs(10);

/// A silent connection is asked after this long whether it lives, then every 10 s, 3 times.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Where to connect, read once: later changes of the files do not reach the session.
#[derive(Clone)]
pub(crate) struct Target {
    config: Config,
    credential: Option<Credential>,
    /// Name of the context, or the server's address.
    pub(crate) context: Text,
    /// What must stay in view.
    pub(crate) badges: Vec<Text>,
    /// Namespaces that the kubeconfig knows of.
    pub(crate) namespaces: Vec<Text>,
}

/// What of the options decides about the connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) kubeconfig: Option<PathBuf>,
    pub(crate) context: Option<String>,
    pub(crate) as_user: Option<String>,
    pub(crate) as_groups: Vec<String>,
}

impl Target {
    /// The target of a kubeconfig, else of the pod that kennel runs in. Reads files: not for the UI's thread.
    ///
    /// # Errors
    /// One sentence: which file, what is wrong, what would be right.
    pub(crate) fn of_kubeconfig(wanted: &Wanted) -> Result<Self, Text> {
        let variable = std::env::var_os("KUBECONFIG");
        let mut target = match kubeconfig::load(wanted.kubeconfig.as_deref(), variable.as_deref())? {
            Some(loaded) => Self::of_context(&loaded, wanted.context.as_deref())?,
            None => Self::in_cluster()?,
        };
        target.act_as(wanted);
        Ok(target)
    }

    fn of_context(loaded: &kubeconfig::Loaded, wanted: Option<&str>) -> Result<Self, Text> {
        let (name, context) = loaded.context(wanted)?;
        let cluster = loaded.cluster(&name, context)?;
        loaded.user(&name, context)?;
        let namespaces = loaded.namespaces(&context.cluster);
        let first = loaded.files.first().cloned().unwrap_or_default();
        let mut config = loaded.connection(context, cluster).map_err(|e| kubeconfig::sentence(&first, &e))?;
        config.proxy_url = proxied(&config, cluster.proxy_url.as_deref())?;
        if !matches!(config.cluster_url.scheme_str(), Some("http" | "https")) || config.cluster_url.host().is_none() {
            let server = cluster.server.as_deref().unwrap_or_default();
            return Err(format!("the server {server} in {} is no http(s) URL", loaded.names()).into());
        }
        if let Some(provider) = &config.auth_info.auth_provider
            && provider.name != "oidc"
        {
            let why = "was removed from Kubernetes 1.26: use its exec plugin instead";
            return Err(format!("auth-provider {} in {} {why}", provider.name, loaded.names()).into());
        }
        // A static token or password beats a plugin, as in client-go.
        let plugin = config.auth_info.exec.take();
        let fixed = config.auth_info.token.is_some() || config.auth_info.password.is_some();
        let credential = plugin.filter(|_| !fixed).map(Credential::new);
        Ok(Self::new(config, credential, Text::new(&name), namespaces))
    }

    fn in_cluster() -> Result<Self, Text> {
        let mut config = Config::incluster()
            .map_err(|_| Text::new("no kubeconfig (KUBECONFIG, ~/.kube/config) and no cluster around this process"))?;
        config.proxy_url = proxied(&config, None)?;
        let own = Text::new(&config.default_namespace);
        Ok(Self::new(config, None, "in-cluster".into(), vec![own]))
    }

    /// A plain API server.
    ///
    /// # Errors
    /// One sentence, when `url` is no http(s) URL.
    pub(crate) fn of_server(url: &str, wanted: &Wanted) -> Result<Self, Text> {
        let full = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        // A port that is none is read as if there were none, and the usual one is another server's.
        let port = |uri: &http::Uri| {
            let host = uri.host().unwrap_or_default();
            uri.port_u16().is_some() || uri.authority().is_some_and(|a| a.as_str().ends_with(host))
        };
        match full.parse::<http::Uri>() {
            Ok(uri) if matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some() && port(&uri) => {
                let name = uri.authority().map(|a| Text::new(a.host())).unwrap_or_default();
                let name = uri.port_u16().map(|p| Text::from(format!("{name}:{p}"))).unwrap_or(name);
                // One gateway has many clusters, each at a path of its own.
                let name = Text::new(&format!("{name}{}", uri.path().trim_end_matches('/')));
                let mut config = Config::new(uri);
                config.proxy_url = proxied(&config, None)?;
                let mut target = Self::new(config, None, name, Vec::new());
                target.act_as(wanted);
                Ok(target)
            }
            _ => Err(format!("--server {url} is no http(s) URL: it should be like http://127.0.0.1:8001").into()),
        }
    }

    fn new(mut config: Config, credential: Option<Credential>, context: Text, namespaces: Vec<Text>) -> Self {
        config.default_retry = false;
        config.read_timeout = None;
        config.connect_timeout = Some(CONNECT);
        let mut badges = Vec::new();
        if config.accept_invalid_certs {
            badges.push("TLS not verified".into());
        }
        badges.extend(overrides(std::env::vars_os().filter_map(|(key, _)| key.into_string().ok())));
        let mut target = Self { config, credential, context, badges, namespaces };
        target.badge_impersonation();
        target
    }

    fn act_as(&mut self, wanted: &Wanted) {
        if wanted.as_user.is_none() && wanted.as_groups.is_empty() {
            return;
        }
        self.config.auth_info.impersonate.clone_from(&wanted.as_user);
        self.config.auth_info.impersonate_groups = Some(wanted.as_groups.clone()).filter(|g| !g.is_empty());
        self.badge_impersonation();
    }

    fn badge_impersonation(&mut self) {
        self.badges.retain(|b| !b.starts_with("acting as "));
        let info = &self.config.auth_info;
        self.badges.extend(acting_as(info.impersonate.iter().chain(info.impersonate_groups.iter().flatten())));
    }

    /// The server knows us by the kubeconfig's client certificate, and by nothing else.
    pub(crate) fn is_certified(&self) -> bool {
        let info = &self.config.auth_info;
        let certificate = info.client_certificate.is_some() || info.client_certificate_data.is_some();
        certificate && info.token.is_none() && info.token_file.is_none() && self.credential.is_none()
    }

    /// What the wire asks for the `Authorization` header.
    pub(crate) fn bearer(&self) -> Bearer {
        Bearer(self.credential.clone())
    }

    /// A new, empty pool of connections.
    ///
    /// # Errors
    /// One sentence: certificates that can't be used, a proxy of an unknown kind.
    pub(crate) fn transport(&self) -> Result<Transport, Text> {
        let Some(credential) = self.credential.clone() else {
            return pool(self.config.clone());
        };
        // A plugin may give a client certificate, and later another: the pool belongs to the certificate.
        let config = self.config.clone();
        let pools = Arc::new(RwLock::new((None::<Identity>, pool(config.clone())?)));
        let service = tower::service_fn(move |request: Request<Body>| {
            let (credential, config, pools) = (credential.clone(), config.clone(), pools.clone());
            async move {
                let identity = credential.identity().await.map_err(|e| BoxError::from(e.to_string()))?;
                let known = pools.read().ok().filter(|p| p.0 == identity).map(|p| p.1.clone());
                let transport = match known {
                    Some(t) => t,
                    None => {
                        let new = pool(with(config, identity.as_ref())).map_err(|e| BoxError::from(e.to_string()))?;
                        if let Ok(mut p) = pools.write() {
                            *p = (identity, new.clone());
                        }
                        new
                    }
                };
                transport.oneshot(request).await
            }
        });
        Ok(Transport::new(service))
    }
}

/// The proxy through which a cluster is asked; `own` is the kubeconfig's.
fn proxied(config: &Config, own: Option<&str>) -> Result<Option<http::Uri>, Text> {
    proxy::of(&config.cluster_url, own, |name| std::env::var(name).ok())
}

/// The badge of who acts as somebody else.
fn acting_as<'a>(who: impl Iterator<Item = &'a String>) -> Option<Text> {
    let who: Vec<&str> = who.map(String::as_str).collect();
    (!who.is_empty()).then(|| format!("acting as {}", who.join(", ")).into())
}

/// A server of this process, asked as whom `wanted` says; and the badge for it.
///
/// # Errors
/// One sentence, when a name can't be sent.
pub(crate) fn in_process(service: Transport, wanted: &Wanted) -> Result<(Transport, Option<Text>), Text> {
    let Some(badge) = acting_as(wanted.as_user.iter().chain(&wanted.as_groups)) else { return Ok((service, None)) };
    let value = |name: &String| {
        HeaderValue::try_from(name).map_err(|_| Text::from(format!("nobody can be called {name:?}: it can't be sent")))
    };
    let user = wanted.as_user.as_ref().map(value).transpose()?;
    let groups: Vec<HeaderValue> = wanted.as_groups.iter().map(value).collect::<Result<_, _>>()?;
    let service = service.map_request(move |mut request: Request<Body>| {
        let headers = request.headers_mut();
        headers.extend(user.iter().map(|u| (HeaderName::from_static("impersonate-user"), u.clone())));
        headers.extend(groups.iter().map(|g| (HeaderName::from_static("impersonate-group"), g.clone())));
        request
    });
    Ok((Transport::new(service), Some(badge)))
}

/// Badges for kube's debugging variables. kennel never calls what reads them; who set them expects another
/// server or user, and must see that it is not so.
fn overrides(variables: impl Iterator<Item = String>) -> Vec<Text> {
    let set = variables.filter(|key| key.starts_with("KUBE_RS_DEBUG_"));
    set.map(|key| format!("{key} is set, and ignored").into()).collect()
}

/// The configuration with a client certificate.
fn with(mut config: Config, identity: Option<&Identity>) -> Config {
    use base64::Engine;
    let base64 = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    if let Some(i) = identity {
        // The key's type is private to kube: it is set as a kubeconfig would.
        let data = serde_json::json!({
            "client-certificate-data": base64(&i.certificate), "client-key-data": base64(&i.key),
        });
        if let Ok(info) = serde_json::from_value::<AuthInfo>(data) {
            config.auth_info.client_certificate_data = info.client_certificate_data;
            config.auth_info.client_key_data = info.client_key_data;
        }
    }
    config
}

/// A pool of connections to the configured server.
fn pool(config: Config) -> Result<Transport, Text> {
    let said = |e: kube::Error| match e {
        kube::Error::InferKubeconfig(e) => super::kubeconfig::sentence(std::path::Path::new("the kubeconfig"), &e),
        e => Text::from(format!("no connection can be made: {e}")),
    };
    let way = proxy::Way::of(&config.cluster_url, config.proxy_url.as_ref());
    if config.proxy_url.is_some() {
        // kube knows the kinds of proxies; its client has no keepalive, but each request has a deadline.
        let client = ClientBuilder::try_from(config).map_err(said)?.build();
        return Ok(Transport::new(tower::service_fn(move |request: Request<Body>| {
            let (client, way) = (client.clone(), way.clone());
            async move { client.send(request).await.map(boxed).map_err(|e| way(e.into())) }
        })));
    }
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(CONNECT));
    http.set_keepalive(Some(KEEPALIVE));
    http.set_keepalive_interval(Some(Duration::from_secs(10)));
    http.set_keepalive_retries(Some(3));
    let tls = config.rustls_https_connector_with_connector(http).map_err(said)?;
    let client = hyper_util::client::legacy::Builder::new(TokioExecutor::new()).build(tls);
    let decompress = tower_http::decompression::DecompressionLayer::new().gzip(!config.disable_compression);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .layer(decompress)
        .option_layer(config.auth_layer().map_err(said)?)
        .layer(config.extra_headers_layer().map_err(said)?)
        .map_err(move |e| way(BoxError::from(e)))
        .service(client);
    Ok(Transport::new(service.map_response(boxed)))
}

fn boxed<B>(response: Response<B>) -> Response<AnswerBody>
where
    B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    response.map(|b| b.map_err(Into::into).boxed_unsync())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debugging_variables_of_kube_are_ignored_and_stay_in_view() {
        let all = ["PATH", "KUBE_RS_DEBUG_OVERRIDE_URL", "KUBECONFIG"].map(String::from);
        assert_eq!(overrides(all.into_iter()), ["KUBE_RS_DEBUG_OVERRIDE_URL is set, and ignored"]);
    }

    #[test]
    fn a_server_is_a_url_with_or_without_http() {
        let of = |url: &str| Target::of_server(url, &Wanted::default());
        assert_eq!(of("127.0.0.1:8001").unwrap().context, "127.0.0.1:8001");
        assert_eq!(of("https://k8s.example.org").unwrap().context, "k8s.example.org");
        assert_eq!(of("http://[::1]:8001/k8s/clusters/c-1/").unwrap().context, "[::1]:8001/k8s/clusters/c-1");
        assert_eq!(of("http://[::1]").unwrap().context, "[::1]");
        for wrong in ["ftp://x", "http://", "a b", "", "http://x:99999", "http://x:", "x:port"] {
            assert!(of(wrong).err().unwrap().contains("is no http(s) URL"), "{wrong}");
        }
    }

    #[test]
    fn a_context_names_itself_its_badges_and_the_removed_ways_to_log_in() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config");
        let open = |user: &str, server: &str| {
            let text = format!(
                "current-context: c\ncontexts: [{{name: c, context: {{cluster: c, user: u}}}}]\nclusters: [{{name: c, cluster: {{server: '{server}', insecure-skip-tls-verify: true}}}}]\nusers: [{{name: u, user: {{{user}}}}}]\n"
            );
            std::fs::write(&path, text).unwrap();
            Target::of_kubeconfig(&Wanted { kubeconfig: Some(path.clone()), ..Wanted::default() })
        };
        let target = open("as: jane, as-groups: [ops], token: t", "https://k").unwrap();
        assert_eq!(target.badges, ["TLS not verified", "acting as jane, ops"]);
        assert!(!target.is_certified(), "a token goes first");
        let certified = open("client-certificate: /c, client-key: /k", "https://k").unwrap();
        assert!(certified.is_certified());
        assert!(target.credential.is_none() && !target.config.default_retry && target.config.read_timeout.is_none());
        let why = open("auth-provider: {name: gcp}", "https://k").err().unwrap();
        assert!(why.contains("auth-provider gcp") && why.contains("exec plugin"), "{why}");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("users: [{name: u,", "users: [{name: other,")).unwrap();
        let wanted = Wanted { kubeconfig: Some(path.clone()), ..Wanted::default() };
        let why = Target::of_kubeconfig(&wanted).err().unwrap();
        assert!(why.contains("names the user u, who is not there"), "asked as nobody: {why}");
        let why = open("token: t", "k8s.example.org:6443").err().unwrap();
        assert!(why.contains("is no http(s) URL") || why.contains("is no URL"), "{why}");
    }
}
