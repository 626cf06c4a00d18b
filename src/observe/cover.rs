//! Where particles are: which parts of another law they can stand for at all.

use crate::space::Grid;
use crate::vectorize::ln;

/// A law as it was compared: binned on the measuring grid and smoothed.
#[derive(Clone, Debug, PartialEq)]
pub struct Smoothed {
    /// The measuring grid.
    pub grid: Grid,
    /// Mass per cell.
    pub mass: Vec<f64>,
    /// Mass beyond the grid.
    pub beyond: f64,
}

impl Smoothed {
    /// The mutual information of x and y within the grid (nats): 0 for a product, and only then is the reaction of a marginal one of its own.
    pub fn dependence(&self) -> f64 {
        let (nx, total) = (self.grid.nx, self.mass.iter().sum::<f64>());
        let (mut columns, mut rows) = (vec![0.0; nx], vec![0.0; self.grid.ny]);
        for (row, sum) in self.mass.chunks_exact(nx).zip(&mut rows) {
            columns.iter_mut().zip(row).for_each(|(sum, m)| *sum += m);
            *sum = row.iter().sum();
        }
        let mut information = 0.0;
        for (row, r) in self.mass.chunks_exact(nx).zip(&rows) {
            for (m, c) in row.iter().zip(&columns).filter(|(m, _)| **m > 1e-14) {
                information += m / total * ln(m * total / (r * c));
            }
        }
        information.max(0.0)
    }

    /// Bytes of memory that it takes.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + size_of_val(&self.mass[..])
    }
}

/// The cells of the measuring grid that a particle is near: where the smoothed law of the particles does not vanish. The
/// smoothing reaches four of its widths, 8 % of the view.
#[derive(Clone, Debug, PartialEq)]
pub struct Cover {
    grid: Grid,
    /// One bit per cell.
    cells: Vec<u64>,
    beyond: bool,
}

impl Cover {
    /// Where this smoothed law does not vanish.
    pub(super) fn of(grid: Grid, smoothed: &[f64], beyond: f64) -> Self {
        let word = |masses: &[f64]| {
            let bits = masses.iter().enumerate().map(|(bit, &m)| u64::from(m > 0.0) << bit);
            bits.fold(0, |word, bit| word | bit)
        };
        Self {
            grid,
            cells: smoothed.chunks(64).map(word).collect(),
            beyond: beyond > 0.0,
        }
    }

    /// The mass of a law in places where no particle is near, or `None` where the two were measured on different grids. No number of
    /// further steps of pure reaction can bring it to the particles: they move to no new place.
    pub fn missed(&self, law: &Smoothed) -> Option<f64> {
        let missed = |(k, m): (usize, &f64)| {
            if self.cells[k / 64] >> (k % 64) & 1 == 0 {
                *m
            } else {
                0.0
            }
        };
        let outside = if self.beyond { 0.0 } else { law.beyond };
        (self.grid == law.grid).then(|| outside + law.mass.iter().enumerate().map(missed).sum::<f64>())
    }
}
