//! A grid of wells: many equal modes, the barrier the same between all neighbours.
//!
//! U(x, y) = u(x) + u(y). Between two neighbouring wells u = 16 barrier s² (1 − s)², s ∈ [0, 1] running from one to the
//! other; beyond the outer wells u = 16 barrier d², d the distance in units of `spacing`. Value, slope and curvature join
//! continuously. Every passage between neighbours costs exactly `barrier`.

use super::handle::{Handle, put};
use super::separable::{Line, NEGLIGIBLE};
use super::{Moments, Target, proper};
use crate::params::parameters;
use crate::rng::Stream;
use crate::space::{Point, Rect, Symmetric};
use crate::vectorize::exp;

parameters! {
    /// `count` × `count` wells on a square lattice around the origin.
    WellGrid {
        count: whole(1.0, 8.0, 4.0, "", "wells along each axis"),
        spacing: linear(0.5, 4.0, 1.5, "", "distance between neighbouring wells"),
        barrier: linear(1.0, 20.0, 6.0, "kT", "height of the barrier between neighbours"),
    }
}

impl Target for WellGrid {
    #[inline(always)]
    fn energy(&self, p: Point) -> f64 {
        self.along(p.x) + self.along(p.y)
    }

    #[inline(always)]
    fn gradient(&self, p: Point) -> Point {
        Point::new(self.slope(p.x), self.slope(p.y))
    }

    #[inline(always)]
    fn laplacian(&self, p: Point) -> f64 {
        self.bend(p.x) + self.bend(p.y)
    }

    fn view(&self) -> Rect {
        // Four standard deviations of an outer well, and some air around narrow ones.
        let margin = (0.5 / self.barrier).sqrt().max(0.4);
        let half = self.spacing * (0.5 * (self.count - 1.0) + margin);
        Rect::new(-half, half, -half, half)
    }

    /// The place of the outermost well, which says the spacing, and the height of the barrier at its left. A single well has no spacing.
    fn handles(&self, kt: f64) -> Vec<Handle> {
        let edge = 0.5 * (self.count - 1.0);
        let corner = edge * self.spacing;
        let mut handles = vec![Handle::level("barrier", self.pass(), self.barrier, kt)];
        if edge > 0.0 {
            handles.push(Handle::axis("spacing", Point::default(), Point::new(corner, corner)));
        }
        handles
    }

    fn drag(&mut self, handle: usize, to: Point, kt: f64) {
        let (energy, spacing) = (Handle::energy(self.pass(), to, kt), (to.x + to.y) / (self.count - 1.0));
        match handle {
            0 => put(self, "barrier", energy),
            _ => put(self, "spacing", spacing),
        }
    }

    fn moments(&self, temperature: f64) -> Option<Moments> {
        let line = self.line(proper(temperature)?).moments();
        Some(Moments {
            log_normaliser: 2.0 * line.log_integral,
            mean: Point::default(),
            covariance: Symmetric::new(line.variance, 0.0, line.variance),
        })
    }

    fn sample(&self, temperature: f64, rng: &mut Stream) -> Option<Point> {
        let line = self.line(proper(temperature)?);
        let x = line.sample(rng);
        Some(Point::new(x, line.sample(rng)))
    }
}

impl WellGrid {
    /// Position along one axis in units of the spacing: `s` ∈ [0, 1] within the cell between two wells (0 outside) and the
    /// signed distance `d` beyond the outer wells (0 between them).
    #[inline(always)]
    fn place(&self, x: f64) -> (f64, f64) {
        let edge = 0.5 * (self.count - 1.0);
        let position = x / self.spacing;
        let inside = position.max(-edge).min(edge);
        let cell = inside + edge;
        (cell - cell.floor(), position - inside)
    }

    /// The pass at the left of the outermost well.
    const fn pass(&self) -> Point {
        let edge = 0.5 * (self.count - 1.0);
        Point::new((edge - 0.5) * self.spacing, edge * self.spacing)
    }

    /// u.
    #[inline(always)]
    fn along(&self, x: f64) -> f64 {
        let (s, d) = self.place(x);
        let a = s * (1.0 - s);
        16.0 * self.barrier * (a * a + d * d)
    }

    /// u'.
    #[inline(always)]
    fn slope(&self, x: f64) -> f64 {
        let (s, d) = self.place(x);
        32.0 * self.barrier / self.spacing * (s * (1.0 - s) * (1.0 - 2.0 * s) + d)
    }

    /// u''.
    #[inline(always)]
    fn bend(&self, x: f64) -> f64 {
        let (s, _) = self.place(x);
        32.0 * self.barrier / (self.spacing * self.spacing) * (1.0 - 6.0 * s * (1.0 - s))
    }

    /// The law of one coordinate at temperature `t`.
    fn line(&self, t: f64) -> Line<impl Fn(f64) -> f64> {
        let edge = self.spacing * (0.5 * (self.count - 1.0) + (NEGLIGIBLE * t / (16.0 * self.barrier)).sqrt());
        Line {
            shape: move |x| exp(-self.along(x) / t),
            from: -edge,
            to: edge,
        }
    }
}
