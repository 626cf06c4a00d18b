//! Weighted particles seen along one axis: their marginal, what carries it and what lets it grow.

use std::sync::Arc;

use super::excess::Excess;
use super::marginal::Marginal;
use crate::chunks::layers;
use rayon::prelude::*;

/// Of less than this mass nothing is told: its inverse has no square.
const LEAST: f64 = 1e-140;

/// A panel seen along one axis. All lists have an entry for each place of the target.
///
/// The standard errors are those of independent particles with these weights; after resampling, twins make them too small.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The target, its places and its smoothing.
    pub target: Arc<Marginal>,
    /// The marginal of all weighted particles, smoothed (per length).
    pub density: Vec<f64>,
    /// The velocity at which transport carries it (length per time); 0 where no particle is near.
    pub velocity: Vec<f64>,
    /// The rate at which reaction lets it grow, beside all (per time); 0 where no particle is near.
    pub rate: Vec<f64>,
    /// Standard errors of the velocity.
    pub velocity_error: Vec<f64>,
    /// Standard errors of the rate.
    pub rate_error: Vec<f64>,
    /// Mass beyond the places.
    pub beyond: f64,
    /// How far it is from the target, by bins.
    pub excess: Excess,
}

/// What moves the particles of a profile.
#[derive(Clone, Copy, Debug)]
pub struct Motion<'a> {
    /// Transport rate α.
    pub alpha: f64,
    /// Reaction rate β.
    pub beta: f64,
    /// The target in whose potential particles walk: that of the profile, unless they walk in another and are weighed back.
    pub drift: &'a Marginal,
    /// Velocities along the axis per unit of α, where particles have them: then these carry the law, and not the gradient of log(ρ/π).
    pub velocities: Option<&'a [f64]>,
    /// The rate g at every particle, where it is given and does not depend on ρ.
    pub growth: Option<&'a [f64]>,
}

/// Weighted points along an axis, binned and smoothed.
#[derive(Clone, Debug)]
pub struct Law {
    target: Arc<Marginal>,
    /// Mass per place, smoothed.
    mass: Vec<f64>,
    /// The squares of the weights per place, binned only.
    squares: Vec<f64>,
    /// The squares of all weights.
    square: f64,
    beyond: f64,
}

impl Law {
    pub(super) fn new(target: Arc<Marginal>, along: &[f64], weights: &[f64]) -> Self {
        let binned = bin(&target, along, |i| weights[i]);
        let beyond = 1.0 - binned.iter().sum::<f64>();
        Self {
            square: weights.iter().map(|w| w * w).sum(),
            mass: smooth(&binned, &target.taps),
            squares: bin(&target, along, |i| weights[i] * weights[i]),
            beyond: if beyond > 1e-12 { beyond } else { 0.0 },
            target,
        }
    }

    /// The density (per length).
    pub fn density(&self) -> Vec<f64> {
        self.mass.iter().map(|m| m / self.target.spacing).collect()
    }

    /// All that a strip shows of the points `along` the axis, with these weights.
    pub fn profile(self, (along, weights): (&[f64], &[f64]), motion: &Motion<'_>) -> Profile {
        let (target, density) = (&self.target, self.density());
        let Motion { alpha, beta, .. } = *motion;
        // The mean of something at the points near each place, times the mass there.
        let near = |values: &[f64]| {
            let weighed = |i: usize| Some(weights[i] * values[i]).filter(|v| v.is_finite()).unwrap_or(0.0);
            smooth(&bin(target, along, weighed), &target.taps)
        };
        let per_mass = |sum: f64, mass: f64| if mass > LEAST { sum / mass } else { 0.0 };
        let (velocity, velocity_error) = if alpha == 0.0 {
            (vec![0.0; density.len()], vec![0.0; density.len()])
        } else if let Some(velocities) = motion.velocities {
            let means = near(velocities);
            let mean = means.iter().zip(&self.mass).map(|(v, m)| alpha * per_mass(*v, *m));
            // Velocities at rest have variance one.
            (
                mean.collect(),
                self.errors(alpha, |k, b| per_mass(self.tap(k, b), self.mass[k])),
            )
        } else {
            (motion.drift.velocity(&density, alpha), self.velocity_errors(alpha))
        };
        let (rate, rate_error) = if beta == 0.0 {
            (vec![0.0; density.len()], vec![0.0; density.len()])
        } else if let Some(growth) = motion.growth {
            let sums = near(growth);
            let mean = per_mass(sums.iter().sum(), self.mass.iter().sum());
            let excess = |(g, m): (&f64, &f64)| {
                if *m > LEAST { beta * (g / m - mean) } else { 0.0 }
            };
            (
                sums.iter().zip(&self.mass).map(excess).collect(),
                vec![0.0; density.len()],
            )
        } else {
            let errors = self.errors(beta, |k, b| per_mass(self.tap(k, b), self.mass[k]));
            (target.rate(&density, beta), errors)
        };
        Profile {
            excess: Excess::new(target, (&density, self.beyond), (&self.squares, self.square)),
            density,
            velocity,
            rate,
            velocity_error,
            rate_error,
            beyond: self.beyond,
            target: self.target,
        }
    }

    fn tap(&self, k: usize, b: usize) -> f64 {
        self.target.taps.get(k.abs_diff(b)).copied().unwrap_or(0.0)
    }

    /// Standard errors of −α ∂ log ρ, as it is differenced.
    fn velocity_errors(&self, alpha: f64) -> Vec<f64> {
        let last = self.mass.len() - 1;
        let scale = alpha / (2.0 * self.target.spacing);
        self.errors(scale, |k, b| {
            let [before, after] = [k.saturating_sub(1), (k + 1).min(last)];
            let (p, q) = (self.mass[before], self.mass[after]);
            if p > LEAST && q > LEAST {
                self.tap(after, b) / q - self.tap(before, b) / p
            } else {
                0.0
            }
        })
    }

    /// `scale` times the standard deviation of Σ w K(place, bin), where the weights of all points are independent.
    fn errors(&self, scale: f64, kernel: impl Fn(usize, usize) -> f64) -> Vec<f64> {
        let (reach, places) = (self.target.taps.len(), self.squares.len());
        let error = |k: usize| {
            let bins = k.saturating_sub(reach)..(k + reach + 1).min(places);
            let squares = bins.filter(|b| self.squares[*b] > 0.0).map(|b| {
                let kernel = kernel(k, b);
                self.squares[b] * kernel * kernel
            });
            scale * squares.sum::<f64>().sqrt()
        };
        (0..places).map(error).collect()
    }
}

/// Spreads a value of every point over the two nearest places; beyond the outermost it is dropped.
fn bin(target: &Marginal, along: &[f64], value: impl Fn(usize) -> f64 + Sync) -> Vec<f64> {
    let (places, inverse) = (target.len(), 1.0 / target.spacing);
    let last = (places - 1) as f64;
    let parts: Vec<Vec<f64>> = layers(along.len())
        .into_par_iter()
        .map(|range| {
            let mut part = vec![0.0; places];
            for i in range {
                let at = (along[i] - target.first) * inverse;
                if at >= 0.0 && at < last {
                    let (k, value) = (at as usize, value(i));
                    let high = value * (at - k as f64);
                    part[k] += value - high;
                    part[k + 1] += high;
                }
            }
            part
        })
        .collect();
    let mut sum = vec![0.0; places];
    for part in parts {
        sum.iter_mut().zip(part).for_each(|(s, v)| *s += v);
    }
    sum
}

/// Convolves with a symmetric kernel; what would come from beyond the ends counts as zero.
fn smooth(values: &[f64], taps: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; values.len()];
    for (k, v) in values.iter().enumerate().filter(|(_, v)| **v != 0.0) {
        let (first, end) = (k.saturating_sub(taps.len() - 1), (k + taps.len()).min(values.len()));
        for (j, sum) in out[first..end].iter_mut().enumerate() {
            *sum += taps[(first + j).abs_diff(k)] * v;
        }
    }
    out
}
