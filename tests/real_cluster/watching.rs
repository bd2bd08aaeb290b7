//! Whether what is watched is what is there.

use std::collections::BTreeMap;

use kennel::domain::Kind;
use kennel::domain::data::DataState;
use kube::api::ListParams;

use super::noted::Noted;
use super::*;

/// What a fresh list says: each Deployment's UID, count and image, and the names of the pods.
type Truth = (BTreeMap<String, (String, u64, String)>, Vec<String>);

fn truth(place: &Place) -> Truth {
    let list = |api: Api<DynamicObject>| place.runtime.block_on(api.list(&ListParams::default())).unwrap().items;
    let of = |d: DynamicObject| {
        let text = |at: &str| d.data.pointer(at).unwrap().as_str().unwrap().to_owned();
        let image = text("/spec/template/spec/containers/0/image");
        (
            d.metadata.name.clone().unwrap(),
            (d.metadata.uid.clone().unwrap(), d.data["spec"]["replicas"].as_u64().unwrap(), image),
        )
    };
    let deployments = list(place.api("apps/v1", "Deployment")).into_iter().map(of).collect();
    let mut pods: Vec<String> = list(place.api("v1", "Pod")).into_iter().filter_map(|p| p.metadata.name).collect();
    pods.sort();
    (deployments, pods)
}

fn shown(e: &Environment) -> Truth {
    let of = |s: &Arc<kennel::domain::service::Service>| {
        let uid = s.workload.as_ref().map(|w| w.meta.uid.to_string()).unwrap_or_default();
        // One whose pods alone are left has no image.
        let image = s.images.first().map(ToString::to_string).unwrap_or_default();
        (s.object.name.to_string(), (uid, u64::from(s.desired), image))
    };
    let deployments = e.services.iter().filter(|s| s.object.is(Kind::Deployment)).map(of).collect();
    let mut pods: Vec<String> = e.services.iter().flat_map(|s| s.pods.iter().map(|p| p.name.to_string())).collect();
    pods.sort();
    (deployments, pods)
}

#[test]
#[ignore = "needs a cluster"]
fn after_a_storm_of_creates_updates_and_deletes_the_watched_picture_is_a_fresh_list() {
    let place = Place::new("storm");
    let noted = Noted::new(place.client.clone());
    let handle = {
        let _inside = place.runtime.enter();
        cluster::open(noted.source(), Options::default())
    };
    place.shows(&handle, "the namespace", |s| place.of(s).is_some() && *s.state(Kind::Pod) == DataState::Live);
    let api = place.api("apps/v1", "Deployment");
    place.runtime.block_on(async {
        let storms = (0..6u64).map(|seed| {
            let api = api.clone();
            tokio::spawn(async move {
                let mut random = fastrand::Rng::with_seed(seed);
                for _ in 0..50 {
                    let name = format!("d{:02}", random.u8(..20));
                    // Of two who do the same one fails: that is the storm's nature.
                    let _ = match random.u8(..4) {
                        0 => {
                            let object = workload("Deployment", &name, random.u32(..3));
                            let object = serde_json::from_value(object).unwrap();
                            api.create(&PostParams::default(), &object).await.map(drop)
                        }
                        1 => api.delete(&name, &DeleteParams::default()).await.map(drop),
                        2 => {
                            let patch = json!({"spec": {"replicas": random.u32(..3)}});
                            api.patch(&name, &PatchParams::default(), &Patch::Merge(patch)).await.map(drop)
                        }
                        _ => {
                            let image = format!("acme/x:{}", random.u8(..));
                            let containers = json!([{"name": name, "image": image}]);
                            let patch = json!({"spec": {"template": {"spec": {"containers": containers}}}});
                            let patch = Patch::Strategic(patch);
                            api.patch(&name, &PatchParams::default(), &patch).await.map(drop)
                        }
                    };
                }
            })
        });
        for storm in futures::future::join_all(storms).await {
            storm.unwrap();
        }
    });
    // Pods still come and go: equal is what the server says at one and the same moment, and stays so.
    let until = Instant::now() + PATIENCE;
    let mut same = 0;
    while same < 3 {
        let (is, shows) = (truth(&place), place.of(&handle.snapshot()).map(|e| shown(e)).unwrap_or_default());
        same = if is == shows && !is.0.is_empty() { same + 1 } else { 0 };
        assert!(Instant::now() < until, "there is {is:#?}\nshown is {shows:#?}");
        std::thread::sleep(Duration::from_millis(500));
    }
    assert_eq!(noted.lists("/apis/apps/v1/deployments"), [200], "it was watched, not listed again");
    assert_eq!(noted.lists("/api/v1/pods").iter().filter(|s| **s != 200).count(), 0);
    // Who looks only now sees the same.
    let fresh = place.open(place.options());
    let of = |s: &Snapshot| place.of(s).map(|e| shown(e)).unwrap_or_default();
    let now = of(&handle.snapshot());
    place.shows(&fresh, "the same in a session that begins now", |s| of(s) == now);
}

#[test]
#[ignore = "needs a cluster"]
fn revisions_of_the_environment_on_screen_are_numbered_and_replica_sets_are_never_read_elsewhere() {
    let place = Place::new("revisions");
    place.deployment("web", 2);
    place.phase_becomes("Active");
    place.patch(
        "apps/v1",
        "Deployment",
        "web",
        &json!({"spec": {"template": {"metadata": {"labels": {"second": "yes"}}}}}),
    );
    place.until("the second revision serves", |p| {
        let web = p.get("apps/v1", "Deployment", "web");
        let of = |field: &str| web["status"][field].clone();
        of("observedGeneration") == web["metadata"]["generation"]
            && (of("updatedReplicas"), of("availableReplicas"), of("replicas")) == (json!(2), json!(2), json!(2))
    });
    // The third fits on no node, so nobody but this test writes its pod's status.
    place.patch(
        "apps/v1",
        "Deployment",
        "web",
        &json!({"spec": {"template": {"spec": {"nodeSelector": {"no": "node"}}}}}),
    );
    let pods = place.api("v1", "Pod");
    let crashing = json!({"status": {"containerStatuses": [{"name": "web", "image": "acme/web:1.0", "imageID": "", "ready": false,
        "restartCount": 7, "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}}}]}});
    place.until("its pod crash-loops", |p| {
        let all = p.runtime.block_on(pods.list(&ListParams::default())).unwrap().items;
        let Some(new) = all.into_iter().find(|pod| pod.data["spec"]["nodeSelector"]["no"] == "node") else {
            return false;
        };
        let (name, how, patch) = (new.metadata.name.unwrap(), PatchParams::default(), Patch::Merge(&crashing));
        p.runtime.block_on(pods.patch_subresource("status", &name, &how, &patch)).is_ok()
    });
    let noted = Noted::new(place.client.clone());
    let handle = {
        let _inside = place.runtime.enter();
        cluster::open(noted.source(), Options::default())
    };
    let reason = |s: &Snapshot| {
        let web = place.of(s).and_then(|e| e.services.first().and_then(|w| w.reason.clone()));
        web.map(|r| r.to_string()).unwrap_or_default()
    };
    let s = place.shows(&handle, "a reason", |s| reason(s).contains("rev 3 crash-loops"));
    assert!(!reason(&s).contains("rev 2"), "the pods alone don't say which revision serves: {}", reason(&s));
    let sets = |p: &str| p.contains("/replicasets?");
    assert!(noted.statuses(sets).is_empty(), "nothing is on screen");
    handle.look_at(Some(handle.snapshot().id(&*place.namespace)));
    place.shows(&handle, "the number of the one that serves", |s| reason(s).contains("rev 2 serves"));
    // A list of this environment alone says the same.
    for of in [["get", "services", "test/revisions"], ["get", "services", "-n"]] {
        let namespace = if of[2] == "-n" { vec![place.namespace.as_str()] } else { vec![] };
        let said = place.kennel(&[&of[..], &namespace].concat()).ends(0).stdout;
        assert!(said.contains("rev 3 crash-loops") && said.contains("rev 2 serves"), "{said}");
    }
    let beyond = noted.statuses(|p| sets(p) && !p.contains(&format!("/namespaces/{}/replicasets?", place.namespace)));
    assert!(beyond.is_empty(), "of the whole cluster there are about eleven for each Deployment");
    assert_eq!(noted.lists(&Kind::ReplicaSet.path(Some(&place.namespace))), [200]);
}

#[test]
#[ignore = "needs a cluster"]
fn an_api_that_is_added_later_shows_within_a_minute_and_goes_without_harm() {
    let place = Place::new("later");
    place.deployment("web", 1);
    let handle = place.open(place.options());
    // No other suite on the same cluster defines this kind.
    place.shows(&handle, "the API's absence", |s| *s.state(Kind::Kustomization) == DataState::Absent);
    let crd = "kustomizations.kustomize.toolkit.fluxcd.io";
    place.create(json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": crd},
        "spec": {"group": "kustomize.toolkit.fluxcd.io", "scope": "Namespaced",
            "names": {"plural": "kustomizations", "singular": "kustomization", "kind": "Kustomization", "listKind": "KustomizationList"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema":
                {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}}));
    place.shows(&handle, "the new API", |s| *s.state(Kind::Kustomization) == DataState::Live);
    let entry = json!({"id": format!("{}_api_apps_Deployment", place.namespace), "v": "v1"});
    place.create(
        json!({"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": {"name": "shop"},
        "spec": {}, "status": {"inventory": {"entries": [entry]}}}),
    );
    place.shows(&handle, "what its object declares", |s| place.services(s) == ["api", "web"]);
    place.delete("apiextensions.k8s.io/v1", "CustomResourceDefinition", crd);
    let s = place.shows(&handle, "its end", |s| place.services(s) == ["web"]);
    assert_eq!(*s.state(Kind::Deployment), DataState::Live, "the rest works");
}

#[test]
#[ignore = "needs a cluster"]
fn a_quiet_watch_is_renewed_within_45_s_and_nothing_is_listed_again() {
    let place = Place::new("quiet");
    let noted = Noted::new(place.client.clone());
    let handle = {
        let _inside = place.runtime.enter();
        cluster::open(noted.source(), Options::default())
    };
    // Nobody writes Namespaces or quotas all the time: it is the server that ends these watches.
    let (kinds, began) = ([Kind::ResourceQuota, Kind::PersistentVolumeClaim, Kind::Ingress], Instant::now());
    place.shows(&handle, "all of them", |s| kinds.iter().all(|k| *s.state(*k) == DataState::Live));
    let watches = |kind: Kind| noted.statuses(|p| p.starts_with(&format!("GET {}?watch=true", kind.path(None)))).len();
    std::thread::sleep(Duration::from_secs(100));
    let whole = usize::try_from(began.elapsed().as_secs() / 45).unwrap();
    for kind in kinds {
        let opened = watches(kind);
        assert!((whole..=whole * 2 + 2).contains(&opened), "{kind}: {opened} in {:?}", began.elapsed());
        assert_eq!(noted.lists(&kind.path(None)), [200], "{kind} goes on where it was");
    }
}
