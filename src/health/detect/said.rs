//! What controllers say of volumes and of custom kinds in typed fields of their own.

use crate::health::evidence::Id;
use crate::health::evidence::value::Look as _;
use crate::health::finding::Finding;
use crate::health::world::{World, words};

/// Seconds in which an attachment is tried again before it counts as failed.
const ATTACH: i64 = 120;

/// Seconds in which a filesystem that waits for its pod has grown.
const GROW: i64 = 600;

/// STO-03, STO-05, CRD-01.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    for claim in world.evidence.all("PersistentVolumeClaim") {
        let fails = |kind: &str| match kind {
            "FileSystemResizePending" => Some(GROW),
            "ControllerResizeError" | "NodeResizeError" | "ModifyVolumeError" => Some(0),
            _ => None,
        };
        let old = |c: &&serde_json::Value| {
            let age = world.age(c.time("lastTransitionTime"));
            c.text("status") == "True"
                && fails(c.text("type")).is_some_and(|least| least == 0 || age.is_some_and(|age| age > least))
        };
        let Some(c) = claim.list("status/conditions").iter().find(old) else { continue };
        let (kind, message) = (c.text("type"), words::short(c.text("message")));
        out.push(
            Finding::new("STO-03", &Id::of(claim), format!("claim {}: resize {kind}", claim.name()))
                .because(format!("claim {} is not resized ({kind}): {message}", claim.name()))
                .since(c.time("lastTransitionTime"))
                .cite(Id::of(claim).words(), format!("{kind}: {message}")),
        );
    }
    for attachment in world.evidence.all("VolumeAttachment") {
        let (volume, node) = (attachment.text("spec/source/persistentVolumeName"), attachment.text("spec/nodeName"));
        let tried = world.age(attachment.time("metadata/creationTimestamp")).is_some_and(|age| age > ATTACH);
        let message = words::short(attachment.text("status/attachError/message"));
        if volume.is_empty() || message.is_empty() || attachment.on("status/attached") || !tried {
            continue;
        }
        out.push(
            Finding::new(
                "STO-05",
                &Id::new("PersistentVolume", "", volume),
                format!("volume {volume} can't attach to {node}"),
            )
            .because(format!("volume {volume} can't be attached to node {node}: {message}"))
            .since(attachment.time("metadata/creationTimestamp"))
            .cite(Id::of(attachment).words(), format!("status.attachError: {message}"))
            .waits_for([Id::new("Node", "", node)]),
        );
    }
    for kind in world.evidence.all("CustomResourceDefinition") {
        let no = |of: &str| kind.condition(of).filter(|c| c.text("status") == "False");
        // Names that are taken are why it is not established.
        let Some(c) = no("NamesAccepted").or_else(|| no("Established")) else { continue };
        if c.text("reason") == "Installing" {
            continue;
        }
        let message = words::short(c.text("message"));
        out.push(
            Finding::new("CRD-01", &Id::of(kind), format!("crd {} not established: {}", kind.name(), c.text("reason")))
                .because(format!("custom kind {} is not established: {message}", kind.name()))
                .since(c.time("lastTransitionTime"))
                .cite(Id::of(kind).words(), format!("{}=False: {message}", c.text("type"))),
        );
    }
}
