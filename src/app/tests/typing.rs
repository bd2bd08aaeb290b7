//! What is typed: filters, commands, the palette, pastes.

use super::world::World;
use crate::app::overlay::Overlay;
use crate::app::pane::{Pane, Scope, Screen};
use crate::app::{Effect, Message, update};
use crate::domain::EnvironmentId;
use crate::domain::data::DataState;
use crate::domain::model::Change;
use crate::domain::snapshot::ClusterFacts;

#[test]
fn a_filter_holds_while_one_types_and_a_bad_one_leaves_the_last_good_one() {
    let mut w = World::shop();
    w.keys("3/w");
    assert_eq!(w.rows(Pane::Services), ["web", "worker"]);
    w.keys("e");
    assert_eq!(w.rows(Pane::Services), ["web"]);
    w.keys("(");
    assert_eq!(w.rows(Pane::Services), ["web"], "the last good filter stays");
    let error = w.state.prompt.as_ref().and_then(|p| p.error.clone()).unwrap();
    assert!(error.contains("no regular expression"), "{error}");
    w.keys("<Enter>");
    assert!(w.notices().contains("last good filter stays"));
    assert_eq!(w.state.list(Pane::Services).filter.as_ref().map(|f| f.text()), Some("we"));
    w.keys("/<C-u>chk<Esc>");
    assert_eq!(w.rows(Pane::Services), ["web"], "Esc in the prompt brings the filter from before back");
}

#[test]
fn esc_and_the_next_key_in_one_are_both_unless_somebody_bound_them_as_one() {
    let mut w = World::shop();
    w.keys("3/w<Enter>j");
    assert_eq!((w.rows(Pane::Services).len(), w.selected(Pane::Services)), (2, "worker".to_owned()));
    w.keys("<A-g>");
    assert_eq!(w.rows(Pane::Services).len(), 3, "Esc took the filter away");
    assert_eq!(w.selected(Pane::Services), "checkout", "and then the key found all rows");
    w.keys("/w<A-j>");
    assert!(w.state.prompt.is_none(), "out of a prompt, too");
    assert_eq!((w.rows(Pane::Services).len(), w.selected(Pane::Services)), (3, "worker".to_owned()));
    w.keys("S<A-Enter>");
    assert!(w.state.overlay.is_none(), "a dialog is cancelled, and nothing in it is pressed");
    w.keys("<Esc><A-Left>");
    assert!(matches!(w.state.screen(), Screen::Dashboard), "arrows come with Alt of their own");

    let own = [("zoom".to_owned(), crate::config::Keys::One("<A-g>".to_owned()))].into();
    w.state.settings.keymap = std::sync::Arc::new(crate::app::keymap::Keymap::with(&own).unwrap());
    w.keys("<A-g>");
    assert!(w.state.view().zoom, "bound as one it is one");
}

#[test]
fn the_hints_are_those_of_what_lies_on_top() {
    let mut w = World::shop();
    let hints = |w: &World| {
        let all = crate::app::help::hints(&w.state).into_iter().map(|h| format!("{} {}", h.key, h.verb));
        all.collect::<Vec<_>>().join(", ")
    };
    w.keys("?");
    assert!(hints(&w).starts_with("/ search"), "{}", hints(&w));
    w.keys("<C-c>");
    assert!(matches!(w.state.overlay, Some(Overlay::Quit)));
    assert_eq!(hints(&w), "q quit, Esc stay");
    w.keys("<Esc>");
    assert!(hints(&w).starts_with("⏎ open"), "{}", hints(&w));
}

#[test]
fn filters_know_inverse_labels_fuzzy_and_fields() {
    let mut w = World::shop();
    let mut shown = |keys: &str, pane| {
        w.keys(keys);
        let rows = w.rows(pane);
        w.keys("<Esc>");
        rows
    };
    assert_eq!(shown("3/!w<Enter>", Pane::Services), ["checkout"]);
    assert_eq!(shown("3/-l app=web<Enter>", Pane::Services), ["web"]);
    assert_eq!(shown("3/-f chkt<Enter>", Pane::Services), ["checkout"]);
    assert_eq!(shown("3/status:degraded<Enter>", Pane::Services), ["checkout"]);
    assert_eq!(shown("2/status:error<Enter>", Pane::Environments), ["shop/staging"]);
    assert_eq!(shown("2/project:lab<Enter>", Pane::Environments), ["lab/dev"]);
    assert_eq!(shown("2/project:shop status:active<Enter>", Pane::Environments), ["shop/prod"]);
    assert_eq!(shown("2/shop/st<Enter>", Pane::Environments), ["shop/staging"], "as it stands on the screen");
    assert_eq!(shown("4/pod/web<Enter>", Pane::Events), ["web-1 Scheduled"]);
    assert_eq!(shown("5/severity:low<Enter>", Pane::Health), Vec::<String>::new());
    assert_eq!(shown("5/category:reli<Enter>", Pane::Health), ["checkout"]);
    assert_eq!(shown("5/category:stor<Enter>", Pane::Health), Vec::<String>::new());
    assert_eq!(shown("3/WEB<Enter>", Pane::Services), Vec::<String>::new(), "a capital makes it exact");
    assert_eq!(shown("3/kind:deploy<Enter>", Pane::Services), ["checkout", "web", "worker"]);
    assert_eq!(shown("3/kind:stateful<Enter>", Pane::Services), Vec::<String>::new());
    assert_eq!(shown("4/kind:pod<Enter>", Pane::Events), ["checkout-1 BackOff", "web-1 Scheduled"]);
    assert_eq!(shown("5/kind:deploy<Enter>", Pane::Health), ["checkout"]);
    assert_eq!(shown("2/kind:deploy<Enter>", Pane::Environments), Vec::<String>::new(), "these are of no kind");
}

#[test]
fn a_category_that_is_none_is_refused() {
    let mut w = World::shop();
    w.keys("5/category:disk");
    let error = w.state.prompt.as_ref().and_then(|p| p.error.clone()).unwrap();
    assert!(error.contains("`disk` is no category; they are performance"), "{error}");
}

#[test]
fn tasks_and_pods_are_reached_by_their_names_and_new_leaves_old_events_out() {
    let mut w = World::shop();
    w.keys(":tasks shop/prod<Enter>");
    assert_eq!(
        (w.state.focus(), w.state.screen().clone()),
        (Pane::Tasks, Screen::Environment(EnvironmentId::new("eu-1", "shop-prod")))
    );
    w.keys("<Esc>:events shop<Enter>");
    assert_eq!(w.rows(Pane::Events).len(), 2);
    w.keys(":new<Enter>");
    assert_eq!(w.rows(Pane::Events), Vec::<String>::new());
    w.wait(30);
    w.event("shop-staging", "web-1", "Killing", "again", 0);
    w.show();
    assert_eq!(w.rows(Pane::Events), ["web-1 Killing"]);
    w.keys(":since all<Enter>");
    assert_eq!(w.rows(Pane::Events).len(), 3);
}

#[test]
fn a_command_goes_to_a_pane_a_project_or_an_environment_with_a_filter() {
    let mut w = World::shop();
    w.keys(":svc<Enter>");
    assert_eq!(w.state.focus(), Pane::Services);
    assert_eq!(w.rows(Pane::Services).len(), 7, "all of all projects");
    w.keys(":svc shop /^web$<Enter>");
    assert_eq!(w.state.scope(Pane::Services), Scope::Project("shop".into()));
    assert_eq!(w.rows(Pane::Services), ["web", "web", "web"]);
    w.keys(":events lab/dev<Enter>");
    assert_eq!(w.rows(Pane::Events), ["web-1 Pulled"]);
    w.keys(":env shop/prod<Enter>");
    assert_eq!(*w.state.screen(), Screen::Environment(EnvironmentId::new("eu-1", "shop-prod")));
    w.keys(":pods shop/staging /checkout<Enter>");
    assert_eq!(w.state.focus(), Pane::Pods);
    assert_eq!(w.rows(Pane::Pods).len(), 3);
    w.keys(":sts<Enter>");
    assert_eq!(*w.state.screen(), Screen::Dashboard);
    assert!(w.rows(Pane::Services).is_empty());
    w.keys(":ops<Enter>");
    assert_eq!(*w.state.screen(), Screen::Alone { pane: Pane::Operations, scope: Scope::All });
}

#[test]
fn pods_and_tasks_are_those_of_what_the_header_says() {
    let mut w = World::shop();
    w.keys(":pods<Enter>");
    assert_eq!(*w.state.screen(), Screen::Alone { pane: Pane::Pods, scope: Scope::All });
    let all = w.rows(Pane::Pods).len();
    assert!(all > 3, "of every environment: {all}");
    w.keys("<Enter>");
    assert!(matches!(w.state.screen(), Screen::Service { .. }));
    w.keys("qq:env shop<Enter>:tasks<Enter>");
    assert_eq!(w.state.scope(Pane::Tasks), Scope::Project("shop".into()));
    w.keys(":pods<Enter>");
    assert_eq!(w.state.scope(Pane::Pods), Scope::Project("shop".into()), "it stays where it is");
    w.keys("qqq2j:pods<Enter>");
    let Screen::Environment(chosen) = w.state.screen().clone() else { panic!("one was chosen") };
    assert_eq!(w.state.scope(Pane::Pods), Scope::Environment(chosen));
    assert!(w.rows(Pane::Pods).len() < all);
}

#[test]
fn what_is_no_command_or_place_is_told_with_the_nearest_that_is() {
    let mut w = World::shop();
    w.keys(":evnts<Enter>");
    let error = w.state.prompt.as_ref().and_then(|p| p.error.clone()).unwrap();
    assert_eq!(error.as_str(), "`evnts` is no command; the nearest is :events");
    w.keys("<Esc>:env shop/stagng<Enter>");
    assert_eq!(w.notices(), "there is no environment `shop/stagng`; the nearest is shop/staging");
    w.keys(":theme lihgt<Enter>");
    assert!(w.notices().contains("the nearest is light"));
    assert_eq!(w.done(":theme light<Enter>"), [Effect::Theme("light".into())]);
    w.keys(":since soon<Enter>");
    assert!(w.notices().starts_with(":since wants"));
    w.keys(":env @us-2<Enter>");
    assert_eq!(w.notices(), "there is no context but eu-1");
}

#[test]
fn since_leaves_older_events_out_and_says_so_where_none_are_left() {
    let mut w = World::shop();
    w.keys(":since 15s<Enter>");
    assert_eq!(w.rows(Pane::Events), ["checkout-1 BackOff"]);
    w.wait(60);
    w.show();
    assert!(w.rows(Pane::Events).is_empty());
    let empty = crate::app::view::emptiness(&w.state, Pane::Events);
    assert!(format!("{empty:?}").contains(":since all"));
    w.keys(":since all<Enter>");
    assert_eq!(w.rows(Pane::Events).len(), 2);
}

#[test]
fn tab_completes_names_and_arguments_and_up_recalls() {
    let mut w = World::shop();
    let text = |w: &World| w.state.prompt.as_ref().map(|p| p.input.text().to_owned()).unwrap_or_default();
    w.keys(":ev<Tab>");
    assert_eq!(text(&w), "events");
    w.keys(" shop/st<Tab>");
    assert_eq!(text(&w), "events shop/staging");
    w.keys("<Enter>:theme l<Tab><Enter>:<Up>");
    assert_eq!(text(&w), "theme light");
    w.keys("<Up>");
    assert_eq!(text(&w), "events shop/staging");
    w.keys("<Down><Down>");
    assert_eq!(text(&w), "");
    w.keys("sv<Up>");
    assert_eq!(text(&w), "theme light");
    w.keys("<Down>");
    assert_eq!(text(&w), "sv", "what one had begun is still there");
}

#[test]
fn an_environment_whose_name_holds_a_blank_is_typed_and_completed_as_it_is() {
    let mut w = World::shop();
    w.namespace("shop-feature-a", "shop", "Feature A");
    w.service("shop-feature-a", "lamp", 1, 1);
    w.show();
    let text = |w: &World| w.state.prompt.as_ref().map(|p| p.input.text().to_owned()).unwrap_or_default();
    w.keys(":svc shop/Feature A<Enter>");
    assert_eq!(w.rows(Pane::Services), ["lamp"]);
    w.keys(":svc shop/Feature A /nothing<Enter>");
    assert!(w.rows(Pane::Services).is_empty());
    w.keys(":svc shop/Fea<Tab>");
    assert_eq!(text(&w), "svc shop/Feature A");
    w.keys("<BS><Tab>");
    assert_eq!(text(&w), "svc shop/Feature A", "the blank is part of the name");
    w.keys("<Esc>:svc shop/Feature<Enter>");
    assert!(w.notices().contains("there is no environment `shop/Feature`"), "{}", w.notices());
    w.keys(":theme dark light<Enter>");
    assert!(format!("{:?}", w.state.prompt).contains("takes NAME, not `light` too"), "{:?}", w.state.prompt);
}

#[test]
fn a_paste_goes_into_an_input_or_nowhere_and_never_presses_keys() {
    let mut w = World::shop();
    let before = format!("{:?}", (w.state.screen(), w.state.focus(), w.selected(Pane::Environments)));
    assert_eq!(update(&mut w.state, Message::Paste("jjSq\n<Enter>".into())), []);
    assert!(w.state.overlay.is_none());
    assert_eq!(before, format!("{:?}", (w.state.screen(), w.state.focus(), w.selected(Pane::Environments))));
    w.keys("3/");
    update(&mut w.state, Message::Paste("we\x1bb\n".into()));
    let prompt = w.state.prompt.as_ref().unwrap();
    assert_eq!(prompt.input.text(), "we<U+001B>b", "no line feed presses Enter, nothing a terminal obeys gets in");
}

#[test]
fn the_palette_finds_commands_projects_environments_and_services() {
    let mut w = World::shop();
    let first = |w: &World| match &w.state.overlay {
        Some(Overlay::Palette(p)) => p.matches.first().map(|m| m.label.clone()).unwrap_or_default(),
        _ => String::new(),
    };
    w.keys("<C-p>");
    assert_eq!(first(&w), "lab/dev", "places before commands");
    w.keys("st");
    assert_ne!(first(&w), "start/stop", "what changes something is not what Enter does at once");
    w.keys("<C-u>staging check");
    assert_eq!(first(&w), "shop/staging checkout");
    w.keys("<Enter>");
    assert!(matches!(w.state.screen(), Screen::Service { object, .. } if object.name == "checkout"));
    w.keys("<C-p>labdev");
    assert_eq!(first(&w), "lab/dev");
    w.keys("<Enter>");
    assert_eq!(*w.state.screen(), Screen::Environment(EnvironmentId::new("eu-1", "lab-dev")));
    w.keys("<C-p>zoom<Enter>");
    assert!(w.state.view().zoom);
    w.keys("<C-p>:theme<Enter>");
    assert_eq!(w.state.prompt.as_ref().map(|p| p.input.text()), Some("theme "));
}

#[test]
fn the_palette_begins_with_the_places_that_one_was_at_and_letters_that_are_scattered_find_nothing_beside_a_word() {
    let mut w = World::shop();
    w.service("shop-load", "taskagent", 1, 1);
    w.show();
    w.keys(":shop/prod<Enter>:lab/dev<Enter>:shop/load<Enter><C-p>");
    let all = |w: &World| match &w.state.overlay {
        Some(Overlay::Palette(p)) => p.matches.iter().map(|m| m.label.clone()).collect::<Vec<_>>(),
        _ => Vec::new(),
    };
    assert_eq!(all(&w)[..3], ["lab/dev", "shop/prod", "shop/load"], "the latest first, each once");
    assert!(!all(&w).contains(&"clear marks".to_owned()), "nothing that can't be done");
    w.keys("stag");
    assert!(all(&w).iter().all(|label| label.contains("stag")), "{:?}", all(&w));
}

#[test]
fn c_copies_at_once_or_offers_a_choice() {
    let mut w = World::shop();
    assert_eq!(w.done("1jc"), [Effect::Copy("lab".into())]);
    assert_eq!(w.done("2c"), []);
    assert_eq!(w.done("j<Enter>"), [Effect::Copy("lab-dev".into())]);
    assert!(w.state.overlay.is_none());
}

#[test]
fn another_context_is_opened_by_its_name_and_a_line_goes_along() {
    let mut w = World::shop();
    w.state.settings.contexts = ["eu-1", "eu-2", "us-1"].map(Into::into).into();
    w.keys(":ctx<Enter>");
    let prompt = w.state.prompt.as_ref().unwrap();
    assert_eq!((prompt.input.text(), prompt.completions.join(" ").as_str()), ("ctx ", "eu-2 us-1"));
    let effects = w.done("<Tab><Enter>");
    assert_eq!(effects, [Effect::Context { name: "eu-2".into(), then: String::new() }]);
    let effects = w.done(":env shop/prod /we @us-1<Enter>");
    assert_eq!(effects, [Effect::Context { name: "us-1".into(), then: "env shop/prod /we".into() }]);
    assert_eq!(w.done(":ctx eu-3<Enter>"), []);
    assert_eq!(w.notices(), "the kubeconfig has no context `eu-3`; the nearest is eu-2");
    assert_eq!(w.done(":ctx eu-1<Enter>"), []);
    assert_eq!(w.notices(), "eu-1 is open");
}

#[test]
fn a_line_that_came_along_is_done_as_soon_as_there_are_environments() {
    let mut w = World::empty();
    w.state.settings.first = Some("env shop/prod".into());
    w.namespace("shop-prod", "shop", "prod");
    w.show();
    assert_eq!(*w.state.screen(), Screen::Environment(EnvironmentId::new("eu-1", "shop-prod")));
    assert_eq!(w.state.settings.first, None, "once");
}

#[test]
fn where_namespaces_may_not_be_listed_a_line_that_came_along_waits_for_what_it_names() {
    let mut w = World::empty();
    w.model.apply(Change::data(crate::domain::Kind::Namespace, DataState::Forbidden { why: "no".into() }));
    w.state.settings.first = Some("env shop-prod".into());
    w.namespace("shop-dev", "shop", "dev");
    w.show();
    assert_eq!(*w.state.screen(), Screen::Dashboard, "it may be read in a moment");
    w.namespace("shop-prod", "shop", "prod");
    w.show();
    assert_eq!(*w.state.screen(), Screen::Environment(EnvironmentId::new("eu-1", "shop-prod")));
}

#[test]
fn in_a_dump_nothing_asks_the_cluster_again() {
    let mut w = World::shop();
    assert_eq!(w.done("<C-r>"), [Effect::Reconnect]);
    assert_eq!(w.done(":reconnect<Enter>"), [Effect::Reconnect]);
    let facts = ClusterFacts { dump: true, ..(*w.state.snapshot.cluster).clone() };
    w.model.apply(Change::Facts(facts));
    w.show();
    for keys in ["<C-r>", ":reconnect<Enter>"] {
        assert_eq!(w.done(keys), [], "{keys}");
        assert_eq!(w.notices(), "ask again: a dump stays as it is: there is nobody to ask", "{keys}");
    }
}

#[test]
fn a_key_whose_verb_is_not_built_yet_says_so_and_does_nothing() {
    let mut w = World::shop();
    for (key, verb) in [("l", "logs"), ("D", "destroy"), ("y", "YAML"), ("!", "a shell")] {
        assert_eq!(w.done(key), [], "{key}");
        assert_eq!(w.notices(), format!("{verb}: comes in a later version; ? shows what can be done here"));
    }
    w.state.notices.clear();
    w.keys("?l<Esc>:l<Esc>");
    assert!(w.state.notices.is_empty(), "in a text or an input it is a letter");
}

#[test]
fn the_name_of_a_place_alone_is_a_way_to_it() {
    let mut w = World::shop();
    w.keys(":shop/prod<Enter>");
    assert_eq!(*w.state.screen(), Screen::Environment(EnvironmentId::new("eu-1", "shop-prod")));
    w.keys(":shop<Enter>");
    assert!(matches!(w.state.screen(), Screen::Dashboard));
    assert_eq!(w.state.project().map(|p| p.to_string()).as_deref(), Some("shop"));
    w.keys(":shop/prdo<Enter>");
    let error = w.state.prompt.as_ref().and_then(|p| p.error.clone()).unwrap();
    assert!(error.contains("is no command"), "{error}");
}

#[test]
fn what_is_asked_for_by_habit_says_where_it_is_seen_today_or_that_it_is_not_yet() {
    let mut w = World::shop();
    let told = |w: &mut World, line: &str| {
        w.keys(&format!(":{line}<Enter>"));
        let error = w.state.prompt.as_ref().and_then(|p| p.error.clone()).unwrap();
        w.keys("<Esc>");
        error.to_string()
    };
    assert_eq!(told(&mut w, "rs"), ":rs is no list of its own: a service shows its revisions");
    assert_eq!(told(&mut w, "ing shop/prod"), ":ing is no list of its own: a service shows its addresses and URLs");
    for (names, today) in crate::app::command::KINDS {
        for name in *names {
            assert!(told(&mut w, name).ends_with(today), "{name}");
        }
    }
    assert!(told(&mut w, "no").contains("not yet") && told(&mut w, "hpa").contains("not yet"));
    w.keys(":dp shop/prod<Enter>");
    assert_eq!(w.state.list(Pane::Services).filter.as_ref().map(|f| f.text()), Some("kind:deployment"));
    w.keys(":help<Enter>");
    assert!(matches!(w.state.overlay, Some(Overlay::Help(_))));
}

#[test]
fn a_context_is_taken_off_its_own_place_in_the_line_and_off_no_other() {
    let mut w = World::shop();
    w.state.settings.contexts = ["eu-1", "us-1"].map(Into::into).into();
    let effects = w.done(":events shop/prod /mail@us-1 sent @us-1<Enter>");
    let then = effects.iter().find_map(|e| match e {
        Effect::Context { then, .. } => Some(then.as_str()),
        _ => None,
    });
    assert_eq!(then, Some("events shop/prod /mail@us-1 sent"));
}

#[test]
fn the_root_cause_of_what_is_selected_is_asked_for_and_shown_when_it_comes_and_only_as_long_as_one_looks() {
    use crate::app::question::{Answer, Question};
    use crate::health::cause::diagnose;
    use crate::health::evidence::Evidence;
    let mut w = World::shop();
    w.keys(":env shop/staging<Enter>");
    let asked = |w: &mut World| -> crate::app::question::Asker {
        let done = w.done("i");
        let Some(Effect::Ask(asker, Question::Cause(id))) = done.into_iter().next() else { panic!("it asks") };
        assert_eq!(id.namespace, "shop-staging");
        asker
    };
    let asker = asked(&mut w);
    let mut evidence = Evidence::default();
    evidence.now = Some(w.state.now);
    for (kind, name, spec) in [
        (
            "Deployment",
            "checkout",
            serde_json::json!({"replicas": 1, "template": {"spec": {"containers": [{"name": "c", "env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "gone", "key": "k"}}}]}]}}}),
        ),
        ("ConfigMap", "here", serde_json::json!({})),
    ] {
        evidence.add(
            serde_json::json!({"kind": kind, "metadata": {"name": name, "namespace": "shop-staging"}, "spec": spec}),
        );
    }
    let answer = |asker| {
        crate::app::Message::answer(asker, Answer::Cause(diagnose(&evidence), vec!["secrets can't be read".into()]))
    };
    update(&mut w.state, answer(&asker));
    let lines = |w: &World| match &w.state.overlay {
        Some(Overlay::Cause(view)) => format!("{:?}", view.text.lines),
        other => format!("{other:?}"),
    };
    assert!(lines(&w).contains("NOT READ") && lines(&w).contains("secrets can't be read"), "{}", lines(&w));
    w.keys("<Esc>");
    assert!(w.state.overlay.is_none() && !asker.listens(), "who has left listens no longer");
    let later = asked(&mut w);
    update(&mut w.state, answer(&asker));
    assert!(lines(&w).contains("reading objects"), "the answer to an earlier question is not this one's");
    assert!(later.listens());
}

#[test]
fn the_root_cause_of_an_issue_is_looked_for_where_the_issue_is_whatever_is_chosen_beside_it() {
    use crate::app::question::Question;
    let mut w = World::shop();
    // On the dashboard, with production chosen and the issues of all projects beside it.
    w.keys("2j5");
    let issue = w.state.selected().and_then(|r| r.environment()).map(|e| e.id.clone());
    let done = w.done("i");
    let Some(Effect::Ask(_, Question::Cause(id))) = done.into_iter().next() else { panic!("it asks") };
    assert_eq!(Some(id), issue);
}
