//! The head of a service: its card, whole.
//!
//! ```text
//!  ✖ Degraded   1/3 ready   ▲1   since 4m
//!  rev 8 crash-loops, rev 7 serves 1/3
//!  images     acme/checkout:1.8.2  envoyproxy/envoy:1.33
//!  deployed   4m ago (2026-03-14 11:56 +00:00) by ci-bot · revision 8
//!  address    checkout.shop-staging.svc:8080
//!  URL        https://pay.shop.dev
//! ```

use super::{When, fact};
use crate::app::state::State;
use crate::domain::ObjectId;
use crate::domain::environment::Environment;
use crate::domain::people::who;
use crate::domain::row::PodRow;
use crate::domain::service::Service;
use crate::ui::pane::card;
use crate::ui::theme::{Role, Theme};
use crate::ui::widget::sheet::{self, Line, paragraph};
use crate::ui::{format, glyph, words};

pub(super) fn lines(state: &State, theme: &Theme, object: &ObjectId, width: usize) -> Vec<Line> {
    let (Some(s), Some(e)) = (state.service(), state.environment()) else {
        let words = format!("{object} in {} is gone. Esc goes back.", object.namespace);
        return vec![sheet::line(words, Role::Warn)];
    };
    let mut lines = vec![status(state, e, s)];
    for remark in [&s.reason, &s.secondary].into_iter().flatten() {
        paragraph(&mut lines, Vec::new(), remark, Role::Text, width);
    }
    fact(&mut lines, "stopped", &remembered(s), width);
    fact(&mut lines, if s.images.len() == 1 { "image" } else { "images" }, &s.images.join("  "), width);
    let mut when = When::new(state, theme, width);
    fact(&mut lines, "deployed", &deployed(s, &mut when), width);
    fact(&mut lines, "URL", &s.urls.join("  "), width);
    fact(&mut lines, if s.addresses.len() == 1 { "address" } else { "addresses" }, &s.addresses.join("  "), width);
    fact(&mut lines, of_use(s), &usage(s), width);
    fact(&mut lines, "kind", &kind(s), width);
    fact(&mut lines, "source", s.repository.as_deref().unwrap_or_default(), width);
    fact(&mut lines, "created", &when.words(s.created).unwrap_or_default(), width);
    lines
}

fn status(state: &State, e: &Environment, s: &Service) -> Line {
    let (glyph, role) = glyph::status(s.status, s.idle);
    let mut line = vec![(format!("{glyph} {}", card::word(s)), role)];
    if s.provisional {
        line.push(("…".to_owned(), Role::Dim));
    }
    let ready = if s.desired > 0 { " ready" } else { "" };
    line.push((format!("   {}{ready}", card::ready(s)), Role::Text));
    if s.terminating > 0 {
        line.push((format!("   {} ending", format::plural(s.terminating as usize, "pod", "pods")), Role::Busy));
    }
    if s.restarts > 0 {
        line.push((format!("   {}", format::plural(s.restarts as usize, "restart", "restarts")), Role::Warn));
    }
    words::add_issues(&mut line, &e.issues_of(&s.object));
    if let Some(since) = s.since {
        line.push((format!("   for {}", format::age(Some(since), state.now)), Role::Dim));
    }
    line
}

fn remembered(s: &Service) -> String {
    match &s.memory {
        Some(m) if s.desired == 0 => match m.replicas {
            Some(n) => format!("by {}; start brings back {}", m.tool, format::plural(n as usize, "pod", "pods")),
            None => format!("by {} ({})", m.tool, m.key),
        },
        _ => String::new(),
    }
}

fn deployed(s: &Service, when: &mut When<'_>) -> String {
    let mut parts = Vec::new();
    let by = who(s.deployed_by.as_ref()).map_or_else(String::new, |b| format!(" by {b}"));
    match when.words(s.deployed_at) {
        Some(at) => parts.push(format!("{at}{by}")),
        None if !by.is_empty() => parts.push(by.trim_start().to_owned()),
        None => {}
    }
    if let Some(w) = &s.workload {
        match (&w.revision, &w.revisions) {
            (Some(revision), _) => parts.push(format!("revision {revision}")),
            (None, Some((current, update))) if current != update => {
                parts.push(format!("revision {current} → {update}"));
            }
            (None, Some((current, _))) => parts.push(format!("revision {current}")),
            (None, None) => {}
        }
        if w.paused {
            parts.push("rollout paused".to_owned());
        }
    }
    parts.join(" · ")
}

/// What [`usage`] tells of: use, where that is known.
fn of_use(s: &Service) -> &'static str {
    if s.usage.is_some() { "usage" } else { "requests" }
}

/// `cpu 426m of 600m requested, limit 1 · memory 0.6 of 1.0 GiB requested`: what it uses beside what it asked for;
/// `cpu 600m, limit 1` where its use is not known.
fn usage(s: &Service) -> String {
    let pods = s.pods.iter().filter(|p| !p.ended());
    let sum = |of: fn(&PodRow) -> Option<u64>| pods.clone().filter_map(|p| of(p)).sum::<u64>();
    // A limit holds only where every pod has one.
    let limit = |of: fn(&PodRow) -> Option<u64>| pods.clone().map(|p| of(p)).sum::<Option<u64>>().unwrap_or(0);
    type Words = (fn(u64) -> String, fn(u64, u64) -> String);
    let one = |name: &str, used: Option<u64>, asked: u64, limit: u64, (words, of): Words| {
        let amount = match (used, asked) {
            (Some(used), 0) => words(used),
            (Some(used), asked) => format!("{} requested", of(used, asked)),
            (None, 0) => return None,
            (None, asked) => words(asked),
        };
        let limit = if limit > 0 { format!(", limit {}", words(limit)) } else { String::new() };
        Some(format!("{name} {amount}{limit}"))
    };
    let mut parts = Vec::new();
    let (cpu, memory) = (s.usage.map(|u| u.0), s.usage.map(|u| u.1));
    let (asked, most) = (sum(|p| p.resources.cpu_request), limit(|p| p.resources.cpu_limit));
    parts.extend(one("cpu", cpu, asked, most, (format::cpu, format::cpu_of)));
    let (asked, most) = (sum(|p| p.resources.memory_request), limit(|p| p.resources.memory_limit));
    parts.extend(one("memory", memory, asked, most, (format::memory, format::memory_of)));
    parts.join(" · ")
}

fn kind(s: &Service) -> String {
    let mut parts = vec![s.object.kind().to_string()];
    if s.datasource {
        parts.push("datasource".to_owned());
    }
    if s.spot {
        parts.push("on spot capacity".to_owned());
    }
    if let Some(owner) = &s.managed_by {
        parts.push(format!("managed by {owner}"));
    }
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::row::Resources;

    #[test]
    fn usage_is_said_only_of_use_and_stands_beside_requests_and_limits() {
        let resources = Resources {
            cpu_request: Some(400),
            memory_request: Some(512 << 20),
            memory_limit: Some(1 << 30),
            ..Resources::default()
        };
        let pod = PodRow { resources: Arc::new(resources), ..PodRow::default() };
        let mut s = Service { pods: [Arc::new(pod)].into(), ..Service::default() };
        assert_eq!((of_use(&s), usage(&s).as_str()), ("requests", "cpu 400m · memory 512 MiB, limit 1.0 GiB"));
        s.usage = Some((276, 420 << 20));
        let used = "cpu 276m of 400m requested · memory 420 of 512 MiB requested, limit 1.0 GiB";
        assert_eq!((of_use(&s), usage(&s).as_str()), ("usage", used));
    }
}
