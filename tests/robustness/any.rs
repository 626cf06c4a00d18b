//! Scenarios drawn at random from everything that a file can say, edited while they run, beside their exact solutions.

use rand::RngExt as _;
use wfr_lab::density::{BANDWIDTH, Bandwidth, Estimator, Method, SILVERMAN};
use wfr_lab::flow::{ALPHA, BETA, FRICTION, Flow, Rate, Reaction, Splitting, THETA, Transport};
use wfr_lab::landscape::{DEPTH, Relief, SHIFT, TILT, Well};
use wfr_lab::observe::Axis;
use wfr_lab::params::{self, Number};
use wfr_lab::reference::{Exact, ExactPanel, Reference};
use wfr_lab::resample::{Order, Resampling, Scheme};
use wfr_lab::rng::{Purpose, Stream, Streams};
use wfr_lab::scenario::{Disc, Pace, RADIUS, Scenario, Start, TEMPERATURE};
use wfr_lab::sim::{Command, Dab, Frame, Simulation, Stroke};
use wfr_lab::snapshot::{Plane, Probe, Snapshot};
use wfr_lab::space::{Point, Rect};
use wfr_lab::target::Shape;

use super::common::blob;
use super::finite;

fn pick<T: Clone>(rng: &mut Stream, of: &[T]) -> T {
    of[rng.random_range(0..of.len())].clone()
}

/// An end of the range, or what is usual.
fn within(rng: &mut Stream, number: &Number) -> f64 {
    pick(rng, &[number.min, number.default, number.max])
}

fn estimator(rng: &mut Stream) -> Estimator {
    let widths = [
        Bandwidth::Fixed(within(rng, &BANDWIDTH)),
        Bandwidth::Silverman(within(rng, &SILVERMAN)),
    ];
    Estimator {
        method: pick(rng, &[Method::Grid, Method::Exact, Method::Transition]),
        bandwidth: pick(rng, &widths),
        debiased: rng.random(),
    }
}

fn flow(rng: &mut Stream, name: String) -> Flow {
    let rates = [
        Rate::FisherRao,
        Rate::FisherRao,
        Rate::Quadratic(pick(rng, &[-100.0, 1.0]), pick(rng, &[0.0, 100.0])),
        Rate::Potential(Box::new(pick(rng, &Shape::all()))),
        Rate::Corrected(within(rng, &THETA)),
    ];
    let transports = [
        Transport::EulerMaruyama,
        Transport::EulerMaruyama,
        Transport::LeimkuhlerMatthews,
        Transport::Mala,
        Transport::Underdamped(within(rng, &FRICTION)),
    ];
    let splittings = [
        Splitting::TransportReaction,
        Splitting::ReactionTransport,
        Splitting::Strang,
    ];
    let (rate, transport) = (pick(rng, &rates), pick(rng, &transports));
    let mut flow = Flow {
        // A correction is not for particles with velocities.
        transport: match (&rate, transport) {
            (Rate::Corrected(_), Transport::Underdamped(_)) => Transport::Mala,
            _ => transport,
        },
        rate,
        reaction: pick(rng, &[Reaction::Weights, Reaction::Jump, Reaction::BirthDeath]),
        splitting: pick(rng, &splittings),
        resampling: Some(Resampling {
            scheme: pick(rng, &Scheme::ALL),
            order: pick(rng, &Order::ALL),
            threshold: pick(rng, &[0.0, 0.5, 1.0]),
        }),
        name,
        ..Flow::new(
            "",
            pick(rng, &[0.0, 1e-9, 1.0, ALPHA.max]),
            pick(rng, &[0.0, 1e-9, 1.0, BETA.max]),
        )
    };
    let mut own = estimator(rng);
    while flow.suits(own).is_err() {
        own = estimator(rng);
    }
    flow.estimator = Some(own);
    flow
}

const fn disc(x: f64, radius: f64, weight: f64) -> Disc {
    Disc {
        center: Point::new(x, 0.2),
        radius,
        weight,
    }
}

/// A touch of the brush anywhere, of any size.
fn dab(rng: &mut Stream) -> Dab {
    let place = |rng: &mut Stream| pick(rng, &[-1e6, -1.0, 0.0, 0.3, 1.0, 700.0]);
    Dab {
        center: Point::new(place(rng), place(rng)),
        radius: pick(rng, &[RADIUS.min, 0.1, 0.7, 2.0, 50.0, RADIUS.max]),
        stroke: pick(rng, &[Stroke::Add(1), Stroke::Add(500), Stroke::Erase]),
    }
}

fn any(rng: &mut Stream, panels: usize) -> Scenario {
    let mut target = pick(rng, &Shape::all());
    for k in 0..params::list(target.parameters()).len() {
        // The range of one number may depend on those before it.
        let (name, value, info) = params::list(target.parameters()).swap_remove(k);
        let value = pick(rng, &[info.min, value, value, info.max]);
        params::set(target.parameters(), &name, value).unwrap();
    }
    let starts = [
        Start::Points(vec![Point::new(0.1, 0.3)]),
        Start::Points(vec![Point::new(1e6, 0.3), Point::new(-3.0, 2.0)]),
        Start::Gaussian(blob(1.0, (0.0, 0.0), (1e-8, 1e-8))),
        Start::Gaussian(blob(1.0, (-1.0, 0.0), (0.3, 0.2))),
        Start::Uniform((-1e6, 1e6), (0.0, 1e-9)),
        Start::Uniform((-3.0, 3.0), (-2.0, 3.0)),
        Start::Painted(vec![disc(-1.0, 0.3, 1.0), disc(1.0, 0.01, 0.002)]),
        Start::Painted(vec![disc(0.0, RADIUS.max, 1.0), disc(1e6, RADIUS.min, 3.0)]),
    ];
    let views = [
        None,
        None,
        Some(((-1.5, 2.0), (0.1, 0.3))),
        Some(((500.0, 600.0), (500.0, 600.0))),
        Some(((-1e5, 1e5), (-1e5, 1e5))),
    ];
    let reliefs = [
        Relief::default(),
        Relief::default(),
        Relief {
            shift: Point::new(SHIFT.min, 0.3),
            tilt: Point::new(0.0, TILT.max),
            wells: [DEPTH.min, DEPTH.max]
                .map(|depth| Well {
                    depth,
                    ..Well::at(Point::new(0.2, -0.1))
                })
                .to_vec(),
        },
    ];
    Scenario {
        relief: pick(rng, &reliefs),
        pace: pick(rng, &[Pace::Rates, Pace::EqualDissipation]),
        particles: pick(rng, &[1, 2, 64, 300, 1025]),
        dt: pick(rng, &[1e-5, 0.002, 0.002, 0.02]),
        temperature: within(rng, &TEMPERATURE),
        scouts: pick(rng, &[0.0, 0.3, 1.0]),
        seed: rng.random(),
        view: pick(rng, &views),
        ..Scenario::new(
            target,
            pick(rng, &starts),
            (0..panels).map(|i| flow(rng, format!("panel {i}"))).collect(),
        )
    }
}

fn check(particles: &Snapshot, exact: &Exact) {
    assert_eq!(
        (particles.time, particles.panels.len()),
        (exact.time, exact.panels.len())
    );
    for (panel, exact) in particles.panels.iter().zip(&exact.panels) {
        finite("particles", &panel.now);
        let causes = panel.now.ledger.iter().fold([0.0; 4], |sums: [f64; 4], account| {
            [
                sums[0] + account.walked,
                sums[1] + account.grown,
                sums[2] + account.resampled,
                sums[3] + account.brushed,
            ]
        });
        assert!(causes.iter().all(|sum| sum.abs() < 1e-9), "a ledger sums to {causes:?}");
        let ExactPanel::Solved(solution) = exact else { continue };
        let (seen, functionals) = (&solution.now.observed, solution.now.functionals);
        let numbers = [
            seen.mean.x,
            seen.covariance.yy,
            seen.kl,
            seen.information,
            seen.mmd,
            seen.l1,
            seen.energy,
            seen.log_normaliser,
            functionals.kl,
            functionals.information,
            functionals.variance,
        ];
        assert!(numbers.iter().all(|v| v.is_finite()), "{seen:?} {functionals:?}");
        let area = solution.density.grid.dx() * solution.density.grid.dy();
        let mass = solution.density.values.iter().sum::<f64>() * area;
        assert!(
            (mass - 1.0).abs() < 1e-9 && functionals.kl > -1e-9,
            "mass {mass}, {functionals:?}"
        );
        let times: Vec<f64> = solution.history.iter().map(|entry| entry.observed.time).collect();
        let theirs: Vec<f64> = panel.history.iter().map(|entry| entry.time).collect();
        assert_eq!(times, theirs, "both are recorded at the same times, to the bit");
        let uncovered = solution.uncovered(&panel.cover).unwrap();
        assert!((0.0..=1.0 + 1e-9).contains(&uncovered), "{uncovered}");
    }
}

#[test]
fn any_scenario_goes_on_through_any_edit_beside_its_exact_solution() {
    let mut tried = 0;
    for case in 0..CASES {
        let mut rng = Streams::new(case).stream(0, Purpose::Start, 0);
        let panels = rng.random_range(1..=2);
        let scenario = any(&mut rng, panels);
        if scenario.check().is_err() {
            continue;
        }
        tried += 1;
        println!("case {case}: {}", scenario.to_ron());
        let (mut simulation, mut reference) = (Simulation::new(scenario.clone()), Reference::new(&scenario));
        for round in 0..3 {
            for step in 0..3 {
                let stopped = simulation.step().is_err();
                simulation.record();
                let beside = Rect::new(500.0, 501.0, 3.0, 4.0);
                let seen = simulation.snapshot(&Probe {
                    max_dots: 10,
                    picture: Some(([simulation.scenario().view(), beside][step % 2], [16, 9])),
                    plane: Plane::ALL[step],
                    profile: [None, Some(Axis::X), Some(Axis::Y)][step],
                    at: [None, Some(Point::new(0.3, 0.1)), Some(Point::new(1e9, 0.0))][step],
                    terms: Some(step),
                    ..Probe::default()
                });
                assert_eq!(seen.panels.len(), simulation.scenario().panels.len());
                for profile in seen.panels.iter().filter_map(|panel| panel.profile.as_ref()) {
                    let lists = [
                        &profile.density,
                        &profile.velocity,
                        &profile.rate,
                        &profile.velocity_error,
                        &profile.rate_error,
                    ];
                    assert!(lists.iter().all(|list| list.len() == profile.target.len()));
                    assert!(!lists.into_iter().flatten().any(|v| v.is_nan()), "{profile:?}");
                }
                for read in seen.panels.iter().filter_map(|panel| panel.probed.as_ref()) {
                    assert!(
                        !read.potential.is_nan() && read.log_ratio.is_none_or(|log| !log.is_nan()),
                        "{read:?}"
                    );
                }
                if stopped {
                    break;
                }
            }
            reference.advance(simulation.time());
            check(&simulation.snapshot(&Probe::default()), &reference.exact());
            // Whatever has become of it can be left and taken up again.
            let mut file = Vec::new();
            ciborium::into_writer(&simulation.frame(), &mut file).unwrap();
            let frame: Frame = ciborium::from_reader(&file[..]).unwrap();
            simulation.restore(&frame);
            let other = if round == 1 { 3 } else { panels };
            let mut edited = any(&mut rng, other);
            if rng.random() {
                (edited.target, edited.view) = (simulation.scenario().target.clone(), simulation.scenario().view);
            }
            if edited.check().is_err() {
                continue;
            }
            // What waits for a reset gets one.
            let mut commands = vec![Command::Edit(Box::new(edited))];
            if round == 1 {
                commands.push(Command::Reset);
            }
            commands.extend((0..3).map(|_| Command::Brush(dab(&mut rng))));
            commands.extend([Command::Duplicate(0), Command::Remove(rng.random_range(0..2))]);
            for command in commands {
                let time = simulation.time();
                if simulation.apply(command.clone()) {
                    reference.apply(&command, time);
                }
            }
        }
    }
    assert!(tried > CASES / 2);
}

const CASES: u64 = 12;
