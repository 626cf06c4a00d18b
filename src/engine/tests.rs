//! The engine is driven as a window drives it.

use super::*;
use crate::sim::Simulation;

use crate::reference::{ExactPanel, Reference};
use crate::scenario::presets;

fn engine() -> Engine {
    let mut scenario = presets()[0].scenario();
    scenario.particles = 10;
    Engine::spawn(Simulation::new(scenario), || {}).unwrap()
}

/// The report at rest that answers `epoch` controls.
fn at_rest(engine: &Engine, epoch: u64) -> Arc<Report> {
    let started = now();
    loop {
        if let Some(report) = engine
            .latest()
            .filter(|r| r.epoch >= epoch && r.status != Status::Running)
        {
            return report;
        }
        assert!(now() - started < Duration::from_secs(60), "the engine does not answer");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn every_step_asked_for_is_done() {
    let engine = engine();
    for _ in 0..20 {
        engine.send(Control::Steps(1));
    }
    engine.send(Control::Steps(0));
    let report = at_rest(&engine, 21);
    assert_eq!((report.snapshot.step, report.steps_per_second), (20, 0.0));
}

#[test]
fn a_picture_without_pixels_is_no_picture() {
    let engine = engine();
    engine.send(Control::Probe(Probe {
        max_dots: 1,
        picture: Some((crate::space::Rect::new(0.0, 1.0, 0.0, 1.0), [0, 5])),
        ..Probe::default()
    }));
    let report = at_rest(&engine, 1);
    assert_eq!(report.status, Status::Paused);
    assert!(report.snapshot.panels[0].density.is_none());
}

#[test]
fn a_time_that_is_no_number_is_never_run_to() {
    let engine = engine();
    engine.send(Control::RunUntil(f64::NAN));
    assert_eq!(at_rest(&engine, 1).snapshot.step, 0);
}

/// The report at rest whose solution is that of the time of the snapshot.
fn in_step(engine: &Engine, epoch: u64) -> (Arc<Report>, Arc<Exact>) {
    let started = now();
    loop {
        let report = at_rest(engine, epoch);
        if let Some(exact) = report.exact.clone().filter(|e| e.time == report.snapshot.time) {
            return (report, exact);
        }
        assert!(
            now() - started < Duration::from_secs(60),
            "the exact solution does not arrive"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn solved(exact: &Exact, panel: usize) -> crate::reference::Solution {
    match &exact.panels[panel] {
        ExactPanel::Solved(solution) => solution.clone(),
        ExactPanel::None(reason) => panic!("{reason}"),
    }
}

#[test]
fn the_exact_solution_arrives_where_the_run_rests_with_every_time_recorded() {
    let engine = engine();
    engine.send(Control::Steps(105));
    let (report, exact) = in_step(&engine, 1);
    assert_eq!((report.snapshot.step, exact.panels.len()), (105, 3));
    for (panel, particles) in report.snapshot.panels.iter().enumerate() {
        let solution = solved(&exact, panel);
        let times: Vec<f64> = solution.history.iter().map(|e| e.observed.time).collect();
        let theirs: Vec<f64> = particles.history.iter().map(|o| o.time).collect();
        assert_eq!(times, theirs, "both are recorded at the same times, to the bit");
        assert_eq!(solution.now.observed.time, report.snapshot.time);
    }
    // The same as without threads, however the engine cut its work.
    let mut scenario = presets()[0].scenario();
    scenario.particles = 10;
    let mut alone = Reference::new(&scenario);
    alone.advance(report.snapshot.time);
    assert_eq!(solved(&alone.exact(), 2).density, solved(&exact, 2).density);
}

#[test]
fn commands_reach_the_exact_solution() {
    let engine = engine();
    engine.send(Control::Steps(35));
    let mut scenario = presets()[0].scenario();
    scenario.particles = 10;
    scenario.panels[0].alpha = 0.0;
    engine.send(Control::Command(Command::Edit(Box::new(scenario.clone()))));
    let (_, exact) = in_step(&engine, 2);
    engine.send(Control::Steps(400));
    let (_, later) = in_step(&engine, 3);
    // What was stopped stays as it was.
    assert_eq!(solved(&exact, 0).density, solved(&later, 0).density);
    assert_ne!(solved(&exact, 2).density, solved(&later, 2).density);
    engine.send(Control::Command(Command::Reset));
    let (_, again) = in_step(&engine, 4);
    assert_eq!(again.time, 0.0);
    assert_eq!(solved(&again, 0).history.len(), 1);
    scenario.panels[1].alpha = 1.0;
    scenario.panels[1].transport = crate::flow::Transport::Underdamped(1.0);
    engine.send(Control::Command(Command::Edit(Box::new(scenario))));
    let unsolved =
        |exact: &Exact| matches!(exact.panels[1], ExactPanel::None(reason) if reason.contains("four dimensions"));
    let started = now();
    // The edit changes no time: the solution before it may be seen for a moment.
    while !unsolved(&in_step(&engine, 5).1) {
        assert!(now() - started < Duration::from_secs(60), "the edit does not arrive");
    }
}

#[test]
fn switched_off_nothing_is_solved_and_switched_on_all_is_caught_up() {
    let engine = engine();
    engine.send(Control::Exact(false));
    engine.send(Control::Steps(100));
    let report = at_rest(&engine, 2);
    assert_eq!(report.snapshot.step, 100);
    assert!(report.exact.is_none());
    engine.send(Control::Exact(true));
    let (report, exact) = in_step(&engine, 3);
    assert_eq!(solved(&exact, 0).history.len(), report.snapshot.panels[0].history.len());
}

/// The report that answers `epoch` controls, once no way to another step is left.
fn arrived(engine: &Engine, epoch: u64) -> Arc<Report> {
    let started = now();
    loop {
        let report = at_rest(engine, epoch);
        if report.travel.is_none() {
            return report;
        }
        assert!(now() - started < Duration::from_secs(60), "the engine does not arrive");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn the_engine_goes_back_and_forth_and_the_solution_with_it() {
    let engine = engine();
    engine.send(Control::Steps(300));
    let (end, _) = in_step(&engine, 1);
    for step in [290, 17, 120, 0, 40] {
        engine.send(Control::Seek(step));
    }
    let epoch = 1 + 5;
    let report = loop {
        // Those that were not begun have been replaced.
        let report = at_rest(&engine, 2);
        if report.snapshot.step == 40 && report.travel.is_none() {
            break report;
        }
        assert!(report.epoch <= epoch);
        std::thread::sleep(Duration::from_millis(1));
    };
    assert_eq!((report.strip.now.step, report.strip.last.step), (40, 300));
    let (back, exact) = in_step(&engine, report.epoch);
    assert_eq!(back.snapshot.step, 40);
    let last = solved(&exact, 0).history.last().cloned().unwrap();
    assert!(last.observed.time <= back.snapshot.time);
    engine.send(Control::Seek(300));
    let again = loop {
        let (again, _) = in_step(&engine, report.epoch + 1);
        if again.snapshot.step == 300 {
            break again;
        }
    };
    assert_eq!(*again.snapshot.panels[2].now, *end.snapshot.panels[2].now);
}

#[test]
fn what_follows_a_seek_waits_for_it() {
    let engine = engine();
    engine.send(Control::Steps(200));
    engine.send(Control::Steps(0));
    at_rest(&engine, 2);
    let mut scenario = presets()[0].scenario();
    scenario.particles = 10;
    scenario.panels[0].alpha = 0.0;
    engine.send(Control::Seek(50));
    engine.send(Control::Command(Command::Edit(Box::new(scenario))));
    let report = arrived(&engine, 4);
    assert_eq!(
        (report.snapshot.step, report.strip.last.step, report.strip.undo),
        (50, 50, 1)
    );
    assert_eq!(report.snapshot.scenario.panels[0].alpha, 0.0);
    engine.send(Control::Undo);
    let report = arrived(&engine, 5);
    assert_eq!(
        (report.snapshot.step, report.strip.last.step, report.strip.redo),
        (50, 200, 1)
    );
    assert_eq!(report.edited.panels[0].alpha, 1.0);
    // A checkpoint, and back to it with what was edited since.
    engine.send(Control::Mark);
    let mut faster = (*report.edited).clone();
    faster.panels[0].alpha = 2.0;
    engine.send(Control::Steps(30));
    engine.send(Control::Steps(0));
    at_rest(&engine, 8);
    engine.send(Control::Command(Command::Edit(Box::new(faster))));
    engine.send(Control::Return(50));
    let report = arrived(&engine, 10);
    assert_eq!(
        (report.snapshot.step, report.snapshot.scenario.panels[0].alpha),
        (50, 2.0)
    );
    assert_eq!(report.strip.marks.len(), 1);
}

#[test]
fn a_state_goes_on_in_another_engine_to_the_same_bits() {
    let (first, second) = (engine(), engine());
    first.send(Control::Steps(77));
    let rest = at_rest(&first, 1);
    assert_eq!(rest.snapshot.step, 77);
    let state = first.state().recv_timeout(Duration::from_secs(60)).unwrap();
    second.send(Control::TakeUp(Box::new(state.clone())));
    let report = arrived(&second, 1);
    assert_eq!(*report.snapshot.panels[2].now, *rest.snapshot.panels[2].now);
    second.send(Control::Replay(Box::new(state.journal), 33));
    assert_eq!(arrived(&second, 2).snapshot.step, 33);
    assert!(first.abandon().is_some_and(|kept| kept.frame.step() <= 77));
}

#[test]
fn what_is_left_of_a_thread_is_of_the_run_that_it_had_last() {
    let engine = engine();
    engine.send(Control::Steps(3));
    at_rest(&engine, 1);
    let mut other = presets()[1].scenario();
    other.particles = 20;
    engine.send(Control::Command(Command::Load(Box::new(other.clone()))));
    at_rest(&engine, 2);
    // All that was sent is done, and what is left has been noted after it.
    engine.state().recv_timeout(Duration::from_secs(60)).unwrap();
    engine.state().recv_timeout(Duration::from_secs(60)).unwrap();
    let left = engine.abandon().unwrap();
    assert_eq!((left.frame.step(), &*left.journal.scenario), (0, &other));
}

#[test]
fn a_condition_holds_the_run_once() {
    let engine = engine();
    engine.send(Control::PauseWhen(vec!["t >= 0.1".parse().unwrap()]));
    engine.send(Control::RunUntil(1.0));
    let report = at_rest(&engine, 2);
    let (number, met) = report.met.clone().unwrap();
    assert_eq!((number, met.time), (1, report.snapshot.time));
    assert!((report.snapshot.time - 0.1).abs() < 0.025, "{}", report.snapshot.time);
    engine.send(Control::RunUntil(1.0));
    let report = at_rest(&engine, 3);
    assert!((report.snapshot.time - 1.0).abs() < 1e-9 && report.met.as_ref().unwrap().0 == 1);
}
