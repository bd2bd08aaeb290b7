//! The messages that are read, as data: only the fields that some row has; what is not here is passed by unread.
//!
//! Numbers are those of `generated.proto` in <https://github.com/kubernetes/api>; they never change. A test holds them
//! against `assets/api/types.txt`, and others that a real object gives the same row from both forms. To read one more
//! field: a line here, beside the field in the shape of `convert`.

use super::{Field, Holds, Message};
use crate::domain::Kind;

/// Where the envelope (`runtime.Unknown`) says what it holds, and where it holds it.
/// <https://pkg.go.dev/k8s.io/apimachinery/pkg/runtime#Unknown>
pub(crate) const TYPE: u32 = 1;
pub(crate) const RAW: u32 = 2;

/// Fields of every list.
pub(crate) const LIST_META: u32 = 1;
pub(crate) const LIST_ITEM: u32 = 2;

/// The message of a kind's objects; none of custom resources.
pub(crate) fn of(kind: Kind) -> Option<&'static Message> {
    Some(match kind {
        Kind::Namespace => &NAMESPACE,
        Kind::Deployment => &DEPLOYMENT,
        Kind::StatefulSet => &STATEFUL_SET,
        Kind::DaemonSet => &DAEMON_SET,
        Kind::ReplicaSet | Kind::Secret => &META_ONLY,
        Kind::Pod => &POD,
        Kind::Job => &JOB,
        Kind::CronJob => &CRON_JOB,
        Kind::HorizontalPodAutoscaler => &AUTOSCALER,
        Kind::Service => &SERVICE,
        Kind::EndpointSlice => &ENDPOINT_SLICE,
        Kind::Ingress => &INGRESS,
        Kind::PersistentVolumeClaim => &CLAIM,
        Kind::ConfigMap => &CONFIG_MAP,
        Kind::ResourceQuota => &QUOTA,
        Kind::Node => &NODE,
        Kind::Event => &EVENT,
        Kind::HTTPRoute
        | Kind::ScaledObject
        | Kind::Application
        | Kind::Kustomization
        | Kind::HelmRelease
        | Kind::PodMetrics => return None,
    })
}

const fn field(number: u32, name: &'static str, holds: Holds) -> Field {
    Field { number, name, holds }
}

const fn text(number: u32, name: &'static str) -> Field {
    field(number, name, Holds::Text)
}

const fn number(number: u32, name: &'static str) -> Field {
    field(number, name, Holds::Number)
}

const fn truth(number: u32, name: &'static str) -> Field {
    field(number, name, Holds::Bool)
}

const fn either(number: u32, name: &'static str) -> Field {
    field(number, name, Holds::Either)
}

const fn time(number: u32, name: &'static str) -> Field {
    field(number, name, Holds::Time)
}

const fn one(number: u32, name: &'static str, message: &'static Message) -> Field {
    field(number, name, Holds::One(message))
}

const fn inline(number: u32, name: &'static str, message: &'static Message) -> Field {
    field(number, name, Holds::Inline(message))
}

const fn many(number: u32, name: &'static str, each: &'static Holds) -> Field {
    field(number, name, Holds::Many(each))
}

const fn texts(number: u32, name: &'static str) -> Field {
    field(number, name, Holds::Many(&Holds::Text))
}

const fn labels(number: u32, name: &'static str) -> Field {
    field(number, name, Holds::Map(&Holds::Text))
}

const fn quantities(number: u32, name: &'static str) -> Field {
    field(number, name, Holds::Map(&Holds::Quantity))
}

/// A message of which it only matters that it is there.
static THERE: Message = Message(&[]);

pub(crate) static TYPE_META: Message = Message(&[text(1, "apiVersion"), text(2, "kind")]);

pub(crate) static LIST: Message =
    Message(&[text(2, "resourceVersion"), text(3, "continue"), number(4, "remainingItemCount")]);

/// An answer that is an error.
pub(crate) static STATUS: Message =
    Message(&[text(3, "message"), text(4, "reason"), one(5, "details", &Message(&[number(5, "retryAfterSeconds")]))]);

static META: Message = Message(&[
    text(1, "name"),
    text(3, "namespace"),
    text(5, "uid"),
    text(6, "resourceVersion"),
    number(7, "generation"),
    time(8, "creationTimestamp"),
    time(9, "deletionTimestamp"),
    labels(11, "labels"),
    labels(12, "annotations"),
    many(13, "ownerReferences", &Holds::One(&OWNER)),
    texts(14, "finalizers"),
    many(17, "managedFields", &Holds::One(&MANAGED)),
]);

static OWNER: Message =
    Message(&[text(1, "kind"), text(3, "name"), text(4, "uid"), text(5, "apiVersion"), truth(6, "controller")]);

static MANAGED: Message = Message(&[text(1, "manager"), time(4, "time"), text(8, "subresource")]);

static NAME: Message = Message(&[text(1, "name")]);

pub(crate) static META_ONLY: Message = Message(&[one(1, "metadata", &META)]);

static SELECTOR: Message = Message(&[labels(1, "matchLabels"), many(2, "matchExpressions", &Holds::One(&REQUIREMENT))]);

static REQUIREMENT: Message = Message(&[text(1, "key"), text(2, "operator"), texts(3, "values")]);

/// Conditions are alike but for their numbers: of the transition's time, the reason, the message.
const fn condition(at: u32, reason: u32, message: u32) -> [Field; 5] {
    let (kind, status, at) = (text(1, "type"), text(2, "status"), time(at, "lastTransitionTime"));
    let (reason, message) = (text(reason, "reason"), text(message, "message"));
    if at.number < reason.number { [kind, status, at, reason, message] } else { [kind, status, reason, message, at] }
}

static CONDITION_3: Message = Message(&condition(3, 4, 5));
static CONDITION_4: Message = Message(&condition(4, 5, 6));
static CONDITION_7: Message = Message(&condition(7, 4, 5));

static DEPLOYMENT: Message = Message(&[
    one(1, "metadata", &META),
    one(
        2,
        "spec",
        &Message(&[
            number(1, "replicas"),
            one(2, "selector", &SELECTOR),
            one(3, "template", &TEMPLATE),
            truth(7, "paused"),
            number(9, "progressDeadlineSeconds"),
        ]),
    ),
    one(
        3,
        "status",
        &Message(&[
            number(1, "observedGeneration"),
            number(2, "replicas"),
            number(3, "updatedReplicas"),
            number(4, "availableReplicas"),
            number(5, "unavailableReplicas"),
            many(6, "conditions", &Holds::One(&CONDITION_7)),
            number(7, "readyReplicas"),
        ]),
    ),
]);

static STATEFUL_SET: Message = Message(&[
    one(1, "metadata", &META),
    one(
        2,
        "spec",
        &Message(&[
            number(1, "replicas"),
            one(2, "selector", &SELECTOR),
            one(3, "template", &TEMPLATE),
            many(4, "volumeClaimTemplates", &Holds::One(&Message(&[one(1, "metadata", &NAME)]))),
            one(
                7,
                "updateStrategy",
                &Message(&[text(1, "type"), one(2, "rollingUpdate", &Message(&[number(1, "partition")]))]),
            ),
            one(10, "persistentVolumeClaimRetentionPolicy", &Message(&[text(2, "whenScaled")])),
        ]),
    ),
    one(
        3,
        "status",
        &Message(&[
            number(1, "observedGeneration"),
            number(2, "replicas"),
            number(3, "readyReplicas"),
            number(5, "updatedReplicas"),
            text(6, "currentRevision"),
            text(7, "updateRevision"),
            many(10, "conditions", &Holds::One(&CONDITION_3)),
            number(11, "availableReplicas"),
        ]),
    ),
]);

static DAEMON_SET: Message = Message(&[
    one(1, "metadata", &META),
    one(
        2,
        "spec",
        &Message(&[
            one(1, "selector", &SELECTOR),
            one(2, "template", &TEMPLATE),
            one(3, "updateStrategy", &Message(&[text(1, "type")])),
        ]),
    ),
    one(
        3,
        "status",
        &Message(&[
            number(1, "currentNumberScheduled"),
            number(2, "numberMisscheduled"),
            number(3, "desiredNumberScheduled"),
            number(4, "numberReady"),
            number(5, "observedGeneration"),
            number(6, "updatedNumberScheduled"),
            number(7, "numberAvailable"),
            number(8, "numberUnavailable"),
            many(10, "conditions", &Holds::One(&CONDITION_3)),
        ]),
    ),
]);

/// A pod template: a workload's containers tell more than a pod's.
static TEMPLATE: Message = Message(&[
    one(1, "metadata", &Message(&[labels(11, "labels"), labels(12, "annotations")])),
    one(
        2,
        "spec",
        &Message(&[
            many(1, "volumes", &Holds::One(&VOLUME)),
            many(2, "containers", &Holds::One(&TEMPLATE_CONTAINER)),
            number(4, "terminationGracePeriodSeconds"),
            labels(7, "nodeSelector"),
            many(15, "imagePullSecrets", &Holds::One(&NAME)),
            one(18, "affinity", &AFFINITY),
            many(20, "initContainers", &Holds::One(&TEMPLATE_CONTAINER)),
            many(22, "tolerations", &Holds::One(&TOLERATION)),
            text(24, "priorityClassName"),
        ]),
    ),
]);

static TOLERATION: Message = Message(&[text(1, "key"), text(2, "operator"), text(3, "value"), text(4, "effect")]);

/// Required node affinity, of all affinity.
static AFFINITY: Message = Message(&[one(
    1,
    "nodeAffinity",
    &Message(&[one(
        1,
        "requiredDuringSchedulingIgnoredDuringExecution",
        &Message(&[many(
            1,
            "nodeSelectorTerms",
            &Holds::One(&Message(&[
                many(1, "matchExpressions", &Holds::One(&REQUIREMENT)),
                many(2, "matchFields", &Holds::One(&REQUIREMENT)),
            ])),
        )]),
    )]),
)]);

static TEMPLATE_CONTAINER: Message = Message(&[
    text(1, "name"),
    text(2, "image"),
    many(6, "ports", &Holds::One(&Message(&[text(1, "name"), number(3, "containerPort")]))),
    many(7, "env", &Holds::One(&Message(&[text(1, "name"), one(3, "valueFrom", &VALUE_FROM)]))),
    many(9, "volumeMounts", &Holds::One(&Message(&[text(1, "name"), text(3, "mountPath")]))),
    one(10, "livenessProbe", &PROBE),
    one(11, "readinessProbe", &PROBE),
    many(
        19,
        "envFrom",
        &Holds::One(&Message(&[one(2, "configMapRef", &REFERENCE_2), one(3, "secretRef", &REFERENCE_2)])),
    ),
    one(22, "startupProbe", &PROBE),
]);

static PROBE: Message = Message(&[inline(
    1,
    "probeHandler",
    &Message(&[
        one(1, "exec", &Message(&[texts(1, "command")])),
        one(2, "httpGet", &Message(&[text(1, "path"), either(2, "port")])),
        one(3, "tcpSocket", &Message(&[either(1, "port")])),
        one(4, "grpc", &Message(&[number(1, "port")])),
    ]),
)]);

static VALUE_FROM: Message = Message(&[one(3, "configMapKeyRef", &REFERENCE_3), one(4, "secretKeyRef", &REFERENCE_3)]);

/// References to a ConfigMap or Secret are alike but for the number of `optional`.
static REFERENCE_2: Message = Message(&[inline(1, "localObjectReference", &NAME), truth(2, "optional")]);
static REFERENCE_3: Message = Message(&[inline(1, "localObjectReference", &NAME), truth(3, "optional")]);
static REFERENCE_4: Message = Message(&[inline(1, "localObjectReference", &NAME), truth(4, "optional")]);

static VOLUME: Message = Message(&[text(1, "name"), inline(2, "volumeSource", &VOLUME_SOURCE)]);

static VOLUME_SOURCE: Message = Message(&[
    one(1, "hostPath", &THERE),
    one(6, "secret", &Message(&[text(1, "secretName"), truth(4, "optional")])),
    one(7, "nfs", &THERE),
    one(8, "iscsi", &THERE),
    one(10, "persistentVolumeClaim", &Message(&[text(1, "claimName")])),
    one(14, "cephfs", &THERE),
    one(19, "configMap", &REFERENCE_4),
    one(
        26,
        "projected",
        &Message(&[many(
            1,
            "sources",
            &Holds::One(&Message(&[one(1, "secret", &REFERENCE_4), one(3, "configMap", &REFERENCE_4)])),
        )]),
    ),
]);

static POD: Message = Message(&[
    one(1, "metadata", &META),
    one(
        2,
        "spec",
        &Message(&[
            many(2, "containers", &Holds::One(&CONTAINER)),
            text(10, "nodeName"),
            many(20, "initContainers", &Holds::One(&CONTAINER)),
        ]),
    ),
    one(
        3,
        "status",
        &Message(&[
            text(1, "phase"),
            many(2, "conditions", &Holds::One(&CONDITION_4)),
            text(3, "message"),
            text(4, "reason"),
            text(6, "podIP"),
            time(7, "startTime"),
            many(8, "containerStatuses", &Holds::One(&CONTAINER_STATUS)),
            many(10, "initContainerStatuses", &Holds::One(&CONTAINER_STATUS)),
        ]),
    ),
]);

static CONTAINER: Message = Message(&[
    text(1, "name"),
    text(2, "image"),
    one(8, "resources", &Message(&[quantities(1, "limits"), quantities(2, "requests")])),
    text(24, "restartPolicy"),
]);

static CONTAINER_STATUS: Message = Message(&[
    text(1, "name"),
    one(2, "state", &STATE),
    one(3, "lastState", &STATE),
    truth(4, "ready"),
    number(5, "restartCount"),
]);

static STATE: Message = Message(&[
    one(1, "waiting", &Message(&[text(1, "reason"), text(2, "message")])),
    one(2, "running", &Message(&[time(1, "startedAt")])),
    one(
        3,
        "terminated",
        &Message(&[
            number(1, "exitCode"),
            text(3, "reason"),
            text(4, "message"),
            time(5, "startedAt"),
            time(6, "finishedAt"),
        ]),
    ),
]);

static JOB: Message = Message(&[
    one(1, "metadata", &META),
    one(2, "spec", &JOB_SPEC),
    one(
        3,
        "status",
        &Message(&[
            many(1, "conditions", &Holds::One(&CONDITION_4)),
            time(2, "startTime"),
            time(3, "completionTime"),
            number(4, "active"),
            number(5, "succeeded"),
            number(6, "failed"),
            number(9, "ready"),
        ]),
    ),
]);

static JOB_SPEC: Message = Message(&[number(2, "completions"), one(6, "template", &TEMPLATE), truth(10, "suspend")]);

static CRON_JOB: Message = Message(&[
    one(1, "metadata", &META),
    one(
        2,
        "spec",
        &Message(&[
            text(1, "schedule"),
            number(2, "startingDeadlineSeconds"),
            truth(4, "suspend"),
            one(5, "jobTemplate", &Message(&[one(2, "spec", &JOB_SPEC)])),
            text(8, "timeZone"),
        ]),
    ),
    one(
        3,
        "status",
        &Message(&[many(1, "active", &Holds::One(&THERE)), time(4, "lastScheduleTime"), time(5, "lastSuccessfulTime")]),
    ),
]);

static AUTOSCALER: Message = Message(&[
    one(1, "metadata", &META),
    one(
        2,
        "spec",
        &Message(&[
            one(1, "scaleTargetRef", &Message(&[text(1, "kind"), text(2, "name"), text(3, "apiVersion")])),
            number(2, "minReplicas"),
            number(3, "maxReplicas"),
        ]),
    ),
    one(
        3,
        "status",
        &Message(&[
            time(2, "lastScaleTime"),
            number(3, "currentReplicas"),
            number(4, "desiredReplicas"),
            many(6, "conditions", &Holds::One(&CONDITION_3)),
        ]),
    ),
]);

static SERVICE: Message = Message(&[
    one(1, "metadata", &META),
    one(
        2,
        "spec",
        &Message(&[
            many(
                1,
                "ports",
                &Holds::One(&Message(&[
                    text(1, "name"),
                    text(2, "protocol"),
                    number(3, "port"),
                    either(4, "targetPort"),
                    number(5, "nodePort"),
                ])),
            ),
            labels(2, "selector"),
            text(3, "clusterIP"),
            text(4, "type"),
            text(10, "externalName"),
        ]),
    ),
    one(
        3,
        "status",
        &Message(&[one(
            1,
            "loadBalancer",
            &Message(&[many(1, "ingress", &Holds::One(&Message(&[text(1, "ip"), text(2, "hostname")])))]),
        )]),
    ),
]);

static ENDPOINT_SLICE: Message = Message(&[
    one(1, "metadata", &META),
    many(2, "endpoints", &Holds::One(&Message(&[one(2, "conditions", &Message(&[truth(1, "ready")]))]))),
]);

static INGRESS: Message = Message(&[
    one(1, "metadata", &META),
    one(
        2,
        "spec",
        &Message(&[
            one(1, "defaultBackend", &BACKEND),
            many(2, "tls", &Holds::One(&Message(&[texts(1, "hosts")]))),
            many(3, "rules", &Holds::One(&Message(&[text(1, "host"), inline(2, "ingressRuleValue", &RULE_VALUE)]))),
        ]),
    ),
]);

static RULE_VALUE: Message = Message(&[one(
    1,
    "http",
    &Message(&[many(1, "paths", &Holds::One(&Message(&[text(1, "path"), one(2, "backend", &BACKEND)])))]),
)]);

static BACKEND: Message = Message(&[one(4, "service", &NAME)]);

static NAMESPACE: Message = Message(&[
    one(1, "metadata", &META),
    one(3, "status", &Message(&[text(1, "phase"), many(2, "conditions", &Holds::One(&CONDITION_4))])),
]);

static NODE: Message = Message(&[
    one(1, "metadata", &META),
    one(
        2,
        "spec",
        &Message(&[
            truth(4, "unschedulable"),
            many(5, "taints", &Holds::One(&Message(&[text(1, "key"), text(2, "value"), text(3, "effect")]))),
        ]),
    ),
    one(3, "status", &Message(&[quantities(2, "allocatable"), many(4, "conditions", &Holds::One(&CONDITION_4))])),
]);

static CLAIM: Message =
    Message(&[one(1, "metadata", &META), one(3, "status", &Message(&[text(1, "phase"), quantities(3, "capacity")]))]);

static QUOTA: Message =
    Message(&[one(1, "metadata", &META), one(3, "status", &Message(&[quantities(1, "hard"), quantities(2, "used")]))]);

static CONFIG_MAP: Message = Message(&[one(1, "metadata", &META), labels(2, "data")]);

static EVENT: Message = Message(&[
    one(1, "metadata", &META),
    time(2, "eventTime"),
    one(3, "series", &Message(&[number(1, "count"), time(2, "lastObservedTime")])),
    text(4, "reportingController"),
    text(7, "reason"),
    one(8, "regarding", &Message(&[text(1, "kind"), text(2, "namespace"), text(3, "name"), text(5, "apiVersion")])),
    text(10, "note"),
    text(11, "type"),
    one(12, "deprecatedSource", &Message(&[text(1, "component")])),
    time(13, "deprecatedFirstTimestamp"),
    time(14, "deprecatedLastTimestamp"),
    number(15, "deprecatedCount"),
]);
