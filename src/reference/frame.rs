//! The grid of an exact solution.
//!
//! It holds the view, nearly all of π, and the law to begin with. Its lines are tied to those of the measuring grid, 4, 8, 2 or 1
//! cells beside 3 of those, so that cell centres fall among the places of particles in a pattern which the smoothing levels out.

use rayon::prelude::*;

use crate::chunks::CHUNK;
use crate::landscape::Landscape;
use crate::space::{Field, Grid, Point, Rect};
use crate::vectorize::exp;

/// Cells beside three cells of the measuring grid: the first that serves is taken.
const FINENESS: [u32; 4] = [4, 8, 2, 1];
/// Most cells of a grid.
const MAX_CELLS: f64 = 300_000.0;
/// Mass that may be left out at each border.
const TAIL: f64 = 3e-6;
/// How far off ∫e^{−V} may be on the grid, relative to one twice as fine: a Gaussian 0.6 cells wide is off by this much.
const COARSEST: f64 = 1e-3;
/// Width of the coarse grid on which π is looked for, in widths of the measuring grid.
const FAR: f64 = 4.0;

pub(super) const TOO_FAR: &str =
    "There is no exact solution: particles start too far from the picture for one grid to hold both.";
pub(super) const TOO_NARROW: &str =
    "There is no exact solution: the wells are narrower than the cells of the finest grid.";

/// A grid that serves, or a sentence why there is none.
pub(super) fn choose(landscape: &Landscape, measuring: Grid, view: Rect, law: Rect) -> Result<Grid, &'static str> {
    Chooser::new(landscape, measuring, view).choose(law)
}

/// Chooses grids for several laws in one landscape.
pub(super) struct Chooser<'a> {
    landscape: &'a Landscape,
    measuring: Grid,
    /// What every grid must hold.
    needed: Rect,
    /// Grids looked at, and whether sums over their cells are integrals of π.
    known: Vec<(Grid, bool)>,
}

impl<'a> Chooser<'a> {
    pub(super) fn new(landscape: &'a Landscape, measuring: Grid, view: Rect) -> Self {
        Self {
            landscape,
            measuring,
            needed: view.hull(extent_of_target(landscape, measuring)),
            known: Vec::new(),
        }
    }

    /// A grid that serves a law of this extent, or a sentence why there is none.
    pub(super) fn choose(&mut self, law: Rect) -> Result<Grid, &'static str> {
        let (needed, measuring) = (self.needed.hull(law), self.measuring);
        let mut reason = TOO_FAR;
        for grid in FINENESS.iter().filter_map(|n| lay(measuring, needed, *n)) {
            reason = TOO_NARROW;
            if self.resolves(grid) {
                return Ok(grid);
            }
        }
        Err(reason)
    }

    fn resolves(&mut self, grid: Grid) -> bool {
        if let Some((_, resolves)) = self.known.iter().find(|(known, _)| *known == grid) {
            return *resolves;
        }
        let resolves = resolves(self.landscape, grid);
        self.known.push((grid, resolves));
        resolves
    }
}

/// Lays cells over a rectangle, so many beside three of the measuring grid; `None` where they would be too many.
fn lay(measuring: Grid, needed: Rect, fineness: u32) -> Option<Grid> {
    // In units of three measuring cells, from their corner.
    let block = Point::new(3.0 * measuring.dx(), 3.0 * measuring.dy());
    let origin = measuring.rect.min;
    let low = |needed: f64, origin: f64, block: f64| ((needed - origin) / block + 1e-9).floor();
    let high = |needed: f64, origin: f64, block: f64| ((needed - origin) / block - 1e-9).ceil();
    let (i0, i1) = (
        low(needed.min.x, origin.x, block.x),
        high(needed.max.x, origin.x, block.x),
    );
    let (j0, j1) = (
        low(needed.min.y, origin.y, block.y),
        high(needed.max.y, origin.y, block.y),
    );
    let (nx, ny) = (f64::from(fineness) * (i1 - i0), f64::from(fineness) * (j1 - j0));
    let rect = Rect::new(
        origin.x + i0 * block.x,
        origin.x + i1 * block.x,
        origin.y + j0 * block.y,
        origin.y + j1 * block.y,
    );
    (nx * ny <= MAX_CELLS).then(|| Grid::new(rect, nx as usize, ny as usize))
}

/// Whether sums over the cells are integrals of π.
fn resolves(landscape: &Landscape, grid: Grid) -> bool {
    let mut fine = landscape.field(Grid::new(grid.rect, 2 * grid.nx, 2 * grid.ny));
    let mut coarse = landscape.field(grid);
    let Some((lowest, _)) = fine.range() else {
        return false;
    };
    let total = |field: &mut Field| -> f64 {
        weigh(field, lowest);
        field.values.iter().sum()
    };
    (4.0 * total(&mut coarse) / total(&mut fine) - 1.0).abs() < COARSEST
}

/// Makes a potential the density of π, of any scale.
fn weigh(potential: &mut Field, lowest: f64) {
    potential.values.par_chunks_mut(CHUNK).for_each(|values| {
        for v in values {
            *v = if v.is_nan() { 0.0 } else { exp(lowest - *v) };
        }
    });
}

/// Where nearly all of π is.
fn extent_of_target(landscape: &Landscape, measuring: Grid) -> Rect {
    let mut field = landscape.field(Grid::new(
        measuring.rect.scaled(FAR),
        2 * measuring.nx,
        2 * measuring.ny,
    ));
    let lowest = field.range().map_or(0.0, |(lowest, _)| lowest);
    weigh(&mut field, lowest);
    extent(&field)
}

/// The rectangle beyond whose sides there is next to nothing of these masses.
pub(super) fn extent(masses: &Field) -> Rect {
    let grid = masses.grid;
    let mut columns = vec![0.0; grid.nx];
    let mut rows = vec![0.0; grid.ny];
    for (row, total) in masses.values.chunks_exact(grid.nx).zip(&mut rows) {
        columns.iter_mut().zip(row).for_each(|(sum, m)| *sum += m);
        *total = row.iter().sum();
    }
    let total: f64 = rows.iter().sum();
    // With a cell to spare.
    let ends = |line: &[f64]| {
        let beyond = |sum: &mut f64, m: &f64| {
            *sum += m;
            (*sum <= TAIL * total).then_some(())
        };
        let first = line.iter().scan(0.0, beyond).count().saturating_sub(1);
        let last = line.iter().rev().scan(0.0, beyond).count().saturating_sub(1);
        (first.min(line.len() - 1), line.len() - last.min(line.len() - 1 - first))
    };
    let ((i0, i1), (j0, j1)) = (ends(&columns), ends(&rows));
    let corner = |i: usize, j: usize| grid.rect.min + Point::new(i as f64 * grid.dx(), j as f64 * grid.dy());
    Rect {
        min: corner(i0, j0),
        max: corner(i1, j1),
    }
}

/// Whether a rectangle holds another, but for rounding.
pub(super) fn holds(outer: Rect, inner: Rect) -> bool {
    let slack = 1e-9 * (outer.max - outer.min);
    inner.min.x >= outer.min.x - slack.x
        && inner.min.y >= outer.min.y - slack.y
        && inner.max.x <= outer.max.x + slack.x
        && inner.max.y <= outer.max.y + slack.y
}

/// Moves masses to another grid. Masses keep their sum but for what is beyond it; within a cell they vary linearly, by the smaller
/// of the slopes to its neighbours, so that none becomes negative and a smooth law is hardly widened.
pub(super) fn moved(masses: &Field, to: Grid) -> Field {
    let from = masses.grid;
    // Along x, row by row, then along y, column by column.
    let mut rows = vec![0.0; to.nx * from.ny];
    for (row, out) in masses.values.chunks_exact(from.nx).zip(rows.chunks_exact_mut(to.nx)) {
        let scale = (from.dx(), (to.rect.min.x - from.rect.min.x) / from.dx());
        remap(row, out, scale.1, to.dx() / scale.0);
    }
    let mut field = Field::zeros(to);
    let (mut column, mut out) = (vec![0.0; from.ny], vec![0.0; to.ny]);
    for i in 0..to.nx {
        for (value, row) in column.iter_mut().zip(rows.chunks_exact(to.nx)) {
            *value = row[i];
        }
        out.fill(0.0);
        remap(
            &column,
            &mut out,
            (to.rect.min.y - from.rect.min.y) / from.dy(),
            to.dy() / from.dy(),
        );
        for (value, row) in out.iter().zip(field.values.chunks_exact_mut(to.nx)) {
            row[i] = *value;
        }
    }
    field
}

/// Adds the masses of the cells of a line to those of another, whose first begins at `origin` and whose length is `size`, in
/// cells of the first line.
fn remap(line: &[f64], out: &mut [f64], origin: f64, size: f64) {
    for (k, &mass) in line.iter().enumerate() {
        if mass == 0.0 {
            continue;
        }
        let (before, after) = (
            if k > 0 { mass - line[k - 1] } else { 0.0 },
            line.get(k + 1).map_or(0.0, |next| next - mass),
        );
        let slope = if before * after <= 0.0 {
            0.0
        } else if before.abs() < after.abs() {
            before
        } else {
            after
        };
        let (low, high) = ((k as f64 - origin) / size, ((k + 1) as f64 - origin) / size);
        let (first, end) = (low.max(0.0) as usize, high.max(0.0) as usize);
        for (i, out) in out.iter_mut().enumerate().take(end + 1).skip(first) {
            // The part of the cell, from a to b within (−½, ½).
            let a = (low.max(i as f64) - low) * size - 0.5;
            let b = (high.min((i + 1) as f64) - low) * size - 0.5;
            if b > a {
                *out += (b - a) * (mass + 0.5 * slope * (a + b)).max(0.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaussian(grid: Grid) -> Field {
        let mut field = grid.field(|p| (-0.5 * ((p.x - 0.3).powi(2) / 0.2 + (p.y + 0.1).powi(2) / 0.4)).exp());
        let total: f64 = field.values.iter().sum();
        field.values.iter_mut().for_each(|v| *v /= total);
        field
    }

    fn moments(field: &Field) -> [f64; 5] {
        let grid = field.grid;
        let mut sums = [0.0; 5];
        for (k, m) in field.values.iter().enumerate() {
            let p = grid.center(k % grid.nx, k / grid.nx);
            for (s, v) in sums.iter_mut().zip([1.0, p.x, p.y, p.x * p.x, p.y * p.y]) {
                *s += m * v;
            }
        }
        let [total, x, y, xx, yy] = sums;
        [total, x, y, xx - x * x, yy - y * y]
    }

    #[test]
    fn moving_a_law_keeps_its_mass_and_its_moments() {
        let from = Grid::new(Rect::new(-4.0, 4.0, -4.0, 4.0), 200, 160);
        let law = gaussian(from);
        for to in [
            Grid::new(Rect::new(-5.0, 4.5, -4.1, 6.0), 256, 300),
            Grid::new(Rect::new(-4.0, 4.0, -4.0, 4.0), 400, 320),
            Grid::new(Rect::new(-4.0, 4.0, -4.0, 4.0), 200, 160),
        ] {
            let moved = moved(&law, to);
            assert!(moved.values.iter().all(|m| *m >= 0.0));
            let (before, after) = (moments(&law), moments(&moved));
            eprintln!("{after:?}");
            assert!((after[0] - 1.0).abs() < 1e-12);
            // Linear within cells: means are kept to the second order, and variances gain at most (h² + h'²)/12 each way.
            let cell = |grid: Grid| grid.dx().max(grid.dy()).powi(2) / 12.0;
            for k in 1..5 {
                assert!((after[k] - before[k]).abs() < 1.01 * (cell(from) + cell(to)));
            }
            if to == from {
                assert!(law.values.iter().zip(&moved.values).all(|(a, b)| (a - b).abs() < 1e-15));
            }
        }
    }

    #[test]
    fn grids_hold_what_they_shall_and_are_tied_to_the_measuring_grid() {
        for shape in crate::target::Shape::all() {
            let view = shape.target().view();
            let measuring = Grid::new(view.scaled(1.5), 192, 192);
            let landscape = Landscape::new(shape, 1.0);
            let law = Rect::new(
                view.min.x - 0.3 * view.width(),
                view.max.x,
                view.min.y,
                view.max.y + view.height(),
            );
            let grid = choose(&landscape, measuring, view, law).unwrap();
            eprintln!(
                "{}: {}×{}, {:.3}",
                landscape.shape.name(),
                grid.nx,
                grid.ny,
                measuring.dx() / grid.dx()
            );
            assert!(holds(grid.rect, view) && holds(grid.rect, law));
            let ratio = 3.0 * measuring.dx() / grid.dx();
            assert!(FINENESS.iter().any(|&n| (ratio - f64::from(n)).abs() < 1e-9), "{ratio}");
            let far = Rect::new(1e6, 2e6, 0.0, 1.0);
            assert!(choose(&landscape, measuring, view, far).is_err());
        }
    }

    #[test]
    fn wells_narrower_than_any_cell_have_no_solution() {
        let shape = crate::target::Shape::Ring(crate::target::Ring {
            radius: 10.0,
            width: 0.05,
        });
        let view = shape.target().view();
        let landscape = Landscape::new(shape, 0.05);
        let reason = choose(&landscape, Grid::new(view.scaled(1.5), 192, 192), view, view).unwrap_err();
        assert!(reason.contains("narrower"));
    }
}
