//! Claims that get no volume: against the classes and the volumes there are, one by one.

use serde_json::Value;

use super::quota::amount;
use super::{nearest, spread, there};
use crate::domain::issue::{Category, Severity};
use crate::health::evidence::Id;
use crate::health::evidence::value::Look as _;
use crate::health::finding::{Finding, Tier};
use crate::health::world::labels::{expression, selects};
use crate::health::world::{Owner, World, words};

/// STO-01, STO-02, STO-06, STO-08.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    for claim in world.evidence.all("PersistentVolumeClaim") {
        let id = Id::of(claim);
        let users: Vec<&Owner<'_>> =
            world.within(claim.namespace()).filter(|o| takes(world, o, claim.name())).collect();
        match claim.text("status/phase") {
            "Lost" => {
                let f = Finding::new(
                    "STO-02",
                    &id,
                    format!("{} lost its volume {}", id.name, claim.text("spec/volumeName")),
                )
                .because(format!(
                    "claim {} is bound to volume {}, which does not exist any more (Lost)",
                    id.name,
                    claim.text("spec/volumeName")
                ))
                .tier(Tier::Proved)
                .breaks(users.iter().map(|o| o.id.clone()));
                out.push(f);
            }
            "Pending" if world.age(claim.time("metadata/creationTimestamp")).is_none_or(|age| age > 20) => {
                if let Some(found) = unbound(world, claim, &users) {
                    let found = users.iter().fold(found, |f, o| spread(world, o, f.breaks([o.id.clone()])));
                    out.push(found);
                }
            }
            _ => {}
        }
    }
}

fn takes(world: &World<'_>, owner: &Owner<'_>, claim: &str) -> bool {
    let of = |spec: &Value| spec.list("volumes").iter().any(|v| v.text("persistentVolumeClaim/claimName") == claim);
    world.spec(owner).is_some_and(of) || owner.pods.iter().any(|p| of(p.at("spec")))
}

/// What holds up the claims of a pod.
pub(super) fn of_pod(world: &World<'_>, owner: &Owner<'_>, pod: &Value) -> Option<Finding> {
    let names =
        pod.list("spec/volumes").iter().map(|v| v.text("persistentVolumeClaim/claimName")).filter(|n| !n.is_empty());
    let claims: Vec<&Value> =
        names.filter_map(|n| world.evidence.get("PersistentVolumeClaim", pod.namespace(), n)).collect();
    for claim in &claims {
        if claim.text("status/phase") == "Pending" {
            return unbound(world, claim, &[owner]).map(|f| f.breaks([owner.id.clone()]));
        }
        if let Some(found) = elsewhere(world, owner, claim) {
            return Some(found);
        }
    }
    None
}

/// A bound volume that no node of today can have.
fn elsewhere(world: &World<'_>, owner: &Owner<'_>, claim: &Value) -> Option<Finding> {
    let volume = world.evidence.get("PersistentVolume", "", claim.text("spec/volumeName"))?;
    let terms = volume.list("spec/nodeAffinity/required/nodeSelectorTerms");
    let fits = |n: &Value| {
        terms.iter().any(|t| {
            selects(&serde_json::json!({"matchExpressions": t.list("matchExpressions")}), &n.texts("metadata/labels"))
        })
    };
    if terms.is_empty() {
        return None;
    }
    let words: Vec<String> = terms.iter().flat_map(|t| t.list("matchExpressions")).map(expression).collect();
    let any = world.evidence.all("Node").any(fits);
    let (detector, why) = match any {
        false => ("STO-06", "and no node is there any more".to_owned()),
        true => ("SCH-06", "and its pod may not, or can't, run there".to_owned()),
    };
    Some(
        Finding::new(detector, &Id::of(claim), format!("{} is pinned to {}", claim.name(), words.join(" and ")))
            .because(format!(
                "volume {} of claim {} can only be used on nodes with {}, {why}: volume node affinity conflict for {}",
                volume.name(),
                claim.name(),
                words.join(" and "),
                owner.id.words()
            ))
            .tier(Tier::Computed)
            .category(Category::Storage)
            .breaks([owner.id.clone()]),
    )
}

fn unbound(world: &World<'_>, claim: &Value, users: &[&Owner<'_>]) -> Option<Finding> {
    let id = Id::of(claim);
    let class = claim.at("spec").get("storageClassName").and_then(Value::as_str);
    let events = world.evidence.events(&id);
    let event = events.iter().rev().find(|e| e.reason != "WaitForFirstConsumer" && e.reason != "ExternalProvisioning");
    let since = claim.time("metadata/creationTimestamp");
    let who = users.iter().map(|o| o.id.words()).collect::<Vec<_>>().join(", ");
    let who = if who.is_empty() { String::new() } else { format!("; {who} waits for it") };
    let severity = if users.is_empty() { Severity::Low } else { Severity::High };
    let classes: Vec<&Value> = world.evidence.all("StorageClass").collect();
    let is_default = |c: &&Value| {
        c.at("metadata/annotations").get("storageclass.kubernetes.io/is-default-class").and_then(Value::as_str)
            == Some("true")
    };
    let named = class.filter(|c| !c.is_empty()).and_then(|c| classes.iter().find(|x| x.name() == c).copied());
    let cite = |f: Finding| match event {
        Some(e) => f.cite(
            format!("event of claim {}", id.name),
            format!("{} ×{}: {}", e.reason, e.count, words::short(&e.message)),
        ),
        None => f.cite(format!("claim {}", id.name), "status.phase Pending"),
    };
    let done = |f: Finding| Some(cite(f.severity(severity).since(since).category(Category::Storage)));
    // A class that volumes made by hand name as well need not be there: it is but a word that both sides share.
    let by_hand =
        class.is_some_and(|c| world.evidence.all("PersistentVolume").any(|v| v.text("spec/storageClassName") == c));
    match class {
        Some(name) if !name.is_empty() && named.is_none() && !by_hand && world.evidence.knows("StorageClass", "") => {
            let root = Id::new("StorageClass", "", name);
            let names: Vec<&str> = classes.iter().map(|c| c.name()).collect();
            let there = there(&names);
            let nearest = nearest(name, names);
            return done(
                Finding::new("STO-01", &root, format!("{} unbound: storage class {name} does not exist", id.name))
                    .because(format!("claim {} wants StorageClass (storage class) {name}, which does not exist: not found ({there}){nearest}{who}", id.name))
                    .tier(Tier::Proved)
                    .breaks([id.clone()])
                    .cite(root.words(), "absent")
                    .advise("make the claim anew with a class that is there: its class can't be changed"),
            );
        }
        None if !classes.iter().any(is_default) && world.evidence.knows("StorageClass", "") => {
            return done(
                Finding::new("STO-01", &id, format!("{} unbound: no default storage class", id.name))
                    .because(format!(
                        "claim {} names no storage class (StorageClass), and the cluster has no default one{who}",
                        id.name
                    ))
                    .tier(Tier::Computed)
                    .advise("name a class, or mark one as the default"),
            );
        }
        _ => {}
    }
    if let Some(class) = named.or_else(|| classes.iter().copied().find(|c| class.is_none() && is_default(c)))
        && class.text("provisioner") != "kubernetes.io/no-provisioner"
    {
        let waits = class.text("volumeBindingMode") == "WaitForFirstConsumer";
        if waits && users.iter().all(|o| o.alive().count() == 0) {
            return None;
        }
        let failed = event.filter(|e| e.warning);
        if failed.is_none() && world.age(since).is_some_and(|age| age < 300) {
            return None;
        }
        let why = failed.map_or_else(
            || format!("nobody provisions for {}: is its provisioner alive?", class.text("provisioner")),
            |e| words::short(&e.message),
        );
        return done(
            Finding::new("STO-01", &id, format!("{} unbound: {} does not provision", id.name, class.name()))
                .because(format!("claim {} is pending: {why}{who}", id.name))
                .tier(Tier::Typed),
        );
    }
    // Volumes that were made by hand: what each lacks.
    let volumes: Vec<&Value> = world.evidence.all("PersistentVolume").collect();
    let lacks: Vec<(&Value, String)> = volumes.iter().map(|v| (*v, mismatch(claim, v))).collect();
    let wanted = claim.text("spec/volumeName");
    let best = lacks
        .iter()
        .find(|(v, _)| v.name() == wanted)
        .or_else(|| lacks.iter().filter(|(v, _)| near_claim(claim, v)).max_by_key(|(v, _)| v.name() == wanted))
        .or(lacks.first());
    let f = Finding::new("STO-01", &id, format!("{} unbound: no volume fits", id.name)).tier(Tier::Computed);
    let f = match best {
        Some((v, why)) => f.because(format!("claim {} fits no volume: {} {why}{who}", id.name, v.name())),
        None => f.because(format!("claim {} waits for a volume, and there is none{who}", id.name)),
    };
    let f = lacks.iter().take(6).fold(f, |f, (v, why)| f.cite(format!("volume {}", v.name()), why.clone()));
    done(f.advise("make a volume that fits, or change the claim"))
}

/// Whether a volume was meant for a claim, or differs in little.
fn near_claim(claim: &Value, volume: &Value) -> bool {
    let class = claim.text("spec/storageClassName");
    volume.text("spec/storageClassName") == class
}

/// The first thing by which a volume does not fit a claim, in the controller's order.
/// <https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/volume/persistentvolume/index.go>
fn mismatch(claim: &Value, volume: &Value) -> String {
    let r = volume.at("spec/claimRef");
    let ours = r.text("name") == claim.name() && r.text("namespace") == claim.namespace();
    let selector = claim.at("spec/selector");
    let labels = volume.texts("metadata/labels");
    let modes: Vec<&str> = volume.list("spec/accessModes").iter().filter_map(Value::as_str).collect();
    let lacking: Vec<&str> =
        claim.list("spec/accessModes").iter().filter_map(Value::as_str).filter(|m| !modes.contains(m)).collect();
    let (size, wanted) = (volume.text("spec/capacity/storage"), claim.text("spec/resources/requests/storage"));
    let (class, wants) = (volume.text("spec/storageClassName"), claim.text("spec/storageClassName"));
    if !r.is_null() && !ours {
        return format!("is already bound to another claim, {}/{} (taken)", r.text("namespace"), r.text("name"));
    }
    if ours && !r.text("uid").is_empty() && r.text("uid") != claim.text("metadata/uid") {
        return format!("is {} and still claimed by an earlier claim of that name", volume.text("status/phase"));
    }
    if !selector.is_null() && !selects(selector, &labels) {
        let mut all: Vec<String> = selector.texts("matchLabels").iter().map(|(k, v)| format!("{k}={v}")).collect();
        all.extend(selector.list("matchExpressions").iter().map(expression));
        let has: Vec<String> = labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let has = if has.is_empty() { "none".to_owned() } else { has.join(", ") };
        return format!("does not match the claim's selector: label {} (it has {has})", all.join(", "));
    }
    if class != wants {
        return format!("has storage class `{class}`, and the claim wants `{wants}`");
    }
    if !lacking.is_empty() {
        return format!("has access modes {}, and the claim wants {}", modes.join(", "), lacking.join(", "));
    }
    if amount(size) < amount(wanted) {
        return format!("has {size}, and the claim wants {wanted}");
    }
    if volume.text("spec/volumeMode") != claim.text("spec/volumeMode") && !claim.text("spec/volumeMode").is_empty() {
        return format!(
            "has mode {}, and the claim wants {}",
            volume.text("spec/volumeMode"),
            claim.text("spec/volumeMode")
        );
    }
    format!("is {}", volume.text("status/phase"))
}
