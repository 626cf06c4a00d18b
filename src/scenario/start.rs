//! Where particles begin.

use serde::{Deserialize, Serialize};

use super::file;
use crate::params::{Number, Parameters, Visitor};
use crate::space::{Point, Rect, Symmetric};

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
    /// The noise from which a reverse diffusion comes, N(0, 1) or, for a product of powers with exponents that sum to C, N(0, 1/C).
    Noise,
    /// Drawn with a round pencil: a mixture of even laws over discs, each `(x, y, radius, weight)`. Each disc gets its share of the particles, a
    /// fraction more or less: systematically along the drawing, so that a drawing of more discs than particles is thinned out evenly.
    Painted(#[serde(deserialize_with = "file::read_drawing")] Vec<Disc>),
}

impl Start {
    /// One small Gaussian halfway to the left of a view.
    pub fn at_left(view: &Rect) -> Self {
        let center = view.center();
        Self::Gaussian(Blob::new(
            1.0,
            Point::new(center.x - 0.25 * view.width(), center.y),
            Symmetric::new(0.04, 0.0, 0.04),
        ))
    }
}

/// One dab of the pencil: an even law over a disc.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(into = "(f64, f64, f64, f64)")]
pub struct Disc {
    /// The middle.
    pub center: Point,
    /// The radius (length).
    pub radius: f64,
    /// Its part of the mass, relative to the others.
    pub weight: f64,
}

impl Parameters for Disc {
    fn visit(&mut self, v: &mut dyn Visitor) {
        v.number("radius", &mut self.radius, &RADIUS);
        v.number("weight", &mut self.weight, &STRENGTH);
    }
}

impl From<Disc> for (f64, f64, f64, f64) {
    fn from(disc: Disc) -> Self {
        (disc.center.x, disc.center.y, disc.radius, disc.weight)
    }
}

/// Radius of a dab of the pencil or of the brush.
pub const RADIUS: Number = Number::log(1e-6, 1e6, 0.2, "length", "radius of the pencil and of the brush");
/// Weight of a dab.
pub const STRENGTH: Number = Number::log(
    1e-3,
    1e3,
    1.0,
    "",
    "how much mass a dab of the pencil gets, beside the others",
);
/// Most dabs of a drawing.
pub const MOST_DABS: usize = 4000;
