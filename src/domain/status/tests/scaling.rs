//! An autoscaler that fails: a remark beside the status of what it scales, never that status.

use super::*;
use crate::domain::row::Condition;

fn failing(conditions: Box<[Condition]>) -> AutoscalerRow {
    AutoscalerRow { conditions, ..autoscaler("web") }
}

fn remark(s: &mut Scene, now: i64) -> String {
    let web = s.service("web", now);
    format!("{} · {}", web.status.word(), web.secondary.as_deref().unwrap_or_default())
}

#[test]
fn an_autoscaler_that_fails_is_a_remark_and_no_status() {
    let mut s = Scene::new().with(deployment("web", 1, 1)).with(pod("web", "a", "1"));
    // The bad condition counts although a good one stands before it.
    s.put(failing(Box::new([
        condition("AbleToScale", true, "ReadyForNewScale", -60),
        condition("ScalingActive", false, "InvalidSelector", -60),
    ])));
    assert_eq!(remark(&mut s, 0), "Healthy · autoscaler fails: its selector is invalid");
    assert_eq!(s.phase(0), "Active", "what serves is no error for that");
    for (reason, words) in [
        ("FailedGetScale", "its target's scale cannot be read"),
        ("FailedUpdateScale", "its target's scale cannot be written"),
    ] {
        s.put(failing(Box::new([condition("AbleToScale", false, reason, -5)])));
        assert_eq!(remark(&mut s, 0), format!("Healthy · autoscaler fails: {words}"));
    }
    // Of what is off it is no news, and what is wrong with the service itself stands before it.
    s.put(failing(Box::new([condition("ScalingActive", false, "ScalingDisabled", -5)])));
    assert_eq!(remark(&mut s, 0), "Healthy · ");
    s.put(failing(Box::new([condition("ScalingActive", false, "InvalidSelector", -60)])));
    s.put(deployment("web", 0, 0));
    s.0.apply(Change::Gone { of: Kind::Pod.into(), namespace: NS.into(), name: "web-a-1".into() });
    assert_eq!(remark(&mut s, 0), "Stopped · ");
}

#[test]
fn an_autoscaler_lacks_metrics_only_where_pods_have_been_ready_for_five_minutes_and_says_why() {
    let lacks = |since, message: &str| {
        let lack = condition("ScalingActive", false, "FailedGetResourceMetric", since);
        failing(Box::new([Condition { message: message.into(), ..lack }]))
    };
    let ready_for = |seconds: i64| PodRow { ready_since: Some(at(-seconds)), ..pod("web", "a", "1") };
    let mut s = Scene::new().with(deployment("web", 1, 0)).with(unready("web", "a", "1", -500)).with(lacks(-3600, ""));
    assert_eq!(remark(&mut s, 0), "Starting · ", "no metrics of pods that never ran");
    s.put(PodRow { ready: false, ready_since: Some(at(-30)), ..pod("web", "a", "1") });
    assert_eq!(remark(&mut s, 0), "Running · ", "down is the cause, no metrics its consequence");
    s.put(deployment("web", 1, 1));
    s.put(ready_for(300));
    assert_eq!(remark(&mut s, 0), "Healthy · ", "metrics come a while after the pods");
    assert_eq!(remark(&mut s, 1), "Healthy · autoscaler fails: no metrics");
    // The clock stands at 1 by now.
    s.put(lacks(-299, ""));
    s.put(ready_for(86_400));
    assert_eq!(remark(&mut s, 0), "Healthy · ");
    let computed = "the HPA was unable to compute the replica count: failed to get cpu utilization: ";
    for (message, words, no_api) in [
        ("missing request for cpu in container app of Pod web-x2abc", "app has no cpu request", false),
        (
            "unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server \
             could not find the requested resource (get pods.metrics.k8s.io)",
            "no metrics API",
            true,
        ),
        ("unable to get metrics for resource cpu: no metrics returned from resource metrics API", "no metrics", false),
    ] {
        s.put(lacks(-3600, &format!("{computed}{message}")));
        assert_eq!(remark(&mut s, 1), format!("Healthy · autoscaler fails: {words}"));
        assert_eq!(s.service("web", 1).unscaled.as_ref().map(|u| u.no_api), Some(no_api));
    }
}

#[test]
fn a_deliberate_zero_says_that_its_autoscaler_is_off() {
    let mut s = Scene::new().with(deployment("web", 0, 0)).with(autoscaler("web"));
    assert_eq!(s.status("web", 0), "Stopped · idle, its autoscaler is off");
    let web = s.service("web", 0);
    assert!(web.idle && !web.bare, "it is said in its row");
}
