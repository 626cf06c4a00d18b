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
//! courses set aside are dropped, the oldest first; then the way back is longer, since steps are repeated. The state in which a run parted
//! from the course before, by a touch of the brush for example, is one of both: it stays as long as a frame fits beside the start.
//!
//! # Memory
//!
//! All frames together stay below a limit. Where they do not fit, every second one is dropped and the interval doubles. The frame of the
//! start is always there; so is the room of the run itself, which is not counted. Of a course set aside nothing but its journal may be
//! left: then it is made again from its start.
//!
//! Known limits: a journal of a long session with many edits is not shortened; where not even one frame fits beside the start every
//! way back begins there.

mod change;
mod condition;
mod course;
mod journal;
mod jumps;
mod keep;
mod memory;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::observe::Observables;
use crate::scenario::Scenario;
use crate::sim::{Command, Frame, Simulation, StepError};
use crate::snapshot::{Probe, Snapshot};
pub use condition::{Condition, ConditionError, Met, Sign, Watch};
use course::{Course, Mark};
pub use journal::Journal;
use jumps::Jumps;
use keep::Kept;

/// Bytes that frames may take, unless another limit is set.
pub const LIMIT: usize = 256 << 20;

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
    jumps: Jumps,
    limit: usize,
    /// The pace belongs to who watches: going to another time does not change it.
    speed: f64,
    /// What ran before the last command, where that is an edit at this step.
    before: Option<Arc<Scenario>>,
    /// Counts the changes of the journal by new commands.
    changes: u64,
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
            jumps: Jumps::default(),
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
            if self.simulation.steps() >= step || self.simulation.is_done() {
                break;
            }
            // A collapse that was passed over once is no news.
            let _ = self.step();
        }
        self.simulation.steps() == step || self.simulation.is_done()
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

    /// Goes on with another run, as a jump.
    pub fn take_up(&mut self, state: State) {
        self.jump();
        self.begin((*state.journal.scenario).clone());
        self.arrive(state);
    }

    /// Makes the course of another run known, up to this step; a jump. [`Timeline::seek_towards`] goes there. Where both began alike and
    /// went on in the same way for a while, that part is not done again; else this stands at the start.
    pub fn recall(&mut self, journal: Journal, step: u64) {
        self.jump();
        match self.in_common(&journal) {
            Some(common) => self.turn(journal, step, common),
            None => {
                self.begin((*journal.scenario).clone());
                self.know(journal, step);
            }
        }
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
            undo: self.jumps.past.len(),
            redo: self.jumps.future.len(),
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
        let parting = self.course.parting.as_ref();
        let last = self.course.keep.frames().last().into_iter().chain(parting);
        let expected = last.map(|kept| kept.bytes).max().unwrap_or(0);
        let now = self.now();
        // Where only one of the two fits, this takes the place of an old parting; a young one it leaves alone.
        let old = |parting: &Kept| parting.frame.time() < 0.5 * now.time;
        self.make_room(expected);
        if self.bytes() + expected > self.limit && self.course.parting.is_some() {
            if !self.course.parting.as_ref().is_some_and(old) {
                return self.course.keep.widen();
            }
            self.course.parting = None;
        }
        if self.course.keep.is_due(now.step, now.time) {
            let kept = self.here();
            self.course.keep.push(kept);
            self.fit();
        }
    }
}
