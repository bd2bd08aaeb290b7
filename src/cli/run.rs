//! Running operations from the command line: progress on stderr, signals, results, exit codes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::join_all;
use tokio::sync::mpsc;

use super::args::{Global, How};
use super::connect::Session;
use super::exit::{Exit, Failure, Outcome};
use super::{hand_over, print, shape};
use crate::cluster::{Handle, RunOptions};
use crate::domain::EnvironmentId;
use crate::domain::operation::{Journal, JournalStep};
use crate::plan::{self, Direction, End, Happened, Plan, Progress};
use crate::runtime::dashboard::Unfinished;
use crate::runtime::signals::{Asked, Signals};

/// Lines of progress that wait to be written.
const LINES: usize = 64;

/// Something to run on one environment.
#[derive(Debug, Clone)]
pub(crate) enum Job {
    /// A plan.
    Run(Plan),
    /// Go on with an operation.
    Resume { environment: EnvironmentId, journal: Arc<Journal> },
    /// Undo an operation.
    Undo { environment: EnvironmentId, journal: Arc<Journal> },
}

/// How operations run: the time a tier gets, whether the last pods are waited for.
pub(crate) fn options(global: &Global, how: &How) -> RunOptions {
    let usual = RunOptions::default();
    RunOptions { tier_limit: global.timeout.unwrap_or(usual.tier_limit), wait: !how.no_wait, ..usual }
}

/// Runs all jobs at once, each on an environment of its own, and says how they go on stderr.
/// SIGINT and SIGTERM end them after what is in flight: their journals stay, to be gone on with. A second one does
/// not wait for that either: with a server that does not answer it may take a minute. A terminal that hangs up asks
/// for no end: they go on without one.
pub(crate) async fn all(session: &Session, global: &Global, how: &How, jobs: Vec<Job>) -> Vec<plan::Outcome> {
    let options = options(global, how);
    let stop = options.stop.clone();
    let hung_up = Arc::new(AtomicBool::new(false));
    let hanging = hung_up.clone();
    let known: Vec<(bool, bool)> =
        jobs.iter().map(|j| (!matches!(j, Job::Run(p) if !p.needs_journal()), matches!(j, Job::Undo { .. }))).collect();
    let rest = if known.iter().any(|(journaled, _)| *journaled) { "; the journal keeps the rest" } else { "" };
    let asked = tokio::spawn(async move {
        let Ok(mut signals) = Signals::catch() else { return };
        hanging.store(signals.asked_to_end().await == Asked::HangUp, Ordering::SeqCst);
        print::say(format_args!("ending after what is in flight{rest} (once more ends at once)"));
        stop.cancel();
        // A shell passes the hang-up on that the terminal has sent already.
        while signals.asked_to_end().await != Asked::Leave {}
        print::say("ended at once: `kennel operations` shows how far it is");
        std::process::exit(Exit::Failed as i32);
    });
    let several = jobs.len() > 1;
    let runs = jobs.into_iter().map(|job| one(session.handle.clone(), job, options.clone(), several));
    let outcomes = join_all(runs).await;
    asked.abort();
    let goes_on = hung_up.load(Ordering::SeqCst) && session.hands_over;
    // Whatever has begun and not ended well has a journal to go on with.
    let open = |o: &plan::Outcome| !matches!(o.end, End::Done | End::Undone | End::Refused(_));
    for (o, (_, undo)) in outcomes.iter().zip(known).filter(|(o, (journaled, _))| *journaled && open(o)) {
        if goes_on && matches!(o.end, End::Left(_)) {
            let left = Unfinished { environment: o.environment.clone(), id: o.id.clone(), undo };
            print::say(hand_over::leave_behind(global, &left, &session.handle.snapshot()));
            continue;
        }
        let id = &o.id;
        print::say(format_args!(
            "{}: go on with `kennel operations --resume {id}`, or back with `--undo {id}`",
            o.environment
        ));
    }
    outcomes
}

async fn one(handle: Handle, job: Job, options: RunOptions, several: bool) -> plan::Outcome {
    let (progress, mut lines) = mpsc::channel(LINES);
    let names = Names::of(&job, several);
    let tell = async {
        let mut waited = None;
        while let Some(line) = lines.recv().await {
            names.show(&line, &mut waited);
        }
    };
    let run = async {
        match job {
            Job::Run(plan) => handle.run(plan, options, progress).await,
            Job::Resume { environment, journal } => {
                handle.resume(environment, journal.id.clone(), options, progress).await
            }
            Job::Undo { environment, journal } => handle.undo(environment, journal.id.clone(), options, progress).await,
        }
    };
    let (outcome, ()) = tokio::join!(run, tell);
    outcome
}

/// Names of steps and of the environment, for lines of progress.
struct Names {
    place: String,
    steps: Vec<(u32, String)>,
}

impl Names {
    fn of(job: &Job, several: bool) -> Self {
        let of = |journal: &Journal, direction| {
            let step = |s: &JournalStep| (s.id, format!("{} {}", s.object, plan::change(&s.action, direction)));
            journal.steps.iter().map(step).collect()
        };
        let (environment, steps) = match job {
            Job::Run(plan) => {
                let step = |s: &plan::Step| (s.id, format!("{} {}", s.object, plan::detail(s)));
                (&plan.environment.id, plan.steps.iter().map(step).collect())
            }
            Job::Resume { environment, journal } => (environment, of(journal, Direction::of(journal))),
            Job::Undo { environment, journal } => (environment, of(journal, Direction::Back)),
        };
        Self { place: if several { format!("{environment}: ") } else { String::new() }, steps }
    }

    fn show(&self, progress: &Progress, waited: &mut Option<(u32, u32)>) {
        let place = &self.place;
        match &progress.happened {
            Happened::Claiming => {}
            Happened::Begun => print::say(format_args!("{place}operation {} begins", progress.id)),
            Happened::Step { id, result } => {
                let (word, why) = shape::result(result);
                if word == "sent" {
                    return;
                }
                let name =
                    self.steps.iter().find(|(n, _)| n == id).map_or_else(|| format!("step {id}"), |(_, n)| n.clone());
                let why = why.map(|w| format!(": {w}")).unwrap_or_default();
                print::say(format_args!("{place}{name}: {word}{why}"));
            }
            Happened::Waiting { tier, pods, .. } => {
                // A line when the number changes, not for each look.
                if *waited != Some((*tier, *pods)) && *pods > 0 {
                    print::say(format_args!("{place}waiting for {}", plan::count(*pods as usize, "pod")));
                }
                *waited = Some((*tier, *pods));
            }
            Happened::Note(text) => print::say(format_args!("{place}{text}")),
        }
    }
}

/// The exit code of outcomes: of the worst where there is one environment; of several, timed out before
/// some failed.
pub(crate) fn verdict(outcomes: &[plan::Outcome]) -> Outcome {
    let exits: Vec<Exit> = outcomes.iter().map(|o| exit(&o.end)).collect();
    for o in outcomes {
        if let (word, Some(why)) = shape::end(&o.end) {
            print::say(format_args!("kennel: {}: {word}: {why}", o.environment.namespace));
        }
    }
    let exit = match exits.as_slice() {
        [] => Exit::Done,
        [first, rest @ ..] if rest.iter().all(|e| e == first) => *first,
        mixed if mixed.contains(&Exit::TimedOut) => Exit::TimedOut,
        _ => Exit::Partly,
    };
    if exit == Exit::Done { Ok(()) } else { Err(Failure::silent(exit)) }
}

fn exit(end: &End) -> Exit {
    match end {
        End::Done | End::Undone => Exit::Done,
        End::Partly => Exit::Partly,
        End::Refused(_) => Exit::Refused,
        End::TimedOut(_) => Exit::TimedOut,
        End::Failed(_) | End::Left(_) => Exit::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_is_that_of_the_end_and_mixed_ends_are_partly_done() {
        let code = |ends: &[End]| {
            let outcomes: Vec<_> = ends
                .iter()
                .map(|e| plan::Outcome {
                    environment: EnvironmentId::new("", "n"),
                    id: "i".into(),
                    end: e.clone(),
                    results: vec![],
                })
                .collect();
            verdict(&outcomes).err().map_or(Exit::Done, |f| f.exit)
        };
        assert_eq!(code(&[]), Exit::Done);
        assert!(verdict(&[]).is_ok(), "what is done is no failure");
        assert_eq!(code(&[End::Done]), Exit::Done);
        assert_eq!(code(&[End::Partly]), Exit::Partly);
        assert_eq!(code(&[End::Refused("x".into())]), Exit::Refused);
        assert_eq!(code(&[End::Left("x".into())]), Exit::Failed, "some of it was done: no refusal");
        assert_eq!(code(&[End::TimedOut("x".into())]), Exit::TimedOut);
        assert_eq!(code(&[End::Failed("x".into())]), Exit::Failed);
        assert_eq!(code(&[End::Done, End::Failed("x".into())]), Exit::Partly);
        assert_eq!(code(&[End::Done, End::TimedOut("x".into())]), Exit::TimedOut);
    }
}
