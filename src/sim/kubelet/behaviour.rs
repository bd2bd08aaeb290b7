//! How a container behaves: one line of a scenario, such as `crash after=5s exit=1 log="panic: DB_URL not set"`.
//!
//! It comes, first found, from a fault that is on now, from the pod's annotation
//! `sim.kennel.dev/behaviour`, or from the scenario's table of images. To add one: a word in
//! [`Does`] and in [`Behaviour::parse`], and what it does in `kubelet::container`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::age;
use crate::sim::json::Json;
use crate::sim::seed::pick;

/// Annotation on a pod template that gives the behaviour of its first container.
pub(crate) const ANNOTATION: &str = "sim.kennel.dev/behaviour";

/// What a container does after it has started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Does {
    /// Runs for ever, ready after its delay.
    #[default]
    Serve,
    /// Its image can't be pulled.
    ImageMissing,
    /// Its registry refuses the credentials.
    ImageDenied,
    /// Ends by itself with the exit code, after its time.
    Exit,
    /// Is killed for its memory, after its time.
    Oom,
    /// Runs, but its readiness probe fails.
    Unready,
}

/// What the scenario says about the world outside the objects: how images behave, which faults are on now.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    /// Seeds every choice that is not determined by the objects.
    pub(crate) seed: u64,
    /// Nothing that a kubelet or a provisioner does takes time, unless a behaviour says so.
    pub(crate) quick: bool,
    /// How containers of an image behave.
    pub(crate) images: BTreeMap<String, Behaviour>,
    /// Faults that are on now: namespace and first part of the pod's name → behaviour.
    pub(crate) faults: BTreeMap<(String, String), Behaviour>,
}

impl World {
    /// Seconds that something takes: from `low` to `high`, chosen by the parts.
    pub(crate) fn takes(&self, parts: &[&str], low: i64, high: i64) -> i64 {
        if self.quick { 0 } else { pick(self.seed, parts, low, high) }
    }
}

/// How a container behaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Behaviour {
    /// What it does.
    pub(crate) does: Does,
    /// Seconds after its start when it does that.
    pub(crate) after: Option<i64>,
    /// Seconds after its start when it is ready.
    pub(crate) ready: Option<i64>,
    /// Seconds that it takes to end when asked to.
    pub(crate) stop: Option<i64>,
    /// Exit code.
    pub(crate) exit: i64,
    /// HTTP status of its failing probe.
    pub(crate) http: i64,
    /// Its last line of log before it ends.
    pub(crate) log: String,
    /// CPU that it uses, percent of what it requests; `None`: as its name and the time say.
    pub(crate) load: Option<u32>,
    /// Serves instead where this variable is set in its environment.
    pub(crate) unless: String,
}

impl Behaviour {
    /// Reads a line: a word, then `key=value`s; values with blanks stand in quotes.
    ///
    /// # Errors
    /// Names the word, key or value that is not understood.
    pub(crate) fn parse(line: &str) -> Result<Self, String> {
        let words = shlex::split(line).ok_or_else(|| format!("behaviour {line:?}: a quote is open"))?;
        let mut words = words.iter();
        let mut b = Self { http: 503, ..Self::default() };
        b.does = match words.next().map(String::as_str) {
            Some("serve") => Does::Serve,
            Some("missing") => Does::ImageMissing,
            Some("denied") => Does::ImageDenied,
            Some("crash") => {
                b.exit = 1;
                b.after = Some(3);
                Does::Exit
            }
            Some("complete") => Does::Exit,
            Some("oom") => {
                b.exit = 137;
                Does::Oom
            }
            Some("unready") => Does::Unready,
            other => return Err(format!("behaviour {line:?}: no such word {:?}", other.unwrap_or_default())),
        };
        for word in words {
            let (key, value) = word.split_once('=').ok_or_else(|| format!("behaviour {line:?}: {word:?} has no ="))?;
            let number = || seconds(value).ok_or_else(|| format!("behaviour {line:?}: {value:?} is no number"));
            match key {
                "after" => b.after = Some(number()?),
                "ready" => b.ready = Some(number()?),
                "stop" => b.stop = Some(number()?),
                "exit" => b.exit = number()?,
                "http" => b.http = number()?,
                "load" => b.load = Some(u32::try_from(number()?).map_err(|e| format!("behaviour {line:?}: {e}"))?),
                "log" => value.clone_into(&mut b.log),
                "unless" => value.clone_into(&mut b.unless),
                _ => return Err(format!("behaviour {line:?}: no such key {key:?}")),
            }
        }
        Ok(b)
    }
}

/// Seconds of `90`, `90s`, `15m`, `3h`, `2d`; a sign may stand before it.
pub(crate) fn seconds(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| age::span(text).map(|span| span.as_secs()))
}

/// How `container` of `pod` behaves now.
pub(crate) fn of(world: &World, pod: &Value, container: &Value) -> Behaviour {
    let first = pod.items("spec.containers").first().is_some_and(|c| c.text("name") == container.text("name"));
    let found = (first.then(|| fault(world, pod)).flatten())
        .or_else(|| match pod.annotation(ANNOTATION) {
            line if first && !line.is_empty() => Behaviour::parse(line).ok(),
            _ => None,
        })
        .or_else(|| world.images.get(container.text("image")).cloned())
        .unwrap_or_default();
    let is_set = |name: &str| container.items("env").iter().any(|e| e.text("name") == name);
    if !found.unless.is_empty() && is_set(&found.unless) { Behaviour::default() } else { found }
}

/// The fault that is on for the pod: by namespace and the longest first part of its name.
fn fault(world: &World, pod: &Value) -> Option<Behaviour> {
    let name = pod.name();
    world
        .faults
        .iter()
        .filter(|((ns, part), _)| {
            *ns == pod.text("metadata.namespace")
                && name.strip_prefix(part.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
        .max_by_key(|((_, part), _)| part.len())
        .map(|(_, b)| b.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_line_is_a_word_and_its_values() {
        let b = Behaviour::parse("crash after=2m exit=3 log='no such table: users'").unwrap();
        assert_eq!((b.does, b.after, b.exit, b.log.as_str()), (Does::Exit, Some(120), 3, "no such table: users"));
        assert!(Behaviour::parse("explode").unwrap_err().contains("explode"));
        assert!(Behaviour::parse("crash how=so").unwrap_err().contains("how"));
    }

    #[test]
    fn a_fault_beats_the_annotation_and_the_annotation_beats_the_image() {
        let mut world = World::default();
        world.images.insert("web:1".into(), Behaviour::parse("unready").unwrap());
        let container = json!({"name": "web", "image": "web:1"});
        let mut pod = json!({"metadata": {"name": "web-1", "namespace": "shop"}, "spec": {"containers": [container]}});
        assert_eq!(of(&world, &pod, &container).does, Does::Unready);
        pod["metadata"]["annotations"] = json!({ANNOTATION: "oom after=9"});
        assert_eq!(of(&world, &pod, &container).does, Does::Oom);
        world.faults.insert(("shop".into(), "web".into()), Behaviour::parse("crash").unwrap());
        assert_eq!(of(&world, &pod, &container).does, Does::Exit);
        world.faults.insert(("shop".into(), "we".into()), Behaviour::parse("missing").unwrap());
        assert_eq!(of(&world, &pod, &container).does, Does::Exit, "a part of a word is no part");
    }

    #[test]
    fn an_image_that_lacks_a_variable_serves_once_it_is_set() {
        let mut world = World::default();
        world.images.insert("a:1".into(), Behaviour::parse("crash unless=DB_URL").unwrap());
        let without = json!({"name": "a", "image": "a:1"});
        let with = json!({"name": "a", "image": "a:1", "env": [{"name": "DB_URL", "value": "x"}]});
        assert_eq!(of(&world, &json!({}), &without).does, Does::Exit);
        assert_eq!(of(&world, &json!({}), &with).does, Does::Serve);
    }
}
