//! A question: what a verb would do to what the user means, in numbers; what has to be typed before; and whether it is
//! still the same when the answer comes.
//!
//! The dialog, the command line and whoever else asks have their plans from here, and make them anew here.

use super::numbers::{Counts, count};
use super::{Name, Permission, Plan, Subject, Wish};
use crate::domain::environment::Environment;
use crate::domain::operation::Verb;
use crate::domain::production::Guard;
use crate::domain::{Snapshot, Text};

/// The plans of one wish, one for each environment.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// What is done.
    pub wish: Wish,
    /// To what.
    pub subject: Vec<Subject>,
    /// How.
    pub plans: Vec<Plan>,
    /// What is known to be allowed, and not.
    permissions: Vec<Permission>,
}

/// What became of a proposal meanwhile.
#[derive(Clone, Debug)]
pub enum Again {
    /// It is the same, with the versions of now.
    Same(Proposal),
    /// It would do something else, and why, in a sentence.
    Changed(Proposal, Text),
    /// Nothing is left of what it is about.
    Gone,
}

impl Proposal {
    /// What `wish` would do as things are now; `None` where what it is about is gone.
    /// `hinders`: why an environment takes nothing now, which the picture does not know.
    pub fn of(
        wish: Wish,
        subject: Vec<Subject>,
        snapshot: &Snapshot,
        hinders: impl Fn(&Environment) -> Option<Text>,
    ) -> Option<Self> {
        let plan = |s: &Subject| {
            let environment = s.environment(snapshot)?;
            let mut plan = wish.plan(environment, &s.scope(environment));
            if plan.refused.is_empty() {
                plan.refused.extend(hinders(environment));
            }
            Some(plan)
        };
        let mut plans: Vec<Plan> = subject.iter().map(plan).collect::<Option<_>>()?;
        // One word for all of them would be too little for what the cluster itself runs in.
        let system = |p: &&mut Plan| p.environment.guard == Some(Guard::System) && p.asks_name();
        if plans.iter_mut().filter(system).count() > 1 {
            let word = wish.verb().word();
            plans.iter_mut().filter(system).for_each(|p| {
                p.refused.push(format!("{} is a system namespace: {word} each by itself", p.environment.id).into());
            });
        }
        Some(Self { wish, plans: Some(plans).filter(|p| !p.is_empty())?, subject, permissions: Vec::new() })
    }

    /// The same as things are by now.
    pub fn again(&self, snapshot: &Snapshot, hinders: impl Fn(&Environment) -> Option<Text>) -> Again {
        let left: Vec<Subject> = self.subject.iter().filter_map(|s| s.still_there(snapshot)).collect();
        let whole = left == self.subject;
        let Some(mut fresh) = Self::of(self.wish.clone(), left, snapshot, hinders) else { return Again::Gone };
        fresh.deny(&self.permissions);
        if whole && fresh.does_the_same(self) {
            return Again::Same(fresh);
        }
        let what = match whole {
            true => "The cluster has changed since",
            false => "Some of it is gone, or was made anew since",
        };
        Again::Changed(fresh, format!("{what}: this is the plan as of now. Nothing was done yet.").into())
    }

    /// Whether what was shown of the one is what the other would do. Versions are left out: every status write changes
    /// them, and a fresh plan carries the fresh ones.
    pub fn does_the_same(&self, other: &Self) -> bool {
        let same = |(a, b): (&Plan, &Plan)| {
            let steps = |p: &Plan| -> Vec<_> {
                p.steps.iter().map(|s| (s.tier, s.object.clone(), s.uid.clone(), s.action.clone())).collect()
            };
            (&a.environment.id, &a.refused, steps(a)) == (&b.environment.id, &b.refused, steps(b))
        };
        (&self.wish, self.plans.len()) == (&other.wish, other.plans.len())
            && self.plans.iter().zip(&other.plans).all(same)
    }

    /// Its verb.
    pub fn verb(&self) -> Verb {
        self.wish.verb()
    }

    /// Plans that would be run: not refused, and with something to do.
    pub fn running(&self) -> impl Iterator<Item = &Plan> {
        self.plans.iter().filter(|p| p.runs())
    }

    /// How many steps there are, of plans that are refused too.
    pub fn steps(&self) -> usize {
        self.plans.iter().map(|p| p.steps.len()).sum()
    }

    /// Whether something may be missing that has not arrived yet.
    pub fn is_provisional(&self) -> bool {
        self.plans.iter().any(|p| p.provisional)
    }

    /// Refuses the plans that lack a permission, each for itself: the others can still be run.
    pub fn deny(&mut self, permissions: &[Permission]) {
        self.plans.iter_mut().for_each(|plan| plan.deny(permissions));
        self.permissions = permissions.to_vec();
    }

    /// On a button: `Stop 8 services`.
    pub fn label(&self) -> String {
        self.counts().label(self.verb())
    }

    /// In a line, what happens: `8 services stop, 22 pods end. Start brings every count back.`
    pub fn headline(&self) -> String {
        self.counts().headline(self.verb(), self.running().count())
    }

    fn counts(&self) -> Counts {
        Counts::of(self.running().flat_map(|p| &p.steps))
    }

    /// As a question: `Stop shop/staging at eu-1, 8 objects?`
    pub fn question(&self, context: &str) -> String {
        let place = if context.is_empty() { String::new() } else { format!(" at {context}") };
        let titles: Vec<String> = self.running().map(Plan::title).collect();
        let objects = count(self.running().map(|p| p.steps.len()).sum(), "object");
        match titles.as_slice() {
            [one] => format!("{one}{place}, {objects}?"),
            several => format!("{}{place}: {objects} in all?", several.join(", ")),
        }
    }

    /// Why nothing of it can be done.
    pub fn hindrance(&self) -> Option<Text> {
        let refused = || self.plans.iter().flat_map(|p| &p.refused).next().cloned();
        let nothing = || format!("there is nothing to {}", self.verb().word()).into();
        self.running().next().is_none().then(|| refused().unwrap_or_else(nothing))
    }

    /// The name that stands for it: of what asks for one, else of all that is not refused.
    pub fn name(&self) -> Option<Name> {
        let asks = |p: &&Plan| p.runs() && p.asks_name();
        let asking: Vec<&Plan> = self.plans.iter().filter(asks).collect();
        let needed = !asking.is_empty();
        let meant = if needed { asking } else { self.plans.iter().filter(|p| p.refused.is_empty()).collect() };
        Name::of(meant.into_iter().map(|p| p.environment.clone()).collect(), needed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::EnvironmentId;
    use crate::domain::fixture::{NS, Scene, at, deployment, meta};
    use crate::domain::row::WorkloadRow;
    use crate::plan::tests::step;
    use crate::plan::{EnvironmentRef, Scope};

    fn of_plans(wish: Wish, places: &[(&str, bool)]) -> Proposal {
        let plan = |(name, production): &(&str, bool)| {
            let environment = EnvironmentRef {
                id: EnvironmentId::new("", "ns"),
                project: "shop".into(),
                name: (*name).into(),
                guard: production.then_some(Guard::Production),
            };
            let steps = vec![step("web", crate::domain::fixture::to_zero())];
            let (only, left_alone, warnings, refused) = (vec![], vec![], vec![], vec![]);
            Plan { operation: wish.verb(), environment, only, steps, left_alone, warnings, provisional: false, refused }
        };
        let plans = places.iter().map(plan).collect();
        Proposal { wish, subject: vec![], plans, permissions: vec![] }
    }

    #[test]
    fn stopping_production_needs_its_name_and_starting_it_does_not() {
        let needs =
            |wish, places: &[(&str, bool)]| of_plans(wish, places).name().map(|n| (n.typed().to_string(), n.needed()));
        let of = |name: &str, needed| Some((name.to_owned(), needed));
        assert_eq!(needs(Wish::Stop, &[("prod", true)]), of("prod", true));
        assert_eq!(needs(Wish::Start, &[("prod", true)]), of("prod", false));
        assert_eq!(needs(Wish::Stop, &[("qa", false)]), of("qa", false));
        assert_eq!(needs(Wish::Stop, &[("prod", true), ("live", true)]), of("shop", true));
        assert_eq!(needs(Wish::Stop, &[("prod", true), ("qa", false)]), of("prod", true));
        assert_eq!(needs(Wish::Stop, &[("dev", false), ("qa", false)]), of("shop", false));
        assert_eq!(needs(Wish::Stop, &[]), None);
        let mut refused = of_plans(Wish::Stop, &[("prod", true), ("qa", false)]);
        refused.plans[0].refused = vec!["no patch on deployments".into()];
        let of = refused.name().map(|n| (n.typed().to_string(), n.needed(), n.guard()));
        assert_eq!(of, Some(("qa".to_owned(), false, None)), "what is not done asks for nothing");
    }

    #[test]
    fn the_question_names_what_where_and_how_much() {
        let question = |places: &[(&str, bool)]| of_plans(Wish::Stop, places).question("eu-1");
        assert_eq!(question(&[("qa", false)]), "Stop shop/qa at eu-1, 1 object?");
        assert_eq!(
            question(&[("qa", false), ("dev", false)]),
            "Stop shop/qa, Stop shop/dev at eu-1: 2 objects in all?"
        );
    }

    #[test]
    fn made_anew_it_is_the_same_unless_it_would_do_something_else_or_what_it_is_about_is_gone() {
        let versioned = |replicas, version: &str| {
            let meta = crate::domain::row::Meta { resource_version: version.into(), ..meta("web") };
            WorkloadRow { meta, ..deployment("web", replicas, replicas) }
        };
        let mut scene = Scene::new().with(versioned(2, "1"));
        let whole = scene.environment(0);
        let picture = |scene: &mut Scene| scene.0.picture(at(1));
        let no = |_: &Environment| None;
        let asked = Proposal::of(Wish::Stop, vec![Subject::whole(&whole)], &picture(&mut scene), no).unwrap();
        assert_eq!(asked.steps(), 1);
        scene.put(versioned(2, "2"));
        let Again::Same(now) = asked.again(&picture(&mut scene), no) else { panic!("only its version is another") };
        assert_eq!(now.plans[0].steps[0].resource_version.as_deref(), Some("2"), "that of now");
        let hindered = asked.again(&picture(&mut scene), |_| Some("somebody is at work".into()));
        assert!(matches!(hindered, Again::Changed(..)));
        scene.put(versioned(3, "3"));
        let Again::Changed(_, why) = asked.again(&picture(&mut scene), no) else { panic!("it has 3 now") };
        assert_eq!(why, "The cluster has changed since: this is the plan as of now. Nothing was done yet.");
        let web = (crate::domain::ObjectId::new(crate::domain::Kind::Deployment, NS, "web"), Text::from("of another"));
        let service = Subject { services: vec![web], ..Subject::within(&whole, Scope::default()) };
        let gone = Proposal { subject: vec![service], ..asked.clone() };
        assert!(matches!(gone.again(&picture(&mut scene), no), Again::Gone));
        let elsewhere = Subject { uid: "another".into(), ..Subject::whole(&whole) };
        let gone = Proposal { subject: vec![elsewhere], ..asked };
        assert!(matches!(gone.again(&picture(&mut scene), no), Again::Gone));
    }

    #[test]
    fn of_several_system_namespaces_each_is_stopped_by_itself() {
        let mut scene = Scene::new();
        for name in ["kube-system", "kube-public", "shop-qa"] {
            let meta = crate::domain::row::Meta { name: name.into(), ..meta(name) };
            let row = crate::domain::row::NamespaceRow { meta, ..Default::default() };
            scene.put(row);
        }
        let picture = scene.0.picture(at(1));
        let refused = |wish, names: &[&str]| -> Vec<String> {
            let subject = names.iter().map(|n| Subject::whole(picture.namespace(*n).unwrap())).collect();
            let proposal = Proposal::of(wish, subject, &picture, |_| None).unwrap();
            proposal.plans.iter().flat_map(|p| &p.refused).map(ToString::to_string).collect()
        };
        let all = ["kube-system", "kube-public", "shop-qa"];
        let each = |name: &str| format!("{name} is a system namespace: stop each by itself");
        assert_eq!(refused(Wish::Stop, &all), [each("kube-system"), each("kube-public")]);
        assert_eq!(refused(Wish::Stop, &["kube-system", "shop-qa"]), [""; 0]);
        assert_eq!(refused(Wish::Start, &all), [""; 0], "a start takes nothing away");
    }

    #[test]
    fn what_is_not_allowed_stays_so_when_it_is_made_anew() {
        let mut scene = Scene::new().with(deployment("web", 2, 2));
        let subject = vec![Subject::whole(&scene.environment(0))];
        let picture = scene.0.picture(at(1));
        let mut asked = Proposal::of(Wish::Stop, subject, &picture, |_| None).unwrap();
        let no = Permission {
            verb: "patch",
            api: crate::domain::Kind::Deployment.into(),
            environment: EnvironmentId::new("", NS),
            allowed: Some(false),
            why: None,
        };
        asked.deny(&[no]);
        assert_eq!(asked.hindrance().as_deref(), Some("no patch on deployments"));
        assert!(matches!(asked.again(&picture, |_| None), Again::Same(now) if now.running().next().is_none()));
    }
}
