//! From log-weights to weights, chunk by chunk: the sums from which the whole is normalised.

use crate::vectorize::{exp, fold, wide};

/// Sums over a chunk, relative to its largest log-weight.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) max: f64,
    pub(super) sum: f64,
    pub(super) sum_squares: f64,
    pub(super) sum_log: f64,
    pub(super) lost: u64,
}

impl Part {
    /// Replaces invalid log-weights, fills in weights relative to the largest, and sums them. `weights` come in as they were before.
    pub(super) fn of(log_weights: &mut [f64], weights: &mut [f64]) -> Self {
        wide(
            #[inline(always)]
            || {
                // Several short loops over memory in the first-level cache: each vectorises.
                let mut lost = 0;
                for (l, before) in log_weights.iter_mut().zip(&*weights) {
                    let valid = *l < f64::INFINITY; // false for NaN too
                    lost += u64::from(!valid & (*before > 0.0)); // nobody is lost twice
                    *l = if valid { *l } else { f64::NEG_INFINITY };
                }
                let [max] = fold(
                    log_weights,
                    log_weights,
                    f64::NEG_INFINITY,
                    |[m], l, _| [if l > m { l } else { m }],
                    f64::max,
                );
                let reference = if max == f64::NEG_INFINITY { 0.0 } else { max };
                for (w, l) in weights.iter_mut().zip(&*log_weights) {
                    *w = exp(l - reference);
                }
                let [sum, sum_squares, sum_log] = fold(
                    weights,
                    log_weights,
                    0.0,
                    // 0 · ∞ must be 0.
                    |[s, q, g], w, l| [s + w, q + w * w, g + w * (l - reference).max(-1e3)],
                    |a, b| a + b,
                );
                Self {
                    max,
                    sum,
                    sum_squares,
                    sum_log,
                    lost,
                }
            },
        )
    }

    /// The sums of all chunks, relative to the largest log-weight of all.
    pub(super) fn combine(parts: &[Self]) -> Self {
        let max = parts.iter().fold(f64::NEG_INFINITY, |m, p| m.max(p.max));
        let mut total = Self {
            max,
            sum: 0.0,
            sum_squares: 0.0,
            sum_log: 0.0,
            lost: 0,
        };
        for p in parts.iter().filter(|p| p.max > f64::NEG_INFINITY) {
            let shift = p.max - max;
            let scale = exp(shift);
            total.sum += scale * p.sum;
            total.sum_squares += scale * scale * p.sum_squares;
            total.sum_log += scale * (p.sum_log + shift * p.sum);
        }
        total
    }
}
