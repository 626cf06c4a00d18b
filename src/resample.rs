//! Resampling: from weights to numbers of offspring.
//!
//! Slot i gets nᵢ offspring with E nᵢ = N wᵢ and Σ nᵢ = N. A slot with offspring keeps its particle; the surplus copies fill the
//! slots without offspring, in order. So few particles move when the weights are nearly equal, and every move is a
//! [`Replacement`] that can be drawn.

use rand::RngExt as _;
use rayon::prelude::*;
use serde::{Deserialize, Deserializer, Serialize};

use crate::chunks::{self, CHUNK, split_mut};
use crate::ensemble::Replacement;
use crate::params::{self, Number, Parameters, Visitor};
use crate::rng::Stream;
use crate::vectorize::{ln, sum, wide};

/// When and how particles are resampled.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resampling {
    /// The scheme.
    #[serde(default)]
    pub scheme: Scheme,
    /// Resample when the effective sample size is below this share of the particles: 0 never, 1 after every step.
    #[serde(deserialize_with = "read_threshold")]
    pub threshold: f64,
}

impl Default for Resampling {
    fn default() -> Self {
        Self {
            scheme: Scheme::default(),
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

/// Scratch memory of a resampling; reused from step to step.
#[derive(Clone, Debug, Default)]
pub struct Resampler {
    offspring: Vec<u32>,
    offsets: Vec<f64>,
    removed: Vec<u32>,
    surplus: Vec<u32>,
    replacements: Vec<Replacement>,
}

impl Resampler {
    /// Draws offspring for normalised weights and pairs removed slots with surplus copies. The pairs ascend by slot, and
    /// no source is itself removed.
    pub fn draw(&mut self, scheme: Scheme, weights: &[f64], rng: &mut Stream) -> &[Replacement] {
        self.offspring.resize(weights.len(), 0);
        match scheme {
            Scheme::Systematic => {
                let u = rng.random::<f64>();
                self.count(
                    weights,
                    #[inline(always)]
                    |position| position + 1.0 - u,
                );
            }
            Scheme::Stratified => {
                let uniforms: Vec<f64> = (0..weights.len()).map(|_| rng.random()).collect();
                self.count(weights, |position| {
                    // Strata wholly below the position, and the one it lies in if its point is below too.
                    let stratum = position.floor();
                    let below = uniforms.get(stratum as usize).is_some_and(|u| position - stratum > *u);
                    stratum + f64::from(u8::from(below))
                });
            }
            Scheme::Residual => {
                let n = weights.len();
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
                self.multinomial(weights, weights.len(), rng);
            }
        }
        self.pair()
    }

    /// Number of offspring of each slot in the last draw.
    pub fn offspring(&self) -> &[u32] {
        &self.offspring
    }

    /// Offspring from a counting function p: ⌊p(N Cᵢ)⌋ − ⌊p(N Cᵢ₋₁)⌋ with cumulated weights C.
    fn count(&mut self, weights: &[f64], points_below: impl Fn(f64) -> f64 + Sync) {
        let n = weights.len();
        let scale = n as f64;
        // Cumulated weights at the chunk borders, added in the order of the chunks.
        self.offsets.clear();
        self.offsets.extend(std::iter::repeat_n(0.0, chunks::count(n) + 1));
        self.offsets[1..]
            .par_iter_mut()
            .zip(weights.par_chunks(CHUNK))
            .for_each(|(s, w)| *s = sum(w));
        for i in 1..self.offsets.len() {
            self.offsets[i] += self.offsets[i - 1];
        }
        let total = self.offsets[self.offsets.len() - 1];
        let offsets = &self.offsets;
        let factor = scale / total;
        let below = |cumulated: f64| points_below(factor * cumulated).max(0.0).min(scale) as i64;
        self.offspring
            .par_chunks_mut(CHUNK)
            .zip(weights.par_chunks(CHUNK))
            .enumerate()
            .for_each(|(chunk, (counts, weights))| {
                let first = if chunk == 0 { 0 } else { below(offsets[chunk]) };
                let end = if chunk + 2 == offsets.len() {
                    n as i64
                } else {
                    below(offsets[chunk + 1])
                };
                let mut cumulated = [0.0; CHUNK];
                let mut sum = offsets[chunk];
                for (c, w) in cumulated.iter_mut().zip(weights) {
                    sum += w;
                    *c = sum;
                }
                let mut previous = first;
                let mut place = [0; CHUNK];
                wide(
                    #[inline(always)]
                    || {
                        // Rounding must not reach past the chunk's border, where the neighbour begins to count.
                        for (p, &c) in place.iter_mut().zip(&cumulated) {
                            *p = below(c).max(first).min(end);
                        }
                        for (count, &next) in counts.iter_mut().zip(&place) {
                            *count = (next - previous) as u32;
                            previous = next;
                        }
                    },
                );
                // What rounding left over belongs to the last particle that has any weight.
                if previous < end {
                    let last = weights.iter().rposition(|w| *w > 0.0).unwrap_or(weights.len() - 1);
                    counts[last] += (end - previous) as u32;
                }
            });
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

    /// Pairs slots without offspring with surplus copies, in order.
    fn pair(&mut self) -> &[Replacement] {
        let counts: Vec<(usize, usize)> = self
            .offspring
            .par_chunks(CHUNK)
            .map(|c| {
                (
                    c.iter().filter(|&&n| n == 0).count(),
                    c.iter().map(|&n| n.saturating_sub(1) as usize).sum(),
                )
            })
            .collect();
        let n_removed = counts.iter().map(|c| c.0).sum();
        let n_surplus = counts.iter().map(|c| c.1).sum();
        debug_assert_eq!(n_removed, n_surplus, "offspring must sum to the number of particles");
        self.removed.resize(n_removed, 0);
        self.surplus.resize(n_surplus, 0);
        let removed = split_mut(&mut self.removed, counts.iter().map(|c| c.0));
        let surplus = split_mut(&mut self.surplus, counts.iter().map(|c| c.1));
        self.offspring
            .par_chunks(CHUNK)
            .zip(removed)
            .zip(surplus)
            .enumerate()
            .for_each(|(chunk, ((offspring, removed), surplus))| {
                let (mut removed, mut surplus) = (removed.iter_mut(), surplus.iter_mut());
                for (group, offspring) in offspring.chunks(16).enumerate() {
                    // Nearly equal weights leave most groups as they are.
                    if offspring.iter().fold(0, |odd, &count| odd | (count ^ 1)) == 0 {
                        continue;
                    }
                    for (i, &count) in offspring.iter().enumerate() {
                        let slot = (chunk * CHUNK + group * 16 + i) as u32;
                        if count == 0 {
                            removed.next().into_iter().for_each(|r| *r = slot);
                        }
                        surplus
                            .by_ref()
                            .take(count.saturating_sub(1) as usize)
                            .for_each(|s| *s = slot);
                    }
                }
            });
        self.replacements.clear();
        self.replacements.extend(
            self.removed
                .iter()
                .zip(&self.surplus)
                .map(|(&slot, &source)| Replacement { slot, source }),
        );
        &self.replacements
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};

    fn stream(step: u64) -> Stream {
        Streams::new(5).stream(step, Purpose::Resample, 0)
    }

    fn normalised(mut w: Vec<f64>) -> Vec<f64> {
        let sum: f64 = w.iter().sum();
        w.iter_mut().for_each(|w| *w /= sum);
        w
    }

    #[test]
    fn every_scheme_is_unbiased() {
        // 1500 slots so that the chunk border is inside.
        let n = 1500;
        let weights = normalised(
            (0..n)
                .map(|i| {
                    if i % 7 == 3 {
                        0.0
                    } else {
                        (i as f64 * 0.71).sin().powi(4) + 0.01
                    }
                })
                .collect(),
        );
        let rounds = 4000;
        for scheme in Scheme::ALL {
            let mut resampler = Resampler::default();
            let (mut sum, mut squares) = (vec![0.0; n], vec![0.0; n]);
            for round in 0..rounds {
                resampler.draw(scheme, &weights, &mut stream(round));
                assert_eq!(resampler.offspring().iter().map(|&c| c as usize).sum::<usize>(), n);
                for (i, &c) in resampler.offspring().iter().enumerate() {
                    let expected = n as f64 * weights[i];
                    sum[i] += f64::from(c) - expected;
                    squares[i] += (f64::from(c) - expected).powi(2);
                    match scheme {
                        Scheme::Systematic => assert!((f64::from(c) - expected).abs() < 1.0 + 1e-9),
                        Scheme::Stratified => assert!((f64::from(c) - expected).abs() < 2.0 + 1e-9),
                        Scheme::Residual => assert!(f64::from(c) >= expected.floor()),
                        Scheme::Multinomial => {}
                    }
                }
            }
            for i in 0..n {
                let r = rounds as f64;
                // No whole number with this mean has a smaller variance than f(1 − f), f its fraction.
                let fraction = (n as f64 * weights[i]).fract();
                let variance = (squares[i] / r).max(fraction * (1.0 - fraction));
                let error = variance.sqrt().max(1e-9) / r.sqrt();
                let z = sum[i] / r / error;
                assert!(z.abs() < 5.0, "{scheme:?} slot {i}: z = {z:.2}");
                if weights[i] == 0.0 {
                    assert_eq!(
                        squares[i], 0.0,
                        "{scheme:?}: a particle of weight zero has no offspring"
                    );
                }
            }
        }
    }

    #[test]
    fn equal_weights_move_nothing_under_systematic_and_residual() {
        for n in [1, 2, 1023, 1024, 1025, 5000] {
            let weights = vec![1.0 / n as f64; n];
            for scheme in [Scheme::Systematic, Scheme::Residual] {
                for step in 0..20 {
                    let moved = Resampler::default().draw(scheme, &weights, &mut stream(step)).len();
                    // Rounding of the cumulated weights may move a point across a border, never many.
                    assert!(moved <= 1 + n / 100, "{scheme:?} moved {moved} of {n}");
                }
            }
        }
    }

    #[test]
    fn one_particle_with_all_the_mass_replaces_all_others() {
        for n in [1, 2, 1024, 3000] {
            for heavy in [0, n / 2, n - 1] {
                let mut weights = vec![0.0; n];
                weights[heavy] = 1.0;
                for scheme in Scheme::ALL {
                    let mut resampler = Resampler::default();
                    let pairs = resampler.draw(scheme, &weights, &mut stream(9));
                    assert_eq!(pairs.len(), n - 1);
                    assert!(pairs.iter().all(|r| r.source as usize == heavy));
                    assert!(pairs.windows(2).all(|w| w[0].slot < w[1].slot));
                }
            }
        }
    }

    #[test]
    fn sources_are_never_removed_and_slots_ascend() {
        let weights = normalised((0..4000).map(|i| ((i * i) % 97) as f64).collect());
        for scheme in Scheme::ALL {
            let mut resampler = Resampler::default();
            let pairs = resampler.draw(scheme, &weights, &mut stream(2)).to_vec();
            assert!(pairs.windows(2).all(|w| w[0].slot < w[1].slot));
            for r in pairs {
                assert_eq!(resampler.offspring()[r.slot as usize], 0);
                assert!(resampler.offspring()[r.source as usize] > 1);
            }
        }
    }
}
