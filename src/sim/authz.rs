//! Who may do what: what the bindings in the store grant, of Roles in the store or of those that every cluster has
//! (`assets/api/roles.yaml`).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::json::Json;
use super::resource::Resource;
use super::store::Store;

/// Rules as in a Role: any of the verbs on any of the resources of any of the groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rule {
    /// Verbs; `*` is any.
    verbs: Vec<String>,
    /// API groups; empty text is the core group, `*` any.
    #[serde(rename = "apiGroups", default)]
    groups: Vec<String>,
    /// Resources (`pods`, `deployments/scale`); `*` is any.
    #[serde(default)]
    resources: Vec<String>,
    /// Names the rule is limited to; empty: all.
    #[serde(rename = "resourceNames", default, skip_serializing_if = "Vec::is_empty")]
    names: Vec<String>,
}

impl Rule {
    fn allows(&self, asked: &Attributes) -> bool {
        let any = |list: &[String], what: &str| list.iter().any(|x| x == "*" || x == what);
        // `*/scale` is any resource's subresource of that name (rbac/v1 evaluation_helpers.go).
        let sub = asked.resource.split_once('/').map(|(_, sub)| sub);
        let of_any = sub.is_some_and(|sub| self.resources.iter().any(|r| r.strip_prefix("*/") == Some(sub)));
        any(&self.verbs, &asked.verb)
            && any(&self.groups, &asked.group)
            && (any(&self.resources, &asked.resource) || of_any)
            && (self.names.is_empty() || self.names.contains(&asked.name))
    }
}

static ROLES: LazyLock<BTreeMap<String, Vec<Rule>>> =
    LazyLock::new(|| serde_yaml::from_str(include_str!("../../assets/api/roles.yaml")).unwrap_or_default());

/// The rules of a ClusterRole that every cluster has.
fn built_in(role: &str) -> Vec<Rule> {
    let chain: &[&str] = match role {
        "edit" => &["edit", "view"],
        "admin" => &["admin", "edit", "view"],
        _ => &[role],
    };
    chain.iter().filter_map(|name| ROLES.get(*name)).flatten().cloned().collect()
}

/// Whom a grant is for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Subject {
    /// One user.
    User(String),
    /// All who are in a group; everybody is in `system:authenticated`.
    Group(String),
    /// The account of that name in a namespace.
    ServiceAccount { namespace: String, name: String },
}

impl Subject {
    /// A binding's subject; an account without a namespace is one of the binding's.
    fn read(subject: &Value, namespace: &str) -> Self {
        let name = subject.text("name").to_owned();
        match subject.text("kind") {
            "Group" => Self::Group(name),
            "ServiceAccount" => {
                let own = Some(subject.text("namespace")).filter(|ns| !ns.is_empty());
                Self::ServiceAccount { namespace: own.unwrap_or(namespace).to_owned(), name }
            }
            _ => Self::User(name),
        }
    }

    fn is(&self, user: &User) -> bool {
        match self {
            Subject::User(name) => *name == user.name,
            Subject::Group(name) => user.groups.contains(name),
            Subject::ServiceAccount { namespace, name } => {
                let account = user.name.strip_prefix("system:serviceaccount:").and_then(|a| a.split_once(':'));
                account == Some((namespace, name))
            }
        }
    }
}

/// As the reasons of access reviews name it (`describeSubject` in `pkg/registry/rbac/validation/rule.go`).
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::User(name) => write!(f, "User \"{name}\""),
            Subject::Group(name) => write!(f, "Group \"{name}\""),
            Subject::ServiceAccount { namespace, name } => write!(f, "ServiceAccount \"{name}/{namespace}\""),
        }
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    /// Name.
    pub(crate) name: String,
    /// Groups, `system:authenticated` among them.
    pub(crate) groups: Vec<String>,
}

impl User {
    /// A user in these groups and in `system:authenticated`.
    pub(crate) fn new(name: &str, groups: &[&str]) -> Self {
        let all = groups.iter().copied().chain(["system:authenticated"]).map(str::to_owned);
        Self { name: name.to_owned(), groups: all.collect() }
    }

    /// Who asks where no `Impersonate-User` header says otherwise.
    pub(crate) fn admin() -> Self {
        Self::new("admin", &["system:masters"])
    }

    /// Whether authorization ends here: masters may do everything.
    pub(crate) fn is_master(&self) -> bool {
        self.groups.iter().any(|g| g == "system:masters")
    }
}

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    /// Verb, in RBAC's words (`list`, `deletecollection`).
    pub(crate) verb: String,
    /// API group.
    pub(crate) group: String,
    /// Resource, with its subresource after a slash.
    pub(crate) resource: String,
    /// Namespace; empty: the cluster.
    pub(crate) namespace: String,
    /// Name; empty: none or all.
    pub(crate) name: String,
}

/// The rules of a role, bound to a subject.
#[derive(Debug)]
struct Grant {
    subject: Subject,
    /// The binding and its role, for the reason that access reviews give: `RoleBinding "a/ns" of Role "b"`.
    binding: String,
    rules: Vec<Rule>,
}

/// What holds for one user in one place (empty: the cluster), in the order in which the real server asks its bindings,
/// so that its reason is the same.
#[derive(Debug)]
pub(crate) struct Grants<'a> {
    user: &'a User,
    grants: Vec<Grant>,
}

impl<'a> Grants<'a> {
    /// Reads the bindings of the cluster and of the namespace.
    pub(crate) fn of(store: &Store, user: &'a User, namespace: &str) -> Self {
        let everybody = Grant {
            subject: Subject::Group("system:authenticated".to_owned()),
            binding: "ClusterRoleBinding \"system:basic-user\" of ClusterRole \"system:basic-user\"".to_owned(),
            rules: built_in("system:basic-user"),
        };
        let all = kind("ClusterRoleBinding").into_iter().flat_map(|r| store.list(r));
        let own = kind("RoleBinding").into_iter().flat_map(|r| store.list_in(r, namespace));
        let bound = all.chain(own).flat_map(|binding| read(store, &binding.value()));
        let mut grants: Vec<_> = [everybody].into_iter().chain(bound).collect();
        grants.retain(|g| g.subject.is(user));
        Self { user, grants }
    }

    /// Whether the user may; the reason as access reviews give it, empty where the real one gives none.
    pub(crate) fn allows(&self, asked: &Attributes) -> Option<String> {
        if self.user.is_master() {
            return Some(String::new());
        }
        let grant = self.grants.iter().find(|g| g.rules.iter().any(|r| r.allows(asked)))?;
        Some(format!("RBAC: allowed by {} to {}", grant.binding, grant.subject))
    }

    /// All rules that hold for the user.
    pub(crate) fn rules(&self) -> Vec<Rule> {
        let master = if self.user.is_master() { built_in("cluster-admin") } else { Vec::new() };
        master.into_iter().chain(self.grants.iter().flat_map(|g| g.rules.iter().cloned())).collect()
    }
}

/// A binding as grants, one a subject.
fn read(store: &Store, binding: &Arc<Value>) -> Vec<Grant> {
    let (namespace, role) = (binding.text("metadata.namespace"), binding.at("roleRef"));
    let stored = kind(role.text("kind")).and_then(|r| store.get(r, namespace, role.text("name")));
    let rules = match stored {
        Some(role) => Vec::deserialize(role.value().at("rules")).unwrap_or_default(),
        None if role.text("kind") == "ClusterRole" => built_in(role.text("name")),
        None => Vec::new(),
    };
    let place = if namespace.is_empty() { String::new() } else { format!("/{namespace}") };
    let words = format!("{} \"{}{place}\"", binding.text("kind"), binding.name());
    let words = format!("{words} of {} \"{}\"", role.text("kind"), role.text("name"));
    let grant =
        |s: &Value| Grant { subject: Subject::read(s, namespace), binding: words.clone(), rules: rules.clone() };
    binding.items("subjects").iter().map(grant).collect()
}

fn kind(kind: &str) -> Option<&'static Resource> {
    Resource::of("rbac.authorization.k8s.io/v1", kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::clock::Clock;
    use serde_json::json;

    const GROUP: &str = "rbac.authorization.k8s.io/v1";

    fn may(store: &Store, user: &User, verb: &str, resource: &str, (namespace, name): (&str, &str)) -> bool {
        let (group, resource) = resource.split_once(':').unwrap_or(("", resource));
        let [verb, group, resource, namespace, name] = [verb, group, resource, namespace, name].map(str::to_owned);
        let asked = Attributes { verb, group, resource, namespace, name };
        Grants::of(store, user, &asked.namespace).allows(&asked).is_some()
    }

    fn store(objects: impl IntoIterator<Item = Value>) -> Store {
        let mut store = Store::new(Clock::manual("2026-01-01T00:00:00Z".parse().unwrap()), 1);
        objects.into_iter().for_each(|o| drop(store.put(o).unwrap()));
        store
    }

    // https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles
    #[test]
    fn built_in_roles_allow_what_the_real_ones_allow() {
        let store = store(["view", "edit", "admin"].map(|role| {
            json!({"apiVersion": GROUP, "kind": "RoleBinding", "metadata": {"name": role, "namespace": "a"},
                "roleRef": {"kind": "ClusterRole", "name": role}, "subjects": [{"kind": "User", "name": role}]})
        }));
        let [view, edit, admin] = ["view", "edit", "admin"].map(|n| User::new(n, &[]));
        let may = |user, verb, resource, namespace| may(&store, user, verb, resource, (namespace, ""));
        assert!(may(&view, "list", "pods", "a"));
        assert!(!may(&view, "list", "pods", "b"), "a RoleBinding is for its namespace");
        assert!(!may(&view, "list", "pods", ""), "nor for the cluster");
        assert!(!may(&view, "get", "secrets", "a"), "view does not read Secrets");
        assert!(may(&edit, "get", "secrets", "a"));
        assert!(may(&edit, "patch", "apps:deployments", "a"));
        assert!(!may(&edit, "patch", "namespaces", "a"), "edit may not patch namespaces");
        assert!(!may(&admin, "patch", "namespaces", "a"), "nor may admin");
        assert!(may(&admin, "create", "rbac.authorization.k8s.io:rolebindings", "a"));
        assert!(!may(&edit, "create", "rbac.authorization.k8s.io:rolebindings", "a"));
        assert!(!may(&admin, "update", "resourcequotas", "a"), "nor write quotas");
        assert!(may(&User::admin(), "patch", "namespaces", ""), "masters may everything");
    }

    #[test]
    fn a_rule_with_names_holds_for_these_alone() {
        let rule = json!({"verbs": ["get"], "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["mine"]});
        let store = store([
            json!({"apiVersion": GROUP, "kind": "ClusterRole", "metadata": {"name": "one"}, "rules": [rule]}),
            json!({"apiVersion": GROUP, "kind": "ClusterRoleBinding", "metadata": {"name": "one"},
                "roleRef": {"kind": "ClusterRole", "name": "one"}, "subjects": [{"kind": "Group", "name": "devs"}]}),
        ]);
        let dev = User::new("bob", &["devs"]);
        assert!(may(&store, &dev, "get", "configmaps", ("a", "mine")));
        assert!(!may(&store, &dev, "get", "configmaps", ("a", "yours")));
    }
}
