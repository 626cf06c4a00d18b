//! The estimate that the reaction uses: log ρ, and the potential it is to be compared with.

use super::{Estimator, GridDensity, KernelSum, Method, SmoothedTarget, bandwidth};
use crate::chunks::{CHUNK, Stop};
use crate::ensemble::Ensemble;
use crate::landscape::Landscape;
use crate::vectorize::wide;

/// Particles asked for their neighbours at most.
const SAMPLE: usize = 256;

/// The density of the weighted law at its particles, by any [`Method`].
#[derive(Clone, Debug, Default)]
pub struct Density {
    grid: GridDensity,
    sum: KernelSum,
    smoothed: SmoothedTarget,
    /// log ρ at each particle, from the sum; nothing where the grid was used.
    log_density: Vec<f64>,
    bandwidth: f64,
    /// Whether the last estimate is a sum, not the grid.
    summed: bool,
    debiased: bool,
    neighbours: Option<f64>,
}

/// The particles of an Euler–Maruyama step before its noise: the law after it is the mixture of N(yⱼ, h² I) with these weights.
#[derive(Clone, Debug, Default)]
pub struct Parents {
    /// yⱼ = xⱼ − α dt ∇V(xⱼ).
    pub positions: [Vec<f64>; 2],
    /// Logarithms of the normalised weights before the step.
    pub log_weights: Vec<f64>,
    /// h = √(2α dt).
    pub bandwidth: f64,
}

impl Parents {
    /// Whether none are known.
    pub fn is_empty(&self) -> bool {
        self.log_weights.is_empty()
    }

    /// Forgets them, and keeps the memory.
    pub fn clear(&mut self) {
        self.positions.iter_mut().for_each(Vec::clear);
        self.log_weights.clear();
    }
}

impl Density {
    /// Once this is called, an estimate ends soon and is none.
    pub fn heed(&mut self, stop: Stop) {
        self.sum.heed(stop);
    }

    /// The standard deviation of the kernel in force.
    pub const fn bandwidth(&self) -> f64 {
        self.bandwidth
    }

    /// The effective number of parents whose transition density a particle feels, 1/Σⱼ rⱼ² with rⱼ the share of parent j in
    /// the density there: the mean over the weighted particles, of which at most 256 are asked. Only where that was the estimate.
    pub const fn neighbours(&self) -> Option<f64> {
        self.neighbours
    }

    /// Says of an estimate made elsewhere what it said: the kernel in force, and the neighbours. What is estimated next
    /// does not depend on it.
    pub const fn recall(&mut self, bandwidth: f64, neighbours: Option<f64>) {
        (self.bandwidth, self.neighbours) = (bandwidth, neighbours);
    }

    /// Forgets what was counted in the last step.
    pub fn begin(&mut self) {
        self.neighbours = None;
    }

    /// Estimates the density of the weighted law at its particles. [`Method::Transition`] needs to know the parents; where there
    /// are none the grid serves.
    pub fn estimate(&mut self, estimator: Estimator, ensemble: &Ensemble, parents: &Parents, landscape: &Landscape) {
        if self.place(estimator, ensemble, parents, landscape) {
            self.sum_at(ensemble);
            if estimator.method == Method::Transition {
                self.neighbours = Some(self.neighbours_of(ensemble));
            }
        }
    }

    /// Makes the estimate ready without asking for it anywhere, for [`Density::anywhere`]: a sum costs nothing until then. Whether it is a sum.
    pub fn place(
        &mut self,
        estimator: Estimator,
        ensemble: &Ensemble,
        parents: &Parents,
        landscape: &Landscape,
    ) -> bool {
        self.begin();
        self.log_density.clear();
        let by_parents = estimator.method == Method::Transition && !parents.is_empty();
        self.summed = by_parents || estimator.method == Method::Exact;
        if by_parents {
            let [xs, ys] = &parents.positions;
            self.bandwidth = parents.bandwidth;
            self.sum.place([xs, ys], &parents.log_weights, self.bandwidth);
        } else {
            let wanted = bandwidth(estimator.bandwidth, ensemble);
            if self.summed {
                self.bandwidth = wanted;
                self.sum.place(ensemble.positions(), ensemble.log_weights(), wanted);
            } else {
                self.grid.estimate(ensemble, wanted);
                self.bandwidth = self.grid.bandwidth();
            }
        }
        self.debiased = estimator.debiased && !by_parents;
        if self.debiased {
            self.smoothed.prepare(landscape, self.bandwidth, ensemble.positions());
        }
        self.summed
    }

    /// Writes log ρ at points anywhere, and into `potential` what it is to be compared with: V, or that of the smoothed target where the estimate is
    /// debiased. Beyond the reach of all kernels log ρ is −∞ or very low.
    pub fn anywhere(&mut self, landscape: &Landscape, [xs, ys]: [&[f64]; 2], log: &mut [f64], potential: &mut [f64]) {
        if self.summed {
            self.sum.evaluate([xs, ys], log);
        } else {
            self.grid.log_density_anywhere(xs, ys, log);
        }
        if self.debiased {
            self.smoothed.potential_into(landscape, xs, ys, potential);
        } else {
            landscape.potential_into(xs, ys, potential);
        }
    }

    fn sum_at(&mut self, ensemble: &Ensemble) {
        self.log_density.resize(ensemble.len(), 0.0);
        self.sum.evaluate(ensemble.positions(), &mut self.log_density);
    }

    /// The weighted mean of what particles feel, over some of them that are evenly chosen.
    fn neighbours_of(&mut self, ensemble: &Ensemble) -> f64 {
        let stride = ensemble.len().div_ceil(SAMPLE);
        let chosen = |values: &[f64]| values.iter().step_by(stride).copied().collect::<Vec<_>>();
        let [xs, ys] = ensemble.positions().map(chosen);
        let weights = chosen(ensemble.weights());
        let mut neighbours = vec![0.0; xs.len()];
        self.sum.neighbours([&xs, &ys], &mut neighbours);
        let sums = weights.iter().zip(&neighbours);
        let (sum, total) = sums.fold((0.0, 0.0), |(s, t), (w, n)| (s + w * n, t + w));
        if total > 0.0 { sum / total } else { 0.0 }
    }

    /// Writes log ρ + V, which is log(ρ/π) up to a constant, at one chunk of the particles last estimated, of which `first` is the
    /// number of the first. With a debiased estimate V is that of the smoothed target.
    pub fn log_ratio(&self, landscape: &Landscape, first: usize, [xs, ys]: [&[f64]; 2], out: &mut [f64]) {
        let mut potential = [0.0; CHUNK];
        let potential = &mut potential[..xs.len()];
        if self.debiased {
            self.smoothed.potential_into(landscape, xs, ys, potential);
        } else {
            landscape.potential_into(xs, ys, potential);
        }
        if self.log_density.is_empty() {
            self.grid.log_density(xs, ys, out);
        } else {
            out.copy_from_slice(&self.log_density[first..first + xs.len()]);
        }
        wide(
            #[inline(always)]
            || {
                for (o, v) in out.iter_mut().zip(&*potential) {
                    *o += v;
                }
            },
        );
    }
}
