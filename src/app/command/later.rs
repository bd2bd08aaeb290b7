//! Keys and lists that are not built yet. Whoever asks for one is told so: silence would look like a fault.
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
    ('u', "update"),
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

/// Kinds that people ask for by habit and that have no list: their names, and where they are seen today.
pub(crate) const KINDS: &[(&[&str], &str)] = &[
    (&["rs", "replicaset", "replicasets"], "a service shows its revisions"),
    (&["ing", "ingress", "ingresses"], "a service shows its addresses and URLs"),
    (&["cm", "configmap", "configmaps"], "a service shows what it takes under Config"),
    (&["secret", "secrets", "sec"], "a service shows what it takes under Config"),
    (&["hpa", "horizontalpodautoscalers"], "not yet; a service says what is wrong with its own"),
    (&["pvc", "persistentvolumeclaims"], "not yet; a service says which claim it waits for"),
    (&["no", "node", "nodes"], "not yet; a pod shows its node"),
];

/// The name of a kind that has no list, and where it is seen today.
pub(crate) fn list(wanted: &str) -> Option<(&'static str, &'static str)> {
    KINDS.iter().find_map(|(names, today)| Some((*names.iter().find(|n| **n == wanted)?, *today)))
}
