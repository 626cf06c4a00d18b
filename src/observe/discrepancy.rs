//! How far a law on the measuring grid is from the target: KL and its dissipation, L1, Wasserstein and energy distances, discrepancy of kernels.
//!
//! All of them compare the same two smoothed laws, p of the particles and q of π, as masses per cell:
//!
//! ```text
//! KL       = Σ p u,   u = ln(p/q)
//! I        = Σ over neighbours of Λ(p, p′) (u′ − u)²/h²,   Λ the logarithmic mean (p − p′)/(ln p − ln p′)
//! Var      = Σ p u² − (Σ p u)²
//! L1       = Σ |p − q|, from 0 to 2: twice the total variation
//! W₁       = Σ |F − G| h along each axis, F and G the distribution functions of the marginals
//! MMD²     = Σ (p − q)² / (Σ of the squared taps of the smoothing)
//! ```
//!
//! The mass beyond the grid is one more cell of KL, Var and L1. The energy distance is in [`super::energy`]. A smoothed L1 never exceeds
//! that of the laws themselves (data processing), and falls short of it by what is finer than the smoothing.
//! With the logarithmic mean I is what diffusion dissipates of this KL on this grid. The last line is the kernel
//! discrepancy of the laws before smoothing: smoothing both with a Gaussian of width s is to compare them with one of width √2 s.

use super::energy::Energy;
use crate::density::smooth;
use crate::space::{Grid, Point};
use crate::vectorize::ln;

/// What is smaller adds nothing, and has no logarithm here once it is subnormal.
pub(super) const LEAST: f64 = 1e-300;

/// The smoothed target, ready to be compared with.
#[derive(Clone, Debug)]
pub(super) struct Goal {
    grid: Grid,
    mass: Vec<f64>,
    log: Vec<f64>,
    beyond: f64,
    marginals: [Vec<f64>; 2],
    /// Sum of the squared taps of the smoothing, in the plane.
    kernel: f64,
    /// Areas per cell that are independent in a sample: (K² ∗ π)/(K ∗ π) for the smoothing K.
    areas: Vec<f64>,
    energy: Energy,
    /// Mean distance of two points that the smoothing has made of one (length).
    jitter: f64,
}

/// The figures of one comparison.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Discrepancy {
    pub(super) kl: f64,
    pub(super) information: f64,
    pub(super) variance: f64,
    pub(super) l1: f64,
    pub(super) energy: f64,
    pub(super) wasserstein: Point,
    pub(super) mmd: f64,
    pub(super) unreachable: f64,
    /// ln of the mass beyond the grid over that of π; 0 where there is none.
    pub(super) outside: f64,
}

/// What a grid does not hold of a law. Rounding leaves about 1e-16 even if nothing is beyond.
pub(super) fn beyond(smoothed: &[f64]) -> f64 {
    let beyond = 1.0 - smoothed.iter().sum::<f64>();
    if beyond > 1e-12 { beyond } else { 0.0 }
}

impl Goal {
    /// From the masses of π per cell, as they are, and the taps that smooth them.
    pub(super) fn new(grid: Grid, sharp: &[f64], taps: &[f64]) -> Self {
        let (mut work, mut mass, mut squared) = (Vec::new(), Vec::new(), Vec::new());
        smooth(sharp, (grid.nx, grid.ny), (taps, taps), &mut work, &mut mass);
        let squares: Vec<f64> = taps.iter().map(|t| t * t).collect();
        smooth(sharp, (grid.nx, grid.ny), (&squares, &squares), &mut work, &mut squared);
        let line = squares[0] + 2.0 * squares[1..].iter().sum::<f64>();
        Self {
            energy: Energy::new(&grid, &mass),
            jitter: jitter(&grid, taps),
            areas: squared.iter().zip(&mass).map(|(s, q)| s / q.max(LEAST)).collect(),
            grid,
            log: mass.iter().map(|q| ln(q.max(LEAST))).collect(),
            beyond: (1.0 - mass.iter().sum::<f64>()).max(0.0),
            marginals: marginals(&grid, &mass),
            kernel: line * line,
            mass,
        }
    }

    #[cfg(test)]
    pub(super) fn beyond(&self) -> f64 {
        self.beyond
    }

    /// What sampling adds to the KL of `n` independent particles at equilibrium: ½/n for every area as large as the smoothing that holds
    /// several of them, and less where there is on average one or none.
    pub(super) fn floor(&self, n: f64) -> f64 {
        // With λ particles expected in an area, Poisson, E[k ln(k/λ)] is ½ for many and λ ln(1/λ) for few: within 0.1 of this.
        let each = |mass: f64, areas: f64| 0.5 * areas * mass / (mass + 0.1 * areas / n);
        let sum: f64 = self
            .mass
            .iter()
            .zip(&self.areas)
            .map(|(&q, &areas)| each(q, areas))
            .sum();
        sum / n
    }

    /// The mean L1 of `n` independent particles at equilibrium. A cell has a mean of n q/areas particles that count: of many the
    /// mean deviation is √(2/π) standard deviations, and where there is hardly ever one it is 2q.
    pub(super) fn l1_floor(&self, n: f64) -> f64 {
        let each = |q: f64, areas: f64| {
            // Standard deviation over mean, and between the two limits what was measured of the smoothed counts.
            let relative = ((areas - q).max(0.0) / n).sqrt() / q.sqrt().max(LEAST);
            let many = relative * std::f64::consts::FRAC_2_PI.sqrt();
            q * 2.0 * many / (16.0 + many * many * many * many).sqrt().sqrt()
        };
        let inside = self.mass.iter().zip(&self.areas).map(|(&q, &areas)| each(q, areas));
        inside.sum::<f64>() + each(self.beyond, 1.0)
    }

    /// The mean energy distance of `n` independent particles at equilibrium (length): E|Y − Y′|/n, less what one particle, smoothed, has of it.
    pub(super) fn energy_floor(&self, n: f64) -> f64 {
        (self.energy.spread() - self.jitter).max(0.0) / (n * (1.0 - self.beyond).max(LEAST))
    }

    /// Compares a smoothed law, and leaves u = ln(p/q) in `log_ratio`.
    pub(super) fn compare(&self, smoothed: &[f64], log_ratio: &mut Vec<f64>) -> Discrepancy {
        let beyond = beyond(smoothed);
        log_ratio.clear();
        log_ratio.extend(
            smoothed
                .iter()
                .zip(&self.log)
                .map(|(&p, log)| if p > LEAST { ln(p) - log } else { 0.0 }),
        );
        let outside = if beyond > LEAST {
            ln(beyond / self.beyond.max(LEAST))
        } else {
            0.0
        };
        let (mut kl, mut second, mut unreachable, mut squares, mut l1) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for ((&p, &q), &u) in smoothed.iter().zip(&self.mass).zip(&*log_ratio) {
            kl += p * u;
            second += p * u * u;
            squares += (p - q) * (p - q);
            l1 += f64::abs(p - q);
            unreachable += if p > 0.0 { 0.0 } else { q };
        }
        kl += beyond * outside;
        second += beyond * outside * outside;
        unreachable += if beyond > 0.0 { 0.0 } else { self.beyond };
        l1 += f64::abs(beyond - self.beyond);
        Discrepancy {
            kl: kl.max(0.0),
            information: self.information(smoothed, log_ratio),
            variance: (second - kl * kl).max(0.0),
            l1,
            energy: self.energy.distance(smoothed),
            wasserstein: self.wasserstein(smoothed),
            mmd: (squares / self.kernel).sqrt(),
            unreachable,
            outside,
        }
    }

    /// The discrete Fisher information, over edges between cells that both have mass.
    fn information(&self, smoothed: &[f64], log_ratio: &[f64]) -> f64 {
        let nx = self.grid.nx;
        let along = |stride: usize, first: usize, last: usize| {
            let mut sum = 0.0;
            for k in first..last {
                let (p, next) = (smoothed[k], smoothed[k + stride]);
                if p > LEAST && next > LEAST {
                    let du = log_ratio[k + stride] - log_ratio[k];
                    let dp = du + self.log[k + stride] - self.log[k];
                    sum += logarithmic_mean(p, next, dp) * du * du;
                }
            }
            sum
        };
        let (mut x, mut y) = (0.0, 0.0);
        for row in 0..self.grid.ny {
            x += along(1, row * nx, row * nx + nx - 1);
            if row + 1 < self.grid.ny {
                y += along(nx, row * nx, (row + 1) * nx);
            }
        }
        let (dx, dy) = (self.grid.dx(), self.grid.dy());
        x / (dx * dx) + y / (dy * dy)
    }

    /// W₁ of the marginals of the two laws within the grid.
    fn wasserstein(&self, smoothed: &[f64]) -> Point {
        let [x, y] = marginals(&self.grid, smoothed);
        let distance = |p: &[f64], q: &[f64], spacing: f64| {
            let total = |law: &[f64]| law.iter().sum::<f64>().max(LEAST);
            let (total_p, total_q) = (total(p), total(q));
            let (mut excess, mut sum) = (0.0, 0.0);
            for (p, q) in p.iter().zip(q) {
                excess += p / total_p - q / total_q;
                sum += f64::abs(excess);
            }
            sum * spacing
        };
        Point::new(
            distance(&x, &self.marginals[0], self.grid.dx()),
            distance(&y, &self.marginals[1], self.grid.dy()),
        )
    }
}

/// (q − p)/(ln q − ln p), given the difference of the logarithms.
fn logarithmic_mean(p: f64, q: f64, difference: f64) -> f64 {
    if difference.abs() < 1e-3 {
        // Of second order: the next term is of the order of difference⁴/2880 below.
        0.5 * (p + q) * (1.0 - difference * difference / 12.0)
    } else {
        (q - p) / difference
    }
}

/// Mean distance of two independent draws of a kernel of these taps along both axes.
fn jitter(grid: &Grid, taps: &[f64]) -> f64 {
    let last = 2 * (taps.len() - 1);
    let tap = |k: usize| taps.get(k.abs_diff(last / 2)).copied().unwrap_or(0.0);
    // The taps convolved with themselves, at a distance and at its mirror image.
    let apart = |d: usize| (d..=last).map(|k| tap(k) * tap(k - d)).sum::<f64>() * if d == 0 { 1.0 } else { 2.0 };
    let line: Vec<f64> = (0..=last).map(apart).collect();
    let mut mean = 0.0;
    for (b, py) in line.iter().enumerate() {
        for (a, px) in line.iter().enumerate() {
            mean += px * py * Point::new(a as f64 * grid.dx(), b as f64 * grid.dy()).norm();
        }
    }
    mean
}

/// Sums over the columns and over the rows.
fn marginals(grid: &Grid, mass: &[f64]) -> [Vec<f64>; 2] {
    let mut x = vec![0.0; grid.nx];
    let y = mass
        .chunks_exact(grid.nx)
        .map(|row| {
            x.iter_mut().zip(row).for_each(|(sum, m)| *sum += m);
            row.iter().sum()
        })
        .collect();
    [x, y]
}
