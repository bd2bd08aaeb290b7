//! Images that can't be had: the registry's own words say why.

use serde_json::Value;

use super::{event_of, onset_of, spread};
use crate::health::evidence::Id;
use crate::health::evidence::value::Look as _;
use crate::health::finding::{Finding, Tier};
use crate::health::world::{Owner, World, container, statuses, words};

const PULLS: &[&str] = &["ErrImagePull", "ImagePullBackOff", "RegistryUnavailable"];
const REFERENCES: &[&str] = &["InvalidImageName", "ErrImageNeverPull", "ImageInspectError"];

/// Words of a registry, or of the way to it, with what they mean. The first that fits.
const MEANINGS: &[(&[&str], Why)] = &[
    (&["no such host", "server misbehaving", "name resolution", "lookup "], Why::NoHost),
    (&["toomanyrequests", "too many requests", "rate limit"], Why::Rate),
    (&["x509", "certificate"], Why::Certificate),
    (&["http response to https client"], Why::Plain),
    (&["no match for platform", "no matching manifest"], Why::Platform),
    (
        &[
            "unauthorized",
            "pull access denied",
            "insufficient_scope",
            "authentication required",
            "403",
            "401",
            "denied",
            "no basic auth",
        ],
        Why::Denied,
    ),
    (&["manifest unknown", "not found", "name unknown", "repository does not exist"], Why::Absent),
    (&["i/o timeout", "connection refused", "no route to host", "timeout", "deadline exceeded", "eof"], Why::Away),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    NoHost,
    Rate,
    Certificate,
    Plain,
    Platform,
    Denied,
    Absent,
    Away,
    Unknown,
}

/// POD-03, POD-04.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    for owner in world.owners.values() {
        let mut seen: Vec<&str> = Vec::new();
        for pod in owner.alive() {
            for status in statuses(pod) {
                let (reason, name) = (status.text("state/waiting/reason"), status.text("name"));
                if seen.contains(&name) || !(PULLS.contains(&reason) || REFERENCES.contains(&reason)) {
                    continue;
                }
                seen.push(name);
                out.push(pull(world, owner, pod, status, reason));
            }
        }
    }
}

fn pull(world: &World<'_>, owner: &Owner<'_>, pod: &Value, status: &Value, reason: &str) -> Finding {
    let name = status.text("name");
    let image = container(pod.at("spec"), name).map_or(status.text("image"), |c| c.text("image"));
    let tells = |e: &&crate::health::evidence::event::Event| e.message.contains(image) && e.reason == "Failed";
    let event = event_of(world, pod, tells);
    let began = onset_of(world, pod, tells);
    let told = [event.map(|e| e.message.as_str()).unwrap_or_default(), status.text("state/waiting/message")];
    let message = told.into_iter().find(|m| meaning(m) != Why::Unknown).unwrap_or(told.concat().as_str()).to_owned();
    let why = meaning(&message);
    let registry = registry(image);
    let (cause, tier) = match why {
        _ if reason == "InvalidImageName" => (format!("`{image}` is no valid image reference"), Tier::Proved),
        _ if reason == "ErrImageNeverPull" => {
            (format!("image {image} is on no node and imagePullPolicy is Never: nobody pulls it"), Tier::Proved)
        }
        Why::NoHost => {
            (format!("the registry {registry} of image {image} does not resolve: no such host (DNS)"), Tier::Proved)
        }
        Why::Rate => {
            (format!("the registry {registry} limits the rate of pulls: too many requests for {image}"), Tier::Proved)
        }
        Why::Certificate => {
            (format!("the certificate of the registry {registry} is not taken (x509), image {image}"), Tier::Typed)
        }
        Why::Plain => (format!("the registry {registry} speaks HTTP where HTTPS is asked, image {image}"), Tier::Typed),
        Why::Platform => (format!("image {image} has no build for the node's platform"), Tier::Proved),
        Why::Denied => {
            (format!("pull of image {image} is denied by {registry}: {}", secrets(world, pod)), Tier::Computed)
        }
        Why::Absent => (
            format!("image {image} is not found in its registry: the tag, manifest or repository does not exist"),
            Tier::Proved,
        ),
        Why::Away => (
            format!("the registry {registry} of image {image} can't be reached: {}", words::short(&message)),
            Tier::Typed,
        ),
        Why::Unknown => (format!("image {image} can't be pulled"), Tier::Typed),
    };
    let detector = if REFERENCES.contains(&reason) { "POD-04" } else { "POD-03" };
    let ns = &owner.id.namespace;
    let finding = Finding::new(detector, &owner.id, format!("{}: cannot pull {image}", owner.id.name))
        .because(cause)
        .tier(tier)
        .key(name)
        .since(began.or(pod.time("metadata/creationTimestamp")))
        .cite(format!("pod {}, container {name}", pod.name()), format!("waiting: {reason}"))
        .cite(format!("event of pod {}", pod.name()), words::short(&message))
        .act("name an image that is there", format!("kubectl -n {ns} set image {} {name}=IMAGE", owner.id.argument()));
    let finding = match why {
        Why::Denied => finding.act(
            "give the registry's credentials",
            format!("kubectl -n {ns} create secret docker-registry NAME --docker-server={registry} --docker-username=USER --docker-password=…"),
        ),
        Why::NoHost | Why::Away => finding.advise(format!("let the nodes reach {registry}")),
        _ => finding,
    };
    spread(world, owner, finding)
}

fn meaning(message: &str) -> Why {
    let message = message.to_lowercase();
    let fits = |(says, _): &&(&[&str], Why)| says.iter().any(|s| message.contains(s));
    MEANINGS.iter().find(fits).map_or(Why::Unknown, |(_, why)| *why)
}

/// The host of an image's registry; Docker Hub where none is named.
fn registry(image: &str) -> &str {
    let first = image.split('/').next().unwrap_or_default();
    let is_host = image.contains('/') && (first.contains('.') || first.contains(':') || first == "localhost");
    if is_host { first } else { "docker.io" }
}

/// Which credentials a pod has for its registry.
fn secrets(world: &World<'_>, pod: &Value) -> String {
    let spec = pod.at("spec");
    let account = world.evidence.get("ServiceAccount", pod.namespace(), spec.text("serviceAccountName"));
    let of_account = account.map(|a| a.list("imagePullSecrets")).unwrap_or_default();
    let names: Vec<&str> = spec.list("imagePullSecrets").iter().chain(of_account).map(|s| s.text("name")).collect();
    if names.is_empty() {
        return "no imagePullSecret is named, and it is private or does not exist".to_owned();
    }
    let absent: Vec<&str> =
        names.iter().copied().filter(|n| world.evidence.is_absent(&Id::new("Secret", pod.namespace(), n))).collect();
    match absent.as_slice() {
        [] => format!("the credentials of imagePullSecret {} are not taken", names.join(", ")),
        absent => format!("imagePullSecret {} is named and does not exist", absent.join(", ")),
    }
}
