//! Panels that come and go while a run goes on.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints what it measured and stops at what is wrong"
)]

mod arrangement;
#[path = "../common/mod.rs"]
mod common;
mod pace;

use std::sync::Arc;

use common::gauss::{Gauss, LIE, Law, TARGET, towards_target};
use common::{advance, fixed, replicates};
use wfr_lab::engine::{Control, Engine};
use wfr_lab::flow::Flow;
use wfr_lab::observe::Observer;
use wfr_lab::reference::{Course, Exact, ExactEntry, ExactPanel, Reference, Solution};
use wfr_lab::resample::Resampling;
use wfr_lab::scenario::{Pace, Reading, Scenario, Tempo, presets};
use wfr_lab::sim::{Command, Simulation};
use wfr_lab::snapshot::{PanelSnapshot, Probe};
use wfr_lab::timeline::{Journal, Timeline};

fn small() -> Scenario {
    let mut scenario = Scenario {
        particles: 500,
        ..presets()[0].scenario()
    };
    scenario.panels[2].resampling = Some(Resampling {
        threshold: 0.97,
        ..Resampling::default()
    });
    scenario
}

fn edit(scenario: Scenario) -> Command {
    Command::Edit(Box::new(scenario))
}

fn go(simulation: &mut Simulation, steps: usize) {
    for _ in 0..steps {
        simulation.step().unwrap();
        simulation.record();
    }
}

fn names(simulation: &Simulation) -> Vec<String> {
    simulation.scenario().panels.iter().map(|f| f.name.clone()).collect()
}

fn panels(simulation: &mut Simulation) -> Vec<PanelSnapshot> {
    simulation.snapshot(&Probe::default()).panels
}

/// Everything of a panel that can be seen, to the last bit.
#[track_caller]
fn same(a: &PanelSnapshot, b: &PanelSnapshot) {
    assert_eq!(a.dots, b.dots);
    assert_eq!(a.now, b.now, "ledger, counters and measurements are part of this");
    assert_eq!(a.history, b.history);
    assert_eq!(a.teleports, b.teleports);
    assert_eq!(a.bandwidth.to_bits(), b.bandwidth.to_bits());
}

fn solved(exact: &Exact) -> Vec<Solution> {
    let solution = |panel: &ExactPanel| match panel {
        ExactPanel::Solved(solution) => solution.clone(),
        ExactPanel::None(reason) => panic!("{reason}"),
    };
    exact.panels.iter().map(solution).collect()
}

fn same_solution(a: &Solution, b: &Solution) {
    assert_eq!(a.density, b.density);
    assert_eq!(a.now, b.now);
    assert_eq!(a.history, b.history);
}
