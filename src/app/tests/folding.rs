//! Environments and pods that fold into one line.

use super::world::World;
use crate::app::pane::{Pane, Screen};
use crate::app::view;
use crate::domain::operation::{OperationState, StepResult};

/// The shop with two environments in which nothing runs, and two of the cluster itself.
fn folded() -> World {
    let mut w = World::shop();
    w.namespace("lab-old", "lab", "old");
    w.namespace("lab-new", "lab", "new");
    for system in ["kube-system", "kube-public"] {
        w.namespace(system, "system", system);
    }
    w.service("kube-system", "coredns", 2, 2);
    w.show();
    w
}

const APPLICATIONS: [&str; 4] = ["shop/staging", "shop/prod", "lab/dev", "shop/load"];

/// The rows of the environments behind those of applications.
fn behind(w: &World) -> Vec<String> {
    let rows = w.rows(Pane::Environments);
    assert_eq!(rows[..4], APPLICATIONS);
    rows[4..].to_vec()
}

#[test]
fn environments_without_services_and_those_of_the_system_are_one_line_behind_all_others() {
    let mut w = folded();
    assert_eq!(behind(&w), ["2 and 2"]);
    assert_eq!(view::notes(&w.state, Pane::Environments), ["8", "worst first"], "all of them are counted");
    w.keys("2G");
    assert_eq!(w.selected(Pane::Environments), "2 and 2");
    assert!(w.state.environment().is_none(), "a line of several is none of them");
    w.keys("<Enter>");
    let open = ["2 and 2", "lab/new", "lab/old", "system/kube-system", "system/kube-public"];
    assert_eq!(behind(&w), open);
    w.keys("<Enter>");
    assert_eq!(behind(&w), ["2 and 2"]);
    w.keys("<Enter><S-Right>Oj");
    let sorted = w.rows(Pane::Environments);
    assert_eq!(sorted[..4], ["lab/dev", "shop/load", "shop/prod", "shop/staging"], "{sorted:?}");
    assert_eq!(sorted[4], "2 and 2", "whatever a list is sorted by");
}

#[test]
fn where_a_fold_would_take_no_line_away_or_leave_none_nothing_folds() {
    let mut w = folded();
    w.keys(":system<Enter>");
    assert_eq!(w.rows(Pane::Environments), ["system/kube-system", "system/kube-public"]);
    w.keys(":lab<Enter>");
    assert_eq!(w.rows(Pane::Environments), ["lab/dev", "2 and 0"]);
    w.namespace("shop-spare", "shop", "spare");
    w.show();
    w.keys(":shop<Enter>");
    assert_eq!(w.rows(Pane::Environments), ["shop/staging", "shop/prod", "shop/load", "shop/spare"]);
}

#[test]
fn what_is_in_trouble_or_under_way_never_folds() {
    let mut w = folded();
    w.service("kube-system", "coredns", 2, 0);
    w.journal("lab-old", OperationState::Interrupted, &[("web", StepResult::Pending)]);
    w.show();
    let rows = w.rows(Pane::Environments);
    assert_eq!(rows.last().map(String::as_str), Some("1 and 1"), "{rows:?}");
    assert!(rows.contains(&"lab/old".to_owned()) && rows.contains(&"system/kube-system".to_owned()), "{rows:?}");
    assert!(rows.contains(&"shop/load".to_owned()), "what is stopped has services");
}

#[test]
fn what_a_fold_hides_is_found_by_a_filter_and_by_its_name() {
    let mut w = folded();
    w.keys("2/^lab/<Enter>");
    assert_eq!(w.rows(Pane::Environments), ["lab/dev", "lab/new", "lab/old"]);
    assert_eq!(view::notes(&w.state, Pane::Environments)[0], "3 of 8");
    w.keys("<Esc>");
    assert_eq!(behind(&w), ["2 and 2"]);
    w.keys(":kube-system<Enter>");
    assert_eq!(*w.state.screen(), Screen::Environment(w.state.snapshot.id("kube-system")));
    w.keys("<Esc>");
    assert_eq!(w.selected(Pane::Environments), "system/kube-system", "and it is seen where one comes back to");
}

#[test]
fn marks_on_what_a_fold_hides_never_act_and_a_fold_takes_none() {
    let mut w = folded();
    w.keys("2G<Enter>j<Space>kk<Space>");
    assert_eq!(w.state.list(Pane::Environments).marks(), (2, 0));
    w.keys("j<Enter>");
    assert_eq!(w.state.list(Pane::Environments).marks(), (2, 1), "one of them is hidden");
    assert!(w.notices().contains("1 mark is hidden in it and does not act"), "{}", w.notices());
    let acting: Vec<_> = w.state.acting(Pane::Environments).iter().map(|r| r.environment().unwrap().path()).collect();
    assert_eq!(acting, ["shop/load"]);
    w.keys("<Space>");
    assert!(w.notices().contains("only services and environments can be marked"), "{}", w.notices());
    w.keys("k<Space><Space>j<Enter>j<C-Space>");
    assert_eq!(w.state.list(Pane::Environments).marked().len(), 2, "a range passes over the fold");
}

#[test]
fn an_environment_that_comes_while_the_order_is_held_stands_before_the_fold() {
    let mut w = folded();
    w.keys("2j");
    w.namespace("shop-qa", "shop", "qa");
    w.service("shop-qa", "web", 1, 1);
    w.show();
    assert_eq!(behind(&w), ["shop/qa", "2 and 2"]);
    w.keys("G<Enter>");
    w.namespace("shop-uat", "shop", "uat");
    w.service("shop-uat", "web", 1, 1);
    w.show();
    let rows = behind(&w);
    assert_eq!(rows[..3], ["shop/qa", "shop/uat", "2 and 2"]);
    assert_eq!(w.selected(Pane::Environments), "2 and 2");
}

#[test]
fn what_happens_in_a_fold_that_is_closed_costs_the_list_nothing() {
    let mut w = folded();
    let before = w.state.work;
    w.event("kube-system", "coredns-1", "Pulled", "image", 1);
    w.show();
    let other = w.state.work;
    assert_eq!((other.lists, behind(&w)), (before.lists, vec!["2 and 2".to_owned()]));
    w.namespace("lab-third", "lab", "third");
    w.show();
    assert_eq!(behind(&w), ["3 and 2"], "what it says is true");
    w.service("lab-third", "web", 1, 1);
    w.show();
    let rows = w.rows(Pane::Environments);
    assert!(rows.contains(&"lab/third".to_owned()) && rows.contains(&"2 and 2".to_owned()), "{rows:?}");
}
