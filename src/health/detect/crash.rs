//! Containers that end and are started again: out of memory, a command that is not there, their own last words.

use serde_json::Value;

use super::{call, event_of, onset_of, spread};
use crate::domain::issue::Severity;
use crate::health::evidence::event::Event;
use crate::health::evidence::value::Look as _;
use crate::health::finding::{Finding, Tier};
use crate::health::world::words::{self, Line, Says};
use crate::health::world::{Owner, World, container, statuses};

const START: &[&str] = &["RunContainerError", "CreateContainerError", "StartError", "ContainerCannotRun"];

/// Seconds for which a container that ended and runs again is spoken of.
const LATELY: i64 = 15 * 60;

/// POD-01, POD-02, POD-06, POD-07, POD-12, POD-20.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    for owner in world.owners.values().filter(|o| o.id.kind != "CronJob") {
        let mut seen: Vec<&str> = Vec::new();
        for pod in owner.pods.iter().copied().filter(|p| p.at("metadata/deletionTimestamp").is_null()) {
            for status in statuses(pod) {
                if !seen.contains(&status.text("name"))
                    && let Some(found) = look(world, owner, pod, status)
                {
                    seen.push(status.text("name"));
                    out.push(spread(world, owner, found));
                }
            }
        }
    }
}

/// How a container ended last, if it did not end well.
fn ended(status: &Value) -> Option<&Value> {
    let now = status.at("state/terminated");
    let last = status.at("lastState/terminated");
    let bad = |t: &&Value| !t.is_null() && (t.int("exitCode") != Some(0) || t.text("reason") == "OOMKilled");
    Some(now).filter(bad).or(Some(last).filter(bad))
}

fn look(world: &World<'_>, owner: &Owner<'_>, pod: &Value, status: &Value) -> Option<Finding> {
    let (name, waiting) = (status.text("name"), status.text("state/waiting/reason"));
    let restarts = status.int("restartCount").unwrap_or(0);
    if START.contains(&waiting) || ended(status).is_some_and(|t| START.contains(&t.text("reason"))) {
        return Some(start(world, owner, pod, status));
    }
    let loops = waiting == "CrashLoopBackOff";
    let is_job = matches!(owner.id.kind.as_str(), "Job");
    let is_init = pod.list("status/initContainerStatuses").iter().any(|s| s.text("name") == name);
    let end = ended(status);
    let at = end.and_then(|t| t.time("finishedAt"));
    let lately = world.age(at).is_some_and(|age| age < LATELY);
    let dead = !status.at("state/terminated").is_null();
    let failed = pod.text("status/phase") == "Failed";
    // A pod of a Job that failed and was made again is the Job's.
    if !(loops || end.is_some() && (lately && restarts > 0 || dead && !is_job)) {
        return None;
    }
    // The probe's, where it was killed for that.
    if event_of(world, pod, |e| e.reason == "Killing" && e.message.contains("probe")).is_some() {
        return None;
    }
    let ready = status.on("ready");
    let oom = end.is_some_and(|t| t.text("reason") == "OOMKilled")
        || event_of(world, pod, |e| matches!(e.reason.as_str(), "OOMKilling")).is_some();
    let code = end.and_then(|t| t.int("exitCode"));
    let mut found = if oom {
        memory(world, owner, pod, status)
    } else {
        let detector = match () {
            () if is_init => "POD-12",
            () if loops || dead || failed => "POD-01",
            () => "POD-07",
        };
        died(world, owner, pod, status, detector)
    };
    if ready && !loops {
        found = found.severity(Severity::Warning);
    } else if owner.ready() == 0 && found.severity == Severity::High && !is_init {
        found = found.severity(Severity::Critical);
    }
    let said = match (code, end.map(|t| t.text("reason"))) {
        (Some(code), Some(reason)) => format!("exit code {code} ({reason}), restarted {restarts} times"),
        _ => format!("{waiting}, restarted {restarts} times"),
    };
    Some(found.key(name).since(onset(world, pod, at)).cite(format!("pod {}, container {name}", pod.name()), said))
}

/// When it began: the first event that says that it does not start, else its last end.
fn onset(world: &World<'_>, pod: &Value, at: Option<crate::domain::Time>) -> Option<crate::domain::Time> {
    onset_of(world, pod, |e| e.reason == "BackOff").min(at).or(at)
}

fn memory(world: &World<'_>, owner: &Owner<'_>, pod: &Value, status: &Value) -> Finding {
    let name = status.text("name");
    let limit = container(pod.at("spec"), name).map_or("", |c| c.text("resources/limits/memory"));
    let limit = if limit.is_empty() { limits(pod) } else { limit.to_owned() };
    let cause = match limit.as_str() {
        "none" => format!(
            "container {name} was OOM-killed (out of memory) without a limit of its own: the node had none left"
        ),
        limit => format!("container {name} needs more memory than its limit of {limit}: OOM-killed (out of memory)"),
    };
    // What its template does not say somebody has put in as it was made.
    let of =
        |spec: &Value| container(spec, name).map(|c| c.text("resources/limits/memory").to_owned()).unwrap_or_default();
    let (asked, has) = (world.spec(owner).map(of).unwrap_or_default(), of(pod.at("spec")));
    let range = || {
        let mut all = world.evidence.within("LimitRange", &owner.id.namespace);
        let gives = |l: &Value| l.list("spec/limits").iter().any(|i| i.text("default/memory") == has);
        all.find(|l| gives(l)).map(|l| format!("LimitRange {} puts it in", l.name()))
    };
    let by = (asked != has && owner.object.is_some()).then(|| {
        let asks = if asked.is_empty() { "none" } else { asked.as_str() };
        format!(
            "; its template asks for {asks}: {}",
            range().unwrap_or_else(|| "a webhook or a resize has changed it".to_owned())
        )
    });
    Finding::new("POD-02", &owner.id, format!("{}/{name} OOM-killed at {limit}", owner.id.name))
        .because(format!("{cause}{}", by.unwrap_or_default()))
        .tier(Tier::Typed)
        .cite(format!("pod {}, container {name}", pod.name()), format!("limits.memory {limit}"))
        .act(
            "give it more memory",
            format!(
                "kubectl -n {} set resources {} -c {name} --limits=memory=…",
                owner.id.namespace,
                owner.id.argument()
            ),
        )
        .advise("or make it need less: what grows with its uptime is a leak")
}

fn start(world: &World<'_>, owner: &Owner<'_>, pod: &Value, status: &Value) -> Finding {
    let name = status.text("name");
    let end = ended(status).map_or("", |t| t.text("message"));
    let fails = |e: &&Event| e.reason == "Failed" && e.warning && !e.message.contains("pull");
    let event = event_of(world, pod, fails);
    let told = [status.text("state/waiting/message"), end, event.map_or("", |e| e.message.as_str())];
    let message = told.into_iter().filter(|m| !m.starts_with("back-off")).find(|m| !m.is_empty()).unwrap_or_default();
    let lower = message.to_lowercase();
    let spec = container(pod.at("spec"), name);
    let command: Vec<&str> = spec
        .map(|c| c.list("command").iter().chain(c.list("args")).filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let command = words::short(&command.join(" "));
    let mounted = message.split("to rootfs at \"").nth(1).and_then(|m| m.split('"').next());
    let why = if let Some(at) = mounted.filter(|_| lower.contains("not a directory")) {
        format!(
            "a directory is mounted onto a file, or the other way round: {at} (a single file of a volume is mounted with subPath)"
        )
    } else if lower.contains("executable file not found") {
        format!("the command `{command}` can't be executed: executable not found in $PATH of the image")
    } else if lower.contains("permission denied") {
        format!("the command `{command}` may not be executed: permission denied")
    } else if lower.contains("exec format error") {
        format!("`{command}` was built for another platform: exec format error")
    } else if lower.contains("no such file or directory") {
        format!("the command `{command}` names a file that is not there: not found")
    } else {
        format!("it can't be started: {}", words::short(message))
    };
    Finding::new("POD-06", &owner.id, format!("{}/{name} cannot start", owner.id.name))
        .because(format!("container {name} cannot start: {why}"))
        .tier(Tier::Proved)
        .key(name)
        .since(onset_of(world, pod, fails).or(pod.time("metadata/creationTimestamp")))
        .cite(format!("pod {}, container {name}", pod.name()), words::short(message))
        .act("put its command right", format!("kubectl -n {} edit {}", owner.id.namespace, owner.id.argument()))
}

/// What a container's logs say of its end: the most telling line, and its last words.
pub(super) fn last(world: &World<'_>, pod: &Value, name: &str) -> (Vec<Line>, Option<String>) {
    let mut logs: Vec<_> = world
        .evidence
        .logs(pod.namespace(), pod.name())
        .filter(|l| l.container == name || l.container.is_empty())
        .collect();
    logs.sort_by_key(|l| !l.previous);
    let lines = logs.iter().map(|l| words::read(l)).find(|l| !l.is_empty()).unwrap_or_default();
    (lines, logs.iter().find_map(|l| words::last_words(l)))
}

fn died(world: &World<'_>, owner: &Owner<'_>, pod: &Value, status: &Value, detector: &'static str) -> Finding {
    let name = status.text("name");
    let end = ended(status);
    let code = end.and_then(|t| t.int("exitCode"));
    let restarts = status.int("restartCount").unwrap_or(0);
    let (lines, last) = last(world, pod, name);
    let exit = code.map_or_else(|| "it ends at once".to_owned(), |c| format!("exit code {c}{}", meaning(c)));
    let title = format!("{}: container {name} crash-loops ({restarts} restarts, {exit})", owner.id.name);
    let source = format!("log of pod {}, container {name}", pod.name());
    let finding = Finding::new(detector, &owner.id, title);
    let finding = match lines.first() {
        Some(line) => says(world, owner, finding, line, &exit, name).cite(source, line.text.clone()),
        None if last.is_none()
            && let Some((other, port)) = clash(world.spec(owner), name, None) =>
        {
            finding
                .because(format!("container {name} ends by itself ({exit}) and says nothing; containers {name} and {other} of one pod of {} want the same port {port} (port conflict): whoever comes second finds the address already in use", owner.id.words()))
                .tier(Tier::Typed)
                .category(crate::domain::issue::Category::Configuration)
                .cite(owner.id.words(), format!("containers {name} and {other}: containerPort {port}"))
                .advise(format!("give one of them another port than {port}"))
        }
        None => {
            let words = last.as_deref().map(|l| format!("; its last words: {l}")).unwrap_or_default();
            let told = end.map_or("", |t| t.text("message"));
            let told = if told.is_empty() { String::new() } else { format!("; it says: {}", words::short(told)) };
            let finding = finding
                .because(format!("container {name} ends by itself: {exit}{told}{words}"))
                .tier(if last.is_some() { Tier::Logged } else { Tier::Symptom });
            match last {
                Some(last) => finding.cite(source, last),
                None => finding,
            }
        }
    };
    finding.act(
        "read what it said last",
        format!("kubectl -n {} logs {} -c {name} --previous --tail=200", owner.id.namespace, pod.name()),
    )
}

/// The cause that a line of a log tells.
pub(super) fn says(
    world: &World<'_>,
    owner: &Owner<'_>,
    finding: Finding,
    line: &Line,
    exit: &str,
    name: &str,
) -> Finding {
    match line.says {
        Says::Refused | Says::NoHost | Says::Timeout | Says::TooMany | Says::ReadOnly | Says::Denied => {
            call::depends(world, owner, finding, line, exit)
        }
        Says::Permission => {
            let spec = world.spec(owner);
            let mounts = spec.and_then(|s| container(s, name)).map(|c| {
                c.list("volumeMounts")
                    .iter()
                    .map(|m| format!("{} at {}", m.text("name"), m.text("mountPath")))
                    .filter(|m| !m.contains("serviceaccount"))
                    .collect::<Vec<_>>()
            });
            let mounts = mounts
                .filter(|m| !m.is_empty())
                .map(|m| {
                    format!(
                        " (volumes {}; user {}, fsGroup {})",
                        m.join(", "),
                        user(spec, name, "runAsUser"),
                        user(spec, name, "fsGroup")
                    )
                })
                .unwrap_or_default();
            finding
                .because(format!(
                    "container {name} ends, {exit}: permission denied on a file or volume it mounts{mounts}: {}",
                    line.text
                ))
                .tier(Tier::Logged)
                .category(crate::domain::issue::Category::Storage)
                .advise("let its user own the volume: securityContext.fsGroup, or the volume's own rights")
        }
        Says::InUse => in_use(world, owner, finding, line, name),
        Says::Full => full(world, owner, finding, line, name),
        says => finding
            .because(format!("container {name} ends, {exit}: {}: {}", says.words(), line.text))
            .tier(Tier::Logged),
    }
}

/// STO-04 by its log: the volume whose path a line names is full.
fn full(world: &World<'_>, owner: &Owner<'_>, finding: Finding, line: &Line, name: &str) -> Finding {
    let spec = owner.pods.first().map(|p| p.at("spec")).or(world.spec(owner));
    let mounts = spec.and_then(|s| container(s, name)).map(|c| c.list("volumeMounts")).unwrap_or_default();
    let is = |m: &&Value| !m.text("mountPath").is_empty() && line.text.contains(m.text("mountPath"));
    let volume = mounts
        .iter()
        .filter(is)
        .max_by_key(|m| m.text("mountPath").len())
        .map(|m| (m.text("name"), m.text("mountPath")));
    let claim = volume.and_then(|(v, at)| {
        let v = spec?.list("volumes").iter().find(|x| x.text("name") == v)?;
        Some((v.text("persistentVolumeClaim/claimName"), at)).filter(|(c, _)| !c.is_empty())
    });
    let said = format!("container {name} ends: {}: {}", line.says.words(), line.text);
    let Some((claim, at)) = claim else { return finding.because(said).tier(Tier::Logged) };
    Finding { detector: "STO-04", ..finding }
        .because(format!("the volume of claim {claim}, mounted at {at}, is full: {said}"))
        .tier(Tier::Logged)
        .category(crate::domain::issue::Category::Storage)
        .advise(format!("let claim {claim} be larger, or make room at {at}"))
}

fn user(spec: Option<&Value>, name: &str, field: &str) -> String {
    let own = spec.and_then(|s| container(s, name)).and_then(|c| c.at("securityContext").int(field));
    own.or(spec.and_then(|s| s.at("securityContext").int(field))).map_or("not set".to_owned(), |n| n.to_string())
}

/// Another container of the pod that declares a port of this one, or the one that is spoken of, and which.
fn clash<'s>(spec: Option<&'s Value>, name: &str, said: Option<i64>) -> Option<(&'s str, i64)> {
    let ports = |c: &Value| {
        let of = |p: &Value| Some((p.int("containerPort")?, p.text("protocol") == "UDP"));
        c.list("ports").iter().filter_map(of).collect::<Vec<_>>()
    };
    let own = container(spec?, name).map(ports).unwrap_or_default();
    let others = spec?.list("containers").iter().filter(|c| c.text("name") != name);
    let both = |p: &(i64, bool)| own.contains(p) || said == Some(p.0);
    others.into_iter().find_map(|c| Some((c.text("name"), ports(c).into_iter().find(both)?.0)))
}

/// Two containers of a pod that want one port.
fn in_use(world: &World<'_>, owner: &Owner<'_>, finding: Finding, line: &Line, name: &str) -> Finding {
    match clash(world.spec(owner), name, line.port) {
        Some((other, port)) => finding
            .because(format!("containers {name} and {other} of one pod of {} want the same port {port}: address already in use (port conflict): {}", owner.id.words(), line.text))
            .tier(Tier::Computed)
            .category(crate::domain::issue::Category::Configuration)
            .advise(format!("give one of them another port than port {port}")),
        None => {
            let port = line.port.map_or_else(|| "its port".to_owned(), |p| format!("port {p}"));
            finding
                .because(format!("container {name} can't listen on {port}: address already in use: another process of its pod has it: {}", line.text))
                .tier(Tier::Logged)
        }
    }
}

/// What an exit code means.
pub(super) fn meaning(code: i64) -> &'static str {
    match code {
        0 => ", it ended by itself",
        6 => ", a host could not be resolved",
        7 => ", a connection was refused",
        28 => ", timed out",
        126 => ", the command is not executable",
        127 => ", the command was not found",
        134 => ", it aborted",
        137 => ", killed (SIGKILL)",
        139 => ", segmentation fault",
        143 => ", ended by SIGTERM",
        _ => "",
    }
}

/// Memory limits of a pod's containers, in words.
pub(super) fn limits(pod: &Value) -> String {
    let all: Vec<&str> = pod
        .list("spec/containers")
        .iter()
        .map(|c| c.text("resources/limits/memory"))
        .filter(|l| !l.is_empty())
        .collect();
    if all.is_empty() { "none".to_owned() } else { all.join(" + ") }
}
