//! Frames as their reader sees them: every pane in every state, the whole screen at four sizes, one per theme.
//!
//! A frame is accepted by reading it, not by running `cargo insta accept`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

#[path = "frames/world.rs"]
mod world;

use std::sync::Arc;

use kennel::app::state::Settings;
use kennel::app::{Message, State, key, update};
use kennel::domain::data::DataState;
use kennel::domain::environment::Environment;
use kennel::domain::snapshot::{Access, ClusterFacts, Connection};
use kennel::domain::{Kind, Snapshot, Text};
use kennel::ui::{self, Theme};
use proptest::prelude::*;
use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::Rect;

/// A dashboard of that size on that cluster, after these keys. Every key is drawn, as it is in the terminal.
fn at(size: (u16, u16), snapshot: Snapshot, keys: &str) -> State {
    let mut state = State::new(Settings::default(), world::now(), size);
    update(&mut state, Message::Snapshot(Arc::new(snapshot)));
    press(&mut state, keys);
    state
}

fn press(state: &mut State, keys: &str) {
    for k in key::parse(keys).unwrap() {
        draw(state);
        update(state, Message::Key(k));
    }
}

/// Draws, and tells the state where things are, as the runtime does.
fn draw(state: &mut State) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, state.size.0, state.size.1));
    let hits = ui::draw(&mut buffer, state, &Theme::default());
    update(state, Message::Drawn(hits));
    buffer
}

fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += symbol.cell_width().max(1);
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn frame(size: (u16, u16), snapshot: Snapshot, keys: &str) -> String {
    text(&draw(&mut at(size, snapshot, keys)))
}

#[test]
fn whole_screens() {
    for (w, h) in [(80, 24), (120, 40), (160, 46), (200, 60)] {
        insta::assert_snapshot!(format!("dashboard-{w}x{h}"), frame((w, h), world::shop(), ""));
    }
}

#[test]
fn drill_downs() {
    let size = (160, 46);
    insta::assert_snapshot!("environment-160x46", frame(size, world::shop(), "j<Enter>"));
    insta::assert_snapshot!("service-160x46", frame(size, world::shop(), "j3<Enter>"));
    insta::assert_snapshot!("environment-80x24", frame((80, 24), world::shop(), "j<Enter>"));
    insta::assert_snapshot!("service-80x24", frame((80, 24), world::shop(), "j3<Enter>"));
    insta::assert_snapshot!("operations-120x40", frame((120, 40), world::shop(), ":ops<Enter>"));
}

#[test]
fn what_lies_on_top() {
    let size = (160, 46);
    insta::assert_snapshot!("help-160x46", frame(size, world::shop(), "?"));
    insta::assert_snapshot!("help-80x24", frame((80, 24), world::shop(), "?"));
    insta::assert_snapshot!("palette-120x40", frame((120, 40), world::shop(), "<C-p>stag"));
    insta::assert_snapshot!("quit-120x40", frame((120, 40), world::shop(), "q"));
    insta::assert_snapshot!("copy-120x40", frame((120, 40), world::shop(), "j3c"));
    insta::assert_snapshot!("dialog-120x40", frame((120, 40), world::shop(), "jS"));
    insta::assert_snapshot!("dialog-80x24", frame((80, 24), world::shop(), "jS"));
    insta::assert_snapshot!("dialog-prod-160x46", frame(size, world::shop(), "jjS"));
    insta::assert_snapshot!("explain-120x40", frame((120, 40), world::shop(), "x"));
    insta::assert_snapshot!("prompt-120x40", frame((120, 40), world::shop(), ":s<Tab>"));
    insta::assert_snapshot!("filter-120x40", frame((120, 40), world::shop(), "/prod"));
}

/// The shop, with one thing changed.
fn shop(change: impl FnOnce(&mut Snapshot)) -> Snapshot {
    let mut s = world::shop();
    change(&mut s);
    s
}

/// No rows anywhere but, where one has to be inside of it, one environment with one bare service; and how
/// the data of every kind stands.
fn empty(inside: bool, data: DataState) -> Snapshot {
    // As the model has it: what is forbidden as a whole, and not read by itself, is a gap of each environment.
    let gaps = || Kind::ALL.iter().filter(|k| k.namespaced).map(|k| (k.kind, data.clone())).collect();
    let bare = match &data {
        DataState::Forbidden { .. } => Environment { gaps: gaps(), ..world::bare() },
        _ => world::bare(),
    };
    let mut s = world::snapshot(if inside { vec![bare] } else { Vec::new() });
    for kind in Kind::ALL {
        s.data.insert(kind.kind, data.clone());
    }
    s
}

/// Panes, each with the keys that bring it on screen alone.
const PANES: [(&str, &str); 9] = [
    ("projects", "1z"),
    ("environments", "2z"),
    ("services", "j3z"),
    ("events", "j4z"),
    ("health", "5z"),
    ("tasks", "j<Enter>2z"),
    ("pods", "j<Enter>5z"),
    ("conditions", "j3<Enter>2z"),
    ("operations", ":ops<Enter>"),
];

#[test]
fn every_pane_in_every_state() {
    let at = world::ago;
    let size = (90, 16);
    let loading = DataState::Loading { got: 12_500, of: Some(20_000) };
    let failed = DataState::Failed { why: "the server answered 500: etcd is not ready".into(), retry: Some(at(-12)) };
    let forbidden = DataState::Forbidden { why: "no".into() };
    let old = || DataState::Stale { since: at(34), why: "connection refused".into(), retry: Some(at(-2)) };
    let stale = || shop(|s| Kind::ALL.iter().for_each(|k| _ = s.data.insert(k.kind, old())));
    for (pane, keys) in PANES {
        let mut all = String::new();
        let mut show = |state: &str, snapshot: Snapshot, keys: &str| {
            all.push_str(&format!("=== {state}\n{}\n", frame(size, snapshot, keys)));
        };
        let inside = keys.contains("<Enter>");
        let empty = |data| empty(inside, data);
        show("rows", world::shop(), keys);
        show("loading", empty(loading.clone()), keys);
        show("empty", empty(DataState::Live), keys);
        show("filtered to nothing", world::shop(), &format!("{keys}/zzz<Enter>"));
        show("forbidden", empty(forbidden.clone()), keys);
        show("stale", stale(), keys);
        show("error", empty(failed.clone()), keys);
        insta::assert_snapshot!(format!("pane-{pane}"), all);
    }
}

#[test]
fn connection_and_access_in_the_header() {
    let mut all = String::new();
    let mut show = |what: &str, size: (u16, u16), snapshot: Snapshot| {
        let text = frame(size, snapshot, "");
        all.push_str(&format!("=== {what}\n{}\n", text.lines().take(2).collect::<Vec<_>>().join("\n")));
    };
    let with = |c: Connection| shop(|s| s.connection = c);
    for size in [(80, 24), (120, 40)] {
        show("connecting", size, with(Connection::Starting));
        let lost = Connection::Lost { since: world::ago(75), why: "refused".into(), retry: Some(world::ago(-3)) };
        show("lost", size, with(lost));
        show("refused", size, with(Connection::Refused("no kubeconfig".into())));
        let facts = |f: &mut ClusterFacts| {
            f.badges = vec!["TLS not verified".into(), "acting as jane".into()];
            f.access = Access::ReadOnly("--readonly".into());
        };
        show("badges", size, shop(|s| facts(Arc::make_mut(&mut s.cluster))));
        let one = shop(|s| {
            _ = s.data.insert(Kind::Pod, DataState::Stale { since: world::ago(34), why: "gone".into(), retry: None })
        });
        show("stale", size, one);
    }
    insta::assert_snapshot!("headers", all);
}

#[test]
fn a_frame_in_every_theme() {
    for name in Theme::names() {
        let mut state = at((100, 30), shop(|s| Arc::make_mut(&mut s.cluster).production = name == "light"), "j");
        let theme = Theme::named(name).unwrap();
        draw(&mut state);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 100, 30));
        ui::draw(&mut buffer, &state, &theme);
        insta::assert_snapshot!(format!("theme-{name}"), styled(&buffer));
    }
}

/// Text, then one letter per style below each line, then what the letters are.
fn styled(buffer: &Buffer) -> String {
    let mut styles: Vec<String> = Vec::new();
    let mut out = String::new();
    for (at, line) in text(buffer).lines().enumerate() {
        let y = u16::try_from(at).unwrap();
        let mut letters = String::new();
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            let style = format!("{:?} on {:?} {:?}", cell.fg, cell.bg, cell.modifier);
            let known = styles.iter().position(|s| *s == style);
            let n = known.unwrap_or_else(|| {
                styles.push(style);
                styles.len() - 1
            });
            letters.push(if n == 0 { ' ' } else { char::from(b'a' + u8::try_from(n).unwrap() - 1) });
        }
        out.push_str(&format!("{line}\n{}\n", letters.trim_end()));
    }
    for (at, s) in styles.iter().enumerate() {
        out.push_str(&format!("{} = {s}\n", if at == 0 { ' ' } else { char::from(b'a' + at as u8 - 1) }));
    }
    out
}

#[test]
fn an_ascii_terminal_sees_the_same_screen() {
    let mut state = at((100, 30), world::shop(), "j");
    draw(&mut state);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 100, 30));
    ui::draw(&mut buffer, &state, &Theme::default().ascii(true));
    let text = text(&buffer);
    assert!(text.is_ascii());
    insta::assert_snapshot!("ascii-100x30", text);
}

#[test]
fn a_terminal_too_small_is_told_so() {
    let of = |w, h| frame((w, h), world::shop(), "");
    assert_eq!(of(30, 5), "kennel needs 40×8; this is\n30×5\n\n\n\n");
    assert_eq!(of(20, 5), "kennel needs 40×8;\nthis is 20×5\n\n\n\n");
    assert_eq!(of(1, 1), "k\n");
}

/// Whatever names are: control characters are markers by then, but width is anybody's guess.
fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{1,60}",
        "[漢字かなé👩\u{1f3fd}\u{200d}\u{fe0f}\u{ff9e}\u{e49}a-z]{1,40}",
        "[a-z0-9-]{1,63}",
        "\u{0}{1,9}[\u{202e}\u{1b}\n]{1,3}",
    ]
}

/// The shop with every text of a service, an environment, an event and an issue replaced.
fn renamed(names: &[String]) -> Snapshot {
    let mut at = 0;
    let mut next = move || -> Text {
        at += 1;
        names[at % names.len()].as_str().into()
    };
    let mut all = world::environments();
    for e in &mut all {
        e.name = next();
        e.project = next();
        e.reason = Some(next());
        e.created_by = Some(next());
        e.services = e
            .services
            .iter()
            .map(|s| {
                let mut s = (**s).clone();
                s.object.name = next();
                s.reason = Some(next());
                s.images = Box::new([next()]);
                s.addresses = Box::new([next()]);
                s.urls = Box::new([next()]);
                s.deployed_by = Some(next());
                Arc::new(s)
            })
            .collect();
        e.events = e
            .events
            .iter()
            .map(|v| {
                let mut v = (**v).clone();
                v.object.name = next();
                v.reason = next();
                v.message = next();
                Arc::new(v)
            })
            .collect();
        for i in &mut e.issues {
            i.title = next();
        }
    }
    world::snapshot(all)
}

/// Places that a screen can be in, by the keys that lead there.
const PLACES: [&str; 12] =
    ["", "1", "j3", "j4", "5", "j3m", "j<Enter>", "j3<Enter>", "?", "jS", "<C-p>a", ":ops<Enter>"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_size_and_no_name_breaks_a_border(
        w in 1u16..=250, h in 1u16..=70, place in 0..PLACES.len(), names in prop::collection::vec(any_name(), 7),
    ) {
        let mut state = at((w, h), renamed(&names), PLACES[place]);
        let buffer = draw(&mut state);
        let heavy = "┏┓┗┛━┃┌┐└┘─│";
        for (pane, hit) in &state.hits.panes {
            let a = hit.area;
            if a.height < 2 || a.width < 2 || state.overlay.is_some() {
                continue;
            }
            for y in a.y..a.y + a.height {
                for x in [a.x, a.x + a.width - 1] {
                    let symbol = buffer[(x, y)].symbol();
                    prop_assert!(heavy.contains(symbol), "{pane:?} at {x},{y}: {symbol:?}\n{}", text(&buffer));
                    if x > 0 {
                        let before = buffer[(x - 1, y)].symbol();
                        prop_assert!(before.cell_width() <= 1, "{before:?} reaches over the border at {x},{y}");
                    }
                }
            }
        }
        // No row is wider than the terminal, so nothing wraps.
        for y in 0..h {
            let mut x = 0;
            while x < w {
                x += buffer[(x, y)].symbol().cell_width().max(1);
            }
            prop_assert_eq!(x, w, "row {}", y);
        }
    }
}
