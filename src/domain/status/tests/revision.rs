//! Which revision of a service is the current one.

use super::*;

#[test]
fn the_current_revision_has_the_templates_images_and_of_those_its_first_pod_came_last() {
    let imaged = |row: PodRow, image: &str| {
        let containers = row.containers.iter().cloned().map(|c| ContainerRow { image: image.into(), ..c });
        PodRow { containers: containers.collect(), ..row }
    };
    let of = |pods: Vec<PodRow>| {
        let mut s = Scene::new().with(deployment("web", 2, 2));
        pods.into_iter().for_each(|p| s.put(p));
        s.status("web", 0).split(' ').next().unwrap().to_owned()
    };
    let made = |at_: i64, row: PodRow| PodRow { created: Some(at(at_)), ..row };
    // Rolled back: the pod of the other image is what is left of it.
    let left = imaged(crashing("web", "a", "1", -60), "acme/web:2");
    assert_ne!(of(vec![pod("web", "b", "1"), left]), "Degraded");
    assert_eq!(of(vec![pod("web", "b", "1"), crashing("web", "a", "1", -60)]), "Degraded");
    // A pod of the old revision that was replaced makes it no newer.
    let replaced = || vec![crashing("web", "a", "1", -10), made(-1000, pod("web", "a", "2"))];
    assert_ne!(of([replaced(), vec![made(-500, pod("web", "b", "1"))]].concat()), "Degraded");
    assert_eq!(of([replaced(), vec![made(-2000, pod("web", "b", "1"))]].concat()), "Degraded");
    // Neither does one that is going, nor does its failure count.
    let going = |row: PodRow| PodRow { deleted: Some(at(-5)), ..row };
    assert_eq!(of(vec![crashing("web", "b", "1", -500), going(made(-60, pod("web", "a", "1")))]), "Degraded");
    assert_ne!(of(vec![pod("web", "a", "1"), going(crashing("web", "a", "2", -60))]), "Degraded");
}

#[test]
fn a_failure_says_of_how_many_pods_of_its_revision_it_is() {
    let status = |pods: Vec<PodRow>| {
        let mut s = Scene::new().with(deployment("web", 3, 1));
        pods.into_iter().for_each(|p| s.put(p));
        s.status("web", 0)
    };
    let two = || vec![crashing("web", "a", "1", -60), crashing("web", "a", "2", -60)];
    assert_eq!(status([two(), vec![pod("web", "a", "3")]].concat()), "Degraded · crash-loops (2 of 3 pods)");
    let ended = PodRow { phase: PodPhase::Failed, ready: false, ..pod("web", "a", "3") };
    assert_eq!(status([two(), vec![ended]].concat()), "Degraded · crash-loops (2 of 2 pods)");
    assert_eq!(status(vec![crashing("web", "a", "1", -60)]), "Degraded · crash-loops");
}
