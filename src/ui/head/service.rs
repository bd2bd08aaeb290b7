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

use super::{fact, when};
use crate::app::state::State;
use crate::domain::ObjectRef;
use crate::domain::environment::Environment;
use crate::domain::service::Service;
use crate::ui::pane::card;
use crate::ui::theme::{Role, Theme};
use crate::ui::widget::sheet::{self, Line, paragraph};
use crate::ui::{format, glyph, words};

pub(super) fn lines(state: &State, theme: &Theme, object: &ObjectRef, width: usize) -> Vec<Line> {
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
    fact(&mut lines, "deployed", &deployed(state, theme, s, width), width);
    fact(&mut lines, "URL", &s.urls.join("  "), width);
    fact(&mut lines, if s.addresses.len() == 1 { "address" } else { "addresses" }, &s.addresses.join("  "), width);
    fact(&mut lines, "usage", &usage(s), width);
    fact(&mut lines, "kind", &kind(s), width);
    fact(&mut lines, "source", s.repository.as_deref().unwrap_or_default(), width);
    fact(&mut lines, "created", &when(s.created, state, theme, width).unwrap_or_default(), width);
    lines
}

fn status(state: &State, e: &Environment, s: &Service) -> Line {
    let (glyph, role) = glyph::status(s.status, s.idle);
    let mut line = vec![(format!("{glyph} {}", card::word(s)), role)];
    if s.provisional {
        line.push(("…".to_owned(), Role::Dim));
    }
    line.push((format!("   {} ready", card::ready(s)), Role::Text));
    if s.terminating > 0 {
        line.push((format!("   {} ending", format::plural(s.terminating as usize, "pod", "pods")), Role::Busy));
    }
    words::add_issues(&mut line, &card::issues(e, s));
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

fn deployed(state: &State, theme: &Theme, s: &Service, width: usize) -> String {
    let mut parts = Vec::new();
    let by = s.deployed_by.as_deref().map_or_else(String::new, |b| format!(" by {b}"));
    match when(s.deployed_at, state, theme, width) {
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

fn usage(s: &Service) -> String {
    let mut parts = Vec::new();
    if let Some((cpu, memory)) = s.usage {
        parts.push(format!("cpu {}", format::cpu(cpu)));
        parts.push(format!("memory {}", format::memory(memory)));
    }
    let pods = s.pods.iter().filter(|p| !p.ended());
    let sum = |of: fn(&crate::domain::row::PodRow) -> Option<u64>| pods.clone().filter_map(|p| of(p)).sum::<u64>();
    let (cpu, memory) = (sum(|p| p.cpu_request), sum(|p| p.memory_request));
    if cpu > 0 {
        parts.push(format!("requests cpu {}", format::cpu(cpu)));
    }
    if memory > 0 {
        parts.push(format!("requests memory {}", format::memory(memory)));
    }
    if s.restarts > 0 {
        parts.push(format::plural(s.restarts as usize, "restart", "restarts"));
    }
    parts.join(" · ")
}

fn kind(s: &Service) -> String {
    let mut parts = vec![s.object.kind.to_string()];
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
