//! What must hold of any flow: KL falls, and is measured as promised; the masses of separate modes follow their law.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

mod common;

use common::gauss::{ACROSS, Gauss, LIE, Law, START, TABLE, TARGET, kl, towards_target};
use common::{advance, blob, fixed, mixture, replicates, scenario};
use wfr_lab::ensemble::Ensemble;
use wfr_lab::flow::{Flow, Reaction, Splitting};
use wfr_lab::landscape::Landscape;
use wfr_lab::observe::Observer;
use wfr_lab::resample::{Resampling, Scheme};
use wfr_lab::scenario::{Scenario, Start};
use wfr_lab::sim::Simulation;
use wfr_lab::space::Rect;

/// KL(g | target) after both have been smoothed with a Gaussian of this variance.
fn smoothed_kl(g: Gauss, target: Gauss, variance: f64) -> f64 {
    let smooth = |g: Gauss| Gauss { c: g.c + variance, ..g };
    kl(smooth(g), smooth(target))
}

/// A view so wide that nothing lies beyond the measuring grid, which is half as wide again.
const VIEW: ((f64, f64), (f64, f64)) = ((-6.0, 8.0), (-7.0, 7.0));
/// The variance by which the observed KL smooths: (two hundredths of the view)², and a sixth of a squared cell from binning.
const SMOOTHING: f64 = (0.02 * 14.0) * (0.02 * 14.0) + (1.5 * 14.0 / 192.0) * (1.5 * 14.0 / 192.0) / 6.0;

#[test]
fn the_observed_kl_is_that_of_the_smoothed_laws() {
    // A lattice of particles with the weights of a Gaussian has no noise. Its spacing has nothing to do with that of the
    // measuring grid, so that binning widens it by 1/6 cell² as it should.
    let scenario = towards_target(0.01, vec![Flow::wfr()]);
    let landscape = Landscape::new(scenario.target, 1.0);
    let ((x0, x1), (y0, y1)) = VIEW;
    let mut observer = Observer::new(&landscape, Rect::new(x0, x1, y0, y1));
    let line = |of: Gauss| -> Vec<f64> { (-300..=300).map(|i| of.m + of.c.sqrt() * 0.02 * f64::from(i)).collect() };
    for (alpha, beta, t, ..) in TABLE {
        let g = Law {
            alpha,
            beta,
            dt: 0.0,
            h: 0.0,
            splitting: LIE,
        }
        .flow(t);
        let (xs, ys) = (line(g), line(ACROSS));
        let positions = [
            xs.iter().flat_map(|x| vec![*x; ys.len()]).collect(),
            ys.repeat(xs.len()),
        ];
        let mut ensemble = Ensemble::new(positions);
        let log = |of: Gauss, v: f64| -(v - of.m).powi(2) / (2.0 * of.c);
        let weigh = |_: usize, [xs, ys]: [&[f64]; 2], log_weights: &mut [f64]| {
            for ((l, x), y) in log_weights.iter_mut().zip(xs).zip(ys) {
                *l += log(g, *x) + log(ACROSS, *y);
            }
        };
        ensemble.reweight(weigh).unwrap();
        let seen = observer.observe(&ensemble).kl;
        let expected = smoothed_kl(g, TARGET, SMOOTHING);
        // Cutting the kernel at four standard deviations loses at most 1.2e-3 of its variance.
        let cut = 1.2e-3 * SMOOTHING;
        let shift = (smoothed_kl(g, TARGET, SMOOTHING - cut) - expected).abs();
        // The two laws need not lose the same: a variance that is off by δ costs ¼ (δ/C)² along each axis.
        let axis = |of: Gauss| 0.25 * (cut / (of.c + SMOOTHING)).powi(2);
        let bound = shift + axis(TARGET) + axis(ACROSS);
        println!(
            "t {t}: KL {seen:.9}, expected {expected:.9} ± {bound:.1e}, unsmoothed {:.6}",
            kl(g, TARGET)
        );
        assert!((seen - expected).abs() < bound, "{seen} {expected}");
        assert!(seen < kl(g, TARGET), "data processing");
    }
}

#[test]
fn kl_falls_along_the_flow_to_the_predicted_values() {
    let law = Law {
        alpha: 0.7,
        beta: 1.3,
        dt: 0.05,
        h: 0.3,
        splitting: LIE,
    };
    let steps = [0, 2, 5, 10, 15, 20];
    let run = |particles: usize, first: u64| {
        let scenario = Scenario {
            view: Some(VIEW),
            particles,
            ..towards_target(law.dt, vec![law.panel("WFR")])
        };
        replicates(first, 20, |seed| {
            let mut simulation = Simulation::new(Scenario {
                seed,
                ..scenario.clone()
            });
            let mut seen = Vec::new();
            for steps in steps {
                let missing = steps - simulation.steps() as usize;
                advance(&mut simulation, missing);
                seen.push(simulation.observe(0).kl);
            }
            let falls: Vec<f64> = seen.windows(2).map(|w| w[1] - w[0]).collect();
            [seen, falls].concat()
        })
    };
    // Sampling noise lifts the KL by c/N: two sizes take it out.
    let (many, few) = (run(60_000, 500), run(30_000, 600));
    for (i, steps) in steps.into_iter().enumerate() {
        let (along, across) = (law.after(steps, START, TARGET), law.after(steps, ACROSS, ACROSS));
        let expected = smoothed_kl(along, TARGET, SMOOTHING) + smoothed_kl(across, ACROSS, SMOOTHING);
        many[i]
            .combine(2.0, few[i], -1.0)
            .agrees(&format!("KL after {steps}"), expected);
    }
    for fall in &many[steps.len()..] {
        assert!(fall.mean < 0.0);
        fall.differs("KL falls", 0.0);
    }
}

/// Mass to the right of the line between two modes.
fn right(ensemble: &Ensemble) -> f64 {
    let [xs, _] = ensemble.positions();
    xs.iter()
        .zip(ensemble.weights())
        .filter(|(x, _)| **x > 0.0)
        .map(|(_, w)| w)
        .sum()
}

fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

/// Shares of the right mode at the start and in the target, and the scenario that leads from one to the other.
const BEFORE: f64 = 0.2;
const AFTER: f64 = 0.65;

fn two_modes(dt: f64, panels: Vec<Flow>) -> Scenario {
    let modes = |share: f64| {
        let mode = |weight, x| blob(weight, (x, 0.5), (0.09, 0.16));
        [mode(1.0 - share, -2.5), mode(share, 2.5)]
    };
    let start = Start::Mixture(modes(BEFORE).to_vec());
    Scenario {
        dt,
        estimator: fixed(0.15),
        ..scenario(mixture(&modes(AFTER)), start, panels)
    }
}

fn odds_after(beta: f64, time: f64) -> f64 {
    logit(AFTER) + (-beta * time).exp() * (logit(BEFORE) - logit(AFTER))
}

#[test]
fn the_odds_of_separate_modes_fall_exponentially() {
    // Within a mode the start has the shape of the target, and both modes have the same shape. What the kernel does to
    // log(π/(K ∗ ρ)) is then the same in both, whatever h: it changes the shapes alike and never the odds. So for any h and dt
    // the log-odds relative to those of the target shrink by e^(−β dt) in a step.
    let (beta, dt) = (0.8, 0.1);
    let panel = |name: &str, threshold, splitting| Flow {
        resampling: Some(Resampling {
            scheme: Scheme::Systematic,
            threshold,
            ..Resampling::default()
        }),
        splitting,
        ..Flow::new(name, 0.0, beta)
    };
    let panels = vec![
        panel("never", 0.0, Splitting::TransportReaction),
        panel("always", 1.0, Splitting::TransportReaction),
        panel("halves", 0.5, Splitting::Strang),
    ];
    let base = two_modes(dt, panels);
    let times = [0.5, 1.5, 3.0];
    let run = |particles: usize, first: u64| {
        replicates(first, 16, |seed| {
            let mut simulation = Simulation::new(Scenario {
                seed,
                particles,
                ..base.clone()
            });
            assert!(
                (right(simulation.ensemble(0)) - BEFORE).abs() < 1e-12,
                "shares of a start are exact"
            );
            let mut odds = Vec::new();
            for time in times {
                let missing = (time / dt).round() as usize - simulation.steps() as usize;
                advance(&mut simulation, missing);
                odds.extend((0..base.panels.len()).map(|p| logit(right(simulation.ensemble(p)))));
            }
            odds
        })
    };
    // A particle's own kernel weighs more where particles are few: of order 1/N, which two sizes take out.
    let (many, few) = (run(60_000, 700), run(30_000, 800));
    for (i, time) in times.into_iter().enumerate() {
        let expected = odds_after(beta, time);
        for (p, panel) in base.panels.iter().enumerate() {
            let k = i * base.panels.len() + p;
            println!(
                "N and N/2: {:.5} {:.5} ± {:.5}",
                many[k].mean, few[k].mean, many[k].error
            );
            let what = format!("{} t {time} log-odds", panel.name);
            many[k].combine(2.0, few[k], -1.0).agrees(&what, expected);
        }
    }
}

#[test]
fn jumps_births_and_deaths_lead_to_the_same_odds() {
    // In finite steps births and deaths are not quite weights: first order in dt, which two steps take out. What is left is of the
    // order of (β dt)², below 1e-3. Jumps are, and two sizes take out the particle's own kernel as above.
    let (beta, time) = (0.8, 1.5);
    let run = |(reaction, dt, particles): (Reaction, f64, usize), first: u64| {
        let flow = Flow {
            reaction,
            ..Flow::new("jumps", 0.0, beta)
        };
        replicates(first, 16, |seed| {
            let base = two_modes(dt, vec![flow.clone()]);
            let mut simulation = Simulation::new(Scenario {
                seed,
                particles,
                ..base
            });
            advance(&mut simulation, (time / dt).round() as usize);
            vec![logit(right(simulation.ensemble(0)))]
        })
    };
    let birth_death = |dt| (Reaction::BirthDeath, dt, 20_000);
    let (fine, coarse) = (run(birth_death(0.025), 900)[0], run(birth_death(0.05), 950)[0]);
    fine.combine(2.0, coarse, -1.0)
        .agrees("log-odds by births and deaths", odds_after(beta, time));
    fine.differs("log-odds by births and deaths have moved", logit(BEFORE));
    let jump = |particles| (Reaction::Jump, 0.1, particles);
    let (many, few) = (run(jump(60_000), 970)[0], run(jump(30_000), 990)[0]);
    many.combine(2.0, few, -1.0)
        .agrees("log-odds by jumps", odds_after(beta, time));
}
