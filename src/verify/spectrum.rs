//! Slow modes: the spectrum on the grid against closed forms, against a method of its own on the line, and against what the flow does.

use super::measure::{blob, mixture};
use super::quadrature::normal;
use super::{Outcome, Progress, Stop};
use crate::continuum::{Continuum, Rates, SpectrumError, corrected, kramers, spectrum, spectrum_with_growth};
use crate::landscape::Landscape;
use crate::observe::Observer;
use crate::space::{Grid, Rect};
use crate::target::{Shape, TextbookWell};

impl From<SpectrumError> for Stop {
    fn from(cause: SpectrumError) -> Self {
        Self::Failed(cause.to_string())
    }
}

/// k(x⁴/4 − x²/2) along x, a bowl along y.
fn well(k: f64) -> Landscape {
    Landscape::new(Shape::TextbookWell(TextbookWell { stiffness: k }), 1.0)
}

/// The gap of Langevin on a line: the second eigenvalue of −d²/dx² + (V'² − 2V'')/4, the generator turned into a symmetric operator, by
/// Sturm's count of negative pivots and bisection, on two grids.
fn gap_on_a_line(slope: impl Fn(f64) -> f64, curvature: impl Fn(f64) -> f64, edge: f64) -> f64 {
    let on = |n: u32| {
        let h = 2.0 * edge / f64::from(n);
        let diagonal: Vec<f64> = (1..n)
            .map(|i| {
                let x = -edge + f64::from(i) * h;
                2.0 / (h * h) + 0.25 * slope(x).powi(2) - 0.5 * curvature(x)
            })
            .collect();
        let below = |value: f64| {
            let mut pivot = 1.0;
            let count = diagonal.iter().enumerate().filter(|(i, d)| {
                let last = if *i == 0 { 0.0 } else { 1.0 / (h.powi(4) * pivot) };
                pivot = **d - value - last;
                pivot < 0.0
            });
            count.count()
        };
        let bisect = |wanted: usize| {
            let (mut low, mut high) = (-1.0, 50.0);
            for _ in 0..60 {
                let middle = 0.5 * (low + high);
                if below(middle) > wanted {
                    high = middle;
                } else {
                    low = middle;
                }
            }
            0.5 * (low + high)
        };
        bisect(1) - bisect(0)
    };
    (4.0 * on(4000) - on(2000)) / 3.0
}

/// The same of the double well.
fn gap_of_the_well(k: f64) -> f64 {
    gap_on_a_line(move |x| k * x * (x * x - 1.0), move |x| k * (3.0 * x * x - 1.0), 4.0)
}

/// Where the double well has its mass.
fn frame(k: f64) -> Rect {
    let x = (1.0 + (60.0 / k).sqrt()).sqrt().min(4.0);
    Rect::new(-x, x, -6.0, 6.0)
}

/// The second mode of double wells, high and low, in the plane and on the line; and Kramers' law √2 k/π e^(−k/4) for high ones.
pub(super) fn double_wells(progress: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let all = [1.0, 4.0, 16.0, 24.0];
    for (i, k) in all.into_iter().enumerate() {
        progress.at(i, all.len())?;
        let (coarse, fine) = (
            spectrum(&well(k), frame(k), 64, 3)?.gap(),
            spectrum(&well(k), frame(k), 128, 3)?.gap(),
        );
        // Of second order in the cells: two grids give the limit.
        out.relative(
            format!("k = {k}: λ₁"),
            (4.0 * fine - coarse) / 3.0,
            gap_of_the_well(k),
            2e-5,
        );
    }
    for k in [16.0, 32.0, 48.0] {
        let formula = 2f64.sqrt() * k / std::f64::consts::PI * f64::exp(-0.25 * k);
        // The next term of the expansion in 1/k is a share of about 1.6/k.
        out.relative(
            format!("k = {k}: λ₁ / Kramers"),
            gap_of_the_well(k) / formula,
            1.0,
            3.0 / k,
        );
        let rect = frame(k);
        let basins = std::sync::Arc::clone(Observer::new(&well(k), rect).basins());
        let found = kramers(&well(k), rect, &basins);
        let found = found.ok_or_else(|| Stop::Failed("no pass was found".to_owned()))?;
        out.relative(
            format!("k = {k}: rate over the pass found"),
            found.rates[0],
            formula,
            1e-5,
        );
    }
    Ok(out)
}

/// A bowl: λ = n + m of Hermite polynomials; weighted by −c x² it has gap ω = √(1 + 4c) and grows at (1 − ω)/2.
pub(super) fn bowl(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let landscape = Landscape::new(mixture(&[blob((0.0, 0.0), (1.0, 1.0))])?, 1.0);
    let rect = Rect::new(-8.0, 8.0, -8.0, 8.0);
    let extrapolated = |k: usize| -> Result<f64, Stop> {
        let at = |cells: usize| spectrum(&landscape, rect, cells, 6).map(|s| s.rates[k]);
        Ok((4.0 * at(128)? - at(64)?) / 3.0)
    };
    for (k, expected) in [0.0, 1.0, 1.0, 2.0, 2.0, 2.0].into_iter().enumerate() {
        out.absolute(format!("λ{k}"), extrapolated(k)?, expected, 2e-3);
    }
    for c in [0.5, 2.0, -0.15] {
        let at = |cells: usize| {
            let growth = Grid::new(rect, cells, cells).field(|p| -c * p.x * p.x);
            spectrum_with_growth(&landscape, &growth, 3)
        };
        let (coarse, fine) = (at(64)?, at(128)?);
        let limit = |a: f64, b: f64| (4.0 * b - a) / 3.0;
        let omega = f64::sqrt(1.0 + 4.0 * c);
        out.absolute(
            format!("c = {c}: growth, (1 − ω)/2"),
            -limit(coarse.rates[0], fine.rates[0]),
            0.5 * (1.0 - omega),
            2e-3,
        );
        // The second mode along x is ω away; along y it is 1 as ever.
        out.absolute(
            format!("c = {c}: gap, min(ω, 1)"),
            limit(coarse.gap(), fine.gap()),
            omega.min(1.0),
            2e-3,
        );
    }
    Ok(out)
}

/// Walking in (1 + θ)V and weighing back converges as fast as walking in (1 − θ)V: slower on a double well that is flattened, faster
/// in a bowl.
pub(super) fn corrections(progress: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let k = 3.0;
    for (i, theta) in [-0.5, 0.0, 0.5].into_iter().enumerate() {
        progress.at(i, 3)?;
        let rect = Rect::new(-3.4, 3.4, -7.0, 7.0);
        let at = |cells: usize| corrected(&well(k), theta, rect, cells, 3).map(|s| s.gap());
        let computed = (4.0 * at(128)? - at(64)?) / 3.0;
        // Along y the gap is 1 − θ.
        let expected = gap_of_the_well(k * (1.0 - theta)).min(1.0 - theta);
        out.relative(format!("double well, θ = {theta}: gap"), computed, expected, 5e-3);
    }
    Ok(out)
}

/// Late on the law of the WFR flow converges at the rate αλ₁ + β, and KL at twice that.
pub(super) fn late_rate(progress: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let (k, n) = (8.0, 240);
    let landscape = well(k);
    let gap = gap_of_the_well(k);
    for (i, (alpha, beta)) in [(1.0, 0.0), (1.0, 0.3), (0.5, 1.0)].into_iter().enumerate() {
        progress.at(i, 3)?;
        let grid = Grid::new(Rect::new(-2.4, 2.4, -0.5, 0.5), n, 1);
        let mut law = Continuum::new(
            &landscape,
            &grid.field(|p| 0.2 * normal(p.x, -0.9, 0.1) + 0.8 * normal(p.x, 0.8, 0.2)),
        );
        let rates = Rates { alpha, beta };
        // Until all but the slowest mode is gone, and before KL drowns in rounding.
        let late = 6.0 / rates.decay(gap);
        law.advance(rates, late, 0.01);
        let before = law.functionals().kl;
        let span = 1.0 / rates.decay(gap);
        law.advance(rates, span, 0.01);
        let rate = (before / law.functionals().kl).ln() / span;
        out.relative(
            format!("α = {alpha}, β = {beta}: −d log KL/dt"),
            rate,
            2.0 * rates.decay(gap),
            2e-3,
        );
    }
    Ok(out)
}
