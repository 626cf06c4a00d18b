//! What makes the journal another: commands, starts, and runs from elsewhere.

use std::sync::Arc;

use super::course::Course;
use super::keep::Kept;
use super::{Instant, Journal, State, Timeline, journal};
use crate::scenario::Scenario;
use crate::sim::Command;

impl Timeline {
    pub(super) fn change(&mut self, command: Command, joined: bool) -> bool {
        if let Command::Edit(edited) = &command {
            let paced = Scenario {
                speed: edited.speed,
                ..(**self.simulation.edited()).clone()
            };
            if **edited == paced && (self.is_behind() || **self.simulation.edited() == paced) {
                self.speed = edited.speed;
                self.simulation.set_speed(self.speed);
                return false;
            }
        }
        let jumps = !joined && (self.is_behind() || !matches!(command, Command::Edit(_)));
        let left = jumps.then(|| self.leave());
        if let Command::Edit(edited) = &command {
            self.speed = edited.speed;
        }
        match command {
            Command::Load(scenario) => self.begin(*scenario),
            Command::Reset => self.begin((**self.simulation.edited()).clone()),
            Command::Edit(_) | Command::Brush(_) | Command::Duplicate(_) | Command::Remove(_) => {
                let before = Arc::clone(self.simulation.scenario());
                if !self.simulation.apply(command.clone()) {
                    return false;
                }
                if let Some(left) = &left {
                    self.course.parting.clone_from(&left.kept);
                }
                self.course.cut(self.now(), self.done);
                self.note(command, before);
            }
        }
        if let Some(left) = left {
            self.set_aside(left);
        }
        jumps
    }

    /// Writes a command into the journal, in place of the last where that leaves no trace.
    fn note(&mut self, command: Command, before: Arc<Scenario>) {
        let step = self.simulation.steps();
        let first = self.course.journal.commands.last();
        if let (Some(running), Some((_, first)), Command::Edit(second)) = (&self.before, first, &command)
            && let Command::Edit(first) = &**first
            && journal::replaces(running, first, second)
        {
            self.done -= 1;
            self.course.cut(self.now(), self.done);
        } else {
            self.before = matches!(command, Command::Edit(_)).then_some(before);
        }
        self.course.journal.commands.push((step, Arc::new(command)));
        self.done += 1;
        self.changes += 1;
    }

    /// Begins a scenario at time 0.
    pub(super) fn begin(&mut self, scenario: Scenario) {
        self.changes += 1;
        self.before = None;
        self.speed = scenario.speed;
        self.simulation.apply(Command::Load(Box::new(scenario)));
        self.course = Course::new(&self.simulation);
        self.done = 0;
    }

    /// Takes over where a run was. Stands at the start of its scenario before.
    pub(super) fn arrive(&mut self, state: State) {
        self.course.journal = state.journal;
        let done = self.course.journal.until(state.frame.step());
        self.course.journal.commands.truncate(done);
        self.speed = state.frame.scenario().speed;
        let kept = Kept::new(state.frame, done, self.course.keep.last());
        self.course.end = Instant {
            step: kept.frame.step(),
            time: kept.frame.time(),
        };
        self.restore(&kept);
        if kept.frame.step() > 0 {
            self.course.keep.push(kept);
        }
        self.fit();
    }

    /// Knows how a run goes on to this step. Stands at the start of its scenario before.
    pub(super) fn know(&mut self, journal: Journal, step: u64) {
        let step = journal.within(step);
        self.course.journal = journal.cut(step);
        self.obey();
        let time = self.course.journal.time_at(step);
        self.course.end = Instant { step, time };
    }

    /// What the course has in common with another run, if that began alike: how many commands, and the last step at which both may be.
    pub(super) fn in_common(&self, other: &Journal) -> Option<(usize, u64)> {
        let journal = &self.course.journal;
        // A run that was taken over on its way has no start to come from.
        if self.course.first().step > 0 || *journal.scenario != *other.scenario {
            return None;
        }
        let pairs = journal.commands.iter().zip(&other.commands);
        let same = pairs.take_while(|(a, b)| a == b).count();
        let next = |journal: &Journal| journal.commands.get(same).map_or(u64::MAX, |(at, _)| *at);
        Some((same, next(journal).min(next(other))))
    }

    /// Goes over to another run from what both have in common, and knows how that goes on to this step.
    pub(super) fn turn(&mut self, journal: Journal, step: u64, (same, parts): (usize, u64)) {
        let (now, step) = (self.simulation.steps(), journal.within(step));
        let both = |kept: &Kept| kept.done <= same && kept.frame.step() <= parts.min(step);
        let course = &mut self.course;
        let mut journal = journal.cut(step);
        // Frames are told to be of both runs by what these share.
        journal.scenario = Arc::clone(&course.journal.scenario);
        for (new, old) in journal.commands.iter_mut().zip(&course.journal.commands).take(same) {
            new.1 = Arc::clone(&old.1);
        }
        course.journal = journal;
        course.keep.keep_if(both);
        course.parting = course.parting.take().filter(both);
        course.marks.retain(|mark| mark.at.step <= parts.min(step));
        for mark in &mut course.marks {
            mark.kept = mark.kept.take().filter(both);
        }
        course.ahead = Arc::default();
        let time = course.journal.time_at(step);
        course.end = Instant { step, time };
        self.changes += 1;
        self.before = None;
        self.speed = self.course.journal.scenario.speed;
        let here = self.done <= same && now <= parts.min(step);
        match self.course.nearest(step).filter(|_| !here).cloned() {
            Some(kept) => self.restore(&kept),
            None => {
                self.simulation.set_speed(self.speed);
                self.obey();
            }
        }
    }

    /// Obeys the commands that are known to be due.
    pub(super) fn obey(&mut self) {
        let step = self.simulation.steps();
        let mut obeyed = false;
        while let Some((_, command)) = self
            .course
            .journal
            .commands
            .get(self.done)
            .filter(|(at, _)| *at <= step)
        {
            let command = (**command).clone();
            self.simulation.apply(command);
            self.done += 1;
            obeyed = true;
        }
        if obeyed {
            self.simulation.set_speed(self.speed);
        }
    }
}
