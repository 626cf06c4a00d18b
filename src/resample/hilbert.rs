//! Hilbert's curve over the particles: places that are near along it are near in the plane.

use crate::space::Point;
use crate::vectorize::wide;

/// Largest number of cells along an axis, as a power of two. Sums over as many cells stay in the cache next to the processor, and finer ones
/// would bring little: within a cell a smooth statistic hardly varies.
const MOST: u32 = 6;
/// Places from which the extent of the particles is taken.
const SAMPLE: u64 = 1024;

/// The order in which Hilbert's curve visits the cells of a grid over the particles.
#[derive(Clone, Debug, Default)]
pub(super) struct Curve {
    /// There are 2^level cells along each axis.
    level: u32,
    /// The cells in the order of the curve, and the place of each cell in it; empty at level 0.
    pub(super) cells: Vec<u16>,
    places: Vec<u16>,
    origin: Point,
    scale: Point,
}

impl Curve {
    /// Number of cells.
    pub(super) fn len(&self) -> usize {
        1 << (2 * self.level)
    }

    /// A single cell, so that the order is that of the slots.
    pub(super) fn collapse(&mut self) {
        self.refine(0);
        (self.origin, self.scale) = (Point::default(), Point::default());
    }

    /// Lays the curve over the particles, with at least eight of them in a cell if they lay evenly. The extent is that of a
    /// thousand of them; who stands outside belongs to the nearest cell.
    pub(super) fn lay(&mut self, [xs, ys]: [&[f64]; 2]) {
        let wanted = xs.len() / 8;
        self.refine((0..MOST).find(|level| 1 << (2 * level) >= wanted).unwrap_or(MOST));
        let last = ((1 << self.level) - 1) as f64;
        let axis = |values: &[f64]| {
            let sample = (0..SAMPLE).map(|k| values[slot(k, values.len())]);
            let (low, high) = sample.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
                (low.min(v), high.max(v))
            });
            let scale = last / (high - low);
            (low, if scale.is_finite() { scale } else { 0.0 }) // all in one place
        };
        let (x, y) = (axis(xs), axis(ys));
        (self.origin, self.scale) = (Point::new(x.0, y.0), Point::new(x.1, y.1));
    }

    /// Writes the cell of each point.
    pub(super) fn cells_of(&self, xs: &[f64], ys: &[f64], out: &mut [u16]) {
        wide(
            #[inline(always)]
            || {
                for ((cell, x), y) in out.iter_mut().zip(xs).zip(ys) {
                    *cell = self.cell(*x, *y);
                }
            },
        );
    }

    /// The place on the curve of one point.
    pub(super) fn place(&self, x: f64, y: f64) -> u16 {
        self.places.get(usize::from(self.cell(x, y))).copied().unwrap_or(0)
    }

    #[inline(always)]
    fn cell(&self, x: f64, y: f64) -> u16 {
        const SHIFT: f64 = 4_503_599_627_370_496.0; // 2^52: adding it leaves the nearest integer in the low bits
        let last = ((1 << self.level) - 1) as f64;
        // In this order, so that what is no number becomes one.
        let x = ((x - self.origin.x) * self.scale.x).max(0.0).min(last) + SHIFT;
        let y = ((y - self.origin.y) * self.scale.y).max(0.0).min(last) + SHIFT;
        (y.to_bits() as u16) << self.level | x.to_bits() as u16
    }

    fn refine(&mut self, level: u32) {
        if level == self.level {
            return;
        }
        self.level = level;
        let side = 1 << level;
        self.places.clear();
        self.places
            .extend((0..side * side).map(|cell| place(level, cell % side, cell / side) as u16));
        self.cells.resize(self.places.len(), 0);
        for (cell, place) in self.places.iter().enumerate() {
            self.cells[usize::from(*place)] = cell as u16;
        }
    }
}

/// The slot of the k-th particle of a sample: evenly spread, and in step with no pattern of the slots.
fn slot(k: u64, n: usize) -> usize {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15; // 2^64 (√5 − 1)/2
    ((u128::from(k.wrapping_mul(GOLDEN)) * n as u128) >> 64) as usize
}

/// How many cells the curve visits before this one, on a grid of 2^level cells along each axis: quadrant by quadrant, each turned so
/// that it begins where the one before has ended.
fn place(level: u32, mut x: u32, mut y: u32) -> u32 {
    let mut place = 0;
    for bit in (0..level).rev() {
        let half = 1 << bit;
        let (right, up) = (u32::from(x & half > 0), u32::from(y & half > 0));
        place += half * half * ((3 * right) ^ up);
        (x, y) = (x & (half - 1), y & (half - 1));
        if up == 0 {
            if right == 1 {
                (x, y) = (half - 1 - x, half - 1 - y);
            }
            (x, y) = (y, x);
        }
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_visits_every_cell_once_by_steps_to_neighbours() {
        for level in 0..=MOST {
            let side = 1u32 << level;
            let mut at = vec![None; (side * side) as usize];
            for y in 0..side {
                for x in 0..side {
                    let place = place(level, x, y) as usize;
                    assert_eq!(at[place].replace((x, y)), None, "visited twice");
                }
            }
            let at: Vec<(u32, u32)> = at.into_iter().map(Option::unwrap).collect();
            for pair in at.windows(2) {
                assert_eq!(pair[0].0.abs_diff(pair[1].0) + pair[0].1.abs_diff(pair[1].1), 1);
            }
        }
    }

    #[test]
    fn any_points_have_places() {
        let mut curve = Curve::default();
        let n = 5000;
        for (spread, at) in [
            (1.0, 0.0),
            (0.0, 3.0),
            (1e150, 0.0),
            (1e-300, 0.0),
            (5e-324, 0.0),
            (1.0, 1e150),
        ] {
            let xs: Vec<f64> = (0..n).map(|i| at + spread * (f64::from(i) * 0.7).sin()).collect();
            let ys: Vec<f64> = (0..n).map(|i| at + spread * (f64::from(i) * 1.234_567).sin()).collect();
            curve.lay([&xs, &ys]);
            let mut cells = vec![0; xs.len()];
            curve.cells_of(&xs, &ys, &mut cells);
            let places: Vec<u16> = xs.iter().zip(&ys).map(|(x, y)| curve.place(*x, *y)).collect();
            for (cell, place) in cells.iter().zip(&places) {
                assert_eq!(curve.cells[usize::from(*place)], *cell);
            }
            if spread == 1.0 && at == 0.0 {
                let mut used = places.clone();
                used.sort_unstable();
                used.dedup();
                assert!(used.len() > curve.len() * 3 / 4, "{} of {}", used.len(), curve.len());
            }
            // Far away, and no number: still some place.
            for x in [f64::NAN, f64::INFINITY, -1e300] {
                assert!(usize::from(curve.place(x, 0.0)) < curve.len());
            }
        }
        curve.collapse();
        assert_eq!((curve.len(), curve.place(7.0, 7.0)), (1, 0));
    }
}
