//! Who holds a journal, whether that holder lives, and who may take it.
//!
//! A holder is a process on a host. Of this host's processes kennel knows at once whether they live; of others
//! it believes the heartbeat.

use std::time::Duration;

use super::holder;
use crate::domain::operation::{Journal, OperationState};
use crate::domain::{Text, Time, age};

/// So long a heart must stand still before our eyes where only its stamp says that it has stopped: the stamp is by
/// its holder's reading of the server's clock, and what we compare it with by ours. Two beats and a half.
pub(crate) const WATCHED: Duration = Duration::from_secs(25);

/// A process that holds, or wants to hold, a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    /// User at the cluster, else on the host.
    pub(crate) name: Text,
    pub(crate) host: Text,
    pub(crate) process: u32,
    /// When the process started, in clock ticks since boot, where the system tells.
    pub(crate) process_start: Option<u64>,
}

impl Holder {
    /// This process, for the user of that name at the cluster.
    pub(crate) fn this(user: Option<&Text>) -> Self {
        let process = std::process::id();
        let of_host = || std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "?".to_owned());
        Self {
            name: user.cloned().unwrap_or_else(|| of_host().into()),
            host: holder::host(),
            process,
            process_start: holder::process_start(process),
        }
    }

    /// Writes this holder into a journal.
    pub(crate) fn sign(&self, journal: &mut Journal) {
        journal.holder = self.name.clone();
        journal.host = self.host.clone();
        journal.process = self.process;
        journal.process_start = self.process_start;
    }

    /// Whether a journal is signed by this user in this process.
    pub(crate) fn holds(&self, journal: &Journal) -> bool {
        (&journal.holder, &journal.host, journal.process, journal.process_start)
            == (&self.name, &self.host, self.process, self.process_start)
    }
}

/// Whether a journal's holder is known to be dead: it ran on this host, and is gone, or its number belongs to a
/// later process.
pub(crate) fn holder_is_dead(journal: &Journal) -> bool {
    journal.host == holder::host() && !holder::lives(journal.process, journal.process_start)
}

/// What somebody who wants a journal has to say for himself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Claim {
    /// The user said that it is to be taken even from a live holder.
    pub(crate) with_a_word: bool,
    /// Its operation runs in this kennel.
    pub(crate) runs_here: bool,
}

/// Whether somebody else is at work on a journal.
pub(crate) fn lives(journal: &Journal, me: &Holder, now: Time) -> bool {
    journal.state_at(now, holder_is_dead(journal)) == OperationState::Running && !me.holds(journal)
}

/// Whether a journal may be taken by `me` at `now`; if not, why.
pub(crate) fn may_take(journal: &Journal, me: &Holder, now: Time, claim: Claim) -> Result<(), Text> {
    if journal.state_at(now, holder_is_dead(journal)) != OperationState::Running {
        return Ok(());
    }
    if claim.runs_here {
        return Err(format!("{} {} runs in this kennel already", journal.verb.word(), journal.id).into());
    }
    // Signed by us, and not running here: it was dropped.
    if claim.with_a_word || me.holds(journal) {
        return Ok(());
    }
    Err(held_by(journal, now).into())
}

/// Whether a journal that may be taken looks so by the stamp of its heartbeat alone: then it has to be watched.
pub(crate) fn by_its_stamp(journal: &Journal, me: &Holder, claim: Claim) -> bool {
    let told = journal.process == 0 || holder_is_dead(journal) || me.holds(journal) || claim.with_a_word;
    journal.state == OperationState::Running && !told
}

/// `maria on laptop (process 7) is running a stop here: its heart beat while this kennel watched`.
pub(crate) fn beats(journal: &Journal) -> String {
    format!("{}: its heart beat while this kennel watched", at_work(journal))
}

/// `maria on laptop (process 7) is running a stop here; last sign of life 3s ago`.
pub(crate) fn held_by(journal: &Journal, now: Time) -> String {
    format!("{}; last sign of life {}", at_work(journal), age::ago(journal.heartbeat, now))
}

fn at_work(journal: &Journal) -> String {
    let Journal { holder, host, process, .. } = journal;
    let undoing = if journal.undoing { "undoing" } else { "running" };
    format!("{holder} on {host} (process {process}) is {undoing} {} here", journal.verb.one())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixture;

    fn journal(holder: &Holder) -> Journal {
        let mut journal = fixture::journal(Time::from_second(1000).unwrap());
        holder.sign(&mut journal);
        journal
    }

    #[test]
    fn a_dead_process_of_this_host_is_known_at_once_and_a_reused_number_is_told_apart() {
        let me = Holder::this(None);
        assert!(me.process_start.is_some());
        assert!(!holder_is_dead(&journal(&me)));
        assert!(holder_is_dead(&journal(&Holder { process_start: Some(1), ..me.clone() })), "a later process");
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        let gone = Holder { process: child.id(), process_start: None, ..me.clone() };
        assert!(holder_is_dead(&journal(&gone)));
        assert!(!holder_is_dead(&journal(&Holder { host: "elsewhere".into(), ..gone })), "its heartbeat tells");
    }

    #[test]
    fn taking_over_a_live_holder_needs_a_word_and_names_him() {
        let me = Holder::this(Some(&"me".into()));
        let other = Holder { name: "maria".into(), host: "laptop".into(), process: 7, process_start: None };
        let at = |s| Time::from_second(s).unwrap();
        let word = Claim { with_a_word: true, ..Claim::default() };
        let why = may_take(&journal(&other), &me, at(1003), Claim::default()).unwrap_err();
        assert_eq!(why, "maria on laptop (process 7) is running a stop here; last sign of life 3s ago");
        assert_eq!(may_take(&journal(&other), &me, at(1003), word), Ok(()));
        assert_eq!(may_take(&journal(&other), &me, at(1061), Claim::default()), Ok(()), "its heart has stopped");
        let here = Claim { runs_here: true, ..word };
        assert!(may_take(&journal(&me), &me, at(1003), here).is_err(), "never from oneself");
        assert_eq!(may_take(&journal(&me), &me, at(1003), Claim::default()), Ok(()), "dropped");
        let free = Journal { process: 0, ..journal(&other) };
        assert_eq!(may_take(&free, &me, at(1003), Claim::default()), Ok(()), "let go of");
    }
}
