//! Panels that come and go while a run goes on.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints what it measured and stops at what is wrong"
)]

mod common;

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

#[test]
fn the_others_go_on_untouched() {
    let mut all = Simulation::new(small());
    let mut fewer = Simulation::new(small());
    go(&mut all, 105);
    go(&mut fewer, 105);
    fewer.apply(Command::Remove(1));
    assert_eq!(names(&fewer), ["Langevin", "WFR"]);
    assert_eq!(fewer.edited().panels, fewer.scenario().panels, "a reset keeps to it");
    assert!(!fewer.snapshot(&Probe::default()).needs_reset);
    go(&mut all, 200);
    go(&mut fewer, 200);
    let (all, fewer) = (panels(&mut all), panels(&mut fewer));
    assert_eq!(fewer.len(), 2);
    assert!(fewer[1].now.resamplings > 0, "and something happened");
    same(&all[0], &fewer[0]);
    same(&all[2], &fewer[1]);
}

#[test]
fn a_copy_is_a_twin_until_it_is_changed() {
    let mut run = Simulation::new(small());
    go(&mut run, 105);
    run.apply(Command::Duplicate(2));
    assert_eq!(names(&run), ["Langevin", "Fisher–Rao", "WFR", "WFR 2"]);
    assert_eq!(
        (run.steps(), run.scenario().panels[3].alpha),
        (105, 1.0),
        "nothing starts again"
    );
    let now = panels(&mut run);
    same(&now[2], &now[3]);
    go(&mut run, 200);
    assert_eq!(run.ensemble(2), run.ensemble(3), "weights and ancestors too");
    let later = panels(&mut run);
    same(&later[2], &later[3]);
    assert!(later[3].history.len() > 20, "the past is that of both");
    let mut scenario = (**run.scenario()).clone();
    scenario.panels[3].beta = 0.5;
    run.apply(edit(scenario));
    go(&mut run, 50);
    assert_ne!(run.ensemble(2), run.ensemble(3));
    // The others did not notice.
    let mut alone = Simulation::new(small());
    go(&mut alone, 355);
    for (a, b) in panels(&mut alone).iter().zip(&panels(&mut run)) {
        same(a, b);
    }
}

#[test]
fn four_are_the_most_and_one_the_least() {
    let mut run = Simulation::new(small());
    let before = |run: &Simulation| (names(run), run.ensemble(0).clone());
    run.apply(Command::Duplicate(0));
    for refused in [Command::Duplicate(0), Command::Duplicate(9), Command::Remove(4)] {
        let then = before(&run);
        run.apply(refused);
        assert_eq!(before(&run), then);
    }
    for _ in 0..9 {
        run.apply(Command::Remove(0));
    }
    assert_eq!(names(&run), ["Langevin 2"]);
    go(&mut run, 3);
}

#[test]
fn a_number_of_panels_that_waits_for_a_reset_is_given_up() {
    let mut run = Simulation::new(small());
    advance(&mut run, 5);
    let waiting = Scenario {
        panels: vec![Flow::wfr()],
        particles: 77,
        ..small()
    };
    run.apply(edit(waiting));
    assert!(run.snapshot(&Probe::default()).needs_reset);
    assert_eq!(run.scenario().panels.len(), 3, "panels of another number wait");
    run.apply(Command::Remove(0));
    assert_eq!(names(&run), ["Fisher–Rao", "WFR"]);
    assert_eq!(run.edited().panels, run.scenario().panels);
    assert_eq!(run.edited().particles, 77, "all else that waits still does");
    // An edit of what the window shows after that is live, panel by panel.
    let mut next = (**run.edited()).clone();
    next.panels[0].beta = 3.0;
    run.apply(edit(next));
    assert_eq!(run.scenario().panels[0].beta, 3.0);
    assert_eq!((run.steps(), run.ensemble(0).len()), (5, 500));
    run.apply(Command::Reset);
    assert_eq!((names(&run).len(), run.ensemble(0).len()), (2, 77));
}

/// A session with everything that concerns panels.
fn session() -> Vec<(u64, Command)> {
    let mut faster = small();
    faster.panels.remove(0);
    faster.panels[1].beta = 2.0;
    let mut steeper = faster.clone();
    steeper.duplicate_panel(1).unwrap();
    wfr_lab::params::set(steeper.target.parameters(), "barrier", 5.0).unwrap();
    vec![
        (25, Command::Remove(0)),
        (37, edit(faster)),
        (61, Command::Duplicate(1)),
        (61, edit(steeper)),
        (90, Command::Remove(1)),
        (90, Command::Duplicate(0)),
    ]
}

fn replay(commands: &[(u64, Command)], steps: u64) -> Simulation {
    let mut run = Simulation::new(small());
    let mut commands = commands.iter();
    let mut next = commands.next();
    while run.steps() < steps {
        while let Some((_, command)) = next.filter(|(step, _)| *step == run.steps()) {
            run.apply(command.clone());
            next = commands.next();
        }
        go(&mut run, 1);
    }
    run
}

#[test]
fn a_journal_replays_to_the_same_bits() {
    let mut first = replay(&session(), 130);
    assert_eq!(names(&first), ["Fisher–Rao", "WFR 2", "Fisher–Rao 2"]);
    let mut live = Timeline::new(small());
    for (step, command) in session() {
        while live.now().step < step {
            live.step().unwrap();
        }
        live.apply(command);
    }
    let kept = live.journal();
    assert!(
        kept.commands
            .iter()
            .map(|(step, c)| (*step, (**c).clone()))
            .eq(session())
    );
    let text = ron::to_string(&kept).unwrap();
    let read: Journal = ron::from_str(&text).unwrap();
    assert_eq!(read, kept);
    while live.now().step < 130 {
        live.step().unwrap();
    }
    live.seek(70);
    live.seek(130);
    let mut again = Timeline::replay(read, 130);
    for (i, a) in panels(&mut first).iter().enumerate() {
        for run in [&mut live, &mut again] {
            same(a, &panels(&mut Simulation::from(&run.state().frame))[i]);
        }
    }
}

fn solved(exact: &Exact) -> Vec<Solution> {
    let solution = |panel: &ExactPanel| match panel {
        ExactPanel::Solved(solution) => solution.clone(),
        ExactPanel::None(reason) => panic!("{reason}"),
    };
    exact.panels.iter().map(solution).collect()
}

#[track_caller]
fn same_solution(a: &Solution, b: &Solution) {
    assert_eq!(a.density, b.density);
    assert_eq!(a.now, b.now);
    assert_eq!(a.history, b.history);
}

#[test]
fn exact_solutions_come_and_go_with_their_panels() {
    let at = |reference: &mut Reference, time| {
        reference.advance(time);
        solved(&reference.exact())
    };
    let mut all = Reference::new(&small());
    let mut fewer = Reference::new(&small());
    all.advance(0.051);
    fewer.advance(0.051);
    fewer.apply(&Command::Remove(1), 0.051);
    fewer.apply(&Command::Remove(7), 0.051);
    fewer.apply(&Command::Duplicate(1), 0.055);
    let (all, fewer) = (at(&mut all, 0.131), at(&mut fewer, 0.131));
    assert_eq!(fewer.len(), 3);
    same_solution(&all[0], &fewer[0]);
    same_solution(&all[2], &fewer[1]);
    same_solution(&all[2], &fewer[2]);
    assert_eq!(fewer[2].history.len(), 7);
    // An edit tells the twins apart; the recorded times stay those of the particles.
    let commands = session();
    let mut reference = Reference::new(&small());
    let dt = small().dt;
    for (step, command) in &commands {
        reference.apply(command, *step as f64 * dt);
    }
    let solutions = at(&mut reference, 130.0 * dt);
    let mut run = replay(&commands, 130);
    for (particles, solution) in panels(&mut run).iter().zip(&solutions) {
        let theirs: Vec<f64> = particles.history.iter().map(|o| o.time).collect();
        let ours: Vec<f64> = solution.history.iter().map(|e| e.observed.time).collect();
        assert_eq!(ours, theirs);
    }
    same_solution(&solutions[0], &solutions[2]);
    assert_ne!(solutions[0].density, solutions[1].density);
    assert_eq!(reference.exact().arrangement, 4);
}

#[test]
fn the_engine_shows_every_panel_its_own_solution() {
    let engine = Engine::spawn(Simulation::new(small()), || {}).unwrap();
    let mut epoch = 0;
    let mut send = |control| {
        engine.send(control);
        epoch += 1;
        epoch
    };
    send(Control::Steps(55));
    send(Control::Command(Command::Remove(0)));
    send(Control::Command(Command::Duplicate(1)));
    send(Control::Command(Command::Remove(5)));
    let last = send(Control::Steps(60));
    let report = common::wait(&engine, |report| {
        let exact = report.exact.as_ref();
        // At no time has a report more or fewer solutions than panels.
        assert!(exact.is_none_or(|e| e.panels.len() == report.snapshot.panels.len()));
        report.epoch >= last && exact.is_some_and(|e| e.time == report.snapshot.time)
    });
    let exact = solved(report.exact.as_ref().unwrap());
    let mut alone = Reference::new(&small());
    alone.advance(report.snapshot.time);
    let alone = solved(&alone.exact());
    assert_eq!(exact.len(), 3);
    same_solution(&exact[0], &alone[1]);
    same_solution(&exact[1], &alone[2]);
    same_solution(&exact[2], &alone[2]);
}

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
