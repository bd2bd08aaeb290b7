//! Floor 2: what one person keeps on disk, in the XDG state folder: the audit log, namespaces seen before, issues
//! that are no more, and what operations that were left behind have to say.
//!
//! It is not: anything that two people must see alike (that lives in the cluster, on the objects themselves).
//! To keep one more thing: a file here, that is opened with [`folder`] and whose failure is a warning.

mod audit;
mod file;
mod history;
mod left_behind;
mod seen;

pub use audit::Audit;
pub use history::History;
pub use left_behind::left_behind;
pub use seen::Seen;

use std::path::PathBuf;

use etcetera::BaseStrategy;

/// kennel's folder for state (`$XDG_STATE_HOME/kennel`, else `~/.local/state/kennel`); `None` without a home.
pub fn folder() -> Option<PathBuf> {
    etcetera::base_strategy::Xdg::new().ok().and_then(|xdg| xdg.state_dir()).map(|d| d.join("kennel"))
}
