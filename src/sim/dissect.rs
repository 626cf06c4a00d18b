//! The next step of a panel, taken to pieces on a copy.

use super::Simulation;
use super::panel::sample;
use crate::flow::{Event, Flow, Stage, StepContext, Witness, Workspace};
use crate::resample::Resampling;

/// One step of one panel, stage by stage, as it will be taken from here.
#[derive(Clone, Debug, PartialEq)]
pub struct Anatomy {
    /// The panel.
    pub panel: usize,
    /// Steps before it.
    pub step: u64,
    /// Model time before it.
    pub time: f64,
    /// Its length (model time).
    pub dt: f64,
    /// The flow as it runs in this step, at the rates at which it is driven.
    pub flow: Flow,
    /// When and how it resamples.
    pub resampling: Resampling,
    /// How many particles there are.
    pub particles: usize,
    /// The slots of those that were looked at: all in order, or so many of them evenly spread, as is every beginning of the list.
    pub slots: Vec<u32>,
    /// What happened to these, in the order of the splitting; the first is [`Event::Before`], the last is how they are after the step.
    pub stages: Vec<Stage>,
}

impl Anatomy {
    /// How many particles of all are replaced in this step.
    pub fn replaced(&self) -> u64 {
        self.stages.iter().map(|stage| stage.replaced).sum()
    }

    /// The last check of the effective sample size: its number among the stages, the ESS as a share of the particles, and the threshold;
    /// nothing where weights do not react.
    pub fn check(&self) -> Option<(usize, f64, f64)> {
        let stages = self.stages.iter().enumerate().rev();
        stages.into_iter().find_map(|(number, stage)| match stage.event {
            Event::Checked { threshold, .. } => Some((number, stage.ess / self.particles as f64, threshold)),
            _ => None,
        })
    }
}

impl Simulation {
    /// Takes the next step of a panel on a copy, and tells what happens in it to at most so many of its particles; the run stays as it is.
    /// The last stage is the state of the particles after the real step, bit for bit, if the run is not changed before it.
    ///
    /// Costs a step and a copy of the particles; memory for stages × particles looked at. Panics where there is no such panel.
    pub fn dissect(&self, panel: usize, most: usize) -> Anatomy {
        let (of, running) = (&self.panels[panel], &*self.running);
        let mut ensemble = of.ensemble.clone();
        let slots = sample(ensemble.len(), most).into_iter().map(|slot| slot as u32);
        let mut work = Workspace::default();
        work.witness = Some(Box::new(Witness::new(slots.collect())));
        work.density.heed(self.stop.clone());
        let context = StepContext {
            estimator: running.estimator(panel),
            resampling: running.resampling(panel),
            ..StepContext::new(&self.landscape, running.dt, self.step, self.streams)
        };
        let flow = &self.driven[panel];
        // A way from noise to data has no stages to be told; a collapse is the last stage.
        if flow.reverse.is_none() {
            let _ = flow.step(&mut ensemble, &context, &mut work);
        }
        let (slots, stages) = work.witness.map(|witness| witness.tell()).unwrap_or_default();
        Anatomy {
            panel,
            step: self.step,
            time: self.time(),
            dt: running.dt,
            flow: flow.clone(),
            resampling: context.resampling,
            particles: ensemble.len(),
            slots,
            stages,
        }
    }

    /// Goes on until the next step would replace particles of a panel, by at most so many steps; how many it has taken, or `None` where none
    /// of those steps would. To be asked of a copy: the run goes one step further than it tells, or as far as it may.
    pub fn steps_until_replacement(&mut self, panel: usize, most: u64) -> Option<u64> {
        let replaced = |run: &Self| (run.panels[panel].replaced, run.panels[panel].resamplings);
        for taken in 0..most {
            let before = replaced(self);
            self.step().ok()?;
            self.record();
            if replaced(self) != before {
                return Some(taken);
            }
        }
        None
    }
}
