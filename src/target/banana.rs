//! The banana: a Gaussian bent along the parabola y = x².
//!
//! U(x, y) = q (y − x²)²/2 + (1 − x)²/(2 q) with q = `squeeze` (s² in the literature). In law, x = 1 + √(q T) ξ and
//! y = x² + √(T/q) η with independent standard normal ξ, η: moments and draws are exact.

use std::f64::consts::TAU;

use rand::RngExt;
use rand_distr::StandardNormal;

use super::handle::{Handle, put};
use super::{Moments, Target, proper};
use crate::params::parameters;
use crate::rng::Stream;
use crate::space::{Point, Rect, Symmetric};
use crate::vectorize::ln;

parameters! {
    /// A Gaussian bent along a parabola.
    Banana {
        squeeze: log(0.2, 10.0, 2.0, "", "stretch along and squeeze across the parabola"),
    }
}

impl Target for Banana {
    #[inline(always)]
    fn energy(&self, p: Point) -> f64 {
        let (along, across) = (p.x - 1.0, p.y - p.x * p.x);
        0.5 * self.squeeze * across * across + 0.5 * along * along / self.squeeze
    }

    #[inline(always)]
    fn gradient(&self, p: Point) -> Point {
        let pull = self.squeeze * (p.y - p.x * p.x);
        Point::new((p.x - 1.0) / self.squeeze - 2.0 * p.x * pull, pull)
    }

    #[inline(always)]
    fn laplacian(&self, p: Point) -> f64 {
        let xx = p.x * p.x;
        1.0 / self.squeeze + self.squeeze * (1.0 + 6.0 * xx - 2.0 * p.y)
    }

    fn view(&self) -> Rect {
        let along = 3.4 * self.squeeze.sqrt();
        let across = 3.4 / self.squeeze.sqrt();
        let tip = 1.0 + along;
        Rect::new(1.0 - along, tip, -across, tip * tip + across)
    }

    /// One standard deviation along the parabola.
    fn handles(&self, _: f64) -> Vec<Handle> {
        let x = 1.0 + self.squeeze.sqrt();
        vec![Handle::axis("squeeze", Point::new(1.0, 1.0), Point::new(x, x * x))]
    }

    fn drag(&mut self, _: usize, to: Point, _: f64) {
        let along = (to.x - 1.0).max(0.0);
        put(self, "squeeze", along * along);
    }

    fn moments(&self, temperature: f64) -> Option<Moments> {
        let t = proper(temperature)?;
        let variance = self.squeeze * t; // of x
        Some(Moments {
            log_normaliser: ln(TAU * t),
            mean: Point::new(1.0, 1.0 + variance),
            covariance: Symmetric::new(
                variance,
                2.0 * variance,
                t / self.squeeze + 4.0 * variance + 2.0 * variance * variance,
            ),
        })
    }

    fn sample(&self, temperature: f64, rng: &mut Stream) -> Option<Point> {
        let t = proper(temperature)?;
        let x = 1.0 + (self.squeeze * t).sqrt() * rng.sample::<f64, _>(StandardNormal);
        let y = x * x + (t / self.squeeze).sqrt() * rng.sample::<f64, _>(StandardNormal);
        Some(Point::new(x, y))
    }
}
