//! The double well: the standard picture of metastability.
//!
//! U(x, y) = barrier (x² − 1)² + tilt x + y²/2, in units of k_B T at temperature 1. Minima near (±1, 0), saddle near the
//! origin. Without tilt the barrier between the wells is exactly `barrier`.

use serde::{Deserialize, Deserializer, Serialize};

use super::Target;
use crate::params::{self, Number, Parameters, Visitor};
use crate::space::{Point, Rect};

/// Two wells in x, a harmonic y.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DoubleWell {
    /// Height of the barrier between the wells (energy).
    pub barrier: f64,
    /// Linear tilt: positive values favour the left well (energy per length).
    pub tilt: f64,
}

impl Parameters for DoubleWell {
    fn visit(&mut self, v: &mut dyn Visitor) {
        v.number(
            "barrier",
            &mut self.barrier,
            &Number::linear(0.0, 20.0, 7.0, "kT", "height of the barrier between the wells"),
        );
        v.number(
            "tilt",
            &mut self.tilt,
            &Number::linear(
                -5.0,
                5.0,
                0.0,
                "kT",
                "tilts the landscape; positive favours the left well",
            ),
        );
    }
}

impl Default for DoubleWell {
    fn default() -> Self {
        params::defaults(Self {
            barrier: 0.0,
            tilt: 0.0,
        })
    }
}

impl<'de> Deserialize<'de> for DoubleWell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        params::deserialize(deserializer)
    }
}

impl Target for DoubleWell {
    #[inline(always)]
    fn energy(&self, p: Point) -> f64 {
        let a = p.x * p.x - 1.0;
        self.barrier * a * a + self.tilt * p.x + 0.5 * p.y * p.y
    }

    #[inline(always)]
    fn gradient(&self, p: Point) -> Point {
        Point::new(4.0 * self.barrier * p.x * (p.x * p.x - 1.0) + self.tilt, p.y)
    }

    fn view(&self) -> Rect {
        Rect::new(-2.2, 2.2, -2.2, 2.2)
    }
}
