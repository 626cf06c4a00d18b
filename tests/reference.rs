//! The exact solution beside a run: closed forms, times, commands, and the same bits however it is driven.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints what it measured and stops at what is wrong"
)]

mod common;

use common::gauss::{ACROSS, START, TABLE, TARGET};
use common::{blob, mixture, scenario};
use wfr_lab::flow::{Flow, Rate, Transport};
use wfr_lab::reference::{ExactPanel, Reference, Solution};
use wfr_lab::scenario::{Scenario, Start, presets};
use wfr_lab::sim::{Command, Simulation};
use wfr_lab::space::Point;

fn solved(reference: &Reference) -> Vec<Solution> {
    let solution = |panel| match panel {
        ExactPanel::Solved(solution) => solution,
        ExactPanel::None(reason) => panic!("{reason}"),
    };
    reference.exact().panels.into_iter().map(solution).collect()
}

#[track_caller]
fn close(what: &str, seen: f64, expected: f64, tolerance: f64) {
    println!(
        "{what}: {seen:.7}, expected {expected:.7}, off by {:.1e}",
        seen - expected
    );
    assert!(
        (seen - expected).abs() <= tolerance,
        "{what}: {seen} and not {expected}"
    );
}

fn bowl() -> (wfr_lab::target::Shape, Start) {
    (
        mixture(&[blob(1.0, (TARGET.m, ACROSS.m), (TARGET.c, ACROSS.c))]),
        Start::Gaussian(blob(1.0, (START.m, ACROSS.m), (START.c, ACROSS.c))),
    )
}

#[test]
fn gaussians_follow_their_closed_forms() {
    let (target, start) = bowl();
    for (alpha, beta, time, m, c, kl) in TABLE {
        let flow = Flow::new("", alpha, beta);
        let mut reference = Reference::new(&scenario(target.clone(), start.clone(), vec![flow]));
        reference.advance(time);
        let now = &solved(&reference)[0].now;
        let what = |name: &str| format!("α {alpha}, β {beta}, t {time}: {name}");
        // Cells of 0.05 and drifts of 2: the second order in them is h²/12 of that.
        close(&what("mean"), now.observed.mean.x, m, 5e-4);
        close(&what("mean across"), now.observed.mean.y, ACROSS.m, 1e-6);
        close(&what("variance"), now.observed.covariance.xx, c, 5e-4);
        close(&what("KL"), now.functionals.kl, kl, 5e-4);
    }
}

#[test]
fn a_potential_that_kills_has_its_law_and_its_normaliser() {
    // mathematics.md §5 E: dX = −X dt + √2 dW, g = −x²/2, from N(1.5, 0.6), at t = 1.
    let flow = Flow {
        rate: Rate::Quadratic(1.0, 0.0),
        ..Flow::wfr()
    };
    let target = mixture(&[blob(1.0, (0.0, 0.0), (1.0, 1.0))]);
    let start = Start::Gaussian(blob(1.0, (1.5, 0.0), (0.6, 1.0)));
    let mut reference = Reference::new(&scenario(target, start, vec![flow]));
    reference.advance(1.0);
    let now = &solved(&reference)[0].now.observed;
    close("mean", now.mean.x, 0.275_557_198_0, 2e-4);
    close("variance", now.covariance.xx, 0.727_758_988_0, 5e-4);
    close("log normaliser", now.log_normaliser, -0.673_869_085_9, 5e-4);
}

#[test]
fn recorded_times_are_those_of_the_particles_whatever_is_edited() {
    let mut scenario = presets()[0].scenario();
    scenario.particles = 10;
    scenario.dt = 0.003;
    let mut simulation = Simulation::new(scenario.clone());
    let mut reference = Reference::new(&scenario);
    for (steps, dt, barrier) in [(25, 0.003, 7.0), (13, 0.05, 5.0), (17, 0.0007, 6.0), (40, 0.002, 6.0)] {
        for _ in 0..steps {
            simulation.step().unwrap();
            simulation.record();
        }
        let mut edited = scenario.clone();
        edited.dt = dt;
        edited.panels[0].beta = 0.5;
        wfr_lab::params::set(edited.target.parameters(), "barrier", barrier).unwrap();
        let command = Command::Edit(Box::new(edited));
        reference.apply(&command, simulation.time());
        simulation.apply(command);
    }
    for _ in 0..31 {
        simulation.step().unwrap();
        simulation.record();
    }
    reference.advance(simulation.time());
    let snapshot = simulation.snapshot(&wfr_lab::snapshot::Probe::default());
    for (particles, solution) in snapshot.panels.iter().zip(solved(&reference)) {
        let theirs: Vec<f64> = particles.history.iter().map(|o| o.time).collect();
        let ours: Vec<f64> = solution.history.iter().map(|e| e.observed.time).collect();
        assert_eq!(ours, theirs);
        assert_eq!(solution.now.observed.time, snapshot.time);
    }
    assert_eq!(reference.exact().time, snapshot.time);
}

#[test]
fn the_same_bits_on_any_number_of_threads_and_whenever_it_is_looked_at() {
    let scenario = presets()[0].scenario();
    let mut edited = scenario.clone();
    edited.panels[2].beta = 2.0;
    wfr_lab::params::set(edited.target.parameters(), "barrier", 4.0).unwrap();
    let run = |threads: usize, looks: &[f64]| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut reference = Reference::new(&scenario);
            for &time in looks.iter().filter(|t| **t < 0.07) {
                reference.advance(time);
            }
            reference.apply(&Command::Edit(Box::new(edited.clone())), 0.07);
            for &time in looks.iter().filter(|t| **t >= 0.07) {
                reference.advance(time);
                reference.advance(time);
            }
            reference.advance(0.157);
            solved(&reference)
        })
    };
    let expected = run(1, &[]);
    for (threads, looks) in [
        (4, [].as_slice()),
        (2, &[0.001, 0.013, 0.05, 0.0699, 0.07, 0.0701, 0.12]),
    ] {
        for (a, b) in expected.iter().zip(run(threads, looks)) {
            assert_eq!(a.density, b.density);
            assert_eq!(a.history, b.history);
            assert_eq!(a.now, b.now);
        }
    }
}

#[test]
fn edits_keep_the_law_and_resets_begin_again() {
    let scenario = presets()[0].scenario();
    let mut reference = Reference::new(&scenario);
    reference.advance(0.1);
    let before = solved(&reference);
    // Another view: another grid, and the law is moved.
    let mut edited = scenario.clone();
    edited.view = Some(((-2.5, 2.2), (-4.0, 4.4)));
    edited.seed = 77;
    reference.apply(&Command::Edit(Box::new(edited.clone())), 0.1);
    reference.advance(0.1);
    let after = solved(&reference);
    for (before, after) in before.iter().zip(&after) {
        let (a, b) = (&before.now.observed, &after.now.observed);
        assert_ne!(before.density.grid, after.density.grid);
        close("mean x", b.mean.x, a.mean.x, 1e-4);
        close("right well", b.basin_mass[1], a.basin_mass[1], 2e-4);
        // A law moved from cells to cells is widened by less than one of them.
        let cell = before.density.grid.dx().powi(2);
        close("var x", b.covariance.xx, a.covariance.xx, cell / 6.0);
    }
    // Velocities have no solution; without them it is gone until the next reset.
    edited.panels[0].transport = Transport::Underdamped(1.0);
    reference.apply(&Command::Edit(Box::new(edited.clone())), 0.2);
    reference.advance(0.2);
    assert!(matches!(reference.exact().panels[0], ExactPanel::None(reason) if reason.contains("velocities")));
    edited.panels[0].transport = Transport::Mala;
    reference.apply(&Command::Edit(Box::new(edited.clone())), 0.25);
    reference.advance(0.3);
    assert!(matches!(reference.exact().panels[0], ExactPanel::None(reason) if reason.contains("reset")));
    assert!(matches!(&reference.exact().panels[1], ExactPanel::Solved(s) if s.history.len() == 16));
    reference.apply(&Command::Reset, 0.3);
    assert_eq!((reference.time(), reference.exact().time), (0.0, 0.0));
    let again = solved(&reference);
    assert_eq!(again[0].history.len(), 1);
    let fresh = Reference::new(&edited);
    assert_eq!(again[0].density, solved(&fresh)[0].density);
    // A scenario with other panels.
    let other = Scenario {
        panels: vec![Flow::wfr()],
        ..scenario
    };
    reference.apply(&Command::Load(Box::new(other)), 0.0);
    assert_eq!(solved(&reference).len(), 1);
}

#[test]
fn what_starts_out_of_sight_has_no_solution_and_a_reason() {
    let (target, _) = bowl();
    let far = Start::Points(vec![Point::new(1e7, 0.0)]);
    let reference = Reference::new(&scenario(target, far, vec![Flow::wfr()]));
    assert!(matches!(reference.exact().panels[0], ExactPanel::None(reason) if reason.contains("too far")));
}
