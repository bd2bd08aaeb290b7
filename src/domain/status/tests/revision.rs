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

#[test]
fn what_waits_for_deletes_says_how_many_pods_are_old_and_shows_the_image_that_runs() {
    let rows = |updated, kind| {
        let row = workload(kind, "db", 2, 2);
        let counts = Counts { updated, ..row.counts };
        let revisions = (kind == WorkloadKind::StatefulSet).then(|| ("a".into(), "b".into()));
        let template = Template { images: Box::new(["reg.io/acme/db:2".into()]), ..row.template.clone() };
        WorkloadRow { on_delete: true, counts, revisions, template, ..row }
    };
    for kind in [WorkloadKind::StatefulSet, WorkloadKind::DaemonSet] {
        let word = if kind == WorkloadKind::StatefulSet { "StatefulSet" } else { "DaemonSet" };
        let old = |tail: &str| PodRow { owner: Some(owner(word, "db").into()), ..pod("db", "a", tail) };
        let mut s = Scene::new().with(rows(0, kind)).with(old("1")).with(old("2"));
        let said = |s: &mut Scene| {
            let db = s.service("db", 0);
            (db.status.word(), db.secondary.clone().unwrap_or_default().to_string(), db.images[0].to_string())
        };
        let words = "2 of 2 pods on the old revision; deletes are awaited for acme/db:2";
        assert_eq!(said(&mut s), ("Healthy", words.into(), "acme/db:1".into()));
        s.put(rows(1, kind));
        let words = "1 of 2 pods on the old revision; deletes are awaited";
        assert_eq!(said(&mut s), ("Healthy", words.into(), "reg.io/acme/db:2".into()));
        s.put(rows(2, kind));
        assert_eq!(said(&mut s), ("Healthy", String::new(), "reg.io/acme/db:2".into()));
    }
}
