//! Cells that changed are inverted for a moment.

use super::world::{World, at};
use crate::app::flash::Cell;
use crate::app::{Message, update};
use crate::domain::ObjectId;

/// What flashes of `web` in shop/prod, and whether anything of its environment does.
fn flashing(w: &World) -> (bool, bool, bool) {
    let id = w.state.snapshot.id("shop-prod");
    let object: ObjectId = w.state.snapshot.environment(&id).unwrap().services[0].object.clone();
    let is = |cell| w.state.flashes.is(&id, Some(&object), cell);
    let whole = [Cell::State, Cell::Count].into_iter().any(|cell| w.state.flashes.is(&id, None, cell));
    (is(Cell::State), is(Cell::Count), whole)
}

/// The shop with one service of shop/prod fewer pods ready than there were.
fn changed(flash: bool) -> World {
    let mut w = World::shop();
    w.state.settings.flash = flash;
    let id = w.state.snapshot.id("shop-prod");
    let service = w.state.snapshot.environment(&id).unwrap().services[0].clone();
    w.service("shop-prod", &service.object.name, service.desired, 0);
    w.show();
    w
}

#[test]
fn a_cell_that_changed_flashes_for_a_moment_and_nothing_waits_when_none_does() {
    let mut w = changed(true);
    assert_eq!(flashing(&w), (true, true, true));
    let due = w.state.next_deadline().unwrap();
    assert_eq!(due.duration_since(w.state.now).as_millis(), 400);
    update(&mut w.state, Message::Tick(due));
    assert_eq!((flashing(&w), w.state.next_deadline()), ((false, false, false), None));
    w.wait(1);
    w.show();
    assert_eq!(w.state.next_deadline(), None, "a picture that says the same changes nothing");
}

#[test]
fn what_comes_for_the_first_time_does_not_flash() {
    let mut w = World::shop();
    w.state.settings.flash = true;
    w.namespace("shop-qa", "shop", "qa");
    w.service("shop-qa", "web", 1, 1);
    w.show();
    assert_eq!(w.state.next_deadline(), None);
}

#[test]
fn nothing_flashes_unless_the_settings_ask_for_it() {
    let w = changed(false);
    assert_eq!((flashing(&w), w.state.next_deadline()), ((false, false, false), None));
    assert!(w.state.now >= at(0));
}
