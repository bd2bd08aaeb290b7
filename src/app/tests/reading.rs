//! The whole text of a row, on Enter.

use super::world::World;
use crate::app::Effect;
use crate::app::overlay::{HelpLine, Overlay};
use crate::app::pane::{Pane, Screen};

fn read(w: &World) -> Option<String> {
    match &w.state.overlay {
        Some(Overlay::Reading(r)) => {
            let line = |l: &HelpLine| match l {
                HelpLine::Fact(name, words) => format!("{name}: {words}"),
                HelpLine::At(name, at) => format!("{name}: {at}"),
                other => format!("{other:?}"),
            };
            Some(format!("{}\n{}", r.title, r.text.lines.iter().map(line).collect::<Vec<_>>().join("\n")))
        }
        _ => None,
    }
}

#[test]
fn a_row_that_leads_nowhere_opens_its_whole_text_and_none_answers_that_it_has_no_screen() {
    let mut w = World::shop();
    w.event("shop-staging", "checkout-1", "Failed", "a message that no column has room for", 0);
    w.show();
    w.keys(":svc shop/staging<Enter>/checkout<Enter><Enter>");
    assert!(matches!(w.state.screen(), Screen::Service { .. }));
    let mut seen = 0;
    for _ in w.state.screen().panes() {
        let pane = w.state.focus();
        for _ in 0..w.state.list(pane).rows().len() {
            w.keys("<Enter>");
            assert!(read(&w).is_some(), "{pane:?}: {}", w.notices());
            w.keys("<Enter>");
            assert!(w.state.overlay.is_none());
            w.keys("j");
            seen += 1;
        }
        w.keys("<Tab>");
    }
    assert!(seen > 3, "{seen}");
    assert!(w.notices().is_empty(), "{}", w.notices());
}

#[test]
fn an_event_is_read_whole_with_its_times_and_copied_and_elsewhere_it_leads_to_its_service() {
    let mut w = World::shop();
    w.event("shop-staging", "checkout-1", "Failed", "a message that no column has room for", 0);
    w.show();
    w.keys(":events shop/staging<Enter>/room<Enter><Enter>");
    assert!(matches!(w.state.screen(), Screen::Service { .. }), "to its service first");
    w.keys("4/room<Enter><Enter>");
    let text = read(&w).unwrap();
    assert!(text.starts_with("Event · Failed") && text.contains("a message that no column has room for"), "{text}");
    assert!(text.contains("last: 20"), "a time, not an age: {text}");
    let copied = w.done("c");
    assert!(
        matches!(&copied[..], [Effect::Copy(t)] if t.contains("no column has room") && t.contains("reason  Failed"))
    );
    assert!(w.state.list(Pane::Events).filter.is_some());
}
