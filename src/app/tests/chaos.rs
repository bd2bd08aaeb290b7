//! Whatever is pressed: no panic, and every selection is one that exists.

use proptest::prelude::*;

use super::world::World;
use crate::app::key::{Code, Key};
use crate::app::pane::Since;
use crate::app::pane::{Pane, Scope, Screen};
use crate::app::question::Answer;
use crate::app::{HitMap, Message, Overlay, PaneHit, Rect, Row, update, view};
use crate::domain::operation::{OperationState, StepResult};
use crate::domain::{EnvironmentId, Kind};
use crate::plan::Permission;

#[derive(Clone, Debug)]
enum Deed {
    Press(Key),
    Paste(String),
    Resize(u16, u16),
    Wait(i64),
    Break(u8),
    Heal(u8),
    Remove(u8),
    Recreate(u8),
    Interrupt,
    Answer(bool),
    Draw(u16),
    Happens(u8, i64),
    Since(i64),
    Everywhere(bool),
}

const SERVICES: [(&str, &str); 4] =
    [("shop-staging", "checkout"), ("shop-staging", "web"), ("shop-prod", "api"), ("lab-dev", "web")];

fn key() -> impl Strategy<Value = Key> {
    let likely = "jkgGzm:/?nN[]-S cxO=q012345abc!(\\";
    let codes = vec![
        Code::Enter,
        Code::Esc,
        Code::Tab,
        Code::Backspace,
        Code::Delete,
        Code::Up,
        Code::Down,
        Code::Left,
        Code::Right,
        Code::Home,
        Code::End,
        Code::PageUp,
        Code::PageDown,
        Code::F(1),
    ];
    prop_oneof![
        6 => proptest::sample::select(likely.chars().collect::<Vec<_>>()).prop_map(Key::char),
        6 => (proptest::sample::select(codes), any::<bool>()).prop_map(|(c, s)| Key::reported(c, false, s, false)),
        1 => any::<char>().prop_map(Key::char),
        1 => proptest::sample::select("fbduprc4 wae".chars().collect::<Vec<_>>()).prop_map(Key::ctrl),
    ]
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        20 => key().prop_map(Deed::Press),
        1 => ".*".prop_map(Deed::Paste),
        1 => (0u16..300, 0u16..100).prop_map(|(w, h)| Deed::Resize(w, h)),
        1 => (0i64..400).prop_map(Deed::Wait),
        1 => (0u8..4).prop_map(Deed::Break),
        1 => (0u8..4).prop_map(Deed::Heal),
        1 => (0u8..4).prop_map(Deed::Remove),
        1 => (0u8..4).prop_map(Deed::Recreate),
        1 => Just(Deed::Interrupt),
        2 => any::<bool>().prop_map(Deed::Answer),
        1 => (0u16..20).prop_map(Deed::Draw),
        2 => (0u8..4, 0i64..300).prop_map(|(n, ago)| Deed::Happens(n, ago)),
        1 => (0i64..300).prop_map(Deed::Since),
        1 => any::<bool>().prop_map(Deed::Everywhere),
    ]
}

fn act(w: &mut World, deed: Deed) {
    let of = |n: u8| SERVICES[usize::from(n)];
    match deed {
        Deed::Press(k) => {
            update(&mut w.state, Message::Key(k));
            return;
        }
        Deed::Paste(text) => {
            update(&mut w.state, Message::Paste(text));
            return;
        }
        Deed::Resize(width, height) => {
            update(&mut w.state, Message::Resize { width, height });
            return;
        }
        Deed::Answer(allowed) => {
            let question = w.state.questions;
            let namespaces = ["shop-staging", "shop-prod", "shop-load", "lab-dev"];
            let permissions = namespaces.map(|namespace| Permission {
                verb: "patch",
                api: Kind::Deployment.into(),
                environment: EnvironmentId::new("eu-1", namespace),
                allowed: Some(allowed),
                why: None,
            });
            update(&mut w.state, Message::Answer { question, answer: Answer::Review(permissions.into()) });
            return;
        }
        Deed::Draw(page) => {
            let item = |at: usize| (at, Rect { x: 40 * (at as u16 % 3), y: 7 * (at as u16 / 3), width: 40, height: 7 });
            let hit = PaneHit { page, items: (0..5).map(item).collect(), ..PaneHit::default() };
            let panes = w.state.screen().panes().iter().map(|p| (*p, hit.clone())).collect();
            let hits = HitMap { panes, overlay_page: page, overlay_scroll: page.into(), seconds: false };
            assert_eq!(update(&mut w.state, Message::Drawn(hits)), []);
            return;
        }
        Deed::Since(seconds) => {
            w.state.since = (seconds > 9).then_some(Since::Last(seconds));
            let now = w.state.now;
            update(&mut w.state, Message::Tick(now));
            return;
        }
        Deed::Everywhere(events) => {
            let pane = if events { Pane::Events } else { Pane::Services };
            w.state.stack.base.wide = Some((pane, Scope::All));
            let now = w.state.now;
            update(&mut w.state, Message::Tick(now));
            return;
        }
        Deed::Wait(seconds) => w.wait(seconds),
        Deed::Happens(n, ago) => w.event(of(n).0, &format!("{}-1", of(n).1), &format!("Why{ago}"), "", ago),
        Deed::Break(n) => w.service(of(n).0, of(n).1, 2, 0),
        Deed::Heal(n) => w.service(of(n).0, of(n).1, 2, 2),
        Deed::Remove(n) => w.gone(Kind::Deployment, of(n).0, of(n).1),
        Deed::Recreate(n) => w.recreated(of(n).0, of(n).1, 2),
        Deed::Interrupt => w.journal("shop-prod", OperationState::Interrupted, &[("web", StepResult::Pending)]),
    }
    w.show();
    for pane in w.state.screen().panes() {
        assert_eq!(w.state.list(*pane).news, anew(&w.state).list(*pane).news, "{pane:?}: what is new above");
    }
}

/// The state with all its lists made from nothing.
fn anew(state: &crate::app::State) -> crate::app::State {
    let mut anew = state.clone();
    state.screen().panes().iter().for_each(|p| anew.list_mut(*p).made = None);
    view::refresh(&mut anew);
    anew
}

/// What was put in place of what it was is what it would be if all were made from nothing.
fn every_list_is_as_if_made_from_nothing(w: &World) {
    let anew = anew(&w.state);
    for pane in w.state.screen().panes() {
        let (list, other) = (w.state.list(*pane), anew.list(*pane));
        assert_eq!((list.total, list.at()), (other.total, other.at()), "{pane:?}");
        assert_eq!(format!("{:?}", list.rows()), format!("{:?}", other.rows()), "{pane:?}");
    }
}

fn every_selection_exists(w: &World) {
    for pane in w.state.screen().panes() {
        let list = w.state.list(*pane);
        assert!(list.at() < list.rows().len() || (list.rows().is_empty() && list.at() == 0), "{pane:?}");
        assert!(list.rows().is_empty() || list.top < list.rows().len(), "{pane:?} is scrolled past its end");
        if list.is_pinned() && !list.rows().is_empty() {
            let row = list.selected().unwrap();
            assert!(list.cursor.as_ref().is_some_and(|c| row.is(c)), "{pane:?}: the cursor is on another row");
        }
        for row in list.rows() {
            assert!(row.is(&row.key()));
        }
    }
    assert!(w.state.screen().panes().contains(&w.state.focus()));
    if let Some(Overlay::Dialog(d)) = &w.state.overlay {
        assert!(d.choice().is_some(), "a dialog always shows a choice");
        assert!(d.stops().contains(&d.focus));
    }
    if let Some(Overlay::Palette(p)) = &w.state.overlay {
        assert!(p.at < p.matches.len() || p.matches.is_empty());
    }
    if *w.state.screen() == Screen::Dashboard {
        let projects = w.state.list(Pane::Projects);
        let all = matches!(projects.rows().first(), Some(Row::All));
        assert_eq!(all, projects.filter.is_none(), "`all` is there but for a filter");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn no_keys_and_no_changes_panic_or_leave_a_selection_that_does_not_exist(deeds in proptest::collection::vec(deed(), 1..120)) {
        let mut w = World::shop();
        for deed in deeds {
            act(&mut w, deed);
            every_selection_exists(&w);
            every_list_is_as_if_made_from_nothing(&w);
        }
    }
}
