//! How fast wells exchange particles over the passes between them: the formula of Eyring and Kramers.
//!
//! A particle in a well with bottom m leaves over a pass at s, per unit of α, at the rate
//!
//! ```text
//! k = |λ₋|/(2π) √( det H(m) / |det H(s)| ) e^{−(V(s) − V(m))}
//! ```
//!
//! with the Hessians H of V and the negative eigenvalue λ₋ of H(s). In two wells the slow rate is the sum of the rates there and back. In
//! several the rates make a Markov chain, whose slow rates are given. For V = k(x⁴/4 − x²/2) + … the slow rate is √2 k/π e^{−k/4}.
//!
//! Known failure: it is the limit of high barriers. At a barrier of 8 kT it is 5 % off, at 4 kT 11 %, and below 2 kT it says little.

use std::collections::BTreeMap;
use std::f64::consts::TAU;

use faer::{Mat, Side};

use crate::landscape::Landscape;
use crate::observe::{Basins, descend};
use crate::space::{Grid, Point, Rect, Symmetric};
use crate::vectorize::exp;

/// What the passes of a landscape say about its slow rates.
#[derive(Clone, Debug, PartialEq)]
pub struct Kramers {
    /// The bottom of each basin.
    pub bottoms: Vec<Point>,
    /// The passes between basins, in the order of the basins.
    pub passes: Vec<Pass>,
    /// The slow rates of the chain, rising, per unit of α (1/time): one less than there are basins. The first is the estimate of λ₁.
    pub rates: Vec<f64>,
}

/// A pass between two basins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pass {
    /// The basins on its sides.
    pub between: [usize; 2],
    /// Where it is.
    pub saddle: Point,
    /// Its height above the bottom of either basin (kT).
    pub heights: [f64; 2],
    /// The rate out of the first basin into the second, and back, per unit of α (1/time).
    pub rates: [f64; 2],
}

/// Passes between the basins of a landscape, as far as they lie in the rectangle. `None` where there is only one basin, or where some
/// are not connected by passes that are known: each pair of neighbours has one at most, the lowest.
pub fn kramers(landscape: &Landscape, rect: Rect, basins: &Basins) -> Option<Kramers> {
    const CELLS: usize = 256;
    let grid = Grid::new(rect, CELLS, CELLS);
    let surface = Surface {
        landscape,
        step: 1e-5 * rect.width().min(rect.height()),
    };
    let bottoms: Vec<Point> = basins
        .centers
        .iter()
        .map(|&center| surface.stationary(center, 8.0 * grid.dx().max(grid.dy())))
        .collect::<Option<_>>()?;
    let wells: Vec<Symmetric> = bottoms.iter().map(|&p| surface.hessian(p)).collect();
    if bottoms.len() < 2 || !wells.iter().all(|h| h.is_positive_definite()) {
        return None;
    }
    let heights: Vec<f64> = bottoms.iter().map(|&p| landscape.potential(p)).collect();
    let mut passes = Vec::new();
    for (between, start) in borders(landscape, grid, basins) {
        let Some(saddle) = surface.stationary(start, 8.0 * grid.dx().max(grid.dy())) else {
            continue;
        };
        let hessian = surface.hessian(saddle);
        let (down, direction) = lowest(hessian);
        let determinant = hessian.determinant();
        // Where three basins meet, the lowest place of a border is no pass, or the pass of two others.
        if determinant >= 0.0 || determinant.is_nan() || !surface.leads(saddle, direction, between, basins) {
            continue;
        }
        let rise = between.map(|b| landscape.potential(saddle) - heights[b]);
        let out = |side: usize| {
            let widths = wells[between[side]].determinant() / -determinant;
            -down / TAU * widths.sqrt() * exp(-rise[side])
        };
        passes.push(Pass {
            between,
            saddle,
            heights: rise,
            rates: [out(0), out(1)],
        });
    }
    let deepest = heights.iter().fold(f64::INFINITY, |low, &v| low.min(v));
    let masses = heights
        .iter()
        .zip(&wells)
        .map(|(v, well)| exp(deepest - v) / well.determinant().sqrt());
    let rates = slow_rates(&masses.collect::<Vec<f64>>(), &passes)?;
    Some(Kramers { bottoms, passes, rates })
}

/// The lowest place of the border of each two basins, in the order of the basins.
fn borders(landscape: &Landscape, grid: Grid, basins: &Basins) -> BTreeMap<[usize; 2], Point> {
    let heights = landscape.field(grid).values;
    let center = |k: usize| grid.center(k % grid.nx, k / grid.nx);
    let labels: Vec<usize> = (0..grid.len()).map(|k| basins.of(center(k))).collect();
    let mut lowest: BTreeMap<[usize; 2], (f64, Point)> = BTreeMap::new();
    for k in 0..grid.len() {
        let (i, j) = (k % grid.nx, k / grid.nx);
        let neighbours = [
            (i + 1 < grid.nx).then_some(k + 1),
            (j + 1 < grid.ny).then_some(k + grid.nx),
            (i + 1 < grid.nx && j + 1 < grid.ny).then_some(k + grid.nx + 1),
            (i > 0 && j + 1 < grid.ny).then(|| k + grid.nx - 1),
        ];
        for next in neighbours.into_iter().flatten().filter(|&n| labels[n] != labels[k]) {
            let mut between = [labels[k], labels[next]];
            between.sort_unstable();
            let height = heights[k].max(heights[next]);
            let known = lowest.entry(between).or_insert((f64::INFINITY, Point::default()));
            if height < known.0 {
                *known = (height, 0.5 * (center(k) + center(next)));
            }
        }
    }
    lowest
        .into_iter()
        .map(|(between, (_, place))| (between, place))
        .collect()
}

/// The shape of V near a point, by differences of its gradient.
struct Surface<'a> {
    landscape: &'a Landscape,
    step: f64,
}

impl Surface<'_> {
    fn gradient(&self, p: Point) -> Point {
        self.landscape.gradient(p)
    }

    /// By central differences: off by step²/6 of the fourth derivatives.
    fn hessian(&self, p: Point) -> Symmetric {
        let h = self.step;
        let along = |d: Point| (0.5 / h) * (self.gradient(p + h * d) - self.gradient(p - h * d));
        let (x, y) = (along(Point::new(1.0, 0.0)), along(Point::new(0.0, 1.0)));
        Symmetric::new(x.x, 0.5 * (x.y + y.x), y.y)
    }

    /// The place near a point where the gradient vanishes, by Newton's method; `None` if it is farther away than `reach`.
    fn stationary(&self, start: Point, reach: f64) -> Option<Point> {
        const STEPS: usize = 60;
        let mut p = start;
        for _ in 0..STEPS {
            let hessian = self.hessian(p);
            let way = -hessian.inverse().apply(self.gradient(p));
            let length = way.norm();
            // Steps no longer than a part of the reach: the start is near already.
            let next = p + (0.25 * reach / length).min(1.0) * way;
            if !next.is_finite() || (next - start).norm() > reach {
                return None;
            }
            p = next;
            if length < 1e-4 * self.step {
                break;
            }
        }
        // No farther from the place than what the Hessian may be off by.
        let way = self.hessian(p).inverse().apply(self.gradient(p));
        (way.norm() < self.step).then_some(p)
    }

    /// Whether the ways down from a saddle end in these two basins.
    fn leads(&self, saddle: Point, direction: Point, between: [usize; 2], basins: &Basins) -> bool {
        let down = |side: f64| basins.of(descend(self.landscape, saddle + 100.0 * side * self.step * direction));
        let mut ends = [down(1.0), down(-1.0)];
        ends.sort_unstable();
        ends == between
    }
}

/// The lower eigenvalue of a symmetric matrix, and its direction.
fn lowest(m: Symmetric) -> (f64, Point) {
    let half = 0.5 * (m.xx - m.yy);
    let value = 0.5 * (m.xx + m.yy) - (half * half + m.xy * m.xy).sqrt();
    // Both rows of m − value say the direction; the longer one says it better.
    let (a, b) = (Point::new(-m.xy, m.xx - value), Point::new(m.yy - value, -m.xy));
    let longer = if a.norm_squared() > b.norm_squared() { a } else { b };
    let length = longer.norm();
    if length > 0.0 {
        (value, (1.0 / length) * longer)
    } else {
        (value, Point::new(1.0, 0.0))
    }
}

/// The rates of the chain that jumps over the passes between wells of these masses, rising, without the 0; `None` where it falls apart.
///
/// The chain is reversible: scaled by the square roots of the masses, its matrix is symmetric. Its zero is moved out of the way, and
/// the others are evaluated as sums of squares: rates of very different size keep their digits.
fn slow_rates(masses: &[f64], passes: &[Pass]) -> Option<Vec<f64>> {
    let n = masses.len();
    let total: f64 = masses.iter().sum();
    let beyond = 2.0 * passes.iter().flat_map(|pass| pass.rates).sum::<f64>();
    let still = |i: usize| (masses[i] / total).sqrt();
    let mut matrix = Mat::<f64>::from_fn(n, n, |i, j| beyond * still(i) * still(j));
    let mut group: Vec<usize> = (0..n).collect();
    for pass in passes {
        let ([a, b], [there, back]) = (pass.between, pass.rates);
        matrix[(a, a)] += there;
        matrix[(b, b)] += back;
        matrix[(a, b)] -= (there * back).sqrt();
        matrix[(b, a)] -= (there * back).sqrt();
        let (from, to) = (group[a], group[b]);
        group.iter_mut().filter(|g| **g == from).for_each(|g| *g = to);
    }
    if group.iter().any(|g| *g != group[0]) {
        return None;
    }
    let eigen = matrix.self_adjoint_eigen(Side::Lower).ok()?;
    let rate = |mode: usize| {
        let u = eigen.U().col(mode);
        let slope = |pass: &Pass| pass.rates[0].sqrt() * u[pass.between[0]] - pass.rates[1].sqrt() * u[pass.between[1]];
        passes.iter().map(|pass| slope(pass) * slope(pass)).sum::<f64>()
    };
    // No rate is above the sum of those on the diagonal, and the zero was moved to twice that.
    let mut rates: Vec<f64> = (0..n - 1).map(rate).collect();
    rates.sort_by(f64::total_cmp);
    Some(rates)
}
