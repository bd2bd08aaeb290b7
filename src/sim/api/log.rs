//! `pods/log`: what a container wrote. Options and failures after `kubernetes/pkg/registry/core/pod/rest/log.go`
//! and `pkg/kubelet/kubelet_pods.go`.

use std::convert::Infallible;

use bytes::Bytes;
use futures::stream;
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Call, Response, Status, respond};
use crate::sim::json::Json;
use crate::sim::kubelet::behaviour;
use crate::sim::kubelet::logs::{self, Instance};
use crate::sim::resource::Resource;
use crate::sim::store::SharedStore;

/// How often a followed log is looked at.
const LOOK: SignedDuration = SignedDuration::from_secs(1);

/// What is asked for.
struct Asked {
    namespace: String,
    pod: String,
    container: String,
    previous: bool,
    timestamps: bool,
    since: Option<Timestamp>,
    /// Bytes that may still be sent.
    bytes: usize,
}

/// Lines of one container, and the run that they are of.
type Lines = (Vec<(Timestamp, String)>, Instance);

/// Answers `GET …/pods/NAME/log`.
pub(super) fn log(call: Call<'_>) -> Result<Response, Status> {
    let Call { store, request, target, .. } = call;
    let number = |key: &str| request.number(key);
    let since = match request.query("sinceTime") {
        "" => number("sinceSeconds")?.map(|s| crate::sim::clock::plus(request.now, -s)),
        time => Some(time.parse().map_err(|_| Status::bad_request(&format!("invalid sinceTime {time:?}")))?),
    };
    let mut asked = Asked {
        namespace: target.namespace().to_owned(),
        pod: target.name().to_owned(),
        container: request.query("container").to_owned(),
        previous: request.flag("previous"),
        timestamps: request.flag("timestamps"),
        since,
        bytes: number("limitBytes")?.and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX),
    };
    let (mut lines, run) = read(store, &asked, request.now)?;
    lines.retain(|(at, _)| asked.since.is_none_or(|s| *at >= s));
    if let Some(tail) = number("tailLines")?.and_then(|n| usize::try_from(n).ok()) {
        lines.drain(..lines.len().saturating_sub(tail));
    }
    let first = written(&mut asked, &lines);
    if !request.flag("follow") {
        return Ok(respond::build(200, "text/plain", Full::new(first).map_err(never).boxed_unsync()));
    }
    asked.since = Some(after(request.now));
    let state = (store.clone(), asked, run, Some(first));
    let frames = stream::unfold(state, |(store, mut asked, run, first)| async move {
        if let Some(first) = first {
            return Some((Ok(Frame::data(first)), (store, asked, run, None)));
        }
        loop {
            let clock = store.clock().clone();
            clock.sleep(LOOK).await;
            let now = clock.now();
            // The run has ended, or its pod is gone: so does the log.
            let (mut lines, newest) = read(&store, &asked, now).ok()?;
            let is_over = newest.from != run.from;
            lines.retain(|(at, _)| asked.since.is_none_or(|s| *at >= s));
            asked.since = Some(after(now));
            let ended = is_over || newest.end.is_some();
            if is_over || (lines.is_empty() && ended) {
                return None;
            }
            let out = written(&mut asked, &lines);
            if !out.is_empty() {
                return Some((Ok(Frame::data(out)), (store, asked, run, None)));
            }
        }
    });
    Ok(respond::build(200, "text/plain", StreamBody::new(frames).boxed_unsync()))
}

/// The moment after `time`: what was written by then has been sent.
fn after(time: Timestamp) -> Timestamp {
    time.saturating_add(SignedDuration::from_nanos(1)).unwrap_or(time)
}

fn never(never: Infallible) -> tower::BoxError {
    match never {}
}

/// Lines as they are sent.
fn written(asked: &mut Asked, lines: &[(Timestamp, String)]) -> Bytes {
    let mut out = String::new();
    for (at, line) in lines {
        if asked.timestamps {
            out.push_str(&at.strftime("%Y-%m-%dT%H:%M:%S.%9fZ ").to_string());
        }
        out.push_str(line);
        out.push('\n');
    }
    let mut out = out.into_bytes();
    out.truncate(asked.bytes);
    asked.bytes -= out.len();
    out.into()
}

fn read(store: &SharedStore, asked: &Asked, now: Timestamp) -> Result<Lines, Status> {
    let Some(resource) = Resource::of("v1", "Pod") else { return Err(Status::no_such_resource()) };
    let (pod, world) = store.with(|s| (s.get(resource, &asked.namespace, &asked.pod), s.world().clone()));
    let pod = pod.ok_or_else(|| Status::not_found(resource, &asked.pod))?.value();
    let spec = container(&pod, asked)?;
    let name = spec.text("name");
    let statuses = ["containerStatuses", "initContainerStatuses"].into_iter();
    let status = statuses.flat_map(|l| pod.at("status").items(l)).find(|c| c.text("name") == name);
    let status = status.unwrap_or(&Value::Null);
    let Some(run) = Instance::of(status, asked.previous) else {
        return Err(Status::bad_request(&nothing_to_show(&pod, name, status, asked.previous)));
    };
    let behaviour = behaviour::of(&world, &pod, spec);
    Ok((logs::lines(spec, &pod, &behaviour, run, now), run))
}

/// The container that is asked for; of a pod with one only, that one.
fn container<'a>(pod: &'a Value, asked: &Asked) -> Result<&'a Value, Status> {
    let (main, inits) = (pod.items("spec.containers"), pod.items("spec.initContainers"));
    let names = |all: &[Value]| all.iter().map(|c| c.text("name")).collect::<Vec<_>>().join(" ");
    if let ("", [only]) = (asked.container.as_str(), main) {
        return Ok(only);
    }
    if asked.container.is_empty() {
        let also = match inits {
            [] => String::new(),
            _ => format!(" or one of the init containers: [{}]", names(inits)),
        };
        return Err(Status::bad_request(&format!(
            "a container name must be specified for pod {}, choose one of: [{}]{also}",
            pod.name(),
            names(main)
        )));
    }
    main.iter().chain(inits).find(|c| c.text("name") == asked.container).ok_or_else(|| {
        Status::bad_request(&format!("container {} is not valid for pod {}", asked.container, pod.name()))
    })
}

/// Why a container has written nothing yet.
fn nothing_to_show(pod: &Value, container: &str, status: &Value, previous: bool) -> String {
    let name = pod.name();
    if !pod.has("spec.nodeName") {
        return format!("pod {name} does not have a host assigned");
    }
    if previous {
        return format!("previous terminated container \"{container}\" in pod \"{name}\" not found");
    }
    let why = match status.text("state.waiting.reason") {
        "ErrImagePull" | "ImagePullBackOff" => "trying and failing to pull image",
        "" => "ContainerCreating",
        reason => reason,
    };
    format!("container \"{container}\" in pod \"{name}\" is waiting to start: {why}")
}
