//! A reverse diffusion while it runs: particles, their weights, and what is remembered of the last place of each.

use rayon::prelude::*;

use super::step::{Before, Memory, Plan, Work};
use super::{Densities, Sampler, Weights};
use crate::chunks::CHUNK;
use crate::ensemble::{self, Collapse, Ensemble, Summary};
use crate::resample::Resampler;
use crate::rng::{Purpose, Streams};
use crate::score::Level;

/// Weighted particles between noise and data.
#[derive(Debug)]
pub struct Reverse<const D: usize> {
    sampler: Sampler<D>,
    levels: Vec<Level>,
    streams: Streams,
    ensemble: Ensemble<D>,
    step: usize,
    /// Of each particle, at its place and level: the drift score, log ρ, what its log-weight gains in the next step at any rate, and
    /// log p of each model where it is tracked.
    score: [Vec<f64>; D],
    log_target: Vec<f64>,
    pending: Vec<f64>,
    tracked: Vec<Vec<f64>>,
    increments: Vec<f64>,
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
        sampler.check()?;
        let streams = Streams::new(seed);
        let n = particles.max(1);
        let mut positions: [Vec<f64>; D] = std::array::from_fn(|_| vec![0.0; n]);
        // Where all models are N(0, 1), ρ ∝ N(0, 1)^C = N(0, 1/C).
        let exponents = sampler.exponents();
        let spread = if exponents > 0.0 { 1.0 / exponents.sqrt() } else { 1.0 };
        for chunk in 0..n.div_ceil(CHUNK) {
            let (first, last) = (chunk * CHUNK, n.min((chunk + 1) * CHUNK));
            let mut normals = streams.normals(0, Purpose::Start, chunk);
            normals.fill_all(positions.each_mut().map(|values| &mut values[first..last]));
            for values in &mut positions {
                values[first..last].iter_mut().for_each(|x| *x *= spread);
            }
        }
        let method = &sampler.method;
        let models = match method.densities {
            Densities::Known => 0,
            Densities::Ito | Densities::Stratonovich => sampler.models.len(),
        };
        let levels = method.schedule.levels(method.steps, method.spacing);
        let mut run = Self {
            levels,
            streams,
            ensemble: Ensemble::new(positions),
            step: 0,
            score: std::array::from_fn(|_| vec![0.0; n]),
            log_target: vec![0.0; n],
            pending: vec![0.0; n],
            tracked: vec![vec![0.0; n]; models],
            increments: vec![0.0; n],
            resampler: Resampler::default(),
            resamplings: 0,
            lost: 0,
            sampler,
        };
        run.advance(Before::Nothing { spread });
        if run.sampler.method.weights != Weights::None {
            // From the normal law that was drawn from to ρ at the noise.
            run.weigh().map_err(|collapse| collapse.to_string())?;
        }
        Ok(run)
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
        self.advance(Before::Last);
        self.step += 1;
        if self.sampler.method.weights != Weights::None || self.increments.iter().any(|i| *i != 0.0) {
            self.weigh()?;
        }
        let resampling = self.sampler.method.resampling;
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
            let remembered = self.score.iter_mut().chain(&mut self.tracked);
            for values in remembered.chain([&mut self.log_target, &mut self.pending]) {
                ensemble::copy(values, replacements);
            }
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
        while !self.is_done() {
            self.step()?;
        }
        Ok(())
    }

    /// Whether the data are reached.
    pub fn is_done(&self) -> bool {
        self.step + 1 == self.levels.len()
    }

    /// Steps done, of how many.
    pub fn steps(&self) -> (usize, usize) {
        (self.step, self.levels.len() - 1)
    }

    /// The state of the noise now.
    pub fn level(&self) -> Level {
        self.levels[self.step]
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
        &self.sampler
    }

    /// log p of each model at each particle as it was tracked along its path; empty where it is known.
    pub fn tracked(&self) -> &[Vec<f64>] {
        &self.tracked
    }

    /// How often particles were resampled.
    pub const fn resamplings(&self) -> u64 {
        self.resamplings
    }

    /// Particles that left the range of numbers, and have no weight since.
    pub const fn lost(&self) -> u64 {
        self.lost
    }

    fn weigh(&mut self) -> Result<(), Collapse> {
        let increments = &self.increments;
        self.lost += self.ensemble.reweight(|first, _, log_weights| {
            let here = &increments[first..first + log_weights.len()];
            log_weights.iter_mut().zip(here).for_each(|(l, i)| *l += i);
        })?;
        Ok(())
    }

    /// Moves all particles to the next level, or looks at them where they start.
    fn advance(&mut self, before: Before) {
        let plan = Plan::new(&self.sampler, &self.levels, self.step, before, self.streams);
        let count = self.ensemble.len().div_ceil(CHUNK);
        fn pieces<const K: usize>(values: [&mut [f64]; K]) -> [std::slice::ChunksMut<'_, f64>; K] {
            values.map(|v| v.chunks_mut(CHUNK))
        }
        let mut positions = pieces(self.ensemble.positions_mut());
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
