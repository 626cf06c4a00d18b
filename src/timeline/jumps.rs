//! Courses set aside, and the ways back to them.

use super::Timeline;
use super::course::Course;
use super::keep::{Keep, Kept};
use crate::sim::Command;

/// Most jumps that can be undone.
const JUMPS: usize = 200;

/// A course that was left at this step.
#[derive(Debug)]
pub(super) struct Jump {
    pub(super) course: Course,
    pub(super) step: u64,
    pub(super) speed: f64,
    /// The frame there while memory allows.
    pub(super) kept: Option<Kept>,
}

/// Courses to go back to, and to come again to: of both the next last.
#[derive(Debug, Default)]
pub(super) struct Jumps {
    pub(super) past: Vec<Jump>,
    pub(super) future: Vec<Jump>,
}

impl Jumps {
    pub(super) fn all(&self) -> impl Iterator<Item = &Jump> {
        self.past.iter().chain(&self.future)
    }

    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut Jump> {
        self.past.iter_mut().chain(&mut self.future)
    }
}

impl Timeline {
    /// Goes back to the state before the last jump; whether there was one.
    pub fn undo(&mut self) -> bool {
        let step = self.begin_undo();
        step.inspect(|step| self.seek(*step)).is_some()
    }

    /// Takes up the course before the last jump, without going to its state: that is at the step returned.
    pub fn begin_undo(&mut self) -> Option<u64> {
        self.cross(|jumps| (&mut jumps.past, &mut jumps.future))
    }

    /// Goes to the state before the last undo; whether there was one.
    pub fn redo(&mut self) -> bool {
        let step = self.begin_redo();
        step.inspect(|step| self.seek(*step)).is_some()
    }

    /// Takes up the course that the last undo left, without going to its state: that is at the step returned.
    pub fn begin_redo(&mut self) -> Option<u64> {
        self.cross(|jumps| (&mut jumps.future, &mut jumps.past))
    }

    /// Takes up the last course of the first list, and puts the one that is left onto the second.
    fn cross(&mut self, lists: impl Fn(&mut Jumps) -> (&mut Vec<Jump>, &mut Vec<Jump>)) -> Option<u64> {
        let jump = lists(&mut self.jumps).0.pop()?;
        let left = self.leave();
        lists(&mut self.jumps).1.push(left);
        Some(self.enter(jump))
    }

    /// Sets the course aside, to be undone to.
    pub(super) fn jump(&mut self) {
        let left = self.leave();
        self.set_aside(left);
    }

    pub(super) fn set_aside(&mut self, left: Jump) {
        let Jumps { past, future } = &mut self.jumps;
        past.push(left);
        future.clear();
        if past.len() > JUMPS {
            past.remove(0);
        }
        self.fit();
    }

    /// The course now, and where it is.
    pub(super) fn leave(&self) -> Jump {
        Jump {
            course: self.course.clone(),
            step: self.simulation.steps(),
            speed: self.speed,
            kept: Some(self.here()),
        }
    }

    /// Takes up a course; the step where it was left.
    fn enter(&mut self, jump: Jump) -> u64 {
        let left = std::mem::replace(&mut self.course, jump.course);
        self.speed = jump.speed;
        // What both have in common is still there in the course that is left.
        let (last, common) = (self.course.end.step, left.shares(&self.course.journal));
        if self.course.keep.frames().is_empty() {
            self.course.keep = left.keep;
            self.course.keep.keep_if(&common);
            self.course.keep.cut(last, usize::MAX);
        }
        if self.course.keep.frames().is_empty() {
            let scenario = Box::new((*self.course.journal.scenario).clone());
            self.simulation.apply(Command::Load(scenario));
            self.course.keep = Keep::new(self.simulation.frame());
            (self.done, self.before) = (0, None);
            self.obey();
        }
        if let Some(parting) = left.parting.filter(|kept| common(kept) && kept.frame.step() <= last) {
            self.course.parting = Some(parting);
        }
        let from = jump.kept.or_else(|| self.course.nearest(jump.step).cloned());
        if let Some(kept) = from {
            self.restore(&kept);
        }
        self.fit();
        jump.step
    }
}
