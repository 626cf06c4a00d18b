//! Weighted reverse diffusions against quadrature: laws, normalisers, tracked densities, ablations.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

use std::sync::Arc;

use wfr_lab::reverse::{Densities, Directions, Divergence, Drift, Method, Reverse, Sampler, Weights};
use wfr_lab::score::{Blend, Gaussian, Gaussians, Kind, Said, Schedule, Score, Spacing};

/// b = .1 + 19.9 t.
const SCHEDULE: Schedule = Schedule::Linear { from: 0.1, to: 20.0 };
const LIMIT: f64 = 5.0;

fn line(components: &[(f64, f64, f64)]) -> Arc<dyn Score<1>> {
    let component = |&(weight, mean, variance): &(f64, f64, f64)| Gaussian::round(weight, [mean], variance);
    Arc::new(Gaussians::new(components.iter().map(component).collect()).unwrap())
}

fn pair() -> Vec<Arc<dyn Score<1>>> {
    vec![
        line(&[(0.6, -1.5, 0.06), (0.4, 0.5, 0.1)]),
        line(&[(0.3, -0.6, 0.12), (0.7, 1.6, 0.08)]),
    ]
}

fn method(eta: f64, weights: Weights) -> Method {
    Method {
        schedule: SCHEDULE,
        steps: 600,
        spacing: Spacing::Even,
        eta,
        weights,
        ..Method::default()
    }
}

fn sampler(blend: Blend, method: Method) -> Sampler<1> {
    let models = pair();
    Sampler { models: models[..blend.weights.len()].to_vec(), blend, method }
}

fn finished<const D: usize>(sampler: Sampler<D>, particles: usize, seed: u64) -> Reverse<D> {
    let mut run = Reverse::new(sampler, particles, seed).unwrap();
    run.finish().unwrap();
    run
}

/// The law ρ at the data on a fine grid of the line, and log ∫ ρ.
struct Exact {
    density: Vec<f64>,
    log_normaliser: f64,
}

const CELLS: usize = 8000;
const SIDE: f64 = 4.0;

impl Exact {
    fn of(sampler: &Sampler<1>) -> Self {
        let xs: Vec<f64> = (0..CELLS).map(|i| -SIDE + 2.0 * SIDE * (i as f64 + 0.5) / CELLS as f64).collect();
        let level = SCHEDULE.level(0.0);
        let logs: Vec<Vec<f64>> = sampler
            .models
            .iter()
            .map(|model| {
                let (mut log, mut score) = (vec![0.0; CELLS], vec![0.0; CELLS]);
                let said = Said { log_density: &mut log, score: [&mut score], divergence: None };
                model.at(level).evaluate([&xs], said, &mut Vec::new());
                log
            })
            .collect();
        let mut log_density = vec![0.0; CELLS];
        for first in (0..CELLS).step_by(200) {
            let parts: Vec<&[f64]> = logs.iter().map(|log| &log[first..first + 200]).collect();
            sampler.blend.log_density(&sampler.blend.weights, &parts, &mut log_density[first..first + 200]);
        }
        let cell = 2.0 * SIDE / CELLS as f64;
        let sum: f64 = log_density.iter().map(|l| l.exp() * cell).sum();
        Self { density: log_density.iter().map(|l| l.exp() * cell / sum).collect(), log_normaliser: sum.ln() }
    }

    /// The sum over 80 bins of |mass − exact mass|.
    fn distance(&self, run: &Reverse<1>) -> f64 {
        const BINS: usize = 80;
        let bin = |x: f64| (((x + SIDE) / (2.0 * SIDE) * BINS as f64).floor().clamp(0.0, BINS as f64 - 1.0)) as usize;
        let mut difference = [0.0; BINS];
        for (i, mass) in self.density.iter().enumerate() {
            difference[i * BINS / CELLS] -= mass;
        }
        let [xs] = run.ensemble().positions();
        for (x, w) in xs.iter().zip(run.ensemble().weights()) {
            difference[bin(*x)] += w;
        }
        difference.iter().map(|d| d.abs()).sum()
    }
}

#[test]
fn explore() {
    let beta = |a| Blend::of_two(a, 0.5);
    let all = [
        ("geometric", beta(0.0), vec![1.0, 0.0]),
        ("a = 1/2", beta(0.5), vec![1.0, 0.0]),
        ("arithmetic", beta(1.0), vec![1.0, 0.0]),
        ("p^3", Blend::product(vec![3.0]), vec![4.0, 1.0, 0.3]),
        ("p q", Blend::product(vec![1.0, 1.0]), vec![4.0, 1.0, 0.3]),
        ("p^-1/2 q^3/2", Blend::product(vec![-0.5, 1.5]), vec![1.0]),
    ];
    for (name, blend, etas) in all {
        for eta in etas {
            for (spacing, steps) in [(Spacing::Even, 600), (Spacing::LogSnr, 600), (Spacing::LogSnr, 100)] {
                for weights in [Weights::Exact, Weights::Rate, Weights::None] {
                    let method = Method { spacing, steps, ..method(eta, weights) };
                    let sampler = sampler(blend.clone(), method);
                    let exact = Exact::of(&sampler);
                    let run = finished(sampler, 20_000, 1);
                    println!(
                        "{name} eta {eta} {spacing:?} {steps} {weights:?}: L1 {:.3}  log Z {:.4} of {:.4}, ESS {:.2} resampled {}",
                        exact.distance(&run),
                        run.log_normaliser(),
                        exact.log_normaliser,
                        run.summary().ess / 20_000.0,
                        run.resamplings(),
                    );
                }
            }
        }
    }
}
