//! Gaussian mixtures under noise: everything in closed form.
//!
//! p = Σ wₖ N(mₖ, Sₖ) becomes, at time t, Σ wₖ N(a mₖ, Pₖ⁻¹) with Pₖ = (a² Sₖ + s² 1)⁻¹. With qₖ = Pₖ (x − a mₖ) and rₖ the share of component
//! k at x,
//!
//! ```text
//! s = −Σ rₖ qₖ,     div s = Σ rₖ (|qₖ|² − tr Pₖ) − |s|²,     J v = Σ rₖ (qₖ (qₖ·v) − Pₖ v) − s (s·v).
//! ```

#![allow(clippy::needless_range_loop, reason = "one index walks through several arrays")]

use std::f64::consts::TAU;

use super::cholesky::{factor, invert};
use super::{Level, Noised, Said, Score};
use crate::rng::{Stream, normals};
use crate::vectorize::{exp, ln, wide};
use rand::RngExt as _;

/// A mixture of Gaussians in D dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct Gaussians<const D: usize> {
    components: Vec<Gaussian<D>>,
}

/// One component.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaussian<const D: usize> {
    /// Weight relative to the others, positive.
    pub weight: f64,
    /// Mean.
    pub mean: [f64; D],
    /// Covariance, positive definite.
    pub covariance: [[f64; D]; D],
}

/// Why components do not make a mixture.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum GaussiansError {
    /// None, or too many.
    #[error("{0} components are not possible: expected 1 to 64")]
    Count(usize),
    /// A weight that is no positive number.
    #[error("component {0}: expected a weight above 0")]
    Weight(usize),
    /// A mean that is not finite.
    #[error("component {0}: expected a mean of finite numbers")]
    Mean(usize),
    /// A matrix that is no covariance.
    #[error("component {0}: expected a symmetric, positive definite covariance")]
    Covariance(usize),
}

impl<const D: usize> Gaussian<D> {
    /// A round component.
    pub fn round(weight: f64, mean: [f64; D], variance: f64) -> Self {
        let unit = |i, j| if i == j { variance } else { 0.0 };
        Self {
            weight,
            mean,
            covariance: std::array::from_fn(|i| std::array::from_fn(|j| unit(i, j))),
        }
    }
}

impl<const D: usize> Gaussians<D> {
    /// The mixture of these components; their weights are normalised.
    pub fn new(mut components: Vec<Gaussian<D>>) -> Result<Self, GaussiansError> {
        if components.is_empty() || components.len() > 64 {
            return Err(GaussiansError::Count(components.len()));
        }
        let largest = components.iter().map(|c| c.weight).fold(0.0, f64::max);
        for (k, component) in components.iter().enumerate() {
            if !(component.weight > 0.0 && component.weight.is_finite()) {
                return Err(GaussiansError::Weight(k + 1));
            }
            if !component.mean.iter().all(|m| m.is_finite()) {
                return Err(GaussiansError::Mean(k + 1));
            }
            let symmetric = (0..D).all(|i| (0..i).all(|j| component.covariance[i][j] == component.covariance[j][i]));
            if !symmetric || invert(&component.covariance).is_none() {
                return Err(GaussiansError::Covariance(k + 1));
            }
        }
        let sum: f64 = components.iter().map(|c| c.weight / largest).sum();
        for component in &mut components {
            component.weight = component.weight / largest / sum;
        }
        Ok(Self { components })
    }

    /// The components, with weights that sum to 1.
    pub fn components(&self) -> &[Gaussian<D>] {
        &self.components
    }

    /// The same without one of its components (from 0); the whole if it has no other.
    pub fn without(&self, dropped: usize) -> Self {
        let kept = self.components.iter().enumerate().filter(|(k, _)| *k != dropped);
        Self::new(kept.map(|(_, c)| *c).collect()).unwrap_or_else(|_| self.clone())
    }

    /// A draw from the law without noise.
    pub fn draw(&self, rng: &mut Stream) -> [f64; D] {
        let mut left: f64 = rng.random();
        let chosen = self.components.iter().find(|component| {
            left -= component.weight;
            left < 0.0
        });
        let component = chosen.unwrap_or(&self.components[self.components.len() - 1]);
        let normal: [f64; D] = normals(rng);
        let factor = factor(&component.covariance).expect("a covariance was checked");
        std::array::from_fn(|i| component.mean[i] + (0..=i).map(|j| factor[i][j] * normal[j]).sum::<f64>())
    }
}

impl<const D: usize> Score<D> for Gaussians<D> {
    fn at(&self, level: Level) -> Box<dyn Noised<D> + '_> {
        let kernels = self.components.iter().map(|component| Kernel::new(component, level));
        Box::new(Kernels(kernels.collect()))
    }

    fn knows_density(&self) -> bool {
        true
    }
}

/// What the loops need of a component.
#[derive(Clone, Copy, Debug)]
struct Kernel<const D: usize> {
    /// log of the weight and of the normaliser.
    log_factor: f64,
    mean: [f64; D],
    precision: [[f64; D]; D],
    trace: f64,
}

impl<const D: usize> Kernel<D> {
    fn new(component: &Gaussian<D>, level: Level) -> Self {
        let square = level.signal * level.signal;
        let noise = |i, j| if i == j { level.variance } else { 0.0 };
        let covariance: [[f64; D]; D] =
            std::array::from_fn(|i| std::array::from_fn(|j| square * component.covariance[i][j] + noise(i, j)));
        let (precision, log_det) = invert(&covariance).expect("a covariance was checked, and noise adds to it");
        Self {
            log_factor: ln(component.weight) - 0.5 * (log_det + D as f64 * ln(TAU)),
            mean: component.mean.map(|m| level.signal * m),
            precision,
            trace: (0..D).map(|i| precision[i][i]).sum(),
        }
    }

    /// qₖ = Pₖ (x − a mₖ) of a piece.
    #[inline(always)]
    fn pull(&self, x: &Piece<D>) -> Piece<D> {
        let mut away = [[0.0; PIECE]; D];
        for ((away, x), m) in away.iter_mut().zip(x).zip(&self.mean) {
            for (a, x) in away.iter_mut().zip(x) {
                *a = x - m;
            }
        }
        self.times(&away)
    }

    #[inline(always)]
    fn times(&self, v: &Piece<D>) -> Piece<D> {
        let mut out = [[0.0; PIECE]; D];
        for (out, row) in out.iter_mut().zip(&self.precision) {
            for (v, p) in v.iter().zip(row) {
                for (o, v) in out.iter_mut().zip(v) {
                    *o += p * v;
                }
            }
        }
        out
    }
}

/// Points that are worked on at once: the compiler knows the length of the innermost loops.
const PIECE: usize = 32;
type Piece<const D: usize> = [[f64; PIECE]; D];

struct Kernels<const D: usize>(Vec<Kernel<D>>);

impl<const D: usize> Kernels<D> {
    /// Writes e^{log of each component − largest} and the largest of all.
    #[inline(always)]
    fn shares(&self, x: &Piece<D>, logs: &mut [[f64; PIECE]]) -> [f64; PIECE] {
        let mut largest = [f64::NEG_INFINITY; PIECE];
        for (kernel, log) in self.0.iter().zip(&mut *logs) {
            let pull = kernel.pull(x);
            let mut square = [0.0; PIECE];
            for ((x, m), q) in x.iter().zip(&kernel.mean).zip(&pull) {
                for ((s, x), q) in square.iter_mut().zip(x).zip(q) {
                    *s += (x - m) * q;
                }
            }
            for ((l, s), most) in log.iter_mut().zip(&square).zip(&mut largest) {
                *l = kernel.log_factor - 0.5 * s;
                *most = if *l > *most { *l } else { *most };
            }
        }
        for log in logs {
            for (l, most) in log.iter_mut().zip(&largest) {
                *l = exp(*l - most);
            }
        }
        largest
    }
}

/// Copies a part of a block into a piece; what is beyond its end is zero.
#[inline(always)]
fn piece<const D: usize>(points: [&[f64]; D], first: usize) -> Piece<D> {
    let mut piece = [[0.0; PIECE]; D];
    for (piece, points) in piece.iter_mut().zip(points) {
        let part = &points[first..points.len().min(first + PIECE)];
        piece[..part.len()].copy_from_slice(part);
    }
    piece
}

#[inline(always)]
fn put(out: &mut [f64], first: usize, piece: &[f64; PIECE]) {
    let end = out.len().min(first + PIECE);
    out[first..end].copy_from_slice(&piece[..end - first]);
}

fn rows(scratch: &mut Vec<f64>, n: usize) -> &mut [[f64; PIECE]] {
    scratch.resize(scratch.len().max(n * PIECE), 0.0);
    &mut scratch.as_chunks_mut().0[..n]
}

impl<const D: usize> Noised<D> for Kernels<D> {
    fn evaluate(&self, points: [&[f64]; D], said: Said<'_, D>, scratch: &mut Vec<f64>) {
        let logs = rows(scratch, self.0.len());
        let Said {
            log_density,
            mut score,
            mut divergence,
        } = said;
        let wants_divergence = divergence.is_some();
        wide(
            #[inline(always)]
            || {
                for first in (0..points[0].len()).step_by(PIECE) {
                    let x = piece(points, first);
                    let largest = self.shares(&x, logs);
                    let (mut total, mut sum, mut bend) = ([0.0; PIECE], [[0.0; PIECE]; D], [0.0; PIECE]);
                    for (kernel, share) in self.0.iter().zip(&*logs) {
                        let pull = kernel.pull(&x);
                        for (sum, q) in sum.iter_mut().zip(&pull) {
                            for ((s, q), r) in sum.iter_mut().zip(q).zip(share) {
                                *s -= r * q;
                            }
                        }
                        for (t, r) in total.iter_mut().zip(share) {
                            *t += r;
                        }
                        if wants_divergence {
                            let mut square = [-kernel.trace; PIECE];
                            for q in &pull {
                                for (s, q) in square.iter_mut().zip(q) {
                                    *s += q * q;
                                }
                            }
                            for ((b, s), r) in bend.iter_mut().zip(&square).zip(share) {
                                *b += r * s;
                            }
                        }
                    }
                    let inverse = total.map(|t| 1.0 / t);
                    for (sum, out) in sum.iter_mut().zip(&mut score) {
                        for (s, i) in sum.iter_mut().zip(&inverse) {
                            *s *= i;
                        }
                        put(out, first, sum);
                    }
                    if let Some(out) = &mut divergence {
                        for (b, i) in bend.iter_mut().zip(&inverse) {
                            *b *= i;
                        }
                        for s in &sum {
                            for (b, s) in bend.iter_mut().zip(s) {
                                *b -= s * s;
                            }
                        }
                        put(out, first, &bend);
                    }
                    for (t, most) in total.iter_mut().zip(&largest) {
                        *t = most + ln(*t);
                    }
                    put(log_density, first, &total);
                }
            },
        );
    }

    fn along(&self, points: [&[f64]; D], directions: [&[f64]; D], mut out: [&mut [f64]; D], scratch: &mut Vec<f64>) {
        let logs = rows(scratch, self.0.len());
        wide(
            #[inline(always)]
            || {
                for first in (0..points[0].len()).step_by(PIECE) {
                    let (x, v) = (piece(points, first), piece(directions, first));
                    self.shares(&x, logs);
                    let (mut total, mut sum, mut bent) = ([0.0; PIECE], [[0.0; PIECE]; D], [[0.0; PIECE]; D]);
                    for (kernel, share) in self.0.iter().zip(&*logs) {
                        let (pull, straight) = (kernel.pull(&x), kernel.times(&v));
                        let mut along = [0.0; PIECE];
                        for (q, v) in pull.iter().zip(&v) {
                            for ((a, q), v) in along.iter_mut().zip(q).zip(v) {
                                *a += q * v;
                            }
                        }
                        for d in 0..D {
                            for i in 0..PIECE {
                                sum[d][i] -= share[i] * pull[d][i];
                                bent[d][i] += share[i] * (pull[d][i] * along[i] - straight[d][i]);
                            }
                        }
                        for (t, r) in total.iter_mut().zip(share) {
                            *t += r;
                        }
                    }
                    let mut along = [0.0; PIECE];
                    for d in 0..D {
                        for i in 0..PIECE {
                            sum[d][i] /= total[i];
                            along[i] += sum[d][i] * v[d][i];
                        }
                    }
                    for d in 0..D {
                        for i in 0..PIECE {
                            bent[d][i] = bent[d][i] / total[i] - sum[d][i] * along[i];
                        }
                        put(out[d], first, &bent[d]);
                    }
                }
            },
        );
    }
}
