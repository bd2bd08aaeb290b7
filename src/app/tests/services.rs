//! What is done to single services: what its key asks, what is greyed and why, what runs.

use std::sync::Arc;

use super::operating::{answers, run};
use super::world::World;
use crate::app::question::{Answer, Asker, Question};
use crate::app::{Effect, Message, Overlay, command, update};
use crate::domain::operation::{StepResult, Verb};
use crate::domain::revision::{Container, Revision};
use crate::domain::{Kind, ObjectId};
use crate::plan;

/// Presses keys that open a dialog, and lets the cluster say that all of it is allowed.
fn ask(w: &mut World, keys: &str) {
    for e in w.done(keys) {
        let Effect::Ask(asker, Question::Review(plans)) = e else { panic!("{e:?}") };
        let permissions = answers(&plans, true);
        update(&mut w.state, Message::answer(&asker, Answer::Review(permissions)));
    }
}

#[test]
fn r_asks_about_the_service_under_the_cursor_or_all_that_are_marked_and_runs_what_was_shown() {
    let mut w = World::shop();
    ask(&mut w, "3r");
    let d = w.dialog();
    assert_eq!((d.title.as_str(), d.choices.len()), ("Redeploy checkout of shop/staging", 1));
    assert_eq!(d.choices[0].label, "Redeploy 1 service");
    w.wait(7);
    w.show();
    let plan = run(w.done("<Tab><Enter>"));
    assert_eq!((plan.operation, plan.steps.len(), plan.needs_journal()), (Verb::Redeploy, 1, false));
    let mut w = World::shop();
    ask(&mut w, "3<Space>j<Space>r");
    assert_eq!(w.dialog().title, "Redeploy 2 services of shop/staging");
    assert!(run(w.done("<Tab><Enter>")).needs_journal());
}

#[test]
fn how_many_is_typed_after_plus_and_what_is_no_count_is_refused_with_what_would_be_right() {
    let mut w = World::shop();
    assert_eq!(w.done("3j+"), []);
    assert_eq!(w.state.prompt.as_ref().map(|p| p.input.text().to_owned()).as_deref(), Some("scale "));
    ask(&mut w, "6<Enter>");
    assert_eq!(w.dialog().title, "Scale web of shop/staging");
    assert_eq!(w.dialog().choices[0].headline, "1 service is scaled, 2 pods come.");
    assert_eq!(run(w.done("<Tab><Enter>")).operation, Verb::Scale);
    for wrong in ["-1", "many", "2147483648", ""] {
        let mut w = World::shop();
        assert_eq!(w.done(&format!("3:scale {wrong}<Enter>")), []);
        assert!(w.state.overlay.is_none());
        assert!(w.notices().contains(":scale 3"), "{wrong}: {}", w.notices());
    }
}

#[test]
fn of_an_environment_or_a_project_no_service_is_redeployed_or_scaled() {
    for keys in ["2r", "1r", "2:scale 3<Enter>", "<Enter>4r"] {
        let mut w = World::shop();
        assert_eq!(w.done(keys), []);
        assert!(w.state.overlay.is_none(), "{keys}");
        assert!(w.notices().contains("choose"), "{keys}: {}", w.notices());
    }
    let mut w = World::shop();
    w.keys("2");
    assert_eq!(command::why_not(command::Id::Redeploy, &w.state).as_deref(), Some("choose a service"));
}

#[test]
fn scaling_a_service_of_production_to_none_wants_the_name_of_its_environment() {
    let mut w = World::shop();
    w.keys("2/prod<Enter>3");
    ask(&mut w, ":scale 0<Enter>");
    assert_eq!(w.dialog().typed.as_ref().map(|t| t.wanted.as_str()), Some("prod"));
    assert_eq!(w.done("<Tab><Tab><Enter>"), []);
    w.keys("<Esc>");
    ask(&mut w, ":scale 1<Enter>");
    assert!(w.dialog().typed.is_none());
}

/// Who asks for the way back, and to which revision.
fn way_back(effects: Vec<Effect>) -> (Asker, Option<u32>) {
    match effects.as_slice() {
        [Effect::Ask(asker, Question::Back(_, to))] => (asker.clone(), *to),
        other => panic!("{other:?}"),
    }
}

fn revisions() -> Vec<Revision> {
    let of = |number, image: &str| {
        let container = Container { image: image.into(), ..Container::default() };
        Revision { number, containers: [("main".into(), container)].into(), ..Revision::default() }
    };
    vec![of(8, "acme/checkout:2"), of(7, "acme/checkout:1"), of(5, "acme/checkout:0")]
}

/// The way back of checkout, as it would be read.
fn read(to: Option<u32>) -> Answer {
    let object = ObjectId::new(Kind::Deployment, "shop-staging", "checkout");
    let live = serde_json::json!({ "metadata": { "uid": "shop-staging/checkout", "generation": 1 }, "spec": { "template": {} } });
    let template = |r: &Revision| Some(serde_json::json!({ "revision": r.number }));
    Answer::Back(plan::back(&object, &live, &revisions(), to, template))
}

#[test]
fn b_reads_the_way_back_to_the_revision_under_the_cursor_or_the_one_before_the_newest_and_then_asks() {
    let mut w = World::shop();
    let (asker, to) = way_back(w.done("3b"));
    assert_eq!(to, None);
    assert!(w.state.overlay.is_none() && w.notices().contains("reading"), "{}", w.notices());
    let effects = update(&mut w.state, Message::answer(&asker, read(to)));
    let [Effect::Ask(asker, Question::Review(plans))] = effects.as_slice() else { panic!("{effects:?}") };
    update(&mut w.state, Message::answer(asker, Answer::Review(answers(plans, true))));
    let d = w.dialog();
    assert_eq!(
        (d.title.as_str(), d.choices[0].label.as_str()),
        ("Roll back checkout of shop/staging", "Roll back 1 service")
    );
    let step = &d.choices[0].plans()[0].steps[0];
    assert_eq!(plan::detail(step), "revision 8 → 7");
    assert_eq!(step.note.as_deref(), Some("image acme/checkout:2 → acme/checkout:1"));
    assert_eq!(run(w.done("<Tab><Enter>")).operation, Verb::Rollback);

    let mut w = World::shop();
    for e in w.keys("3<Enter>") {
        if let Effect::Ask(asker, Question::Revisions(_)) = e {
            update(&mut w.state, Message::answer(&asker, Answer::Revisions(Ok(revisions()))));
        }
    }
    for _ in 0..9 {
        if w.state.focus() != crate::app::Pane::Revisions {
            w.keys("<Tab>");
        }
    }
    assert_eq!(w.state.focus(), crate::app::Pane::Revisions);
    assert_eq!(way_back(w.done("Gb")).1, Some(5));
}

#[test]
fn a_key_that_is_pressed_meanwhile_takes_the_question_back_and_what_can_not_be_read_is_told() {
    let mut w = World::shop();
    let (asker, to) = way_back(w.done("3b"));
    w.keys("j");
    assert!(!asker.listens());
    update(&mut w.state, Message::answer(&asker, read(to)));
    assert!(w.state.overlay.is_none(), "no dialog comes up under a finger");
    let (asker, _) = way_back(w.done("kb"));
    update(&mut w.state, Message::answer(&asker, read(Some(6))));
    let told = w.notices();
    assert!(told.ends_with("has no revision 6; there is 8 (now), 7, 5"), "{told}");
    assert!(!matches!(w.state.overlay, Some(Overlay::Dialog(_))));
}

#[test]
fn one_change_of_one_object_keeps_others_away_until_it_is_sent_and_nobody_has_to_go_on_with_it() {
    let mut w = World::shop();
    ask(&mut w, "3r");
    let id = run(w.done("<Tab><Enter>")).environment.id.clone();
    assert!(w.state.running(&id).is_some_and(|o| !o.journaled), "it is being sent");
    for o in &mut w.state.operations {
        let mut sent = (**o).clone();
        sent.steps.iter_mut().for_each(|s| s.result = StepResult::Sent);
        *o = Arc::new(sent);
    }
    assert!(w.state.running(&id).is_none() && w.state.held().next().is_none());
    assert_eq!(w.state.under_way().count(), 1, "its pods are still waited for");
}
