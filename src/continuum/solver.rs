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
//! A step is symmetric: ½ reaction, ½ x, y, ½ x, ½ reaction. Errors are of second order in dt and in the size of a cell.
//!
//! # What holds for every dt
//!
//! Every cell is positive and the masses sum to 1; π is stationary. Bits do not depend on the number of threads.
//!
//! # Known failure
//!
//! What would be below 2e-308 in a cell is lifted to that: a law with no tails at all is not represented, and pure reaction feels
//! it after a time of about log(700)/β. What lies outside the grid does not exist.

use rayon::prelude::*;

use super::rates::{Jumps, tame};
use super::sweep::{LANES, Lane, with_scratch};
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

/// A law on a grid that follows the WFR equation.
#[derive(Clone, Debug)]
pub struct Continuum {
    grid: Grid,
    mass: Vec<f64>,
    /// V above its smallest value.
    potential: Vec<f64>,
    target: Vec<f64>,
    log_target: Vec<f64>,
    /// Rates of the chain that keeps π.
    jumps: Jumps,
    /// Rates of another chain, if the walk is in another potential.
    walk: Option<Jumps>,
    growth: Growth,
    log_normaliser: f64,
    /// The law between a y-sweep and the x-sweep after it, in bands of columns.
    columns: Vec<Lane>,
}

impl Continuum {
    /// Starts from this density (per area, of any positive scale; it is normalised here), with a landscape on the density's grid.
    /// What is negative or not finite counts as zero; if nothing is left the start is uniform.
    pub fn new(landscape: &Landscape, density: &Field) -> Self {
        let grid = density.grid;
        let largest = density.range().map_or(0.0, |(_, high)| high);
        // Divided by the largest value first, so that no scale over- or underflows.
        let clean = |&v: &f64| if v.is_finite() && v > 0.0 { v / largest } else { 0.0 };
        let mut mass: Vec<f64> = density.values.iter().map(clean).collect();
        if sum(&mass) == 0.0 {
            mass.fill(1.0);
        }
        let potential = Vec::new();
        let jumps = Jumps::new(Grid::new(grid.rect, 0, 0), &potential);
        let columns = vec![[1.0; LANES]; grid.nx.div_ceil(LANES) * grid.ny];
        let mut continuum = Self {
            grid,
            mass,
            potential,
            target: Vec::new(),
            log_target: Vec::new(),
            jumps,
            walk: None,
            growth: Growth::FisherRao,
            log_normaliser: 0.0,
            columns,
        };
        continuum.normalise();
        continuum.set_landscape(landscape);
        continuum
    }

    /// Another target; the law stays as it is.
    pub fn set_landscape(&mut self, landscape: &Landscape) {
        self.potential = tame(&landscape.field(self.grid));
        self.jumps = Jumps::new(self.grid, &self.potential);
        self.target = self.potential.iter().map(|&v| exp(-v)).collect();
        let total = sum(&self.target);
        let log_total = ln(total);
        self.log_target = self.potential.iter().map(|&v| -v - log_total).collect();
        self.target
            .iter_mut()
            .for_each(|p| *p = (*p / total).max(f64::MIN_POSITIVE));
    }

    /// What the reaction is: −log(ρ/π), or a given function on the solver's grid.
    ///
    /// # Panics
    ///
    /// If the function is given on another grid.
    pub fn set_growth(&mut self, growth: Growth) {
        if let Growth::Given(field) = &growth {
            assert_eq!(field.values.len(), self.grid.len(), "the rate is on another grid");
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

    /// Steps of equal size, no longer than `longest`, over this time.
    pub fn advance(&mut self, rates: Rates, time: f64, longest: f64) {
        let steps = (time / longest).ceil().max(1.0);
        if time > 0.0 {
            self.steps(rates, time / steps, steps as usize);
        }
    }

    fn steps(&mut self, rates: Rates, dt: f64, count: usize) {
        let (transport, reaction) = (rates.alpha * dt, rates.beta * dt);
        if transport == 0.0 {
            (0..count).for_each(|_| self.react(reaction));
            return;
        }
        // The half reactions of two neighbouring steps are one.
        self.react(0.5 * reaction);
        for left in (0..count).rev() {
            self.transport(transport);
            self.react(if left == 0 { 0.5 * reaction } else { reaction });
        }
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
        &self.target
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
    /// over neighbouring cells with u = r/π, so that d KL/dt = −α I − β Var holds exactly but for the time step.
    pub fn functionals(&self) -> Functionals {
        let log_ratio: Vec<f64> = self
            .mass
            .iter()
            .zip(&self.log_target)
            .map(|(&r, &p)| ln(r) - p)
            .collect();
        let kl = self.expectation(|k| log_ratio[k]);
        let variance = self.expectation(|k| (log_ratio[k] - kl) * (log_ratio[k] - kl));
        let nx = self.grid.nx;
        let mut information = 0.0;
        for (axis, lines, stride, along) in [(&self.jumps.x, self.grid.ny, nx, 1), (&self.jumps.y, nx, 1, nx)] {
            for line in 0..lines {
                let (first, lane) = (line / LANES * axis.length, line % LANES);
                for k in 1..axis.length {
                    let here = line * stride + k * along;
                    let before = here - along;
                    let flux =
                        axis.up[first + k - 1][lane] * self.mass[before] - axis.down[first + k][lane] * self.mass[here];
                    information += flux * (log_ratio[before] - log_ratio[here]);
                }
            }
        }
        Functionals {
            kl,
            information,
            variance,
        }
    }

    fn expectation(&self, f: impl Fn(usize) -> f64) -> f64 {
        self.mass.iter().enumerate().map(|(k, r)| r * f(k)).sum()
    }

    /// The reaction alone over the time for which this is β dt; exact.
    fn react(&mut self, amount: f64) {
        if amount == 0.0 {
            return;
        }
        match &self.growth {
            Growth::FisherRao => {
                let phi = -exp_m1(-amount);
                self.mass
                    .par_chunks_mut(CHUNK)
                    .zip(self.log_target.par_chunks(CHUNK))
                    .for_each(|(mass, log_target)| {
                        wide(
                            #[inline(always)]
                            || {
                                for (r, &p) in mass.iter_mut().zip(log_target) {
                                    *r *= exp(phi * (p - ln(*r)));
                                }
                            },
                        );
                    });
            }
            Growth::Given(field) => {
                // Relative to the largest rate, so that no exponential overflows.
                let highest = field.range().map_or(0.0, |(_, high)| high);
                self.log_normaliser += amount * highest;
                self.mass
                    .par_chunks_mut(CHUNK)
                    .zip(field.values.par_chunks(CHUNK))
                    .for_each(|(mass, g)| {
                        wide(
                            #[inline(always)]
                            || {
                                for (r, &g) in mass.iter_mut().zip(g) {
                                    *r *= exp((amount * (g - highest)).min(0.0));
                                }
                            },
                        );
                    });
            }
        }
        self.log_normaliser += self.normalise();
    }

    /// Divides by the sum, and returns its logarithm.
    fn normalise(&mut self) -> f64 {
        let total = sum(&self.mass);
        let scale = 1.0 / total;
        let mass = &mut self.mass;
        wide(
            #[inline(always)]
            || {
                for r in mass {
                    *r = (*r * scale).max(f64::MIN_POSITIVE);
                }
            },
        );
        ln(total)
    }

    /// Transport alone over the time for which this is α dt: ½ x, y, ½ x.
    fn transport(&mut self, tau: f64) {
        let (nx, ny) = (self.grid.nx, self.grid.ny);
        let jumps = self.walk.as_ref().unwrap_or(&self.jumps);
        let (mass, columns) = (&mut self.mass, &mut self.columns);
        // Along x, in bands of rows.
        mass.par_chunks_mut(LANES * nx).enumerate().for_each(|(band, rows)| {
            with_scratch(nx, |scratch| {
                for (lane, row) in rows.chunks(nx).enumerate() {
                    for (law, &r) in scratch.law.iter_mut().zip(row) {
                        law[lane] = r;
                    }
                }
                scratch.sweep(&jumps.x, band, 0.5 * tau);
                for (lane, row) in rows.chunks_mut(nx).enumerate() {
                    for (law, r) in scratch.law.iter().zip(row) {
                        *r = law[lane];
                    }
                }
            });
        });
        // Along y, in bands of columns.
        let rows = &mass[..];
        columns.par_chunks_mut(ny).enumerate().for_each(|(band, out)| {
            with_scratch(ny, |scratch| {
                let first = band * LANES;
                let width = LANES.min(nx - first);
                for (law, row) in scratch.law.iter_mut().zip(rows.chunks(nx)) {
                    law[..width].copy_from_slice(&row[first..first + width]);
                }
                scratch.sweep(&jumps.y, band, tau);
                out.copy_from_slice(&scratch.law);
            });
        });
        // Along x again.
        let columns = &columns[..];
        mass.par_chunks_mut(LANES * nx).enumerate().for_each(|(band, rows)| {
            with_scratch(nx, |scratch| {
                for (i, law) in scratch.law.iter_mut().enumerate() {
                    let first = i / LANES * ny + band * LANES;
                    for (lane, law) in law.iter_mut().enumerate().take(rows.len() / nx) {
                        *law = columns[first + lane][i % LANES];
                    }
                }
                scratch.sweep(&jumps.x, band, 0.5 * tau);
                for (lane, row) in rows.chunks_mut(nx).enumerate() {
                    for (law, r) in scratch.law.iter().zip(row) {
                        *r = law[lane];
                    }
                }
            });
        });
        // The masses sum to 1 but for rounding, which is not left to pile up.
        self.normalise();
    }
}
