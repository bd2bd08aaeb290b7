//! Whom a workload asks for names: its cluster's DNS, or another one that knows no Service.

use serde_json::Value;

use super::{call, spread};
use crate::domain::issue::Severity;
use crate::health::evidence::value::Look as _;
use crate::health::finding::{Finding, Tier};
use crate::health::world::words::{self, Says};
use crate::health::world::{Owner, World, is_ready};

/// NET-14.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    for owner in world.owners.values() {
        out.extend(names(world, owner).map(|f| spread(world, owner, f)));
    }
}

/// Who asks another DNS than the cluster's.
fn names(world: &World<'_>, owner: &Owner<'_>) -> Option<Finding> {
    let spec = world.spec(owner)?;
    let calls = || world.calls_of(&owner.id).iter().any(|c| c.service.is_some());
    let (what, decided) = match spec.text("dnsPolicy") {
        "None" if world.evidence.is_whole("Service", "kube-system") => {
            let servers: Vec<&str> = spec.list("dnsConfig/nameservers").iter().filter_map(Value::as_str).collect();
            let services = world.evidence.within("Service", "kube-system").filter(|s| s.name().contains("dns"));
            let dns: Vec<&str> = services.map(|s| s.text("spec/clusterIP")).collect();
            // An address of the link is a cache on the node, which asks the cluster's in turn.
            if servers.iter().any(|s| dns.contains(s) || s.starts_with("169.254.")) {
                return None;
            }
            (format!("dnsPolicy None, dnsConfig.nameservers {}", servers.join(", ")), calls())
        }
        "Default" => ("dnsPolicy Default (its node's name servers)".to_owned(), false),
        "" | "ClusterFirst" if spec.on("hostNetwork") => (
            "hostNetwork with dnsPolicy ClusterFirst (its node's name servers; ClusterFirstWithHostNet is meant)"
                .to_owned(),
            false,
        ),
        _ => return None,
    };
    let heard = || {
        let mut lines = world.logs(owner).into_iter().flat_map(words::read).filter(|l| l.says == Says::NoHost);
        lines.find(|l| call::target(world, owner, l).is_some_and(|(.., service)| service.is_some()))
    };
    let unwell = !owner.alive().all(is_ready);
    let line = if unwell || !decided { heard() } else { None };
    // Who calls nobody by a name of the cluster misses nothing.
    let severity = if line.is_some() || decided { Severity::High } else { Severity::Low };
    let f = Finding::new("NET-14", &owner.id, format!("{}: cannot resolve cluster names", owner.id.name))
        .because(format!("{} has {what}, which is not the cluster's DNS: it can't resolve the names of Services", owner.id.words()))
        .tier(Tier::Computed)
        .severity(severity)
        .cite(owner.id.words(), what)
        .act("ask the cluster's DNS", format!("kubectl -n {} patch {} -p '{{\"spec\":{{\"template\":{{\"spec\":{{\"dnsPolicy\":\"ClusterFirst\",\"dnsConfig\":null}}}}}}}}'", owner.id.namespace, owner.id.argument()));
    match line {
        Some(line) => Some(f.cite(format!("log of {}", owner.id.words()), line.text)),
        // Of the node's own nobody speaks before it is missed.
        None => Some(f).filter(|_| decided || spec.text("dnsPolicy") == "None"),
    }
}
