//! One step of a reverse diffusion, a block of particles at a time.

#![allow(clippy::needless_range_loop, reason = "one index walks through several arrays")]

use super::determinant::log_determinant;
use super::{Densities, Drift, Sampler, Weights};
use crate::chunks::CHUNK;
use crate::ensemble::FAR;
use crate::rng::{Normals, Purpose, Streams};
use crate::score::{BLOCK, Blended, Divergence, Level, Noised, Parts, Said, hutchinson};
use crate::vectorize::{ln, wide};

/// From where a step leads.
#[derive(Clone, Copy, Debug)]
pub(super) enum Before {
    /// From nowhere: particles were drawn from a normal law of this standard deviation.
    Nothing { spread: f64 },
    /// From where they are: what is remembered of them has been left behind.
    Here,
    /// From the level before.
    Last,
}

/// What is remembered of the particles of a chunk.
pub(super) struct Memory<'a, const D: usize> {
    pub(super) positions: [&'a mut [f64]; D],
    pub(super) score: [&'a mut [f64]; D],
    pub(super) log_target: &'a mut [f64],
    pub(super) pending: &'a mut [f64],
    pub(super) increments: &'a mut [f64],
    pub(super) tracked: Vec<&'a mut [f64]>,
}

/// What a step is for all particles.
pub(super) struct Plan<'a, const D: usize> {
    sampler: &'a Sampler<D>,
    before: Before,
    /// The models where the step begins, if anybody looks at them again, and where it ends.
    first: Vec<Box<dyn Noised<D> + 'a>>,
    last: Vec<Box<dyn Noised<D> + 'a>>,
    /// Weights of the blend where the step ends, and at the end of the next one.
    weights: [Vec<f64>; 2],
    /// ∫ b dt over the step, and over the next.
    integral: f64,
    next: f64,
    streams: Streams,
    address: u64,
    divergences: bool,
}

/// Memory to work in, one for each thread.
pub(super) struct Work<const D: usize> {
    before: Parts<D>,
    after: Parts<D>,
    blended: Blended<D>,
    from: Box<[[f64; BLOCK]; D]>,
    to: Box<[[f64; BLOCK]; D]>,
    noise: Box<[[f64; BLOCK]; D]>,
    direction: Box<[[f64; BLOCK]; D]>,
    along: Box<[[f64; BLOCK]; D]>,
    jacobian: Vec<[[f64; BLOCK]; D]>,
    scratch: Vec<f64>,
}

impl<const D: usize> Work<D> {
    pub(super) fn new(plan: &Plan<'_, D>) -> Self {
        let models = plan.sampler.models.len();
        let block = || Box::new([[0.0; BLOCK]; D]);
        Self {
            before: Parts::new(if plan.first.is_empty() { 0 } else { models }, plan.divergences),
            after: Parts::new(models, plan.divergences),
            blended: Blended::default(),
            from: block(),
            to: block(),
            noise: block(),
            direction: block(),
            along: block(),
            jacobian: if plan.is_deterministic() {
                vec![[[0.0; BLOCK]; D]; D]
            } else {
                Vec::new()
            },
            scratch: Vec::new(),
        }
    }
}

/// The first `n` of each row.
fn head<const D: usize>(rows: &[[f64; BLOCK]; D], n: usize) -> [&[f64]; D] {
    rows.each_ref().map(|row| &row[..n])
}

fn head_mut<const D: usize>(rows: &mut [[f64; BLOCK]; D], n: usize) -> [&mut [f64]; D] {
    rows.each_mut().map(|row| &mut row[..n])
}

impl<'a, const D: usize> Plan<'a, D> {
    pub(super) fn new(
        sampler: &'a Sampler<D>,
        levels: &[Level],
        step: usize,
        before: Before,
        streams: Streams,
    ) -> Self {
        let (from, to) = match before {
            Before::Nothing { .. } | Before::Here => (step, step),
            Before::Last => (step, step + 1),
        };
        let after = levels[(to + 1).min(levels.len() - 1)];
        let models = |level| sampler.models.iter().map(move |model| model.at(level)).collect();
        let looks_back = sampler.method.densities != Densities::Known || sampler.method.drift == Drift::And;
        Self {
            sampler,
            before,
            first: if looks_back { models(levels[from]) } else { Vec::new() },
            last: models(levels[to]),
            weights: [levels[to], after].map(|level| sampler.blend.weights_at(level.time)),
            integral: levels[from].integral - levels[to].integral,
            next: levels[to].integral - after.integral,
            streams,
            address: to as u64,
            divergences: sampler.needs_divergence(),
        }
    }

    /// Whether weights are exact and there is no noise: then they are volumes.
    fn is_deterministic(&self) -> bool {
        self.sampler.method.weights == Weights::Exact && self.sampler.method.eta == 0.0
    }

    /// Whether a step leaves anything for the weights of the next one: exact ones with noise are settled at its end.
    fn anything_waits(&self) -> bool {
        match self.sampler.method.weights {
            Weights::Exact => self.is_deterministic(),
            Weights::Rate => true,
            Weights::None => false,
        }
    }

    /// A chunk of particles.
    pub(super) fn chunk(&self, chunk: usize, mut memory: Memory<'_, D>, work: &mut Work<D>) {
        let n = memory.log_target.len();
        let mut normals = self.streams.normals(self.address, Purpose::Transport, chunk);
        // Two addresses, so that a state that is looked at again is probed as it was.
        let probes = |end: u64| self.streams.normals(2 * self.address + end, Purpose::Probe, chunk);
        let mut probes = [probes(0), probes(1)];
        debug_assert!(n <= CHUNK);
        for first in (0..n).step_by(BLOCK) {
            let block = first..n.min(first + BLOCK);
            let mut memory = Memory {
                positions: memory.positions.each_mut().map(|v| &mut v[block.clone()]),
                score: memory.score.each_mut().map(|v| &mut v[block.clone()]),
                log_target: &mut memory.log_target[block.clone()],
                pending: &mut memory.pending[block.clone()],
                increments: &mut memory.increments[block.clone()],
                tracked: memory.tracked.iter_mut().map(|v| &mut v[block.clone()]).collect(),
            };
            match self.before {
                Before::Nothing { spread } => self.begin(&mut memory, work, &mut probes, spread),
                Before::Here => self.look(&mut memory, work, &mut probes),
                Before::Last => self.block(&mut memory, work, &mut normals, &mut probes),
            }
        }
    }

    /// Looks at particles where they start: weights lead from the normal law they were drawn from to ρ.
    fn begin(&self, memory: &mut Memory<'_, D>, work: &mut Work<D>, probes: &mut [Normals; 2], spread: f64) {
        let n = memory.log_target.len();
        for (to, x) in work.to.iter_mut().zip(&memory.positions) {
            to[..n].copy_from_slice(x);
        }
        self.evaluate(End::Last, n, work, probes);
        let square = |i: usize| (0..D).map(|d| work.to[d][i] * work.to[d][i]).sum::<f64>();
        let log_normal =
            |i: usize, sd: f64| -0.5 * square(i) / (sd * sd) - D as f64 * (0.5 * ln(std::f64::consts::TAU) + ln(sd));
        // At the noise every model is the standard normal, nearly: what nobody knows begins there.
        for (model, log) in self.sampler.models.iter().zip(&mut work.after.logs) {
            if !model.knows_density() {
                (0..n).for_each(|i| log[i] = log_normal(i, 1.0));
            }
        }
        for (tracked, log) in memory.tracked.iter_mut().zip(&work.after.logs) {
            tracked.copy_from_slice(&log[..n]);
        }
        let logs: Vec<f64> = (0..n).map(|i| log_normal(i, spread)).collect();
        self.settle(memory, work);
        for (i, (increment, log)) in memory.increments.iter_mut().zip(&logs).enumerate() {
            *increment = memory.log_target[i] - log;
        }
    }

    /// Looks at particles where they are.
    fn look(&self, memory: &mut Memory<'_, D>, work: &mut Work<D>, probes: &mut [Normals; 2]) {
        let n = memory.log_target.len();
        for (to, x) in work.to.iter_mut().zip(&memory.positions) {
            to[..n].copy_from_slice(x);
        }
        self.evaluate(End::Last, n, work, probes);
        for (tracked, log) in memory.tracked.iter().zip(&mut work.after.logs) {
            log[..n].copy_from_slice(tracked);
        }
        self.settle(memory, work);
    }

    /// One block of particles makes one step.
    fn block(&self, memory: &mut Memory<'_, D>, work: &mut Work<D>, normals: &mut Normals, probes: &mut [Normals; 2]) {
        let n = memory.log_target.len();
        let (eta, a) = (self.sampler.method.eta, self.integral);
        let spread = (eta * a).sqrt();
        for (from, x) in work.from.iter_mut().zip(&memory.positions) {
            from[..n].copy_from_slice(x);
        }
        if !self.first.is_empty() {
            self.evaluate(End::First, n, work, probes);
        }
        wide(
            #[inline(always)]
            || {
                normals.fill_all(head_mut(&mut work.noise, n));
            },
        );
        if self.sampler.method.drift == Drift::And {
            self.project(n, work);
        }
        // What the log-weights gain whatever the models say at the end: the weights of the step's beginning.
        let exact = self.sampler.method.weights == Weights::Exact;
        let waits = self.anything_waits();
        let mut near = true;
        wide(
            #[inline(always)]
            || {
                for d in 0..D {
                    let (from, noise, score) = (&work.from[d], &work.noise[d], &memory.score[d]);
                    for (((to, x), z), s) in work.to[d][..n].iter_mut().zip(from).zip(noise).zip(&**score) {
                        *to = x + (0.5 * x + 0.5 * (1.0 + eta) * s) * a + spread * z;
                    }
                    // By bits, and not by the first that is far: so it vectorises.
                    near &= work.to[d][..n].iter().fold(true, |near, x| near & (x.abs() < FAR));
                }
                if exact {
                    for (i, l) in memory.increments.iter_mut().zip(&*memory.log_target) {
                        *i = -l;
                    }
                } else {
                    memory.increments.fill(0.0);
                }
                if waits {
                    for (i, p) in memory.increments.iter_mut().zip(&*memory.pending) {
                        *i += p;
                    }
                }
            },
        );
        if !near {
            stay_near(memory, n, work);
        }
        self.evaluate(End::Last, n, work, probes);
        self.track(memory, n, work);
        self.settle(memory, work);
        if exact {
            self.paths(memory, n, work);
        }
        for (x, to) in memory.positions.iter_mut().zip(&*work.to) {
            x.copy_from_slice(&to[..n]);
        }
    }

    /// What the log-weights gain by the law at the end, and by log of the backward over the forward probability of a step with noise.
    fn paths(&self, memory: &mut Memory<'_, D>, n: usize, work: &Work<D>) {
        let (eta, a) = (self.sampler.method.eta, self.integral);
        let precision = 0.5 / (eta * a);
        wide(
            #[inline(always)]
            || {
                for (i, l) in memory.increments.iter_mut().zip(&*memory.log_target) {
                    *i += l;
                }
                if eta == 0.0 {
                    return;
                }
                for d in 0..D {
                    let ends = work.from[d]
                        .iter()
                        .zip(&work.to[d])
                        .zip(&work.noise[d])
                        .zip(&*memory.score[d]);
                    for (i, (((x, y), z), s)) in memory.increments[..n].iter_mut().zip(ends) {
                        let back = x - (y - (0.5 * y + 0.5 * (1.0 - eta) * s) * a);
                        *i += 0.5 * z * z - precision * back * back;
                    }
                }
            },
        );
    }

    /// log p of the models along the path, where it is not known at its end.
    fn track(&self, memory: &mut Memory<'_, D>, n: usize, work: &mut Work<D>) {
        let (eta, a) = (self.sampler.method.eta, self.integral);
        let midpoint = match self.sampler.method.densities {
            Densities::Known => return,
            Densities::Ito => false,
            Densities::Stratonovich => true,
        };
        let Work {
            before,
            after,
            from,
            to,
            ..
        } = work;
        for (m, tracked) in memory.tracked.iter_mut().enumerate() {
            let here = |parts: &Parts<D>, at: &[[f64; BLOCK]; D], i: usize, share: f64| {
                let mut sum = D as f64;
                for (s, x) in parts.scores[m].iter().zip(at) {
                    sum += s[i] * (s[i] + x[i]);
                }
                sum + share * parts.divergences.get(m).map_or(0.0, |div| div[i])
            };
            for i in 0..n {
                let mut gain = 0.0;
                for d in 0..D {
                    let s = before.scores[m][d][i];
                    let s = if midpoint { 0.5 * (s + after.scores[m][d][i]) } else { s };
                    gain += s * (to[d][i] - from[d][i]);
                }
                let loss = if midpoint {
                    0.5 * (here(before, from, i, 1.0) + here(after, to, i, 1.0))
                } else {
                    here(before, from, i, 1.0 - eta)
                };
                tracked[i] += gain - 0.5 * a * loss;
                after.logs[m][i] = tracked[i];
            }
        }
    }

    /// What is remembered for the next step, from what the models say at the end of this one.
    fn settle(&self, memory: &mut Memory<'_, D>, work: &mut Work<D>) {
        let n = memory.log_target.len();
        let method = &self.sampler.method;
        self.sampler
            .blend
            .combine(&self.weights[0], &work.after, n, &mut work.blended);
        memory.log_target.copy_from_slice(&work.blended.log_density[..n]);
        match &method.drift {
            Drift::Blend => {
                for (out, mean) in memory.score.iter_mut().zip(&work.blended.score) {
                    out.copy_from_slice(&mean[..n]);
                }
            }
            Drift::Fixed(constants) => {
                for (d, out) in memory.score.iter_mut().enumerate() {
                    out.fill(0.0);
                    for (c, part) in constants.iter().zip(&work.after.scores) {
                        out.iter_mut().zip(&part[d]).for_each(|(o, s)| *o += c * s);
                    }
                }
            }
            Drift::And => self.balance(memory, n, work),
        }
        match method.weights {
            Weights::Rate => self.grow(memory, n, work),
            Weights::Exact if self.is_deterministic() => self.volumes(memory, n, work),
            Weights::Exact | Weights::None => {}
        }
    }

    /// What weights gain in the next step by Euler's rule.
    fn grow(&self, memory: &mut Memory<'_, D>, n: usize, work: &mut Work<D>) {
        let blended = &work.blended;
        for (p, g) in memory.pending.iter_mut().zip(&blended.rate) {
            *p = self.next * g;
        }
        if let Drift::Fixed(constants) = &self.sampler.method.drift {
            // The divergence of the difference of the two drifts, and its part along s̄.
            let a = self.sampler.blend.exponent();
            let half = 0.5 * (1.0 + self.sampler.method.eta) * self.next;
            for (i, p) in memory.pending.iter_mut().enumerate() {
                let mut sum = -a * blended.variance[i];
                for (m, c) in constants.iter().enumerate() {
                    let mut part = work.after.divergences[m][i];
                    for d in 0..D {
                        part += work.after.scores[m][d][i] * blended.score[d][i];
                    }
                    sum += (c - blended.shares[m][i]) * part;
                }
                *p += half * sum;
            }
        }
        if self.sampler.varies() {
            let changed = &mut work.noise[0][..n];
            self.sampler
                .blend
                .log_density(&self.weights[1], &work.after.logs, changed);
            for ((p, new), old) in memory.pending.iter_mut().zip(&*changed).zip(&blended.log_density) {
                *p += new - old;
            }
        }
    }

    /// log |det| of the derivative of the next step, which has no noise.
    fn volumes(&self, memory: &mut Memory<'_, D>, n: usize, work: &mut Work<D>) {
        let a = self.sampler.blend.exponent();
        for column in 0..D {
            work.jacobian[column].iter_mut().for_each(|row| row[..n].fill(0.0));
            for (d, direction) in work.direction.iter_mut().enumerate() {
                direction[..n].fill(if d == column { 1.0 } else { 0.0 });
            }
            for (m, model) in self.last.iter().enumerate() {
                model.along(
                    head(&work.to, n),
                    head(&work.direction, n),
                    head_mut(&mut work.along, n),
                    &mut work.scratch,
                );
                let parts = &work.after.scores[m];
                for i in 0..n {
                    let (share, bend) = match &self.sampler.method.drift {
                        Drift::Fixed(constants) => (constants[m], 0.0),
                        Drift::Blend | Drift::And => (work.blended.shares[m][i], a * work.blended.shares[m][i]),
                    };
                    let off = parts[column][i] - work.blended.score[column][i];
                    for d in 0..D {
                        work.jacobian[column][d][i] +=
                            share * work.along[d][i] + bend * off * (parts[d][i] - work.blended.score[d][i]);
                    }
                }
            }
        }
        let half = 0.5 * self.next;
        for (i, p) in memory.pending.iter_mut().enumerate() {
            let unit = |r, c| if r == c { 1.0 + half } else { 0.0 };
            let matrix = std::array::from_fn(|r| std::array::from_fn(|c| unit(r, c) + half * work.jacobian[c][r][i]));
            *p = log_determinant::<D>(matrix);
        }
    }

    /// "And": s₁ + κ (s₂ − s₁) with κ such that log p₁ and log p₂ grow alike along the path.
    fn balance(&self, memory: &mut Memory<'_, D>, n: usize, work: &mut Work<D>) {
        let eta = self.sampler.method.eta;
        let bends = self.bend_along_difference(End::Last, n, work);
        for i in 0..n {
            let (s, div) = (&work.after.scores, &work.after.divergences);
            let (mut square, mut both, mut first) = (0.0, 0.0, 0.0);
            for d in 0..D {
                let (p, q) = (s[0][d][i], s[1][d][i]);
                square += (q - p) * (q - p);
                both += (q - p) * (q + p);
                first += (q - p) * p;
            }
            let bend = div[1][i] - div[0][i];
            let kappa = (both + bend - eta * (bend - bends[i]) - (1.0 + eta) * first) / ((1.0 + eta) * square);
            // Where both scores are the same, so is every mean of them.
            let kappa = if square > 0.0 { kappa } else { 0.0 };
            for (d, out) in memory.score.iter_mut().enumerate() {
                out[i] = s[0][d][i] + kappa * (s[1][d][i] - s[0][d][i]);
            }
        }
    }

    /// Writes the direction n of s₂ − s₁ and gives n·∇(s₂ − s₁) n, which only noise needs.
    fn bend_along_difference(&self, end: End, n: usize, work: &mut Work<D>) -> [f64; BLOCK] {
        let mut bends = [0.0; BLOCK];
        let (models, parts, points) = match end {
            End::First => (&self.first, &work.before, &work.from),
            End::Last => (&self.last, &work.after, &work.to),
        };
        for i in 0..n {
            let difference: [f64; D] = std::array::from_fn(|d| parts.scores[1][d][i] - parts.scores[0][d][i]);
            let length = difference.iter().map(|v| v * v).sum::<f64>().sqrt();
            for (d, v) in difference.into_iter().enumerate() {
                work.direction[d][i] = if length > 0.0 { v / length } else { 0.0 };
            }
        }
        if self.sampler.method.eta > 0.0 {
            for (model, sign) in models.iter().zip([-1.0, 1.0]) {
                model.along(
                    head(points, n),
                    head(&work.direction, n),
                    head_mut(&mut work.along, n),
                    &mut work.scratch,
                );
                for i in 0..n {
                    bends[i] += sign * (0..D).map(|d| work.along[d][i] * work.direction[d][i]).sum::<f64>();
                }
            }
        }
        bends
    }

    /// Takes from the noise what would change log p₂ − log p₁.
    fn project(&self, n: usize, work: &mut Work<D>) {
        self.bend_along_difference(End::First, n, work);
        for i in 0..n {
            let along: f64 = (0..D).map(|d| work.noise[d][i] * work.direction[d][i]).sum();
            for d in 0..D {
                work.noise[d][i] -= along * work.direction[d][i];
            }
        }
    }

    /// Asks the models at one end of the step.
    fn evaluate(&self, end: End, n: usize, work: &mut Work<D>, probes: &mut [Normals; 2]) {
        let probes = &mut probes[usize::from(end == End::Last)];
        let exact = self.divergences && self.sampler.method.divergence == Divergence::Exact;
        let (models, points, parts) = match end {
            End::First => (&self.first, &work.from, &mut work.before),
            End::Last => (&self.last, &work.to, &mut work.after),
        };
        let Parts {
            logs,
            scores,
            divergences,
        } = parts;
        let mut left = divergences.iter_mut();
        for ((model, log), score) in models.iter().zip(logs).zip(scores) {
            let divergence = left.next().filter(|_| exact).map(|div| &mut div[..n]);
            let said = Said {
                log_density: &mut log[..n],
                score: head_mut(score, n),
                divergence,
            };
            model.evaluate(head(points, n), said, &mut work.scratch);
        }
        if !self.divergences || exact {
            return;
        }
        let Divergence::Hutchinson {
            probes: count,
            directions,
        } = self.sampler.method.divergence
        else {
            return;
        };
        let mut estimates: Vec<&mut [f64]> = divergences.iter_mut().map(|div| &mut div[..n]).collect();
        let room = (&mut *work.direction, &mut *work.along, &mut work.scratch);
        hutchinson(
            models,
            head(points, n),
            (count, directions),
            probes,
            &mut estimates,
            room,
        );
    }
}

/// The two ends of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    First,
    Last,
}

/// Particles that would leave the range of numbers stay where they are and lose their weight.
fn stay_near<const D: usize>(memory: &mut Memory<'_, D>, n: usize, work: &mut Work<D>) {
    for i in 0..n {
        if !work.to.iter().all(|to| to[i].abs() < FAR) {
            for (to, from) in work.to.iter_mut().zip(&*work.from) {
                to[i] = from[i];
            }
            memory.increments[i] = f64::NEG_INFINITY;
        }
    }
}
