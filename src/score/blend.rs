//! Mixtures of models: the law ρ that is made of p₁, p₂ …, its score, and the rate of its weights.
//!
//! With l = log p, weights w and λ the shares of the models at a point,
//!
//! | law | log ρ | λᵢ |
//! |---|---|---|
//! | power mean, exponent a | (1/a) log Σ wᵢ pᵢᵃ | wᵢ pᵢᵃ / Σ wⱼ pⱼᵃ |
//! | its limit a → 0, geometric | Σ wᵢ lᵢ | wᵢ |
//! | product (annealing, guidance) | Σ wᵢ lᵢ, whatever Σ wᵢ | wᵢ |
//!
//! and in all of them, with Var = Σ λᵢ |sᵢ|² − |s̄|²,
//!
//! ```text
//! s̄ = Σ λᵢ sᵢ,     div s̄ = Σ λᵢ div sᵢ + a Var,     g = −½ b ((1 − a) Var + D (Σ wᵢ − 1)).
//! ```
//!
//! g is the rate at which weights grow along dX = (½ b X + ½ (b + ζ²) s̄) dτ + ζ dW if they are to carry ρ; it does not depend on the
//! noise ζ. At a = 1, the mixture itself, nothing is left to weigh; a = ½ is Hellinger's mean. Derived from the Fokker–Planck equations
//! of the parts; the residuals are tests.

use serde::{Deserialize, Serialize};

use super::BLOCK;
use crate::vectorize::{exp, ln, wide};

/// A law made of M models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blend {
    /// Which mean.
    pub kind: Kind,
    /// Weights or exponents at the data, one for each model.
    pub weights: Vec<f64>,
    /// The same at the noise, if they change: in between they are linear in t.
    #[serde(default)]
    pub at_noise: Option<Vec<f64>>,
}

/// A family of laws made of models.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Kind {
    /// (Σ wᵢ pᵢᵃ)^(1/a) with Σ wᵢ = 1: 0 geometric, ½ Hellinger, 1 arithmetic.
    PowerMean(f64),
    /// Π pᵢ^wᵢ.
    Product,
}

/// Exponents as small as this are none: the quotient by a loses all digits.
const SMALLEST: f64 = 1e-6;

impl Blend {
    /// The power mean of two models with the share β of the second.
    pub fn of_two(a: f64, beta: f64) -> Self {
        Self {
            kind: Kind::PowerMean(a),
            weights: vec![1.0 - beta, beta],
            at_noise: None,
        }
    }

    /// A product of powers.
    pub const fn product(exponents: Vec<f64>) -> Self {
        Self {
            kind: Kind::Product,
            weights: exponents,
            at_noise: None,
        }
    }

    /// Why this is no law of so many models, if it is none.
    ///
    /// # Errors
    ///
    /// A number of weights that is not that of the models, weights of a power mean that do not sum to 1, or negative ones where a ≠ 0.
    pub fn check(&self, models: usize) -> Result<(), String> {
        for weights in std::iter::once(&self.weights).chain(&self.at_noise) {
            if weights.len() != models {
                return Err(format!(
                    "{} weights for {models} models: expected one for each",
                    weights.len()
                ));
            }
            if !weights.iter().all(|w| w.abs() <= 100.0) {
                return Err("a weight is not possible: expected numbers from -100 to 100".to_owned());
            }
            if let Kind::PowerMean(a) = self.kind {
                if !(-8.0..=8.0).contains(&a) {
                    return Err(format!(
                        "the exponent {a} is not possible: expected a number from -8 to 8"
                    ));
                }
                let sum: f64 = weights.iter().sum();
                if (sum - 1.0).abs() > 1e-9 {
                    return Err(format!(
                        "the weights of a mean sum to {sum}: expected 1 (other sums are for products)"
                    ));
                }
                if self.exponent() != 0.0 && weights.iter().any(|w| *w < 0.0) {
                    return Err("a weight is negative: only the geometric mean (exponent 0) can have such".to_owned());
                }
            }
        }
        Ok(())
    }

    /// The exponent a; 0 for products, whose formulas are those of the geometric mean.
    pub fn exponent(&self) -> f64 {
        match self.kind {
            Kind::PowerMean(a) if a.abs() > SMALLEST => a,
            Kind::PowerMean(_) | Kind::Product => 0.0,
        }
    }

    /// The sum of the exponents at the noise, where all models are the standard normal: ρ is there proportional to N(0, 1) to this power.
    pub fn exponents(&self) -> f64 {
        match self.kind {
            Kind::Product => self.weights_at(1.0).iter().sum(),
            Kind::PowerMean(_) => 1.0,
        }
    }

    /// Weights at diffusion time t.
    pub fn weights_at(&self, t: f64) -> Vec<f64> {
        match &self.at_noise {
            None => self.weights.clone(),
            Some(there) => {
                let pairs = self.weights.iter().zip(there);
                pairs.map(|(here, there)| here + (there - here) * t).collect()
            }
        }
    }

    /// log ρ from the logs of the parts, one slice for each, with these weights.
    pub fn log_density(&self, weights: &[f64], logs: &[impl AsRef<[f64]>], out: &mut [f64]) {
        let a = self.exponent();
        wide(
            #[inline(always)]
            || {
                if a == 0.0 {
                    out.fill(0.0);
                    for (w, log) in weights.iter().zip(logs).filter(|(w, _)| **w != 0.0) {
                        out.iter_mut().zip(log.as_ref()).for_each(|(o, l)| *o += w * l);
                    }
                    return;
                }
                let mut largest = [f64::NEG_INFINITY; BLOCK];
                for (w, log) in weights.iter().zip(logs) {
                    let lw = ln(*w);
                    for (most, l) in largest.iter_mut().zip(log.as_ref()) {
                        let t = lw + a * l;
                        *most = if t > *most { t } else { *most };
                    }
                }
                out.fill(0.0);
                for (w, log) in weights.iter().zip(logs) {
                    let lw = ln(*w);
                    for ((o, l), most) in out.iter_mut().zip(log.as_ref()).zip(&largest) {
                        *o += exp(lw + a * l - most);
                    }
                }
                for (o, most) in out.iter_mut().zip(&largest) {
                    *o = (most + ln(*o)) / a;
                }
            },
        );
    }

    /// Everything about ρ at a block of points from what the models say there.
    pub fn combine<const D: usize>(&self, weights: &[f64], parts: &Parts<D>, n: usize, out: &mut Blended<D>) {
        let a = self.exponent();
        out.shares.resize(weights.len(), [0.0; BLOCK]);
        self.log_density(weights, &parts.logs, &mut out.log_density[..n]);
        let excess = 0.5 * D as f64 * (weights.iter().sum::<f64>() - 1.0);
        let excess = if self.kind == Kind::Product { excess } else { 0.0 };
        wide(
            #[inline(always)]
            || {
                for ((share, w), log) in out.shares.iter_mut().zip(weights).zip(&parts.logs) {
                    if a == 0.0 {
                        share[..n].fill(*w);
                        continue;
                    }
                    let lw = ln(*w);
                    for ((r, l), all) in share[..n].iter_mut().zip(log).zip(&out.log_density) {
                        *r = exp(lw + a * (l - all));
                    }
                }
                let Blended {
                    score,
                    variance,
                    rate,
                    divergence,
                    shares,
                    ..
                } = &mut *out;
                variance[..n].fill(0.0);
                for (d, mean) in score.iter_mut().enumerate() {
                    mean[..n].fill(0.0);
                    for (share, part) in shares.iter().zip(&parts.scores) {
                        for (((m, v), r), s) in mean[..n].iter_mut().zip(&mut *variance).zip(share).zip(&part[d]) {
                            *m += r * s;
                            *v += r * s * s;
                        }
                    }
                    for (m, v) in mean[..n].iter().zip(&mut *variance) {
                        *v -= m * m;
                    }
                }
                for (g, v) in rate[..n].iter_mut().zip(&*variance) {
                    *g = -0.5 * (1.0 - a) * v - excess;
                }
                if !parts.divergences.is_empty() {
                    for (o, v) in divergence[..n].iter_mut().zip(&*variance) {
                        *o = a * v;
                    }
                    for (share, part) in shares.iter().zip(&parts.divergences) {
                        for ((o, r), div) in divergence[..n].iter_mut().zip(share).zip(part) {
                            *o += r * div;
                        }
                    }
                }
            },
        );
    }
}

/// What M models say at a block of points.
#[derive(Clone, Debug, Default)]
pub struct Parts<const D: usize> {
    /// log p of each model.
    pub logs: Vec<[f64; BLOCK]>,
    /// The score of each model.
    pub scores: Vec<[[f64; BLOCK]; D]>,
    /// The divergence of each score; empty where nobody needs it.
    pub divergences: Vec<[f64; BLOCK]>,
}

impl<const D: usize> Parts<D> {
    /// Room for so many models.
    pub fn new(models: usize, with_divergences: bool) -> Self {
        Self {
            logs: vec![[0.0; BLOCK]; models],
            scores: vec![[[0.0; BLOCK]; D]; models],
            divergences: vec![[0.0; BLOCK]; if with_divergences { models } else { 0 }],
        }
    }
}

/// What a blend is at a block of points.
#[derive(Clone, Debug)]
pub struct Blended<const D: usize> {
    /// log ρ, not normalised.
    pub log_density: [f64; BLOCK],
    /// s̄ = ∇ log ρ.
    pub score: [[f64; BLOCK]; D],
    /// Var = Σ λᵢ |sᵢ|² − |s̄|².
    pub variance: [f64; BLOCK],
    /// g / b.
    pub rate: [f64; BLOCK],
    /// div s̄, where the models said theirs.
    pub divergence: [f64; BLOCK],
    /// λᵢ, one for each model.
    pub shares: Vec<[f64; BLOCK]>,
}

impl<const D: usize> Default for Blended<D> {
    fn default() -> Self {
        Self {
            log_density: [0.0; BLOCK],
            score: [[0.0; BLOCK]; D],
            variance: [0.0; BLOCK],
            rate: [0.0; BLOCK],
            divergence: [0.0; BLOCK],
            shares: Vec::new(),
        }
    }
}
