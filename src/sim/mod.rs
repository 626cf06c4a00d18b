//! One run: the only owner of everything that evolves.
//!
//! All panels of a scenario advance in lockstep, from the same start and with the same noise. Window, command line and tests
//! drive the same type with the same [`Command`]s, which apply between steps. A [`Frame`] is its state at one step;
//! [`timeline`](crate::timeline) keeps frames and commands, so that a session can be replayed bit for bit.

mod brush;
mod frame;
mod probe;
mod start;

use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::chunks::CHUNK;
use crate::density::Density;
use crate::ensemble::{Collapse, Ensemble};
use crate::flow::{Flow, StepContext, Workspace};
use crate::history::{self, History};
use crate::landscape::Landscape;
use crate::observe::{Basins, Cover, Observables, Observer, histogram};
use crate::rng::Streams;
use crate::scenario::{Mismatch, Pace, Reading, Scenario};
use crate::snapshot::{DensityImage, Dot, PanelSnapshot, Plane, Probe, Refused, Snapshot, Teleport};
use crate::space::{Grid, Point};

pub use brush::{COUNT, Dab, Stroke};
pub use frame::Frame;

/// Teleports kept for drawing, per panel.
const MAX_TELEPORTS: usize = 256;

/// Something that changes a run. Applied between steps only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Run on with this scenario. Rates, target, temperature, step and estimators apply at once; seed, particles, scouts, start and the
    /// number of panels wait for the next [`Command::Reset`].
    Edit(Box<Scenario>),
    /// Start again from time 0, with the scenario as last edited.
    Reset,
    /// Start this scenario from time 0.
    Load(Box<Scenario>),
    /// Put particles in or take them out with a round brush, in every panel alike.
    Brush(Dab),
    /// One more panel at the right end: a copy of this running one as it is now, particles and past, under a name of its own. It shares
    /// the noise as all panels do, so it stays a twin until one of the two is changed. Four panels are the most.
    Duplicate(usize),
    /// One running panel less; the others go on, bit for bit (under [`Pace::EqualDissipation`](crate::scenario::Pace) they may
    /// have followed it). The last panel stays. As with [`Command::Duplicate`], another number of panels that waits for a reset is
    /// given up.
    Remove(usize),
}

/// Why a run stopped.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("panel {panel}: {cause}")]
pub struct StepError {
    /// The name of the panel.
    pub panel: String,
    /// What happened.
    pub cause: Collapse,
}

/// The slots to draw where so many are wanted at most: all in order, or else evenly spread over all, and so is every beginning of the list. So what a
/// brush has appended is among them in proportion, and most of the others stay when a little is appended.
fn sample(slots: usize, most: usize) -> Vec<usize> {
    if slots <= most {
        return (0..slots).collect();
    }
    // The numbers in the order of their reversed bits.
    let unused = slots.next_power_of_two().leading_zeros() + 1;
    let reversed = (0..).map(|k: usize| k.reverse_bits().checked_shr(unused).unwrap_or(0));
    reversed.filter(|slot| *slot < slots).take(most).collect()
}

/// All panels of a scenario, at one time.
#[derive(Debug)]
pub struct Simulation {
    running: Arc<Scenario>,
    edited: Arc<Scenario>,
    landscape: Landscape,
    observer: Observer,
    streams: Streams,
    panels: Vec<Panel>,
    /// Where every slot began, to tell the origin of its descendants.
    start: Arc<[Vec<f64>; 2]>,
    step: u64,
    /// What the panels run now: the flows of the scenario, driven by these factors.
    driven: Vec<Flow>,
    factors: Vec<f64>,
    /// Model time since when KL has fallen by itself: not by a new landscape or a brush.
    since: f64,
    /// Model time and step at which the time step last changed: time is counted from there without adding up rounding.
    clock: (f64, u64),
    /// The last command that could not be obeyed.
    refused: Option<Refused>,
    /// Scratch memory of the probe: nothing until somebody probes.
    probing: Density,
}

/// What one panel owns.
#[derive(Clone, Debug)]
struct Panel {
    ensemble: Ensemble,
    work: Workspace,
    history: History,
    /// The flow's own time.
    clock: f64,
    teleports: std::collections::VecDeque<Teleport>,
    replaced: u64,
    resamplings: u64,
    lost: u64,
    proposed: u64,
    accepted: u64,
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
            panels: Vec::new(),
            start: Arc::default(),
            driven: Vec::new(),
            factors: Vec::new(),
            since: f64::NEG_INFINITY,
            step: 0,
            clock: (0.0, 0),
            refused: None,
            probing: Density::default(),
        }
    }

    /// Advances every panel by one time step. On an error the particles of the failed panel are left where they failed, with
    /// equal weights, and the others have stepped.
    pub fn step(&mut self) -> Result<(), StepError> {
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

    /// What was measured of every panel, oldest first.
    pub fn histories(&self) -> impl Iterator<Item = &[Arc<Observables>]> {
        self.panels.iter().map(|panel| panel.history.entries())
    }

    /// Changes the run; see [`Command`]. What cannot be done is refused: then nothing changes, the next snapshot has a sentence, and
    /// this is false.
    pub fn apply(&mut self, command: Command) -> bool {
        let done = match command {
            Command::Edit(scenario) => {
                self.edit(*scenario);
                Ok(())
            }
            Command::Reset => {
                self.restart();
                Ok(())
            }
            Command::Load(scenario) => {
                self.edited = Arc::from(scenario);
                self.restart();
                Ok(())
            }
            Command::Brush(dab) => self.brush(dab).inspect(|()| {
                self.since = self.time();
                self.drive();
            }),
            Command::Duplicate(panel) => self.rearrange(
                |scenario| scenario.duplicate_panel(panel),
                |panels| {
                    let copy = panels[panel].clone();
                    panels.push(copy);
                },
            ),
            Command::Remove(panel) => self.rearrange(
                |scenario| scenario.remove_panel(panel),
                |panels| {
                    panels.remove(panel);
                },
            ),
        };
        if let Err(sentence) = done {
            let number = self.refused.as_ref().map_or(1, |refused| refused.number + 1);
            self.refused = Some(Refused { number, sentence });
            return false;
        }
        true
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

    /// Measures a panel now.
    pub fn observe(&mut self, panel: usize) -> Observables {
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
        self.observer.observe(&self.panels[panel].ensemble);
        self.observer.cover()
    }

    /// What a window needs to draw.
    pub fn snapshot(&mut self, probe: &Probe) -> Snapshot {
        let panels = (0..self.panels.len())
            .map(|i| {
                let now = Arc::new(self.observe(i));
                let cover = Arc::new(self.observer.cover());
                let basins = self.observer.basins();
                let origin =
                    |slot: u32| basins.of(Point::new(self.start[0][slot as usize], self.start[1][slot as usize]));
                let snapshot = self.panels[i].snapshot(probe, (now, cover), origin);
                let probed = probe.at.map(|at| Arc::new(self.probe(i, at)));
                PanelSnapshot { probed, ..snapshot }
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

    /// Takes over what is live.
    fn edit(&mut self, edited: Scenario) {
        let running = self.running.taking_over(&edited);
        if running.dt != self.running.dt {
            self.clock = (self.time(), self.step);
        }
        self.edited = Arc::new(edited);
        self.run(Arc::new(running));
        self.drive();
        self.equip();
    }

    /// Adds or takes away a panel, unless the scenario refuses. Another number of panels that waits for a reset is given up: what was
    /// asked for concerns the panels that are there.
    fn rearrange(
        &mut self,
        scenario: impl FnOnce(&mut Scenario) -> Result<(), Mismatch>,
        panels: impl FnOnce(&mut Vec<Panel>),
    ) -> Result<(), String> {
        let mut running = (*self.running).clone();
        scenario(&mut running).map_err(|mismatch| mismatch.to_string())?;
        panels(&mut self.panels);
        self.edited = Arc::new(self.edited.with_panels_of(&running));
        self.run(Arc::new(running));
        self.drive();
        Ok(())
    }

    /// Makes a scenario the running one; whether landscape or view are others than before.
    fn take_up(&mut self, scenario: Arc<Scenario>) -> bool {
        let sight = |s: &Scenario| (s.landscape(), s.view());
        let changed = !Arc::ptr_eq(&scenario, &self.running) && sight(&scenario) != sight(&self.running);
        let time = self.time();
        self.running = scenario;
        if changed {
            self.since = time;
            self.landscape = self.running.landscape();
            self.observer = Observer::new(&self.landscape, self.running.view());
        }
        changed
    }

    /// Goes on with another scenario.
    fn run(&mut self, scenario: Arc<Scenario>) {
        if self.take_up(scenario) {
            self.begin_ledgers();
        }
    }

    /// Sets the factors on the rates from what has been recorded.
    fn drive(&mut self) {
        let running = &*self.running;
        let readings = |panel: &Panel| Reading::last(panel.history.entries().iter().map(|o| &**o), self.since);
        let floor = match running.pace {
            Pace::Rates => 0.0,
            Pace::EqualDissipation => self.observer.kl_floor(running.particles as f64),
        };
        let flows = running.panels.iter().zip(self.panels.iter().map(readings));
        self.factors = running.pace.factors(flows, floor);
        let driven = |(flow, factor): (&Flow, &f64)| flow.driven(*factor);
        self.driven = running.panels.iter().zip(&self.factors).map(driven).collect();
    }

    /// Opens the accounts of all basins anew, from the mass that they have now.
    fn begin_ledgers(&mut self) {
        for panel in &mut self.panels {
            panel.work.ledger.begin(self.observer.basins(), &panel.ensemble);
        }
    }

    /// Lets particles carry what the first step of their transport will need, so that it can be seen before.
    fn equip(&mut self) {
        for (panel, flow) in self.panels.iter_mut().zip(&self.running.panels) {
            flow.transport.equip(&mut panel.ensemble, self.streams, self.step);
        }
    }

    /// Begins the edited scenario at time 0.
    fn restart(&mut self) {
        self.run(Arc::clone(&self.edited));
        self.streams = Streams::new(self.running.seed);
        (self.step, self.clock) = (0, (0.0, 0));
        let start = start::ensemble(&self.running, self.streams);
        self.start = Arc::new(start.positions().map(<[f64]>::to_vec));
        self.panels = self.running.panels.iter().map(|_| Panel::new(start.clone())).collect();
        self.since = f64::NEG_INFINITY;
        self.drive();
        self.equip();
        self.begin_ledgers();
        self.record();
    }
}

impl Panel {
    fn new(ensemble: Ensemble) -> Self {
        Self {
            ensemble,
            work: Workspace::default(),
            history: History::new(history::INTERVAL),
            clock: 0.0,
            teleports: std::collections::VecDeque::new(),
            replaced: 0,
            resamplings: 0,
            lost: 0,
            proposed: 0,
            accepted: 0,
        }
    }

    fn step(&mut self, flow: &Flow, context: &StepContext<'_>, time: f64) -> Result<(), Collapse> {
        let info = flow.step(&mut self.ensemble, context, &mut self.work)?;
        self.replaced += self.work.replaced;
        self.resamplings += info.resamplings;
        self.lost += info.lost;
        self.proposed += info.proposed;
        self.accepted += info.accepted;
        for &[from, to] in &self.work.teleports {
            if self.teleports.len() == MAX_TELEPORTS {
                self.teleports.pop_front();
            }
            self.teleports.push_back(Teleport { from, to, time });
        }
        Ok(())
    }

    /// What a window needs to draw of this panel; `origin` is the basin in which a slot began.
    fn snapshot(
        &self,
        probe: &Probe,
        (now, cover): (Arc<Observables>, Arc<Cover>),
        origin: impl Fn(u32) -> usize + Sync,
    ) -> PanelSnapshot {
        let n = self.ensemble.len();
        let ([xs, ys], plane) = self.coordinates(probe.plane);
        let (weights, ancestors) = (self.ensemble.weights(), self.ensemble.ancestors());
        let dot = |i: usize| Dot {
            x: xs[i] as f32,
            y: ys[i] as f32,
            weight: (weights[i] * n as f64) as f32,
            origin: origin(ancestors[i]) as u16,
            ancestor: ancestors[i],
        };
        let density = probe
            .picture
            .filter(|(_, [width, height])| n > probe.max_dots && width.min(height) > &0)
            .map(|(rect, [width, height])| {
                let field = histogram([xs, ys], weights, Grid::new(rect, width, height));
                let even = (width * height) as f64;
                let mut values = vec![0.0; field.values.len()];
                // Rows of a picture run from the top, rows of a field from the bottom.
                for (out, row) in values.chunks_mut(width).rev().zip(field.values.chunks(width)) {
                    out.iter_mut().zip(row).for_each(|(o, v)| *o = (v * even) as f32);
                }
                Arc::new(DensityImage {
                    rect,
                    size: [width, height],
                    values,
                })
            });
        PanelSnapshot {
            particles: n,
            alive: self.ensemble.alive(),
            probed: None,
            plane,
            dots: sample(n, probe.max_dots)
                .into_par_iter()
                .with_min_len(CHUNK)
                .map(dot)
                .collect(),
            density,
            bandwidth: self.work.density.bandwidth(),
            now,
            cover,
            history: self.history.entries().to_vec(),
            teleports: match plane {
                Plane::Positions => self.teleports.iter().copied().collect(),
                Plane::PhaseX | Plane::PhaseY => Vec::new(),
            },
        }
    }

    /// The particles in this plane, or by their positions if they have no velocities; and which it is.
    fn coordinates(&self, plane: Plane) -> ([&[f64]; 2], Plane) {
        let [xs, ys] = self.ensemble.positions();
        match (plane, self.ensemble.velocities()) {
            (Plane::PhaseX, Some([us, _])) => ([xs, us], plane),
            (Plane::PhaseY, Some([_, vs])) => ([ys, vs], plane),
            (Plane::Positions, _) | (_, None) => ([xs, ys], Plane::Positions),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_spread_over_all_slots_and_holds_none_twice() {
        assert_eq!(sample(5, 5), [0, 1, 2, 3, 4]);
        for (slots, most) in [
            (2, 1),
            (8, 7),
            (1000, 999),
            (12_600, 10_000),
            (65_536, 1000),
            (65_537, 1000),
        ] {
            let chosen = sample(slots, most);
            assert_eq!(chosen.len(), most);
            for part in [most / 4, most] {
                let mut part: Vec<usize> = chosen[..part].to_vec();
                part.sort_unstable();
                let half = part.iter().filter(|slot| **slot < slots / 2).count();
                assert!(
                    half.abs_diff(part.len() / 2) <= 1 + part.len() / 50,
                    "{slots} {most}: {half}"
                );
                part.dedup();
                assert!(part.len() == most || part.len() == most / 4);
                assert!(part.iter().all(|slot| *slot < slots));
            }
        }
        // A few more slots change few of the places.
        let (before, after) = (sample(12_600, 10_000), sample(12_650, 10_000));
        let kept = before.iter().filter(|slot| after.contains(slot)).count();
        assert!(kept > 9_900, "{kept}");
    }
}
