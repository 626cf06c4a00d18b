//! Hands on: the brush, the drawn start and the probe, against closed forms and the exact solution.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

mod brush;
#[path = "../common/mod.rs"]
mod common;
mod probe;
mod start;

use std::f64::consts::{PI, TAU};

use common::{Estimate, advance, bits, blob, fixed, mixture, moments, on_threads, replicates, scenario};
use wfr_lab::density::{Estimator, Method};
use wfr_lab::flow::{Flow, Rate, Reaction, Transport};
use wfr_lab::reference::{ExactPanel, Reference};
use wfr_lab::resample::Resampling;
use wfr_lab::scenario::{Disc, PARTICLES, Scenario, Start};
use wfr_lab::sim::{Command, Dab, Simulation, Stroke};
use wfr_lab::snapshot::{Probe, Probed};
use wfr_lab::space::Point;
use wfr_lab::target::{DoubleWell, Shape};
use wfr_lab::timeline::Timeline;

/// A standard normal target, and a start beside it.
const START: ((f64, f64), (f64, f64)) = ((0.8, -0.4), (0.5, 0.9));

fn bowl(particles: usize, panels: Vec<Flow>) -> Scenario {
    let target = mixture(&[blob(1.0, (0.0, 0.0), (1.0, 1.0))]);
    Scenario {
        particles,
        dt: 0.004,
        ..scenario(target, Start::Gaussian(blob(1.0, START.0, START.1)), panels)
    }
}

const fn dab(x: f64, y: f64, radius: f64, stroke: Stroke) -> Dab {
    Dab {
        center: Point::new(x, y),
        radius,
        stroke,
    }
}

fn panels(flows: &[Flow]) -> Vec<Flow> {
    let named = |(k, flow): (usize, &Flow)| Flow {
        name: k.to_string(),
        ..flow.clone()
    };
    flows.iter().enumerate().map(named).collect()
}

/// Mean x, variance x, mean y of the exact solution of the only panel.
fn exact(reference: &Reference) -> [f64; 3] {
    match &reference.exact().panels[0] {
        ExactPanel::Solved(solution) => {
            let o = &solution.now.observed;
            [o.mean.x, o.covariance.xx, o.mean.y]
        }
        ExactPanel::None(reason) => panic!("{reason}"),
    }
}

#[track_caller]
fn close(what: &str, seen: f64, expected: f64, tolerance: f64) {
    println!("{what}: {seen:.7}, expected {expected:.7}");
    assert!(
        (seen - expected).abs() <= tolerance,
        "{what}: {seen} and not {expected}"
    );
}
