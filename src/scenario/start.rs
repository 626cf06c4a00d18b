//! Where particles begin.

use serde::{Deserialize, Serialize};

use super::file;
use crate::space::Point;

pub use crate::target::Component as Blob;

/// The law of the particles at time 0. Every particle begins with the same weight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Start {
    /// One Gaussian. Its weight means nothing.
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
