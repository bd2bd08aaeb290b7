//! What a container writes: lines that follow from its image, its behaviour and the time, as nothing is kept.
//!
//! A line has its second for ever: whoever reads twice reads the same. To add a program: a row in [`PROGRAMS`].

use jiff::Timestamp;
use serde_json::Value;

use super::behaviour::{Behaviour, Does};
use crate::sim::clock::plus;
use crate::sim::json::Json;
use crate::sim::seed::{hash, pick};

/// So many of the newest lines are kept, as if older ones had been rotated away.
const KEPT: i64 = 2000;

/// One run of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instance {
    /// When it started.
    pub(crate) from: Timestamp,
    /// When it ended, and its exit code.
    pub(crate) end: Option<(Timestamp, i64)>,
}

impl Instance {
    /// The run whose lines are shown: the newest, or the one before it. `None`: there was none.
    pub(crate) fn of(status: &Value, previous: bool) -> Option<Self> {
        let ended = |t: &Value| {
            let from = t.time("startedAt").filter(|t| t.as_second() > 0)?;
            Some(Self { from, end: Some((t.time("finishedAt")?, t.int("exitCode"))) })
        };
        let before = || ended(status.at("lastState.terminated"));
        match status.time("state.running.startedAt") {
            _ if previous => before(),
            Some(from) => Some(Self { from, end: None }),
            None => ended(status.at("state.terminated")).or_else(before),
        }
    }
}

/// What a known program writes.
struct Program {
    /// Part of the image's name.
    image: &'static str,
    /// Seconds between two lines, about.
    every: i64,
    start: &'static [&'static str],
    /// `{n}` is a number that changes.
    goes_on: &'static [&'static str],
}

const PROGRAMS: &[Program] = &[
    Program {
        image: "postgres",
        every: 150,
        start: &[
            "LOG:  starting PostgreSQL on x86_64-pc-linux-musl, 64-bit",
            "LOG:  listening on IPv4 address \"0.0.0.0\", port 5432",
            "LOG:  database system is ready to accept connections",
        ],
        goes_on: &[
            "LOG:  checkpoint starting: time",
            "LOG:  checkpoint complete: wrote {n} buffers (0.3%); 0 WAL file(s) added, 0 removed, 1 recycled",
        ],
    },
    Program {
        image: "redis",
        every: 300,
        start: &["1:M * Running mode=standalone, port=6379.", "1:M * Ready to accept connections tcp"],
        goes_on: &["1:M * {n} changes in 300 seconds. Saving...", "1:M * Background saving terminated with success"],
    },
    Program {
        image: "kafka",
        every: 60,
        start: &["INFO [KafkaServer id=0] started (kafka.server.KafkaServer)"],
        goes_on: &["INFO [GroupCoordinator 0]: Stabilized group orders generation {n} with 3 members"],
    },
    Program {
        image: "envoy",
        every: 3,
        start: &["[info][main] starting main dispatch loop", "[info][upstream] cm init: all clusters initialized"],
        goes_on: &["\"GET / HTTP/2\" 200 - 0 {n} 4 3 \"-\"", "\"POST /cart HTTP/2\" 201 - {n} 58 12 11 \"-\""],
    },
];

const ANY: Program = Program {
    image: "",
    every: 4,
    start: &["level=info msg=\"configuration read\"", "level=info msg=\"listening\" addr=:8080"],
    goes_on: &[
        "level=info msg=\"request\" method=GET path=/api/v1/items status=200 ms={n}",
        "level=info msg=\"request\" method=GET path=/healthz status=200 ms=1",
        "level=info msg=\"request\" method=POST path=/api/v1/orders status=201 ms={n}",
        "level=debug msg=\"cache\" hits={n} misses=3",
    ],
};

/// The lines of a run up to `now`, oldest first.
pub(crate) fn lines(
    container: &Value,
    pod: &Value,
    behaviour: &Behaviour,
    run: Instance,
    now: Timestamp,
) -> Vec<(Timestamp, String)> {
    let image = container.text("image");
    let program = PROGRAMS.iter().find(|p| image.contains(p.image)).unwrap_or(&ANY);
    let who = [pod.uid(), container.text("name")];
    let end = run.end.map_or(now, |(t, _)| t.min(now));
    let lived = end.as_second() - run.from.as_second();
    let mut all: Vec<_> = program.start.iter().map(|l| (run.from, (*l).to_owned())).collect();
    // The slot that has begun too: its line is there as soon as its time has come, or who follows would miss it.
    let slots = lived / program.every + 1;
    for slot in (slots - KEPT).max(0)..slots {
        let number = slot.to_string();
        let seed = hash(0, &[who[0], who[1], &number]);
        let at = plus(run.from, slot * program.every + 1 + i64::try_from(seed % 3).unwrap_or(0).min(program.every - 1));
        let line = usize::try_from(seed >> 8).ok().and_then(|n| program.goes_on.get(n % program.goes_on.len()));
        let n = pick(0, &[who[0], &number], 2, 180).to_string();
        all.extend(line.map(|l| (at, l.replace("{n}", &n))));
        if behaviour.does == Does::Unready && run.end.is_none() {
            let why = format!("level=warn msg=\"not ready\" status={}", behaviour.http);
            all.push((at, why));
        }
    }
    all.retain(|(at, _)| *at <= end);
    if let Some((at, exit)) = run.end.filter(|(t, _)| *t <= now) {
        all.extend(last_words(behaviour, exit).into_iter().map(|line| (at, line)));
    }
    let extra = all.len().saturating_sub(usize::try_from(KEPT).unwrap_or(0));
    all.drain(..extra);
    all
}

/// What a container says before it ends; what is killed says nothing.
fn last_words(behaviour: &Behaviour, exit: i64) -> Option<String> {
    match (behaviour.does, exit) {
        (_, 137) => None,
        (Does::Exit, code) if code == behaviour.exit && !behaviour.log.is_empty() => Some(behaviour.log.clone()),
        (_, 0) => Some("level=info msg=\"done\"".to_owned()),
        (_, 143) => Some("level=info msg=\"received SIGTERM, shutting down\"".to_owned()),
        (_, code) => Some(format!("level=fatal msg=\"exit\" code={code}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn of(behaviour: &str, run: Instance, now: i64) -> Vec<(Timestamp, String)> {
        let container = json!({"name": "web", "image": "acme/web:1"});
        let pod = json!({"metadata": {"name": "web-1", "uid": "u"}});
        lines(&container, &pod, &Behaviour::parse(behaviour).unwrap(), run, at(now))
    }

    #[test]
    fn a_line_is_the_same_whenever_it_is_read_and_later_ones_only_follow() {
        let run = Instance { from: at(0), end: None };
        let (early, late) = (of("serve", run, 60), of("serve", run, 90));
        assert!(early.len() > 10 && late.len() > early.len());
        assert_eq!(late[..early.len() - 1], early[..early.len() - 1]);
        assert!(late.iter().all(|(t, _)| *t <= at(90)));
        assert!(of("serve", run, 90 * 86_400).len() <= 2000, "older lines are rotated away");
    }

    #[test]
    fn what_crashes_says_why_last_and_what_is_killed_says_nothing() {
        let run = |exit| Instance { from: at(0), end: Some((at(5), exit)) };
        let last = |b: &str, exit| of(b, run(exit), 60).pop().unwrap().1;
        assert_eq!(last("crash exit=3 log='no such table'", 3), "no such table");
        assert!(!last("oom", 137).contains("exit"));
        assert!(last("complete", 0).contains("done"));
    }

    #[test]
    fn a_container_that_backs_off_shows_its_last_run() {
        let ended = json!({"startedAt": "2027-01-15T08:00:00Z", "finishedAt": "2027-01-15T08:00:03Z", "exitCode": 1});
        let waiting = json!({"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": ended}});
        assert_eq!(Instance::of(&waiting, false), Instance::of(&waiting, true));
        assert!(Instance::of(&waiting, false).is_some());
        assert_eq!(Instance::of(&json!({"state": {"waiting": {"reason": "ContainerCreating"}}}), false), None);
    }
}
