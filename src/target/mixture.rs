//! Gaussian mixtures: modes wherever you put them.
//!
//! U(p) = −log Σ wₖ N(p; mₖ, Sₖ), the weights normalised to Σ wₖ = 1. So π at temperature 1 is the mixture itself, with
//! normaliser 1. At other temperatures moments and draws are known only for a single component.

mod read;

pub(super) use read::mixture as read_components;

use std::f64::consts::TAU;

use rand::RngExt;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use super::handle::Handle;
use super::{Moments, Target, proper};
use crate::params::{Parameters, Visitor};
use crate::rng::Stream;
use crate::space::{Point, Rect, Symmetric};
use crate::vectorize::{self, exp, ln};

/// A sum of Gaussians, each with its own weight, mean and full covariance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "read::Listed")]
pub struct Mixture {
    components: Vec<Component>,
    /// What the hot loops need of each component, in the same order.
    #[serde(skip)]
    kernels: Vec<Kernel>,
}

/// One Gaussian of a mixture, be it a target or a start.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Weight relative to the other components, positive.
    #[serde(default = "read::one", deserialize_with = "read::weight")]
    pub weight: f64,
    /// Mean.
    #[serde(deserialize_with = "read::mean")]
    pub mean: Point,
    /// Covariance, positive definite.
    #[serde(deserialize_with = "read::covariance")]
    pub covariance: Symmetric,
}

/// Why components do not make a mixture.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum MixtureError {
    /// None, or too many.
    #[error("{0} components are not possible: expected 1 to {most}", most = Mixture::MOST)]
    Count(usize),
    /// A weight that is no positive number.
    #[error("weight {0} is not possible: expected a number above 0")]
    Weight(f64),
    /// A mean out in the void.
    #[error("mean ({}, {}) is not possible: expected coordinates from -1e6 to 1e6", .0.x, .0.y)]
    Mean(Point),
    /// A matrix that is no covariance.
    #[error("covariance ({}, {}, {}) is not positive definite: expected xx > 0, yy > 0 and xx·yy > xy²", .0.xx, .0.xy, .0.yy)]
    Covariance(Symmetric),
    /// A covariance beyond what the arithmetic can carry.
    #[error("covariance ({}, {}, {}) is not possible: expected xx and yy from 1e-8 to 1e8 and a correlation below 0.999999", .0.xx, .0.xy, .0.yy)]
    Extreme(Symmetric),
}

impl Mixture {
    /// The largest number of components.
    pub const MOST: usize = 64;

    /// The mixture of these components.
    pub fn new(components: Vec<Component>) -> Result<Self, MixtureError> {
        if components.is_empty() || components.len() > Self::MOST {
            return Err(MixtureError::Count(components.len()));
        }
        for component in &components {
            component.check()?;
        }
        Ok(Self::of_checked(components))
    }

    /// `n` equal round components with standard deviation `sd`, evenly around a circle. Numbers that make no mixture are
    /// moved to the nearest that do.
    pub fn ring_of(n: usize, radius: f64, sd: f64) -> Self {
        let n = n.clamp(1, Self::MOST);
        let variance = (sd * sd).clamp(1e-8, 1e8);
        let round = |v: f64| (v.clamp(-1e6, 1e6) * 1e9).round() / 1e9; // the last bits of sin and cos depend on the machine
        let component = |k: usize| {
            let (sin, cos) = (TAU * k as f64 / n as f64).sin_cos();
            let mean = Point::new(round(radius * cos), round(radius * sin));
            Component::new(1.0, mean, Symmetric::new(variance, 0.0, variance))
        };
        Self::of_checked((0..n).map(component).collect())
    }

    /// Four thin modes around (0, 5): two lying, two standing, equally heavy. Mean (0, 5), covariance diag(5.105, 5.505).
    pub fn four_modes() -> Self {
        let lying = Symmetric::new(1.2, 0.0, 0.01);
        let standing = Symmetric::new(0.01, 0.0, 2.0);
        Self::of_checked(vec![
            Component::new(1.0, Point::new(0.0, 8.0), lying),
            Component::new(1.0, Point::new(0.0, 2.0), lying),
            Component::new(1.0, Point::new(-3.0, 5.0), standing),
            Component::new(1.0, Point::new(3.0, 5.0), standing),
        ])
    }

    /// The components, at least one.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// The same with every component changed; what comes of it must be components.
    pub(super) fn map(&self, change: impl Fn(&Component) -> Component) -> Self {
        Self::of_checked(self.components.iter().map(change).collect())
    }

    fn of_checked(components: Vec<Component>) -> Self {
        // Divided by the largest first, so that no sum overflows.
        let largest = components.iter().map(|c| c.weight).fold(0.0, f64::max);
        let sum: f64 = components.iter().map(|c| c.weight / largest).sum();
        let kernels = components.iter().map(|c| Kernel::new(c, largest, sum)).collect();
        Self { components, kernels }
    }
}

impl Component {
    /// A Gaussian with this weight, mean and covariance.
    pub const fn new(weight: f64, mean: Point, covariance: Symmetric) -> Self {
        Self {
            weight,
            mean,
            covariance,
        }
    }

    /// Whether this can be part of a mixture.
    pub(super) fn check(&self) -> Result<(), MixtureError> {
        read::check_weight(self.weight)?;
        read::check_mean(self.mean)?;
        read::check_covariance(self.covariance)
    }
}

impl Default for Mixture {
    /// Three components of different weight and shape.
    fn default() -> Self {
        Self::of_checked(vec![
            Component::new(2.0, Point::new(-1.6, -1.0), Symmetric::new(0.3, 0.15, 0.2)),
            Component::new(2.0, Point::new(1.6, -0.8), Symmetric::new(0.15, 0.0, 0.35)),
            Component::new(1.0, Point::new(0.0, 1.7), Symmetric::new(0.45, -0.15, 0.15)),
        ])
    }
}

impl Parameters for Mixture {
    /// Components are edited as a list, or dragged; there is no single number to tune.
    fn visit(&mut self, _: &mut dyn Visitor) {}
}

impl Target for Mixture {
    #[inline(always)]
    fn energy(&self, p: Point) -> f64 {
        let mut sum = LogSum::EMPTY;
        for kernel in &self.kernels {
            let (log, _) = kernel.at(p.x, p.y);
            sum.add(log);
        }
        sum.energy()
    }

    #[inline(always)]
    fn gradient(&self, p: Point) -> Point {
        let mut sum = LogSum::EMPTY;
        let mut gradient = Point::default();
        for kernel in &self.kernels {
            let (log, pull) = kernel.at(p.x, p.y);
            let (keep, new) = sum.add(log);
            gradient = keep * gradient + new * pull;
        }
        Point::new(gradient.x / sum.total, gradient.y / sum.total)
    }

    /// ΔU = Σ rₖ (tr Sₖ⁻¹ − |sₖ|²) + |Σ rₖ sₖ|² with sₖ = Sₖ⁻¹(p − mₖ) and rₖ the share of component k at p.
    #[inline(always)]
    fn laplacian(&self, p: Point) -> f64 {
        let mut sum = LogSum::EMPTY;
        let (mut gradient, mut curvature) = (Point::default(), 0.0);
        for kernel in &self.kernels {
            let (log, pull) = kernel.at(p.x, p.y);
            let (keep, new) = sum.add(log);
            gradient = keep * gradient + new * pull;
            curvature = keep * curvature + new * kernel.bend(pull);
        }
        let inverse = 1.0 / sum.total;
        curvature * inverse + (inverse * gradient).norm_squared()
    }

    // In the loops the points of a block run innermost, over one component at a time: that vectorises whatever the number
    // of components, and does the same arithmetic in the same order as for a single point.

    fn energy_into(&self, xs: &[f64], ys: &[f64], energies: &mut [f64]) {
        vectorize::wide(
            #[inline(always)]
            || {
                let blocks = xs.chunks(BLOCK).zip(ys.chunks(BLOCK)).zip(energies.chunks_mut(BLOCK));
                for ((xs, ys), energies) in blocks {
                    let mut sums = [LogSum::EMPTY; BLOCK];
                    for kernel in &self.kernels {
                        for ((sum, &x), &y) in sums.iter_mut().zip(xs).zip(ys) {
                            sum.add(kernel.at(x, y).0);
                        }
                    }
                    for (u, sum) in energies.iter_mut().zip(&sums) {
                        *u = sum.energy();
                    }
                }
            },
        );
    }

    fn gradient_into(&self, xs: &[f64], ys: &[f64], gx: &mut [f64], gy: &mut [f64]) {
        vectorize::wide(
            #[inline(always)]
            || {
                let slopes = gx.chunks_mut(BLOCK).zip(gy.chunks_mut(BLOCK));
                for ((xs, ys), (gx, gy)) in xs.chunks(BLOCK).zip(ys.chunks(BLOCK)).zip(slopes) {
                    let mut sums = [LogSum::EMPTY; BLOCK];
                    gx.fill(0.0);
                    gy.fill(0.0);
                    for kernel in &self.kernels {
                        let slopes = gx.iter_mut().zip(gy.iter_mut());
                        for (((sum, &x), &y), (gx, gy)) in sums.iter_mut().zip(xs).zip(ys).zip(slopes) {
                            let (log, pull) = kernel.at(x, y);
                            let (keep, new) = sum.add(log);
                            *gx = keep * *gx + new * pull.x;
                            *gy = keep * *gy + new * pull.y;
                        }
                    }
                    for ((gx, gy), sum) in gx.iter_mut().zip(gy.iter_mut()).zip(&sums) {
                        *gx /= sum.total;
                        *gy /= sum.total;
                    }
                }
            },
        );
    }

    fn laplacian_into(&self, xs: &[f64], ys: &[f64], laplacians: &mut [f64]) {
        vectorize::wide(
            #[inline(always)]
            || {
                let blocks = xs.chunks(BLOCK).zip(ys.chunks(BLOCK)).zip(laplacians.chunks_mut(BLOCK));
                for ((xs, ys), out) in blocks {
                    let mut sums = [LogSum::EMPTY; BLOCK];
                    let (mut gx, mut gy) = ([0.0; BLOCK], [0.0; BLOCK]);
                    out.fill(0.0);
                    for kernel in &self.kernels {
                        let sums = sums.iter_mut().zip(gx.iter_mut().zip(gy.iter_mut()));
                        for (((sum, (gx, gy)), out), (&x, &y)) in sums.zip(out.iter_mut()).zip(xs.iter().zip(ys)) {
                            let (log, pull) = kernel.at(x, y);
                            let (keep, new) = sum.add(log);
                            *gx = keep * *gx + new * pull.x;
                            *gy = keep * *gy + new * pull.y;
                            *out = keep * *out + new * kernel.bend(pull);
                        }
                    }
                    for ((out, sum), (&gx, &gy)) in out.iter_mut().zip(&sums).zip(gx.iter().zip(&gy)) {
                        let inverse = 1.0 / sum.total;
                        *out = *out * inverse + (inverse * Point::new(gx, gy)).norm_squared();
                    }
                }
            },
        );
    }

    /// 3.5 standard deviations around every component, made wider or higher where it would be a thin strip.
    fn view(&self) -> Rect {
        let mut low = Point::new(f64::INFINITY, f64::INFINITY);
        let mut high = -low;
        for c in &self.components {
            let reach = 3.5 * Point::new(c.covariance.xx.sqrt(), c.covariance.yy.sqrt());
            low = Point::new(low.x.min(c.mean.x - reach.x), low.y.min(c.mean.y - reach.y));
            high = Point::new(high.x.max(c.mean.x + reach.x), high.y.max(c.mean.y + reach.y));
        }
        let (center, half) = (0.5 * (low + high), 0.5 * (high - low));
        let half = Point::new(half.x.max(0.7 * half.y), half.y.max(0.7 * half.x));
        Rect {
            min: center - half,
            max: center + half,
        }
    }

    /// Of each component in turn: see [`Component::handles`].
    fn handles(&self, kt: f64) -> Vec<Handle> {
        let of = |(k, c): (usize, &Component)| c.handles(kt).map(|handle| handle.of(k));
        self.components.iter().enumerate().flat_map(of).collect()
    }

    fn drag(&mut self, handle: usize, to: Point, kt: f64) {
        let mut components = std::mem::take(&mut self.components);
        if let Some(component) = components.get_mut(handle / GRIPS) {
            component.drag(handle % GRIPS, to, kt);
        }
        *self = Self::of_checked(components);
    }

    fn moments(&self, temperature: f64) -> Option<Moments> {
        let t = proper(temperature)?;
        if let [c] = self.components[..] {
            // ∫ N^(1/T) = (2π √det S)^(1 − 1/T) T
            let log_area = ln(TAU) + 0.5 * ln(c.covariance.determinant());
            return Some(Moments {
                log_normaliser: (1.0 - 1.0 / t) * log_area + ln(t),
                mean: c.mean,
                covariance: c.covariance.scaled(t),
            });
        }
        if t != 1.0 {
            return None;
        }
        let mean = self.average(|c| c.mean, |sum, w, m| sum + w * m);
        let covariance = self.average(
            |c| c.covariance.plus(Symmetric::outer(c.mean - mean)),
            |sum: Symmetric, w, s| sum.plus(s.scaled(w)),
        );
        Some(Moments {
            log_normaliser: 0.0,
            mean,
            covariance,
        })
    }

    fn sample(&self, temperature: f64, rng: &mut Stream) -> Option<Point> {
        let t = proper(temperature)?;
        if t != 1.0 && self.components.len() > 1 {
            return None;
        }
        let mut left: f64 = rng.random();
        let chosen = self.kernels.iter().position(|k| {
            left -= k.share;
            left < 0.0
        });
        let c = self.components[chosen.unwrap_or(self.components.len() - 1)]; // shares may sum to just below 1
        let (l11, l21, l22) = c.covariance.scaled(t).cholesky();
        let (a, b): (f64, f64) = (rng.sample(StandardNormal), rng.sample(StandardNormal));
        Some(c.mean + Point::new(l11 * a, l21 * a + l22 * b))
    }
}

/// Handles of one component.
const GRIPS: usize = 6;

impl Mixture {
    /// The weighted mean of something over the components.
    fn average<A: Default>(&self, of: impl Fn(&Component) -> A, add: impl Fn(A, f64, A) -> A) -> A {
        let both = self.components.iter().zip(&self.kernels);
        both.fold(A::default(), |sum, (c, k)| add(sum, k.share, of(c)))
    }
}

/// Points per block: the scratch of a block stays in the first-level cache.
const BLOCK: usize = 256;

/// A component as the hot loops want it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Kernel {
    /// Normalised weight.
    share: f64,
    /// Logarithm of the normalised weight times the density at the mean.
    log_peak: f64,
    mean: Point,
    /// Inverse covariance.
    precision: Symmetric,
}

impl Kernel {
    fn new(c: &Component, largest: f64, sum: f64) -> Self {
        let share = (c.weight / largest / sum).max(f64::MIN_POSITIVE); // positive, so that its logarithm is finite
        Self {
            share,
            log_peak: ln(share) - ln(TAU) - 0.5 * ln(c.covariance.determinant()),
            mean: c.mean,
            precision: c.covariance.inverse(),
        }
    }

    /// Logarithm of the weighted density at (x, y), and the negative of its gradient.
    #[inline(always)]
    fn at(&self, x: f64, y: f64) -> (f64, Point) {
        let d = Point::new(x - self.mean.x, y - self.mean.y);
        let pull = self.precision.apply(d);
        (self.log_peak - 0.5 * d.dot(pull), pull)
    }

    /// tr S⁻¹ − |s|², where s is the slope that [`Kernel::at`] gives.
    #[inline(always)]
    fn bend(&self, slope: Point) -> f64 {
        self.precision.xx + self.precision.yy - slope.norm_squared()
    }
}

/// A running Σ e^l, kept as total · e^top with top the largest l so far: far from all components nothing underflows.
#[derive(Clone, Copy)]
struct LogSum {
    top: f64,
    total: f64,
}

impl LogSum {
    const EMPTY: Self = Self {
        top: f64::NEG_INFINITY,
        total: 0.0,
    };

    /// Adds e^log. A sum kept alongside goes on as keep · old + new · addend.
    #[inline(always)]
    fn add(&mut self, log: f64) -> (f64, f64) {
        let smaller = exp(-(log - self.top).abs());
        let (keep, new) = if log > self.top { (smaller, 1.0) } else { (1.0, smaller) };
        self.top = if log > self.top { log } else { self.top };
        self.total = self.total * keep + new;
        (keep, new)
    }

    /// −log of the sum.
    #[inline(always)]
    fn energy(&self) -> f64 {
        -(self.top + ln(self.total))
    }
}
