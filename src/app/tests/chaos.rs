//! Whatever is pressed: no panic, and every selection is one that exists.

use proptest::prelude::*;

use super::world::World;
use crate::app::key::{Code, Key};
use crate::app::pane::{Pane, Screen};
use crate::app::{HitMap, Message, Overlay, PaneHit, Rect, Row, update};
use crate::domain::Kind;
use crate::domain::operation::{State, StepResult};
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
            let review = w.state.reviews;
            let namespaces = ["shop-staging", "shop-prod", "shop-load", "lab-dev"];
            let permissions = namespaces.map(|namespace| Permission {
                verb: "patch",
                kind: "Deployment".into(),
                namespace: namespace.into(),
                allowed: Some(allowed),
                why: None,
            });
            update(&mut w.state, Message::Reviewed { review, permissions: permissions.into() });
            return;
        }
        Deed::Draw(page) => {
            let item = |at: usize| (at, Rect { x: 40 * (at as u16 % 3), y: 7 * (at as u16 / 3), width: 40, height: 7 });
            let hit = PaneHit { page, items: (0..5).map(item).collect(), ..PaneHit::default() };
            let panes = w.state.screen().panes().iter().map(|p| (*p, hit.clone())).collect();
            let hits = HitMap { panes, overlay_page: page, overlay_scroll: page };
            assert_eq!(update(&mut w.state, Message::Drawn(hits)), []);
            return;
        }
        Deed::Wait(seconds) => w.wait(seconds),
        Deed::Break(n) => w.service(of(n).0, of(n).1, 2, 0),
        Deed::Heal(n) => w.service(of(n).0, of(n).1, 2, 2),
        Deed::Remove(n) => w.gone(Kind::Deployment, of(n).0, of(n).1),
        Deed::Recreate(n) => w.recreated(of(n).0, of(n).1, 2),
        Deed::Interrupt => w.journal("shop-prod", State::Interrupted, &[("web", StepResult::Pending)]),
    }
    w.show();
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
        }
    }
}
