//! `kennel get`: lists, for people and for scripts.

use std::io::Write;
use std::sync::Arc;

use super::args::{Get, Output, What};
use super::exit::Outcome;
use super::find;
use super::print::{self, Style};
use super::shape;
use super::table::{Cell, Look, NONE, Table};

use crate::domain::age::age;
use crate::domain::environment::Environment;
use crate::domain::event::Event;
use crate::domain::issue::IssueCounts;
use crate::domain::phase::Phase;
use crate::domain::status::Status;
use crate::domain::{Kind, Snapshot, Text, Time, people};

/// Everything that decides a status: lists wait for these (metrics and quotas decide nothing).
pub(crate) const DECIDING: &[Kind] = &[
    Kind::Namespace,
    Kind::Deployment,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::Pod,
    Kind::Job,
    Kind::CronJob,
    Kind::HorizontalPodAutoscaler,
    Kind::ScaledObject,
    Kind::Service,
    Kind::EndpointSlice,
    Kind::Ingress,
    Kind::HTTPRoute,
    Kind::PersistentVolumeClaim,
    Kind::ConfigMap,
    Kind::Secret,
    Kind::Application,
    Kind::Kustomization,
    Kind::HelmRelease,
    Kind::Node,
];

/// What a list waits for.
pub(crate) fn needs(what: What) -> Vec<Kind> {
    match what {
        What::Events => DECIDING.iter().copied().chain([Kind::Event]).collect(),
        _ => DECIDING.to_vec(),
    }
}

/// Prints the list that `get` asks for.
pub(crate) fn list(
    snapshot: &Snapshot,
    get: &Get,
    namespaces: &[String],
    style: Style,
    out: &mut dyn Write,
) -> Outcome {
    let places = find::environments(snapshot, get.target.as_deref(), namespaces)?;
    let wide = style.output == Output::Wide;
    match get.what {
        What::Projects => {
            let all = get.target.is_none() && namespaces.is_empty();
            let of = |name: &Text| all || places.iter().any(|e| e.project == *name);
            let items: Vec<_> = snapshot.projects.values().filter(|p| of(&p.name)).collect();
            let names = items.iter().map(|p| p.name.to_string());
            emit(
                out,
                style,
                &items,
                |p| shape::project(p),
                names,
                || {
                    let mut t = Table::new(
                        ["PROJECT", "ENVIRONMENTS", "ISSUES", "AGE"]
                            .into_iter()
                            .chain(wide.then_some("ID"))
                            .chain(wide.then_some("DISPLAY NAME")),
                    );
                    for p in &items {
                        let mut row: Vec<Cell> = vec![
                            p.name.as_str().into(),
                            p.environments.len().to_string().into(),
                            issues(&p.issues),
                            ago(p.created, snapshot.now),
                        ];
                        if wide {
                            row.push(word(&p.id));
                            row.push(word(&p.display_name));
                        }
                        t.row(row);
                    }
                    t
                },
            )
        }
        What::Environments => {
            let names = places.iter().map(|e| e.path());
            emit(out, style, &places, |e| shape::environment(e), names, || environments(snapshot, &places, wide))
        }
        What::Services => {
            let shapes: Vec<_> = places
                .iter()
                .flat_map(|e| {
                    e.services.iter().map(|s| shape::service(e, s)).chain(e.tasks.iter().map(|t| shape::task(e, t)))
                })
                .collect();
            let refs = places
                .iter()
                .flat_map(|e| e.services.iter().map(|s| &s.object).chain(e.tasks.iter().map(|t| &t.object)));
            emit(out, style, &shapes, |s| s, refs.map(|o| o.short()), || services(snapshot, &places, wide))
        }
        What::Events => {
            let mut items: Vec<(&Environment, &Event)> =
                places.iter().flat_map(|e| e.events.iter().map(|v| (e.as_ref(), v.as_ref()))).collect();
            items.sort_by_key(|(_, v)| std::cmp::Reverse(v.time));
            let names = items.iter().map(|(_, v)| v.object.short());
            for e in places.iter().filter(|e| e.older_events > 0) {
                print::say(format_args!("{}: {} older events are not kept", e.path(), e.older_events));
            }
            emit(
                out,
                style,
                &items,
                |(e, v)| shape::event(e, v),
                names,
                || {
                    let mut t = Table::new(["AGE", "TYPE", "ENVIRONMENT", "OBJECT", "REASON", "COUNT", "MESSAGE"]);
                    for (e, v) in &items {
                        let sort = if v.warning { Cell::looks("Warning", Look::Busy) } else { "Normal".into() };
                        t.row([
                            ago(v.time.or(v.first), snapshot.now),
                            sort,
                            e.path().into(),
                            v.object.short().into(),
                            v.reason.as_str().into(),
                            v.count.to_string().into(),
                            v.message.as_str().into(),
                        ]);
                    }
                    t
                },
            )
        }
        What::Pods => {
            let items: Vec<_> = places
                .iter()
                .flat_map(|e| e.services.iter().flat_map(move |s| s.pods.iter().map(move |p| (e, s, p))))
                .collect();
            let names = items.iter().map(|(_, _, p)| format!("pod/{}", p.name));
            emit(
                out,
                style,
                &items,
                |(e, s, p)| shape::pod(e, s, p),
                names,
                || {
                    let mut t = Table::new(
                        ["ENVIRONMENT", "SERVICE", "POD", "READY", "STATUS", "RESTARTS", "AGE"]
                            .into_iter()
                            .chain(wide.then_some("NODE"))
                            .chain(wide.then_some("IP")),
                    );
                    for (e, s, p) in &items {
                        let main = || p.containers.iter().filter(|c| !c.init);
                        let ready = format!("{}/{}", main().filter(|c| c.ready).count(), main().count());
                        let mut row: Vec<Cell> = vec![
                            e.path().into(),
                            s.object.name.as_str().into(),
                            p.name.as_str().into(),
                            ready.into(),
                            shape::pod_status(p).into(),
                            p.restarts().to_string().into(),
                            ago(p.created, snapshot.now),
                        ];
                        if wide {
                            row.push(word(&p.node));
                            row.push(word(&p.ip));
                        }
                        t.row(row);
                    }
                    t
                },
            )
        }
    }
}

/// Prints `items` in the style's format.
pub(crate) fn emit<'a, I, S: serde::Serialize>(
    out: &mut dyn Write,
    style: Style,
    items: &'a [I],
    shape: impl Fn(&'a I) -> S,
    names: impl Iterator<Item = String>,
    table: impl FnOnce() -> Table,
) -> Outcome {
    match style.output {
        Output::Json | Output::Yaml => {
            let shapes: Vec<S> = items.iter().map(shape).collect();
            print::array(out, &shapes, style.output)
        }
        Output::Name => {
            for name in names {
                writeln!(out, "{name}")?;
            }
            Ok(())
        }
        Output::Table | Output::Wide => {
            let table = table();
            if table.is_empty() {
                print::say("nothing there");
                return Ok(());
            }
            Ok(table.write(out, style.colour)?)
        }
    }
}

fn environments(snapshot: &Snapshot, places: &[Arc<Environment>], wide: bool) -> Table {
    let titles = ["ENVIRONMENT", "STATUS", "SERVICES", "ISSUES", "UPDATED", "CREATED BY", "REASON"];
    let mut t = Table::new(
        titles
            .into_iter()
            .chain(wide.then_some("NAMESPACE"))
            .chain(wide.then_some("AGE"))
            .chain(wide.then_some("CLUSTER")),
    );
    for e in places {
        let mut row: Vec<Cell> = vec![
            e.path().into(),
            phase(e),
            format!("{}/{}", e.available, e.total).into(),
            issues(&e.issue_counts()),
            ago(e.updated, snapshot.now),
            by(e.created_by.as_ref()),
            e.full_reason().unwrap_or_default().into_owned().into(),
        ];
        if wide {
            row.extend([
                e.id.namespace.as_str().into(),
                ago(e.created, snapshot.now),
                snapshot.cluster.context.as_str().into(),
            ]);
        }
        t.row(row);
    }
    t
}

fn services(snapshot: &Snapshot, places: &[Arc<Environment>], wide: bool) -> Table {
    let titles = ["ENVIRONMENT", "SERVICE", "KIND", "STATUS", "READY", "IMAGE", "AGE", "BY", "REASON"];
    let mut t = Table::new(titles.into_iter().chain(wide.then_some("ADDRESS")).chain(wide.then_some("URL")));
    for e in places {
        for s in &e.services {
            let mut row: Vec<Cell> = vec![
                e.path().into(),
                s.object.name.as_str().into(),
                s.object.kind().into(),
                status(s.status, s.provisional),
                format!("{}/{}", s.ready, s.desired).into(),
                image(&s.images, wide).into(),
                ago(s.deployed_at.or(s.created), snapshot.now),
                by(s.deployed_by.as_ref()),
                s.reason.as_deref().or(s.secondary.as_deref()).unwrap_or_default().into(),
            ];
            if wide {
                row.extend([word(&s.addresses.first().cloned()), word(&s.urls.first().cloned())]);
            }
            t.row(row);
        }
        for task in &e.tasks {
            t.row([
                e.path().into(),
                task.object.name.as_str().into(),
                task.object.kind().into(),
                status(task.status, false),
                NONE.into(),
                image(&task.images, wide).into(),
                ago(task.created, snapshot.now),
                NONE.into(),
                task.reason.as_deref().unwrap_or_default().into(),
            ]);
        }
    }
    t
}

/// The first image, without its registry unless all is wanted, and how many more there are.
fn image(images: &[Text], whole: bool) -> String {
    let Some(first) = images.first() else { return NONE.to_owned() };
    let short = match first.split_once('/') {
        Some((registry, rest)) if !whole && registry.contains(['.', ':']) => rest,
        _ => first.as_str(),
    };
    match images.len() {
        1 => short.to_owned(),
        n => format!("{short} +{}", n - 1),
    }
}

/// Who did it, for people: field managers tell nobody.
fn by(who: Option<&Text>) -> Cell {
    people::who(who).unwrap_or(NONE).into()
}

fn word(text: &Option<Text>) -> Cell {
    text.as_deref().filter(|t| !t.is_empty()).unwrap_or(NONE).into()
}

pub(crate) fn ago(then: Option<Time>, now: Time) -> Cell {
    then.map_or_else(|| NONE.to_owned(), |t| age(t, now)).into()
}

/// `▲2 △5`: critical, and high; the rest is in JSON.
fn issues(c: &IssueCounts) -> Cell {
    let mut words = vec![];
    if c.critical > 0 {
        words.push(format!("▲{}", c.critical));
    }
    if c.high > 0 {
        words.push(format!("△{}", c.high));
    }
    if c.medium + c.warning > 0 {
        words.push(format!("▫{}", c.medium + c.warning));
    }
    let look = if c.critical > 0 { Look::Bad } else { Look::Plain };
    Cell::looks(if words.is_empty() { NONE.to_owned() } else { words.join(" ") }, look)
}

fn phase(e: &Environment) -> Cell {
    let look = match e.phase {
        Phase::Active => Look::Good,
        Phase::Error | Phase::DestroyFailed => Look::Bad,
        Phase::Unavailable | Phase::ServiceUnavailable | Phase::Destroyed | Phase::Unknown => Look::Off,
        _ => Look::Busy,
    };
    let more = if e.provisional { "…" } else { "" };
    Cell::looks(format!("{}{more}", e.phase.word()), look)
}

fn status(status: Status, provisional: bool) -> Cell {
    let look = match status {
        Status::Healthy | Status::Running => Look::Good,
        Status::Degraded | Status::ReleaseFailed | Status::Missing => Look::Bad,
        Status::Stopped | Status::NotAvailable => Look::Off,
        Status::Stopping | Status::Progressing | Status::Starting => Look::Busy,
    };
    let more = if provisional { "…" } else { "" };
    Cell::looks(format!("{}{more}", status.word()), look)
}
