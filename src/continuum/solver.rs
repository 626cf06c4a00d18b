//! The WFR equation on a grid.
//!
//! # Equation
//!
//! ```text
//! ∂ρ/∂t = α ∇·(ρ ∇ log(ρ/π)) + β ρ (g − E_ρ g),     g = −log(ρ/π) or any given function,     π ∝ e^{−V},
//! ```
//!
//! with no flux through the border of the grid.
//!
//! # Scheme
//!
//! One number per cell, its mass r. Transport is a chain of jumps between neighbouring cells at the rates of `rates.rs`, one axis at a
//! time, each by the step of `sweep.rs`; the reaction is solved exactly, r ← r^s π^{1−s}/Z with s = e^{−β dt}, or r ← r e^{β g dt}/Z.
//! A step is symmetric: ½ reaction, ½ x, y, ½ x, ½ reaction. Errors are of second order in dt and in the size of a cell. On the common
//! problem of the benchmarks, 256 × 256 cells, the mass of the right well is off by 1.2e-5 as dt → 0 and by 1.5e-5 at dt = 1/7.
//!
//! # What holds for every dt
//!
//! Every cell is positive and the masses sum to 1; π is stationary; KL(ρ|π) was never seen to grow (`tests/continuum.rs` tries steps
//! up to 1e5 from rough starts), though with a step that is too long it need not fall as fast as it should. Bits do not depend on
//! the number of threads.
//!
//! # Known failure
//!
//! What would be below 1e-290 in a cell is lifted to that: a law with no tails at all is not represented, and pure reaction feels
//! it after a time of about log(700)/β. What lies outside the grid does not exist.

use std::sync::Arc;

use rayon::prelude::*;

use super::rates::{Jumps, log_target, tame};
use super::sweep::{FLOOR, LANES, Lane, with_scratch};
use super::{Functionals, Rates};
use crate::chunks::CHUNK;
use crate::landscape::Landscape;
use crate::space::{Field, Grid};
use crate::vectorize::{exp, exp_m1, ln, sum, wide};

/// The rate g at which mass grows, times β and relative to its mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Growth {
    /// g = −log(ρ/π).
    #[default]
    FisherRao,
    /// This function, on the solver's grid.
    Given(Field),
}

/// A landscape on a grid.
#[derive(Debug)]
struct Terrain {
    target: Vec<f64>,
    log_target: Vec<f64>,
    /// Rates of the chain that keeps π.
    jumps: Jumps,
}

/// A law on a grid that follows the WFR equation.
#[derive(Clone, Debug)]
pub struct Continuum {
    grid: Grid,
    mass: Vec<f64>,
    /// Shared by all laws of one landscape on one grid.
    terrain: Arc<Terrain>,
    /// Rates of another chain, if the walk is in another potential.
    walk: Option<Jumps>,
    growth: Growth,
    log_normaliser: f64,
    /// The law between a y-sweep and the x-sweep after it, in bands of columns.
    columns: Vec<Lane>,
    /// Sums of the masses of chunks or bands.
    sums: Vec<f64>,
}

impl Continuum {
    /// Starts from this density (per area, of any positive scale; it is normalised here), with a landscape on the density's grid.
    /// What is negative or not finite counts as zero; if nothing is left the start is uniform.
    pub fn new(landscape: &Landscape, density: &Field) -> Self {
        let mut continuum = Self::nowhere(density);
        continuum.set_landscape(landscape);
        continuum
    }

    /// Starts from this density in the landscape of another law, on the same grid: as [`Continuum::new`] does, at a lower cost.
    ///
    /// # Panics
    ///
    /// If it is on another grid.
    pub fn beside(other: &Self, density: &Field) -> Self {
        let mut continuum = Self::nowhere(density);
        continuum.share_landscape(other);
        continuum
    }

    /// The target itself on a grid, and log ∫e^{−V} over it as the logarithm of the normaliser.
    pub fn at_rest(landscape: &Landscape, grid: Grid) -> Self {
        let potential = landscape.field(grid);
        let lowest = potential.range().map_or(0.0, |(lowest, _)| lowest);
        let mut density = potential.clone();
        density.values.par_chunks_mut(CHUNK).for_each(|values| {
            values
                .iter_mut()
                .for_each(|v| *v = if v.is_nan() { 0.0 } else { exp(lowest - *v) });
        });
        let total = sum(&density.values) * grid.dx() * grid.dy();
        let mut continuum = Self::nowhere(&density);
        continuum.set_potential(&potential);
        continuum.log_normaliser = ln(total) - lowest;
        continuum
    }

    /// A law without a landscape.
    fn nowhere(density: &Field) -> Self {
        let grid = density.grid;
        let largest = density.range().map_or(0.0, |(_, high)| high);
        // Divided by the largest value first, so that no scale over- or underflows.
        let clean = |&v: &f64| if v.is_finite() && v > 0.0 { v / largest } else { 0.0 };
        let mut mass: Vec<f64> = density.values.iter().map(clean).collect();
        if sum(&mass) == 0.0 {
            mass.fill(1.0);
        }
        let nowhere = Terrain {
            target: Vec::new(),
            log_target: Vec::new(),
            jumps: Jumps::new(Grid::new(grid.rect, 0, 0), &[]),
        };
        let columns = vec![[1.0; LANES]; grid.nx.div_ceil(LANES) * grid.ny];
        let mut continuum = Self {
            grid,
            mass,
            terrain: Arc::new(nowhere),
            walk: None,
            growth: Growth::FisherRao,
            log_normaliser: 0.0,
            columns,
            sums: Vec::new(),
        };
        continuum.react(0.0);
        continuum
    }

    /// Another target; the law stays as it is.
    pub fn set_landscape(&mut self, landscape: &Landscape) {
        self.set_potential(&landscape.field(self.grid));
    }

    /// The same, with the potential at the cells.
    fn set_potential(&mut self, potential: &Field) {
        let potential = tame(potential);
        let log_target = log_target(&potential);
        self.terrain = Arc::new(Terrain {
            target: log_target.iter().map(|&p| exp(p).max(FLOOR)).collect(),
            jumps: Jumps::new(self.grid, &potential),
            log_target,
        });
    }

    /// The target of another law, on the same grid: as [`Continuum::set_landscape`] with its landscape, at no cost.
    ///
    /// # Panics
    ///
    /// If it is on another grid.
    pub fn share_landscape(&mut self, other: &Self) {
        assert_eq!(self.grid, other.grid, "the target is on another grid");
        self.terrain = Arc::clone(&other.terrain);
    }

    /// What the reaction is: −log(ρ/π), or a given function on the solver's grid. Infinite rates count as the nearest finite rate of
    /// the field, what is not a number as the smallest.
    ///
    /// # Panics
    ///
    /// If the function is given on another grid.
    pub fn set_growth(&mut self, mut growth: Growth) {
        if let Growth::Given(field) = &mut growth {
            assert_eq!(field.values.len(), self.grid.len(), "the rate is on another grid");
            let (low, high) = field.range().unwrap_or_default();
            for g in &mut field.values {
                *g = if g.is_nan() { low } else { g.clamp(low, high) };
            }
        }
        self.growth = growth;
    }

    /// Transport in another potential, on the solver's grid; `None` is V itself. π, and with it the Fisher–Rao rate and all
    /// functionals, stays that of V.
    ///
    /// # Panics
    ///
    /// If the potential is given on another grid.
    pub fn set_walk(&mut self, potential: Option<&Field>) {
        self.walk = potential.map(|field| {
            assert_eq!(field.values.len(), self.grid.len(), "the potential is on another grid");
            Jumps::new(self.grid, &tame(field))
        });
    }

    /// One step of size `dt`.
    pub fn step(&mut self, rates: Rates, dt: f64) {
        self.steps(rates, dt, 1);
    }

    /// Steps of equal size, no longer than `longest` (which is above 0), over this time.
    pub fn advance(&mut self, rates: Rates, time: f64, longest: f64) {
        let steps = (time / longest).ceil().max(1.0);
        if time > 0.0 {
            self.steps(rates, time / steps, steps as usize);
        }
    }

    fn steps(&mut self, rates: Rates, dt: f64, count: usize) {
        let (transport, reaction) = (rates.alpha * dt, rates.beta * dt);
        if transport == 0.0 && reaction == 0.0 {
            // Not even the last bit of the sum.
            return;
        }
        if transport == 0.0 {
            (0..count).for_each(|_| self.react(reaction));
            return;
        }
        // The half reactions of two neighbouring steps are one.
        for step in 0..count {
            self.move_after(if step == 0 { 0.5 * reaction } else { reaction }, transport);
        }
        self.react(0.5 * reaction);
    }

    /// The grid on which the law lives.
    pub fn grid(&self) -> Grid {
        self.grid
    }

    /// The mass in each cell, x running fastest; the sum is 1.
    pub fn mass(&self) -> &[f64] {
        &self.mass
    }

    /// The mass of π in each cell; the sum is 1.
    pub fn target(&self) -> &[f64] {
        &self.terrain.target
    }

    /// Takes up another law on the same grid, as [`Continuum::mass`] and [`Continuum::log_normaliser`] gave it: what follows is the same to
    /// the last bit.
    ///
    /// # Panics
    ///
    /// If it is on another grid.
    pub fn recall(&mut self, mass: &[f64], log_normaliser: f64) {
        self.mass.copy_from_slice(mass);
        self.log_normaliser = log_normaliser;
    }

    /// The density per area.
    pub fn density(&self) -> Field {
        let per_area = 1.0 / (self.grid.dx() * self.grid.dy());
        Field {
            grid: self.grid,
            values: self.mass.iter().map(|m| m * per_area).collect(),
        }
    }

    /// log E[e^A] since the start, dA = β g dt along the walk. With the Fisher–Rao rate g = −log(ρ/π), π normalised.
    pub fn log_normaliser(&self) -> f64 {
        self.log_normaliser
    }

    /// KL(ρ|π), and the two parts of its dissipation. The information is that of the chain of jumps, Σ κ (u − u')(log u − log u')
    /// over neighbouring cells with u = r/π, so that d KL/dt = −α I − β Var holds exactly but for the time step, as long as the
    /// walk is in V and the rate is that of Fisher–Rao.
    pub fn functionals(&self) -> Functionals {
        let (nx, ny) = (self.grid.nx, self.grid.ny);
        let mut log_ratio = vec![0.0; nx * ny];
        log_ratio.par_chunks_mut(nx).enumerate().for_each(|(j, row)| {
            let cells = j * nx..(j + 1) * nx;
            wide(
                #[inline(always)]
                || {
                    let cells = self.mass[cells.clone()]
                        .iter()
                        .zip(&self.terrain.log_target[cells.clone()]);
                    for (l, (&r, &p)) in row.iter_mut().zip(cells) {
                        *l = ln(r) - p;
                    }
                },
            );
        });
        // E log, E log² and the information of each row and of its edges to the row before.
        let mut rows = vec![[0.0; 3]; ny];
        rows.par_iter_mut().enumerate().for_each(|(j, sums)| {
            let at = |i: usize| j * nx + i;
            let edge = |(up, down): (f64, f64), a: usize, b: usize| {
                // Both factors have the same sign, but for rounding.
                ((up * self.mass[a] - down * self.mass[b]) * (log_ratio[a] - log_ratio[b])).max(0.0)
            };
            for i in 0..nx {
                let (r, l) = (self.mass[at(i)], log_ratio[at(i)]);
                sums[0] += r * l;
                sums[1] += r * l * l;
                if i > 0 {
                    sums[2] += edge(self.terrain.jumps.x.edge(j, i), at(i - 1), at(i));
                }
                if j > 0 {
                    sums[2] += edge(self.terrain.jumps.y.edge(i, j), at(i) - nx, at(i));
                }
            }
        });
        let [kl, square, information] = std::array::from_fn(|k| rows.iter().map(|row| row[k]).sum());
        Functionals {
            kl,
            information,
            variance: f64::max(square - kl * kl, 0.0),
        }
    }

    /// The reaction over the time for which this is β dt, exactly, and nothing else.
    fn react(&mut self, amount: f64) {
        let reaction = Reaction::new(&self.growth, &self.terrain.log_target, amount);
        self.sums.resize(self.mass.len().div_ceil(CHUNK), 0.0);
        let chunks = self.mass.par_chunks_mut(CHUNK).zip(&mut self.sums).enumerate();
        chunks.for_each(|(chunk, (mass, sum))| *sum = reaction.apply(chunk * CHUNK, mass));
        let scale = self.count(amount);
        self.mass
            .par_chunks_mut(CHUNK)
            .for_each(|mass| mass.iter_mut().for_each(|r| *r = (*r * scale).max(FLOOR)));
    }

    /// What to multiply with for the masses to sum to 1, given their sums after this much reaction.
    fn count(&mut self, amount: f64) -> f64 {
        let total: f64 = self.sums.iter().sum();
        if amount != 0.0 {
            self.log_normaliser += ln(total);
            if let Growth::Given(field) = &self.growth {
                self.log_normaliser += amount * highest(field);
            }
        }
        1.0 / total
    }

    /// First this much reaction, then transport over the time for which this is α dt: ½ x, y, ½ x. Leaves the masses summing to
    /// 1 but for rounding.
    fn move_after(&mut self, reaction: f64, tau: f64) {
        let (nx, ny) = (self.grid.nx, self.grid.ny);
        self.sums.resize(ny.div_ceil(LANES), 0.0);
        let growth = Reaction::new(&self.growth, &self.terrain.log_target, reaction);
        let jumps = self.walk.as_ref().unwrap_or(&self.terrain.jumps);
        // Along x, in bands of rows.
        let bands = self.mass.par_chunks_mut(LANES * nx).zip(&mut self.sums).enumerate();
        bands.for_each(|(band, (rows, sum))| {
            *sum = growth.apply(band * LANES * nx, rows);
            with_scratch(nx, |scratch| {
                for (lane, row) in rows.chunks(nx).enumerate() {
                    for (law, &r) in scratch.law.iter_mut().zip(row) {
                        law[lane] = r;
                    }
                }
                scratch.sweep(&jumps.x, band, 0.5 * tau);
                scratch.store(rows);
            });
        });
        // Transport is linear in the scale of its law, so the masses may be made to sum to 1 again here.
        let scale = self.count(reaction);
        let jumps = self.walk.as_ref().unwrap_or(&self.terrain.jumps);
        // Along y, in bands of columns.
        let rows = &self.mass[..];
        self.columns.par_chunks_mut(ny).enumerate().for_each(|(band, out)| {
            with_scratch(ny, |scratch| {
                let first = band * LANES;
                let width = LANES.min(nx - first);
                for (law, row) in scratch.law.iter_mut().zip(rows.chunks(nx)) {
                    for (law, &r) in law.iter_mut().zip(&row[first..first + width]) {
                        *law = scale * r;
                    }
                }
                scratch.sweep(&jumps.y, band, tau);
                out.copy_from_slice(&scratch.law);
            });
        });
        // Along x again.
        let columns = &self.columns[..];
        self.mass
            .par_chunks_mut(LANES * nx)
            .enumerate()
            .for_each(|(band, rows)| {
                with_scratch(nx, |scratch| {
                    for (i, law) in scratch.law.iter_mut().enumerate() {
                        let first = i / LANES * ny + band * LANES;
                        for (lane, law) in law.iter_mut().enumerate().take(rows.len() / nx) {
                            *law = columns[first + lane][i % LANES];
                        }
                    }
                    scratch.sweep(&jumps.x, band, 0.5 * tau);
                    scratch.store(rows);
                });
            });
    }
}

/// A reaction over some time, ready to be applied to parts of a law.
enum Reaction<'a> {
    None,
    /// r ← r (π/r)^φ, with φ and log π.
    FisherRao(f64, &'a [f64]),
    /// r ← r e^{c (g − max g)}, with c, max g and g.
    Given(f64, f64, &'a [f64]),
}

impl<'a> Reaction<'a> {
    fn new(growth: &'a Growth, log_target: &'a [f64], amount: f64) -> Self {
        match growth {
            _ if amount == 0.0 => Self::None,
            Growth::FisherRao => Self::FisherRao(-exp_m1(-amount), log_target),
            Growth::Given(field) => Self::Given(amount, highest(field), &field.values),
        }
    }

    /// Applies it to consecutive cells from this one, and returns the sum of what they are then.
    fn apply(&self, first: usize, mass: &mut [f64]) -> f64 {
        let cells = first..first + mass.len();
        wide(
            #[inline(always)]
            || match self {
                Self::None => {}
                Self::FisherRao(phi, log_target) => {
                    for (r, &p) in mass.iter_mut().zip(&log_target[cells]) {
                        *r = (*r * exp(phi * (p - ln(*r)))).max(FLOOR);
                    }
                }
                Self::Given(amount, highest, g) => {
                    for (r, &g) in mass.iter_mut().zip(&g[cells]) {
                        *r = (*r * exp(amount * (g - highest))).max(FLOOR);
                    }
                }
            },
        );
        sum(mass)
    }
}

/// The largest rate: relative to it no exponential overflows.
fn highest(growth: &Field) -> f64 {
    growth.range().map_or(0.0, |(_, high)| high)
}
