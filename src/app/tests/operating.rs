//! Start and stop: what is asked, what runs, how it ends.

use super::world::World;
use crate::app::dialog::{Act, Focus};
use crate::app::pane::{Pane, Screen};
use crate::app::question::{Answer, Question};
use crate::app::{Effect, Message, Overlay, command, help, update};
use crate::domain::data::DataState;
use crate::domain::operation::{OperationState, StepResult, Verb};
use crate::domain::snapshot::{Access, ClusterFacts, Connection};
use crate::domain::{EnvironmentId, Kind, model::Change};
use crate::plan::{End, Happened, Outcome, Permission, Plan, Progress};

/// Presses `S`, and lets the cluster say that all of it is allowed.
pub(super) fn ask(w: &mut World) -> Vec<Plan> {
    let effects = w.done("S");
    let mut all = Vec::new();
    for e in effects {
        let Effect::Ask(asker, Question::Review(plans)) = e else { panic!("{e:?}") };
        let permissions = answers(&plans, true);
        all.extend(plans);
        update(&mut w.state, Message::answer(&asker, Answer::Review(permissions)));
    }
    all
}

/// The cluster's answers to all that the plans need.
pub(super) fn answers(plans: &[Plan], yes: bool) -> Vec<Permission> {
    let of = |p: &Plan| {
        let environment = p.environment.id.clone();
        let needs = p.needs().into_iter();
        needs.map(move |(verb, api)| {
            let why = (!yes).then(|| "role viewer".into());
            Permission { verb, api, environment: environment.clone(), allowed: Some(yes), why }
        })
    };
    plans.iter().flat_map(of).collect()
}

pub(super) fn run(effects: Vec<Effect>) -> Plan {
    match effects.as_slice() {
        [Effect::Run(plan)] => plan.clone(),
        other => panic!("{other:?}"),
    }
}

pub(super) fn names(plan: &Plan) -> Vec<String> {
    let mut names: Vec<String> = plan.steps.iter().map(|s| s.object.name.to_string()).collect();
    names.sort();
    names
}

#[test]
fn the_pane_with_the_focus_decides_what_is_stopped() {
    let stopped = |keys: &str| {
        let mut w = World::shop();
        w.keys(keys);
        ask(&mut w);
        (w.dialog().title.clone(), w.dialog().choices.first().map(|c| c.label.clone()).unwrap_or_default())
    };
    let is = |keys: &str, title: &str, label: &str| assert_eq!(stopped(keys), (title.to_owned(), label.to_owned()));
    is("", "Stop shop/staging", "Stop 3 services");
    is("3", "Stop checkout of shop/staging", "Stop 1 service");
    is("3<Space>j<Space>", "Stop 2 services of shop/staging", "Stop 2 services");
    is("1jj", "Stop or start 3 environments of shop", "Stop 5 services");
    is("j<Space>k<Space>", "Stop 2 environments of shop", "Stop 5 services");
    is("<Enter>4", "Stop shop/staging", "Stop 3 services");
    is("<Enter>:pods<Enter>", "Stop checkout of shop/staging", "Stop 1 service");
    is("<Enter><Enter>", "Stop checkout of shop/staging", "Stop 1 service");
    is("2G", "Start shop/load", "Start 1 service");
}

#[test]
fn the_dialog_says_what_happens_in_numbers_and_cancel_has_the_focus() {
    let mut w = World::shop();
    ask(&mut w);
    let d = w.dialog();
    assert_eq!(d.focus, Focus::Cancel);
    assert_eq!(d.place, "eu-1 · staging");
    let headline = &d.choice().unwrap().headline;
    assert_eq!(headline, "3 services stop, 9 pods end. Start brings every count back.");
    assert_eq!(w.done("<Enter>"), [], "Enter at once cancels");
    assert!(w.state.overlay.is_none());
}

#[test]
fn no_letter_acts_in_a_dialog_and_c_copies_every_command() {
    let mut w = World::shop();
    ask(&mut w);
    assert_eq!(w.done("SyYaqxzsdX0123 "), []);
    assert!(matches!(w.state.overlay, Some(Overlay::Dialog(_))));
    let effects = w.done("c");
    let [Effect::Copy(text)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(text.lines().count(), 3);
    assert!(text.lines().all(|l| l.starts_with("kubectl -n shop-staging patch deployment/")), "{text}");
}

#[test]
fn tab_and_enter_run_the_plan_and_its_steps_are_followed_to_the_end() {
    let mut w = World::shop();
    ask(&mut w);
    let plan = run(w.done("<Tab><Enter>"));
    assert_eq!((plan.operation, names(&plan).len()), (Verb::Stop, 3));
    assert!(w.state.overlay.is_none());
    assert_eq!(w.state.running(&EnvironmentId::new("eu-1", "shop-staging")).unwrap().progress(), (0, 3));
    let tell = |w: &mut World, happened| {
        let progress =
            Progress { environment: EnvironmentId::new("eu-1", "shop-staging"), id: "op-9".into(), happened };
        update(&mut w.state, Message::Progress(progress));
    };
    tell(&mut w, Happened::Begun);
    tell(&mut w, Happened::Step { id: 1, result: StepResult::Done });
    tell(&mut w, Happened::Waiting { tier: 1, pods: 4, until: None });
    let o = w.state.running(&EnvironmentId::new("eu-1", "shop-staging")).unwrap();
    assert_eq!((o.progress(), o.waiting, o.id.as_deref()), ((1, 3), Some((4, None)), Some("op-9")));
    assert!(command::why_not(command::Id::StartStop, &w.state).unwrap().contains("runs already"));
    let outcome = Outcome {
        environment: EnvironmentId::new("eu-1", "shop-staging"),
        id: "op-9".into(),
        end: End::Partly,
        results: vec![(2, StepResult::Failed("denied by webhook".into())), (3, StepResult::Done)],
    };
    update(&mut w.state, Message::Finished(outcome));
    assert!(w.state.running(&EnvironmentId::new("eu-1", "shop-staging")).is_none());
    let o = w.state.operations.last().unwrap();
    assert_eq!((o.progress(), o.failed().count(), o.state()), ((3, 3), 1, OperationState::Failed));
    assert!(w.notices().contains("1 of 3 failed") && w.notices().contains("denied by webhook"), "{}", w.notices());
    w.keys(":ops<Enter>");
    assert_eq!(w.rows(Pane::Operations), ["stop shop/staging"]);
}

#[test]
fn before_the_cluster_has_said_what_is_allowed_nothing_can_be_pressed() {
    let mut w = World::shop();
    let effects = w.done("S");
    let [Effect::Ask(asker, Question::Review(plans))] = effects.as_slice() else { panic!() };
    assert_eq!(w.done("<Tab><Enter>"), []);
    assert!(w.dialog().notice.as_ref().unwrap().contains("still being asked"));
    update(&mut w.state, Message::answer(asker, Answer::Review(answers(plans, false))));
    assert_eq!(w.done("<Enter>"), []);
    assert_eq!(w.dialog().notice.as_deref(), Some("no patch on deployments: role viewer"));
    assert_eq!(w.dialog().focus, Focus::Choice(0), "the way on is not to type a name");
}

#[test]
fn a_right_that_the_plan_does_not_need_stops_nothing() {
    let lacking = |verb: &'static str, kind: Kind| {
        let mut w = World::shop();
        let effects = w.done("2S");
        let [Effect::Ask(asker, Question::Review(plans))] = effects.as_slice() else { panic!("{effects:?}") };
        let mut permissions = answers(plans, true);
        let of = permissions[0].clone();
        permissions.push(Permission { verb, api: kind.into(), allowed: Some(false), why: None, ..of });
        update(&mut w.state, Message::answer(asker, Answer::Review(permissions)));
        w.dialog().choice().unwrap().greyed.is_some()
    };
    assert!(lacking("patch", Kind::Deployment), "this one it needs");
    assert!(!lacking("delete", Kind::Deployment));
    assert!(!lacking("patch", Kind::DaemonSet));
}

#[test]
fn a_stop_of_production_asks_for_the_environments_name_and_a_start_does_not() {
    let mut w = World::shop();
    w.keys("j");
    assert_eq!(w.selected(Pane::Environments), "shop/prod");
    ask(&mut w);
    assert!(w.dialog().production);
    assert_eq!(w.done("<Tab><Tab><Enter>"), []);
    assert_eq!(w.dialog().notice.as_deref(), Some("production: type prod first"));
    assert_eq!(w.dialog().focus, Focus::Name, "where the name goes");
    assert_eq!(w.done("pro<Enter><Enter>"), [], "not all of it");
    assert_eq!(names(&run(w.done("d<Enter><Enter>"))), ["api", "web"]);

    let mut w = World::shop();
    w.stopped("shop-prod", "web", 2);
    w.stopped("shop-prod", "api", 2);
    (1..=2).for_each(|n| w.gone(Kind::Pod, "shop-prod", &format!("web-{n}")));
    (1..=2).for_each(|n| w.gone(Kind::Pod, "shop-prod", &format!("api-{n}")));
    w.show();
    w.keys(":svc shop/prod<Enter>2/prod<Enter>");
    ask(&mut w);
    assert!(w.dialog().production && w.dialog().typed.is_none());
    assert_eq!(run(w.done("<Tab><Enter>")).operation, Verb::Start);
}

#[test]
fn letters_in_the_name_field_are_typed_and_never_copied_or_scrolled() {
    let mut w = World::shop();
    w.keys("j");
    ask(&mut w);
    assert_eq!(w.done("<Tab>cjkg"), []);
    assert_eq!(w.dialog().typed.as_ref().unwrap().input.text(), "cjkg");
    update(&mut w.state, Message::Paste("prod\n".into()));
    assert_eq!(w.dialog().typed.as_ref().unwrap().input.text(), "cjkgprod", "a line feed pressed nothing");
}

#[test]
fn no_hint_offers_a_letter_while_a_name_is_typed() {
    let mut w = World::shop();
    w.keys("j");
    ask(&mut w);
    let verbs = |w: &World| help::hints(&w.state).iter().map(|h| h.verb).collect::<Vec<_>>();
    assert!(verbs(&w).contains(&"copy commands"));
    w.keys("<Tab>");
    assert_eq!(verbs(&w), ["next button", "press it", "cancel"]);
}

#[test]
fn both_verbs_are_offered_where_both_make_sense_with_their_counts() {
    let mut w = World::shop();
    w.stopped("shop-staging", "worker", 2);
    (1..=2).for_each(|n| w.gone(Kind::Pod, "shop-staging", &format!("worker-{n}")));
    w.show();
    w.keys("/staging<Enter>");
    ask(&mut w);
    let labels: Vec<_> = w.dialog().choices.iter().map(|c| c.label.as_str()).collect();
    assert_eq!(labels, ["Stop 2 services", "Start 1 service"]);
    w.keys("<Tab><Tab>");
    assert_eq!((w.dialog().focus, w.dialog().shown), (Focus::Choice(1), 1));
    assert_eq!(w.dialog().choice().unwrap().headline, "1 service starts, 2 pods come.");
    let plan = run(w.done("<Enter>"));
    assert_eq!((plan.operation, names(&plan)), (Verb::Start, vec!["worker".to_owned()]));
}

#[test]
fn what_was_made_anew_between_dialog_and_enter_is_not_touched() {
    let mut w = World::shop();
    w.keys("3");
    assert_eq!(w.selected(Pane::Services), "checkout");
    ask(&mut w);
    w.recreated("shop-staging", "checkout", 3);
    w.show();
    assert_eq!(w.done("<Tab><Enter>"), []);
    assert!(w.state.overlay.is_none());
    assert!(w.notices().contains("made anew"), "{}", w.notices());
}

#[test]
fn a_plan_that_changed_is_shown_again_before_anything_is_done() {
    let mut w = World::shop();
    ask(&mut w);
    w.service("shop-staging", "web", 6, 6);
    w.show();
    let effects = w.done("<Tab><Enter>");
    assert!(matches!(effects.as_slice(), [Effect::Ask(_, Question::Review(_))]), "{effects:?}");
    assert!(w.dialog().notice.as_ref().unwrap().contains("plan as of now"));
    assert_eq!(w.dialog().focus, Focus::Cancel);
    let [Effect::Ask(asker, Question::Review(plans))] = effects.as_slice() else { panic!() };
    let permissions = answers(plans, true);
    update(&mut w.state, Message::answer(asker, Answer::Review(permissions)));
    assert_eq!(names(&run(w.done("<Tab><Enter>"))).len(), 3);
}

/// `S` while the pods are still on their way; then a service comes, and all is there.
fn asked_too_early(w: &mut World, focus: &str) -> Vec<Effect> {
    let loading = |w: &mut World, state| w.model.apply(Change::data(Kind::Pod, state));
    loading(w, DataState::Loading { got: 1, of: None });
    w.show();
    w.keys("/staging<Enter>");
    ask(w);
    assert!(w.dialog().choices.iter().flat_map(|c| c.plans()).all(|p| p.provisional));
    w.keys(focus);
    w.service("shop-staging", "late", 2, 2);
    loading(w, DataState::Live);
    let effects = w.show();
    effects.into_iter().filter(|e| !matches!(e, Effect::LookAt(_))).collect()
}

#[test]
fn what_had_not_arrived_when_one_asked_comes_into_the_dialog_and_is_said() {
    let mut w = World::shop();
    let effects = asked_too_early(&mut w, "");
    assert_eq!(effects, [], "the same permissions do for it");
    assert!(w.dialog().notice.as_ref().unwrap().contains("More has arrived"));
    let choice = w.dialog().choice().unwrap();
    assert_eq!((choice.label.as_str(), choice.plans()[0].provisional), ("Stop 4 services", false));
    let names = names(&run(w.done("<Tab><Enter>")));
    assert!(names.contains(&"late".to_owned()), "{names:?}");
}

#[test]
fn what_arrives_does_not_change_what_a_button_does_that_is_about_to_be_pressed() {
    let mut w = World::shop();
    asked_too_early(&mut w, "<Tab>");
    assert_eq!(w.dialog().choice().unwrap().label, "Stop 3 services");
    let effects = w.done("<Enter>");
    assert!(matches!(effects.as_slice(), [Effect::Ask(_, Question::Review(_))]), "nothing but a question: {effects:?}");
    assert_eq!((w.dialog().choice().unwrap().label.as_str(), w.dialog().focus), ("Stop 4 services", Focus::Cancel));
}

#[test]
fn a_stop_of_what_is_not_known_whole_is_refused_in_the_dialog_and_asks_anew_once_it_is() {
    let mut w = World::shop();
    let deployments = |w: &mut World, state| w.model.apply(Change::data(Kind::Deployment, state));
    deployments(&mut w, DataState::Forbidden { why: "no".into() });
    w.show();
    w.keys("/staging<Enter>");
    assert_eq!(w.done("S"), [], "there is nothing to ask permission for");
    let greyed = |w: &World| w.dialog().choice().unwrap().greyed.clone().unwrap_or_default();
    assert!(greyed(&w).starts_with("you may not list deployments: a stop would leave out"), "{}", greyed(&w));
    assert_eq!(w.done("<Tab><Enter>"), [], "the button does nothing");
    w.keys("<Esc>");
    deployments(&mut w, DataState::Loading { got: 1, of: None });
    w.show();
    w.keys("S");
    assert!(greyed(&w).starts_with("deployments have not arrived: "), "{}", greyed(&w));
    deployments(&mut w, DataState::Live);
    let effects = w.show();
    assert!(effects.iter().any(|e| matches!(e, Effect::Ask(_, Question::Review(_)))), "{effects:?}");
    assert_eq!(greyed(&w), "");
}

#[test]
fn a_plan_that_stays_as_it_is_when_the_rest_arrives_can_be_pressed_at_once() {
    let mut w = World::shop();
    w.model.apply(Change::data(Kind::Pod, DataState::Loading { got: 1, of: None }));
    w.show();
    w.keys("/staging<Enter>");
    ask(&mut w);
    w.keys("<Tab>");
    w.model.apply(Change::data(Kind::Pod, DataState::Live));
    w.show();
    assert!(w.dialog().notice.as_ref().unwrap().contains("arrived"));
    assert!(!w.dialog().choice().unwrap().plans()[0].provisional);
    assert_eq!(names(&run(w.done("<Enter>"))).len(), 3);
}

#[test]
fn a_status_write_between_dialog_and_enter_changes_nothing_but_the_version_that_is_sent() {
    let mut w = World::shop();
    let shown = ask(&mut w);
    w.service("shop-staging", "web", 4, 3);
    w.show();
    let plan = run(w.done("<Tab><Enter>"));
    assert_eq!(names(&plan), names(shown.first().unwrap()));
}

#[test]
fn hidden_marks_never_act() {
    let mut w = World::shop();
    w.keys("3<Space>j<Space>/web<Enter>");
    ask(&mut w);
    assert_eq!(w.dialog().title, "Stop web of shop/staging");
    assert_eq!(names(&run(w.done("<Tab><Enter>"))), ["web"]);
}

#[test]
fn a_project_runs_one_plan_per_environment_and_leaves_out_what_is_busy() {
    let mut w = World::shop();
    w.journal("shop-staging", OperationState::Running, &[("web", StepResult::Pending)]);
    w.show();
    w.keys("1jj");
    ask(&mut w);
    let d = w.dialog();
    let refused: Vec<_> = d.choice().unwrap().plans().iter().flat_map(|p| &p.refused).map(|r| r.to_string()).collect();
    assert_eq!(refused, ["jonas on laptop is running a stop here"]);
    assert_eq!(d.typed.as_ref().unwrap().wanted.as_str(), "prod");
    assert_eq!(names(&run(w.done("<Tab>prod<Enter><Enter>"))), ["api", "web"]);
}

#[test]
fn where_one_environment_is_forbidden_the_dialog_says_which_and_the_others_can_be_stopped() {
    let mut w = World::shop();
    w.keys("1jj");
    let effects = w.done("S");
    let [Effect::Ask(asker, Question::Review(plans)), ..] = effects.as_slice() else { panic!("{effects:?}") };
    let mut permissions = answers(plans, true);
    for p in
        permissions.iter_mut().filter(|p| p.environment.namespace == "shop-prod" && p.api == Kind::Deployment.into())
    {
        p.allowed = Some(false);
        p.why = Some("role viewer".into());
    }
    update(&mut w.state, Message::answer(asker, Answer::Review(permissions)));
    let choice = w.dialog().choice().unwrap();
    assert_eq!((choice.label.as_str(), &choice.greyed), ("Stop 3 services", &None));
    let refused: Vec<_> = choice.plans().iter().filter(|p| !p.refused.is_empty()).collect();
    let [prod] = refused.as_slice() else { panic!("{refused:?}") };
    assert_eq!(
        (prod.environment.id.namespace.as_str(), prod.refused.as_slice()),
        ("shop-prod", &["no patch on deployments: role viewer".into()][..])
    );
    assert!(w.dialog().typed.is_none(), "no production would be stopped");
    assert_eq!(run(w.done("<Tab><Enter>")).environment.id.namespace, "shop-staging");
}

#[test]
fn taking_over_from_a_live_holder_names_him_and_needs_a_word() {
    let results = [("checkout", StepResult::Done), ("web", StepResult::Pending)];
    let open = |namespace| {
        let mut w = World::shop();
        w.journal(namespace, OperationState::Running, &results);
        w.show();
        w.keys(":ops<Enter><Enter>");
        w
    };
    let mut w = open("shop-staging");
    assert_eq!(w.dialog().title, "Running: stop of shop/staging");
    let labels: Vec<_> = w.dialog().choices.iter().map(|c| c.label.as_str()).collect();
    assert_eq!(labels, ["Take it over", "Undo 1 object", "Open"]);
    assert_eq!(w.done("<Tab><Tab><Enter>"), []);
    assert_eq!(w.dialog().notice.as_deref(), Some("jonas is at work on it: type take over first"));
    assert_eq!(w.done("take<Enter><Enter>"), [], "not all of it");
    let effects = w.done("<Tab><Tab> over<Tab><Enter>");
    assert_eq!(effects, [], "the word is typed where it goes, nowhere else");
    w.keys("<Esc>:ops<Enter><Enter>");
    let effects = w.done("<Tab>take over<Enter><Enter>");
    assert_eq!(
        effects,
        [Effect::Resume {
            environment: EnvironmentId::new("eu-1", "shop-staging"),
            id: "op-1".into(),
            take_over: true
        }]
    );
    let mut w = open("shop-staging");
    let effects = w.done("<Tab>take over<Enter><Tab><Enter>");
    assert_eq!(
        effects,
        [Effect::Undo { environment: EnvironmentId::new("eu-1", "shop-staging"), id: "op-1".into(), take_over: true }]
    );
    let w = open("shop-prod");
    assert_eq!(w.dialog().typed.as_ref().map(|t| t.wanted.as_str()), Some("take over prod"), "and whose production");
    let mut w = open("shop-staging");
    assert_eq!(w.done("<S-Tab><Enter>"), [], "to look at it needs none");
    assert_eq!(*w.state.screen(), Screen::Environment(EnvironmentId::new("eu-1", "shop-staging")));
}

#[test]
fn a_holder_who_comes_back_to_life_while_one_is_asked_makes_it_another_question() {
    let mut w = World::shop();
    w.journal("shop-staging", OperationState::Interrupted, &[("web", StepResult::Pending)]);
    w.show();
    w.keys("2<Enter><Tab>");
    w.journal("shop-staging", OperationState::Running, &[("web", StepResult::Pending)]);
    w.show();
    assert_eq!((w.dialog().focus, w.dialog().typed.is_some()), (Focus::Cancel, true));
    assert!(w.dialog().notice.as_ref().unwrap().contains("as of now"));
    let before = w.dialog().operation.as_ref().unwrap().journal.heartbeat;
    w.keys("<Tab>take");
    w.wait(9);
    w.journal("shop-staging", OperationState::Running, &[("web", StepResult::Done)]);
    w.show();
    let o = w.dialog().operation.as_ref().unwrap();
    assert!(o.journal.heartbeat > before, "his heart is seen to beat");
    assert_eq!(o.journal.progress(), (1, 1));
    assert_eq!(w.dialog().typed.as_ref().unwrap().input.text(), "take", "the same question is not asked anew");
}

#[test]
fn changes_are_greyed_with_the_reason() {
    let why = |change: Change| {
        let mut w = World::shop();
        w.model.apply(change);
        w.show();
        assert_eq!(w.done("S"), []);
        assert!(w.state.overlay.is_none());
        let why = command::why_not(command::Id::StartStop, &w.state).unwrap();
        assert!(w.notices().ends_with(why.as_str()));
        w.keys("x");
        assert!(matches!(w.state.overlay, Some(Overlay::Explain(_))));
        why.to_string()
    };
    let facts = |access| Change::Facts(ClusterFacts { access, ..ClusterFacts::default() });
    assert_eq!(why(facts(Access::ReadOnly("a dump".into()))), "read-only: a dump");
    let lost =
        Connection::Lost { since: super::world::at(0), why: "refused".into(), brief: "refused".into(), retry: None };
    assert!(why(Change::Connection(lost)).contains("does not answer"));
    assert!(why(Change::Connection(Connection::Starting)).contains("not connected"));
}

#[test]
fn who_may_not_patch_deployments_is_refused_by_what_a_plan_needs_and_by_nothing_before() {
    for access in [Access::MayNot("may not patch deployments".into()), Access::Unknown] {
        let mut w = World::shop();
        w.model.apply(Change::Facts(ClusterFacts { access, ..ClusterFacts::default() }));
        w.show();
        assert_eq!(command::why_not(command::Id::StartStop, &w.state), None);
        assert!(
            matches!(w.done("S").first(), Some(Effect::Ask(_, Question::Review(_)))),
            "the cluster is asked for this plan"
        );
        assert!(matches!(w.state.overlay, Some(Overlay::Dialog(_))));
    }
}

#[test]
fn a_connection_that_is_lost_while_the_dialog_is_open_stops_the_button() {
    let mut w = World::shop();
    ask(&mut w);
    let lost = Connection::Lost { since: super::world::at(0), why: "x".into(), brief: "x".into(), retry: None };
    w.model.apply(Change::Connection(lost));
    w.show();
    assert_eq!(w.done("<Tab><Enter>"), []);
    assert!(w.dialog().notice.as_ref().unwrap().contains("does not answer"));
}

#[test]
fn an_interrupted_operation_offers_resume_and_undo_on_enter() {
    let mut w = World::shop();
    let results = [("checkout", StepResult::Done), ("web", StepResult::Pending), ("worker", StepResult::Pending)];
    w.journal("shop-staging", OperationState::Interrupted, &results);
    w.show();
    w.keys("2<Enter>");
    let d = w.dialog();
    assert_eq!(d.title, "Interrupted: stop of shop/staging");
    let labels: Vec<_> = d.choices.iter().map(|c| c.label.as_str()).collect();
    assert_eq!(labels, ["Resume 2 objects", "Undo 1 object", "Open"]);
    assert_eq!(d.choice().unwrap().headline, "Resume takes it over and does what is left.");
    assert_eq!(d.operation.as_ref().map(|o| o.journal.holder.as_str()), Some("jonas"), "whose it is, is shown");
    let effects = w.done("<Tab><Enter>");
    assert_eq!(
        effects,
        [Effect::Resume {
            environment: EnvironmentId::new("eu-1", "shop-staging"),
            id: "op-1".into(),
            take_over: false
        }]
    );
    assert_eq!(w.state.running(&EnvironmentId::new("eu-1", "shop-staging")).unwrap().progress(), (1, 3));
    assert!(w.state.overlay.is_none());

    let mut w = World::shop();
    w.journal("shop-staging", OperationState::Interrupted, &results);
    w.show();
    let effects = w.done("2<Enter><S-Tab><S-Tab><Enter>");
    assert_eq!(
        effects,
        [Effect::Undo { environment: EnvironmentId::new("eu-1", "shop-staging"), id: "op-1".into(), take_over: false }]
    );
    let mut w = World::shop();
    w.journal("shop-staging", OperationState::Interrupted, &results);
    w.show();
    assert_eq!(w.done("2<Enter><S-Tab><Enter>"), []);
    assert_eq!(*w.state.screen(), Screen::Environment(EnvironmentId::new("eu-1", "shop-staging")));
    assert!(w.state.overlay.is_none());
}

#[test]
fn an_interrupted_operation_whose_steps_have_all_ended_can_be_finished() {
    let mut w = World::shop();
    w.journal("shop-staging", OperationState::Interrupted, &[("web", StepResult::Done)]);
    w.show();
    w.keys("2<Enter>");
    assert_eq!(w.dialog().choices.first().map(|c| (c.label.as_str(), c.greyed.clone())), Some(("Finish it", None)));
    assert!(matches!(w.done("<Tab><Enter>").as_slice(), [Effect::Resume { .. }]));
}

#[test]
fn in_the_list_of_operations_a_failed_one_offers_to_retry_only_what_failed() {
    let mut w = World::shop();
    let results = [("checkout", StepResult::Done), ("web", StepResult::Failed("no".into()))];
    w.journal("shop-staging", OperationState::Failed, &results);
    w.show();
    w.keys(":ops<Enter><Enter>");
    let d = w.dialog();
    assert_eq!(d.choices.first().map(|c| (c.label.as_str(), c.greyed.is_none())), Some(("Retry 1 object", true)));
    assert!(matches!(d.choices.first().map(|c| &c.act), Some(Act::Resume { .. })));
}

#[test]
fn an_operation_that_changed_hands_meanwhile_is_left_alone() {
    let mut w = World::shop();
    w.journal("shop-staging", OperationState::Interrupted, &[("web", StepResult::Pending)]);
    w.show();
    w.keys("2<Enter>");
    w.journal("shop-staging", OperationState::Done, &[("web", StepResult::Done)]);
    w.show();
    assert_eq!(w.done("<Tab><Enter>"), []);
    assert!(w.notices().contains("has changed since"));

    let mut w = World::shop();
    w.journal("shop-staging", OperationState::Interrupted, &[("web", StepResult::Pending)]);
    w.show();
    w.keys("2<Enter>");
    w.operation = "op-2";
    w.journal("shop-staging", OperationState::Interrupted, &[("web", StepResult::Pending)]);
    w.show();
    assert_eq!(w.dialog().operation.as_ref().unwrap().journal.id, "op-1", "the question is not about it");
    assert_eq!(w.done("<Tab><Enter>"), [], "interrupted too, but another one");
}

#[test]
fn quitting_asks_once_and_whatever_runs_keeps_nobody() {
    let mut w = World::shop();
    ask(&mut w);
    run(w.done("<Tab><Enter>"));
    assert_eq!(w.done("q"), []);
    assert!(matches!(w.state.overlay, Some(Overlay::Quit)));
    assert_eq!(w.done("q"), [Effect::Quit]);
}
