//! Laws with a closed form, against the program's own steps in the limit and against quadrature.

use super::quadrature::{integral, normal, slope};
use super::{Outcome, Progress, Stop};
use crate::ensemble::Ensemble;
use crate::flow::{Flow, StepContext, Workspace};
use crate::landscape::Landscape;
use crate::resample::Resampling;
use crate::rng::Streams;
use crate::space::Point;
use crate::target::{DoubleWell, Shape};

/// Where pure Fisher–Rao starts on a line; its target is the default double well along x.
const START: (f64, f64) = (-0.6, 0.5);
const LINE: (f64, f64) = (-6.0, 6.0);

/// V of a double well with a barrier of 2, along x.
fn potential(x: f64) -> f64 {
    2.0 * (x * x - 1.0).powi(2) + 0.3 * x
}

/// Pure Fisher–Rao moves along ρ₀^s π^(1−s)/Z, s = e^(−βt). Here the program's own reaction weighs fixed particles under the rate
/// −(log ρ + V) along that path, in small steps; its weights must stay on the path.
pub(super) fn fisher_rao_path(progress: &Progress) -> Result<Outcome, Stop> {
    let shape = Shape::DoubleWell(DoubleWell {
        barrier: 2.0,
        tilt: 0.3,
    });
    let landscape = Landscape::new(shape, 1.0);
    let (beta, n, steps) = (1.7, 2000, 400_u32);
    let xs: Vec<f64> = (0..n)
        .map(|i| LINE.0 + (LINE.1 - LINE.0) * (i as f64 + 0.5) / n as f64)
        .collect();
    // Log of the path up to its normaliser, which drops out of weights.
    let path = |x: f64, t: f64| {
        let s = (-beta * t).exp();
        s * normal(x, START.0, START.1).max(1e-300).ln() - (1.0 - s) * potential(x)
    };
    let flow = Flow::new("Fisher–Rao", 0.0, beta);
    let mut out = Outcome::default();
    for (k, t) in [0.25, 1.0, 2.5].into_iter().enumerate() {
        progress.at(k, 3)?;
        let mut particles = Ensemble::new([xs.clone(), vec![0.0; n]]);
        particles.reweight(|_, [xs, _], l| l.iter_mut().zip(xs).for_each(|(l, x)| *l += path(*x, 0.0)))?;
        let (dt, mut work) = (t / f64::from(steps), Workspace::default());
        for step in 0..steps {
            let middle = (f64::from(step) + 0.5) * dt;
            let rate = |p: Point| -(path(p.x, middle) + potential(p.x));
            let context = StepContext {
                resampling: Resampling {
                    threshold: 0.0,
                    ..Resampling::default()
                },
                given: Some(&rate),
                ..StepContext::new(&landscape, dt, step.into(), Streams::new(1))
            };
            flow.step(&mut particles, &context, &mut work)?;
        }
        let exact: Vec<f64> = xs.iter().map(|x| path(*x, t).exp()).collect();
        let total: f64 = exact.iter().sum();
        let distance: f64 = particles
            .weights()
            .iter()
            .zip(&exact)
            .map(|(w, e)| (w - e / total).abs())
            .sum();
        out.absolute(format!("t = {t}: Σ |w − exact|"), distance, 0.0, 2e-5);
        let potential_at = landscape.potential(Point::new(0.4, 0.0));
        out.absolute(format!("t = {t}: V at .4"), potential_at, potential(0.4), 1e-12);
    }
    Ok(out)
}

/// With y = log ρ₀/π and K(s) = log E e^(sy) under π: KL along the path is sK' − K, and falls at the rate β Var = β s²K''.
pub(super) fn cumulants(_: &Progress) -> Result<Outcome, Stop> {
    let mut out = Outcome::default();
    let quadrature = |f: &dyn Fn(f64) -> f64| integral(LINE.0, LINE.1, 4000, f);
    let log_start = |x: f64| -(x - START.0).powi(2) / (2.0 * START.1) - 0.5 * (std::f64::consts::TAU * START.1).ln();
    let log_z = quadrature(&|x| (-potential(x)).exp()).ln();
    let y = |x: f64| log_start(x) + potential(x) + log_z;
    // e^(sy) π in one exponent: y alone is huge where π vanishes.
    let path = |x: f64, s: f64| (s * log_start(x) - (1.0 - s) * (potential(x) + log_z)).exp();
    let k = |s: f64| quadrature(&|x| path(x, s)).ln();
    let kl = |s: f64| {
        let ks = k(s);
        quadrature(&|x| path(x, s) * (-ks).exp() * (s * y(x) - ks))
    };
    // Beyond s = 1 there is no law: a Gaussian has heavier tails than the well.
    for s in [0.9, 0.6, 0.2, 0.05] {
        let (ks, mean, h) = (k(s), kl(s), 1e-3 * s);
        let variance = quadrature(&|x| path(x, s) * (-ks).exp() * (s * y(x) - ks - mean).powi(2));
        out.absolute(format!("s = {s}: KL = sK' − K"), mean, s * slope(k, s, h) - ks, 1e-7);
        // ds/dt = −βs, so −dKL/dt = β s dKL/ds.
        out.absolute(format!("s = {s}: −dKL/dt = β Var"), s * slope(kl, s, h), variance, 1e-6);
    }
    Ok(out)
}
