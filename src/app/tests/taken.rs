//! Whether what a service takes is there: asked when one opens it, and said of what is not.

use super::world::World;
use crate::app::question::{Answer, Asker, Question};
use crate::app::view::existence;
use crate::app::{Effect, Message, update};
use crate::domain::existence::Existence;
use crate::domain::model::Change;
use crate::domain::row::{AnyRow, ConfigRef, ContainerRow, ContainerState, PodRow, Template, WorkloadRow};

fn asked(effects: Vec<Effect>) -> Vec<Asker> {
    let of = |e| if let Effect::Ask(asker, Question::Taken(_)) = e { Some(asker) } else { None };
    effects.into_iter().filter_map(of).collect()
}

fn config(name: &str, optional: bool) -> ConfigRef {
    ConfigRef { secret: true, name: name.into(), place: "all keys as variables".into(), optional }
}

/// Checkout takes these; what its controller has not seen is another generation.
fn takes(w: &mut World, generation: i64, all: &[ConfigRef]) -> Vec<Effect> {
    let row = World::workload("shop-staging", "checkout", 3, 1);
    let meta = crate::domain::row::Meta { generation, ..row.meta.clone() };
    let template = Template { config: all.into(), ..row.template.clone() };
    w.model.apply(Change::Put(AnyRow::Workload(Box::new(WorkloadRow { meta, template, ..row }))));
    w.show()
}

#[test]
fn what_a_service_takes_and_that_is_not_there_is_known_when_one_looks_at_it() {
    let mut w = World::shop();
    assert!(asked(w.keys("3<Enter>")).is_empty(), "it takes nothing");
    w.keys("<Esc>");
    let (db, mail) = (config("db", false), config("mail", true));
    assert!(asked(takes(&mut w, 2, &[db.clone(), mail.clone()])).is_empty(), "nobody looks");
    let [asker] = asked(w.keys("3<Enter>")).try_into().unwrap();
    assert_eq!(existence(&w.state, &db), None, "not answered yet");
    let said = vec![(db.clone(), Existence::Missing), (mail.clone(), Existence::There)];
    assert!(asked(update(&mut w.state, Message::answer(&asker, Answer::Taken(said)))).is_empty());
    assert_eq!(existence(&w.state, &db), Some(Existence::Missing));
    assert_eq!(existence(&w.state, &mail), Some(Existence::There));
    assert!(asked(w.show()).is_empty(), "asked once");
    assert_eq!(asked(takes(&mut w, 3, &[mail, db])).len(), 1, "another template, another question");
    w.keys("<Esc>");
    assert_eq!(asked(w.keys("<Enter>")).len(), 1, "who left before the answer asks again");
}

#[test]
fn where_the_server_may_not_be_asked_a_container_that_waits_for_it_tells() {
    let mut w = World::shop();
    let (db, key) = (config("db", false), config("key", false));
    takes(&mut w, 2, &[db.clone(), key.clone()]);
    let [asker] = asked(w.keys("3<Enter>")).try_into().unwrap();
    let forbidden = || Existence::Unknown("no access".into());
    let said = vec![(db.clone(), forbidden()), (key.clone(), forbidden())];
    update(&mut w.state, Message::answer(&asker, Answer::Taken(said)));
    assert_eq!(existence(&w.state, &db), Some(forbidden()));
    let state = ContainerState::Waiting {
        reason: "CreateContainerConfigError".into(),
        message: Some("secret \"db\" not found".into()),
    };
    let pod = w.state.service().unwrap().pods[0].clone();
    let waits = ContainerRow { name: "main".into(), state, ..ContainerRow::default() };
    let pod = PodRow { containers: Box::new([waits]), ready: false, ..(*pod).clone() };
    w.model.apply(Change::Put(AnyRow::Pod(Box::new(pod))));
    w.show();
    assert_eq!(existence(&w.state, &db), Some(Existence::Missing));
    assert_eq!(existence(&w.state, &key), Some(forbidden()), "of the other nothing is known");
}
