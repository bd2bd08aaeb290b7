//! Probes that fail: on a port that nobody serves, in a language that is not spoken there, before it can answer, or
//! since it is not well.

use serde_json::Value;

use super::{call, crash, event_of, onset_of, spread};
use crate::domain::Time;
use crate::domain::issue::{Category, Severity};
use crate::health::evidence::event::Event;
use crate::health::evidence::value::{Look as _, written};
use crate::health::finding::{Finding, Tier};
use crate::health::world::words::{self, Says};
use crate::health::world::{Owner, World, container, is_ready, statuses};

/// Seconds that a pod has from its start until a probe that fails is spoken of, beyond what the probe itself grants.
const GRACE: i64 = 15;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Probe {
    Liveness,
    Readiness,
    Startup,
}

impl Probe {
    fn word(self) -> &'static str {
        match self {
            Probe::Liveness => "liveness",
            Probe::Readiness => "readiness",
            Probe::Startup => "startup",
        }
    }

    fn detector(self) -> &'static str {
        match self {
            Probe::Liveness => "POD-08",
            Probe::Readiness => "POD-09",
            Probe::Startup => "POD-10",
        }
    }

    fn field(self) -> &'static str {
        match self {
            Probe::Liveness => "livenessProbe",
            Probe::Readiness => "readinessProbe",
            Probe::Startup => "startupProbe",
        }
    }
}

/// POD-08, POD-09, POD-10.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    for owner in world.owners.values() {
        let found = owner.alive().find_map(|pod| look(world, owner, pod));
        out.extend(found.map(|f| spread(world, owner, f)));
    }
}

fn look(world: &World<'_>, owner: &Owner<'_>, pod: &Value) -> Option<Finding> {
    let killed = event_of(world, pod, |e| e.reason == "Killing" && e.message.contains("probe"));
    let restarts = statuses(pod).filter_map(|s| s.int("restartCount")).max().unwrap_or(0);
    let says = |p: Probe| event_of(world, pod, move |e| is_of(e, p));
    for probe in [Probe::Startup, Probe::Liveness] {
        // Who was killed for it, and not long ago: a pod that has come to rest since is well.
        let lately = killed.and_then(|k| world.age(k.last)).is_some_and(|age| age < 15 * 60);
        if let Some(event) = says(probe)
            && (killed.is_some() && lately && restarts > 0 || !is_ready(pod) && event.count > 2)
        {
            return Some(judge(world, owner, pod, probe, event, killed));
        }
    }
    let running = statuses(pod).any(|s| !s.at("state/running").is_null()) && pod.text("status/phase") == "Running";
    if is_ready(pod) || !running {
        return None;
    }
    let crashed = statuses(pod).any(|s| {
        s.text("state/waiting/reason") == "CrashLoopBackOff"
            || s.at("lastState/terminated").is_object() && s.text("lastState/terminated/reason") != "Completed"
    });
    if crashed {
        return None;
    }
    let started = statuses(pod).filter_map(|s| s.time("state/running/startedAt")).max();
    let unready = pod.list("status/containerStatuses").iter().find(|s| !s.on("ready"))?.text("name");
    let spec = container(pod.at("spec"), unready)?.at("readinessProbe");
    let patience = GRACE
        + number(spec, "initialDelaySeconds", 0)
        + number(spec, "periodSeconds", 10) * number(spec, "failureThreshold", 3);
    if world.age(started).is_none_or(|age| age < patience) {
        return None;
    }
    match says(Probe::Readiness) {
        Some(event) => Some(judge(world, owner, pod, Probe::Readiness, event, None)),
        None if !spec.is_null() => {
            let title = format!("{}: not ready, its readiness probe fails", owner.id.name);
            Some(
                Finding::new("POD-09", &owner.id, title)
                    .because(format!("container {unready} runs and its readiness probe ({}) does not succeed; no event tells its answer", target(spec)))
                    .tier(Tier::Symptom)
                    .since(started),
            )
        }
        None => None,
    }
}

fn number(probe: &Value, field: &str, usual: i64) -> i64 {
    probe.int(field).unwrap_or(usual)
}

/// `GET /healthz on 8080`, `gRPC on 50051`.
fn target(probe: &Value) -> String {
    for (field, word) in [("httpGet", "HTTP GET"), ("tcpSocket", "TCP"), ("grpc", "gRPC")] {
        let at = probe.at(field);
        if !at.is_null() {
            let path = at.text("path");
            let path = if path.is_empty() { String::new() } else { format!(" {path}") };
            return format!("{word}{path} on port {}", written(at.at("port")));
        }
    }
    let command: Vec<&str> = probe.list("exec/command").iter().filter_map(Value::as_str).collect();
    words::short(&command.join(" "))
}

fn judge(
    world: &World<'_>,
    owner: &Owner<'_>,
    pod: &Value,
    probe: Probe,
    event: &Event,
    killed: Option<&Event>,
) -> Finding {
    let spec = pod.at("spec");
    let has = |c: &&Value| !c.at(probe.field()).is_null();
    let named = killed.and_then(|k| k.message.split_whitespace().nth(1));
    let c = named.and_then(|n| container(spec, n)).filter(has).or_else(|| spec.list("containers").iter().find(has));
    let empty = Value::Null;
    let (name, field) = c.map_or(("", &empty), |c| (c.text("name"), c.at(probe.field())));
    let word = probe.word();
    let answer = words::short(event.message.split_once(": ").map_or(event.message.as_str(), |(_, a)| a));
    let lower = answer.to_lowercase();
    let port = port(c, field);
    let ports: Vec<i64> =
        spec.list("containers").iter().flat_map(|c| c.list("ports")).filter_map(|p| p.int("containerPort")).collect();
    let others: Vec<i64> = spec
        .list("containers")
        .iter()
        .flat_map(|c| ["livenessProbe", "readinessProbe", "startupProbe"].map(|f| (c, f)))
        .filter(|(_, f)| *f != probe.field())
        .filter_map(|(c, f)| self::port(Some(c), c.at(f)))
        .collect();
    let no_way = ["refused", "timeout", "timed out", "deadline exceeded", "failed to connect", "no route"]
        .iter()
        .any(|w| lower.contains(w));
    let undeclared =
        port.is_some_and(|p| !ports.is_empty() && !ports.contains(&p)) && !port.is_some_and(|p| told(c, p));
    let kill = if killed.is_some() { ", and it is killed for that" } else { "" };
    let where_ = target(field);
    let mut finding = Finding::new(
        probe.detector(),
        &owner.id,
        match probe {
            Probe::Liveness => format!("{}: liveness probe kills {name}", owner.id.name),
            Probe::Readiness => format!("{}: readiness fails ×{}: {answer}", owner.id.name, event.count),
            Probe::Startup => format!("{}: startup probe fails ×{}", owner.id.name, event.count),
        },
    );
    let malformed = [
        "malformed http",
        "http/1.x transport connection broken",
        "http response to https",
        "eof",
        "connection reset",
        "first record does not look like a tls",
        "error reading server preface",
        "unexpected content-type",
        "broken pipe",
        "http2:",
        "frame too large",
    ];
    let elsewhere = listens(world, pod, name).into_iter().find(|_| no_way && lower.contains("refused"));
    let elsewhere = elsewhere.filter(|_| port.is_some_and(|p| !listens(world, pod, name).contains(&p)));
    finding = if let (Some(there), Some(p), false) = (elsewhere, port, undeclared) {
        finding
            .because(format!("the {word} probe asks port {p} ({where_}), where nobody listens: by its log container {name} listens on port {there}{kill}"))
            .tier(Tier::Computed)
            .category(Category::Configuration)
            .act(format!("ask port {there}, or let it listen on {p}"), patch(owner, name, probe, "port"))
    } else if no_way && undeclared {
        let declared = ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let p = port.unwrap_or_default();
        let near = if others.is_empty() {
            String::new()
        } else {
            format!("; its other probes ask port {}", others.first().copied().unwrap_or_default())
        };
        finding
            .because(format!("the {word} probe asks port {p} ({where_}), where nobody listens: container {name} declares port {declared}{near}{kill}"))
            .tier(Tier::Computed)
            .category(Category::Configuration)
            .act(format!("ask port {declared}"), patch(owner, name, probe, "port"))
    } else if malformed.iter().any(|w| lower.contains(w)) {
        finding
            .because(format!("the {word} probe speaks another protocol than what it asks: {where_} is answered with {answer}: the server on that port does not speak it (gRPC or TLS instead of plain HTTP, or the other way round){kill}"))
            .tier(Tier::Computed)
            .category(Category::Configuration)
            .advise("let the probe speak what the port serves: grpc, tcpSocket, or scheme HTTPS")
    } else if lower.contains("statuscode: 404") {
        finding
            .because(format!(
                "the {word} probe asks for a path that is not there: {where_} answers 404 (not found){kill}"
            ))
            .tier(Tier::Computed)
            .category(Category::Configuration)
            .advise("ask for a path that the server has")
    } else if lower.contains("statuscode: 401") || lower.contains("statuscode: 403") {
        finding.because(format!("the {word} probe is not let in: {where_} answers {answer}")).tier(Tier::Computed)
    } else if lower.contains("executable file not found")
        || lower.contains("exec failed") && lower.contains("no such file")
    {
        finding
            .because(format!("the {word} probe's command is not in the image: {where_}: {answer}"))
            .tier(Tier::Proved)
            .category(Category::Configuration)
    } else if let Some((theirs, own)) = c.and_then(|c| tongues(c, probe)).filter(|_| no_way) {
        finding
            .because(format!("the {word} probe speaks another protocol than what it asks: it speaks {own} ({where_}), and another probe of container {name} asks the same port by {theirs}: {answer}{kill}"))
            .tier(Tier::Computed)
            .category(Category::Configuration)
            .advise(format!("let the probe speak {theirs}, as the other one does"))
    } else if killed.is_some() && no_way {
        timing(pod, name, field, probe, &where_, &answer, finding)
    } else {
        let (lines, _) = crash::last(world, pod, name);
        let line = lines.iter().find(|l| !matches!(l.says, Says::Fatal | Says::Setting | Says::Permission));
        let base = finding.because(format!("the {word} probe fails: {where_} answers {answer}{kill}"));
        // That it has an error of its own says nothing of where that comes from.
        let base = base.tier(if lower.contains("statuscode: 5") { Tier::Symptom } else { Tier::Typed });
        match line {
            Some(line) => {
                let source = format!("log of pod {}, container {name}", pod.name());
                call::depends(world, owner, base, line, &format!("its {word} probe fails with {answer}"))
                    .cite(source, line.text.clone())
            }
            None => base,
        }
    };
    if owner.ready() == 0 && probe != Probe::Readiness {
        finding = finding.severity(Severity::High);
    }
    finding
        .key(name)
        .since(onset(world, pod, probe))
        .cite(
            format!("event of pod {}", pod.name()),
            format!("{} ×{}: {}", event.reason, event.count, words::short(&event.message)),
        )
        .cite(format!("{}, container {name}", owner.id.words()), format!("{} {where_}", probe.field()))
}

/// Since when a probe fails: of what was ready in between, since it is not any more.
fn onset(world: &World<'_>, pod: &Value, probe: Probe) -> Option<Time> {
    let began = onset_of(world, pod, |e| is_of(e, probe));
    let unready = pod.condition("Ready").filter(|c| c.text("status") == "False" && probe == Probe::Readiness);
    began.max(unready.and_then(|c| c.time("lastTransitionTime")))
}

/// Whether an event says that a probe fails.
fn is_of(e: &Event, probe: Probe) -> bool {
    e.reason == "Unhealthy" && e.message.to_lowercase().starts_with(&format!("{} probe ", probe.word()))
}

/// Another probe of the container asks the same port in another language: its, and this one's.
fn tongues(c: &Value, probe: Probe) -> Option<(&'static str, &'static str)> {
    const TONGUES: [(&str, &str); 2] = [("httpGet", "HTTP"), ("grpc", "gRPC")];
    let of = |field: &str| {
        let probe = c.at(field);
        let (_, tongue) = TONGUES.into_iter().find(|(handler, _)| !probe.at(handler).is_null())?;
        Some((tongue, port(Some(c), probe)?))
    };
    let (own, asks) = of(probe.field())?;
    let others = [Probe::Liveness, Probe::Readiness, Probe::Startup].into_iter().filter(|other| *other != probe);
    let theirs = others.filter_map(|other| of(other.field())).find(|(tongue, at)| *at == asks && *tongue != own)?.0;
    Some((theirs, own))
}

/// Killed before it could answer: what the probe grants against what it takes.
fn timing(
    pod: &Value,
    name: &str,
    field: &Value,
    probe: Probe,
    where_: &str,
    answer: &str,
    finding: Finding,
) -> Finding {
    let (delay, period, threshold, timeout) = (
        number(field, "initialDelaySeconds", 0),
        number(field, "periodSeconds", 10),
        number(field, "failureThreshold", 3),
        number(field, "timeoutSeconds", 1),
    );
    let grants = delay + period * threshold;
    let lived = statuses(pod).find(|s| s.text("name") == name).and_then(|s| {
        let t = s.at("lastState/terminated");
        Some(t.time("finishedAt")?.as_second() - t.time("startedAt")?.as_second())
    });
    let lived = lived.map(|s| format!("; it lived {s} s the last time")).unwrap_or_default();
    finding
        .because(format!(
            "the {} probe is too impatient: it kills {name} before it can answer on start-up ({where_}: {answer}). It grants {grants} s (initialDelaySeconds {delay} + periodSeconds {period} × failureThreshold {threshold}, timeoutSeconds {timeout}){lived}",
            probe.word()
        ))
        .tier(Tier::Computed)
        .category(Category::Configuration)
        .advise("give it more time: a startupProbe, or a longer initialDelaySeconds and a higher failureThreshold")
}

/// The ports on which a container says that it listens.
fn listens(world: &World<'_>, pod: &Value, name: &str) -> Vec<i64> {
    let logs = world.evidence.logs(pod.namespace(), pod.name());
    logs.filter(|l| l.container == name || l.container.is_empty()).flat_map(words::listens).collect()
}

fn patch(owner: &Owner<'_>, name: &str, probe: Probe, what: &str) -> String {
    format!(
        "kubectl -n {} edit {}   # containers[{name}].{}.{what}",
        owner.id.namespace,
        owner.id.argument(),
        probe.field()
    )
}

/// The port that a probe asks, by number.
fn port(container: Option<&Value>, probe: &Value) -> Option<i64> {
    let port = ["httpGet/port", "tcpSocket/port", "grpc/port"].iter().map(|p| probe.at(p)).find(|p| !p.is_null())?;
    port.as_i64().or_else(|| {
        let named = container?.list("ports").iter().find(|p| p.text("name") == port.as_str().unwrap_or_default())?;
        named.int("containerPort")
    })
}

/// Whether a container is told of a port by its settings.
fn told(container: Option<&Value>, port: i64) -> bool {
    let Some(c) = container else { return false };
    let port = port.to_string();
    let says = |w: &str| w.split(|c: char| !c.is_ascii_digit()).any(|n| n == port);
    c.list("env").iter().any(|e| says(e.text("value")))
        || c.list("args").iter().chain(c.list("command")).filter_map(Value::as_str).any(says)
}
