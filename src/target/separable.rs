//! Laws on an interval: exact moments and draws for the one-dimensional factors of separable (or radial) targets.

use rand::RngExt;

use crate::rng::Stream;
use crate::vectorize::ln;

/// Energies this many temperatures above the bottom carry no mass worth counting: e^−40 ≈ 4e-18.
pub(super) const NEGLIGIBLE: f64 = 40.0;

/// The law on [from, to] whose density is proportional to `shape`, where 0 ≤ shape ≤ 1.
pub(super) struct Line<F> {
    /// The density up to a factor, at most 1; close to 1 somewhere, or draws are slow.
    pub(super) shape: F,
    /// Where the interval begins.
    pub(super) from: f64,
    /// Where the interval ends.
    pub(super) to: f64,
}

/// Normaliser and moments of a [`Line`].
#[derive(Clone, Copy, Debug)]
pub(super) struct LineMoments {
    /// log ∫ shape.
    pub(super) log_integral: f64,
    /// Mean.
    pub(super) mean: f64,
    /// Variance.
    pub(super) variance: f64,
}

impl<F: Fn(f64) -> f64> Line<F> {
    /// Moments by Gauss–Legendre quadrature with four nodes on each of many panels: good to at least nine digits while a
    /// panel is not wider than a well.
    pub(super) fn moments(&self) -> LineMoments {
        const PANELS: usize = 2048;
        const NODES: [(f64, f64); 4] = [
            (-0.861_136_311_594_052_6, 0.347_854_845_137_453_85),
            (-0.339_981_043_584_856_3, 0.652_145_154_862_546_1),
            (0.339_981_043_584_856_3, 0.652_145_154_862_546_1),
            (0.861_136_311_594_052_6, 0.347_854_845_137_453_85),
        ];
        let half = 0.5 * (self.to - self.from) / PANELS as f64;
        let middle = 0.5 * (self.from + self.to);
        let (mut mass, mut first, mut second) = (0.0, 0.0, 0.0);
        for panel in 0..PANELS {
            let center = self.from + (2 * panel + 1) as f64 * half;
            for (node, weight) in NODES {
                let x = center + half * node;
                let m = half * weight * (self.shape)(x);
                let d = x - middle; // about the middle of the interval, so that the variance does not cancel away
                mass += m;
                first += m * d;
                second += m * d * d;
            }
        }
        let shift = first / mass;
        LineMoments {
            log_integral: ln(mass),
            mean: middle + shift,
            variance: second / mass - shift * shift,
        }
    }

    /// An exact draw, by rejection from the uniform law on the interval. No table is built, so a single draw is cheap.
    pub(super) fn sample(&self, rng: &mut Stream) -> f64 {
        loop {
            let x = self.from + (self.to - self.from) * rng.random::<f64>();
            if rng.random::<f64>() < (self.shape)(x) {
                return x;
            }
        }
    }
}
