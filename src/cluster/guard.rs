//! What may leave in read-only mode: reading, and the questions "who am I" and "may I".
//!
//! It is asked by [`super::wire::Wire`] for each request, whoever made it, so that no menu has to be trusted.

use http::Method;

/// GETs that change things or open a way in: they run on a WebSocket. A proxied path reaches a pod.
const WAYS_IN: [&str; 4] = ["exec", "attach", "portforward", "proxy"];

/// Questions about oneself: these POSTs create nothing.
/// <https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/>
const QUESTIONS: [&str; 3] = [
    "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
];

/// Whether a request may leave in read-only mode.
pub(crate) fn reads_only(method: &Method, path: &str) -> bool {
    let bare = path.split(['?', '#']).next().unwrap_or_default();
    match *method {
        Method::GET | Method::HEAD => !is_way_in(bare),
        Method::POST => QUESTIONS.contains(&bare),
        _ => false,
    }
}

/// `/api/v1/namespaces/N/pods/P/exec`, `…/services/S/proxy/…`, `/api/v1/nodes/N/proxy`, and the old
/// `/api/v1/proxy/…`: any segment after the resource's name, percent-decoded names included.
fn is_way_in(path: &str) -> bool {
    let segments: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
    let start = match segments.first() {
        Some(&"api") => 2,
        Some(&"apis") => 3,
        _ => return false,
    };
    let mut rest = segments.get(start..).unwrap_or_default();
    if rest.first() == Some(&"namespaces") && rest.len() > 2 {
        rest = rest.get(2..).unwrap_or_default();
    }
    // resource / name / subresource: a thing may be *called* exec, a subresource may not be it.
    let subresource = rest.get(2).copied().unwrap_or_default();
    let first = rest.first().copied().unwrap_or_default();
    first == "proxy" || subresource.contains('%') || WAYS_IN.iter().any(|w| subresource.eq_ignore_ascii_case(w))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_passes_and_every_way_in_does_not() {
        let get = |p: &str| reads_only(&Method::GET, p);
        assert!(get("/api/v1/namespaces/shop/pods?watch=1"));
        assert!(get("/api/v1/namespaces/shop/pods/web/log?follow=true"));
        assert!(get("/apis/apps/v1/deployments"));
        assert!(get("/version"));
        assert!(get("/api/v1/namespaces/shop/pods/exec"), "a pod may be called exec");
        assert!(get("/api/v1/namespaces/proxy/pods"));
        assert!(reads_only(&Method::HEAD, "/api/v1/pods"));
        for way in WAYS_IN {
            assert!(!get(&format!("/api/v1/namespaces/shop/pods/web/{way}?command=sh")), "{way}");
            assert!(!get(&format!("/api/v1/namespaces/shop/pods/web/{}", way.to_uppercase())), "{way}");
        }
        assert!(!get("/api/v1/namespaces/shop/services/web:80/proxy/admin"));
        assert!(!get("/api/v1/nodes/n1/proxy/run"));
        assert!(!get("/api/v1/proxy/namespaces/shop/pods/web"));
        assert!(!get("/api/v1/namespaces/shop/pods/web/%65xec"));
        assert!(!get("//api/v1//namespaces/shop/pods/web/exec"));
    }

    #[test]
    fn of_the_writes_only_questions_about_oneself_pass() {
        for q in QUESTIONS {
            assert!(reads_only(&Method::POST, q));
            assert!(!reads_only(&Method::PUT, q));
        }
        assert!(!reads_only(&Method::POST, "/api/v1/namespaces/shop/pods/web/exec"));
        assert!(!reads_only(&Method::POST, "/api/v1/namespaces/shop/pods"));
        assert!(!reads_only(&Method::POST, "/apis/authentication.k8s.io/v1/tokenreviews"));
        for m in [Method::PATCH, Method::DELETE, Method::PUT, Method::OPTIONS, Method::CONNECT] {
            assert!(!reads_only(&m, "/apis/apps/v1/namespaces/shop/deployments/web"), "{m}");
        }
    }
}
