//! Words of things as screens have them: images, addresses, exits, issues.

use std::borrow::Cow;

use super::canvas::Pen;
use super::cut;
use super::theme::Role;
use crate::app::row::Fold;
use crate::domain::environment::Environment;
use crate::domain::event::{COMBINED, Event};
use crate::domain::grouping::UNASSIGNED;
use crate::domain::issue::{Issue, IssueCounts};
use crate::domain::operation::OperationState;
use crate::domain::row::{PodRow, Termination};
use crate::domain::service::Service;
use crate::domain::status::failure::short_image;

/// Counts of issues, worst first, without hints: `▲2 △5`. Medium and warning are one count.
pub(crate) fn issues(counts: &IssueCounts) -> [(u32, &'static str, Role); 3] {
    [
        (counts.critical, "▲", Role::Bad),
        (counts.high, "△", Role::Warn),
        (counts.medium.saturating_add(counts.warning), "▫", Role::Mixed),
    ]
}

/// Cells that [`put_issues`] takes.
pub(crate) fn issues_width(counts: &IssueCounts) -> usize {
    let shown = issues(counts).into_iter().filter(|(n, ..)| *n > 0);
    shown.map(|(n, ..)| 2 + digits(n)).sum::<usize>().saturating_sub(1)
}

/// Writes counts of issues; nothing where there are none.
pub(crate) fn put_issues(pen: &mut Pen<'_>, counts: &IssueCounts) {
    let mut first = true;
    for (n, glyph, role) in issues(counts).into_iter().filter(|(n, ..)| *n > 0) {
        if !first {
            pen.space(1);
        }
        first = false;
        pen.put(glyph, role).put(&n.to_string(), role);
    }
}

/// Adds counts of issues to a line of pieces, apart from what stands before them.
pub(crate) fn add_issues(line: &mut Vec<(String, Role)>, counts: &IssueCounts) {
    let shown = issues(counts).into_iter().filter(|(n, ..)| *n > 0);
    for (at, (n, glyph, role)) in shown.enumerate() {
        line.push((format!("{}{glyph}{n}", if at == 0 { "   " } else { " " }), role));
    }
}

fn digits(n: u32) -> usize {
    n.checked_ilog10().map_or(1, |d| d as usize + 1)
}

/// Cells of a number.
pub(crate) fn number_width(n: u32) -> usize {
    digits(n)
}

/// An environment's name; with its project where rows of several projects stand together.
pub(crate) fn environment(e: &Environment, with_project: bool) -> Cow<'_, str> {
    if shows_project(e, with_project) { Cow::Owned(e.path()) } else { Cow::Borrowed(e.name.as_str()) }
}

/// The project of namespaces that no scheme groups says nothing.
fn shows_project(e: &Environment, with_project: bool) -> bool {
    with_project && e.project != UNASSIGNED
}

/// Cells of [`environment`].
pub(crate) fn environment_width(e: &Environment, with_project: bool) -> usize {
    cut::width(&e.name) + if shows_project(e, with_project) { cut::width(&e.project) + 1 } else { 0 }
}

/// How the images of a pane are said, all in the same way: whole, without their registry, or by their last segment and
/// tag, which tell them apart.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Images {
    whole: usize,
    path: usize,
    last: usize,
}

impl Images {
    /// Of all images of a pane.
    pub(crate) fn of<'a>(images: impl Iterator<Item = &'a str>) -> Self {
        images.fold(Self::default(), |wide, whole| {
            let said = image(whole);
            let path = short_image(&said);
            Self {
                whole: wide.whole.max(cut::width(&said)),
                path: wide.path.max(cut::width(&path)),
                last: wide.last.max(cut::width(last_segment(&path))),
            }
        })
    }

    /// Cells of the widest, whole.
    pub(crate) fn whole(self) -> usize {
        self.whole
    }

    /// Cells of the widest, without its registry.
    pub(crate) fn path(self) -> usize {
        self.path
    }

    /// Cells of the widest, by its last segment.
    pub(crate) fn last(self) -> usize {
        self.last
    }

    /// The cells to say them in where each has its own: as that of them can be said that has the least.
    pub(crate) fn room<'a>(self, each: impl Iterator<Item = (&'a str, usize)> + Clone) -> usize {
        let fit = |of: fn(&str) -> String| each.clone().all(|(image, room)| cut::width(&of(image)) <= room);
        if fit(|i| image(i).into_owned()) {
            return self.whole;
        }
        if fit(|i| short_image(&image(i))) { self.path } else { 0 }
    }

    /// One of them as all fit into `cells`.
    pub(crate) fn said(self, whole: &str, cells: usize) -> String {
        let said = image(whole);
        if self.whole <= cells {
            return said.into_owned();
        }
        let path = short_image(&said);
        if self.path <= cells { path } else { last_segment(&path).to_owned() }
    }
}

/// `web:1.2` of `team/web:1.2`.
fn last_segment(image: &str) -> &str {
    image.rsplit('/').next().unwrap_or(image)
}

/// An image without what nobody reads: a digest is cut to seven digits.
pub(crate) fn image(image: &str) -> Cow<'_, str> {
    match image.split_once("@sha256:") {
        // A tag beside the digest says the same in fewer characters.
        Some((name, _)) if name.rsplit('/').next().is_some_and(|last| last.contains(':')) => Cow::Borrowed(name),
        Some((name, digest)) => Cow::Owned(format!("{name}@{}", digest.get(..7).unwrap_or(digest))),
        None => Cow::Borrowed(image),
    }
}

/// An address inside its own environment: `catalog:8080` of `catalog.shop-staging.svc:8080`.
pub(crate) fn address<'a>(address: &'a str, namespace: &str) -> Cow<'a, str> {
    let own = address.split_once('.').and_then(|(name, rest)| {
        let port = rest.strip_prefix(namespace)?.strip_prefix(".svc")?;
        (port.is_empty() || port.starts_with(':')).then(|| format!("{name}{port}"))
    });
    own.map_or(Cow::Borrowed(address), Cow::Owned)
}

/// A URL without its scheme, where that is https, and without a lone slash.
pub(crate) fn url(url: &str) -> &str {
    url.strip_prefix("https://").unwrap_or(url).trim_end_matches('/')
}

/// The one line that matters now of a service: the reason of trouble, else the worst issue, else a second remark. How many are ready
/// stands beside it already, and so does that it is idle.
pub(crate) fn matter<'a>(e: &'a Environment, s: &'a Service) -> Option<&'a str> {
    // Its own name stands beside it.
    let unnamed = |title: &'a str| title.strip_prefix(&*s.object.name).filter(|rest| rest.starts_with([' ', ':']));
    let issue = || e.worst_of(&s.object).map(|i| unnamed(&i.title).unwrap_or(&i.title).trim_start_matches([':', ' ']));
    s.reason.as_deref().filter(|_| !s.bare).or_else(issue).or(s.secondary.as_deref())
}

/// The same in at most `cells`, as far as it can be.
pub(crate) fn matter_in<'a>(e: &'a Environment, s: &'a Service, cells: usize) -> Option<&'a str> {
    Some(fitting(matter(e, s)?, s.brief.as_deref(), cells))
}

/// The most words that fit into `cells`: all of a sentence; then without what it adds in brackets; then its fewest words,
/// and these without what they add. Where none fit, the fewest.
fn fitting<'a>(whole: &'a str, brief: Option<&'a str>, cells: usize) -> &'a str {
    // Where nobody has said what the fewest words are, they are looked for.
    let marks = if brief.is_some() { ADDED.split_at(1).0 } else { &ADDED };
    let lengths = std::iter::successors(Some(whole), |words| without(words, marks));
    let brief = std::iter::successors(brief, |words| shorter(words));
    let mut fewest = whole;
    for words in lengths.chain(brief) {
        if cut::width(words) <= cells {
            return words;
        }
        if words.len() < fewest.len() {
            fewest = words;
        }
    }
    fewest
}

/// A sentence without what it adds at its end: `no node fits its selector, 160s of 600s`, `no node fits its selector`,
/// `no node fits`. One word alone would say nothing.
fn shorter(words: &str) -> Option<&str> {
    without(words, &ADDED)
}

/// What begins that which a sentence adds, and how much of that stays. (What stands behind a colon is what is wrong:
/// some of it says more than none.)
const ADDED: [(&str, usize); 4] = [(" (", 0), (", ", 0), (" · ", 0), (" fits its ", " fits".len())];

fn without<'a>(words: &'a str, marks: &[(&str, usize)]) -> Option<&'a str> {
    let left = marks.iter().filter_map(|(mark, kept)| words.get(..words.rfind(mark)? + kept));
    left.filter(|left| left.contains(' ')).max_by_key(|left| left.len())
}

/// Why an environment is as it is in at most `cells`: the name of the service that it begins with gives way
/// before the words that say what is wrong with it, and of these the last ones before the first (how many more there
/// are, stands beside it).
pub(crate) fn reason_in<'a>(e: &Environment, why: &'a str, cells: usize) -> Cow<'a, str> {
    let fits = |words: &str| cut::width(words) <= cells;
    if fits(why) {
        return Cow::Borrowed(why);
    }
    let begins =
        |s: &&std::sync::Arc<Service>| why.strip_prefix(&*s.object.name).is_some_and(|r| r.starts_with([' ', ':']));
    let service = e.services.iter().find(begins);
    let said = |words: &'a str| service.map_or(Cow::Borrowed(words), |s| named_in(&s.object.name, words, cells));
    let mut words = why;
    while !fits(&said(words))
        && let Some(fewer) = shorter(words)
    {
        words = fewer;
    }
    said(words)
}

/// A sentence about something in at most `cells`: where it begins with that thing's name, this is cut first.
pub(crate) fn named_in<'a>(name: &str, sentence: &'a str, cells: usize) -> Cow<'a, str> {
    /// Cells of a name under which it tells nothing.
    const LEAST: usize = 7;
    /// Cells of a name where even without it not all fits.
    const SOME: usize = 12;
    match sentence.strip_prefix(name) {
        Some(rest) if cut::width(sentence) > cells => {
            let room = cells.checked_sub(cut::width(rest)).filter(|room| *room >= LEAST).unwrap_or(SOME);
            Cow::Owned(format!("{}{rest}", cut::middle(name, room)))
        }
        _ => Cow::Borrowed(sentence),
    }
}

/// An issue in at most `cells`: what would be cut is said in the fewest words, then the name of its object gives way.
pub(crate) fn issue(issue: &Issue, cells: usize) -> Cow<'_, str> {
    named_in(&issue.id.object.name, fitting(&issue.title, issue.brief.as_deref(), cells), cells)
}

/// What an event says in at most `cells`: its message; with its reason before it where that is wanted (`both`) and
/// fits, or where nothing tells the same in fewer words.
pub(crate) fn said(e: &Event, cells: usize, both: bool) -> (Option<&str>, Cow<'_, str>) {
    /// Cells of a message under which it tells nothing.
    const SOME: usize = 12;
    let before = |words: &str| (both && !repeats(&e.reason, words)).then_some(&*e.reason);
    let fits = |words: &str, reason: Option<&str>| {
        cut::width(words) + reason.map_or(0, |reason| cut::width(reason) + 1) <= cells
    };
    let message = e.message.strip_prefix(COMBINED).unwrap_or(&e.message);
    let reason = before(message);
    if fits(message, reason) {
        return (reason, Cow::Borrowed(message));
    }
    let Some(brief) = e.brief() else {
        // Beside a reason some words must be left of the message: it says more.
        let room = |reason: &&str| cut::width(reason) + 1 + SOME <= cells;
        return (reason.filter(room), Cow::Borrowed(message));
    };
    let reason = before(&brief);
    (reason.filter(|_| fits(&brief, reason)), Cow::Owned(brief))
}

/// Whether words begin or end with the reason, as most do: `Pulling: Pulling image …`, `Completed: Job completed`.
fn repeats(reason: &str, words: &str) -> bool {
    let is_it = |m: Option<&str>| m.is_some_and(|m| m.eq_ignore_ascii_case(reason));
    let last = words.len().checked_sub(reason.len()).and_then(|from| words.get(from..));
    is_it(words.get(..reason.len())) || is_it(last)
}

/// Cells in which an event is said with its reason and without a cut, in its fewest words.
pub(crate) fn said_width(e: &Event) -> usize {
    match e.brief() {
        Some(brief) => cut::width(&brief),
        None if repeats(&e.reason, &e.message) => cut::width(&e.message),
        None => cut::width(&e.reason) + 1 + cut::width(&e.message),
    }
}

/// What a fold holds: `3 without services · 4 of the system`, `14 hints`.
pub(crate) fn fold(f: &Fold) -> String {
    if f.hints > 0 {
        return super::format::plural(f.hints as usize, "hint", "hints");
    }
    let parts = [(f.empty, "without services"), (f.system, "of the system")];
    let said = parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}"));
    said.collect::<Vec<_>>().join(" · ")
}

/// How a container ended, with what the code means.
pub(crate) fn exit(t: &Termination) -> String {
    let meaning = match t.code {
        0 => "ended well",
        // The shell's own codes.
        126 => "not executable",
        127 => "command not found",
        // 128 + signal.
        134 => "aborted",
        137 if t.reason == "OOMKilled" => "out of memory",
        137 => "killed",
        139 => "segmentation fault",
        143 => "asked to end",
        _ if t.reason == "OOMKilled" => "out of memory",
        _ if t.reason.is_empty() || t.reason == "Error" => "error",
        _ => t.reason.as_str(),
    };
    format!("{} {meaning}", t.code)
}

/// The latest exit of a pod's containers.
pub(crate) fn last_exit(p: &PodRow) -> Option<&Termination> {
    p.containers.iter().filter_map(|c| c.last.as_deref()).max_by_key(|t| t.finished)
}

/// Glyph and role of an operation's state.
pub(crate) fn operation(state: OperationState) -> (&'static str, Role) {
    match state {
        OperationState::Running => ("◐", Role::Busy),
        OperationState::Interrupted => ("⚠", Role::Bad),
        OperationState::Done => ("✓", Role::Good),
        OperationState::Failed => ("✖", Role::Bad),
        OperationState::Undone => ("○", Role::Off),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ObjectId;
    use crate::domain::issue::{Category, IssueId, Severity};

    #[test]
    fn an_image_keeps_what_tells_versions_apart() {
        assert_eq!(image("acme/web:5.12.0"), "acme/web:5.12.0");
        assert_eq!(image("r:5000/acme/web@sha256:0123456789abcdef"), "r:5000/acme/web@0123456");
        assert_eq!(image("acme/web:5.12.0@sha256:0123456789abcdef"), "acme/web:5.12.0");
    }

    #[test]
    fn a_reason_keeps_its_words_and_its_services_name_gives_way() {
        let object = crate::domain::ObjectId { name: "payments-reconciler".into(), ..Default::default() };
        let service = Service { object, ..Service::default() };
        let e = Environment { services: vec![std::sync::Arc::new(service)].into(), ..Environment::default() };
        let why = "payments-reconciler crash-loops, 2 more";
        assert_eq!(reason_in(&e, why, 60), why);
        assert_eq!(reason_in(&e, why, 33), "payments…iler crash-loops, 2 more");
        assert_eq!(reason_in(&e, why, 20), "payme…er crash-loops", "a name of two letters would tell nothing");
        assert_eq!(reason_in(&e, "payments-reconciler crash-loops", 14), "payment…iler crash-loops");
        assert_eq!(reason_in(&e, "1 of 3 stopped", 5), "1 of 3 stopped");
        assert_eq!(reason_in(&e, "web paused, 0 of 2 new", 14), "web paused", "no stump of a second thing");
    }

    #[test]
    fn a_reason_that_would_be_cut_is_said_in_fewer_words() {
        let e = Environment::default();
        let s = Service {
            reason: Some("cannot pull acme/pricing:2.3.0 (2 of 3 pods)".into()),
            brief: Some("cannot pull its image".into()),
            ..Service::default()
        };
        assert_eq!(matter_in(&e, &s, 60), s.reason.as_deref());
        assert_eq!(matter_in(&e, &s, 32), Some("cannot pull acme/pricing:2.3.0"), "without what it adds");
        assert_eq!(matter_in(&e, &s, 28), Some("cannot pull its image"));
        assert_eq!(matter_in(&e, &Service { brief: None, ..s.clone() }, 28), Some("cannot pull acme/pricing:2.3.0"));
    }

    #[test]
    fn a_reason_has_as_many_words_as_there_is_room_for_and_none_that_say_nothing() {
        let whole = "no node fits its selector, 160s of 600s";
        let said = |cells| fitting(whole, None, cells);
        assert_eq!([40, 30, 24].map(said), [whole, "no node fits its selector", "no node fits"]);
        assert_eq!(said(3), "no node fits", "the fewest, which are cut");
        let whole = "readiness fails ×45: HTTP 503";
        assert_eq!(fitting(whole, None, 24), whole, "some of what is wrong says more than none of it");
        assert_eq!(fitting("web, db", None, 5), "web, db", "a name alone says nothing");
    }

    #[test]
    fn an_issue_is_said_in_fewer_words_before_anything_of_it_is_cut() {
        let id = || IssueId { object: ObjectId { name: "pricing".into(), ..Default::default() }, ..Default::default() };
        let title = "pricing: cannot pull acme/pricing:2.3.0";
        let issue = || Issue::new(id(), Severity::High, Category::Deployment, title);
        let issue_of = |brief: Option<&str>| Issue { brief: brief.map(Into::into), ..issue() };
        let i = issue_of(Some("pricing: cannot pull its image"));
        assert_eq!(super::issue(&i, 60), title);
        assert_eq!(super::issue(&i, 30), "pricing: cannot pull its image");
        assert!(super::issue(&i, 28).ends_with(": cannot pull its image"), "then the name gives way");
        assert_eq!(super::issue(&issue_of(None), 30), title);
    }

    #[test]
    fn an_event_is_said_in_fewer_words_before_anything_of_it_is_cut() {
        let event = |reason: &str, message: &str| Event {
            time: None,
            first: None,
            warning: true,
            reason: reason.into(),
            message: message.into(),
            count: 1,
            object: Default::default(),
            service: None,
            source: "".into(),
        };
        let e = event("FailedScheduling", "0/6 nodes are available: 6 Insufficient cpu.");
        assert_eq!(said(&e, 80, true), (Some("FailedScheduling"), e.message.as_str().into()));
        assert_eq!(said(&e, 40, true), (Some("FailedScheduling"), "no node has the cpu".into()));
        assert_eq!(said(&e, 30, true), (None, "no node has the cpu".into()), "it says what the reason does");
        assert_eq!(said(&e, 30, false), (None, "no node has the cpu".into()));
        let e = event("Pulling", "Pulling image \"acme/web:1\"");
        assert_eq!(said(&e, 40, true), (None, e.message.as_str().into()), "the reason once");
        assert_eq!(said(&e, 20, true), (None, "pulling acme/web:1".into()));
        assert_eq!(said(&event("Completed", "Job completed"), 40, true), (None, "Job completed".into()));
        for e in [event("Odd", "something new"), event("Completed", "Job completed"), e] {
            let whole = said_width(&e);
            let (reason, words) = said(&e, whole, true);
            assert_eq!(cut::width(&words) + reason.map_or(0, |r| r.len() + 1), whole, "{words}");
        }
        let e = event("Pulled", "Successfully pulled image \"acme/web:1\" in 1.2s (1.2s including waiting)");
        assert_eq!(said(&e, 40, true), (None, "pulled acme/web:1".into()), "once in few words, too");
        let e = event("Odd", "something that nobody has ever said before");
        assert_eq!(said(&e, 20, true), (Some("Odd"), e.message.as_str().into()));
    }

    #[test]
    fn of_an_event_without_room_its_message_is_said_and_no_part_of_its_reason() {
        let e = Event {
            time: None,
            first: None,
            warning: true,
            reason: "ProvisioningFailed".into(),
            message: "no volume plugin matched name".into(),
            count: 21,
            object: Default::default(),
            service: None,
            source: "".into(),
        };
        assert_eq!(said(&e, 18, true), (None, e.message.as_str().into()));
        assert_eq!(said(&e, 34, true), (Some("ProvisioningFailed"), e.message.as_str().into()));
    }

    #[test]
    fn all_images_of_a_pane_are_said_alike_and_shortened_to_their_last_segment_before_any_is_cut() {
        let all = ["registry.acme.example/team/adservice:v0.10.6", "r.io/boutique/frontend:v0.10.6"];
        let images = Images::of(all.into_iter());
        let said = |cells| all.map(|i| images.said(i, cells));
        assert_eq!(said(60), all);
        assert_eq!(said(40), ["team/adservice:v0.10.6", "boutique/frontend:v0.10.6"]);
        assert_eq!(said(24), ["adservice:v0.10.6", "frontend:v0.10.6"], "one that does not fit decides for all");
        let room = images.room([(all[0], 22), (all[1], 99)].into_iter());
        assert_eq!(images.said(all[1], room), "boutique/frontend:v0.10.6");
        assert_eq!(Images::of(["r.io/web@sha256:0123456789abcdef"].into_iter()).said("r.io/a/web:1", 0), "web:1");
    }

    #[test]
    fn an_address_is_short_only_inside_its_own_environment() {
        assert_eq!(address("catalog.shop.svc:8080", "shop"), "catalog:8080");
        assert_eq!(address("catalog.shop.svc:8080", "sho"), "catalog.shop.svc:8080");
        assert_eq!(address("10.0.0.1:31000", "shop"), "10.0.0.1:31000");
    }

    #[test]
    fn an_exit_says_what_its_code_means() {
        let of = |code, reason: &str| exit(&Termination { code, reason: reason.into(), ..Termination::default() });
        assert_eq!(of(137, "OOMKilled"), "137 out of memory");
        assert_eq!(of(137, "Error"), "137 killed");
        assert_eq!(of(1, "Error"), "1 error");
        assert_eq!(of(2, "StartError"), "2 StartError");
    }
}
