//! One axis of a target: the flow of the marginal, which is a flow of its own where V is a sum.
//!
//! # Why a marginal can be a flow
//!
//! Let V(x, y) = V₁(x) + V₂(y), so that π = π₁π₂, and let ρ = p(x, t) q(y, t). Then log(ρ/π) = u(x) + w(y) with u = log(p/π₁) and
//! w = log(q/π₂), and the equation divided by ρ is a function of x plus a function of y:
//!
//! ```text
//! ∂ₜρ/ρ = α ∇·(ρ∇(u + w))/ρ − β (u + w − E u − E w)
//!       = [α ∂ₓ(p ∂ₓu)/p − β (u − E_p u)]  +  [α ∂ᵧ(q ∂ᵧw)/q − β (w − E_q w)].
//! ```
//!
//! So a product stays a product, and each factor obeys the equation of one dimension,
//!
//! ```text
//! ∂ₜp = α ∂ₓ(p ∂ₓ log(p/π₁)) − β p (log(p/π₁) − E_p log(p/π₁)),
//! ```
//!
//! for Langevin, Fisher–Rao and WFR alike. Transport carries p at the velocity −α ∂ₓ log(p/π₁); reaction lets it grow at the rate
//! `β(E_p log(p/π₁) − log(p/π₁))`. The transport term needs less than a product: ∫ρ ∂ₓ log(ρ/π) dy = ∂ₓp + p V₁′ for any ρ, as long as V is a
//! sum. Where V is none, the marginal is no flow of its own, and velocity and rate here are those of another flow with the same p.
//!
//! # How it is measured
//!
//! Places stand at even distances along half as much again as the view, and every law is smoothed with the same Gaussian, of 0.02 of the view:
//! particles are binned linearly, which widens them by 1/6 cell², and smoothed by so much less; π and laws on a grid are smoothed from their
//! values. So u vanishes where ρ = π. Of smoothed laws the equation holds up to terms of the order of (bandwidth/width)².
//!
//! Known failures: structure of π finer than the cells (a 256th of the view along the axis, a 128th across it), and mass of π farther than three
//! views from the middle.

use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::excess;
use super::profile::Law;
use crate::density::gaussian_taps;
use crate::landscape::Landscape;
use crate::space::{Field, Grid, Point, Rect};
use crate::vectorize::{exp, ln, wide};

/// Places along the axis.
const PLACES: usize = 384;
/// What they cover, in views.
const REACH: f64 = 1.5;
/// Standard deviation of the smoothing in views: that of the other measurements.
const SMOOTHING: f64 = 0.02;
/// Variance of the smoothing in cells².
const VARIANCE: f64 = (SMOOTHING * PLACES as f64 / REACH) * (SMOOTHING * PLACES as f64 / REACH);
/// What linear binning adds to the law of points, in cells².
const BINNING: f64 = 1.0 / 6.0;
/// Views across the axis, and along it for what lies beyond the places.
const FAR: f64 = 6.0;
/// Cells over those views: across the axis, and along it.
const CELLS: [usize; 2] = [768, 192];
/// Cells along each side of the view on which V is tested for being a sum.
const TESTED: usize = 96;
/// Where V is at most so far above its lowest value, π has mass (kT).
const DEPTH: f64 = 10.0;
/// A V that is this near to a sum (kT) is one: rounding leaves less.
const ROUNDING: f64 = 1e-6;

/// An axis of the plane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Axis {
    /// Horizontal.
    #[default]
    X,
    /// Vertical.
    Y,
}

impl Axis {
    /// Both.
    pub const ALL: [Self; 2] = [Self::X, Self::Y];

    /// A coordinate of a point.
    pub const fn of(self, p: Point) -> f64 {
        match self {
            Self::X => p.x,
            Self::Y => p.y,
        }
    }

    /// The point with this coordinate, and that one along the other axis.
    pub const fn point(self, along: f64, across: f64) -> Point {
        match self {
            Self::X => Point::new(along, across),
            Self::Y => Point::new(across, along),
        }
    }

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::X => "x",
            Self::Y => "y",
        }
    }
}

/// The marginal of a target along an axis, at even places, and all that is needed to compare laws with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Marginal {
    landscape: Landscape,
    view: Rect,
    /// The axis.
    pub axis: Axis,
    /// The first place (length).
    pub first: f64,
    /// From each place to the next (length).
    pub spacing: f64,
    /// The standard deviation of the smoothing (length).
    pub bandwidth: f64,
    /// −log π₁, counted from its lowest value (kT), not smoothed: V₁ where V is a sum, else the free energy of x.
    pub potential: Vec<f64>,
    /// π₁, smoothed (per length).
    pub density: Vec<f64>,
    /// By how much V fails to be a sum where π has mass (kT): the largest |V(x, y) − V(x, y₀) − V(x₀, y) + V(x₀, y₀)|, with
    /// (x₀, y₀) the lowest point.
    pub defect: f64,
    /// log π₁, smoothed; finite wherever V is, however small π₁.
    pub(super) log_density: Vec<f64>,
    /// What smooths the binned particles.
    pub(super) taps: Vec<f64>,
    /// The variance of the mass that a single draw of π has in each bin, smoothed.
    pub(super) bin_variance: Vec<f64>,
}

impl Marginal {
    /// The marginal of the law of a landscape along an axis, over half as much again as `view`.
    pub fn new(landscape: &Landscape, view: Rect, axis: Axis) -> Self {
        let (low, high) = (axis.of(view.min), axis.of(view.max));
        let length = high - low;
        let spacing = REACH * length / PLACES as f64;
        let first = 0.5 * (low + high - REACH * length + spacing);
        let taps = gaussian_taps(VARIANCE);
        let reach = taps.len() - 1;

        // With a margin, so that the smoothing feels no border.
        let place = |k: usize| first + spacing * (k as f64 - reach as f64);
        let near: Vec<f64> = (0..PLACES + 2 * reach).map(place).collect();
        let coarse = FAR * length / CELLS[1] as f64;
        let inside = (near[0] - 0.5 * spacing, near[near.len() - 1] + 0.5 * spacing);
        let far: Vec<f64> = (0..CELLS[1])
            .map(|k| 0.5 * (low + high - FAR * length) + coarse * (k as f64 + 0.5))
            .filter(|x| *x < inside.0 || *x > inside.1)
            .collect();
        let (sharp, beyond) = (
            free_energy(landscape, view, axis, &near),
            free_energy(landscape, view, axis, &far),
        );
        let finite = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
        // A view in which there is nothing at all is as high as any.
        let lowest = Some(finite(&sharp).min(finite(&beyond))).filter(|v| v.is_finite());
        let lowest = lowest.unwrap_or(0.0);
        let mass = |values: &[f64], width: f64| width * values.iter().map(|f| exp(lowest - f)).sum::<f64>();
        let total = mass(&sharp, spacing) + mass(&beyond, coarse);
        let log_partition = if total > 0.0 { ln(total) - lowest } else { 0.0 };

        let log_density: Vec<f64> = (0..PLACES)
            .map(|k| -smoothed(&sharp[k..=k + 2 * reach], &taps) - log_partition)
            .collect();
        let masses: Vec<f64> = sharp.iter().map(|f| spacing * exp(-f - log_partition)).collect();
        let bin_variance = excess::variances(&masses, &taps, PLACES);
        let sharp = &sharp[reach..reach + PLACES];
        let floor = Some(finite(sharp)).filter(|v| v.is_finite()).unwrap_or(0.0);
        Self {
            landscape: landscape.clone(),
            view,
            axis,
            first,
            spacing,
            bandwidth: VARIANCE.sqrt() * spacing,
            potential: sharp.iter().map(|f| f - floor).collect(),
            density: log_density.iter().map(|l| exp(*l)).collect(),
            defect: defect(landscape, view),
            log_density,
            taps: gaussian_taps(VARIANCE - BINNING),
            bin_variance,
        }
    }

    /// Whether it is that of this landscape, view and axis.
    pub fn is_of(&self, landscape: &Landscape, view: Rect, axis: Axis) -> bool {
        self.axis == axis && self.view == view && self.landscape == *landscape
    }

    /// Whether V is a sum of a function of x and a function of y, so that the marginal of a product is a flow of its own.
    pub fn is_sum(&self) -> bool {
        self.defect < ROUNDING
    }

    /// Number of places.
    pub const fn len(&self) -> usize {
        self.potential.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.potential.is_empty()
    }

    /// A place (length).
    pub fn place(&self, k: usize) -> f64 {
        self.first + self.spacing * k as f64
    }

    /// The marginal of a density per area, smoothed alike (per length).
    pub fn of_field(&self, density: &Field) -> Vec<f64> {
        let grid = density.grid;
        let (cells, low, size, across) = match self.axis {
            Axis::X => (grid.nx, grid.rect.min.x, grid.dx(), grid.dy()),
            Axis::Y => (grid.ny, grid.rect.min.y, grid.dy(), grid.dx()),
        };
        let mut line = vec![0.0; cells];
        for (j, row) in density.values.chunks_exact(grid.nx).enumerate() {
            match self.axis {
                Axis::X => line.iter_mut().zip(row).for_each(|(sum, v)| *sum += v),
                Axis::Y => line[j] = row.iter().sum(),
            }
        }
        // Means over cells are wider than the law by a twelfth of a cell².
        let width = (self.bandwidth * self.bandwidth - size * size / 12.0)
            .max(0.25 * size * size)
            .sqrt();
        let reach = 6.0 * width;
        let mut out = vec![0.0; self.len()];
        for (i, value) in line.into_iter().enumerate().filter(|(_, value)| *value > 0.0) {
            let at = low + (i as f64 + 0.5) * size;
            let from = (((at - reach - self.first) / self.spacing).ceil().max(0.0)) as usize;
            let to = ((at + reach - self.first) / self.spacing).floor().max(-1.0) + 1.0;
            let scale = value * across * size / (width * (2.0 * std::f64::consts::PI).sqrt());
            for (k, sum) in out.iter_mut().enumerate().take(to as usize).skip(from) {
                let z = (self.place(k) - at) / width;
                *sum += scale * exp(-0.5 * z * z);
            }
        }
        out
    }

    /// The marginal of weighted points, smoothed alike. The weights sum to one.
    pub fn of_points(self: &Arc<Self>, points: [&[f64]; 2], weights: &[f64]) -> Law {
        let along = match self.axis {
            Axis::X => points[0],
            Axis::Y => points[1],
        };
        Law::new(Arc::clone(self), along, weights)
    }

    /// log(p/π₁) of a marginal at these places; 0 where either has nothing.
    pub fn log_ratio(&self, density: &[f64]) -> Vec<f64> {
        let ratio = |(p, log): (&f64, &f64)| {
            if *p > 0.0 && log.is_finite() { ln(*p) - log } else { 0.0 }
        };
        density.iter().zip(&self.log_density).map(ratio).collect()
    }

    /// The velocity −α ∂ₓ log(p/π₁) at which transport carries a marginal; 0 where p or a neighbour has nothing.
    pub fn velocity(&self, density: &[f64], alpha: f64) -> Vec<f64> {
        let u = self.log_ratio(density);
        let slope = |k: usize| {
            let (before, after) = (k.saturating_sub(1), (k + 1).min(u.len() - 1));
            let has = |k: usize| density[k] > 0.0 && self.log_density[k].is_finite();
            let known = has(before) && has(after) && after > before;
            let rise = (u[after] - u[before]) / (self.spacing * (after - before).max(1) as f64);
            if known { -alpha * rise } else { 0.0 }
        };
        (0..u.len()).map(slope).collect()
    }

    /// The rate β(E log(p/π₁) − log(p/π₁)) at which reaction lets a marginal grow; 0 where p has nothing.
    pub fn rate(&self, density: &[f64], beta: f64) -> Vec<f64> {
        let u = self.log_ratio(density);
        let total: f64 = density.iter().sum();
        let mean = if total > 0.0 {
            density.iter().zip(&u).map(|(p, u)| p * u).sum::<f64>() / total
        } else {
            0.0
        };
        let rate = |(p, u): (&f64, &f64)| if *p > 0.0 { beta * (mean - u) } else { 0.0 };
        density.iter().zip(&u).map(rate).collect()
    }
}

/// −log ∫e^{−V} across the axis at these places (kT).
fn free_energy(landscape: &Landscape, view: Rect, axis: Axis, places: &[f64]) -> Vec<f64> {
    let (low, high) = match axis {
        Axis::X => (view.min.y, view.max.y),
        Axis::Y => (view.min.x, view.max.x),
    };
    let cell = FAR * (high - low) / CELLS[0] as f64;
    let start = 0.5 * (low + high - FAR * (high - low));
    let across: Vec<f64> = (0..CELLS[0]).map(|k| start + cell * (k as f64 + 0.5)).collect();
    let energy = |(along, values): &mut (Vec<f64>, Vec<f64>), place: &f64| {
        along.fill(*place);
        match axis {
            Axis::X => landscape.potential_into(along, &across, values),
            Axis::Y => landscape.potential_into(&across, along, values),
        }
        let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
        if !lowest.is_finite() {
            return f64::INFINITY;
        }
        let mut sum = 0.0;
        wide(
            #[inline(always)]
            || values.iter_mut().for_each(|v| *v = exp(lowest - *v)),
        );
        values.iter().filter(|m| !m.is_nan()).for_each(|m| sum += m);
        lowest - ln(cell * sum)
    };
    let scratch = || (vec![0.0; CELLS[0]], vec![0.0; CELLS[0]]);
    places.par_iter().map_init(scratch, energy).collect()
}

/// −log of the smoothed e^{−F}, in the middle of a window.
fn smoothed(window: &[f64], taps: &[f64]) -> f64 {
    let lowest = window.iter().copied().fold(f64::INFINITY, f64::min);
    if !lowest.is_finite() {
        return f64::INFINITY;
    }
    let middle = window.len() / 2;
    let term = |(k, f): (usize, &f64)| taps[k.abs_diff(middle)] * exp(lowest - f);
    lowest - ln(window.iter().enumerate().map(term).sum())
}

/// By how much V fails to be a sum in the view, where π has mass (kT).
fn defect(landscape: &Landscape, view: Rect) -> f64 {
    let field = landscape.field(Grid::new(view, TESTED, TESTED));
    let v = &field.values;
    let Some(lowest) = (0..v.len())
        .filter(|k| v[*k].is_finite())
        .min_by(|a, b| v[*a].total_cmp(&v[*b]))
    else {
        return f64::INFINITY;
    };
    let (i0, j0) = (lowest % TESTED, lowest / TESTED);
    let at = |i: usize, j: usize| v[j * TESTED + i];
    let zero = v[lowest];
    let mut largest = 0.0;
    for k in (0..v.len()).filter(|k| v[*k] < zero + DEPTH) {
        let (i, j) = (k % TESTED, k / TESTED);
        let mixed = (at(i, j) - at(i, j0) - at(i0, j) + zero).abs();
        if !mixed.is_finite() {
            return f64::INFINITY;
        }
        largest = f64::max(largest, mixed);
    }
    largest
}
