//! What the server refuses, told apart for each object.

use super::*;

#[test]
#[ignore = "needs a cluster"]
fn what_a_policy_denies_and_what_a_quota_holds_back_are_told_apart_per_object() {
    let place = Place::new("policy");
    for name in ["denied", "fine", "large"] {
        place.deployment(name, 1);
    }
    place.phase_becomes("Active");
    let ns = place.namespace.clone();
    place.kennel(&["-n", &ns, "stop", "--yes"]).ends(0);
    // One may not be scaled up, one finds no room for its pod.
    let policy = format!("kennel-sunday-{}", std::process::id());
    place.create(json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": policy},
        "spec": {"failurePolicy": "Fail",
            "matchConstraints": {"resourceRules": [{"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["deployments"]}]},
            "validations": [{"expression": "object.metadata.name != 'denied' || object.spec.replicas == 0",
                "message": "nobody works on a Sunday"}]}}));
    place.create(json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": policy},
        "spec": {"policyName": policy, "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": ns}}}}}));
    place.create(json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "small"}, "spec": {"hard": {"requests.cpu": "1"}}}));
    for (name, cpu) in [("denied", "100m"), ("fine", "100m"), ("large", "8")] {
        place.patch(
            "apps/v1",
            "Deployment",
            name,
            &json!({"spec": {"template": {"spec": {"containers": [
            {"name": name, "image": format!("acme/{name}:1.0"), "resources": {"requests": {"cpu": cpu}}}]}}}}),
        );
    }
    place.until("the policy holds and the quota has counted", |p| {
        let api = p.api("apps/v1", "Deployment");
        let dry = PatchParams { dry_run: true, ..PatchParams::default() };
        let denied = p.runtime.block_on(api.patch("denied", &dry, &Patch::Merge(json!({"spec": {"replicas": 1}}))));
        denied.is_err() && !p.get("v1", "ResourceQuota", "small")["status"]["hard"].is_null()
    });
    let ran = place.kennel(&["-n", &ns, "start", "--yes", "--timeout", "15s", "-o", "json"]);
    assert!([3, 5].contains(&ran.code), "{}: {}", ran.code, ran.stderr);
    let plan = ran.json().remove(0);
    let step = |name: &str| {
        let steps = plan["steps"].as_array().unwrap();
        steps.iter().find(|s| s["object"]["name"] == name).unwrap_or_else(|| panic!("{plan:#}")).to_string()
    };
    assert!(
        step("denied").contains("refused by admission") && step("denied").contains("nobody works on a Sunday"),
        "{}",
        step("denied")
    );
    assert!(!step("fine").contains("admission") && !step("large").contains("admission"), "{plan:#}");
    assert_eq!((place.replicas("Deployment", "denied"), place.replicas("Deployment", "fine")), (0, 1));
    // The count was taken; that its pod is refused stands on the service, with the quota's name.
    let services = place.kennel(&["-n", &ns, "get", "services", "-o", "json"]).ends(0).json();
    let large = services.iter().find(|s| s["name"] == "large").unwrap();
    let reason = large["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("quota"), "{large:#}");
}

#[test]
#[ignore = "needs a cluster"]
fn a_stop_writes_as_the_manager_kennel_and_who_applies_the_count_meets_that_name() {
    let place = Place::new("applied");
    let api = place.api("apps/v1", "Deployment");
    let apply = |replicas: u32| {
        let mut object = workload("Deployment", "web", replicas);
        object["metadata"]["namespace"] = place.namespace.as_str().into();
        place.runtime.block_on(api.patch("web", &PatchParams::apply("tool"), &Patch::Apply(object)))
    };
    apply(2).unwrap();
    place.phase_becomes("Active");
    let ns = place.namespace.clone();
    // The tool owns the count; kennel's patch is an update with the version that was planned from, and takes it over.
    place.kennel(&["-n", &ns, "stop", "--yes"]).ends(0);
    assert_eq!(place.replicas("Deployment", "web"), 0);
    let web = place.get("apps/v1", "Deployment", "web");
    let owner = web["metadata"]["managedFields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|m| m.pointer("/fieldsV1/f:spec/f:replicas").is_some() && m["subresource"].is_null());
    let owner = owner.unwrap_or_else(|| panic!("{web:#}"));
    assert_eq!((&owner["manager"], &owner["operation"]), (&json!("kennel"), &json!("Update")));
    let conflict = apply(2).unwrap_err().to_string();
    assert!(conflict.contains("conflict") && conflict.contains("kennel"), "{conflict}");
    place.kennel(&["-n", &ns, "start", "--yes"]).ends(0);
    assert_eq!(place.replicas("Deployment", "web"), 2);
}
