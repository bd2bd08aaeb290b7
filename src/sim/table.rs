//! Objects as rows of a Table (`as=Table;v=v1;g=meta.k8s.io`): what `kubectl get` prints.
//!
//! Columns and cells are those of kube-apiserver's own printers
//! (`kubernetes/pkg/printers/internalversion/printers.go`). To add a kind: an entry in [`of`] and a function in
//! the file of its family. Kinds without one have their name and age.

mod pod;
mod storage;
mod words;
mod workload;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::event_view;
use super::json::Json;
use super::object::Object;
use super::resource::Resource;
use words::age;

/// A row of an object at a moment.
type Cells = fn(&Value, Timestamp) -> Vec<Value>;

/// How a kind is printed.
struct Printer {
    /// Names of its columns. A sign at the end says more: `+` only with `-o wide`, `#` an integer, `?` a boolean,
    /// `@` a date.
    columns: &'static [&'static str],
    /// One row at a moment.
    cells: Cells,
}

/// What the real server prints of kinds that have no printer of their own.
const PLAIN: Printer = Printer {
    columns: &["Name", "Created At@"],
    cells: |o, _| vec![o.name().into(), o.at("metadata.creationTimestamp").clone()],
};
/// Custom resources whose definition names no columns.
const CUSTOM: Printer = Printer {
    columns: &["Name", "Age@"],
    cells: |o, _| vec![o.name().into(), o.at("metadata.creationTimestamp").clone()],
};

fn of(resource: &Resource) -> Printer {
    let (columns, cells): (&[&str], Cells) = match resource.kind {
        _ if resource.is_custom() => return CUSTOM,
        "Event" => (
            &[
                "Last Seen",
                "Type",
                "Reason",
                "Object",
                "Subobject+",
                "Source+",
                "Message",
                "First Seen+",
                "Count+",
                "Name+",
            ],
            words::event,
        ),
        "Namespace" => {
            (&["Name", "Status", "Age"], |o, now| vec![o.name().into(), o.text("status.phase").into(), age(o, now)])
        }
        "Node" => (
            &[
                "Name",
                "Status",
                "Roles",
                "Age",
                "Version",
                "Internal-IP+",
                "External-IP+",
                "OS-Image+",
                "Kernel-Version+",
                "Container-Runtime+",
            ],
            pod::node,
        ),
        "Pod" => (
            &["Name", "Ready", "Status", "Restarts", "Age", "IP+", "Node+", "Nominated Node+", "Readiness Gates+"],
            pod::pod,
        ),
        "Deployment" => (
            &["Name", "Ready", "Up-to-date", "Available", "Age", "Containers+", "Images+", "Selector+"],
            workload::deployment,
        ),
        "StatefulSet" => (&["Name", "Ready", "Age", "Containers+", "Images+"], workload::statefulset),
        "DaemonSet" => (
            &[
                "Name",
                "Desired#",
                "Current#",
                "Ready#",
                "Up-to-date#",
                "Available#",
                "Node Selector",
                "Age",
                "Containers+",
                "Images+",
                "Selector+",
            ],
            workload::daemonset,
        ),
        "ReplicaSet" | "ReplicationController" => (
            &["Name", "Desired#", "Current#", "Ready#", "Age", "Containers+", "Images+", "Selector+"],
            workload::replicaset,
        ),
        "ControllerRevision" => (&["Name", "Controller", "Revision", "Age"], workload::revision),
        "Job" => (
            &["Name", "Status", "Completions", "Duration", "Age", "Containers+", "Images+", "Selector+"],
            workload::job,
        ),
        "CronJob" => (
            &[
                "Name",
                "Schedule",
                "Timezone",
                "Suspend?",
                "Active#",
                "Last Schedule",
                "Age",
                "Containers+",
                "Images+",
                "Selector+",
            ],
            workload::cronjob,
        ),
        "HorizontalPodAutoscaler" => {
            (&["Name", "Reference", "Targets", "MinPods", "MaxPods", "Replicas", "Age"], workload::autoscaler)
        }
        "PodDisruptionBudget" => {
            (&["Name", "Min Available", "Max Unavailable", "Allowed Disruptions#", "Age"], workload::budget)
        }
        "Service" => (&["Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "Selector+"], words::service),
        "Endpoints" => (&["Name", "Endpoints", "Age"], words::endpoints),
        "EndpointSlice" => (&["Name", "AddressType", "Ports", "Endpoints", "Age"], words::slice),
        "Ingress" => (&["Name", "Class", "Hosts", "Address", "Ports", "Age"], words::ingress),
        "IngressClass" => (&["Name", "Controller", "Parameters", "Age"], words::ingress_class),
        "NetworkPolicy" => (&["Name", "Pod-Selector", "Age"], |o, now| {
            vec![o.name().into(), words::selector(o.at("spec.podSelector")).into(), age(o, now)]
        }),
        "ConfigMap" => (&["Name", "Data", "Age"], storage::config_map),
        "Secret" => (&["Name", "Type", "Data", "Age"], storage::secret),
        "ServiceAccount" => (&["Name", "Age"], |o, now| vec![o.name().into(), age(o, now)]),
        "PersistentVolume" => (
            &[
                "Name",
                "Capacity",
                "Access Modes",
                "Reclaim Policy",
                "Status",
                "Claim",
                "StorageClass",
                "VolumeAttributesClass",
                "Reason",
                "Age",
                "VolumeMode+",
            ],
            storage::volume,
        ),
        "PersistentVolumeClaim" => (
            &[
                "Name",
                "Status",
                "Volume",
                "Capacity",
                "Access Modes",
                "StorageClass",
                "VolumeAttributesClass",
                "Age",
                "VolumeMode+",
            ],
            storage::claim,
        ),
        "ResourceQuota" => (&["Name", "Request", "Limit", "Age"], storage::quota),
        "StorageClass" => (
            &["Name", "Provisioner", "ReclaimPolicy", "VolumeBindingMode", "AllowVolumeExpansion", "Age"],
            storage::class,
        ),
        "RoleBinding" | "ClusterRoleBinding" => {
            (&["Name", "Role", "Age", "Users+", "Groups+", "ServiceAccounts+"], words::binding)
        }
        "PriorityClass" => (&["Name", "Value#", "Global-Default?", "Age", "PreemptionPolicy"], words::priority),
        "Lease" => (&["Name", "Holder", "Age"], |o, now| {
            vec![o.name().into(), o.text("spec.holderIdentity").into(), age(o, now)]
        }),
        _ => return PLAIN,
    };
    Printer { columns, cells }
}

/// `columnDefinitions` of a kind.
pub(crate) fn columns(resource: &Resource) -> Value {
    let all = of(resource).columns.iter().enumerate();
    all.map(|(at, column)| {
        let name = column.trim_end_matches(['+', '#', '?', '@']);
        let kind = match column.chars().last() {
            Some('#') => "integer",
            Some('?') => "boolean",
            Some('@') => "date",
            _ => "string",
        };
        let format = if name == "Name" && (at == 0 || column.ends_with('+')) { "name" } else { "" };
        json!({
            "name": name, "type": kind, "format": format, "description": format!("{name} of the {}", resource.kind),
            "priority": i32::from(column.ends_with('+')),
        })
    })
    .collect()
}

/// What a row shows of its object beside the cells (`includeObject`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Include {
    /// Nothing.
    None,
    /// Its metadata.
    Metadata,
    /// All of it.
    Object,
}

/// One row of a Table.
pub(crate) fn row(resource: &'static Resource, object: &Object, include: Include, now: Timestamp) -> Value {
    let stored = object.value();
    let seen_as_core = !std::ptr::eq(resource, object.resource);
    let value = if seen_as_core { event_view::core(Value::clone(&stored)) } else { Value::clone(&stored) };
    let cells = (of(resource).cells)(&value, now);
    let shown = match include {
        Include::None => Value::Null,
        Include::Metadata => json!({
            "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": value.at("metadata"),
        }),
        Include::Object => value,
    };
    json!({"cells": cells, "object": shown})
}

/// A date cell's text, as `duration.HumanDuration` words it.
fn since(time: Option<Timestamp>, now: Timestamp) -> String {
    time.map_or_else(|| "<unknown>".to_owned(), |t| duration(now.as_second() - t.as_second()))
}

/// `apimachinery/pkg/util/duration.HumanDuration`.
fn duration(seconds: i64) -> String {
    let two = |big: i64, unit: char, rest: i64, small: char| {
        if rest == 0 { format!("{big}{unit}") } else { format!("{big}{unit}{rest}{small}") }
    };
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        ..-1 => "<invalid>".to_owned(),
        -1 => "0s".to_owned(),
        0..120 => format!("{seconds}s"),
        _ if minutes < 10 => two(minutes, 'm', seconds % 60, 's'),
        _ if minutes < 180 => format!("{minutes}m"),
        _ if hours < 8 => two(hours, 'h', minutes % 60, 'm'),
        _ if hours < 48 => format!("{hours}h"),
        _ if hours < 192 => two(days, 'd', hours % 24, 'h'),
        _ if days < 730 => format!("{days}d"),
        _ if days < 8 * 365 => two(days / 365, 'y', days % 365, 'd'),
        _ => format!("{}y", days / 365),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::resource::RESOURCES;

    #[test]
    fn durations_read_as_kubectl_shows_them() {
        for (seconds, text) in [
            (-5, "<invalid>"),
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (267, "4m27s"),
            (3 * 3600, "3h"),
            (620, "10m"),
            (3 * 3600 + 61, "3h1m"),
            (47 * 3600, "47h"),
            (50 * 3600, "2d2h"),
            (192 * 3600, "8d"),
            (729 * 86_400, "729d"),
            (731 * 86_400, "2y1d"),
            (9 * 365 * 86_400, "9y"),
        ] {
            assert_eq!(duration(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn an_empty_object_of_any_kind_has_a_cell_for_each_column() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        for r in RESOURCES {
            let printer = of(r);
            let cells = (printer.cells)(&json!({"metadata": {"name": "a"}}), now);
            assert_eq!(cells.len(), printer.columns.len(), "{}", r.kind);
        }
    }
}
