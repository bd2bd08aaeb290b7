//! Why no pod may be made, as admission says it (ResourceQuota, LimitRanger, PodSecurity, ServiceAccount, webhooks), and
//! what it means in the fewest words. <https://github.com/kubernetes/kubernetes/tree/master/plugin/pkg/admission>

use super::{Clause, Words, clip};

/// What a refusal says, how its own words name what refuses, what is said of the service where they do not, and how the
/// former go with its name.
pub(super) type Refusal = (&'static str, fn(&str) -> Option<String>, &'static str, Clause);

pub(super) const REFUSALS: &[Refusal] = &[
    ("exceeded quota", quota, "exceeds the quota", Clause::Shared),
    ("failed quota", unnamed, "lacks limits for a quota", Clause::Predicate),
    ("violates PodSecurity", standard, "violates pod security", Clause::Predicate),
    ("denied the request", denial, "is denied by a webhook", Clause::Predicate),
    ("failed calling webhook", silence, "waits for a webhook", Clause::Shared),
    ("service account", unnamed, "lacks its service account", Clause::Predicate),
    ("serviceaccount", unnamed, "lacks its service account", Clause::Predicate),
    ("usage per ", unnamed, "breaks a limit range", Clause::Predicate),
];

/// Why no pod may be made, in the fewest words.
pub(crate) fn refusal(why: &str) -> (String, Clause) {
    let known = REFUSALS.iter().find(|(said, ..)| why.contains(said));
    known.map_or(("cannot make pods".to_owned(), Clause::Predicate), |(_, named, plain, clause)| match named(why) {
        Some(words) => (words, *clause),
        None => ((*plain).to_owned(), Clause::Predicate),
    })
}

/// That no pod may be made, and why.
pub(super) fn refused(why: &str) -> Words {
    // `pods "web-x2abc" is forbidden: exceeded quota: …`: which pod does not matter.
    let why = why.split_once(" is forbidden: ").map_or(why, |(_, why)| why);
    let (brief, clause) = refusal(why);
    Words { whole: format!("cannot make pods: {}", clip(why)), brief, clause }
}

fn unnamed(_: &str) -> Option<String> {
    None
}

/// What a ResourceQuota says where it refuses a pod: `exceeded quota: team, requested: pods=1, used: pods=14, limited:
/// pods=14`, which lists what does not suffice alone.
pub(crate) struct Exceeded<'a> {
    /// The quota's name.
    pub(crate) quota: &'a str,
    /// What was asked for: `pods=1`.
    pub(crate) asked: &'a str,
    /// What is used.
    pub(crate) used: &'a str,
    /// What may be used.
    pub(crate) hard: &'a str,
}

impl<'a> Exceeded<'a> {
    pub(crate) fn read(why: &'a str) -> Option<Self> {
        let (quota, amounts) = why.split_once("exceeded quota: ")?.1.split_once(", requested: ")?;
        let (asked, amounts) = amounts.split_once(", used: ")?;
        let (used, hard) = amounts.split_once(", limited: ")?;
        Some(Exceeded { quota, asked, used, hard })
    }

    /// `quota team: pods 14/14`, of what is listed first.
    pub(crate) fn brief(&self) -> String {
        let first =
            |list: &'a str| list.split([',', ' ']).next().unwrap_or_default().split_once('=').unwrap_or_default();
        let ((what, used), (_, hard)) = (first(self.used), first(self.hard));
        format!("quota {}: {what} {used}/{hard}", self.quota)
    }
}

fn quota(why: &str) -> Option<String> {
    Exceeded::read(why).map(|quota| quota.brief())
}

/// `violates pod security restricted` of `violates PodSecurity "restricted:latest": …`.
fn standard(why: &str) -> Option<String> {
    let level = quoted_after(why, "violates PodSecurity")?.split(':').next()?;
    Some(format!("violates pod security {level}"))
}

fn denial(why: &str) -> Option<String> {
    Some(format!("is denied by webhook {}", quoted_after(why, "admission webhook")?))
}

fn silence(why: &str) -> Option<String> {
    Some(format!("webhook {} does not answer", quoted_after(why, "failed calling webhook")?))
}

fn quoted_after<'a>(why: &'a str, mark: &str) -> Option<&'a str> {
    why.split_once(mark)?.1.split('"').nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_what_refuses_and_by_how_much() {
        let cases = [
            (
                "exceeded quota: team, requested: pods=1, used: pods=14, limited: pods=14",
                "quota team: pods 14/14",
                Clause::Shared,
            ),
            (
                "exceeded quota: q, requested: limits.cpu=1,limits.memory=1Gi, used: limits.cpu=7500m,limits.memory=8Gi, limited: limits.cpu=8,limits.memory=8Gi",
                "quota q: limits.cpu 7500m/8",
                Clause::Shared,
            ),
            ("exceeded quota: q", "exceeds the quota", Clause::Predicate),
            (
                "violates PodSecurity \"restricted:latest\": allowPrivilegeEscalation != false",
                "violates pod security restricted",
                Clause::Predicate,
            ),
            (
                "admission webhook \"validate.kyverno.svc-fail\" denied the request: no latest",
                "is denied by webhook validate.kyverno.svc-fail",
                Clause::Predicate,
            ),
            (
                "Internal error occurred: failed calling webhook \"pods.policy.example.com\": failed to call webhook: Post \"https://policy.ops.svc:443/?timeout=10s\": context deadline exceeded",
                "webhook pods.policy.example.com does not answer",
                Clause::Shared,
            ),
            ("something new", "cannot make pods", Clause::Predicate),
        ];
        for (why, words, clause) in cases {
            assert_eq!(refusal(why), (words.to_owned(), clause), "{why}");
        }
        let whole = refused("pods \"web-x2abc\" is forbidden: exceeded quota: q").whole;
        assert_eq!(whole, "cannot make pods: exceeded quota: q", "which pod does not matter");
    }
}
