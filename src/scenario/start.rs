//! Where particles begin.

use serde::{Deserialize, Serialize};

use super::file;
use crate::space::{Point, Symmetric};

/// The law of the particles at time 0. Every particle begins with the same weight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Start {
    /// One Gaussian.
    Gaussian(Blob),
    /// Several Gaussians; each gets its share of the particles exactly (largest remainders), not on average.
    Mixture(#[serde(deserialize_with = "file::read_list")] Vec<Blob>),
    /// Evenly over a rectangle ((x0, x1), (y0, y1)).
    Uniform(
        #[serde(deserialize_with = "file::read_interval")] (f64, f64),
        #[serde(deserialize_with = "file::read_interval")] (f64, f64),
    ),
    /// Evenly over these points, in turn.
    Points(#[serde(deserialize_with = "file::read_points")] Vec<Point>),
}

/// A Gaussian with its share of the particles.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blob {
    /// Relative share, positive.
    #[serde(default = "one", deserialize_with = "file::read_weight")]
    pub weight: f64,
    /// Centre.
    #[serde(deserialize_with = "file::read_point")]
    pub mean: Point,
    /// Covariance (xx, xy, yy), positive definite.
    #[serde(deserialize_with = "file::read_covariance")]
    pub covariance: Symmetric,
}

const fn one() -> f64 {
    1.0
}
