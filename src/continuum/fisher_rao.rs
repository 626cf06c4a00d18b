//! Pure Fisher–Rao flow of any start, in closed form on a grid.
//!
//! # Equation
//!
//! ```text
//! ∂ρ/∂t = −β ρ (log(ρ/π) − E_ρ log(ρ/π)),     solved by     ρ ∝ ρ₀^s π^{1−s},  s = e^{−βt}.
//! ```
//!
//! With y = log ρ₀/π and K(s) = `log E_π e^{sy}` everything is a derivative of K: KL(ρ|π) = s K'(s) − K(s), Var = s² K''(s). Where the
//! start is empty it stays empty, for ever: reaction creates no support.

use super::Functionals;
use super::rates::{log_target, tame};
use crate::landscape::Landscape;
use crate::space::{Field, Grid};
use crate::vectorize::{exp, ln};

/// A start and a target, between which the flow runs.
#[derive(Clone, Debug)]
pub struct FisherRao {
    grid: Grid,
    /// y = log ρ₀/π in each cell; −∞ where the start is empty.
    log_ratio: Vec<f64>,
    log_target: Vec<f64>,
}

impl FisherRao {
    /// From this density (per area, of any positive scale), with a landscape on the density's grid. What is negative or not a
    /// number counts as zero.
    pub fn new(landscape: &Landscape, density: &Field) -> Self {
        let log_target = log_target(&tame(&landscape.field(density.grid)));
        let largest = density.range().map_or(0.0, |(_, high)| high);
        let scaled = |&v: &f64| if v.is_finite() && v > 0.0 { v / largest } else { 0.0 };
        let total: f64 = density.values.iter().map(scaled).sum();
        let log_total = ln(total);
        // The scaled values are at most 1 and may be as small as they like: ln makes −∞ of what is subnormal.
        let ratio = |(v, p): (&f64, &f64)| ln(scaled(v)) - log_total - p;
        Self {
            grid: density.grid,
            log_ratio: density.values.iter().zip(&log_target).map(ratio).collect(),
            log_target,
        }
    }

    /// The mass in each cell after the time for which this is β t.
    pub fn mass(&self, amount: f64) -> Field {
        let s = exp(-amount);
        let log = self.log_weights(s);
        let top = log.iter().fold(f64::NEG_INFINITY, |m, v| m.max(*v));
        let mut values: Vec<f64> = log.iter().map(|l| exp(l - top)).collect();
        let total: f64 = values.iter().sum();
        values.iter_mut().for_each(|v| *v /= total);
        Field {
            grid: self.grid,
            values,
        }
    }

    /// KL(ρ|π) = s K'(s) − K(s) and Var = s² K''(s) after this β t. The information is left at 0: it needs neighbours.
    pub fn functionals(&self, amount: f64) -> Functionals {
        let s = exp(-amount);
        let [k, first, second] = self.cumulants(s);
        Functionals {
            kl: s * first - k,
            information: 0.0,
            variance: s * s * second,
        }
    }

    /// K(s) = `log E_π e^{sy}`, K'(s) and K''(s), for s > 0.
    pub fn cumulants(&self, s: f64) -> [f64; 3] {
        let log = self.log_weights(s);
        let top = log.iter().fold(f64::NEG_INFINITY, |m, v| m.max(*v));
        let weights: Vec<f64> = log.iter().map(|l| exp(l - top)).collect();
        let total: f64 = weights.iter().sum();
        let mean = |f: &dyn Fn(f64) -> f64| {
            // Where the start is empty y is −∞ and the weight 0.
            let terms = weights.iter().zip(&self.log_ratio);
            terms.map(|(&w, &y)| if w > 0.0 { w * f(y) } else { 0.0 }).sum::<f64>() / total
        };
        let first = mean(&|y| y);
        [top + ln(total), first, mean(&|y| (y - first) * (y - first))]
    }

    /// log π + s y.
    fn log_weights(&self, s: f64) -> Vec<f64> {
        self.log_target
            .iter()
            .zip(&self.log_ratio)
            .map(|(&p, &y)| if y > f64::NEG_INFINITY { p + s * y } else { y })
            .collect()
    }
}
