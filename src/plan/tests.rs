//! The rules of stop and start, one test each, on environments that the domain's own model makes.
//!
//! Objects are written as the API has them, so that a plan's patches can be applied to them and planned anew.

mod beside;
mod services;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::start::start;
use super::stop::stop;
use super::*;
use crate::domain::data::DataState;
use crate::domain::environment::Environment;
use crate::domain::fixture::{NS, Scene, at, deployment, journal, meta, noted, owner, pod, to_zero, workload};
use crate::domain::keys;
use crate::domain::operation::{Journal, StepResult};
use crate::domain::row::{
    AutoscalerRow, Condition, CronJobRow, JobRow, Meta, NamespaceRow, ScaledObjectRow, WorkloadKind, WorkloadRow,
};
use crate::domain::{Kind, Labels, operation};

/// A step on Deployment `name` of `shop-staging`.
pub(super) fn step(name: &str, action: Action) -> Step {
    Step::of(&ObjectId::new(Kind::Deployment, "shop-staging", name), action)
}

/// Objects as the API has them.
#[derive(Clone, Debug, PartialEq)]
struct World(Vec<Value>);

fn object(kind: &str, name: &str, spec: Value) -> Value {
    json!({ "kind": kind, "metadata": { "name": name, "annotations": { "other": "stays" } }, "spec": spec })
}

fn app(name: &str, replicas: u32) -> Value {
    object("Deployment", name, json!({ "replicas": replicas }))
}

fn database(name: &str, replicas: u32) -> Value {
    object("StatefulSet", name, json!({ "replicas": replicas, "claims": true }))
}

fn cron(name: &str, suspend: bool) -> Value {
    object("CronJob", name, json!({ "suspend": suspend }))
}

/// A Job that runs.
fn job(name: &str, suspend: bool) -> Value {
    object("Job", name, json!({ "suspend": suspend }))
}

fn daemon(name: &str) -> Value {
    object("DaemonSet", name, json!({ "template": { "spec": { "nodeSelector": { "disk": "ssd" } } } }))
}

fn hpa(target: &str, min: u32, max: u32) -> Value {
    object("HorizontalPodAutoscaler", target, json!({ "min": min, "max": max }))
}

fn keda(target: &str) -> Value {
    object("ScaledObject", target, json!({}))
}

fn with(mut object: Value, key: &str, value: &str) -> Value {
    object["metadata"]["annotations"][key] = value.into();
    object
}

fn meta_of(o: &Value) -> Meta {
    let pairs = o["metadata"]["annotations"].as_object().unwrap().iter();
    let annotations = Labels::new(pairs.map(|(k, v)| (Text::from(k.as_str()), v.as_str().unwrap().into())));
    let name = o["metadata"]["name"].as_str().unwrap();
    let uid = format!("uid-{}-{name}", o["kind"].as_str().unwrap()).into();
    Meta { annotations, uid, resource_version: "7".into(), ..meta(name) }
}

fn row_of(o: &Value, kind: WorkloadKind) -> WorkloadRow {
    let replicas = o["spec"]["replicas"].as_u64().map_or(3, |n| u32::try_from(n).unwrap());
    let name = o["metadata"]["name"].as_str().unwrap();
    let mut row = WorkloadRow { meta: meta_of(o), ..workload(kind, name, replicas, replicas) };
    if o["spec"]["claims"] == true {
        row.volume_claims = Box::new(["data".into()]);
    }
    let selector =
        o.pointer("/spec/template/spec/nodeSelector").and_then(Value::as_object).cloned().unwrap_or_default();
    row.template.node_selector =
        Labels::new(selector.iter().map(|(k, v)| (Text::from(k.as_str()), v.as_str().unwrap().into())));
    row
}

impl World {
    fn scene(&self) -> Scene {
        let mut scene = Scene::new();
        for o in &self.0 {
            let number = |key: &str| u32::try_from(o["spec"][key].as_u64().unwrap_or(1)).unwrap();
            let target = || ObjectId::new(Kind::Deployment, NS, o["metadata"]["name"].as_str().unwrap());
            match o["kind"].as_str().unwrap() {
                "Deployment" => scene.put(row_of(o, WorkloadKind::Deployment)),
                "StatefulSet" => scene.put(row_of(o, WorkloadKind::StatefulSet)),
                "DaemonSet" => scene.put(row_of(o, WorkloadKind::DaemonSet)),
                "CronJob" => scene.put(CronJobRow {
                    meta: meta_of(o),
                    suspended: o["spec"]["suspend"] == true,
                    starting_deadline: o["spec"]["deadline"].as_u64(),
                    ..CronJobRow::default()
                }),
                "Job" => scene.put(JobRow {
                    meta: meta_of(o),
                    suspended: o["spec"]["suspend"] == true,
                    active: u32::from(o["spec"]["suspend"] != true),
                    ..JobRow::default()
                }),
                "HorizontalPodAutoscaler" => scene.put(AutoscalerRow {
                    meta: meta_of(o),
                    target: target(),
                    min: number("min"),
                    max: number("max"),
                    ..AutoscalerRow::default()
                }),
                "ScaledObject" => {
                    scene.put(ScaledObjectRow { meta: meta_of(o), target: target(), ..ScaledObjectRow::default() })
                }
                other => panic!("{other}"),
            }
        }
        scene
    }

    fn environment(&self) -> std::sync::Arc<Environment> {
        self.scene().environment(0)
    }

    fn stop(&self) -> Plan {
        stop(&self.environment(), &Scope::default())
    }

    fn start(&self) -> Plan {
        start(&self.environment(), &Scope::default())
    }

    /// What the world is after a step.
    fn take(&mut self, step: &Step, direction: Direction) {
        let uid =
            |o: &Value| format!("uid-{}-{}", o["kind"].as_str().unwrap(), o["metadata"]["name"].as_str().unwrap());
        let object = self.0.iter_mut().find(|o| Some(uid(o)).as_deref() == step.uid.as_deref()).unwrap();
        let Request::Patch(body) = act(&step.action).request(direction);
        json_patch::merge(object, &body);
    }

    fn after(&self, plan: &Plan) -> Self {
        let mut world = self.clone();
        plan.steps.iter().for_each(|s| world.take(s, Direction::Forward));
        world
    }
}

/// `1 deploy/web 4 → 0`: tier, object and change of each step.
fn lines(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(|s| format!("{} {} {}", s.tier, s.object.short(), detail(s))).collect()
}

fn why(plan: &Plan, name: &str) -> String {
    plan.left_alone.iter().find(|l| l.object.name == name).map(|l| l.why.to_string()).unwrap_or_default()
}

fn notes(plan: &Plan, name: &str) -> String {
    let step = plan.steps.iter().find(|s| s.object.name == name);
    step.and_then(|s| s.note.as_ref()).map(Text::to_string).unwrap_or_default()
}

fn said(of: &[Text]) -> String {
    of.iter().map(Text::as_str).collect::<Vec<_>>().join(" | ")
}

fn named(names: &[&str]) -> Scope {
    Scope { services: names.iter().map(|n| Text::from(*n)).collect(), daemonsets: false, partly: false }
}

#[test]
fn a_stop_goes_from_cron_jobs_to_applications_to_datasources_and_a_start_the_other_way() {
    let world = World(vec![database("db", 2), app("web", 4), cron("nightly", false), app("api", 1)]);
    let plan = world.stop();
    assert_eq!(
        lines(&plan),
        ["0 cj/nightly on → paused", "1 deploy/api 1 → 0", "1 deploy/web 4 → 0", "2 sts/db 2 → 0"]
    );
    assert_eq!(plan.steps.iter().map(|s| s.id).collect::<Vec<_>>(), [1, 2, 3, 4]);
    let start = world.after(&plan).start();
    assert_eq!(
        lines(&start),
        ["0 sts/db 0 → 2", "1 deploy/api 0 → 1", "1 deploy/web 0 → 4", "2 cj/nightly paused → on"]
    );
    assert_eq!(world.after(&plan).after(&start), world);
}

#[test]
fn each_step_carries_the_uid_and_version_that_it_was_planned_on() {
    let plan = World(vec![app("web", 4)]).stop();
    assert_eq!(
        (plan.steps[0].uid.as_deref(), plan.steps[0].resource_version.as_deref()),
        (Some("uid-Deployment-web"), Some("7"))
    );
    assert!(!plan.needs_journal(), "one patch on one object: the object itself holds the truth");
    assert_eq!(plan.needs(), [("patch", Kind::Deployment.into())]);
    let two = World(vec![app("web", 4), app("api", 1)]).stop();
    let needs =
        [("patch", Kind::Deployment.into()), ("create", Kind::ConfigMap.into()), ("patch", Kind::ConfigMap.into())];
    assert_eq!(two.needs(), needs);
}

#[test]
fn what_was_off_before_is_left_alone_and_never_started() {
    let world = World(vec![app("off", 0), app("web", 1)]);
    let plan = world.stop();
    assert_eq!(
        (lines(&plan), why(&plan, "off")),
        (vec!["1 deploy/web 1 → 0".into()], "is at 0 already, and not by a stop".into())
    );
    let start = world.after(&plan).start();
    assert_eq!(lines(&start), ["1 deploy/web 0 → 1"]);
    assert_eq!(why(&start, "off"), "was at 0 before, and not by a stop");
    assert_eq!(lines(&super::start::start(&world.environment(), &named(&["off"]))), [""; 0], "not even by its name");
}

#[test]
fn memory_of_a_service_that_was_scaled_since_is_recorded_anew_by_a_stop_and_dropped_by_a_start() {
    let world = World(vec![with(app("web", 5), keys::REPLICAS, "2")]);
    let stopped = world.after(&world.stop());
    assert_eq!(stopped.0[0]["metadata"]["annotations"][keys::REPLICAS], "5");
    let mut undone = stopped.clone();
    undone.take(&world.stop().steps[0], Direction::Back);
    assert_eq!(undone, world, "an undo brings the old memory back too");
    let start = world.start();
    assert_eq!(lines(&start), ["1 deploy/web 5, forgets the stop"]);
    assert_eq!(world.after(&start), World(vec![app("web", 5)]));
}

#[test]
fn markers_of_other_tools_are_shown_honoured_on_start_and_removed_with_it() {
    let world = World(vec![with(app("web", 0), "downscaler/original-replicas", "3")]);
    assert_eq!(why(&world.stop(), "web"), "is stopped already, by downscaler");
    let start = world.start();
    assert_eq!(
        (lines(&start), notes(&start, "web")),
        (vec!["1 deploy/web 0 → 3".into()], "was stopped by downscaler".into())
    );
    assert_eq!(world.after(&start), World(vec![app("web", 3)]));
    let running = World(vec![with(app("web", 2), "downscaler/original-replicas", "3")]);
    assert_eq!(why(&running.start(), "web"), "runs already");
    let none = World(vec![with(app("web", 0), "downscaler/original-replicas", "0")]);
    assert_eq!(why(&none.start(), "web"), "was at 0 before downscaler stopped it");
    let garbled = World(vec![with(app("web", 0), keys::REPLICAS, "many")]);
    assert!(garbled.start().is_empty() && said(&garbled.start().warnings).contains("no count"));
}

#[test]
fn an_hpa_stays_and_a_start_clamps_to_its_bounds() {
    let world = World(vec![app("web", 1), hpa("web", 2, 6)]);
    let plan = world.stop();
    assert_eq!(
        (lines(&plan), notes(&plan, "web")),
        (vec!["1 deploy/web 1 → 0".into()], "HPA stays; start clamps to 2–6".into())
    );
    let start = world.after(&plan).start();
    assert_eq!(
        (lines(&start), notes(&start, "web")),
        (vec!["1 deploy/web 0 → 2".into()], "1 before, HPA wants 2–6".into())
    );
    let above = World(vec![with(app("web", 0), keys::REPLICAS, "9"), hpa("web", 2, 6)]);
    assert_eq!(lines(&above.start()), ["1 deploy/web 0 → 6"]);
    let zero = World(vec![app("web", 1), hpa("web", 0, 6)]);
    assert!(said(&zero.stop().warnings).contains("minReplicas 0"));
    assert_eq!(lines(&zero.after(&zero.stop()).start()), ["1 deploy/web 0 → 1"], "never clamped to nothing");
}

#[test]
fn keda_is_paused_at_zero_keeping_an_earlier_value_and_its_target_is_not_scaled() {
    let world = World(vec![app("web", 3), with(keda("web"), keys::PAUSED, "2"), app("api", 1), keda("api")]);
    let plan = world.stop();
    assert_eq!(lines(&plan), ["1 so/api autoscaled → held at 0", "1 so/web held at 2 → held at 0"]);
    assert_eq!(plan.steps[0].uid.as_deref(), Some("uid-ScaledObject-api"));
    let stopped = world.after(&plan);
    assert_eq!(why(&stopped.stop(), "web"), "is stopped already");
    let start = stopped.start();
    assert_eq!(lines(&start), ["1 so/api held at 0 → autoscaled", "1 so/web held at 0 → held at 2"]);
    assert_eq!(stopped.after(&start), world);
    let own = World(vec![app("web", 0), with(keda("web"), keys::PAUSED, "0")]);
    assert_eq!(why(&own.stop(), "web"), "is held at 0 already, and not by a stop");
    assert!(own.start().is_empty(), "who held it lets it go");
}

#[test]
fn cron_jobs_are_suspended_first_and_those_that_fire_at_once_on_start_are_named() {
    let mut late = cron("late", false);
    late["spec"]["deadline"] = 60.into();
    let world =
        World(vec![cron("fires", false), late, cron("own", true), with(cron("never", false), keys::STOP, "never")]);
    let plan = world.stop();
    assert_eq!(lines(&plan), ["0 cj/fires on → paused", "0 cj/late on → paused"]);
    assert_eq!(
        (notes(&plan, "fires").as_str(), notes(&plan, "late").as_str()),
        ("fires at once on start (no deadline)", "")
    );
    assert_eq!(
        (why(&plan, "own"), why(&plan, "never")),
        ("is suspended already".into(), "kennel.dev/stop=never".into())
    );
    let start = world.after(&plan).start();
    assert_eq!(notes(&start, "fires"), "fires at once if a run was missed (no deadline)");
    assert_eq!(why(&start, "own"), "was suspended before, and not by a stop");
    let resumed = World(vec![with(cron("fires", false), keys::SUSPEND, "false")]);
    assert_eq!(lines(&resumed.start()), ["2 cj/fires on, forgets the stop"]);
}

#[test]
fn jobs_run_to_their_end_unless_asked_for() {
    let world = World(vec![job("import", false), app("web", 1)]);
    assert_eq!(lines(&world.stop()), ["1 deploy/web 1 → 0"]);
    let plan = stop(&world.environment(), &named(&["import"]));
    assert_eq!(
        (lines(&plan), notes(&plan, "import")),
        (vec!["0 job/import on → paused".into()], "its pods end; a start runs it anew".into())
    );
    let stopped = world.after(&plan);
    assert_eq!(stopped.0[0]["metadata"]["annotations"][keys::SUSPEND], "false");
    assert_eq!(why(&stopped.stop(), "import"), "is stopped already");
    assert_eq!(
        lines(&stopped.start()),
        ["2 job/import paused → on"],
        "what a stop has suspended comes back with the rest"
    );
    assert_eq!(stopped.after(&stopped.start()), world);
    let done = JobRow {
        meta: meta("import"),
        conditions: Box::new([Condition { kind: "Complete".into(), status: Some(true), ..Condition::default() }]),
        ..JobRow::default()
    };
    let ended = stop(&Scene::new().with(done).environment(0), &named(&["import"]));
    assert_eq!((ended.is_empty(), why(&ended, "import")), (true, "has ended".into()));
    assert!(World(vec![job("own", true)]).start().is_empty(), "suspended by somebody else");
}

#[test]
fn daemon_sets_are_stopped_only_on_request_and_their_node_selector_is_kept() {
    let world = World(vec![daemon("agent"), app("web", 1)]);
    assert_eq!(why(&world.stop(), "agent"), "runs on every node; --daemonsets stops it too");
    let asked = Scope { daemonsets: true, ..Scope::default() };
    for scope in [asked, named(&["agent"])] {
        let plan = stop(&world.environment(), &scope);
        assert!(lines(&plan).contains(&"1 ds/agent its nodes → none".to_owned()), "{:?}", lines(&plan));
        let stopped = world.after(&plan);
        assert_eq!(stopped.0[0]["metadata"]["annotations"][keys::NODE_SELECTOR], r#"{"disk":"ssd"}"#);
        assert_eq!(why(&stopped.stop(), "agent"), "is stopped already");
        assert_eq!(stopped.after(&stopped.start()), world);
    }
}

fn plan_of(row: WorkloadRow, scope: &Scope) -> Plan {
    stop(&Scene::new().with(row).environment(0), scope)
}

#[test]
fn a_stateful_set_whose_claims_die_when_scaled_is_refused_with_the_reason() {
    let row = || WorkloadRow { claims_die_when_scaled: true, ..workload(WorkloadKind::StatefulSet, "db", 1, 1) };
    let all = plan_of(row(), &Scope::default());
    assert!(all.is_empty() && why(&all, "db").contains("whenScaled: Delete"));
    assert!(said(&all.warnings).contains("StatefulSet db is not stopped"));
    let named = plan_of(row(), &named(&["db"]));
    assert!(said(&named.refused).contains("whenScaled: Delete"), "asked for by its name it is refused");
}

#[test]
fn stop_never_and_what_is_being_deleted_are_left_alone() {
    let plan = World(vec![with(app("web", 1), keys::STOP, "never")]).stop();
    assert_eq!((plan.is_empty(), why(&plan, "web")), (true, "kennel.dev/stop=never".into()));
    let going = deployment("web", 1, 1);
    let going = WorkloadRow { meta: Meta { deleted: Some(at(0)), ..going.meta.clone() }, ..going };
    assert_eq!(why(&plan_of(going, &Scope::default()), "web"), "is being deleted");
}

#[test]
fn what_an_operator_owns_is_left_to_it_or_warned_of_by_the_owners_name() {
    let row = || {
        let row = deployment("store", 2, 2);
        WorkloadRow { meta: Meta { owner: Some(owner("Prometheus", "main")), ..row.meta.clone() }, ..row }
    };
    assert!(why(&plan_of(row(), &Scope::default()), "store").contains("managed by Prometheus/main"));
    let named = plan_of(row(), &named(&["store"]));
    assert_eq!(named.steps.len(), 1);
    assert!(said(&named.warnings).contains("managed by Prometheus/main: that may start it again"));
}

#[test]
fn bare_pods_and_pods_of_foreign_owners_are_reported_never_touched() {
    let bare = crate::domain::row::PodRow { name: "debug".into(), owner: None, ..pod("x", "a", "1") };
    let foreign = crate::domain::row::PodRow { owner: Some(owner("Rollout", "shop").into()), ..pod("y", "a", "2") };
    let plan = stop(&Scene::new().with(bare).with(foreign).environment(0), &Scope::default());
    assert!(plan.is_empty());
    assert_eq!(why(&plan, "debug"), "is a bare pod: nothing would bring it back");
    assert_eq!(why(&plan, "shop"), "belongs to a Rollout, which kennel can't stop yet");
}

#[test]
fn depends_on_orders_applications_and_a_circle_is_a_warning_and_no_order() {
    let needs = |name, on| with(app(name, 1), keys::DEPENDS_ON, on);
    let world = World(vec![
        needs("web", "api, auth"),
        needs("api", "auth db"),
        app("auth", 1),
        app("other", 1),
        database("db", 1),
    ]);
    let plan = world.stop();
    let tier = |plan: &Plan, name: &str| plan.steps.iter().find(|s| s.object.name == name).unwrap().tier;
    let tiers = |plan: &Plan| ["web", "api", "auth", "other", "db"].map(|n| tier(plan, n));
    assert_eq!(tiers(&plan), [1, 2, 3, 3, 4]);
    assert_eq!(tiers(&world.after(&plan).start()), [3, 2, 1, 1, 0]);
    let circle = World(vec![needs("a", "b"), needs("b", "a"), app("c", 1)]);
    let plan = circle.stop();
    assert_eq!(lines(&plan), ["1 deploy/a 1 → 0", "1 deploy/b 1 → 0", "1 deploy/c 1 → 0"]);
    assert!(said(&plan.warnings).contains("circle (a, b)"));
    assert_eq!(lines(&World(vec![needs("a", "a gone")]).stop()).len(), 1);
    // Datasources have their own place: to need one, or to be one that needs, orders no application.
    let stored = World(vec![needs("web", "db"), app("api", 1), with(database("db", 1), keys::DEPENDS_ON, "web")]);
    let plan = stored.stop();
    assert_eq!(lines(&plan), ["1 deploy/api 1 → 0", "1 deploy/web 1 → 0", "2 sts/db 1 → 0"]);
    assert_eq!(said(&plan.warnings), "");
}

#[test]
fn a_name_that_is_unknown_or_ambiguous_is_refused_with_candidates() {
    let world = World(vec![app("web", 1), app("api", 1), database("web", 1), cron("nightly", false)]);
    let plan = |names: &[&str]| stop(&world.environment(), &named(names));
    assert_eq!(said(&plan(&["web"]).refused), "web is ambiguous in shop/qa: say deploy/web or sts/web");
    for one in ["deploy/web", "Deployment/web", "deployments/web"] {
        assert_eq!(lines(&plan(&[one])), ["1 deploy/web 1 → 0"], "{one}");
    }
    let unknown = said(&plan(&["ap"]).refused);
    assert!(unknown.starts_with("no service ap in shop/qa; there is api, "), "{unknown}");
    assert_eq!(lines(&plan(&["api"])), ["1 deploy/api 1 → 0"], "cron jobs stay, unless named");
    assert_eq!(lines(&plan(&["cj/nightly"])), ["0 cj/nightly on → paused"]);
}

#[test]
fn what_is_special_about_a_step_stands_beside_it_and_of_the_rest_nothing_is_said() {
    let world = World(vec![app("web", 3), app("redis", 1), database("db", 2), hpa("web", 1, 10)]);
    let plan = world.stop();
    assert_eq!(notes(&plan, "redis"), "datasource, last");
    assert_eq!(notes(&plan, "db"), "datasource, last; its volume stays");
    assert_eq!(notes(&plan, "web"), "HPA stays; start clamps to 1–10");
    let dies = "Deployment redis keeps its data in no volume that stays: it dies with its pods.";
    assert_eq!(said(&plan.warnings), dies, "nobody manages it, nothing protects it, its HPA rests at zero");
    let start = world.after(&plan).start();
    assert_eq!((notes(&start, "redis"), notes(&start, "db")), ("datasource, first".into(), "datasource, first".into()));
    assert_eq!(notes(&start, "web"), "", "its count is within the bounds");
    assert_eq!(World(vec![app("web", 3)]).stop().steps[0].note, None);
    let zero = World(vec![app("web", 3), hpa("web", 0, 10)]).stop();
    assert!(said(&zero.warnings).contains("minReplicas 0"), "{zero:?}");
    let two = WorkloadRow {
        volume_claims: Box::new(["data".into(), "log".into()]),
        ..workload(WorkloadKind::StatefulSet, "queue", 1, 1)
    };
    assert_eq!(notes(&plan_of(two, &Scope::default()), "queue"), "datasource, last; its volumes stay");
}

#[test]
fn what_is_as_it_shall_be_is_left_with_the_reason() {
    let world = World(vec![app("web", 3), app("off", 0)]);
    let start = world.start();
    assert_eq!(
        (why(&start, "web"), why(&start, "off")),
        ("runs already".into(), "was at 0 before, and not by a stop".into())
    );
    let again = world.after(&world.stop()).stop();
    assert_eq!(
        (why(&again, "web"), why(&again, "off")),
        ("is stopped already".into(), "is at 0 already, and not by a stop".into())
    );
    let dies = WorkloadRow { claims_die_when_scaled: true, ..workload(WorkloadKind::StatefulSet, "db", 0, 0) };
    let plan = plan_of(dies, &named(&["db"]));
    assert_eq!((why(&plan, "db"), said(&plan.refused)), ("is at 0 already, and not by a stop".into(), String::new()));
}

#[test]
fn a_cron_job_with_a_deadline_does_not_fire_at_once_when_it_is_started() {
    let mut late = cron("late", false);
    late["spec"]["deadline"] = 60.into();
    let world = World(vec![late]);
    assert_eq!(notes(&world.after(&world.stop()).start(), "late"), "");
}

#[test]
fn a_start_refuses_names_too_and_pods_that_have_ended_are_none() {
    let mut scene = World(vec![app("web", 1)]).scene();
    scene.put(crate::domain::row::PodRow {
        owner: None,
        name: "import".into(),
        phase: crate::domain::row::PodPhase::Succeeded,
        ..pod("x", "", "1")
    });
    let environment = scene.environment(0);
    for plan in [start(&environment, &named(&["nope"])), stop(&environment, &named(&["import"]))] {
        assert!(plan.is_empty() && said(&plan.refused).ends_with("in shop/qa; there is web"), "{plan:?}");
    }
}

#[test]
fn of_what_is_there_the_names_most_like_the_wanted_one_come_first_and_few() {
    let refusal = |names: &[&str], wanted: &str| {
        let environment = World(names.iter().map(|n| app(n, 1)).collect()).environment();
        let said = said(&stop(&environment, &named(&[wanted])).refused);
        said.rsplit_once("there is ").unwrap().1.to_owned()
    };
    let shop = ["a1", "a2", "a3", "a4", "a5", "a6", "cart", "checkout"];
    assert_eq!(refusal(&shop, "chekout"), "checkout, a1, a2, a3, a4, a5, a6, cart", "it begins the same");
    assert_eq!(refusal(&shop, "deploy/checkou"), "checkout, a1, a2, a3, a4, a5, a6, cart", "it holds the name");
    assert_eq!(refusal(&shop, "eckou"), "checkout, a1, a2, a3, a4, a5, a6, cart", "it holds the word");
    assert_eq!(refusal(&shop, "my-cart"), "cart, a1, a2, a3, a4, a5, a6, checkout", "the name holds it");
    assert_eq!(refusal(&shop, ""), "a1, a2, a3, a4, a5, a6, cart, checkout");
    let nine = ["a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "z"];
    assert_eq!(refusal(&nine, "zoo"), "z, a1, a2, a3, a4, a5, a6, a7, 1 more");
    assert_eq!(refusal(&[], "web"), "nothing");
}

#[test]
fn whoever_would_undo_a_stop_and_what_is_protected_is_said_before() {
    let world = World(vec![app("web", 1)]);
    let mut environment = Environment::clone(&world.environment());
    environment.managed_by = Some("Argo CD application shop-qa".into());
    environment.protected = true;
    environment.production = true;
    let plan = stop(&environment, &Scope::default());
    assert!(
        said(&plan.warnings).contains("Argo CD application shop-qa manages this environment: it will undo a stop.")
    );
    assert!(said(&plan.warnings).contains("protected"));
    assert_eq!(plan.environment.guard, Some(crate::domain::production::Guard::Production));
    assert!(start(&environment, &Scope::default()).warnings.is_empty(), "a start is what they want");
}

#[test]
fn a_namespace_that_is_being_deleted_is_refused() {
    let mut scene = World(vec![app("web", 1)]).scene();
    let namespace = crate::domain::fixture::namespace();
    scene.put(NamespaceRow {
        terminating: true,
        meta: Meta { deleted: Some(at(0)), ..namespace.meta.clone() },
        ..namespace
    });
    assert!(said(&stop(&scene.environment(0), &Scope::default()).refused).contains("is being deleted"));
}

/// Any mix of objects in any state that kennel, other tools and people leave.
fn mix() -> impl Strategy<Value = World> {
    let count = 0u32..7;
    let marker = prop_oneof![Just(keys::REPLICAS), Just("downscaler/original-replicas"), Just("kennel.dev/stop")];
    let workload = (any::<bool>(), count, prop::option::of((marker, "[0-9]|never|x")), any::<bool>());
    let one = (workload, 0u8..5, prop::option::of("[0-3]"), any::<bool>());
    prop::collection::vec(one, 0..9).prop_map(|all| {
        let mut world = Vec::new();
        for (n, ((is_app, replicas, marker, depends), scaler, paused, suspend)) in all.into_iter().enumerate() {
            let name = format!("s{n}");
            let mut o = if is_app { app(&name, replicas) } else { database(&name, replicas) };
            if let Some((key, value)) = marker {
                o = with(o, key, &value);
            }
            if depends {
                o = with(o, keys::DEPENDS_ON, &format!("s{}", n / 2));
            }
            world.push(o);
            match scaler {
                0 if is_app => world.push(hpa(&name, 1, 100)),
                1 if is_app => {
                    let scaled = keda(&name);
                    world.push(match &paused {
                        Some(at) => with(scaled, keys::PAUSED, at),
                        None => scaled,
                    });
                }
                2 => world.push(daemon(&format!("d{n}"))),
                3 => world.push(cron(&format!("c{n}"), suspend)),
                _ => {}
            }
        }
        World(world)
    })
}

fn at_now() -> crate::domain::Time {
    at(0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_stop_then_a_start_gives_back_every_count_and_leaves_nothing_behind(world in mix(), daemonsets in any::<bool>()) {
        let plan = stop(&world.environment(), &Scope { daemonsets, ..Scope::default() });
        // What already bore a memory before is started as well, if it was off: the plan of a start says so at once.
        let touched: Vec<Option<Text>> = plan.steps.iter().map(|s| s.uid.clone()).collect();
        let stopped = world.after(&plan);
        let start = start(&stopped.environment(), &Scope::default());
        let mut back = stopped.clone();
        start.steps.iter().filter(|s| touched.contains(&s.uid)).for_each(|s| back.take(s, Direction::Forward));
        for (was, is) in world.0.iter().zip(&back.0) {
            let (mut was, mut is) = (was.clone(), is.clone());
            // A memory that nobody honoured any more (it ran) is gone after a stop and a start.
            for o in [&mut was, &mut is] {
                o["metadata"]["annotations"].as_object_mut().unwrap().remove(keys::REPLICAS);
            }
            prop_assert_eq!(was, is);
        }
    }

    #[test]
    fn undone_after_any_prefix_of_its_steps_all_is_as_before(world in mix(), starting in any::<bool>(), at in 0usize..12) {
        let plan = if starting { world.start() } else { world.stop() };
        let sent: Vec<&Step> = plan.steps.iter().take(at).collect();
        let mut now = world.clone();
        sent.iter().for_each(|s| now.take(s, Direction::Forward));
        sent.iter().rev().for_each(|s| now.take(s, Direction::Back));
        prop_assert_eq!(now, world);
    }

    #[test]
    fn a_second_stop_finds_nothing_left_to_do(world in mix()) {
        let stopped = world.after(&world.stop());
        prop_assert!(stopped.stop().is_empty(), "{:?}", lines(&stopped.stop()));
    }

    #[test]
    fn what_a_journal_has_not_noted_shows_on_the_objects_themselves(world in mix(), starting in any::<bool>(), at in 0usize..12) {
        let plan = if starting { world.start() } else { world.stop() };
        let mut now = world.clone();
        plan.steps.iter().take(at).for_each(|s| now.take(s, Direction::Forward));
        let of = |s: &Step| operation::JournalStep {
            id: s.id, tier: s.tier, object: s.object.clone(), uid: s.uid.clone(), action: s.action.clone(),
            result: operation::StepResult::Sent,
        };
        let forward = Journal { steps: plan.steps.iter().map(of).collect(), ..journal(at_now()) };
        let back = Journal { undoing: true, ..forward.clone() };
        let environment = now.environment();
        for (n, step) in forward.steps.iter().enumerate() {
            prop_assert_eq!(done_unnoted(&environment, &forward, step), n < at, "{:?}", step);
            prop_assert_eq!(done_unnoted(&environment, &back, step), n >= at, "undone: {:?}", step);
            let noted = operation::JournalStep { result: operation::StepResult::Done, ..step.clone() };
            prop_assert!(!done_unnoted(&environment, &forward, &noted));
            let another = operation::JournalStep { uid: Some("another".into()), ..step.clone() };
            prop_assert!(!done_unnoted(&environment, &forward, &another));
        }
    }
}

#[test]
fn what_is_left_alone_stands_in_the_order_of_names_however_ill_it_is() {
    let never = |name: &str, conditions: Box<[Condition]>| {
        let row = row_of(&with(app(name, 1), keys::STOP, "never"), WorkloadKind::Deployment);
        WorkloadRow { conditions, ..row }
    };
    let fails = crate::domain::fixture::condition("ReplicaFailure", true, "FailedCreate", -60);
    let environment = Scene::new().with(never("a", Box::default())).with(never("b", Box::new([fails]))).environment(0);
    assert_eq!(environment.services[0].object.name, "b", "worst first on screens");
    let left = stop(&environment, &Scope::default()).left_alone;
    assert_eq!(left.iter().map(|l| l.object.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}
