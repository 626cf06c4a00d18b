//! The exact solutions beside a run: the WFR equation on a grid for every panel, in lockstep with model time.
//!
//! # What is solved
//!
//! The equation of the *continuum*: no particles, no kernel, no time step of theirs. Start, rates, landscape and commands are those of the
//! run; the transport and reaction schemes, the splitting, the estimator and the resampling do not matter, since all of them
//! stand for the same equation. Where the run drives its flows, each solution goes by the clock of its panel ([`Reference::follow`]): it is what the
//! rates alone make of the law in the same time of its own. Shares of scouts and components are as the scenario gives them.
//!
//! # Times
//!
//! The solution steps from one recorded time to the next, and to the times of commands, by steps of at most [`STEP`]. The times are those
//! at which [`Simulation::record`](crate::sim::Simulation::record) measures the particles, so that the two histories can be
//! compared entry by entry. To show another time, a copy goes there: what is recorded is a function of the scenario, the
//! commands and the clocks, whatever has been looked at in between and on any number of threads.
//!
//! # Known failures
//!
//! A law wider than the grid, wells narrower than its cells: then there is no solution, and [`ExactPanel::None`] says so. Underdamped
//! particles follow an equation in four dimensions, which is not solved. An edit that needs another grid moves the law there, which
//! widens it by less than a cell. With β > 0 and α = 0 the continuum makes mass of tails in which no particle stands:
//! [`Solution::uncovered`] says how much.

mod course;
mod disc;
mod frame;
mod start;
#[cfg(test)]
mod tests;
mod world;

use std::sync::Arc;

use crate::continuum::Functionals;
use crate::history::{History, INTERVAL, Timed};
use crate::observe::{Cover, Observables, Smoothed};
use crate::scenario::{Mismatch, Pace, Scenario, Tempo};
use crate::sim::Command;
use crate::space::Field;
pub use course::{Course, Order};
use world::{Laws, World};

/// Every reason why a panel has no exact solution.
pub const REASONS: [&str; 6] = [
    world::UNDERDAMPED,
    world::LATER,
    world::ERASED,
    world::BROKEN,
    frame::TOO_FAR,
    frame::TOO_NARROW,
];

/// Longest time step of a solution.
pub const STEP: f64 = 0.01;

/// Solves the equation of every panel of a run.
#[derive(Clone, Debug)]
pub struct Reference {
    past: Past,
    /// The solutions, at the last recorded time or the last command.
    world: World,
    /// The solutions carried on to the time last asked for, if that is another; or under an edit at which time stands.
    ahead: Option<Box<World>>,
    /// How the flows of the run are driven.
    tempo: Tempo,
}

/// What is known of a run beside its solutions, at the time of the last record or command.
#[derive(Clone, Debug)]
struct Past {
    /// What runs, and what will run after a reset: as in the run itself.
    running: Arc<Scenario>,
    edited: Arc<Scenario>,
    histories: Vec<History<ExactEntry>>,
    /// The recorded times of all panels, with or without a solution.
    schedule: History<Instant>,
    /// Steps that the particles have done.
    step: u64,
    /// Model time and step at which the time step last changed.
    clock: (f64, u64),
    /// How often panels have been added or taken away.
    arrangement: u64,
    /// Slots of every panel of the run: those of the start, and what a brush has added.
    slots: usize,
}

/// A recorded time.
#[derive(Clone, Copy, Debug)]
struct Instant(f64);

impl Timed for Instant {
    fn time(&self) -> f64 {
        self.0
    }
}

/// What a [`Reference`] was at a recorded time: its past, the laws, and a world to solve them in, which keys of one scenario share.
#[derive(Clone, Debug)]
struct Key {
    past: Past,
    stage: Arc<World>,
    laws: Laws,
}

impl Reference {
    /// What is needed to come back here. The stage of `last` is shared where it serves.
    fn key(&self, last: Option<&Key>) -> Key {
        let stage = last
            .map(|last| &last.stage)
            .filter(|stage| stage.is_stage_of(&self.world));
        Key {
            past: self.past.clone(),
            stage: stage.map_or_else(|| Arc::new(self.world.clone()), Arc::clone),
            laws: self.world.laws(),
        }
    }

    /// Comes back to where a key was made.
    fn recall(&mut self, key: &Key) {
        if !self.world.is_stage_of(&key.stage) {
            self.world = (*key.stage).clone();
        }
        self.world.recall(&key.laws);
        self.past.clone_from(&key.past);
        self.ahead = None;
    }

    /// Starts a scenario at time 0.
    pub fn new(scenario: &Scenario) -> Self {
        Self::start(Arc::new(scenario.clone()))
    }

    /// The run is driven so, as far as it has come: every solution goes by the clock of its panel. What is not told runs on as it was last
    /// driven, and a run of which nothing is told at the rates of its flows.
    pub fn follow(&mut self, tempo: &Tempo) {
        self.tempo = tempo.clone();
    }

    /// The model time of [`Reference::exact`].
    pub fn time(&self) -> f64 {
        self.ahead.as_ref().map_or(self.world.time, |ahead| ahead.time)
    }

    /// Does what the run did at this model time: the law stays and what is live changes, or all begins again.
    pub fn apply(&mut self, command: &Command, time: f64) {
        match command {
            Command::Edit(edited) => {
                while self.record_next(time) {}
                let running = self.past.running.taking_over(edited);
                self.go_to(time);
                if running.dt != self.past.running.dt {
                    self.past.clock = (time, self.past.step);
                }
                // The world takes it over when it moves on: of many edits at a standstill only the last counts.
                (self.past.running, self.past.edited) = (Arc::new(running), Arc::new((**edited).clone()));
                self.ahead = None;
            }
            Command::Reset => *self = Self::start(Arc::clone(&self.past.edited)),
            Command::Load(scenario) => *self = Self::start(Arc::new((**scenario).clone())),
            Command::Brush(dab) => {
                // What cannot be done the run has refused too.
                let Ok(slots) = dab.slots_after(self.past.slots) else {
                    return;
                };
                while self.record_next(time) {}
                self.world.settle(&self.past.running);
                self.world.advance(time, &self.tempo);
                self.past.step = self.step_at(time);
                self.world.brush(*dab, self.past.slots);
                self.world.measure(&self.tempo);
                (self.past.slots, self.ahead) = (slots, None);
            }
            Command::Duplicate(panel) => {
                self.rearrange(
                    time,
                    |scenario| scenario.duplicate_panel(*panel),
                    |world, histories| {
                        world.panels.push(world.panels[*panel].clone());
                        histories.push(histories[*panel].clone());
                    },
                );
            }
            Command::Remove(panel) => {
                self.rearrange(
                    time,
                    |scenario| scenario.remove_panel(*panel),
                    |world, histories| {
                        drop(world.panels.remove(*panel));
                        histories.remove(*panel);
                    },
                );
            }
        }
    }

    /// Goes on to the time of a command that changes the rates.
    fn go_to(&mut self, time: f64) {
        if time > self.world.time {
            self.world.settle(&self.past.running);
            self.world.advance(time, &self.tempo);
        }
        self.past.step = self.step_at(time);
    }

    /// Adds or takes away a panel as the run does. Unless they set each other's pace, the others need not even stop for it: their steps
    /// stay the same.
    fn rearrange(
        &mut self,
        time: f64,
        scenario: impl FnOnce(&mut Scenario) -> Result<(), Mismatch>,
        panels: impl FnOnce(&mut World, &mut Vec<History<ExactEntry>>),
    ) {
        let mut running = (*self.past.running).clone();
        if scenario(&mut running).is_err() {
            return;
        }
        while self.record_next(time) {}
        if self.past.running.pace != Pace::Rates {
            self.go_to(time);
        }
        self.world.settle(&self.past.running);
        panels(&mut self.world, &mut self.past.histories);
        self.past.edited = Arc::new(self.past.edited.with_panels_of(&running));
        self.past.running = Arc::new(running);
        self.world.rearranged(&self.past.running);
        self.past.arrangement += 1;
        self.ahead = None;
    }

    /// Goes on to the next recorded time unless that is later than `time`; whether it did.
    pub fn record_next(&mut self, time: f64) -> bool {
        let Some((step, due)) = self.next_record(time) else {
            return false;
        };
        self.world.settle(&self.past.running);
        self.world.advance(due, &self.tempo);
        self.past.step = step;
        self.ahead = None;
        self.record();
        true
    }

    /// Goes on to this model time by way of all recorded times before it; whether anything had to be done. Earlier times are ignored.
    pub fn advance(&mut self, time: f64) -> bool {
        let mut moved = false;
        while self.record_next(time) {
            moved = true;
        }
        let reached = self.ahead.as_ref().map_or(f64::NEG_INFINITY, |ahead| ahead.time);
        let stale = !self.world.is_settled(&self.past.running);
        if reached >= time || (reached == f64::NEG_INFINITY && time <= self.world.time && !stale) || time.is_nan() {
            return moved;
        }
        let mut ahead = Box::new(self.world.clone());
        ahead.settle(&self.past.running);
        ahead.advance(time, &self.tempo);
        ahead.measure(&self.tempo);
        self.ahead = Some(ahead);
        true
    }

    /// Whether the solutions are those of what runs: after an edit they are of what ran before until they move on or are looked at.
    fn is_current(&self) -> bool {
        self.shown().is_settled(&self.past.running)
    }

    fn shown(&self) -> &World {
        self.ahead.as_deref().unwrap_or(&self.world)
    }

    /// The solutions at the time advanced to.
    pub fn exact(&self) -> Exact {
        let world = self.shown();
        let panels = world
            .panels
            .iter()
            .zip(&self.past.histories)
            .map(|(panel, history)| match panel {
                Ok(panel) => ExactPanel::Solved(Solution {
                    density: Arc::new(panel.law.density()),
                    smoothed: Arc::clone(&panel.smoothed),
                    now: Arc::clone(&panel.now),
                    history: history.entries().to_vec(),
                }),
                Err(reason) => ExactPanel::None(reason),
            });
        Exact {
            time: world.time,
            arrangement: self.past.arrangement,
            panels: panels.collect(),
        }
    }

    fn start(scenario: Arc<Scenario>) -> Self {
        let mut reference = Self {
            world: World::start(&scenario),
            ahead: None,
            tempo: Tempo::default(),
            past: Past {
                edited: Arc::clone(&scenario),
                histories: vec![History::new(INTERVAL); scenario.panels.len()],
                slots: scenario.particles,
                running: scenario,
                schedule: History::new(INTERVAL),
                step: 0,
                clock: (0.0, 0),
                arrangement: 0,
            },
        };
        reference.record();
        reference
    }

    fn record(&mut self) {
        self.world.measure(&self.tempo);
        self.past.schedule.push(Arc::new(Instant(self.world.time)));
        for (panel, history) in self.world.panels.iter().zip(&mut self.past.histories) {
            if let Ok(panel) = panel {
                history.push(Arc::clone(&panel.now));
            }
        }
    }

    /// The model time after so many steps of the particles: the same bits as theirs.
    fn time_of(&self, step: u64) -> f64 {
        self.past.clock.0 + (step - self.past.clock.1) as f64 * self.past.running.dt
    }

    fn step_at(&self, time: f64) -> u64 {
        let steps = ((time - self.past.clock.0) / self.past.running.dt).round();
        self.past.step.max(self.past.clock.1 + steps.max(0.0) as u64)
    }

    /// The next step after which the particles are measured, and its time, unless that is later than `latest`.
    fn next_record(&self, latest: f64) -> Option<(u64, f64)> {
        let due = |&(_, time): &(u64, f64)| time > latest || self.past.schedule.is_due(time);
        let next = (self.past.step + 1..).map(|step| (step, self.time_of(step))).find(due);
        next.filter(|(_, time)| *time <= latest)
    }
}

/// The exact solutions of all panels at one model time.
#[derive(Clone, Debug)]
pub struct Exact {
    /// Model time.
    pub time: f64,
    /// How often panels have been added or taken away since the start: solutions from before belong to panels of other numbers.
    pub arrangement: u64,
    /// One for each panel of the scenario, in order.
    pub panels: Vec<ExactPanel>,
}

impl Exact {
    /// Whether it knows anything of times after this one.
    pub fn reaches_beyond(&self, time: f64) -> bool {
        self.time > time
    }

    /// Forgets what was measured after this time, where the run has gone another way. The densities stay as they are, until there are others.
    pub fn forget_after(&mut self, time: f64) {
        for panel in &mut self.panels {
            let ExactPanel::Solved(solution) = panel else { continue };
            let known = solution.history.partition_point(|entry| entry.observed.time <= time);
            solution.history.truncate(known);
            if let Some(last) = solution.history.last().filter(|_| solution.now.observed.time > time) {
                solution.now = Arc::clone(last);
            }
        }
    }
}

/// The exact solution of one panel.
#[derive(Clone, Debug)]
pub enum ExactPanel {
    /// There is one.
    Solved(Solution),
    /// There is none, and why, as a sentence for the window.
    None(&'static str),
}

/// An exact solution and its past.
#[derive(Clone, Debug)]
pub struct Solution {
    /// The density per area, on the solver's grid.
    pub density: Arc<Field>,
    /// The law as it is measured beside the particles: see [`Solution::uncovered`].
    pub smoothed: Arc<Smoothed>,
    /// The present measurements.
    pub now: Arc<ExactEntry>,
    /// Measurements at even intervals of model time since the start, oldest first; at the times of the particles' own history.
    pub history: Vec<Arc<ExactEntry>>,
}

impl Solution {
    /// The part of this law that is where no particle is near, both measured at about the same time: particles *must* differ from the
    /// solution by it. Under pure reaction no step will ever bring it to them; with transport, more particles would.
    /// `None` where the particles were measured for another picture.
    pub fn uncovered(&self, particles: &Cover) -> Option<f64> {
        particles.missed(&self.smoothed)
    }
}

impl Timed for ExactEntry {
    fn time(&self) -> f64 {
        self.observed.time
    }
}

/// What is measured of an exact solution at one time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExactEntry {
    /// The law measured as if it were particles (binned and smoothed alike), to be compared with theirs number by number; what only
    /// particles have (ESS, births, …) is left at its default. The running normaliser is there for given rates; under the
    /// Fisher–Rao rate that of particles counts the zero of the potential, and this is 0.
    pub observed: Observables,
    /// KL, Fisher information and variance of the solution itself, without any smoothing.
    pub functionals: Functionals,
}
