//! One step: what it sends has a precondition, and is sent once. What did not arrive is looked up, and once it is known
//! that it was not done because the server was on its way down or up, it is sent again.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::cluster::wire::{FIELD_MANAGER, MERGE_PATCH, Wire, WireError, parse};
use crate::domain::operation::{JournalStep, StepResult};
use crate::domain::{ObjectId, Text};
use crate::plan::{Direction, Fit, Request, act};

/// An object that changes between each read and write this often is left.
const CONFLICTS: u32 = 12;

/// How long a step waits for a server that does not answer, or asks to wait.
const PATIENCE: Duration = Duration::from_secs(60);

/// Longest pause that a server's `Retry-After` is granted.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How a step ended, and the generation of the object after it, where it is known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sent {
    pub(super) result: StepResult,
    pub(super) generation: Option<i64>,
    /// Whether a patch left this process.
    pub(super) sent: bool,
}

/// Path of an object.
pub(super) fn path(object: &ObjectId) -> Option<String> {
    let kind = object.api.known()?;
    Some(format!("{}/{}", kind.path(Some(&object.namespace)), object.name))
}

/// Reads an object; `None` where there is none.
pub(crate) async fn read(wire: &Wire, object: &ObjectId) -> Result<Option<Value>, WireError> {
    let Some(path) = path(object) else {
        return Err(WireError::Garbage(format!("kennel knows no kind {}", object.api).into()));
    };
    match wire.get(&path).await {
        Ok(body) => parse(&body).map(Some),
        Err(e) if e.code() == Some(404) => Ok(None),
        Err(e) => Err(e),
    }
}

pub(super) fn generation(object: &Value) -> Option<i64> {
    object.pointer("/metadata/generation").and_then(Value::as_i64)
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// How a live object stands to a step: to be taken (with its version), or settled.
enum Look {
    Take(Text),
    Settled(StepResult, Option<i64>),
}

fn judge(step: &JournalStep, direction: Direction, object: Option<&Value>) -> Look {
    match act(&step.action).judge(direction, step.uid.as_deref(), object) {
        Fit::Before => Look::Take(object.map(|o| text(o, "/metadata/resourceVersion")).unwrap_or_default().into()),
        Fit::After => Look::Settled(StepResult::Done, object.and_then(generation)),
        Fit::Already(why) => Look::Settled(StepResult::Skipped(why), None),
        Fit::Changed(why) => Look::Settled(StepResult::Failed(why), None),
    }
}

/// Does one step. `known`: the resourceVersion that the plan read; without it the object is read first.
/// `say` is told what is no result: `answer did not arrive; checking`.
pub(super) async fn perform(
    wire: &Wire,
    step: &JournalStep,
    direction: Direction,
    mut known: Option<Text>,
    say: impl AsyncFn(Text),
) -> Sent {
    let ended = |result, generation, sent| Sent { result, generation, sent };
    let Some(path) = path(&step.object) else {
        return ended(StepResult::Failed(format!("kennel knows no kind {}", step.object.api).into()), None, false);
    };
    if let Some(why) = act(&step.action).objection(&step.object) {
        return ended(StepResult::Failed(format!("not done: {why}").into()), None, false);
    }
    let path = format!("{path}?fieldManager={FIELD_MANAGER}");
    let patience = Instant::now() + PATIENCE;
    let mut sent = false;
    let mut conflicts = 0;
    loop {
        let version = match known.take() {
            Some(v) => v,
            None => match read_patiently(wire, &step.object, patience).await {
                Ok(object) => match judge(step, direction, object.as_ref()) {
                    Look::Take(version) => version,
                    Look::Settled(result, generation) => return ended(result, generation, sent),
                },
                Err(e) => return ended(StepResult::Failed(words(&e)), None, sent),
            },
        };
        let request = act(&step.action).request(direction).held_to(step.uid.as_deref().unwrap_or_default(), &version);
        let answer = match request {
            Request::Patch(body) => wire.patch(&path, MERGE_PATCH, body.to_string()).await,
        };
        let failed = match answer {
            Ok(body) => {
                let object: Option<Value> = parse(&body).ok();
                return ended(StepResult::Done, object.as_ref().and_then(generation), true);
            }
            Err(e) => e,
        };
        sent |= !matches!(failed, WireError::Unreachable(_) | WireError::ReadOnly(_) | WireError::Credential(_));
        match &failed {
            // It has another version, or it is another object: read it, and go on if all is as planned.
            e if e.code() == Some(409) && conflicts < CONFLICTS => {
                conflicts += 1;
                sleep(Duration::from_millis(20) * conflicts).await;
            }
            e if e.code() == Some(404) => return ended(StepResult::Skipped("is gone".into()), None, sent),
            // Refused before it was looked at (429), or never sent.
            e if (e.code() == Some(429) || matches!(e, WireError::Unreachable(_))) && Instant::now() < patience => {
                say(format!("{}: {}; trying again", step.object.short(), words(e)).into()).await;
                sleep(e.retry_after().unwrap_or(Duration::from_secs(2)).clamp(GENTLE, LONGEST_PAUSE)).await;
            }
            e if e.may_be_done() => {
                say(format!("{}: {}; checking", step.object.short(), words(e)).into()).await;
                match look_up(wire, step, direction, e).await {
                    Ok(Look::Settled(result, generation)) => return ended(result, generation, true),
                    Ok(Look::Take(version)) if restarts(e) && Instant::now() < patience => {
                        say(format!("{}: it was not done; trying again", step.object.short()).into()).await;
                        sleep(e.retry_after().unwrap_or(GENTLE).clamp(GENTLE, LONGEST_PAUSE)).await;
                        known = Some(version);
                    }
                    Ok(Look::Take(_)) => {
                        let why = format!("{}; it was not done", words(e));
                        return ended(StepResult::Failed(why.into()), None, true);
                    }
                    Err(why) => return ended(StepResult::Failed(why), None, true),
                }
            }
            e => return ended(StepResult::Failed(words(e)), None, sent),
        }
    }
}

/// Between two tries.
const GENTLE: Duration = Duration::from_millis(500);

async fn read_patiently(wire: &Wire, object: &ObjectId, until: Instant) -> Result<Option<Value>, WireError> {
    loop {
        match read(wire, object).await {
            Err(e) if (e.doubts_connection() || passing(&e)) && Instant::now() < until => {
                sleep(e.retry_after().unwrap_or(GENTLE * 2).clamp(GENTLE, LONGEST_PAUSE)).await;
            }
            other => return other,
        }
    }
}

/// An answer that may be another one in a moment.
fn passing(error: &WireError) -> bool {
    matches!(error.code(), Some(429 | 500..)) || matches!(error, WireError::Garbage(_))
}

/// A server, or what stands before it, that is on its way down or up. (A 500 says of this request that it fails.)
fn restarts(error: &WireError) -> bool {
    matches!(error, WireError::Unknown(_)) || matches!(error.code(), Some(502..=504))
}

/// A write whose answer did not arrive: was it done? `Err` where that can't be known.
async fn look_up(wire: &Wire, step: &JournalStep, direction: Direction, why: &WireError) -> Result<Look, Text> {
    let found = read_patiently(wire, &step.object, Instant::now() + PATIENCE).await;
    let object = found.map_err(|e| format!("{}; whether it was done is not known: {}", words(why), words(&e)))?;
    Ok(judge(step, direction, object.as_ref()))
}

/// An error in words that tell a missing permission, an admission webhook and the rest apart.
pub(crate) fn words(error: &WireError) -> Text {
    let WireError::Status { code, message, .. } = error else { return error.to_string().into() };
    let webhook_silent = message.contains("failed calling webhook") || message.contains("failed to call webhook");
    let denied = message.contains("denied the request") || message.contains("denied request");
    match code {
        _ if webhook_silent => format!("an admission webhook did not answer: {message}").into(),
        _ if denied => format!("refused by admission: {message}").into(),
        403 => format!("no permission: {message}").into(),
        504 => format!("the server timed out: {message}").into(),
        _ => message.clone(),
    }
}
