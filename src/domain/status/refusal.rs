//! Why no pod may be made, as admission says it.

/// What admission says (ResourceQuota, LimitRanger, PodSecurity, ServiceAccount, webhooks), and what it means in the
/// fewest words. <https://github.com/kubernetes/kubernetes/tree/master/plugin/pkg/admission>
pub(super) const REFUSALS: &[(&str, &str)] = &[
    ("exceeded quota", "exceeds the quota"),
    ("failed quota", "lacks limits for a quota"),
    ("violates PodSecurity", "violates pod security"),
    ("denied the request", "is denied by a webhook"),
    ("failed calling webhook", "its webhook fails"),
    ("service account", "lacks its service account"),
    ("serviceaccount", "lacks its service account"),
    ("usage per ", "breaks a limit range"),
];

/// Why no pod may be made, in the fewest words.
pub(crate) fn refusal(why: &str) -> &'static str {
    REFUSALS.iter().find(|(said, _)| why.contains(said)).map_or("cannot make pods", |(_, words)| words)
}
