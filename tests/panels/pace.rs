//! Panels that are driven to dissipate alike.

use super::*;

/// Dissipation of the law N(m, c) × N(0.3, 1) against the target of the closed forms, per unit of α and β: what Gaussians have.
fn dissipation(g: Gauss) -> (f64, f64) {
    let (shift, s) = (g.m - TARGET.m, TARGET.c);
    let information = (g.c - s).powi(2) / (g.c * s * s) + (shift / s).powi(2);
    // log(ρ/π) = a z² + b z + const for z standard normal: variance 2a² + b².
    let (a, b) = (0.5 * (g.c / s - 1.0), g.c.sqrt() * shift / s);
    (information, 2.0 * a * a + b * b)
}

fn corners(dt: f64) -> Scenario {
    let flow = |name, alpha, beta| Flow {
        estimator: Some(fixed(0.1)),
        ..Flow::new(name, alpha, beta)
    };
    let panels = vec![
        flow("L", 1.0, 0.0),
        flow("FR", 0.0, 1.0),
        flow("WFR", 1.0, 1.0),
        flow("slow", 0.3, 0.2),
    ];
    Scenario {
        pace: Pace::EqualDissipation,
        particles: 20_000,
        ..towards_target(dt, panels)
    }
}

/// Where the rates alone take the law in the flow's own time.
fn law(flow: &Flow, clock: f64) -> Gauss {
    let law = Law {
        alpha: flow.alpha,
        beta: flow.beta,
        dt: 0.0,
        h: 0.0,
        splitting: LIE,
    };
    law.flow(clock)
}

/// The exact solutions at this time, driven by what is measured of themselves.
fn self_driven(reference: &mut Reference, tempo: &mut Tempo, (scenario, time): (&Scenario, f64)) {
    let floor = Observer::new(&scenario.landscape(), scenario.view()).kl_floor(scenario.particles as f64);
    let last = |solution: &Solution| solution.history.last().unwrap().observed.time;
    while last(&solved(&reference.exact())[0]) + 0.02 < time + 1e-9 {
        let solutions = solved(&reference.exact());
        let readings = solutions.iter().map(|solution| {
            let from = solution.history.len().saturating_sub(10);
            let reading = |entry: &Arc<ExactEntry>| Reading {
                time: entry.observed.time,
                clock: entry.observed.clock,
                kl: entry.observed.kl,
            };
            solution.history[from..].iter().map(reading).collect()
        });
        let now = last(&solutions[0]);
        tempo.turn(now, &scenario.pace.factors(scenario.panels.iter().zip(readings), floor));
        reference.follow(tempo);
        reference.advance(now + 0.02 + 1e-9);
    }
    reference.advance(time);
}

#[test]
fn driven_flows_dissipate_alike_by_the_closed_forms() {
    let scenario = corners(0.005);
    let (mut reference, mut tempo) = (Reference::new(&scenario), Tempo::default());
    for time in [0.2, 0.4, 0.6] {
        self_driven(&mut reference, &mut tempo, (&scenario, time));
        let totals: Vec<f64> = solved(&reference.exact())
            .iter()
            .zip(&scenario.panels)
            .map(|(solution, flow)| {
                let now = &solution.now.observed;
                let own = law(flow, now.clock);
                assert!(
                    (now.mean.x - own.m).abs() < 2e-3 && (now.covariance.xx - own.c).abs() < 2e-3,
                    "its own path"
                );
                let (information, variance) = dissipation(own);
                let functionals = solution.now.functionals;
                assert!((functionals.information / information - 1.0).abs() < 0.01);
                assert!((functionals.variance / variance - 1.0).abs() < 0.01);
                let total = now.factor * (flow.alpha * information + flow.beta * variance);
                println!(
                    "t {time}: {} × {:.3}, own time {:.3}, total {total:.4}",
                    flow.name, now.factor, now.clock
                );
                total
            })
            .collect();
        // Without factors they are up to three times apart; with them, what does not fall exponentially is followed a little late.
        for total in &totals {
            assert!((total / totals[2] - 1.0).abs() < 0.08, "{totals:?}");
        }
    }
    let last = &solved(&reference.exact())[2].now.observed;
    assert_eq!(
        (last.factor, last.clock),
        (1.0, last.time),
        "the fastest goes at its own rates"
    );
}

#[test]
fn particles_are_driven_as_their_exact_solution_is() {
    // Pure reaction is left out: 20 000 particles that stand still have next to none where the law has to go.
    let mut walking = corners(0.0025);
    walking.panels.remove(1);
    let mut reference = Reference::new(&walking);
    self_driven(&mut reference, &mut Tempo::default(), (&walking, 0.4));
    let expected: Vec<(f64, f64)> = solved(&reference.exact())
        .iter()
        .map(|s| (s.now.observed.clock, s.now.observed.kl))
        .collect();
    let estimates = replicates(1, 8, |seed| {
        let mut run = Simulation::new(Scenario {
            seed,
            ..walking.clone()
        });
        advance(&mut run, 160);
        (0..3)
            .flat_map(|panel| {
                let o = run.observe(panel);
                [o.clock, o.kl]
            })
            .collect()
    });
    for (panel, pair) in estimates.chunks(2).enumerate() {
        for (what, seen, expected) in [
            ("own time", pair[0], expected[panel].0),
            ("KL", pair[1], expected[panel].1),
        ] {
            println!(
                "{what} {panel}: {seen:?}, expected {expected:.5}, z = {:.2}",
                seen.z(expected)
            );
            // Euler–Maruyama is off by about α dt/S = 0.3 % of the rates, the kernel by h²/C = 2 % of the reaction's.
            assert!((seen.mean - expected).abs() < 5.0 * seen.error + 0.01 * expected);
        }
    }
}

#[test]
fn the_pace_needs_no_driver_that_records_and_leaves_other_runs_alone() {
    let scenario = Scenario {
        particles: 400,
        ..corners(0.005)
    };
    let mut recorded = Simulation::new(scenario.clone());
    let mut stepped = Simulation::new(scenario.clone());
    go(&mut recorded, 60);
    advance(&mut stepped, 60);
    assert!(recorded.observe(3).factor > 1.2, "driven at all");
    for panel in 0..4 {
        assert_eq!(recorded.ensemble(panel), stepped.ensemble(panel));
    }
    // Switched on and off again in time, nothing has happened; on for a while, something has.
    let plain = Scenario {
        pace: Pace::Rates,
        ..scenario.clone()
    };
    let run = |on: usize| {
        let mut run = Simulation::new(plain.clone());
        advance(&mut run, 20);
        run.record();
        run.apply(edit(scenario.clone()));
        advance(&mut run, on);
        run.apply(edit(plain.clone()));
        advance(&mut run, 40 - on);
        run
    };
    let mut untouched = Simulation::new(plain.clone());
    advance(&mut untouched, 60);
    let (back, driven) = (run(0), run(30));
    assert_eq!(back.ensemble(3), untouched.ensemble(3));
    assert_ne!(driven.ensemble(3), untouched.ensemble(3));
    assert_eq!(driven.ensemble(2), untouched.ensemble(2), "the fastest is never driven");
}

#[test]
fn a_pace_goes_on_from_a_frame_as_if_it_had_never_stopped() {
    let scenario = Scenario {
        particles: 400,
        ..corners(0.005)
    };
    let mut run = Simulation::new(scenario.clone());
    go(&mut run, 41);
    // Since this edit KL is the distance to another law.
    let mut warmer = scenario;
    warmer.temperature = 1.2;
    run.apply(edit(warmer));
    go(&mut run, 22);
    let text = ron::to_string(&run.frame()).unwrap();
    let mut resumed = Simulation::from(&ron::from_str(&text).unwrap());
    let mut back = Simulation::new(small());
    back.restore(&run.frame());
    for other in [&mut run, &mut resumed, &mut back] {
        go(other, 37);
    }
    let all = panels(&mut run);
    assert!(all[3].now.factor > 1.1, "driven at all");
    for (a, b) in all
        .iter()
        .zip(&panels(&mut resumed))
        .chain(all.iter().zip(&panels(&mut back)))
    {
        same(a, b);
    }
    // Their exact solution goes back and comes again to the same.
    let start = Arc::new(corners(0.005));
    let mut run = Simulation::new((*start).clone());
    go(&mut run, 70);
    let mut course = Course::new(Arc::clone(&start));
    let reach = |course: &mut Course, time: f64| {
        while course.work(time, true) {}
        solved(&course.exact())
    };
    course.follow(run.tempo(), run.time());
    let first = reach(&mut course, 0.35);
    course.rewind(&start, &[], (run.tempo(), 0.13));
    reach(&mut course, 0.13);
    for (a, b) in first.iter().zip(&reach(&mut course, 0.35)) {
        same_solution(a, b);
    }
    assert!(first[3].now.observed.factor > 1.1);
    // A state from a file that was driven in another way: so is the solution.
    let mut other = Tempo::default();
    other.turn(0.1, &[1.0, 1.0, 1.0, 3.0]);
    course.rewind(&start, &[], (&other, 0.35));
    let mut alone = Course::new(Arc::clone(&start));
    alone.follow(&other, 0.35);
    for (a, b) in reach(&mut alone, 0.35).iter().zip(&reach(&mut course, 0.35)) {
        same_solution(a, b);
    }
}

/// Langevin and WFR out of the left of two wells, over a pass that both cross: driven by few particles, whose KL is noisy.
fn crossing() -> Scenario {
    let (langevin, wfr) = (Flow::langevin(), Flow::wfr());
    let mut scenario = Scenario {
        particles: 4000,
        pace: Pace::EqualDissipation,
        dt: 0.004,
        panels: vec![langevin, wfr],
        ..presets()[0].scenario()
    };
    wfr_lab::params::set(scenario.target.parameters(), "barrier", 3.0).unwrap();
    scenario
}

#[test]
fn exact_solutions_go_by_the_clock_of_the_particles_to_every_step() {
    let scenario = Scenario {
        particles: 500,
        ..crossing()
    };
    let mut timeline = Timeline::new(scenario.clone());
    let mut course = Course::new(Arc::clone(&timeline.orders().0));
    let mut look = |timeline: &Timeline| {
        let (start, commands) = timeline.orders();
        let (tempo, time) = (timeline.simulation().tempo(), timeline.now().time);
        course.rewind(&start, &commands, (tempo, time));
        while course.work(time, true) {}
        solved(&course.exact())
    };
    let mut warmer = scenario;
    warmer.temperature = 1.3;
    let commands = [
        (63, edit(warmer)),
        (110, Command::Duplicate(0)),
        (121, Command::Remove(1)),
    ];
    let mut shown = Vec::new();
    for step in 0..170 {
        for (_, command) in commands.iter().filter(|(at, _)| *at == step) {
            timeline.apply(command.clone());
        }
        if step % 7 == 0 || step == 63 {
            let (snapshot, solutions) = (timeline.snapshot(&Probe::default()), look(&timeline));
            for (particles, solution) in snapshot.panels.iter().zip(&solutions) {
                let pairs = particles.history.iter().zip(&solution.history);
                let pairs = pairs.map(|(a, b)| (&**a, &b.observed));
                for (a, b) in pairs.chain([(&*particles.now, &solution.now.observed)]) {
                    assert_eq!(a.time, b.time);
                    assert!(
                        (a.clock - b.clock).abs() < 1e-12,
                        "{}: {} and {}",
                        a.time,
                        a.clock,
                        b.clock
                    );
                }
                assert_eq!(particles.history.len(), solution.history.len());
            }
            shown.push((step, solutions));
        }
        timeline.step().unwrap();
    }
    let (last, first) = (&shown[shown.len() - 1].1, &shown[4].1);
    let factors = [&first[0], &last[0], &last[1]].map(|s| s.now.observed.clock / s.now.observed.time);
    println!("{factors:?}");
    assert!(factors.iter().any(|c| *c > 1.05), "driven at all");
    for n in [20, 3, 9, 0, 17, 16, 21] {
        let (step, expected) = &shown[n];
        timeline.seek(*step);
        for (a, b) in expected.iter().zip(&look(&timeline)) {
            same_solution(a, b);
        }
    }
}

#[test]
fn driven_particles_are_where_the_rates_alone_bring_the_law_in_their_own_time() {
    let scenario = crossing();
    let differences = replicates(1, 8, |seed| {
        let mut run = Simulation::new(Scenario {
            seed,
            ..scenario.clone()
        });
        advance(&mut run, 250);
        let mut reference = Reference::new(run.scenario());
        reference.follow(run.tempo());
        reference.advance(run.time());
        let mut differences = Vec::new();
        for (panel, solution) in solved(&reference.exact()).iter().enumerate() {
            let (now, exact) = (run.observe(panel), &solution.now.observed);
            assert!((now.clock - exact.clock).abs() < 1e-12);
            // Nobody drives this one.
            let mut alone = Reference::new(&Scenario {
                pace: Pace::Rates,
                ..scenario.clone()
            });
            alone.advance(now.clock);
            let alone = &solved(&alone.exact())[panel];
            let peak = alone.density.values.iter().fold(0.0, |a: f64, b| a.max(*b));
            let pairs = alone.density.values.iter().zip(&solution.density.values);
            let apart = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(apart < 1e-3 * peak, "{apart} of {peak}");
            assert!((exact.basin_mass[1] - alone.now.observed.basin_mass[1]).abs() < 1e-4);
            differences.push(now.basin_mass[1] - exact.basin_mass[1]);
            differences.push(now.clock);
        }
        differences
    });
    let clocks = [&differences[1], &differences[3]];
    println!("own times {clocks:?}");
    assert!(clocks[0].mean > 1.1 * clocks[1].mean, "driven at all");
    for (name, difference) in [("Langevin", &differences[0]), ("WFR", &differences[2])] {
        // WFR lags a little behind, since a particle's own kernel lifts its density: of 4000 particles by less than that.
        println!("{name}, right well: {difference:?}, z = {:.2}", difference.z(0.0));
        assert!(difference.z(0.0).abs() < 5.0);
    }
}
