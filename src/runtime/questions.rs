//! Answers to what the state asks, each on the threads that read the cluster: the screen's thread has keys to answer,
//! and parses nothing.

use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use crate::app::Message;
use crate::app::question::{Answer, Asker, Question};
use crate::cluster::Handle;
use crate::health::cause;

/// Questions that are being answered.
#[derive(Debug, Default)]
pub(super) struct Questions(Vec<(Asker, AbortOnDropHandle<()>)>);

impl Questions {
    /// Begins to answer.
    pub(super) fn ask(&mut self, asker: Asker, question: Question, handle: Handle, answers: mpsc::Sender<Message>) {
        let voice = Voice { asker: asker.clone(), answers };
        let task = tokio::spawn(answer(question, handle, voice));
        self.0.push((asker, AbortOnDropHandle::new(task)));
    }

    /// Gives up those that nobody listens to any more.
    pub(super) fn sift(&mut self) {
        self.0.retain(|(asker, task)| asker.listens() && !task.is_finished());
    }

    /// Whether one has not had its last answer.
    pub(super) fn are_open(&self) -> bool {
        self.0.iter().any(|(_, task)| !task.is_finished())
    }
}

/// Says answers to one question.
struct Voice {
    asker: Asker,
    answers: mpsc::Sender<Message>,
}

impl Voice {
    /// Waits where more is said than is heard.
    async fn answer(&self, answer: Answer) {
        let _ = self.answers.send(Message::answer(&self.asker, answer)).await;
    }
}

async fn answer(question: Question, handle: Handle, voice: Voice) {
    match question {
        Question::Review(plans) => voice.answer(Answer::Review(handle.review(&plans).await)).await,
        Question::Revisions(workload) => voice.answer(Answer::Revisions(handle.revisions(&workload).await)).await,
        Question::Back(workload, to) => voice.answer(Answer::Back(handle.back(&workload, to).await)).await,
        Question::Cause(id) => {
            // Who asks for a report asks for all that it takes.
            let evidence = handle.evidence(&[id.namespace], true).await;
            let gaps = evidence.gaps();
            let found = tokio::task::spawn_blocking(move || cause::diagnose(&evidence)).await;
            voice.answer(Answer::Cause(found.unwrap_or_default(), gaps)).await;
        }
        Question::Taken(workload) => voice.answer(Answer::Taken(handle.taken(&workload).await)).await,
    }
}
