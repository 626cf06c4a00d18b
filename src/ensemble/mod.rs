//! Weighted particles: the empirical law ρ = Σ wᵢ δ(xᵢ) with Σ wᵢ = 1.
//!
//! Weights are stored as logarithms and normalised here and nowhere else. A particle lives in a *slot*; when it is removed,
//! its slot is refilled with a copy of another, so that the number of slots is constant and a slot keeps its noise. Only a
//! brush adds slots ([`Ensemble::append`]).

mod brush;
mod carried;
mod packed;
mod part;

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::chunks::CHUNK;
use crate::space::{Point, Symmetric};
use crate::vectorize::{exp, ln, wide};

pub use carried::Carried;
pub use packed::Packed;
use part::Part;

/// Coordinates beyond this are as good as infinite: squares of distances could overflow.
pub(crate) const FAR: f64 = 1e150;

/// N weighted particles in D dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct Ensemble<const D: usize = 2> {
    positions: [Vec<f64>; D],
    carried: Option<(Carried, [Vec<f64>; D])>,
    log_weights: Vec<f64>,
    weights: Vec<f64>,
    ancestors: Vec<u32>,
    log_normaliser: f64,
    summary: Summary,
}

/// What the weights look like.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Effective sample size (Σw)²/Σw², between 1 and N.
    pub ess: f64,
    /// exp(−Σ w log w), between 1 and N.
    pub perplexity: f64,
    /// The largest normalised weight.
    pub largest: f64,
    /// Whether all weights are equal.
    pub uniform: bool,
}

/// All weights are zero or not a number: there is no law left to normalise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("every particle has lost its weight; reset, or lower the time step or the reaction rate")]
pub struct Collapse;

/// A removed particle and the one whose copy takes its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The slot of the removed particle.
    pub slot: u32,
    /// The slot of the particle that was duplicated.
    pub source: u32,
}

impl<const D: usize> Ensemble<D> {
    /// Particles at these positions (one vector per coordinate, of equal lengths), all with weight 1/N. Panics where there is no
    /// particle, or one that is nowhere: a coordinate must be a number, at most 1e150 in size so that squares are finite.
    pub fn new(positions: [Vec<f64>; D]) -> Self {
        let n = positions[0].len();
        assert!(
            n > 0 && positions.iter().all(|c| c.len() == n),
            "coordinates of one or more particles"
        );
        assert!(
            positions.iter().flatten().all(|x| x.abs() <= FAR),
            "every coordinate is a number of at most {FAR:e}"
        );
        let mut ensemble = Self {
            positions,
            carried: None,
            log_weights: vec![0.0; n],
            weights: vec![0.0; n],
            ancestors: (0..n as u32).collect(),
            log_normaliser: 0.0,
            summary: Summary {
                ess: 0.0,
                perplexity: 0.0,
                largest: 0.0,
                uniform: true,
            },
        };
        ensemble.equalise();
        ensemble
    }

    /// Number of slots: of particles, some of which may have no weight.
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    /// Never: an ensemble has at least one particle.
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// One slice per coordinate.
    pub fn positions(&self) -> [&[f64]; D] {
        std::array::from_fn(|d| self.positions[d].as_slice())
    }

    /// One mutable slice per coordinate.
    pub fn positions_mut(&mut self) -> [&mut [f64]; D] {
        carried::slices_mut(&mut self.positions)
    }

    /// Normalised weights; their sum is 1.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Logarithms of the normalised weights.
    pub fn log_weights(&self) -> &[f64] {
        &self.log_weights
    }

    /// The slot in which the ancestor of each particle began.
    pub fn ancestors(&self) -> &[u32] {
        &self.ancestors
    }

    /// log E[e^A]: the logarithm of the mean total weight accumulated since the start.
    pub fn log_normaliser(&self) -> f64 {
        self.log_normaliser
    }

    /// Adds to the logarithm of the normaliser: growth that is realised by replacing particles instead of by weights.
    pub fn multiply_normaliser(&mut self, log_factor: f64) {
        self.log_normaliser += log_factor;
    }

    /// Effective sample size and its companions.
    pub fn summary(&self) -> Summary {
        self.summary
    }

    /// Adds to the log-weights and normalises. `increments` is called in parallel, once for each chunk of particles, with the
    /// index of the first, their positions, and the log-weights to change in place. A log-weight that is not a number, or +∞, becomes −∞;
    /// the number of particles that lost a weight in this way is returned. If no weight is left all are made equal, so that
    /// there is still a law to look at.
    pub fn reweight(&mut self, increments: impl Fn(usize, [&[f64]; D], &mut [f64]) + Sync) -> Result<u64, Collapse> {
        let n = self.len();
        let positions = &self.positions;
        let parts: Vec<Part> = self
            .log_weights
            .par_chunks_mut(CHUNK)
            .zip(self.weights.par_chunks_mut(CHUNK))
            .enumerate()
            .map(|(chunk, (log_weights, weights))| {
                let first = chunk * CHUNK;
                let here = std::array::from_fn(|d| &positions[d][first..first + log_weights.len()]);
                increments(first, here, log_weights);
                Part::of(log_weights, weights)
            })
            .collect();
        let total = Part::combine(&parts);
        let lost = parts.iter().map(|p| p.lost).sum();
        if !(total.sum > 0.0 && total.max > f64::NEG_INFINITY) {
            self.equalise();
            return Err(Collapse);
        }
        let log_sum = ln(total.sum);
        self.log_weights
            .par_chunks_mut(CHUNK)
            .zip(self.weights.par_chunks_mut(CHUNK))
            .zip(&parts)
            .for_each(|((log_weights, weights), part)| {
                let scale = exp(part.max - total.max) / total.sum;
                let scale = if part.max == f64::NEG_INFINITY { 0.0 } else { scale };
                wide(
                    #[inline(always)]
                    || {
                        for (l, w) in log_weights.iter_mut().zip(weights) {
                            *l = (*l - total.max) - log_sum; // in this order, or a large maximum swallows the sum
                            *w *= scale;
                        }
                    },
                );
            });
        self.log_normaliser += total.max + log_sum;
        // Σ w log w for normalised w, from sums relative to the largest log-weight.
        let entropy = log_sum - total.sum_log / total.sum;
        self.summary = Summary {
            ess: (total.sum * total.sum / total.sum_squares).clamp(1.0, n as f64),
            perplexity: exp(entropy).clamp(1.0, n as f64),
            largest: 1.0 / total.sum,
            uniform: false,
        };
        Ok(lost)
    }

    /// Gives weight zero to these particles and puts them beside the heaviest of the others, so that a place that is no part
    /// of the law does not matter to anything that looks at all positions. Returns how many had any weight before.
    pub fn kill(&mut self, dead: &[u32]) -> Result<u64, Collapse> {
        let alive = dead.iter().filter(|&&slot| self.weights[slot as usize] > 0.0).count() as u64;
        for &slot in dead {
            self.log_weights[slot as usize] = f64::NEG_INFINITY;
        }
        let before = self.log_normaliser;
        self.reweight(|_, _, _| {})?;
        self.log_normaliser = before; // losing a particle is not growth
        let heaviest = (0..self.len()).fold(0, |best, i| if self.weights[i] > self.weights[best] { i } else { best });
        for &slot in dead {
            self.replace(Replacement {
                slot,
                source: heaviest as u32,
            });
        }
        Ok(alive)
    }

    /// Applies replacements and makes all weights equal: the end of a resampling. `replacements` holds each removed slot once,
    /// in ascending order, and no source is itself removed.
    pub fn resample(&mut self, replacements: &[Replacement]) {
        for values in self.vectors_mut() {
            copy(values, replacements);
        }
        copy(&mut self.ancestors, replacements);
        self.equalise();
    }

    /// Copies the position, what is carried, and the ancestry of one particle over another, whose weight stays.
    pub fn replace(&mut self, replacement: Replacement) {
        let (slot, source) = (replacement.slot as usize, replacement.source as usize);
        for values in self.vectors_mut() {
            values[slot] = values[source];
        }
        self.ancestors[slot] = self.ancestors[source];
    }

    /// All that makes a particle besides its weight: positions, and what is carried with them.
    fn vectors_mut(&mut self) -> impl Iterator<Item = &mut Vec<f64>> {
        let carried = self.carried.iter_mut().flat_map(|(_, vectors)| vectors);
        self.positions.iter_mut().chain(carried)
    }

    /// Number of original particles that still have descendants with a weight.
    pub fn families(&self) -> usize {
        // Marked side by side: there may be a million, and a window asks at every picture. Who marks first does not matter.
        let mut alive: Vec<AtomicBool> = Vec::new();
        alive.resize_with(self.len(), AtomicBool::default);
        self.ancestors
            .par_chunks(16 * CHUNK)
            .zip(self.weights.par_chunks(16 * CHUNK))
            .for_each(|(ancestors, weights)| {
                for (&a, _) in ancestors.iter().zip(weights).filter(|(_, w)| **w > 0.0) {
                    alive[a as usize].store(true, Ordering::Relaxed);
                }
            });
        alive.into_iter().filter(|mark| mark.load(Ordering::Relaxed)).count()
    }

    fn equalise(&mut self) {
        let n = self.len() as f64;
        let log_weight = -ln(n);
        self.log_weights
            .par_chunks_mut(CHUNK)
            .zip(self.weights.par_chunks_mut(CHUNK))
            .for_each(|(log_weights, weights)| {
                log_weights.fill(log_weight);
                weights.fill(1.0 / n);
            });
        self.summary = Summary {
            ess: n,
            perplexity: n,
            largest: 1.0 / n,
            uniform: true,
        };
    }
}

impl Ensemble<2> {
    /// Weighted mean and covariance.
    pub fn mean_and_covariance(&self) -> (Point, Symmetric) {
        mean_and_covariance(self.positions(), self.weights())
    }
}

/// Mean and covariance of points with weights that sum to 1.
pub fn mean_and_covariance([xs, ys]: [&[f64]; 2], weights: &[f64]) -> (Point, Symmetric) {
    // Sums about a particle, not about the origin, so that a narrow law far away keeps its digits.
    let pivot = Point::new(xs[0], ys[0]);
    let parts: Vec<[f64; 5]> = xs
        .par_chunks(CHUNK)
        .zip(ys.par_chunks(CHUNK))
        .zip(weights.par_chunks(CHUNK))
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
    (
        pivot + mean,
        Symmetric::new(s[2] - s[0] * s[0], s[3] - s[0] * s[1], s[4] - s[1] * s[1]),
    )
}

/// Copies sources over removed slots. Many are gathered first, in parallel, and then each chunk fills its own slots.
pub(crate) fn copy<T: Copy + Send + Sync>(values: &mut [T], replacements: &[Replacement]) {
    if replacements.len() < 4 * CHUNK {
        for r in replacements {
            values[r.slot as usize] = values[r.source as usize];
        }
        return;
    }
    let gathered: Vec<T> = replacements
        .par_iter()
        .with_min_len(CHUNK)
        .map(|r| values[r.source as usize])
        .collect();
    let values = values.par_chunks_mut(CHUNK).enumerate();
    values.for_each(|(chunk, values)| {
        let first = chunk * CHUNK;
        let start = replacements.partition_point(|r| (r.slot as usize) < first);
        for (r, &value) in replacements[start..].iter().zip(&gathered[start..]) {
            match values.get_mut(r.slot as usize - first) {
                Some(slot) => *slot = value,
                None => break,
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(n: usize) -> Ensemble<1> {
        Ensemble::new([(0..n).map(|i| i as f64).collect()])
    }

    #[test]
    fn weights_are_normalised_and_summarised() {
        let n = 5000;
        let mut e = line(n);
        let increments: Vec<f64> = (0..n).map(|i| (i as f64 * 0.37).sin() * 3.0 + 800.0).collect();
        e.reweight(|first, _, l| l.iter_mut().zip(&increments[first..]).for_each(|(l, i)| *l += i))
            .unwrap();
        let raw: Vec<f64> = increments.iter().map(|i| (i - 800.0).exp()).collect();
        let sum: f64 = raw.iter().sum();
        for (w, r) in e.weights().iter().zip(&raw) {
            assert!((w - r / sum).abs() < 1e-15);
        }
        for (w, l) in e.weights().iter().zip(e.log_weights()) {
            assert!((w.ln() - l).abs() < 1e-11);
        }
        let squares: f64 = raw.iter().map(|r| r * r).sum();
        let entropy: f64 = -raw.iter().map(|r| r / sum * (r / sum).ln()).sum::<f64>();
        let s = e.summary();
        assert!((s.ess / (sum * sum / squares) - 1.0).abs() < 1e-12, "ess");
        assert!((s.perplexity / entropy.exp() - 1.0).abs() < 1e-10, "perplexity");
        assert!(
            (s.largest / (raw.iter().fold(0.0, |m: f64, r| m.max(*r)) / sum) - 1.0).abs() < 1e-12,
            "largest"
        );
        assert!(
            (e.log_normaliser() - (800.0 + (sum / n as f64).ln())).abs() < 1e-9,
            "normaliser"
        );
    }

    #[test]
    fn invalid_weights_become_zero_and_are_counted() {
        let mut e = line(4);
        let bad = [f64::NAN, 0.0, f64::INFINITY, 1.0];
        let lost = e
            .reweight(|first, _, l| l.iter_mut().zip(&bad[first..]).for_each(|(l, b)| *l += b))
            .unwrap();
        assert_eq!(lost, 2);
        assert_eq!((e.weights()[0], e.weights()[2]), (0.0, 0.0));
        assert!((e.weights()[3] / e.weights()[1] - 1f64.exp()).abs() < 1e-12);
        assert_eq!(e.reweight(|_, _, l| l.fill(f64::NEG_INFINITY)), Err(Collapse));
        assert!(
            e.weights().iter().all(|w| *w == 0.25) && e.summary().uniform,
            "what is left can be looked at"
        );
    }

    #[test]
    fn huge_logarithms_still_sum_to_one() {
        let mut e = line(3000);
        for shift in [-4e10, 3e130, -3e130] {
            e.reweight(|_, _, l| l.iter_mut().for_each(|l| *l += shift)).unwrap();
            assert!((e.weights().iter().sum::<f64>() - 1.0).abs() < 1e-12, "{shift}");
            assert!(
                e.log_weights().iter().all(|l| (l + 3000f64.ln()).abs() < 1e-5),
                "{shift}"
            );
        }
    }

    #[test]
    fn the_dead_have_no_weight_and_no_place_of_their_own() {
        let mut e = line(4);
        e.reweight(|_, _, l| l[2] += 1.0).unwrap();
        let before = e.log_normaliser();
        assert_eq!(e.kill(&[0, 3]), Ok(2));
        assert_eq!(
            (e.positions()[0], e.ancestors()),
            (&[2.0, 1.0, 2.0, 2.0][..], &[2, 1, 2, 2][..])
        );
        assert_eq!((e.weights()[0], e.weights()[3], e.log_normaliser()), (0.0, 0.0, before));
        assert_eq!(e.kill(&[3]), Ok(0));
        assert_eq!(e.reweight(|_, _, l| l[3] = f64::NAN), Ok(0));
        assert_eq!(e.kill(&[1, 2]), Err(Collapse));
    }

    #[test]
    fn a_single_survivor_has_all_the_mass() {
        let mut e = line(3000);
        e.reweight(|first, _, l| {
            for (i, l) in l.iter_mut().enumerate() {
                *l = if first + i == 2500 { -900.0 } else { f64::NEG_INFINITY };
            }
        })
        .unwrap();
        assert_eq!(e.weights()[2500], 1.0);
        assert_eq!(
            (e.summary().ess, e.summary().perplexity, e.summary().largest),
            (1.0, 1.0, 1.0)
        );
    }

    #[test]
    fn many_copies_are_as_few() {
        let n = 40_000;
        let replacements: Vec<Replacement> = (0..n / 3)
            .map(|k| Replacement {
                slot: 3 * k,
                source: (3 * k * 7 + 1) % (n - 1) / 3 * 3 + 1,
            })
            .collect();
        assert!(replacements.len() > 4 * CHUNK);
        let mut values: Vec<u32> = (0..n).collect();
        copy(&mut values, &replacements);
        let mut expected: Vec<u32> = (0..n).collect();
        replacements.iter().for_each(|r| expected[r.slot as usize] = r.source);
        assert_eq!(values, expected);
    }

    #[test]
    fn families_are_the_different_ancestors_of_those_with_weight() {
        for n in [1, 63, 64, 65, 4097, 50_000] {
            let mut e = line(n);
            let replacements: Vec<Replacement> = (0..n as u32 / 3)
                .map(|k| Replacement {
                    slot: 3 * k,
                    source: 3 * (k * 7 % (n as u32 / 3)) + 1,
                })
                .collect();
            e.resample(&replacements);
            let mortal = |slot: usize| slot % 11 == 2 && slot + 1 < n;
            e.reweight(|first, _, log| {
                for (k, log) in log.iter_mut().enumerate().filter(|(k, _)| mortal(first + k)) {
                    *log = if k % 2 == 0 { f64::NEG_INFINITY } else { -1e9 };
                }
            })
            .unwrap();
            let alive = || (0..n).filter(|k| e.weights()[*k] > 0.0);
            let ancestors: std::collections::BTreeSet<u32> = alive().map(|k| e.ancestors()[k]).collect();
            assert_eq!((e.families(), e.alive()), (ancestors.len(), alive().count()), "{n}");
            assert_eq!(e.alive(), n - (0..n).filter(|k| mortal(*k)).count());
        }
    }

    #[test]
    fn resampling_copies_positions_and_ancestry() {
        let mut e = line(3000);
        let replacements =
            [(5, 7), (1023, 1500), (1024, 1500), (2999, 0)].map(|(slot, source)| Replacement { slot, source });
        e.resample(&replacements);
        for r in replacements {
            assert_eq!(e.positions()[0][r.slot as usize], f64::from(r.source));
            assert_eq!(e.ancestors()[r.slot as usize], r.source);
        }
        assert_eq!(e.positions()[0][6], 6.0);
        assert_eq!(e.families(), 2996);
        assert!(e.summary().uniform);
    }

    #[test]
    fn moments_of_two_weighted_points() {
        let mut e = Ensemble::new([vec![1e6, 1e6 + 2.0], vec![0.0, 1.0]]);
        e.reweight(|_, _, l| l[1] += 3f64.ln()).unwrap();
        let (mean, c) = e.mean_and_covariance();
        assert!((mean - Point::new(1e6 + 1.5, 0.75)).norm() < 1e-9);
        for (a, b) in [(c.xx, 0.75), (c.xy, 0.375), (c.yy, 0.1875)] {
            assert!((a - b).abs() < 1e-12);
        }
    }
}
