//! A run that is filmed: repeated without a window, and drawn at the times that are wanted.

use std::io;
use std::iter::Peekable;
use std::path::Path;
use std::sync::Arc;
use std::vec::IntoIter;

use image::RgbaImage;

use super::figure::{Scene, Shot, Sight};
use crate::engine::Report;
use crate::export::film::Film;
use crate::export::{Failure, Progress};
use crate::reference::Reference;
use crate::sim::{Command, Simulation, StepError};
use crate::snapshot::Probe;
use crate::timeline::Journal;

/// A run in front of a camera.
pub struct Take {
    simulation: Simulation,
    reference: Option<Reference>,
    commands: Peekable<IntoIter<(u64, Arc<Command>)>>,
    scene: Scene,
    epoch: u64,
}

/// Why a film came to no end.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// It could not be written.
    #[error(transparent)]
    File(#[from] Failure),
    /// The run broke down.
    #[error("the run stopped at t = {time}, {cause}")]
    Run {
        /// Model time.
        time: f64,
        /// What happened.
        cause: StepError,
    },
    /// Nobody says what ran.
    #[error("the run has ended; start it again and repeat the export")]
    NoRun,
    /// It was not wanted any more.
    #[error("it was cancelled")]
    Cancelled,
}

impl Take {
    /// The run of a journal at its start. After the last command it just goes on.
    pub fn new(journal: Journal, sight: &Sight, shot: &Shot, vector: bool) -> Self {
        let mut simulation = Simulation::new((*journal.scenario).clone());
        let report = report(&mut simulation, None, &Probe::default(), 0);
        let mut sight = sight.clone();
        let reference = sight.solves.then(|| Reference::new(&journal.scenario));
        sight.draft = (*journal.scenario).clone();
        Self {
            scene: Scene::new(&sight, report, shot, vector),
            reference,
            commands: journal.commands.into_iter().peekable(),
            simulation,
            epoch: 0,
        }
    }

    /// The run as it is now.
    pub fn simulation(&self) -> &Simulation {
        &self.simulation
    }

    /// Runs to a model time, as nearly as steps come to it, or to its end; `on` hears of every step and says whether to go on.
    pub fn run_to(&mut self, time: f64, on: &mut dyn FnMut(u64) -> bool) -> Result<(), Stop> {
        loop {
            self.obey();
            let now = self.simulation.time();
            if now + 0.5 * self.simulation.scenario().dt > time || self.simulation.is_done() {
                return Ok(());
            }
            if !on(self.simulation.steps()) {
                return Err(Stop::Cancelled);
            }
            self.simulation.step().map_err(|cause| Stop::Run {
                time: self.simulation.time(),
                cause,
            })?;
            self.simulation.record();
        }
    }

    /// Does what was done by hand at this step.
    fn obey(&mut self) {
        let step = self.simulation.steps();
        while let Some((_, command)) = self.commands.next_if(|(at, _)| *at <= step) {
            let time = self.simulation.time();
            // What the run refuses, the solution must not do either.
            let obeyed = self.simulation.apply((*command).clone());
            if let (true, Some(reference)) = (obeyed, &mut self.reference) {
                reference.follow(self.simulation.tempo());
                reference.apply(&command, time);
            }
            // Controls in the picture show what is in force.
            let edited = (**self.simulation.edited()).clone();
            self.scene.app.sent = edited.clone();
            self.scene.app.draft = edited;
        }
    }

    /// Draws the run as it is now.
    fn draw(&mut self) {
        if let Some(panel) = self.scene.app.dissected_by_card() {
            self.scene.app.dissect_still(&self.simulation, panel);
        }
        let mut probe = self.scene.app.probe;
        self.show(&probe);
        // The first drawing says what the next needs to know of a crowd.
        if self.scene.app.probe != probe {
            probe = self.scene.app.probe;
            self.show(&probe);
        }
    }

    fn show(&mut self, probe: &Probe) {
        self.epoch += 1;
        let report = report(&mut self.simulation, self.reference.as_mut(), probe, self.epoch);
        self.scene.app.drive = report.into();
        self.scene.play();
    }

    /// A picture of the run as it is now.
    pub fn picture(&mut self) -> RgbaImage {
        self.draw();
        self.scene.picture()
    }

    /// A vector drawing of the run as it is now.
    pub fn svg(&mut self) -> io::Result<Vec<u8>> {
        self.draw();
        self.scene.svg()
    }
}

fn report(simulation: &mut Simulation, reference: Option<&mut Reference>, probe: &Probe, epoch: u64) -> Arc<Report> {
    let time = simulation.time();
    let exact = reference.map(|reference| {
        reference.follow(simulation.tempo());
        reference.advance(time);
        Arc::new(reference.exact())
    });
    Arc::new(Report::still(simulation.snapshot(probe), exact, epoch))
}

/// Which moments of a run are filmed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reel {
    /// Model time of the first frame.
    pub from: f64,
    /// Model time after which there is no frame.
    pub to: f64,
    /// Model time per second of the film.
    pub speed: f64,
    /// Frames per second.
    pub rate: f64,
}

impl Reel {
    /// Most frames that a film may have.
    pub const MAX_FRAMES: u64 = 10_000;

    /// Number of frames.
    pub fn frames(&self) -> u64 {
        let length = (self.to - self.from) * self.rate / self.speed;
        // A last frame that misses the end by rounding is there.
        (length.max(0.0) * (1.0 + 1e-12) + 1e-9).floor() as u64 + 1
    }

    /// Model time of a frame.
    fn time(&self, frame: u64) -> f64 {
        self.from + frame as f64 * self.speed / self.rate
    }

    /// Films a run into a file or folder; how many bytes that has. Cancelled or failed, it leaves nothing.
    pub fn film(&self, mut take: Take, path: &Path, progress: &Progress) -> Result<u64, Stop> {
        let mut film = Film::new(path, self.rate)?;
        progress.expect(self.frames());
        for frame in 0..self.frames() {
            take.run_to(self.time(frame), &mut |_| !progress.is_cancelled())?;
            if progress.is_cancelled() {
                return Err(Stop::Cancelled);
            }
            film.push(&take.picture())?;
            progress.report(frame + 1, film.bytes());
        }
        Ok(film.finish()?)
    }
}
