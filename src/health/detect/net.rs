//! Services that lead nowhere, and which never get where they are sent: selectors, ports, protocols.

use serde_json::Value;

use super::{call, distance, route};
use crate::domain::Time;
use crate::domain::issue::{Category, Severity};
use crate::health::evidence::Id;
use crate::health::evidence::value::{Look as _, written};
use crate::health::finding::{Finding, Tier};
use crate::health::world::words::{self, Line, Says};
use crate::health::world::{Owner, World};

/// NET-01 to NET-04, WL-07.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    // Of what may not be read nothing is missing.
    let blind = |ns| {
        ["Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"].iter().any(|k| !world.evidence.is_whole(k, ns))
    };
    for service in world.evidence.all("Service") {
        let selector = service.texts("spec/selector");
        if service.text("spec/type") == "ExternalName" || selector.is_empty() {
            continue;
        }
        let owners: Vec<&Owner<'_>> = world.selected(service.namespace(), &selector).collect();
        let found = match owners.iter().any(|o| o.wanted() > 0 || o.alive().count() > 0) {
            true => ports(world, service, &owners).or_else(|| elsewhere(world, service, &owners)),
            false if owners.is_empty() && blind(service.namespace()) => None,
            false if owners.is_empty() => nobody(world, service, &selector),
            false => zero(world, service, &owners),
        };
        out.extend(found);
        out.extend(balancer(world, service));
    }
}

/// A selector that means nobody.
fn nobody(world: &World<'_>, service: &Value, selector: &[(&str, &str)]) -> Option<Finding> {
    let id = Id::of(service);
    let callers = world.callers(&id);
    // The workload that it means but for a pair, or by its name.
    let off = |o: &Owner<'_>| off(&world.labels(o), selector);
    let mut candidates: Vec<(usize, usize, &Owner<'_>)> = world
        .within(service.namespace())
        .filter(|o| !matches!(o.id.kind.as_str(), "Job" | "CronJob"))
        .map(|o| (off(o).len(), distance(&o.id.name, &id.name), o))
        .filter(|(wrong, far, _)| *wrong < selector.len() || *far <= 1 + id.name.len() / 4)
        .collect();
    candidates.sort_by(|a, b| (a.0, a.1, &a.2.id).cmp(&(b.0, b.1, &b.2.id)));
    // A label that many have (`release=shop`) makes nobody a candidate.
    let close = candidates.iter().find(|(_, far, o)| {
        *far <= 1 + id.name.len() / 3
            || selector.iter().any(|(_, v)| o.id.name.contains(*v))
            || candidates.len() == 1
            || o.id.name.contains(&id.name)
            || id.name.contains(&o.id.name)
    });
    let ingress = world
        .evidence
        .within("Ingress", service.namespace())
        .any(|i| route::backends(i).iter().any(|(n, _)| *n == id.name));
    let words = selector.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(", ");
    let Some((_, _, owner)) = close else {
        let quiet = callers.is_empty() && !ingress;
        return (!quiet).then(|| {
            Finding::new("NET-01", &id, format!("service {} has no ready endpoints", id.name))
                .because(format!("Service {} selects {words}, and no pod or workload has these labels", id.name))
                .tier(Tier::Computed)
                .breaks(callers)
        });
    };
    let labels = world.labels(owner);
    let (key, value) = off(owner).first()?.clone();
    let theirs = labels.iter().find(|(k, _)| **k == *key).map(|(_, v)| (*v).to_owned());
    let has = theirs.map_or_else(
        || {
            let all: Vec<String> = labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
            format!("have no label {key} (they have {})", all.join(", "))
        },
        |v| format!("have {key}={v}"),
    );
    Some(
        Finding::new("NET-01", &id, format!("service {} selects nothing: {key}={value}", id.name))
            .because(format!("the selector of Service {} ({words}) selects no pod: it wants {key}={value}, and the pods of {} {has}: it has no endpoints", id.name, owner.id.words()))
            .tier(Tier::Computed)
            .category(Category::Network)
            .severity(if callers.is_empty() && !ingress { Severity::High } else { Severity::Critical })
            .cite(id.words(), format!("spec.selector {words}"))
            .cite(owner.id.words(), format!("pods {has}"))
            // Its card shows it: nobody gets to it.
            .breaks(callers.into_iter().chain([owner.id.clone()]))
            .since(changed(service, owner))
            .act("let it select them", format!("kubectl -n {} patch service {} -p '{{\"spec\":{{\"selector\":{{\"{key}\":\"…\"}}}}}}'", id.namespace, id.name)),
    )
}

/// Since when they disagree: since the later of both was made.
fn changed(service: &Value, owner: &Owner<'_>) -> Option<Time> {
    let made = |o: &Value| o.time("metadata/creationTimestamp");
    made(service).max(owner.object.and_then(made))
}

/// The pairs of a selector that labels have not.
fn off(labels: &[(&str, &str)], selector: &[(&str, &str)]) -> Vec<(String, String)> {
    let wrong = selector.iter().filter(|p| !labels.contains(p));
    wrong.map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

/// It means only what is at zero.
fn zero(world: &World<'_>, service: &Value, owners: &[&Owner<'_>]) -> Option<Finding> {
    let owner = owners.iter().find(|o| matches!(o.id.kind.as_str(), "Deployment" | "StatefulSet"))?;
    let object = owner.object?;
    let remembers = |k: &str| {
        k.starts_with("kennel.dev/")
            || k.starts_with("downscaler/")
            || k.contains("kube-green")
            || k.contains("sleepinfo")
    };
    let put_away = object.pairs("metadata/annotations").iter().any(|(k, _)| remembers(k) && k.contains("replicas"));
    let scaled = world
        .evidence
        .within("ScaledObject", &owner.id.namespace)
        .any(|s| s.text("spec/scaleTargetRef/name") == owner.id.name);
    // All of it is: somebody has stopped the environment.
    let all = world
        .within(&owner.id.namespace)
        .filter(|o| matches!(o.id.kind.as_str(), "Deployment" | "StatefulSet"))
        .all(|o| o.wanted() == 0);
    if put_away || scaled || all {
        return None;
    }
    let id = Id::of(service);
    let callers: Vec<Id> =
        world.callers(&id).into_iter().filter(|c| world.owners.get(c).is_some_and(|o| o.wanted() > 0)).collect();
    let routed = world
        .evidence
        .within("Ingress", service.namespace())
        .any(|i| route::backends(i).iter().any(|(n, _)| *n == id.name));
    let actor = object
        .list("metadata/managedFields")
        .iter()
        .filter(|m| m.text("subresource") == "scale")
        .max_by_key(|m| m.time("time"));
    let by = actor.map(|m| format!(" by {} at {}", m.text("manager"), m.text("time"))).unwrap_or_default();
    // What nobody calls and no route leads to is kept for later.
    // Who says that he is refused there calls it, whatever his settings hold.
    let heard = || {
        let in_vain = |l: &Line| matches!(l.says, Says::Refused | Says::NoHost | Says::Timeout | Says::Fatal);
        let about = |text: &String| {
            text.contains(&id.name)
                && !text.contains(&format!("{}-", id.name))
                && words::say(text).is_some_and(|l| in_vain(&l))
        };
        let others = world.within(&id.namespace).filter(|o| o.id != owner.id && o.wanted() > 0);
        others.flat_map(|o| world.logs(o)).find_map(|log| {
            let line = log.lines.iter().rev().take(words::LAST).find(|l| about(l))?;
            Some((format!("log of pod {}", log.pod), words::short(line)))
        })
    };
    let heard = if callers.is_empty() && !routed { heard() } else { None };
    let severity = if callers.is_empty() && !routed && heard.is_none() { Severity::Low } else { Severity::High };
    let found =
        Finding::new("WL-07", &owner.id, format!("{} scaled to 0, service {} leads to it", owner.id.name, id.name))
            .because(format!(
                "{} is scaled to 0 (replicas: 0){by}, and Service {} still leads to it: no endpoints",
                owner.id.words(),
                id.name
            ))
            .tier(Tier::Computed)
            .severity(severity)
            .cite(owner.id.words(), "spec.replicas 0")
            .breaks(std::iter::once(id).chain(callers))
            .act("start it", format!("kubectl -n {} scale {} --replicas=1", owner.id.namespace, owner.id.argument()));
    Some(match heard {
        Some((source, line)) => found.cite(source, line),
        None => found,
    })
}

/// A server that listens elsewhere than where its Service leads, as its log says, and whose clients are refused.
fn elsewhere(world: &World<'_>, service: &Value, owners: &[&Owner<'_>]) -> Option<Finding> {
    let id = Id::of(service);
    let [owner] = owners else { return None };
    let mut said: Vec<i64> = world.logs(owner).into_iter().flat_map(words::listens).collect();
    said.sort_unstable();
    said.dedup();
    let port = service.list("spec/ports").iter().find_map(|p| {
        let target = p.at("targetPort");
        let target = if target.is_null() { p.int("port")? } else { target.as_i64()? };
        (!said.contains(&target)).then_some((p.int("port")?, target))
    });
    let ((number, target), false) = (port?, said.is_empty()) else { return None };
    let callers = world.callers(&id);
    // A log may leave a port out: that nobody gets through is what decides.
    let (client, line) = refused(world, &id)?;
    let listens = said.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Some(
        Finding::new("NET-02", &id, format!("service {}:{number} leads to {target}, its pods listen on {listens}", id.name))
            .because(format!("Service {} sends port {number} to {target}, where nobody listens: by its log {} listens on {listens}, and its clients are refused", id.name, owner.id.words()))
            .tier(Tier::Computed)
            .category(Category::Network)
            .severity(Severity::High)
            .cite(format!("log of {}", owner.id.words()), format!("listens on {listens}"))
            .cite(format!("log of {}", client.words()), line.text)
            .breaks(callers.into_iter().chain([owner.id.clone()]))
            .advise(format!("let it listen on {target}, or lead the Service to {listens}")),
    )
}

/// Target ports that no container has, protocols that differ.
fn ports(world: &World<'_>, service: &Value, owners: &[&Owner<'_>]) -> Option<Finding> {
    let id = Id::of(service);
    let specs: Vec<&Value> = owners.iter().filter_map(|o| world.spec(o)).collect();
    let listed: Vec<(&Value, i64, &str)> = specs
        .iter()
        .flat_map(|s| s.list("containers"))
        .flat_map(|c| c.list("ports"))
        .filter_map(|p| {
            Some((
                p,
                p.int("containerPort")?,
                match p.text("protocol") {
                    "" => "TCP",
                    w => w,
                },
            ))
        })
        .collect();
    let words = listed
        .iter()
        .map(|(_, n, _)| n.to_string())
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect::<Vec<_>>()
        .join(", ");
    let callers = world.callers(&id);
    for p in service.list("spec/ports") {
        let (number, protocol) = (
            p.int("port").unwrap_or_default(),
            match p.text("protocol") {
                "" => "TCP",
                w => w,
            },
        );
        let target = p.at("targetPort");
        let target = match target.as_i64().or(target.as_str().and_then(|t| t.parse().ok())) {
            Some(n) => n,
            None if target.is_null() => number,
            None => {
                let name = target.as_str().unwrap_or_default();
                match listed.iter().find(|(p, ..)| p.text("name") == name) {
                    Some((_, n, _)) => *n,
                    None if specs.is_empty() => return None,
                    None => {
                        let names: Vec<&str> =
                            listed.iter().map(|(p, ..)| p.text("name")).filter(|n| !n.is_empty()).collect();
                        let there = if names.is_empty() { "none with a name".to_owned() } else { names.join(", ") };
                        return Some(port(
                            &id,
                            owners,
                            number,
                            name,
                            format!("no container has a port of that name (they have {there})"),
                            callers,
                        ));
                    }
                }
            }
        };
        let same: Vec<&(&Value, i64, &str)> = listed.iter().filter(|(_, n, _)| *n == target).collect();
        if let Some((_, _, theirs)) = same.first()
            && !same.iter().any(|(_, _, w)| *w == protocol)
        {
            return Some(
                Finding::new("NET-02", &id, format!("service {} port {number} is {protocol}, its pods listen on {theirs}", id.name))
                    .because(format!("Service {} forwards port {number} as {protocol}, and the pods of {} listen on {target} with {theirs}: a {theirs} connection finds nobody (protocol mismatch)", id.name, owner(owners)))
                    .tier(Tier::Computed)
                    .category(Category::Network)
                    .cite(id.words(), format!("spec.ports: {number}/{protocol}"))
                    .cite(owner(owners), format!("containerPort {target}/{theirs}"))
                    .breaks(callers)
                    .act("make it the right one", format!("kubectl -n {} edit service {}", id.namespace, id.name)),
            );
        }
        if let Some(other) = owners.iter().find(|o| !same.is_empty() && listens_elsewhere(world, o, target)) {
            return Some(
                Finding::new("NET-03", &id, format!("service {} also selects {}", id.name, other.id.name))
                    .because(format!("the selector of Service {} also selects the pods of {}, which listen on others than port {target}: some of its connections are refused", id.name, other.id.words()))
                    .tier(Tier::Computed)
                    .cite(id.words(), format!("spec.selector {}", service.at("spec/selector")))
                    .breaks(callers)
                    .advise("narrow its selector to those that are meant"),
            );
        }
        // Ports need not be listed: it counts only where every container lists others, and nothing else speaks of it.
        let every =
            !specs.is_empty() && specs.iter().flat_map(|s| s.list("containers")).all(|c| !c.list("ports").is_empty());
        if same.is_empty() && every && !listed.is_empty() && !specs.iter().any(|s| speaks_of(s, target)) {
            let how = format!("its pods listen on {words}");
            let found = port(&id, owners, number, &target.to_string(), how, callers);
            return Some(match witness(world, &id, owners, p, &listed) {
                Some((source, says)) => found.cite(source, says),
                None => found
                    .because(format!("Service {} sends port {number} to {target}, which no container of {} declares (they declare {words}): it need not be declared, and nothing says that nobody listens there", id.name, owner(owners)))
                    .severity(Severity::Low),
            });
        }
    }
    None
}

/// What speaks against a target port that is merely not declared: who is refused, a container that is told of another one,
/// a number or a name that the Service shares with what is declared.
fn witness(
    world: &World<'_>,
    id: &Id,
    owners: &[&Owner<'_>],
    port: &Value,
    listed: &[(&Value, i64, &str)],
) -> Option<(String, String)> {
    if let Some((client, line)) = refused(world, id) {
        return Some((format!("log of {}", client.words()), line.text));
    }
    for (owner, c) in owners
        .iter()
        .filter_map(|o| Some((o, world.spec(o)?)))
        .flat_map(|(o, s)| s.list("containers").iter().map(move |c| (o, c)))
    {
        let told = c.list("env").iter().filter(|e| e.text("name").to_uppercase().ends_with("PORT"));
        let mut told = told.filter_map(|e| Some((e.text("name"), e.text("value").parse::<i64>().ok()?)));
        if let Some((name, n)) = told.find(|(_, n)| listed.iter().any(|(_, l, _)| l == n)) {
            return Some((owner.id.words(), format!("env {name}={n}")));
        }
    }
    let shared = listed.iter().find(|(p, n, _)| {
        port.int("port") == Some(*n) || !p.text("name").is_empty() && p.text("name") == port.text("name")
    });
    let (_, n, _) = shared?;
    Some((owner(owners), format!("containerPort {n} goes by the same number or name as the Service's port")))
}

/// A client of a Service that is refused there, and what its log says.
fn refused(world: &World<'_>, id: &Id) -> Option<(Id, Line)> {
    world.callers(id).iter().filter_map(|c| world.owners.get(c)).find_map(|client| {
        let lines = world.logs(client).into_iter().flat_map(words::read);
        let mut lines = lines.filter(|l| l.says == Says::Refused);
        let meant = |l: &Line| call::target(world, client, l).is_some_and(|(.., service)| service.as_ref() == Some(id));
        lines.find(meant).map(|line| (client.id.clone(), line))
    })
}

/// Whether all containers of a workload list their ports, none of them this one, and nothing else speaks of it.
fn listens_elsewhere(world: &World<'_>, owner: &Owner<'_>, port: i64) -> bool {
    let Some(spec) = world.spec(owner) else { return false };
    let listed = |c: &Value| !c.list("ports").is_empty();
    let has = |c: &Value| c.list("ports").iter().any(|p| p.int("containerPort") == Some(port));
    let all = spec.list("containers");
    let runs = owner.wanted() > 0 && !matches!(owner.id.kind.as_str(), "Job" | "CronJob");
    runs && !all.is_empty() && all.iter().all(listed) && !all.iter().any(has) && !speaks_of(spec, port)
}

fn owner(owners: &[&Owner<'_>]) -> String {
    owners.first().map(|o| o.id.words()).unwrap_or_default()
}

fn port(
    id: &Id,
    owners: &[&Owner<'_>],
    number: i64,
    target: &str,
    how: String,
    callers: impl IntoIterator<Item = Id>,
) -> Finding {
    Finding::new("NET-02", id, format!("service {}:{number} targets {target}; {how}", id.name))
        .because(format!("Service {} sends port {number} to target port (targetPort) {target} of {}, where {how}: connection refused, though it has endpoints", id.name, owner(owners)))
        .tier(Tier::Computed)
        .category(Category::Network)
        .cite(id.words(), format!("spec.ports: {number} → targetPort {target}"))
        .cite(owner(owners), how)
        .breaks(callers)
        .act("send it to the right port", format!("kubectl -n {} edit service {}", id.namespace, id.name))
}

/// Whether a probe, a setting or an argument of the containers names a port.
fn speaks_of(spec: &Value, port: i64) -> bool {
    let words = port.to_string();
    let says = |w: &str| w.split(|c: char| !c.is_ascii_digit()).any(|n| n == words);
    spec.list("containers").iter().any(|c| {
        let probes = ["livenessProbe", "readinessProbe", "startupProbe"]
            .iter()
            .flat_map(|p| ["httpGet/port", "tcpSocket/port", "grpc/port"].iter().map(move |f| format!("{p}/{f}")));
        let told = c
            .list("env")
            .iter()
            .any(|e| e.at("value").as_str().is_some_and(|v| says(v) && !v.contains("://") && !v.contains('.')));
        let args = c.list("args").iter().chain(c.list("command")).filter_map(Value::as_str).any(says);
        probes.map(|p| written(c.at(&p))).any(|v| v == words) || told || args
    })
}

/// NET-04.
fn balancer(world: &World<'_>, service: &Value) -> Option<Finding> {
    let waits = service.text("spec/type") == "LoadBalancer" && service.list("status/loadBalancer/ingress").is_empty();
    let id = Id::of(service);
    let events = world.evidence.events(&id);
    let failed = events.iter().rev().find(|e| e.warning && e.reason.contains("LoadBalancer"));
    let late = world.age(service.time("metadata/creationTimestamp")).is_some_and(|age| age > 300);
    (waits && failed.is_some()).then(|| {
        let why = failed.map(|e| e.message.clone()).unwrap_or_default();
        Finding::new("NET-04", &id, format!("{}: no external address", id.name)).because(format!("LoadBalancer {} gets no address: {why}", id.name)).tier(Tier::Typed)
    }).or_else(|| (waits && late).then(|| {
        Finding::new("NET-04", &id, format!("{}: no external address", id.name))
            .because(format!("LoadBalancer {} has no address since it was made, and no event says why: nobody provides load balancers here", id.name))
            .tier(Tier::Symptom)
            .severity(Severity::Low)
    }))
}
