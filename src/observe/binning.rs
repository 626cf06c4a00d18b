//! Linear binning: each point on the four nearest cell centres.

use rayon::prelude::*;

use crate::chunks::BLOCK;
use crate::space::{Field, Grid, Point};
use crate::vectorize::wide;

/// Binning on the cell centres of a grid.
#[derive(Clone, Copy)]
pub(super) struct Binning {
    origin: Point,
    inverse: Point,
    nx: usize,
    last: Point,
    /// The largest numbers below the last.
    end: Point,
}

impl Binning {
    pub(super) fn new(grid: &Grid) -> Self {
        let last = Point::new((grid.nx - 1) as f64, (grid.ny - 1) as f64);
        Self {
            origin: grid.center(0, 0),
            inverse: Point::new(1.0 / grid.dx(), 1.0 / grid.dy()),
            nx: grid.nx,
            last,
            end: Point::new(last.x.next_down(), last.y.next_down()),
        }
    }

    /// Spreads the mass of each point over the four nearest cell centres; beyond the outermost centres it is dropped.
    ///
    /// Places are worked out a block at a time, which vectorises; masses are added one after the other, in the order of the points.
    pub(super) fn deposit(&self, xs: &[f64], ys: &[f64], masses: &[f64], cells: &mut [f64]) {
        // With a single column or row nothing lies between two centres.
        if self.last.x < 1.0 || self.last.y < 1.0 {
            return;
        }
        const SHIFT: f64 = 4_503_599_627_370_496.0; // 2^52: added to a whole number it leaves that in the low bits
        let (mut at, mut tx, mut ty, mut kept) = ([0_u32; BLOCK], [0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]);
        let blocks = xs.chunks(BLOCK).zip(ys.chunks(BLOCK)).zip(masses.chunks(BLOCK));
        for ((xs, ys), masses) in blocks {
            wide(
                #[inline(always)]
                || {
                    let places = at.iter_mut().zip(&mut tx).zip(&mut ty).zip(&mut kept);
                    for ((((at, tx), ty), kept), ((x, y), mass)) in places.zip(xs.iter().zip(ys).zip(masses)) {
                        let (fx, fy) = (
                            (x - self.origin.x) * self.inverse.x,
                            (y - self.origin.y) * self.inverse.y,
                        );
                        let inside = (fx >= 0.0) & (fy >= 0.0) & (fx < self.last.x) & (fy < self.last.y);
                        *kept = if inside { *mass } else { 0.0 };
                        let (fx, fy) = (fx.max(0.0).min(self.end.x), fy.max(0.0).min(self.end.y));
                        let (i, j) = (fx.floor(), fy.floor());
                        (*tx, *ty) = (fx - i, fy - j);
                        let (i, j) = ((i + SHIFT).to_bits() as u32, (j + SHIFT).to_bits() as u32);
                        *at = j.wrapping_mul(self.nx as u32).wrapping_add(i);
                    }
                },
            );
            for (((&at, &tx), &ty), &mass) in at.iter().zip(&tx).zip(&ty).zip(&kept).take(xs.len()) {
                let (high, k) = (mass * ty, at as usize);
                let low = mass - high;
                let row = &mut cells[k..k + 2];
                row[0] += low * (1.0 - tx);
                row[1] += low * tx;
                let row = &mut cells[k + self.nx..k + self.nx + 2];
                row[0] += high * (1.0 - tx);
                row[1] += high * tx;
            }
        }
    }
}

/// The mass of particles with these two coordinates per cell of any grid, as a picture needs it: no smoothing, nothing kept.
pub fn histogram([xs, ys]: [&[f64]; 2], weights: &[f64], grid: Grid) -> Field {
    let binning = Binning::new(&grid);
    // A picture has many cells, so that few accumulators are cheaper than many.
    let share = xs.len().div_ceil(4);
    let parts: Vec<Vec<f64>> = (0..4usize)
        .into_par_iter()
        .map(|part| {
            let range = (part * share).min(xs.len())..((part + 1) * share).min(xs.len());
            let mut cells = vec![0.0; grid.len()];
            binning.deposit(&xs[range.clone()], &ys[range.clone()], &weights[range], &mut cells);
            cells
        })
        .collect();
    let mut field = Field::zeros(grid);
    field.values.par_chunks_mut(grid.nx).enumerate().for_each(|(row, out)| {
        for part in &parts {
            for (o, v) in out.iter_mut().zip(&part[row * grid.nx..]) {
                *o += v;
            }
        }
    });
    field
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};
    use crate::space::Rect;

    /// One point after the other, as the definition has it.
    fn one_by_one(binning: &Binning, [xs, ys]: [&[f64]; 2], masses: &[f64], cells: &mut [f64]) {
        for ((x, y), mass) in xs.iter().zip(ys).zip(masses) {
            let (fx, fy) = (
                (x - binning.origin.x) * binning.inverse.x,
                (y - binning.origin.y) * binning.inverse.y,
            );
            if fx >= 0.0 && fy >= 0.0 && fx < binning.last.x && fy < binning.last.y {
                let (i, j) = (fx as usize, fy as usize);
                let (tx, ty) = (fx - i as f64, fy - j as f64);
                let (high, k) = (mass * ty, j * binning.nx + i);
                let low = mass - high;
                cells[k] += low * (1.0 - tx);
                cells[k + 1] += low * tx;
                cells[k + binning.nx] += high * (1.0 - tx);
                cells[k + binning.nx + 1] += high * tx;
            }
        }
    }

    #[test]
    fn blocks_give_the_same_bits_as_single_points() {
        let grid = Grid::new(Rect::new(-1.0, 2.0, -0.5, 0.75), 23, 17);
        let binning = Binning::new(&grid);
        let n = 3 * BLOCK + 41;
        let (mut xs, mut ys, mut masses) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
        let streams = Streams::new(7);
        streams.normals(0, Purpose::Start, 0).fill(&mut xs, &mut ys);
        streams
            .normals(0, Purpose::Start, 1)
            .fill(&mut masses, &mut vec![0.0; n]);
        masses.iter_mut().for_each(|m| *m = m.abs());
        // On the outermost centres, on centres, on the edges, far away, and nowhere.
        let (first, last) = (grid.center(0, 0), grid.center(22, 16));
        let special = [
            (first.x, first.y),
            (last.x, last.y),
            (last.x.next_down(), last.y.next_down()),
            (grid.center(5, 0).x, grid.center(0, 9).y),
            (-1.0, -0.5),
            (2.0, 0.75),
            (1e150, -1e150),
            (f64::NAN, 0.0),
            (0.0, f64::INFINITY),
        ];
        for (k, (x, y)) in special.into_iter().enumerate() {
            (xs[17 * k], ys[17 * k]) = (x, y);
        }
        let (mut blocks, mut singles) = (vec![0.0; grid.len()], vec![0.0; grid.len()]);
        binning.deposit(&xs, &ys, &masses, &mut blocks);
        one_by_one(&binning, [&xs, &ys], &masses, &mut singles);
        assert_eq!(blocks, singles);
        assert!(blocks.iter().filter(|m| **m > 0.0).count() > 200);
        // A single column has nothing between two centres.
        let thin = Binning::new(&Grid::new(grid.rect, 1, 17));
        let mut cells = vec![0.0; 17];
        thin.deposit(&xs, &ys, &masses, &mut cells);
        assert!(cells.iter().all(|m| *m == 0.0));
    }
}
