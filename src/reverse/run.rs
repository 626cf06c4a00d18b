//! A reverse diffusion while it runs: particles, their weights, and what is remembered of the last place of each.

use rayon::prelude::*;

use super::step::{Before, Memory, Plan, Work};
use super::{Densities, Sampler, Weights};
use crate::chunks::CHUNK;
use crate::ensemble::{self, Collapse, Ensemble, Replacement, Summary};
use crate::resample::Resampler;
use crate::rng::{Purpose, Streams};
use crate::score::{Divergence, Level};

/// Weighted particles between noise and data.
#[derive(Debug)]
pub struct Reverse<const D: usize> {
    walkers: Walkers<D>,
    streams: Streams,
    ensemble: Ensemble<D>,
    step: usize,
    resampler: Resampler,
    resamplings: u64,
    lost: u64,
}

impl<const D: usize> Reverse<D> {
    /// So many particles in the noise.
    ///
    /// # Errors
    ///
    /// What [`Sampler::check`] says.
    pub fn new(sampler: Sampler<D>, particles: usize, seed: u64) -> Result<Self, String> {
        let streams = Streams::new(seed);
        let mut ensemble = noise(sampler.exponents(), particles, streams);
        let mut walkers = Walkers::new(sampler, ensemble.len())?;
        let lost = walkers
            .begin(&mut ensemble, streams)
            .map_err(|collapse| collapse.to_string())?;
        Ok(Self {
            walkers,
            streams,
            ensemble,
            step: 0,
            resampler: Resampler::default(),
            resamplings: 0,
            lost,
        })
    }

    /// One step towards the data; nothing once it is reached.
    ///
    /// # Errors
    ///
    /// No particle has any weight left.
    pub fn step(&mut self) -> Result<(), Collapse> {
        if self.is_done() {
            return Ok(());
        }
        self.walkers.walk(&mut self.ensemble, self.step, self.streams);
        self.step += 1;
        self.lost += self.walkers.weigh(&mut self.ensemble)?;
        let resampling = self.sampler().method.resampling;
        let n = self.ensemble.len() as f64;
        if self.ensemble.summary().ess < resampling.threshold * n && !self.ensemble.summary().uniform {
            let mut rng = self.streams.stream(self.step as u64, Purpose::Resample, 0);
            let positions = self.ensemble.positions();
            // Hilbert's curve is one of the plane: of more coordinates it sees the first two.
            let plane = [positions[0], positions[1.min(D - 1)]];
            let replacements = self
                .resampler
                .draw(resampling, plane, self.ensemble.weights(), &mut rng);
            self.ensemble.resample(replacements);
            self.walkers.replaced(replacements);
            self.resamplings += 1;
        }
        Ok(())
    }

    /// All steps that are left.
    ///
    /// # Errors
    ///
    /// No particle has any weight left.
    pub fn finish(&mut self) -> Result<(), Collapse> {
        // Within the pool: threads are woken once, and not several times in each step.
        rayon::scope(|_| {
            while !self.is_done() {
                self.step()?;
            }
            Ok(())
        })
    }

    /// Whether the data are reached.
    pub fn is_done(&self) -> bool {
        self.step == self.walkers.steps()
    }

    /// Steps done, of how many.
    pub fn steps(&self) -> (usize, usize) {
        (self.step, self.walkers.steps())
    }

    /// The state of the noise now.
    pub fn level(&self) -> Level {
        self.walkers.levels[self.step]
    }

    /// The particles.
    pub const fn ensemble(&self) -> &Ensemble<D> {
        &self.ensemble
    }

    /// What the weights look like.
    pub fn summary(&self) -> Summary {
        self.ensemble.summary()
    }

    /// log of the mean weight: an estimate of log ∫ ρ, where the particles are weighted.
    pub fn log_normaliser(&self) -> f64 {
        self.ensemble.log_normaliser()
    }

    /// How it is sampled.
    pub const fn sampler(&self) -> &Sampler<D> {
        &self.walkers.sampler
    }

    /// log p of each model at each particle as it was tracked along its path; empty where it is known.
    pub fn tracked(&self) -> &[Vec<f64>] {
        self.walkers.tracked()
    }

    /// How often particles were resampled.
    pub const fn resamplings(&self) -> u64 {
        self.resamplings
    }

    /// Particles that left the range of numbers, and have no weight since.
    pub const fn lost(&self) -> u64 {
        self.lost
    }
}

/// Particles where all models are the standard normal and a law with this sum of exponents, ρ ∝ N(0, 1)^C, is N(0, 1/C).
pub fn noise<const D: usize>(exponents: f64, particles: usize, streams: Streams) -> Ensemble<D> {
    let n = particles.max(1);
    let mut positions: [Vec<f64>; D] = std::array::from_fn(|_| vec![0.0; n]);
    let spread = spread(exponents);
    for chunk in 0..n.div_ceil(CHUNK) {
        let (first, last) = (chunk * CHUNK, n.min((chunk + 1) * CHUNK));
        let mut normals = streams.normals(0, Purpose::Start, chunk);
        normals.fill_all(positions.each_mut().map(|values| &mut values[first..last]));
        for values in &mut positions {
            values[first..last].iter_mut().for_each(|x| *x *= spread);
        }
    }
    Ensemble::new(positions)
}

/// The standard deviation of that law.
fn spread(exponents: f64) -> f64 {
    if exponents > 0.0 { 1.0 / exponents.sqrt() } else { 1.0 }
}

/// What is remembered of the particles of a reverse diffusion from step to step. Who has the particles calls, in each step,
/// [`Walkers::walk`], [`Walkers::weigh`], and [`Walkers::replaced`] where particles were resampled.
#[derive(Clone, Debug)]
pub struct Walkers<const D: usize> {
    sampler: Sampler<D>,
    levels: Vec<Level>,
    /// Of each particle, at its place and level: the drift score, log ρ, what its log-weight gains in the next step at any rate, and
    /// log p of each model where it is tracked.
    score: [Vec<f64>; D],
    log_target: Vec<f64>,
    pending: Vec<f64>,
    tracked: Vec<Vec<f64>>,
    increments: Vec<f64>,
}

impl<const D: usize> Walkers<D> {
    /// For so many particles.
    ///
    /// # Errors
    ///
    /// What [`Sampler::check`] says.
    pub fn new(sampler: Sampler<D>, particles: usize) -> Result<Self, String> {
        sampler.check()?;
        let method = &sampler.method;
        let models = match method.densities {
            Densities::Known => 0,
            Densities::Ito | Densities::Stratonovich => sampler.models.len(),
        };
        let values = || vec![0.0; particles];
        Ok(Self {
            levels: method.schedule.levels(method.steps, method.spacing),
            score: std::array::from_fn(|_| values()),
            log_target: values(),
            pending: values(),
            tracked: vec![values(); models],
            increments: values(),
            sampler,
        })
    }

    /// Looks at particles that were drawn from [`noise`], and weighs them. Gives how many were lost.
    ///
    /// # Errors
    ///
    /// No particle has any weight left.
    pub fn begin(&mut self, ensemble: &mut Ensemble<D>, streams: Streams) -> Result<u64, Collapse> {
        let spread = spread(self.sampler.exponents());
        self.advance(ensemble, 0, Before::Nothing { spread }, streams);
        // From the normal law that was drawn from to ρ at the noise.
        self.weigh(ensemble)
    }

    /// What does not follow from the places of the particles, one list for each: what was tracked along the way, and what they are about to gain by
    /// a probe that another of them made before it was copied.
    pub fn remembered(&self) -> Vec<Vec<f64>> {
        let pending = self.is_probed().then_some(&self.pending);
        self.tracked.iter().chain(pending).cloned().collect()
    }

    /// Looks at particles that have done so many steps, with what was [`remembered`](Self::remembered) of them: what follows gives the
    /// same bits as if they had never been left.
    pub fn resume(&mut self, ensemble: &mut Ensemble<D>, step: usize, remembered: &[Vec<f64>], streams: Streams) {
        for (here, kept) in self.tracked.iter_mut().zip(remembered) {
            here.clone_from(kept);
        }
        self.advance(ensemble, step, Before::Here, streams);
        if let Some(kept) = remembered.get(self.tracked.len()).filter(|_| self.is_probed()) {
            self.pending.clone_from(kept);
        }
    }

    /// Whether what is pending was found by random probes.
    fn is_probed(&self) -> bool {
        let method = &self.sampler.method;
        method.weights == Weights::Rate
            && self.sampler.needs_divergence()
            && matches!(method.divergence, Divergence::Hutchinson { .. })
    }

    /// Moves all particles one step towards the data; this is their step of that number, from 0.
    pub fn walk(&mut self, ensemble: &mut Ensemble<D>, step: usize, streams: Streams) {
        self.advance(ensemble, step, Before::Last, streams);
    }

    /// Gives them the weights of the last step, and says how many were lost.
    ///
    /// # Errors
    ///
    /// No particle has any weight left.
    pub fn weigh(&mut self, ensemble: &mut Ensemble<D>) -> Result<u64, Collapse> {
        let increments = &self.increments;
        // Without weights there is only what has been lost.
        if self.sampler.method.weights == Weights::None && increments.iter().all(|i| *i != f64::NEG_INFINITY) {
            return Ok(0);
        }
        ensemble.reweight(|first, _, log_weights| {
            let here = &increments[first..first + log_weights.len()];
            log_weights.iter_mut().zip(here).for_each(|(l, i)| *l += i);
        })
    }

    /// Some particles have become copies of others.
    pub fn replaced(&mut self, replacements: &[Replacement]) {
        let remembered = self.score.iter_mut().chain(&mut self.tracked);
        for values in remembered.chain([&mut self.log_target, &mut self.pending]) {
            ensemble::copy(values, replacements);
        }
    }

    /// By how much the log-weights grew in the last step.
    pub fn increments(&self) -> &[f64] {
        &self.increments
    }

    /// log p of each model at each particle as it was tracked along its path; empty where it is known.
    pub fn tracked(&self) -> &[Vec<f64>] {
        &self.tracked
    }

    /// Steps from noise to data.
    pub fn steps(&self) -> usize {
        self.levels.len() - 1
    }

    /// How it is sampled.
    pub const fn sampler(&self) -> &Sampler<D> {
        &self.sampler
    }

    /// Moves all particles to the next level, or looks at them where they are.
    fn advance(&mut self, ensemble: &mut Ensemble<D>, step: usize, before: Before, streams: Streams) {
        let plan = Plan::new(&self.sampler, &self.levels, step, before, streams);
        let count = ensemble.len().div_ceil(CHUNK);
        fn pieces<const K: usize>(values: [&mut [f64]; K]) -> [std::slice::ChunksMut<'_, f64>; K] {
            values.map(|v| v.chunks_mut(CHUNK))
        }
        let mut positions = pieces(ensemble.positions_mut());
        let mut score = pieces(self.score.each_mut().map(Vec::as_mut_slice));
        let mut rest = pieces([&mut self.log_target, &mut self.pending, &mut self.increments]);
        let mut tracked: Vec<_> = self.tracked.iter_mut().map(|t| t.chunks_mut(CHUNK)).collect();
        let memories: Vec<Memory<'_, D>> = (0..count)
            .map(|_| {
                let [log_target, pending, increments] = rest.each_mut().map(|p| p.next().unwrap_or_default());
                Memory {
                    positions: positions.each_mut().map(|p| p.next().unwrap_or_default()),
                    score: score.each_mut().map(|p| p.next().unwrap_or_default()),
                    log_target,
                    pending,
                    increments,
                    tracked: tracked.iter_mut().map(|t| t.next().unwrap_or_default()).collect(),
                }
            })
            .collect();
        memories.into_par_iter().enumerate().for_each_init(
            || Work::new(&plan),
            |work, (chunk, memory)| plan.chunk(chunk, memory, work),
        );
    }
}
