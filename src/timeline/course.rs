//! One way that a run took.

use std::sync::Arc;

use super::keep::{Keep, Kept};
use super::{Ahead, Instant, Journal};
use crate::sim::Simulation;

/// One way that a run took, from its start to its end.
#[derive(Clone, Debug)]
pub(super) struct Course {
    pub(super) journal: Journal,
    pub(super) keep: Keep,
    pub(super) end: Instant,
    pub(super) marks: Vec<Mark>,
    /// The state in which it parted from the course before, a frame of both.
    pub(super) parting: Option<Kept>,
    /// What had been measured at the end when it was last left.
    pub(super) ahead: Arc<Ahead>,
}

/// A checkpoint, and the frame there while memory allows.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub(super) at: Instant,
    pub(super) kept: Option<Kept>,
}

impl Course {
    pub(super) fn new(simulation: &Simulation) -> Self {
        Self {
            journal: Journal {
                scenario: Arc::clone(simulation.edited()),
                commands: Vec::new(),
            },
            keep: Keep::new(simulation.frame()),
            end: Instant {
                step: simulation.steps(),
                time: simulation.time(),
            },
            marks: Vec::new(),
            parting: None,
            ahead: Arc::default(),
        }
    }

    /// Whether a frame of this course is one of another run too, since that began and went on in the same way.
    pub(super) fn shares(&self, other: &Journal) -> impl Fn(&Kept) -> bool + use<> {
        let journal = &self.journal;
        let pairs = journal.commands.iter().zip(&other.commands);
        let same = pairs.take_while(|(a, b)| a.0 == b.0 && Arc::ptr_eq(&a.1, &b.1)).count();
        let next = move |journal: &Journal| journal.commands.get(same).map_or(u64::MAX, |(at, _)| *at);
        let began = Arc::ptr_eq(&journal.scenario, &other.scenario);
        let parts = next(journal).min(next(other));
        move |kept| began && kept.done <= same && kept.frame.step() <= parts
    }

    /// Ends here, after so many commands.
    pub(super) fn cut(&mut self, now: Instant, done: usize) {
        self.journal.commands.truncate(done);
        self.keep.cut(now.step, done);
        self.marks.retain(|mark| mark.at.step <= now.step);
        for mark in &mut self.marks {
            mark.kept = mark.kept.take().filter(|kept| kept.done <= done);
        }
        let before = |kept: &Kept| kept.frame.step() <= now.step && kept.done <= done;
        self.parting = self.parting.take().filter(before);
        self.end = now;
        self.ahead = Arc::default();
    }

    pub(super) fn first(&self) -> Instant {
        self.keep.frames().first().map_or(self.end, |kept| Instant {
            step: kept.frame.step(),
            time: kept.frame.time(),
        })
    }

    /// All frames.
    pub(super) fn kept(&self) -> impl Iterator<Item = &Kept> {
        self.keep.frames().iter().chain(self.beside())
    }

    /// The last frame at or before a step.
    pub(super) fn nearest(&self, step: u64) -> Option<&Kept> {
        let before = self.beside().filter(|kept| kept.frame.step() <= step);
        let all = self.keep.nearest(step).into_iter().chain(before);
        all.max_by_key(|kept| (kept.frame.step(), kept.done))
    }

    /// Drops all frames but the first.
    pub(super) fn strip(&mut self) {
        self.keep.strip();
        self.drop_beside();
    }

    /// Drops all frames, the first too if it is the start of a scenario, which can be made again.
    pub(super) fn clear(&mut self) {
        self.keep.clear();
        self.drop_beside();
    }

    /// Whether nothing is left that could be dropped.
    pub(super) fn is_bare(&self) -> bool {
        self.kept().all(|kept| kept.frame.step() > 0) && self.beside().next().is_none()
    }

    /// Drops the frames that do not come at even intervals.
    fn drop_beside(&mut self) {
        self.parting = None;
        self.marks.iter_mut().for_each(|mark| mark.kept = None);
    }

    /// The frames that do not come at even intervals.
    fn beside(&self) -> impl Iterator<Item = &Kept> {
        let marked = self.marks.iter().filter_map(|mark| mark.kept.as_ref());
        marked.chain(&self.parting)
    }
}
