//! Rights that an account lacks, by its own words and by the roles that it is bound to.
//! <https://kubernetes.io/docs/reference/access-authn-authz/rbac/>

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::spread;
use crate::domain::issue::Severity;
use crate::health::evidence::Id;
use crate::health::evidence::value::Look as _;
use crate::health::finding::{Finding, Tier};
use crate::health::world::World;
use crate::health::world::words;

/// The API server's refusal.
static REFUSED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"system:serviceaccount:([a-z0-9-]+):([a-z0-9.-]+)\\?"? cannot (\w+) resource \\?"([a-z0-9./-]+)\\?""#,
        r#"(?: in API group \\?"([a-z0-9.-]*)\\?")?(?:.*? in the namespace \\?"([a-z0-9-]+))?"#
    ))
    .ok()
});

/// SEC-03, SEC-02 where it is missed.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    for owner in world.owners.values() {
        for log in world.logs(owner) {
            let Some((line, found)) =
                log.lines.iter().rev().take(400).find_map(|l| Some((l, REFUSED.as_ref()?.captures(l)?)))
            else {
                continue;
            };
            let part = |n: usize| found.get(n).map_or("", |m| m.as_str());
            let (ns, account, verb, resource, group, inside) = (part(1), part(2), part(3), part(4), part(5), part(6));
            let id = Id::new("ServiceAccount", ns, account);
            let roles: Vec<&Value> = bindings(world, ns, account, inside)
                .into_iter()
                .filter_map(|b| world.evidence.object(&role_of(b)))
                .collect();
            let lacks: Vec<String> =
                roles.iter().map(|r| format!("{} {} has {}", r.text("kind"), r.name(), rules(r))).collect();
            let dangling = bindings(world, ns, account, inside).into_iter().find_map(|b| {
                let to = role_of(b);
                world.evidence.is_absent(&to).then(|| (Id::of(b), to))
            });
            let (root, why) = match roles.first() {
                Some(role) => {
                    (Id::of(role), format!("{} is bound to it and does not grant that", Id::of(role).words()))
                }
                None if let Some((binding, to)) = dangling => {
                    (binding.clone(), format!("{} binds it to {}, which does not exist", binding.words(), to.words()))
                }
                None if world.evidence.knows("RoleBinding", inside)
                    || world.evidence.knows("ClusterRoleBinding", "") =>
                {
                    (id.clone(), "no role is bound to it there".to_owned())
                }
                None => (id.clone(), "by the API server's own words".to_owned()),
            };
            let place = if inside.is_empty() {
                "at the scope of the cluster".to_owned()
            } else {
                format!("in namespace {inside}")
            };
            let f = Finding::new("SEC-03", &root, format!("{account} lacks {verb} {resource}"))
                .because(format!("service account {account} of {ns} (ServiceAccount), as which {} runs, may not {verb} {resource} {place}: forbidden by RBAC, permission denied: {why}", owner.id.words()))
                .tier(Tier::Proved)
                .severity(Severity::High)
                .cite(format!("log of pod {}", log.pod), words::short(line))
                .act("let it", format!("kubectl -n {inside} create role {account}-{verb} --verb={verb} --resource={resource}{}", if group.is_empty() { String::new() } else { format!(".{group}") }))
                .breaks([owner.id.clone(), id]);
            let f = lacks.into_iter().fold(f, |f, l| f.cite("role", l));
            out.push(spread(world, owner, f));
            break;
        }
    }
}

/// Bindings of an account, in a namespace or everywhere.
fn bindings<'w>(world: &'w World<'_>, ns: &str, account: &str, inside: &str) -> Vec<&'w Value> {
    let is = |b: &&Value| {
        b.list("subjects")
            .iter()
            .any(|s| s.text("kind") == "ServiceAccount" && s.text("name") == account && s.text("namespace") == ns)
    };
    let own = world.evidence.all("RoleBinding").filter(|b| b.namespace() == inside).filter(is);
    own.chain(world.evidence.all("ClusterRoleBinding").filter(is)).collect()
}

/// The role that a binding names.
fn role_of(binding: &Value) -> Id {
    let r = binding.at("roleRef");
    let namespace = if r.text("kind") == "Role" { binding.namespace() } else { "" };
    Id::new(r.text("kind"), namespace, r.text("name"))
}

fn rules(role: &Value) -> String {
    let join = |v: &Value, path: &str| v.list(path).iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",");
    let all: Vec<String> =
        role.list("rules").iter().map(|r| format!("{} on {}", join(r, "verbs"), join(r, "resources"))).collect();
    all.join("; ")
}
