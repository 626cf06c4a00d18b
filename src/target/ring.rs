//! The ring (also "donut"): one connected valley that is slow to walk round.
//!
//! U(x, y) = (r − radius)²/width², r = |(x, y)|. At the origin U has a cusp; the gradient there is given as 0.

use std::f64::consts::TAU;

use rand::RngExt;
use rand_distr::UnitCircle;

use super::handle::{Handle, put};
use super::separable::{Line, NEGLIGIBLE};
use super::{Moments, Target, proper};
use crate::params::parameters;
use crate::rng::Stream;
use crate::space::{Point, Rect, Symmetric};
use crate::vectorize::{exp, ln};

parameters! {
    /// A circular valley around the origin.
    Ring {
        radius: linear(0.1, 10.0, 1.5, "", "radius of the valley"),
        width: log(0.05, 2.0, 0.3, "", "width of the valley, √2 standard deviations at T = 1"),
    }
}

impl Target for Ring {
    #[inline(always)]
    fn energy(&self, p: Point) -> f64 {
        let d = (p.norm_squared().sqrt() - self.radius) / self.width;
        d * d
    }

    #[inline(always)]
    fn gradient(&self, p: Point) -> Point {
        let r = p.norm_squared().sqrt();
        let slope = 2.0 * (r - self.radius) / (self.width * self.width);
        // The bound makes 0 of 0/0 at the origin and changes nothing anywhere else.
        (slope / r.max(1e-150)) * p
    }

    #[inline(always)]
    fn laplacian(&self, p: Point) -> f64 {
        // Singular at the origin, where the potential has a kink.
        let r = p.norm_squared().sqrt().max(1e-150);
        2.0 / (self.width * self.width) * (1.0 + (r - self.radius) / r)
    }

    fn view(&self) -> Rect {
        let half = self.radius + 3.0 * self.width;
        Rect::new(-half, half, -half, half)
    }

    /// The radius along x, and the width along y.
    fn handles(&self, _: f64) -> Vec<Handle> {
        let top = Point::new(0.0, self.radius);
        vec![
            Handle::axis("radius", Point::default(), Point::new(self.radius, 0.0)),
            Handle::axis("width", top, top + Point::new(0.0, self.width)),
        ]
    }

    fn drag(&mut self, handle: usize, to: Point, _: f64) {
        let across = to.y - self.radius;
        match handle {
            0 => put(self, "radius", to.x),
            _ => put(self, "width", across),
        }
    }

    fn moments(&self, temperature: f64) -> Option<Moments> {
        let line = self.line(proper(temperature)?);
        let r = line.moments();
        let variance = 0.5 * (r.variance + r.mean * r.mean);
        Some(Moments {
            log_normaliser: ln(TAU * line.to) + r.log_integral,
            mean: Point::default(),
            covariance: Symmetric::new(variance, 0.0, variance),
        })
    }

    fn sample(&self, temperature: f64, rng: &mut Stream) -> Option<Point> {
        let r = self.line(proper(temperature)?).sample(rng);
        let [x, y]: [f64; 2] = rng.sample(UnitCircle);
        Some(r * Point::new(x, y))
    }
}

impl Ring {
    /// The law of r at temperature `t`: density r exp(−U/t), scaled below 1 by the largest r.
    fn line(&self, t: f64) -> Line<impl Fn(f64) -> f64> {
        let reach = self.width * (NEGLIGIBLE * t).sqrt();
        let to = self.radius + reach;
        Line {
            shape: move |r| r / to * exp(-self.energy(Point::new(r, 0.0)) / t),
            from: (self.radius - reach).max(0.0),
            to,
        }
    }
}
