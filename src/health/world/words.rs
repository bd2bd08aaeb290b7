//! What a line of a log says: a host that refuses, a name that is unknown, a right that is missing.
//!
//! A table of signatures; the newest line that has one is what a container died of, as far as its log tells.

use std::sync::LazyLock;

use regex::Regex;

use crate::health::evidence::Log;

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Says {
    /// Nobody listens there, or it sends nobody on.
    Refused,
    /// The name is unknown.
    NoHost,
    /// No answer.
    Timeout,
    /// Who asks is not let in.
    Denied,
    /// The API server refuses a verb.
    Forbidden,
    /// It takes no writes.
    ReadOnly,
    /// It takes no more connections.
    TooMany,
    /// A file may not be read or written.
    Permission,
    /// Somebody listens there already.
    InUse,
    /// The disk is full.
    Full,
    /// A file is not there.
    NoFile,
    /// No memory is left.
    Memory,
    /// A certificate is not taken.
    Certificate,
    /// The program is for another kind of processor.
    Platform,
    /// A setting is missing or can't be read.
    Setting,
    /// It gave up, for a reason of its own.
    Fatal,
}

impl Says {
    /// Whether somebody is called.
    fn is_of_a_call(self) -> bool {
        matches!(self, Says::Refused | Says::NoHost | Says::Timeout | Says::Denied)
    }

    /// In a few words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Says::Refused => "connection refused",
            Says::NoHost => "no such host",
            Says::Timeout => "no answer in time",
            Says::Denied => "access denied: the credentials are not taken, or not enough",
            Says::Forbidden => "forbidden by RBAC",
            Says::ReadOnly => "read-only: it takes no writes",
            Says::TooMany => "too many connections",
            Says::Permission => "permission denied",
            Says::InUse => "address already in use",
            Says::Full => "no space left on device",
            Says::NoFile => "no such file",
            Says::Memory => "out of memory",
            Says::Certificate => "the certificate is not taken",
            Says::Platform => "built for another platform (architecture)",
            Says::Setting => "a setting is missing or wrong",
            Says::Fatal => "it gives up",
        }
    }
}

/// Signatures, the most telling first.
const SIGNATURES: &[(Says, &str)] = &[
    (
        Says::ReadOnly,
        r"(?i)--(super-)?read-only option|read-only (transaction|mode|replica|database)|can't write against a read only replica|readonly you can't write|database is read.?only|cannot execute \w+ in a read-only",
    ),
    (Says::TooMany, r"(?i)too many (connections|clients)|remaining connection slots|max number of clients reached"),
    (
        Says::Denied,
        r"(?i)access denied for user|password authentication failed|authentication failed|invalid (username|password|credentials)|noauth authentication required|wrongpass|login failed for user|role \S+ does not exist|access_refused|permission denied for (table|relation|schema|database|sequence|view|function)|command denied to user|not authorized on \w+ to execute",
    ),
    (
        Says::Forbidden,
        r"(?i)cannot (get|list|watch|create|update|patch|delete|deletecollection) resource|is forbidden: user",
    ),
    (
        Says::NoHost,
        r"(?i)no such host|unknown ?host|name or service not known|temporary failure in name resolution|could not resolve|getaddrinfo|enotfound|eai_again|name does not resolve|nxdomain|name resolution failed|failed to resolve|dns resolution failed|communications error to \S+#53|no servers could be reached",
    ),
    (
        Says::Refused,
        r"(?i)connection ?refused|econnrefused|actively refused|connect: refused|communications link failure|no (servers|endpoints|instances) available|no (healthy|live) upstream|no available (server|instance|endpoint)",
    ),
    (
        Says::InUse,
        r"(?i)address (already )?in use|eaddrinuse|errno 98\b|port( \d+)? (is|was) already (allocated|in use)|bind: address",
    ),
    (Says::Platform, r"(?i)exec format error"),
    (Says::Full, r"(?i)no space left on device|enospc|disk (is )?full"),
    (
        Says::Memory,
        r"(?i)outofmemoryerror|cannot allocate memory|java heap space|allocation failed - javascript heap|std::bad_alloc",
    ),
    (Says::Permission, r"(?i)permission denied|operation not permitted|eacces|eperm|read-only file system"),
    (
        Says::NoFile,
        r"(?i)no such file or directory|enoent|file not found|filenotfound|cannot find module|no module named",
    ),
    (
        Says::Certificate,
        r"(?i)x509:|certificate (has expired|verify failed|signed by unknown)|tls: (bad|failed|handshake)|sslhandshake|ssl_error",
    ),
    (
        Says::Timeout,
        r"(?i)i/o timeout|connection timed ?out|etimedout|connect ?timeout|deadline exceeded|timed out (connecting|while|waiting|after)|read timed out|no route to host|ehostunreach",
    ),
    (
        Says::Setting,
        r#"(?i)(environment variable|env var|required (key|variable|setting|config\w*|option|parameter)|missing (required )?\w*\s?(env\w*|variable|config\w*|setting|key|option|argument))|must be set|is not set\b|not set$|\bnot set[":,]|keyerror|invalid configuration|failed to parse config|flag provided but not defined|unknown (flag|option|argument|command|shorthand)|(no such|invalid|illegal|unrecognized) (option|argument)|invalid (value|argument) for"#,
    ),
    (
        Says::Fatal,
        r"(?i)\b(panic|fatal|traceback|unhandled|uncaught|segmentation fault|exception|stackoverflowerror|critical)\b|[a-z]+(Exception|Error):",
    ),
];

static READ: LazyLock<Vec<(Says, Regex)>> =
    LazyLock::new(|| SIGNATURES.iter().filter_map(|(says, of)| Some((*says, Regex::new(of).ok()?))).collect());

/// `host:port` in a line.
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:^|[\s\x22'=/@(\[])((?:[a-z0-9][a-z0-9-]*)(?:\.[a-z0-9][a-z0-9-]*)*):([0-9]{2,5})\b").ok()
});

/// `host: db, port: 5432`, as some write it.
static APART: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)host(?:name)?['\x22]?\s*[:=]\s*['\x22]?([a-z0-9][a-z0-9.-]*)['\x22]?[,;\s]+port['\x22]?\s*[:=]\s*['\x22]?([0-9]{2,5})").ok()
});

/// The name that is unknown.
static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)(?:lookup |unknownhostexception:? |getaddrinfo \w+ |resolve (?:host ?(?:name)?:? )?|host ?name:? |host:? |dns:/+)",
        r"['\x22]?([a-z0-9][a-z0-9.-]*[a-z0-9])"
    ))
    .ok()
});

/// The port on which somebody says that he listens.
static LISTENS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:listening|listens|serving|started|running)\b[^:]{0,30}? (?:on|at) (?:\S*[:\s])?(?:port:? )?:?([0-9]{2,5})\b").ok()
});

/// All ports on which a log says that somebody listens.
pub(crate) fn listens(log: &Log) -> Vec<i64> {
    let one = |l: &String| LISTENS.as_ref()?.captures(l)?.get(1)?.as_str().parse().ok();
    log.lines.iter().filter_map(one).collect()
}

/// A line that says something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) says: Says,
    pub(crate) host: Option<String>,
    pub(crate) port: Option<i64>,
    pub(crate) text: String,
    /// How many lines of the log say it.
    pub(crate) count: usize,
}

/// So many lines before and behind one belong to it.
const NEAR: usize = 4;

/// So many lines at the end of a log are read.
pub(crate) const LAST: usize = 400;

/// What a log says, each thing once, the newest line of each; the most telling first.
pub(crate) fn read(log: &Log) -> Vec<Line> {
    let mut found: Vec<Line> = Vec::new();
    for (at, text) in log.lines.iter().enumerate().rev().take(LAST) {
        let Some((says, _)) = READ.iter().find(|(_, of)| !is_stack(text) && of.is_match(text)) else { continue };
        let (mut host, mut port) = address(*says, text);
        if host.is_none() && says.is_of_a_call() {
            // Which host it is may stand in a line beside it.
            let near = log.lines.get(at.saturating_sub(NEAR)..(at + NEAR).min(log.lines.len())).unwrap_or_default();
            (host, port) = near.iter().rev().map(|l| address(*says, l)).find(|(h, _)| h.is_some()).unwrap_or_default();
        }
        match found.iter_mut().find(|l| l.says == *says && (l.host == host || host.is_none())) {
            Some(known) => known.count += 1,
            None => found.push(Line { says: *says, host, port, text: short(text), count: 1 }),
        }
    }
    found.sort_by_key(|l| l.says == Says::Fatal);
    found
}

/// What one line says.
pub(crate) fn say(text: &str) -> Option<Line> {
    let (says, _) = READ.iter().find(|(_, of)| of.is_match(text))?;
    let (host, port) = address(*says, text);
    Some(Line { says: *says, host, port, text: short(text), count: 1 })
}

/// The host that a line is about.
fn address(says: Says, text: &str) -> (Option<String>, Option<i64>) {
    let named = |r: &Regex| {
        let mut all = r.captures_iter(text).filter_map(|c| c.get(1));
        all.find(|n| n.as_str().contains(|c: char| c.is_ascii_alphabetic())).map(|n| n.as_str().to_owned())
    };
    if says == Says::NoHost
        && let Some(name) = NAME.as_ref().and_then(named)
    {
        return (Some(name), None);
    }
    if let Some(apart) = APART.as_ref().and_then(|r| r.captures(text)) {
        return (apart.get(1).map(|m| m.as_str().to_owned()), apart.get(2).and_then(|m| m.as_str().parse().ok()));
    }
    let all = ADDRESS.as_ref().map(|r| r.captures_iter(text).collect::<Vec<_>>()).unwrap_or_default();
    // A clock has two colons, and a source file a line: neither is a host.
    let is_host = |h: &str| {
        h.parse::<u64>().is_err()
            && !h.ends_with(".go")
            && !h.ends_with(".py")
            && !h.ends_with(".java")
            && !h.ends_with(".kt")
            && !h.ends_with(".js")
    };
    let mut pair = all.iter().rev().filter_map(|c| Some((c.get(1)?.as_str(), c.get(2)?.as_str().parse().ok()?)));
    let pair = pair.rfind(|(h, _): &(&str, i64)| is_host(h));
    (pair.map(|(h, _)| h.to_owned()), pair.map(|(_, p)| p))
}

/// A line as it is cited.
pub(crate) fn short(text: &str) -> String {
    const MOST: usize = 240;
    let text = text.trim();
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The last line of a log that is about the end, where none has a signature: no stack, no blank.
pub(crate) fn last_words(log: &Log) -> Option<String> {
    log.lines.iter().rev().find(|l| !l.trim().is_empty() && !is_stack(l)).map(|l| short(l))
}

/// Whether a line only says where in the program something happened.
fn is_stack(line: &str) -> bool {
    let line = line.trim_start();
    ["at ", "File \"", "...", "}"].iter().any(|begins| line.starts_with(begins))
}
