//! Absurd but valid settings: a run goes on or stops with a sentence, it never panics, and what is measured stays finite.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints its z-scores and stops at what is wrong"
)]

mod any;
#[path = "../common/mod.rs"]
mod common;

use common::{blob, fixed, mixture, scenario, wait};
use wfr_lab::density::{BANDWIDTH, Bandwidth, Estimator, SILVERMAN};
use wfr_lab::engine::{Control, Engine, Status};
use wfr_lab::flow::{ALPHA, BETA, FRICTION, Flow, Rate, Reaction, Splitting, THETA, Transport};
use wfr_lab::observe::Observables;
use wfr_lab::params::{self, Number};
use wfr_lab::resample::{Resampling, Scheme};
use wfr_lab::scenario::{DT, Scenario, Start, TEMPERATURE, presets};
use wfr_lab::sim::{Command, Simulation};
use wfr_lab::snapshot::{Plane, Probe};
use wfr_lab::space::{Point, Rect};
use wfr_lab::target::Shape;

fn ends(number: Number) -> [f64; 2] {
    [number.min, number.max]
}

fn finite(what: &str, seen: &Observables) {
    let Observables {
        mean,
        covariance,
        basin_mass,
        ..
    } = seen;
    let numbers = [
        mean.x,
        mean.y,
        covariance.xx,
        covariance.xy,
        covariance.yy,
        seen.ess,
        seen.perplexity,
    ];
    let others = [
        seen.largest_weight,
        seen.kl,
        seen.l1,
        seen.energy,
        seen.unreachable,
        seen.log_normaliser,
    ];
    for number in numbers.iter().chain(&others).chain(basin_mass) {
        assert!(number.is_finite(), "{what}: {seen:?}");
    }
    assert!((basin_mass.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{what}: {seen:?}");
    assert!(
        seen.kl >= 0.0 && (0.0..=1.0 + 1e-9).contains(&seen.unreachable),
        "{what}: {seen:?}"
    );
    assert!(seen.ess >= 1.0 && seen.births == seen.deaths, "{what}: {seen:?}");
}

/// Steps until the end or an error; measures and draws all the way.
fn survive(what: &str, scenario: &Scenario, steps: usize) -> Simulation {
    let mut simulation = Simulation::new(scenario.clone());
    let picture = Some((Rect::new(-2.0, 2.0, -2.0, 2.0), [16, 9]));
    for step in 0..steps {
        let result = simulation.step();
        if result.is_err() || step % 3 == 2 {
            simulation.record();
            let snapshot = simulation.snapshot(&Probe {
                max_dots: 10,
                picture,
                plane: Plane::ALL[step % 3],
                ..Probe::default()
            });
            for (panel, flow) in snapshot.panels.iter().zip(&scenario.panels) {
                finite(&format!("{what} {}", flow.name), &panel.now);
            }
        }
        if let Err(error) = result {
            let sentence = error.to_string();
            assert!(sentence.contains("panel") && sentence.contains("reset"), "{sentence}");
            assert!(scenario.panels.iter().any(|p| p.name == error.panel));
            // Going on regardless is allowed, too.
            let _ = simulation.step();
            simulation.apply(Command::Reset);
            assert_eq!(simulation.steps(), 0);
            finite(what, &simulation.observe(0));
            break;
        }
    }
    simulation
}

/// Flows of every kind at their strongest.
fn strong() -> Vec<Flow> {
    let jumps = |f: Flow| Flow {
        reaction: Reaction::BirthDeath,
        ..f
    };
    let threshold = |f: Flow, threshold| Flow {
        resampling: Some(Resampling {
            scheme: Scheme::Stratified,
            threshold,
            ..Resampling::default()
        }),
        ..f
    };
    vec![
        Flow::new("Langevin", ALPHA.max, 0.0),
        threshold(Flow::new("Fisher–Rao", 0.0, BETA.max), 0.0),
        Flow {
            splitting: Splitting::Strang,
            ..threshold(Flow::new("WFR", ALPHA.max, BETA.max), 1.0)
        },
        jumps(Flow::new("births and deaths", ALPHA.max, BETA.max)),
        Flow {
            reaction: Reaction::Jump,
            ..Flow::new("jumps", ALPHA.max, BETA.max)
        },
        Flow {
            rate: Rate::Quadratic(100.0, -100.0),
            splitting: Splitting::ReactionTransport,
            transport: Transport::Mala,
            ..Flow::new("given", 1.0, BETA.max)
        },
        jumps(Flow {
            rate: Rate::Quadratic(-100.0, -100.0),
            transport: Transport::Underdamped(FRICTION.max),
            ..Flow::new("given jumps", 1.0, BETA.max)
        }),
        Flow {
            rate: Rate::Corrected(THETA.min),
            ..Flow::new("flattened", ALPHA.max, BETA.max)
        },
        jumps(Flow {
            rate: Rate::Corrected(THETA.max),
            ..Flow::new("steepened jumps", ALPHA.max, BETA.max)
        }),
        Flow {
            estimator: Some(Estimator {
                bandwidth: Bandwidth::Silverman(SILVERMAN.min),
                ..Estimator::default()
            }),
            transport: Transport::Underdamped(FRICTION.min),
            ..Flow::new("narrow", ALPHA.max, 1.0)
        },
        Flow {
            estimator: Some(Estimator {
                bandwidth: Bandwidth::Silverman(SILVERMAN.max),
                ..Estimator::default()
            }),
            transport: Transport::LeimkuhlerMatthews,
            ..Flow::new("wide", 1.0, 1.0)
        },
    ]
}

fn around_the_origin(target: Shape, panels: Vec<Flow>) -> Scenario {
    scenario(target, Start::Gaussian(blob(1.0, (0.1, -0.2), (0.5, 0.5))), panels)
}

#[test]
fn every_target_at_the_ends_of_its_numbers_survives_steps_of_any_length() {
    for shape in Shape::all() {
        let mut shapes = vec![shape.clone()];
        for (name, _, info) in params::list(shape.clone().parameters()) {
            for end in ends(info) {
                let mut extreme = shape.clone();
                params::set(extreme.parameters(), &name, end).unwrap();
                shapes.push(extreme);
            }
        }
        for shape in shapes {
            for dt in ends(DT) {
                for temperature in ends(TEMPERATURE) {
                    let what = format!("{shape:?} dt {dt} T {temperature}");
                    let base = around_the_origin(shape.clone(), strong());
                    survive(
                        &what,
                        &Scenario {
                            particles: 70,
                            dt,
                            temperature,
                            ..base
                        },
                        6,
                    );
                }
            }
        }
    }
}

#[test]
fn any_number_of_particles_scouts_bandwidths_and_thresholds_will_do() {
    for particles in [1, 2, 1025] {
        for scouts in [0.0, 0.5, 1.0] {
            for h in ends(BANDWIDTH) {
                for threshold in [0.0, 1.0] {
                    for scheme in Scheme::ALL {
                        let what = format!("{particles} particles, {scouts} scouts, h {h}, {scheme:?} {threshold}");
                        let base = presets()[1].scenario();
                        let resampling = Resampling {
                            scheme,
                            threshold,
                            ..Resampling::default()
                        };
                        let base = Scenario {
                            particles,
                            scouts,
                            resampling,
                            estimator: fixed(h),
                            panels: strong(),
                            ..base
                        };
                        survive(&what, &base, 3);
                    }
                }
            }
        }
    }
}

#[test]
fn laws_far_away_or_in_one_point_are_still_laws() {
    let target = mixture(&[blob(1.0, (0.0, 0.0), (1.0, 1.0))]);
    let starts = [
        Start::Points(vec![Point::new(1e6, -1e6)]),
        Start::Points(vec![Point::new(1e6, 1e6), Point::new(-1e6, -1e6)]),
        Start::Gaussian(blob(1.0, (0.0, 0.0), (1e-12, 1e-12))),
        Start::Uniform((-1e6, 1e6), (0.0, 1e-9)),
    ];
    for start in starts {
        for h in ends(BANDWIDTH) {
            let base = scenario(target.clone(), start.clone(), strong());
            survive(
                &format!("{start:?} h {h}"),
                &Scenario {
                    particles: 1100,
                    estimator: fixed(h),
                    ..base
                },
                5,
            );
        }
    }
}

/// A quartic wall and a step far too long: particles fly off in a few steps.
fn exploding(panels: Vec<Flow>) -> Scenario {
    let mut target = Shape::all().swap_remove(0);
    params::set(target.parameters(), "barrier", 7.0).unwrap();
    let start = Start::Gaussian(blob(1.0, (-1.0, 0.0), (0.02, 1.0)));
    Scenario {
        dt: 0.02,
        particles: 4000,
        scouts: 0.1,
        ..scenario(target, start, panels)
    }
}

#[test]
fn particles_that_fly_off_are_counted_once_and_the_others_go_on() {
    let scenario = exploding(vec![Flow::langevin(), Flow::wfr()]);
    let mut simulation = Simulation::new(scenario);
    let mut stopped = None;
    for step in 0..200 {
        if let Err(error) = simulation.step() {
            stopped = Some((step, error));
            break;
        }
        for panel in 0..2 {
            let seen = simulation.observe(panel);
            finite("exploding", &seen);
            let ensemble = simulation.ensemble(panel);
            let dead = ensemble.weights().iter().filter(|w| **w == 0.0).count();
            if panel == 0 {
                assert_eq!(seen.lost, dead as u64, "Langevin neither resamples nor revives");
            }
        }
    }
    println!(
        "{stopped:?}, lost {} and {}",
        simulation.observe(0).lost,
        simulation.observe(1).lost
    );
    assert!(simulation.observe(0).lost > 0);
}

#[test]
fn a_lost_particle_does_not_blind_the_density() {
    // The same run but for one particle that flies off in the first step. Without it the estimate of the others must be as
    // sharp as before: its place is no part of the law.
    let scenario = exploding(vec![Flow::new("WFR", 0.002, 1.0)]);
    let mut points = vec![
        Point::new(-1.0, 0.0),
        Point::new(-0.9, 0.3),
        Point::new(1.1, -0.2),
        Point::new(1.0, 0.1),
    ];
    points.push(Point::new(1e6, 0.0));
    let scenario = Scenario {
        start: Start::Points(points),
        particles: 500,
        scouts: 0.0,
        ..scenario
    };
    let mut simulation = Simulation::new(scenario);
    for _ in 0..12 {
        simulation.step().unwrap();
    }
    let seen = simulation.observe(0);
    println!("{seen:?}");
    assert_eq!(
        (seen.lost, seen.families),
        (0, 400),
        "their weight had vanished before their place did: {seen:?}"
    );
    let snapshot = simulation.snapshot(&Probe::default());
    assert_eq!(snapshot.panels[0].bandwidth, BANDWIDTH.default);
}

#[test]
fn the_engine_stops_with_a_sentence_and_recovers() {
    // Every particle begins where the walk cannot stay.
    let mut hopeless = exploding(vec![Flow::langevin(), Flow::fisher_rao()]);
    hopeless.scouts = 0.0;
    hopeless.start = Start::Points(vec![Point::new(1e6, 0.0)]);
    let sane = Scenario {
        dt: 0.002,
        ..exploding(vec![Flow::wfr()])
    };
    let engine = Engine::spawn(Simulation::new(hopeless), || {}).unwrap();
    engine.send(Control::RunUntil(1e9));
    let report = wait(&engine, |r| matches!(r.status, Status::Stopped(_)));
    let Status::Stopped(sentence) = &report.status else {
        unreachable!()
    };
    assert!(
        sentence.contains("Langevin") && sentence.contains("lost its weight"),
        "{sentence}"
    );
    // A reset starts the same hopeless run: it stops again.
    engine.send(Control::Command(Command::Reset));
    engine.send(Control::RunUntil(1e9));
    wait(&engine, |r| r.epoch >= 3 && matches!(r.status, Status::Stopped(_)));
    engine.send(Control::Command(Command::Load(Box::new(sane.clone()))));
    engine.send(Control::RunUntil(10.0 * sane.dt));
    let report = wait(&engine, |r| r.epoch >= 5 && r.status != Status::Running);
    assert_eq!((&report.status, report.snapshot.step), (&Status::Paused, 10));
}
