//! Oracle E: the general weighted SDE dX = −X dt + √2 dW, dA = −c X²/2 dt, with no density to estimate.
//!
//! Both substeps map Gaussians to Gaussians: m ← (1 − dt) m, C ← (1 − dt)² C + 2 dt, and for the weights e^(−c dt x²/2)
//!
//! ```text
//! 1/C' = 1/C + c dt     m'/C' = m/C     log Z += −½ log(1 + c dt C) − c dt m²/(2 (1 + c dt C))
//! ```
//!
//! so weighted particles have no bias of dt to be tolerated, and E Z is exact for any N. Jumps share all of that. Birth and death act
//! on a law that does not stay Gaussian; it is carried along on a line of points.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

mod common;

use common::{Estimate, LIMIT, advance, blob, mixture, moments, replicates, scenario};
use wfr_lab::flow::{Flow, Rate, Reaction, Splitting};
use wfr_lab::resample::{Resampling, Scheme};
use wfr_lab::scenario::{Scenario, Start};
use wfr_lab::sim::Simulation;

const MEAN: f64 = 1.5;
const VARIANCE: f64 = 0.6;
/// m, C and log Z at t = 1 for c = 1, from mathematics.md §5.
const ORACLE: (f64, f64, f64) = (0.275_557_198_0, 0.727_758_988_0, -0.673_869_085_9);
/// Along y the walk alone acts.
const ACROSS: (f64, f64) = (0.4, 1.0);

/// Mean, variance and log Z.
#[derive(Clone, Copy, Debug)]
struct State {
    m: f64,
    c: f64,
    log_z: f64,
}

const LIE: Splitting = Splitting::TransportReaction;

const START: State = State {
    m: MEAN,
    c: VARIANCE,
    log_z: 0.0,
};

fn walk(s: State, dt: f64) -> State {
    State {
        m: (1.0 - dt) * s.m,
        c: (1.0 - dt).powi(2) * s.c + 2.0 * dt,
        ..s
    }
}

fn weigh(s: State, dt: f64, curvature: f64) -> State {
    let a = 1.0 + curvature * dt * s.c;
    State {
        m: s.m / a,
        c: s.c / a,
        log_z: s.log_z - 0.5 * a.ln() - curvature * dt * s.m * s.m / (2.0 * a),
    }
}

fn after(steps: usize, dt: f64, splitting: Splitting, start: State, curvature: f64) -> State {
    (0..steps).fold(start, |s, _| match splitting {
        Splitting::TransportReaction => weigh(walk(s, dt), dt, curvature),
        Splitting::ReactionTransport => walk(weigh(s, dt, curvature), dt),
        Splitting::Strang => weigh(walk(weigh(s, 0.5 * dt, curvature), dt), 0.5 * dt, curvature),
    })
}

fn world(dt: f64, particles: usize, panels: Vec<Flow>) -> Scenario {
    let target = mixture(&[blob(1.0, (0.0, 0.0), (1.0, 1.0))]);
    let start = Start::Gaussian(blob(1.0, (MEAN, ACROSS.0), (VARIANCE, ACROSS.1)));
    Scenario {
        dt,
        particles,
        ..scenario(target, start, panels)
    }
}

fn panel(name: &str, splitting: Splitting, scheme: Scheme, threshold: f64) -> Flow {
    let resampling = Some(Resampling {
        scheme,
        threshold,
        ..Resampling::default()
    });
    Flow {
        rate: Rate::Quadratic(1.0, 0.0),
        splitting,
        resampling,
        ..Flow::new(name, 1.0, 1.0)
    }
}

#[test]
fn the_maps_reach_oracle_e() {
    for splitting in [LIE, Splitting::ReactionTransport, Splitting::Strang] {
        // First order in dt: two steps of different length give the limit to second order.
        let at = |n: usize, t: f64| after(n, t / n as f64, splitting, START, 1.0);
        let limit = |of: fn(State) -> f64, t: f64| 2.0 * of(at(40_000, t)) - of(at(20_000, t));
        assert!((limit(|s| s.m, 1.0) - ORACLE.0).abs() < 1e-8);
        assert!((limit(|s| s.c, 1.0) - ORACLE.1).abs() < 1e-8);
        assert!((limit(|s| s.log_z, 1.0) - ORACLE.2).abs() < 1e-8);
        assert!((limit(|s| s.c, 15.0) - 0.732_050_807_6).abs() < 1e-6);
        let rate = (limit(|s| s.log_z, 20.0) - limit(|s| s.log_z, 15.0)) / 5.0;
        assert!((rate + 0.366_025_403_8).abs() < 1e-6, "{splitting:?} {rate}");
    }
}

#[test]
fn weights_and_normaliser_follow_oracle_e() {
    let dt = 0.05;
    let settings = [
        (LIE, Scheme::Systematic, 0.0),
        (LIE, Scheme::Systematic, 1.0),
        (Splitting::ReactionTransport, Scheme::Stratified, 0.95),
        (Splitting::Strang, Scheme::Residual, 0.9),
        (LIE, Scheme::Multinomial, 1.0),
        (Splitting::Strang, Scheme::Multinomial, 0.8),
    ];
    // A scenario holds four panels at most as a file; the simulation does not mind.
    let panels = settings
        .map(|(a, b, c)| panel(&format!("{a:?} {b:?} {c}"), a, b, c))
        .to_vec();
    let steps = [5, 20];
    let seen = replicates(1000, 24, |seed| {
        let mut simulation = Simulation::new(Scenario {
            seed,
            ..world(dt, 40_000, panels.clone())
        });
        let mut out = Vec::new();
        for steps in steps {
            let missing = steps - simulation.steps() as usize;
            advance(&mut simulation, missing);
            for (p, (splitting, ..)) in settings.into_iter().enumerate() {
                let ensemble = simulation.ensemble(p);
                let exact = after(steps, dt, splitting, START, 1.0);
                out.extend(moments(ensemble));
                // Z is unbiased, its logarithm is not.
                out.push((ensemble.log_normaliser() - exact.log_z).exp());
            }
        }
        out
    });
    for (i, seen) in seen.chunks_exact(6).enumerate() {
        let (steps, (splitting, scheme, threshold)) = (steps[i / settings.len()], settings[i % settings.len()]);
        let exact = after(steps, dt, splitting, START, 1.0);
        let across = (0..steps).fold(
            State {
                m: ACROSS.0,
                c: ACROSS.1,
                log_z: 0.0,
            },
            |s, _| walk(s, dt),
        );
        let expected = [exact.m, exact.c, across.m, across.c, 0.0, 1.0];
        for ((seen, name), expected) in seen.iter().zip(["m", "C", "m y", "C y", "xy", "Z"]).zip(expected) {
            seen.agrees(
                &format!("{splitting:?} {scheme:?} {threshold} after {steps}: {name}"),
                expected,
            );
        }
        // Weights multiplied by e^(+x²/2 dt), or by none at all, would be seen.
        for wrong in [-1.0, 0.0] {
            seen[1].differs("C with another sign", after(steps, dt, splitting, START, wrong).c);
        }
        // So would another order of the substeps, where the noise allows it.
        let quiet = steps == 5 && scheme != Scheme::Multinomial;
        for other in [LIE, Splitting::ReactionTransport, Splitting::Strang]
            .into_iter()
            .filter(|other| quiet && *other != splitting)
        {
            let wrong = after(steps, dt, other, START, 1.0);
            let z = seen[0].z(wrong.m).abs().max(seen[1].z(wrong.c).abs());
            assert!(z > LIMIT, "{splitting:?} cannot be told from {other:?}: z = {z:.1}");
        }
    }
}

#[test]
fn growth_and_variance_settle_at_those_of_oracle_e() {
    // 200 steps at rest. The variance is averaged over them; steps within a run are not independent, replicates are.
    let (dt, settle, measured) = (0.05, 100, 200);
    let panels = vec![panel("weights", LIE, Scheme::Systematic, 0.5)];
    let seen = replicates(2000, 24, |seed| {
        let mut simulation = Simulation::new(Scenario {
            seed,
            ..world(dt, 10_000, panels.clone())
        });
        advance(&mut simulation, settle);
        let before = simulation.ensemble(0).log_normaliser();
        let mut variance = 0.0;
        for _ in 0..measured {
            advance(&mut simulation, 1);
            variance += moments(simulation.ensemble(0))[1] / measured as f64;
        }
        vec![
            variance,
            (simulation.ensemble(0).log_normaliser() - before) / (measured as f64 * dt),
        ]
    });
    let (a, b) = (
        after(settle, dt, LIE, START, 1.0),
        after(settle + measured, dt, LIE, START, 1.0),
    );
    // Of log Z the bias −Var/2 is below 1e-4 of the rate: Var = (error · √24 · 10)².
    seen[0].agrees("stationary variance", b.c);
    seen[1].agrees("growth rate", (b.log_z - a.log_z) / (measured as f64 * dt));
}

/// A law on a line of evenly spaced points: its values are masses.
struct Line {
    mass: Vec<f64>,
    kernel: Vec<Vec<f64>>,
    points: Vec<f64>,
}

impl Line {
    const REACH: f64 = 7.0;
    const POINTS: usize = 281;

    fn new(dt: f64) -> Self {
        let spacing = 2.0 * Self::REACH / (Self::POINTS - 1) as f64;
        let points: Vec<f64> = (0..Self::POINTS).map(|i| i as f64 * spacing - Self::REACH).collect();
        // Sums over evenly spaced points are exact for Gaussians wider than the spacing, up to e^(−2π²σ²/spacing²).
        assert!(2.0 * dt > 4.0 * spacing * spacing);
        let gauss = |x: f64, m: f64, c: f64| {
            (-(x - m).powi(2) / (2.0 * c)).exp() / (std::f64::consts::TAU * c).sqrt() * spacing
        };
        let kernel = points
            .iter()
            .map(|x| {
                points
                    .iter()
                    .map(|from| gauss(*x, (1.0 - dt) * from, 2.0 * dt))
                    .collect()
            })
            .collect();
        let mass = points.iter().map(|x| gauss(*x, MEAN, VARIANCE)).collect();
        Self { mass, kernel, points }
    }

    fn average(&self, of: impl Fn(f64) -> f64) -> f64 {
        self.points.iter().zip(&self.mass).map(|(x, m)| of(*x) * m).sum()
    }

    fn walk(&mut self) {
        self.mass = self
            .kernel
            .iter()
            .map(|row| row.iter().zip(&self.mass).map(|(k, m)| k * m).sum())
            .collect();
    }

    /// Weighs by e^(−c dt x²/2). Returns the share of particles that must jump to do it.
    fn weigh(&mut self, dt: f64, curvature: f64) -> f64 {
        let factor = |x: f64| (-0.5 * curvature * dt * x * x).exp();
        let mean = self.average(factor);
        let share = 0.5 * self.average(|x| (factor(x) / mean - 1.0).abs());
        let factors: Vec<f64> = self.points.iter().map(|x| factor(*x) / mean).collect();
        self.mass.iter_mut().zip(factors).for_each(|(m, f)| *m *= f);
        share
    }

    /// The limit N → ∞ of one round of births and deaths with growth −c dt x²/2 and its mean taken off.
    ///
    /// With p∓ the chances that a particle is due to die or to be duplicated and P∓ their means: let q(s) be the chance that
    /// a slot has not been overwritten by a birth when a share s of the due particles has had its turn. Births come at rate
    /// P₊ q, so q' = −P₊ q², q = 1/(1 + P₊ s). The law ν of what stands in the slots changes at rate q ((p₊ − p₋) ρ − Δ ν),
    /// Δ = P₊ − P₋, since deaths are refilled from ν and births overwrite it. With A = ∫q = log(1 + P₊)/P₊ that gives
    /// ν = e^(−ΔA) ρ + (1 − e^(−ΔA))/Δ (p₊ − p₋) ρ. Returns the events per particle, (P₊ + P₋) A.
    fn births_and_deaths(&mut self, dt: f64, curvature: f64) -> f64 {
        let growth = |x: f64| -0.5 * curvature * dt * x * x;
        let mean = self.average(growth);
        let due = |x: f64| 1.0 - (-(growth(x) - mean).abs()).exp();
        let signed = |x: f64| due(x).copysign(growth(x) - mean);
        let births = self.average(|x| signed(x).max(0.0));
        let delta = self.average(signed);
        let turns = births.ln_1p() / births;
        let (keep, add) = ((-delta * turns).exp(), -(-delta * turns).exp_m1() / delta);
        let factors: Vec<f64> = self.points.iter().map(|x| keep + add * signed(*x)).collect();
        self.mass.iter_mut().zip(factors).for_each(|(m, f)| *m *= f);
        (2.0 * births - delta) * turns
    }
}

#[test]
fn jumps_follow_the_weights_at_any_step_and_carry_the_normaliser() {
    // The expected law is exact for any step, so that a coarse one and a strong curvature leave nothing to be tolerated.
    for (steps, curvature, splitting) in [(8, 1.0, LIE), (4, 8.0, LIE), (4, 2.0, Splitting::Strang)] {
        let dt = 1.0 / f64::from(steps);
        let steps = steps as usize;
        let flow = Flow {
            reaction: Reaction::Jump,
            rate: Rate::Quadratic(curvature, 0.0),
            ..panel("jumps", splitting, Scheme::Systematic, 0.5)
        };
        let exact = after(steps, dt, splitting, START, curvature);
        let seen = replicates(3500, 24, |seed| {
            let mut simulation = Simulation::new(Scenario {
                seed,
                ..world(dt, 40_000, vec![flow.clone()])
            });
            advance(&mut simulation, steps);
            let ensemble = simulation.ensemble(0);
            assert!(ensemble.summary().uniform, "jumps leave the weights equal");
            let [m, c, m_y, c_y, xy] = moments(ensemble);
            vec![m, c, m_y, c_y, xy, (ensemble.log_normaliser() - exact.log_z).exp()]
        });
        let walked = State {
            m: ACROSS.0,
            c: ACROSS.1,
            log_z: 0.0,
        };
        let across = (0..steps).fold(walked, |s, _| walk(s, dt));
        let expected = [exact.m, exact.c, across.m, across.c, 0.0, 1.0];
        for ((seen, name), expected) in seen.iter().zip(["m", "C", "m y", "C y", "xy", "Z"]).zip(expected) {
            seen.agrees(&format!("{splitting:?} dt {dt} c {curvature} {name}"), expected);
        }
        seen[1].differs("C with another sign", after(steps, dt, splitting, START, -curvature).c);
    }
}

#[test]
fn jumps_need_half_the_events_of_births_and_deaths() {
    // Events per particle up to t = 1. In mathematics.md §1.3 one run of 4000 particles has .285 and .577; such a run scatters by .009.
    let (steps, dt) = (100, 0.01);
    let kinds = [Reaction::Jump, Reaction::BirthDeath];
    let mut lines = [Line::new(dt), Line::new(dt)];
    let mut expected = [0.0; 2];
    for _ in 0..steps {
        lines.iter_mut().for_each(Line::walk);
        expected[0] += lines[0].weigh(dt, 1.0);
        expected[1] += lines[1].births_and_deaths(dt, 1.0);
    }
    assert!(
        (expected[0] - 0.285).abs() < 0.009 && (expected[1] - 0.577).abs() < 0.009,
        "{expected:?}"
    );
    assert!((expected[1] / expected[0] - 2.0).abs() < 0.01, "{expected:?}");
    let panels = kinds.map(|reaction| Flow {
        reaction,
        ..panel(&format!("{reaction:?}"), LIE, Scheme::Systematic, 0.5)
    });
    let n = 4000;
    let seen = replicates(3800, 48, |seed| {
        let mut simulation = Simulation::new(Scenario {
            seed,
            ..world(dt, n, panels.to_vec())
        });
        advance(&mut simulation, steps);
        (0..2).map(|p| simulation.observe(p).births as f64 / n as f64).collect()
    });
    for ((seen, kind), expected) in seen.iter().zip(kinds).zip(expected) {
        seen.agrees(&format!("events per particle by {kind:?}"), expected);
    }
}

#[test]
fn births_and_deaths_follow_their_own_law_and_oracle_e_as_dt_vanishes() {
    let end = 1.0;
    let predict = |steps: usize, curvature: f64| {
        let dt = end / steps as f64;
        let mut line = Line::new(dt);
        for _ in 0..steps {
            line.walk();
            line.births_and_deaths(dt, curvature);
        }
        assert!((line.average(|_| 1.0) - 1.0).abs() < 1e-9, "mass");
        let m = line.average(|x| x);
        (m, line.average(|x| (x - m).powi(2)), line.average(|x| (x - m).powi(3)))
    };
    // First order in dt, towards the same limit as the weights: extrapolated from two steps, what is left is of second order
    // and falls fourfold when both are halved, up to a share of the order of dt itself.
    let (m, c) = (ORACLE.0, ORACLE.1);
    let left = |of: fn((f64, f64, f64)) -> f64, steps: usize, exact: f64| {
        2.0 * of(predict(2 * steps, 1.0)) - of(predict(steps, 1.0)) - exact
    };
    let m = left(|s| s.0, 20, m) / left(|s| s.0, 40, m);
    let c = left(|s| s.1, 20, c) / left(|s| s.1, 40, c);
    println!("{m:.2} {c:.2}");
    assert!((m - 4.0).abs() < 4.0 / 20.0 && (c - 4.0).abs() < 4.0 / 20.0);

    // A strong curvature, so that many of those who are due have been replaced before their turn.
    for (steps, curvature) in [(8, 1.0), (4, 1.0), (4, 8.0)] {
        let dt = end / steps as f64;
        let flow = Flow {
            reaction: Reaction::BirthDeath,
            rate: Rate::Quadratic(curvature, 0.0),
            ..panel("jumps", LIE, Scheme::Systematic, 0.5)
        };
        let weights = Flow {
            name: "weights".to_owned(),
            reaction: Reaction::Weights,
            ..flow.clone()
        };
        let seen: Vec<Estimate> = replicates(3000, 24, |seed| {
            let mut simulation = Simulation::new(Scenario {
                seed,
                ..world(dt, 100_000, vec![flow.clone(), weights.clone()])
            });
            advance(&mut simulation, steps);
            let ensemble = simulation.ensemble(0);
            assert!(ensemble.summary().uniform, "jumps leave the weights equal");
            let [m, c, ..] = moments(ensemble);
            let third = ensemble.positions()[0].iter().map(|x| (x - m).powi(3)).sum::<f64>() / ensemble.len() as f64;
            let [_, reference, ..] = moments(simulation.ensemble(1));
            vec![m, c, third, c - reference]
        });
        let (m, c, third) = predict(steps, curvature);
        seen[0].agrees(&format!("dt {dt} c {curvature} m"), m);
        seen[1].agrees(&format!("dt {dt} c {curvature} C"), c);
        seen[2].agrees(&format!("dt {dt} c {curvature} third moment"), third);
        // Jumps in finite steps are not weights in finite steps: the prediction can tell.
        let map = after(steps, dt, LIE, START, curvature);
        seen[3].differs(
            &format!("dt {dt} c {curvature} C beyond that of weights ({:.5})", c - map.c),
            0.0,
        );
    }
}
