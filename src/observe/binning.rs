//! Linear binning: each point on the four nearest cell centres.

use rayon::prelude::*;

use crate::space::{Field, Grid, Point};

/// Binning on the cell centres of a grid.
#[derive(Clone, Copy)]
pub(super) struct Binning {
    origin: Point,
    inverse: Point,
    nx: usize,
    last: Point,
}

impl Binning {
    pub(super) fn new(grid: &Grid) -> Self {
        Self {
            origin: grid.center(0, 0),
            inverse: Point::new(1.0 / grid.dx(), 1.0 / grid.dy()),
            nx: grid.nx,
            last: Point::new((grid.nx - 1) as f64, (grid.ny - 1) as f64),
        }
    }

    /// Spreads a mass over the four nearest cell centres; beyond the outermost centres it is dropped.
    #[inline(always)]
    pub(super) fn deposit(&self, p: Point, mass: f64, cells: &mut [f64]) {
        let (fx, fy) = (
            (p.x - self.origin.x) * self.inverse.x,
            (p.y - self.origin.y) * self.inverse.y,
        );
        if fx >= 0.0 && fy >= 0.0 && fx < self.last.x && fy < self.last.y {
            let (i, j) = (fx as usize, fy as usize);
            let (tx, ty) = (fx - i as f64, fy - j as f64);
            let (high, k) = (mass * ty, j * self.nx + i);
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
            for ((&x, &y), &w) in xs[range.clone()].iter().zip(&ys[range.clone()]).zip(&weights[range]) {
                binning.deposit(Point::new(x, y), w, &mut cells);
            }
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
