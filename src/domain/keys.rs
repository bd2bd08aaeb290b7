//! Labels and annotations that kennel reads and writes (the table of operations.md), each by one name.

/// Label of what kennel has made: `kennel`.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// Label of a namespace: its project.
pub const PROJECT: &str = "kennel.dev/project";
/// Annotation of a namespace: its environment's name.
pub const ENVIRONMENT: &str = "kennel.dev/environment";
/// Annotation of a namespace: the project's ID.
pub const PROJECT_ID: &str = "kennel.dev/project-id";
/// Annotation of a namespace: the project's display name.
pub const PROJECT_DISPLAY_NAME: &str = "kennel.dev/project-display-name";
/// Annotation of a namespace: the environment's colour, by name or `#rrggbb`.
pub const COLOR: &str = "kennel.dev/color";
/// Annotation of a namespace: `true` for the project's default environment.
pub const DEFAULT: &str = "kennel.dev/default";
/// Annotation of a namespace: `true` protects it from being destroyed.
pub const PROTECTED: &str = "kennel.dev/protected";
/// Annotation of a namespace: who created it.
pub const CREATED_BY: &str = "kennel.dev/created-by";
/// Annotation of a workload: the count to come back to.
pub const REPLICAS: &str = "kennel.dev/replicas";
/// Annotation of a DaemonSet: its node selector before it was stopped, as JSON.
pub const NODE_SELECTOR: &str = "kennel.dev/node-selector";
/// Annotation of a CronJob: its `suspend` before it was stopped.
pub const SUSPEND: &str = "kennel.dev/suspend";
/// Annotation of a ScaledObject: the count that KEDA holds its target at.
/// <https://keda.sh/docs/latest/concepts/scaling-deployments/#pausing-autoscaling>
pub const PAUSED: &str = "autoscaling.keda.sh/paused-replicas";
/// Annotation of a ScaledObject: its `paused-replicas` before the stop; empty where it had none.
pub const PAUSED_BEFORE: &str = "kennel.dev/paused-replicas";
/// Annotation of a workload: who deployed it.
pub const DEPLOYED_BY: &str = "kennel.dev/deployed-by";
/// Annotation of a workload: where its source is.
pub const REPOSITORY: &str = "kennel.dev/repository";
/// Annotation of a workload: `never` opts out of stops.
pub const STOP: &str = "kennel.dev/stop";

/// Annotation of a pod template: when its service was restarted last. It is kubectl's: one restart is like another.
pub const RESTARTED: &str = "kubectl.kubernetes.io/restartedAt";

/// Whether the value of an annotation is written back some day as it was: it is kept byte for byte.
pub fn is_put_away(key: &str) -> bool {
    [REPLICAS, NODE_SELECTOR, PAUSED, PAUSED_BEFORE].contains(&key) || MARKERS.iter().any(|(marker, _)| *marker == key)
}

/// Label of a node selector that matches no node: what stops a DaemonSet.
pub const NO_NODE: &str = "kennel.dev/stopped";
/// Annotation of a workload: names of services, with commas between, that it needs; these start before it and
/// stop after it.
pub const DEPENDS_ON: &str = "kennel.dev/depends-on";

/// Annotations of other tools that hold a count, and what to call the tool. The count is a plain
/// number, or the field `replicas` of a JSON object.
pub const MARKERS: &[(&str, &str)] = &[
    // https://codeberg.org/hjacobs/kube-downscaler, https://github.com/caas-team/GoKubeDownscaler
    ("downscaler/original-replicas", "downscaler"),
    // https://github.com/kube-green/kube-green
    ("sleepinfo", "kube-green"),
    ("kube-green.com/original-replicas", "kube-green"),
    // https://www.loft.sh/docs/sleep-mode
    ("loft.sh/replicas", "loft"),
    ("sleepmode.loft.sh/replicas", "loft"),
    ("dev.okteto.com/replicas", "okteto"),
    ("dev.okteto.com/state-before-sleeping", "okteto"),
    // https://github.com/devtron-labs/winter-soldier
    ("hibernator.devtron.ai/replicas", "devtron"),
    // https://docs.openshift.com/container-platform/3.11/admin_guide/idling_applications.html
    ("idling.alpha.openshift.io/previous-scale", "openshift"),
];
