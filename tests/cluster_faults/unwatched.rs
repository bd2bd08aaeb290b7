//! What may be listed and not watched is listed again every five seconds, and said.

use kennel::domain::data::POLL;

use super::*;

fn refused() -> Answer {
    status(403, "Forbidden", "deployments.apps is forbidden: User \"maria\" cannot watch resource")
}

/// The shop, of which this path may not be watched.
fn unwatched(path: &str) -> Fake {
    let fake = shop();
    fake.on(&format!("watch {path}"), [refused()]);
    fake
}

fn polled(s: &Snapshot, kind: Kind) -> bool {
    matches!(s.state(kind), DataState::Polled { .. })
}

/// Lists and watches of Deployments that were asked for.
fn asked(fake: &Fake) -> (usize, usize) {
    (fake.asked("deployments?resourceVersion=0"), fake.asked("deployments?watch=true"))
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_is_forbidden_is_polled_and_said() {
    for answer in [refused(), status(405, "MethodNotAllowed", "the server does not allow this method: cannot watch")] {
        let fake = shop();
        fake.on(WATCH_DEPLOYMENTS, [answer]);
        let handle = fake.open();
        let s = until(&handle, "polled", |s| polled(s, Kind::Deployment)).await;
        let DataState::Polled { forbidden: true, why } = s.state(Kind::Deployment) else { panic!() };
        assert!(why.contains("cannot watch"), "{why}");
        assert!(s.namespace("shop").unwrap().unread.is_empty(), "it counts as read");
        fake.on(DEPLOYMENTS, [Answer::Json(200, list(vec![deployment("late", 1)]))]);
        let began = tokio::time::Instant::now();
        until(&handle, "what has changed since", |s| services(s) == ["late"]).await;
        assert!(began.elapsed() <= POLL + Duration::from_secs(1), "{:?}", began.elapsed());
        assert!(polled(&handle.snapshot(), Kind::Deployment), "it shows as loading never again");
        assert_eq!(*handle.snapshot().state(Kind::StatefulSet), DataState::Live, "the others are watched");
    }
}

#[tokio::test(start_paused = true)]
async fn a_poll_is_one_list_in_five_seconds_and_the_watch_is_asked_for_again_within_a_minute() {
    let fake = unwatched(DEPLOYMENTS);
    let handle = fake.open();
    until(&handle, "polled", |s| polled(s, Kind::Deployment)).await;
    let (lists, watches) = asked(&fake);
    assert_eq!((lists, watches), (1, 1));
    // Between two polls, so that what is counted does not hang on which of two comes first.
    tokio::time::sleep(POLL / 2).await;
    tokio::time::sleep(POLL * 6).await;
    assert_eq!(asked(&fake), (7, 1));
    tokio::time::sleep(Duration::from_secs(60) - POLL * 6).await;
    let (lists, watches) = asked(&fake);
    assert_eq!(watches, 2);
    assert!((12..=13).contains(&lists), "{lists} lists in a minute");
    // The right is given.
    fake.on(WATCH_DEPLOYMENTS, [Answer::Lines(vec![event("ADDED", &deployment("new", 1))])]);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(live(&handle.snapshot()) && services(&handle.snapshot()) == ["api", "new", "web"]);
    let (lists, _) = asked(&fake);
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(asked(&fake).0, lists, "what is watched is not listed");
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_fails_leaves_old_data_with_its_age_and_goes_on() {
    let fake = unwatched(DEPLOYMENTS);
    let both = || Answer::Json(200, list(vec![deployment("web", 2), deployment("api", 1)]));
    fake.on(DEPLOYMENTS, [both(), status(500, "InternalError", "etcd is on fire"), both()]);
    let handle = fake.open();
    let stale =
        |s: &Snapshot| matches!(s.state(Kind::Deployment), DataState::Stale { why, .. } if why.contains("fire"));
    let s = until(&handle, "old data", stale).await;
    assert_eq!(services(&s), ["api", "web"]);
    until(&handle, "the next list", |s| polled(s, Kind::Deployment)).await;
    // What may not be listed any more is not shown any more.
    fake.on(DEPLOYMENTS, [status(403, "Forbidden", "cannot list")]);
    let forbidden = |s: &Snapshot| matches!(s.state(Kind::Deployment), DataState::Forbidden { .. });
    let s = until(&handle, "the end of the right to list", forbidden).await;
    assert!(services(&s).is_empty());
}

#[tokio::test(start_paused = true)]
async fn of_namespaces_that_may_only_be_listed_a_new_one_appears_within_the_poll() {
    let fake = unwatched(NS);
    let handle = fake.open();
    let s = until(&handle, "polled", |s| polled(s, Kind::Namespace)).await;
    assert_eq!(s.environments.len(), 1);
    fake.on(NS, [Answer::Json(200, list(vec![namespace("shop"), namespace("bank")]))]);
    let began = tokio::time::Instant::now();
    until(&handle, "the new one", |s| s.namespace("bank").is_some()).await;
    assert!(began.elapsed() <= POLL + Duration::from_secs(1), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_may_only_be_listed_in_one_namespace_is_polled_there() {
    let fake = limited(&["shop"]);
    let path = Kind::Deployment.path(Some("shop"));
    fake.on(&format!("watch {path}"), [refused()]);
    let handle = fake.open_with(Options { namespaces: vec!["shop".into()], ..Options::default() });
    let here = |s: &Snapshot| matches!(s.state_in(Kind::Deployment, Some(&s.id("shop"))), DataState::Polled { .. });
    let s = until(&handle, "polled", here).await;
    assert_eq!(services(&s), ["web"]);
    assert!(s.namespace("shop").unwrap().unread.is_empty());
    fake.on(&path, [Answer::Json(200, list(vec![deployment("late", 1)]))]);
    until(&handle, "what has changed since", |s| services(s) == ["late"] && here(s)).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_only_looked_at_is_listed_and_watched_from_when_that_is_wanted() {
    let fake = shop();
    let handle = fake.open_with(Options { follow: false, ..Options::default() });
    handle.settled(&[Kind::Namespace, Kind::Deployment, Kind::Pod, Kind::Event], LIMIT).await.unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!((asked(&fake).0, fake.asked("watch=true")), (1, 0));
    assert!(live(&handle.snapshot()));
    fake.on(WATCH_DEPLOYMENTS, [Answer::Lines(vec![event("ADDED", &deployment("new", 1))])]);
    handle.follow();
    until(&handle, "what has changed since", |s| services(s) == ["api", "new", "web"]).await;
    assert_eq!(asked(&fake), (1, 1));
}

#[tokio::test]
async fn which_kinds_may_not_be_watched_is_tried_where_they_have_been_listed() {
    let fake = unwatched(DEPLOYMENTS);
    let handle = fake.open_with(Options { follow: false, ..Options::default() });
    handle.settled(&[Kind::Namespace, Kind::Deployment, Kind::Pod], LIMIT).await.unwrap();
    let tried = handle.unwatched().await;
    let [(Kind::Deployment, (None, why))] = &tried.into_iter().collect::<Vec<_>>()[..] else { panic!() };
    assert!(why.contains("cannot watch"), "{why}");
    let fake = limited(&["shop"]);
    fake.on(&format!("watch {}", Kind::Deployment.path(Some("shop"))), [refused()]);
    let options = Options { namespaces: vec!["shop".into()], follow: false, ..Options::default() };
    let handle = fake.open_with(options);
    handle.settled(&[Kind::Namespace, Kind::Deployment], LIMIT).await.unwrap();
    let tried = handle.unwatched().await;
    assert_eq!(tried[&Kind::Deployment].0.as_deref(), Some("shop"));
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_breaks_whenever_it_is_opened_is_given_up_for_lists_and_said_with_its_reason() {
    let html = Answer::Text(200, "text/html", "<html>login</html>".into());
    for (answer, words) in [
        (Answer::Cut(String::new()), "reset"),
        (Answer::LinesEnd(vec![]), "ends as soon as it is opened"),
        (html, "HTML"),
    ] {
        let fake = shop();
        fake.on(WATCH_DEPLOYMENTS, [answer]);
        let handle = fake.open();
        let given_up = |s: &Snapshot| matches!(s.state(Kind::Deployment), DataState::Polled { forbidden: false, why } if why.contains(words));
        until(&handle, words, given_up).await;
        assert_eq!(asked(&fake).1, 3, "{words}: three times in a row");
        fake.on(DEPLOYMENTS, [Answer::Json(200, list(vec![deployment("late", 1)]))]);
        until(&handle, "what has changed since", |s| services(s) == ["late"] && given_up(s)).await;
        let before = asked(&fake).0;
        tokio::time::sleep(POLL * 4).await;
        assert!((3..=5).contains(&(asked(&fake).0 - before)), "{words}: {} lists", asked(&fake).0 - before);
        fake.on(WATCH_DEPLOYMENTS, [Answer::Lines(vec![event("ADDED", &deployment("new", 1))])]);
        tokio::time::sleep(Duration::from_secs(50)).await;
        assert!(live(&handle.snapshot()), "{words}: it is tried again within a minute");
    }
}

#[tokio::test(start_paused = true)]
async fn stale_data_is_as_old_as_the_last_of_it_that_arrived() {
    let fake = shop();
    fake.on(WATCH_DEPLOYMENTS, [Answer::Hang]);
    let handle = fake.open();
    let mut all = handle.snapshots();
    let stale = all.wait_for(|s| matches!(s.state(Kind::Deployment), DataState::Stale { .. }));
    let s = tokio::time::timeout(Duration::from_secs(60), stale).await.expect("no answer in 30 s").unwrap().clone();
    let DataState::Stale { since, why, .. } = s.state(Kind::Deployment) else { panic!() };
    let age = s.now.as_second() - since.as_second();
    assert!((29..=33).contains(&age), "the list came 30 s ago, whatever else came since: {age} s ({why})");
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_has_failed_is_believed_once_it_has_stood_or_brought_something() {
    for (next, least) in [(vec![], 5), (vec![event("ADDED", &deployment("new", 1))], 0)] {
        let fake = shop();
        fake.on(WATCH_DEPLOYMENTS, [Answer::Cut(String::new()), Answer::Lines(next)]);
        let handle = fake.open();
        until(&handle, "old data", |s| matches!(s.state(Kind::Deployment), DataState::Stale { .. })).await;
        let began = tokio::time::Instant::now();
        until(&handle, "live data", live).await;
        let took = began.elapsed().as_secs();
        assert!((least..=least + 3).contains(&took), "{took} s, at least {least}");
    }
}

/// A session with the embedded cluster of somebody who may do this with everything.
fn as_somebody(api: &sim::api::Api, verbs: &[&str]) -> Handle {
    let rbac = |kind: &str, rest: Value| {
        let mut object =
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"name": "some"}});
        object.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        api.store().with(|s| s.put(object)).unwrap();
    };
    rbac("ClusterRole", json!({"rules": [{"verbs": verbs, "apiGroups": ["*"], "resources": ["*"]}]}));
    let lea = json!([{"kind": "User", "name": "lea"}]);
    rbac("ClusterRoleBinding", json!({"roleRef": {"kind": "ClusterRole", "name": "some"}, "subjects": lea}));
    let source = Source::InProcess { service: InProcess::new(api.clone()), name: "demo".into() };
    cluster::open(source, Options { as_user: Some("lea".into()), ..Options::default() })
}

#[tokio::test(start_paused = true)]
async fn who_may_only_list_sees_all_of_the_embedded_cluster_and_what_changes_in_it() {
    let api = embedded();
    let handle = as_somebody(&api, &["get", "list"]);
    let s = until(&handle, "polled", |s| polled(s, Kind::Deployment) && polled(s, Kind::Namespace)).await;
    assert_eq!(services(&s), ["web"]);
    assert_eq!(s.connection, Connection::Live);
    let plan = kennel::plan::Wish::Stop.plan(s.namespace("shop").unwrap(), &Default::default());
    assert!(plan.runs(), "{plan:?}");
    api.store().with(|s| s.remove(sim::resource::Resource::of("apps/v1", "Deployment").unwrap(), "shop", "web"));
    until(&handle, "the end", |s| services(s).is_empty()).await;
}
