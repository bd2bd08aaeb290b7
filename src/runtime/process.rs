//! The process itself: what the kernel should know about it.

use rustix::process::{Resource, Rlimit, setrlimit};

/// No core dumps: memory may hold a token or a Secret.
pub fn no_core_dumps() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "core dumps stay on");
    }
}
