//! The run behind the window: on its own thread, or in this one for pictures and tests.

use std::sync::Arc;

use super::background::Place;
use crate::engine::{Control, Engine, Report, Status};
use crate::sim::Simulation;
use crate::snapshot::Probe;

/// Where reports come from.
pub enum Drive {
    /// A simulation thread, as in the window.
    Engine(Engine),
    /// A simulation stepped by the drawing itself, as in pictures and tests, where time must not depend on a clock.
    Local(Box<Local>),
}

impl From<Engine> for Drive {
    fn from(engine: Engine) -> Self {
        Self::Engine(engine)
    }
}

impl From<Simulation> for Drive {
    fn from(simulation: Simulation) -> Self {
        Self::Local(Box::new(Local {
            simulation,
            status: Status::Paused,
            probe: Probe::default(),
            epoch: 0,
            report: None,
        }))
    }
}

impl Drive {
    /// Hands a request over. Never waits.
    pub fn send(&mut self, control: Control) {
        match self {
            Self::Engine(engine) => engine.send(control),
            Self::Local(local) => local.send(control),
        }
    }

    /// The newest report. Never waits.
    pub fn latest(&mut self) -> Option<Arc<Report>> {
        match self {
            Self::Engine(engine) => engine.latest(),
            Self::Local(local) => Some(local.latest()),
        }
    }

    /// Where work beside the drawing is done: a picture is made of what is known when it is made.
    pub(super) const fn place(&self) -> Place {
        match self {
            Self::Engine(_) => Place::Thread,
            Self::Local(_) => Place::Here,
        }
    }

    /// Called once a frame. A local run that is playing takes its steps here; true if there will be a next frame.
    pub fn tick(&mut self) -> bool {
        match self {
            Self::Engine(_) => false,
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
}

impl Local {
    /// Steps that a playing local run takes per frame.
    const STEPS_PER_FRAME: u64 = 4;

    fn send(&mut self, control: Control) {
        self.report = None;
        self.epoch += 1;
        match control {
            Control::Command(command) => {
                self.simulation.apply(command);
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
                exact: None,
                status: self.status.clone(),
                steps_per_second: 0.0,
                epoch: self.epoch,
            })
        });
        Arc::clone(report)
    }
}
