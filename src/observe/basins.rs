//! Basins of attraction of a potential, and the share of π in each.
//!
//! The potential is flooded from below on a grid: cells join the basin of their lowest neighbour, and where two basins meet the
//! shallower one is merged into the deeper if its depth below the pass is less than [`MIN_DEPTH`]. So a ring is one basin in
//! spite of its discretised floor, and a well is a well at any temperature at which it is one.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::chunks::BLOCK;
use crate::space::{Field, Grid, Point};
use crate::vectorize::wide;

/// Depth in units of the temperature below which a dent is no basin.
pub(super) const MIN_DEPTH: f64 = 0.1;

/// The basins of a potential, numbered from left to right by their lowest points (ties: from bottom to top).
#[derive(Clone, Debug, PartialEq)]
pub struct Basins {
    /// The lowest point of each basin.
    pub centers: Vec<Point>,
    /// The share of π in each basin; sums to 1.
    pub share: Vec<f64>,
    labels: Vec<u16>,
    grid: Grid,
}

impl Basins {
    /// The basins of a potential V given on a grid, with about its lowest value in each cell (`valleys`) and cell masses of π.
    /// `descend` goes down the potential itself from a point: a basin whose lowest point runs on into another, as a grid makes
    /// them in narrow bent valleys, is part of that.
    pub fn new(potential: &Field, valleys: &Field, mass: &[f64], descend: impl Fn(Point) -> Point) -> Self {
        let grid = potential.grid;
        let flooded = flood(valleys);
        let outlet = |root: usize| flooded[grid.nearest(descend(refine(potential, root)))];
        let found: Vec<usize> = (0..flooded.len()).filter(|cell| flooded[*cell] == *cell).collect();
        let outlets: BTreeMap<usize, usize> = found.iter().map(|&r| (r, outlet(r))).collect();
        // A chain of outlets has an end, or goes round in a circle where the floor is flat: then the circle is one basin.
        let end = |root: usize| {
            let last = found.iter().fold(root, |r, _| outlets[&r]);
            found
                .iter()
                .fold((last, last), |(r, least), _| (outlets[&r], least.min(r)))
                .1
        };
        let ends: BTreeMap<usize, usize> = found.iter().map(|&r| (r, end(r))).collect();
        // Roots in reading order: left to right, then bottom to top. Positions equal to rounding count as ties.
        let mut roots: Vec<usize> = ends.values().copied().collect();
        roots.sort_unstable();
        roots.dedup();
        let center = |cell: usize| grid.center(cell % grid.nx, cell / grid.nx);
        let tie = 1.5 * grid.dx();
        roots.sort_by(|&a, &b| center(a).x.total_cmp(&center(b).x));
        let mut start = 0;
        while start < roots.len() {
            let x = center(roots[start]).x;
            let end = start + roots[start..].iter().take_while(|&&r| center(r).x - x < tie).count();
            roots[start..end].sort_by(|&a, &b| center(a).y.total_cmp(&center(b).y));
            start = end;
        }
        let numbers: BTreeMap<usize, u16> = roots.iter().copied().zip(0..).collect();
        // One look-up for each cell, in a table: there are many more cells than roots.
        let mut table = vec![0; flooded.len()];
        ends.iter().for_each(|(root, end)| table[*root] = numbers[end]);
        let labels: Vec<u16> = flooded.iter().map(|root| table[*root]).collect();
        let basins = Self {
            share: vec![0.0; roots.len()],
            centers: roots.into_iter().map(|root| refine(potential, root)).collect(),
            labels,
            grid,
        };
        basins.sharing(mass)
    }

    /// The same basins, and what they hold of another law with these masses of the cells.
    #[must_use]
    pub fn sharing(&self, mass: &[f64]) -> Self {
        let mut share = vec![0.0; self.len()];
        for (&label, m) in self.labels.iter().zip(mass) {
            share[usize::from(label)] += m;
        }
        let total: f64 = share.iter().sum();
        share.iter_mut().for_each(|s| *s /= total);
        Self { share, ..self.clone() }
    }

    /// Number of basins, at least one.
    pub fn len(&self) -> usize {
        self.centers.len()
    }

    /// Never: there is at least one basin.
    pub fn is_empty(&self) -> bool {
        self.centers.is_empty()
    }

    /// The basin of a point; beyond the grid, that of the nearest cell.
    #[inline(always)]
    pub fn of(&self, p: Point) -> usize {
        usize::from(self.labels[self.grid.nearest(p)])
    }

    /// Writes the basins of many points, as [`Basins::of`] has them.
    pub fn labels(&self, xs: &[f64], ys: &[f64], out: &mut [u16]) {
        const SHIFT: f64 = 4_503_599_627_370_496.0; // 2^52: added to a whole number it leaves that in the low bits
        let grid = self.grid;
        let (origin, scale) = (grid.rect.min, Point::new(1.0 / grid.dx(), 1.0 / grid.dy()));
        let last = Point::new((grid.nx - 1) as f64, (grid.ny - 1) as f64);
        let mut cells = [0_u32; BLOCK];
        for ((xs, ys), out) in xs.chunks(BLOCK).zip(ys.chunks(BLOCK)).zip(out.chunks_mut(BLOCK)) {
            let cells = &mut cells[..out.len()];
            wide(
                #[inline(always)]
                || {
                    for ((cell, x), y) in cells.iter_mut().zip(xs).zip(ys) {
                        let i = ((x - origin.x) * scale.x).max(0.0).min(last.x).floor() + SHIFT;
                        let j = ((y - origin.y) * scale.y).max(0.0).min(last.y).floor() + SHIFT;
                        *cell = (j.to_bits() as u32).wrapping_mul(grid.nx as u32) + i.to_bits() as u32;
                    }
                },
            );
            for (label, cell) in out.iter_mut().zip(cells) {
                *label = self.labels[*cell as usize];
            }
        }
    }

    /// The basins of the cells of another grid: cell, basin, and the share of its area there. What is beyond belongs to the nearest
    /// basin, as points do.
    pub(super) fn parts(&self, grid: &Grid) -> Vec<(u32, u16, f64)> {
        let (own, cells) = (self.grid, *grid);
        // The columns (rows) that a column (row) of the other grid overlaps, each with its share.
        let overlaps = |low: f64, size: f64, own_low: f64, own_size: f64, own_count: usize| {
            let last = own_count - 1;
            let (low, high) = ((low - own_low) / own_size, (low + size - own_low) / own_size);
            let (first, end) = (low.max(0.0) as usize, high.max(0.0) as usize);
            (first.min(last)..=end.min(last))
                .map(|k| {
                    let from = if k == 0 { low } else { low.max(k as f64) };
                    let to = if k == last { high } else { high.min((k + 1) as f64) };
                    (k, (to - from).max(0.0) / (high - low))
                })
                .collect::<Vec<_>>()
        };
        let column = |i: usize| {
            let low = cells.rect.min.x + i as f64 * cells.dx();
            overlaps(low, cells.dx(), own.rect.min.x, own.dx(), own.nx)
        };
        let row = |j: usize| {
            let low = cells.rect.min.y + j as f64 * cells.dy();
            overlaps(low, cells.dy(), own.rect.min.y, own.dy(), own.ny)
        };
        let columns: Vec<_> = (0..cells.nx).map(column).collect();
        let mut parts = Vec::with_capacity(cells.len());
        for j in 0..cells.ny {
            let rows = row(j);
            for (i, columns) in columns.iter().enumerate() {
                let first = parts.len();
                for &(row, share_y) in &rows {
                    for &(column, share_x) in columns {
                        let (basin, share) = (self.labels[row * own.nx + column], share_x * share_y);
                        match parts[first..].iter_mut().find(|(_, known, _)| *known == basin) {
                            Some((.., sum)) => *sum += share,
                            None => parts.push(((j * cells.nx + i) as u32, basin, share)),
                        }
                    }
                }
            }
        }
        parts
    }
}

/// The lowest point near the lowest cell: that of the parabolas through it and its neighbours.
fn refine(potential: &Field, cell: usize) -> Point {
    let (grid, v) = (potential.grid, &potential.values);
    let (i, j) = (cell % grid.nx, cell / grid.nx);
    let offset = |position: usize, count: usize, stride: usize| {
        if position == 0 || position + 1 == count {
            return 0.0;
        }
        let (before, after) = (v[cell - stride] - v[cell], v[cell + stride] - v[cell]);
        let shift = 0.5 * (before - after) / (before + after);
        if shift.is_finite() { shift.clamp(-0.5, 0.5) } else { 0.0 }
    };
    let shift = Point::new(
        offset(i, grid.nx, 1) * grid.dx(),
        offset(j, grid.ny, grid.nx) * grid.dy(),
    );
    grid.center(i, j) + shift
}

/// The lowest cell of the basin of each cell.
fn flood(potential: &Field) -> Vec<usize> {
    const UNSEEN: usize = usize::MAX;
    let (v, nx, ny) = (&potential.values, potential.grid.nx, potential.grid.ny);
    let mut order: Vec<(f64, u32)> = v.iter().copied().zip(0..).collect();
    // No two are equal, so that the order is the same on any number of threads.
    order.par_sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    // parent[cell]: towards the lowest cell of the basin, as in union–find.
    let mut parent = vec![UNSEEN; v.len()];
    for (_, cell) in order {
        let cell = cell as usize;
        let (i, j) = (cell % nx, cell / nx);
        let neighbours = [
            (i > 0).then(|| cell - 1),
            (i + 1 < nx).then(|| cell + 1),
            (j > 0).then(|| cell - nx),
            (j + 1 < ny).then(|| cell + nx),
            (i > 0 && j > 0).then(|| cell - nx - 1),
            (i + 1 < nx && j > 0).then(|| cell - nx + 1),
            (i > 0 && j + 1 < ny).then(|| cell + nx - 1),
            (i + 1 < nx && j + 1 < ny).then(|| cell + nx + 1),
        ];
        let seen = neighbours.map(|cell| cell.filter(|&n| parent[n] != UNSEEN));
        let Some(lowest) = seen
            .into_iter()
            .flatten()
            .min_by(|&a, &b| v[a].total_cmp(&v[b]).then(a.cmp(&b)))
        else {
            parent[cell] = cell;
            continue;
        };
        parent[cell] = root(&mut parent, lowest);
        for other in seen.into_iter().flatten() {
            let (a, b) = (root(&mut parent, cell), root(&mut parent, other));
            let (deep, shallow) = if (v[a], a) <= (v[b], b) { (a, b) } else { (b, a) };
            // Depth counts from the pass; a potential of +∞ separates for good.
            if deep != shallow && v[cell] - v[shallow] < MIN_DEPTH {
                parent[shallow] = deep;
            }
        }
    }
    (0..v.len()).map(|cell| root(&mut parent, cell)).collect()
}

/// The representative of a cell's basin, shortening the path to it.
fn root(parent: &mut [usize], mut cell: usize) -> usize {
    while parent[cell] != cell {
        parent[cell] = parent[parent[cell]];
        cell = parent[cell];
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Rect;

    fn basins(rect: Rect, n: usize, v: impl Fn(Point) -> f64) -> Basins {
        let field = Grid::new(rect, n, n).field(v);
        let mass: Vec<f64> = field.values.iter().map(|v| (-v).exp()).collect();
        Basins::new(&field, &field, &mass, |p| p)
    }

    const SQUARE: Rect = Rect::new(-3.0, 3.0, -3.0, 3.0);

    #[test]
    fn a_symmetric_double_well_splits_at_the_saddle() {
        for barrier in [0.25, 1.0, 7.0] {
            let b = basins(SQUARE, 128, |p| barrier * (p.x * p.x - 1.0).powi(2) + 0.5 * p.y * p.y);
            assert_eq!(b.len(), 2);
            assert!((b.share[0] - 0.5).abs() < 1e-12, "{:?}", b.share);
            // A parabola misses the minimum of the quartic by about a third derivative times cell²/6: 6 · 0.047²/6.
            assert!((b.centers[0] - Point::new(-1.0, 0.0)).norm() < 0.003, "{:?}", b.centers);
            assert!((b.centers[1] - Point::new(1.0, 0.0)).norm() < 0.003);
            for y in [-2.5, -0.3, 0.2, 2.9, 50.0] {
                assert_eq!((b.of(Point::new(-0.01, y)), b.of(Point::new(0.01, y))), (0, 1));
            }
            assert_eq!((b.of(Point::new(-99.0, 0.0)), b.of(Point::new(99.0, 0.0))), (0, 1));
        }
    }

    #[test]
    fn a_ring_and_a_bowl_are_one_basin() {
        assert_eq!(basins(SQUARE, 128, |p| ((p.norm() - 1.5) / 0.25).powi(2)).len(), 1);
        assert_eq!(basins(SQUARE, 100, |p| p.norm_squared()).len(), 1);
        assert_eq!(basins(SQUARE, 20, |_| 0.0).len(), 1);
    }

    #[test]
    fn basins_are_numbered_left_to_right_then_upwards() {
        let wells = [(-1.5, 1.0), (0.0, -1.0), (0.0, 1.5), (2.0, 0.0)];
        let b = basins(SQUARE, 150, |p| {
            let well = |&(x, y): &(f64, f64)| (p - Point::new(x, y)).norm_squared() * 20.0;
            wells.iter().map(well).fold(f64::INFINITY, f64::min)
        });
        assert_eq!(b.len(), 4);
        for (k, &(x, y)) in wells.iter().enumerate() {
            assert_eq!(b.of(Point::new(x, y)), k);
            assert!((b.centers[k] - Point::new(x, y)).norm() < 0.06);
            assert!((b.share[k] - 0.25).abs() < 0.01);
        }
    }

    #[test]
    fn many_points_have_the_basins_of_each() {
        let b = basins(Rect::new(-3.0, 2.0, -1.0, 3.0), 97, |p| {
            (p.x * p.x - 1.0).powi(2) + (p.y * p.y - 1.0).powi(2)
        });
        assert!(b.len() > 1);
        let coordinate = |k: f64| (0..3000).map(|i| (f64::from(i) * k).sin() * 5.0).collect::<Vec<f64>>();
        let (mut xs, ys) = (coordinate(0.7), coordinate(1.234));
        // Corners of cells, and places that are hardly any.
        (0..97).for_each(|i| xs[i] = -3.0 + 5.0 * i as f64 / 97.0);
        (xs[200], xs[201], xs[202], xs[203]) = (1e300, -1e300, f64::INFINITY, f64::NAN);
        let mut labels = vec![0; xs.len()];
        b.labels(&xs, &ys, &mut labels);
        for ((x, y), label) in xs.iter().zip(&ys).zip(&labels) {
            assert_eq!(b.of(Point::new(*x, *y)), usize::from(*label), "{x} {y}");
        }
    }

    #[test]
    fn infinite_walls_do_not_join_wells() {
        let b = basins(SQUARE, 64, |p| {
            if p.x.abs() < 0.5 {
                f64::INFINITY
            } else {
                p.norm_squared()
            }
        });
        assert!(b.share.iter().filter(|s| **s > 0.1).count() == 2);
    }
}
