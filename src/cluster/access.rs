//! Who the server takes us for, and what we may do there: asked, never guessed.
//! <https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/>

use serde::Deserialize;
use serde_json::json;

use super::wire::{Wire, WireError, parse};
use crate::domain::kind::KindInfo;
use crate::domain::snapshot::Access;
use crate::domain::{Kind, Text};

/// The user's name. `None` where the server does not tell (before 1.28).
pub(crate) async fn user(wire: &Wire) -> Option<Text> {
    #[derive(Deserialize)]
    struct Review {
        status: Status,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Status {
        user_info: Info,
    }
    #[derive(Deserialize)]
    struct Info {
        username: String,
    }
    let body = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}).to_string();
    let answer = wire.create("/apis/authentication.k8s.io/v1/selfsubjectreviews", body).await.ok()?;
    parse::<Review>(&answer).ok().map(|r| Text::new(&r.status.user_info.username)).filter(|u| !u.is_empty())
}

/// One question: may I `verb` this resource, in a namespace or in all?
#[derive(Clone, Debug)]
pub(crate) struct Question<'a> {
    /// `patch`, `list`, …
    pub(crate) verb: &'a str,
    /// API group; empty for the core group.
    pub(crate) group: &'a str,
    /// Plural.
    pub(crate) resource: &'a str,
    /// Namespace; `None` for all of them.
    pub(crate) namespace: Option<&'a str>,
}

/// Asks whether something is allowed: yes or no, and the server's reason where it gives one.
pub(crate) async fn may(wire: &Wire, question: &Question<'_>) -> Result<(bool, Option<Text>), WireError> {
    #[derive(Deserialize)]
    struct Review {
        status: Status,
    }
    #[derive(Deserialize)]
    struct Status {
        #[serde(default)]
        allowed: bool,
        #[serde(default)]
        reason: String,
    }
    let body = json!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {
            "verb": question.verb, "group": question.group, "resource": question.resource,
            "namespace": question.namespace.unwrap_or_default(),
        }},
    });
    let answer = wire.create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body.to_string()).await?;
    let status = parse::<Review>(&answer)?.status;
    Ok((status.allowed, Some(Text::new(&status.reason)).filter(|r| !r.is_empty())))
}

/// What one may do in a namespace, by its rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rules {
    /// Kinds that may be listed.
    pub(crate) lists: Vec<Kind>,
    /// Deployments may be patched.
    pub(crate) changes: bool,
}

impl Rules {
    /// Whether something may be read that is worth a namespace's being shown.
    pub(crate) fn reads(&self) -> bool {
        self.lists.iter().any(|k| matches!(k, Kind::Deployment | Kind::Pod))
    }
}

/// Asks for the rules of a namespace. Where nobody answers such questions (`system:basic-user` is not bound, a proxy
/// lets nothing but the objects through), it is tried what may be read.
pub(crate) async fn rules(wire: &Wire, namespace: &str) -> Result<Rules, WireError> {
    let body = json!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    });
    let review = match wire.create("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", body.to_string()).await {
        Ok(answer) => parse::<RulesReview>(&answer)?,
        Err(e) if matches!(e.code(), Some(403..=405)) => return tried(wire, namespace).await,
        Err(e) => return Err(e),
    };
    let mut rules = read(&review);
    // Not every authorizer can list its rules (a webhook's of a cloud can't): then the questions are asked singly.
    if review.status.incomplete {
        let question = |verb, group, resource| Question { verb, group, resource, namespace: Some(namespace) };
        if !rules.reads()
            && (may(wire, &question("list", "apps", "deployments")).await?.0
                || may(wire, &question("list", "", "pods")).await?.0)
        {
            // Which others is seen when they are asked for.
            rules.lists = anything();
        }
        rules.changes = rules.changes || may(wire, &question("patch", "apps", "deployments")).await?.0;
    }
    Ok(rules)
}

/// Every kind that a namespace may hold.
fn anything() -> Vec<Kind> {
    Kind::ALL.iter().filter(|i| i.namespaced).map(|i| i.kind).collect()
}

/// What a namespace lets one read, by reading. What may be changed is seen when it is tried.
async fn tried(wire: &Wire, namespace: &str) -> Result<Rules, WireError> {
    for kind in [Kind::Deployment, Kind::Pod] {
        match wire.get(&format!("{}?limit=1", kind.path(Some(namespace)))).await {
            Ok(_) => return Ok(Rules { lists: anything(), changes: false }),
            Err(e) if e.code().is_some_and(|c| c < 500 && c != 429) => {}
            Err(e) => return Err(e),
        }
    }
    Ok(Rules::default())
}

#[derive(Deserialize)]
struct RulesReview {
    status: RulesStatus,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct RulesStatus {
    resource_rules: Vec<Rule>,
    incomplete: bool,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Rule {
    verbs: Vec<String>,
    api_groups: Vec<String>,
    resources: Vec<String>,
    resource_names: Vec<String>,
}

fn read(review: &RulesReview) -> Rules {
    let has = |all: &[String], one: &str| all.iter().any(|a| a == "*" || a == one);
    let allows = |verb: &str, group: &str, resource: &str| {
        review.status.resource_rules.iter().any(|r| {
            // A rule for single names lists nothing.
            r.resource_names.is_empty()
                && has(&r.verbs, verb)
                && has(&r.api_groups, group)
                && has(&r.resources, resource)
        })
    };
    // Events are served by two groups.
    let listed = |i: &&KindInfo| {
        let core = i.kind == Kind::Event && allows("list", "", i.resource);
        i.namespaced && (core || allows("list", i.group, i.resource))
    };
    let listed = Kind::ALL.iter().filter(listed);
    Rules { lists: listed.map(|i| i.kind).collect(), changes: allows("patch", "apps", "deployments") }
}

/// Whether the cluster may be changed, as far as Deployments tell: everywhere, or at least in one of `namespaces`.
pub(crate) async fn access(wire: &Wire, namespaces: &[Text]) -> Access {
    if let Some(why) = wire.readonly() {
        return Access::ReadOnly(why.clone());
    }
    let question = Question { verb: "patch", group: "apps", resource: "deployments", namespace: None };
    match may(wire, &question).await {
        Ok((true, _)) => return Access::MayChange,
        Ok((false, _)) => {}
        Err(_) => return Access::Unknown,
    }
    for namespace in namespaces {
        if rules(wire, namespace).await.is_ok_and(|r| r.changes) {
            return Access::MayChange;
        }
    }
    Access::MayNot("may not patch deployments".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules_of(rules: serde_json::Value) -> Rules {
        read(&serde_json::from_value(json!({"status": {"resourceRules": rules}})).unwrap())
    }

    #[test]
    fn rules_read_as_the_server_would() {
        let view = json!([{"verbs": ["get", "list", "watch"], "apiGroups": ["apps"], "resources": ["deployments"]}]);
        let deployments = vec![Kind::Deployment];
        assert_eq!(rules_of(view), Rules { lists: deployments, changes: false });
        let all = json!([{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]);
        let all = rules_of(all);
        assert!(all.changes && all.reads() && all.lists.contains(&Kind::Event));
        let named = json!([{"verbs": ["list"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["one"]}]);
        assert_eq!(rules_of(named), Rules::default());
        let core = json!([{"verbs": ["list"], "apiGroups": [""], "resources": ["events"]}]);
        assert_eq!(rules_of(core).lists, [Kind::Event], "events are in two groups");
        let other = json!([{"verbs": ["*"], "apiGroups": ["extensions"], "resources": ["deployments"]}]);
        assert_eq!(rules_of(other), Rules::default(), "a resource of that name in another group");
        // What a role says of nodes, a binding in one namespace does not give.
        assert!(all.lists.iter().all(|k| k.info().namespaced), "{:?}", all.lists);
        assert_eq!(rules_of(json!([])), Rules::default());
    }
}
