//! Hutchinson's estimator of divergences: div s = E v·Jv for random directions v with mean 0 and covariance 1.
//!
//! It needs the derivative along a direction and not all of J: of a network one pass instead of D. Known failure: its noise enters the
//! weights, and grows like the square root of the dimension.

#![allow(clippy::needless_range_loop, reason = "one index walks through several arrays")]

use serde::{Deserialize, Serialize};

use super::{BLOCK, Noised};
use crate::params::Number;
use crate::rng::Normals;

/// Where divergences of scores come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Divergence {
    /// From the model.
    #[default]
    Exact,
    /// Hutchinson's estimator: the mean of v·Jv over so many random directions v.
    Hutchinson {
        /// Directions per point.
        probes: usize,
        /// Their law.
        directions: Directions,
    },
}

/// The number of directions.
pub const PROBES: Number = Number::whole(
    1.0,
    64.0,
    1.0,
    "",
    "random directions in which Hutchinson's estimator looks, at each particle and step",
);

/// Laws of random directions with mean 0 and covariance 1; the variance of the estimate is for symmetric J and K directions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Directions {
    /// Signs: the least variance, 2 Σ_{i≠j} Jᵢⱼ² / K.
    #[default]
    Rademacher,
    /// Normal: 2 Σ Jᵢⱼ² / K.
    Gaussian,
}

/// Room for directions, for derivatives along them, and for models to work in.
pub type Room<'a, const D: usize> = (&'a mut [[f64; BLOCK]; D], &'a mut [[f64; BLOCK]; D], &'a mut Vec<f64>);

/// Estimates the divergence of each model at a block of points with the same directions for all.
pub fn hutchinson<'m, const D: usize>(
    models: &[Box<dyn Noised<D> + 'm>],
    points: [&[f64]; D],
    (count, law): (usize, Directions),
    normals: &mut Normals,
    estimates: &mut [&mut [f64]],
    (direction, along, scratch): Room<'_, D>,
) {
    let n = points[0].len();
    estimates.iter_mut().for_each(|estimate| estimate.fill(0.0));
    for _ in 0..count {
        draw(normals, law, direction, n);
        for (model, estimate) in models.iter().zip(&mut *estimates) {
            let directions = direction.each_ref().map(|row| &row[..n]);
            model.along(points, directions, along.each_mut().map(|row| &mut row[..n]), scratch);
            for d in 0..D {
                for ((o, j), v) in estimate.iter_mut().zip(&along[d]).zip(&direction[d]) {
                    *o += j * v / count as f64;
                }
            }
        }
    }
}

fn draw<const D: usize>(normals: &mut Normals, law: Directions, out: &mut [[f64; BLOCK]; D], n: usize) {
    match law {
        Directions::Rademacher => {
            for row in out {
                normals.fill_uniform(&mut row[..n]);
                row[..n].iter_mut().for_each(|v| *v = if *v < 0.5 { -1.0 } else { 1.0 });
            }
        }
        Directions::Gaussian => normals.fill_all(out.each_mut().map(|row| &mut row[..n])),
    }
}
