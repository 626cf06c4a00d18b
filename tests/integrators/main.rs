//! The integrators of the transport against their own laws: closed forms for Gaussians, quadrature and grids for double wells.
//!
//! Everything expected is the law of the *discrete* chain, computed here, so that no bias of h is left to be tolerated. Particles that
//! only walk are independent, and standard errors are exact.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

#[path = "../common/mod.rs"]
mod common;
mod live;
mod weighted;
mod wells;

use rayon::prelude::*;
use wfr_lab::chunks::CHUNK;
use wfr_lab::ensemble::Ensemble;
use wfr_lab::flow::{Flow, StepContext, StepInfo, Transport, Workspace};
use wfr_lab::landscape::Landscape;
use wfr_lab::rng::{Purpose, Streams};

use common::{Estimate, blob, mixture};

const EM: Transport = Transport::EulerMaruyama;
const LM: Transport = Transport::LeimkuhlerMatthews;

/// Steps of h without reaction; what happened in the last one. The clock runs at α = ½, so that h = α dt is tested too.
fn walk(particles: &mut Ensemble, landscape: &Landscape, transport: Transport, h: f64, steps: u64) -> StepInfo {
    let flow = Flow {
        transport,
        ..Flow::new("walk", 0.5, 0.0)
    };
    let (mut work, mut info) = (Workspace::default(), StepInfo::default());
    for step in 0..steps {
        let context = StepContext::new(landscape, 2.0 * h, step, Streams::new(41));
        info = flow.step(particles, &context, &mut work).unwrap();
    }
    info
}

/// Exact, independent draws.
fn draws(landscape: &Landscape, n: usize) -> Ensemble {
    let (mut xs, mut ys) = (vec![0.0; n], vec![0.0; n]);
    xs.par_chunks_mut(CHUNK)
        .zip(ys.par_chunks_mut(CHUNK))
        .enumerate()
        .for_each(|(chunk, (xs, ys))| {
            let mut rng = Streams::new(42).stream(0, Purpose::Start, (1 << 40) + chunk);
            for (x, y) in xs.iter_mut().zip(ys) {
                let p = landscape.sample(&mut rng).unwrap();
                (*x, *y) = (p.x, p.y);
            }
        });
    Ensemble::new([xs, ys])
}

/// The mean of f over all particles.
fn mean(values: &[f64], f: impl Fn(f64) -> f64) -> Estimate {
    Estimate::of(&values.iter().map(|&v| f(v)).collect::<Vec<_>>())
}

fn product(a: &[f64], b: &[f64]) -> Estimate {
    Estimate::of(&a.iter().zip(b).map(|(a, b)| a * b).collect::<Vec<_>>())
}

#[test]
fn stationary_variances_on_a_bowl_are_those_of_the_closed_forms() {
    // V = kx²/2 along x and along y, at a temperature: k = 1/(S T).
    let (variances, temperature) = ((0.4, 1.0), 1.25);
    let landscape = Landscape::new(mixture(&[blob(1.0, (0.0, 0.0), variances)]), temperature);
    let friction = 0.8;
    for (transport, h, steps) in [
        (EM, 0.25, 80),
        (LM, 0.25, 80),
        (Transport::Mala, 0.25, 120),
        (Transport::Underdamped(friction), 0.6, 80),
    ] {
        let n = 400_000;
        // All from one point that is far off: what is left of the start after so many steps is below e^(−17).
        let mut particles = Ensemble::new([vec![1.5; n], vec![-1.0; n]]);
        let info = walk(&mut particles, &landscape, transport, h, steps);
        assert_eq!(info.lost, 0);
        for (axis, s) in [variances.0, variances.1].into_iter().enumerate() {
            let (k, what) = (1.0 / (s * temperature), format!("{transport:?} axis {axis}"));
            let values = particles.positions()[axis];
            mean(values, |x| x).agrees(&format!("{what} mean"), 0.0);
            let variance = mean(values, |x| x * x);
            variance.agrees(
                &format!("{what} variance"),
                if transport == EM {
                    (1.0 / k) / (1.0 - 0.5 * k * h)
                } else {
                    1.0 / k
                },
            );
            if transport == EM {
                variance.differs(&format!("{what} variance is not that of π"), 1.0 / k);
            }
            // The law is Gaussian, too: MALA's moves are not.
            mean(values, |x| x.powi(4) / 3.0 - x * x * variance.mean).agrees(&format!("{what} kurtosis"), 0.0);
            if let Some(velocities) = particles.velocities() {
                let square = mean(velocities[axis], |v| v * v);
                square.agrees(&format!("{what} velocity"), 1.0 - 0.25 * k * h * h);
                square.differs(&format!("{what} velocity is not quite thermal"), 1.0);
                product(values, velocities[axis]).agrees(&format!("{what} x v"), 0.0);
            }
        }
    }
}
