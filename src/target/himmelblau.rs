//! Himmelblau's function: four wells of equal depth and unequal barriers.
//!
//! U(x, y) = scale ((x² + y − 11)² + (x + y² − 7)²). Minima, all with energy 0, at (3, 2), (−2.805118, 3.131313),
//! (−3.779310, −3.283186) and (3.584428, −1.848127). Passes in units of `scale`: 13.31 between the two wells on the right,
//! 67.72 between the upper two, 104.02 between the two on the left.

use super::Target;
use super::handle::{Handle, put};
use crate::params::parameters;
use crate::space::{Point, Rect};

parameters! {
    /// Four wells with unequal barriers.
    Himmelblau {
        // The default makes the lowest of the barriers 5.3: all four wells are separate.
        scale: log(0.02, 2.0, 0.4, "kT", "factor of the classic function; the lowest barrier is 13.3 times it"),
    }
}

/// The lowest pass, between the wells on the right, and its height in units of `scale`.
const PASS: Point = Point::new(3.385_154, 0.073_852);
const BARRIER: f64 = 13.311_9;

impl Target for Himmelblau {
    #[inline(always)]
    fn energy(&self, p: Point) -> f64 {
        let (a, b) = residuals(p);
        self.scale * (a * a + b * b)
    }

    #[inline(always)]
    fn gradient(&self, p: Point) -> Point {
        let (a, b) = residuals(p);
        self.scale * Point::new(4.0 * p.x * a + 2.0 * b, 2.0 * a + 4.0 * p.y * b)
    }

    #[inline(always)]
    fn laplacian(&self, p: Point) -> f64 {
        let (a, b) = residuals(p);
        self.scale * (4.0 * (a + b) + 8.0 * p.norm_squared() + 4.0)
    }

    fn view(&self) -> Rect {
        Rect::new(-5.5, 5.5, -5.5, 5.5)
    }

    /// The lowest barrier.
    fn handles(&self, kt: f64) -> Vec<Handle> {
        vec![Handle::level("lowest barrier", PASS, BARRIER * self.scale, kt)]
    }

    fn drag(&mut self, _: usize, to: Point, kt: f64) {
        put(self, "scale", Handle::energy(PASS, to, kt) / BARRIER);
    }
}

/// The two expressions that vanish together in the wells.
#[inline(always)]
fn residuals(p: Point) -> (f64, f64) {
    (p.x * p.x + p.y - 11.0, p.x + p.y * p.y - 7.0)
}
