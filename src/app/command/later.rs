//! Keys whose verbs are not built yet. Whoever presses one is told so: silence would look like a fault.
//!
//! None of them is in [`super::TABLE`], so no help, hint or palette offers one. A verb that is built leaves this list.

use crate::app::key::Key;

/// Key and verb.
pub(super) const LATER: &[(char, &str)] = &[
    ('l', "logs"),
    ('s', "a terminal"),
    ('f', "port-forward"),
    ('d', "describe"),
    ('y', "YAML"),
    ('e', "edit as YAML"),
    ('o', "open the URL"),
    ('A', "acknowledge"),
    ('a', "add"),
    ('r', "restart"),
    ('u', "update"),
    ('b', "back to a revision"),
    ('+', "scale"),
    ('T', "trigger"),
    ('C', "clone"),
    ('R', "reconcile"),
    ('D', "destroy"),
    ('v', "environment matrix"),
    ('E', "export"),
    ('X', "external access"),
    ('!', "a shell"),
];

/// The verb that a key will have.
pub(crate) fn later(key: Key) -> Option<&'static str> {
    LATER.iter().find(|(c, _)| key == Key::char(*c)).map(|(_, verb)| *verb)
}
