//! The way back: a frame is the whole state; what was reached is reached again, to the last bit, within the memory allowed.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

#[path = "../common/mod.rs"]
mod common;
mod frames;
mod memory;
mod sessions;

use common::unbalanced;
use proptest::prelude::*;
use wfr_lab::density::{Bandwidth, Estimator, Method};
use wfr_lab::flow::{Flow, Rate, Reaction, Splitting, Transport};
use wfr_lab::landscape::{Relief, Well};
use wfr_lab::resample::{Order, Resampling, Scheme};
use wfr_lab::scenario::{Pace, Scenario, presets};
use wfr_lab::share::{Code, Session, ViewState};
use wfr_lab::sim::{Command, Dab, Frame, Simulation, Stroke};
use wfr_lab::space::Point;
use wfr_lab::timeline::{State, Timeline};

/// A frame as bytes: equal bytes are equal bits, with −0 and NaN.
fn written<T: serde::Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

fn read<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> T {
    ciborium::from_reader(bytes).unwrap()
}

fn advance(simulation: &mut Simulation, steps: u64) {
    for _ in 0..steps {
        // A collapse is a state like any other.
        let _ = simulation.step();
        simulation.record();
    }
}

/// Goes on from a frame, in a run that has done other things and in one that has done nothing, and compares.
fn goes_on(scenario: &Scenario, before: u64, after: u64) {
    let mut plain = Simulation::new(scenario.clone());
    advance(&mut plain, before);
    let (frame, observed) = (plain.frame(), plain.observe(0));
    let file = written(&frame);
    let reread: Frame = read(&file);
    assert!(file == written(&reread), "a frame is written as it was read");
    advance(&mut plain, after);
    let expected = written(&plain.frame());
    // The workspaces of one are used and larger, those of the other have seen nothing.
    let mut used = Simulation::new(Scenario {
        particles: scenario.particles + 700,
        seed: 99,
        ..scenario.clone()
    });
    advance(&mut used, 3);
    used.restore(&frame);
    let mut fresh = Simulation::from(&reread);
    for run in [&mut used, &mut fresh] {
        assert!(written(&run.frame()) == file, "{}", scenario.title);
        assert_eq!(run.observe(0), observed, "{}", scenario.title);
        advance(run, after);
        assert!(written(&run.frame()) == expected, "{}", scenario.title);
    }
}

/// Two wells out of balance, at short steps.
fn busy(particles: usize, panels: Vec<Flow>) -> Scenario {
    Scenario {
        particles,
        dt: 0.02,
        scouts: 0.1,
        ..unbalanced(panels)
    }
}

const fn dab(x: f64, radius: f64, stroke: Stroke) -> Command {
    Command::Brush(Dab {
        center: Point::new(x, 0.1),
        radius,
        stroke,
    })
}
