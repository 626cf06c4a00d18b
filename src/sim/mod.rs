//! One run: the only owner of everything that evolves.
//!
//! All panels of a scenario advance in lockstep, from the same start and with the same noise. Window, command line and tests
//! drive the same type with the same [`Command`]s, which apply between steps. A [`Frame`] is its state at one step;
//! [`timeline`](crate::timeline) keeps frames and commands, so that a session can be replayed bit for bit.

mod brush;
mod change;
mod dissect;
mod frame;
mod growth;
mod panel;
mod probe;
mod profile;
mod start;
mod tangent;
mod terms;

use std::sync::Arc;

use rayon::prelude::*;

use crate::chunks::Stop;
use crate::density::Density;
use crate::ensemble::{Collapse, Ensemble};
use crate::flow::{Flow, StepContext};
use crate::landscape::Landscape;
use crate::observe::{Basins, Cover, Marginal, Observables, Observer};
use crate::rng::Streams;
use crate::scenario::{Pace, Scenario, Tempo};
use crate::snapshot::{PanelSnapshot, Plane, Probe, Refused, Snapshot};
use crate::space::Point;

pub use brush::{COUNT, Dab, Stroke};
pub use change::Command;
pub use dissect::Anatomy;
pub use frame::Frame;
use panel::Panel;

/// Why a run stopped.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("panel {panel}: {cause}")]
pub struct StepError {
    /// The name of the panel.
    pub panel: String,
    /// What happened.
    pub cause: Collapse,
}

/// All panels of a scenario, at one time.
#[derive(Debug)]
pub struct Simulation {
    running: Arc<Scenario>,
    edited: Arc<Scenario>,
    landscape: Landscape,
    observer: Observer,
    /// The step for which those stand, where the landscape changes in time.
    seen: Option<u64>,
    streams: Streams,
    panels: Vec<Panel>,
    /// Where every slot began, to tell the origin of its descendants.
    start: Arc<[Vec<f64>; 2]>,
    step: u64,
    /// What the panels run now: the flows of the scenario, driven by these factors.
    driven: Vec<Flow>,
    factors: Vec<f64>,
    /// All factors so far.
    tempo: Tempo,
    /// Model time since when KL has fallen by itself: not by a new landscape or a brush.
    since: f64,
    /// Model time and step at which the time step last changed: time is counted from there without adding up rounding.
    clock: (f64, u64),
    /// The last command that could not be obeyed.
    refused: Option<Refused>,
    /// Scratch memory of the probe: nothing until somebody probes.
    probing: Density,
    /// The target seen along an axis: nothing until somebody asks.
    marginals: Vec<Arc<Marginal>>,
    stop: Stop,
}

impl Simulation {
    /// Starts a scenario at time 0.
    pub fn new(scenario: Scenario) -> Self {
        let mut simulation = Self::empty(Arc::new(scenario));
        simulation.restart();
        simulation
    }

    /// A scenario without particles yet.
    fn empty(running: Arc<Scenario>) -> Self {
        let landscape = running.landscape();
        let observer = Observer::new(&landscape, running.view());
        Self {
            edited: Arc::clone(&running),
            streams: Streams::new(running.seed),
            running,
            landscape,
            observer,
            seen: None,
            panels: Vec::new(),
            start: Arc::default(),
            driven: Vec::new(),
            factors: Vec::new(),
            tempo: Tempo::default(),
            since: f64::NEG_INFINITY,
            step: 0,
            clock: (0.0, 0),
            refused: None,
            probing: Density::default(),
            marginals: Vec::new(),
            stop: Stop::default(),
        }
    }

    /// Advances every panel by one time step. On an error the particles of the failed panel are left where they failed, with
    /// equal weights, and the others have stepped.
    ///
    /// Where panels go from noise to data there is an end to it: see [`Simulation::is_done`].
    pub fn step(&mut self) -> Result<(), StepError> {
        if self.is_done() {
            return Ok(());
        }
        let time = self.time() + self.running.dt;
        let (running, landscape, streams, step) = (&*self.running, &self.landscape, self.streams, self.step);
        let (driven, factors) = (&self.driven, &self.factors);
        let basins = self.observer.basins();
        let results: Vec<Result<(), Collapse>> = self
            .panels
            .par_iter_mut()
            .enumerate()
            .map(|(i, panel)| {
                let context = StepContext {
                    landscape,
                    estimator: running.estimator(i),
                    resampling: running.resampling(i),
                    dt: running.dt,
                    step,
                    streams,
                    basins: Some(basins),
                    given: None,
                };
                panel.clock += factors[i] * running.dt;
                panel.step(&driven[i], &context, time)
            })
            .collect();
        self.step += 1;
        for (flow, result) in running.panels.iter().zip(results) {
            result.map_err(|cause| StepError {
                panel: flow.name.clone(),
                cause,
            })?;
        }
        if self.running.pace != Pace::Rates {
            // The pace is set by what is recorded.
            self.record();
        }
        Ok(())
    }

    /// Measures every panel now where the history is due. Call it after each step; it changes nothing that evolves. (Where the rates
    /// depend on what is recorded, every step does it.)
    pub fn record(&mut self) {
        let time = self.time();
        if self.panels.iter().any(|p| p.history.is_due(time)) {
            for i in 0..self.panels.len() {
                let entry = Arc::new(self.observe(i));
                self.panels[i].history.push(entry);
            }
            self.drive();
        }
    }

    /// Whether there are no more steps: the data are reached from which panels that come from the noise were to come.
    pub fn is_done(&self) -> bool {
        self.running.last_step().is_some_and(|last| self.step >= last)
    }

    /// Looks at the landscape of now, where it changes in time.
    fn look(&mut self) {
        if self.running.is_reverse() && self.seen != Some(self.step) {
            self.landscape = self.running.landscape_at(self.time());
            self.observer = self.observer.against(&self.landscape);
            self.seen = Some(self.step);
        }
    }

    /// What was measured of every panel, oldest first.
    pub fn histories(&self) -> impl Iterator<Item = &[Arc<Observables>]> {
        self.panels.iter().map(|panel| panel.history.entries())
    }

    /// The scenario as it runs now: what waits for a reset is not in it.
    pub fn scenario(&self) -> &Arc<Scenario> {
        &self.running
    }

    /// The scenario as last edited: what runs after a reset.
    pub fn edited(&self) -> &Arc<Scenario> {
        &self.edited
    }

    /// Model time since the start.
    pub fn time(&self) -> f64 {
        self.clock.0 + (self.step - self.clock.1) as f64 * self.running.dt
    }

    /// By which factors the flows have been driven since the start.
    pub const fn tempo(&self) -> &Tempo {
        &self.tempo
    }

    /// Steps since the start.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// The particles of a panel.
    pub fn ensemble(&self, panel: usize) -> &Ensemble {
        &self.panels[panel].ensemble
    }

    /// The basin in which an ancestor (see [`Ensemble::ancestors`]) began.
    pub fn origin(&self, ancestor: u32) -> usize {
        let [x, y] = self.start.each_ref().map(|c| c[ancestor as usize]);
        self.basins().of(Point::new(x, y))
    }

    /// The basins of the target.
    pub fn basins(&self) -> &Arc<Basins> {
        self.observer.basins()
    }

    /// log ∫e^{−V} of the landscape as it was last observed: see [`Observer::log_partition`].
    pub fn log_partition(&self) -> f64 {
        self.observer.log_partition()
    }

    /// What ends a step under way soon, called from another thread. After that the run is of no use any more.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Measures a panel now.
    pub fn observe(&mut self, panel: usize) -> Observables {
        self.look();
        let (step, time) = (self.step, self.time());
        let refuses = self.running.panels[panel].transport.refuses() && self.panels[panel].proposed > 0;
        let factor = self.factors[panel];
        let panel = &self.panels[panel];
        let measured = self.observer.observe(&panel.ensemble);
        Observables {
            step,
            time,
            clock: panel.clock,
            factor,
            births: panel.replaced,
            deaths: panel.replaced,
            resamplings: panel.resamplings,
            lost: panel.lost,
            acceptance: refuses.then(|| panel.accepted as f64 / panel.proposed as f64),
            neighbours: panel.work.density.neighbours(),
            ledger: panel.work.ledger.accounts().to_vec(),
            ..measured
        }
    }

    /// What was recorded at this very step: caption, particles and measurements of every panel; nothing where none was due.
    pub fn just_measured(&self) -> impl Iterator<Item = (&str, usize, &Observables)> + Clone {
        let panels = self.running.panels.iter().zip(&self.panels);
        panels.filter_map(|(flow, panel)| {
            let observed = panel
                .history
                .entries()
                .last()
                .filter(|observed| observed.step == self.step)?;
            Some((flow.name.as_str(), panel.ensemble.len(), &**observed))
        })
    }

    /// Where the particles of a panel are now.
    pub fn cover(&mut self, panel: usize) -> Cover {
        self.look();
        self.observer.observe(&self.panels[panel].ensemble);
        self.observer.cover()
    }

    /// What a window needs to draw.
    pub fn snapshot(&mut self, probe: &Probe) -> Snapshot {
        self.look();
        let panels = (0..self.panels.len())
            .map(|i| {
                let now = Arc::new(self.observe(i));
                let cover = Arc::new(self.observer.cover());
                let basins = self.observer.basins();
                let origin =
                    |slot: u32| basins.of(Point::new(self.start[0][slot as usize], self.start[1][slot as usize]));
                let kl_floor = self.observer.kl_floor(now.ess);
                let mut snapshot = self.panels[i].snapshot(probe, (now, cover), origin);
                // Before anything else is measured: it is of what the observer has seen last.
                snapshot.tangent = (probe.tangent && !self.running.is_reverse()).then(|| Arc::new(self.tangent(i)));
                if probe.growth && snapshot.plane == Plane::Positions {
                    self.grow(i, probe, &mut snapshot.dots);
                }
                let probed = probe.at.map(|at| Arc::new(self.probe(i, at)));
                let terms = (probe.terms == Some(i)).then(|| Arc::new(self.terms(i)));
                let profile = probe.profile.map(|axis| Arc::new(self.profile(i, axis)));
                PanelSnapshot {
                    kl_floor,
                    probed,
                    terms,
                    profile,
                    ..snapshot
                }
            })
            .collect();
        Snapshot {
            step: self.step,
            time: self.time(),
            scenario: Arc::clone(&self.running),
            needs_reset: self.running.needs_reset(&self.edited),
            basins: Arc::clone(self.observer.basins()),
            refused: self.refused.clone(),
            panels,
        }
    }
}
