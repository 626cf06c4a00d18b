//! The kernel sum itself: O(N²), the truth for tests.

use std::f64::consts::TAU;

use rayon::prelude::*;

use crate::ensemble::Ensemble;
use crate::vectorize::{exp, ln, wide};

/// log Σⱼ wⱼ N(x; xⱼ, h² I) at every particle.
pub fn exact(ensemble: &Ensemble, bandwidth: f64) -> Vec<f64> {
    let [xs, ys] = ensemble.positions();
    let weights = ensemble.weights();
    let scale = -0.5 / (bandwidth * bandwidth);
    let norm = ln(TAU * bandwidth * bandwidth);
    xs.par_iter()
        .zip(ys)
        .map(|(&x, &y)| {
            let sum = wide(
                #[inline(always)]
                || {
                    let mut sum = 0.0;
                    for ((&xj, &yj), &w) in xs.iter().zip(ys).zip(weights) {
                        sum += w * exp(scale * ((x - xj) * (x - xj) + (y - yj) * (y - yj)));
                    }
                    sum
                },
            );
            ln(sum) - norm
        })
        .collect()
}
