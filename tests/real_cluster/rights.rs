//! What somebody sees who may not see everything: RBAC of the real API server.

use kennel::domain::Kind;
use kennel::domain::data::DataState;

use super::noted::Noted;
use super::*;

#[test]
#[ignore = "needs a cluster"]
fn who_may_list_nothing_is_told_verb_kind_and_user_and_never_that_there_is_nothing() {
    let place = Place::new("nobody");
    for what in ["projects", "environments", "services", "events", "pods"] {
        for more in [&[][..], &["-o", "json"]] {
            let ran = place.kennel(&[&["--as", "nil", "get", what], more].concat()).ends(4);
            assert!(ran.stderr.starts_with("kennel: no access: nil may not list namespaces"), "{what}: {}", ran.stderr);
            assert_eq!(ran.stdout, "");
        }
    }
    // The dashboard says it in its panes.
    let frame = place.kennel(&["--as", "nil", "snapshot", "--size", "160x40"]).ends(0).stdout;
    assert!(frame.contains("No access: nil may not list namespaces"), "{frame}");
}

#[test]
#[ignore = "needs a cluster"]
fn who_may_read_one_namespace_only_gets_it_by_name_and_from_then_on_without() {
    let place = Place::new("one");
    place.deployment("web", 1);
    place.bind("uno", "view");
    let ns = place.namespace.clone();
    let names = |ran: Ran| ran.json().iter().map(|e| e["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    place.kennel(&["--as", "uno", "get", "environments"]).ends(4);
    assert_eq!(
        names(place.kennel(&["--as", "uno", "-n", &ns, "get", "environments", "-o", "json"]).ends(0)),
        std::slice::from_ref(&ns)
    );
    let ran = place.kennel(&["--as", "uno", "get", "environments", "-o", "json"]).ends(0);
    assert!(ran.stderr.contains("no access: uno may not list namespaces"), "there may be more: {}", ran.stderr);
    assert_eq!(names(ran), [ns], "seen before");
    let frame = place.kennel(&["--as", "uno", "snapshot", "--size", "160x40"]).ends(0).stdout;
    assert!(frame.contains("web"), "{frame}");
    // Another one that is named, and may not be read, is refused; one that is not there can't be told from it.
    let ran = place.kennel(&["--as", "uno", "-n", "kube-system", "get", "services"]).ends(4);
    assert!(ran.stderr.contains("no access: uno may not list deployments"), "{}", ran.stderr);
}

#[test]
#[ignore = "needs a cluster"]
fn a_namespace_that_is_read_alone_is_listed_once_and_then_watched() {
    let place = Place::new("alone");
    place.deployment("web", 1);
    place.bind("uno", "view");
    let noted = Noted::new(place.client.clone());
    let options =
        Options { as_user: Some("uno".into()), seen: vec![place.namespace.as_str().into()], ..Options::default() };
    let handle = {
        let _inside = place.runtime.enter();
        cluster::open(noted.source(), options)
    };
    let s = place.shows(&handle, "the service", |s| place.services(s) == ["web"]);
    assert!(matches!(s.state(Kind::Deployment), DataState::Forbidden { .. }));
    assert_eq!(*s.state_in(Kind::Deployment, Some(&s.id(&*place.namespace))), DataState::Live);
    place.deployment("late", 1);
    place.shows(&handle, "a new one", |s| place.services(s) == ["late", "web"]);
    place.delete("apps/v1", "Deployment", "web");
    place.shows(&handle, "the end of the old one", |s| place.services(s) == ["late"]);
    place.patch(
        "v1",
        "Namespace",
        &place.namespace,
        &json!({"metadata": {"annotations": {"kennel.dev/environment": "renamed"}}}),
    );
    place.shows(&handle, "the namespace's new name", |s| place.of(s).is_some_and(|e| e.name == "renamed"));
    assert_eq!(noted.lists(&Kind::Deployment.path(Some(&place.namespace))), [200]);
    assert_eq!(noted.lists("/apis/apps/v1/deployments"), [403]);
}

#[test]
#[ignore = "needs a cluster"]
fn who_is_not_told_what_he_may_do_sees_the_namespace_that_he_names() {
    let place = Place::new("untold");
    place.deployment("web", 1);
    // The only user whom `system:basic-user` is not for.
    place.bind("system:anonymous", "view");
    let ns = place.namespace.clone();
    let anonymous = |args: &[&str]| place.kennel(&[&["--as", "system:anonymous", "-n", &ns], args].concat()).ends(0);
    assert_eq!(anonymous(&["get", "services", "-o", "json"]).json().len(), 1);
    let frame = anonymous(&["snapshot", "--size", "160x40"]).stdout;
    assert!(frame.contains("web"), "{frame}");
}

#[test]
#[ignore = "needs a cluster"]
fn events_are_read_by_whichever_of_their_groups_a_role_grants() {
    let place = Place::new("events");
    place.deployment("web", 1);
    place.phase_becomes("Active");
    let ns = place.namespace.clone();
    for (user, group) in [("cora", ""), ("nele", "events.k8s.io")] {
        place.create(json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": user}, "rules": [
            {"apiGroups": [group], "resources": ["events"], "verbs": ["list", "watch"]},
            {"apiGroups": ["", "apps"], "resources": ["pods", "deployments", "statefulsets"], "verbs": ["list", "watch"]}]}));
        place.bind_to(user, "Role", user);
        let events = place.kennel(&["--as", user, "-n", &ns, "get", "events", "-o", "json"]).ends(0);
        assert!(!events.json().is_empty() && !events.stderr.contains("events"), "{user}: {}", events.stderr);
        let frame =
            place.kennel(&["--as", user, "-n", &ns, "snapshot", "--size", "160x40", "--keys", "4z"]).ends(0).stdout;
        assert!(frame.contains("ScalingReplicaSet"), "{user}: {frame}");
    }
}

/// Lets `user` do this with everything, by a Role in the test's namespace.
fn role(place: &Place, user: &str, verbs: &[&str]) {
    place.create(json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": user},
        "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": verbs}]}));
    place.bind_to(user, "Role", user);
}

#[test]
#[ignore = "needs a cluster"]
fn who_may_list_and_not_watch_sees_what_changes_within_five_seconds_and_stops_like_anybody() {
    let place = Place::new("unwatched");
    place.deployment("web", 1);
    role(&place, "lea", &["get", "list", "create", "patch"]);
    let ns = place.namespace.clone();
    let noted = Noted::new(place.client.clone());
    let options = Options { as_user: Some("lea".into()), namespaces: vec![ns.as_str().into()], ..Options::default() };
    let handle = {
        let _inside = place.runtime.enter();
        cluster::open(noted.source(), options)
    };
    let polled = |s: &Snapshot| matches!(s.state_in(Kind::Deployment, Some(&s.id(&*ns))), DataState::Polled { .. });
    let s = place.shows(&handle, "the service, polled", |s| polled(s) && place.services(s) == ["web"]);
    let DataState::Polled { forbidden: true, why } = s.state_in(Kind::Deployment, Some(&s.id(&*ns))) else { panic!() };
    assert!(why.contains("cannot watch resource"), "{why}");
    place.deployment("late", 1);
    place.shows(&handle, "a new one", |s| place.services(s) == ["late", "web"]);
    let path = Kind::Deployment.path(Some(&ns));
    let watches = noted.statuses(|p| p.starts_with(&format!("GET {path}?")) && p.contains("watch=true"));
    assert_eq!(watches, [403], "it is not asked for at each poll");
    drop(handle);
    let lea = |args: &[&str]| place.kennel(&[&["--as", "lea", "-n", &ns], args].concat());
    assert_eq!(lea(&["get", "services", "-o", "json"]).ends(0).json().len(), 2);
    lea(&["stop", "--yes"]).ends(0);
    assert_eq!((place.replicas("Deployment", "web"), place.replicas("Deployment", "late")), (0, 0));
    lea(&["start", "--yes"]).ends(0);
    assert_eq!(place.replicas("Deployment", "web"), 1);
    let doctor = place.kennel(&["--as", "lea", "-n", &ns, "doctor"]).ends(0).stdout;
    assert!(
        doctor.contains(&format!("deployments in {ns}: asked every 5 s, since you may not watch them")),
        "{doctor}"
    );
}

#[test]
#[ignore = "needs a cluster"]
fn who_may_not_list_deployments_stops_nothing_by_a_stop_of_all_unless_partly_is_said() {
    let place = Place::new("unlisted");
    place.deployment("web", 1);
    place.create(json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"},
        "spec": {"replicas": 1, "serviceName": "db", "selector": {"matchLabels": {"app": "db"}}, "template": {
            "metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{"name": "db", "image": "postgres:17"}]}}}}));
    let rule = |group: &str, resources: &[&str]| json!({"apiGroups": [group], "resources": resources, "verbs": ["*"]});
    place.create(json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "dan"},
        "rules": [rule("", &["*"]), rule("apps", &["statefulsets", "daemonsets", "replicasets"]), rule("batch", &["*"])]}));
    place.bind_to("dan", "Role", "dan");
    let ns = place.namespace.clone();
    let dan = |args: &[&str]| place.kennel(&[&["--as", "dan", "-n", &ns], args].concat());
    let seen = dan(&["get", "environments", "-o", "json"]).ends(0).json();
    assert_eq!((&seen[0]["status"], &seen[0]["reason"]), (&json!("Unknown"), &json!("no access: deployments")));
    let stop = dan(&["stop", "--yes"]).ends(4);
    assert!(stop.stderr.contains("you may not list deployments: a stop would leave out"), "{}", stop.stderr);
    assert_eq!((place.replicas("Deployment", "web"), place.replicas("StatefulSet", "db")), (1, 1));
    dan(&["stop", "--partly", "--yes"]).ends(0);
    assert_eq!((place.replicas("Deployment", "web"), place.replicas("StatefulSet", "db")), (1, 0));
}

#[test]
#[ignore = "needs a cluster"]
fn view_edit_and_admin_show_the_same_and_only_the_latter_two_may_stop() {
    let place = Place::new("roles");
    place.deployment("web", 1);
    place.phase_becomes("Active");
    let ns = place.namespace.clone();
    for (user, role, may) in [("vera", "view", false), ("ed", "edit", true), ("ada", "admin", true)] {
        place.bind(user, role);
        let services = place.kennel(&["--as", user, "-n", &ns, "get", "services", "-o", "json"]).ends(0).json();
        assert_eq!(services.len(), 1, "{role}: {services:#?}");
        let stop = place.kennel(&["--as", user, "-n", &ns, "stop", "--yes"]).ends(if may { 0 } else { 4 });
        assert_eq!(stop.stderr.contains("patch"), !may, "{role}: {}", stop.stderr);
        assert_eq!(place.replicas("Deployment", "web"), u64::from(!may), "{role}");
        if may {
            place.kennel(&["--as", user, "-n", &ns, "start", "--yes"]).ends(0);
            assert_eq!(place.replicas("Deployment", "web"), 1, "{role}");
        }
    }
}

#[test]
#[ignore = "needs a cluster"]
fn of_a_project_what_may_not_be_stopped_is_refused_by_name_and_the_rest_is_stopped() {
    let (one, other) = (Place::new("mine"), Place::new("theirs"));
    let project = format!("split{}", std::process::id());
    for place in [&one, &other] {
        place.deployment("web", 2);
        place.patch(
            "v1",
            "Namespace",
            &place.namespace,
            &json!({"metadata": {"labels": {"kennel.dev/project": project}}}),
        );
        place.bind("pia", "view");
    }
    one.bind("pia", "edit");
    let wanted = |verb: &str, target: &str, more: &[&str]| {
        let named = ["--as", "pia", "-n", &one.namespace, "-n", &other.namespace, "get", "environments"];
        one.kennel(&named).ends(0);
        one.kennel(&[&["--as", "pia", verb, target, "--yes", "-o", "json"], more].concat())
    };
    let stop = wanted("stop", &project, &[]).ends(3);
    let of = |ran: &Ran, place: &Place| {
        let found = ran.json().into_iter().find(|p| p["namespace"] == place.namespace.as_str());
        found.unwrap_or_else(|| panic!("{}", ran.stdout))
    };
    assert_eq!(of(&stop, &one)["status"], "done");
    let refused = of(&stop, &other);
    assert_eq!((&refused["status"], &refused["steps"][0]["result"]), (&json!("refused"), &Value::Null), "{refused:#}");
    assert!(refused["refused"][0].as_str().unwrap().starts_with("no patch on deployments"), "{refused:#}");
    assert!(stop.stderr.contains("no patch on deployments"), "{}", stop.stderr);
    assert_eq!((one.replicas("Deployment", "web"), other.replicas("Deployment", "web")), (0, 2));
    // Where none may be, it is a refusal.
    wanted("stop", &format!("{project}/theirs"), &[]).ends(4);
    wanted("start", &project, &[]).ends(0);
    assert_eq!(one.replicas("Deployment", "web"), 2);
}

#[test]
#[ignore = "needs a cluster"]
fn one_kind_that_may_not_be_listed_anywhere_is_named_and_the_others_are_shown() {
    let place = Place::new("eventless");
    place.deployment("web", 1);
    let name = format!("kennel-eventless-{}", std::process::id());
    let read = ["get", "list", "watch"];
    place.create(json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name},
        "rules": [{"apiGroups": ["apps", "batch", "autoscaling", "networking.k8s.io", "discovery.k8s.io"], "resources": ["*"], "verbs": read},
            {"apiGroups": [""], "resources": ["namespaces", "pods", "services", "configmaps", "secrets", "nodes",
                "resourcequotas", "persistentvolumeclaims"], "verbs": read}]}));
    place.create(
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "eve"}]}),
    );
    let services = place.kennel(&["--as", "eve", "get", "services", "test/eventless", "-o", "json"]).ends(0);
    assert_eq!((services.json().len(), services.stderr.as_str()), (1, ""));
    for target in [&[][..], &["test/eventless"], &["-n", &place.namespace]] {
        let events = place.kennel(&[&["--as", "eve", "get", "events"], target].concat()).ends(4);
        assert!(events.stderr.starts_with("no access: eve may not list events in "), "{target:?}: {}", events.stderr);
    }
    let frame = place.kennel(&["--as", "eve", "snapshot", "--size", "200x50"]).ends(0).stdout;
    assert!(frame.contains("No access: eve may not list events"), "{frame}");
}
