//! The measuring grid: mass per basin, KL and unreachable mass against the same target.
//!
//! Both laws are put on one grid (particles by linear binning, π by its values), smoothed with the same Gaussian, and what lies
//! beyond the grid counts as one more cell. By the data-processing inequality the KL so measured never exceeds the true
//! one, it is never negative, and it vanishes at equilibrium up to the sampling noise of about (occupied kernel areas)/(2 ESS).
//!
//! A law given by masses on another grid is measured by the same code, its cells in place of particles.

use std::sync::Arc;

use rayon::prelude::*;

use super::Observables;
use super::basins::Basins;
use super::binning::Binning;
use super::cells::Cells;
use super::cover::{Cover, Smoothed};
use super::discrepancy::{Discrepancy, Goal, beyond};
use super::valleys::{descend, valleys};
use crate::chunks::{CHUNK, layers};
use crate::density::{gaussian_taps, smooth};
use crate::ensemble::{Ensemble, mean_and_covariance};
use crate::landscape::Landscape;
use crate::space::{Field, Grid, Rect};
use crate::vectorize::{exp, ln};

/// Cells of the measuring grid along each axis.
pub(super) const CELLS: usize = 192;
/// Width of the measuring grid in widths of the view.
const REACH: f64 = 1.5;
/// Standard deviation of the smoothing in widths of the view.
const SMOOTHING: f64 = 0.02;
/// Variance of the smoothing in cells².
const VARIANCE: f64 = (SMOOTHING * CELLS as f64 / REACH) * (SMOOTHING * CELLS as f64 / REACH);
/// What linear binning adds to it, for points anywhere.
const BINNING: f64 = 1.0 / 6.0;
/// Width of the coarse grid on which the mass beyond is found, in widths of the view.
const BEYOND: f64 = 6.0;

/// Measures weighted points against one target.
#[derive(Clone, Debug)]
pub struct Observer {
    grid: Grid,
    basins: Arc<Basins>,
    goal: Goal,
    /// log ∫e^{−V} over the grid and what was looked at beyond it.
    log_partition: f64,
    taps: Vec<f64>,
    cells: Option<Cells>,
    layers: Vec<f64>,
    work: Vec<f64>,
    smoothed: Vec<f64>,
    log_ratio: Vec<f64>,
    log_ratio_beyond: f64,
}

impl Observer {
    /// Prepares measurements against this landscape, over a grid half as wide again as `view`.
    pub fn new(landscape: &Landscape, view: Rect) -> Self {
        Self::over(landscape, Grid::new(view.scaled(REACH), CELLS, CELLS), None)
    }

    /// The same grid and the same division of it into basins, against another landscape: of a law that changes in time.
    #[must_use]
    pub fn against(&self, landscape: &Landscape) -> Self {
        Self {
            // What is known of the cells of a solution has to do with basins only.
            cells: self.cells.clone(),
            ..Self::over(landscape, self.grid, Some(&self.basins))
        }
    }

    fn over(landscape: &Landscape, grid: Grid, basins: Option<&Basins>) -> Self {
        let potential = landscape.field(grid);
        let mut far = landscape.field(Grid::new(grid.rect.scaled(BEYOND / REACH), CELLS, CELLS));
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
        let inside = exp(lowest - near) * relative.iter().sum::<f64>();
        let outside = far.values.iter().map(|v| boltzmann(v, lowest)).sum::<f64>() * (BEYOND / REACH).powi(2);
        let scale = exp(lowest - near) / (inside + outside);
        let mass: Vec<f64> = relative.iter().map(|m| m * scale).collect();
        let log_partition = ln((inside + outside) * grid.dx() * grid.dy()) - lowest;
        // Linear binning has widened the law of the particles by 1/6 cell² already.
        let binned = gaussian_taps(VARIANCE + BINNING);
        let basins = || {
            if let Some(basins) = basins {
                return basins.sharing(&relative);
            }
            let valleys = valleys(landscape, &potential);
            Basins::new(&potential, &valleys, &relative, |p| descend(landscape, p))
        };
        let (basins, goal) = rayon::join(basins, || Goal::new(grid, &mass, &binned));
        Self {
            grid,
            basins: Arc::new(basins),
            goal,
            log_partition,
            taps: gaussian_taps(VARIANCE),
            cells: None,
            layers: Vec::new(),
            work: Vec::new(),
            smoothed: Vec::new(),
            log_ratio: Vec::new(),
            log_ratio_beyond: 0.0,
        }
    }

    /// The measuring grid.
    pub fn grid(&self) -> Grid {
        self.grid
    }

    /// log ∫e^{−V}: the logarithm of what makes e^{−V} the density of π. It is the sum over the measuring grid and a coarse one beyond, of six views'
    /// width; what a law has further away, or between the cells, is missing.
    pub fn log_partition(&self) -> f64 {
        self.log_partition
    }

    /// The basins of the target.
    pub fn basins(&self) -> &Arc<Basins> {
        &self.basins
    }

    /// Measures an ensemble. Step, time and the counters of events are the caller's to fill in.
    pub fn observe(&mut self, ensemble: &Ensemble) -> Observables {
        let (points, weights) = (ensemble.positions(), ensemble.weights());
        let basin_mass = self.bin(points, weights);
        self.smooth(None);
        let summary = ensemble.summary();
        Observables {
            ess: summary.ess,
            perplexity: summary.perplexity,
            largest_weight: summary.largest,
            families: ensemble.families(),
            log_normaliser: ensemble.log_normaliser(),
            ..self.figures(points, weights, basin_mass)
        }
    }

    /// Measures a law that is given by the masses of the cells of any grid, which sum to 1, as if they were particles at the
    /// centres of the cells. What only particles have is left at its default.
    ///
    /// The smoothing is the same in all: what the binning of cell centres widens the law by is known and made up for. A cell that
    /// two basins share is divided by area. Cells three times as wide as those of the measuring grid, or nearly as wide as these,
    /// make ripples that the smoothing does not quite remove; 3/4 and its halves and doubles do not.
    pub fn observe_cells(&mut self, masses: &Field) -> Observables {
        let cells = match self.cells.take() {
            Some(cells) if cells.grid == masses.grid => cells,
            _ => Cells::new(masses.grid, &self.grid, &self.basins, VARIANCE + BINNING),
        };
        let points = [&*cells.xs, &*cells.ys];
        self.bin(points, &masses.values);
        self.smooth(Some(&cells));
        let basin_mass = cells.basin_mass(&masses.values, self.basins.len());
        let measured = self.figures(points, &masses.values, basin_mass);
        self.cells = Some(cells);
        measured
    }

    /// About what sampling adds to the KL at equilibrium with this effective sample size; measured, it is right within a tenth.
    pub fn kl_floor(&self, ess: f64) -> f64 {
        self.goal.floor(ess.max(1.0))
    }

    /// The mean L1 distance of independent draws of π with this effective sample size; measured, it is right within a tenth.
    pub fn l1_floor(&self, ess: f64) -> f64 {
        self.goal.l1_floor(ess.max(1.0))
    }

    /// The mean energy distance of independent draws of π with this effective sample size (length). Of weighted draws it is that too, since
    /// it is linear in Σw².
    pub fn energy_floor(&self, ess: f64) -> f64 {
        self.goal.energy_floor(ess.max(1.0))
    }

    /// The smoothed law of what was measured last.
    pub fn smoothed(&self) -> Smoothed {
        Smoothed {
            grid: self.grid,
            mass: self.smoothed.clone(),
            beyond: beyond(&self.smoothed),
        }
    }

    /// u = log(ρ/π) of the smoothed law of what was measured last, in every cell of the measuring grid, and beyond it; 0 where there is no
    /// mass.
    pub fn log_ratio(&self) -> (&[f64], f64) {
        (&self.log_ratio, self.log_ratio_beyond)
    }

    /// Where the smoothed law of what was measured last does not vanish.
    pub fn cover(&self) -> Cover {
        Cover::of(self.grid, &self.smoothed, beyond(&self.smoothed))
    }

    /// The mass of π beyond the measuring grid.
    #[cfg(test)]
    pub(super) fn goal_beyond(&self) -> f64 {
        self.goal.beyond()
    }

    /// What is measured of any weighted points, once they are binned and smoothed.
    fn figures(&mut self, points: [&[f64]; 2], weights: &[f64], basin_mass: Vec<f64>) -> Observables {
        let (mean, covariance) = mean_and_covariance(points, weights);
        let Discrepancy {
            kl,
            information,
            variance,
            l1,
            energy,
            wasserstein,
            mmd,
            unreachable,
            outside,
        } = self.goal.compare(&self.smoothed, &mut self.log_ratio);
        self.log_ratio_beyond = outside;
        Observables {
            mean,
            covariance,
            kl,
            information,
            variance,
            l1,
            energy,
            wasserstein,
            mmd,
            basin_mass,
            unreachable,
            ..Observables::default()
        }
    }

    /// Bins the weights; returns the mass of each basin.
    fn bin(&mut self, [xs, ys]: [&[f64]; 2], weights: &[f64]) -> Vec<f64> {
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
                let mut labels = [0; CHUNK];
                let (xs, ys, weights) = (&xs[range.clone()], &ys[range.clone()], &weights[range]);
                for ((xs, ys), weights) in xs.chunks(CHUNK).zip(ys.chunks(CHUNK)).zip(weights.chunks(CHUNK)) {
                    let labels = &mut labels[..xs.len()];
                    basins.labels(xs, ys, labels);
                    labels.iter().zip(weights).for_each(|(k, w)| mass[usize::from(*k)] += w);
                    binning.deposit(xs, ys, weights, layer);
                }
                mass
            })
            .collect();
        let mut mass: Vec<f64> = (0..basins.len()).map(|k| masses.iter().map(|m| m[k]).sum()).collect();
        // Adding up many small weights leaves the total a few units in the twelfth place off.
        let total: f64 = mass.iter().sum();
        mass.iter_mut().for_each(|m| *m /= total);
        mass
    }

    /// Smooths what was binned: points anywhere, or the centres of these cells.
    fn smooth(&mut self, cells: Option<&Cells>) {
        let taps = cells.map_or((&*self.taps, &*self.taps), |cells| (&*cells.taps[0], &*cells.taps[1]));
        let size = (self.grid.nx, self.grid.ny);
        smooth(&self.layers, size, taps, &mut self.work, &mut self.smoothed);
    }
}

#[cfg(test)]
mod tests {
    use super::super::histogram;
    use super::*;
    use crate::rng::{Purpose, Streams};
    use crate::target::{DoubleWell, Shape};

    fn observer(barrier: f64) -> Observer {
        let shape = Shape::DoubleWell(DoubleWell { barrier, tilt: 0.0 });
        let view = shape.target().view();
        Observer::new(&Landscape::new(shape, 1.0), view)
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
                let basins = Arc::clone(Observer::new(&Landscape::new(shape, temperature), view).basins());
                assert_eq!(basins.len(), 1, "radius {radius}, width {width}, T = {temperature}");
            }
        }
    }

    #[test]
    fn every_target_has_as_many_basins_as_it_has_wells() {
        for shape in Shape::all() {
            let wells = match shape {
                Shape::Ring(_) | Shape::Banana(_) | Shape::Funnel(_) => 1,
                Shape::DoubleWell(_) | Shape::TextbookWell(_) | Shape::Blend(_) | Shape::Formula(_) => 2,
                Shape::TripleWell(_) | Shape::Mixture(_) | Shape::MullerBrown(_) => 3,
                Shape::Himmelblau(_) => 4,
                Shape::WellGrid(_) => 16,
            };
            let (name, view) = (shape.name(), shape.target().view());
            let observer = Observer::new(&Landscape::new(shape, 1.0), view);
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
        for (n, kl) in [(2e3, small), (3.2e4, large)] {
            let floor = o.kl_floor(n);
            eprintln!("floor {floor:.6} at {n}, KL {kl:.6}");
            assert!((floor / kl - 1.0).abs() < 0.1, "floor {floor:.6} at {n}, KL {kl:.6}");
        }
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
        let landscape = Landscape::new(shape, 1.0);
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
