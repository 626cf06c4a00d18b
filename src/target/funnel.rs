//! Neal's funnel: no barrier, but no step size suits both its neck and its mouth.
//!
//! U(x, y) = y²/(2 scale²) + x² e^−y/2 + y/2: at temperature 1, y ~ N(0, scale²) and x | y ~ N(0, e^y). At any temperature T,
//! y ~ N(scale² (T − 1)/2, scale² T) and x | y ~ N(0, T e^y): moments and draws are exact. Radford Neal, "Slice sampling",
//! Annals of Statistics 31 (2003).

use std::f64::consts::TAU;

use rand::RngExt;
use rand_distr::StandardNormal;

use super::handle::{Handle, put};
use super::{Moments, Target, proper};
use crate::params::parameters;
use crate::rng::Stream;
use crate::space::{Point, Rect, Symmetric};
use crate::vectorize::{exp, ln};

parameters! {
    /// A law of x whose width depends exponentially on y.
    Funnel {
        scale: linear(0.25, 3.0, 1.2, "", "spread of y; the width of x varies by its exponential"),
    }
}

impl Target for Funnel {
    #[inline(always)]
    fn energy(&self, p: Point) -> f64 {
        let v = p.y / self.scale;
        0.5 * (v * v + p.x * p.x * narrowness(p.y) + p.y)
    }

    #[inline(always)]
    fn gradient(&self, p: Point) -> Point {
        let pull = p.x * narrowness(p.y);
        Point::new(pull, p.y / (self.scale * self.scale) - 0.5 * p.x * pull + 0.5)
    }

    #[inline(always)]
    fn laplacian(&self, p: Point) -> f64 {
        narrowness(p.y) * (1.0 + 0.5 * p.x * p.x) + 1.0 / (self.scale * self.scale)
    }

    /// Nearly all of y. The tails of x are too heavy to be shown: at the default scale about 1 % of π lies to the sides.
    fn view(&self) -> Rect {
        let half = 3.4 * self.scale.max(1.0);
        Rect::new(-half, half, -half, half)
    }

    /// One standard deviation of y.
    fn handles(&self, _: f64) -> Vec<Handle> {
        vec![Handle::axis("scale", Point::default(), Point::new(0.0, self.scale))]
    }

    fn drag(&mut self, _: usize, to: Point, _: f64) {
        put(self, "scale", to.y);
    }

    fn moments(&self, temperature: f64) -> Option<Moments> {
        let t = proper(temperature)?;
        let (mean, variance) = self.of_y(t);
        Some(Moments {
            log_normaliser: 0.5 * ln(TAU * t) + 0.5 * ln(TAU * variance) + 0.5 * mean * mean / variance,
            mean: Point::new(0.0, mean),
            covariance: Symmetric::new(t * exp(mean + 0.5 * variance), 0.0, variance),
        })
    }

    fn sample(&self, temperature: f64, rng: &mut Stream) -> Option<Point> {
        let t = proper(temperature)?;
        let (mean, variance) = self.of_y(t);
        let y = mean + variance.sqrt() * rng.sample::<f64, _>(StandardNormal);
        let x = (t * exp(y)).sqrt() * rng.sample::<f64, _>(StandardNormal);
        Some(Point::new(x, y))
    }
}

impl Funnel {
    /// Mean and variance of y at temperature `t`: integrating out x leaves exp(−y²/(2 scale² t) + (1 − 1/t) y/2).
    const fn of_y(&self, t: f64) -> (f64, f64) {
        let squared = self.scale * self.scale;
        (0.5 * squared * (t - 1.0), squared * t)
    }
}

/// e^−y, bounded so that nothing overflows, however far below the neck a particle is thrown.
#[inline(always)]
fn narrowness(y: f64) -> f64 {
    exp((-y).min(300.0))
}
