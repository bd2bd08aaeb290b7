//! Why a volume claim is still pending, as its own events say it.
//! <https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/volume/persistentvolume/pv_controller.go>

use super::{Words, clip};
use crate::domain::Text;

/// A claim that a pod waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pending {
    /// Its name.
    pub(crate) name: Text,
    /// What its newest event says, where that says more.
    pub(crate) why: Option<String>,
}

impl Pending {
    /// `waits for volume claim data: no StorageClass fast`.
    pub(crate) fn words(&self) -> Words {
        let whole = format!("waits for volume claim {}", self.name);
        match &self.why {
            Some(why) => Words::new(format!("{whole}: {why}"), &format!("{} pending, {why}", self.name)).sentence(),
            None => Words::new(whole, &format!("{} pending", self.name)).sentence(),
        }
    }
}

/// Whether a claim waits for its pod to find a node: that is as it should be, and nothing the pod waits for.
pub(crate) fn waits_itself(reason: &str) -> bool {
    matches!(reason, "WaitForFirstConsumer" | "WaitForPodScheduled")
}

/// What an event says of a claim that has no volume.
pub(crate) fn why(reason: &str, message: &str) -> Option<String> {
    Some(match reason {
        "FailedBinding" if message.ends_with("no storage class is set") => {
            "no volume fits, and no StorageClass".to_owned()
        }
        "ProvisioningFailed" => match message.strip_suffix(" not found").and_then(|m| m.split_once(".io \"")) {
            Some((_, class)) => format!("no StorageClass {}", class.trim_end_matches('"')),
            None => clip(message),
        },
        // `Waiting for a volume to be created either by the external provisioner 'x' or manually …`.
        "ExternalProvisioning" => format!("{} has made no volume yet", message.split('\'').nth(1)?),
        "FailedBinding" | "VolumeMismatch" => clip(message),
        _ => return None,
    })
}

/// Whether the scheduler says that a pod's claims are why it finds no node.
pub(crate) fn is_why_no_node(message: &str) -> bool {
    message.contains("PersistentVolumeClaim") || message.contains("available persistent volumes")
}
