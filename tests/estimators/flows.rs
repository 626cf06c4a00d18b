//! What the estimates make of a flow: Gaussians by recursions, a double well by matrices on a line.

use wfr_lab::density::{Estimator, predicted_variance};
use wfr_lab::flow::{Flow, Reaction};
use wfr_lab::params;
use wfr_lab::scenario::{Scenario, Start};
use wfr_lab::sim::Simulation;
use wfr_lab::target::Shape;

use super::TRANSITION;
use super::common::gauss::{LIE, Law, START, TARGET, towards_target};
use super::common::{Estimate, advance, blob, fixed, mixture, moments, replicates, scenario};

/// The double well 4 (x² − 1)² on a line of cells.
struct Line {
    xs: Vec<f64>,
    law: Vec<f64>,
    target: Vec<f64>,
}

const CELL: f64 = 0.02;

impl Line {
    /// A Gaussian in the left well, and some of it in the right.
    fn new(variance: f64, seeded: f64) -> Self {
        let xs: Vec<f64> = (0..260).map(|i| (f64::from(i) - 129.5) * CELL).collect();
        let normal = |m: f64, x: f64| (-(x - m).powi(2) / (2.0 * variance)).exp();
        let mut line = Self {
            law: xs
                .iter()
                .map(|x| (1.0 - seeded) * normal(-1.0, *x) + seeded * normal(1.0, *x))
                .collect(),
            target: xs.iter().map(|x| (-4.0 * (x * x - 1.0).powi(2)).exp()).collect(),
            xs,
        };
        normalise(&mut line.law);
        normalise(&mut line.target);
        line
    }

    /// The matrix of Gaussian kernels about these places, normalised for each.
    fn kernels(&self, places: &[f64], variance: f64) -> Vec<Vec<f64>> {
        let column = |y: &f64| {
            let mut column: Vec<f64> = self
                .xs
                .iter()
                .map(|x| (-(x - y).powi(2) / (2.0 * variance)).exp())
                .collect();
            normalise(&mut column);
            column
        };
        places.iter().map(column).collect()
    }

    /// P(x > 0) at t = 1, 2, 4 under steps of Euler–Maruyama and a reaction that sees K ∗ ρ, with β = 1: exact, or what births and
    /// deaths make of it.
    fn run(mut self, dt: f64, h: f64, reaction: Reaction) -> [f64; 3] {
        let drifted: Vec<f64> = self.xs.iter().map(|x| x - dt * 16.0 * x * (x * x - 1.0)).collect();
        let walk = self.kernels(&drifted, 2.0 * dt);
        let see = (h > 0.0).then(|| self.kernels(&self.xs.clone(), h * h));
        let apply = |kernels: &[Vec<f64>], law: &[f64]| {
            let mut out = vec![0.0; law.len()];
            for (column, mass) in kernels.iter().zip(law) {
                out.iter_mut().zip(column).for_each(|(o, k)| *o += k * mass);
            }
            out
        };
        let phi = 1.0 - (-dt).exp();
        let mut seen = Vec::new();
        for step in 1..=(4.0 / dt).round() as usize {
            self.law = apply(&walk, &self.law);
            let density = see
                .as_ref()
                .map_or_else(|| self.law.clone(), |see| apply(see, &self.law));
            let ratios = self.target.iter().zip(&density).zip(&self.law);
            let growth: Vec<f64> = ratios
                .map(|((t, d), m)| if *m > 0.0 { phi * (t / d).ln() } else { 0.0 })
                .collect();
            let factors = match reaction {
                Reaction::BirthDeath => births_and_deaths(&self.law, &growth),
                _ => growth.iter().map(|g| g.exp()).collect(),
            };
            self.law.iter_mut().zip(factors).for_each(|(m, f)| *m *= f);
            normalise(&mut self.law);
            if [1.0, 2.0, 4.0].iter().any(|t: &f64| (t / dt).round() as usize == step) {
                seen.push(
                    self.law
                        .iter()
                        .zip(&self.xs)
                        .filter(|(_, x)| **x > 0.0)
                        .map(|(m, _)| m)
                        .sum(),
                );
            }
        }
        [seen[0], seen[1], seen[2]]
    }
}

/// By what births and deaths multiply a law of infinitely many particles (derived here). With r the growth less its mean, a share
/// p = 1 − e^(−|r|) is due, in random order, and acts unless it has been overwritten. After a share u of the order the share S of
/// slots not overwritten obeys S' = −P₊ S², P± the due mass of either sign; what the slots hold obeys c' = S [(P₋ − P₊) c ± p ρ].
fn births_and_deaths(law: &[f64], growth: &[f64]) -> Vec<f64> {
    let mean: f64 = law.iter().zip(growth).map(|(m, g)| m * g).sum();
    let due = |g: &f64| (1.0 - (-(g - mean).abs()).exp()).copysign(g - mean);
    let [births, deaths] = [1.0, -1.0].map(|sign| {
        let all = law.iter().zip(growth).map(|(m, g)| m * (sign * due(g)).max(0.0));
        all.sum::<f64>()
    });
    let time = births.ln_1p() / births;
    let drift = deaths - births;
    let reach = if drift.abs() > 1e-12 {
        (drift * time).exp_m1() / drift
    } else {
        time
    };
    growth.iter().map(|g| (drift * time).exp() + due(g) * reach).collect()
}

fn normalise(mass: &mut [f64]) {
    let sum: f64 = mass.iter().sum();
    mass.iter_mut().for_each(|m| *m /= sum);
}

/// Panels, and the number of steps after which each is looked at, over some sizes: 2 fine − coarse has no error of 1/N. `measure` turns a
/// run into numbers.
fn without_size(
    scenario: &Scenario,
    (many, runs): (usize, u64),
    steps: &[usize],
    measure: impl Fn(&Simulation) -> Vec<f64> + Sync,
) -> Vec<(Estimate, Estimate)> {
    let run = |first: u64, count: u64, particles: usize| {
        replicates(first, count, |seed| {
            let mut simulation = Simulation::new(Scenario {
                seed,
                particles,
                ..scenario.clone()
            });
            let mut out = Vec::new();
            for &steps in steps {
                let missing = steps - simulation.steps() as usize;
                advance(&mut simulation, missing);
                out.extend(measure(&simulation));
            }
            out
        })
    };
    let (fine, coarse) = (run(1, runs, many), run(1000, 2 * runs, many / 2));
    let pairs = fine.into_iter().zip(coarse);
    pairs
        .map(|(fine, coarse)| (fine.combine(2.0, coarse, -1.0), fine.combine(1.0, coarse, -1.0)))
        .collect()
}

/// The variance after so many steps of a flow in N(0, S) that sees its law through a kernel of width h and its target through one of
/// width g, from N(0, C).
fn variance_after(steps: usize, law: Law, g: f64, (c, s): (f64, f64)) -> f64 {
    let phi = 1.0 - (-law.beta * law.dt).exp();
    (0..steps).fold(c, |c, _| {
        let walked = (1.0 - law.alpha * law.dt / s).powi(2) * c + 2.0 * law.alpha * law.dt;
        1.0 / (1.0 / walked - phi / (walked + law.h * law.h) + phi / (s + g * g))
    })
}

/// The mean of the variances along both axes, of every panel.
fn variances(simulation: &Simulation) -> Vec<f64> {
    let panels = 0..simulation.scenario().panels.len();
    panels
        .map(|p| {
            let [_, x, _, y, _] = moments(simulation.ensemble(p));
            0.5 * (x + y)
        })
        .collect()
}

#[test]
fn a_debiased_reaction_rests_at_the_target() {
    let (s, dt, steps) = (0.8, 0.1, 30);
    // The narrower the kernel, the more particles it takes until what is left of their number is 1/N.
    for (h, size) in [(0.2, (40_000, 8)), (0.4, (8000, 16)), (0.8, (8000, 16))] {
        let panel = |debiased: bool| Flow {
            estimator: Some(Estimator { debiased, ..fixed(h) }),
            ..Flow::new(&format!("debiased {debiased}"), 0.5, 2.0)
        };
        // Neither where it should end nor where it must not.
        let start = Start::Gaussian(blob(1.0, (0.0, 0.0), (0.7, 0.7)));
        let target = mixture(&[blob(1.0, (0.0, 0.0), (s, s))]);
        let scenario = Scenario {
            dt,
            ..scenario(target, start, [false, true].map(panel).to_vec())
        };
        let law = Law {
            alpha: 0.5,
            beta: 2.0,
            dt,
            h,
            splitting: LIE,
        };
        let expected = [0.0, h].map(|g| variance_after(steps, law, g, (0.7, s)));
        // In continuous time the law rests at C*, or at S.
        let rests = [0.0, h].map(|g| variance_after(100_000, Law { dt: 1e-4, ..law }, g, (0.7, s)));
        assert!((rests[0] - predicted_variance(0.5, 2.0, s, h)).abs() < 1e-4 && (rests[1] - s).abs() < 1e-4);
        for (i, (seen, size)) in without_size(&scenario, size, &[steps], variances)
            .into_iter()
            .enumerate()
        {
            let name = &scenario.panels[i].name;
            let what = format!("h {h} {name}, at rest {:.4}, size {:.4}; var", rests[i], size.mean);
            seen.agrees(&what, expected[i]);
            seen.differs(&what, expected[1 - i]);
        }
    }
}

#[test]
fn the_transition_mixture_makes_the_split_flow_exact() {
    // Both substeps are exact maps of Gaussians: ULA, then Fisher–Rao with nothing smoothed.
    let law = |alpha: f64, beta: f64, dt: f64| Law {
        alpha,
        beta,
        dt,
        h: 0.0,
        splitting: LIE,
    };
    let rest = |alpha, beta| variance_after(2000, law(alpha, beta, 0.2), 0.0, (0.8, 0.8));
    println!(
        "rest at dt 0.2: {:.4} with α ½, β 2; {:.4} with α 1, β 1",
        rest(0.5, 2.0),
        rest(1.0, 1.0)
    );
    assert!((rest(0.5, 2.0) - 0.817).abs() < 5e-4 && (rest(1.0, 1.0) - 0.873).abs() < 5e-4);
    let panel = |alpha: f64, beta: f64| Flow {
        estimator: Some(TRANSITION),
        ..Flow::new(&format!("{alpha} {beta}"), alpha, beta)
    };
    let rates = [(0.5, 2.0), (1.0, 1.0)];
    let panels: Vec<Flow> = rates.map(|(a, b)| panel(a, b)).to_vec();
    let start = Start::Gaussian(blob(1.0, (0.0, 0.0), (0.6, 0.6)));
    let target = mixture(&[blob(1.0, (0.0, 0.0), (0.8, 0.8))]);
    let resting = Scenario {
        dt: 0.2,
        ..scenario(target, start, panels.clone())
    };
    let seen = without_size(&resting, (800, 30), &[15], variances);
    for ((alpha, beta), (seen, size)) in rates.into_iter().zip(seen) {
        let what = format!("at rest, α {alpha} β {beta}, size {:.4}: var", size.mean);
        seen.agrees(&what, variance_after(15, law(alpha, beta, 0.2), 0.0, (0.6, 0.8)));
    }
    // On the way, from table A: mean and variance along x.
    let moving = towards_target(0.1, panels);
    let along = |simulation: &Simulation| {
        (0..2)
            .flat_map(|p| moments(simulation.ensemble(p))[..2].to_vec())
            .collect()
    };
    let seen = without_size(&moving, (800, 30), &[3, 10], along);
    for (i, (seen, size)) in seen.into_iter().enumerate() {
        let (steps, (alpha, beta)) = ([3, 10][i / 4], rates[i / 2 % 2]);
        let expected = law(alpha, beta, 0.1).after(steps, START, TARGET);
        let what = format!("on the way, α {alpha} β {beta}, step {steps}, size {:.4}", size.mean);
        if i % 2 == 0 {
            seen.agrees(&format!("{what}: mean"), expected.m);
        } else {
            seen.agrees(&format!("{what}: var"), expected.c);
        }
    }
}

#[test]
fn wells_fill_as_in_the_continuum() {
    // Table of mathematics.md §7, whose start is N(−1, 0.04).
    for (seeded, table) in [(0.0, [0.175, 0.378, 0.487]), (0.01, [0.220, 0.399, 0.489])] {
        let flow = Line::new(0.04, seeded).run(0.0025, 0.0, Reaction::Weights);
        println!("seeded {seeded}: {flow:.4?}, table {table:?}");
        assert!(flow.iter().zip(table).all(|(a, b)| (a - b).abs() < 6e-4));
    }
    let right = |simulation: &Simulation| -> Vec<f64> {
        let e = simulation.ensemble(0);
        let on_the_right = e.positions()[0].iter().zip(e.weights()).filter(|(x, _)| **x > 0.0);
        vec![on_the_right.map(|(_, w)| w).sum()]
    };
    let mut target = Shape::all().remove(0);
    params::set(target.parameters(), "barrier", 4.0).unwrap();
    let smc = Flow {
        estimator: Some(TRANSITION),
        ..Flow::new("SMC-WFR", 1.0, 1.0)
    };
    let h = 0.15;
    let jumps = Flow {
        estimator: Some(fixed(h)),
        reaction: Reaction::BirthDeath,
        ..Flow::new("BDLS", 1.0, 1.0)
    };
    let dt = 0.02;
    for (panel, h, size) in [(smc, 0.0, (800, 10)), (jumps, h, (4000, 12))] {
        for seeded in [0.0, 0.01] {
            let blobs = [(1.0 - seeded, -1.0), (seeded, 1.0)].map(|(w, x)| blob(w, (x, 0.0), (0.04, 1.0)));
            let start = Start::Mixture(if seeded > 0.0 {
                blobs.to_vec()
            } else {
                blobs[..1].to_vec()
            });
            let scenario = Scenario {
                dt,
                ..scenario(target.clone(), start, vec![panel.clone()])
            };
            let steps = [1.0, 2.0, 4.0].map(|t: f64| (t / dt).round() as usize);
            let seen = without_size(&scenario, size, &steps, right);
            let expected = Line::new(0.04, seeded).run(dt, h, panel.reaction);
            for (i, (seen, size)) in seen.into_iter().enumerate() {
                let size = format!("size {:.4} ± {:.4}", size.mean, size.error);
                seen.agrees(
                    &format!("{} seeded {seeded} t {} {size}", panel.name, [1, 2, 4][i]),
                    expected[i],
                );
            }
        }
    }
}
