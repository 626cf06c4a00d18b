//! What was done to a run, and after how many steps.

use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::scenario::Scenario;
use crate::sim::Command;

/// A scenario as it started, and the commands since, each with the steps done before it. The state of a run is a function of this and
/// of the number of its steps. A start ([`Command::Load`], [`Command::Reset`]) begins a journal anew, and is in none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Journal {
    /// What started.
    pub scenario: Arc<Scenario>,
    /// What was done since, in order.
    pub commands: Vec<(u64, Arc<Command>)>,
}

impl Journal {
    /// A start.
    pub fn new(scenario: Scenario) -> Self {
        Self {
            scenario: Arc::new(scenario),
            commands: Vec::new(),
        }
    }

    /// How many commands were given before or at this step.
    pub fn until(&self, step: u64) -> usize {
        self.commands.partition_point(|(at, _)| *at <= step)
    }

    /// The commands up to this step and no others.
    #[must_use]
    pub fn cut(&self, step: u64) -> Self {
        Self {
            scenario: Arc::clone(&self.scenario),
            commands: self.commands[..self.until(step)].to_vec(),
        }
    }

    /// The commands up to this step, each with the model time at which it was obeyed, to the last bit.
    pub fn timed(&self, step: u64) -> Vec<(Arc<Command>, f64)> {
        // As the run counts time: from where its step last changed.
        let (mut clock, mut dt) = ((0.0, 0), self.scenario.dt);
        let commands = self.commands[..self.until(step)].iter().map(|(at, command)| {
            let time = clock.0 + (at - clock.1) as f64 * dt;
            if let Some(other) = self.other_step(command, dt) {
                (clock, dt) = ((time, *at), other);
            }
            (Arc::clone(command), time)
        });
        commands.collect()
    }

    /// The step nearest to a model time, with the time steps that there were then.
    pub fn step_at(&self, time: f64) -> u64 {
        let (clock, dt) = self.clock(|_, then| then <= time);
        clock.1 + ((time - clock.0) / dt).round().max(0.0) as u64
    }

    /// The step itself, or the last one where a run of this journal ends before.
    pub(super) fn within(&self, step: u64) -> u64 {
        self.scenario.last_step().map_or(step, |last| step.min(last))
    }

    /// The model time of a step, to the last bit.
    pub fn time_at(&self, step: u64) -> f64 {
        let (clock, dt) = self.clock(|at, _| at <= step);
        clock.0 + (step - clock.1) as f64 * dt
    }

    /// Time and step at which the time step last changed while commands are `before`, and that time step.
    fn clock(&self, before: impl Fn(u64, f64) -> bool) -> ((f64, u64), f64) {
        let (mut clock, mut dt) = ((0.0, 0), self.scenario.dt);
        for (at, command) in &self.commands {
            let then = clock.0 + (at - clock.1) as f64 * dt;
            if !before(*at, then) {
                break;
            }
            if let Some(other) = self.other_step(command, dt) {
                (clock, dt) = ((then, *at), other);
            }
        }
        (clock, dt)
    }

    /// The time step from a command on, where it changes that: what comes from the noise keeps its steps until it begins anew.
    fn other_step(&self, command: &Command, dt: f64) -> Option<f64> {
        match command {
            Command::Edit(edited) if edited.is_reverse() || self.scenario.is_reverse() => None,
            Command::Edit(edited) => Some(edited.dt).filter(|other| *other != dt),
            _ => None,
        }
    }

    /// What runs after all commands, and what is edited then.
    pub fn scenarios(&self) -> [Scenario; 2] {
        let mut running = (*self.scenario).clone();
        let mut edited = running.clone();
        for (_, command) in &self.commands {
            let done = match &**command {
                Command::Edit(scenario) => {
                    running = running.taking_over(scenario);
                    edited = (**scenario).clone();
                    continue;
                }
                Command::Duplicate(panel) => running.duplicate_panel(*panel),
                Command::Remove(panel) => running.remove_panel(*panel),
                Command::Brush(_) | Command::Reset | Command::Load(_) => continue,
            };
            if done.is_ok() {
                edited = edited.with_panels_of(&running);
            }
        }
        [running, edited]
    }

    /// Whether it can have been: scenarios that are possible, steps in order, no start among the commands.
    fn check(&self) -> Result<(), String> {
        let possible = |scenario: &Scenario| scenario.check().map_err(|mismatch| mismatch.to_string());
        possible(&self.scenario)?;
        if !self.commands.is_sorted_by_key(|(step, _)| *step) {
            return Err("the commands are not in order".to_owned());
        }
        self.commands.iter().try_for_each(|(_, command)| match &**command {
            Command::Edit(scenario) => possible(scenario),
            Command::Reset | Command::Load(_) => Err("a start stands among the commands".to_owned()),
            Command::Brush(_) | Command::Duplicate(_) | Command::Remove(_) => Ok(()),
        })
    }
}

impl<'de> Deserialize<'de> for Journal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename = "Journal", deny_unknown_fields)]
        struct Unchecked {
            scenario: Arc<Scenario>,
            commands: Vec<(u64, Arc<Command>)>,
        }
        let Unchecked { scenario, commands } = Unchecked::deserialize(deserializer)?;
        let journal = Self { scenario, commands };
        journal.check().map_err(D::Error::custom)?;
        Ok(journal)
    }
}

/// Whether of two edits at one step the second is enough, `running` being what ran before the first: where the first leaves a trace that
/// the second does not, both are needed.
pub(super) fn replaces(running: &Scenario, first: &Scenario, second: &Scenario) -> bool {
    let (middle, last) = (
        running.taking_over(first),
        running.taking_over(first).taking_over(second),
    );
    // Accounts begin anew where the landscape changes.
    let sight = |s: &Scenario| (s.landscape(), s.view());
    let (a, b, c) = (sight(running), sight(&middle), sight(&last));
    let accounts = (a != b || b != c) == (a != c);
    // A particle that gets something else to carry, and then what it carried before, gets it fresh.
    let carried = |s: &Scenario, i: usize| s.panels[i].transport.carries();
    let fresh = (0..running.panels.len()).all(|i| {
        let (a, b, c) = (carried(running, i), carried(&middle, i), carried(&last, i));
        c.is_none() || a == b || a != c
    });
    // An estimator that does not suit what runs is not taken over: then the one before stays.
    let estimated = running.taking_over(second).estimator == last.estimator;
    accounts && fresh && estimated && first.panels.len() == second.panels.len() && middle.dt == last.dt
}
