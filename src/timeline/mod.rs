//! The past of a run, and the way back to it.
//!
//! A [`Timeline`] drives a [`Simulation`]. It keeps a [`Journal`] of what was done and frames at even intervals of model time; any
//! step that was reached is reached again from the nearest frame before it, by the same steps and commands, to the last bit.
//! What is beyond the present step is known: stepping repeats it, until a command in the past cuts it off.
//!
//! # Undo
//!
//! Starts, the brush, panels that come and go, and anything done in the past make a *jump*: the course of the run before it is set
//! aside as a whole, its frames shared with the new one, and [`Timeline::undo`] takes it up again. Where memory is short, frames of
//! courses set aside are dropped, the oldest first; then the way back is longer, since steps are repeated.
//!
//! # Memory
//!
//! All frames together stay below a limit. Where they do not fit, every second one is dropped and the interval doubles. The frame of the
//! start is always there; so is the room of the run itself, which is not counted. Of a course set aside nothing but its journal may be
//! left: then it is made again from its start.
//!
//! Known limits: a journal of a long session with many edits is not shortened; where not even one frame fits beside the start every
//! way back begins there.

mod condition;
mod journal;
mod keep;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::observe::Observables;
use crate::scenario::Scenario;
use crate::sim::{Command, Frame, Simulation, StepError};
use crate::snapshot::{Probe, Snapshot};
pub use condition::{Condition, ConditionError, Met, Quantity, Sign, Watch};
pub use journal::Journal;
use keep::{Keep, Kept};

/// Bytes that frames may take, unless another limit is set.
pub const LIMIT: usize = 256 << 20;
/// Most jumps that can be undone.
const JUMPS: usize = 200;
/// Most frames of courses set aside: to go through them takes time.
const MOST_ASIDE: usize = 2000;

/// All that is needed to go on with a run, bit for bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// How it came about, up to the frame.
    pub journal: Journal,
    /// Where it is.
    pub frame: Frame,
}

/// A step of a run, and its model time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Instant {
    /// Steps since the start.
    pub step: u64,
    /// Model time since the start.
    pub time: f64,
}

/// What a window shows of a timeline.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Strip {
    /// The start.
    pub first: Instant,
    /// The live end: how far the run has come.
    pub last: Instant,
    /// Where it is now; before the live end stepping repeats what is known.
    pub now: Instant,
    /// Bytes that frames take beside the run.
    pub bytes: usize,
    /// Bytes that they may take.
    pub limit: usize,
    /// Model time between two frames.
    pub interval: f64,
    /// The model times of all frames, in order: from each of them the steps after it are reached.
    pub frames: Vec<f64>,
    /// Checkpoints, in order.
    pub marks: Vec<Instant>,
    /// How many jumps can be undone.
    pub undo: usize,
    /// How many can be redone.
    pub redo: usize,
}

/// What was measured of every panel, oldest first.
pub type Ahead = Vec<Vec<Arc<Observables>>>;

/// A run with its past.
#[derive(Debug)]
pub struct Timeline {
    simulation: Simulation,
    course: Course,
    /// How many commands of the journal the run has obeyed: all up to its step.
    done: usize,
    /// Courses to go back to, the latest last; and to come again to, the next last.
    past: Vec<Jump>,
    future: Vec<Jump>,
    limit: usize,
    /// The pace belongs to who watches: going to another time does not change it.
    speed: f64,
    /// What ran before the last command, where that is an edit at this step.
    before: Option<Arc<Scenario>>,
    /// Counts the changes of the journal by new commands.
    changes: u64,
}

/// One way that a run took, from its start to its end.
#[derive(Clone, Debug)]
struct Course {
    journal: Journal,
    keep: Keep,
    end: Instant,
    marks: Vec<Mark>,
    /// What had been measured at the end when it was last left.
    ahead: Arc<Ahead>,
}

/// A checkpoint, and the frame there while memory allows.
#[derive(Clone, Debug)]
struct Mark {
    at: Instant,
    kept: Option<Kept>,
}

/// A course that was left at this step.
#[derive(Debug)]
struct Jump {
    course: Course,
    step: u64,
    speed: f64,
    /// The frame there while memory allows.
    kept: Option<Kept>,
}

impl Timeline {
    /// Starts a scenario at time 0.
    pub fn new(scenario: Scenario) -> Self {
        Self::from(Simulation::new(scenario))
    }
}

impl From<Simulation> for Timeline {
    /// Drives a run that is there. Of one that has begun already there is no way back to what was before.
    fn from(simulation: Simulation) -> Self {
        let speed = simulation.scenario().speed;
        Self {
            course: Course::new(&simulation),
            simulation,
            done: 0,
            past: Vec::new(),
            future: Vec::new(),
            limit: LIMIT,
            speed,
            before: None,
            changes: 0,
        }
    }
}

impl Timeline {
    /// Repeats a run up to this step, which may take long; [`Timeline::recall`] and [`Timeline::seek_towards`] do it in parts.
    pub fn replay(journal: Journal, step: u64) -> Self {
        let mut timeline = Self::new((*journal.scenario).clone());
        timeline.know(journal, step);
        timeline.seek(step);
        timeline
    }

    /// Goes on where a run was.
    pub fn resume(state: State) -> Self {
        let mut timeline = Self::new((*state.journal.scenario).clone());
        timeline.arrive(state);
        timeline
    }

    /// One step, measured where that is due, and the commands that are known to follow it. An error says that a panel has
    /// collapsed; the step is done all the same.
    pub fn step(&mut self) -> Result<(), StepError> {
        self.before = None;
        let result = self.simulation.step();
        self.simulation.record();
        let now = self.now();
        if self.course.keep.is_due(now.step, now.time) {
            self.keep();
        }
        self.obey();
        if now.step >= self.course.end.step {
            self.course.end = now;
        }
        result
    }

    /// Changes the run; see [`Command`]. In the past this cuts off what was to come. Whether it is a jump, which [`Timeline::undo`] undoes.
    pub fn apply(&mut self, command: Command) -> bool {
        self.change(command, false)
    }

    /// Changes the run as a part of the last jump: undone with it. For the touches of one stroke.
    pub fn apply_joined(&mut self, command: Command) {
        self.change(command, true);
    }

    /// Goes to this step, or as far as the run has come. The state there is the same to the last bit.
    pub fn seek(&mut self, step: u64) {
        while !self.seek_towards(step, u64::MAX) {}
    }

    /// Goes towards a step, by at most so many steps. Whether it is there.
    pub fn seek_towards(&mut self, step: u64, most: u64) -> bool {
        let step = step.clamp(self.course.first().step, self.course.end.step);
        let now = self.simulation.steps();
        if now == self.course.end.step && step < now {
            self.course.ahead = Arc::new(self.simulation.histories().map(<[_]>::to_vec).collect());
        }
        let nearest = self.course.nearest(step);
        if let Some(kept) = nearest.filter(|kept| now > step || kept.frame.step() > now) {
            let kept = kept.clone();
            self.restore(&kept);
        }
        for _ in 0..most {
            if self.simulation.steps() >= step {
                break;
            }
            // A collapse that was passed over once is no news.
            let _ = self.step();
        }
        self.simulation.steps() == step
    }

    /// Goes back to the last frame, whatever a step that failed has left. The state before that step is at [`Timeline::end`], or where
    /// the run was if it was behind.
    pub fn recover(&mut self) {
        if let Some(kept) = self.course.nearest(self.simulation.steps()).cloned() {
            self.restore(&kept);
        }
    }

    /// The last frame kept.
    pub fn kept_frame(&self) -> Option<&Arc<Frame>> {
        let kept = self.course.nearest(self.simulation.steps());
        kept.map(|kept| &kept.frame)
    }

    /// The last state kept, to go on from if this timeline is lost.
    pub fn kept(&self) -> Option<(Journal, Arc<Frame>)> {
        let kept = self.course.nearest(self.simulation.steps())?;
        let journal = Journal {
            scenario: Arc::clone(&self.course.journal.scenario),
            commands: self.course.journal.commands[..kept.done].to_vec(),
        };
        Some((journal, Arc::clone(&kept.frame)))
    }

    /// What was measured by the last step: caption, particles and measurements of every panel; nothing where none was due.
    pub fn measured(&self) -> impl Iterator<Item = (&str, usize, &Observables)> + Clone {
        self.simulation.just_measured()
    }

    /// Goes back to the state before the last jump; whether there was one.
    pub fn undo(&mut self) -> bool {
        let step = self.begin_undo();
        step.inspect(|step| self.seek(*step)).is_some()
    }

    /// Takes up the course before the last jump, without going to its state: that is at the step returned.
    pub fn begin_undo(&mut self) -> Option<u64> {
        let jump = self.past.pop()?;
        let left = self.leave();
        self.future.push(left);
        Some(self.enter(jump))
    }

    /// Goes to the state before the last undo; whether there was one.
    pub fn redo(&mut self) -> bool {
        let step = self.begin_redo();
        step.inspect(|step| self.seek(*step)).is_some()
    }

    /// Takes up the course that the last undo left, without going to its state: that is at the step returned.
    pub fn begin_redo(&mut self) -> Option<u64> {
        let jump = self.future.pop()?;
        let left = self.leave();
        self.past.push(left);
        Some(self.enter(jump))
    }

    /// Goes on with another run, as a jump.
    pub fn take_up(&mut self, state: State) {
        self.jump();
        self.begin((*state.journal.scenario).clone());
        self.arrive(state);
    }

    /// Makes the course of another run known, up to this step, and stands at its start; a jump. [`Timeline::seek_towards`] goes there.
    pub fn recall(&mut self, journal: Journal, step: u64) {
        self.jump();
        self.begin((*journal.scenario).clone());
        self.know(journal, step);
    }

    /// Sets a checkpoint here.
    pub fn mark(&mut self) {
        let at = self.now();
        let place = self.course.marks.partition_point(|mark| mark.at.step < at.step);
        if self.course.marks.get(place).is_none_or(|mark| mark.at.step != at.step) {
            let kept = Some(self.here());
            self.course.marks.insert(place, Mark { at, kept });
            self.fit();
        }
    }

    /// Takes away the checkpoint at a step.
    pub fn unmark(&mut self, step: u64) {
        self.course.marks.retain(|mark| mark.at.step != step);
    }

    /// Sets how many bytes frames may take.
    pub fn set_limit(&mut self, bytes: usize) {
        self.limit = bytes;
        self.fit();
    }

    /// The run as it is now.
    pub const fn simulation(&self) -> &Simulation {
        &self.simulation
    }

    /// The step and time of the run now.
    pub fn now(&self) -> Instant {
        Instant {
            step: self.simulation.steps(),
            time: self.simulation.time(),
        }
    }

    /// The live end: how far the run has come.
    pub const fn end(&self) -> Instant {
        self.course.end
    }

    /// The step nearest to a model time that the run has been at.
    pub fn step_at(&self, time: f64) -> u64 {
        self.course.journal.step_at(time).min(self.course.end.step)
    }

    /// Whether what follows is known already.
    pub fn is_behind(&self) -> bool {
        self.simulation.steps() < self.course.end.step
    }

    /// What had been measured of every panel at the live end when the run went back from there, the time up to now included; nothing where
    /// it is there, has not been there yet, or has had other panels meanwhile.
    pub fn ahead(&self) -> Arc<Ahead> {
        let rearranges =
            |(_, command): &(u64, Arc<Command>)| matches!(**command, Command::Duplicate(_) | Command::Remove(_));
        if !self.is_behind() || self.course.journal.commands[self.done..].iter().any(rearranges) {
            return Arc::default();
        }
        Arc::clone(&self.course.ahead)
    }

    /// What was done to the run up to now.
    pub fn journal(&self) -> Journal {
        self.course.journal.cut(self.simulation.steps())
    }

    /// How many commands of the journal the run has obeyed.
    pub const fn obeyed(&self) -> usize {
        self.done
    }

    /// The commands that the run has obeyed after so many others.
    pub fn obeyed_since(&self, before: usize) -> &[(u64, Arc<Command>)] {
        &self.course.journal.commands[before.min(self.done)..self.done]
    }

    /// How often a command or a start has made the journal another.
    pub const fn changes(&self) -> u64 {
        self.changes
    }

    /// What started, and the commands up to now with the model times at which they were obeyed.
    pub fn orders(&self) -> (Arc<Scenario>, Vec<(Arc<Command>, f64)>) {
        let journal = &self.course.journal;
        (Arc::clone(&journal.scenario), journal.timed(self.simulation.steps()))
    }

    /// All that is needed to go on from here.
    pub fn state(&self) -> State {
        State {
            journal: self.journal(),
            frame: self.simulation.frame(),
        }
    }

    /// Measures a panel now.
    pub fn observe(&mut self, panel: usize) -> Observables {
        self.simulation.observe(panel)
    }

    /// What a window needs to draw.
    pub fn snapshot(&mut self, probe: &Probe) -> Snapshot {
        self.simulation.snapshot(probe)
    }

    /// What a window shows of the timeline.
    pub fn strip(&self) -> Strip {
        Strip {
            first: self.course.first(),
            last: self.course.end,
            now: self.now(),
            bytes: self.bytes(),
            limit: self.limit,
            interval: self.course.keep.interval(),
            frames: self.course.keep.frames().iter().map(|kept| kept.frame.time()).collect(),
            marks: self.course.marks.iter().map(|mark| mark.at).collect(),
            undo: self.past.len(),
            redo: self.future.len(),
        }
    }

    fn change(&mut self, command: Command, joined: bool) -> bool {
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
    fn begin(&mut self, scenario: Scenario) {
        self.changes += 1;
        self.before = None;
        self.speed = scenario.speed;
        self.simulation.apply(Command::Load(Box::new(scenario)));
        self.course = Course::new(&self.simulation);
        self.done = 0;
    }

    /// Takes over where a run was. Stands at the start of its scenario before.
    fn arrive(&mut self, state: State) {
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
    fn know(&mut self, journal: Journal, step: u64) {
        self.course.journal = journal.cut(step);
        self.obey();
        let time = self.course.journal.time_at(step);
        self.course.end = Instant { step, time };
    }

    /// Obeys the commands that are known to be due.
    fn obey(&mut self) {
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

    fn restore(&mut self, kept: &Kept) {
        self.before = None;
        self.simulation.restore(&kept.frame);
        self.simulation.set_speed(self.speed);
        self.done = kept.done;
        self.obey();
    }

    /// The state now, as a frame that shares what it can with the last one kept.
    fn here(&self) -> Kept {
        let step = self.simulation.steps();
        let last = self.course.nearest(step);
        let exact = last.filter(|kept| kept.frame.step() == step && kept.done == self.done);
        exact.cloned().unwrap_or_else(|| {
            let last = last.map(|kept| &*kept.frame);
            Kept::new(self.simulation.frame_after(last), self.done, last)
        })
    }

    /// Keeps the state now.
    fn keep(&mut self) {
        // Room is made before: at the size of the last frame this one fits.
        let expected = self.course.keep.frames().last().map_or(0, |kept| kept.bytes);
        self.make_room(expected);
        let now = self.now();
        if self.course.keep.is_due(now.step, now.time) {
            let kept = self.here();
            self.course.keep.push(kept);
            self.fit();
        }
    }

    /// Sets the course aside, to be undone to.
    fn jump(&mut self) {
        let left = self.leave();
        self.set_aside(left);
    }

    fn set_aside(&mut self, left: Jump) {
        self.past.push(left);
        self.future.clear();
        if self.past.len() > JUMPS {
            self.past.remove(0);
        }
        self.fit();
    }

    /// The course now, and where it is.
    fn leave(&self) -> Jump {
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
        if self.course.keep.frames().is_empty() {
            // What both have in common is still there in the course that is left.
            self.course.keep = left.common(&self.course.journal);
            self.course.keep.cut(self.course.end.step, usize::MAX);
        }
        if self.course.keep.frames().is_empty() {
            let scenario = Box::new((*self.course.journal.scenario).clone());
            self.simulation.apply(Command::Load(scenario));
            self.course.keep = Keep::new(self.simulation.frame());
            (self.done, self.before) = (0, None);
            self.obey();
        }
        let from = jump.kept.or_else(|| self.course.nearest(jump.step).cloned());
        if let Some(kept) = from {
            self.restore(&kept);
        }
        self.fit();
        jump.step
    }

    fn fit(&mut self) {
        self.make_room(0);
    }

    /// Drops frames until all take less than the limit, with so many bytes to spare: first of courses set aside, but for the frames
    /// where these were left; then of this one; then the rest.
    fn make_room(&mut self, spare: usize) {
        let fits = |timeline: &Self| timeline.bytes() + spare <= timeline.limit;
        let frames = |jump: &Jump| jump.course.kept().count();
        let many =
            |timeline: &Self| timeline.past.iter().chain(&timeline.future).map(frames).sum::<usize>() > MOST_ASIDE;
        // Courses set aside may take half of the room.
        let aside = |timeline: &Self| timeline.bytes() > timeline.limit / 2 + timeline.bytes_with(std::iter::empty());
        while (many(self) || !fits(self) || aside(self))
            && let Some(jump) = self
                .past
                .iter_mut()
                .chain(&mut self.future)
                .find(|jump| frames(jump) > 1)
        {
            jump.course.keep.strip();
            jump.course.marks.iter_mut().for_each(|mark| mark.kept = None);
        }
        while aside(self) && self.forget() {}
        while !fits(self) && self.course.keep.frames().len() > 2 && self.course.keep.thin() {}
        while !fits(self) && (self.forget() || self.course.keep.thin()) {}
        if !fits(self) {
            self.course.marks.iter_mut().for_each(|mark| mark.kept = None);
        }
    }

    /// Drops what is left of the oldest course set aside but its journal, from which it can be made again; whether there was one.
    fn forget(&mut self) -> bool {
        let bare =
            |jump: &Jump| jump.kept.is_none() && jump.course.keep.frames().iter().all(|kept| kept.frame.step() > 0);
        let oldest = self.past.iter_mut().chain(&mut self.future).find(|jump| !bare(jump));
        oldest.is_some_and(|jump| {
            jump.kept = None;
            jump.course.keep.clear();
            jump.course.marks.iter_mut().for_each(|mark| mark.kept = None);
            true
        })
    }

    /// Bytes of all frames, each once; and of the starts that the run itself does not hold.
    fn bytes(&self) -> usize {
        let jumps = self.past.iter().chain(&self.future);
        self.bytes_with(jumps.flat_map(|jump| jump.course.kept().chain(&jump.kept)))
    }

    /// Bytes of the frames of this course and of some others.
    fn bytes_with<'a>(&'a self, others: impl Iterator<Item = &'a Kept>) -> usize {
        let mut seen = std::collections::BTreeSet::new();
        let mut starts: Vec<&Frame> = self
            .course
            .keep
            .frames()
            .iter()
            .take(1)
            .map(|kept| &*kept.frame)
            .collect();
        let mut total = 0;
        for kept in self.course.kept().chain(others) {
            if seen.insert(Arc::as_ptr(&kept.frame).addr()) {
                total += kept.bytes;
                if !starts.iter().any(|start| start.shares_start(&kept.frame)) {
                    total += kept.frame.start_bytes();
                    starts.push(&kept.frame);
                }
            }
        }
        total
    }
}

impl Course {
    fn new(simulation: &Simulation) -> Self {
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
            ahead: Arc::default(),
        }
    }

    /// The frames that are of another run too, since it began and went on in the same way.
    fn common(&self, journal: &Journal) -> Keep {
        let mut keep = self.keep.clone();
        let pairs = self.journal.commands.iter().zip(&journal.commands);
        let same = pairs.take_while(|(a, b)| a.0 == b.0 && Arc::ptr_eq(&a.1, &b.1)).count();
        let next = |journal: &Journal| journal.commands.get(same).map_or(u64::MAX, |(at, _)| *at);
        let began = Arc::ptr_eq(&self.journal.scenario, &journal.scenario);
        keep.keep_if(|kept| began && kept.done <= same && kept.frame.step() <= next(&self.journal).min(next(journal)));
        keep
    }

    /// Ends here, after so many commands.
    fn cut(&mut self, now: Instant, done: usize) {
        self.journal.commands.truncate(done);
        self.keep.cut(now.step, done);
        self.marks.retain(|mark| mark.at.step <= now.step);
        for mark in &mut self.marks {
            mark.kept = mark.kept.take().filter(|kept| kept.done <= done);
        }
        self.end = now;
        self.ahead = Arc::default();
    }

    fn first(&self) -> Instant {
        self.keep.frames().first().map_or(self.end, |kept| Instant {
            step: kept.frame.step(),
            time: kept.frame.time(),
        })
    }

    fn kept(&self) -> impl Iterator<Item = &Kept> {
        self.keep
            .frames()
            .iter()
            .chain(self.marks.iter().filter_map(|mark| mark.kept.as_ref()))
    }

    /// The last frame at or before a step.
    fn nearest(&self, step: u64) -> Option<&Kept> {
        let marked = self.marks.iter().filter_map(|mark| mark.kept.as_ref());
        let before = marked.filter(|kept| kept.frame.step() <= step);
        self.keep
            .nearest(step)
            .into_iter()
            .chain(before)
            .max_by_key(|kept| (kept.frame.step(), kept.done))
    }
}
