//! Jump rates between neighbouring cells: the Scharfetter–Gummel discretisation of ρ ↦ ∇·(ρ ∇V + ∇ρ).
//!
//! From a cell to its neighbour, whose potential is higher by z, mass jumps at the rate B(z)/h², B(z) = z/(e^z − 1), and back at
//! the rate B(−z)/h² = e^z B(z)/h². Hence π ∝ e^{−V} is stationary exactly, every rate is positive however steep the potential,
//! a steep rate is that of the drift alone, |z|/h², and the error is of second order in h.

use rayon::prelude::*;

use super::sweep::{LANES, Lane};
use crate::chunks::CHUNK;
use crate::space::{Field, Grid};
use crate::vectorize::{exp, exp_m1, ln, sum};

/// Potentials this far above the bottom, in units of kT, count as equal: nothing comes here, and rates stay finite.
const CEILING: f64 = 1e6;

/// The rates along one axis, for panels of [`LANES`] parallel lines: `panel * length + place`.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    /// Cells along a line.
    pub(super) length: usize,
    /// Out of a cell to the next one; zero out of the last.
    pub(super) up: Vec<Lane>,
    /// Out of a cell to the one before; zero out of the first.
    pub(super) down: Vec<Lane>,
}

/// The rates along both axes, per unit of α.
#[derive(Clone, Debug)]
pub(super) struct Jumps {
    /// Along x; a panel is a band of rows.
    pub(super) x: Axis,
    /// Along y; a panel is a band of columns.
    pub(super) y: Axis,
}

impl Jumps {
    /// Rates in a potential that [`tame`] has seen to.
    pub(super) fn new(grid: Grid, potential: &[f64]) -> Self {
        let (nx, ny) = (grid.nx, grid.ny);
        Self {
            x: Axis::new(nx, ny, grid.dx(), |i, j| potential[j * nx + i]),
            y: Axis::new(ny, nx, grid.dy(), |j, i| potential[j * nx + i]),
        }
    }
}

impl Axis {
    fn new(length: usize, lines: usize, h: f64, potential: impl Fn(usize, usize) -> f64 + Sync) -> Self {
        let panels = lines.div_ceil(LANES);
        let mut up = vec![[0.0; LANES]; panels * length];
        let mut down = up.clone();
        let scale = 1.0 / (h * h);
        let bands = up.par_chunks_mut(length.max(1)).zip(down.par_chunks_mut(length.max(1)));
        bands.enumerate().for_each(|(band, (up, down))| {
            for line in band * LANES..lines.min((band + 1) * LANES) {
                let lane = line % LANES;
                for k in 1..length {
                    let (forth, back) = bernoulli_pair(potential(k, line) - potential(k - 1, line));
                    up[k - 1][lane] = scale * forth;
                    down[k][lane] = scale * back;
                }
            }
        });
        Self { length, up, down }
    }

    /// The rates from the place before this one to it, and back, on a line.
    pub(super) fn edge(&self, line: usize, place: usize) -> (f64, f64) {
        let (here, lane) = (line / LANES * self.length + place, line % LANES);
        (self.up[here - 1][lane], self.down[here][lane])
    }
}

/// V above its smallest value: finite, whatever a potential may be far out. What is not a number counts as very high.
pub(super) fn tame(field: &Field) -> Vec<f64> {
    let lowest = field.values.iter().fold(f64::INFINITY, |m, v| m.min(*v)).max(-1e300);
    let above = |v: f64| {
        let d = v - lowest;
        if d < CEILING { d.max(0.0) } else { CEILING }
    };
    field.values.iter().map(|&v| above(v)).collect()
}

/// log π of each cell, for a potential that [`tame`] has seen to.
pub(super) fn log_target(potential: &[f64]) -> Vec<f64> {
    let weights: Vec<f64> = potential.par_iter().with_min_len(CHUNK).map(|&v| exp(-v)).collect();
    let log_total = ln(sum(&weights));
    potential.iter().map(|&v| -v - log_total).collect()
}

/// B(z) and B(−z).
pub(super) fn bernoulli_pair(z: f64) -> (f64, f64) {
    let a = z.abs();
    // B(a) for a ≥ 0; the first omitted term of the series is a⁴/720.
    let low = if a < 1e-4 {
        1.0 - a * (0.5 - a / 12.0)
    } else {
        a / exp_m1(a)
    };
    // B(−a) = B(a) + a, a sum of positive numbers: both keep all their digits.
    if z > 0.0 { (low, low + a) } else { (low + a, low) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Rect;

    #[test]
    fn the_bernoulli_function_keeps_its_digits_everywhere() {
        for k in -3000..3000 {
            let z = f64::from(k) * 0.01 + 1e-9;
            let (forth, back) = bernoulli_pair(z);
            assert!((forth * z.exp_m1() / z - 1.0).abs() < 1e-14, "B({z}) = {forth}");
            assert!((forth * z.exp() / back - 1.0).abs() < 1e-14, "detailed balance at {z}");
        }
        // Both sides of the switch to the series.
        for z in [0.99999e-4f64, 1.00001e-4] {
            assert!((bernoulli_pair(z).0 * z.exp_m1() / z - 1.0).abs() < 1e-15);
        }
        assert_eq!(bernoulli_pair(0.0), (1.0, 1.0));
        assert_eq!(bernoulli_pair(1e6), (0.0, 1e6));
        assert_eq!(bernoulli_pair(-1e6), (1e6, 0.0));
    }

    #[test]
    fn a_potential_may_be_anything() {
        let grid = Grid::new(Rect::new(0.0, 1.0, 0.0, 1.0), 4, 2);
        for bad in [f64::INFINITY, f64::NAN, 1e300, f64::MAX, -1e300, f64::NEG_INFINITY] {
            let values = vec![0.0, bad, 1.0, bad, bad, 3.0, 2.0, 0.5];
            let tamed = tame(&Field { grid, values });
            assert!(tamed.iter().all(|v| (0.0..=CEILING).contains(v)), "{bad}: {tamed:?}");
            let jumps = Jumps::new(grid, &tamed);
            for axis in [&jumps.x, &jumps.y] {
                let mut all = axis.up.iter().chain(&axis.down).flatten();
                assert!(all.all(|r| (0.0..1e9).contains(r)), "{bad}");
            }
        }
        let tamed = tame(&Field {
            grid,
            values: vec![f64::NAN; 8],
        });
        assert!(tamed.iter().all(|v| *v == CEILING));
    }
}
