//! What the Roles and bindings in the store grant, beside what a test grants by hand.

use serde_json::Value;

use super::authz::{Grant, Rbac, Rule, Subject, User};
use super::json::Json;
use super::resource::Resource;
use super::store::Store;

/// Whether a RoleBinding of `namespace` or a ClusterRoleBinding may bind something to the user: grants of all.
pub(crate) fn rbac(store: &Store, user: &User, namespace: &str) -> Rbac {
    let of = |name, place: Option<&str>| match place {
        Some(ns) => kind(name).into_iter().flat_map(|r| store.list_in(r, ns)).map(|o| o.value()).collect::<Vec<_>>(),
        None => kind(name).into_iter().flat_map(|r| store.list(r)).map(|o| o.value()).collect(),
    };
    let mut grants = Vec::new();
    // In the order in which the real one asks them, so that its reason is the same.
    for (list, place) in [(of("ClusterRoleBinding", None), None), (of("RoleBinding", Some(namespace)), Some(namespace))]
    {
        for binding in list {
            let (role, name) = (binding.text("roleRef.kind"), binding.text("roleRef.name"));
            let stored = kind(role).and_then(|r| store.get(r, namespace, name)).map(|o| rules(&o.value()));
            let rules = stored.or_else(|| Rbac::built_in(name).filter(|_| role == "ClusterRole"));
            for subject in binding.items("subjects") {
                let name = subject.text("name").to_owned();
                let subject = match subject.text("kind") {
                    "Group" => Subject::Group(name),
                    "ServiceAccount" => {
                        let own = Some(subject.text("namespace")).filter(|ns| !ns.is_empty());
                        Subject::ServiceAccount { namespace: own.or(place).unwrap_or_default().to_owned(), name }
                    }
                    _ => Subject::User(name),
                };
                let role = (binding.text("roleRef.kind").to_owned(), binding.text("roleRef.name").to_owned());
                let (rules, binding) = (rules.clone().unwrap_or_default(), binding.name().to_owned());
                grants.push(Grant { subject, namespace: place.map(ToOwned::to_owned), binding, role, rules });
            }
        }
    }
    Rbac { default_user: user.clone(), grants }
}

fn kind(kind: &str) -> Option<&'static Resource> {
    Resource::of("rbac.authorization.k8s.io/v1", kind)
}

fn rules(role: &Value) -> Vec<Rule> {
    let texts = |rule: &Value, field: &str| {
        rule.items(field).iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let rule = |r: &Value| Rule {
        verbs: texts(r, "verbs"),
        groups: texts(r, "apiGroups"),
        resources: texts(r, "resources"),
        names: texts(r, "resourceNames"),
    };
    role.items("rules").iter().map(rule).collect()
}
