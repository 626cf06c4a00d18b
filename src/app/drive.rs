//! The run behind the window: on its own thread, or in this one for pictures and tests.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use super::background::Place;
use crate::engine::{Busy, Control, Engine, Report, Status};
use crate::reference::{Course, Exact};
use crate::sim::{Command, Simulation};
use crate::snapshot::Probe;
use crate::timeline::{Met, State, Timeline, Watch};

/// Where reports come from.
pub enum Drive {
    /// A simulation thread, as in the window.
    Engine(Engine),
    /// A simulation stepped by the drawing itself, as in pictures and tests, where time must not depend on a clock.
    Local(Box<Local>),
    /// Nothing that runs: one report, as in pictures of what a window shows.
    Still(Arc<Report>),
    /// Between two engines: what is sent waits for the next.
    Between(Arc<Report>, Vec<Control>),
}

impl From<Engine> for Drive {
    fn from(engine: Engine) -> Self {
        Self::Engine(engine)
    }
}

impl From<Simulation> for Drive {
    fn from(simulation: Simulation) -> Self {
        Timeline::from(simulation).into()
    }
}

impl From<Timeline> for Drive {
    fn from(timeline: Timeline) -> Self {
        Self::Local(Box::new(Local {
            timeline,
            status: Status::Paused,
            probe: Probe::default(),
            epoch: 0,
            travels: 0,
            watch: Watch::default(),
            hold_at: None,
            met: None,
            report: None,
            exact: None,
            moved: true,
            solves: true,
        }))
    }
}

impl Drive {
    /// Hands a request over. Never waits.
    pub fn send(&mut self, control: Control) {
        match self {
            Self::Engine(engine) => engine.send(control),
            Self::Local(local) => local.send(control),
            Self::Still(_) => {}
            Self::Between(_, waiting) => waiting.push(control),
        }
    }

    /// The newest report. Never waits.
    pub fn latest(&mut self) -> Option<Arc<Report>> {
        match self {
            Self::Engine(engine) => engine.latest(),
            Self::Local(local) => Some(local.latest()),
            Self::Still(report) | Self::Between(report, _) => Some(Arc::clone(report)),
        }
    }

    /// The state of the run, once all that was sent before is done. Never waits.
    pub fn state(&self) -> Receiver<State> {
        match self {
            Self::Engine(engine) => engine.state(),
            Self::Local(local) => {
                let (sender, receiver) = channel();
                // The receiver is there: it is returned.
                drop(sender.send(local.timeline.state()));
                receiver
            }
            // Nobody answers.
            Self::Still(_) | Self::Between(..) => channel().1,
        }
    }

    /// What the run is at, where it has a thread of its own.
    pub fn busy(&self) -> Option<Busy> {
        match self {
            Self::Engine(engine) => engine.busy(),
            Self::Local(_) | Self::Still(_) | Self::Between(..) => None,
        }
    }

    /// Where work beside the drawing is done: a picture is made of what is known when it is made.
    pub(super) const fn place(&self) -> Place {
        match self {
            Self::Engine(_) => Place::Thread,
            Self::Local(_) | Self::Still(_) | Self::Between(..) => Place::Here,
        }
    }

    /// Called once a frame. A local run that is playing takes its steps here; true if there will be a next frame.
    pub fn tick(&mut self) -> bool {
        match self {
            Self::Engine(_) | Self::Still(_) | Self::Between(..) => false,
            Self::Local(local) => local.tick(),
        }
    }
}

/// A run without a thread of its own. It goes to other steps at once, however far they are.
pub struct Local {
    timeline: Timeline,
    status: Status,
    probe: Probe,
    epoch: u64,
    travels: u64,
    watch: Watch,
    hold_at: Option<u64>,
    met: Option<(u64, Met)>,
    report: Option<Arc<Report>>,
    /// The exact solutions beside it, computed when a report is wanted: as a function of the run, so that pictures are the same each
    /// time; and whether something has happened to the run that they have not been told of.
    exact: Option<Course>,
    moved: bool,
    solves: bool,
}

impl Local {
    /// Steps that a playing local run takes per frame.
    const STEPS_PER_FRAME: u64 = 4;

    fn send(&mut self, control: Control) {
        self.report = None;
        self.epoch += 1;
        match control {
            Control::Command(command) => self.apply(command, false),
            Control::Joined(command) => self.apply(command, true),
            Control::Play => {
                if self.timeline.simulation().is_done() && !self.timeline.is_behind() {
                    self.apply(Command::Reset, false);
                }
                self.status = Status::Running;
            }
            Control::Pause => self.status = Status::Paused,
            Control::Steps(n) => self.step(n),
            Control::RunUntil(time) => {
                let scenario = self.timeline.simulation().scenario();
                let left = ((time - self.timeline.now().time) / scenario.dt).round();
                self.status = Status::Paused;
                self.step(left.max(0.0) as u64);
            }
            Control::Probe(probe) => self.probe = probe,
            Control::Exact(on) => self.solves = on,
            Control::Seek(step) => self.travel(|timeline| timeline.seek(step)),
            Control::SeekTime(time) => self.travel(|timeline| timeline.seek(timeline.step_at(time))),
            Control::Return(step) => {
                let edited = Box::new((**self.timeline.simulation().edited()).clone());
                self.travel(|timeline| timeline.seek(step));
                self.apply(Command::Edit(edited), false);
            }
            Control::Undo => self.travel(|timeline| {
                timeline.undo();
            }),
            Control::Redo => self.travel(|timeline| {
                timeline.redo();
            }),
            Control::Mark => self.timeline.mark(),
            Control::Unmark(step) => self.timeline.unmark(step),
            Control::PauseWhen(conditions) => {
                self.watch.set(conditions);
                self.watch.look(self.timeline.measured());
            }
            Control::HoldAt(step) => self.hold_at = step,
            Control::HistoryLimit(bytes) => self.timeline.set_limit(bytes),
            Control::TakeUp(state) => self.travel(|timeline| timeline.take_up(*state)),
            Control::Replay(journal, step) => self.travel(|timeline| {
                timeline.recall(*journal, step);
                timeline.seek(step);
            }),
            // The pace of a local run is one of its own, and its ways are no longer than a call.
            Control::FlatOut(_) | Control::StepsPerSnapshot(_) | Control::Cancel => {}
        }
    }

    fn apply(&mut self, command: Command, joined: bool) {
        if joined {
            self.timeline.apply_joined(command);
        } else {
            self.timeline.apply(command);
        }
        self.moved = true;
        if matches!(self.status, Status::Stopped(_)) {
            self.status = Status::Paused;
        }
    }

    fn travel(&mut self, way: impl FnOnce(&mut Timeline)) {
        way(&mut self.timeline);
        self.travels += 1;
        self.moved = true;
        self.watch.look(self.timeline.measured());
        if matches!(self.status, Status::Stopped(_)) {
            self.status = Status::Paused;
        }
    }

    fn step(&mut self, n: u64) {
        for _ in 0..n {
            if self.timeline.simulation().is_done() {
                self.status = Status::Paused;
                return;
            }
            let obeyed = self.timeline.obeyed();
            if let Err(error) = self.timeline.step() {
                self.status = Status::Stopped(error.to_string());
                return;
            }
            self.moved |= self.timeline.obeyed() > obeyed;
            if let Some(met) = self.watch.look(self.timeline.measured()) {
                let number = self.met.as_ref().map_or(1, |(number, _)| number + 1);
                self.met = Some((number, met));
                self.status = Status::Paused;
                return;
            }
            if self.hold_at == Some(self.timeline.now().step) {
                self.status = Status::Paused;
                return;
            }
        }
    }

    fn tick(&mut self) -> bool {
        let running = self.status == Status::Running;
        if running {
            self.step(Self::STEPS_PER_FRAME);
            self.report = None;
        }
        running
    }

    /// The exact solutions now.
    fn solve(&mut self) -> Option<Arc<Exact>> {
        if !self.solves {
            return None;
        }
        let (time, rests) = (self.timeline.now().time, self.status != Status::Running);
        let tempo = self.timeline.simulation().tempo();
        let first = self.exact.is_none();
        if self.moved || first {
            let (start, commands) = self.timeline.orders();
            let course = self.exact.get_or_insert_with(|| Course::new(Arc::clone(&start)));
            course.rewind(&start, &commands, (tempo, time));
            self.moved = false;
        }
        let course = self.exact.as_mut()?;
        course.follow(tempo, time);
        while course.work(time, rests) {}
        Some(Arc::new(course.exact()))
    }

    fn latest(&mut self) -> Arc<Report> {
        if let Some(report) = &self.report {
            return Arc::clone(report);
        }
        let report = Arc::new(Report {
            snapshot: self.timeline.snapshot(&self.probe),
            exact: self.solve(),
            exact_is_old: false,
            ahead: self.timeline.ahead(),
            status: self.status.clone(),
            steps_per_second: 0.0,
            epoch: self.epoch,
            edited: Arc::clone(self.timeline.simulation().edited()),
            travels: self.travels,
            strip: self.timeline.strip(),
            travel: None,
            met: self.met.clone(),
        });
        self.report = Some(Arc::clone(&report));
        report
    }
}
