//! A step as words and as the kubectl command that does the same.

use super::Step;
use super::action::{Direction, act};
use crate::domain::ObjectId;
use crate::domain::operation::Action;

/// `4 → 0`, `on → paused`: what a step changes, for people.
pub fn detail(step: &Step) -> String {
    change(&step.action, Direction::Forward)
}

/// The same of an action alone, as a journal has it, done or undone.
pub fn change(action: &Action, direction: Direction) -> String {
    act(action).change(direction)
}

/// The kubectl command that does the same, quoted for a shell.
pub fn command(step: &Step) -> String {
    kubectl(&step.object, &step.action, Direction::Forward)
}

/// The same of an action alone, done or undone.
pub fn kubectl(object: &ObjectId, action: &Action, direction: Direction) -> String {
    let does = act(action).kubectl(direction, object);
    let words = ["kubectl", "-n", object.namespace.as_str()].into_iter().chain(does.iter().map(String::as_str));
    // Only a NUL can't be quoted, and text has none.
    shlex::try_join(words).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::operation::{NodeSelector, Pause, Scale, Suspend};
    use crate::plan::tests::step;

    #[test]
    fn the_kubectl_command_is_quoted_for_a_shell_and_reads_back() {
        let step = step("it's", Action::Scale(Scale { from: 4, to: 0, remember: true, forget: vec![] }));
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
        assert_eq!(of(Action::Scale(Scale { from: 4, to: 0, remember: true, forget: vec![] })), "4 → 0");
        assert_eq!(of(Action::Suspend(Suspend { from: false, to: true, remember: true })), "on → paused");
        assert_eq!(
            of(Action::Pause(Pause { from: None, to: Some("0".into()), remember: true })),
            "autoscaled → held at 0"
        );
        let forgets = Action::Scale(Scale { from: 3, to: 3, remember: false, forget: vec![] });
        assert_eq!(change(&forgets, Direction::Back), "3, remembers the stop");
        assert_eq!(of(forgets), "3, forgets the stop");
        let stop = Action::NodeSelector(NodeSelector { stop: true, selector: "{}".into() });
        assert_eq!(change(&stop, Direction::Back), "none → its nodes");
        assert_eq!(
            change(&Action::Suspend(Suspend { from: false, to: true, remember: true }), Direction::Back),
            "paused → on"
        );
    }
}
