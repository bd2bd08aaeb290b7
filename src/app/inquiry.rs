//! What is asked about the workload of the service that is looked at: one question at a time, as long as one looks, and
//! again when the answer may be another. What was answered stays until the next answer.

use super::question::Ticket;
use crate::domain::Text;

/// What is known of one workload by asking for it. `K`: with another one it is another question.
#[derive(Clone, Debug)]
pub struct Inquiry<K, A> {
    /// UID of the workload.
    uid: Text,
    /// What it was asked by last.
    asked: Option<K>,
    /// Of the question whose answer is under way.
    pub(crate) awaited: Option<Ticket>,
    /// The answer; `None` while the first one is awaited.
    found: Option<A>,
    /// Counts answers: a list of them is remade when it has changed.
    pub(crate) answers: u64,
}

impl<K, A> Default for Inquiry<K, A> {
    fn default() -> Self {
        Self { uid: Text::default(), asked: None, awaited: None, found: None, answers: 0 }
    }
}

impl<K: PartialEq, A> Inquiry<K, A> {
    /// The answer about the workload of this UID.
    pub fn of(&self, uid: &str) -> Option<&A> {
        self.found.as_ref().filter(|_| self.uid == uid)
    }

    /// It is asked for again.
    pub(crate) fn doubt(&mut self) {
        self.asked = None;
    }

    /// Nobody looks any more: what was asked for is asked again when somebody does.
    pub(crate) fn leave(&mut self) {
        if self.awaited.take().is_some() {
            self.doubt();
        }
    }

    /// Whether it is to be asked now, about the workload of this UID.
    pub(crate) fn due(&mut self, uid: &Text, key: K) -> bool {
        if self.uid != *uid {
            // What is known is about another one.
            *self = Self { uid: uid.clone(), answers: self.answers, ..Self::default() };
        }
        let key = Some(key);
        let due = self.awaited.is_none() && self.asked != key;
        if due {
            self.asked = key;
        }
        due
    }

    /// An answer, if it is the one that is awaited.
    pub(crate) fn take(&mut self, question: u64, answer: impl FnOnce() -> A) {
        if self.awaited.take_if(|t| t.is(question)).is_some() {
            self.answers += 1;
            self.found = Some(answer());
        }
    }
}
