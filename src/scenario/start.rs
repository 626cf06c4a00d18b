//! Where particles begin.

use serde::{Deserialize, Serialize};

use crate::space::{Point, Symmetric};

/// The law of the particles at time 0. Every particle begins with the same weight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Start {
    /// One Gaussian.
    Gaussian(Blob),
    /// Several Gaussians; each gets its share of the particles exactly (largest remainders), not on average.
    Mixture(Vec<Blob>),
    /// Evenly over a rectangle ((x0, x1), (y0, y1)).
    Uniform((f64, f64), (f64, f64)),
    /// Evenly over these points, in turn.
    Points(Vec<Point>),
}

/// A Gaussian with its share of the particles.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blob {
    /// Relative share, positive.
    #[serde(default = "one")]
    pub weight: f64,
    /// Centre.
    pub mean: Point,
    /// Covariance (xx, xy, yy), positive definite.
    pub covariance: Symmetric,
}

const fn one() -> f64 {
    1.0
}
