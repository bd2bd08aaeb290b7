//! The rules of a redeployment and a scaling of single services.

use super::*;
use crate::domain::operation::Pods;
use crate::plan::{Weight, Wish};

fn named(names: &[&str]) -> Scope {
    Scope { services: names.iter().map(|n| Text::from(*n)).collect(), ..Scope::default() }
}

fn plan(world: &World, wish: &Wish, names: &[&str]) -> Plan {
    wish.plan(&world.environment(), &named(names))
}

fn redeploy(world: &World, names: &[&str]) -> Plan {
    plan(world, &Wish::Redeploy(at(5)), names)
}

fn scaled(world: &World, name: &str, to: u32) -> Plan {
    plan(world, &Wish::Scale(to), &[name])
}

#[test]
fn a_redeployment_marks_the_template_as_kubectl_does_and_needs_no_journal_for_one_service() {
    let world = World(vec![app("web", 2), app("api", 1)]);
    let plan = redeploy(&world, &["web"]);
    assert_eq!((lines(&plan).len(), plan.needs_journal(), plan.asks_name()), (1, false, false));
    let step = &plan.steps[0];
    let Request::Patch(body) = act(&step.action).request(Direction::Forward);
    let marked = json!({ "metadata": { "annotations": { keys::RESTARTED: at(5).to_string() } } });
    assert_eq!(body, json!({ "spec": { "template": marked } }));
    assert_eq!(command(step), "kubectl -n shop-qa rollout restart deployment/web");
    assert_eq!(plan.title(), "Redeploy web of shop/qa");
}

#[test]
fn what_has_no_pods_is_not_redeployed_and_what_holds_a_rollout_up_is_said() {
    let mut scene = World(vec![app("off", 0)]).scene();
    scene.put(WorkloadRow { paused: true, ..workload(WorkloadKind::Deployment, "held", 1, 1) });
    scene.put(WorkloadRow { on_delete: true, ..workload(WorkloadKind::StatefulSet, "by-hand", 1, 1) });
    scene.put(WorkloadRow { partition: 2, ..workload(WorkloadKind::StatefulSet, "cut", 3, 3) });
    let plan = Wish::Redeploy(at(5)).plan(&scene.environment(0), &Scope::default());
    assert!(why(&plan, "off").starts_with("is at 0"), "{plan:?}");
    assert!(why(&plan, "held").starts_with("is paused"), "{plan:?}");
    for words in ["by-hand has the update strategy OnDelete", "cut has a partition of 2"] {
        assert!(said(&plan.warnings).contains(words), "{words}: {}", said(&plan.warnings));
    }
}

#[test]
fn a_redeployment_of_several_services_has_a_journal_and_its_databases_go_first() {
    let plan = redeploy(&World(vec![app("web", 2), database("db", 1)]), &["web", "db"]);
    let tiers: Vec<_> = plan.steps.iter().map(|s| (s.tier, s.object.name.to_string())).collect();
    assert!(plan.needs_journal() && tiers[0].1 == "db" && tiers[0].0 < tiers[1].0, "{tiers:?}");
}

#[test]
fn a_restart_by_somebody_else_meanwhile_is_told_apart_from_ones_own() {
    let action = redeploy(&World(vec![app("web", 2)]), &["web"]).steps[0].action.clone();
    let of = |mark: Option<String>| {
        let annotations = mark.map(|m| json!({ keys::RESTARTED: m }));
        let template = json!({ "metadata": { "annotations": annotations } });
        let object = json!({ "metadata": { "uid": "u" }, "spec": { "template": template } });
        act(&action).judge(Direction::Forward, Some("u"), Some(&object))
    };
    assert_eq!([of(None), of(Some(at(5).to_string()))], [Fit::Before, Fit::After]);
    assert!(matches!(of(Some(at(6).to_string())), Fit::Changed(why) if why.contains("somebody restarted it")));
}

#[test]
fn a_scaling_writes_the_count_and_forgets_a_stop_and_the_same_count_is_nothing_to_do() {
    let stopped = with(app("web", 0), keys::REPLICAS, "3");
    let mut world = World(vec![app("api", 2), stopped]);
    assert_eq!(lines(&scaled(&world, "api", 5)), ["1 deploy/api 2 → 5"]);
    assert_eq!(why(&scaled(&world, "api", 2), "api"), "is at 2 already");
    assert_eq!(why(&scaled(&world, "web", 0), "web"), "is at 0 already, stopped by kennel", "its count is not lost");
    let plan = scaled(&world, "web", 4);
    assert_eq!(notes(&plan, "web"), "its stop is forgotten");
    world.take(&plan.steps[0], Direction::Forward);
    assert_eq!(world.0[1], app("web", 4));
    world.take(&plan.steps[0], Direction::Back);
    assert_eq!(world.0[1]["metadata"]["annotations"][keys::REPLICAS], "3");
}

#[test]
fn scaling_to_none_asks_for_the_name_of_production_and_any_other_count_does_not() {
    let mut e = (*World(vec![app("web", 2)]).environment()).clone();
    e.production = true;
    let asks = |to| Wish::Scale(to).plan(&e, &named(&["web"])).asks_name();
    assert_eq!([asks(0), asks(1), asks(5)], [true, false, false]);
}

#[test]
fn what_scales_a_service_by_itself_is_named_and_what_can_not_be_scaled_is_refused() {
    let world = World(vec![app("web", 2), hpa("web", 2, 6), daemon("agent"), app("jobs", 1), keda("jobs")]);
    let of = |name| scaled(&world, name, 4);
    assert!(said(&of("web").warnings).contains("HPA web sets this count between 2 and 6"), "{:?}", of("web"));
    assert!(said(&scaled(&world, "web", 0).warnings).contains("leaves Deployment web alone at 0"));
    assert!(said(&of("agent").refused).contains("it runs on every node"));
    assert!(said(&of("jobs").refused).contains("scaled by KEDA (ScaledObject jobs)"));
    let mut scene = Scene::new();
    let claims_die_when_scaled = true;
    scene.put(WorkloadRow { claims_die_when_scaled, ..workload(WorkloadKind::StatefulSet, "db", 3, 3) });
    let e = scene.environment(0);
    let db = |to| Wish::Scale(to).plan(&e, &named(&["db"])).refused.len();
    assert_eq!([db(2), db(5)], [1, 0]);
}

#[test]
fn somebody_elses_count_is_never_overwritten() {
    let action = scaled(&World(vec![app("web", 2)]), "web", 5).steps[0].action.clone();
    let of = |n: u32| {
        let object = json!({ "metadata": { "uid": "u" }, "spec": { "replicas": n } });
        act(&action).judge(Direction::Forward, Some("u"), Some(&object))
    };
    assert_eq!([of(2), of(5)], [Fit::Before, Fit::After]);
    assert!(matches!(of(3), Fit::Changed(why) if why.contains("replicas 3")));
}

#[test]
fn what_is_wanted_of_services_is_refused_of_tasks_and_bare_pods() {
    let mut scene = World(vec![cron("nightly", false)]).scene();
    scene.put(crate::domain::row::PodRow { owner: None, ..pod("alone", "x", "1") });
    let e = scene.environment(0);
    let of = |name| said(&Wish::Redeploy(at(5)).plan(&e, &named(&[name])).refused);
    assert_eq!(of("nightly"), "CronJob nightly is a task: there is nothing to redeploy");
    let bare = e.services.first().unwrap().object.name.to_string();
    assert!(of(&bare).contains("is a bare pod"), "{}", of(&bare));
}

#[test]
fn one_patch_asked_for_by_name_is_done_beside_an_operation_and_that_is_said() {
    let mut scene = World(vec![app("web", 2), app("api", 1)]).scene();
    scene.put(noted(Journal { state: operation::OperationState::Running, ..journal(at(0)) }));
    let e = scene.environment(0);
    let of = |names: &[&str]| Wish::Redeploy(at(5)).plan(&e, &named(names));
    assert!(of(&["web"]).runs() && said(&of(&["web"]).warnings).contains("maria on h"), "{:?}", of(&["web"]));
    assert!(!of(&["web", "api"]).runs());
}

#[test]
fn a_scaling_down_counts_the_pods_that_end_and_one_up_those_that_come() {
    let world = World(vec![app("web", 4)]);
    let of = |to| {
        let plan = scaled(&world, "web", to);
        act(&plan.steps[0].action).weight(&plan.steps[0])
    };
    assert_eq!([of(1), of(6)], [Weight::Service(Pods::End, 3), Weight::Service(Pods::Come, 2)]);
}
