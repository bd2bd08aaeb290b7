//! Whether what the service takes that is looked at is there.

use crate::app::state::State;
use crate::domain::existence::Existence;
use crate::domain::row::ConfigRef;

/// Whether a ConfigMap or Secret is there: as the server says, else as a container says that waits for it; `None` while
/// neither has said anything.
pub fn existence(state: &State, config: &ConfigRef) -> Option<Existence> {
    let service = state.service()?;
    let all = service.workload.as_ref().and_then(|w| state.taken.of(&w.meta.uid));
    let found = all.into_iter().flatten().find(|(c, _)| c == config).map(|(_, existence)| existence);
    match found {
        Some(Existence::There | Existence::Missing) => found.cloned(),
        _ if service.says_is_missing(config) => Some(Existence::Missing),
        _ => found.cloned(),
    }
}
