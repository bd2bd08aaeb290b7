//! Words of things that filters, orders and screens need.

use crate::domain::Text;
use crate::domain::operation::OperationState;
use crate::domain::row::{ContainerRow, ContainerState, PodPhase, PodRow};
use crate::domain::status::failure;

/// The word of an operation's state, as the command line has it.
pub fn state_word(state: OperationState) -> &'static str {
    match state {
        OperationState::Running => "running",
        OperationState::Interrupted => "interrupted",
        OperationState::Done => "done",
        OperationState::Failed => "failed",
        OperationState::Undone => "undone",
    }
}

/// The word that says what a container does: the reason of waiting or of its end.
pub fn container_word(container: &ContainerRow) -> &str {
    match &container.state {
        ContainerState::None => "no status yet",
        ContainerState::Waiting { reason, .. } if !reason.is_empty() => reason,
        ContainerState::Waiting { .. } => "Waiting",
        ContainerState::Running(_) => "Running",
        ContainerState::Terminated(t) if t.reason.is_empty() => "Terminated",
        ContainerState::Terminated(t) => &t.reason,
    }
}

/// The one word that says what a pod does, as kubectl prints it: the reason of trouble before the phase.
pub fn pod_word(pod: &PodRow) -> &str {
    if pod.deleted.is_some() {
        return "Terminating";
    }
    if let Some(reason) = &pod.reason {
        return reason;
    }
    let waiting = |state: &ContainerState| match state {
        ContainerState::Waiting { reason, .. } if !reason.is_empty() && *reason != "PodInitializing" => Some(()),
        _ => None,
    };
    let worst = pod.containers.iter().find(|c| waiting(&c.state).is_some());
    if let Some(ContainerState::Waiting { reason, .. }) = worst.map(|c| &c.state) {
        return reason;
    }
    if pod.phase == PodPhase::Running
        && let Some(ended) = pod.containers.iter().find_map(|c| match &c.state {
            ContainerState::Terminated(t) if !c.init && !t.reason.is_empty() => Some(t),
            _ => None,
        })
    {
        return &ended.reason;
    }
    // Its containers say that they are ready, the pod is not: the node is gone, or a gate is shut.
    let own = || pod.containers.iter().filter(|c| !c.init);
    if pod.phase == PodPhase::Running && !pod.ready && own().next().is_some() && own().all(|c| c.ready) {
        return "Running, not ready";
    }
    match pod.phase {
        PodPhase::Pending => "Pending",
        PodPhase::Running => "Running",
        PodPhase::Succeeded => "Completed",
        PodPhase::Failed => "Failed",
        PodPhase::Unknown => "Unknown",
    }
}

/// What became of a pod that has ended: `evicted: low on memory`, `completed`.
pub fn ended(pod: &PodRow) -> Text {
    failure::of_ended(pod).map_or("completed".into(), |words| Text::from(words.whole))
}
