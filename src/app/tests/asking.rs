//! What a dialog asks, when it asks again, and when it must not be pressed.

use super::operating::{answers, ask, names, run};
use super::world::{World, at};
use crate::app::dialog::Focus;
use crate::app::pane::Pane;
use crate::app::question::{Answer, Question};
use crate::app::{Effect, Message, Overlay, update};
use crate::domain::data::DataState;
use crate::domain::model::Change;
use crate::domain::operation::{OperationState, StepResult, Verb};
use crate::domain::row::{AnyRow, WorkloadKind, WorkloadRow};
use crate::domain::snapshot::Connection;
use crate::domain::{Kind, Text};

/// The cluster says what it thinks of all that was asked.
fn reply(w: &mut World, effects: Vec<Effect>, yes: bool) -> Vec<u64> {
    let one = |e: Effect| match e {
        Effect::Ask(asker, Question::Review(plans)) => {
            update(&mut w.state, Message::answer(&asker, Answer::Review(answers(&plans, yes))));
            Some(asker.number())
        }
        _ => None,
    };
    effects.into_iter().filter_map(one).collect()
}

/// staging with both verbs: two services run, one is stopped.
fn both() -> World {
    let mut w = World::shop();
    w.stopped("shop-staging", "worker", 2);
    (1..=2).for_each(|n| w.gone(Kind::Pod, "shop-staging", &format!("worker-{n}")));
    w.show();
    w.keys("/staging<Enter>");
    w
}

fn pods(w: &mut World, state: DataState) {
    w.model.apply(Change::data(Kind::Pod, state));
}

/// Buttons with the reason why they are grey.
fn buttons(w: &World) -> Vec<(String, Option<Text>)> {
    w.dialog().choices.iter().map(|c| (c.label.clone(), c.greyed.clone())).collect()
}

#[test]
fn whoever_asks_about_a_row_means_it_wherever_a_sort_puts_it() {
    for interrupted in [false, true] {
        let mut w = World::shop();
        if interrupted {
            w.journal("shop-staging", OperationState::Interrupted, &[("web", StepResult::Pending)]);
            w.show();
        }
        let asked = w.selected(Pane::Environments);
        w.keys(if interrupted { "<Enter><Esc>" } else { "S<Esc>" });
        w.service("shop-prod", "web", 2, 0);
        w.service("shop-prod", "api", 2, 0);
        w.show();
        assert_eq!(w.selected(Pane::Environments), asked);
        // Whoever asked about nothing looks at what is worst.
        let mut w = World::shop();
        w.service("shop-prod", "web", 2, 0);
        w.service("shop-prod", "api", 2, 0);
        w.show();
        assert_ne!(w.selected(Pane::Environments), asked);
    }
}

#[test]
fn where_nothing_can_be_done_both_buttons_say_why_and_nobody_is_asked() {
    let mut w = World::shop();
    w.namespace("lab-empty", "lab", "empty");
    w.show();
    w.keys(":svc lab/empty<Enter>2/empty<Enter>");
    assert_eq!(w.done("S"), []);
    let why = |verb| Some(Text::from(format!("there is nothing to {verb}")));
    assert_eq!(buttons(&w).into_iter().map(|(_, why)| why).collect::<Vec<_>>(), [why("stop"), why("start")]);
    assert!(!w.dialog().production);
    assert_eq!(w.done("<Tab><Enter>"), []);
    assert_eq!(w.dialog().notice, why("stop"));
}

#[test]
fn what_this_kennel_has_just_begun_is_not_begun_twice() {
    let mut w = World::shop();
    w.keys("3<Space>j<Space>");
    ask(&mut w);
    run(w.done("<Tab><Enter>"));
    assert_eq!(w.state.acting(Pane::Services).len(), 1, "the marks have done their work");
    // The journal has not come back from the cluster yet.
    assert_eq!(w.done("S"), []);
    assert!(w.state.overlay.is_none() && w.notices().contains("stop of shop/staging runs already"), "{}", w.notices());
    let effects = w.done("1jjS");
    let [Effect::Ask(_, Question::Review(plans)), ..] = effects.as_slice() else {
        panic!("{effects:?}; {}", w.notices())
    };
    let staging = plans.iter().find(|p| p.environment.id.namespace == "shop-staging").unwrap();
    assert_eq!(staging.refused, ["stop of shop/staging runs already"].map(Text::from));
}

#[test]
fn of_several_environments_the_name_of_the_production_among_them_is_typed_and_of_several_the_projects() {
    let typed = |w: &mut World| {
        w.keys("1jj");
        ask(w);
        w.dialog().typed.as_ref().map(|t| t.wanted.to_string())
    };
    assert_eq!(typed(&mut World::shop()).as_deref(), Some("prod"));
    let mut w = World::shop();
    w.namespace("shop-live", "shop", "live");
    w.service("shop-live", "web", 1, 1);
    w.show();
    assert_eq!(typed(&mut w).as_deref(), Some("shop"));
}

#[test]
fn an_answer_to_an_earlier_question_is_none_to_this_one() {
    let mut w = World::shop();
    let first = w.done("S");
    let second = w.done("<Esc>S");
    reply(&mut w, first, true);
    assert_eq!(w.done("<Tab><Enter>"), []);
    assert!(w.dialog().notice.as_ref().unwrap().contains("still being asked"));
    reply(&mut w, second, true);
    run(w.done("<Enter>"));
}

#[test]
fn who_types_the_name_goes_on_typing_when_the_cluster_answers() {
    let mut w = World::shop();
    let effects = w.done("jS<Tab>pr");
    reply(&mut w, effects, true);
    w.keys("od");
    assert_eq!(w.dialog().typed.as_ref().unwrap().input.text(), "prod");
    let mut w = World::shop();
    let effects = w.done("jS<Tab>pr");
    reply(&mut w, effects, false);
    assert_eq!((w.dialog().focus, w.dialog().typed.is_some()), (Focus::Cancel, false), "nothing is left to type for");
}

#[test]
fn only_the_missing_name_leads_to_where_it_is_typed() {
    let pressed = |w: &mut World, keys: &str| {
        assert_eq!(w.done(keys), []);
        (w.dialog().focus, w.dialog().notice.as_ref().unwrap().to_string())
    };
    let stop = Focus::Choice(0);
    // The cluster has not said yet what is allowed.
    let mut w = World::shop();
    w.keys("jS");
    let (focus, why) = pressed(&mut w, "<Tab><Tab><Enter>");
    assert!(focus == stop && why.contains("still being asked"), "{focus:?}: {why}");
    // The connection is gone: with the name typed or without.
    for name in ["", "prod"] {
        let mut w = World::shop();
        w.keys("j");
        ask(&mut w);
        w.keys(&format!("<Tab>{name}"));
        let lost = Connection::Lost { since: at(0), why: "x".into(), brief: "x".into(), retry: None };
        w.model.apply(Change::Connection(lost));
        w.show();
        let (focus, why) = pressed(&mut w, "<Tab><Enter>");
        assert_eq!(focus == stop, !name.is_empty(), "{why}");
        assert_eq!(why.contains("does not answer"), !name.is_empty(), "{why}");
    }
    // It is greyed.
    let mut w = World::shop();
    w.undoing = true;
    w.journal("shop-prod", OperationState::Interrupted, &[("web", StepResult::Done)]);
    w.show();
    w.keys("/prod<Enter><Enter>");
    let (focus, why) = pressed(&mut w, "<Tab><Tab><Enter>");
    assert!(focus == stop && why.contains("it is being undone"), "{focus:?}: {why}");
    // A start beside a stop of production.
    let mut w = World::shop();
    w.stopped("shop-prod", "api", 2);
    (1..=2).for_each(|n| w.gone(Kind::Pod, "shop-prod", &format!("api-{n}")));
    w.show();
    w.keys("/prod<Enter>");
    ask(&mut w);
    assert_eq!(run(w.done("<Tab><Tab><Tab><Enter>")).operation, Verb::Start);
}

#[test]
fn of_an_operation_that_did_not_end_well_the_buttons_count_what_is_left_and_what_was_changed() {
    use StepResult::{Done, Failed, Pending, Sent};
    let no = || Failed("no".into());
    let shown = |stands, undoing, unnoted: bool, steps: &[(&str, StepResult)]| {
        let mut w = World::shop();
        if unnoted {
            w.stopped("shop-staging", "web", 3);
        }
        w.undoing = undoing;
        w.journal("shop-staging", stands, steps);
        w.show();
        w.keys(":ops<Enter><Enter>");
        buttons(&w).into_iter().take(2).map(|(label, why)| (label, why.map(|w| w.to_string()))).collect::<Vec<_>>()
    };
    let is = |shown: Vec<(String, Option<String>)>, resume: (&str, &str), undo: (&str, &str)| {
        let of = |(label, why): (&str, &str)| (label.to_owned(), (!why.is_empty()).then(|| why.to_owned()));
        assert_eq!(shown, [of(resume), of(undo)]);
    };
    let nothing = "nothing was changed yet";
    is(
        shown(OperationState::Failed, false, false, &[("checkout", Done), ("web", no())]),
        ("Retry 1 object", ""),
        ("Undo 1 object", ""),
    );
    is(shown(OperationState::Failed, false, false, &[("web", no())]), ("Retry 1 object", ""), ("Undo", nothing));
    is(
        shown(OperationState::Failed, false, false, &[("web", Done)]),
        ("Retry 0 objects", "nothing is left to do"),
        ("Undo 1 object", ""),
    );
    // Of an interrupted one the journal may lack what was done last: the objects themselves tell.
    is(shown(OperationState::Interrupted, false, false, &[("web", Pending)]), ("Resume 1 object", ""), ("Undo", ""));
    is(
        shown(OperationState::Interrupted, false, true, &[("checkout", Done), ("web", Sent)]),
        ("Finish it", ""),
        ("Undo 2 objects", ""),
    );
    is(
        shown(OperationState::Interrupted, true, false, &[("web", Done)]),
        ("Finish it", "it is being undone: from then on it only goes back"),
        ("Undo 1 object", ""),
    );
}

/// `S` while the pods are on their way; then `more` comes, and all is there.
fn early(w: &mut World, yes: bool, keys: &str, more: impl FnOnce(&mut World)) -> Vec<Effect> {
    pods(w, DataState::Loading { got: 1, of: None });
    w.show();
    let effects = w.done("S");
    reply(w, effects, yes);
    assert!(w.dialog().choices.iter().flat_map(|c| c.plans()).all(|p| p.provisional));
    w.state.hits.overlay_scroll = 9;
    w.keys(keys);
    more(w);
    pods(w, DataState::Live);
    let effects = w.show();
    effects.into_iter().filter(|e| matches!(e, Effect::Ask(_, Question::Review(_)))).collect()
}

#[test]
fn what_arrives_leaves_one_at_the_place_and_with_the_answers_that_one_had() {
    let mut w = both();
    let asked = early(&mut w, true, "<Tab><Tab><Tab>jj", |w| w.service("shop-staging", "late", 2, 2));
    assert_eq!(asked, []);
    let d = w.dialog();
    assert_eq!((d.focus, d.shown, d.scroll), (Focus::Cancel, 1, 2), "Start is what one was reading");
    assert_eq!(buttons(&w)[0].0, "Stop 3 services");
    let mut w = both();
    early(&mut w, false, "", |w| w.service("shop-staging", "late", 2, 2));
    let why = Some("no patch on deployments: role viewer".into());
    assert!(buttons(&w).iter().all(|(_, greyed)| *greyed == why), "what was forbidden stays so");
}

#[test]
fn what_arrives_and_needs_another_right_is_asked_for_before_it_can_be_pressed() {
    let mut w = both();
    let more = |w: &mut World| {
        let row = WorkloadRow { kind: WorkloadKind::StatefulSet, ..World::workload("shop-staging", "late", 2, 2) };
        w.model.apply(Change::Put(AnyRow::Workload(Box::new(row))));
    };
    let asked = early(&mut w, true, "", more);
    let [Effect::Ask(_, Question::Review(plans))] = asked.as_slice() else { panic!("{asked:?}") };
    assert!(plans[0].needs().iter().any(|(_, kind)| *kind == Kind::StatefulSet.into()));
    assert_eq!(w.done("<Tab><Enter>"), []);
    assert!(w.dialog().notice.as_ref().unwrap().contains("still being asked"));
    reply(&mut w, asked, true);
    assert!(names(&run(w.done("<Enter>"))).contains(&"late".to_owned()));
}

#[test]
fn a_plan_that_changed_is_shown_at_the_verb_that_was_pressed_and_says_what_has_happened() {
    let press = |marks: &str, tabs: &str, change: fn(&mut World)| {
        let mut w = both();
        w.keys(marks);
        ask(&mut w);
        change(&mut w);
        w.show();
        w.keys(tabs);
        (w.dialog().shown, w.dialog().notice.as_ref().unwrap().to_string())
    };
    let more = |w: &mut World| w.service("shop-staging", "web", 6, 6);
    let other = |w: &mut World| w.stopped("shop-staging", "worker", 3);
    assert_eq!(press("", "<Tab><Enter>", more).0, 0);
    let (shown, why) = press("", "<Tab><Tab><Enter>", other);
    assert!(shown == 1 && why.starts_with("The cluster has changed since: this is the plan as of now"), "{why}");
    let anew = |w: &mut World| w.recreated("shop-staging", "checkout", 3);
    let (_, why) = press("3<Space>j<Space>", "<Tab><Enter>", anew);
    assert!(why.starts_with("Some of it is gone, or was made anew since"), "{why}");
}

#[test]
fn tab_goes_to_another_plan_from_its_beginning_and_back_to_the_same_one_where_one_was() {
    let mut w = both();
    ask(&mut w);
    w.state.hits.overlay_scroll = 9;
    w.keys("jj<Tab>");
    assert_eq!((w.dialog().shown, w.dialog().scroll), (0, 2));
    w.keys("<Tab>");
    assert_eq!((w.dialog().shown, w.dialog().scroll), (1, 0));
    let lost = Connection::Lost { since: at(0), why: "x".into(), brief: "x".into(), retry: None };
    w.model.apply(Change::Connection(lost));
    w.show();
    w.keys("<Enter>");
    assert!(w.dialog().notice.is_some());
    w.keys("<Tab>");
    assert!(w.dialog().notice.is_none(), "it was about the other button");
    assert!(matches!(w.state.overlay, Some(Overlay::Dialog(_))));
}
