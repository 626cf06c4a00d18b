//! The grid estimate: bin linearly, smooth, interpolate.
//!
//! The grid follows the particles: it covers them with four bandwidths to spare, its spacing is a fixed fraction of the bandwidth,
//! and its lines stand at fixed places of the plane, so that it does not jitter as the particles move. Binning and
//! interpolation each widen the kernel by h²/6 per axis; the smoothing is narrowed by as much, so that the total is the kernel
//! asked for.

use rayon::prelude::*;

use super::smooth::{gaussian_taps, smooth};
use crate::chunks::{BLOCK, CHUNK, layers};
use crate::ensemble::Ensemble;
use crate::vectorize::{ln, wide};

/// Grid spacing in bandwidths.
const SPACING: f64 = 0.4;
/// Bandwidths between the outermost particle and the border.
const MARGIN: f64 = 4.0;
/// Cells at most; beyond that the grid coarsens and the kernel widens, which [`GridDensity::bandwidth`] tells.
const MAX_CELLS: f64 = 1_048_576.0;

/// A density estimate on a grid, and its scratch memory.
#[derive(Clone, Debug, Default)]
pub struct GridDensity {
    frame: Frame,
    bandwidth: f64,
    layers: Vec<f64>,
    work: Vec<f64>,
    density: Vec<f64>,
    extents: Vec<[f64; 4]>,
}

/// Where the cells are: node (i, j) at `origin + spacing (i, j)`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Frame {
    origin: (f64, f64),
    spacing: f64,
    nx: usize,
    ny: usize,
}

impl GridDensity {
    /// The standard deviation of the kernel in force: what was asked for unless the particles are spread too far.
    pub fn bandwidth(&self) -> f64 {
        self.bandwidth
    }

    /// Estimates the density of the weighted law with a Gaussian kernel of standard deviation `bandwidth`.
    pub fn estimate(&mut self, ensemble: &Ensemble, bandwidth: f64) {
        self.place(ensemble, bandwidth);
        self.deposit(ensemble);
        let Frame { spacing, nx, ny, .. } = self.frame;
        let wanted = (bandwidth / spacing).powi(2) - 1.0 / 3.0;
        // Below an eighth of a cell² the kernel could no longer be represented.
        let variance = wanted.max(0.125);
        self.bandwidth = if wanted == variance {
            bandwidth
        } else {
            spacing * (variance + 1.0 / 3.0).sqrt()
        };
        let taps = gaussian_taps(variance);
        // From mass per cell to mass per area, on the way.
        let per_area: Vec<f64> = taps.iter().map(|t| t / (spacing * spacing)).collect();
        smooth(
            &self.layers,
            (nx, ny),
            (&taps, &per_area),
            &mut self.work,
            &mut self.density,
        );
    }

    /// Writes log ρ at these points, which must be within the reach of the kernels, such as the particles last estimated.
    pub fn log_density(&self, xs: &[f64], ys: &[f64], out: &mut [f64]) {
        wide(
            #[inline(always)]
            || {
                let nx = self.frame.nx;
                let mut at = Located::default();
                for ((xs, ys), out) in xs.chunks(BLOCK).zip(ys.chunks(BLOCK)).zip(out.chunks_mut(BLOCK)) {
                    self.frame.locate(xs, ys, &mut at);
                    for (((o, &cell), &tx), &ty) in out.iter_mut().zip(&at.cells).zip(&at.tx).zip(&at.ty) {
                        let cell = cell as usize;
                        let (low, high) = (&self.density[cell..cell + 2], &self.density[cell + nx..cell + nx + 2]);
                        let low = low[0] + tx * (low[1] - low[0]);
                        let high = high[0] + tx * (high[1] - high[0]);
                        *o = low + ty * (high - low);
                    }
                    for o in out {
                        *o = ln(*o);
                    }
                }
            },
        );
    }

    /// Writes log ρ at points anywhere; −∞ where the kernels of all particles end before.
    pub fn log_density_anywhere(&self, xs: &[f64], ys: &[f64], out: &mut [f64]) {
        let Frame {
            origin,
            spacing,
            nx,
            ny,
        } = self.frame;
        let inside = |v: f64, origin: f64, n: usize| {
            let cell = (v - origin) / spacing;
            cell >= 1.0 && cell < n as f64 - 2.0
        };
        for ((&x, &y), out) in xs.iter().zip(ys).zip(out) {
            *out = f64::NEG_INFINITY;
            if inside(x, origin.0, nx) && inside(y, origin.1, ny) {
                self.log_density(&[x], &[y], std::slice::from_mut(out));
            }
        }
    }

    /// Chooses the cells.
    fn place(&mut self, ensemble: &Ensemble, bandwidth: f64) {
        let [x0, x1, y0, y1] = extents(ensemble.positions(), &mut self.extents);
        let margin = MARGIN * bandwidth;
        let (width, height) = (x1 - x0 + 2.0 * margin, y1 - y0 + 2.0 * margin);
        let mut spacing = SPACING * bandwidth;
        // So far from the origin a finer grid would drown in the rounding of the coordinates.
        let finest = 1e-12 * [x0, x1, y0, y1].into_iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        // Doubling keeps the lines of the coarser grid among those of the finer.
        while (width / spacing + 4.0) * (height / spacing + 4.0) > MAX_CELLS || spacing < finest {
            spacing *= 2.0;
        }
        let first = |low: f64| ((low - margin) / spacing).floor() - 1.0;
        let (i0, j0) = (first(x0), first(y0));
        let count = |high: f64, first: f64| (((high + margin) / spacing).ceil() - first + 2.0) as usize;
        self.frame = Frame {
            origin: (i0 * spacing, j0 * spacing),
            spacing,
            nx: count(x1, i0),
            ny: count(y1, j0),
        };
    }

    /// Bins the weights, each on its four nearest nodes.
    fn deposit(&mut self, ensemble: &Ensemble) {
        let [xs, ys] = ensemble.positions();
        let weights = ensemble.weights();
        let cells = self.frame.nx * self.frame.ny;
        let ranges = layers(xs.len());
        self.layers.resize(ranges.len() * cells, 0.0);
        let frame = self.frame;
        self.layers.par_chunks_mut(cells).zip(ranges).for_each(|(grid, range)| {
            grid.fill(0.0);
            wide(
                #[inline(always)]
                || frame.deposit(&xs[range.clone()], &ys[range.clone()], &weights[range.clone()], grid),
            );
        });
    }
}

/// Cell and fractional place within it of each point of a block.
struct Located {
    cells: [u32; BLOCK],
    tx: [f64; BLOCK],
    ty: [f64; BLOCK],
}

impl Default for Located {
    fn default() -> Self {
        Self {
            cells: [0; BLOCK],
            tx: [0.0; BLOCK],
            ty: [0.0; BLOCK],
        }
    }
}

impl Frame {
    #[inline(always)]
    fn locate(&self, xs: &[f64], ys: &[f64], at: &mut Located) {
        // Adding 1.5 · 2^52 rounds to a whole number and leaves it in the low bits: unlike a cast, this vectorises everywhere.
        // Half a cell less turns nearest into floor; at a tie either neighbour serves, with fraction 1 or 0.
        const SHIFT: f64 = 6_755_399_441_055_744.0;
        let inverse = 1.0 / self.spacing;
        let (x0, y0) = (self.origin.0 * inverse + 0.5, self.origin.1 * inverse + 0.5);
        let places = at.cells.iter_mut().zip(&mut at.tx).zip(&mut at.ty);
        for (((cell, tx), ty), (&x, &y)) in places.zip(xs.iter().zip(ys)) {
            let (fx, fy) = (x * inverse - x0, y * inverse - y0);
            let (i, j) = (fx + SHIFT, fy + SHIFT);
            (*tx, *ty) = (fx - (i - SHIFT) + 0.5, fy - (j - SHIFT) + 0.5);
            *cell = (j.to_bits() as u32)
                .wrapping_mul(self.nx as u32)
                .wrapping_add(i.to_bits() as u32);
        }
    }

    #[inline(always)]
    fn deposit(&self, xs: &[f64], ys: &[f64], weights: &[f64], grid: &mut [f64]) {
        let mut at = Located::default();
        for ((xs, ys), weights) in xs.chunks(BLOCK).zip(ys.chunks(BLOCK)).zip(weights.chunks(BLOCK)) {
            self.locate(xs, ys, &mut at);
            for (((&cell, &tx), &ty), &w) in at.cells.iter().zip(&at.tx).zip(&at.ty).zip(weights) {
                let cell = cell as usize;
                let (high, wx) = (w * ty, 1.0 - tx);
                let low = w - high;
                let row = &mut grid[cell..cell + 2];
                row[0] += low * wx;
                row[1] += low * tx;
                let row = &mut grid[cell + self.nx..cell + self.nx + 2];
                row[0] += high * wx;
                row[1] += high * tx;
            }
        }
    }
}

/// Smallest and largest coordinates [x₀, x₁, y₀, y₁]; `parts` is scratch memory.
pub(super) fn extents([xs, ys]: [&[f64]; 2], parts: &mut Vec<[f64; 4]>) -> [f64; 4] {
    parts.resize(xs.len().div_ceil(CHUNK), [0.0; 4]);
    parts
        .par_iter_mut()
        .zip(xs.par_chunks(CHUNK).zip(ys.par_chunks(CHUNK)))
        .for_each(|(e, (xs, ys))| *e = extent(xs, ys));
    let far = [f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::NEG_INFINITY];
    parts.iter().fold(far, |a, e| {
        [a[0].min(e[0]), a[1].max(e[1]), a[2].min(e[2]), a[3].max(e[3])]
    })
}

/// Smallest and largest coordinates of a chunk.
fn extent(xs: &[f64], ys: &[f64]) -> [f64; 4] {
    wide(
        #[inline(always)]
        || {
            let mut e = [
                [f64::INFINITY; 8],
                [f64::NEG_INFINITY; 8],
                [f64::INFINITY; 8],
                [f64::NEG_INFINITY; 8],
            ];
            for (xs, ys) in xs.chunks(8).zip(ys.chunks(8)) {
                for (i, (&x, &y)) in xs.iter().zip(ys).enumerate() {
                    e[0][i] = if x < e[0][i] { x } else { e[0][i] };
                    e[1][i] = if x > e[1][i] { x } else { e[1][i] };
                    e[2][i] = if y < e[2][i] { y } else { e[2][i] };
                    e[3][i] = if y > e[3][i] { y } else { e[3][i] };
                }
            }
            let low = |v: [f64; 8]| v.into_iter().fold(f64::INFINITY, f64::min);
            let high = |v: [f64; 8]| v.into_iter().fold(f64::NEG_INFINITY, f64::max);
            [low(e[0]), high(e[1]), low(e[2]), high(e[3])]
        },
    )
}

#[cfg(test)]
mod tests {
    use super::super::KernelSum;
    use super::*;
    use crate::rng::{Purpose, Streams};

    /// Two wells of particles with uneven weights.
    fn ensemble(n: usize, spread: f64) -> Ensemble {
        let (mut x, mut y) = (vec![0.0; n], vec![0.0; n]);
        Streams::new(4).normals(0, Purpose::Start, 0).fill(&mut x, &mut y);
        for (i, (x, y)) in x.iter_mut().zip(&mut y).enumerate() {
            *x = 0.2 * spread * *x + if i % 5 == 0 { spread } else { -spread };
            *y *= 0.7 * spread;
        }
        let mut e = Ensemble::new([x, y]);
        e.reweight(|first, _, l| {
            for (i, l) in l.iter_mut().enumerate() {
                *l += ((first + i) as f64 * 0.61).sin();
            }
        })
        .unwrap();
        e
    }

    fn estimate(e: &Ensemble, bandwidth: f64) -> (GridDensity, Vec<f64>) {
        let mut grid = GridDensity::default();
        grid.estimate(e, bandwidth);
        let mut log = vec![0.0; e.len()];
        let [xs, ys] = e.positions();
        grid.log_density(xs, ys, &mut log);
        (grid, log)
    }

    #[test]
    fn the_grid_agrees_with_the_exact_sum() {
        // Binning and interpolation widen the kernel by t(1 − t) h² for a particle at fraction t of a cell, h²/6 on average.
        // The rest changes a lone particle's density by ½ (t(1 − t) − 1/6) (h/σ)² for each of two passes along two axes:
        // root mean square 2 · ½ · 0.16/√180, at most 4 · ½ · 0.16/6. Neighbours only average it out.
        let (rms_bound, worst_bound) = (SPACING.powi(2) / 180f64.sqrt(), SPACING.powi(2) / 3.0);
        for (spread, bandwidth) in [(1.0, 0.06), (1.0, 0.2), (1.0, 0.7), (40.0, 1.5)] {
            let e = ensemble(3000, spread);
            let (grid, log) = estimate(&e, bandwidth);
            assert_eq!(grid.bandwidth(), bandwidth);
            let (mut sum, mut truth) = (KernelSum::default(), vec![0.0; 3000]);
            sum.place(e.positions(), e.log_weights(), bandwidth);
            sum.evaluate(e.positions(), &mut truth);
            let errors = log.iter().zip(&truth).map(|(a, b)| (a - b).exp_m1());
            let rms = (errors.clone().map(|e| e * e).sum::<f64>() / truth.len() as f64).sqrt();
            let worst = errors.fold(0.0, |m: f64, e| m.max(e.abs()));
            eprintln!("spread {spread} bandwidth {bandwidth}: rms {rms:.1e}, worst {worst:.1e}");
            assert!(
                rms < rms_bound && worst < worst_bound,
                "rms {rms:.1e}, worst {worst:.1e}"
            );
        }
    }

    #[test]
    fn a_lone_particle_sees_its_own_kernel() {
        let (grid, log) = estimate(&Ensemble::new([vec![0.3], vec![-0.7]]), 0.1);
        // The peak of the kernel, 1/(2π h²).
        let peak = -(std::f64::consts::TAU * grid.bandwidth() * grid.bandwidth()).ln();
        assert!((log[0] - peak).abs() < 0.05);
    }

    #[test]
    fn far_outliers_coarsen_the_grid_and_say_so() {
        let mut e = ensemble(3000, 1.0);
        e.positions_mut()[0][17] = 4e4;
        let (grid, log) = estimate(&e, 0.05);
        assert!(grid.bandwidth() > 0.05);
        assert!(log.iter().all(|l| l.is_finite()));
        assert!(grid.density.len() <= MAX_CELLS as usize);
        for far in [1e12, 1e99, 1e150] {
            e.positions_mut()[1][17] = -far;
            let (_, log) = estimate(&e, 0.05);
            assert!(log.iter().all(|l| l.is_finite()));
            // All of them far away, in one place or in two.
            let away = Ensemble::new([vec![far; 3], vec![-0.5 * far, -0.5 * far, far]]);
            let (grid, log) = estimate(&away, 0.05);
            assert!(log.iter().all(|l| l.is_finite()), "{far} {log:?}");
            assert!(grid.density.len() <= MAX_CELLS as usize);
            let (_, log) = estimate(&Ensemble::new([vec![far; 3], vec![far; 3]]), 0.05);
            assert!(log.iter().all(|l| l.is_finite()), "{far} {log:?}");
        }
    }

    #[test]
    fn the_density_integrates_to_one_and_ignores_threads() {
        let e = ensemble(60_000, 1.0);
        let runs: Vec<_> = [1, 2, 4]
            .map(|threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| estimate(&e, 0.06))
            })
            .into();
        let (grid, log) = &runs[0];
        let mass: f64 = grid.density.iter().sum::<f64>() * grid.frame.spacing.powi(2);
        assert!((mass - 1.0).abs() < 1e-12);
        for (other_grid, other_log) in &runs[1..] {
            assert_eq!((&grid.density, log), (&other_grid.density, other_log));
        }
    }
}
