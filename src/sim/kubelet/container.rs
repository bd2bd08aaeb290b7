//! One container through its states: waiting, running, terminated, waiting again with back-off.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::behaviour::{Behaviour, Does, seconds};
use super::mounts;
use crate::sim::clock::plus;
use crate::sim::events::{EventDraft, Times};
use crate::sim::json::{Json, set, stamp};
use crate::sim::seed::{hash, pick};
use crate::sim::view::View;
use crate::sim::write::Writes;

/// Restart back-off in seconds: at once, then doubling from 10 s to 5 min (`MaxContainerBackOff`).
const BACK_OFF: [i64; 7] = [0, 10, 20, 40, 80, 160, 300];
/// A container that ran longer than this starts again without back-off.
const FORGIVEN_AFTER: i64 = 600;
/// Seconds between two syncs of a pod that waits: how often a BackOff event is counted.
const SYNC: i64 = 12;

/// Everything that decides a container's next state.
pub(super) struct Container<'a> {
    pub(super) view: &'a View,
    pub(super) pod: &'a Value,
    pub(super) spec: &'a Value,
    /// Its status so far; null before there is one.
    pub(super) old: &'a Value,
    pub(super) behaviour: Behaviour,
    /// When it may start: sandbox made, init containers before it done.
    pub(super) free_from: Timestamp,
    /// An init container that has to end.
    pub(super) init: bool,
}

impl Container<'_> {
    fn name(&self) -> &str {
        self.spec.text("name")
    }

    fn image(&self) -> &str {
        self.spec.text("image")
    }

    fn event(&self, w: &mut Writes, warning: bool, reason: &'static str, message: String, times: Times) {
        let list = if self.init { "initContainers" } else { "containers" };
        let field = format!("spec.{list}{{{}}}", self.name());
        let draft = EventDraft::of_kubelet(self.pod, Some(field), reason, message).times(times);
        w.event(if warning { draft.warning() } else { draft });
    }

    /// `web-7d9f_shop(uid)`, as the kubelet names a pod.
    fn pod_words(&self) -> String {
        format!("{}_{}({})", self.pod.name(), self.view.namespace, self.pod.uid())
    }

    fn status(&self, state: Value, last: Value, restarts: i64, ready: bool) -> Value {
        let started = state.has("running");
        let seen = started || restarts > 0 || state.has("terminated");
        let digest = |what: &str| {
            let h = |n: &str| hash(self.view.world.seed, &[what, n, self.image()]);
            format!("{:016x}{:016x}{:016x}{:016x}", h("a"), h("b"), h("c"), h("d"))
        };
        let mut status = json!({
            "name": self.name(),
            "image": self.image(),
            "imageID": if seen { format!("{}@sha256:{}", self.image().split(':').next().unwrap_or_default(), digest("image")) } else { String::new() },
            "lastState": last,
            "ready": ready,
            "restartCount": restarts,
            "started": started,
            "state": state,
        });
        if seen {
            set(&mut status, "containerID", self.id(restarts));
        }
        status
    }

    /// ID of the container's instance after so many restarts.
    fn id(&self, restarts: i64) -> String {
        let h = |n: &str| hash(self.view.world.seed, &[self.pod.uid(), self.name(), n, &restarts.to_string()]);
        format!("containerd://{:016x}{:016x}{:016x}{:016x}", h("a"), h("b"), h("c"), h("d"))
    }

    fn waiting(&self, reason: &str, message: &str) -> Value {
        let mut state = json!({"reason": reason});
        if !message.is_empty() {
            set(&mut state, "message", message);
        }
        self.status(json!({"waiting": state}), self.last(), self.old.int("restartCount"), false)
    }

    fn last(&self) -> Value {
        if self.old.has("lastState") { self.old.at("lastState").clone() } else { json!({}) }
    }

    /// The container's status at the view's moment; events and wake go into `w`.
    pub(super) fn step(&self, w: &mut Writes) -> Value {
        let state = self.old.at("state");
        if state.has("running") {
            return self.running(w, self.old.clone());
        }
        if state.has("terminated") {
            return self.terminated(w, state.at("terminated"));
        }
        if state.text("waiting.reason") == "CrashLoopBackOff" {
            return self.backing_off(w, state.at("waiting"));
        }
        self.first_start(w)
    }

    fn first_start(&self, w: &mut Writes) -> Value {
        let now = self.view.now;
        let creating = || self.waiting(if self.init { "PodInitializing" } else { "ContainerCreating" }, "");
        if now < self.free_from {
            w.wake(self.free_from);
            return creating();
        }
        if matches!(self.behaviour.does, Does::ImageMissing | Does::ImageDenied) {
            return self.image_failure(w);
        }
        if let Some(why) = mounts::environment_failure(self.view, self.spec) {
            w.wake(self.view.later(SYNC));
            let present = format!("Container image \"{}\" already present on machine", self.image());
            self.event(w, false, "Pulled", present, Times::Every(SYNC));
            self.event(w, true, "Failed", format!("Error: {why}"), Times::Every(SYNC));
            return self.waiting("CreateContainerConfigError", &why);
        }
        let present = self.image_is_present();
        let pulling = if present { 0 } else { self.view.world.takes(&[self.pod.uid(), self.image()], 1, 4) };
        if pulling > 0 {
            self.event(w, false, "Pulling", format!("Pulling image \"{}\"", self.image()), Times::InAll(1));
        }
        let start = plus(self.free_from, pulling);
        if now < start {
            w.wake(start);
            return creating();
        }
        let pulled = if present {
            format!("Container image \"{}\" already present on machine", self.image())
        } else {
            let ms = pulling.max(1) * 1000 - pick(self.view.world.seed, &[self.pod.uid(), "ms"], 1, 700);
            let size = pick(self.view.world.seed, &[self.image()], 9_000_000, 210_000_000);
            let (s, f) = (ms / 1000, ms % 1000);
            format!(
                "Successfully pulled image \"{}\" in {s}.{f:03}s ({s}.{f:03}s including waiting). Image size: {size} bytes.",
                self.image()
            )
        };
        self.start(w, pulled, 0)
    }

    /// Whether a container of that image has run on the pod's node before.
    fn image_is_present(&self) -> bool {
        let pulls_always = self.spec.text("imagePullPolicy") == "Always";
        let node = self.pod.text("spec.nodeName");
        !pulls_always
            && self.view.list("Pod").any(|p| {
                p.text("spec.nodeName") == node
                    && p.uid() != self.pod.uid()
                    && p.items("status.containerStatuses")
                        .iter()
                        .any(|c| c.text("image") == self.image() && !c.text("imageID").is_empty())
            })
    }

    fn start(&self, w: &mut Writes, pulled: String, restarts: i64) -> Value {
        let name = self.name();
        self.event(w, false, "Pulled", pulled, Times::OnceMore);
        self.event(w, false, "Created", format!("Created container: {name}"), Times::OnceMore);
        let now = stamp(self.view.now);
        let last = match self.old.at("state.terminated") {
            Value::Null => self.last(),
            ended => json!({"terminated": ended}),
        };
        self.event(w, false, "Started", format!("Started container {name}"), Times::OnceMore);
        let status = self.status(json!({"running": {"startedAt": now}}), last, restarts, false);
        self.running(w, status)
    }

    fn running(&self, w: &mut Writes, mut status: Value) -> Value {
        let now = self.view.now;
        let started = status.time("state.running.startedAt").unwrap_or(now);
        if let Some((at, reason, exit)) = self.end(started) {
            if now >= at {
                w.wake(self.view.later(1));
                return self.ended(&status, reason, exit, started, at.max(started));
            }
            w.wake(at);
        }
        let ready_at = self.ready_at(started);
        let failing = self.behaviour.does == Does::Unready && now >= ready_at;
        if failing {
            self.unready(w);
        } else if now < ready_at {
            w.wake(ready_at);
            // The first probe that fails is a period after the start.
            let first = plus(started, self.period());
            match self.behaviour.ready {
                Some(_) if now >= first => self.unready(w),
                Some(_) => w.wake(first),
                None => {}
            }
        }
        set(&mut status, "ready", !failing && now >= ready_at && !self.init);
        status
    }

    /// Seconds between two readiness probes.
    fn period(&self) -> i64 {
        self.spec.int_or("readinessProbe.periodSeconds", 10).max(1)
    }

    fn unready(&self, w: &mut Writes) {
        let period = self.period();
        // The real kubelet writes each probe; the count is the same when it is bumped by several at a time.
        w.wake(self.view.later(period.max(30)));
        let why = if self.spec.has("readinessProbe.exec") || self.spec.has("readinessProbe.tcpSocket") {
            let port = self.spec.int("readinessProbe.tcpSocket.port");
            let ip = self.pod.text("status.podIP");
            format!("Readiness probe failed: dial tcp {ip}:{port}: connect: connection refused")
        } else {
            format!("Readiness probe failed: HTTP probe failed with statuscode: {}", self.behaviour.http)
        };
        self.event(w, true, "Unhealthy", why, Times::Every(period));
    }

    fn ready_at(&self, started: Timestamp) -> Timestamp {
        let probe = self.spec.at("readinessProbe");
        let delay = match (self.behaviour.ready, probe) {
            (Some(s), _) => s,
            (None, Value::Null) => 0,
            (None, p) => p.int("initialDelaySeconds") + self.view.world.takes(&[self.pod.uid(), "ready"], 1, 4),
        };
        plus(started, delay)
    }

    /// When and how this run ends by itself.
    fn end(&self, started: Timestamp) -> Option<(Timestamp, &'static str, i64)> {
        let b = &self.behaviour;
        let at = |default: i64| plus(started, b.after.unwrap_or(default));
        let runs_to_end = self.init || self.pod.text("spec.restartPolicy") != "Always";
        let some_time = || self.view.world.takes(&[self.pod.uid(), self.name(), "end"], 6, 20);
        match b.does {
            Does::Exit => Some((at(some_time()), if b.exit == 0 { "Completed" } else { "Error" }, b.exit)),
            Does::Oom => Some((at(20), "OOMKilled", 137)),
            Does::Serve if self.init => Some((at(2), "Completed", 0)),
            // Only what a Job controls ends by itself; a bare pod with restartPolicy Never serves on.
            Does::Serve if runs_to_end && self.pod.controller().is_some_and(|o| o.text("kind") == "Job") => {
                Some((at(some_time()), "Completed", 0))
            }
            _ => None,
        }
    }

    fn ended(&self, status: &Value, reason: &str, exit: i64, from: Timestamp, to: Timestamp) -> Value {
        let restarts = status.int("restartCount");
        let ended = json!({
            "containerID": self.id(restarts), "exitCode": exit, "reason": reason,
            "startedAt": stamp(from), "finishedAt": stamp(to),
        });
        self.status(json!({"terminated": ended}), status.at("lastState").clone(), restarts, false)
    }

    fn terminated(&self, w: &mut Writes, ended: &Value) -> Value {
        let policy = if self.init && self.pod.text("spec.restartPolicy") == "Always" {
            "OnFailure"
        } else {
            self.pod.text("spec.restartPolicy")
        };
        let restarts = match policy {
            "Never" => false,
            "OnFailure" => ended.int("exitCode") != 0,
            _ => true,
        };
        if !restarts {
            return self.old.clone();
        }
        let finished = ended.time("finishedAt").unwrap_or(self.view.now);
        // How long it was held back before this run tells how long it is held back next.
        let held = self.old.time("lastState.terminated.finishedAt").and_then(|before| {
            let started = ended.time("startedAt").filter(|t| t.as_second() > 0).unwrap_or(finished);
            Some(started.as_second() - before.as_second())
                .filter(|_| finished.as_second() - started.as_second() < FORGIVEN_AFTER)
        });
        let delay = next_back_off(held);
        if delay == 0 {
            return self.restart(w);
        }
        let message = format!(
            "back-off {} restarting failed container={} pod={}",
            go_duration(delay),
            self.name(),
            self.pod_words()
        );
        w.wake(plus(finished, delay));
        self.count_back_off(w);
        self.status(
            json!({"waiting": {"reason": "CrashLoopBackOff", "message": message}}),
            json!({"terminated": ended}),
            self.old.int("restartCount"),
            false,
        )
    }

    fn count_back_off(&self, w: &mut Writes) {
        let message = format!("Back-off restarting failed container {} in pod {}", self.name(), self.pod_words());
        self.event(w, true, "BackOff", message, Times::Every(SYNC));
    }

    fn backing_off(&self, w: &mut Writes, waiting: &Value) -> Value {
        let finished = self.old.time("lastState.terminated.finishedAt").unwrap_or(self.view.now);
        let delay = waiting.text("message").split(' ').nth(1).and_then(seconds).unwrap_or(10);
        let due = plus(finished, delay);
        if self.view.now >= due {
            return self.restart(w);
        }
        w.wake(due.min(self.view.later(60)));
        self.count_back_off(w);
        self.old.clone()
    }

    fn restart(&self, w: &mut Writes) -> Value {
        let present = format!("Container image \"{}\" already present on machine", self.image());
        self.start(w, present, self.old.int("restartCount") + 1)
    }

    fn image_failure(&self, w: &mut Writes) -> Value {
        let image = self.image();
        let full = if image.split('/').next().is_some_and(|h| h.contains('.')) {
            image.to_owned()
        } else {
            format!("docker.io/{image}")
        };
        let cause = if self.behaviour.does == Does::ImageDenied {
            let repository = image.split(':').next().unwrap_or(image);
            format!(
                "failed to pull and unpack image \"{full}\": failed to resolve reference \"{full}\": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed ({repository})"
            )
        } else {
            format!(
                "rpc error: code = NotFound desc = failed to pull and unpack image \"{full}\": failed to resolve reference \"{full}\": {full}: not found"
            )
        };
        // Attempts at 0, 10, 30, 70, 150, 310 s, then every 300 s.
        let since = self.view.now.as_second() - self.free_from.as_second();
        let (mut attempt, mut at, mut wait) = (1, 0, 10);
        while at + wait <= since {
            attempt += 1;
            at += wait;
            wait = (wait * 2).min(300);
        }
        self.event(w, false, "Pulling", format!("Pulling image \"{image}\""), Times::InAll(attempt));
        self.event(w, true, "Failed", format!("Failed to pull image \"{image}\": {cause}"), Times::InAll(attempt));
        self.event(w, true, "Failed", "Error: ErrImagePull".into(), Times::InAll(attempt));
        if since < at + 2 {
            w.wake(plus(self.free_from, at + 2));
            return self.waiting("ErrImagePull", &cause);
        }
        w.wake(plus(self.free_from, at + wait).min(self.view.later(60)));
        self.event(w, false, "BackOff", format!("Back-off pulling image \"{image}\""), Times::Every(SYNC));
        self.event(w, true, "Failed", "Error: ImagePullBackOff".into(), Times::Every(SYNC));
        self.waiting("ImagePullBackOff", &format!("Back-off pulling image \"{image}\": ErrImagePull: {cause}"))
    }
}

/// The back-off after one of `held` seconds; `None`: it was not held back, or has run long enough to be forgiven.
fn next_back_off(held: Option<i64>) -> i64 {
    let Some(held) = held else { return 0 };
    let most = BACK_OFF.last().copied().unwrap_or(300);
    BACK_OFF.iter().copied().find(|step| *step > 0 && *step * 2 > held * 3).unwrap_or(most)
}

/// `80` as Go prints a duration: `1m20s`.
fn go_duration(s: i64) -> String {
    if s < 60 { format!("{s}s") } else { format!("{}m{}s", s / 60, s % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_is_nothing_then_ten_seconds_doubling_to_five_minutes() {
        let mut held = None;
        let mut steps = vec![];
        for _ in 0..9 {
            let next = next_back_off(held);
            steps.push(next);
            held = Some(next + 1);
        }
        assert_eq!(steps, [0, 10, 20, 40, 80, 160, 300, 300, 300]);
    }

    #[test]
    fn durations_are_written_and_read_as_go_does() {
        for s in BACK_OFF {
            assert_eq!(seconds(&go_duration(s)), Some(s));
        }
        assert_eq!(go_duration(300), "5m0s");
    }
}
