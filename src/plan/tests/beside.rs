//! Plans beside what is under way, and beside what can't be read.

use super::*;

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
    for plan in [stop(&environment, &Scope::default()), super::start(&environment, &Scope::default())] {
        assert_eq!(said(&plan.warnings), "deployments can't be read: what there is of them stays as it is.");
        assert_eq!(why(&plan, "agent"), "can't be read");
    }
}
