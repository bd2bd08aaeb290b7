//! Why pods do not run, as the scheduler and the controllers of a real cluster say it.

use kennel::domain::existence::Existence;

use super::noted::Noted;
use super::*;

/// A Deployment of one pod, with this in its pod's spec.
fn waits(name: &str, spec: Value) -> Value {
    let mut row = workload("Deployment", name, 1);
    row["spec"]["template"]["spec"].as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    row
}

fn reads(place: &Place) -> Handle {
    let _inside = place.runtime.enter();
    cluster::open(Noted::new(place.client.clone()).source(), Options::default())
}

#[test]
#[ignore = "needs a cluster"]
fn what_a_pod_waits_for_is_named_by_its_claim_and_by_the_nodes() {
    let place = Place::new("reasons");
    place.create(json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "none-such",
            "resources": {"requests": {"storage": "1Gi"}}}}));
    let volume = json!({"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]});
    place.create(waits("claim", volume));
    place.create(waits("disk", json!({"nodeSelector": {"disk": "none-such"}})));
    let terms = json!([{"matchExpressions": [{"key": "zone", "operator": "In", "values": ["none-such"]}]}]);
    let affinity = json!({"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}});
    place.create(waits("zone", json!({"affinity": {"nodeAffinity": affinity}})));
    let handle = reads(&place);
    let wanted = [
        ("claim", "waits for volume claim data: no StorageClass none-such"),
        ("disk", "selector disk=none-such matches no node"),
        ("zone", "affinity zone in (none-such) matches no node"),
    ];
    place.shows(&handle, "why", |s| {
        let said = |name: &str| place.of(s)?.services.iter().find(|s| s.object.name == name)?.reason.clone();
        wanted.iter().all(|(name, why)| said(name).as_deref() == Some(*why))
    });
}

#[test]
#[ignore = "needs a cluster"]
fn what_is_taken_and_not_there_is_known_by_its_metadata() {
    let place = Place::new("taken");
    place
        .create(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "there"}, "stringData": {"k": "v"}}));
    let mut row = workload("Deployment", "web", 1);
    row["spec"]["template"]["spec"]["containers"][0]["envFrom"] = json!([
        {"secretRef": {"name": "there"}}, {"secretRef": {"name": "gone"}}, {"configMapRef": {"name": "kube-root-ca.crt"}},
    ]);
    place.create(row);
    let handle = reads(&place);
    place.shows(&handle, "the service", |s| place.of(s).is_some_and(|e| !e.services.is_empty()));
    let workload = place.of(&handle.snapshot()).unwrap().services[0].workload.clone().unwrap();
    let found = place.runtime.block_on(handle.taken(&workload));
    let found: Vec<_> = found.iter().map(|(config, existence)| (config.name.as_str(), existence)).collect();
    let wanted = [("there", &Existence::There), ("gone", &Existence::Missing), ("kube-root-ca.crt", &Existence::There)];
    assert_eq!(found, wanted);
}
