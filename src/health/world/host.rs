//! Who calls whom: hosts that the settings of a workload name.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::{Owner, World, containers, refers};
use crate::health::evidence::Evidence;
use crate::health::evidence::Id;
use crate::health::evidence::value::Look as _;

/// A host that a workload's settings name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) owner: Id,
    /// What names it: `env CART_ADDR`, `argument`, `config map web, key url`.
    pub(crate) from: String,
    /// As it is written.
    pub(crate) host: String,
    pub(crate) port: Option<i64>,
    /// The Service that it is, where one is there.
    pub(crate) service: Option<Id>,
    /// It can be nothing but the name of a Service, by its form or by what it is called.
    pub(crate) is_inside: bool,
    /// Namespace and name that a Service would have.
    pub(crate) wanted: (String, String),
}

/// `scheme://host:port`, `host:port`, with what may stand before and behind it.
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?:^|[\s,;=@/'\x22(\[])([a-z][a-z0-9-]{0,62}(?:\.[a-z0-9][a-z0-9-]{0,62})*\.?)(?::([0-9]{2,5}))?",
        r"(?:[/\s,;?'\x22)\]]|$)"
    ))
    .ok()
});

/// A host behind a command that asks for one.
static ASKED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?:nslookup|getent hosts|ping(?: -\w+(?: \d+)?)*|nc(?: -\w+(?: \d+)?)*|telnet|pg_isready -h|redis-cli -h|mysqladmin .*?-h)",
        r"\s+([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*)(?:\s+([0-9]{2,5}))?"
    ))
    .ok()
});

/// All of them.
pub(crate) fn calls(world: &World<'_>) -> Vec<Call> {
    let mut calls = Vec::new();
    for owner in world.owners.values() {
        let Some(spec) = world.spec(owner) else { continue };
        for (from, name, value) in settings(world, owner, spec) {
            calls.extend(read(world, &owner.id, &from, &name, &value));
        }
        calls.extend(secrets(world, owner, spec));
    }
    calls
}

/// Hosts that Secrets hold: the Service whose name has the mark of the value, and the port of it that the value beside
/// it is; no port where it is none of them.
fn secrets(world: &World<'_>, owner: &Owner<'_>, spec: &Value) -> Vec<Call> {
    let ns = owner.id.namespace.as_str();
    let mut named: Vec<(String, String, &str)> = Vec::new();
    for r in refers::refers(ns, spec).into_iter().filter(|r| r.to.kind == "Secret") {
        let Some(secret) = world.evidence.object(&r.to) else { continue };
        for (key, mark) in secret.texts("data") {
            if r.key.as_deref().is_none_or(|k| k == key) {
                named.push((r.to.name.clone(), key.to_owned(), mark));
            }
        }
    }
    let is_host = |key: &str| {
        HOSTS.iter().any(|end| key.to_uppercase() == *end || key.to_uppercase().ends_with(&format!("_{end}")))
    };
    let mut calls = Vec::new();
    for (secret, key, mark) in named.iter().filter(|(_, key, _)| is_host(key)) {
        let forms = |s: &Value| {
            let (name, of) = (s.name(), s.namespace());
            let mut all =
                vec![format!("{name}.{of}"), format!("{name}.{of}.svc"), format!("{name}.{of}.svc.cluster.local")];
            all.extend((of == ns).then(|| name.to_owned()));
            all
        };
        let found = world.evidence.all("Service").find(|s| forms(s).iter().any(|f| Evidence::mark(f) == *mark));
        let Some(service) = found else { continue };
        let stem = key.rfind('_').map_or("", |at| key.get(..at).unwrap_or_default());
        let port =
            named.iter().find(|(s, k, _)| s == secret && k.to_uppercase() == format!("{stem}_PORT").to_uppercase());
        let ports: Vec<i64> = service.list("spec/ports").iter().filter_map(|p| p.int("port")).collect();
        let known =
            port.map(|(_, k, mark)| (k, ports.iter().copied().find(|p| Evidence::mark(&p.to_string()) == *mark)));
        let from = match known {
            Some((k, None)) => format!("secret {secret}, key {k}"),
            _ => format!("secret {secret}, key {key}"),
        };
        calls.push(Call {
            owner: owner.id.clone(),
            from,
            host: service.name().to_owned(),
            // A port that the Service has not can't be read here: it is none.
            port: known.map(|(_, p)| p.unwrap_or(HIDDEN)),
            service: Some(Id::of(service)),
            is_inside: true,
            wanted: (service.namespace().to_owned(), service.name().to_owned()),
        });
    }
    calls
}

/// In place of a port in a Secret that is none of its Service's.
pub(crate) const HIDDEN: i64 = -1;

/// What a workload is told: where, under which name, which words.
pub(crate) fn settings(world: &World<'_>, owner: &Owner<'_>, spec: &Value) -> Vec<(String, String, String)> {
    let ns = owner.id.namespace.as_str();
    let mut all = Vec::new();
    let mut maps: BTreeSet<&str> = BTreeSet::new();
    for c in containers(spec) {
        for e in c.list("env") {
            let name = e.text("name").to_owned();
            if let Some(value) = e.at("value").as_str() {
                all.push((format!("env {name}"), name, value.to_owned()));
                continue;
            }
            let (map, key) = (e.text("valueFrom/configMapKeyRef/name"), e.text("valueFrom/configMapKeyRef/key"));
            let data = world.evidence.get("ConfigMap", ns, map).and_then(|m| m.at("data").get(key)?.as_str());
            all.extend(data.map(|v| (format!("env {name} (config map {map}, key {key})"), name, v.to_owned())));
        }
        for from in c.list("envFrom") {
            let map = from.text("configMapRef/name");
            let data = world.evidence.get("ConfigMap", ns, map).map(|m| m.texts("data")).unwrap_or_default();
            let told = |(k, v): (&str, &str)| (format!("config map {map}, key {k}"), k.to_owned(), v.to_owned());
            all.extend(data.into_iter().map(told));
        }
        let words = c.list("command").iter().chain(c.list("args")).filter_map(Value::as_str);
        all.extend(words.map(|w| ("argument".to_owned(), String::new(), w.to_owned())));
    }
    for volume in spec.list("volumes") {
        maps.insert(volume.text("configMap/name"));
        maps.extend(volume.list("projected/sources").iter().map(|s| s.text("configMap/name")));
    }
    for map in maps.into_iter().filter(|m| !m.is_empty() && *m != "kube-root-ca.crt") {
        let data = world.evidence.get("ConfigMap", ns, map).map(|m| m.texts("data")).unwrap_or_default();
        let long = |(k, v): (&str, &str)| {
            let words: String = v.chars().take(LONGEST).collect();
            (format!("config map {map}, key {k}"), String::new(), words)
        };
        all.extend(data.into_iter().map(long));
    }
    all
}

/// So much of a file is searched for hosts.
const LONGEST: usize = 64 << 10;

/// Ends of settings' names whose value is a host.
const HOSTS: &[&str] = &[
    "HOST", "HOSTNAME", "ADDR", "ADDRESS", "URL", "URI", "ENDPOINT", "SERVER", "SERVERS", "BROKERS", "DSN", "TARGET",
    "PGHOST", "DBHOST",
];

fn read(world: &World<'_>, owner: &Id, from: &str, name: &str, value: &str) -> Vec<Call> {
    let Some(address) = ADDRESS.as_ref() else { return Vec::new() };
    let name = name.to_uppercase();
    let named = HOSTS.iter().any(|end| name == *end || name.ends_with(&format!("_{end}")));
    let mut calls: Vec<Call> = Vec::new();
    for line in value.lines() {
        for asked in ASKED.as_ref().into_iter().flat_map(|r| r.captures_iter(line)) {
            let port = asked.get(2).and_then(|p| p.as_str().parse().ok());
            let host = asked.get(1).map_or("", |h| h.as_str());
            calls.extend(of(world, owner, from, host, port, true));
        }
        let mut at = 0;
        // Two hosts may share the sign between them: the search goes on behind the host, not behind the match.
        while let Some(found) = line.get(at..).and_then(|rest| address.captures(rest)) {
            let Some(host) = found.get(1) else { break };
            let before = line.get(..at + host.start()).unwrap_or_default();
            at += host.end();
            let port = found.get(2).and_then(|p| p.as_str().parse().ok());
            if is_inside(before, port) {
                continue;
            }
            let after_scheme = before.ends_with("://") || before.ends_with('@');
            let Some(call) = of(world, owner, from, host.as_str(), port, named || after_scheme) else { continue };
            if !calls.iter().any(|c| (&c.host, c.port) == (&call.host, call.port)) {
                calls.push(call);
            }
        }
    }
    calls
}

/// Whether what follows stands in the path or the options of an address, or is what a key other than a host's is set to:
/// `//db:5432/orders?sslmode=disable`, `Server=db;Database=orders`.
fn is_inside(before: &str, port: Option<i64>) -> bool {
    let word = before.rsplit([' ', '\t', ',', '"', '\'', '(', '[']).next().unwrap_or_default();
    let behind = word.rsplit("//").next().unwrap_or_default();
    let key = word.strip_suffix('=').map(|w| w.rsplit([';', '&', '?']).next().unwrap_or(w).to_uppercase());
    let other = key.is_some_and(|key| key != "SOURCE" && !HOSTS.iter().any(|end| key.ends_with(end)));
    behind.contains(['/', '?']) || word.ends_with(":///") || other && port.is_none()
}

fn of(world: &World<'_>, owner: &Id, from: &str, host: &str, port: Option<i64>, named: bool) -> Option<Call> {
    let short = host.trim_end_matches('.');
    let inner = short.strip_suffix(".svc.cluster.local").or_else(|| short.strip_suffix(".svc"));
    let parts: Vec<&str> = inner.unwrap_or(short).split('.').collect();
    let there = |ns: &str, name: &str| world.evidence.get("Service", ns, name).map(|_| Id::new("Service", ns, name));
    let is_namespace = |ns: &str| world.evidence.get("Namespace", "", ns).is_some();
    let own = owner.namespace.as_str();
    let (namespace, name) = match parts.as_slice() {
        [name] => (own, *name),
        [name, ns] if inner.is_some() || is_namespace(ns) => (*ns, *name),
        // A pod of a StatefulSet: `db-0.db.shop`.
        [_, name, ns] if inner.is_some() || is_namespace(ns) => (*ns, *name),
        [_, name] if there(own, name).is_some() => (own, *name),
        _ => return None,
    };
    let service = there(namespace, name);
    let alone = parts.len() == 1 && inner.is_none();
    // A word is a host only where something says so.
    if alone && (matches!(name, "localhost" | "http" | "https" | "host") || !(named || port.is_some())) {
        return None;
    }
    Some(Call {
        owner: owner.clone(),
        from: from.to_owned(),
        host: host.to_owned(),
        port,
        is_inside: inner.is_some() || alone || parts.len() > 1,
        wanted: (namespace.to_owned(), name.to_owned()),
        service,
    })
}
