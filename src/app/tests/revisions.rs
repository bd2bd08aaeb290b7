//! Revisions of the service on screen: asked for when they may be others, one question at a time, as long as one looks.

use super::world::World;
use crate::app::pane::Pane;
use crate::app::question::{Answer, Asker, Question};
use crate::app::view::{Emptiness, emptiness};
use crate::app::{Effect, Message, update};
use crate::domain::model::Change;
use crate::domain::revision::{Container, Revision};
use crate::domain::row::{AnyRow, WorkloadRow};

/// Who asks, and about what.
fn asked(effects: Vec<Effect>) -> Vec<(Asker, String)> {
    let about = |e| match e {
        Effect::Ask(asker, Question::Revisions(workload)) => Some((asker, workload.meta.uid.to_string())),
        _ => None,
    };
    effects.into_iter().filter_map(about).collect()
}

/// The one who asks, about this workload.
fn one(effects: Vec<Effect>, about: &str) -> Asker {
    match asked(effects).as_slice() {
        [(asker, uid)] if uid == about => asker.clone(),
        other => panic!("{other:?}"),
    }
}

fn nobody(effects: Vec<Effect>) {
    let all = asked(effects);
    assert!(all.is_empty(), "{all:?}");
}

fn of(number: u32, image: &str) -> Revision {
    let container = Container { image: image.into(), ..Container::default() };
    Revision { number, containers: [("main".into(), container)].into(), ..Revision::default() }
}

fn two() -> Answer {
    Answer::Revisions(Ok(vec![of(8, "acme/checkout:2"), of(7, "acme/checkout:1")]))
}

/// What its controller has seen and made of checkout.
fn stands(w: &mut World, generation: i64, available: u32) -> Vec<Effect> {
    let row = World::workload("shop-staging", "checkout", 3, available);
    let row = WorkloadRow { observed_generation: generation, ..row };
    w.model.apply(Change::Put(AnyRow::Workload(Box::new(row))));
    w.show()
}

const CHECKOUT: &str = "shop-staging/checkout";

#[test]
fn they_are_read_when_a_service_is_opened_and_again_by_its_generation() {
    let mut w = World::shop();
    let asker = one(w.keys("3<Enter>"), CHECKOUT);
    nobody(w.keys("jk<Tab>"));
    assert!(matches!(emptiness(&w.state, Pane::Revisions), Some(Emptiness::Loading { what: "revisions", .. })));
    nobody(update(&mut w.state, Message::answer(&asker, two())));
    assert_eq!(w.rows(Pane::Revisions), ["8", "7"]);
    let changes: Vec<_> = w.state.list(Pane::Revisions).rows().iter().filter_map(|r| r.revision()).collect();
    assert_eq!(changes[0].changes.as_deref(), Some("image acme/checkout:1 → acme/checkout:2"));
    assert_eq!(changes[1].changes, None, "of the oldest nothing is known");
    // A rollout: many states, few generations.
    [2, 3, 0, 1].into_iter().for_each(|available| nobody(stands(&mut w, 0, available)));
    let asker = one(stands(&mut w, 1, 1), CHECKOUT);
    assert_eq!(w.rows(Pane::Revisions), ["8", "7"], "what is known stays meanwhile");
    assert!(emptiness(&w.state, Pane::Revisions).is_none());
    nobody(update(&mut w.state, Message::answer(&asker, Answer::Revisions(Err("replicasets: 403".into())))));
    assert!(matches!(emptiness(&w.state, Pane::Revisions), Some(Emptiness::Failed { .. })));
    let asker = one(w.keys("<C-r>"), CHECKOUT);
    nobody(update(&mut w.state, Message::answer(&asker, two())));
    assert!(emptiness(&w.state, Pane::Revisions).is_none(), "asked again by hand");
}

#[test]
fn of_the_same_thing_there_is_one_question_at_a_time_and_a_last_one() {
    let mut w = World::shop();
    let asker = one(w.keys("3<Enter>"), CHECKOUT);
    (1..5).for_each(|generation| nobody(stands(&mut w, generation, 1)));
    let last = one(update(&mut w.state, Message::answer(&asker, two())), CHECKOUT);
    nobody(update(&mut w.state, Message::answer(&last, two())));
    nobody(stands(&mut w, 4, 2));
}

#[test]
fn who_looks_at_something_else_listens_no_longer_and_asks_again_when_he_comes_back() {
    let mut w = World::shop();
    let first = one(w.keys("3<Enter>"), CHECKOUT);
    assert!(first.listens());
    let other = one(w.keys("<Esc>3j<Enter>"), "shop-staging/web");
    assert!(!first.listens() && other.listens());
    update(&mut w.state, Message::answer(&first, two()));
    assert!(matches!(emptiness(&w.state, Pane::Revisions), Some(Emptiness::Loading { .. })), "nothing of another's");
    w.keys("<Esc>");
    assert!(!other.listens(), "the screen is left");
    let again = one(w.keys("<Enter>"), "shop-staging/web");
    update(&mut w.state, Message::answer(&other, two()));
    assert!(w.rows(Pane::Revisions).is_empty(), "an answer to a question that nobody asks any more");
    update(&mut w.state, Message::answer(&again, Answer::Revisions(Ok(vec![of(3, "x")]))));
    assert_eq!(w.rows(Pane::Revisions), ["3"]);
    nobody(w.keys("<Esc><Enter>"));
    w.alone("shop-staging", "bare");
    w.show();
    nobody(w.keys("<Esc>3/bare<Enter><Enter>"));
    assert_eq!(w.state.service().map(|s| s.object.name.to_string()).as_deref(), Some("bare"), "{}", w.notices());
    assert!(w.rows(Pane::Revisions).is_empty(), "a pod without a workload has none, least of all another's");
}

#[test]
fn a_dialog_that_is_closed_asks_no_longer() {
    let mut w = World::shop();
    let effects = w.done("S");
    let [Effect::Ask(asker, Question::Review(_))] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(asker.listens());
    w.keys("<Tab><S-Tab>");
    assert!(asker.listens());
    w.keys("<Esc>");
    assert!(!asker.listens());
}
