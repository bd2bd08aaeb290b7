//! Calls between workloads that can't get through: a host that nobody has, a port that nobody serves, what a client's
//! log says of the other side.

use super::{near, quota, spread};
use crate::domain::issue::{Category, Severity};
use crate::health::evidence::Id;
use crate::health::evidence::value::Look as _;
use crate::health::finding::{Finding, Tier};
use crate::health::world::host::{Call, HIDDEN};
use crate::health::world::words::{self, Line, Says};
use crate::health::world::{Owner, World, refers};

/// NET-13: settings that name a Service which is not there, or a port that it has not.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    let mut absent: Vec<(Id, Vec<&Call>)> = Vec::new();
    for call in &world.calls {
        let Some(owner) = world.owners.get(&call.owner) else { continue };
        // A node's name is no Service's.
        if owner.wanted() == 0 || world.evidence.get("Node", "", &call.wanted.1).is_some() {
            continue;
        }
        match &call.service {
            None if call.is_inside && world.evidence.knows("Service", &call.wanted.0) => {
                let service = Id::new("Service", &call.wanted.0, &call.wanted.1);
                match absent.iter_mut().find(|(id, _)| *id == service) {
                    Some((_, calls)) => calls.push(call),
                    None => absent.push((service, vec![call])),
                }
            }
            Some(service) => out.extend(port(world, owner, call, service)),
            None => {}
        }
    }
    for (service, calls) in absent {
        out.push(nobody(world, &service, &calls));
    }
}

/// Nobody has this name.
fn nobody(world: &World<'_>, service: &Id, calls: &[&Call]) -> Finding {
    let callers: Vec<Id> = calls.iter().map(|c| c.owner.clone()).collect();
    let first = calls.first();
    let how = first.map(|c| format!("{} ({}={})", c.owner.words(), c.from, c.host)).unwrap_or_default();
    let proof = calls.iter().filter_map(|c| world.owners.get(&c.owner)).find_map(|o| heard(world, o, &service.name));
    // Several call it: it is gone. One does: that one is wrong. A workload of its name stands for the first.
    let is_workload = world.within(&service.namespace).any(|o| o.id.name == service.name);
    let single = callers.iter().collect::<std::collections::BTreeSet<_>>().len() == 1;
    let root = match first {
        Some(call) if single && !is_workload => &call.owner,
        _ => service,
    };
    let services: Vec<&str> = world.evidence.within("Service", &service.namespace).map(|s| s.name()).collect();
    let near = near(&service.name, services.into_iter());
    let hint = near.map(|n| format!("; the nearest is {n}")).unwrap_or_default();
    let unwell = callers.iter().filter_map(|c| world.owners.get(c)).any(|o| !o.is_well());
    let title = format!("{} points at {}: no such Service", first.map_or("", |c| c.owner.name.as_str()), service.name);
    let blocked = quota::blocks(world, &service.namespace, "services", None);
    let finding = match &blocked {
        Some((id, words)) => Finding::new("QUO-01", id, format!("quota {} keeps Service {} from being made", id.name, service.name))
            .because(format!("Service {} is called by {how} and does not exist: quota {words}, so that no further service can be made: the quota is exhausted", service.name))
            .breaks([service.clone()])
            .category(Category::Resource)
            .tier(Tier::Computed),
        None => Finding::new("NET-13", root, title)
            .because(format!("{how} points at {}, and no such Service exists in {}{hint}", service.name, service.namespace))
            .category(if root.kind == "Service" { Category::Network } else { Category::Configuration })
            .tier(if proof.is_some() { Tier::Proved } else { Tier::Computed }),
    };
    let finding = finding
        .severity(match () {
            () if proof.is_some() || blocked.is_some() => Severity::High,
            // What nobody has missed yet may be a setting that is left over: a name beside it, who fails, or several
            // that agree make it more than that.
            () if near.is_some() || unwell || !single => Severity::Medium,
            () => Severity::Low,
        })
        .cite(service.words(), "absent")
        .breaks(callers);
    let finding = match proof {
        Some((source, line)) => finding.cite(source, line.text),
        None => finding,
    };
    match near {
        Some(near) => finding.advise(format!("let it point at {near}")),
        None => finding.advise(format!("make Service {}, or let its clients point elsewhere", service.name)),
    }
}

/// What an owner's log says of a host.
fn heard(world: &World<'_>, owner: &Owner<'_>, host: &str) -> Option<(String, Line)> {
    world.logs(owner).into_iter().find_map(|log| {
        let line = words::read(log).into_iter().find(|l| l.text.contains(host) && l.says != Says::Fatal)?;
        Some((format!("log of pod {}", log.pod), line))
    })
}

/// A port that a Service has not.
fn port(world: &World<'_>, owner: &Owner<'_>, call: &Call, id: &Id) -> Option<Finding> {
    let service = world.evidence.object(id)?;
    let port = call.port?;
    let ports: Vec<i64> = service.list("spec/ports").iter().filter_map(|p| p.int("port")).collect();
    let headless = service.text("spec/clusterIP") == "None";
    // Who asks a headless one asks its pods: on any port that these have.
    if ports.is_empty() || ports.contains(&port) || headless || service.text("spec/type") == "ExternalName" {
        return None;
    }
    let listed: Vec<String> = ports.iter().map(ToString::to_string).collect();
    if port == HIDDEN {
        let others = world.calls_to(id).filter(|c| c.owner != owner.id && c.port.is_some_and(|p| ports.contains(&p)));
        let others = others.map(|c| &c.owner).collect::<std::collections::BTreeSet<_>>().len();
        let agree =
            if others > 0 { format!("; {others} others that call it have the right one") } else { String::new() };
        return Some(
            Finding::new("NET-13", &owner.id, format!("{} calls {} on a port that it has not", owner.id.name, id.name))
                .because(format!("{} takes host and port of its database from {}: the host is Service {}, and the port is none that it has ({}): connection refused{agree}", owner.id.words(), call.from, id.name, listed.join(", ")))
                .tier(Tier::Computed)
                .category(Category::Configuration)
                .severity(Severity::High)
                .cite(call.from.clone(), format!("its port is not {} (compared by hash)", listed.join(" or ")))
                .cite(id.words(), format!("spec.ports {}", listed.join(", ")))
                .advise(format!("set the port to {}", listed.join(" or "))),
        );
    }
    let all: Vec<&Call> = world.calls_to(id).collect();
    let right = all.iter().filter(|c| c.port.is_some_and(|p| ports.contains(&p))).count();
    let wrong: Vec<Id> = all.iter().filter(|c| c.port == Some(port)).map(|c| c.owner.clone()).collect();
    let unwell = wrong.iter().filter_map(|c| world.owners.get(c)).any(|o| !o.is_well());
    let proof = world.owners.get(&call.owner).and_then(|o| heard(world, o, &id.name));
    // Several clients agree on a port that the Service has not: it is the Service that stands alone.
    let root = if right == 0 && wrong.len() > 1 { id } else { &owner.id };
    let finding = Finding::new(
        "NET-13",
        root,
        format!("{} calls {}:{port}, which serves {}", owner.id.name, id.name, listed.join(", ")),
    )
    .because(format!(
        "{} ({}={}:{port}) calls port {port} of Service {}, which has port {} and not that one",
        owner.id.words(),
        call.from,
        call.host,
        id.name,
        listed.join(", ")
    ))
    .tier(Tier::Computed)
    .category(Category::Configuration)
    // What nobody has missed yet may be a setting that is left over.
    .severity(if unwell || proof.is_some() { Severity::High } else { Severity::Medium })
    .cite(format!("{}, {}", owner.id.words(), call.from), format!("{}:{port}", call.host))
    .cite(id.words(), format!("spec.ports {}", listed.join(", ")))
    .breaks(wrong)
    .advise(format!("call port {}", listed.join(" or ")));
    Some(match proof {
        Some((source, line)) => finding.cite(source, line.text),
        None => finding,
    })
}

/// What a line says that is about the other side: the Service that it means, and what is wrong there.
pub(super) fn depends(world: &World<'_>, owner: &Owner<'_>, finding: Finding, line: &Line, exit: &str) -> Finding {
    let ns = &owner.id.namespace;
    let says = line.says.words();
    let target = target(world, owner, line);
    let named = line.host.as_deref().map(|h| line.port.map_or(h.to_owned(), |p| format!("{h}:{p}")));
    let Some((host, port, service)) = target else {
        let whom = named.map(|n| format!(" by {n}")).unwrap_or_default();
        return finding.because(format!("it ends, {exit}: {says}{whom}: {}", line.text)).tier(Tier::Logged);
    };
    let at = port.map_or(host.clone(), |p| format!("{host}:{p}"));
    let Some(service) = service else {
        let (inside, namespace, name) = match host.split_once(".svc") {
            // `db.shop`, or of a pod of a StatefulSet `db-0.db.shop`.
            Some((inner, _)) => {
                let (rest, namespace) = inner.rsplit_once('.').unwrap_or((inner, ns));
                (true, namespace, rest.rsplit('.').next().unwrap_or(rest))
            }
            None => (!host.contains('.'), ns.as_str(), host.split('.').next().unwrap_or(&host)),
        };
        let id = Id::new("Service", namespace, name);
        if !inside || !world.evidence.knows("Service", namespace) {
            return finding
                .because(format!("it ends, {exit}: {says}: {at} can't be reached: {}", line.text))
                .tier(Tier::Logged);
        }
        return Finding { root: id.clone(), ..finding }
            .because(format!(
                "{} can't connect to {at}: {says}, and no such Service exists in {namespace}",
                owner.id.words()
            ))
            .tier(Tier::Proved)
            .category(Category::Network)
            .cite(id.words(), "absent")
            .breaks([owner.id.clone()])
            .advise(format!("make Service {name}, or let {} point at the one that is meant", owner.id.name));
    };
    let object = world.evidence.object(&service);
    let ports: Vec<i64> =
        object.map(|s| s.list("spec/ports").iter().filter_map(|p| p.int("port")).collect()).unwrap_or_default();
    if let Some(port) = port.filter(|p| line.says == Says::Refused && !ports.is_empty() && !ports.contains(p)) {
        return finding
            .because(format!(
                "{} calls port {port} of Service {}, which serves {ports:?}: {says}",
                owner.id.words(),
                service.name
            ))
            .tier(Tier::Computed)
            .category(Category::Configuration);
    }
    let behind: Vec<Id> = object
        .map(|s| world.selected(s.namespace(), &s.texts("spec/selector")).map(|o| o.id.clone()).collect())
        .unwrap_or_default();
    match line.says {
        // The other side does not take it: if others get through, it is this one's settings.
        Says::Denied => twins(world, owner, finding)
            .because(format!("{} is not let in by {at}: {says}: {}", owner.id.words(), line.text))
            .tier(Tier::Logged)
            .category(Category::Configuration),
        Says::ReadOnly | Says::TooMany => {
            let root = behind.first().cloned().unwrap_or_else(|| service.clone());
            Finding { root, ..finding }
                .because(format!("{at} ({}) refuses its clients: {says}: {}", service.words(), line.text))
                .tier(Tier::Logged)
                .breaks([owner.id.clone(), service])
        }
        _ => finding
            .because(format!("{} can't connect to {at}: {says}", owner.id.words()))
            .tier(Tier::Logged)
            .waits_for(behind.into_iter().chain([service])),
    }
}

/// What a Secret of who is not let in holds otherwise than those of others who call the same: by hash.
fn twins(world: &World<'_>, owner: &Owner<'_>, finding: Finding) -> Finding {
    let Some(spec) = world.spec(owner) else { return finding };
    let mut finding = finding;
    for r in refers::refers(&owner.id.namespace, spec).iter().filter(|r| r.to.kind == "Secret") {
        let Some(own) = world.evidence.object(&r.to) else { continue };
        for (key, mark) in own.texts("data") {
            let end = |k: &str| k.to_uppercase().rsplit('_').take(2).collect::<Vec<_>>().join("_");
            let others: Vec<&str> = world
                .evidence
                .within("Secret", &owner.id.namespace)
                .filter(|s| s.name() != r.to.name)
                .flat_map(|s| s.texts("data"))
                .filter(|(k, _)| end(k) == end(key))
                .map(|(_, m)| m)
                .collect();
            let same = others.iter().filter(|m| **m == mark).count();
            let agree = others.first().map_or(0, |m| others.iter().filter(|x| *x == m).count());
            if others.len() > 1 && same == 0 && agree == others.len() {
                finding = finding.cite(
                    r.to.words(),
                    format!(
                        "key {key} differs from the same setting of {} others, which agree (compared by hash)",
                        others.len()
                    ),
                );
            }
        }
    }
    finding
}

/// The host that a line is about, by name or by its Service's address; where it names none, the one database that the
/// settings name.
pub(super) fn target(world: &World<'_>, owner: &Owner<'_>, line: &Line) -> Option<(String, Option<i64>, Option<Id>)> {
    let calls = world.calls_of(&owner.id);
    if let Some(host) = &line.host {
        let by_ip = world.evidence.all("Service").find(|s| s.text("spec/clusterIP") == host).map(Id::of);
        if by_ip.is_some() {
            return Some((host.clone(), line.port, by_ip));
        }
        let short = host.split('.').next().unwrap_or(host);
        let known = calls.iter().find(|c| c.host == *host || c.wanted.1 == short);
        let there = world.evidence.get("Service", &owner.id.namespace, short).map(Id::of);
        return Some((host.clone(), line.port, known.and_then(|c| c.service.clone()).or(there)));
    }
    let mut hosts: Vec<&Call> = calls.iter().collect();
    hosts.dedup_by_key(|c| &c.wanted);
    match hosts.as_slice() {
        [one] => Some((one.host.clone(), one.port, one.service.clone())),
        _ => None,
    }
}

/// LOG-01: what clients that run say of the other side.
pub(super) fn complaints(world: &World<'_>, out: &mut Vec<Finding>) {
    let mut by_root: Vec<Finding> = Vec::new();
    for owner in world.owners.values().filter(|o| o.id.kind != "Job" && o.id.kind != "CronJob") {
        for log in world.logs(owner).into_iter().filter(|l| !l.previous) {
            let lines = words::read(log);
            let telling =
                lines.iter().find(|l| matches!(l.says, Says::ReadOnly | Says::TooMany | Says::Forbidden | Says::Full));
            let Some(line) = telling else { continue };
            let detector = if line.says == Says::Forbidden { "SEC-03" } else { "LOG-01" };
            let new = Finding::new(detector, &owner.id, format!("{}: {}", owner.id.name, line.says.words()));
            let source = format!("log of pod {}", log.pod);
            let new = match line.says {
                Says::ReadOnly | Says::TooMany => database(world, owner, line).map_or_else(
                    || depends(world, owner, new.clone(), line, "it goes on"),
                    |id| {
                        let title = format!("{} refuses its clients: {}", id.name, line.says.words());
                        Finding { root: id.clone(), title, ..new.clone() }
                            .because(format!(
                                "{} refuses its clients: {}: {}",
                                id.words(),
                                line.says.words(),
                                line.text
                            ))
                            .breaks([owner.id.clone()])
                            .tier(Tier::Logged)
                    },
                ),
                says => {
                    new.because(format!("{}: {}: {}", owner.id.words(), says.words(), line.text)).tier(Tier::Logged)
                }
            };
            let new = new.severity(Severity::High).cite(source, line.text.clone());
            match by_root.iter_mut().find(|f| f.root == new.root && f.detector == new.detector) {
                Some(known) => {
                    known.broken.extend(new.broken);
                    known.cites.extend(new.cites);
                }
                None => by_root.push(new),
            }
            break;
        }
    }
    out.extend(by_root.into_iter().map(|f| match world.owners.get(&f.root) {
        Some(owner) => spread(world, owner, f),
        None => f,
    }));
}

/// The database behind a client's words: of its calls, or else of its namespace, the one of that make.
fn database(world: &World<'_>, owner: &Owner<'_>, line: &Line) -> Option<Id> {
    const MAKES: &[(&str, &[&str])] = &[
        ("mysql", &["mysql", "mariadb", "percona"]),
        ("postgres", &["postgres", "postgis"]),
        ("redis", &["redis", "valkey"]),
        ("mongo", &["mongo"]),
    ];
    let text = line.text.to_lowercase();
    let (_, names) = MAKES
        .iter()
        .find(|(make, _)| text.contains(make))
        .or_else(|| MAKES.first().filter(|_| text.contains("sqlexception")))?;
    let is_one = |id: &Id| {
        let owner = world.owners.get(id);
        let images = owner
            .and_then(|o| world.spec(o))
            .map(|s| s.list("containers").iter().map(|c| c.text("image")).collect::<Vec<_>>());
        let hit = |w: &str| names.iter().any(|n| w.to_lowercase().contains(n));
        images.unwrap_or_default().iter().any(|i| hit(i)) || hit(&id.name)
    };
    let called = world.calls_of(&owner.id).iter().filter_map(|c| c.service.as_ref());
    let behind = called.flat_map(|s| world.behind(s)).map(|o| o.id.clone());
    let mut all: Vec<Id> = behind.filter(&is_one).collect();
    if all.is_empty() {
        all = world.within(&owner.id.namespace).map(|o| o.id.clone()).filter(&is_one).collect();
        // Several of that make: those that hold data for the settings that name them.
        if all.len() > 1 {
            let named = secrets(world, owner);
            all.retain(|id| named.iter().any(|n| n.contains(id.name.split('-').next().unwrap_or(&id.name))));
        }
    }
    all.sort();
    all.dedup();
    match all.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    }
}

fn secrets(world: &World<'_>, owner: &Owner<'_>) -> Vec<String> {
    let spec = world.spec(owner);
    spec.map(|s| refers::refers(&owner.id.namespace, s).into_iter().map(|r| r.to.name).collect()).unwrap_or_default()
}
