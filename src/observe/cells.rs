//! A grid of cells seen by the measuring grid: what it takes to measure cell masses as if they were particles.

use super::basins::Basins;
use crate::density::gaussian_taps;
use crate::space::Grid;

/// Where the cells are, how they are smoothed, and the basins that they belong to.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    pub(super) grid: Grid,
    /// The centres of the cells.
    pub(super) xs: Vec<f64>,
    pub(super) ys: Vec<f64>,
    /// The smoothing along x and along y.
    pub(super) taps: [Vec<f64>; 2],
    /// Cell, basin, and the share of its area there.
    parts: Vec<(u32, u16, f64)>,
}

impl Cells {
    /// Prepares to measure masses of these cells; `variance` in cells² of the measuring grid is what the law shall be widened by.
    pub(super) fn new(grid: Grid, measuring: &Grid, basins: &Basins, variance: f64) -> Self {
        let center = |k: usize| grid.center(k % grid.nx, k / grid.nx);
        // A point at a fraction t of a cell is widened by t(1 − t) by its binning. For points anywhere that is 1/6 on average;
        // cell centres are not anywhere, but at places that repeat.
        let taps = |count: usize, origin: f64, spacing: f64, cell: f64| {
            let fraction = |k: usize| ((k as f64 + 0.5) * cell - origin) / spacing - 0.5;
            let widened = (0..count)
                .map(|k| {
                    let t = fraction(k) - fraction(k).floor();
                    t * (1.0 - t)
                })
                .sum::<f64>();
            gaussian_taps(variance - widened / count as f64)
        };
        Self {
            grid,
            xs: (0..grid.len()).map(|k| center(k).x).collect(),
            ys: (0..grid.len()).map(|k| center(k).y).collect(),
            taps: [
                taps(
                    grid.nx,
                    measuring.rect.min.x - grid.rect.min.x,
                    measuring.dx(),
                    grid.dx(),
                ),
                taps(
                    grid.ny,
                    measuring.rect.min.y - grid.rect.min.y,
                    measuring.dy(),
                    grid.dy(),
                ),
            ],
            parts: basins.parts(&grid),
        }
    }

    /// The mass of each basin.
    pub(super) fn basin_mass(&self, masses: &[f64], basins: usize) -> Vec<f64> {
        let mut mass = vec![0.0; basins];
        for &(cell, basin, share) in &self.parts {
            mass[usize::from(basin)] += share * masses[cell as usize];
        }
        let total: f64 = mass.iter().sum();
        mass.iter_mut().for_each(|m| *m /= total);
        mass
    }
}
