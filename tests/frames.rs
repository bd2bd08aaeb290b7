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

use kennel::app::overlay::{HelpLine, TextView};
use kennel::app::question::{Answer, Question};
use kennel::app::state::Settings;
use kennel::app::{Effect, Message, Overlay, State, key, update};
use kennel::domain::data::DataState;
use kennel::domain::environment::Environment;
use kennel::domain::operation::{OperationState, StepResult, Verb};
use kennel::domain::row::NodeRow;
use kennel::domain::service::Service;
use kennel::domain::snapshot::{Access, ClusterFacts, Connection};
use kennel::domain::status::Status;
use kennel::domain::{Api, EnvironmentId, Kind, Snapshot, Text};
use kennel::plan::{End, Happened, Outcome, Permission, Plan, Progress};
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
        for effect in update(state, Message::Key(k)) {
            if let Effect::Ask(asker, Question::Revisions(workload)) = effect {
                let found = Ok(world::revisions(&workload.meta.name));
                update(state, Message::answer(&asker, Answer::Revisions(found)));
            }
        }
    }
}

/// Presses keys on a cluster that allows everything but what is in these namespaces. Returns plans that are run.
fn act(state: &mut State, keys: &str, forbidden: &[&str]) -> Vec<Plan> {
    let mut run = Vec::new();
    for k in key::parse(keys).unwrap() {
        draw(state);
        for effect in update(state, Message::Key(k)) {
            match effect {
                Effect::Ask(asker, Question::Review(plans)) => {
                    let permissions = plans.iter().flat_map(|p| answers(p, forbidden)).collect();
                    update(state, Message::answer(&asker, Answer::Review(permissions)));
                }
                Effect::Run(plan) => run.push(plan),
                _ => {}
            }
        }
    }
    run
}

/// What the cluster says of all that a plan needs.
fn answers(plan: &Plan, forbidden: &[&str]) -> Vec<Permission> {
    let environment = plan.environment.id.clone();
    let allowed = !forbidden.contains(&environment.namespace.as_str());
    let answer = |(verb, api): (&'static str, Api)| Permission {
        // Journals may be written where deployments may not be changed.
        allowed: Some(allowed || api == Kind::ConfigMap.into()),
        why: (!allowed).then(|| "role viewer".into()),
        verb,
        api,
        environment: environment.clone(),
    };
    plan.needs().into_iter().map(answer).collect()
}

/// Something happens in the operation of a namespace.
fn happens(state: &mut State, namespace: &str, happened: Happened) {
    let environment = EnvironmentId::new("eu-1", namespace);
    update(state, Message::Progress(Progress { environment, id: "op-9".into(), happened }));
}

/// A stop of shop/staging runs: four of its objects are done, one failed, pods are waited for.
fn stopping(size: (u16, u16)) -> State {
    let mut state = at(size, world::shop(), "");
    act(&mut state, "jS<Tab><Enter>", &[]);
    happens(&mut state, "shop-staging", Happened::Begun);
    for id in 1..=4 {
        happens(&mut state, "shop-staging", Happened::Step { id, result: StepResult::Done });
    }
    let failed = StepResult::Failed("admission webhook \"policy\" denied the request".into());
    happens(&mut state, "shop-staging", Happened::Step { id: 5, result: failed });
    happens(&mut state, "shop-staging", Happened::Waiting { tier: 1, pods: 6, until: Some(world::ago(-400)) });
    state
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

/// Screens that are opened, with the keys that lead there, and a key for each of their sections.
const OPENED: [(&str, &str, &str); 2] = [("environment", "j<Enter>", "36547"), ("service", "j3<Enter>", "78954")];

#[test]
fn drill_downs_in_all_their_sections() {
    for (screen, keys, sections) in OPENED {
        insta::assert_snapshot!(format!("{screen}-160x46"), frame((160, 46), world::shop(), keys));
        insta::assert_snapshot!(format!("{screen}-200x60"), frame((200, 60), world::shop(), keys));
        let mut all = String::new();
        let mut state = at((80, 24), world::shop(), keys);
        for section in sections.chars() {
            press(&mut state, &section.to_string());
            all.push_str(&format!("=== {section}\n{}\n", text(&draw(&mut state))));
        }
        // What has no digit is reached by Tab.
        for tabs in ["8<Tab>", "9<Tab>"].iter().filter(|_| screen == "service") {
            press(&mut state, tabs);
            all.push_str(&format!("=== {tabs}\n{}\n", text(&draw(&mut state))));
        }
        insta::assert_snapshot!(format!("{screen}-80x24"), all);
    }
    insta::assert_snapshot!("operations-120x40", frame((120, 40), world::shop(), ":ops<Enter>"));
}

#[test]
fn a_section_is_reached_by_its_digit_and_a_missing_one_says_where_it_is() {
    let last = |keys| frame((80, 24), world::shop(), keys).lines().last().unwrap().trim().to_owned();
    assert_eq!(last("6"), "▸ pane 6: tasks are seen in an environment: open one");
    assert_eq!(last("j<Enter>8"), "▸ pane 8: containers are seen in a service: open one");
    let tabs = frame((80, 24), world::shop(), "j3<Enter>6");
    assert!(tabs.contains("▸ pane 6"), "{tabs}");
}

#[test]
fn what_lies_on_top() {
    let size = (160, 46);
    insta::assert_snapshot!("help-160x46", frame(size, world::shop(), "?"));
    insta::assert_snapshot!("help-80x24", frame((80, 24), world::shop(), "?"));
    insta::assert_snapshot!("help-in-operations-120x40", frame((120, 40), world::shop(), ":ops<Enter>?"));
    insta::assert_snapshot!("help-searched-120x40", frame((120, 40), world::shop(), "?/sort<Enter>n"));
    insta::assert_snapshot!("palette-120x40", frame((120, 40), world::shop(), "<C-p>stag"));
    insta::assert_snapshot!("quit-120x40", frame((120, 40), world::shop(), "q"));
    insta::assert_snapshot!("copy-120x40", frame((120, 40), world::shop(), "j3c"));
    insta::assert_snapshot!("explain-120x40", frame((120, 40), world::shop(), "x"));
    insta::assert_snapshot!("explain-in-service-120x40", frame((120, 40), world::shop(), "j3<Enter>9x"));
    insta::assert_snapshot!("reading-pod-120x40", frame((120, 40), world::shop(), "j3<Enter><Enter>"));
    insta::assert_snapshot!("reading-event-80x24", frame((80, 24), world::shop(), "j3<Enter>4<Enter>"));
    insta::assert_snapshot!("prompt-120x40", frame((120, 40), world::shop(), ":s<Tab>"));
    insta::assert_snapshot!("filter-120x40", frame((120, 40), world::shop(), "/prod"));
}

#[test]
fn what_is_typed_wrongly_is_said_above_the_line() {
    let mut all = String::new();
    for keys in [
        "/[",
        "/severity:awful",
        "/category:disk",
        ":envv<Enter>",
        ":theme blue<Enter>",
        ":env shop/<Tab>",
        "5/category:storage<Enter>",
    ] {
        let text = frame((100, 30), world::shop(), keys);
        let lines: Vec<&str> = text.lines().collect();
        all.push_str(&format!("=== {keys}\n{}\n", lines[lines.len() - 8..].join("\n")));
    }
    insta::assert_snapshot!("typed", all);
}

#[test]
fn questions_before_a_change() {
    let asked = |size, keys: &str, forbidden: &[&str]| {
        let mut state = at(size, world::shop(), "");
        act(&mut state, keys, forbidden);
        text(&draw(&mut state))
    };
    insta::assert_snapshot!("dialog-120x40", asked((120, 40), "jS", &[]));
    insta::assert_snapshot!("dialog-80x24", asked((80, 24), "jS", &[]));
    insta::assert_snapshot!("dialog-prod-160x46", asked((160, 46), "jjS<Tab>pro", &[]));
    insta::assert_snapshot!("dialog-prod-refused-80x24", asked((80, 24), "jjS<Tab><Tab><Enter>", &[]));
    insta::assert_snapshot!("dialog-project-120x40", asked((120, 40), "1GS<Tab>", &["shop-qa", "shop-prod"]));
    insta::assert_snapshot!("dialog-marked-120x40", asked((120, 40), "Gk<Space>k<Space>k<Space>S", &[]));
    insta::assert_snapshot!("dialog-service-80x24", asked((80, 24), "j3S", &[]));
    insta::assert_snapshot!("dialog-interrupted-120x40", asked((120, 40), "g<Enter>", &[]));
    insta::assert_snapshot!("dialog-interrupted-80x24", asked((80, 24), "g<Enter><Tab>", &[]));
    let live = shop(|s| {
        let mut e = (**s.namespace("shop-demo").unwrap()).clone();
        e.operation = Some(world::operation(Verb::Stop, OperationState::Running, 4, 7));
        s.environments.insert(e.id.clone(), Arc::new(e));
    });
    let mut state = at((120, 40), live, ":ops<Enter>/demo<Enter><Enter><Tab>take<Tab><Enter>");
    insta::assert_snapshot!("dialog-take-over-120x40", text(&draw(&mut state)));
}

#[test]
fn what_is_not_in_the_journal_or_not_kept_is_said() {
    let demo = |change: &dyn Fn(&mut Environment)| {
        shop(|s| {
            let mut e = (**s.namespace("shop-demo").unwrap()).clone();
            change(&mut e);
            s.environments.insert(e.id.clone(), Arc::new(e));
        })
    };
    // The journal has noted four of seven steps; the object of the fifth shows that it was done.
    let interrupted = |stopped: bool| {
        let snapshot = demo(&|e| {
            let operation = world::operation(Verb::Stop, OperationState::Interrupted, 4, 7);
            let step = &operation.journal.steps[4];
            let mut service = (*e.services[0]).clone();
            let mut row = (**service.workload.as_ref().unwrap()).clone();
            row.meta.uid = step.uid.clone().unwrap();
            if stopped {
                row.desired = 0;
                row.meta.annotations = kennel::domain::Labels::new([("kennel.dev/replicas".into(), "2".into())]);
            }
            service.object = step.object.clone();
            service.workload = Some(Arc::new(row));
            e.services = Box::new([Arc::new(service)]);
            e.operation = Some(operation);
        });
        text(&draw(&mut at((120, 40), snapshot, ":ops<Enter>/demo<Enter><Enter>")))
    };
    assert!(!interrupted(false).contains("not noted"), "{}", interrupted(false));
    assert_eq!(interrupted(true).matches("done, not noted").count(), 1, "{}", interrupted(true));
    let events = |older| text(&draw(&mut at((200, 60), demo(&|e| e.older_events = older), "/demo<Enter><Enter>")));
    assert!(events(7).contains("7 older not kept"), "{}", events(7));
    assert!(!events(0).contains("not kept"));
}

#[test]
fn an_operation_from_its_first_step_to_its_end() {
    insta::assert_snapshot!("running-120x40", text(&draw(&mut stopping((120, 40)))));
    insta::assert_snapshot!("running-80x24", text(&draw(&mut stopping((80, 24)))));
    let mut state = stopping((120, 40));
    press(&mut state, "<Enter>");
    insta::assert_snapshot!("running-environment-120x40", text(&draw(&mut state)));
    press(&mut state, "<Esc>q");
    insta::assert_snapshot!("running-quit-120x40", text(&draw(&mut state)));
    press(&mut state, "<Esc>");
    let end = Outcome {
        environment: EnvironmentId::new("eu-1", "shop-staging"),
        id: "op-9".into(),
        end: End::Partly,
        results: vec![],
    };
    update(&mut state, Message::Finished(end));
    insta::assert_snapshot!("ended-partly-120x40", text(&draw(&mut state)));
    press(&mut state, ":ops<Enter>");
    insta::assert_snapshot!("operations-ended-120x40", text(&draw(&mut state)));
}

#[test]
fn marks_are_seen_and_counted_and_those_that_a_filter_hides_never_act() {
    let mut state = at((120, 40), world::shop(), "j3<Space>jj<C-Space>");
    insta::assert_snapshot!("marks-120x40", text(&draw(&mut state)));
    press(&mut state, "/mailer<Enter>");
    insta::assert_snapshot!("marks-hidden-120x40", text(&draw(&mut state)));
    act(&mut state, "S", &[]);
    let dialog = text(&draw(&mut state));
    assert!(dialog.contains("━ Start mailer of shop/staging ━"), "{dialog}");
}

#[test]
fn a_list_that_is_sorted_or_held_says_so() {
    insta::assert_snapshot!("sorted-120x40", frame((120, 40), world::shop(), "<S-Right><S-Right><S-Right><S-Right>O"));
    let mut state = at((120, 40), world::shop(), "jjj");
    let mut worse = world::shop();
    let mut e = (**worse.namespace("billing-staging").unwrap()).clone();
    e.phase = kennel::domain::phase::Phase::DestroyFailed;
    worse.environments.insert(e.id.clone(), Arc::new(e));
    worse.serial = 2;
    update(&mut state, Message::Snapshot(Arc::new(worse)));
    let held = text(&draw(&mut state));
    assert!(held.contains("1 moved up · = re-sorts"), "{held}");
    press(&mut state, "=");
    let sorted = text(&draw(&mut state));
    assert!(!sorted.contains("new above") && sorted.contains("▶▌ qa") || sorted.contains("shop/qa"), "{sorted}");
    let since = frame((120, 40), world::shop(), "j:since 5m<Enter>");
    assert!(since.contains("5 · last 5m"), "{since}");
    let new = frame((120, 40), world::shop(), "j:new<Enter>");
    assert!(new.contains("No events since just now."), "{new}");
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
        s.data.insert(kind.kind.into(), data.clone());
    }
    s
}

/// Panes, each with the keys that bring it on screen alone.
const PANES: [(&str, &str); 12] = [
    ("projects", "1z"),
    ("environments", "2z"),
    ("services", "j3z"),
    ("events", "j4z"),
    ("health", "5z"),
    ("tasks", "j<Enter>6z"),
    ("pods", "j<Enter>7z"),
    ("containers", "j3<Enter>8z"),
    ("revisions", "j3<Enter>8<Tab>z"),
    ("conditions", "j3<Enter>9z"),
    ("config", "j3<Enter>9<Tab>z"),
    ("operations", ":ops<Enter>"),
];

#[test]
fn tabs_that_do_not_fit_keep_their_digits_and_the_count_of_issues() {
    for (width, tabs) in [
        (80, " 1 Projects  ▸2 Environments  3 Services  4 Events  5 Health ▲2"),
        (52, " 1 Proj  ▸2 Environments  3 Serv  4 Even  5 Heal ▲2"),
        (44, " 1  ▸2 Environments  3  4  5 Heal ▲2"),
    ] {
        let frame = frame((width, 20), world::shop(), "");
        assert_eq!(frame.lines().nth(1), Some(tabs), "{width}");
    }
}

#[test]
fn what_is_greyed_takes_the_width_that_is_there() {
    let (since, why, brief) = (world::ago(9), "gone".into(), "gone".into());
    let lost = shop(|s| s.connection = Connection::Lost { since, why, brief, retry: None });
    let explained = frame((140, 40), lost, "4x");
    let line = "mark a row for S (only services and environments can be marked)";
    assert!(explained.contains(line), "one column, not half of two\n{explained}");
}

#[test]
fn in_a_dump_no_pane_offers_to_ask_again() {
    let failed = DataState::Failed { why: "no such file".into(), retry: None };
    for (pane, keys) in PANES {
        for size in [(90, 16), (160, 46)] {
            for data in [DataState::Live, failed.clone()] {
                let mut snapshot = empty(keys.contains("<Enter>"), data);
                snapshot.cluster = Arc::new(ClusterFacts { dump: true, ..(*snapshot.cluster).clone() });
                let frame = frame(size, snapshot, keys);
                let offered =
                    ["Ctrl-r", "tries again", "trying again", "reconnect"].iter().find(|w| frame.contains(**w));
                assert_eq!(offered, None, "{pane}\n{frame}");
            }
        }
    }
}

#[test]
fn a_pane_without_rows_is_as_high_as_what_it_says() {
    let forbidden = DataState::Forbidden { why: "no".into() };
    for size in [(100, 30), (120, 40)] {
        let frame = frame(size, empty(false, forbidden.clone()), "");
        assert_eq!(frame.matches("namespaces.").count(), 2, "projects and environments to the end\n{frame}");
    }
}

#[test]
fn every_pane_in_every_state() {
    let at = world::ago;
    let size = (90, 16);
    let loading = DataState::Loading { got: 12_500, of: Some(20_000) };
    let failed = DataState::Failed { why: "the server answered 500: etcd is not ready".into(), retry: Some(at(-12)) };
    let forbidden = DataState::Forbidden { why: "no".into() };
    let old = || DataState::Stale { since: at(34), why: "connection refused".into(), retry: Some(at(-2)) };
    let stale = || shop(|s| Kind::ALL.iter().for_each(|k| _ = s.data.insert(k.kind.into(), old())));
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
        let lost = Connection::Lost {
            since: world::ago(75),
            why: "Connection refused (os error 111)".into(),
            brief: "refused".into(),
            retry: Some(world::ago(-3)),
        };
        show("lost", size, with(lost));
        show("refused", size, with(Connection::Refused("no kubeconfig".into())));
        let facts = |f: &mut ClusterFacts| {
            f.badges = vec!["TLS not verified".into(), "acting as jane".into()];
            f.access = Access::ReadOnly("--readonly".into());
        };
        show("dump", size, shop(|s| Arc::make_mut(&mut s.cluster).dump = true));
        show("badges", size, shop(|s| facts(Arc::make_mut(&mut s.cluster))));
        show("clock", size, shop(|s| s.clock = Some("the server's Date is 6h ahead: local time is used".into())));
        let one = shop(|s| {
            _ = s
                .data
                .insert(Kind::Pod.into(), DataState::Stale { since: world::ago(34), why: "gone".into(), retry: None })
        });
        show("stale", size, one);
        let broken = || DataState::Failed { why: "503 Service Unavailable".into(), retry: Some(world::ago(-2)) };
        let fails = |kinds: &[Kind]| shop(|s| s.data.extend(kinds.iter().map(|k| (*k, broken()))));
        show("one API fails", size, fails(&[Kind::Application, Kind::PodMetrics]));
        show("three fail", size, fails(&[Kind::Application, Kind::HTTPRoute, Kind::Job]));
        let bad = |name: &str| {
            let why = Text::from("Deployment is malformed");
            ((Kind::Deployment.into(), Text::from("shop-qa"), Text::from(name)), why)
        };
        show("unreadable", size, shop(|s| s.unread.extend(["web", "api"].map(bad))));
    }
    insta::assert_snapshot!("headers", all);
}

#[test]
fn a_long_context_gives_way_to_what_may_be_done_there() {
    let named = |s: &mut Snapshot| {
        let context = "arn:aws:eks:eu-central-1:123456789012:cluster/acme-production-blue-2024-eu-central".repeat(2);
        s.cluster = Arc::new(ClusterFacts { context: context.into(), ..(*s.cluster).clone() });
    };
    for size in [(100, 30), (120, 40), (160, 46)] {
        let header = frame(size, shop(named), "");
        let second = header.lines().nth(1).unwrap();
        assert!(second.contains("read-write") && second.contains("arn:aws"), "{second}");
    }
}

#[test]
fn who_has_rights_in_some_namespaces_only_is_told_so_once_in_the_header() {
    let some = |names: &'static [&'static str]| {
        shop(|s| {
            s.data.insert(Kind::Namespace.into(), DataState::Forbidden { why: "no".into() });
            let those = s.environments.iter().filter(|(id, _)| names.contains(&&*id.namespace));
            s.environments = those.map(|(id, e)| (id.clone(), e.clone())).collect();
        })
    };
    let all = frame((160, 46), some(&["shop-staging"]), "");
    assert_eq!(all.matches("only shop-staging (no right to list namespaces)").count(), 1, "{all}");
    let narrow = frame((100, 30), some(&["shop-staging"]), "");
    let second = narrow.lines().nth(1).unwrap();
    assert!(second.contains("only shop-staging") && second.contains("read-write"), "{second}");
    let three = frame((160, 46), some(&["shop-staging", "shop-prod", "shop-qa"]), "");
    assert!(three.contains("only 3 namespaces (no right"), "{three}");
    assert!(!frame((160, 46), shop(|_| ()), "").contains("no right to list"));
}

#[test]
fn the_registry_shows_on_all_images_of_a_pane_or_on_none() {
    let with = |images: [&str; 2], rows: bool| {
        let mut snapshot = shop(|s| {
            let mut environment = (**s.namespace("shop-staging").unwrap()).clone();
            let named = environment.services.iter().take(2).zip(images).map(|(service, image)| {
                Arc::new(kennel::domain::service::Service { images: Box::new([image.into()]), ..(**service).clone() })
            });
            environment.services = named.collect();
            let id = environment.id.clone();
            s.environments = [(id, Arc::new(environment))].into_iter().collect();
        });
        snapshot.serial += 1;
        let text = frame((160, 46), snapshot, if rows { "3m" } else { "3" });
        images.map(|image| text.contains(image))
    };
    for rows in [false, true] {
        assert_eq!(with(["r.acme.dev/a:1", "r.acme.dev/b:2"], rows), [true, true], "there is room, rows: {rows}");
        let long = "registry.of-a-long-name.example.com/with/a/long/path/to/b:2.31.7-rc1";
        assert_eq!(with(["r.acme.dev/a:1", long], rows), [false, false], "one has no room, rows: {rows}");
    }
}

#[test]
fn a_node_that_takes_no_pods_is_said_in_the_header_and_marked_wherever_its_pods_show() {
    let with = |ready, cordoned| {
        shop(|s| {
            for n in 1..=4 {
                let name = Text::from(format!("node-{n}"));
                let row = NodeRow { name: name.clone(), ready, cordoned: cordoned && n != 1, ..NodeRow::default() };
                s.nodes.insert(name, Arc::new(row));
            }
        })
    };
    let well = frame((160, 48), with(true, false), "j3<Enter>");
    assert!(!well.contains(" nodes cordoned") && !well.contains(" nodes not ready"), "{well}");
    let cordoned = frame((160, 48), with(true, true), "j3<Enter>7");
    assert!(cordoned.contains("3 of 4 nodes cordoned"), "{cordoned}");
    assert!(cordoned.lines().any(|l| l.contains("node-4 cordoned")), "{cordoned}");
    assert!(frame((160, 48), with(false, true), "j3<Enter>7").contains("4 of 4 nodes not ready"));
}

#[test]
fn a_header_of_one_row_never_hides_which_cluster_it_is() {
    for context in ["eu-1", "arn:aws:eks:eu-central-1:123456789012:cluster/production-blue"] {
        for keys in ["", "j", "j<Enter>", "j<Enter><Enter>", ":ops<Enter>"] {
            let snapshot = shop(|s| Arc::make_mut(&mut s.cluster).context = context.into());
            let header = frame((80, 24), snapshot, keys).lines().next().unwrap().to_owned();
            let seen = [" · eu-1 ", " · arn:aws:eks…n-blue "].iter().any(|c| header.contains(c));
            assert!(seen, "{keys}: {header}");
        }
    }
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

#[test]
fn events_of_a_service_have_no_column_of_their_object_where_all_are_of_one() {
    let head = |service: &str| {
        let shown = frame((160, 46), world::shop(), &format!("j3/{service}<Enter><Enter>4z"));
        shown.lines().find(|l| l.contains("MESSAGE")).map(str::to_owned).unwrap_or(shown)
    };
    assert!(head("checkout").contains("OBJECT"), "{}", head("checkout"));
    assert!(head("mailer").contains("MESSAGE") && !head("mailer").contains("OBJECT"), "{}", head("mailer"));
}

#[test]
fn an_only_revision_is_not_the_oldest_that_is_kept() {
    let of = |service: &str| frame((160, 46), world::shop(), &format!("j3/{service}<Enter><Enter>"));
    assert!(of("checkout").contains("the oldest that is kept"));
    let only = of("mailer");
    assert!(only.contains("REV") && !only.contains("the oldest"), "{only}");
}

#[test]
fn a_status_that_changed_is_inverted_in_its_card_and_its_row_in_every_theme_and_in_ascii() {
    use ratatui::style::Modifier;
    let inverted = |theme: &Theme, keys: &str| {
        let settings = Settings { flash: true, ..Settings::default() };
        let mut state = State::new(settings, world::now(), (160, 46));
        update(&mut state, Message::Snapshot(Arc::new(world::shop())));
        press(&mut state, keys);
        let after = shop(|s| {
            let id = s.id("shop-prod");
            let e = (**s.environment(&id).unwrap()).clone();
            let changed = |s: &Service| Arc::new(Service { status: Status::Degraded, ..s.clone() });
            let services = e.services.iter().map(|s| changed(s)).collect();
            s.environments.insert(id, Arc::new(Environment { services, ..e }));
        });
        update(&mut state, Message::Snapshot(Arc::new(after)));
        let mut buffer = Buffer::empty(Rect::new(0, 0, 160, 46));
        ui::draw(&mut buffer, &state, theme);
        let cells = buffer.content.iter().filter(|c| c.modifier.contains(Modifier::REVERSED));
        let words: String = cells.map(|c| c.symbol()).collect();
        words.matches("Degraded").count()
    };
    for name in Theme::names() {
        for ascii in [false, true] {
            let theme = Theme::named(name).unwrap().ascii(ascii);
            assert!(inverted(&theme, ":svc shop/prod<Enter>") > 0, "{name}: cards");
            assert!(inverted(&theme, ":svc shop/prod<Enter>m") > 0, "{name}: rows");
        }
    }
}

#[test]
fn what_serves_as_it_should_has_cells_without_a_colour_of_their_own() {
    let mut state = at((160, 46), world::shop(), "");
    draw(&mut state);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 160, 46));
    ui::draw(&mut buffer, &state, &Theme::named("dark").unwrap());
    let lines = text(&buffer);
    let colour = |phase: &str, of: char| {
        let (y, line) = lines.lines().enumerate().find(|(_, l)| l.contains(phase)).unwrap();
        let x = line.chars().position(|c| c == of).unwrap();
        buffer[(u16::try_from(x).unwrap(), u16::try_from(y).unwrap())].fg
    };
    assert_eq!(colour("● Active ", '■'), buffer[(0, 2)].fg, "as quiet as a border");
    assert_eq!(colour("✖ Error", '■'), buffer[(0, 2)].fg, "what is well of what is not, too");
    let last = |line: &str| line.chars().filter(|c| *c == '✖').count();
    assert!(lines.lines().any(|l| l.contains("✖ Error") && last(l) > 1), "and each that is not has its form");
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
    for keys in ["", "?", "c"] {
        press(&mut state, keys);
        ui::draw(&mut buffer, &state, &Theme::default().ascii(true));
        assert!(self::text(&buffer).contains("Enter"), "{keys}: the key that opens reads as a key");
    }
}

#[test]
fn a_terminal_too_small_is_told_so() {
    let of = |w, h| frame((w, h), world::shop(), "");
    assert_eq!(of(39, 8), "kennel needs 40×8 · q quits\n\n\n\n\n\n\n\n");
    assert_eq!(of(20, 5), "kennel needs 40×8 ·\nq quits\n\n\n\n");
    assert_eq!(of(1, 1), "k\n");
    assert!(!of(40, 8).contains("needs"), "this is enough");
    // Keys that would stop an environment if they acted.
    assert_eq!(frame((39, 3), world::shop(), "jS<Tab><Enter>"), "kennel needs 40×8 · q quits\n\n\n");
}

#[test]
fn a_text_of_a_hundred_thousand_lines_scrolls_to_its_end_and_finds_what_stands_there() {
    let lines = (1..=100_000).map(|n| HelpLine::Plain(format!("line {n}"))).collect();
    let mut state = at((80, 24), world::shop(), "");
    state.overlay = Some(Overlay::Explain(TextView { lines, ..TextView::default() }));
    press(&mut state, "G");
    let end = text(&draw(&mut state));
    assert!(end.contains("line 100000 ") && !end.contains("↓"), "{end}");
    press(&mut state, "k");
    assert!(text(&draw(&mut state)).contains("↓1 "), "a row up from there");
    press(&mut state, "g/line 70000<Enter>");
    assert!(text(&draw(&mut state)).contains("line 70000 "));
}

#[test]
fn a_terminal_too_small_says_what_becomes_of_what_runs_before_it_is_left() {
    let mut state = stopping((120, 40));
    update(&mut state, Message::Resize { width: 39, height: 5 });
    press(&mut state, "q");
    let said = "q quits · Esc stays · A kennel in the\nbackground goes on with it; this\nterminal may go.\n\n\n";
    assert_eq!(text(&draw(&mut state)), said);
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

/// The shop with every text that comes from outside replaced.
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
        e.managed_by = Some(next());
        e.blocked_by = Some(next());
        e.color = Some(next());
        e.labels = kennel::domain::Labels::new([(next(), next())]);
        e.services = e
            .services
            .iter()
            .map(|s| {
                let mut s = (**s).clone();
                s.object.name = next();
                s.reason = Some(next());
                s.secondary = Some(next());
                s.images = Box::new([next()]);
                s.addresses = Box::new([next()]);
                s.urls = Box::new([next()]);
                s.deployed_by = Some(next());
                s.repository = Some(next());
                s.managed_by = Some(next());
                s.workload = s.workload.map(|w| {
                    let mut w = (*w).clone();
                    for c in &mut w.conditions {
                        (c.kind, c.reason, c.message) = (next(), next(), next());
                    }
                    for c in &mut w.template.config {
                        (c.name, c.place) = (next(), next());
                    }
                    Arc::new(w)
                });
                s.pods = s
                    .pods
                    .iter()
                    .map(|p| {
                        let mut p = (**p).clone();
                        (p.name, p.node, p.reason) = (next(), Some(next()), Some(next()));
                        for c in &mut p.containers {
                            (c.name, c.image) = (next(), next());
                        }
                        Arc::new(p)
                    })
                    .collect();
                Arc::new(s)
            })
            .collect();
        e.tasks = e
            .tasks
            .iter()
            .map(|t| {
                let mut t = (**t).clone();
                (t.object.name, t.reason) = (next(), Some(next()));
                Arc::new(t)
            })
            .collect();
        e.events = e
            .events
            .iter()
            .map(|v| {
                let mut v = (**v).clone();
                (v.object.name, v.object.api) = (next(), Api::referred("hostile.io/v1", &next()));
                v.reason = next();
                v.message = next();
                Arc::new(v)
            })
            .collect();
        for i in Arc::make_mut(&mut e.issues) {
            i.title = next();
        }
        if let Some(o) = &mut e.operation {
            let mut j = (*o.journal).clone();
            (j.holder, j.host) = (next(), next());
            for s in &mut j.steps {
                s.object.name = next();
                s.result = StepResult::Failed(next());
            }
            o.journal = Arc::new(j);
        }
    }
    let mut s = world::snapshot(all);
    let facts = Arc::make_mut(&mut s.cluster);
    (facts.context, facts.user, facts.version) = (next(), Some(next()), Some(next()));
    facts.badges = vec![next(), next()];
    s
}

/// Places that a screen can be in, by the keys that lead there.
const PLACES: [&str; 20] = [
    "",
    "1",
    "j3",
    "j4",
    "5",
    "j3m",
    "j<Enter>",
    "j<Enter>6",
    "j3<Enter>",
    "j3<Enter>8",
    "j3<Enter>9<Tab>",
    "?",
    "x",
    "jS",
    "1jS",
    "j3c",
    "<C-p>a",
    ":env <Tab>",
    ":ops<Enter>",
    ":ops<Enter><Enter>",
];

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
            // Completions of the prompt stand on the last row of the panes.
            if a.height < 2 || a.width < 2 || state.overlay.is_some() || state.prompt.is_some() {
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
