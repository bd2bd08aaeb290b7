//! What an operation is limited to, and what it takes along on request.

use crate::domain::Text;

/// The services and the options a user asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Names of services (`web`, or `deploy/web` where a name is ambiguous); empty means all.
    pub services: Vec<Text>,
    /// Also DaemonSets, by a node selector that matches no node.
    pub daemonsets: bool,
}
