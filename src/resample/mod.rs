//! Resampling: from weights to numbers of offspring.
//!
//! Slot i gets nᵢ offspring with E nᵢ = N wᵢ and Σ nᵢ = N. A slot with offspring keeps its particle; the surplus copies fill the
//! slots without offspring. So few particles move when the weights are nearly equal, and every move is a [`Replacement`] that can be
//! drawn.
//!
//! Weights are cumulated along an [`Order`], and copies are paired with removed slots along it too. Along Hilbert's curve both are local:
//! systematic and stratified resampling then add next to no noise to a smooth statistic, and the copies that go from one well to
//! another are the mass that has flowed. Weights are cumulated as whole numbers, so that no order of the additions matters.

mod counting;
mod hilbert;
mod pairs;

use rand::RngExt as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::ensemble::Replacement;
use crate::params::{self, Number, Parameters, Visitor};
use crate::rng::Stream;
use crate::vectorize::ln;

use counting::{Counting, Unit};
use hilbert::Curve;
use pairs::Pairs;

/// When and how particles are resampled.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resampling {
    /// The scheme.
    #[serde(default)]
    pub scheme: Scheme,
    /// Along what weights are cumulated and copies paired.
    #[serde(default)]
    pub order: Order,
    /// Resample when the effective sample size is below this share of the particles: 0 never, 1 after every step.
    #[serde(deserialize_with = "read_threshold")]
    pub threshold: f64,
}

impl Default for Resampling {
    fn default() -> Self {
        Self {
            scheme: Scheme::default(),
            order: Order::default(),
            threshold: THRESHOLD.default,
        }
    }
}

/// The threshold on the effective sample size.
pub const THRESHOLD: Number = Number::linear(
    0.0,
    1.0,
    0.5,
    "of N",
    "resample when the effective sample size is below this share; 0 never, 1 always",
);

fn read_threshold<'de, D: Deserializer<'de>>(d: D) -> Result<f64, D::Error> {
    params::number(d, "threshold", &THRESHOLD)
}

impl Parameters for Resampling {
    fn visit(&mut self, v: &mut dyn Visitor) {
        v.number("threshold", &mut self.threshold, &THRESHOLD);
    }
}

/// Resampling schemes. All are unbiased: slot i has N wᵢ offspring on average.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scheme {
    /// One uniform, N equidistant points: the least noise.
    #[default]
    Systematic,
    /// One uniform in each of N strata.
    Stratified,
    /// ⌊N wᵢ⌋ copies for sure, the rest multinomial.
    Residual,
    /// N independent draws: the most noise.
    Multinomial,
}

impl Scheme {
    /// Every scheme, in menu order.
    pub const ALL: [Self; 4] = [Self::Systematic, Self::Stratified, Self::Residual, Self::Multinomial];
}

/// The order in which a resampling goes through the particles. Any is unbiased. Residual and multinomial resampling draw without one, and
/// only pair copies along it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Along Hilbert's curve through the cells of a grid over the particles, by slot within a cell: neighbours stand in for each other.
    #[default]
    Hilbert,
    /// By slot, as if particles stood anywhere.
    Slots,
}

impl Order {
    /// Every order, in menu order.
    pub const ALL: [Self; 2] = [Self::Hilbert, Self::Slots];
}

/// Scratch memory of a resampling; reused from step to step.
#[derive(Clone, Debug, Default)]
pub struct Resampler {
    offspring: Vec<u32>,
    curve: Curve,
    counting: Counting,
    uniforms: Vec<u64>,
    pairs: Pairs,
}

impl Resampler {
    /// Draws offspring for particles with normalised weights and pairs removed slots with surplus copies. The pairs ascend by slot, and
    /// no source is itself removed.
    pub fn draw(
        &mut self,
        resampling: Resampling,
        positions: [&[f64]; 2],
        weights: &[f64],
        rng: &mut Stream,
    ) -> &[Replacement] {
        let n = weights.len();
        self.offspring.resize(n, 0);
        match resampling.order {
            Order::Hilbert => self.curve.lay(positions),
            Order::Slots => self.curve.collapse(),
        }
        let unit = Unit::new(n);
        let (curve, counting, offspring) = (&self.curve, &mut self.counting, &mut self.offspring);
        match resampling.scheme {
            Scheme::Systematic => {
                let shift = unit.random(rng);
                counting.count(
                    (unit, curve),
                    (positions, weights),
                    offspring,
                    #[inline(always)]
                    |position| (position + shift) >> unit.bits,
                );
            }
            Scheme::Stratified => {
                self.uniforms.clear();
                self.uniforms.extend((0..=n).map(|_| unit.random(rng)));
                let uniforms = &self.uniforms;
                counting.count(
                    (unit, curve),
                    (positions, weights),
                    offspring,
                    #[inline(always)]
                    |position| {
                        // Strata wholly below the position, and the one it lies in if its point is below too.
                        let stratum = position >> unit.bits;
                        stratum + u64::from(position - (stratum << unit.bits) > uniforms[stratum as usize])
                    },
                );
            }
            Scheme::Residual => {
                let mut rest: Vec<f64> = weights.iter().map(|w| w * n as f64).collect();
                for (count, r) in self.offspring.iter_mut().zip(&mut rest) {
                    *count = r.floor() as u32;
                    *r -= r.floor();
                }
                let missing = n - self.offspring.iter().map(|&c| c as usize).sum::<usize>().min(n);
                self.multinomial(&rest, missing, rng);
            }
            Scheme::Multinomial => {
                self.offspring.fill(0);
                self.multinomial(weights, n, rng);
            }
        }
        self.pairs.of(&self.offspring, &self.curve, positions)
    }

    /// The pairs of the last draw.
    pub fn replacements(&self) -> &[Replacement] {
        self.pairs.last()
    }

    /// Number of offspring of each slot in the last draw.
    pub fn offspring(&self) -> &[u32] {
        &self.offspring
    }

    /// Adds `draws` independent draws: sorted uniforms from exponential spacings, merged with the cumulated weights.
    fn multinomial(&mut self, weights: &[f64], draws: usize, rng: &mut Stream) {
        if draws == 0 {
            return;
        }
        let mut points: Vec<f64> = Vec::with_capacity(draws);
        let mut sum = 0.0;
        for _ in 0..draws {
            sum -= ln(1.0 - rng.random::<f64>());
            points.push(sum);
        }
        sum -= ln(1.0 - rng.random::<f64>());
        let total: f64 = weights.iter().sum();
        let last = weights.iter().rposition(|w| *w > 0.0).unwrap_or(0);
        let (mut slot, mut cumulated) = (0, weights[0]);
        for point in points {
            while point / sum * total > cumulated && slot < last {
                slot += 1;
                cumulated += weights[slot];
            }
            self.offspring[slot] += 1;
        }
    }
}

#[cfg(test)]
mod tests;
