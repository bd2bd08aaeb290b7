//! Revisions of a workload's pod template, and what changed from one to the next, in words.
//!
//! They come from ReplicaSets and ControllerRevisions, read only when somebody looks at them. Values of
//! environment variables are never kept: a fingerprint tells whether one has changed.

use std::collections::{BTreeMap, BTreeSet};

use super::model::holder::TEMPLATE_HASH;
use super::row::PodRow;
use super::service::Service;
use super::status::facts::CONTROLLER_HASH;
use super::status::failure::short_image;
use super::{Text, Time};

/// One revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revision {
    /// Its number; a roll-back gives an old template a new one.
    pub number: u32,
    /// The ReplicaSet or ControllerRevision that holds it.
    pub object: Text,
    /// When that was made.
    pub created: Option<Time>,
    /// `kubernetes.io/change-cause`.
    pub why: Option<Text>,
    /// Pods that it has now; `None` where the object does not say (ControllerRevisions).
    pub pods: Option<u32>,
    /// Containers, init containers too, by name.
    pub containers: BTreeMap<Text, Container>,
    /// `kubectl.kubernetes.io/restartedAt`.
    pub restarted: Option<Text>,
    /// Fingerprint of all else in the pod template.
    pub rest: u64,
}

/// What of a container is told apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// Image.
    pub image: Text,
    /// Environment variables.
    pub env: BTreeMap<Text, Setting>,
    /// What they are taken from as a whole: `configmap/settings`.
    pub env_from: BTreeSet<Text>,
    /// `memory limit` → `512Mi`.
    pub resources: BTreeMap<Text, Text>,
    /// Fingerprint of all else.
    pub rest: u64,
}

/// Where an environment variable has its value from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// A value of its own, as a fingerprint.
    Value(u64),
    /// Taken from there: `secret/db:url`.
    From(Text),
}

impl Revision {
    /// Pods of a service that are of this revision, terminating ones aside; `None` where no pod names its revision.
    /// A StatefulSet's pods name their ControllerRevision whole, all others the last part of their owner's name.
    /// <https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#rolling-updates>
    pub fn pods_of(&self, service: &Service) -> Option<u32> {
        let staying = service.pods.iter().filter(|p| p.deleted.is_none() && !p.ended());
        let marks: Vec<&Text> = staying.filter_map(|p| mark(p)).collect();
        let is_of = |mark: &Text| {
            let rest = self.object.strip_suffix(mark.as_str());
            !mark.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('-'))
        };
        let own = marks.iter().filter(|mark| is_of(mark)).count();
        // Pods that can't be read are counted by the workload.
        let known = !marks.is_empty() || service.running == 0;
        known.then(|| u32::try_from(own).unwrap_or(u32::MAX))
    }
}

/// What a pod says of its revision.
fn mark(pod: &PodRow) -> Option<&Text> {
    [TEMPLATE_HASH, CONTROLLER_HASH].into_iter().find_map(|label| pod.labels.get(label))
}

/// What changed from one revision to a later one: a line each, nothing where they are the same.
pub fn changes(before: &Revision, after: &Revision) -> Vec<Text> {
    let mut lines = Vec::new();
    let names: BTreeSet<&Text> = before.containers.keys().chain(after.containers.keys()).collect();
    let several = names.len() > 1;
    for name in names {
        match (before.containers.get(name), after.containers.get(name)) {
            (Some(old), Some(new)) => {
                let prefix = if several { format!("{name}: ") } else { String::new() };
                lines.extend(of_container(old, new).into_iter().map(|line| format!("{prefix}{line}")));
            }
            (None, Some(new)) => lines.push(format!("container {name} added ({})", short_image(&new.image))),
            (_, None) => lines.push(format!("container {name} removed")),
        }
    }
    if before.restarted != after.restarted && after.restarted.is_some() {
        lines.push("restarted".to_owned());
    }
    if before.rest != after.rest {
        lines.push("other parts of the pod template".to_owned());
    }
    lines.into_iter().map(Text::from).collect()
}

fn of_container(old: &Container, new: &Container) -> Vec<String> {
    let mut lines = Vec::new();
    if old.image != new.image {
        let (mut from, mut to) = (short_image(&old.image), short_image(&new.image));
        if from == to {
            (from, to) = (old.image.to_string(), new.image.to_string());
        }
        lines.push(format!("image {from} → {to}"));
    }
    let names: BTreeSet<&Text> = old.env.keys().chain(new.env.keys()).collect();
    for name in names {
        match (old.env.get(name), new.env.get(name)) {
            (a, b) if a == b => {}
            (None, Some(Setting::From(place))) => lines.push(format!("env {name} added, from {place}")),
            (None, _) => lines.push(format!("env {name} added")),
            (_, None) => lines.push(format!("env {name} removed")),
            (_, Some(Setting::From(place))) => lines.push(format!("env {name} now from {place}")),
            (Some(Setting::From(_)), _) => lines.push(format!("env {name} now a value of its own")),
            _ => lines.push(format!("env {name} changed")),
        }
    }
    lines.extend(new.env_from.difference(&old.env_from).map(|place| format!("env of {place} added")));
    lines.extend(old.env_from.difference(&new.env_from).map(|place| format!("env of {place} removed")));
    let names: BTreeSet<&Text> = old.resources.keys().chain(new.resources.keys()).collect();
    for name in names {
        let of = |c: &Container| c.resources.get(name).map_or("none", |v| v.as_str()).to_owned();
        let (from, to) = (of(old), of(new));
        if from != to {
            lines.push(format!("{name} {from} → {to}"));
        }
    }
    if old.rest != new.rest {
        lines.push("other settings of the container".to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(image: &str, env: &[(&str, Setting)], resources: &[(&str, &str)]) -> Container {
        Container {
            image: image.into(),
            env: env.iter().map(|(k, v)| ((*k).into(), v.clone())).collect(),
            resources: resources.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
            ..Container::default()
        }
    }

    fn revision(containers: &[(&str, Container)]) -> Revision {
        let containers = containers.iter().map(|(n, c)| ((*n).into(), c.clone())).collect();
        Revision { containers, ..Revision::default() }
    }

    fn words(before: &Revision, after: &Revision) -> Vec<String> {
        changes(before, after).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_changed_between_revisions_is_said_in_words_and_without_values() {
        let from = |place: &str| Setting::From(place.into());
        let one = container(
            "ghcr.io/acme/web:1",
            &[
                ("A", Setting::Value(1)),
                ("B", Setting::Value(2)),
                ("C", from("secret/db:url")),
                ("D", Setting::Value(4)),
            ],
            &[("memory limit", "256Mi"), ("cpu request", "100m")],
        );
        let mut two = container(
            "ghcr.io/acme/web:2",
            &[
                ("A", Setting::Value(9)),
                ("B", from("configmap/web:b")),
                ("C", Setting::Value(3)),
                ("E", from("secret/x:y")),
            ],
            &[("memory limit", "512Mi")],
        );
        two.env_from.insert("configmap/settings".into());
        let (old, new) = (revision(&[("web", one.clone())]), revision(&[("web", two)]));
        assert_eq!(
            words(&old, &new),
            [
                "image acme/web:1 → acme/web:2",
                "env A changed",
                "env B now from configmap/web:b",
                "env C now a value of its own",
                "env D removed",
                "env E added, from secret/x:y",
                "env of configmap/settings added",
                "cpu request 100m → none",
                "memory limit 256Mi → 512Mi",
            ]
        );
        assert!(words(&old, &old).is_empty());
    }

    #[test]
    fn pods_of_a_revision_are_told_by_its_mark_on_them_whatever_the_kind() {
        use crate::domain::fixture::{labels, pod};
        let marked = |label: &str, mark: &str| PodRow { labels: labels(&[(label, mark)]), ..pod("db", "x", "1") };
        let going = |p: PodRow| PodRow { deleted: p.created, ..p };
        let service =
            |pods: Vec<PodRow>| Service { pods: pods.into_iter().map(Into::into).collect(), ..Service::default() };
        let of = |object: &str, s: &Service| Revision { object: object.into(), ..Revision::default() }.pods_of(s);
        let hash = "controller-revision-hash";
        let set = service(vec![
            marked(hash, "db-5d8f"),
            marked(hash, "db-5d8f"),
            marked(hash, "db-77c"),
            going(marked(hash, "db-77c")),
        ]);
        assert_eq!((of("db-5d8f", &set), of("db-77c", &set), of("db-8f", &set)), (Some(2), Some(1), Some(0)));
        let daemons = service(vec![marked(hash, "5d8f"), marked(hash, "77c")]);
        assert_eq!((of("agent-5d8f", &daemons), of("agent-d8f", &daemons)), (Some(1), Some(0)));
        assert_eq!(of("web-7d9f", &service(vec![pod("web", "7d9f", "1")])), Some(1));
        assert_eq!(of("web-7d9f", &service(vec![])), Some(0));
        let unread = Service { running: 2, ..Service::default() };
        assert_eq!(of("web-7d9f", &unread), None, "an unknown number is never 0");
    }

    #[test]
    fn of_several_containers_each_is_named_and_a_mere_restart_says_so() {
        let web = |image: &str| container(image, &[], &[]);
        let old = revision(&[("web", web("web:1")), ("old", web("x"))]);
        let new = revision(&[("web", web("web:2")), ("proxy", web("docker.io/envoy:1"))]);
        assert_eq!(
            words(&old, &new),
            ["container old removed", "container proxy added (envoy:1)", "web: image web:1 → web:2"]
        );
        let restarted = Revision { restarted: Some("2026-01-01T00:00:00Z".into()), ..old.clone() };
        assert_eq!(words(&old, &restarted), ["restarted"]);
        assert!(words(&restarted, &old).is_empty(), "a roll-back to before it is none");
        assert_eq!(words(&old, &Revision { rest: 7, ..old.clone() }), ["other parts of the pod template"]);
        let elsewhere = revision(&[("web", web("b.example.com/web:1"))]);
        let here = revision(&[("web", web("a.example.com/web:1"))]);
        assert_eq!(words(&here, &elsewhere), ["image a.example.com/web:1 → b.example.com/web:1"]);
    }
}
