//! What an event says in the fewest words: its message is made for a log, and repeats the reason and the object's name.
//!
//! To add one: a line in [`SAYINGS`] with the words as the component's source has them. What is not known has no brief
//! form, and stands in its own words.
//! <https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/events/event.go>

use super::COMBINED;
use crate::domain::status::failure::{lacks, short_image};
use crate::domain::status::refusal::refusal;
use crate::domain::status::unplaced::why_no_node;
use crate::domain::status::{claim, probe};

/// How a message begins, and what the rest of it becomes.
type Saying = (&'static str, fn(&str) -> Option<String>);

/// All that are known. The first that fits is taken.
const SAYINGS: &[Saying] = &[
    ("Back-off restarting failed container", |_| Some("restarting container".to_owned())),
    ("Back-off pulling image ", cannot_pull),
    ("Failed to pull image ", cannot_pull),
    ("Error: ErrImagePull", |_| Some("cannot pull its image".to_owned())),
    ("Error: ImagePullBackOff", |_| Some("cannot pull its image".to_owned())),
    ("Error: ", lacks),
    ("Error creating: ", |rest| Some(refusal(rest).0)),
    ("Created container", |rest| named("created", rest)),
    ("Started container", |rest| named("started", rest)),
    ("Container created", |_| Some("container created".to_owned())),
    ("Container started", |_| Some("container started".to_owned())),
    ("Stopping container ", |rest| named("stopping", rest)),
    ("Pulling image ", |rest| Some(format!("pulling {}", short_image(quoted(rest)?)))),
    ("Successfully pulled image ", |rest| Some(format!("pulled {}", short_image(quoted(rest)?)))),
    ("Container image ", |rest| Some(format!("has {}", short_image(quoted(rest)?)))),
    ("Successfully assigned ", |rest| Some(format!("to {}", rest.rsplit_once(" to ")?.1))),
    ("Scaled up replica set ", |rest| scaled("up", rest)),
    ("Scaled down replica set ", |rest| scaled("down", rest)),
    ("Preempted by ", preempted),
    ("Created pod: ", |rest| Some(format!("created {rest}"))),
    ("Deleted pod: ", |rest| Some(format!("deleted {rest}"))),
    ("Create Pod ", |rest| of_set("created", rest)),
    ("Create Claim ", |rest| named("created claim", rest)),
    ("Delete Pod ", |rest| of_set("deleted", rest)),
    ("Created job ", |rest| Some(format!("created {rest}"))),
    ("MountVolume.SetUp failed for volume ", |rest| lacks(rest.split_once(" : ")?.1)),
    ("Saw completed job: ", |rest| Some(rest.replacen(", condition:", "", 1).to_lowercase())),
    ("Job was active longer than specified deadline", |_| Some("ran out of time".to_owned())),
    ("Job has reached the specified backoff limit", |_| Some("failed, no tries left".to_owned())),
];

/// The fewest words of a message; `None` where it has no other than its own.
pub(crate) fn of(reason: &str, message: &str) -> Option<String> {
    if reason == "FailedScheduling" {
        return Some(why_no_node(message).brief);
    }
    let message = message.strip_prefix(COMBINED).unwrap_or(message);
    if let Some(why) = claim::why(reason, message).filter(|why| why.len() < message.len()) {
        return Some(why);
    }
    if let Some((name, said)) = probe::failing(message) {
        return Some(format!("{name}: {}", probe::answer(said)?));
    }
    let (begins, words) = SAYINGS.iter().find(|(begins, _)| message.starts_with(begins))?;
    words(message.get(begins.len()..)?)
}

/// `preempted by prod/big` of `pod prod/big on node n`.
fn preempted(rest: &str) -> Option<String> {
    Some(format!("preempted by {}", rest.strip_prefix("pod ").unwrap_or(rest).split(' ').next()?))
}

/// What stands in quotes at the beginning.
fn quoted(rest: &str) -> Option<&str> {
    rest.strip_prefix('"')?.split('"').next()
}

fn cannot_pull(rest: &str) -> Option<String> {
    Some(format!("cannot pull {}", short_image(quoted(rest)?)))
}

/// `created web` of `: web` and of ` web`.
fn named(verb: &str, rest: &str) -> Option<String> {
    let name = rest.trim_start_matches(':').split_whitespace().next()?;
    Some(format!("{verb} {name}"))
}

/// `created db-0` of `db-0 in StatefulSet db successful`, and why it was not.
fn of_set(verb: &str, rest: &str) -> Option<String> {
    let (pod, how) = rest.split_once(" in StatefulSet ")?;
    match how.split_once(" failed error: ") {
        Some((_, why)) => (verb == "created").then(|| refusal(why).0),
        None => how.ends_with(" successful").then(|| format!("{verb} {pod}")),
    }
}

/// `scaled up from 1 to 3` of `web-5d8f from 1 to 3`.
fn scaled(direction: &str, rest: &str) -> Option<String> {
    let (_, counts) = rest.split_once(' ')?;
    Some(format!("scaled {direction} {counts}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_in_few_words_says_what_the_long_one_does() {
        let cases = [
            ("BackOff", "Back-off restarting failed container web in pod web-1_shop(0-1)", "restarting container"),
            ("BackOff", "Back-off pulling image \"ghcr.io/acme/web:1\"", "cannot pull acme/web:1"),
            ("Failed", "Failed to pull image \"acme/web:1\": rpc error: code = NotFound", "cannot pull acme/web:1"),
            ("Failed", "Error: secret \"db\" not found", "lacks secret db"),
            ("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", "readiness: HTTP 503"),
            (
                "Unhealthy",
                "Liveness probe failed: Get \"http://10.0.0.1:80/\": dial tcp 10.0.0.1:80: connect: connection refused",
                "liveness: connection refused",
            ),
            (
                "Unhealthy",
                "Readiness probe failed: Get \"http://10.0.0.1/\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
                "readiness: no answer in time",
            ),
            (
                "FailedScheduling",
                "0/6 nodes are available: 6 Insufficient cpu. preemption: none",
                "no node has the cpu",
            ),
            ("FailedCreate", "Error creating: pods \"a\" is forbidden: exceeded quota: q", "exceeds the quota"),
            (
                "FailedCreate",
                "Create Pod db-0 in StatefulSet db failed error: pods \"db-0\" is forbidden: exceeded quota: q",
                "exceeds the quota",
            ),
            (
                "SuccessfulCreate",
                "Create Claim data-db-0 Pod db-0 in StatefulSet db success",
                "created claim data-db-0",
            ),
            ("ProvisioningFailed", "storageclass.storage.k8s.io \"fast\" not found", "no StorageClass fast"),
            ("SawCompletedJob", "Saw completed job: nightly-1, condition: Complete", "nightly-1 complete"),
            ("SuccessfulCreate", "(combined from similar events): Created pod: web-1", "created web-1"),
            ("Created", "Created container: web", "created web"),
            ("Created", "Created container web", "created web"),
            (
                "Pulled",
                "Successfully pulled image \"acme/web:1\" in 1.2s (1.2s including waiting)",
                "pulled acme/web:1",
            ),
            ("Pulled", "Container image \"acme/web:1\" already present on machine", "has acme/web:1"),
            ("Scheduled", "Successfully assigned shop/web-1 to node-4", "to node-4"),
            ("ScalingReplicaSet", "Scaled up replica set web-5d8f from 1 to 3", "scaled up from 1 to 3"),
            ("SuccessfulCreate", "Create Pod db-0 in StatefulSet db successful", "created db-0"),
            ("ScalingReplicaSet", "Scaled down replica set web-5d8f to 0", "scaled down to 0"),
            (
                "FailedMount",
                "MountVolume.SetUp failed for volume \"c\" : configmap \"env\" not found",
                "lacks configmap env",
            ),
        ];
        for (reason, message, brief) in cases {
            assert_eq!(of(reason, message).as_deref(), Some(brief), "{message}");
            assert!(brief.len() < message.len());
        }
    }

    #[test]
    fn what_is_not_known_keeps_its_own_words() {
        assert_eq!(of("Frobbed", "the frob was frobbed"), None);
        assert_eq!(
            of("Unhealthy", "Readiness probe failed: out of cheese"),
            None,
            "a command's output is all there is"
        );
        assert_eq!(of("Pulling", "Pulling image without quotes"), None);
        assert_eq!(of("Created", "Created container"), None);
    }
}
