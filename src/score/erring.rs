//! A model with an error of known size: what happens to samplers when scores are not right.
//!
//! The score that is said is (1 + scale) s(x) + e(x) with a smooth random field e of root mean square `noise` per coordinate, fixed in
//! space and the same at all levels. Its density stays that of the model: the target is the true law, and only the score errs.

#![allow(clippy::needless_range_loop, reason = "one index walks through several arrays")]

use rand::RngExt as _;
use std::f64::consts::TAU;

use super::{Level, Noised, Said, Score};
use crate::rng::{Stream, normals};
use crate::vectorize::{cos, sin};

/// A model that errs.
#[derive(Clone, Debug)]
pub struct Erring<const D: usize, S> {
    /// The true model.
    pub model: S,
    /// Relative error of the length of the score.
    pub scale: f64,
    /// The field that is added.
    pub field: Field<D>,
}

/// A smooth random field, Σ aⱼ cos(ωⱼ·x + φⱼ) in each coordinate.
#[derive(Clone, Debug, PartialEq)]
pub struct Field<const D: usize> {
    amplitude: f64,
    waves: Vec<Wave<D>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Wave<const D: usize> {
    /// The coordinate that it adds to.
    coordinate: usize,
    frequency: [f64; D],
    phase: f64,
}

/// Waves in each coordinate.
const WAVES: usize = 24;

impl<const D: usize> Field<D> {
    /// A field of this root mean square in each coordinate, correlated over about this length.
    pub fn new(size: f64, length: f64, rng: &mut Stream) -> Self {
        let mut waves = Vec::with_capacity(D * WAVES);
        for k in 0..D * WAVES {
            let frequency = normals(rng).map(|u| u / length);
            waves.push(Wave {
                coordinate: k % D,
                frequency,
                phase: TAU * rng.random::<f64>(),
            });
        }
        Self {
            amplitude: size * (2.0 / WAVES as f64).sqrt(),
            waves,
        }
    }

    /// No field.
    pub const fn none() -> Self {
        Self {
            amplitude: 0.0,
            waves: Vec::new(),
        }
    }

    /// For each wave and each point: its coordinate, frequency, and phase there.
    fn each(&self, points: [&[f64]; D], mut f: impl FnMut(&Wave<D>, usize, f64)) {
        for wave in &self.waves {
            for i in 0..points[0].len() {
                let phase = (0..D).fold(wave.phase, |sum, d| sum + wave.frequency[d] * points[d][i]);
                f(wave, i, phase);
            }
        }
    }
}

impl<const D: usize, S: Score<D>> Score<D> for Erring<D, S> {
    fn at(&self, level: Level) -> Box<dyn Noised<D> + '_> {
        Box::new(Wrong {
            model: self.model.at(level),
            factor: 1.0 + self.scale,
            field: &self.field,
        })
    }

    fn knows_density(&self) -> bool {
        self.model.knows_density()
    }
}

struct Wrong<'a, const D: usize> {
    model: Box<dyn Noised<D> + 'a>,
    factor: f64,
    field: &'a Field<D>,
}

impl<const D: usize> Noised<D> for Wrong<'_, D> {
    fn evaluate(&self, points: [&[f64]; D], mut said: Said<'_, D>, scratch: &mut Vec<f64>) {
        let inner = Said {
            log_density: &mut *said.log_density,
            score: said.score.each_mut().map(|s| &mut **s),
            divergence: said.divergence.as_deref_mut(),
        };
        self.model.evaluate(points, inner, scratch);
        for values in said.score.iter_mut().chain(&mut said.divergence) {
            values.iter_mut().for_each(|v| *v *= self.factor);
        }
        self.field.each(points, |wave, i, phase| {
            said.score[wave.coordinate][i] += self.field.amplitude * cos(phase);
            if let Some(divergence) = &mut said.divergence {
                divergence[i] -= self.field.amplitude * wave.frequency[wave.coordinate] * sin(phase);
            }
        });
    }

    fn along(&self, points: [&[f64]; D], directions: [&[f64]; D], mut out: [&mut [f64]; D], scratch: &mut Vec<f64>) {
        self.model
            .along(points, directions, out.each_mut().map(|o| &mut **o), scratch);
        for values in &mut out {
            values.iter_mut().for_each(|v| *v *= self.factor);
        }
        self.field.each(points, |wave, i, phase| {
            let along: f64 = (0..D).map(|d| wave.frequency[d] * directions[d][i]).sum();
            out[wave.coordinate][i] -= self.field.amplitude * along * sin(phase);
        });
    }
}
