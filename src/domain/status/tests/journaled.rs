//! What an operation says about the services that it touched.

use super::*;

#[test]
fn of_an_operation_a_service_says_only_what_that_did_with_it() {
    let status = |verb, state, result, row: WorkloadRow| {
        let steps = vec![step("Deployment", "web", to_zero(), result)];
        Scene::new().with(row).with(noted(Journal { verb, state, steps, ..journal(at(-20)) })).status("web", 0)
    };
    let down = || WorkloadRow { revision: Some(5), ..deployment("web", 3, 0) };
    let off = || annotated("kennel.dev/replicas", "3", deployment("web", 0, 0));
    use StepResult::{Done, Pending};
    let stopped = status(Verb::Stop, OperationState::Done, Done, off());
    assert_eq!(stopped, "Stopped · stopped 20s ago by maria");
    assert_eq!(status(Verb::Start, OperationState::Running, Pending, down()), "Starting · 0 of 3 ready");
    // A stop starts nothing.
    assert_eq!(status(Verb::Stop, OperationState::Running, Pending, down()), "Progressing · 0 of 3 ready");
    // Somebody has stopped it alone since: neither the start before nor the stop that failed on it was that.
    assert_eq!(status(Verb::Start, OperationState::Done, Done, off()), "Stopped · stopped by kennel");
    assert_eq!(
        status(Verb::Stop, OperationState::Failed, StepResult::Failed("no".into()), off()),
        "Stopped · stopped by kennel"
    );
}
