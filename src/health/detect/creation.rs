//! Pods that can't be made: refused by a quota, a limit range, pod security, a webhook, or for want of an account.

use std::sync::LazyLock;

use regex::Regex;

use super::quota::{self, amount};
use super::{nearest, spread};
use crate::domain::issue::{Category, Severity};
use crate::domain::status::refusal::Exceeded;
use crate::health::evidence::Id;
use crate::health::evidence::event::Event;
use crate::health::evidence::value::{Look as _, written};
use crate::health::finding::{Finding, Tier};
use crate::health::world::{Owner, World, words};

static UNSET: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"failed quota: ([^:\s]+): must specify (.+)").ok());
static ACCOUNT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"serviceaccounts? "([^"]+)" not found"#).ok());
static RUNTIME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"RuntimeClass "([^"]+)" not found"#).ok());
static PRIORITY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"no PriorityClass with name (\S+) was found").ok());
static WEBHOOK: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?:failed calling|failed to call) webhook \\?"([^"\\]+)"#).ok());
static DENIED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"admission webhook \\?"([^"\\]+)\\?" denied the request:? ?(.*)"#).ok());

fn first(of: &LazyLock<Option<Regex>>, message: &str) -> Option<String> {
    Some(of.as_ref()?.captures(message)?.get(1)?.as_str().to_owned())
}

/// WL-02 with what it leads to.
pub(super) fn find(world: &World<'_>, out: &mut Vec<Finding>) {
    // Of pods that may not be read none is missing.
    for owner in world.owners.values().filter(|o| world.evidence.is_whole("Pod", &o.id.namespace)) {
        let there = i64::try_from(owner.alive().count()).unwrap_or(i64::MAX);
        let job = owner.id.kind == "Job" && owner.pods.is_empty();
        if !(there < owner.wanted() && owner.id.kind != "Pod" && owner.id.kind != "CronJob")
            || owner.id.kind == "Job" && !job
        {
            continue;
        }
        let Some((message, since, source)) = refused(world, owner) else {
            let found = nobody(owner, there).map(|symptom| full(world, owner).unwrap_or(symptom));
            out.extend(found.map(|f| spread(world, owner, f)));
            continue;
        };
        let found = read(world, owner, &message).since(since).cite(source, words::short(&message));
        out.push(spread(world, owner, found));
    }
}

/// No pod at all, by its status too, and nothing says why: events last an hour.
fn nobody(owner: &Owner<'_>, there: i64) -> Option<Finding> {
    // One that is paused makes none on purpose: that is told of it.
    let object = owner.object.filter(|o| there == 0 && owner.id.kind != "Job" && !o.on("spec/paused"))?;
    let unavailable = object.condition("Available").is_some_and(|c| c.text("status") == "False");
    let lacks = object.int("status/unavailableReplicas").unwrap_or(0) > 0 || unavailable;
    lacks.then(|| {
        Finding::new("WL-02", &owner.id, format!("{}: it has no pods", owner.id.name))
            .because(format!("{} wants {} pods and none is there; no event says why (events last an hour): a quota, an account, a webhook or its controller", owner.id.words(), owner.wanted()))
            .tier(Tier::Symptom)
            .cite(owner.id.words(), "status.unavailableReplicas, no pod")
            .act("see what its controller says", format!("kubectl -n {} describe {}", owner.id.namespace, owner.id.argument()))
    })
}

/// The quota that leaves no room for one of its pods, reckoned: no event says so any more.
fn full(world: &World<'_>, owner: &Owner<'_>) -> Option<Finding> {
    let spec = world.spec(owner)?;
    let sum = |of: &str| {
        let each = spec.list("containers").iter().filter_map(|c| amount(&written(c.at(of))));
        each.fold(None, |all: Option<f64>, one| Some(all.unwrap_or_default() + one))
    };
    let asked = [
        ("pods", Some(1.0)),
        ("requests.cpu", sum("resources/requests/cpu")),
        ("requests.memory", sum("resources/requests/memory")),
        ("limits.cpu", sum("resources/limits/cpu")),
        ("limits.memory", sum("resources/limits/memory")),
        ("cpu", sum("resources/requests/cpu")),
        ("memory", sum("resources/requests/memory")),
    ];
    let wanted = asked.into_iter().filter_map(|(what, wants)| Some((what, wants?)));
    let (what, (id, says)) = wanted
        .into_iter()
        .find_map(|(what, wants)| Some((what, quota::blocks(world, &owner.id.namespace, what, Some(wants))?)))?;
    Some(
        Finding::new("QUO-01", &id, format!("quota {}: {what} used up, {} gets no pod", id.name, owner.id.name))
            .because(format!("quota {says}: what a pod of {} asks for of {what} does not fit any more (exceeded), and none is created; no event says so any more", owner.id.words()))
            .tier(Tier::Computed)
            .breaks([owner.id.clone()])
            .cite(id.words(), says)
            .act("raise the quota", format!("kubectl -n {} edit resourcequota {}", id.namespace, id.name)),
    )
}

/// What the controller was told last, and since when. What it was told before its last success is past.
fn refused(world: &World<'_>, owner: &Owner<'_>) -> Option<(String, Option<crate::domain::Time>, String)> {
    let sets = world.evidence.within("ReplicaSet", &owner.id.namespace).map(Id::of);
    let mut about: Vec<Id> = sets.filter(|id| world.owner_named(id) == owner.id).collect();
    about.push(owner.id.clone());
    let newest_pod = owner.pods.iter().filter_map(|p| p.time("metadata/creationTimestamp")).max();
    let all = about.iter().flat_map(|id| world.evidence.events(id));
    let refusals: Vec<&Event> = all.filter(|e| e.reason == "FailedCreate" && e.last >= newest_pod).collect();
    if let Some(event) = refusals.iter().max_by_key(|e| e.last) {
        // Each try is told anew: it began with the first of them.
        let since = refusals.iter().filter_map(|e| e.first).min();
        return Some((event.message.clone(), since, format!("event of {}", event.object.words())));
    }
    let object = owner.object?;
    let failure = object.condition("ReplicaFailure").filter(|c| c.text("status") == "True")?;
    Some((
        failure.text("message").to_owned(),
        failure.time("lastTransitionTime"),
        format!("{}, condition ReplicaFailure", owner.id.words()),
    ))
}

fn read(world: &World<'_>, owner: &Owner<'_>, message: &str) -> Finding {
    let ns = &owner.id.namespace;
    if let Some(exceeded) = Exceeded::read(message) {
        let Exceeded { quota: name, asked, used, hard } = exceeded;
        return Finding::new(
            "QUO-01",
            &Id::new("ResourceQuota", ns, name),
            format!("{}, {} asks for {asked}", exceeded.brief(), owner.id.name),
        )
        .because(format!(
            "quota {name} is exhausted: {} asks for {asked}, used are {used} of {hard}: exceeded, no pod is created",
            owner.id.words()
        ))
        .tier(Tier::Proved)
        .breaks([owner.id.clone()])
        .act("raise the quota", format!("kubectl -n {ns} edit resourcequota {name}"))
        .advise("or let its workloads ask for less");
    }
    if let Some(captures) = UNSET.as_ref().and_then(|r| r.captures(message)) {
        let (quota, fields) = (captures.get(1).map_or("", |m| m.as_str()), captures.get(2).map_or("", |m| m.as_str()));
        return Finding::new("QUO-02", &owner.id, format!("{} must set {fields} (quota {quota})", owner.id.name))
            .because(format!("quota {quota} in {ns} wants {} to be set, and {} does not set it, nor does a LimitRange: no pod is created", spell(fields), owner.id.words()))
            .tier(Tier::Proved)
            .act("set it", format!("kubectl -n {ns} set resources {} --limits=cpu=…,memory=… --requests=cpu=…,memory=…", owner.id.argument()));
    }
    if let Some(name) = first(&ACCOUNT, message) {
        let id = Id::new("ServiceAccount", ns, &name);
        let others: Vec<&str> = world.evidence.within("ServiceAccount", ns).map(|a| a.name()).collect();
        let near = nearest(&name, others);
        return Finding::new("WL-02", &id, format!("{}: service account {name} missing", owner.id.name))
            .because(format!("{} runs as service account {name} (ServiceAccount), which does not exist in {ns}: not found, no pod is created{near}", owner.id.words()))
            .tier(Tier::Proved)
            .category(Category::Configuration)
            .breaks([owner.id.clone()])
            .act("make the account", format!("kubectl -n {ns} create serviceaccount {name}"));
    }
    if let Some(name) = first(&RUNTIME, message) {
        let id = Id::new("RuntimeClass", "", &name);
        return Finding::new("WL-02", &id, format!("{}: runtime class {name} missing", owner.id.name))
            .because(format!(
                "{} names runtime class {name} (RuntimeClass), which does not exist: not found, no pod is created",
                owner.id.words()
            ))
            .tier(Tier::Proved)
            .category(Category::Configuration)
            .breaks([owner.id.clone()]);
    }
    if let Some(name) = first(&PRIORITY, message) {
        return Finding::new(
            "WL-02",
            &Id::new("PriorityClass", "", &name),
            format!("{}: priority class {name} missing", owner.id.name),
        )
        .because(format!(
            "{} names priority class {name} (PriorityClass), which does not exist: not found",
            owner.id.words()
        ))
        .tier(Tier::Proved)
        .breaks([owner.id.clone()]);
    }
    if let Some(name) = first(&WEBHOOK, message) {
        return webhook(world, owner, &name, message);
    }
    if let Some(found) = DENIED.as_ref().and_then(|r| r.captures(message)) {
        let (name, why) = (found.get(1).map_or("", |m| m.as_str()), found.get(2).map_or("", |m| m.as_str()));
        return Finding::new("WL-02", &owner.id, format!("{}: webhook {name} denies its pods", owner.id.name))
            .because(format!("admission webhook {name} denies the pods of {}: {}", owner.id.words(), words::short(why)))
            .tier(Tier::Proved)
            .category(Category::Security);
    }
    if message.contains("violates PodSecurity") {
        let level = message
            .split("PodSecurity \"")
            .nth(1)
            .and_then(|m| m.split('"').next())
            .unwrap_or("its level")
            .trim_end_matches('\\');
        let detail = message.rsplit_once("\": ").map_or(message, |(_, d)| d);
        return Finding::new("PSA-01", &owner.id, format!("{} violates PodSecurity {level}", owner.id.name))
            .because(format!(
                "namespace {ns} enforces PodSecurity {level}, and {} violates it: {}",
                owner.id.words(),
                words::short(detail)
            ))
            .tier(Tier::Proved)
            .act(
                "let its pods be what the level allows (securityContext)",
                format!("kubectl -n {ns} edit {}", owner.id.argument()),
            );
    }
    let range = ["maximum", "minimum", "limit to request ratio"].iter().any(|w| message.contains(&format!("{w} ")))
        && message.contains(" per ");
    if range {
        let name = world.evidence.within("LimitRange", ns).map(|l| l.name().to_owned()).next().unwrap_or_default();
        return Finding::new("WL-02", &owner.id, format!("{}: outside limit range {name}", owner.id.name))
            .because(format!(
                "LimitRange {name} of {ns} refuses the pods of {}: {}",
                owner.id.words(),
                words::short(message)
            ))
            .tier(Tier::Proved)
            .category(Category::Resource);
    }
    Finding::new("WL-02", &owner.id, format!("{}: pods cannot be created", owner.id.name))
        .because(format!("no pod of {} can be created: {}", owner.id.words(), words::short(message)))
        .tier(Tier::Typed)
}

/// `limits.cpu for: web; limits.memory for: web` in words, too: `limits.cpu (the cpu limit)`.
fn spell(fields: &str) -> String {
    fields
        .split(';')
        .map(|f| f.trim())
        .map(|f| match f.split_once('.').map(|(a, b)| (a, b.split_whitespace().next().unwrap_or(b))) {
            Some((a, b)) => format!("{f} (the {b} {})", a.trim_end_matches('s')),
            None => f.to_owned(),
        })
        .collect::<Vec<_>>()
        .join(", ")
}

fn webhook(world: &World<'_>, owner: &Owner<'_>, name: &str, message: &str) -> Finding {
    let kinds = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"];
    let of = kinds
        .iter()
        .flat_map(|k| world.evidence.all(k))
        .find(|c| c.list("webhooks").iter().any(|w| w.text("name") == name));
    let id = of.map_or_else(|| Id::new("ValidatingWebhookConfiguration", "", name), Id::of);
    let hook = of.and_then(|c| c.list("webhooks").iter().find(|w| w.text("name") == name));
    let service = hook.map(|h| h.at("clientConfig/service")).filter(|s| !s.is_null());
    let backend = service.map(|s| Id::new("Service", s.text("namespace"), s.text("name")));
    let gone = backend
        .as_ref()
        .is_some_and(|b| world.evidence.is_whole("Service", &b.namespace) && world.evidence.object(b).is_none());
    let why = match &backend {
        Some(b) if gone => format!("its {} in {} does not exist", b.words(), b.namespace),
        Some(b) => format!("its {} in {} does not answer", b.words(), b.namespace),
        None => "it does not answer".to_owned(),
    };
    Finding::new("WHK-01", &id, format!("webhook {name} does not answer: no pods can be made"))
        .because(format!("webhook {name} is asked for every pod (failurePolicy Fail) and {why}: {}", words::short(message)))
        .tier(if gone { Tier::Proved } else { Tier::Typed })
        .severity(Severity::Critical)
        .breaks([owner.id.clone()])
        .waits_for(backend.iter().filter(|_| !gone).cloned())
        // Whatever runs behind it and is down is why.
        .waits_for(backend.iter().flat_map(|b| world.behind(b)).map(|o| o.id.clone()))
        .act("let pods through without it", format!("kubectl patch {} {} --type=json -p '[{{\"op\":\"replace\",\"path\":\"/webhooks/0/failurePolicy\",\"value\":\"Ignore\"}}]'", id.kind.to_lowercase(), id.name))
}
