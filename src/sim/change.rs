//! What changes a run between two steps.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::panel::Panel;
use super::{Dab, Simulation, start};
use crate::flow::Flow;
use crate::observe::{Observer, Traffic};
use crate::reverse::Walkers;
use crate::rng::Streams;
use crate::scenario::{Mismatch, Pace, Reading, Scenario, Tempo};
use crate::snapshot::Refused;

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

impl Simulation {
    /// Changes the run; see [`Command`]. What cannot be done is refused: then nothing changes, the next snapshot has a sentence, and
    /// this is false.
    pub fn apply(&mut self, command: Command) -> bool {
        let becoming = match &command {
            Command::Edit(scenario) | Command::Load(scenario) => Some(&**scenario),
            Command::Reset => Some(&*self.edited),
            Command::Brush(_) | Command::Duplicate(_) | Command::Remove(_) => None,
        };
        let done = match becoming.map(Scenario::check_reverse) {
            Some(Err(mismatch)) => Err(mismatch.to_string()),
            _ => self.obey(command),
        };
        if let Err(sentence) = done {
            let number = self.refused.as_ref().map_or(1, |refused| refused.number + 1);
            self.refused = Some(Refused { number, sentence });
            return false;
        }
        true
    }

    fn obey(&mut self, command: Command) -> Result<(), String> {
        match command {
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
    pub(super) fn take_up(&mut self, scenario: Arc<Scenario>) -> bool {
        let sight = |s: &Scenario| (s.landscape(), s.view());
        let changed = !Arc::ptr_eq(&scenario, &self.running) && sight(&scenario) != sight(&self.running);
        let time = self.time();
        self.running = scenario;
        if changed {
            self.since = time;
            self.seen = None;
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
    pub(super) fn drive(&mut self) {
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
        self.tempo.turn(self.time(), &self.factors);
    }

    /// Lets particles in the noise carry what their way to the data will need, and the weights that they have there.
    fn set_out(&mut self) {
        let streams = self.streams;
        for (i, panel) in self.panels.iter_mut().enumerate() {
            let Some(Ok(sampler)) = self.running.sampler(i) else {
                continue;
            };
            let Ok(mut walkers) = Walkers::new(sampler, panel.ensemble.len()) else {
                continue;
            };
            // Where even the first weights are none, the first step says so.
            panel.lost += walkers.begin(&mut panel.ensemble, streams).unwrap_or(0);
            panel.walkers = Some(Box::new(walkers));
        }
    }

    /// Opens the accounts of all basins anew, from the mass that they have now, and counts what teleports anew.
    fn begin_ledgers(&mut self) {
        for panel in &mut self.panels {
            panel.work.ledger.begin(self.observer.basins(), &panel.ensemble);
            panel.traffic = Traffic::new(self.observer.basins().len());
        }
    }

    /// Lets particles carry what the first step of their transport will need, so that it can be seen before.
    fn equip(&mut self) {
        for (panel, flow) in self.panels.iter_mut().zip(&self.running.panels) {
            flow.transport.equip(&mut panel.ensemble, self.streams, self.step);
        }
    }

    /// Begins the edited scenario at time 0.
    pub(super) fn restart(&mut self) {
        self.run(Arc::clone(&self.edited));
        self.streams = Streams::new(self.running.seed);
        (self.step, self.clock) = (0, (0.0, 0));
        let start = start::ensemble(&self.running, self.streams);
        self.start = Arc::new(start.positions().map(<[f64]>::to_vec));
        self.panels = self
            .running
            .panels
            .iter()
            .map(|_| Panel::new(start.clone(), &self.stop))
            .collect();
        (self.since, self.tempo) = (f64::NEG_INFINITY, Tempo::default());
        self.seen = None;
        self.set_out();
        self.drive();
        self.equip();
        self.begin_ledgers();
        self.record();
    }
}
