//! The problem that every benchmark runs: V = 6 (x² − 1)² + y²/2, dt = 2e-3, 95 % of the particles in the left well and
//! 5 % in the right one.
#![allow(dead_code, reason = "each benchmark uses its own part of this")]

use wfr_lab::ensemble::Ensemble;
use wfr_lab::flow::{StepContext, Workspace};
use wfr_lab::landscape::Landscape;
use wfr_lab::rng::Streams;
use wfr_lab::scenario::Scenario;
use wfr_lab::sim::Simulation;

/// Particle numbers measured.
pub(crate) const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];

/// The common problem for `n` particles and the given rates, repeated in `panels` panels.
pub(crate) fn scenario(n: usize, alpha: f64, beta: f64, panels: usize) -> Scenario {
    let panels: String = (1..=panels)
        .map(|k| format!("(name: \"bench {k}\", alpha: {alpha}, beta: {beta}),"))
        .collect();
    let text = format!(
        "(version: 1, title: \"bench\", seed: 1, particles: {n}, dt: 0.002,
          target: DoubleWell(barrier: 6),
          start: Mixture([(weight: 95, mean: (-1, -0.8), covariance: (0.0225, 0, 0.36)),
                          (weight: 5, mean: (1, 0.8), covariance: (0.0225, 0, 0.36))]),
          estimator: (bandwidth: Fixed(0.06)), resampling: (threshold: 1),
          view: ((-2.56, 2.56), (-5.12, 5.12)), panels: [{panels}])"
    );
    match Scenario::from_ron(&text, "bench") {
        Ok(scenario) => scenario,
        Err(error) => panic!("{error}"),
    }
}

/// The common problem after `steps` steps.
pub(crate) fn simulation(n: usize, alpha: f64, beta: f64, steps: usize) -> Simulation {
    let mut simulation = Simulation::new(scenario(n, alpha, beta, 1));
    advance(&mut simulation, steps);
    simulation
}

/// Steps without measuring.
pub(crate) fn advance(simulation: &mut Simulation, steps: usize) {
    for _ in 0..steps {
        if let Err(error) = simulation.step() {
            panic!("{error}");
        }
    }
}

/// The first panel of a simulation, from where it is, by hand: its steps and nothing else, no ledger.
pub(crate) struct ByHand {
    scenario: Scenario,
    landscape: Landscape,
    ensemble: Ensemble,
    work: Workspace,
    step: u64,
}

impl ByHand {
    pub(crate) fn new(simulation: &Simulation) -> Self {
        let scenario = Scenario::clone(simulation.scenario());
        Self {
            landscape: scenario.landscape(),
            ensemble: simulation.ensemble(0).clone(),
            work: Workspace::default(),
            step: simulation.steps(),
            scenario,
        }
    }

    pub(crate) fn step(&mut self) {
        let context = StepContext {
            estimator: self.scenario.estimator(0),
            resampling: self.scenario.resampling(0),
            ..StepContext::new(
                &self.landscape,
                self.scenario.dt,
                self.step,
                Streams::new(self.scenario.seed),
            )
        };
        if let Err(error) = self.scenario.panels[0].step(&mut self.ensemble, &context, &mut self.work) {
            panic!("{error}");
        }
        self.step += 1;
    }
}

/// Fails unless `value` is within five standard errors (and a bias) of `expected`: a fast wrong answer must not pass.
pub(crate) fn check(what: &str, value: f64, expected: f64, tolerance: f64) {
    assert!(
        (value - expected).abs() < tolerance,
        "{what}: {value} instead of {expected} ± {tolerance:.1e}"
    );
}
