//! The Müller–Brown surface: three wells on a curved path, the usual test of reaction-path methods.
//!
//! U(x, y) = scale Σ Aᵢ exp(aᵢ dx² + bᵢ dx dy + cᵢ dy²), dx = x − xᵢ, dy = y − yᵢ, with the standard coefficients.
//! In units of `scale`: minima −146.70 at (−0.558, 1.442), −108.17 at (0.623, 0.028), −80.77 at (−0.050, 0.467); passes
//! −40.66 at (−0.822, 0.624) and −72.25 at (0.212, 0.293). K. Müller, L. D. Brown, Theoretica Chimica Acta 53 (1979).

use super::Target;
use super::handle::{Handle, put};
use crate::params::parameters;
use crate::space::{Point, Rect};
use crate::vectorize::exp;

parameters! {
    /// Three wells on a curved path.
    MullerBrown {
        scale: log(0.01, 0.5, 0.06, "kT", "factor of the standard surface; leaving the deepest well costs 106 times it"),
    }
}

/// The pass out of the deepest well, and its height over that in units of `scale`.
const PASS: Point = Point::new(-0.822, 0.624);
const BARRIER: f64 = 106.04;

impl Target for MullerBrown {
    #[inline(always)]
    fn energy(&self, p: Point) -> f64 {
        let [k, l, m, n] = &TERMS; // written out, not a loop, so that the loop over points vectorises
        self.scale * (k.at(p).0 + l.at(p).0 + m.at(p).0 + n.at(p).0)
    }

    #[inline(always)]
    fn gradient(&self, p: Point) -> Point {
        let [k, l, m, n] = &TERMS;
        self.scale * (k.slope(p) + l.slope(p) + m.slope(p) + n.slope(p))
    }

    #[inline(always)]
    fn laplacian(&self, p: Point) -> f64 {
        let [k, l, m, n] = &TERMS;
        self.scale * (k.laplacian(p) + l.laplacian(p) + m.laplacian(p) + n.laplacian(p))
    }

    fn view(&self) -> Rect {
        Rect::new(-1.7, 1.3, -0.7, 2.3)
    }

    /// The height of the way out of the deepest well.
    fn handles(&self, kt: f64) -> Vec<Handle> {
        vec![Handle::level("barrier", PASS, BARRIER * self.scale, kt)]
    }

    fn drag(&mut self, _: usize, to: Point, kt: f64) {
        put(self, "scale", Handle::energy(PASS, to, kt) / BARRIER);
    }
}

/// One term A exp(a dx² + b dx dy + c dy²).
struct Term {
    amplitude: f64,
    a: f64,
    b: f64,
    c: f64,
    center: Point,
}

const TERMS: [Term; 4] = [
    Term::new(-200.0, -1.0, 0.0, -10.0, Point::new(1.0, 0.0)),
    Term::new(-100.0, -1.0, 0.0, -10.0, Point::new(0.0, 0.5)),
    Term::new(-170.0, -6.5, 11.0, -6.5, Point::new(-0.5, 1.5)),
    Term::new(15.0, 0.7, 0.6, 0.7, Point::new(-1.0, 1.0)),
];

impl Term {
    const fn new(amplitude: f64, a: f64, b: f64, c: f64, center: Point) -> Self {
        Self {
            amplitude,
            a,
            b,
            c,
            center,
        }
    }

    /// The value of the term, and its first and second derivatives by the exponent.
    ///
    /// The last term grows doubly exponentially fast with the distance. From exponent 6, where it is 6000 and no particle
    /// goes, its exponential is continued by its Taylor polynomial of degree 2: it still confines, and never overflows.
    #[inline(always)]
    fn at(&self, p: Point) -> (f64, f64, f64) {
        const LAST: f64 = 6.0;
        let d = p - self.center;
        let exponent = self.a * d.x * d.x + self.b * d.x * d.y + self.c * d.y * d.y;
        let base = self.amplitude * exp(exponent.min(LAST));
        let beyond = (exponent - LAST).max(0.0);
        (
            base * (1.0 + beyond + 0.5 * beyond * beyond),
            base * (1.0 + beyond),
            base,
        )
    }

    /// The gradient of the term.
    #[inline(always)]
    fn slope(&self, p: Point) -> Point {
        let (_, by_exponent, _) = self.at(p);
        by_exponent * self.slope_of_exponent(p)
    }

    /// The Laplacian of the term.
    #[inline(always)]
    fn laplacian(&self, p: Point) -> f64 {
        let (_, first, second) = self.at(p);
        first * 2.0 * (self.a + self.c) + second * self.slope_of_exponent(p).norm_squared()
    }

    #[inline(always)]
    fn slope_of_exponent(&self, p: Point) -> Point {
        let d = p - self.center;
        Point::new(2.0 * self.a * d.x + self.b * d.y, self.b * d.x + 2.0 * self.c * d.y)
    }
}
