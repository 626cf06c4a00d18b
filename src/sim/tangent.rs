//! How a flow moves its law: where transport carries it and where the reaction makes it grow.

use super::Simulation;
use crate::flow::{Rate, Transport};
use crate::snapshot::Tangent;
use crate::space::Grid;

/// A cell of less mass has no logarithm.
const LEAST: f64 = 1e-300;

impl Simulation {
    /// The tangent of a panel's flow at the law that the observer measured last, which must be this panel's.
    pub(super) fn tangent(&self, index: usize) -> Tangent {
        let (flow, landscape) = (&self.driven[index], &self.landscape);
        let smoothed = self.observer.smoothed();
        let (log_ratio, log_ratio_beyond) = self.observer.log_ratio();
        let (grid, mass, beyond) = (smoothed.grid, smoothed.mass, smoothed.beyond);
        let (xs, ys): (Vec<f64>, Vec<f64>) = (0..grid.len())
            .map(|k| grid.center(k % grid.nx, k / grid.nx))
            .map(|p| (p.x, p.y))
            .unzip();

        // The rate per unit of β, up to a constant, and its mean under ρ.
        let mut rate = vec![0.0; grid.len()];
        let given = flow.given_rate(landscape, [&xs, &ys], &mut rate);
        let (mut sum, mut total) = (0.0, 0.0);
        if !given {
            rate.iter_mut().zip(log_ratio).for_each(|(r, u)| *r = -u);
            (sum, total) = (-beyond * log_ratio_beyond, beyond);
        }
        for (r, p) in rate.iter_mut().zip(&mass) {
            if *p > LEAST {
                sum += p * *r;
                total += p;
            }
        }
        let mean = if total > 0.0 { sum / total } else { 0.0 };
        for (r, p) in rate.iter_mut().zip(&mass) {
            *r = if *p > LEAST { flow.beta * (*r - mean) } else { 0.0 };
        }

        let velocity = (!matches!(flow.transport, Transport::Underdamped(_)) || flow.alpha == 0.0).then(|| {
            let mut slope = [slope(grid, &mass, log_ratio, 1), slope(grid, &mass, log_ratio, grid.nx)];
            if let Rate::Corrected(theta) = flow.rate {
                let (mut gx, mut gy) = (vec![0.0; grid.len()], vec![0.0; grid.len()]);
                landscape.gradient_into(&xs, &ys, &mut gx, &mut gy);
                for (slope, pull) in slope.iter_mut().zip([gx, gy]) {
                    let held = slope.iter_mut().zip(pull).zip(&mass).filter(|(_, p)| **p > LEAST);
                    held.for_each(|((s, g), _)| *s += theta * g);
                }
            }
            slope.map(|slope| slope.into_iter().map(|s| -flow.alpha * s).collect())
        });
        Tangent {
            log_ratio: log_ratio.to_vec(),
            grid,
            mass,
            beyond,
            log_ratio_beyond,
            rate,
            velocity,
        }
    }
}

/// The derivative of u along one axis in every cell: the mean over the edges, of this stride, to neighbours with mass.
fn slope(grid: Grid, mass: &[f64], u: &[f64], stride: usize) -> Vec<f64> {
    let (place, count, spacing): (fn(usize, usize) -> usize, usize, f64) = if stride == 1 {
        (|k, nx| k % nx, grid.nx, grid.dx())
    } else {
        (|k, nx| k / nx, grid.ny, grid.dy())
    };
    let edge = |k: usize| (mass[k] > LEAST && mass[k + stride] > LEAST).then(|| (u[k + stride] - u[k]) / spacing);
    (0..grid.len())
        .map(|k| {
            let at = place(k, grid.nx);
            let before = (at > 0).then(|| edge(k - stride)).flatten();
            let after = (at + 1 < count).then(|| edge(k)).flatten();
            match (before, after) {
                (Some(a), Some(b)) => 0.5 * (a + b),
                (Some(a), None) | (None, Some(a)) => a,
                (None, None) => 0.0,
            }
        })
        .collect()
}
