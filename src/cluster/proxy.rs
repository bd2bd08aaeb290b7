//! Through which proxy a cluster is asked, as client-go decides it: a kubeconfig's `proxy-url` holds whatever else is
//! said; else the environment's, but for this machine and for what `NO_PROXY` names.
//!
//! kube decides it, too, and compares `NO_PROXY` with the proxy's own address instead of the cluster's.
//! <https://pkg.go.dev/golang.org/x/net/http/httpproxy>

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use tower::BoxError;

use crate::domain::Text;

/// An error on the way through a proxy: what is refused or unknown may be the proxy, and not the cluster.
#[derive(Debug, thiserror::Error)]
#[error("through the proxy {proxy}")]
pub(super) struct Through {
    /// Host and port; a URL may hold a password.
    pub(super) proxy: Text,
    source: BoxError,
}

impl Through {
    /// What marks the errors of what goes through this proxy.
    pub(super) fn of(proxy: &Uri) -> impl Fn(BoxError) -> BoxError + Clone + use<> {
        let host = proxy.host().unwrap_or_default();
        let proxy = Text::from(proxy.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")));
        move |source| Self { proxy: proxy.clone(), source }.into()
    }
}

/// The proxy for `cluster`, if one is asked; `own` is its `proxy-url`, `variable` looks up the environment.
///
/// # Errors
/// One sentence: what is named as a proxy is no URL.
pub(super) fn of(
    cluster: &Uri,
    own: Option<&str>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Uri>, Text> {
    let either =
        |names: [&'static str; 2]| names.into_iter().find_map(|n| Some((n, variable(n).filter(|v| !v.is_empty())?)));
    if let Some(own) = own.filter(|p| !p.is_empty()) {
        return parsed("proxy-url", own).map(Some);
    }
    let names = if cluster.scheme_str() == Some("http") {
        ["HTTP_PROXY", "http_proxy"]
    } else {
        ["HTTPS_PROXY", "https_proxy"]
    };
    let Some((name, proxy)) = either(names) else { return Ok(None) };
    let except = either(["NO_PROXY", "no_proxy"]).map(|(_, v)| v).unwrap_or_default();
    let for_others = Matcher::builder().all(proxy.as_str()).no(except.as_str()).build().intercept(cluster).is_some();
    if !for_others || cluster.host().is_some_and(is_this_machine) {
        return Ok(None);
    }
    parsed(name, &proxy).map(Some)
}

/// (The URL itself is not repeated: it may hold a password.)
fn parsed(name: &str, url: &str) -> Result<Uri, Text> {
    url.parse().map_err(|e| format!("{name} is no URL of a proxy: {e}").into())
}

/// Whether a URL's host is this machine by its name or address.
fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_environment(cluster: &'static str, own: Option<&str>, variables: &[(&str, &str)]) -> Option<String> {
        let variable = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        of(&Uri::from_static(cluster), own, variable).unwrap().map(|u| u.to_string())
    }

    #[test]
    fn a_proxy_of_the_environment_is_for_other_machines() {
        let proxy = [("HTTPS_PROXY", "http://proxy.corp:3128"), ("HTTP_PROXY", "http://other.corp:80")];
        let used = |cluster| of_environment(cluster, None, &proxy);
        assert_eq!(used("https://k8s.example.org").as_deref(), Some("http://proxy.corp:3128/"));
        assert_eq!(used("http://k8s.example.org").as_deref(), Some("http://other.corp:80/"));
        for host in ["https://localhost:6443", "https://127.0.0.1:6443", "https://127.1.2.3", "https://[::1]:6443"] {
            assert_eq!(used(host), None, "{host}");
        }
        for host in ["https://10.0.0.1", "https://[fe80::1]", "https://localhost.example.org"] {
            assert!(used(host).is_some(), "{host}");
        }
        assert_eq!(of_environment("https://k8s.example.org", None, &[]), None);
    }

    #[test]
    fn no_proxy_is_about_the_cluster_and_not_about_the_proxy() {
        let with = |except, cluster| {
            let variables = [("https_proxy", "http://proxy.corp:3128"), ("NO_PROXY", except)];
            of_environment(cluster, None, &variables)
        };
        assert_eq!(with("example.org, 10.0.0.0/8", "https://k8s.example.org:6443"), None);
        assert_eq!(with("example.org, 10.0.0.0/8", "https://10.2.3.4:6443"), None);
        assert_eq!(with("*", "https://k8s.example.org"), None);
        for except in ["proxy.corp", "corp", "ample.org", ""] {
            assert!(with(except, "https://k8s.example.org").is_some(), "{except}");
        }
    }

    #[test]
    fn a_kubeconfigs_proxy_url_holds_whatever_the_environment_says() {
        let variables = [("HTTPS_PROXY", "http://other.corp"), ("NO_PROXY", "*")];
        let own = of_environment("https://127.0.0.1:6443", Some("socks5://proxy.corp:1080"), &variables);
        assert_eq!(own.as_deref(), Some("socks5://proxy.corp:1080/"));
        assert!(of_environment("https://k8s.example.org", Some(""), &variables).is_none(), "an empty one is none");
    }

    #[test]
    fn what_is_no_url_is_named_with_the_place_it_stands_in() {
        let broken =
            of(&Uri::from_static("https://k8s.example.org"), Some("http://me:secret@a b"), |_| None).unwrap_err();
        assert!(broken.starts_with("proxy-url is no URL of a proxy: "), "{broken}");
        assert!(!broken.contains("secret"), "{broken}");
    }
}
