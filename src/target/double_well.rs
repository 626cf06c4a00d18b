//! The double well: the standard picture of metastability.
//!
//! U(x, y) = barrier (x² − 1)² + tilt x + y²/2, in units of kT at temperature 1. Minima near (±1, 0), saddle near the
//! origin. Without tilt the barrier between the wells is exactly `barrier`.

use std::f64::consts::TAU;

use rand::RngExt;
use rand_distr::StandardNormal;

use super::handle::{Handle, put};
use super::separable::{Line, NEGLIGIBLE};
use super::{Moments, Target, proper};
use crate::params::parameters;
use crate::rng::Stream;
use crate::space::{Point, Rect, Symmetric};
use crate::vectorize::{exp, ln};

parameters! {
    /// Two wells in x, a harmonic y.
    DoubleWell {
        // Not down to 0: without the quartic nothing holds x, and there is no law π.
        barrier: linear(0.1, 20.0, 7.0, "kT", "height of the barrier between the wells"),
        tilt: linear(-5.0, 5.0, 0.0, "kT", "tilts the landscape; positive favours the left well"),
    }
}

/// Barrier, left well, right well.
const FEET: [Point; 3] = [Point::new(0.0, 0.0), Point::new(-1.0, 0.0), Point::new(1.0, 0.0)];

impl Target for DoubleWell {
    #[inline(always)]
    fn energy(&self, p: Point) -> f64 {
        self.along_x(p.x) + 0.5 * p.y * p.y
    }

    #[inline(always)]
    fn gradient(&self, p: Point) -> Point {
        Point::new(4.0 * self.barrier * p.x * (p.x * p.x - 1.0) + self.tilt, p.y)
    }

    #[inline(always)]
    fn laplacian(&self, p: Point) -> f64 {
        4.0 * self.barrier * (3.0 * p.x * p.x - 1.0) + 1.0
    }

    fn view(&self) -> Rect {
        // U exceeds its minimum by about 8 at this x: nothing for high barriers, where the wells need some air instead.
        let x = (1.0 + ((8.0 + 2.0 * self.tilt.abs()) / self.barrier).sqrt())
            .sqrt()
            .max(2.4);
        Rect::new(-x, x, -3.4, 3.4)
    }

    /// The height of the barrier, and the energies of both wells.
    fn handles(&self, kt: f64) -> Vec<Handle> {
        let [barrier, left, right] = FEET;
        vec![
            Handle::level("barrier", barrier, self.barrier, kt),
            Handle::level("left well", left, -self.tilt, kt),
            Handle::level("right well", right, self.tilt, kt),
        ]
    }

    fn drag(&mut self, handle: usize, to: Point, kt: f64) {
        let Some(&foot) = FEET.get(handle) else { return };
        let energy = Handle::energy(foot, to, kt);
        match handle {
            0 => put(self, "barrier", energy),
            1 => put(self, "tilt", -energy),
            _ => put(self, "tilt", energy),
        }
    }

    fn moments(&self, temperature: f64) -> Option<Moments> {
        let t = proper(temperature)?;
        let bottom = self.bottom();
        let x = self.line(bottom, t).moments();
        Some(Moments {
            log_normaliser: x.log_integral - self.along_x(bottom) / t + 0.5 * ln(TAU * t),
            mean: Point::new(x.mean, 0.0),
            covariance: Symmetric::new(x.variance, 0.0, t),
        })
    }

    fn sample(&self, temperature: f64, rng: &mut Stream) -> Option<Point> {
        let t = proper(temperature)?;
        let x = self.line(self.bottom(), t).sample(rng);
        Some(Point::new(x, t.sqrt() * rng.sample::<f64, _>(StandardNormal)))
    }
}

impl DoubleWell {
    /// The part of U that depends on x.
    #[inline(always)]
    fn along_x(&self, x: f64) -> f64 {
        let a = x * x - 1.0;
        self.barrier * a * a + self.tilt * x
    }

    /// Where U is smallest along x.
    fn bottom(&self) -> f64 {
        // With the deeper well turned to the right it solves 4 b x (x² − 1) = |tilt|, x ≥ 1. The left side is convex there,
        // so Newton's method comes down to the root from this upper bound without ever passing it.
        let mut x = 1.0 + self.tilt.abs() / (8.0 * self.barrier);
        for _ in 0..64 {
            let excess = 4.0 * self.barrier * x * (x * x - 1.0) - self.tilt.abs();
            let next = x - excess / (4.0 * self.barrier * (3.0 * x * x - 1.0));
            if next >= x {
                break;
            }
            x = next;
        }
        if self.tilt > 0.0 { -x } else { x }
    }

    /// The law of x at temperature `t`.
    fn line(&self, bottom: f64, t: f64) -> Line<impl Fn(f64) -> f64> {
        let floor = self.along_x(bottom);
        let rise = NEGLIGIBLE * t / self.barrier;
        // Outwards from the bottom U grows at least like U''d²/2 + b d⁴; on the other side it stays above b (x² − 1)².
        let curvature = 4.0 * self.barrier * (3.0 * bottom * bottom - 1.0);
        let near = bottom.abs() + (2.0 * NEGLIGIBLE * t / curvature).sqrt().min(rise.sqrt().sqrt());
        let far = -(1.0 + rise.sqrt()).sqrt();
        let (from, to) = if bottom < 0.0 { (-near, -far) } else { (far, near) };
        Line {
            shape: move |x| exp((floor - self.along_x(x)) / t),
            from,
            to,
        }
    }
}
