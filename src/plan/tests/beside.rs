//! Plans beside what is under way, and beside what can't be read.

use super::*;
use crate::domain::operation::OperationState;

#[test]
fn an_operation_that_is_live_or_interrupted_goes_first_unless_one_patch_is_asked_for_by_name() {
    let mut scene = World(vec![app("web", 1), app("api", 1)]).scene();
    let steps = vec![crate::domain::fixture::step("Deployment", "web", to_zero(), StepResult::Pending)];
    scene.put(noted(Journal { id: "op-1".into(), host: "laptop".into(), steps, ..journal(at(-5)) }));
    let refused = |plan: Plan| said(&plan.refused);
    assert_eq!(refused(stop(&scene.environment(0), &Scope::default())), "maria on laptop is running a stop here");
    assert_eq!(
        refused(start(&World(vec![]).environment(), &Scope::default())),
        "",
        "an environment without one refuses nothing"
    );
    let later = stop(&scene.environment(120), &Scope::default());
    assert!(refused(later).contains("interrupted: resume or undo it first (op-1)"));
    let one = stop(&scene.environment(0), &named(&["web"]));
    assert_eq!(refused(one.clone()), "", "the object itself holds the truth");
    assert_eq!(said(&one.warnings), "maria on laptop is running a stop here: it may change this again.");
    assert_eq!(
        said(&stop(&scene.environment(120), &named(&["web"])).warnings).split(':').next().unwrap(),
        "a stop of maria on laptop was interrupted"
    );
    assert_eq!(said(&World(vec![app("web", 1)]).stop().warnings), "");
    // All of an environment, however little that is: what is under way is not said to be done.
    for few in [vec![app("web", 1)], vec![app("web", 0)], vec![]] {
        let mut scene = World(few).scene();
        scene.put(noted(journal(at(-5))));
        assert_eq!(refused(stop(&scene.environment(0), &Scope::default())), "maria on h is running a stop here");
    }
}

#[test]
fn what_can_not_be_read_is_said_and_never_passed_over() {
    let forbidden = || DataState::Forbidden { why: "no".into() };
    let mut pod = pod("web", "1", "a");
    pod.owner = Some(owner("DaemonSet", "agent").into());
    let mut scene = World(vec![database("db", 1)]).scene().with(pod);
    scene = scene.data(Kind::Deployment, forbidden()).data(Kind::DaemonSet, forbidden());
    let environment = scene.environment(0);
    let partly = Scope { partly: true, ..Scope::default() };
    for plan in [stop(&environment, &partly), start(&environment, &partly)] {
        assert_eq!(said(&plan.warnings), "you may not list deployments: what there is of them stays as it is.");
        assert_eq!((said(&plan.refused).as_str(), why(&plan, "agent").as_str()), ("", "can't be read"));
    }
    let mut scene = scene.data(Kind::Deployment, DataState::Live).data(Kind::CronJob, forbidden());
    let plan = stop(&scene.environment(0), &Scope::default());
    assert_eq!(said(&plan.warnings), "cronjobs can't be read: what there is of them stays as it is.");
    assert_eq!(said(&plan.refused), "");
}

#[test]
fn a_service_that_is_known_by_its_pods_alone_is_refused_by_its_name() {
    let mut pod = pod("web", "1", "a");
    pod.owner = Some(owner("StatefulSet", "web").into());
    let scene = World(vec![app("api", 1)]).scene().with(pod);
    let mut scene = scene.data(Kind::StatefulSet, DataState::Forbidden { why: "no".into() });
    let environment = scene.environment(0);
    for plan in [stop(&environment, &named(&["web"])), start(&environment, &named(&["web"]))] {
        assert_eq!(said(&plan.refused), "sts/web can't be read: you may not list statefulsets");
    }
    assert_eq!(said(&stop(&environment, &Scope { partly: true, ..named(&["web"]) }).refused), "");
}

#[test]
fn a_start_or_stop_of_all_is_refused_where_deployments_or_stateful_sets_are_not_known_unless_partly_is_said() {
    let of = |kind, state| World(vec![database("db", 1), app("web", 1)]).scene().data(kind, state).environment(0);
    let forbidden = || DataState::Forbidden { why: "no".into() };
    let late = || DataState::Loading { got: 1, of: None };
    for (kind, state, why) in [
        (Kind::Deployment, forbidden(), "you may not list deployments"),
        (Kind::StatefulSet, forbidden(), "you may not list statefulsets"),
        (Kind::Deployment, late(), "deployments have not arrived"),
    ] {
        let environment = of(kind, state);
        let refused = |plan: Plan| said(&plan.refused);
        let left = "would leave out what there is of them (--partly does the rest)";
        assert_eq!(refused(stop(&environment, &Scope::default())), format!("{why}: a stop {left}"));
        assert_eq!(refused(start(&environment, &Scope::default())), format!("{why}: a start {left}"));
        let partly = stop(&environment, &Scope { partly: true, ..Scope::default() });
        assert_eq!(said(&partly.refused), "");
        assert!(said(&partly.warnings).contains(why), "{:?}", partly.warnings);
        // Who names a service means no more than that.
        assert_eq!(refused(stop(&environment, &named(&["db"]))), "");
        let missing = refused(stop(&environment, &named(&["cart"])));
        assert!(missing.ends_with(&format!("; there is db, web ({why})")), "{missing}");
        assert_eq!(refused(stop(&environment, &named(&["web"]))), "", "what is here of it is enough");
    }
    let polled = of(Kind::Deployment, DataState::Polled { forbidden: true, why: "no watch".into() });
    assert_eq!((said(&stop(&polled, &Scope::default()).refused), polled.unread.len()), (String::new(), 0));
}

#[test]
fn what_was_deleted_since_its_stop_is_mentioned_at_the_start() {
    let mut scene = World(vec![with(app("api", 0), "kennel.dev/replicas", "1")]).scene();
    let step = |name| crate::domain::fixture::step("Deployment", name, to_zero(), StepResult::Done);
    let ended = Journal { state: OperationState::Done, steps: vec![step("api"), step("web")], ..journal(at(-60)) };
    scene.put(noted(ended.clone()));
    let plan = start(&scene.environment(0), &Scope::default());
    assert_eq!(why(&plan, "web"), "is not there any more: it was deleted since its stop");
    assert_eq!((why(&plan, "api"), plan.steps.len()), (String::new(), 1));
    // Of a start that came after it nobody waits for that; what may not be read may be there.
    scene.put(noted(Journal { verb: Verb::Start, ..ended.clone() }));
    assert_eq!(why(&start(&scene.environment(0), &Scope::default()), "web"), "");
    scene.put(noted(ended));
    let mut scene = scene.data(Kind::Deployment, DataState::Forbidden { why: "no".into() });
    assert_eq!(why(&start(&scene.environment(0), &Scope::default()), "web"), "");
}
