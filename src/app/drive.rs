//! The run behind the window: on its own thread, or in this one for pictures and tests.

use std::sync::Arc;

use super::background::Place;
use crate::engine::{Control, Engine, Report, Status};
use crate::reference::{Exact, Reference};
use crate::scenario::Scenario;
use crate::sim::{Command, Simulation};
use crate::snapshot::Probe;

/// Where reports come from.
pub enum Drive {
    /// A simulation thread, as in the window.
    Engine(Engine),
    /// A simulation stepped by the drawing itself, as in pictures and tests, where time must not depend on a clock.
    Local(Box<Local>),
    /// Nothing that runs: one report, as in pictures of what a window shows.
    Still(Arc<Report>),
}

impl From<Engine> for Drive {
    fn from(engine: Engine) -> Self {
        Self::Engine(engine)
    }
}

impl From<Simulation> for Drive {
    fn from(simulation: Simulation) -> Self {
        let start = Arc::clone(simulation.scenario());
        Self::Local(Box::new(Local {
            simulation,
            status: Status::Paused,
            probe: Probe::default(),
            epoch: 0,
            report: None,
            beside: Beside {
                start,
                commands: Vec::new(),
                reference: None,
                on: true,
            },
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
        }
    }

    /// The newest report. Never waits.
    pub fn latest(&mut self) -> Option<Arc<Report>> {
        match self {
            Self::Engine(engine) => engine.latest(),
            Self::Local(local) => Some(local.latest()),
            Self::Still(report) => Some(Arc::clone(report)),
        }
    }

    /// Where work beside the drawing is done: a picture is made of what is known when it is made.
    pub(super) const fn place(&self) -> Place {
        match self {
            Self::Engine(_) => Place::Thread,
            Self::Local(_) | Self::Still(_) => Place::Here,
        }
    }

    /// Called once a frame. A local run that is playing takes its steps here; true if there will be a next frame.
    pub fn tick(&mut self) -> bool {
        match self {
            Self::Engine(_) | Self::Still(_) => false,
            Self::Local(local) => local.tick(),
        }
    }
}

/// A simulation without a thread of its own.
pub struct Local {
    simulation: Simulation,
    status: Status,
    probe: Probe,
    epoch: u64,
    report: Option<Arc<Report>>,
    beside: Beside,
}

/// The exact solutions beside a local run, computed when a report is wanted: as a function of the run, so that pictures are
/// the same each time.
struct Beside {
    start: Arc<Scenario>,
    /// Commands that it has not obeyed yet, each with the model time at which the run did.
    commands: Vec<(Command, f64)>,
    reference: Option<Reference>,
    on: bool,
}

impl Beside {
    fn order(&mut self, command: Command, time: f64) {
        if let Command::Load(scenario) = command {
            self.start = Arc::from(scenario);
            self.commands.clear();
            self.reference = None;
        } else {
            self.commands.push((command, time));
        }
    }

    fn exact(&mut self, time: f64, rests: bool) -> Option<Arc<Exact>> {
        if !self.on {
            return None;
        }
        let reference = self.reference.get_or_insert_with(|| Reference::new(&self.start));
        for (command, time) in self.commands.drain(..) {
            reference.apply(&command, time);
        }
        if rests {
            reference.advance(time);
        } else {
            while reference.record_next(time) {}
        }
        Some(Arc::new(reference.exact()))
    }
}

impl Local {
    /// Steps that a playing local run takes per frame.
    const STEPS_PER_FRAME: u64 = 4;

    fn send(&mut self, control: Control) {
        self.report = None;
        self.epoch += 1;
        match control {
            Control::Command(command) => {
                // A reset starts what was edited last: said so, it needs none of the commands before.
                let order = match &command {
                    Command::Reset => Command::Load(Box::new((**self.simulation.edited()).clone())),
                    other => other.clone(),
                };
                let time = self.simulation.time();
                // What the run refuses, the solution must not do either.
                if self.simulation.apply(command) {
                    self.beside.order(order, time);
                }
                if matches!(self.status, Status::Stopped(_)) {
                    self.status = Status::Paused;
                }
            }
            Control::Play => self.status = Status::Running,
            Control::Pause => self.status = Status::Paused,
            Control::Steps(n) => self.step(n),
            Control::RunUntil(time) => {
                let scenario = self.simulation.scenario();
                let left = ((time - self.simulation.time()) / scenario.dt).round();
                self.status = Status::Paused;
                self.step(left.max(0.0) as u64);
            }
            Control::Probe(probe) => self.probe = probe,
            Control::Exact(on) => self.beside.on = on,
            // The pace of a local run is one of its own.
            Control::FlatOut(_) | Control::StepsPerSnapshot(_) => {}
        }
    }

    fn step(&mut self, n: u64) {
        for _ in 0..n {
            if let Err(error) = self.simulation.step() {
                self.status = Status::Stopped(error.to_string());
                return;
            }
            self.simulation.record();
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

    fn latest(&mut self) -> Arc<Report> {
        let report = self.report.get_or_insert_with(|| {
            Arc::new(Report {
                snapshot: self.simulation.snapshot(&self.probe),
                exact: self
                    .beside
                    .exact(self.simulation.time(), self.status != Status::Running),
                status: self.status.clone(),
                steps_per_second: 0.0,
                epoch: self.epoch,
            })
        });
        Arc::clone(report)
    }
}
