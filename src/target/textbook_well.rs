//! The textbook double well: the counter-example, where teleporting buys nothing.
//!
//! U(x, y) = stiffness (x⁴/4 − x²/2) + y²/2. Minima at (±1, 0), saddle at the origin. The barrier is stiffness/4: at the
//! usual stiffness of 1 a quarter of kT, so that plain Langevin dynamics crosses it freely.

use super::handle::{Handle, put};
use super::{DoubleWell, Moments, Target};
use crate::params::parameters;
use crate::rng::Stream;
use crate::space::{Point, Rect};

parameters! {
    /// The double well as textbooks write it, with a barrier of a quarter of its stiffness.
    TextbookWell {
        stiffness: log(0.4, 80.0, 1.0, "kT", "factor of x⁴/4 − x²/2; the barrier is a quarter of it"),
    }
}

impl Target for TextbookWell {
    #[inline(always)]
    fn energy(&self, p: Point) -> f64 {
        let xx = p.x * p.x;
        self.stiffness * xx * (0.25 * xx - 0.5) + 0.5 * p.y * p.y
    }

    #[inline(always)]
    fn gradient(&self, p: Point) -> Point {
        Point::new(self.stiffness * p.x * (p.x * p.x - 1.0), p.y)
    }

    #[inline(always)]
    fn laplacian(&self, p: Point) -> f64 {
        self.stiffness * (3.0 * p.x * p.x - 1.0) + 1.0
    }

    fn view(&self) -> Rect {
        self.lifted().view()
    }

    fn handles(&self, kt: f64) -> Vec<Handle> {
        vec![Handle::level("barrier", Point::default(), 0.25 * self.stiffness, kt)]
    }

    fn drag(&mut self, _: usize, to: Point, kt: f64) {
        put(self, "stiffness", 4.0 * Handle::energy(Point::default(), to, kt));
    }

    fn moments(&self, temperature: f64) -> Option<Moments> {
        let mut moments = self.lifted().moments(temperature)?;
        moments.log_normaliser += 0.25 * self.stiffness / temperature;
        Some(moments)
    }

    fn sample(&self, temperature: f64, rng: &mut Stream) -> Option<Point> {
        self.lifted().sample(temperature, rng)
    }
}

impl TextbookWell {
    /// The same potential with its minima lifted to energy 0: x⁴/4 − x²/2 = (x² − 1)²/4 − 1/4.
    const fn lifted(&self) -> DoubleWell {
        DoubleWell {
            barrier: 0.25 * self.stiffness,
            tilt: 0.0,
        }
    }
}
