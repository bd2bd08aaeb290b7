//! A step as words and as the kubectl command that does the same.

use super::Step;
use super::change::{Direction, bare_patch};
use crate::domain::operation::Action;

/// `4 → 0`, `on → paused`: what a step changes, for people.
pub fn detail(step: &Step) -> String {
    change(&step.action)
}

/// The same of an action alone, as a journal has it.
pub fn change(action: &Action) -> String {
    match action {
        Action::Scale { from, to, .. } if from == to => format!("{to}, forgets the stop"),
        Action::Scale { from, to, .. } => format!("{from} → {to}"),
        Action::Suspend { from, to, .. } if from == to => format!("{}, forgets the stop", on(*to)),
        Action::Suspend { from, to, .. } => format!("{} → {}", on(*from), on(*to)),
        Action::NodeSelector { stop: true, .. } => "its nodes → none".to_owned(),
        Action::NodeSelector { stop: false, .. } => "none → its nodes".to_owned(),
        Action::Pause { from, to, .. } => format!("{} → {}", paused(from.as_deref()), paused(to.as_deref())),
    }
}

fn on(suspended: bool) -> &'static str {
    if suspended { "paused" } else { "on" }
}

fn paused(at: Option<&str>) -> String {
    at.map_or_else(|| "autoscaled".to_owned(), |n| format!("held at {n}"))
}

/// The kubectl command that does the same, quoted for a shell. It has no precondition: it may be run much later.
pub fn command(step: &Step) -> String {
    let object = format!("{}/{}", step.object.kind.to_lowercase(), step.object.name);
    let patch = bare_patch(&step.action, Direction::Forward).to_string();
    let words = ["kubectl", "-n", step.object.namespace.as_str(), "patch", &object, "--type", "merge", "-p", &patch];
    // Only a NUL can't be quoted, and text has none.
    shlex::try_join(words).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::step;

    #[test]
    fn the_kubectl_command_is_quoted_for_a_shell_and_reads_back() {
        let step = step("it's", Action::Scale { from: 4, to: 0, remember: true, forget: vec![] });
        let command = command(&step);
        let words = shlex::split(&command).unwrap();
        let patch = r#"{"spec":{"replicas":0},"metadata":{"annotations":{"kennel.dev/replicas":"4"}}}"#;
        assert_eq!(
            words,
            ["kubectl", "-n", "shop-staging", "patch", "deployment/it's", "--type", "merge", "-p", patch]
        );
    }

    #[test]
    fn a_step_says_what_is_and_what_will_be() {
        let of = |a| detail(&step("web", a));
        assert_eq!(of(Action::Scale { from: 4, to: 0, remember: true, forget: vec![] }), "4 → 0");
        assert_eq!(of(Action::Suspend { from: false, to: true, remember: true }), "on → paused");
        assert_eq!(of(Action::Pause { from: None, to: Some("0".into()), remember: true }), "autoscaled → held at 0");
        assert_eq!(of(Action::Scale { from: 3, to: 3, remember: false, forget: vec![] }), "3, forgets the stop");
    }
}
