//! Through which proxy a cluster is asked, as client-go decides it: a kubeconfig's `proxy-url` holds whatever else is
//! said; else the environment's, but for this machine and for what `NO_PROXY` names.
//!
//! kube decides it, too, and compares `NO_PROXY` with the proxy's own address instead of the cluster's.
//! <https://pkg.go.dev/golang.org/x/net/http/httpproxy>

use std::net::IpAddr;

use http::Uri;
use ipnet::IpNet;
use tower::BoxError;

use crate::domain::Text;

/// The kinds of proxies that there are.
const SCHEMES: [&str; 3] = ["http", "https", "socks5"];

/// An error on the way to a cluster: what is refused or unknown is this host, or the proxy before it.
#[derive(Debug, thiserror::Error)]
#[error("{way}")]
pub(super) struct Way {
    way: Text,
    source: BoxError,
}

impl Way {
    /// What marks the errors of what is sent to `server`, or through `proxy`.
    pub(super) fn of(server: &Uri, proxy: Option<&Uri>) -> impl Fn(BoxError) -> BoxError + Clone + use<> {
        let way = Text::from(match proxy {
            Some(proxy) => format!("through the proxy {}", host(proxy)),
            None => host(server),
        });
        move |source| Self { way: way.clone(), source }.into()
    }
}

/// Host and port; a URL may hold a password.
pub(super) fn host(of: &Uri) -> String {
    let host = of.host().unwrap_or_default();
    of.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The proxy for `cluster`, if one is asked; `own` is its `proxy-url`, `variable` looks up the environment.
///
/// # Errors
/// One sentence: what is named as a proxy is no URL of one. Of a variable that is not needed nothing is said.
pub(super) fn of(
    cluster: &Uri,
    own: Option<&str>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Uri>, Text> {
    let either =
        |names: [&'static str; 2]| names.into_iter().find_map(|n| Some((n, variable(n).filter(|v| !v.is_empty())?)));
    if let Some(own) = own.filter(|p| !p.is_empty()) {
        return parsed("the kubeconfig's proxy-url", own).map(Some);
    }
    let (names, usual) = match cluster.scheme_str() {
        Some("http") => (["HTTP_PROXY", "http_proxy"], 80),
        _ => (["HTTPS_PROXY", "https_proxy"], 443),
    };
    let Some((name, proxy)) = either(names) else { return Ok(None) };
    let host = cluster.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_lowercase();
    let except = either(["NO_PROXY", "no_proxy"]).map(|(_, v)| v).unwrap_or_default();
    if is_this_machine(&host) || is_excepted(&except, &host, cluster.port_u16().unwrap_or(usual)) {
        return Ok(None);
    }
    parsed(name, &proxy).map(Some)
}

/// A proxy as people write it: without a scheme it is an HTTP one, and the last `@` ends the password (which may hold
/// others). (The URL itself is not repeated: it may hold a password.)
fn parsed(name: &str, url: &str) -> Result<Uri, Text> {
    let url = url.trim();
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    // Names are looked up by the proxy in any case.
    let scheme = if scheme.eq_ignore_ascii_case("socks5h") { "socks5" } else { scheme };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let authority = match authority.rsplit_once('@') {
        Some((who, host)) => format!("{}@{host}", who.replace('@', "%40")),
        None => authority.to_owned(),
    };
    let uri: Uri = format!("{scheme}://{authority}{path}")
        .parse()
        .map_err(|e| Text::from(format!("{name} is no URL of a proxy: {e}")))?;
    match uri.scheme_str() {
        Some(scheme) if SCHEMES.contains(&scheme) => Ok(uri),
        _ => Err(format!("{name} is no proxy that kennel knows: there are {}", SCHEMES.join(", ")).into()),
    }
}

/// Whether `NO_PROXY` names a host and port: an address or a range of them, a domain with all below it, with a leading
/// `.` or `*.` only what is below it; each with or without a port; `*` is everything. What is neither names nothing.
fn is_excepted(list: &str, host: &str, port: u16) -> bool {
    let address: Option<IpAddr> = host.parse().ok();
    list.to_lowercase().split(',').map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        if entry == "*" {
            return true;
        }
        if let Ok(range) = entry.parse::<IpNet>() {
            return address.is_some_and(|a| range.contains(&a));
        }
        // An IPv6 address has colons of its own; with a port it stands in brackets.
        let with_port = entry.rsplit_once(':').filter(|(name, _)| !name.contains(':') || name.ends_with(']'));
        let (name, wanted) = with_port.map_or((entry, None), |(name, port)| (name, Some(port)));
        if wanted.is_some_and(|w| w.parse() != Ok(port)) {
            return false;
        }
        let name = name.trim_start_matches('[').trim_end_matches(']');
        if let Ok(one) = name.parse::<IpAddr>() {
            return address == Some(one);
        }
        let below = name.strip_prefix('*').unwrap_or(name);
        match below.starts_with('.') {
            true => host.ends_with(below),
            false => !below.is_empty() && (host == below || host.ends_with(&format!(".{below}"))),
        }
    })
}

/// Whether a host is this machine by its name or address.
fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
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

    // https://github.com/golang/net/blob/master/http/httpproxy/proxy_test.go
    #[test]
    fn no_proxy_is_read_as_gos_clients_read_it_and_what_is_malformed_names_nothing() {
        let table: [(&str, &[&str], &[&str]); 10] = [
            ("a,", &["a", "b.a"], &["ba", "c"]),
            ("a,,b", &["a", "b"], &["c"]),
            (",", &[], &["a"]),
            ("a b", &[], &["a", "b"]),
            (" example.org ,10.0.0.1", &["example.org", "k8s.example.org", "10.0.0.1"], &["10.0.0.2"]),
            (".example.org", &["k8s.example.org"], &["example.org", "notexample.org"]),
            ("*.example.org", &["k8s.example.org"], &["example.org"]),
            ("EXAMPLE.org:6443,[fe80::1]:6443,fe80::2", &["example.org", "fe80::1", "fe80::2"], &["fe80::3"]),
            ("example.org:443,10.0.0.1:80,:6443", &[], &["example.org", "10.0.0.1"]),
            ("10.0.0.0/8,fd00::/8", &["10.1.2.3", "fd00::1"], &["11.0.0.1", "fe80::1", "10.example.org"]),
        ];
        for (list, named, others) in table {
            for (hosts, yes) in [(named, true), (others, false)] {
                for host in hosts {
                    assert_eq!(is_excepted(list, host, 6443), yes, "{list}: {host}");
                }
            }
        }
    }

    #[test]
    fn a_proxy_is_named_as_people_name_it() {
        let used = |proxy| parsed("HTTPS_PROXY", proxy).map(|u| u.to_string());
        for (written, meant) in [
            ("proxy.corp:3128", "http://proxy.corp:3128/"),
            ("10.0.0.1:3128", "http://10.0.0.1:3128/"),
            ("http://u:p@ss@proxy.corp", "http://u:p%40ss@proxy.corp/"),
            ("u:p@ss@proxy.corp:80", "http://u:p%40ss@proxy.corp:80/"),
            ("http://u:p%40ss@proxy.corp", "http://u:p%40ss@proxy.corp/"),
            ("socks5h://proxy.corp:1080", "socks5://proxy.corp:1080/"),
            (" https://proxy.corp/x@y ", "https://proxy.corp/x@y"),
        ] {
            assert_eq!(used(written).as_deref(), Ok(meant));
        }
        assert!(used("ftp://proxy.corp").unwrap_err().contains("there are http, https, socks5"));
    }

    #[test]
    fn a_variable_that_is_no_url_is_named_where_it_is_needed_and_nowhere_else() {
        let broken = [("https_proxy", "http://me:secret@a b")];
        let variable = |name: &str| broken.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        let why = of(&Uri::from_static("https://k8s.example.org"), None, variable).unwrap_err();
        assert!(why.starts_with("https_proxy is no URL of a proxy: ") && !why.contains("secret"), "{why}");
        for cluster in ["https://127.0.0.1:6443", "http://k8s.example.org"] {
            assert_eq!(of_environment(cluster, None, &broken), None, "{cluster}");
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
        assert!(broken.starts_with("the kubeconfig's proxy-url is no URL of a proxy: "), "{broken}");
        assert!(!broken.contains("secret"), "{broken}");
    }
}
