//! The measuring grid: mass per basin, KL and unreachable mass against the same target.
//!
//! Both laws are put on one grid (particles by linear binning, π by its values), smoothed with the same Gaussian, and what lies
//! beyond the grid counts as one more cell. By the data-processing inequality the KL so measured never exceeds the true
//! one, it is never negative, and it vanishes at equilibrium up to the sampling noise of about (occupied kernel areas)/(2 ESS).

use std::sync::Arc;

use rayon::prelude::*;

use super::Observables;
use super::basins::Basins;
use crate::chunks::layers;
use crate::density::{gaussian_taps, smooth};
use crate::ensemble::Ensemble;
use crate::landscape::Landscape;
use crate::space::{Field, Grid, Point, Rect};
use crate::vectorize::{exp, ln};

/// Cells of the measuring grid along each axis.
const CELLS: usize = 192;
/// Width of the measuring grid in widths of the view.
const REACH: f64 = 1.5;
/// Standard deviation of the smoothing in widths of the view.
const SMOOTHING: f64 = 0.02;
/// Width of the coarse grid on which the mass beyond is found, in widths of the view.
const BEYOND: f64 = 6.0;

/// Measures ensembles against one target.
#[derive(Clone, Debug)]
pub struct Observer {
    grid: Grid,
    basins: Arc<Basins>,
    /// Smoothed mass of π per cell, and what is beyond the grid.
    target: Vec<f64>,
    target_beyond: f64,
    taps: Vec<f64>,
    layers: Vec<f64>,
    work: Vec<f64>,
    smoothed: Vec<f64>,
}

impl Observer {
    /// Prepares measurements against this landscape, over a grid half as wide again as `view`.
    pub fn new(landscape: &Landscape, view: Rect) -> Self {
        let grid = Grid::new(view.scaled(REACH), CELLS, CELLS);
        let potential = landscape.field(grid);
        let mut far = landscape.field(Grid::new(view.scaled(BEYOND), CELLS, CELLS));
        for k in 0..far.grid.len() {
            if grid.rect.contains(far.grid.center(k % CELLS, k / CELLS)) {
                far.values[k] = f64::INFINITY;
            }
        }
        // Masses in units of a cell at the lowest energy of all: a view beside the wells has next to none of π.
        let floor = |field: &Field| field.range().map_or(f64::INFINITY, |(lowest, _)| lowest);
        let near = floor(&potential);
        let lowest = near.min(floor(&far));
        let boltzmann = |v: &f64, zero: f64| if v.is_nan() { 0.0 } else { exp(zero - v) };
        // The shares of the basins are relative to each other, and known even there.
        let relative: Vec<f64> = potential.values.iter().map(|v| boltzmann(v, near)).collect();
        let basins = Arc::new(Basins::new(
            &potential,
            &valleys(landscape, &potential),
            &relative,
            |p| descend(landscape, p),
        ));
        let inside = exp(lowest - near) * relative.iter().sum::<f64>();
        let outside = far.values.iter().map(|v| boltzmann(v, lowest)).sum::<f64>() * (BEYOND / REACH).powi(2);
        let scale = exp(lowest - near) / (inside + outside);
        let mass: Vec<f64> = relative.iter().map(|m| m * scale).collect();
        // Linear binning has widened the law of the particles by 1/6 cell² already.
        let variance = (SMOOTHING * CELLS as f64 / REACH).powi(2);
        let binned = gaussian_taps(variance + 1.0 / 6.0);
        let (mut work, mut target) = (Vec::new(), Vec::new());
        smooth(&mass, (CELLS, CELLS), (&binned, &binned), &mut work, &mut target);
        let target_beyond = (1.0 - target.iter().sum::<f64>()).max(0.0);
        let taps = gaussian_taps(variance);
        Self {
            grid,
            basins,
            target,
            target_beyond,
            taps,
            layers: Vec::new(),
            work,
            smoothed: Vec::new(),
        }
    }

    /// The basins of the target.
    pub fn basins(&self) -> &Arc<Basins> {
        &self.basins
    }

    /// Measures an ensemble. Step, time and the counters of events are the caller's to fill in.
    pub fn observe(&mut self, ensemble: &Ensemble) -> Observables {
        let basin_mass = self.bin(ensemble);
        let summary = ensemble.summary();
        let (mean, covariance) = ensemble.mean_and_covariance();
        let (kl, unreachable) = self.compare();
        Observables {
            mean,
            covariance,
            ess: summary.ess,
            perplexity: summary.perplexity,
            largest_weight: summary.largest,
            kl,
            basin_mass,
            unreachable,
            families: ensemble.families(),
            log_normaliser: ensemble.log_normaliser(),
            ..Observables::default()
        }
    }

    /// Bins and smooths the weights; returns the mass of each basin.
    fn bin(&mut self, ensemble: &Ensemble) -> Vec<f64> {
        let [xs, ys] = ensemble.positions();
        let weights = ensemble.weights();
        let (grid, basins, binning) = (self.grid, &*self.basins, Binning::new(&self.grid));
        let ranges = layers(xs.len());
        self.layers.resize(ranges.len() * grid.len(), 0.0);
        let masses: Vec<Vec<f64>> = self
            .layers
            .par_chunks_mut(grid.len())
            .zip(ranges)
            .map(|(layer, range)| {
                layer.fill(0.0);
                let mut mass = vec![0.0; basins.len()];
                for ((&x, &y), &w) in xs[range.clone()].iter().zip(&ys[range.clone()]).zip(&weights[range]) {
                    let p = Point::new(x, y);
                    mass[basins.of(p)] += w;
                    binning.deposit(p, w, layer);
                }
                mass
            })
            .collect();
        let size = (grid.nx, grid.ny);
        smooth(
            &self.layers,
            size,
            (&self.taps, &self.taps),
            &mut self.work,
            &mut self.smoothed,
        );
        let mut mass: Vec<f64> = (0..basins.len()).map(|k| masses.iter().map(|m| m[k]).sum()).collect();
        // Adding up many small weights leaves the total a few units in the twelfth place off.
        let total: f64 = mass.iter().sum();
        mass.iter_mut().for_each(|m| *m /= total);
        mass
    }

    /// KL of the smoothed laws, and the mass of π where the smoothed law of the particles vanishes.
    fn compare(&self) -> (f64, f64) {
        // What is smaller adds nothing, and has no logarithm here once it is subnormal.
        const LEAST: f64 = 1e-300;
        let term = |p: f64, q: f64| if p > LEAST { p * ln(p / q.max(LEAST)) } else { 0.0 };
        let (mut kl, mut unreachable, mut total) = (0.0, 0.0, 0.0);
        for (&p, &q) in self.smoothed.iter().zip(&self.target) {
            kl += term(p, q);
            total += p;
            unreachable += if p > 0.0 { 0.0 } else { q };
        }
        // Rounding leaves about 1e-16 here even if no particle is beyond.
        let beyond = if 1.0 - total > 1e-12 { 1.0 - total } else { 0.0 };
        kl += term(beyond, self.target_beyond);
        unreachable += if beyond > 0.0 { 0.0 } else { self.target_beyond };
        (kl.max(0.0), unreachable)
    }
}

/// Goes down the potential by steps along the gradient that shrink until they lead down and grow while they do.
fn descend(landscape: &Landscape, mut p: Point) -> Point {
    const STEPS: usize = 3000;
    let mut value = landscape.potential(p);
    let mut step = 1e-3;
    for _ in 0..STEPS {
        let (mut gx, mut gy) = ([0.0], [0.0]);
        landscape.gradient_into(&[p.x], &[p.y], &mut gx, &mut gy);
        let next = p - step * Point::new(gx[0], gy[0]);
        let lower = landscape.potential(next);
        if lower < value {
            (p, value) = (next, lower);
            step *= 1.5;
        } else if step > 1e-12 {
            step *= 0.5;
        } else {
            break;
        }
    }
    p
}

/// About the lowest potential within each cell, at the end of one Newton step down the slope from its centre that stays inside. So a valley
/// narrower than a cell is as deep in every cell that it passes through.
fn valleys(landscape: &Landscape, potential: &Field) -> Field {
    let grid = potential.grid;
    let (half, nudge) = (
        Point::new(0.5 * grid.dx(), 0.5 * grid.dy()),
        1e-3 * grid.dx().min(grid.dy()),
    );
    let mut lowest = potential.clone();
    let mut rows = [(); 6].map(|()| vec![0.0; grid.nx]);
    let [xs, ys, gx, gy, hx, hy] = &mut rows;
    for (j, row) in lowest.values.chunks_exact_mut(grid.nx).enumerate() {
        for i in 0..grid.nx {
            (xs[i], ys[i]) = grid.center(i, j).into();
        }
        landscape.gradient_into(xs, ys, gx, gy);
        let down = |i: usize, gx: &[f64], gy: &[f64]| {
            let g = Point::new(gx[i], gy[i]);
            (-1.0 / g.norm().max(f64::MIN_POSITIVE)) * g
        };
        for i in 0..grid.nx {
            let p = Point::new(xs[i], ys[i]) + nudge * down(i, gx, gy);
            (xs[i], ys[i]) = p.into();
        }
        landscape.gradient_into(xs, ys, hx, hy);
        for i in 0..grid.nx {
            let (n, g) = (down(i, gx, gy), Point::new(gx[i], gy[i]));
            let border = (half.x / n.x.abs()).min(half.y / n.y.abs());
            let slope = g.norm();
            let flattening = (slope + n.dot(Point::new(hx[i], hy[i]))) / nudge; // the curvature along the way
            let way = if flattening > 0.0 {
                (slope / flattening).min(border)
            } else {
                border
            };
            let p = grid.center(i, j) + if way.is_finite() { way * n } else { Point::default() };
            (xs[i], ys[i]) = p.into();
        }
        landscape.potential_into(xs, ys, gx);
        for (low, v) in row.iter_mut().zip(&*gx) {
            *low = if v < low { *v } else { *low };
        }
    }
    lowest
}

/// Binning on the cell centres of a grid.
#[derive(Clone, Copy)]
struct Binning {
    origin: Point,
    inverse: Point,
    nx: usize,
    last: Point,
}

impl Binning {
    fn new(grid: &Grid) -> Self {
        Self {
            origin: grid.center(0, 0),
            inverse: Point::new(1.0 / grid.dx(), 1.0 / grid.dy()),
            nx: grid.nx,
            last: Point::new((grid.nx - 1) as f64, (grid.ny - 1) as f64),
        }
    }

    /// Spreads a mass over the four nearest cell centres; beyond the outermost centres it is dropped.
    #[inline(always)]
    fn deposit(&self, p: Point, mass: f64, cells: &mut [f64]) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Streams};
    use crate::target::{DoubleWell, Shape};

    fn observer(barrier: f64) -> Observer {
        let shape = Shape::DoubleWell(DoubleWell { barrier, tilt: 0.0 });
        let view = shape.target().view();
        Observer::new(
            &Landscape {
                shape,
                temperature: 1.0,
            },
            view,
        )
    }

    /// Exact draws from the double well by rejection.
    fn equilibrium(n: usize, barrier: f64, seed: u64) -> Ensemble {
        use rand::RngExt as _;
        use rand_distr::StandardNormal;
        let mut rng = Streams::new(seed).stream(0, Purpose::Start, 0);
        let (mut xs, mut ys) = (Vec::new(), Vec::new());
        while xs.len() < n {
            let x: f64 = rng.random_range(-2.5..2.5);
            if rng.random::<f64>() < (-barrier * (x * x - 1.0).powi(2)).exp() {
                xs.push(x);
                ys.push(rng.sample(StandardNormal));
            }
        }
        Ensemble::new([xs, ys])
    }

    #[test]
    fn a_ring_is_one_basin_however_thin() {
        for (radius, width) in [(0.1, 0.05), (3.0, 0.07), (6.3, 0.05), (8.0, 0.2), (10.0, 0.05)] {
            for temperature in [0.05, 1.0] {
                let shape = Shape::Ring(crate::target::Ring { radius, width });
                let view = shape.target().view();
                let basins = Arc::clone(Observer::new(&Landscape { shape, temperature }, view).basins());
                assert_eq!(basins.len(), 1, "radius {radius}, width {width}, T = {temperature}");
            }
        }
    }

    #[test]
    fn every_target_has_as_many_basins_as_it_has_wells() {
        for shape in Shape::all() {
            let wells = match shape {
                Shape::Ring(_) | Shape::Banana(_) | Shape::Funnel(_) => 1,
                Shape::DoubleWell(_) | Shape::TextbookWell(_) => 2,
                Shape::TripleWell(_) | Shape::Mixture(_) | Shape::MullerBrown(_) => 3,
                Shape::Himmelblau(_) => 4,
                Shape::WellGrid(_) => 16,
            };
            let (name, view) = (shape.name(), shape.target().view());
            let observer = Observer::new(
                &Landscape {
                    shape,
                    temperature: 1.0,
                },
                view,
            );
            assert_eq!(observer.basins().len(), wells, "{name}: {:?}", observer.basins().share);
        }
    }

    #[test]
    fn kl_vanishes_at_equilibrium_up_to_sampling_noise() {
        // E KL ≈ c/(2N): so 16 times the particles have a 16th of the KL, and the extrapolation N → ∞ is zero.
        let mut o = observer(7.0);
        let mean = |o: &mut Observer, n: usize, rounds: u64| {
            let kls: Vec<f64> = (0..rounds).map(|s| o.observe(&equilibrium(n, 7.0, s)).kl).collect();
            let m = kls.iter().sum::<f64>() / rounds as f64;
            let v = kls.iter().map(|k| (k - m).powi(2)).sum::<f64>() / (rounds - 1) as f64;
            (m, (v / rounds as f64).sqrt())
        };
        let (small, small_error) = mean(&mut o, 2_000, 60);
        let (large, large_error) = mean(&mut o, 32_000, 30);
        // Two points of c/N + bias: bias = (16 large − small)/15.
        let bias = (16.0 * large - small) / 15.0;
        let error = (256.0 * large_error.powi(2) + small_error.powi(2)).sqrt() / 15.0;
        eprintln!("KL {small:.5} at 2000, {large:.6} at 32000, bias {bias:.1e} ± {error:.1e}");
        // The second order of the expansion in 1/N is (bias of the bias) of the order of small².
        assert!(
            bias.abs() < 5.0 * error + small * small,
            "bias {bias:.2e} ± {error:.1e}"
        );
        assert!(small < 0.05 && large < small / 8.0);
    }

    #[test]
    fn kl_of_one_well_is_log_two() {
        let mut o = observer(7.0);
        let mut e = equilibrium(200_000, 7.0, 3);
        let right: Vec<bool> = e.positions()[0].iter().map(|&x| x > 0.0).collect();
        e.reweight(|first, _, l| {
            for (i, l) in l.iter_mut().enumerate() {
                *l = if right[first + i] { f64::NEG_INFINITY } else { *l };
            }
        })
        .unwrap();
        let seen = o.observe(&e);
        assert!((seen.kl - 2f64.ln()).abs() < 5e-3, "{}", seen.kl);
        assert!((seen.unreachable - 0.5).abs() < 5e-3, "{}", seen.unreachable);
        assert!((seen.basin_mass[0] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_view_beside_the_wells_has_shares_and_hardly_any_mass() {
        let shape = Shape::DoubleWell(DoubleWell {
            barrier: 7.0,
            tilt: 0.0,
        });
        let landscape = Landscape {
            shape,
            temperature: 1.0,
        };
        for view in [
            Rect::new(5.0, 6.0, 5.0, 6.0),
            Rect::new(1e5, 1e6, -1e6, 1e6),
            Rect::new(0.9, 0.9 + 1e-6, 0.0, 1e-6),
        ] {
            let mut o = Observer::new(&landscape, view);
            let seen = o.observe(&equilibrium(100, 7.0, 1));
            assert!((o.basins().share.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{view:?}");
            assert!(
                seen.kl.is_finite() && seen.unreachable.is_finite(),
                "{view:?}: {seen:?}"
            );
            assert!((seen.basin_mass.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        // All of π is beyond the first of these, and so are the particles.
        let seen = Observer::new(&landscape, Rect::new(5.0, 6.0, 5.0, 6.0)).observe(&equilibrium(100, 7.0, 1));
        assert!(seen.kl < 1e-12 && seen.unreachable < 1e-12, "{seen:?}");
    }

    #[test]
    fn far_particles_are_counted_beyond() {
        let mut o = observer(7.0);
        let seen = o.observe(&Ensemble::new([vec![1e9, -1.0], vec![0.0, 0.0]]));
        assert!(seen.kl.is_finite() && seen.kl > 1.0);
        assert!((seen.basin_mass.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_histogram_keeps_the_mass() {
        let e = equilibrium(40_000, 7.0, 1);
        let field = histogram(
            e.positions(),
            e.weights(),
            Grid::new(Rect::new(-4.0, 4.0, -6.0, 6.0), 50, 40),
        );
        assert!((field.values.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
