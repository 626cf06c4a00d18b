//! The loops over points of Gaussian mixtures. Formulas stand in [`gaussians`](super::gaussians).
//!
//! They count in powers of two, which are cheaper than those of e. Relative to the largest factor of all components no share is above 1,
//! so one pass finds the shares and their sums; only at points where all are next to nothing a second one looks for the largest first.

#![allow(clippy::needless_range_loop, reason = "one index walks through several arrays")]

use std::f64::consts::{LN_2, LOG2_E, TAU};

use super::cholesky::invert;
use super::gaussians::Gaussian;
use super::{Level, Noised, Said};
use crate::vectorize::{exp2, ln, reciprocal_and_ln, wide};

/// The components at a level of noise.
pub(super) struct Kernels<const D: usize> {
    kernels: Vec<Kernel<D>>,
    /// The largest log of a weight and its normaliser: nowhere is the log of a component larger.
    top: f64,
}

/// What the loops need of a component.
#[derive(Clone, Copy, Debug)]
struct Kernel<const D: usize> {
    /// log₂ of the weight and of the normaliser, relative to the largest.
    log_factor: f64,
    mean: [f64; D],
    /// Pₖ times [`UNIT`].
    precision: [[f64; D]; D],
    /// tr Pₖ times the square of [`UNIT`].
    trace: f64,
}

/// ½ log₂ e: −½ |x|² is this many powers of two.
const UNIT: f64 = 0.5 * LOG2_E;

/// Where log p is less than this below the top, it is found without a look at the largest component first. Shares below 2⁻¹⁰²¹ = e⁻⁷⁰⁸ count
/// as that, which is nothing beside e to the minus this.
const ENOUGH: f64 = 620.0;

impl<const D: usize> Kernels<D> {
    pub(super) fn new(components: &[Gaussian<D>], level: Level) -> Self {
        let square = level.signal * level.signal;
        let mut kernels = Vec::with_capacity(components.len());
        for component in components {
            let noise = |i, j| if i == j { level.variance } else { 0.0 };
            let covariance: [[f64; D]; D] =
                std::array::from_fn(|i| std::array::from_fn(|j| square * component.covariance[i][j] + noise(i, j)));
            let (precision, log_det) = invert(&covariance).expect("a covariance was checked, and noise adds to it");
            kernels.push(Kernel {
                log_factor: ln(component.weight) - 0.5 * (log_det + D as f64 * ln(TAU)),
                mean: component.mean.map(|m| level.signal * m),
                precision: precision.map(|row| row.map(|p| UNIT * p)),
                trace: UNIT * UNIT * (0..D).map(|i| precision[i][i]).sum::<f64>(),
            });
        }
        let top = kernels.iter().fold(f64::NEG_INFINITY, |top, k| k.log_factor.max(top));
        for kernel in &mut kernels {
            kernel.log_factor = (kernel.log_factor - top) * LOG2_E;
        }
        Self { kernels, top }
    }

    /// Writes log₂ of each component, relative to `top`, and gives the largest of all.
    #[inline(always)]
    fn logs(&self, x: &Piece<D>, logs: &mut [[f64; PIECE]]) -> [f64; PIECE] {
        let mut largest = [f64::NEG_INFINITY; PIECE];
        for (kernel, log) in self.kernels.iter().zip(logs) {
            *log = kernel.log(x, &kernel.pull(x));
            for (l, most) in log.iter().zip(&mut largest) {
                *most = if *l > *most { *l } else { *most };
            }
        }
        largest
    }

    /// Answers, of which those at points far from all components are wrong: there log p is below [`Kernels::limit`].
    #[inline(always)]
    fn near<const DIVERGENCE: bool>(&self, points: [&[f64]; D], said: &mut Said<'_, D>) {
        for first in (0..points[0].len()).step_by(PIECE) {
            let x = piece(points, first);
            let mut sums = Sums::default();
            for kernel in &self.kernels {
                let (pull, log) = kernel.pull_and_log(&x);
                sums.add::<DIVERGENCE>(kernel, &shares(&log, &[0.0; PIECE]), &pull);
            }
            sums.write::<DIVERGENCE>(&[self.top; PIECE], said, first, |_| true);
        }
    }

    /// Below this log p is too small to be found without a look at the largest component first.
    fn limit(&self) -> f64 {
        self.top - ENOUGH
    }

    /// The answers at points that are far from all components.
    #[inline(always)]
    fn far<const DIVERGENCE: bool>(&self, points: [&[f64]; D], said: &mut Said<'_, D>, logs: &mut [[f64; PIECE]]) {
        for first in (0..points[0].len()).step_by(PIECE) {
            let mut before = [0.0; PIECE];
            let part = &said.log_density[first..];
            let n = part.len().min(PIECE);
            before[..n].copy_from_slice(&part[..n]);
            if before[..n].iter().all(|log| *log >= self.limit()) {
                continue;
            }
            let x = piece(points, first);
            let largest = self.logs(&x, logs);
            let mut sums = Sums::default();
            for (kernel, log) in self.kernels.iter().zip(&*logs) {
                sums.add::<DIVERGENCE>(kernel, &shares(log, &largest), &kernel.pull(&x));
            }
            let above = largest.map(|log| self.top + LN_2 * log);
            sums.write::<DIVERGENCE>(&above, said, first, |i| before[i] < self.limit());
        }
    }

    fn answer<const DIVERGENCE: bool>(&self, points: [&[f64]; D], mut said: Said<'_, D>, scratch: &mut Vec<f64>) {
        let few = wide(
            #[inline(always)]
            || {
                self.near::<DIVERGENCE>(points, &mut said);
                let limit = self.limit();
                said.log_density.iter().fold(0, |n, log| n + u64::from(*log < limit))
            },
        );
        if few > 0 {
            let logs = rows(scratch, self.kernels.len());
            wide(
                #[inline(always)]
                || self.far::<DIVERGENCE>(points, &mut said, logs),
            );
        }
    }
}

impl<const D: usize> Kernel<D> {
    /// qₖ = Pₖ (x − a mₖ) of a piece, times [`UNIT`].
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

    /// The pull and log₂ of the component relative to the top.
    #[inline(always)]
    fn pull_and_log(&self, x: &Piece<D>) -> (Piece<D>, [f64; PIECE]) {
        if D > 4 {
            let pull = self.pull(x);
            return (pull, self.log(x, &pull));
        }
        // In few dimensions point by point, all of which fits into registers.
        let (mut pull, mut log) = ([[0.0; PIECE]; D], [0.0; PIECE]);
        for i in 0..PIECE {
            let mut away = [0.0; D];
            for d in 0..D {
                away[d] = x[d][i] - self.mean[d];
            }
            let mut sum = self.log_factor;
            for d in 0..D {
                let mut q = self.precision[d][0] * away[0];
                for e in 1..D {
                    q += self.precision[d][e] * away[e];
                }
                pull[d][i] = q;
                sum -= away[d] * q;
            }
            log[i] = sum;
        }
        (pull, log)
    }

    /// log₂ of the component relative to the top.
    #[inline(always)]
    fn log(&self, x: &Piece<D>, pull: &Piece<D>) -> [f64; PIECE] {
        let mut log = [self.log_factor; PIECE];
        for ((x, m), q) in x.iter().zip(&self.mean).zip(pull) {
            for ((l, x), q) in log.iter_mut().zip(x).zip(q) {
                *l -= (x - m) * q;
            }
        }
        log
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

/// Σ rₖ, Σ rₖ qₖ and Σ rₖ (|qₖ|² − tr Pₖ), in [`UNIT`]s.
struct Sums<const D: usize> {
    total: [f64; PIECE],
    pull: Piece<D>,
    bend: [f64; PIECE],
}

impl<const D: usize> Default for Sums<D> {
    #[inline(always)]
    fn default() -> Self {
        Self {
            total: [0.0; PIECE],
            pull: [[0.0; PIECE]; D],
            bend: [0.0; PIECE],
        }
    }
}

impl<const D: usize> Sums<D> {
    #[inline(always)]
    fn add<const DIVERGENCE: bool>(&mut self, kernel: &Kernel<D>, share: &[f64; PIECE], pull: &Piece<D>) {
        for (t, r) in self.total.iter_mut().zip(share) {
            *t += r;
        }
        for (sum, q) in self.pull.iter_mut().zip(pull) {
            for ((s, q), r) in sum.iter_mut().zip(q).zip(share) {
                *s += r * q;
            }
        }
        if DIVERGENCE {
            let mut square = [-kernel.trace; PIECE];
            for q in pull {
                for (s, q) in square.iter_mut().zip(q) {
                    *s += q * q;
                }
            }
            for ((b, s), r) in self.bend.iter_mut().zip(&square).zip(share) {
                *b += r * s;
            }
        }
    }

    /// Writes the answers at the points of a piece that are wanted; `above` is to be added to the logs.
    #[inline(always)]
    fn write<const DIVERGENCE: bool>(
        mut self,
        above: &[f64; PIECE],
        said: &mut Said<'_, D>,
        first: usize,
        wanted: impl Fn(usize) -> bool,
    ) {
        let (mut log, mut inverse) = ([0.0; PIECE], [0.0; PIECE]);
        for i in 0..PIECE {
            let (reciprocal, ln) = reciprocal_and_ln(self.total[i]);
            inverse[i] = reciprocal * (-1.0 / UNIT);
            log[i] = above[i] + ln;
        }
        put(said.log_density, first, &log, &wanted);
        for (sum, out) in self.pull.iter_mut().zip(&mut said.score) {
            for (s, i) in sum.iter_mut().zip(&inverse) {
                *s *= i;
            }
            put(out, first, sum, &wanted);
        }
        if DIVERGENCE && let Some(out) = &mut said.divergence {
            for (b, i) in self.bend.iter_mut().zip(&inverse) {
                *b *= i * (-1.0 / UNIT);
            }
            for s in &self.pull {
                for (b, s) in self.bend.iter_mut().zip(s) {
                    *b -= s * s;
                }
            }
            put(out, first, &self.bend, &wanted);
        }
    }
}

/// 2^(log − largest), not less than 2⁻¹⁰²¹.
#[inline(always)]
fn shares(logs: &[f64; PIECE], largest: &[f64; PIECE]) -> [f64; PIECE] {
    let mut shares = [0.0; PIECE];
    for ((share, log), most) in shares.iter_mut().zip(logs).zip(largest) {
        let log = log - most;
        *share = exp2(if log > -1021.0 { log } else { -1021.0 });
    }
    shares
}

/// Copies a part of a block into a piece; what is beyond its end is zero.
#[inline(always)]
fn piece<const D: usize>(points: [&[f64]; D], first: usize) -> Piece<D> {
    let mut piece = [[0.0; PIECE]; D];
    for (piece, points) in piece.iter_mut().zip(points) {
        match points[first..].first_chunk() {
            Some(whole) => *piece = *whole,
            None => copy(&points[first..], piece),
        }
    }
    piece
}

/// Writes a piece, where it is wanted.
#[inline(always)]
fn put(out: &mut [f64], first: usize, piece: &[f64; PIECE], wanted: &impl Fn(usize) -> bool) {
    let out = &mut out[first..];
    if let Some(out) = out.first_chunk_mut::<PIECE>() {
        for i in 0..PIECE {
            out[i] = if wanted(i) { piece[i] } else { out[i] };
        }
        return;
    }
    for (i, (o, p)) in out.iter_mut().zip(piece).enumerate() {
        *o = if wanted(i) { *p } else { *o };
    }
}

/// Copies the end of a block: apart from whole pieces, or those would be copied by a call too.
#[cold]
#[inline(never)]
fn copy(from: &[f64], to: &mut [f64]) {
    to[..from.len()].copy_from_slice(from);
}

fn rows(scratch: &mut Vec<f64>, n: usize) -> &mut [[f64; PIECE]] {
    scratch.resize(scratch.len().max(n * PIECE), 0.0);
    &mut scratch.as_chunks_mut().0[..n]
}

impl<const D: usize> Noised<D> for Kernels<D> {
    fn evaluate(&self, points: [&[f64]; D], said: Said<'_, D>, scratch: &mut Vec<f64>) {
        match said.divergence {
            Some(_) => self.answer::<true>(points, said, scratch),
            None => self.answer::<false>(points, said, scratch),
        }
    }

    fn along(&self, points: [&[f64]; D], directions: [&[f64]; D], mut out: [&mut [f64]; D], scratch: &mut Vec<f64>) {
        let logs = rows(scratch, self.kernels.len());
        wide(
            #[inline(always)]
            || {
                for first in (0..points[0].len()).step_by(PIECE) {
                    let (x, v) = (piece(points, first), piece(directions, first));
                    let largest = self.logs(&x, logs);
                    let (mut total, mut sum, mut bent) = ([0.0; PIECE], [[0.0; PIECE]; D], [[0.0; PIECE]; D]);
                    for (kernel, log) in self.kernels.iter().zip(&*logs) {
                        let share = shares(log, &largest);
                        let (pull, straight) = (kernel.pull(&x), kernel.times(&v));
                        let mut along = [0.0; PIECE];
                        for (q, v) in pull.iter().zip(&v) {
                            for ((a, q), v) in along.iter_mut().zip(q).zip(v) {
                                *a += q * v * (1.0 / UNIT);
                            }
                        }
                        for d in 0..D {
                            for i in 0..PIECE {
                                sum[d][i] -= share[i] * pull[d][i];
                                bent[d][i] += share[i] * (pull[d][i] * along[i] - straight[d][i]);
                            }
                        }
                        for (t, r) in total.iter_mut().zip(&share) {
                            *t += r;
                        }
                    }
                    let inverse = total.map(|t| 1.0 / (UNIT * t));
                    let mut along = [0.0; PIECE];
                    for d in 0..D {
                        for i in 0..PIECE {
                            sum[d][i] *= inverse[i];
                            along[i] += sum[d][i] * v[d][i];
                        }
                    }
                    for d in 0..D {
                        for i in 0..PIECE {
                            bent[d][i] = bent[d][i] * inverse[i] - sum[d][i] * along[i];
                        }
                        put(out[d], first, &bent[d], &|_| true);
                    }
                }
            },
        );
    }
}
