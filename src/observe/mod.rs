//! What is measured of a run: moments, mass per basin, KL, effective sample size, unreachable mass.

mod basins;
mod observer;

use rayon::prelude::*;

use crate::chunks::CHUNK;
use crate::ensemble::Ensemble;
use crate::space::{Point, Symmetric};

pub use basins::Basins;
pub use observer::{Observer, histogram};

/// Everything measured of one panel at one time. Basins are numbered from left to right (ties: from bottom to top).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observables {
    /// Steps since the start.
    pub step: u64,
    /// Model time since the start.
    pub time: f64,
    /// Weighted mean (x, y).
    pub mean: Point,
    /// Weighted covariance.
    pub covariance: Symmetric,
    /// Effective sample size (Σw)²/Σw², between 1 and N.
    pub ess: f64,
    /// Perplexity exp(−Σ w log w), between 1 and N.
    pub perplexity: f64,
    /// Largest normalised weight.
    pub largest_weight: f64,
    /// KL(ρ|π), both laws binned and smoothed alike, so that it is zero at equilibrium but for sampling noise.
    pub kl: f64,
    /// Mass of each basin; sums to 1.
    pub basin_mass: Vec<f64>,
    /// Mass of π in places where no particle is near.
    pub unreachable: f64,
    /// Particles duplicated since the start.
    pub births: u64,
    /// Particles removed since the start; equals `births`, the number of particles being constant.
    pub deaths: u64,
    /// Resampling events since the start.
    pub resamplings: u64,
    /// Original particles that still have descendants.
    pub families: usize,
    /// Particles whose weight was set to zero because a position or weight was not finite.
    pub lost: u64,
    /// log E[e^A], the running logarithm of the normaliser of the weights.
    pub log_normaliser: f64,
}

/// Weighted mean and covariance.
pub fn covariance(ensemble: &Ensemble) -> (Point, Symmetric) {
    let [xs, ys] = ensemble.positions();
    // Sums about a particle, not about the origin, so that a narrow law far away keeps its digits.
    let pivot = Point::new(xs[0], ys[0]);
    let parts: Vec<[f64; 5]> = xs
        .par_chunks(CHUNK)
        .zip(ys.par_chunks(CHUNK))
        .zip(ensemble.weights().par_chunks(CHUNK))
        .map(|((xs, ys), ws)| {
            let mut s = [0.0; 5];
            for ((x, y), w) in xs.iter().zip(ys).zip(ws) {
                let (x, y) = (x - pivot.x, y - pivot.y);
                for (s, v) in s.iter_mut().zip([x, y, x * x, x * y, y * y]) {
                    *s += w * v;
                }
            }
            s
        })
        .collect();
    let s = parts.iter().fold([0.0; 5], |a, b| std::array::from_fn(|i| a[i] + b[i]));
    let mean = Point::new(s[0], s[1]);
    (pivot + mean, Symmetric::new(s[2] - s[0] * s[0], s[3] - s[0] * s[1], s[4] - s[1] * s[1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_two_weighted_points() {
        let mut e = Ensemble::new([vec![1e6, 1e6 + 2.0], vec![0.0, 1.0]]);
        e.reweight(|_, _, l| l[1] += 3f64.ln()).unwrap();
        let (mean, c) = covariance(&e);
        assert!((mean - Point::new(1e6 + 1.5, 0.75)).norm() < 1e-9);
        for (a, b) in [(c.xx, 0.75), (c.xy, 0.375), (c.yy, 0.1875)] {
            assert!((a - b).abs() < 1e-12);
        }
    }
}
