//! Three wells in a row: the way from left to right leads through the middle.
//!
//! U(x, y) = (z − 1)² (27/4 barrier z + middle) + y²/2 with z = (x/2)². Minima at (±2, 0) with energy 0 and at the origin
//! with energy `middle`. The saddles have energy barrier (1 + 4/27 middle/barrier)³, exactly `barrier` between wells of
//! equal depth.

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
    /// Three wells in x, a harmonic y.
    TripleWell {
        // From 2, because every middle well allowed below is then still a well, and so are the outer ones.
        barrier: linear(2.0, 20.0, 6.0, "kT", "height of the barriers between equally deep wells"),
        middle: linear(-5.0, 5.0, 0.0, "kT", "energy of the middle well; positive favours the outer wells"),
    }
}

/// The pass between equally deep wells, 2/√3 from the middle.
const PASS: Point = Point::new(1.154_700_538_379_251_7, 0.0);

impl Target for TripleWell {
    #[inline(always)]
    fn energy(&self, p: Point) -> f64 {
        self.along_x(p.x) + 0.5 * p.y * p.y
    }

    #[inline(always)]
    fn gradient(&self, p: Point) -> Point {
        let z = 0.25 * p.x * p.x;
        let c = 6.75 * self.barrier;
        Point::new(0.5 * p.x * (z - 1.0) * (c * (3.0 * z - 1.0) + 2.0 * self.middle), p.y)
    }

    #[inline(always)]
    fn laplacian(&self, p: Point) -> f64 {
        let z = 0.25 * p.x * p.x;
        let (a, c) = (z - 1.0, 6.75 * self.barrier);
        let height = c * z + self.middle;
        let (by_z, by_zz) = (a * (2.0 * height + a * c), 2.0 * height + 4.0 * a * c);
        by_zz * z + 0.5 * by_z + 1.0
    }

    fn view(&self) -> Rect {
        Rect::new(-3.0, 3.0, -3.4, 3.4)
    }

    /// The energy of the middle well, and the height of the barrier at its right.
    fn handles(&self, kt: f64) -> Vec<Handle> {
        vec![
            Handle::level("middle well", Point::default(), self.middle, kt),
            Handle::level("barrier", PASS, self.barrier, kt),
        ]
    }

    fn drag(&mut self, handle: usize, to: Point, kt: f64) {
        match handle {
            0 => put(self, "middle", Handle::energy(Point::default(), to, kt)),
            _ => put(self, "barrier", Handle::energy(PASS, to, kt)),
        }
    }

    fn moments(&self, temperature: f64) -> Option<Moments> {
        let t = proper(temperature)?;
        let x = self.line(t).moments();
        Some(Moments {
            log_normaliser: x.log_integral - self.floor() / t + 0.5 * ln(TAU * t),
            mean: Point::default(),
            covariance: Symmetric::new(x.variance, 0.0, t),
        })
    }

    fn sample(&self, temperature: f64, rng: &mut Stream) -> Option<Point> {
        let t = proper(temperature)?;
        let x = self.line(t).sample(rng);
        Some(Point::new(x, t.sqrt() * rng.sample::<f64, _>(StandardNormal)))
    }
}

impl TripleWell {
    /// The part of U that depends on x.
    #[inline(always)]
    fn along_x(&self, x: f64) -> f64 {
        let z = 0.25 * x * x;
        let a = z - 1.0;
        a * a * (6.75 * self.barrier * z + self.middle)
    }

    /// The lowest energy.
    const fn floor(&self) -> f64 {
        self.middle.min(0.0)
    }

    /// The law of x at temperature `t`.
    fn line(&self, t: f64) -> Line<impl Fn(f64) -> f64> {
        // Beyond the outer wells U ≥ (z − 1)² (27/4 barrier + middle).
        let z = 1.0 + (NEGLIGIBLE * t / (6.75 * self.barrier + self.middle)).sqrt();
        let edge = 2.0 * z.sqrt();
        Line {
            shape: move |x| exp((self.floor() - self.along_x(x)) / t),
            from: -edge,
            to: edge,
        }
    }
}
