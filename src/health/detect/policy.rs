//! Network policies that cut what is needed: the cluster's DNS, and calls between workloads that exist.
//! <https://kubernetes.io/docs/concepts/services-networking/network-policies/>

use serde_json::Value;

use crate::domain::issue::Severity;
use crate::health::evidence::Id;
use crate::health::evidence::value::{Look as _, written};
use crate::health::finding::{Finding, Tier};
use crate::health::world::labels::selects;
use crate::health::world::words::{self, Says};
use crate::health::world::{Owner, World};

/// NET-10, NET-11.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    let policies: Vec<&Value> = world.evidence.all("NetworkPolicy").collect();
    if policies.is_empty() {
        return;
    }
    let mut found: Vec<Finding> = Vec::new();
    for owner in world.owners.values().filter(|o| o.alive().count() > 0) {
        let over = |direction: &str| -> Vec<&Value> {
            policies
                .iter()
                .copied()
                .filter(|p| {
                    p.namespace() == owner.id.namespace
                        && has(p, direction)
                        && selects(p.at("spec/podSelector"), &world.labels(owner))
                })
                .collect()
        };
        let egress = over("Egress");
        if let Some(first) = egress.first()
            && !egress.iter().any(|p| p.list("spec/egress").iter().any(|r| dns(world, r, &owner.id.namespace)))
        {
            let lets_out = egress.iter().any(|p| !p.list("spec/egress").is_empty());
            add(&mut found, names(world, owner, first, lets_out));
        }
        let ingress = over("Ingress");
        if let Some(first) = ingress.first() {
            let services: Vec<Id> = world.services(owner).into_iter().map(Id::of).collect();
            let mut calls: Vec<_> = services.iter().flat_map(|s| world.calls_to(s)).collect();
            calls.sort_by(|a, b| a.owner.cmp(&b.owner));
            for call in calls {
                let Some(caller) = world.owners.get(&call.owner).filter(|c| c.id != owner.id) else { continue };
                let from = world.labels(caller);
                let admits = |r: &Value| {
                    peers(world, r.list("from"), &owner.id.namespace, &caller.id.namespace, &from)
                        && port(world, r.list("ports"), call.service.as_ref(), call.port)
                };
                if !ingress.iter().any(|p| p.list("spec/ingress").iter().any(admits)) {
                    add(&mut found, cut(world, first, caller, owner));
                }
            }
        }
        for call in world.calls_of(&owner.id) {
            let Some(first) = egress.first() else { break };
            for to in call.service.iter().flat_map(|s| world.behind(s)) {
                let labels = world.labels(to);
                let admits = |r: &Value| {
                    peers(world, r.list("to"), &owner.id.namespace, &to.id.namespace, &labels)
                        && port(world, r.list("ports"), call.service.as_ref(), call.port)
                };
                if !egress.iter().any(|p| p.list("spec/egress").iter().any(admits)) {
                    add(&mut found, cut(world, first, owner, to));
                }
            }
        }
    }
    out.extend(found);
    for policy in policies {
        let nobody =
            !world.within(policy.namespace()).any(|o| selects(policy.at("spec/podSelector"), &world.labels(o)));
        if nobody {
            out.push(
                Finding::new("NET-11", &Id::of(policy), format!("policy {} selects no pod", policy.name()))
                    .severity(Severity::Low)
                    .tier(Tier::Computed),
            );
        }
    }
}

/// One issue of a policy, whoever it cuts.
fn add(found: &mut Vec<Finding>, new: Finding) {
    match found.iter_mut().find(|f| f.root == new.root && f.key == new.key) {
        Some(known) => {
            known.broken.extend(new.broken);
            if known.cites.len() < 8 {
                known.cites.extend(new.cites);
            }
            known.severity = known.severity.min(new.severity);
        }
        None => found.push(new),
    }
}

/// Whether a policy isolates in a direction.
fn has(policy: &Value, direction: &str) -> bool {
    let types: Vec<&str> = policy.list("spec/policyTypes").iter().filter_map(Value::as_str).collect();
    match direction {
        "Ingress" => types.is_empty() || types.contains(&"Ingress"),
        _ => types.contains(&"Egress") || types.is_empty() && !policy.at("spec/egress").is_null(),
    }
}

/// Whether a rule lets names be asked for.
fn dns(world: &World<'_>, rule: &Value, own: &str) -> bool {
    let ports = rule.list("ports");
    let server = world.within("kube-system").find(|o| o.id.name.contains("dns"));
    let is = |p: &Value| {
        p.at("port").is_null()
            || p.int("port") == Some(53)
            // A server of another make may listen elsewhere.
            || server.is_none() && written(p.at("port")).contains("53")
            || p.text("port").contains("dns")
            || p.int("endPort").is_some_and(|e| e >= 53 && p.int("port").is_some_and(|b| b <= 53))
    };
    let to = rule.list("to");
    // A block of addresses may hold the server's: nobody is blamed for what may pass.
    let there = |o: &Owner<'_>| {
        to.iter().any(|p| !p.at("ipBlock").is_null()) || peers(world, to, own, "kube-system", &world.labels(o))
    };
    (ports.is_empty() || ports.iter().any(is)) && server.is_none_or(there)
}

/// Whether one of the peers is who is meant; no peers: everybody is.
fn peers(world: &World<'_>, peers: &[Value], own: &str, namespace: &str, labels: &[(&str, &str)]) -> bool {
    peers.is_empty()
        || peers.iter().any(|p| {
            if !p.at("ipBlock").is_null() {
                // Pods have addresses, too: which, a policy's author can't know, but a wide block means them.
                return p.text("ipBlock/cidr").ends_with("/0") || p.text("ipBlock/cidr").starts_with("10.");
            }
            let spaces = p.at("namespaceSelector");
            let there = match spaces.is_null() {
                true => own == namespace,
                false => {
                    let of = world
                        .evidence
                        .get("Namespace", "", namespace)
                        .map(|n| n.texts("metadata/labels"))
                        .unwrap_or_default();
                    let by_name = [("kubernetes.io/metadata.name", namespace)];
                    selects(spaces, &of) || selects(spaces, &by_name)
                }
            };
            there && (p.at("podSelector").is_null() || selects(p.at("podSelector"), labels))
        })
}

/// Whether one of the ports is what a call reaches at the pods.
fn port(world: &World<'_>, ports: &[Value], service: Option<&Id>, called: Option<i64>) -> bool {
    if ports.is_empty() {
        return true;
    }
    let service = service.and_then(|s| world.evidence.object(s));
    let entry = service.and_then(|s| s.list("spec/ports").iter().find(|p| called.is_none() || p.int("port") == called));
    let target =
        entry.map(|p| if p.at("targetPort").is_null() { written(p.at("port")) } else { written(p.at("targetPort")) });
    ports.iter().any(|p| {
        let allowed = written(p.at("port"));
        let named = allowed.parse::<i64>().is_err() || target.as_ref().is_none_or(|t| t.parse::<i64>().is_err());
        let within = p
            .int("endPort")
            .zip(p.int("port"))
            .zip(target.as_ref().and_then(|t| t.parse::<i64>().ok()))
            .is_some_and(|((e, b), t)| b <= t && t <= e);
        p.at("port").is_null() || Some(&allowed) == target.as_ref() || named || within
    })
}

fn names(world: &World<'_>, owner: &Owner<'_>, policy: &Value, lets_out: bool) -> Finding {
    let id = Id::of(policy);
    let heard = world
        .logs(owner)
        .into_iter()
        .find_map(|l| words::read(l).into_iter().find(|l| matches!(l.says, Says::NoHost | Says::Timeout)));
    let f = Finding::new("NET-10", &id, format!("policy {} blocks DNS for {}", id.name, owner.id.name))
        .because(format!("NetworkPolicy {} isolates the egress of {} and no rule lets it reach the cluster DNS (port 53, UDP and TCP): names can't be resolved", id.name, owner.id.words()))
        .tier(Tier::Computed)
        .key("dns")
        .severity(match heard {
            Some(_) => Severity::High,
            None if lets_out || !world.calls_of(&owner.id).is_empty() => Severity::Medium,
            // Who calls nobody needs no names.
            None => Severity::Low,
        })
        .cite(id.words(), "no egress rule for port 53")
        .breaks([owner.id.clone()])
        .act("let DNS out", format!("kubectl -n {} edit networkpolicy {}", id.namespace, id.name));
    match heard {
        Some(line) => f.cite(format!("log of {}", owner.id.words()), line.text),
        None => f,
    }
}

fn cut(world: &World<'_>, policy: &Value, from: &Owner<'_>, to: &Owner<'_>) -> Finding {
    let id = Id::of(policy);
    let heard = world
        .logs(from)
        .into_iter()
        .find_map(|l| words::read(l).into_iter().find(|l| l.says == Says::Timeout && l.text.contains(&to.id.name)));
    let f = Finding::new("NET-10", &id, format!("policy {} blocks {} → {}", id.name, from.id.name, to.id.name))
        .because(format!(
            "NetworkPolicy {} isolates {}, and no rule lets {} through, which calls it: it times out",
            id.name,
            if policy.namespace() == to.id.namespace && has(policy, "Ingress") {
                to.id.words()
            } else {
                from.id.words()
            },
            from.id.words()
        ))
        .tier(Tier::Computed)
        .severity(if heard.is_some() { Severity::High } else { Severity::Medium })
        .breaks([from.id.clone(), to.id.clone()])
        .act("let it through", format!("kubectl -n {} edit networkpolicy {}", id.namespace, id.name));
    match heard {
        Some(line) => f.cite(format!("log of {}", from.id.words()), line.text),
        None => f,
    }
}
