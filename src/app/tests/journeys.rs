//! Looking around: focus, narrowing, order, history, marks, sorts.

use std::sync::Arc;

use super::world::{World, at, tick};
use crate::app::overlay::Overlay;
use crate::app::pane::{Pane, Screen};
use crate::app::question::Question;
use crate::app::{Effect, HitMap, Message, PaneHit, Rect, Scope, update, view};
use crate::domain::{EnvironmentId, Kind};

#[test]
fn the_dashboard_begins_with_all_projects_and_the_worst_environment_first() {
    let w = World::shop();
    assert_eq!(w.rows(Pane::Projects), ["all", "lab", "shop"]);
    assert_eq!(w.selected(Pane::Projects), "all");
    assert_eq!(w.rows(Pane::Environments), ["shop/staging", "shop/prod", "lab/dev", "shop/load"]);
    assert_eq!(w.rows(Pane::Services), ["checkout", "web", "worker"], "of the environment that is selected");
    assert_eq!(w.rows(Pane::Events), ["checkout-1 BackOff", "web-1 Scheduled"], "newest first");
}

#[test]
fn a_choice_in_one_pane_narrows_those_after_it_and_titles_say_so() {
    let mut w = World::shop();
    w.keys("1j");
    assert_eq!(w.selected(Pane::Projects), "lab");
    assert_eq!(w.rows(Pane::Environments), ["lab/dev"]);
    assert_eq!(w.rows(Pane::Events), ["web-1 Pulled"]);
    w.keys("j3j");
    assert_eq!(w.selected(Pane::Services), "web");
    assert_eq!(w.rows(Pane::Events), ["web-1 Scheduled"], "a chosen service narrows events to it");
    let words = |pane| view::scope_words(&w.state.scope(pane), &w.state.snapshot);
    assert_eq!(words(Pane::Events), "shop/staging web");
    assert_eq!(words(Pane::Health), "shop");
    w.keys("<Esc>");
    assert_eq!(w.rows(Pane::Events).len(), 2, "Esc takes the choice of a service back");
    w.keys("0");
    assert_eq!(w.selected(Pane::Projects), "all");
}

#[test]
fn a_click_focuses_and_selects_two_enter_and_the_wheel_moves_but_none_presses_a_button() {
    use crate::app::mouse::{Act, Mouse};
    let mut w = World::shop();
    let area = |x, width| Rect { x, y: 2, width, height: 10 };
    let item = |x, width, at: u16| (usize::from(at), Rect { x: x + 1, y: 4 + at, width: width - 2, height: 1 });
    let pane = |x, width, rows: u16| PaneHit {
        area: area(x, width),
        page: 8,
        top: 0,
        items: (0..rows).map(|at| item(x, width, at)).collect(),
    };
    let panes = vec![(Pane::Projects, pane(0, 20, 3)), (Pane::Environments, pane(20, 60, 4))];
    let drawn = Message::Drawn(HitMap { panes, ..HitMap::default() });
    let mouse = |w: &mut World, act, x, y| {
        update(&mut w.state, drawn.clone());
        let effects = update(&mut w.state, Message::Mouse(Mouse { act, x, y }));
        assert!(
            effects
                .iter()
                .all(|e| matches!(e, Effect::LookAt(_) | Effect::Ask(_, Question::Revisions(_) | Question::Taken(_)))),
            "{effects:?}"
        );
    };
    mouse(&mut w, Act::Click, 5, 6);
    assert_eq!((w.state.focus(), w.selected(Pane::Projects)), (Pane::Projects, "shop".to_owned()));
    mouse(&mut w, Act::Click, 30, 11);
    assert_eq!(w.state.focus(), Pane::Environments, "where no row is, the pane alone");
    mouse(&mut w, Act::Wheel { down: true }, 30, 5);
    assert_eq!(w.selected(Pane::Environments), *w.rows(Pane::Environments).last().unwrap(), "not past the end");
    mouse(&mut w, Act::Wheel { down: false }, 30, 5);
    assert_eq!(w.selected(Pane::Environments), *w.rows(Pane::Environments).first().unwrap());
    mouse(&mut w, Act::Click, 100, 5);
    assert_eq!(w.state.focus(), Pane::Environments, "beside all panes it does nothing");
    w.keys("S");
    let seen = |w: &World| {
        let behind = (w.state.focus(), w.state.screen().clone(), w.selected(Pane::Environments));
        format!("{:?} {behind:?}", w.state.overlay)
    };
    let before = seen(&w);
    mouse(&mut w, Act::Click, 30, 5);
    mouse(&mut w, Act::Double, 30, 6);
    mouse(&mut w, Act::Click, 5, 5);
    assert_eq!(seen(&w), before, "a dialog is answered by keys, and nothing behind it moves");
    w.keys("<Esc>");
    mouse(&mut w, Act::Double, 30, 4);
    assert!(matches!(w.state.screen(), Screen::Environment(_)));
    assert_eq!(w.keys(":set mouse<Enter>"), [Effect::Mouse(true)]);
    assert_eq!((w.keys(":set nomouse<Enter>"), w.state.mouse), (vec![Effect::Mouse(false)], false));
}

#[test]
fn a_selection_follows_its_object_when_the_list_sorts_anew_under_it() {
    let mut w = World::shop();
    w.keys("<Tab>j");
    assert_eq!(w.selected(Pane::Services), "web");
    w.service("shop-staging", "worker", 2, 0);
    w.service("shop-staging", "aaa", 2, 0);
    w.show();
    assert_eq!(w.selected(Pane::Services), "web");
    w.gone(Kind::Deployment, "shop-staging", "checkout");
    w.show();
    assert_eq!(w.selected(Pane::Services), "web");
    w.gone(Kind::Deployment, "shop-staging", "web");
    for n in 1..=4 {
        w.gone(Kind::Pod, "shop-staging", &format!("web-{n}"));
    }
    w.show();
    assert!(!w.rows(Pane::Services).contains(&"web".to_owned()));
    assert_ne!(w.selected(Pane::Services), "", "the row that took its place");
}

#[test]
fn only_what_came_is_said_to_be_new_above_and_what_got_worse_that_it_moved_up() {
    let mut w = World::shop();
    w.keys("j");
    w.namespace("lab-late", "lab", "late");
    w.service("lab-late", "web", 1, 0);
    w.service("lab-dev", "web", 1, 0);
    w.wait(1);
    w.show();
    let notes = view::notes(&w.state, Pane::Environments).join(" · ");
    assert!(notes.contains("1 new above · 1 moved up · = re-sorts"), "{notes}");
}

#[test]
fn the_order_holds_still_while_the_cursor_is_in_the_pane_and_says_what_would_move_up() {
    let mut w = World::shop();
    w.keys("j");
    let before = w.rows(Pane::Environments);
    assert_eq!(w.selected(Pane::Environments), "shop/prod");
    w.service("lab-dev", "web", 1, 0);
    w.wait(1);
    w.show();
    assert_eq!(w.rows(Pane::Environments), before, "lab/dev is down now, and stays where it is");
    assert_eq!(w.state.list(Pane::Environments).news, 1);
    assert!(view::notes(&w.state, Pane::Environments).join(" · ").contains("1 moved up · = re-sorts"));
    w.state.list_mut(Pane::Environments).top = 2;
    w.keys("=");
    assert_eq!(w.state.list(Pane::Environments).top, 0, "what came up is seen");
    assert_ne!(w.rows(Pane::Environments), before);
    assert_eq!(w.state.list(Pane::Environments).news, 0);
    assert_eq!(w.selected(Pane::Environments), "shop/prod");
    w.service("lab-dev", "web", 1, 1);
    w.show();
    let held = w.rows(Pane::Environments);
    w.keys("<Tab>");
    assert_ne!(w.rows(Pane::Environments), held, "it sorts again when the cursor leaves the pane");
}

#[test]
fn leaving_the_environments_keeps_the_one_that_was_first_chosen() {
    let mut w = World::shop();
    w.keys("3");
    assert_eq!(w.selected(Pane::Services), "checkout");
    w.service("shop-staging", "checkout", 3, 3);
    w.service("lab-dev", "web", 1, 0);
    w.wait(1);
    w.show();
    assert_eq!(w.rows(Pane::Environments).first().map(String::as_str), Some("lab/dev"), "it is the worst now");
    assert_eq!(w.selected(Pane::Environments), "shop/staging");
    assert_eq!(w.selected(Pane::Services), "checkout", "and the services hold still under the cursor");
}

#[test]
fn a_filter_of_projects_selects_its_first_match() {
    let mut w = World::shop();
    w.keys("1/lab<Enter>");
    assert_eq!(w.rows(Pane::Projects), ["lab"]);
    assert_eq!(w.rows(Pane::Environments), ["lab/dev"]);
    w.keys("0");
    assert_eq!((w.selected(Pane::Projects), w.rows(Pane::Environments).len()), ("all".to_owned(), 4));
}

#[test]
fn coming_back_from_a_service_the_cursor_is_on_it() {
    let mut w = World::shop();
    w.keys("3<Enter>");
    w.service("shop-staging", "checkout", 3, 3);
    w.service("shop-staging", "web", 4, 0);
    w.show();
    w.keys("<Esc>");
    assert_eq!(w.selected(Pane::Services), "checkout");
}

#[test]
fn until_somebody_moves_the_first_row_is_the_selected_one() {
    let mut w = World::shop();
    w.service("lab-dev", "web", 1, 0);
    w.service("shop-staging", "checkout", 3, 3);
    w.wait(1);
    w.show();
    assert_eq!(w.selected(Pane::Environments), "lab/dev");
}

#[test]
fn places_that_are_remembered_and_screens_that_are_hidden_keep_no_environment_as_it_was() {
    let mut w = World::shop();
    let before = Arc::downgrade(w.state.snapshot.namespace("lab-dev").unwrap());
    w.keys("j<Enter><Enter>:events<Enter>:ops<Enter>");
    w.service("lab-dev", "web", 1, 0);
    w.wait(1);
    w.show();
    assert!(before.upgrade().is_none());
    w.keys("[[[[");
    assert_eq!(w.selected(Pane::Environments), "shop/prod", "and yet all is found again");
    assert_eq!(w.rows(Pane::Environments).len(), 4);
}

#[test]
fn a_key_press_sorts_nothing_anew() {
    let mut w = World::shop();
    w.keys("5");
    let before = w.state.work;
    w.keys("jkjkgG");
    assert_eq!(w.state.work, before, "moves in the last pane narrow nothing");
    w.keys("2");
    assert_eq!(w.state.work.lists - before.lists, 1, "what was held in the pane that is left is sorted again");
    w.keys("2j");
    assert!(w.state.work.lists - before.lists <= 3, "services, events, health at most");
    let before = w.state.work;
    w.show();
    assert_eq!(w.state.work, before, "a picture that shows nothing new makes nothing anew");
}

#[test]
fn enter_drills_down_and_escape_peels_filter_marks_zoom_and_screen_in_this_order() {
    let mut w = World::shop();
    w.keys("<Enter>");
    assert_eq!(*w.state.screen(), Screen::Environment(EnvironmentId::new("eu-1", "shop-staging")));
    assert_eq!(w.state.focus(), Pane::Services);
    w.keys("/o|e<Enter>j<Space>z");
    assert_eq!(w.rows(Pane::Services), ["checkout", "web", "worker"]);
    assert_eq!(w.state.list(Pane::Services).marks(), (1, 0));
    w.keys("<Esc>");
    assert!(w.state.list(Pane::Services).filter.is_none());
    assert_eq!(w.state.list(Pane::Services).marks(), (1, 0));
    w.keys("<Esc>");
    assert_eq!(w.state.list(Pane::Services).marks(), (0, 0));
    assert!(w.state.view().zoom);
    w.keys("<Esc>");
    assert!(!w.state.view().zoom);
    w.keys("<Enter>");
    assert!(matches!(w.state.screen(), Screen::Service { object, .. } if object.name == "web"));
    assert_eq!(w.rows(Pane::Pods).len(), 4);
    w.keys("<Esc><Esc>");
    assert_eq!(*w.state.screen(), Screen::Dashboard);
    w.keys("<Esc><Esc><Esc>");
    assert_eq!(*w.state.screen(), Screen::Dashboard, "Esc never leaves kennel");
    assert!(w.state.overlay.is_none());
}

#[test]
fn a_digit_means_the_same_pane_on_every_screen() {
    let mut w = World::shop();
    w.keys("<Enter><Enter>5");
    assert_eq!((w.state.screen().has(Pane::Pods), w.state.focus()), (true, Pane::Health));
    w.keys("3");
    assert!(matches!(w.state.screen(), Screen::Environment(_)), "the nearest screen below that has services");
    assert_eq!(w.state.focus(), Pane::Services);
    w.keys("1");
    assert_eq!((w.state.screen(), w.state.focus()), (&Screen::Dashboard, Pane::Projects));
    w.keys("[");
    assert!(matches!(w.state.screen(), Screen::Environment(_)));
}

#[test]
fn zero_leads_from_anywhere_back_to_all_projects_and_a_bracket_to_where_one_was() {
    let mut w = World::shop();
    w.keys("1/lab<Enter>2<Enter><Enter>");
    assert!(matches!(w.state.screen(), Screen::Service { .. }));
    let service = w.state.screen().clone();
    w.keys("0");
    assert_eq!((w.state.screen(), w.state.focus()), (&Screen::Dashboard, Pane::Environments));
    assert_eq!(w.rows(Pane::Projects), ["all", "lab", "shop"], "no filter hides one");
    assert_eq!((w.selected(Pane::Projects), w.rows(Pane::Environments).len()), ("all".to_owned(), 4));
    w.keys("[");
    assert_eq!(*w.state.screen(), service);
    w.keys("0:svc<Enter>");
    assert_eq!(w.rows(Pane::Services).len(), 7, "a command widened it");
    w.keys("0");
    assert_eq!(w.rows(Pane::Services).len(), 3, "of one environment again");
    w.keys("1j0");
    assert_eq!((w.state.focus(), w.selected(Pane::Projects)), (Pane::Projects, "all".to_owned()));
}

#[test]
fn history_leads_back_and_forward_and_dash_between_the_last_two_places() {
    let mut w = World::shop();
    w.keys("<Enter><Enter>");
    let service = w.state.screen().clone();
    w.keys("[");
    assert!(matches!(w.state.screen(), Screen::Environment(_)));
    w.keys("[");
    assert_eq!(*w.state.screen(), Screen::Dashboard);
    w.keys("[");
    assert!(w.notices().contains("no place before"));
    w.keys("]]");
    assert_eq!(*w.state.screen(), service);
    w.keys("-");
    assert!(matches!(w.state.screen(), Screen::Environment(_)));
    w.keys("-");
    assert_eq!(*w.state.screen(), service);
}

#[test]
fn what_is_on_screen_is_told_so_that_its_pods_come_first() {
    let mut w = World::shop();
    let looked = |effects: Vec<Effect>| -> Vec<String> {
        let names = effects.into_iter().filter_map(|e| match e {
            Effect::LookAt(ns) => Some(ns.map(|n| n.to_string()).unwrap_or_default()),
            _ => None,
        });
        names.collect()
    };
    assert_eq!(looked(w.keys("j")), ["shop-prod"]);
    assert_eq!(looked(w.keys("<Enter>")), Vec::<String>::new(), "still the same environment");
    assert_eq!(looked(w.keys("<Esc>k")), ["shop-staging"]);
}

#[test]
fn a_column_sorts_one_way_then_the_other_then_not() {
    let mut w = World::shop();
    w.keys("<S-Right>O");
    assert_eq!(w.rows(Pane::Environments), ["lab/dev", "shop/load", "shop/prod", "shop/staging"]);
    w.keys("O");
    assert_eq!(w.rows(Pane::Environments), ["shop/staging", "shop/prod", "shop/load", "lab/dev"]);
    w.keys("O");
    assert!(w.state.list(Pane::Environments).sort.is_none());
    w.keys("<S-Left>O");
    assert!(w.state.list(Pane::Environments).sort.is_some(), "round to the last column");
}

#[test]
fn a_range_marks_from_the_last_mark_to_the_cursor() {
    let mut w = World::shop();
    w.keys("3<Space>G<C-Space>");
    assert_eq!(w.state.list(Pane::Services).marked().len(), 3);
    w.keys("/web<Enter>");
    assert_eq!(w.state.list(Pane::Services).marks(), (3, 2), "two are hidden and will not act");
    assert!(view::notes(&w.state, Pane::Services).join(" · ").starts_with("3 marked, 2 hidden"));
    w.keys("<C-\\>");
    assert_eq!(w.state.list(Pane::Services).marks(), (0, 0));
}

#[test]
fn arrows_go_to_the_card_beside_and_pages_are_as_long_as_what_was_drawn() {
    let mut w = World::shop();
    w.keys("3");
    let card = |at: usize, x: u16, y: u16| (at, Rect { x, y, width: 40, height: 7 });
    let hit = PaneHit { page: 2, items: vec![card(0, 0, 0), card(1, 40, 0), card(2, 0, 7)], ..PaneHit::default() };
    let hits = HitMap { panes: vec![(Pane::Services, hit)], ..HitMap::default() };
    assert_eq!(update(&mut w.state, Message::Drawn(hits)), []);
    let mut went = |keys: &str| {
        w.keys(keys);
        w.state.list(Pane::Services).at()
    };
    assert_eq!(went("<Right>"), 1);
    assert_eq!(went("<Right>"), 1, "nothing further right");
    assert_eq!(went("j"), 2, "the nearest below");
    assert_eq!(went("k"), 0);
    assert_eq!(went("j"), 2);
    assert_eq!(went("<PgUp>"), 0);
    assert_eq!(went("<PgDn>"), 2);
}

#[test]
fn notices_go_by_themselves_and_say_when() {
    let mut w = World::shop();
    w.keys("[");
    assert_eq!(w.state.next_deadline(), Some(at(5)));
    tick(&mut w, 5);
    assert!(w.state.notices.is_empty());
    assert_eq!(w.state.next_deadline(), None);
}

#[test]
fn what_answers_a_key_goes_with_the_next_one_and_news_stay() {
    let mut w = World::shop();
    w.keys("[");
    assert_eq!(w.notices(), "history back: there is no place before");
    w.keys("j");
    assert_eq!(w.notices(), "", "hints stand there again");
    update(&mut w.state, Message::Failed("stop of shop/staging failed".into()));
    w.keys("[j?");
    assert_eq!(w.notices(), "stop of shop/staging failed");
}

#[test]
fn an_event_and_an_issue_lead_to_their_service() {
    let mut w = World::shop();
    w.keys("4<Enter>");
    assert!(matches!(w.state.screen(), Screen::Service { object, .. } if object.name == "checkout"));
    w.keys("<Esc>5");
    assert_eq!(w.rows(Pane::Health), ["checkout"]);
    w.keys("<Enter>");
    assert!(matches!(w.state.screen(), Screen::Service { object, .. } if object.name == "checkout"));
    assert_eq!(w.state.scope(Pane::Events), w.state.scope(Pane::Pods));
}

#[test]
fn an_environment_that_goes_while_one_looks_at_it_leaves_a_screen_that_says_so() {
    let mut w = World::shop();
    w.keys("<Enter>");
    w.gone(Kind::Namespace, "", "shop-staging");
    w.show();
    assert!(w.state.environment().is_none());
    assert!(w.rows(Pane::Services).is_empty());
    w.keys("jSc<Enter><Esc>");
    assert_eq!(*w.state.screen(), Screen::Dashboard);
    assert_eq!(w.state.scope(Pane::Environments), Scope::All);
}

#[test]
fn help_comes_from_the_table_scrolls_and_is_searched() {
    let mut w = World::shop();
    w.keys("?");
    let hits = HitMap { overlay_page: 10, overlay_scroll: 30, ..HitMap::default() };
    update(&mut w.state, Message::Drawn(hits));
    w.keys("/sort again now<Enter>");
    let Some(Overlay::Help(text)) = &w.state.overlay else { panic!() };
    let first = text.found.unwrap();
    w.keys("n");
    let Some(Overlay::Help(text)) = &w.state.overlay else { panic!() };
    assert_eq!(text.found, Some(first), "it is there once: round to itself");
    w.keys("q");
    assert!(w.state.overlay.is_none());
}

#[test]
fn quitting_asks_once_and_the_second_time_it_goes() {
    let mut w = World::shop();
    assert_eq!(w.done("q"), []);
    assert!(matches!(w.state.overlay, Some(Overlay::Quit)));
    assert_eq!(w.done("<Esc>"), []);
    assert_eq!(w.done("qq"), [Effect::Quit]);
    assert_eq!(World::shop().done("<Enter>q<C-c><C-c>"), [Effect::Quit]);
}
