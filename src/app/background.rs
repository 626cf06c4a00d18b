//! Work that takes longer than a frame, on a thread of its own.
//!
//! ```text
//! drawing ── ask(question) ──▶ nothing running: a thread computes the answer, then wakes the window
//!    ▲                         something running: left to finish; the next frame asks again
//!    └──── answer to the newest question that has one
//! ```
//!
//! There is at most one thread per [`Background`]; an answer to a question that is no longer asked is kept only until the next.

use std::sync::mpsc::{Receiver, TryRecvError, channel};

use eframe::egui::Context;

/// Where answers are worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// On a thread: the drawing goes on meanwhile.
    Thread,
    /// At once, for pictures and tests, which must not depend on a clock.
    Here,
}

/// One question at a time, answered in the background.
#[derive(Debug)]
pub(super) struct Background<Q, A> {
    answer: Option<(Q, A)>,
    running: Option<(Q, Receiver<A>)>,
    /// The last question whose computation panicked: asking it again would only repeat that.
    failed: Option<Q>,
}

impl<Q, A> Default for Background<Q, A> {
    fn default() -> Self {
        Self {
            answer: None,
            running: None,
            failed: None,
        }
    }
}

impl<Q, A> Background<Q, A>
where
    Q: Clone + PartialEq + Send + 'static,
    A: Send + 'static,
{
    /// Asks; whether work was begun. The answer may be found by [`Background::answer`] at once or in a later frame. `name` is that of
    /// the thread.
    pub(super) fn ask(&mut self, question: &Q, place: Place, name: &str, ctx: &Context, compute: fn(&Q) -> A) -> bool {
        self.collect();
        let known =
            self.answer.as_ref().is_some_and(|(of, _)| of == question) || self.failed.as_ref() == Some(question);
        if known || self.running.is_some() {
            return false;
        }
        if place == Place::Here {
            self.answer = Some((question.clone(), compute(question)));
            return true;
        }
        let (send, receive) = channel();
        let (asked, waker) = (question.clone(), ctx.clone());
        let work = move || {
            // Nobody listens any more where the window was closed.
            let _ = send.send(compute(&asked));
            waker.request_repaint();
        };
        match std::thread::Builder::new().name(name.to_owned()).spawn(work) {
            Ok(_) => self.running = Some((question.clone(), receive)),
            // No thread to be had: the answer is late rather than never.
            Err(_) => self.answer = Some((question.clone(), compute(question))),
        }
        true
    }

    /// The newest answer and its question.
    pub(super) fn answer(&self) -> Option<(&Q, &A)> {
        self.answer.as_ref().map(|(of, answer)| (of, answer))
    }

    /// Takes this for the newest answer, or forgets it. An answer that is being worked out will take its place.
    pub(super) fn put(&mut self, answer: Option<(Q, A)>) {
        self.answer = answer;
    }

    /// Whether an answer is being worked out.
    #[cfg(test)]
    pub(super) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Takes over an answer that has come, without asking anything.
    pub(super) fn collect(&mut self) {
        let Some((question, receive)) = self.running.take() else {
            return;
        };
        match receive.try_recv() {
            Ok(answer) => self.answer = Some((question, answer)),
            Err(TryRecvError::Empty) => self.running = Some((question, receive)),
            Err(TryRecvError::Disconnected) => self.failed = Some(question),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: &u64) -> u64 {
        x * x
    }

    #[test]
    fn the_newest_question_is_answered_in_the_end() {
        let ctx = Context::default();
        let mut work: Background<u64, u64> = Background::default();
        for question in 1..=5 {
            work.ask(&question, Place::Thread, "test", &ctx, square);
        }
        while work.answer() != Some((&5, &25)) {
            work.ask(&5, Place::Thread, "test", &ctx, square);
            std::thread::yield_now();
        }
        assert!(!work.is_running());
    }

    #[test]
    fn a_question_that_cannot_be_answered_is_asked_once() {
        let ctx = Context::default();
        let mut work: Background<u64, u64> = Background::default();
        let fail = |x: &u64| [7][*x as usize];
        work.ask(&1, Place::Thread, "test that panics", &ctx, fail);
        while work.is_running() {
            work.ask(&1, Place::Thread, "test that panics", &ctx, fail);
            std::thread::yield_now();
        }
        work.ask(&0, Place::Thread, "test", &ctx, fail);
        assert!(work.is_running(), "another question is another matter");
    }

    #[test]
    fn pictures_do_not_wait() {
        let mut work: Background<u64, u64> = Background::default();
        work.ask(&3, Place::Here, "test", &Context::default(), square);
        assert_eq!(work.answer(), Some((&3, &9)));
    }
}
