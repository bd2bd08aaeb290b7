//! Whether a change may go ahead: refusals of plans, read-only, permission, production, the question.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use super::args::How;
use super::exit::{Exit, Failure, Outcome};
use super::print;
use crate::domain::snapshot::Access;
use crate::domain::{Snapshot, Text};
use crate::plan::{self, Name, Permission, Plan};

/// Ends where none of the plans can be run, before anything is asked, with the reasons of each. Of several those that
/// can be run are, and [`refusal`] is the outcome of the others.
pub(crate) fn possible(plans: &[Plan]) -> Outcome {
    let refused: Vec<String> = plans.iter().flat_map(reasons).collect();
    let none = !plans.is_empty() && plans.iter().all(|p| !p.refused.is_empty());
    if none { Err(Failure::new(Exit::Refused, refused.join("\n"))) } else { Ok(()) }
}

/// How a look at these plans ends: a run of them would end so, too.
pub(crate) fn foreseen(plans: &[Plan]) -> Outcome {
    match plans.iter().filter(|p| !p.refused.is_empty()).count() {
        0 => Ok(()),
        n if n == plans.len() => Err(Failure::silent(Exit::Refused)),
        _ => Err(Failure::silent(Exit::Partly)),
    }
}

fn reasons(plan: &Plan) -> impl Iterator<Item = String> {
    plan.refused.iter().map(move |r| format!("{}: {r}", plan.title()))
}

/// The outcome of a plan that can't be run, where others are.
pub(crate) fn refusal(plan: &Plan) -> Option<plan::Outcome> {
    let why = plan.refused.iter().map(|r| r.as_str()).collect::<Vec<_>>().join("; ");
    let end = plan::End::Refused(why.into());
    let of = || plan::Outcome { environment: plan.environment.id.clone(), id: Text::default(), end, results: vec![] };
    (!plan.refused.is_empty()).then(of)
}

/// Refuses where nothing may be changed at all. Rights are not asked here: they differ by kind and namespace.
pub(crate) fn writable(snapshot: &Snapshot) -> Outcome {
    match &snapshot.cluster.access {
        Access::ReadOnly(why) => Err(Failure::new(Exit::Refused, format!("read-only: {why}"))),
        _ => Ok(()),
    }
}

/// Says what could not be asked: the writes themselves will tell.
pub(crate) fn unknown(permissions: &[Permission]) {
    for p in permissions.iter().filter(|p| p.allowed.is_none()) {
        let why = p.why.as_ref().map(|w| format!(" ({w})")).unwrap_or_default();
        print::say(format_args!(
            "warning: can't tell whether you may {} {} in {}{why}",
            p.verb, p.api, p.environment.namespace
        ));
    }
}

/// Whether somebody was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Yes, and said yes.
    Yes,
    /// What was said before is enough.
    NotAsked,
}

/// Asks, or refuses where nobody can be asked, and where `--confirm` names something else.
pub(crate) fn agreed(how: &How, wanted: Option<&Name>, question: &str) -> Outcome<Answer> {
    if let Some(name) = wanted {
        let confirm = |words: &[String]| words.iter().map(|w| format!(" --confirm {w}")).collect::<String>();
        if let Some(word) = name.foreign(&how.confirm) {
            let would = confirm(&name.unnamed(&[]));
            let why = format!("--confirm {word} does not name what would be changed:{would}");
            return Err(Failure::new(Exit::Refused, why));
        }
        let left = name.unnamed(&how.confirm);
        match (name.needed(), left.as_slice()) {
            (true, []) => return Ok(Answer::NotAsked),
            (true, left) => {
                let this = name.guard().map(|g| format!("this is {}: ", g.word())).unwrap_or_default();
                return Err(Failure::new(Exit::Refused, format!("{this}confirm with{}", confirm(left))));
            }
            (false, _) => {}
        }
    }
    if how.yes {
        return Ok(Answer::NotAsked);
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
        "y" | "yes" => Ok(Answer::Yes),
        _ => Err(Failure::new(Exit::Refused, "not confirmed; nothing was changed")),
    }
}

/// On which cluster, as a question says it.
pub(crate) fn at(snapshot: &Snapshot) -> String {
    let context = &snapshot.cluster.context;
    if context.is_empty() { String::new() } else { format!(" at {context}") }
}

#[cfg(test)]
mod tests {
    use super::super::tests::place;
    use super::*;
    use crate::domain::EnvironmentId;
    use crate::domain::operation::{Action, Scale, Verb};
    use crate::domain::production::Guard;
    use crate::domain::{Kind, ObjectId};
    use crate::plan::{EnvironmentRef, Step};

    fn plan(verb: Verb, name: &str, production: bool) -> Plan {
        let e = place("shop", name, "ns");
        let object = ObjectId::new(Kind::Deployment, "ns", "web");
        let step = Step {
            id: 1,
            tier: 0,
            object,
            uid: None,
            resource_version: None,
            action: Action::Scale(Scale { from: 1, to: 0, remember: true, forget: vec![] }),
            pods: 1,
            grace: 30,
            datasource: false,
            note: None,
        };
        Plan {
            operation: verb,
            environment: EnvironmentRef {
                id: e.id,
                project: e.project,
                name: e.name,
                guard: production.then_some(Guard::Production),
            },
            only: vec![],
            steps: vec![step],
            left_alone: vec![],
            warnings: vec![],
            provisional: false,
            refused: vec![],
        }
    }

    fn exit(o: Outcome) -> Option<Exit> {
        o.err().map(|f| f.exit)
    }

    #[test]
    fn a_name_that_is_needed_or_given_must_be_the_right_one_and_yes_alone_does_not_replace_it() {
        let how = |yes, words: &[&str]| {
            let confirm = words.iter().map(ToString::to_string).collect();
            How { yes, confirm, ..How::default() }
        };
        let name = |name: &str, needed| Name::of(vec![(&place("shop", name, "ns")).into()], needed).unwrap();
        let exit = |how: &How, name: &Name| agreed(how, Some(name), "?").err().map(|f| f.exit);
        let prod = name("prod", true);
        assert_eq!(exit(&how(true, &[]), &prod), Some(Exit::Refused), "--yes alone is not enough");
        assert_eq!(exit(&how(true, &["qa"]), &prod), Some(Exit::Refused));
        assert_eq!(exit(&how(false, &["prod"]), &prod), None);
        // A name that is given is meant, wherever.
        let qa = name("qa", false);
        assert_eq!(exit(&how(true, &["prod"]), &qa), Some(Exit::Refused));
        assert_eq!(exit(&how(true, &["qa"]), &qa), None);
        assert_eq!(exit(&how(true, &[]), &qa), None);
    }

    fn no(kind: Kind, namespace: &str, allowed: Option<bool>) -> Permission {
        Permission {
            verb: "patch",
            api: kind.into(),
            environment: EnvironmentId::new("", namespace),
            allowed,
            why: None,
        }
    }

    #[test]
    fn a_plan_that_lacks_a_permission_is_refused_and_an_unknown_one_refuses_nothing() {
        let denied = |permissions: &[Permission]| {
            let mut plans = [plan(Verb::Stop, "qa", false)];
            plans.iter_mut().for_each(|p| p.deny(permissions));
            (possible(&plans).err().map(|f| f.to_string()), plans[0].refused.len())
        };
        assert_eq!(denied(&[no(Kind::Deployment, "ns", None)]), (None, 0));
        assert_eq!(denied(&[no(Kind::Deployment, "ns", Some(true))]), (None, 0));
        assert_eq!(denied(&[no(Kind::Deployment, "elsewhere", Some(false))]), (None, 0), "another environment's");
        assert_eq!(denied(&[no(Kind::CronJob, "ns", Some(false))]), (None, 0), "it needs none");
        let said = Some("Stop shop/qa: no patch on deployments".to_owned());
        assert_eq!(denied(&[no(Kind::Deployment, "ns", Some(false))]), (said, 1));
    }

    #[test]
    fn of_several_plans_those_that_can_be_run_are_and_the_others_end_refused() {
        let (can, mut cannot) = (plan(Verb::Stop, "qa", false), plan(Verb::Stop, "dev", false));
        cannot.refused = vec!["no patch on deployments".into(), "somebody is at work".into()];
        assert!(refusal(&can).is_none());
        let end = plan::End::Refused("no patch on deployments; somebody is at work".into());
        assert_eq!(refusal(&cannot).map(|o| o.end), Some(end));
        let some = [can.clone(), cannot.clone()];
        assert_eq!((exit(possible(&some)), exit(foreseen(&some))), (None, Some(Exit::Partly)));
        let none = [cannot.clone(), cannot];
        assert_eq!((exit(possible(&none)), exit(foreseen(&none))), (Some(Exit::Refused), Some(Exit::Refused)));
        let all = [can];
        assert_eq!((exit(possible(&all)), exit(foreseen(&all))), (None, None));
    }
}
