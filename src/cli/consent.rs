//! Whether a change may go ahead: refusals of plans, read-only, permission, production, the question.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use super::args::How;
use super::exit::{Exit, Failure, Outcome};
use super::print;
use super::say_plan::{count, title};
use crate::domain::operation::Verb;
use crate::domain::snapshot::Access;
use crate::domain::{Snapshot, Text};
use crate::plan::{Permission, Plan};

/// Refuses what can't be done at all, before anything is asked.
pub(crate) fn possible(plans: &[Plan]) -> Outcome {
    let reasons: Vec<String> =
        plans.iter().flat_map(|p| p.refused.iter().map(move |r| format!("{}: {r}", title(p)))).collect();
    if reasons.is_empty() { Ok(()) } else { Err(Failure::new(Exit::Refused, reasons.join("\n"))) }
}

/// Refuses where nothing may be changed at all.
pub(crate) fn writable(snapshot: &Snapshot, readonly: bool) -> Outcome {
    if readonly {
        return Err(Failure::new(Exit::Refused, "read-only: --readonly was given"));
    }
    match &snapshot.cluster.access {
        Access::ReadOnly(why) => Err(Failure::new(Exit::Refused, format!("read-only: {why}"))),
        Access::Unknown | Access::MayChange => Ok(()),
    }
}

/// Refuses where the server says no. Where it could not be asked, the writes themselves will tell.
pub(crate) fn permitted(permissions: &[Permission]) -> Outcome {
    let mut refused = vec![];
    for p in permissions {
        let why = p.why.as_ref().map(|w| format!(" ({w})")).unwrap_or_default();
        match p.allowed {
            Some(true) => {}
            Some(false) => refused.push(format!("no permission to {} {} in {}{why}", p.verb, p.kind, p.namespace)),
            None => print::say(format_args!(
                "warning: can't tell whether you may {} {} in {}{why}",
                p.verb, p.kind, p.namespace
            )),
        }
    }
    refused.dedup();
    if refused.is_empty() { Ok(()) } else { Err(Failure::new(Exit::Refused, refused.join("\n"))) }
}

/// What has to be typed as `--confirm`: the environment's name where production would be stopped; the
/// project's where several environments would.
pub(crate) fn wanted(plans: &[Plan]) -> Option<Text> {
    let stops: Vec<&Plan> =
        plans.iter().filter(|p| p.place.production && p.operation != Verb::Start && !p.is_empty()).collect();
    match stops.as_slice() {
        [] => None,
        [one] => Some(one.place.environment.clone()),
        [first, ..] => Some(first.place.project.clone()),
    }
}

/// Asks, or refuses where nobody can be asked. True where the answer is given by flags.
pub(crate) fn agreed(how: &How, wanted: Option<&Text>, question: &str) -> Outcome {
    match (wanted, &how.confirm) {
        (Some(name), Some(typed)) if *typed == **name => return Ok(()),
        (Some(name), Some(typed)) => {
            return Err(Failure::new(
                Exit::Refused,
                format!("--confirm {typed} does not name what would be stopped: --confirm {name}"),
            ));
        }
        (Some(name), None) => {
            return Err(Failure::new(Exit::Refused, format!("this is production: confirm with --confirm {name}")));
        }
        (None, _) => {}
    }
    if how.yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Failure::new(Exit::Refused, "nobody to ask here: add --yes (or --dry-run to look first)"));
    }
    let mut err = io::stderr().lock();
    write!(err, "{question} [y/N] ")?;
    err.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::new(Exit::Refused, "not confirmed; nothing was changed")),
    }
}

/// `Stop 8 objects of shop/staging?`
pub(crate) fn question(plans: &[Plan]) -> String {
    match plans {
        [one] => format!("{}, {}?", title(one), count(one.steps.len(), "object")),
        several => {
            let objects = several.iter().map(|p| p.steps.len()).sum();
            let titles: Vec<_> = several.iter().map(title).collect();
            format!("{}: {} in all?", titles.join(", "), count(objects, "object"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::place;
    use super::*;
    use crate::domain::ObjectRef;
    use crate::domain::operation::Action;
    use crate::plan::{Place, Step};

    fn plan(verb: Verb, name: &str, production: bool) -> Plan {
        let e = place("shop", name, "ns");
        let object = ObjectRef::new("Deployment", "ns", "web");
        let step = Step {
            id: 1,
            tier: 0,
            object,
            uid: Text::default(),
            resource_version: Text::default(),
            action: Action::Scale { from: 1, to: 0, remember: true, forget: vec![] },
            pods: 1,
            grace: 30,
            datasource: false,
            note: None,
        };
        Plan {
            operation: verb,
            place: Place { namespace: e.namespace, project: e.project, environment: e.name, production },
            only: vec![],
            steps: vec![step],
            left_alone: vec![],
            warnings: vec![],
            refused: vec![],
        }
    }

    fn exit(o: Outcome) -> Option<Exit> {
        o.err().map(|f| f.exit)
    }

    #[test]
    fn stopping_production_needs_its_name_and_starting_it_does_not() {
        let prod = [plan(Verb::Stop, "prod", true)];
        let wanted_name = wanted(&prod);
        assert_eq!(wanted_name.as_deref(), Some("prod"));
        assert_eq!(wanted(&[plan(Verb::Start, "prod", true)]), None);
        assert_eq!(wanted(&[plan(Verb::Stop, "qa", false)]), None);
        let two = [plan(Verb::Stop, "prod", true), plan(Verb::Stop, "live", true)];
        assert_eq!(wanted(&two).as_deref(), Some("shop"));

        let how = |yes, confirm: Option<&str>| How { yes, confirm: confirm.map(str::to_owned), ..How::default() };
        let ask = |how: &How| exit(agreed(how, wanted_name.as_ref(), "?"));
        assert_eq!(ask(&how(true, None)), Some(Exit::Refused), "--yes alone is not enough");
        assert_eq!(ask(&how(true, Some("qa"))), Some(Exit::Refused));
        assert_eq!(ask(&how(false, Some("prod"))), None);
    }

    #[test]
    fn a_denied_permission_refuses_and_an_unknown_one_does_not() {
        let p = |allowed| {
            [Permission { verb: "patch", kind: "Deployment".into(), namespace: "ns".into(), allowed, why: None }]
        };
        assert_eq!(exit(permitted(&p(Some(false)))), Some(Exit::Refused));
        assert_eq!(exit(permitted(&p(None))), None);
        assert_eq!(exit(permitted(&p(Some(true)))), None);
    }

    #[test]
    fn read_only_refuses_whoever_says_so() {
        let mut s = Snapshot::default();
        assert_eq!(exit(writable(&s, false)), None);
        assert_eq!(exit(writable(&s, true)), Some(Exit::Refused));
        let facts =
            crate::domain::snapshot::ClusterFacts { access: Access::ReadOnly("a dump".into()), ..Default::default() };
        s.cluster = std::sync::Arc::new(facts);
        assert_eq!(exit(writable(&s, false)), Some(Exit::Refused));
    }
}
