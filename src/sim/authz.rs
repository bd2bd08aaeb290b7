//! Who may do what: RBAC as rules bound to users and groups.
//!
//! The built-in roles hold what kube-apiserver 1.36 puts into `view`, `edit` and `admin`, as far as the
//! discovery table goes. To add a role, write its rules: [`Rbac::grant`] binds any list of them.

use std::collections::BTreeSet;
use std::fmt;

/// Rules as in a Role: any of the verbs on any of the resources of any of the groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Verbs; `*` is any.
    pub verbs: Vec<String>,
    /// API groups; empty text is the core group, `*` any.
    pub groups: Vec<String>,
    /// Resources (`pods`, `deployments/scale`); `*` is any.
    pub resources: Vec<String>,
    /// Names the rule is limited to; empty: all.
    pub names: Vec<String>,
}

/// Whom a grant is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// One user.
    User(String),
    /// All who are in a group; everybody is in `system:authenticated`.
    Group(String),
    /// The account of that name in a namespace.
    ServiceAccount {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
}

impl Subject {
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

/// Rules bound to a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Whom it is for.
    pub subject: Subject,
    /// Namespace of a RoleBinding; `None`: a ClusterRoleBinding.
    pub namespace: Option<String>,
    /// The binding's name, for the reason that access reviews give.
    pub binding: String,
    /// The role's kind and name, likewise.
    pub role: (String, String),
    /// What it allows.
    pub rules: Vec<Rule>,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Name.
    pub name: String,
    /// Groups, `system:authenticated` among them.
    pub groups: Vec<String>,
}

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// Verb, in RBAC's words (`list`, `deletecollection`).
    pub verb: String,
    /// API group.
    pub group: String,
    /// Resource, with its subresource after a slash.
    pub resource: String,
    /// Namespace; empty: the cluster.
    pub namespace: String,
    /// Name; empty: none or all.
    pub name: String,
}

/// The configuration: the user that a request without impersonation is, and what is granted to whom.
#[derive(Clone, Debug)]
pub struct Rbac {
    /// Who asks when no `Impersonate-User` header says otherwise.
    pub default_user: User,
    /// Grants; members of `system:masters` need none.
    pub grants: Vec<Grant>,
}

impl Default for Rbac {
    /// One administrator, and nobody else is granted anything.
    fn default() -> Self {
        Self { default_user: User::new("admin", &["system:masters"]), grants: Vec::new() }
    }
}

impl User {
    /// A user in these groups and in `system:authenticated`.
    pub fn new(name: &str, groups: &[&str]) -> Self {
        let all = groups.iter().copied().chain(["system:authenticated"]).map(str::to_owned);
        Self { name: name.to_owned(), groups: all.collect() }
    }

    /// Whether authorization ends here: masters may do everything.
    pub(crate) fn is_master(&self) -> bool {
        self.groups.iter().any(|g| g == "system:masters")
    }
}

fn owned(list: &[&str]) -> Vec<String> {
    list.iter().map(|s| (*s).to_owned()).collect()
}

impl Rule {
    /// A rule on all names.
    pub fn new(verbs: &[&str], groups: &[&str], resources: &[&str]) -> Self {
        Self { verbs: owned(verbs), groups: owned(groups), resources: owned(resources), names: Vec::new() }
    }

    fn allows(&self, asked: &Attributes) -> bool {
        let any = |list: &[String], what: &str| list.iter().any(|x| x == "*" || x == what);
        // `*/scale` is any resource's subresource of that name (rbac/v1 evaluation_helpers.go).
        let resource = any(&self.resources, &asked.resource)
            || asked
                .resource
                .split_once('/')
                .is_some_and(|(_, sub)| self.resources.iter().any(|r| r.strip_prefix("*/") == Some(sub)));
        any(&self.verbs, &asked.verb)
            && any(&self.groups, &asked.group)
            && resource
            && (self.names.is_empty() || self.names.contains(&asked.name))
    }
}

impl Rbac {
    /// Binds the rules of a ClusterRole to a subject, in one namespace or (`None`) everywhere, by a binding of the
    /// same name.
    pub fn grant(&mut self, subject: Subject, namespace: Option<&str>, role: &str, rules: Vec<Rule>) {
        let (binding, role) = (role.to_owned(), ("ClusterRole".to_owned(), role.to_owned()));
        self.grants.push(Grant { subject, namespace: namespace.map(str::to_owned), binding, role, rules });
    }

    fn grants_of<'a>(&'a self, user: &'a User, namespace: &'a str) -> impl Iterator<Item = &'a Grant> {
        self.grants.iter().filter(move |g| {
            let here = || g.namespace.as_deref().is_none_or(|ns| !namespace.is_empty() && ns == namespace);
            g.subject.is(user) && here()
        })
    }

    /// Whether `user` may; the reason as access reviews give it, empty where the real one gives none.
    pub(crate) fn allows(&self, user: &User, asked: &Attributes) -> Option<String> {
        if user.is_master() {
            return Some(String::new());
        }
        let everybody = Rbac::for_everybody();
        if everybody.iter().any(|r| r.allows(asked)) {
            let role = "ClusterRole \"system:basic-user\"";
            let to = Subject::Group("system:authenticated".to_owned());
            return Some(format!("RBAC: allowed by ClusterRoleBinding \"system:basic-user\" of {role} to {to}"));
        }
        let grant = self.grants_of(user, &asked.namespace).find(|g| g.rules.iter().any(|r| r.allows(asked)))?;
        let Grant { subject, binding, role: (kind, role), .. } = grant;
        Some(match &grant.namespace {
            Some(ns) => format!("RBAC: allowed by RoleBinding \"{binding}/{ns}\" of {kind} \"{role}\" to {subject}"),
            None => format!("RBAC: allowed by ClusterRoleBinding \"{binding}\" of {kind} \"{role}\" to {subject}"),
        })
    }

    /// All rules that hold for `user` in `namespace`.
    pub(crate) fn rules(&self, user: &User, namespace: &str) -> Vec<Rule> {
        let master = user.is_master().then(|| Rule::new(&["*"], &["*"], &["*"]));
        Self::for_everybody().into_iter().chain(master).chain(self.granted(user, namespace)).collect()
    }

    /// The rules of the user's grants in a namespace.
    pub(crate) fn granted(&self, user: &User, namespace: &str) -> Vec<Rule> {
        self.grants_of(user, namespace).flat_map(|g| g.rules.iter().cloned()).collect()
    }

    /// `system:basic-user`: everybody may ask about themselves.
    fn for_everybody() -> [Rule; 2] {
        [
            Rule::new(&["create"], &["authorization.k8s.io"], &["selfsubjectaccessreviews", "selfsubjectrulesreviews"]),
            Rule::new(&["create"], &["authentication.k8s.io"], &["selfsubjectreviews"]),
        ]
    }

    /// The rules of a built-in ClusterRole: `view`, `edit`, `admin`, `cluster-admin`.
    pub fn built_in(role: &str) -> Option<Vec<Rule>> {
        let rules = match role {
            "cluster-admin" => return Some(vec![Rule::new(&["*"], &["*"], &["*"])]),
            "view" => vec![VIEW],
            "edit" => vec![EDIT, VIEW],
            "admin" => vec![ADMIN, EDIT, VIEW],
            _ => return None,
        };
        let rules: BTreeSet<_> = rules.into_iter().flatten().collect();
        Some(rules.into_iter().map(|(verbs, groups, resources)| Rule::new(verbs, groups, resources)).collect())
    }
}

type Allowed = (&'static [&'static str], &'static [&'static str], &'static [&'static str]);

const READ: &[&str] = &["get", "list", "watch"];
const WRITE: &[&str] = &["create", "delete", "deletecollection", "patch", "update"];
const BOTH: &[&str] = &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

const VIEW: &[Allowed] = &[
    (
        READ,
        &[""],
        &[
            "configmaps",
            "endpoints",
            "persistentvolumeclaims",
            "persistentvolumeclaims/status",
            "pods",
            "replicationcontrollers",
            "replicationcontrollers/scale",
            "serviceaccounts",
            "services",
            "services/status",
            "bindings",
            "limitranges",
            "namespaces",
            "namespaces/status",
            "pods/log",
            "pods/status",
            "replicationcontrollers/status",
            "resourcequotas",
            "resourcequotas/status",
        ],
    ),
    (READ, &["", "events.k8s.io"], &["events"]),
    (READ, &["discovery.k8s.io"], &["endpointslices"]),
    (
        READ,
        &["apps"],
        &[
            "controllerrevisions",
            "daemonsets",
            "daemonsets/status",
            "deployments",
            "deployments/scale",
            "deployments/status",
            "replicasets",
            "replicasets/scale",
            "replicasets/status",
            "statefulsets",
            "statefulsets/scale",
            "statefulsets/status",
        ],
    ),
    (READ, &["autoscaling"], &["horizontalpodautoscalers", "horizontalpodautoscalers/status"]),
    (READ, &["batch"], &["cronjobs", "cronjobs/status", "jobs", "jobs/status"]),
    (READ, &["policy"], &["poddisruptionbudgets", "poddisruptionbudgets/status"]),
    (READ, &["networking.k8s.io"], &["ingresses", "ingresses/status", "networkpolicies"]),
    // Aggregated by the metrics server's own ClusterRole.
    (READ, &["metrics.k8s.io"], &["pods", "nodes"]),
];

const EDIT: &[Allowed] = &[
    (READ, &[""], &["pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy"]),
    (&["impersonate"], &[""], &["serviceaccounts"]),
    (WRITE, &[""], &["pods", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy"]),
    (&["create"], &[""], &["pods/eviction", "serviceaccounts/token"]),
    (
        WRITE,
        &[""],
        &[
            "configmaps",
            "persistentvolumeclaims",
            "replicationcontrollers",
            "replicationcontrollers/scale",
            "secrets",
            "serviceaccounts",
            "services",
            "services/proxy",
        ],
    ),
    (WRITE, &["", "events.k8s.io"], &["events"]),
    (
        WRITE,
        &["apps"],
        &[
            "daemonsets",
            "deployments",
            "deployments/rollback",
            "deployments/scale",
            "replicasets",
            "replicasets/scale",
            "statefulsets",
            "statefulsets/scale",
        ],
    ),
    (WRITE, &["autoscaling"], &["horizontalpodautoscalers"]),
    (WRITE, &["batch"], &["cronjobs", "jobs"]),
    (WRITE, &["policy"], &["poddisruptionbudgets"]),
    (WRITE, &["networking.k8s.io"], &["ingresses", "networkpolicies"]),
    (BOTH, &["coordination.k8s.io"], &["leases"]),
];

const ADMIN: &[Allowed] = &[
    (&["create"], &["authorization.k8s.io"], &["localsubjectaccessreviews"]),
    (BOTH, &["rbac.authorization.k8s.io"], &["rolebindings", "roles"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn may(rbac: &Rbac, user: &User, verb: &str, group: &str, resource: &str, namespace: &str) -> bool {
        let asked = Attributes {
            verb: verb.to_owned(),
            group: group.to_owned(),
            resource: resource.to_owned(),
            namespace: namespace.to_owned(),
            name: String::new(),
        };
        rbac.allows(user, &asked).is_some()
    }

    // https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles
    #[test]
    fn built_in_roles_allow_what_the_real_ones_allow() {
        let mut rbac = Rbac::default();
        for role in ["view", "edit", "admin"] {
            rbac.grant(Subject::User(role.to_owned()), Some("a"), role, Rbac::built_in(role).unwrap());
        }
        let [view, edit, admin] = ["view", "edit", "admin"].map(|n| User::new(n, &[]));
        assert!(may(&rbac, &view, "list", "", "pods", "a"));
        assert!(!may(&rbac, &view, "list", "", "pods", "b"), "a RoleBinding is for its namespace");
        assert!(!may(&rbac, &view, "list", "", "pods", ""), "nor for the cluster");
        assert!(!may(&rbac, &view, "get", "", "secrets", "a"), "view does not read Secrets");
        assert!(may(&rbac, &edit, "get", "", "secrets", "a"));
        assert!(may(&rbac, &edit, "patch", "apps", "deployments", "a"));
        assert!(!may(&rbac, &edit, "patch", "", "namespaces", "a"), "edit may not patch namespaces");
        assert!(!may(&rbac, &admin, "patch", "", "namespaces", "a"), "nor may admin");
        assert!(may(&rbac, &admin, "create", "rbac.authorization.k8s.io", "rolebindings", "a"));
        assert!(!may(&rbac, &edit, "create", "rbac.authorization.k8s.io", "rolebindings", "a"));
        assert!(!may(&rbac, &admin, "update", "", "resourcequotas", "a"), "nor write quotas");
        assert!(may(&rbac, &rbac.default_user, "patch", "", "namespaces", ""), "masters may everything");
    }

    #[test]
    fn a_rule_with_names_holds_for_these_alone() {
        let mut rbac = Rbac::default();
        let mut rule = Rule::new(&["get"], &[""], &["configmaps"]);
        rule.names = vec!["mine".to_owned()];
        rbac.grant(Subject::Group("devs".to_owned()), None, "one", vec![rule]);
        let dev = User::new("bob", &["devs"]);
        let mut asked =
            Attributes { verb: "get".to_owned(), resource: "configmaps".to_owned(), ..Attributes::default() };
        asked.name = "mine".to_owned();
        assert!(rbac.allows(&dev, &asked).is_some());
        asked.name = "yours".to_owned();
        assert!(rbac.allows(&dev, &asked).is_none());
    }
}
