//! Everything of a run that evolves, at one step: to come back to it, and to write it to a file.

use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::Simulation;
use super::panel::{MAX_TELEPORTS, Panel};
use crate::ensemble::{Ensemble, Packed};
use crate::flow::Workspace;
use crate::history::History;
use crate::observe::{Account, Observables, Traffic};
use crate::reverse::Walkers;
use crate::rng::Streams;
use crate::scenario::{Scenario, Tempo};
use crate::snapshot::Teleport;

/// The state of a [`Simulation`] between two steps: a run that goes on from it gives the same bits as one that never stopped.
///
/// Parts that have not changed are shared between frames and with the run, so a clone costs next to nothing. What is read from a
/// file is checked: particles are somewhere, weights add up to 1.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Frame(Parts);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    step: u64,
    clock: (f64, u64),
    running: Arc<Scenario>,
    edited: Arc<Scenario>,
    start: Arc<[Vec<f64>; 2]>,
    /// Since when the pace may look back; `None`: since the start.
    since: Option<f64>,
    /// How the flows were driven until now.
    tempo: Tempo,
    panels: Vec<PanelFrame>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PanelFrame {
    particles: Packed,
    /// The flow's own time.
    clock: f64,
    /// What the last density estimate said of itself.
    bandwidth: f64,
    neighbours: Option<f64>,
    accounts: Vec<Account>,
    masses: Vec<f64>,
    history: History,
    teleports: Vec<Teleport>,
    /// Absent in files of before there was any.
    #[serde(default)]
    traffic: Traffic,
    replaced: u64,
    resamplings: u64,
    lost: u64,
    proposed: u64,
    accepted: u64,
    /// What particles on their way from noise to data remember, one list for each: see [`Walkers::remembered`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    remembered: Vec<Vec<f64>>,
}

impl Frame {
    /// Steps since the start.
    pub const fn step(&self) -> u64 {
        self.0.step
    }

    /// Model time since the start.
    pub fn time(&self) -> f64 {
        let Parts { step, clock, .. } = &self.0;
        clock.0 + (step - clock.1) as f64 * self.0.running.dt
    }

    /// The scenario as it runs.
    pub const fn scenario(&self) -> &Arc<Scenario> {
        &self.0.running
    }

    /// The scenario as last edited.
    pub const fn edited(&self) -> &Arc<Scenario> {
        &self.0.edited
    }

    /// Bytes of memory that this frame holds, the places of the start among them.
    pub fn bytes(&self) -> usize {
        self.bytes_beside(None) + self.start_bytes()
    }

    /// Bytes of memory that this frame holds and the one kept before it does not, without the start: what one more frame costs.
    pub fn bytes_beside(&self, last: Option<&Self>) -> usize {
        let mut total = size_of::<Self>() + self.0.tempo.bytes_beside(last.map(|last| &last.0.tempo));
        for scenario in [&self.0.running, &self.0.edited] {
            let known = |last: &Self| Arc::ptr_eq(scenario, &last.0.running) || Arc::ptr_eq(scenario, &last.0.edited);
            if !last.is_some_and(known) {
                total += size_of::<Scenario>() + scenario.panels.len() * size_of::<crate::flow::Flow>();
            }
        }
        // What was measured before the last frame is in that, too.
        let since = last.map_or(f64::NEG_INFINITY, Self::time);
        let (account, pointers) = (size_of::<Account>() + size_of::<f64>(), 2 * size_of::<usize>());
        for (i, panel) in self.0.panels.iter().enumerate() {
            let before = last.and_then(|last| last.0.panels.get(i)).map(|panel| &panel.particles);
            let entries = panel.history.entries();
            let new = &entries[entries.partition_point(|entry| entry.time <= since)..];
            let observed = |entry: &Arc<Observables>| {
                size_of::<Observables>()
                    + pointers
                    + entry.basin_mass.len() * size_of::<f64>()
                    + entry.ledger.len() * size_of::<Account>()
            };
            total += size_of::<PanelFrame>() + panel.particles.bytes_beside(before);
            total += panel.accounts.len() * account + panel.teleports.len() * size_of::<Teleport>();
            total += panel.traffic.bytes();
            total += panel
                .remembered
                .iter()
                .map(|values| size_of_val(&values[..]))
                .sum::<usize>();
            total += size_of_val(entries) + new.iter().map(observed).sum::<usize>();
        }
        total
    }

    /// Bytes of the places where slots began, which all frames of a start share with each other and with the run.
    pub fn start_bytes(&self) -> usize {
        2 * self.0.start[0].len() * size_of::<f64>()
    }

    /// Whether both come from one start.
    pub fn shares_start(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0.start, &other.0.start)
    }

    /// Whether a run can be in this state; `Err` says what cannot be.
    fn check(&self) -> Result<(), String> {
        let parts = &self.0;
        for scenario in [&parts.running, &parts.edited] {
            scenario.check().map_err(|mismatch| mismatch.to_string())?;
        }
        let starts = parts.start[0].len();
        // All panels have one slot for every place where a particle began.
        if parts.panels.iter().any(|panel| panel.particles.len() != starts) {
            return Err("there are not as many particles as have begun".to_owned());
        }
        let near = |v: &Vec<f64>| v.len() == starts && v.iter().all(|x| x.abs() <= crate::ensemble::FAR);
        if !parts.start.iter().all(near) {
            return Err("particles began nowhere".to_owned());
        }
        if parts.running.last_step().is_some_and(|last| parts.step > last) {
            return Err("the run has gone on after its end".to_owned());
        }
        if parts.clock.1 > parts.step || !parts.clock.0.is_finite() || parts.clock.0 < 0.0 {
            return Err("time stands before its beginning".to_owned());
        }
        if !parts.tempo.is_sound() {
            return Err("nothing can be driven so".to_owned());
        }
        if parts.panels.len() != parts.running.panels.len() {
            return Err("there are not as many panels as in the scenario".to_owned());
        }
        for panel in &parts.panels {
            panel.particles.check(starts)?;
            let finite = |t: &Teleport| {
                [t.from.x, t.from.y, t.to.x, t.to.y, t.time]
                    .iter()
                    .all(|v| v.is_finite())
            };
            let most = parts.running.mixture().map_or(0, |blend| blend.models().len() + 1);
            if panel.remembered.len() > most || panel.remembered.iter().any(|values| values.len() != starts) {
                return Err("what particles remember is not of all of them".to_owned());
            }
            let clock = panel.clock.is_finite() && parts.since.is_none_or(f64::is_finite);
            let ledger = clock && panel.accounts.len() == panel.masses.len();
            if !panel.history.is_sound() || !panel.teleports.iter().all(finite) || !panel.traffic.is_sound() || !ledger
            {
                return Err("the history of a panel is none".to_owned());
            }
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Frame {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let frame = Self(Parts::deserialize(deserializer)?);
        frame.check().map_err(D::Error::custom)?;
        Ok(frame)
    }
}

impl Simulation {
    /// The state now.
    pub fn frame(&self) -> Frame {
        self.frame_after(None)
    }

    /// The state now; what is as it was in `last` is shared with that.
    pub fn frame_after(&self, last: Option<&Frame>) -> Frame {
        let start = self.start.each_ref().map(Vec::as_slice);
        let panels = self.panels.iter().enumerate().map(|(i, panel)| {
            let last = last.filter(|last| Arc::ptr_eq(&last.0.start, &self.start));
            let last = last.and_then(|last| last.0.panels.get(i)).map(|last| &last.particles);
            PanelFrame {
                particles: Packed::of(&panel.ensemble, start, last),
                clock: panel.clock,
                bandwidth: panel.work.density.bandwidth(),
                neighbours: panel.work.density.neighbours(),
                accounts: panel.work.ledger.accounts().to_vec(),
                masses: panel.work.ledger.masses().to_vec(),
                history: panel.history.clone(),
                teleports: panel.teleports.iter().copied().collect(),
                traffic: panel.traffic.clone(),
                replaced: panel.replaced,
                resamplings: panel.resamplings,
                lost: panel.lost,
                proposed: panel.proposed,
                accepted: panel.accepted,
                remembered: panel
                    .walkers
                    .as_ref()
                    .map_or_else(Vec::new, |walkers| walkers.remembered()),
            }
        });
        Frame(Parts {
            step: self.step,
            clock: self.clock,
            running: Arc::clone(&self.running),
            edited: Arc::clone(&self.edited),
            start: Arc::clone(&self.start),
            since: Some(self.since).filter(|since| since.is_finite()),
            tempo: self.tempo.clone(),
            panels: panels.collect(),
        })
    }

    /// Goes to a state: the steps that follow give the same bits as those that followed it before.
    pub fn restore(&mut self, frame: &Frame) {
        let parts = &frame.0;
        self.take_up(Arc::clone(&parts.running));
        self.edited = Arc::clone(&parts.edited);
        self.streams = Streams::new(self.running.seed);
        (self.step, self.clock) = (parts.step, parts.clock);
        self.start = Arc::clone(&parts.start);
        self.panels.truncate(parts.panels.len());
        let start = self.start.each_ref().map(Vec::as_slice);
        for (i, kept) in parts.panels.iter().enumerate() {
            if i == self.panels.len() {
                // Any particle will do to have some memory.
                self.panels
                    .push(Panel::new(Ensemble::new([vec![0.0], vec![0.0]]), &self.stop));
            }
            let panel = &mut self.panels[i];
            kept.particles.restore(&mut panel.ensemble, start);
            let Workspace { density, ledger, .. } = &mut panel.work;
            density.recall(kept.bandwidth, kept.neighbours);
            ledger.resume(self.observer.basins(), &panel.ensemble, &kept.accounts, &kept.masses);
            panel.history.clone_from(&kept.history);
            panel.teleports.clear();
            panel.traffic.clone_from(&kept.traffic);
            panel.teleports.extend(kept.teleports.iter().take(MAX_TELEPORTS));
            panel.replaced = kept.replaced;
            panel.resamplings = kept.resamplings;
            panel.lost = kept.lost;
            panel.proposed = kept.proposed;
            panel.accepted = kept.accepted;
            panel.clock = kept.clock;
            panel.walkers = self.running.sampler(i).and_then(|sampler| {
                let mut walkers = Walkers::new(sampler.ok()?, panel.ensemble.len()).ok()?;
                walkers.resume(&mut panel.ensemble, self.step as usize, &kept.remembered, self.streams);
                Some(Box::new(walkers))
            });
        }
        self.since = parts.since.unwrap_or(f64::NEG_INFINITY);
        self.tempo = parts.tempo.clone();
        self.drive();
    }
}

impl Simulation {
    /// Sets the pace at which the run is to be watched, which changes nothing that evolves.
    pub fn set_speed(&mut self, speed: f64) {
        for scenario in [&mut self.running, &mut self.edited] {
            if scenario.speed != speed {
                Arc::make_mut(scenario).speed = speed;
            }
        }
    }
}

impl From<&Frame> for Simulation {
    fn from(frame: &Frame) -> Self {
        let mut simulation = Self::empty(Arc::clone(&frame.0.running));
        simulation.restore(frame);
        simulation
    }
}
