//! What a marginal has more or less than it should, bin by bin, and how much of that is chance.
//!
//! A bin holds the mass m = Σ w K(x) of the particles: K(x) is how much of a particle at x the smoothing leaves in the bin. Of
//! independent particles with the weights w, which sum to 1, it has the standard error
//!
//! ```text
//! s² = Σ w² (K(x) − m)².
//! ```
//!
//! That is zero where no particle is, though there might have been some: so the standard error here is never less than that of as many
//! draws of π as the weights are worth, √(Var K · Σw²). After resampling, twins make both too small.

use super::marginal::Marginal;

/// Places in a bin.
const PLACES: usize = 8;

/// The difference of a marginal from the target's. Both lists have an entry for each bin, from the first place on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Excess {
    /// Density less that of the target, on average over the bin (per length).
    pub density: Vec<f64>,
    /// Standard errors of it (per length).
    pub error: Vec<f64>,
    /// L1 distance of the masses of the bins, what is beyond as one more: from 0 to 2.
    pub l1: f64,
    /// The L1 distance that as many draws of the target would have on average: Σ √(2/π) of their standard errors. It is right within a twentieth where
    /// every bin that matters holds some of them.
    pub by_chance: f64,
}

impl Excess {
    /// Of a density (per length) and what is beyond, and the squares of the weights at every place and of all particles.
    pub(super) fn new(target: &Marginal, (density, beyond): (&[f64], f64), (squares, square): (&[f64], f64)) -> Self {
        let width = target.bin_width();
        let (seen, goal) = (target.by_bins(density), target.by_bins(&target.density));
        let outside = (1.0 - width * goal.iter().sum::<f64>()).max(0.0);
        let bins = seen.len();
        let mut excess = Self {
            l1: (beyond - outside).abs(),
            by_chance: chance(outside * (1.0 - outside) * square),
            ..Self::default()
        };
        for b in 0..bins {
            let mass = width * seen[b];
            let (mut first, mut second) = (0.0, 0.0);
            for j in near(b, target.taps.len(), squares.len()) {
                let kept = kept(&target.taps, b, j);
                first += squares[j] * kept;
                second += squares[j] * kept * kept;
            }
            let own = second - 2.0 * mass * first + mass * mass * square;
            let least = target.bin_variance[b] * square;
            excess.density.push(seen[b] - goal[b]);
            excess.error.push(own.max(least).sqrt() / width);
            excess.l1 += (mass - width * goal[b]).abs();
            excess.by_chance += chance(least);
        }
        excess
    }
}

impl Marginal {
    /// The width of a bin (length).
    pub fn bin_width(&self) -> f64 {
        PLACES as f64 * self.spacing
    }

    /// Where a bin begins (length); the next one begins where it ends.
    pub fn bin(&self, b: usize) -> f64 {
        self.first + self.spacing * ((PLACES * b) as f64 - 0.5)
    }

    /// Means over the bins of a density at the places.
    pub fn by_bins(&self, density: &[f64]) -> Vec<f64> {
        let mean = |bin: &[f64]| bin.iter().sum::<f64>() / PLACES as f64;
        density.chunks_exact(PLACES).map(mean).collect()
    }
}

/// The mean deviation of something normal with this variance.
fn chance(variance: f64) -> f64 {
    (std::f64::consts::FRAC_2_PI * variance).sqrt()
}

/// For every bin of so many places the variance of K under a law, given by its masses at the places and, on each side, as many more as the taps reach.
pub(super) fn variances(masses: &[f64], taps: &[f64], places: usize) -> Vec<f64> {
    let reach = taps.len() - 1;
    let variance = |b: usize| {
        let (mut first, mut second) = (0.0, 0.0);
        // Counted from the first of the margin.
        let places = PLACES * b..(PLACES * (b + 1) + 2 * reach).min(masses.len());
        for (j, mass) in places.clone().zip(&masses[places]) {
            let kept: f64 = (PLACES * b..PLACES * (b + 1))
                .filter_map(|k| taps.get((k + reach).abs_diff(j)))
                .sum();
            first += mass * kept;
            second += mass * kept * kept;
        }
        (second - first * first).max(0.0)
    };
    (0..places / PLACES).map(variance).collect()
}

/// Places from which the smoothing brings something into a bin.
fn near(b: usize, taps: usize, places: usize) -> std::ops::Range<usize> {
    (PLACES * b).saturating_sub(taps - 1)..(PLACES * (b + 1) + taps - 1).min(places)
}

/// How much of what is at a place the smoothing leaves in a bin.
fn kept(taps: &[f64], b: usize, j: usize) -> f64 {
    (PLACES * b..PLACES * (b + 1))
        .filter_map(|k| taps.get(k.abs_diff(j)))
        .sum()
}
